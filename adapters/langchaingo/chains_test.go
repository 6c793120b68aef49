package langchaingo_test

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/tmc/langchaingo/chains"
	"github.com/tmc/langchaingo/embeddings"
	"github.com/tmc/langchaingo/llms"
	"github.com/tmc/langchaingo/memory"
	"github.com/tmc/langchaingo/outputparser"
	"github.com/tmc/langchaingo/prompts"
	"github.com/tmc/langchaingo/schema"
	"github.com/tmc/langchaingo/vectorstores"

	"github.com/seed-a739af98/langchaingo-azure/azureadv1/azuretest"
)

func TestLLMChain(t *testing.T) {
	for _, name := range []string{"chat", "gpt-5"} {
		t.Run("on "+name, func(t *testing.T) {
			f := setUp(t, v1, azuretest.Options{}, nil, deployment(name))
			f.server.Enqueue(azuretest.Text("tre"))
			chain := chains.NewLLMChain(f.LLM, prompts.NewPromptTemplate("{{.n}} in Norwegian?", []string{"n"}))
			got, err := chains.Run(t.Context(), chain, "3", chains.WithTemperature(0), chains.WithMaxTokens(9), chains.WithStopWords([]string{"!"}))
			if err != nil || got != "tre" || f.last(t).LastMessage().Content != "3 in Norwegian?" {
				t.Errorf("got %q, %v for %s", got, err, f.last(t).Body)
			}
			if sent := f.last(t).Field("temperature"); (sent == nil) != (name == "gpt-5") {
				t.Errorf("temperature %v was sent", sent)
			}
		})
	}
}

func TestConversationWithMemory(t *testing.T) {
	everySpeech(t, func(t *testing.T, s speech) {
		f := setUp(t, s.version, azuretest.Options{}, s.options)
		f.server.Enqueue(azuretest.Text("Hello Ann"), azuretest.Text("You are Ann"))
		conversation := chains.NewConversation(f.LLM, memory.NewConversationBuffer())
		for _, say := range []string{"I am Ann", "Who am I?"} {
			if _, err := chains.Run(t.Context(), conversation, say); err != nil {
				t.Fatal(err)
			}
		}
		for _, part := range []string{"I am Ann", "Hello Ann", "Who am I?"} {
			if !strings.Contains(f.last(t).LastMessage().Content, part) {
				t.Errorf("the second prompt does not hold %q: %s", part, f.last(t).Body)
			}
		}
	})
}

// shelf is a vector store in a slice.
type shelf struct {
	embedder  embeddings.Embedder
	documents []schema.Document
	vectors   [][]float32
}

var _ vectorstores.VectorStore = (*shelf)(nil)

func (s *shelf) AddDocuments(ctx context.Context, documents []schema.Document, _ ...vectorstores.Option) ([]string, error) {
	texts := make([]string, len(documents))
	ids := make([]string, len(documents))
	for i, d := range documents {
		texts[i], ids[i] = d.PageContent, fmt.Sprint(len(s.documents)+i)
	}
	vectors, err := s.embedder.EmbedDocuments(ctx, texts)
	if err != nil {
		return nil, err
	}
	s.documents, s.vectors = append(s.documents, documents...), append(s.vectors, vectors...)
	return ids, nil
}

func (s *shelf) SimilaritySearch(ctx context.Context, query string, n int, _ ...vectorstores.Option) ([]schema.Document, error) {
	vector, err := s.embedder.EmbedQuery(ctx, query)
	if err != nil {
		return nil, err
	}
	order := make([]int, len(s.vectors))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(near(vector, s.vectors[b]), near(vector, s.vectors[a])) })
	found := make([]schema.Document, 0, n)
	for _, i := range order[:min(n, len(order))] {
		found = append(found, s.documents[i])
	}
	return found, nil
}

func near(a, b []float32) (sum float32) {
	for i := range a {
		sum += a[i] * b[i]
	}
	return sum
}

func TestRetrievalQA(t *testing.T) {
	bothSurfaces(t, func(t *testing.T, version string) {
		f := setUp(t, version, azuretest.Options{}, embed)
		embedder, err := embeddings.NewEmbedder(f.LLM)
		if err != nil {
			t.Fatal(err)
		}
		store := &shelf{embedder: embedder}
		_, err = store.AddDocuments(t.Context(), []schema.Document{
			{PageContent: "bread needs flour and yeast"}, {PageContent: "the harbour opens at seven"}, {PageContent: "trains leave every hour"},
		})
		if err != nil {
			t.Fatal(err)
		}
		f.server.EnqueueFor("chat", azuretest.Text("At seven."))
		got, err := chains.Run(t.Context(), chains.NewRetrievalQAFromLLM(f.LLM, vectorstores.ToRetriever(store, 1)), "when opens the harbour")
		if err != nil || got != "At seven." {
			t.Fatalf("got %q, %v", got, err)
		}
		prompt := f.last(t).LastMessage().Content
		if !strings.Contains(prompt, "harbour opens at seven") || strings.Contains(prompt, "yeast") {
			t.Errorf("the prompt holds other documents than the nearest: %q", prompt)
		}
	})
}

func TestMapReduce(t *testing.T) {
	f := setUp(t, v1, azuretest.Options{Respond: func(r azuretest.Request) azuretest.Reply {
		switch prompt := r.LastMessage().Content; {
		case strings.Contains(prompt, "sum one") && strings.Contains(prompt, "sum two"):
			return azuretest.Text("both")
		case strings.Contains(prompt, "page one"):
			return azuretest.Text("sum one")
		default:
			return azuretest.Text("sum two")
		}
	}}, nil)
	chain := chains.LoadMapReduceSummarization(f.LLM)
	got, err := chains.Call(t.Context(), chain, map[string]any{"input_documents": []schema.Document{{PageContent: "page one"}, {PageContent: "page two"}}})
	if err != nil || got["text"] != "both" {
		t.Errorf("got %v, %v", got, err)
	}
}

func TestOutputParser(t *testing.T) {
	parser := outputparser.NewStructured([]outputparser.ResponseSchema{{Name: "city", Description: "a city"}})
	f := setUp(t, v1, azuretest.Options{}, nil)
	f.server.Enqueue(azuretest.Text("```json\n{\"city\": \"Oslo\"}\n```"))
	answer, err := llms.GenerateFromSinglePrompt(t.Context(), f.LLM, "Where? "+parser.GetFormatInstructions())
	if err != nil {
		t.Fatal(err)
	}
	got, err := parser.Parse(answer)
	if err != nil || fmt.Sprint(got) != "map[city:Oslo]" {
		t.Errorf("got %v, %v", got, err)
	}
}
