package azureadv1

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
)

const (
	// retryPause bounds how often a refresh that brought nothing is tried again; azcore pauses as long.
	retryPause = 30 * time.Second
	// firstBackoff doubles up to maxBackoff while the identity provider fails.
	firstBackoff = time.Second
	maxBackoff   = 30 * time.Second
	// A refused or challenged token is replaced at once, forcedBurst times in a row and then once in forcedEvery: an identity
	// whose every token is refused must not have its identity provider issue one per call. One that follows within
	// forcedPause waits for the rest of it: the metadata endpoint of Azure's machines takes about 5 requests a second.
	forcedBurst = 10
	forcedEvery = 3 * time.Second
	forcedPause = time.Second
	// A token is not handed out in the last tenth of its life, or the last second of one of more than ten: it has to be good
	// when it arrives, and a busy program may take that long to send it.
	maxSpare = time.Second
	// maxDeaf is how many fetches may be left behind that neither return nor heed their context.
	maxDeaf = 2
)

// tokenSource keeps one token of one credential and scope, and at most one fetch under way.
type tokenSource struct {
	cred  azcore.TokenCredential
	scope string
	log   *slog.Logger
	meter *tokenMeter // nil counts nothing

	cur atomic.Pointer[cachedToken]

	mu       sync.Mutex // never held while fetching
	flight   *flight    // nil when no fetch is under way
	deaf     int        // fetches that were given up and have not returned
	plain    outage
	demanded outage    // of fetches for claims, or for a refused token: a credential may fail at these alone
	forcedTo time.Time // how far demanded fetches have used up their allowance
	forced   time.Time // when the last of them began
}

// outage is a failure that is the answer until it is worth another try. Its clock is the monotonic one: a wall clock
// that is set back must not prolong it.
type outage struct {
	err     error
	backoff time.Duration
	until   time.Time
}

func (o *outage) extend(err error, now time.Time) {
	o.err = err
	o.backoff = min(maxBackoff, max(firstBackoff, 2*o.backoff))
	o.until = now.Add(o.backoff)
}

func (s *tokenSource) outageFor(d demand) *outage {
	if d == (demand{}) {
		return &s.plain
	}
	return &s.demanded
}

// cachedToken is never changed after it is published, but for refreshAt. Instants are Unix nanoseconds, since a token's
// expiry is a wall clock's: the monotonic one stands still while a machine sleeps. Where the wall clock is set back, the
// time since fetched tells.
type cachedToken struct {
	value     string
	bearer    bearer
	flaw      error  // why value cannot be sent
	claims    string // it was fetched for
	stale     bool   // it had expired by our clock when it came
	fetched   time.Time
	expires   int64
	life      time.Duration
	refreshAt atomic.Int64
}

func (t *cachedToken) meets(d demand, now time.Time) bool {
	return t.fresh(now) && t.answers(d)
}

func (t *cachedToken) fresh(now time.Time) bool {
	if t == nil {
		return false
	}
	spare := min(maxSpare, t.life/10)
	return now.UnixNano() < t.expires-int64(spare) && now.Sub(t.fetched) < t.life-spare
}

func (t *cachedToken) answers(d demand) bool {
	return t.value != d.rejected && (d.claims == "" || d.claims == t.claims)
}

// outlives keeps a token that came too late from taking the place of a newer one.
func (t *cachedToken) outlives(other *cachedToken) bool {
	return t != nil && t.expires >= other.expires
}

// pause is how long a refresh that brought nothing better is not repeated.
func (t *cachedToken) pause() time.Duration { return min(retryPause, t.life/10) }

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

// token is the callable key, for those who send it themselves.
func (s *tokenSource) token(ctx context.Context) (string, error) {
	t, err := s.current(ctx)
	if err != nil {
		return "", err
	}
	return t.value, nil
}

// bearer is the same, ready for the wire.
func (s *tokenSource) bearer(ctx context.Context) (bearer, error) {
	t, err := s.current(ctx)
	if err != nil {
		return bearer{}, err
	}
	return t.bearer, t.flaw
}

// current is a token that meets what ctx demands, or the refused one where no other is to be had.
func (s *tokenSource) current(ctx context.Context) (*cachedToken, error) {
	if s.cred == nil {
		return nil, errors.New("azureadv1: BearerTokenProvider: the credential is nil")
	}
	d, now := demandFrom(ctx), time.Now()
	if t := s.cur.Load(); t.meets(d, now) {
		s.refreshDue(t, now.UnixNano()) //nolint:contextcheck // a flight belongs to no caller: see begin
		return t, nil
	}
	for {
		t, f, err := s.join(d) //nolint:contextcheck // as above
		if f == nil {
			return t, err
		}
		select {
		case <-f.done:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		if f.answers(d) {
			return f.token, f.err
		}
	}
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
	if s.flight == nil && s.deaf < maxDeaf {
		s.begin(demand{}, 0)
	}
}

// join answers d from memory, or names the flight to wait for, beginning one if there is none.
func (s *tokenSource) join(d demand) (*cachedToken, *flight, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	cur, down := s.cur.Load(), s.outageFor(d)
	switch {
	case cur.meets(d, now):
		return cur, nil, nil
	case s.flight != nil:
		return nil, s.flight, nil
	case down.err != nil && now.Before(down.until):
		return nil, nil, down.err
	case s.deaf >= maxDeaf:
		return nil, nil, s.timedOut()
	case d == (demand{}) || !cur.fresh(now):
		return nil, s.begin(d, 0), nil
	}
	pause, ok := s.mayForce(now)
	if !ok {
		return cur, nil, nil // most likely the refused one again: the refusal stands
	}
	return nil, s.begin(d, pause), nil
}

// mayForce takes one from the allowance of demanded fetches, if there is one left, and tells how long it has to wait.
func (s *tokenSource) mayForce(now time.Time) (pause time.Duration, ok bool) {
	if s.forcedTo.Sub(now) >= forcedBurst*forcedEvery {
		return 0, false
	}
	pause = max(0, forcedPause-now.Sub(s.forced))
	s.forced = now.Add(pause)
	if s.forcedTo.Before(now) {
		s.forcedTo = now
	}
	s.forcedTo = s.forcedTo.Add(forcedEvery)
	return pause, true
}
