package wire

import (
	"slices"
)

// callState is a tool call while it grows.
type callState struct {
	index int // as on the wire, or the next free one
	id    string
	typ   string
	name  string
	args  []byte
}

func (c *callState) result() ToolCall {
	typ := c.typ
	if typ == "" {
		typ = "function"
	}
	return ToolCall{ID: c.id, Type: typ, Name: c.name, Arguments: string(c.args)}
}

// results lists the calls by index; those of one index in the order they were opened.
func results(calls []callState) []ToolCall {
	if len(calls) == 0 {
		return nil
	}
	order := make([]*callState, len(calls))
	for i := range calls {
		order[i] = &calls[i]
	}
	slices.SortStableFunc(order, func(a, b *callState) int { return a.index - b.index })
	out := make([]ToolCall, len(order))
	for i, c := range order {
		out[i] = c.result()
	}
	return out
}

// applyCalls adds a frame's pieces of calls, the older function_call included.
func (s *ChatStream) applyCalls(c *choiceState, m *messageView) error {
	for i := m.calls[0]; i < m.calls[1]; i++ {
		v := &s.view.calls[i]
		n := c.callFor(v)
		if n < 0 {
			if len(c.calls) == MaxToolCalls {
				return &LimitError{What: "number of tool calls of a choice", Limit: MaxToolCalls}
			}
			n = len(c.calls)
			c.calls = append(c.calls, callState{index: c.nextIndex(v)})
		}
		if err := s.addPiece(&c.calls[n], v, n); err != nil {
			return err
		}
	}
	if m.hasLegacy {
		c.hasLegacy = true
		return s.addPiece(&c.legacy, &m.legacy, LegacyCall)
	}
	return nil
}

// callFor finds the open call a piece belongs to; -1 opens a new one. The index
// decides; without one the id does, and without both the call opened last.
func (c *choiceState) callFor(v *callView) int {
	n := len(c.calls) - 1
	switch {
	case v.hasIndex:
		for n >= 0 && c.calls[n].index != v.index {
			n--
		}
	case len(v.id) > 2:
		if i := c.callByID(v.id); i >= 0 {
			return i
		}
		if n >= 0 && c.calls[n].id != "" {
			return -1
		}
	}
	if n >= 0 && c.calls[n].opensAnother(v) {
		return -1
	}
	return n
}

func (c *choiceState) callByID(token []byte) int {
	id := text(token)
	return slices.IndexFunc(c.calls, func(k callState) bool { return k.id == id })
}

// opensAnother tells a piece of c from the start of the next call under the
// same index: its id changes once c has more than an id, or its name changes
// once c's arguments have begun (servers without ids).
func (c *callState) opensAnother(v *callView) bool {
	if id := text(v.id); id != "" && c.id != "" {
		return id != c.id && (c.name != "" || len(c.args) > 0)
	}
	name := text(v.name)
	return name != "" && c.name != "" && name != c.name && len(c.args) > 0
}

// nextIndex is the index of a new call: its own, or the one after the highest.
func (c *choiceState) nextIndex(v *callView) int {
	if v.hasIndex {
		return v.index
	}
	next := 0
	for i := range c.calls {
		next = max(next, c.calls[i].index+1)
	}
	return next
}

// addPiece adds to call and queues its delta.
func (s *ChatStream) addPiece(call *callState, v *callView, n int) error {
	if len(v.id) > 2 {
		call.id = joinPiece(call.id, text(v.id))
	}
	if len(v.name) > 2 {
		call.name = joinPiece(call.name, text(v.name))
	}
	if len(call.id) > MaxName || len(call.name) > MaxName {
		return &LimitError{What: "id or name of a tool call", Limit: MaxName}
	}
	if len(v.typ) > 2 {
		call.typ = word(v.typ)
	}
	delta := ToolCallDelta{Call: n, ID: call.id, Name: call.name}
	if v.args != nil {
		delta.Arguments = s.grow(&call.args, v.args, appendArguments)
	}
	s.calls = append(s.calls, delta)
	return nil
}

// joinPiece adds a piece of a word; a server that repeats the whole word in
// every frame adds nothing.
func joinPiece(have, piece string) string {
	if have == piece {
		return have
	}
	return have + piece
}
