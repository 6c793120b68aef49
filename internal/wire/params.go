package wire

// ToolChoice writes "tool_choice" as a word: none, auto or required.
func (w *ChatWriter) ToolChoice(mode string) { w.stringField("tool_choice", mode) }

// ToolChoiceFunction demands a call of the function name.
func (w *ChatWriter) ToolChoiceFunction(name string) {
	if !w.field("tool_choice") {
		return
	}
	w.raw(`{"type":"function","function":{"name":`)
	w.str(name)
	w.raw(`}}`)
}

// ParallelToolCalls allows or forbids several calls in one answer.
func (w *ChatWriter) ParallelToolCalls(allow bool) { w.boolField("parallel_tool_calls", allow) }

// Temperature writes the sampling temperature, 0 to 2. Here as in every number
// below NaN and infinities are a *ValueError, and zero is sent.
func (w *ChatWriter) Temperature(t float64) { w.floatField("temperature", t) }

// TopP writes the nucleus sampling mass, 0 to 1.
func (w *ChatWriter) TopP(p float64) { w.floatField("top_p", p) }

// FrequencyPenalty writes "frequency_penalty", -2 to 2.
func (w *ChatWriter) FrequencyPenalty(p float64) { w.floatField("frequency_penalty", p) }

// PresencePenalty writes "presence_penalty", -2 to 2.
func (w *ChatWriter) PresencePenalty(p float64) { w.floatField("presence_penalty", p) }

// MaxTokens writes the older bound on answer tokens, which reasoning models refuse.
func (w *ChatWriter) MaxTokens(n int) { w.intField("max_tokens", n) }

// MaxCompletionTokens writes the newer bound on answer tokens, reasoning
// included; dated versions before 2024-09-01-preview refuse it.
func (w *ChatWriter) MaxCompletionTokens(n int) { w.intField("max_completion_tokens", n) }

// N writes how many choices are wanted.
func (w *ChatWriter) N(n int) { w.intField("n", n) }

// Seed writes "seed" for answers that repeat as far as the service can.
func (w *ChatWriter) Seed(n int) { w.intField("seed", n) }

// Stop writes the words that end an answer; the service takes up to four.
func (w *ChatWriter) Stop(words []string) { w.stringsField("stop", words) }

// ReasoningEffort writes "reasoning_effort": none, minimal, low, medium, high or
// what a model knows besides.
func (w *ChatWriter) ReasoningEffort(effort string) { w.stringField("reasoning_effort", effort) }

// Metadata writes the labels stored with the answer, keys sorted. A nil map
// writes nothing.
func (w *ChatWriter) Metadata(labels map[string]string) {
	if labels != nil && w.field("metadata") {
		w.stringMap(labels)
	}
}

// ResponseFormat writes a format without a schema: text or json_object.
func (w *ChatWriter) ResponseFormat(kind string) {
	if !w.field("response_format") {
		return
	}
	w.raw(`{"type":`)
	w.str(kind)
	w.raw(`}`)
}

// ResponseSchema demands an answer that obeys a JSON schema, under the rules
// of Tool for its value. An empty description is left out.
func (w *ChatWriter) ResponseSchema(name, description string, schema any, strict bool) {
	if !w.field("response_format") {
		return
	}
	w.raw(`{"type":"json_schema","json_schema":{"name":`)
	w.str(name)
	if description != "" {
		w.member("description", description)
	}
	w.raw(`,"schema":`)
	w.value("response_format.json_schema.schema", schema)
	if strict {
		w.raw(`,"strict":true`)
	}
	w.raw(`}}`)
}

// Stream asks for a streamed answer and, with usage, for a last frame that
// counts its tokens; dated versions before 2024-09-01-preview refuse the latter.
func (w *ChatWriter) Stream(usage bool) {
	w.boolField("stream", true)
	if usage && w.field("stream_options") {
		w.raw(`{"include_usage":true}`)
	}
}
