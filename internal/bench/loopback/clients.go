package loopback

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/azure"
	"github.com/openai/openai-go/v3/option"
	"github.com/tmc/langchaingo/llms"
	llmsopenai "github.com/tmc/langchaingo/llms/openai"

	"github.com/seed-a739af98/langchaingo-azure/adapters/langchaingo"
	"github.com/seed-a739af98/langchaingo-azure/azureadv1"
)

// Client is one library's way to a server.
type Client struct {
	// Name is what tables call it.
	Name string
	// Chat makes one short call and checks what was said.
	Chat func(ctx context.Context) error
	// Stream makes one streamed call and hands every piece of text on. An error
	// of piece ends it the way the library's users end a stream.
	Stream func(ctx context.Context, piece func() error) error
}

const (
	question = "A short question?"
	dated    = "2024-10-21"
	key      = "key-of-the-loopback"
)

// Clients are the three libraries at origin with hc, nil for the transport each
// brings along.
func Clients(origin string, hc *http.Client) ([]Client, error) {
	own, err := Ours(origin, hc)
	if err != nil {
		return nil, err
	}
	peer, err := langchaingos(origin, hc)
	if err != nil {
		return nil, err
	}
	return []Client{own, peer, openaigo(origin, hc)}, nil
}

// Ours is this module's adapter on the v1 surface.
func Ours(origin string, hc *http.Client, opts ...langchaingo.Option) (Client, error) {
	m, err := langchaingo.New(azureadv1.Config{Endpoint: origin, APIVersion: "v1", Deployment: "chat", APIKey: key, HTTPClient: hc}, opts...)
	if err != nil {
		return Client{}, err
	}
	return ofModel("ours", m), nil
}

func langchaingos(origin string, hc *http.Client) (Client, error) {
	opts := []llmsopenai.Option{
		llmsopenai.WithAPIType(llmsopenai.APITypeAzure), llmsopenai.WithToken(key), llmsopenai.WithBaseURL(origin),
		llmsopenai.WithAPIVersion(dated), llmsopenai.WithModel("chat"), llmsopenai.WithEmbeddingModel("embed"),
	}
	if hc != nil {
		opts = append(opts, llmsopenai.WithHTTPClient(hc))
	}
	m, err := llmsopenai.New(opts...)
	if err != nil {
		return Client{}, err
	}
	return ofModel("langchaingo llms/openai", m), nil
}

func ofModel(name string, m llms.Model) Client {
	messages := []llms.MessageContent{llms.TextParts(llms.ChatMessageTypeHuman, question)}
	return Client{
		Name: name,
		Chat: func(ctx context.Context) error {
			r, err := m.GenerateContent(ctx, messages)
			if err != nil {
				return err
			}
			return said(r.Choices[0].Content)
		},
		Stream: func(ctx context.Context, piece func() error) error {
			_, err := m.GenerateContent(ctx, messages, llms.WithStreamingFunc(func(_ context.Context, text []byte) error {
				if len(text) == 0 {
					return nil
				}
				return piece()
			}))
			return err
		},
	}
}

func openaigo(origin string, hc *http.Client) Client {
	opts := []option.RequestOption{azure.WithEndpoint(origin, dated), azure.WithAPIKey(key)}
	if hc != nil {
		opts = append(opts, option.WithHTTPClient(hc))
	}
	c := openai.NewClient(opts...)
	params := openai.ChatCompletionNewParams{Model: "chat", Messages: []openai.ChatCompletionMessageParamUnion{openai.UserMessage(question)}}
	return Client{
		Name: "openai-go",
		Chat: func(ctx context.Context) error {
			r, err := c.Chat.Completions.New(ctx, params)
			if err != nil {
				return err
			}
			return said(r.Choices[0].Message.Content)
		},
		Stream: func(ctx context.Context, piece func() error) (err error) {
			stream := c.Chat.Completions.NewStreaming(ctx, params)
			defer func() { err = errors.Join(err, stream.Close()) }()
			for stream.Next() {
				chunk := stream.Current()
				if len(chunk.Choices) == 0 || chunk.Choices[0].Delta.Content == "" {
					continue
				}
				if err := piece(); err != nil {
					return err
				}
			}
			return stream.Err()
		},
	}
}

// Drained is net/http with a ready body: the answer is read and not looked at.
func Drained(name, origin string, hc *http.Client) Client {
	const body = `{"model":"chat","messages":[{"role":"user","content":"` + question + `"}]}`
	return Client{Name: name, Chat: func(ctx context.Context) error {
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, origin+"/openai/v1/chat/completions", strings.NewReader(body))
		if err != nil {
			return err
		}
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Api-Key", key)
		res, err := hc.Do(req)
		if err != nil {
			return err
		}
		n, err := io.Copy(io.Discard, res.Body)
		if err == nil && n != int64(len(Answer)) {
			err = fmt.Errorf("%d bytes came", n)
		}
		return errors.Join(err, res.Body.Close())
	}}
}

func said(text string) error {
	if text != Said {
		return fmt.Errorf("the answer was read as %q", text)
	}
	return nil
}
