package langchaingo

import (
	"bytes"
	"encoding/json"
	"slices"
	"sync"

	"github.com/seed-a739af98/langchaingo-azure/internal/wire"
)

// responsesDialect writes requests of the Responses API.
type responsesDialect struct {
	wire.ResponsesWriter
	r     *request
	dated bool
	kept  *keptAnswers        // nil where nothing that is kept may go back
	sent  map[*keptAnswer]int // how many items of each answer have been gone through
	wrote map[string]bool     // calls that went back as their items

	shared map[string]map[string]any // see Extra
}

// responsesDialects keeps the space of those whose request is written.
var responsesDialects = sync.Pool{New: func() any { return new(responsesDialect) }}

func (d *responsesDialect) release() {
	*d = responsesDialect{}
	responsesDialects.Put(d)
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
	for i := range response.Output { // Foundry projects want the type of every item
		if response.Output[i].Type == "" {
			return nil, invalid("item %d has no type: make the part with ResponseItems", i)
		}
	}
	return response.Output, nil
}

func (d *responsesDialect) continues() bool {
	return d.r.own.previous != "" || d.r.own.has("conversation", "previous_response_id")
}

func (d *responsesDialect) has(p *parameter) bool { return p.write != nil || p.responses != nil }

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
		if d.wrote[c.id] {
			continue // an item goes back once, whatever a memory repeats
		}
		answers[i] = d.kept.get(d.r.deployment, d.r.previous(), c)
		hasText = hasText || answers[i].textFrom(d.sent[answers[i]])
	}
	if !hasText {
		back.say()
	}
	for i, c := range t.calls {
		back.call(c, answers[i])
	}
	back.say()
	if t.text == "" && len(t.calls) == 0 { // chat sends it as well, and a request must have some input
		d.Message("assistant")
		d.EndMessage()
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
	b.d.said(b.text)
}

// said writes words of the assistant.
func (d *responsesDialect) said(text string) {
	d.Message("assistant")
	d.Content(text)
	d.EndMessage()
}

// call writes a call, and before it what led to it.
func (b *replay) call(c spokenCall, from *keptAnswer) {
	if from == nil {
		b.d.FunctionCall("", c.id, c.name, c.arguments)
		return
	}
	at := from.indexOf(c.id)
	if b.d.sent == nil {
		b.d.sent, b.d.wrote = map[*keptAnswer]int{}, map[string]bool{}
	}
	for i := b.d.sent[from]; i < at; i++ {
		if item := &from.items[i]; !waits(item) { // calls are for the messages to bring, with their results
			b.item(item, from.text)
		}
	}
	b.d.sent[from], b.d.wrote[c.id] = max(b.d.sent[from], at+1), true
	b.d.Item(from.items[at].Raw)
}

// waits tells items that need an answer in the input: function calls, and the calls of tools that the program runs itself.
func waits(item *wire.OutputItem) bool {
	switch item.Type {
	case itemCall, "custom_tool_call", "computer_call", "local_shell_call", "shell_call", "apply_patch_call", "mcp_approval_request":
		return true
	}
	return false
}

// item writes one item of an answer whose whole text is given. A text that the message has in its place outranks it.
func (b *replay) item(item *wire.OutputItem, text string) {
	switch {
	case item.Type != itemMessage:
		b.d.other(item)
	case b.text != "" && b.text != text:
		b.say()
	default:
		b.said = true
		b.d.message(item)
	}
}

// message writes a message of an answer. The dated versions know its parts only with the status, which the service refuses
// on the way in: there its words go back as a text.
func (d *responsesDialect) message(item *wire.OutputItem) {
	if !d.dated {
		d.Item(item.Raw)
		return
	}
	one := wire.Response{Output: []wire.OutputItem{*item}}
	if text := one.Text() + one.Refusal(); text != "" {
		d.said(text)
	}
}

// other writes an item that is no message. The service refuses the status of reasoning on the way in, as that of messages,
// and v1 does not know any; the dated versions demand that of a built-in tool's call.
func (d *responsesDialect) other(item *wire.OutputItem) {
	if d.dated && item.Type != itemReasoning && item.Type != itemCall {
		d.ItemWithStatus(item.Raw)
		return
	}
	d.Item(item.Raw)
}

// whole writes a message that brings its answer's items, and what else it says.
func (b *replay) whole(t turn) {
	answer := wire.Response{Output: t.items}
	text := answer.Text()
	led := len(t.items) // up to the last item that reasoning led to
	for led > 0 && t.items[led-1].Type == itemReasoning {
		led--
	}
	if text == "" && led > 0 {
		b.say()
	}
	spoken := slices.Clone(t.calls)
	for i := range t.items[:led] {
		spoken = b.ofWhole(&t.items[i], text, spoken)
	}
	// A broken or cut answer ends in reasoning, and what that led to is in the message alone. Without any of it the
	// service refuses the reasoning.
	if b.text != "" && !b.said || len(spoken) > 0 {
		for i := range t.items[led:] {
			b.d.Item(t.items[led+i].Raw)
		}
	}
	b.say()
	for _, c := range spoken {
		b.d.FunctionCall("", c.id, c.name, c.arguments)
	}
}

// ofWhole writes an item that the message brings, as the message's calls have it, and returns the calls that are left.
func (b *replay) ofWhole(item *wire.OutputItem, text string, calls []spokenCall) []spokenCall {
	at := -1
	if item.Type == itemCall {
		at = slices.IndexFunc(calls, func(c spokenCall) bool { return c.id == item.CallID })
	}
	if at < 0 {
		b.item(item, text)
		return calls
	}
	c := calls[at]
	if c.name != item.Name || !sameArguments(c.arguments, arguments(item.Arguments)) {
		b.d.FunctionCall("", c.id, c.name, c.arguments)
	} else {
		b.item(item, text)
	}
	return slices.Delete(calls, at, at+1)
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
