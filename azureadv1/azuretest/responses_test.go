package azuretest_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-a739af98/langchaingo-azure/azureadv1/azuretest"
)

const ask1 = `{"model":"chat","input":"hi"}`

// eventNames are the names of the body's events, runs of one name counted once.
func eventNames(t *testing.T, a answer) []string {
	t.Helper()
	var names []string
	seq := 0.0
	for line := range strings.Lines(a.body) {
		if name, ok := strings.CutPrefix(line, "event: "); ok {
			if name = strings.TrimSpace(name); len(names) == 0 || names[len(names)-1] != name {
				names = append(names, name)
			}
		}
		if data, ok := strings.CutPrefix(line, "data: "); ok {
			var e map[string]any
			if err := json.Unmarshal([]byte(data), &e); err != nil || e["sequence_number"] != seq {
				t.Errorf("event %s: %v, want sequence number %v", data, err, seq)
			}
			seq++
		}
	}
	return names
}

func TestPlainResponses(t *testing.T) {
	bothForms(t, azuretest.Options{Deployments: map[string]string{"chat": "gpt-5"}}, func(t *testing.T, s *azuretest.Server) {
		s.Enqueue(azuretest.ToolCalls(azuretest.ToolCall{ID: "call_1", Name: "f", Arguments: `{"a":1}`}).WithText("so").WithReasoningSummary("why").
			WithUsage(azuretest.Usage{Prompt: 1, Completion: 2, Cached: 3, Reasoning: 4}))
		got := post(t, s, v1Responses, `{"model":"chat","input":"hi","store":false,"include":["reasoning.encrypted_content"]}`)
		var body struct {
			Object, Model, Status string
			Store                 bool
			Output                []struct {
				Type, Name, Arguments string
				CallID                string `json:"call_id"`
				Encrypted             string `json:"encrypted_content"`
				Content, Summary      []struct{ Type, Text string }
			}
			Usage   map[string]any
			Filters []map[string]any `json:"content_filters"`
		}
		if err := json.Unmarshal([]byte(got.body), &body); err != nil {
			t.Fatalf("%v: %s", err, got.body)
		}
		if body.Object != "response" || body.Model != "chat" || body.Status != "completed" || body.Store || len(body.Filters) != 2 || len(body.Output) != 3 {
			t.Fatalf("body = %s", got.body)
		}
		reasoning, message, call := body.Output[0], body.Output[1], body.Output[2]
		if reasoning.Type != "reasoning" || reasoning.Summary[0].Text != "why" || reasoning.Encrypted == "" {
			t.Errorf("reasoning = %+v", reasoning)
		}
		if message.Type != "message" || message.Content[0].Type != "output_text" || message.Content[0].Text != "so" {
			t.Errorf("message = %+v", message)
		}
		if call.Type != "function_call" || call.CallID != "call_1" || call.Name != "f" || call.Arguments != `{"a":1}` {
			t.Errorf("call = %+v", call)
		}
		want := map[string]any{
			"input_tokens": 1.0, "input_tokens_details": map[string]any{"cached_tokens": 3.0},
			"output_tokens": 2.0, "output_tokens_details": map[string]any{"reasoning_tokens": 4.0}, "total_tokens": 3.0,
		}
		if diff := cmp.Diff(want, body.Usage); diff != "" {
			t.Errorf("usage (-want +got):\n%s", diff)
		}
	})
}

func TestResponsesEvents(t *testing.T) {
	added, done := "response.output_item.added", "response.output_item.done"
	begin := []string{"response.created", "response.in_progress"}
	text := []string{
		added, "response.content_part.added", "response.output_text.delta", "response.output_text.done", "response.content_part.done", done,
	}
	for _, tt := range []struct {
		name  string
		reply azuretest.Reply
		want  []string
		part  string
	}{
		{"text", azuretest.Text("a", "b"), append(text, "response.completed"), `"text":"ab"`},
		{"a call", azuretest.ToolCalls(azuretest.ToolCall{Name: "f", Arguments: `{"a":"long enough"}`}), []string{
			added, "response.function_call_arguments.delta", "response.function_call_arguments.done", done, "response.completed",
		}, `"arguments":"{\"a\":\"long enough\"}"`},
		{"reasoning and text", azuretest.Text("a").WithReasoningSummary("because"), append([]string{
			added, "response.reasoning_summary_part.added", "response.reasoning_summary_text.delta", "response.reasoning_summary_text.done",
			"response.reasoning_summary_part.done", done,
		}, append(text, "response.completed")...), `"text":"because"`},
		{"a refusal", azuretest.Refusal("no way"), []string{
			added, "response.content_part.added", "response.refusal.delta", "response.refusal.done", "response.content_part.done", done, "response.completed",
		}, `"refusal":"no way"`},
		{"cut by length", azuretest.Text("a").WithFinishReason("length"), append(text, "response.incomplete"), `"incomplete_details":{"reason":"max_output_tokens"}`},
		{"filtered", azuretest.FilteredAnswer("a"), append(text, "response.incomplete"), `"incomplete_details":{"reason":"content_filter"}`},
		{"filtered asynchronously", azuretest.AsyncFilterBlock("a"), append(text, "response.incomplete"), `"blocked":true`},
		{"nothing", azuretest.EmptyChoices(), []string{"response.completed"}, `"output":[]`},
		{"an error", azuretest.StreamError(1, azuretest.Text("a", "b")), []string{
			added, "response.content_part.added", "response.output_text.delta", "error",
		}, `"code":"server_error"`},
		{"truncated", azuretest.TruncatedStream(1, azuretest.Text("a", "b")), []string{
			added, "response.content_part.added", "response.output_text.delta",
		}, `"delta":"a"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := inMemory(t, azuretest.Options{})
			s.Enqueue(tt.reply)
			got := post(t, s, v1Responses, `{"model":"chat","input":"hi","stream":true}`)
			if diff := cmp.Diff(append(begin, tt.want...), eventNames(t, got)); diff != "" {
				t.Errorf("events (-want +got):\n%s", diff)
			}
			if !strings.Contains(got.body, tt.part) || strings.Contains(got.body, "[DONE]") {
				t.Errorf("the stream lacks %s, or has [DONE]: %s", tt.part, got.body)
			}
		})
	}
}

func TestPreviousResponses(t *testing.T) {
	s := inMemory(t, azuretest.Options{})
	s.Enqueue(azuretest.ToolCalls(azuretest.ToolCall{ID: "c1", Name: "f"}))
	id, _ := post(t, s, v1Responses, ask1).object(t)["id"].(string)
	output := func(id, call string) answer {
		return post(t, s, v1Responses, `{"model":"chat","previous_response_id":"`+id+`","input":[{"type":"function_call_output","call_id":"`+call+`","output":"42"}]}`)
	}
	if got := output(id, "c1"); got.status != 200 {
		t.Errorf("the output of the previous call: %s", got.body)
	}
	if got := output(id, "c2"); !strings.Contains(got.body, "No tool call found for function call output with call_id c2.") {
		t.Errorf("the output of another call: %s", got.body)
	}
	if got := output("resp_gone", "c1"); !strings.Contains(got.body, "previous_response_not_found") {
		t.Errorf("an unknown response: %s", got.body)
	}
	unstored, _ := post(t, s, v1Responses, `{"model":"chat","input":"hi","store":false}`).object(t)["id"].(string)
	if got := output(unstored, "c1"); got.status != 400 {
		t.Errorf("a response that was not stored: %d", got.status)
	}
}

func TestResponsesBodiesAzureRefuses(t *testing.T) {
	t.Parallel()
	call := `{"type":"function_call","call_id":"c1","name":"f","arguments":"{}"}`
	output := `{"type":"function_call_output","call_id":"c1","output":"42"}`
	for _, tt := range []struct{ name, fields, served, part string }{
		{name: "a text", fields: `"input":"x"`},
		{name: "messages", fields: `"input":[{"role":"developer","content":"x"},{"role":"user","content":[{"type":"input_text","text":"x"}]}]`},
		{name: "a tool turn", fields: `"input":[{"type":"message","role":"user","content":"x"},` + call + `,` + output + `]`},
		{name: "a flat tool", fields: `"input":"x","tools":[{"type":"function","name":"f","parameters":{"type":"object"}}],"tool_choice":{"type":"function","name":"f"}`},
		{name: "a tool of Azure's own", fields: `"input":"x","tools":[{"type":"web_search"}]`},
		{name: "no input", fields: `"store":false`, part: "Missing required parameter: 'input'."},
		{name: "an empty text", fields: `"input":""`, part: "Missing required parameter: 'input'."},
		{name: "no items", fields: `"input":[]`, part: "Missing required parameter: 'input'."},
		{name: "a number", fields: `"input":1`, part: "Invalid type for 'input'"},
		{name: "an item that is no object", fields: `"input":["x"]`, part: "Invalid type for 'input[0]'"},
		{name: "an output out of nowhere", fields: `"input":[` + output + `]`, part: "No tool call found for function call output with call_id c1."},
		{name: "a call nobody answers", fields: `"input":[{"role":"user","content":"x"},` + call + `]`, part: "No tool output found for function call c1."},
		{name: "a message with a status", fields: `"input":[{"type":"message","role":"user","content":"x","status":"completed"}]`, part: "Unknown parameter: 'input[0].status'."},
		{name: "reasoning that was not stored", fields: `"input":[{"type":"reasoning","id":"rs_1","summary":[]},` + call + `,` + output + `]`, part: "Item with id 'rs_1' not found."},
		{name: "reasoning of another service", fields: `"input":[{"type":"reasoning","id":"rs_1","summary":[],"encrypted_content":"x"},` + call + `,` + output + `]`, part: "invalid_encrypted_content"},
		{name: "reasoning that leads nowhere", fields: `"input":[{"type":"reasoning","id":"rs_1","summary":[],"encrypted_content":"azuretest-encrypted-rs_1"}]`, part: "without its required following item"},
		{name: "an item twice", fields: `"input":[{"type":"message","id":"m","role":"user","content":"x"},{"type":"message","id":"m","role":"user","content":"x"}]`, part: "Duplicate item found with id m."},
		{name: "an unknown include", fields: `"input":"x","include":["everything"]`, part: "Invalid value: 'everything'."},
		{name: "encrypted reasoning of a model without any", fields: `"input":"x","include":["reasoning.encrypted_content"]`, part: "Encrypted content is not supported with this model."},
		{name: "encrypted reasoning", served: "gpt-5", fields: `"input":"x","include":["reasoning.encrypted_content"]`},
		{name: "an unknown summary", fields: `"input":"x","reasoning":{"summary":"long"}`, part: "Invalid value: 'long'."},
		{name: "an effort of a chat model", fields: `"input":"x","reasoning":{"effort":"low"}`, part: "'reasoning.effort' is not supported"},
		{name: "JSON mode without the word", fields: `"input":"x","text":{"format":{"type":"json_object"}}`, part: "must contain the word 'json'"},
		{name: "a schema without a name", fields: `"input":"x","text":{"format":{"type":"json_schema","schema":{}}}`, part: "Missing required parameter: 'text.format.name'."},
		{name: "an unknown truncation", fields: `"input":"x","truncation":"some"`, part: "Invalid value: 'some'."},
		{name: "arguments that are an object", fields: `"input":[{"type":"function_call","call_id":"c1","name":"f","arguments":{}}]`, part: "Invalid type for 'input[0].arguments'"},
		{name: "an unknown role", fields: `"input":[{"role":"tool","content":"x"}]`, part: "Invalid value: 'tool'."},
		{name: "no content", fields: `"input":[{"role":"user"}]`, part: "Missing required parameter: 'input[0].content'."},
		{name: "a chat part", fields: `"input":[{"role":"user","content":[{"type":"text","text":"x"}]}]`, part: "Invalid value: 'text'."},
		{name: "the user's part from the assistant", fields: `"input":[{"role":"assistant","content":[{"type":"input_text","text":"x"}]}]`, part: "Invalid value: 'input_text'."},
		{name: "an item of no kind", fields: `"input":[{"type":"nonsense"}]`, part: "Invalid value: 'nonsense'."},
		{name: "a call without its id", fields: `"input":[{"type":"function_call","name":"f","arguments":"{}"}]`, part: "Missing required parameter: 'input[0].call_id'."},
		{name: "a call without a name", fields: `"input":[{"type":"function_call","call_id":"c1","arguments":"{}"}]`, part: "Missing required parameter: 'input[0].name'."},
		{name: "a result without output", fields: `"input":[` + call + `,{"type":"function_call_output","call_id":"c1"}]`, part: "Missing required parameter: 'input[1].output'."},
		{name: "reasoning without a summary", fields: `"input":[{"type":"reasoning","id":"rs_1"}]`, part: "Missing required parameter: 'input[0].summary'."},
		{name: "a search brought back", fields: `"input":[{"type":"file_search_call","id":"fs_1","queries":["w"]}]`},
		{name: "chat's image", fields: `"input":[{"role":"user","content":[{"type":"input_image","image_url":{"url":"https://e.x/a.png"}}]}]`, part: "Invalid type for 'input[0].content[0].image_url'"},
		{name: "an image of nothing", fields: `"input":[{"role":"user","content":[{"type":"input_image"}]}]`, part: "Missing required parameter: 'input[0].content[0].image_url'."},
		{name: "a text part without its text", fields: `"input":[{"role":"user","content":[{"type":"input_text"}]}]`, part: "Missing required parameter: 'input[0].content[0].text'."},
		{name: "a label that is a number", fields: `"input":"x","metadata":{"a":1}`, part: "Invalid type for 'metadata.a'"},
		{name: "a demand for a tool without tools", fields: `"input":"x","tool_choice":"required"`, part: "Tool choice 'required' must be specified with 'tools' parameter."},
		{name: "chat's tool choice", fields: `"input":"x","tools":[{"type":"function","name":"f"}],"tool_choice":{"type":"function","function":{"name":"f"}}`, part: "Missing required parameter: 'tool_choice.name'."},
		{name: "a truncation that is a number", fields: `"input":"x","truncation":1`, part: "Invalid type for 'truncation'"},
		{name: "a nested tool", fields: `"input":"x","tools":[{"type":"function","function":{"name":"f"}}]`, part: "Missing required parameter: 'tools[0].name'."},
		{name: "a tool without a type", fields: `"input":"x","tools":[{"name":"f"}]`, part: "Missing required parameter: 'tools[0].type'."},
		{name: "a choice of a missing tool", fields: `"input":"x","tool_choice":{"type":"function","name":"g"}`, part: "Tool choice 'g' not found"},
		{name: "chat's field", fields: `"input":"x","messages":[]`, part: "Unknown parameter: 'messages'."},
		{name: "too few tokens", fields: `"input":"x","max_output_tokens":1`, part: "Expected a value >= 16"},
		{name: "stream in words", fields: `"input":"x","stream":"yes"`, part: "Invalid type for 'stream'"},
		{name: "reasoning with a temperature", served: "o4-mini", fields: `"input":"x","temperature":0`, part: "'temperature' does not support 0"},
		{name: "a model of Responses only", served: "gpt-5.1-codex", fields: `"input":"x"`},
		{name: "an embedding model", served: "text-embedding-3-small", fields: `"input":"x"`, part: "The responses operation does not work"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			opts := azuretest.Options{}
			if tt.served != "" {
				opts.Deployments = map[string]string{"chat": tt.served}
			}
			got := post(t, inMemory(t, opts), v1Responses, `{"model":"chat",`+tt.fields+`}`)
			if want := tt.part == ""; (got.status == 200) != want || !strings.Contains(got.body, tt.part) {
				t.Errorf("got %d %.300s\nwant %q", got.status, got.body, tt.part)
			}
		})
	}
}

// TestItemsOfDatedVersions brings items back on a dated version, which knows fewer of them.
func TestItemsOfDatedVersions(t *testing.T) {
	const dated = "/openai/responses?api-version=2025-04-01-preview"
	for name, tt := range map[string]struct{ item, part string }{
		"a search":                    {`{"type":"file_search_call","id":"fs_1","queries":["w"],"status":"completed"}`, ""},
		"a search without its status": {`{"type":"file_search_call","id":"fs_1","queries":["w"]}`, "Missing required parameter: 'input[1].status'."},
		"what only v1 knows":          {`{"type":"mcp_call","id":"m","server_label":"s","name":"f","arguments":"{}","status":"completed"}`, "Invalid value: 'mcp_call'."},
	} {
		got := post(t, inMemory(t, azuretest.Options{}), dated, `{"model":"chat","input":[{"role":"user","content":"x"},`+tt.item+`]}`)
		if (got.status == 200) != (tt.part == "") || !strings.Contains(got.body, tt.part) {
			t.Errorf("%s: got %d %.200s, want %q", name, got.status, got.body, tt.part)
		}
	}
}
