package registry

import (
	"cmp"
	"context"
	"maps"

	"github.com/tmc/langchaingo/callbacks"
	"github.com/tmc/langchaingo/llms"
)

// model is a name of the registry.
type model struct {
	registry *Registry
	name     string
}

var (
	_ llms.ReasoningModel    = (*model)(nil)
	_ callbacks.HandlerHaver = (*model)(nil)
)

// GenerateContent makes one call, over as many deployments as it takes.
func (m *model) GenerateContent(ctx context.Context, messages []llms.MessageContent, options ...llms.CallOption) (*llms.ContentResponse, error) {
	handler := m.registry.loader.Callback
	if handler != nil {
		handler.HandleLLMGenerateContentStart(ctx, messages)
	}
	response, err := m.generate(ctx, messages, options)
	m.ended(ctx, response, err)
	return response, err
}

func (m *model) ended(ctx context.Context, response *llms.ContentResponse, err error) {
	switch handler := m.registry.loader.Callback; {
	case handler == nil:
	case err != nil:
		handler.HandleLLMError(ctx, err)
	default:
		handler.HandleLLMGenerateContentEnd(ctx, response)
	}
}

func (m *model) generate(ctx context.Context, messages []llms.MessageContent, options []llms.CallOption) (*llms.ContentResponse, error) {
	p, err := m.prepare(messages, options)
	if err != nil {
		return nil, err
	}
	response, by, err := serve(ctx, p.gen, &p.call, p.first, func(b *backend) (*llms.ContentResponse, error) {
		model, err := b.made()
		if err != nil {
			return nil, err
		}
		response, err := model.GenerateContent(ctx, messages, p.options(b)...)
		if err != nil && response != nil {
			p.began.Store(true)
		}
		if !b.builtIn {
			response = cleaned(response)
		}
		if err == nil && (response == nil || len(response.Choices) == 0) {
			p.began.Store(true) // it is done, and may be billed
			err = llms.NewError(llms.ErrCodeProviderUnavailable, b.entry.Provider, "the model returned no choice, and no error")
		}
		return response, err
	})
	if by != nil && response != nil {
		p.sign(by, response)
	}
	return response, err
}

// cleaned is an answer of another provider, which may be shared between calls, may have nil for a choice, and need not
// have a GenerationInfo.
func cleaned(response *llms.ContentResponse) *llms.ContentResponse {
	if response == nil {
		return nil
	}
	out := &llms.ContentResponse{}
	for _, choice := range response.Choices {
		if choice == nil {
			continue
		}
		own := *choice
		own.GenerationInfo = maps.Clone(choice.GenerationInfo)
		if own.GenerationInfo == nil {
			own.GenerationInfo = map[string]any{}
		}
		out.Choices = append(out.Choices, &own)
	}
	return out
}

// sign says who served, and settles what it used.
func (c *call) sign(by *backend, response *llms.ContentResponse) {
	for _, choice := range response.Choices {
		choice.GenerationInfo["Backend"] = by.entry.ID
		if len(c.passed) > 0 {
			choice.GenerationInfo["Failovers"] = c.passed
		}
	}
	if len(response.Choices) > 0 {
		c.settle(by, response.Choices[0].GenerationInfo)
	}
}

// prepared is a call that is ready to be made.
type prepared struct {
	call
	gen      *generation
	first    *group
	given    []llms.CallOption
	o        llms.CallOptions // what the given ones say
	callback callbacks.Handler
}

func (m *model) prepare(messages []llms.MessageContent, options []llms.CallOption) (*prepared, error) {
	r := m.registry
	p := &prepared{
		call: call{state: r.state, log: r.log}, gen: r.current.Load(), given: options, callback: r.loader.Callback,
	}
	for _, option := range options {
		if option != nil {
			option(&p.o)
		}
	}
	name := m.name
	if p.o.Model != "" {
		name = p.o.Model
	}
	var err error
	if p.first, err = p.gen.chat(name); err != nil {
		return nil, err
	}
	if p.first.counted {
		p.tokens = estimate(messages) + max(cmp.Or(p.o.MaxTokens, p.first.maxTokens), 0)
	}
	return p, nil
}

// estimate is a conversation's length in tokens, at four bytes each, as OpenAI's rule of thumb has it for English
// (help.openai.com/articles/4936856).
func estimate(messages []llms.MessageContent) int {
	n := 0
	for _, m := range messages {
		for _, part := range m.Parts {
			switch part := part.(type) {
			case llms.TextContent:
				n += len(part.Text)
			case llms.ToolCallResponse:
				n += len(part.Content)
			case llms.ToolCall:
				if part.FunctionCall != nil {
					n += len(part.FunctionCall.Arguments)
				}
			}
		}
	}
	return n/4 + 1
}

// options are an attempt's: the entry's defaults, the caller's, and what has the last word.
func (p *prepared) options(b *backend) []llms.CallOption {
	options := make([]llms.CallOption, 0, len(b.entry.defaults)+len(p.given)+1)
	options = append(append(options, b.entry.defaults...), p.given...)
	if p.o.Model == "" && p.o.StreamingFunc == nil && p.o.StreamingReasoningFunc == nil && len(b.metadata) == 0 {
		return options
	}
	return append(options, func(o *llms.CallOptions) {
		o.Model = "" // it named this group; the deployment is the entry's
		o.Metadata = withDefaults(o.Metadata, b.metadata)
		p.listen(o)
	})
}

// listen notes when something of the answer reaches the caller: from then on no other deployment is asked.
func (p *prepared) listen(o *llms.CallOptions) {
	if f := o.StreamingFunc; f != nil {
		o.StreamingFunc = func(ctx context.Context, chunk []byte) error {
			p.began.Store(true)
			if p.callback != nil && !p.channel { // the relay tells them of a channel's pieces
				p.callback.HandleStreamingFunc(ctx, chunk)
			}
			return p.owned(f(ctx, chunk))
		}
	}
	if f := o.StreamingReasoningFunc; f != nil {
		o.StreamingReasoningFunc = func(ctx context.Context, reasoning, chunk []byte) error {
			p.began.Store(true)
			return p.owned(f(ctx, reasoning, chunk))
		}
	}
}

// owned remembers the error of the caller's own function: it says nothing about the deployment.
func (c *call) owned(err error) error {
	if err != nil {
		c.own.Store(&ownError{err})
	}
	return err
}

// withDefaults adds an entry's metadata to the caller's, which wins; fields of an extra body are joined one by one.
func withDefaults(given, defaults map[string]any) map[string]any {
	if len(defaults) == 0 {
		return given
	}
	out := maps.Clone(defaults)
	for key, value := range given {
		theirs, mapped := value.(map[string]any)
		ours, both := out[key].(map[string]any)
		if mapped && both {
			joined := maps.Clone(ours)
			maps.Copy(joined, theirs)
			value = joined
		}
		out[key] = value
	}
	return out
}

// Call sends one text and returns the answer's.
//
// Deprecated: langchaingo keeps it for older code; use [llms.GenerateFromSinglePrompt].
func (m *model) Call(ctx context.Context, prompt string, options ...llms.CallOption) (string, error) {
	return llms.GenerateFromSinglePrompt(ctx, m, prompt, options...)
}

// SupportsReasoning tells whether the first of the name's deployments serves a reasoning model.
func (m *model) SupportsReasoning() bool {
	g, err := m.registry.current.Load().chat(m.name)
	if err != nil {
		return false
	}
	first, err := g.tiers[0].backends[0].made()
	if err != nil {
		return false
	}
	reasoning, ok := first.(llms.ReasoningModel)
	return ok && reasoning.SupportsReasoning()
}

// GetCallbackHandler returns Loader's Callback. langchaingo's chains look for it.
func (m *model) GetCallbackHandler() callbacks.Handler { return m.registry.loader.Callback }
