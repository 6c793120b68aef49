package langchaingo_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/tmc/langchaingo/embeddings"
	"github.com/tmc/langchaingo/llms"

	"github.com/seed-a739af98/langchaingo-azure/adapters/langchaingo"
	"github.com/seed-a739af98/langchaingo-azure/azureadv1"
	"github.com/seed-a739af98/langchaingo-azure/azureadv1/azuretest"
)

var embed = []langchaingo.Option{langchaingo.WithEmbeddingDeployment("embed")}

func TestEmbeddings(t *testing.T) {
	bothSurfaces(t, func(t *testing.T, version string) {
		f := setUp(t, version, azuretest.Options{}, embed)
		want := [][]float32{{1, 2}, {3, 4}, {-5, 0.5}}
		f.server.Enqueue(azuretest.Embeddings(want...).Reversed())
		got, err := f.CreateEmbedding(t.Context(), []string{"a", "b", "c"})
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("vectors, in the order of the texts (-want +got):\n%s", d)
		}
		wantBody := `{"input":["a","b","c"],"encoding_format":"base64"}`
		if version == v1 {
			wantBody = `{"model":"embed","input":["a","b","c"],"encoding_format":"base64"}`
		}
		sameJSON(t, "body", bodyOf(t, f.last(t)), wantBody)
		if f.last(t).Deployment != "embed" {
			t.Errorf("called %q", f.last(t).Deployment)
		}
	})
}

func TestEmbeddingsAsNumbers(t *testing.T) {
	f := setUp(t, v1, azuretest.Options{}, embed)
	f.server.Enqueue(azuretest.Raw(200, nil, `{"object":"list","data":[{"index":1,"embedding":[0.25,-1e-3]},{"index":0,"embedding":[1,2]}],"model":"m"}`))
	got, err := f.CreateEmbedding(t.Context(), []string{"a", "b"})
	if d := cmp.Diff([][]float32{{1, 2}, {0.25, -1e-3}}, got); d != "" || err != nil {
		t.Errorf("%v; vectors (-want +got):\n%s", err, d)
	}
}

func TestEmbeddingDimensions(t *testing.T) {
	f := setUp(t, v1, azuretest.Options{}, append(embed, langchaingo.WithEmbeddingDimensions(7)))
	got, err := f.CreateEmbedding(t.Context(), []string{"a"})
	if err != nil || len(got[0]) != 7 || f.last(t).Field("dimensions") != 7.0 {
		t.Errorf("got %v, %v for %s", got, err, f.last(t).Body)
	}
	if _, err := langchaingo.New(azureadv1.Config{Endpoint: "https://x.openai.azure.com", APIKey: "k"}, langchaingo.WithEmbeddingDimensions(-1)); !llms.IsInvalidRequestError(err) {
		t.Errorf("-1 gave %v", err)
	}
}

func TestEmbeddingsOfOlderVersions(t *testing.T) {
	f := setUp(t, "2023-05-15", azuretest.Options{}, embed)
	if got, err := f.CreateEmbedding(t.Context(), []string{"a", "b"}); err != nil || len(got) != 2 {
		t.Errorf("got %d vectors, %v", len(got), err)
	}
	f = setUp(t, "2024-02-01", azuretest.Options{}, append(embed, langchaingo.WithEmbeddingDimensions(7)))
	if _, err := f.CreateEmbedding(t.Context(), []string{"a"}); !llms.IsInvalidRequestError(err) || !strings.Contains(err.Error(), "2024-02-01 has no dimensions") {
		t.Errorf("got %v, want an error that names the version", err)
	}
	f.sentNothing(t)
}

func TestManyTextsTakeSeveralCalls(t *testing.T) {
	f := setUp(t, v1, azuretest.Options{}, append(embed, langchaingo.WithEmbeddingDimensions(3)))
	texts := make([]string, 2*2048+1)
	for i := range texts {
		texts[i] = fmt.Sprint("text ", i)
	}
	all, err := f.CreateEmbedding(t.Context(), texts)
	if err != nil || len(all) != len(texts) {
		t.Fatalf("got %d vectors, %v", len(all), err)
	}
	sizes := make([]int, 0, 3)
	for _, r := range f.server.Requests() {
		sizes = append(sizes, len(r.Inputs()))
	}
	if d := cmp.Diff([]int{2048, 2048, 1}, sizes); d != "" {
		t.Errorf("sizes of the calls (-want +got):\n%s", d)
	}
	for _, i := range []int{0, 2047, 2048, 4096} {
		alone, err := f.CreateEmbedding(t.Context(), texts[i:i+1])
		if err != nil || !cmp.Equal(alone[0], all[i]) {
			t.Errorf("text %d alone has another vector: %v, %v, %v", i, alone, all[i], err)
		}
	}
}

func TestNoTextsNoCall(t *testing.T) {
	f := setUp(t, v1, azuretest.Options{}, embed)
	got, err := f.CreateEmbedding(t.Context(), nil)
	if err != nil || len(got) != 0 {
		t.Errorf("got %v, %v", got, err)
	}
	f.sentNothing(t)
}

func TestEmbeddingsRefusedHere(t *testing.T) {
	f := setUp(t, v1, azuretest.Options{}, nil)
	if _, err := f.CreateEmbedding(t.Context(), []string{"a"}); !llms.IsInvalidRequestError(err) || !strings.Contains(err.Error(), "WithEmbeddingDeployment") {
		t.Errorf("got %v, want an error that names WithEmbeddingDeployment", err)
	}
	f.sentNothing(t)
	if _, err := f.GenerateContent(t.Context(), human("q")); err != nil {
		t.Errorf("chat needs no embedding deployment, but %v", err)
	}
	f = setUp(t, v1, azuretest.Options{}, embed)
	if _, err := f.CreateEmbedding(t.Context(), []string{"a", ""}); !llms.IsInvalidRequestError(err) || !strings.Contains(err.Error(), "text 1 of 2") {
		t.Errorf("got %v, want an error that names the text", err)
	}
	f.sentNothing(t)
}

func TestEmbeddingAnswersThatAreNone(t *testing.T) {
	list := func(data string) azuretest.Reply { return azuretest.Raw(200, nil, `{"data":[`+data+`]}`) }
	tests := []struct {
		name  string
		reply azuretest.Reply
		says  string
	}{
		{"too few", azuretest.Embeddings([]float32{1}), "1 vectors for 2 texts"},
		{"too many", azuretest.Embeddings([]float32{1}, []float32{2}, []float32{3}), "3 vectors for 2 texts"},
		{"an index twice", list(`{"index":0,"embedding":[1]},{"index":0,"embedding":[2]}`), "two vectors with the index 0"},
		{"an index too high", list(`{"index":0,"embedding":[1]},{"index":2,"embedding":[2]}`), "index 2"},
		{"a negative index", list(`{"index":0,"embedding":[1]},{"index":-1,"embedding":[2]}`), "index"},
		{"an empty vector", list(`{"index":0,"embedding":[]},{"index":1,"embedding":[]}`), "data[0]"},
		{"vectors of two lengths", list(`{"index":0,"embedding":[1]},{"index":1,"embedding":[2,3]}`), "vector 1 has 2 dimensions, not 1"},
		{"an error with status 200", azuretest.Raw(200, nil, `{"error":{"message":"oops","type":"server_error"}}`), "oops"},
		{"broken JSON", azuretest.Raw(200, nil, `{"data":[{`), ""},
		{"base64 of three bytes", list(`{"index":0,"embedding":"AAAA"},{"index":1,"embedding":"AAAA"}`), ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := setUp(t, v1, azuretest.Options{}, embed)
			f.server.Enqueue(tt.reply)
			got, err := f.CreateEmbedding(t.Context(), []string{"a", "b"})
			if e := asLLMError(t, err); got != nil || e.Code != llms.ErrCodeProviderUnavailable || !strings.Contains(e.Message, tt.says) {
				t.Errorf("got %v, %v; want it to say %q", got, err, tt.says)
			}
		})
	}
}

func TestOneFailedBatchFailsAll(t *testing.T) {
	f := setUp(t, v1, azuretest.Options{}, append(embed, langchaingo.WithEmbeddingDimensions(2)))
	texts := make([]string, 2049)
	for i := range texts {
		texts[i] = "x"
	}
	vectors := make([][]float32, 2048)
	for i := range vectors {
		vectors[i] = []float32{1, 2}
	}
	f.server.Enqueue(azuretest.Embeddings(vectors...), azuretest.RateLimited(azuretest.RetryAfter(7)))
	got, err := f.CreateEmbedding(t.Context(), texts)
	if got != nil || !llms.IsRateLimitError(err) {
		t.Errorf("got %d vectors, %v", len(got), err)
	}
}

func TestLangchaingosEmbedder(t *testing.T) {
	f := setUp(t, v1, azuretest.Options{}, embed)
	e, err := embeddings.NewEmbedder(f.LLM, embeddings.WithBatchSize(2))
	if err != nil {
		t.Fatal(err)
	}
	documents, err := e.EmbedDocuments(t.Context(), []string{"the cat sat", "on the mat", "dogs bark"})
	if err != nil {
		t.Fatal(err)
	}
	query, err := e.EmbedQuery(t.Context(), "dogs bark")
	if err != nil || !cmp.Equal(query, documents[2]) {
		t.Errorf("%v: the query's vector is not that of the same text", err)
	}
	if n := f.server.Stats().Calls; n != 3 {
		t.Errorf("%d calls, want 2 batches and a query", n)
	}
}
