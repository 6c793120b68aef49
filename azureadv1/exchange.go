package azureadv1

import (
	"bytes"
	"context"
	"net/http"
	"strconv"
	"sync/atomic"
)

// exchange is one call over all of its attempts: what it is, for errors, and what happened, for diagnosis. It is the
// context that the call runs under, too, and holds what openai-go wants pointers to: all in one piece of memory.
type exchange struct {
	context.Context //nolint:containedctx // the caller's

	client     *Client
	op         Operation
	deployment string
	returned   bool         // Post has returned an answer: the body of the request is its caller's again
	observed   *observation // nil without telemetry
	attempts   atomic.Int32
	text       []byte         // the body of the last answer, where that was an error; as refresh
	unread     error          // why text may not be all of it; as refresh
	refused    error          // the decision of ours that left as a made-up answer; as refresh
	failed     *http.Response // the answer after which another attempt may be waited for; as refresh
	rejected   string         // the token that was refused before the one in use, which an answer may quote; as refresh
	refresh    error          // why a refused token could not be replaced; written by the attempt's goroutine only

	body   bytes.Buffer   // what is sent
	answer *http.Response // what came; nil for none
	first  watch          // of the first attempt
}

type exchangeKey struct{}

// under returns the context that the call runs under, on top of the caller's.
func (x *exchange) under(ctx context.Context) context.Context {
	x.Context = ctx
	return x
}

// Value implements context.Context.
func (x *exchange) Value(key any) any {
	if key == (exchangeKey{}) {
		return x
	}
	return x.Context.Value(key)
}

func exchangeFrom(ctx context.Context) *exchange {
	x, _ := ctx.Value(exchangeKey{}).(*exchange)
	return x
}

// join returns the request's exchange. A call made through OpenAI() has none yet: its first attempts are counted from
// openai-go's own header.
func (c *Client) join(req *http.Request) (*exchange, *http.Request) {
	if x := exchangeFrom(req.Context()); x != nil {
		return x, req
	}
	x := &exchange{client: c}
	x.op, x.deployment = c.target.route.recognise(req.URL)
	if n, err := strconv.ParseInt(req.Header.Get("X-Stainless-Retry-Count"), 10, 16); err == nil {
		x.attempts.Store(int32(n))
	}
	return x, req.WithContext(x.under(req.Context()))
}

// Attempts tells how many attempts an answer of [Client.Post] took: 1 when the first was good, one more for each retry
// and for each replay after a refused token. It is 0 for an answer that is not a Client's.
func Attempts(res *http.Response) int {
	if res == nil {
		return 0
	}
	return int(exchangeOf(res).attempts.Load())
}
