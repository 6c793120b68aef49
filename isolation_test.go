package provider_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
	"github.com/openai/openai-go/v3/responses"

	"github.com/seed-a739af98/langchaingo-azure/azureadv1"
	"github.com/seed-a739af98/langchaingo-azure/azureadv1/azuretest"
)

// openAIVariables are what OpenAI's own libraries take from the environment.
var openAIVariables = map[string]string{
	"OPENAI_API_KEY": "hush-openai-key", "OPENAI_ADMIN_KEY": "hush-admin-key",
	"OPENAI_ORG_ID": "hush-org", "OPENAI_ORGANIZATION": "hush-organization", "OPENAI_PROJECT_ID": "hush-project",
	"OPENAI_CUSTOM_HEADERS": "X-Leak: hush-custom\nAuthorization: Bearer hush-custom-key", "OPENAI_WEBHOOK_SECRET": "hush-webhook",
	"OPENAI_MODEL": "hush-model", "OPENAI_EMBEDDING_MODEL": "hush-embedding-model",
}

func TestNothingOfOpenAIsEnvironmentReachesAzure(t *testing.T) {
	var astray atomic.Int32
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { astray.Add(1) }))
	defer other.Close()
	for _, cred := range []struct {
		name string
		set  func(*azureadv1.Config, *azuretest.Server)
	}{
		{"a key", func(c *azureadv1.Config, _ *azuretest.Server) { c.APIKey = apiKey }},
		{"a credential", func(c *azureadv1.Config, s *azuretest.Server) { c.Credential = s.Credential() }},
	} {
		t.Run("with "+cred.name, func(t *testing.T) {
			before := onTheWire(t, cred.set)
			for name, value := range openAIVariables {
				t.Setenv(name, value)
			}
			t.Setenv("OPENAI_BASE_URL", other.URL)
			t.Setenv("OPENAI_API_BASE", other.URL)
			after := onTheWire(t, cred.set)
			if diff := cmp.Diff(before, after); diff != "" {
				t.Errorf("the environment changed the requests (-before +after):\n%s", diff)
			}
			for _, sent := range after {
				for name, value := range openAIVariables {
					for part := range strings.FieldsSeq(value) {
						if strings.HasPrefix(part, secretMark) && strings.Contains(sent, part) {
							t.Errorf("%s is in a request: %.200s", name, sent)
						}
					}
				}
			}
		})
	}
	if n := astray.Load(); n != 0 {
		t.Errorf("%d requests went to OPENAI_BASE_URL", n)
	}
}

// onTheWire is what every way of calling sends, on both surfaces, without what differs from call to call.
func onTheWire(t *testing.T, set func(*azureadv1.Config, *azuretest.Server)) []string {
	t.Helper()
	var all []string
	for _, r := range everyRoute() {
		if r.foreign {
			continue // it reads the environment for itself, and OPENAI_MODEL is its own; see below
		}
		inBubble(t, func(t *testing.T) {
			s := inMemory(t, azuretest.Options{})
			cfg := config(t, s, r.api())
			set(&cfg, s)
			r.succeed(t, newCaller(t, cfg))
			sent := only(t, s)
			header := sent.Header.Clone()
			if strings.HasPrefix(header.Get("Authorization"), "Bearer "+tokenMark) {
				header.Set("Authorization", "Bearer, a token of the identity provider's")
			}
			all = append(all, fmt.Sprintf("%s %s%s?%s %v %s", sent.Method, sent.Host, sent.Path, sent.Query, header, sent.Body))
		})
	}
	return all
}

// TestWhatAnotherLibraryReadStaysHere is for langchaingo's llms/openai on Client.Do: it reads OPENAI_* itself, and puts
// it in its requests.
func TestWhatAnotherLibraryReadStaysHere(t *testing.T) {
	for name, value := range openAIVariables {
		t.Setenv(name, value)
	}
	onBothSurfaces(t, func(t *testing.T, sf surface) {
		s := inMemory(t, azuretest.Options{})
		cfg := config(t, s, sf.version)
		cfg.Credential = s.Credential()
		route{sf, ways[7]}.succeed(t, newCaller(t, cfg))
		sent := only(t, s)
		checkCredential(t, sent, azuretest.CredentialToken)
		header := sent.Header.Clone()
		header.Del("Authorization") // checked above; it holds the identity's own token
		checkText(t, "the request's header", fmt.Sprint(header))
		checkText(t, "the request's URL", sent.Path+"?"+sent.Query)
	})
}

func TestARequestForAnotherOriginIsRefused(t *testing.T) {
	onBothSurfaces(t, func(t *testing.T, sf surface) {
		for _, base := range []string{"https://evil.example/openai/v1/", "http://azuretest.openai.azure.com/openai/v1/", "https://api.openai.com/v1/"} {
			s := inMemory(t, azuretest.Options{})
			others := &elsewhere{server: s}
			cfg := config(t, s, sf.responses)
			cfg.Credential, cfg.HTTPClient = s.Credential(), &http.Client{Transport: others}
			sdk := newCaller(t, cfg).client.OpenAI()
			_, err := sdk.Responses.New(t.Context(), responses.ResponseNewParams{
				Model: chatDeployment, Input: responses.ResponseNewParamsInputUnion{OfString: openai.String(prompt)},
			}, option.WithBaseURL(base))
			if err == nil || len(others.seen) != 0 || s.Stats().Calls != 0 || s.Stats().TokenRequests != 0 {
				t.Errorf("%s: error %v, %d requests at home, elsewhere %q", base, err, s.Stats().Calls, others.seen)
			}
			checkSecrets(t, err)
		}
	})
}

// TestRedirectsOverSockets repeats behaviour 21 with real connections, where net/http itself would follow.
func TestRedirectsOverSockets(t *testing.T) {
	var astray atomic.Int32
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { astray.Add(1) }))
	defer other.Close()
	for _, r := range everyRoute() {
		t.Run(r.String(), func(t *testing.T) {
			s := start(t, azuretest.Options{})
			for _, location := range []string{other.URL + "/openai/v1/chat/completions", s.Endpoint() + "/elsewhere", "/elsewhere"} {
				for _, withKey := range []bool{true, false} {
					s.Reset()
					s.Enqueue(azuretest.Redirect(http.StatusTemporaryRedirect, location))
					cfg := config(t, s, r.api())
					if withKey {
						cfg.APIKey = apiKey
					} else {
						cfg.TokenProvider = (&issuer{server: s}).token
					}
					_, err := r.call(t.Context(), newCaller(t, cfg))
					if err == nil || s.Stats().Calls != 1 {
						t.Errorf("to %s: error %v after %d requests, want one and an error", location, err, s.Stats().Calls)
						continue
					}
					checkText(t, "the error", err.Error())
				}
			}
		})
	}
	if n := astray.Load(); n != 0 {
		t.Errorf("%d requests followed a redirect to another host", n)
	}
}

func TestPlainHTTPIsForLoopback(t *testing.T) {
	rows := []struct {
		endpoint string
		refused  bool
	}{
		{"http://r.openai.azure.com", true},
		{"http://192.0.2.1:8080", true},
		{"http://10.0.0.7/openai/v1", true},
		{"http://localhost.example.com", true},
		{"http://127.0.0.1.example.com", true},
		{"http://0.0.0.0:8080", true},
		{"ftp://r.openai.azure.com", true},
		{"http://127.0.0.1:8080", false},
		{"http://[::1]:8080", false},
		{"http://localhost:8080", false},
		{"https://r.openai.azure.com", false},
	}
	for _, row := range rows {
		t.Run(row.endpoint, func(t *testing.T) {
			_, err := azureadv1.NewClient(azureadv1.Config{Endpoint: row.endpoint, APIKey: apiKey})
			if (err != nil) != row.refused {
				t.Fatalf("error = %v, want one: %t", err, row.refused)
			}
			if err != nil {
				checkSecrets(t, err)
				checkContains(t, err.Error(), "Endpoint", row.endpoint, "https")
			}
		})
	}
	t.Run("a call over http on loopback works", func(t *testing.T) {
		var key string
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			key = r.Header.Get("Api-Key")
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write([]byte(`{"choices":[{"index":0,"message":{"role":"assistant","content":"hello"},"finish_reason":"stop"}]}`))
		}))
		defer server.Close()
		generateOK(t, newCaller(t, azureadv1.Config{
			Endpoint: server.URL, Deployment: chatDeployment, APIKey: apiKey, HTTPClient: server.Client(),
		}))
		if key != apiKey {
			t.Error("the key did not arrive")
		}
	})
}
