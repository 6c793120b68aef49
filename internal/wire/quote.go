package wire

import (
	"math/bits"
	"unicode/utf8"
)

// Strings are most of a request, and jx looks at them a byte at a time, which
// was two thirds of the time of a long history. appendQuoted looks at eight at
// once and writes what jx writes; FuzzQuoted holds it to that.

const (
	everyByte = 0x0101010101010101
	highBits  = 0x80 * everyByte
	hexDigits = "0123456789abcdef"
)

// appendQuoted appends s as a JSON string; bytes that are not UTF-8 become U+FFFD.
func appendQuoted(dst []byte, s string) []byte {
	dst = append(dst, '"')
	for {
		n := asciiRun(s)
		dst = append(dst, s[:n]...)
		switch {
		case n == len(s):
			return append(dst, '"')
		case s[n] >= utf8.RuneSelf:
			return appendRest(dst, validString(s[n:]))
		}
		dst = appendEscaped(dst, s[n])
		s = s[n+1:]
	}
}

// appendRest appends what is left of a string from its first character on that
// is not ASCII, all of it valid UTF-8, and the last quote.
func appendRest(dst []byte, s string) []byte {
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

// eight is the eight bytes of s from i on, the first one lowest.
func eight[S string | []byte](s S, i int) uint64 {
	b := s[i : i+8]
	return uint64(b[0]) | uint64(b[1])<<8 | uint64(b[2])<<16 | uint64(b[3])<<24 |
		uint64(b[4])<<32 | uint64(b[5])<<40 | uint64(b[6])<<48 | uint64(b[7])<<56
}

// asciiRun is plainRun that stops at what is not ASCII too, and so sees what it
// finds to be valid UTF-8.
func asciiRun(s string) int {
	i := 0
	for ; i+8 <= len(s); i += 8 {
		if found := notPlainASCII(eight(s, i)); found != 0 {
			return i + bits.TrailingZeros64(found)/8
		}
	}
	if i > 0 && i < len(s) { // some of the last eight have been looked at, and are plain
		i = len(s) - 8
		if found := notPlainASCII(eight(s, i)); found != 0 {
			return i + bits.TrailingZeros64(found)/8
		}
		return len(s)
	}
	for ; i < len(s); i++ {
		if c := s[i]; c < ' ' || c == '"' || c == '\\' || c >= utf8.RuneSelf {
			return i
		}
	}
	return i
}

// notPlainASCII sets the high bit of each byte that is below a space, a quote, a
// backslash, or not ASCII. A borrow sets bits behind a byte that is found only, and the
// first is the one that counts.
func notPlainASCII(word uint64) uint64 {
	return (word | (word - ' '*everyByte) | (word ^ '"'*everyByte - everyByte) | (word ^ '\\'*everyByte - everyByte)) & highBits
}

// plainRun finds the first byte of a string, from i on, that does not stand for
// itself in JSON: a control character, a quote or a backslash.
func plainRun[S string | []byte](s S, i int) int {
	for ; i+8 <= len(s); i += 8 {
		word := eight(s, i)
		// As notPlainASCII, with bytes that are not ASCII let pass.
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
