package azureadv1_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-a739af98/langchaingo-azure/azureadv1"
	"github.com/seed-a739af98/langchaingo-azure/azureadv1/azuretest"
)

func TestFromEnvReadsTheFirstVariableThatIsNotBlank(t *testing.T) {
	rows := []struct {
		field     string
		variables string
		value     string // of the variable under test; the later ones hold something else
		other     string
		get       func(azureadv1.Config) string
	}{
		{"Endpoint", "AZURE_OPENAI_ENDPOINT AZURE_API_BASE", "https://a.openai.azure.com", "https://b.openai.azure.com", func(c azureadv1.Config) string { return c.Endpoint }},
		{"APIVersion", "AZURE_OPENAI_API_VERSION OPENAI_API_VERSION AZURE_API_VERSION", "2024-10-21", "v1", func(c azureadv1.Config) string { return c.APIVersion }},
		{"Deployment", "AZURE_OPENAI_DEPLOYMENT AZURE_OPENAI_DEPLOYMENT_NAME", "chat", "other", func(c azureadv1.Config) string { return c.Deployment }},
		{"APIKey", "AZURE_OPENAI_API_KEY AZURE_API_KEY", "key-a", "key-b", func(c azureadv1.Config) string { return c.APIKey }},
		{"Token", "AZURE_OPENAI_AD_TOKEN AZURE_AD_TOKEN", "token-a", "token-b", func(c azureadv1.Config) string { return c.Token }},
		{"Scope", "AZURE_SCOPE", "api://a/.default", "", func(c azureadv1.Config) string { return c.Scope }},
		{"Identity.Kind", "AZURE_CREDENTIAL", "azure_cli", "", func(c azureadv1.Config) string { return c.Identity.Kind }},
	}
	for _, row := range rows {
		names := strings.Fields(row.variables)
		for i, name := range names {
			t.Run(row.field+" from "+name, func(t *testing.T) {
				noEnvironment(t)
				for _, earlier := range names[:i] {
					t.Setenv(earlier, " \t ") // set, but blank
				}
				t.Setenv(name, "  "+row.value+"\n")
				for _, later := range names[i+1:] {
					t.Setenv(later, row.other)
				}
				cfg, err := azureadv1.FromEnv()
				if err != nil {
					t.Fatal(err)
				}
				if got := row.get(cfg); got != row.value {
					t.Errorf("%s = %q, want %q", row.field, got, row.value)
				}
				if cfg.Endpoint == "" {
					cfg.Endpoint = resource
				}
				if row.field != "Endpoint" {
					wantText(t, cfg.Explain().String(), row.field+" (from "+name+")")
				}
			})
		}
	}
}

func TestFromEnvReadsNothingElse(t *testing.T) {
	noEnvironment(t)
	for _, name := range []string{
		"OPENAI_API_KEY", "OPENAI_ORG_ID", "OPENAI_PROJECT_ID", "OPENAI_BASE_URL", "OPENAI_CUSTOM_HEADERS", "OPENAI_ADMIN_KEY",
		"AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET", "AZURE_USERNAME", "AZURE_PASSWORD", "AZURE_CLIENT_CERTIFICATE_PATH",
	} {
		t.Setenv(name, "hunter2")
	}
	cfg, err := azureadv1.FromEnv()
	if err != nil {
		t.Fatal(err)
	}
	cfg.Endpoint = resource
	if diff := cmp.Diff((azureadv1.Config{Endpoint: resource}).String(), cfg.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestFromEnvWithoutAnEndpointIsCompletedAfterwards(t *testing.T) {
	noEnvironment(t)
	t.Setenv("AZURE_OPENAI_API_VERSION", "2024-10-21")
	cfg, err := azureadv1.FromEnv()
	if err != nil {
		t.Fatalf("an endpoint can still be set: %v", err)
	}
	if cfg.Endpoint != "" {
		t.Errorf("Endpoint = %q", cfg.Endpoint)
	}
	_, err = azureadv1.NewClient(cfg)
	if err == nil {
		t.Fatal("no error without an endpoint")
	}
	wantText(t, err.Error(), "Endpoint is empty", "AZURE_OPENAI_ENDPOINT")
}

func TestFromEnvRefusesWhatItFinds(t *testing.T) {
	rows := map[string]struct{ variable, value, want string }{
		"a model version":         {"OPENAI_API_VERSION", "0613", `APIVersion "0613" looks like a model version`},
		"OpenAI's endpoint":       {"AZURE_API_BASE", "https://api.openai.com/v1", "not Azure"},
		"a token as key":          {"AZURE_API_KEY", jwtLike, "APIKey looks like an Entra token"},
		"a token with its scheme": {"AZURE_AD_TOKEN", "Bearer x", "Token begins with"},
		"a resource as scope":     {"AZURE_SCOPE", "https://ai.azure.com", "/.default"},
		"an unknown kind":         {"AZURE_CREDENTIAL", "msi", `Identity.Kind "msi"`},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			noEnvironment(t)
			t.Setenv(row.variable, row.value)
			_, err := azureadv1.FromEnv()
			if err == nil {
				t.Fatal("no error")
			}
			wantText(t, err.Error(), row.want)
			wantNone(t, err.Error(), "eyJ")
		})
	}
}

func TestKindsNamedByTheEnvironmentFindTheirFieldsThere(t *testing.T) {
	noEnvironment(t)
	rows := []struct {
		kind       string
		variables  []string // name, value, name, value
		want       azureadv1.Identity
		credential string
	}{
		{"client_secret", nil, azureadv1.Identity{Kind: "environment"}, "environment"},
		{"ClientSecretCredential", nil, azureadv1.Identity{Kind: "environment"}, "environment"},
		{"client_certificate", nil, azureadv1.Identity{Kind: "environment"}, "environment"},
		{"CertificateCredential", nil, azureadv1.Identity{Kind: "environment"}, "environment"},
		{"username_password", nil, azureadv1.Identity{Kind: "environment"}, "environment"},
		{"UsernamePasswordCredential", nil, azureadv1.Identity{Kind: "environment"}, "environment"},
		{"managed_identity", nil, azureadv1.Identity{Kind: "managed_identity"}, "managed_identity"},
		{"managed_identity", []string{"AZURE_CLIENT_ID", " c "}, azureadv1.Identity{Kind: "managed_identity", ClientID: "c"}, "managed_identity (client c)"},
		{"ManagedIdentityCredential", []string{"AZURE_CLIENT_ID", "c"}, azureadv1.Identity{Kind: "ManagedIdentityCredential", ClientID: "c"}, "managed_identity (client c)"},
		{"azure_cli", []string{"AZURE_TENANT_ID", "t"}, azureadv1.Identity{Kind: "azure_cli"}, "azure_cli"},
		{"workload_identity", []string{"AZURE_TENANT_ID", "t", "AZURE_CLIENT_ID", "c"}, azureadv1.Identity{Kind: "workload_identity"}, "workload_identity"},
		{"federated", []string{"AZURE_OPENAI_AD_TOKEN", "oidc/env/T", "AZURE_TENANT_ID", "t", "AZURE_CLIENT_ID", "c"}, azureadv1.Identity{Kind: "federated", TenantID: "t", ClientID: "c"}, "federated (tenant t, client c)"},
		{"", []string{"AZURE_AD_TOKEN", "oidc/env/T", "AZURE_TENANT_ID", "t", "AZURE_CLIENT_ID", "c"}, azureadv1.Identity{TenantID: "t", ClientID: "c"}, "federated (tenant t, client c)"},
	}
	for _, row := range rows {
		t.Run(row.kind+" "+strings.Join(row.variables, " "), func(t *testing.T) {
			t.Setenv("AZURE_CREDENTIAL", row.kind)
			for i := 0; i < len(row.variables); i += 2 {
				t.Setenv(row.variables[i], row.variables[i+1])
			}
			cfg, err := azureadv1.FromEnv()
			if err != nil {
				t.Fatal(err)
			}
			if cfg.Identity != row.want {
				t.Errorf("Identity = %v, want %v", cfg.Identity, row.want)
			}
			cfg.Endpoint = resource
			x := cfg.Explain()
			if x.Err != nil || x.Credential != row.credential {
				t.Errorf("credential %q, error %v", x.Credential, x.Err)
			}
			if row.kind != "" && !strings.HasSuffix(x.CredentialFrom, "(from AZURE_CREDENTIAL)") {
				t.Errorf("credential from %q", x.CredentialFrom)
			}
		})
	}
}

// The whole way: variables alone, real azidentity, a call.
func TestEnvironmentAloneMakesACall(t *testing.T) {
	for surface, version := range surfaces {
		t.Run(surface, func(t *testing.T) {
			noEnvironment(t)
			s := standIn(t, azuretest.Options{})
			t.Setenv("AZURE_OPENAI_ENDPOINT", s.Endpoint())
			t.Setenv("AZURE_OPENAI_API_VERSION", strings.ToUpper(version))
			t.Setenv("AZURE_OPENAI_DEPLOYMENT_NAME", "chat")
			t.Setenv("AZURE_CREDENTIAL", "client_secret")
			t.Setenv("AZURE_TENANT_ID", azuretest.DefaultTenantID)
			t.Setenv("AZURE_CLIENT_ID", azuretest.DefaultClientID)
			t.Setenv("AZURE_CLIENT_SECRET", azuretest.DefaultClientSecret)
			cfg, err := azureadv1.FromEnv()
			if err != nil {
				t.Fatal(err)
			}
			cfg.HTTPClient = s.HTTPClient()
			mustChat(t, newClient(t, cfg))
			if r := s.Requests()[0]; r.Surface != surface || r.Credential != azuretest.CredentialToken {
				t.Errorf("%v", r)
			}
		})
	}
}

func TestKeyFoundInTheEnvironmentOutranksACredentialSetAfterwards(t *testing.T) {
	noEnvironment(t)
	t.Setenv("AZURE_OPENAI_ENDPOINT", resource)
	t.Setenv("AZURE_API_KEY", "key-of-the-environment")
	cfg, err := azureadv1.FromEnv()
	if err != nil {
		t.Fatal(err)
	}
	cred := issuing("t")
	cfg.Credential, cfg.Deployment = cred, "chat"
	x := cfg.Explain()
	if x.Credential != "APIKey" || x.CredentialFrom != "APIKey (from AZURE_API_KEY)" || strings.Join(x.Ignored, ",") != "Credential" {
		t.Errorf("Explain: %q from %q, ignored %q", x.Credential, x.CredentialFrom, x.Ignored)
	}
	wantNone(t, x.String(), "key-of-the-environment")
	w := &network{}
	cfg.HTTPClient = w.client()
	mustChat(t, newClient(t, cfg))
	if got := w.last(t).header.Get("Api-Key"); got != "key-of-the-environment" || cred.fetches() > 0 {
		t.Errorf("api-key %q, %d fetches", got, cred.fetches())
	}

	cfg.APIKey = "a key of the program's"
	if from := cfg.Explain().CredentialFrom; from != "APIKey" {
		t.Errorf("a key set since then is said to come from %q", from)
	}
}

func TestNewClientReadsNoVariable(t *testing.T) {
	noEnvironment(t)
	t.Setenv("AZURE_OPENAI_ENDPOINT", "https://env.openai.azure.com")
	t.Setenv("AZURE_OPENAI_API_KEY", "hunter2")
	t.Setenv("AZURE_OPENAI_DEPLOYMENT", "env")
	t.Setenv("AZURE_OPENAI_API_VERSION", "2024-10-21")
	t.Setenv("AZURE_SCOPE", "api://env/.default")
	w := &network{}
	cred := issuing("t")
	mustChat(t, onWire(t, w, azureadv1.Config{Credential: cred}))
	c := w.last(t)
	if c.url != "https://r.openai.azure.com/openai/v1/chat/completions" || c.header.Get("Authorization") != "Bearer t" || c.header.Get("Api-Key") != "" {
		t.Errorf("%s with %v", c.url, c.header)
	}
	if got := cred.asked[0].Scopes[0]; got != "https://cognitiveservices.azure.com/.default" {
		t.Errorf("scope %s", got)
	}
}
