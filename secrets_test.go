package provider_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"time"
	"weak"

	"github.com/tmc/langchaingo/llms"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/seed-a739af98/langchaingo-azure/adapters/langchaingo"
	"github.com/seed-a739af98/langchaingo-azure/adapters/registry"
	"github.com/seed-a739af98/langchaingo-azure/azureadv1"
	"github.com/seed-a739af98/langchaingo-azure/azureadv1/azuretest"
)

// Every configuration, client, error and log line of the other tests goes through checkSecrets, too; here are the
// values that hold the most.

// secretive is a configuration with a secret in every place that can hold one.
func secretive() azureadv1.Config {
	return azureadv1.Config{
		Endpoint: "https://apim.example.com/team-a?subscription-key=hush-query&api-version=2024-10-21", Deployment: chatDeployment,
		APIKey: apiKey, Token: "hush.fixed.token", Credential: &fixedCredential{},
		TokenProvider: func(context.Context) (string, error) { return "hush.provided.token", nil },
		Identity: azureadv1.Identity{
			Kind: "client_secret", TenantID: "contoso.example", ClientID: "client", ClientSecret: clientSecret,
			CertificatePassword: "hush-certificate", Password: "hush-password", TokenFile: jwt,
		},
		Header: http.Header{"Ocp-Apim-Subscription-Key": {"hush-subscription"}, "X-Team": {"hush-team"}},
	}
}

func TestPrintedConfigurationsHoldNoSecret(t *testing.T) {
	cfg := secretive()
	checkSecrets(t, cfg)
	checkSecrets(t, &cfg)
	checkSecrets(t, []azureadv1.Config{cfg})
	checkSecrets(t, map[string]any{"config": cfg})
	checkSecrets(t, struct{ Config azureadv1.Config }{cfg})
	checkSecrets(t, cfg.Identity)
	checkSecrets(t, &cfg.Identity)
	checkSecrets(t, struct{ Identity *azureadv1.Identity }{&cfg.Identity})
	checkSecrets(t, cfg.Explain())
	checkText(t, "Explain", cfg.Explain().String())
	checkContains(t, cfg.String(), "REDACTED", "apim.example.com", chatDeployment)
}

func TestPrintedClientsHoldNoSecret(t *testing.T) {
	cfg := secretive()
	cfg.Identity = azureadv1.Identity{TenantID: "contoso.example", ClientID: "client", ClientSecret: clientSecret}
	for _, keep := range contenders {
		t.Run("as "+keep.name, func(t *testing.T) {
			one := azureadv1.Config{Endpoint: cfg.Endpoint, Deployment: cfg.Deployment, Header: cfg.Header}
			switch keep.name {
			case "APIKey":
				one.APIKey = cfg.APIKey
			case "TokenProvider":
				one.TokenProvider = cfg.TokenProvider
			case "Credential":
				one.Credential = cfg.Credential
			case "Token":
				one.Token = cfg.Token
			case "Identity":
				one.Identity = cfg.Identity
			}
			client, err := azureadv1.NewClient(one)
			must(t, err)
			checkSecrets(t, client)
			checkSecrets(t, *client) // a copy is what a careless program prints
			checkSecrets(t, client.Config())
			for _, op := range []azureadv1.Operation{azureadv1.OpChat, azureadv1.OpEmbeddings, azureadv1.OpResponses} {
				checkText(t, "the URL", client.URL(op))
			}
			if client.Config().Validate() == nil && (one.APIKey != "" || one.Token != "" || one.Identity != azureadv1.Identity{}) {
				t.Error("a printed configuration is accepted as one")
			}
		})
	}
}

// TestPrintedModelsHoldNoSecret is for values that hold a client in a field of their own, where fmt calls no method.
func TestPrintedModelsHoldNoSecret(t *testing.T) {
	cfg := secretive()
	cfg.Identity = azureadv1.Identity{}
	c := newCaller(t, cfg)
	t.Run("this module's model", func(t *testing.T) { checkSecrets(t, c.model) })
	t.Run("a program's own struct", func(t *testing.T) { checkSecrets(t, struct{ client *azureadv1.Client }{c.client}) })
	t.Run("the Clients that made it", func(t *testing.T) {
		var clients azureadv1.Clients
		_, err := clients.Get(cfg)
		must(t, err)
		checkSecrets(t, &clients)
	})
}

// TestErrorsHoldNoSecret has gateways and services echo what they were sent, as some do.
func TestErrorsHoldNoSecret(t *testing.T) {
	echo := func(status int, contentType, format string) func(azuretest.Request) azuretest.Reply {
		return func(r azuretest.Request) azuretest.Reply {
			key := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ") + r.Header.Get("Api-Key")
			gateway := r.Header.Get("Ocp-Apim-Subscription-Key")
			return azuretest.Raw(status, http.Header{"Content-Type": {contentType}}, strings.NewReplacer("KEY", key, "GATEWAY", gateway).Replace(format))
		}
	}
	quoting := func(status int, contentType, format string) func(azuretest.Request) azuretest.Reply {
		return func(r azuretest.Request) azuretest.Reply {
			text, _ := json.Marshal(string(r.Body))
			return azuretest.Raw(status, http.Header{"Content-Type": {contentType}}, strings.NewReplacer("BODY", string(r.Body), "TEXT", strings.Trim(string(text), `"`)).Replace(format))
		}
	}
	rows := []struct {
		name    string
		respond func(azuretest.Request) azuretest.Reply
	}{
		{"in a wrapped error", echo(400, "application/json", `{"error":{"code":"KEY","type":"KEY","param":"KEY","message":"bad key KEY with GATEWAY"}}`)},
		{"in the flat error", echo(401, "application/json", `{"statusCode":401,"message":"Bearer KEY is no good, GATEWAY"}`)},
		{"in a page", echo(502, "text/html", `<html><body>You sent api-key: KEY and GATEWAY</body></html>`)},
		{"in plain text", echo(403, "text/plain", `Authorization: Bearer KEY`)},
		{"at the end of the excerpt", echo(500, "text/plain", strings.Repeat("x", 480)+"KEY")},
		{"in JSON of an unknown shape", echo(422, "application/json", `{"detail":[{"input":"KEY","gateway":"GATEWAY"}]}`)},
		{"in a content type", func(r azuretest.Request) azuretest.Reply {
			return echo(200, "text/"+strings.ReplaceAll(r.Header.Get("Api-Key"), " ", ""), "hello")(r)
		}},
		{"the request in JSON", quoting(422, "application/json", `{"detail":[{"loc":["body"],"input":BODY}]}`)},
		{"the request in a message", quoting(400, "application/json", `{"error":{"code":"BadRequest","message":"cannot read TEXT"}}`)},
		{"the request in a page", quoting(502, "text/html", "<p>you asked:\n TEXT</p>")},
		{"in an answer that cannot be read", echo(200, "application/json", `{"choices": KEY`)},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			inEveryWayOfOurs(t, func(t *testing.T, r route) {
				for _, withKey := range []bool{true, false} {
					s := inMemory(t, azuretest.Options{Respond: row.respond})
					cfg := config(t, s, r.api())
					cfg.Header = http.Header{"Ocp-Apim-Subscription-Key": {"hush-subscription"}}
					cfg.MaxRetries = -1
					if withKey {
						cfg.APIKey = apiKey
					} else {
						cfg.Credential = s.Credential()
					}
					said, err := r.call(t.Context(), newCaller(t, cfg))
					if r.sdk && azureadv1.AsError(err) == nil {
						continue // openai-go's own words, or an answer that it reads as empty
					}
					if err == nil && r.way.name == "Client.Post" {
						continue // its caller reads the answer
					}
					if err == nil {
						t.Fatalf("the call succeeded: %s", said)
					}
					checkSecrets(t, err)
				}
			})
		})
	}
}

// TestErrorsOfTheNetworkHoldNoSecret has a gateway whose key is in its query, which net/http quotes in its errors.
func TestErrorsOfTheNetworkHoldNoSecret(t *testing.T) {
	inEveryWayOfOurs(t, func(t *testing.T, r route) {
		for _, cause := range []error{errors.New("connection refused"), context.DeadlineExceeded} {
			cfg := azureadv1.Config{
				Endpoint: "https://apim.example.com/team-a?subscription-key=hush-query", APIVersion: r.api(), Deployment: chatDeployment,
				APIKey: apiKey, MaxRetries: -1, Logger: watchedLogger(t),
				HTTPClient: &http.Client{Transport: roundTrip(func(*http.Request) (*http.Response, error) { return nil, cause })},
			}
			_, err := r.call(t.Context(), newCaller(t, cfg))
			if !errors.Is(err, cause) {
				t.Fatalf("%v does not wrap %v", err, cause)
			}
			checkSecrets(t, err)
		}
	})
}

// TestErrorsOfTheServiceHoldNoPrompt goes through the failures that Azure words.
func TestErrorsOfTheServiceHoldNoPrompt(t *testing.T) {
	rows := []struct {
		name  string
		fault azuretest.Reply
		code  llms.ErrorCode
	}{
		{"content filter", azuretest.ContentFiltered("violence", "jailbreak"), llms.ErrCodeContentFilter},
		{"context length", azuretest.ContextLengthExceeded(), llms.ErrCodeTokenLimit},
		{"rate limit", azuretest.RateLimited(azuretest.RetryAfter(3600)), llms.ErrCodeRateLimit},
		{"no such deployment", azuretest.DeploymentNotFound(), llms.ErrCodeResourceNotFound},
		{"keys disabled", azuretest.KeysDisabled(), llms.ErrCodeAuthentication},
		{"network denied", azuretest.NetworkDenied(), llms.ErrCodeAuthentication},
		{"no role", azuretest.PermissionDenied(), llms.ErrCodeAuthentication},
		{"server error", azuretest.ServerError(), llms.ErrCodeProviderUnavailable},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			inEveryWayOfOurs(t, func(t *testing.T, r route) {
				s := inMemory(t, azuretest.Options{})
				s.Enqueue(row.fault)
				cfg := config(t, s, r.api())
				cfg.Credential, cfg.MaxRetries = s.Credential(), -1
				_, err := r.call(t.Context(), newCaller(t, cfg))
				e := r.failure(t, err)
				if e.Message == "" || e.Attempts != 1 {
					t.Errorf("message %q after %d attempts", e.Message, e.Attempts)
				}
				r.checkCode(t, err, row.code)
			})
		})
	}
}

// TestErrorsOfTheIdentityProviderHoldNoSecret fails in Entra's own words.
func TestErrorsOfTheIdentityProviderHoldNoSecret(t *testing.T) {
	rows := []struct {
		name     string
		identity azureadv1.Identity
		says     string
	}{
		{"a wrong secret", azureadv1.Identity{TenantID: azuretest.DefaultTenantID, ClientID: azuretest.DefaultClientID, ClientSecret: "hush-wrong"}, "AADSTS7000215"},
		{"an unknown app", azureadv1.Identity{TenantID: azuretest.DefaultTenantID, ClientID: "nobody", ClientSecret: clientSecret}, "AADSTS700016"},
		{"an unknown tenant", azureadv1.Identity{TenantID: "nowhere.example", ClientID: azuretest.DefaultClientID, ClientSecret: clientSecret}, "AADSTS"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			inEveryWayOfOurs(t, func(t *testing.T, r route) {
				s := inMemory(t, azuretest.Options{})
				cfg := config(t, s, r.api())
				cfg.Identity = row.identity
				e := r.fail(t, newCaller(t, cfg))
				checkContains(t, e.Error(), "token provider", row.says)
				if e.Code != azureadv1.CodeTokenProvider || s.Stats().Calls != 0 {
					t.Errorf("code %q after %d calls", e.Code, s.Stats().Calls)
				}
			})
		})
	}
}

// TestStreamsThatBreakHoldNoSecret looks at errors that come after the answer began, and at what came before them.
func TestStreamsThatBreakHoldNoSecret(t *testing.T) {
	rows := []struct {
		name  string
		reply azuretest.Reply
		is    error
	}{
		{"cut", azuretest.CutStream(2, azuretest.Text("one ", "two ", "three")), nil},
		{"truncated", azuretest.TruncatedStream(2, azuretest.Text("one ", "two ", "three")), azureadv1.ErrStreamTruncated},
		{"an error inside", azuretest.StreamError(2, azuretest.Text("one ", "two ", "three")), nil},
		{"a deadline", azuretest.Text("one ", "two ", "three").WithPace(time.Minute), context.DeadlineExceeded},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			onBothSurfaces(t, func(t *testing.T, sf surface) {
				s := inMemory(t, azuretest.Options{})
				s.Enqueue(row.reply)
				cfg := config(t, s, sf.version)
				cfg.Credential = s.Credential()
				ctx, cancel := context.WithTimeout(t.Context(), 150*time.Second)
				defer cancel()
				said, err := stream(ctx, newCaller(t, cfg))
				e := route{sf, ways[1]}.failure(t, err)
				if said != "one two " || e.Error() == "" {
					t.Errorf("the partial answer is %q, want the first two words", said)
				}
				if row.is != nil && !errors.Is(err, row.is) {
					t.Errorf("%v is not %v", err, row.is)
				}
				if n := s.Stats().Calls; n != 1 {
					t.Errorf("%d requests: a stream that began was repeated", n)
				}
				checkText(t, "the requests as printed", fmt.Sprintf("%v %+v %#v", s.Requests(), s.Requests(), s.Requests()))
			})
		})
	}
}

// faults are the failures that the stand-in can play; each is made anew, for the time in some.
var faults = map[string]func() azuretest.Reply{
	"Unauthorized": azuretest.Unauthorized, "WrongKey": azuretest.WrongKey, "PermissionDenied": azuretest.PermissionDenied,
	"ClaimsChallenge": func() azuretest.Reply { return azuretest.ClaimsChallenge("") },
	"KeysDisabled":    azuretest.KeysDisabled, "NetworkDenied": azuretest.NetworkDenied, "DeploymentNotFound": azuretest.DeploymentNotFound,
	"ServerError": azuretest.ServerError, "ContextLengthExceeded": azuretest.ContextLengthExceeded,
	"RateLimited":             func() azuretest.Reply { return azuretest.RateLimited() },
	"RateLimited for an hour": func() azuretest.Reply { return azuretest.RateLimited(azuretest.RetryAfter(3600)) },
	"ContentFiltered":         func() azuretest.Reply { return azuretest.ContentFiltered("hate", "jailbreak") },
	"FilteredAnswer":          func() azuretest.Reply { return azuretest.FilteredAnswer("one ", "two ") },
	"AsyncFilterBlock":        func() azuretest.Reply { return azuretest.AsyncFilterBlock("one ", "two ") },
	"EmptyChoices":            azuretest.EmptyChoices,
	"Redirect":                func() azuretest.Reply { return azuretest.Redirect(307, "https://evil.example/?code=hush") },
	"Disconnect":              azuretest.Disconnect,
	"SlowFirstByte":           func() azuretest.Reply { return azuretest.SlowFirstByte(time.Hour) },
	"CutStream":               func() azuretest.Reply { return azuretest.CutStream(1) },
	"TruncatedStream":         func() azuretest.Reply { return azuretest.TruncatedStream(1) },
	"StreamError":             func() azuretest.Reply { return azuretest.StreamError(1) },
	"a page": func() azuretest.Reply {
		return azuretest.Raw(200, http.Header{"Content-Type": {"text/html"}}, "<h1>Sign in</h1>")
	},
	"garbage": func() azuretest.Reply { return azuretest.Raw(500, nil, "\x00\xff\xfe") },
	"half of a JSON": func() azuretest.Reply {
		return azuretest.Raw(200, http.Header{"Content-Type": {"application/json"}}, `{"choices":[{"mess`)
	},
}

// TestNoFaultShowsASecret plays every fault, and looks at the error, what was said, each log line, span and metric, the
// explanation, and what the stand-in itself prints.
func TestNoFaultShowsASecret(t *testing.T) {
	names := slices.Sorted(maps.Keys(faults))
	creds := map[int]func(*azureadv1.Config, *azuretest.Server){
		0: func(c *azureadv1.Config, _ *azuretest.Server) { c.APIKey = apiKey },
		1: func(c *azureadv1.Config, s *azuretest.Server) { c.TokenProvider = (&issuer{server: s}).token },
		2: func(c *azureadv1.Config, _ *azuretest.Server) {
			c.Identity = azureadv1.Identity{TenantID: azuretest.DefaultTenantID, ClientID: azuretest.DefaultClientID, ClientSecret: clientSecret}
		},
		3: func(c *azureadv1.Config, s *azuretest.Server) { c.Token = s.IssueToken(azuretest.Claims{}) },
	}
	failed := map[string]int{}
	for i, name := range names {
		t.Run(name, func(t *testing.T) {
			for j, r := range everyRoute() {
				if r.foreign {
					continue
				}
				inBubble(t, func(t *testing.T) {
					if seenEverywhere(t, r, faults[name](), creds[(i+j)%len(creds)]) != nil {
						failed[name]++
					}
				})
			}
		})
	}
	for _, name := range names {
		if failed[name] == 0 {
			t.Errorf("%s failed no call", name)
		}
	}
}

// exemplarIDs are drawn at random, and written in base64, where any three letters may come.
var exemplarIDs = regexp.MustCompile(`"(SpanID|TraceID)":"[^"]*"`)

// seenEverywhere makes one call that meets a fault, and looks through all that can be seen of it.
func seenEverywhere(t *testing.T, r route, fault azuretest.Reply, as func(*azureadv1.Config, *azuretest.Server)) error {
	t.Helper()
	s := inMemory(t, azuretest.Options{})
	spans, metrics := tracetest.NewSpanRecorder(), sdkmetric.NewManualReader()
	cfg := config(t, s, r.api())
	cfg.Header = http.Header{"Ocp-Apim-Subscription-Key": {"hush-subscription"}}
	cfg.Endpoint += "?sig=hush-query"
	cfg.TracerProvider = sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans))
	cfg.MeterProvider = sdkmetric.NewMeterProvider(sdkmetric.WithReader(metrics))
	as(&cfg, s)
	checkText(t, "the explanation", cfg.Explain().String())
	c := newCaller(t, cfg)
	for range 3 {
		s.Enqueue(fault)
	}
	_, err := r.call(t.Context(), c)
	if err != nil {
		checkSecrets(t, err)
		if e := azureadv1.AsError(err); e != nil {
			checkSecrets(t, e)
			checkSecrets(t, *e)
		}
	}
	for _, span := range spans.Ended() {
		checkText(t, "a span", fmt.Sprint(span.Name(), span.Attributes(), span.Events(), span.Links(), span.Status(), span.Resource(), span.InstrumentationScope()))
	}
	var data metricdata.ResourceMetrics
	must(t, metrics.Collect(t.Context(), &data))
	text, jsonErr := json.Marshal(data)
	must(t, jsonErr)
	checkText(t, "the metrics", exemplarIDs.ReplaceAllString(string(text), ""))
	if !r.sdk && (len(data.ScopeMetrics) == 0 || len(spans.Ended()) == 0) {
		t.Error("nothing was reported")
	}
	checkSecrets(t, s)
	checkSecrets(t, s.TokenRequests())
	checkSecrets(t, s.Requests())
	for _, sent := range s.Requests() {
		checkSecrets(t, sent)
		checkSecrets(t, &sent)
	}
	return err
}

func TestAStandInsOptionsShowNoSecret(t *testing.T) {
	apps := []azuretest.App{{ClientID: "an-app", ClientSecret: "hush-app"}}
	opts := azuretest.Options{APIKey: apiKey, ClientSecret: clientSecret, Apps: apps, Users: map[string]string{"ann@contoso.example": "hush-password"}}
	for _, v := range []any{opts, &opts, apps[0], &apps[0], apps, map[string]azuretest.Options{"o": opts}} {
		checkSecrets(t, v)
	}
	checkContains(t, opts.String(), "REDACTED", "an-app", "ann@contoso.example")
}

// TestPanicsOfTheCallersPassUnchanged has the callables panic: what a crash prints is the callable's own word and the stack, which
// has no secret in it.
func TestPanicsOfTheCallersPassUnchanged(t *testing.T) {
	rows := map[string]func(*azureadv1.Config) []llms.CallOption{
		"a token provider": func(c *azureadv1.Config) []llms.CallOption {
			c.TokenProvider = func(context.Context) (string, error) { panic("provider broke") }
			return nil
		},
		"a streaming function": func(c *azureadv1.Config) []llms.CallOption {
			c.APIKey = apiKey
			return []llms.CallOption{llms.WithStreamingFunc(func(context.Context, []byte) error { panic("function broke") })}
		},
		"a transport": func(c *azureadv1.Config) []llms.CallOption {
			c.APIKey, c.HTTPClient = apiKey, &http.Client{Transport: roundTrip(func(*http.Request) (*http.Response, error) { panic("transport broke") })}
			return nil
		},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				s := inMemory(t, azuretest.Options{})
				cfg := config(t, s, "v1")
				opts := row(&cfg)
				c := newCaller(t, cfg)
				defer func() {
					reason := recover()
					if text, _ := reason.(string); !strings.HasSuffix(text, " broke") {
						t.Errorf("the panic says %v", reason)
					}
					checkText(t, "the panic", fmt.Sprintf("%v %+v\n%s", reason, reason, debug.Stack()))
				}()
				_, err := c.model.GenerateContent(t.Context(), question(), opts...)
				t.Errorf("no panic, but %v", err)
			})
		})
	}
}

// TestARegistryShowsNoSecret reads a models file with a secret in every place that takes one.
func TestARegistryShowsNoSecret(t *testing.T) {
	const models = `
model_list:
  - model_name: key
    litellm_params: {model: azure/a, api_base: "https://one.openai.azure.com", api_key: hush-key, headers: {X-Team: hush-team}}
    model_info: {description: hush-description, nice: hush-nice}
  - model_name: secret
    litellm_params: {model: azure/b, api_base: "https://apim.example.com/x?subscription-key=hush-query", tenant_id: contoso.example, client_id: client, client_secret: hush~secret}
  - model_name: token
    litellm_params: {model: azure/c, api_base: "https://three.openai.azure.com", azure_ad_token: hush.fixed.token}
  - model_name: group
    litellm_params: {model: azure/d, api_base: "https://four.openai.azure.com", api_key: hush-four}
  - model_name: group
    litellm_params: {model: azure/e, api_base: "https://five.openai.azure.com", api_key: hush-five}
  - model_name: vectors
    litellm_params: {model: azure/f, api_base: "https://six.openai.azure.com", api_key: hush-six}
    model_info: {mode: embedding}
`
	down := &http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		return theirs(r, 401, "application/json", `{"error":{"code":"401","message":"no: `+r.Header.Get("Api-Key")+r.Header.Get("Authorization")+r.Header.Get("X-Team")+r.URL.RawQuery+`"}}`), nil
	})}
	r, err := registry.Loader{HTTPClient: down, Logger: watchedLogger(t)}.Parse(strings.NewReader(models))
	must(t, err)
	for _, name := range r.Names() {
		if name == "vectors" {
			m, err := r.Embedder(name)
			must(t, err)
			checkSecrets(t, m)
			_, err = m.EmbedDocuments(t.Context(), []string{prompt})
			failsQuietly(t, err)
			continue
		}
		m, err := r.Model(name)
		must(t, err)
		checkSecrets(t, m)
		_, err = m.GenerateContent(t.Context(), question())
		failsQuietly(t, err)
	}
	checkSecrets(t, r)
	checkSecrets(t, r.State())
	checkSecrets(t, r.Warnings())
	if len(r.State()) != 6 || len(r.Warnings()) == 0 {
		t.Errorf("%d deployments, warnings %q", len(r.State()), r.Warnings())
	}
}

func failsQuietly(t *testing.T, err error) {
	t.Helper()
	if err == nil {
		t.Fatal("the call succeeded")
	}
	checkSecrets(t, err)
}

// TestErrorsOfAModelsFileHoldNoSecret misplaces keys and tokens in a models file.
func TestErrorsOfAModelsFileHoldNoSecret(t *testing.T) {
	const key = "0123456789abcdef0123456789abcdef"
	token := azuretest.New(azuretest.Options{}).IssueToken(azuretest.Claims{})
	for _, params := range []string{
		`api_key: [hush-key]`, `api_key: {value: hush-key}`, `api_key: "hush-key" extra`, `api_key: 'hush-key`, `api_key: hush key with spaces`, `api_key: "hush\tkey"`,
		`api_key: ` + token, `api_key: Bearer hush-key`, `azure_ad_token: Bearer hush`, `client_secret: hush`, `client_secret: hush, tenant_id: hush~secret~that~is~long, client_id: x`,
		`rpm: hush`, `timeout: hush`, `headers: hush`, `headers: {Authorization: hush}`, `headers: {X: [hush]}`, `api_base: "https://user:hush@r.openai.azure.com"`,
		`api_base: "https://r.openai.azure.com/%zz?key=hush"`, `api_base: "https://r.openai.azure.com/#hush"`, `max_retries: hush`, `extra_body: [hush]`,
		`azure_username: hush, azure_password: hush`, `temperature: hush`, `api_version: ` + key, `api_base: ` + key, `api_base: ` + token,
	} {
		t.Run(params[:min(len(params), 30)], func(t *testing.T) {
			text := "model_list:\n  - model_name: m\n    litellm_params:\n      model: azure/d\n"
			if !strings.Contains(params, "api_base") {
				text += "      api_base: https://r.openai.azure.com\n"
			}
			if strings.Contains(params, ", ") && !strings.Contains(params, "{") {
				params = strings.ReplaceAll(params, ", ", "\n      ")
			}
			_, err := registry.Parse(strings.NewReader(text + "      " + params + "\n"))
			if err == nil {
				t.Fatal("the file was read")
			}
			checkSecrets(t, err)
			if strings.Contains(err.Error(), key) {
				t.Errorf("the error shows the key: %v", err)
			}
		})
	}
}

// TestTheMemoryOfEvictedClientsIsReleased fills Clients past its bound, with metrics on and answers kept.
func TestTheMemoryOfEvictedClientsIsReleased(t *testing.T) {
	const bound = 256 // of Clients
	s := azuretest.New(withSecrets(azuretest.Options{KeepLast: 1}))
	defer func() { must(t, s.Close()) }()
	var clients azureadv1.Clients
	var kept []any
	var first []weak.Pointer[azureadv1.Client]
	meters := sdkmetric.NewMeterProvider(sdkmetric.WithReader(sdkmetric.NewManualReader()))
	for i := range bound + 10 {
		cfg := azureadv1.Config{Endpoint: s.Endpoint(), Deployment: chatDeployment, HTTPClient: s.HTTPClient(), MeterProvider: meters, MaxRetries: -1}
		cfg.Identity = azureadv1.Identity{TenantID: azuretest.DefaultTenantID, ClientID: azuretest.DefaultClientID, ClientSecret: clientSecret, Authority: ""}
		cfg.Header = http.Header{"X-User": {fmt.Sprint("hush-", i)}} // what makes them differ
		c, err := clients.Get(cfg)
		must(t, err)
		if i >= 10 {
			continue
		}
		first = append(first, weak.Make(c))
		m, err := langchaingo.NewFromClient(c)
		must(t, err)
		answer, err := m.GenerateContent(t.Context(), question())
		must(t, err)
		s.Enqueue(azuretest.ServerError())
		_, failed := m.GenerateContent(t.Context(), question())
		kept = append(kept, answer, failed)
	}
	for range 20 { // finalizers and pools take more than one round
		runtime.GC()
		if !slices.ContainsFunc(first, func(p weak.Pointer[azureadv1.Client]) bool { return p.Value() != nil }) {
			break
		}
		time.Sleep(5 * time.Millisecond)
	}
	for i, p := range first {
		if p.Value() != nil {
			t.Errorf("client %d is still in memory", i)
		}
	}
	runtime.KeepAlive(kept)
	runtime.KeepAlive(&clients)
}
