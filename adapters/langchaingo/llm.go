package langchaingo

import (
	"cmp"
	"context"
	"sync/atomic"

	"github.com/tmc/langchaingo/callbacks"
	"github.com/tmc/langchaingo/embeddings"
	"github.com/tmc/langchaingo/llms"

	"github.com/seed-a739af98/langchaingo-azure/azureadv1"
)

// LLM is a langchaingo model on an Azure OpenAI deployment. Make one with New and share it: it is safe for concurrent
// use and needs no closing. Between calls it keeps what answers say again and again, such as the model's name, and
// nothing of their texts, but for one with WithResponsesAPI, which keeps items of its last answers.
type LLM struct {
	client              *azureadv1.Client
	api                 api // chat, or with WithResponsesAPI the other one
	callbacks           callbacks.Handler
	embeddingDeployment string
	dimensions          int
	embeddingUsage      func(context.Context, EmbeddingUsage)
	baseModel           string
	reasoning           bool            // what the configured deployment serves
	schema              *answerSchema   // of WithJSONSchema
	drop                map[string]bool // names of request fields that are never sent
	info                atomic.Pointer[infoTemplate]
}

var (
	_ llms.ReasoningModel       = (*LLM)(nil)
	_ embeddings.EmbedderClient = (*LLM)(nil)
	_ callbacks.HandlerHaver    = (*LLM)(nil)
)

// New makes a model from a configuration. It makes no network call; errors are those of azureadv1.NewClient and of
// options that cannot be right.
func New(cfg azureadv1.Config, opts ...Option) (*LLM, error) {
	client, err := azureadv1.NewClient(cfg)
	if err != nil {
		return nil, failure(err)
	}
	return NewFromClient(client, opts...)
}

// NewFromClient makes a model on a client that others may share, such as one of azureadv1.Clients.
func NewFromClient(client *azureadv1.Client, opts ...Option) (*LLM, error) {
	if client == nil {
		return nil, invalid("NewFromClient: the client is nil: make one with azureadv1.NewClient")
	}
	m := &LLM{client: client, api: chatAPI{}}
	for _, opt := range opts {
		if opt == nil {
			continue
		}
		if err := opt(m); err != nil {
			return nil, failure(err)
		}
	}
	m.reasoning = isReasoning(cmp.Or(m.baseModel, client.Deployment()))
	return m, nil
}

// Option changes how an LLM works.
type Option func(*LLM) error

// WithCallback tells a handler of every call: its start once, then exactly one of end and error, and each piece of a
// streamed text. nil means none.
func WithCallback(handler callbacks.Handler) Option {
	return func(m *LLM) error {
		m.callbacks = handler
		return nil
	}
}

// WithEmbeddingDeployment names the deployment that CreateEmbedding calls. Without it CreateEmbedding is an error:
// the chat deployment serves no embeddings, and none is guessed.
func WithEmbeddingDeployment(name string) Option {
	return func(m *LLM) error {
		m.embeddingDeployment = name
		return nil
	}
}

// WithEmbeddingDimensions asks for vectors of n numbers. Only text-embedding-3 and later models take it; 0 means the
// model's own length and sends nothing, negative is an error.
func WithEmbeddingDimensions(n int) Option {
	return func(m *LLM) error {
		if n < 0 {
			return invalid("WithEmbeddingDimensions: %d is negative: use 0 for the model's own length", n)
		}
		m.dimensions = n
		return nil
	}
}

// Call sends one text and returns the answer's, see [LLM.GenerateContent].
//
// Deprecated: langchaingo keeps it for older code; use [llms.GenerateFromSinglePrompt].
func (m *LLM) Call(ctx context.Context, prompt string, options ...llms.CallOption) (string, error) {
	return llms.GenerateFromSinglePrompt(ctx, m, prompt, options...)
}

// GetCallbackHandler returns WithCallback's handler, nil when there is none. langchaingo's chains look for it.
func (m *LLM) GetCallbackHandler() callbacks.Handler { return m.callbacks }
