package wire_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/seed-a739af98/langchaingo-azure/internal/wire"
)

func FuzzIsObject(f *testing.F) {
	for _, seed := range []string{
		"", "{}", " {} ", "{}{}", "{} x", "[]", "null", `"{}"`, `{"a":1}`, `{"a":01}`, `{"a":1.}`, `{"a":-}`, `{"a":1e5}`, `{"a":tru}`, `{"a":true,}`,
		`{"a" : [1, "x\u00e9\n", {"b":null}]}`, `{"a":"\x"}`, "{\"a\":\"\xff\"}", "{\"a\":\"\x01\"}", `{"a`, "\u00a0{}", strings.Repeat(`{"a":`, 50) + "1" + strings.Repeat("}", 50),
		strings.Repeat(`{"a":`, 10_000) + "1" + strings.Repeat("}", 10_000), strings.Repeat(`{"a":`, 10_001) + "1" + strings.Repeat("}", 10_001),
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		want := strings.HasPrefix(strings.TrimLeft(text, " \t\r\n"), "{") && json.Valid([]byte(text))
		if got := wire.IsObject(text); got != want {
			t.Errorf("%q: %t", text, got)
		}
	})
}

func TestIsObjectCopiesNothing(t *testing.T) {
	text := `{"q":"` + strings.Repeat("what to look up ", 20) + `"}`
	allocations(t, 0, func() {
		if !wire.IsObject(text) {
			t.Fatal("it is one")
		}
	})
}
