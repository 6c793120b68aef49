package langchaingo_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/tmc/langchaingo/llms"

	"github.com/seed-a739af98/langchaingo-azure/azureadv1"
	"github.com/seed-a739af98/langchaingo-azure/azureadv1/azuretest"
)

// callsOf lists the tool calls of an answer, as name(arguments).
func callsOf(c *llms.ContentChoice) []string {
	var all []string
	for _, call := range c.ToolCalls {
		all = append(all, call.FunctionCall.Name+"("+call.FunctionCall.Arguments+")")
	}
	return all
}

func TestParity19_ParallelToolCallsStayApart(t *testing.T) {
	f, r := both(t, azuretest.ToolCalls(
		azuretest.ToolCall{Name: "add", Arguments: `{"p":1}`}, azuretest.ToolCall{Name: "add", Arguments: `{"q":2}`}).Interleaved())
	want := []string{`add({"p":1})`, `add({"q":2})`}
	options := []llms.CallOption{llms.WithTools([]llms.Tool{adder}), llms.WithStreamingFunc(ignore)}
	response, err := r.ask(t, human("q"), options...)
	if err != nil {
		t.Fatal(err)
	}
	stillWrong(t, !cmp.Equal(want, callsOf(response.Choices[0])), "mixes the arguments of two calls", callsOf(response.Choices[0]))

	var c collector
	answer := f.ask(t, human("q"), append(options, llms.WithStreamingFunc(c.take))...)
	if d := cmp.Diff(want, callsOf(answer)); d != "" || c.text() != "" {
		t.Errorf("ours said %q and called (-want +got):\n%s", c.text(), d)
	}
}

// broken streams an answer that does not end well: ours gives what came and an error, theirs takes it for the whole.
func broken(t *testing.T, reply azuretest.Reply, text string) error {
	t.Helper()
	f, r := both(t, reply)
	response, err := r.ask(t, human("q"), llms.WithStreamingFunc(ignore))
	stillWrong(t, err == nil && response.Choices[0].Content == text && response.Choices[0].StopReason == "", "takes part of an answer for the whole", err)

	response, err = f.GenerateContent(t.Context(), human("q"), llms.WithStreamingFunc(ignore))
	if err == nil || response == nil || response.Choices[0].Content != text {
		t.Errorf("ours: %+v, %v", response, err)
	}
	return err
}

func TestParity20_AnErrorInsideAStreamIsAnError(t *testing.T) {
	err := broken(t, azuretest.StreamError(2, azuretest.Text("one ", "two ", "three")), "one two ")
	contains(t, err, "The server had an error")
	if e := asLLMError(t, err); e.Code != llms.ErrCodeProviderUnavailable {
		t.Errorf("the code is %s", e.Code)
	}
}

func TestParity21_AStreamThatJustEndsIsAnError(t *testing.T) {
	err := broken(t, azuretest.TruncatedStream(2, azuretest.Text("one ", "two ", "three")), "one two ")
	if !errors.Is(err, azureadv1.ErrStreamTruncated) || !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("ours: %v", err)
	}
}

// Which of two ready channels langchaingo's reader picks is chance: none of 30 would be one in a billion.
func TestParity22_ADeadlineInsideAStreamIsAlwaysAnError(t *testing.T) {
	const runs = 30
	synctest.Test(t, func(t *testing.T) {
		slow := azuretest.Options{Respond: func(azuretest.Request) azuretest.Reply {
			return azuretest.Text("one ", "two ", "three").WithPace(time.Second)
		}}
		f, r := setUp(t, newest, slow, nil), theirs(t, newest, slow)
		passed := 0
		for range runs {
			ctx, cancel := context.WithTimeout(t.Context(), 1500*time.Millisecond)
			if _, err := r.GenerateContent(ctx, human("q"), llms.WithStreamingFunc(ignore)); err == nil {
				passed++
			}
			cancel()
			ctx, cancel = context.WithTimeout(t.Context(), 1500*time.Millisecond)
			response, err := f.GenerateContent(ctx, human("q"), llms.WithStreamingFunc(ignore))
			if !errors.Is(err, context.DeadlineExceeded) || response == nil || response.Choices[0].Content != "one " {
				t.Errorf("ours: %+v, %v", response, err)
			}
			cancel()
		}
		stillWrong(t, passed > 0, "reports some streams that a deadline cut as whole", passed)
		t.Logf("langchaingo's own took %d of %d cut streams for whole ones", passed, runs)
	})
}

func TestParity23_TheFinishReasonIsKept(t *testing.T) {
	f, r := both(t, azuretest.AsyncFilter("one ", "two"))
	response, err := r.ask(t, human("q"), llms.WithStreamingFunc(ignore))
	if err != nil {
		t.Fatal(err)
	}
	stillWrong(t, response.Choices[0].StopReason != "stop", "overwrites the finish reason", response.Choices[0].StopReason)
	if answer := f.ask(t, human("q"), llms.WithStreamingFunc(ignore)); answer.StopReason != "stop" || answer.Content != "one two" {
		t.Errorf("ours: %+v", answer)
	}
}

func TestParity24_EveryChoiceIsRead(t *testing.T) {
	f, r := both(t, azuretest.Text("one ", "two"))
	options := []llms.CallOption{llms.WithN(2), llms.WithStreamingFunc(ignore)}
	response, err := r.ask(t, human("q"), options...)
	if err != nil {
		t.Fatal(err)
	}
	stillWrong(t, len(response.Choices) == 1, "merges the choices of a stream", len(response.Choices))
	response, err = f.GenerateContent(t.Context(), human("q"), options...)
	if err != nil || len(response.Choices) != 2 || response.Choices[0].Content != "one two" || response.Choices[1].Content != "one two" {
		t.Errorf("ours: %+v, %v", response, err)
	}
}

func TestParity25_LinesMayBeLong(t *testing.T) {
	long := strings.Repeat("x", 200_000)
	f, r := both(t, azuretest.Text(long))
	_, err := r.ask(t, human("q"), llms.WithStreamingFunc(ignore))
	stillWrong(t, err != nil && strings.Contains(err.Error(), "token too long"), "fails on lines over 64 KiB", err)
	if got := f.ask(t, human("q"), llms.WithStreamingFunc(ignore)).Content; got != long {
		t.Errorf("ours has %d of %d bytes", len(got), len(long))
	}
}

func TestParity26_OlderFunctionCallsDoNotPanic(t *testing.T) {
	f, r := both(t, events(frames(
		`data: {"choices":[{"index":0,"delta":{"role":"assistant","content":null,"function_call":{"name":"add","arguments":""}}}]}`,
		`data: {"choices":[{"index":0,"delta":{"function_call":{"arguments":"{\"a\":1}"}}}]}`,
		`data: {"choices":[{"index":0,"delta":{},"finish_reason":"function_call"}]}`,
		doneFrame)))
	panicked := func() (p any) {
		defer func() { p = recover() }()
		_, _ = r.ask(t, human("q"), llms.WithStreamingFunc(ignore))
		return nil
	}()
	stillWrong(t, panicked != nil, "panics on a streamed function_call", panicked)
	answer := f.ask(t, human("q"), llms.WithStreamingFunc(ignore))
	if answer.FuncCall == nil || answer.FuncCall.Name != "add" || answer.FuncCall.Arguments != `{"a":1}` || answer.StopReason != "function_call" {
		t.Errorf("ours: %+v", answer)
	}
}
