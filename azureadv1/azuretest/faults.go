package azuretest

import (
	"encoding/base64"
	"net/http"
	"strconv"
	"time"
)

func credentialFault(name string, f func(*exchange) *refusal) Reply {
	return Reply{kind: kindFault, stage: stageCredential, name: name, fault: f}
}

func requestFault(name string, f func(*exchange) *refusal) Reply {
	return Reply{kind: kindFault, stage: stageFault, name: name, fault: f}
}

// Unauthorized answers the flat 401 that a missing, expired or wrong token gets, whatever was sent. The token itself stays good.
func Unauthorized() Reply {
	return credentialFault("Unauthorized", func(x *exchange) *refusal { return x.flat401("") })
}

// WrongKey answers the 401 of a wrong key or host, whatever was sent.
func WrongKey() Reply {
	return credentialFault("WrongKey", func(*exchange) *refusal { return wrongKey() })
}

// PermissionDenied answers the 401 of an identity that is known but has no data-plane role.
func PermissionDenied() Reply {
	return credentialFault("PermissionDenied", func(x *exchange) *refusal {
		principal := objectID(x.s.opts.TenantID, x.s.opts.ClientID)
		if c, err := readClaims(bearer(x.rec.Header)); err == nil {
			principal = c.ObjectID
		}
		return x.permissionDenied(principal)
	})
}

// ClaimsChallenge answers the 401 of continuous access evaluation: a WWW-Authenticate header with these claims, JSON, in base64. Empty claims
// ask for a token not older than now.
func ClaimsChallenge(claims string) Reply {
	return credentialFault("ClaimsChallenge", func(x *exchange) *refusal {
		asked := claims
		setDefault(&asked, `{"access_token":{"nbf":{"essential":true,"value":"`+strconv.FormatInt(time.Now().Unix(), 10)+`"}}}`)
		ref := x.flat401("")
		ref.header = http.Header{"Www-Authenticate": {`Bearer realm="", authorization_uri="` + x.s.authority + `common/oauth2/authorize", ` +
			`error="insufficient_claims", claims="` + base64.StdEncoding.EncodeToString([]byte(asked)) + `"`}}
		return ref
	})
}

// KeysDisabled answers the 403 of a resource whose keys are disabled; Options.KeysDisabled does so for every key.
func KeysDisabled() Reply {
	return credentialFault("KeysDisabled", func(*exchange) *refusal { return keysDisabled() })
}

// NetworkDenied answers the 403 of a resource behind a firewall or a private endpoint.
func NetworkDenied() Reply {
	return credentialFault("NetworkDenied", func(*exchange) *refusal {
		return gatewayError(http.StatusForbidden, "403", "Access denied due to Virtual Network/Firewall rules.", "")
	})
}

// DeploymentNotFound answers the 404 of a deployment that does not exist, though it does.
func DeploymentNotFound() Reply {
	return requestFault("DeploymentNotFound", func(*exchange) *refusal { return deploymentNotFound("") })
}

// ServerError answers the model's 500.
func ServerError() Reply {
	return requestFault("ServerError", func(*exchange) *refusal { return serverError() })
}

// ContextLengthExceeded answers the 400 of a conversation longer than the model's context.
func ContextLengthExceeded() Reply {
	return requestFault("ContextLengthExceeded", func(*exchange) *refusal {
		return modelError("context_length_exceeded", "messages", "This model's maximum context length is 128000 tokens. However, your messages "+
			"resulted in 130000 tokens. Please reduce the length of the messages.")
	})
}

// Wait is one way in which Azure says when to come back; see [RateLimited].
type Wait struct {
	header, value string
	seconds       int
}

// RetryAfterMs is the header retry-after-ms, in milliseconds.
func RetryAfterMs(ms int) Wait { return Wait{"Retry-After-Ms", strconv.Itoa(ms), (ms + 999) / 1000} }

// XMSRetryAfterMs is the header x-ms-retry-after-ms, in milliseconds.
func XMSRetryAfterMs(ms int) Wait {
	return Wait{"X-Ms-Retry-After-Ms", strconv.Itoa(ms), (ms + 999) / 1000}
}

// RetryAfter is the header Retry-After, in seconds.
func RetryAfter(seconds int) Wait { return Wait{"Retry-After", strconv.Itoa(seconds), seconds} }

// RetryAfterDate is the header Retry-After as an HTTP date, which has whole seconds.
func RetryAfterDate(t time.Time) Wait {
	return Wait{"Retry-After", t.UTC().Format(http.TimeFormat), int(max(0, time.Until(t)) / time.Second)}
}

// RateLimited answers 429 with these waits, each in its header and the first in the text; none = neither, as Azure has been seen to do.
func RateLimited(waits ...Wait) Reply {
	seconds, header := 0, make(http.Header)
	for i, w := range waits {
		header.Set(w.header, w.value)
		if i == 0 {
			seconds = w.seconds
		}
	}
	r := requestFault("RateLimited", func(x *exchange) *refusal { return x.rateLimited(seconds) })
	return r.withHeaders(header)
}

// ContentFiltered answers the 400 of a prompt that the content filter stopped for these categories: hate, sexual, violence, self_harm,
// jailbreak, indirect_attack, ... None = violence. Chat and Responses each get their own shape.
func ContentFiltered(categories ...string) Reply {
	if len(categories) == 0 {
		categories = []string{"violence"}
	}
	return requestFault("ContentFiltered", func(x *exchange) *refusal { return x.contentFiltered(categories) })
}

// Redirect answers this status with a Location and no body.
func Redirect(status int, location string) Reply {
	r := requestFault("Redirect", func(*exchange) *refusal { return &refusal{status: status} })
	return r.WithHeader("Location", location)
}

// Disconnect drops the connection after the request was read and before the first byte of an answer.
func Disconnect() Reply {
	return requestFault("Disconnect", func(x *exchange) *refusal {
		x.head(0, "", nil, "Disconnect", "")
		panic(http.ErrAbortHandler)
	})
}

// SlowFirstByte waits, in the runtime's time, before the first byte of the reply, header included. With no reply it is the default answer that waits.
func SlowFirstByte(d time.Duration, reply ...Reply) Reply {
	r := first(reply)
	r.delay = d
	setDefault(&r.name, "SlowFirstByte")
	return r
}

// CutStream drops the connection after this many deltas of the reply (the default answer's, if none is given); a plain answer is dropped in
// the middle of its body.
func CutStream(after int, reply ...Reply) Reply { return ends("CutStream", endCut, after, reply) }

// TruncatedStream ends cleanly after this many deltas, with no finish reason and no terminator; a plain answer is half a body, ended cleanly.
func TruncatedStream(after int, reply ...Reply) Reply {
	return ends("TruncatedStream", endTruncated, after, reply)
}

// StreamError sends Azure's error frame after this many deltas and ends (Responses: an error event); a plain answer is the 500 with the same body.
func StreamError(after int, reply ...Reply) Reply { return ends("StreamError", endError, after, reply) }

func ends(name string, end ending, after int, reply []Reply) Reply {
	r := first(reply)
	r.name, r.end, r.after = name, end, after
	return r
}

func first(reply []Reply) Reply {
	if len(reply) == 0 {
		return Reply{}
	}
	return reply[0]
}
