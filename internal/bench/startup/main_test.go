package main

import (
	"context"
	"errors"
	"net/http"
	"os"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"github.com/seed-a739af98/langchaingo-azure/adapters/langchaingo"
	"github.com/seed-a739af98/langchaingo-azure/azureadv1"
	"github.com/seed-a739af98/langchaingo-azure/internal/fenced"
)

// configs are the ways to be somebody.
func configs() map[string]azureadv1.Config {
	base := azureadv1.Config{Endpoint: "https://resource.openai.azure.com", Deployment: "chat"}
	with := func(change func(*azureadv1.Config)) azureadv1.Config {
		c := base
		change(&c)
		return c
	}
	return map[string]azureadv1.Config{
		"key":        with(func(c *azureadv1.Config) { c.APIKey = "key" }),
		"token":      with(func(c *azureadv1.Config) { c.Token = "a.b.c" }),
		"credential": with(func(c *azureadv1.Config) { c.Credential = unasked{} }),
		"provider": with(func(c *azureadv1.Config) {
			c.TokenProvider = func(context.Context) (string, error) { return "", errAsked }
		}),
		"client secret": with(func(c *azureadv1.Config) {
			c.Identity = azureadv1.Identity{Kind: "client_secret", TenantID: "11111111-2222-4333-8444-555555555555", ClientID: "client", ClientSecret: "secret"}
		}),
		"managed identity": with(func(c *azureadv1.Config) { c.Identity = azureadv1.Identity{Kind: "managed_identity"} }),
		"nothing at all":   base,
	}
}

var errAsked = errors.New("asked for a token")

type unasked struct{}

// GetToken is not called when a model is made.
func (unasked) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	panic(errAsked)
}

// TestNewMakesNoCall: neither to the service nor for a token, whatever the
// credential. What would go by the configured client or by the default transport
// is caught here; a credential that is asked panics.
func TestNewMakesNoCall(t *testing.T) {
	before := http.DefaultTransport
	t.Cleanup(func() { http.DefaultTransport = before })
	refuse := roundTripper(func(r *http.Request) (*http.Response, error) {
		t.Errorf("%s was called", r.URL.Host)
		return nil, errAsked
	})
	http.DefaultTransport = refuse
	for name, cfg := range configs() {
		cfg.HTTPClient = &http.Client{Transport: refuse}
		cfg.TokenProviderID = ""
		if _, err := langchaingo.New(cfg); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// BenchmarkNew is the second model and those after it.
func BenchmarkNew(b *testing.B) {
	for name, cfg := range configs() {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := langchaingo.New(cfg); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// TestAnEmptyProgramIsMeasured runs the command of docs/performance.md for the
// smallest of its programs: what is counted there is what is counted for all.
func TestAnEmptyProgramIsMeasured(t *testing.T) {
	c := fenced.Commands(t, "docs/performance.md", "go run ./internal/bench/startup")[0]
	t.Chdir("../../..")
	runs, only := parse(append(c.Args, "-runs", "2", "-only", "empty"))
	all, err := run(t.Context(), runs, only)
	if err != nil {
		t.Fatal(err)
	}
	if err := printed(all, runs); err != nil {
		t.Error(err)
	}
	m := all["empty"]
	if m.size < 500_000 || m.stripped >= m.size || m.packages < 5 || m.modules != 1 || len(m.starts) != 2 || len(m.inits) == 0 || m.total.took < m.inits[0].took {
		t.Errorf("measured %+v", m)
	}
	if s := m.slowest(2); len(s) != 2 || s[0].took < s[1].took {
		t.Errorf("slowest: %v", s)
	}
	for _, p := range programs {
		if _, err := os.Stat(root + p.dir); err != nil {
			t.Error(err)
		}
	}
}
