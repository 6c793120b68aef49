package wire_test

import (
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/seed-a739af98/langchaingo-azure/internal/wire"
)

func TestResponsesWriterWritesTheWire(t *testing.T) {
	msg := func(w *wire.ResponsesWriter, role string, parts func()) {
		w.Message(role)
		parts()
		w.EndMessage()
	}
	for _, tt := range []struct {
		name  string
		write func(*wire.ResponsesWriter)
		want  string
	}{
		{"nothing", func(*wire.ResponsesWriter) {}, `{}`},
		{"a conversation with a call", func(w *wire.ResponsesWriter) {
			w.Model("dep")
			msg(w, "developer", func() { w.Content("Be \"brief\".") })
			msg(w, "user", func() { w.Text("<hi>") })
			w.Item(json.RawMessage(` {"id":"rs_1", "summary":[{"status":"kept"}],"status":"completed","encrypted_content":"g","type":"reasoning"} `))
			w.FunctionCall("", "call_1", "f", `{"x":1}`)
			w.FunctionCall("fc_2", "call_2", "g", "")
			w.FunctionCallOutput("call_1", "1")
			msg(w, "assistant", func() { w.Text("done"); w.Refusal("no") })
			w.Store(false)
		}, `{"model":"dep","input":[{"type":"message","role":"developer","content":"Be \"brief\"."},{"type":"message","role":"user","content":[{"type":"input_text","text":"<hi>"}]},{"id":"rs_1","summary":[{"status":"kept"}],"encrypted_content":"g","type":"reasoning"},{"type":"function_call","call_id":"call_1","name":"f","arguments":"{\"x\":1}"},{"type":"function_call","id":"fc_2","call_id":"call_2","name":"g","arguments":""},{"type":"function_call_output","call_id":"call_1","output":"1"},{"type":"message","role":"assistant","content":[{"type":"output_text","text":"done","annotations":[]},{"type":"refusal","refusal":"no"}]}],"store":false}`},
		{"a message without content", func(w *wire.ResponsesWriter) { msg(w, "user", func() {}) }, `{"input":[{"type":"message","role":"user","content":""}]}`},
		{"every kind of part", func(w *wire.ResponsesWriter) {
			msg(w, "user", func() {
				w.Text("look")
				w.ImageURL("https://x/y.png", "")
				w.ImageData("image/png", []byte{1, 2, 3, 4}, "high")
				w.ImageID("file-0", "low")
				w.FileData("a.pdf", "application/pdf", []byte("%PDF"))
				w.FileID("file-1")
				w.FileURL("https://x/a.pdf")
			})
		}, `{"input":[{"type":"message","role":"user","content":[{"type":"input_text","text":"look"},{"type":"input_image","image_url":"https://x/y.png","detail":"auto"},{"type":"input_image","image_url":"data:image/png;base64,AQIDBA==","detail":"high"},{"type":"input_image","file_id":"file-0","detail":"low"},{"type":"input_file","filename":"a.pdf","file_data":"data:application/pdf;base64,JVBERg=="},{"type":"input_file","file_id":"file-1"},{"type":"input_file","file_url":"https://x/a.pdf"}]}]}`},
		{"tools", func(w *wire.ResponsesWriter) {
			w.Tool("f", "does f", map[string]any{"type": "object"}, true)
			w.Tool("g", "", nil, false)
			w.BuiltInTool(map[string]any{"type": "web_search_preview"})
			w.BuiltInTool(json.RawMessage(`{"type":"mcp"}`))
			w.ToolChoiceFunction("f")
			w.ParallelToolCalls(false)
		}, `{"tools":[{"type":"function","name":"f","description":"does f","parameters":{"type":"object"},"strict":true},{"type":"function","name":"g","parameters":{"type":"object","properties":{}},"strict":false},{"type":"web_search_preview"},{"type":"mcp"}],"tool_choice":{"type":"function","name":"f"},"parallel_tool_calls":false}`},
		{"parameters", func(w *wire.ResponsesWriter) {
			w.ToolChoice("required")
			w.Reasoning("low", "auto")
			w.MaxOutputTokens(4000)
			w.Temperature(0)
			w.TopP(0.5)
			w.Metadata(map[string]string{"z": "1", "a": "2"})
			w.Truncation("auto")
			w.PreviousResponseID("resp_1")
			w.Include("reasoning.encrypted_content")
			w.Instructions("i")
			w.User("u")
			w.Stream()
			w.Extra("background", true)
		}, `{"tool_choice":"required","reasoning":{"effort":"low","summary":"auto"},"max_output_tokens":4000,"temperature":0,"top_p":0.5,"metadata":{"a":"2","z":"1"},"truncation":"auto","previous_response_id":"resp_1","include":["reasoning.encrypted_content"],"instructions":"i","user":"u","stream":true,"background":true}`},
		{"parameters that write nothing", func(w *wire.ResponsesWriter) { w.Reasoning("", ""); w.Metadata(nil); w.Include() }, `{}`},
		{"a summary alone", func(w *wire.ResponsesWriter) { w.Reasoning("", "detailed") }, `{"reasoning":{"summary":"detailed"}}`},
		{"an effort alone", func(w *wire.ResponsesWriter) { w.Reasoning("high", "") }, `{"reasoning":{"effort":"high"}}`},
		{"a format", func(w *wire.ResponsesWriter) { w.TextFormat("json_object") }, `{"text":{"format":{"type":"json_object"}}}`},
		{"a schema", func(w *wire.ResponsesWriter) {
			w.TextSchema("s", "d", map[string]any{"type": "object"}, true)
		}, `{"text":{"format":{"type":"json_schema","name":"s","description":"d","schema":{"type":"object"},"strict":true}}}`},
		{"an item that is not UTF-8, with an escaped name", func(w *wire.ResponsesWriter) {
			w.Item(json.RawMessage("{\"st\\u0061tus\":1,\"a\\n\":\"\xff\",\"b\xff\":{}}"))
		}, "{\"input\":[{\"a\\n\":\"\ufffd\",\"b\ufffd\":{}}]}"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := wire.NewResponsesWriter(0)
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

func TestResponsesWriterRefuses(t *testing.T) {
	for _, tt := range []struct {
		name  string
		write func(*wire.ResponsesWriter)
		says  string
	}{
		{"NaN", func(w *wire.ResponsesWriter) { w.TopP(math.NaN()) }, "top_p"},
		{"a field twice", func(w *wire.ResponsesWriter) { w.TextFormat("text"); w.Extra("text", 2) }, `"text" is written twice`},
		{"items in two runs", func(w *wire.ResponsesWriter) {
			w.FunctionCallOutput("a", "")
			w.Stream()
			w.FunctionCallOutput("b", "")
		}, `"input" is written twice`},
		{"content twice", func(w *wire.ResponsesWriter) { w.Message("user"); w.Text("a"); w.Content("b") }, "input[0].content is written twice"},
		{"parts after content", func(w *wire.ResponsesWriter) { w.Message("user"); w.Content("a"); w.Text("b") }, "input[0].content is written twice"},
		{"a part outside", func(w *wire.ResponsesWriter) { w.Text("a") }, "outside Message"},
		{"an end without a beginning", func(w *wire.ResponsesWriter) { w.EndMessage() }, "outside Message"},
		{"a message left open", func(w *wire.ResponsesWriter) { w.Message("user"); w.Text("a") }, "EndMessage"},
		{"an item in a message", func(w *wire.ResponsesWriter) { w.Message("user"); w.FunctionCallOutput("a", "b") }, "EndMessage"},
		{"a media type that breaks out", func(w *wire.ResponsesWriter) { w.Message("user"); w.ImageData(`image/png","x":"`, nil, "") }, "media type"},
		{"an item that is null", func(w *wire.ResponsesWriter) { w.Item(json.RawMessage("null")) }, "input[0]: want a JSON object"},
		{"an item that is broken", func(w *wire.ResponsesWriter) { w.Item(json.RawMessage(`{"a":1`)) }, "input[0]"},
		{"an item with status that is null", func(w *wire.ResponsesWriter) { w.ItemWithStatus(json.RawMessage("null")) }, "input[0]: want a JSON object"},
		{"an item with status that is broken", func(w *wire.ResponsesWriter) { w.ItemWithStatus(json.RawMessage(`{"a":1}{}`)) }, "input[0]"},
		{"an item with more behind it", func(w *wire.ResponsesWriter) { w.Item(json.RawMessage(`{"a":1}{}`)) }, "input[0]"},
		{"parameters that are broken", func(w *wire.ResponsesWriter) { w.Tool("f", "", json.RawMessage("{"), false) }, "tools[0].parameters"},
		{"a tool that is no object", func(w *wire.ResponsesWriter) { w.Tool("f", "", nil, false); w.BuiltInTool("web_search") }, "tools[1]: want a JSON object"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := wire.NewResponsesWriter(100)
			tt.write(w)
			first := w.Err()
			w.MaxOutputTokens(3)
			w.Text("after an error nothing panics")
			w.EndMessage()
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
