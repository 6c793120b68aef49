package langchaingo

import (
	"context"
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/tmc/langchaingo/llms"

	"github.com/seed-a739af98/langchaingo-azure/azureadv1"
	"github.com/seed-a739af98/langchaingo-azure/internal/wire"
)

// listener gets the pieces of a streamed answer's first choice. Its error ends the call.
type listener func(ctx context.Context, reasoning, text []byte) error

// listener makes one of the caller's functions and the callbacks.
func (m *LLM) listener(o *llms.CallOptions) listener {
	return func(ctx context.Context, reasoning, text []byte) error {
		if len(text) > 0 {
			if m.callbacks != nil {
				m.callbacks.HandleStreamingFunc(ctx, text)
			}
			if o.StreamingFunc != nil {
				if err := o.StreamingFunc(ctx, text); err != nil {
					return err
				}
			}
		}
		if o.StreamingReasoningFunc != nil {
			return o.StreamingReasoningFunc(ctx, reasoning, text)
		}
		return nil
	}
}

// listenerError carries the caller's own error out of a stream, to be returned as it is.
type listenerError struct{ error }

func (r *request) streamed(ctx context.Context, listen listener) (*llms.ContentResponse, error) {
	// The answer's body ends with this context, which is how reading on after the end is bounded in time.
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	res, err := r.m.client.Post(ctx, azureadv1.OpChat, r.deployment, r.body)
	if err != nil {
		return nil, failure(err)
	}
	defer func() { _ = res.Body.Close() }()
	stream := wire.NewChatStream(res.Body)
	cut := newStopCut(r)
	err = follow(ctx, stream, cut, listen)
	chat := stream.Result()
	cut.apply(&chat)
	var own listenerError
	switch {
	case err == nil:
		readOn(res, cancel)
	case errors.As(err, &own):
		return r.response(res, chat), own.error
	default:
		return r.partial(res, chat), failure(azureadv1.AnswerError(res, err))
	}
	return r.response(res, chat), nil
}

// follow reads a stream to its end and passes its pieces on.
func follow(ctx context.Context, stream *wire.ChatStream, cut *stopCut, listen listener) error {
	for {
		d, err := stream.Next()
		if errors.Is(err, io.EOF) {
			return tell(ctx, listen, nil, cut.rest())
		}
		if err != nil {
			return err
		}
		if d.Choice != 0 {
			continue
		}
		if err := tell(ctx, listen, d.Reasoning, cut.pass(d.Text)); err != nil {
			return err
		}
		if cut.done() {
			return nil
		}
	}
}

func tell(ctx context.Context, listen listener, reasoning, text []byte) error {
	if len(reasoning) == 0 && len(text) == 0 {
		return nil
	}
	if err := listen(ctx, reasoning, text); err != nil {
		return listenerError{err}
	}
	return nil
}

// partial is what a broken stream brought, nil when that is nothing.
func (r *request) partial(res *http.Response, chat wire.Chat) *llms.ContentResponse {
	if len(chat.Choices) == 0 {
		return nil
	}
	return r.response(res, chat)
}

const (
	// readOnBytes and readOnTime bound the reading after a stream's own end. On HTTP/1.1 a body closed before its end
	// costs the connection; the end is normally a few bytes that came with the last frame.
	readOnBytes = 64 << 10
	readOnTime  = 100 * time.Millisecond
)

func readOn(res *http.Response, cancel context.CancelFunc) {
	timer := time.AfterFunc(readOnTime, cancel)
	defer timer.Stop()
	_ = wire.Drain(res.Body, readOnBytes)
}
