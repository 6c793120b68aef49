package wire

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/go-faster/jx"
)

var scanSeeds = []string{
	``, ` `, `{}`, `[]`, `null`, `true`, `false`, ` { "a" : [ 1 , -0.5e+3 , "b" , { } , [ ] ] , "a" : null } `, `"a"`, "\"\t\"", "\"\x7f\x80\xff\"", "\"\x1f",
	`"\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00"`, `"\ud800"`, `"\u12"`, `"\u12g4"`, `"\x"`, `"\`, `"`, `"12345678`, "\"1234567\x01", `"1234567\n8"`, "\"12345678901234\x00\"", "\"1234\x1f678\"", "\"12345678\x1f\"",
	`0`, `-`, `-0`, `-a`, `01`, `1.`, `1.,`, `[1.]`, `1.e1`, `1.5.`, `1e`, `1e+`, `1e-x`, `1E5`, `1e5.`, `-1.5E-10 `, `+1`, `.5`, `1a`, `1"`, `[1:2]`, `0x1`, `0.`,
	`nul`, `nulx`, `nxll`, `nx`, `tru`, `trux`, `fals`, `falsx`, `falxe`, `truefalse`, `{"a":1}{"b":`, `{"a":1} x`, "{\"a\":1}\x00", `[1]]`, `[1] `,
	`{`, `{"a`, `{"a"`, `{"a":`, `{"a": `, `{"a":1`, `{"a":1,`, `{"a":1,}`, `{,"a":1}`, `{"a" 1}`, `{"a"::1}`, `{a:1}`, `{"a":1 "b":2}`, `{1:2}`, `{"a":1]`, `{]`,
	`[`, `[ `, `[1`, `[1,`, `[1,]`, `[,1]`, `[1 2]`, `[1}`, `[}`, `{"a":[}`, `{"\u0061":1,"a":2}`, `{"\ud800":1}`, `{"\ud800\ud83d\ude00":1}`, `{"\ud800\u0041":1}`, "{\"\xff\\n\xc3(\":1}",
	`{"\ud800\n":1}`, `{"\u00":1}`, `{"\q":1}`, "{\"\n\":1}", "{\"a\u00e9b\":{\"c\":[{\"d\":\"e\"}]}}", "\ufeff{}", `{"hate":{"filtered":false,"severity":"safe"}}`,
}

// FuzzScan holds the scanner beside jx, whose place it takes: at every level of a
// text they take and refuse the same, tell the same kinds, keys and bytes, and say
// the same of a byte that cannot stand where it does.
func FuzzScan(f *testing.F) {
	for _, seed := range scanSeeds {
		f.Add([]byte(seed), []byte(`{"a":[]}`))
	}
	f.Add([]byte(`[{"a":[]},{"a":[]} ,{"a":[]}]`), []byte(`{"a":[]}`))
	f.Add([]byte(`[{"a":[]x},{"a":[1]}]`), []byte(`{"a":[]`))
	for _, n := range []int{maxNesting - 1, maxNesting, maxNesting + 1} {
		f.Add([]byte(strings.Repeat("[", n)+strings.Repeat("]", n)), []byte(`[]`))
		f.Add([]byte(strings.Repeat(`{"a":`, n)+"1"+strings.Repeat("}", n)), []byte(`{}`))
	}
	f.Add([]byte("["+strings.Repeat("[],", maxNesting)+"[]]"), []byte(nil))
	f.Add([]byte("["+strings.Repeat("{},", maxNesting)+"{}]"), []byte(nil))
	f.Fuzz(func(t *testing.T, text, before []byte) {
		if b := scan(before); b.at != 0 || b.Next() != jx.Object && b.Next() != jx.Array || b.Skip() != nil || b.at != len(before) {
			before = nil
		}
		before = bytes.TrimSpace(before)
		j, s := jx.DecodeBytes(text), scan(text)
		errJ, errS := j.Skip(), s.Skip()
		sameError(t, errJ, errS)
		if valid := errS == nil && finish(s) == nil; valid != jx.Valid(text) {
			t.Fatalf("valid to jx is %v, to the scanner %v", !valid, valid)
		}
		j.ResetBytes(text)
		s.ResetBytes(text)
		if ok := walk(t, j, s, before, 0); ok != (errJ == nil) {
			t.Fatalf("skipped with %v, read with %v", errJ, ok)
		}
	})
}

// sameError holds what the two say of a fault beside each other. Where jx misses the
// rest of a text that has one ("1.,"), the scanner names the byte.
func sameError(t *testing.T, errJ, errS error) {
	t.Helper()
	if errJ != nil {
		errJ = innermost(errJ) // the chain has a link for each level
	}
	switch {
	case (errJ == nil) != (errS == nil):
		t.Fatalf("jx says %v, the scanner %v", errJ, errS)
	case errJ == nil, errors.Is(errJ, io.EOF), errors.Is(errJ, io.ErrUnexpectedEOF):
	case errJ.Error() != errS.Error():
		t.Fatalf("jx says %v, the scanner %v", errJ, errS)
	}
}

// walk reads the next value with both, and tells whether it could be read.
func walk(t *testing.T, j *jx.Decoder, s *scanner, before []byte, depth int) bool {
	kind := j.Next()
	if got := s.Next(); got != kind {
		t.Fatalf("a value of kind %v, to the scanner %v", kind, got)
	}
	if depth < 40 && len(s.buf) <= 4<<10 { // each level reads its text once more
		sameRaw(t, *j, *s, before)
	}
	switch kind {
	case jx.Object:
		return walkObject(t, j, s, before, depth)
	case jx.Array:
		return walkArray(t, j, s, before, depth)
	case jx.Null:
		errJ, errS := j.Null(), s.Null()
		sameError(t, errJ, errS)
		return errJ == nil
	case jx.Bool:
		valueJ, errJ := j.Bool()
		valueS, errS := s.Bool()
		sameError(t, errJ, errS)
		if valueJ != valueS {
			t.Fatalf("the boolean is %v, to the scanner %v", valueJ, valueS)
		}
		return errJ == nil
	default:
		errJ, errS := j.Skip(), s.Skip()
		sameError(t, errJ, errS)
		return errJ == nil
	}
}

// sameRaw compares the bytes of the next value. If before is what the text goes on
// with, it is that value.
func sameRaw(t *testing.T, j jx.Decoder, s scanner, before []byte) {
	t.Helper()
	again, other := s, s
	rawJ, errJ := j.Raw()
	rawS, errS := s.Raw()
	sameError(t, errJ, errS)
	if !bytes.Equal(rawJ, rawS) {
		t.Fatalf("the value is %q, to the scanner %q", rawJ, rawS)
	}
	if token, ok := other.known(before); ok && (errS != nil || !bytes.Equal(token, rawS) || other.at != s.at) {
		t.Fatalf("%q was known, the value is %q, %v", token, rawS, errS)
	}
	if errS != nil || rawS[0] != '{' && rawS[0] != '[' {
		return
	}
	if token, ok := again.known(rawS); !ok || !bytes.Equal(token, rawS) || cap(token) != cap(rawS) || again.at != s.at {
		t.Fatalf("%q was not known again, but %q", rawS, token)
	}
}

// Every byte at every place of a word of eight, and of what is left behind the last
// one, with neighbours that a borrow could reach.
func TestPlainRunEndsAtEveryByteThatIsNotPlain(t *testing.T) {
	for c := range 256 {
		for at := range 20 {
			for _, after := range []byte{'a', ' ', '!', '#', 0x1f, 0xff} {
				b := bytes.Repeat([]byte{'a'}, 21)
				b[at], b[at+1] = byte(c), after
				want := 0
				for want < len(b) && b[want] >= ' ' && b[want] != '"' && b[want] != '\\' {
					want++
				}
				if got := plainRun(b, 0); got != want {
					t.Fatalf("%q: %d, want %d", b, got, want)
				}
				if ascii := bytes.IndexFunc(b[:want], func(r rune) bool { return r >= utf8.RuneSelf }); ascii >= 0 {
					want = ascii
				}
				for _, n := range []int{7, 8, 9, 15, 16, 17, 21} { // of each length, or cut at it
					if got := asciiRun(string(b[:n])); got != min(n, want) {
						t.Fatalf("%q: %d are plain ASCII, want %d", b[:n], got, min(n, want))
					}
				}
			}
		}
	}
}

func walkObject(t *testing.T, j *jx.Decoder, s *scanner, before []byte, depth int) bool {
	itJ, errJ := j.ObjIter()
	itS, errS := s.ObjIter()
	sameError(t, errJ, errS)
	if errJ != nil {
		return false
	}
	for itJ.Next() {
		if !itS.Next() {
			t.Fatalf("a member %q, which the scanner refuses: %v", itJ.Key(), itS.Err())
		}
		if !bytes.Equal(itJ.Key(), itS.Key()) {
			t.Fatalf("a member %q, to the scanner %q", itJ.Key(), itS.Key())
		}
		if !walk(t, j, s, before, depth+1) {
			return false
		}
	}
	if itS.Next() {
		t.Fatalf("a member %q, which jx refuses: %v", itS.Key(), itJ.Err())
	}
	if (itJ.Err() == nil) != (itS.Err() == nil) {
		t.Fatalf("the object ends with %v, to the scanner with %v", itJ.Err(), itS.Err())
	}
	return itJ.Err() == nil
}

func walkArray(t *testing.T, j *jx.Decoder, s *scanner, before []byte, depth int) bool {
	itJ, errJ := j.ArrIter()
	itS, errS := s.ArrIter()
	sameError(t, errJ, errS)
	if errJ != nil {
		return false
	}
	for itJ.Next() {
		if !itS.Next() {
			t.Fatalf("an element, which the scanner refuses: %v", itS.Err())
		}
		if !walk(t, j, s, before, depth+1) {
			return false
		}
	}
	if itS.Next() {
		t.Fatalf("an element, which jx refuses: %v", itJ.Err())
	}
	sameError(t, itJ.Err(), itS.Err())
	return itJ.Err() == nil
}
