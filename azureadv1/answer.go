package azureadv1

import (
	"compress/flate"
	"compress/gzip"
	"errors"
	"net/http"
	"strings"

	"github.com/seed-a739af98/langchaingo-azure/internal/wire"
)

// AnswerError makes the [*Error] of an answer of [Client.Post] that began well and then failed: a connection that broke,
// a stream that was cut short or brought an error, a body that cannot be read. It is for adapters, which read bodies.
func AnswerError(res *http.Response, err error) *Error {
	x := exchangeOf(res)
	e := x.broken(res, err)
	x.observed.end(e)
	return e
}

// CallError makes the [*Error] of a call that could not be right, which an adapter refuses before anything is sent. Its
// Code is CodeInvalid. A key or token in the place of the deployment's name is not shown.
func (c *Client) CallError(op Operation, deployment, message string) *Error {
	x := &exchange{client: c, op: op, deployment: deployment}
	return x.invalid(errors.New(message))
}

func (x *exchange) broken(res *http.Response, err error) *Error {
	e := x.failure(nil, err)
	e.StatusCode, e.RequestID, e.Region = res.StatusCode, RequestID(res), res.Header.Get("X-Ms-Region")
	theirs, worded := errors.AsType[*wire.Error](err)
	code := answerCode(err)
	if !worded && code == "" {
		return e // the connection's failure, or the context's
	}
	if worded {
		e.takeWords(*theirs)
		row := hintRowFor(e) // by the service's own words, before any of them is taken out
		e.scrub(x, res)
		e.advise(row.advice(e, x, res))
	} else {
		e.Code, e.Message = code, strings.TrimPrefix(e.Message, "wire: ")
		e.scrub(x, res)
	}
	if code == CodeStreamTruncated {
		err = errors.Join(ErrStreamTruncated, err)
	}
	e.cause = &scrubbed{text: e.Message, cause: err}
	return e
}

// answerCode is our word for what is wrong with an answer; "" where the connection or the service has one.
func answerCode(err error) string {
	_, format := errors.AsType[*wire.FormatError](err)
	_, limit := errors.AsType[*wire.LimitError](err)
	switch {
	case errors.Is(err, wire.ErrTruncated):
		return CodeStreamTruncated
	case format, limit, errors.Is(err, ErrBadAnswer), garbled(err):
		return CodeBadAnswer
	default:
		return ""
	}
}

// garbled tells a body that says it is compressed and is not, or not well: net/http takes gzip off by itself.
func garbled(err error) bool {
	_, deflate := errors.AsType[flate.CorruptInputError](err)
	return deflate || errors.Is(err, gzip.ErrHeader) || errors.Is(err, gzip.ErrChecksum)
}

// scrubbed stands for a cause whose own text may quote the answer, and so what a gateway echoed in it. errors.Is sees
// through it; nothing that prints does.
type scrubbed struct {
	text  string
	cause error
}

func (s *scrubbed) Error() string { return s.text }

func (s *scrubbed) Is(target error) bool { return errors.Is(s.cause, target) }

// ErrBadAnswer marks what an adapter finds wrong with an answer that is well-formed: no choices, a vector too few.
var ErrBadAnswer = errors.New("the answer is not one to this request")

// RequestID is the id of an answer that Microsoft's support asks for; "" when it has none.
func RequestID(res *http.Response) string { return requestID(res.Header) }
