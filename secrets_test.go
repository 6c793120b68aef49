package provider_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/tmc/langchaingo/llms"

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
