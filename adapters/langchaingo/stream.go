package langchaingo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/tmc/langchaingo/llms"

	"github.com/seed-a739af98/langchaingo-azure/azureadv1"
	"github.com/seed-a739af98/langchaingo-azure/internal/wire"
)

// live is a streamed answer under way.
type live struct {
	r      *request
	res    *http.Response
	stream answerStream
	cut    *stopCut
	cancel context.CancelFunc
	end    error // why nothing more comes of the stream: io.EOF or a failure
}

// piece is what one frame added to one choice, after stop words.
type piece struct {
	choice          int
	reasoning, text []byte
}

// open sends the request. The caller closes what it returns.
func (r *request) open(ctx context.Context) (*live, error) {
	// The answer's body ends with this context, which is how reading on after the end is bounded in time.
	ctx, cancel := context.WithCancel(ctx)
	res, err := r.m.client.Post(ctx, r.m.api.operation(), r.deployment, r.body)
	if err != nil {
		cancel()
		return nil, failure(err)
	}
	stream, err := r.read(res)
	if err != nil {
		cancel()
		_ = res.Body.Close()
		return nil, broken(res, err)
	}
	return &live{r: r, res: res, stream: stream, cut: newStopCut(r), cancel: cancel}, nil
}

// read begins to read a streamed answer. Gateways are known that answer a streamed request whole, or with an error of status
// 200: the media type tells.
func (r *request) read(res *http.Response) (answerStream, error) {
	if media, _, _ := strings.Cut(res.Header.Get("Content-Type"), ";"); !strings.EqualFold(strings.TrimSpace(media), "application/json") {
		return r.m.api.open(res.Body), nil
	}
	got, err := r.readWhole(res)
	switch {
	case err == nil:
		err = io.EOF
	case len(got.Choices) == 0:
		return nil, err
	}
	return &wholeStream{whole: got, end: err}, nil
}

// wholeStream hands out an answer that came whole, a piece for each choice, and then what ended it.
type wholeStream struct {
	whole answer
	told  int
	end   error
}

// Next implements answerStream.
func (s *wholeStream) Next() (wire.Delta, error) {
	if s.told == len(s.whole.Choices) {
		return wire.Delta{}, s.end
	}
	c := &s.whole.Choices[s.told]
	d := wire.Delta{Choice: s.told, Text: []byte(c.Content), Reasoning: []byte(c.Reasoning), FinishReason: c.FinishReason}
	s.told++
	return d, nil
}

// Result implements answerStream.
func (s *wholeStream) Result() answer { return s.whole }

func (l *live) close() {
	l.cancel()
	_ = l.res.Body.Close()
}

// next returns the next piece, which may be empty, and io.EOF after the last one. What stop words held back comes
// before the end, whatever the end is. A context that has ended stops frames that are here already, too.
func (l *live) next(ctx context.Context) (piece, error) {
	if l.end == nil {
		l.end = ctx.Err()
	}
	if l.end == nil {
		d, err := l.stream.Next()
		if err == nil && (d.Choice < 0 || d.Choice >= wire.MaxChoices) {
			err = fmt.Errorf("%w: it has a choice with the index %d", azureadv1.ErrBadAnswer, d.Choice)
		}
		if err == nil {
			if l.r.firstChunk.IsZero() {
				l.r.firstChunk = time.Now()
			}
			p := piece{d.Choice, d.Reasoning, l.cut.pass(d.Choice, d.Text)}
			if l.cut.done() {
				l.end = io.EOF
			}
			return p, nil
		}
		l.end = err
	}
	if choice, text := l.cut.rest(); text != nil {
		return piece{choice: choice, text: text}, nil
	}
	return piece{}, l.end
}

// finish makes the answer of what came. err is what ended it: io.EOF, or a failure that is returned beside the answer.
func (l *live) finish(err error) (*llms.ContentResponse, error) {
	got := l.stream.Result()
	_, told := errors.AsType[*wire.Error](err)
	ended := errors.Is(err, io.EOF)
	if (ended || told || errors.Is(err, wire.ErrTruncated)) && !l.cut.done() {
		l.readOn() // the stream itself is whole, whatever it says
	}
	switch {
	case ended && len(got.Choices) == 0:
		err = l.r.m.api.nothing()
	case ended:
		return l.r.whole(l.res, l.cut, got), nil
	}
	return l.r.part(l.res, l.cut, got), broken(l.res, err)
}

// stopped is the end by the caller's own function: its error stays as it is.
func (l *live) stopped(err error) (*llms.ContentResponse, error) {
	return l.r.whole(l.res, l.cut, l.stream.Result()), err
}

const (
	// readOnBytes and readOnTime bound the reading after a stream's own end. On HTTP/1.1 a body closed before its end
	// costs the connection; the end is normally a few bytes that came with the last frame.
	readOnBytes = 64 << 10
	readOnTime  = 100 * time.Millisecond
)

func (l *live) readOn() {
	timer := time.AfterFunc(readOnTime, l.cancel)
	defer timer.Stop()
	_ = wire.Drain(l.res.Body, readOnBytes)
}

// streamed reads a streamed answer and passes its pieces on.
func (r *request) streamed(ctx context.Context) (*llms.ContentResponse, error) {
	l, err := r.open(ctx)
	if err != nil {
		return nil, err
	}
	defer l.close()
	for {
		p, err := l.next(ctx)
		if err != nil {
			return l.finish(err)
		}
		if err := r.tell(ctx, p); err != nil {
			return l.stopped(err)
		}
	}
}

// tell passes a piece of the first choice to the callbacks and to the caller's functions, whose error ends the call.
func (r *request) tell(ctx context.Context, p piece) error {
	if p.choice != 0 || len(p.reasoning)+len(p.text) == 0 {
		return nil
	}
	if len(p.text) > 0 {
		if r.m.callbacks != nil {
			r.m.callbacks.HandleStreamingFunc(ctx, p.text)
		}
		if r.o.StreamingFunc != nil {
			if err := r.o.StreamingFunc(ctx, p.text); err != nil {
				return err
			}
		}
	}
	if r.o.StreamingReasoningFunc != nil {
		return r.o.StreamingReasoningFunc(ctx, p.reasoning, p.text)
	}
	return nil
}
