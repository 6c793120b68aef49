package provider_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// front stands before a stand-in and speaks HTTP/1.1 by hand, so that it can do to a connection what no well-behaved
// server does. A request that no fault is set for goes on to the stand-in. The client's end of each connection is
// counted from its dialling to its closing.
type front struct {
	back http.RoundTripper
	done sync.WaitGroup

	mu    sync.Mutex
	fault func(*caught) (keep bool) // nil = none
	seen  []int                     // the number of the connection of each request
	open  map[net.Conn]struct{}     // the clients' ends that are not closed

	dials, served int // connections, as the client and as the server counts them
}

// caught is a request that a fault answers: the connection, what comes on it, and the good answer to spoil.
type caught struct {
	net.Conn

	in   *bufio.Reader
	req  *http.Request
	good *http.Response
	body []byte // of the good answer
}

func newFront(back http.RoundTripper) *front {
	return &front{back: back, open: map[net.Conn]struct{}{}}
}

// set makes every request meet the fault; nil lifts it.
func (f *front) set(fault func(*caught) bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.fault = fault
}

// requests are the numbers of the connections that requests came on, in order.
func (f *front) requests() []int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.seen)
}

func (f *front) left() (open, dials int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.open), f.dials
}

// dial is a connection in memory, which knows virtual time.
func (f *front) dial() net.Conn {
	near, far := net.Pipe()
	f.serve(far)
	return f.count(near)
}

// count watches a client's end until it is closed.
func (f *front) count(conn net.Conn) net.Conn {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.dials++
	f.open[conn] = struct{}{}
	return &countedConn{conn, f}
}

type countedConn struct {
	net.Conn

	front *front
}

// Close implements net.Conn.
func (c *countedConn) Close() error {
	c.front.mu.Lock()
	delete(c.front.open, c.Conn)
	c.front.mu.Unlock()
	return c.Conn.Close()
}

// serve answers on a connection until it ends.
func (f *front) serve(conn net.Conn) {
	f.mu.Lock()
	f.served++
	number := f.served
	f.mu.Unlock()
	f.done.Go(func() {
		defer func() { _ = conn.Close() }()
		in := bufio.NewReader(conn)
		for f.answer(conn, in, number) {
			continue
		}
	})
}

// answer deals with one request, and tells whether the connection goes on.
func (f *front) answer(conn net.Conn, in *bufio.Reader, number int) bool {
	req, err := http.ReadRequest(in)
	if err != nil {
		return false
	}
	f.mu.Lock()
	f.seen = append(f.seen, number)
	fault := f.fault
	f.mu.Unlock()
	sent, err := io.ReadAll(req.Body)
	if err != nil {
		return false
	}
	// The client may leave while the stand-in still thinks.
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	res, err := f.pass(ctx, req, sent)
	if err != nil {
		return false
	}
	defer func() { _ = res.Body.Close() }()
	if fault == nil {
		return f.relay(conn, in, res, cancel)
	}
	c := &caught{Conn: conn, in: in, req: req, good: res}
	if c.body, err = io.ReadAll(res.Body); err != nil {
		return false
	}
	return fault(c)
}

// pass asks the stand-in, which is elsewhere.
func (f *front) pass(ctx context.Context, req *http.Request, body []byte) (*http.Response, error) {
	on := req.Clone(ctx)
	on.URL.Scheme, on.URL.Host, on.Host, on.RequestURI = "https", "azuretest.openai.azure.com", "azuretest.openai.azure.com", ""
	on.Body = io.NopCloser(bytes.NewReader(body))
	return f.back.RoundTrip(on)
}

// relay hands on an answer as it comes. It stops when the client has left: what else could come is the next request.
func (f *front) relay(conn net.Conn, in *bufio.Reader, res *http.Response, left context.CancelFunc) bool {
	switch {
	case res.StatusCode == http.StatusNoContent || res.StatusCode == http.StatusNotModified:
		res.ContentLength = 0
	case res.ContentLength < 0:
		res.TransferEncoding = []string{"chunked"}
	}
	res.Request = nil // or net/http would look at its method
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		if _, err := in.Peek(1); err != nil {
			left()
		}
	}()
	err := res.Write(conn)
	if err != nil {
		_ = conn.Close()
	}
	<-gone
	return err == nil
}

// say writes as much as the client takes.
func (c *caught) say(text string) { _, _ = io.WriteString(c, text) }

// head is the good answer's status line and headers, with these instead or as well; the blank line too.
func (c *caught) head(instead ...string) string {
	h := c.good.Header.Clone()
	h.Del("Content-Length")
	for pair := range slices.Chunk(instead, 2) {
		h.Set(pair[0], pair[1])
	}
	var b strings.Builder
	b.WriteString("HTTP/1.1 200 OK\r\n")
	_ = h.Write(&b)
	return b.String() + "\r\n"
}

// whole is the good answer with its length.
func (c *caught) whole() string {
	return c.head("Content-Length", strconv.Itoa(len(c.body))) + string(c.body)
}

// part is the beginning of the good answer: of a stream up to its first words, of all else the half.
func (c *caught) part() string {
	begun := bytes.Index(c.body, []byte("Hello"))
	if begun >= 0 {
		if end := bytes.Index(c.body[begun:], []byte("\n\n")); end >= 0 {
			return string(c.body[:begun+end+2])
		}
	}
	return string(c.body[:len(c.body)/2])
}

// wait holds the connection, silent, until the client closes it.
func (c *caught) wait() { _, _ = io.Copy(io.Discard, c.in) }

// settle closes what lies idle. Whatever is open after it was not given back.
func (f *front) settle(transport *http.Transport) error {
	transport.CloseIdleConnections()
	for range 500 {
		if open, _ := f.left(); open == 0 {
			f.done.Wait()
			return nil
		}
		time.Sleep(10 * time.Millisecond)
	}
	return errors.New("a connection is still open: it was neither closed nor given back")
}
