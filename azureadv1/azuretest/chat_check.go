package azuretest

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// judgeChat refuses what Azure refuses about a chat body.
func (x *exchange) judgeChat() *refusal {
	if serves(x.model) != OpChat {
		return operationNotSupported("chatCompletion", x.model)
	}
	if name, unknown := unknownField(x.body, chatFields, x.version(), x.s.opts.ExtraFields); unknown {
		return modelError("", "", "Unrecognized request argument supplied: "+name)
	}
	checks := []func() *refusal{
		x.judgeTypes, x.judgeReasoningLimits, x.judgeRanges, x.judgeCombinations, x.judgeFormat, x.judgeTools, x.judgeMessages,
	}
	for _, check := range checks {
		if ref := check(); ref != nil {
			return ref
		}
	}
	return nil
}

// fieldTypes are the JSON types that top-level fields must have, of all three operations; null is always absence.
var fieldTypes = map[string]string{
	"messages": "an array", "tools": "an array", "include": "an array",
	"temperature": "a decimal number", "top_p": "a decimal number", "presence_penalty": "a decimal number", "frequency_penalty": "a decimal number",
	"max_tokens": "an integer", "max_completion_tokens": "an integer", "max_output_tokens": "an integer", "n": "an integer", "seed": "an integer",
	"top_logprobs": "an integer", "dimensions": "an integer",
	"stream": "a boolean", "logprobs": "a boolean", "parallel_tool_calls": "a boolean", "store": "a boolean",
	"user": "a string", "reasoning_effort": "a string", "instructions": "a string", "previous_response_id": "a string", "encoding_format": "a string", "truncation": "a string",
	"stream_options": "an object", "response_format": "an object", "logit_bias": "an object", "metadata": "an object", "reasoning": "an object",
	"text": "an object",
}

func (x *exchange) judgeTypes() *refusal {
	for _, name := range slices.Sorted(maps.Keys(x.body)) {
		value := x.body[name]
		want, ok := fieldTypes[name]
		if ok && value != nil && !isA(want, value) {
			return wrongType(name, want, value)
		}
	}
	labels, _ := x.body["metadata"].(object)
	for _, key := range slices.Sorted(maps.Keys(labels)) {
		if !isA("a string", labels[key]) {
			return wrongType("metadata."+key, "a string", labels[key])
		}
	}
	return nil
}

func isA(want string, v any) bool {
	number, isNumber := v.(float64)
	switch want {
	case "a decimal number":
		return isNumber
	case "an integer":
		return isNumber && number == float64(int64(number))
	}
	return typeName(v) == want
}

func typeName(v any) string {
	switch v.(type) {
	case nil:
		return "null"
	case string:
		return "a string"
	case float64:
		return "a decimal number"
	case bool:
		return "a boolean"
	case []any:
		return "an array"
	}
	return "an object"
}

func wrongType(param, want string, got any) *refusal {
	return modelError("invalid_type", param, fmt.Sprintf("Invalid type for '%s': expected %s, but got %s instead.", param, want, typeName(got)))
}

func missing(param string) *refusal {
	return modelError("missing_required_parameter", param, "Missing required parameter: '"+param+"'.")
}

func emptyArray(param string) *refusal {
	return modelError("empty_array", param,
		"Invalid '"+param+"': empty array. Expected an array with minimum length 1, but got an empty array instead.")
}

// judgeReasoningLimits refuses the sampling fields that reasoning models do not take.
func (x *exchange) judgeReasoningLimits() *refusal {
	effort, _ := x.body["reasoning_effort"].(string)
	switch {
	case !x.reasons() && effort != "":
		return modelError("", "", "Unrecognized request argument supplied: reasoning_effort")
	case !x.reasons():
		return nil
	case effort != "" && !slices.Contains(efforts, effort):
		return invalidValue("reasoning_effort", effort, efforts...)
	case toolsForbidEffort(x.model) && effort != "" && effort != "none" && x.body["tools"] != nil:
		return modelError("", "reasoning_effort", "Function tools with reasoning_effort are not supported for "+x.model+
			" in /v1/chat/completions. Please use /v1/responses.")
	}
	if x.body["max_tokens"] != nil {
		return modelError("unsupported_parameter", "max_tokens",
			"Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.")
	}
	for _, name := range []string{"stop", "logprobs", "top_logprobs", "logit_bias"} {
		if v := x.body[name]; v != nil && v != false {
			return modelError("unsupported_parameter", name, "Unsupported parameter: '"+name+"' is not supported with this model.")
		}
	}
	standard := map[string]float64{"temperature": 1, "top_p": 1, "presence_penalty": 0, "frequency_penalty": 0}
	for _, name := range slices.Sorted(maps.Keys(standard)) {
		if v, ok := x.body[name].(float64); ok && v != standard[name] {
			return modelError("unsupported_value", name, fmt.Sprintf("Unsupported value: '%s' does not support %v with this model. Only the default "+
				"(%v) value is supported.", name, v, standard[name]))
		}
	}
	return nil
}

var efforts = []string{"none", "minimal", "low", "medium", "high", "xhigh", "max"}

// toolsForbidEffort reports gpt-5.4 and later, which want Responses for tools with an effort (pipecat#4043).
func toolsForbidEffort(model string) bool {
	minor, ok := strings.CutPrefix(model, "gpt-5.")
	return ok && minor >= "4"
}

func (x *exchange) judgeRanges() *refusal {
	ranges := map[string][2]float64{
		"temperature": {0, 2}, "top_p": {0, 1}, "presence_penalty": {-2, 2}, "frequency_penalty": {-2, 2}, "n": {1, 128},
		"max_tokens": {1, 1 << 20}, "max_completion_tokens": {1, 1 << 20}, "max_output_tokens": {16, 1 << 20}, "top_logprobs": {0, 20},
	}
	for _, name := range slices.Sorted(maps.Keys(ranges)) {
		v, ok := x.body[name].(float64)
		low, high := ranges[name][0], ranges[name][1]
		kind := "integer"
		if fieldTypes[name] == "a decimal number" {
			kind = "decimal"
		}
		switch {
		case ok && v < low:
			return modelError(kind+"_below_min_value", name,
				fmt.Sprintf("Invalid '%s': value below minimum. Expected a value >= %v, but got %v instead.", name, low, v))
		case ok && v > high:
			return modelError(kind+"_above_max_value", name,
				fmt.Sprintf("Invalid '%s': value above maximum. Expected a value <= %v, but got %v instead.", name, high, v))
		}
	}
	if words, ok := x.body["stop"].([]any); ok && len(words) > 4 {
		return modelError("array_above_max_length", "stop",
			fmt.Sprintf("Invalid 'stop': array too long. Expected an array with maximum length 4, but got an array with length %d instead.", len(words)))
	}
	return nil
}

func (x *exchange) judgeCombinations() *refusal {
	stream, _ := x.body["stream"].(bool)
	switch {
	case x.body["stream_options"] != nil && !stream:
		return modelError("", "stream_options", "The 'stream_options' parameter is only allowed when 'stream' is enabled.")
	case x.body["max_tokens"] != nil && x.body["max_completion_tokens"] != nil:
		return modelError("invalid_parameter_combination", "max_tokens",
			"Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported.")
	case x.body["top_logprobs"] != nil && x.body["logprobs"] != true:
		return modelError("", "top_logprobs", "The 'top_logprobs' parameter is only allowed when 'logprobs' is enabled.")
	}
	return nil
}

// judgeFormat checks response_format.
func (x *exchange) judgeFormat() *refusal {
	format, ok := x.body["response_format"].(object)
	if !ok {
		return nil
	}
	switch kind, _ := format["type"].(string); kind {
	case "text":
	case "json_object":
		if !strings.Contains(strings.ToLower(jsonText(x.body["messages"])), "json") {
			return modelError("", "messages",
				"'messages' must contain the word 'json' in some form, to use 'response_format' of type 'json_object'.")
		}
	case "json_schema":
		if !sinceJSONSchema.knows(x.version()) {
			return badRequest("BadRequest", "response_format value as json_schema is enabled only for api versions 2024-08-01-preview and later",
				"api-version is too old for json_schema")
		}
		schema, _ := format["json_schema"].(object)
		if name, _ := schema["name"].(string); name == "" {
			return missing("response_format.json_schema.name")
		}
	default:
		return invalidValue("response_format.type", kind, "json_object", "json_schema", "text")
	}
	return nil
}

func invalidValue(param, got string, supported ...string) *refusal {
	return modelError("invalid_value", param, fmt.Sprintf("Invalid value: '%s'. Supported values are: '%s'.", got, strings.Join(supported, "', '")))
}

var functionName = regexp.MustCompile(`^[a-zA-Z0-9_-]{1,64}$`)

// judgeTools checks tools, and what depends on them.
func (x *exchange) judgeTools() *refusal {
	tools, given := x.body["tools"].([]any)
	switch {
	case x.body["tools"] != nil && !given:
		return wrongType("tools", "an array", x.body["tools"])
	case given && len(tools) == 0:
		return emptyArray("tools")
	case !given && x.body["tool_choice"] != nil:
		return modelError("", "tool_choice", "'tool_choice' is only allowed when 'tools' are specified.")
	case !given && x.body["parallel_tool_calls"] != nil:
		return modelError("", "parallel_tool_calls", "'parallel_tool_calls' is only allowed when 'tools' are specified.")
	}
	names := make([]string, 0, len(tools))
	for i, v := range tools {
		tool, _ := v.(object)
		fn, nested := tool["function"].(object)
		name, _ := fn["name"].(string)
		param := fmt.Sprintf("tools[%d]", i)
		switch {
		case tool["type"] == nil:
			return missing(param + ".type")
		case tool["type"] != "function":
			return invalidValue(param+".type", fmt.Sprint(tool["type"]), "function")
		case !nested:
			return missing(param + ".function")
		case fn["strict"] != nil && !sinceJSONSchema.knows(x.version()):
			return modelError("", param+".function", "Additional properties are not allowed ('strict' was unexpected) - '"+param+".function'")
		}
		if ref := judgeFunction(param+".function", name, fn["parameters"]); ref != nil {
			return ref
		}
		names = append(names, name)
	}
	if x.body["tool_choice"] == "required" && !sinceRequired.knows(x.version()) {
		return invalidValue("tool_choice", "required", "none", "auto")
	}
	return judgeToolChoice(x.body["tool_choice"], names, true)
}

func judgeFunction(param, name string, parameters any) *refusal {
	switch {
	case name == "":
		return missing(param + ".name")
	case !functionName.MatchString(name):
		return modelError("invalid_value", param+".name",
			"Invalid '"+param+".name': string does not match pattern. Expected a string that matches the pattern '^[a-zA-Z0-9_-]+$'.")
	}
	schema, isObject := parameters.(object)
	switch {
	case parameters == nil:
		return nil
	case !isObject:
		return wrongType(param+".parameters", "an object", parameters)
	case len(schema) > 0 && schema["type"] != nil && schema["type"] != "object":
		return modelError("invalid_function_parameters", param+".parameters",
			fmt.Sprintf(`Invalid schema for function '%s': schema must be a JSON Schema of 'type: "object"', got 'type: "%v"'.`, name, schema["type"]))
	}
	return nil
}

// judgeToolChoice checks tool_choice; nested tells that the API names the function in an object of its own.
func judgeToolChoice(choice any, names []string, nested bool) *refusal {
	switch choice := choice.(type) {
	case nil:
		return nil
	case string:
		if !slices.Contains([]string{"none", "auto", "required"}, choice) {
			return invalidValue("tool_choice", choice, "none", "auto", "required")
		}
		return nil
	case object:
		if choice["type"] != "function" {
			return nil
		}
		fn, param := choice, "tool_choice.name"
		if nested {
			fn, _ = choice["function"].(object)
			param = "tool_choice.function"
		}
		name, _ := fn["name"].(string)
		switch {
		case name == "":
			return missing(param)
		case !slices.Contains(names, name):
			return modelError("", "tool_choice", fmt.Sprintf("Tool choice '%s' not found in 'tools' parameter.", name))
		}
		return nil
	}
	return wrongType("tool_choice", "an object", choice)
}
