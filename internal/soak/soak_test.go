package main

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/seed-a739af98/langchaingo-azure/azureadv1"
	"github.com/seed-a739af98/langchaingo-azure/internal/fenced"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// A short soak holds what the long one does: it is the command of docs/reliability.md for less.
func TestSoak(t *testing.T) {
	c := fenced.Commands(t, "docs/reliability.md", "go run ./internal/soak")[0]
	l, err := soak(t.Context(), parse(append(c.Args, "-time", "1500ms", "-goroutines", "40")))
	if err != nil {
		t.Fatal(err)
	}
	if err := l.verdict(); err != nil {
		t.Error(err)
	}
	if l.calls != l.successes+l.leaves+sum(l.errors) || l.tokens < 1 || sum(l.errors) == 0 {
		t.Errorf("%+v", l)
	}
}

func sum(counts map[string]int) (n int) {
	for _, c := range counts {
		n += c
	}
	return n
}

// The ledger is no decoration: answers to somebody else are found.
func TestSoakFindsAnswersThatGoAstray(t *testing.T) {
	l, err := soak(t.Context(), options{time: 500 * time.Millisecond, goroutines: 20, seed: 1, sabotage: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := l.verdict(); l.astray == 0 || err == nil || !strings.Contains(err.Error(), "wrong caller") {
		t.Errorf("%d, %v", l.astray, err)
	}
}

func TestVerdictNamesEachThingThatMustNotBe(t *testing.T) {
	for want, l := range map[string]*ledger{
		"expired token":     {successes: 1, expired: 1},
		"no fault explains": {successes: 1, unexplained: 1, unexplainedAs: &azureadv1.Error{Message: "m"}},
		"no call succeeded": {},
		"goroutines":        {successes: 1, goroutinesAfter: 100},
		"heap":              {successes: 1, heapAfter: 100 << 20},
	} {
		if err := l.verdict(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
	if err := (&ledger{successes: 1}).verdict(); err != nil {
		t.Error(err)
	}
}

// What no fault of the soak can bring about is told, whichever way it failed.
func TestErrorsThatNoFaultExplainsAreCounted(t *testing.T) {
	for name, row := range map[string]struct {
		err       error
		explained bool
	}{
		"a mistake of the caller's": {&azureadv1.Error{Code: azureadv1.CodeInvalid}, false},
		"a timeout":                 {&azureadv1.Error{Code: azureadv1.CodeTimeout}, false},
		"no token":                  {&azureadv1.Error{Code: azureadv1.CodeTokenProvider}, false},
		"a status nobody played":    {&azureadv1.Error{StatusCode: 404, Code: "DeploymentNotFound"}, false},
		"somebody else's error":     {errors.New("oh"), false},
		"a status that was played":  {&azureadv1.Error{StatusCode: 500, Code: "500"}, true},
		"a connection that broke":   {&azureadv1.Error{Code: azureadv1.CodeUnreachable}, true},
	} {
		t.Run(name, func(t *testing.T) {
			l := &ledger{errors: map[string]int{}}
			l.failed(row.err)
			if l.calls != 1 || sum(l.errors) != 1 || (l.unexplained == 0) != row.explained {
				t.Errorf("%+v", l)
			}
		})
	}
}

// An expired token is counted as it leaves.
func TestWatchSeesAnExpiredToken(t *testing.T) {
	l := &ledger{}
	w := &watch{ledger: l, next: answering{}}
	for _, token := range []string{"e30.eyJleHAiOjF9.s", "e30.eyJleHAiOjk5OTk5OTk5OTl9.s", "key"} { // {"exp":1}, {"exp":9999999999}
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://localhost", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+token)
		res, err := w.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
	}
	if l.requests != 3 || l.expired != 1 {
		t.Errorf("%d requests, %d expired", l.requests, l.expired)
	}
}

type answering struct{}

func (answering) RoundTrip(req *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody, Request: req}, nil
}
