package langchaingo

import (
	"encoding/json"
	"net/http"

	"github.com/tmc/langchaingo/llms"

	"github.com/seed-a739af98/langchaingo-azure/azureadv1"
	"github.com/seed-a739af98/langchaingo-azure/internal/wire"
)

// response makes langchaingo's answer of the wire's.
func (r *request) response(res *http.Response, got *answer) *llms.ContentResponse {
	azureadv1.Observe(res, func() azureadv1.Outcome { return r.outcome(&got.Chat) })
	r.m.api.remember(r, got)
	choices := make([]llms.ContentChoice, len(got.Choices))
	out := &llms.ContentResponse{Choices: make([]*llms.ContentChoice, len(got.Choices))}
	for i := range got.Choices {
		c, choice := &got.Choices[i], &choices[i]
		out.Choices[i] = choice
		choice.Content = c.Content
		choice.StopReason = c.FinishReason
		choice.ReasoningContent = c.Reasoning
		choice.GenerationInfo = r.generationInfo(res, got, c)
		for _, call := range c.ToolCalls {
			choice.ToolCalls = append(choice.ToolCalls, toolCall(call))
		}
		switch {
		case c.FunctionCall != nil:
			choice.FuncCall = toolCall(*c.FunctionCall).FunctionCall
		case len(choice.ToolCalls) > 0:
			choice.FuncCall = choice.ToolCalls[0].FunctionCall
		}
	}
	return out
}

// outcome is what traces and metrics get to know.
func (r *request) outcome(chat *wire.Chat) azureadv1.Outcome {
	o := azureadv1.Outcome{Model: chat.Model, ID: chat.ID, FirstChunk: r.firstChunk}
	for _, c := range chat.Choices {
		o.FinishReasons = append(o.FinishReasons, c.FinishReason)
	}
	if u := chat.Usage; u != nil {
		o.InputTokens, o.OutputTokens, o.CachedTokens, o.ReasoningTokens = u.Prompt, u.Completion, u.Cached, u.Reasoning
	}
	return o
}

func toolCall(c wire.ToolCall) llms.ToolCall {
	return llms.ToolCall{ID: c.ID, Type: c.Type, FunctionCall: &llms.FunctionCall{Name: c.Name, Arguments: c.Arguments}}
}

// generationInfo has langchaingo's names for usage, and what only Azure tells. Keys of things the answer does not have
// are absent, but for the token counts, which other code reads without asking.
func (r *request) generationInfo(res *http.Response, got *answer, c *wire.Choice) map[string]any {
	chat := &got.Chat
	info := make(map[string]any, 24)
	addUsage(info, chat.Usage)
	info["ThinkingContent"] = c.Reasoning
	info["Deployment"] = r.deployment
	info["Attempts"] = azureadv1.Attempts(res)
	for _, told := range [...]struct{ key, value string }{
		{"Model", chat.Model},
		{"ID", chat.ID},
		{"SystemFingerprint", chat.SystemFingerprint},
		{"ServiceTier", chat.ServiceTier},
		{"RequestID", azureadv1.RequestID(res)},
		{"Region", res.Header.Get("X-Ms-Region")},
		{"Refusal", c.Refusal},
	} {
		if told.value != "" {
			info[told.key] = told.value
		}
	}
	if len(c.Filter) > 0 {
		info["ContentFilterResults"] = filterResults(c.Filter)
	}
	if len(chat.PromptFilters) > 0 {
		info["PromptFilterResults"] = filterResults(chat.PromptFilters[0].Results)
	}
	if len(c.Logprobs) > 0 {
		info["Logprobs"] = c.Logprobs
	}
	if len(r.dropped) > 0 {
		info["Dropped"] = r.dropped
	}
	if got.response != nil {
		addResponse(info, got.response, r.keeps(got.response))
	}
	return info
}

// addResponse writes what only the Responses API tells. Items that a broken stream left unfinished are not among the
// items, which are for sending back.
func addResponse(info map[string]any, response *wire.Response, stored bool) {
	for key, value := range map[string]string{
		"ResponseID": response.ID, "IncompleteReason": response.IncompleteReason, "PreviousResponseID": response.PreviousID,
	} {
		if value != "" {
			info[key] = value
		}
	}
	if stored {
		info[keyStored] = true
	}
	items := make([]json.RawMessage, 0, len(response.Output))
	for _, item := range response.Output {
		if item.Raw != nil {
			items = append(items, item.Raw)
		}
	}
	if len(items) > 0 {
		info[keyItems] = items
	}
}

// addUsage writes the counts under langchaingo's names; a stream of a version without stream_options has none, and
// then they are 0.
func addUsage(info map[string]any, u *wire.Usage) {
	if u == nil {
		u = &wire.Usage{}
	}
	info["PromptTokens"] = int(u.Prompt)
	info["CompletionTokens"] = int(u.Completion)
	info["TotalTokens"] = int(u.Total)
	info["ReasoningTokens"] = int(u.Reasoning)
	info["ThinkingTokens"] = int(u.Reasoning)
	info["CompletionReasoningTokens"] = int(u.Reasoning)
	info["PromptCachedTokens"] = int(u.Cached)
	info["PromptAudioTokens"] = int(u.PromptAudio)
	info["CompletionAudioTokens"] = int(u.CompletionAudio)
	info["CompletionAcceptedPredictionTokens"] = int(u.AcceptedPrediction)
	info["CompletionRejectedPredictionTokens"] = int(u.RejectedPrediction)
}

func filterResults(in []wire.FilterResult) []azureadv1.FilterResult {
	out := make([]azureadv1.FilterResult, len(in))
	for i, f := range in {
		out[i] = azureadv1.FilterResult(f)
	}
	return out
}
