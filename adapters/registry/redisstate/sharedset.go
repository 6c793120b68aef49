package redisstate

import (
	"context"
	"maps"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/seed-a739af98/langchaingo-azure/adapters/registry"
)

const (
	// horizon is the longest time a parking is shared for, and the furthest end that is believed.
	horizon = 24 * time.Hour
	// margin is what is added before something beyond the horizon is taken for nobody's: clocks of servers that take over
	// from each other differ a little.
	margin = time.Hour
	// maxMembers bounds the set, and one reading of it.
	maxMembers = 10_000
)

// sharedSet is the sorted set in Redis as one replica sees it. It belongs to one goroutine.
type sharedSet struct {
	client  redis.UniversalClient
	key     string
	timeout time.Duration
	written map[string]writing // by id: what this replica wrote last
	newest  int64              // the clock of Redis at the last reading, ms
}

// writing remembers a member written for a parking, so that it is recognised, and removed when a later one takes its place.
type writing struct {
	until  time.Time
	end    int64
	member string
}

// reading is what one transaction found. Redis told its time somewhere between asked and answered; each conversion
// takes the side that lengthens a parking, so that one never ends early elsewhere, and late by the exchanges at most.
type reading struct {
	server          time.Time // the clock of Redis
	asked, answered time.Time // the clock of this machine
	latest          map[string]member
}

// until puts an end on the clock of this machine, the horizon ahead at most.
func (r reading) until(end int64) time.Time {
	return r.answered.Add(min(time.UnixMilli(end).Sub(r.server), horizon))
}

// end puts a moment of this machine on the clock of Redis, rounded up, the horizon ahead at most.
func (r reading) end(until time.Time) int64 {
	remaining := min(until.Sub(r.asked), horizon)
	return r.server.Add(remaining + time.Millisecond - 1).UnixMilli()
}

// read takes the clock and the set in one transaction: in a cluster that makes both come from the node that has the key.
func (s *sharedSet) read(ctx context.Context) (reading, error) {
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	var (
		clock   *redis.TimeCmd
		members *redis.StringSliceCmd
	)
	asked := time.Now()
	cmds, err := s.client.TxPipelined(ctx, func(p redis.Pipeliner) error {
		clock = p.Time(ctx)
		// What had ended at the last reading is left out. Should a server with an earlier clock take over, the next reading has its time.
		live := &redis.ZRangeBy{Min: "(" + strconv.FormatInt(s.newest, 10), Max: "+inf", Count: maxMembers}
		// Its successor, ZRANGE BYSCORE, needs Redis 6.2, and Azure Cache for Redis is 6.0.
		members = p.ZRevRangeByScore(ctx, s.key, live)
		return nil
	})
	if err != nil {
		return reading{}, cause(cmds, err)
	}
	r := reading{server: clock.Val(), asked: asked, answered: time.Now(), latest: map[string]member{}}
	now := r.server.UnixMilli()
	s.newest = now
	for _, text := range members.Val() {
		m, ok := parseMember(text)
		if ok && m.end > max(now, r.latest[m.id].end) {
			r.latest[m.id] = m
		}
	}
	return r, nil
}

// sightings turns a reading into parkings on the clock of this machine. before are the previous ones.
func (s *sharedSet) sightings(r reading, before map[string]sighting) map[string]sighting {
	seen := make(map[string]sighting, len(r.latest))
	for id, m := range r.latest {
		if s.written[id].end == m.end {
			continue // It is our own, and known to the nanosecond.
		}
		if old, ok := before[id]; ok && old.end == m.end {
			seen[id] = old
			continue
		}
		p := registry.Parking{Until: r.until(m.end), Reason: oneLine(m.reason)}
		seen[id] = sighting{Parking: p, end: m.end}
	}
	return seen
}

// write adds every parking of own that the reading does not cover, in one transaction, so that a connection lost in
// the middle leaves no key that never expires.
func (s *sharedSet) write(ctx context.Context, r reading, own map[string]registry.Parking) error {
	late := s.uncovered(r, own)
	if len(late) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	cmds, err := s.client.TxPipelined(ctx, func(p redis.Pipeliner) error {
		for id, w := range late {
			if old, ok := s.written[id]; ok {
				p.ZRem(ctx, s.key, old.member)
			}
			p.ZAdd(ctx, s.key, redis.Z{Score: float64(w.end), Member: w.member})
		}
		beyond := r.server.Add(horizon + margin).UnixMilli()
		p.ZRemRangeByScore(ctx, s.key, "-inf", strconv.FormatInt(r.server.UnixMilli(), 10))
		p.ZRemRangeByScore(ctx, s.key, "("+strconv.FormatInt(beyond, 10), "+inf")
		p.ZRemRangeByRank(ctx, s.key, 0, -maxMembers-1)
		p.PExpire(ctx, s.key, horizon+margin)
		return nil
	})
	if err != nil {
		return cause(cmds, err)
	}
	maps.Copy(s.written, late)
	return nil
}

// uncovered returns what has to be written, and forgets what this replica wrote for parkings that have ended.
func (s *sharedSet) uncovered(r reading, own map[string]registry.Parking) map[string]writing {
	for id, w := range s.written {
		if _, ok := own[id]; !ok || !w.until.After(r.answered) {
			delete(s.written, id)
		}
	}
	late := map[string]writing{}
	for id, p := range own {
		if !p.Until.After(r.answered) || len(id) > maxID {
			continue
		}
		m := member{end: r.end(p.Until), reason: oneLine(p.Reason), id: id}
		needed := m.end
		if w := s.written[id]; w.until.Equal(p.Until) {
			needed = w.end // Computed again it would differ by the latency of the reading.
		}
		if r.latest[id].end < needed {
			late[id] = writing{until: p.Until, end: m.end, member: m.String()}
		}
	}
	return late
}
