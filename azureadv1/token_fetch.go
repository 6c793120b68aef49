package azureadv1

import (
	"context"
	"errors"
	"fmt"
	"math"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
)

const (
	// refreshAhead is azcore's rule for tokens without RefreshOn (sdk/azcore/runtime/policy_bearer_token.go).
	refreshAhead = 5 * time.Minute
	// fetchTimeout ends a fetch on its own, since no caller's context may. Four tries of azidentity's fit in it.
	fetchTimeout = 30 * time.Second
)

// flight is one fetch and those who wait for it. token and err are set before done is closed.
type flight struct {
	demand demand
	done   chan struct{}
	once   sync.Once
	token  *cachedToken
	err    error
}

func (f *flight) land(t *cachedToken, err error) {
	f.once.Do(func() {
		f.token, f.err = t, err
		close(f.done)
	})
}

// answers tells whether a landed flight is an answer to d: its own demand's outcome, whatever it is, or any success
// that also meets d.
func (f *flight) answers(d demand) bool {
	return f.demand == d || (f.err == nil && f.token.answers(d))
}

// begin starts a flight after a pause, which those who join it share; mu is held. Its context belongs to no caller, so that
// the first to leave fails nobody. It carries no caller's values either: what depends on them must not be shared.
func (s *tokenSource) begin(d demand, pause time.Duration) *flight {
	f := &flight{demand: d, done: make(chan struct{})}
	s.flight = f
	ctx, cancel := context.WithTimeout(context.Background(), fetchTimeout)
	stop := context.AfterFunc(ctx, func() { s.giveUp(f) })
	go func() {
		defer cancel()
		time.Sleep(pause)
		began := time.Now()
		t, err := (*cachedToken)(nil), errGoexit
		defer func() { //nolint:contextcheck // counting needs no context, and this one may be over
			stop()
			s.end(f, t, err, time.Since(began))
		}()
		t, err = s.fetch(ctx, d)
	}()
	return f
}

// errGoexit stands when GetToken ended its goroutine, as t.FailNow in a test's credential does.
var errGoexit = errors.New("azureadv1: the credential's GetToken ended its goroutine (runtime.Goexit) without an answer")

func (s *tokenSource) timedOut() error {
	return fmt.Errorf("azureadv1: no token for scope %s within %s: %w", s.scope, fetchTimeout, context.DeadlineExceeded)
}

// giveUp ends a flight whose credential is deaf to its context. The goroutine stays until GetToken returns, and what it
// brings then is still of use.
func (s *tokenSource) giveUp(f *flight) {
	err := s.timedOut()
	s.mu.Lock()
	if s.flight == f {
		s.flight = nil
		s.deaf++
		s.failed(f.demand, err, time.Now())
	}
	s.mu.Unlock()
	s.settle(f, nil, err)
	unattended(func() { s.log.Warn("token fetch failed", "scope", s.scope, "took", fetchTimeout, "error", err) })
}

// settle counts a fetch, then lets the waiters go: what they have seen is in the metrics they may read next.
func (s *tokenSource) settle(f *flight, t *cachedToken, err error) {
	defer f.land(t, err)
	unattended(func() { s.meter.asked(f.demand, err) })
}

// unattended runs the program's log handler or meter on a goroutine of ours, which no caller can recover for: a panic of
// theirs would end the process, and the fetch itself is long settled.
func unattended(report func()) {
	defer func() { _ = recover() }()
	report()
}

// end publishes what a fetch brought, then lets the waiters go.
func (s *tokenSource) end(f *flight, t *cachedToken, err error, took time.Duration) {
	s.mu.Lock()
	late := s.flight != f
	if late {
		s.deaf--
	} else {
		s.flight = nil
	}
	switch now := time.Now(); {
	case err == nil && late && s.cur.Load().outlives(t):
	case err == nil:
		s.succeeded(f.demand, t, now)
	case !late:
		s.failed(f.demand, err, now)
	}
	s.mu.Unlock()
	if late {
		f.land(t, err) // counted by giveUp
	} else {
		s.settle(f, t, err)
	}
	switch {
	case err == nil:
		unattended(func() {
			s.log.Debug("token fetched", "scope", s.scope, "took", took, "expires", time.Unix(0, t.expires).UTC())
		})
	case !late:
		unattended(func() {
			s.log.Warn("token fetch failed", "scope", s.scope, "took", took, "error", scrubTokens(err.Error()))
		})
	}
}

func (s *tokenSource) succeeded(d demand, t *cachedToken, now time.Time) {
	s.plain = outage{}
	*s.outageFor(d) = outage{}
	old := s.cur.Load()
	if old != nil && t.expires <= old.expires && now.UnixNano() < t.expires {
		t.refreshAt.Store(max(t.refreshAt.Load(), now.Add(old.pause()).UnixNano()))
	}
	s.cur.Store(t)
}

func (s *tokenSource) failed(d demand, err error, now time.Time) {
	s.outageFor(d).extend(err, now)
	if old := s.cur.Load(); old != nil && d == (demand{}) {
		old.refreshAt.Store(now.Add(old.pause()).UnixNano())
	}
}

// fetch asks the credential. A refused token that comes back out of the credential's own cache, where none that has
// expired can be, is asked for once more with claims no cached token can meet. A credential that cannot take claims fails
// at that, and the refusal stands.
func (s *tokenSource) fetch(ctx context.Context, d demand) (*cachedToken, error) {
	t, err := s.get(ctx, d.claims)
	if err != nil || d.claims != "" || t.value != d.rejected || t.stale {
		return t, err
	}
	return s.get(ctx, fmt.Sprintf(`{"access_token":{"nbf":{"essential":true,"value":"%d"}}}`, time.Now().Unix()))
}

func (s *tokenSource) get(ctx context.Context, claims string) (*cachedToken, error) {
	a, err := s.ask(ctx, policy.TokenRequestOptions{
		Scopes: []string{s.scope},
		Claims: claims,
		// azidentity keeps separate caches with and without; azcore's own policy always sets it.
		EnableCAE: true,
	})
	if err != nil {
		err = fmt.Errorf("azureadv1: no token for scope %s: %w", s.scope, err)
		if shown := scrubTokens(err.Error()); shown != err.Error() {
			err = &scrubbed{text: shown, cause: err} // azidentity quotes an answer it cannot read, token and all
		}
		return nil, err
	}
	if strings.TrimSpace(a.Token) == "" {
		return nil, fmt.Errorf("azureadv1: the credential returned an empty token for scope %s", s.scope)
	}
	t := &cachedToken{value: a.Token, claims: claims, fetched: time.Now(), expires: instant(a.ExpiresOn)}
	t.bearer, t.flaw = newBearer(a.Token)
	t.life = max(0, a.ExpiresOn.Round(0).Sub(t.fetched))
	if t.life == 0 && !a.ExpiresOn.IsZero() {
		// Expired on arrival: our clock may be ahead, and the service has the word. A fetch for every call would overrun the
		// metadata endpoint.
		t.stale, t.life = true, retryPause
		a.ExpiresOn, a.RefreshOn = t.fetched.Add(retryPause), time.Time{}
		t.expires = instant(a.ExpiresOn)
	}
	t.refreshAt.Store(instant(refreshTime(a, t.life)))
	return t, nil
}

// ask makes an error of the credential's panic: a fetch runs on a goroutine of ours, where it would end the process.
func (s *tokenSource) ask(ctx context.Context, o policy.TokenRequestOptions) (a azcore.AccessToken, err error) {
	defer func() {
		if reason := recover(); reason != nil {
			err = fmt.Errorf("the credential's GetToken panicked: %v", reason)
			stack := debug.Stack()
			unattended(func() { s.log.Error("credential panicked", "scope", s.scope, "stack", scrubTokens(string(stack))) })
		}
	}()
	return s.cred.GetToken(ctx, o)
}

// instant is Unix nanoseconds, held within what they can say: a zero ExpiresOn is long past, one after 2262 is never.
func instant(t time.Time) int64 {
	switch {
	case t.Unix() <= 0:
		return 0
	case t.Unix() > math.MaxInt64/int64(time.Second):
		return math.MaxInt64
	default:
		return t.UnixNano()
	}
}

// refreshTime is the identity provider's own word where it gave one. The 5-minute rule never asks before 4/5 of the
// life, since tokens of minutes or seconds exist (tests, demonstrations) and would be refreshed at once.
func refreshTime(a azcore.AccessToken, life time.Duration) time.Time {
	if !a.RefreshOn.IsZero() && a.RefreshOn.Before(a.ExpiresOn) {
		return a.RefreshOn
	}
	return a.ExpiresOn.Add(-min(refreshAhead, life/5))
}
