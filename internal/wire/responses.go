package wire

import (
	"encoding/json"
	"strings"

	"github.com/go-faster/jx"
)

// Response is an answer of the Responses API: a whole one, or what a stream has
// brought so far. Every string is a copy; zero values mean absent or null.
type Response struct {
	// ID is the service's name for the answer, for PreviousResponseID.
	ID string
	// Model is what answered: a dated model or, on Azure, often the deployment.
	Model string
	// Status is completed, incomplete, failed, cancelled, queued or in_progress. A
	// whole answer without one (v1 does not require it) is completed, or incomplete
	// where IncompleteReason is set.
	Status string
	// IncompleteReason tells why an answer is incomplete: max_output_tokens or
	// content_filter; empty otherwise.
	IncompleteReason string
	// ServiceTier is the tier that served the call, where the service tells.
	ServiceTier string
	// PreviousID is the id of the stored response that this one continues.
	PreviousID string
	// CreatedAt is the time of the answer in Unix seconds.
	CreatedAt int64
	// Output holds the items in the order of the wire; it may be empty.
	Output []OutputItem
	// Usage counts tokens, input as Prompt and output as Completion; nil when the
	// service sent none.
	Usage *Usage
	// Filters are the content filter's results by source, from Azure's
	// "content_filters"; nil where there are none.
	Filters []SourceFilter
	// Err is why the answer failed, or an error object found in place of an answer;
	// for a failed or cancelled answer that gives no reason its Code is the status.
	Err *Error
}

// OutputItem is one element of an answer's output. Fields that its type does not
// have are zero; types not known here have Type, ID, Status and Raw.
type OutputItem struct {
	// Type is message, function_call, reasoning, web_search_call,
	// code_interpreter_call, mcp_call or another word.
	Type string
	// ID is the item's own name; not what pairs a call with its output.
	ID string
	// Status is completed, in_progress or incomplete, where the item has one.
	Status string
	// Content holds a message's parts, and a reasoning item's visible reasoning.
	Content []ContentPart
	// Summary holds the parts of a reasoning item's summary.
	Summary []string
	// CallID pairs a function_call with its function_call_output.
	CallID string
	// Name is the called function's name.
	Name string
	// Arguments is what the model wrote for a function_call, meant to be a JSON
	// object but not checked.
	Arguments string
	// Encrypted tells that a reasoning item carries its encrypted content, so that
	// it can be sent back although the answer was not stored.
	Encrypted bool
	// Raw is the whole item, made valid UTF-8, for [ResponsesWriter.Item]; nil for
	// an item that a broken stream left unfinished.
	Raw json.RawMessage
}

// ContentPart is one part of an item's content.
type ContentPart struct {
	// Type is output_text, refusal, reasoning_text or another word.
	Type string
	// Text is the part's text; of a refusal its words.
	Text string
	// Annotations is the raw list of citations; nil when there are none.
	Annotations json.RawMessage
	// Logprobs is the raw list of log probabilities; nil when there are none.
	Logprobs json.RawMessage
}

// SourceFilter holds the content filter's results for one side of a call.
type SourceFilter struct {
	// Blocked tells that this side was blocked.
	Blocked bool
	// Source is prompt or completion.
	Source string
	// Results are in the order of the wire.
	Results []FilterResult
}

const (
	itemMessage   = "message"
	itemCall      = "function_call"
	itemReasoning = "reasoning"

	partText      = "output_text"
	partRefusal   = "refusal"
	partReasoning = "reasoning_text"

	statusCompleted  = "completed"
	statusIncomplete = "incomplete"
	statusFailed     = "failed"
	statusCancelled  = "cancelled"
)

// paragraph stands between parts of a reasoning summary.
const paragraph = "\n\n"

// ReadResponse reads the body of a Responses answer of status 200. The body may be
// used again afterwards. Failures are *FormatError; an answer that tells of its
// own failure is no failure of reading and stands in Response.Err.
func ReadResponse(body []byte) (Response, error) {
	var r responseReader
	r.d.ResetBytes(body)
	err := r.read()
	if err == nil {
		err = finish(&r.d)
	}
	if err != nil {
		return Response{}, newFormatError("responses answer", body, err)
	}
	if r.isResponse {
		r.out.conclude()
	} else if r.out.Err == nil {
		if e, ok := ReadError(body); ok {
			r.out.Err = &e
		}
	}
	return r.out, nil
}

// Text joins the output_text parts of all messages, without anything between.
func (r *Response) Text() string { return r.join(itemMessage, partText) }

// Refusal joins the refusals of all messages, without anything between.
func (r *Response) Refusal() string { return r.join(itemMessage, partRefusal) }

func (r *Response) join(item, part string) string {
	texts := make([]string, 0, 4)
	for i := range r.Output {
		if r.Output[i].Type != item {
			continue
		}
		for _, p := range r.Output[i].Content {
			if p.Type == part {
				texts = append(texts, p.Text)
			}
		}
	}
	return strings.Join(texts, "")
}

// Reasoning joins what all reasoning items show: the parts of their summaries,
// then visible reasoning, with an empty line between parts.
func (r *Response) Reasoning() string {
	var b strings.Builder
	add := func(s string) {
		if s != "" && b.Len() > 0 {
			b.WriteString(paragraph)
		}
		b.WriteString(s)
	}
	for i := range r.Output {
		if r.Output[i].Type != itemReasoning {
			continue
		}
		for _, s := range r.Output[i].Summary {
			add(s)
		}
		for _, p := range r.Output[i].Content {
			add(p.Text)
		}
	}
	return b.String()
}

// ToolCalls lists the function calls in order, their ID being the CallID that a
// result must name.
func (r *Response) ToolCalls() []ToolCall {
	var calls []ToolCall
	for i := range r.Output {
		if it := &r.Output[i]; it.Type == itemCall {
			calls = append(calls, ToolCall{ID: it.CallID, Type: "function", Name: it.Name, Arguments: it.Arguments})
		}
	}
	return calls
}

// FiltersOf joins the content filter's results for one side of the call, prompt
// or completion: the service lists a side once for each part that it looked at.
func (r *Response) FiltersOf(source string) []FilterResult {
	var all []FilterResult
	for _, f := range r.Filters {
		if f.Source == source {
			all = mergeFilters(all, f.Results)
		}
	}
	return all
}

// FinishReason says in chat's words how the answer ended: tool_calls, stop,
// length or content_filter; the reason itself for an incomplete answer with
// another one, and empty for an answer that failed or has not ended.
func (r *Response) FinishReason() string {
	switch r.Status {
	case statusCompleted:
		for i := range r.Output {
			if r.Output[i].Type == itemCall {
				return "tool_calls"
			}
		}
		return "stop"
	case statusIncomplete:
		switch r.IncompleteReason {
		case "max_output_tokens":
			return "length"
		case "":
			return statusIncomplete
		default:
			return r.IncompleteReason
		}
	default:
		return ""
	}
}

// conclude fills in what a whole answer leaves unsaid.
func (r *Response) conclude() {
	switch {
	case r.Status != "" || r.Err != nil:
	case r.IncompleteReason != "":
		r.Status = statusIncomplete
	default:
		r.Status = statusCompleted
	}
	if r.Err == nil && (r.Status == statusFailed || r.Status == statusCancelled) {
		r.Err = &Error{Code: r.Status}
	}
	if r.Err != nil && r.Err.Filter == nil {
		r.Err.explainBlocked(r.Filters)
	}
}

// explainBlocked takes the findings of a source that blocked, if one did: an
// answer carries its filters whether or not they have to do with its failure.
func (e *Error) explainBlocked(filters []SourceFilter) {
	for i := range filters {
		if filters[i].Blocked {
			e.explain(filters[i : i+1])
			return
		}
	}
}

// readSourceFilters reads "content_filters" leniently: filters comment on an
// answer and never decide whether it can be read.
func readSourceFilters(raw []byte) []SourceFilter {
	d := scan(raw)
	if d.Next() != jx.Array {
		return nil
	}
	it, err := d.ArrIter()
	if err != nil {
		return nil
	}
	filters := make([]SourceFilter, 0, 2)
	for it.Next() {
		if d.Next() != jx.Object {
			if d.Skip() != nil {
				return filters
			}
			continue
		}
		f, err := readSourceFilter(d)
		if err != nil {
			return filters
		}
		if len(filters) < MaxCategories {
			filters = append(filters, f)
		}
	}
	return filters
}
