package compat

import (
	"context"
	"errors"
	"io"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/tmc/langchaingo/agents"
	"github.com/tmc/langchaingo/chains"
	"github.com/tmc/langchaingo/llms"
	"github.com/tmc/langchaingo/tools"

	"github.com/seed-a739af98/langchaingo-azure/adapters/langchaingo"
	"github.com/seed-a739af98/langchaingo-azure/azureadv1"
)

// speech is a way to talk to a deployment.
type speech struct {
	name, version string
	options       []langchaingo.Option
}

func TestTheAdapterOnAimock(t *testing.T) {
	t.Parallel()
	modules := need(t)
	versionOf(t, modules, "@copilotkit/aimock")
	speeches := []speech{
		{"chat on v1", "v1", nil},
		{"chat on classic", "2024-10-21", nil},
		{"Responses on v1", "v1", []langchaingo.Option{langchaingo.WithResponsesAPI()}},
	}
	for _, s := range speeches {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			address := serve(t, modules, filepath.Join(modules, "@copilotkit", "aimock", "dist", "cli.js"),
				"--host", "127.0.0.1", "--port", "0", "--strict", "--fixtures", filepath.Join("testdata", "aimock.json"))
			model, err := langchaingo.New(azureadv1.Config{
				Endpoint: address, APIVersion: s.version, Deployment: "gpt-4o",
				TokenProvider: azureadv1.StaticToken("an-entra-token"),
			}, append(s.options, langchaingo.WithEmbeddingDeployment("text-embedding-3-small"))...)
			if err != nil {
				t.Fatal(err)
			}
			t.Run("an answer", func(t *testing.T) { answered(t, model) })
			t.Run("a stream", func(t *testing.T) { streamed(t, model) })
			t.Run("a tool", func(t *testing.T) { toolUsed(t, model) })
			t.Run("a 429 that passes", func(t *testing.T) { asked(t, model, "May I ask once more?", "Now there is room.") })
			t.Run("a 429 that stays", func(t *testing.T) { limited(t, model) })
			t.Run("a stream that breaks off", func(t *testing.T) { brokenOff(t, model) })
			t.Run("embeddings", func(t *testing.T) { embedded(t, model) })
		})
	}
}

func asked(t *testing.T, model llms.Model, question, want string) {
	t.Helper()
	got, err := llms.GenerateFromSinglePrompt(t.Context(), model, question)
	if err != nil {
		t.Fatal(err)
	}
	if got != want {
		t.Errorf("the answer is %q, want %q", got, want)
	}
}

func human(text string) []llms.MessageContent {
	return []llms.MessageContent{llms.TextParts(llms.ChatMessageTypeHuman, text)}
}

const hello = "Hello from a program that others wrote."

func answered(t *testing.T, model llms.Model) {
	t.Helper()
	answer, err := model.GenerateContent(t.Context(), human("Say hello"))
	if err != nil {
		t.Fatal(err)
	}
	choice := answer.Choices[0]
	if choice.Content != hello || choice.StopReason != "stop" {
		t.Errorf("the answer is %q, stopped by %q", choice.Content, choice.StopReason)
	}
	if choice.GenerationInfo["PromptTokens"] != 11 || choice.GenerationInfo["CompletionTokens"] != 8 {
		t.Errorf("usage: %v", choice.GenerationInfo)
	}
}

func streamed(t *testing.T, model llms.Model) {
	t.Helper()
	var pieces []string
	answer, err := model.GenerateContent(t.Context(), human("Say hello"), llms.WithStreamingFunc(func(_ context.Context, p []byte) error {
		pieces = append(pieces, string(p))
		return nil
	}))
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(pieces, ""); len(pieces) < 2 || got != hello || answer.Choices[0].Content != hello {
		t.Errorf("heard %q, answered %q", pieces, answer.Choices[0].Content)
	}
	if answer.Choices[0].GenerationInfo["CompletionTokens"] != 8 {
		t.Errorf("usage of the stream: %v", answer.Choices[0].GenerationInfo)
	}
}

// weather is a tool whose answer the server looks for in what comes back.
type weather struct{ asked *[]string }

func (weather) Name() string        { return "weather" }
func (weather) Description() string { return "Knows the weather of a city." }
func (w weather) Call(_ context.Context, city string) (string, error) {
	*w.asked = append(*w.asked, city)
	return "rain in " + city, nil
}

func toolUsed(t *testing.T, model llms.Model) {
	t.Helper()
	var cities []string
	agent := agents.NewOpenAIFunctionsAgent(model, []tools.Tool{weather{&cities}})
	got, err := chains.Run(t.Context(), agents.NewExecutor(agent), "What is the weather in Oslo?")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"Oslo"}, cities); diff != "" || got != "Take an umbrella." {
		t.Errorf("the agent answered %q; cities (-want +got):\n%s", got, diff)
	}
}

func limited(t *testing.T, model llms.Model) {
	t.Helper()
	_, err := llms.GenerateFromSinglePrompt(t.Context(), model, "never mind")
	if !llms.IsRateLimitError(err) {
		t.Fatalf("want a rate limit, got %v", err)
	}
	if e := azureadv1.AsError(err); e == nil || e.StatusCode != 429 || e.RetryAfter != time.Hour {
		t.Errorf("want 429 and a wait of an hour, got %+v", e)
	}
}

func brokenOff(t *testing.T, model llms.Model) {
	t.Helper()
	answer, err := model.GenerateContent(t.Context(), human("break off"), llms.WithStreamingFunc(func(context.Context, []byte) error { return nil }))
	if !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Fatalf("want an unexpected end, got %v", err)
	}
	if answer == nil || !strings.HasPrefix("This answer is cut before it can come to its end.", answer.Choices[0].Content) || answer.Choices[0].Content == "" {
		t.Errorf("what had come is not returned beside the error: %+v", answer)
	}
}

func embedded(t *testing.T, model *langchaingo.LLM) {
	t.Helper()
	got, err := model.CreateEmbedding(t.Context(), []string{"three numbers", "and again"})
	if err != nil {
		t.Fatal(err)
	}
	want := []float32{0.5, -0.25, 2}
	if diff := cmp.Diff([][]float32{want, want}, got); diff != "" {
		t.Errorf("vectors (-want +got):\n%s", diff)
	}
}
