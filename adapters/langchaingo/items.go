package langchaingo

import (
	"encoding/json"

	"github.com/tmc/langchaingo/llms"
)

// ItemsType is the media type of a message part that holds the items of an answer of the Responses API, as a JSON
// array: see [ResponseItems].
const ItemsType = "application/vnd.azureadv1.response-items+json"

// The keys of GenerationInfo that tell an answer's items, and that the service has stored them.
const (
	keyItems  = "ResponseItems"
	keyStored = "Stored"
)

// ResponseItems makes a message part of all items of an answer of the Responses API, reasoning and calls of built-in
// tools included. In a message of role ai, beside the answer's text and tool calls or in place of them, it sends the
// answer back whole, in any process and after any time; text and calls that it holds are not sent twice. It marshals as
// other binary parts do. Reasoning that is neither encrypted nor stored stays out: the service would not know it again,
// and refuse the call. false means that the choice has no items: it came from chat completions, or broke before one
// was whole.
func ResponseItems(choice *llms.ContentChoice) (llms.BinaryContent, bool) {
	if choice == nil {
		return llms.BinaryContent{}, false
	}
	all, _ := choice.GenerationInfo[keyItems].([]json.RawMessage)
	stored, _ := choice.GenerationInfo[keyStored].(bool)
	items := make([]json.RawMessage, 0, len(all))
	for _, raw := range all {
		if stored || !bareReasoning(raw) {
			items = append(items, raw)
		}
	}
	if len(items) == 0 {
		return llms.BinaryContent{}, false
	}
	data, err := json.Marshal(items)
	if err != nil { // the caller has put something else into the map
		return llms.BinaryContent{}, false
	}
	return llms.BinaryPart(ItemsType, data), true
}

// bareReasoning tells reasoning without its encrypted content.
func bareReasoning(raw json.RawMessage) bool {
	var item struct {
		Type      string `json:"type"`
		Encrypted string `json:"encrypted_content"`
	}
	return json.Unmarshal(raw, &item) == nil && item.Type == itemReasoning && item.Encrypted == ""
}
