package provider_test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"testing"

	"github.com/tmc/langchaingo/llms"

	"github.com/seed-a739af98/langchaingo-azure/adapters/langchaingo"
	"github.com/seed-a739af98/langchaingo-azure/azureadv1"
	"github.com/seed-a739af98/langchaingo-azure/azureadv1/azuretest"
)

func Example_errorsGatewayKey() {
	_ = os.Setenv("APIM_KEY", "the gateway's key")
	defer func() { _ = os.Unsetenv("APIM_KEY") }()
	azure := azuretest.New(azuretest.Options{})
	defer func() { _ = azure.Close() }()
	cfg := azureadv1.Config{Endpoint: azure.Endpoint(), Deployment: "chat", Credential: azure.Credential(), HTTPClient: azure.HTTPClient()}

	cfg.Header = http.Header{"Ocp-Apim-Subscription-Key": {os.Getenv("APIM_KEY")}}

	fmt.Println(askAs(context.Background(), cfg))
	fmt.Println(azure.Requests()[0].Credential, "and", azure.Requests()[0].Header.Get("Ocp-Apim-Subscription-Key"))
	// Output:
	// Hello from chat. <nil>
	// token and the gateway's key
}

func Example_errorsParameter() {
	azure := azuretest.New(azuretest.Options{Deployments: map[string]string{"thinker": "o4-mini"}})
	defer func() { _ = azure.Close() }()
	cfg := azureadv1.Config{Endpoint: azure.Endpoint(), Deployment: "thinker", Credential: azure.Credential(), HTTPClient: azure.HTTPClient()}

	model, err := langchaingo.New(cfg, langchaingo.WithBaseModel("o4-mini"))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(llms.GenerateFromSinglePrompt(context.Background(), model, "Say hello.", llms.WithTemperature(0)))
	// Output: Hello from thinker. <nil>
}

func TestTheErrorPagesGoRuns(t *testing.T) {
	checkShown(t, "docs/errors.md", "guides_errors_test.go", "Example_errors")
}

func TestTheErrorPagesCommandsAreRight(t *testing.T) {
	commands, g := claimAll(blocks(t, "docs/errors.md", "sh")), newGuideShell(t)
	g.env = []string{"OBJECT_ID=object", "RESOURCE_ID=/resource"}
	g.run(t, commands...)
	g.checkAz(t)
}
