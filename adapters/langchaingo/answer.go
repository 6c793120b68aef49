package langchaingo

import (
	"net/http"

	"github.com/tmc/langchaingo/llms"

	"github.com/seed-a739af98/langchaingo-azure/azureadv1"
	"github.com/seed-a739af98/langchaingo-azure/internal/wire"
)

// response makes langchaingo's answer of the wire's.
func (r *request) response(res *http.Response) *llms.ContentResponse {
	got := &r.got
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
