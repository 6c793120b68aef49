package provider_test

import (
	"errors"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	"github.com/tmc/langchaingo/llms"

	"github.com/seed-a739af98/langchaingo-azure/adapters/langchaingo"
	"github.com/seed-a739af98/langchaingo-azure/azureadv1"
	"github.com/seed-a739af98/langchaingo-azure/azureadv1/azuretest"
)

// jwt looks like an Entra token, as users paste them.
const jwt = "eyJ0eXAiOiJKV1QifQ.eyJhdWQiOiJodXNoIn0.aHVzaA"

// TestWrongConfigurationsAreTold has a row for every field, wrong in the ways users get it wrong. Each error comes before
// any request and has the field, the value where it is no secret, and the way out.
func TestWrongConfigurationsAreTold(t *testing.T) {
	rows := []struct {
		name  string
		wrong func(*azureadv1.Config)
		says  []string
	}{
		// Endpoint.
		{"no endpoint", func(c *azureadv1.Config) { c.Endpoint = "" }, []string{"Endpoint", "empty", "https://my-resource.openai.azure.com", "AZURE_OPENAI_ENDPOINT"}},
		{"a blank endpoint", func(c *azureadv1.Config) { c.Endpoint = " \t" }, []string{"Endpoint", "empty"}},
		{"OpenAI's own endpoint", func(c *azureadv1.Config) { c.Endpoint = "https://api.openai.com/v1" }, []string{"Endpoint", "api.openai.com", "not Azure"}},
		{"http", func(c *azureadv1.Config) { c.Endpoint = "http://r.openai.azure.com" }, []string{"Endpoint", "http://r.openai.azure.com", "https://r.openai.azure.com"}},
		{"another scheme", func(c *azureadv1.Config) { c.Endpoint = "ws://r.openai.azure.com" }, []string{"Endpoint", `"ws"`, "https"}},
		{"a line break inside", func(c *azureadv1.Config) { c.Endpoint = "https://r.openai\n.azure.com" }, []string{"Endpoint", "control character", "paste it again"}},
		{"a password in the URL", func(c *azureadv1.Config) { c.Endpoint = "https://me:hush@r.openai.azure.com" }, []string{"Endpoint", "r.openai.azure.com", "password"}},
		{"no host", func(c *azureadv1.Config) { c.Endpoint = "https:///openai/v1" }, []string{"Endpoint", "/openai/v1", "no host"}},
		{"a bad port", func(c *azureadv1.Config) { c.Endpoint = "https://r.openai.azure.com:https" }, []string{"Endpoint", "port"}},
		{"a bad escape", func(c *azureadv1.Config) { c.Endpoint = "https://r.openai.azure.com/openai/deployments/%zz" }, []string{"Endpoint"}},
		{"the portal's page", func(c *azureadv1.Config) { c.Endpoint = "https://portal.azure.com/#view/x" }, []string{"Endpoint"}},
		{"the studio's page", func(c *azureadv1.Config) { c.Endpoint = "https://ai.azure.com/resource/overview" }, []string{"Endpoint", "ai.azure.com", "copy the endpoint"}},
		{"a path that Azure does not serve", func(c *azureadv1.Config) { c.Endpoint = "https://r.openai.azure.com/v1" }, []string{"Endpoint", "/v1", "https://r.openai.azure.com/openai/v1"}},
		{"several hosts", func(c *azureadv1.Config) { c.Endpoint = "https://a.openai.azure.com,https://b.openai.azure.com" }, []string{"Endpoint"}},
		{"a placeholder", func(c *azureadv1.Config) { c.Endpoint = "https://<resource>.openai.azure.com" }, []string{"Endpoint"}},
		{"a date with a v1 URL", func(c *azureadv1.Config) {
			c.Endpoint, c.APIVersion = "https://r.openai.azure.com/openai/v1", "2024-10-21"
		}, []string{"APIVersion", `"2024-10-21"`, "/openai/v1", "drop the date"}},
		{"v1 with a deployment's URL", func(c *azureadv1.Config) {
			c.Endpoint, c.APIVersion = "https://r.openai.azure.com/openai/deployments/chat", "v1"
		}, []string{"APIVersion", `"v1"`, "/openai/deployments/chat"}},

		// APIVersion.
		{"a model version", func(c *azureadv1.Config) { c.APIVersion = "0613" }, []string{"APIVersion", `"0613" looks like a model version, not an API version`, `"v1"`}},
		{"a model's date", func(c *azureadv1.Config) { c.APIVersion = "2025-04-14" }, []string{"APIVersion", `"2025-04-14"`, "model version", "gpt-4.1", `"v1"`}},
		{"a model's name", func(c *azureadv1.Config) { c.APIVersion = "gpt-4o" }, []string{"APIVersion", `"gpt-4o"`, "model", `"v1"`}},
		{"v2", func(c *azureadv1.Config) { c.APIVersion = "v2" }, []string{"APIVersion", `"v2"`, `"v1"`}},
		{"a date without dashes", func(c *azureadv1.Config) { c.APIVersion = "20241021" }, []string{"APIVersion", `"20241021"`, "dashes"}},
		{"a date that is none", func(c *azureadv1.Config) { c.APIVersion = "2024-13-41" }, []string{"APIVersion", `"2024-13-41"`, "calendar"}},
		{"a date with another word", func(c *azureadv1.Config) { c.APIVersion = "2024-10-21-beta" }, []string{"APIVersion", `"2024-10-21-beta"`, "-preview"}},
		{"the query and all", func(c *azureadv1.Config) { c.APIVersion = "?api-version=2024-10-21" }, []string{"APIVersion", "part of one", `"2024-10-21"`}},

		// Deployment.
		{"a blank deployment", func(c *azureadv1.Config) { c.Deployment = " " }, []string{"Deployment", "empty", "not the model's"}},
		{"..", func(c *azureadv1.Config) { c.Deployment = ".." }, []string{"Deployment", `".."`}},
		{".", func(c *azureadv1.Config) { c.Deployment = "." }, []string{"Deployment", `"."`}},
		{"a deployment with a line break", func(c *azureadv1.Config) { c.Deployment = "chat\n" }, []string{"Deployment", `"chat\n"`, "control character"}},

		// Credentials.
		{"a token as key", func(c *azureadv1.Config) { c.APIKey = jwt }, []string{"APIKey", "looks like an Entra token", "TokenProvider"}},
		{"a key with Bearer", func(c *azureadv1.Config) { c.APIKey = "Bearer hush" }, []string{"APIKey", `"Bearer "`, "alone"}},
		{"a key with a line break", func(c *azureadv1.Config) { c.APIKey = "hush\n" }, []string{"APIKey", "line break", "trim"}},
		{"a blank key", func(c *azureadv1.Config) { c.APIKey = "  " }, []string{"APIKey", "blank"}},
		{"a redacted key", func(c *azureadv1.Config) { c.APIKey = "REDACTED" }, []string{"APIKey", "REDACTED", "printed"}},
		{"a key in quotes beyond ASCII", func(c *azureadv1.Config) { c.APIKey = "\u201chush\u201d" }, []string{"APIKey", "trim"}},
		{"a token with Bearer", func(c *azureadv1.Config) { c.APIKey, c.Token = "", "Bearer "+jwt }, []string{"Token", `"Bearer "`, "alone"}},
		{"a key as token", func(c *azureadv1.Config) { c.APIKey, c.Token = "", strings.Repeat("0a", 16) }, []string{"Token", "key", "APIKey"}},
		{"a blank token", func(c *azureadv1.Config) { c.APIKey, c.Token = "", "\n" }, []string{"Token", "blank"}},
		{"a redacted token", func(c *azureadv1.Config) { c.APIKey, c.Token = "", "REDACTED" }, []string{"Token", "REDACTED"}},
		{"a token with a line break inside", func(c *azureadv1.Config) { c.APIKey, c.Token = "", jwt+"\n"+jwt }, []string{"Token", "line break"}},
		{"a nil credential in an interface", func(c *azureadv1.Config) {
			c.APIKey, c.Credential = "", (*azidentity.ClientSecretCredential)(nil)
		}, []string{"Credential", "nil *azidentity.ClientSecretCredential", "error of its constructor"}},
		{"an id without a provider", func(c *azureadv1.Config) { c.TokenProviderID = "tenant-a" }, []string{"TokenProviderID", `"tenant-a"`, "TokenProvider"}},

		// Identity.
		{"an unknown kind", func(c *azureadv1.Config) { c.Identity.Kind = "service_principal" }, []string{"Identity.Kind", `"service_principal"`, "client_secret"}},
		{"a secret without a tenant", func(c *azureadv1.Config) {
			c.Identity = azureadv1.Identity{ClientID: "client", ClientSecret: clientSecret}
		}, []string{"Identity.TenantID", "client_secret", "tenant"}},
		{"a secret with a line break", func(c *azureadv1.Config) {
			c.Identity = azureadv1.Identity{TenantID: "contoso.example", ClientID: "client", ClientSecret: clientSecret + "\n"}
		}, []string{"Identity.ClientSecret", "control character", "trim"}},
		{"a redacted secret", func(c *azureadv1.Config) {
			c.Identity = azureadv1.Identity{TenantID: "contoso.example", ClientID: "client", ClientSecret: "REDACTED"}
		}, []string{"Identity.ClientSecret", "REDACTED"}},
		{"a tenant that is a URL", func(c *azureadv1.Config) {
			c.Identity = azureadv1.Identity{TenantID: "https://contoso.example/", ClientID: "client", ClientSecret: clientSecret}
		}, []string{"Identity.TenantID", "https://contoso.example/", "GUID"}},
		{"a tenant and a client alone", func(c *azureadv1.Config) {
			c.Identity = azureadv1.Identity{TenantID: "contoso.example", ClientID: "client"}
		}, []string{"Identity.Kind", "ClientSecret"}},
		{"a secret for a managed identity", func(c *azureadv1.Config) {
			c.Identity = azureadv1.Identity{Kind: "managed_identity", ClientSecret: clientSecret}
		}, []string{"Identity.ClientSecret", "managed_identity", "clear it"}},
		{"a token in place of its file", func(c *azureadv1.Config) {
			c.Identity = azureadv1.Identity{Kind: "federated", TenantID: "contoso.example", ClientID: "client", TokenFile: jwt}
		}, []string{"Identity.TokenFile", "file"}},
		{"a reference to nowhere", func(c *azureadv1.Config) {
			c.Identity = azureadv1.Identity{Kind: "federated", TenantID: "contoso.example", ClientID: "client", TokenFile: "oidc/vault/x"}
		}, []string{"oidc/vault/x", "oidc/file/"}},
		{"an authority over http", func(c *azureadv1.Config) {
			c.Identity = azureadv1.Identity{TenantID: "contoso.example", ClientID: "client", ClientSecret: clientSecret, Authority: "http://login.example"}
		}, []string{"Identity.Authority", "http://login.example", "https"}},

		// Scope.
		{"a scope that is a resource", func(c *azureadv1.Config) { c.Scope = "https://cognitiveservices.azure.com" }, []string{"Scope", `"https://cognitiveservices.azure.com"`, "/.default"}},
		{"two scopes", func(c *azureadv1.Config) {
			c.Scope = "https://ai.azure.com/.default https://cognitiveservices.azure.com/.default"
		}, []string{"Scope", "space", "one scope"}},
		{"a scope that is a word", func(c *azureadv1.Config) { c.Scope = "cognitiveservices" }, []string{"Scope", `"cognitiveservices"`, "/.default"}},

		// Header.
		{"a credential among the headers", func(c *azureadv1.Config) { c.Header = http.Header{"authorization": {"Bearer hush"}} }, []string{"Header", "authorization", "TokenProvider"}},
		{"a control character in a header", func(c *azureadv1.Config) { c.Header = http.Header{"X-Team": {"hush\r\nX-Evil: 1"}} }, []string{"Header", "X-Team", "control character", "trim"}},
		{"a header's name that is none", func(c *azureadv1.Config) { c.Header = http.Header{"X Team": {"a"}} }, []string{"Header", `"X Team"`}},
		{"an empty header's name", func(c *azureadv1.Config) { c.Header = http.Header{"": {"a"}} }, []string{"Header", `""`}},
		{"a header the connection decides", func(c *azureadv1.Config) { c.Header = http.Header{"Host": {"evil.example"}} }, []string{"Header", "Host", "clear it"}},
		{"a redacted header", func(c *azureadv1.Config) { c.Header = http.Header{"X-Key": {"REDACTED"}} }, []string{"Header", "X-Key", "REDACTED"}},

		// The rest.
		{"the preview query on classic", func(c *azureadv1.Config) { c.APIVersion, c.PreviewQuery = "2024-10-21", true }, []string{"PreviewQuery", `"2024-10-21"`, `"v1"`}},
		{"a negative MaxRetryWait", func(c *azureadv1.Config) { c.MaxRetryWait = -time.Second }, []string{"MaxRetryWait", "-1s", "MaxRetries"}},
		{"a connect timeout beside an HTTP client", func(c *azureadv1.Config) { c.ConnectTimeout = time.Second }, []string{"ConnectTimeout", "1s", "HTTPClient"}},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			sent := 0
			cfg := azureadv1.Config{Endpoint: "https://r.openai.azure.com", Deployment: chatDeployment, APIKey: apiKey}
			cfg.HTTPClient = &http.Client{Transport: roundTrip(func(*http.Request) (*http.Response, error) {
				sent++
				return nil, errors.New("no request may be made")
			})}
			row.wrong(&cfg)
			for way, err := range constructions(cfg) {
				if err == nil {
					t.Errorf("%s accepts it", way)
					continue
				}
				checkSecrets(t, err)
				checkContains(t, err.Error(), row.says...)
				if !strings.HasPrefix(err.Error(), "azure") || !wayOut.MatchString(err.Error()) {
					t.Errorf("%s: it does not say whose error it is, or no way out: %v", way, err)
				}
			}
			checkSecrets(t, cfg)
			checkSecrets(t, cfg.Explain())
			if sent != 0 {
				t.Errorf("%d requests were made", sent)
			}
		})
	}
}

// wayOut is advice behind a statement, in the imperative.
var wayOut = regexp.MustCompile(`[:,;] (was the error|the scope is|it begins with|(give|set|use|drop|clear|trim|write|copy|paste|take|name|credentials belong)\b)`)

// constructions are all that a wrong configuration must not pass.
func constructions(cfg azureadv1.Config) map[string]error {
	var clients azureadv1.Clients
	_, client := azureadv1.NewClient(cfg)
	_, shared := clients.Get(cfg)
	_, model := langchaingo.New(cfg)
	return map[string]error{
		"Validate": cfg.Validate(), "NewClient": client, "Clients.Get": shared, "langchaingo.New": model, "Explain": cfg.Explain().Err,
	}
}

// TestEverythingWrongIsToldAtOnce spares users one attempt per mistake.
func TestEverythingWrongIsToldAtOnce(t *testing.T) {
	err := azureadv1.Config{
		Endpoint: "https://r.openai.azure.com", APIVersion: "0613", Deployment: "..", APIKey: jwt, Scope: "x",
		Header: http.Header{"Api-Key": {"hush"}}, MaxRetryWait: -1,
	}.Validate()
	if err == nil {
		t.Fatal("it was accepted")
	}
	checkSecrets(t, err)
	checkContains(t, err.Error(), "APIVersion", "Deployment", "APIKey", "Scope", "Header", "MaxRetryWait")
}

// TestCallsThatCannotBeRightSendNothing is for what only a call can get wrong.
func TestCallsThatCannotBeRightSendNothing(t *testing.T) {
	onBothSurfaces(t, func(t *testing.T, sf surface) {
		s := inMemory(t, azuretest.Options{})
		cfg := config(t, s, sf.version)
		cfg.Credential, cfg.Deployment = s.Credential(), ""
		client, err := azureadv1.NewClient(cfg)
		must(t, err)
		noEmbeddings, err := langchaingo.NewFromClient(client)
		must(t, err)
		c := callerOn(t, client)
		generateWith := func(opts ...llms.CallOption) error {
			_, err := c.model.GenerateContent(t.Context(), question(), opts...)
			return err
		}
		for name, call := range map[string]struct {
			err  error
			says []string
		}{
			"no deployment anywhere":      {generateWith(), []string{"deployment", "Config.Deployment", "llms.WithModel"}},
			"a deployment ..":             {generateWith(llms.WithModel("..")), []string{`".."`}},
			"embeddings without theirs":   {embedErr(t, noEmbeddings), []string{"WithEmbeddingDeployment"}},
			"an option that Azure lacks":  {generateWith(llms.WithModel("chat"), llms.WithTopK(3)), []string{"top_k", "WithDropParams"}},
			"an operation of nobody":      {postErr(t, c, "images", "chat"), []string{"images", "OpChat"}},
			"Post without any deployment": {postErr(t, c, azureadv1.OpChat, ""), []string{"Deployment", "empty"}},
			"Post to ..":                  {postErr(t, c, azureadv1.OpChat, ".."), []string{"Deployment", `".."`}},
		} {
			if call.err == nil {
				t.Errorf("%s: it was accepted", name)
				continue
			}
			checkSecrets(t, call.err)
			checkContains(t, call.err.Error(), call.says...)
		}
		if st := s.Stats(); st.Calls != 0 || st.TokenRequests != 0 {
			t.Errorf("%d calls and %d token requests were made", st.Calls, st.TokenRequests)
		}
	})
}

func embedErr(t *testing.T, m *langchaingo.LLM) error {
	t.Helper()
	_, err := m.CreateEmbedding(t.Context(), []string{prompt})
	return err
}

func postErr(t *testing.T, c caller, op azureadv1.Operation, deployment string) error {
	t.Helper()
	res, err := c.client.Post(t.Context(), op, deployment, []byte(`{"model":"chat","messages":[{"role":"user","content":"hi"}]}`))
	if err == nil {
		must(t, res.Body.Close())
	}
	return err
}

// TestADeploymentsNameIsEscapedNotBroken calls deployments whose names would change a URL.
func TestADeploymentsNameIsEscapedNotBroken(t *testing.T) {
	for _, name := range []string{
		"my-model/v1", "prod#1", "what?now=1", "two words", "gpt-4.1", "50%", "a%2Fb", "..a", "a..", "a/../b", "a&b=c", "a+b", "a:b",
		"\u00fcber", `quo"ted`, "back\\slash", "api-version=1", "~tilde", "semi;colon", "chat/completions",
	} {
		t.Run(name, func(t *testing.T) {
			inEveryWay(t, func(t *testing.T, r route) {
				s := inMemory(t, azuretest.Options{Deployments: map[string]string{name: "gpt-4o"}})
				if r.operation == azuretest.OpEmbeddings {
					return // its deployment is named by an option; see below
				}
				cfg := config(t, s, r.api())
				cfg.Credential, cfg.Deployment = s.Credential(), name
				r.succeed(t, newCaller(t, cfg))
				checkDeployment(t, s, r, name)
			})
			onBothSurfaces(t, func(t *testing.T, sf surface) {
				s := inMemory(t, azuretest.Options{Deployments: map[string]string{name: "text-embedding-3-small"}})
				cfg := config(t, s, sf.version)
				cfg.Credential = s.Credential()
				m, err := langchaingo.New(cfg, langchaingo.WithEmbeddingDeployment(name))
				must(t, err)
				must(t, embedErr(t, m))
				checkDeployment(t, s, route{sf, ways[3]}, name)
			})
		})
	}
}

func checkDeployment(t *testing.T, s *azuretest.Server, r route, name string) {
	t.Helper()
	sent := only(t, s)
	if sent.Deployment != name {
		t.Errorf("%s%s?%s leads to the deployment %q, want %q", sent.Host, sent.Path, sent.Query, sent.Deployment, name)
	}
	inPath := r.surface.name == azuretest.SurfaceClassic && r.operation != azuretest.OpResponses
	if got := len(strings.Split(sent.Path, "/")); inPath && got != map[string]int{azuretest.OpChat: 6, azuretest.OpEmbeddings: 5}[r.operation] {
		t.Errorf("the path %s has %d parts", sent.Path, got)
	}
	if !inPath && sent.Field("model") != name {
		t.Errorf("the body's model is %v, want %q", sent.Field("model"), name)
	}
	if inPath && slices.ContainsFunc([]string{"#", "?", " ", `"`, `\`}, func(c string) bool { return strings.Contains(sent.Path, c) }) {
		t.Errorf("the path %s is not escaped", sent.Path)
	}
}
