package provider_test

import (
	"net/http"
	"strings"
	"time"

	"github.com/tmc/langchaingo/llms"

	"github.com/seed-a739af98/langchaingo-azure/azureadv1"
	"github.com/seed-a739af98/langchaingo-azure/azureadv1/azuretest"
)

// matrix is every fault, those of one kind together.
var matrix = append(append(append(append([]fault{}, refusals...), overloads...), answersThatAreNone...), append(wireFaults, socketFaults...)...)

// plays is a reply that is the same for every way of calling.
func plays(reply func() azuretest.Reply) func(route) azuretest.Reply {
	return func(route) azuretest.Reply { return reply() }
}

// spoken is a reply to a question, and another one where vectors are asked for, which have none like it.
func spoken(reply azuretest.Reply, vectors func(route) azuretest.Reply) func(route) azuretest.Reply {
	return func(r route) azuretest.Reply {
		if r.operation == azuretest.OpEmbeddings {
			return vectors(r)
		}
		return reply
	}
}

// ok is the stand-in's own good answer.
func ok(route) azuretest.Reply { return azuretest.Reply{} }

// raws is an answer of this status and body, as it stands.
func raws(status int, contentType, body string, header ...string) func(route) azuretest.Reply {
	h := http.Header{}
	if contentType != "" {
		h.Set("Content-Type", contentType)
	}
	for i := 0; i < len(header); i += 2 {
		h.Set(header[i], header[i+1])
	}
	return func(route) azuretest.Reply { return azuretest.Raw(status, h, body) }
}

// says is an answer of this status in Azure's usual shape.
func says(status int, code, message string, header ...string) func(route) azuretest.Reply {
	return raws(status, "application/json", `{"error":{"code":"`+code+`","message":"`+message+`"}}`, header...)
}

// unsupported names the operation, as Azure does.
func unsupported(r route) azuretest.Reply {
	operation := map[string]string{azuretest.OpChat: "chatCompletion", azuretest.OpEmbeddings: "embeddings", azuretest.OpResponses: "responses"}[r.operation]
	return says(400, "OperationNotSupported", "The "+operation+" operation does not work with the specified model, gpt-5-codex.")(r)
}

// failed is the ending of an answer with this status; word is Azure's.
func failed(code llms.ErrorCode, status int, word, hint string) ending {
	return ending{Code: code, Word: word, Status: status, Hint: hint, Attempts: 1}
}

// repeated is an ending after all three attempts.
func (e ending) repeated() ending { e.Attempts = 3; return e }

// again is an ending that names a time.
func (e ending) again(in time.Duration) ending { e.RetryAfter = in; return e }

// closed is an ending that costs the connection.
func (e ending) closed() ending { e.Closed = true; return e }

// with is an ending with a part of the answer beside the error.
func (e ending) with(part string) *ending { e.Partial = part; return &e }

func (e ending) also() *ending { return &e }

// worded is an ending with the service's own type and parameter.
func (e ending) worded(kind, param string) ending { e.Type, e.Param = kind, param; return e }

// filtered is an ending by a content filter.
func (e ending) filtered(by string) ending { e.Filter = by; return e }

var anAnswer = ending{Attempts: 1}

var blocked = failed(llms.ErrCodeContentFilter, 400, "content_filter", "content-filter").filtered("prompt violence")

// refusals are answers that another attempt does not change.
var refusals = []fault{
	{
		name: "400 content filter", reply: plays(func() azuretest.Reply { return azuretest.ContentFiltered("violence") }), want: blocked.worded("", "prompt"),
		but: map[string]ending{"responses": blocked.worded("invalid_request_error", "prompt"), "responses stream": blocked.worded("invalid_request_error", "prompt")},
	},
	{name: "400 context length", reply: plays(azuretest.ContextLengthExceeded), want: failed(llms.ErrCodeTokenLimit, 400, "context_length_exceeded", "context-length").worded("invalid_request_error", "messages")},
	{
		name: "400 OperationNotSupported", reply: unsupported, want: failed(llms.ErrCodeInvalidRequest, 400, "OperationNotSupported", "responses-only"),
		but: map[string]ending{
			"embeddings":       failed(llms.ErrCodeInvalidRequest, 400, "OperationNotSupported", "no-embeddings"),
			"responses":        failed(llms.ErrCodeInvalidRequest, 400, "OperationNotSupported", "chat-only"),
			"responses stream": failed(llms.ErrCodeInvalidRequest, 400, "OperationNotSupported", "chat-only"),
		},
	},
	{name: "400 unknown field", reply: says(400, "BadRequest", "Unrecognized request argument supplied: reasoning_effort"), want: failed(llms.ErrCodeInvalidRequest, 400, "BadRequest", "unknown-field")},
	{name: "400 unsupported parameter", reply: says(400, "unsupported_parameter", "Unsupported parameter: 'max_tokens' is not supported with this model."), want: failed(llms.ErrCodeInvalidRequest, 400, "unsupported_parameter", "parameter")},
	{name: "400 unsupported version", reply: says(400, "BadRequest", "API version not supported"), want: failed(llms.ErrCodeInvalidRequest, 400, "BadRequest", "api-version")},
	{name: "400 without a wrapper", reply: raws(400, "application/json", `{"code":"BadRequest","message":"No."}`), want: failed(llms.ErrCodeInvalidRequest, 400, "BadRequest", "")},
	{name: "400 whose error is a text", reply: raws(400, "application/json", `{"error":"no good"}`), want: failed(llms.ErrCodeInvalidRequest, 400, "", "")},
	{name: "400 as a list", reply: raws(400, "application/json", `[{"detail":"no good"}]`), want: failed(llms.ErrCodeInvalidRequest, 400, "", "")},
	{name: "400 as plain text", reply: raws(400, "text/plain", "no good"), want: failed(llms.ErrCodeInvalidRequest, 400, "", "")},
	{name: "401 refused token or key", reply: plays(azuretest.Unauthorized), want: failed(llms.ErrCodeAuthentication, 401, "", "token"), token: 2},
	{name: "401 wrong key or host", reply: plays(azuretest.WrongKey), want: failed(llms.ErrCodeAuthentication, 401, "401", "key"), token: 2},
	{name: "401 no role", reply: plays(azuretest.PermissionDenied), want: failed(llms.ErrCodeAuthentication, 401, "PermissionDenied", "role")},
	{name: "401 claims challenge", reply: plays(func() azuretest.Reply { return azuretest.ClaimsChallenge("") }), want: failed(llms.ErrCodeAuthentication, 401, "", "token"), token: 2},
	{name: "403 keys disabled", reply: plays(azuretest.KeysDisabled), want: failed(llms.ErrCodeAuthentication, 403, "AuthenticationTypeDisabled", "keys-disabled")},
	{name: "403 firewall", reply: plays(azuretest.NetworkDenied), want: failed(llms.ErrCodeAuthentication, 403, "403", "network")},
	{name: "404 no such deployment", reply: plays(azuretest.DeploymentNotFound), want: failed(llms.ErrCodeResourceNotFound, 404, "DeploymentNotFound", "deployment")},
	{name: "404 nothing there", reply: says(404, "404", "Resource not found"), want: failed(llms.ErrCodeResourceNotFound, 404, "404", "not-found")},
	{name: "410", reply: says(410, "ModelDeprecated", "The model version has been retired."), want: failed(llms.ErrCodeInvalidRequest, 410, "ModelDeprecated", "")},
	{name: "400 of more than 1 MiB", reply: raws(400, "application/json", `{"error":{"message":"`+strings.Repeat("no ", 1<<20/3+9)+`"}}`), want: failed(llms.ErrCodeInvalidRequest, 400, "", "").closed()},
	{name: "405", reply: says(405, "405", "Method not allowed"), want: failed(llms.ErrCodeInvalidRequest, 405, "405", "")},
	{name: "413", reply: says(413, "413", "Request body too large."), want: failed(llms.ErrCodeInvalidRequest, 413, "413", "")},
	{name: "422", reply: raws(422, "application/json", `{"detail":[{"loc":["body","model"],"msg":"field required"}]}`), want: failed(llms.ErrCodeInvalidRequest, 422, "", "")},
	{name: "424", reply: says(424, "FailedDependency", "The model failed."), want: failed(llms.ErrCodeInvalidRequest, 424, "FailedDependency", "")},
	{name: "499", reply: says(499, "499", "Client closed the request."), want: failed(llms.ErrCodeInvalidRequest, 499, "499", "")},
	{name: "500 that says not to repeat", reply: says(500, "500", "Broken.", "X-Should-Retry", "false"), want: failed(llms.ErrCodeProviderUnavailable, 500, "500", "")},
	{name: "302 to a sign-in page", reply: plays(func() azuretest.Reply { return azuretest.Redirect(302, "https://login.example.com/") }), want: failed(llms.ErrCodeInvalidRequest, 0, azureadv1.CodeRefused, "")},
	{name: "307 in a circle", reply: func(r route) azuretest.Reply {
		return azuretest.Redirect(307, "/openai/v1/chat/completions?again="+r.operation)
	}, want: failed(llms.ErrCodeInvalidRequest, 0, azureadv1.CodeRefused, "")},
	{name: "304 without a reason", reply: raws(304, "", ""), want: failed(llms.ErrCodeInvalidRequest, 0, azureadv1.CodeRefused, "")},
}

// overloads are answers that another attempt may change; these never do.
var overloads = []fault{
	{name: "408", reply: says(408, "408", "The operation was timeout."), want: failed(llms.ErrCodeTimeout, 408, "408", "").repeated()},
	{name: "409", reply: says(409, "409", "Conflict."), want: failed(llms.ErrCodeInvalidRequest, 409, "409", "").repeated()},
	{name: "429 without a time", reply: plays(func() azuretest.Reply { return azuretest.RateLimited() }), want: failed(llms.ErrCodeRateLimit, 429, "429", "rate-limit").repeated()},
	{name: "429 retry-after-ms 800", reply: plays(func() azuretest.Reply { return azuretest.RateLimited(azuretest.RetryAfterMs(800)) }), want: failed(llms.ErrCodeRateLimit, 429, "429", "rate-limit").repeated().again(800 * time.Millisecond)},
	{name: "429 x-ms-retry-after-ms 900", reply: plays(func() azuretest.Reply { return azuretest.RateLimited(azuretest.XMSRetryAfterMs(900)) }), want: failed(llms.ErrCodeRateLimit, 429, "429", "rate-limit").repeated().again(900 * time.Millisecond)},
	{name: "429 Retry-After 20", reply: plays(func() azuretest.Reply { return azuretest.RateLimited(azuretest.RetryAfter(20)) }), want: failed(llms.ErrCodeRateLimit, 429, "429", "rate-limit").repeated().again(20 * time.Second), within: 40 * time.Second},
	{name: "429 Retry-After 3600", reply: plays(func() azuretest.Reply { return azuretest.RateLimited(azuretest.RetryAfter(3600)) }), want: failed(llms.ErrCodeRateLimit, 429, "429", "rate-limit").again(time.Hour), within: time.Nanosecond},
	{name: "429 Retry-After as a date gone by", reply: plays(func() azuretest.Reply { return azuretest.RateLimited(azuretest.RetryAfterDate(time.Unix(0, 0))) }), want: failed(llms.ErrCodeRateLimit, 429, "429", "rate-limit").repeated()},
	{name: "429 of a quota that is spent", reply: says(429, "insufficient_quota", "You exceeded your current quota."), want: failed(llms.ErrCodeQuotaExceeded, 429, "insufficient_quota", "rate-limit").repeated()},
	{name: "500", reply: plays(azuretest.ServerError), want: failed(llms.ErrCodeProviderUnavailable, 500, "", "").repeated().worded("server_error", "")},
	{name: "500 without a body", reply: raws(500, "", ""), want: failed(llms.ErrCodeProviderUnavailable, 500, "", "").repeated()},
	{name: "500 of garbage", reply: raws(500, "application/json", "\x00\xff\xfe{"), want: failed(llms.ErrCodeProviderUnavailable, 500, "", "").repeated()},
	{name: "502 as a page", reply: raws(502, "text/html", "<html><h1>502 Bad Gateway</h1></html>"), want: failed(llms.ErrCodeProviderUnavailable, 502, "", "").repeated()},
	{name: "503 Retry-After 5", reply: raws(503, "text/plain", "no healthy upstream", "Retry-After", "5"), want: failed(llms.ErrCodeProviderUnavailable, 503, "", "").repeated().again(5 * time.Second), within: 10 * time.Second},
	{name: "501", reply: says(501, "501", "Not implemented."), want: failed(llms.ErrCodeProviderUnavailable, 501, "501", "").repeated()},
	{name: "529", reply: says(529, "overloaded", "The engine is overloaded."), want: failed(llms.ErrCodeProviderUnavailable, 529, "overloaded", "").repeated()},
	{name: "504", reply: says(504, "504", "Gateway timeout."), want: failed(llms.ErrCodeProviderUnavailable, 504, "504", "").repeated()},
	{name: "the connection is dropped before the answer", reply: plays(azuretest.Disconnect), want: failed(llms.ErrCodeProviderUnavailable, 0, azureadv1.CodeUnreachable, "").repeated().closed()},
	{name: "no answer for an hour", reply: plays(func() azuretest.Reply { return azuretest.SlowFirstByte(time.Hour) }), want: failed(llms.ErrCodeTimeout, 0, azureadv1.CodeTimeout, "timeout").closed(), within: 10 * time.Minute},
	{name: "no answer for nine minutes", reply: plays(func() azuretest.Reply { return azuretest.SlowFirstByte(9 * time.Minute) }), want: anAnswer, within: 9 * time.Minute},
}

// spoiled is an answer of status 200 that is no good one; word is ours.
func spoiled(word string) ending {
	return failed(llms.ErrCodeProviderUnavailable, 200, word, "")
}

// lost is the ending of an answer whose connection broke.
var lost = spoiled(azureadv1.CodeUnreachable).closed()

// answersThatAreNone have the status 200.
var answersThatAreNone = []fault{
	{name: "200 as a page", reply: raws(200, "text/html", "<h1>Sign in</h1>"), want: failed(llms.ErrCodeProviderUnavailable, 0, azureadv1.CodeContentType, "somebody-else").closed()},
	{name: "200 of bytes", reply: raws(200, "application/octet-stream", "\x00\x01"), want: failed(llms.ErrCodeProviderUnavailable, 0, azureadv1.CodeContentType, "somebody-else").closed()},
	{name: "200 without a body", reply: raws(200, "application/json", ""), want: spoiled(azureadv1.CodeBadAnswer)},
	{name: "204", reply: raws(204, "", ""), want: failed(llms.ErrCodeProviderUnavailable, 204, azureadv1.CodeBadAnswer, "")},
	{name: "200 with half a JSON", reply: raws(200, "application/json", `{"choices":[{"mess`), want: spoiled(azureadv1.CodeBadAnswer)},
	{name: "200 of garbage", reply: raws(200, "application/json", "\x00\xff\xfe{"), want: spoiled(azureadv1.CodeBadAnswer)},
	{name: "200 with null", reply: raws(200, "application/json", "null"), want: spoiled(azureadv1.CodeBadAnswer)},
	{name: "200 with an error in it", reply: raws(200, "application/json", `{"error":{"code":"429","message":"Slow down."}}`), want: failed(llms.ErrCodeRateLimit, 200, "429", "")},
	{name: "200 with an answer to another question", reply: raws(200, "application/json", `{"object":"list","data":[{"index":7,"embedding":[1]},{"index":0,"embedding":[1]}],"id":"x","choices":[],"output":[]}`), want: spoiled(azureadv1.CodeBadAnswer)},
	{
		name: "200 as an event stream for everyone", reply: raws(200, "text/event-stream", "data: {\"choices\":[]}\n\ndata: [DONE]\n\n"),
		want: spoiled(azureadv1.CodeBadAnswer), but: map[string]ending{"responses stream": spoiled(azureadv1.CodeStreamTruncated)},
	},
	{
		name: "200 without choices", reply: spoken(azuretest.EmptyChoices(), raws(200, "application/json", `{"object":"list","data":[]}`)),
		want: spoiled(azureadv1.CodeBadAnswer),
	},
	{name: "an answer that the content filter ended", reply: spoken(azuretest.FilteredAnswer("Hello from ", "chat."), ok), want: anAnswer},
	{name: "a content filter that strikes late", reply: spoken(azuretest.AsyncFilterBlock("Hello from ", "chat."), ok), want: anAnswer},
	{
		name: "an answer cut in the middle", reply: plays(func() azuretest.Reply { return azuretest.CutStream(2) }),
		want: lost, streamed: lost.with("Hello from "),
	},
	{
		name: "an answer that ends too soon", reply: plays(func() azuretest.Reply { return azuretest.TruncatedStream(2) }),
		want: spoiled(azureadv1.CodeBadAnswer), streamed: spoiled(azureadv1.CodeStreamTruncated).with("Hello from "),
	},
	{
		name: "an error inside a stream", reply: plays(func() azuretest.Reply { return azuretest.StreamError(2) }),
		want:     failed(llms.ErrCodeProviderUnavailable, 500, "", "").repeated().worded("server_error", ""),
		streamed: failed(llms.ErrCodeProviderUnavailable, 200, "", "").worded("server_error", "").with("Hello from "),
		but:      map[string]ending{"responses stream": *failed(llms.ErrCodeProviderUnavailable, 200, "server_error", "").with("Hello from ")},
	},
	{
		name: "a stream that stops for an hour", reply: plays(func() azuretest.Reply { return azuretest.Reply{}.WithPace(time.Hour) }),
		want: anAnswer, streamed: failed(llms.ErrCodeTimeout, 200, azureadv1.CodeTimeout, "timeout").closed().also(), within: 5 * time.Minute,
	},
	{
		name: "a word every four minutes", reply: plays(func() azuretest.Reply { return azuretest.Reply{}.WithPace(4 * time.Minute) }),
		want: anAnswer, within: time.Hour,
	},
}

// chunk is a piece of a body as HTTP/1.1 frames it.
func chunk(text string) string { return strings.Join([]string{hexOf(len(text)), text, ""}, "\r\n") }
