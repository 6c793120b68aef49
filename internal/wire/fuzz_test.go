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
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/seed-a739af98/langchaingo-azure/internal/wire"
)

// FuzzReadChat compares with encoding/json: both take and refuse the same
// bytes, up to values of the wrong kind, and read the same texts.
func FuzzReadChat(f *testing.F) {
	for _, seed := range []string{
		azureAnswer, `{}`, `null`, ``, `{"choices":[]}`, `{"choices":[null,{}]}`, choice(`"content":[{"type":"text","text":"a"}]`),
		choice(`"content":"\ud800\ud83d\ude00","content":null`), choice("\"content\":\"\xff\xc3\x28\""), `{"id":"a"}x`, `{"choices":[],}`,
		choice(`"tool_calls":[{"id":1,"function":{"name":"f","arguments":{}}}]`), `{"error":{"code":1}}`, `{"usage":{"total_tokens":-0.5e3}}`, `{"\u0069d":"x","id":tru}`,
		`{"id":01}`, `{"a":-3e333}`, `{"a":1.5}{"b":`, `{"a":1}-`, `{"id":-}`, `{"id":1.}`, `{"a":"\u12"}`, `[[[[`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		before := bytes.Clone(body)
		got, err := wire.ReadChat(body)
		if !bytes.Equal(before, body) {
			t.Fatal("the body was written to")
		}
		format, _ := errors.AsType[*wire.FormatError](err)
		if err != nil && format == nil {
			t.Fatalf("error %T", err)
		}
		var tree any
		if jsonErr := json.Unmarshal(body, &tree); jsonErr != nil {
			if err == nil && !json.Valid(body) { // a number beyond float64 is JSON, but no value to compare with
				t.Fatalf("read what encoding/json refuses: %v", jsonErr)
			}
			return
		}
		if err != nil {
			if format.Field == "" && !strings.Contains(err.Error(), "want an object") {
				t.Fatalf("called broken what encoding/json reads: %v", err)
			}
			return
		}
		compareChat(t, tree, got)
	})
}

// compareChat checks an answer against the tree encoding/json made of it.
func compareChat(t *testing.T, tree any, got wire.Chat) {
	t.Helper()
	top, _ := tree.(map[string]any)
	for key, field := range map[string]string{"id": got.ID, "model": got.Model, "system_fingerprint": got.SystemFingerprint, "service_tier": got.ServiceTier} {
		same(t, key, top[key], field)
	}
	choices, _ := top["choices"].([]any)
	if len(choices) != len(got.Choices) {
		t.Fatalf("%d choices, want %d", len(got.Choices), len(choices))
	}
	for i, c := range choices {
		c, _ := c.(map[string]any)
		m, _ := c["message"].(map[string]any)
		same(t, "finish_reason", c["finish_reason"], got.Choices[i].FinishReason)
		same(t, "refusal", m["refusal"], got.Choices[i].Refusal)
		same(t, "reasoning_content", m["reasoning_content"], got.Choices[i].Reasoning)
		if _, parts := m["content"].([]any); !parts {
			same(t, "content", m["content"], got.Choices[i].Content)
		}
		n := 0
		calls, _ := m["tool_calls"].([]any)
		for _, call := range calls {
			call, ok := call.(map[string]any)
			if !ok {
				continue
			}
			function, _ := call["function"].(map[string]any)
			same(t, "tool call id", call["id"], got.Choices[i].ToolCalls[n].ID)
			same(t, "tool call name", function["name"], got.Choices[i].ToolCalls[n].Name)
			same(t, "tool call arguments", function["arguments"], got.Choices[i].ToolCalls[n].Arguments)
			n++
		}
		if n != len(got.Choices[i].ToolCalls) {
			t.Fatalf("%d tool calls, want %d", len(got.Choices[i].ToolCalls), n)
		}
	}
}

// same compares a string; numbers and booleans keep their spelling and are
// compared by what they mean, absent and other values are empty.
func same(t *testing.T, what string, want any, got string) {
	t.Helper()
	switch want := want.(type) {
	case string:
		if got != want {
			t.Fatalf("%s %q, want %q", what, got, want)
		}
	case float64, bool, map[string]any:
		if want, ok := want.(map[string]any); ok && (want == nil || what != "tool call arguments") {
			return
		}
		var v any
		if err := json.Unmarshal([]byte(got), &v); err != nil || !cmp.Equal(v, want) {
			t.Fatalf("%s %q, want %v", what, got, want)
		}
	default:
		if got != "" {
			t.Fatalf("%s %q, want none", what, got)
		}
	}
}

// choppy hands out its bytes in pieces of random sizes.
type choppy struct {
	rest   []byte
	random *rand.Rand
}

func newChoppy(stream []byte, seed uint64) *choppy {
	return &choppy{bytes.Clone(stream), rand.New(rand.NewPCG(seed, 1))} //nolint:gosec // the fuzzer's seed makes the run repeatable
}

func (c *choppy) Read(p []byte) (int, error) {
	if len(c.rest) == 0 {
		return 0, io.EOF
	}
	n := copy(p[:min(len(p), 1+c.random.IntN(20))], c.rest)
	c.rest = c.rest[n:]
	return n, nil
}

var streamSeeds = []string{
	"", "data: a\n\n", "\ufeffdata: a\r\n\r\n:x\rdata:b\rdata: c\r\r", "event: e\ndata\n\nid\n\n", "data: {\"error\":{}}\n\n",
	sse(delta(0, `"content":"a"`), delta(0, `"content":"b\""`), delta(0, `"content":"\ud83d\ude00"`), finished(0, "stop"), "[DONE]"),
	sse(delta(0, `"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":"{"}}]`), delta(0, `"tool_calls":[{"index":0,"function":{"arguments":"x"}}]`), delta(0, `"tool_calls":[{"index":0,"function":{"arguments":"}"}}]`), finished(0, "stop")),
	sse(delta(1, `"reasoning_content":"a"`), delta(1, `"reasoning_content":"b"`), delta(1, `"function_call":{"name":"f"}`), finished(1, "stop")),
	sse(`{"obfuscation":"x","choices":[{"index":0,"delta":{"content":"a"}}]}`, `{"obfuscation":"xyz","choices":[{"index":0,"delta":{"content":"b"}}]}`, `{"obfuscation":1,"choices":[{"index":0,"delta":{"content":"b"}}]}`),
	sse(`{"choices":[{"index":0,"delta":{"content":"a","content":"b"}}]}`, `{"choices":[{"index":0,"delta":{"content":"a","content":"c"}}]}`, `{"choices":[{"index":0,"delta":{"content":"z","content":"c"}}]}`),
	"data: {\"choices\":[{\"delta\":{\"content\":\"cut",
}

// FuzzFrames: however the bytes arrive, the events are the same.
func FuzzFrames(f *testing.F) {
	for i, seed := range streamSeeds {
		f.Add([]byte(seed), uint64(i))
	}
	f.Fuzz(func(t *testing.T, stream []byte, seed uint64) {
		whole, err := readFrames(bytes.NewReader(stream))
		chopped, choppedErr := readFrames(newChoppy(stream, seed))
		if !errors.Is(err, io.EOF) || !errors.Is(choppedErr, io.EOF) {
			t.Fatalf("ended with %v and %v", err, choppedErr)
		}
		if diff := cmp.Diff(whole, chopped); diff != "" {
			t.Fatalf("whole and chopped differ:\n%s", diff)
		}
	})
}

// FuzzChatStream: however the bytes arrive, and whether or not a frame is
// recognized as a repetition, the answer is the same. A comment-like member that
// differs from frame to frame keeps the long way.
func FuzzChatStream(f *testing.F) {
	for i, seed := range streamSeeds {
		f.Add([]byte(seed), uint64(i))
	}
	f.Fuzz(func(t *testing.T, stream []byte, seed uint64) {
		whole, err := drain(t, bytes.NewReader(stream))
		if err == nil {
			t.Fatal("no end")
		}
		chopped, choppedErr := drain(t, newChoppy(stream, seed))
		if diff := cmp.Diff(whole, chopped); diff != "" || err.Error() != choppedErr.Error() {
			t.Fatalf("whole ended with %v, chopped with %v, and differ:\n%s", err, choppedErr, diff)
		}
		if errors.Is(err, io.EOF) {
			for _, c := range whole.Choices {
				if c.FinishReason == "" {
					t.Fatalf("success without finish reason: %+v", whole)
				}
			}
		}
		long, longErr := drain(t, strings.NewReader(unlike(stream)))
		if diff := cmp.Diff(whole, long); diff != "" || errors.Is(longErr, io.EOF) != errors.Is(err, io.EOF) {
			t.Fatalf("ended with %v; with frames that are never alike with %v, and differ:\n%s", err, longErr, diff)
		}
	})
}

// unlike puts a member of its own into every frame that is an object.
func unlike(stream []byte) string {
	var b strings.Builder
	f := wire.NewFrames(bytes.NewReader(stream))
	for i := 0; ; i++ {
		frame, err := f.Next()
		if err != nil {
			return b.String()
		}
		data := string(frame.Data)
		if strings.HasPrefix(data, `{"`) && string(frame.Event) != "error" {
			data = fmt.Sprintf(`{"frame":%d,%s`, i, data[1:])
		}
		if len(frame.Event) > 0 {
			fmt.Fprintf(&b, "event: %s\n", frame.Event)
		}
		fmt.Fprintf(&b, "data: %s\n", strings.ReplaceAll(data, "\n", "\ndata: "))
		if !frame.Cut {
			b.WriteString("\n")
		}
	}
}

// FuzzReadError: never a panic, and what is read is valid text of a JSON object.
func FuzzReadError(f *testing.F) {
	for _, seed := range []string{
		``, `<html>`, `{"error":"x"}`, `{"statusCode":401,"message":"m"}`, `{"code":"c","message":"m"}`, `{"error":{"code":404,"message":null,"type":"t"}}`,
		`{"error":{"message":"m","innererror":{"code":"c","content_filter_result":{"hate":{"filtered":true,"severity":"high"},"x":[{"filtered":true}]}}}}`,
		`{"error":{"message":"m","content_filters":[{"blocked":true,"source_type":"prompt","content_filter_results":{"jailbreak":{"detected":true}}},1]}}`,
		`{"error":{"error":{}},"error":"a","message":"b"}`, "{\"message\":\"\xff\"}", `{"message":"m","a":1.5}{"b":`, `{"message":"m"}-`, `{"error":{"code":4e409,"type":"t"}}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		e, ok := wire.ReadError(body)
		if !ok {
			if !cmp.Equal(e, wire.Error{}, cmpopts.EquateEmpty()) && json.Valid(body) && e.Message != "" {
				t.Fatalf("not read, but %+v", e)
			}
			return
		}
		var tree map[string]any
		if err := json.Unmarshal(body, &tree); err != nil && !json.Valid(body) { // a number beyond float64 is JSON
			t.Fatalf("read what encoding/json refuses: %v", err)
		}
		if e.Error() == "" || !utf8.ValidString(e.Error()+e.Param+e.FilterSource+e.InnerCode) {
			t.Fatalf("invalid text in %+v", e)
		}
		for _, r := range e.Filter {
			if !utf8.ValidString(r.Category+r.Severity) || r.Detail != nil && !json.Valid(r.Detail) {
				t.Fatalf("invalid filter %+v", r)
			}
		}
	})
}

// FuzzReadEmbeddings compares with encoding/json and encoding/base64.
func FuzzReadEmbeddings(f *testing.F) {
	for _, seed := range []string{
		`{"data":[{"embedding":[0.1,-2e-3,3],"index":0}],"model":"m","usage":{"total_tokens":1}}`, `{"data":[{"embedding":"AACAPw=="},{"embedding":"AACAPwAAAEA=","index":5}]}`,
		`{"data":[{"embedding":[1e38,1e-46,-0,16777217,0.1000000014901161193847656]}]}`, `{"data":[null]}`, `{"data":[{"embedding":""}]}`, `{}`, `{"data":[{"embedding":[1]},{"embedding":[1,2,3]}],"data":[{"embedding":[7]}]}`,
		`{"data":[{"embedding":"AACA\nPw=="}]}`, `{"a":1.5}{"b":`, `{"a":1}-`, `{"data":[{"embedding":"AACA\u0050w=="}]}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		got, err := wire.ReadEmbeddings(body)
		var tree map[string]any
		if !json.Valid(body) {
			if err == nil {
				t.Fatal("read what encoding/json refuses")
			}
			return
		}
		if err != nil {
			return
		}
		d := json.NewDecoder(bytes.NewReader(body))
		d.UseNumber()
		if err := d.Decode(&tree); err != nil {
			t.Fatal(err)
		}
		data, _ := tree["data"].([]any)
		if len(data) != len(got.Vectors) {
			t.Fatalf("%d vectors, want %d", len(got.Vectors), len(data))
		}
		for i, element := range data {
			element, _ := element.(map[string]any)
			want := vector(t, element["embedding"])
			for j, v := range got.Vectors[i].Values {
				if j >= len(want) || math.Float32bits(v) != math.Float32bits(want[j]) {
					t.Fatalf("vector %d: %v, want %v", i, got.Vectors[i].Values, want)
				}
			}
			if len(want) != len(got.Vectors[i].Values) {
				t.Fatalf("vector %d: %v, want %v", i, got.Vectors[i].Values, want)
			}
		}
	})
}

// vector reads an embedding the slow way.
func vector(t *testing.T, v any) (values []float32) {
	t.Helper()
	switch v := v.(type) {
	case []any:
		for _, n := range v {
			n, _ := n.(json.Number)
			f, err := strconv.ParseFloat(n.String(), 32)
			if err != nil {
				t.Fatalf("%q was read", n)
			}
			values = append(values, float32(f))
		}
	case string:
		var ok bool
		if values, ok = vectorText(v); !ok {
			t.Fatalf("%q was read", v)
		}
	}
	return values
}

// floats are the little-endian floats of raw.
func floats(raw []byte) (values []float32) {
	for ; len(raw) > 0; raw = raw[4:] {
		values = append(values, math.Float32frombits(binary.LittleEndian.Uint32(raw)))
	}
	return values
}

// FuzzChatWriter: whatever the strings, encoding/json reads them back, with
// U+FFFD for each byte that is not UTF-8.
func FuzzChatWriter(f *testing.F) {
	f.Add("a", "b\n\"\\</script>\u2028", []byte(`{"a": [1]}`))
	f.Add("\xff\xc3\x28", "\x00\x1f\x7f", []byte(`"\ud800"`))
	f.Add("\xed\xa0\x80😀", "", []byte("\"\xff\""))
	f.Fuzz(func(t *testing.T, one, two string, raw []byte) {
		w := wire.NewChatWriter(len(one))
		w.Message("user")
		w.Name(one)
		w.Text(two)
		w.ImageData("image/png", raw, one)
		w.EndMessage()
		w.Tool(one, two, map[string]any{one: two, two: []string{one}}, false)
		w.Extra("m", map[string]string{one: two})
		if json.Valid(raw) {
			w.Extra("raw", json.RawMessage(raw))
		}
		body, err := w.Body()
		if err != nil {
			t.Fatal(err)
		}
		if !utf8.Valid(body) {
			t.Fatal("the body is not UTF-8")
		}
		var got struct {
			Messages []struct {
				Name    string
				Content []struct {
					Text     string
					ImageURL struct{ URL, Detail string } `json:"image_url"`
				}
			}
			Tools []struct {
				Function struct{ Name, Description string }
			}
			M map[string]string
		}
		if err := json.Unmarshal(body, &got); err != nil {
			t.Fatalf("%s: %v", body, err)
		}
		wantOne, wantTwo := replaced(one), replaced(two)
		m := got.Messages[0]
		if m.Name != wantOne || m.Content[0].Text != wantTwo || m.Content[1].ImageURL.Detail != wantOne || got.Tools[0].Function.Name != wantOne || got.Tools[0].Function.Description != wantTwo || got.M[wantOne] != wantTwo {
			t.Fatalf("%q and %q came back as %+v", one, two, got)
		}
		if url := "data:image/png;base64," + base64.StdEncoding.EncodeToString(raw); m.Content[1].ImageURL.URL != url {
			t.Fatalf("the image came back as %s, want %s", m.Content[1].ImageURL.URL, url)
		}
	})
}

// replaced is what encoding/json makes of s.
func replaced(s string) string {
	var b strings.Builder
	for _, r := range s {
		b.WriteRune(r)
	}
	return b.String()
}

// FuzzRawMessage: a raw message is written exactly when encoding/json calls it valid.
func FuzzRawMessage(f *testing.F) {
	for _, seed := range []string{`{}`, ` [1] `, `{"a"}`, `01`, `-`, "\"\n\"", `"\x"`, `1 2`, `tru`, ``, strings.Repeat("[", 10_001) + strings.Repeat("]", 10_001)} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		w := wire.NewChatWriter(0)
		w.Extra("x", json.RawMessage(append([]byte{}, raw...)))
		body, err := w.Body()
		if (err == nil) != json.Valid(raw) {
			t.Fatalf("%q: %v, encoding/json says %v", raw, err, json.Valid(raw))
		}
		if err == nil && !json.Valid(body) {
			t.Fatalf("wrote %s", body)
		}
	})
}
