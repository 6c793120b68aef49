package wire

import (
	"encoding/json"
	"sync"
)

// Chat is a chat completion: a whole answer, or what a stream has brought so
// far. Every string is a copy; zero values mean absent or null.
type Chat struct {
	// ID is the service's name for the answer.
	ID string
	// Model is the model that answered, with its date; not the deployment's name.
	Model string
	// SystemFingerprint names the backend's configuration, where the service tells.
	SystemFingerprint string
	// ServiceTier is the tier that served the call, such as "default".
	ServiceTier string
	// Created is the time of the answer in Unix seconds.
	Created int64
	// Choices are in the order of the wire, in a stream in the order of their
	// Index. It may be empty in a successful answer.
	Choices []Choice
	// Usage is nil when the service sent none: in a stream it comes last, and only
	// on request.
	Usage *Usage
	// PromptFilters are the content filter's results for the prompt. Answers may
	// share them: they are for reading only.
	PromptFilters []PromptFilter
	// Err is an error object found inside an answer of status 200; nil otherwise.
	Err *Error
}

// Choice is one of the answers to a request.
type Choice struct {
	// Index is the choice's number; its place in the list where the wire has none.
	Index int
	// FinishReason is stop, length, tool_calls, function_call, content_filter or a
	// word of the future; empty while unfinished.
	FinishReason string
	// Content is the answer's text; of content given in parts, its text parts.
	Content string
	// Refusal is the model's refusal, given in place of Content.
	Refusal string
	// Reasoning is the visible reasoning ("reasoning_content") of models that show it.
	Reasoning string
	// ToolCalls are the calls the model asks for, in order.
	ToolCalls []ToolCall
	// FunctionCall is the call of the older functions interface; nil when absent.
	FunctionCall *ToolCall
	// Filter holds the content filter's results for this choice, in the order of
	// the wire; in a stream the worst result of each category. Answers may share
	// it: it is for reading only.
	Filter []FilterResult
	// Logprobs is the raw log probability object; nil when absent. In a stream
	// the lists of all frames are joined.
	Logprobs json.RawMessage
}

// ToolCall is one function the model wants called.
type ToolCall struct {
	// ID pairs the call with its result; empty for the older functions interface.
	ID string
	// Type is "function", also where the wire left it out.
	Type string
	// Name is the function's name.
	Name string
	// Arguments is what the model wrote, meant to be a JSON object but not
	// checked; empty when the model gave none.
	Arguments string
}

// views keeps the scratch space of readers that are done.
var views = sync.Pool{New: func() any {
	r := new(answerReader)
	r.view.messageMember = "message"
	r.view.filters, r.view.prompts = &r.filters, &r.prompts
	return r
}}

type answerReader struct {
	view               answerView
	d                  scanner
	filters            memo[FilterResult]
	prompts            memo[PromptFilter]
	model, fingerprint textMemo
}

// ReadChat reads the body of a chat completion of status 200. The body may be
// used again afterwards. Failures are *FormatError; an error object inside the
// answer is no failure of reading and stands in Chat.Err.
func ReadChat(body []byte) (Chat, error) {
	r := views.Get().(*answerReader) //nolint:forcetypeassert // the pool holds nothing else
	defer r.release()
	r.d.ResetBytes(body)
	if err := r.view.read(&r.d); err != nil {
		return Chat{}, newFormatError("chat answer", body, err)
	}
	c := r.chat()
	if c.Err == nil && !r.view.isChat {
		if e, ok := ReadError(body); ok {
			c.Err = &e
		}
	}
	return c, nil
}

// release drops every reference to the body and returns r to the pool. What it remembers are copies.
func (r *answerReader) release() {
	clear(r.view.choices[:cap(r.view.choices)])
	clear(r.view.calls[:cap(r.view.calls)])
	r.view.reset()
	r.d.ResetBytes(nil)
	views.Put(r)
}

// chat copies the view into an answer of its own.
func (r *answerReader) chat() Chat {
	v := &r.view
	c := Chat{
		ID:                text(v.id),
		Model:             r.model.read(v.model),
		SystemFingerprint: r.fingerprint.read(v.fingerprint),
		ServiceTier:       word(v.tier),
		PromptFilters:     r.prompts.read(v.promptFilter, readPromptFilters, notablePrompt),
	}
	c.Created, _ = parseInteger(v.created)
	if v.hasUsage {
		u := v.usage
		c.Usage = &u
	}
	if v.failure != nil {
		e := errorOf(v.failure)
		c.Err = &e
	}
	if len(v.choices) > 0 {
		c.Choices = make([]Choice, len(v.choices))
	}
	for i := range v.choices {
		r.choice(&v.choices[i], &c.Choices[i])
	}
	return c
}

func (r *answerReader) choice(from *choiceView, to *Choice) {
	m := &from.message
	to.Index = from.index
	to.FinishReason = word(from.finish)
	to.Content = contentString(m.content)
	to.Refusal = text(m.refusal)
	to.Reasoning = text(m.reasoning)
	to.Filter = r.filters.read(from.filter, readFilters, notable)
	to.Logprobs = appendValid(nil, from.logprobs)
	if m.hasLegacy {
		call := m.legacy.call()
		to.FunctionCall = &call
	}
	calls := r.view.calls[m.calls[0]:m.calls[1]]
	if len(calls) == 0 {
		return
	}
	to.ToolCalls = make([]ToolCall, len(calls))
	for i := range calls {
		to.ToolCalls[i] = calls[i].call()
	}
}

func (c *callView) call() ToolCall {
	call := ToolCall{ID: text(c.id), Type: word(c.typ), Name: text(c.name)}
	if call.Type == "" {
		call.Type = "function"
	}
	if len(c.args) > 0 && c.args[0] != '"' {
		call.Arguments = string(appendArguments(nil, c.args))
		return call
	}
	call.Arguments = text(c.args)
	return call
}

func contentString(token []byte) string {
	if len(token) == 0 || token[0] == '"' {
		return text(token)
	}
	return string(appendContent(nil, token))
}
