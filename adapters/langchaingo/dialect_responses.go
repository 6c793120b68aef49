package langchaingo

import (
	"bytes"
	"encoding/json"
	"slices"

	"github.com/seed-a739af98/langchaingo-azure/internal/wire"
)

// responsesDialect writes requests of the Responses API.
type responsesDialect struct {
	*wire.ResponsesWriter
	r    *request
	kept *keptAnswers        // nil where nothing that is kept may go back
	sent map[*keptAnswer]int // how many items of each answer have been gone through
}

func (d *responsesDialect) result(callID, content string) { d.FunctionCallOutput(callID, content) }

func (d *responsesDialect) refuses(kind string) string {
	if kind == "input_audio" {
		return "the Responses API takes no sound: use chat completions"
	}
	return ""
}

func (d *responsesDialect) sound(string, []byte) {}

func (d *responsesDialect) items(data []byte) ([]wire.OutputItem, error) {
	response, err := wire.ReadResponse(slices.Concat([]byte(`{"output":`), data, []byte(`}`)))
	if err != nil || len(response.Output) == 0 {
		return nil, invalid("it holds no items of an answer: make it with ResponseItems")
	}
	return response.Output, nil
}

func (d *responsesDialect) continues() bool {
	return d.r.own.previous != "" || d.r.own.has("conversation", "previous_response_id")
}

func (d *responsesDialect) field(p *parameter) string {
	if p.field != "" {
		return p.field
	}
	return p.name
}

func (d *responsesDialect) has(p *parameter) bool { return p.write != nil || p.responses != nil }

func (d *responsesDialect) put(p *parameter, r *request) {
	if p.write != nil {
		p.write(r, d)
		return
	}
	p.responses(r, d.ResponsesWriter)
}

func (d *responsesDialect) end(r *request) {
	d.Reasoning(r.effort, r.summary)
	if r.stream {
		d.Stream()
	}
}

// spoke writes an earlier turn of the assistant. An answer goes back whole and in its order, where the message brings
// its items or they are kept here: a call then has the reasoning before it that led to it. What the message itself
// says of text and arguments outranks the items.
func (d *responsesDialect) spoke(t turn) {
	back := &replay{d: d, text: t.text}
	if t.items != nil {
		back.whole(t)
		return
	}
	answers := make([]*keptAnswer, len(t.calls))
	hasText := false
	for i, c := range t.calls {
		answers[i] = d.kept.get(d.r.deployment, c)
		hasText = hasText || answers[i].textFrom(d.sent[answers[i]])
	}
	if !hasText {
		back.say()
	}
	for i, c := range t.calls {
		back.call(c, answers[i])
	}
}

// replay writes one turn of the assistant.
type replay struct {
	d    *responsesDialect
	text string // that the message has
	said bool
}

// say writes the message's text, once.
func (b *replay) say() {
	if b.said || b.text == "" {
		return
	}
	b.said = true
	b.d.Message("assistant")
	b.d.Content(b.text)
	b.d.EndMessage()
}

// call writes a call, and before it what led to it.
func (b *replay) call(c spokenCall, from *keptAnswer) {
	if from == nil {
		b.d.FunctionCall("", c.id, c.name, c.arguments)
		return
	}
	at := from.indexOf(c.id)
	if b.d.sent == nil {
		b.d.sent = map[*keptAnswer]int{}
	}
	for i := b.d.sent[from]; i < at; i++ {
		if item := &from.items[i]; item.Type != itemCall { // other calls are for the messages to bring
			b.item(item, from.text)
		}
	}
	b.d.sent[from] = max(b.d.sent[from], at+1)
	b.d.Item(from.items[at].Raw)
}

// item writes one item of an answer whose whole text is given. A text that the message has in its place outranks it.
func (b *replay) item(item *wire.OutputItem, text string) {
	switch {
	case item.Type == itemMessage && b.text != "" && b.text != text:
		b.say()
	case item.Type == itemMessage:
		b.said = true
		b.d.Item(item.Raw)
	default:
		b.d.Item(item.Raw)
	}
}

// whole writes a message that brings its answer's items, and what else it says.
func (b *replay) whole(t turn) {
	answer := wire.Response{Output: t.items}
	text := answer.Text()
	if text == "" {
		b.say()
	}
	for i := range t.items {
		b.item(&t.items[i], text)
	}
	for _, c := range t.calls {
		if !slices.ContainsFunc(t.items, func(item wire.OutputItem) bool { return item.Type == itemCall && item.CallID == c.id }) {
			b.d.FunctionCall("", c.id, c.name, c.arguments)
		}
	}
}

// The types of items that are looked at.
const (
	itemMessage   = "message"
	itemCall      = "function_call"
	itemReasoning = "reasoning"
)

// sameArguments compares arguments as JSON, since agents take them apart and put them together again.
func sameArguments(a, b string) bool {
	if a == b {
		return true
	}
	var x, y bytes.Buffer
	return json.Compact(&x, []byte(a)) == nil && json.Compact(&y, []byte(b)) == nil && bytes.Equal(x.Bytes(), y.Bytes())
}
