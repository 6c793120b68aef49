package azureadv1_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/responses"

	"github.com/seed-a739af98/langchaingo-azure/azureadv1"
	"github.com/seed-a739af98/langchaingo-azure/azureadv1/azuretest"
)

// The Responses API of openai-go on both surfaces, as an Entra identity. The stand-in takes the place of a resource and its tenant.
func ExampleNewClient() {
	azure := azuretest.New(azuretest.Options{})
	defer func() { _ = azure.Close() }()
	azure.Enqueue(azuretest.Text("Hello from v1."), azuretest.Text("Hello from classic."))

	for _, version := range []string{"v1", "2025-04-01-preview"} {
		client, err := azureadv1.NewClient(azureadv1.Config{
			Endpoint:   azure.Endpoint(), // https://my-resource.openai.azure.com
			APIVersion: version,
			Credential: azure.Credential(), // azidentity.NewDefaultAzureCredential(nil), say
			HTTPClient: azure.HTTPClient(), // only because of the stand-in
		})
		if err != nil {
			fmt.Println(err)
			return
		}
		sdk := client.OpenAI()
		res, err := sdk.Responses.New(context.Background(), responses.ResponseNewParams{
			Model: "chat", // the deployment
			Input: responses.ResponseNewParamsInputUnion{OfString: openai.String("Say hello.")},
		})
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(client.URL(azureadv1.OpResponses))
		fmt.Println(res.OutputText())
	}
	// Output:
	// https://azuretest.openai.azure.com/openai/v1/responses
	// Hello from v1.
	// https://azuretest.openai.azure.com/openai/responses?api-version=2025-04-01-preview
	// Hello from classic.
}

// A provider of one's own is asked before every attempt, and is told when a token was refused.
func ExampleTokenProvider() {
	azure := azuretest.New(azuretest.Options{})
	defer func() { _ = azure.Close() }()
	current := azure.IssueToken(azuretest.Claims{})
	azure.RevokeToken(current) // it will be refused

	provider := func(ctx context.Context) (string, error) {
		if _, refused := azureadv1.RejectedTokenFromContext(ctx); refused {
			fmt.Println("asked again: the last token was refused")
			current = azure.IssueToken(azuretest.Claims{ObjectID: "renewed"})
		}
		return current, nil
	}
	client, err := azureadv1.NewClient(azureadv1.Config{
		Endpoint: azure.Endpoint(), Deployment: "chat", TokenProvider: provider, HTTPClient: azure.HTTPClient(),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	body := []byte(`{"model":"chat","messages":[{"role":"user","content":"hello"}]}`)
	res, err := client.Post(context.Background(), azureadv1.OpChat, "", body)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = res.Body.Close() }()
	fmt.Println(res.StatusCode, "after", azureadv1.Attempts(res), "attempts")
	// Output:
	// asked again: the last token was refused
	// 200 after 2 attempts
}

// Any Azure credential becomes a callable key that fetches once per token's life.
func ExampleBearerTokenProvider() {
	azure := azuretest.New(azuretest.Options{})
	defer func() { _ = azure.Close() }()

	ask := azureadv1.BearerTokenProvider(azure.Credential(), "")
	for range 1000 {
		if _, err := ask(context.Background()); err != nil {
			fmt.Println(err)
			return
		}
	}
	fmt.Println("token requests:", azure.Stats().TokenRequests)
	// Output:
	// token requests: 1
}

func ExampleConfig_Explain() {
	cfg := azureadv1.Config{
		Endpoint: "https://my-resource.openai.azure.com/openai/deployments/gpt-4.1/chat/completions?api-version=2024-10-21",
		Identity: azureadv1.Identity{Kind: "managed_identity", ClientID: "11111111-2222-4333-8444-555555555555"},
	}
	fmt.Print(cfg.Explain())
	// Output:
	// surface     classic 2024-10-21   from the query of Endpoint
	// deployment  gpt-4.1   from the path of Endpoint
	// chat        https://my-resource.openai.azure.com/openai/deployments/gpt-4.1/chat/completions?api-version=2024-10-21
	// embeddings  https://my-resource.openai.azure.com/openai/deployments/gpt-4.1/embeddings?api-version=2024-10-21
	// responses   https://my-resource.openai.azure.com/openai/responses?api-version=2024-10-21
	// credential  managed_identity (client 11111111-2222-4333-8444-555555555555)   from Identity
	// scope       https://cognitiveservices.azure.com/.default   from the endpoint's host (public cloud)
	// authority   -
}

// Equal configurations share a client; a func is shared only under a name.
func ExampleClients() {
	var clients azureadv1.Clients
	get := func(cfg azureadv1.Config) *azureadv1.Client {
		cfg.Endpoint = "https://my-resource.openai.azure.com"
		c, err := clients.Get(cfg)
		if err != nil {
			fmt.Println(err)
		}
		return c
	}
	tokenOf := func(tenant string) azureadv1.TokenProvider {
		return func(context.Context) (string, error) { return "token of " + tenant, nil }
	}
	same := func(cfg azureadv1.Config) bool {
		first := get(cfg)
		return first == get(cfg)
	}
	fmt.Println("the same key:     ", same(azureadv1.Config{APIKey: "key"}))
	fmt.Println("an unnamed func:  ", same(azureadv1.Config{TokenProvider: tokenOf("contoso")}))
	fmt.Println("a func with an id:", same(azureadv1.Config{TokenProvider: tokenOf("contoso"), TokenProviderID: "contoso"}))
	// Output:
	// the same key:      true
	// an unnamed func:   false
	// a func with an id: true
}

// AsError reads what openai-go's own error loses.
func ExampleAsError() {
	azure := azuretest.New(azuretest.Options{NoRole: true})
	defer func() { _ = azure.Close() }()
	client, err := azureadv1.NewClient(azureadv1.Config{
		Endpoint: azure.Endpoint(), Credential: azure.Credential(), HTTPClient: azure.HTTPClient(),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	sdk := client.OpenAI()
	_, err = sdk.Chat.Completions.New(context.Background(), openai.ChatCompletionNewParams{
		Model: "chat", Messages: []openai.ChatCompletionMessageParamUnion{openai.UserMessage("hello")},
	})
	var theirs *openai.Error
	fmt.Println("openai-go's own error:", errors.As(err, &theirs))
	if e := azureadv1.AsError(err); e != nil {
		fmt.Println(e.StatusCode, e.Code)
		fmt.Println(strings.Contains(e.Hint, "Cognitive Services OpenAI User"))
	}
	// Output:
	// openai-go's own error: true
	// 401 PermissionDenied
	// true
}

// A Client in the place of an HTTP client: whatever was asked of OpenAI goes to Azure, as the client's identity.
func ExampleClient_Do() {
	azure := azuretest.New(azuretest.Options{})
	defer func() { _ = azure.Close() }()
	client, err := azureadv1.NewClient(azureadv1.Config{
		Endpoint: azure.Endpoint(), APIVersion: "2024-10-21", Credential: azure.Credential(), HTTPClient: azure.HTTPClient(),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	req, err := http.NewRequestWithContext(context.Background(), http.MethodPost, "https://api.openai.com/v1/chat/completions",
		strings.NewReader(`{"model":"chat","messages":[{"role":"user","content":"hello"}]}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	req.Header.Set("Authorization", "Bearer a key that stays here")
	res, err := client.Do(req)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = res.Body.Close() }()
	_, _ = io.Copy(io.Discard, res.Body)
	sent := azure.Requests()[0]
	fmt.Println(res.StatusCode, sent.Path, sent.Credential)
	// Output:
	// 200 /openai/deployments/chat/chat/completions token
}
