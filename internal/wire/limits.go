package wire

import (
	"errors"
	"fmt"
	"io"
)

// Bounds on what a peer can make this package hold. They are far above what
// the service sends (its tool list ends at 128, n at 128) and low enough that
// a hostile or broken peer cannot exhaust memory.
const (
	// MaxLine is the longest line of an event stream and the largest sum of
	// data lines of one event, in bytes. A frame of the service is below 64 KiB,
	// except where a whole image or file is carried in one.
	MaxLine = 16 << 20
	// MaxText is the most text one stream may assemble, in bytes: answers,
	// reasoning, refusals, arguments and log probabilities of all choices together.
	MaxText = 64 << 20
	// MaxChoices is the largest number of choices of one answer; the
	// service's own bound on n is 128.
	MaxChoices = 128
	// MaxToolCalls is the largest number of tool calls of one choice; the
	// service accepts at most 128 tools and rarely calls more than ten.
	MaxToolCalls = 512
	// MaxOutputItems is the largest number of output items of one response
	// of the Responses API; an agentic answer of the service has some dozens.
	MaxOutputItems = 1 << 10
	// MaxItemParts is the largest number of parts (content and reasoning summary
	// together) of one output item; the service sends one or a few.
	MaxItemParts = 256
	// MaxCategories is the largest number of content filter categories that are
	// read of one result, and of results by source; the service has a dozen. What
	// is past it is left out: filters never decide whether an answer can be read.
	MaxCategories = 64
	// MaxDetail is the longest value of one category that is kept whole, in
	// bytes; of a longer one the verdict alone is.
	MaxDetail = 16 << 10
	// MaxName is the longest id or name of a streamed tool call, in bytes; the
	// service ends names at 64 characters.
	MaxName = 4 << 10
	// MaxFields is the largest number of top-level members of one request,
	// extra members included.
	MaxFields = 64
	// MaxDepth is the deepest nesting of maps and slices written from a Go
	// value; a value that contains itself would otherwise never end.
	MaxDepth = 256
	// MaxExcerpt is the longest piece of a body quoted in an error, in bytes.
	MaxExcerpt = 200
)

// LimitError reports that a peer sent more than this package is willing to
// hold. What was assembled before it stays readable.
type LimitError struct {
	// What names the thing that was too large, such as "event stream line".
	What string
	// Limit is the bound, one of the Max constants: bytes or a count.
	Limit int
}

// Error says what was too large and the bound it passed.
func (e *LimitError) Error() string {
	return fmt.Sprintf("wire: %s is past the limit of %d", e.What, e.Limit)
}

// errDrainLimit is returned by Drain for a body longer than allowed.
var errDrainLimit = errors.New("wire: the body goes on past the bytes allowed for draining it")

// Drain reads r to its end so that the connection below it can be used again,
// but no more than limit bytes. It returns nil at the end of r, the read error,
// or an error for a longer body. It does not bound time: the caller's context does.
func Drain(r io.Reader, limit int64) error {
	n, err := io.Copy(io.Discard, io.LimitReader(r, limit+1))
	if err != nil {
		return fmt.Errorf("wire: draining the body: %w", err)
	}
	if n > limit {
		return errDrainLimit
	}
	return nil
}
