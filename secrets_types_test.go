package provider_test

import (
	"context"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/tmc/langchaingo/llms"

	"github.com/seed-a739af98/langchaingo-azure/adapters/langchaingo"
	"github.com/seed-a739af98/langchaingo-azure/adapters/registry"
	"github.com/seed-a739af98/langchaingo-azure/azureadv1"
	"github.com/seed-a739af98/langchaingo-azure/azureadv1/azuretest"
)

// harmless are the public types that hold no secret to begin with: names, counts and functions, and what a test itself wrote.
var harmless = []string{
	"azureadv1.Operation", "azureadv1.Surface", "azureadv1.TokenProvider", "azureadv1.Outcome", "langchaingo.Option", "langchaingo.EmbeddingUsage",
	"registry.Factory", "registry.State", "registry.Parking", "azuretest.Claims", "azuretest.Message", "azuretest.Reply", "azuretest.Stats",
	"azuretest.ToolCall", "azuretest.Usage", "azuretest.Wait",
}

// openCredential is a program's own credential, which hides nothing of itself.
type openCredential struct{ secret string }

// GetToken implements azcore.TokenCredential.
func (c openCredential) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	return azcore.AccessToken{Token: c.secret}, nil
}

// TestEveryPublicTypeShowsNoSecret prints a value of each exported type that may hold one, with a secret in every place that
// takes one; a type that is new has to come here.
func TestEveryPublicTypeShowsNoSecret(t *testing.T) {
	samples := secretSamples(t)
	for name, v := range samples {
		checkSecrets(t, v)
		checkSecrets(t, map[string]any{name: v})
		checkSecrets(t, struct{ Value any }{v})
	}
	r := samples["registry.Registry"].(*registry.Registry)
	checkSecrets(t, struct{ models *registry.Registry }{r}) // where fmt calls no method
	var missing []string
	for _, dir := range []string{"azureadv1", "azureadv1/azuretest", "adapters/langchaingo", "adapters/registry"} {
		for _, name := range exportedTypes(t, dir) {
			if _, ok := samples[name]; !ok && !slices.Contains(harmless, name) {
				missing = append(missing, name)
			}
		}
	}
	if len(missing) > 0 {
		t.Errorf("nobody prints %q", missing)
	}
}

// secretSamples are values by the name of their type.
func secretSamples(t *testing.T) map[string]any {
	t.Helper()
	s := inMemory(t, azuretest.Options{Respond: func(r azuretest.Request) azuretest.Reply {
		said := r.Header.Get("Api-Key")
		return azuretest.Raw(400, http.Header{"Content-Type": {"application/json"}}, `{"error":{"code":"content_filter","message":"`+said+`","param":"`+said+
			`","innererror":{"content_filter_result":{"hate":{"filtered":true,"severity":"`+said+`","details":"`+said+`"}}}}}`)
	}})
	cfg := config(t, s, "v1")
	cfg.Credential = openCredential{"hush-open"}
	checkSecrets(t, cfg)
	cfg.Credential, cfg.APIKey = nil, apiKey
	c := newCaller(t, cfg)
	_, err := generate(t.Context(), c)
	e := route{surfaces[1], ways[0]}.failure(t, err)
	if e.ContentFilter == nil || len(e.ContentFilter.Results) == 0 {
		t.Fatalf("no content filter in %v", e)
	}
	loader := registry.Loader{
		HTTPClient: s.HTTPClient(), Credential: openCredential{"hush-open"}, LookupEnv: func(string) (string, bool) { return apiKey, true },
		Providers: map[string]registry.Factory{"other": func(registry.Entry) (llms.Model, error) { return nil, fs.ErrNotExist }},
	}
	models, err := loader.Parse(strings.NewReader("model_list:\n  - {model_name: m, litellm_params: {model: azure/a, api_base: \"https://r.openai.azure.com?sig=hush-query\", api_key: hush-key, headers: {X-Team: hush-team}}}\n"))
	must(t, err)
	_, err = registry.Parse(strings.NewReader("model_list:\n  - {model_name: m, litellm_params: {model: azure/a, api_base: \"https://r.openai.azure.com\", api_key: [hush-key]}}\n"))
	errs, ok := err.(registry.Errors) //nolint:errorlint // the type is wanted
	if !ok || len(errs) == 0 {
		t.Fatal(err)
	}
	var clients azureadv1.Clients
	_, err = clients.Get(cfg)
	must(t, err)
	must(t, langchaingo.WithDropParams("seed")(c.model))
	return map[string]any{
		"azureadv1.Client": c.client, "azureadv1.Clients": &clients, "azureadv1.Config": secretive(), "azureadv1.Identity": secretive().Identity,
		"azureadv1.Explanation": secretive().Explain(), "azureadv1.Error": e, "azureadv1.ContentFilter": e.ContentFilter, "azureadv1.FilterResult": e.ContentFilter.Results[0],
		"langchaingo.LLM": c.model, "registry.Loader": loader, "registry.Registry": models, "registry.AzureEntry": models.Azure()[0], "registry.Entry": models.Azure()[0].Entry,
		"registry.Status": models.State()[0], "registry.Errors": errs, "registry.FileError": errs[0],
		"azuretest.Server": s, "azuretest.Options": azuretest.Options{APIKey: apiKey, ClientSecret: clientSecret}, "azuretest.App": azuretest.App{ClientID: "a", ClientSecret: clientSecret},
		"azuretest.Request": s.Requests()[0], "azuretest.TokenRequest": s.TokenRequests(),
	}
}

// exportedTypes are a package's, in the order of their names.
func exportedTypes(t *testing.T, dir string) []string {
	t.Helper()
	packages, err := parser.ParseDir(token.NewFileSet(), dir, func(f fs.FileInfo) bool { return !strings.HasSuffix(f.Name(), "_test.go") }, parser.SkipObjectResolution) //nolint:staticcheck // SA1019: no build tags here
	must(t, err)
	names := map[string]bool{}
	for _, p := range packages {
		for _, file := range p.Files {
			ast.Inspect(file, func(n ast.Node) bool {
				if spec, ok := n.(*ast.TypeSpec); ok && spec.Name.IsExported() {
					names[p.Name+"."+spec.Name.Name] = true
				}
				return true
			})
		}
	}
	return slices.Sorted(maps.Keys(names))
}
