package registry

import (
	"sync"
	"sync/atomic"
	"time"
)

const (
	// strikeWindow is the minute in which failures count together, as with LiteLLM's allowed_fails.
	strikeWindow = time.Minute
	// maxPause bounds how far a pause grows that the service did not state.
	maxPause = time.Minute
)

// standing is how a deployment does. It outlives a reload of the file, and groups that name one deployment share it.
type standing struct {
	limits   atomic.Pointer[limits]
	inFlight atomic.Int64
	served   atomic.Int64
	failed   atomic.Int64

	parked    atomic.Int64 // until when, in Unix nanoseconds, as far as was seen here: spares asking the State
	probation atomic.Bool  // it has been paused since it last served
	probing   atomic.Bool  // a call is finding out whether it is well again

	mu      sync.Mutex
	strikes []strike  // within strikeWindow
	pauses  int       // since it last served
	until   time.Time // the end of the last one
}

// strike is a failure, with how many calls had been served before it.
type strike struct {
	at     time.Time
	served int64
}

// serve records a success of an attempt that began at a time. One that was on its way when the trouble came proves
// nothing.
func (s *standing) serve(began time.Time) {
	s.served.Add(1)
	if !s.probation.Load() {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if began.Before(s.until) {
		return
	}
	s.strikes, s.pauses = nil, 0
	s.probation.Store(false)
}

// strike records a failure. It reports whether there were more than allowed within a minute, and no more successes
// among them; or any after a pause.
func (s *standing) strike(began, now time.Time, allowed int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if began.Before(s.until) {
		return false
	}
	kept := s.strikes[:0]
	for _, old := range s.strikes {
		if now.Sub(old.at) < strikeWindow {
			kept = append(kept, old)
		}
	}
	s.strikes = append(kept, strike{now, s.served.Load()})
	served := s.served.Load() - s.strikes[0].served
	return s.pauses > 0 || (len(s.strikes) > allowed && int64(len(s.strikes)) >= served)
}

// pause leaves the deployment alone, and returns until when: for the wait that was stated, else for the cooldown, doubled
// with every pause in a row. A failure of an attempt that began before the last pause ended makes it no longer.
func (s *standing) pause(began, now time.Time, stated, cooldown time.Duration) time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	late := began.Before(s.until)
	switch {
	case stated > 0 && now.Add(stated).After(s.until):
		s.until = now.Add(stated)
	case stated == 0 && !late:
		s.until = now.Add(grown(cooldown, s.pauses))
	}
	if !late {
		s.pauses++
	}
	s.strikes = nil
	s.probation.Store(true)
	return s.until
}

func grown(pause time.Duration, times int) time.Duration {
	limit := max(maxPause, pause)
	for range times {
		if pause *= 2; pause >= limit {
			return limit
		}
	}
	return pause
}

// parkedAt asks the State, unless it is known already that the deployment is parked: a parking never gets shorter.
func (b *backend) parkedAt(state State, now time.Time) bool {
	if b.parked.Load() > now.UnixNano() {
		return true
	}
	until := state.Parking(b.entry.ID).Until
	if !until.After(now) {
		return false
	}
	b.parked.Store(until.UnixNano())
	return true
}
