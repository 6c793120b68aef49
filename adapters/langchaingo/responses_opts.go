package langchaingo

import (
	"slices"

	"github.com/tmc/langchaingo/llms"
)

// The keys of the options that only the Responses API has.
const (
	keySummary    = keyPrefix + "reasoning_summary"
	keyPrevious   = keyPrefix + "previous_response_id"
	keyStore      = keyPrefix + "store"
	keyTruncation = keyPrefix + "truncation"
	keyInclude    = keyPrefix + "include"
	keyBuiltIn    = keyPrefix + "built_in_tools"
)

// ReasoningSummary asks a reasoning model for a summary of what it thought: "auto", "concise" or "detailed"; "" asks for
// none. It comes in ReasoningContent and by llms.WithStreamingReasoningFunc, and outranks llms.WithReturnThinking. Only
// the Responses API has it, from 2025-04-01-preview on, and "auto" on v1 alone; anything else is an error before
// anything is sent. For the copy of the metadata see [ReasoningEffort], as for all options here.
func ReasoningSummary(mode string) llms.CallOption { return attach(keySummary, mode) }

// PreviousResponseID goes on from an answer that the service has stored (GenerationInfo["ResponseID"] of a call with
// [Store]): the messages of the call are then only what is new, tool results included. The answer is stored too, unless
// Store says otherwise. "" is none. Only the Responses API has it.
func PreviousResponseID(id string) llms.CallOption { return attach(keyPrevious, id) }

// Store says whether the service keeps the answer, for 30 days, so that [PreviousResponseID] can go on from it. Without
// it nothing is stored, unless the call itself goes on from a stored answer. Only the Responses API has it.
func Store(keep bool) llms.CallOption { return attach(keyStore, keep) }

// Truncation says what happens to a conversation that is longer than the model's context: "auto" leaves out items from
// its middle, "disabled", the service's default, is an error. "" sends nothing. Only the Responses API has it.
func Truncation(mode string) llms.CallOption { return attach(keyTruncation, mode) }

// Include asks for output that is left out by default, such as "code_interpreter_call.outputs" or
// "file_search_call.results"; it comes with the items. Given twice, the lists are joined. The encrypted reasoning of
// reasoning models is asked for without it, where nothing is stored and the version knows it. Only the Responses API
// has it.
func Include(what ...string) llms.CallOption { return attachMore(keyInclude, what) }

// BuiltInTools adds tools that run at the service (web search, code interpreter, file search, image generation, MCP) to
// the functions of llms.WithTools. Each is its JSON object: a map, a json.RawMessage or a value that marshals to one.
// What they did is in GenerationInfo["ResponseItems"]. Given twice, the lists are joined; "tools" in [ExtraBody]
// replaces both. A tool choice that names one goes through ExtraBody. Only the Responses API has it.
func BuiltInTools(tools ...any) llms.CallOption { return attachMore(keyBuiltIn, tools) }

func attachMore[T any](key string, more []T) llms.CallOption {
	more = slices.Clone(more) // as they are now
	return func(o *llms.CallOptions) {
		before, _ := o.Metadata[key].([]T)
		attach(key, slices.Concat(before, more))(o)
	}
}

// responsesOptions are the options that only the Responses API has.
type responsesOptions struct {
	summary, previous, truncation string
	store                         *bool
	include                       []string
	builtIn                       []any
}

// take reads one entry of the metadata; mine is false when it is none of them, and ok when its type is wrong.
func (o *responsesOptions) take(key string, value any) (mine, ok bool) {
	switch key {
	case keySummary:
		o.summary, ok = value.(string)
	case keyPrevious:
		o.previous, ok = value.(string)
	case keyTruncation:
		o.truncation, ok = value.(string)
	case keyStore:
		var keep bool
		keep, ok = value.(bool)
		o.store = &keep
	case keyInclude:
		o.include, ok = value.([]string)
	case keyBuiltIn:
		o.builtIn, ok = value.([]any)
	default:
		return false, false
	}
	return true, ok
}
