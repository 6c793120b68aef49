package main

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-a739af98/langchaingo-azure/internal/bench/figures"
	"github.com/seed-a739af98/langchaingo-azure/internal/bench/loopback"
	"github.com/seed-a739af98/langchaingo-azure/internal/fenced"
)

func TestMain(m *testing.M) {
	if err := loopback.Trust(); err != nil {
		panic(err)
	}
	m.Run() // no check for goroutines: the transports of three libraries stay with their idle connections
}

// TestConnectionsOfStreams is the table of what 20 streams cost: ours one
// connection where they are read to the end. An abandoned stream costs its
// connection on HTTP/1.1, which has no other way to stop one, and none on HTTP/2.
func TestConnectionsOfStreams(t *testing.T) {
	got, err := survival(t.Context(), sizes{streams: 20})
	if err != nil {
		t.Fatal(err)
	}
	want := [][]string{
		{"ours", "HTTP/1.1", "1", "20", "20"},
		{"langchaingo llms/openai", "HTTP/1.1", "20", "20", "20"},
		{"openai-go", "HTTP/1.1", "20", "20", "20"},
		{"ours", "HTTP/2", "1", "1", "1"},
		{"langchaingo llms/openai", "HTTP/2", "1", "1", "1"},
		{"openai-go", "HTTP/2", "1", "1", "1"},
	}
	if diff := cmp.Diff(want, got.Rows); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestOurAbandonedStreamSaysWhy: the programs pass over a reader's own error, and
// over none, which a peer's silence makes necessary. Ours says it.
func TestOurAbandonedStreamSaysWhy(t *testing.T) {
	err := serve(loopback.Options{}, func(_ *loopback.Server, clients []loopback.Client) error {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		return clients[0].Stream(ctx, func() error { cancel(); return nil })
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("the stream ended with %v", err)
	}
}

// TestEveryTableIsMeasured runs what the command of docs/performance.md measures, which is all, at its smallest.
func TestEveryTableIsMeasured(t *testing.T) {
	c := fenced.Commands(t, "docs/performance.md", "go run ./internal/bench/connections")[0]
	s, only := parse(append(c.Args, "-for", "1ms", "-goroutines", "2", "-streams", "1", "-chunks", "3"))
	s.bursts = []int{1, 2} // hundreds of connections take their time
	for _, m := range measurements {
		if only != "" && only != m.name {
			continue
		}
		var table figures.Table
		table, err := m.measure(t.Context(), s)
		if err != nil {
			t.Errorf("%s: %v", m.name, err)
			continue
		}
		for _, row := range table.Rows {
			if len(row) != len(table.Head) {
				t.Errorf("%s: %d cells under %d names", m.name, len(row), len(table.Head))
			}
		}
		if len(table.Rows) < 2 {
			t.Errorf("%s: %d rows", m.name, len(table.Rows))
		}
	}
}
