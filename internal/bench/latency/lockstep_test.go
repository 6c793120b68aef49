//go:debug x509usefallbackroots=1

package main

import (
	"context"
	"net/http"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/seed-a739af98/langchaingo-azure/internal/bench/loopback"
	"github.com/seed-a739af98/langchaingo-azure/internal/fenced"
)

func TestMain(m *testing.M) {
	if err := loopback.Trust(); err != nil {
		panic(err)
	}
	goleak.VerifyTestMain(m)
}

// TestNoChunkWaitsForTheNext has a server that sends a chunk only when the
// caller's function has had the one before: a client that keeps one back waits
// for ever. The stream's end waits for the last one, too.
func TestNoChunkWaitsForTheNext(t *testing.T) {
	const chunks = 20
	for _, protocol := range []string{"HTTP/1.1", "HTTP/2.0"} {
		for _, w := range ways()[1:5] { // ours
			t.Run(w.name+" over "+protocol, func(t *testing.T) {
				heard := make(chan struct{})
				var stuck atomic.Int64
				var spoken atomic.Value
				s, err := loopback.Start(loopback.Options{HTTP2: protocol == "HTTP/2.0", Stream: func(e *loopback.Events, r *http.Request) {
					spoken.Store(r.Proto)
					for i := range chunks {
						e.Chunk()
						select {
						case <-heard:
						case <-r.Context().Done():
							stuck.Store(int64(i + 1))
							return
						}
					}
					e.End()
				}})
				if err != nil {
					t.Fatal(err)
				}
				defer func() { _ = s.Close() }()
				transport := &http.Transport{ForceAttemptHTTP2: true}
				defer transport.CloseIdleConnections()
				ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second) // never reached, but by a client that waits for ever
				defer cancel()
				n := 0
				err = w.read(ctx, &http.Client{Transport: toward(s.URL, transport)}, func() error {
					n++
					select {
					case heard <- struct{}{}:
						return nil
					case <-ctx.Done():
						return ctx.Err()
					}
				})
				if err != nil || n != chunks || stuck.Load() != 0 {
					t.Errorf("heard %d chunks of %d, the server waited for the %dth to be heard: %v", n, chunks, stuck.Load(), err)
				}
				if spoken.Load() != protocol {
					t.Errorf("spoken was %v", spoken.Load())
				}
			})
		}
	}
}

// toward sends everything to one server.
func toward(url string, next http.RoundTripper) http.RoundTripper {
	return roundTripper(func(req *http.Request) (*http.Response, error) {
		req = req.Clone(req.Context())
		req.URL.Host = url[len("https://"):]
		return next.RoundTrip(req)
	})
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

// TestEveryWayIsMeasured runs the command of docs/performance.md at its smallest.
func TestEveryWayIsMeasured(t *testing.T) {
	c := fenced.Commands(t, "docs/performance.md", "go run ./internal/bench/latency")[0]
	chunks, pace := parse(append(c.Args, "-chunks", "10", "-pace", "0"))
	table, err := firstToken(t.Context(), chunks, pace)
	if err != nil {
		t.Fatal(err)
	}
	if err := table.Markdown(os.Stderr); err != nil || len(table.Rows) != 7 {
		t.Errorf("%d rows: %v", len(table.Rows), err)
	}
}
