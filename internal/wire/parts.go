package wire

import (
	"fmt"
)

// Name writes the author's name of the open message.
func (w *ChatWriter) Name(name string) {
	if w.claim(hasName, "name") {
		w.member("name", name)
	}
}

// ToolCallID says which call the open message, of role tool, answers.
func (w *ChatWriter) ToolCallID(id string) {
	if w.claim(hasCallID, "tool_call_id") {
		w.member("tool_call_id", id)
	}
}

// Refusal writes the refusal an earlier assistant message gave.
func (w *ChatWriter) Refusal(text string) {
	if w.claim(hasRefusal, "refusal") {
		w.member("refusal", text)
	}
}

// Content writes the open message's content as one string. A message has
// either this or parts.
func (w *ChatWriter) Content(text string) {
	if w.claim(hasContent, "content") {
		w.member("content", text)
	}
}

// Text adds a text part to the open message's content.
func (w *ChatWriter) Text(text string) {
	if w.item(inParts, hasContent, "content") {
		w.raw(`{"type":"text","text":`)
		w.str(text)
		w.raw(`}`)
	}
}

// ImageURL adds an image by its address, which may be a data URL. detail is
// auto, low or high; empty leaves it to the service.
func (w *ChatWriter) ImageURL(url, detail string) {
	if w.item(inParts, hasContent, "content") {
		w.raw(`{"type":"image_url","image_url":{"url":`)
		w.str(url)
		w.endImage(detail)
	}
}

// ImageData adds an image by its bytes, as a data URL of the media type mime.
// detail is as for ImageURL.
func (w *ChatWriter) ImageData(mime string, data []byte, detail string) {
	if w.mediaType(mime) && w.item(inParts, hasContent, "content") {
		w.raw(`{"type":"image_url","image_url":{"url":`)
		w.dataURL(mime, data)
		w.endImage(detail)
	}
}

func (w *ChatWriter) endImage(detail string) {
	if detail != "" {
		w.member("detail", detail)
	}
	w.raw(`}}`)
}

// InputAudio adds sound by its bytes; format is wav or mp3.
func (w *ChatWriter) InputAudio(format string, data []byte) {
	if w.item(inParts, hasContent, "content") {
		w.raw(`{"type":"input_audio","input_audio":{"data":"`)
		w.base64(data)
		w.raw(`"`)
		w.member("format", format)
		w.raw(`}}`)
	}
}

// FileData adds a file by its bytes, as a data URL of the media type mime.
func (w *ChatWriter) FileData(name, mime string, data []byte) {
	if w.mediaType(mime) && w.item(inParts, hasContent, "content") {
		w.raw(`{"type":"file","file":{"filename":`)
		w.str(name)
		w.raw(`,"file_data":`)
		w.dataURL(mime, data)
		w.raw(`}}`)
	}
}

// FileID adds a file uploaded before, by its id.
func (w *ChatWriter) FileID(id string) {
	if w.item(inParts, hasContent, "content") {
		w.raw(`{"type":"file","file":{"file_id":`)
		w.str(id)
		w.raw(`}}`)
	}
}

// ToolCall adds a function call that the assistant made in the open message.
// arguments is the text the model wrote, meant to be JSON; it is not checked.
func (w *ChatWriter) ToolCall(id, name, arguments string) {
	if w.item(inCalls, hasCalls, "tool_calls") {
		w.raw(`{"id":`)
		w.str(id)
		w.raw(`,"type":"function","function":{"name":`)
		w.str(name)
		w.member("arguments", arguments)
		w.raw(`}}`)
	}
}

// item prepares the next element of the open message's list of parts or
// calls, opening the list at the first.
func (w *ChatWriter) item(list level, part messagePart, key string) bool {
	if w.at == list {
		if w.err == nil {
			w.w.Comma()
		}
		return w.err == nil
	}
	if !w.claim(part, key) {
		return false
	}
	w.raw(`,"`)
	w.raw(key)
	w.raw(`":[`)
	w.at = list
	return true
}

// mediaType refuses what cannot stand in a data URL.
func (b *body) mediaType(mime string) bool {
	for i := range len(mime) {
		if c := mime[i]; c <= ' ' || c > '~' || c == '"' || c == '\\' || c == ',' {
			b.fail(fmt.Errorf("wire: %q is no media type", mime))
			return false
		}
	}
	if mime == "" {
		b.fail(fmt.Errorf("wire: binary data needs a media type, such as image/png"))
	}
	return b.err == nil
}

// dataURL writes data as a quoted data URL, straight into the body.
func (b *body) dataURL(mime string, data []byte) {
	b.raw(`"data:`)
	b.raw(mime)
	b.raw(`;base64,`)
	b.base64(data)
	b.raw(`"`)
}
