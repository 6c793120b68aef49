package wire

import (
	"bytes"
	"slices"
)

// memo remembers the last list of a kind that found nothing, and its bytes: nearly
// every answer brings the same. What was read of them is shared by all answers that
// do, and never written to.
type memo[T any] struct {
	raw  []byte
	list []T
}

// memoLimit bounds what is remembered, in bytes; a default configuration's results take 300.
const memoLimit = 1 << 10

// value is anyValue, which goes past the bytes that are remembered at once. A nil
// memo remembers nothing.
func (m *memo[T]) value(d *scanner) ([]byte, error) {
	if m != nil {
		if token, ok := d.known(m.raw); ok {
			return token, nil
		}
	}
	return anyValue(d)
}

// read reads raw, a whole array or object (which known needs), or remembers what it says.
func (m *memo[T]) read(raw []byte, read func([]byte) []T, notable func(T) bool) []T {
	if len(raw) > 0 && bytes.Equal(raw, m.raw) {
		return m.list
	}
	list := read(raw)
	if len(list) > 0 && len(raw) <= memoLimit && !slices.ContainsFunc(list, notable) {
		m.raw, m.list = append(m.raw[:0], raw...), slices.Clip(list)
	}
	return list
}

// textMemo remembers the last text of a member that says the same in nearly every answer.
type textMemo struct {
	token []byte
	text  string
}

// textLimit bounds what is remembered, in bytes; a model's name with its date takes 30.
const textLimit = 64

// read is text.
func (m *textMemo) read(token []byte) string {
	if len(token) > textLimit {
		return text(token)
	}
	if !bytes.Equal(token, m.token) {
		m.token, m.text = append(m.token[:0], token...), text(token)
	}
	return m.text
}
