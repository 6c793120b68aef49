package main

import (
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/seed-a739af98/langchaingo-azure/internal/bench/figures"
	"github.com/seed-a739af98/langchaingo-azure/internal/fenced"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// TestRefreshHoldsNoCallUp is the load of docs/performance.md's command, smaller and in virtual time, where a call takes what is
// waited for in it and nothing else: calls while a token is renewed take exactly
// as long as the others. That the measurement sees what it should is shown by a
// source that does hold them up.
func TestRefreshHoldsNoCallUp(t *testing.T) {
	c := fenced.Commands(t, "docs/performance.md", "go run ./internal/bench/tokens")[0]
	l := parse(append(c.Args, "-rate", "300", "-for", "10s", "-life", "5s"))
	for _, row := range []struct {
		name   string
		source source
		held   time.Duration // the most that a call waits beyond its round trip
	}{
		{"a credential of ours", ours, 0},
		{"a lock around the token", guarded, l.fetch},
	} {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				defer time.Sleep(31 * time.Second) // a fetch belongs to no caller, and is done by then
				r, err := l.run(t.Context(), row.source)
				if err != nil {
					t.Fatal(err)
				}
				if r.refreshes < 2 || len(r.during) < l.rate/2 || len(r.outside) < l.rate {
					t.Fatalf("%d refreshes, %d calls meanwhile and %d others: it proves nothing", r.refreshes, len(r.during), len(r.outside))
				}
				if got := figures.Percentile(r.outside, 1); got != l.roundTrip {
					t.Errorf("the slowest call with a fresh token took %v", got)
				}
				if got := figures.Percentile(r.during, 1); got != l.roundTrip+row.held {
					t.Errorf("the slowest call during a refresh took %v, want %v", got, l.roundTrip+row.held)
				}
			})
		})
	}
}
