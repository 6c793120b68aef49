package azureadv1

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"time"
)

// Codes of failures that the service did not word; StatusCode is 0 then.
const (
	// CodeInvalid is a call that could not be right, such as one without a deployment. Nothing was sent.
	CodeInvalid = "invalid_call"
	// CodeTokenProvider is a credential that gave no usable token. Nothing was sent.
	CodeTokenProvider = "token_provider"
	// CodeRefused is a request or a redirect that would have carried the credential elsewhere.
	CodeRefused = "refused"
	// CodeUnreachable is a connection that was refused, failed or broke before an answer.
	CodeUnreachable = "unreachable"
	// CodeTimeout is a deadline: the context's, or one of Config's limits.
	CodeTimeout = "timeout"
	// CodeCanceled is a context that was cancelled.
	CodeCanceled = "canceled"
	// CodeContentType is an answer of 2xx that is no API answer, such as a sign-in page.
	CodeContentType = "unexpected_content_type"
	// CodeStreamTruncated is a stream that ended without a finish reason.
	CodeStreamTruncated = "stream_truncated"
	// CodeBadAnswer is an answer that cannot be read.
	CodeBadAnswer = "bad_answer"
)

// ErrStreamTruncated is in the chain of the error for a stream that ended before the service said that it was done. It
// is io.ErrUnexpectedEOF to errors.Is, too.
var ErrStreamTruncated error = truncated{}

type truncated struct{}

func (truncated) Error() string { return "azureadv1: the stream ended before it was complete" }

func (truncated) Unwrap() error { return io.ErrUnexpectedEOF }

// Error is a failed call: what was asked, what the service answered, and what to do. It holds no key, token or prompt,
// however it is printed; what the service quotes is scrubbed of the credential that was sent. Treat it as read-only:
// then it is safe for concurrent use.
type Error struct {
	// Op is the operation ("chat", "embeddings", "responses"), or the path of another call.
	Op string
	// Deployment that was called; "" where the path does not tell.
	Deployment string
	// URL that was called; query values other than api-version read REDACTED.
	URL string

	// StatusCode is the answer's HTTP status, 0 when there was none.
	StatusCode int
	// Code is Azure's word or number for the failure, or one of this package's Code constants. May be "".
	Code string
	// Type is OpenAI's class of the failure, such as invalid_request_error. Often "".
	Type string
	// Param is the request field at fault, where the service names one.
	Param string
	// Message is the service's sentence, or ours. An answer of unknown shape is quoted, 500 bytes at most.
	Message string

	// RequestID is what Microsoft's support asks for (apim-request-id, else x-request-id).
	RequestID string
	// Region served the call (x-ms-region).
	Region string
	// RetryAfter is the wait the service asked for; 0 when it named none.
	RetryAfter time.Duration
	// Attempts is how many requests were sent, retries and replays included; 0 when none was.
	Attempts int
	// ContentFilter holds the categories, when the content filter refused; else nil.
	ContentFilter *ContentFilter
	// Hint is one sentence on what to do; "" when there is nothing to add.
	Hint string
	// HelpURL is the page that says more about Hint; "" without one. Nothing ever requests it.
	HelpURL string

	cause error
	known bool // Message is the service's own, from a body of a known shape
}

// ContentFilter is what Azure's content filter found.
type ContentFilter struct {
	// Source is what was filtered: "prompt" or "completion".
	Source string
	// Results has one entry per category that was configured, in the service's order.
	Results []FilterResult
}

// FilterResult is one category of the content filter. The names are Azure's: hate, violence, sexual, self_harm,
// jailbreak, indirect_attack, protected_material_text, protected_material_code, profanity and others.
type FilterResult struct {
	Category string
	// Filtered tells that this category blocked the text.
	Filtered bool
	// Detected tells that the category was found, for those without severity; it means something when HasDetected.
	Detected    bool
	HasDetected bool
	// Severity is safe, low, medium or high; "" for categories that are only detected.
	Severity string
	// Detail is the category's whole JSON where it says more: a citation, a blocklist's name. Else nil.
	Detail json.RawMessage
}

// Filtered lists the categories that blocked, for messages.
func (f *ContentFilter) Filtered() []string {
	var names []string
	for _, r := range f.Results {
		if r.Filtered {
			names = append(names, r.Category)
		}
	}
	return names
}

// Unwrap returns the cause: a context's error, a token provider's, a network's; nil for the service's own answers.
func (e *Error) Unwrap() error { return e.cause }

// Error is one line: operation, deployment, status, code, message, and what helps: wait, request id, hint, help page.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString("azureadv1: ")
	for _, part := range []string{e.Op, quoted(e.Deployment), status(e.StatusCode), e.word()} {
		if part != "" {
			b.WriteString(part + " ")
		}
	}
	text := strings.TrimRight(b.String(), " ")
	if e.Message != "" {
		text = strings.TrimRight(text, ":") + ": " + oneLine(e.Message)
	}
	text += e.details()
	if e.Hint != "" {
		text = strings.TrimSuffix(text, ".") + ". " + e.Hint
	}
	return text + suffix(" See ", e.HelpURL)
}

// word is the code, where it says more than the status does: Azure has codes that are the status as text.
func (e *Error) word() string {
	if e.Code == status(e.StatusCode) {
		return ""
	}
	return e.Code
}

func (e *Error) details() string {
	var parts []string
	if e.RetryAfter > 0 {
		parts = append(parts, "retry after "+e.RetryAfter.String())
	}
	if e.Attempts > 1 {
		parts = append(parts, fmt.Sprintf("%d attempts", e.Attempts))
	}
	if e.Region != "" {
		parts = append(parts, "region "+e.Region)
	}
	if e.RequestID != "" {
		parts = append(parts, "request id "+e.RequestID)
	}
	if len(parts) == 0 {
		return ""
	}
	return " (" + strings.Join(parts, ", ") + ")"
}

func quoted(s string) string {
	if s == "" {
		return ""
	}
	return fmt.Sprintf("%q", s)
}

func status(code int) string {
	if code == 0 {
		return ""
	}
	return fmt.Sprint(code)
}

func suffix(lead, s string) string {
	if s == "" {
		return ""
	}
	return lead + s
}

// String is Error's text. It and the other formatters belong to the value, so that a copy is as safe as a pointer.
func (e Error) String() string { return e.Error() }

// GoString is Error's text: %#v must not open the cause.
func (e Error) GoString() string { return e.Error() }

// Format prints Error's text for every verb.
func (e Error) Format(s fmt.State, verb rune) { formatSafe(s, verb, e.Error()) }

// LogValue gives slog the fields as a group.
func (e Error) LogValue() slog.Value {
	return slog.GroupValue(
		slog.String("op", e.Op), slog.String("deployment", e.Deployment), slog.String("url", e.URL),
		slog.Int("status", e.StatusCode), slog.String("code", e.Code), slog.String("message", e.Message),
		slog.String("request_id", e.RequestID), slog.String("region", e.Region),
		slog.Duration("retry_after", e.RetryAfter), slog.Int("attempts", e.Attempts), slog.String("hint", e.Hint),
		slog.String("help_url", e.HelpURL),
	)
}

// localError is a decision or a failure on our side, before it has been told which call it belongs to.
type localError struct {
	code, text string
	advice     advice
	cause      error
}

func (e *localError) Error() string {
	if e.cause == nil {
		return "azureadv1: " + e.text
	}
	return "azureadv1: " + e.text + ": " + scrubTokens(strings.TrimPrefix(e.cause.Error(), "azureadv1: "))
}

func (e *localError) Unwrap() error { return e.cause }

// lostError is an attempt that got no answer. It reads as net/http's error, and tells AsError which call it belongs to.
type lostError struct {
	x     *exchange
	cause error // without the values of the URL's query
}

func (e *lostError) Error() string { return e.cause.Error() }

func (e *lostError) Unwrap() error { return e.cause }

// codeOf tells what kind of local failure an error is.
func codeOf(err error) string {
	var local *localError
	switch {
	case errors.As(err, &local):
		return local.code
	case errors.Is(err, context.Canceled):
		return CodeCanceled
	case errors.Is(err, context.DeadlineExceeded):
		return CodeTimeout
	case errors.Is(err, ErrStreamTruncated):
		return CodeStreamTruncated
	default:
		return CodeUnreachable
	}
}
