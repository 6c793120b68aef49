package registry_test

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/tmc/langchaingo/llms"

	"github.com/seed-a739af98/langchaingo-azure/adapters/registry"
	"github.com/seed-a739af98/langchaingo-azure/azureadv1/azuretest"
)

// The two resources that testdata/litellm.yaml names. Neither name may be edited for a test.
const (
	sweden = "contoso-swedencentral.openai.azure.com"
	east   = "contoso-eastus.openai.azure.com"
)

// contoso is what the LiteLLM file describes: two resources in one tenant, and the providers that are registered for it.
type contoso struct {
	sweden, east   *azuretest.Server
	ollama, claude *local
	models         *registry.Registry
}

// newContoso reads the file as a program does: from its path, with variables of the environment.
func newContoso(t *testing.T) *contoso {
	t.Helper()
	for name, value := range map[string]string{
		"AZURE_API_KEY": apiKey, "AZURE_TENANT_ID": azuretest.DefaultTenantID, "AZURE_CLIENT_ID": azuretest.DefaultClientID,
		"AZURE_CLIENT_SECRET": "hush-secret", "ANTHROPIC_API_KEY": "hush-claude", "OUTSIDE_TOKEN": outsideToken(),
	} {
		t.Setenv(name, value)
	}
	stand := func(host string, deployments map[string]string) *azuretest.Server {
		return azure(t, azuretest.Options{Host: host, ClientSecret: "hush-secret", Deployments: deployments})
	}
	c := &contoso{
		sweden: stand(sweden, map[string]string{"gpt-4o-ptu": "gpt-4o"}),
		east: stand(east, map[string]string{
			"gpt-4o-paygo": "gpt-4o", "gpt-4o-mini": "gpt-4o-mini", "reasoner": "o3", "text-embedding-3-small": "text-embedding-3-small",
		}),
		ollama: &local{pieces: []string{"from ollama"}}, claude: &local{pieces: []string{"from claude"}},
	}
	factory := func(l *local) registry.Factory {
		return func(e registry.Entry) (llms.Model, error) { l.entry = e; return l, nil }
	}
	var err error
	c.models, err = registry.Loader{
		HTTPClient: &http.Client{Transport: roundTripper(c.send)},
		Providers:  map[string]registry.Factory{"ollama": factory(c.ollama), "anthropic": factory(c.claude)},
	}.Load("testdata/litellm.yaml")
	must(t, err)
	return c
}

// send is the network: each resource has its host, and Entra is the second one's.
func (c *contoso) send(req *http.Request) (*http.Response, error) {
	if req.URL.Host == sweden {
		return c.sweden.HTTPClient().Transport.RoundTrip(req)
	}
	return c.east.HTTPClient().Transport.RoundTrip(req)
}

// outsideToken is an identity provider's token that Entra exchanges for its own.
func outsideToken() string {
	part := base64.RawURLEncoding.EncodeToString
	return part([]byte(`{"alg":"RS256"}`)) + "." + part([]byte(`{"exp":4102444800}`)) + "." + part([]byte("hush"))
}

// last is the newest request of a resource, on one line.
func last(t *testing.T, s *azuretest.Server) (azuretest.Request, string) {
	t.Helper()
	all := s.Requests()
	if len(all) == 0 {
		t.Fatalf("%s was not asked", s)
	}
	r := all[len(all)-1]
	return r, fmt.Sprintf("%s %s %s %s %d", r.Surface, r.APIVersion, r.Deployment, r.Credential, r.Status)
}

func TestEveryNameOfALiteLLMFileServes(t *testing.T) {
	c := newContoso(t)
	const ptu, paygo, mini = "gpt-4o-ptu", "gpt-4o-paygo@" + east, "gpt-4o-mini@" + east
	rows := []struct {
		name    string
		by      string
		at      *azuretest.Server
		request string
		fields  map[string]any // of the body; nil is absent
	}{
		{"gpt-4o", ptu, c.sweden, "classic 2024-10-21 gpt-4o-ptu key 200", map[string]any{"temperature": nil, "stop": nil}},
		{"default", ptu, c.sweden, "classic 2024-10-21 gpt-4o-ptu key 200", nil},
		{"gpt-4o-mini", mini, c.east, "classic 2024-10-21 gpt-4o-mini token 200", map[string]any{"temperature": 0.2, "stop": []any{"END"}}},
		{"old", mini, c.east, "classic 2024-10-21 gpt-4o-mini token 200", nil},
		{"o3", "reasoner@" + east, c.east, "v1  reasoner token 200", map[string]any{"reasoning_effort": "low", "top_p": nil, "temperature": nil}},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			if by := ask(t, model(t, c.models, row.name), llms.WithTopP(0.9)); by != row.by {
				t.Errorf("%s served, want %s", by, row.by)
			}
			r, line := last(t, row.at)
			if line != row.request {
				t.Errorf("asked %q, want %q", line, row.request)
			}
			for field, want := range row.fields {
				if diff := cmp.Diff(want, r.Field(field)); diff != "" {
					t.Errorf("%s (-want +got):\n%s", field, diff)
				}
			}
		})
	}
	t.Run("gpt-4o beyond its throughput", func(t *testing.T) {
		c.sweden.EnqueueFor(ptu, azuretest.RateLimited(azuretest.RetryAfter(30)))
		if by := ask(t, model(t, c.models, "gpt-4o")); by != paygo {
			t.Errorf("%s served, want %s", by, paygo)
		}
		if r, line := last(t, c.east); line != "classic 2024-10-21 gpt-4o-paygo token 200" || r.Field("temperature") != 0.2 {
			t.Errorf("asked %q with temperature %v", line, r.Field("temperature"))
		}
	})
	t.Run("embed", func(t *testing.T) {
		e, err := c.models.Embedder("embed")
		must(t, err)
		vectors, err := e.EmbedDocuments(t.Context(), []string{"one", "two"})
		must(t, err)
		if _, line := last(t, c.east); len(vectors) != 2 || len(vectors[0]) != 512 || line != "v1  text-embedding-3-small key 200" {
			t.Errorf("%d vectors of %d numbers, asked %q", len(vectors), len(vectors[0]), line)
		}
	})
	if diff := cmp.Diff([]string{"claude", "default", "embed", "gpt-4o", "gpt-4o-mini", "local", "o3", "old"}, c.models.Names()); diff != "" {
		t.Errorf("Names (-want +got):\n%s", diff)
	}
}

func TestOtherProvidersOfALiteLLMFileServe(t *testing.T) {
	c := newContoso(t)
	if by := ask(t, model(t, c.models, "local")); by != "ollama/llama3" {
		t.Errorf("%s served", by)
	}
	c.east.EnqueueFor("gpt-4o-mini", azuretest.ContextLengthExceeded())
	if by := ask(t, model(t, c.models, "gpt-4o-mini")); by != "anthropic/claude-sonnet" {
		t.Errorf("%s served a conversation too long for gpt-4o-mini, want its context_window_fallbacks", by)
	}
	wantLocal := registry.Entry{
		Name: "local", ID: "ollama/llama3", Provider: "ollama", Model: "llama3", APIBase: "http://localhost:11434",
		Params: map[string]any{"keep_alive": "5m", "num_ctx": int64(8192)},
	}
	if diff := cmp.Diff(wantLocal, c.ollama.entry); diff != "" {
		t.Errorf("what ollama's factory gets (-want +got):\n%s", diff)
	}
	wantClaude := registry.Entry{
		Name: "claude", ID: "anthropic/claude-sonnet", Provider: "anthropic", Model: "claude-sonnet", APIKey: "hush-claude",
		Params: map[string]any{"thinking": map[string]any{"type": "enabled", "budget_tokens": int64(1024)}},
	}
	if diff := cmp.Diff(wantClaude, c.claude.entry); diff != "" {
		t.Errorf("what anthropic's factory gets (-want +got):\n%s", diff)
	}
}

// TestALiteLLMFilesWarnings has each of them, so that what users of such a file are told is read before it changes.
func TestALiteLLMFilesWarnings(t *testing.T) {
	want := []string{
		"line 12: model_list[0].litellm_params.input_cost_per_token has no meaning here: Costs and budgets are not kept here",
		"line 17: model_list[0].model_info.max_input_tokens has no meaning here: It describes the model to LiteLLM's proxy and its price list",
		"line 73: router_settings.retry_policy.BadRequestErrorRetries has no meaning here: A call that the service refused for what it says is never repeated",
		"line 76: router_settings.enable_pre_call_checks says nothing here: Orders are kept to, and limits looked at before a call, in any case",
		"line 79: router_settings.model_group_alias.old.hidden has no meaning here: Names always lists aliases",
		"line 80: router_settings.redis_host has no meaning here: Share what is parked through adapters/registry/redisstate",
		"line 87: litellm_settings.success_callback has no meaning here: Use langchaingo's callbacks, Config.Logger or OpenTelemetry",
		"line 88: litellm_settings.set_verbose has no meaning here: Use langchaingo's callbacks, Config.Logger or OpenTelemetry",
		"line 90: general_settings has no meaning here: It belongs to LiteLLM's proxy",
	}
	got := newContoso(t).models.Warnings()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("warnings (-want +got):\n%s", diff)
	}
	if text := strings.Join(got, "\n"); strings.Contains(text, "sk-1234") || strings.Contains(text, "hush") || strings.Contains(text, "postgres") {
		t.Errorf("a warning shows a value:\n%s", text)
	}
}
