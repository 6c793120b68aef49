package wire

import (
	"bytes"
	"errors"
	"fmt"
	"io"
)

// ErrTruncated tells that a stream ended before the answer did: without a
// finish reason for every choice, or in the middle of a frame. Errors of a
// ChatStream that match it match io.ErrUnexpectedEOF too.
var ErrTruncated error = truncated{}

type truncated struct{}

func (truncated) Error() string { return "wire: the stream ended before the answer was complete" }

func (truncated) Unwrap() error { return io.ErrUnexpectedEOF }

// TruncatedError says where a stream was cut; it matches ErrTruncated.
type TruncatedError struct {
	// Frames counts the frames read before the end.
	Frames int
	// Reason tells what was missing, in words.
	Reason string
	// Excerpt is the start of what came in place of an event stream, at most
	// MaxExcerpt bytes; empty when events came.
	Excerpt string
	// Cause is the *FormatError of a half frame; nil otherwise.
	Cause error
}

// Error says what was missing.
func (e *TruncatedError) Error() string {
	s := fmt.Sprintf("%v: %s (after %d frames)", ErrTruncated, e.Reason, e.Frames)
	if e.Excerpt != "" {
		s += fmt.Sprintf("; instead of events came %q", e.Excerpt)
	}
	return s
}

// Unwrap returns ErrTruncated, and Cause where there is one.
func (e *TruncatedError) Unwrap() []error {
	if e.Cause == nil {
		return []error{ErrTruncated}
	}
	return []error{ErrTruncated, e.Cause}
}

// Delta is what one frame added to one choice.
type Delta struct {
	// Choice is the choice's index, as in Choice.Index.
	Choice int
	// Text, Reasoning and Refusal are the added pieces; empty when none. They are
	// views that are never written again and stay valid as long as they are held;
	// the caller must not change their bytes.
	Text, Reasoning, Refusal []byte
	// ToolCalls are the pieces of tool calls, valid until the next call of Next.
	ToolCalls []ToolCallDelta
	// FinishReason is the frame's own finish reason; empty when none. A later
	// frame may bring another one, which then counts.
	FinishReason string
}

// LegacyCall is the Call of a piece of the older function_call.
const LegacyCall = -1

// ToolCallDelta is a piece of a tool call.
type ToolCallDelta struct {
	// Call numbers the choice's calls in the order they were opened, from 0;
	// LegacyCall for the older function_call.
	Call int
	// ID and Name are what is known of them so far.
	ID, Name string
	// Arguments is the added piece, a view under the rules of Delta.Text.
	Arguments []byte
}

// ChatStream reads a streamed chat completion and assembles it. Next brings the
// pieces, Result the whole at any time, also after an error. Not safe for
// concurrent use; it starts no goroutine and does not close its reader.
type ChatStream struct {
	frames Frames
	d      scanner
	view   answerView
	last   repeat
	count  int // frames with data so far
	err    error

	head       Chat
	usage      Usage
	hasUsage   bool
	lastPrompt []byte
	choices    []*choiceState
	total      int // bytes of text assembled

	deltas []Delta
	next   int
	calls  []ToolCallDelta
	done   bool
}

// NewChatStream reads from r, the body of a streamed answer of status 200.
func NewChatStream(r io.Reader) *ChatStream {
	s := &ChatStream{frames: Frames{r: r, buf: make([]byte, readSize)}}
	s.view.messageMember = "delta"
	return s
}

// Next returns the next piece of the answer; frames that add nothing to read
// (metadata, filter results, usage) are taken in silently. It returns io.EOF when the
// answer is complete; otherwise *Error for an error sent inside the stream,
// *TruncatedError, *FormatError, *LimitError, or the reader's error, wrapped.
// The same error is returned ever after.
func (s *ChatStream) Next() (Delta, error) {
	for {
		if s.next < len(s.deltas) {
			s.next++
			return s.deltas[s.next-1], nil
		}
		if s.err != nil {
			return Delta{}, s.err
		}
		s.deltas, s.next, s.calls = s.deltas[:0], 0, s.calls[:0]
		s.err = s.pull()
	}
}

// Done reports whether the stream's own terminator was seen. What then remains
// of the body is worth a Drain.
func (s *ChatStream) Done() bool { return s.done }

// pull takes in one frame, or tells why there is none.
func (s *ChatStream) pull() error {
	frame, err := s.frames.Next()
	if errors.Is(err, io.EOF) {
		return s.ended(nil)
	}
	if err != nil {
		return fmt.Errorf("wire: reading the stream after %d frames: %w", s.count, err)
	}
	data := bytes.TrimSpace(frame.Data)
	switch {
	case len(data) == 0: // a proxy's sign of life
		return nil
	case string(data) == "[DONE]":
		s.done = true
		return s.ended(nil)
	}
	s.count++
	if string(frame.Event) == "error" {
		return eventError(data)
	}
	if s.last.match(&s.d, data, &s.view) {
		return s.apply()
	}
	s.d.ResetBytes(data)
	if err := s.view.read(&s.d); err != nil {
		broken := newFormatError(fmt.Sprintf("stream frame %d", s.count), data, err)
		if frame.Cut && broken.Field == "" {
			return s.cut(broken)
		}
		return broken
	}
	s.last.remember(data, &s.view)
	return s.take(data)
}

// take adds a well-formed frame to the answer.
func (s *ChatStream) take(data []byte) error {
	if err := s.apply(); err != nil {
		return err
	}
	if s.view.failure != nil {
		e := errorOf(s.view.failure)
		return &e
	}
	if !s.view.isChat {
		if e, ok := ReadError(data); ok {
			return &e
		}
	}
	return nil
}

// eventError reads the data of an event named "error".
func eventError(data []byte) error {
	e, ok := ReadError(data)
	if !ok {
		e = Error{Message: excerpt(data, 0)}
	}
	return &e
}

// cut explains a half frame at the end: by the failed read, or as truncation.
func (s *ChatStream) cut(broken *FormatError) error {
	if _, err := s.frames.Next(); !errors.Is(err, io.EOF) {
		return fmt.Errorf("wire: reading the stream after %d frames: %w", s.count, err)
	}
	return s.ended(broken)
}

// ended decides whether the end of the stream is the end of the answer.
func (s *ChatStream) ended(broken error) error {
	e := &TruncatedError{Frames: s.count, Cause: broken}
	switch open := s.unfinished(); {
	case broken != nil:
		e.Reason = "its last frame is only a part"
	case open >= 0:
		e.Reason = fmt.Sprintf("choice %d has no finish reason", open)
	case len(s.choices) == 0 && !s.done:
		e.Reason = "it brought no choice and no terminator"
		e.Excerpt = s.frames.Stray()
	default:
		return io.EOF
	}
	return e
}

// unfinished returns the index of a choice without finish reason, or -1.
func (s *ChatStream) unfinished() int {
	for _, c := range s.choices {
		if c.finish == "" {
			return c.index
		}
	}
	return -1
}
