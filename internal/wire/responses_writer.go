package wire

import (
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"
)

// ResponsesWriter appends the body of one Responses call. Input items are
// written one after the other in one run, before, between or after the other
// fields; so are tools. The first error (a field written twice, a value JSON cannot
// hold, a part outside a message) sticks and is returned by Body. Not safe for
// concurrent use.
type ResponsesWriter struct {
	body
	d          scanner // reads raw items
	assistant  bool    // the open message is the assistant's
	hasContent bool    // the open message has content
	items      int
	tools      int
}

var errNoObject = errors.New("want a JSON object")

// NewResponsesWriter starts a body in a buffer of size bytes, reckoned as for
// [NewChatWriter]. Too small a size costs copying only.
func NewResponsesWriter(size int) *ResponsesWriter {
	w := &ResponsesWriter{}
	w.Reset(size)
	return w
}

// Reset is [ChatWriter.Reset].
func (w *ResponsesWriter) Reset(size int) {
	*w = ResponsesWriter{}
	w.begin(size)
}

// Body closes the body and returns it. The bytes are the caller's: the writer
// never touches them again. Calling it twice returns the same bytes; writing
// anything after it is an error.
func (w *ResponsesWriter) Body() ([]byte, error) { return w.end() }

// item opens the next element of "input"; false when it must not be written.
func (w *ResponsesWriter) item() bool {
	if w.at != inMessages {
		if !w.field("input") {
			return false
		}
		w.w.ArrStart()
		w.at = inMessages
	}
	if w.err != nil {
		return false
	}
	if w.items > 0 {
		w.w.Comma()
	}
	w.items++
	return true
}

// Message opens an input message of a role: system, developer, user or
// assistant. Its content follows, either one Content or parts; EndMessage
// closes it. The item names its type, which Foundry projects insist on.
func (w *ResponsesWriter) Message(role string) {
	if !w.item() {
		return
	}
	w.at, w.assistant, w.hasContent = inMessage, role == "assistant", false
	w.raw(`{"type":"message","role":`)
	w.str(role)
}

// EndMessage closes the message; one without content gets "" for it.
func (w *ResponsesWriter) EndMessage() {
	switch w.at {
	case inMessage:
	case inParts:
		w.w.ArrEnd()
	default:
		w.fail(errNoMessage)
	}
	if w.err != nil {
		return
	}
	if !w.hasContent {
		w.raw(`,"content":""`)
	}
	w.w.ObjEnd()
	w.at = inMessages
}

// Content writes the open message's content as one string. For an assistant's
// words it is the form that every dated document and v1 know: the dated ones
// take output_text only inside a whole output item with id and status.
func (w *ResponsesWriter) Content(text string) {
	if w.claim() {
		w.member("content", text)
	}
}

// claim notes that the open message gets its content; false when it has some.
func (w *ResponsesWriter) claim() bool {
	switch {
	case w.at != inMessage && w.at != inParts:
		w.fail(errNoMessage)
	case w.hasContent:
		w.fail(fmt.Errorf("wire: input[%d].content is written twice; write it as one string or as parts", w.items-1))
	}
	w.hasContent = true
	return w.err == nil
}

// part opens the next part of the open message's content up to its first value.
func (w *ResponsesWriter) part(opening string) bool {
	if w.at == inParts {
		if w.err != nil {
			return false
		}
		w.w.Comma()
	} else {
		if !w.claim() {
			return false
		}
		w.raw(`,"content":[`)
		w.at = inParts
	}
	w.raw(opening)
	return true
}

// FunctionCall writes a call the model made in an earlier turn. callID pairs it
// with its output; id is the item's own name and may be empty. arguments is the
// text the model wrote, meant to be JSON; it is not checked.
func (w *ResponsesWriter) FunctionCall(id, callID, name, arguments string) {
	if !w.item() {
		return
	}
	w.raw(`{"type":"function_call"`)
	if id != "" {
		w.member("id", id)
	}
	w.member("call_id", callID)
	w.member("name", name)
	w.member("arguments", arguments)
	w.raw(`}`)
}

// FunctionCallOutput writes the result of the call named callID.
func (w *ResponsesWriter) FunctionCallOutput(callID, output string) {
	if !w.item() {
		return
	}
	w.raw(`{"type":"function_call_output"`)
	w.member("call_id", callID)
	w.member("output", output)
	w.raw(`}`)
}

// Item writes an item of an earlier response (OutputItem.Raw: reasoning with its
// encrypted content, a call of a built-in tool, a message) as it was, but for its
// own "status", which the service refuses of messages and reasoning on the way in, and
// v1's document knows of no item. What is no JSON object
// is a *ValueError naming the item's place.
func (w *ResponsesWriter) Item(raw json.RawMessage) {
	if !w.item() {
		return
	}
	if err := w.withoutStatus(raw); err != nil {
		w.failValue(fmt.Sprintf("input[%d]", w.items-1), err)
	}
}

// ItemWithStatus writes an item as it was, status and all: the dated documents
// demand it of the calls of built-in tools, and know the others without. Failures
// are those of Item.
func (w *ResponsesWriter) ItemWithStatus(raw json.RawMessage) {
	if !w.item() {
		return
	}
	err := errNoObject
	if looksLikeObject(raw) {
		err = w.rawMessage(raw)
	}
	w.failValue(fmt.Sprintf("input[%d]", w.items-1), err)
}

// withoutStatus copies an object without the member "status".
func (w *ResponsesWriter) withoutStatus(raw []byte) error {
	if !looksLikeObject(raw) {
		return errNoObject
	}
	d := &w.d
	d.ResetBytes(raw)
	it, err := d.ObjIter()
	if err != nil {
		return errRawJSON
	}
	w.w.ObjStart()
	for first := true; it.Next(); {
		if string(it.Key()) == "status" {
			if d.Skip() != nil {
				return errRawJSON
			}
			continue
		}
		if !first {
			w.w.Comma()
		}
		first = false
		w.key(it.Key())
		w.raw(":")
		value, err := d.Raw()
		if err != nil {
			return errRawJSON
		}
		w.w.Buf = appendValid(w.w.Buf, value)
	}
	if it.Err() != nil || finish(d) != nil {
		return errRawJSON
	}
	w.w.ObjEnd()
	return nil
}

// key writes a member's name.
func (w *ResponsesWriter) key(name []byte) {
	if utf8.Valid(name) {
		w.w.ByteStr(name)
		return
	}
	w.str(string(name))
}
