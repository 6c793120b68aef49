package provider_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/tmc/langchaingo/embeddings"
	"github.com/tmc/langchaingo/llms"
	"github.com/tmc/langchaingo/llms/openai"

	"github.com/seed-a739af98/langchaingo-azure/adapters/langchaingo"
	"github.com/seed-a739af98/langchaingo-azure/azureadv1"
	"github.com/seed-a739af98/langchaingo-azure/azureadv1/azuretest"
)

func TestEveryGoBlockOfTheMigrationGuideRuns(t *testing.T) {
	checkShown(t, "docs/migrating.md", "migrating_test.go", "Example_")
}

// TestTheMigrationGuideNamesWhatThereIs looks up every name of ours, and every field of Config that a table names alone.
func TestTheMigrationGuideNamesWhatThereIs(t *testing.T) {
	guide := readFile(t, "docs/migrating.md")
	for name, dir := range map[string]string{"langchaingo": "adapters/langchaingo", "azureadv1": "azureadv1"} {
		files, err := filepath.Glob(dir + "/[a-z]*.go")
		must(t, err)
		var source strings.Builder
		for _, f := range files {
			source.WriteString(readFile(t, f))
		}
		for _, found := range regexp.MustCompile(`\b`+name+`\.([A-Z]\w*)`).FindAllStringSubmatch(guide, -1) {
			if !regexp.MustCompile(`(?m)^(func|type|var|const|\t)\s*` + found[1] + `\b`).MatchString(source.String()) {
				t.Errorf("the guide names %s, which is not there", found[0])
			}
		}
	}
	fields := 0
	for _, row := range regexp.MustCompile(`(?m)^\|.*\| ([^|]*) \|$`).FindAllStringSubmatch(guide, -1) {
		for _, found := range regexp.MustCompile("`([A-Z][A-Za-z]+)(: [^`]*)?`").FindAllStringSubmatch(row[1], -1) {
			if _, ok := reflect.TypeFor[azureadv1.Config]().FieldByName(found[1]); ok {
				fields++
			} else if !strings.HasPrefix(found[1], "With") && found[1] != "GenerateContentStream" && found[1] != "DefaultAzureCredential" && found[1] != "FromEnv" {
				t.Errorf("the guide names %s, which is no field of Config", found[1])
			}
		}
	}
	if fields < 30 {
		t.Errorf("the tables name %d fields, which cannot be all of them", fields)
	}
}

func asBody(code string) string {
	return regexp.MustCompile(`(?m)^([^\n])`).ReplaceAllString(code, "\t$1")
}

// myResource stands in for the resource that the guide's code calls.
func myResource(respond func(azuretest.Request) azuretest.Reply) *azuretest.Server {
	return azuretest.New(azuretest.Options{
		Host:        "my-resource.openai.azure.com",
		Deployments: map[string]string{"my-gpt": "gpt-4o", "my-embeddings": "text-embedding-3-small", "my-reasoner": "gpt-5"},
		Respond:     respond,
	})
}

// ask puts one question. It returns the answer, and how the last request went.
func ask(azure *azuretest.Server, model llms.Model) string {
	answer, err := llms.GenerateFromSinglePrompt(context.Background(), model, "Say hello.")
	if err != nil {
		return err.Error()
	}
	requests := azure.Requests()
	last := requests[len(requests)-1]
	return fmt.Sprintf("%s %s?%s with a %s", answer, last.Path, last.Query, last.Credential)
}

func Example_fromAPITypeAzure() {
	azure := myResource(nil)
	defer func() { _ = azure.Close() }()
	httpClient, key := azure.HTTPClient(), azuretest.DefaultAPIKey

	before, err := openai.New(
		openai.WithAPIType(openai.APITypeAzure),
		openai.WithBaseURL("https://my-resource.openai.azure.com"),
		openai.WithAPIVersion("2024-10-21"),
		openai.WithToken(key),
		openai.WithModel("my-gpt"),
		openai.WithEmbeddingModel("my-embeddings"),
		openai.WithHTTPClient(httpClient),
	)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(ask(azure, before))

	after, err := langchaingo.New(azureadv1.Config{
		Endpoint:   "https://my-resource.openai.azure.com",
		APIVersion: "2024-10-21", // leave it out for v1
		APIKey:     key,
		Deployment: "my-gpt",
		HTTPClient: httpClient,
	}, langchaingo.WithEmbeddingDeployment("my-embeddings"))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(ask(azure, after))
	// Output:
	// Hello from my-gpt. /openai/deployments/my-gpt/chat/completions?api-version=2024-10-21 with a key
	// Hello from my-gpt. /openai/deployments/my-gpt/chat/completions?api-version=2024-10-21 with a key
}

func Example_fromAPITypeAzureAD() {
	azure := myResource(nil)
	defer func() { _ = azure.Close() }()
	httpClient, credential := azure.HTTPClient(), azure.Credential()

	model, err := langchaingo.New(azureadv1.Config{
		Endpoint:   "https://my-resource.openai.azure.com",
		Credential: credential, // any of azidentity's; leave it out for DefaultAzureCredential
		Deployment: "my-gpt",
		HTTPClient: httpClient,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(ask(azure, model))
	// Output:
	// Hello from my-gpt. /openai/v1/chat/completions? with a token
}

func Example_fromPython() {
	azure := myResource(func(r azuretest.Request) azuretest.Reply {
		return azuretest.Text(fmt.Sprint(r.Field("temperature"), " ", r.Field("max_completion_tokens"), " ", r.Field("user")))
	})
	defer func() { _ = azure.Close() }()
	httpClient, credential := azure.HTTPClient(), azure.Credential()

	model, err := langchaingo.New(azureadv1.Config{
		Endpoint:      "https://my-resource.openai.azure.com",
		APIVersion:    "2024-10-21",
		Deployment:    "my-gpt",
		TokenProvider: azureadv1.BearerTokenProvider(credential, "https://cognitiveservices.azure.com/.default"),
		MaxRetries:    5,
		HTTPClient:    httpClient,
	}, langchaingo.WithDropParams("parallel_tool_calls"))
	if err != nil {
		fmt.Println(err)
		return
	}
	answer, err := llms.GenerateFromSinglePrompt(context.Background(), model, "Say hello.",
		llms.WithTemperature(0), llms.WithMaxTokens(100), langchaingo.ExtraBody(map[string]any{"user": "u-1"}))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(answer)
	// Output:
	// 0 100 u-1
}

func Example_fromLiteLLM() {
	azure := myResource(func(r azuretest.Request) azuretest.Reply {
		return azuretest.Text(fmt.Sprint(r.Field("temperature"), " ", r.Field("reasoning_effort")))
	})
	defer func() { _ = azure.Close() }()
	tenantID, clientID, clientSecret := azuretest.DefaultTenantID, azuretest.DefaultClientID, azuretest.DefaultClientSecret

	cfg := azureadv1.Config{
		Endpoint:   "https://my-resource.openai.azure.com",
		APIVersion: "latest",
		Deployment: "my-reasoner",
		Identity:   azureadv1.Identity{TenantID: tenantID, ClientID: clientID, ClientSecret: clientSecret},
	}
	cfg.HTTPClient, cfg.Identity.Authority = azure.HTTPClient(), azure.Authority()

	model, err := langchaingo.New(cfg, langchaingo.WithBaseModel("gpt-5"))
	if err != nil {
		fmt.Println(err)
		return
	}
	answer, err := llms.GenerateFromSinglePrompt(context.Background(), model, "Say hello.",
		llms.WithTemperature(0.2), // left out by itself, as with drop_params: gpt-5 refuses it
		langchaingo.ReasoningEffort("low"))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(answer)
	// Output:
	// <nil> low
}

func Example_errors() {
	azure := myResource(nil)
	defer func() { _ = azure.Close() }()
	model, err := langchaingo.New(azureadv1.Config{
		Endpoint: azure.Endpoint(), Deployment: "my-gpt", Credential: azure.Credential(), HTTPClient: azure.HTTPClient(), MaxRetries: -1,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	azure.Enqueue(azuretest.RateLimited(azuretest.RetryAfter(7)))

	_, err = llms.GenerateFromSinglePrompt(context.Background(), model, "Say hello.")
	switch e := azureadv1.AsError(err); {
	case err == nil:
	case errors.Is(err, llms.ErrContentFilter):
		fmt.Println("filtered:", e.ContentFilter)
	case llms.IsRateLimitError(err):
		fmt.Println("try again in", e.RetryAfter)
	default:
		fmt.Println(err) // what happened, and what to do
	}
	// Output:
	// try again in 7s
}

func Example_keepingLLMSOpenAI() {
	azure := myResource(nil)
	defer func() { _ = azure.Close() }()
	httpClient, credential := azure.HTTPClient(), azure.Credential()

	client, err := azureadv1.NewClient(azureadv1.Config{
		Endpoint:   "https://my-resource.openai.azure.com",
		APIVersion: "2024-10-21", // or v1
		Credential: credential,
		HTTPClient: httpClient,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	model, err := openai.New(
		openai.WithHTTPClient(client),
		openai.WithBaseURL("https://api.openai.com/v1"), // is never called
		openai.WithToken("not used"),                    // is never sent
		openai.WithModel("my-gpt"),                      // the deployments' names
		openai.WithEmbeddingModel("my-embeddings"),
	)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(ask(azure, model))
	// Output:
	// Hello from my-gpt. /openai/deployments/my-gpt/chat/completions?api-version=2024-10-21 with a token
}

// kept is langchaingo's own adapter on a client of ours.
type kept struct {
	*openai.LLM

	server *azuretest.Server
}

func keep(t *testing.T, version, deployment string, respond func(azuretest.Request) azuretest.Reply) kept {
	t.Helper()
	for _, name := range []string{"OPENAI_API_KEY", "OPENAI_MODEL", "OPENAI_BASE_URL", "OPENAI_API_BASE", "OPENAI_ORGANIZATION"} {
		t.Setenv(name, "")
		must(t, os.Unsetenv(name)) // empty, the base URL would count
	}
	s := myResource(respond)
	t.Cleanup(func() { must(t, s.Close()) })
	client, err := azureadv1.NewClient(azureadv1.Config{
		Endpoint: s.Endpoint(), APIVersion: version, Credential: s.Credential(), HTTPClient: s.HTTPClient(), MaxRetries: -1,
	})
	must(t, err)
	model, err := openai.New(openai.WithHTTPClient(client), openai.WithBaseURL("https://api.openai.com/v1"), openai.WithToken("not used"),
		openai.WithModel(deployment), openai.WithEmbeddingModel("my-embeddings"))
	must(t, err)
	return kept{model, s}
}

// check looks at how the requests were made.
func (k kept) check(t *testing.T, surface string, n int) {
	t.Helper()
	all := k.server.Requests()
	if len(all) != n {
		t.Errorf("%d requests, want %d", len(all), n)
	}
	for _, r := range all {
		checkCredential(t, r, azuretest.CredentialToken)
		if r.Surface != surface || r.Status != 200 || bytes.Contains(r.Body, []byte("not used")) {
			t.Errorf("%s on %s answered %d", r, r.Surface, r.Status)
		}
	}
}

func TestKeepingLLMSOpenAIOnBothSurfaces(t *testing.T) {
	for _, sf := range surfaces {
		t.Run("chat on "+sf.name, func(t *testing.T) {
			k := keep(t, sf.version, "my-gpt", nil)
			answer, err := k.GenerateContent(t.Context(), question(), llms.WithTemperature(1), llms.WithMaxTokens(50))
			said, err := textOf(answer, err)
			if err != nil || said != "Hello from my-gpt." || answer.Choices[0].GenerationInfo["TotalTokens"] == 0 {
				t.Errorf("%q, %v", said, err)
			}
			k.check(t, sf.name, 1)
		})
		t.Run("streaming on "+sf.name, func(t *testing.T) {
			k := keep(t, sf.version, "my-gpt", nil)
			var heard strings.Builder
			said, err := textOf(k.GenerateContent(t.Context(), question(), llms.WithStreamingFunc(func(_ context.Context, chunk []byte) error {
				heard.Write(chunk)
				return nil
			})))
			if err != nil || said != "Hello from my-gpt." || heard.String() != said {
				t.Errorf("%q, heard %q, %v", said, heard.String(), err)
			}
			k.check(t, sf.name, 1)
		})
		t.Run("an agent's tools on "+sf.name, func(t *testing.T) {
			k := keep(t, sf.version, "my-gpt", brain)
			answer, err := runAgent(t.Context(), k, false)
			if err != nil || answer != agentAnswer {
				t.Errorf("%q, %v", answer, err)
			}
			k.check(t, sf.name, 3)
		})
		t.Run("embeddings on "+sf.name, func(t *testing.T) {
			k := keep(t, sf.version, "my-gpt", nil)
			e, err := embeddings.NewEmbedder(k)
			must(t, err)
			vectors, err := e.EmbedDocuments(t.Context(), []string{"a", "b"})
			if err != nil || len(vectors) != 2 || cmp.Equal(vectors[0], vectors[1]) {
				t.Errorf("%d vectors, %v", len(vectors), err)
			}
			k.check(t, sf.name, 1)
		})
	}
}

// TestKeepingLLMSOpenAIHasTheLimitsTheGuideNames shows each of them, so that the guide drops one that is gone.
func TestKeepingLLMSOpenAIHasTheLimitsTheGuideNames(t *testing.T) {
	reply := func(r azuretest.Reply) func(azuretest.Request) azuretest.Reply {
		return func(azuretest.Request) azuretest.Reply { return r }
	}
	heard := llms.WithStreamingFunc(hears)
	limit := func(name string, test func(t *testing.T)) {
		t.Run(name, func(t *testing.T) { inBubble(t, test) })
	}
	limit("temperature 0 is sent unasked, which a reasoning model refuses", func(t *testing.T) {
		_, err := textOf(keep(t, "v1", "my-reasoner", nil).GenerateContent(t.Context(), question()))
		if err == nil || !strings.Contains(err.Error(), "temperature") {
			t.Errorf("got %v", err)
		}
	})
	limit("versions before 2024-09-01-preview lack the fields it sends", func(t *testing.T) {
		for name, option := range map[string]llms.CallOption{"stream_options": heard, "max_completion_tokens": llms.WithMaxTokens(9)} {
			_, err := textOf(keep(t, "2024-06-01", "my-gpt", nil).GenerateContent(t.Context(), question(), option))
			if err == nil || !strings.Contains(err.Error(), name) {
				t.Errorf("%s: got %v", name, err)
			}
		}
	})
	limit("errors are text", func(t *testing.T) {
		for _, r := range []azuretest.Reply{azuretest.RateLimited(azuretest.RetryAfter(7)), azuretest.ContentFiltered("violence"), azuretest.PermissionDenied()} {
			_, err := textOf(keep(t, "v1", "my-gpt", reply(r)).GenerateContent(t.Context(), question()))
			if err == nil || azureadv1.AsError(err) != nil || llms.IsRateLimitError(err) || errors.Is(err, llms.ErrContentFilter) {
				t.Errorf("got %v", err)
			}
		}
	})
	limit("a context's errors are text", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := textOf(keep(t, "v1", "my-gpt", nil).GenerateContent(ctx, question())); err == nil || errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
	})
	limit("what fails before an answer stays an Error", func(t *testing.T) {
		k := keep(t, "v1", "my-gpt", nil)
		k.server.SetEntraStatus(400)
		_, err := textOf(k.GenerateContent(t.Context(), question()))
		if e := azureadv1.AsError(err); e == nil || e.Code != azureadv1.CodeTokenProvider {
			t.Errorf("got %v", err)
		}
	})
	limit("a truncated stream passes for a whole answer", func(t *testing.T) {
		said, err := textOf(keep(t, "v1", "my-gpt", reply(azuretest.TruncatedStream(1, azuretest.Text("all ", "of it")))).GenerateContent(t.Context(), question(), heard))
		if err != nil || said == "all of it" {
			t.Errorf("%q, %v", said, err)
		}
	})
	limit("streamed tool calls are mixed up when they come side by side", func(t *testing.T) {
		calls := azuretest.ToolCalls(azuretest.ToolCall{Name: "clock", Arguments: `{"a":"x"}`}, azuretest.ToolCall{Name: "rate", Arguments: `{"b":"y"}`}).Interleaved()
		tools := llms.WithTools([]llms.Tool{{Type: "function", Function: &llms.FunctionDefinition{Name: "clock"}}, {Type: "function", Function: &llms.FunctionDefinition{Name: "rate"}}})
		answer, err := keep(t, "v1", "my-gpt", reply(calls)).GenerateContent(t.Context(), question(), heard, tools)
		must(t, err)
		for _, c := range answer.Choices[0].ToolCalls {
			if !json.Valid([]byte(c.FunctionCall.Arguments)) {
				return
			}
		}
		t.Errorf("the calls are whole: %v", answer.Choices[0].ToolCalls)
	})
	limit("vectors keep the order of the answer, whatever their index", func(t *testing.T) {
		k := keep(t, "v1", "my-gpt", reply(azuretest.Embeddings([]float32{1}, []float32{2}).Reversed()))
		vectors, err := k.CreateEmbedding(t.Context(), []string{"a", "b"})
		if err != nil || !cmp.Equal(vectors, [][]float32{{2}, {1}}) {
			t.Errorf("%v, %v", vectors, err)
		}
	})
	limit("the deployment is WithModel's, and without it a name of OpenAI's", func(t *testing.T) {
		k := keep(t, "v1", "", nil)
		_, err := textOf(k.GenerateContent(t.Context(), question()))
		if err == nil || only(t, k.server).Deployment != "gpt-3.5-turbo" {
			t.Errorf("%v after %v", err, k.server.Requests())
		}
	})
}
