package azureadv1

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/openai/openai-go/v3/option"
)

// attempt is the middleware around every attempt: it puts the credential on, renews a refused token once, and settles
// what openai-go's retry loop will see.
func (c *Client) attempt(req *http.Request, next option.MiddlewareNext) (*http.Response, error) {
	x, req := c.join(req)
	x.failed = nil
	if err := c.guard(req); err != nil {
		return refuse(req, err), nil
	}
	token, err := c.authorize(req)
	if err != nil {
		return refuse(req, err), nil
	}
	res, err := c.send(x, req, next)
	if err == nil && res.StatusCode == http.StatusUnauthorized && c.auth.ask != nil {
		res, err = c.renew(x, req, res, token, next)
	}
	if err != nil {
		return res, err
	}
	return c.settle(x, req, res), nil
}

// guard refuses a request that would carry the credential elsewhere, or carries another one.
func (c *Client) guard(req *http.Request) error {
	for _, name := range []string{"Authorization", "Api-Key"} {
		if len(req.Header[name]) > 0 {
			return refusedf("the request has a header %s of its own: credentials belong in Config", name)
		}
	}
	if req.URL.Opaque != "" || !c.sameOrigin(req.URL) || (req.Host != "" && !strings.EqualFold(req.Host, req.URL.Host)) {
		return refusedf("the request goes to %s, but this client's credential belongs to %s", originOf(req.URL), c.target.origin)
	}
	return nil
}

func (c *Client) sameOrigin(u *url.URL) bool {
	if host, ok := strings.CutPrefix(c.target.origin, u.Scheme+"://"); ok && host == u.Host {
		return true // letter by letter, as nearly always
	}
	own, err := url.Parse(c.target.origin)
	return err == nil && originOf(own) == originOf(u)
}

// originOf is scheme and host in lower case, with the port only where it is not the scheme's own (RFC 6454, 4).
func originOf(u *url.URL) string {
	scheme, host := strings.ToLower(u.Scheme), strings.ToLower(u.Host)
	switch scheme {
	case "https":
		host = strings.TrimSuffix(host, ":443")
	case "http":
		host = strings.TrimSuffix(host, ":80")
	}
	return scheme + "://" + host
}

// authorize asks for the credential and puts it on, with the configured headers. It returns the token that it used.
func (c *Client) authorize(req *http.Request) (token string, err error) {
	for name, values := range c.header {
		req.Header[name] = slices.Clone(values) // a middleware inside of this one may add to it
	}
	if c.auth.ask == nil {
		req.Header["Api-Key"] = []string{c.auth.key}
		return "", nil
	}
	ready, err := c.auth.ask(req.Context())
	if err != nil {
		code := CodeTokenProvider
		if ended := req.Context().Err(); ended != nil {
			code = codeOf(ended) // the caller's own context; a provider may have been cancelled by somebody else
		}
		return "", &localError{code: code, text: "token provider", cause: err, advice: adviceOn(err)}
	}
	req.Header["Authorization"] = []string{ready.header}
	return ready.token, nil
}

// renew answers a 401: it asks for another token, saying why, and replays the request once if there is one. Otherwise
// the refusal stands.
func (c *Client) renew(x *exchange, req *http.Request, res *http.Response, token string, next option.MiddlewareNext) (*http.Response, error) {
	d := demand{rejected: token, claims: claimsChallenge(res.Header)}
	if d.claims == "" && isPermissionDenied(x.text) {
		return res, nil
	}
	again, ok := replay(req)
	if !ok {
		return res, nil
	}
	c.log.InfoContext(req.Context(), "token refused, asking for another", "url", redactURL(req.URL), "claims_challenge", d.claims != "")
	fresh, err := c.auth.ask(withDemand(req.Context(), d))
	if err != nil {
		x.refresh = err
		return res, nil //nolint:nilerr // the refusal stands, and err goes into its Error
	}
	if fresh.token == token {
		return res, nil
	}
	x.rejected = token
	again.Header.Set("Authorization", fresh.header)
	_ = res.Body.Close()
	return c.send(x, again, next)
}

// replay is the request once more with its body from the start; ok is false when the body cannot be read again.
func replay(req *http.Request) (*http.Request, bool) {
	again := req.Clone(req.Context())
	if req.Body == nil || req.Body == http.NoBody {
		return again, true
	}
	if req.GetBody == nil {
		return nil, false
	}
	body, err := req.GetBody()
	if err != nil {
		return nil, false
	}
	again.Body = body
	return again, true
}

// settle makes an answer safe for openai-go's loop: neither a redirect nor a page or text passes for success, and waits
// nobody would sit out are not begun.
func (c *Client) settle(x *exchange, req *http.Request, res *http.Response) *http.Response {
	if res.StatusCode >= 300 && res.StatusCode < 400 {
		_ = res.Body.Close()
		err := x.redirectError(req, res)
		c.log.WarnContext(req.Context(), "redirect refused", "url", redactURL(req.URL), "status", res.StatusCode, "error", err)
		return refuse(req, err)
	}
	if err := x.checkSuccess(req, res); err != nil {
		_ = res.Body.Close()
		return refuse(req, err)
	}
	if res.StatusCode >= 400 {
		c.settleWait(req, res)
		x.failed = res
	}
	return res
}

func (x *exchange) redirectError(req *http.Request, res *http.Response) error {
	to := "an unnamed place"
	if target, err := res.Location(); err == nil {
		to = scrub(originOf(target), x.secrets(req))
	}
	return refusedf("%s answered %d with a redirect to %s, which is not followed: Azure OpenAI never redirects, so Endpoint is not the resource's (a sign-in page, or a gateway's)",
		originOf(req.URL), res.StatusCode, to)
}

// maxErrorBody is how much of an error's body is read; Azure's are below 4 KiB.
const maxErrorBody = 1 << 20

// takeText reads an error's body, so that nobody after this can fail at it: a body that breaks off, or never ends, still
// leaves its status and headers to go by.
func (x *exchange) takeText(res *http.Response) {
	x.text, x.unread = io.ReadAll(io.LimitReader(res.Body, maxErrorBody))
	_ = res.Body.Close()
	res.Body = io.NopCloser(bytes.NewReader(x.decodable(res)))
}

// decodable is an error's body as openai-go can decode it: where the member "error" is no object, openai-go's own error
// would be one of its JSON decoder, without the answer. Any other body stays as it is.
func (x *exchange) decodable(res *http.Response) []byte {
	if !bytes.HasPrefix(bytes.TrimSpace(x.text), []byte("{")) {
		return x.text
	}
	var body struct {
		Error json.RawMessage `json:"error"`
	}
	if err := json.Unmarshal(x.text, &body); err == nil && (len(body.Error) == 0 || body.Error[0] == '{') {
		return x.text
	}
	e := x.failure(res, nil)
	text, err := json.Marshal(map[string]map[string]string{"error": {"code": e.Code, "message": e.Message}})
	if err != nil {
		return x.text
	}
	return text
}

type failingReader struct{ err error }

func (r failingReader) Read([]byte) (int, error) { return 0, r.err }

// refuse is how a decision of ours leaves openai-go: it retries every plain error of a middleware, but hands back the
// error that reading a non-retriable answer gives.
func refuse(req *http.Request, err error) *http.Response {
	if req.Body != nil {
		_ = req.Body.Close()
	}
	if x := exchangeFrom(req.Context()); x != nil {
		x.refused = err
	}
	return &http.Response{
		Status: "400 Bad Request", StatusCode: http.StatusBadRequest,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header:  http.Header{"X-Should-Retry": {"false"}},
		Body:    io.NopCloser(failingReader{err}),
		Request: req,
	}
}

func refusedf(format string, args ...any) error {
	return &localError{code: CodeRefused, text: fmt.Sprintf(format, args...)}
}
