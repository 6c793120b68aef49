package wire

import (
	"bytes"
)

// eventPattern does for events what repeat does for chat's frames: most of a
// stream is one event over and over with another delta, other padding and the
// next sequence number. Such an event is known by comparison and not read again.
type eventPattern struct {
	event []byte
	frame []byte    // empty when the last event was no delta
	view  eventView // what the frame says, with the delta of the last match
	holes [3]span   // places that may differ, in order
	n     int
	delta int // which of them is the delta
}

// remember takes frame, from which v was read, as the pattern for the next ones.
func (p *eventPattern) remember(event, frame []byte, v *eventView) {
	p.frame = p.frame[:0]
	switch v.kind {
	case textDelta, refusalDelta, summaryDelta, reasoningDelta, argumentsDelta:
	default:
		return
	}
	delta, ok := place(frame, v.delta)
	if !ok || delta.from == delta.to || v.delta[0] != '"' {
		return
	}
	p.event = append(p.event[:0], event...)
	p.frame = append(p.frame, frame...)
	p.holes[0], p.n, p.delta = delta, 1, 0
	if len(v.padding) > 0 && v.padding[0] == '"' {
		p.hole(place(frame, v.padding))
	}
	if digits(v.sequence) == len(v.sequence) {
		p.hole(place(frame, v.sequence))
	}
	p.view = *v
	p.view.delta, p.view.padding, p.view.sequence, p.view.typ, p.view.name = nil, nil, nil, nil, nil
	p.keep(&p.view.itemID, frame)
	p.keep(&p.view.output, frame)
	p.keep(&p.view.content, frame)
	p.keep(&p.view.summary, frame)
	p.view.item, p.view.response, p.view.failure = nil, nil, nil
	p.view.text, p.view.refusal, p.view.args = nil, nil, nil
}

// keep moves a token from the frame, which will be written over, to the copy.
func (p *eventPattern) keep(token *[]byte, frame []byte) {
	if *token == nil {
		return
	}
	at, ok := place(frame, *token)
	if !ok {
		p.frame = p.frame[:0]
		return
	}
	*token = p.frame[at.from:at.to]
}

// hole adds a place that may differ, keeping their order.
func (p *eventPattern) hole(at span, ok bool) {
	if !ok || at.from == at.to {
		return
	}
	i := p.n
	for i > 0 && p.holes[i-1].from > at.from {
		p.holes[i] = p.holes[i-1]
		i--
	}
	p.holes[i] = at
	if i <= p.delta {
		p.delta++
	}
	p.n++
}

// match puts the delta of a frame that differs from the pattern in its holes
// only into p.view; false leaves it alone.
func (p *eventPattern) match(d *scanner, event, frame []byte) bool {
	if len(p.frame) == 0 || !bytes.Equal(event, p.event) {
		return false
	}
	var delta []byte
	from, rest := 0, frame
	for i, h := range p.holes[:p.n] {
		token, after, ok := eventHole(d, p.frame[from:h.from], p.frame[h.from], rest)
		if !ok {
			return false
		}
		if i == p.delta {
			delta = token
		}
		from, rest = h.to, after
	}
	if !bytes.Equal(rest, p.frame[from:]) {
		return false
	}
	p.view.delta = delta
	return true
}

// eventHole takes what must stand before a hole off s, and then what fills it: a
// string, or a number where the pattern has one.
func eventHole(d *scanner, before []byte, first byte, s []byte) (token, rest []byte, ok bool) {
	if first == '"' {
		return hole(d, before, s)
	}
	if !bytes.HasPrefix(s, before) {
		return nil, nil, false
	}
	s = s[len(before):]
	n := digits(s)
	if n == 0 {
		return nil, nil, false
	}
	return s[:n], s[n:], true
}

// digits counts the digits s begins with; 0 where they are no number, having a
// zero in front.
func digits(s []byte) int {
	n := 0
	for n < len(s) && '0' <= s[n] && s[n] <= '9' {
		n++
	}
	if n > 1 && s[0] == '0' {
		return 0
	}
	return n
}
