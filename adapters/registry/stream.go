package registry

import (
	"context"
	"errors"
	"time"

	"github.com/tmc/langchaingo/llms"
)

// streamer is what langchaingo's test kit looks for beside llms.Model.
type streamer interface {
	GenerateContentStream(ctx context.Context, messages []llms.MessageContent, options ...llms.CallOption) (<-chan llms.ContentResponse, error)
}

var _ streamer = (*model)(nil)

// GenerateContentStream makes one call and returns the answer as it comes, as the adapter's does. Another deployment is
// asked for all that fails before the first piece; what breaks later ends the stream. Models of providers without this
// method are streamed through their streaming function, first choice only.
func (m *model) GenerateContentStream(ctx context.Context, messages []llms.MessageContent, options ...llms.CallOption) (<-chan llms.ContentResponse, error) {
	if handler := m.registry.loader.Callback; handler != nil {
		handler.HandleLLMGenerateContentStart(ctx, messages)
	}
	r, in, err := m.open(ctx, messages, options)
	if err != nil {
		m.ended(ctx, nil, err)
		return nil, err
	}
	go r.pass(ctx, in)
	return r.out, nil
}

func (m *model) open(ctx context.Context, messages []llms.MessageContent, options []llms.CallOption) (*relay, <-chan llms.ContentResponse, error) {
	p, err := m.prepare(messages, options)
	if err != nil {
		return nil, nil, err
	}
	p.channel = true
	r := &relay{prepared: p, model: m, out: make(chan llms.ContentResponse, 1)}
	in, by, err := serve(ctx, p.gen, &p.call, p.first, func(b *backend) (<-chan llms.ContentResponse, error) {
		r.started = time.Now()
		model, err := b.made()
		if err != nil {
			return nil, err
		}
		s, ok := model.(streamer)
		r.marked = b.builtIn || !ok
		if ok {
			return s.GenerateContentStream(ctx, messages, p.options(b)...)
		}
		return streamOf(ctx, model, messages, p.options(b))
	})
	if err != nil {
		return nil, nil, err
	}
	p.began.Store(true)
	r.by = by
	return r, in, nil
}

// relay passes a stream on.
type relay struct {
	*prepared
	model   *model
	by      *backend
	started time.Time // the attempt that serves
	marked  bool      // its last value alone has a GenerationInfo
	out     chan llms.ContentResponse

	heard []*llms.ContentChoice // for the callbacks: what the pieces said
}

// pass passes the pieces on, then the last value. Which one is the last is plain with built-in models and with streaming
// functions; with other channels it is the one after which they close, so that they are one piece behind.
func (r *relay) pass(ctx context.Context, in <-chan llms.ContentResponse) {
	defer close(r.out)
	defer r.by.release(&r.call)
	var held *llms.ContentResponse
	for value := range in {
		if !r.marked {
			value = *cleaned(&value)
		}
		if len(value.Choices) == 0 {
			continue
		}
		if held != nil {
			r.send(ctx, *held)
			held = nil
		}
		if r.marked && value.Choices[0].GenerationInfo == nil {
			r.send(ctx, value)
			continue
		}
		held = &value
	}
	if held == nil {
		last := lastOf(nil, r.worded(ctx, r.by, errUnfinished))
		held = &last
	}
	r.end(ctx, held)
}

var errUnfinished = llms.NewError(llms.ErrCodeProviderUnavailable, provider, "the stream ended before its last value")

// send gives a piece to the reader, unless the context ends first: then the provider ends the stream, too.
func (r *relay) send(ctx context.Context, v llms.ContentResponse) {
	r.hear(ctx, v)
	select {
	case r.out <- v:
	case <-ctx.Done():
	}
}

// end settles the accounts and sends the last value. A reader who has left holds nothing up.
func (r *relay) end(ctx context.Context, last *llms.ContentResponse) {
	if last.Choices[0].Content != "" {
		r.hear(ctx, *last)
	}
	r.sign(r.by, last)
	err, _ := last.Choices[0].GenerationInfo["Error"].(error)
	if err = r.worded(ctx, r.by, err); err != nil {
		for _, c := range last.Choices {
			c.GenerationInfo["Error"] = err
		}
		r.note(ctx, r.by, r.judge(ctx, err), err, r.started)
	} else {
		r.by.serve(r.started)
	}
	r.model.ended(ctx, r.whole(last), err)
	select {
	case r.out <- *last:
		return
	case <-ctx.Done():
	}
	select {
	case <-r.out:
	default:
	}
	r.out <- *last // there is room: nobody else sends
}

// hear tells the callbacks of a piece, and keeps it for their end.
func (r *relay) hear(ctx context.Context, v llms.ContentResponse) {
	if r.callback == nil {
		return
	}
	for i, c := range v.Choices {
		if i == len(r.heard) {
			r.heard = append(r.heard, &llms.ContentChoice{})
		}
		if i == 0 && c.Content != "" {
			r.callback.HandleStreamingFunc(ctx, []byte(c.Content))
		}
		r.heard[i].Content += c.Content
		r.heard[i].ReasoningContent += c.ReasoningContent
	}
}

// whole is the last value with the content of the pieces, for the callbacks.
func (r *relay) whole(last *llms.ContentResponse) *llms.ContentResponse {
	if r.callback == nil {
		return nil
	}
	whole := &llms.ContentResponse{}
	for i, c := range last.Choices {
		choice := *c
		if i < len(r.heard) {
			choice.Content, choice.ReasoningContent = r.heard[i].Content, r.heard[i].ReasoningContent
		}
		whole.Choices = append(whole.Choices, &choice)
	}
	return whole
}

// streamOf makes a stream of a model that has streaming functions only.
func streamOf(ctx context.Context, model llms.Model, messages []llms.MessageContent, options []llms.CallOption) (<-chan llms.ContentResponse, error) {
	s := &functionStream{values: make(chan llms.ContentResponse), begun: make(chan struct{}), failed: make(chan error, 1)}
	go s.run(ctx, model, messages, append(options, s.listen))
	select {
	case <-s.begun:
		return s.values, nil
	case err := <-s.failed:
		return nil, err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// functionStream is what a streaming function hears, as a channel.
type functionStream struct {
	values  chan llms.ContentResponse
	begun   chan struct{} // closed when there is something to read
	started bool          // begun is closed; the model's goroutine alone looks
	failed  chan error
}

func (s *functionStream) begin() {
	if !s.started {
		s.started = true
		close(s.begun)
	}
}

// listen is a call option that puts the stream behind the caller's own function.
func (s *functionStream) listen(o *llms.CallOptions) {
	theirs := o.StreamingFunc
	o.StreamingFunc = func(ctx context.Context, chunk []byte) error {
		s.begin()
		if theirs != nil {
			if err := theirs(ctx, chunk); err != nil {
				return err
			}
		}
		return s.send(ctx, llms.ContentResponse{Choices: []*llms.ContentChoice{{Content: string(chunk)}}})
	}
}

func (s *functionStream) run(ctx context.Context, model llms.Model, messages []llms.MessageContent, options []llms.CallOption) {
	defer close(s.values)
	response, err := model.GenerateContent(ctx, messages, options...)
	if err != nil && !s.started {
		s.failed <- err
		return
	}
	if !s.started && response != nil && len(response.Choices) > 0 && response.Choices[0] != nil {
		s.begin() // a model that streams nothing says all at once
		_ = s.send(ctx, llms.ContentResponse{Choices: []*llms.ContentChoice{{Content: response.Choices[0].Content}}})
	}
	s.begin()
	_ = s.send(ctx, lastOf(response, err))
}

func (s *functionStream) send(ctx context.Context, v llms.ContentResponse) error {
	select {
	case s.values <- v:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// lastOf is an answer without the content, which has been passed on, and with the error where there is one.
func lastOf(response *llms.ContentResponse, err error) llms.ContentResponse {
	last := llms.ContentChoice{}
	if response := cleaned(response); response != nil && len(response.Choices) > 0 {
		last = *response.Choices[0]
	}
	last.Content, last.ReasoningContent = "", ""
	if last.GenerationInfo == nil {
		last.GenerationInfo = map[string]any{}
	}
	if err != nil {
		last.StopReason = "error"
		theirs, ok := errors.AsType[*llms.Error](err)
		if !ok {
			theirs = llms.NewError(llms.ErrCodeUnknown, provider, err.Error()).WithCause(err)
		}
		last.GenerationInfo["Error"] = theirs
	}
	return llms.ContentResponse{Choices: []*llms.ContentChoice{&last}}
}
