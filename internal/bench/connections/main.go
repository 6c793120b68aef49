//go:debug x509usefallbackroots=1

// Connections measures what connections cost and carry: HTTP/1.1 beside HTTP/2
// under many calls at once, and the connections that streams take. Every client
// uses the transport it brings along, over TLS on loopback.
//
//	go run ./internal/bench/connections
//
// It prints markdown, for docs/performance.md.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"time"

	"github.com/seed-a739af98/langchaingo-azure/internal/bench/figures"
	"github.com/seed-a739af98/langchaingo-azure/internal/bench/loopback"
)

// sizes are how much is measured.
type sizes struct {
	span       time.Duration // of each client in each round of throughput
	goroutines int
	streams    int // one after the other, for the connections they take
	chunks     int // of each of the streams at once
	bursts     []int
}

func parse(args []string) (s sizes, only string) {
	flags := flag.NewFlagSet("connections", flag.ExitOnError)
	flags.DurationVar(&s.span, "for", 3*time.Second, "how long each client calls in each round of the throughput table")
	flags.IntVar(&s.goroutines, "goroutines", 64, "calls, or streams, at once")
	flags.IntVar(&s.streams, "streams", 20, "streams, one after the other")
	flags.IntVar(&s.chunks, "chunks", 200, "chunks of each stream of the many at once")
	flags.StringVar(&only, "only", "", "the table to measure: throughput, streams, slow, stalled, bursts or survival; empty for all")
	_ = flags.Parse(args) // it exits
	s.bursts = []int{1, s.goroutines, 100, 200, 400}
	return s, only
}

func main() {
	s, only := parse(os.Args[1:])
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, s, only); err != nil {
		fmt.Fprintln(os.Stderr, "connections:", err)
		os.Exit(1) //nolint:gocritic // the signals need no restoring at the end of the process
	}
}

func run(ctx context.Context, s sizes, only string) error {
	if err := loopback.Trust(); err != nil {
		return err
	}
	for _, m := range measurements {
		if only != "" && only != m.name {
			continue
		}
		t, err := m.measure(ctx, s)
		if err != nil {
			return err
		}
		if err := t.Markdown(os.Stdout); err != nil {
			return err
		}
	}
	return nil
}

var measurements = []struct {
	name    string
	measure func(context.Context, sizes) (figures.Table, error)
}{
	{"throughput", throughput}, {"streams", many}, {"slow", slowReader}, {"stalled", stalled}, {"bursts", bursts}, {"survival", survival},
}

// protocols are the two that a server is asked to offer.
var protocols = []struct {
	name  string
	http2 bool
}{{"HTTP/1.1", false}, {"HTTP/2", true}}

// serve runs work against a server and the clients made for it.
func serve(o loopback.Options, work func(*loopback.Server, []loopback.Client) error) error {
	s, err := loopback.Start(o)
	if err != nil {
		return err
	}
	defer func() { _ = s.Close() }()
	clients, err := loopback.Clients(s.URL, nil)
	if err != nil {
		return err
	}
	return work(s, clients)
}
