package langchaingo_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/tmc/langchaingo/llms"

	"github.com/seed-a739af98/langchaingo-azure/adapters/langchaingo"
	"github.com/seed-a739af98/langchaingo-azure/azureadv1/azuretest"
)

// TestExtraBodyBesideOptionsOfOneField sets some members of "text" and "reasoning" by ExtraBody and others by options,
// which are dropped and refused as they are without it.
func TestExtraBodyBesideOptionsOfOneField(t *testing.T) {
	const beside = "2025-03-01-preview"
	schema := langchaingo.JSONSchema("s", `{"type":"object"}`, true)
	extra := func(field, member, value string) llms.CallOption {
		return langchaingo.ExtraBody(map[string]any{field: map[string]any{member: value}})
	}
	tests := []struct {
		name, version string
		drop          []string
		options       []llms.CallOption
		want          string // the two fields
		dropped       []string
	}{
		{"a schema", v1, nil, []llms.CallOption{schema, extra("text", "verbosity", "low")}, `[{"format":{"type":"json_schema","name":"s","schema":{"type":"object"},"strict":true},"verbosity":"low"},null]`, nil},
		{"JSON mode", v1, nil, []llms.CallOption{llms.WithJSONMode(), extra("text", "verbosity", "low")}, `[{"format":{"type":"json_object"},"verbosity":"low"},null]`, nil},
		{"an effort", v1, nil, []llms.CallOption{langchaingo.ReasoningEffort("low"), extra("reasoning", "summary", "auto")}, `[null,{"effort":"low","summary":"auto"}]`, nil},
		{"nothing", v1, nil, []llms.CallOption{extra("reasoning", "summary", "auto")}, `[null,{"summary":"auto"}]`, nil},
		{"the same member: ExtraBody's counts", v1, nil, []llms.CallOption{langchaingo.ReasoningEffort("low"), extra("reasoning", "effort", "high")}, `[null,{"effort":"high"}]`, nil},
		{"a member that the version lacks, given by ExtraBody", beside, nil, []llms.CallOption{langchaingo.ReasoningSummary("concise"), extra("reasoning", "summary", "detailed")}, `[null,{"effort":"medium","summary":"detailed"}]`, nil},
		{"a field that is null", v1, nil, []llms.CallOption{langchaingo.ReasoningEffort("low"), langchaingo.ExtraBody(map[string]any{"reasoning": nil})}, `[null,null]`, nil},
		{"a schema that is dropped", v1, []string{"response_format"}, []llms.CallOption{schema, extra("text", "verbosity", "low")}, `[{"verbosity":"low"},null]`, []string{"response_format"}},
		{"an effort that is dropped", v1, []string{"reasoning_effort"}, []llms.CallOption{langchaingo.ReasoningEffort("low"), extra("reasoning", "summary", "auto")}, `[null,{"summary":"auto"}]`, []string{"reasoning_effort"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := responding(t, tt.version, "gpt-5", azuretest.Options{}, langchaingo.WithDropParams(tt.drop...))
			got, err := f.GenerateContent(t.Context(), question, tt.options...)
			if err != nil {
				t.Fatal(err)
			}
			sameJSON(t, "text and reasoning", []any{f.last(t).Field("text"), f.last(t).Field("reasoning")}, tt.want)
			dropped, _ := got.Choices[0].GenerationInfo["Dropped"].([]string)
			if d := cmp.Diff(tt.dropped, dropped); d != "" {
				t.Errorf("Dropped (-want +got):\n%s", d)
			}
		})
	}
	t.Run("an option that the version lacks", func(t *testing.T) {
		f := responding(t, beside, "gpt-5", azuretest.Options{})
		_, err := f.GenerateContent(t.Context(), question, langchaingo.ReasoningSummary("concise"), extra("reasoning", "effort", "low"))
		contains(t, err, "no reasoning_summary", "2025-04-01-preview")
		f.sentNothing(t)
	})
	t.Run("the caller's map stays as it is", func(t *testing.T) {
		mine := map[string]any{"verbosity": "low"}
		f := responding(t, v1, "gpt-5", azuretest.Options{})
		if _, err := f.GenerateContent(t.Context(), question, schema, langchaingo.ExtraBody(map[string]any{"text": mine})); err != nil {
			t.Fatal(err)
		}
		if len(mine) != 1 {
			t.Errorf("it is %v", mine)
		}
	})
}

// TestDropParamsTakesTheNamesOfRefusals follows the hint of a refusal, which names the field as the service does.
func TestDropParamsTakesTheNamesOfRefusals(t *testing.T) {
	f := responding(t, v1, "chat", azuretest.Options{}) // it does not reason
	_, err := f.GenerateContent(t.Context(), question, langchaingo.ReasoningEffort("low"))
	contains(t, err, `WithDropParams("reasoning.effort")`)
	for name, tt := range map[string]struct {
		option llms.CallOption
		field  string
	}{
		"reasoning.effort":  {langchaingo.ReasoningEffort("low"), "reasoning"},
		"reasoning.summary": {langchaingo.ReasoningSummary("auto"), "reasoning"},
		"text.format":       {llms.WithJSONMode(), "text"},
	} {
		f := responding(t, v1, "chat", azuretest.Options{}, langchaingo.WithDropParams(name))
		if _, err := f.GenerateContent(t.Context(), question, tt.option); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if sent := f.last(t).Field(tt.field); sent != nil {
			t.Errorf("%s: %v was sent", name, sent)
		}
	}
}
