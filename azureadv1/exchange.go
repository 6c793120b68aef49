package azureadv1

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"sync/atomic"

	"github.com/openai/openai-go/v3/option"
)

// exchange is one call over all of its attempts: what it is, for errors, and what happened, for diagnosis. What else a
// call needs pointers to is in the same piece of memory.
type exchange struct {
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

	context exchangeContext
	payload []byte         // what is sent, until it is; nil for nothing, or for what openai-go has in its own hands
	answer  *http.Response // what came, until it is handed over
	first   watch          // of the first attempt
}

type exchangeKey struct{}

// under returns the context that the call runs under, on top of the caller's.
func (x *exchange) under(ctx context.Context) context.Context {
	x.context = exchangeContext{ctx, x}
	return &x.context
}

// run makes the call through openai-go. The payload is put on each attempt in carry. Of it nothing is kept: a token
// provider that is deaf to its context may hold that for long, and the exchange with it.
func (x *exchange) run(ctx context.Context, method, ref string, payload []byte, opts ...option.RequestOption) (*http.Response, error) {
	x.payload = payload
	err := x.client.direct.Execute(x.under(ctx), method, ref, nil, &x.answer, opts...)
	res := x.answer
	x.payload, x.answer = nil, nil
	return res, err
}

// carry puts the payload on a request. openai-go would wrap it in a type of its own, in which net/http cannot see that it
// is in memory: the header would be sent ahead of it, in a packet and a TLS record more (newTransferWriter in
// net/http/transfer.go).
func (x *exchange) carry(req *http.Request) {
	payload := x.payload
	if payload == nil {
		return
	}
	if len(req.Header["Content-Type"]) == 0 {
		req.Header["Content-Type"] = []string{"application/json"}
	}
	read := func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(payload)), nil }
	req.Body, _ = read()
	req.GetBody, req.ContentLength = read, int64(len(payload))
}

// exchangeContext is context.WithValue for an exchange. Token providers and log handlers get it, and may print it: it shows
// nothing of the call.
type exchangeContext struct {
	context.Context //nolint:containedctx // the caller's

	x *exchange
}

// Value implements context.Context.
func (c *exchangeContext) Value(key any) any {
	if key == (exchangeKey{}) {
		return c.x
	}
	return c.Context.Value(key)
}

// String names the parent as package context does, and never opens it.
func (c *exchangeContext) String() string {
	name := fmt.Sprintf("%T", c.Context)
	if s, ok := c.Context.(fmt.Stringer); ok {
		name = s.String()
	}
	return name + ".WithValue(azureadv1.exchange)"
}

func exchangeFrom(ctx context.Context) *exchange {
	x, _ := ctx.Value(exchangeKey{}).(*exchange)
	return x
}

// platformHeaders are those in which openai-go tells OpenAI on what it runs: some 170 bytes, of which Azure has no use.
// They stay away from the requests of Post and Do; OpenAI() is openai-go as it is.
var platformHeaders = [...]string{
	"X-Stainless-Arch", "X-Stainless-Lang", "X-Stainless-Os", "X-Stainless-Package-Version", "X-Stainless-Runtime", "X-Stainless-Runtime-Version",
}

// join returns the request's exchange. That of Post or Do is there, and the platform's headers go. A call made through
// OpenAI() has none yet: its first attempts are counted from openai-go's own header.
func (c *Client) join(req *http.Request) (*exchange, *http.Request) {
	if x := exchangeFrom(req.Context()); x != nil {
		for _, name := range platformHeaders {
			delete(req.Header, name)
		}
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
