package langchaingo

import (
	"encoding/json"
	"maps"
	"net/http"

	"github.com/seed-a739af98/langchaingo-azure/azureadv1"
	"github.com/seed-a739af98/langchaingo-azure/internal/wire"
)

// generationInfo has langchaingo's names for usage, and what only Azure tells. Keys of things the answer does not have
// are absent, but for the token counts, which other code reads without asking.
func (r *request) generationInfo(res *http.Response, got *answer, c *wire.Choice) map[string]any {
	chat := &got.Chat
	info := maps.Clone(r.m.infoOf(infoKey{
		deployment: r.deployment, model: chat.Model, fingerprint: chat.SystemFingerprint, tier: chat.ServiceTier,
		region: res.Header.Get("X-Ms-Region"), attempts: azureadv1.Attempts(res),
	}))
	addUsage(info, chat.Usage)
	addText(info, "ThinkingContent", c.Reasoning)
	addText(info, "ID", chat.ID)
	addText(info, "RequestID", azureadv1.RequestID(res))
	addText(info, "Refusal", c.Refusal)
	addFilters(info, c.Filter, chat.PromptFilters)
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

// infoKey is what the answers of a deployment say again and again.
type infoKey struct {
	deployment, model, fingerprint, tier, region string
	attempts                                     int
}

// infoTemplate is a GenerationInfo of nothing else, with counts of 0. It is never written to: copying a map whole costs a
// fraction of filling one.
type infoTemplate struct {
	of   infoKey
	info map[string]any
}

// infoRoom is for all keys of nearly any answer, so that none of them makes the map grow. A map that is larger has twice
// the room.
const infoRoom = 28

func (m *LLM) infoOf(of infoKey) map[string]any {
	if t := m.info.Load(); t != nil && t.of == of {
		return t.info
	}
	t := &infoTemplate{of, make(map[string]any, infoRoom)}
	for _, c := range usageCounts {
		t.info[c.key] = 0
	}
	t.info["ThinkingContent"] = ""
	t.info["Deployment"] = of.deployment
	t.info["Attempts"] = of.attempts
	addText(t.info, "Model", of.model)
	addText(t.info, "SystemFingerprint", of.fingerprint)
	addText(t.info, "ServiceTier", of.tier)
	addText(t.info, "Region", of.region)
	m.info.Store(t)
	return t.info
}

func addText(info map[string]any, key, told string) {
	if told != "" {
		info[key] = told
	}
}

// usageCounts are the counts under langchaingo's names.
var usageCounts = [...]struct {
	key string
	of  func(*wire.Usage) int64
}{
	{"PromptTokens", func(u *wire.Usage) int64 { return u.Prompt }},
	{"CompletionTokens", func(u *wire.Usage) int64 { return u.Completion }},
	{"TotalTokens", func(u *wire.Usage) int64 { return u.Total }},
	{"ReasoningTokens", func(u *wire.Usage) int64 { return u.Reasoning }},
	{"ThinkingTokens", func(u *wire.Usage) int64 { return u.Reasoning }},
	{"CompletionReasoningTokens", func(u *wire.Usage) int64 { return u.Reasoning }},
	{"PromptCachedTokens", func(u *wire.Usage) int64 { return u.Cached }},
	{"PromptAudioTokens", func(u *wire.Usage) int64 { return u.PromptAudio }},
	{"CompletionAudioTokens", func(u *wire.Usage) int64 { return u.CompletionAudio }},
	{"CompletionAcceptedPredictionTokens", func(u *wire.Usage) int64 { return u.AcceptedPrediction }},
	{"CompletionRejectedPredictionTokens", func(u *wire.Usage) int64 { return u.RejectedPrediction }},
}

// addUsage writes the counts that are not 0; a stream of a version without stream_options has none.
func addUsage(info map[string]any, u *wire.Usage) {
	if u == nil {
		return
	}
	for _, c := range usageCounts {
		if n := c.of(u); n != 0 {
			info[c.key] = int(n)
		}
	}
}

// addFilters copies the results, which answers share, into lists of the caller's own.
func addFilters(info map[string]any, answer []wire.FilterResult, prompts []wire.PromptFilter) {
	var prompt []wire.FilterResult
	if len(prompts) > 0 {
		prompt = prompts[0].Results
	}
	n := len(answer)
	both := make([]azureadv1.FilterResult, n+len(prompt))
	for i := range answer {
		both[i] = azureadv1.FilterResult(answer[i])
	}
	for i := range prompt {
		both[n+i] = azureadv1.FilterResult(prompt[i])
	}
	if n > 0 {
		info["ContentFilterResults"] = both[:n:n]
	}
	if len(prompts) > 0 {
		info["PromptFilterResults"] = both[n:]
	}
}

// addResponse writes what only the Responses API tells. Items that a broken stream left unfinished are not among the
// items, which are for sending back.
func addResponse(info map[string]any, response *wire.Response, stored bool) {
	addText(info, "ResponseID", response.ID)
	addText(info, "IncompleteReason", response.IncompleteReason)
	addText(info, "PreviousResponseID", response.PreviousID)
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
