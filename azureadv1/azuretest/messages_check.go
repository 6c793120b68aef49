package azuretest

import (
	"fmt"
	"slices"
	"strings"
)

var (
	chatRoles     = []string{"system", "assistant", "user", "function", "tool", "developer"}
	callsOpenText = "An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. The following " +
		"tool_call_ids did not have response messages: "
	//nolint:misspell // the service's own spelling, which clients match
	toolWithoutCall = "Invalid parameter: messages with role 'tool' must be a response to a preceeding message with 'tool_calls'."
)

// judgeMessages checks each message and that every tool call is answered right behind it, and nothing else is.
func (x *exchange) judgeMessages() *refusal {
	messages, ok := x.body["messages"].([]any)
	switch {
	case !ok:
		return missing("messages")
	case len(messages) == 0:
		return emptyArray("messages")
	}
	var open []string // ids of calls that still want an answer
	answering := false
	roles := make(map[string]bool)
	for i, v := range messages {
		m, ok := v.(object)
		if !ok {
			return wrongType(fmt.Sprintf("messages[%d]", i), "an object", v)
		}
		role, _ := m["role"].(string)
		roles[role] = true
		if ref := x.judgeMessage(m, role, i); ref != nil {
			return ref
		}
		if role == "tool" {
			ref := answerCall(m, i, answering, &open)
			if ref != nil {
				return ref
			}
			continue
		}
		if len(open) > 0 {
			return callsOpen(i, open)
		}
		open = callIDs(m)
		answering = len(open) > 0
	}
	if len(open) > 0 {
		return callsOpen(len(messages), open)
	}
	if x.reasons() && roles["system"] && roles["developer"] {
		return modelError("", "messages", "You should not use both a 'developer' message and a 'system' message in the same request.")
	}
	return nil
}

func callsOpen(i int, open []string) *refusal {
	return modelError("", fmt.Sprintf("messages.[%d].role", i), callsOpenText+strings.Join(open, ", "))
}

// answerCall checks a tool message against the calls right before it, and strikes its call off.
func answerCall(m object, i int, answering bool, open *[]string) *refusal {
	id, _ := m["tool_call_id"].(string)
	param := fmt.Sprintf("messages.[%d].role", i)
	switch at := slices.Index(*open, id); {
	case id == "":
		return missing(fmt.Sprintf("messages[%d].tool_call_id", i))
	case !answering:
		return modelError("", param, toolWithoutCall)
	case at < 0:
		return modelError("", fmt.Sprintf("messages.[%d].tool_call_id", i),
			fmt.Sprintf("Invalid parameter: 'tool_call_id' of '%s' not found in 'tool_calls' of previous message.", id))
	default:
		*open = slices.Delete(*open, at, at+1)
	}
	return nil
}

func callIDs(m object) []string {
	var ids []string
	for _, call := range list(m["tool_calls"]) {
		id, _ := call["id"].(string)
		ids = append(ids, id)
	}
	return ids
}

func (x *exchange) judgeMessage(m object, role string, i int) *refusal {
	param := fmt.Sprintf("messages[%d]", i)
	allowed := chatRoles
	if !sinceReasoning.knows(x.version()) {
		allowed = allowed[:len(allowed)-1] // developer came with reasoning models
	}
	if m["role"] == nil {
		return missing(param + ".role")
	}
	if !slices.Contains(allowed, role) {
		return invalidValue(param+".role", fmt.Sprint(m["role"]), allowed...)
	}
	if ref := judgeCalls(m, role, param); ref != nil {
		return ref
	}
	return judgeContent(m, role, param, partTypes(x.version()))
}

// judgeCalls checks the tool calls of an assistant message.
func judgeCalls(m object, role, param string) *refusal {
	if m["tool_calls"] == nil {
		return nil
	}
	calls, ok := m["tool_calls"].([]any)
	switch {
	case role != "assistant":
		return modelError("", param+".tool_calls", "Additional properties are not allowed ('tool_calls' was unexpected) - '"+param+"'")
	case !ok:
		return wrongType(param+".tool_calls", "an array", m["tool_calls"])
	case len(calls) == 0:
		return emptyArray(param + ".tool_calls")
	}
	for j, v := range calls {
		call, _ := v.(object)
		fn, _ := call["function"].(object)
		at := fmt.Sprintf("%s.tool_calls[%d]", param, j)
		switch {
		case call["type"] != "function":
			return missing(at + ".type")
		case !isA("a string", call["id"]) || call["id"] == "":
			return missing(at + ".id")
		case !isA("a string", fn["name"]) || fn["name"] == "":
			return missing(at + ".function.name")
		case fn["arguments"] == nil:
			return missing(at + ".function.arguments")
		case !isA("a string", fn["arguments"]):
			return wrongType(at+".function.arguments", "a string", fn["arguments"])
		}
	}
	return nil
}

// judgeContent checks a message's content; only an assistant that calls, or declines, may have none.
func judgeContent(m object, role, param string, kinds []string) *refusal {
	switch content := m["content"].(type) {
	case string:
		return nil
	case nil:
		if role == "assistant" && (m["tool_calls"] != nil || m["function_call"] != nil || m["refusal"] != nil) {
			return nil
		}
		return modelError("", param+".content", "Invalid value for 'content': expected a string, got null.")
	case []any:
		if len(content) == 0 && role != "assistant" {
			return emptyArray(param + ".content")
		}
		for j, v := range content {
			part, _ := v.(object)
			if ref := judgePart(part, role, fmt.Sprintf("%s.content[%d]", param, j), kinds); ref != nil {
				return ref
			}
		}
		return nil
	default:
		return wrongType(param+".content", "one of a string or array of objects", content)
	}
}

func judgePart(part object, role, param string, kinds []string) *refusal {
	kind, _ := part["type"].(string)
	image, _ := part["image_url"].(object)
	switch {
	case !slices.Contains(kinds, kind):
		return invalidValue(param+".type", kind, kinds...)
	case kind == "text" && !isA("a string", part["text"]):
		return missing(param + ".text")
	case kind == "image_url" && image == nil:
		return wrongType(param+".image_url", "an object", part["image_url"])
	case kind == "image_url" && !isA("a string", image["url"]):
		return missing(param + ".image_url.url")
	case kind != "text" && kind != "refusal" && role != "user":
		return modelError("invalid_value", param+".type", "Invalid value: '"+kind+"'. A message of role '"+role+"' takes text only.")
	}
	return nil
}
