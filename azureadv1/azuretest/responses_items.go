package azuretest

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// encryptedPrefix begins what stands for encrypted reasoning; the item's id follows.
const encryptedPrefix = "azuretest-encrypted-"

// itemNote is what the service remembers of an output item.
type itemNote struct {
	stored    bool
	reasoning string // the reasoning item of the same answer in front of it; "" = none
}

// noteItems remembers the items of an answer.
func (s *Server) noteItems(items []outputItem, stored bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	reasoning := ""
	for _, item := range items {
		s.items[item.id] = itemNote{stored, reasoning}
		if item.kind == "reasoning" {
			reasoning = item.id
		}
	}
}

func (s *Server) itemNote(id string) itemNote {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.items[id]
}

// inputJudge goes through the items of an input, each of which may depend on those before it.
type inputJudge struct {
	x       *exchange
	known   []string        // calls that an output may answer
	waiting []string        // calls of this input that no output has answered
	ids     map[string]bool // of items so far
	thought string          // the reasoning item that nothing has followed yet
}

func (j *inputJudge) item(item object, param string) *refusal {
	kind, _ := item["type"].(string)
	if kind == "" && j.x.route.project != "" {
		return missing(param + ".type") // projects want it in every item
	}
	if item["status"] != nil && (kind == "" || kind == "message" || kind == "reasoning") {
		return modelError("unknown_parameter", param+".status", "Unknown parameter: '"+param+".status'.")
	}
	if ref := j.x.judgeShape(item, kind, param); ref != nil {
		return ref
	}
	if ref := j.identity(item); ref != nil {
		return ref
	}
	j.thought = ""
	callID, _ := item["call_id"].(string)
	switch kind {
	case "function_call":
		if !isA("a string", item["arguments"]) {
			return wrongType(param+".arguments", "a string", item["arguments"])
		}
		j.known, j.waiting = append(j.known, callID), append(j.waiting, callID)
	case "function_call_output":
		if !slices.Contains(j.known, callID) {
			return modelError("", "input", "No tool call found for function call output with call_id "+callID+".")
		}
		j.waiting = slices.DeleteFunc(j.waiting, func(id string) bool { return id == callID })
	case "reasoning":
		return j.reasoning(item, param)
	case "", "message":
		return judgeInputMessage(item, param)
	}
	return nil
}

// identity checks an item's own id: no item comes twice, and what was thought before an item comes with it.
func (j *inputJudge) identity(item object) *refusal {
	id, _ := item["id"].(string)
	if id == "" {
		return nil
	}
	if j.ids[id] {
		return modelError("", "input", "Duplicate item found with id "+id+". Remove duplicate items from your input and try again.")
	}
	j.ids[id] = true
	note := j.x.s.itemNote(id)
	if note.reasoning != "" && !j.ids[note.reasoning] {
		return modelError("", "input", fmt.Sprintf("Item '%s' of type '%v' was provided without its required 'reasoning' item: '%s'.", id, item["type"], note.reasoning))
	}
	return nil
}

func (j *inputJudge) reasoning(item object, param string) *refusal {
	id, _ := item["id"].(string)
	j.thought = id
	switch encrypted, given := item["encrypted_content"].(string); {
	case given && encrypted != encryptedPrefix+id:
		return modelError("invalid_encrypted_content", param, "The encrypted content for item "+id+" could not be verified. Reason: Encrypted content could not be decrypted or parsed.")
	case !given && !j.x.s.itemNote(id).stored:
		ref := modelError("", "input", "Item with id '"+id+"' not found. Items are not persisted when `store` is set to false. Try again with `store` set to true, or remove this item from your input.")
		ref.status = http.StatusNotFound
		return ref
	}
	return nil
}

// end checks what only the end shows.
func (j *inputJudge) end() *refusal {
	switch {
	case j.thought != "":
		return modelError("", "input", "Item '"+j.thought+"' of type 'reasoning' was provided without its required following item.")
	case len(j.waiting) > 0:
		return modelError("", "input", "No tool output found for function call "+j.waiting[0]+".")
	}
	return nil
}

// includable are the words of include by the versions that know them, as the documents list them.
var includable = map[string]since{
	"file_search_call.results": sinceResponses, "message.input_image.image_url": sinceResponses,
	"computer_call_output.output.image_url": sinceResponses, "reasoning.encrypted_content": onlyOnV1,
	"code_interpreter_call.outputs": onlyOnV1, "message.output_text.logprobs": onlyOnV1, "web_search_call.action.sources": onlyOnV1,
}

func (x *exchange) judgeInclude() *refusal {
	for i, word := range stopWords(x.body["include"]) {
		if s, ok := includable[word]; !ok || !s.knows(x.version()) {
			return invalidValue(fmt.Sprintf("include[%d]", i), word, "file_search_call.results", "message.input_image.image_url", "computer_call_output.output.image_url")
		}
		if word == "reasoning.encrypted_content" && !x.reasons() {
			return modelError("", "include", "Encrypted content is not supported with this model.")
		}
	}
	return nil
}

// judgeText checks text.format, reasoning and truncation.
func (x *exchange) judgeText() *refusal {
	if t, ok := x.body["truncation"].(string); ok && t != "auto" && t != "disabled" {
		return invalidValue("truncation", t, "auto", "disabled")
	}
	reasoning, _ := x.body["reasoning"].(object)
	if summary, _ := reasoning["summary"].(string); summary != "" && !slices.Contains([]string{"auto", "concise", "detailed"}, summary) {
		return invalidValue("reasoning.summary", summary, "concise", "detailed", "auto")
	}
	switch effort, _ := reasoning["effort"].(string); {
	case effort != "" && !x.reasons():
		return modelError("unsupported_parameter", "reasoning.effort", "Unsupported parameter: 'reasoning.effort' is not supported with this model.")
	case effort != "" && !slices.Contains(efforts, effort):
		return invalidValue("reasoning.effort", effort, efforts...)
	}
	text, _ := x.body["text"].(object)
	format, given := text["format"].(object)
	if !given {
		return nil
	}
	switch kind, _ := format["type"].(string); kind {
	case "text":
	case "json_object":
		if !strings.Contains(strings.ToLower(jsonText(x.body["input"])+jsonText(x.body["instructions"])), "json") {
			return modelError("", "input", "Response input messages must contain the word 'json' in some form to use 'text.format' of type 'json_object'.")
		}
	case "json_schema":
		if name, _ := format["name"].(string); name == "" {
			return missing("text.format.name")
		}
		if _, ok := format["schema"].(object); !ok {
			return missing("text.format.schema")
		}
	default:
		return invalidValue("text.format.type", kind, "json_object", "json_schema", "text")
	}
	return nil
}
