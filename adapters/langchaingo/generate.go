package langchaingo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"

	"github.com/tmc/langchaingo/llms"

	"github.com/seed-a739af98/langchaingo-azure/azureadv1"
)

// GenerateContent sends a conversation and returns the answer. With llms.WithStreamingFunc the function gets the text,
// and only the text, as it comes; llms.WithStreamingReasoningFunc gets reasoning too, where a deployment sends it.
//
// Every error is an *llms.Error with an *azureadv1.Error in its chain, but for one: an error of the caller's streaming
// function comes back as it is. An answer that breaks after it began comes back beside the error, as far as it came.
// The context ends the call at once.
func (m *LLM) GenerateContent(ctx context.Context, messages []llms.MessageContent, options ...llms.CallOption) (*llms.ContentResponse, error) {
	m.started(ctx, messages)
	response, err := m.generate(ctx, messages, options)
	return response, m.ended(ctx, response, err)
}

// started tells the callbacks of a call, once.
func (m *LLM) started(ctx context.Context, messages []llms.MessageContent) {
	if m.callbacks != nil {
		m.callbacks.HandleLLMGenerateContentStart(ctx, messages)
	}
}

// ended tells the callbacks of its end, once, and returns the error as it is.
func (m *LLM) ended(ctx context.Context, response *llms.ContentResponse, err error) error {
	switch {
	case m.callbacks == nil:
	case err != nil:
		m.callbacks.HandleLLMError(ctx, err)
	default:
		m.callbacks.HandleLLMGenerateContentEnd(ctx, response)
	}
	return err
}

func (m *LLM) generate(ctx context.Context, messages []llms.MessageContent, options []llms.CallOption) (*llms.ContentResponse, error) {
	r, err := m.newRequest(messages, options, asAsked)
	if err != nil {
		return nil, err
	}
	defer r.release()
	if r.stream {
		return r.streamed(ctx)
	}
	res, err := m.client.Post(ctx, m.api.operation(), r.deployment, r.body) //nolint:bodyclose // plain closes it
	if err != nil {
		return nil, failure(err)
	}
	return r.plain(res)
}

// plain reads a whole answer.
func (r *request) plain(res *http.Response) (*llms.ContentResponse, error) {
	defer func() { _ = res.Body.Close() }()
	got, err := r.readWhole(res)
	if err != nil {
		return r.part(res, newStopCut(r), got), broken(res, err)
	}
	return r.whole(res, newStopCut(r), got), nil
}

// readWhole reads an answer that is not streamed. One that tells of its own failure comes beside the error.
func (r *request) readWhole(res *http.Response) (answer, error) {
	body := buffers.Get().(*buffer)
	defer body.release()
	if err := body.read(res); err != nil {
		return answer{}, err
	}
	got, err := r.m.api.read(body.bytes)
	switch {
	case err != nil:
		return answer{}, err
	case got.Err != nil:
		return got, got.Err
	case len(got.Choices) == 0:
		return answer{}, r.m.api.nothing()
	}
	return got, nil
}

// whole makes langchaingo's answer of one that is not cut at its stop words yet.
func (r *request) whole(res *http.Response, cut *stopCut, got answer) *llms.ContentResponse {
	r.got = got
	cut.apply(&r.got)
	return r.response(res)
}

// part makes langchaingo's answer of what came before a failure, nil when that is nothing.
func (r *request) part(res *http.Response, cut *stopCut, got answer) *llms.ContentResponse {
	if len(got.Choices) == 0 {
		return nil
	}
	return r.whole(res, cut, got)
}

// maxAnswer bounds an answer that is read whole: 2,048 vectors of 3,072 numbers, written out, are some 90 MB.
const maxAnswer = 256 << 20

// keptBuffer is the largest buffer that is kept for the next answer, until the collector has passed twice: 256 vectors of
// 1,536 numbers are 2 MiB in base64.
const keptBuffer = 4 << 20

// buffer holds one answer's bytes while they are read; what is read out of it are copies.
type buffer struct{ bytes []byte }

var buffers = sync.Pool{New: func() any { return new(buffer) }}

func (b *buffer) release() {
	if cap(b.bytes) <= keptBuffer {
		buffers.Put(b)
	}
}

func (b *buffer) read(res *http.Response) error {
	b.bytes = b.bytes[:0]
	switch n := res.ContentLength; {
	case n > maxAnswer:
		return errTooLarge
	case n > int64(cap(b.bytes)):
		b.bytes = make([]byte, 0, n+1) // and one byte to see the end
	}
	for {
		if len(b.bytes) == cap(b.bytes) {
			b.grow()
		}
		n, err := res.Body.Read(b.bytes[len(b.bytes):cap(b.bytes)])
		b.bytes = b.bytes[:len(b.bytes)+n]
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		case len(b.bytes) > maxAnswer:
			return errTooLarge
		}
	}
}

// grow doubles, up to the byte past the limit: an answer of that size takes twice as much in all, where append takes five
// times.
func (b *buffer) grow() {
	next := max(4<<10, 2*cap(b.bytes))
	if next >= maxAnswer {
		next = maxAnswer + 1
	}
	b.bytes = append(make([]byte, 0, next), b.bytes...)
}

var errTooLarge = fmt.Errorf("%w: it is larger than 256 MiB", azureadv1.ErrBadAnswer)
