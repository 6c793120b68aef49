package registry

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/tmc/langchaingo/embeddings"
	"github.com/tmc/langchaingo/llms"

	"github.com/seed-a739af98/langchaingo-azure/azureadv1"
)

// backend is one deployment in a group.
type backend struct {
	*standing
	entry    *entry
	weight   float64
	builtIn  bool // its answers are made for one call, and hold no nil
	cooldown time.Duration
	alone    bool // in its group, with nothing to fall back to
	metadata map[string]any
	config   azureadv1.Config // of an azure entry

	build func() (llms.Model, int, error) // the model, and the serial of the factory that made it

	mu     sync.Mutex
	model  llms.Model // nil until built
	serial int
}

// buildError is a model that could not be made.
type buildError struct{ cause error }

func (e *buildError) Error() string { return e.cause.Error() }

func (e *buildError) Unwrap() error { return e.cause }

// made is the deployment's model. One of another provider is made when its name is first asked for, as providers may be
// registered after the file is read.
func (b *backend) made() (llms.Model, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.model != nil {
		return b.model, nil
	}
	m, serial, err := b.build()
	if err == nil && isNil(m) {
		err = fmt.Errorf("registry: %s: the factory of provider %q returned no model", b.entry.ID, b.entry.Provider)
	}
	if err != nil {
		return nil, &buildError{err}
	}
	b.model, b.serial = m, serial
	return m, nil
}

// isNil sees the nil pointer in an interface, too: a factory's usual mistake.
func isNil(m llms.Model) bool {
	if m == nil {
		return true
	}
	v := reflect.ValueOf(m)
	return v.Kind() == reflect.Pointer && v.IsNil()
}

// defaultMaxTokens is the token limit of the entry's own call parameters.
func (b *backend) defaultMaxTokens() int {
	var o llms.CallOptions
	for _, option := range b.entry.defaults {
		option(&o)
	}
	return max(o.MaxTokens, 0)
}

// embedder is the deployment's model as a maker of vectors.
func (b *backend) embedder() (embeddings.EmbedderClient, error) {
	m, err := b.made()
	if err != nil {
		return nil, err
	}
	if e, ok := m.(embeddings.EmbedderClient); ok {
		return e, nil
	}
	return nil, &buildError{fmt.Errorf("registry: %s: the model of provider %q makes no embeddings: %T has no CreateEmbedding",
		b.entry.ID, b.entry.Provider, m)}
}

// fail records what a failure says about the deployment.
func (b *backend) fail(c *call, k *class, err error, began, now time.Time) {
	b.failed.Add(1)
	p := c.group().policy
	stated := statedWait(err)
	struck := k.strike && b.strike(began, now, p.allowedFails)
	switch {
	case p.noCooldowns, stated == 0 && b.cooldown == 0:
		return
	case b.alone && (k != rateLimited || stated == 0):
		return // to leave it alone would help nobody
	case !k.park && !struck && (!k.strike || stated == 0):
		return
	}
	until := b.pause(began, now, stated, b.cooldown)
	c.state.Park(b.entry.ID, Parking{Until: until, Reason: reason(k, err)})
}

// statedWait is the wait that the service asked for; 0 when it named none.
func statedWait(err error) time.Duration {
	if e := azureadv1.AsError(err); e != nil {
		return e.RetryAfter
	}
	return 0
}

// reason is a failure as a few words, none of which the service chose freely: they are logged, shared and shown.
func reason(k *class, err error) string {
	e := azureadv1.AsError(err)
	switch {
	case e == nil:
		return k.name
	case e.StatusCode != 0 && e.RetryAfter > 0:
		return fmt.Sprintf("%d: retry after %s", e.StatusCode, e.RetryAfter)
	case e.StatusCode != 0 && isWord(e.Code):
		return fmt.Sprintf("%d: %s", e.StatusCode, e.Code)
	case e.StatusCode != 0:
		return strconv.Itoa(e.StatusCode)
	default:
		return e.Code
	}
}

// isWord tells a code such as DeploymentNotFound or context_length_exceeded from whatever else a gateway may put there.
func isWord(code string) bool {
	const longest = 40
	return code != "" && len(code) <= longest && !strings.ContainsFunc(code, func(r rune) bool {
		return r != '_' && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
	})
}
