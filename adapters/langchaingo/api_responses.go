package langchaingo

import (
	"fmt"
	"io"
	"slices"

	"github.com/seed-a739af98/langchaingo-azure/azureadv1"
	"github.com/seed-a739af98/langchaingo-azure/internal/wire"
)

// encryptedReasoning asks for reasoning items that can be sent back although nothing was stored.
const encryptedReasoning = "reasoning.encrypted_content"

// leastOutputTokens is the smallest max_output_tokens that the service takes (its own refusal of smaller ones says so).
// langchaingo's llmtest.ValidateLLM asks for one token.
const leastOutputTokens = 16

// WithResponsesAPI makes the model speak the Responses API in place of chat completions, for deployments that answer on
// nothing else (codex and pro kinds) or want it for tools. Messages, options, answers, streams and errors stay
// langchaingo's; see the package's section on it. Dated versions before 2025-03-01-preview have no Responses API: there
// every call is an error that says so. CreateEmbedding is not touched.
func WithResponsesAPI() Option {
	return func(m *LLM) error {
		m.api = &responsesAPI{kept: newKeptAnswers(maxKeptAnswers, maxKeptBytes)}
		return nil
	}
}

// responsesAPI is the Responses API.
type responsesAPI struct{ kept *keptAnswers }

func (*responsesAPI) operation() azureadv1.Operation { return azureadv1.OpResponses }

func (*responsesAPI) title() string { return "the Responses API" }

func (*responsesAPI) settle(r *request) error {
	if !knows(r.m.client, "responses") {
		return invalid("API version %s has no Responses API: use \"v1\" or \"2025-03-01-preview\", or leave WithResponsesAPI out", r.m.client.APIVersion())
	}
	r.emulateStop = len(r.o.StopWords) > 0 // there is no field for them
	if isSet(r.o.MaxTokens) {
		r.limit = "max_output_tokens"
	}
	r.stored = r.previous() != "" // who goes on from a stored answer will go on from this one
	if r.own.store != nil {
		r.stored = *r.own.store
	}
	if store, ok := r.own.extra["store"].(bool); ok {
		r.stored = store
	}
	r.include = slices.Clone(r.own.include)
	if r.reasons && !r.stored && knows(r.m.client, "encrypted") && !slices.Contains(r.include, encryptedReasoning) {
		r.include = append(r.include, encryptedReasoning)
	}
	return r.settleSummary()
}

// settleSummary reads langchaingo's thinking options where ReasoningSummary does not speak, and knows what the dated
// versions lack.
func (r *request) settleSummary() error {
	dated := r.m.client.Surface() != azureadv1.V1
	t := r.own.thinking
	switch {
	case r.own.summary == "" && t != nil && (t.ReturnThinking || t.StreamThinking) && r.reasons && knows(r.m.client, "reasoning_summary"):
		r.own.summary = "auto"
		if dated {
			r.own.summary = "detailed"
		}
	case r.own.summary == "auto" && dated:
		return invalid("API version %s has no reasoning summary \"auto\": use \"concise\" or \"detailed\", or \"v1\"", r.m.client.APIVersion())
	}
	if dated && r.own.summary != "" && r.own.effort == "" {
		r.own.effort = "medium" // these versions want one; it is what they say the default is
	}
	return nil
}

// previous is the stored answer that the request goes on from; "" for none.
func (r *request) previous() string {
	if id, ok := r.own.extra["previous_response_id"].(string); ok {
		return id
	}
	return r.own.previous
}

func (a *responsesAPI) dialect(r *request, size int) dialect {
	d := responsesDialects.Get().(*responsesDialect) //nolint:forcetypeassert // the pool holds nothing else
	d.Reset(size)                                    // the writer; release has emptied the rest
	d.r, d.dated = r, r.m.client.Surface() != azureadv1.V1
	if !r.own.has("conversation") { // else the service has what is kept here, and takes it but once
		d.kept = a.kept
	}
	d.Model(r.deployment)
	return d
}

func (*responsesAPI) lacks(p *parameter) string {
	return fmt.Sprintf("the Responses API has no %s: leave the option out, or ignore it with WithDropParams(%q)", p.what(), p.name)
}

func (*responsesAPI) read(body []byte) (answer, error) {
	response, err := wire.ReadResponse(body)
	if err != nil {
		return answer{}, err
	}
	return answerOf(&response), nil
}

func (*responsesAPI) open(body io.Reader) answerStream {
	return responsesStream{wire.NewResponsesStream(body)}
}

func (*responsesAPI) nothing() error { return errNoOutput }

var errNoOutput = fmt.Errorf("%w: it has no output", azureadv1.ErrBadAnswer)

func (a *responsesAPI) remember(r *request, got *answer) {
	a.kept.put(r.deployment, got.response, r.keeps(got.response))
}

// keeps reports whether the service has stored an answer: it was asked to, and the answer did not break.
func (r *request) keeps(response *wire.Response) bool {
	return r.stored && (response.Status == "completed" || response.Status == "incomplete")
}

// responsesStream is a streamed answer of the Responses API.
type responsesStream struct{ *wire.ResponsesStream }

// Result implements answerStream.
func (s responsesStream) Result() answer {
	response := s.ResponsesStream.Result()
	return answerOf(&response)
}

// answerOf puts a response into chat's form: one choice, unless there is no output at all.
func answerOf(response *wire.Response) answer {
	a := answer{response: response}
	a.ID, a.Model, a.ServiceTier, a.Created = response.ID, response.Model, response.ServiceTier, response.CreatedAt
	a.Usage, a.Err = response.Usage, response.Err
	// An answer that was cut short or is still being made in the background has its id, if nothing else.
	if len(response.Output) == 0 && !slices.Contains([]string{"incomplete", "queued", "in_progress"}, response.Status) {
		return a
	}
	choice := wire.Choice{
		FinishReason: response.FinishReason(), Content: response.Text(), Refusal: response.Refusal(), Reasoning: response.Reasoning(),
		ToolCalls: response.ToolCalls(), Logprobs: firstLogprobs(response.Output),
	}
	choice.Filter = response.FiltersOf("completion")
	if found := response.FiltersOf("prompt"); len(found) > 0 {
		a.PromptFilters = []wire.PromptFilter{{Results: found}}
	}
	a.Choices = []wire.Choice{choice}
	return a
}

func firstLogprobs(items []wire.OutputItem) []byte {
	for i := range items {
		for _, p := range items[i].Content {
			if len(p.Logprobs) > 0 {
				return p.Logprobs
			}
		}
	}
	return nil
}
