package wire_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-a739af98/langchaingo-azure/internal/wire"
)

func TestReadResponseOfEveryMember(t *testing.T) {
	body := []byte(azureResponse)
	got, err := wire.ReadResponse(body)
	if err != nil {
		t.Fatal(err)
	}
	clear(body)
	var items struct{ Output []json.RawMessage }
	if err := json.Unmarshal([]byte(azureResponse), &items); err != nil {
		t.Fatal(err)
	}
	want := wire.Response{
		ID: "resp_0a1", Model: "o4-mini", Status: "completed", ServiceTier: "default", PreviousID: "resp_00f", CreatedAt: 1782321616,
		Output: []wire.OutputItem{
			{Type: "reasoning", ID: "rs_06c", Encrypted: true, Summary: []string{"First.", "Second."}, Raw: items.Output[0]},
			{Type: "web_search_call", ID: "ws_1", Status: "completed", Raw: items.Output[1]},
			{Type: "message", ID: "msg_029", Status: "completed", Content: []wire.ContentPart{
				{Type: "output_text", Text: `It "rains".`, Annotations: json.RawMessage(`[{"type":"url_citation","start_index":0,"end_index":3,"url":"https://example.com","title":"T"}]`)},
				{Type: "refusal", Text: "Not more."},
			}, Raw: items.Output[2]},
			{Type: "function_call", ID: "fc_050", Status: "completed", CallID: "call_iYO", Name: "weather", Arguments: `{"location":"Florence, Italy"}`, Raw: items.Output[3]},
		},
		Usage: &wire.Usage{Prompt: 145, Completion: 26, Total: 171, Cached: 6, Reasoning: 3},
		Filters: []wire.SourceFilter{
			{Source: "prompt", Results: []wire.FilterResult{{Category: "jailbreak", HasDetected: true}, {Category: "hate", Severity: "safe"}}},
			{Source: "completion", Results: []wire.FilterResult{{Category: "hate", Severity: "low"}}},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the answer, read after its buffer was wiped (-want +got):\n%s", diff)
	}
	if got.Text() != `It "rains".` || got.Refusal() != "Not more." || got.Reasoning() != "First.\n\nSecond." || got.FinishReason() != "tool_calls" {
		t.Errorf("text %q, refusal %q, reasoning %q, finish reason %q", got.Text(), got.Refusal(), got.Reasoning(), got.FinishReason())
	}
	if diff := cmp.Diff([]wire.ToolCall{{ID: "call_iYO", Type: "function", Name: "weather", Arguments: `{"location":"Florence, Italy"}`}}, got.ToolCalls()); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
}

func TestReadResponseShapes(t *testing.T) {
	for _, tt := range []struct {
		name, body   string
		finish, text string
		err          *wire.Error
	}{
		{"no status is completed", `{"id":"r","output":[]}`, "stop", "", nil},
		{"null everywhere", `{"id":"r","status":"completed","output":null,"usage":null,"error":null,"content_filters":null,"incomplete_details":null,"user":null}`, "stop", "", nil},
		{"cut at the bound", `{"id":"r","status":"incomplete","incomplete_details":{"reason":"max_output_tokens"},"output":[{"type":"message","content":[{"type":"output_text","text":"a"},null,{"type":"output_text","text":"b"}]},null]}`, "length", "ab", nil},
		{"cut by the filter, no status", `{"id":"r","incomplete_details":{"reason":"content_filter"},"output":[]}`, "content_filter", "", nil},
		{"incomplete for no reason", `{"id":"r","status":"incomplete"}`, "incomplete", "", nil},
		{"in progress", `{"id":"r","status":"in_progress","output":[]}`, "", "", nil},
		{"content as a string", `{"id":"r","output":[{"type":"message","content":"a"}]}`, "stop", "a", nil},
		{"content before its type", `{"id":"r","output":[{"content":[{"text":"a","type":"output_text"}],"type":"message"}]}`, "stop", "a", nil},
		{"an unknown item with members of any kind", `{"id":"r","output":[{"type":"x","content":5,"summary":{},"name":[],"arguments":7}]}`, "stop", "", nil},
		{"failed", `{"id":"r","status":"failed","error":{"code":"server_error","message":"sorry"},"output":[]}`, "", "", &wire.Error{Code: "server_error", Message: "sorry"}},
		{"failed for no reason", `{"id":"r","status":"failed","error":null}`, "", "", &wire.Error{Code: "failed"}},
		{"cancelled", `{"id":"r","status":"cancelled"}`, "", "", &wire.Error{Code: "cancelled"}},
		{"failed by the filter", `{"id":"r","status":"failed","error":{"code":"content_filter","message":"m"},"content_filters":[{"blocked":false,"source_type":"prompt"},{"blocked":true,"source_type":"completion","content_filter_results":{"hate":{"filtered":true,"severity":"high"}}}]}`, "", "", &wire.Error{Code: "content_filter", Message: "m", FilterSource: "completion", Filter: []wire.FilterResult{{Category: "hate", Filtered: true, Severity: "high"}}}},
		{"an error in place of an answer", `{"error":{"code":"x","message":"m"}}`, "", "", &wire.Error{Code: "x", Message: "m"}},
		{"a flat error in place of an answer", `{"statusCode":401,"message":"m"}`, "", "", &wire.Error{StatusCode: 401, Message: "m"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := wire.ReadResponse([]byte(tt.body))
			if err != nil {
				t.Fatal(err)
			}
			if got.FinishReason() != tt.finish || got.Text() != tt.text {
				t.Errorf("finish reason %q, text %q, want %q and %q", got.FinishReason(), got.Text(), tt.finish, tt.text)
			}
			if diff := cmp.Diff(tt.err, got.Err); diff != "" {
				t.Errorf("error (-want +got):\n%s", diff)
			}
		})
	}
}

func TestReadResponseRefuses(t *testing.T) {
	for name, tt := range map[string]struct{ body, says string }{
		"nothing":               {"", "responses answer"},
		"HTML":                  {"<html>", "responses answer"},
		"null":                  {"null", "want an object"},
		"data after the end":    {`{"id":"r"}x`, "after the end"},
		"output of a kind":      {`{"output":{}}`, "output: want an array"},
		"an item of a kind":     {`{"output":[1]}`, "output[0]: want an object"},
		"content of a kind":     {`{"output":[{"type":"message","content":5}]}`, "output[0].content: want an array"},
		"a text of a kind":      {`{"output":[{"type":"message","content":[{"type":"output_text","text":5}]}]}`, "output[0].content[0].text: want a string"},
		"a refusal of a kind":   {`{"output":[{"type":"message","content":[{"type":"refusal","refusal":{}}]}]}`, "output[0].content[0].refusal"},
		"a summary of a kind":   {`{"output":[{"type":"reasoning","summary":{}}]}`, "output[0].summary"},
		"arguments of a kind":   {`{"output":[{"type":"function_call","arguments":5}]}`, "output[0].arguments"},
		"a name of a kind":      {`{"output":[{"type":"function_call","name":5}]}`, "output[0].name"},
		"a count of a kind":     {`{"usage":{"input_tokens":"x"}}`, "usage.input_tokens"},
		"a cut inside an item":  {`{"output":[{"type":"message"`, "unexpected EOF"},
		"broken inside an item": {`{"output":[{"type":"x","a":tru}]}`, "responses answer"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := wire.ReadResponse([]byte(tt.body))
			if _, ok := errors.AsType[*wire.FormatError](err); !ok || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("%v does not say %q", err, tt.says)
			}
			if !cmp.Equal(got, wire.Response{}) {
				t.Errorf("something is left: %+v", got)
			}
		})
	}
}
