package redisstate

import (
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/redis/go-redis/v9"
)

const (
	defaultKey     = "azureadv1:parked"
	defaultRefresh = time.Second
	defaultTimeout = 500 * time.Millisecond
	// shortest keeps a slip of units (Refresh: 5) from turning into a busy loop against Redis.
	shortest = 10 * time.Millisecond
)

// Options say where the shared parkings lie and how often they are read. The zero value has every default.
type Options struct {
	// Key is the sorted set in Redis. Registries that share parkings use the same one, and give a deployment the same id.
	// Empty means "azureadv1:parked". It holds nothing else; a key of another type is reported as an outage.
	Key string
	// Refresh is how often the set is read, and so how late another replica's parking may be seen here. Zero means one
	// second; below 10 ms is an error. While Redis is down it is also how often it is tried.
	Refresh time.Duration
	// Timeout bounds one round trip to Redis, connecting included. No call of a model waits for it; [State.Close] may.
	// Zero means 500 ms; below 10 ms is an error.
	Timeout time.Duration
	// Logger is told when an outage of Redis begins (a warning) and ends. Nil means silence.
	Logger *slog.Logger
}

func (o Options) withDefaults() (Options, error) {
	if o.Key == "" {
		o.Key = defaultKey
	}
	if o.Refresh == 0 {
		o.Refresh = defaultRefresh
	}
	if o.Timeout == 0 {
		o.Timeout = defaultTimeout
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Refresh < shortest {
		return o, fmt.Errorf("redisstate: Options.Refresh is %v: give at least %v, or 0 for %v", o.Refresh, shortest, defaultRefresh)
	}
	if o.Timeout < shortest {
		return o, fmt.Errorf("redisstate: Options.Timeout is %v: give at least %v, or 0 for %v", o.Timeout, shortest, defaultTimeout)
	}
	return o, nil
}

// usable refuses clients that would hold Close up or mix up servers. Without ContextTimeoutEnabled, go-redis takes no
// notice of a context's deadline once a command is sent. (Its Client.WithTimeout is no way round: it drops the client's hooks.)
func usable(client redis.UniversalClient) error {
	var heedsDeadlines bool
	switch c := client.(type) {
	case nil:
		return errors.New("redisstate: no client: give New the result of redis.NewClient or redis.NewUniversalClient")
	case *redis.Client:
		if c == nil {
			return errors.New("redisstate: the *redis.Client is nil")
		}
		heedsDeadlines = c.Options().ContextTimeoutEnabled
	case *redis.ClusterClient:
		if c == nil {
			return errors.New("redisstate: the *redis.ClusterClient is nil")
		}
		heedsDeadlines = c.Options().ContextTimeoutEnabled
	case *redis.Ring:
		return errors.New("redisstate: a redis.Ring spreads one transaction over several servers: give New a client of one of them")
	default:
		return nil // A wrapper, whose maker knows what it wraps.
	}
	if !heedsDeadlines {
		return errors.New("redisstate: the client takes no notice of deadlines: set ContextTimeoutEnabled to true in its options")
	}
	return nil
}
