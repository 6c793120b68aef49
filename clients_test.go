package provider_test

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/google/go-cmp/cmp"

	"github.com/seed-a739af98/langchaingo-azure/azureadv1"
	"github.com/seed-a739af98/langchaingo-azure/azureadv1/azuretest"
)

// sharing are the ways to come by a client.
var sharing = []struct {
	name string
	get  func(*azureadv1.Clients, azureadv1.Config) (*azureadv1.Client, error)
}{
	{"from Clients", (*azureadv1.Clients).Get},
	{"from NewClient", func(_ *azureadv1.Clients, cfg azureadv1.Config) (*azureadv1.Client, error) {
		return azureadv1.NewClient(cfg)
	}},
}

// TestClosuresMadeInOneLoopShareNoClient is what a cache that keys on a func's address gets wrong: in Go both closures
// have one address.
func TestClosuresMadeInOneLoopShareNoClient(t *testing.T) {
	for _, how := range sharing {
		t.Run(how.name, func(t *testing.T) {
			onBothSurfaces(t, func(t *testing.T, sf surface) {
				s := inMemory(t, azuretest.Options{})
				var clients azureadv1.Clients
				got := make(map[string]*azureadv1.Client)
				cfg := config(t, s, sf.version)
				for _, tenant := range []string{"tenant-a", "tenant-b"} {
					cfg.TokenProvider = func(context.Context) (string, error) {
						return s.IssueToken(azuretest.Claims{ClientID: tenant}), nil
					}
					client, err := how.get(&clients, cfg)
					must(t, err)
					got[tenant] = client
				}
				if got["tenant-a"] == got["tenant-b"] {
					t.Fatal("two tenants share one client")
				}
				var called []string
				for _, tenant := range []string{"tenant-a", "tenant-b", "tenant-a"} {
					generateOK(t, callerOn(t, got[tenant]))
				}
				for _, r := range s.Requests() {
					called = append(called, clientOf(r))
				}
				if diff := cmp.Diff([]string{"tenant-a", "tenant-b", "tenant-a"}, called); diff != "" {
					t.Errorf("who called (-want +got):\n%s", diff)
				}
			})
		})
	}
}

// fixedCredential is one token behind a pointer of its own, whose address the next one may have after a collection.
type fixedCredential struct{ token azcore.AccessToken }

// GetToken implements azcore.TokenCredential.
func (c *fixedCredential) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	return c.token, nil
}

// TestShortLivedProvidersEachSendTheirOwnToken makes 1,000 of them, with a garbage collection after each, so that
// addresses come again.
func TestShortLivedProvidersEachSendTheirOwnToken(t *testing.T) {
	t.Parallel() // it is long
	kinds := []func(*azureadv1.Config, azcore.AccessToken){
		func(c *azureadv1.Config, token azcore.AccessToken) {
			c.TokenProvider = func(context.Context) (string, error) { return token.Token, nil }
		},
		func(c *azureadv1.Config, token azcore.AccessToken) { c.Credential = &fixedCredential{token} },
		func(c *azureadv1.Config, token azcore.AccessToken) {
			c.TokenProvider = azureadv1.BearerTokenProvider(&fixedCredential{token}, "")
		},
		func(c *azureadv1.Config, token azcore.AccessToken) { c.Token = token.Token },
	}
	s := inMemory(t, azuretest.Options{KeepLast: 1})
	var clients azureadv1.Clients
	body := []byte(`{"model":"chat","messages":[{"role":"user","content":"hi"}]}`)
	for i := range 1000 {
		claims := azuretest.Claims{ClientID: fmt.Sprint("client ", i)}
		token := azcore.AccessToken{Token: s.IssueToken(claims), ExpiresOn: time.Now().Add(time.Hour)}
		cfg := azureadv1.Config{Endpoint: s.Endpoint(), Deployment: chatDeployment, HTTPClient: s.HTTPClient()}
		kinds[i%len(kinds)](&cfg, token)
		client, err := clients.Get(cfg)
		must(t, err)
		res, err := client.Post(t.Context(), azureadv1.OpChat, "", body)
		must(t, err)
		must(t, res.Body.Close())
		if who := clientOf(s.Requests()[0]); who != claims.ClientID {
			t.Fatalf("request %d carries the token of %s", i, who)
		}
		if i%8 == 7 {
			runtime.GC() // what is built next lies where the dead ones lay
		}
	}
}

// TestClientsUnderManyGoroutines asks for a few identities from many goroutines at once, evictions included.
func TestClientsUnderManyGoroutines(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		s := inMemory(t, azuretest.Options{KeepLast: 1})
		var clients azureadv1.Clients
		creds := make([]*counted, 8)
		for i := range creds {
			cred, err := s.CredentialFor(azuretest.DefaultTenantID, azuretest.DefaultClientID, clientSecret)
			must(t, err)
			creds[i] = count(cred)
		}
		base := config(t, s, "v1")
		var wg sync.WaitGroup
		for g := range 32 {
			wg.Go(func() {
				for i := range 20 {
					cfg := base
					cfg.Credential = creds[(g+i)%len(creds)]
					client, err := clients.Get(cfg)
					if err == nil {
						_, err = post(t.Context(), caller{client: client})
					}
					if err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		for _, cred := range creds {
			cred.check(t, 1, 1)
		}
	})
}

// TestACredentialThatGoCannotCompareIsNeverShared must not panic either: such a value cannot be a map's key.
func TestACredentialThatGoCannotCompareIsNeverShared(t *testing.T) {
	onBothSurfaces(t, func(t *testing.T, sf surface) {
		s := inMemory(t, azuretest.Options{})
		var clients azureadv1.Clients
		cfg := config(t, s, sf.version)
		cfg.Credential = credentialFunc(s.Credential().GetToken)
		a, err := clients.Get(cfg)
		must(t, err)
		b, err := clients.Get(cfg)
		must(t, err)
		if a == b {
			t.Error("a credential without an identity is shared")
		}
		generateOK(t, callerOn(t, a))
		generateOK(t, callerOn(t, b))
	})
}
