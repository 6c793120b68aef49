package wire

import (
	"bytes"
	"unicode/utf16"
	"unicode/utf8"
)

// replacement stands for a byte that is not UTF-8, one for one, as in encoding/json.
const replacement = "\uFFFD"

// appendString appends the text of a JSON string token, quotes included, that
// the scanner has already found well formed.
func appendString(dst, token []byte) []byte {
	if len(token) < 2 {
		return dst
	}
	s := token[1 : len(token)-1]
	for {
		i := bytes.IndexByte(s, '\\')
		if i < 0 {
			return appendValid(dst, s)
		}
		dst = appendValid(dst, s[:i])
		n := 0
		dst, n = appendEscape(dst, s[i:])
		s = s[i+n:]
	}
}

// plain reports whether a string token's text is its bytes between the quotes.
func plain(token []byte) bool {
	return bytes.IndexByte(token, '\\') < 0 && utf8.Valid(token)
}

// appendEscape appends what the escape at the start of s means and tells how
// many bytes it took. Half a surrogate pair becomes U+FFFD.
func appendEscape(dst, s []byte) ([]byte, int) {
	if len(s) < 2 {
		return append(dst, replacement...), len(s)
	}
	switch c := s[1]; c {
	case 'b':
		return append(dst, '\b'), 2
	case 'f':
		return append(dst, '\f'), 2
	case 'n':
		return append(dst, '\n'), 2
	case 'r':
		return append(dst, '\r'), 2
	case 't':
		return append(dst, '\t'), 2
	case 'u':
		r, n := unicodeEscape(s)
		return utf8.AppendRune(dst, r), n
	default:
		return append(dst, c), 2
	}
}

// unicodeEscape reads \uXXXX, or two of them that form a surrogate pair.
func unicodeEscape(s []byte) (rune, int) {
	r, ok := hex4(s)
	if !ok {
		return utf8.RuneError, min(len(s), 2)
	}
	if !utf16.IsSurrogate(r) {
		return r, 6
	}
	if low, ok := hex4(s[6:]); ok {
		if pair := utf16.DecodeRune(r, low); pair != utf8.RuneError {
			return pair, 12
		}
	}
	return utf8.RuneError, 6
}

// hex4 reads the four digits of a \uXXXX at the start of s.
func hex4(s []byte) (rune, bool) {
	if len(s) < 6 || s[0] != '\\' || s[1] != 'u' {
		return 0, false
	}
	var r rune
	for _, c := range s[2:6] {
		switch {
		case '0' <= c && c <= '9':
			c -= '0'
		case 'a' <= c && c <= 'f':
			c -= 'a' - 10
		case 'A' <= c && c <= 'F':
			c -= 'A' - 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	return r, true
}

// appendValid appends s with every byte that is not UTF-8 replaced.
func appendValid(dst, s []byte) []byte {
	if utf8.Valid(s) {
		return append(dst, s...)
	}
	for len(s) > 0 {
		r, n := utf8.DecodeRune(s)
		dst = utf8.AppendRune(dst, r)
		s = s[n:]
	}
	return dst
}

// validString returns s with every byte that is not UTF-8 replaced; a valid s
// comes back as it is.
func validString(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	dst := make([]byte, 0, len(s)+2*len(replacement))
	for _, r := range s {
		dst = utf8.AppendRune(dst, r)
	}
	return string(dst)
}
