package provider_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
	"github.com/openai/openai-go/v3/responses"
	"github.com/tmc/langchaingo/llms"

	"github.com/seed-a739af98/langchaingo-azure/azureadv1"
	"github.com/seed-a739af98/langchaingo-azure/azureadv1/azuretest"
)

func TestBehaviour14_TheProviderIsAskedForEveryAttempt(t *testing.T) {
	rows := []struct {
		name     string
		faults   []azuretest.Reply
		statuses []int
	}{
		{"after a 401", []azuretest.Reply{azuretest.Unauthorized()}, []int{401, 200}},
		{"after a 429 that says when", []azuretest.Reply{azuretest.RateLimited(azuretest.RetryAfterMs(800))}, []int{429, 200}},
		{"after a 429 that does not", []azuretest.Reply{azuretest.RateLimited()}, []int{429, 200}},
		{"after a 500", []azuretest.Reply{azuretest.ServerError()}, []int{500, 200}},
		{"after a lost connection", []azuretest.Reply{azuretest.Disconnect()}, []int{0, 200}},
		{"after a 500 and a 401", []azuretest.Reply{azuretest.ServerError(), azuretest.Unauthorized()}, []int{500, 401, 200}},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			inEveryWay(t, func(t *testing.T, r route) {
				s := inMemory(t, azuretest.Options{})
				s.Enqueue(row.faults...)
				key := &issuer{server: s}
				cfg := config(t, s, r.api())
				cfg.TokenProvider = key.token
				r.succeed(t, newCaller(t, cfg))
				if diff := cmp.Diff(row.statuses, statuses(s)); diff != "" {
					t.Errorf("statuses (-want +got):\n%s", diff)
				}
				if diff := cmp.Diff(key.issued, fingerprints(s)); diff != "" {
					t.Errorf("tokens issued and sent (-issued +sent):\n%s", diff)
				}
				for _, sent := range s.Requests() {
					checkCredential(t, sent, azuretest.CredentialToken)
				}
			})
		})
	}
}

func TestBehaviour15_BothSurfacesHaveOnePrecedence(t *testing.T) {
	for set := 1; set < 1<<len(contenders); set++ {
		var names []string
		for i, who := range contenders {
			if set&(1<<i) != 0 {
				names = append(names, who.name)
			}
		}
		t.Run(strings.Join(names, " and "), func(t *testing.T) {
			onBothSurfaces(t, func(t *testing.T, sf surface) {
				c := newContest(t, sf.version, set)
				generateOK(t, newCaller(t, c.cfg))
				if won := c.winner(t); won != names[0] {
					t.Errorf("%q won, want %s", won, names[0])
				}
				x := c.cfg.Explain()
				checkSecrets(t, x)
				if len(x.Ignored) != len(names)-1 || (x.Credential != names[0] && x.CredentialFrom != names[0]) {
					t.Errorf("Explain says %q from %q, ignoring %q; want %s", x.Credential, x.CredentialFrom, x.Ignored, names[0])
				}
			})
		})
	}
	t.Run("nothing", func(t *testing.T) {
		for _, sf := range surfaces {
			x := azureadv1.Config{Endpoint: "https://r.openai.azure.com", APIVersion: sf.version}.Explain()
			checkContains(t, x.String(), "DefaultAzureCredential", "no credential is set")
		}
	})
}

// vaultError is a failure of the kind a caller's own provider has.
type vaultError struct{ secretName string }

func (e *vaultError) Error() string { return "vault: no access to " + e.secretName }

var errVault = &vaultError{"azure"}

func TestBehaviour16_AProviderThatFailsStopsTheCall(t *testing.T) {
	rows := []struct {
		name  string
		token string
		err   func(*azuretest.Server) error
		is    error
		says  string
	}{
		{"with an error of its own type", "", func(*azuretest.Server) error { return fmt.Errorf("asking: %w", errVault) }, errVault, "vault: no access to azure"},
		{"with io.EOF", "", func(*azuretest.Server) error { return io.ErrUnexpectedEOF }, io.ErrUnexpectedEOF, "unexpected EOF"},
		{"with a deadline", "", func(*azuretest.Server) error { return fmt.Errorf("vault: %w", context.DeadlineExceeded) }, context.DeadlineExceeded, "deadline"},
		{"with a cancellation", "", func(*azuretest.Server) error { return fmt.Errorf("vault: %w", context.Canceled) }, context.Canceled, "canceled"},
		{"with an error that quotes a token", "", func(s *azuretest.Server) error {
			return errors.New("the vault answered " + s.IssueToken(azuretest.Claims{}))
		}, nil, "the vault answered"},
		{"with an empty token", "", nil, nil, "empty"},
		{"with a blank token", " \n", nil, nil, "empty"},
		{"with Bearer in front of its token", "Bearer hush", nil, nil, "Bearer"},
		{"with a line break in its token", "hush\nhush", nil, nil, "line break"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			inEveryWayOfOurs(t, func(t *testing.T, r route) {
				s := inMemory(t, azuretest.Options{})
				var asked atomic.Int32
				cfg := config(t, s, r.api())
				cfg.TokenProvider = func(context.Context) (string, error) {
					asked.Add(1)
					if row.err != nil {
						return "", row.err(s)
					}
					return row.token, nil
				}
				began := time.Now()
				_, err := r.call(t.Context(), newCaller(t, cfg))
				e := r.providerFailure(t, err)
				checkContains(t, e.Error(), "token provider: ", row.says)
				if n := s.Stats().Calls; n != 0 || asked.Load() != 1 || time.Since(began) != 0 {
					t.Errorf("%d requests, %d calls of the provider in %v; want none, 1, at once", n, asked.Load(), time.Since(began))
				}
				var vault *vaultError
				if row.is != nil && !errors.Is(err, row.is) {
					t.Errorf("%v is not %v", err, row.is)
				}
				if errors.Is(row.is, errVault) && !errors.As(err, &vault) {
					t.Errorf("no *vaultError in the chain of %v", err)
				}
			})
		})
	}
}

// providerFailure is failure but for the chain, where the provider's own error may quote a token: our texts must not.
func (r route) providerFailure(t *testing.T, err error) *azureadv1.Error {
	t.Helper()
	e := azureadv1.AsError(err)
	if e == nil {
		t.Fatalf("%s: no *azureadv1.Error in the chain", r)
	}
	checkText(t, "the error's text", err.Error()+fmt.Sprintf("%v %+v %#v", e, e, e))
	return e
}

func TestBehaviour17_AClientOutlivesItsTokens(t *testing.T) {
	inEveryWay(t, func(t *testing.T, r route) {
		s := inMemory(t, azuretest.Options{TokenLifetime: time.Second})
		cfg := config(t, s, r.api())
		cfg.Credential = s.Credential()
		c := newCaller(t, cfg)
		for range 4 {
			r.succeed(t, c)
			time.Sleep(3 * time.Second)
		}
		if diff := cmp.Diff([]int{200, 200, 200, 200}, statuses(s)); diff != "" {
			t.Errorf("statuses (-want +got):\n%s", diff)
		}
		for _, sent := range s.Requests() {
			if !sent.Time.Before(sent.TokenExpiry) {
				t.Errorf("%s carries a token that expired at %v", sent, sent.TokenExpiry)
			}
		}
		if n := s.Stats().TokenRequests; n != 4 {
			t.Errorf("%d token requests, want 4", n)
		}
	})
}

// azureVariables are all that FromEnv and azidentity read.
var azureVariables = []string{
	"AZURE_OPENAI_ENDPOINT", "AZURE_API_BASE", "AZURE_OPENAI_API_VERSION", "OPENAI_API_VERSION", "AZURE_API_VERSION",
	"AZURE_OPENAI_DEPLOYMENT", "AZURE_OPENAI_DEPLOYMENT_NAME", "AZURE_OPENAI_API_KEY", "AZURE_API_KEY",
	"AZURE_OPENAI_AD_TOKEN", "AZURE_AD_TOKEN", "AZURE_SCOPE", "AZURE_CREDENTIAL",
	"AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET",
}

func TestBehaviour18_AVersionFromTheEnvironmentTakesPart(t *testing.T) {
	rows := []struct {
		variable, value string
		surface, sent   string
	}{
		{"AZURE_OPENAI_API_VERSION", "v1", "v1", ""},
		{"AZURE_OPENAI_API_VERSION", " Latest ", "v1", ""},
		{"OPENAI_API_VERSION", "PREVIEW", "v1", ""},
		{"AZURE_API_VERSION", "2024-10-21", "classic", "2024-10-21"},
		{"AZURE_OPENAI_API_VERSION", " 2025-03-01-PREVIEW\t", "classic", "2025-03-01-preview"},
		{"OPENAI_API_VERSION", "2024-06-01", "classic", "2024-06-01"},
		{"AZURE_API_VERSION", "", "v1", ""},
	}
	for _, row := range rows {
		t.Run(fmt.Sprintf("%s=%q", row.variable, row.value), func(t *testing.T) {
			for _, name := range azureVariables {
				t.Setenv(name, "")
			}
			t.Setenv(row.variable, row.value)
			t.Setenv("AZURE_OPENAI_ENDPOINT", "https://"+azuretest.DefaultHost)
			t.Setenv("AZURE_OPENAI_DEPLOYMENT", chatDeployment)
			t.Setenv("AZURE_OPENAI_API_KEY", apiKey)
			inBubble(t, func(t *testing.T) {
				s := inMemory(t, azuretest.Options{})
				cfg, err := azureadv1.FromEnv()
				must(t, err)
				cfg.HTTPClient = s.HTTPClient()
				c := newCaller(t, cfg)
				for _, w := range ways {
					if w.operation != azuretest.OpResponses {
						route{surface{name: row.surface}, w}.succeed(t, c)
					}
				}
				for _, r := range s.Requests() {
					if r.Surface != row.surface || r.APIVersion != row.sent {
						t.Errorf("%s: surface %s, version %q; want %s, %q", r, r.Surface, r.APIVersion, row.surface, row.sent)
					}
				}
			})
		})
	}
}

func TestBehaviour19_EverySpellingOfAnEndpointIsOneURL(t *testing.T) {
	rows := []struct {
		name     string
		host     string // of the stand-in; "" = r.openai.azure.com
		prefix   string // of the stand-in's gateway
		version  string
		endpoint string
		path     string // of chat
		query    string
	}{
		{"the root", "", "", "v1", "https://r.openai.azure.com", "/openai/v1/chat/completions", ""},
		{"a host alone", "", "", "v1", "r.openai.azure.com", "/openai/v1/chat/completions", ""},
		{"a slash at the end", "", "", "v1", "https://r.openai.azure.com/", "/openai/v1/chat/completions", ""},
		{"several slashes at the end", "", "", "v1", "https://r.openai.azure.com//", "/openai/v1/chat/completions", ""},
		{"a host in upper case", "", "", "v1", "HTTPS://R.OpenAI.Azure.COM", "/openai/v1/chat/completions", ""},
		{"spaces around it", "", "", "v1", " https://r.openai.azure.com\n", "/openai/v1/chat/completions", ""},
		{"the port of https", "", "", "v1", "https://r.openai.azure.com:443", "/openai/v1/chat/completions", ""},
		{"/openai", "", "", "v1", "https://r.openai.azure.com/openai", "/openai/v1/chat/completions", ""},
		{"/openai/v1", "", "", "v1", "https://r.openai.azure.com/openai/v1", "/openai/v1/chat/completions", ""},
		{"/openai/v1/", "", "", "v1", "https://r.openai.azure.com/openai/v1/", "/openai/v1/chat/completions", ""},
		{"/openai/v1 decides without a version", "", "", "", "https://r.openai.azure.com/openai/v1", "/openai/v1/chat/completions", ""},
		{"a whole v1 URL", "", "", "v1", "https://r.openai.azure.com/openai/v1/chat/completions", "/openai/v1/chat/completions", ""},
		{"a stale api-version on v1", "", "", "v1", "https://r.openai.azure.com/openai/v1?api-version=2024-10-21", "/openai/v1/chat/completions", ""},
		{"a stale api-version on the root, version v1", "", "", "v1", "https://r.openai.azure.com?api-version=2023-05-15", "/openai/v1/chat/completions", ""},
		{"a Cognitive Services host", "r.cognitiveservices.azure.com", "", "v1", "https://r.cognitiveservices.azure.com/", "/openai/v1/chat/completions", ""},
		{"a Foundry host", "r.services.ai.azure.com", "", "latest", "https://r.services.ai.azure.com", "/openai/v1/chat/completions", ""},
		{
			"a Foundry project", "r.services.ai.azure.com", "", "v1", "https://r.services.ai.azure.com/api/projects/p1",
			"/api/projects/p1/openai/v1/chat/completions", "",
		},
		{
			"a gateway's prefix and query", "apim.example.com", "/team-a", "v1", "https://apim.example.com/team-a/openai/v1?env=blue",
			"/team-a/openai/v1/chat/completions", "env=blue",
		},
		{"classic, the root", "", "", "2024-10-21", "https://r.openai.azure.com", "/openai/deployments/chat/chat/completions", "api-version=2024-10-21"},
		{"classic, /openai/", "", "", "2024-10-21", "https://r.openai.azure.com/openai/", "/openai/deployments/chat/chat/completions", "api-version=2024-10-21"},
		{
			"classic, a deployment's path", "", "", "2024-10-21", "https://r.openai.azure.com/openai/deployments/chat",
			"/openai/deployments/chat/chat/completions", "api-version=2024-10-21",
		},
		{
			"classic, the portal's target URI decides by itself", "", "", "",
			"https://r.openai.azure.com/openai/deployments/chat/chat/completions?api-version=2024-10-21",
			"/openai/deployments/chat/chat/completions", "api-version=2024-10-21",
		},
		{
			"classic, the Responses URL", "", "", "", "https://r.openai.azure.com/openai/responses?api-version=2025-04-01-preview",
			"/openai/deployments/chat/chat/completions", "api-version=2025-04-01-preview",
		},
		{
			"classic, a gateway's prefix and query", "apim.example.com", "/team-a", "2024-10-21", "https://apim.example.com/team-a?env=blue",
			"/team-a/openai/deployments/chat/chat/completions", "env=blue&api-version=2024-10-21",
		},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				host := row.host
				if host == "" {
					host = "r.openai.azure.com"
				}
				s := inMemory(t, azuretest.Options{Host: host, Prefix: row.prefix})
				cfg := config(t, s, row.version)
				cfg.Endpoint, cfg.Credential = row.endpoint, s.Credential()
				c := newCaller(t, cfg)
				generateOK(t, c)
				r := only(t, s)
				if r.Path != row.path || r.Query != row.query || strings.TrimSuffix(r.Host, ":443") != host {
					t.Errorf("it called %s%s?%s, want %s%s?%s", r.Host, r.Path, r.Query, host, row.path, row.query)
				}
				shown := strings.Replace(c.client.URL(azureadv1.OpChat), ":443", "", 1)
				want := "https://" + host + row.path
				if row.query != "" {
					want += "?"
				}
				if !strings.HasPrefix(shown, want) {
					t.Errorf("URL says %s, want %s", shown, want)
				}
			})
		})
	}
	t.Run("contradictions", contradictions)
}

// contradictions are endpoints that say one thing while the fields say another.
func contradictions(t *testing.T) {
	rows := []struct {
		name, version, endpoint string
		says                    []string
	}{
		{"v1 on a deployment's path", "v1", "https://r.openai.azure.com/openai/deployments/x", []string{`"v1"`, "/openai/deployments/x", "date"}},
		{"a date on a v1 path", "2024-10-21", "https://r.openai.azure.com/openai/v1", []string{`"2024-10-21"`, "/openai/v1", "drop"}},
		{"a deployment's path without a version", "", "https://r.openai.azure.com/openai/deployments/chat", []string{"APIVersion", "/openai/deployments/chat"}},
		{
			"two dates", "2024-10-21", "https://r.openai.azure.com/openai/deployments/chat?api-version=2024-06-01",
			[]string{"2024-10-21", "2024-06-01", "drop"},
		},
		{"two deployments", "2024-10-21", "https://r.openai.azure.com/openai/deployments/other", []string{`"chat"`, `"other"`, "drop"}},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			_, err := azureadv1.NewClient(azureadv1.Config{Endpoint: row.endpoint, APIVersion: row.version, Deployment: chatDeployment, APIKey: apiKey})
			if err == nil {
				t.Fatal("it was accepted")
			}
			checkSecrets(t, err)
			checkContains(t, err.Error(), row.says...)
		})
	}
}

func TestBehaviour20_ACredentialAmongTheHeadersIsAnError(t *testing.T) {
	for _, name := range []string{"Authorization", "authorization", "AUTHORIZATION", "api-key", "Api-Key", "API-KEY"} {
		t.Run("Config.Header has "+name, func(t *testing.T) {
			onBothSurfaces(t, func(t *testing.T, sf surface) {
				s := inMemory(t, azuretest.Options{})
				cfg := config(t, s, sf.version)
				cfg.Credential, cfg.Header = s.Credential(), http.Header{name: {"hush"}}
				_, err := azureadv1.NewClient(cfg)
				if err == nil {
					t.Fatal("it was accepted")
				}
				checkSecrets(t, err)
				checkContains(t, err.Error(), "Header", name, "APIKey")
			})
		})
	}
	for _, name := range []string{"Authorization", "api-key"} {
		t.Run("a request's option sets "+name, func(t *testing.T) {
			onBothSurfaces(t, func(t *testing.T, sf surface) {
				s := inMemory(t, azuretest.Options{})
				cfg := config(t, s, sf.responses)
				cfg.Credential = s.Credential()
				sdk := newCaller(t, cfg).client.OpenAI()
				_, err := sdk.Responses.New(t.Context(), responses.ResponseNewParams{
					Model: chatDeployment, Input: responses.ResponseNewParamsInputUnion{OfString: openai.String(prompt)},
				}, option.WithHeader(name, "hush"))
				e := azureadv1.AsError(err)
				if e == nil || e.Code != azureadv1.CodeRefused || s.Stats().Calls != 0 {
					t.Fatalf("%v after %d requests, want a refusal", err, s.Stats().Calls)
				}
				checkSecrets(t, err)
				checkContains(t, e.Error(), "credentials belong in Config")
			})
		})
	}
	t.Run("an HTTP request's credential gives way in Client.Do", func(t *testing.T) {
		onBothSurfaces(t, func(t *testing.T, sf surface) {
			s := inMemory(t, azuretest.Options{})
			cfg := config(t, s, sf.version)
			cfg.Credential = s.Credential()
			route{sf, ways[7]}.succeed(t, newCaller(t, cfg)) // its model is given the token "not-used"
			checkCredential(t, only(t, s), azuretest.CredentialToken)
		})
	})
}

// elsewhere carries requests to the stand-in, and records those to any other place, which answers as the model would.
type elsewhere struct {
	server *azuretest.Server

	mu   sync.Mutex
	seen []string
}

// RoundTrip implements http.RoundTripper.
func (e *elsewhere) RoundTrip(req *http.Request) (*http.Response, error) {
	home := strings.TrimPrefix(e.server.Endpoint(), "https://")
	if req.URL.Scheme == "https" && strings.TrimSuffix(req.URL.Host, ":443") == home {
		return e.server.HTTPClient().Transport.RoundTrip(req)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.seen = append(e.seen, fmt.Sprintf("%s %s with %d Authorization and %d api-key headers", req.Method, req.URL.Redacted(),
		len(req.Header.Values("Authorization")), len(req.Header.Values("Api-Key"))))
	return &http.Response{
		Status: "200 OK", StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}},
		Body: io.NopCloser(strings.NewReader(`{"choices":[{"message":{"content":"hello"},"finish_reason":"stop"}]}`)), Request: req,
	}, nil
}

func TestBehaviour21_NoCredentialFollowsARedirect(t *testing.T) {
	targets := []struct{ name, location, origin string }{
		{"another host", "https://evil.example/openai/v1/chat/completions?code=hush", "https://evil.example"},
		{"OpenAI", "https://api.openai.com/v1/chat/completions", "https://api.openai.com"},
		{"another port", "https://azuretest.openai.azure.com:8443/openai/v1/chat/completions", "https://azuretest.openai.azure.com:8443"},
		{"plain http", "http://azuretest.openai.azure.com/openai/v1/chat/completions", "http://azuretest.openai.azure.com"},
		{"the same host", "https://azuretest.openai.azure.com/login", "https://azuretest.openai.azure.com"},
		{"a path", "/openai/v1/chat/completions/", "https://azuretest.openai.azure.com"},
		{"nowhere", "", ""},
	}
	for _, target := range targets {
		t.Run("to "+target.name, func(t *testing.T) {
			inEveryWay(t, func(t *testing.T, r route) {
				for _, status := range []int{301, 302, 303, 307, 308} {
					for _, withKey := range []bool{true, false} {
						redirected(t, r, status, withKey, target.location, target.origin)
					}
				}
			})
		})
	}
	t.Run("api.openai.com is no endpoint", func(t *testing.T) {
		for _, sf := range surfaces {
			_, err := azureadv1.NewClient(azureadv1.Config{Endpoint: "https://api.openai.com/v1", APIVersion: sf.version, APIKey: apiKey})
			if err == nil {
				t.Fatal("it was accepted")
			}
			checkSecrets(t, err)
			checkContains(t, err.Error(), "Endpoint", "api.openai.com", "not Azure")
		}
	})
}

// redirected answers one call with a redirect, which must be an error and bring nobody a request.
func redirected(t *testing.T, r route, status int, withKey bool, location, origin string) {
	t.Helper()
	s := inMemory(t, azuretest.Options{})
	s.Enqueue(azuretest.Redirect(status, location))
	others := &elsewhere{server: s}
	cfg := config(t, s, r.api())
	cfg.HTTPClient = &http.Client{Transport: others}
	if withKey {
		cfg.APIKey = apiKey
	} else {
		cfg.TokenProvider = (&issuer{server: s}).token
	}
	_, err := r.call(t.Context(), newCaller(t, cfg))
	if err == nil {
		t.Fatalf("a %d passed for an answer", status)
	}
	if len(others.seen) != 0 || s.Stats().Calls != 1 {
		t.Errorf("%d: %d requests at home, elsewhere %q", status, s.Stats().Calls, others.seen)
	}
	if r.foreign {
		checkText(t, "the error", err.Error())
		return
	}
	e := r.failure(t, err)
	if e.Code != azureadv1.CodeRefused {
		t.Errorf("%d: the code is %q, want %q", status, e.Code, azureadv1.CodeRefused)
	}
	checkContains(t, e.Error(), fmt.Sprint(status), "redirect", origin)
	var theirs *llms.Error
	if !r.sdk && !strings.Contains(r.way.name, "Post") && !errors.As(err, &theirs) {
		t.Errorf("%v is no *llms.Error", err)
	}
}
