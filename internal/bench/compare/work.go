package main

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"strings"

	"github.com/tmc/langchaingo/llms"

	"github.com/seed-a739af98/langchaingo-azure/internal/bench/loopback"
)

// work is one thing to do, and what the service answers.
type work struct {
	name     string
	messages []llms.MessageContent
	tools    []llms.Tool
	texts    []string // to embed, in place of messages
	stream   bool

	chat, responses []byte // the answer of either API; none of the latter means that it is left out
	base64          []byte // of embeddings, where it is asked for
	want            outcome
}

// outcome is what a caller gets.
type outcome struct {
	Text    string
	Name    string // of the function called
	Args    string
	Vectors [][]float32
	Tokens  int // of plain answers
}

func works() []work {
	return []work{
		short(),
		history(200, 20),
		streaming(1000),
		arguments(500),
		embeddings(256, 1536),
		image(5 << 20),
	}
}

func human(parts ...llms.ContentPart) []llms.MessageContent {
	return []llms.MessageContent{{Role: llms.ChatMessageTypeHuman, Parts: parts}}
}

// answered is a work whose answer is the short one.
func answered(w work) work {
	w.chat, w.responses = []byte(loopback.Answer), []byte(whole(loopback.Said))
	w.want = outcome{Text: loopback.Said, Tokens: 20}
	return w
}

func short() work {
	return answered(work{name: "one short chat", messages: human(llms.TextPart("A short question?"))})
}

// history is an agent's: a question, a call of a tool, its result, an answer, and so on. Without tools it is talk alone.
func history(messages, tools int) work {
	w := work{name: fmt.Sprintf("history of %d messages, %d tools", messages, tools)}
	for i := range messages {
		text := fmt.Sprintf("Turn %d: %s", i, strings.Repeat("what was said before, with \"quotes\" and\nlines. ", 5))
		w.messages = append(w.messages, said(i, tools, text))
	}
	for i := range tools {
		w.tools = append(w.tools, llms.Tool{Type: "function", Function: &llms.FunctionDefinition{
			Name: fmt.Sprintf("tool_%d", i), Description: "Looks something up.",
			Parameters: schema(),
		}})
	}
	return answered(w)
}

// schema is a tool's parameters as agents have them: four, described, one of a few words, one a list.
func schema() map[string]any {
	of := func(kind, description string) map[string]any {
		return map[string]any{"type": kind, "description": description}
	}
	language := of("string", "the language of the answer")
	language["enum"] = []string{"en", "de", "fr", "es"}
	tags := of("array", "only what has all of these")
	tags["items"] = map[string]any{"type": "string"}
	return map[string]any{
		"type":                 "object",
		"properties":           map[string]any{"q": of("string", "what to look up"), "n": of("integer", "how many, 10 at most"), "language": language, "tags": tags},
		"required":             []string{"q"},
		"additionalProperties": false,
	}
}

func said(i, tools int, text string) llms.MessageContent {
	id, name := fmt.Sprintf("call_%d", i/4), fmt.Sprintf("tool_%d", i/4%max(tools, 1))
	switch turn := i % 4; {
	case turn == 1 && tools > 0:
		return llms.MessageContent{Role: llms.ChatMessageTypeAI, Parts: []llms.ContentPart{llms.ToolCall{
			ID: id, Type: "function", FunctionCall: &llms.FunctionCall{Name: name, Arguments: fmt.Sprintf(`{"q":%q}`, text)},
		}}}
	case turn == 2 && tools > 0:
		return llms.MessageContent{Role: llms.ChatMessageTypeTool, Parts: []llms.ContentPart{llms.ToolCallResponse{
			ToolCallID: id, Name: name, Content: text,
		}}}
	case turn%2 == 1:
		return llms.TextParts(llms.ChatMessageTypeAI, text)
	default:
		return llms.TextParts(llms.ChatMessageTypeHuman, text)
	}
}

func streaming(chunks int) work {
	w := work{name: fmt.Sprintf("stream of %d chunks", chunks), messages: human(llms.TextPart("A long question?")), stream: true}
	for i := range chunks {
		w.chat = append(w.chat, loopback.Chunk(false, i+1)...)
		w.responses = append(w.responses, loopback.Chunk(true, i+1)...)
	}
	text := strings.Repeat(loopback.Word, chunks)
	w.chat = append(w.chat, loopback.End(false)...)
	w.responses = append(w.responses, completed(whole(text))...)
	w.want = outcome{Text: text}
	return w
}

// arguments streams one function call in small pieces.
func arguments(fragments int) work {
	w := work{name: fmt.Sprintf("tool arguments in %d fragments", fragments), messages: human(llms.TextPart("Look it up.")), stream: true}
	w.tools = history(1, 1).tools
	args := `{"q":"` + strings.Repeat("abcd", fragments-2) + `"}`
	piece := func(first, text string) {
		w.chat = fmt.Appendf(w.chat, `data: {"choices":[{"delta":{"tool_calls":[{"index":0,%s"function":{%s"arguments":%s}}]},"finish_reason":null,"index":0,"logprobs":null}],`+
			`"created":1760000000,"id":"chatcmpl-loopback","model":"gpt-4o","object":"chat.completion.chunk"}`+"\n\n", first, name(first), quoted(text))
		if first == "" {
			w.responses = fmt.Appendf(w.responses, "event: response.function_call_arguments.delta\ndata: "+
				`{"type":"response.function_call_arguments.delta","sequence_number":1,"item_id":"fc_1","output_index":0,"delta":%s,"obfuscation":"xyz"}`+"\n\n", quoted(text))
		}
	}
	call := `{"type":"function_call","id":"fc_1","call_id":"call_1","name":"tool_0","status":"%s","arguments":%s}`
	w.responses = fmt.Appendf(w.responses, "event: response.output_item.added\ndata: "+`{"type":"response.output_item.added","output_index":0,"item":`+call+"}\n\n", "in_progress", `""`)
	piece(`"id":"call_1","type":"function",`, "")
	for from := 0; from < len(args); from += 4 {
		piece("", args[from:min(from+4, len(args))])
	}
	w.chat = append(w.chat, `data: {"choices":[{"delta":{},"finish_reason":"tool_calls","index":0}],"id":"chatcmpl-loopback","object":"chat.completion.chunk"}`+"\n\ndata: [DONE]\n\n"...)
	w.responses = append(w.responses, completed(response(fmt.Sprintf(call, "completed", quoted(args))))...)
	w.want = outcome{Name: "tool_0", Args: args}
	return w
}

func name(first string) string {
	if first == "" {
		return ""
	}
	return `"name":"tool_0",`
}

func embeddings(n, dimensions int) work {
	w := work{name: fmt.Sprintf("embeddings %d x %d", n, dimensions)}
	var floats, packed []string
	for i := range n {
		w.texts = append(w.texts, fmt.Sprintf("text %d", i))
		vector := make([]float32, dimensions)
		raw := make([]byte, 0, 4*dimensions)
		for j := range vector {
			vector[j] = float32(math.Sin(float64(i*dimensions+j))) / 40
			raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(vector[j]))
		}
		w.want.Vectors = append(w.want.Vectors, vector)
		text, err := json.Marshal(vector)
		if err != nil {
			panic(err) // numbers always marshal
		}
		floats = append(floats, embedding(i, string(text)))
		packed = append(packed, embedding(i, quoted(base64.StdEncoding.EncodeToString(raw))))
	}
	all := func(data []string) []byte {
		return []byte(`{"object":"list","data":[` + strings.Join(data, ",") + `],"model":"text-embedding-3-small","usage":{"prompt_tokens":9,"total_tokens":9}}`)
	}
	w.chat, w.base64 = all(floats), all(packed)
	return w
}

func embedding(i int, vector string) string {
	return fmt.Sprintf(`{"object":"embedding","index":%d,"embedding":%s}`, i, vector)
}

func image(size int) work {
	data := make([]byte, size)
	for i := range data {
		data[i] = byte(i * 7)
	}
	return answered(work{name: fmt.Sprintf("%d MB image in a message", size>>20), messages: human(llms.TextPart("What is it?"), llms.BinaryPart("image/png", data))})
}

// whole is an answer of the Responses API that says a text.
func whole(text string) string {
	return response(`{"type":"message","id":"msg_1","role":"assistant","status":"completed","content":[{"type":"output_text","text":` + quoted(text) + `,"annotations":[]}]}`)
}

func response(item string) string {
	return `{"id":"resp_1","object":"response","created_at":1760000000,"status":"completed","model":"gpt-4o","output":[` + item +
		`],"usage":{"input_tokens":12,"output_tokens":8,"total_tokens":20}}`
}

func completed(response string) string {
	return "event: response.completed\ndata: " + `{"type":"response.completed","sequence_number":9,"response":` + response + "}\n\n"
}

func quoted(s string) string {
	text, err := json.Marshal(s)
	if err != nil {
		panic(err) // a string always marshals
	}
	return string(text)
}
