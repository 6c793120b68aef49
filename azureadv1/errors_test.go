package azureadv1_test

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/openai/openai-go/v3"

	"github.com/seed-a739af98/langchaingo-azure/azureadv1"
	"github.com/seed-a739af98/langchaingo-azure/azureadv1/azuretest"
)

const (
	categories   = `{"hate":{"filtered":false,"severity":"safe"},"jailbreak":{"detected":true,"filtered":true},"violence":{"filtered":true,"severity":"medium"}}`
	filterPhrase = "The response was filtered due to the prompt triggering Azure OpenAI's content management policy."
)

var filtered = &azureadv1.ContentFilter{Source: "prompt", Results: []azureadv1.FilterResult{
	{Category: "hate", Severity: "safe"},
	{Category: "jailbreak", Filtered: true, Detected: true, HasDetected: true},
	{Category: "violence", Filtered: true, Severity: "medium"},
}}

// failures is every shape of error body that was seen, with what a user is told.
var failures = []struct {
	name   string
	status int
	body   string
	cfg    azureadv1.Config // a token is the credential, unless it has a key
	want   azureadv1.Error  // Code, Type, Param, Message, ContentFilter
	hints  []string         // nil is no hint
}{
	{"401, flat", 401, flat401, azureadv1.Config{}, azureadv1.Error{Message: "Unauthorized. Access token is missing, invalid, audience is incorrect (https://cognitiveservices.azure.com), or have expired."}, []string{"audience https://a.example.com", "tenant " + azuretest.DefaultTenantID, "expires 20", "set Scope to https://cognitiveservices.azure.com/.default"}},
	{"401, flat, no JWT", 401, flat401, azureadv1.Config{Token: "opaque-token"}, azureadv1.Error{Message: "Unauthorized. Access token is missing, invalid, audience is incorrect (https://cognitiveservices.azure.com), or have expired."}, []string{"no JWT", "API key?"}},
	{"401, no role", 401, denied401, azureadv1.Config{}, azureadv1.Error{Code: "PermissionDenied", Message: "Principal does not have access to API/Operation."}, []string{"object id", "Cognitive Services OpenAI User", "Owner and Contributor are not enough"}},
	{"403, no role, as some documents say", 403, denied401, azureadv1.Config{}, azureadv1.Error{Code: "PermissionDenied", Message: "Principal does not have access to API/Operation."}, []string{"Cognitive Services OpenAI User"}},
	{"401, no role in a project", 401, denied401, azureadv1.Config{Endpoint: "https://r.services.ai.azure.com/api/projects/p"}, azureadv1.Error{Code: "PermissionDenied", Message: "Principal does not have access to API/Operation."}, []string{"Azure AI User on the project"}},
	{"401, wrong key", 401, `{"error":{"code":"401","message":"Access denied due to invalid subscription key or wrong API endpoint. Make sure."}}`, azureadv1.Config{APIKey: "k"}, azureadv1.Error{Code: "401", Message: "Access denied due to invalid subscription key or wrong API endpoint. Make sure."}, []string{"same resource's", "not in APIKey"}},
	{"401, key, other words", 401, `{"error":{"code":"401","message":"no"}}`, azureadv1.Config{APIKey: "k"}, azureadv1.Error{Code: "401", Message: "no"}, []string{"check that the key is this resource's"}},
	{"401, API Management", 401, `{ "statusCode": 401, "message": "Access denied due to missing subscription key. Make sure to include subscription key." }`, azureadv1.Config{}, azureadv1.Error{Message: "Access denied due to missing subscription key. Make sure to include subscription key."}, []string{"Ocp-Apim-Subscription-Key", "Config.Header"}},
	{"401, token on a regional host", 401, flat401, azureadv1.Config{Endpoint: "https://westeurope.api.cognitive.microsoft.com"}, azureadv1.Error{Message: "Unauthorized. Access token is missing, invalid, audience is incorrect (https://cognitiveservices.azure.com), or have expired."}, []string{"custom-subdomain"}},
	{"400, token on a regional host", 400, `{"error":{"code":"BadRequest","message":"Please provide a custom subdomain for token authentication, otherwise API key is required."}}`, azureadv1.Config{}, azureadv1.Error{Code: "BadRequest", Message: "Please provide a custom subdomain for token authentication, otherwise API key is required."}, []string{"https://{custom-subdomain}.openai.azure.com"}},
	{"400, tenant", 400, `{"error":{"code":"Tenant provided in token does not match resource token","message":"Token tenant GUID does not match resource tenant."}}`, azureadv1.Config{}, azureadv1.Error{Code: "Tenant provided in token does not match resource token", Message: "Token tenant GUID does not match resource tenant."}, []string{"it was " + azuretest.DefaultTenantID, "Identity.TenantID", "az login --tenant"}},
	{"403, firewall", 403, `{"error":{"code":"403","message":"Access denied due to Virtual Network/Firewall rules."}}`, azureadv1.Config{}, azureadv1.Error{Code: "403", Message: "Access denied due to Virtual Network/Firewall rules."}, []string{"private endpoint", "r.openai.azure.com"}},
	{"403, public access", 403, `{"error":{"code":"AccessDenied","message":"Public access is disabled. Please configure private endpoint."}}`, azureadv1.Config{}, azureadv1.Error{Code: "AccessDenied", Message: "Public access is disabled. Please configure private endpoint."}, []string{"private address"}},
	{"403, blocked", 403, `{"error":{"code":"403","message":"Your resource has been temporarily blocked because we detected behavior."}}`, azureadv1.Config{}, azureadv1.Error{Code: "403", Message: "Your resource has been temporarily blocked because we detected behavior."}, []string{"blocked the resource"}},
	{"403, keys disabled", 403, `{"error":{"code":"AuthenticationTypeDisabled","message":"Key based authentication is disabled for this resource."}}`, azureadv1.Config{APIKey: "k"}, azureadv1.Error{Code: "AuthenticationTypeDisabled", Message: "Key based authentication is disabled for this resource."}, []string{"Keys are disabled", "Entra credential"}},
	{"404, deployment", 404, `{"error":{"code":"DeploymentNotFound","message":"The API deployment for this resource does not exist."}}`, azureadv1.Config{}, azureadv1.Error{Code: "DeploymentNotFound", Message: "The API deployment for this resource does not exist."}, []string{`"chat"`, "https://r.openai.azure.com/openai/v1/chat/completions", "v1 surface", "not the model's"}},
	{"404, path on v1", 404, `{"error":{"code":"404","message":"Resource not found"}}`, azureadv1.Config{}, azureadv1.Error{Code: "404", Message: "Resource not found"}, []string{"https://r.openai.azure.com/openai/v1/chat/completions", "check the host"}},
	{"404, path on classic", 404, `{"error":{"code":"404","message":"Resource not found"}}`, azureadv1.Config{APIVersion: "2024-10-21"}, azureadv1.Error{Code: "404", Message: "Resource not found"}, []string{"2024-10-21 exists"}},
	{"400, version on v1", 400, `{"error":{"code":"BadRequest","message":"api-version query parameter is not allowed when using /v1 path"}}`, azureadv1.Config{PreviewQuery: true}, azureadv1.Error{Code: "BadRequest", Message: "api-version query parameter is not allowed when using /v1 path"}, []string{"clear PreviewQuery", "gateway"}},
	{"400, an older v1", 400, `{"error":{"code":"BadRequest","message":"API in preview mode, please use api-version=preview"}}`, azureadv1.Config{}, azureadv1.Error{Code: "BadRequest", Message: "API in preview mode, please use api-version=preview"}, []string{"set PreviewQuery"}},
	{"400, unknown version", 400, `{"error":{"code":"BadRequest","message":"API version not supported"}}`, azureadv1.Config{APIVersion: "2024-02-03"}, azureadv1.Error{Code: "BadRequest", Message: "API version not supported"}, []string{"it is 2024-02-03", `"v1"`, "2024-10-21"}},
	{"400, unknown version by its code", 400, `{"error":{"code":"UnsupportedApiVersionValue","message":"no"}}`, azureadv1.Config{APIVersion: "2024-02-03"}, azureadv1.Error{Code: "UnsupportedApiVersionValue", Message: "no"}, []string{`"v1"`}},
	{"400, a model for later versions", 400, `{"error":{"code":"BadRequest","message":"Model o3-mini is enabled only for api versions 2024-12-01-preview and later"}}`, azureadv1.Config{APIVersion: "2024-10-21"}, azureadv1.Error{Code: "BadRequest", Message: "Model o3-mini is enabled only for api versions 2024-12-01-preview and later"}, []string{"APIVersion"}},
	{"400, a field too new", 400, `{"error":{"message":"Unrecognized request argument supplied: stream_options","type":"invalid_request_error","param":null,"code":null}}`, azureadv1.Config{APIVersion: "2024-02-01"}, azureadv1.Error{Type: "invalid_request_error", Message: "Unrecognized request argument supplied: stream_options"}, []string{"2024-02-01 is older than the field stream_options", `"2024-10-21"`}},
	{"400, a field unknown to v1", 400, `{"error":{"message":"Unrecognized request argument supplied: frobnicate","type":"invalid_request_error","param":null,"code":null}}`, azureadv1.Config{}, azureadv1.Error{Type: "invalid_request_error", Message: "Unrecognized request argument supplied: frobnicate"}, []string{"frobnicate: leave it out"}},
	{"400, a parameter the model refuses", 400, `{"error":{"message":"Unsupported parameter: 'max_tokens'.","type":"invalid_request_error","param":"max_tokens","code":"unsupported_parameter"}}`, azureadv1.Config{}, azureadv1.Error{Code: "unsupported_parameter", Type: "invalid_request_error", Param: "max_tokens", Message: "Unsupported parameter: 'max_tokens'."}, []string{"WithBaseModel", `WithDropParams("max_tokens")`}},
	{"400, a value the model refuses", 400, `{"error":{"message":"'temperature' does not support 0.","type":"invalid_request_error","param":"temperature","code":"unsupported_value"}}`, azureadv1.Config{}, azureadv1.Error{Code: "unsupported_value", Type: "invalid_request_error", Param: "temperature", Message: "'temperature' does not support 0."}, []string{`WithDropParams("temperature")`}},
	{"400, Responses on an older version", 400, `{"error":{"code":"BadRequest","message":"Azure OpenAI Responses API is enabled only for api-version 2025-03-01-preview and later"}}`, azureadv1.Config{APIVersion: "2024-10-21"}, azureadv1.Error{Code: "BadRequest", Message: "Azure OpenAI Responses API is enabled only for api-version 2025-03-01-preview and later"}, []string{`"v1" or "2025-04-01-preview"`}},
	{"400, reasoning of another resource", 400, `{"error":{"code":"invalid_encrypted_content","message":"The encrypted content for item rs_1 could not be verified."}}`, azureadv1.Config{}, azureadv1.Error{Code: "invalid_encrypted_content", Message: "The encrypted content for item rs_1 could not be verified."}, []string{"ResponseItems"}},
	{"400, Responses only", 400, `{"error":{"code":"OperationNotSupported","message":"The chatCompletion operation does not work with the specified model, gpt-5-codex."}}`, azureadv1.Config{}, azureadv1.Error{Code: "OperationNotSupported", Message: "The chatCompletion operation does not work with the specified model, gpt-5-codex."}, []string{"WithResponsesAPI"}},
	{"400, no embeddings there", 400, `{"error":{"code":"OperationNotSupported","message":"The embeddings operation does not work with the specified model, gpt-4o."}}`, azureadv1.Config{}, azureadv1.Error{Code: "OperationNotSupported", Message: "The embeddings operation does not work with the specified model, gpt-4o."}, []string{"WithEmbeddingDeployment"}},
	{"400, too long", 400, `{"error":{"message":"This model's maximum context length is 128000 tokens.","type":"invalid_request_error","param":"messages","code":"context_length_exceeded"}}`, azureadv1.Config{}, azureadv1.Error{Code: "context_length_exceeded", Type: "invalid_request_error", Param: "messages", Message: "This model's maximum context length is 128000 tokens."}, []string{"Shorten"}},
	{"400, filter on chat", 400, `{"error":{"message":"` + filterPhrase + `","type":null,"param":"prompt","code":"content_filter","status":400,"innererror":{"code":"ResponsibleAIPolicyViolation","content_filter_result":` + categories + `}}}`, azureadv1.Config{}, azureadv1.Error{Code: "content_filter", Param: "prompt", Message: filterPhrase, ContentFilter: filtered}, []string{"refused the prompt for jailbreak, violence"}},
	{"400, filter on Responses", 400, `{"error":{"message":"` + filterPhrase + `","type":"invalid_request_error","param":"prompt","code":"content_filter","content_filters":[{"blocked":true,"source_type":"prompt","content_filter_results":` + categories + `}]}}`, azureadv1.Config{}, azureadv1.Error{Code: "content_filter", Type: "invalid_request_error", Param: "prompt", Message: filterPhrase, ContentFilter: filtered}, []string{"jailbreak, violence"}},
	{"400, filter as the specification spells it", 400, `{"error":{"code":"content_filter","message":"` + filterPhrase + `","param":"prompt","type":null,"inner_error":{"code":"ResponsibleAIPolicyViolation","content_filter_results":` + categories + `}}}`, azureadv1.Config{}, azureadv1.Error{Code: "content_filter", Param: "prompt", Message: filterPhrase, ContentFilter: filtered}, []string{"jailbreak, violence"}},
	{"400, filter without details", 400, `{"error":{"code":"content_filter","message":"` + filterPhrase + `"}}`, azureadv1.Config{}, azureadv1.Error{Code: "content_filter", Message: filterPhrase, ContentFilter: &azureadv1.ContentFilter{Source: "prompt"}}, []string{"content filter refused"}},
	{"429", 429, `{"error":{"code":"RateLimitReached","message":"Please retry after 60 seconds."}}`, azureadv1.Config{}, azureadv1.Error{Code: "RateLimitReached", Message: "Please retry after 60 seconds."}, []string{"quota", "named no time"}},
	{"408", 408, `{"error":{"code":"Timeout","message":"The operation was timeout."}}`, azureadv1.Config{}, azureadv1.Error{Code: "Timeout", Message: "The operation was timeout."}, nil},
	{"500", 500, `{"error":{"message":"The server had an error while processing your request. Sorry about that!","type":"server_error","param":null,"code":null}}`, azureadv1.Config{}, azureadv1.Error{Type: "server_error", Message: "The server had an error while processing your request. Sorry about that!"}, nil},
	{"unwrapped, of a project", 400, `{"code":"UserError","message":"bad input"}`, azureadv1.Config{}, azureadv1.Error{Code: "UserError", Message: "bad input"}, nil},
	{"a code that is a number", 400, `{"error":{"code":123,"message":"bad"}}`, azureadv1.Config{}, azureadv1.Error{Code: "123", Message: "bad"}, nil},
	{"502, a page", 502, "<html>\r\n<head><title>502 Bad Gateway</title></head>\n\n<body>nginx</body></html>\n", azureadv1.Config{}, azureadv1.Error{Message: "<html> <head><title>502 Bad Gateway</title></head> <body>nginx</body></html>"}, nil},
	{"503, plain text", 503, "upstream connect error", azureadv1.Config{}, azureadv1.Error{Message: "upstream connect error"}, nil},
	{"500, nothing", 500, "", azureadv1.Config{}, azureadv1.Error{Message: "the answer has no body"}, nil},
	{"400, JSON of another kind", 400, `{"detail":[{"loc":["body"]}]}`, azureadv1.Config{}, azureadv1.Error{Message: `{"detail":[{"loc":["body"]}]}`}, nil},
	{"400, broken JSON", 400, `{"error":{"code":"x"`, azureadv1.Config{}, azureadv1.Error{Message: `{"error":{"code":"x"`}, nil},
	{"400, bytes that are no UTF-8", 400, "a\xff\xfeb", azureadv1.Config{}, azureadv1.Error{Message: "a\uFFFDb"}, nil},
}

func TestFailuresAreReadAndExplained(t *testing.T) {
	for _, row := range failures {
		t.Run(row.name, func(t *testing.T) {
			s := standIn(t, azuretest.Options{})
			w := &network{answer: always(row.status, row.body, "Apim-Request-Id", "req-1", "X-Ms-Region", "West Europe")}
			cfg := row.cfg
			cfg.MaxRetries = -1
			if cfg.APIKey == "" && cfg.Token == "" {
				cfg.Token = s.IssueToken(azuretest.Claims{Audience: "https://a.example.com"})
			}
			c := onWire(t, w, cfg)
			e := failedChat(t, c)

			sdk := c.OpenAI()
			_, err := sdk.Chat.Completions.New(t.Context(), openai.ChatCompletionNewParams{Model: "chat"})
			viaSDK := azureadv1.AsError(fmt.Errorf("wrapped: %w", err))
			if viaSDK == nil {
				t.Fatalf("AsError makes nothing of openai-go's %T: %v", err, err)
			}
			want := row.want
			want.Op, want.Deployment, want.URL, want.StatusCode = "chat", "chat", c.URL(azureadv1.OpChat), row.status
			want.RequestID, want.Region, want.Attempts = "req-1", "West Europe", 1
			for how, got := range map[string]*azureadv1.Error{"Post": e, "OpenAI": viaSDK} {
				shown := *got
				shown.Hint = ""
				if how == "OpenAI" && c.Surface() == azureadv1.V1 {
					shown.Deployment = want.Deployment // the path does not tell
				}
				ignore := cmpopts.IgnoreUnexported(azureadv1.Error{})
				if diff := cmp.Diff(want, shown, ignore, cmp.Transformer("open", openError)); diff != "" {
					t.Errorf("%s (-want +got):\n%s", how, diff)
				}
				if len(row.hints) == 0 && got.Hint != "" {
					t.Errorf("%s: an unexpected hint: %s", how, got.Hint)
				}
				if how == "Post" {
					wantText(t, got.Hint, row.hints...)
				}
				wantText(t, got.Error(), fmt.Sprint(row.status), "request id req-1", "region West Europe")
				wantNone(t, got.Error(), "\n", "\r", "eyJ", "opaque-token")
			}
		})
	}
}

// openError hides Error's formatters from cmp, which would compare texts.
func openError(e azureadv1.Error) map[string]any {
	return map[string]any{
		"Op": e.Op, "Deployment": e.Deployment, "URL": e.URL, "StatusCode": e.StatusCode, "Code": e.Code, "Type": e.Type, "Param": e.Param,
		"Message": e.Message, "RequestID": e.RequestID, "Region": e.Region, "RetryAfter": e.RetryAfter, "Attempts": e.Attempts, "ContentFilter": e.ContentFilter,
	}
}

func TestRateHintNamesTheTime(t *testing.T) {
	w := &network{answer: always(429, `{"error":{"code":"429","message":"slow"}}`, "Retry-After", "3000")}
	e := failedChat(t, onWire(t, w, azureadv1.Config{APIKey: "k"}))
	wantText(t, e.Error(), "retry after 50m0s", "after the time named")
}

func TestTokenProviderHints(t *testing.T) {
	rows := map[string]struct{ cause, want string }{
		"the secret's id in place of its value": {"AADSTS7000215: Invalid client secret provided.", "Value, not to its Secret ID"},
		"the default chain found nothing":       {"DefaultAzureCredential: failed to acquire a token.\nAttempted credentials:\n\tEnvironmentCredential: missing", "Identity.Kind"},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			e := failedChat(t, onWire(t, &network{}, azureadv1.Config{TokenProvider: func(context.Context) (string, error) { return "", errors.New(row.cause) }}))
			wantText(t, e.Hint, row.want)
			wantText(t, e.Message, "token provider: ", strings.SplitN(row.cause, "\n", 2)[0])
		})
	}
}

func TestRequestIDComesFromTheFirstHeaderThatHasOne(t *testing.T) {
	for _, row := range [][]string{
		{"Apim-Request-Id", "a", "X-Request-Id", "b", "X-Ms-Request-Id", "c"}, {"X-Request-Id", "a", "X-Ms-Request-Id", "c"}, {"X-Ms-Request-Id", "a"},
	} {
		w := &network{answer: always(400, "", row...)}
		if e := failedChat(t, onWire(t, w, azureadv1.Config{APIKey: "k"})); e.RequestID != "a" {
			t.Errorf("%v: request id %q", row, e.RequestID)
		}
	}
}

func TestAsErrorOfWhatIsNotOurs(t *testing.T) {
	for _, err := range []error{nil, io.EOF, context.Canceled, errors.New("x"), &openai.Error{}} {
		if e := azureadv1.AsError(err); e != nil {
			t.Errorf("AsError(%v) = %+v", err, e)
		}
	}
	foreign := &openai.Error{StatusCode: 404, Response: &http.Response{
		StatusCode: 404, Header: http.Header{"X-Request-Id": {"r"}}, Body: io.NopCloser(strings.NewReader(`{"error":{"code":"DeploymentNotFound","message":"none"}}`)),
	}}
	for range 2 { // the body can be read again
		if e := azureadv1.AsError(foreign); e == nil || e.Code != "DeploymentNotFound" || e.RequestID != "r" {
			t.Errorf("an error of another client: %+v", e)
		}
	}
	own := &azureadv1.Error{Op: "chat"}
	if azureadv1.AsError(fmt.Errorf("x: %w", own)) != own {
		t.Error("an Error in the chain is not returned as it is")
	}
}

func TestEchoedSecretsAreScrubbed(t *testing.T) {
	s := standIn(t, azuretest.Options{})
	token := s.IssueToken(azuretest.Claims{})
	other := s.IssueToken(azuretest.Claims{ObjectID: "another"})
	rows := []struct {
		name string
		cfg  azureadv1.Config
		echo string
		want string
	}{
		{"the token", azureadv1.Config{Token: token}, "you sent Bearer " + token + ", why?", "you sent Bearer REDACTED, why?"},
		{"a token of somebody else", azureadv1.Config{Token: token}, "not " + other + "!", "not REDACTED!"},
		{"an opaque token", azureadv1.Config{Token: "opaque-token"}, "[opaque-token]", "[REDACTED]"},
		{"the key", azureadv1.Config{APIKey: "sekret-key"}, "api-key: sekret-key.", "api-key: REDACTED."},
		{"a configured header", azureadv1.Config{APIKey: "k", Header: http.Header{"X-Gw": {"sekret-header"}}}, "x-gw=sekret-header", "x-gw=REDACTED"},
		{"a header that begins like another", azureadv1.Config{APIKey: "k", Header: http.Header{"X-A": {"sekret"}, "X-B": {"sekret-tail"}, "X-C": {"sekr"}}}, "sekret-tail, sekret, sekr", "REDACTED, REDACTED, REDACTED"},
	}
	for _, row := range rows {
		quoted := strconv.Quote(row.echo)
		for name, body := range map[string]string{
			"in a message":        `{"error":{"code":"x","message":` + quoted + `}}`,
			"in a page":           row.echo,
			"in every field":      `{"error":{"code":` + quoted + `,"type":` + quoted + `,"param":` + quoted + `,"message":` + quoted + `}}`,
			"at an excerpt's end": strings.Repeat("x", 485-len(row.echo)%7) + " " + row.echo + strings.Repeat("y", 600),
		} {
			t.Run(row.name+" "+name, func(t *testing.T) {
				w := &network{answer: always(400, body, "X-Request-Id", row.echo, "X-Ms-Region", row.echo)}
				c := onWire(t, w, row.cfg)
				e := failedChat(t, c)
				if name == "in a message" && e.Message != row.want {
					t.Errorf("message %q, want %q", e.Message, row.want)
				}
				sdk := c.OpenAI()
				_, err := sdk.Chat.Completions.New(t.Context(), openai.ChatCompletionNewParams{Model: "chat"})
				for _, text := range []string{e.Error(), asError(t, err).Error(), fmt.Sprintf("%#v", e)} {
					wantNone(t, text, token[:30], other[:30], "eyJ", "opaque-token", "sekret", "-tail")
				}
			})
		}
	}
}

func TestHintIsFoundThoughItsWordsAreScrubbed(t *testing.T) {
	w := &network{answer: always(400, `{"error":{"code":"BadRequest","message":"API in preview mode, please use api-version=preview"}}`)}
	e := failedChat(t, onWire(t, w, azureadv1.Config{APIKey: "k", Header: http.Header{"Aoai-Evals": {"preview"}}}))
	wantText(t, e.Hint, "set PreviewQuery")
}

func TestExcerptIsBounded(t *testing.T) {
	for name, body := range map[string]string{
		"of ASCII": strings.Repeat("x", 10_000), "of wide letters": strings.Repeat("ü", 10_000), "of wider ones": strings.Repeat("漢", 10_000), "of spaces": strings.Repeat(" \n", 10_000),
	} {
		t.Run(name, func(t *testing.T) {
			w := &network{answer: always(400, body)}
			e := failedChat(t, onWire(t, w, azureadv1.Config{APIKey: "k"}))
			if len(e.Message) > 503 || !utf8.ValidString(e.Message) {
				t.Errorf("%d bytes: %q", len(e.Message), e.Message)
			}
		})
	}
	w := &network{answer: always(400, `{"error":{"code":"`+strings.Repeat("c", 5000)+`","message":"`+strings.Repeat("m", 50_000)+`"}}`)}
	if e := failedChat(t, onWire(t, w, azureadv1.Config{APIKey: "k"})); len(e.Error()) > 5000 {
		t.Errorf("an error of %d bytes", len(e.Error()))
	}
}

func TestTruncatedStreamIsAnUnexpectedEOF(t *testing.T) {
	if !errors.Is(azureadv1.ErrStreamTruncated, io.ErrUnexpectedEOF) {
		t.Error("ErrStreamTruncated is not io.ErrUnexpectedEOF")
	}
	if !errors.Is(fmt.Errorf("x: %w", azureadv1.ErrStreamTruncated), azureadv1.ErrStreamTruncated) {
		t.Error("ErrStreamTruncated is not itself")
	}
}

func FuzzErrorBody(f *testing.F) {
	for _, row := range failures {
		f.Add(row.status, []byte(row.body), "60", "Bearer error=\"insufficient_claims\", claims=\"e30=\"")
	}
	f.Add(401, []byte(`{"error":{"code":"x\ny","message":"a\u2028b\u0000c"}}`), "-1", "Bearer")
	f.Add(429, []byte(`{"error":{"message":{"a":[]}}}`), "1e999", "")
	f.Add(401, []byte(`{"error":{"message":"sekret-token and sekret-other"}}`), "1", "c2VrcmV0LW90aGVy")
	f.Add(400, []byte(`{"error":{"code":"content_filter","innererror":{"content_filter_result":{"c2VrcmV0LXRva2Vu":{"filtered":true,"severity":"sekret-token"}}}}}`), "", "x")
	f.Add(502, []byte("<p>73656b7265742d746f6b656e c2VrcmV0LXRva2Vu sekret%2Dtoken</p>"), "", "sekret-token")
	f.Add(456, []byte(`{"error":{"message":"sekret-token and sekret-other"}}`), "1", "c2VrcmV0LW90aGVy")
	f.Add(599, []byte("\xff\xfe"), "Mon, 02 Jan 2006 15:04:05 GMT", "\x01")
	f.Fuzz(func(t *testing.T, status int, body []byte, wait, challenge string) {
		if status < 400 || status > 599 || len(body) > 1<<16 {
			t.Skip("not the status or the size of an error that can be answered here")
		}
		w := &network{answer: always(status, string(body), "Retry-After", wait, "WWW-Authenticate", challenge, "X-Request-Id", challenge)}
		p := tokens("sekret-token", "sekret-other")
		c := onWire(t, w, azureadv1.Config{TokenProvider: p.ask, MaxRetries: -1})
		e := failedChat(t, c)
		text := e.Error()
		if len(text) > 8<<10 || strings.ContainsAny(text, "\r\n\x00") || !utf8.ValidString(text) {
			t.Errorf("an error of %d bytes: %q", len(text), text)
		}
		if e.StatusCode != status || e.RetryAfter < 0 || len(w.sent()) > 2 {
			t.Errorf("status %d, wait %s, %d requests", e.StatusCode, e.RetryAfter, len(w.sent()))
		}
		shown, err := json.Marshal(e)
		if err != nil {
			t.Errorf("json: %v", err)
		}
		for _, token := range bearers(w) { // those that were refused before, too
			wantNone(t, text+string(shown), token, hex.EncodeToString([]byte(token)), base64.RawStdEncoding.EncodeToString([]byte(token)))
		}
		sdk := c.OpenAI()
		if _, err := sdk.Chat.Completions.New(t.Context(), openai.ChatCompletionNewParams{Model: "chat"}); err == nil {
			t.Error("no error through OpenAI()")
		}
	})
}

func TestGatewaysKeyInTheQueryIsScrubbed(t *testing.T) {
	const endpoint = "https://apim.example.com/team?subscription-key=SECRET%2FQUERY%2FKEY"
	echoes := map[string]func(r *http.Request) canned{
		"a refusal": func(r *http.Request) canned {
			return reply(403, `{"error":{"message":"bad key in `+r.URL.String()+`"}}`)
		},
		"a refusal that quotes the value": func(r *http.Request) canned {
			return reply(403, `{"error":{"message":"bad key `+r.URL.Query().Get("subscription-key")+`"}}`)
		},
		"a content type": func(r *http.Request) canned {
			return reply(200, "", "Content-Type", "text/x; q="+r.URL.Query().Get("subscription-key"))
		},
		"a redirect": func(r *http.Request) canned {
			return reply(302, "", "Location", "https://"+strings.ReplaceAll(r.URL.Query().Get("subscription-key"), "/", ".")+r.URL.String())
		},
	}
	for name, echo := range echoes {
		t.Run(name, func(t *testing.T) {
			w := &network{answer: func(_ int, r *http.Request) (canned, error) { return echo(r), nil }}
			c := onWire(t, w, azureadv1.Config{Endpoint: endpoint, APIKey: "k"})
			sdk := c.OpenAI()
			_, err := sdk.Chat.Completions.New(t.Context(), openai.ChatCompletionNewParams{Model: "chat"})
			for how, e := range map[string]*azureadv1.Error{"Post": failedChat(t, c), "OpenAI()": asError(t, err)} {
				t.Log(how, e)
				wantNone(t, e.Error()+e.Message, "SECRET/QUERY", "SECRET%2FQUERY")
			}
		})
	}
	t.Run("a connection that fails", func(t *testing.T) {
		w := &network{answer: func(_ int, r *http.Request) (canned, error) {
			return canned{}, errors.New("no route for " + r.URL.String())
		}}
		wantNone(t, failedChat(t, onWire(t, w, azureadv1.Config{Endpoint: endpoint, APIKey: "k", MaxRetries: -1})).Error(), "SECRET")
	})
}

func TestAsErrorReadsEveryFailureOfOpenAI(t *testing.T) {
	t.Run("a refused connection", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			down := errors.New("connection refused")
			w := &network{answer: func(int, *http.Request) (canned, error) { return canned{}, down }}
			sdk := onWire(t, w, azureadv1.Config{Endpoint: "https://apim.example.com/?sig=sekret", APIKey: "k"}).OpenAI()
			_, err := sdk.Chat.Completions.New(t.Context(), openai.ChatCompletionNewParams{Model: "chat"})
			e := asError(t, err)
			if e.Code != azureadv1.CodeUnreachable || e.Op != "chat" || e.Attempts != 3 || len(w.sent()) != 3 || !errors.Is(e, down) || !errors.Is(err, down) {
				t.Errorf("%#v after %d requests", e, len(w.sent()))
			}
			if _, ok := errors.AsType[*url.Error](err); !ok {
				t.Errorf("net/http's error is not in the chain of %v", err)
			}
			wantText(t, e.Error(), "Nothing listens there")
			wantNone(t, err.Error()+e.Error(), "sekret")
		})
	})
	for body, message := range map[string]string{
		`{"error":"a string"}`: "a string", `{"error":5}`: "5", `{"error":["x"]}`: "x", `{"error":true}`: "true", `{"error":null}`: "null",
		`{"error":{`: "error", `{"error":"cut`: "cut", `<html>a page</html>`: "a page", ``: "no body", `[{"error":{}}]`: "error",
	} {
		t.Run("a body "+body, func(t *testing.T) {
			c := onWire(t, &network{answer: always(400, body, "X-Request-Id", "r1")}, azureadv1.Config{APIKey: "k"})
			sdk := c.OpenAI()
			_, err := sdk.Chat.Completions.New(t.Context(), openai.ChatCompletionNewParams{Model: "chat"})
			if _, ok := errors.AsType[*openai.Error](err); !ok {
				t.Errorf("%T is not openai-go's", err)
			}
			e := asError(t, err)
			if e.StatusCode != 400 || e.RequestID != "r1" || e.Message != failedChat(t, c).Message {
				t.Errorf("%#v", e)
			}
			wantText(t, e.Message, message)
		})
	}
}
