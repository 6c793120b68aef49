package langchaingo

import (
	"regexp"
	"strings"
)

// WithBaseModel says what the chat deployment serves ("gpt-5", "gpt-4.1"), when its name does not: a deployment's name
// is its owner's choice, and reasoning models refuse parameters that other models take. Empty infers it from the name.
func WithBaseModel(name string) Option {
	return func(m *LLM) error {
		m.baseModel = strings.TrimSpace(name)
		return nil
	}
}

var (
	// The families that refuse sampling parameters, as words of a name: o1, o3-mini, o4-mini, gpt-5, gpt5, gpt-5.1, gpt-51;
	// and codex-mini, which is an o4-mini.
	reasoningName = regexp.MustCompile(`(^|[^a-z0-9])(o[1-9]|gpt-?5\d?|codex-mini)($|[^a-z0-9])`)
	// gpt-5-chat and gpt-5.1-chat are chat models in all but name.
	chatName = regexp.MustCompile(`(^|[^a-z0-9])gpt-?5(\.?\d)?-chat($|[^a-z0-9])`)
)

// isReasoning tells a reasoning model by its name, or by a deployment's.
func isReasoning(name string) bool {
	name = strings.ToLower(name)
	return reasoningName.MatchString(name) && !chatName.MatchString(name)
}

// reasons reports whether a deployment serves a reasoning model. WithBaseModel speaks for the configured deployment; a
// deployment named per call is judged by its own name.
func (m *LLM) reasons(deployment string) bool {
	if deployment == m.client.Deployment() {
		return m.reasoning
	}
	return isReasoning(deployment)
}

// SupportsReasoning reports whether the configured deployment serves a reasoning model: by WithBaseModel, else by its
// name.
func (m *LLM) SupportsReasoning() bool { return m.reasons(m.client.Deployment()) }
