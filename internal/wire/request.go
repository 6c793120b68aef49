package wire

import (
	"errors"
	"fmt"
)

// ChatWriter appends the body of one chat completion. Messages are written one
// after the other, before, between or after the other fields but in one run; so are
// tools. The first error (a field written twice, a value JSON cannot hold, a part
// outside a message) sticks and is returned by Body. Not safe for concurrent use.
type ChatWriter struct {
	body
	part     messagePart // what the open message has
	assist   bool        // the open message is the assistant's
	messages int
	tools    int
}

// messagePart is a set of members of a message.
type messagePart uint8

const (
	hasContent messagePart = 1 << iota
	hasCalls
	hasRefusal
	hasName
	hasCallID
)

var errNoMessage = errors.New("wire: a part of a message was written outside Message and EndMessage")

// NewChatWriter starts a body in a buffer of size bytes: the sum of all texts,
// four thirds of all binary data, some 64 bytes for each message and tool, and a
// tenth for escapes make one allocation do. Too small a size costs copying only.
func NewChatWriter(size int) *ChatWriter {
	w := &ChatWriter{}
	w.Reset(size)
	return w
}

// Reset starts another body, of a writer that has been used or not. What Body returned stays as it is.
func (w *ChatWriter) Reset(size int) {
	*w = ChatWriter{}
	w.begin(size)
}

// Body closes the body and returns it. The bytes are the caller's: the writer
// never touches them again. Calling it twice returns the same bytes; writing
// anything after it is an error.
func (w *ChatWriter) Body() ([]byte, error) { return w.end() }

// Message opens a message of a role: system, developer, user, assistant or
// tool. Its parts follow; EndMessage closes it.
func (w *ChatWriter) Message(role string) {
	if w.at != inMessages {
		if !w.field("messages") {
			return
		}
		w.w.ArrStart()
		w.at = inMessages
	}
	if w.err != nil {
		return
	}
	if w.messages > 0 {
		w.w.Comma()
	}
	w.messages++
	w.at, w.part, w.assist = inMessage, 0, role == "assistant"
	w.raw(`{"role":`)
	w.str(role)
}

// EndMessage closes the message. One without content gets it as null for the
// assistant, who may have calls or a refusal instead, and as "" for others: the
// service's older versions want the member in every message.
func (w *ChatWriter) EndMessage() {
	if !w.message() {
		return
	}
	if w.part&hasContent == 0 {
		if w.assist {
			w.raw(`,"content":null`)
		} else {
			w.raw(`,"content":""`)
		}
	}
	w.w.ObjEnd()
	w.at = inMessages
}

// message closes an open list within a message; false outside one.
func (w *ChatWriter) message() bool {
	switch w.at {
	case inMessage:
	case inParts, inCalls:
		w.w.ArrEnd()
		w.at = inMessage
	default:
		w.fail(errNoMessage)
	}
	return w.err == nil
}

// claim notes that the open message gets a member; false when it has it.
func (w *ChatWriter) claim(part messagePart, key string) bool {
	if !w.message() {
		return false
	}
	if w.part&part != 0 {
		w.fail(fmt.Errorf("wire: messages[%d].%s is written twice; write all of it in one run", w.messages-1, key))
		return false
	}
	w.part |= part
	return true
}

// Tool declares a function. parameters is its JSON schema: json.RawMessage is
// checked and copied, maps are written with sorted keys, other types through
// encoding/json; nil leaves it out. strict asks for arguments that obey the schema.
func (w *ChatWriter) Tool(name, description string, parameters any, strict bool) {
	if w.at != inTools {
		if !w.field("tools") {
			return
		}
		w.w.ArrStart()
		w.at = inTools
	}
	if w.err != nil {
		return
	}
	if w.tools > 0 {
		w.w.Comma()
	}
	w.raw(`{"type":"function","function":{"name":`)
	w.str(name)
	if description != "" {
		w.member("description", description)
	}
	if parameters != nil {
		w.raw(`,"parameters":`)
		if err := w.any(parameters, 0); err != nil {
			w.failValue(fmt.Sprintf("tools[%d].function.parameters", w.tools), err)
		}
	}
	if strict {
		w.raw(`,"strict":true`)
	}
	w.raw(`}}`)
	w.tools++
}
