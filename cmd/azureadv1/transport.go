package main

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
)

// transport carries every call of the doctor. A call whose context says so is not sent with the credential that was
// put on it: the credential is looked at here, or taken off.
type transport struct{ base http.RoundTripper }

func newTransport(client *http.Client) *transport {
	if client != nil && client.Transport != nil {
		return &transport{client.Transport}
	}
	return &transport{http.DefaultTransport.(*http.Transport).Clone()}
}

// proxy is the one that calls to a URL would go through; nil is none.
func (t *transport) proxy(u *url.URL) *url.URL {
	base, ok := t.base.(*http.Transport)
	if !ok || base.Proxy == nil {
		return nil
	}
	proxy, err := base.Proxy(&http.Request{URL: u})
	if err != nil {
		return nil
	}
	return proxy
}

// close lets go of connections, but for those of a client that somebody else brought.
func (t *transport) close(client *http.Client) {
	if base, ok := t.base.(*http.Transport); ok && (client == nil || client.Transport == nil) {
		base.CloseIdleConnections()
	}
}

// catcher takes the credential off a call, and answers it itself when hold is set: then nothing is sent.
type catcher struct {
	hold bool

	mu    sync.Mutex
	token string
	key   bool
}

type catcherKey struct{}

func withCatcher(ctx context.Context, c *catcher) context.Context {
	return context.WithValue(ctx, catcherKey{}, c)
}

// RoundTrip implements http.RoundTripper. Token requests carry the same context, and no credential in these headers.
func (t *transport) RoundTrip(req *http.Request) (*http.Response, error) {
	c, _ := req.Context().Value(catcherKey{}).(*catcher)
	if c == nil || !c.take(req.Header) {
		return t.base.RoundTrip(req)
	}
	if c.hold {
		return &http.Response{
			StatusCode: http.StatusOK, Status: "200 OK", Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: req,
			Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader("{}")), ContentLength: 2,
		}, nil
	}
	bare := req.Clone(req.Context())
	bare.Header.Del("Authorization")
	bare.Header.Del("Api-Key")
	return t.base.RoundTrip(bare)
}

// take notes the credential of a call to the resource, and reports whether it is one.
func (c *catcher) take(h http.Header) bool {
	token, bearer := strings.CutPrefix(h.Get("Authorization"), "Bearer ")
	key := h.Get("Api-Key") != ""
	if (!bearer && !key) || h.Get("X-Stainless-Retry-Count") == "" {
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.token, c.key = token, key
	return true
}

// caught is what was taken off: a token, or that it was a key.
func (c *catcher) caught() (token string, key bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.token, c.key
}
