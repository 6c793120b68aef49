package main

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/tmc/langchaingo/llms"
	llmsopenai "github.com/tmc/langchaingo/llms/openai"

	"github.com/seed-a739af98/langchaingo-azure/adapters/langchaingo"
	"github.com/seed-a739af98/langchaingo-azure/azureadv1"
)

// The names of the contenders.
const (
	ours          = "ours"
	oursResponses = "ours, Responses"
	langchaingos  = "langchaingo llms/openai"
	openaigoToken = "openai-go, classic, token"
	openaigoV1    = "openai-go, v1"
	floor         = "floor"
)

// contender makes a work's call; nil where it is not for it.
type contender struct {
	name    string
	prepare func(ctx context.Context, w work) (func() (outcome, error), error)
}

var contenders = []contender{
	{ours, func(ctx context.Context, w work) (func() (outcome, error), error) { return own(ctx, w, false) }},
	{oursResponses, func(ctx context.Context, w work) (func() (outcome, error), error) {
		if w.responses == nil {
			return nil, nil
		}
		return own(ctx, w, true)
	}},
	{langchaingos, peer},
	{openaigoToken, func(ctx context.Context, w work) (func() (outcome, error), error) {
		return openaigo(ctx, w, classicToken(w))
	}},
	{openaigoV1, func(ctx context.Context, w work) (func() (outcome, error), error) { return openaigo(ctx, w, v1Key(w)) }},
	{floor, drained},
}

const (
	origin     = "https://gateway.example.com"
	dated      = "2024-10-21"
	deployment = "chat"
	key        = "key-of-the-gateway"
)

// fixed is a credential whose token never changes.
type fixed struct{}

// GetToken implements azcore.TokenCredential.
func (fixed) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	return azcore.AccessToken{Token: "token-of-the-gateway", ExpiresOn: time.Now().Add(24 * time.Hour)}, nil
}

func own(ctx context.Context, w work, responses bool) (func() (outcome, error), error) {
	opts := []langchaingo.Option{langchaingo.WithEmbeddingDeployment(deployment)}
	if responses {
		opts = append(opts, langchaingo.WithResponsesAPI())
	}
	m, err := langchaingo.New(azureadv1.Config{
		Endpoint: origin, Deployment: deployment, Credential: fixed{}, HTTPClient: newCanned(w, responses),
	}, opts...)
	if err != nil {
		return nil, err
	}
	return ofModel(ctx, w, m), nil
}

func peer(ctx context.Context, w work) (func() (outcome, error), error) {
	m, err := llmsopenai.New(
		llmsopenai.WithAPIType(llmsopenai.APITypeAzure), llmsopenai.WithToken(key), llmsopenai.WithBaseURL(origin), llmsopenai.WithAPIVersion(dated),
		llmsopenai.WithModel(deployment), llmsopenai.WithEmbeddingModel(deployment), llmsopenai.WithHTTPClient(newCanned(w, false)),
	)
	if err != nil {
		return nil, err
	}
	return ofModel(ctx, w, m), nil
}

// model is what both of langchaingo's providers are.
type model interface {
	llms.Model
	CreateEmbedding(ctx context.Context, texts []string) ([][]float32, error)
}

func ofModel(ctx context.Context, w work, m model) func() (outcome, error) {
	if w.texts != nil {
		return func() (outcome, error) {
			vectors, err := m.CreateEmbedding(ctx, w.texts)
			return outcome{Vectors: vectors}, err
		}
	}
	var opts []llms.CallOption
	if w.tools != nil {
		opts = append(opts, llms.WithTools(w.tools))
	}
	if w.stream {
		opts = append(opts, llms.WithStreamingFunc(func(context.Context, []byte) error { return nil }))
	}
	return func() (outcome, error) {
		got, err := m.GenerateContent(ctx, w.messages, opts...)
		if err != nil {
			return outcome{}, err
		}
		c := got.Choices[0]
		out := outcome{Text: c.Content}
		if !w.stream {
			out.Tokens, _ = c.GenerationInfo["TotalTokens"].(int)
		}
		if len(c.ToolCalls) > 0 {
			out.Text = "" // llms/openai repeats the calls there
			out.Name, out.Args = c.ToolCalls[0].FunctionCall.Name, c.ToolCalls[0].FunctionCall.Arguments
		}
		return out, nil
	}
}

// drained sends a ready body and drains the answer.
func drained(ctx context.Context, w work) (func() (outcome, error), error) {
	body, err := readyBody(ctx, w)
	if err != nil {
		return nil, err
	}
	hc := newCanned(w, false)
	return func() (outcome, error) {
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, origin+"/openai/v1/chat/completions", bytes.NewReader(body))
		if err != nil {
			return outcome{}, err
		}
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Authorization", "Bearer token-of-the-gateway")
		res, err := hc.Do(req)
		if err != nil {
			return outcome{}, err
		}
		defer func() { _ = res.Body.Close() }()
		_, err = io.Copy(io.Discard, res.Body)
		return outcome{}, err
	}, nil
}

// readyBody is what the adapter sends for a work.
func readyBody(ctx context.Context, w work) ([]byte, error) {
	kept := &keeper{next: newCanned(w, false).Transport}
	m, err := langchaingo.New(azureadv1.Config{
		Endpoint: origin, Deployment: deployment, Credential: fixed{}, HTTPClient: &http.Client{Transport: kept},
	}, langchaingo.WithEmbeddingDeployment(deployment))
	if err != nil {
		return nil, err
	}
	_, err = ofModel(ctx, w, m)()
	return kept.body, err
}

// keeper keeps the body of the last request.
type keeper struct {
	next http.RoundTripper
	body []byte
}

// RoundTrip implements http.RoundTripper.
func (k *keeper) RoundTrip(req *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return nil, err
	}
	_ = req.Body.Close()
	k.body = body
	again := req.Clone(req.Context())
	again.Body = io.NopCloser(bytes.NewReader(body))
	return k.next.RoundTrip(again)
}
