package azureadv1_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/seed-a739af98/langchaingo-azure/azureadv1"
	"github.com/seed-a739af98/langchaingo-azure/azureadv1/azuretest"
)

// sayHello makes one call and returns the answer's status and the number of attempts.
func sayHello(ctx context.Context, cfg azureadv1.Config) (string, error) {
	client, err := azureadv1.NewClient(cfg)
	if err != nil {
		return "", err
	}
	body := []byte(`{"model":"chat","messages":[{"role":"user","content":"hello"}]}`)
	res, err := client.Post(ctx, azureadv1.OpChat, "chat", body)
	if err != nil {
		return "", err
	}
	_, err = io.Copy(io.Discard, res.Body)
	return fmt.Sprintf("%d after %d attempt(s)", res.StatusCode, azureadv1.Attempts(res)), errors.Join(err, res.Body.Close())
}

// What the environment says, and what is set beside it.
func ExampleFromEnv() {
	for name, value := range map[string]string{
		"AZURE_OPENAI_ENDPOINT":   "https://my-resource.openai.azure.com",
		"AZURE_OPENAI_DEPLOYMENT": "my-gpt",
		"AZURE_CREDENTIAL":        "managed_identity",
	} {
		_ = os.Setenv(name, value) // elsewhere a manifest or a shell does this
		defer func() { _ = os.Unsetenv(name) }()
	}
	cfg, err := azureadv1.FromEnv()
	if err != nil {
		fmt.Println(err)
		return
	}
	cfg.MaxRetries = 5
	fmt.Println(cfg.Endpoint, cfg.Deployment, cfg.Identity.Kind)
	// Output: https://my-resource.openai.azure.com my-gpt managed_identity
}

// An identity in plain strings, checked offline.
func ExampleIdentity() {
	cfg := azureadv1.Config{
		Endpoint: "https://my-resource.openai.azure.com",
		Identity: azureadv1.Identity{TenantID: "contoso.onmicrosoft.com", ClientID: "my-app", ClientSecret: "hush"},
	}
	fmt.Println(cfg.Validate())
	fmt.Println(cfg.Identity)

	cfg.Identity.Kind = "managed_identity"
	err := cfg.Validate()
	fmt.Println(strings.Contains(err.Error(), "Identity.ClientSecret is set, but Identity.Kind managed_identity does not use it"))
	// Output:
	// <nil>
	// Identity{TenantID:contoso.onmicrosoft.com ClientID:my-app ClientSecret:REDACTED}
	// true
}

// One token, until it expires.
func ExampleStaticToken() {
	azure := azuretest.New(azuretest.Options{})
	defer func() { _ = azure.Close() }()
	token := azure.IssueToken(azuretest.Claims{}) // az account get-access-token, say
	cfg := azureadv1.Config{Endpoint: azure.Endpoint(), TokenProvider: azureadv1.StaticToken(token), HTTPClient: azure.HTTPClient()}
	fmt.Println(sayHello(context.Background(), cfg))

	azure.RevokeToken(token)
	_, err := sayHello(context.Background(), cfg)
	fmt.Println(azureadv1.AsError(err).StatusCode)
	// Output:
	// 200 after 1 attempt(s) <nil>
	// 401
}

// userOfCall is the key under which a request's handler puts the user's credential.
type userOfCall struct{}

// onBehalfGrant plays the one grant that the stand-in has not: a user's token in exchange for another.
type onBehalfGrant struct{ azure *azuretest.Server }

func (g onBehalfGrant) Do(req *http.Request) (*http.Response, error) {
	if req.Method != http.MethodPost {
		return g.azure.HTTPClient().Do(req) //nolint:gosec // G704: azidentity makes the request, the stand-in answers it
	}
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return nil, err
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, err
	}
	w := httptest.NewRecorder()
	w.Header().Set("Content-Type", "application/json")
	err = json.NewEncoder(w).Encode(map[string]any{
		"token_type": "Bearer", "expires_in": 3600,
		"access_token": g.azure.IssueToken(azuretest.Claims{ObjectID: form.Get("assertion")}),
	})
	return w.Result(), err
}

// Each call as the user whose request it serves: the provider finds the user's credential in the call's context.
func ExampleTokenProvider_onBehalfOf() {
	azure := azuretest.New(azuretest.Options{})
	defer func() { _ = azure.Close() }()
	options := &azidentity.OnBehalfOfCredentialOptions{ClientOptions: azure.ClientOptions(), DisableInstanceDiscovery: true}
	options.Transport = onBehalfGrant{azure} // only because of the stand-in

	cfg := azureadv1.Config{
		Endpoint: azure.Endpoint(), Deployment: "chat", HTTPClient: azure.HTTPClient(),
		TokenProvider: func(ctx context.Context) (string, error) {
			user, ok := ctx.Value(userOfCall{}).(azcore.TokenCredential)
			if !ok {
				return "", errors.New("this call belongs to no user")
			}
			token, err := user.GetToken(ctx, policy.TokenRequestOptions{Scopes: []string{"https://cognitiveservices.azure.com/.default"}})
			return token.Token, err
		},
	}
	for _, usersToken := range []string{"of-alice", "of-bob"} { // what came with two requests
		user, err := azidentity.NewOnBehalfOfCredentialWithSecret(azuretest.DefaultTenantID, azuretest.DefaultClientID, usersToken,
			azuretest.DefaultClientSecret, options)
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(sayHello(context.WithValue(context.Background(), userOfCall{}, user), cfg))
	}
	for _, r := range azure.Requests() {
		claims, _ := r.Claims()
		fmt.Println("called as", claims.ObjectID)
	}
	_, err := sayHello(context.Background(), cfg)
	fmt.Println(strings.Contains(err.Error(), "this call belongs to no user"))
	// Output:
	// 200 after 1 attempt(s) <nil>
	// 200 after 1 attempt(s) <nil>
	// called as of-alice
	// called as of-bob
	// true
}

// A gateway in front of the resource: its path stays, its subscription key goes along with the token.
func ExampleConfig_gateway() {
	azure := azuretest.New(azuretest.Options{Host: "gateway.contoso.com", Prefix: "/team-a"})
	defer func() { _ = azure.Close() }()
	cfg := azureadv1.Config{
		Endpoint:   "https://gateway.contoso.com/team-a",
		Deployment: "chat",
		Credential: azure.Credential(),
		Header:     http.Header{"Ocp-Apim-Subscription-Key": {"the team's key"}},
		HTTPClient: azure.HTTPClient(), // only because of the stand-in
	}
	fmt.Println(sayHello(context.Background(), cfg))
	r := azure.Requests()[0]
	fmt.Println(r.Path, r.Credential, r.Header.Get("Ocp-Apim-Subscription-Key"))
	// Output:
	// 200 after 1 attempt(s) <nil>
	// /team-a/openai/v1/chat/completions token the team's key
}

// forwardProxy passes connections on, as a company's proxy does, and tells of each.
func forwardProxy(seen chan<- string) *httptest.Server {
	return httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen <- r.Method
		to, err := (&net.Dialer{}).DialContext(r.Context(), "tcp", r.Host)
		if err != nil {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		defer func() { _ = to.Close() }()
		w.WriteHeader(http.StatusOK)
		from, sent, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		go func() {
			_, _ = io.Copy(to, sent) // the caller may have gone on already
			_ = to.Close()
		}()
		_, _ = io.Copy(from, to)
		_ = from.Close()
	}))
}

// A proxy of one's own choice. Without HTTPClient, HTTPS_PROXY and NO_PROXY count.
func ExampleConfig_proxy() {
	azure, err := azuretest.Start(azuretest.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = azure.Close() }()
	seen := make(chan string, 10)
	proxy := forwardProxy(seen)
	defer proxy.Close()
	proxyURL, err := url.Parse(proxy.URL) // http://proxy.contoso.com:8080
	if err != nil {
		fmt.Println(err)
		return
	}
	ours, ok := azure.HTTPClient().Transport.(*http.Transport) // elsewhere http.DefaultTransport
	if !ok {
		return
	}
	transport := ours.Clone()
	transport.Proxy = http.ProxyURL(proxyURL)
	defer transport.CloseIdleConnections()

	fmt.Println(sayHello(context.Background(), azureadv1.Config{
		Endpoint:   azure.Endpoint(),
		Deployment: "chat",
		Credential: azure.Credential(),
		HTTPClient: &http.Client{Transport: transport},
	}))
	fmt.Println("the proxy saw", <-seen, "and nothing of what was said")
	// Output:
	// 200 after 1 attempt(s) <nil>
	// the proxy saw CONNECT and nothing of what was said
}

// A span for each call, with what it cost and where it went, and without a word of what was said.
func ExampleConfig_telemetry() {
	azure := azuretest.New(azuretest.Options{})
	defer func() { _ = azure.Close() }()
	spans := tracetest.NewInMemoryExporter() // elsewhere an exporter to a collector
	tracing := trace.NewTracerProvider(trace.WithSyncer(spans))
	defer func() { _ = tracing.Shutdown(context.Background()) }()

	_, err := sayHello(context.Background(), azureadv1.Config{
		Endpoint: azure.Endpoint(), Deployment: "chat", Credential: azure.Credential(), HTTPClient: azure.HTTPClient(),
		TracerProvider: tracing,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, span := range spans.GetSpans() {
		fmt.Println(span.Name)
		told := attribute.NewSet(span.Attributes...)
		for _, key := range []attribute.Key{"gen_ai.provider.name", "server.address"} {
			value, _ := told.Value(key)
			fmt.Println(key, value.AsString())
		}
	}
	// Output:
	// chat chat
	// gen_ai.provider.name azure.ai.openai
	// server.address azuretest.openai.azure.com
}
