package langchaingo_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/tmc/langchaingo/llms"
	"go.uber.org/goleak"

	"github.com/seed-a739af98/langchaingo-azure/adapters/langchaingo"
	"github.com/seed-a739af98/langchaingo-azure/azureadv1"
	"github.com/seed-a739af98/langchaingo-azure/azureadv1/azuretest"
)

// collector gathers what a streaming function is given, and keeps the pieces themselves.
type collector struct {
	pieces [][]byte
	copies []string
}

func (c *collector) take(_ context.Context, piece []byte) error {
	c.pieces = append(c.pieces, piece)
	c.copies = append(c.copies, string(piece))
	return nil
}

func (c *collector) text() string { return strings.Join(c.copies, "") }

// intact checks that pieces the caller kept were not written again.
func (c *collector) intact(t *testing.T) {
	t.Helper()
	for i, p := range c.pieces {
		if string(p) != c.copies[i] {
			t.Errorf("piece %d was %q and is %q after the call", i, c.copies[i], p)
		}
	}
}

// events answers these lines as an event stream.
func events(body string) azuretest.Reply {
	return azuretest.Raw(http.StatusOK, http.Header{"Content-Type": {"text/event-stream; charset=utf-8"}}, body)
}

const (
	firstFrame = `data: {"choices":[],"created":0,"id":"","model":"","object":"","prompt_filter_results":[{"prompt_index":0,"content_filter_results":{"hate":{"filtered":false,"severity":"safe"}}}]}`
	roleFrame  = `data: {"choices":[{"content_filter_results":{},"delta":{"content":"","refusal":null,"role":"assistant"},"finish_reason":null,"index":0,"logprobs":null}],"created":1,"id":"chatcmpl-1","model":"gpt-4o-2024-11-20","object":"chat.completion.chunk","system_fingerprint":"fp_1","usage":null}`
	stopFrame  = `data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"usage":null}`
	usageFrame = `data: {"choices":[],"usage":{"completion_tokens":7,"prompt_tokens":11,"total_tokens":18,"completion_tokens_details":{"reasoning_tokens":3},"prompt_tokens_details":{"cached_tokens":4}}}`
	doneFrame  = `data: [DONE]`
)

func textFrame(text string) string {
	return fmt.Sprintf(`data: {"choices":[{"index":0,"delta":{"content":%q},"finish_reason":null}],"usage":null}`, text)
}

func frames(lines ...string) string { return strings.Join(lines, "\n\n") + "\n\n" }

func TestStreamFidelity(t *testing.T) {
	long := strings.Repeat("0123456789", 20_000)
	whole := frames(firstFrame, roleFrame, textFrame("Hello, "), textFrame("wörld"), stopFrame, usageFrame, doneFrame)
	tests := []struct {
		name, body, text, finish string
	}{
		{"Azure's own frames", whole, "Hello, wörld", "stop"},
		{"CRLF", strings.ReplaceAll(whole, "\n", "\r\n"), "Hello, wörld", "stop"},
		{"CR alone", strings.ReplaceAll(whole, "\n", "\r"), "Hello, wörld", "stop"},
		{"comments, events, ids and no blank after data:", ": hi\n\nid: 3\nevent: message\nretry: 5\n" + strings.ReplaceAll(whole, "data: ", ": keep-alive\n\ndata:"), "Hello, wörld", "stop"},
		{"no blank line after the terminator", strings.TrimRight(whole, "\n"), "Hello, wörld", "stop"},
		{"no blank line after the last frame and no terminator", strings.TrimRight(frames(roleFrame, textFrame("Hello, wörld"), stopFrame), "\n"), "Hello, wörld", "stop"},
		{"a line of 200 kB", frames(firstFrame, roleFrame, textFrame(long), stopFrame, doneFrame), long, "stop"},
		{
			"the asynchronous filter's frames, after the end too",
			frames(
				firstFrame, roleFrame, textFrame("Hello, "), `data: {"id":"","object":"","created":0,"model":"","choices":[{"index":0,"finish_reason":null,"content_filter_results":{"hate":{"filtered":false,"severity":"safe"}},"content_filter_offsets":{"check_offset":44,"start_offset":44,"end_offset":198}}],"usage":null}`,
				textFrame("wörld"), stopFrame, `data: {"id":"","choices":[{"index":0,"finish_reason":null,"content_filter_results":{"violence":{"filtered":false,"severity":"low"}}}],"usage":null}`, doneFrame,
			),
			"Hello, wörld", "stop",
		},
		{
			"a block of the asynchronous filter after stop",
			frames(firstFrame, roleFrame, textFrame("Hello"), stopFrame, `data: {"id":"","choices":[{"index":0,"finish_reason":"content_filter","content_filter_results":{"protected_material_text":{"detected":true,"filtered":true}}}]}`, doneFrame),
			"Hello", "content_filter",
		},
		{"length", frames(roleFrame, textFrame("He"), strings.Replace(stopFrame, "stop", "length", 1), doneFrame), "He", "length"},
		{"a byte order mark", "\uFEFF" + whole, "Hello, wörld", "stop"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := setUp(t, v1, azuretest.Options{}, nil)
			f.server.Enqueue(events(tt.body))
			var got collector
			response, err := f.GenerateContent(t.Context(), human("q"), llms.WithStreamingFunc(got.take))
			if err != nil {
				t.Fatal(err)
			}
			choice := response.Choices[0]
			if choice.Content != tt.text || choice.StopReason != tt.finish {
				t.Errorf("got %.40q ending with %q, want %.40q ending with %q", choice.Content, choice.StopReason, tt.text, tt.finish)
			}
			if got.text() != tt.text {
				t.Errorf("the function was given %.40q", got.text())
			}
			for _, piece := range got.copies {
				if piece == "" {
					t.Error("the function was given an empty piece")
				}
			}
			got.intact(t)
		})
	}
}

func TestStreamedUsageAndFilters(t *testing.T) {
	f := setUp(t, v1, azuretest.Options{}, nil)
	f.server.Enqueue(events(frames(firstFrame, roleFrame, textFrame("Hi"), `data: {"choices":[{"index":0,"content_filter_results":{"hate":{"filtered":false,"severity":"low"}}}]}`, stopFrame, usageFrame, doneFrame)))
	response, err := f.GenerateContent(t.Context(), human("q"), llms.WithStreamingFunc(ignore))
	if err != nil {
		t.Fatal(err)
	}
	info := response.Choices[0].GenerationInfo
	want := map[string]any{
		"PromptTokens": 11, "CompletionTokens": 7, "TotalTokens": 18, "ReasoningTokens": 3, "PromptCachedTokens": 4,
		"Model": "gpt-4o-2024-11-20", "ID": "chatcmpl-1", "SystemFingerprint": "fp_1",
		"PromptFilterResults":  []azureadv1.FilterResult{{Category: "hate", Severity: "safe"}},
		"ContentFilterResults": []azureadv1.FilterResult{{Category: "hate", Severity: "low"}},
	}
	for key, value := range want {
		if d := cmp.Diff(value, info[key]); d != "" {
			t.Errorf("%s (-want +got):\n%s", key, d)
		}
	}
}

func TestInterleavedToolCalls(t *testing.T) {
	bothSurfaces(t, func(t *testing.T, version string) {
		f := setUp(t, version, azuretest.Options{}, nil)
		f.server.Enqueue(azuretest.ToolCalls(
			azuretest.ToolCall{ID: "c1", Name: "add", Arguments: `{"a": 1, "b": [2, 3], "c": "some longer text"}`},
			azuretest.ToolCall{ID: "c2", Name: "add", Arguments: `{"a": 2, "b": [4, 5], "c": "another longer text"}`},
		).WithText("Let me ", "see.").Interleaved())
		var got collector
		response, err := f.GenerateContent(t.Context(), human("q"), llms.WithTools([]llms.Tool{adder}), llms.WithStreamingFunc(got.take))
		if err != nil {
			t.Fatal(err)
		}
		want := []llms.ToolCall{
			call("c1", "add", `{"a": 1, "b": [2, 3], "c": "some longer text"}`), call("c2", "add", `{"a": 2, "b": [4, 5], "c": "another longer text"}`),
		}
		choice := response.Choices[0]
		if d := cmp.Diff(want, choice.ToolCalls); d != "" {
			t.Errorf("calls (-want +got):\n%s", d)
		}
		if got.text() != "Let me see." || choice.Content != "Let me see." || choice.StopReason != "tool_calls" {
			t.Errorf("the function was given %q; the answer is %q, %q", got.text(), choice.Content, choice.StopReason)
		}
	})
}

func TestStreamOfTwoChoices(t *testing.T) {
	frame := func(i int, text, finish string) string {
		return fmt.Sprintf(`data: {"choices":[{"index":%d,"delta":{"content":%q},"finish_reason":%s}]}`, i, text, finish)
	}
	f := setUp(t, v1, azuretest.Options{}, nil)
	f.server.Enqueue(events(frames(frame(1, "B1", "null"), frame(0, "A1", "null"), frame(1, "B2", `"length"`), frame(0, "A2", `"stop"`), doneFrame)))
	var got collector
	response, err := f.GenerateContent(t.Context(), human("q"), llms.WithN(2), llms.WithStreamingFunc(got.take))
	if err != nil {
		t.Fatal(err)
	}
	if len(response.Choices) != 2 || response.Choices[0].Content != "A1A2" || response.Choices[1].Content != "B1B2" || response.Choices[1].StopReason != "length" {
		t.Errorf("got %+v", response.Choices)
	}
	if got.text() != "A1A2" {
		t.Errorf("the function was given %q, want the first choice only", got.text())
	}
}

func TestReasoningIsStreamedApart(t *testing.T) {
	f := setUp(t, v1, azuretest.Options{}, nil)
	f.server.Enqueue(events(frames(
		`data: {"choices":[{"index":0,"delta":{"reasoning_content":"Hm, "}}]}`, `data: {"choices":[{"index":0,"delta":{"reasoning_content":"yes."}}]}`, textFrame("Yes."), stopFrame, doneFrame,
	)))
	var text, reasoning string
	response, err := f.GenerateContent(
		t.Context(), human("q"),
		llms.WithStreamingFunc(func(_ context.Context, p []byte) error { text += string(p); return nil }),
		llms.WithStreamingReasoningFunc(func(_ context.Context, r, p []byte) error { reasoning += string(r) + "|" + string(p); return nil }),
	)
	if err != nil {
		t.Fatal(err)
	}
	choice := response.Choices[0]
	if text != "Yes." || reasoning != "Hm, |yes.||Yes." || choice.ReasoningContent != "Hm, yes." || choice.GenerationInfo["ThinkingContent"] != "Hm, yes." || choice.Content != "Yes." {
		t.Errorf("got %q, %q and %+v", text, reasoning, choice)
	}
}

// Gateways are known that buffer: the answer comes whole, and is no less of one.
func TestAWholeAnswerInPlaceOfAStream(t *testing.T) {
	for name, body := range map[string]string{
		"chat":      `{"id":"x","choices":[{"index":0,"finish_reason":"stop","message":{"role":"assistant","content":"It rains"}}],"usage":{"total_tokens":3}}`,
		"Responses": `{"id":"x","status":"completed","output":[{"type":"message","content":[{"type":"output_text","text":"It rains"}]}],"usage":{"total_tokens":3}}`,
	} {
		t.Run(name, func(t *testing.T) {
			var opts []langchaingo.Option
			if name == "Responses" {
				opts = append(opts, langchaingo.WithResponsesAPI())
			}
			f := setUp(t, v1, azuretest.Options{}, opts)
			f.server.Enqueue(azuretest.Raw(200, nil, body))
			var got collector
			response, err := f.GenerateContent(t.Context(), human("q"), llms.WithStreamingFunc(got.take))
			if err != nil || got.text() != "It rains" || response.Choices[0].Content != "It rains" || response.Choices[0].GenerationInfo["TotalTokens"] != 3 {
				t.Errorf("heard %q, %+v, %v", got.text(), response, err)
			}
		})
	}
}

func TestBrokenStreams(t *testing.T) {
	tests := []struct {
		name      string
		reply     azuretest.Reply
		text      string // of the partial answer; "-" when there is none
		truncated bool
		says      string
	}{
		{"an error frame", azuretest.StreamError(2, azuretest.Text("one ", "two ", "three")), "one two ", false, "The server had an error"},
		{"an end without a finish reason", azuretest.TruncatedStream(2, azuretest.Text("one ", "two ", "three")), "one two ", true, "ended before"},
		{"a cut", azuretest.CutStream(2, azuretest.Text("one ", "two ", "three")), "one two ", false, "EOF"},
		{"a terminator without a finish reason", events(frames(roleFrame, textFrame("one"), doneFrame)), "one", true, "ended before"},
		{"half a frame", events(frames(roleFrame, textFrame("one")) + `data: {"choices":[{"index":0,"del`), "one", true, "ended before"},
		{"a frame that is no JSON", events(frames(roleFrame, textFrame("one"), "data: {oops}")), "one", false, "oops"},
		{"a frame of the wrong kind", events(frames(roleFrame, textFrame("one"), `data: {"choices":7}`)), "one", false, "choices"},
		{"a choice with an impossible index", events(frames(roleFrame, textFrame("one"), `data: {"choices":[{"index":1000000000000,"delta":{"content":"x"}}]}`)), "one", false, "index"},
		{"a rate limit inside", events(frames(textFrame("one"), `data: {"error":{"code":"429","message":"too fast"}}`)), "one", false, "too fast"},
		{"a bad request inside", events(frames(textFrame("one"), `data: {"error":{"type":"invalid_request_error","message":"no good"}}`)), "one", false, "no good"},
		{"an error of an unknown kind inside", events(frames(textFrame("one"), `data: {"error":{"message":"strange"}}`)), "one", false, "strange"},
		{"an error that has a word only", events(frames(textFrame("one"), `data: {"error":{"code":"server_error","message":"broken"}}`)), "one", false, "broken"},
		{"an event named error", events(frames(textFrame("one"), "event: error\ndata: {\"error\":{\"code\":\"500\",\"message\":\"down\"}}")), "one", false, "down"},
		{"a choice with a negative index", events(frames(textFrame("one"), `data: {"choices":[{"index":-1,"delta":{"content":"x"}}]}`)), "one", false, "index"},
		{"a filter inside", events(frames(textFrame("one"), `data: {"error":{"code":"content_filter","message":"filtered"}}`)), "one", false, "filtered"},
		{"an error before anything", azuretest.StreamError(0), "-", false, "The server had an error"},
		{"nothing but the terminator", events(frames(doneFrame)), "-", false, "no choices"},
		{"nothing at all", events(""), "-", true, "ended before"},
		{"a JSON error in place of a stream", azuretest.Raw(200, nil, `{"error":{"code":"server_error","message":"no streams here"}}`), "-", false, "no streams here"},
	}
	codes := map[string]llms.ErrorCode{
		"a rate limit inside": llms.ErrCodeRateLimit, "a filter inside": llms.ErrCodeContentFilter,
		"a bad request inside": llms.ErrCodeInvalidRequest, "an error of an unknown kind inside": llms.ErrCodeUnknown,
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := setUp(t, v1, azuretest.Options{}, nil)
			f.server.Enqueue(tt.reply)
			var got collector
			response, err := f.GenerateContent(t.Context(), human("q"), llms.WithStreamingFunc(got.take))
			want := codes[tt.name]
			if want == "" {
				want = llms.ErrCodeProviderUnavailable
			}
			if e := asLLMError(t, err); e.Code != want || !strings.Contains(e.Message, tt.says) {
				t.Errorf("got %v, want %s that says %q", err, want, tt.says)
			}
			if e := azureadv1.AsError(err); e == nil || e.StatusCode != 200 || e.RequestID == "" || e.Op != "chat" {
				t.Errorf("the *azureadv1.Error is %v", e)
			}
			if errors.Is(err, azureadv1.ErrStreamTruncated) != tt.truncated || (tt.truncated || tt.says == "EOF") != errors.Is(err, io.ErrUnexpectedEOF) {
				t.Errorf("%v: truncated %t, unexpected EOF %t", err, errors.Is(err, azureadv1.ErrStreamTruncated), errors.Is(err, io.ErrUnexpectedEOF))
			}
			switch {
			case tt.text == "-":
				if got.pieces != nil || response != nil && response.Choices[0].Content != "" {
					t.Errorf("got %v and %q, want no text", response, got.text())
				}
			case response == nil || response.Choices[0].Content != tt.text || got.text() != tt.text:
				t.Errorf("beside the error came %v and %q, want %q", response, got.text(), tt.text)
			}
			if n := f.server.Stats().Calls; n != 1 {
				t.Errorf("%d calls: a stream that has begun is not retried", n)
			}
		})
	}
}

func TestOwnErrorEndsTheStreamAndComesBackUnchanged(t *testing.T) {
	own := fmt.Errorf("enough: %w", context.Canceled) // an error that might be taken for something else
	for _, name := range []string{"text", "reasoning"} {
		t.Run(name, func(t *testing.T) {
			f := setUp(t, v1, azuretest.Options{}, nil)
			f.server.Enqueue(azuretest.Text("one ", "two ", "three"))
			calls := 0
			stop := func() error {
				if calls++; calls == 2 {
					return own
				}
				return nil
			}
			option := llms.WithStreamingFunc(func(context.Context, []byte) error { return stop() })
			if name == "reasoning" {
				option = llms.WithStreamingReasoningFunc(func(context.Context, []byte, []byte) error { return stop() })
			}
			response, err := f.GenerateContent(t.Context(), human("q"), option)
			if err != own { //nolint:errorlint // the very value is promised
				t.Errorf("got %v (%T)", err, err)
			}
			if calls != 2 || response == nil || response.Choices[0].Content != "one two " {
				t.Errorf("after %d calls came %+v", calls, response)
			}
		})
	}
}

func TestContextEndsAStream(t *testing.T) {
	tests := []struct {
		name string
		end  func(context.Context) (context.Context, context.CancelFunc)
		pace time.Duration
		is   error
		code llms.ErrorCode
	}{
		{"cancelled in the function, the rest is here already", context.WithCancel, 0, context.Canceled, llms.ErrCodeCanceled},
		{"cancelled in the function, the rest is awaited", context.WithCancel, time.Minute, context.Canceled, llms.ErrCodeCanceled},
		{
			"a deadline between frames",
			func(ctx context.Context) (context.Context, context.CancelFunc) {
				return context.WithTimeout(ctx, 90*time.Second)
			},
			time.Minute, context.DeadlineExceeded, llms.ErrCodeTimeout,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := setUp(t, v1, azuretest.Options{}, nil, func(c *azureadv1.Config) { c.StreamIdleTimeout = -1 })
				f.server.Enqueue(azuretest.Text("one ", "two ", "three").WithPace(tt.pace))
				ctx, cancel := tt.end(t.Context())
				defer cancel()
				began := time.Now()
				response, err := f.GenerateContent(ctx, human("q"), llms.WithStreamingFunc(func(context.Context, []byte) error {
					if tt.is == context.Canceled { //nolint:errorlint // a row's mark
						cancel()
					}
					return nil
				}))
				if e := asLLMError(t, err); e.Code != tt.code || !errors.Is(err, tt.is) {
					t.Errorf("got %v, want the code %s", err, tt.code)
				}
				if response == nil || response.Choices[0].Content != "one " {
					t.Errorf("beside it came %+v", response)
				}
				if took := time.Since(began); took > 90*time.Second {
					t.Errorf("it took %v", took)
				}
			})
		})
	}
}

func TestStreamsShareAConnection(t *testing.T) {
	s, err := azuretest.Start(azuretest.Options{Deployments: deployments})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	f := on(t, s, v1, nil)
	for range 20 {
		if _, err := f.GenerateContent(t.Context(), human("q"), llms.WithStreamingFunc(ignore)); err != nil {
			t.Fatal(err)
		}
	}
	if got := s.Stats().Connections; got != 1 {
		t.Errorf("20 streams read to their end took %d connections", got)
	}
	own := errors.New("enough")
	for range 5 {
		s.Enqueue(azuretest.Text("one ", "two ", "three").WithPace(20 * time.Millisecond))
		_, err := f.GenerateContent(t.Context(), human("q"), llms.WithStreamingFunc(func(context.Context, []byte) error { return own }))
		if !errors.Is(err, own) {
			t.Fatal(err)
		}
	}
	if got := s.Stats().Connections; got > 6 {
		t.Errorf("5 abandoned streams more made it %d connections, want one each at most", got)
	}
	s.HTTPClient().CloseIdleConnections()
}

func TestAStreamLeavesNoGoroutine(t *testing.T) {
	before := goleak.IgnoreCurrent()
	f := setUp(t, v1, azuretest.Options{}, nil)
	f.server.Enqueue(azuretest.Text("a ", "b"), azuretest.CutStream(1), azuretest.TruncatedStream(1), azuretest.StreamError(1))
	for range 4 {
		_, _ = f.GenerateContent(t.Context(), human("q"), llms.WithStreamingFunc(ignore))
	}
	_, _ = f.GenerateContent(t.Context(), human("q"), llms.WithStreamingFunc(func(context.Context, []byte) error { return io.ErrClosedPipe }))
	_ = f.server.Close()
	goleak.VerifyNone(t, before)
}

// readAll reads a channel to its end: the texts of the first choice, and the last value.
func readAll(values <-chan llms.ContentResponse) (text string, last llms.ContentResponse, n int) {
	var b bytes.Buffer
	for v := range values {
		b.WriteString(v.Choices[0].Content)
		last = v
		n++
	}
	return b.String(), last, n
}

func TestGenerateContentStream(t *testing.T) {
	bothSurfaces(t, func(t *testing.T, version string) {
		f := setUp(t, version, azuretest.Options{}, nil)
		f.server.Enqueue(azuretest.Text("one ", "two ", "three").WithUsage(azuretest.Usage{Prompt: 3, Completion: 4}))
		var got collector
		values, err := f.GenerateContentStream(t.Context(), human("q"), llms.WithStreamingFunc(got.take))
		if err != nil {
			t.Fatal(err)
		}
		text, last, n := readAll(values)
		choice := last.Choices[0]
		if text != "one two three" || n != 4 || got.text() != text {
			t.Errorf("%d values brought %q, the function got %q", n, text, got.text())
		}
		if choice.StopReason != "stop" || choice.Content != "" || choice.GenerationInfo["TotalTokens"] != 7 {
			t.Errorf("the last value is %+v", choice)
		}
		if !f.last(t).Streaming() {
			t.Error("no stream was asked for")
		}
	})
}

func TestGenerateContentStreamOfToolCalls(t *testing.T) {
	f := setUp(t, v1, azuretest.Options{}, nil)
	f.server.Enqueue(azuretest.ToolCalls(azuretest.ToolCall{ID: "c1", Name: "add", Arguments: `{"a":1}`}))
	values, err := f.GenerateContentStream(t.Context(), human("q"), llms.WithTools([]llms.Tool{adder}))
	if err != nil {
		t.Fatal(err)
	}
	text, last, n := readAll(values)
	if d := cmp.Diff([]llms.ToolCall{call("c1", "add", `{"a":1}`)}, last.Choices[0].ToolCalls); d != "" || text != "" || n != 1 {
		t.Errorf("%d values, text %q, calls (-want +got):\n%s", n, text, d)
	}
}

func TestGenerateContentStreamOfTwoChoices(t *testing.T) {
	f := setUp(t, v1, azuretest.Options{}, nil)
	f.server.Enqueue(events(frames(
		`data: {"choices":[{"index":1,"delta":{"content":"B"}}]}`, `data: {"choices":[{"index":0,"delta":{"content":"A"}}]}`,
		`data: {"choices":[{"index":1,"delta":{},"finish_reason":"stop"},{"index":0,"delta":{},"finish_reason":"length"}]}`, doneFrame,
	)))
	values, err := f.GenerateContentStream(t.Context(), human("q"), llms.WithN(2))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for v := range values {
		for i, c := range v.Choices {
			got = append(got, fmt.Sprintf("%d:%s%s", i, c.Content, c.StopReason))
		}
	}
	if d := cmp.Diff([]string{"0:", "1:B", "0:A", "0:length", "1:stop"}, got); d != "" {
		t.Errorf("pieces by choice (-want +got):\n%s", d)
	}
}

func TestGenerateContentStreamFailures(t *testing.T) {
	t.Run("before the first piece it is the error", func(t *testing.T) {
		for name, reply := range map[string]azuretest.Reply{
			"status": azuretest.RateLimited(), "error frame": azuretest.StreamError(0), "nothing": events(""), "no choices": events(frames(firstFrame, doneFrame)),
		} {
			f := setUp(t, v1, azuretest.Options{}, nil)
			f.server.Enqueue(reply)
			if values, err := f.GenerateContentStream(t.Context(), human("q")); err == nil || values != nil {
				t.Errorf("%s: got %v, %v", name, values, err)
			}
		}
		f := setUp(t, v1, azuretest.Options{}, nil)
		if _, err := f.GenerateContentStream(t.Context(), nil); !llms.IsInvalidRequestError(err) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("after it the last value tells", func(t *testing.T) {
		f := setUp(t, v1, azuretest.Options{}, nil)
		f.server.Enqueue(azuretest.StreamError(2, azuretest.Text("one ", "two ", "three")))
		values, err := f.GenerateContentStream(t.Context(), human("q"))
		if err != nil {
			t.Fatal(err)
		}
		text, last, _ := readAll(values)
		told, ok := last.Choices[0].GenerationInfo["Error"].(*llms.Error)
		if text != "one two " || last.Choices[0].StopReason != "error" || !ok || told.Code != llms.ErrCodeProviderUnavailable {
			t.Errorf("got %q and %+v", text, last.Choices[0])
		}
	})
	t.Run("the caller's own error as well", func(t *testing.T) {
		own := errors.New("enough")
		f := setUp(t, v1, azuretest.Options{}, nil)
		values, err := f.GenerateContentStream(t.Context(), human("q"), llms.WithStreamingFunc(func(context.Context, []byte) error { return own }))
		if err != nil {
			t.Fatal(err)
		}
		_, last, _ := readAll(values)
		told, ok := last.Choices[0].GenerationInfo["Error"].(*llms.Error)
		if last.Choices[0].StopReason != "error" || !ok || !errors.Is(told, own) {
			t.Errorf("got %+v", last.Choices[0])
		}
	})
}

func TestGenerateContentStreamAndItsContext(t *testing.T) {
	reply := azuretest.Text("one ", "two ", "three ", "four").WithPace(time.Second)
	t.Run("a reader who is still there is told", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			f := setUp(t, v1, azuretest.Options{}, nil)
			f.server.Enqueue(reply)
			ctx, cancel := context.WithTimeout(t.Context(), 2500*time.Millisecond)
			defer cancel()
			values, err := f.GenerateContentStream(ctx, human("q"))
			if err != nil {
				t.Fatal(err)
			}
			text, last, _ := readAll(values)
			told, _ := last.Choices[0].GenerationInfo["Error"].(*llms.Error)
			if text != "one two " || told == nil || told.Code != llms.ErrCodeTimeout {
				t.Errorf("got %q and %v", text, told)
			}
		})
	})
	t.Run("a reader who has left leaves nothing behind", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) { // fails when a goroutine is left
			f := setUp(t, v1, azuretest.Options{}, nil)
			f.server.Enqueue(reply)
			ctx, cancel := context.WithCancel(t.Context())
			values, err := f.GenerateContentStream(ctx, human("q"))
			if err != nil {
				t.Fatal(err)
			}
			<-values
			cancel()
		})
	})
	t.Run("a reader who ends it and stays is told, too", func(t *testing.T) {
		for range 30 {
			f := setUp(t, v1, azuretest.Options{}, nil)
			ctx, cancel := context.WithCancel(t.Context())
			values, err := f.GenerateContentStream(ctx, human("q"))
			if err != nil {
				t.Fatal(err)
			}
			<-values
			cancel()
			_, last, n := readAll(values)
			if n == 0 || last.Choices[0].StopReason == "" {
				t.Fatalf("%d more values, the last one %+v", n, last)
			}
		}
	})
	t.Run("pieces are not read far ahead of the reader", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			f := setUp(t, v1, azuretest.Options{}, nil)
			f.server.Enqueue(azuretest.Text("1 ", "2 ", "3 ", "4 ", "5 ", "6 "))
			told := 0
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			_, err := f.GenerateContentStream(ctx, human("q"), llms.WithStreamingFunc(func(context.Context, []byte) error { told++; return nil }))
			if err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
			if told > 2 { // one that waits, one on its way
				t.Errorf("%d pieces were taken before one was read", told)
			}
		})
	})
}
