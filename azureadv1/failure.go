package azureadv1

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/openai/openai-go/v3"

	"github.com/seed-a739af98/langchaingo-azure/internal/wire"
)

// AsError returns the [*Error] in a chain, or makes one of openai-go's own error or of a connection's failure, for
// callers of [Client.OpenAI]. It is nil for nil, for the bare error of the caller's own context, and for an error that
// neither package made.
func AsError(err error) *Error {
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	if theirs, ok := errors.AsType[*openai.Error](err); ok && theirs.Response != nil {
		x := exchangeOf(theirs.Response)
		return x.failure(theirs.Response, err)
	}
	if lost, ok := errors.AsType[*lostError](err); ok {
		return lost.x.failure(nil, lost)
	}
	var local *localError
	var limit *timeoutError
	if errors.As(err, &local) || errors.As(err, &limit) {
		return (&exchange{}).failure(nil, err)
	}
	return nil
}

// exchangeOf is the exchange that an answer belongs to, an empty one for an answer of somebody else's.
func exchangeOf(res *http.Response) *exchange {
	if res.Request != nil {
		if x := exchangeFrom(res.Request.Context()); x != nil {
			return x
		}
	}
	return &exchange{}
}

// invalid is the failure of a call that nothing was sent for.
func (x *exchange) invalid(err error) *Error {
	return x.failure(nil, &localError{code: CodeInvalid, text: strings.TrimPrefix(err.Error(), "azureadv1: ")})
}

// failure makes the Error of a call: of the answer where there is one (openai-go's own error loses the bodies it does
// not expect), else of the error.
func (x *exchange) failure(res *http.Response, err error) *Error {
	e := &Error{Op: string(x.op), Deployment: shownValue(x.deployment), Attempts: int(x.attempts.Load())}
	if x.client != nil && x.op != "" {
		e.URL = x.client.target.shown(x.op, e.Deployment)
	}
	if res == nil || res.StatusCode < 400 || x.refused != nil {
		e.local(x, err)
		return e
	}
	body := x.text
	if x.client == nil { // openai-go's error of a client that is not ours
		body, _ = io.ReadAll(io.LimitReader(res.Body, maxErrorBody))
		res.Body = io.NopCloser(bytes.NewReader(body))
	}
	e.answered(res, body)
	if len(body) == 0 && x.unread != nil {
		e.Message = "the answer's body could not be read: " + strings.TrimPrefix(x.unread.Error(), "azureadv1: ")
	}
	row := hintRowFor(e) // by the service's own words, before any of them is taken out
	e.scrub(x, res)
	e.cause = cmp.Or(x.unread, x.refresh)
	e.advise(row.advice(e, x, res))
	return e
}

func (e *Error) local(x *exchange, err error) {
	if lost, ok := err.(*lostError); ok { //nolint:errorlint // only the one made for this very call
		err = lost.cause
	}
	e.Code, e.cause = codeOf(err), err
	text := err.Error()
	if transport, ok := err.(*url.Error); ok { //nolint:errorlint // only the one net/http made for this very call
		// Its text quotes the URL, whose query may hold a gateway's key.
		text, e.cause = transport.Err.Error(), transport.Err
	}
	e.Message = clip(scrub(strings.TrimPrefix(text, "azureadv1: "), x.secrets(nil)), maxMessage)
	if local, ok := errors.AsType[*localError](err); ok {
		e.advise(local.advice)
	}
	if e.Hint == "" {
		e.advise(localAdvice(e.Code, err))
	}
	if x.failed != nil && (e.Code == CodeCanceled || e.Code == CodeTimeout) {
		e.afterFailed(x)
	}
}

// afterFailed tells what had gone wrong before a context ended the call, between two attempts.
func (e *Error) afterFailed(x *exchange) {
	res := x.failed
	secrets := x.secrets(res.Request)
	e.Message += fmt.Sprintf(", after an answer of status %d", res.StatusCode)
	e.RetryAfter = retryAfter(res.Header)
	e.RequestID, e.Region = printable(scrub(requestID(res.Header), secrets)), printable(scrub(res.Header.Get("X-Ms-Region"), secrets))
}

// answered fills in what the answer says.
func (e *Error) answered(res *http.Response, body []byte) {
	e.StatusCode = res.StatusCode
	e.RequestID = requestID(res.Header)
	e.Region = res.Header.Get("X-Ms-Region")
	e.RetryAfter = retryAfter(res.Header)
	if res.Request != nil && e.URL == "" {
		e.URL = redactURL(res.Request.URL)
	}
	w, ok := wire.ReadError(body)
	if !ok {
		e.Message = plainText(body)
		return
	}
	e.takeWords(w)
}

// takeWords fills in an error as the service words it.
func (e *Error) takeWords(w wire.Error) {
	e.known, e.Code, e.Type, e.Param, e.Message = true, w.Code, w.Type, w.Param, w.Message
	if len(w.Filter) > 0 || w.Code == "content_filter" {
		e.ContentFilter = &ContentFilter{Source: cmp.Or(w.FilterSource, "prompt")}
		for _, r := range w.Filter {
			e.ContentFilter.Results = append(e.ContentFilter.Results, FilterResult(r))
		}
	}
}

// scrub takes out what a gateway may have echoed.
func (e *Error) scrub(x *exchange, res *http.Response) {
	secrets := x.secrets(res.Request)
	limit := maxMessage
	if !e.known {
		limit = maxExcerpt
	}
	e.Message = clip(scrub(e.Message, secrets), quotableMessage) // a secret that is cut in two would not be found
	e.Message = clip(hidePrompt(e.Message, x.asked(res.Request)), limit)
	for _, field := range []*string{&e.Code, &e.Type, &e.Param, &e.RequestID, &e.Region} {
		*field = printable(scrub(*field, secrets))
	}
	if e.ContentFilter != nil {
		e.ContentFilter.scrub(secrets)
	}
}

func (f *ContentFilter) scrub(secrets []string) {
	f.Source = printable(scrub(f.Source, secrets))
	for i := range f.Results {
		r := &f.Results[i]
		r.Category, r.Severity = printable(scrub(r.Category, secrets)), printable(scrub(r.Severity, secrets))
		if shown := scrub(string(r.Detail), secrets); shown != string(r.Detail) {
			r.Detail = nil // it may be no JSON any more
		}
	}
}

// Bounds on what an answer brings into an Error, in bytes. Azure's own messages are below 1 KiB.
const (
	maxMessage = 4 << 10
	maxExcerpt = 500 // enough to recognise a gateway's page
	maxWord    = 200

	quotableMessage = 4 * maxMessage // how far a message is searched for quotations of the prompt
)

// plainText is an answer of unknown shape as one line.
func plainText(body []byte) string {
	if text := oneLine(strings.ToValidUTF8(string(body), "\uFFFD")); text != "" {
		return text
	}
	return "the answer has no body"
}

// oneLine takes out line breaks and whatever else would break a log's line.
func oneLine(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, s)
	return strings.Join(strings.Fields(s), " ")
}

// clip ends a text at a rune's boundary.
func clip(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	for !utf8.RuneStart(s[limit]) {
		limit--
	}
	return s[:limit] + "..."
}

// requestID is the id that support asks for: the only documented one, then what else gateways send.
func requestID(h http.Header) string {
	return cmp.Or(h.Get("Apim-Request-Id"), h.Get("X-Request-Id"), h.Get("X-Ms-Request-Id"))
}

// checkContentType refuses a success that is no answer of the three operations. A missing type passes: API Management
// may drop it.
func (x *exchange) checkContentType(res *http.Response) error {
	media := mediaType(res)
	if media == "" || media == "application/json" || strings.HasSuffix(media, "+json") || media == "text/event-stream" {
		return nil
	}
	return x.notAnAnswer(res)
}

// checkSuccess refuses whatever is no answer of the three operations, and a web page as a success of any other call that
// wants JSON or events. Only a file's content may be one.
func (x *exchange) checkSuccess(req *http.Request, res *http.Response) error {
	if res.StatusCode >= 300 {
		return nil
	}
	if _, ours := operations[x.op]; ours {
		return x.checkContentType(res)
	}
	wanted := req.Header.Get("Accept")
	if mediaType(res) != "text/html" ||
		(!strings.Contains(wanted, "json") && !strings.Contains(wanted, "event-stream")) {
		return nil
	}
	return x.notAnAnswer(res)
}

func mediaType(res *http.Response) string {
	given := res.Header.Get("Content-Type")
	if given == "application/json" || given == "text/event-stream" {
		return given
	}
	media, _, err := mime.ParseMediaType(given)
	if err != nil {
		return given
	}
	return media
}

func (x *exchange) notAnAnswer(res *http.Response) error {
	return &localError{
		code:   CodeContentType,
		text:   "the answer is " + printable(scrub(res.Header.Get("Content-Type"), x.secrets(res.Request))) + ", not JSON or an event stream",
		advice: advice{"Something in between answered in the service's place, such as a sign-in page or a proxy: check Endpoint.", "somebody-else"},
	}
}
