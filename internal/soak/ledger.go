package main

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/seed-a739af98/langchaingo-azure/azureadv1"
	"github.com/seed-a739af98/langchaingo-azure/internal/bench/figures"
)

// ledger counts what happened.
type ledger struct {
	mu                       sync.Mutex
	calls, successes, leaves int
	errors                   map[string]int
	astray                   int // answers to somebody else
	example                  string
	unexplained              int
	unexplainedAs            error

	requests, expired int
	tokens            int

	goroutines, goroutinesAfter int
	heap, heapAfter             uint64
}

func (l *ledger) judge(question, want, got string) {
	if got != want {
		l.wrong(question, got)
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.calls++
	l.successes++
}

func (l *ledger) wrong(question, got string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.calls++
	l.astray++
	l.example = fmt.Sprintf("%q was answered with %.200q", question, got)
}

// left counts a call that its caller left.
func (l *ledger) left() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.calls++
	l.leaves++
}

func (l *ledger) failedOr(err error) {
	if err == nil {
		l.left() // it was over before the function could say that it had enough
		return
	}
	l.failed(err)
}

// explained are the kinds of errors that the faults of a soak can end in. A refused token is one, by a revocation that strikes
// twice; what else there is, a timeout or a mistake of the caller's, none of them explains.
var explained = map[string]bool{
	"401": true, "429": true, "429 deployments_parked": true, "500": true, "502": true, "an error inside the answer": true, "server_error": true,
	azureadv1.CodeBadAnswer: true, azureadv1.CodeStreamTruncated: true, azureadv1.CodeUnreachable: true, "deployments_parked": true,
}

// failed counts an error by its kind.
func (l *ledger) failed(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.calls++
	e := azureadv1.AsError(err)
	kind := "no error of ours"
	if e != nil {
		kind = kindOf(e)
	}
	l.errors[kind]++
	if !explained[kind] {
		l.unexplained++
		l.unexplainedAs = err
	}
}

// kindOf names an error by its status and code.
func kindOf(e *azureadv1.Error) string {
	status := strconv.Itoa(e.StatusCode)
	switch {
	case e.StatusCode < 400 && e.Code == "":
		return "an error inside the answer"
	case e.StatusCode < 400:
		return e.Code
	case e.Code == "" || e.Code == status:
		return status
	default:
		return status + " " + e.Code
	}
}

func (l *ledger) begin() { l.goroutines, l.heap = rest() }

func (l *ledger) finish() { l.goroutinesAfter, l.heapAfter = rest() }

// rest waits until what was closed is gone.
func rest() (goroutines int, heap uint64) {
	var m runtime.MemStats
	for range 50 {
		runtime.GC()
		runtime.ReadMemStats(&m)
		n := runtime.NumGoroutine()
		if n == goroutines && m.HeapAlloc >= heap {
			break
		}
		goroutines, heap = n, m.HeapAlloc
		time.Sleep(20 * time.Millisecond)
	}
	return goroutines, m.HeapAlloc
}

// Bounds on what may be left behind: connections that net/http is still taking down, and what its pools keep.
const (
	goroutineSlack = 20
	heapSlack      = 16 << 20
)

// verdict is what must not be.
func (l *ledger) verdict() error {
	var found []error
	if l.astray > 0 {
		found = append(found, fmt.Errorf("%d answers were delivered to the wrong caller: %s", l.astray, l.example))
	}
	if l.expired > 0 {
		found = append(found, fmt.Errorf("%d requests were sent with an expired token", l.expired))
	}
	if l.unexplained > 0 {
		found = append(found, fmt.Errorf("%d errors that no fault explains, such as: %w", l.unexplained, l.unexplainedAs))
	}
	if l.successes == 0 {
		found = append(found, errors.New("no call succeeded"))
	}
	if l.goroutinesAfter > l.goroutines+goroutineSlack {
		found = append(found, fmt.Errorf("%d goroutines were left of %d at the start", l.goroutinesAfter, l.goroutines))
	}
	if l.heapAfter > l.heap+heapSlack {
		found = append(found, fmt.Errorf("%d MiB of heap were left of %d at the start", l.heapAfter>>20, l.heap>>20))
	}
	return errors.Join(found...)
}

func (l *ledger) table(o options) figures.Table {
	t := figures.Table{
		Caption: fmt.Sprintf("%d goroutines for %v, seed %d, tokens of %v.", o.goroutines, o.time, o.seed, tokenLife),
		Head:    []string{"", "count"},
	}
	t.Add("calls", l.calls)
	t.Add("answered, and rightly", l.successes)
	t.Add("left by their caller, as planned", l.leaves)
	for _, kind := range slices.Sorted(maps.Keys(l.errors)) {
		t.Add("failed: "+kind, l.errors[kind])
	}
	t.Add("errors that no fault explains", l.unexplained)
	t.Add("requests", l.requests)
	t.Add("tokens fetched", l.tokens)
	t.Add("requests sent with an expired token", l.expired)
	t.Add("answers delivered to the wrong caller", l.astray)
	t.Add("goroutines, start and end", fmt.Sprintf("%d, %d", l.goroutines, l.goroutinesAfter))
	t.Add("heap, start and end", fmt.Sprintf("%.1f MB, %.1f MB", float64(l.heap)/1e6, float64(l.heapAfter)/1e6))
	return t
}

// watch looks at every token as it is sent.
type watch struct {
	next   http.RoundTripper
	ledger *ledger
}

// RoundTrip implements http.RoundTripper.
func (w *watch) RoundTrip(req *http.Request) (*http.Response, error) {
	expires, ok := expiry(req.Header.Get("Authorization"))
	w.ledger.mu.Lock()
	w.ledger.requests++
	if ok && time.Now().After(expires) {
		w.ledger.expired++
	}
	w.ledger.mu.Unlock()
	return w.next.RoundTrip(req)
}

// expiry reads the exp of a bearer token.
func expiry(authorization string) (time.Time, bool) {
	parts := strings.Split(strings.TrimPrefix(authorization, "Bearer "), ".")
	if len(parts) != 3 {
		return time.Time{}, false
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return time.Time{}, false
	}
	var claims struct {
		Expires int64 `json:"exp"`
	}
	if json.Unmarshal(payload, &claims) != nil || claims.Expires == 0 {
		return time.Time{}, false
	}
	return time.Unix(claims.Expires, 0), true
}
