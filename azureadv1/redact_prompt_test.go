package azureadv1

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

func TestQuotationsOfThePromptAreTakenOut(t *testing.T) {
	const body = `{"model":"chat","max_completion_tokens":5,"messages":[{"role":"system","content":"Be brief."},` +
		`{"role":"user","content":[{"type":"text","text":"My card is \"4111 1111\",\nand my name is Ann."}]}],"tools":[{"function":{"description":"It knows the clock of Oslo."}}]}`
	rows := map[string]struct{ text, want string }{
		"the whole":            {"cannot answer: My card is \"4111 1111\",\nand my name is Ann. Sorry", "cannot answer: REDACTED Sorry"},
		"as JSON has it":       {`cannot answer: My card is \"4111 1111\",\nand my name is Ann.`, "cannot answer: REDACTED"},
		"cut off":              {"bad input 'My card is \"4111 1111\",\n...", "bad input 'REDACTED..."},
		"the end of it":        {"... 1111\",\nand my name is Ann. is not allowed", "...REDACTED is not allowed"},
		"a phrase":             {"who says 'my name is Ann' here?", "who says 'my name is Ann' here?"},
		"a field's name":       {"Use 'max_completion_tokens' instead.", "Use 'max_completion_tokens' instead."},
		"a tool's description": {"no: It knows the clock of Oslo.", "no: It knows the clock of Oslo."},
		"on one line":          {`cannot answer: My card is "4111 1111", and my name is Ann.`, "cannot answer: REDACTED"},
		"nothing":              {"", ""},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			if got := hidePrompt(row.text, []byte(body)); got != row.want {
				t.Errorf("%q, want %q", got, row.want)
			}
		})
	}
}

func TestAPromptOfOneLetterIsSoughtInTime(t *testing.T) {
	body, err := json.Marshal(map[string]any{"input": []string{strings.Repeat("a", 1<<20), strings.Repeat("ab", 1<<19)}})
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	for _, text := range []string{strings.Repeat("a", quotableMessage), strings.Repeat("ab", quotableMessage/2), strings.Repeat("aaaaaaaaaaaaaab", quotableMessage/15)} {
		_ = hidePrompt(text, body)
	}
	if took := time.Since(began); took > 20*time.Second {
		t.Errorf("it took %s", took)
	}
}

// FuzzHidePrompt: what an error quotes of a prompt is gone, and nothing else is.
func FuzzHidePrompt(f *testing.F) {
	f.Add("my card is 4111 1111, and my name is ann.", "bad input: ", " here")
	f.Add("aaaaaaaaaaaaaaaaaaaaaaaa", "aaaa", "a")
	f.Add("short", "a", "b")
	f.Add("\"quoted\" \\ and <html> and \u2028", "\x00", "\xff")
	f.Fuzz(func(t *testing.T, prompt, before, after string) {
		body, err := json.Marshal(map[string]any{"messages": []any{map[string]any{"content": prompt}}})
		if err != nil || !utf8.ValidString(prompt) || len(prompt) < quotedStep || strings.ContainsAny(prompt, "REDACT") {
			t.Skip("no prompt, one too short, or one that the word REDACTED may spell")
		}
		if got := hidePrompt(before+prompt+after, body); strings.Contains(got, prompt) {
			t.Errorf("%q is left in %q", prompt, got)
		}
		if text := strings.ToUpper(before); !strings.ContainsFunc(text, func(r rune) bool { return strings.ContainsRune(prompt, r) }) {
			if got := hidePrompt(text, body); got != text {
				t.Errorf("%q became %q", text, got)
			}
		}
	})
}
