package registry_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-a739af98/langchaingo-azure/adapters/registry"
)

func TestAzureListsTheEntriesWithTheirConfigurations(t *testing.T) {
	models, err := registry.Parse(strings.NewReader(`model_list:
  - model_name: chat
    litellm_params: {model: azure/gpt, api_base: "https://r.openai.azure.com", api_version: "2024-10-21", api_key: hush-key, extra_headers: {X-Team: hush-team}}
  - model_name: local
    litellm_params: {model: ollama/llama3}
  - model_name: codex
    litellm_params: {model: azure/codex, api_base: "https://r.openai.azure.com", api_key: hush-key, max_retries: 4}
    model_info: {mode: responses}
`))
	if err != nil {
		t.Fatal(err)
	}
	all := models.Azure()
	var got []string
	for _, e := range all {
		got = append(got, fmt.Sprint(e.Name, " ", e.Config.Explain().ResponsesURL, " ", e.Config.APIKey, " ", e.Config.MaxRetries, " ", e.ResponsesAPI))
		if shown := fmt.Sprintf("%v %+v %#v", e, e, e); strings.Contains(shown, "hush") {
			t.Errorf("a secret is printed: %s", shown)
		}
	}
	want := []string{
		"chat https://r.openai.azure.com/openai/responses?api-version=2024-10-21 hush-key 0 false",
		"codex https://r.openai.azure.com/openai/v1/responses hush-key 4 true",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	all[0].Config.Header.Set("X-Team", "another")
	if now := models.Azure()[0].Config.Header.Get("X-Team"); now != "hush-team" {
		t.Errorf("a caller's change reached the registry: %q", now)
	}
}
