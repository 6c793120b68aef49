package wire_test

import (
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-a739af98/langchaingo-azure/internal/wire"
)

func TestReadChatOfEveryMember(t *testing.T) {
	body := []byte(azureAnswer)
	got, err := wire.ReadChat(body)
	if err != nil {
		t.Fatal(err)
	}
	clear(body)
	want := wire.Chat{
		ID: "chatcmpl-DuL", Model: "gpt-5-mini-2025-08-07", SystemFingerprint: "fp_1", ServiceTier: "default", Created: 1782321616,
		Choices: []wire.Choice{{
			FinishReason: "tool_calls",
			Content:      `Let me look "outside".`,
			ToolCalls:    []wire.ToolCall{{ID: "call_mbW", Type: "function", Name: "weather", Arguments: `{"location":"Florence, Italy"}`}},
			Filter: []wire.FilterResult{
				{Category: "hate", Severity: "safe"},
				{Category: "violence", Severity: "low"},
			},
		}},
		Usage: &wire.Usage{
			Prompt: 145, Completion: 26, Total: 171, Cached: 6, PromptAudio: 5,
			Reasoning: 3, CompletionAudio: 2, AcceptedPrediction: 1, RejectedPrediction: 4,
		},
		PromptFilters: []wire.PromptFilter{{Results: []wire.FilterResult{
			{Category: "hate", Severity: "safe"},
			{Category: "jailbreak", HasDetected: true},
		}}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the answer, read after its buffer was wiped (-want +got):\n%s", diff)
	}
}

// choice wraps the inside of a message into an answer.
func choice(message string) string {
	return `{"id":"1","choices":[{"index":0,"finish_reason":"stop","message":{` + message + `}}]}`
}

func TestReadChatShapes(t *testing.T) {
	one := func(c wire.Choice) wire.Chat {
		c.FinishReason = "stop"
		return wire.Chat{ID: "1", Choices: []wire.Choice{c}}
	}
	for _, tt := range []struct {
		name, body string
		want       wire.Chat
	}{
		{"an answer without choices is an answer", `{"choices":[]}`, wire.Chat{}},
		{"null in place of everything", `{"id":null,"choices":null,"usage":null,"created":null,"error":null,"prompt_filter_results":null}`, wire.Chat{}},
		{
			"a choice of nulls", `{"choices":[{"index":null,"message":null,"finish_reason":null,"logprobs":null,"content_filter_results":null},null]}`,
			wire.Chat{Choices: []wire.Choice{{}, {Index: 1}}},
		},
		{"a message of nulls", choice(`"content":null,"refusal":null,"tool_calls":null,"function_call":null`), one(wire.Choice{})},
		{
			"content in parts keeps the text of text parts", choice(`"content":[{"type":"text","text":"a"},{"type":"thinking","text":"no"},{"text":"b","type":"output_text"},{"text":"c"},7,null]`),
			one(wire.Choice{Content: "abc"}),
		},
		{"refusal and reasoning", choice(`"refusal":"no","reasoning_content":"hm"`), one(wire.Choice{Refusal: "no", Reasoning: "hm"})},
		{
			"the older function call", choice(`"function_call":{"name":"f","arguments":"{}"}`),
			one(wire.Choice{FunctionCall: &wire.ToolCall{Type: "function", Name: "f", Arguments: "{}"}}),
		},
		{
			"arguments a gateway forgot to quote", choice(`"tool_calls":[{"id":"a","function":{"name":"f","arguments":{"x": 1}}}]`),
			one(wire.Choice{ToolCalls: []wire.ToolCall{{ID: "a", Type: "function", Name: "f", Arguments: `{"x": 1}`}}}),
		},
		{"of a member given twice the last wins, also as null", choice(`"content":"a","content":"b","refusal":"x","refusal":null`), one(wire.Choice{Content: "b"})},
		{
			"an object given twice is replaced, not merged", `{"choices":[{"message":{"content":"old"}}],"choices":[{"message":{"refusal":"new"}}],"usage":{"prompt_tokens":1},"usage":{"total_tokens":2}}`,
			wire.Chat{Choices: []wire.Choice{{Refusal: "new"}}, Usage: &wire.Usage{Total: 2}},
		},
		{"bytes that are not UTF-8 become U+FFFD, one each", choice("\"content\":\"a\xff\xfeb\""), one(wire.Choice{Content: "a\ufffd\ufffdb"})},
		{"escapes and surrogate pairs", choice(`"content":"\ud83d\ude00 \u00e9\b\f\n\r\t\\\"\/\uD800 \ud800\ud83d\uDE00"`), one(wire.Choice{Content: "😀 é\b\f\n\r\t\\\"/\ufffd \ufffd😀"})},
		{"a key in escapes is still that key", choice(`"c\u006fntent":"x"`), one(wire.Choice{Content: "x"})},
		{"numbers where gateways write them otherwise", `{"id":7,"created":1.5e9,"choices":[{"index":2.0}]}`, wire.Chat{ID: "7", Created: 1500000000, Choices: []wire.Choice{{Index: 2}}}},
		{"ornaments of the wrong kind are left out", `{"id":{},"model":[1],"created":"soon","prompt_filter_results":{},"choices":[{"content_filter_results":[1]}]}`, wire.Chat{Choices: []wire.Choice{{}}}},
		{"log probabilities as they stand", `{"choices":[{"logprobs":{"content": []}}]}`, wire.Chat{Choices: []wire.Choice{{Logprobs: json.RawMessage(`{"content": []}`)}}}},
		{"an error object inside a success", `{"error":{"code":"500","message":"sorry"}}`, wire.Chat{Err: &wire.Error{Code: "500", Message: "sorry"}}},
		{"an unwrapped error inside a success", `{"object":"error","message":"sorry","code":400}`, wire.Chat{Err: &wire.Error{Code: "400", Message: "sorry"}}},
		{
			"the older name of the prompt's filter results", `{"prompt_annotations":[{"prompt_index":3,"content_filter_results":{"hate":{"filtered":true,"severity":"high"}}}]}`,
			wire.Chat{PromptFilters: []wire.PromptFilter{{Index: 3, Results: []wire.FilterResult{{Category: "hate", Filtered: true, Severity: "high"}}}}},
		},
		{
			"filters that say more than a verdict", `{"choices":[{"content_filter_results":{"custom_blocklists":{"filtered":true,"details":[{"id":"l","filtered":true}]},"protected_material_code":{"detected":true,"filtered":false,"citation":{"license":"MIT"}},"old":[{"id":"a","filtered":false},{"id":"b","filtered":true}],"odd":7}}]}`,
			wire.Chat{Choices: []wire.Choice{{Filter: []wire.FilterResult{
				{Category: "custom_blocklists", Filtered: true, Detail: json.RawMessage(`{"filtered":true,"details":[{"id":"l","filtered":true}]}`)},
				{Category: "protected_material_code", Detected: true, HasDetected: true, Detail: json.RawMessage(`{"detected":true,"filtered":false,"citation":{"license":"MIT"}}`)},
				{Category: "old", Filtered: true, Detail: json.RawMessage(`[{"id":"a","filtered":false},{"id":"b","filtered":true}]`)},
			}}}},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := wire.ReadChat([]byte(tt.body))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestReadChatRefuses(t *testing.T) {
	for _, tt := range []struct {
		name, body, field, says string
		cause                   error
	}{
		{name: "nothing", body: "", cause: io.ErrUnexpectedEOF},
		{name: "a body cut short", body: `{"choices":[{"message":{"content":"ab`, cause: io.ErrUnexpectedEOF},
		{name: "HTML", body: "<html>Bad Gateway</html>", says: "<html>"},
		{name: "null", body: "null", says: "want an object"},
		{name: "a list", body: "[]", says: "want an object"},
		{name: "data after the end", body: `{"choices":[]} {}`, says: "after the end"},
		{name: "a comma too many", body: `{"choices":[],}`, says: "unexpected byte"},
		{name: "a control character in a string", body: "{\"id\":\"a\nb\"}", says: "unexpected byte"},
		{name: "choices of the wrong kind", body: `{"choices":{}}`, field: "choices", says: "want an array, got object"},
		{name: "content of the wrong kind", body: `{"choices":[{},{"message":{"content":7}}]}`, field: "choices[1].message.content", says: "want a string"},
		{name: "arguments of the wrong kind", body: `{"choices":[{"message":{"tool_calls":[{"function":{"arguments":7}}]}}]}`, field: "choices[0].message.tool_calls[0].function.arguments"},
		{name: "an index below zero", body: `{"choices":[{"index":-1}]}`, field: "choices[0].index", says: "-1"},
		{name: "an index past all sense", body: `{"choices":[{"index":3000000000}]}`, field: "choices[0].index", says: "3000000000"},
		{name: "a count that is no number", body: `{"usage":{"prompt_tokens":"many"}}`, field: "usage.prompt_tokens"},
		{name: "a count past 64 bits", body: `{"usage":{"prompt_tokens":1e99}}`, field: "usage.prompt_tokens", says: "64 bits"},
		{name: "a hundred thousand brackets", body: `{"x":` + strings.Repeat("[", 100_000), says: "depth"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := wire.ReadChat([]byte(tt.body))
			f, ok := errors.AsType[*wire.FormatError](err)
			if !ok {
				t.Fatalf("error %v, want a *FormatError", err)
			}
			if f.Field != tt.field {
				t.Errorf("field %q, want %q", f.Field, tt.field)
			}
			if tt.cause != nil && !errors.Is(err, tt.cause) {
				t.Errorf("%v is not %v", err, tt.cause)
			}
			if !strings.Contains(err.Error(), tt.says) {
				t.Errorf("%q does not say %q", err, tt.says)
			}
			if len(f.Excerpt) > wire.MaxExcerpt || len(err.Error()) > 4*wire.MaxExcerpt {
				t.Errorf("the error is %d bytes long, its excerpt %d", len(err.Error()), len(f.Excerpt))
			}
		})
	}
}

func TestFormatErrorTellsThePlace(t *testing.T) {
	body := `{"id":"` + strings.Repeat("x", 1000) + `","choices":!}`
	_, err := wire.ReadChat([]byte(body))
	f, ok := errors.AsType[*wire.FormatError](err)
	if !ok {
		t.Fatal(err)
	}
	if want := int64(strings.IndexByte(body, '!') + 1); f.Offset != want {
		t.Errorf("offset %d, want %d", f.Offset, want)
	}
	if !strings.Contains(f.Excerpt, `"choices":!}`) {
		t.Errorf("excerpt %q does not show the place", f.Excerpt)
	}
}

// Results that found nothing are remembered from answer to answer.
func TestFilterResultsAreThoseOfTheirAnswer(t *testing.T) {
	answer := func(prompt, choice string) []byte {
		return []byte(`{"prompt_filter_results":[{"prompt_index":0,"content_filter_results":{` + prompt + `}}],"choices":[{"message":{"content":"x"},"content_filter_results":{` + choice + `}}]}`)
	}
	const (
		safe    = `"hate":{"filtered":false,"severity":"safe"},"jailbreak":{"filtered":false,"detected":false}`
		low     = `"hate":{"filtered":false,"severity":"low"}`
		blocked = `"hate":{"filtered":true,"severity":"high"}`
		cited   = `"protected_material_code":{"filtered":false,"detected":false,"citation":{"URL":"u"}}`
		nothing = ``
	)
	for _, prompt := range []string{safe, nothing, safe, low, safe, blocked, safe, cited} {
		for _, choice := range []string{safe, safe, low, safe, blocked, cited, nothing} {
			got, err := wire.ReadChat(answer(prompt, choice))
			if err != nil {
				t.Fatal(err)
			}
			for _, side := range []struct {
				raw string
				got []wire.FilterResult
			}{{prompt, got.PromptFilters[0].Results}, {choice, got.Choices[0].Filter}} {
				want := map[string][]wire.FilterResult{
					safe:    {{Category: "hate", Severity: "safe"}, {Category: "jailbreak", HasDetected: true}},
					low:     {{Category: "hate", Severity: "low"}},
					blocked: {{Category: "hate", Filtered: true, Severity: "high"}},
					cited: {{
						Category: "protected_material_code", HasDetected: true,
						Detail: []byte(`{"filtered":false,"detected":false,"citation":{"URL":"u"}}`),
					}},
					nothing: nil,
				}[side.raw]
				if diff := cmp.Diff(want, side.got); diff != "" {
					t.Fatalf("%s (-want +got):\n%s", side.raw, diff)
				}
			}
		}
	}
}
