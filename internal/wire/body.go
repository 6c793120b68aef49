package wire

import (
	"encoding/base64"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/go-faster/jx"
)

// body is a JSON object in the making: what all requests have in common. Its
// first error sticks and is returned by Body; later calls do no harm.
type body struct {
	w      jx.Writer
	err    error
	fields []string // members written so far
	usual  [16]string
	stack  []member // scratch for the members of maps
	at     level
	closed bool
}

// level is where in the body the writer stands.
type level uint8

const (
	atTop level = iota
	inMessages
	inMessage
	inParts
	inCalls
	inTools
)

var (
	errNoKey      = errors.New("wire: a request field without a name")
	errUnfinished = errors.New("wire: a message was left open; EndMessage is missing")
)

// slack is the room left after a large piece, so that what follows an image
// does not move it.
const slack = 1 << 10

func (b *body) begin(size int) {
	b.w.Buf = append(make([]byte, 0, max(size, 64)), '{')
	b.fields = b.usual[:0]
}

// fail keeps the first error.
func (b *body) fail(err error) {
	if b.err == nil {
		b.err = err
	}
}

// Err returns the first error so far; nil when all is well. Body returns it too.
func (b *body) Err() error { return b.err }

// Written reports whether the top-level member key is in the body already, so
// that a caller's extra member can give way to it or the other way round.
func (b *body) Written(key string) bool { return slices.Contains(b.fields, key) }

// field opens a top-level member; false when it must not be written.
func (b *body) field(key string) bool {
	switch {
	case !b.top():
	case key == "":
		b.fail(errNoKey)
	case b.closed:
		b.fail(fmt.Errorf("wire: %s written after Body", key))
	case b.Written(key):
		b.fail(fmt.Errorf("wire: request field %q is written twice; leave one of them out", key))
	case len(b.fields) == MaxFields:
		b.fail(&LimitError{What: "number of request fields", Limit: MaxFields})
	}
	if b.err != nil {
		return false
	}
	if len(b.fields) > 0 {
		b.w.Comma()
	}
	b.fields = append(b.fields, key)
	b.str(key)
	b.raw(":")
	return true
}

// top closes an open list of messages or tools.
func (b *body) top() bool {
	switch b.at {
	case atTop:
	case inMessages, inTools:
		b.w.ArrEnd()
		b.at = atTop
	default:
		b.fail(errUnfinished)
	}
	return b.err == nil
}

// str writes a string; bytes that are not UTF-8 become U+FFFD.
func (b *body) str(s string) { b.w.Buf = appendQuoted(b.w.Buf, s) }

// raw writes JSON that this package made.
func (b *body) raw(s string) { b.w.Buf = append(b.w.Buf, s...) }

// member writes a string member after the first of an object.
func (b *body) member(key, value string) {
	b.raw(`,"`)
	b.raw(key)
	b.raw(`":`)
	b.str(value)
}

// stringField and its like write one top-level member.
func (b *body) stringField(key, value string) {
	if b.field(key) {
		b.str(value)
	}
}

func (b *body) intField(key string, n int) {
	if b.field(key) {
		b.w.Int(n)
	}
}

func (b *body) boolField(key string, v bool) {
	if b.field(key) {
		b.w.Bool(v)
	}
}

func (b *body) floatField(key string, v float64) {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		b.fail(&ValueError{Field: key, Err: errNotFinite})
		return
	}
	if b.field(key) {
		b.w.Float64(v)
	}
}

// stringsField writes a list of strings; nil is an empty list.
func (b *body) stringsField(key string, values []string) {
	if b.field(key) {
		b.stringList(values)
	}
}

func (b *body) stringList(values []string) {
	b.w.ArrStart()
	for i, v := range values {
		if i > 0 {
			b.w.Comma()
		}
		b.str(v)
	}
	b.w.ArrEnd()
}

// base64 writes data in base64 without quotes.
func (b *body) base64(data []byte) {
	n := base64.StdEncoding.EncodedLen(len(data))
	if cap(b.w.Buf)-len(b.w.Buf) < n {
		b.w.Buf = slices.Grow(b.w.Buf, n+slack)
	}
	b.w.Buf = base64.StdEncoding.AppendEncode(b.w.Buf, data)
}

// Model writes the deployment's name as "model", which the v1 surface wants and
// the classic one, with the deployment in its path, does not need.
func (b *body) Model(deployment string) { b.stringField("model", deployment) }

// User writes "user", the caller's own name for the end user; may be empty.
func (b *body) User(id string) { b.stringField("user", id) }

// Extra writes a top-level member this package has no method for. value is any
// JSON-like Go value, json.RawMessage included; see Tool for the rules. Writing a
// member twice is an error: ask Written first.
func (b *body) Extra(key string, value any) {
	if !b.field(key) {
		return
	}
	b.value(key, value)
}

// end closes the object and hands the buffer over.
func (b *body) end() ([]byte, error) {
	if !b.top() {
		return nil, b.err
	}
	if !b.closed {
		b.closed = true
		b.w.ObjEnd()
	}
	return slices.Clip(b.w.Buf), nil
}
