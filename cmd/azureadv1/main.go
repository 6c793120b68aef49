// Command azureadv1 says what is wrong between a program and Azure OpenAI.
//
// "doctor" checks the configuration that the environment or a models file gives, one thing a line: what was resolved,
// the host's name, TLS, the identity behind the token, and real calls of one token. "explain" prints only what was
// resolved, offline. No output holds a key, a token or a secret.
package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
)

// Exit codes. Ctrl-C ends with exitFailed: what was not checked is not well.
const (
	exitWell   = 0
	exitFailed = 1
	exitUsage  = 2
)

const usage = `Says what is wrong between a program and Azure OpenAI.

Usage:
  azureadv1 doctor [flags]                       check what the environment configures
  azureadv1 doctor [flags] --models FILE [NAME]  check the models of a file, all or the named ones
  azureadv1 doctor --demo                        check a stand-in; --demo=list names the faults it can have
  azureadv1 explain [--models FILE [NAME]]       print what is resolved and from where, offline
  azureadv1 version
  azureadv1 help

"azureadv1 doctor -h" lists the flags. Exit codes: 0 nothing failed, 1 something failed, 2 wrong use or
nothing to check.
`

// system is what the program has of the machine.
type system struct {
	stdout, stderr io.Writer
	colour         bool         // stdout takes colours
	live           bool         // stderr is a terminal, on which progress can show
	client         *http.Client // carries all calls; nil is a transport as net/http's
	lookup         func(ctx context.Context, host string) ([]netip.Addr, error)
	chain          *chain
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], system{
		stdout: os.Stdout, stderr: os.Stderr,
		colour: isTerminal(os.Stdout) && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb",
		live:   isTerminal(os.Stderr) && os.Getenv("TERM") != "dumb",
		lookup: func(ctx context.Context, host string) ([]netip.Addr, error) {
			return net.DefaultResolver.LookupNetIP(ctx, "ip", host)
		},
		chain: listen(),
	})
	stop()
	os.Exit(code)
}

func isTerminal(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0 && f.Name() != os.DevNull
}

// run is the program.
func run(ctx context.Context, args []string, sys system) int {
	if len(args) == 0 {
		fmt.Fprint(sys.stderr, usage)
		return exitUsage
	}
	switch args[0] {
	case "doctor":
		return doctor(ctx, args[1:], sys)
	case "explain":
		return explain(args[1:], sys)
	case "version", "-version", "--version":
		fmt.Fprintln(sys.stdout, "azureadv1", version())
		return exitWell
	case "help", "-h", "-help", "--help":
		fmt.Fprint(sys.stdout, usage)
		return exitWell
	default:
		return sys.misuse("there is no command %q", args[0])
	}
}

// misuse says what is wrong with the command line.
func (sys system) misuse(format string, args ...any) int {
	fmt.Fprintf(sys.stderr, "azureadv1: "+format+"; see azureadv1 help\n", args...)
	return exitUsage
}

// version is the module's, as the go command recorded it.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "(devel)"
	}
	return info.Main.Version
}
