package langchaingo

import (
	"bytes"
	"encoding/json"
	"reflect"
	"regexp"
	"slices"

	"github.com/google/jsonschema-go/jsonschema"
)

// WithJSONSchema demands an answer that obeys a JSON schema of every call, unless the call says otherwise: by
// JSONSchema, which is where the forms of schema are told, by llms.WithJSONMode, or by the MIME type "text/plain".
// A schema that is none is an error of New.
func WithJSONSchema(name string, schema any, strict bool) Option {
	return func(m *LLM) error {
		s, err := answerSchema{name, schema, strict}.resolved()
		if err != nil {
			return err
		}
		m.schema = &s
		return nil
	}
}

// answerSchema is a schema an answer must obey.
type answerSchema struct {
	name   string
	schema any
	strict bool
}

// schemaName is the pattern the service gives in its refusal of other names.
var schemaName = regexp.MustCompile(`^[a-zA-Z0-9_-]{1,64}$`)

// resolved is the schema as JSON.
func (s answerSchema) resolved() (answerSchema, error) {
	if !schemaName.MatchString(s.name) {
		return s, invalid("JSON schema name %q: use 1 to 64 letters, digits, dashes and underscores", s.name)
	}
	raw, err := s.json()
	if err != nil {
		return s, invalid("JSON schema %q: %v", s.name, err)
	}
	raw = bytes.TrimSpace(raw)
	if len(raw) == 0 || raw[0] != '{' || !json.Valid(raw) {
		return s, invalid("JSON schema %q is not a JSON object: give a map, JSON text, or a struct to infer it from", s.name)
	}
	s.schema = json.RawMessage(raw)
	return s, nil
}

func (s answerSchema) json() ([]byte, error) {
	switch v := s.schema.(type) {
	case json.RawMessage:
		return v, nil
	case []byte:
		return v, nil
	case string:
		return []byte(v), nil
	case reflect.Type:
		return s.infer(v)
	case json.Marshaler, map[string]any: // jsonschema.Schema too
		return plainJSON(v)
	}
	t := reflect.TypeOf(s.schema)
	for t != nil && t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t != nil && t.Kind() == reflect.Struct {
		return s.infer(t)
	}
	return plainJSON(s.schema)
}

func (s answerSchema) infer(t reflect.Type) ([]byte, error) {
	if t == nil {
		return nil, nil
	}
	schema, err := jsonschema.ForType(t, nil)
	if err != nil {
		return nil, err
	}
	if s.strict {
		requireAll(schema)
	}
	return plainJSON(schema)
}

// requireAll makes optional properties required and nullable: the strict mode of the service wants every property
// required, and null is how a model then leaves one out.
func requireAll(s *jsonschema.Schema) {
	if s == nil {
		return
	}
	for _, name := range s.PropertyOrder {
		p := s.Properties[name]
		requireAll(p)
		if slices.Contains(s.Required, name) {
			continue
		}
		s.Required = append(s.Required, name)
		if p.Type != "" && p.Type != "null" {
			p.Type, p.Types = "", []string{"null", p.Type}
		}
	}
	requireAll(s.Items)
	requireAll(s.AdditionalProperties)
}

// plainJSON is encoding/json's without its escapes for HTML, and without an end of line.
func plainJSON(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSpace(b.Bytes()), nil
}
