package main

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/tmc/langchaingo/llms"

	"github.com/seed-a739af98/langchaingo-azure/adapters/langchaingo"
	"github.com/seed-a739af98/langchaingo-azure/azureadv1"
)

const (
	question = "Say yes."
	// oneToken is the least that chat completions take, leastTokens the least that /responses takes (OpenAI's reference).
	oneToken    = 1
	leastTokens = 16
)

func (x *examination) checkChat(ctx context.Context) result {
	return x.ask(ctx, x.client, oneToken, "answers")
}

// checkOtherSurface asks the same of the surface that is not configured: a warning tells that there is no way back, an
// answer beside a failure shows the way out.
func (x *examination) checkOtherSurface(ctx context.Context) result {
	if strings.Contains(x.base(), "/api/projects/") {
		return skip("projects have the v1 surface only")
	}
	cfg := x.otherSurface()
	client, err := x.clients.Get(cfg)
	if err != nil {
		return fail(err)
	}
	configured, _ := x.surfaces()
	said := "answers too, where APIVersion is " + cfg.APIVersion
	if _, fails := x.failed["chat_"+configured]; fails {
		said = "answers: set APIVersion to " + cfg.APIVersion + " to use this surface"
	}
	r := x.ask(ctx, client, oneToken, said)
	if r.Status == failed {
		r.Detail += "; the configuration does not use this surface"
	}
	return r
}

// ask has the model say as little as can be.
func (x *examination) ask(ctx context.Context, client *azureadv1.Client, tokens int, said string, more ...langchaingo.Option) result {
	model, err := langchaingo.NewFromClient(client, append(more, langchaingo.WithBaseModel(x.baseModel))...)
	if err != nil {
		return fail(err)
	}
	answer, err := model.GenerateContent(ctx, yesNo(), llms.WithMaxTokens(tokens))
	if e := azureadv1.AsError(err); e != nil && ranOut(e) {
		return pass("answers: a model that reasons, which " + fmt.Sprint(tokens) + " tokens do not suffice")
	}
	if err != nil {
		return fail(err)
	}
	facts := map[string]any{}
	if len(answer.Choices) > 0 {
		info := answer.Choices[0].GenerationInfo
		facts["model"], facts["region"], facts["request_id"] = info["Model"], info["Region"], info["RequestID"]
		if m, ok := info["Model"].(string); ok && m != "" {
			said += " (model " + oneLine(m) + ")"
		}
	}
	return pass(said).with(facts)
}

func yesNo() []llms.MessageContent {
	return []llms.MessageContent{llms.TextParts(llms.ChatMessageTypeHuman, question)}
}

// ranOut is a reasoning model that used up its tokens before it said anything: an error in words, an answer in effect.
func ranOut(e *azureadv1.Error) bool {
	return e.StatusCode == http.StatusBadRequest && strings.Contains(e.Message, "model output limit was reached")
}

// streamsEnd is the advice on a stream that began well and did not end well.
const streamsEnd = "The service began to answer and something ended the stream: a proxy or gateway in between that buffers answers or limits their time " +
	"must pass text/event-stream through as it comes. If nothing is in between, the service itself broke off: try again."

func (x *examination) checkStream(ctx context.Context) result {
	configured, _ := x.surfaces()
	var options []langchaingo.Option
	tokens := oneToken
	if x.responses {
		options, tokens = append(options, langchaingo.WithResponsesAPI()), leastTokens
	} else if _, fails := x.failed["chat_"+configured]; fails {
		return skip("needs chat " + configured + ", which failed")
	}
	model, err := langchaingo.NewFromClient(x.client, append(options, langchaingo.WithBaseModel(x.baseModel))...)
	if err != nil {
		return fail(err)
	}
	chunks := 0
	_, err = model.GenerateContent(ctx, yesNo(), llms.WithMaxTokens(tokens), llms.WithStreamingFunc(func(context.Context, []byte) error {
		chunks++
		return nil
	}))
	if e := azureadv1.AsError(err); err != nil && (e == nil || !ranOut(e)) {
		r := fail(err)
		if r.Fix == unknown && e != nil && e.StatusCode == http.StatusOK {
			r.Fix = streamsEnd
		}
		return r
	}
	return pass("complete to its end").with(map[string]any{"chunks": chunks})
}

func (x *examination) checkResponses(ctx context.Context) result {
	return x.ask(ctx, x.client, leastTokens, "answers", langchaingo.WithResponsesAPI())
}

func (x *examination) checkEmbeddings(ctx context.Context) result {
	if x.embedding == "" {
		return skip("no deployment of an embedding model is named: give --embedding-deployment, or mode: embedding in a models file")
	}
	model, err := langchaingo.NewFromClient(x.client, langchaingo.WithEmbeddingDeployment(x.embedding))
	if err != nil {
		return fail(err)
	}
	vectors, err := model.CreateEmbedding(ctx, []string{question})
	if err != nil {
		return fail(err)
	}
	if len(vectors) != 1 {
		return result{Status: failed, Detail: fmt.Sprintf("%d vectors for one text", len(vectors)), Fix: unknown}
	}
	return pass(fmt.Sprintf("%s makes vectors of %d numbers", oneLine(x.embedding), len(vectors[0]))).with(map[string]any{"dimensions": len(vectors[0])})
}
