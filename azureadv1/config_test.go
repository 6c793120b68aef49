package azureadv1_test

import (
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-a739af98/langchaingo-azure/azureadv1"
	"github.com/seed-a739af98/langchaingo-azure/azureadv1/azuretest"
)

// ladder is a configuration with every credential from a rung of the precedence list downwards, and what each would
// show on the wire.
type ladder struct {
	server     *azuretest.Server
	provider   *provider
	credential *credential
}

func newLadder(t *testing.T) *ladder {
	t.Helper()
	s := standIn(t, azuretest.Options{})
	return &ladder{
		server:     s,
		provider:   tokens(s.IssueToken(azuretest.Claims{ObjectID: "the provider"})),
		credential: issuing(s.IssueToken(azuretest.Claims{ObjectID: "the credential"})),
	}
}

func (l *ladder) from(rung int, version string) azureadv1.Config {
	cfg := azureadv1.Config{Endpoint: l.server.Endpoint(), APIVersion: version, Deployment: "chat", HTTPClient: l.server.HTTPClient()}
	if rung <= 1 {
		cfg.APIKey = azuretest.DefaultAPIKey
	}
	if rung <= 2 {
		cfg.TokenProvider = l.provider.ask
	}
	if rung <= 3 {
		cfg.Credential = l.credential
	}
	if rung <= 4 {
		cfg.Token = l.server.IssueToken(azuretest.Claims{ObjectID: "the token"})
	}
	if rung <= 5 {
		cfg.Identity = azureadv1.Identity{TenantID: azuretest.DefaultTenantID, ClientID: azuretest.DefaultClientID, ClientSecret: azuretest.DefaultClientSecret}
	}
	return cfg
}

func TestFirstCredentialThatIsSetWinsOnBothSurfaces(t *testing.T) {
	rows := []struct {
		name                                string
		rung                                int
		object                              string // oid of the token on the wire; "" is a key
		asked, fetched, requests            int    // of provider, credential, Entra
		credential, credentialFrom, ignored string
	}{
		{"1: the key, over everything", 1, "", 0, 0, 0, "APIKey", "APIKey", "TokenProvider Credential Token Identity"},
		{"2: the provider", 2, "the provider", 1, 0, 0, "TokenProvider", "TokenProvider", "Credential Token Identity"},
		{"3: the credential", 3, "the credential", 0, 1, 0, "Credential", "Credential", "Token Identity"},
		{"4: the fixed token", 4, "the token", 0, 0, 0, "Token", "Token", "Identity"},
		{"5: the declared identity", 5, "*", 0, 0, 1, "client_secret (tenant " + azuretest.DefaultTenantID + ", client " + azuretest.DefaultClientID + ")", "Identity", ""},
		{"6: nothing: azidentity's default chain", 6, "*", 0, 0, 1, "DefaultAzureCredential", "the default, since no credential is set", ""},
	}
	for surface, version := range surfaces {
		for _, row := range rows {
			t.Run(surface+"/"+row.name, func(t *testing.T) {
				noEnvironment(t)
				if row.rung == 6 { // what the default chain finds first
					t.Setenv("AZURE_TENANT_ID", azuretest.DefaultTenantID)
					t.Setenv("AZURE_CLIENT_ID", azuretest.DefaultClientID)
					t.Setenv("AZURE_CLIENT_SECRET", azuretest.DefaultClientSecret)
				}
				l := newLadder(t)
				cfg := l.from(row.rung, version)
				x := cfg.Explain()
				if x.Credential != row.credential || x.CredentialFrom != row.credentialFrom || strings.Join(x.Ignored, " ") != row.ignored {
					t.Errorf("Explain: %q from %q, ignored %q", x.Credential, x.CredentialFrom, x.Ignored)
				}
				mustChat(t, newClient(t, cfg))
				r := l.server.Requests()[0]
				key, bearer := r.Header.Get("Api-Key"), r.Header.Get("Authorization")
				if row.object == "" {
					if key != azuretest.DefaultAPIKey || bearer != "" {
						t.Errorf("api-key %q, Authorization %q; want the key alone", key, bearer)
					}
				} else if claims, _ := r.Claims(); key != "" || (row.object != "*" && claims.ObjectID != row.object) {
					t.Errorf("api-key %q, token of %q; want a token of %q alone", key, claims.ObjectID, row.object)
				}
				if a, f, e := l.provider.count(), l.credential.fetches(), l.server.Stats().TokenRequests; a != row.asked || f != row.fetched || e != row.requests {
					t.Errorf("provider asked %d, credential %d, Entra %d; want %d, %d, %d: a loser must not be called", a, f, e, row.asked, row.fetched, row.requests)
				}
			})
		}
	}
}

// wrongField is one way to get one field wrong.
type wrongField struct {
	name  string
	field string
	set   func(*azureadv1.Config)
	wants []string
	never []string
}

const (
	jwtLike  = "eyJ0eXAiOiJKV1QifQ.eyJhdWQiOiJ4In0.c2lnbmF0dXJl"
	resource = "r.openai.azure.com"
)

var wrongFields = []wrongField{
	{"no endpoint", "Endpoint", func(c *azureadv1.Config) { c.Endpoint = "" }, []string{"Endpoint is empty", "https://my-resource.openai.azure.com", "AZURE_OPENAI_ENDPOINT"}, nil},
	{"http off loopback", "Endpoint", func(c *azureadv1.Config) { c.Endpoint = "http://" + resource }, []string{"Endpoint", "http://" + resource, "write https://" + resource}, nil},
	{"a password in the endpoint, which has no scheme", "Endpoint", func(c *azureadv1.Config) { c.Endpoint = "bob:hunter2@" + resource }, []string{"Endpoint", "take it out"}, []string{"hunter2"}},
	{"an endpoint copied from a printed configuration", "Endpoint", func(c *azureadv1.Config) { c.Endpoint = "https://apim.example.com/a?subscription-key=REDACTED" }, []string{"Endpoint", "subscription-key", "REDACTED", "give the secret itself"}, nil},
	{"a gateway's key in a bad endpoint", "Endpoint", func(c *azureadv1.Config) { c.Endpoint = "https://r.openai.azure.com/v1?subscription-key=hunter2" }, []string{"serves no path /v1"}, []string{"hunter2"}},

	{"a model version for an API version", "APIVersion", func(c *azureadv1.Config) { c.APIVersion = "0613" }, []string{"APIVersion", `"0613" looks like a model version`, `"v1"`}, nil},
	{"a model's name for an API version", "APIVersion", func(c *azureadv1.Config) { c.APIVersion = "gpt-4o" }, []string{`"gpt-4o" looks like a model`}, nil},
	{"a date with a v1 URL", "APIVersion", func(c *azureadv1.Config) { c.Endpoint, c.APIVersion = "https://"+resource+"/openai/v1", "2024-10-21" }, []string{`"2024-10-21"`, "https://" + resource + "/openai/v1", "drop the date"}, nil},

	{".. as a deployment", "Deployment", func(c *azureadv1.Config) { c.Deployment = ".." }, []string{`Deployment ".."`}, nil},
	{". as a deployment", "Deployment", func(c *azureadv1.Config) { c.Deployment = "." }, []string{`Deployment "."`}, nil},
	{"a blank deployment", "Deployment", func(c *azureadv1.Config) { c.Deployment = " " }, []string{"Deployment is empty"}, nil},
	{"a line break in the deployment", "Deployment", func(c *azureadv1.Config) { c.Deployment = "chat\n" }, []string{`Deployment "chat\n" holds a control character`}, nil},
	{"a deployment copied from a printed configuration", "Deployment", func(c *azureadv1.Config) { c.Deployment = "REDACTED" }, []string{"Deployment", "REDACTED"}, nil},

	{"a token as key", "APIKey", func(c *azureadv1.Config) { c.APIKey = jwtLike }, []string{"APIKey looks like an Entra token", "TokenProvider"}, []string{"eyJ"}},
	{"Bearer before the key", "APIKey", func(c *azureadv1.Config) { c.APIKey = "Bearer hunter2" }, []string{"APIKey", "Bearer"}, []string{"hunter2"}},
	{"a line break behind the key", "APIKey", func(c *azureadv1.Config) { c.APIKey = "hunter2\n" }, []string{"APIKey", "trim it"}, []string{"hunter2"}},
	{"a blank key", "APIKey", func(c *azureadv1.Config) { c.APIKey = "  " }, []string{"APIKey is blank", "leave it empty"}, nil},
	{"a key copied from a printed configuration", "APIKey", func(c *azureadv1.Config) { c.APIKey = "REDACTED" }, []string{"APIKey is the word REDACTED"}, nil},

	{"an id without a provider", "TokenProviderID", func(c *azureadv1.Config) { c.TokenProviderID = "tenant-a" }, []string{`TokenProviderID "tenant-a"`, "TokenProvider", "clear it"}, nil},
	{"a nil pointer as credential", "Credential", func(c *azureadv1.Config) { c.Credential = (*credential)(nil) }, []string{"Credential is a nil *azureadv1_test.credential"}, nil},

	{"Bearer before the token", "Token", func(c *azureadv1.Config) { c.Token = "Bearer " + jwtLike }, []string{"Token begins with", "alone"}, []string{"eyJ"}},
	{"bearer in small letters", "Token", func(c *azureadv1.Config) { c.Token = "bearer hunter2" }, []string{"Token begins with"}, []string{"hunter2"}},
	{"a line break behind the token", "Token", func(c *azureadv1.Config) { c.Token = jwtLike + "\n" }, []string{"Token holds", "trim it"}, []string{"eyJ"}},
	{"a key as token", "Token", func(c *azureadv1.Config) { c.Token = strings.Repeat("0a1b", 8) }, []string{"Token looks like a resource's key", "APIKey"}, []string{"0a1b"}},
	{"a blank token", "Token", func(c *azureadv1.Config) { c.Token = "\t" }, []string{"Token is blank"}, nil},
	{"a token copied from a printed configuration", "Token", func(c *azureadv1.Config) { c.Token = "REDACTED" }, []string{"Token is the word REDACTED"}, nil},
	{"an outside token without its application", "Token", func(c *azureadv1.Config) { c.Token = "oidc/env/HUNTER" }, []string{"Identity.TenantID is empty", "federated"}, nil},

	{"an unknown kind", "Identity", func(c *azureadv1.Config) { c.Identity.Kind = "msi" }, []string{`Identity.Kind "msi"`, "managed_identity"}, nil},
	{"a secret without its tenant", "Identity", func(c *azureadv1.Config) {
		c.Identity = azureadv1.Identity{ClientID: "c", ClientSecret: "hunter2"}
	}, []string{"Identity.TenantID is empty"}, []string{"hunter2"}},

	{"a resource for a scope", "Scope", func(c *azureadv1.Config) { c.Scope = "https://ai.azure.com" }, []string{`Scope "https://ai.azure.com"`, `"https://ai.azure.com/.default"`}, nil},
	{"a scope without a scheme", "Scope", func(c *azureadv1.Config) { c.Scope = "ai.azure.com/.default" }, []string{"Scope", "scheme"}, nil},
	{"two scopes", "Scope", func(c *azureadv1.Config) {
		c.Scope = "https://ai.azure.com/.default https://cognitiveservices.azure.com/.default"
	}, []string{"Scope", "one scope"}, nil},
	{"a blank scope", "Scope", func(c *azureadv1.Config) { c.Scope = " " }, []string{"Scope"}, nil},

	{"the caller's own Authorization", "Header", func(c *azureadv1.Config) { c.Header = http.Header{"authorization": {"Bearer hunter2"}} }, []string{"Header has authorization", "TokenProvider"}, []string{"hunter2"}},
	{"the caller's own api-key", "Header", func(c *azureadv1.Config) { c.Header = http.Header{"api-key": {"hunter2"}} }, []string{"Header has api-key", "APIKey"}, []string{"hunter2"}},
	{"a control character in a header", "Header", func(c *azureadv1.Config) { c.Header = http.Header{"X-Team": {"hunter2\r\nX-Evil: 1"}} }, []string{"Header X-Team holds a control character"}, []string{"hunter2"}},
	{"a name that is none", "Header", func(c *azureadv1.Config) { c.Header = http.Header{"X Team": {"a"}} }, []string{`name "X Team"`}, nil},
	{"a header of the connection", "Header", func(c *azureadv1.Config) { c.Header = http.Header{"Host": {"evil.example"}} }, []string{"Header has Host", "clear it"}, nil},
	{"the body's type", "Header", func(c *azureadv1.Config) { c.Header = http.Header{"Content-type": {"text/plain"}} }, []string{"Header has Content-type", "clear it"}, nil},
	{"a header copied from a printed configuration", "Header", func(c *azureadv1.Config) { c.Header = http.Header{"X-Team": {"REDACTED"}} }, []string{"Header X-Team is the word REDACTED"}, nil},

	{"PreviewQuery on classic", "PreviewQuery", func(c *azureadv1.Config) { c.APIVersion, c.PreviewQuery = "2024-10-21", true }, []string{"PreviewQuery", `"2024-10-21"`, "clear it"}, nil},
	{"a negative longest wait", "MaxRetryWait", func(c *azureadv1.Config) { c.MaxRetryWait = -time.Second }, []string{"MaxRetryWait -1s is negative", "MaxRetries"}, nil},
	{"a connect timeout beside an HTTP client", "ConnectTimeout", func(c *azureadv1.Config) {
		c.ConnectTimeout, c.HTTPClient = time.Second, &http.Client{}
	}, []string{"ConnectTimeout 1s", "HTTPClient", "transport"}, nil},
}

// neverWrong are the fields every value of which means something.
var neverWrong = []string{"TokenProvider", "HTTPClient", "MaxRetries", "FirstByteTimeout", "StreamIdleTimeout", "Logger", "TracerProvider", "MeterProvider"}

func TestWrongFieldIsNamedBeforeAnyRequest(t *testing.T) {
	for _, row := range wrongFields {
		t.Run(row.field+"/"+row.name, func(t *testing.T) {
			w := &network{}
			cfg := azureadv1.Config{Endpoint: resource, Deployment: "chat"}
			row.set(&cfg)
			if cfg.HTTPClient == nil {
				cfg.HTTPClient = w.client()
			}
			c, err := azureadv1.NewClient(cfg)
			if err == nil {
				t.Fatalf("accepted: %v", c)
			}
			wantText(t, err.Error(), append(row.wants, "azureadv1: ")...)
			wantNone(t, err.Error()+cfg.String()+cfg.Explain().String(), row.never...)
			if again := cfg.Validate(); again == nil || again.Error() != err.Error() {
				t.Errorf("Validate: %v\nNewClient: %v", again, err)
			}
			if x := cfg.Explain(); x.Err == nil {
				t.Error("Explain sees nothing wrong")
			}
			if _, err := new(azureadv1.Clients).Get(cfg); err == nil {
				t.Error("Clients accepts it")
			}
			if n := len(w.sent()); n > 0 {
				t.Errorf("%d requests were sent", n)
			}
		})
	}
}

func TestEveryFieldHasItsWrongValues(t *testing.T) {
	covered := map[string]bool{}
	for _, row := range wrongFields {
		covered[row.field] = true
	}
	for _, name := range neverWrong {
		covered[name] = true
	}
	for f := range reflect.TypeFor[azureadv1.Config]().Fields() {
		if f.IsExported() && !covered[f.Name] {
			t.Errorf("nothing says how %s can be wrong", f.Name)
		}
	}
}

func TestSeveralMistakesAreReportedTogether(t *testing.T) {
	err := azureadv1.Config{Endpoint: resource, APIVersion: "0613", Deployment: "..", APIKey: "Bearer k", Scope: "x", MaxRetryWait: -1}.Validate()
	if err == nil {
		t.Fatal("no error")
	}
	wantText(t, err.Error(), "APIVersion", "Deployment", "APIKey", "Scope", "MaxRetryWait")
}

func TestUnusualValuesThatAreRight(t *testing.T) {
	rows := map[string]azureadv1.Config{
		"a deployment of odd letters":          {Deployment: "a/b#c?d e"},
		"a scope of an application by its id":  {Scope: "6dae42f8-4368-4678-94ff-3960e28e3630/.default"},
		"a scope of an application by its URI": {Scope: "api://gateway/.default"},
		"no retries":                           {MaxRetries: -7},
		"no limits":                            {ConnectTimeout: -1, FirstByteTimeout: -1, StreamIdleTimeout: -1},
		"a provider with an id":                {TokenProvider: azureadv1.StaticToken("t"), TokenProviderID: "tenant a"},
		"a tab in a header":                    {Header: http.Header{"X-Team": {"a\tb"}}},
		"every credential at once":             {APIKey: "k", TokenProvider: azureadv1.StaticToken("t"), Credential: issuing("t"), Token: "t", Identity: azureadv1.Identity{Kind: "azd"}},
	}
	for name, cfg := range rows {
		t.Run(name, func(t *testing.T) {
			cfg.Endpoint = resource
			if err := cfg.Validate(); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestExplainSaysWhatAndWhereFrom(t *testing.T) {
	noEnvironment(t)
	rows := []struct {
		name string
		cfg  azureadv1.Config
		want string
	}{
		{"nothing but an endpoint", azureadv1.Config{Endpoint: resource}, `
surface     v1   from the default, since APIVersion is empty
deployment  -   from nothing: each call names its own
chat        https://r.openai.azure.com/openai/v1/chat/completions
embeddings  https://r.openai.azure.com/openai/v1/embeddings
responses   https://r.openai.azure.com/openai/v1/responses
credential  DefaultAzureCredential   from the default, since no credential is set
scope       https://cognitiveservices.azure.com/.default   from the endpoint's host (public cloud)
authority   -
`},
		{"the portal's URL and a key that outranks a credential", azureadv1.Config{
			Endpoint: "https://r.openai.azure.com/openai/deployments/gpt-4.1/chat/completions?api-version=2024-10-21",
			APIKey:   "hunter2", Credential: issuing("t"),
		}, `
surface     classic 2024-10-21   from the query of Endpoint
deployment  gpt-4.1   from the path of Endpoint
chat        https://r.openai.azure.com/openai/deployments/gpt-4.1/chat/completions?api-version=2024-10-21
embeddings  https://r.openai.azure.com/openai/deployments/gpt-4.1/embeddings?api-version=2024-10-21
responses   https://r.openai.azure.com/openai/responses?api-version=2024-10-21
credential  APIKey   from APIKey
ignored     Credential   from a credential of lower precedence
scope       -
authority   -
`},
		{"a government project with a declared identity", azureadv1.Config{
			Endpoint: "https://r.services.ai.azure.us/api/projects/p", Deployment: "d",
			Identity: azureadv1.Identity{TenantID: "t", ClientID: "c", ClientSecret: "hunter2"},
		}, `
surface     v1   from the default, since APIVersion is empty
deployment  d   from Deployment
chat        https://r.services.ai.azure.us/api/projects/p/openai/v1/chat/completions
embeddings  https://r.services.ai.azure.us/api/projects/p/openai/v1/embeddings
responses   https://r.services.ai.azure.us/api/projects/p/openai/v1/responses
credential  client_secret (tenant t, client c)   from Identity
scope       https://ai.azure.us/.default   from the endpoint's host (US Government cloud)
authority   https://login.microsoftonline.us/
`},
		{"an outside token, whose application the identity names", azureadv1.Config{
			Endpoint: resource, Token: "oidc/env/TOKEN", Scope: "api://gateway/.default", Identity: azureadv1.Identity{TenantID: "t", ClientID: "c"},
		}, `
surface     v1   from the default, since APIVersion is empty
deployment  -   from nothing: each call names its own
chat        https://r.openai.azure.com/openai/v1/chat/completions
embeddings  https://r.openai.azure.com/openai/v1/embeddings
responses   https://r.openai.azure.com/openai/v1/responses
credential  federated (tenant t, client c)   from Token
scope       api://gateway/.default   from Scope
authority   -
`},
		{"mistakes", azureadv1.Config{Endpoint: "https://apim.example.com/a?sig=hunter2", APIVersion: "v1", APIKey: "Bearer hunter2", MaxRetryWait: -1}, `
surface     v1   from APIVersion
deployment  -   from nothing: each call names its own
chat        https://apim.example.com/a/openai/v1/chat/completions?sig=REDACTED
embeddings  https://apim.example.com/a/openai/v1/embeddings?sig=REDACTED
responses   https://apim.example.com/a/openai/v1/responses?sig=REDACTED
credential  APIKey   from APIKey
scope       -
authority   -
problem     APIKey begins with "Bearer ": give the key alone, or a token as Token
problem     MaxRetryWait -1ns is negative: use 0 for 1m0s, or a negative MaxRetries for no retries
`},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			if diff := cmp.Diff(strings.TrimPrefix(row.want, "\n"), row.cfg.Explain().String()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestValidateAndExplainAskNobody(t *testing.T) {
	w := &network{}
	cred := issuing("t")
	p := tokens("t")
	cfg := azureadv1.Config{Endpoint: resource, HTTPClient: w.client(), Credential: cred}
	for range 2 {
		if err := cfg.Validate(); err != nil {
			t.Fatal(err)
		}
		_ = cfg.Explain()
		newClient(t, cfg)
		cfg.TokenProvider = p.ask
	}
	if len(w.sent())+cred.fetches()+p.count() > 0 {
		t.Errorf("%d requests, %d fetches, %d questions before the first call", len(w.sent()), cred.fetches(), p.count())
	}
}

func TestConfigOfAClientIsForShowingOnly(t *testing.T) {
	header := http.Header{"X-Team": {"hunter2"}}
	c := newClient(t, azureadv1.Config{Endpoint: "https://apim.example.com/a?sig=hunter2", APIKey: "hunter2", Header: header})
	header.Set("X-Team", "changed later")
	shown := c.Config()
	if err := shown.Validate(); err == nil {
		t.Error("a configuration without its secrets passes for a whole one")
	}
	shown.Header.Set("X-Other", "x")
	if c.Config().Header.Get("X-Other") != "" {
		t.Error("the client's own header was handed out")
	}

	p := tokens("t1")
	c = newClient(t, azureadv1.Config{Endpoint: resource, TokenProvider: p.ask})
	again := c.Config()
	if again.TokenProvider == nil {
		t.Fatal("without its provider, the copy would call as DefaultAzureCredential, which is somebody else")
	}
	if got, err := again.TokenProvider(t.Context()); got != "t1" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
}
