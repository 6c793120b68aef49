package azuretest_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/seed-a739af98/langchaingo-azure/azureadv1/azuretest"
)

const (
	flat401      = `{"message":"Unauthorized. Access token is missing, invalid, audience is incorrect (https://cognitiveservices.azure.com), or have expired.","statusCode":401}`
	wrongKeyBody = `{"error":{"code":"401","message":"Access denied due to invalid subscription key or wrong API endpoint. Make sure to provide a valid key for an active subscription and use a correct regional API endpoint for your resource."}}`
	disabledBody = `{"error":{"code":"AuthenticationTypeDisabled","message":"Key based authentication is disabled for this resource."}}`
	regionalBody = `{"error":{"code":"BadRequest","message":"Please provide a custom subdomain for token authentication, otherwise API key is required."}}`
)

func TestStrictCredentials(t *testing.T) {
	t.Parallel()
	issue := func(c azuretest.Claims) func(*azuretest.Server) http.Header {
		return func(s *azuretest.Server) http.Header { return bearer(s.IssueToken(c)) }
	}
	fixed := func(h http.Header) func(*azuretest.Server) http.Header {
		return func(*azuretest.Server) http.Header { return h }
	}
	hour := time.Hour
	for _, tt := range []struct {
		name, target string
		opts         azuretest.Options
		header       func(*azuretest.Server) http.Header
		status       int
		part         string
		refusedToken bool
	}{
		{name: "the key", header: fixed(key(azuretest.DefaultAPIKey)), status: 200},
		{name: "the key this resource was given", opts: azuretest.Options{APIKey: "k"}, header: fixed(key("k")), status: 200},
		{name: "a wrong key", header: fixed(key("no")), status: 401, part: wrongKeyBody},
		{name: "an empty key", header: fixed(key("")), status: 401, part: wrongKeyBody},
		{name: "two keys", header: fixed(http.Header{"Api-Key": {azuretest.DefaultAPIKey, azuretest.DefaultAPIKey}}), status: 401, part: flat401},
		{name: "the key as bearer on v1", header: fixed(bearer(azuretest.DefaultAPIKey)), status: 200},
		{name: "the key as bearer on classic", target: classicChat, header: fixed(bearer(azuretest.DefaultAPIKey)), status: 401, part: flat401, refusedToken: true},
		{name: "nothing", header: fixed(nil), status: 401, part: flat401},
		{name: "basic authentication", header: fixed(http.Header{"Authorization": {"Basic eDp5"}}), status: 401, part: flat401},
		{name: "a key where keys are disabled", opts: azuretest.Options{KeysDisabled: true}, header: fixed(key(azuretest.DefaultAPIKey)), status: 403, part: disabledBody},
		{name: "a token where keys are disabled", opts: azuretest.Options{KeysDisabled: true}, header: issue(azuretest.Claims{}), status: 200},
		{name: "a token", header: issue(azuretest.Claims{}), status: 200},
		{name: "a token on classic", target: classicChat, header: issue(azuretest.Claims{}), status: 200},
		{name: "an expired token", header: issue(azuretest.Claims{IssuedAt: time.Now().Add(-2 * hour), Expires: time.Now().Add(-hour)}), status: 401, part: flat401, refusedToken: true},
		{name: "a token of tomorrow", header: issue(azuretest.Claims{IssuedAt: time.Now().Add(hour)}), status: 401, part: flat401, refusedToken: true},
		{name: "a token for another audience", header: issue(azuretest.Claims{Audience: "https://ai.azure.com"}), status: 401, part: flat401, refusedToken: true},
		{name: "a token of another tenant", header: issue(azuretest.Claims{TenantID: "other"}), status: 400, part: `"code":"Tenant provided in token does not match resource token"`, refusedToken: true},
		{name: "a token that is no token", header: fixed(bearer("abc")), status: 401, part: flat401, refusedToken: true},
		{
			name: "a token changed on the way", status: 401, part: flat401, refusedToken: true,
			header: func(s *azuretest.Server) http.Header {
				return bearer(strings.Replace(s.IssueToken(azuretest.Claims{}), ".", ".e", 1))
			},
		},
		{
			name: "a token and the key", status: 401, part: flat401,
			header: func(s *azuretest.Server) http.Header {
				h := bearer(s.IssueToken(azuretest.Claims{}))
				h.Set("Api-Key", azuretest.DefaultAPIKey)
				return h
			},
		},
		{name: "a token without a role", opts: azuretest.Options{NoRole: true}, header: issue(azuretest.Claims{ObjectID: "me"}), status: 401, part: "The principal `me` lacks the required data action `Microsoft.CognitiveServices/accounts/OpenAI/deployments/chat/completions/action` to perform `POST /openai/v1/chat/completions` operation."},
		{name: "a token without a role on classic", target: classicChat, opts: azuretest.Options{NoRole: true}, header: issue(azuretest.Claims{}), status: 401, part: "to perform `POST /openai/deployments/{deployment-id}/chat/completions` operation."},
		{name: "a token on a regional host", opts: azuretest.Options{Host: "eastus.api.cognitive.microsoft.com"}, header: issue(azuretest.Claims{}), status: 400, part: regionalBody},
		{name: "the key on a regional host", opts: azuretest.Options{Host: "eastus.api.cognitive.microsoft.com"}, header: fixed(key(azuretest.DefaultAPIKey)), status: 200},
		{name: "a resource's token on a project", target: "/api/projects/p" + v1Chat, header: issue(azuretest.Claims{}), status: 401, part: "audience is incorrect (https://ai.azure.com)", refusedToken: true},
		{name: "a project's token on a project", target: "/api/projects/p" + v1Chat, header: issue(azuretest.Claims{Audience: "https://ai.azure.com"}), status: 200},
		{name: "a project's token on a US Government project", opts: azuretest.Options{Host: "r.services.ai.azure.us"}, target: "/api/projects/p" + v1Chat, header: issue(azuretest.Claims{Audience: "https://ai.azure.us"}), status: 200},
		{name: "an audience of its own", opts: azuretest.Options{Audience: "api://x"}, header: issue(azuretest.Claims{}), status: 200},
		{name: "the usual audience where there is another", opts: azuretest.Options{Audience: "api://x"}, header: issue(azuretest.Claims{Audience: "https://cognitiveservices.azure.com"}), status: 401, part: "audience is incorrect (api://x)", refusedToken: true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := inMemory(t, tt.opts)
			s.Enqueue(azuretest.Text("ok"))
			target := tt.target
			if target == "" {
				target = v1Chat
			}
			got := ask(t, s, http.MethodPost, target, hello, tt.header(s))
			if got.status != tt.status || !strings.Contains(got.body, tt.part) {
				t.Errorf("got %d %s\nwant %d %s", got.status, got.body, tt.status, tt.part)
			}
			if want := tt.status != 200; (s.Pending() == 1) != want {
				t.Errorf("Pending = %d: a refused request must not take a reply, an accepted one must", s.Pending())
			}
			if refused := s.Stats().RefusedTokens == 1; refused != tt.refusedToken {
				t.Errorf("RefusedTokens = %d, want refused %v", s.Stats().RefusedTokens, tt.refusedToken)
			}
		})
	}
}

func TestRevokedTokens(t *testing.T) {
	s := inMemory(t, azuretest.Options{})
	status := func(token string) int {
		return ask(t, s, http.MethodPost, v1Chat, hello, bearer(token)).status
	}
	a, b := s.IssueToken(azuretest.Claims{}), s.IssueToken(azuretest.Claims{})
	s.RevokeToken("not a token")
	s.RevokeToken(a)
	if status(a) != 401 || status(b) != 200 {
		t.Error("RevokeToken should refuse that token and no other")
	}
	s.RevokeAll()
	c := s.IssueToken(azuretest.Claims{})
	if status(b) != 401 || status(c) != 200 {
		t.Error("RevokeAll should refuse every token issued before it and none after")
	}
	if got := s.Stats().RefusedTokens; got != 2 {
		t.Errorf("RefusedTokens = %d, want 2", got)
	}
}

func TestWhatIsRecordedOfCredentials(t *testing.T) {
	s := inMemory(t, azuretest.Options{})
	token := s.IssueToken(azuretest.Claims{ClientID: "me"})
	both := bearer(token)
	both.Set("Api-Key", "k")
	for _, tt := range []struct {
		header     http.Header
		credential string
		both       bool
		secret     string
	}{
		{nil, azuretest.CredentialNone, false, ""},
		{key("k"), azuretest.CredentialKey, false, "k"},
		{bearer(token), azuretest.CredentialToken, false, token},
		{bearer(azuretest.DefaultAPIKey), azuretest.CredentialKey, false, azuretest.DefaultAPIKey},
		{both, azuretest.CredentialToken, true, token},
	} {
		ask(t, s, http.MethodPost, v1Chat, hello, tt.header)
		r := last(t, s)
		if r.Credential != tt.credential || r.Both != tt.both || r.Fingerprint() != azuretest.Fingerprint(tt.secret) {
			t.Errorf("%v: Credential %q, Both %v, Fingerprint %q", tt.header, r.Credential, r.Both, r.Fingerprint())
		}
		claims, ok := r.Claims()
		if isToken := tt.secret == token; ok != isToken || r.TokenExpiry.IsZero() == isToken || isToken && claims.ClientID != "me" {
			t.Errorf("%v: Claims %+v, TokenExpiry %v", tt.header, claims, r.TokenExpiry)
		}
	}
}
