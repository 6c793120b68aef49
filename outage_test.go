package provider_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-a739af98/langchaingo-azure/azureadv1"
	"github.com/seed-a739af98/langchaingo-azure/azureadv1/azuretest"
)

// outcome is how one of many calls ended, and when.
type outcome struct {
	err  error
	took time.Duration
}

// together makes n calls at once; each may choose its context.
func together(t *testing.T, r route, c caller, n int, with func(i int) (context.Context, context.CancelFunc)) []outcome {
	t.Helper()
	began := time.Now()
	all := make([]outcome, n)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			ctx, cancel := with(i)
			defer cancel()
			_, err := r.call(ctx, c)
			all[i] = outcome{err, time.Since(began)}
		})
	}
	wg.Wait()
	return all
}

func patient(t *testing.T) func(int) (context.Context, context.CancelFunc) {
	t.Helper()
	return func(int) (context.Context, context.CancelFunc) { return context.WithCancel(t.Context()) }
}

func TestAHerdAtColdStartFetchesOnce(t *testing.T) {
	for _, delay := range []time.Duration{0, 800 * time.Millisecond} {
		t.Run(fmt.Sprintf("the identity provider answers after %v", delay), func(t *testing.T) {
			inEveryWay(t, func(t *testing.T, r route) {
				s := inMemory(t, azuretest.Options{})
				s.SetEntraDelay(delay)
				cred := count(s.Credential())
				cfg := config(t, s, r.api())
				cfg.Credential = cred
				for _, o := range together(t, r, newCaller(t, cfg), 200, patient(t)) {
					must(t, o.err)
				}
				cred.check(t, 1, 1)
				if st := s.Stats(); st.TokenRequests != 1 || st.Calls != 200 {
					t.Errorf("%d token requests and %d calls, want 1 and 200", st.TokenRequests, st.Calls)
				}
			})
		})
	}
}

// troubles are the ways in which an identity provider is down.
var troubles = []struct {
	name string
	set  func(*azuretest.Server)
	end  func(*azuretest.Server)
}{
	{
		"it drops connections",
		func(s *azuretest.Server) { s.SetEntraDown(true) }, func(s *azuretest.Server) { s.SetEntraDown(false) },
	},
	{
		"it answers 503",
		func(s *azuretest.Server) { s.SetEntraStatus(503) }, func(s *azuretest.Server) { s.SetEntraStatus(0) },
	},
	{
		"it does not answer",
		func(s *azuretest.Server) { s.SetEntraDelay(24 * time.Hour) }, func(s *azuretest.Server) { s.SetEntraDelay(0) },
	},
}

func TestADeadIdentityProviderFailsAllWithinOneTimeout(t *testing.T) {
	for _, trouble := range troubles {
		t.Run(trouble.name, func(t *testing.T) {
			inEveryWayOfOurs(t, func(t *testing.T, r route) {
				s := inMemory(t, azuretest.Options{})
				trouble.set(s)
				cred := count(s.Credential())
				cfg := config(t, s, r.api())
				cfg.Credential = cred
				c := newCaller(t, cfg)
				for i, o := range together(t, r, c, 200, patient(t)) {
					if e := azureadv1.AsError(o.err); e == nil || e.Code != azureadv1.CodeTokenProvider || e.Attempts != 0 {
						t.Errorf("%v is no failure of the token provider", o.err)
					}
					if i%50 == 0 { // they share one cause
						_ = r.failure(t, o.err)
					}
					if o.took > 30*time.Second {
						t.Errorf("a call failed after %v, want 30 s at most", o.took)
					}
				}
				cred.check(t, 1, 2)
				if n := s.Stats().Calls; n != 0 {
					t.Errorf("%d calls were made without a token", n)
				}
				trouble.end(s)
				time.Sleep(time.Minute)
				r.succeed(t, c)
			})
		})
	}
}

// TestADeadIdentityProviderIsNotHammered calls every second for 10 minutes of outage.
func TestADeadIdentityProviderIsNotHammered(t *testing.T) {
	onBothSurfaces(t, func(t *testing.T, sf surface) {
		s := inMemory(t, azuretest.Options{})
		s.SetEntraDown(true)
		cred := count(s.Credential())
		cfg := config(t, s, sf.version)
		cfg.Credential = cred
		c := newCaller(t, cfg)
		for began := time.Now(); time.Since(began) < 10*time.Minute; time.Sleep(time.Second) {
			ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
			_, err := generate(ctx, c)
			cancel()
			_ = route{sf, ways[0]}.failure(t, err)
		}
		cred.check(t, 10, 25) // a fetch takes azidentity some 8 s, and the pause after it grows to 30 s
	})
}

func TestEachWaiterLeavesOnItsOwnContext(t *testing.T) {
	for _, trouble := range troubles {
		t.Run(trouble.name, func(t *testing.T) {
			inEveryWayOfOurs(t, func(t *testing.T, r route) {
				s := inMemory(t, azuretest.Options{})
				trouble.set(s)
				cred := count(s.Credential())
				cfg := config(t, s, r.api())
				cfg.Credential = cred
				// Azidentity gives up after some 6 s; every one of these is gone by then.
				limit := func(i int) time.Duration { return time.Duration(i+1) * 50 * time.Millisecond }
				for i, o := range together(t, r, newCaller(t, cfg), 60, func(i int) (context.Context, context.CancelFunc) {
					if i%2 == 0 {
						return context.WithTimeout(t.Context(), limit(i))
					}
					ctx, cancel := context.WithCancel(t.Context())
					stop := time.AfterFunc(limit(i), cancel)
					return ctx, func() { stop.Stop(); cancel() }
				}) {
					want := []error{context.DeadlineExceeded, context.Canceled}[i%2]
					_ = r.failure(t, o.err)
					if !errors.Is(o.err, want) || o.took != limit(i) {
						t.Errorf("waiter %d left after %v with %v; want %v after %v", i, o.took, o.err, want, limit(i))
					}
				}
				cred.check(t, 1, 1)
			})
		})
	}
}

func TestTheFirstCallersCancellationFailsNobodyElse(t *testing.T) {
	inEveryWay(t, func(t *testing.T, r route) {
		s := inMemory(t, azuretest.Options{})
		s.SetEntraDelay(time.Second)
		cred := count(s.Credential())
		cfg := config(t, s, r.api())
		cfg.Credential = cred
		c := newCaller(t, cfg)
		ctx, cancel := context.WithCancel(t.Context())
		first := make(chan error)
		go func() {
			_, err := r.call(ctx, c)
			first <- err
		}()
		synctest.Wait() // the first caller's fetch is under way
		began := time.Now()
		time.AfterFunc(100*time.Millisecond, cancel)
		var others sync.WaitGroup
		for range 50 {
			others.Go(func() {
				if _, err := r.call(t.Context(), c); err != nil {
					checkSecrets(t, err)
					t.Errorf("another caller failed: %v", err)
				}
			})
		}
		if err := <-first; (!errors.Is(err, context.Canceled) && !r.foreign) || err == nil || time.Since(began) != 100*time.Millisecond {
			t.Errorf("the first caller left after %v with %v", time.Since(began), err)
		}
		others.Wait()
		cred.check(t, 1, 1)
		if st := s.Stats(); st.TokenRequests != 1 || st.Calls != 50 {
			t.Errorf("%d token requests and %d calls, want 1 and 50", st.TokenRequests, st.Calls)
		}
	})
}

// TestAnOutageIsNotNoticedWhileTheTokenIsGood lets the identity provider fail for the last 10 minutes of a token's
// life, of which it should have been renewed for all, and watches what happens then.
func TestAnOutageIsNotNoticedWhileTheTokenIsGood(t *testing.T) {
	for _, trouble := range troubles {
		t.Run(trouble.name, func(t *testing.T) {
			onBothSurfaces(t, func(t *testing.T, sf surface) {
				s := inMemory(t, azuretest.Options{TokenLifetime: time.Hour, RefreshIn: 50 * time.Minute})
				cred := count(s.Credential())
				cfg := config(t, s, sf.version)
				cfg.Credential = cred
				c := newCaller(t, cfg)
				r := route{sf, ways[0]}
				r.succeed(t, c)
				time.Sleep(50 * time.Minute)
				trouble.set(s)
				expiry := s.Requests()[0].TokenExpiry
				for time.Until(expiry) > time.Second {
					began := time.Now()
					r.succeed(t, c)
					if took := time.Since(began); took != 0 {
						t.Fatalf("with %v to go a call waited %v for the identity provider", time.Until(expiry), took)
					}
					time.Sleep(time.Second)
				}
				cred.check(t, 2, 25) // one, and one every 30 seconds at most, each of which takes its time to fail
				time.Sleep(time.Second)
				_ = r.fail(t, c)
				trouble.end(s)
				time.Sleep(time.Minute)
				r.succeed(t, c)
			})
		})
	}
}

// TestAnOutageIsTold looks at what the caller reads.
func TestAnOutageIsTold(t *testing.T) {
	onBothSurfaces(t, func(t *testing.T, sf surface) {
		s := inMemory(t, azuretest.Options{})
		s.SetEntraDown(true)
		cfg := config(t, s, sf.version)
		cfg.Credential = s.Credential()
		r := route{sf, ways[0]}
		e := r.fail(t, newCaller(t, cfg))
		checkContains(t, e.Error(), "token provider", "https://cognitiveservices.azure.com/.default", "ClientSecretCredential")
		if e.Code != azureadv1.CodeTokenProvider {
			t.Errorf("the code is %q, want %q", e.Code, azureadv1.CodeTokenProvider)
		}
	})
}
