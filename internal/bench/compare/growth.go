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
}

// growth measures this module's adapter alone, without the cost of a call that has next to none of it.
func growth(ctx context.Context, sizes []int, rounds int, each time.Duration) ([]series, error) {
	var all []series
	for _, kind := range []struct {
		name string
		work func(n int) work
	}{
		{"a message", func(n int) work { return history(n, 0) }},
		{"a tool", func(n int) work { return history(1, n) }},
		{"a chunk", streaming},
		{"a vector of 64", func(n int) work { return embeddings(n, 64) }},
	} {
		s := series{name: kind.name, sizes: sizes}
		base, err := alone(ctx, kind.work(1), rounds, each)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", kind.name, err)
		}
		for _, n := range sizes {
			c, err := alone(ctx, kind.work(n), rounds, each)
			if err != nil {
				return nil, fmt.Errorf("%d of %s: %w", n, kind.name, err)
			}
			s.each = append(s.each, max(time.Nanosecond, (c.time-base.time)/time.Duration(n-1)))
			s.bytes = append(s.bytes, math.Max(0, c.bytes-base.bytes)/float64(n-1))
		}
		all = append(all, s)
	}
	return all, nil
}

// alone measures this module, on chat.
func alone(ctx context.Context, w work, rounds int, each time.Duration) (cost, error) {
	call, err := own(ctx, w, false)
	if err != nil {
		return cost{}, err
	}
	var all []cost
	for range rounds {
		c, err := timed(call, each)
		if err != nil {
			return cost{}, err
		}
		all = append(all, c)
	}
	return median(all), nil
}

func growthTable(all []series) figures.Table {
	t := figures.Table{
		Caption: "What one more costs, when there are so many: time, and bytes allocated. A vector's bytes and a chunk's text are the caller's.",
		Head:    []string{""},
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
