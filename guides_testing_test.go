package provider_test

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tmc/langchaingo/llms"

	"github.com/seed-a739af98/langchaingo-azure/adapters/langchaingo"
	"github.com/seed-a739af98/langchaingo-azure/azureadv1"
	"github.com/seed-a739af98/langchaingo-azure/azureadv1/azuretest"
)

const testingGuide = "docs/testing.md"

// TestTheTestingGuidesGoRuns finds each block, line for line, in this file, whose tests and examples all run.
func TestTheTestingGuidesGoRuns(t *testing.T) {
	source := leadingSpace.ReplaceAllString(readFile(t, "guides_testing_test.go"), "")
	for _, b := range blocks(t, testingGuide, "go") {
		if !strings.Contains(source, "\n"+leadingSpace.ReplaceAllString(b.claim(), "")) {
			t.Errorf("%s: nothing here has this block:\n%s", b, b.Text)
		}
	}
}

func newModel(t *testing.T, azure *azuretest.Server) *langchaingo.LLM {
	t.Helper()
	model, err := langchaingo.New(azureadv1.Config{
		Endpoint: azure.Endpoint(), Deployment: "chat", Credential: azure.Credential(), HTTPClient: azure.HTTPClient(), MaxRetries: -1,
	})
	must(t, err)
	return model
}

func Example_testingReplies() {
	azure := azuretest.New(azuretest.Options{Deployments: map[string]string{"my-gpt": "gpt-4.1"}})
	defer func() { _ = azure.Close() }()

	cfg := azureadv1.Config{
		Endpoint:   azure.Endpoint(),
		Deployment: "my-gpt",
		Credential: azure.Credential(), // a real azidentity credential on the stand-in's Entra side
		HTTPClient: azure.HTTPClient(), // answers from memory: no socket
	}
	model, err := langchaingo.New(cfg)
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx := context.Background()
	fmt.Println(llms.GenerateFromSinglePrompt(ctx, model, "Hello?"))

	azure.Enqueue(azuretest.Text("It rains."))
	answer, err := llms.GenerateFromSinglePrompt(ctx, model, "How is the weather?")
	fmt.Println(answer, err)

	for _, r := range azure.Requests() {
		fmt.Println(r.Surface, r.Operation, r.Deployment, r.Credential, r.Status, r.LastMessage().Content)
	}
	// Output:
	// Hello from my-gpt. <nil>
	// It rains. <nil>
	// v1 chat my-gpt token 200 Hello?
	// v1 chat my-gpt token 200 How is the weather?
}

func TestTheTestingGuidesTools(t *testing.T) {
	azure := azuretest.New(azuretest.Options{Respond: func(r azuretest.Request) azuretest.Reply {
		if last := r.LastMessage(); last.Role == "tool" {
			return azuretest.Text("It is ", last.Content, ".")
		}
		return azuretest.ToolCalls(azuretest.ToolCall{Name: "clock", Arguments: `{"__arg1":"Oslo"}`})
	}})
	defer func() { _ = azure.Close() }()
	if answer, err := runAgent(t.Context(), newModel(t, azure), true); err != nil || answer != "It is 12:00." {
		t.Errorf("%q, %v", answer, err)
	}
}

func TestTheTestingGuidesStreams(t *testing.T) {
	azure := azuretest.New(azuretest.Options{})
	defer func() { _ = azure.Close() }()
	model := newModel(t, azure)
	azure.Enqueue(
		azuretest.Text("To be", " or not", " to be"),
		azuretest.CutStream(1, azuretest.Text("To be", " or not", " to be")), // the connection drops after one delta
	)
	for _, want := range []string{"To be| or not| to be", "To be"} {
		var heard []string
		response, err := model.GenerateContent(t.Context(), question(), llms.WithStreamingFunc(func(_ context.Context, chunk []byte) error {
			heard = append(heard, string(chunk))
			return nil
		}))
		if got := strings.Join(heard, "|"); got != want || (err == nil) != strings.Contains(want, "|") {
			t.Errorf("heard %q, %v; want %q", got, err, want)
		}
		if said, _ := textOf(response, err); said != strings.ReplaceAll(want, "|", "") {
			t.Errorf("the response holds %q", said)
		}
	}
}

func TestTheTestingGuidesFaults(t *testing.T) {
	azure := azuretest.New(azuretest.Options{})
	defer func() { _ = azure.Close() }()
	model := newModel(t, azure)
	azure.Enqueue(
		azuretest.RateLimited(azuretest.RetryAfter(7)),
		azuretest.ContentFiltered("violence"),
		azuretest.PermissionDenied(),
	)
	for _, is := range []func(error) bool{llms.IsRateLimitError, llms.IsContentFilterError, llms.IsAuthenticationError} {
		if _, err := llms.GenerateFromSinglePrompt(t.Context(), model, "Hello?"); !is(err) {
			t.Errorf("got %v", err)
		}
	}
}

// TestTheTestingGuideOnRetries counts what the guide says of three faults.
func TestTheTestingGuideOnRetries(t *testing.T) {
	for name, fault := range map[string]azuretest.Reply{
		"RateLimited": azuretest.RateLimited(), "ServerError": azuretest.ServerError(), "Disconnect": azuretest.Disconnect(),
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				azure := azuretest.New(azuretest.Options{})
				defer func() { _ = azure.Close() }()
				azure.Enqueue(fault, fault, fault)
				cfg := config(t, azure, "")
				cfg.Credential = azure.Credential()
				if _, err := askAs(t.Context(), cfg); err == nil || azure.Pending() != 0 || azure.Stats().Calls != 3 {
					t.Errorf("%d calls, %v", azure.Stats().Calls, err)
				}
			})
		})
	}
}

func TestTheTestingGuidesTokensExpire(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		azure := azuretest.New(azuretest.Options{TokenLifetime: time.Hour})
		defer func() { _ = azure.Close() }()
		model := newModel(t, azure)
		for range 8 {
			if _, err := llms.GenerateFromSinglePrompt(t.Context(), model, "Still there?"); err != nil {
				t.Fatal(err)
			}
			time.Sleep(30 * time.Minute)
		}
		if s := azure.Stats(); s.TokenRequests < 4 || s.RefusedTokens != 0 {
			t.Errorf("%d tokens, %d refused", s.TokenRequests, s.RefusedTokens)
		}
	})
}

// rewrite is the guide's flag.
var rewrite = flag.Bool("rewrite", false, "write the golden files anew")

func checkGolden(t *testing.T, r azuretest.Request, file string) {
	t.Helper()
	var got bytes.Buffer
	if err := json.Indent(&got, r.Body, "", "  "); err != nil {
		t.Fatal(err)
	}
	if *rewrite {
		if err := os.WriteFile(file, got.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil || got.String() != string(want) {
		t.Errorf("%s: %v, the request is\n%s", file, err, got.String())
	}
}

func TestTheTestingGuidesGoldenRequests(t *testing.T) {
	checkContains(t, readFile(t, testingGuide), `var rewrite = flag.Bool("rewrite", false, "write the golden files anew")`)
	azure := azuretest.New(azuretest.Options{})
	defer func() { _ = azure.Close() }()
	_, err := llms.GenerateFromSinglePrompt(t.Context(), newModel(t, azure), "Hello?")
	must(t, err)
	file := filepath.Join(t.TempDir(), "request.json")
	*rewrite = true
	checkGolden(t, only(t, azure), file)
	*rewrite = false
	checkGolden(t, only(t, azure), file)
}
