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

// ended is the error of a call whose context has ended.
func ended(ctx context.Context, what string, cause error) *llms.Error {
	code, word := llms.ErrCodeCanceled, azureadv1.CodeCanceled
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		code, word = llms.ErrCodeTimeout, azureadv1.CodeTimeout
	}
	return newError(code, &azureadv1.Error{Code: word, Message: what + ": " + ctx.Err().Error()}, errors.Join(ctx.Err(), cause))
}

// nobodyLeft is the failure of a group none of whose deployments may be asked.
func (c *call) nobodyLeft(ctx context.Context) (*class, error) {
	if ctx.Err() != nil {
		return callersOwn, ended(ctx, fmt.Sprintf("the call waited for a limit of %q", c.group().name), context.Cause(ctx))
	}
	return nobody, c.parked(time.Now(), nil)
}

// parked is the rate limit of a call that no deployment can serve for now, with the smallest wait. It says of each why.
func (c *call) parked(now time.Time, cause error) *llms.Error {
	wait := time.Duration(math.MaxInt64)
	var why []string
	for _, g := range c.visited {
		for b := range g.all() {
			rest := c.rest(b, now)
			wait = min(wait, rest)
			said := "its rpm or tpm"
			if p := c.state.Parking(b.entry.ID); p.Until.After(now) {
				said = p.Reason
			} else if c.hasTried(b) {
				said = "429"
			}
			why = append(why, fmt.Sprintf("%s for %s (%s)", b.entry.ID, rest.Round(time.Millisecond), said))
		}
	}
	const shown = 5
	if len(why) > shown {
		why = append(why[:shown], fmt.Sprintf("and %d more", len(why)-shown))
	}
	return newError(llms.ErrCodeRateLimit, &azureadv1.Error{
		Code: CodeParked, RetryAfter: max(wait, time.Millisecond), StatusCode: statusOf(cause),
		Message: fmt.Sprintf("no deployment of %q can be called: %s", c.visited[0].name, strings.Join(why, ", ")),
		Hint:    "Try again after RetryAfter, or add a deployment or a fallback to the models file.",
	}, cause)
}

// resting tells that none of several deployments can be called for now.
func (c *call) resting(now time.Time) bool {
	count := 0
	for _, g := range c.visited {
		for b := range g.all() {
			if c.rest(b, now) == 0 {
				return false
			}
			count++
		}
	}
	return count > 1
}

// ended is the error of a call that nobody served.
func (c *call) ended(ctx context.Context, by *backend, k *class, err error) error {
	if c.isOwn(err) {
		return c.own.Load().err // as it was returned
	}
	now := time.Now()
	if k.next && ctx.Err() == nil && c.resting(now) {
		err = c.parked(now, err)
	}
	theirs, ok := errors.AsType[*llms.Error](err)
	if !ok {
		theirs = newError(llms.ErrCodeUnknown, &azureadv1.Error{Message: err.Error()}, err)
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

func statusOf(err error) int {
	if e := azureadv1.AsError(err); e != nil {
		return e.StatusCode
	}
	return 0
}
