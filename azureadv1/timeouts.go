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
	"sync/atomic"
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

// silence is the limit of a field; nil for none.
func silence(field string, limit time.Duration, what string) *timeoutError {
	if limit <= 0 {
		return nil
	}
	return &timeoutError{field, limit, what}
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
	w := x.newWatch(x.attempts.Add(1))
	w.start(req.Context())
	w.begin(c.firstByte)
	attempt := req.WithContext(w.ctx) //nolint:contextcheck // it is the request's, with an end of its own
	x.carry(attempt)
	res, err := next(attempt)
	fired := !w.end()
	if err != nil {
		w.cancel(err)
		if limit, ok := w.ranOut(); ok {
			return refuse(req, limit), nil
		}
		lost := &lostError{x: x, cause: c.lost(req, x, err)}
		c.log.DebugContext(req.Context(), "attempt failed", "url", redactURL(req.URL), "error", lost)
		if _, distrust := errors.AsType[*tls.CertificateVerificationError](err); distrust {
			return refuse(req, lost), nil // the next attempt would meet the same certificate
		}
		return nil, lost
	}
	if fired { // just as the header arrived: the request's context has ended, and the body with it
		w.cancel(c.firstByte)
		_ = res.Body.Close()
		return refuse(req, c.firstByte), nil
	}
	if res.Request == nil {
		res.Request = attempt // a RoundTripper of the user's may not have set it
	}
	w.limit, w.body = c.idle, res.Body
	res.Body = w
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

// watch ends an attempt that has fallen silent: first the wait for the answer, then, as the answer's body, each wait for
// more of it.
type watch struct {
	ctx    context.Context //nolint:containedctx // it is the attempt's own, made for it and ended with it
	cancel context.CancelCauseFunc
	limit  *timeoutError // what is watched now; nil for no limit. It changes only while the timer is at rest.
	timer  *time.Timer
	fired  atomic.Bool
	body   io.ReadCloser
}

func (x *exchange) newWatch(attempt int32) *watch {
	if attempt == 1 {
		return &x.first
	}
	return new(watch)
}

func (w *watch) start(ctx context.Context) { w.ctx, w.cancel = context.WithCancelCause(ctx) }

func (w *watch) begin(limit *timeoutError) {
	w.limit = limit
	switch {
	case limit == nil:
	case w.timer == nil:
		w.timer = time.AfterFunc(limit.limit, w.fire)
	default:
		w.timer.Reset(limit.limit)
	}
}

func (w *watch) fire() {
	w.fired.Store(true)
	w.cancel(w.limit)
}

// end is false when the limit has run out.
func (w *watch) end() bool { return w.limit == nil || w.timer.Stop() }

// ranOut tells the limit that ended the attempt, if one did. The cause alone does not tell: a program that cancels many
// calls because of one's error gives them that error, which may be a limit's.
func (w *watch) ranOut() (*timeoutError, bool) {
	return w.limit, w.fired.Load() && context.Cause(w.ctx) == error(w.limit) //nolint:errorlint // a sibling's error may wrap the same limit
}

// Read counts only the time spent waiting in it: a slow reader is not a silent service.
func (w *watch) Read(p []byte) (int, error) {
	w.begin(w.limit)
	n, err := w.body.Read(p)
	w.end()
	if err != nil && !errors.Is(err, io.EOF) {
		if limit, ok := w.ranOut(); ok {
			return n, limit
		}
		err = namely(w.ctx, err)
	}
	return n, err
}

// Close ends the answer, and its context.
func (w *watch) Close() error {
	if w.timer != nil {
		w.timer.Stop()
	}
	err := w.body.Close()
	w.cancel(context.Canceled)
	return err
}

// namely puts a context's own error in front of the cause that its owner gave: net/http returns the cause alone, and
// errors.Is would not see that the caller has left.
func namely(ctx context.Context, err error) error {
	if end := ctx.Err(); end != nil && !errors.Is(err, end) {
		return fmt.Errorf("%w: %w", end, err)
	}
	return err
}
