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

	troubled  atomic.Bool // it has failed since it last served
	probation atomic.Bool // it has been paused since it last served
	probing   atomic.Bool // a call is finding out whether it is well again

	mu      sync.Mutex
	strikes []time.Time // failures within strikeWindow since it last served
	pauses  int         // since it last served
	until   time.Time   // the end of the last one
}

// serve records a success of an attempt that began at a time. One that was on its way when the trouble came proves
// nothing.
func (s *standing) serve(began time.Time) {
	s.served.Add(1)
	if !s.troubled.Load() {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if began.Before(s.until) {
		return
	}
	s.strikes, s.pauses = nil, 0
	s.troubled.Store(false)
	s.probation.Store(false)
}

// strike records a failure. It reports whether there were more than allowed within a minute, or any after a pause.
func (s *standing) strike(began, now time.Time, allowed int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if began.Before(s.until) {
		return false
	}
	s.troubled.Store(true)
	kept := s.strikes[:0]
	for _, at := range s.strikes {
		if now.Sub(at) < strikeWindow {
			kept = append(kept, at)
		}
	}
	s.strikes = append(kept, now)
	return s.pauses > 0 || len(s.strikes) > allowed
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
	s.troubled.Store(true)
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
