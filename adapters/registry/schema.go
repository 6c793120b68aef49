package registry

import (
	_ "embed"
	"maps"
	"slices"
	"strings"

	"github.com/google/jsonschema-go/jsonschema"
)

//go:generate go test -run ^TestSchemaIsCurrent$ . -update-schema

//go:embed models.schema.json
var schemaFile []byte

// Schema is the JSON Schema (2020-12) of the models file, for editors and checks, as models.schema.json in this
// package's folder has it. It tells the shape; references, names across the file and credentials are checked by [Load].
// The slice is the caller's own.
func Schema() []byte { return slices.Clone(schemaFile) }

// makeSchema is the schema by the tables of keys.
func makeSchema() *jsonschema.Schema {
	closed := &jsonschema.Schema{Not: &jsonschema.Schema{}}
	root := object(fileKeys, closed)
	root.Schema = "https://json-schema.org/draft/2020-12/schema"
	root.Title = "Models"
	root.Description = "Named language models and the deployments behind each name, in the shape of LiteLLM's config.yaml."
	root.Required = []string{"model_list"}
	item := object(itemKeys, closed)
	item.Required = []string{"model_name", "litellm_params"}
	azure := object(azureParamKeys, closed)
	azure.Required = []string{"model", "api_base"}
	other := object(commonParams, nil)
	other.Required = []string{"model"}
	root.Defs = map[string]*jsonschema.Schema{
		"entry": item,
		"litellm_params": {
			Type: "object",
			If: &jsonschema.Schema{
				Properties: map[string]*jsonschema.Schema{"model": {Type: "string", Pattern: "^azure/"}},
				Required:   []string{"model"},
			},
			Then: ref("azure_params"), Else: ref("provider_params"),
		},
		"azure_params":     azure,
		"provider_params":  other,
		"model_info":       object(infoKeys, nil),
		"router_settings":  object(routerKeys, closed),
		"litellm_settings": object(litellmKeys, closed),
		"retry_policy":     object(retryKeys, closed),
	}
	return root
}

// object is the schema of a section.
func object[T any](rows []row[T], additional *jsonschema.Schema) *jsonschema.Schema {
	s := &jsonschema.Schema{Type: "object", Properties: map[string]*jsonschema.Schema{}, AdditionalProperties: additional}
	for _, k := range rows {
		described := *k.schema
		described.Description = k.doc
		switch {
		case k.advice != "":
			described.Description = strings.TrimSuffix(k.doc, ".") + ": " + k.advice + "."
		case k.read == nil:
			described.Description = k.doc + " It has no meaning here."
		}
		if k.isPattern() {
			if s.PatternProperties == nil {
				s.PatternProperties = map[string]*jsonschema.Schema{}
			}
			s.PatternProperties["^"+strings.ReplaceAll(k.name, "*", ".*")+"$"] = &described
			continue
		}
		s.Properties[k.name] = &described
	}
	s.PropertyOrder = slices.Sorted(maps.Keys(s.Properties))
	return s
}

func ref(name string) *jsonschema.Schema { return &jsonschema.Schema{Ref: "#/$defs/" + name} }

// reference is the schema of a text that names a variable.
func reference() *jsonschema.Schema {
	return &jsonschema.Schema{Type: "string", Pattern: "^os\\.environ/[A-Za-z_][A-Za-z0-9_]*$"}
}

func orReference(forms ...*jsonschema.Schema) *jsonschema.Schema {
	return &jsonschema.Schema{AnyOf: append(forms, reference())}
}

// Numbers as texts have them, which LiteLLM converts.
const (
	wholePattern  = `^\s*[+-]?[0-9]+(\.0*)?\s*$`
	numberPattern = `^\s*[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?\s*$`
)

func textOf(pattern string) *jsonschema.Schema {
	return &jsonschema.Schema{Type: "string", Pattern: pattern}
}

// switchSchema is true or false, in the words of YAML 1.1 too.
func switchSchema() *jsonschema.Schema {
	return orReference(&jsonschema.Schema{Type: "boolean"}, textOf(`^\s*(true|True|TRUE|false|False|FALSE|yes|Yes|YES|no|No|NO|on|On|ON|off|Off|OFF)\s*$`))
}

// modelSchema is provider/model.
func modelSchema() *jsonschema.Schema {
	return &jsonschema.Schema{Type: "string", Pattern: "^[^/]+/.", Not: &jsonschema.Schema{Pattern: "^" + completionsProvider + "/"}}
}

func anyOf(words []string) []any {
	all := make([]any, len(words))
	for i, w := range words {
		all[i] = w
	}
	return all
}

func mapOfTexts() *jsonschema.Schema {
	return &jsonschema.Schema{Type: "object", AdditionalProperties: &jsonschema.Schema{Type: "string"}}
}

func namesSchema() *jsonschema.Schema {
	return &jsonschema.Schema{Type: "array", Items: &jsonschema.Schema{Type: "string", MinLength: new(1)}}
}

func fallbackSchema() *jsonschema.Schema {
	byName := &jsonschema.Schema{Type: "object", AdditionalProperties: namesSchema()}
	return &jsonschema.Schema{AnyOf: []*jsonschema.Schema{byName, {Type: "array", Items: byName.CloneSchemas()}}}
}

func aliasSchema() *jsonschema.Schema {
	long := object(aliasKeys, &jsonschema.Schema{Not: &jsonschema.Schema{}})
	long.Required = []string{"model"}
	return &jsonschema.Schema{Type: "object", AdditionalProperties: &jsonschema.Schema{AnyOf: []*jsonschema.Schema{{Type: "string"}, long}}}
}
