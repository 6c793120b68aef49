package redisstate_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/redis/go-redis/v9"

	"github.com/seed-a739af98/langchaingo-azure/adapters/registry"
	"github.com/seed-a739af98/langchaingo-azure/adapters/registry/redisstate"
)

func in(d time.Duration, reason string) registry.Parking {
	return registry.Parking{Until: time.Now().Add(d), Reason: reason}
}

// slack is how much later a parking may end on another replica: two exchanges on a busy machine.
const slack = 3 * time.Second

func sameEnd(got, want time.Time) bool { return !got.Before(want) && got.Before(want.Add(slack)) }

func TestReplicasSeeEachOthersParkings(t *testing.T) {
	server := sharedServer(t)
	a, b := state(t, server.client(t), nil), state(t, server.client(t), nil)
	fromA, fromB := in(time.Minute, "429: retry after 60s"), in(2*time.Minute, "connection refused")
	a.Park("west", fromA)
	b.Park("east\nwith a second line", fromB)
	if got := a.Parking("west"); got != fromA {
		t.Errorf("the replica itself has %v at once, want %v", got, fromA)
	}
	eventually(t, "each sees the other's", func() bool {
		return !b.Parking("west").Until.IsZero() && !a.Parking("east\nwith a second line").Until.IsZero()
	})
	for name, pair := range map[string][2]registry.Parking{
		"west": {b.Parking("west"), fromA}, "east": {a.Parking("east\nwith a second line"), fromB},
	} {
		if got, want := pair[0], pair[1]; got.Reason != want.Reason || !sameEnd(got.Until, want.Until) {
			t.Errorf("%s: other replica sees %v, want %v or a little later", name, got, want)
		}
	}
	if got := b.Parking("north"); got != (registry.Parking{}) {
		t.Errorf("an id nobody parked: %v", got)
	}
}

func TestWhatWasParkedBeforeAReplicaStartedIsSeenByIt(t *testing.T) {
	server := sharedServer(t)
	a := state(t, server.client(t), nil)
	a.Park("west", in(time.Minute, "429"))
	eventually(t, "the parking is in Redis", func() bool { return server.client(t).ZCard(t.Context(), t.Name()).Val() == 1 })
	a.Close()
	b := state(t, server.client(t), nil)
	eventually(t, "the newcomer sees it", func() bool { return b.Parking("west").Reason == "429" })
}

func TestAnEarlierEndNeverWins(t *testing.T) {
	server := sharedServer(t)
	client := server.client(t)
	var passed exchanges
	client.AddHook(&passed)
	a, b := state(t, client, nil), state(t, client, nil)
	late := in(10*time.Minute, "late")
	a.Park("west", late)
	b.Park("west", in(time.Minute, "early"))
	a.Park("west", in(time.Second, "earlier still"))
	a.Park("west", registry.Parking{Reason: "no end"})
	if got := a.Parking("west"); got != late {
		t.Errorf("a later parking was replaced by %v", got)
	}
	eventually(t, "the later end reaches the other", func() bool { return b.Parking("west").Reason == "late" })
	passed.pass(t)
	if got := b.Parking("west"); !sameEnd(got.Until, late.Until) {
		t.Errorf("ends at %v, want %v", got.Until, late.Until)
	}
	if got := a.Parking("west"); got != late {
		t.Errorf("after more exchanges its own parking is %v, want %v unchanged", got, late)
	}
}

func TestRacingReplicasAgreeOnTheLatestEnd(t *testing.T) {
	server := sharedServer(t)
	const replicas, ids, parkings = 4, 20, 30
	var (
		all    []*redisstate.State
		mu     sync.Mutex
		latest = map[string]time.Time{}
		wg     sync.WaitGroup
	)
	for range replicas {
		all = append(all, state(t, server.client(t), nil))
	}
	for _, s := range all {
		wg.Go(func() {
			for range ids * parkings {
				id, p := strconv.Itoa(rand.N(ids)), in(time.Minute+rand.N(10*time.Hour), "429") //nolint:gosec // chance in a test
				s.Park(id, p)
				_ = s.Parking(id)
				mu.Lock()
				if p.Until.After(latest[id]) {
					latest[id] = p.Until
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	for n, s := range all {
		for id, want := range latest {
			eventually(t, fmt.Sprintf("replica %d has the latest end of %s", n, id), func() bool {
				return sameEnd(s.Parking(id).Until, want)
			})
		}
	}
	// Each replica removes what it replaces, so the set cannot hold more than one member for each of them and id.
	if card := server.client(t).ZCard(t.Context(), t.Name()).Val(); card > replicas*ids {
		t.Errorf("the set has %d members for %d replicas and %d ids", card, replicas, ids)
	}
}

func TestParkingsExpireByThemselves(t *testing.T) {
	server := sharedServer(t)
	client := server.client(t)
	a, b := state(t, server.client(t), nil), state(t, server.client(t), nil)
	a.Park("brief", in(400*time.Millisecond, "429"))
	eventually(t, "the other replica sees it", func() bool { return !b.Parking("brief").Until.IsZero() })
	eventually(t, "the other replica forgets it", func() bool { return b.Parking("brief").Until.IsZero() })
	b.Park("long", in(time.Hour, "429"))
	eventually(t, "the next writer removes what has ended", func() bool {
		members := client.ZRange(t.Context(), t.Name(), 0, -1).Val()
		return len(members) == 1 && strings.HasSuffix(members[0], "\nlong")
	})
	if ttl := client.PTTL(t.Context(), t.Name()).Val(); ttl < 24*time.Hour || ttl > 25*time.Hour {
		t.Errorf("the key expires in %v, want a little less than 25h", ttl)
	}
	if got := a.Parking("brief"); got.Until.After(time.Now()) {
		t.Errorf("still parked after its end: %v", got)
	}
}

// otherClock makes a client see a Redis whose clock is off from this machine's.
type otherClock struct {
	exchanges
	off time.Duration
}

func (o *otherClock) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		err := next(ctx, cmds)
		for _, cmd := range cmds {
			if clock, ok := cmd.(*redis.TimeCmd); ok {
				o.count.Add(1)
				clock.SetVal(clock.Val().Add(o.off))
			}
		}
		return err
	}
}

func TestTheClocksOfMachinesAndRedisNeedNotAgree(t *testing.T) {
	for name, off := range map[string]time.Duration{"Redis is three hours ahead": 3 * time.Hour, "Redis is three hours behind": -3 * time.Hour} {
		t.Run(name, func(t *testing.T) {
			server := sharedServer(t)
			clients := [2]*redis.Client{server.client(t), server.client(t)}
			hooks := [2]*otherClock{{off: off}, {off: off}}
			for n, c := range clients {
				c.AddHook(hooks[n])
			}
			a, b := state(t, clients[0], nil), state(t, clients[1], nil)
			want := in(time.Minute, "429")
			a.Park("west", want)
			eventually(t, "the other sees it", func() bool { return !b.Parking("west").Until.IsZero() })
			if got := b.Parking("west").Until; !sameEnd(got, want.Until) {
				t.Errorf("ends %v after it should", got.Sub(want.Until))
			}
			if hooks[0].count.Load() == 0 || hooks[1].count.Load() == 0 {
				t.Error("the clock was not changed: this test shows nothing")
			}
		})
	}
}

func TestWhatOthersWriteIsDistrusted(t *testing.T) {
	server := sharedServer(t)
	client := server.client(t)
	soon := time.Now().Add(time.Hour).UnixMilli()
	years := time.Now().AddDate(50, 0, 0).UnixMilli()
	for _, text := range []string{
		"", "junk", "1\n2", "abc\nr\nid", "-5\nr\nnegative", "0\nr\nzero", "99999999999999999999\nr\noverflow",
		fmt.Sprintf("%d\nends in years\nyears", years),
		fmt.Sprintf("%d\nends last\nlast", int64(1<<63-1)),
		fmt.Sprintf("%d\ngone\ngone", time.Now().Add(-time.Hour).UnixMilli()),
		fmt.Sprintf("%d\n\x1b[31mred\t\u202e\u2028 bad\xff utf8\r end\ncontrol", soon),
		fmt.Sprintf("%d\n%s\nwordy", soon, strings.Repeat("é", 5000)),
		fmt.Sprintf("%d\nlong id\n%s", soon, strings.Repeat("x", 5000)),
		fmt.Sprintf("%d\nfine\ngood", soon),
	} {
		client.ZAdd(t.Context(), t.Name(), redis.Z{Score: float64(soon), Member: text})
	}
	var log journal
	s := state(t, server.client(t), log.logger())
	eventually(t, "the good one is read", func() bool { return s.Parking("good").Reason == "fine" })
	for _, id := range []string{"years", "last"} {
		if left := time.Until(s.Parking(id).Until); left > 24*time.Hour || left < 23*time.Hour {
			t.Errorf("%s: parked for %v, want the bound of 24h", id, left)
		}
	}
	for _, id := range []string{"", "negative", "zero", "overflow", "gone", "id", strings.Repeat("x", 5000)} {
		if got := s.Parking(id); got != (registry.Parking{}) {
			t.Errorf("%.20q: parked: %v", id, got)
		}
	}
	if got, want := s.Parking("control").Reason, "[31mred bad utf8 end"; got != want {
		t.Errorf("reason %q, want %q", got, want)
	}
	if got := s.Parking("wordy").Reason; got != strings.Repeat("é", 100) || !utf8.ValidString(got) {
		t.Errorf("a long reason became %d bytes: %q", len(got), got)
	}
	if log.String() != "" {
		t.Errorf("logged: %s", log.String())
	}
}

func TestTheSetStaysBounded(t *testing.T) {
	server := sharedServer(t)
	client := server.client(t)
	soon, years := time.Now().Add(time.Minute).UnixMilli(), time.Now().AddDate(50, 0, 0).UnixMilli()
	pipe := client.Pipeline()
	for n := range 12_000 {
		pipe.ZAdd(t.Context(), t.Name(), redis.Z{Score: float64(soon), Member: fmt.Sprintf("%d\nr\nid%d", soon, n)})
	}
	pipe.ZAdd(t.Context(), t.Name(), redis.Z{Score: float64(years), Member: fmt.Sprintf("%d\nr\nyears", years)})
	if _, err := pipe.Exec(t.Context()); err != nil {
		t.Fatal(err)
	}
	s := state(t, server.client(t), nil)
	s.Park("mine", in(time.Hour, "429"))
	eventually(t, "the writer trims the set to 10,000", func() bool { return client.ZCard(t.Context(), t.Name()).Val() == 10_000 })
	if n := client.ZCount(t.Context(), t.Name(), strconv.FormatInt(years, 10), "+inf").Val(); n != 0 {
		t.Error("an end in 50 years is still there")
	}
	if n := client.ZCount(t.Context(), t.Name(), strconv.FormatInt(soon+1, 10), "+inf").Val(); n != 1 {
		t.Error("the parking that was written is not")
	}
}

func TestALongParkingIsSharedForADay(t *testing.T) {
	server := sharedServer(t)
	client := server.client(t)
	var passed exchanges
	client.AddHook(&passed)
	a, b := state(t, client, nil), state(t, server.client(t), nil)
	want := in(1000*time.Hour, "no quota")
	a.Park("west", want)
	eventually(t, "the other sees it", func() bool { return !b.Parking("west").Until.IsZero() })
	if left := time.Until(b.Parking("west").Until); left < 24*time.Hour-slack || left > 24*time.Hour+slack {
		t.Errorf("shared for %v, want 24h", left)
	}
	before := client.ZRange(t.Context(), t.Name(), 0, -1).Val()
	passed.pass(t)
	if after := client.ZRange(t.Context(), t.Name(), 0, -1).Val(); len(after) != 1 || after[0] != before[0] {
		t.Errorf("written again although it is there: %q, then %q", before, after)
	}
	if got := a.Parking("west"); got != want {
		t.Errorf("here it is %v, want %v", got, want)
	}
}

func TestALaterParkingReplacesTheMemberOfItsReplica(t *testing.T) {
	server := sharedServer(t)
	client := server.client(t)
	a, b := state(t, server.client(t), nil), state(t, server.client(t), nil)
	for n := range 5 {
		reason := fmt.Sprintf("429 number %d", n)
		a.Park("west", in(time.Duration(n+1)*time.Minute, reason))
		eventually(t, "the other sees "+reason, func() bool { return b.Parking("west").Reason == reason })
	}
	if card := client.ZCard(t.Context(), t.Name()).Val(); card != 1 {
		t.Errorf("%d members for one parking", card)
	}
}

func TestParkingAllocatesNothing(t *testing.T) {
	server := sharedServer(t)
	a, b := state(t, server.client(t), nil), state(t, server.client(t), nil)
	a.Park("west", in(time.Hour, "429"))
	b.Park("east", in(time.Hour, "429"))
	eventually(t, "both are known", func() bool { return !a.Parking("east").Until.IsZero() })
	a.Close()
	b.Close() // Their goroutines allocate, which would count.
	for _, id := range []string{"west", "east", "nowhere"} {
		if n := testing.AllocsPerRun(1000, func() { _ = a.Parking(id) }); n != 0 {
			t.Errorf("%s: %v allocations", id, n)
		}
	}
}

func BenchmarkParking(b *testing.B) {
	server := sharedServer(b)
	for _, ids := range []int{2, 100} {
		b.Run(strconv.Itoa(ids)+" parked", func(b *testing.B) {
			s := state(b, server.client(b), nil)
			for n := range ids {
				s.Park(fmt.Sprintf("deployment-%d", n), in(time.Hour, "429"))
			}
			b.ReportAllocs()
			for b.Loop() {
				_ = s.Parking("deployment-1")
			}
		})
	}
}

func BenchmarkPark(b *testing.B) {
	server := sharedServer(b)
	s := state(b, server.client(b), nil)
	until := time.Now().Add(time.Hour)
	b.ReportAllocs()
	for b.Loop() {
		until = until.Add(time.Millisecond)
		s.Park("deployment-1", registry.Parking{Until: until, Reason: "429"})
	}
}
