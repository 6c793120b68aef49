package langchaingo

import (
	"strings"

	"github.com/tmc/langchaingo/llms"

	"github.com/seed-a739af98/langchaingo-azure/azureadv1"
	"github.com/seed-a739af98/langchaingo-azure/internal/wire"
)

// request is one call, settled: options read, deployment chosen, body written.
type request struct {
	m          *LLM
	o          llms.CallOptions
	deployment string
	body       []byte

	reasons          bool // the deployment serves a reasoning model
	emulateStop      bool // the model refuses stop words: they are cut here
	completionTokens bool // the limit goes as max_completion_tokens
	jsonMode         bool
	labels           map[string]string // metadata that is sent
	stream, usage    bool
	dropped          []string
}

func (m *LLM) newRequest(messages []llms.MessageContent, options []llms.CallOption) (*request, error) {
	r := &request{m: m, o: readOptions(options)}
	if err := r.settle(); err != nil {
		return nil, err
	}
	w := wire.NewChatWriter(sizeOf(messages, &r.o))
	if m.client.Surface() == azureadv1.V1 {
		w.Model(r.deployment)
	}
	if err := writeMessages(w, messages); err != nil {
		return nil, err
	}
	if err := r.writeTools(w); err != nil {
		return nil, err
	}
	if err := r.writeParameters(w); err != nil {
		return nil, err
	}
	if r.stream {
		w.Stream(r.usage)
	}
	body, err := w.Body()
	if err != nil {
		return nil, invalid("%s", strings.TrimPrefix(err.Error(), "wire: "))
	}
	r.body = body
	return r, nil
}

// settle decides what several options together mean.
func (r *request) settle() error {
	r.deployment = r.o.Model
	if r.deployment == "" {
		r.deployment = r.m.client.Deployment()
	}
	if strings.TrimSpace(r.deployment) == "" {
		return invalid("no deployment is named: set Config.Deployment, or llms.WithModel with the deployment's name")
	}
	r.reasons = r.m.reasons(r.deployment)
	r.emulateStop = r.reasons && len(r.o.StopWords) > 0
	r.completionTokens = knows(r.m.client, "max_completion_tokens")
	r.stream = r.o.StreamingFunc != nil || r.o.StreamingReasoningFunc != nil
	if err := r.settleCounts(); err != nil {
		return err
	}
	if err := r.settleFormat(); err != nil {
		return err
	}
	return r.settleMetadata()
}

func (r *request) settleCounts() error {
	o := &r.o
	for _, c := range []struct {
		name  string
		value int
	}{{"WithMaxTokens", o.MaxTokens}, {"WithN", o.N}, {"WithCandidateCount", o.CandidateCount}} {
		if isSet(c.value) && c.value < 0 {
			return invalid("%s(%d) is negative", c.name, c.value)
		}
	}
	if isSet(o.N) && isSet(o.CandidateCount) && o.N != o.CandidateCount {
		return invalid("WithN(%d) and WithCandidateCount(%d) mean the same and differ: give one", o.N, o.CandidateCount)
	}
	if !isSet(o.N) {
		o.N = o.CandidateCount
	}
	return nil
}

func (r *request) settleFormat() error {
	switch r.o.ResponseMIMEType {
	case "", "text/plain":
		r.jsonMode = r.o.JSONMode
	case "application/json":
		r.jsonMode = true
	default:
		return invalid("ResponseMIMEType %q: chat answers text/plain or application/json", r.o.ResponseMIMEType)
	}
	return nil
}

// settleMetadata keeps what is meant for the service: strings under keys that are nobody's option.
func (r *request) settleMetadata() error {
	for key, value := range r.o.Metadata {
		if isOptionKey(key) {
			continue
		}
		s, ok := value.(string)
		if !ok {
			return invalid("metadata %q is a %T: Azure OpenAI takes strings only", key, value)
		}
		if r.labels == nil {
			r.labels = make(map[string]string, len(r.o.Metadata))
		}
		r.labels[key] = s
	}
	return nil
}

// isOptionKey tells the keys that langchaingo's own options, and this package's, keep in the metadata.
func isOptionKey(key string) bool {
	switch key {
	case "thinking_config", "prompt_caching", "context_cache", "CachedContentName":
		return true
	}
	for _, prefix := range []string{"azureadv1:", "openai:", "anthropic:"} {
		if strings.HasPrefix(key, prefix) {
			return true
		}
	}
	return false
}

func (r *request) writeTools(w *wire.ChatWriter) error {
	if !hasTools(&r.o) {
		return nil
	}
	if !knows(r.m.client, "tools") {
		return invalid("API version %s has no tools: use \"v1\"%s", r.m.client.APIVersion(), datedSince("tools"))
	}
	if err := writeTools(w, &r.o); err != nil {
		return err
	}
	mode, function, err := toolChoice(&r.o)
	switch {
	case err != nil:
		return err
	case function != "":
		w.ToolChoiceFunction(function)
	case mode != "":
		w.ToolChoice(mode)
	}
	return nil
}

// sizeOf estimates the body so that one buffer does: texts with a tenth for escapes, base64 at four thirds.
func sizeOf(messages []llms.MessageContent, o *llms.CallOptions) int {
	n := 256
	for _, m := range messages {
		n += 64
		for _, p := range m.Parts {
			n += 32 + sizeOfPart(p)
		}
	}
	return n + 512*(len(o.Tools)+len(o.Functions))
}

func sizeOfPart(p llms.ContentPart) int {
	switch p := uncached(p).(type) {
	case llms.TextContent:
		return len(p.Text) * 11 / 10
	case llms.ImageURLContent:
		return len(p.URL) + 64
	case llms.BinaryContent:
		return len(p.Data)*4/3 + 128
	case llms.ToolCallResponse:
		return len(p.Content)*11/10 + 64
	case llms.ToolCall:
		if p.FunctionCall != nil {
			return len(p.FunctionCall.Arguments)*5/4 + 96
		}
	}
	return 0
}
