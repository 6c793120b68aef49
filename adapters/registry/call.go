package registry

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/tmc/langchaingo/llms"

	"github.com/seed-a739af98/langchaingo-azure/azureadv1"
)

// maxPacing bounds how long a call waits, all in all, for rpm and tpm limits of ours. Longer waits are the caller's to
// decide on.
const maxPacing = 10 * time.Second

// call is one call through the registry, over as many deployments as it takes.
type call struct {
	state  State
	log    *slog.Logger
	group  *group // the one that is being tried
	tokens int    // the call's weight for tpm; 0 where nothing counts it

	tried    []*backend
	passed   []string    // who failed before, and why
	probe    bool        // the attempt under way finds out whether its deployment is well again
	began    atomic.Bool // something of the answer has reached the caller
	deadline time.Time   // of pacing
	soonest  time.Duration
}

// serve makes attempts until one serves, over the groups that the first one falls back to. do makes one attempt.
func serve[T any](ctx context.Context, gen *generation, c *call, first *group, do func(*backend) (T, error)) (T, *backend, error) {
	visited := map[string]bool(nil)
	queue := []*group(nil)
	for g := first; ; {
		result, by, k, err := within(ctx, c, g, do)
		if err == nil {
			return result, by, nil
		}
		if visited == nil {
			visited = map[string]bool{first.name: true}
		}
		queue = append(gen.fallbacks(g, k), queue...)
		for len(queue) > 0 && visited[queue[0].name] {
			queue = queue[1:]
		}
		if len(queue) == 0 || len(visited) > g.policy.maxFallbacks {
			return result, by, c.ended(first, by, k, err)
		}
		g, queue = queue[0], queue[1:]
		visited[g.name] = true
		c.log.Warn("fell back to another model", "from", first.name, "to", g.name, "reason", reason(k, err))
	}
}

// within makes attempts in one group. The class tells what the last one ended with; parkedClass means that there was
// nobody to ask.
func within[T any](ctx context.Context, c *call, g *group, do func(*backend) (T, error)) (result T, by *backend, k *class, err error) {
	c.group = g
	for attempts := 0; ; attempts++ {
		began := time.Now()
		b := g.pick(c, began)
		for b == nil && attempts == 0 {
			if !c.pace(ctx, g, began) {
				k, err = c.nobodyLeft(ctx, g)
				return result, nil, k, err
			}
			began = time.Now()
			b = g.pick(c, began)
		}
		if b == nil {
			return result, by, k, err
		}
		by = b
		result, err = do(b)
		b.release(c)
		if err == nil {
			b.serve(began)
			return result, b, nil, nil
		}
		k = judge(ctx, err, c.began.Load())
		c.note(b, k, err, began)
		if !g.policy.next(k, attempts) {
			return result, by, k, err
		}
		c.tried = append(c.tried, b)
	}
}

// note records a failure with the deployment, and for the caller.
func (c *call) note(b *backend, k *class, err error, began time.Time) {
	if k == callersOwn {
		return
	}
	now := time.Now()
	b.fail(c, k, err, began, now)
	c.passed = append(c.passed, b.entry.ID+": "+reason(k, err))
	if !k.warn {
		c.log.Debug("deployment failed", "model", c.group.name, "deployment", b.entry.ID, "reason", reason(k, err))
		return
	}
	hint := ""
	if e := azureadv1.AsError(err); e != nil {
		hint = e.Hint
	}
	c.log.Warn("deployment cannot serve until someone sets it right",
		"model", c.group.name, "deployment", b.entry.ID, "reason", reason(k, err), "hint", hint)
}

// next tells whether a failure lets another deployment of the group be asked.
func (p *policy) next(k *class, attempts int) bool {
	if attempts >= p.retries {
		return false
	}
	if n, ok := p.perClass[k.name]; ok && (k.next || k.billed) {
		return attempts < n
	}
	return k.next
}

// elsewhere tells whether a failure lets another group be asked.
func (p *policy) elsewhere(k *class) bool {
	if k.billed {
		return p.perClass[k.name] > 0
	}
	return k.next || k == nobody
}

// pace waits until a limit of ours lets a deployment be called, where nothing else is in the way and it is not long.
func (c *call) pace(ctx context.Context, g *group, now time.Time) bool {
	if c.deadline.IsZero() {
		c.deadline = now.Add(maxPacing)
	}
	wait, paced := g.free(c, now)
	if !paced || now.Add(wait).After(c.deadline) {
		return false
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// fallbacks are the groups to ask after a failure of one.
func (gen *generation) fallbacks(g *group, k *class) []*group {
	names := g.fallbacks
	switch {
	case k == contextWindow:
		names = g.contextFallbacks
	case k == contentPolicy:
		names = g.contentFallbacks
	case !g.policy.elsewhere(k):
		return nil
	}
	groups := make([]*group, 0, len(names))
	for _, name := range names {
		groups = append(groups, gen.groups[name])
	}
	return groups
}

// settle charges what an answer used beyond what its call was admitted with.
func (c *call) settle(b *backend, response *llms.ContentResponse) {
	if l := b.limits.Load(); l.tokens != nil {
		if used, ok := response.Choices[0].GenerationInfo["TotalTokens"].(int); ok {
			l.charge(time.Now(), used-c.tokens)
		}
	}
}
