package azuretest

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// judgeResponses refuses what Azure refuses about a Responses body.
func (x *exchange) judgeResponses() *refusal {
	if serves(x.model) == OpEmbeddings {
		return operationNotSupported("responses", x.model)
	}
	if name, unknown := unknownField(x.body, responsesFields, x.version(), x.s.opts.ExtraFields); unknown {
		return modelError("unknown_parameter", name, "Unknown parameter: '"+name+"'.")
	}
	for _, check := range []func() *refusal{x.judgeTypes, x.judgeReasoningLimits, x.judgeRanges, x.judgeFlatTools, x.judgeInclude, x.judgeText, x.judgeInput} {
		if ref := check(); ref != nil {
			return ref
		}
	}
	return nil
}

// judgeFlatTools checks tools that have their name beside their type, not in a nested function.
func (x *exchange) judgeFlatTools() *refusal {
	var names []string
	for i, tool := range list(x.body["tools"]) {
		param := fmt.Sprintf("tools[%d]", i)
		if tool["type"] == nil {
			return missing(param + ".type")
		}
		if tool["type"] != "function" {
			continue // built-in tools have their own shapes
		}
		name, _ := tool["name"].(string)
		if ref := judgeFunction(param, name, tool["parameters"]); ref != nil {
			return ref
		}
		names = append(names, name)
	}
	if x.body["tool_choice"] == "required" && len(list(x.body["tools"])) == 0 {
		return modelError("", "tool_choice", "Tool choice 'required' must be specified with 'tools' parameter.")
	}
	return judgeToolChoice(x.body["tool_choice"], names, false)
}

// judgeInput checks the conversation: a text, or items whose outputs answer calls that are there or in the previous response.
func (x *exchange) judgeInput() *refusal {
	known, ref := x.previousCalls()
	if ref != nil {
		return ref
	}
	items, many := x.body["input"].([]any)
	switch text, isText := x.body["input"].(string); {
	case isText && text != "":
		return nil
	case x.body["input"] == nil && x.body["prompt"] == nil, isText, many && len(items) == 0:
		return missing("input")
	case !many:
		return wrongType("input", "a string", x.body["input"])
	}
	j := inputJudge{x: x, known: known, ids: map[string]bool{}}
	for i, v := range items {
		item, ok := v.(object)
		param := fmt.Sprintf("input[%d]", i)
		if !ok {
			return wrongType(param, "an object", v)
		}
		if ref := j.item(item, param); ref != nil {
			return ref
		}
	}
	return j.end()
}

// previousCalls are the calls of the response this one continues.
func (x *exchange) previousCalls() ([]string, *refusal) {
	id, _ := x.body["previous_response_id"].(string)
	if id == "" {
		return nil, nil
	}
	x.s.mu.Lock()
	defer x.s.mu.Unlock()
	calls, ok := x.s.answers[id]
	if !ok {
		return nil, modelError("previous_response_not_found", "previous_response_id", "Previous response with id '"+id+"' not found.")
	}
	return slices.Clone(calls), nil
}

// responsesAnswer is one Responses answer, ready to be written plain or as events.
type responsesAnswer struct {
	Reply
	id       string
	created  int64
	parts    []string
	items    []outputItem
	usage    Usage
	envelope object
}

// outputItem is one element of output: its finished form, and what its stream is made of.
type outputItem struct {
	id, kind string
	whole    object
	call     ToolCall
}

func (x *exchange) answerResponses(reply Reply) {
	a := x.responsesAnswer(reply)
	store, ok := x.body["store"].(bool)
	x.s.noteItems(a.items, !ok || store)
	if !ok || store {
		var ids []string
		for _, c := range a.calls {
			ids = append(ids, c.ID)
		}
		x.s.mu.Lock()
		x.s.answers[a.id] = ids
		x.s.mu.Unlock()
	}
	if stream, _ := x.body["stream"].(bool); stream {
		x.streamResponses(a)
		return
	}
	x.send(a.finished(), reply)
}

func (x *exchange) responsesAnswer(reply Reply) responsesAnswer {
	reply.calls = x.withIDs(reply.calls)
	if reply.async == asyncBlock {
		setDefault(&reply.finish, "content_filter")
	}
	a := responsesAnswer{
		Reply: reply, id: fmt.Sprintf("resp_azuretest%06d", x.s.nextID()), created: time.Now().Unix(), parts: reply.text(nil),
	}
	a.usage = x.usage(reply, strings.Join(a.parts, "")+reply.refusal)
	a.items = x.outputItems(a)
	a.envelope = object{
		"id": a.id, "object": "response", "created_at": a.created, "model": x.rec.Deployment, "error": nil, "incomplete_details": nil,
		"instructions": x.body["instructions"], "max_output_tokens": x.body["max_output_tokens"], "metadata": object{}, "background": false,
		"parallel_tool_calls": x.body["parallel_tool_calls"] != false, "previous_response_id": x.body["previous_response_id"],
		"reasoning": object{"effort": nil, "summary": nil}, "store": x.body["store"] != false, "temperature": 1, "top_p": 1,
		"text": object{"format": object{"type": "text"}}, "tool_choice": "auto", "tools": []any{}, "truncation": "disabled", "user": nil,
		"service_tier": "default",
	}
	for _, echoed := range []string{"metadata", "reasoning", "temperature", "top_p", "text", "tool_choice", "tools", "truncation"} {
		if v := x.body[echoed]; v != nil {
			a.envelope[echoed] = v
		}
	}
	return a
}

// outputItems are the reasoning, the message and the calls, in the order a model gives them.
func (x *exchange) outputItems(a responsesAnswer) []outputItem {
	if a.kind == kindEmptyChoices {
		return nil
	}
	var items []outputItem
	if a.reasoning != "" {
		id := fmt.Sprintf("rs_azuretest%06d", x.s.nextID())
		whole := object{"id": id, "type": "reasoning", "summary": []any{object{"type": "summary_text", "text": a.reasoning}}}
		if slices.Contains(stopWords(x.body["include"]), "reasoning.encrypted_content") {
			whole["encrypted_content"] = encryptedPrefix + id
		}
		items = append(items, outputItem{id: id, kind: "reasoning", whole: whole})
	}
	if len(a.calls) == 0 || len(a.parts) > 0 || a.refusal != "" {
		id := fmt.Sprintf("msg_azuretest%06d", x.s.nextID())
		items = append(items, outputItem{id: id, kind: "message", whole: object{
			"id": id, "type": "message", "role": "assistant", "status": a.itemStatus(), "content": a.content(),
		}})
	}
	for _, call := range a.calls {
		id := fmt.Sprintf("fc_azuretest%06d", x.s.nextID())
		items = append(items, outputItem{id: id, kind: "function_call", call: call, whole: object{
			"id": id, "type": "function_call", "status": "completed", "call_id": call.ID, "name": call.Name, "arguments": call.Arguments,
		}})
	}
	return items
}

func (a responsesAnswer) content() []any {
	if a.refusal != "" {
		return []any{object{"type": "refusal", "refusal": a.refusal}}
	}
	return []any{object{"type": "output_text", "text": strings.Join(a.parts, ""), "annotations": []any{}, "logprobs": []any{}}}
}

// incomplete is the reason the answer was cut off, "" when it was not.
func (a responsesAnswer) incomplete() string {
	switch a.finish {
	case "length", "max_output_tokens":
		return "max_output_tokens"
	case "content_filter":
		return "content_filter"
	}
	return ""
}

func (a responsesAnswer) itemStatus() string {
	if a.incomplete() != "" {
		return "incomplete"
	}
	return "completed"
}

// unfinished is the response object of the first events.
func (a responsesAnswer) unfinished() object {
	r := object{"status": "in_progress", "output": []any{}, "usage": nil, "content_filters": nil}
	maps.Copy(r, a.envelope)
	return r
}

// finished is the response object of a plain answer and of the last event.
func (a responsesAnswer) finished() object {
	r := a.unfinished()
	r["status"] = a.itemStatus()
	if reason := a.incomplete(); reason != "" {
		r["incomplete_details"] = object{"reason": reason}
	}
	output := make([]any, 0, len(a.items))
	for _, item := range a.items {
		output = append(output, item.whole)
	}
	r["output"] = output
	results, blocked := safeCompletion(), false
	if a.incomplete() == "content_filter" {
		results, blocked = blockedByMaterial(), true
	}
	offsets := object{"start_offset": 0, "end_offset": len(strings.Join(a.parts, "")), "check_offset": 0}
	r["content_filters"] = []any{
		object{"blocked": false, "source_type": "prompt", "content_filter_raw": []any{}, "content_filter_results": safePrompt(), "content_filter_offsets": offsets},
		object{"blocked": blocked, "source_type": "completion", "content_filter_raw": []any{}, "content_filter_results": results, "content_filter_offsets": offsets},
	}
	r["usage"] = object{
		"input_tokens": a.usage.Prompt, "input_tokens_details": object{"cached_tokens": a.usage.Cached},
		"output_tokens": a.usage.Completion, "output_tokens_details": object{"reasoning_tokens": a.usage.Reasoning},
		"total_tokens": a.usage.Prompt + a.usage.Completion,
	}
	return r
}
