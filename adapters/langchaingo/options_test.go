package langchaingo_test

import (
	"context"
	"encoding/json"
	"maps"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/jsonschema-go/jsonschema"
	"github.com/tmc/langchaingo/llms"
	"github.com/tmc/langchaingo/llms/ollama"
	"github.com/tmc/langchaingo/llms/openai"

	"github.com/seed-a739af98/langchaingo-azure/adapters/langchaingo"
	"github.com/seed-a739af98/langchaingo-azure/azureadv1"
	"github.com/seed-a739af98/langchaingo-azure/azureadv1/azuretest"
)

func ignore(context.Context, []byte) error { return nil }

func ignoreBoth(context.Context, []byte, []byte) error { return nil }

var adder = llms.Tool{Type: "function", Function: &llms.FunctionDefinition{
	Name: "add", Description: "Adds.", Parameters: map[string]any{"type": "object", "properties": map[string]any{"b": map[string]any{}, "a": map[string]any{}}},
}}

const adderJSON = `{"type":"function","function":{"name":"add","description":"Adds.","parameters":{"type":"object","properties":{"a":{},"b":{}}}}}`

// The words "json" are there because the service wants them in JSON mode.
var question = human("q, as json")

func TestOptionsOnTheWire(t *testing.T) {
	tools := llms.WithTools([]llms.Tool{adder})
	tests := []struct {
		name    string
		options []llms.CallOption
		want    string // the body without model and messages
	}{
		{"nothing given, nothing sent", nil, `{}`},
		{"nil options are skipped", []llms.CallOption{nil}, `{}`},
		{"temperature zero is sent", []llms.CallOption{llms.WithTemperature(0)}, `{"temperature":0}`},
		{"top_p is sent, zero too", []llms.CallOption{llms.WithTopP(0)}, `{"top_p":0}`},
		{"penalties, negative ones too", []llms.CallOption{llms.WithFrequencyPenalty(-0.5), llms.WithPresencePenalty(0)}, `{"frequency_penalty":-0.5,"presence_penalty":0}`},
		{"a seed, zero and negative too", []llms.CallOption{llms.WithSeed(0)}, `{"seed":0}`},
		{"a negative seed", []llms.CallOption{llms.WithSeed(-7)}, `{"seed":-7}`},
		{"max tokens in the newer field", []llms.CallOption{llms.WithMaxTokens(5)}, `{"max_completion_tokens":5}`},
		{"zero max tokens are none", []llms.CallOption{llms.WithMaxTokens(0), llms.WithN(0), llms.WithCandidateCount(0)}, `{}`},
		{"n", []llms.CallOption{llms.WithN(2)}, `{"n":2}`},
		{"the candidate count is n", []llms.CallOption{llms.WithCandidateCount(3)}, `{"n":3}`},
		{"both alike", []llms.CallOption{llms.WithCandidateCount(3), llms.WithN(3)}, `{"n":3}`},
		{"stop words", []llms.CallOption{llms.WithStopWords([]string{"a", "b"})}, `{"stop":["a","b"]}`},
		{"no stop words", []llms.CallOption{llms.WithStopWords(nil)}, `{}`},
		{"JSON mode", []llms.CallOption{llms.WithJSONMode()}, `{"response_format":{"type":"json_object"}}`},
		{"the MIME type of JSON", []llms.CallOption{llms.WithResponseMIMEType("application/json")}, `{"response_format":{"type":"json_object"}}`},
		{"the MIME type of text", []llms.CallOption{llms.WithResponseMIMEType("text/plain")}, `{}`},
		{"a streaming function", []llms.CallOption{llms.WithStreamingFunc(ignore)}, `{"stream":true,"stream_options":{"include_usage":true}}`},
		{"a reasoning function", []llms.CallOption{llms.WithStreamingReasoningFunc(ignoreBoth)}, `{"stream":true,"stream_options":{"include_usage":true}}`},
		{"a streaming function that is nil", []llms.CallOption{llms.WithStreamingFunc(nil)}, `{}`},
		{"tools", []llms.CallOption{tools}, `{"tools":[` + adderJSON + `]}`},
		{"an empty list of tools", []llms.CallOption{llms.WithTools([]llms.Tool{})}, `{}`},
		{
			"a strict tool without a type, and one without parameters",
			[]llms.CallOption{llms.WithTools([]llms.Tool{{Function: &llms.FunctionDefinition{Name: "f", Strict: true}}, {Function: &llms.FunctionDefinition{Name: "g"}}})},
			`{"tools":[{"type":"function","function":{"name":"f","strict":true}},{"type":"function","function":{"name":"g"}}]}`,
		},
		{
			"raw parameters, and parameters of a type of one's own",
			[]llms.CallOption{llms.WithTools([]llms.Tool{
				{Function: &llms.FunctionDefinition{Name: "f", Parameters: json.RawMessage(`{"type":"object"}`)}},
				{Function: &llms.FunctionDefinition{Name: "g", Parameters: &jsonschema.Schema{Type: "object"}}},
			})},
			`{"tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object"}}},{"type":"function","function":{"name":"g","parameters":{"type":"object"}}}]}`,
		},
		{
			"functions are tools",
			[]llms.CallOption{llms.WithFunctions([]llms.FunctionDefinition{*adder.Function, {Name: "g", Parameters: map[string]string{"type": "object"}}})},
			`{"tools":[` + adderJSON + `,{"type":"function","function":{"name":"g","parameters":{"type":"object"}}}]}`,
		},
		{"choice: a word", []llms.CallOption{tools, llms.WithToolChoice("required")}, `{"tools":[` + adderJSON + `],"tool_choice":"required"}`},
		{"choice: another provider's word", []llms.CallOption{tools, llms.WithToolChoice("any")}, `{"tools":[` + adderJSON + `],"tool_choice":"required"}`},
		{"choice: a function's name", []llms.CallOption{tools, llms.WithToolChoice("add")}, `{"tools":[` + adderJSON + `],"tool_choice":{"type":"function","function":{"name":"add"}}}`},
		{
			"choice: langchaingo's struct",
			[]llms.CallOption{tools, llms.WithToolChoice(llms.ToolChoice{Type: "function", Function: &llms.FunctionReference{Name: "add"}})},
			`{"tools":[` + adderJSON + `],"tool_choice":{"type":"function","function":{"name":"add"}}}`,
		},
		{
			"choice: a pointer to it, and a word in it",
			[]llms.CallOption{tools, llms.WithToolChoice(&llms.ToolChoice{Type: "none"})},
			`{"tools":[` + adderJSON + `],"tool_choice":"none"}`,
		},
		{"choice: a nil pointer", []llms.CallOption{tools, llms.WithToolChoice((*llms.ToolChoice)(nil))}, `{"tools":[` + adderJSON + `]}`},
		{
			"choice: a reference",
			[]llms.CallOption{llms.WithFunctions([]llms.FunctionDefinition{*adder.Function}), llms.WithToolChoice(llms.FunctionReference{Name: "add"})},
			`{"tools":[` + adderJSON + `],"tool_choice":{"type":"function","function":{"name":"add"}}}`,
		},
		{
			"choice: a pointer to a reference",
			[]llms.CallOption{tools, llms.WithToolChoice(&llms.FunctionReference{Name: "add"})},
			`{"tools":[` + adderJSON + `],"tool_choice":{"type":"function","function":{"name":"add"}}}`,
		},
		{"choice: a map of a word", []llms.CallOption{tools, llms.WithToolChoice(map[string]string{"type": "auto"})}, `{"tools":[` + adderJSON + `],"tool_choice":"auto"}`},
		{"choice: another provider's map", []llms.CallOption{tools, llms.WithToolChoice(map[string]any{"type": "tool", "name": "add"})}, `{"tools":[` + adderJSON + `],"tool_choice":{"type":"function","function":{"name":"add"}}}`},
		{"choice: raw JSON", []llms.CallOption{tools, llms.WithToolChoice(json.RawMessage(`"none"`))}, `{"tools":[` + adderJSON + `],"tool_choice":"none"}`},
		{"choice: a tool, which llms/openai sends as it is", []llms.CallOption{tools, llms.WithToolChoice(adder)}, `{"tools":[` + adderJSON + `],"tool_choice":{"type":"function","function":{"name":"add"}}}`},
		{
			"choice: a type of one's own",
			[]llms.CallOption{tools, llms.WithToolChoice(struct {
				Type     string            `json:"type"`
				Function map[string]string `json:"function"`
			}{"function", map[string]string{"name": "add"}})},
			`{"tools":[` + adderJSON + `],"tool_choice":{"type":"function","function":{"name":"add"}}}`,
		},
		{"choice: a word of a type of one's own", []llms.CallOption{tools, llms.WithToolChoice(word("none"))}, `{"tools":[` + adderJSON + `],"tool_choice":"none"}`},
		{
			"choice: ExtraBody's, and tools of its own",
			[]llms.CallOption{llms.WithToolChoice("required"), langchaingo.ExtraBody(map[string]any{"tools": []any{map[string]any{"type": "function", "function": map[string]any{"name": "x"}}}})},
			`{"tools":[{"type":"function","function":{"name":"x"}}],"tool_choice":"required"}`,
		},
		{"choice: empty", []llms.CallOption{tools, llms.WithToolChoice("")}, `{"tools":[` + adderJSON + `]}`},
		{
			"choice: decoded JSON",
			[]llms.CallOption{tools, llms.WithToolChoice(map[string]any{"type": "function", "function": map[string]any{"name": "add"}})},
			`{"tools":[` + adderJSON + `],"tool_choice":{"type":"function","function":{"name":"add"}}}`,
		},
		{
			"choice: the functions API's JSON text",
			[]llms.CallOption{tools, llms.WithFunctionCallBehavior(`{"name": "add"}`)},
			`{"tools":[` + adderJSON + `],"tool_choice":{"type":"function","function":{"name":"add"}}}`,
		},
		{
			"choice: the functions API's word",
			[]llms.CallOption{tools, llms.WithFunctionCallBehavior(llms.FunctionCallBehaviorNone)},
			`{"tools":[` + adderJSON + `],"tool_choice":"none"}`,
		},
		{"a choice that changes nothing without tools is left out", []llms.CallOption{llms.WithToolChoice("auto")}, `{}`},
		{"parallel calls forbidden", []llms.CallOption{tools, langchaingo.ParallelToolCalls(false)}, `{"tools":[` + adderJSON + `],"parallel_tool_calls":false}`},
		{"parallel calls without tools say nothing", []llms.CallOption{langchaingo.ParallelToolCalls(false)}, `{}`},
		{"langchaingo's options for other providers stay here", []llms.CallOption{llms.WithPromptCaching(true)}, `{}`},
		{"llms/openai's option for old servers", []llms.CallOption{llms.WithMaxTokens(5), openai.WithLegacyMaxTokensField()}, `{"max_tokens":5}`},
		{"the model's own effort", []llms.CallOption{llms.WithThinkingMode(llms.ThinkingModeAuto), langchaingo.ReasoningEffort("")}, `{}`},
		{"thinking is shown or not, as the answer has it", []llms.CallOption{llms.WithReturnThinking(true), llms.WithStreamThinking(true)}, `{}`},
		{"no configuration of thinking, then a mode", []llms.CallOption{llms.WithThinking(nil), llms.WithThinkingMode(llms.ThinkingModeAuto)}, `{}`},
		{"a chat model does not think anyway", []llms.CallOption{llms.WithThinkingMode(llms.ThinkingModeNone)}, `{}`},
		{
			"a schema as a map",
			[]llms.CallOption{langchaingo.JSONSchema("sum", map[string]any{"type": "object", "x": []int{1}}, true)},
			`{"response_format":{"type":"json_schema","json_schema":{"name":"sum","strict":true,"schema":{"type":"object","x":[1]}}}}`,
		},
		{
			"a schema outranks JSON mode",
			[]llms.CallOption{langchaingo.JSONSchema("sum", `{"type":"object"}`, false), llms.WithJSONMode()},
			`{"response_format":{"type":"json_schema","json_schema":{"name":"sum","schema":{"type":"object"}}}}`,
		},
		{
			"extra fields, joined, the later counting",
			[]llms.CallOption{langchaingo.ExtraBody(map[string]any{"user": "u", "logprobs": false}), langchaingo.ExtraBody(map[string]any{"logprobs": true, "seed": nil})},
			`{"user":"u","logprobs":true,"seed":null}`,
		},
		{
			"extra fields have the last word",
			[]llms.CallOption{
				llms.WithTemperature(1), llms.WithMaxTokens(7), tools, llms.WithStreamingFunc(ignore), llms.WithJSONMode(),
				langchaingo.ExtraBody(map[string]any{
					"temperature": 0.5, "max_tokens": 9, "tools": []any{map[string]any{"type": "function", "function": map[string]any{"name": "x"}}},
					"stream_options": map[string]any{"include_usage": false}, "response_format": map[string]any{"type": "text"},
				}),
			},
			`{"temperature":0.5,"max_tokens":9,"tools":[{"type":"function","function":{"name":"x"}}],"stream":true,
				"stream_options":{"include_usage":false},"response_format":{"type":"text"}}`,
		},
		{
			"WithOptions replaces all, and its zeros are unset",
			[]llms.CallOption{llms.WithTemperature(0), llms.WithOptions(llms.CallOptions{TopP: 0.5, StopWords: []string{"x"}})},
			`{"top_p":0.5,"stop":["x"]}`,
		},
		{
			"what follows WithOptions is set again, zero too",
			[]llms.CallOption{llms.WithOptions(llms.CallOptions{MaxTokens: 3}), llms.WithTemperature(0), llms.WithSeed(0)},
			`{"max_completion_tokens":3,"temperature":0,"seed":0}`,
		},
		{"an empty WithOptions", []llms.CallOption{llms.WithN(3), llms.WithOptions(llms.CallOptions{})}, `{}`},
		{"a closure of one's own", []llms.CallOption{func(o *llms.CallOptions) { o.Temperature = 0 }}, `{"temperature":0}`},
	}
	bothSurfaces(t, func(t *testing.T, version string) {
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				f := setUp(t, version, azuretest.Options{}, nil)
				if _, err := f.GenerateContent(t.Context(), question, tt.options...); err != nil {
					t.Fatal(err)
				}
				body := bodyOf(t, f.last(t))
				delete(body, "model")
				delete(body, "messages")
				sameJSON(t, "body", body, tt.want)
			})
		}
	})
}

func TestOptionsThatCannotBe(t *testing.T) {
	tools := llms.WithTools([]llms.Tool{adder})
	tests := []struct {
		name    string
		options []llms.CallOption
		says    []string
	}{
		{"negative max tokens", []llms.CallOption{llms.WithMaxTokens(-1)}, []string{"WithMaxTokens(-1)"}},
		{"negative n", []llms.CallOption{llms.WithN(-2)}, []string{"WithN(-2)"}},
		{"negative candidate count", []llms.CallOption{llms.WithCandidateCount(-2)}, []string{"WithCandidateCount(-2)"}},
		{"two counts that differ", []llms.CallOption{llms.WithN(2), llms.WithCandidateCount(3)}, []string{"2", "3"}},
		{"an infinite temperature", []llms.CallOption{llms.WithTemperature(math.Inf(1))}, []string{"temperature"}},
		{"top_k", []llms.CallOption{llms.WithTopK(3)}, []string{"top_k", `WithDropParams("top_k")`}},
		{"min length", []llms.CallOption{llms.WithMinLength(3)}, []string{`WithDropParams("min_length")`}},
		{"max length", []llms.CallOption{llms.WithMaxLength(3)}, []string{`WithDropParams("max_length")`}},
		{"repetition penalty", []llms.CallOption{llms.WithRepetitionPenalty(1.1)}, []string{`WithDropParams("repetition_penalty")`}},
		{"min length and penalty, one by one", []llms.CallOption{llms.WithMinLength(1), llms.WithRepetitionPenalty(1)}, []string{"min_length"}},
		{"top_k within WithOptions", []llms.CallOption{llms.WithOptions(llms.CallOptions{TopK: 4})}, []string{"top_k"}},
		{"a thinking budget", []llms.CallOption{llms.WithThinkingBudget(100)}, []string{`WithDropParams("thinking_budget")`}},
		{"thinking between calls", []llms.CallOption{llms.WithInterleaveThinking(true)}, []string{`WithDropParams("interleave_thinking")`}},
		{"a MIME type", []llms.CallOption{llms.WithResponseMIMEType("image/png")}, []string{`"image/png"`}},
		{"a tool of an unknown type", []llms.CallOption{llms.WithTools([]llms.Tool{{Type: "retrieval"}})}, []string{"tool 0", `"retrieval"`}},
		{"a tool without a function", []llms.CallOption{llms.WithTools([]llms.Tool{adder, {}})}, []string{"tool 1"}},
		{"a function without a name", []llms.CallOption{llms.WithFunctions([]llms.FunctionDefinition{{}})}, []string{"function 0"}},
		{
			"parameters that are no JSON",
			[]llms.CallOption{llms.WithTools([]llms.Tool{{Function: &llms.FunctionDefinition{Name: "f", Parameters: json.RawMessage(`{`)}}})},
			[]string{"tools[0].function.parameters"},
		},
		{
			"parameters with a channel deep inside",
			[]llms.CallOption{llms.WithTools([]llms.Tool{{Function: &llms.FunctionDefinition{Name: "f", Parameters: map[string]any{"a": map[string]any{"b": make(chan int)}}}}})},
			[]string{"tools[0].function.parameters.a.b"},
		},
		{"a choice of an unknown function", []llms.CallOption{tools, llms.WithToolChoice("subtract")}, []string{`"subtract"`}},
		{"a choice of a channel", []llms.CallOption{tools, llms.WithToolChoice(make(chan int))}, []string{"chan int"}},
		{"a reference to nothing", []llms.CallOption{tools, llms.WithToolChoice(llms.FunctionReference{})}, []string{"no function"}},
		{"a map of nothing", []llms.CallOption{tools, llms.WithToolChoice(map[string]any{})}, []string{"no function"}},
		{"a choice of a mode nobody knows", []llms.CallOption{tools, llms.WithToolChoice(llms.ToolChoice{Type: "sometimes"})}, []string{`"sometimes"`}},
		{"a choice of an unknown type", []llms.CallOption{tools, llms.WithToolChoice(7)}, []string{"int"}},
		{"a choice of a broken text", []llms.CallOption{tools, llms.WithToolChoice(`{"name"`)}, []string{"JSON"}},
		{"a choice without a name", []llms.CallOption{tools, llms.WithToolChoice(llms.ToolChoice{Type: "function"})}, []string{"no function"}},
		{
			"a struct that names an unknown function",
			[]llms.CallOption{tools, llms.WithToolChoice(llms.ToolChoice{Type: "function", Function: &llms.FunctionReference{Name: "z"}})},
			[]string{`"z"`},
		},
		{"a demand without tools", []llms.CallOption{llms.WithToolChoice("required")}, []string{"no"}},
		{"a choice of a bad type without tools", []llms.CallOption{llms.WithToolChoice(7)}, []string{"int"}},
		{"metadata that is no text", []llms.CallOption{llms.WithMetadata(map[string]any{"run": 7})}, []string{`"run"`, "int"}},
		{"metadata that is nil", []llms.CallOption{llms.WithMetadata(map[string]any{"run": nil})}, []string{`"run"`}},
		{"a key of ours by hand", []llms.CallOption{llms.WithMetadata(map[string]any{"azureadv1:json_schema": "x"})}, []string{"azureadv1:json_schema"}},
		{"a key of ours that is none", []llms.CallOption{llms.WithMetadata(map[string]any{"azureadv1:colour": "x"})}, []string{"azureadv1:colour"}},
		{"a thinking configuration by value", []llms.CallOption{llms.WithMetadata(map[string]any{"thinking_config": llms.ThinkingConfig{}})}, []string{"thinking_config"}},
		{"a schema without a name", []llms.CallOption{langchaingo.JSONSchema("", `{}`, true)}, []string{`name ""`}},
		{"a schema with spaces in its name", []llms.CallOption{langchaingo.JSONSchema("my sum", `{}`, true)}, []string{`"my sum"`}},
		{"a schema of nothing", []llms.CallOption{langchaingo.JSONSchema("s", nil, true)}, []string{`"s"`}},
		{"a schema that is broken JSON", []llms.CallOption{langchaingo.JSONSchema("s", `{"type":`, true)}, []string{"JSON object"}},
		{"a schema that is a list", []llms.CallOption{langchaingo.JSONSchema("s", json.RawMessage(`[]`), true)}, []string{"JSON object"}},
		{"a schema that is a number", []llms.CallOption{langchaingo.JSONSchema("s", 7, true)}, []string{"JSON object"}},
		{"a schema of a channel", []llms.CallOption{langchaingo.JSONSchema("s", struct{ C chan int }{}, true)}, []string{"chan"}},
		{"a schema of a type that contains itself", []llms.CallOption{langchaingo.JSONSchema("s", node{}, true)}, []string{"cycle"}},
		{"extra model", []llms.CallOption{langchaingo.ExtraBody(map[string]any{"model": "x"})}, []string{`"model"`, "WithModel"}},
		{"extra messages", []llms.CallOption{langchaingo.ExtraBody(map[string]any{"messages": nil})}, []string{`"messages"`}},
		{"extra stream", []llms.CallOption{langchaingo.ExtraBody(map[string]any{"stream": false})}, []string{`"stream"`}},
		{"an extra field without a name", []llms.CallOption{langchaingo.ExtraBody(map[string]any{"": 1})}, []string{"name"}},
		{"an extra value JSON cannot hold", []llms.CallOption{langchaingo.ExtraBody(map[string]any{"x": math.NaN()})}, []string{"x"}},
		{"a deployment of blanks", []llms.CallOption{llms.WithModel(" ")}, []string{"deployment"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := setUp(t, v1, azuretest.Options{}, nil)
			_, err := f.GenerateContent(t.Context(), question, tt.options...)
			if !llms.IsInvalidRequestError(err) {
				t.Fatalf("got %v, want an invalid request", err)
			}
			for _, part := range tt.says {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("%q does not say %q", err, part)
				}
			}
			f.sentNothing(t)
		})
	}
}

type node struct{ Next *node }

type word string

func TestNoDeploymentAnywhere(t *testing.T) {
	f := setUp(t, v1, azuretest.Options{}, nil, deployment(""))
	if _, err := f.GenerateContent(t.Context(), question); err == nil || !strings.Contains(err.Error(), "llms.WithModel") {
		t.Errorf("got %v, want an error that names llms.WithModel", err)
	}
	f.sentNothing(t)
	response, err := f.GenerateContent(t.Context(), question, llms.WithModel("other"))
	if err != nil {
		t.Fatal(err)
	}
	if got := response.Choices[0].GenerationInfo["Deployment"]; got != "other" || f.last(t).Deployment != "other" {
		t.Errorf("called %q, told %v", f.last(t).Deployment, got)
	}
}

func TestMetadata(t *testing.T) {
	given := map[string]any{"run": "7", "team": "a"}
	f := setUp(t, v1, azuretest.Options{}, nil, deployment("gpt-5"))
	_, err := f.GenerateContent(
		t.Context(), question, llms.WithMetadata(given), llms.WithThinkingMode(llms.ThinkingModeHigh), llms.WithPromptCaching(true),
		langchaingo.ParallelToolCalls(true), langchaingo.ExtraBody(map[string]any{"user": "u"}), langchaingo.JSONSchema("s", `{}`, false),
	)
	if err != nil {
		t.Fatal(err)
	}
	body := bodyOf(t, f.last(t))
	sameJSON(t, "metadata", body["metadata"], `{"run":"7","team":"a"}`)
	if body["reasoning_effort"] != "high" {
		t.Errorf("the effort is %v", body["reasoning_effort"])
	}
	if d := cmp.Diff(map[string]any{"run": "7", "team": "a"}, given); d != "" {
		t.Errorf("the caller's map was changed:\n%s", d)
	}
	_, err = f.GenerateContent(t.Context(), question, langchaingo.ReasoningEffort("low"), llms.WithMetadata(given))
	if body := bodyOf(t, f.last(t)); err != nil || body["reasoning_effort"] != nil {
		t.Errorf("%v, %v: WithMetadata comes later and replaces the options before it", err, body)
	}
}

// Options are values that callers keep and share: using them must change neither them nor what they were made of.
func TestOptionsMayBeSharedAndReused(t *testing.T) {
	fields := map[string]any{"user": "u"}
	thinking := &llms.ThinkingConfig{Mode: llms.ThinkingModeLow}
	options := []llms.CallOption{
		llms.WithMetadata(map[string]any{"run": "1"}), langchaingo.ExtraBody(fields), langchaingo.ExtraBody(map[string]any{"store": false}),
		llms.WithThinking(thinking), llms.WithThinkingMode(llms.ThinkingModeHigh),
	}
	f := setUp(t, v1, azuretest.Options{}, nil, deployment("gpt-5"))
	done := make(chan error)
	for range 8 {
		go func() {
			_, err := f.GenerateContent(context.Background(), question, options...)
			done <- err
		}()
	}
	for range 8 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	for _, r := range f.server.Requests() {
		body := bodyOf(t, r)
		if body["user"] != "u" || body["store"] != false || body["reasoning_effort"] != "high" {
			t.Errorf("sent %v", body)
		}
	}
	if len(fields) != 1 || thinking.Mode != llms.ThinkingModeLow {
		t.Errorf("the caller's values were changed: %v, %v", fields, thinking.Mode)
	}
}

func TestEffort(t *testing.T) {
	tests := []struct {
		name       string
		deployment string
		options    []llms.CallOption
		want       any
		dropped    []string
	}{
		{"langchaingo's modes are Azure's words", "gpt-5", []llms.CallOption{llms.WithThinkingMode(llms.ThinkingModeMedium)}, "medium", nil},
		{"none turns thinking off", "gpt-5.1", []llms.CallOption{llms.WithThinkingMode(llms.ThinkingModeNone)}, "none", nil},
		{"none on a model that does not think is left out, and said so", "chat", []llms.CallOption{llms.WithThinkingMode(llms.ThinkingModeNone)}, nil, []string{"reasoning_effort"}},
		{"auto leaves it to the model", "gpt-5", []llms.CallOption{llms.WithThinking(llms.DefaultThinkingConfig())}, nil, nil},
		{"ReasoningEffort outranks the mode", "gpt-5", []llms.CallOption{langchaingo.ReasoningEffort("minimal"), llms.WithThinkingMode(llms.ThinkingModeHigh)}, "minimal", nil},
		{"and is sent whatever the deployment is called", "prod-chat-eu", []llms.CallOption{langchaingo.ReasoningEffort("low")}, "low", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := setUp(t, v1, azuretest.Options{}, nil, deployment(tt.deployment))
			response, err := f.GenerateContent(t.Context(), question, tt.options...)
			if err != nil {
				t.Fatal(err)
			}
			if got := f.last(t).Field("reasoning_effort"); got != tt.want {
				t.Errorf("sent %v, want %v", got, tt.want)
			}
			got, _ := response.Choices[0].GenerationInfo["Dropped"].([]string)
			if d := cmp.Diff(tt.dropped, got); d != "" {
				t.Errorf("dropped (-want +got):\n%s", d)
			}
		})
	}
}

func TestDropParams(t *testing.T) {
	all := []llms.CallOption{
		llms.WithTemperature(1), llms.WithTopP(1), llms.WithTopK(1), llms.WithMinLength(1), llms.WithMaxLength(1), llms.WithRepetitionPenalty(1),
		llms.WithSeed(1), llms.WithMaxTokens(9), llms.WithN(1), llms.WithJSONMode(), llms.WithMetadata(map[string]any{"a": "b"}),
		llms.WithTools([]llms.Tool{adder}), llms.WithToolChoice("auto"), langchaingo.ParallelToolCalls(true), llms.WithStopWords([]string{"x"}),
		llms.WithThinking(&llms.ThinkingConfig{BudgetTokens: 5, Mode: llms.ThinkingModeLow}), llms.WithStreamingFunc(ignore),
		llms.WithFrequencyPenalty(1), llms.WithPresencePenalty(1),
	}
	names := []string{
		"temperature", "top_p", "top_k", "min_length", "max_length", "repetition_penalty", "seed", "max_completion_tokens", "max_tokens", "n",
		"response_format", "metadata", "tools", "tool_choice", "parallel_tool_calls", "stop", "thinking_budget", "reasoning_effort", "stream_options",
		"frequency_penalty", "presence_penalty",
	}
	f := setUp(t, v1, azuretest.Options{}, []langchaingo.Option{langchaingo.WithDropParams(names...)})
	response, err := f.GenerateContent(t.Context(), question, all...)
	if err != nil {
		t.Fatal(err)
	}
	body := bodyOf(t, f.last(t))
	sent := strings.Join(slices.Sorted(maps.Keys(body)), " ")
	if sent != "messages model stream" {
		t.Errorf("sent %s", sent)
	}
	dropped := strings.Join(response.Choices[0].GenerationInfo["Dropped"].([]string), " ")
	for _, name := range []string{"temperature", "top_k", "min_length", "tools", "metadata", "stream_options", "max_tokens", "thinking_budget"} {
		if !strings.Contains(" "+dropped+" ", " "+name+" ") {
			t.Errorf("%s is not listed in %s", name, dropped)
		}
	}
}

// A demand that the version does not know may be given up, too.
func TestADemandForAnyToolMayBeDropped(t *testing.T) {
	f := setUp(t, "2024-02-01", azuretest.Options{}, []langchaingo.Option{langchaingo.WithDropParams("tool_choice")})
	response, err := f.GenerateContent(t.Context(), human("q"), llms.WithTools([]llms.Tool{adder}), llms.WithToolChoice("required"))
	if err != nil {
		t.Fatal(err)
	}
	if sent := f.last(t).Field("tool_choice"); sent != nil {
		t.Errorf("%v was sent", sent)
	}
	if d := cmp.Diff([]string{"tool_choice"}, response.Choices[0].GenerationInfo["Dropped"]); d != "" {
		t.Errorf("dropped (-want +got):\n%s", d)
	}
}

func TestDropParamsOfAnotherName(t *testing.T) {
	_, err := langchaingo.New(azureadv1.Config{Endpoint: "https://x.openai.azure.com", APIKey: "k"}, langchaingo.WithDropParams("temprature"))
	if !llms.IsInvalidRequestError(err) || !strings.Contains(err.Error(), "temprature") || !strings.Contains(err.Error(), "temperature,") {
		t.Errorf("got %v, want an error that lists the names", err)
	}
}

func TestDropParamsHaveASecondWay(t *testing.T) {
	f := setUp(t, v1, azuretest.Options{}, []langchaingo.Option{langchaingo.WithDropParams("max_completion_tokens", "stop")})
	f.server.Enqueue(azuretest.Text("one STOP two"))
	response, err := f.GenerateContent(t.Context(), question, llms.WithMaxTokens(50), llms.WithStopWords([]string{"STOP"}))
	if err != nil {
		t.Fatal(err)
	}
	r := f.last(t)
	if r.Field("max_tokens") != 50.0 || r.Field("max_completion_tokens") != nil || r.Field("stop") != nil {
		t.Errorf("sent %s", r.Body)
	}
	if got := response.Choices[0].Content; got != "one " {
		t.Errorf("got %q, want it cut at the stop word", got)
	}
}

func TestVersions(t *testing.T) {
	tools := llms.WithTools([]llms.Tool{adder})
	bare := llms.WithTools([]llms.Tool{{Type: "function", Function: &llms.FunctionDefinition{Name: "f"}}})
	strict := llms.WithTools([]llms.Tool{{Type: "function", Function: &llms.FunctionDefinition{Name: "f", Strict: true}}})
	schema := langchaingo.JSONSchema("s", `{"type":"object"}`, true)
	stream := llms.WithStreamingFunc(ignore)
	tests := []struct {
		name    string
		version string
		option  []llms.CallOption
		field   string
		want    string // the field's JSON; "" when it must not be there
		fails   string // what the error says, "" for none
		dropped string
	}{
		{"tools before tools", "2023-05-15", []llms.CallOption{tools}, "", "", `no tools: use "v1" or a date from 2024-02-01 on`, ""},
		{"functions before tools", "2023-09-01-preview", []llms.CallOption{llms.WithFunctions([]llms.FunctionDefinition{*adder.Function})}, "", "", "no tools", ""},
		{"tools in their first preview", "2023-12-01-preview", []llms.CallOption{tools}, "tools", `[` + adderJSON + `]`, "", ""},
		{"a demand for any tool before it", "2024-05-01-preview", []llms.CallOption{tools, llms.WithToolChoice("required")}, "", "", `no tool_choice "required": use "v1" or a date from 2024-06-01 on, name the function`, ""},
		{"a demand for any tool since", "2024-06-01", []llms.CallOption{tools, llms.WithToolChoice("any")}, "tool_choice", `"required"`, "", ""},
		{"a demand for one tool, which is older", "2024-02-01", []llms.CallOption{tools, llms.WithToolChoice("add")}, "tool_choice", `{"type":"function","function":{"name":"add"}}`, "", ""},
		{"a strict tool before strictness", "2024-06-01", []llms.CallOption{strict}, "", "", `no strict tools, as "f" is: use "v1" or "2024-10-21"`, ""},
		{"a strict tool since", "2024-08-01-preview", []llms.CallOption{strict}, "tools", `[{"type":"function","function":{"name":"f","strict":true}}]`, "", ""},
		{"a tool without parameters before it could be", "2024-06-01", []llms.CallOption{bare}, "tools", `[{"type":"function","function":{"name":"f","parameters":{"type":"object","properties":{}}}}]`, "", ""},
		{"a tool without parameters since", "2024-08-01-preview", []llms.CallOption{bare}, "tools", `[{"type":"function","function":{"name":"f"}}]`, "", ""},
		{"JSON mode before it", "2023-05-15", []llms.CallOption{llms.WithJSONMode()}, "", "", "no response_format", ""},
		{"JSON mode since", "2024-02-01", []llms.CallOption{llms.WithJSONMode()}, "response_format", `{"type":"json_object"}`, "", ""},
		{"a schema before schemas", "2024-06-01", []llms.CallOption{schema}, "", "", `no response_format of type json_schema: use "v1" or "2024-10-21"`, ""},
		{"a schema in its first preview", "2024-08-01-preview", []llms.CallOption{schema}, "response_format", `{"type":"json_schema","json_schema":{"name":"s","strict":true,"schema":{"type":"object"}}}`, "", ""},
		{"the older token limit", "2024-06-01", []llms.CallOption{llms.WithMaxTokens(4)}, "max_tokens", "4", "", ""},
		{"the newer token limit", "2024-09-01-preview", []llms.CallOption{llms.WithMaxTokens(4)}, "max_completion_tokens", "4", "", ""},
		{"a reasoning model's token limit before it", "2024-06-01", []llms.CallOption{llms.WithModel("gpt-5"), llms.WithMaxTokens(4)}, "", "", `no max_completion_tokens: use "v1" or "2024-10-21"`, ""},
		{"usage before usage frames is done without", "2024-06-01", []llms.CallOption{stream}, "stream_options", "", "", "stream_options"},
		{"usage since", classic, []llms.CallOption{stream}, "stream_options", `{"include_usage":true}`, "", ""},
		{"parallel calls allowed before they could be forbidden", "2024-06-01", []llms.CallOption{tools, langchaingo.ParallelToolCalls(true)}, "parallel_tool_calls", "", "", "parallel_tool_calls"},
		{"parallel calls forbidden before they could be", "2024-06-01", []llms.CallOption{tools, langchaingo.ParallelToolCalls(false)}, "", "", "no parallel_tool_calls", ""},
		{"parallel calls forbidden since", classic, []llms.CallOption{tools, langchaingo.ParallelToolCalls(false)}, "parallel_tool_calls", "false", "", ""},
		{"metadata before it", classic, []llms.CallOption{llms.WithMetadata(map[string]any{"a": "b"})}, "", "", `no metadata: use "v1" or "2025-04-01-preview"`, ""},
		{"metadata since", newest, []llms.CallOption{llms.WithMetadata(map[string]any{"a": "b"})}, "metadata", `{"a":"b"}`, "", ""},
		{"effort before it", classic, []llms.CallOption{llms.WithModel("gpt-5"), langchaingo.ReasoningEffort("low")}, "", "", `WithDropParams("reasoning_effort")`, ""},
		{"effort since", "2024-12-01-preview", []llms.CallOption{llms.WithModel("gpt-5"), langchaingo.ReasoningEffort("low")}, "reasoning_effort", `"low"`, "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := setUp(t, tt.version, azuretest.Options{}, nil)
			response, err := f.GenerateContent(t.Context(), question, tt.option...)
			if tt.fails != "" {
				if !llms.IsInvalidRequestError(err) || !strings.Contains(err.Error(), tt.fails) || !strings.Contains(err.Error(), tt.version) {
					t.Errorf("got %v, want an error that says %q and %q", err, tt.fails, tt.version)
				}
				f.sentNothing(t)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			body := bodyOf(t, f.last(t))
			if tt.want == "" {
				tt.want = "null"
			}
			sameJSON(t, tt.field, body[tt.field], tt.want)
			dropped, _ := response.Choices[0].GenerationInfo["Dropped"].([]string)
			if got := strings.Join(dropped, " "); got != tt.dropped {
				t.Errorf("dropped %q, want %q", got, tt.dropped)
			}
		})
	}
}

type answer struct {
	Steps  []string `json:"steps" jsonschema:"what was done"`
	Note   string   `json:"note,omitempty"`
	Weight *float64 `json:"weight"`
	Inner  struct {
		N int `json:"n,omitempty"`
	} `json:"inner"`
}

func TestSchemaForms(t *testing.T) {
	const strict = `{"type":"object","additionalProperties":false,"required":["steps","weight","inner","note"],"properties":{
		"steps":{"type":["null","array"],"items":{"type":"string"},"description":"what was done"},
		"note":{"type":["null","string"]},
		"weight":{"type":["null","number"]},
		"inner":{"type":"object","additionalProperties":false,"required":["n"],"properties":{"n":{"type":["null","integer"]}}}}}`
	const loose = `{"type":"object","additionalProperties":false,"required":["steps","weight","inner"],"properties":{
		"steps":{"type":["null","array"],"items":{"type":"string"},"description":"what was done"},
		"note":{"type":"string"},
		"weight":{"type":["null","number"]},
		"inner":{"type":"object","additionalProperties":false,"properties":{"n":{"type":"integer"}}}}}`
	const given = `{"type":"object","properties":{"a":{"anyOf":[{"type":"string","format":"date"},{"type":["null","integer"],"minimum":1}]}}}`
	tests := []struct {
		name   string
		schema any
		strict bool
		want   string
	}{
		{"a struct", answer{}, false, loose},
		{"a strict struct: optional fields are required and nullable", answer{}, true, strict},
		{"a pointer, which may be nil", (*answer)(nil), true, strict},
		{"a type", reflect.TypeFor[answer](), true, strict},
		{"a raw message", json.RawMessage(given), true, given},
		{"text", given, false, given},
		{"bytes with blanks around", []byte(" " + given + "\n"), true, given},
		{"jsonschema-go's own, by value", jsonschema.Schema{Type: "object"}, true, `{"type":"object"}`},
		{"and by pointer", &jsonschema.Schema{Type: "object"}, true, `{"type":"object"}`},
		{"a map of another type", map[string]string{"type": "object"}, true, `{"type":"object"}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for name, f := range map[string]*fixture{
				"by call":   setUp(t, v1, azuretest.Options{}, nil),
				"by client": setUp(t, v1, azuretest.Options{}, []langchaingo.Option{langchaingo.WithJSONSchema("s", tt.schema, tt.strict)}),
			} {
				var options []llms.CallOption
				if name == "by call" {
					options = append(options, langchaingo.JSONSchema("s", tt.schema, tt.strict))
				}
				if _, err := f.GenerateContent(t.Context(), question, options...); err != nil {
					t.Fatal(err)
				}
				format, _ := f.last(t).Field("response_format").(map[string]any)
				named, _ := format["json_schema"].(map[string]any)
				sameJSON(t, name, named["schema"], tt.want)
				if (named["strict"] == true) != tt.strict || named["name"] != "s" || format["type"] != "json_schema" {
					t.Errorf("%s: sent %v", name, format)
				}
			}
		})
	}
}

func TestClientSchemaGivesWayToTheCall(t *testing.T) {
	f := setUp(t, v1, azuretest.Options{}, []langchaingo.Option{langchaingo.WithJSONSchema("client", `{"type":"object"}`, false)})
	tests := []struct {
		name   string
		option llms.CallOption
		want   string
	}{
		{"nothing said", nil, `{"type":"json_schema","json_schema":{"name":"client","schema":{"type":"object"}}}`},
		{"JSON in general is what it gives", llms.WithResponseMIMEType("application/json"), `{"type":"json_schema","json_schema":{"name":"client","schema":{"type":"object"}}}`},
		{"another schema", langchaingo.JSONSchema("call", `{}`, true), `{"type":"json_schema","json_schema":{"name":"call","strict":true,"schema":{}}}`},
		{"JSON mode", llms.WithJSONMode(), `{"type":"json_object"}`},
		{"plain text", llms.WithResponseMIMEType("text/plain"), `null`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := f.GenerateContent(t.Context(), question, tt.option); err != nil {
				t.Fatal(err)
			}
			sameJSON(t, "response_format", f.last(t).Field("response_format"), tt.want)
		})
	}
	_, err := langchaingo.New(azureadv1.Config{Endpoint: "https://x.openai.azure.com", APIKey: "k"}, langchaingo.WithJSONSchema("s", "{", true))
	if !llms.IsInvalidRequestError(err) {
		t.Errorf("a broken schema of the client gave %v at New", err)
	}
}

// What other providers' options leave in the metadata means nothing here: a chain's options may serve several models.
func TestOptionsOfOtherProvidersAreIgnored(t *testing.T) {
	for name, option := range map[string]llms.CallOption{
		"ollama's context cache":    ollama.WithContextCache(ollama.NewContextCache(1, time.Minute)),
		"googleai's cached content": llms.WithMetadata(map[string]any{"CachedContentName": "cached"}),
	} {
		t.Run(name, func(t *testing.T) {
			f := setUp(t, v1, azuretest.Options{}, nil)
			if _, err := f.GenerateContent(t.Context(), human("q"), option); err != nil {
				t.Fatal(err)
			}
			if sent, ok := bodyOf(t, f.last(t))["metadata"]; ok {
				t.Errorf("metadata %v was sent", sent)
			}
		})
	}
}
