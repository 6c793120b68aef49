package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/seed-a739af98/langchaingo-azure/internal/bench/figures"
	"github.com/seed-a739af98/langchaingo-azure/internal/bench/loopback"
)

// throughput makes short chats from many goroutines, one after the other in each.
func throughput(ctx context.Context, s sizes) (figures.Table, error) {
	t := figures.Table{
		Caption: fmt.Sprintf("Short chats from %d goroutines for %v, TLS on loopback, each client's own transport.", s.goroutines, s.span),
		Head:    []string{"", "offered", "calls/s", "p50", "p99", "connections"},
	}
	for _, p := range protocols {
		for i := range 5 {
			err := serve(loopback.Options{HTTP2: p.http2}, func(server *loopback.Server, clients []loopback.Client) error {
				c := append(clients, floors(server, p.http2)...)[i]
				times, took, err := repeatedly(ctx, s, c)
				if err != nil {
					return fmt.Errorf("%s over %s: %w", c.Name, p.name, err)
				}
				t.Add(c.Name, p.name, int(float64(len(times))/took.Seconds()), figures.Percentile(times, 0.5), figures.Percentile(times, 0.99), server.Connections())
				return nil
			})
			if err != nil {
				return t, err
			}
		}
	}
	return t, nil
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
func repeatedly(ctx context.Context, s sizes, c loopback.Client) (all []time.Duration, took time.Duration, err error) {
	began := time.Now()
	times := make([][]time.Duration, s.goroutines)
	err = together(s.goroutines, func(i int) error {
		for time.Since(began) < s.span {
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
