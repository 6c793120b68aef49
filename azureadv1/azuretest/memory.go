package azuretest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
)

// New makes a server that opens no socket: [Server.HTTPClient] answers from memory, for the host in [Options], for Microsoft's three sign-in
// hosts and for the IMDS address. Streams really stream, each on a goroutine of its own that ends with the response's body or the request's
// context. Make it inside the testing/synctest bubble that uses it.
func New(opts Options) *Server {
	s := newServer(opts)
	s.inMemory = true
	s.endpoint = "https://" + s.opts.Host
	s.authority = authorityFor(s.opts.Host)
	m := &memory{server: s}
	s.client = &http.Client{Transport: m}
	s.shutdown = func() error { m.close(); return nil }
	return s
}

// memory is the http.RoundTripper of the in-memory form.
type memory struct {
	server *Server

	mu     sync.Mutex
	closed bool
	// A map of the running ones, and no channel or WaitGroup: those would tie the server to the synctest bubble that touched them first.
	running map[*pipedResponse]struct{}
}

// RoundTrip answers as net/http's transport would: it returns at the header, and the body streams behind it.
func (m *memory) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithCancel(req.Context())
	w := newPipedResponse(cancel)
	if err := m.admit(ctx, req, w); err != nil {
		cancel()
		closeBody(req)
		return nil, err
	}
	go m.run(ctx, w, serverRequest(ctx, req))
	select {
	case <-w.started:
	case <-ctx.Done():
		select {
		case <-w.started: // the handler itself may have ended it all
		default:
			w.abort(context.Cause(ctx))
			return nil, context.Cause(ctx)
		}
	}
	if w.failed != nil {
		cancel()
		if err := context.Cause(req.Context()); err != nil {
			return nil, err // the handler gave up because the caller had
		}
		return nil, w.failed
	}
	return w.response(req), nil
}

// admit refuses what a network would refuse.
func (m *memory) admit(ctx context.Context, req *http.Request, w *pipedResponse) error {
	if err := ctx.Err(); err != nil {
		return context.Cause(ctx)
	}
	host := req.URL.Host
	if h, port, err := net.SplitHostPort(host); err == nil && port == "443" {
		host = h
	}
	if !m.server.plays(req.URL.Scheme, host) {
		m.server.count(func(st *Stats) { st.Strays++ })
		return &net.OpError{Op: "dial", Net: "tcp", Err: &net.DNSError{Err: "no such host", Name: req.URL.Host, IsNotFound: true}}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
	}
	if m.running == nil {
		m.running = make(map[*pipedResponse]struct{})
	}
	m.running[w] = struct{}{}
	return nil
}

func (m *memory) run(ctx context.Context, w *pipedResponse, r *http.Request) {
	stop := context.AfterFunc(ctx, func() { w.abort(context.Cause(ctx)) })
	defer func() {
		panicked := recover()
		if err := context.Cause(ctx); err != nil {
			w.abort(err) // a handler that gave up must not look like one that finished
		}
		w.finish(panicked)
		stop()
		w.cancel()
		_ = r.Body.Close()
		m.mu.Lock()
		delete(m.running, w)
		m.mu.Unlock()
		close(w.done)
	}()
	m.server.serve(w, r)
}

func (m *memory) close() {
	m.mu.Lock()
	m.closed = true
	running := make([]*pipedResponse, 0, len(m.running))
	for w := range m.running {
		running = append(running, w)
	}
	m.mu.Unlock()
	for _, w := range running {
		w.abort(syscall.ECONNRESET)
		w.cancel()
		<-w.done
	}
}

// plays reports whether the in-memory form answers for this origin.
func (s *Server) plays(scheme, host string) bool {
	if host == imdsHost {
		return scheme == "http"
	}
	host = strings.ToLower(host)
	return scheme == "https" && (host == s.opts.Host || slices.Contains(authorityHosts, host))
}

// serverRequest is the request as a server sees it: bound to the exchange's context, its body never nil.
func serverRequest(ctx context.Context, req *http.Request) *http.Request {
	r := req.Clone(ctx)
	if r.Host == "" {
		r.Host = req.URL.Host
	}
	if r.Body == nil {
		r.Body = http.NoBody
	}
	if r.Header == nil {
		r.Header = make(http.Header)
	}
	r.RequestURI = req.URL.RequestURI()
	r.RemoteAddr = "192.0.2.1:49152" // TEST-NET-1 of RFC 5737: nobody's address
	return r
}

func closeBody(req *http.Request) {
	if req.Body != nil {
		_ = req.Body.Close()
	}
}

// pipedResponse is the http.ResponseWriter of one exchange in memory. The handler alone writes it; started publishes what it wrote before.
type pipedResponse struct {
	header  http.Header
	status  int
	sent    http.Header
	started chan struct{}
	done    chan struct{}
	failed  error // set before started closes: there is no response
	cancel  context.CancelFunc
	body    *io.PipeReader
	pipe    *io.PipeWriter
}

func newPipedResponse(cancel context.CancelFunc) *pipedResponse {
	pr, pw := io.Pipe()
	return &pipedResponse{
		header: make(http.Header), started: make(chan struct{}), done: make(chan struct{}), cancel: cancel, body: pr, pipe: pw,
	}
}

func (w *pipedResponse) Header() http.Header { return w.header }

func (w *pipedResponse) WriteHeader(status int) {
	if w.status != 0 {
		return
	}
	w.status = status
	w.sent = w.header.Clone()
	close(w.started)
}

func (w *pipedResponse) Write(p []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return w.pipe.Write(p)
}

// Flush lets the handler stream as it does over a socket; the pipe keeps nothing back.
func (w *pipedResponse) Flush() { w.WriteHeader(http.StatusOK) }

// abort ends the body with err for its reader and for the handler's next write. The first of several wins.
func (w *pipedResponse) abort(err error) { w.pipe.CloseWithError(err) }

// finish turns the way the handler ended into the way the response ends.
func (w *pipedResponse) finish(panicked any) {
	var failed error
	switch err, isErr := panicked.(error); {
	case panicked == nil && w.status != 0:
		_ = w.pipe.Close()
		return
	case panicked == nil:
		failed = errors.New("azuretest: the handler answered nothing")
	case isErr && errors.Is(err, http.ErrAbortHandler):
		failed = io.ErrUnexpectedEOF
	default:
		failed = fmt.Errorf("azuretest: the handler panicked: %v", panicked)
	}
	w.abort(failed)
	if w.status == 0 {
		w.failed = failed
		close(w.started)
	}
}

func (w *pipedResponse) response(req *http.Request) *http.Response {
	length := int64(-1)
	if n, err := strconv.ParseInt(w.sent.Get("Content-Length"), 10, 64); err == nil {
		length = n
	}
	return &http.Response{
		Status:     strconv.Itoa(w.status) + " " + http.StatusText(w.status),
		StatusCode: w.status,
		Proto:      "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header:        w.sent,
		ContentLength: length,
		Body:          pipedBody{w},
		Request:       req,
	}
}

// pipedBody is the body the client reads; closing it stops the handler.
type pipedBody struct{ w *pipedResponse }

func (b pipedBody) Read(p []byte) (int, error) { return b.w.body.Read(p) }

func (b pipedBody) Close() error {
	b.w.cancel()
	return b.w.body.Close()
}
