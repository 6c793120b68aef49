package registry

import (
	"iter"
	"math"
	"math/rand/v2"
	"slices"
	"sort"
	"time"
)

// unordered is the order of an entry without one: after those that have one, as with LiteLLM.
const unordered = math.MaxInt

// group is every deployment of one name.
type group struct {
	*plan
	name      string
	tiers     []tier // by order, lowest first
	leastBusy bool
	counted   bool // a deployment has a tpm
	maxTokens int  // the largest default of the entries
	policy    *policy
}

// tier is the deployments of one order.
type tier struct {
	backends []*backend
	reach    []float64 // reach[i] is the sum of the weights up to backend i
}

// policy is what router_settings say about failures.
type policy struct {
	allowedFails int
	noCooldowns  bool
	retries      int            // further attempts of a call within a group
	perClass     map[string]int // retry_policy; a class that is absent has its own rule
	maxFallbacks int
}

func newGroup(name string, backends []*backend, p *policy) *group {
	g := &group{name: name, policy: p}
	byOrder := map[int][]*backend{}
	for _, b := range backends {
		byOrder[b.entry.order] = append(byOrder[b.entry.order], b)
		g.counted = g.counted || b.entry.tpm > 0
		g.maxTokens = max(g.maxTokens, b.defaultMaxTokens())
	}
	orders := make([]int, 0, len(byOrder))
	for order := range byOrder {
		orders = append(orders, order)
	}
	slices.Sort(orders)
	for _, order := range orders {
		g.tiers = append(g.tiers, newTier(byOrder[order]))
	}
	return g
}

// newTier weighs by weight where an entry has one, else by rpm or tpm where every entry has it, else equally: the rule
// of LiteLLM's simple-shuffle. An entry without a weight among some that have one weighs 1.
func newTier(backends []*backend) tier {
	t := tier{backends: backends}
	of := func(*entry) float64 { return 1 }
	has := func(f func(*entry) bool) bool {
		return !slices.ContainsFunc(backends, func(b *backend) bool { return !f(b.entry) })
	}
	switch {
	case slices.ContainsFunc(backends, func(b *backend) bool { return b.entry.weighted }):
		of = func(e *entry) float64 {
			if e.weighted {
				return e.weight
			}
			return 1
		}
	case has(func(e *entry) bool { return e.rpm > 0 }):
		of = func(e *entry) float64 { return float64(e.rpm) }
	case has(func(e *entry) bool { return e.tpm > 0 }):
		of = func(e *entry) float64 { return float64(e.tpm) }
	}
	sum := 0.0
	for _, b := range backends {
		b.weight = of(b.entry)
		sum += b.weight
		t.reach = append(t.reach, sum)
	}
	return t
}

// draw picks by weight alone.
func (t *tier) draw() *backend {
	sum := t.reach[len(t.reach)-1]
	if sum == 0 {
		return t.backends[rand.IntN(len(t.backends))] //nolint:gosec // a share of the load is no secret
	}
	at := rand.Float64() * sum //nolint:gosec // as above
	return t.backends[sort.Search(len(t.reach)-1, func(i int) bool { return at < t.reach[i] })]
}

// draws is how often a tier is drawn from before it is searched. While most of its deployments can serve, a draw finds
// one, and the cost of choosing does not grow with the group.
const draws = 4

// pick chooses a deployment that may be called now and counts the call against its limits: of the first tier that has
// one, by weight. nil means that there is none.
//
// A deployment on probation gets one call at a time, as long as another can serve.
func (g *group) pick(c *call, now time.Time) *backend {
	for _, careful := range []bool{true, false} {
		for i := range g.tiers {
			if b := g.tiers[i].pick(c, now, careful, g.leastBusy); b != nil {
				return b
			}
		}
	}
	return nil
}

func (t *tier) pick(c *call, now time.Time, careful, leastBusy bool) *backend {
	for range draws {
		b := t.draw()
		if leastBusy {
			b = t.lessBusy(b, c, now, careful)
		}
		if c.may(b, now, careful) && b.take(c, now, careful) {
			return b
		}
	}
	for range t.backends {
		b := t.search(c, now, careful)
		if b == nil || b.take(c, now, careful) {
			return b
		}
	}
	return nil
}

// lessBusy draws another one and takes the one with fewer calls: the power of two choices, nearly as good as a search of
// all and at the cost of a draw.
func (t *tier) lessBusy(b *backend, c *call, now time.Time, careful bool) *backend {
	for range draws {
		other := t.draw()
		if other == b {
			continue
		}
		if other.inFlight.Load() < b.inFlight.Load() && c.may(other, now, careful) {
			return other
		}
		break
	}
	return b
}

// search looks at every deployment and picks by weight among those that may be called.
func (t *tier) search(c *call, now time.Time, careful bool) *backend {
	var chosen *backend
	sum := 0.0
	for _, b := range t.backends {
		if !c.may(b, now, careful) {
			continue
		}
		sum += b.weight
		if chosen == nil || (b.weight > 0 && rand.Float64()*sum < b.weight) { //nolint:gosec // as above
			chosen = b
		}
	}
	return chosen
}

// may tells whether a deployment can be called now.
func (c *call) may(b *backend, now time.Time, careful bool) bool {
	if c.hasTried(b) || (careful && b.probation.Load() && b.probing.Load()) {
		return false
	}
	return !b.parkedAt(c.state, now) && b.limits.Load().wait(now, c.tokens) == 0
}

// take admits a call, which release gives back.
func (b *backend) take(c *call, now time.Time, careful bool) bool {
	probe := b.probation.Load() && b.probing.CompareAndSwap(false, true)
	if careful && b.probation.Load() && !probe {
		return false
	}
	if !b.limits.Load().take(now, c.tokens) {
		if probe {
			b.probing.Store(false)
		}
		return false
	}
	c.probe = probe
	b.inFlight.Add(1)
	return true
}

func (b *backend) release(c *call) {
	b.inFlight.Add(-1)
	if c.probe {
		c.probe = false
		b.probing.Store(false)
	}
}

// rest is how long a deployment cannot be called: what it is parked for, what its limits leave, and what it answered to
// this very call. 0 means that it could be.
func (c *call) rest(b *backend, now time.Time) time.Duration {
	rest := max(c.state.Parking(b.entry.ID).Until.Sub(now), b.limits.Load().wait(now, c.tokens), 0)
	for _, t := range c.tried {
		if t.backend == b {
			rest = max(rest, t.stated)
		}
	}
	return rest
}

// free is when the first deployment of the group can be called. paced tells that nothing but a limit of ours is in its
// way.
func (g *group) free(c *call, now time.Time) (wait time.Duration, paced bool) {
	wait = math.MaxInt64
	for b := range g.all() {
		if rest := c.rest(b, now); rest < wait {
			wait, paced = rest, !c.hasTried(b) && !c.state.Parking(b.entry.ID).Until.After(now)
		}
	}
	return wait, paced
}

// all are the group's deployments, in the order they are asked in.
func (g *group) all() iter.Seq[*backend] {
	return func(yield func(*backend) bool) {
		for i := range g.tiers {
			for _, b := range g.tiers[i].backends {
				if !yield(b) {
					return
				}
			}
		}
	}
}
