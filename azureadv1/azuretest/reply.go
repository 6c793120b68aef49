package azuretest

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

// Reply is one scripted answer. It fits whatever is asked: plain or streamed, chat or Responses, classic or v1. Replies are values: the With
// methods return a changed copy and can be chained. The zero Reply is the default answer.
type Reply struct {
	kind  replyKind
	stage stage
	name  string // of a fault, for Request.Fault

	parts     []string
	calls     []ToolCall
	weave     bool
	refusal   string
	reasoning string
	vectors   [][]float32
	reversed  bool

	fault  func(*exchange) *refusal
	raw    *rawAnswer
	header http.Header
	finish string
	usage  *Usage
	delay  time.Duration
	pace   time.Duration
	end    ending
	after  int
	async  asyncFilter
}

type replyKind int

const (
	kindDefault replyKind = iota
	kindMessage
	kindEmptyChoices
	kindEmbeddings
	kindFault
	kindRaw
)

// stage is where in the checks a reply's turn comes; the later the check, the smaller.
type stage int

const (
	stageReply      stage = iota // after every check
	stageFault                   // before the body is judged
	stageCredential              // before the credential is judged
)

// ending is how an answer ends.
type ending int

const (
	endWhole ending = iota
	endCut
	endTruncated
	endError
)

// asyncFilter is which frames of the asynchronous content filter a stream has.
type asyncFilter int

const (
	asyncNone asyncFilter = iota
	asyncPass
	asyncBlock
)

// rawAnswer is sent as it is.
type rawAnswer struct {
	status int
	body   string
}

// ToolCall is a function call a model makes, or has made.
type ToolCall struct {
	// ID names the call. Empty in a reply = "call_" and a number, unique per server.
	ID string
	// Name is the function's.
	Name string
	// Arguments is JSON as text, sent as it is, valid or not.
	Arguments string
}

// Usage is what an answer says it cost, in tokens. The total is the sum of Prompt and Completion.
type Usage struct {
	// Prompt and Completion are the tokens read and written.
	Prompt, Completion int
	// Cached is the part of Prompt that came from the cache.
	Cached int
	// Reasoning is the part of Completion that was thought, not said.
	Reasoning int
}

// Text answers an assistant message. Streamed, each part is a delta of its own; one part alone is split after its words. The request's stop
// words cut it, as a model's. No part, or empty ones, answer an empty text.
func Text(parts ...string) Reply {
	return Reply{kind: kindMessage, parts: slices.Clone(parts)}
}

// ToolCalls answers function calls, finish reason tool_calls. Streamed, each call's first delta has id and name, and the arguments follow in pieces.
func ToolCalls(calls ...ToolCall) Reply {
	return Reply{kind: kindMessage, calls: slices.Clone(calls)}
}

// Refusal answers that the model declines, in the message's refusal and not in its content.
func Refusal(text string) Reply {
	return Reply{kind: kindMessage, refusal: text}
}

// FilteredAnswer answers what was written before the content filter stopped the model: finish reason content_filter (Responses: incomplete),
// with no content at all when there are no parts.
func FilteredAnswer(parts ...string) Reply {
	return Reply{kind: kindMessage, parts: slices.Clone(parts), finish: "content_filter", name: "FilteredAnswer"}
}

// AsyncFilter answers a text whose stream has the frames of the asynchronous content filter: text deltas without annotations, and annotations
// without a delta, one of them after the finish reason. Plain, and on Responses, it is Text.
func AsyncFilter(parts ...string) Reply {
	return Reply{kind: kindMessage, parts: slices.Clone(parts), async: asyncPass}
}

// AsyncFilterBlock is AsyncFilter whose last annotation blocks: finish reason content_filter comes after stop. Plain, and on Responses, it is FilteredAnswer.
func AsyncFilterBlock(parts ...string) Reply {
	return Reply{kind: kindMessage, parts: slices.Clone(parts), async: asyncBlock, name: "AsyncFilterBlock"}
}

// EmptyChoices answers 200 with no choice at all (Responses: no output item), as Azure has done.
func EmptyChoices() Reply { return Reply{kind: kindEmptyChoices, name: "EmptyChoices"} }

// Embeddings answers these vectors, one per input; without any, the default ones. Fewer or more than the inputs are sent as they are.
func Embeddings(vectors ...[]float32) Reply {
	return Reply{kind: kindEmbeddings, vectors: slices.Clone(vectors)}
}

// Raw answers this status, header and body as they are, at once and unstreamed, whatever the operation. Unlike the faults it takes its turn
// after every check. The header may be nil; Content-Type is then application/json.
func Raw(status int, header http.Header, body string) Reply {
	r := Reply{kind: kindRaw, raw: &rawAnswer{status: status, body: body}}
	return r.withHeaders(header)
}

// WithText adds a text in front of tool calls; on other replies it replaces the text.
func (r Reply) WithText(parts ...string) Reply {
	r.parts = slices.Clone(parts)
	return r
}

// WithHeader sets a header of the answer, in place of what the stand-in would send.
func (r Reply) WithHeader(key, value string) Reply {
	return r.withHeaders(http.Header{key: {value}})
}

func (r Reply) withHeaders(h http.Header) Reply {
	header := r.header.Clone()
	if header == nil {
		header = make(http.Header)
	}
	setHeader(header, h)
	r.header = header
	return r
}

// WithUsage sets the tokens the answer reports. Without it they are estimated from the lengths of what was said.
func (r Reply) WithUsage(u Usage) Reply {
	r.usage = &u
	return r
}

// WithFinishReason sets the finish reason, such as length; on Responses length and content_filter make the answer incomplete.
func (r Reply) WithFinishReason(reason string) Reply {
	r.finish = reason
	return r
}

// WithReasoningSummary adds a summary of the model's reasoning: on Responses an output item in front of the others, on chat nothing, as chat
// never shows one.
func (r Reply) WithReasoningSummary(text string) Reply {
	r.reasoning = text
	return r
}

// WithPace waits this long before every delta of a stream, in the runtime's time: hours in a synctest bubble cost nothing. 0 = no wait.
func (r Reply) WithPace(d time.Duration) Reply {
	r.pace = d
	return r
}

// Interleaved sends the argument pieces of several streamed chat tool calls in turn, not call after call.
func (r Reply) Interleaved() Reply {
	r.weave = true
	return r
}

// Reversed lists embeddings last input first; each keeps its index, which is what clients must go by.
func (r Reply) Reversed() Reply {
	r.reversed = true
	return r
}

// text is the message's text after the request's stop words had their effect, in the pieces it is streamed in.
func (r Reply) text(stops []string) []string {
	parts := r.parts
	if len(parts) == 1 {
		parts = splitWords(parts[0])
	}
	whole := strings.Join(parts, "")
	cut := len(whole)
	for _, stop := range stops {
		if i := strings.Index(whole, stop); stop != "" && i >= 0 {
			cut = min(cut, i)
		}
	}
	var kept []string
	for _, part := range parts {
		if part = part[:min(len(part), cut)]; part != "" {
			kept = append(kept, part)
		}
		cut -= len(part)
	}
	return kept
}

// splitWords cuts after every run of spaces.
func splitWords(text string) []string {
	var words []string
	for text != "" {
		i := strings.IndexByte(text, ' ')
		for i >= 0 && i+1 < len(text) && text[i+1] == ' ' {
			i++
		}
		if i < 0 || i+1 == len(text) {
			return append(words, text)
		}
		words = append(words, text[:i+1])
		text = text[i+1:]
	}
	return words
}
