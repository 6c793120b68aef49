package wire

import (
	"strings"
	"testing"
)

// What a filter found, and in which words, is one caller's: it is not kept for the next.
func TestFindingsAreNotRemembered(t *testing.T) {
	for name, c := range map[string]struct {
		results string
		kept    bool
	}{
		"nothing found":   {`{"hate":{"filtered":false,"severity":"safe"},"jailbreak":{"detected":false,"filtered":false}}`, true},
		"a severity":      {`{"hate":{"filtered":false,"severity":"low"}}`, false},
		"blocked":         {`{"hate":{"filtered":true}}`, false},
		"detected":        {`{"jailbreak":{"detected":true,"filtered":false}}`, false},
		"more is said":    {`{"protected_material_code":{"detected":false,"filtered":false,"citation":{"URL":"u"}}}`, false},
		"no results":      {`{}`, false},
		"another shape":   {`["hate"]`, false},
		"past the limit":  {`{"` + strings.Repeat("a", memoLimit) + `":{"filtered":false}}`, false},
		"not even a list": {`"hate"`, false},
	} {
		t.Run(name, func(t *testing.T) {
			r := views.New().(*answerReader) //nolint:forcetypeassert // the pool makes nothing else
			r.d.ResetBytes([]byte(`{"prompt_filter_results":[{"content_filter_results":` + c.results + `}],"choices":[{"content_filter_results":` + c.results + `}]}`))
			if err := r.view.read(&r.d); err != nil {
				t.Fatal(err)
			}
			r.chat()
			if filters, prompts := len(r.filters.raw) > 0, len(r.prompts.raw) > 0; filters != c.kept || prompts != c.kept {
				t.Errorf("of the choice kept: %t, of the prompt: %t; want %t", filters, prompts, c.kept)
			}
		})
	}
}
