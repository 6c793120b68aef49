package redisstate

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/seed-a739af98/langchaingo-azure/adapters/registry"
)

var _ registry.State = (*State)(nil)

// State is a registry.State whose parkings are shared through Redis. Make one with [New]; it is safe for many
// goroutines, and for several registries of one process. Its methods never wait for Redis, except Close.
type State struct {
	mu  sync.Mutex // serialises the writers of own
	own atomic.Pointer[map[string]registry.Parking]
	// seen is what the last reading found of other replicas, without what this State wrote. Only the loop stores it.
	seen atomic.Pointer[map[string]sighting]

	shared  *sharedSet
	refresh time.Duration
	outage  outage

	wake chan struct{} // there is something new to write
	stop context.CancelFunc
	done chan struct{}
}

// sighting is a parking of another replica, with the member it was read from: as long as that stays the same, so does
// its Until, which would otherwise move with the latency of each reading.
type sighting struct {
	registry.Parking
	end int64
}

// New returns a State that shares parkings over the client, and begins to read them in the background without waiting for
// the first answer: it fails for bad options or an unusable client, never because Redis is down. The client must have
// ContextTimeoutEnabled set, and may not be a *redis.Ring. It stays the caller's, who closes it after [State.Close].
func New(client redis.UniversalClient, opts Options) (*State, error) {
	opts, err := opts.withDefaults()
	if err != nil {
		return nil, err
	}
	if err := usable(client); err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(context.Background())
	s := &State{
		shared:  &sharedSet{client: client, key: opts.Key, timeout: opts.Timeout, written: map[string]writing{}},
		refresh: opts.Refresh,
		outage:  outage{log: opts.Logger, key: opts.Key},
		wake:    make(chan struct{}, 1),
		stop:    stop,
		done:    make(chan struct{}),
	}
	s.own.Store(&map[string]registry.Parking{})
	s.seen.Store(&map[string]sighting{})
	go s.run(ctx)
	return s, nil
}

// Parking returns the later end of what was parked here and what was last read from Redis, and the zero Parking when
// neither knows the id. It reads memory only, takes no lock and allocates nothing.
func (s *State) Parking(id string) registry.Parking {
	own := (*s.own.Load())[id]
	if other := (*s.seen.Load())[id]; other.Until.After(own.Until) {
		return other.Parking
	}
	return own
}

// Park records a parking here at once and leaves it to the background to share. One that has ended, or ends earlier than
// the one on record, changes nothing. After [State.Close] it is recorded here alone.
func (s *State) Park(id string, p registry.Parking) {
	now := time.Now()
	if !p.Until.After(now) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	old := *s.own.Load()
	if !p.Until.After(old[id].Until) {
		return
	}
	// Parkings are rare and readings are not: a writer copies, and drops what has ended, so that a reader needs no lock.
	next := make(map[string]registry.Parking, len(old)+1)
	for known, parking := range old {
		if parking.Until.After(now) {
			next[known] = parking
		}
	}
	next[id] = p
	s.own.Store(&next)
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// Close ends the background goroutine and waits until it has, one [Options].Timeout or so when Redis does not answer. What
// was parked just before may remain unshared. The State goes on from memory; the client stays open. Closing twice is harmless.
func (s *State) Close() {
	s.stop()
	<-s.done
}

func (s *State) run(ctx context.Context) {
	defer close(s.done)
	ticker := time.NewTicker(s.refresh)
	defer ticker.Stop()
	for ctx.Err() == nil {
		s.outage.note(ctx, s.exchange(ctx))
		wake := s.wake
		if s.outage.down() {
			wake = nil // A parking is no reason to try a dead server more often.
		}
		select {
		case <-ctx.Done():
		case <-ticker.C:
		case <-wake:
		}
	}
}

// exchange reads the shared set, and writes what was parked here and is not in it. Deriving the writings from the reading,
// instead of queueing them, coalesces them by id, repeats them after an outage and restores what Redis has lost.
func (s *State) exchange(ctx context.Context) error {
	reading, err := s.shared.read(ctx)
	if err != nil {
		return err
	}
	seen := s.shared.sightings(reading, *s.seen.Load())
	s.seen.Store(&seen)
	return s.shared.write(ctx, reading, *s.own.Load())
}
