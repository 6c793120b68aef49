package langchaingo_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/tmc/langchaingo/agents"
	"github.com/tmc/langchaingo/chains"
	"github.com/tmc/langchaingo/llms"

	"github.com/seed-a739af98/langchaingo-azure/adapters/langchaingo"
	"github.com/seed-a739af98/langchaingo-azure/azureadv1"
	"github.com/seed-a739af98/langchaingo-azure/azureadv1/azuretest"
)

// thinker is traveller, thinking before it calls.
func thinker(r azuretest.Request) azuretest.Reply {
	reply := traveller(r)
	if n := len(r.Messages()); n < 7 {
		return reply.WithReasoningSummary(fmt.Sprint("thought ", n))
	}
	return reply
}

// inputOf lists a request's items in short: their types, and of calls and results the last digits of the id.
func inputOf(t *testing.T, r azuretest.Request) []string {
	t.Helper()
	var items []string
	for _, v := range r.Field("input").([]any) {
		item := v.(map[string]any)
		kind := item["type"].(string)
		if role, ok := item["role"].(string); ok {
			kind = role
		}
		if item["encrypted_content"] != nil {
			kind += " encrypted"
		}
		items = append(items, kind)
	}
	return items
}

// TestReasoningSurvivesTheFunctionsAgent shows at the wire that langchaingo's agent, which knows nothing of reasoning,
// sends back what the model thought, in front of the calls that came of it, and nothing twice. The stand-in refuses
// items in a wrong place, unknown ones and calls without what led to them.
func TestReasoningSurvivesTheFunctionsAgent(t *testing.T) {
	const reasoning, call, output = "reasoning encrypted", "function_call", "function_call_output"
	for _, streamed := range []bool{false, true} {
		t.Run(fmt.Sprintf("streamed %t", streamed), func(t *testing.T) {
			var d diary
			var options []chains.ChainCallOption
			if streamed {
				options = append(options, chains.WithCallback(&d))
			}
			f := responding(t, v1, "gpt-5", azuretest.Options{Respond: thinker})
			both, _ := clockAndWeather()
			executor := agents.NewExecutor(agents.NewOpenAIFunctionsAgent(f.LLM, both, agents.WithCallbacksHandler(&d)))
			if _, err := chains.Run(t.Context(), executor, "How is Oslo, and how late in Rome?", options...); err != nil {
				t.Fatal(err)
			}
			got := inputOf(t, f.last(t))
			want := []string{
				"system", "user",
				reasoning, "assistant", call, output, // the text in front of the call, which the agent forgets, comes back with it
				reasoning, call, output, call, output, // one thought led to two calls, which the agent takes apart
			}
			if d := cmp.Diff(want, got); d != "" {
				t.Errorf("the last input (-want +got):\n%s", d)
			}
		})
	}
	t.Run("a dated version, which cannot carry it", func(t *testing.T) {
		f := responding(t, newest, "gpt-5", azuretest.Options{Respond: thinker})
		both, _ := clockAndWeather()
		executor := agents.NewExecutor(agents.NewOpenAIFunctionsAgent(f.LLM, both))
		if _, err := chains.Run(t.Context(), executor, "How is Oslo, and how late in Rome?"); err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(inputOf(t, f.last(t)), " "); strings.Contains(got, "reasoning") {
			t.Errorf("the last input: %s", got)
		}
	})
	t.Run("a dated version, stored", func(t *testing.T) {
		f := responding(t, newest, "gpt-5", azuretest.Options{})
		first := called(t, f, langchaingo.Store(true))
		resultOf(t, f, first, langchaingo.Store(true))
		if d := cmp.Diff([]string{"user", "reasoning", call, output}, inputOf(t, f.last(t))); d != "" {
			t.Errorf("the last input (-want +got):\n%s", d)
		}
	})
}

// called is the answer of a reasoning model that wants the tool "add" called.
func called(t *testing.T, f *fixture, options ...llms.CallOption) *llms.ContentChoice {
	t.Helper()
	f.server.Enqueue(azuretest.ToolCalls(azuretest.ToolCall{Name: "add", Arguments: `{"a":1}`}).WithReasoningSummary("Hm."))
	got, err := f.GenerateContent(t.Context(), question, append(options, llms.WithTools([]llms.Tool{adder}))...)
	if err != nil {
		t.Fatal(err)
	}
	return got.Choices[0]
}

// resultOf sends the call back with its result, as langchaingo's agents do.
func resultOf(t *testing.T, f *fixture, c *llms.ContentChoice, options ...llms.CallOption) {
	t.Helper()
	sendBack(t, f, []llms.ContentPart{c.ToolCalls[0]}, c.ToolCalls[0].ID, options...)
}

func sendBack(t *testing.T, f *fixture, said []llms.ContentPart, id string, options ...llms.CallOption) {
	t.Helper()
	messages := append(human("q, as json"),
		llms.MessageContent{Role: llms.ChatMessageTypeAI, Parts: said},
		llms.MessageContent{Role: llms.ChatMessageTypeTool, Parts: []llms.ContentPart{llms.ToolCallResponse{ToolCallID: id, Content: "4"}}})
	if _, err := f.GenerateContent(t.Context(), messages, append(options, llms.WithTools([]llms.Tool{adder}))...); err != nil {
		t.Fatal(err)
	}
}

func TestWhoseReasoningComesBack(t *testing.T) {
	const with, without = "user,reasoning encrypted,function_call,function_call_output", "user,function_call,function_call_output"
	tests := []struct {
		name string
		back func(t *testing.T, f *fixture, c *llms.ContentChoice)
		want string
	}{
		{"the call as it was", func(t *testing.T, f *fixture, c *llms.ContentChoice) { resultOf(t, f, c) }, with},
		{"arguments in other spaces", func(t *testing.T, f *fixture, c *llms.ContentChoice) {
			call := llms.ToolCall{ID: c.ToolCalls[0].ID, FunctionCall: &llms.FunctionCall{Name: "add", Arguments: `{ "a": 1 }`}}
			sendBack(t, f, []llms.ContentPart{call}, call.ID)
		}, with},
		{"arguments that were changed", func(t *testing.T, f *fixture, c *llms.ContentChoice) {
			call := llms.ToolCall{ID: c.ToolCalls[0].ID, FunctionCall: &llms.FunctionCall{Name: "add", Arguments: `{"a":2}`}}
			sendBack(t, f, []llms.ContentPart{call}, call.ID)
			if body := string(f.last(t).Body); !strings.Contains(body, `{\"a\":2}`) {
				t.Errorf("the change was not sent: %s", body)
			}
		}, without},
		{"another call", func(t *testing.T, f *fixture, _ *llms.ContentChoice) {
			sendBack(t, f, []llms.ContentPart{llms.ToolCall{ID: "call_other", FunctionCall: &llms.FunctionCall{Name: "add", Arguments: `{"a":1}`}}}, "call_other")
		}, without},
		{"another deployment", func(t *testing.T, f *fixture, c *llms.ContentChoice) { resultOf(t, f, c, llms.WithModel("o3-mini")) }, without},
		{"another process", func(t *testing.T, f *fixture, c *llms.ContentChoice) {
			resultOf(t, on(t, f.server, v1, []langchaingo.Option{langchaingo.WithResponsesAPI()}, deployment("gpt-5")), c)
		}, without},
		{"an id that the service gave twice", func(t *testing.T, f *fixture, c *llms.ContentChoice) {
			f.server.Enqueue(azuretest.ToolCalls(azuretest.ToolCall{ID: c.ToolCalls[0].ID, Name: "add", Arguments: `{"a":1}`}).WithReasoningSummary("Secret."))
			if _, err := f.GenerateContent(t.Context(), human("another question"), llms.WithTools([]llms.Tool{adder})); err != nil {
				t.Fatal(err)
			}
			resultOf(t, f, c)
		}, without},
		{"a text beside the call", func(t *testing.T, f *fixture, c *llms.ContentChoice) {
			sendBack(t, f, []llms.ContentPart{llms.TextPart("I add."), c.ToolCalls[0]}, c.ToolCalls[0].ID)
		}, "user,assistant,reasoning encrypted,function_call,function_call_output"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := responding(t, v1, "gpt-5", azuretest.Options{})
			tt.back(t, f, called(t, f))
			if got := strings.Join(inputOf(t, f.last(t)), ","); got != tt.want {
				t.Errorf("the input is %s, want %s", got, tt.want)
			}
		})
	}
}

// TestTheOldestReasoningGoesFirst fills an LLM with more answers than it keeps.
func TestTheOldestReasoningGoesFirst(t *testing.T) {
	f := responding(t, v1, "gpt-5", azuretest.Options{})
	oldest, used := called(t, f), called(t, f)
	for range 1022 {
		called(t, f)
	}
	resultOf(t, f, used)
	last := called(t, f)
	for _, tt := range []struct {
		name string
		c    *llms.ContentChoice
		want bool
	}{{"the oldest", oldest, false}, {"one that was used", used, true}, {"the last", last, true}} {
		resultOf(t, f, tt.c)
		if got := strings.Contains(string(f.last(t).Body), "encrypted_content\":\""); got != tt.want {
			t.Errorf("%s: its reasoning came back: %t", tt.name, got)
		}
	}
}

// TestResponseItemsTravelInAMessage sends an answer back in another process, out of a message that was stored as JSON.
func TestResponseItemsTravelInAMessage(t *testing.T) {
	f := responding(t, v1, "gpt-5", azuretest.Options{})
	f.server.Enqueue(azuretest.ToolCalls(azuretest.ToolCall{ID: "c1", Name: "add", Arguments: `{"a":1}`}).WithText("I add.").WithReasoningSummary("Hm."))
	got, err := f.GenerateContent(t.Context(), question, llms.WithTools([]llms.Tool{adder}))
	if err != nil {
		t.Fatal(err)
	}
	c := got.Choices[0]
	items, ok := langchaingo.ResponseItems(c)
	if !ok {
		t.Fatalf("no items in %v", c.GenerationInfo)
	}
	const whole = "user,reasoning encrypted,assistant,function_call,function_call_output"
	for name, tt := range map[string]struct {
		said []llms.ContentPart
		want string
	}{
		"the items alone":              {[]llms.ContentPart{items}, whole},
		"with the text and the call":   {[]llms.ContentPart{llms.TextPart(c.Content), c.ToolCalls[0], items}, whole},
		"with a text that was changed": {[]llms.ContentPart{items, llms.TextPart("I do.")}, whole},
	} {
		t.Run(name, func(t *testing.T) {
			stored, err := json.Marshal(llms.MessageContent{Role: llms.ChatMessageTypeAI, Parts: tt.said})
			if err != nil {
				t.Fatal(err)
			}
			var message llms.MessageContent
			if err := json.Unmarshal(stored, &message); err != nil {
				t.Fatal(err)
			}
			other := on(t, f.server, v1, []langchaingo.Option{langchaingo.WithResponsesAPI()}, deployment("gpt-5"))
			sendBack(t, other, message.Parts, "c1")
			if got := strings.Join(inputOf(t, other.last(t)), ","); got != tt.want {
				t.Errorf("the input is %s, want %s", got, tt.want)
			}
			for _, p := range tt.said {
				if text, ok := p.(llms.TextContent); ok && !strings.Contains(string(other.last(t).Body), text.Text) {
					t.Errorf("%q was not sent: %s", text.Text, other.last(t).Body)
				}
			}
		})
	}
	t.Run("chat takes none", func(t *testing.T) {
		chat := setUp(t, v1, azuretest.Options{}, nil)
		_, err := chat.GenerateContent(t.Context(), []llms.MessageContent{{Role: llms.ChatMessageTypeAI, Parts: []llms.ContentPart{items}}})
		if err == nil || !strings.Contains(err.Error(), "WithResponsesAPI") {
			t.Errorf("got %v", err)
		}
		chat.sentNothing(t)
	})
	t.Run("another resource", func(t *testing.T) {
		other := responding(t, v1, "gpt-5", azuretest.Options{})
		theirs := strings.ReplaceAll(string(items.Data), "azuretest-encrypted-", "elsewhere-encrypted-")
		_, err := other.GenerateContent(t.Context(), turnOf([]llms.ContentPart{llms.BinaryPart(langchaingo.ItemsType, []byte(theirs))}, "c1"))
		contains(t, err, "invalid_encrypted_content", "Leave the part of ResponseItems out")
	})
	t.Run("what has no items", func(t *testing.T) {
		for _, c := range []*llms.ContentChoice{nil, {}, {GenerationInfo: map[string]any{"ResponseItems": "x"}}} {
			if _, ok := langchaingo.ResponseItems(c); ok {
				t.Errorf("items of %v", c)
			}
		}
	})
}

// TestManyAgentsShareAModel runs calls and their results side by side: each gets its own reasoning back.
func TestManyAgentsShareAModel(t *testing.T) {
	f := responding(t, v1, "gpt-5", azuretest.Options{Respond: func(r azuretest.Request) azuretest.Reply {
		asked := r.Messages()[0].Content
		if r.LastMessage().Role == "tool" {
			return azuretest.Text("done")
		}
		return azuretest.ToolCalls(azuretest.ToolCall{Name: "add", Arguments: `{"a":1}`}).WithReasoningSummary("thought of " + asked)
	}})
	tools := llms.WithTools([]llms.Tool{adder})
	var all sync.WaitGroup
	for i := range 16 {
		all.Go(func() {
			history := human(fmt.Sprintf("question %d.", i))
			got, err := f.GenerateContent(t.Context(), history, tools)
			if err != nil {
				t.Error(err)
				return
			}
			call := got.Choices[0].ToolCalls[0]
			history = append(history, llms.MessageContent{Role: llms.ChatMessageTypeAI, Parts: []llms.ContentPart{call}},
				llms.MessageContent{Role: llms.ChatMessageTypeTool, Parts: []llms.ContentPart{llms.ToolCallResponse{ToolCallID: call.ID, Content: "4"}}})
			if _, err := f.GenerateContent(t.Context(), history, tools); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	for _, r := range f.server.Requests() {
		asked := r.Messages()[0].Content
		if r.LastMessage().Role == "tool" && !strings.Contains(string(r.Body), "thought of "+asked) {
			t.Errorf("%q did not get its thought back: %s", asked, r.Body)
		}
	}
}

// TestProjectsWantTheTypeOfEveryItem runs a whole conversation on a Foundry project, which refuses items without one, and
// brings every kind of item that langchaingo has: messages, calls, results, and an answer's own.
func TestProjectsWantTheTypeOfEveryItem(t *testing.T) {
	f := responding(t, v1, "gpt-5", azuretest.Options{})
	f = on(t, f.server, v1, []langchaingo.Option{langchaingo.WithResponsesAPI()}, deployment("gpt-5"), func(c *azureadv1.Config) {
		c.Endpoint = f.server.Endpoint() + "/api/projects/p1"
	})
	c := called(t, f)
	items, _ := langchaingo.ResponseItems(c)
	resultOf(t, f, c) // kept here
	id := c.ToolCalls[0].ID
	history := append(turnOf([]llms.ContentPart{items}, id), llms.TextParts(llms.ChatMessageTypeSystem, "Be brief."),
		llms.MessageContent{Role: llms.ChatMessageTypeHuman, Parts: []llms.ContentPart{llms.TextPart("a"), llms.BinaryPart("image/png", []byte{1})}},
		llms.TextParts(llms.ChatMessageTypeAI, "It is one."))
	history = append(history, turnOf([]llms.ContentPart{llms.TextPart("I add."), addCall("other", `{"a":1}`)}, "other")...)
	if _, err := f.GenerateContent(t.Context(), history); err != nil {
		t.Fatal(err)
	}
	for _, r := range f.server.Requests() {
		if !strings.HasPrefix(r.Path, "/api/projects/p1/openai/v1/responses") {
			t.Errorf("it went to %s", r.Path)
		}
		for i, v := range r.Field("input").([]any) {
			if item := v.(map[string]any); item["type"] == nil || item["status"] != nil {
				t.Errorf("item %d: %v", i, item)
			}
		}
	}
}
