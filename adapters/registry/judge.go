package registry

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"syscall"

	"github.com/tmc/langchaingo/llms"

	"github.com/seed-a739af98/langchaingo-azure/azureadv1"
)

// class is what a failure means for the deployment that answered with it, and for the call.
type class struct {
	// name is LiteLLM's, as retry_policy has it: TimeoutErrorRetries is of class Timeout.
	name string
	// next tells that another deployment may be asked unless retry_policy says otherwise.
	next bool
	// billed tells that the service may have done the work, so that only retry_policy lets another one do it again.
	billed bool
	// strike counts against the deployment; park leaves it alone at once.
	strike, park bool
	// warn says so in the log at Warn: someone has to set something right.
	warn bool
}

var (
	rateLimited    = &class{name: "RateLimit", next: true, park: true}
	unauthorized   = &class{name: "Authentication", next: true, park: true, warn: true}
	notFound       = &class{name: "NotFound", next: true, park: true, warn: true}
	noToken        = &class{name: "Authentication", next: true, strike: true, warn: true}
	unavailable    = &class{name: "ServiceUnavailable", next: true, strike: true}
	failed         = &class{name: "InternalServer", billed: true, strike: true}
	timedOut       = &class{name: "Timeout", billed: true, strike: true}
	broken         = &class{name: "Broken", strike: true} // an answer that had begun
	contextWindow  = &class{name: "ContextWindow"}
	contentPolicy  = &class{name: "ContentPolicyViolation"}
	badRequest     = &class{name: "BadRequest"}
	callersOwn     = &class{name: "Canceled"} // the caller's context or streaming function
	misconfigured  = &class{name: "Configuration", next: true, park: true, warn: true}
	otherProviders = map[llms.ErrorCode]*class{
		llms.ErrCodeRateLimit:           rateLimited,
		llms.ErrCodeQuotaExceeded:       rateLimited,
		llms.ErrCodeAuthentication:      unauthorized,
		llms.ErrCodeResourceNotFound:    notFound,
		llms.ErrCodeProviderUnavailable: failed,
		llms.ErrCodeTimeout:             timedOut,
		llms.ErrCodeTokenLimit:          contextWindow,
		llms.ErrCodeContentFilter:       contentPolicy,
		llms.ErrCodeCanceled:            callersOwn,
	}
)

// judge classes a failure. began tells that a part of the answer has reached the caller.
func judge(ctx context.Context, err error, began bool) *class {
	theirs, worded := errors.AsType[*llms.Error](err)
	_, unbuilt := errors.AsType[*buildError](err)
	switch {
	case ctx.Err() != nil:
		return callersOwn
	case unbuilt:
		return misconfigured
	case !worded:
		return unworded(err, began)
	}
	c := otherProviders[theirs.Code]
	if c == nil {
		c = badRequest
	}
	if e := azureadv1.AsError(err); e != nil {
		c = judgeAzure(e, c)
	}
	if began && c != callersOwn && c != contentPolicy {
		return broken
	}
	return c
}

// judgeAzure refines by what only our own errors tell: the status, and whether anything was sent.
func judgeAzure(e *azureadv1.Error, c *class) *class {
	switch {
	case c == contentPolicy || c == contextWindow || c == callersOwn:
		return c
	case e.StatusCode >= 200 && e.StatusCode < 300:
		return broken
	case e.StatusCode == http.StatusServiceUnavailable:
		return unavailable
	case e.Code == azureadv1.CodeTokenProvider && e.StatusCode == 0:
		return noToken
	case e.Code == azureadv1.CodeRefused && e.StatusCode == 0:
		return misconfigured
	case e.StatusCode == 0 && notSent(e):
		return unavailable
	default:
		return c
	}
}

// unworded judges an error that is no *llms.Error: another provider's, or the caller's own streaming function's.
func unworded(err error, began bool) *class {
	switch {
	case began || errors.Is(err, context.Canceled):
		return callersOwn
	case errors.Is(err, context.DeadlineExceeded):
		return timedOut
	case notSent(err):
		return unavailable
	default:
		return badRequest
	}
}

// notSent tells that a connection failed before a request went over it.
func notSent(err error) bool {
	if errors.Is(err, syscall.ECONNREFUSED) {
		return true
	}
	if op, ok := errors.AsType[*net.OpError](err); ok && op.Op == "dial" {
		return true
	}
	_, dns := errors.AsType[*net.DNSError](err)
	_, certificate := errors.AsType[*tls.CertificateVerificationError](err)
	_, handshake := errors.AsType[tls.RecordHeaderError](err)
	return dns || certificate || handshake
}
