package main

import (
	"context"
	"fmt"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/seed-a739af98/langchaingo-azure/internal/bench/figures"
	"github.com/seed-a739af98/langchaingo-azure/internal/bench/loopback"
)

// slowReader reads streams while one more is not read at all, with more under
// way to it than HTTP/2's window of a stream holds (4 MiB in net/http).
func slowReader(ctx context.Context, s sizes) (figures.Table, error) {
	t := figures.Table{
		Caption: fmt.Sprintf("%d streams of %d chunks at once, alone and beside one whose reader has stopped with 5 MB under way to it. Ours.", s.goroutines-1, s.chunks),
		Head:    []string{"offered", "p50, alone", "slowest, alone", "p50, beside it", "slowest, beside it"},
	}
	for _, p := range protocols {
		var first atomic.Bool
		stream := func(w *loopback.Events, _ *http.Request) {
			if first.CompareAndSwap(true, false) {
				w.Chunks(11_000)
				return
			}
			w.Chunks(s.chunks)
		}
		err := serve(loopback.Options{HTTP2: p.http2, Stream: stream}, func(_ *loopback.Server, clients []loopback.Client) error {
			alone, err := timed(ctx, s.goroutines-1, clients[0])
			if err != nil {
				return err
			}
			first.Store(true)
			begun, resume, done := make(chan struct{}), make(chan struct{}), make(chan error, 1)
			go func() {
				n := 0
				done <- clients[0].Stream(ctx, func() error {
					if n++; n == 1 {
						close(begun)
						<-resume
					}
					return nil
				})
			}()
			<-begun
			time.Sleep(100 * time.Millisecond) // for the server to fill what buffers there are
			beside, err := timed(ctx, s.goroutines-1, clients[0])
			close(resume)
			if err != nil {
				return err
			}
			t.Add(p.name, figures.Percentile(alone, 0.5), figures.Percentile(alone, 1), figures.Percentile(beside, 0.5), figures.Percentile(beside, 1))
			return <-done
		})
		if err != nil {
			return t, err
		}
	}
	return t, nil
}

// timed reads n streams at once.
func timed(ctx context.Context, n int, c loopback.Client) ([]time.Duration, error) {
	times := make([]time.Duration, n)
	err := together(n, func(i int) error {
		defer func(sent time.Time) { times[i] = time.Since(sent) }(time.Now())
		return c.Stream(ctx, func() error { return nil })
	})
	return times, err
}

const (
	pace = 10 * time.Millisecond  // between the chunks of a stream that may be held up
	hold = 200 * time.Millisecond // Linux's shortest time to send a lost segment again
)

// stalled holds one connection up in the middle of many streams.
func stalled(ctx context.Context, s sizes) (figures.Table, error) {
	t := figures.Table{
		Caption: fmt.Sprintf("%d streams at once with a chunk every %v; one connection is held up for %v, as by a lost segment. Ours.", s.goroutines, pace, hold),
		Head:    []string{"offered", "streams held up", "p50 of the longest gap", "longest gap"},
	}
	paced := func(w *loopback.Events, _ *http.Request) {
		for range 60 {
			time.Sleep(pace)
			w.Chunk()
		}
		w.End()
	}
	for _, p := range protocols {
		err := serve(loopback.Options{HTTP2: p.http2, Stream: paced}, func(server *loopback.Server, _ []loopback.Client) error {
			gaps, err := longestGaps(ctx, s, server)
			if err != nil {
				return err
			}
			late := 0
			for _, g := range gaps {
				if g > hold*3/4 {
					late++
				}
			}
			t.Add(p.name, fmt.Sprintf("%d of %d", late, len(gaps)), figures.Percentile(gaps, 0.5), figures.Percentile(gaps, 1))
			return nil
		})
		if err != nil {
			return t, err
		}
	}
	return t, nil
}

// longestGaps is, for each stream, the longest time between two pieces.
func longestGaps(ctx context.Context, s sizes, server *loopback.Server) ([]time.Duration, error) {
	proxy, err := loopback.Forward(server) //nolint:contextcheck // it lives until it is closed
	if err != nil {
		return nil, err
	}
	defer func() { _ = proxy.Close() }()
	c, err := loopback.Ours(proxy.URL, nil)
	if err != nil {
		return nil, err
	}
	if err := together(s.goroutines, func(int) error { return c.Chat(ctx) }); err != nil { // so that connections are there
		return nil, err
	}
	gaps := make([]time.Duration, s.goroutines)
	timer := time.AfterFunc(30*pace, func() { proxy.Stall(hold) })
	defer timer.Stop()
	err = together(s.goroutines, func(i int) error {
		var last time.Time
		return c.Stream(ctx, func() error {
			now := time.Now()
			if !last.IsZero() {
				gaps[i] = max(gaps[i], now.Sub(last))
			}
			last = now
			return nil
		})
	})
	return gaps, err
}
