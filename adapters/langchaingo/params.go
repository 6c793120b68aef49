package langchaingo

import (
	"maps"
	"slices"
	"strings"

	"github.com/tmc/langchaingo/llms"

	"github.com/seed-a739af98/langchaingo-azure/internal/wire"
)

// WithDropParams names request fields that are never sent, by their names on the wire: "temperature", "stop",
// "parallel_tool_calls" and so on. It is also how to have options that Azure does not know ("top_k", "min_length",
// "max_length", "repetition_penalty") ignored instead of refused. Unknown names are an error that lists the known ones.
func WithDropParams(names ...string) Option {
	return func(m *LLM) error {
		for _, name := range names {
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

func droppable() []string {
	names := slices.Collect(maps.Keys(foreign))
	for _, p := range parameters {
		names = append(names, p.name)
	}
	slices.Sort(names)
	return names
}

// foreign are langchaingo options that nothing on Azure answers to.
var foreign = map[string]func(*llms.CallOptions) bool{
	"top_k":              func(o *llms.CallOptions) bool { return isSet(o.TopK) },
	"min_length":         func(o *llms.CallOptions) bool { return isSet(o.MinLength) },
	"max_length":         func(o *llms.CallOptions) bool { return isSet(o.MaxLength) },
	"repetition_penalty": func(o *llms.CallOptions) bool { return isSet(o.RepetitionPenalty) },
}

// parameter is one optional field of a request. Every rule about a field stands in its row.
type parameter struct {
	name     string // on the wire, and for WithDropParams
	version  string // its row in since; "" for fields that every version knows
	harmless bool   // a version that lacks it may go without
	sampling bool   // reasoning models refuse it
	set      func(*request) bool
	write    func(*request, *wire.ChatWriter)
}

var parameters = []parameter{
	{
		name: "temperature", sampling: true,
		set:   func(r *request) bool { return isSet(r.o.Temperature) },
		write: func(r *request, w *wire.ChatWriter) { w.Temperature(r.o.Temperature) },
	},
	{
		name: "top_p", sampling: true,
		set:   func(r *request) bool { return isSet(r.o.TopP) },
		write: func(r *request, w *wire.ChatWriter) { w.TopP(r.o.TopP) },
	},
	{
		name: "frequency_penalty", sampling: true,
		set:   func(r *request) bool { return isSet(r.o.FrequencyPenalty) },
		write: func(r *request, w *wire.ChatWriter) { w.FrequencyPenalty(r.o.FrequencyPenalty) },
	},
	{
		name: "presence_penalty", sampling: true,
		set:   func(r *request) bool { return isSet(r.o.PresencePenalty) },
		write: func(r *request, w *wire.ChatWriter) { w.PresencePenalty(r.o.PresencePenalty) },
	},
	{
		name:  "max_tokens",
		set:   func(r *request) bool { return isSet(r.o.MaxTokens) && !r.completionTokens },
		write: func(r *request, w *wire.ChatWriter) { w.MaxTokens(r.o.MaxTokens) },
	},
	{
		name: "max_completion_tokens", version: "max_completion_tokens",
		set:   func(r *request) bool { return isSet(r.o.MaxTokens) && r.completionTokens },
		write: func(r *request, w *wire.ChatWriter) { w.MaxCompletionTokens(r.o.MaxTokens) },
	},
	{
		name:  "stop",
		set:   func(r *request) bool { return len(r.o.StopWords) > 0 && !r.emulateStop },
		write: func(r *request, w *wire.ChatWriter) { w.Stop(r.o.StopWords) },
	},
	{
		name:  "seed",
		set:   func(r *request) bool { return isSet(r.o.Seed) },
		write: func(r *request, w *wire.ChatWriter) { w.Seed(r.o.Seed) },
	},
	{
		name:  "n",
		set:   func(r *request) bool { return isSet(r.o.N) },
		write: func(r *request, w *wire.ChatWriter) { w.N(r.o.N) },
	},
	{
		name: "response_format", version: "response_format",
		set:   func(r *request) bool { return r.jsonMode },
		write: func(_ *request, w *wire.ChatWriter) { w.ResponseFormat("json_object") },
	},
	{
		name: "metadata", version: "metadata",
		set:   func(r *request) bool { return len(r.labels) > 0 },
		write: func(r *request, w *wire.ChatWriter) { w.Metadata(r.labels) },
	},
	{
		name: "stream_options", version: "stream_options", harmless: true,
		set:   func(r *request) bool { return r.stream },
		write: func(r *request, _ *wire.ChatWriter) { r.usage = true },
	},
}

// writeParameters writes the fields that are set, and keeps the names of those that were left out on purpose.
func (r *request) writeParameters(w *wire.ChatWriter) error {
	for _, name := range slices.Sorted(maps.Keys(foreign)) {
		if foreign[name](&r.o) && !r.m.drop[name] {
			return invalid("Azure OpenAI has no %s: leave the option out, or ignore it with WithDropParams(%q)", name, name)
		}
	}
	for _, p := range parameters {
		if !p.set(r) {
			continue
		}
		lacking := p.version != "" && !knows(r.m.client, p.version)
		switch {
		case r.m.drop[p.name], p.sampling && r.reasons, lacking && p.harmless:
			r.dropped = append(r.dropped, p.name)
		case lacking:
			return invalid("API version %s has no %s: use \"v1\"%s, or leave it out with WithDropParams(%q)",
				r.m.client.APIVersion(), p.name, datedSince(p.version), p.name)
		default:
			p.write(r, w)
		}
	}
	return nil
}
