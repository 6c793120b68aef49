package langchaingo

import (
	"context"
	"errors"

	"github.com/tmc/langchaingo/llms"
)

// GenerateContentStream sends a conversation and returns the answer as it comes. The error is for all that fails before
// the first piece; it and the options are those of [LLM.GenerateContent].
//
// Each value holds one piece: Choices[i].Content and ReasoningContent belong to choice i. The last value holds, in
// place of content, the finish reason, the whole tool calls and the GenerationInfo of every choice; when the stream broke,
// each StopReason is "error" and GenerationInfo["Error"] the *llms.Error. Then the channel closes.
//
// No more than one value waits for the reader, who must cancel the context to stop early, or the call never ends. After
// that the last value takes the place of the one that waits: a reader who is still there learns why, one who has left
// holds nothing up.
func (m *LLM) GenerateContentStream(ctx context.Context, messages []llms.MessageContent, options ...llms.CallOption) (<-chan llms.ContentResponse, error) {
	m.started(ctx, messages)
	l, first, err := m.openStream(ctx, messages, options)
	if err != nil {
		return nil, m.ended(ctx, nil, err)
	}
	values := make(chan llms.ContentResponse, 1) // room for the last value, when nobody may be reading
	go l.feed(ctx, values, first)
	return values, nil
}

// openStream sends the request and waits for the first piece.
func (m *LLM) openStream(ctx context.Context, messages []llms.MessageContent, options []llms.CallOption) (*live, piece, error) {
	r, err := m.newRequest(messages, options, streaming)
	if err != nil {
		return nil, piece{}, err
	}
	l, err := r.open(ctx)
	if err != nil {
		return nil, piece{}, err
	}
	first, err := l.next(ctx)
	if err != nil {
		_, err = l.finish(err) // never nil: an answer that ends before its first piece has no choices
		l.close()
		return nil, piece{}, err
	}
	return l, first, nil
}

// feed passes the pieces on, then the last value.
func (l *live) feed(ctx context.Context, values chan llms.ContentResponse, p piece) {
	defer close(values)
	defer l.close()
	var err error
	for ; err == nil; p, err = l.next(ctx) {
		if told := l.r.tell(ctx, p); told != nil {
			l.last(ctx, values, told, l.stopped)
			return
		}
		l.send(ctx, values, p)
	}
	l.last(ctx, values, err, l.finish)
}

// send gives a piece to the reader. Where the context ends first, the next call of next says so.
func (l *live) send(ctx context.Context, values chan<- llms.ContentResponse, p piece) {
	if len(p.reasoning)+len(p.text) == 0 {
		return
	}
	value := llms.ContentResponse{Choices: make([]*llms.ContentChoice, p.choice+1)}
	for i := range value.Choices {
		value.Choices[i] = &llms.ContentChoice{}
	}
	of := value.Choices[p.choice]
	of.Content, of.ReasoningContent = string(p.text), string(p.reasoning)
	select {
	case values <- value:
	case <-ctx.Done():
	}
}

// last tells the callbacks how the call ended, and then the reader.
func (l *live) last(ctx context.Context, values chan llms.ContentResponse, why error, end func(error) (*llms.ContentResponse, error)) {
	response, err := end(why)
	err = l.r.m.ended(ctx, response, err)
	value := lastValue(response, err)
	select {
	case values <- value:
		return
	case <-ctx.Done():
	}
	select {
	case <-values:
	default:
	}
	values <- value // there is room: nobody else sends
}

// lastValue is the answer without the content, which the reader has, and with the error where there is one.
func lastValue(response *llms.ContentResponse, err error) llms.ContentResponse {
	if response == nil || len(response.Choices) == 0 {
		response = &llms.ContentResponse{Choices: []*llms.ContentChoice{{GenerationInfo: map[string]any{}}}}
	}
	out := llms.ContentResponse{Choices: make([]*llms.ContentChoice, len(response.Choices))}
	for i, c := range response.Choices {
		last := *c // the callbacks may have kept the response
		last.Content, last.ReasoningContent = "", ""
		out.Choices[i] = &last
		if err == nil {
			continue
		}
		last.StopReason = "error"
		last.GenerationInfo["Error"] = asTheirs(err)
	}
	return out
}

// asTheirs makes an *llms.Error of any error: the caller's own streaming function may end a stream too.
func asTheirs(err error) *llms.Error {
	if theirs, ok := errors.AsType[*llms.Error](err); ok {
		return theirs
	}
	return llms.NewError(llms.ErrCodeUnknown, provider, "the streaming function ended the answer: "+err.Error()).WithCause(err)
}
