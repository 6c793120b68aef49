package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/pprof"
	"strings"
	"time"

	"github.com/seed-a739af98/langchaingo-azure/internal/bench/figures"
)

// owner is whose code a moment of a call is spent in: that of the innermost function that is not the runtime's, so that an
// allocation is its maker's.
type owner string

const (
	ownersUs       owner = "this module"
	ownersJSON     owner = "go-faster/jx"
	ownersPipeline owner = "openai-go's pipeline"
	ownersNet      owner = "net/http and net/url"
	ownersStandard owner = "the rest of the standard library"
	ownersNetwork  owner = "the network in memory"
	ownersCollect  owner = "the runtime on its own: mostly the collector"
)

var owners = []owner{ownersUs, ownersJSON, ownersPipeline, ownersNet, ownersStandard, ownersNetwork, ownersCollect}

// paths are the beginnings of functions' names, the longer ones first.
var paths = []struct {
	begins string
	owner  owner
}{
	{"runtime.", ""},
	{"runtime/", ""},
	{"internal/runtime/", ""},
	{"internal/abi", ""},
	{"gcWriteBarrier", ""},
	{"aeshash", ""},
	{"memeq", ""},
	{"cmpbody", ""},
	{"indexbody", ""},
	{"github.com/seed-a739af98/langchaingo-azure/internal/bench/", ownersNetwork},
	{"main.", ownersNetwork},
	{"github.com/seed-a739af98/langchaingo-azure/", ownersUs},
	{"github.com/go-faster/", ownersJSON},
	{"github.com/openai/", ownersPipeline},
	{"github.com/tidwall/", ownersPipeline},
	{"net/", ownersNet},
	{"vendor/golang.org/x/net/", ownersNet},
}

// profiled tells where the time of each work goes, of this module's calls on chat.
func profiled(ctx context.Context, each time.Duration) (figures.Table, error) {
	t := figures.Table{
		Caption: fmt.Sprintf("Where the time of our calls goes, in per cent, by whose function it is that is not the runtime's; of %v each.", each),
		Head:    []string{"work"},
	}
	for _, o := range owners {
		t.Head = append(t.Head, string(o))
	}
	for _, w := range works() {
		shares, err := sharesOf(ctx, w, each)
		if err != nil {
			return t, fmt.Errorf("%s: %w", w.name, err)
		}
		row := []any{w.name}
		for _, o := range owners {
			row = append(row, fmt.Sprintf("%.0f", shares[o]))
		}
		t.Add(row...)
	}
	return t, nil
}

// sharesOf profiles one work.
func sharesOf(ctx context.Context, w work, each time.Duration) (map[owner]float64, error) {
	call, err := own(ctx, w, false)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "compare")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	name := filepath.Join(dir, "cpu.out")
	if err := profile(name, call, each); err != nil {
		return nil, err
	}
	traces, err := exec.CommandContext(ctx, "go", "tool", "pprof", "-traces", "-unit=us", name).Output() //nolint:gosec // a file of ours
	if err != nil {
		return nil, fmt.Errorf("go tool pprof: %w", err)
	}
	return shares(bytes.NewReader(traces))
}

func profile(name string, call func() (outcome, error), each time.Duration) error {
	f, err := os.Create(name) //nolint:gosec // in a directory of ours
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	if err := pprof.StartCPUProfile(f); err != nil {
		return err
	}
	_, err = timed(call, each)
	pprof.StopCPUProfile()
	return err
}

// shares reads what "go tool pprof -traces" prints: stacks between rules, the innermost function first, behind the time
// they took.
func shares(traces io.Reader) (map[owner]float64, error) {
	spent, total := map[owner]float64{}, 0.0
	var took float64
	var whose owner
	end := func() {
		if whose == "" {
			whose = ownersCollect
		}
		spent[whose] += took
		total += took
		took, whose = 0, ""
	}
	lines := bufio.NewScanner(traces)
	for lines.Scan() {
		line := strings.TrimSpace(lines.Text())
		if strings.HasPrefix(line, "-----") {
			end()
			continue
		}
		function := line
		if n, rest, ok := strings.Cut(line, "us "); ok && took == 0 {
			if _, err := fmt.Sscan(n, &took); err == nil {
				function = strings.TrimSpace(rest)
			}
		}
		if took > 0 && whose == "" {
			whose = ownerOf(function)
		}
	}
	end()
	if total == 0 {
		return nil, fmt.Errorf("the profile is empty: give it more time with -each")
	}
	for o := range spent {
		spent[o] *= 100 / total
	}
	return spent, lines.Err()
}

// ownerOf is "" for the runtime's functions, whose callers tell.
func ownerOf(function string) owner {
	for _, p := range paths {
		if strings.HasPrefix(function, p.begins) {
			return p.owner
		}
	}
	return ownersStandard
}
