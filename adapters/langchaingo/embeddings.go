package langchaingo

import (
	"context"
	"fmt"
	"net/http"

	"github.com/seed-a739af98/langchaingo-azure/azureadv1"
	"github.com/seed-a739af98/langchaingo-azure/internal/wire"
)

// maxInputs is how many texts one embeddings call takes; Azure's newer deployments say so in their error. langchaingo's
// embedder sends 512 at most by itself.
const maxInputs = 2048

// CreateEmbedding returns one vector per text, in the order of the texts. More than 2,048 texts take several calls, one
// after the other. It needs WithEmbeddingDeployment. An empty list gives an empty result and sends nothing; an empty
// text is an error, as it is for the service. Errors are as in [LLM.GenerateContent], and nothing partial is returned.
func (m *LLM) CreateEmbedding(ctx context.Context, texts []string) ([][]float32, error) {
	if m.embeddingDeployment == "" {
		return nil, invalid("no embedding deployment is named: give New the option WithEmbeddingDeployment with the deployment's name")
	}
	for i, text := range texts {
		if text == "" {
			return nil, invalid("text %d of %d is empty: the service refuses empty texts", i, len(texts))
		}
	}
	vectors := make([][]float32, 0, len(texts))
	for len(texts) > 0 {
		n := min(maxInputs, len(texts))
		batch, err := m.embed(ctx, texts[:n])
		if err != nil {
			return nil, err
		}
		vectors, texts = append(vectors, batch...), texts[n:]
	}
	return vectors, nil
}

func (m *LLM) embed(ctx context.Context, texts []string) ([][]float32, error) {
	body, err := m.embeddingBody(texts)
	if err != nil {
		return nil, err
	}
	res, err := m.client.Post(ctx, azureadv1.OpEmbeddings, m.embeddingDeployment, body)
	if err != nil {
		return nil, failure(err)
	}
	defer func() { _ = res.Body.Close() }()
	vectors, err := m.readVectors(res, len(texts))
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
func (m *LLM) readVectors(res *http.Response, n int) ([][]float32, error) {
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
	return inOrder(answer.Vectors, m.dimensions)
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
