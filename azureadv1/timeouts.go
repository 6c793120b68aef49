package azureadv1

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/openai/openai-go/v3/option"
)

// timeoutError is one of Config's limits, run out. To errors.Is it is context.DeadlineExceeded, as users expect of a
// deadline, though their own context has not ended.
type timeoutError struct {
	field string
	limit time.Duration
	what  string
}

func (e *timeoutError) Error() string {
	return fmt.Sprintf("azureadv1: %s within %s (Config.%s)", e.what, e.limit, e.field)
}

// Timeout marks the error for net.Error's readers.
func (e *timeoutError) Timeout() bool { return true }

func (e *timeoutError) Is(target error) bool {
	return target == context.DeadlineExceeded || target == os.ErrDeadlineExceeded
}

// send makes one request under the limits on silence. One that waits too long for its first byte is not tried again: it
// may be billed already.
func (c *Client) send(x *exchange, req *http.Request, next option.MiddlewareNext) (*http.Response, error) {
	x.attempts.Add(1)
	ctx, cancel := context.WithCancelCause(req.Context())
	silence := &timeoutError{"FirstByteTimeout", c.firstByte, "no answer"}
	var timer *time.Timer
	if c.firstByte > 0 {
		timer = time.AfterFunc(c.firstByte, func() { cancel(silence) })
	}
	res, err := next(req.WithContext(ctx))
	fired := timer != nil && !timer.Stop()
	if err != nil {
		cancel(err)
		if errors.Is(context.Cause(ctx), silence) {
			return refuse(req, silence), nil
		}
		lost := &lostError{x: x, cause: c.lost(req, x, err)}
		c.log.Debug("attempt failed", "error", lost)
		if _, distrust := errors.AsType[*tls.CertificateVerificationError](err); distrust {
			return refuse(req, lost), nil // the next attempt would meet the same certificate
		}
		return nil, lost
	}
	if fired { // just as the header arrived: the request's context has ended, and the body with it
		cancel(silence)
		_ = res.Body.Close()
		return refuse(req, silence), nil
	}
	if res.Request == nil {
		res.Request = req // a RoundTripper of the user's may not have set it
	}
	res.Body = newIdleBody(ctx, cancel, res.Body, c.idle)
	if res.StatusCode >= 400 {
		x.takeText(res)
	}
	return res, nil
}

// lost explains an attempt that got no answer.
func (c *Client) lost(req *http.Request, x *exchange, err error) error {
	err = x.withoutSecrets(req, err)
	if c.cfg.HTTPClient == nil && req.Context().Err() == nil && noConnection(err) {
		return fmt.Errorf("%w: %w", &timeoutError{"ConnectTimeout", limit(c.cfg.ConnectTimeout, defaultConnectTimeout), "no connection"}, err)
	}
	return namely(req.Context(), err)
}

// noConnection tells a dial or a TLS handshake that took too long. For the latter net/http has a text and no type.
func noConnection(err error) bool {
	if op, ok := errors.AsType[*net.OpError](err); ok && op.Op == "dial" && op.Timeout() {
		return true
	}
	return strings.HasSuffix(err.Error(), "TLS handshake timeout")
}

// idleBody ends an answer that has fallen silent, and its context when it is closed.
type idleBody struct {
	body   io.ReadCloser
	ctx    context.Context //nolint:containedctx // it is the answer's own, made for it and ended with it
	cancel context.CancelCauseFunc
	err    *timeoutError
	timer  *time.Timer // nil for no limit
}

func newIdleBody(ctx context.Context, cancel context.CancelCauseFunc, body io.ReadCloser, idle time.Duration) *idleBody {
	b := &idleBody{body: body, ctx: ctx, cancel: cancel}
	if idle > 0 {
		b.err = &timeoutError{"StreamIdleTimeout", idle, "no further byte of the answer"}
		b.timer = time.AfterFunc(idle, func() { cancel(b.err) })
		b.timer.Stop()
	}
	return b
}

// Read counts only the time spent waiting in it: a slow reader is not a silent service.
func (b *idleBody) Read(p []byte) (int, error) {
	if b.timer != nil {
		b.timer.Reset(b.err.limit)
		defer b.timer.Stop()
	}
	n, err := b.body.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		if limit, ok := errors.AsType[*timeoutError](context.Cause(b.ctx)); ok {
			return n, limit
		}
		err = namely(b.ctx, err)
	}
	return n, err
}

// namely puts a context's own error in front of the cause that its owner gave: net/http returns the cause alone, and
// errors.Is would not see that the caller has left.
func namely(ctx context.Context, err error) error {
	if end := ctx.Err(); end != nil && !errors.Is(err, end) {
		return fmt.Errorf("%w: %w", end, err)
	}
	return err
}

func (b *idleBody) Close() error {
	if b.timer != nil {
		b.timer.Stop()
	}
	err := b.body.Close()
	b.cancel(context.Canceled)
	return err
}
