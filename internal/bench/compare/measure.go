package main

import (
	"context"
	"fmt"
	"reflect"
	"runtime"
	"slices"
	"time"

	"github.com/seed-a739af98/langchaingo-azure/internal/bench/figures"
)

// cost is what one call takes.
type cost struct {
	time               time.Duration
	allocations, bytes float64
}

// measured checks that all say the same, and then lets them take turns. With names it measures these alone.
func measured(ctx context.Context, w work, rounds int, each time.Duration, names ...string) (map[string]cost, error) {
	calls := map[string]func() (outcome, error){}
	for _, by := range contenders {
		if len(names) > 0 && !slices.Contains(names, by.name) {
			continue
		}
		call, err := by.prepare(ctx, w)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", by.name, err)
		}
		if call == nil {
			continue
		}
		got, err := call()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", by.name, err)
		}
		if by.name != floor && !reflect.DeepEqual(got, w.want) {
			return nil, fmt.Errorf("%s has another result: %.300v", by.name, got)
		}
		calls[by.name] = call
	}
	seen := map[string][]cost{}
	for range rounds {
		for _, by := range contenders {
			if call := calls[by.name]; call != nil {
				c, err := timed(call, each)
				if err != nil {
					return nil, fmt.Errorf("%s: %w", by.name, err)
				}
				seen[by.name] = append(seen[by.name], c)
			}
		}
	}
	medians := map[string]cost{}
	for name, all := range seen {
		medians[name] = median(all)
	}
	return medians, nil
}

// timed repeats a call for a while.
func timed(call func() (outcome, error), each time.Duration) (cost, error) {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	n, began := 0, time.Now()
	for n == 0 || time.Since(began) < each {
		if _, err := call(); err != nil {
			return cost{}, err
		}
		n++
	}
	took := time.Since(began)
	runtime.ReadMemStats(&after)
	return cost{
		took / time.Duration(n), float64(after.Mallocs-before.Mallocs) / float64(n), float64(after.TotalAlloc-before.TotalAlloc) / float64(n),
	}, nil
}

func median(all []cost) cost {
	by := func(key func(cost) float64) float64 {
		values := make([]float64, len(all))
		for i, c := range all {
			values[i] = key(c)
		}
		return figures.Percentile(values, 0.5)
	}
	return cost{
		time.Duration(by(func(c cost) float64 { return float64(c.time) })),
		by(func(c cost) float64 { return c.allocations }),
		by(func(c cost) float64 { return c.bytes }),
	}
}
