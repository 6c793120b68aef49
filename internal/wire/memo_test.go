package wire_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-a739af98/langchaingo-azure/internal/wire"
)

// What an answer says does not depend on the one before, whose filter results are
// remembered: the same bytes with a blank in them are read in full and say the same.
func TestRememberedResultsSayWhatReadingThemAgainDoes(t *testing.T) {
	finding := strings.Replace(harmless, `"severity":"safe"`, `"severity":"high"`, 1)
	for name, body := range map[string]string{
		"the same":                   textAnswer,
		"a finding":                  strings.ReplaceAll(textAnswer, harmless, finding),
		"one category":               strings.ReplaceAll(textAnswer, harmless, `{"hate":{"filtered":false,"severity":"safe"}}`),
		"one more category":          strings.ReplaceAll(textAnswer, harmless, strings.TrimSuffix(harmless, "}")+`,"new":{"filtered":true}}`),
		"a blank behind":             strings.ReplaceAll(textAnswer, harmless, harmless+" "),
		"no results":                 strings.ReplaceAll(textAnswer, harmless, "{}"),
		"null":                       strings.ReplaceAll(textAnswer, harmless, "null"),
		"results twice":              strings.Replace(textAnswer, harmless, harmless+`,"content_filter_results":`+finding, 1),
		"results twice, harmless":    strings.Replace(textAnswer, harmless, finding+`,"content_filter_results":`+harmless, 1),
		"two prompts":                strings.Replace(textAnswer, `[{"prompt_index":0`, `[{"prompt_index":1,"content_filter_results":`+finding+`},{"prompt_index":0`, 1),
		"another model":              strings.Replace(textAnswer, "gpt-5-mini", "gpt-4o-mini", 1),
		"no model":                   strings.Replace(textAnswer, `"model"`, `"other"`, 1),
		"a byte too many":            strings.Replace(textAnswer, harmless, harmless+"x", 1),
		"a bracket too many":         strings.Replace(textAnswer, harmless, harmless+"}", 1),
		"a comma behind":             strings.Replace(textAnswer, harmless, harmless+",", 1),
		"cut in the results":         textAnswer[:strings.Index(textAnswer, harmless)+len(harmless)/2],
		"cut behind the results":     textAnswer[:strings.Index(textAnswer, harmless)+len(harmless)],
		"a byte behind the prompts'": strings.Replace(textAnswer, harmless+"}]", harmless+"}]x", 1),
	} {
		t.Run(name, func(t *testing.T) {
			want, errWant := wire.ReadChat([]byte(strings.ReplaceAll(body, `{"hate"`, `{ "hate"`)))
			if _, err := wire.ReadChat([]byte(textAnswer)); err != nil {
				t.Fatal(err)
			}
			got, err := wire.ReadChat([]byte(body))
			if (err == nil) != (errWant == nil) {
				t.Fatalf("%v, want %v", err, errWant)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}
