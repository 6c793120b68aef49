package azuretest_test

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-a739af98/langchaingo-azure/azureadv1/azuretest"
)

type embedded struct {
	Data []struct {
		Index     int
		Embedding json.RawMessage
	}
	Model string
	Usage struct {
		Prompt int `json:"prompt_tokens"`
		Total  int `json:"total_tokens"`
	}
}

func embed(t *testing.T, s *azuretest.Server, fields string) embedded {
	t.Helper()
	got := post(t, s, v1Embeddings, `{"model":"embed",`+fields+`}`)
	var e embedded
	if err := json.Unmarshal([]byte(got.body), &e); err != nil || got.status != 200 {
		t.Fatalf("%d %v: %s", got.status, err, got.body)
	}
	return e
}

func floats(t *testing.T, raw json.RawMessage) []float32 {
	t.Helper()
	var v []float32
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatalf("no floats: %v", err)
	}
	return v
}

func cosine(a, b []float32) float64 {
	sum := 0.0
	for i := range a {
		sum += float64(a[i]) * float64(b[i])
	}
	return sum
}

func TestDefaultVectorsMeanSomething(t *testing.T) {
	s := inMemory(t, azuretest.Options{})
	e := embed(t, s, `"input":["the cat sat on the mat","a cat sat on a mat","quarterly revenue grew in Oslo","the cat sat on the mat","..."]`)
	vectors := make([][]float32, len(e.Data))
	for i, d := range e.Data {
		vectors[i] = floats(t, d.Embedding)
		if d.Index != i || len(vectors[i]) != 1536 || math.Abs(cosine(vectors[i], vectors[i])-1) > 1e-4 {
			t.Errorf("vector %d: index %d, size %d, norm %v", i, d.Index, len(vectors[i]), cosine(vectors[i], vectors[i]))
		}
	}
	if diff := cmp.Diff(vectors[0], vectors[3]); diff != "" {
		t.Error("equal texts have different vectors")
	}
	if near, far := cosine(vectors[0], vectors[1]), cosine(vectors[0], vectors[2]); near < 0.5 || far > 0.3 {
		t.Errorf("texts that share words: %.2f, that share none: %.2f", near, far)
	}
	if e.Model != "text-embedding-3-small" || e.Usage.Prompt == 0 || e.Usage.Total != e.Usage.Prompt {
		t.Errorf("model %q, usage %+v", e.Model, e.Usage)
	}
}

func TestEncodingsAndDimensions(t *testing.T) {
	s := inMemory(t, azuretest.Options{})
	plain := floats(t, embed(t, s, `"input":"hello world","dimensions":8`).Data[0].Embedding)
	var encoded string
	if err := json.Unmarshal(embed(t, s, `"input":"hello world","dimensions":8,"encoding_format":"base64"`).Data[0].Embedding, &encoded); err != nil {
		t.Fatal(err)
	}
	raw, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil || len(raw) != 32 {
		t.Fatalf("base64 of %d bytes, %v", len(raw), err)
	}
	for i := range plain {
		if got := math.Float32frombits(binary.LittleEndian.Uint32(raw[4*i:])); got != plain[i] {
			t.Errorf("element %d: %v in base64, %v as float", i, got, plain[i])
		}
	}
}

func TestScriptedVectors(t *testing.T) {
	s := inMemory(t, azuretest.Options{})
	s.Enqueue(azuretest.Embeddings([]float32{1, 2}, []float32{3, 4}).Reversed().WithUsage(azuretest.Usage{Prompt: 9}))
	e := embed(t, s, `"input":["a","b"]`)
	if e.Data[0].Index != 1 || e.Data[1].Index != 0 || !cmp.Equal(floats(t, e.Data[0].Embedding), []float32{3, 4}) || e.Usage.Total != 9 {
		t.Errorf("reversed: %+v", e)
	}
	s.Enqueue(azuretest.Embeddings([]float32{float32(math.NaN())}))
	if got := post(t, s, v1Embeddings, `{"model":"embed","input":"x"}`); got.status != 500 || !strings.Contains(last(t, s).Problem, "no JSON") {
		t.Errorf("a vector JSON cannot hold: %d %q", got.status, last(t, s).Problem)
	}
}

func TestEmbeddingsBodiesAzureRefuses(t *testing.T) {
	t.Parallel()
	many := `["x"` + strings.Repeat(`,"x"`, 2048) + `]`
	for _, tt := range []struct{ name, fields, served, version, part string }{
		{name: "a text", fields: `"input":"x"`},
		{name: "texts", fields: `"input":["x","y"],"user":"me"`},
		{name: "tokens", fields: `"input":[1,2,3]`},
		{name: "lists of tokens", fields: `"input":[[1,2],[3]]`},
		{name: "no input", fields: `"user":"me"`, part: "Missing required parameter: 'input'."},
		{name: "an empty text", fields: `"input":""`, part: "'$.input' is invalid."},
		{name: "no texts", fields: `"input":[]`, part: "'$.input' is invalid."},
		{name: "an empty text among others", fields: `"input":["x",""]`, part: "'$.input' is invalid."},
		{name: "an object", fields: `"input":{}`, part: "Invalid type for 'input'"},
		{name: "too many", fields: `"input":` + many, part: "Too many inputs."},
		{name: "an unknown format", fields: `"input":"x","encoding_format":"hex"`, part: "Invalid value: 'hex'."},
		{name: "dimensions of an old model", fields: `"input":"x","dimensions":8`, served: "text-embedding-ada-002", part: "does not support specifying dimensions"},
		{name: "too many dimensions", fields: `"input":"x","dimensions":4000`, part: "Invalid value for 'dimensions'"},
		{name: "no dimensions", fields: `"input":"x","dimensions":0`, part: "Invalid value for 'dimensions'"},
		{name: "the dimensions of a large model", fields: `"input":"x","dimensions":3072`, served: "text-embedding-3-large"},
		{name: "dimensions before their time", fields: `"input":"x","dimensions":8`, version: "2023-05-15", part: "Unrecognized request argument supplied: dimensions"},
		{name: "an unknown field", fields: `"input":"x","temperature":1`, part: "Unrecognized request argument supplied: temperature"},
		{name: "a chat model", fields: `"input":"x"`, served: "gpt-4o", part: "The embeddings operation does not work with the specified model, gpt-4o."},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			opts := azuretest.Options{}
			if tt.served != "" {
				opts.Deployments = map[string]string{"embed": tt.served}
			}
			target := v1Embeddings
			if tt.version != "" {
				target = "/openai/deployments/embed/embeddings?api-version=" + tt.version
			}
			got := post(t, inMemory(t, opts), target, `{"model":"embed",`+tt.fields+`}`)
			if want := tt.part == ""; (got.status == 200) != want || !strings.Contains(got.body, tt.part) {
				t.Errorf("got %d %.300s\nwant %q", got.status, got.body, tt.part)
			}
		})
	}
}
