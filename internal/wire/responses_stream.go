package wire

import (
	"bytes"
	"errors"
	"fmt"
	"io"
)

// ResponsesStream reads a streamed answer of the Responses API and assembles it.
// Next brings the pieces in chat's own form, Result the whole at any time, also
// after an error. Not safe for concurrent use; it starts no goroutine and does not
// close its reader.
type ResponsesStream struct {
	frames Frames
	d      scanner
	read   eventView  // the event read last
	view   *eventView // the event to take in: read, or what same makes of the frame
	same   eventPattern
	reader responseReader
	count  int // frames with data so far
	err    error

	head     Response  // as the first events told it
	final    *Response // as the last event told it
	items    []*itemState
	current  *itemState // the item of the last event
	target   target     // where the pattern's deltas go; its item is nil when that is not known
	total    int        // bytes of text and of finished items
	calls    int        // function calls opened
	reasoned bool       // some reasoning was handed out

	deltas []Delta
	next   int
	pieces []ToolCallDelta
	done   bool
}

// NewResponsesStream reads from r, the body of a streamed answer of status 200.
func NewResponsesStream(r io.Reader) *ResponsesStream {
	return &ResponsesStream{frames: Frames{r: r, buf: make([]byte, readSize)}}
}

// Next returns the next piece of the answer; events that add nothing to read are
// taken in silently. Delta.Choice is always 0. Text comes from output_text,
// Reasoning from the reasoning summary and visible reasoning (an empty line between
// parts), ToolCalls from function calls: one piece when a call opens, then its
// arguments; Delta.ToolCalls[].ID is the call_id. What the service sends only
// whole (in a done event) is handed out then. The last delta has the finish reason
// in chat's words. The error is io.EOF when the answer is complete or incomplete (see
// Response.Status); *Error for a failed answer or an error event; *TruncatedError for
// an end before response.completed or its like; else *FormatError, *LimitError, or the
// reader's error, wrapped. The same error is returned ever after.
func (s *ResponsesStream) Next() (Delta, error) {
	for {
		if s.next < len(s.deltas) {
			s.next++
			return s.deltas[s.next-1], nil
		}
		if s.err != nil {
			return Delta{}, s.err
		}
		s.deltas, s.next, s.pieces = s.deltas[:0], 0, s.pieces[:0]
		s.err = s.pull()
	}
}

// Done reports whether the event that ends an answer was seen. What then remains
// of the body is worth a Drain.
func (s *ResponsesStream) Done() bool { return s.done }

// pull takes in one frame, or tells why there is none.
func (s *ResponsesStream) pull() error {
	frame, err := s.frames.Next()
	if errors.Is(err, io.EOF) {
		return s.truncated(nil)
	}
	if err != nil {
		return fmt.Errorf("wire: reading the stream after %d frames: %w", s.count, err)
	}
	data := bytes.TrimSpace(frame.Data)
	switch {
	case len(data) == 0: // a proxy's sign of life
		return nil
	case string(data) == "[DONE]": // a gateway's; the service ends with a named event
		return s.truncated(nil)
	}
	s.count++
	if s.same.match(&s.d, frame.Event, data) {
		s.view = &s.same.view
		return s.apply(data)
	}
	s.view, s.target = &s.read, target{}
	s.d.ResetBytes(data)
	if err := s.view.read(&s.d, frame.Event); err != nil {
		if string(frame.Event) == "error" {
			return s.fail(data)
		}
		if isForeign(frame.Event) && !looksLikeObject(data) {
			return nil
		}
		broken := s.formatError(data, err)
		if frame.Cut && broken.Field == "" {
			return s.cut(broken)
		}
		return broken
	}
	s.same.remember(frame.Event, data, s.view)
	return s.apply(data)
}

// isForeign tells events that are not of this API: a proxy's ping.
func isForeign(event []byte) bool {
	return len(event) > 0 && !bytes.HasPrefix(event, []byte("response."))
}

func (s *ResponsesStream) formatError(data []byte, err error) *FormatError {
	return newFormatError(fmt.Sprintf("stream frame %d", s.count), data, err)
}

// apply adds the event in s.view to the answer.
func (s *ResponsesStream) apply(data []byte) error {
	err := s.dispatch(data)
	if err == nil {
		if s.total > MaxText {
			return &LimitError{What: "text of the stream", Limit: MaxText}
		}
		return nil
	}
	if _, ok := errors.AsType[valueError](err); ok {
		return s.formatError(data, err)
	}
	return err
}

func (s *ResponsesStream) dispatch(data []byte) error {
	v := s.view
	switch v.kind {
	case textDelta, refusalDelta, summaryDelta, reasoningDelta, argumentsDelta:
		return s.addDelta()
	case textDone, refusalDone, summaryDone, reasoningDone, argumentsDone:
		return s.addWhole()
	case itemAdded, itemDone:
		return s.addItem()
	case progressEvent:
		return s.begin()
	case finalEvent, failedEvent:
		return s.conclude()
	case errorEvent:
		return s.fail(data)
	case nameless:
		if e, ok := ReadError(data); ok || v.failure != nil {
			return &e
		}
	case otherEvent:
		if v.failure != nil && !bytes.HasPrefix(v.name, []byte("response.")) {
			return s.fail(data)
		}
	}
	return nil
}

// begin takes what the first events say of the answer.
func (s *ResponsesStream) begin() error {
	if s.view.response == nil {
		return nil
	}
	r, err := s.readResponse()
	if err != nil {
		return err
	}
	r.Output = nil
	s.head = r
	return nil
}

// readResponse reads the answer inside the event.
func (s *ResponsesStream) readResponse() (Response, error) {
	r := &s.reader
	r.d.ResetBytes(s.view.response)
	r.out, r.isResponse = Response{}, false
	if err := r.read(); err != nil {
		return Response{}, at("response", err)
	}
	return r.out, nil
}

// conclude takes the last event: it repeats the whole answer, which then counts.
// Some gateways repeat it without its output; then the items that came count.
func (s *ResponsesStream) conclude() error {
	s.done = true
	v := s.view
	final := s.head
	if v.response != nil {
		var err error
		if final, err = s.readResponse(); err != nil {
			return err
		}
	}
	final.Status = finalStatus(v, final.Status)
	final.conclude()
	if err := s.catchUp(&final); err != nil {
		return err
	}
	s.final = &final
	if final.Err != nil {
		e := *final.Err
		return &e
	}
	s.deltas = append(s.deltas, Delta{FinishReason: final.FinishReason()})
	return io.EOF
}

// finalStatus is the status of an answer that ended: the event's name decides
// where the answer says nothing or that it still goes on.
func finalStatus(v *eventView, status string) string {
	switch status {
	case statusCompleted, statusIncomplete, statusFailed, statusCancelled:
		if v.kind == finalEvent || status == statusFailed || status == statusCancelled {
			return status
		}
	}
	switch string(v.name) {
	case "response.cancelled":
		return statusCancelled
	case "response.failed":
		return statusFailed
	case "response.incomplete":
		return statusIncomplete
	default:
		return statusCompleted
	}
}

// fail reads an error event: {"type":"error","code","message","param"}, or one
// that wraps them in "error".
func (s *ResponsesStream) fail(data []byte) error {
	s.done = true
	e, ok := ReadError(data)
	if !ok && looksLikeObject(data) {
		e = errorOf(data)
	}
	if e.Type == "error" { // the event's name, no class of errors
		e.Type = ""
	}
	if e.Code == "" && e.Message == "" && e.Type == "" {
		e.Message = excerpt(data, 0)
	}
	return &e
}

// cut explains a half frame at the end: by the failed read, or as truncation.
func (s *ResponsesStream) cut(broken *FormatError) error {
	if _, err := s.frames.Next(); !errors.Is(err, io.EOF) {
		return fmt.Errorf("wire: reading the stream after %d frames: %w", s.count, err)
	}
	return s.truncated(broken)
}

// truncated tells that the stream ended before the answer.
func (s *ResponsesStream) truncated(broken *FormatError) error {
	e := &TruncatedError{Frames: s.count, Reason: "no response.completed, response.incomplete or response.failed came"}
	if broken != nil {
		e.Reason, e.Cause = "its last frame is only a part", broken
	}
	if s.count == 0 {
		e.Excerpt = s.frames.Stray()
	}
	return e
}
