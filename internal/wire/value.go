package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
)

// ValueError is a Go value that cannot be written as JSON.
type ValueError struct {
	// Field is the value's path in the request, such as "tools[0].parameters.properties.x".
	Field string
	// Err tells why; never nil.
	Err error
}

// Error names the field and the reason.
func (e *ValueError) Error() string {
	return fmt.Sprintf("wire: cannot write request field %s: %v", e.Field, e.Err)
}

// Unwrap returns Err.
func (e *ValueError) Unwrap() error { return e.Err }

var (
	errNotFinite = errors.New("NaN and infinities have no JSON form")
	errRawJSON   = errors.New("the raw message is not valid JSON")
	errTooDeep   = fmt.Errorf("nested deeper than %d levels; does the value contain itself?", MaxDepth)
)

// value writes any Go value. Maps are written with sorted keys, because the
// service caches equal prefixes of requests.
func (b *body) value(field string, v any) {
	if b.err == nil {
		b.failValue(field, b.any(v, 0))
	}
}

// failValue notes that the value of field could not be written; err may be nil.
func (b *body) failValue(field string, err error) {
	if in, ok := errors.AsType[*inside](err); ok {
		field, err = field+in.path, in.err
	}
	if err != nil {
		b.fail(&ValueError{Field: field, Err: err})
	}
}

// inside carries the path of a nested value outwards.
type inside struct {
	path string
	err  error
}

func (e *inside) Error() string { return e.path + ": " + e.err.Error() }
func (e *inside) Unwrap() error { return e.err }

func within(path string, err error) error {
	if in, ok := errors.AsType[*inside](err); ok {
		return &inside{path: path + in.path, err: in.err}
	}
	return &inside{path: path, err: err}
}

// any writes the types that come out of JSON and of Go literals directly, and
// leaves the rest to encoding/json.
func (b *body) any(v any, depth int) error {
	switch v := v.(type) {
	case nil:
		b.w.Null()
	case bool:
		b.w.Bool(v)
	case string:
		b.str(v)
	case int:
		b.w.Int(v)
	case int64:
		b.w.Int64(v)
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return errNotFinite
		}
		b.w.Float64(v)
	case json.RawMessage:
		return b.rawMessage(v)
	case map[string]any:
		return b.object(v, depth+1)
	case map[string]string:
		b.stringMap(v)
	case []any:
		return b.list(v, depth+1)
	case []string:
		b.stringSlice(v)
	default:
		return b.marshal(v)
	}
	return nil
}

func (b *body) rawMessage(v json.RawMessage) error {
	if v == nil {
		b.w.Null()
		return nil
	}
	if !wellFormed(v) {
		return errRawJSON
	}
	b.w.Buf = appendValid(b.w.Buf, bytes.TrimSpace(v))
	return nil
}

// usualMembers is how many members a tool's schema has on the way to its
// deepest one, so that one stack does for it.
const usualMembers = 16

// member is one of a map's, waiting for its turn.
type member struct {
	key   string
	value any
}

// sort stacks a map's members by key. They are taken out with their values:
// looking each up again takes a tenth of a schema's time.
func (b *body) sort(m map[string]any) (from, to int) {
	if b.stack == nil {
		b.stack = make([]member, 0, usualMembers)
	}
	from = len(b.stack)
	for key, value := range m {
		b.stack = append(b.stack, member{key, value})
	}
	slices.SortFunc(b.stack[from:], func(x, y member) int { return strings.Compare(x.key, y.key) })
	return from, len(b.stack)
}

// object writes a map by its sorted keys, on a stack shared by all levels.
func (b *body) object(m map[string]any, depth int) error {
	if m == nil {
		b.w.Null()
		return nil
	}
	if depth > MaxDepth {
		return errTooDeep
	}
	from, to := b.sort(m)
	b.w.ObjStart()
	for i := from; i < to; i++ {
		it := b.stack[i]
		if i > from {
			b.w.Comma()
		}
		b.str(it.key)
		b.raw(":")
		if err := b.any(it.value, depth); err != nil {
			return within("."+it.key, err)
		}
	}
	b.w.ObjEnd()
	b.stack = b.stack[:from]
	return nil
}

func (b *body) stringMap(m map[string]string) {
	if m == nil {
		b.w.Null()
		return
	}
	keys := slices.AppendSeq(make([]string, 0, len(m)), maps.Keys(m))
	slices.Sort(keys)
	b.w.ObjStart()
	for i, key := range keys {
		if i > 0 {
			b.w.Comma()
		}
		b.str(key)
		b.raw(":")
		b.str(m[key])
	}
	b.w.ObjEnd()
}

func (b *body) list(values []any, depth int) error {
	if values == nil {
		b.w.Null()
		return nil
	}
	if depth > MaxDepth {
		return errTooDeep
	}
	b.w.ArrStart()
	for i, v := range values {
		if i > 0 {
			b.w.Comma()
		}
		if err := b.any(v, depth); err != nil {
			return within("["+strconv.Itoa(i)+"]", err)
		}
	}
	b.w.ArrEnd()
	return nil
}

func (b *body) stringSlice(values []string) {
	if values == nil {
		b.w.Null()
		return
	}
	b.stringList(values)
}

// marshal writes what encoding/json makes of v, without its escaping of <, > and &.
func (b *body) marshal(v any) error {
	var buf bytes.Buffer
	e := json.NewEncoder(&buf)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return err
	}
	b.w.Buf = append(b.w.Buf, bytes.TrimSuffix(buf.Bytes(), []byte("\n"))...)
	return nil
}
