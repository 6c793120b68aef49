package azureadv1_test

import (
	"context"
	"fmt"
	"math"
	"net/http"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"github.com/seed-a739af98/langchaingo-azure/azureadv1"
	"github.com/seed-a739af98/langchaingo-azure/azureadv1/azuretest"
)

func get(t *testing.T, cs *azureadv1.Clients, cfg azureadv1.Config) *azureadv1.Client {
	t.Helper()
	c, err := cs.Get(cfg)
	if err != nil {
		t.Fatalf("Get: %v", err)
	}
	return c
}

// Credentials of kinds that Go can, and cannot, compare.
type (
	sliceCredential struct{ Scopes []string }
	boxCredential   struct{ box any }
	valueCredential struct{ name string }
	floatCredential struct{ f float64 }
	funcCredential  func() string
)

func anyToken() (azcore.AccessToken, error) {
	return azcore.AccessToken{Token: "t", ExpiresOn: time.Now().Add(time.Hour)}, nil
}

func (sliceCredential) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	return anyToken()
}

func (boxCredential) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	return anyToken()
}

func (valueCredential) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	return anyToken()
}

func (floatCredential) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	return anyToken()
}

func (funcCredential) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	return anyToken()
}

func TestWhichConfigurationsShareAClient(t *testing.T) {
	closure := func(tenant string) azureadv1.TokenProvider {
		return func(context.Context) (string, error) { return "token of " + tenant, nil }
	}
	one := closure("a")
	credentialA, credentialB := issuing("t"), issuing("t")
	client := &http.Client{}
	identity := azureadv1.Identity{TenantID: "t", ClientID: "c", ClientSecret: "s"}
	with := func(change func(*azureadv1.Identity)) azureadv1.Config {
		id := identity
		change(&id)
		return azureadv1.Config{Identity: id}
	}
	rows := []struct {
		name   string
		a, b   azureadv1.Config
		shared bool
	}{
		{"nothing but the endpoint", azureadv1.Config{}, azureadv1.Config{}, true},
		{"the same key", azureadv1.Config{APIKey: "k"}, azureadv1.Config{APIKey: "k"}, true},
		{"another key", azureadv1.Config{APIKey: "k"}, azureadv1.Config{APIKey: "l"}, false},
		{"the same credential", azureadv1.Config{Credential: credentialA}, azureadv1.Config{Credential: credentialA}, true},
		{"another credential that looks alike", azureadv1.Config{Credential: credentialA}, azureadv1.Config{Credential: credentialB}, false},
		{"a credential that is an equal value", azureadv1.Config{Credential: valueCredential{"a"}}, azureadv1.Config{Credential: valueCredential{"a"}}, true},
		{"a credential that is another value", azureadv1.Config{Credential: valueCredential{"a"}}, azureadv1.Config{Credential: valueCredential{"b"}}, false},
		{"a credential with a slice", azureadv1.Config{Credential: sliceCredential{}}, azureadv1.Config{Credential: sliceCredential{}}, false},
		{"a credential with a map in an interface", azureadv1.Config{Credential: boxCredential{map[string]int{}}}, azureadv1.Config{Credential: boxCredential{map[string]int{}}}, false},
		{"a credential with a value in an interface", azureadv1.Config{Credential: boxCredential{1}}, azureadv1.Config{Credential: boxCredential{1}}, true},
		{"a credential that is a func", azureadv1.Config{Credential: funcCredential(func() string { return "" })}, azureadv1.Config{Credential: funcCredential(func() string { return "" })}, false},
		{"a credential that does not equal itself", azureadv1.Config{Credential: floatCredential{math.NaN()}}, azureadv1.Config{Credential: floatCredential{math.NaN()}}, false},
		{"two closures of one factory, for two tenants", azureadv1.Config{TokenProvider: closure("a")}, azureadv1.Config{TokenProvider: closure("b")}, false},
		{"the very same closure, unnamed", azureadv1.Config{TokenProvider: one}, azureadv1.Config{TokenProvider: one}, false},
		{"a closure under the caller's name for it", azureadv1.Config{TokenProvider: one, TokenProviderID: "a"}, azureadv1.Config{TokenProvider: closure("a"), TokenProviderID: "a"}, true},
		{"closures under two names", azureadv1.Config{TokenProvider: one, TokenProviderID: "a"}, azureadv1.Config{TokenProvider: one, TokenProviderID: "b"}, false},
		{"a named closure and none", azureadv1.Config{TokenProvider: one, TokenProviderID: "a"}, azureadv1.Config{}, false},
		{"the same identity", azureadv1.Config{Identity: identity}, azureadv1.Config{Identity: identity}, true},
		{"another client secret", azureadv1.Config{Identity: identity}, with(func(i *azureadv1.Identity) { i.ClientSecret = "S" }), false},
		{"another tenant", azureadv1.Config{Identity: identity}, with(func(i *azureadv1.Identity) { i.TenantID = "u" }), false},
		{"another client", azureadv1.Config{Identity: identity}, with(func(i *azureadv1.Identity) { i.ClientID = "d" }), false},
		{"another deployment", azureadv1.Config{Deployment: "a"}, azureadv1.Config{Deployment: "b"}, false},
		{"another surface", azureadv1.Config{APIVersion: "v1"}, azureadv1.Config{APIVersion: "2024-10-21"}, false},
		{"the same HTTP client", azureadv1.Config{HTTPClient: client}, azureadv1.Config{HTTPClient: client}, true},
		{"another HTTP client", azureadv1.Config{HTTPClient: client}, azureadv1.Config{HTTPClient: &http.Client{}}, false},
		{"headers that differ in case of the name", azureadv1.Config{Header: http.Header{"x-team": {"a"}}}, azureadv1.Config{Header: http.Header{"X-Team": {"a"}}}, true},
		{"another header", azureadv1.Config{Header: http.Header{"X-Team": {"a"}}}, azureadv1.Config{Header: http.Header{"X-Team": {"b"}}}, false},
		{"another limit", azureadv1.Config{FirstByteTimeout: 1}, azureadv1.Config{FirstByteTimeout: 2}, false},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			row.a.Endpoint, row.b.Endpoint = resource, resource
			var cs azureadv1.Clients
			a, b := get(t, &cs, row.a), get(t, &cs, row.b)
			if (a == b) != row.shared {
				t.Errorf("shared: %v, want %v", a == b, row.shared)
			}
			if c, d := get(t, &cs, row.a), get(t, &cs, row.b); row.shared && (c != a || d != a) {
				t.Error("a third client for the same configuration")
			}
		})
	}
}

func TestClosuresOfOneLoopKeepTheirTenants(t *testing.T) {
	w := &network{}
	var cs azureadv1.Clients
	var clients []*azureadv1.Client
	for _, tenant := range []string{"a", "b"} {
		clients = append(clients, get(t, &cs, azureadv1.Config{
			Endpoint: resource, Deployment: "chat", HTTPClient: w.client(),
			TokenProvider: func(context.Context) (string, error) { return "token-of-" + tenant, nil },
		}))
	}
	for i, want := range []string{"Bearer token-of-a", "Bearer token-of-b"} {
		mustChat(t, clients[i])
		if got := w.last(t).header.Get("Authorization"); got != want {
			t.Errorf("client %d sent %q, want %q", i, got, want)
		}
	}
}

// Addresses of collected closures are used again: a key made of one would hand out another user's token.
func TestThousandShortLivedProvidersEachSendTheirOwnToken(t *testing.T) {
	w := &network{}
	hc := w.client()
	var cs azureadv1.Clients
	for i := range 1000 {
		token := fmt.Sprintf("token-%d", i)
		cfg := azureadv1.Config{Endpoint: resource, Deployment: "chat", HTTPClient: hc}
		if i%2 == 0 {
			cfg.TokenProvider = func(context.Context) (string, error) { return token, nil }
		} else {
			cfg.Credential = issuing(token)
		}
		mustChat(t, get(t, &cs, cfg))
		if got := w.last(t).header.Get("Authorization"); got != "Bearer "+token {
			t.Fatalf("call %d carried %q", i, got)
		}
		if i%20 == 0 {
			runtime.GC()
		}
	}
}

func TestDeploymentsOfOneIdentityMakeOneFetch(t *testing.T) {
	rows := map[string]func(*azuretest.Server) azureadv1.Config{
		"a credential": func(s *azuretest.Server) azureadv1.Config { return azureadv1.Config{Credential: s.Credential()} },
		"a declared identity": func(*azuretest.Server) azureadv1.Config {
			return azureadv1.Config{Identity: azureadv1.Identity{
				TenantID: azuretest.DefaultTenantID, ClientID: azuretest.DefaultClientID, ClientSecret: azuretest.DefaultClientSecret,
			}}
		},
	}
	for name, config := range rows {
		t.Run(name, func(t *testing.T) {
			s := standIn(t, azuretest.Options{Deployments: map[string]string{"chat": "gpt-4o", "chat2": "gpt-4o"}})
			var cs azureadv1.Clients
			cfg := config(s)
			cfg.Endpoint, cfg.HTTPClient = s.Endpoint(), s.HTTPClient()
			seen := map[*azureadv1.Client]bool{}
			for _, deployment := range []string{"chat", "chat2"} {
				for _, version := range surfaces {
					cfg.Deployment, cfg.APIVersion = deployment, version
					c := get(t, &cs, cfg)
					mustChat(t, c)
					seen[c] = true
				}
			}
			if n := s.Stats().TokenRequests; n != 1 || len(seen) != 4 {
				t.Errorf("%d token requests by %d clients, want 1 by 4", n, len(seen))
			}
		})
	}
	t.Run("another scope is another token", func(t *testing.T) {
		w := &network{}
		cred := issuing("t")
		var cs azureadv1.Clients
		hc := w.client()
		for _, scope := range []string{"", "api://a/.default", "https://cognitiveservices.azure.com/.default"} {
			mustChat(t, get(t, &cs, azureadv1.Config{Endpoint: resource, Deployment: "chat", Credential: cred, Scope: scope, HTTPClient: hc}))
		}
		if n := cred.fetches(); n != 2 {
			t.Errorf("%d fetches, want 2: the host's own scope is one of the three", n)
		}
	})
}

func TestClientsKeepThe256UsedLast(t *testing.T) {
	var cs azureadv1.Clients
	config := func(i int) azureadv1.Config {
		return azureadv1.Config{Endpoint: resource, APIKey: "k", Deployment: fmt.Sprint(i)}
	}
	first, second := get(t, &cs, config(0)), get(t, &cs, config(1))
	for i := 2; i < 256; i++ {
		get(t, &cs, config(i))
	}
	if get(t, &cs, config(0)) != first {
		t.Fatal("a client fell out before there were 257")
	}
	get(t, &cs, config(256)) // 1 was used least recently
	if get(t, &cs, config(0)) != first {
		t.Error("the client used last fell out")
	}
	if get(t, &cs, config(1)) == second {
		t.Error("the client used least recently is still there")
	}
}

func TestClientsUnderManyGoroutines(t *testing.T) {
	w := &network{}
	hc := w.client()
	var cs azureadv1.Clients
	cred := issuing("t")
	var distinct sync.Map
	var wg sync.WaitGroup
	var made atomic.Int32
	for g := range 64 {
		wg.Go(func() {
			for i := range 40 {
				cfg := azureadv1.Config{Endpoint: resource, HTTPClient: hc, Credential: cred, Deployment: fmt.Sprint((g + i) % 8)}
				c, err := cs.Get(cfg)
				if err != nil {
					t.Errorf("Get: %v", err)
					return
				}
				if _, old := distinct.LoadOrStore(c, true); !old {
					made.Add(1)
				}
				if i%10 == 0 {
					if err := chat(t.Context(), c); err != nil {
						t.Errorf("chat: %v", err)
					}
				}
				if _, err := cs.Get(azureadv1.Config{Endpoint: resource, APIKey: fmt.Sprintf("k-%d-%d", g, i)}); err != nil {
					t.Errorf("Get: %v", err)
				}
			}
		})
	}
	wg.Wait()
	if n := cred.fetches(); n > int(made.Load()) {
		t.Errorf("%d fetches for %d clients", n, made.Load())
	}
}

func TestConfigurationThatFailsLeavesNothingBehind(t *testing.T) {
	var cs azureadv1.Clients
	cfg := azureadv1.Config{Endpoint: resource, Identity: azureadv1.Identity{TenantID: "t", ClientID: "c", CertificatePath: "/does/not/exist.pem"}}
	for range 2 {
		if _, err := cs.Get(cfg); err == nil {
			t.Fatal("no error")
		}
	}
	get(t, &cs, azureadv1.Config{Endpoint: resource, APIKey: "k"})
}
