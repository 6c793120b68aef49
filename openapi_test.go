package provider_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/responses"
	"github.com/tmc/langchaingo/llms"

	"github.com/seed-a739af98/langchaingo-azure/adapters/langchaingo"
	"github.com/seed-a739af98/langchaingo-azure/azureadv1"
	"github.com/seed-a739af98/langchaingo-azure/azureadv1/azuretest"
)

// The versions of which there is a document, named VERSION.json.
var documented = []string{"2024-06-01", "2024-10-21", "2025-03-01-preview", "2025-04-01-preview", "v1"}

// document is Azure's own description of one version.
type document struct {
	version string
	paths   *openapi3.Paths
}

// documents reads Azure's OpenAPI documents where there are any, and skips the test where not.
func documents(t *testing.T) []document {
	t.Helper()
	dir := os.Getenv("AZURE_OPENAPI_DIR")
	if dir == "" {
		t.Skip("AZURE_OPENAPI_DIR is not set: it names the directory of Azure's OpenAPI documents, one VERSION.json for each of ", documented)
	}
	docs := make([]document, 0, len(documented))
	for _, version := range documented {
		doc, err := openapi3.NewLoader().LoadFromFile(filepath.Join(dir, version+".json"))
		must(t, err)
		must(t, doc.Validate(t.Context(), openapi3.DisableExamplesValidation()))
		docs = append(docs, document{version, doc.Paths})
	}
	return docs
}

// has reports whether the version has an operation.
func (d document) has(op string) bool { return d.operation(op) != nil }

func (d document) operation(op string) *openapi3.Operation {
	path := map[string]string{
		azuretest.OpChat: "/deployments/{deployment-id}/chat/completions", azuretest.OpEmbeddings: "/deployments/{deployment-id}/embeddings",
		azuretest.OpResponses: "/responses",
	}[op]
	if d.version == "v1" {
		path = strings.TrimPrefix(path, "/deployments/{deployment-id}")
	}
	item := d.paths.Find(path)
	if item == nil {
		return nil
	}
	return item.Post
}

// checkRequest finds what a request's body breaks: values the document refuses, and members it does not know, which its
// schemas let pass and the service does not.
func (d document) checkRequest(op string, body []byte) error {
	return check(d.operation(op).RequestBody.Value.Content["application/json"].Schema, body, openapi3.VisitAsRequest())
}

// checkAnswer finds what an answer's body breaks. Members the document does not know are the service's habit.
func (d document) checkAnswer(op, mediaType string, body []byte) error {
	content := d.operation(op).Responses.Status(http.StatusOK).Value.Content[mediaType]
	if content == nil {
		return fmt.Errorf("%s has no schema for %s of %s", d.version, mediaType, op)
	}
	var value any
	if err := json.Unmarshal(body, &value); err != nil {
		return err
	}
	return content.Schema.Value.VisitJSON(value, openapi3.VisitAsResponse())
}

func check(schema *openapi3.SchemaRef, body []byte, as openapi3.SchemaValidationOption) error {
	var value any
	if err := json.Unmarshal(body, &value); err != nil {
		return err
	}
	if err := schema.Value.VisitJSON(value, as); err != nil {
		return err
	}
	if unknown := undeclared(openapi3.SchemaRefs{schema}, "", value); len(unknown) > 0 {
		return fmt.Errorf("members that the document does not know: %s", strings.Join(unknown, ", "))
	}
	return nil
}

// undeclared lists the members of a value that no schema it may stand under declares. A schema that says nothing of its
// members, or allows others, declares them all.
func undeclared(under openapi3.SchemaRefs, path string, value any) []string {
	var unknown []string
	switch value := value.(type) {
	case []any:
		var items openapi3.SchemaRefs
		for _, s := range flat(under) {
			if s.Items != nil {
				items = append(items, s.Items)
			}
		}
		for i, item := range value {
			unknown = append(unknown, undeclared(items, fmt.Sprintf("%s[%d]", path, i), item)...)
		}
	case map[string]any:
		for name, member := range value {
			declared, open := memberSchemas(under, name)
			switch {
			case len(declared) > 0:
				unknown = append(unknown, undeclared(declared, path+"."+name, member)...)
			case !open:
				unknown = append(unknown, path+"."+name)
			}
		}
	}
	return unknown
}

func memberSchemas(under openapi3.SchemaRefs, name string) (declared openapi3.SchemaRefs, open bool) {
	objects := 0
	for _, s := range flat(under) {
		if p := s.Properties[name]; p != nil {
			declared = append(declared, p)
		}
		extra := s.AdditionalProperties
		open = open || extra.Schema != nil || extra.Has != nil && *extra.Has
		if len(s.Properties) > 0 {
			objects++
		}
	}
	return declared, open || objects == 0
}

// flat takes the compositions of schemas apart.
func flat(refs openapi3.SchemaRefs) []*openapi3.Schema {
	var all []*openapi3.Schema
	for _, ref := range refs {
		s := ref.Value
		all = append(all, s)
		all = append(all, flat(slices.Concat(s.AllOf, s.OneOf, s.AnyOf))...)
	}
	return all
}
