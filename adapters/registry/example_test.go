package registry_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/tmc/langchaingo/llms"
	"github.com/tmc/langchaingo/llms/fake"

	"github.com/seed-a739af98/langchaingo-azure/adapters/registry"
	"github.com/seed-a739af98/langchaingo-azure/azureadv1/azuretest"
)

// models is the file of the examples: two deployments behind one name, and one of another provider to fall back to.
const models = `
model_list:
  - model_name: assistant
    litellm_params: {model: azure/gpt-4o-ptu, api_base: https://contoso.openai.azure.com, api_key: os.environ/CONTOSO_KEY, order: 1}
    model_info: {id: provisioned}
  - model_name: assistant
    litellm_params: {model: azure/gpt-4o, api_base: https://contoso.openai.azure.com, api_key: os.environ/CONTOSO_KEY, order: 2}
    model_info: {id: pay-as-you-go}
  - model_name: vectors
    litellm_params: {model: azure/text-embedding-3-small, api_base: https://contoso.openai.azure.com, api_key: os.environ/CONTOSO_KEY}
    model_info: {mode: embedding}
  - model_name: local
    litellm_params: {model: ollama/llama3, api_base: "http://localhost:11434"}
router_settings:
  fallbacks: [{assistant: [local]}]
`

// contosoResource is a stand-in for the resource of the file, and a Loader that reaches it.
func contosoResource() (*azuretest.Server, registry.Loader) {
	s := azuretest.New(azuretest.Options{Host: "contoso.openai.azure.com", Deployments: map[string]string{
		"gpt-4o-ptu": "gpt-4o", "gpt-4o": "gpt-4o", "text-embedding-3-small": "text-embedding-3-small",
	}})
	return s, registry.Loader{
		HTTPClient: s.HTTPClient(),
		LookupEnv:  func(name string) (string, bool) { return azuretest.DefaultAPIKey, name == "CONTOSO_KEY" },
		Providers:  map[string]registry.Factory{"ollama": ollama},
	}
}

// ollama stands for llms/ollama, which would call the server at e.APIBase.
func ollama(e registry.Entry) (llms.Model, error) {
	return fake.NewFakeLLM([]string{"Hello from " + e.Model + " at " + e.APIBase}), nil
}

// served makes one call and says who served it, and who failed before.
func served(model llms.Model) string {
	response, err := model.GenerateContent(context.Background(), hello)
	if err != nil {
		return err.Error()
	}
	info := response.Choices[0].GenerationInfo
	if before, ok := info["Failovers"].([]string); ok {
		return fmt.Sprintf("%s, after %s", info["Backend"], strings.Join(before, ", "))
	}
	return fmt.Sprint(info["Backend"])
}

func ExampleParse() {
	r, err := registry.Parse(strings.NewReader(`
model_list:
  - model_name: assistant
    litellm_params: {model: azure/gpt-4o, api_base: https://contoso.openai.azure.com, credential: managed_identity}
    model_info: {max_input_tokens: 128000}
`))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(r.Names())
	for _, warning := range r.Warnings() {
		fmt.Println(warning)
	}
	// Output:
	// [assistant]
	// line 5: model_list[0].model_info.max_input_tokens has no meaning here: It describes the model to LiteLLM's proxy and its price list
}

func ExampleLoader_Load() {
	contoso, loader := contosoResource()
	defer func() { _ = contoso.Close() }()
	dir, err := os.MkdirTemp("", "models")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = os.RemoveAll(dir) }()
	path := filepath.Join(dir, "models.yaml")
	if err := os.WriteFile(path, []byte(models), 0o600); err != nil {
		fmt.Println(err)
		return
	}

	r, err := loader.Load(path) // no network call yet
	if err != nil {
		fmt.Println(err)
		return
	}
	assistant, err := r.Model("assistant")
	if err != nil {
		fmt.Println(err)
		return
	}
	answer, err := llms.GenerateFromSinglePrompt(context.Background(), assistant, "Say hello.")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(answer)
	// Output: Hello from gpt-4o-ptu.
}

func ExampleRegistry_Model() {
	contoso, loader := contosoResource()
	defer func() { _ = contoso.Close() }()
	r, err := loader.Parse(strings.NewReader(models))
	if err != nil {
		fmt.Println(err)
		return
	}
	assistant, err := r.Model("assistant")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(served(assistant))
	contoso.EnqueueFor("gpt-4o-ptu", azuretest.RateLimited(azuretest.RetryAfter(20)))
	fmt.Println(served(assistant))
	fmt.Println(served(assistant)) // the first one is not asked for 20 seconds
	contoso.EnqueueFor("gpt-4o", azuretest.KeysDisabled())
	fmt.Println(served(assistant))
	// Output:
	// provisioned
	// pay-as-you-go, after provisioned: 429: retry after 20s
	// pay-as-you-go
	// ollama/llama3, after pay-as-you-go: 403: AuthenticationTypeDisabled
}

func ExampleRegistry_Register() {
	r, err := registry.Parse(strings.NewReader(`
model_list:
  - model_name: assistant
    litellm_params: {model: ollama/llama3, api_base: "http://localhost:11434", num_ctx: 8192}
`))
	if err != nil {
		fmt.Println(err)
		return
	}
	// A program gives ollama.New(ollama.WithModel(e.Model), ollama.WithServerURL(e.APIBase)) here.
	r.Register("ollama", func(e registry.Entry) (llms.Model, error) {
		return fake.NewFakeLLM([]string{fmt.Sprintf("Hello from %s with a context of %v tokens.", e.Model, e.Params["num_ctx"])}), nil
	})
	assistant, err := r.Model("assistant")
	if err != nil {
		fmt.Println(err)
		return
	}
	answer, err := llms.GenerateFromSinglePrompt(context.Background(), assistant, "Say hello.")
	fmt.Println(answer, err)
	// Output: Hello from llama3 with a context of 8192 tokens. <nil>
}

func ExampleRegistry_Embedder() {
	contoso, loader := contosoResource()
	defer func() { _ = contoso.Close() }()
	r, err := loader.Parse(strings.NewReader(models))
	if err != nil {
		fmt.Println(err)
		return
	}
	vectors, err := r.Embedder("vectors")
	if err != nil {
		fmt.Println(err)
		return
	}
	documents, err := vectors.EmbedDocuments(context.Background(), []string{"one text", "another"})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(len(documents), "vectors of", len(documents[0]), "numbers")
	_, err = r.Model("vectors")
	fmt.Println(err)
	// Output:
	// 2 vectors of 1536 numbers
	// registry: invalid_request: Model("vectors"): the models file says that text-embedding-3-small@contoso.openai.azure.com has mode embedding: ask for it with Embedder
}

func ExampleRegistry_State() {
	contoso, loader := contosoResource()
	defer func() { _ = contoso.Close() }()
	r, err := loader.Parse(strings.NewReader(models))
	if err != nil {
		fmt.Println(err)
		return
	}
	assistant, err := r.Model("assistant")
	if err != nil {
		fmt.Println(err)
		return
	}
	contoso.EnqueueFor("gpt-4o-ptu", azuretest.RateLimited(azuretest.RetryAfter(20)))
	served(assistant)
	served(assistant)
	for _, s := range r.State() {
		fmt.Printf("%s: served %d, failed %d", s.ID, s.Served, s.Failed)
		if !s.Parked.Until.IsZero() {
			fmt.Printf(", parked (%s)", s.Parked.Reason)
		}
		fmt.Println()
	}
	// Output:
	// ollama/llama3: served 0, failed 0
	// pay-as-you-go: served 2, failed 0
	// provisioned: served 0, failed 1, parked (429: retry after 20s)
	// text-embedding-3-small@contoso.openai.azure.com: served 0, failed 0
}

// A broken file tells everything that is wrong with it at once.
func ExampleErrors() {
	_, err := registry.Parse(strings.NewReader(`
model_list:
  - model_name: assistant
    litellm_params:
      model: azure/gpt-4o
      api_bas: https://contoso.openai.azure.com
      api_key: os.environ/CONTOSO_KEY_OF_NOBODY
      rpm: plenty
router_settings:
  fallbacks: [{assistant: [asistant]}]
`))
	fmt.Println(err)

	if all, ok := errors.AsType[registry.Errors](err); ok {
		fmt.Printf("%d errors, the first on line %d\n", len(all), all[0].Line)
	}
	// Output:
	// registry: 5 errors:
	// line 5, column 7: model_list[0].litellm_params.api_base: is missing: write the resource's URL as the portal shows it, https://<resource>.openai.azure.com
	// line 6, column 7: model_list[0].litellm_params.api_bas: this key is not known, did you mean api_base?
	// line 7, column 16: model_list[0].litellm_params.api_key: the variable CONTOSO_KEY_OF_NOBODY is not set
	// line 8, column 12: model_list[0].litellm_params.rpm: want a whole number, got a text
	// line 10, column 28: router_settings.fallbacks[0].assistant: "asistant" is neither a model_name nor an alias of this file, did you mean assistant?
	// 5 errors, the first on line 5
}
