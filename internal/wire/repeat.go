package wire

import (
	"bytes"
)

// Most frames of a stream are, byte for byte, the one before with another piece
// of text in it (and other random padding, "obfuscation"). Such a frame says what
// the one before said, but for its text, and need not be read again: comparing
// takes a tenth of the time of parsing.
//
// repeat remembers the last frame that was read in full and said nothing but a
// piece of text, with the places of the two strings that may differ.
type repeat struct {
	frame    []byte // nil when the last frame said more than text
	text     span
	padding  span // empty when there is none
	kind     textKind
	choice   int
	call     int
	hasIndex bool
}

// span is a token's place in a frame.
type span struct{ from, to int }

// textKind tells which member of a choice the text belongs to.
type textKind uint8

const (
	noText textKind = iota
	contentText
	reasoningText
	argumentsText
)

// remember takes frame, from which v was read, as the pattern for the next ones.
func (p *repeat) remember(frame []byte, v *answerView) {
	p.frame = p.frame[:0]
	kind, token := v.lone()
	text, ok := place(frame, token)
	if kind == noText || !ok {
		return
	}
	p.frame = append(p.frame, frame...)
	p.text, p.padding = text, span{text.to, text.to}
	if len(v.padding) > 0 && v.padding[0] == '"' {
		if padding, ok := place(frame, v.padding); ok {
			p.padding = padding
		}
	}
	p.kind, p.choice = kind, v.choices[0].index
	if kind == argumentsText {
		p.call, p.hasIndex = v.calls[0].index, v.calls[0].hasIndex
	}
}

// place finds a token that is a slice of frame: both end their capacity
// together. ok is false for a token from elsewhere.
func place(frame, token []byte) (at span, ok bool) {
	from := cap(frame) - cap(token)
	to := from + len(token)
	if from < 0 || to > len(frame) || !bytes.Equal(frame[from:to], token) {
		return span{}, false
	}
	return span{from, to}, true
}

// lone returns the only thing a frame says, if that is a string of text.
func (v *answerView) lone() (textKind, []byte) {
	if len(v.choices) != 1 || v.hasUsage || v.failure != nil || v.promptFilter != nil {
		return noText, nil
	}
	c := &v.choices[0]
	m := &c.message
	if c.finish != nil || c.logprobs != nil || m.hasLegacy || m.refusal != nil {
		return noText, nil
	}
	kind, token, texts := noText, []byte(nil), 0
	if m.content != nil {
		kind, token = contentText, m.content
		texts++
	}
	if m.reasoning != nil {
		kind, token = reasoningText, m.reasoning
		texts++
	}
	if n := m.calls[1] - m.calls[0]; n > 0 {
		call := &v.calls[m.calls[0]]
		if n > 1 || call.id != nil || call.name != nil || call.typ != nil {
			return noText, nil
		}
		kind, token = argumentsText, call.args
		texts++
	}
	if texts != 1 || len(token) == 0 || token[0] != '"' {
		return noText, nil
	}
	return kind, token
}

// match fills v from a frame that differs from the pattern in its text and
// padding only; false leaves v alone.
func (p *repeat) match(d *scanner, frame []byte, v *answerView) bool {
	if len(p.frame) == 0 {
		return false
	}
	first, second := p.text, p.padding
	if second.from < first.from {
		first, second = second, first
	}
	one, rest, ok := hole(d, p.frame[:first.from], frame)
	if !ok {
		return false
	}
	token := one
	if second.from < second.to {
		var two []byte
		if two, rest, ok = hole(d, p.frame[first.to:second.from], rest); !ok {
			return false
		}
		if first != p.text {
			token = two
		}
	}
	if !bytes.Equal(rest, p.frame[second.to:]) {
		return false
	}
	p.fill(v, token)
	return true
}

// hole takes what must stand before a string off s, and then the string.
func hole(d *scanner, before, s []byte) (token, rest []byte, ok bool) {
	if !bytes.HasPrefix(s, before) {
		return nil, nil, false
	}
	s = s[len(before):]
	if len(s) == 0 || s[0] != '"' {
		return nil, nil, false
	}
	d.ResetBytes(s)
	token, err := d.Raw()
	if err != nil {
		return nil, nil, false
	}
	return token, s[len(token):], true
}

// fill makes v what reading the frame would have made of it, without what the
// pattern has said before.
func (p *repeat) fill(v *answerView, token []byte) {
	v.reset()
	v.isChat = true
	v.choices = append(v.choices, choiceView{index: p.choice})
	m := &v.choices[0].message
	switch p.kind {
	case contentText:
		m.content = token
	case reasoningText:
		m.reasoning = token
	default:
		v.calls = append(v.calls, callView{index: p.call, hasIndex: p.hasIndex, args: token})
		m.calls = [2]int{0, 1}
	}
}
