package langchaingo

import (
	"slices"
	"strings"

	"github.com/tmc/langchaingo/llms"

	"github.com/seed-a739af98/langchaingo-azure/azureadv1"
	"github.com/seed-a739af98/langchaingo-azure/internal/wire"
)

// WithDropParams names request fields that are never sent, by their names on the wire: "temperature", "stop",
// "parallel_tool_calls" and so on. It is also how to have options that Azure does not know ("top_k", "min_length",
// "max_length", "repetition_penalty", "thinking_budget", "interleave_thinking") ignored instead of refused. Unknown names
// are an error that lists the known ones. The Responses API's names for the same fields ("reasoning.effort",
// "reasoning.summary", "text.format"), which are what its refusals name, are taken too.
//
// Two fields have a second way: without "stop" the answer is cut at the stop words on this side, as it is for reasoning
// models; without "max_completion_tokens" the token limit goes as "max_tokens", for deployments that know no other.
func WithDropParams(names ...string) Option {
	return func(m *LLM) error {
		for _, given := range names {
			name := tableName(given)
			if !slices.Contains(droppable(), name) {
				return invalid("WithDropParams(%q): no such field: use %s", name, strings.Join(droppable(), ", "))
			}
			if m.drop == nil {
				m.drop = map[string]bool{}
			}
			m.drop[name] = true
		}
		return nil
	}
}

// tableName is the name of a field in this package's table, for a name on the wire of either API.
func tableName(name string) string {
	for i := range parameters {
		if p := &parameters[i]; p.member != "" && name == p.field+"."+p.member {
			return p.name
		}
	}
	return name
}

func droppable() []string {
	var names []string
	for _, f := range foreign {
		names = append(names, f.name)
	}
	for _, p := range parameters {
		names = append(names, p.name)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// foreign are langchaingo options that nothing on Azure answers to.
var foreign = [...]struct {
	name string
	set  func(*llms.CallOptions) bool
}{
	{"interleave_thinking", func(o *llms.CallOptions) bool {
		t := llms.GetThinkingConfig(o)
		return t != nil && t.InterleaveThinking
	}},
	{"max_length", func(o *llms.CallOptions) bool { return isSet(o.MaxLength) }},
	{"min_length", func(o *llms.CallOptions) bool { return isSet(o.MinLength) }},
	{"repetition_penalty", func(o *llms.CallOptions) bool { return isSet(o.RepetitionPenalty) }},
	{"thinking_budget", func(o *llms.CallOptions) bool {
		t := llms.GetThinkingConfig(o)
		return t != nil && t.BudgetTokens != 0
	}},
	{"top_k", func(o *llms.CallOptions) bool { return isSet(o.TopK) }},
}

// parameter is one optional field of a request, of one API or both. Every rule about a field stands in its row.
type parameter struct {
	name     string              // on the wire, of chat where both have it, and for WithDropParams
	version  string              // its row in since; "" for fields that every version knows
	sampling bool                // reasoning models refuse it
	harmless func(*request) bool // a version that lacks it may go without; nil for never
	set      func(*request) bool

	// How it is written: in the same words for both APIs, or in each one's own. An API without a way lacks it.
	write     func(*request, vocabulary)
	chat      func(*request, *wire.ChatWriter)
	responses func(*request, *wire.ResponsesWriter)
	field     string // its name on the wire of Responses, where that is another
	member    string // of that field, where it is only one of several
	label     string // its name in messages, where it is only a part of the field
}

var parameters = []parameter{
	{
		name: "tools", version: "tools",
		set:   func(r *request) bool { return len(r.o.Tools)+len(r.o.Functions) > 0 },
		write: func(r *request, w vocabulary) { writeTools(w, r.m.client, r.o) },
	},
	{
		name: "tools", label: "built-in tools", // right behind the functions: they are one list
		set: func(r *request) bool { return len(r.own.builtIn) > 0 },
		responses: func(r *request, w *wire.ResponsesWriter) {
			for _, tool := range r.own.builtIn {
				w.BuiltInTool(tool)
			}
		},
	},
	{
		name: "tool_choice", version: "tools",
		set: func(r *request) bool { return r.hasTools() && (r.mode != "" || r.function != "") },
		write: func(r *request, w vocabulary) {
			if r.function != "" {
				w.ToolChoiceFunction(r.function)
				return
			}
			w.ToolChoice(r.mode)
		},
	},
	{
		name: "parallel_tool_calls", version: "parallel_tool_calls",
		harmless: func(r *request) bool { return *r.own.parallel },
		set:      func(r *request) bool { return r.hasTools() && r.own.parallel != nil },
		write:    func(r *request, w vocabulary) { w.ParallelToolCalls(*r.own.parallel) },
	},
	{
		name: "temperature", sampling: true,
		set:   func(r *request) bool { return isSet(r.o.Temperature) },
		write: func(r *request, w vocabulary) { w.Temperature(r.o.Temperature) },
	},
	{
		name: "top_p", sampling: true,
		set:   func(r *request) bool { return isSet(r.o.TopP) },
		write: func(r *request, w vocabulary) { w.TopP(r.o.TopP) },
	},
	{
		name: "frequency_penalty", sampling: true,
		harmless: func(r *request) bool { return r.o.FrequencyPenalty == 0 },
		set:      func(r *request) bool { return isSet(r.o.FrequencyPenalty) },
		chat:     func(r *request, w *wire.ChatWriter) { w.FrequencyPenalty(r.o.FrequencyPenalty) },
	},
	{
		name: "presence_penalty", sampling: true,
		harmless: func(r *request) bool { return r.o.PresencePenalty == 0 },
		set:      func(r *request) bool { return isSet(r.o.PresencePenalty) },
		chat:     func(r *request, w *wire.ChatWriter) { w.PresencePenalty(r.o.PresencePenalty) },
	},
	{
		name: "max_tokens",
		set:  func(r *request) bool { return r.limit == "max_tokens" },
		chat: func(r *request, w *wire.ChatWriter) { w.MaxTokens(r.o.MaxTokens) },
	},
	{
		name: "max_completion_tokens", version: "max_completion_tokens",
		set:  func(r *request) bool { return r.limit == "max_completion_tokens" },
		chat: func(r *request, w *wire.ChatWriter) { w.MaxCompletionTokens(r.o.MaxTokens) },
	},
	{
		name:      "max_output_tokens",
		set:       func(r *request) bool { return r.limit == "max_output_tokens" },
		responses: func(r *request, w *wire.ResponsesWriter) { w.MaxOutputTokens(max(r.o.MaxTokens, leastOutputTokens)) },
	},
	{
		name: "stop",
		set:  func(r *request) bool { return len(r.o.StopWords) > 0 && !r.emulateStop },
		chat: func(r *request, w *wire.ChatWriter) { w.Stop(r.o.StopWords) },
	},
	{
		name: "seed",
		set:  func(r *request) bool { return isSet(r.o.Seed) },
		chat: func(r *request, w *wire.ChatWriter) { w.Seed(r.o.Seed) },
	},
	{
		name:     "n",
		harmless: func(r *request) bool { return r.o.N == 1 },
		set:      func(r *request) bool { return isSet(r.o.N) },
		chat:     func(r *request, w *wire.ChatWriter) { w.N(r.o.N) },
	},
	{
		name: "response_format", version: "response_format",
		set:       func(r *request) bool { return r.jsonMode && r.schema == nil },
		chat:      func(_ *request, w *wire.ChatWriter) { w.ResponseFormat("json_object") },
		field:     "text",
		member:    "format",
		responses: func(_ *request, w *wire.ResponsesWriter) { w.TextFormat("json_object") },
	},
	{
		name: "response_format", version: "json_schema", label: "response_format of type json_schema",
		set: func(r *request) bool { return r.schema != nil },
		chat: func(r *request, w *wire.ChatWriter) {
			w.ResponseSchema(r.schema.name, "", r.schema.schema, r.schema.strict)
		},
		field:  "text",
		member: "format",
		responses: func(r *request, w *wire.ResponsesWriter) {
			w.TextSchema(r.schema.name, "", r.schema.schema, r.schema.strict)
		},
	},
	{
		name: "reasoning_effort", version: "reasoning_effort",
		set:       func(r *request) bool { return r.own.effort != "" },
		chat:      func(r *request, w *wire.ChatWriter) { w.ReasoningEffort(r.own.effort) },
		field:     "reasoning",
		member:    "effort",
		responses: func(r *request, _ *wire.ResponsesWriter) { r.effort = r.own.effort },
	},
	{
		name: "reasoning_summary", version: "reasoning_summary", field: "reasoning", member: "summary",
		set:       func(r *request) bool { return r.own.summary != "" },
		responses: func(r *request, _ *wire.ResponsesWriter) { r.summary = r.own.summary },
	},
	{
		name:      "previous_response_id",
		set:       func(r *request) bool { return r.own.previous != "" },
		responses: func(r *request, w *wire.ResponsesWriter) { w.PreviousResponseID(r.own.previous) },
	},
	{
		name:      "store", // Responses stores what it is not told to forget
		set:       func(r *request) bool { return r.own.store != nil || r.m.api.operation() == azureadv1.OpResponses },
		responses: func(r *request, w *wire.ResponsesWriter) { w.Store(r.stored) },
	},
	{
		name:      "truncation",
		set:       func(r *request) bool { return r.own.truncation != "" },
		responses: func(r *request, w *wire.ResponsesWriter) { w.Truncation(r.own.truncation) },
	},
	{
		name:      "include",
		set:       func(r *request) bool { return len(r.own.include)+len(r.include) > 0 },
		responses: func(r *request, w *wire.ResponsesWriter) { w.Include(r.include...) },
	},
	{
		name: "metadata", version: "metadata",
		set:   func(r *request) bool { return len(r.labels) > 0 },
		write: func(r *request, w vocabulary) { w.Metadata(r.labels) },
	},
	{
		name: "stream_options", version: "stream_options",
		harmless: func(*request) bool { return true },
		set:      func(r *request) bool { return r.stream && r.m.api.operation() == azureadv1.OpChat },
		chat:     func(r *request, _ *wire.ChatWriter) { r.usage = true },
	},
}

// writeParameters writes the fields that are set, and keeps the names of those that were left out on purpose.
func (r *request) writeParameters(w dialect) error {
	for i := range foreign {
		name := foreign[i].name
		if !foreign[i].set(r.o) {
			continue
		}
		if !r.m.drop[name] {
			return invalid("Azure OpenAI has no %s: leave the option out, or ignore it with WithDropParams(%q)", name, name)
		}
		r.dropped = append(r.dropped, name)
	}
	for i := range parameters {
		p := &parameters[i]
		if !p.set(r) || w.given(p) {
			continue
		}
		lacking := !w.has(p) || p.version != "" && !knows(r.m.client, p.version)
		switch {
		case r.m.drop[p.name], p.sampling && r.reasons, lacking && p.harmless != nil && p.harmless(r):
			r.dropped = append(r.dropped, p.name)
		case !w.has(p):
			return invalid("%s", r.m.api.lacks(p))
		case lacking:
			return invalid("API version %s has no %s: use \"v1\"%s, or leave it out with WithDropParams(%q)",
				r.m.client.APIVersion(), p.what(), datedSince(p.version), p.name)
		default:
			w.put(p, r)
		}
	}
	return nil
}

// what names a field in messages.
func (p *parameter) what() string {
	if p.label != "" {
		return p.label
	}
	return p.name
}
