// Latency measures the time from the arrival of a chunk's bytes to the caller's
// function, beside the least it can be: a loop that cuts lines.
//
//	go run ./internal/bench/latency
//
// It prints markdown, for docs/performance.md.
package main

import (
	"bufio"
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"

	"github.com/tmc/langchaingo/llms"

	"github.com/seed-a739af98/langchaingo-azure/adapters/langchaingo"
	"github.com/seed-a739af98/langchaingo-azure/azureadv1"
	"github.com/seed-a739af98/langchaingo-azure/internal/bench/figures"
	"github.com/seed-a739af98/langchaingo-azure/internal/bench/loopback"
)

func parse(args []string) (chunks int, pace time.Duration) {
	flags := flag.NewFlagSet("latency", flag.ExitOnError)
	flags.IntVar(&chunks, "chunks", 5000, "chunks of each stream")
	flags.DurationVar(&pace, "pace", 200*time.Microsecond, "time between two chunks")
	_ = flags.Parse(args) // it exits
	return chunks, pace
}

func main() {
	chunks, pace := parse(os.Args[1:])
	table, err := firstToken(context.Background(), chunks, pace)
	if err == nil {
		err = table.Markdown(os.Stdout)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "latency:", err)
		os.Exit(1)
	}
}

// firstToken reads one stream in every way and compares when each chunk came and
// when the caller had it.
func firstToken(ctx context.Context, chunks int, pace time.Duration) (figures.Table, error) {
	t := figures.Table{
		Caption: fmt.Sprintf("From the return of the read that brought a chunk to the caller's function; a stream of %d chunks, one every %v or a little more.", chunks, pace),
		Head:    []string{"", "p50", "p99", "p99.9"},
	}
	for _, w := range ways() {
		wire := &paced{chunks: chunks, pace: pace, responses: w.responses}
		heard := make([]time.Time, 0, chunks)
		err := w.read(ctx, &http.Client{Transport: wire}, func() error {
			heard = append(heard, time.Now())
			return nil
		})
		if err != nil {
			return t, fmt.Errorf("%s: %w", w.name, err)
		}
		if len(heard) != chunks {
			return t, fmt.Errorf("%s: heard %d chunks of %d", w.name, len(heard), chunks)
		}
		delays := make([]time.Duration, chunks)
		for i := range heard {
			delays[i] = heard[i].Sub(wire.came[i])
		}
		t.Add(w.name, figures.Percentile(delays, 0.5), figures.Percentile(delays, 0.99), figures.Percentile(delays, 0.999))
	}
	return t, nil
}

const origin = "https://gateway.example.com"

// way is one way of reading a stream.
type way struct {
	name      string
	responses bool
	read      func(ctx context.Context, hc *http.Client, piece func() error) error
}

func ways() []way {
	all := []way{
		{"floor: lines cut by bufio", false, floor},
		{"ours, chat", false, model()},
		{"ours, Responses", true, model(langchaingo.WithResponsesAPI())},
		{"ours, chat by GenerateContentStream", false, channel()},
		{"ours, Responses by GenerateContentStream", true, channel(langchaingo.WithResponsesAPI())},
	}
	for i, name := range []string{"langchaingo llms/openai", "openai-go"} {
		all = append(all, way{name, false, func(ctx context.Context, hc *http.Client, piece func() error) error {
			clients, err := loopback.Clients(origin, hc)
			if err != nil {
				return err
			}
			return clients[i+1].Stream(ctx, piece)
		}})
	}
	return all
}

// floor is what any reader of an event stream does at least.
func floor(ctx context.Context, hc *http.Client, piece func() error) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, origin, http.NoBody)
	if err != nil {
		return err
	}
	res, err := hc.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	lines := bufio.NewScanner(res.Body)
	for lines.Scan() {
		if bytes.Contains(lines.Bytes(), []byte(loopback.Word)) {
			if err := piece(); err != nil {
				return err
			}
		}
	}
	return lines.Err()
}

func model(opts ...langchaingo.Option) func(context.Context, *http.Client, func() error) error {
	return func(ctx context.Context, hc *http.Client, piece func() error) error {
		c, err := loopback.Ours(origin, hc, opts...)
		if err != nil {
			return err
		}
		return c.Stream(ctx, piece)
	}
}

func channel(opts ...langchaingo.Option) func(context.Context, *http.Client, func() error) error {
	return func(ctx context.Context, hc *http.Client, piece func() error) error {
		m, err := langchaingo.New(azureadv1.Config{Endpoint: origin, Deployment: "chat", APIKey: "key-of-nothing", HTTPClient: hc}, opts...)
		if err != nil {
			return err
		}
		values, err := m.GenerateContentStream(ctx, []llms.MessageContent{llms.TextParts(llms.ChatMessageTypeHuman, "q")})
		if err != nil {
			return err
		}
		for v := range values {
			if v.Choices[0].Content == "" {
				continue
			}
			if err := piece(); err != nil {
				return err
			}
		}
		return nil
	}
}

// paced is a network that answers with a stream and notes when each chunk came.
type paced struct {
	chunks    int
	pace      time.Duration
	responses bool
	came      []time.Time
}

// RoundTrip answers every request.
func (p *paced) RoundTrip(req *http.Request) (*http.Response, error) {
	p.came = make([]time.Time, 0, p.chunks)
	return &http.Response{
		Status: "200 OK", StatusCode: http.StatusOK, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, ContentLength: -1,
		Header: http.Header{"Content-Type": {"text/event-stream"}}, Body: &pacedBody{p: p}, Request: req,
	}, nil
}

type pacedBody struct {
	p    *paced
	rest []byte // of what a read had no room for
	end  bool
}

// Read brings one chunk at a time.
func (b *pacedBody) Read(into []byte) (int, error) {
	if len(b.rest) > 0 {
		n := copy(into, b.rest)
		b.rest = b.rest[n:]
		return n, nil
	}
	if b.end {
		return 0, io.EOF
	}
	chunk := loopback.Chunk(b.p.responses, len(b.p.came))
	if len(b.p.came) == b.p.chunks {
		chunk, b.end = []byte(loopback.End(b.p.responses)), true
	}
	time.Sleep(b.p.pace)
	n := copy(into, chunk)
	b.rest = chunk[n:]
	if !b.end {
		b.p.came = append(b.p.came, time.Now())
	}
	return n, nil
}

// Close ends nothing: there is nothing below.
func (b *pacedBody) Close() error { return nil }
