package azuretest

import (
	"net/http"
	"time"
)

// eventStream writes server-sent events, each flushed on its own, and ends where the script says.
type eventStream struct {
	x     *exchange
	reply Reply
	left  int    // deltas until the scripted end
	over  bool   // the client left, or the scripted end came
	fail  func() // writes the error of a stream that fails
}

func (x *exchange) newStream(reply Reply) *eventStream {
	x.head(http.StatusOK, "text/event-stream; charset=utf-8", reply.header, reply.name, "")
	x.w.WriteHeader(http.StatusOK)
	e := &eventStream{x: x, reply: reply, left: reply.after}
	e.fail = func() { e.send("", serverErrorBody()) }
	return e
}

// send writes one event; name "" is a chat frame, which has none.
func (e *eventStream) send(name string, v any) {
	if e.over {
		return
	}
	body, err := encode(v)
	if err != nil {
		panic(http.ErrAbortHandler) // not reached: frames are strings and numbers
	}
	frame := "data: " + string(body) + "\n\n"
	if name != "" {
		frame = "event: " + name + "\n" + frame
	}
	e.write(frame)
}

func (e *eventStream) write(frame string) {
	if e.over {
		return
	}
	if _, err := e.x.w.Write([]byte(frame)); err != nil {
		e.over = true
		return
	}
	flush(e.x.w)
}

// delta makes way for one more delta: it keeps the pace, and reports false when the stream has ended instead.
func (e *eventStream) delta() bool {
	if e.over {
		return false
	}
	if e.scriptedEnd() {
		return false
	}
	e.left--
	if !pause(e.x.r.Context(), e.reply.pace) {
		e.over = true
	}
	return !e.over
}

// scriptedEnd ends the stream if its deltas are used up. A stream shorter than its script's count ends there, too, in place of its finish.
func (e *eventStream) scriptedEnd() bool {
	if e.reply.end == endWhole || e.left > 0 {
		return false
	}
	return e.endNow()
}

func (e *eventStream) endNow() bool {
	switch e.reply.end {
	case endCut:
		panic(http.ErrAbortHandler)
	case endError:
		e.fail()
	case endWhole, endTruncated:
	}
	e.over = true
	return true
}

// finished is asked before the finish: a scripted end always comes before it.
func (e *eventStream) finished() bool {
	if e.over {
		return false
	}
	return e.reply.end == endWhole || !e.endNow()
}

// padding is the random-looking obfuscation Azure adds to deltas; here its length alone varies, so that runs repeat.
func padding(n int) string { return "azuretestpad"[:1+n%12] }

// chatStream adds the envelope of a chat chunk to its choices.
type chatStream struct {
	*eventStream
	a     chatAnswer
	count int
}

// streamChat writes Azure's frames: a first one without choices, the role, the deltas, the finish, usage if asked for, and [DONE].
func (x *exchange) streamChat(a chatAnswer) {
	began := time.Now()
	s := &chatStream{eventStream: x.newStream(a.Reply), a: a}
	s.send("", object{"id": "", "object": "", "created": 0, "model": "", "choices": []any{}, "prompt_filter_results": promptResults()})
	if a.kind != kindEmptyChoices {
		s.roles()
		s.texts()
		s.toolCalls()
		if !s.finished() {
			return
		}
		s.finish()
	}
	if !s.finished() {
		return
	}
	if a.withUsage {
		chunk := s.chunk(nil)
		chunk["usage"] = chatUsage(a.usage)
		chunk["latency_checkpoint"] = object{"engine_ttft_ms": 33, "total_duration_ms": time.Since(began).Milliseconds()}
		s.send("", chunk)
	}
	s.write("data: [DONE]\n\n")
}

func (s *chatStream) chunk(choice object) object {
	c := object{
		"id": s.a.id, "object": "chat.completion.chunk", "created": s.a.created, "model": s.a.model, "choices": []any{}, "system_fingerprint": nil,
		"service_tier": "default", "usage": nil,
	}
	if choice != nil {
		c["choices"] = []any{choice}
	}
	return c
}

// each sends one delta to every choice.
func (s *chatStream) each(delta object, finish any, results object) {
	for i := range s.a.choices {
		choice := object{"index": i, "delta": delta, "finish_reason": finish, "logprobs": nil}
		if results != nil {
			choice["content_filter_results"] = results
		}
		c := s.chunk(choice)
		if s.a.obfuscation {
			c["obfuscation"] = padding(s.count)
		}
		s.count++
		s.send("", c)
	}
}

func (s *chatStream) roles() {
	if len(s.a.calls) > 0 && len(s.a.parts) == 0 {
		return // the first call's delta carries the role
	}
	s.each(object{"role": "assistant", "content": "", "refusal": nil}, nil, object{})
}

func (s *chatStream) texts() {
	results := safeCompletion()
	if s.a.async != asyncNone {
		results = nil
	}
	offset := 0
	for i, part := range s.a.parts {
		if !s.delta() {
			return
		}
		s.each(object{"content": part}, nil, results)
		offset += len([]rune(part))
		if s.a.async != asyncNone && i == len(s.a.parts)/2 {
			s.annotation(offset, nil, safeCompletion())
		}
	}
	for _, part := range splitWords(s.a.refusal) {
		if !s.delta() {
			return
		}
		s.each(object{"refusal": part}, nil, object{})
	}
}

// annotation is a frame of the asynchronous filter: no delta, and no envelope to speak of.
func (s *chatStream) annotation(end int, finish any, results object) {
	for i := range s.a.choices {
		s.send("", object{"id": "", "object": "", "created": 0, "model": "", "usage": nil, "choices": []any{object{
			"index": i, "finish_reason": finish, "content_filter_results": results,
			"content_filter_offsets": object{"check_offset": 0, "start_offset": 0, "end_offset": end},
		}}})
	}
}

func (s *chatStream) finish() {
	results := object{}
	if s.a.finish == "content_filter" {
		results = blockedByMaterial()
	}
	if s.a.async != asyncNone {
		results = nil
	}
	s.each(object{}, s.a.finish, results)
	length := 0
	for _, part := range s.a.parts {
		length += len([]rune(part))
	}
	switch s.a.async {
	case asyncPass:
		s.annotation(length, nil, safeCompletion())
	case asyncBlock:
		s.annotation(length, "content_filter", blockedByMaterial())
	case asyncNone:
	}
}

// toolCalls opens each call with id and name and then sends its arguments in pieces: call after call, or interleaved.
func (s *chatStream) toolCalls() {
	for round, more := 0, true; more; round++ {
		more = false
		for i, call := range s.a.calls {
			pieces := argumentPieces(call.Arguments)
			if !s.a.weave {
				s.openCall(i, call)
				for _, piece := range pieces {
					s.argument(i, piece)
				}
				continue
			}
			if round == 0 {
				s.openCall(i, call)
			} else if round <= len(pieces) {
				s.argument(i, pieces[round-1])
			}
			more = more || round < len(pieces)
		}
	}
}

func (s *chatStream) openCall(i int, call ToolCall) {
	if !s.delta() {
		return
	}
	delta := object{"tool_calls": []any{object{
		"index": i, "id": call.ID, "type": "function", "function": object{"name": call.Name, "arguments": ""},
	}}}
	if i == 0 && len(s.a.parts) == 0 {
		delta["role"], delta["content"], delta["refusal"] = "assistant", nil, nil
	}
	s.each(delta, nil, object{})
}

func (s *chatStream) argument(i int, piece string) {
	if s.delta() {
		s.each(object{"tool_calls": []any{object{"index": i, "function": object{"arguments": piece}}}}, nil, object{})
	}
}

// argumentPieces cuts after every 8 characters, about as unhelpfully as a model's tokens do.
func argumentPieces(arguments string) []string {
	var pieces []string
	runes := []rune(arguments)
	for len(runes) > 0 {
		n := min(8, len(runes))
		pieces = append(pieces, string(runes[:n]))
		runes = runes[n:]
	}
	return pieces
}
