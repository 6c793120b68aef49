package provider_test

import (
	"context"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/tmc/langchaingo/llms"
	"github.com/tmc/langchaingo/llms/ollama"

	"github.com/seed-a739af98/langchaingo-azure/adapters/registry"
	"github.com/seed-a739af98/langchaingo-azure/azureadv1"
	"github.com/seed-a739af98/langchaingo-azure/azureadv1/azuretest"
)

const registryGuide = "docs/registry.md"

// TestTheRegistryGuidesProgramRuns builds the guide's program and runs it beside the guide's file, as a process with
// nothing but its environment: a managed identity, and a stand-in for both resources.
func TestTheRegistryGuidesProgramRuns(t *testing.T) {
	t.Parallel() // it is long
	s := start(t, azuretest.Options{Deployments: map[string]string{"gpt-4o-ptu": "gpt-4o"}})
	dir, program := t.TempDir(), buildProgram(t, blocks(t, registryGuide, "go")[0].claim())
	must(t, os.WriteFile(filepath.Join(dir, "models.yaml"), []byte(blocks(t, registryGuide, "yaml")[0].claim()), 0o600))
	endpoint, header := s.IdentityEndpoint()
	run := exec.Command(program) //nolint:gosec,noctx // as above
	run.Dir = dir
	run.Env = append(os.Environ(), "SWEDEN_ENDPOINT="+s.Endpoint(), "VIRGINIA_ENDPOINT="+s.Endpoint(),
		"IDENTITY_ENDPOINT="+endpoint, "IDENTITY_HEADER="+header, "SSL_CERT_FILE="+certificateFile(t, s.Endpoint()))
	out, err := run.CombinedOutput()
	if err != nil || string(out) != "Hello from gpt-4o-ptu.\n" {
		t.Errorf("%v\n%s", err, out)
	}
	checkCredential(t, only(t, s), azuretest.CredentialToken)
}

// TestEveryGoBlockOfTheRegistryGuideRuns finds each one after the program, line for line, in an example that runs. What
// belongs to redisstate, a module of its own, is in that module's example.
func TestEveryGoBlockOfTheRegistryGuideRuns(t *testing.T) {
	bodies := exampleBodies(t, "registry_doc_test.go")
	for name, body := range bodies {
		if !strings.Contains(body, "// Output:") {
			t.Errorf("%s has no output, and so is never run", name)
		}
	}
	redis := exampleBodies(t, "adapters/registry/redisstate/example_test.go")
	shown := map[string]bool{}
	for _, b := range blocks(t, registryGuide, "go")[1:] {
		text := b.claim()
		found := slices.ContainsFunc(slices.Collect(maps.Values(redis)), func(body string) bool { return strings.Contains(body, "\n"+asBody(text)) })
		for name, body := range bodies {
			if strings.Contains(body, "\n"+asBody(text)) {
				found, shown[name] = true, true
			}
		}
		if !found {
			t.Errorf("%s: no example has this block:\n%s", b, text)
		}
	}
	for name := range bodies {
		if !shown[name] {
			t.Errorf("%s shows nothing of %s", registryGuide, name)
		}
	}
}

// exampleBodies are the bodies of a file's examples, by their names.
func exampleBodies(t *testing.T, name string) map[string]string {
	t.Helper()
	source := readFile(t, name)
	file, err := parser.ParseFile(token.NewFileSet(), "", source, parser.SkipObjectResolution)
	must(t, err)
	bodies := map[string]string{}
	for _, decl := range file.Decls {
		if f, ok := decl.(*ast.FuncDecl); ok && strings.HasPrefix(f.Name.Name, "Example") {
			bodies[f.Name.Name] = source[f.Body.Lbrace-file.FileStart : f.Body.Rbrace-file.FileStart]
		}
	}
	if len(bodies) == 0 {
		t.Fatalf("%s has no example", name)
	}
	return bodies
}

// parseModels reads a models file for which every variable is set but those that say they are not.
func parseModels(text string) (*registry.Registry, error) {
	return registry.Loader{
		LookupEnv: func(name string) (string, bool) {
			return "https://my-resource.openai.azure.com", !strings.Contains(name, "NOT_SET")
		},
		Providers: map[string]registry.Factory{"ollama": newOllama},
	}.Parse(strings.NewReader(text))
}

func newOllama(e registry.Entry) (llms.Model, error) {
	return ollama.New(ollama.WithModel(e.Model), ollama.WithServerURL(e.APIBase))
}

// TestEveryFileOfTheRegistryGuideLoads loads each YAML block. One without a model_list stands for a part of a file that
// has the guide's names. The one with errors says what the guide prints below it.
func TestEveryFileOfTheRegistryGuideLoads(t *testing.T) {
	files := claimAll(blocks(t, registryGuide, "yaml"))
	names, _, _ := strings.Cut(files[0], "router_settings:")
	names += "  - {model_name: local, litellm_params: {model: ollama/llama3, api_base: http://localhost:11434}}\n"
	broken := claimAll(blocks(t, registryGuide, ""))
	if len(broken) != 1 {
		t.Fatalf("%d blocks of output, want the errors alone", len(broken))
	}
	refused := 0
	for _, text := range files {
		if !strings.Contains(text, "model_list:") {
			text = names + text
		}
		r, err := parseModels(text)
		switch {
		case err != nil && err.Error()+"\n" == broken[0]:
			refused++
		case err != nil:
			t.Errorf("%v\n%s", err, text)
		case len(r.Warnings()) > 0:
			t.Errorf("warnings %q of\n%s", r.Warnings(), text)
		}
	}
	if refused != 1 {
		t.Errorf("%d files have the errors that the guide prints, want one", refused)
	}
}

// TestTheReadmesModelsByName loads the README's file, and finds its lines of Go in the guide's program, which runs.
func TestTheReadmesModelsByName(t *testing.T) {
	for _, text := range claimAll(blocks(t, "README.md", "yaml")) {
		if r, err := parseModels(text); err != nil || len(r.Warnings()) > 0 {
			t.Errorf("an error (%v) or a warning of\n%s", err, text)
		}
	}
	found := 0
	for _, b := range blocks(t, "README.md", "go") {
		if !strings.Contains(b.Text, "registry.Load(") {
			continue
		}
		for line := range strings.Lines(b.claim()) {
			found++
			if !strings.Contains(blocks(t, registryGuide, "go")[0].Text, "\n\t"+strings.TrimSuffix(line, "\n")) {
				t.Errorf("the program of %s lacks the README's line %s", registryGuide, line)
			}
		}
	}
	if found != 3 {
		t.Errorf("%d lines of Go about the registry, want three", found)
	}
}

// TestTheSchemasAddressIsItsPlace keeps the address that editors are told in step with the file's place.
func TestTheSchemasAddressIsItsPlace(t *testing.T) {
	const base = "$schema=https://raw.githubusercontent.com/seed-a739af98/langchaingo-azure/main/"
	_, path, found := strings.Cut(readFile(t, registryGuide), base)
	path, _, _ = strings.Cut(path, "\n")
	if !found || readFile(t, path) != string(registry.Schema()) {
		t.Errorf("%s has no address of the schema, or %q is not it", registryGuide, path)
	}
}

// schemaSection is what the test reads of a section of the schema.
type schemaSection struct {
	Properties        map[string]schemaKey
	PatternProperties map[string]schemaKey
}

type schemaKey struct {
	Deprecated           bool
	Not                  any
	AdditionalProperties json.RawMessage
}

// kind is what happens to a key: "read", "ignored" with a warning, or an "error".
func (k schemaKey) kind() string {
	switch {
	case k.Deprecated:
		return "ignored"
	case k.Not == true:
		return "error"
	default:
		return "read"
	}
}

func (s schemaSection) kinds() map[string]string {
	all := map[string]string{}
	for name, k := range s.Properties {
		all[name] = k.kind()
	}
	for pattern, k := range s.PatternProperties {
		all[strings.ReplaceAll(strings.Trim(pattern, "^$"), ".*", "*")] = k.kind()
	}
	return all
}

// schemaKinds are the keys of all sections, by the names that the guide gives these.
func schemaKinds(t *testing.T) map[string]map[string]string {
	t.Helper()
	var schema struct {
		schemaSection

		Defs map[string]schemaSection `json:"$defs"`
	}
	must(t, json.Unmarshal(registry.Schema(), &schema))
	kinds := map[string]map[string]string{
		"file": schema.kinds(), "model_group_alias": schema.Defs["router_settings"].Properties["model_group_alias"].longForms(t),
	}
	names := map[string]string{"entry": "model_list", "provider_params": "litellm_params", "azure_params": "litellm_params (azure)"}
	for name, section := range schema.Defs {
		if len(section.Properties) == 0 {
			continue // it chooses between two others
		}
		if guides, ok := names[name]; ok {
			name = guides
		}
		kinds[name] = section.kinds()
	}
	for key, kind := range kinds["litellm_params"] { // azure has them all, and its own
		if kinds["litellm_params (azure)"][key] != kind {
			t.Errorf("%s is %s for azure and %s for others", key, kinds["litellm_params (azure)"][key], kind)
		}
		delete(kinds["litellm_params (azure)"], key)
	}
	return kinds
}

// longForms are the keys of a key's long form, which has no section of its own.
func (k schemaKey) longForms(t *testing.T) map[string]string {
	t.Helper()
	var values struct{ AnyOf []schemaSection }
	must(t, json.Unmarshal(k.AdditionalProperties, &values))
	all := map[string]string{}
	for _, form := range values.AnyOf {
		maps.Copy(all, form.kinds())
	}
	return all
}

// TestTheRegistryGuidesTableIsTheSchemas compares the guide's table of keys with the schema, in both directions: each key,
// where it stands, and whether it is read, ignored or an error.
func TestTheRegistryGuidesTableIsTheSchemas(t *testing.T) {
	_, table, _ := strings.Cut(readFile(t, registryGuide), "\n| key | where | meaning |\n")
	got := map[string]map[string]string{}
	for _, row := range regexp.MustCompile(`(?m)^\| (\S.*?) \| (.*?) \| (.*) \|$`).FindAllStringSubmatch(table, -1) {
		kind := "read"
		switch {
		case strings.HasPrefix(row[3], "Ignored."):
			kind = "ignored"
		case strings.HasPrefix(row[3], "An error"):
			kind = "error"
		}
		for section := range strings.SplitSeq(row[2], ", ") {
			if got[section] == nil {
				got[section] = map[string]string{}
			}
			for _, key := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(row[1], -1) {
				if got[section][key[1]] != "" {
					t.Errorf("%s is in the table twice for %s", key[1], section)
				}
				got[section][key[1]] = kind
			}
		}
	}
	if diff := cmp.Diff(schemaKinds(t), got); diff != "" {
		t.Errorf("the schema and the table of %s differ (-schema +table):\n%s", registryGuide, diff)
	}
}

// TestTheRegistryGuideOnResponses keeps what the guide says of responses_api in step with what is called.
func TestTheRegistryGuideOnResponses(t *testing.T) {
	row := regexp.MustCompile("(?m)^\\| `responses_api` .*$").FindString(readFile(t, registryGuide))
	azure, loader, file := myModels("")
	defer func() { must(t, azure.Close()) }()
	models, err := loader.Parse(strings.NewReader(strings.ReplaceAll(file, "order:", "responses_api: true, order:")))
	must(t, err)
	assistant, err := models.Model("assistant")
	must(t, err)
	if _, err := assistant.GenerateContent(t.Context(), question()); err != nil {
		t.Fatal(err)
	}
	if served := only(t, azure).Operation == azuretest.OpResponses; served == strings.Contains(row, "not yet") {
		t.Errorf("responses are called: %v, but the guide says %s", served, row)
	}
}

// myModels is the guide's file on a stand-in.
func myModels(settings string) (*azuretest.Server, registry.Loader, string) {
	azure := azuretest.New(azuretest.Options{
		Host:        "my-resource.openai.azure.com",
		Deployments: map[string]string{"gpt-4o-ptu": "gpt-4o", "gpt-4o": "gpt-4o"},
	})
	loader := registry.Loader{HTTPClient: azure.HTTPClient(), Credential: azure.Credential()}
	return azure, loader, `
model_list:
  - model_name: assistant
    litellm_params: {model: azure/gpt-4o-ptu, api_base: https://my-resource.openai.azure.com, order: 1}
    model_info: {id: sweden-ptu}
  - model_name: assistant
    litellm_params: {model: azure/gpt-4o, api_base: https://my-resource.openai.azure.com, order: 2}
    model_info: {id: virginia}
` + settings
}

func Example_registryWhoServed() {
	azure, loader, file := myModels("")
	defer func() { _ = azure.Close() }()
	models, err := loader.Parse(strings.NewReader(file))
	if err != nil {
		fmt.Println(err)
		return
	}
	assistant, err := models.Model("assistant")
	if err != nil {
		fmt.Println(err)
		return
	}
	azure.EnqueueFor("gpt-4o-ptu", azuretest.RateLimited(azuretest.RetryAfter(20)))
	ctx, messages := context.Background(), question()

	response, err := assistant.GenerateContent(ctx, messages)
	if llms.IsRateLimitError(err) {
		fmt.Println("try again in", azureadv1.AsError(err).RetryAfter)
		return
	}
	if err != nil {
		fmt.Println(err)
		return
	}
	info := response.Choices[0].GenerationInfo
	fmt.Println(info["Backend"])   // sweden-ptu: model_info.id, else the deployment and its host
	fmt.Println(info["Failovers"]) // who failed before in this call, and how; absent when nobody did
	for _, s := range models.State() {
		fmt.Println(s.ID, "served", s.Served, "failed", s.Failed, "parked:", s.Parked.Reason)
	}
	// Output:
	// virginia
	// [sweden-ptu: 429: retry after 20s]
	// sweden-ptu served 0 failed 1 parked: 429: retry after 20s
	// virginia served 1 failed 0 parked:
}

func Example_registryOtherProviders() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintln(w, `{"model":"llama3","message":{"role":"assistant","content":"Hello from llama3."},"done":true}`)
	}))
	defer server.Close()
	models, err := registry.Parse(strings.NewReader(`
model_list:
  - model_name: assistant
    litellm_params: {model: ollama/llama3, api_base: "` + server.URL + `", temperature: 0.2}
`))
	if err != nil {
		fmt.Println(err)
		return
	}
	models.Register("ollama", func(e registry.Entry) (llms.Model, error) {
		return ollama.New(ollama.WithModel(e.Model), ollama.WithServerURL(e.APIBase))
	})
	assistant, err := models.Model("assistant")
	if err != nil {
		fmt.Println(err)
		return
	}
	answer, err := llms.GenerateFromSinglePrompt(context.Background(), assistant, "Say hello.")
	fmt.Println(answer, err)
	http.DefaultClient.CloseIdleConnections() // ollama's
	// Output: Hello from llama3. <nil>
}

func Example_registryReload() {
	_, _, file := myModels("")
	path, done, err := modelsFile(file)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer done()
	ctx, stop := context.WithCancel(context.Background())
	defer stop()

	models, err := registry.Loader{
		Logger:   slog.Default(),
		OnReload: func(err error) { fmt.Println("models.yaml was read again:", err) },
	}.Load(path)
	if err != nil {
		fmt.Println(err)
		return
	}
	watching := make(chan error, 1)
	go func() { watching <- models.Watch(ctx, 0) }() // looks every 5 seconds, until ctx ends

	changed := file + "router_settings: {model_group_alias: {default: assistant}}\n"
	if err := os.WriteFile(path, []byte(changed), 0o600); err != nil {
		fmt.Println(err)
	}
	fmt.Println(models.Reload(), models.Names())
	stop()
	fmt.Println(<-watching)
	// Output:
	// <nil> [assistant default]
	// context canceled
}

// modelsFile writes a file that done removes.
func modelsFile(text string) (path string, done func(), err error) {
	dir, err := os.MkdirTemp("", "models")
	if err != nil {
		return "", nil, err
	}
	path = filepath.Join(dir, "models.yaml")
	return path, func() { _ = os.RemoveAll(dir) }, os.WriteFile(path, []byte(text), 0o600)
}
