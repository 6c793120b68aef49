package provider_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/tmc/langchaingo/llms"

	"github.com/seed-a739af98/langchaingo-azure/azureadv1/azuretest"
)

// faultsOverHTTP2 are rows of the matrix that HTTP/2 has frames of its own for, and one of each other kind.
var faultsOverHTTP2 = []string{
	"400 context length", "400 of more than 1 MiB", "401 refused token or key", "429 Retry-After 3600", "500", "302 to a sign-in page",
	"the connection is dropped before the answer", "200 as a page", "200 with half a JSON", "an answer cut in the middle",
	"an answer that ends too soon", "an error inside a stream",
}

// The default transport speaks HTTP/2 with Azure, where one connection carries every call. Faults end there as they do on
// HTTP/1.1, and none costs the others their connection: what ends is a stream.
func TestFaultsOverHTTP2(t *testing.T) {
	s := start(t, azuretest.Options{KeepLast: 1})
	transport := s.HTTPClient().Transport.(*http.Transport).Clone()
	transport.ForceAttemptHTTP2 = true
	var dials atomic.Int32
	transport.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		dials.Add(1)
		return (&net.Dialer{}).DialContext(ctx, network, address)
	}
	defer transport.CloseIdleConnections()
	over := roundTrip(func(r *http.Request) (*http.Response, error) {
		res, err := transport.RoundTrip(r)
		if err == nil && res.ProtoMajor != 2 {
			t.Errorf("answered over %s", res.Proto)
		}
		return res, err
	})
	played := 0
	for _, f := range matrix {
		if !slices.Contains(faultsOverHTTP2, f.name) {
			continue
		}
		played++
		got := map[string]ending{}
		for _, c := range cells() {
			got[c.String()] = f.playOnce(t, c, s, over)
		}
		f.once().check(t, got)
	}
	if played != len(faultsOverHTTP2) {
		t.Errorf("%d of %d faults are in the matrix", played, len(faultsOverHTTP2))
	}
	if n := dials.Load(); n != 1 {
		t.Errorf("%d connections, want the first to have outlived every fault", n)
	}
}

// once is the fault without retries and on a connection that outlives it.
func (f fault) once() fault {
	alone := func(e ending) ending {
		e.Attempts, e.Closed = min(e.Attempts, 1), false
		return e
	}
	f.want = alone(f.want)
	if f.streamed != nil {
		f.streamed = alone(*f.streamed).also()
	}
	special := map[string]ending{}
	for column, e := range f.but {
		special[column] = alone(e)
	}
	f.but = special
	return f
}

// playOnce makes one call under the fault, without retries, and a good one after it.
func (f fault) playOnce(t *testing.T, c cell, s *azuretest.Server, over http.RoundTripper) ending {
	t.Helper()
	cfg := config(t, s, c.api())
	cfg.HTTPClient, cfg.MaxRetries, cfg.APIKey = &http.Client{Transport: over}, -1, apiKey
	if c.withToken {
		cfg.APIKey, cfg.Credential = "", s.Credential()
	}
	on := newCaller(t, cfg)
	s.Reset()
	s.Enqueue(f.reply(c.route), f.reply(c.route)) // a refused token is replaced once
	said, err := c.call(t.Context(), on)
	e := c.failure(t, err)
	theirs, ok := errors.AsType[*llms.Error](err)
	if !ok {
		t.Fatalf("%s, %s: no *llms.Error in %v", f.name, c, err)
	}
	s.Reset()
	if said, err := c.call(t.Context(), on); err != nil || said == "" {
		t.Errorf("%s, %s: the call after it: %q, %v", f.name, c, said, err)
	}
	return endingOf(theirs, e, said)
}
