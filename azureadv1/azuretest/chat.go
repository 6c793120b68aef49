package azuretest

import (
	"fmt"
	"strings"
	"time"
)

// chatAnswer is one chat answer, ready to be written plain or as a stream.
type chatAnswer struct {
	Reply
	id, model   string
	created     int64
	parts       []string
	choices     int
	finish      string
	usage       Usage
	withUsage   bool
	obfuscation bool
}

func (x *exchange) answerChat(reply Reply) {
	a := x.chatAnswer(reply)
	if stream, _ := x.body["stream"].(bool); stream {
		x.streamChat(a)
		return
	}
	x.send(a.plain(), reply)
}

func (x *exchange) chatAnswer(reply Reply) chatAnswer {
	stops := stopWords(x.body["stop"])
	parts := reply.text(stops)
	reply.calls = x.withIDs(reply.calls)
	a := chatAnswer{
		Reply: reply, id: fmt.Sprintf("chatcmpl-azuretest%06d", x.s.nextID()), model: snapshot(x.model), created: time.Now().Unix(),
		parts: parts, choices: 1, finish: reply.finish, usage: x.usage(reply, strings.Join(parts, "")+reply.refusal), obfuscation: true,
	}
	if n, ok := x.body["n"].(float64); ok {
		a.choices = int(n)
	}
	if len(reply.calls) > 0 {
		setDefault(&a.finish, "tool_calls")
	}
	setDefault(&a.finish, "stop")
	options, _ := x.body["stream_options"].(object)
	a.withUsage, _ = options["include_usage"].(bool)
	if wanted, ok := options["include_obfuscation"].(bool); ok {
		a.obfuscation = wanted
	}
	return a
}

// plain is the chat.completion object.
func (a chatAnswer) plain() object {
	finish := a.finish
	if a.async == asyncBlock {
		finish = "content_filter"
	}
	choices := make([]any, 0, a.choices)
	for i := range a.choices {
		if a.kind == kindEmptyChoices {
			break
		}
		results := safeCompletion()
		if finish == "content_filter" {
			results = blockedByMaterial()
		}
		choices = append(choices, object{
			"index": i, "finish_reason": finish, "logprobs": nil, "message": a.message(finish), "content_filter_results": results,
		})
	}
	return object{
		"id": a.id, "object": "chat.completion", "created": a.created, "model": a.model, "choices": choices, "system_fingerprint": nil,
		"service_tier": "default", "prompt_filter_results": promptResults(), "usage": chatUsage(a.usage),
	}
}

// message leaves out the content of an answer that was filtered before its first word, as Azure does.
func (a chatAnswer) message(finish string) object {
	m := object{"role": "assistant", "refusal": orNull(a.refusal), "annotations": []any{}}
	text := strings.Join(a.parts, "")
	switch {
	case text == "" && finish == "content_filter":
	case text == "" && (len(a.calls) > 0 || a.refusal != ""):
		m["content"] = nil
	default:
		m["content"] = text
	}
	if len(a.calls) > 0 {
		calls := make([]any, 0, len(a.calls))
		for _, c := range a.calls {
			calls = append(calls, object{"id": c.ID, "type": "function", "function": object{"name": c.Name, "arguments": c.Arguments}})
		}
		m["tool_calls"] = calls
	}
	return m
}

func chatUsage(u Usage) object {
	return object{
		"prompt_tokens": u.Prompt, "completion_tokens": u.Completion, "total_tokens": u.Prompt + u.Completion,
		"prompt_tokens_details": object{"audio_tokens": 0, "cached_tokens": u.Cached},
		"completion_tokens_details": object{
			"accepted_prediction_tokens": 0, "audio_tokens": 0, "reasoning_tokens": u.Reasoning, "rejected_prediction_tokens": 0,
		},
	}
}

func stopWords(v any) []string {
	if word, ok := v.(string); ok {
		return []string{word}
	}
	words, _ := v.([]any)
	var out []string
	for _, w := range words {
		if word, ok := w.(string); ok {
			out = append(out, word)
		}
	}
	return out
}
