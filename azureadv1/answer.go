package azureadv1

import (
	"errors"
	"net/http"

	"github.com/seed-a739af98/langchaingo-azure/internal/wire"
)

// AnswerError makes the [*Error] of an answer of [Client.Post] that began well and then failed: a connection that broke,
// a stream that was cut short or brought an error, a body that cannot be read. It is for adapters, which read bodies.
func AnswerError(res *http.Response, err error) *Error {
	x := exchangeOf(res)
	e := x.failure(nil, err)
	e.StatusCode, e.RequestID, e.Region = res.StatusCode, RequestID(res), res.Header.Get("X-Ms-Region")
	var theirs *wire.Error
	var format *wire.FormatError
	var limit *wire.LimitError
	switch {
	case errors.As(err, &theirs):
		e.takeWords(*theirs)
		row := hintRowFor(e)
		e.scrub(x, res)
		e.Hint = row.hint(e, x, res)
	case errors.Is(err, wire.ErrTruncated):
		e.Code, e.cause = CodeStreamTruncated, errors.Join(ErrStreamTruncated, err)
		e.Message = "the stream ended before the answer did"
	case errors.As(err, &format), errors.As(err, &limit), errors.Is(err, ErrBadAnswer):
		e.Code = CodeBadAnswer
	}
	return e
}

// ErrBadAnswer marks what an adapter finds wrong with an answer that is well-formed: no choices, a vector too few.
var ErrBadAnswer = errors.New("the answer is not one to this request")

// RequestID is the id of an answer that Microsoft's support asks for; "" when it has none.
func RequestID(res *http.Response) string { return requestID(res.Header) }
