package provider_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/tmc/langchaingo/llms"

	"github.com/seed-a739af98/langchaingo-azure/adapters/langchaingo"
	"github.com/seed-a739af98/langchaingo-azure/azureadv1/azuretest"
)

// broughtBack is an answer with every kind of item, as a message brings it back.
func broughtBack(items string) []llms.MessageContent {
	return append(question(),
		llms.MessageContent{Role: llms.ChatMessageTypeAI, Parts: []llms.ContentPart{llms.BinaryPart(langchaingo.ItemsType, []byte(items))}},
		llms.MessageContent{Role: llms.ChatMessageTypeTool, Parts: []llms.ContentPart{llms.ToolCallResponse{ToolCallID: "c1", Content: "rain"}}})
}

// searched and builtIn are answers after calls of tools that ran at the service.
const (
	searched = `[{"type":"file_search_call","id":"fs_1","status":"completed","queries":["w"],"results":null},{"type":"message","id":"msg_1","role":"assistant","status":"completed","content":[{"type":"output_text","text":"rain","annotations":[]}]}]`
	builtIn  = `[{"type":"web_search_call","id":"ws_1","status":"completed","action":{"type":"search"}},` +
		`{"type":"code_interpreter_call","id":"ci_1","status":"completed","container_id":"cn_1","code":"1+1","outputs":[]},` +
		`{"type":"image_generation_call","id":"ig_1","status":"completed","result":"AAAA"},` +
		`{"type":"mcp_list_tools","id":"ml_1","server_label":"s","tools":[{"name":"f","input_schema":{"type":"object"}}]},` +
		`{"type":"mcp_call","id":"mc_1","server_label":"s","name":"f","arguments":"{}","output":"rain"},` +
		`{"type":"message","id":"msg_1","role":"assistant","status":"completed","content":[{"type":"output_text","text":"rain","annotations":[]}]}]`
)

// responsesRows fill requests of the Responses API beyond what both APIs have; sent is looked for in both models' bodies.
func responsesRows(version string) []requestRow {
	search := map[string]any{"type": "file_search", "vector_store_ids": []string{"vs_1"}} // the only kind that all documents know
	rows := []requestRow{
		{name: "nothing but the question", sent: `"store":false`},
		{name: "a token limit", options: with(llms.WithMaxTokens(64)), sent: `"max_output_tokens":64`},
		{name: "JSON mode", options: with(llms.WithJSONMode()), messages: []llms.MessageContent{llms.TextParts(llms.ChatMessageTypeHuman, "as json")}, sent: `"text":{"format":{"type":"json_object"}}`},
		{name: "a schema", options: with(langchaingo.JSONSchema("forecast", forecast{}, true)), sent: `"text":{"format":{"type":"json_schema","name":"forecast"`},
		{name: "a tool", options: with(llms.WithTools([]llms.Tool{weatherTool(false)})), sent: `{"type":"function","name":"weather"`},
		{name: "a strict tool", options: with(llms.WithTools([]llms.Tool{weatherTool(true)})), sent: `"strict":true`},
		{name: "a tool demanded", options: choosing("clock"), sent: `"tool_choice":{"type":"function","name":"clock"}`},
		{name: "tool choice required", options: choosing("any"), sent: `"tool_choice":"required"`},
		{name: "tools one at a time", options: append(choosing("auto"), langchaingo.ParallelToolCalls(false)), sent: `"parallel_tool_calls":false`},
		{name: "a built-in tool beside functions", options: append(choosing("auto"), langchaingo.BuiltInTools(search)), sent: `"vector_store_ids":["vs_1"]`},
		{name: "metadata", options: with(llms.WithMetadata(map[string]any{"team": "billing"})), sent: `"metadata":{"team":"billing"}`},
		{name: "an effort", options: with(langchaingo.ReasoningEffort("high")), sent: `"reasoning":{"effort":"high"}`},
		{name: "a summary", from: "2025-04-01", options: with(langchaingo.ReasoningSummary("detailed")), sent: `"summary":"detailed"`},
		{name: "truncation", options: with(langchaingo.Truncation("auto")), sent: `"truncation":"auto"`},
		{name: "a stored answer", options: with(langchaingo.Store(true)), sent: `"store":true`},
		{name: "what goes on from a stored answer", options: with(langchaingo.PreviousResponseID("resp_1")), sent: `"previous_response_id":"resp_1"`},
		{name: "include", options: with(langchaingo.Include("file_search_call.results")), sent: `"include":["file_search_call.results"`},
		{name: "fields of the caller's own", options: with(langchaingo.ExtraBody(map[string]any{"user": "u-1", "instructions": "Be brief."})), sent: `"instructions":"Be brief."`},
		{name: "an answer brought back", messages: broughtBack(`[{"type":"reasoning","id":"rs_1","summary":[],"encrypted_content":"gAAA","status":"completed"},{"type":"function_call","id":"fc_1","call_id":"c1","name":"weather","arguments":"{}","status":"completed"}]`), sent: `"encrypted_content":"gAAA"`},
		{name: "a search brought back", messages: broughtBack(searched)[:2], sent: `"queries":["w"]`},
	}
	if version == "v1" { // the dated documents know none of these
		rows = append(rows, requestRow{name: "every built-in tool's work brought back", messages: broughtBack(builtIn)[:2], sent: `"container_id":"cn_1"`})
	}
	return rows
}

// TestResponsesRequestsAreValidByAzuresOwnDocuments sends the option and message space of chat, as far as this API has
// it, and its own, on every version that has a document of it.
func TestResponsesRequestsAreValidByAzuresOwnDocuments(t *testing.T) {
	const lacks = "the Responses API"
	for _, d := range documents(t) {
		if !d.has(azuretest.OpResponses) {
			continue
		}
		for _, served := range []string{"gpt-4o", "gpt-5"} {
			s := inMemory(t, azuretest.Options{Deployments: map[string]string{chatDeployment: served}})
			ask := func(t *testing.T, row requestRow, streamed bool) ([]byte, error) {
				cfg := config(t, s, d.version)
				cfg.APIKey, cfg.MaxRetries = apiKey, -1
				model, err := langchaingo.New(cfg, append(slices.Clone(row.model), langchaingo.WithBaseModel(served), langchaingo.WithResponsesAPI())...)
				must(t, err)
				return d.askResponses(t, s, model, row, streamed)
			}
			for _, row := range responsesRows(d.version) {
				t.Run(fmt.Sprintf("%s/%s/%s", d.version, served, row.name), func(t *testing.T) {
					for _, streamed := range []bool{false, true} {
						body, err := ask(t, row, streamed)
						switch {
						case d.before(row.from):
							if body != nil || err == nil || !strings.Contains(err.Error(), d.version) {
								t.Errorf("%v, want nothing sent and an error that names the version", err)
							}
						case !bytes.Contains(body, []byte(row.sent)) || streamed != bytes.Contains(body, []byte(`"stream":true`)):
							t.Errorf("streamed %t: the body is not what this row is about, %s: %v\n%s", streamed, row.sent, err, body)
						}
					}
				})
			}
			for _, row := range slices.Concat(optionRows(), conversationRows()) {
				if row.name == "fields of the caller's own" || row.name == "everything at once" { // they are chat's
					continue
				}
				t.Run(fmt.Sprintf("%s/%s/as on chat: %s", d.version, served, row.name), func(t *testing.T) {
					body, err := ask(t, row, false)
					if body == nil && (err == nil || !strings.Contains(err.Error(), lacks)) {
						t.Errorf("nothing was sent, for another reason than %s: %v", lacks, err)
					}
				})
			}
		}
	}
}

// askResponses makes a row's call, and returns the body that was sent for it if one was; it must be valid.
func (d document) askResponses(t *testing.T, s *azuretest.Server, model llms.Model, row requestRow, streamed bool) ([]byte, error) {
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
	if s.Stats().Calls == before {
		return nil, err
	}
	requests := s.Requests()
	body := requests[len(requests)-1].Body
	if err := d.checkRequest(azuretest.OpResponses, d.corrected(t, body)); err != nil {
		t.Errorf("streamed %t: %v\n%s", streamed, err, body)
	}
	return body, err
}

// corrected takes out of a body what the dated documents are wrong about: they want "content" in a reasoning item, which
// the service has never had there, and do not know its encrypted content.
func (d document) corrected(t *testing.T, body []byte) []byte {
	t.Helper()
	if d.version == "v1" || !bytes.Contains(body, []byte(`"type":"reasoning"`)) {
		return body
	}
	var value map[string]any
	must(t, json.Unmarshal(body, &value))
	items, _ := value["input"].([]any)
	value["input"] = slices.DeleteFunc(items, func(item any) bool {
		members, _ := item.(map[string]any)
		return members["type"] == "reasoning"
	})
	out, err := json.Marshal(value)
	must(t, err)
	return out
}

// TestAzuresDocumentsRefuseBadResponsesBodies shows that the test above can fail.
func TestAzuresDocumentsRefuseBadResponsesBodies(t *testing.T) {
	rows := []struct{ name, fields string }{
		{"chat's part", `"input":[{"type":"message","role":"user","content":[{"type":"text","text":"x"}]}]`},
		{"a nested tool", `"input":"x","tools":[{"type":"function","function":{"name":"f"}}]`},
		{"a nested tool choice", `"input":"x","tool_choice":{"type":"function","function":{"name":"f"}}`},
		{"a call without its id", `"input":[{"type":"function_call","name":"f","arguments":"{}"}]`},
		{"an effort that is none", `"input":"x","reasoning":{"effort":"some"}`},
		{"a format that is none", `"input":"x","text":{"format":{"type":"yaml"}}`},
		{"a truncation that is none", `"input":"x","truncation":"some"`},
		{"chat's field", `"input":"x","max_completion_tokens":9`},
		{"a stop word", `"input":"x","stop":["a"]`},
	}
	for _, d := range documents(t) {
		for _, row := range rows {
			if d.has(azuretest.OpResponses) && d.checkRequest(azuretest.OpResponses, []byte(`{"model":"m",`+row.fields+`}`)) == nil {
				t.Errorf("%s: nothing is wrong with %s", d.version, row.name)
			}
		}
	}
}
