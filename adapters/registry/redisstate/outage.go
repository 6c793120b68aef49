package redisstate

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"strings"
	"syscall"
	"time"

	"github.com/redis/go-redis/v9"
)

// outage remembers whether Redis answers, and logs only when that changes. It belongs to one goroutine.
type outage struct {
	log   *slog.Logger
	key   string
	since time.Time // zero while Redis answers
}

func (o *outage) down() bool { return !o.since.IsZero() }

func (o *outage) note(ctx context.Context, err error) {
	switch {
	case ctx.Err() != nil: // Close cut it short, which says nothing about Redis.
	case err != nil && !o.down():
		o.since = time.Now()
		o.log.WarnContext(ctx, "redisstate: Redis cannot be used, parkings are this process's own until it can",
			slog.String("key", o.key), slog.String("cause", describe(err)))
	case err == nil && o.down():
		o.log.InfoContext(ctx, "redisstate: Redis can be used again, parkings are shared",
			slog.String("key", o.key), slog.Duration("outage", time.Since(o.since).Round(time.Millisecond)))
		o.since = time.Time{}
	}
}

// cause returns the first refusal of a single command in a transaction: the transaction's own error only says that there was one.
func cause(cmds []redis.Cmder, err error) error {
	for _, cmd := range cmds {
		if refused, ok := errors.AsType[redis.Error](cmd.Err()); ok && !strings.HasPrefix(refused.Error(), "EXECABORT") {
			return fmt.Errorf("%s: %w", cmd.Name(), refused)
		}
	}
	return err
}

// advice is what to do about the error codes of Redis that do not go away by waiting.
var advice = map[string]string{
	"NOAUTH":      "the client needs a password",
	"WRONGPASS":   "the client's user name or password is wrong",
	"NOPERM":      "the user's ACL lacks a command or the key; the documentation of package redisstate lists them",
	"EXECABORT":   "a command was refused; the documentation of package redisstate lists those the user's ACL must allow",
	"WRONGTYPE":   "the key holds something else; choose another Options.Key",
	"READONLY":    "this server is a replica; connect to the primary",
	"MISCONF":     "the server refuses writes because it cannot save to disk",
	"OOM":         "the server is out of memory",
	"CLUSTERDOWN": "the cluster lacks a node for this key",
	"LOADING":     "the server is starting",
}

// describe says what went wrong in words of this package. The errors of go-redis and of the server are not quoted: they
// hold addresses, and an old server repeats the arguments of a command it does not know, the password of HELLO among them.
func describe(err error) string {
	if refused, ok := errors.AsType[redis.Error](err); ok {
		code, _, _ := strings.Cut(refused.Error(), " ")
		if what, known := advice[code]; known {
			return code + ": " + what
		}
		return "Redis refused a command"
	}
	timeout, isNet := errors.AsType[net.Error](err)
	switch {
	case errors.Is(err, redis.ErrClosed):
		return "the client is closed; close the State before it"
	case errors.Is(err, redis.ErrPoolTimeout):
		return "all connections of the client are in use"
	case errors.Is(err, context.DeadlineExceeded), isNet && timeout.Timeout():
		return "no connection or no answer within Options.Timeout"
	case errors.Is(err, syscall.ECONNREFUSED), errors.Is(err, syscall.ENOENT):
		return "connection refused: no server listens there"
	case errors.Is(err, io.EOF), errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return "the server closed the connection"
	}
	if _, ok := errors.AsType[*net.DNSError](err); ok {
		return "the server's host name is not known"
	}
	return fmt.Sprintf("the exchange failed (%T)", err)
}
