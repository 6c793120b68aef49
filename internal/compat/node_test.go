package compat

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

var (
	//go:embed package.json
	manifest []byte
	//go:embed package-lock.json
	lock []byte

	install = flag.Bool("compat.install", false, "install the Node packages into the user's cache directory first")
)

func TestMain(m *testing.M) {
	flag.Parse()
	if *install {
		if err := installPackages(); err != nil {
			fmt.Fprintln(os.Stderr, "compat: installing the packages:", err)
			os.Exit(1)
		}
	}
	goleak.VerifyTestMain(m)
}

// packages is where they are installed: a folder per lock file, so that a new version is never mixed with an old one.
func packages() (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	return filepath.Join(cache, "langchaingo-azure", fmt.Sprintf("compat-%x", sha256.Sum256(lock))[:23]), nil
}

// installPackages runs npm ci beside the final place and moves the result there, so that what is there is whole.
func installPackages() error {
	dir, err := packages()
	if err != nil {
		return err
	}
	if _, err := os.Stat(dir); err == nil {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(dir), 0o750); err != nil {
		return err
	}
	work, err := os.MkdirTemp(filepath.Dir(dir), "installing-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(work) }()
	for name, content := range map[string][]byte{"package.json": manifest, "package-lock.json": lock} {
		if err := os.WriteFile(filepath.Join(work, name), content, 0o600); err != nil {
			return err
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	npm := exec.CommandContext(ctx, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
	npm.Dir, npm.Stdout, npm.Stderr = work, os.Stderr, os.Stderr
	npm.WaitDelay = 10 * time.Second
	if err := npm.Run(); err != nil {
		return fmt.Errorf("npm ci: %w", err)
	}
	if err := os.Rename(work, dir); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return nil
}

// need returns the packages' folder, or skips the test with what is missing.
func need(t *testing.T) string {
	t.Helper()
	missing := t.Skipf
	if os.Getenv("COMPAT_REQUIRED") != "" {
		missing = t.Fatalf
	}
	if _, err := exec.LookPath("node"); err != nil {
		missing("Node is not on the PATH: %v", err)
	}
	dir, err := packages()
	if err != nil {
		missing("no cache directory: %v", err)
	}
	if _, err := os.Stat(dir); err != nil {
		missing("the Node packages are not installed; make compat does it (go test ./internal/compat -compat.install)")
	}
	return filepath.Join(dir, "node_modules")
}

// versionOf reads which version of a package runs, and logs it: that is what a report of these tests must name.
func versionOf(t *testing.T, modules, name string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(modules, filepath.FromSlash(name), "package.json"))
	if err != nil {
		t.Fatal(err)
	}
	var about struct{ Version string }
	if err := json.Unmarshal(text, &about); err != nil {
		t.Fatal(err)
	}
	t.Logf("%s %s", name, about.Version)
}

// node prepares a program that sees the packages and nothing of the machine's own environment: no key, no proxy.
func node(ctx context.Context, modules string, args ...string) *exec.Cmd {
	c := exec.CommandContext(ctx, "node", args...) //nolint:gosec // the arguments are these tests' own
	c.Env = []string{"NODE_PATH=" + modules, "NODE_NO_WARNINGS=1", "PATH=" + os.Getenv("PATH")}
	if runtime.GOOS == "windows" {
		c.Env = append(c.Env, "SystemRoot="+os.Getenv("SystemRoot"))
	}
	c.WaitDelay = 5 * time.Second
	return c
}

var listening = regexp.MustCompile(`http://127\.0\.0\.1:\d+`)

// serve starts a server that prints its address, and ends it with the test.
func serve(t *testing.T, modules string, args ...string) (address string) {
	t.Helper()
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	c := node(ctx, modules, args...)
	out := &watched{found: make(chan string, 1)}
	c.Stdout, c.Stderr = out, out
	if err := c.Start(); err != nil {
		stop()
		t.Fatal(err)
	}
	var outcome error
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		outcome = c.Wait()
	}()
	t.Cleanup(func() {
		stop()
		<-ended
	})
	select {
	case address = <-out.found:
		return address
	case <-ended:
		t.Fatalf("%s ended before it listened: %v\n%s", filepath.Base(args[0]), outcome, out.text())
	case <-time.After(time.Minute):
		t.Fatalf("%s did not listen within a minute\n%s", filepath.Base(args[0]), out.text())
	}
	return ""
}

// watched keeps what a server prints, and looks for its address.
type watched struct {
	mu    sync.Mutex
	all   bytes.Buffer
	told  bool
	found chan string
}

func (w *watched) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	n, err := w.all.Write(p)
	if address := listening.FindString(w.all.String()); address != "" && !w.told {
		w.told = true
		w.found <- address
	}
	return n, err
}

func (w *watched) text() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return cmp.Or(strings.TrimSpace(w.all.String()), "it printed nothing")
}
