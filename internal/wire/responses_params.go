package wire

import (
	"encoding/json"
	"fmt"
)

// Tool declares a function, in the flat form of this API. parameters is its
// JSON schema under the rules of [ChatWriter.Tool]; nil is a schema without
// properties, for a strict tool in the closed form that the service wants of it. Both
// parameters and strict are always written: the documents require them, and an
// absent strict means true here, unlike in chat.
func (w *ResponsesWriter) Tool(name, description string, parameters any, strict bool) {
	if !w.tool() {
		return
	}
	w.raw(`{"type":"function","name":`)
	w.str(name)
	if description != "" {
		w.member("description", description)
	}
	w.raw(`,"parameters":`)
	switch {
	case parameters == nil && strict:
		parameters = json.RawMessage(`{"type":"object","properties":{},"required":[],"additionalProperties":false}`)
	case parameters == nil:
		parameters = json.RawMessage(`{"type":"object","properties":{}}`)
	}
	if err := w.any(parameters, 0); err != nil {
		w.failValue(fmt.Sprintf("tools[%d].parameters", w.tools), err)
	}
	w.raw(`,"strict":`)
	w.w.Bool(strict)
	w.raw(`}`)
	w.tools++
}

// BuiltInTool declares a tool that runs at the service (web search, code
// interpreter, file search, image generation, MCP) by its whole JSON object:
// json.RawMessage, a map, or any value that encoding/json makes an object of.
func (w *ResponsesWriter) BuiltInTool(tool any) {
	if !w.tool() {
		return
	}
	from := len(w.w.Buf)
	err := w.any(tool, 0)
	if err == nil && w.w.Buf[from] != '{' {
		err = errNoObject
	}
	w.failValue(fmt.Sprintf("tools[%d]", w.tools), err)
	w.tools++
}

// tool opens the next element of "tools"; false when it must not be written.
func (w *ResponsesWriter) tool() bool {
	if w.at != inTools {
		if !w.field("tools") {
			return false
		}
		w.w.ArrStart()
		w.at = inTools
	}
	if w.err == nil && w.tools > 0 {
		w.w.Comma()
	}
	return w.err == nil
}

// ToolChoice writes "tool_choice" as a word: none, auto or required. The object
// forms of built-in tools go through Extra.
func (w *ResponsesWriter) ToolChoice(mode string) { w.stringField("tool_choice", mode) }

// ToolChoiceFunction demands a call of the function name.
func (w *ResponsesWriter) ToolChoiceFunction(name string) {
	if w.field("tool_choice") {
		w.raw(`{"type":"function","name":`)
		w.str(name)
		w.raw(`}`)
	}
}

// ParallelToolCalls allows or forbids several calls in one answer.
func (w *ResponsesWriter) ParallelToolCalls(allow bool) { w.boolField("parallel_tool_calls", allow) }

// TextFormat writes "text.format" without a schema: text or json_object.
func (w *ResponsesWriter) TextFormat(kind string) {
	if w.field("text") {
		w.raw(`{"format":{"type":`)
		w.str(kind)
		w.raw(`}}`)
	}
}

// TextSchema demands an answer that obeys a JSON schema, in the flat form of
// this API; schema is under the rules of [ChatWriter.Tool]. An empty description
// is left out.
func (w *ResponsesWriter) TextSchema(name, description string, schema any, strict bool) {
	if !w.field("text") {
		return
	}
	w.raw(`{"format":{"type":"json_schema","name":`)
	w.str(name)
	if description != "" {
		w.member("description", description)
	}
	w.raw(`,"schema":`)
	w.value("text.format.schema", schema)
	w.raw(`,"strict":`)
	w.w.Bool(strict)
	w.raw(`}}`)
}

// Reasoning writes how hard to think (none, minimal, low, medium, high or what a
// model knows besides) and which summary of it to show (auto, concise, detailed).
// An empty word is left out; two empty words write nothing.
func (w *ResponsesWriter) Reasoning(effort, summary string) {
	if effort == "" && summary == "" || !w.field("reasoning") {
		return
	}
	w.raw(`{`)
	if effort != "" {
		w.raw(`"effort":`)
		w.str(effort)
	}
	if summary != "" {
		if effort != "" {
			w.w.Comma()
		}
		w.raw(`"summary":`)
		w.str(summary)
	}
	w.raw(`}`)
}

// Instructions writes a system message that is not part of the conversation and
// is not carried along by PreviousResponseID.
func (w *ResponsesWriter) Instructions(text string) { w.stringField("instructions", text) }

// MaxOutputTokens writes the bound on answer tokens, reasoning included.
func (w *ResponsesWriter) MaxOutputTokens(n int) { w.intField("max_output_tokens", n) }

// Temperature writes the sampling temperature, 0 to 2; NaN and infinities are a
// *ValueError, and zero is sent.
func (w *ResponsesWriter) Temperature(t float64) { w.floatField("temperature", t) }

// TopP writes the nucleus sampling mass, 0 to 1, under the rules of Temperature.
func (w *ResponsesWriter) TopP(p float64) { w.floatField("top_p", p) }

// Metadata writes the labels stored with the answer, keys sorted. A nil map
// writes nothing.
func (w *ResponsesWriter) Metadata(labels map[string]string) {
	if labels != nil && w.field("metadata") {
		w.stringMap(labels)
	}
}

// Truncation says what happens to a conversation past the context: auto drops
// from its middle, disabled (the service's default) is an error.
func (w *ResponsesWriter) Truncation(mode string) { w.stringField("truncation", mode) }

// Store says whether the service keeps the response for later calls. Its own
// default, when the member is absent, is true.
func (w *ResponsesWriter) Store(keep bool) { w.boolField("store", keep) }

// PreviousResponseID continues a stored response by its id.
func (w *ResponsesWriter) PreviousResponseID(id string) { w.stringField("previous_response_id", id) }

// Include asks for output that is left out by default, such as
// reasoning.encrypted_content. An empty list writes nothing.
func (w *ResponsesWriter) Include(what ...string) {
	if len(what) > 0 {
		w.stringsField("include", what)
	}
}

// Stream asks for a streamed answer. Its usage comes with the last event unasked.
func (w *ResponsesWriter) Stream() { w.boolField("stream", true) }
