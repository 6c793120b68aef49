package wire

import (
	"slices"
	"strconv"
)

// itemState is one output item while it grows. Text is only ever appended, so
// the views handed out stay what they were.
type itemState struct {
	index int
	item  OutputItem // as added, or as done
	done  bool
	parts []pieceState
	args  []byte
	call  int  // number among the function calls
	open  bool // the function call was announced
}

// pieceState is one part of an item's content or summary while it grows.
type pieceState struct {
	kind  eventKind // textDelta, refusalDelta, summaryDelta or reasoningDelta
	index int
	text  []byte
}

// itemOf finds the item an event speaks of, or opens it as an item of type typ.
// The output index decides, since gateways change ids on the way; without one the
// id does, and without both the item of the event before, unless the event opens one.
// id is the item's, where the event carries it in the item itself.
func (s *ResponsesStream) itemOf(typ, id string) (*itemState, error) {
	v := s.view
	index, err := partIndex("output_index", v.output, -1)
	if err != nil {
		return nil, err
	}
	if index < 0 {
		if id == "" {
			id = text(v.itemID)
		}
		switch i := slices.IndexFunc(s.items, func(st *itemState) bool { return id != "" && st.item.ID == id }); {
		case i >= 0:
			index = s.items[i].index
		case id == "" && s.current != nil && v.kind != itemAdded:
			index = s.current.index
		default:
			index = s.nextIndex()
		}
	}
	st, err := s.itemAt(index)
	if err == nil && st.done {
		st, err = s.besideDone(st, id)
	}
	if err != nil {
		return nil, err
	}
	if st.item.Type == "" {
		if id == "" {
			id = text(v.itemID)
		}
		st.item.Type, st.item.ID = typ, id
	}
	return st, nil
}

// besideDone finds the item of an event whose output index belongs to an item
// that has ended: gateways are known that number nothing, and send every item
// under one index.
func (s *ResponsesStream) besideDone(st *itemState, id string) (*itemState, error) {
	if id == "" {
		id = text(s.view.itemID)
	}
	if id == "" || id == st.item.ID {
		return st, nil
	}
	if i := slices.IndexFunc(s.items, func(other *itemState) bool { return other.item.ID == id }); i >= 0 {
		return s.items[i], nil
	}
	if s.view.kind != itemAdded && s.view.kind != itemDone {
		return st, nil
	}
	return s.itemAt(s.nextIndex())
}

// nextIndex is the index after the highest.
func (s *ResponsesStream) nextIndex() int {
	next := 0
	for _, st := range s.items {
		next = max(next, st.index+1)
	}
	return next
}

// itemAt finds the item of an index, or opens it.
func (s *ResponsesStream) itemAt(index int) (*itemState, error) {
	if s.current != nil && s.current.index == index {
		return s.current, nil
	}
	i := slices.IndexFunc(s.items, func(st *itemState) bool { return st.index == index })
	if i < 0 {
		if len(s.items) == MaxOutputItems {
			return nil, &LimitError{What: "number of output items of the stream", Limit: MaxOutputItems}
		}
		i = len(s.items)
		s.items = append(s.items, &itemState{index: index})
	}
	s.current = s.items[i]
	return s.current, nil
}

// piece finds a part of an item, or opens it.
func (st *itemState) piece(kind eventKind, index int) (*pieceState, error) {
	for i := len(st.parts) - 1; i >= 0; i-- {
		if p := &st.parts[i]; p.index == index && p.kind == kind {
			return p, nil
		}
	}
	if len(st.parts) == MaxItemParts {
		return nil, &LimitError{What: "number of parts of an output item", Limit: MaxItemParts}
	}
	st.parts = append(st.parts, pieceState{kind: kind, index: index})
	return &st.parts[len(st.parts)-1], nil
}

// typeOf is the type of the items that events of a kind belong to.
func typeOf(kind eventKind) string {
	switch kind {
	case summaryDelta, reasoningDelta:
		return itemReasoning
	case argumentsDelta:
		return itemCall
	default:
		return itemMessage
	}
}

// part finds the part an event of a kind speaks of.
func (s *ResponsesStream) part(st *itemState, kind eventKind) (*pieceState, error) {
	key, token := "content_index", s.view.content
	if kind == summaryDelta {
		key, token = "summary_index", s.view.summary
	}
	index, err := partIndex(key, token, 0)
	if err != nil {
		return nil, err
	}
	return st.piece(kind, index)
}

// addDelta adds a piece of text or arguments.
func (s *ResponsesStream) addDelta() error {
	v := s.view
	if v.delta == nil {
		return nil
	}
	if v.delta[0] != '"' {
		return at("delta", errNoString)
	}
	if err := s.aim(); err != nil {
		return err
	}
	st := s.target.item
	if v.kind == argumentsDelta {
		return s.tellCall(st, s.grow(&st.args, v.delta))
	}
	p := &st.parts[s.target.part]
	begins := len(p.text) == 0
	s.tellPiece(p.kind, begins, s.grow(&p.text, v.delta))
	return nil
}

// target is where a delta goes.
type target struct {
	item *itemState
	part int // its place in item.parts; nothing for arguments
}

// aim finds where the delta goes, which an event that repeats the one before need not look for.
func (s *ResponsesStream) aim() error {
	if s.target.item != nil {
		return nil
	}
	kind := s.view.kind
	st, err := s.itemOf(typeOf(kind), "")
	if err != nil {
		return err
	}
	part := 0
	if kind != argumentsDelta {
		p, err := s.part(st, kind)
		if err != nil {
			return err
		}
		part = slices.IndexFunc(st.parts, func(other pieceState) bool { return other.kind == p.kind && other.index == p.index })
	}
	s.target = target{st, part}
	return nil
}

// addWhole takes a text that is repeated whole at its end, and hands out what of
// it did not come in pieces.
func (s *ResponsesStream) addWhole() error {
	v := s.view
	kind := v.kind - 1 // each done event follows its delta event
	key, token := "text", v.text
	switch kind {
	case refusalDelta:
		key, token = "refusal", v.refusal
	case argumentsDelta:
		key, token = "arguments", v.args
	default:
	}
	if token == nil {
		return nil
	}
	if token[0] != '"' {
		return at(key, errNoString)
	}
	st, err := s.itemOf(typeOf(kind), "")
	if err != nil {
		return err
	}
	whole := text(token)
	if kind == argumentsDelta {
		return s.tellRest(st, whole)
	}
	p, err := s.part(st, kind)
	if err != nil {
		return err
	}
	s.addRest(p, whole)
	return nil
}

// grow appends a string token's text to a buffer and returns the added piece,
// capped so that an append of the holder cannot reach the buffer.
func (s *ResponsesStream) grow(buf *[]byte, token []byte) []byte {
	from := len(*buf)
	*buf = appendString(*buf, token)
	to := len(*buf)
	s.total += to - from
	return (*buf)[from:to:to]
}

// growRest brings a buffer up to whole, of which it holds the beginning.
func (s *ResponsesStream) growRest(buf *[]byte, whole string) []byte {
	from := len(*buf)
	if len(whole) <= from || whole[:from] != string(*buf) {
		return nil
	}
	*buf = append(*buf, whole[from:]...)
	s.total += len(whole) - from
	return slices.Clip((*buf)[from:])
}

func (s *ResponsesStream) addRest(p *pieceState, whole string) {
	begins := len(p.text) == 0
	s.tellPiece(p.kind, begins, s.growRest(&p.text, whole))
}

// tellPiece queues what was added to a part. A part of the reasoning that is not
// the first is set off by an empty line.
func (s *ResponsesStream) tellPiece(kind eventKind, begins bool, added []byte) {
	if len(added) == 0 {
		return
	}
	delta := Delta{}
	switch kind {
	case refusalDelta:
		delta.Refusal = added
	case summaryDelta, reasoningDelta:
		if begins && s.reasoned {
			s.deltas = append(s.deltas, Delta{Reasoning: []byte(paragraph)})
		}
		s.reasoned = true
		delta.Reasoning = added
	default:
		delta.Text = added
	}
	s.deltas = append(s.deltas, delta)
}

// partIndex is the position of a part or item that the wire gives as token;
// otherwise where there is none.
func partIndex(key string, token []byte, otherwise int) (int, error) {
	if token == nil {
		return otherwise, nil
	}
	n, ok := parseInteger(token)
	if !ok || n < 0 || n > maxIndex {
		return 0, at(key, valueError(strconv.Quote(excerpt(token, 0))+" is no index"))
	}
	return int(n), nil
}

// maxIndex is the largest position that is believed.
const maxIndex = 1<<31 - 1
