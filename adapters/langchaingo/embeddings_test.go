package langchaingo_test

import (
	"context"
	"fmt"
	"slices"
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

// A request holds 300,000 bytes at most, which are 300,000 tokens at most; a longer text is the service's to judge.
func TestLongTextsTakeSeveralCalls(t *testing.T) {
	long := func(n int) string { return strings.Repeat("é", n/2) } // two bytes each: bytes are what counts
	tests := []struct {
		name  string
		texts []string
		want  []int // texts of each call
	}{
		{"as much as one call takes", []string{long(100_000), long(100_000), long(100_000)}, []int{3}},
		{"a letter more", []string{long(100_000), long(100_000), long(100_000), "x"}, []int{3, 1}},
		{"a text too long for any company, first", []string{long(300_002), "a", "b"}, []int{1, 2}},
		{"in the middle", []string{"a", long(300_002), "b", "c"}, []int{1, 1, 2}},
		{"last", []string{"a", "b", long(300_002)}, []int{2, 1}},
		{"nothing but long ones", []string{long(200_000), long(200_000), long(400_000)}, []int{1, 1, 1}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := setUp(t, v1, azuretest.Options{}, append(embed, langchaingo.WithEmbeddingDimensions(3)))
			got, err := f.CreateEmbedding(t.Context(), tt.texts)
			if err != nil || len(got) != len(tt.texts) {
				t.Fatalf("got %d vectors, %v", len(got), err)
			}
			sizes, sent := make([]int, 0, len(tt.want)), make([]string, 0, len(tt.texts))
			for _, r := range f.server.Requests() {
				sizes, sent = append(sizes, len(r.Inputs())), append(sent, r.Inputs()...)
			}
			if d := cmp.Diff(tt.want, sizes); d != "" {
				t.Errorf("texts of each call (-want +got):\n%s", d)
			}
			if !slices.Equal(sent, tt.texts) {
				t.Error("the texts were not sent once each, in their order")
			}
		})
	}
}

func TestEmbeddingUsage(t *testing.T) {
	type told struct {
		langchaingo.EmbeddingUsage
		key any
	}
	type mark struct{}
	rows := []struct {
		name    string
		replies []azuretest.Reply
		fails   bool
		want    []langchaingo.EmbeddingUsage // without the ids
	}{
		{
			"the sum of all requests", []azuretest.Reply{
				azuretest.Embeddings([]float32{1}).WithUsage(azuretest.Usage{Prompt: 3}), azuretest.Embeddings([]float32{1}).WithUsage(azuretest.Usage{Prompt: 4}),
			}, false, []langchaingo.EmbeddingUsage{{PromptTokens: 7, TotalTokens: 7, Requests: 2}},
		},
		{
			"what was spent before a failure", []azuretest.Reply{
				azuretest.Embeddings([]float32{1}).WithUsage(azuretest.Usage{Prompt: 3}), azuretest.RateLimited(),
			}, true, []langchaingo.EmbeddingUsage{{PromptTokens: 3, TotalTokens: 3, Requests: 1}},
		},
		{
			"an answer that is none is billed, too",
			[]azuretest.Reply{azuretest.Embeddings([]float32{1}, []float32{2}).WithUsage(azuretest.Usage{Prompt: 5})},
			true,
			[]langchaingo.EmbeddingUsage{{PromptTokens: 5, TotalTokens: 5, Requests: 1}},
		},
		{"no answer at all", []azuretest.Reply{azuretest.RateLimited()}, true, nil},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			var got []told
			f := setUp(t, v1, azuretest.Options{}, append(slices.Clone(embed), langchaingo.WithEmbeddingUsage(func(ctx context.Context, u langchaingo.EmbeddingUsage) {
				got = append(got, told{u, ctx.Value(mark{})})
			})))
			f.server.Enqueue(row.replies...)
			texts := []string{strings.Repeat("a", 200_000), strings.Repeat("b", 200_000)}
			_, err := f.CreateEmbedding(context.WithValue(t.Context(), mark{}, "mine"), texts)
			if (err != nil) != row.fails {
				t.Fatal(err)
			}
			if len(got) != len(row.want) {
				t.Fatalf("told %v, want %v", got, row.want)
			}
			for i, want := range row.want {
				want.Deployment, want.Model = "embed", "text-embedding-3-small"
				for _, r := range f.server.Requests()[:want.Requests] {
					want.RequestIDs = append(want.RequestIDs, r.RequestID)
				}
				if d := cmp.Diff(want, got[i].EmbeddingUsage); d != "" || got[i].key != "mine" {
					t.Errorf("with the caller's context: %t; usage (-want +got):\n%s", got[i].key == "mine", d)
				}
			}
		})
	}
	f := setUp(t, v1, azuretest.Options{}, append(slices.Clone(embed), langchaingo.WithEmbeddingUsage(nil)))
	if _, err := f.CreateEmbedding(t.Context(), []string{"a"}); err != nil {
		t.Errorf("without a function: %v", err)
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
