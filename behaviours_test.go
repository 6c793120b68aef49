package provider_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/google/go-cmp/cmp"

	"github.com/seed-a739af98/langchaingo-azure/azureadv1"
	"github.com/seed-a739af98/langchaingo-azure/azureadv1/azuretest"
)

// The first thirteen behaviours are what a callable key on the v1 surface must do at all. Those that follow from them
// are in behaviours_beyond_test.go.

func TestBehaviour01_V1HasNoDeploymentInItsPath(t *testing.T) {
	for _, version := range []string{"v1", "latest", "preview", " V1 ", "Latest", "PREVIEW", ""} {
		for _, w := range ways {
			t.Run(fmt.Sprintf("%s with version %q", w.name, version), func(t *testing.T) {
				inBubble(t, func(t *testing.T) {
					s := inMemory(t, azuretest.Options{})
					cfg := config(t, s, version)
					cfg.Credential = s.Credential()
					route{surfaces[1], w}.succeed(t, newCaller(t, cfg))
					r := only(t, s)
					paths := map[string]string{
						azuretest.OpChat: "/openai/v1/chat/completions", azuretest.OpEmbeddings: "/openai/v1/embeddings",
						azuretest.OpResponses: "/openai/v1/responses",
					}
					if r.Path != paths[w.operation] || r.Query != "" || strings.Contains(r.Path, "/deployments/") {
						t.Errorf("path %s, query %q, want %s and none", r.Path, r.Query, paths[w.operation])
					}
					deployments := map[string]string{
						azuretest.OpChat: chatDeployment, azuretest.OpEmbeddings: embedDeployment, azuretest.OpResponses: chatDeployment,
					}
					if r.Field("model") != deployments[w.operation] {
						t.Errorf("the body's model is %v, want %s", r.Field("model"), deployments[w.operation])
					}
				})
			})
		}
	}
}

func TestBehaviour02_ADateIsTheClassicSurface(t *testing.T) {
	rows := []struct {
		name, version, sent string
		responses           bool // the version has the Responses API
	}{
		{"the last dated GA version", "2024-10-21", "2024-10-21", false},
		{"an older version", "2024-06-01", "2024-06-01", false},
		{"a preview", "2025-03-01-preview", "2025-03-01-preview", true},
		{"a preview in upper case, with spaces", " 2025-04-01-PREVIEW ", "2025-04-01-preview", true},
	}
	for _, row := range rows {
		for _, w := range ways {
			if w.operation == azuretest.OpResponses && !row.responses {
				continue
			}
			t.Run(w.name+" with "+row.name, func(t *testing.T) {
				inBubble(t, func(t *testing.T) {
					s := inMemory(t, azuretest.Options{Deployments: map[string]string{"gpt-4.1": "gpt-4.1", embedDeployment: "text-embedding-3-small"}})
					cfg := config(t, s, row.version)
					cfg.Credential, cfg.Deployment = s.Credential(), "gpt-4.1"
					route{surfaces[0], w}.succeed(t, newCaller(t, cfg))
					r := only(t, s)
					paths := map[string]string{
						azuretest.OpChat:       "/openai/deployments/gpt-4.1/chat/completions",
						azuretest.OpEmbeddings: "/openai/deployments/embed/embeddings",
						azuretest.OpResponses:  "/openai/responses",
					}
					if r.Path != paths[w.operation] || r.Query != "api-version="+row.sent {
						t.Errorf("path %s?%s, want %s?api-version=%s", r.Path, r.Query, paths[w.operation], row.sent)
					}
				})
			})
		}
	}
}

func TestBehaviour03_AProviderAloneIsEnough(t *testing.T) {
	t.Setenv("OPENAI_API_KEY", "hush-openai-key")
	inEveryWay(t, func(t *testing.T, r route) {
		s := inMemory(t, azuretest.Options{KeysDisabled: true})
		key := &issuer{server: s}
		cfg := config(t, s, r.api())
		cfg.TokenProvider = key.token
		r.succeed(t, newCaller(t, cfg))
		sent := only(t, s)
		checkCredential(t, sent, azuretest.CredentialToken)
		if diff := cmp.Diff(key.issued, fingerprints(s)); diff != "" {
			t.Errorf("tokens issued and sent (-issued +sent):\n%s", diff)
		}
		if strings.Contains(fmt.Sprint(sent.Header), "hush-openai-key") {
			t.Error("OPENAI_API_KEY went to Azure")
		}
	})
}

func TestBehaviour04_TheProviderIsAskedForEveryRequest(t *testing.T) {
	inEveryWay(t, func(t *testing.T, r route) {
		s := inMemory(t, azuretest.Options{})
		key := &issuer{server: s}
		cfg := config(t, s, r.api())
		cfg.TokenProvider = key.token
		c := newCaller(t, cfg)
		if key.asked() != 0 {
			t.Error("the provider was asked before the first call")
		}
		for range 3 {
			r.succeed(t, c)
		}
		if key.asked() != 3 {
			t.Errorf("the provider was asked %d times, want 3", key.asked())
		}
		if diff := cmp.Diff(key.issued, fingerprints(s)); diff != "" {
			t.Errorf("tokens issued and sent (-issued +sent):\n%s", diff)
		}
	})
}

func TestBehaviour05_AStaticTokenIsSentAsBearer(t *testing.T) {
	rows := []struct {
		name string
		set  func(*azureadv1.Config, string)
	}{
		{"Config.Token", func(cfg *azureadv1.Config, token string) { cfg.Token = token }},
		{"StaticToken", func(cfg *azureadv1.Config, token string) { cfg.TokenProvider = azureadv1.StaticToken(token) }},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			inEveryWay(t, func(t *testing.T, r route) {
				s := inMemory(t, azuretest.Options{})
				token := s.IssueToken(azuretest.Claims{})
				cfg := config(t, s, r.api())
				row.set(&cfg, token)
				c := newCaller(t, cfg)
				r.succeed(t, c)
				r.succeed(t, c)
				for _, sent := range s.Requests() {
					checkCredential(t, sent, azuretest.CredentialToken)
					if got := sent.Header.Get("Authorization"); got != "Bearer "+token {
						t.Error("another token was sent than the one that was set")
					}
				}
			})
		})
	}
}

// contest is a configuration with several credentials, of which one must win and the others not be called.
type contest struct {
	server   *azuretest.Server
	provider *issuer
	cred     *counted
	token    string
	cfg      azureadv1.Config
}

const identityClient = "0a0a0a0a-1111-4222-8333-444444444444"

// contenders are the credentials in order of precedence.
var contenders = []struct {
	name string
	set  func(*contest)
	sent func(*contest, azuretest.Request) bool
}{
	{
		"APIKey", func(c *contest) { c.cfg.APIKey = apiKey },
		func(_ *contest, r azuretest.Request) bool { return r.Header.Get("Api-Key") == apiKey },
	},
	{
		"TokenProvider", func(c *contest) { c.cfg.TokenProvider = c.provider.token },
		func(c *contest, r azuretest.Request) bool { return slices.Contains(c.provider.issued, r.Fingerprint()) },
	},
	{
		"Credential", func(c *contest) { c.cfg.Credential = c.cred },
		func(c *contest, r azuretest.Request) bool {
			return c.cred.fetches.Load() == 1 && clientOf(r) == azuretest.DefaultClientID
		},
	},
	{
		"Token", func(c *contest) { c.cfg.Token = c.token },
		func(c *contest, r azuretest.Request) bool { return r.Header.Get("Authorization") == "Bearer "+c.token },
	},
	{
		"Identity",
		func(c *contest) {
			c.cfg.Identity = azureadv1.Identity{TenantID: azuretest.DefaultTenantID, ClientID: identityClient, ClientSecret: clientSecret}
		},
		func(_ *contest, r azuretest.Request) bool { return clientOf(r) == identityClient },
	},
}

func clientOf(r azuretest.Request) string {
	claims, _ := r.Claims()
	return claims.ClientID
}

// newContest sets the credentials whose bits are set, the first contender being bit 0.
func newContest(t *testing.T, version string, set int) *contest {
	t.Helper()
	s := inMemory(t, azuretest.Options{Apps: []azuretest.App{{ClientID: identityClient, ClientSecret: clientSecret}}})
	c := &contest{
		server: s, provider: &issuer{server: s}, cred: count(s.Credential()),
		token: s.IssueToken(azuretest.Claims{ClientID: "static"}), cfg: config(t, s, version),
	}
	for i, who := range contenders {
		if set&(1<<i) != 0 {
			who.set(c)
		}
	}
	return c
}

// winner is the one credential the request carries, after a look at who was called.
func (c *contest) winner(t *testing.T) string {
	t.Helper()
	r := only(t, c.server)
	won := ""
	for _, who := range contenders {
		if who.sent(c, r) {
			if won != "" {
				t.Errorf("%s carries both %s and %s", r, won, who.name)
			}
			won = who.name
		}
	}
	if n := c.provider.asked(); n > 0 && won != "TokenProvider" {
		t.Errorf("%s won, but the provider was called %d times", won, n)
	}
	if n := c.cred.fetches.Load(); n > 0 && won != "Credential" {
		t.Errorf("%s won, but the credential was called %d times", won, n)
	}
	if n := c.server.Stats().TokenRequests; n > 0 && won != "Credential" && won != "Identity" {
		t.Errorf("%s won, but the identity provider was called %d times", won, n)
	}
	return won
}

func TestBehaviour06_TheFirstCredentialWinsAndTheOthersAreNotCalled(t *testing.T) {
	all := 1<<len(contenders) - 1
	for first, who := range contenders {
		t.Run(who.name+" outranks what follows it", func(t *testing.T) {
			inEveryWay(t, func(t *testing.T, r route) {
				c := newContest(t, r.api(), all&^(1<<first-1))
				r.succeed(t, newCaller(t, c.cfg))
				if won := c.winner(t); won != who.name {
					t.Errorf("%q won, want %s", won, who.name)
				}
			})
		})
	}
}

func TestBehaviour07_ABlockedFetchStallsOnlyItsOwnRequest(t *testing.T) {
	t.Run("a provider that heeds its context", func(t *testing.T) {
		blockedProvider(t, func(ctx context.Context, _ <-chan struct{}) error {
			<-ctx.Done()
			return ctx.Err()
		})
	})
	t.Run("a provider deaf to its context", func(t *testing.T) {
		blockedProvider(t, func(_ context.Context, over <-chan struct{}) error {
			<-over
			return errors.New("too late")
		})
	})
	t.Run("an identity provider that hangs, beside one that does not", func(t *testing.T) {
		inEveryWayOfOurs(t, func(t *testing.T, r route) {
			hanging, s := inMemory(t, azuretest.Options{}), inMemory(t, azuretest.Options{})
			hanging.SetEntraDelay(time.Hour)
			cfg := config(t, s, r.api())
			cfg.Credential = hanging.Credential()
			blocked := newCaller(t, cfg)
			cfg.Credential = s.Credential()
			stalls(t, r, blocked, newCaller(t, cfg))
		})
	})
}

// blockedProvider gives one client a provider whose first call blocks.
func blockedProvider(t *testing.T, block func(ctx context.Context, over <-chan struct{}) error) {
	t.Helper()
	inEveryWayOfOurs(t, func(t *testing.T, r route) {
		s := inMemory(t, azuretest.Options{})
		over := make(chan struct{})
		defer close(over)
		var calls atomic.Int32
		cfg := config(t, s, r.api())
		cfg.TokenProvider = func(ctx context.Context) (string, error) {
			if calls.Add(1) == 1 {
				return "", block(ctx, over)
			}
			return s.IssueToken(azuretest.Claims{}), nil
		}
		c := newCaller(t, cfg)
		stalls(t, r, c, c)
	})
}

// stalls checks that the first call ends at its deadline of 5 seconds, and that the others meanwhile take no time.
func stalls(t *testing.T, r route, blocked, free caller) {
	t.Helper()
	began := time.Now()
	ended := make(chan error)
	go func() {
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		_, err := r.call(ctx, blocked)
		ended <- err
	}()
	time.Sleep(time.Second)
	var wg sync.WaitGroup
	for range 10 {
		wg.Go(func() {
			if _, err := r.call(t.Context(), free); err != nil {
				checkSecrets(t, err)
				t.Errorf("another call: %v", err)
			}
		})
	}
	wg.Wait()
	if took := time.Since(began); took != time.Second {
		t.Errorf("the other calls ended after %v, want no wait", took-time.Second)
	}
	err := <-ended
	_ = r.failure(t, err)
	if took := time.Since(began); took != 5*time.Second || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("the blocked call ended after %v with %v, want its own deadline at 5 s", took, err)
	}
}

func TestBehaviour08_ConfigurationsThatDifferInTheProviderShareNoClient(t *testing.T) {
	rows := []struct {
		name           string
		first, another string // TokenProviderID
		shared         bool
	}{
		{"neither provider is named", "", "", false},
		{"one of them is named", "", "b", false},
		{"they are named differently", "a", "b", false},
		{"their caller names them the same", "a", "a", true},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			onBothSurfaces(t, func(t *testing.T, sf surface) {
				s := inMemory(t, azuretest.Options{})
				var clients azureadv1.Clients
				cfg := config(t, s, sf.version)
				one, two := &issuer{server: s}, &issuer{server: s}
				cfg.TokenProvider, cfg.TokenProviderID = one.token, row.first
				a, err := clients.Get(cfg)
				must(t, err)
				cfg.TokenProvider, cfg.TokenProviderID = two.token, row.another
				b, err := clients.Get(cfg)
				must(t, err)
				if (a == b) != row.shared {
					t.Errorf("shared: %t, want %t", a == b, row.shared)
				}
				generateOK(t, callerOn(t, a))
				generateOK(t, callerOn(t, b))
				if want := map[bool][2]int{false: {1, 1}, true: {2, 0}}[row.shared]; one.asked() != want[0] || two.asked() != want[1] {
					t.Errorf("the providers were asked %d and %d times, want %v", one.asked(), two.asked(), want)
				}
			})
		})
	}
}

func generateOK(t *testing.T, c caller) {
	t.Helper()
	_, err := generate(t.Context(), c)
	must(t, err)
}

func TestBehaviour09_ConfigurationsThatDifferInTheIdentityShareNoClient(t *testing.T) {
	base := azureadv1.Identity{TenantID: "contoso.example", ClientID: "client-a", ClientSecret: "hush-secret-a"}
	rows := []struct {
		name   string
		change func(*azureadv1.Config)
	}{
		{"the tenant", func(c *azureadv1.Config) { c.Identity.TenantID = "fabrikam.example" }},
		{"the client", func(c *azureadv1.Config) { c.Identity.ClientID = "client-b" }},
		{"the secret", func(c *azureadv1.Config) { c.Identity.ClientSecret = "hush-secret-b" }},
		{"the authority", func(c *azureadv1.Config) { c.Identity.Authority = "https://login.microsoftonline.us" }},
		{"the scope", func(c *azureadv1.Config) { c.Scope = "https://ai.azure.com/.default" }},
		{"the API key", func(c *azureadv1.Config) { c.APIKey = apiKey }},
		{"the token", func(c *azureadv1.Config) { c.Token = "hush.static.token" }},
		{"a gateway's key in a header", func(c *azureadv1.Config) { c.Header = http.Header{"Ocp-Apim-Subscription-Key": {"hush-b"}} }},
		{"the credential", func(c *azureadv1.Config) { c.Credential = count(nil) }},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			onBothSurfaces(t, func(t *testing.T, sf surface) {
				s := inMemory(t, azuretest.Options{})
				var clients azureadv1.Clients
				cfg := config(t, s, sf.version)
				cfg.Identity = base
				a, err := clients.Get(cfg)
				must(t, err)
				row.change(&cfg)
				checkSecrets(t, cfg)
				b, err := clients.Get(cfg)
				must(t, err)
				if a == b {
					t.Errorf("two configurations share a client though %s differs", row.name)
				}
			})
		})
	}
	t.Run("each calls as itself", eachTenantCallsAsItself)
}

// eachTenantCallsAsItself lets two apps of one tenant call through one Clients, and reads who they were off the wire.
func eachTenantCallsAsItself(t *testing.T) {
	onBothSurfaces(t, func(t *testing.T, sf surface) {
		s := inMemory(t, azuretest.Options{Apps: []azuretest.App{
			{ClientID: "client-a", ClientSecret: "hush-secret-a"}, {ClientID: "client-b", ClientSecret: "hush-secret-b"},
		}})
		var clients azureadv1.Clients
		var called []string
		cfg := config(t, s, sf.version)
		for _, who := range []string{"a", "b", "a", "b"} {
			cfg.Identity = azureadv1.Identity{TenantID: azuretest.DefaultTenantID, ClientID: "client-" + who, ClientSecret: "hush-secret-" + who}
			client, err := clients.Get(cfg)
			must(t, err)
			generateOK(t, callerOn(t, client))
		}
		for _, r := range s.Requests() {
			called = append(called, clientOf(r))
		}
		if diff := cmp.Diff([]string{"client-a", "client-b", "client-a", "client-b"}, called); diff != "" {
			t.Errorf("who called (-want +got):\n%s", diff)
		}
	})
}

func TestBehaviour10_TheSameConfigurationSharesOneClient(t *testing.T) {
	rows := []struct {
		name string
		set  func(*azureadv1.Config, *azuretest.Server)
	}{
		{"as the default identity", func(*azureadv1.Config, *azuretest.Server) {}},
		{"with a key", func(c *azureadv1.Config, _ *azuretest.Server) { c.APIKey = apiKey }},
		{"with a provider whose identity is named", func(c *azureadv1.Config, s *azuretest.Server) {
			c.TokenProvider, c.TokenProviderID = (&issuer{server: s}).token, "tenant a"
		}},
		{"with a credential", func(c *azureadv1.Config, s *azuretest.Server) { c.Credential = s.Credential() }},
		{"with a token", func(c *azureadv1.Config, _ *azuretest.Server) { c.Token = "hush.static.token" }},
		{"with a declared identity", func(c *azureadv1.Config, _ *azuretest.Server) {
			c.Identity = azureadv1.Identity{TenantID: "contoso.example", ClientID: "client", ClientSecret: clientSecret}
		}},
		{"with headers, made anew each time", func(c *azureadv1.Config, _ *azuretest.Server) {
			c.APIKey, c.Header = apiKey, http.Header{"Ocp-Apim-Subscription-Key": {"hush"}, "X-Team": {"a", "b"}}
		}},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			onBothSurfaces(t, func(t *testing.T, sf surface) {
				s := inMemory(t, azuretest.Options{})
				logger := watchedLogger(t)
				var clients azureadv1.Clients
				got := make(map[*azureadv1.Client]bool)
				for range 3 {
					cfg := config(t, s, sf.version)
					cfg.Logger = logger
					row.set(&cfg, s)
					client, err := clients.Get(cfg)
					must(t, err)
					got[client] = true
				}
				if len(got) != 1 {
					t.Errorf("the same configuration got %d clients, want 1", len(got))
				}
			})
		})
	}
	t.Run("two deployments of one identity fetch once", func(t *testing.T) {
		onBothSurfaces(t, func(t *testing.T, sf surface) {
			s := inMemory(t, azuretest.Options{Deployments: map[string]string{"one": "gpt-4o", "two": "gpt-4o"}})
			cred := count(s.Credential())
			var clients azureadv1.Clients
			for _, deployment := range []string{"one", "two"} {
				cfg := config(t, s, sf.version)
				cfg.Credential, cfg.Deployment = cred, deployment
				client, err := clients.Get(cfg)
				must(t, err)
				generateOK(t, callerOn(t, client))
			}
			cred.check(t, 1, 1)
		})
	})
}

func TestBehaviour11_TheKeysOfClientsHoldNoSecret(t *testing.T) {
	onBothSurfaces(t, func(t *testing.T, sf surface) {
		s := inMemory(t, azuretest.Options{})
		var clients azureadv1.Clients
		secrets := []string{
			apiKey, clientSecret, "hush.static.token", "hush-subscription", "hush-query", "hush-password", s.IssueToken(azuretest.Claims{}),
		}
		for _, set := range []func(*azureadv1.Config){
			func(c *azureadv1.Config) { c.APIKey = apiKey },
			func(c *azureadv1.Config) { c.Token = secrets[2] },
			func(c *azureadv1.Config) { c.Token = secrets[6] },
			func(c *azureadv1.Config) {
				c.Identity = azureadv1.Identity{TenantID: "contoso.example", ClientID: "client", ClientSecret: clientSecret}
			},
			func(c *azureadv1.Config) {
				c.Identity = azureadv1.Identity{ClientID: "client", Username: "user@contoso.example", Password: secrets[5]}
			},
			func(c *azureadv1.Config) {
				c.APIKey, c.Header = apiKey, http.Header{"Ocp-Apim-Subscription-Key": {secrets[3]}}
			},
			func(c *azureadv1.Config) {
				c.APIKey, c.Endpoint = apiKey, "https://apim.example.com/team?subscription-key="+secrets[4]
			},
		} {
			cfg := config(t, s, sf.version)
			set(&cfg)
			_, err := clients.Get(cfg)
			must(t, err)
		}
		// fmt prints a map's keys as they are, unexported fields included.
		printed := fmt.Sprintf("%+v", &clients)
		checkContains(t, printed, "contoso.example", chatDeployment)
		checkText(t, "the keys of Clients", printed)
		for i, secret := range secrets {
			if strings.Contains(printed, strings.Trim(fmt.Sprintf("%d", []byte(secret)), "[]")) || strings.Contains(printed, fmt.Sprintf("%x", secret)) {
				t.Errorf("secret %d is in a key, as bytes", i)
			}
		}
	})
}

func TestBehaviour12_TimeoutRetriesAndHTTPClientApplyToBothSurfaces(t *testing.T) {
	for _, row := range []struct {
		name       string
		maxRetries int
		attempts   int
	}{{"no retries", -1, 1}, {"the default", 0, 3}, {"four retries", 4, 5}} {
		t.Run(row.name, func(t *testing.T) {
			inEveryWayOfOurs(t, func(t *testing.T, r route) {
				s := inMemory(t, azuretest.Options{})
				s.Enqueue(slices.Repeat([]azuretest.Reply{azuretest.ServerError()}, 6)...)
				cfg := config(t, s, r.api())
				cfg.APIKey, cfg.MaxRetries = apiKey, row.maxRetries
				e := r.fail(t, newCaller(t, cfg))
				if n := s.Stats().Calls; n != row.attempts || e.Attempts != row.attempts || e.StatusCode != http.StatusInternalServerError {
					t.Errorf("%d requests, error of %d attempts with status %d, want %d", n, e.Attempts, e.StatusCode, row.attempts)
				}
			})
		})
	}
	t.Run("a wait beyond MaxRetryWait is not begun", func(t *testing.T) {
		inEveryWayOfOurs(t, func(t *testing.T, r route) {
			s := inMemory(t, azuretest.Options{})
			s.Enqueue(azuretest.RateLimited(azuretest.RetryAfter(10)))
			cfg := config(t, s, r.api())
			cfg.APIKey, cfg.MaxRetryWait = apiKey, 9*time.Second
			began := time.Now()
			e := r.fail(t, newCaller(t, cfg))
			if took := time.Since(began); took != 0 || e.RetryAfter != 10*time.Second || e.Attempts != 1 {
				t.Errorf("failed after %v and %d attempts with RetryAfter %v", took, e.Attempts, e.RetryAfter)
			}
		})
	})
	t.Run("no first byte within FirstByteTimeout", func(t *testing.T) {
		inEveryWayOfOurs(t, func(t *testing.T, r route) {
			s := inMemory(t, azuretest.Options{})
			s.Enqueue(azuretest.SlowFirstByte(time.Hour))
			cfg := config(t, s, r.api())
			cfg.APIKey, cfg.FirstByteTimeout = apiKey, 7*time.Second
			silent(t, r, cfg, 7*time.Second)
		})
	})
	t.Run("a stream that falls silent", func(t *testing.T) {
		onBothSurfaces(t, func(t *testing.T, sf surface) {
			s := inMemory(t, azuretest.Options{})
			s.Enqueue(azuretest.Text("one", "two").WithPace(time.Hour))
			cfg := config(t, s, sf.version)
			cfg.APIKey, cfg.StreamIdleTimeout = apiKey, 20*time.Second
			silent(t, route{sf, ways[1]}, cfg, 20*time.Second)
		})
	})
	t.Run("the HTTP client's own timeout", func(t *testing.T) {
		inEveryWayOfOurs(t, func(t *testing.T, r route) {
			s := inMemory(t, azuretest.Options{})
			s.Enqueue(azuretest.SlowFirstByte(time.Hour))
			client := *s.HTTPClient()
			client.Timeout = 3 * time.Second
			cfg := config(t, s, r.api())
			cfg.APIKey, cfg.HTTPClient, cfg.MaxRetries = apiKey, &client, -1
			silent(t, r, cfg, 3*time.Second)
		})
	})
	t.Run("the HTTP client carries every call", func(t *testing.T) {
		inEveryWay(t, func(t *testing.T, r route) {
			s := inMemory(t, azuretest.Options{})
			var carried atomic.Int32
			cfg := config(t, s, r.api())
			cfg.APIKey = apiKey
			cfg.HTTPClient = &http.Client{Transport: roundTrip(func(req *http.Request) (*http.Response, error) {
				carried.Add(1)
				return s.HTTPClient().Transport.RoundTrip(req)
			})}
			r.succeed(t, newCaller(t, cfg))
			if n := carried.Load(); n != 1 {
				t.Errorf("the client carried %d requests, want 1", n)
			}
		})
	})
}

// silent calls once, and the call must end at the limit as a timeout.
func silent(t *testing.T, r route, cfg azureadv1.Config, limit time.Duration) {
	t.Helper()
	began := time.Now()
	_, err := r.call(t.Context(), newCaller(t, cfg))
	e := r.failure(t, err)
	if took := time.Since(began); took != limit || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("ended after %v with %v; want a timeout after %v", took, err, limit)
	}
	if e != nil && e.Code != azureadv1.CodeTimeout {
		t.Errorf("the code is %q, want %q", e.Code, azureadv1.CodeTimeout)
	}
}

func TestBehaviour13_EveryWayOfCallingUsesTheOneCredential(t *testing.T) {
	rows := []struct {
		name string
		set  func(*azureadv1.Config, *counted)
		kind string
	}{
		{"a key", func(c *azureadv1.Config, _ *counted) { c.APIKey = apiKey }, azuretest.CredentialKey},
		{"a real azidentity credential", func(c *azureadv1.Config, cred *counted) { c.Credential = cred }, azuretest.CredentialToken},
		{"a provider on a credential", func(c *azureadv1.Config, cred *counted) {
			c.TokenProvider = azureadv1.BearerTokenProvider(cred, "")
		}, azuretest.CredentialToken},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			onBothSurfaces(t, func(t *testing.T, sf surface) {
				s := inMemory(t, azuretest.Options{})
				cred := count(s.Credential())
				cfg := config(t, s, sf.responses)
				row.set(&cfg, cred)
				c := newCaller(t, cfg)
				for _, w := range ways {
					route{sf, w}.succeed(t, c)
				}
				if n := len(s.Requests()); n != len(ways) {
					t.Fatalf("%d requests, want %d", n, len(ways))
				}
				for _, r := range s.Requests() {
					checkCredential(t, r, row.kind)
					if r.Fingerprint() != s.Requests()[0].Fingerprint() {
						t.Errorf("%s has a credential of its own", r)
					}
				}
				if row.kind == azuretest.CredentialToken {
					cred.check(t, 1, 1)
				}
			})
		})
	}
}

var _ azcore.TokenCredential = credentialFunc(nil)

// credentialFunc is a function as a credential; unlike a pointer it cannot be compared.
type credentialFunc func(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error)

// GetToken implements azcore.TokenCredential.
func (f credentialFunc) GetToken(ctx context.Context, o policy.TokenRequestOptions) (azcore.AccessToken, error) {
	return f(ctx, o)
}
