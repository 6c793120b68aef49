package langchaingo_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/tmc/langchaingo/llms"

	"github.com/seed-a739af98/langchaingo-azure/azureadv1"
	"github.com/seed-a739af98/langchaingo-azure/azureadv1/azuretest"
)

const fullAnswer = `{"choices":[{"content_filter_results":{"hate":{"filtered":false,"severity":"low"}},"finish_reason":"tool_calls","index":0,
"logprobs":{"content":[]},"message":{"annotations":[],"content":null,"refusal":null,"role":"assistant","reasoning_content":"Hm.",
"tool_calls":[{"function":{"arguments":"{\"x\":1}","name":"add"},"id":"call_1","type":"function"},{"function":{"arguments":"{}","name":"sub"},"id":"call_2","type":"function"}]}}],
"created":1782321616,"id":"chatcmpl-1","model":"gpt-5-mini-2025-08-07","object":"chat.completion",
"prompt_filter_results":[{"prompt_index":0,"content_filter_results":{"jailbreak":{"detected":false,"filtered":false}}}],
"service_tier":"default","system_fingerprint":"fp_1","usage":{"completion_tokens":26,
"completion_tokens_details":{"accepted_prediction_tokens":1,"audio_tokens":2,"reasoning_tokens":3,"rejected_prediction_tokens":4},
"latency_checkpoint":{"engine_ttft_ms":67},"prompt_tokens":145,"prompt_tokens_details":{"audio_tokens":5,"cached_tokens":6},"total_tokens":171}}`

func TestGenerationInfo(t *testing.T) {
	bothSurfaces(t, func(t *testing.T, version string) {
		f := setUp(t, version, azuretest.Options{Region: "Sweden Central"}, nil)
		f.server.Enqueue(azuretest.Raw(200, nil, fullAnswer))
		response, err := f.GenerateContent(t.Context(), human("q"), llms.WithTools([]llms.Tool{adder}))
		if err != nil {
			t.Fatal(err)
		}
		first := &llms.FunctionCall{Name: "add", Arguments: `{"x":1}`}
		want := &llms.ContentResponse{Choices: []*llms.ContentChoice{{
			StopReason: "tool_calls", ReasoningContent: "Hm.", FuncCall: first,
			ToolCalls: []llms.ToolCall{
				{ID: "call_1", Type: "function", FunctionCall: first},
				{ID: "call_2", Type: "function", FunctionCall: &llms.FunctionCall{Name: "sub", Arguments: "{}"}},
			},
			GenerationInfo: map[string]any{
				"PromptTokens": 145, "CompletionTokens": 26, "TotalTokens": 171, "ReasoningTokens": 3, "ThinkingTokens": 3, "CompletionReasoningTokens": 3,
				"PromptCachedTokens": 6, "PromptAudioTokens": 5, "CompletionAudioTokens": 2, "CompletionAcceptedPredictionTokens": 1,
				"CompletionRejectedPredictionTokens": 4, "ThinkingContent": "Hm.",
				"RequestID": f.last(t).RequestID, "Model": "gpt-5-mini-2025-08-07", "Deployment": "chat", "Region": "Sweden Central", "ID": "chatcmpl-1",
				"SystemFingerprint": "fp_1", "ServiceTier": "default", "Attempts": 1, "Logprobs": json.RawMessage(`{"content":[]}`),
				"ContentFilterResults": []azureadv1.FilterResult{{Category: "hate", Severity: "low"}},
				"PromptFilterResults":  []azureadv1.FilterResult{{Category: "jailbreak", HasDetected: true}},
			},
		}}}
		if d := cmp.Diff(want, response); d != "" {
			t.Errorf("response (-want +got):\n%s", d)
		}
	})
}

func TestThinkingTokensAreFoundByLangchaingo(t *testing.T) {
	f := setUp(t, v1, azuretest.Options{}, nil)
	f.server.Enqueue(azuretest.Text("x").WithUsage(azuretest.Usage{Prompt: 1, Completion: 9, Reasoning: 5}))
	response, err := f.GenerateContent(t.Context(), human("q"))
	if err != nil {
		t.Fatal(err)
	}
	if got := llms.ExtractThinkingTokens(response.Choices[0].GenerationInfo); got.ThinkingTokens != 5 || got.ThinkingOutputTokens != 5 {
		t.Errorf("got %+v", got)
	}
}

func TestAttemptsAreCounted(t *testing.T) {
	f := setUp(t, v1, azuretest.Options{}, nil, func(c *azureadv1.Config) { c.MaxRetries = 2 })
	f.server.Enqueue(azuretest.RateLimited(azuretest.RetryAfterMs(1)))
	response, err := f.GenerateContent(t.Context(), human("q"))
	if err != nil {
		t.Fatal(err)
	}
	if got := response.Choices[0].GenerationInfo["Attempts"]; got != 2 {
		t.Errorf("got %v attempts, want 2", got)
	}
}

func TestUnusualAnswers(t *testing.T) {
	tests := []struct {
		name  string
		reply azuretest.Reply
		check func(t *testing.T, c *llms.ContentChoice)
	}{
		{"a refusal", azuretest.Refusal("I won't."), func(t *testing.T, c *llms.ContentChoice) {
			if c.Content != "" || c.GenerationInfo["Refusal"] != "I won't." {
				t.Errorf("got %+v", c)
			}
		}},
		{"a filtered answer", azuretest.FilteredAnswer("So "), func(t *testing.T, c *llms.ContentChoice) {
			if c.Content != "So " || c.StopReason != "content_filter" || c.GenerationInfo["ContentFilterResults"] == nil {
				t.Errorf("got %+v", c)
			}
		}},
		{"a filtered answer without content", azuretest.FilteredAnswer(), func(t *testing.T, c *llms.ContentChoice) {
			if c.Content != "" || c.StopReason != "content_filter" {
				t.Errorf("got %+v", c)
			}
		}},
		{"an empty text", azuretest.Text(""), func(t *testing.T, c *llms.ContentChoice) {
			if c.Content != "" || c.StopReason != "stop" {
				t.Errorf("got %+v", c)
			}
		}},
	}
	for _, tt := range tests {
		for how, options := range map[string][]llms.CallOption{"plain": nil, "streamed": {llms.WithStreamingFunc(ignore)}} {
			t.Run(tt.name+", "+how, func(t *testing.T) {
				f := setUp(t, v1, azuretest.Options{}, nil)
				f.server.Enqueue(tt.reply)
				response, err := f.GenerateContent(t.Context(), human("q"), options...)
				if err != nil {
					t.Fatal(err)
				}
				tt.check(t, response.Choices[0])
			})
		}
	}
}

func TestOlderFunctionCall(t *testing.T) {
	plain := azuretest.Raw(200, nil, `{"choices":[{"finish_reason":"function_call","index":0,"message":{"role":"assistant","content":null,"function_call":{"name":"add","arguments":"{}"}}}]}`)
	streamed := events(frames(
		`data: {"choices":[{"index":0,"delta":{"role":"assistant","function_call":{"name":"add","arguments":""}}}]}`,
		`data: {"choices":[{"index":0,"delta":{"function_call":{"arguments":"{}"}}}]}`,
		`data: {"choices":[{"index":0,"delta":{},"finish_reason":"function_call"}]}`, doneFrame,
	))
	for name, reply := range map[string]azuretest.Reply{"plain": plain, "streamed": streamed} {
		t.Run(name, func(t *testing.T) {
			f := setUp(t, v1, azuretest.Options{}, nil)
			f.server.Enqueue(reply)
			var options []llms.CallOption
			if name == "streamed" {
				options = append(options, llms.WithStreamingFunc(ignore))
			}
			response, err := f.GenerateContent(t.Context(), human("q"), options...)
			if err != nil {
				t.Fatal(err)
			}
			c := response.Choices[0]
			if d := cmp.Diff(&llms.FunctionCall{Name: "add", Arguments: "{}"}, c.FuncCall); d != "" || c.StopReason != "function_call" || c.ToolCalls != nil {
				t.Errorf("got %+v; FuncCall (-want +got):\n%s", c, d)
			}
		})
	}
}

func TestAnswersThatAreNone(t *testing.T) {
	tests := []struct {
		name  string
		reply azuretest.Reply
	}{
		{"no choices", azuretest.EmptyChoices()},
		{"an error with status 200", azuretest.Raw(200, nil, `{"error":{"message":"oops","type":"server_error"}}`)},
		{"another object", azuretest.Raw(200, nil, `{"hello":1}`)},
		{"a list", azuretest.Raw(200, nil, `[]`)},
		{"null", azuretest.Raw(200, nil, `null`)},
		{"nothing", azuretest.Raw(200, nil, ``)},
		{"broken JSON", azuretest.Raw(200, nil, `{"choices":[{"message":`)},
		{"more than one answer", azuretest.Raw(200, nil, `{"choices":[]}{"choices":[]}`)},
		{"an event stream", events(frames(roleFrame, stopFrame, doneFrame))},
		{"half a body", azuretest.TruncatedStream(0)},
		{"a connection cut in the body", azuretest.CutStream(0)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := setUp(t, v1, azuretest.Options{}, nil)
			f.server.Enqueue(tt.reply)
			response, err := f.GenerateContent(t.Context(), human("q"))
			if e := asLLMError(t, err); response != nil || e.Code != llms.ErrCodeProviderUnavailable {
				t.Errorf("got %v, %v", response, err)
			}
			if e := azureadv1.AsError(err); e == nil || e.StatusCode != 200 || e.RequestID == "" {
				t.Errorf("the *azureadv1.Error is %v", e)
			}
		})
	}
}

func TestCall(t *testing.T) {
	f := setUp(t, v1, azuretest.Options{}, nil)
	f.server.Enqueue(azuretest.Text("four"))
	got, err := f.Call(t.Context(), "2+2?", llms.WithTemperature(0))
	if err != nil || got != "four" || f.last(t).Field("temperature") != 0.0 {
		t.Errorf("got %q, %v for %s", got, err, f.last(t).Body)
	}
}

// Answers are read in buffers that are used again: nothing of one may show up in another.
func TestCallsAtTheSameTimeDoNotMix(t *testing.T) {
	f := setUp(t, v1, azuretest.Options{Respond: func(r azuretest.Request) azuretest.Reply {
		return azuretest.Text(strings.Repeat(r.LastMessage().Content+" ", 100))
	}}, embed)
	var all sync.WaitGroup
	for i := range 24 {
		all.Go(func() {
			var options []llms.CallOption
			var got collector
			if i%2 == 0 {
				options = append(options, llms.WithStreamingFunc(got.take))
			}
			question := fmt.Sprint("question ", i)
			for range 3 {
				got = collector{}
				response, err := f.GenerateContent(t.Context(), human(question), options...)
				if err != nil {
					t.Error(err)
					return
				}
				want := strings.Repeat(question+" ", 100)
				if response.Choices[0].Content != want || i%2 == 0 && got.text() != want {
					t.Errorf("question %d got another's answer", i)
				}
			}
		})
	}
	all.Wait()
}
