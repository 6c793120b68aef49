package langchaingo_test

import (
	"fmt"
	"maps"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/tmc/langchaingo/llms"

	"github.com/seed-a739af98/langchaingo-azure/azureadv1"
	"github.com/seed-a739af98/langchaingo-azure/azureadv1/azuretest"
)

// What answers have in common is kept from one to the next: no caller may reach another's through it.
func TestGenerationInfoIsTheCallersOwn(t *testing.T) {
	f := setUp(t, v1, azuretest.Options{}, nil)
	ask := func() map[string]any {
		t.Helper()
		f.server.Enqueue(azuretest.Raw(200, nil, fullAnswer))
		response, err := f.GenerateContent(t.Context(), human("q"))
		if err != nil {
			t.Fatal(err)
		}
		return response.Choices[0].GenerationInfo
	}
	first := ask()
	want := maps.Clone(first)
	want["ContentFilterResults"] = []azureadv1.FilterResult{{Category: "hate", Severity: "low"}}
	want["PromptFilterResults"] = []azureadv1.FilterResult{{Category: "jailbreak", HasDetected: true}}

	_ = append(first["ContentFilterResults"].([]azureadv1.FilterResult), azureadv1.FilterResult{Category: "appended"})
	if d := cmp.Diff(want, first); d != "" {
		t.Errorf("an append to one list reached the other (-want +got):\n%s", d)
	}
	first["ContentFilterResults"].([]azureadv1.FilterResult)[0].Category = "written"
	first["PromptFilterResults"].([]azureadv1.FilterResult)[0].Category = "written"
	for key := range first {
		first[key] = "written"
	}
	second := ask()
	delete(want, "RequestID")
	delete(second, "RequestID")
	if d := cmp.Diff(want, second); d != "" {
		t.Errorf("writing to one answer's reached the next one's (-want +got):\n%s", d)
	}
}

func TestGenerationInfoHasNothingOfTheAnswerBefore(t *testing.T) {
	f := setUp(t, v1, azuretest.Options{Region: "Sweden Central"}, nil)
	keys := func(answer string) []string {
		t.Helper()
		f.server.Enqueue(azuretest.Raw(200, nil, answer))
		response, err := f.GenerateContent(t.Context(), human("q"))
		if err != nil {
			t.Fatal(err)
		}
		info := response.Choices[0].GenerationInfo
		var told []string
		for _, key := range []string{"Model", "ID", "SystemFingerprint", "ServiceTier", "TotalTokens", "ThinkingContent", "ContentFilterResults", "PromptFilterResults"} {
			if v, ok := info[key]; ok {
				told = append(told, fmt.Sprint(key, "=", v))
			}
		}
		return told
	}
	keys(fullAnswer)
	bare := []string{"TotalTokens=0", "ThinkingContent="}
	if d := cmp.Diff(bare, keys(`{"choices":[{"message":{"content":"x"}}]}`)); d != "" {
		t.Errorf("an answer that tells nothing (-want +got):\n%s", d)
	}
	other := append([]string{"Model=m2"}, bare...)
	if d := cmp.Diff(other, keys(`{"model":"m2","choices":[{"message":{"content":"x"}}]}`)); d != "" {
		t.Errorf("an answer of another model (-want +got):\n%s", d)
	}
}

// Two models answering one LLM in turns, as behind a model router, make it forget each time what they have in common.
func TestGenerationInfoOfManyAtOnce(t *testing.T) {
	const callers = 64
	f := setUp(t, v1, azuretest.Options{Respond: func(r azuretest.Request) azuretest.Reply {
		name := "m0"
		if strings.Contains(string(r.Body), "#1") {
			name = "m1"
		}
		return azuretest.Raw(200, nil, fmt.Sprintf(`{"model":%q,"id":%q,"choices":[{"message":{"content":"x"}}]}`, name, "id of "+name))
	}}, nil)
	var group sync.WaitGroup
	for i := range callers {
		group.Go(func() {
			name := fmt.Sprint("m", i%2)
			response, err := f.GenerateContent(t.Context(), human(fmt.Sprint("#", i%2)))
			if err != nil {
				t.Error(err)
				return
			}
			info := response.Choices[0].GenerationInfo
			if info["Model"] != name || info["ID"] != "id of "+name {
				t.Errorf("the answer of %s says %v, %v", name, info["Model"], info["ID"])
			}
		})
	}
	group.Wait()
}

// Of six things that answers repeat, each call changes one and then back: none may be told of the wrong answer.
func TestGenerationInfoTellsWhatChanges(t *testing.T) {
	usual := map[string]any{"Deployment": "chat", "Model": "m", "SystemFingerprint": "fp", "ServiceTier": "default", "Region": "r", "Attempts": 1}
	f := setUp(t, v1, azuretest.Options{}, nil, func(c *azureadv1.Config) { c.MaxRetries = 1 })
	ask := func(want map[string]any) {
		t.Helper()
		if want["Attempts"] == 2 {
			f.server.Enqueue(azuretest.Raw(503, http.Header{"Retry-After-Ms": {"1"}}, `{}`))
		}
		f.server.Enqueue(azuretest.Raw(200, http.Header{"X-Ms-Region": {want["Region"].(string)}}, fmt.Sprintf(
			`{"model":%q,"system_fingerprint":%q,"service_tier":%q,"choices":[{"message":{"content":"x"}}]}`, want["Model"], want["SystemFingerprint"], want["ServiceTier"])))
		response, err := f.GenerateContent(t.Context(), human("q"), llms.WithModel(want["Deployment"].(string)))
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]any{}
		for key := range usual {
			got[key] = response.Choices[0].GenerationInfo[key]
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("GenerationInfo (-want +got):\n%s", d)
		}
	}
	ask(usual)
	for key, other := range map[string]any{"Deployment": "other", "Model": "m2", "SystemFingerprint": "fp2", "ServiceTier": "priority", "Region": "r2", "Attempts": 2} {
		changed := maps.Clone(usual)
		changed[key] = other
		ask(changed)
		ask(usual)
	}
}
