package main

import (
	"crypto/sha256"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"

	"github.com/seed-a739af98/langchaingo-azure/azureadv1"
)

// watch is an http.RoundTripper that shows every call: its path, a fingerprint of its token, the status.
type watch struct {
	next    http.RoundTripper
	out     io.Writer
	surface azureadv1.Surface

	mu      sync.Mutex
	calls   int
	refused int
	seen    map[string]bool // fingerprints of tokens
}

func newWatch(client *http.Client, out io.Writer) *watch {
	w := &watch{next: http.DefaultTransport, out: out, seen: map[string]bool{}}
	if client != nil && client.Transport != nil {
		w.next = client.Transport
	}
	return w
}

func (w *watch) client() *http.Client { return &http.Client{Transport: w} }

// RoundTrip passes token requests on unseen; a credential may share the client.
func (w *watch) RoundTrip(req *http.Request) (*http.Response, error) {
	res, err := w.next.RoundTrip(req)
	if !strings.Contains(req.URL.Path, "/openai/") {
		return res, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.calls++
	outcome := "failed"
	if err == nil {
		outcome = fmt.Sprint(res.StatusCode)
		if res.StatusCode == http.StatusUnauthorized {
			w.refused++
		}
	}
	fmt.Fprintf(w.out, "    step %-3d %s  %s %s  %s  %s\n", w.calls, w.surface, req.Method, req.URL.Path, w.credential(req), outcome)
	return res, err
}

func (w *watch) credential(req *http.Request) string {
	token, ok := strings.CutPrefix(req.Header.Get("Authorization"), "Bearer ")
	if !ok {
		return "key"
	}
	fingerprint := fmt.Sprintf("%x", sha256.Sum256([]byte(token)))[:8]
	w.seen[fingerprint] = true
	return "token " + fingerprint
}

func (w *watch) counts() (calls, refused int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.calls, w.refused
}

// tokens counts the different tokens that were used.
func (w *watch) tokens() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.seen)
}
