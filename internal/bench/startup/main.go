// Startup measures what importing this module costs a program: its size, its
// packages, and the time until its main function is done, beside programs with
// langchaingo's own llms/openai and with openai-go.
//
//	go run ./internal/bench/startup
//
// It builds the programs in testdata with the go command, runs them, and prints
// markdown, for docs/performance.md. Run it in the module's root.
package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"strconv"
	"time"

	"github.com/seed-a739af98/langchaingo-azure/internal/bench/figures"
)

// root is where the programs' sources are, from the module's root.
const root = "./internal/bench/startup/testdata/"

// programs are the directories of testdata and what tables call them.
var programs = []struct{ dir, name string }{
	{"empty", "an empty main"},
	{"nethttp", "net/http"},
	{"openaigo", "openai-go, key"},
	{"openaigoentra", "openai-go and azidentity"},
	{"llmsopenai", "langchaingo's llms/openai"},
	{"azureadv1", "azureadv1"},
	{"adapter", "adapters/langchaingo"},
}

func parse(args []string) (runs int, only string) {
	flags := flag.NewFlagSet("startup", flag.ExitOnError)
	flags.IntVar(&runs, "runs", 50, "how often each program is started")
	flags.StringVar(&only, "only", "", "the program to measure: empty, azureadv1, adapter or another directory of programs; empty text for all")
	_ = flags.Parse(args) // it exits
	return runs, only
}

func main() {
	runs, only := parse(os.Args[1:])
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	all, err := run(ctx, runs, only)
	if err == nil {
		err = printed(all, runs)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "startup:", err)
		os.Exit(1) //nolint:gocritic // the signals need no restoring at the end of the process
	}
}

// run measures the programs, or one of them.
func run(ctx context.Context, runs int, only string) (map[string]measured, error) {
	temp, err := os.MkdirTemp("", "startup")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(temp) }()
	all := map[string]measured{}
	for _, p := range programs {
		if only != "" && only != p.dir {
			continue
		}
		if all[p.dir], err = measure(ctx, temp, p.dir, runs); err != nil {
			return nil, fmt.Errorf("%s: %w", p.dir, err)
		}
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("there is no program %q", only)
	}
	return all, nil
}

func printed(all map[string]measured, runs int) error {
	sizes := figures.Table{
		Caption: fmt.Sprintf("Programs that import a library and make its client; the time is from start to exit, of %d starts, and of it what the packages' own initialization takes.", runs),
		Head:    []string{"imports", "size", "stripped", "packages", "modules", "start, p50", "start, p99", "initialization", "allocated by it"},
	}
	slow := figures.Table{
		Caption: "The packages whose initialization takes longest in a program with adapters/langchaingo.",
		Head:    []string{"package", "time", "allocated"},
	}
	for _, p := range programs {
		m, ok := all[p.dir]
		if !ok {
			continue
		}
		sizes.Add(p.name, megabytes(m.size), megabytes(m.stripped), m.packages, m.modules, figures.Percentile(m.starts, 0.5), figures.Percentile(m.starts, 0.99), m.total.took, kilobytes(m.total.bytes))
		if p.dir != "adapter" {
			continue
		}
		for _, i := range m.slowest(8) {
			slow.Add(i.name, i.took, kilobytes(i.bytes))
		}
	}
	for _, t := range []figures.Table{sizes, slow} {
		if err := t.Markdown(os.Stdout); err != nil {
			return err
		}
	}
	return nil
}

func megabytes(n int64) string { return fmt.Sprintf("%.1f MB", float64(n)/1e6) }
func kilobytes(n int64) string { return fmt.Sprintf("%.0f KB", float64(n)/1e3) }

// measured is what became of one program.
type measured struct {
	size, stripped    int64
	packages, modules int
	starts            []time.Duration
	inits             []initialization
	total             initialization
}

// initialization is what one package does before main.
type initialization struct {
	name  string
	took  time.Duration
	bytes int64
}

func measure(ctx context.Context, temp, dir string, runs int) (m measured, err error) {
	source := root + dir
	if m.size, err = build(ctx, source, filepath.Join(temp, dir)); err != nil {
		return m, err
	}
	if m.stripped, err = build(ctx, source, filepath.Join(temp, dir+"-stripped"), "-ldflags=-s -w"); err != nil {
		return m, err
	}
	if m.packages, err = lines(ctx, source, "{{.ImportPath}}"); err != nil {
		return m, err
	}
	if m.modules, err = lines(ctx, source, "{{with .Module}}{{.Path}}{{end}}"); err != nil {
		return m, err
	}
	program := filepath.Join(temp, dir)
	for range runs {
		began := time.Now()
		if err := exec.CommandContext(ctx, program).Run(); err != nil { //nolint:gosec // it has just been built
			return m, err
		}
		m.starts = append(m.starts, time.Since(began))
	}
	m.inits, m.total, err = initializations(ctx, program)
	return m, err
}

// build compiles a program and tells its size.
func build(ctx context.Context, source, to string, flags ...string) (int64, error) {
	args := append(append([]string{"build", "-trimpath", "-o", to}, flags...), source)
	if out, err := exec.CommandContext(ctx, "go", args...).CombinedOutput(); err != nil { //nolint:gosec // the arguments are those above
		return 0, fmt.Errorf("go build: %w\n%s", err, out)
	}
	info, err := os.Stat(to)
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

// lines counts the different lines that go list prints of a program and all it
// imports.
func lines(ctx context.Context, source, format string) (int, error) {
	out, err := exec.CommandContext(ctx, "go", "list", "-deps", "-f", format, source).Output() //nolint:gosec // as above
	if err != nil {
		return 0, fmt.Errorf("go list: %w", err)
	}
	different := make(map[string]bool)
	for line := range bytes.Lines(out) {
		if line = bytes.TrimSpace(line); len(line) > 0 {
			different[string(line)] = true
		}
	}
	return len(different), nil
}

// traced is a line of GODEBUG=inittrace=1, as the runtime's documentation has it.
var traced = regexp.MustCompile(`(?m)^init (\S+) @\S+ ms, (\S+) ms clock, (\d+) bytes, \d+ allocs$`)

func initializations(ctx context.Context, program string) (all []initialization, total initialization, err error) {
	cmd := exec.CommandContext(ctx, program)
	cmd.Env = append(os.Environ(), "GODEBUG=inittrace=1")
	out, err := cmd.CombinedOutput()
	if err != nil {
		return nil, total, err
	}
	for _, match := range traced.FindAllSubmatch(out, -1) {
		ms, err := strconv.ParseFloat(string(match[2]), 64)
		if err != nil {
			return nil, total, err
		}
		n, err := strconv.ParseInt(string(match[3]), 10, 64)
		if err != nil {
			return nil, total, err
		}
		i := initialization{string(match[1]), time.Duration(ms * float64(time.Millisecond)), n}
		all = append(all, i)
		total.took += i.took
		total.bytes += i.bytes
	}
	return all, total, nil
}
