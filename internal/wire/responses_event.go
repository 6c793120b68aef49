package wire

import (
	"github.com/go-faster/jx"
)

// eventKind is what an event of a streamed response is about.
type eventKind uint8

const (
	otherEvent eventKind = iota // stepped over, whatever it says
	nameless                    // tells no type and has no name
	progressEvent
	finalEvent
	failedEvent
	errorEvent
	itemAdded
	itemDone
	textDelta
	textDone
	refusalDelta
	refusalDone
	summaryDelta
	summaryDone
	reasoningDelta
	reasoningDone
	argumentsDelta
	argumentsDone
)

// kindOf knows an event by its name. Events whose content the finished item
// brings again (annotations, content parts, calls of built-in tools) are others.
func kindOf(name []byte) eventKind {
	switch string(name) {
	case "":
		return nameless
	case "response.output_text.delta":
		return textDelta
	case "response.output_text.done":
		return textDone
	case "response.refusal.delta":
		return refusalDelta
	case "response.refusal.done":
		return refusalDone
	case "response.reasoning_summary_text.delta":
		return summaryDelta
	case "response.reasoning_summary_text.done":
		return summaryDone
	case "response.reasoning_text.delta":
		return reasoningDelta
	case "response.reasoning_text.done":
		return reasoningDone
	case "response.function_call_arguments.delta":
		return argumentsDelta
	case "response.function_call_arguments.done":
		return argumentsDone
	case "response.output_item.added":
		return itemAdded
	case "response.output_item.done":
		return itemDone
	case "response.created", "response.in_progress", "response.queued":
		return progressEvent
	case "response.completed", "response.incomplete":
		return finalEvent
	case "response.failed", "response.cancelled":
		return failedEvent
	case "error":
		return errorEvent
	default:
		return otherEvent
	}
}

// eventView is one event as it stands in its frame; nil is null or absent. What
// its members must be depends on its kind.
type eventView struct {
	kind     eventKind
	typ      []byte
	name     []byte // the event's name, without quotes
	delta    []byte
	text     []byte // the whole text that a done event repeats
	refusal  []byte
	args     []byte
	itemID   []byte
	output   []byte // output_index
	content  []byte // content_index
	summary  []byte // summary_index
	item     []byte
	response []byte
	failure  []byte
	padding  []byte
	sequence []byte
}

// read replaces the view by the event at d, whose name is the frame's.
func (v *eventView) read(d *scanner, name []byte) error {
	*v = eventView{}
	if t := d.Next(); t == jx.Null {
		return wrongKind(d, "an object", t)
	}
	it, _, err := object(d)
	if err != nil {
		return err
	}
	for it.Next() {
		if err := v.member(d, it.Key()); err != nil {
			return err
		}
	}
	if err := it.Err(); err != nil {
		return err
	}
	v.name = name
	if string(name) != "error" && len(v.typ) > 2 && v.typ[0] == '"' {
		v.name = v.typ[1 : len(v.typ)-1]
	}
	v.kind = kindOf(v.name)
	return finish(d)
}

func (v *eventView) member(d *scanner, key []byte) (err error) {
	switch string(key) {
	case "type":
		v.typ, err = scalarToken(d)
	case "delta":
		v.delta, err = anyValue(d)
	case "item_id":
		v.itemID, err = scalarToken(d)
	case "output_index":
		v.output, err = anyValue(d)
	case "content_index":
		v.content, err = anyValue(d)
	case "summary_index":
		v.summary, err = anyValue(d)
	case "obfuscation":
		v.padding, err = anyValue(d)
	case "sequence_number":
		v.sequence, err = anyValue(d)
	case "text":
		v.text, err = anyValue(d)
	case "refusal":
		v.refusal, err = anyValue(d)
	case "arguments":
		v.args, err = anyValue(d)
	case "item":
		v.item, err = anyValue(d)
	case "response":
		v.response, err = anyValue(d)
	case "error":
		v.failure, err = anyValue(d)
	default:
		err = d.Skip()
	}
	return err
}
