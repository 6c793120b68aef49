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
	p, err := m.prepare(messages, options)
	if err != nil {
		m.ended(ctx, nil, err)
		return nil, err
	}
	began := time.Now()
	in, by, err := serve(ctx, p.gen, p.call, p.group, func(b *backend) (<-chan llms.ContentResponse, error) {
		model, err := b.made()
		if err != nil {
			return nil, err
		}
		if s, ok := model.(streamer); ok {
			return s.GenerateContentStream(ctx, messages, p.options(b)...)
		}
		return streamOf(ctx, model, messages, p.options(b))
	})
	if err != nil {
		m.ended(ctx, nil, err)
		return nil, err
	}
	by.inFlight.Add(1) // until the stream ends
	out := make(chan llms.ContentResponse, 1)
	go m.relay(ctx, &relay{prepared: p, by: by, began: began, out: out}, in)
	return out, nil
}

// relay passes a stream on.
type relay struct {
	*prepared
	by    *backend
	began time.Time
	out   chan llms.ContentResponse

	heard []*llms.ContentChoice // for the callbacks: what the pieces said
	last  *llms.ContentResponse // not passed on yet
}

func (m *model) relay(ctx context.Context, r *relay, in <-chan llms.ContentResponse) {
	defer close(r.out)
	defer r.by.inFlight.Add(-1)
	for value := range in {
		r.hear(ctx, value)
		if r.last = ending(value); r.last != nil {
			break
		}
		select {
		case r.out <- value:
		case <-ctx.Done(): // the provider ends the stream, too
		}
	}
	for range in { // a provider that goes on after its last value is held up by nobody
	}
	if r.last == nil {
		cut := lastOf(nil, context.Cause(ctx))
		r.last = &cut
	}
	r.sign(r.by, r.last)
	err := r.failure(ctx)
	m.ended(ctx, r.whole(), err)
	select {
	case r.out <- *r.last:
		return
	case <-ctx.Done():
	}
	select {
	case <-r.out:
	default:
	}
	r.out <- *r.last // there is room: nobody else sends
}

// ending is a stream's last value; nil for the others, which hold content alone.
func ending(v llms.ContentResponse) *llms.ContentResponse {
	if len(v.Choices) == 0 || v.Choices[0] == nil || v.Choices[0].GenerationInfo == nil {
		return nil
	}
	return &v
}

// failure is the error that the last value holds, counted against the deployment.
func (r *relay) failure(ctx context.Context) error {
	err, _ := r.last.Choices[0].GenerationInfo["Error"].(error)
	if err == nil {
		return nil
	}
	r.note(r.by, judge(ctx, err, true), err, r.began)
	return err
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

// whole is the last value with the content of the pieces.
func (r *relay) whole() *llms.ContentResponse {
	whole := &llms.ContentResponse{}
	for i, c := range r.last.Choices {
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
	ctx, stop := context.WithCancel(ctx)
	values := make(chan llms.ContentResponse)
	begun, failed := make(chan struct{}), make(chan error, 1)
	first := func() { // on one goroutine: the model's
		select {
		case <-begun:
		default:
			close(begun)
		}
	}
	pass := func(o *llms.CallOptions) {
		theirs := o.StreamingFunc
		o.StreamingFunc = func(ctx context.Context, chunk []byte) error {
			first()
			if theirs != nil {
				if err := theirs(ctx, chunk); err != nil {
					return err
				}
			}
			return send(ctx, values, llms.ContentResponse{Choices: []*llms.ContentChoice{{Content: string(chunk)}}})
		}
	}
	go func() {
		defer stop()
		defer close(values)
		response, err := model.GenerateContent(ctx, messages, append(options, pass)...)
		select {
		case <-begun:
		default:
			if err != nil {
				failed <- err
				return
			}
		}
		first()
		_ = send(ctx, values, lastOf(response, err))
	}()
	select {
	case <-begun:
		return values, nil
	case err := <-failed:
		return nil, err
	}
}

func send(ctx context.Context, values chan<- llms.ContentResponse, v llms.ContentResponse) error {
	select {
	case values <- v:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// lastOf is an answer without the content, which has been passed on, and with the error where there is one.
func lastOf(response *llms.ContentResponse, err error) llms.ContentResponse {
	last := llms.ContentChoice{}
	if response != nil && len(response.Choices) > 0 && response.Choices[0] != nil {
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
