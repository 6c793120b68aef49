package wire_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/seed-a739af98/langchaingo-azure/internal/wire"
)

// sse makes a stream of frames.
func sse(frames ...string) string {
	var b strings.Builder
	for _, f := range frames {
		b.WriteString("data: " + f + "\n\n")
	}
	return b.String()
}

// delta is a frame with one choice.
func delta(index int, members string) string {
	return fmt.Sprintf(`{"choices":[{"index":%d,"delta":{%s},"finish_reason":null}],"usage":null}`, index, members)
}

func finished(index int, reason string) string {
	return fmt.Sprintf(`{"choices":[{"index":%d,"delta":{},"finish_reason":%q}]}`, index, reason)
}

// drain reads a stream to its end and checks that the pieces handed out are the
// text of the result, still intact.
func drain(t *testing.T, r io.Reader) (wire.Chat, error) {
	t.Helper()
	s := wire.NewChatStream(r)
	texts := map[int][][]byte{}
	for {
		d, err := s.Next()
		if err != nil {
			chat := s.Result()
			for _, c := range chat.Choices {
				var b strings.Builder
				for _, view := range texts[c.Index] {
					b.Write(view)
				}
				if b.String() != c.Content {
					t.Errorf("choice %d: the pieces say %q, the result %q", c.Index, b.String(), c.Content)
				}
			}
			if _, again := s.Next(); !errors.Is(again, err) {
				t.Errorf("after %v comes %v", err, again)
			}
			return chat, err
		}
		if cap(d.Text) != len(d.Text) {
			t.Errorf("the view %q has room behind it", d.Text)
		}
		texts[d.Choice] = append(texts[d.Choice], d.Text)
	}
}

func TestChatStreamOfAzure(t *testing.T) {
	stream := sse(
		`{"choices":[],"created":0,"id":"","model":"","object":"","prompt_filter_results":[{"prompt_index":0,"content_filter_results":{"hate":{"filtered":false,"severity":"safe"},"jailbreak":{"detected":false,"filtered":false}}}]}`,
		`{"choices":[{"content_filter_results":{},"delta":{"content":"","refusal":null,"role":"assistant"},"finish_reason":null,"index":0,"logprobs":null}],"created":1782321614,"id":"chatcmpl-DuL","model":"gpt-5-mini-2025-08-07","obfuscation":"ZKaqV","object":"chat.completion.chunk","service_tier":"default","system_fingerprint":null,"usage":null}`,
		`{"choices":[{"content_filter_results":{"hate":{"filtered":false,"severity":"low"}},"delta":{"content":"Oi"},"finish_reason":null,"index":0,"logprobs":null}],"created":1782321614,"id":"chatcmpl-DuL","model":"gpt-5-mini-2025-08-07","obfuscation":"a","usage":null}`,
		`{"choices":[{"content_filter_results":{"hate":{"filtered":false,"severity":"low"}},"delta":{"content":" t\u00fa"},"finish_reason":null,"index":0,"logprobs":null}],"created":1782321614,"id":"chatcmpl-DuL","model":"gpt-5-mini-2025-08-07","obfuscation":"abcdef","usage":null}`,
		`{"choices":[{"content_filter_results":{"hate":{"filtered":false,"severity":"safe"}},"delta":{"tool_calls":[{"function":{"arguments":"","name":"weather"},"id":"call_tWA","index":0,"type":"function"}]},"finish_reason":null,"index":0,"logprobs":null}],"system_fingerprint":"fp","usage":null}`,
		`{"choices":[{"delta":{"tool_calls":[{"function":{"arguments":"{\"loc"},"index":0}]},"finish_reason":null,"index":0}],"usage":null}`,
		`{"choices":[{"delta":{"tool_calls":[{"function":{"arguments":"ation\":1}"},"index":0}]},"finish_reason":null,"index":0}],"usage":null}`,
		`{"choices":[{"content_filter_results":{},"delta":{},"finish_reason":"tool_calls","index":0,"logprobs":null}],"usage":null}`,
		`{"choices":[],"latency_checkpoint":{"engine_ttft_ms":33},"usage":{"completion_tokens":76,"completion_tokens_details":{"reasoning_tokens":64},"prompt_tokens":19,"total_tokens":95}}`,
		`[DONE]`,
	)
	want := wire.Chat{
		ID: "chatcmpl-DuL", Model: "gpt-5-mini-2025-08-07", SystemFingerprint: "fp", ServiceTier: "default", Created: 1782321614,
		Choices: []wire.Choice{{
			FinishReason: "tool_calls", Content: "Oi tú",
			ToolCalls: []wire.ToolCall{{ID: "call_tWA", Type: "function", Name: "weather", Arguments: `{"location":1}`}},
			Filter:    []wire.FilterResult{{Category: "hate", Severity: "low"}},
		}},
		Usage: &wire.Usage{Prompt: 19, Completion: 76, Total: 95, Reasoning: 64},
		PromptFilters: []wire.PromptFilter{{Results: []wire.FilterResult{
			{Category: "hate", Severity: "safe"}, {Category: "jailbreak", HasDetected: true},
		}}},
	}
	for name, r := range map[string]io.Reader{"whole": strings.NewReader(stream), "byte by byte": iotest.OneByteReader(strings.NewReader(stream))} {
		got, err := drain(t, r)
		if !errors.Is(err, io.EOF) {
			t.Errorf("%s: ended with %v", name, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestChatStreamAssembles(t *testing.T) {
	stop := finished(0, "stop")
	calls := func(calls ...wire.ToolCall) []wire.Choice {
		for i := range calls {
			calls[i].Type = "function"
		}
		return []wire.Choice{{FinishReason: "stop", ToolCalls: calls}}
	}
	tool := func(members string) string { return delta(0, `"tool_calls":[{`+members+`}]`) }
	for _, tt := range []struct {
		name   string
		frames []string
		want   []wire.Choice
	}{
		{"two choices, interleaved and out of order", []string{
			delta(1, `"content":"b"`), delta(0, `"content":"a"`), delta(1, `"content":"d"`), delta(0, `"content":"c"`), finished(0, "stop"), finished(1, "length"),
		}, []wire.Choice{{FinishReason: "stop", Content: "ac"}, {Index: 1, FinishReason: "length", Content: "bd"}}},
		{"two choices in one frame", []string{
			`{"choices":[{"index":0,"delta":{"content":"a"},"finish_reason":"stop"},{"index":1,"delta":{"content":"b"},"finish_reason":"stop"}]}`,
		}, []wire.Choice{{FinishReason: "stop", Content: "a"}, {Index: 1, FinishReason: "stop", Content: "b"}}},
		{"reasoning and refusal", []string{
			delta(0, `"reasoning_content":"h"`), delta(0, `"reasoning_content":"m"`), delta(0, `"refusal":"n"`), delta(0, `"refusal":"o"`), stop,
		}, []wire.Choice{{FinishReason: "stop", Reasoning: "hm", Refusal: "no"}}},
		{"content in parts", []string{delta(0, `"content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]`), stop}, []wire.Choice{{FinishReason: "stop", Content: "ab"}}},
		{"two parallel calls, interleaved", []string{
			tool(`"index":0,"id":"a","function":{"name":"f","arguments":""}`), tool(`"index":1,"id":"b","function":{"name":"g","arguments":""}`),
			tool(`"index":0,"function":{"arguments":"{1"}`), tool(`"index":1,"function":{"arguments":"{2"}`),
			tool(`"index":0,"function":{"arguments":"}"}`), tool(`"index":1,"function":{"arguments":"}"}`), stop,
		}, calls(wire.ToolCall{ID: "a", Name: "f", Arguments: "{1}"}, wire.ToolCall{ID: "b", Name: "g", Arguments: "{2}"})},
		{"calls that open out of order come back in order", []string{
			tool(`"index":1,"id":"b","function":{"name":"g"}`), tool(`"index":0,"id":"a","function":{"name":"f"}`), stop,
		}, calls(wire.ToolCall{ID: "a", Name: "f"}, wire.ToolCall{ID: "b", Name: "g"})},
		{"another id under the same index is another call", []string{
			tool(`"index":0,"id":"a","function":{"name":"f","arguments":"{}"}`), tool(`"index":0,"id":"b","function":{"name":"f","arguments":"{"}`), tool(`"index":0,"function":{"arguments":"}"}`), stop,
		}, calls(wire.ToolCall{ID: "a", Name: "f", Arguments: "{}"}, wire.ToolCall{ID: "b", Name: "f", Arguments: "{}"})},
		{"without ids another name after arguments is another call", []string{
			tool(`"index":0,"function":{"name":"f","arguments":"{}"}`), tool(`"index":0,"function":{"name":"g","arguments":"{}"}`), stop,
		}, calls(wire.ToolCall{Name: "f", Arguments: "{}"}, wire.ToolCall{Name: "g", Arguments: "{}"})},
		{"no index: the only open call", []string{
			tool(`"id":"a","function":{"name":"f","arguments":"{"}`), tool(`"function":{"arguments":"}"}`), stop,
		}, calls(wire.ToolCall{ID: "a", Name: "f", Arguments: "{}"})},
		{"no index: the call of that id", []string{
			delta(0, `"tool_calls":[{"id":"a","function":{"name":"f"}},{"id":"b","function":{"name":"g"}}]`),
			tool(`"id":"a","function":{"arguments":"1"}`), tool(`"id":"b","function":{"arguments":"2"}`), tool(`"index":null,"id":"a","function":{"arguments":"3"}`), stop,
		}, calls(wire.ToolCall{ID: "a", Name: "f", Arguments: "13"}, wire.ToolCall{ID: "b", Name: "g", Arguments: "2"})},
		{"no index and no id: whole calls in one frame", []string{
			delta(0, `"tool_calls":[{"function":{"name":"f","arguments":"{}"}},{"function":{"name":"g","arguments":"{}"}}]`), stop,
		}, calls(wire.ToolCall{Name: "f", Arguments: "{}"}, wire.ToolCall{Name: "g", Arguments: "{}"})},
		{"id and name in pieces", []string{
			tool(`"index":0,"id":"call_"`), tool(`"index":0,"id":"1","function":{"name":"get_"}`), tool(`"index":0,"function":{"name":"time"}`), tool(`"index":0,"function":{"arguments":"{}"}`), stop,
		}, calls(wire.ToolCall{ID: "call_1", Name: "get_time", Arguments: "{}"})},
		{"id and name come late", []string{
			tool(`"index":0,"function":{"arguments":"{"}`), tool(`"index":0,"id":"a","function":{"arguments":"}"}`), tool(`"index":0,"function":{"name":"f"}`), stop,
		}, calls(wire.ToolCall{ID: "a", Name: "f", Arguments: "{}"})},
		{"id and name in every frame", []string{
			tool(`"index":0,"id":"a","function":{"name":"f","arguments":"{"}`), tool(`"index":0,"id":"a","function":{"name":"f","arguments":"}"}`), stop,
		}, calls(wire.ToolCall{ID: "a", Name: "f", Arguments: "{}"})},
		{"empty id and name in later frames", []string{
			tool(`"index":0,"id":"a","function":{"name":"f","arguments":"{"}`), tool(`"index":0,"id":"","function":{"name":"","arguments":"}"}`), stop,
		}, calls(wire.ToolCall{ID: "a", Name: "f", Arguments: "{}"})},
		{"the older function call in pieces", []string{
			delta(0, `"function_call":{"name":"f","arguments":""}`), delta(0, `"function_call":{"arguments":"{"}`), delta(0, `"function_call":{"arguments":"}"}`), finished(0, "function_call"),
		}, []wire.Choice{{FinishReason: "function_call", FunctionCall: &wire.ToolCall{Type: "function", Name: "f", Arguments: "{}"}}}},
		{"the asynchronous filter speaks after the end, without a delta", []string{
			delta(0, `"content":"bad"`), stop,
			`{"id":"","choices":[{"index":0,"finish_reason":null,"content_filter_results":{"hate":{"filtered":false,"severity":"medium"}},"content_filter_offsets":{"check_offset":44}}],"usage":null}`,
			`{"id":"","choices":[{"index":0,"finish_reason":null,"content_filter_results":{"hate":{"filtered":false,"severity":"safe"}}}],"usage":null}`,
		}, []wire.Choice{{FinishReason: "stop", Content: "bad", Filter: []wire.FilterResult{{Category: "hate", Severity: "medium"}}}}},
		{"the asynchronous filter blocks after the end", []string{
			delta(0, `"content":"bad"`), stop,
			`{"choices":[{"index":0,"finish_reason":"content_filter","content_filter_results":{"protected_material_text":{"detected":true,"filtered":true}}}]}`,
		}, []wire.Choice{{FinishReason: "content_filter", Content: "bad", Filter: []wire.FilterResult{{Category: "protected_material_text", Filtered: true, Detected: true, HasDetected: true}}}}},
		{"an empty finish reason does not undo one", []string{stop, finished(0, "")}, []wire.Choice{{FinishReason: "stop"}}},
		{"log probabilities of all frames are joined", []string{
			`{"choices":[{"index":0,"delta":{"content":"a"},"logprobs":{"content":[{"token":"a"}],"refusal":null}}]}`,
			`{"choices":[{"index":0,"delta":{"content":"b"},"logprobs":{"content":[{"token":"b"}],"refusal":[]}}]}`, stop,
		}, []wire.Choice{{FinishReason: "stop", Content: "ab", Logprobs: json.RawMessage(`{"content":[{"token":"a"},{"token":"b"}],"refusal":[]}`)}}},
		{"a proxy's empty events", []string{"", delta(0, `"content":"a"`), " ", `{}`, `{"type":"ping"}`, stop}, []wire.Choice{{FinishReason: "stop", Content: "a"}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, end := range []string{"", sse("[DONE]"), "data:[DONE]"} {
				got, err := drain(t, strings.NewReader(sse(tt.frames...)+end))
				if !errors.Is(err, io.EOF) {
					t.Errorf("ended by %q with %v", end, err)
				}
				if diff := cmp.Diff(tt.want, got.Choices); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
			}
		})
	}
}

func TestChatStreamIsNeverSilentlyShort(t *testing.T) {
	text := delta(0, `"content":"par"`)
	partial := []wire.Choice{{Content: "par"}}
	done := []wire.Choice{{Content: "par", FinishReason: "stop"}}
	stop := finished(0, "stop")
	truncated := []error{wire.ErrTruncated, io.ErrUnexpectedEOF}
	for _, tt := range []struct {
		name, stream string
		is           []error
		says         string
		want         []wire.Choice
	}{
		{"an end without finish reason", sse(text), truncated, "choice 0 has no finish reason", partial},
		{"a terminator without finish reason", sse(text, "[DONE]"), truncated, "choice 0 has no finish reason", partial},
		{"one of two choices unfinished", sse(text, stop, delta(3, `"content":"x"`)), truncated, "choice 3", append(done, wire.Choice{Index: 3, Content: "x"})},
		{"nothing at all", "", truncated, "no choice", nil},
		{"metadata and no choice", sse(`{"choices":[],"id":"x"}`), truncated, "no choice", nil},
		{"a page of HTML", "<html>\n<h1>Bad Gateway</h1>", truncated, "<html>", nil},
		{"half a frame", sse(text) + `data: {"choices":[{"del`, truncated, "only a part", partial},
		{"half a frame after the finish reason", sse(text, stop) + `data: {"choices":[],"us`, truncated, "only a part", done},
		{"broken JSON", sse(text, `{"choices":}`), nil, "frame 2", partial},
		{"a frame that is no object", sse(text, `"x"`), nil, "want an object", partial},
		{"a frame of the wrong shape", sse(text, `{"choices":[{"delta":{"content":{}}}]}`), nil, "choices[0].delta.content", partial},
		{"nothing of a broken frame counts", sse(text, `{"choices":[{"delta":{"content":"no"}}]`), nil, "frame 2", partial},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := drain(t, strings.NewReader(tt.stream))
			if err == nil || errors.Is(err, io.EOF) {
				t.Fatal("success")
			}
			for _, is := range tt.is {
				if !errors.Is(err, is) {
					t.Errorf("%v is not %v", err, is)
				}
			}
			if tt.is == nil {
				if _, ok := errors.AsType[*wire.FormatError](err); !ok {
					t.Errorf("%v (%T) is no *FormatError", err, err)
				}
			}
			if !strings.Contains(err.Error(), tt.says) {
				t.Errorf("%q does not say %q", err, tt.says)
			}
			if diff := cmp.Diff(tt.want, got.Choices, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("the partial answer (-want +got):\n%s", diff)
			}
		})
	}
}

// A frame that equals the one before but for its text is not parsed again; one
// that differs anywhere else must be.
func TestFramesThatAreAlmostAlike(t *testing.T) {
	frame := func(members string) string { return `{"choices":[{"index":0,"delta":{"content":"a"},` + members + `}` }
	first := frame(`"finish_reason":null}],"obfuscation":"x"`)
	stop := finished(0, "stop")
	for _, tt := range []struct {
		name   string
		frames []string
		want   []wire.Choice
	}{
		{"a finish reason", []string{first, frame(`"finish_reason":"length"}],"obfuscation":"x"`)}, []wire.Choice{{FinishReason: "length", Content: "aa"}}},
		{"a finish reason in both, once", []string{frame(`"finish_reason":"stop"}]`), frame(`"finish_reason":"stop"}]`)}, []wire.Choice{{FinishReason: "stop", Content: "aa"}}},
		{"another finish reason between", []string{frame(`"finish_reason":"stop"}]`), finished(0, "length"), frame(`"finish_reason":"stop"}]`)}, []wire.Choice{{FinishReason: "stop", Content: "aa"}}},
		{"a filter result", []string{first, frame(`"content_filter_results":{"hate":{"filtered":true,"severity":"high"}}}],"obfuscation":"x"`), stop}, []wire.Choice{{FinishReason: "stop", Content: "aa", Filter: []wire.FilterResult{{Category: "hate", Filtered: true, Severity: "high"}}}}},
		{"log probabilities alike in both", []string{frame(`"logprobs":{"content":[1]}}]`), frame(`"logprobs":{"content":[1]}}]`), stop}, []wire.Choice{{FinishReason: "stop", Content: "aa", Logprobs: json.RawMessage(`{"content":[1,1],"refusal":[]}`)}}},
		{"another choice", []string{first, `{"choices":[{"index":1,"delta":{"content":"a"},"finish_reason":null}],"obfuscation":"x"}`, stop, finished(1, "stop")}, []wire.Choice{{FinishReason: "stop", Content: "a"}, {Index: 1, FinishReason: "stop", Content: "a"}}},
		{"padding before the text", []string{`{"obfuscation":"x","choices":[{"index":0,"delta":{"content":"a"}}]}`, `{"obfuscation":"x","choices":[{"index":0,"delta":{"content":"b"}}]}`, `{"obfuscation":"yyy","choices":[{"index":0,"delta":{"content":"c"}}]}`, stop}, []wire.Choice{{FinishReason: "stop", Content: "abc"}}},
		{"padding that is missing", []string{first, frame(`"finish_reason":null}]`), stop}, []wire.Choice{{FinishReason: "stop", Content: "aa"}}},
		{"text that is null", []string{first, strings.Replace(first, `"a"`, `null`, 1), first, stop}, []wire.Choice{{FinishReason: "stop", Content: "aa"}}},
		{"arguments of another call", []string{
			delta(0, `"tool_calls":[{"index":0,"id":"i","function":{"name":"f"}},{"index":1,"id":"j","function":{"name":"g"}}]`),
			delta(0, `"tool_calls":[{"index":0,"function":{"arguments":"1"}}]`), delta(0, `"tool_calls":[{"index":0,"function":{"arguments":"2"}}]`), delta(0, `"tool_calls":[{"index":1,"function":{"arguments":"3"}}]`), stop,
		}, []wire.Choice{{FinishReason: "stop", ToolCalls: []wire.ToolCall{{ID: "i", Type: "function", Name: "f", Arguments: "12"}, {ID: "j", Type: "function", Name: "g", Arguments: "3"}}}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := drain(t, strings.NewReader(sse(tt.frames...)))
			if !errors.Is(err, io.EOF) {
				t.Errorf("ended with %v", err)
			}
			if diff := cmp.Diff(tt.want, got.Choices); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	t.Run("broken behind the text", func(t *testing.T) {
		got, err := drain(t, strings.NewReader(sse(first, first[:len(first)-1]+"!")))
		if _, ok := errors.AsType[*wire.FormatError](err); !ok || got.Choices[0].Content != "a" {
			t.Errorf("%v with %+v, want a *FormatError after one frame", err, got)
		}
	})
}

func TestPromptFiltersOfAllFramesAreJoined(t *testing.T) {
	got, err := drain(t, strings.NewReader(sse(
		`{"choices":[],"prompt_filter_results":[{"prompt_index":0,"content_filter_results":{"hate":{"filtered":false,"severity":"low"}}}]}`,
		`{"choices":[],"prompt_filter_results":[{"prompt_index":0,"content_filter_results":{"hate":{"filtered":false,"severity":"safe"},"jailbreak":{"detected":true}}},{"prompt_index":1}]}`,
		finished(0, "stop"),
	)))
	want := []wire.PromptFilter{
		{Results: []wire.FilterResult{{Category: "hate", Severity: "low"}, {Category: "jailbreak", Detected: true, HasDetected: true}}},
		{Index: 1},
	}
	if diff := cmp.Diff(want, got.PromptFilters); diff != "" || !errors.Is(err, io.EOF) {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

func TestChatStreamWithoutChoicesButWithTerminator(t *testing.T) {
	got, err := drain(t, strings.NewReader(sse(`{"choices":[],"id":"x"}`, "[DONE]")))
	if !errors.Is(err, io.EOF) || len(got.Choices) != 0 || got.ID != "x" {
		t.Errorf("got %+v, %v, want an answer without choices", got, err)
	}
}

func TestChatStreamEndsWithTheErrorInsideIt(t *testing.T) {
	text := delta(0, `"content":"par"`)
	for _, tt := range []struct {
		name, stream string
		want         wire.Error
	}{
		{"the usual object", sse(text, `{"error":{"code":null,"message":"sorry","param":null,"type":"server_error"}}`, "[DONE]"), wire.Error{Message: "sorry", Type: "server_error"}},
		{"text", sse(text, `{"error":"sorry"}`), wire.Error{Message: "sorry"}},
		{"an empty object is an error all the same", sse(text, `{"error":{}}`), wire.Error{}},
		{"unwrapped", sse(text, `{"code":"x","message":"sorry"}`), wire.Error{Code: "x", Message: "sorry"}},
		{"an event named error", sse(text) + "event: error\ndata: boom\n\n", wire.Error{Message: "boom"}},
		{"an event named error, with an object", sse(text) + "event: error\ndata: {\"error\":{\"message\":\"sorry\"}}\n\n", wire.Error{Message: "sorry"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := drain(t, strings.NewReader(tt.stream))
			e, ok := errors.AsType[*wire.Error](err)
			if !ok {
				t.Fatalf("ended with %v, want a *wire.Error", err)
			}
			if diff := cmp.Diff(tt.want, *e); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if got.Err == nil || len(got.Choices) != 1 || got.Choices[0].Content != "par" {
				t.Errorf("the partial answer is %+v", got)
			}
		})
	}
}

func TestChatStreamPassesReadErrorsOn(t *testing.T) {
	for _, stream := range []string{sse(delta(0, `"content":"par"`)), sse(delta(0, `"content":"par"`)) + "data: {\"cho\n", sse(delta(0, `"content":"par"`)) + `data: {"choices`} {
		got, err := drain(t, io.MultiReader(strings.NewReader(stream), iotest.ErrReader(errReset)))
		if !errors.Is(err, errReset) || errors.Is(err, wire.ErrTruncated) {
			t.Errorf("%q: %v, want the reader's own error", stream, err)
		}
		if len(got.Choices) != 1 || got.Choices[0].Content != "par" {
			t.Errorf("%q: the partial answer is %+v", stream, got)
		}
	}
}

func TestChatStreamLimits(t *testing.T) {
	var choices, calls []string
	for i := range wire.MaxChoices + 1 {
		choices = append(choices, delta(i, `"content":"x"`))
	}
	for i := range wire.MaxToolCalls + 1 {
		calls = append(calls, delta(0, fmt.Sprintf(`"tool_calls":[{"index":%d,"id":"i%d"}]`, i, i)))
	}
	piece := sse(delta(0, `"content":"`+strings.Repeat("x", wire.MaxLine/2)+`"`))
	name := sse(delta(0, `"tool_calls":[{"index":0,"function":{"name":"`+strings.Repeat("x", wire.MaxName+1)+`"}}]`))
	for what, tt := range map[string]struct {
		stream string
		limit  int
	}{
		"choices":    {sse(choices...), wire.MaxChoices},
		"tool calls": {sse(calls...), wire.MaxToolCalls},
		"text":       {strings.Repeat(piece, 2*wire.MaxText/wire.MaxLine+1), wire.MaxText},
		"names":      {name, wire.MaxName},
	} {
		t.Run(what, func(t *testing.T) {
			_, err := drain(t, strings.NewReader(tt.stream))
			limit, ok := errors.AsType[*wire.LimitError](err)
			if !ok || limit.Limit != tt.limit {
				t.Errorf("ended with %v, want the limit %d", err, tt.limit)
			}
		})
	}
}

func TestChatStreamDeltas(t *testing.T) {
	s := wire.NewChatStream(strings.NewReader(sse(
		`{"choices":[],"id":"x"}`,
		delta(0, `"role":"assistant","content":""`),
		delta(0, `"content":"a","reasoning_content":"r"`),
		delta(0, `"tool_calls":[{"index":0,"id":"i","function":{"name":"f","arguments":"{"}},{"index":1,"id":"j","function":{"name":"g"}}]`),
		delta(0, `"tool_calls":[{"index":0,"function":{"arguments":"}"}}]`),
		delta(0, `"function_call":{"name":"old"}`),
		finished(0, "stop"),
		"[DONE]",
	)))
	want := []wire.Delta{
		{Text: []byte("a"), Reasoning: []byte("r")},
		{ToolCalls: []wire.ToolCallDelta{{Call: 0, ID: "i", Name: "f", Arguments: []byte("{")}, {Call: 1, ID: "j", Name: "g"}}},
		{ToolCalls: []wire.ToolCallDelta{{Call: 0, ID: "i", Name: "f", Arguments: []byte("}")}}},
		{ToolCalls: []wire.ToolCallDelta{{Call: wire.LegacyCall, Name: "old"}}},
		{FinishReason: "stop"},
	}
	for i, w := range want {
		got, err := s.Next()
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(w, got, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("delta %d (-want +got):\n%s", i, diff)
		}
	}
	if s.Done() {
		t.Error("done before the terminator")
	}
	if _, err := s.Next(); !errors.Is(err, io.EOF) || !s.Done() {
		t.Errorf("%v, done %v, want io.EOF and done", err, s.Done())
	}
}

func TestResultIsACopy(t *testing.T) {
	s := wire.NewChatStream(strings.NewReader(sse(
		`{"choices":[{"index":0,"delta":{"content":"a"},"content_filter_results":{"hate":{"filtered":false,"severity":"safe"}}}]}`,
		`{"choices":[{"index":0,"delta":{"content":"b"},"content_filter_results":{"hate":{"filtered":true,"severity":"high"}},"finish_reason":"stop"}]}`,
	)))
	if _, err := s.Next(); err != nil {
		t.Fatal(err)
	}
	before := s.Result()
	if _, err := s.Next(); err != nil {
		t.Fatal(err)
	}
	want := []wire.Choice{{Content: "a", Filter: []wire.FilterResult{{Category: "hate", Severity: "safe"}}}}
	if diff := cmp.Diff(want, before.Choices); diff != "" {
		t.Errorf("changed by a later frame (-want +got):\n%s", diff)
	}
}

// A frame that repeats the one before is not parsed again; one with a finish reason must be, or its delta loses it.
func TestStreamFramesThatRepeatAFinishReasonKeepIt(t *testing.T) {
	frame := func(text string) string {
		return `data: {"choices":[{"delta":{"content":"` + text + `"},"finish_reason":"stop","index":0}]}` + "\n\n"
	}
	s := wire.NewChatStream(strings.NewReader(frame("a") + frame("b") + frame("c") + "data: [DONE]\n\n"))
	for _, want := range []string{"a", "b", "c"} {
		d, err := s.Next()
		if err != nil {
			t.Fatal(err)
		}
		if string(d.Text) != want || d.FinishReason != "stop" {
			t.Errorf("text %q with finish reason %q, want %q with stop", d.Text, d.FinishReason, want)
		}
	}
}
