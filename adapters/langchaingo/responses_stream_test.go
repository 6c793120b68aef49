package langchaingo_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/tmc/langchaingo/llms"

	"github.com/seed-a739af98/langchaingo-azure/azureadv1"
	"github.com/seed-a739af98/langchaingo-azure/azureadv1/azuretest"
)

// named puts events together: each is a name and the members of its data.
func named(pairs ...string) string {
	var b strings.Builder
	name := ""
	for i, s := range pairs {
		if i%2 == 0 {
			name = s
			continue
		}
		b.WriteString("event: " + name + "\ndata: {\"type\":\"" + name + "\"," + s + "}\n\n")
	}
	return b.String()
}

const (
	delta  = "response.output_text.delta"
	begun  = `"response":{"id":"resp_1","status":"in_progress","model":"gpt-5","output":[]}`
	itRain = `"item_id":"m","output_index":0,"content_index":0,"delta":"It rains"`
)

func TestResponsesStreamTellsTextAndReasoningApart(t *testing.T) {
	f := responding(t, v1, "gpt-5", azuretest.Options{})
	f.server.Enqueue(azuretest.ToolCalls(azuretest.ToolCall{ID: "c1", Name: "f", Arguments: `{"city":"Oslo"}`}).WithText("I ", "look.").WithReasoningSummary("Hm, so."))
	var text, reasoning collector
	var beside strings.Builder
	got, err := f.GenerateContent(t.Context(), question, llms.WithStreamingFunc(text.take), llms.WithStreamingReasoningFunc(func(ctx context.Context, r, p []byte) error {
		beside.Write(p)
		return reasoning.take(ctx, r)
	}))
	if err != nil {
		t.Fatal(err)
	}
	text.intact(t)
	reasoning.intact(t)
	c := got.Choices[0]
	if text.text() != "I look." || reasoning.text() != "Hm, so." || beside.String() != "I look." || c.Content != "I look." || c.ReasoningContent != "Hm, so." || c.StopReason != "tool_calls" {
		t.Errorf("heard %q, %q and %q; %+v", text.text(), reasoning.text(), beside.String(), c)
	}
	if len(c.ToolCalls) != 1 || c.ToolCalls[0].ID != "c1" || c.ToolCalls[0].FunctionCall.Arguments != `{"city":"Oslo"}` {
		t.Errorf("calls %+v", c.ToolCalls)
	}
	if c.GenerationInfo["ResponseID"] == nil || c.GenerationInfo["TotalTokens"] == 0 || c.GenerationInfo["ContentFilterResults"] == nil {
		t.Errorf("GenerationInfo = %v", c.GenerationInfo)
	}
}

func TestResponsesStreamSkipsWhatItDoesNotKnow(t *testing.T) {
	f := responding(t, v1, "chat", azuretest.Options{})
	item := `{"id":"m","type":"message","role":"assistant","status":"completed","content":[{"type":"output_text","text":"It rains","annotations":[]}]}`
	f.server.Enqueue(events(": hello\n\n" + named("response.created", begun, "keepalive", `"sequence_number":1`, "response.web_search_call.searching", `"output_index":0`,
		delta, itRain, "response.of_the_future", `"delta":{"x":[]}`, "response.output_item.done", `"output_index":0,"item":`+item,
		"response.completed", `"response":{"id":"resp_1","status":"completed","model":"gpt-5","output":[]}`)))
	var text collector
	got, err := f.GenerateContent(t.Context(), question, llms.WithStreamingFunc(text.take))
	if err != nil || got.Choices[0].Content != "It rains" || text.text() != "It rains" {
		t.Errorf("heard %q, %v, %v", text.text(), got, err)
	}
}

func TestBrokenResponsesStreams(t *testing.T) {
	tests := []struct {
		name  string
		reply azuretest.Reply
		code  llms.ErrorCode
		is    error
		words string // the service's, in the error
		said  string // of the partial answer; "" is no answer at all
	}{
		{"it ends before response.completed", azuretest.TruncatedStream(1, azuretest.Text("It ", "rains")), llms.ErrCodeProviderUnavailable, azureadv1.ErrStreamTruncated, "", "It "},
		{"the connection is cut", azuretest.CutStream(1, azuretest.Text("It ", "rains")), llms.ErrCodeProviderUnavailable, io.ErrUnexpectedEOF, "", "It "},
		{"an error event", azuretest.StreamError(1, azuretest.Text("It ", "rains")), llms.ErrCodeProviderUnavailable, nil, "server had an error", "It "},
		{"a failed response", events(named("response.created", begun, delta, itRain, "response.failed", `"response":{"id":"resp_1","status":"failed","output":[],"error":{"code":"rate_limit_exceeded","message":"slow down"}}`)), llms.ErrCodeRateLimit, nil, "slow down", "It rains"},
		{"a failure before the first word", events(named("response.created", begun, "response.failed", `"response":{"id":"resp_1","status":"failed","output":[],"error":{"code":"server_error","message":"broke"}}`)), llms.ErrCodeProviderUnavailable, nil, "broke", ""},
		{"no JSON", events(named("response.created", begun, delta, itRain) + "event: " + delta + "\ndata: {\"delta\":\n\n" + named(delta, itRain)), llms.ErrCodeProviderUnavailable, nil, "stream frame 3", "It rains"},
		{"chat's end in place of its own", events(named("response.created", begun, delta, itRain) + "data: [DONE]\n\n"), llms.ErrCodeProviderUnavailable, azureadv1.ErrStreamTruncated, "", "It rains"},
		{"no event at all", events(""), llms.ErrCodeProviderUnavailable, azureadv1.ErrStreamTruncated, "", ""},
		{"an answer without output", azuretest.EmptyChoices(), llms.ErrCodeProviderUnavailable, azureadv1.ErrBadAnswer, "no output", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := responding(t, v1, "chat", azuretest.Options{})
			f.server.Enqueue(tt.reply)
			var text collector
			got, err := f.GenerateContent(t.Context(), question, llms.WithStreamingFunc(text.take))
			e := asLLMError(t, err)
			ours, ok := errors.AsType[*azureadv1.Error](err)
			if e.Code != tt.code || !ok || !strings.Contains(err.Error(), tt.words) || ours.RequestID == "" {
				t.Errorf("code %s, %+v", e.Code, err)
			}
			if tt.is != nil && !errors.Is(err, tt.is) {
				t.Errorf("%v is no %v", err, tt.is)
			}
			said := ""
			if got != nil {
				said = got.Choices[0].Content
			}
			if said != tt.said || text.text() != tt.said {
				t.Errorf("the partial answer is %q, heard %q, want %q", said, text.text(), tt.said)
			}
		})
	}
}

func TestResponsesOverAChannel(t *testing.T) {
	f := responding(t, v1, "gpt-5", azuretest.Options{})
	f.server.Enqueue(azuretest.Text("It ", "rains").WithReasoningSummary("Hm."), azuretest.TruncatedStream(1, azuretest.Text("It ", "rains")))
	values, err := f.GenerateContentStream(t.Context(), question)
	if err != nil {
		t.Fatal(err)
	}
	text, last, _ := readAll(values)
	if text != "It rains" || last.Choices[0].StopReason != "stop" || last.Choices[0].GenerationInfo["ResponseItems"] == nil {
		t.Errorf("heard %q, %+v", text, last.Choices[0])
	}
	values, err = f.GenerateContentStream(t.Context(), question)
	if err != nil {
		t.Fatal(err)
	}
	text, last, _ = readAll(values)
	if broke, _ := last.Choices[0].GenerationInfo["Error"].(*llms.Error); text != "It " || last.Choices[0].StopReason != "error" || !errors.Is(broke, azureadv1.ErrStreamTruncated) {
		t.Errorf("heard %q, %+v", text, last.Choices[0])
	}
}

func TestStopWordsOnResponses(t *testing.T) {
	for _, streamed := range []bool{false, true} {
		f := responding(t, v1, "chat", azuretest.Options{})
		f.server.Enqueue(azuretest.Text("a\nObser", "vation: b"))
		var text collector
		options := []llms.CallOption{llms.WithStopWords([]string{"\nObservation:"})}
		if streamed {
			options = append(options, llms.WithStreamingFunc(text.take))
		}
		got, err := f.GenerateContent(t.Context(), question, options...)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff([]string{"a", "stop"}, []string{got.Choices[0].Content, got.Choices[0].StopReason}); d != "" || streamed && text.text() != "a" {
			t.Errorf("streamed %t: heard %q (-want +got):\n%s", streamed, text.text(), d)
		}
	}
}
