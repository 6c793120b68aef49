package langchaingo

import (
	"maps"
	"strings"

	"github.com/tmc/langchaingo/llms"
)

// The keys under which this package's per-call options ride in llms.CallOptions.Metadata. None reaches the wire.
const (
	keyPrefix   = "azureadv1:"
	keyEffort   = keyPrefix + "reasoning_effort"
	keySchema   = keyPrefix + "json_schema"
	keyParallel = keyPrefix + "parallel_tool_calls"
	keyExtra    = keyPrefix + "extra_body"

	keyThinking = "thinking_config" // langchaingo's own
)

// ReasoningEffort says how much a reasoning model thinks before it answers: "low", "medium" or "high", and where the
// model knows them "none", "minimal", "xhigh". It is sent as it is and outranks llms.WithThinkingMode; "" leaves it to
// the model. Dated versions before 2024-12-01-preview lack it, which is an error.
//
// Like all options of this package it rides in the metadata, of which it makes a copy first: the caller's map is never
// written. llms.WithMetadata and llms.WithOptions after it replace it.
func ReasoningEffort(effort string) llms.CallOption { return attach(keyEffort, effort) }

// JSONSchema demands an answer that obeys a JSON schema, for this call, and outranks WithJSONSchema and JSON mode. The
// schema is a map, a json.RawMessage, a string or []byte of JSON, a value that marshals itself to a schema, or a struct
// (a value, a pointer or its reflect.Type) whose schema is inferred by github.com/google/jsonschema-go.
//
// The service takes 1 to 64 letters, digits, dashes and underscores for name. With strict it guarantees the schema, of
// which it then takes a subset: every property required, none additional; an inferred schema is made to fit, optional
// fields become nullable. What is no schema is an error before anything is sent. Dated versions before
// 2024-08-01-preview lack it. For the copy of the metadata see [ReasoningEffort].
func JSONSchema(name string, schema any, strict bool) llms.CallOption {
	return attach(keySchema, answerSchema{name, schema, strict})
}

// ParallelToolCalls allows (the service's default) or forbids several tool calls in one answer. Without tools it says
// nothing and is not sent. Dated versions before 2024-09-01-preview lack it: there true is left out, as it changes
// nothing, and false is an error. For the copy of the metadata see [ReasoningEffort].
func ParallelToolCalls(allow bool) llms.CallOption { return attach(keyParallel, allow) }

// ExtraBody sets request fields by their names on the wire, and has the last word: a field set here replaces what any
// option made of it, WithDropParams included. Values are anything encoding/json takes, nil is null. "model",
// "messages", "input" and "stream" are refused with an error, as other parts of the call depend on them. On the
// Responses API the maps "text" and "reasoning" are joined with what options say, member by member. Given twice, the
// fields are joined and the later one counts. For the copy of the metadata see [ReasoningEffort].
func ExtraBody(fields map[string]any) llms.CallOption {
	fields = maps.Clone(fields) // as they are now
	return func(o *llms.CallOptions) {
		before, _ := o.Metadata[keyExtra].(map[string]any)
		joined := make(map[string]any, len(before)+len(fields))
		maps.Copy(joined, before)
		maps.Copy(joined, fields)
		attach(keyExtra, joined)(o)
	}
}

func attach(key string, value any) llms.CallOption {
	return func(o *llms.CallOptions) {
		metadata := make(map[string]any, len(o.Metadata)+1)
		maps.Copy(metadata, o.Metadata)
		metadata[key] = value
		o.Metadata = metadata
	}
}

// ownOptions are what the metadata holds besides labels.
type ownOptions struct {
	effort          string
	thinking        *llms.ThinkingConfig
	schema          *answerSchema
	parallel        *bool
	extra           map[string]any
	legacyMaxTokens bool // llms/openai's option for servers that know max_tokens only
	responsesOptions
}

// take reads one entry of the metadata; false when it is nobody's option.
func (o *ownOptions) take(key string, value any) (bool, error) {
	var ok bool
	switch key {
	case keyEffort:
		o.effort, ok = value.(string)
	case keyParallel:
		var allow bool
		allow, ok = value.(bool)
		o.parallel = &allow
	case keyExtra:
		o.extra, ok = value.(map[string]any)
	case keySchema:
		var s answerSchema
		s, ok = value.(answerSchema)
		o.schema = &s
	case keyThinking:
		o.thinking, ok = value.(*llms.ThinkingConfig)
	case "openai:use_legacy_max_tokens":
		o.legacyMaxTokens, ok = value.(bool)
	default:
		var mine bool
		if mine, ok = o.responsesOptions.take(key, value); !mine {
			return isForeignKey(key), unknownOwn(key)
		}
	}
	if !ok {
		return true, invalid("metadata %q is a %T: set it with the option that belongs to it", key, value)
	}
	return true, nil
}

func unknownOwn(key string) error {
	if strings.HasPrefix(key, keyPrefix) {
		return invalid("metadata %q: no option of this package has this key", key)
	}
	return nil
}

// checkExtra refuses the fields that the rest of the call depends on.
func (o *ownOptions) checkExtra() error {
	if len(o.extra) == 0 {
		return nil
	}
	for field, instead := range map[string]string{
		"model":    "name the deployment with llms.WithModel",
		"messages": "give the messages to the call",
		"input":    "give the messages to the call",
		"stream":   "use llms.WithStreamingFunc or GenerateContentStream",
	} {
		if _, ok := o.extra[field]; ok {
			return invalid("ExtraBody cannot set %q: %s", field, instead)
		}
	}
	if _, ok := o.extra[""]; ok {
		return invalid("ExtraBody has a field without a name")
	}
	return nil
}

// has reports whether ExtraBody sets one of the fields.
func (o *ownOptions) has(fields ...string) bool {
	for _, field := range fields {
		if _, ok := o.extra[field]; ok {
			return true
		}
	}
	return false
}
