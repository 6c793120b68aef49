package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/seed-a739af98/langchaingo-azure/internal/bench/figures"
	"github.com/seed-a739af98/langchaingo-azure/internal/bench/loopback"
)

// rounds of throughput, in which the clients take turns; a machine that changes its
// speed meanwhile changes it for all.
const rounds = 5

// throughput makes short chats from many goroutines, one after the other in each.
func throughput(ctx context.Context, s sizes) (figures.Table, error) {
	t := figures.Table{
		Caption: fmt.Sprintf("Short chats from %d goroutines, TLS on loopback, each client's own transport; medians of %d rounds of %v, in which the clients took turns.",
			s.goroutines, rounds, s.span),
		Head: []string{"", "offered", "calls/s", "times langchaingo's", "p50", "p99", "connections"},
	}
	for _, p := range protocols {
		err := serve(loopback.Options{HTTP2: p.http2}, func(server *loopback.Server, clients []loopback.Client) error {
			clients = append(clients, floors(server, p.http2)...)
			seen, err := inTurns(ctx, s, server, clients)
			if err != nil {
				return fmt.Errorf("over %s: %w", p.name, err)
			}
			const langchaingos = 1 // as clients are ordered
			for i, c := range clients {
				t.Add(c.Name, p.name, int(seen[i].rate()), fmt.Sprintf("%.3g", seen[i].against(seen[langchaingos])),
					figures.Percentile(seen[i].times, 0.5), figures.Percentile(seen[i].times, 0.99), seen[i].connections)
			}
			return nil
		})
		if err != nil {
			return t, err
		}
	}
	return t, nil
}

// calls are what one client did in all rounds.
type calls struct {
	rates       []float64 // calls a second, by round
	times       []time.Duration
	connections int
}

func (c *calls) rate() float64 { return figures.Percentile(slices.Clone(c.rates), 0.5) }

// against is the median of this client's rate by the other's, round by round.
func (c *calls) against(other *calls) float64 {
	ratios := make([]float64, len(c.rates))
	for i := range ratios {
		ratios[i] = c.rates[i] / other.rates[i]
	}
	return figures.Percentile(ratios, 0.5)
}

// inTurns lets each client call in each round, for a sixth of the time before it is
// measured: connections are made then, by those who keep them.
func inTurns(ctx context.Context, s sizes, server *loopback.Server, clients []loopback.Client) ([]*calls, error) {
	seen := make([]*calls, len(clients))
	for i := range seen {
		seen[i] = &calls{}
	}
	for range rounds {
		for i, c := range clients {
			before := server.Connections()
			_, _, err := repeatedly(ctx, s.goroutines, s.span/6, c)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", c.Name, err)
			}
			times, took, err := repeatedly(ctx, s.goroutines, s.span, c)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", c.Name, err)
			}
			seen[i].rates = append(seen[i].rates, float64(len(times))/took.Seconds())
			seen[i].times = append(seen[i].times, times...)
			seen[i].connections += server.Connections() - before
		}
	}
	return seen, nil
}

// floors are net/http with a ready body and a drained answer: with the transport
// it brings along, and with one that keeps a connection for every caller.
func floors(s *loopback.Server, http2 bool) []loopback.Client {
	pooled := &http.Transport{MaxIdleConnsPerHost: 256, ForceAttemptHTTP2: http2}
	return []loopback.Client{
		loopback.Drained("floor, net/http's own transport", s.URL, http.DefaultClient),
		loopback.Drained("floor, 256 idle connections", s.URL, &http.Client{Transport: pooled}),
	}
}

// repeatedly calls from many goroutines until the time is up.
func repeatedly(ctx context.Context, goroutines int, span time.Duration, c loopback.Client) (all []time.Duration, took time.Duration, err error) {
	began := time.Now()
	times := make([][]time.Duration, goroutines)
	err = together(goroutines, func(i int) error {
		for time.Since(began) < span {
			sent := time.Now()
			if err := c.Chat(ctx); err != nil {
				return err
			}
			times[i] = append(times[i], time.Since(sent))
		}
		return nil
	})
	for _, some := range times {
		all = append(all, some...)
	}
	return all, time.Since(began), err
}

// together runs work n times at once and returns its errors.
func together(n int, work func(i int) error) error {
	errs := make([]error, n)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { errs[i] = work(i) })
	}
	wg.Wait()
	return errors.Join(errs...)
}

// many reads as many streams at once, each as fast as it comes.
func many(ctx context.Context, s sizes) (figures.Table, error) {
	t := figures.Table{
		Caption: fmt.Sprintf("%d streams of %d chunks at once, ten times, ours.", s.goroutines, s.chunks),
		Head:    []string{"offered", "chunks/s", "p50 of a stream", "p99 of a stream", "connections"},
	}
	for _, p := range protocols {
		o := loopback.Options{HTTP2: p.http2, Stream: func(w *loopback.Events, _ *http.Request) { w.Chunks(s.chunks) }}
		err := serve(o, func(server *loopback.Server, clients []loopback.Client) error {
			var heard atomic.Int64
			var times []time.Duration
			began := time.Now()
			for range 10 {
				some := make([]time.Duration, s.goroutines)
				err := together(s.goroutines, func(i int) error {
					defer func(sent time.Time) { some[i] = time.Since(sent) }(time.Now())
					return clients[0].Stream(ctx, func() error { heard.Add(1); return nil })
				})
				if err != nil {
					return err
				}
				times = append(times, some...)
			}
			t.Add(p.name, int(float64(heard.Load())/time.Since(began).Seconds()), figures.Percentile(times, 0.5), figures.Percentile(times, 0.99), server.Connections())
			return nil
		})
		if err != nil {
			return t, err
		}
	}
	return t, nil
}

// bursts makes as many calls at once on a client that has no connection yet, and
// again on what connections that left.
func bursts(ctx context.Context, s sizes) (figures.Table, error) {
	t := figures.Table{
		Caption: "Calls at once, each answered after 100 ms: a client without a connection, then the same again. The server allows 100 streams a connection. Ours.",
		Head:    []string{"offered", "calls at once", "connections", "slowest call", "more connections, second time", "slowest call, second time"},
	}
	for _, p := range protocols {
		for _, n := range s.bursts {
			o := loopback.Options{HTTP2: p.http2, Delay: 100 * time.Millisecond}
			err := serve(o, func(server *loopback.Server, clients []loopback.Client) error {
				row := []any{p.name, n}
				before := 0
				for range 2 {
					slowest := make([]time.Duration, n)
					err := together(n, func(i int) error {
						defer func(sent time.Time) { slowest[i] = time.Since(sent) }(time.Now())
						return clients[0].Chat(ctx)
					})
					if err != nil {
						return err
					}
					row = append(row, server.Connections()-before, figures.Percentile(slowest, 1))
					before = server.Connections()
				}
				t.Add(row...)
				return nil
			})
			if err != nil {
				return t, err
			}
		}
	}
	return t, nil
}
