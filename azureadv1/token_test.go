package azureadv1

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/google/go-cmp/cmp"
)

// scriptedCredential answers GetToken as its function says and records what it was asked.
type scriptedCredential struct {
	mu    sync.Mutex
	asked []policy.TokenRequestOptions
	get   func(ctx context.Context, n int, o policy.TokenRequestOptions) (azcore.AccessToken, error)
}

func (c *scriptedCredential) GetToken(ctx context.Context, o policy.TokenRequestOptions) (azcore.AccessToken, error) {
	c.mu.Lock()
	c.asked = append(c.asked, o)
	n := len(c.asked)
	c.mu.Unlock()
	return c.get(ctx, n, o)
}

func (c *scriptedCredential) fetches() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.asked)
}

// living issues t1, t2, ... that live for an hour.
func living() *scriptedCredential {
	return &scriptedCredential{get: func(_ context.Context, n int, _ policy.TokenRequestOptions) (azcore.AccessToken, error) {
		return azcore.AccessToken{Token: fmt.Sprintf("t%d", n), ExpiresOn: time.Now().Add(time.Hour)}, nil
	}}
}

func mustToken(t *testing.T, p TokenProvider) string {
	t.Helper()
	token, err := p(t.Context())
	if err != nil {
		t.Fatalf("token: %v", err)
	}
	return token
}

func TestTokenIsKeptUntilRefreshIsDue(t *testing.T) {
	const minute = time.Minute
	rows := []struct {
		name      string
		life      time.Duration
		refreshOn time.Duration // 0: the credential names none
		at        time.Duration
		want      int // fetches begun by then
	}{
		{"an hour's token, 5 minutes and a nanosecond before it expires", 60 * minute, 0, 55*minute - 1, 1},
		{"an hour's token, 5 minutes before it expires", 60 * minute, 0, 55 * minute, 2},
		{"an hour's token, still good", 60 * minute, 0, 59 * minute, 2},
		{"an hour's token, expired", 60 * minute, 0, 60 * minute, 2},
		{"a 20-minute token is not refreshed before 4/5 of its life", 20 * minute, 0, 16*minute - 1, 1},
		{"a 20-minute token at 4/5 of its life", 20 * minute, 0, 16 * minute, 2},
		{"a token of 3 seconds just fetched", 3 * time.Second, 0, 2 * time.Second, 1},
		{"a token of 3 seconds at 4/5 of its life", 3 * time.Second, 0, 2400 * time.Millisecond, 2},
		{"RefreshOn a nanosecond away", 24 * 60 * minute, 12 * 60 * minute, 12*60*minute - 1, 1},
		{"RefreshOn reached", 24 * 60 * minute, 12 * 60 * minute, 12 * 60 * minute, 2},
		{"a RefreshOn after expiry does not count", 60 * minute, 61 * minute, 55 * minute, 2},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				cred := &scriptedCredential{get: func(_ context.Context, n int, _ policy.TokenRequestOptions) (azcore.AccessToken, error) {
					a := azcore.AccessToken{Token: fmt.Sprintf("t%d", n), ExpiresOn: time.Now().Add(row.life)}
					if row.refreshOn > 0 {
						a.RefreshOn = time.Now().Add(row.refreshOn)
					}
					return a, nil
				}}
				p := BearerTokenProvider(cred, "")
				mustToken(t, p)
				time.Sleep(row.at)
				got := mustToken(t, p)
				synctest.Wait()
				if n := cred.fetches(); n != row.want {
					t.Errorf("fetches = %d, want %d", n, row.want)
				}
				if row.at < row.life && got != "t1" {
					t.Errorf("token = %q while t1 is good: callers must not wait for a refresh", got)
				}
				if row.at >= row.life && got != "t2" {
					t.Errorf("token = %q after t1 expired, want t2", got)
				}
			})
		})
	}
}

func TestTokenRequestAsksForScopeAndCAE(t *testing.T) {
	cred := living()
	mustToken(t, BearerTokenProvider(cred, ""))
	mustToken(t, BearerTokenProvider(cred, "https://ai.azure.com/.default"))
	want := []policy.TokenRequestOptions{
		{Scopes: []string{"https://cognitiveservices.azure.com/.default"}, EnableCAE: true},
		{Scopes: []string{"https://ai.azure.com/.default"}, EnableCAE: true},
	}
	if diff := cmp.Diff(want, cred.asked); diff != "" {
		t.Errorf("asked (-want +got):\n%s", diff)
	}
}

func TestHerdAtColdStartFetchesOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cred := living()
		slow := cred.get
		cred.get = func(ctx context.Context, n int, o policy.TokenRequestOptions) (azcore.AccessToken, error) {
			time.Sleep(500 * time.Millisecond)
			return slow(ctx, n, o)
		}
		p := BearerTokenProvider(cred, "")
		var wg sync.WaitGroup
		for range 200 {
			wg.Go(func() {
				if token := mustToken(t, p); token != "t1" {
					t.Errorf("token = %q", token)
				}
			})
		}
		wg.Wait()
		if n := cred.fetches(); n != 1 {
			t.Errorf("fetches = %d, want 1", n)
		}
	})
}

func TestFirstCallersCancellationFailsNobodyElse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cred := living()
		quick := cred.get
		cred.get = func(ctx context.Context, n int, o policy.TokenRequestOptions) (azcore.AccessToken, error) {
			select {
			case <-time.After(2 * time.Second):
				return quick(ctx, n, o)
			case <-ctx.Done():
				return azcore.AccessToken{}, ctx.Err()
			}
		}
		p := BearerTokenProvider(cred, "")
		first, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		var wg sync.WaitGroup
		began := time.Now()
		wg.Go(func() {
			_, err := p(first)
			if !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("first caller: %v, want its own deadline", err)
			}
			if waited := time.Since(began); waited != time.Second {
				t.Errorf("first caller left after %s, want at its deadline, 1s", waited)
			}
		})
		synctest.Wait()
		for range 20 {
			wg.Go(func() {
				if token := mustToken(t, p); token != "t1" {
					t.Errorf("token = %q", token)
				}
			})
		}
		wg.Wait()
		if n := cred.fetches(); n != 1 {
			t.Errorf("fetches = %d, want 1", n)
		}
	})
}

func TestOutageAtColdStartFailsAllAtOnce(t *testing.T) {
	down := errors.New("identity provider down")
	synctest.Test(t, func(t *testing.T) {
		cred := &scriptedCredential{get: func(context.Context, int, policy.TokenRequestOptions) (azcore.AccessToken, error) {
			time.Sleep(8 * time.Second)
			return azcore.AccessToken{}, down
		}}
		p := BearerTokenProvider(cred, "")
		var wg sync.WaitGroup
		began := time.Now()
		for range 50 {
			wg.Go(func() {
				if _, err := p(t.Context()); !errors.Is(err, down) {
					t.Errorf("err = %v, want the provider's", err)
				}
			})
		}
		wg.Wait()
		if took := time.Since(began); took != 8*time.Second {
			t.Errorf("50 callers took %s, want one fetch's 8s", took)
		}
		if n := cred.fetches(); n != 1 {
			t.Errorf("fetches = %d, want 1", n)
		}
	})
}

func TestFailureIsRememberedLongerEachTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cred := &scriptedCredential{get: func(context.Context, int, policy.TokenRequestOptions) (azcore.AccessToken, error) {
			return azcore.AccessToken{}, errors.New("down")
		}}
		p := BearerTokenProvider(cred, "")
		began := time.Now()
		var begins []time.Duration
		for time.Since(began) < 2*time.Minute {
			before := cred.fetches()
			if _, err := p(t.Context()); err == nil {
				t.Fatal("no error while down")
			}
			if cred.fetches() > before {
				begins = append(begins, time.Since(began))
			}
			time.Sleep(100 * time.Millisecond)
		}
		const s = time.Second
		want := []time.Duration{0, 1 * s, 3 * s, 7 * s, 15 * s, 31 * s, 61 * s, 91 * s}
		if diff := cmp.Diff(want, begins); diff != "" {
			t.Errorf("fetches began at (-want +got):\n%s", diff)
		}
	})
}

func TestOutageIsInvisibleWhileTheOldTokenIsGood(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cred := living()
		issue := cred.get
		var down atomic.Bool
		cred.get = func(ctx context.Context, n int, o policy.TokenRequestOptions) (azcore.AccessToken, error) {
			if down.Load() {
				time.Sleep(8 * time.Second)
				return azcore.AccessToken{}, errors.New("down")
			}
			return issue(ctx, n, o)
		}
		p := BearerTokenProvider(cred, "")
		mustToken(t, p)
		time.Sleep(50 * time.Minute)
		down.Store(true)
		for range 10*60 - 1 {
			began := time.Now()
			if got := mustToken(t, p); got != "t1" {
				t.Fatalf("token = %q", got)
			}
			if waited := time.Since(began); waited != 0 {
				t.Fatalf("a caller waited %s for an identity provider that is down", waited)
			}
			time.Sleep(time.Second)
		}
		// From 55 minutes on: one try each 8 s + 30 s.
		if n := cred.fetches() - 1; n < 5 || n > 9 {
			t.Errorf("%d refreshes were tried in 5 minutes, want about one each 38 s", n)
		}
		time.Sleep(2 * time.Second)
		if _, err := p(t.Context()); err == nil {
			t.Error("no error though the token has expired and the provider is down")
		}
		down.Store(false)
		time.Sleep(31 * time.Second)
		if got := mustToken(t, p); got == "t1" {
			t.Error("the expired token was handed out")
		}
	})
}

func TestDeafCredentialDelaysNobodyPastTheLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		cred := &scriptedCredential{get: func(_ context.Context, n int, _ policy.TokenRequestOptions) (azcore.AccessToken, error) {
			<-release
			return azcore.AccessToken{Token: fmt.Sprintf("late%d", n), ExpiresOn: time.Now().Add(time.Hour)}, nil
		}}
		p := BearerTokenProvider(cred, "")
		began := time.Now()
		for range 3 {
			if _, err := p(t.Context()); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("err = %v, want a deadline", err)
			}
		}
		if took := time.Since(began); took != 30*time.Second {
			t.Errorf("3 callers in a row waited %s, want 30s: later ones must not wait for the same silence", took)
		}
		for range 100 {
			time.Sleep(time.Minute)
			_, _ = p(t.Context())
		}
		if n := cred.fetches(); n != 2 {
			t.Errorf("fetches = %d, want 2: no more are begun beside stuck ones", n)
		}
		close(release)
		synctest.Wait()
		if got := mustToken(t, p); !strings.HasPrefix(got, "late") {
			t.Errorf("token = %q, want one that came late", got)
		}
	})
}

func TestOneDeafFetchIsFollowedByAnother(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		cred := living()
		issue := cred.get
		cred.get = func(ctx context.Context, n int, o policy.TokenRequestOptions) (azcore.AccessToken, error) {
			if n == 1 {
				<-release
			}
			return issue(ctx, n, o)
		}
		p := BearerTokenProvider(cred, "")
		if _, err := p(t.Context()); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("err = %v, want a deadline", err)
		}
		time.Sleep(2 * time.Second)
		if got := mustToken(t, p); got != "t2" {
			t.Errorf("token = %q, want t2", got)
		}
		time.Sleep(time.Minute)
		close(release) // and the first comes back at last, with a token that lives longer: it may be used
		synctest.Wait()
		mustToken(t, p)
	})
}

func TestRefusedTokenIsFetchedAnewOnceForAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		// Like azidentity: the same token out of its own cache, unless claims are demanded.
		cred := &scriptedCredential{}
		cred.get = func(_ context.Context, _ int, o policy.TokenRequestOptions) (azcore.AccessToken, error) {
			time.Sleep(100 * time.Millisecond)
			if o.Claims != "" {
				return azcore.AccessToken{Token: "B", ExpiresOn: time.Now().Add(time.Hour)}, nil
			}
			return azcore.AccessToken{Token: "A", ExpiresOn: time.Now().Add(time.Hour)}, nil
		}
		p := BearerTokenProvider(cred, "")
		mustToken(t, p)
		var wg sync.WaitGroup
		for range 40 {
			wg.Go(func() {
				got, err := p(withDemand(t.Context(), demand{rejected: "A"}))
				if err != nil || got != "B" {
					t.Errorf("after A was refused: %q, %v", got, err)
				}
			})
		}
		wg.Wait()
		if n := cred.fetches(); n != 3 {
			t.Errorf("fetches = %d, want 3: the first, a plain one, one with claims", n)
		}
		want := fmt.Sprintf(`{"access_token":{"nbf":{"essential":true,"value":"%d"}}}`, time.Now().Unix())
		if got := cred.asked[2].Claims; got != want {
			t.Errorf("claims = %s, want %s", got, want)
		}
		if got := mustToken(t, p); got != "B" {
			t.Errorf("token afterwards = %q", got)
		}
	})
}

func TestRefusedTokenThatCannotBeReplacedSaysWhy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cred := &scriptedCredential{get: func(_ context.Context, _ int, o policy.TokenRequestOptions) (azcore.AccessToken, error) {
			if o.Claims != "" {
				return azcore.AccessToken{}, errors.New("run az login --claims-challenge")
			}
			return azcore.AccessToken{Token: "A", ExpiresOn: time.Now().Add(time.Hour)}, nil
		}}
		p := BearerTokenProvider(cred, "")
		mustToken(t, p)
		for range 10 {
			_, err := p(withDemand(t.Context(), demand{rejected: "A"}))
			if err == nil || !strings.Contains(err.Error(), "az login") {
				t.Fatalf("err = %v, want the credential's own", err)
			}
		}
		if n := cred.fetches(); n != 3 {
			t.Errorf("fetches = %d, want 3: ten refusals in a row are one question", n)
		}
		if got := mustToken(t, p); got != "A" {
			t.Errorf("token = %q: the refusal of one request takes nothing from others", got)
		}
		time.Sleep(31 * time.Second)
		_, _ = p(withDemand(t.Context(), demand{rejected: "A"}))
		if n := cred.fetches(); n != 5 {
			t.Errorf("fetches = %d after the pause, want 5", n)
		}
	})
}

func TestIdentityWhoseEveryTokenIsRefusedIsNotAskedForEachCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cred := living()
		p := BearerTokenProvider(cred, "")
		for began := time.Now(); time.Since(began) < time.Minute; {
			refused := mustToken(t, p)
			mustTokenIn(withDemand(t.Context(), demand{rejected: refused}), t, p)
			time.Sleep(10 * time.Millisecond)
		}
		// A minute of calls, 100 a second where none waits: the first, a burst of 10 in as many seconds, and one in 3 seconds.
		if n := cred.fetches(); n < 20 || n > 32 {
			t.Errorf("fetches = %d, want about 31", n)
		}
	})
}

func TestFailedDemandLeavesTheTokenAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cred := living()
		plain := cred.get
		cred.get = func(ctx context.Context, n int, o policy.TokenRequestOptions) (azcore.AccessToken, error) {
			if o.Claims != "" {
				return azcore.AccessToken{}, errors.New("this credential takes no claims")
			}
			return plain(ctx, n, o)
		}
		p := BearerTokenProvider(cred, "")
		mustToken(t, p)
		if _, err := p(withDemand(t.Context(), demand{claims: "{}", rejected: "t1"})); err == nil {
			t.Fatal("no error")
		}
		time.Sleep(50 * time.Minute)
		mustToken(t, p)
		synctest.Wait()
		if n := cred.fetches(); n != 2 {
			t.Errorf("fetches = %d, want 2: a token of an hour is not refreshed after a challenge that failed", n)
		}
		time.Sleep(10 * time.Minute)
		_, _ = p(withDemand(t.Context(), demand{claims: "{}", rejected: "t1"}))
		if got := mustToken(t, p); got == "t1" {
			t.Error("a failed challenge stands in the way of a plain fetch")
		}
	})
}

func TestClaimsChallengeIsFetchedForOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cred := living()
		p := BearerTokenProvider(cred, "")
		mustToken(t, p)
		challenged := withDemand(t.Context(), demand{claims: `{"access_token":{}}`, rejected: "t1"})
		for range 3 {
			if got := mustTokenIn(challenged, t, p); got != "t2" {
				t.Errorf("token = %q", got)
			}
		}
		if n := cred.fetches(); n != 2 {
			t.Errorf("fetches = %d, want 2", n)
		}
		if got := cred.asked[1].Claims; got != `{"access_token":{}}` {
			t.Errorf("claims = %s", got)
		}
	})
}

func mustTokenIn(ctx context.Context, t *testing.T, p TokenProvider) string {
	t.Helper()
	token, err := p(ctx)
	if err != nil {
		t.Fatalf("token: %v", err)
	}
	return token
}

func TestThreeDaysOfCallsFetchOncePerLife(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const life, days, goroutines, calls = time.Hour, 72 * time.Hour, 64, 100_000
		var expiry sync.Map
		cred := &scriptedCredential{}
		cred.get = func(_ context.Context, n int, _ policy.TokenRequestOptions) (azcore.AccessToken, error) {
			time.Sleep(300 * time.Millisecond)
			token := fmt.Sprintf("t%d", n)
			expiry.Store(token, time.Now().Add(life))
			return azcore.AccessToken{Token: token, ExpiresOn: time.Now().Add(life)}, nil
		}
		p := BearerTokenProvider(cred, "")
		var wg sync.WaitGroup
		for i := range goroutines {
			wg.Go(func() {
				time.Sleep(time.Duration(i) * time.Second)
				for range calls / goroutines {
					token := mustToken(t, p)
					until, _ := expiry.Load(token)
					if !time.Now().Before(until.(time.Time)) {
						t.Errorf("an expired token was handed out: %s", token)
					}
					time.Sleep(days * goroutines / calls)
				}
			})
		}
		wg.Wait()
		ideal := float64(days) / float64(life-5*time.Minute)
		if n := float64(cred.fetches()); math.Abs(n-ideal) > 2 {
			t.Errorf("fetches = %.0f, want within 2 of %.1f", n, ideal)
		}
	})
}

func TestProvidersOfNothing(t *testing.T) {
	var typedNil *scriptedCredential
	rows := []struct {
		name string
		p    TokenProvider
		want string
	}{
		{"a nil credential", BearerTokenProvider(nil, ""), "credential is nil"},
		{"a nil pointer as credential", BearerTokenProvider(typedNil, ""), "credential is nil"},
		{"an empty static token", StaticToken(" "), "token is empty"},
		{"a credential that returns an empty token", BearerTokenProvider(&scriptedCredential{
			get: func(context.Context, int, policy.TokenRequestOptions) (azcore.AccessToken, error) {
				return azcore.AccessToken{ExpiresOn: time.Now().Add(time.Hour)}, nil
			},
		}, ""), "empty token"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			token, err := row.p(t.Context())
			if err == nil || !strings.Contains(err.Error(), row.want) || token != "" {
				t.Errorf("%q, %v; want an error with %q", token, err, row.want)
			}
		})
	}
}

func TestTokenWithoutExpiryIsNotKept(t *testing.T) {
	cred := &scriptedCredential{get: func(_ context.Context, n int, _ policy.TokenRequestOptions) (azcore.AccessToken, error) {
		return azcore.AccessToken{Token: fmt.Sprintf("t%d", n)}, nil
	}}
	p := BearerTokenProvider(cred, "")
	if a, b := mustToken(t, p), mustToken(t, p); a != "t1" || b != "t2" {
		t.Errorf("tokens %q, %q; want a fetch each", a, b)
	}
}

func TestProviderDeafToItsContextDelaysNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		defer close(release)
		p := aside(func(context.Context) (string, error) {
			<-release
			return "late", nil
		})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		began := time.Now()
		if _, err := p(ctx); !errors.Is(err, context.DeadlineExceeded) || time.Since(began) != time.Second {
			t.Errorf("err = %v after %s, want the caller's deadline at 1s", err, time.Since(began))
		}
	})
}

func TestProviderRunsOnTheCallersGoroutineWhereItMay(t *testing.T) {
	if p := BearerTokenProvider(living(), ""); !heedsContext(p) {
		t.Error("BearerTokenProvider's own providers heed their context and are called directly")
	}
	if heedsContext(StaticToken("x")) {
		t.Error("a stranger's func was taken for BearerTokenProvider's")
	}
	defer func() {
		if recover() == nil {
			t.Error("a provider's panic must reach the caller, who can recover it")
		}
	}()
	_, _ = aside(func(context.Context) (string, error) { panic("broken provider") })(t.Context())
}

func TestFreshTokenCostsNoAllocation(t *testing.T) {
	p := BearerTokenProvider(living(), "")
	mustToken(t, p)
	ctx := t.Context()
	if n := testing.AllocsPerRun(1000, func() { _, _ = p(ctx) }); n > 1 {
		t.Errorf("%.0f allocations for a fresh token, want at most 1", n)
	}
}

// A token is to be good when it arrives: in its last second it is not handed out any more.
func TestATokenInItsLastSecondIsReplaced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := BearerTokenProvider(living(), "")
		mustToken(t, p)
		time.Sleep(time.Hour - maxSpare/2)
		if got := mustToken(t, p); got != "t2" {
			t.Errorf("token = %q half a second before t1 expires, want t2", got)
		}
	})
}
