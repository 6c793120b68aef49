package azuretest_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-a739af98/langchaingo-azure/azureadv1/azuretest"
)

// content is the text of a plain chat answer.
func content(t *testing.T, a answer) string {
	t.Helper()
	var body struct {
		Choices []struct {
			Message struct{ Content string }
		}
	}
	if err := json.Unmarshal([]byte(a.body), &body); err != nil || len(body.Choices) == 0 {
		t.Fatalf("no chat answer (%v): %s", err, a.body)
	}
	return body.Choices[0].Message.Content
}

// chunk is what tests read of a frame.
type chunk struct {
	ID      string
	Choices []struct {
		Index        int
		FinishReason *string `json:"finish_reason"`
		Delta        *struct {
			Role, Content, Refusal *string
			ToolCalls              []struct {
				Index    int
				ID, Type *string
				Function struct {
					Name      *string
					Arguments string
				}
			} `json:"tool_calls"`
		}
		Results *map[string]any `json:"content_filter_results"`
		Offsets *map[string]any `json:"content_filter_offsets"`
	}
	Usage       *map[string]any
	Obfuscation *string
	Prompt      []any `json:"prompt_filter_results"`
}

func chunks(t *testing.T, a answer) []chunk {
	t.Helper()
	var out []chunk
	for _, frame := range a.frames() {
		if frame == "[DONE]" {
			continue
		}
		var c chunk
		if err := json.Unmarshal([]byte(frame), &c); err != nil {
			t.Fatalf("frame %s: %v", frame, err)
		}
		out = append(out, c)
	}
	return out
}

func streamedText(t *testing.T, a answer) string {
	t.Helper()
	var text strings.Builder
	for _, c := range chunks(t, a) {
		for _, choice := range c.Choices {
			if choice.Delta != nil && choice.Delta.Content != nil && choice.Index == 0 {
				text.WriteString(*choice.Delta.Content)
			}
		}
	}
	return text.String()
}

func TestPlainChat(t *testing.T) {
	bothForms(t, azuretest.Options{Region: "West Europe"}, func(t *testing.T, s *azuretest.Server) {
		s.Enqueue(azuretest.Text("Olá, ", "<mundo>").WithUsage(azuretest.Usage{Prompt: 7, Completion: 5, Cached: 3, Reasoning: 2}))
		got := post(t, s, v1Chat, hello)
		body := got.object(t)
		if body["object"] != "chat.completion" || body["model"] != "gpt-4o-2024-11-20" || !strings.Contains(got.body, "Olá, <mundo>") {
			t.Errorf("body = %s", got.body)
		}
		want := map[string]any{
			"prompt_tokens": 7.0, "completion_tokens": 5.0, "total_tokens": 12.0,
			"prompt_tokens_details":     map[string]any{"audio_tokens": 0.0, "cached_tokens": 3.0},
			"completion_tokens_details": map[string]any{"accepted_prediction_tokens": 0.0, "audio_tokens": 0.0, "reasoning_tokens": 2.0, "rejected_prediction_tokens": 0.0},
		}
		if diff := cmp.Diff(want, body["usage"]); diff != "" {
			t.Errorf("usage (-want +got):\n%s", diff)
		}
		for k, want := range map[string]string{
			"Content-Type": "application/json", "X-Ms-Region": "West Europe", "X-Ms-Deployment-Name": "chat", "X-Ms-Client-Request-Id": "Not-Set",
			"X-Ratelimit-Limit-Requests": "1000", "Apim-Request-Id": last(t, s).RequestID,
		} {
			if got.header.Get(k) != want || want == "" {
				t.Errorf("%s = %q, want %q", k, got.header.Get(k), want)
			}
		}
	})
}

func TestStreamedChatFrames(t *testing.T) {
	bothForms(t, azuretest.Options{}, func(t *testing.T, s *azuretest.Server) {
		s.Enqueue(azuretest.Text("Oi tudo bem"))
		body := strings.Replace(helloStream, `"stream":true`, `"stream":true,"stream_options":{"include_usage":true}`, 1)
		got := post(t, s, v1Chat, body)
		if got.header.Get("Content-Type") != "text/event-stream; charset=utf-8" || got.err != nil {
			t.Errorf("Content-Type %q, error %v", got.header.Get("Content-Type"), got.err)
		}
		frames, all := got.frames(), chunks(t, got)
		if !strings.HasPrefix(frames[0], `{"choices":[],"created":0,"id":"","model":"","object":"","prompt_filter_results":[`) {
			t.Errorf("first frame = %s", frames[0])
		}
		if frames[len(frames)-1] != "[DONE]" {
			t.Errorf("last frame = %s", frames[len(frames)-1])
		}
		if role := all[1].Choices[0].Delta; role.Role == nil || *role.Role != "assistant" || *role.Content != "" {
			t.Errorf("role frame = %s", frames[1])
		}
		if text := streamedText(t, got); text != "Oi tudo bem" || len(all) != 7 {
			t.Errorf("text %q in %d frames, want 3 deltas in 7", text, len(all))
		}
		for i, c := range all[:6] {
			if c.Usage != nil {
				t.Errorf("frame %d has usage", i)
			}
		}
		if end := all[5].Choices[0]; end.FinishReason == nil || *end.FinishReason != "stop" {
			t.Errorf("finish frame = %s", frames[5])
		}
		if usage := all[6]; usage.Usage == nil || len(usage.Choices) != 0 || (*usage.Usage)["total_tokens"] == 0.0 {
			t.Errorf("usage frame = %s", frames[6])
		}
		if all[2].Obfuscation == nil {
			t.Error("deltas have no obfuscation")
		}
		for _, tt := range []struct{ options, absent string }{{"", `"usage":{`}, {`,"stream_options":{"include_obfuscation":false}`, "obfuscation"}} {
			body := strings.Replace(helloStream, `"stream":true`, `"stream":true`+tt.options, 1)
			if got := post(t, s, v1Chat, body); strings.Contains(got.body, tt.absent) {
				t.Errorf("with %q the stream has %s", tt.options, tt.absent)
			}
		}
	})
}

func TestToolCalls(t *testing.T) {
	reply := azuretest.ToolCalls(
		azuretest.ToolCall{Name: "weather", Arguments: `{"location":"Florence, Italy"}`},
		azuretest.ToolCall{ID: "call_x", Name: "clock", Arguments: `{"city":"Zürich"}`},
	)
	tools := `{"model":"chat","messages":[{"role":"user","content":"hi"}],"tools":[{"type":"function","function":{"name":"weather"}}]`
	type call struct{ ID, Name, Arguments string }
	read := func(t *testing.T, a answer) (order []int, calls map[int]call) {
		calls = make(map[int]call)
		for _, c := range chunks(t, a) {
			for _, choice := range c.Choices {
				if choice.Delta == nil {
					continue
				}
				for _, d := range choice.Delta.ToolCalls {
					got := calls[d.Index]
					if d.ID != nil {
						got.ID, got.Name = *d.ID, *d.Function.Name
					}
					got.Arguments += d.Function.Arguments
					calls[d.Index] = got
					order = append(order, d.Index)
				}
			}
		}
		return order, calls
	}
	for _, tt := range []struct {
		name  string
		reply azuretest.Reply
		order []int
	}{
		{"call after call", reply, []int{0, 0, 0, 0, 0, 1, 1, 1, 1}},
		{"interleaved", reply.Interleaved(), []int{0, 1, 0, 1, 0, 1, 0, 1, 0}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := inMemory(t, azuretest.Options{})
			s.Enqueue(tt.reply, tt.reply)
			order, calls := read(t, post(t, s, v1Chat, tools+`,"stream":true}`))
			if diff := cmp.Diff(tt.order, order); diff != "" {
				t.Errorf("order of indexes (-want +got):\n%s", diff)
			}
			want := map[int]call{0: {calls[0].ID, "weather", `{"location":"Florence, Italy"}`}, 1: {"call_x", "clock", `{"city":"Zürich"}`}}
			if diff := cmp.Diff(want, calls); diff != "" || !strings.HasPrefix(calls[0].ID, "call_") {
				t.Errorf("calls (-want +got):\n%s", diff)
			}
			plain := post(t, s, v1Chat, tools+"}")
			if !strings.Contains(plain.body, `"finish_reason":"tool_calls"`) || !strings.Contains(plain.body, `"content":null`) ||
				!strings.Contains(plain.body, `{"function":{"arguments":"{\"city\":\"Zürich\"}","name":"clock"},"id":"call_x","type":"function"}`) {
				t.Errorf("plain: %s", plain.body)
			}
		})
	}
}

func TestOtherAnswers(t *testing.T) {
	s := inMemory(t, azuretest.Options{})
	for _, tt := range []struct {
		name         string
		reply        azuretest.Reply
		body         string
		plain        []string // in the plain answer
		absent       string   // not in the plain answer
		text         string   // streamed
		finish       []string // the stream's finish reasons
		annotations  int      // frames without a delta
		wantNoChoice bool
	}{
		{name: "a refusal", reply: azuretest.Refusal("I can not."), plain: []string{`"refusal":"I can not."`, `"content":null`}, finish: []string{"stop"}},
		{name: "an answer filtered at once", reply: azuretest.FilteredAnswer(), plain: []string{`"finish_reason":"content_filter"`, "protected_material_text"}, absent: `"content":`, finish: []string{"content_filter"}},
		{name: "an answer filtered late", reply: azuretest.FilteredAnswer("so ", "far"), plain: []string{`"content":"so far"`}, text: "so far", finish: []string{"content_filter"}},
		{name: "no choices", reply: azuretest.EmptyChoices(), plain: []string{`"choices":[]`}, wantNoChoice: true},
		{name: "a length finish", reply: azuretest.Text("cut").WithFinishReason("length"), plain: []string{`"finish_reason":"length"`}, text: "cut", finish: []string{"length"}},
		{name: "asynchronous filter", reply: azuretest.AsyncFilter("a", "b"), plain: []string{`"content":"ab"`}, text: "ab", finish: []string{"stop"}, annotations: 2},
		{name: "asynchronous filter that blocks", reply: azuretest.AsyncFilterBlock("a", "b"), plain: []string{`"finish_reason":"content_filter"`}, text: "ab", finish: []string{"stop", "content_filter"}, annotations: 2},
		{name: "text before calls", reply: azuretest.ToolCalls(azuretest.ToolCall{Name: "f"}).WithText("let me see"), plain: []string{`"content":"let me see"`, `"name":"f"`}, text: "let me see", finish: []string{"tool_calls"}},
		{name: "a stop word", reply: azuretest.Text("think\n", "Observation: it rains"), body: `,"stop":["\nObservation:"]`, plain: []string{`"content":"think"`}, text: "think", finish: []string{"stop"}},
		{name: "the default answer", reply: azuretest.Reply{}, plain: []string{`"content":"Hello from chat."`}, text: "Hello from chat.", finish: []string{"stop"}},
		{name: "nothing said", reply: azuretest.Text(""), plain: []string{`"content":""`}, finish: []string{"stop"}},
		{name: "reasoning, which chat never shows", reply: azuretest.Text("x").WithReasoningSummary("why"), plain: []string{`"content":"x"`}, absent: "why", text: "x", finish: []string{"stop"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s.Enqueue(tt.reply, tt.reply)
			plain := post(t, s, v1Chat, strings.TrimSuffix(hello, "}")+tt.body+"}")
			for _, part := range tt.plain {
				if !strings.Contains(plain.body, part) {
					t.Errorf("plain lacks %s: %s", part, plain.body)
				}
			}
			if tt.absent != "" && strings.Contains(plain.body, tt.absent) {
				t.Errorf("plain has %s: %s", tt.absent, plain.body)
			}
			streamed := post(t, s, v1Chat, strings.TrimSuffix(helloStream, "}")+tt.body+"}")
			if text := streamedText(t, streamed); text != tt.text {
				t.Errorf("streamed %q, want %q", text, tt.text)
			}
			var finish []string
			annotations := 0
			for _, c := range chunks(t, streamed) {
				for _, choice := range c.Choices {
					if choice.FinishReason != nil {
						finish = append(finish, *choice.FinishReason)
					}
					if choice.Delta == nil {
						annotations++
						if choice.Offsets == nil || c.ID != "" {
							t.Errorf("annotation frame without offsets or with an id: %+v", c)
						}
					}
				}
			}
			if diff := cmp.Diff(tt.finish, finish); diff != "" || annotations != tt.annotations {
				t.Errorf("%d annotations, finish reasons (-want +got):\n%s", annotations, diff)
			}
		})
	}
}

func TestSeveralChoices(t *testing.T) {
	s := inMemory(t, azuretest.Options{})
	if got := post(t, s, v1Chat, strings.TrimSuffix(hello, "}")+`,"n":3}`); strings.Count(got.body, "Hello from chat.") != 3 {
		t.Errorf("n=3: %s", got.body)
	}
	finished := make(map[int]bool)
	for _, c := range chunks(t, post(t, s, v1Chat, strings.TrimSuffix(helloStream, "}")+`,"n":3}`)) {
		for _, choice := range c.Choices {
			finished[choice.Index] = finished[choice.Index] || choice.FinishReason != nil
		}
	}
	if diff := cmp.Diff(map[int]bool{0: true, 1: true, 2: true}, finished); diff != "" {
		t.Errorf("finished choices (-want +got):\n%s", diff)
	}
}

func TestChatBodiesAzureRefuses(t *testing.T) {
	t.Parallel()
	user := `{"role":"user","content":"hi"}`
	calls := `{"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{}"}}]}`
	result := `{"role":"tool","tool_call_id":"c1","content":"42"}`
	tools := `"tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object"}}}]`
	strict := `"tools":[{"type":"function","function":{"name":"f","strict":true,"parameters":{"type":"object"}}}]`
	sound := `{"role":"user","content":[{"type":"input_audio","input_audio":{"format":"wav","data":"UklGRg=="}}]}`
	file := `{"role":"user","content":[{"type":"file","file":{"filename":"a.pdf","file_data":"data:application/pdf;base64,JVBERg=="}}]}`
	body := func(messages string, fields ...string) string {
		return `{"model":"chat","messages":[` + messages + `]` + strings.Join(append([]string{""}, fields...), ",") + `}`
	}
	for _, tt := range []struct {
		name, body, served, version, part string // part "" = accepted
		extra                             []string
	}{
		{name: "a plain body", body: body(user)},
		{name: "a whole tool turn", body: body(user+","+calls+","+result, tools)},
		{name: "no JSON", body: `{"model"`, part: "We could not parse the JSON body of your request."},
		{name: "an array", body: `[]`, part: "We could not parse the JSON body of your request."},
		{name: "null", body: `null`, part: "We could not parse the JSON body of your request."},
		{name: "something behind the body", body: body(user) + "x", part: "We could not parse the JSON body of your request."},
		{name: "bytes that are no UTF-8", body: body(`{"role":"user","content":"` + "\xff" + `"}`), part: "We could not parse the JSON body of your request."},
		{name: "no messages", body: `{"model":"chat"}`, part: "Missing required parameter: 'messages'."},
		{name: "empty messages", body: body(""), part: "Invalid 'messages': empty array."},
		{name: "a message that is no object", body: body(`"hi"`), part: "Invalid type for 'messages[0]': expected an object, but got a string"},
		{name: "a message without a role", body: body(`{"content":"x"}`), part: "Missing required parameter: 'messages[0].role'."},
		{name: "an unknown role", body: body(`{"role":"robot","content":"x"}`), part: "Invalid value: 'robot'."},
		{name: "a user who says nothing", body: body(`{"role":"user","content":null}`), part: "expected a string, got null"},
		{name: "an assistant who says nothing", body: body(user + `,{"role":"assistant"}`), part: "expected a string, got null"},
		{name: "content that is a number", body: body(`{"role":"user","content":1}`), part: "expected one of a string or array of objects, but got a decimal number"},
		{name: "no content parts", body: body(`{"role":"user","content":[]}`), part: "Invalid 'messages[0].content': empty array."},
		{name: "text and image parts", body: body(`{"role":"user","content":[{"type":"text","text":"x"},{"type":"image_url","image_url":{"url":"data:,"}}]}`)},
		{name: "a binary part", body: body(`{"role":"user","content":[{"type":"binary"}]}`), part: "Invalid value: 'binary'."},
		{name: "a text part without text", body: body(`{"role":"user","content":[{"type":"text"}]}`), part: "Missing required parameter: 'messages[0].content[0].text'."},
		{name: "an image that is a text", body: body(`{"role":"user","content":[{"type":"image_url","image_url":"x"}]}`), part: "Invalid type for 'messages[0].content[0].image_url'"},
		{name: "an image without address", body: body(`{"role":"user","content":[{"type":"image_url","image_url":{}}]}`), part: "image_url.url"},
		{name: "an image from the assistant", body: body(user + `,{"role":"assistant","content":[{"type":"image_url","image_url":{"url":"x"}}]}`), part: "takes text only"},
		{name: "a tool message out of nowhere", body: body(user + "," + result), part: "messages with role 'tool' must be a response to a "},
		{name: "a tool message for another call", body: body(user + "," + calls + "," + strings.Replace(result, "c1", "c2", 1)), part: "'tool_call_id' of 'c2' not found"},
		{name: "a tool message without an id", body: body(user + "," + calls + `,{"role":"tool","content":"x"}`), part: "Missing required parameter: 'messages[2].tool_call_id'."},
		{name: "a call without an answer", body: body(user + "," + calls + "," + user), part: "did not have response messages: c1"},
		{name: "a call without an answer at the end", body: body(user + "," + calls), part: "did not have response messages: c1"},
		{name: "a call answered twice", body: body(user + "," + calls + "," + result + "," + result), part: "'tool_call_id' of 'c1' not found"},
		{name: "a user who calls", body: body(strings.Replace(calls, "assistant", "user", 1)), part: "'tool_calls' was unexpected"},
		{name: "arguments that are an object", body: body(user + "," + strings.Replace(calls, `"{}"`, `{}`, 1) + "," + result), part: "Invalid type for 'messages[1].tool_calls[0].function.arguments': expected a string, but got an object"},
		{name: "no arguments", body: body(user + "," + strings.Replace(calls, `,"arguments":"{}"`, ``, 1) + "," + result), part: "tool_calls[0].function.arguments'."},
		{name: "a call without a name", body: body(user + "," + strings.Replace(calls, `"name":"f",`, ``, 1) + "," + result), part: "function.name"},
		{name: "a call without an id", body: body(user + "," + strings.Replace(calls, `"id":"c1",`, ``, 1) + "," + result), part: "tool_calls[0].id"},
		{name: "a call without a type", body: body(user + "," + strings.Replace(calls, `"type":"function",`, ``, 1) + "," + result), part: "tool_calls[0].type"},
		{name: "empty calls", body: body(user + `,{"role":"assistant","content":"x","tool_calls":[]}`), part: "empty array"},
		{name: "calls that are no array", body: body(user + `,{"role":"assistant","content":"x","tool_calls":{}}`), part: "expected an array, but got an object"},
		{name: "empty tools", body: body(user, `"tools":[]`), part: "Invalid 'tools': empty array."},
		{name: "a flat tool", body: body(user, `"tools":[{"type":"function","name":"f"}]`), part: "Missing required parameter: 'tools[0].function'."},
		{name: "a tool without a type", body: body(user, `"tools":[{"function":{"name":"f"}}]`), part: "Missing required parameter: 'tools[0].type'."},
		{name: "a tool of another type", body: body(user, `"tools":[{"type":"magic"}]`), part: "Invalid value: 'magic'."},
		{name: "a tool without a name", body: body(user, `"tools":[{"type":"function","function":{}}]`), part: "'tools[0].function.name'"},
		{name: "a tool with a dotted name", body: body(user, `"tools":[{"type":"function","function":{"name":"a.b"}}]`), part: "string does not match pattern"},
		{name: "parameters that are a list", body: body(user, `"tools":[{"type":"function","function":{"name":"f","parameters":[]}}]`), part: "expected an object, but got an array"},
		{name: "parameters of another type", body: body(user, `"tools":[{"type":"function","function":{"name":"f","parameters":{"type":"string"}}}]`), part: "Invalid schema for function 'f'"},
		{name: "a choice without tools", body: body(user, `"tool_choice":"auto"`), part: "'tool_choice' is only allowed when 'tools' are specified."},
		{name: "parallel calls without tools", body: body(user, `"parallel_tool_calls":false`), part: "'parallel_tool_calls' is only allowed"},
		{name: "an unknown choice", body: body(user, tools, `"tool_choice":"any"`), part: "Invalid value: 'any'."},
		{name: "a choice of a missing tool", body: body(user, tools, `"tool_choice":{"type":"function","function":{"name":"g"}}`), part: "Tool choice 'g' not found"},
		{name: "a choice of a tool", body: body(user, tools, `"tool_choice":{"type":"function","function":{"name":"f"}}`)},
		{name: "a choice that is a number", body: body(user, tools, `"tool_choice":1`), part: "Invalid type for 'tool_choice'"},
		{name: "stream_options without stream", body: body(user, `"stream_options":{}`), part: "only allowed when 'stream' is enabled"},
		{name: "both limits", body: body(user, `"max_tokens":5`, `"max_completion_tokens":5`), part: "at the same time is not supported"},
		{name: "top_logprobs alone", body: body(user, `"top_logprobs":2`), part: "only allowed when 'logprobs' is enabled"},
		{name: "a temperature in words", body: body(user, `"temperature":"hot"`), part: "Invalid type for 'temperature': expected a decimal number, but got a string"},
		{name: "a temperature of zero", body: body(user, `"temperature":0`)},
		{name: "a temperature too high", body: body(user, `"temperature":3`), part: "Expected a value <= 2, but got 3"},
		{name: "no tokens", body: body(user, `"max_tokens":0`), part: "Expected a value >= 1, but got 0"},
		{name: "a fraction of a token", body: body(user, `"max_tokens":1.5`), part: "expected an integer"},
		{name: "fields that are null", body: body(user, `"temperature":null`, `"tools":null`, `"stop":null`, `"response_format":null`)},
		{name: "five stop words", body: body(user, `"stop":["a","b","c","d","e"]`), part: "array too long"},
		{name: "json_object without the word", body: body(user, `"response_format":{"type":"json_object"}`), part: "must contain the word 'json'"},
		{name: "json_object with the word", body: body(`{"role":"user","content":"as JSON"}`, `"response_format":{"type":"json_object"}`)},
		{name: "json_schema without a name", body: body(user, `"response_format":{"type":"json_schema","json_schema":{}}`), part: "response_format.json_schema.name"},
		{name: "an unknown format", body: body(user, `"response_format":{"type":"xml"}`), part: "Invalid value: 'xml'."},
		{name: "an unknown field on v1", body: body(user, `"frobnicate":1`), part: "Unrecognized request argument supplied: frobnicate"},
		{name: "an unknown field that this resource takes", body: body(user, `"frobnicate":1`), extra: []string{"frobnicate"}},
		{name: "stream_options before their time", version: "2024-06-01", body: body(user, `"stream":true`, `"stream_options":{"include_usage":true}`), part: "Unrecognized request argument supplied: stream_options"},
		{name: "stream_options in the last dated GA", version: "2024-10-21", body: body(user, `"stream":true`, `"stream_options":{"include_usage":true}`)},
		{name: "tools before their time", version: "2023-05-15", body: body(user, tools), part: "Unrecognized request argument supplied: tools"},
		{name: "tools in their first preview", version: "2023-12-01-preview", body: body(user, tools)},
		{name: "max_completion_tokens before its time", version: "2024-08-01-preview", body: body(user, `"max_completion_tokens":5`), part: "max_completion_tokens"},
		{name: "metadata in the last dated GA", version: "2024-10-21", body: body(user, `"metadata":{}`), part: "Unrecognized request argument supplied: metadata"},
		{name: "metadata in a preview", version: "2024-12-01-preview", body: body(user, `"metadata":{}`)},
		{name: "a developer in the last dated GA", version: "2024-10-21", body: body(`{"role":"developer","content":"x"}`), part: "Invalid value: 'developer'."},
		{name: "a developer on v1", body: body(`{"role":"developer","content":"x"}`)},
		{name: "sound in the last dated GA", version: "2024-10-21", body: body(sound), part: "Invalid value: 'input_audio'. Supported values are: 'text', 'image_url', 'refusal'."},
		{name: "sound in its first preview", version: "2025-01-01-preview", body: body(sound)},
		{name: "a file in the last dated version", version: "2025-04-01-preview", body: body(file), part: "Invalid value: 'file'. Supported values are: 'text', 'image_url', 'input_audio', 'refusal'."},
		{name: "sound and a file on v1", body: body(sound + "," + file)},
		{name: "a strict tool before its time", version: "2024-06-01", body: body(user, strict), part: "'strict' was unexpected"},
		{name: "a strict tool in its first preview", version: "2024-08-01-preview", body: body(user, strict)},
		{name: "a demand for any tool before its time", version: "2024-05-01-preview", body: body(user, tools, `"tool_choice":"required"`), part: "Invalid value: 'required'. Supported values are: 'none', 'auto'."},
		{name: "a demand for any tool since", version: "2024-06-01", body: body(user, tools, `"tool_choice":"required"`)},
		{name: "json_schema before its time", version: "2024-06-01", body: body(user, `"response_format":{"type":"json_schema","json_schema":{"name":"x"}}`), part: "enabled only for api versions 2024-08-01-preview and later"},
		{name: "an embedding model", served: "text-embedding-3-small", body: body(user), part: "The chatCompletion operation does not work with the specified model, text-embedding-3-small."},
		{name: "a model of Responses only", served: "gpt-5.1-codex", body: body(user), part: "The chatCompletion operation does not work with the specified model, gpt-5.1-codex."},
		{name: "reasoning with max_tokens", served: "gpt-5", body: body(user, `"max_tokens":5`), part: "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead."},
		{name: "reasoning with max_completion_tokens", served: "gpt-5", body: body(user, `"max_completion_tokens":5`)},
		{name: "reasoning with temperature 0", served: "o4-mini", body: body(user, `"temperature":0`), part: "'temperature' does not support 0 with this model"},
		{name: "reasoning with temperature 1", served: "o4-mini", body: body(user, `"temperature":1`)},
		{name: "reasoning with stop", served: "o3", body: body(user, `"stop":"x"`), part: "Unsupported parameter: 'stop'"},
		{name: "reasoning with logprobs", served: "o1", body: body(user, `"logprobs":true`), part: "Unsupported parameter: 'logprobs'"},
		{name: "reasoning with a penalty", served: "gpt-5-mini", body: body(user, `"presence_penalty":1`), part: "'presence_penalty' does not support 1"},
		{name: "gpt-5-chat does not reason", served: "gpt-5-chat", body: body(user, `"temperature":0`, `"max_tokens":5`)},
		{name: "effort on a model that does not reason", body: body(user, `"reasoning_effort":"low"`), part: "Unrecognized request argument supplied: reasoning_effort"},
		{name: "an effort", served: "gpt-5", body: body(user, `"reasoning_effort":"minimal"`)},
		{name: "an unknown effort", served: "gpt-5", body: body(user, `"reasoning_effort":"lots"`), part: "Invalid value: 'lots'."},
		{name: "effort with tools on gpt-5.4", served: "gpt-5.4", body: body(user, tools, `"reasoning_effort":"low"`), part: "Function tools with reasoning_effort are not supported for gpt-5.4"},
		{name: "system beside developer for a reasoning model", served: "gpt-5", body: body(`{"role":"system","content":"x"},{"role":"developer","content":"x"}`), part: "should not use both"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			opts := azuretest.Options{ExtraFields: tt.extra}
			if tt.served != "" {
				opts.Deployments = map[string]string{"chat": tt.served}
			}
			s := inMemory(t, opts)
			target := v1Chat
			if tt.version != "" {
				target = "/openai/deployments/chat/chat/completions?api-version=" + tt.version
			}
			got := post(t, s, target, tt.body)
			if tt.part == "" {
				if got.status != 200 {
					t.Errorf("refused: %s", got.body)
				}
				return
			}
			if got.status != 400 || !strings.Contains(got.body, tt.part) {
				t.Errorf("got %d %s\nwant 400 %s", got.status, got.body, tt.part)
			}
		})
	}
}
