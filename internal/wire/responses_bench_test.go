package wire_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/seed-a739af98/langchaingo-azure/internal/wire"
)

// responsesStream is a stream of n text deltas in the shape Azure sends them.
func responsesStream(n int) []byte {
	var b bytes.Buffer
	sequence := 0
	add := func(name, members string) {
		fmt.Fprintf(&b, "event: %s\ndata: {\"type\":%q,%s,\"sequence_number\":%d}\n\n", name, name, members, sequence)
		sequence++
	}
	response := func(status, output string) string {
		return fmt.Sprintf(`"response":{"id":"resp_0123456789abcdef","object":"response","created_at":1782321614,"status":%q,"background":false,"content_filters":null,"error":null,"incomplete_details":null,"instructions":null,"max_output_tokens":4000,"model":"gpt-5-mini","output":[%s],"parallel_tool_calls":true,"reasoning":{"effort":"low","summary":null},"store":false,"temperature":1.0,"text":{"format":{"type":"text"}},"tool_choice":"auto","tools":[],"top_p":1.0,"truncation":"disabled","usage":{"input_tokens":19,"input_tokens_details":{"cached_tokens":0},"output_tokens":76,"output_tokens_details":{"reasoning_tokens":64},"total_tokens":95},"user":null,"metadata":{}}`, status, output)
	}
	reasoning := `{"id":"rs_06c","type":"reasoning","encrypted_content":"` + strings.Repeat("gAAAAAB", 100) + `","summary":[]}`
	add("response.created", response("in_progress", ""))
	add("response.in_progress", response("in_progress", ""))
	add("response.output_item.added", `"item":`+reasoning+`,"output_index":0`)
	add("response.output_item.done", `"item":`+reasoning+`,"output_index":0`)
	add("response.output_item.added", `"item":{"id":"msg_029","type":"message","status":"in_progress","content":[],"role":"assistant"},"output_index":1`)
	var text strings.Builder
	for i := range n {
		fmt.Fprintf(&text, " word%d", i%10)
		add("response.output_text.delta", fmt.Sprintf(`"content_index":0,"delta":" word%d","item_id":"msg_029","logprobs":[],"obfuscation":%q,"output_index":1`, i%10, "ZKaqVxyz"[:i%8+1]))
	}
	message := fmt.Sprintf(`{"id":"msg_029","type":"message","status":"completed","content":[{"type":"output_text","annotations":[],"logprobs":[],"text":%q}],"role":"assistant"}`, text.String())
	add("response.output_text.done", fmt.Sprintf(`"content_index":0,"item_id":"msg_029","logprobs":[],"output_index":1,"text":%q`, text.String()))
	add("response.output_item.done", `"item":`+message+`,"output_index":1`)
	add("response.completed", response("completed", reasoning+","+message))
	return b.Bytes()
}

func readResponses(tb testing.TB, r io.Reader) {
	tb.Helper()
	s := wire.NewResponsesStream(r)
	for {
		_, err := s.Next()
		if errors.Is(err, io.EOF) {
			if got := s.Result(); len(got.Output) != 2 {
				tb.Fatalf("%d items, want 2", len(got.Output))
			}
			return
		}
		if err != nil {
			tb.Fatal(err)
		}
	}
}

func BenchmarkResponsesStream(b *testing.B) {
	body := responsesStream(1000)
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		readResponses(b, bytes.NewReader(body))
	}
}

func BenchmarkReadResponse(b *testing.B) {
	body := []byte(azureResponse)
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := wire.ReadResponse(body); err != nil {
			b.Fatal(err)
		}
	}
}

// writeInput writes 200 items and 20 tools, the Responses form of writeHistory.
func writeInput(size int, text string, parameters any, raw json.RawMessage) ([]byte, error) {
	w := wire.NewResponsesWriter(size)
	w.Model("gpt-5-mini")
	for i := range 200 {
		switch i % 5 {
		case 0:
			w.Message("user")
			w.Text(text)
			w.EndMessage()
		case 1:
			w.Item(raw)
		case 2:
			w.FunctionCall("", "call_123", "weather", `{"location":"Paris"}`)
		case 3:
			w.FunctionCallOutput("call_123", "21 C")
		default:
			w.Message("assistant")
			w.Content(text)
			w.EndMessage()
		}
	}
	for range 20 {
		w.Tool("weather", "Tells the weather.", parameters, true)
	}
	w.Temperature(0.2)
	w.Stream()
	return w.Body()
}

var reasoningItem = json.RawMessage(`{"id":"rs_06c","type":"reasoning","encrypted_content":"gAAAAABoYWJj","summary":[],"status":"completed"}`)

func BenchmarkResponsesWriter(b *testing.B) {
	text := strings.Repeat("The quick brown fox jumps over the lazy dog.\n", 10)
	b.ReportAllocs()
	for b.Loop() {
		body, err := writeInput(90_000, text, toolSchema, reasoningItem)
		if err != nil {
			b.Fatal(err)
		}
		b.SetBytes(int64(len(body)))
	}
}

// The events of a stream cost nothing but the growth of its text, which is held
// as pieces, as an item and as the final answer.
func TestResponsesStreamAllocations(t *testing.T) {
	short, long := responsesStream(1_000), responsesStream(10_000)
	allocations(t, 90, func() { readResponses(t, bytes.NewReader(short)) })
	allocations(t, 110, func() { readResponses(t, bytes.NewReader(long)) })
}

func TestResponsesWriterAllocations(t *testing.T) {
	text := strings.Repeat("The quick brown fox jumps over the lazy dog.\n", 10)
	var schema any = toolSchema
	allocations(t, 4, func() {
		if _, err := writeInput(90_000, text, schema, reasoningItem); err != nil {
			t.Fatal(err)
		}
	})
}

func TestReadResponseAllocations(t *testing.T) {
	body := []byte(azureResponse)
	allocations(t, 60, func() {
		if _, err := wire.ReadResponse(body); err != nil {
			t.Fatal(err)
		}
	})
}

// azureResponse is a whole answer with every kind of item, in the service's shapes.
const azureResponse = `{"id":"resp_0a1","object":"response","created_at":1782321616,"status":"completed","background":false,"content_filters":[{"blocked":false,"source_type":"prompt","content_filter_raw":[],"content_filter_results":{"jailbreak":{"detected":false,"filtered":false},"hate":{"filtered":false,"severity":"safe"}},"content_filter_offsets":{"start_offset":0,"end_offset":624,"check_offset":0}},{"blocked":false,"source_type":"completion","content_filter_results":{"hate":{"filtered":false,"severity":"low"}}}],"error":null,"incomplete_details":null,"instructions":null,"model":"o4-mini","output":[` +
	`{"id":"rs_06c","type":"reasoning","encrypted_content":"gAAAAAB","summary":[{"type":"summary_text","text":"First."},{"type":"summary_text","text":"Second."}]},` +
	`{"id":"ws_1","type":"web_search_call","status":"completed","action":{"type":"search","query":"weather"}},` +
	`{"id":"msg_029","type":"message","status":"completed","content":[{"type":"output_text","annotations":[{"type":"url_citation","start_index":0,"end_index":3,"url":"https://example.com","title":"T"}],"logprobs":[],"text":"It \"rains\"."},{"type":"refusal","refusal":"Not more."}],"role":"assistant"},` +
	`{"id":"fc_050","type":"function_call","status":"completed","arguments":"{\"location\":\"Florence, Italy\"}","call_id":"call_iYO","name":"weather"}` +
	`],"parallel_tool_calls":true,"previous_response_id":"resp_00f","service_tier":"default","store":false,"usage":{"input_tokens":145,"input_tokens_details":{"cached_tokens":6},"output_tokens":26,"output_tokens_details":{"reasoning_tokens":3},"total_tokens":171},"user":null,"metadata":{}}`
