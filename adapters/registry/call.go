package registry

import (
	"context"
	"log/slog"
	"slices"
	"sync/atomic"
	"time"

	"github.com/seed-a739af98/langchaingo-azure/azureadv1"
)

// maxPacing bounds how long a call waits, all in all, for rpm and tpm limits of ours. Longer waits are the caller's to
// decide on.
const maxPacing = 10 * time.Second

// call is one call through the registry, over as many deployments as it takes.
type call struct {
	state    State
	log      *slog.Logger
	tokens   int       // the call's weight for tpm; 0 where nothing counts it
	channel  bool      // GenerateContentStream: an attempt ends with its stream, not before
	visited  []*group  // the last one is being tried
	few      [2]*group // room for visited
	tried    []trial
	passed   []string // who failed, and how
	probe    bool     // the attempt under way finds out whether its deployment is well again
	began    atomic.Bool
	own      atomic.Pointer[ownError]
	deadline time.Time // of pacing
}

// trial is a deployment that has failed in this call.
type trial struct {
	backend *backend
	stated  time.Duration // until a rate limit of its passes; 0 for what is no rate limit, or has no time
}

// ownError is what the caller's streaming function returned.
type ownError struct{ err error }

func (c *call) hasTried(b *backend) bool {
	return slices.ContainsFunc(c.tried, func(t trial) bool { return t.backend == b })
}

func (c *call) group() *group { return c.visited[len(c.visited)-1] }

// serve makes attempts until one serves, over the groups that the first one falls back to. do makes one attempt.
func serve[T any](ctx context.Context, gen *generation, c *call, first *group, do func(*backend) (T, error)) (T, *backend, error) {
	c.visited = c.few[:0]
	var queue []*group
	for g := first; ; {
		c.visited = append(c.visited, g)
		alone := len(queue) == 0 && len(g.fallbacks) == 0
		result, by, k, err := within(ctx, c, g, alone, do)
		if err == nil {
			return result, by, nil
		}
		queue = c.after(gen, g, k, queue)
		if len(queue) == 0 || len(c.visited) > g.policy.maxFallbacks {
			return result, by, c.ended(ctx, by, k, err)
		}
		g, queue = queue[0], queue[1:]
		c.log.WarnContext(ctx, "fell back to another model", "from", first.name, "to", g.name, "reason", reason(k, err))
	}
}

// after is who is asked after a group has failed: first what the group itself falls back to, then what is left of the
// groups before it. A failure that nobody else may be asked for ends the call.
func (c *call) after(gen *generation, g *group, k *class, queue []*group) []*group {
	names := g.fallbacks
	switch {
	case c.began.Load() || k == callersOwn:
		return nil
	case k == contextWindow:
		names, queue = g.contextFallbacks, nil
	case k == contentPolicy:
		names, queue = g.contentFallbacks, nil
	case !g.policy.elsewhere(k):
		return nil
	}
	var next []*group
	for _, name := range names {
		next = append(next, gen.groups[name])
	}
	return slices.DeleteFunc(append(next, queue...), func(g *group) bool { return slices.Contains(c.visited, g) })
}

// within makes attempts in one group. The class tells what the last one ended with; nobody means that there was none.
// alone tells that nobody else can serve, so that a limit of ours is worth waiting for.
func within[T any](ctx context.Context, c *call, g *group, alone bool, do func(*backend) (T, error)) (result T, by *backend, k *class, err error) {
	for attempts := 0; ; attempts++ {
		began := time.Now()
		b := g.pick(c, began)
		for b == nil && attempts == 0 {
			if !alone || !c.pace(ctx, g, began) {
				k, err = c.nobodyLeft(ctx)
				return result, nil, k, err
			}
			began = time.Now()
			b = g.pick(c, began)
		}
		if b == nil {
			return result, by, k, err
		}
		by = b
		result, err = attempt(ctx, c, b, began, do)
		if err == nil {
			return result, b, nil, nil
		}
		k = c.judge(ctx, err)
		c.note(ctx, b, k, err, began)
		if !g.policy.next(k, attempts) {
			return result, by, k, err
		}
	}
}

// attempt asks one deployment. A model that panics leaves no trace in the accounts.
func attempt[T any](ctx context.Context, c *call, b *backend, began time.Time, do func(*backend) (T, error)) (result T, err error) {
	streams := false
	defer func() {
		if !streams {
			b.release(c)
		}
	}()
	result, err = do(b)
	err = c.worded(ctx, b, err)
	switch {
	case err != nil:
	case c.channel:
		streams = true // the relay ends it
	default:
		b.serve(began)
	}
	return result, err
}

// note records a failure with the deployment, and for the caller.
func (c *call) note(ctx context.Context, b *backend, k *class, err error, began time.Time) {
	if k == callersOwn {
		return
	}
	now := time.Now()
	b.fail(c, k, err, began, now)
	t := trial{backend: b}
	if k == rateLimited {
		t.stated = statedWait(err)
	}
	c.tried = append(c.tried, t)
	c.passed = append(c.passed, b.entry.ID+": "+reason(k, err))
	if !k.warn {
		c.log.DebugContext(ctx, "deployment failed", "model", c.group().name, "deployment", b.entry.ID, "reason", reason(k, err))
		return
	}
	hint := ""
	if e := azureadv1.AsError(err); e != nil {
		hint = e.Hint
	}
	c.log.WarnContext(ctx, "deployment cannot serve until someone sets it right",
		"model", c.group().name, "deployment", b.entry.ID, "reason", reason(k, err), "hint", hint)
}

// next tells whether a failure lets another deployment of the group be asked.
func (p *policy) next(k *class, attempts int) bool {
	if n, ok := p.perClass[k.name]; ok && (k.next || k.billed) {
		return attempts < n
	}
	return k.next && attempts < p.retries
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
		if end, ok := ctx.Deadline(); ok && end.Before(c.deadline) {
			c.deadline = end
		}
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

// settle charges what an answer used beyond what its call was admitted with.
func (c *call) settle(b *backend, info map[string]any) {
	if used, ok := info["TotalTokens"].(int); ok {
		b.limits.Load().charge(time.Now(), used-c.tokens)
	}
}
