package wire_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/go-faster/jx"

	"github.com/seed-a739af98/langchaingo-azure/internal/wire"
)

// FuzzQuoted writes a text as a request's model and holds it to jx byte for byte, with every invalid byte replaced, and to
// encoding/json in what it says.
func FuzzQuoted(f *testing.F) {
	for _, seed := range []string{
		"", "plain", "eight ok", "nine okay", `a "quoted" word`, `back\slash`, "line\nfeed\r\ttab", "nul\x00 and \x1f and \x7f",
		"snow \u2603 and \U0001f600", "bad \xff byte", "half \xed\xa0\x80 pair", "\u2028", "<&>", strings.Repeat("x", 100) + "\"",
		"1234567\"", "12345678\"", "12345678\xff", "12345678\u00e9", "12345678\u00e9\"\xff", "\x80234567\"", "\"\x1f\\\"\x1f\\\"\x1f",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		w := wire.NewChatWriter(16)
		w.Model(text)
		got, err := w.Body()
		if err != nil {
			t.Fatal(err)
		}
		var decoded struct{ Model string }
		if err := json.Unmarshal(got, &decoded); err != nil {
			t.Fatalf("%q: %v", got, err)
		}
		valid := string([]rune(text)) // one U+FFFD for each byte that is not UTF-8
		if decoded.Model != valid {
			t.Errorf("%q says %q, want %q", got, decoded.Model, valid)
		}
		var theirs jx.Writer
		theirs.RawStr(`{"model":`)
		theirs.Str(valid)
		theirs.ObjEnd()
		if string(got) != string(theirs.Buf) {
			t.Errorf("%q, jx writes %q", got, theirs.Buf)
		}
	})
}
