package registry

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"strings"
	"time"

	"github.com/tmc/langchaingo/llms"

	"github.com/seed-a739af98/langchaingo-azure/azureadv1"
)

// CodeParked is the Code of the *azureadv1.Error for a call that no deployment could be asked for: each is parked, or at
// its own limit. Its RetryAfter is the smallest wait. Nothing was sent, or what was sent was refused.
const CodeParked = "deployments_parked"

// provider is what llms.Error.Provider says of the registry's own errors.
const provider = "registry"

// nobody is the class of a call that no deployment could be asked for.
var nobody = &class{name: "Parked"}

// joined is an error of ours with what it stands for: the *azureadv1.Error that every failure has, and the cause.
type joined struct {
	as    *azureadv1.Error
	cause error
}

func (j *joined) Error() string { return j.as.Error() }

func (j *joined) Unwrap() []error {
	if j.cause == nil {
		return []error{j.as}
	}
	return []error{j.as, j.cause}
}

func newError(code llms.ErrorCode, as *azureadv1.Error, cause error) *llms.Error {
	e := llms.NewError(code, provider, as.Message).WithCause(&joined{as, cause})
	if as.RetryAfter > 0 {
		e.Details["RetryAfter"] = as.RetryAfter
	}
	return e
}

// invalid is a call that could not be right; nothing was sent.
func invalid(code llms.ErrorCode, format string, args ...any) error {
	return newError(code, &azureadv1.Error{Code: azureadv1.CodeInvalid, Message: fmt.Sprintf(format, args...)}, nil)
}

// nobodyLeft is the failure of a group none of whose deployments may be asked.
func (c *call) nobodyLeft(ctx context.Context, g *group) (*class, error) {
	if err := context.Cause(ctx); err != nil {
		code, word := llms.ErrCodeCanceled, azureadv1.CodeCanceled
		if errors.Is(ctx.Err(), context.DeadlineExceeded) {
			code, word = llms.ErrCodeTimeout, azureadv1.CodeTimeout
		}
		return callersOwn, newError(code, &azureadv1.Error{
			Code: word, Message: fmt.Sprintf("the call ended while it waited for a limit of %q: %s", g.name, ctx.Err()),
		}, errors.Join(ctx.Err(), err))
	}
	now := time.Now()
	c.wait(g, now)
	return nobody, newError(llms.ErrCodeRateLimit, &azureadv1.Error{
		Code: CodeParked, RetryAfter: c.soonest, Message: c.parked(g, now),
		Hint: "Try again after RetryAfter, or add a deployment or a fallback to the models file.",
	}, nil)
}

// wait keeps the smallest wait of all the groups that were tried.
func (c *call) wait(g *group, now time.Time) {
	if wait, _ := g.free(c, now); wait < math.MaxInt64 && (c.soonest == 0 || wait < c.soonest) {
		c.soonest = max(wait, time.Millisecond)
	}
}

// parked says of every deployment of a group why it cannot be called.
func (c *call) parked(g *group, now time.Time) string {
	var why []string
	for _, t := range g.tiers {
		for _, b := range t.backends {
			if p := c.state.Parking(b.entry.ID); p.Until.After(now) {
				why = append(why, fmt.Sprintf("%s for %s (%s)", b.entry.ID, p.Until.Sub(now).Round(time.Millisecond), p.Reason))
			} else if w := b.limits.Load().wait(now, c.tokens); w > 0 {
				why = append(why, fmt.Sprintf("%s for %s (its rpm or tpm)", b.entry.ID, w.Round(time.Millisecond)))
			}
		}
	}
	const shown = 5
	if len(why) > shown {
		why = append(why[:shown], fmt.Sprintf("and %d more", len(why)-shown))
	}
	return fmt.Sprintf("no deployment of %q can be called: %s", g.name, strings.Join(why, ", "))
}

// ended is the error of a call that nobody served.
func (c *call) ended(first *group, by *backend, k *class, err error) error {
	if k == callersOwn && !isOurs(err) {
		return err // the caller's own streaming function ended it
	}
	if k == rateLimited && len(c.passed) > 1 {
		now := time.Now()
		c.wait(c.group, now)
		err = newError(llms.ErrCodeRateLimit, &azureadv1.Error{
			Code: CodeParked, StatusCode: statusOf(err), RetryAfter: c.soonest, Message: c.parked(c.group, now),
		}, err)
	}
	theirs, ok := errors.AsType[*llms.Error](err)
	if !ok {
		theirs = newError(llms.ErrCodeUnknown, &azureadv1.Error{Message: first.name + ": " + err.Error()}, err)
	}
	out := *theirs
	out.Details = maps.Clone(theirs.Details)
	if out.Details == nil {
		out.Details = map[string]any{}
	}
	if by != nil {
		out.Details["Backend"] = by.entry.ID
	}
	if len(c.passed) > 0 {
		out.Details["Failovers"] = c.passed
	}
	return &out
}

func isOurs(err error) bool {
	_, ok := errors.AsType[*llms.Error](err)
	return ok
}

func statusOf(err error) int {
	if e := azureadv1.AsError(err); e != nil {
		return e.StatusCode
	}
	return 0
}
