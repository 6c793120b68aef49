package wire_test

import (
	"strings"
	"testing"

	"github.com/seed-a739af98/langchaingo-azure/internal/wire"
)

func messageOf(id, text string) string {
	return `{"id":"` + id + `","type":"message","role":"assistant","status":"completed","content":[{"type":"output_text","text":"` + text + `","annotations":[]}]}`
}

// An output_index that does not begin at 0, or has a gap, must not hand the text out twice.
func TestResponsesStreamOutputIndexGap(t *testing.T) {
	for name, stream := range map[string]string{
		"one item at index 1": ev("response.output_text.delta", `"item_id":"m","output_index":1,"content_index":0,"delta":"It rains"`) +
			ev("response.output_item.done", `"output_index":1,"item":`+messageOf("m", "It rains")) +
			ev("response.completed", `"response":{"id":"r","status":"completed","output":[`+messageOf("m", "It rains")+`]}`),
		"a reasoning item told only at the end": ev("response.output_text.delta", `"item_id":"m","output_index":0,"content_index":0,"delta":"It rains"`) +
			ev("response.output_item.done", `"output_index":0,"item":`+messageOf("m", "It rains")) +
			ev("response.completed", `"response":{"id":"r","status":"completed","output":[{"id":"rs","type":"reasoning","summary":[]},`+messageOf("m", "It rains")+`]}`),
	} {
		t.Run(name, func(t *testing.T) {
			_, said, err := drainResponses(t, strings.NewReader(stream))
			if said.Text != "It rains" {
				t.Errorf("told %q (%v)", said.Text, err)
			}
		})
	}
}

func TestResponsesStreamOutputIndexGapCalls(t *testing.T) {
	call := `{"id":"fc","type":"function_call","status":"completed","call_id":"c1","name":"f","arguments":"{}"}`
	stream := ev("response.output_item.done", `"output_index":1,"item":`+call) +
		ev("response.completed", `"response":{"id":"r","status":"completed","output":[`+call+`]}`)
	_, said, _ := drainResponses(t, strings.NewReader(stream))
	if len(said.Calls) != 1 {
		t.Errorf("told of %d calls: %+v", len(said.Calls), said.Calls)
	}
}

// All items under output_index 0 (gateways), final answer without output.
func TestResponsesStreamSameIndexTwoItems(t *testing.T) {
	call := `{"id":"fc","type":"function_call","status":"completed","call_id":"c1","name":"f","arguments":"{}"}`
	stream := ev("response.output_item.done", `"output_index":0,"item":{"id":"rs","type":"reasoning","summary":[]}`) +
		ev("response.output_item.done", `"output_index":0,"item":`+call) +
		ev("response.completed", `"response":{"id":"r","status":"completed","output":[]}`)
	r, _, err := drainResponses(t, strings.NewReader(stream))
	if len(r.ToolCalls()) != 1 {
		t.Errorf("calls %+v, %v", r.ToolCalls(), err)
	}
}

// A final answer with fewer items than came.
func TestResponsesStreamFinalShorterThanStream(t *testing.T) {
	stream := ev("response.output_text.delta", `"item_id":"a","output_index":0,"content_index":0,"delta":"It "`) +
		ev("response.output_item.done", `"output_index":0,"item":`+messageOf("a", "It ")) +
		ev("response.output_text.delta", `"item_id":"b","output_index":1,"content_index":0,"delta":"rains"`) +
		ev("response.failed", `"response":{"id":"r","status":"failed","output":[`+messageOf("a", "It ")+`],"error":{"code":"server_error","message":"x"}}`)
	r, said, err := drainResponses(t, strings.NewReader(stream))
	if r.Text() != said.Text {
		t.Errorf("told %q, result %q, %v", said.Text, r.Text(), err)
	}
}

func TestResponsesStreamUnknownEventThatIsNoObject(t *testing.T) {
	for _, junk := range []string{"event: ping\ndata: ping\n\n", "event: ping\ndata: 1\n\n", "event: keepalive\ndata: null\n\n", "event: keepalive\ndata: {}\n\n"} {
		stream := junk + ev("response.completed", `"response":{"id":"r","status":"completed","output":[`+messageOf("m", "x")+`]}`)
		r, _, err := drainResponses(t, strings.NewReader(stream))
		if r.Text() != "x" {
			t.Errorf("%q: %v", junk, err)
		}
	}
}

// The second prompt entry of content_filters is lost nowhere in the wire.
func TestResponsesStreamErrorWithBlockedSecond(t *testing.T) {
	e, ok := wire.ReadError([]byte(`{"error":{"code":"content_filter","message":"m","content_filters":[{"blocked":false,"source_type":"prompt","content_filter_results":{"hate":{"filtered":false}}},{"blocked":true,"source_type":"prompt","content_filter_results":{"jailbreak":{"filtered":true,"detected":true}}}]}}`))
	if !ok || len(e.Filter) != 1 || e.Filter[0].Category != "jailbreak" {
		t.Errorf("%+v", e)
	}
}

// Every cut gives what was told, and TruncatedError.
func TestResponsesStreamEveryCut(t *testing.T) {
	call := `{"id":"fc","type":"function_call","status":"completed","call_id":"c1","name":"f","arguments":"{\"a\":1}"}`
	stream := ev("response.created", `"response":{"id":"r","status":"in_progress","output":[]}`) +
		ev("response.output_item.added", `"output_index":0,"item":{"id":"rs","type":"reasoning","summary":[]}`) +
		ev("response.reasoning_summary_text.delta", `"item_id":"rs","output_index":0,"summary_index":0,"delta":"Hm"`) +
		ev("response.reasoning_summary_text.delta", `"item_id":"rs","output_index":0,"summary_index":1,"delta":"so"`) +
		ev("response.output_item.done", `"output_index":0,"item":{"id":"rs","type":"reasoning","summary":[{"type":"summary_text","text":"Hm"},{"type":"summary_text","text":"so"}]}`) +
		ev("response.output_text.delta", `"item_id":"m","output_index":1,"content_index":0,"delta":"It "`) +
		ev("response.output_text.delta", `"item_id":"m","output_index":1,"content_index":0,"delta":"r\u00e4ins"`) +
		ev("response.output_item.done", `"output_index":1,"item":`+messageOf("m", `It r\u00e4ins`)) +
		ev("response.output_item.added", `"output_index":2,"item":{"id":"fc","type":"function_call","call_id":"c1","name":"f","arguments":""}`) +
		ev("response.function_call_arguments.delta", `"item_id":"fc","output_index":2,"delta":"{\"a\":"`) +
		ev("response.function_call_arguments.delta", `"item_id":"fc","output_index":2,"delta":"1}"`) +
		ev("response.output_item.done", `"output_index":2,"item":`+call)
	end := `data: {"type":"response.completed","response":{"id":"r","status":"completed","output":[` + messageOf("m", `It r\u00e4ins`) + `]}}`
	whole := stream + end
	for n := range len(whole) {
		r, said, err := drainResponses(t, strings.NewReader(whole[:n]))
		if _, ok := err.(*wire.TruncatedError); !ok { //nolint:errorlint // Next does not wrap it
			t.Fatalf("cut at %d: %v (%T) after %q", n, err, err, whole[max(0, n-40):n])
		}
		if r.Text() != said.Text || r.Reasoning() != said.Reasoning || len(r.ToolCalls()) != len(said.Calls) {
			t.Fatalf("cut at %d: told %+v, result %q %q %v", n, said, r.Text(), r.Reasoning(), r.ToolCalls())
		}
	}
}
