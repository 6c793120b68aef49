package wire

import (
	"errors"
	"fmt"
	"io"

	"github.com/go-faster/jx"
)

// scanner reads JSON that stands whole in memory. It has what this package uses
// of jx.Decoder, under the same names, and takes its place where answers are read,
// because that was a fifth of a short call: jx reads from streams too, and asks
// after every token whether to read on. What the two take, refuse and return is the
// same (FuzzScan). The zero value is an empty text.
type scanner struct {
	buf   []byte
	at    int // the next byte
	depth int // arrays and objects that are open
}

// maxNesting is how deep arrays and objects may nest, as in jx and encoding/json.
const maxNesting = 10_000

var errNesting = errors.New("depth: maximum")

// kinds tells a value's kind by its first byte.
var kinds = [256]jx.Type{
	'"': jx.String, '{': jx.Object, '[': jx.Array, 'n': jx.Null, 't': jx.Bool, 'f': jx.Bool, '-': jx.Number,
	'0': jx.Number, '1': jx.Number, '2': jx.Number, '3': jx.Number, '4': jx.Number,
	'5': jx.Number, '6': jx.Number, '7': jx.Number, '8': jx.Number, '9': jx.Number,
}

// unexpectedByte is a byte that cannot stand where it does.
type unexpectedByte struct {
	got byte
	at  int // from the start of the text
}

func (e *unexpectedByte) Error() string {
	return fmt.Sprintf("unexpected byte %d %q at %d", e.got, e.got, e.at)
}

// unexpected tells what is wrong with the byte at i, or that there is none.
func unexpected(b []byte, i int) error {
	if i >= len(b) {
		return io.ErrUnexpectedEOF
	}
	return &unexpectedByte{got: b[i], at: i}
}

// scan reads text from its start.
func scan(text []byte) *scanner { return &scanner{buf: text} }

// ResetBytes starts anew with another text.
func (s *scanner) ResetBytes(text []byte) { *s = scanner{buf: text} }

// Next tells the kind of the next value by its first byte, and goes there; it is
// jx.Invalid where no value can begin, and at the end.
func (s *scanner) Next() jx.Type {
	s.at = skipSpace(s.buf, s.at)
	if s.at == len(s.buf) {
		return jx.Invalid
	}
	return kinds[s.buf[s.at]]
}

// Skip steps over the next value, and finds it well formed.
func (s *scanner) Skip() (err error) {
	s.at, err = skipValue(s.buf, s.at, s.depth)
	return err
}

// Raw is Skip that returns the value, without blanks around it: a view of the text
// whose capacity ends with the text's.
func (s *scanner) Raw() ([]byte, error) {
	from := skipSpace(s.buf, s.at)
	if err := s.Skip(); err != nil {
		return nil, err
	}
	return s.buf[from:s.at], nil
}

// Null steps over a null.
func (s *scanner) Null() (err error) {
	s.at, err = skipWord(s.buf, skipSpace(s.buf, s.at), "null")
	return err
}

// Bool reads a value that Next has found to be a boolean.
func (s *scanner) Bool() (bool, error) {
	from := skipSpace(s.buf, s.at)
	err := s.Skip()
	return err == nil && s.buf[from] == 't', err
}

// known steps over value if the text goes on with it, and returns it from the
// text. value is an array or object that was read before, without blanks around
// it: it ends where its bracket closes, so what follows cannot be a part of it. Its
// nesting is not counted again; the caller knows it to be short.
func (s *scanner) known(value []byte) ([]byte, bool) {
	end := s.at + len(value)
	if len(value) == 0 || end > len(s.buf) || string(s.buf[s.at:end]) != string(value) {
		return nil, false
	}
	token := s.buf[s.at:end]
	s.at = end
	return token, true
}

// The functions below take the place where something begins and return the one
// behind it.

func skipSpace(b []byte, i int) int {
	for i < len(b) && b[i] <= ' ' && (b[i] == ' ' || b[i] == '\n' || b[i] == '\r' || b[i] == '\t') {
		i++
	}
	return i
}

// skipValue steps over a value inside depth arrays and objects.
func skipValue(b []byte, i, depth int) (int, error) {
	if i = skipSpace(b, i); i == len(b) {
		return i, io.ErrUnexpectedEOF
	}
	switch b[i] {
	case '"':
		return skipString(b, i+1)
	case '{':
		return skipObject(b, i+1, depth+1)
	case '[':
		return skipArray(b, i+1, depth+1)
	case 'n':
		return skipWord(b, i, "null")
	case 't':
		return skipWord(b, i, "true")
	case 'f':
		return skipWord(b, i, "false")
	case '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9':
		return skipNumber(b, i)
	default:
		return i, unexpected(b, i)
	}
}

func skipObject(b []byte, i, depth int) (_ int, err error) {
	if depth > maxNesting {
		return i, errNesting
	}
	if i = skipSpace(b, i); i < len(b) && b[i] == '}' {
		return i + 1, nil
	}
	for {
		if i, err = skipByte(b, i, '"'); err != nil {
			return i, err
		}
		if i, err = skipString(b, i); err != nil {
			return i, err
		}
		if i, err = skipByte(b, i, ':'); err != nil {
			return i, err
		}
		if i, err = skipValue(b, i, depth); err != nil {
			return i, err
		}
		if i = skipSpace(b, i); i < len(b) && b[i] == '}' {
			return i + 1, nil
		}
		if i, err = skipByte(b, i, ','); err != nil {
			return i, err
		}
	}
}

func skipArray(b []byte, i, depth int) (_ int, err error) {
	if depth > maxNesting {
		return i, errNesting
	}
	if i = skipSpace(b, i); i < len(b) && b[i] == ']' {
		return i + 1, nil
	}
	for {
		if i, err = skipValue(b, i, depth); err != nil {
			return i, err
		}
		if i = skipSpace(b, i); i < len(b) && b[i] == ']' {
			return i + 1, nil
		}
		if i, err = skipByte(b, i, ','); err != nil {
			return i, err
		}
	}
}

// skipByte steps over c and the blanks before it.
func skipByte(b []byte, i int, c byte) (int, error) {
	if i = skipSpace(b, i); i == len(b) || b[i] != c {
		return i, unexpected(b, i)
	}
	return i + 1, nil
}

// skipWord steps over null, true or false.
func skipWord(b []byte, i int, word string) (int, error) {
	if end := i + len(word); end <= len(b) && string(b[i:end]) == word {
		return end, nil
	}
	if len(b)-i < len("null") {
		return i, io.ErrUnexpectedEOF
	}
	n := 0
	for n < len(word) && i+n < len(b) && b[i+n] == word[n] {
		n++
	}
	return i + n, unexpected(b, i+n)
}

// skipString steps over the rest of a string, behind its first quote.
func skipString(b []byte, i int) (_ int, err error) {
	for {
		i = plainRun(b, i)
		switch {
		case i == len(b):
			return i, io.ErrUnexpectedEOF
		case b[i] == '"':
			return i + 1, nil
		case b[i] != '\\':
			return i, unexpected(b, i)
		}
		if i, err = skipEscape(b, i+1); err != nil {
			return i, err
		}
	}
}

// skipEscape steps over an escape, behind its backslash.
func skipEscape(b []byte, i int) (int, error) {
	if i == len(b) {
		return i, io.ErrUnexpectedEOF
	}
	switch b[i] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return i + 1, nil
	case 'u':
		for range 4 {
			i++
			if i == len(b) || !isHex(b[i]) {
				return i, unexpected(b, i)
			}
		}
		return i + 1, nil
	default:
		return i, unexpected(b, i)
	}
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

// skipNumber steps over a number, which a blank, a comma, a closing bracket or the
// end must follow.
func skipNumber(b []byte, i int) (_ int, err error) {
	if b[i] == '-' {
		i++
	}
	if i < len(b) && b[i] == '0' {
		i++
	} else if i, err = skipDigits(b, i); err != nil {
		return i, err
	}
	if i < len(b) && b[i] == '.' {
		if i, err = skipDigits(b, i+1); err != nil {
			return i, err
		}
	}
	if i < len(b) && (b[i] == 'e' || b[i] == 'E') {
		i++
		if i < len(b) && (b[i] == '-' || b[i] == '+') {
			i++
		}
		if i, err = skipDigits(b, i); err != nil {
			return i, err
		}
	}
	if i < len(b) && !endsNumber(b[i]) {
		return i, unexpected(b, i)
	}
	return i, nil
}

// skipDigits steps over one digit or more.
func skipDigits(b []byte, i int) (int, error) {
	from := i
	for i < len(b) && '0' <= b[i] && b[i] <= '9' {
		i++
	}
	if i == from {
		return i, unexpected(b, i)
	}
	return i, nil
}

func endsNumber(c byte) bool {
	switch c {
	case ',', ']', '}', ' ', '\t', '\n', '\r':
		return true
	default:
		return false
	}
}
