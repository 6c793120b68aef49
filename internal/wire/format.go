package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// FormatError reports bytes that are not what the wire format says: broken
// JSON, data after its end, or a value of the wrong kind.
type FormatError struct {
	// What names the thing being read, such as "chat answer" or "stream frame 3".
	What string
	// Field is the path of the offending value, such as "choices[0].message"; empty
	// when the JSON itself is broken.
	Field string
	// Offset counts the bytes read before the fault, from the start of the body
	// or frame; 0 when Field tells the place.
	Offset int64
	// Excerpt is what stood there: at most MaxExcerpt bytes, valid UTF-8. It is
	// part of an answer and may hold what a user would not want in a log.
	Excerpt string
	// Cause is the innermost error; io.ErrUnexpectedEOF for a body cut short.
	Cause error
}

// Error says what was read, where it went wrong, why, and quotes the excerpt.
func (e *FormatError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "wire: %s: ", e.What)
	if e.Field != "" {
		fmt.Fprintf(&b, "%s: ", e.Field)
	}
	fmt.Fprintf(&b, "%v", e.Cause)
	if e.Field == "" {
		fmt.Fprintf(&b, " (after %d bytes)", e.Offset)
	}
	if e.Excerpt != "" {
		fmt.Fprintf(&b, ", near %q", e.Excerpt)
	}
	return b.String()
}

// Unwrap returns Cause.
func (e *FormatError) Unwrap() error { return e.Cause }

var errTrailing = errors.New("data after the end of the JSON value")

// valueError is well-formed JSON with a value that cannot be.
type valueError string

func (e valueError) Error() string { return string(e) }

// pathError carries a value's path outwards while the readers unwind.
type pathError struct {
	path string
	err  error
}

func (e *pathError) Error() string { return e.path + ": " + e.err.Error() }
func (e *pathError) Unwrap() error { return e.err }

// at puts key in front of the path of err; nil stays nil.
func at(key string, err error) error {
	if err == nil {
		return nil
	}
	p, ok := errors.AsType[*pathError](err)
	if !ok {
		return &pathError{path: key, err: err}
	}
	if strings.HasPrefix(p.path, "[") {
		return &pathError{path: key + p.path, err: p.err}
	}
	return &pathError{path: key + "." + p.path, err: p.err}
}

// atIndex is at for the i-th element of an array.
func atIndex(i int, err error) error {
	if err == nil {
		return nil
	}
	return at(fmt.Sprintf("[%d]", i), err)
}

// newFormatError explains a failed read of body. The decoder's own chain is
// dropped for its innermost cause: it has one link per level of nesting.
func newFormatError(what string, body []byte, err error) *FormatError {
	e := &FormatError{What: what}
	if value, ok := errors.AsType[valueError](err); ok {
		e.Cause = value
		e.Excerpt = excerpt(body, 0)
		if p, ok := errors.AsType[*pathError](err); ok {
			e.Field = p.path
		}
		return e
	}
	if limit, ok := errors.AsType[*LimitError](err); ok {
		e.Cause = limit
		return e
	}
	if e.Cause = innermost(err); errors.Is(e.Cause, io.EOF) {
		e.Cause = io.ErrUnexpectedEOF
	}
	e.Offset = faultOffset(body)
	e.Excerpt = excerpt(body, int(e.Offset))
	return e
}

func innermost(err error) error {
	for {
		next := errors.Unwrap(err)
		if next == nil {
			return err
		}
		err = next
	}
}

// faultOffset asks encoding/json where body stops being JSON: the fast decoder
// tells it only in prose. It runs on failure alone.
func faultOffset(body []byte) int64 {
	var raw json.RawMessage
	if syntax, ok := errors.AsType[*json.SyntaxError](json.Unmarshal(body, &raw)); ok {
		return syntax.Offset
	}
	return 0
}

// excerpt quotes the surroundings of offset.
func excerpt(body []byte, offset int) string {
	from := max(0, min(offset, len(body))-MaxExcerpt/2)
	to := min(len(body), from+MaxExcerpt)
	s := strings.ToValidUTF8(string(body[from:to]), "")
	for len(s) > MaxExcerpt {
		_, n := utf8.DecodeLastRuneInString(s)
		s = s[:len(s)-n]
	}
	return s
}

// finish refuses what follows the value just read.
func finish(d *scanner) error {
	if skipSpace(d.buf, d.at) != len(d.buf) {
		return errTrailing
	}
	return nil
}

// looksLikeObject tells a JSON object from HTML, plain text and nothing,
// without an attempt to read it.
func looksLikeObject(body []byte) bool {
	body = bytes.TrimLeft(body, " \t\r\n")
	return len(body) > 0 && body[0] == '{'
}
