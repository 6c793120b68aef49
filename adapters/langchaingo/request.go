package langchaingo

import (
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/tmc/langchaingo/llms"
)

// request is one call, settled: options read, deployment chosen, body written.
type request struct {
	m          *LLM
	o          *llms.CallOptions // never used again: an option may keep what it was given
	own        ownOptions
	deployment string
	body       []byte

	reasons       bool   // the deployment serves a reasoning model
	emulateStop   bool   // stop words cannot be sent: they are cut here
	limit         string // the field that carries the token limit; "" for none
	stored        bool   // the service keeps the answer of the Responses API
	include       []string
	effort        string // these two are written together on the Responses API
	summary       string
	jsonMode      bool
	schema        *answerSchema
	mode          string            // of the tool choice
	function      string            // that the tool choice demands
	labels        map[string]string // metadata that is sent
	stream, usage bool
	firstChunk    time.Time // when the first piece of a stream came
	dropped       []string
	got           answer // what langchaingo's answer is made of
}

// requests keeps the space of calls that are over.
var requests = sync.Pool{New: func() any { return new(request) }}

func (r *request) release() {
	*r = request{}
	requests.Put(r)
}

// delivery is how the answer is wanted.
type delivery bool

const (
	asAsked   delivery = false // streamed if the options have a streaming function
	streaming delivery = true
)

func (m *LLM) newRequest(messages []llms.MessageContent, options []llms.CallOption, how delivery) (*request, error) {
	r := requests.Get().(*request) //nolint:forcetypeassert // the pool holds nothing else
	r.m, r.o, r.stream = m, new(llms.CallOptions), how == streaming
	readOptions(r.o, options)
	if err := r.settle(); err != nil {
		return nil, r.about(err)
	}
	if err := r.write(messages, sizeOf(messages, r.o)+64*len(options)); err != nil {
		return nil, r.about(err)
	}
	return r, nil
}

// about tells a fresh error of invalid that it is this call's.
func (r *request) about(err error) error {
	return about(err, r.m.client, r.m.api.operation(), r.deployment)
}

// write writes the body, of about size bytes.
func (r *request) write(messages []llms.MessageContent, size int) error {
	w := r.m.api.dialect(r, size)
	defer w.release()
	if err := writeMessages(w, messages); err != nil {
		return err
	}
	for _, field := range sortedKeys(r.own.extra) {
		w.Extra(field, r.own.extra[field])
	}
	if err := r.writeParameters(w); err != nil {
		return err
	}
	w.end(r)
	body, err := w.Body()
	if err != nil {
		return invalid("%s", strings.TrimPrefix(err.Error(), "wire: "))
	}
	r.body = body
	return nil
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
	r.stream = r.stream || r.o.StreamingFunc != nil || r.o.StreamingReasoningFunc != nil
	for _, step := range settling {
		if err := step(r); err != nil {
			return err
		}
	}
	return r.m.api.settle(r)
}

// settling is in the order in which later steps need the earlier ones.
var settling = [...]func(*request) error{
	(*request).settleMetadata, (*request).settleCounts, (*request).settleFormat, (*request).settleEffort, (*request).settleTools,
}

// settleMetadata parts the metadata into options and labels: strings under keys that are nobody's option.
func (r *request) settleMetadata() error {
	for _, key := range sortedKeys(r.o.Metadata) {
		value := r.o.Metadata[key]
		taken, err := r.own.take(key, value)
		if err != nil {
			return err
		}
		if taken {
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
	return r.own.checkExtra()
}

// sortedKeys costs nothing for the maps that most calls do not have.
func sortedKeys(m map[string]any) []string {
	if len(m) == 0 {
		return nil
	}
	return slices.Sorted(maps.Keys(m))
}

// isForeignKey tells the keys of langchaingo options that other providers read.
func isForeignKey(key string) bool {
	switch key {
	case "prompt_caching", "CachedContentName", "context_cache": // any provider's, llms/googleai's, llms/ollama's
		return true
	}
	return strings.HasPrefix(key, "openai:") || strings.HasPrefix(key, "anthropic:")
}

func (r *request) settleCounts() error {
	o := r.o
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

// settleFormat chooses the answer's form: what the call says outranks the client's schema, and a schema plain JSON.
func (r *request) settleFormat() error {
	r.jsonMode = r.o.JSONMode
	mime := r.o.ResponseMIMEType
	switch mime {
	case "", "text/plain":
	case "application/json":
		r.jsonMode = true
	default:
		return invalid("ResponseMIMEType %q: %s answers text/plain or application/json", mime, r.m.api.title())
	}
	switch {
	case r.own.schema != nil:
		s, err := r.own.schema.resolved()
		if err != nil {
			return err
		}
		r.schema = &s
	case r.o.JSONMode || mime == "text/plain":
	default:
		r.schema = r.m.schema
	}
	return nil
}

// settleEffort reads langchaingo's thinking options where ReasoningEffort does not speak. Its modes are Azure's words,
// "none" included, which gpt-5.1 and later know and earlier reasoning models refuse. A model that does not reason has
// nothing to turn off.
func (r *request) settleEffort() error {
	t := r.own.thinking
	if r.own.effort != "" || t == nil {
		return nil
	}
	switch {
	case t.Mode == "" || t.Mode == llms.ThinkingModeAuto:
	case t.Mode == llms.ThinkingModeNone && !r.reasons:
		r.dropped = append(r.dropped, "reasoning_effort")
	default:
		r.own.effort = string(t.Mode)
	}
	return nil
}

// settleTools checks the tools and what is said about their use.
func (r *request) settleTools() (err error) {
	if err := checkTools(r.o); err != nil {
		return err
	}
	if err := r.checkStrict(); err != nil {
		return err
	}
	if r.mode, r.function, err = toolChoice(r.o); err != nil {
		return err
	}
	return r.checkRequired()
}

func (r *request) hasTools() bool {
	return r.own.has("tools") || len(r.o.Tools)+len(r.o.Functions)+len(r.own.builtIn) > 0 && !r.m.drop["tools"]
}

// sizeOf estimates the body, but for plain options, so that one buffer does: texts with a tenth for escapes, base64 at four
// thirds.
func sizeOf(messages []llms.MessageContent, o *llms.CallOptions) int {
	n := 64
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
