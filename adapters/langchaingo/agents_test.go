package langchaingo_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/tmc/langchaingo/agents"
	"github.com/tmc/langchaingo/chains"
	"github.com/tmc/langchaingo/tools"

	"github.com/seed-a739af98/langchaingo-azure/azureadv1/azuretest"
)

// tool is a function with a name; it remembers what it was asked.
type tool struct {
	name  string
	run   func(string) string
	asked *[]string
}

var _ tools.Tool = tool{}

func (t tool) Name() string        { return t.name }
func (t tool) Description() string { return "Knows the " + t.name + "." }
func (t tool) Call(_ context.Context, input string) (string, error) {
	*t.asked = append(*t.asked, t.name+"("+input+")")
	return t.run(input), nil
}

func clockAndWeather() (both []tools.Tool, asked *[]string) {
	asked = new([]string)
	return []tools.Tool{
		tool{"clock", func(city string) string { return "noon in " + city }, asked},
		tool{"weather", func(city string) string { return "rain in \"" + city + "\"" }, asked},
	}, asked
}

// traveller asks the clock, then weather and clock at once, then answers with what they said.
func traveller(r azuretest.Request) azuretest.Reply {
	var results []string
	for _, m := range r.Messages() {
		if m.Role == "tool" {
			results = append(results, m.Content)
		}
	}
	arg := func(s string) string { return fmt.Sprintf(`{"__arg1":%q}`, s) }
	switch len(results) {
	case 0:
		return azuretest.ToolCalls(azuretest.ToolCall{Name: "clock", Arguments: arg("Oslo")}).WithText("Let me see.")
	case 1:
		return azuretest.ToolCalls(
			azuretest.ToolCall{Name: "weather", Arguments: arg(`"Oslo" {`)}, azuretest.ToolCall{Name: "clock", Arguments: arg("Rome")},
		).Interleaved()
	default:
		return azuretest.Text(strings.Join(results, "; "))
	}
}

func TestFunctionsAgent(t *testing.T) {
	everySpeech(t, func(t *testing.T, s speech) {
		for _, streamed := range []bool{false, true} {
			t.Run(fmt.Sprintf("streamed %t", streamed), func(t *testing.T) {
				var d diary
				var options []chains.ChainCallOption
				if streamed { // the agent's own handler is overridden by the chain's options, so that these decide
					options = append(options, chains.WithCallback(&d))
				}
				f := setUp(t, s.version, azuretest.Options{Respond: traveller}, s.options)
				both, asked := clockAndWeather()
				executor := agents.NewExecutor(agents.NewOpenAIFunctionsAgent(f.LLM, both, agents.WithCallbacksHandler(&d)))
				got, err := chains.Run(t.Context(), executor, "How is Oslo, and how late in Rome?", options...)
				if err != nil {
					t.Fatal(err)
				}
				const want = `noon in Oslo; rain in ""Oslo" {"; noon in Rome`
				if got != want {
					t.Errorf("the agent answered %q, want %q", got, want)
				}
				if d := cmp.Diff([]string{"clock(Oslo)", `weather("Oslo" {)`, "clock(Rome)"}, *asked); d != "" {
					t.Errorf("tools (-want +got):\n%s", d)
				}
				if streamed && d.text != "Let me see."+want {
					t.Errorf("the handler was told %q", d.text)
				}
				if f.last(t).Streaming() != streamed {
					t.Errorf("streaming: %t", !streamed)
				}
				checkHistory(t, f)
			})
		}
	})
}

// checkHistory looks at what the agent sent back in its last request: each call once, with JSON for arguments and one
// result under its id.
func checkHistory(t *testing.T, f *fixture) {
	t.Helper()
	var calls, results []string
	for _, r := range f.server.Requests() {
		if r.Status != 200 {
			t.Errorf("the resource answered %d: %s", r.Status, r.Problem)
		}
	}
	for _, m := range f.last(t).Messages() {
		for _, c := range m.ToolCalls {
			var arguments struct {
				Arg string `json:"__arg1"`
			}
			if err := json.Unmarshal([]byte(c.Arguments), &arguments); err != nil {
				t.Errorf("arguments %s: %v", c.Arguments, err)
			}
			calls = append(calls, c.ID+" "+c.Name+" "+arguments.Arg)
		}
		if m.Role == "tool" {
			results = append(results, m.ToolCallID)
		}
	}
	if len(calls) != 3 || len(results) != 3 {
		t.Fatalf("calls %q, results %q", calls, results)
	}
	for i, suffix := range []string{" clock Oslo", ` weather "Oslo" {`, " clock Rome"} {
		if calls[i] != results[i]+suffix {
			t.Errorf("call %q has the result of %q", calls[i], results[i])
		}
	}
}

// dreamer is a model of the ReAct agents that goes on after its action and makes up an observation and an answer, as
// models do when nothing stops them.
func dreamer(final string) func(azuretest.Request) azuretest.Reply {
	return func(r azuretest.Request) azuretest.Reply {
		if strings.Contains(r.LastMessage().Content, "noon in Oslo") {
			return azuretest.Text("Thought: I know it now\n", final, " noon in Oslo")
		}
		return azuretest.Text("Thought: I need the clock\nAction: clock\nAction Input: Oslo\nObser", "vation: midnight\nThought: ok\n", final, " midnight")
	}
}

func TestReActAgentsOnAReasoningModel(t *testing.T) {
	makers := map[string]struct {
		final string
		agent func(f *fixture, both []tools.Tool, o ...agents.Option) agents.Agent
	}{
		"MRKL": {"Final Answer:", func(f *fixture, both []tools.Tool, o ...agents.Option) agents.Agent {
			return agents.NewOneShotAgent(f.LLM, both, o...)
		}},
		"conversational": {"AI:", func(f *fixture, both []tools.Tool, o ...agents.Option) agents.Agent {
			return agents.NewConversationalAgent(f.LLM, both, o...)
		}},
	}
	everySpeech(t, func(t *testing.T, s speech) {
		for name, maker := range makers {
			for _, streamed := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s, streamed %t", name, streamed), func(t *testing.T) {
					var d diary
					var options []agents.Option
					if streamed {
						options = append(options, agents.WithCallbacksHandler(&d))
					}
					f := setUp(t, s.version, azuretest.Options{Respond: dreamer(maker.final)}, s.options, deployment("gpt-5"))
					both, asked := clockAndWeather()
					executor := agents.NewExecutor(maker.agent(f, both, options...))
					got, err := chains.Run(t.Context(), executor, "How late is it in Oslo?", chains.WithTemperature(0))
					if err != nil {
						t.Fatal(err)
					}
					if strings.TrimSpace(got) != "noon in Oslo" {
						t.Errorf("the agent answered %q", got)
					}
					if d := cmp.Diff([]string{"clock(Oslo)"}, *asked); d != "" {
						t.Errorf("tools (-want +got):\n%s", d)
					}
					if strings.Contains(d.text, "midnight") || strings.Contains(d.text, "Obser") || streamed != (d.text != "") {
						t.Errorf("the handler was told %q", d.text)
					}
				})
			}
		}
	})
}
