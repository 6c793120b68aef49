package registry_test

import (
	"testing"

	"github.com/seed-a739af98/langchaingo-azure/azureadv1/azuretest"
)

// TestResponsesEntriesSpeakTheResponsesAPI has every way of an entry to ask for it, and one that does not.
func TestResponsesEntriesSpeakTheResponsesAPI(t *testing.T) {
	const entry = `
model_list:
  - model_name: coder
    litellm_params: {api_base: https://azuretest.openai.azure.com, api_key: hush-api-key, `
	for name, tt := range map[string]struct{ rest, path string }{
		"by key on v1":      {`model: azure/codex, responses_api: true}`, "/openai/v1/responses"},
		"by key on classic": {`model: azure/codex, responses_api: true, api_version: 2025-04-01-preview}`, "/openai/responses"},
		"by mode":           {"model: azure/codex}\n    model_info: {mode: responses}", "/openai/v1/responses"},
		"by prefix":         {`model: azure/responses/codex}`, "/openai/v1/responses"},
		"not at all":        {`model: azure/chat, responses_api: false}`, "/openai/v1/chat/completions"},
	} {
		t.Run(name, func(t *testing.T) {
			s := azure(t, azuretest.Options{Deployments: map[string]string{"codex": "gpt-5.1-codex", "chat": "gpt-4o"}})
			ask(t, model(t, parse(t, s, entry+tt.rest), "coder"))
			if got := s.Requests()[0].Path; got != tt.path {
				t.Errorf("asked at %s, want %s", got, tt.path)
			}
		})
	}
}
