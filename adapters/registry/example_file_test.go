package registry_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/seed-a739af98/langchaingo-azure/adapters/registry"
)

// writeModels writes a models file and returns its path, and what removes it.
func writeModels(content string) (path string, done func(), err error) {
	dir, err := os.MkdirTemp("", "models")
	if err != nil {
		return "", nil, err
	}
	path = filepath.Join(dir, "models.yaml")
	return path, func() { _ = os.RemoveAll(dir) }, os.WriteFile(path, []byte(content), 0o600)
}

const oneModel = `
model_list:
  - model_name: assistant
    litellm_params: {model: azure/gpt-4o, api_base: https://contoso.openai.azure.com, credential: managed_identity}
`

// A file is read and checked; nobody is called before a model is asked.
func ExampleLoad() {
	path, done, err := writeModels(oneModel)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer done()

	models, err := registry.Load(path)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(models.Names())
	_, err = models.Model("asistant")
	fmt.Println(err)
	// Output:
	// [assistant]
	// registry: resource_not_found: the models file has no model "asistant": it has assistant
}

// A changed file is taken over while calls go on; one with errors changes nothing.
func ExampleRegistry_Watch() {
	path, done, err := writeModels(oneModel)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer done()
	reloaded := make(chan error, 1)
	models, err := registry.Loader{OnReload: func(err error) { reloaded <- err }}.Load(path)
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx, stop := context.WithCancel(context.Background())
	watched := make(chan error, 1)
	go func() { watched <- models.Watch(ctx, time.Millisecond) }() // 0 looks every 5 seconds

	changed := oneModel + "router_settings: {model_group_alias: {default: assistant}}\n"
	if err := os.WriteFile(path+".new", []byte(changed), 0o600); err != nil {
		fmt.Println(err)
	}
	if err := os.Rename(path+".new", path); err != nil { // never half a file
		fmt.Println(err)
	}
	fmt.Println(<-reloaded)
	_, err = models.Model("default")
	fmt.Println(err)
	stop()
	fmt.Println(<-watched)
	// Output:
	// <nil>
	// <nil>
	// context canceled
}

// The schema is for editors and for checks before a file is deployed.
func ExampleSchema() {
	var schema struct {
		Schema   string `json:"$schema"`
		Required []string
	}
	if err := json.Unmarshal(registry.Schema(), &schema); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(schema.Schema, schema.Required)
	// Output: https://json-schema.org/draft/2020-12/schema [model_list]
}
