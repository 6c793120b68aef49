package redisstate_test

import (
	"strings"
	"testing"
	"time"

	"github.com/tmc/langchaingo/llms"

	"github.com/seed-a739af98/langchaingo-azure/adapters/registry"
	"github.com/seed-a739af98/langchaingo-azure/azureadv1/azuretest"
)

const models = `
model_list:
  - model_name: chat
    litellm_params: {model: azure/east, api_base: https://azuretest.openai.azure.com, api_key: azuretest-api-key, order: 1}
    model_info: {id: east}
  - model_name: chat
    litellm_params: {model: azure/west, api_base: https://azuretest.openai.azure.com, api_key: azuretest-api-key, order: 2}
    model_info: {id: west}
`

// TestOneReplicas429SparesTheOther has two registries, as two processes would, on one Azure and one Redis.
func TestOneReplicas429SparesTheOther(t *testing.T) {
	server := sharedServer(t)
	azure := azuretest.New(azuretest.Options{Deployments: map[string]string{"east": "gpt-4o", "west": "gpt-4o"}})
	t.Cleanup(func() { _ = azure.Close() })
	replica := func() (*registry.Registry, llms.Model) {
		r, err := registry.Loader{HTTPClient: azure.HTTPClient(), State: state(t, server.client(t), nil)}.Parse(strings.NewReader(models))
		if err != nil {
			t.Fatal(err)
		}
		m, err := r.Model("chat")
		if err != nil {
			t.Fatal(err)
		}
		return r, m
	}
	_, one := replica()
	other, two := replica()

	azure.EnqueueFor("east", azuretest.RateLimited(azuretest.RetryAfter(60)))
	if by := servedBy(t, one); by != "west" {
		t.Errorf("%s served the replica that got the 429, want west", by)
	}
	eventually(t, "the other replica knows", func() bool {
		return strings.HasPrefix(other.State()[0].Parked.Reason, "429") && time.Until(other.State()[0].Parked.Until) > 50*time.Second
	})
	azure.Reset()
	if by := servedBy(t, two); by != "west" {
		t.Errorf("%s served the other replica, want west", by)
	}
	if n := len(azure.Requests()); n != 1 || azure.Requests()[0].Deployment != "west" {
		t.Errorf("%d requests, the first to %s, want one to west: east is parked", n, azure.Requests()[0].Deployment)
	}
}

func servedBy(t *testing.T, m llms.Model) any {
	t.Helper()
	response, err := m.GenerateContent(t.Context(), []llms.MessageContent{llms.TextParts(llms.ChatMessageTypeHuman, "hello")})
	if err != nil {
		t.Fatal(err)
	}
	return response.Choices[0].GenerationInfo["Backend"]
}
