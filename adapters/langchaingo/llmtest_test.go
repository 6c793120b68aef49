package langchaingo_test

import (
	"strings"
	"testing"

	"github.com/tmc/langchaingo/testing/llmtest"

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
	for _, version := range []string{v1, classic, newest} {
		for _, name := range []string{"chat", "gpt-5"} {
			if version == classic && name == "gpt-5" {
				continue // the kit asks for an effort, which this version lacks
			}
			t.Run(name+" on "+version, func(t *testing.T) {
				f := setUp(t, version, azuretest.Options{Respond: obedient}, nil, deployment(name))
				if err := llmtest.ValidateLLM(f.LLM); err != nil {
					t.Fatal(err)
				}
				llmtest.TestLLM(t, f.LLM)
			})
		}
	}
}
