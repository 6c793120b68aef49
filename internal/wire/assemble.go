package wire

import (
	"bytes"
	"encoding/json"
	"slices"

	"github.com/go-faster/jx"
)

// choiceState is one choice while it grows. Text is only ever appended, so the
// views handed out stay what they were.
type choiceState struct {
	index      int
	finish     string
	text       []byte
	reasoning  []byte
	refusal    []byte
	calls      []callState
	legacy     callState
	hasLegacy  bool
	filter     []FilterResult
	lastFilter []byte // the bytes filter was last read from
	logContent []byte // elements of logprobs.content, joined by commas
	logRefusal []byte
}

// apply adds the frame in s.view to the answer and queues its deltas.
func (s *ChatStream) apply() error {
	s.applyHead()
	for i := range s.view.choices {
		v := &s.view.choices[i]
		c, err := s.choice(v.index)
		if err != nil {
			return err
		}
		if err := s.applyChoice(c, v); err != nil {
			return err
		}
		if s.total > MaxText {
			return &LimitError{What: "text of the stream", Limit: MaxText}
		}
	}
	return nil
}

// applyHead takes what is said of the whole answer. The first frame of Azure
// carries empty ids, so the first value that is not empty counts.
func (s *ChatStream) applyHead() {
	v := &s.view
	setOnce(&s.head.ID, v.id)
	setOnce(&s.head.Model, v.model)
	setOnce(&s.head.SystemFingerprint, v.fingerprint)
	setOnce(&s.head.ServiceTier, v.tier)
	if s.head.Created == 0 {
		s.head.Created, _ = parseInteger(v.created)
	}
	if v.hasUsage {
		s.usage, s.hasUsage = v.usage, true
	}
	if len(v.promptFilter) > 0 && !bytes.Equal(v.promptFilter, s.lastPrompt) {
		s.lastPrompt = append(s.lastPrompt[:0], v.promptFilter...)
		s.head.PromptFilters = mergePrompts(s.head.PromptFilters, readPromptFilters(v.promptFilter))
	}
}

func setOnce(to *string, token []byte) {
	if *to == "" && len(token) > 0 {
		*to = text(token)
	}
}

func mergePrompts(known, more []PromptFilter) []PromptFilter {
	for _, p := range more {
		i := slices.IndexFunc(known, func(k PromptFilter) bool { return k.Index == p.Index })
		if i < 0 {
			known = append(known, p)
			continue
		}
		known[i].Results = mergeFilters(known[i].Results, p.Results)
	}
	return known
}

// choice finds a choice by index, or opens it.
func (s *ChatStream) choice(index int) (*choiceState, error) {
	for _, c := range s.choices {
		if c.index == index {
			return c, nil
		}
	}
	if len(s.choices) == MaxChoices {
		return nil, &LimitError{What: "number of choices of the stream", Limit: MaxChoices}
	}
	c := &choiceState{index: index}
	s.choices = append(s.choices, c)
	return c, nil
}

func (s *ChatStream) applyChoice(c *choiceState, v *choiceView) error {
	delta := Delta{Choice: c.index}
	m := &v.message
	if m.content != nil {
		delta.Text = s.grow(&c.text, m.content, appendContent)
	}
	if m.reasoning != nil {
		delta.Reasoning = s.grow(&c.reasoning, m.reasoning, appendString)
	}
	if m.refusal != nil {
		delta.Refusal = s.grow(&c.refusal, m.refusal, appendString)
	}
	from := len(s.calls)
	if err := s.applyCalls(c, m); err != nil {
		return err
	}
	if len(s.calls) > from {
		delta.ToolCalls = slices.Clip(s.calls[from:])
	}
	if len(v.finish) > 2 {
		c.finish = word(v.finish)
		delta.FinishReason = c.finish
	}
	s.applyFilter(c, v.filter)
	if v.logprobs != nil {
		s.applyLogprobs(c, v.logprobs)
	}
	if len(delta.Text)+len(delta.Reasoning)+len(delta.Refusal)+len(delta.ToolCalls) > 0 || delta.FinishReason != "" {
		s.deltas = append(s.deltas, delta)
	}
	return nil
}

// grow appends a token's text to a buffer and returns the added piece, capped
// so that an append of the holder cannot reach the buffer.
func (s *ChatStream) grow(buf *[]byte, token []byte, appendText func(dst, token []byte) []byte) []byte {
	from := len(*buf)
	*buf = appendText(*buf, token)
	to := len(*buf)
	s.total += to - from
	return (*buf)[from:to:to]
}

// applyFilter joins filter results. Bytes equal to the last ones can tell
// nothing new, and in most streams that is every frame.
func (s *ChatStream) applyFilter(c *choiceState, raw []byte) {
	if len(raw) <= len("{}") || bytes.Equal(raw, c.lastFilter) {
		return
	}
	c.lastFilter = append(c.lastFilter[:0], raw...)
	c.filter = mergeFilters(c.filter, readFilters(raw))
}

// applyLogprobs joins the lists of log probabilities. They are an ornament:
// other shapes are left out.
func (s *ChatStream) applyLogprobs(c *choiceState, raw []byte) {
	d := scan(raw)
	if d.Next() != jx.Object {
		return
	}
	it, err := d.ObjIter()
	if err != nil {
		return
	}
	for it.Next() {
		key := it.Key()
		value, err := d.Raw()
		if err != nil {
			return
		}
		switch string(key) {
		case "content":
			s.total += appendElements(&c.logContent, value)
		case "refusal":
			s.total += appendElements(&c.logRefusal, value)
		}
	}
}

// appendElements adds the elements of a JSON array to those in buf.
func appendElements(buf *[]byte, array []byte) int {
	if len(array) < 2 || array[0] != '[' {
		return 0
	}
	elements := bytes.TrimSpace(array[1 : len(array)-1])
	if len(elements) == 0 {
		return 0
	}
	from := len(*buf)
	if from > 0 {
		*buf = append(*buf, ',')
	}
	*buf = appendValid(*buf, elements)
	return len(*buf) - from
}

// Result returns the answer as far as it has come: whole after io.EOF, partial
// before and after any other error. It is a copy that later frames do not change.
func (s *ChatStream) Result() Chat {
	c := s.head
	c.PromptFilters = slices.Clone(s.head.PromptFilters)
	for i := range c.PromptFilters {
		c.PromptFilters[i].Results = slices.Clone(c.PromptFilters[i].Results)
	}
	if s.hasUsage {
		u := s.usage
		c.Usage = &u
	}
	for _, state := range s.choices {
		c.Choices = append(c.Choices, state.result())
	}
	slices.SortStableFunc(c.Choices, func(a, b Choice) int { return a.Index - b.Index })
	if e, ok := s.err.(*Error); ok { //nolint:errorlint // only an error that came inside the answer is part of it
		inside := *e
		c.Err = &inside
	}
	return c
}

func (c *choiceState) result() Choice {
	out := Choice{
		Index:        c.index,
		FinishReason: c.finish,
		Content:      string(c.text),
		Refusal:      string(c.refusal),
		Reasoning:    string(c.reasoning),
		ToolCalls:    results(c.calls),
		Filter:       slices.Clone(c.filter),
		Logprobs:     c.logprobs(),
	}
	if c.hasLegacy {
		call := c.legacy.result()
		out.FunctionCall = &call
	}
	return out
}

func (c *choiceState) logprobs() json.RawMessage {
	if c.logContent == nil && c.logRefusal == nil {
		return nil
	}
	out := append([]byte(`{"content":[`), c.logContent...)
	out = append(out, `],"refusal":[`...)
	out = append(out, c.logRefusal...)
	return append(out, `]}`...)
}
