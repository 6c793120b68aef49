package azuretest_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/azure"
	"github.com/openai/openai-go/v3/option"
	"github.com/openai/openai-go/v3/responses"

	"github.com/seed-a739af98/langchaingo-azure/azureadv1/azuretest"
)

// openaiClients are openai-go as its users set it up: the azure package on classic with a credential, a plain base URL on v1 with a token.
func openaiClients(t *testing.T, s *azuretest.Server) map[string]openai.Client {
	t.Helper()
	token := getToken(t, s.Credential(), cognitiveScope).Token
	return map[string]openai.Client{
		"classic": openai.NewClient(azure.WithEndpoint(s.Endpoint(), "2025-04-01-preview"), azure.WithTokenCredential(s.Credential()),
			option.WithHTTPClient(s.HTTPClient())),
		"v1": openai.NewClient(option.WithBaseURL(s.Endpoint()+"/openai/v1/"), option.WithAPIKey(token), option.WithHTTPClient(s.HTTPClient())),
	}
}

func sayHi() openai.ChatCompletionNewParams {
	return openai.ChatCompletionNewParams{Model: "chat", Messages: []openai.ChatCompletionMessageParamUnion{openai.UserMessage("hi")}}
}

func TestOpenAIGoReadsEveryAnswer(t *testing.T) {
	bothForms(t, azuretest.Options{}, func(t *testing.T, s *azuretest.Server) {
		for surface, client := range openaiClients(t, s) {
			t.Run(surface, func(t *testing.T) {
				t.Run("plain chat", func(t *testing.T) {
					got, err := client.Chat.Completions.New(t.Context(), sayHi())
					if err != nil || got.Choices[0].Message.Content != "Hello from chat." || got.Usage.TotalTokens == 0 || last(t, s).Surface != surface {
						t.Fatalf("%v: %+v", err, got)
					}
				})
				t.Run("streamed tool calls, interleaved", func(t *testing.T) { streamedTools(t, s, client) })
				t.Run("embeddings", func(t *testing.T) {
					got, err := client.Embeddings.New(t.Context(), openai.EmbeddingNewParams{
						Model: "embed", Input: openai.EmbeddingNewParamsInputUnion{OfArrayOfStrings: []string{"a", "b"}}, Dimensions: openai.Int(4),
					})
					if err != nil || len(got.Data) != 2 || len(got.Data[1].Embedding) != 4 || got.Data[1].Index != 1 {
						t.Fatalf("%v: %+v", err, got)
					}
				})
				t.Run("responses", func(t *testing.T) { plainAndStreamedResponses(t, s, client) })
				t.Run("an error inside the stream", func(t *testing.T) {
					s.Enqueue(azuretest.StreamError(1))
					stream := client.Chat.Completions.NewStreaming(t.Context(), sayHi())
					for stream.Next() {
						_ = stream.Current()
					}
					if err := stream.Err(); err == nil || !strings.Contains(err.Error(), "The server had an error") {
						t.Errorf("error = %v", err)
					}
					if err := stream.Close(); err != nil {
						t.Error(err)
					}
				})
			})
		}
	})
}

func streamedTools(t *testing.T, s *azuretest.Server, client openai.Client) {
	s.Enqueue(azuretest.ToolCalls(
		azuretest.ToolCall{ID: "c1", Name: "weather", Arguments: `{"city":"Florence"}`}, azuretest.ToolCall{ID: "c2", Name: "clock", Arguments: `{"zone":"CET"}`},
	).WithText("One moment.").Interleaved())
	params := sayHi()
	params.StreamOptions.IncludeUsage = openai.Bool(true)
	params.Tools = []openai.ChatCompletionToolUnionParam{
		openai.ChatCompletionFunctionTool(openai.FunctionDefinitionParam{Name: "weather"}),
	}
	stream := client.Chat.Completions.NewStreaming(t.Context(), params)
	var acc openai.ChatCompletionAccumulator
	for stream.Next() {
		if c := stream.Current(); c.ID != "" { // the first frame's id is empty, and the accumulator takes only one
			acc.AddChunk(c)
		}
	}
	if err := errors.Join(stream.Err(), stream.Close()); err != nil {
		t.Fatal(err)
	}
	message := acc.Choices[0].Message
	var calls []azuretest.ToolCall
	for _, c := range message.ToolCalls {
		calls = append(calls, azuretest.ToolCall{ID: c.ID, Name: c.Function.Name, Arguments: c.Function.Arguments})
	}
	want := []azuretest.ToolCall{{ID: "c1", Name: "weather", Arguments: `{"city":"Florence"}`}, {ID: "c2", Name: "clock", Arguments: `{"zone":"CET"}`}}
	if diff := cmp.Diff(want, calls); diff != "" || message.Content != "One moment." || acc.Usage.TotalTokens == 0 {
		t.Errorf("content %q, usage %+v, calls (-want +got):\n%s", message.Content, acc.Usage, diff)
	}
}

func plainAndStreamedResponses(t *testing.T, s *azuretest.Server, client openai.Client) {
	params := responses.ResponseNewParams{Model: "chat", Input: responses.ResponseNewParamsInputUnion{OfString: openai.String("hi")}}
	got, err := client.Responses.New(t.Context(), params)
	if err != nil || got.OutputText() != "Hello from chat." || got.Status != responses.ResponseStatusCompleted || got.Usage.TotalTokens == 0 {
		t.Fatalf("%v: %+v", err, got)
	}
	s.Enqueue(azuretest.Text("a", "b").WithReasoningSummary("because"))
	stream := client.Responses.NewStreaming(t.Context(), params)
	text, final := "", ""
	for stream.Next() {
		switch event := stream.Current().AsAny().(type) {
		case responses.ResponseTextDeltaEvent:
			text += event.Delta
		case responses.ResponseCompletedEvent:
			final = event.Response.OutputText()
		}
	}
	if err := errors.Join(stream.Err(), stream.Close()); err != nil || text != "ab" || final != "ab" {
		t.Errorf("error %v, deltas %q, final %q", err, text, final)
	}
}

func TestOpenAIGoRetriesWhatItShould(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := inMemory(t, azuretest.Options{})
		client := openaiClients(t, s)["v1"]
		s.Enqueue(azuretest.RateLimited(azuretest.RetryAfterMs(800)), azuretest.Disconnect(), azuretest.Text("third time lucky"))
		began := time.Now()
		got, err := client.Chat.Completions.New(t.Context(), sayHi())
		if err != nil || got.Choices[0].Message.Content != "third time lucky" {
			t.Fatalf("%v: %+v", err, got)
		}
		all := s.Requests()
		if len(all) != 3 || all[0].Attempt() != 1 || all[2].Attempt() != 3 || all[0].Status != http.StatusTooManyRequests {
			t.Errorf("requests = %v", all)
		}
		if wait := all[1].Time.Sub(began); wait != 800*time.Millisecond {
			t.Errorf("the first retry came after %v, want retry-after-ms", wait)
		}
		s.Enqueue(azuretest.ContentFiltered("hate"))
		_, err = client.Chat.Completions.New(t.Context(), sayHi())
		if e, ok := errors.AsType[*openai.Error](err); !ok || e.Code != "content_filter" || e.StatusCode != http.StatusBadRequest {
			t.Errorf("error = %v", err)
		}
	})
}

func TestAClaimsChallengeIsMetWithClaims(t *testing.T) {
	bothForms(t, azuretest.Options{}, func(t *testing.T, s *azuretest.Server) {
		claims := `{"access_token":{"nbf":{"essential":true,"value":"1760000001"}}}`
		s.Enqueue(azuretest.ClaimsChallenge(claims))
		client := openaiClients(t, s)["classic"] // azcore's policy reads the challenge
		if _, err := client.Chat.Completions.New(t.Context(), sayHi()); err != nil {
			t.Fatal(err)
		}
		asked, all := s.TokenRequests(), s.Requests()
		if got := asked[len(asked)-1].Claims; len(asked) != 2 || !strings.Contains(got, "1760000001") {
			t.Errorf("%d token requests, the last with claims %s", len(asked), got)
		}
		if len(all) != 2 || all[0].Fault != "ClaimsChallenge" || all[1].Status != 200 || all[0].Fingerprint() == all[1].Fingerprint() {
			t.Errorf("requests = %v", all)
		}
	})
}
