package wire

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"math"
	"slices"
)

// Sixteen characters of base64 are twelve bytes and three floats: the least that
// is whole in all three.
const (
	charsInGroup  = 16
	floatsInGroup = 3
)

// sextets has what a character of base64 stands for at each place of four, moved
// to where its bits belong in the three bytes, the first of them lowest; notBase64
// for any other character.
var sextets = newSextets()

// notBase64 is a bit above those of three bytes, which survives an or with others.
const notBase64 = 1 << 24

func newSextets() (s [4][256]uint32) {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	for place := range s {
		for c := range s[place] {
			s[place][c] = notBase64
		}
	}
	for v := range uint32(len(alphabet)) {
		c := alphabet[v]
		s[0][c] = v << 2
		s[1][c] = v>>4 | v&0x0f<<12
		s[2][c] = v>>2<<8 | v&0x03<<22
		s[3][c] = v << 16
	}
	return s
}

// appendFloats appends the little-endian 32-bit floats that src has in base64,
// padded or not; a line break is refused. On an error it returns dst as it was.
func appendFloats(dst []float32, src []byte) ([]float32, error) {
	if len(src) == 0 {
		return dst, nil
	}
	// The last group is left out: only there may be padding, or less of it.
	groups := (len(src) - 1) / charsInGroup
	from := len(dst)
	grown := slices.Grow(dst, len(src)/4*3/4+1)[:from+groups*floatsInGroup]
	if !readGroups(grown[from:], src) {
		return dst, errBadBase64
	}
	var tail [charsInGroup / 4 * 3]byte
	n, err := decodeTail(tail[:], src[groups*charsInGroup:])
	if err != nil {
		return dst, err
	}
	for i := 0; i < n; i += 4 {
		grown = append(grown, math.Float32frombits(binary.LittleEndian.Uint32(tail[i:])))
	}
	return grown, nil
}

// readGroups fills floats from as many groups at the start of src; false where
// there is a character that is not base64's, padding too.
func readGroups(floats []float32, src []byte) bool {
	bad := uint32(0)
	for len(floats) >= floatsInGroup && len(src) >= charsInGroup {
		first, second := threeBytes(src[:4:4]), threeBytes(src[4:8:8])
		third, fourth := threeBytes(src[8:12:12]), threeBytes(src[12:16:16])
		bad |= first | second | third | fourth
		floats[0] = math.Float32frombits(first | second<<24)
		floats[1] = math.Float32frombits(second>>8 | third<<16)
		floats[2] = math.Float32frombits(third>>16 | fourth<<8)
		floats, src = floats[floatsInGroup:], src[charsInGroup:]
	}
	return bad < notBase64
}

// threeBytes are those of four characters, the first of both lowest.
func threeBytes(c []byte) uint32 {
	return sextets[0][c[0]] | sextets[1][c[1]] | sextets[2][c[2]] | sextets[3][c[3]]
}

// decodeTail decodes the last characters, a group of them at most, padded or not,
// to bytes that are whole floats.
func decodeTail(to, src []byte) (n int, err error) {
	encoding := base64.StdEncoding
	if len(src)%4 != 0 {
		encoding = base64.RawStdEncoding
	}
	n, err = encoding.Decode(to, src)
	// encoding/base64 passes over line breaks, which no vector has.
	if err != nil || bytes.ContainsAny(src, "\r\n") {
		return 0, errBadBase64
	}
	if n%4 != 0 {
		return 0, errOddVector
	}
	return n, nil
}
