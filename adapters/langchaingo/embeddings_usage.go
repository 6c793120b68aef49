package langchaingo

import (
	"context"
	"net/http"

	"github.com/seed-a739af98/langchaingo-azure/azureadv1"
	"github.com/seed-a739af98/langchaingo-azure/internal/wire"
)

// EmbeddingUsage is what one call of CreateEmbedding spent, summed over its requests.
type EmbeddingUsage struct {
	// Deployment that was called, and the Model that answered; Model is "" where the answers do not name it.
	Deployment, Model string
	// PromptTokens and TotalTokens are the service's counts, 0 where it gave none. For embeddings they are the same.
	PromptTokens, TotalTokens int
	// Requests is how many requests were answered. A request that failed and was retried counts once.
	Requests int
	// RequestIDs are the answers' ids, in their order, for a talk with the service's support.
	RequestIDs []string
}

// WithEmbeddingUsage tells a function what each call of CreateEmbedding spent, which langchaingo's interface has no room
// for. It is called once at the end of a call, on the call's goroutine and with its context, also when a later request
// failed: what was answered before is billed. A call that got no answer tells nothing. The function must be safe for
// concurrent use if the model is used so; nil means none.
func WithEmbeddingUsage(report func(ctx context.Context, usage EmbeddingUsage)) Option {
	return func(m *LLM) error {
		m.embeddingUsage = report
		return nil
	}
}

// add takes in one answer, right or wrong: it was billed.
func (u *EmbeddingUsage) add(res *http.Response, answer wire.Embeddings) {
	u.Requests++
	if answer.Model != "" {
		u.Model = answer.Model
	}
	if answer.Usage != nil {
		u.PromptTokens += int(answer.Usage.Prompt)
		u.TotalTokens += int(answer.Usage.Total)
	}
	if id := azureadv1.RequestID(res); id != "" {
		u.RequestIDs = append(u.RequestIDs, id)
	}
}

func (e *embedding) report(ctx context.Context) {
	if e.m.embeddingUsage != nil && e.usage.Requests > 0 {
		e.m.embeddingUsage(ctx, e.usage)
	}
}
