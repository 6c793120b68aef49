package langchaingo

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"strconv"
	"strings"

	"github.com/tmc/langchaingo/llms"

	"github.com/seed-a739af98/langchaingo-azure/azureadv1"
)

// provider is what llms.Error.Provider says.
const provider = "azure"

// failure makes an error langchaingo's: llms.IsRateLimitError and its like hold, and the chain keeps the
// *azureadv1.Error and context errors. llms.Error prints no cause, so its message repeats the cause's text.
func failure(err error) error {
	if err == nil {
		return nil
	}
	if ours, ok := err.(*llms.Error); ok && ours.Provider == provider { //nolint:errorlint // one deeper in is a cause
		return err
	}
	if e := azureadv1.AsError(err); e != nil {
		return made(code(e), text(e), e, err)
	}
	// What is left is a configuration or an option that was refused.
	e := &azureadv1.Error{Code: azureadv1.CodeInvalid, Message: text(err)}
	return made(llms.ErrCodeInvalidRequest, e.Message, e, err)
}

// made puts an error together; its chain has e, and the cause where there is one.
func made(code llms.ErrorCode, message string, e *azureadv1.Error, cause error) error {
	out := llms.NewError(code, provider, message).WithCause(e)
	if _, has := errors.AsType[*azureadv1.Error](cause); has {
		out.Cause = cause
	} else if cause != nil {
		out.Cause = &explained{e, cause}
	}
	maps.Copy(out.Details, details(e))
	return out
}

// explained is an error of another type, with the *azureadv1.Error that every failure has beside it.
type explained struct {
	as    *azureadv1.Error
	cause error
}

func (e *explained) Error() string { return e.cause.Error() }

func (e *explained) Unwrap() []error { return []error{e.as, e.cause} }

// broken is the failure of an answer that began well.
func broken(res *http.Response, err error) error {
	return failure(azureadv1.AnswerError(res, err))
}

func text(err error) string { return strings.TrimPrefix(err.Error(), "azureadv1: ") }

// invalid is a call that could not be right; nothing was sent.
func invalid(format string, args ...any) error {
	e := &azureadv1.Error{Code: azureadv1.CodeInvalid, Message: fmt.Sprintf(format, args...)}
	return made(llms.ErrCodeInvalidRequest, e.Message, e, nil)
}

// about tells a fresh error of invalid which call it belongs to; other errors know.
func about(err error, client *azureadv1.Client, op azureadv1.Operation, deployment string) error {
	e, ok := errors.AsType[*azureadv1.Error](err)
	if !ok || e.Code != azureadv1.CodeInvalid || e.Op != "" {
		return err
	}
	return made(llms.ErrCodeInvalidRequest, e.Message, client.CallError(op, deployment, e.Message), nil)
}

// details are the fields that other code asks for by name, without importing azureadv1.
func details(e *azureadv1.Error) map[string]any {
	d := map[string]any{"Attempts": e.Attempts}
	for name, value := range map[string]string{
		"Code": e.Code, "Param": e.Param, "RequestID": e.RequestID, "Region": e.Region, "Deployment": e.Deployment, "Hint": e.Hint, "HelpURL": e.HelpURL,
	} {
		if value != "" {
			d[name] = value
		}
	}
	if e.StatusCode != 0 {
		d["StatusCode"] = e.StatusCode
	}
	if e.RetryAfter > 0 {
		d["RetryAfter"] = e.RetryAfter
	}
	if e.ContentFilter != nil {
		d["ContentFilter"] = e.ContentFilter
	}
	return d
}

// serviceCodes maps the words that decide by themselves: Azure's, and OpenAI's inside a stream.
var serviceCodes = map[string]llms.ErrorCode{
	"content_filter":          llms.ErrCodeContentFilter,
	"context_length_exceeded": llms.ErrCodeTokenLimit,
	"insufficient_quota":      llms.ErrCodeQuotaExceeded,
	"rate_limit_exceeded":     llms.ErrCodeRateLimit,
	"server_error":            llms.ErrCodeProviderUnavailable,
}

// failureCodes are of answers of the Responses API that failed after they began (ResponseErrorCode of Azure's v1
// document), and of those that say no more than that they did.
var failureCodes = map[string]llms.ErrorCode{
	"failed":                         llms.ErrCodeProviderUnavailable,
	"too_many_requests":              llms.ErrCodeRateLimit,
	"vector_store_timeout":           llms.ErrCodeTimeout,
	"image_content_policy_violation": llms.ErrCodeContentFilter,
	"invalid_prompt":                 llms.ErrCodeInvalidRequest,
	"failed_to_download_image":       llms.ErrCodeInvalidRequest,
	"image_file_not_found":           llms.ErrCodeInvalidRequest,
	"image_file_too_large":           llms.ErrCodeInvalidRequest,
	"image_parse_error":              llms.ErrCodeInvalidRequest,
	"image_too_large":                llms.ErrCodeInvalidRequest,
	"image_too_small":                llms.ErrCodeInvalidRequest,
	"empty_image_file":               llms.ErrCodeInvalidRequest,
	"unsupported_image_media_type":   llms.ErrCodeInvalidRequest,
}

// failureCode is the code of an answer that failed after it began.
func failureCode(code string) llms.ErrorCode {
	if strings.HasPrefix(code, "invalid_") { // invalid_image, invalid_base64_image and more
		return llms.ErrCodeInvalidRequest
	}
	return failureCodes[code]
}

// localCodes maps azureadv1's own words. A service that answers with one of them means something else.
var localCodes = map[string]llms.ErrorCode{
	azureadv1.CodeInvalid:         llms.ErrCodeInvalidRequest,
	azureadv1.CodeTokenProvider:   llms.ErrCodeAuthentication,
	azureadv1.CodeRefused:         llms.ErrCodeInvalidRequest,
	azureadv1.CodeUnreachable:     llms.ErrCodeProviderUnavailable,
	azureadv1.CodeTimeout:         llms.ErrCodeTimeout,
	azureadv1.CodeCanceled:        llms.ErrCodeCanceled,
	azureadv1.CodeContentType:     llms.ErrCodeProviderUnavailable,
	azureadv1.CodeStreamTruncated: llms.ErrCodeProviderUnavailable,
	azureadv1.CodeBadAnswer:       llms.ErrCodeProviderUnavailable,
}

func code(e *azureadv1.Error) llms.ErrorCode {
	switch {
	case errors.Is(e, context.Canceled):
		return llms.ErrCodeCanceled
	case e.StatusCode < 400 && errors.Is(e, context.DeadlineExceeded):
		return llms.ErrCodeTimeout
	case serviceCodes[e.Code] != "" && e.StatusCode != http.StatusTooManyRequests:
		return serviceCodes[e.Code]
	case localCodes[e.Code] != "" && e.StatusCode < 400:
		return localCodes[e.Code]
	case e.StatusCode < 400 && failureCode(e.Code) != "":
		return failureCode(e.Code)
	}
	return statusCode(e, statusOf(e))
}

// statusOf is the answer's status, or for an error inside an answer that began well the one it gives as its code.
func statusOf(e *azureadv1.Error) int {
	if n, err := strconv.Atoi(e.Code); err == nil && e.StatusCode < 400 {
		return n
	}
	return e.StatusCode
}

// rateCode tells a limit that passes from a quota that does not: only the latter names no time.
func rateCode(e *azureadv1.Error) llms.ErrorCode {
	if e.RetryAfter == 0 && (e.Code == "insufficient_quota" || strings.Contains(strings.ToLower(e.Message), "exceeded your current quota")) {
		return llms.ErrCodeQuotaExceeded
	}
	return llms.ErrCodeRateLimit
}

func statusCode(e *azureadv1.Error, s int) llms.ErrorCode {
	switch {
	case s == http.StatusTooManyRequests:
		return rateCode(e)
	case s == http.StatusUnauthorized || s == http.StatusForbidden:
		return llms.ErrCodeAuthentication
	case s == http.StatusNotFound:
		return llms.ErrCodeResourceNotFound
	case s == http.StatusRequestTimeout:
		return llms.ErrCodeTimeout
	case s >= 500:
		return llms.ErrCodeProviderUnavailable
	case s >= 400:
		return llms.ErrCodeInvalidRequest
	case e.Type == "server_error":
		return llms.ErrCodeProviderUnavailable
	case e.Type == "invalid_request_error":
		return llms.ErrCodeInvalidRequest
	default:
		return llms.ErrCodeUnknown
	}
}
