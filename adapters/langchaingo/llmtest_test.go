package langchaingo_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/tmc/langchaingo/testing/llmtest"

	"github.com/seed-a739af98/langchaingo-azure/adapters/langchaingo"
	"github.com/seed-a739af98/langchaingo-azure/azureadv1/azuretest"
)

// obedient answers what langchaingo's test kit asks for.
func obedient(r azuretest.Request) azuretest.Reply {
	asked := r.LastMessage().Content
	switch {
	case len(r.ToolNames()) > 0 && strings.Contains(asked, "San Francisco"):
		return azuretest.ToolCalls(azuretest.ToolCall{Name: r.ToolNames()[0], Arguments: `{"location":"San Francisco, USA"}`})
	case strings.Contains(asked, "Hello"):
		return azuretest.Text("Hello")
	case strings.Contains(asked, "25 + 17"):
		return azuretest.Text("25 + 17 = 42").WithUsage(azuretest.Usage{Prompt: 10, Completion: 20, Reasoning: 12})
	}
	return azuretest.Text("OK, 1 2 3")
}

func TestLangchaingosOwnTestKit(t *testing.T) {
	everySpeech(t, func(t *testing.T, s speech) {
		for _, name := range []string{"chat", "gpt-5"} {
			t.Run(name, func(t *testing.T) {
				options := slices.Clone(s.options)
				if s.version == classic { // the kit asks for an effort, which this version lacks
					options = append(options, langchaingo.WithDropParams("reasoning_effort"))
				}
				f := setUp(t, s.version, azuretest.Options{Respond: obedient}, options, deployment(name))
				t.Cleanup(func() { f.ranAll(t, name == "gpt-5") })
				if err := llmtest.ValidateLLM(f.LLM); err != nil {
					t.Fatal(err)
				}
				llmtest.TestLLM(t, f.LLM)
			})
		}
	})
}

// ranAll checks by what was sent that the kit has left out none of its tests.
func (f *fixture) ranAll(t *testing.T, reasons bool) {
	t.Helper()
	ran := map[string]bool{}
	for _, r := range f.server.Requests() {
		asked := r.LastMessage().Content
		ran["streaming"] = ran["streaming"] || r.Streaming()
		ran["tools"] = ran["tools"] || len(r.ToolNames()) > 0 && strings.Contains(asked, "San Francisco")
		ran["reasoning"] = ran["reasoning"] || strings.Contains(asked, "25 + 17")
		ran["caching"] = ran["caching"] || strings.Contains(asked, "Say 'OK'")
		ran["counting"] = ran["counting"] || strings.Contains(asked, "Count to 5")
	}
	want := map[string]bool{"streaming": true, "tools": true, "reasoning": reasons, "caching": true, "counting": true}
	if d := cmp.Diff(want, ran); d != "" {
		t.Errorf("what the kit has tried (-want +got):\n%s", d)
	}
}
