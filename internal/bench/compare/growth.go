package main

import (
	"context"
	"fmt"
	"math"
	"runtime"
	"time"

	"github.com/seed-a739af98/langchaingo-azure/internal/bench/figures"
)

// sizesTo are how many of each there are: powers of ten, and 10 at least.
func sizesTo(most int) []int {
	all := []int{10}
	for n := 100; n <= most; n *= 10 {
		all = append(all, n)
	}
	return all
}

// series is what one more of something costs, at each size.
type series struct {
	name  string
	sizes []int
	each  []time.Duration
	bytes []float64
	ours  bool
}

// prepared makes a call that has n of something.
type prepared func(ctx context.Context, n int) (func() (outcome, error), error)

// grown are what there can be more of, and calls that have it. Two have part of a tool's cost: without memory to walk
// through, and nothing but that.
var grown = []struct {
	name string
	call prepared
	ours bool
}{
	{"a message", calling(func(n int) work { return history(n, 0) }), true},
	{"a tool", calling(func(n int) work { return history(1, n) }), true},
	{"a tool, one schema for all", oneSchema, true},
	{"a tool's schema, only read", reading, false},
	{"a chunk", calling(streaming), true},
	{"a vector of 64", calling(func(n int) work { return embeddings(n, 64) }), true},
}

// calling is a call of this module, on chat.
func calling(of func(n int) work) prepared {
	return func(ctx context.Context, n int) (func() (outcome, error), error) { return own(ctx, of(n), false) }
}

// oneSchema has tools that share their schema, which so stays in the processor's cache however many they are. The others
// are kept: the collector has as much to go through.
func oneSchema(ctx context.Context, n int) (func() (outcome, error), error) {
	w, kept := history(1, n), make([]any, n)
	for i, t := range w.tools {
		kept[i] = t.Function.Parameters
		t.Function.Parameters = kept[0]
	}
	call, err := own(ctx, w, false)
	return func() (outcome, error) {
		defer runtime.KeepAlive(kept)
		return call()
	}, err
}

// reading looks at all of the tools' schemas and writes nothing: what the caller's own maps cost to read.
func reading(_ context.Context, n int) (func() (outcome, error), error) {
	tools := history(1, n).tools
	return func() (outcome, error) {
		seen := 0
		for _, t := range tools {
			seen += look(t.Function.Parameters)
		}
		return outcome{Tokens: seen}, nil
	}, nil
}

func look(value any) (seen int) {
	switch v := value.(type) {
	case map[string]any:
		for key, in := range v {
			seen += len(key) + look(in)
		}
	case []string:
		for _, s := range v {
			seen += len(s)
		}
	case string:
		seen = len(v)
	}
	return seen
}

// growth measures each against a call that has one of it. The sizes of one kind take turns, so that a machine that changes
// its speed meanwhile changes it for all of them, and the memory in use, which the collector goes through, is the same.
func growth(ctx context.Context, sizes []int, rounds int, each time.Duration) ([]series, error) {
	var all []series
	for _, of := range grown {
		seen, err := bySize(ctx, of.call, append([]int{1}, sizes...), rounds, each)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", of.name, err)
		}
		s := series{name: of.name, sizes: sizes, ours: of.ours}
		for i, n := range sizes {
			more := make([]cost, rounds)
			for r := range more {
				one, many := seen[r][0], seen[r][i+1]
				more[r] = cost{time: (many.time - one.time) / time.Duration(n-1), bytes: (many.bytes - one.bytes) / float64(n-1)}
			}
			c := median(more)
			s.each, s.bytes = append(s.each, max(time.Nanosecond, c.time)), append(s.bytes, math.Max(0, c.bytes))
		}
		all = append(all, s)
	}
	return all, nil
}

// bySize is what a call of each size took in each round.
func bySize(ctx context.Context, prepare prepared, sizes []int, rounds int, each time.Duration) ([][]cost, error) {
	calls := make([]func() (outcome, error), len(sizes))
	for i, n := range sizes {
		call, err := prepare(ctx, n)
		if err != nil {
			return nil, err
		}
		calls[i] = call
	}
	seen := make([][]cost, rounds)
	for r := range seen {
		for i, call := range calls {
			c, err := timed(call, each)
			if err != nil {
				return nil, fmt.Errorf("%d: %w", sizes[i], err)
			}
			seen[r] = append(seen[r], c)
		}
	}
	return seen, nil
}

func growthTable(all []series) figures.Table {
	t := figures.Table{
		Caption: "What one more costs, when there are so many: time, and bytes allocated. A vector's bytes and a chunk's text are the caller's. " +
			"A schema that is only read is none of our work: so much of a tool is the caller's maps, which no cache holds where they are many.",
		Head: []string{""},
	}
	for _, n := range all[0].sizes {
		t.Head = append(t.Head, fmt.Sprint(n))
	}
	for _, s := range all {
		row := []any{s.name}
		for i := range s.sizes {
			row = append(row, fmt.Sprintf("%v, %s", figures.Round(s.each[i]), bytesOf(s.bytes[i])))
		}
		t.Add(row...)
	}
	return t
}
