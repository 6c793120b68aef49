package langchaingo

import (
	"context"
	"fmt"
	"net/http"

	"github.com/seed-a739af98/langchaingo-azure/azureadv1"
	"github.com/seed-a739af98/langchaingo-azure/internal/wire"
)

// The service's bounds on one embeddings request, in the document of its v1 API: 2,048 inputs, and 300,000 tokens summed
// over all of them.
const (
	maxInputs = 2048
	// maxInputBytes keeps the sum below the bound on tokens without counting any: these models' tokenizers work on bytes
	// and make one token of each at most. English has some four bytes to a token, so that requests are smaller than they
	// could be, by a factor that matters little at this size.
	maxInputBytes = 300_000
)

// CreateEmbedding returns one vector per text, in the order of the texts. Texts that are more than one request may hold
// take several, one after the other: a request has 2,048 texts and 300,000 bytes at most, but for a text that is longer
// and goes alone, for the service to judge. It needs WithEmbeddingDeployment. An empty list gives an empty result and
// sends nothing; an empty text is an error, as it is for the service. Errors are as in [LLM.GenerateContent], and nothing
// partial is returned; what was spent, [WithEmbeddingUsage] tells.
func (m *LLM) CreateEmbedding(ctx context.Context, texts []string) ([][]float32, error) {
	if err := m.checkTexts(texts); err != nil {
		return nil, m.aboutEmbeddings(err)
	}
	run := &embedding{m: m, usage: EmbeddingUsage{Deployment: m.embeddingDeployment}}
	defer run.report(ctx)
	vectors := make([][]float32, 0, len(texts))
	for len(texts) > 0 {
		n := batch(texts)
		part, err := run.embed(ctx, texts[:n])
		if err != nil {
			return nil, m.aboutEmbeddings(err)
		}
		vectors, texts = append(vectors, part...), texts[n:]
	}
	return vectors, nil
}

func (m *LLM) checkTexts(texts []string) error {
	if m.embeddingDeployment == "" {
		return invalid("no embedding deployment is named: give New the option WithEmbeddingDeployment with the deployment's name")
	}
	for i, text := range texts {
		if text == "" {
			return invalid("text %d of %d is empty: the service refuses empty texts", i, len(texts))
		}
	}
	return nil
}

// aboutEmbeddings tells a fresh error of invalid which call it belongs to.
func (m *LLM) aboutEmbeddings(err error) error {
	return about(err, m.client, azureadv1.OpEmbeddings, m.embeddingDeployment)
}

// batch is how many of the texts, from the first on, go into one request.
func batch(texts []string) int {
	size := 0
	for i, text := range texts[:min(maxInputs, len(texts))] {
		if size += len(text); size > maxInputBytes {
			return max(i, 1)
		}
	}
	return min(maxInputs, len(texts))
}

// embedding is one call of CreateEmbedding, over all its requests.
type embedding struct {
	m     *LLM
	usage EmbeddingUsage
}

func (e *embedding) embed(ctx context.Context, texts []string) ([][]float32, error) {
	body, err := e.m.embeddingBody(texts)
	if err != nil {
		return nil, err
	}
	res, err := e.m.client.Post(ctx, azureadv1.OpEmbeddings, e.m.embeddingDeployment, body)
	if err != nil {
		return nil, failure(err)
	}
	defer func() { _ = res.Body.Close() }()
	vectors, err := e.readVectors(res, len(texts))
	if err != nil {
		return nil, broken(res, err)
	}
	return vectors, nil
}

func (m *LLM) embeddingBody(texts []string) ([]byte, error) {
	size := 128
	for _, t := range texts {
		size += len(t)*11/10 + 4
	}
	w := wire.NewEmbeddingsWriter(size)
	if m.client.Surface() == azureadv1.V1 {
		w.Model(m.embeddingDeployment)
	}
	w.Input(texts)
	if knows(m.client, "encoding_format") {
		w.Base64() // a quarter of the bytes, and ten times faster to read than numbers
	}
	switch {
	case m.dimensions > 0 && !knows(m.client, "dimensions"):
		return nil, invalid("API version %s has no dimensions: use \"v1\"%s, or leave WithEmbeddingDimensions out",
			m.client.APIVersion(), datedSince("dimensions"))
	case m.dimensions > 0:
		w.Dimensions(m.dimensions)
	}
	body, err := w.Body()
	if err != nil {
		return nil, invalid("%v", err)
	}
	return body, nil
}

// readVectors puts the vectors in the order of their index, and refuses an answer that is not one of this request.
func (e *embedding) readVectors(res *http.Response, n int) ([][]float32, error) {
	body := buffers.Get().(*buffer)
	defer body.release()
	if err := body.read(res); err != nil {
		return nil, err
	}
	answer, err := wire.ReadEmbeddings(body.bytes)
	if err != nil {
		return nil, err
	}
	if answer.Err != nil {
		return nil, answer.Err
	}
	e.usage.add(res, answer)
	azureadv1.Observe(res, func() azureadv1.Outcome {
		o := azureadv1.Outcome{Model: answer.Model}
		if answer.Usage != nil {
			o.InputTokens = answer.Usage.Prompt
		}
		return o
	})
	if len(answer.Vectors) != n {
		return nil, fmt.Errorf("%w: it has %d vectors for %d texts", azureadv1.ErrBadAnswer, len(answer.Vectors), n)
	}
	return inOrder(answer.Vectors, e.m.dimensions)
}

// inOrder checks that there is one vector for each text and that all have one length.
func inOrder(in []wire.Vector, length int) ([][]float32, error) {
	vectors := make([][]float32, len(in))
	for _, v := range in {
		if length == 0 {
			length = len(v.Values)
		}
		switch {
		case v.Index < 0 || v.Index >= len(in):
			return nil, fmt.Errorf("%w: it has a vector with the index %d for %d texts", azureadv1.ErrBadAnswer, v.Index, len(in))
		case vectors[v.Index] != nil:
			return nil, fmt.Errorf("%w: it has two vectors with the index %d", azureadv1.ErrBadAnswer, v.Index)
		case len(v.Values) != length || length == 0:
			return nil, fmt.Errorf("%w: vector %d has %d dimensions, not %d", azureadv1.ErrBadAnswer, v.Index, len(v.Values), max(length, 1))
		}
		vectors[v.Index] = v.Values
	}
	return vectors, nil
}
