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
		t.Skipf("AZURE_OPENAPI_DIR is not set: it names the directory of Azure's OpenAPI documents, one VERSION.json for each of %v", documented)
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
	var value any
	if err := json.Unmarshal(body, &value); err != nil {
		return err
	}
	schema := d.operation(op).RequestBody.Value.Content["application/json"].Schema
	if err := schema.Value.VisitJSON(value, openapi3.VisitAsRequest()); err != nil {
		return err
	}
	if unknown := undeclared(openapi3.SchemaRefs{schema}, "", value); len(unknown) > 0 {
		return fmt.Errorf("members that the document does not know: %s", strings.Join(unknown, ", "))
	}
	return nil
}

// checkAnswer finds what an answer's body, or one event of a stream, breaks. Members that the document does not know are
// the service's habit.
func (d document) checkAnswer(op, mediaType string, body []byte) error {
	content := d.operation(op).Responses.Status(http.StatusOK).Value.Content[mediaType]
	if content == nil {
		return fmt.Errorf("%s has no schema for %s of %s", d.version, mediaType, op)
	}
	var value any
	if err := json.Unmarshal(body, &value); err != nil {
		return err
	}
	if answer, ok := value.(map[string]any); ok && answer["system_fingerprint"] == nil {
		delete(answer, "system_fingerprint") // the service sends null, where the documents want text or nothing
	}
	return content.Schema.Value.VisitJSON(value, openapi3.VisitAsResponse())
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

// requestRow is one way to fill a request.
type requestRow struct {
	name     string
	from     string // the first version by its date that has it; earlier ones are an error before anything is sent
	model    []langchaingo.Option
	limit    bool                  // a token limit, which reasoning models take in a field that came with 2024-09-01 only
	messages []llms.MessageContent // nil is a question
	options  []llms.CallOption
	sent     string // what the body must hold when a chat model is asked
}

const weatherParameters = `{"type":"object","properties":{"city":{"type":"string"},"days":{"type":["integer","null"],"minimum":1}},"required":["city","days"],"additionalProperties":false}`

// forecast is a struct to infer a schema from.
type forecast struct {
	City string    `json:"city"`
	Days []float64 `json:"days,omitempty"`
}

func weatherTool(strict bool) llms.Tool {
	return llms.Tool{Type: "function", Function: &llms.FunctionDefinition{
		Name: "weather", Description: "Tells the weather.", Parameters: json.RawMessage(weatherParameters), Strict: strict,
	}}
}

// choosing is a request with two tools and a word on their use.
func choosing(choice any) []llms.CallOption {
	clock := llms.Tool{Type: "function", Function: &llms.FunctionDefinition{Name: "clock"}}
	return []llms.CallOption{llms.WithTools([]llms.Tool{weatherTool(false), clock}), llms.WithToolChoice(choice)}
}

func with(options ...llms.CallOption) []llms.CallOption { return options }

func hears(context.Context, []byte) error { return nil }

// optionRows fill the requests' parameters.
func optionRows() []requestRow {
	functions := []llms.FunctionDefinition{*weatherTool(false).Function}
	return []requestRow{
		{name: "nothing but the question", sent: `{"role":"user","content":`},
		{name: "a temperature of zero", options: with(llms.WithTemperature(0)), sent: `"temperature":0`},
		{name: "a temperature and a nucleus", options: with(llms.WithTemperature(1.3), llms.WithTopP(0.5)), sent: `"top_p":0.5`},
		{name: "penalties", options: with(llms.WithFrequencyPenalty(-1.5), llms.WithPresencePenalty(0)), sent: `"frequency_penalty":-1.5`},
		{name: "a seed and several candidates", options: with(llms.WithSeed(7), llms.WithN(2)), sent: `"n":2`},
		{name: "candidates by their other name", options: with(llms.WithCandidateCount(3)), sent: `"n":3`},
		{name: "a token limit", limit: true, options: with(llms.WithMaxTokens(64)), sent: `_tokens":64`},
		{name: "a token limit by its older name", model: []langchaingo.Option{langchaingo.WithDropParams("max_completion_tokens")}, options: with(llms.WithMaxTokens(64)), sent: `"max_tokens":64`},
		{name: "a stop word", options: with(llms.WithStopWords([]string{"\nObservation:"})), sent: `"stop":["\nObservation:"]`},
		{name: "stop words", options: with(llms.WithStopWords([]string{"a", "b", "c", "d"})), sent: `"stop":["a","b","c","d"]`},
		{name: "JSON mode", options: with(llms.WithJSONMode()), sent: `"response_format":{"type":"json_object"}`},
		{name: "a MIME type", options: with(llms.WithResponseMIMEType("application/json")), sent: `"response_format":{"type":"json_object"}`},
		{name: "a schema of the client", from: "2024-08-01", model: []langchaingo.Option{langchaingo.WithJSONSchema("forecast", forecast{}, true)}, sent: `"type":"json_schema"`},
		{name: "a schema inferred for the call", from: "2024-08-01", options: with(langchaingo.JSONSchema("forecast", forecast{}, true)), sent: `"strict":true`},
		{name: "a schema given as JSON", from: "2024-08-01", options: with(langchaingo.JSONSchema("weather-1", json.RawMessage(weatherParameters), false)), sent: `"schema":{"type":"object"`},
		{name: "a schema given as a map", from: "2024-08-01", options: with(langchaingo.JSONSchema("m", map[string]any{"type": "object", "anyOf": []any{map[string]any{"required": []string{"a"}}}}, false)), sent: `"anyOf"`},
		{name: "reasoning effort", from: "2024-12-01", options: with(langchaingo.ReasoningEffort("high")), sent: `"reasoning_effort":"high"`},
		{name: "the least reasoning effort", from: "2024-12-01", options: with(langchaingo.ReasoningEffort("minimal")), sent: `"reasoning_effort":"minimal"`},
		{name: "langchaingo's thinking mode", from: "2024-12-01", options: with(llms.WithThinkingMode(llms.ThinkingModeLow)), sent: `"reasoning_effort":"low"`},
		{name: "metadata", from: "2024-12-01", options: with(llms.WithMetadata(map[string]any{"team": "billing", "run": "7"})), sent: `"metadata":{"run":"7","team":"billing"}`},
		{name: "fields of the caller's own", options: with(langchaingo.ExtraBody(map[string]any{"user": "u-1", "logprobs": true, "top_logprobs": 2, "logit_bias": map[string]int{"50256": -100}})), sent: `"top_logprobs":2`},

		{name: "a tool", options: with(llms.WithTools([]llms.Tool{weatherTool(false)})), sent: `"parameters":{"type":"object"`},
		{name: "a strict tool", from: "2024-08-01", options: with(llms.WithTools([]llms.Tool{weatherTool(true)})), sent: `"strict":true`},
		{name: "deprecated functions", options: with(llms.WithFunctions(functions)), sent: `"tools":[{"type":"function"`},
		{name: "a deprecated function demanded", options: with(llms.WithFunctions(functions), llms.WithFunctionCallBehavior(`{"name":"weather"}`)), sent: `"tool_choice":{"type":"function","function":{"name":"weather"}}`},
		{name: "deprecated functions forbidden", options: with(llms.WithFunctions(functions), llms.WithFunctionCallBehavior(llms.FunctionCallBehaviorNone)), sent: `"tool_choice":"none"`},
		{name: "tool choice auto", options: choosing("auto"), sent: `"tool_choice":"auto"`},
		{name: "tool choice none", options: choosing("none"), sent: `"tool_choice":"none"`},
		{name: "tool choice required", options: choosing("required"), sent: `"tool_choice":"required"`},
		{name: "tool choice any", options: choosing("any"), sent: `"tool_choice":"required"`},
		{name: "tool choice by a function's name", options: choosing("clock"), sent: `"tool_choice":{"type":"function","function":{"name":"clock"}}`},
		{name: "tool choice as a struct", options: choosing(llms.ToolChoice{Type: "function", Function: &llms.FunctionReference{Name: "clock"}}), sent: `{"name":"clock"}}`},
		{name: "tool choice as a pointer", options: choosing(&llms.ToolChoice{Type: "none"}), sent: `"tool_choice":"none"`},
		{name: "tool choice as a reference", options: choosing(llms.FunctionReference{Name: "clock"}), sent: `"function":{"name":"clock"}}`},
		{name: "tool choice as a map", options: choosing(map[string]any{"type": "function", "function": map[string]any{"name": "clock"}}), sent: `"function":{"name":"clock"}}`},
		{name: "tool choice as JSON", options: choosing(`{"type":"function","function":{"name":"clock"}}`), sent: `"function":{"name":"clock"}}`},
		{name: "tools one at a time", from: "2024-09-01", options: append(choosing("auto"), langchaingo.ParallelToolCalls(false)), sent: `"parallel_tool_calls":false`},
		{name: "tools side by side", options: append(choosing("auto"), langchaingo.ParallelToolCalls(true)), sent: `"tools":[`},

		{name: "everything at once", from: "2024-12-01", options: append(
			choosing("required"), llms.WithTemperature(0.2), llms.WithTopP(1), llms.WithFrequencyPenalty(1), llms.WithPresencePenalty(1), llms.WithMaxTokens(9),
			llms.WithSeed(1), llms.WithN(1), llms.WithStopWords([]string{"x"}), langchaingo.JSONSchema("forecast", forecast{}, true), langchaingo.ParallelToolCalls(false),
			langchaingo.ReasoningEffort("low"), langchaingo.ExtraBody(map[string]any{"store": true, "user": "u"}),
		), sent: `"seed":1`},
	}
}

// conversationRows fill the requests' messages.
func conversationRows() []requestRow {
	bytes := []byte{0x89, 'P', 'N', 'G', 0}
	human := func(parts ...llms.ContentPart) []llms.MessageContent {
		return []llms.MessageContent{{Role: llms.ChatMessageTypeHuman, Parts: parts}}
	}
	call := func(id, name, arguments string) llms.ToolCall {
		return llms.ToolCall{ID: id, Type: "function", FunctionCall: &llms.FunctionCall{Name: name, Arguments: arguments}}
	}
	said := func(parts ...llms.ContentPart) llms.MessageContent {
		return llms.MessageContent{Role: llms.ChatMessageTypeAI, Parts: parts}
	}
	results := func(role llms.ChatMessageType, parts ...llms.ContentPart) llms.MessageContent {
		return llms.MessageContent{Role: role, Parts: parts}
	}
	return []requestRow{
		{name: "every role of a talk", messages: []llms.MessageContent{
			llms.TextParts(llms.ChatMessageTypeSystem, "Be brief.", "Be kind."), llms.TextParts(llms.ChatMessageTypeHuman, "Hi"),
			llms.TextParts(llms.ChatMessageTypeAI, "Hello"), llms.TextParts(llms.ChatMessageTypeGeneric, "Go on"),
		}, sent: `{"role":"system","content":"Be brief.\nBe kind."}`},
		{name: "several texts", messages: human(llms.TextPart("a"), llms.TextPart("b")), sent: `{"type":"text","text":"b"}`},
		{name: "a cached text", messages: human(llms.WithCacheControl(llms.TextPart("a"), &llms.CacheControl{Type: "ephemeral"})), sent: `"content":"a"`},
		{name: "an image by its address", messages: human(llms.TextPart("What is it?"), llms.ImageURLPart("https://example.com/a.png")), sent: `{"url":"https://example.com/a.png"}`},
		{name: "an image with detail", messages: human(llms.ImageURLWithDetailPart("https://example.com/a.png", "low")), sent: `"detail":"low"`},
		{name: "an image by its bytes", messages: human(llms.BinaryPart("image/png", bytes)), sent: `{"url":"data:image/png;base64,`},
		{name: "sound", from: "2025-01-01", messages: human(llms.BinaryPart("audio/wav", bytes), llms.BinaryPart("audio/mpeg", bytes)), sent: `"format":"mp3"`},
		{name: "a file", from: "v1", messages: human(llms.TextPart("Sum it up."), llms.BinaryPart("application/pdf", bytes)), sent: `"file_data":"data:application/pdf;base64,`},
		{name: "calls and their results", messages: []llms.MessageContent{
			human(llms.TextPart("Weather?"))[0], said(llms.TextPart("I look."), call("c1", "weather", `{"city":"Oslo"}`), call("c2", "clock", ``)),
			results(llms.ChatMessageTypeTool, llms.ToolCallResponse{ToolCallID: "c1", Name: "weather", Content: "rain"}, llms.ToolCallResponse{ToolCallID: "c2", Content: "noon"}),
		}, options: choosing("auto"), sent: `{"role":"tool","tool_call_id":"c2","content":"noon"}`},
		{name: "a call without a word, and bare arguments", messages: []llms.MessageContent{
			human(llms.TextPart("Weather?"))[0], said(call("", "weather", `Oslo`)),
			results(llms.ChatMessageTypeFunction, llms.ToolCallResponse{Name: "weather", Content: "rain"}),
		}, options: choosing("none"), sent: `"arguments":"{\"__arg1\":\"Oslo\"}"`},
	}
}

// before reports whether a version is older than the first one that has something.
func (d document) before(from string) bool {
	return from != "" && d.version != "v1" && d.version < from
}

// TestChatRequestsAreValidByAzuresOwnDocuments sends the whole option space on every documented version, plain and
// streamed, to a chat model and to a reasoning model.
func TestChatRequestsAreValidByAzuresOwnDocuments(t *testing.T) {
	rows := slices.Concat(optionRows(), conversationRows())
	for _, d := range documents(t) {
		for _, served := range []string{"gpt-4o", "gpt-5"} {
			s := inMemory(t, azuretest.Options{Deployments: map[string]string{chatDeployment: served}})
			for _, row := range rows {
				t.Run(fmt.Sprintf("%s/%s/%s", d.version, served, row.name), func(t *testing.T) {
					cfg := config(t, s, d.version)
					cfg.APIKey, cfg.MaxRetries = apiKey, -1
					model, err := langchaingo.New(cfg, append(slices.Clone(row.model), langchaingo.WithBaseModel(served))...)
					must(t, err)
					d.checkChat(t, s, model, row, served == "gpt-4o", false)
					d.checkChat(t, s, model, row, served == "gpt-4o", true)
				})
			}
		}
	}
}

// checkChat makes a row's call and looks at the body that was sent for it, or should not have been.
func (d document) checkChat(t *testing.T, s *azuretest.Server, model llms.Model, row requestRow, chats, streamed bool) {
	t.Helper()
	messages, options := row.messages, slices.Clone(row.options)
	if messages == nil {
		messages = question()
	}
	if streamed {
		options = append(options, llms.WithStreamingFunc(hears))
	}
	before := s.Stats().Calls
	_, err := model.GenerateContent(t.Context(), messages, options...)
	if d.before(row.from) || row.limit && !chats && d.before("2024-09-01") {
		if err == nil || s.Stats().Calls != before || !strings.Contains(err.Error(), d.version) {
			t.Errorf("%d requests and %v, want none and an error that names the version", s.Stats().Calls-before, err)
		}
		return
	}
	if s.Stats().Calls != before+1 {
		t.Fatalf("%d requests, want one; %v", s.Stats().Calls-before, err)
	}
	requests := s.Requests()
	body := requests[len(requests)-1].Body
	if err := d.checkRequest(azuretest.OpChat, body); err != nil {
		t.Errorf("streamed %t: %v\n%s", streamed, err, body)
	}
	if chats && !bytes.Contains(body, []byte(row.sent)) || streamed != bytes.Contains(body, []byte(`"stream":true`)) {
		t.Errorf("streamed %t: the body is not what this row is about, %s:\n%s", streamed, row.sent, body)
	}
}

// TestEmbeddingRequestsAreValidByAzuresOwnDocuments does the same for embeddings.
func TestEmbeddingRequestsAreValidByAzuresOwnDocuments(t *testing.T) {
	rows := []struct {
		name  string
		model []langchaingo.Option
		texts []string
		sent  string
	}{
		{name: "one text", texts: []string{"a"}, sent: `"input":["a"]`},
		{name: "several texts, one of them twice", texts: []string{"a", "b\n\u2028", "a"}, sent: `"a"]`},
		{name: "shorter vectors", model: []langchaingo.Option{langchaingo.WithEmbeddingDimensions(64)}, texts: []string{"a"}, sent: `"dimensions":64`},
	}
	for _, d := range documents(t) {
		for _, row := range rows {
			t.Run(d.version+"/"+row.name, func(t *testing.T) {
				s := inMemory(t, azuretest.Options{})
				cfg := config(t, s, d.version)
				cfg.APIKey = apiKey
				model, err := langchaingo.New(cfg, append(row.model, langchaingo.WithEmbeddingDeployment(embedDeployment))...)
				must(t, err)
				_, err = model.CreateEmbedding(t.Context(), row.texts)
				must(t, err)
				body := only(t, s).Body
				if err := d.checkRequest(azuretest.OpEmbeddings, body); err != nil {
					t.Errorf("%v\n%s", err, body)
				}
				if !bytes.Contains(body, []byte(row.sent)) {
					t.Errorf("%s is not in\n%s", row.sent, body)
				}
			})
		}
	}
}

// TestAzuresDocumentsRefuseBadBodies shows that the two tests above can fail.
func TestAzuresDocumentsRefuseBadBodies(t *testing.T) {
	const ask = `"messages":[{"role":"user","content":"x"}]`
	rows := []struct{ name, op, body string }{
		{"no messages", azuretest.OpChat, `{"model":"m"}`},
		{"messages that are no list", azuretest.OpChat, `{"model":"m","messages":{"role":"user","content":"x"}}`},
		{"a role that is none", azuretest.OpChat, `{"model":"m","messages":[{"role":"human","content":"x"}]}`},
		{"a user who says nothing", azuretest.OpChat, `{"model":"m","messages":[{"role":"user"}]}`},
		{"a user's part that is none", azuretest.OpChat, `{"model":"m","messages":[{"role":"user","content":[{"type":"binary","binary":"AA=="}]}]}`},
		{"an image without its object", azuretest.OpChat, `{"model":"m","messages":[{"role":"user","content":[{"type":"image_url","image_url":"https://example.com/a.png"}]}]}`},
		{"a temperature in quotes", azuretest.OpChat, `{"model":"m",` + ask + `,"temperature":"0"}`},
		{"a temperature out of range", azuretest.OpChat, `{"model":"m",` + ask + `,"temperature":3}`},
		{"tools that are flat", azuretest.OpChat, `{"model":"m",` + ask + `,"tools":[{"type":"function","name":"f"}]}`},
		{"a tool choice that is no word of the API", azuretest.OpChat, `{"model":"m",` + ask + `,"tool_choice":"any"}`},
		{"a response format that is none", azuretest.OpChat, `{"model":"m",` + ask + `,"response_format":{"type":"yaml"}}`},
		{"arguments that are no text", azuretest.OpChat, `{"model":"m","messages":[{"role":"assistant","content":null,"tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":{}}}]}]}`},
		{"a field of another provider", azuretest.OpChat, `{"model":"m",` + ask + `,"top_k":3}`},
		{"a member of a message that is none", azuretest.OpChat, `{"model":"m","messages":[{"role":"user","content":"x","cache_control":{}}]}`},
		{"no input", azuretest.OpEmbeddings, `{"model":"m"}`},
		{"an input that is a number", azuretest.OpEmbeddings, `{"model":"m","input":3}`},
		{"dimensions in quotes", azuretest.OpEmbeddings, `{"model":"m","input":["a"],"dimensions":"64"}`},
		{"a format that is no text", azuretest.OpEmbeddings, `{"model":"m","input":["a"],"encoding_format":32}`},
	}
	for _, d := range documents(t) {
		for _, row := range rows {
			t.Run(d.version+"/"+row.name, func(t *testing.T) {
				body := row.body
				if d.version != "v1" { // classic names the deployment in the path
					body = strings.Replace(strings.Replace(body, `"model":"m",`, "", 1), `"model":"m"`, "", 1)
				}
				if err := d.checkRequest(row.op, []byte(body)); err == nil {
					t.Errorf("nothing is wrong with %s", body)
				}
			})
		}
	}
}

// TestTheStandInAnswersAsAzuresOwnDocumentsSay looks at whole answers, and at the events of Responses. The frames of chat
// streams are left out: the documents want a delta in every frame and an object that is never empty, and the service's
// metadata and asynchronous filter frames have neither; 2024-06-01 has no schema for them at all.
func TestTheStandInAnswersAsAzuresOwnDocumentsSay(t *testing.T) {
	clock := azuretest.ToolCall{Name: "clock", Arguments: `{"city":"Oslo"}`}
	said := []struct {
		name  string
		reply azuretest.Reply
		from  string
	}{
		{name: "a text", reply: azuretest.Text("Hello.")},
		{name: "tool calls", reply: azuretest.ToolCalls(clock, clock)},
		{name: "a refusal", reply: azuretest.Refusal("No.")},
		{name: "an answer cut at its length", reply: azuretest.Text("Hel").WithFinishReason("length")},
		// The previews' documents call the summary content; v1's, and the service, call it summary.
		{name: "a text after a thought", reply: azuretest.Text("Hello.").WithReasoningSummary("Hm."), from: "v1"},
	}
	for _, d := range documents(t) {
		for _, row := range said {
			if d.before(row.from) {
				continue
			}
			d.checkAnswers(t, azuretest.OpChat, row.name, row.reply, generate)
			if d.has(azuretest.OpResponses) { // since 2025-03-01-preview
				d.checkAnswers(t, azuretest.OpResponses, row.name, row.reply, respond)
				d.checkAnswers(t, azuretest.OpResponses, row.name+", streamed", row.reply, respondStreaming)
			}
		}
		d.checkAnswers(t, azuretest.OpEmbeddings, "vectors in base64", azuretest.Embeddings(), embed)
		d.checkAnswers(t, azuretest.OpEmbeddings, "vectors of numbers", azuretest.Embeddings(), embedNumbers)
	}
}

// checkAnswers makes one call and looks at everything that is answered.
func (d document) checkAnswers(t *testing.T, op, name string, reply azuretest.Reply, call func(context.Context, caller) (string, error)) {
	t.Run(fmt.Sprintf("%s/%s/%s", d.version, op, name), func(t *testing.T) {
		s := inMemory(t, azuretest.Options{})
		s.Enqueue(reply)
		var body []byte
		var mediaType string
		cfg := config(t, s, d.version)
		cfg.APIKey = apiKey
		cfg.HTTPClient = &http.Client{Transport: roundTrip(func(req *http.Request) (*http.Response, error) {
			res, err := s.HTTPClient().Transport.RoundTrip(req)
			if err != nil {
				return nil, err
			}
			mediaType, _, _ = strings.Cut(res.Header.Get("Content-Type"), ";")
			body, err = io.ReadAll(res.Body)
			err = errors.Join(err, res.Body.Close())
			res.Body = io.NopCloser(bytes.NewReader(body))
			return res, err
		})}
		_, err := call(t.Context(), newCaller(t, cfg))
		must(t, err)
		for _, answer := range answers(mediaType, body) {
			if err := d.checkAnswer(op, mediaType, answer); err != nil {
				t.Errorf("%v\n%s", err, answer)
			}
		}
	})
}

// TestAzuresDocumentsRefuseBadAnswers shows that the test above can fail.
func TestAzuresDocumentsRefuseBadAnswers(t *testing.T) {
	rows := []struct{ name, op, mediaType, body string }{
		{"an id that is a number", azuretest.OpChat, "application/json", `{"id":1,"object":"chat.completion","created":1,"model":"m","choices":[]}`},
		{"choices that are no list", azuretest.OpChat, "application/json", `{"id":"a","object":"chat.completion","created":1,"model":"m","choices":{}}`},
		{"a vector that is an object", azuretest.OpEmbeddings, "application/json", `{"object":"list","model":"m","data":[{"object":"embedding","index":0,"embedding":{}}],"usage":{"prompt_tokens":1,"total_tokens":1}}`},
		{"no output", azuretest.OpResponses, "application/json", `{"id":"r","object":"response"}`},
		{"an event that is none", azuretest.OpResponses, "text/event-stream", `{"type":"response.nonsense"}`},
	}
	for _, d := range documents(t) {
		for _, row := range rows {
			if !d.has(row.op) {
				continue
			}
			t.Run(d.version+"/"+row.name, func(t *testing.T) {
				if err := d.checkAnswer(row.op, row.mediaType, []byte(row.body)); err == nil {
					t.Errorf("nothing is wrong with %s", row.body)
				}
			})
		}
	}
}

// answers are the events of a stream, or the body.
func answers(mediaType string, body []byte) [][]byte {
	if mediaType != "text/event-stream" {
		return [][]byte{body}
	}
	var events [][]byte
	for line := range bytes.Lines(body) {
		if data, ok := bytes.CutPrefix(line, []byte("data: ")); ok {
			events = append(events, data)
		}
	}
	return events
}

func respondStreaming(ctx context.Context, c caller) (string, error) {
	sdk := c.client.OpenAI()
	events := sdk.Responses.NewStreaming(ctx, responses.ResponseNewParams{
		Model: c.client.Deployment(), Input: responses.ResponseNewParamsInputUnion{OfString: openai.String(prompt)},
	})
	n := 0
	for events.Next() {
		n++
	}
	if n < 5 {
		return "", fmt.Errorf("%d events and %w", n, events.Err())
	}
	return fmt.Sprint(n, " events"), events.Err()
}

func embedNumbers(ctx context.Context, c caller) (string, error) {
	sdk := c.client.OpenAI()
	answer, err := sdk.Embeddings.New(ctx, openai.EmbeddingNewParams{
		Model: embedDeployment, Input: openai.EmbeddingNewParamsInputUnion{OfArrayOfStrings: []string{"a", "b"}},
	})
	if err != nil {
		return "", err
	}
	return fmt.Sprint(len(answer.Data), " vectors"), nil
}
