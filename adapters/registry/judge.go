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
	rateLimited   = &class{name: "RateLimit", next: true, park: true}
	unauthorized  = &class{name: "Authentication", next: true, park: true, warn: true}
	notFound      = &class{name: "NotFound", next: true, park: true, warn: true}
	noToken       = &class{name: "Authentication", next: true, strike: true, warn: true}
	unavailable   = &class{name: "ServiceUnavailable", next: true, strike: true}
	failed        = &class{name: "InternalServer", billed: true, strike: true}
	timedOut      = &class{name: "Timeout", billed: true, strike: true}
	broken        = &class{name: "Broken", strike: true} // an answer that had begun
	contextWindow = &class{name: "ContextWindow"}
	contentPolicy = &class{name: "ContentPolicyViolation"}
	badRequest    = &class{name: "BadRequest"}
	callersOwn    = &class{name: "Canceled"} // the caller's context or streaming function
	misconfigured = &class{name: "Configuration", next: true, park: true, warn: true}
	classes       = map[llms.ErrorCode]*class{
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

// judge classes a failure, which is an *llms.Error or what the caller's own streaming function returned.
func (c *call) judge(ctx context.Context, err error) *class {
	_, unbuilt := errors.AsType[*buildError](err)
	theirs, worded := errors.AsType[*llms.Error](err)
	switch {
	case ctx.Err() != nil || c.isOwn(err) || !worded:
		return callersOwn
	case unbuilt:
		return misconfigured
	}
	k := classes[theirs.Code]
	if k == nil {
		k = badRequest
	}
	if e := azureadv1.AsError(err); e != nil {
		k = judgeAzure(e, k)
	} else if k != callersOwn && notSent(err) {
		k = unavailable
	}
	if c.began.Load() && k != callersOwn && k != contentPolicy {
		return broken
	}
	return k
}

// isOwn tells that an error is the caller's streaming function's.
func (c *call) isOwn(err error) bool {
	own := c.own.Load()
	return own != nil && errors.Is(err, own.err)
}

// worded makes an *llms.Error of what another provider returns, where it is none: langchaingo's own ErrorMapper reads it.
// The error of the caller's streaming function stays as it is.
func (c *call) worded(ctx context.Context, b *backend, err error) error {
	if err == nil || c.isOwn(err) {
		return err
	}
	if ctx.Err() != nil && !errors.Is(err, ctx.Err()) {
		err = errors.Join(err, ctx.Err()) // a cause of the caller's own hides what ended the call
	}
	if theirs, ok := errors.AsType[*llms.Error](err); ok && (ctx.Err() == nil || isEnd(theirs.Code)) {
		return err
	}
	if ctx.Err() != nil {
		return ended(ctx, "the call ended", err)
	}
	return llms.NewErrorMapper(b.entry.Provider).Map(err)
}

func isEnd(code llms.ErrorCode) bool {
	return code == llms.ErrCodeCanceled || code == llms.ErrCodeTimeout
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

// notSent tells that a connection failed before a request went over it.
func notSent(err error) bool {
	if errors.Is(err, syscall.ECONNREFUSED) {
		return true
	}
	if op, ok := errors.AsType[*net.OpError](err); ok && (op.Op == "dial" || op.Op == "proxyconnect") {
		return true
	}
	_, dns := errors.AsType[*net.DNSError](err)
	_, certificate := errors.AsType[*tls.CertificateVerificationError](err)
	_, handshake := errors.AsType[tls.RecordHeaderError](err)
	return dns || certificate || handshake
}
