package main

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-a739af98/langchaingo-azure/adapters/langchaingo"
	"github.com/seed-a739af98/langchaingo-azure/internal/bench/loopback"
)

// TestReadingOnIsBounded: after a stream's end ours reads on, which keeps the
// connection, but a server that never ends the body holds nobody up: no longer
// than 100 ms, and not for more than 64 KiB.
func TestReadingOnIsBounded(t *testing.T) {
	const bytes, silence = 64 << 10, 100 * time.Millisecond
	for _, row := range []struct {
		name      string
		after     io.Reader
		atMost    time.Duration
		opts      []langchaingo.Option
		responses bool
	}{
		{name: "ends at once", after: strings.NewReader("")},
		{name: "falls silent", atMost: silence},
		{name: "falls silent, on Responses", atMost: silence, opts: []langchaingo.Option{langchaingo.WithResponsesAPI()}, responses: true},
		{name: "sends for ever", after: comments{}},
		{name: "sends for ever, a byte a millisecond", after: comments{time.Millisecond}, atMost: silence + time.Millisecond},
	} {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				wire := &endless{text: string(loopback.Chunk(row.responses, 1)) + loopback.End(row.responses), after: row.after}
				c, err := loopback.Ours("https://gateway.example.com", &http.Client{Transport: wire}, row.opts...)
				if err != nil {
					t.Fatal(err)
				}
				began, pieces := time.Now(), 0
				if err := c.Stream(t.Context(), func() error { pieces++; return nil }); err != nil || pieces != 1 {
					t.Errorf("%d pieces, %v", pieces, err)
				}
				if took := time.Since(began); took > row.atMost {
					t.Errorf("the caller was held for %v", took)
				}
				if wire.extra > bytes+16<<10 { // and what one read may bring more
					t.Errorf("%d bytes were read after the end", wire.extra)
				}
				if !wire.closed {
					t.Error("the body was left open")
				}
			})
		})
	}
}

// comments is an event stream without end in which nothing is said.
type comments struct{ pace time.Duration }

func (c comments) Read(p []byte) (int, error) {
	time.Sleep(c.pace)
	if c.pace > 0 {
		p = p[:1]
	}
	for i := range p {
		p[i] = '\n'
	}
	return len(p), nil
}

// endless answers with a stream and what comes after its end; nil is silence.
type endless struct {
	text   string
	after  io.Reader
	ctx    context.Context //nolint:containedctx // the request's, for its body
	extra  int
	closed bool
}

// RoundTrip answers once.
func (e *endless) RoundTrip(req *http.Request) (*http.Response, error) {
	e.ctx = req.Context()
	return &http.Response{
		StatusCode: http.StatusOK, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, ContentLength: -1,
		Header: http.Header{"Content-Type": {"text/event-stream"}}, Body: e, Request: req,
	}, nil
}

func (e *endless) Read(p []byte) (int, error) {
	if err := e.ctx.Err(); err != nil {
		return 0, err
	}
	if e.text != "" {
		n := copy(p, e.text)
		e.text = e.text[n:]
		return n, nil
	}
	if e.after == nil {
		<-e.ctx.Done()
		return 0, e.ctx.Err()
	}
	n, err := e.after.Read(p)
	e.extra += n
	if errors.Is(err, io.EOF) {
		return n, io.EOF
	}
	return n, err
}

// Close is seen.
func (e *endless) Close() error {
	e.closed = true
	return nil
}
