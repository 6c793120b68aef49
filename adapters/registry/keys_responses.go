package registry

import "maps"

// responsesFields are an entry's fields, which have their names of chat completions as LiteLLM's do, by their names and
// places in the Responses API. What it has no field for is an error of the entry.
func responsesFields(r *reader, at value, chat map[string]any) map[string]any {
	fields, text := map[string]any{}, map[string]any{}
	for name, v := range chat {
		switch name {
		case "verbosity":
			text["verbosity"] = v
		case "response_format":
			text["format"] = flatFormat(v)
		case "logprobs":
			if v == true {
				fields["include"] = []string{"message.output_text.logprobs"}
			}
		case "logit_bias":
			r.fail(at, "logit_bias: the Responses API has no such field: remove it, or responses_api")
		default:
			fields[name] = v
		}
	}
	if len(text) > 0 {
		fields["text"] = text
	}
	return fields
}

// flatFormat is a response format in the Responses API's form: the members of a schema stand beside its type.
func flatFormat(format any) any {
	members, ok := format.(map[string]any)
	if !ok || members["type"] != "json_schema" {
		return format
	}
	schema, ok := members["json_schema"].(map[string]any)
	if !ok {
		return format
	}
	flat := map[string]any{"type": "json_schema"}
	maps.Copy(flat, schema)
	return flat
}
