package loopback

import (
	"fmt"
	"io"
	"net/http"
)

// Answer is a whole chat completion with all that Azure's have: the filter's
// results for prompt and answer, every detail of the usage.
const Answer = `{"choices":[{"content_filter_results":{"hate":{"filtered":false,"severity":"safe"},` +
	`"protected_material_code":{"detected":false,"filtered":false},"protected_material_text":{"detected":false,"filtered":false},` +
	`"self_harm":{"filtered":false,"severity":"safe"},"sexual":{"filtered":false,"severity":"safe"},"violence":{"filtered":false,"severity":"safe"}},` +
	`"finish_reason":"stop","index":0,"logprobs":null,"message":{"annotations":[],"content":"` + Said + `","refusal":null,"role":"assistant"}}],` +
	`"created":1760000000,"id":"chatcmpl-loopback","model":"gpt-4o-2024-11-20","object":"chat.completion",` +
	`"prompt_filter_results":[{"prompt_index":0,"content_filter_results":{"hate":{"filtered":false,"severity":"safe"},` +
	`"jailbreak":{"detected":false,"filtered":false},"self_harm":{"filtered":false,"severity":"safe"},` +
	`"sexual":{"filtered":false,"severity":"safe"},"violence":{"filtered":false,"severity":"safe"}}}],` +
	`"service_tier":"default","system_fingerprint":"fp_loopback","usage":{"completion_tokens":8,` +
	`"completion_tokens_details":{"accepted_prediction_tokens":0,"audio_tokens":0,"reasoning_tokens":0,"rejected_prediction_tokens":0},` +
	`"latency_checkpoint":{"engine_ttft_ms":67,"total_duration_ms":1432},"prompt_tokens":12,` +
	`"prompt_tokens_details":{"audio_tokens":0,"cached_tokens":0},"total_tokens":20}}`

// Said is the text of Answer.
const Said = "A short answer to a short question."

// Word is the text of each chunk of a stream.
const Word = "word "

// Events writes the events of one stream, each flushed on its own. It follows
// what was asked for: chat completions or Responses.
type Events struct {
	w         http.ResponseWriter
	responses bool
	n         int
}

// Write sends bytes as they are and flushes them. Errors are the client's
// leaving, which the request's context tells.
func (e *Events) Write(p []byte) (int, error) {
	n, err := e.w.Write(p)
	if f, ok := e.w.(http.Flusher); ok {
		f.Flush()
	}
	return n, err
}

// Chunk sends one more piece of text.
func (e *Events) Chunk() {
	e.n++
	_, _ = e.Write(Chunk(e.responses, e.n))
}

// Chunks sends n pieces of text, then the end.
func (e *Events) Chunks(n int) {
	for range n {
		e.Chunk()
	}
	e.End()
}

// End sends what ends a whole answer; on chat that is [DONE].
func (e *Events) End() { _, _ = io.WriteString(e, End(e.responses)) }

// Chunk is the n-th event with text, of Responses or of chat, in Azure's shape.
func Chunk(responses bool, n int) []byte {
	if responses {
		return fmt.Appendf(nil, "event: response.output_text.delta\ndata: {\"type\":\"response.output_text.delta\",\"sequence_number\":%d,"+
			"\"item_id\":\"msg_1\",\"output_index\":0,\"content_index\":0,\"delta\":\"%s\",\"logprobs\":[],\"obfuscation\":\"xyz\"}\n\n", n, Word)
	}
	return fmt.Appendf(nil, "data: {\"choices\":[{\"content_filter_results\":{\"hate\":{\"filtered\":false,\"severity\":\"safe\"},"+
		"\"self_harm\":{\"filtered\":false,\"severity\":\"safe\"},\"sexual\":{\"filtered\":false,\"severity\":\"safe\"},"+
		"\"violence\":{\"filtered\":false,\"severity\":\"safe\"}},\"delta\":{\"content\":\"%s\"},\"finish_reason\":null,\"index\":0,\"logprobs\":null}],"+
		"\"created\":1760000000,\"id\":\"chatcmpl-loopback\",\"model\":\"gpt-4o-2024-11-20\",\"object\":\"chat.completion.chunk\","+
		"\"system_fingerprint\":\"fp_loopback\"}\n\n", Word)
}

// End is what ends a whole streamed answer, of Responses or of chat.
func End(responses bool) string {
	if responses {
		return "event: response.completed\ndata: {\"type\":\"response.completed\",\"sequence_number\":9,\"response\":{\"id\":\"resp_1\"," +
			"\"object\":\"response\",\"status\":\"completed\",\"model\":\"gpt-4o-2024-11-20\",\"output\":[{\"type\":\"message\",\"id\":\"msg_1\"," +
			"\"role\":\"assistant\",\"status\":\"completed\",\"content\":[{\"type\":\"output_text\",\"text\":\"" + Word + "\",\"annotations\":[]}]}]," +
			"\"usage\":{\"input_tokens\":1,\"output_tokens\":1,\"total_tokens\":2}}}\n\n"
	}
	return "data: {\"choices\":[{\"content_filter_results\":{},\"delta\":{},\"finish_reason\":\"stop\",\"index\":0,\"logprobs\":null}]," +
		"\"created\":1760000000,\"id\":\"chatcmpl-loopback\",\"model\":\"gpt-4o-2024-11-20\",\"object\":\"chat.completion.chunk\"}\n\n" +
		"data: [DONE]\n\n"
}
