package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/seed-a739af98/langchaingo-azure/internal/bench/figures"
	"github.com/seed-a739af98/langchaingo-azure/internal/bench/loopback"
)

// endings are the ways a stream ends. The server of an abandoned one would go on.
var endings = []struct {
	name  string
	whole bool
	read  func(context.Context, loopback.Client) error
}{
	{"read to the end", true, func(ctx context.Context, c loopback.Client) error {
		return c.Stream(ctx, func() error { return nil })
	}},
	{"context cancelled", false, func(ctx context.Context, c loopback.Client) error {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		err := c.Stream(ctx, func() error { cancel(); return nil })
		return expected(err, context.Canceled)
	}},
	{"ended by the caller's function", false, func(ctx context.Context, c loopback.Client) error {
		enough := errors.New("enough")
		return expected(c.Stream(ctx, func() error { return enough }), enough)
	}},
}

// expected passes over the error the reader gave, and over none: llms/openai
// tells its caller nothing of a context that ended within a stream.
func expected(err, want error) error {
	if err == nil || errors.Is(err, want) {
		return nil
	}
	return fmt.Errorf("the stream ended with %w, want %w", err, want)
}

// survival counts the connections that streams take, one after the other.
func survival(ctx context.Context, s sizes) (figures.Table, error) {
	t := figures.Table{
		Caption: fmt.Sprintf("TLS connections for %d streams, one after the other.", s.streams),
		Head:    []string{"", "offered"},
	}
	for _, e := range endings {
		t.Head = append(t.Head, e.name)
	}
	for _, p := range protocols {
		for i := range 3 {
			row := []any{"", p.name}
			for _, e := range endings {
				name, n, err := taken(ctx, p.http2, s.streams, i, e.whole, e.read)
				if err != nil {
					return t, fmt.Errorf("%s over %s, %s: %w", name, p.name, e.name, err)
				}
				row[0], row = name, append(row, n)
			}
			t.Add(row...)
		}
	}
	return t, nil
}

// taken is how many connections n streams of the i-th client took.
func taken(ctx context.Context, http2 bool, n, i int, whole bool, read func(context.Context, loopback.Client) error) (name string, connections int, err error) {
	stream := func(w *loopback.Events, r *http.Request) {
		if whole {
			w.Chunks(20)
			return
		}
		for range 3 {
			w.Chunk()
		}
		<-r.Context().Done()
	}
	err = serve(loopback.Options{HTTP2: http2, Stream: stream}, func(server *loopback.Server, clients []loopback.Client) error {
		name = clients[i].Name
		for range n {
			if err := read(ctx, clients[i]); err != nil {
				return err
			}
		}
		connections = server.Connections()
		return nil
	})
	return name, connections, err
}
