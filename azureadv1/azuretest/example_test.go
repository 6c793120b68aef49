package azuretest_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"github.com/seed-a739af98/langchaingo-azure/azureadv1/azuretest"
)

// say asks the v1 surface as the server's own identity and returns status and body.
func say(s *azuretest.Server, text string) (int, string) {
	ctx := context.Background()
	token, err := s.Credential().GetToken(ctx, policy.TokenRequestOptions{Scopes: []string{"https://cognitiveservices.azure.com/.default"}})
	if err != nil {
		return 0, err.Error()
	}
	body := strings.NewReader(`{"model":"chat","messages":[{"role":"user","content":"` + text + `"}]}`)
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.Endpoint()+"/openai/v1/chat/completions", body)
	if err != nil {
		return 0, err.Error()
	}
	req.Header.Set("Authorization", "Bearer "+token.Token)
	resp, err := s.HTTPClient().Do(req)
	if err != nil {
		return 0, err.Error()
	}
	defer func() { _ = resp.Body.Close() }()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		return resp.StatusCode, err.Error()
	}
	return resp.StatusCode, string(answer)
}

func ExampleNew() {
	s := azuretest.New(azuretest.Options{})
	defer func() { _ = s.Close() }()

	status, body := say(s, "Hi!")
	fmt.Println(status, strings.Contains(body, "Hello from chat."))

	r := s.Requests()[0]
	fmt.Println(r.Method, r.Host, r.Path, r.Query == "")
	fmt.Println(r.Surface, r.Operation, r.Deployment, r.Credential)
	fmt.Println("tokens issued:", s.Stats().TokenRequests)
	// Output:
	// 200 true
	// POST azuretest.openai.azure.com /openai/v1/chat/completions true
	// v1 chat chat token
	// tokens issued: 1
}

func ExampleStart() {
	s, err := azuretest.Start(azuretest.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = s.Close() }()

	status, _ := say(s, "Hi!")
	fmt.Println(strings.HasPrefix(s.Endpoint(), "https://127.0.0.1:"), status)
	// Output: true 200
}

func ExampleServer_Enqueue() {
	s := azuretest.New(azuretest.Options{})
	defer func() { _ = s.Close() }()
	s.Enqueue(
		azuretest.RateLimited(azuretest.RetryAfterMs(800)),
		azuretest.Unauthorized(),
		azuretest.Text("At last."),
	)
	for range 3 {
		say(s, "Are you there?")
	}
	for _, r := range s.Requests() {
		fmt.Println(r.Status, r.Fault)
	}
	// Output:
	// 429 RateLimited
	// 401 Unauthorized
	// 200
}

func ExampleOptions_respond() {
	s := azuretest.New(azuretest.Options{Respond: func(r azuretest.Request) azuretest.Reply {
		if strings.Contains(r.LastMessage().Content, "weather") {
			return azuretest.Text("Rain.")
		}
		return azuretest.Refusal("I only know about the weather.")
	}})
	defer func() { _ = s.Close() }()

	_, body := say(s, "What is the weather?")
	fmt.Println(strings.Contains(body, `"content":"Rain."`))
	_, body = say(s, "Tell me a joke.")
	fmt.Println(strings.Contains(body, `"refusal":"I only know about the weather."`))
	// Output:
	// true
	// true
}
