package langchaingo_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/tmc/langchaingo/callbacks"
	"github.com/tmc/langchaingo/llms"

	"github.com/seed-a739af98/langchaingo-azure/adapters/langchaingo"
	"github.com/seed-a739af98/langchaingo-azure/azureadv1/azuretest"
)

// diary is a handler that writes down what it is told.
type diary struct {
	callbacks.SimpleHandler
	mu     sync.Mutex
	events []string
	text   string
	err    error
	end    *llms.ContentResponse
}

func (d *diary) note(event string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.events = append(d.events, event)
}

func (d *diary) HandleLLMGenerateContentStart(context.Context, []llms.MessageContent) {
	d.note("start")
}

func (d *diary) HandleLLMGenerateContentEnd(_ context.Context, res *llms.ContentResponse) {
	d.note("end")
	d.end = res
}

func (d *diary) HandleLLMError(_ context.Context, err error) {
	d.note("error")
	d.err = err
}

func (d *diary) HandleStreamingFunc(_ context.Context, chunk []byte) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.text += string(chunk)
}

func (d *diary) HandleLLMStart(context.Context, []string) { d.note("prompts") }

func TestCallbacksHearOfEveryCall(t *testing.T) {
	own := errors.New("enough")
	stop := llms.WithStreamingFunc(func(context.Context, []byte) error { return own })
	streamed := llms.WithStreamingFunc(ignore)
	tests := []struct {
		name     string
		reply    azuretest.Reply
		messages []llms.MessageContent
		options  []llms.CallOption
		want     string
		text     string
	}{
		{"an answer", azuretest.Text("a ", "b"), human("q"), nil, "start end", ""},
		{"a streamed answer", azuretest.Text("a ", "b"), human("q"), []llms.CallOption{streamed}, "start end", "a b"},
		{"a refused request", azuretest.RateLimited(), human("q"), nil, "start error", ""},
		{"a refused stream", azuretest.RateLimited(), human("q"), []llms.CallOption{streamed}, "start error", ""},
		{"a bad call", azuretest.Reply{}, nil, nil, "start error", ""},
		{"a bad option", azuretest.Reply{}, human("q"), []llms.CallOption{llms.WithTopK(3)}, "start error", ""},
		{"an empty answer", azuretest.EmptyChoices(), human("q"), nil, "start error", ""},
		{"a stream that breaks, with a partial answer", azuretest.StreamError(1, azuretest.Text("a ", "b")), human("q"), []llms.CallOption{streamed}, "start error", "a "},
		{"the caller's own error", azuretest.Text("a ", "b"), human("q"), []llms.CallOption{stop}, "start error", "a "},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var d diary
			f := setUp(t, v1, azuretest.Options{}, []langchaingo.Option{langchaingo.WithCallback(&d)})
			f.server.Enqueue(tt.reply)
			response, err := f.GenerateContent(t.Context(), tt.messages, tt.options...)
			if got := strings.Join(d.events, " "); got != tt.want || d.text != tt.text {
				t.Errorf("it heard %q and %q, want %q and %q", got, d.text, tt.want, tt.text)
			}
			if d.err != err || d.end != nil && d.end != response { //nolint:errorlint // the very values are passed on
				t.Errorf("it was given %v and %v, the caller %v and %v", d.end, d.err, response, err)
			}
			if f.GetCallbackHandler() != &d {
				t.Error("GetCallbackHandler returns another one")
			}
		})
	}
}

func TestCallbacksHearOfChannelStreams(t *testing.T) {
	tests := []struct {
		name  string
		reply azuretest.Reply
		want  string
		text  string
	}{
		{"whole", azuretest.Text("a ", "b"), "start end", "a b"},
		{"refused", azuretest.RateLimited(), "start error", ""},
		{"broken at once", azuretest.StreamError(0), "start error", ""},
		{"broken", azuretest.CutStream(1, azuretest.Text("a ", "b")), "start error", "a "},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var d diary
			f := setUp(t, v1, azuretest.Options{}, []langchaingo.Option{langchaingo.WithCallback(&d)})
			f.server.Enqueue(tt.reply)
			values, err := f.GenerateContentStream(t.Context(), human("q"))
			if err == nil {
				readAll(values)
			}
			if d := cmp.Diff([]string{tt.want, tt.text}, []string{strings.Join(d.events, " "), d.text}); d != "" {
				t.Errorf("it heard (-want +got):\n%s", d)
			}
		})
	}
}

// The last value must leave alone the answer that the callbacks were given.
func TestCallbacksKeepTheWholeAnswer(t *testing.T) {
	var d diary
	f := setUp(t, v1, azuretest.Options{}, []langchaingo.Option{langchaingo.WithCallback(&d)})
	f.server.Enqueue(azuretest.Text("a ", "b"))
	values, err := f.GenerateContentStream(t.Context(), human("q"))
	if err != nil {
		t.Fatal(err)
	}
	readAll(values)
	if d.end == nil || d.end.Choices[0].Content != "a b" {
		t.Errorf("the handler holds %+v", d.end)
	}
}
