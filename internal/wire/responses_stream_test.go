package wire_test

import (
	"bytes"
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

// ev is one named event; members come after its type.
func ev(name, members string) string {
	if members != "" {
		members = "," + members
	}
	return fmt.Sprintf("event: %s\ndata: {\"type\":%q%s}\n\n", name, name, members)
}

// said is what the deltas of a stream say together.
type said struct {
	Text, Reasoning, Refusal, Finish string
	Calls                            []wire.ToolCall
}

// drainResponses reads a stream to its end.
func drainResponses(t *testing.T, r io.Reader) (wire.Response, said, error) {
	t.Helper()
	s := wire.NewResponsesStream(r)
	var out said
	var text [][]byte
	for {
		d, err := s.Next()
		if err != nil {
			if _, again := s.Next(); !errors.Is(again, err) {
				t.Errorf("after %v comes %v", err, again)
			}
			out.Text = string(bytes.Join(text, nil))
			return s.Result(), out, err
		}
		if cap(d.Text) != len(d.Text) {
			t.Errorf("the view %q has room behind it", d.Text)
		}
		text = append(text, d.Text)
		out.Reasoning += string(d.Reasoning)
		out.Refusal += string(d.Refusal)
		out.Finish += d.FinishReason
		for _, c := range d.ToolCalls {
			if c.Call == len(out.Calls) {
				out.Calls = append(out.Calls, wire.ToolCall{Type: "function"})
			}
			call := &out.Calls[c.Call]
			call.ID, call.Name = c.ID, c.Name
			call.Arguments += string(c.Arguments)
		}
	}
}

const (
	rsDone  = `{"id":"rs_1","type":"reasoning","encrypted_content":"g","summary":[{"type":"summary_text","text":"Hm. A"},{"type":"summary_text","text":"B"}]}`
	msgDone = `{"id":"msg_1","type":"message","status":"completed","role":"assistant","content":[{"type":"output_text","annotations":[{"a":1}],"text":"Olá tu"}]}`
	fcDone  = `{"id":"fc_1","type":"function_call","status":"completed","arguments":"{\"x\":1}","call_id":"call_1","name":"f"}`
	wsDone  = `{"id":"ws_1","type":"web_search_call","status":"completed"}`
)

func response(status, members string) string {
	return `"response":{"id":"resp_1","model":"o4-mini","created_at":5,"status":"` + status + `"` + members + `}`
}

var wholeStream = []string{
	ev("response.created", response("in_progress", `,"output":[]`)),
	ev("response.in_progress", response("in_progress", `,"output":[]`)),
	ev("response.output_item.added", `"item":{"id":"rs_1","type":"reasoning","summary":[]},"output_index":0,"sequence_number":2`),
	ev("response.reasoning_summary_part.added", `"part":{},"output_index":0,"summary_index":0`),
	ev("response.reasoning_summary_text.delta", `"delta":"Hm.","item_id":"rs_1","obfuscation":"0T9d","output_index":0,"sequence_number":4,"summary_index":0`),
	ev("response.reasoning_summary_text.delta", `"delta":" A","item_id":"rs_1","obfuscation":"0","output_index":0,"sequence_number":5,"summary_index":0`),
	ev("response.reasoning_summary_text.delta", `"delta":"B","item_id":"rs_1","output_index":0,"sequence_number":6,"summary_index":1`),
	ev("response.output_item.done", `"item":`+rsDone+`,"output_index":0`),
	ev("response.output_item.added", `"item":{"id":"ws_1","type":"web_search_call","status":"in_progress"},"output_index":1`),
	ev("response.web_search_call.searching", `"output_index":1,"delta":5`),
	ev("response.output_item.done", `"item":`+wsDone+`,"output_index":1`),
	ev("response.output_item.added", `"item":{"id":"msg_1","type":"message","content":[]},"output_index":2`),
	ev("response.content_part.added", `"part":{"type":"output_text"},"output_index":2`),
	ev("response.output_text.delta", `"content_index":0,"delta":"Ol\u00e1","item_id":"msg_1","logprobs":[],"obfuscation":"GTsT","output_index":2,"sequence_number":9`),
	ev("response.output_text.delta", `"content_index":0,"delta":" t","item_id":"msg_1","logprobs":[],"obfuscation":"G","output_index":2,"sequence_number":10`),
	ev("response.output_text.delta", `"content_index":0,"delta":"u","item_id":"msg_1","logprobs":[],"obfuscation":"Gxxxxx","output_index":2,"sequence_number":11`),
	ev("response.output_text.done", `"content_index":0,"item_id":"msg_1","output_index":2,"text":"Olá tu"`),
	ev("response.output_item.done", `"item":`+msgDone+`,"output_index":2`),
	ev("response.output_item.added", `"item":{"id":"fc_1","type":"function_call","status":"in_progress","arguments":"","call_id":"call_1","name":"f"},"output_index":3`),
	ev("response.function_call_arguments.delta", `"delta":"{\"x\"","item_id":"fc_1","output_index":3,"sequence_number":15`),
	ev("response.function_call_arguments.delta", `"delta":":1}","item_id":"fc_1","output_index":3,"sequence_number":16`),
	ev("response.function_call_arguments.done", `"arguments":"{\"x\":1}","item_id":"fc_1","output_index":3`),
	ev("response.output_item.done", `"item":`+fcDone+`,"output_index":3`),
}

func completed(items ...string) string {
	return ev("response.completed", response("completed", `,"output":[`+strings.Join(items, ",")+`],"usage":{"input_tokens":1,"output_tokens":2,"total_tokens":3}`))
}

func TestResponsesStreamOfAzure(t *testing.T) {
	wantSaid := said{
		Text: "Olá tu", Reasoning: "Hm. A\n\nB", Finish: "tool_calls",
		Calls: []wire.ToolCall{{ID: "call_1", Type: "function", Name: "f", Arguments: `{"x":1}`}},
	}
	want := wire.Response{
		ID: "resp_1", Model: "o4-mini", Status: "completed", CreatedAt: 5,
		Output: []wire.OutputItem{
			{Type: "reasoning", ID: "rs_1", Encrypted: true, Summary: []string{"Hm. A", "B"}, Raw: json.RawMessage(rsDone)},
			{Type: "web_search_call", ID: "ws_1", Status: "completed", Raw: json.RawMessage(wsDone)},
			{Type: "message", ID: "msg_1", Status: "completed", Content: []wire.ContentPart{{Type: "output_text", Text: "Olá tu", Annotations: json.RawMessage(`[{"a":1}]`)}}, Raw: json.RawMessage(msgDone)},
			{Type: "function_call", ID: "fc_1", Status: "completed", CallID: "call_1", Name: "f", Arguments: `{"x":1}`, Raw: json.RawMessage(fcDone)},
		},
		Usage: &wire.Usage{Prompt: 1, Completion: 2, Total: 3},
	}
	whole := strings.Join(wholeStream, "")
	for name, stream := range map[string]string{
		"whole":                                  whole + completed(rsDone, wsDone, msgDone, fcDone),
		"a last event without output":            whole + completed(),
		"nothing but the last event":             completed(rsDone, wsDone, msgDone, fcDone),
		"no names":                               strings.ReplaceAll(whole+completed(rsDone, wsDone, msgDone, fcDone), "event: ", ": "),
		"items that come whole":                  wholeStream[7] + wholeStream[10] + wholeStream[17] + wholeStream[22] + completed(),
		"without added events":                   strings.Join(append(wholeStream[4:8:8], wholeStream[10:]...), "") + completed(rsDone, wsDone, msgDone, fcDone),
		"what follows the end is not waited for": whole + completed(rsDone, wsDone, msgDone, fcDone) + "data: {broken\n\n",
	} {
		for how, r := range map[string]io.Reader{"whole": strings.NewReader(stream), "byte by byte": iotest.OneByteReader(strings.NewReader(stream))} {
			got, words, err := drainResponses(t, r)
			if !errors.Is(err, io.EOF) {
				t.Errorf("%s, %s: ended with %v", name, how, err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s, %s (-want +got):\n%s", name, how, diff)
			}
			if diff := cmp.Diff(wantSaid, words); diff != "" {
				t.Errorf("%s, %s: the deltas (-want +got):\n%s", name, how, diff)
			}
			if got.Text() != words.Text || got.Reasoning() != words.Reasoning {
				t.Errorf("%s: the deltas say %+v", name, words)
			}
		}
	}
}

func textEvent(text string) string {
	return ev("response.output_text.delta", fmt.Sprintf(`"output_index":0,"content_index":0,"item_id":"m","delta":%q`, text))
}

func TestResponsesStreamEnds(t *testing.T) {
	par := textEvent("pa") + textEvent("r")
	for _, tt := range []struct {
		name, stream string
		finish       string // where it ends well
		fails        *wire.Error
		is           error
		says         string
	}{
		{"incomplete", par + ev("response.incomplete", response("incomplete", `,"incomplete_details":{"reason":"max_output_tokens"},"output":[]`)), "length", nil, nil, ""},
		{"incomplete by name alone", par + ev("response.incomplete", `"response":{"id":"r"}`), "incomplete", nil, nil, ""},
		{"completed without a response", par + ev("response.completed", ""), "stop", nil, nil, ""},
		{"completed, without the empty line", par + strings.TrimSpace(ev("response.completed", response("completed", ""))), "stop", nil, nil, ""},
		{"failed", par + ev("response.failed", response("failed", `,"error":{"code":"server_error","message":"sorry"},"output":[]`)), "", &wire.Error{Code: "server_error", Message: "sorry"}, nil, ""},
		{"failed for no reason", par + ev("response.failed", ""), "", &wire.Error{Code: "failed"}, nil, ""},
		{"an error event", par + ev("error", `"code":null,"message":"sorry","param":null`), "", &wire.Error{Message: "sorry"}, nil, ""},
		{"an error event with a code alone", par + ev("error", `"code":"rate_limit_exceeded","message":""`), "", &wire.Error{Code: "rate_limit_exceeded"}, nil, ""},
		{"an error event that wraps", par + ev("error", `"error":{"type":"t","code":"c","message":"m","param":"p"}`), "", &wire.Error{Type: "t", Code: "c", Message: "m", Param: "p"}, nil, ""},
		{"an error event of plain text", par + "event: error\ndata: boom\n\n", "", &wire.Error{Message: "boom"}, nil, ""},
		{"an error object in chat's form", par + sse(`{"error":{"message":"sorry","type":"server_error"}}`), "", &wire.Error{Message: "sorry", Type: "server_error"}, nil, ""},
		{"an end in the middle", par, "", nil, wire.ErrTruncated, "response.completed"},
		{"another API's terminator", par + sse("[DONE]"), "", nil, wire.ErrTruncated, "response.completed"},
		{"half a frame", par + "event: response.completed\ndata: {\"type\":\"resp", "", nil, wire.ErrTruncated, "only a part"},
		{"broken JSON", par + sse(`{"type":}`), "", nil, nil, "stream frame 3"},
		{"a delta of a kind", par + ev("response.output_text.delta", `"delta":{},"output_index":0`), "", nil, nil, "delta: want a string"},
		{"an index of a kind", par + ev("response.output_text.delta", `"delta":"x","output_index":-1`), "", nil, nil, "output_index"},
		{"an item of a kind", par + ev("response.output_item.done", `"item":[],"output_index":1`), "", nil, nil, "item: want an object"},
		{"a response of a kind", par + ev("response.completed", `"response":{"output":5}`), "", nil, nil, "response.output: want an array"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, words, err := drainResponses(t, strings.NewReader(tt.stream))
			if got.Text() != "par" || words.Text != "par" {
				t.Errorf("the partial answer is %+v, the deltas %+v", got, words)
			}
			if tt.finish != "" {
				if !errors.Is(err, io.EOF) || words.Finish != tt.finish || got.FinishReason() != tt.finish {
					t.Errorf("ended with %v, finish reason %q, %q", err, words.Finish, got.FinishReason())
				}
				return
			}
			if err == nil || errors.Is(err, io.EOF) || got.FinishReason() != "" {
				t.Fatalf("success: %v", err)
			}
			if tt.fails != nil {
				e, ok := errors.AsType[*wire.Error](err)
				if !ok {
					t.Fatalf("ended with %v", err)
				}
				if diff := cmp.Diff(tt.fails, e); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
				if !cmp.Equal(got.Err, e) {
					t.Errorf("the answer has the error %v", got.Err)
				}
				return
			}
			if tt.is != nil && (!errors.Is(err, tt.is) || !errors.Is(err, io.ErrUnexpectedEOF)) {
				t.Errorf("%v is not %v", err, tt.is)
			}
			if _, ok := errors.AsType[*wire.FormatError](err); tt.is == nil && !ok {
				t.Errorf("%v (%T) is no *FormatError", err, err)
			}
			if !strings.Contains(err.Error(), tt.says) {
				t.Errorf("%q does not say %q", err, tt.says)
			}
		})
	}
}

func TestResponsesStreamWithoutEvents(t *testing.T) {
	_, _, err := drainResponses(t, strings.NewReader("<html>\n<h1>Bad Gateway</h1>"))
	if !errors.Is(err, wire.ErrTruncated) || !strings.Contains(err.Error(), "<html>") {
		t.Errorf("%v does not show what came", err)
	}
	_, _, err = drainResponses(t, io.MultiReader(strings.NewReader(textEvent("a")+"data: {\"cho"), iotest.ErrReader(errReset)))
	if !errors.Is(err, errReset) || errors.Is(err, wire.ErrTruncated) {
		t.Errorf("%v, want the reader's own error", err)
	}
}

func TestResponsesStreamAssembles(t *testing.T) {
	args := func(members, delta string) string {
		return ev("response.function_call_arguments.delta", members+fmt.Sprintf(`,"delta":%q`, delta))
	}
	added := func(i int) string {
		return ev("response.output_item.added", fmt.Sprintf(`"output_index":%d,"item":{"type":"function_call","id":"i%d","call_id":"c%d","name":"f"}`, i, i, i))
	}
	for _, tt := range []struct {
		name, stream string
		want         []wire.OutputItem
	}{
		{"interleaved calls, ids that change on the way", added(1) + added(0) + args(`"output_index":0,"item_id":"x"`, "a") + args(`"output_index":1,"item_id":"y"`, "b") + args(`"output_index":0,"item_id":"z"`, "c"), []wire.OutputItem{
			{Type: "function_call", ID: "i0", CallID: "c0", Name: "f", Arguments: "ac"}, {Type: "function_call", ID: "i1", CallID: "c1", Name: "f", Arguments: "b"},
		}},
		{"no index: the item of that id", added(0) + added(1) + args(`"item_id":"i0"`, "a") + args(`"item_id":"i1"`, "b"), []wire.OutputItem{
			{Type: "function_call", ID: "i0", CallID: "c0", Name: "f", Arguments: "a"}, {Type: "function_call", ID: "i1", CallID: "c1", Name: "f", Arguments: "b"},
		}},
		{"neither: the item of the event before", added(0) + args(`"sequence_number":1`, "a") + args(`"sequence_number":2`, "b"), []wire.OutputItem{{Type: "function_call", ID: "i0", CallID: "c0", Name: "f", Arguments: "ab"}}},
		{"refusal after text", textEvent("a") + ev("response.refusal.delta", `"output_index":0,"content_index":1,"delta":"n"`) + ev("response.refusal.done", `"output_index":0,"content_index":1,"refusal":"no"`), []wire.OutputItem{
			{Type: "message", ID: "m", Content: []wire.ContentPart{{Type: "output_text", Text: "a"}, {Type: "refusal", Text: "no"}}},
		}},
		{"visible reasoning", ev("response.reasoning_text.delta", `"output_index":0,"content_index":0,"delta":"h"`) + ev("response.reasoning_text.done", `"output_index":0,"content_index":0,"text":"hm"`), []wire.OutputItem{
			{Type: "reasoning", Content: []wire.ContentPart{{Type: "reasoning_text", Text: "hm"}}},
		}},
		{"events of other kinds", ev("response.future", `"delta":{},"output_index":"x","error":{"message":"no"}`) + sse(`{"type":"ping"}`, `{}`) + textEvent("a"), []wire.OutputItem{{Type: "message", ID: "m", Content: []wire.ContentPart{{Type: "output_text", Text: "a"}}}}},
		{"alike but for another part", textEvent("a") + strings.Replace(textEvent("a"), `"content_index":0`, `"content_index":1`, 1) + textEvent("b"), []wire.OutputItem{
			{Type: "message", ID: "m", Content: []wire.ContentPart{{Type: "output_text", Text: "ab"}, {Type: "output_text", Text: "a"}}},
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, _, err := drainResponses(t, strings.NewReader(tt.stream))
			if !errors.Is(err, wire.ErrTruncated) {
				t.Errorf("ended with %v", err)
			}
			if diff := cmp.Diff(tt.want, got.Output, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestResponsesStreamLimits(t *testing.T) {
	var items, parts strings.Builder
	for i := range wire.MaxOutputItems + 1 {
		items.WriteString(ev("response.output_text.delta", fmt.Sprintf(`"delta":"x","output_index":%d`, i)))
	}
	for i := range wire.MaxItemParts + 1 {
		parts.WriteString(ev("response.output_text.delta", fmt.Sprintf(`"delta":"x","output_index":0,"content_index":%d`, i)))
	}
	name := ev("response.output_item.added", `"output_index":0,"item":{"type":"function_call","name":"`+strings.Repeat("x", wire.MaxName+1)+`"}`)
	for what, tt := range map[string]struct {
		stream string
		limit  int
	}{
		"items": {items.String(), wire.MaxOutputItems},
		"parts": {parts.String(), wire.MaxItemParts},
		"names": {name, wire.MaxName},
		"text":  {strings.Repeat(textEvent(strings.Repeat("x", wire.MaxLine/2)), 2*wire.MaxText/wire.MaxLine+1), wire.MaxText},
	} {
		t.Run(what, func(t *testing.T) {
			_, _, err := drainResponses(t, strings.NewReader(tt.stream))
			limit, ok := errors.AsType[*wire.LimitError](err)
			if !ok || limit.Limit != tt.limit {
				t.Errorf("ended with %v, want the limit %d", err, tt.limit)
			}
		})
	}
}
