package azuretest_test

import (
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-a739af98/langchaingo-azure/azureadv1/azuretest"
)

const serverErrorBody = `{"error":{"code":null,"message":"The server had an error while processing your request. Sorry about that!","param":null,"type":"server_error"}}`

func TestFaultBodies(t *testing.T) {
	t.Parallel()
	rate := func(under, after string) string {
		return `{"error":{"code":"429","message":"Requests to the ChatCompletions_Create Operation under ` + under + ` have exceeded token rate limit of your current OpenAI S0 pricing tier.` + after + ` Please go here: https://aka.ms/oai/quotaincrease if you would like to further increase the default rate limit."}}`
	}
	v1Rate := func(after string) string { return rate("OpenAI Language Model Instance API", after) }
	filterMessage := `"message":"The response was filtered due to the prompt triggering Azure OpenAI's content management policy. Please modify your prompt and retry. To learn more about our content filtering policies please read our documentation: https://go.microsoft.com/fwlink/?linkid=2198766"`
	for _, tt := range []struct {
		name, target, request string
		reply                 azuretest.Reply
		status                int
		header                http.Header
		body, fault           string
	}{
		{name: "Unauthorized", reply: azuretest.Unauthorized(), status: 401, body: flat401, fault: "Unauthorized"},
		{name: "WrongKey", reply: azuretest.WrongKey(), status: 401, body: wrongKeyBody, fault: "WrongKey"},
		{
			name: "PermissionDenied", reply: azuretest.PermissionDenied(), status: 401, fault: "PermissionDenied", target: classicChat,
			body: "{\"error\":{\"code\":\"PermissionDenied\",\"message\":\"The principal `PRINCIPAL` lacks the required data action `Microsoft.CognitiveServices/accounts/OpenAI/deployments/chat/completions/action` to perform `POST /openai/deployments/{deployment-id}/chat/completions` operation.\"}}",
		},
		{
			name: "ClaimsChallenge", reply: azuretest.ClaimsChallenge(`{"x":1}`), status: 401, body: flat401, fault: "ClaimsChallenge",
			header: http.Header{"Www-Authenticate": {`Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize", error="insufficient_claims", claims="` + base64.StdEncoding.EncodeToString([]byte(`{"x":1}`)) + `"`}},
		},
		{name: "KeysDisabled", reply: azuretest.KeysDisabled(), status: 403, body: disabledBody, fault: "KeysDisabled"},
		{name: "NetworkDenied", reply: azuretest.NetworkDenied(), status: 403, body: `{"error":{"code":"403","message":"Access denied due to Virtual Network/Firewall rules."}}`, fault: "NetworkDenied"},
		{
			name: "DeploymentNotFound", reply: azuretest.DeploymentNotFound(), status: 404, fault: "DeploymentNotFound",
			body: `{"error":{"code":"DeploymentNotFound","message":"The API deployment for this resource does not exist. If you created the deployment within the last 5 minutes, please wait a moment and try again."}}`,
		},
		{name: "ServerError", reply: azuretest.ServerError(), status: 500, body: serverErrorBody, fault: "ServerError"},
		{
			name: "ContextLengthExceeded", reply: azuretest.ContextLengthExceeded(), status: 400, fault: "ContextLengthExceeded",
			header: http.Header{"Ms-Azureml-Model-Error-Reason": {"model_error"}, "Ms-Azureml-Model-Error-Statuscode": {"400"}},
			body:   `{"error":{"code":"context_length_exceeded","message":"This model's maximum context length is 128000 tokens. However, your messages resulted in 130000 tokens. Please reduce the length of the messages.","param":"messages","type":"invalid_request_error"}}`,
		},
		{name: "RateLimited without a wait", reply: azuretest.RateLimited(), status: 429, body: v1Rate(""), fault: "RateLimited", header: http.Header{"Retry-After": nil, "Retry-After-Ms": nil}},
		{name: "RateLimited in milliseconds", reply: azuretest.RateLimited(azuretest.RetryAfterMs(800)), status: 429, body: v1Rate(" Please retry after 1 seconds."), fault: "RateLimited", header: http.Header{"Retry-After-Ms": {"800"}, "Retry-After": nil}},
		{name: "RateLimited in seconds, on classic", reply: azuretest.RateLimited(azuretest.RetryAfter(26)), target: classicChat, status: 429, body: rate("Azure OpenAI API version 2024-10-21", " Please retry after 26 seconds."), fault: "RateLimited", header: http.Header{"Retry-After": {"26"}}},
		{name: "RateLimited in Microsoft's milliseconds", reply: azuretest.RateLimited(azuretest.XMSRetryAfterMs(1500)), status: 429, body: v1Rate(" Please retry after 2 seconds."), fault: "RateLimited", header: http.Header{"X-Ms-Retry-After-Ms": {"1500"}}},
		{name: "RateLimited until a date gone by", reply: azuretest.RateLimited(azuretest.RetryAfterDate(time.Unix(0, 0))), status: 429, body: v1Rate(""), fault: "RateLimited", header: http.Header{"Retry-After": {"Thu, 01 Jan 1970 00:00:00 GMT"}}},
		{
			name: "ContentFiltered", reply: azuretest.ContentFiltered("violence", "jailbreak"), status: 400, fault: "ContentFiltered",
			body: `{"error":{"code":"content_filter","innererror":{"code":"ResponsibleAIPolicyViolation","content_filter_result":{"hate":{"filtered":false,"severity":"safe"},"jailbreak":{"detected":true,"filtered":true},"self_harm":{"filtered":false,"severity":"safe"},"sexual":{"filtered":false,"severity":"safe"},"violence":{"filtered":true,"severity":"medium"}}},` + filterMessage + `,"param":"prompt","status":400,"type":null}}`,
		},
		{
			name: "ContentFiltered on responses", reply: azuretest.ContentFiltered(), target: v1Responses, request: `{"model":"chat","input":"x"}`, status: 400, fault: "ContentFiltered",
			body: `{"error":{"code":"content_filter","content_filters":[{"blocked":true,"content_filter_results":{"hate":{"filtered":false,"severity":"safe"},"jailbreak":{"detected":false,"filtered":false},"self_harm":{"filtered":false,"severity":"safe"},"sexual":{"filtered":false,"severity":"safe"},"violence":{"filtered":true,"severity":"medium"}},"source_type":"prompt"}],` + filterMessage + `,"param":"prompt","type":"invalid_request_error"}}`,
		},
		{name: "Redirect", reply: azuretest.Redirect(307, "https://evil.example/x"), status: 307, body: "", fault: "Redirect", header: http.Header{"Location": {"https://evil.example/x"}}},
		{name: "Raw", reply: azuretest.Raw(502, http.Header{"content-type": {"text/html"}}, "<html>"), status: 502, body: "<html>", fault: "Raw", header: http.Header{"Content-Type": {"text/html"}}},
		{name: "Raw without headers", reply: azuretest.Raw(200, nil, "{}"), status: 200, body: "{}", fault: "Raw", header: http.Header{"Content-Type": {"application/json"}}},
		{name: "a header of the script's", reply: azuretest.ServerError().WithHeader("x-should-retry", "false"), status: 500, body: serverErrorBody, fault: "ServerError", header: http.Header{"X-Should-Retry": {"false"}}},
		{name: "StreamError on a plain request", reply: azuretest.StreamError(1), status: 500, body: serverErrorBody, fault: "StreamError"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := inMemory(t, azuretest.Options{})
			s.Enqueue(tt.reply)
			target, request := tt.target, tt.request
			if target == "" {
				target = v1Chat
			}
			if request == "" {
				request = hello
			}
			token := s.IssueToken(azuretest.Claims{ObjectID: "PRINCIPAL"})
			got := ask(t, s, http.MethodPost, target, request, bearer(token))
			if got.status != tt.status {
				t.Errorf("status = %d, want %d", got.status, tt.status)
			}
			if diff := cmp.Diff(tt.body, got.body); diff != "" {
				t.Errorf("body (-want +got):\n%s", diff)
			}
			for k, want := range tt.header {
				if diff := cmp.Diff(want, got.header.Values(k)); diff != "" && (want != nil || got.header.Values(k) != nil) {
					t.Errorf("header %s (-want +got):\n%s", k, diff)
				}
			}
			if r := last(t, s); r.Fault != tt.fault || r.Problem != "" || r.Status != tt.status {
				t.Errorf("record: Fault %q, Problem %q, Status %d", r.Fault, r.Problem, r.Status)
			}
			if again := ask(t, s, http.MethodPost, v1Chat, hello, bearer(token)); again.status != 200 {
				t.Errorf("after the fault: %d %s", again.status, again.body)
			}
		})
	}
}

func TestChallengeWithoutClaimsAsksForANewerToken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := inMemory(t, azuretest.Options{})
		s.Enqueue(azuretest.ClaimsChallenge(""))
		got := post(t, s, v1Chat, hello)
		want := base64.StdEncoding.EncodeToString([]byte(`{"access_token":{"nbf":{"essential":true,"value":"946684800"}}}`))
		if !strings.Contains(got.header.Get("WWW-Authenticate"), `claims="`+want+`"`) {
			t.Errorf("WWW-Authenticate = %q", got.header.Get("WWW-Authenticate"))
		}
	})
}

func TestWhereInTheChecksAReplyIsTaken(t *testing.T) {
	bad := `{"model":"chat","messages":[]}`
	for _, tt := range []struct {
		name, key, body string
		reply           azuretest.Reply
		status, left    int
	}{
		{"a credential fault stands before the credential", "wrong", hello, azuretest.PermissionDenied(), 401, 0},
		{"another fault stands behind the credential", "wrong", hello, azuretest.ServerError(), 401, 1},
		{"another fault stands before the body", azuretest.DefaultAPIKey, bad, azuretest.ServerError(), 500, 0},
		{"a success stands behind the body", azuretest.DefaultAPIKey, bad, azuretest.Text("x"), 400, 1},
		{"a raw answer stands behind the body", azuretest.DefaultAPIKey, bad, azuretest.Raw(200, nil, "x"), 400, 1},
		{"a success on a good request", azuretest.DefaultAPIKey, hello, azuretest.Text("x"), 200, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := inMemory(t, azuretest.Options{})
			s.Enqueue(tt.reply)
			got := ask(t, s, http.MethodPost, v1Chat, tt.body, key(tt.key))
			if got.status != tt.status || s.Pending() != tt.left {
				t.Errorf("%d with %d left, want %d with %d: %s", got.status, s.Pending(), tt.status, tt.left, got.body)
			}
		})
	}
}

func TestRepliesInOrderAndByDeployment(t *testing.T) {
	s := inMemory(t, azuretest.Options{Deployments: map[string]string{"chat": "gpt-4o", "b": "gpt-4o"}})
	s.Enqueue(azuretest.Text("one"), azuretest.Text("two"), azuretest.Text("three"))
	s.EnqueueFor("b", azuretest.Text("for b"))
	text := func(deployment string) string {
		got := post(t, s, v1Chat, strings.Replace(hello, `"chat"`, `"`+deployment+`"`, 1))
		return content(t, got)
	}
	got := []string{text("chat"), text("b"), text("b"), text("chat"), text("chat")}
	if diff := cmp.Diff([]string{"one", "for b", "two", "three", "Hello from chat."}, got); diff != "" {
		t.Errorf("answers (-want +got):\n%s", diff)
	}
	s.Enqueue(azuretest.Text("never"))
	s.EnqueueFor("b", azuretest.Text("never"))
	s.Reset()
	if s.Pending() != 0 || len(s.Requests()) != 0 || s.Stats() != (azuretest.Stats{}) {
		t.Errorf("after Reset: %d pending, %d requests, %+v", s.Pending(), len(s.Requests()), s.Stats())
	}
}

func TestRepliesThatDoNotFit(t *testing.T) {
	s := inMemory(t, azuretest.Options{})
	s.Enqueue(azuretest.Text("x"), azuretest.Embeddings(), azuretest.EmptyChoices())
	for _, tt := range []struct{ target, body, part string }{
		{v1Embeddings, `{"model":"embed","input":"x"}`, `a message and does not fit the operation \"embeddings\"`},
		{v1Chat, hello, `embeddings and does not fit the operation \"chat\"`},
		{v1Embeddings, `{"model":"embed","input":"x"}`, "empty choices and does not fit"},
	} {
		got := post(t, s, tt.target, tt.body)
		if got.status != 500 || !strings.Contains(got.body, tt.part) || got.header.Get("X-Should-Retry") != "false" {
			t.Errorf("got %d %s, want %s", got.status, got.body, tt.part)
		}
	}
}

func TestCutsAndTruncations(t *testing.T) {
	words := azuretest.Text("a", "b", "c")
	bothForms(t, azuretest.Options{}, func(t *testing.T, s *azuretest.Server) {
		for _, tt := range []struct {
			name, body   string
			reply        azuretest.Reply
			cut          bool
			text, ending string
		}{
			{"a stream cut after two deltas", helloStream, azuretest.CutStream(2, words), true, "ab", `"}`},
			{"a stream cut before its first delta", helloStream, azuretest.CutStream(0, words), true, "", `"}`},
			{"a stream cut after more deltas than it has", helloStream, azuretest.CutStream(9, words), true, "abc", `"}`},
			{"a stream truncated after two deltas", helloStream, azuretest.TruncatedStream(2, words), false, "ab", `}`},
			{"a stream truncated before its finish", helloStream, azuretest.TruncatedStream(3, words), false, "abc", `}`},
			{"a stream that fails after one delta", helloStream, azuretest.StreamError(1, words), false, "a", serverErrorBody},
			{"a plain answer cut", hello, azuretest.CutStream(1, words), true, "", ""},
			{"a plain answer truncated", hello, azuretest.TruncatedStream(1, words), false, "", ""},
		} {
			t.Run(tt.name, func(t *testing.T) {
				s.Enqueue(tt.reply)
				got := post(t, s, v1Chat, tt.body)
				if cut := errors.Is(got.err, io.ErrUnexpectedEOF); got.status != 200 || cut != tt.cut || !cut && got.err != nil {
					t.Errorf("status %d, error %v, want cut %v", got.status, got.err, tt.cut)
				}
				if tt.body == hello {
					if strings.HasSuffix(got.body, "}}") || len(got.body) < 50 {
						t.Errorf("the body is not half a body: %s", got.body)
					}
					return
				}
				if text := streamedText(t, got); text != tt.text {
					t.Errorf("text %q, want %q", text, tt.text)
				}
				frames := got.frames()
				if end := frames[len(frames)-1]; strings.Contains(got.body, "[DONE]") || strings.Contains(got.body, `"finish_reason":"`) ||
					strings.HasPrefix(tt.ending, "{") && end != tt.ending {
					t.Errorf("the stream finished: %s", end)
				}
			})
		}
	})
}

func TestDisconnect(t *testing.T) {
	bothForms(t, azuretest.Options{}, func(t *testing.T, s *azuretest.Server) {
		s.Enqueue(azuretest.Disconnect())
		resp, err := s.HTTPClient().Do(request(t, s, http.MethodPost, v1Chat, hello, key(azuretest.DefaultAPIKey)))
		if err == nil {
			_ = resp.Body.Close()
			t.Fatalf("an answer came: %d", resp.StatusCode)
		}
		if r := last(t, s); r.Status != 0 || r.Fault != "Disconnect" {
			t.Errorf("record: %v", r)
		}
	})
}

func TestSlowFirstByteAndPace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := inMemory(t, azuretest.Options{})
		s.Enqueue(
			azuretest.SlowFirstByte(time.Minute),
			azuretest.SlowFirstByte(time.Hour, azuretest.ServerError()),
			azuretest.Text("a", "b", "c").WithPace(time.Minute),
		)
		for _, tt := range []struct {
			want   time.Duration
			status int
			fault  string
		}{{time.Minute, 200, "SlowFirstByte"}, {time.Hour, 500, "ServerError"}, {3 * time.Minute, 200, ""}} {
			began := time.Now()
			got := post(t, s, v1Chat, helloStream)
			if took := time.Since(began); took != tt.want || got.status != tt.status || last(t, s).Fault != tt.fault {
				t.Errorf("%d %s after %v, want %d %s after %v", got.status, last(t, s).Fault, took, tt.status, tt.fault, tt.want)
			}
		}
	})
}
