// Command registry asks for a model by name while the deployments behind it fail by turns, and prints who served each call.
// It needs no account: a stand-in plays both regions, and the faults are injected.
package main

import (
	"context"
	_ "embed"
	"fmt"
	"io"
	"log"
	"os"
	"strings"
	"time"

	"github.com/tmc/langchaingo/llms"

	"github.com/seed-a739af98/langchaingo-azure/adapters/registry"
	"github.com/seed-a739af98/langchaingo-azure/azureadv1"
	"github.com/seed-a739af98/langchaingo-azure/azureadv1/azuretest"
)

//go:embed models.yaml
var models string

func main() {
	if len(os.Args) > 1 {
		fmt.Fprintln(os.Stderr, "registry: takes no flags and no arguments; its comment says what it shows")
		os.Exit(2)
	}
	if err := run(context.Background(), os.Stdout); err != nil {
		log.Fatal(err)
	}
}

// The deployments of models.yaml, in Sweden and in Virginia.
const (
	ptu      = "gpt-4o-ptu"
	virginia = "gpt-4o"
	large    = "gpt-4.1"
)

// faults are what happens before each call.
var faults = []struct {
	what  string
	pause time.Duration
	reply map[string]azuretest.Reply // deployment -> its next answer
}{
	{what: "all is well"},
	{what: "Sweden's throughput is used up for 500 ms", reply: map[string]azuretest.Reply{ptu: azuretest.RateLimited(azuretest.RetryAfterMs(500))}},
	{what: "Sweden is still parked"},
	{what: "600 ms later", pause: 600 * time.Millisecond},
	{what: "both regions are at their limit", reply: map[string]azuretest.Reply{
		ptu: azuretest.RateLimited(azuretest.RetryAfterMs(300)), virginia: azuretest.RateLimited(azuretest.RetryAfterMs(400)),
	}},
	{what: "everything is at its limit", reply: map[string]azuretest.Reply{large: azuretest.RateLimited(azuretest.RetryAfterMs(350))}},
	{what: "500 ms later the conversation is too long for the first model", pause: 500 * time.Millisecond, reply: map[string]azuretest.Reply{
		ptu: azuretest.ContextLengthExceeded(),
	}},
	{what: "Sweden's model fails, and may have been billed", reply: map[string]azuretest.Reply{ptu: azuretest.ServerError()}},
}

func run(ctx context.Context, out io.Writer) error {
	azure, err := azuretest.Start(azuretest.Options{Deployments: map[string]string{ptu: "gpt-4o", virginia: "gpt-4o", large: "gpt-4.1"}}) //nolint:contextcheck // it ends with Close
	if err != nil {
		return fmt.Errorf("starting the stand-in: %w", err)
	}
	defer func() { _ = azure.Close() }()
	endpoints := map[string]string{"SWEDEN_ENDPOINT": azure.Endpoint(), "VIRGINIA_ENDPOINT": azure.Endpoint()}
	reg, err := registry.Loader{
		HTTPClient: azure.HTTPClient(),
		Credential: azure.Credential(), // a real azidentity.ClientSecretCredential
		LookupEnv:  func(name string) (string, bool) { value, ok := endpoints[name]; return value, ok },
	}.Parse(strings.NewReader(models))
	if err != nil {
		return err
	}
	assistant, err := reg.Model("assistant")
	if err != nil {
		return err
	}
	for i, f := range faults {
		time.Sleep(f.pause)
		for deployment, reply := range f.reply {
			azure.EnqueueFor(deployment, reply)
		}
		fmt.Fprintf(out, "%d. %s\n   %s\n", i+1, f.what, ask(ctx, assistant))
	}
	for _, s := range reg.State() {
		fmt.Fprintf(out, "%-15s served %d, failed %d\n", s.ID, s.Served, s.Failed)
	}
	return nil
}

// ask makes one call and says who served it.
func ask(ctx context.Context, model llms.Model) string {
	response, err := model.GenerateContent(ctx, []llms.MessageContent{llms.TextParts(llms.ChatMessageTypeHuman, "Hello")})
	if llms.IsRateLimitError(err) {
		return fmt.Sprintf("nobody: try again in %s", azureadv1.AsError(err).RetryAfter.Round(100*time.Millisecond))
	}
	if err != nil {
		return fmt.Sprintf("an error: %v", err)
	}
	info := response.Choices[0].GenerationInfo
	if before, ok := info["Failovers"].([]string); ok {
		return fmt.Sprintf("%s, after %s", info["Backend"], strings.Join(before, ", "))
	}
	return fmt.Sprint(info["Backend"])
}
