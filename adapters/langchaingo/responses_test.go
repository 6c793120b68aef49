package langchaingo_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/tmc/langchaingo/llms"

	"github.com/seed-a739af98/langchaingo-azure/adapters/langchaingo"
	"github.com/seed-a739af98/langchaingo-azure/azureadv1"
	"github.com/seed-a739af98/langchaingo-azure/azureadv1/azuretest"
)

// responding makes a model on the Responses API.
func responding(t *testing.T, version, name string, opts azuretest.Options, options ...langchaingo.Option) *fixture {
	t.Helper()
	return setUp(t, version, opts, append([]langchaingo.Option{langchaingo.WithResponsesAPI()}, options...), deployment(name))
}

const flatAdder = `{"type":"function","name":"add","description":"Adds.","parameters":{"type":"object","properties":{"a":{},"b":{}}},"strict":false}`

func TestResponsesOptionsOnTheWire(t *testing.T) {
	tools := llms.WithTools([]llms.Tool{adder})
	search := map[string]any{"type": "web_search"}
	tests := []struct {
		name    string
		options []llms.CallOption
		want    string // the body without model, input and store: false
	}{
		{"nothing given", nil, `{}`},
		{"temperature and top_p, zero too", []llms.CallOption{llms.WithTemperature(0), llms.WithTopP(0.5)}, `{"temperature":0,"top_p":0.5}`},
		{"max tokens", []llms.CallOption{llms.WithMaxTokens(50)}, `{"max_output_tokens":50}`},
		{"fewer than the service takes", []llms.CallOption{llms.WithMaxTokens(1)}, `{"max_output_tokens":16}`},
		{"llms/openai's option for old servers means nothing here", []llms.CallOption{llms.WithMaxTokens(50), llms.WithMetadata(map[string]any{"openai:use_legacy_max_tokens": true})}, `{"max_output_tokens":50}`},
		{"stop words stay here", []llms.CallOption{llms.WithStopWords([]string{"x"})}, `{}`},
		{"JSON mode", []llms.CallOption{llms.WithJSONMode()}, `{"text":{"format":{"type":"json_object"}}}`},
		{"a MIME type", []llms.CallOption{llms.WithResponseMIMEType("application/json")}, `{"text":{"format":{"type":"json_object"}}}`},
		{"a schema", []llms.CallOption{langchaingo.JSONSchema("s", `{"type":"object"}`, true)}, `{"text":{"format":{"type":"json_schema","name":"s","schema":{"type":"object"},"strict":true}}}`},
		{"a tool", []llms.CallOption{tools}, `{"tools":[` + flatAdder + `]}`},
		{"functions", []llms.CallOption{llms.WithFunctions([]llms.FunctionDefinition{{Name: "f"}})}, `{"tools":[{"type":"function","name":"f","parameters":{"type":"object","properties":{}},"strict":false}]}`},
		{"a strict tool", []llms.CallOption{llms.WithTools([]llms.Tool{{Type: "function", Function: &llms.FunctionDefinition{Name: "f", Parameters: json.RawMessage(`{}`), Strict: true}}})}, `{"tools":[{"type":"function","name":"f","parameters":{},"strict":true}]}`},
		{"a strict tool without parameters", []llms.CallOption{llms.WithTools([]llms.Tool{{Type: "function", Function: &llms.FunctionDefinition{Name: "f", Strict: true}}})}, `{"tools":[{"type":"function","name":"f","parameters":{"type":"object","properties":{},"required":[],"additionalProperties":false},"strict":true}]}`},
		{"choice: a word", []llms.CallOption{tools, llms.WithToolChoice("any")}, `{"tools":[` + flatAdder + `],"tool_choice":"required"}`},
		{"choice: langchaingo's struct", []llms.CallOption{tools, llms.WithToolChoice(llms.ToolChoice{Type: "function", Function: &llms.FunctionReference{Name: "add"}})}, `{"tools":[` + flatAdder + `],"tool_choice":{"type":"function","name":"add"}}`},
		{"parallel calls", []llms.CallOption{tools, langchaingo.ParallelToolCalls(false)}, `{"tools":[` + flatAdder + `],"parallel_tool_calls":false}`},
		{"built-in tools stand beside functions", []llms.CallOption{langchaingo.BuiltInTools(search), tools, langchaingo.BuiltInTools(json.RawMessage(`{"type":"code_interpreter","container":{"type":"auto"}}`))}, `{"tools":[` + flatAdder + `,{"type":"web_search"},{"type":"code_interpreter","container":{"type":"auto"}}]}`},
		{"a built-in tool demanded", []llms.CallOption{langchaingo.BuiltInTools(search), llms.WithToolChoice("required")}, `{"tools":[{"type":"web_search"}],"tool_choice":"required"}`},
		{"ExtraBody's tools replace all", []llms.CallOption{langchaingo.BuiltInTools(search), tools, langchaingo.ExtraBody(map[string]any{"tools": []any{map[string]any{"type": "image_generation"}}})}, `{"tools":[{"type":"image_generation"}]}`},
		{"labels", []llms.CallOption{llms.WithMetadata(map[string]any{"team": "a"})}, `{"metadata":{"team":"a"}}`},
		{"truncation", []llms.CallOption{langchaingo.Truncation("auto")}, `{"truncation":"auto"}`},
		{"include, given twice", []llms.CallOption{langchaingo.Include("file_search_call.results"), langchaingo.Include("code_interpreter_call.outputs")}, `{"include":["file_search_call.results","code_interpreter_call.outputs"]}`},
		{"one answer is what there is", []llms.CallOption{llms.WithN(1), llms.WithCandidateCount(1), llms.WithFrequencyPenalty(0), llms.WithPresencePenalty(0)}, `{}`},
		{"ExtraBody has the last word", []llms.CallOption{llms.WithMaxTokens(50), langchaingo.Truncation("auto"), langchaingo.ExtraBody(map[string]any{"max_output_tokens": 60, "truncation": "disabled", "user": "u"})}, `{"max_output_tokens":60,"truncation":"disabled","user":"u"}`},
		{"the empty option is none", []llms.CallOption{langchaingo.Truncation(""), langchaingo.PreviousResponseID(""), langchaingo.ReasoningSummary(""), langchaingo.Include(), langchaingo.BuiltInTools()}, `{}`},
	}
	for _, version := range []string{v1, newest} {
		for _, tt := range tests {
			t.Run(tt.name+" on "+version, func(t *testing.T) {
				if version == newest && strings.Contains(tt.want, "code_interpreter_call") {
					t.Skip("this version has no such word")
				}
				f := responding(t, version, "chat", azuretest.Options{})
				if _, err := f.GenerateContent(t.Context(), question, tt.options...); err != nil {
					t.Fatal(err)
				}
				body := bodyOf(t, f.last(t))
				sameJSON(t, "what is always there", []any{body["model"], body["input"], body["store"]}, `["chat",[{"type":"message","role":"user","content":"q, as json"}],false]`)
				for _, field := range []string{"model", "input", "store"} {
					delete(body, field)
				}
				sameJSON(t, "the body", body, tt.want)
			})
		}
	}
}

func TestResponsesOfReasoningModels(t *testing.T) {
	const encrypted = `"include":["reasoning.encrypted_content"]`
	tests := []struct {
		name, version string
		options       []llms.CallOption
		want          string // the body without model and input
		dropped       []string
	}{
		{"nothing given", v1, nil, `{"store":false,` + encrypted + `}`, nil},
		{"dated versions know no encrypted reasoning", newest, nil, `{"store":false}`, nil},
		{"what is stored needs no encryption", v1, []llms.CallOption{langchaingo.Store(true)}, `{"store":true}`, nil},
		{"encrypted reasoning asked for", v1, []llms.CallOption{langchaingo.Include("reasoning.encrypted_content")}, `{"store":false,` + encrypted + `}`, nil},
		{"an effort", v1, []llms.CallOption{langchaingo.ReasoningEffort("low")}, `{"store":false,` + encrypted + `,"reasoning":{"effort":"low"}}`, nil},
		{"a summary", v1, []llms.CallOption{langchaingo.ReasoningSummary("auto")}, `{"store":false,` + encrypted + `,"reasoning":{"summary":"auto"}}`, nil},
		{"both", v1, []llms.CallOption{langchaingo.ReasoningSummary("detailed"), langchaingo.ReasoningEffort("high")}, `{"store":false,` + encrypted + `,"reasoning":{"effort":"high","summary":"detailed"}}`, nil},
		{"dated versions want an effort with a summary", newest, []llms.CallOption{langchaingo.ReasoningSummary("concise")}, `{"store":false,"reasoning":{"effort":"medium","summary":"concise"}}`, nil},
		{"langchaingo's mode", v1, []llms.CallOption{llms.WithThinkingMode(llms.ThinkingModeLow)}, `{"store":false,` + encrypted + `,"reasoning":{"effort":"low"}}`, nil},
		{"langchaingo's wish to see the thinking", v1, []llms.CallOption{llms.WithReturnThinking(true)}, `{"store":false,` + encrypted + `,"reasoning":{"summary":"auto"}}`, nil},
		{"the same on a dated version", newest, []llms.CallOption{llms.WithReturnThinking(true)}, `{"store":false,"reasoning":{"effort":"medium","summary":"detailed"}}`, nil},
		{"sampling is left out", v1, []llms.CallOption{llms.WithTemperature(0.3), llms.WithTopP(1), llms.WithFrequencyPenalty(1)}, `{"store":false,` + encrypted + `}`, []string{"temperature", "top_p", "frequency_penalty"}},
		{"ExtraBody's reasoning is joined with ours, and counts", v1, []llms.CallOption{langchaingo.ReasoningEffort("low"), langchaingo.ReasoningSummary("auto"), langchaingo.ExtraBody(map[string]any{"reasoning": map[string]any{"effort": "high"}})}, `{"store":false,` + encrypted + `,"reasoning":{"effort":"high","summary":"auto"}}`, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := responding(t, tt.version, "gpt-5", azuretest.Options{})
			got, err := f.GenerateContent(t.Context(), question, tt.options...)
			if err != nil {
				t.Fatal(err)
			}
			body := bodyOf(t, f.last(t))
			delete(body, "model")
			delete(body, "input")
			sameJSON(t, "the body", body, tt.want)
			dropped, _ := got.Choices[0].GenerationInfo["Dropped"].([]string)
			if d := cmp.Diff(tt.dropped, dropped); d != "" {
				t.Errorf("Dropped (-want +got):\n%s", d)
			}
		})
	}
}

func TestWhatResponsesCannotDo(t *testing.T) {
	tests := []struct {
		name, version string
		options       []llms.CallOption
		want          []string
	}{
		{"a seed", v1, []llms.CallOption{llms.WithSeed(0)}, []string{"the Responses API has no seed", `WithDropParams("seed")`}},
		{"several answers", v1, []llms.CallOption{llms.WithN(2)}, []string{"the Responses API has no n:", `WithDropParams("n")`}},
		{"several candidates", v1, []llms.CallOption{llms.WithCandidateCount(2)}, []string{"no n:"}},
		{"a penalty", v1, []llms.CallOption{llms.WithFrequencyPenalty(1)}, []string{"no frequency_penalty", "WithDropParams"}},
		{"another penalty", v1, []llms.CallOption{llms.WithPresencePenalty(-1)}, []string{"no presence_penalty", "WithDropParams"}},
		{"top_k", v1, []llms.CallOption{llms.WithTopK(1)}, []string{"no top_k"}},
		{"messages in ExtraBody", v1, []llms.CallOption{langchaingo.ExtraBody(map[string]any{"input": "x"})}, []string{`cannot set "input"`}},
		{"a tool that is no object", v1, []llms.CallOption{langchaingo.BuiltInTools("web_search")}, []string{"tools[0]", "want a JSON object"}},
		{"a tool of another type", v1, []llms.CallOption{llms.WithTools([]llms.Tool{{Type: "web_search"}})}, []string{"BuiltInTools"}},
		{"a MIME type", v1, []llms.CallOption{llms.WithResponseMIMEType("text/html")}, []string{"the Responses API answers text/plain"}},
		{"a version without it", classic, nil, []string{"API version 2024-10-21 has no Responses API", `"v1"`, "2025-03-01-preview"}},
		{"a preview without it", "2025-02-01-preview", nil, []string{"has no Responses API"}},
		{"a summary before its name", "2025-03-01-preview", []llms.CallOption{langchaingo.ReasoningSummary("concise")}, []string{"no reasoning_summary", "2025-04-01-preview"}},
		{"an automatic summary on a dated version", newest, []llms.CallOption{langchaingo.ReasoningSummary("auto")}, []string{`no reasoning summary "auto"`, `"v1"`}},
		{"an option's key with another value", v1, []llms.CallOption{llms.WithMetadata(map[string]any{"azureadv1:store": "yes"})}, []string{"azureadv1:store", "string"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := responding(t, tt.version, "chat", azuretest.Options{})
			_, err := f.GenerateContent(t.Context(), question, tt.options...)
			e := asLLMError(t, err)
			if e.Code != llms.ErrCodeInvalidRequest {
				t.Errorf("code %s", e.Code)
			}
			for _, w := range tt.want {
				if !strings.Contains(err.Error(), w) {
					t.Errorf("%q is missing in: %v", w, err)
				}
			}
			if ours := azureadv1.AsError(err); ours == nil || ours.Op != string(azureadv1.OpResponses) || ours.Deployment != "chat" {
				t.Errorf("the call is not named in %+v", ours)
			}
			f.sentNothing(t)
		})
	}
	t.Run("what is dropped is no error", func(t *testing.T) {
		f := responding(t, v1, "chat", azuretest.Options{}, langchaingo.WithDropParams("seed", "n", "frequency_penalty", "truncation"))
		got, err := f.GenerateContent(t.Context(), question, llms.WithSeed(1), llms.WithN(3), llms.WithFrequencyPenalty(1), langchaingo.Truncation("auto"))
		if err != nil {
			t.Fatal(err)
		}
		sameJSON(t, "Dropped", got.Choices[0].GenerationInfo["Dropped"], `["frequency_penalty","seed","n","truncation"]`)
	})
}

func TestResponsesOptionsAreErrorsOnChat(t *testing.T) {
	for name, option := range map[string]llms.CallOption{
		"reasoning_summary": langchaingo.ReasoningSummary("auto"), "previous_response_id": langchaingo.PreviousResponseID("resp_1"),
		"store": langchaingo.Store(false), "truncation": langchaingo.Truncation("auto"), "include": langchaingo.Include("x"),
		"built-in tools": langchaingo.BuiltInTools(map[string]any{"type": "web_search"}),
	} {
		t.Run(name, func(t *testing.T) {
			f := setUp(t, v1, azuretest.Options{}, nil)
			_, err := f.GenerateContent(t.Context(), question, option)
			if err == nil || !strings.Contains(err.Error(), "no "+name) || !strings.Contains(err.Error(), "WithResponsesAPI") {
				t.Errorf("got %v", err)
			}
			f.sentNothing(t)
		})
	}
}

func TestResponsesMessagesOnTheWire(t *testing.T) {
	part := func(role llms.ChatMessageType, parts ...llms.ContentPart) llms.MessageContent {
		return llms.MessageContent{Role: role, Parts: parts}
	}
	const user, ai, result = llms.ChatMessageTypeHuman, llms.ChatMessageTypeAI, llms.ChatMessageTypeTool
	call := func(id, name, arguments string) llms.ToolCall {
		return llms.ToolCall{ID: id, Type: "function", FunctionCall: &llms.FunctionCall{Name: name, Arguments: arguments}}
	}
	hi := part(user, llms.TextPart("hi"))
	const hiJSON = `{"type":"message","role":"user","content":"hi"}`
	tests := []struct {
		name     string
		messages []llms.MessageContent
		want     string
	}{
		{
			"every role of a talk",
			[]llms.MessageContent{part(llms.ChatMessageTypeSystem, llms.TextPart("Be"), llms.TextPart("brief.")), hi, part(ai, llms.TextPart("Hello")), part(llms.ChatMessageTypeGeneric, llms.TextPart("Go on"))},
			`[{"type":"message","role":"system","content":"Be\nbrief."},` + hiJSON + `,{"type":"message","role":"assistant","content":"Hello"},{"type":"message","role":"user","content":"Go on"}]`,
		},
		{
			"texts, an image by its address, with detail, and by its bytes",
			[]llms.MessageContent{part(user, llms.TextPart("a"), llms.ImageURLPart("https://e.x/a.png"), llms.ImageURLWithDetailPart("https://e.x/b.png", "low"), llms.BinaryPart("image/png", []byte{1}))},
			`[{"type":"message","role":"user","content":[{"type":"input_text","text":"a"},{"type":"input_image","image_url":"https://e.x/a.png","detail":"auto"},{"type":"input_image","image_url":"https://e.x/b.png","detail":"low"},{"type":"input_image","image_url":"data:image/png;base64,AQ==","detail":"auto"}]}]`,
		},
		{
			"a file",
			[]llms.MessageContent{part(user, llms.TextPart("a"), llms.BinaryPart("application/pdf", []byte{1}))},
			`[{"type":"message","role":"user","content":[{"type":"input_text","text":"a"},{"type":"input_file","filename":"document.pdf","file_data":"data:application/pdf;base64,AQ=="}]}]`,
		},
		{
			"calls behind their text, and results in one message",
			[]llms.MessageContent{
				hi, part(ai, call("c1", "f", `{"a":1}`), llms.TextPart("I look."), call("c2", "g", "")),
				part(result, llms.ToolCallResponse{ToolCallID: "c2", Content: "two"}, llms.ToolCallResponse{ToolCallID: "c1", Name: "f", Content: "one"}),
			},
			`[` + hiJSON + `,{"type":"message","role":"assistant","content":"I look."},{"type":"function_call","call_id":"c1","name":"f","arguments":"{\"a\":1}"},{"type":"function_call","call_id":"c2","name":"g","arguments":"{}"},{"type":"function_call_output","call_id":"c2","output":"two"},{"type":"function_call_output","call_id":"c1","output":"one"}]`,
		},
		{
			"bare arguments, and no id",
			[]llms.MessageContent{hi, part(ai, call("", "f", `Oslo`)), part(llms.ChatMessageTypeFunction, llms.ToolCallResponse{Name: "f", Content: "rain"})},
			`[` + hiJSON + `,{"type":"function_call","call_id":"call_made_1","name":"f","arguments":"{\"__arg1\":\"Oslo\"}"},{"type":"function_call_output","call_id":"call_made_1","output":"rain"}]`,
		},
	}
	for _, version := range []string{v1, newest} {
		for _, tt := range tests {
			t.Run(tt.name+" on "+version, func(t *testing.T) {
				f := responding(t, version, "chat", azuretest.Options{})
				if _, err := f.GenerateContent(t.Context(), tt.messages); err != nil {
					t.Fatal(err)
				}
				sameJSON(t, "the input", f.last(t).Field("input"), tt.want)
			})
		}
	}
	for name, tt := range map[string]struct {
		message llms.MessageContent
		want    string
	}{
		"sound":                  {part(user, llms.BinaryPart("audio/wav", []byte{1})), "takes no sound"},
		"a result without call":  {part(result, llms.ToolCallResponse{ToolCallID: "c1"}), "follows no such call"},
		"items that are none":    {part(ai, llms.BinaryPart(langchaingo.ItemsType, []byte(`{}`))), "ResponseItems"},
		"an item without a type": {part(ai, llms.BinaryPart(langchaingo.ItemsType, []byte(`[{"role":"assistant","content":"x"}]`))), "item 0 has no type"},
		"an image of the AI":     {part(ai, llms.BinaryPart("image/png", []byte{1})), "cannot hold"},
	} {
		t.Run(name, func(t *testing.T) {
			f := responding(t, v1, "chat", azuretest.Options{})
			if _, err := f.GenerateContent(t.Context(), []llms.MessageContent{tt.message}); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
			f.sentNothing(t)
		})
	}
}

// wholeResponse is an answer with every kind of item.
const wholeResponse = `{"id":"resp_1","object":"response","created_at":5,"status":"completed","model":"gpt-5","error":null,"incomplete_details":null,"service_tier":"default",
"output":[{"id":"rs_1","type":"reasoning","encrypted_content":"gAAA","summary":[{"type":"summary_text","text":"Hm."},{"type":"summary_text","text":"So."}]},
{"id":"ws_1","type":"web_search_call","status":"completed","action":{"type":"search","query":"w"}},
{"id":"msg_1","type":"message","role":"assistant","status":"completed","content":[{"type":"output_text","text":"It rains.","annotations":[{"type":"url_citation","url":"https://e.x"}],"logprobs":[{"token":"It","logprob":-1}]}]},
{"id":"fc_1","type":"function_call","status":"completed","call_id":"call_1","name":"f","arguments":"{\"a\":1}"}],
"content_filters":[{"blocked":false,"source_type":"prompt","content_filter_results":{"hate":{"filtered":false,"severity":"safe"}}},{"blocked":false,"source_type":"completion","content_filter_results":{"violence":{"filtered":false,"severity":"low"}}}],
"usage":{"input_tokens":145,"input_tokens_details":{"cached_tokens":6},"output_tokens":26,"output_tokens_details":{"reasoning_tokens":3},"total_tokens":171}}`

func TestWholeResponse(t *testing.T) {
	f := responding(t, v1, "gpt-5", azuretest.Options{})
	f.server.Enqueue(azuretest.Raw(http.StatusOK, nil, wholeResponse))
	got, err := f.GenerateContent(t.Context(), question)
	if err != nil || len(got.Choices) != 1 {
		t.Fatal(got, err)
	}
	c := got.Choices[0]
	want := llms.ContentChoice{
		Content: "It rains.", StopReason: "tool_calls", ReasoningContent: "Hm.\n\nSo.",
		ToolCalls: []llms.ToolCall{{ID: "call_1", Type: "function", FunctionCall: &llms.FunctionCall{Name: "f", Arguments: `{"a":1}`}}},
		FuncCall:  &llms.FunctionCall{Name: "f", Arguments: `{"a":1}`},
	}
	info := c.GenerationInfo
	c.GenerationInfo = nil
	if d := cmp.Diff(want, *c); d != "" {
		t.Errorf("the choice (-want +got):\n%s", d)
	}
	items, _ := info["ResponseItems"].([]json.RawMessage)
	if len(items) != 4 || !strings.Contains(string(items[1]), `"query":"w"`) || !strings.Contains(string(items[2]), `"url_citation"`) {
		t.Errorf("ResponseItems = %s", items)
	}
	wantInfo := map[string]any{
		"PromptTokens": 145, "CompletionTokens": 26, "TotalTokens": 171, "ReasoningTokens": 3, "PromptCachedTokens": 6, "ThinkingContent": "Hm.\n\nSo.",
		"ID": "resp_1", "ResponseID": "resp_1", "Model": "gpt-5", "Deployment": "gpt-5", "ServiceTier": "default", "Attempts": 1,
		"ContentFilterResults": []azureadv1.FilterResult{{Category: "violence", Severity: "low"}},
		"PromptFilterResults":  []azureadv1.FilterResult{{Category: "hate", Severity: "safe"}},
	}
	for key, value := range wantInfo {
		if d := cmp.Diff(value, info[key]); d != "" {
			t.Errorf("%s (-want +got):\n%s", key, d)
		}
	}
	if info["RequestID"] == nil || info["Logprobs"] == nil {
		t.Errorf("RequestID or Logprobs is missing: %v", info)
	}
}

func TestHowResponsesEnd(t *testing.T) {
	tests := []struct {
		name         string
		reply        azuretest.Reply
		stop, reason string
		refusal      any
	}{
		{"a text", azuretest.Text("a"), "stop", "", nil},
		{"tool calls", azuretest.ToolCalls(azuretest.ToolCall{Name: "f", Arguments: "{}"}), "tool_calls", "", nil},
		{"a refusal", azuretest.Refusal("No."), "stop", "", "No."},
		{"cut at its length", azuretest.Text("a").WithFinishReason("length"), "length", "max_output_tokens", nil},
		{"filtered", azuretest.FilteredAnswer("a"), "content_filter", "content_filter", nil},
	}
	for _, tt := range tests {
		for _, streamed := range []bool{false, true} {
			t.Run(tt.name, func(t *testing.T) {
				var options []llms.CallOption
				if streamed {
					options = append(options, llms.WithStreamingFunc(ignore))
				}
				f := responding(t, v1, "chat", azuretest.Options{})
				f.server.Enqueue(tt.reply)
				got, err := f.GenerateContent(t.Context(), question, options...)
				if err != nil {
					t.Fatal(err)
				}
				c := got.Choices[0]
				reason, _ := c.GenerationInfo["IncompleteReason"].(string)
				if c.StopReason != tt.stop || reason != tt.reason || c.GenerationInfo["Refusal"] != tt.refusal {
					t.Errorf("StopReason %q, reason %q, refusal %v", c.StopReason, reason, c.GenerationInfo["Refusal"])
				}
			})
		}
	}
}

func TestResponsesErrors(t *testing.T) {
	raw := func(status int, body string) azuretest.Reply { return azuretest.Raw(status, nil, body) }
	tests := []struct {
		name  string
		reply azuretest.Reply
		code  llms.ErrorCode
		check func(e *azureadv1.Error) bool
	}{
		{"a filtered prompt, in the API's own shape", raw(400, `{"error":{"message":"The response was filtered due to the prompt.","type":"invalid_request_error","param":"prompt","code":"content_filter","content_filters":[{"blocked":true,"source_type":"prompt","content_filter_results":{"jailbreak":{"detected":true,"filtered":true}}}]}}`), llms.ErrCodeContentFilter, func(e *azureadv1.Error) bool { return e.ContentFilter != nil }},
		{"a failed response", raw(200, `{"id":"resp_1","status":"failed","output":[],"error":{"code":"rate_limit_exceeded","message":"slow"}}`), llms.ErrCodeRateLimit, func(e *azureadv1.Error) bool { return e.Code == "rate_limit_exceeded" }},
		{"a cancelled response", raw(200, `{"id":"resp_1","status":"cancelled","output":[]}`), llms.ErrCodeUnknown, func(e *azureadv1.Error) bool { return e.Code == "cancelled" }},
		{"no output", azuretest.EmptyChoices(), llms.ErrCodeProviderUnavailable, func(e *azureadv1.Error) bool { return strings.Contains(e.Error(), "no output") }},
		{"an answer that is none", raw(200, `{"id":`), llms.ErrCodeProviderUnavailable, func(e *azureadv1.Error) bool { return e.Code == azureadv1.CodeBadAnswer }},
		{"a rate limit", azuretest.RateLimited(), llms.ErrCodeRateLimit, func(e *azureadv1.Error) bool { return e.StatusCode == 429 }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := responding(t, v1, "chat", azuretest.Options{})
			f.server.Enqueue(tt.reply)
			_, err := f.GenerateContent(t.Context(), question)
			e := asLLMError(t, err)
			ours, ok := errors.AsType[*azureadv1.Error](err)
			if e.Code != tt.code || !ok || !tt.check(ours) || ours.Op != string(azureadv1.OpResponses) {
				t.Errorf("code %s, %+v", e.Code, err)
			}
		})
	}
}

func TestHintsBetweenTheAPIs(t *testing.T) {
	opts := azuretest.Options{Deployments: map[string]string{"codex": "gpt-5.1-codex", "embed": "text-embedding-3-small", "newest": "gpt-5.4"}}
	hint := func(f *fixture, options ...llms.CallOption) string {
		_, err := f.GenerateContent(t.Context(), question, options...)
		if e := azureadv1.AsError(err); e != nil {
			return e.Hint
		}
		return ""
	}
	if h := hint(setUp(t, v1, opts, nil, deployment("codex"))); !strings.Contains(h, "use WithResponsesAPI") {
		t.Errorf("a deployment of Responses only, asked by chat: %q", h)
	}
	if h := hint(setUp(t, v1, opts, nil, deployment("newest")), langchaingo.ReasoningEffort("low"), llms.WithTools([]llms.Tool{adder})); !strings.Contains(h, "use WithResponsesAPI") {
		t.Errorf("tools with an effort, asked by chat: %q", h)
	}
	if h := hint(responding(t, v1, "embed", opts)); !strings.Contains(h, "leave WithResponsesAPI out") {
		t.Errorf("a deployment without Responses: %q", h)
	}
	if h := hint(responding(t, v1, "wrong", azuretest.Options{Deployments: map[string]string{"wrong": "gpt-4o"}}, langchaingo.WithBaseModel("gpt-5"))); !strings.Contains(h, "WithBaseModel") {
		t.Errorf("a model that does not reason: %q", h)
	}
	if _, err := responding(t, v1, "codex", opts).GenerateContent(t.Context(), question); err != nil {
		t.Errorf("a deployment of Responses only: %v", err)
	}
}

func TestStoredResponses(t *testing.T) {
	f := responding(t, v1, "gpt-5", azuretest.Options{})
	f.server.Enqueue(azuretest.ToolCalls(azuretest.ToolCall{ID: "c1", Name: "add", Arguments: "{}"}).WithReasoningSummary("Hm."), azuretest.Text("4"), azuretest.Text("5"))
	tools := llms.WithTools([]llms.Tool{adder})
	first, err := f.GenerateContent(t.Context(), question, tools, langchaingo.Store(true))
	if err != nil {
		t.Fatal(err)
	}
	id, _ := first.Choices[0].GenerationInfo["ResponseID"].(string)
	result := []llms.MessageContent{{Role: llms.ChatMessageTypeTool, Parts: []llms.ContentPart{llms.ToolCallResponse{ToolCallID: "c1", Content: "4"}}}}
	second, err := f.GenerateContent(t.Context(), result, tools, langchaingo.PreviousResponseID(id))
	if err != nil {
		t.Fatal(err)
	}
	body := bodyOf(t, f.last(t))
	sameJSON(t, "the second call", []any{body["previous_response_id"], body["store"], body["input"], body["include"]},
		`["`+id+`",true,[{"type":"function_call_output","call_id":"c1","output":"4"}],null]`)
	id, _ = second.Choices[0].GenerationInfo["ResponseID"].(string)
	if _, err := f.GenerateContent(t.Context(), question, langchaingo.PreviousResponseID(id), langchaingo.Store(false)); err != nil {
		t.Fatal(err)
	}
	if store := f.last(t).Field("store"); store != false {
		t.Errorf("store = %v, although the call says otherwise", store)
	}
	if info := second.Choices[0].GenerationInfo; info["PreviousResponseID"] == nil {
		t.Errorf("the answer does not tell what it continues: %v", slices.Collect(func(yield func(string) bool) {
			for k := range info {
				yield(k)
			}
		}))
	}
}

// TestAFailedResponseKeepsWhatItBrought asks for answers that failed after they began and came in one piece, also where a
// stream was asked for.
func TestAFailedResponseKeepsWhatItBrought(t *testing.T) {
	const failed = `{"id":"resp_1","status":"failed","output":[{"id":"ws_1","type":"web_search_call","status":"completed"},` + messageItem + `],"error":{"code":"server_error","message":"broke"}}`
	for _, streamed := range []bool{false, true} {
		f := responding(t, v1, "chat", azuretest.Options{})
		f.server.Enqueue(azuretest.Raw(http.StatusOK, nil, failed))
		var text collector
		var options []llms.CallOption
		if streamed {
			options = append(options, llms.WithStreamingFunc(text.take))
		}
		got, err := f.GenerateContent(t.Context(), question, options...)
		if e := asLLMError(t, err); e.Code != llms.ErrCodeProviderUnavailable || !strings.Contains(err.Error(), "broke") {
			t.Errorf("streamed %t: %v", streamed, err)
		}
		if got == nil || got.Choices[0].Content != "TEXT-OF-A" || streamed && text.text() != "TEXT-OF-A" {
			t.Fatalf("streamed %t: heard %q, beside the error is %+v", streamed, text.text(), got)
		}
		if items, _ := got.Choices[0].GenerationInfo["ResponseItems"].([]json.RawMessage); len(items) != 2 {
			t.Errorf("streamed %t: the items are %s", streamed, items)
		}
	}
}
