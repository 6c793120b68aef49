package registry

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/google/jsonschema-go/jsonschema"
)

var updateSchema = flag.Bool("update-schema", false, "write models.schema.json anew")

func TestSchemaIsCurrent(t *testing.T) {
	want, err := json.MarshalIndent(makeSchema(), "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	want = append(want, '\n')
	if *updateSchema {
		if err := os.WriteFile("models.schema.json", want, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if !bytes.Equal(Schema(), want) {
		t.Error("models.schema.json is not what the tables of keys say: run go generate ./adapters/registry")
	}
}

func TestSchemaTellsGoodFilesFromBad(t *testing.T) {
	var schema jsonschema.Schema
	if err := json.Unmarshal(Schema(), &schema); err != nil {
		t.Fatal(err)
	}
	resolved, err := schema.Resolve(nil)
	if err != nil {
		t.Fatal(err)
	}
	sample, err := os.ReadFile("testdata/litellm.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		name, text string
		good       bool
	}{
		{"LiteLLM's file", string(sample), true},
		{"a small file", one("credential: managed_identity", "timeout: 90s", "rpm: os.environ/RPM", "responses_api: true"), true},
		{"an unknown section", two("router_setting: {}"), false},
		{"an unknown key of an azure entry", one("api_bas: x"), false},
		{"a key of another provider", "model_list: [{model_name: m, litellm_params: {model: ollama/m, num_ctx: 1}}]", true},
		{"a text for a number", one("rpm: fast"), false},
		{"zero requests", one("rpm: 0"), false},
		{"an azure entry without endpoint", "model_list: [{model_name: m, litellm_params: {model: azure/m}}]", false},
		{"a refused key", one("aws_region_name: x"), false},
		{"an unknown mode", one() + "  model_info: {mode: x}\n", false},
		{"an unknown strategy", two("router_settings: {routing_strategy: x}"), false},
		{"no entries", "model_list: []", false},
		{"numbers in quotes, and whole ones with a point", one(`rpm: "600"`, "tpm: 600.0", `weight: "0.5"`, `timeout: 0`, "num_retries: 1"), true},
		{"switches of YAML 1.1", one("responses_api: yes", "drop_params: Off"), true},
		{"a text for a switch", one("responses_api: maybe"), false},
		{"a negative timeout", one("timeout: -1"), false},
		{"an entry of the completions API", "model_list: [{model_name: m, litellm_params: {model: azure_text/m}}]", false},
		{"an entry without provider", "model_list: [{model_name: m, litellm_params: {model: gpt-4o}}]", false},
		{"a retry policy with a default", two("router_settings: {retry_policy: {DefaultErrorRetries: 1}}"), true},
	} {
		t.Run(row.name, func(t *testing.T) {
			data, err := yaml.YAMLToJSON([]byte(row.text))
			if err != nil {
				t.Fatal(err)
			}
			var instance any
			if err := json.Unmarshal(data, &instance); err != nil {
				t.Fatal(err)
			}
			if err := resolved.Validate(instance); (err == nil) != row.good {
				t.Errorf("good: %v, got %v", row.good, err)
			}
		})
	}
}
