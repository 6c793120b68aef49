package azuretest

import (
	"fmt"
	"maps"
	"slices"
)

// itemMembers are the kinds of input items by the versions that know them, and the members without which each is refused, as
// the documents say; and what the service has learnt since.
var itemMembers = map[since]map[string][]string{
	sinceResponses: {
		"message": nil, "reasoning": {"summary"}, "item_reference": {"id"},
		"function_call": {"call_id", "name"}, "function_call_output": {"call_id", "output"},
		"file_search_call": {"queries"}, "computer_call": {"call_id", "action"}, "computer_call_output": {"call_id", "output"},
	},
	onlyOnV1: {
		"web_search_call": nil, "code_interpreter_call": {"container_id"}, "image_generation_call": {"result"},
		"local_shell_call": {"call_id", "action"}, "local_shell_call_output": {"output"},
		"mcp_list_tools": {"server_label", "tools"}, "mcp_approval_request": {"server_label", "name", "arguments"},
		"mcp_approval_response": {"approval_request_id"}, "mcp_call": {"server_label", "name", "arguments"},
		"custom_tool_call": {"call_id", "name"}, "custom_tool_call_output": {"call_id", "output"},
		"shell_call": {"call_id"}, "shell_call_output": {"call_id"}, "apply_patch_call": {"call_id"}, "apply_patch_call_output": {"call_id"},
		"compaction": nil,
	},
}

// judgeShape refuses items of no kind that the version knows, and items without what their kind must have.
func (x *exchange) judgeShape(item object, kind, param string) *refusal {
	var known []string
	for since, kinds := range itemMembers {
		if !since.knows(x.version()) {
			continue
		}
		known = slices.AppendSeq(known, maps.Keys(kinds))
		for _, member := range kinds[kind] {
			if item[member] == nil {
				return missing(param + "." + member)
			}
		}
	}
	switch {
	case kind == "":
		return nil // a message, where it may go without
	case !slices.Contains(known, kind):
		slices.Sort(known)
		return invalidValue(param, kind, known...)
	case x.version() != "" && item["status"] == nil && (kind == "file_search_call" || kind == "computer_call"):
		return missing(param + ".status") // v1 does without
	}
	return nil
}

func judgeInputMessage(item object, param string) *refusal {
	role, _ := item["role"].(string)
	if !slices.Contains([]string{"user", "assistant", "system", "developer"}, role) {
		return invalidValue(param, role, "assistant", "system", "developer", "user")
	}
	if isA("a string", item["content"]) {
		return nil
	}
	parts, ok := item["content"].([]any)
	if !ok {
		return missing(param + ".content")
	}
	allowed := []string{"input_text", "input_image", "input_file", "input_audio"}
	if role == "assistant" {
		allowed = []string{"output_text", "refusal"}
	}
	for j, v := range parts {
		part, _ := v.(object)
		place := fmt.Sprintf("%s.content[%d]", param, j)
		if kind, _ := part["type"].(string); !slices.Contains(allowed, kind) {
			return invalidValue(place, kind, allowed...)
		}
		if ref := judgeInputPart(part, place); ref != nil {
			return ref
		}
	}
	return nil
}

// partWords are the members, all of them texts, of which a part of a kind must have one.
var partWords = map[string][]string{
	"input_text": {"text"}, "output_text": {"text"}, "refusal": {"refusal"},
	"input_image": {"image_url", "file_id"}, "input_file": {"file_data", "file_id", "file_url"},
}

func judgeInputPart(part object, param string) *refusal {
	kind, _ := part["type"].(string)
	words, given := partWords[kind], false
	for _, word := range words {
		value := part[word]
		if value != nil && !isA("a string", value) {
			return wrongType(param+"."+word, "a string", value) // chat's image_url is an object
		}
		given = given || value != nil
	}
	if len(words) > 0 && !given {
		return missing(param + "." + words[0])
	}
	return nil
}
