package azuretest

import "maps"

// responsesStream numbers its events and names them, as the Responses API does.
type responsesStream struct {
	*eventStream
	a   responsesAnswer
	seq int
}

// streamResponses writes the events of an answer: there is no [DONE], response.completed or response.incomplete is the end.
func (x *exchange) streamResponses(a responsesAnswer) {
	s := &responsesStream{eventStream: x.newStream(a.Reply), a: a}
	s.fail = func() {
		s.event("error", object{"code": "server_error", "message": serverErrorMessage, "param": nil})
	}
	s.event("response.created", object{"response": a.unfinished()})
	s.event("response.in_progress", object{"response": a.unfinished()})
	for i, item := range a.items {
		switch item.kind {
		case "reasoning":
			s.reasoningItem(i, item)
		case "message":
			s.messageItem(i, item)
		case "function_call":
			s.callItem(i, item)
		}
	}
	if !s.finished() {
		return
	}
	name := "response.completed"
	if a.incomplete() != "" {
		name = "response.incomplete"
	}
	s.event(name, object{"response": a.finished()})
}

func (s *responsesStream) event(name string, fields object) {
	fields["type"] = name
	fields["sequence_number"] = s.seq
	s.seq++
	s.send(name, fields)
}

// piece is one delta event, with the padding deltas have.
func (s *responsesStream) piece(name string, fields object) {
	if s.delta() {
		fields["obfuscation"] = padding(s.seq)
		s.event(name, fields)
	}
}

// begun is an item as it is announced: under way, and with nothing in it yet.
func begun(item outputItem, empty object) object {
	o := maps.Clone(item.whole)
	o["status"] = "in_progress"
	maps.Copy(o, empty)
	return o
}

func (s *responsesStream) reasoningItem(i int, item outputItem) {
	at := func(more object) object {
		maps.Copy(more, object{"item_id": item.id, "output_index": i, "summary_index": 0})
		return more
	}
	s.event("response.output_item.added", object{"output_index": i, "item": begun(item, object{"summary": []any{}})})
	s.event("response.reasoning_summary_part.added", at(object{"part": object{"type": "summary_text", "text": ""}}))
	for _, word := range splitWords(s.a.reasoning) {
		s.piece("response.reasoning_summary_text.delta", at(object{"delta": word}))
	}
	s.event("response.reasoning_summary_text.done", at(object{"text": s.a.reasoning}))
	s.event("response.reasoning_summary_part.done", at(object{"part": object{"type": "summary_text", "text": s.a.reasoning}}))
	s.event("response.output_item.done", object{"output_index": i, "item": item.whole})
}

func (s *responsesStream) messageItem(i int, item outputItem) {
	at := func(more object) object {
		maps.Copy(more, object{"item_id": item.id, "output_index": i, "content_index": 0})
		return more
	}
	part, _ := s.a.content()[0].(object)
	empty := maps.Clone(part)
	s.event("response.output_item.added", object{"output_index": i, "item": begun(item, object{"content": []any{}})})
	if s.a.refusal != "" {
		empty["refusal"] = ""
		s.event("response.content_part.added", at(object{"part": empty}))
		for _, word := range splitWords(s.a.refusal) {
			s.piece("response.refusal.delta", at(object{"delta": word}))
		}
		s.event("response.refusal.done", at(object{"refusal": s.a.refusal}))
	} else {
		empty["text"] = ""
		s.event("response.content_part.added", at(object{"part": empty}))
		for _, word := range s.a.parts {
			s.piece("response.output_text.delta", at(object{"delta": word, "logprobs": []any{}}))
		}
		s.event("response.output_text.done", at(object{"text": part["text"], "logprobs": []any{}}))
	}
	s.event("response.content_part.done", at(object{"part": part}))
	s.event("response.output_item.done", object{"output_index": i, "item": item.whole})
}

func (s *responsesStream) callItem(i int, item outputItem) {
	at := func(more object) object {
		maps.Copy(more, object{"item_id": item.id, "output_index": i})
		return more
	}
	s.event("response.output_item.added", object{"output_index": i, "item": begun(item, object{"arguments": ""})})
	for _, piece := range argumentPieces(item.call.Arguments) {
		s.piece("response.function_call_arguments.delta", at(object{"delta": piece}))
	}
	s.event("response.function_call_arguments.done", at(object{"arguments": item.call.Arguments}))
	s.event("response.output_item.done", object{"output_index": i, "item": item.whole})
}
