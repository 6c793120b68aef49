package wire_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/seed-a739af98/langchaingo-azure/internal/wire"
)

func TestChatWriterWritesTheWire(t *testing.T) {
	msg := func(w *wire.ChatWriter, role string, parts func()) {
		w.Message(role)
		parts()
		w.EndMessage()
	}
	for _, tt := range []struct {
		name  string
		write func(*wire.ChatWriter)
		want  string
	}{
		{"nothing", func(*wire.ChatWriter) {}, `{}`},
		{"a conversation with a call", func(w *wire.ChatWriter) {
			w.Model("dep")
			msg(w, "system", func() { w.Content("Be \"brief\".\n") })
			msg(w, "user", func() { w.Name("ann"); w.Content("<hi> & bye") })
			msg(w, "assistant", func() { w.ToolCall("a", "f", `{"x":1}`); w.ToolCall("b", "g", ""); w.Name("bot") })
			msg(w, "tool", func() { w.ToolCallID("a"); w.Content("1") })
			w.N(1)
		}, `{"model":"dep","messages":[{"role":"system","content":"Be \"brief\".\n"},{"role":"user","name":"ann","content":"<hi> & bye"},{"role":"assistant","tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":"{\"x\":1}"}},{"id":"b","type":"function","function":{"name":"g","arguments":""}}],"name":"bot","content":null},{"role":"tool","tool_call_id":"a","content":"1"}],"n":1}`},
		{"messages without content", func(w *wire.ChatWriter) {
			msg(w, "user", func() {})
			msg(w, "assistant", func() { w.Refusal("no") })
		}, `{"messages":[{"role":"user","content":""},{"role":"assistant","refusal":"no","content":null}]}`},
		{"every kind of part", func(w *wire.ChatWriter) {
			msg(w, "user", func() {
				w.Text("look")
				w.ImageURL("https://x/y.png", "")
				w.ImageURL("https://x/z.png", "low")
				w.ImageData("image/png", []byte{1, 2, 3, 4}, "high")
				w.InputAudio("wav", []byte("RIFF"))
				w.FileData("a.pdf", "application/pdf", []byte("%PDF"))
				w.FileID("file-1")
			})
		}, `{"messages":[{"role":"user","content":[{"type":"text","text":"look"},{"type":"image_url","image_url":{"url":"https://x/y.png"}},{"type":"image_url","image_url":{"url":"https://x/z.png","detail":"low"}},{"type":"image_url","image_url":{"url":"data:image/png;base64,AQIDBA==","detail":"high"}},{"type":"input_audio","input_audio":{"data":"UklGRg==","format":"wav"}},{"type":"file","file":{"filename":"a.pdf","file_data":"data:application/pdf;base64,JVBERg=="}},{"type":"file","file":{"file_id":"file-1"}}]}]}`},
		{"text in parts beside calls", func(w *wire.ChatWriter) {
			msg(w, "assistant", func() { w.Text("a"); w.Text("b"); w.ToolCall("i", "f", "{}") })
		}, `{"messages":[{"role":"assistant","content":[{"type":"text","text":"a"},{"type":"text","text":"b"}],"tool_calls":[{"id":"i","type":"function","function":{"name":"f","arguments":"{}"}}]}]}`},
		{"tools", func(w *wire.ChatWriter) {
			w.Tool("f", "does f", map[string]any{"type": "object", "properties": map[string]any{"b": map[string]any{}, "a": nil}}, true)
			w.Tool("g", "", nil, false)
			w.Tool("h", "", json.RawMessage(` {"type": "object"} `), false)
			w.ToolChoiceFunction("f")
			w.ParallelToolCalls(false)
		}, `{"tools":[{"type":"function","function":{"name":"f","description":"does f","parameters":{"properties":{"a":null,"b":{}},"type":"object"},"strict":true}},{"type":"function","function":{"name":"g"}},{"type":"function","function":{"name":"h","parameters":{"type": "object"}}}],"tool_choice":{"type":"function","function":{"name":"f"}},"parallel_tool_calls":false}`},
		{"numbers, zeros among them", func(w *wire.ChatWriter) {
			w.Temperature(0)
			w.TopP(0.95)
			w.FrequencyPenalty(-2)
			w.PresencePenalty(1e-9)
			w.MaxTokens(10)
			w.MaxCompletionTokens(0)
			w.N(2)
			w.Seed(-7)
		}, `{"temperature":0,"top_p":0.95,"frequency_penalty":-2,"presence_penalty":1e-9,"max_tokens":10,"max_completion_tokens":0,"n":2,"seed":-7}`},
		{"words", func(w *wire.ChatWriter) {
			w.ToolChoice("required")
			w.Stop([]string{"a", "\n"})
			w.ReasoningEffort("low")
			w.User("u")
			w.Metadata(map[string]string{"z": "1", "a": "2"})
			w.Metadata(nil)
			w.Stream(true)
		}, `{"tool_choice":"required","stop":["a","\n"],"reasoning_effort":"low","user":"u","metadata":{"a":"2","z":"1"},"stream":true,"stream_options":{"include_usage":true}}`},
		{"a stream without usage", func(w *wire.ChatWriter) { w.Stream(false) }, `{"stream":true}`},
		{"a format", func(w *wire.ChatWriter) { w.ResponseFormat("json_object") }, `{"response_format":{"type":"json_object"}}`},
		{"a schema", func(w *wire.ChatWriter) {
			w.ResponseSchema("s", "d", struct {
				Type string `json:"type"`
				Max  int    `json:"max"`
			}{"<object>", 3}, true)
		}, `{"response_format":{"type":"json_schema","json_schema":{"name":"s","description":"d","schema":{"type":"<object>","max":3},"strict":true}}}`},
		{"extra members of every kind", func(w *wire.ChatWriter) {
			w.Extra("a", json.RawMessage("[1,\t2]"))
			w.Extra("b", []any{nil, true, "x", 1, int64(2), 1.5, float32(0.5), uint8(3), []string{"s"}, []string(nil), map[string]string{"k": "v"}, json.Number("12"), []any(nil), map[string]any(nil)})
			w.Extra("c\"", json.RawMessage(nil))
		}, `{"a":[1,` + "\t" + `2],"b":[null,true,"x",1,2,1.5,0.5,3,["s"],null,{"k":"v"},12,null,null],"c\"":null}`},
		{"texts that are not UTF-8", func(w *wire.ChatWriter) {
			w.Extra("x\xff", "a\xffb")
			w.Extra("raw", json.RawMessage("\"\xff\""))
			msg(w, "user", func() { w.Content("\xed\xa0\x80") })
		}, "{\"x\ufffd\":\"a\ufffdb\",\"raw\":\"\ufffd\",\"messages\":[{\"role\":\"user\",\"content\":\"\ufffd\ufffd\ufffd\"}]}"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := wire.NewChatWriter(0)
			tt.write(w)
			got, err := w.Body()
			if err != nil {
				t.Fatal(err)
			}
			if string(got) != tt.want {
				t.Errorf("wrote\n%s\nwant\n%s", got, tt.want)
			}
			if !json.Valid(got) {
				t.Error("that is not JSON")
			}
		})
	}
}

func TestChatWriterRefuses(t *testing.T) {
	loop := map[string]any{}
	loop["again"] = []any{loop}
	for _, tt := range []struct {
		name  string
		write func(*wire.ChatWriter)
		says  string
	}{
		{"NaN", func(w *wire.ChatWriter) { w.Temperature(math.NaN()) }, "temperature"},
		{"infinity deep in parameters", func(w *wire.ChatWriter) {
			w.Tool("f", "", nil, false)
			w.Tool("g", "", map[string]any{"p": []any{1, map[string]any{"x": math.Inf(1)}}}, false)
		}, "tools[1].function.parameters.p[1].x: NaN and infinities"},
		{"a channel", func(w *wire.ChatWriter) { w.Extra("x", map[string]any{"c": make(chan int)}) }, "field x.c: json: unsupported type"},
		{"a value that contains itself", func(w *wire.ChatWriter) { w.Extra("x", loop) }, "contain itself"},
		{"a schema that is not JSON", func(w *wire.ChatWriter) { w.ResponseSchema("s", "", json.RawMessage(`{"a"}`), false) }, "response_format.json_schema.schema"},
		{"an empty raw message", func(w *wire.ChatWriter) { w.Extra("x", json.RawMessage{}) }, "field x: the raw message"},
		{"a field twice", func(w *wire.ChatWriter) { w.Temperature(1); w.Extra("temperature", 2) }, `"temperature" is written twice`},
		{"messages in two runs", func(w *wire.ChatWriter) {
			w.Message("user")
			w.EndMessage()
			w.N(1)
			w.Message("user")
		}, `"messages" is written twice`},
		{"content twice", func(w *wire.ChatWriter) {
			w.Message("user")
			w.EndMessage()
			w.Message("user")
			w.Content("a")
			w.Text("b")
		}, "messages[1].content is written twice"},
		{"parts in two runs", func(w *wire.ChatWriter) { w.Message("assistant"); w.Text("a"); w.ToolCall("i", "f", ""); w.Text("b") }, "messages[0].content"},
		{"a message left open", func(w *wire.ChatWriter) { w.Message("user"); w.Text("a") }, "EndMessage"},
		{"a message in a message", func(w *wire.ChatWriter) { w.Message("user"); w.Message("user") }, "EndMessage"},
		{"a part outside", func(w *wire.ChatWriter) { w.Text("a") }, "outside Message"},
		{"an end without a beginning", func(w *wire.ChatWriter) { w.EndMessage() }, "outside Message"},
		{"an image without a media type", func(w *wire.ChatWriter) { w.Message("user"); w.ImageData("", []byte("x"), "") }, "media type"},
		{"a media type that breaks out", func(w *wire.ChatWriter) { w.Message("user"); w.ImageData(`image/png","x":"`, nil, "") }, "media type"},
		{"a field without a name", func(w *wire.ChatWriter) { w.Extra("", 1) }, "without a name"},
		{"too many fields", func(w *wire.ChatWriter) {
			for i := range wire.MaxFields + 1 {
				w.Extra(strings.Repeat("x", i+1), i)
			}
		}, "number of request fields"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := wire.NewChatWriter(100)
			tt.write(w)
			first := w.Err()
			w.N(3)
			w.Text("after an error nothing panics")
			body, err := w.Body()
			if err == nil || body != nil {
				t.Fatalf("wrote %s, want an error", body)
			}
			if first != nil && !errors.Is(err, first) {
				t.Errorf("%v stands for %v", err, first)
			}
			if !strings.HasPrefix(err.Error(), "wire: ") || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("%q does not say %q", err, tt.says)
			}
		})
	}
}

func TestBodyBelongsToTheCaller(t *testing.T) {
	w := wire.NewChatWriter(1000)
	w.N(1)
	body, err := w.Body()
	if err != nil {
		t.Fatal(err)
	}
	again, err := w.Body()
	if err != nil || string(again) != `{"n":1}` {
		t.Errorf("the second time %s, %v", again, err)
	}
	_ = append(body, "overwritten"...)
	w.Seed(1)
	if _, err := w.Body(); err == nil {
		t.Error("a field written after Body is no error")
	}
	if string(body) != `{"n":1}` {
		t.Errorf("changed to %s", body)
	}
}

func TestWritten(t *testing.T) {
	w := wire.NewChatWriter(0)
	w.Temperature(1)
	if !w.Written("temperature") || w.Written("top_p") {
		t.Error("Written does not know what was written")
	}
}

func TestEmbeddingsWriter(t *testing.T) {
	w := wire.NewEmbeddingsWriter(0)
	w.Model("dep")
	w.Input([]string{"a\"", "b\xff"})
	w.Dimensions(256)
	w.Base64()
	w.User("u")
	got, err := w.Body()
	if want := "{\"model\":\"dep\",\"input\":[\"a\\\"\",\"b\ufffd\"],\"dimensions\":256,\"encoding_format\":\"base64\",\"user\":\"u\"}"; err != nil || string(got) != want {
		t.Errorf("wrote %s, %v, want %s", got, err, want)
	}
	w = wire.NewEmbeddingsWriter(0)
	w.InputText("a")
	w.Extra("x", 1)
	if got, err := w.Body(); err != nil || string(got) != `{"input":"a","x":1}` {
		t.Errorf("wrote %s, %v", got, err)
	}
	w = wire.NewEmbeddingsWriter(0)
	w.Input(nil)
	w.InputText("a")
	if _, err := w.Body(); err == nil {
		t.Error("two inputs are no error")
	}
}

func TestLargeImageSurvivesAPoorSizeHint(t *testing.T) {
	image := []byte(strings.Repeat("\x00\x01\xfe\xff", 100_000))
	w := wire.NewChatWriter(0)
	w.Message("user")
	w.ImageData("image/png", image, "")
	w.EndMessage()
	body, err := w.Body()
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(body), base64.StdEncoding.EncodeToString(image)+`"}}]}]}`) {
		t.Error("the image is not what was given")
	}
}
