package provider_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tmc/langchaingo/llms"

	"github.com/seed-a739af98/langchaingo-azure/azureadv1/azuretest"
)

// checkLiving holds for every request of a long run: it carried one token, which was good when it was sent, and was
// answered.
func checkLiving(t *testing.T, r azuretest.Request) {
	t.Helper()
	checkCredential(t, r, azuretest.CredentialToken)
	if !r.Time.Before(r.TokenExpiry) {
		t.Errorf("%s at %v carries a token that expired at %v", r, r.Time, r.TokenExpiry)
	}
	if r.Status != 200 {
		t.Errorf("%s was answered %d: %s", r, r.Status, r.Problem)
	}
}

// TestAgentsOutliveTheirTokens runs 40 agents, one after the other, over 3 hours of tokens that live one, and a stream
// that begins under the first token and ends after it.
func TestAgentsOutliveTheirTokens(t *testing.T) {
	onBothSurfaces(t, func(t *testing.T, sf surface) {
		const runs, span = 40, 3 * time.Hour
		s := inMemory(t, azuretest.Options{Respond: brain, TokenLifetime: time.Hour})
		s.SetEntraDelay(200 * time.Millisecond)
		cred := count(s.Credential())
		cfg := config(t, s, sf.version)
		cfg.Credential = cred
		c := newCaller(t, cfg)
		began := time.Now()
		var long sync.WaitGroup
		for i := range runs {
			time.Sleep(time.Until(began.Add(span * time.Duration(i) / (runs - 1))))
			if i == 11 { // 50 minutes in
				long.Go(func() { streamAcrossExpiry(t, s, c) })
				time.Sleep(time.Second)
			}
			answer, err := runAgent(t.Context(), c.model, i%2 == 1)
			must(t, err)
			if answer != agentAnswer {
				t.Fatalf("run %d: the agent said %q, want %q", i, answer, agentAnswer)
			}
		}
		if took := time.Since(began); took < span {
			t.Errorf("the runs took %v, want %v", took, span)
		}
		long.Wait()
		if n := len(s.Requests()); n != 3*runs+1 {
			t.Errorf("%d requests, want %d", n, 3*runs+1)
		}
		for _, r := range s.Requests() {
			checkLiving(t, r)
		}
		cred.check(t, 3, 4)
		if n := s.Stats().TokenRequests; n < 3 || n > 4 {
			t.Errorf("%d token requests, want 3 or 4", n)
		}
	})
}

// streamAcrossExpiry listens to a stream of 20 minutes.
func streamAcrossExpiry(t *testing.T, s *azuretest.Server, c caller) {
	t.Helper()
	words := strings.SplitAfter("one two three four five six seven eight nine ten", " ")
	s.Enqueue(azuretest.Text(words...).WithPace(2 * time.Minute))
	var heard []string
	began := time.Now()
	said, err := textOf(c.model.GenerateContent(t.Context(), question(), llms.WithStreamingFunc(func(_ context.Context, chunk []byte) error {
		heard = append(heard, string(chunk))
		return nil
	})))
	if err != nil {
		checkSecrets(t, err)
		t.Errorf("the stream was interrupted after %q: %v", heard, err)
		return
	}
	if said != strings.Join(words, "") || len(heard) != len(words) {
		t.Errorf("the stream said %q in %d pieces, want %d", said, len(heard), len(words))
	}
	for _, r := range s.Requests() {
		if r.Time.Equal(began) && r.Streaming() && (time.Since(began) != 20*time.Minute || !r.TokenExpiry.Before(time.Now())) {
			t.Errorf("the stream ended after %v, at %v, and its token at %v: it proves nothing", time.Since(began), time.Now(), r.TokenExpiry)
		}
	}
}

// TestThreeDaysOfCallsFromManyGoroutines makes 100,000 calls from 64 goroutines over 72 hours of one-hour tokens.
func TestThreeDaysOfCallsFromManyGoroutines(t *testing.T) {
	t.Parallel() // it is long
	const (
		goroutines, calls = 64, 100_000
		atOnce            = 8 // calls that begin at the same instant
		span, life        = 72 * time.Hour, time.Hour
	)
	said := azuretest.Raw(200, nil, `{"object":"chat.completion","choices":[{"index":0,"finish_reason":"stop","message":{"role":"assistant","content":"hello"}}]}`)
	inBubble(t, func(t *testing.T) {
		var expired, answered atomic.Int64
		s := inMemory(t, azuretest.Options{
			TokenLifetime: life, KeepLast: 100,
			Respond: func(r azuretest.Request) azuretest.Reply {
				answered.Add(1)
				if !r.Time.Before(r.TokenExpiry) {
					expired.Add(1)
				}
				return said
			},
		})
		s.SetEntraDelay(300 * time.Millisecond)
		cred := count(s.Credential())
		cfg := config(t, s, "v1")
		cfg.Credential = cred
		c := newCaller(t, cfg)
		began := time.Now()
		var next atomic.Int64
		var wg sync.WaitGroup
		for range goroutines {
			wg.Go(func() {
				for {
					i := next.Add(1) - 1
					if i >= calls {
						return
					}
					time.Sleep(time.Until(began.Add(span / calls * time.Duration(i-i%atOnce))))
					if _, err := post(t.Context(), c); err != nil {
						checkSecrets(t, err)
						t.Errorf("call %d, at %v: %v", i, time.Since(began), err)
						return
					}
				}
			})
		}
		wg.Wait()
		stats := s.Stats()
		if answered.Load() != calls || stats.Calls != calls || expired.Load() != 0 || stats.RefusedTokens != 0 {
			t.Errorf("%d answers to %d requests, %d with an expired token, %d refused; want %d answers and no other",
				answered.Load(), stats.Calls, expired.Load(), stats.RefusedTokens, calls)
		}
		if took := time.Since(began); took < span-time.Minute {
			t.Errorf("the calls took %v, want %v", took, span)
		}
		least := int(span / (life - 5*time.Minute)) // 78
		cred.check(t, least-2, least+2)
		if n := stats.TokenRequests; n < least-2 || n > least+2 {
			t.Errorf("%d token requests, want within two of %d", n, least)
		}
	})
}

// TestTokensOfAnyLifeAreRenewedInTime calls once a second through many lives of short tokens, with and without the
// identity provider's own advice on when to renew.
func TestTokensOfAnyLifeAreRenewedInTime(t *testing.T) {
	rows := []struct {
		life, refreshIn time.Duration
		most            int // fetches in 10 lives
	}{
		{3 * time.Second, 0, 15},
		{time.Minute, 0, 14},
		{5 * time.Minute, 0, 14},
		{time.Hour, 30 * time.Minute, 22},
	}
	for _, row := range rows {
		t.Run(fmt.Sprintf("life %v, refresh_in %v", row.life, row.refreshIn), func(t *testing.T) {
			onBothSurfaces(t, func(t *testing.T, sf surface) {
				s := inMemory(t, azuretest.Options{TokenLifetime: row.life, RefreshIn: row.refreshIn})
				cfg := config(t, s, sf.version)
				cfg.Credential = s.Credential()
				c := newCaller(t, cfg)
				for range 200 {
					generateOK(t, c)
					time.Sleep(row.life / 20)
				}
				for _, r := range s.Requests() {
					checkLiving(t, r)
				}
				if n := s.Stats().TokenRequests; n < 9 || n > row.most {
					t.Errorf("%d token requests in 10 lives, want 9 to %d", n, row.most)
				}
			})
		})
	}
}
