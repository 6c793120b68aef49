package wire

import "math/bits"

// Strings are most of a request, and jx looks at them a byte at a time, which
// was two thirds of the time of a long history. appendQuoted looks at eight at
// once and writes what jx writes; FuzzQuoted holds it to that.

const (
	everyByte = 0x0101010101010101
	highBits  = 0x80 * everyByte
	hexDigits = "0123456789abcdef"
)

// appendQuoted appends s, which is valid UTF-8, as a JSON string.
func appendQuoted(dst []byte, s string) []byte {
	dst = append(dst, '"')
	for {
		n := plainRun(s, 0)
		dst = append(dst, s[:n]...)
		if n == len(s) {
			return append(dst, '"')
		}
		dst = appendEscaped(dst, s[n])
		s = s[n+1:]
	}
}

func appendEscaped(dst []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(dst, '\\', c)
	case '\n':
		return append(dst, '\\', 'n')
	case '\r':
		return append(dst, '\\', 'r')
	case '\t':
		return append(dst, '\\', 't')
	default:
		return append(dst, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&0xF])
	}
}

// plainRun finds the first byte of a string, from i on, that does not stand for
// itself in JSON: a control character, a quote or a backslash.
func plainRun[S string | []byte](s S, i int) int {
	for ; i+8 <= len(s); i += 8 {
		b := s[i : i+8]
		word := uint64(b[0]) | uint64(b[1])<<8 | uint64(b[2])<<16 | uint64(b[3])<<24 |
			uint64(b[4])<<32 | uint64(b[5])<<40 | uint64(b[6])<<48 | uint64(b[7])<<56
		// A byte's high bit is set where it is below a space or equal to one of the two. A borrow sets bits behind a byte
		// that is found only, and the first is the one that counts.
		found := (word - ' '*everyByte) & ^word
		quote, backslash := word^'"'*everyByte, word^'\\'*everyByte
		found |= (quote - everyByte) & ^quote
		found |= (backslash - everyByte) & ^backslash
		if found &= highBits; found != 0 {
			return i + bits.TrailingZeros64(found)/8
		}
	}
	for ; i < len(s); i++ {
		if c := s[i]; c < ' ' || c == '"' || c == '\\' {
			return i
		}
	}
	return i
}
