package registry_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tmc/langchaingo/llms"

	"github.com/seed-a739af98/langchaingo-azure/adapters/registry"
	"github.com/seed-a739af98/langchaingo-azure/azureadv1/azuretest"
)

// An entry's fields have their names of chat completions; on the Responses API they are sent by theirs.
func TestEntryFieldsOnTheResponsesAPI(t *testing.T) {
	schema := `{"name":"s","schema":{"type":"object","properties":{},"additionalProperties":false},"strict":true}`
	for _, tt := range []struct{ field, name, want string }{
		{"verbosity: low", "text", `{"verbosity":"low"}`},
		{"response_format: {type: json_object}", "text", `{"format":{"type":"json_object"}}`},
		{"response_format: {type: json_schema, json_schema: " + schema + "}", "text", `{"format":{"type":"json_schema",` + schema[1:] + `}`},
		{"logprobs: true", "include", `["message.output_text.logprobs"]`},
		{"store: true", "store", `true`},
		{"max_tokens: 50", "max_output_tokens", `50`},
		{"max_completion_tokens: 50", "max_output_tokens", `50`},
		{"reasoning_effort: low", "reasoning", `{"effort":"low"}`},
		{"user: me", "user", `"me"`},
		{"verbosity: low, extra_body: {text: {verbosity: high}}", "text", `{"verbosity":"high"}`},
	} {
		t.Run(tt.field, func(t *testing.T) {
			s := azure(t, azuretest.Options{Deployments: map[string]string{"codex": "gpt-5.1"}})
			r := parse(t, s, entryWith(tt.field))
			if _, err := model(t, r, "coder").GenerateContent(t.Context(), []llms.MessageContent{llms.TextParts(llms.ChatMessageTypeHuman, "hi, as json")}); err != nil {
				t.Fatal(err)
			}
			var body map[string]json.RawMessage
			if err := json.Unmarshal(s.Requests()[0].Body, &body); err != nil {
				t.Fatal(err)
			}
			var got, want any
			if json.Unmarshal(body[tt.name], &got) != nil || json.Unmarshal([]byte(tt.want), &want) != nil {
				t.Fatalf("%s is %s", tt.name, body[tt.name])
			}
			if d := cmp.Diff(want, got); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestLogitBiasOnTheResponsesAPIIsRefusedWithTheFile(t *testing.T) {
	_, err := new(registry.Loader).Parse(strings.NewReader(entryWith("logit_bias: {1: 2}")))
	if err == nil || !strings.Contains(err.Error(), "the Responses API has no such field") {
		t.Error(err)
	}
}

func entryWith(field string) string {
	return "\nmodel_list:\n  - model_name: coder\n    litellm_params: {api_base: https://azuretest.openai.azure.com, api_key: hush-api-key, model: azure/responses/codex, " + field + "}\n"
}
