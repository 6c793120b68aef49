package wire

import (
	"io"

	"github.com/go-faster/jx"
)

// members goes through an object, as jx.ObjIter does: after Next the scanner is at
// a member's value, which must be read before Next is called again.
type members struct {
	s     *scanner
	key   []byte
	err   error
	begun bool
	done  bool
}

// ObjIter goes into the object that is next.
func (s *scanner) ObjIter() (members, error) {
	return members{s: s}, s.open('{')
}

// Key is the member's name, a view of the text unless it has escapes.
func (m *members) Key() []byte { return m.key }

// Err tells why Next returned false; nil at the end of the object.
func (m *members) Err() error { return m.err }

// Next goes to the next member.
func (m *members) Next() bool {
	if m.done {
		return false
	}
	s := m.s
	if !s.another('}', &m.begun, &m.err) {
		m.done = true
		return false
	}
	b, i := s.buf, s.at
	if i == len(b) || b[i] != '"' {
		return m.fail(unexpected(b, i))
	}
	var err error
	end := plainRun(b, i+1)
	if end < len(b) && b[end] == '"' {
		m.key, end = b[i+1:end], end+1
	} else if m.key, end, err = escapedKey(b, i); err != nil {
		return m.fail(err)
	}
	if end, err = skipByte(b, end, ':'); err != nil {
		return m.fail(err)
	}
	if s.at = skipSpace(b, end); s.at == len(b) {
		return m.fail(io.ErrUnexpectedEOF)
	}
	return true
}

// escapedKey leaves a key with escapes to jx, which has a way of its own with
// halves of surrogate pairs. It returns the place behind it, too.
func escapedKey(b []byte, from int) (key []byte, end int, err error) {
	if end, err = skipString(b, from+1); err != nil {
		return nil, end, err
	}
	key, err = jx.DecodeBytes(b[from:end]).StrBytes()
	return key, end, err
}

func (m *members) fail(err error) bool {
	m.err, m.done = err, true
	return false
}

// elements goes through an array, as jx.ArrIter does: after Next the scanner is at
// an element, which must be read before Next is called again.
type elements struct {
	s     *scanner
	err   error
	begun bool
	done  bool
}

// ArrIter goes into the array that is next.
func (s *scanner) ArrIter() (elements, error) {
	return elements{s: s}, s.open('[')
}

// Err tells why Next returned false; nil at the end of the array.
func (e *elements) Err() error { return e.err }

// Next goes to the next element.
func (e *elements) Next() bool {
	if e.done || !e.s.another(']', &e.begun, &e.err) {
		e.done = true
		return false
	}
	return true
}

// open steps over an opening bracket and the blanks behind it.
func (s *scanner) open(bracket byte) (err error) {
	if s.at, err = skipByte(s.buf, s.at, bracket); err != nil {
		return err
	}
	if s.depth++; s.depth > maxNesting {
		return errNesting
	}
	if s.at = skipSpace(s.buf, s.at); s.at == len(s.buf) {
		return io.ErrUnexpectedEOF
	}
	return nil
}

// another goes to the next member or element; it is false at the closing bracket,
// which it steps over, and where a comma is missing.
func (s *scanner) another(bracket byte, begun *bool, err *error) bool {
	b, i := s.buf, skipSpace(s.buf, s.at)
	if i < len(b) && b[i] == bracket {
		s.at = i + 1
		s.depth--
		return false
	}
	if i == len(b) || *begun && b[i] != ',' {
		*err = unexpected(b, i)
		return false
	}
	if *begun {
		i = skipSpace(b, i+1)
	}
	*begun = true
	s.at = i
	return true
}
