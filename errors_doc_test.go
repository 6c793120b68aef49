package provider_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/google/go-cmp/cmp"

	"github.com/seed-a739af98/langchaingo-azure/azureadv1"
	"github.com/seed-a739af98/langchaingo-azure/azureadv1/azuretest"
)

// provoked is how to meet each heading of docs/errors.md.
var provoked = map[string]func(t *testing.T) error{
	"role":                answered(azuretest.PermissionDenied()),
	"token":               answered(azuretest.Unauthorized(), azuretest.Unauthorized()),
	"key":                 answered(azuretest.WrongKey(), azuretest.WrongKey()),
	"gateway-key":         refusedWith(401, "401", "Access denied due to missing subscription key. Make sure to include subscription key when making requests to an API."),
	"tenant":              refusedWith(400, "Tenant provided in token does not match resource token", "Token tenant 1 does not match resource tenant."),
	"keys-disabled":       answered(azuretest.KeysDisabled()),
	"network":             answered(azuretest.NetworkDenied()),
	"blocked":             refusedWith(403, "403", "Your resource has been temporarily blocked because we detected behavior that may violate our content policy."),
	"deployment":          answered(azuretest.DeploymentNotFound()),
	"not-found":           refusedWith(404, "404", "Resource not found"),
	"regional-endpoint":   refusedWith(400, "BadRequest", "Please provide a custom subdomain for token authentication, otherwise API key is required."),
	"api-version":         refusedWith(400, "BadRequest", "API version not supported"),
	"api-version-on-v1":   refusedWith(400, "BadRequest", "api-version query parameter is not allowed when using /v1 path"),
	"preview-query":       refusedWith(400, "BadRequest", "API in preview mode, please use api-version=preview"),
	"name-resolution":     unreachable(&net.DNSError{Err: "no such host", Name: "my-resource.openai.azure.com", IsNotFound: true}),
	"certificate":         untrusted,
	"refused-connection":  nobodyThere,
	"timeout":             nobodyAnswers,
	"somebody-else":       answered(azuretest.Raw(200, http.Header{"Content-Type": {"text/html"}}, "<h1>Sign in</h1>")),
	"unknown-field":       refusedWith(400, "", "Unrecognized request argument supplied: response_format"),
	"parameter":           refusedWith(400, "unsupported_parameter", "Unsupported parameter: 'max_tokens' is not supported with this model."),
	"responses-only":      refusedWith(400, "OperationNotSupported", "The chatCompletion operation does not work with the specified model, gpt-5-codex."),
	"chat-only":           refusedWith(400, "OperationNotSupported", "The responses operation does not work with the specified model, gpt-35-turbo."),
	"no-embeddings":       refusedWith(400, "OperationNotSupported", "The embeddings operation does not work with the specified model, gpt-4o."),
	"encrypted-reasoning": refusedWith(400, "", "Encrypted content is not supported with this model."),
	"foreign-reasoning":   refusedWith(400, "invalid_encrypted_content", "The encrypted content for item rs_1 could not be verified. Reason: Encrypted content could not be decrypted or parsed."),
	"stored-response":     refusedWith(404, "previous_response_not_found", "Previous response with id 'resp_1' not found."),
	"content-filter":      answered(azuretest.ContentFiltered("violence")),
	"context-length":      answered(azuretest.ContextLengthExceeded()),
	"rate-limit":          answered(azuretest.RateLimited(azuretest.RetryAfter(3600))),

	"no-credential":        noToken("DefaultAzureCredential: failed to acquire a token.\nAttempted credentials:\n\tEnvironmentCredential: missing environment variable"),
	"client-secret":        noToken("AADSTS7000215: Invalid client secret provided."),
	"client-certificate":   noToken("AADSTS700027: The certificate with identifier used to sign the client assertion is not registered."),
	"unknown-app":          noToken("AADSTS700016: Application with identifier '1' was not found in the directory."),
	"unknown-tenant":       noToken("AADSTS90002: Tenant '1' not found."),
	"federated-credential": noToken("AADSTS70021: No matching federated identity record found for presented assertion."),
	"assertion-time":       noToken("AADSTS700024: Client assertion is not within its valid time range."),
	"multifactor":          noToken("AADSTS50076: You must use multi-factor authentication."),
}

func fails(t *testing.T, cfg azureadv1.Config) error {
	t.Helper()
	cfg.MaxRetries = -1
	c, err := azureadv1.NewClient(cfg)
	must(t, err)
	res, err := c.Post(t.Context(), azureadv1.OpChat, "", []byte(`{"model":"chat","messages":[{"role":"user","content":"hello"}]}`))
	if err == nil {
		_ = res.Body.Close()
		t.Fatal("no error")
	}
	return err
}

func answered(replies ...azuretest.Reply) func(*testing.T) error {
	return func(t *testing.T) error {
		t.Helper()
		s := inMemory(t, azuretest.Options{})
		s.Enqueue(replies...)
		cfg := config(t, s, "")
		cfg.Credential = s.Credential()
		return fails(t, cfg)
	}
}

// refusedWith plays wordings that were reported from the field.
func refusedWith(status int, code, message string) func(*testing.T) error {
	again := azuretest.Raw(status, nil, fmt.Sprintf(`{"error":{"code":%q,"message":%q,"param":"max_tokens"}}`, code, message))
	return answered(again, again) // a 401 is asked twice
}

func unreachable(cause error) func(*testing.T) error {
	return func(t *testing.T) error {
		t.Helper()
		return fails(t, azureadv1.Config{
			Endpoint: "https://my-resource.openai.azure.com", Deployment: "chat", APIKey: "key",
			HTTPClient: &http.Client{Transport: roundTrip(func(*http.Request) (*http.Response, error) { return nil, cause })},
		})
	}
}

func untrusted(t *testing.T) error {
	t.Helper()
	s, err := azuretest.Start(azuretest.Options{})
	must(t, err)
	t.Cleanup(func() { must(t, s.Close()) })
	return fails(t, azureadv1.Config{Endpoint: s.Endpoint(), Deployment: "chat", APIKey: "key"})
}

func nobodyThere(t *testing.T) error {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	must(t, err)
	must(t, l.Close())
	return fails(t, azureadv1.Config{Endpoint: "http://" + l.Addr().String(), Deployment: "chat", APIKey: "key"})
}

// nobodyAnswers takes connections and says nothing, so that the TLS handshake runs out.
func nobodyAnswers(t *testing.T) error {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	must(t, err)
	t.Cleanup(func() { _ = l.Close() })
	return fails(t, azureadv1.Config{
		Endpoint: "https://" + l.Addr().String(), Deployment: "chat", APIKey: "key", ConnectTimeout: 50 * time.Millisecond, MaxRetries: -1,
	})
}

func noToken(text string) func(*testing.T) error {
	return func(t *testing.T) error {
		t.Helper()
		s := inMemory(t, azuretest.Options{})
		cfg := config(t, s, "")
		cfg.Credential = credentialFunc(func(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
			return azcore.AccessToken{}, errors.New(text)
		})
		return fails(t, cfg)
	}
}

// Each hint links to a heading, each heading can be met, and quotes what the error says.
func TestErrorsLinkToTheirPage(t *testing.T) {
	page := readFile(t, "docs/errors.md")
	headings := regexp.MustCompile("(?m)^### (\\S+)\n\n```$").FindAllStringSubmatch(page, -1)
	if n := strings.Count(page, "\n### "); n != len(headings) {
		t.Errorf("%d headings, %d of them with a quotation", n, len(headings))
	}
	var anchors, known []string
	for _, h := range headings {
		anchors = append(anchors, h[1])
	}
	for anchor := range provoked {
		known = append(known, anchor)
	}
	slices.Sort(anchors)
	slices.Sort(known)
	if diff := cmp.Diff(known, anchors); diff != "" {
		t.Fatalf("headings of docs/errors.md (-provoked +documented):\n%s", diff)
	}
	quoted := blocks(t, "docs/errors.md", "")
	if len(quoted) != len(headings) {
		t.Fatalf("%d blocks are quotations, under %d headings", len(quoted), len(headings))
	}
	for i, h := range headings {
		t.Run(h[1], func(t *testing.T) {
			err := provoked[h[1]](t)
			e := azureadv1.AsError(err)
			if e == nil || !strings.HasSuffix(e.HelpURL, "/docs/errors.md#"+h[1]) {
				t.Fatalf("HelpURL is %q of %v", e.HelpURL, err)
			}
			if said := err.Error(); !strings.HasSuffix(said, e.Hint+" See "+e.HelpURL) || !quotes(said, quoted[i].claim()) {
				t.Errorf("the page quotes\n  %s\nthe error says\n  %s", quoted[i].Text, said)
			}
		})
	}
}

// quotes tells whether the parts of a quotation, which ... divides, follow one another in the text.
func quotes(text, quotation string) bool {
	rest := text
	for part := range strings.SplitSeq(quotation, "...") {
		_, after, ok := strings.Cut(rest, strings.TrimSpace(part))
		if !ok {
			return false
		}
		rest = after
	}
	return true
}

// No hint of the library may lead to a page that does not exist: the anchors in the source are those of the page.
func TestEveryAnchorInTheSourceIsProvoked(t *testing.T) {
	var anchors []string
	for _, file := range []string{"azureadv1/hints.go", "azureadv1/identity_hint.go", "azureadv1/failure.go"} {
		source := readFile(t, file)
		for _, pattern := range []string{`\{\d+, "[^"]*", "[^"]*", "([a-z0-9-]+)", `, `[.?"], "([a-z0-9-]+)"\}`, `adviceOn?\{[^\n]*\), "([a-z0-9-]+)"\}`, `advice\{[^\n]*, "([a-z0-9-]+)"\}`} {
			for _, m := range regexp.MustCompile(pattern).FindAllStringSubmatch(source, -1) {
				anchors = append(anchors, m[1])
			}
		}
	}
	slices.Sort(anchors)
	anchors = slices.Compact(anchors)
	var known []string
	for anchor := range provoked {
		known = append(known, anchor)
	}
	slices.Sort(known)
	if diff := cmp.Diff(known, anchors); diff != "" {
		t.Errorf("anchors (-provoked +in the source):\n%s", diff)
	}
}
