package wire_test

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/seed-a739af98/langchaingo-azure/internal/wire"
)

const (
	harmless = `{"hate":{"filtered":false,"severity":"safe"},"protected_material_code":{"detected":false,"filtered":false},"protected_material_text":{"detected":false,"filtered":false},"self_harm":{"filtered":false,"severity":"safe"},"sexual":{"filtered":false,"severity":"safe"},"violence":{"filtered":false,"severity":"safe"}}`

	chunkTail = `"created":1782321614,"id":"chatcmpl-DuLxyz0123456789abcdef","model":"gpt-5-mini-2025-08-07","obfuscation":"ZKaqV","object":"chat.completion.chunk","service_tier":"default","system_fingerprint":null,"usage":null}`
)

// textStream is a stream of n text frames in the shape Azure sends them.
func textStream(n int, filter string) []byte {
	var b bytes.Buffer
	b.WriteString(`data: {"choices":[],"created":0,"id":"","model":"","object":"","prompt_filter_results":[{"prompt_index":0,"content_filter_results":` + harmless + `}]}` + "\n\n")
	for i := range n {
		fmt.Fprintf(&b, `data: {"choices":[{"content_filter_results":%s,"delta":{"content":" word%d"},"finish_reason":null,"index":0,"logprobs":null}],%s`+"\n\n", filter, i%10, chunkTail)
	}
	b.WriteString(`data: {"choices":[{"content_filter_results":{},"delta":{},"finish_reason":"stop","index":0,"logprobs":null}],` + chunkTail + "\n\n")
	b.WriteString(`data: {"choices":[],"usage":{"completion_tokens":76,"prompt_tokens":19,"total_tokens":95}}` + "\n\ndata: [DONE]\n\n")
	return b.Bytes()
}

func readStream(tb testing.TB, r io.Reader) {
	tb.Helper()
	s := wire.NewChatStream(r)
	for {
		_, err := s.Next()
		if errors.Is(err, io.EOF) {
			if got := s.Result(); len(got.Choices) == 0 {
				tb.Fatal("no choices")
			}
			return
		}
		if err != nil {
			tb.Fatal(err)
		}
	}
}

func BenchmarkChatStream(b *testing.B) {
	for _, c := range []struct{ name, filter string }{{"empty filters", "{}"}, {"full filters", harmless}} {
		b.Run(c.name, func(b *testing.B) {
			body := textStream(1000, c.filter)
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			for b.Loop() {
				readStream(b, bytes.NewReader(body))
			}
		})
	}
}

func BenchmarkFrames(b *testing.B) {
	body := textStream(1000, "{}")
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		f := wire.NewFrames(bytes.NewReader(body))
		for {
			if _, err := f.Next(); err != nil {
				break
			}
		}
	}
}

var toolSchema = json.RawMessage(`{"type":"object","properties":{"location":{"type":"string","description":"a city"},"unit":{"type":"string","enum":["c","f"]}},"required":["location"]}`)

// writeHistory writes 200 messages and 20 tools, which take nearly 90 kB.
func writeHistory(text string, parameters any) ([]byte, error) {
	w := wire.NewChatWriter(90_000)
	w.Model("gpt-5-mini")
	for i := range 200 {
		switch i % 4 {
		case 0:
			w.Message("user")
			w.Content(text)
		case 1:
			w.Message("assistant")
			w.ToolCall("call_123", "weather", `{"location":"Paris"}`)
		case 2:
			w.Message("tool")
			w.ToolCallID("call_123")
			w.Content("21 C")
		default:
			w.Message("assistant")
			w.Text(text)
		}
		w.EndMessage()
	}
	for range 20 {
		w.Tool("weather", "Tells the weather.", parameters, true)
	}
	w.Temperature(0.2)
	w.Stream(true)
	return w.Body()
}

func BenchmarkChatWriter(b *testing.B) {
	text := strings.Repeat("The quick brown fox jumps over the lazy dog.\n", 10)
	var tree map[string]any
	if err := json.Unmarshal(toolSchema, &tree); err != nil {
		b.Fatal(err)
	}
	for _, c := range []struct {
		name       string
		parameters any
	}{{"raw schemas", toolSchema}, {"schemas as maps", tree}} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				body, err := writeHistory(text, c.parameters)
				if err != nil {
					b.Fatal(err)
				}
				b.SetBytes(int64(len(body)))
			}
		})
	}
}

func writeImage(image []byte) ([]byte, error) {
	w := wire.NewChatWriter(base64.StdEncoding.EncodedLen(len(image)) + 512)
	w.Message("user")
	w.Text("What is this?")
	w.ImageData("image/png", image, "high")
	w.EndMessage()
	w.MaxCompletionTokens(100)
	return w.Body()
}

func BenchmarkImage(b *testing.B) {
	image := make([]byte, 5<<20)
	b.ReportAllocs()
	for b.Loop() {
		body, err := writeImage(image)
		if err != nil {
			b.Fatal(err)
		}
		b.SetBytes(int64(len(body)))
	}
}

// embeddingsBody is an answer with n vectors of dims floats, in either form.
func embeddingsBody(n, dims int, asBase64 bool) []byte {
	random := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // the same figures in every run
	var b bytes.Buffer
	b.WriteString(`{"object":"list","data":[`)
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"object":"embedding","index":%d,"embedding":`, i)
		var raw []byte
		for j := range dims {
			f := float32(random.NormFloat64() / 50)
			switch {
			case asBase64:
				raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(f))
			case j == 0:
				fmt.Fprintf(&b, "[%v", f)
			default:
				fmt.Fprintf(&b, ",%v", f)
			}
		}
		if asBase64 {
			fmt.Fprintf(&b, "%q", base64.StdEncoding.EncodeToString(raw))
		} else {
			b.WriteByte(']')
		}
		b.WriteByte('}')
	}
	b.WriteString(`],"model":"text-embedding-3-small","usage":{"prompt_tokens":5,"total_tokens":5}}`)
	return b.Bytes()
}

func BenchmarkReadEmbeddings(b *testing.B) {
	for _, c := range []struct {
		name   string
		base64 bool
	}{{"base64", true}, {"numbers", false}} {
		b.Run(c.name, func(b *testing.B) {
			body := embeddingsBody(256, 1536, c.base64)
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := wire.ReadEmbeddings(body); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// textAnswer is a short answer with all that Azure's have.
const textAnswer = `{"choices":[{"content_filter_results":` + harmless + `,"finish_reason":"stop","index":0,"logprobs":null,` +
	`"message":{"annotations":[],"content":"A short answer to a short question.","refusal":null,"role":"assistant"}}],` +
	`"created":1782321616,"id":"chatcmpl-DuLxyz0123456789abcdef","model":"gpt-5-mini-2025-08-07","object":"chat.completion",` +
	`"prompt_filter_results":[{"prompt_index":0,"content_filter_results":` + harmless + `}],"service_tier":"default","system_fingerprint":"fp_1",` +
	`"usage":{"completion_tokens":8,"completion_tokens_details":{"accepted_prediction_tokens":0,"audio_tokens":0,"reasoning_tokens":0,"rejected_prediction_tokens":0},` +
	`"latency_checkpoint":{"engine_ttft_ms":67,"total_duration_ms":1432},"prompt_tokens":12,"prompt_tokens_details":{"audio_tokens":0,"cached_tokens":0},"total_tokens":20}}`

func BenchmarkReadChat(b *testing.B) {
	for _, c := range []struct{ name, body string }{{"text", textAnswer}, {"a call and a finding", azureAnswer}} {
		b.Run(c.name, func(b *testing.B) {
			body := []byte(c.body)
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := wire.ReadChat(body); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
