package wire

import (
	"github.com/go-faster/jx"
)

// A view holds tokens of a body as they stand in it, so that a whole answer or
// frame can be found well formed before any of it is believed. Tokens are valid
// as long as the body is. nil is null or absent.

type callView struct {
	index    int
	hasIndex bool
	id       []byte
	typ      []byte
	name     []byte
	args     []byte // a string, or an object where a gateway forgot to quote it
}

type messageView struct {
	content   []byte // a string or an array of parts
	reasoning []byte
	refusal   []byte
	calls     [2]int // range in answerView.calls
	legacy    callView
	hasLegacy bool
}

type choiceView struct {
	index    int
	finish   []byte
	filter   []byte
	logprobs []byte
	message  messageView
}

// answerView is a chat answer, or one frame of a streamed one. Its slices are
// used again from frame to frame.
type answerView struct {
	id            []byte
	model         []byte
	fingerprint   []byte
	tier          []byte
	created       []byte
	promptFilter  []byte
	failure       []byte
	padding       []byte // random text that hides the length of a frame
	usage         Usage
	hasUsage      bool
	isChat        bool // some member of a chat answer was there
	choices       []choiceView
	calls         []callView
	messageMember string // "message", or "delta" in a stream
	filters       *memo[FilterResult]
	prompts       *memo[PromptFilter]
}

// reset empties the view and keeps its space.
func (v *answerView) reset() {
	*v = answerView{
		choices: v.choices[:0], calls: v.calls[:0],
		messageMember: v.messageMember, filters: v.filters, prompts: v.prompts,
	}
}

// read replaces the view by the answer at d.
func (v *answerView) read(d *scanner) error {
	v.reset()
	if t := d.Next(); t == jx.Null {
		return wrongKind(d, "an object", t)
	}
	it, _, err := object(d)
	if err != nil {
		return err
	}
	for it.Next() {
		if err := v.readMember(d, it.Key()); err != nil {
			return err
		}
	}
	if err := it.Err(); err != nil {
		return err
	}
	return finish(d)
}

func (v *answerView) readMember(d *scanner, key []byte) (err error) {
	switch string(key) {
	case "choices":
		v.isChat = true
		err = at("choices", v.readChoices(d))
	case "usage":
		v.isChat = true
		v.usage, v.hasUsage, err = readUsage(d)
		err = at("usage", err)
	case "id":
		v.isChat = true
		v.id, err = scalarToken(d)
	case "model":
		v.model, err = scalarToken(d)
	case "system_fingerprint":
		v.fingerprint, err = scalarToken(d)
	case "service_tier":
		v.tier, err = scalarToken(d)
	case "created":
		v.created, err = scalarToken(d)
	case "prompt_filter_results", "prompt_annotations":
		v.isChat = true
		v.promptFilter, err = v.prompts.value(d)
	case "obfuscation":
		v.padding, err = scalarToken(d)
	case "error":
		v.failure, err = anyValue(d)
	default:
		err = d.Skip()
	}
	return err
}

func (v *answerView) readChoices(d *scanner) error {
	v.choices, v.calls = v.choices[:0], v.calls[:0]
	it, ok, err := array(d)
	if !ok {
		return err
	}
	for i := 0; it.Next(); i++ {
		if i == MaxChoices {
			return &LimitError{What: "number of choices", Limit: MaxChoices}
		}
		v.choices = append(v.choices, choiceView{index: i})
		if err := v.readChoice(d, &v.choices[i]); err != nil {
			return atIndex(i, err)
		}
	}
	return it.Err()
}

func (v *answerView) readChoice(d *scanner, c *choiceView) error {
	place := c.index
	it, ok, err := object(d)
	if !ok {
		return err
	}
	for it.Next() {
		switch key := it.Key(); string(key) {
		case "index":
			c.index, err = position(d, place)
		case "finish_reason":
			c.finish, err = stringToken(d)
			err = at("finish_reason", err)
		case "content_filter_results", "content_filter_result":
			c.filter, err = v.filters.value(d)
		case "logprobs":
			c.logprobs, err = anyValue(d)
		default:
			if string(key) != v.messageMember {
				err = d.Skip()
				break
			}
			c.message = messageView{}
			err = at(v.messageMember, v.readMessage(d, &c.message))
		}
		if err != nil {
			return err
		}
	}
	return it.Err()
}

func (v *answerView) readMessage(d *scanner, m *messageView) error {
	it, ok, err := object(d)
	if !ok {
		return err
	}
	for it.Next() {
		switch key := it.Key(); string(key) {
		case "content":
			m.content, err = contentToken(d)
			err = at("content", err)
		case "reasoning_content":
			m.reasoning, err = stringToken(d)
			err = at("reasoning_content", err)
		case "refusal":
			m.refusal, err = stringToken(d)
			err = at("refusal", err)
		case "tool_calls":
			err = at("tool_calls", v.readCalls(d, m))
		case "function_call":
			m.legacy = callView{}
			m.hasLegacy, err = readFunction(d, &m.legacy)
			err = at("function_call", err)
		default:
			err = d.Skip()
		}
		if err != nil {
			return err
		}
	}
	return it.Err()
}

// contentToken reads a message's content: a string, or an array of parts.
func contentToken(d *scanner) ([]byte, error) {
	if t := d.Next(); t != jx.Array {
		return stringToken(d)
	}
	return d.Raw()
}

func (v *answerView) readCalls(d *scanner, m *messageView) error {
	from := len(v.calls)
	m.calls = [2]int{from, from}
	it, ok, err := array(d)
	if !ok {
		return err
	}
	for i := 0; it.Next(); i++ {
		if i == MaxToolCalls {
			return &LimitError{What: "number of tool calls of a choice", Limit: MaxToolCalls}
		}
		var c callView
		ok, err := readCall(d, &c)
		if err != nil {
			return atIndex(i, err)
		}
		if ok {
			v.calls = append(v.calls, c)
		}
	}
	m.calls[1] = len(v.calls)
	return it.Err()
}

func readCall(d *scanner, c *callView) (bool, error) {
	it, ok, err := object(d)
	if !ok {
		return false, err
	}
	for it.Next() {
		switch string(it.Key()) {
		case "index":
			c.index, err = position(d, -1)
			c.hasIndex = c.index >= 0
		case "id":
			c.id, err = scalarToken(d)
		case "type":
			c.typ, err = scalarToken(d)
		case "function":
			c.name, c.args = nil, nil
			_, err = readFunction(d, c)
			err = at("function", err)
		default:
			err = d.Skip()
		}
		if err != nil {
			return false, err
		}
	}
	return true, it.Err()
}

// readFunction reads name and arguments of a call; ok is false for null.
func readFunction(d *scanner, c *callView) (bool, error) {
	it, ok, err := object(d)
	if !ok {
		return false, err
	}
	for it.Next() {
		switch string(it.Key()) {
		case "name":
			c.name, err = stringToken(d)
			err = at("name", err)
		case "arguments":
			c.args, err = argumentsToken(d)
			err = at("arguments", err)
		default:
			err = d.Skip()
		}
		if err != nil {
			return false, err
		}
	}
	return true, it.Err()
}

// argumentsToken reads a call's arguments: a string of JSON, or, from gateways
// that forget to quote it, the JSON object itself.
func argumentsToken(d *scanner) ([]byte, error) {
	if t := d.Next(); t != jx.Object {
		return stringToken(d)
	}
	return d.Raw()
}
