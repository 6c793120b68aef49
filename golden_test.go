package provider_test

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/tmc/langchaingo/llms"

	"github.com/seed-a739af98/langchaingo-azure/adapters/langchaingo"
	"github.com/seed-a739af98/langchaingo-azure/azureadv1/azuretest"
)

var update = flag.Bool("update", false, "write the golden files of testdata anew")

// golden compares a text with a file of testdata, or writes it with -update.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		must(t, os.WriteFile(file, got, 0o600))
	}
	want, err := os.ReadFile(file)
	must(t, err)
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", file, diff)
	}
}

func indented(t *testing.T, body []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	must(t, json.Indent(&b, body, "", "  "))
	return append(b.Bytes(), '\n')
}

// conversation has one of every message that an agent's history holds.
func conversation() []llms.MessageContent {
	return []llms.MessageContent{
		llms.TextParts(llms.ChatMessageTypeSystem, "Answer in one sentence."),
		{Role: llms.ChatMessageTypeHuman, Parts: []llms.ContentPart{
			llms.TextPart("What is on this picture, and what time is it in Tromsø?"),
			llms.ImageURLWithDetailPart("https://example.com/picture.png", "low"),
			llms.BinaryPart("image/png", []byte("\x89PNG")),
		}},
		{Role: llms.ChatMessageTypeAI, Parts: []llms.ContentPart{
			llms.TextPart("I look at the clock."),
			llms.ToolCall{ID: "call_1", Type: "function", FunctionCall: &llms.FunctionCall{Name: "clock", Arguments: "Tromsø"}},
			llms.ToolCall{ID: "call_2", Type: "function", FunctionCall: &llms.FunctionCall{Name: "clock", Arguments: `{"__arg1":"Oslo"}`}},
		}},
		{Role: llms.ChatMessageTypeTool, Parts: []llms.ContentPart{
			llms.ToolCallResponse{ToolCallID: "call_2", Name: "clock", Content: "12:00"},
			llms.ToolCallResponse{ToolCallID: "call_1", Name: "clock", Content: "12:00 \"sharp\""},
		}},
	}
}

func TestGoldenRequests(t *testing.T) {
	clock := llms.Tool{Type: "function", Function: &llms.FunctionDefinition{
		Name: "clock", Description: "Tells the time in a city.",
		Parameters: map[string]any{"type": "object", "properties": map[string]any{"__arg1": map[string]any{"type": "string"}}, "required": []string{"__arg1"}},
	}}
	for surface, version := range map[string]string{"v1": "v1", "classic": "2024-10-21", "older": "2024-06-01"} {
		t.Run(surface, func(t *testing.T) {
			s := inMemory(t, azuretest.Options{})
			cfg := config(t, s, version)
			cfg.Credential = s.Credential()
			m, err := langchaingo.New(cfg, langchaingo.WithEmbeddingDeployment("embed"), langchaingo.WithEmbeddingDimensions(64))
			must(t, err)
			_, err = m.GenerateContent(t.Context(), conversation(), llms.WithTools([]llms.Tool{clock}), llms.WithToolChoice("auto"),
				llms.WithTemperature(0), llms.WithMaxTokens(100), llms.WithStopWords([]string{"\nObservation:"}), llms.WithStreamingFunc(discard))
			must(t, err)
			_, err = m.CreateEmbedding(t.Context(), []string{"fjord", "fjell \u2028"})
			must(t, err)
			for i, name := range []string{"chat", "embeddings"} {
				golden(t, filepath.Join("requests", name+"-"+surface+".json"), indented(t, s.Requests()[i].Body))
			}
		})
	}
}

// TestGoldenAnswers reads answers in Azure's shapes, written for this test, and keeps what langchaingo gets of them.
func TestGoldenAnswers(t *testing.T) {
	for _, name := range []string{"chat", "chat-tools", "chat-filtered"} {
		t.Run(name, func(t *testing.T) {
			body, err := os.ReadFile(filepath.Join("testdata", "answers", name+".json"))
			must(t, err)
			s := inMemory(t, azuretest.Options{})
			cfg := config(t, s, "")
			cfg.Credential = s.Credential()
			m, err := langchaingo.New(cfg)
			must(t, err)
			s.Enqueue(azuretest.Raw(200, nil, string(body)).WithHeader("apim-request-id", "11111111-0000-4000-8000-000000000000"))
			answer, err := m.GenerateContent(t.Context(), conversation())
			must(t, err)
			got, err := json.MarshalIndent(answer, "", "  ")
			must(t, err)
			golden(t, filepath.Join("answers", name+".golden"), append(got, '\n'))
		})
	}
}

// discard is a streaming function that wants nothing of the text.
func discard(context.Context, []byte) error { return nil }
