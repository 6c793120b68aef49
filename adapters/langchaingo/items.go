package langchaingo

import (
	"encoding/json"

	"github.com/tmc/langchaingo/llms"
)

// ItemsType is the media type of a message part that holds the items of an answer of the Responses API, as a JSON
// array: see [ResponseItems].
const ItemsType = "application/vnd.azureadv1.response-items+json"

// keyItems is the key of an answer's items in GenerationInfo.
const keyItems = "ResponseItems"

// ResponseItems makes a message part of all items of an answer of the Responses API, reasoning and calls of built-in
// tools included. In a message of role ai, beside the answer's text and tool calls or in place of them, it sends the
// answer back whole, in any process and after any time; text and calls that it holds are not sent twice. It marshals as
// other binary parts do. false means that the choice has no items: it came from chat completions, or broke before one
// was whole.
func ResponseItems(choice *llms.ContentChoice) (llms.BinaryContent, bool) {
	if choice == nil {
		return llms.BinaryContent{}, false
	}
	items, _ := choice.GenerationInfo[keyItems].([]json.RawMessage)
	if len(items) == 0 {
		return llms.BinaryContent{}, false
	}
	data, err := json.Marshal(items)
	if err != nil { // the caller has put something else into the map
		return llms.BinaryContent{}, false
	}
	return llms.BinaryPart(ItemsType, data), true
}
