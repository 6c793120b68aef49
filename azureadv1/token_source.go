package azureadv1

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
)

const (
	// refreshAhead is azcore's rule for tokens without RefreshOn (sdk/azcore/runtime/policy_bearer_token.go).
	refreshAhead = 5 * time.Minute
	// retryPause bounds how often a refresh that brought nothing is tried again; azcore pauses as long.
	retryPause = 30 * time.Second
	// fetchTimeout ends a fetch on its own, since no caller's context may. Four tries of azidentity's fit in it.
	fetchTimeout = 30 * time.Second
	// firstBackoff doubles up to maxBackoff while the identity provider fails.
	firstBackoff = time.Second
	maxBackoff   = 30 * time.Second
)

// tokenSource keeps one token of one credential and scope, and at most one fetch under way.
type tokenSource struct {
	cred  azcore.TokenCredential
	scope string
	log   *slog.Logger

	cur atomic.Pointer[cachedToken]

	mu      sync.Mutex // never held while fetching
	flight  *flight    // nil when no fetch is under way
	failure error      // of the last fetch; nil after a success
	backoff time.Duration
	retryAt int64  // until then failure is the answer
	stuck   string // a refused token that a fetch could not replace
	stuckTo int64  // until then it is not fetched for again
}

// cachedToken is never changed after it is published, but for refreshAt. Instants are Unix nanoseconds: a wall clock,
// because a monotonic one stands still while a machine sleeps and tokens do not.
type cachedToken struct {
	value     string
	claims    string // it was fetched for
	expires   int64
	life      time.Duration
	refreshAt atomic.Int64
}

func (t *cachedToken) meets(d demand, now int64) bool {
	return t != nil && now < t.expires && t.answers(d)
}

func (t *cachedToken) answers(d demand) bool {
	return t.value != d.rejected && (d.claims == "" || d.claims == t.claims)
}

// pause is how long a refresh that brought nothing better is not repeated.
func (t *cachedToken) pause() time.Duration { return min(retryPause, t.life/10) }

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

func (f *flight) landed() bool {
	select {
	case <-f.done:
		return true
	default:
		return false
	}
}

// answers tells whether a landed flight is an answer to d: its own demand's outcome, whatever it is, or any success
// that also meets d.
func (f *flight) answers(d demand) bool {
	return f.demand == d || (f.err == nil && f.token.answers(d))
}

func newTokenSource(cred azcore.TokenCredential, scope string, log *slog.Logger) *tokenSource {
	if scope == "" {
		scope = publicCloud.scope
	}
	if isNil(cred) {
		cred = nil
	}
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &tokenSource{cred: cred, scope: scope, log: log}
}

func (s *tokenSource) token(ctx context.Context) (string, error) {
	if s.cred == nil {
		return "", errors.New("azureadv1: BearerTokenProvider: the credential is nil")
	}
	d, now := demandFrom(ctx), time.Now().UnixNano()
	if t := s.cur.Load(); t.meets(d, now) {
		s.refreshDue(t, now) //nolint:contextcheck // a flight belongs to no caller: see begin
		return t.value, nil
	}
	for {
		t, f, err := s.join(d) //nolint:contextcheck // as above
		if f == nil {
			return value(t), err
		}
		select {
		case <-f.done:
		case <-ctx.Done():
			return "", ctx.Err()
		}
		if f.answers(d) {
			return value(f.token), f.err
		}
	}
}

func value(t *cachedToken) string {
	if t == nil {
		return ""
	}
	return t.value
}

// refreshDue starts a background refresh once t has reached its time. The swap lets one caller through; the flight
// sets the next time.
func (s *tokenSource) refreshDue(t *cachedToken, now int64) {
	due := t.refreshAt.Load()
	if now < due || !t.refreshAt.CompareAndSwap(due, now+int64(fetchTimeout)) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.flight == nil {
		s.begin(demand{})
	}
}

// join answers d from memory, or names the flight to wait for, beginning one if there is none.
func (s *tokenSource) join(d demand) (*cachedToken, *flight, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now().UnixNano()
	cur := s.cur.Load()
	switch {
	case cur.meets(d, now):
		return cur, nil, nil
	case s.flight != nil && s.flight.landed(): // given up, but its GetToken has not come back
		return nil, nil, s.flight.err
	case s.flight != nil:
		return nil, s.flight, nil
	case s.failure != nil && now < s.retryAt:
		return nil, nil, s.failure
	case d.claims == "" && d.rejected != "" && d.rejected == s.stuck && now < s.stuckTo:
		return cur, nil, nil
	default:
		return nil, s.begin(d), nil
	}
}

// begin starts a flight; mu is held. Its context belongs to no caller, so that the first to leave fails nobody. It
// carries no caller's values either: what depends on them must not be shared.
func (s *tokenSource) begin(d demand) *flight {
	f := &flight{demand: d, done: make(chan struct{})}
	s.flight = f
	ctx, cancel := context.WithTimeout(context.Background(), fetchTimeout)
	// A credential deaf to its context keeps its flight, so that no second fetch piles up, but nobody waits for it.
	stop := context.AfterFunc(ctx, func() { f.land(nil, s.timedOut()) })
	go func() {
		defer cancel()
		began := time.Now()
		t, err := s.fetch(ctx, d)
		stop()
		s.end(f, t, err, time.Since(began))
	}()
	return f
}

func (s *tokenSource) timedOut() error {
	return fmt.Errorf("azureadv1: no token for scope %s within %s: %w", s.scope, fetchTimeout, context.DeadlineExceeded)
}

// end publishes what a fetch brought, then lets the waiters go.
func (s *tokenSource) end(f *flight, t *cachedToken, err error, took time.Duration) {
	s.mu.Lock()
	s.flight = nil
	now := time.Now()
	if err == nil {
		s.succeeded(f.demand, t, now)
	} else {
		s.failed(err, now)
	}
	s.mu.Unlock()
	if err != nil {
		s.log.Warn("token fetch failed", "scope", s.scope, "took", took, "error", scrubTokens(err.Error()))
	} else {
		s.log.Debug("token fetched", "scope", s.scope, "took", took, "expires", time.Unix(0, t.expires).UTC())
	}
	f.land(t, err)
}

func (s *tokenSource) succeeded(d demand, t *cachedToken, now time.Time) {
	s.failure, s.backoff = nil, 0
	old := s.cur.Load()
	if old != nil && t.expires <= old.expires && now.UnixNano() < t.expires {
		t.refreshAt.Store(max(t.refreshAt.Load(), now.Add(old.pause()).UnixNano()))
	}
	s.stuck = ""
	if t.value == d.rejected {
		s.stuck, s.stuckTo = t.value, now.Add(t.pause()).UnixNano()
	}
	s.cur.Store(t)
}

func (s *tokenSource) failed(err error, now time.Time) {
	s.failure = err
	s.backoff = min(maxBackoff, max(firstBackoff, 2*s.backoff))
	s.retryAt = now.Add(s.backoff).UnixNano()
	if old := s.cur.Load(); old != nil {
		old.refreshAt.Store(now.Add(old.pause()).UnixNano())
	}
}

// fetch asks the credential. A refused token that comes back out of the credential's own cache is asked for once more
// with claims no cached token can meet; a credential that cannot take claims keeps it, and the refusal stands.
func (s *tokenSource) fetch(ctx context.Context, d demand) (*cachedToken, error) {
	t, err := s.get(ctx, d.claims)
	if err != nil || d.claims != "" || t.value != d.rejected {
		return t, err
	}
	notBefore := fmt.Sprintf(`{"access_token":{"nbf":{"essential":true,"value":"%d"}}}`, time.Now().Unix())
	if newer, err := s.get(ctx, notBefore); err == nil {
		return newer, nil
	}
	return t, nil
}

func (s *tokenSource) get(ctx context.Context, claims string) (*cachedToken, error) {
	a, err := s.cred.GetToken(ctx, policy.TokenRequestOptions{
		Scopes: []string{s.scope},
		Claims: claims,
		// azidentity keeps separate caches with and without; azcore's own policy always sets it.
		EnableCAE: true,
	})
	if err != nil {
		return nil, fmt.Errorf("azureadv1: no token for scope %s: %w", s.scope, err)
	}
	if strings.TrimSpace(a.Token) == "" {
		return nil, fmt.Errorf("azureadv1: the credential returned an empty token for scope %s", s.scope)
	}
	t := &cachedToken{value: a.Token, claims: claims, expires: instant(a.ExpiresOn), life: max(0, time.Until(a.ExpiresOn.Round(0)))}
	t.refreshAt.Store(instant(refreshTime(a, t.life)))
	return t, nil
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
