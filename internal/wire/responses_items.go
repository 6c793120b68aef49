package wire

import (
	"slices"
)

// addItem takes an item as it opens, or as it is at its end.
func (s *ResponsesStream) addItem() error {
	v := s.view
	if v.item == nil {
		return nil
	}
	if v.item[0] != '{' {
		return at("item", valueError("want an object"))
	}
	item, err := s.reader.readItem(v.item)
	if err != nil {
		return at("item", err)
	}
	st, err := s.itemOf("", item.ID)
	if err != nil {
		return err
	}
	if st.done {
		return nil
	}
	if v.kind == itemAdded {
		item.Raw = nil
		st.item = item
	}
	if err := s.take(st, &item); err != nil {
		return err
	}
	if v.kind == itemDone {
		s.total += len(item.Raw)
		st.item, st.done = item, true
	}
	return nil
}

// catchUp hands out what only the final answer tells of its items, and adds to
// them what came and is not among them: a failed answer may list only what was
// finished.
func (s *ResponsesStream) catchUp(final *Response) error {
	states := s.matched(final.Output)
	for i := range final.Output {
		if states[i] == nil {
			st, err := s.itemAt(s.nextIndex())
			if err != nil {
				return err
			}
			states[i] = st
		}
		if err := s.take(states[i], &final.Output[i]); err != nil {
			return err
		}
	}
	for _, st := range s.inOrder() {
		if !slices.Contains(states, st) {
			final.Output = append(final.Output, st.result())
		}
	}
	return nil
}

// matched finds the states of the final items: by id, and since gateways change
// ids on the way, else the next of the same type. Their positions tell nothing:
// the final answer may have items that were not streamed.
func (s *ResponsesStream) matched(items []OutputItem) []*itemState {
	states := make([]*itemState, len(items))
	byID := make(map[string]*itemState, len(s.items))
	for _, st := range s.items {
		if st.item.ID != "" {
			byID[st.item.ID] = st
		}
	}
	taken := make(map[*itemState]bool, len(s.items))
	for i := range items {
		if st := byID[items[i].ID]; st != nil && !taken[st] {
			states[i], taken[st] = st, true
		}
	}
	left := map[string][]*itemState{}
	for _, st := range s.inOrder() {
		if !taken[st] {
			left[st.item.Type] = append(left[st.item.Type], st)
		}
	}
	for i := range items {
		if same := left[items[i].Type]; states[i] == nil && len(same) > 0 {
			states[i], left[items[i].Type] = same[0], same[1:]
		}
	}
	return states
}

// take hands out what an item has more than came in pieces.
func (s *ResponsesStream) take(st *itemState, item *OutputItem) error {
	if st.item.Type == "" {
		st.item.Type, st.item.ID = item.Type, item.ID
	}
	switch item.Type {
	case itemCall:
		if st.item.CallID == "" {
			st.item.CallID = item.CallID
		}
		if st.item.Name == "" {
			st.item.Name = item.Name
		}
		return s.tellRest(st, item.Arguments)
	case itemMessage, itemReasoning:
	default:
		return nil
	}
	for i, text := range item.Summary {
		p, err := st.piece(summaryDelta, i)
		if err != nil {
			return err
		}
		s.addRest(p, text)
	}
	for i := range item.Content {
		kind, ok := kindOfPart(item.Type, item.Content[i].Type)
		if !ok {
			continue
		}
		p, err := st.piece(kind, i)
		if err != nil {
			return err
		}
		s.addRest(p, item.Content[i].Text)
	}
	return nil
}

// kindOfPart tells which events bring a part.
func kindOfPart(item, part string) (eventKind, bool) {
	switch {
	case item == itemReasoning:
		return reasoningDelta, true
	case part == partText:
		return textDelta, true
	case part == partRefusal:
		return refusalDelta, true
	default:
		return otherEvent, false
	}
}

// partOfKind is the type of the part that events of a kind bring.
func partOfKind(kind eventKind) string {
	switch kind {
	case refusalDelta:
		return partRefusal
	case reasoningDelta:
		return partReasoning
	default:
		return partText
	}
}

// tellRest brings a call's arguments up to whole.
func (s *ResponsesStream) tellRest(st *itemState, whole string) error {
	return s.tellCall(st, s.growRest(&st.args, whole))
}

// tellCall queues a piece of a function call, at its opening also an empty one.
func (s *ResponsesStream) tellCall(st *itemState, args []byte) error {
	if len(st.item.CallID) > MaxName || len(st.item.Name) > MaxName {
		return &LimitError{What: "id or name of a tool call", Limit: MaxName}
	}
	if st.open && len(args) == 0 {
		return nil
	}
	if !st.open {
		st.open, st.call = true, s.calls
		s.calls++
	}
	from := len(s.pieces)
	s.pieces = append(s.pieces, ToolCallDelta{Call: st.call, ID: st.item.CallID, Name: st.item.Name, Arguments: args})
	s.deltas = append(s.deltas, Delta{ToolCalls: slices.Clip(s.pieces[from:])})
	return nil
}

// Result returns the answer as far as it has come: whole after io.EOF, partial
// before and after any other error. It is a copy that later events do not change.
// Items that ended have their Raw; one that was cut short has the text that came
// and no Raw, so that it is not sent back by mistake.
func (s *ResponsesStream) Result() Response {
	r := s.head
	if s.final != nil {
		r = *s.final
		r.Output = slices.Clone(r.Output)
	} else {
		r.Output = s.output()
	}
	r.Filters = slices.Clone(r.Filters)
	if r.Usage != nil {
		u := *r.Usage
		r.Usage = &u
	}
	if e, ok := s.err.(*Error); ok { //nolint:errorlint // only an error that came inside the answer is part of it
		inside := *e
		r.Err = &inside
	}
	return r
}

// output lists the items that came, in their order.
func (s *ResponsesStream) output() []OutputItem {
	if len(s.items) == 0 {
		return nil
	}
	items := make([]OutputItem, 0, len(s.items))
	for _, st := range s.inOrder() {
		items = append(items, st.result())
	}
	return items
}

// inOrder are the items that came, by their index.
func (s *ResponsesStream) inOrder() []*itemState {
	return slices.SortedFunc(slices.Values(s.items), func(a, b *itemState) int { return a.index - b.index })
}

// result is the item as it was at its end, else what came of it.
func (st *itemState) result() OutputItem {
	item := st.item
	if st.done {
		return item
	}
	item.Content, item.Summary, item.Arguments = nil, nil, string(st.args)
	parts := slices.Clone(st.parts)
	slices.SortStableFunc(parts, func(a, b pieceState) int { return a.index - b.index })
	for _, p := range parts {
		if p.kind == summaryDelta {
			item.Summary = append(item.Summary, string(p.text))
		} else {
			item.Content = append(item.Content, ContentPart{Type: partOfKind(p.kind), Text: string(p.text)})
		}
	}
	return item
}
