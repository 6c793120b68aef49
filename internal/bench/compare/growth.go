package main

import (
	"context"
	"fmt"
	"math"
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
	{"a tool, one schema for all", calling(oneSchema), true},
	{"a tool's schema, only read", reading, false},
	{"a chunk", calling(streaming), true},
	{"a vector of 64", calling(func(n int) work { return embeddings(n, 64) }), true},
}

// calling is a call of this module, on chat.
func calling(of func(n int) work) prepared {
	return func(ctx context.Context, n int) (func() (outcome, error), error) { return own(ctx, of(n), false) }
}

// oneSchema has tools that share their schema, which so stays in the processor's cache however many they are.
func oneSchema(n int) work {
	w := history(1, n)
	for _, t := range w.tools {
		t.Function.Parameters = w.tools[0].Function.Parameters
	}
	return w
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

// growth measures each against a call that has one of it. All take turns, so that a machine that changes its speed
// meanwhile changes it for all, and the memory in use is the same for all.
func growth(ctx context.Context, sizes []int, rounds int, each time.Duration) ([]series, error) {
	withOne := append([]int{1}, sizes...)
	calls, err := prepareAll(ctx, withOne)
	if err != nil {
		return nil, err
	}
	seen := make([][]cost, len(calls)) // by call: of each round
	for range rounds {
		for i, call := range calls {
			c, err := timed(call, each)
			if err != nil {
				return nil, fmt.Errorf("%d of %s: %w", withOne[i%len(withOne)], grown[i/len(withOne)].name, err)
			}
			seen[i] = append(seen[i], c)
		}
	}
	all := make([]series, len(grown))
	for i, of := range grown {
		all[i] = series{name: of.name, sizes: sizes, ours: of.ours}
		all[i].take(seen[i*len(withOne) : (i+1)*len(withOne)])
	}
	return all, nil
}

// prepareAll makes the calls of all kinds, one kind after the other.
func prepareAll(ctx context.Context, sizes []int) ([]func() (outcome, error), error) {
	var calls []func() (outcome, error)
	for _, of := range grown {
		for _, n := range sizes {
			call, err := of.call(ctx, n)
			if err != nil {
				return nil, fmt.Errorf("%d of %s: %w", n, of.name, err)
			}
			calls = append(calls, call)
		}
	}
	return calls, nil
}

// take fills in what one more cost: the median, over the rounds, of what was more than with one. seen has the call with
// one first, then each size.
func (s *series) take(seen [][]cost) {
	for i, n := range s.sizes {
		more := make([]cost, len(seen[0]))
		for r := range more {
			one, many := seen[0][r], seen[i+1][r]
			more[r] = cost{time: (many.time - one.time) / time.Duration(n-1), bytes: (many.bytes - one.bytes) / float64(n-1)}
		}
		c := median(more)
		s.each, s.bytes = append(s.each, max(time.Nanosecond, c.time)), append(s.bytes, math.Max(0, c.bytes))
	}
}

func growthTable(all []series) figures.Table {
	t := figures.Table{
		Caption: "What one more costs, when there are so many: time, and bytes allocated. A vector's bytes and a chunk's text are the caller's. " +
			"A schema that is only read is none of our work: so much of a tool is the caller's maps, which leave the processor's cache.",
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
