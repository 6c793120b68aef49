package langchaingo_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/tmc/langchaingo/llms"
	"github.com/tmc/langchaingo/llms/openai"

	"github.com/seed-a739af98/langchaingo-azure/adapters/langchaingo"
	"github.com/seed-a739af98/langchaingo-azure/azureadv1/azuretest"
)

// opaque is a deployment of a reasoning model whose name does not say so.
const opaque = "prod-chat-eu"

func TestParity11_AnUnsetTemperatureIsNotSent(t *testing.T) {
	r := theirs(t, newest, azuretest.Options{}, openai.WithModel(opaque))
	_, err := r.ask(t, human("q"))
	stillWrong(t, err != nil && r.last(t).Field("temperature") == 0.0, "sends temperature 0 when the caller said nothing", err)

	f := setUp(t, newest, azuretest.Options{}, []langchaingo.Option{langchaingo.WithBaseModel("gpt-5")}, deployment(opaque))
	f.ask(t, human("q"))
	f.ask(t, human("q"), llms.WithTemperature(0)) // as chains do
	for _, sent := range f.server.Requests() {
		if sent.Field("temperature") != nil {
			t.Errorf("ours sent %s", sent.Body)
		}
	}
	chat := setUp(t, newest, azuretest.Options{}, nil)
	chat.ask(t, human("q"), llms.WithTemperature(0))
	if sent := chat.last(t); sent.Field("temperature") != 0.0 {
		t.Errorf("a temperature set to 0 was not sent to a chat model: %s", sent.Body)
	}
}

func TestParity12_ReasoningModelsAreToldFromChatModels(t *testing.T) {
	rows := []struct {
		model        string
		reasons      bool
		theirsSends  bool // the temperature
		theirsAnswer bool // whether the service takes it
	}{
		{"o1", true, true, false},
		{"o4-mini", true, true, false},
		{"gpt-5-chat", false, false, true},
	}
	for _, row := range rows {
		t.Run(row.model, func(t *testing.T) {
			opts := azuretest.Options{Deployments: map[string]string{row.model: row.model}}
			r := theirs(t, newest, opts, openai.WithModel(row.model))
			_, err := r.ask(t, human("q"), llms.WithTemperature(0.5))
			stillWrong(t, (r.last(t).Field("temperature") != nil) == row.theirsSends && (err == nil) == row.theirsAnswer,
				"takes "+row.model+" for what it is not", string(r.last(t).Body), err)

			f := setUp(t, newest, opts, nil, deployment(row.model))
			f.ask(t, human("q"), llms.WithTemperature(0.5))
			if sent := f.last(t).Field("temperature") != nil; sent == row.reasons || f.SupportsReasoning() != row.reasons {
				t.Errorf("ours: temperature sent %t, reasoning %t", sent, f.SupportsReasoning())
			}
		})
	}
}

func TestParity13_NoOptionIsDroppedInSilence(t *testing.T) {
	f, r := both(t)
	if _, err := r.ask(t, human("q"), llms.WithTopP(0.2)); err != nil {
		t.Fatal(err)
	}
	stillWrong(t, r.last(t).Field("top_p") == nil, "forgets WithTopP", string(r.last(t).Body))
	f.ask(t, human("q"), llms.WithTopP(0.2))
	if f.last(t).Field("top_p") != 0.2 {
		t.Errorf("ours sent %s", f.last(t).Body)
	}
	for name, option := range map[string]llms.CallOption{
		"top_k": llms.WithTopK(3), "min_length": llms.WithMinLength(3), "repetition_penalty": llms.WithRepetitionPenalty(1.5),
	} {
		_, err := r.ask(t, human("q"), option)
		stillWrong(t, err == nil && r.last(t).Field(name) == nil, "ignores "+name+" in silence", err)
		_, err = f.GenerateContent(t.Context(), human("q"), option)
		contains(t, err, name, "WithDropParams")
	}
	f.ask(t, human("q"), llms.WithTools([]llms.Tool{adder}), langchaingo.ParallelToolCalls(false),
		langchaingo.ExtraBody(map[string]any{"user": "u", "logprobs": true, "top_logprobs": 2}))
	sent := f.last(t)
	for name, want := range map[string]any{"parallel_tool_calls": false, "user": "u", "logprobs": true, "top_logprobs": 2.0} {
		if sent.Field(name) != want {
			t.Errorf("ours sent %v as %s", sent.Field(name), name)
		}
	}
}

func TestParity14_ThinkingModesAreEfforts(t *testing.T) {
	f, r := both(t)
	if _, err := r.ask(t, human("q"), llms.WithModel("gpt-5"), llms.WithThinkingMode(llms.ThinkingModeHigh)); err != nil {
		t.Fatal(err)
	}
	stillWrong(t, r.last(t).Field("reasoning_effort") == nil, "ignores WithThinkingMode", string(r.last(t).Body))
	for want, option := range map[string]llms.CallOption{
		"high": llms.WithThinkingMode(llms.ThinkingModeHigh), "low": langchaingo.ReasoningEffort("low"),
	} {
		f.ask(t, human("q"), llms.WithModel("gpt-5"), option)
		if got := f.last(t).Field("reasoning_effort"); got != want {
			t.Errorf("ours sent the effort %v, want %s", got, want)
		}
	}
}

func TestParity15_SystemMessagesStayWhatTheyAre(t *testing.T) {
	system := message(llms.ChatMessageTypeSystem, llms.TextContent{Text: "be brief"})
	rows := []struct {
		name         string
		messages     []llms.MessageContent
		theirs, ours string
	}{
		{"before a question", append([]llms.MessageContent{system}, human("q")...), "user:be brief\n\nq", "system:be brief user:q"},
		{
			"with no question behind it",
			[]llms.MessageContent{system, message(llms.ChatMessageTypeAI, llms.TextContent{Text: "a"})},
			"assistant:a", "system:be brief assistant:a",
		},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			f, r := both(t)
			if _, err := r.ask(t, row.messages, llms.WithModel("o3-mini")); err != nil {
				t.Fatal(err)
			}
			stillWrong(t, said(r.last(t)) == row.theirs, "merges or loses system messages", said(r.last(t)))
			f.ask(t, row.messages, llms.WithModel("o3-mini"))
			if got := said(f.last(t)); got != row.ours {
				t.Errorf("ours sent %q, want %q", got, row.ours)
			}
		})
	}
}

// said is a conversation in one line.
func said(r azuretest.Request) string {
	var all []string
	for _, m := range r.Messages() {
		all = append(all, m.Role+":"+m.Content)
	}
	return strings.Join(all, " ")
}

func TestParity16_OneMessageMayHoldSeveralToolResults(t *testing.T) {
	history := append(human("q"),
		message(llms.ChatMessageTypeAI, call("c1", "add", "{}"), call("c2", "add", "{}")),
		message(llms.ChatMessageTypeTool, llms.ToolCallResponse{ToolCallID: "c1", Name: "add", Content: "1"}, llms.ToolCallResponse{ToolCallID: "c2", Name: "add", Content: "2"}))
	f, r := both(t)
	_, err := r.ask(t, history)
	stillWrong(t, err != nil && r.server.Stats().Calls == 0, "refuses two tool results in one message", err)

	f.ask(t, history)
	var results []string
	for _, m := range f.last(t).Messages() {
		if m.Role == "tool" {
			results = append(results, m.ToolCallID+"="+m.Content)
		}
	}
	if d := cmp.Diff([]string{"c1=1", "c2=2"}, results); d != "" {
		t.Errorf("results (-want +got):\n%s", d)
	}
}

func TestParity17_BinaryImagesAreDataURLs(t *testing.T) {
	picture := []llms.MessageContent{message(llms.ChatMessageTypeHuman, llms.TextContent{Text: "what is it?"}, llms.BinaryPart("image/png", []byte("png")))}
	f, r := both(t)
	_, err := r.ask(t, picture)
	stillWrong(t, err != nil && strings.Contains(string(r.last(t).Body), `"type":"binary"`), "sends a part type of its own", err)

	f.ask(t, picture)
	sameJSON(t, "the message", f.last(t).Field("messages"), `[{"role":"user","content":[
		{"type":"text","text":"what is it?"},{"type":"image_url","image_url":{"url":"data:image/png;base64,cG5n"}}]}]`)
}

func TestParity18_TheCallDecidesTheFormAndSchemasAreWhole(t *testing.T) {
	const schema = `{"type":"object","additionalProperties":false,"required":["v"],"properties":{"v":{"anyOf":[
		{"type":"string","format":"date"},{"type":["number","null"],"minimum":1,"maximum":5}]}}}`
	var narrow openai.ResponseFormatJSONSchemaProperty
	err := json.Unmarshal([]byte(schema), &narrow)
	kept, again := json.Marshal(narrow)
	stillWrong(t, err != nil || again != nil || !strings.Contains(string(kept), "anyOf"), "has a schema type without anyOf", string(kept))

	r := theirs(t, newest, azuretest.Options{}, openai.WithResponseFormat(&openai.ResponseFormat{
		Type:       "json_schema",
		JSONSchema: &openai.ResponseFormatJSONSchema{Name: "n", Schema: &openai.ResponseFormatJSONSchemaProperty{Type: "object"}},
	}))
	if _, err := r.ask(t, question, llms.WithJSONMode()); err != nil {
		t.Fatal(err)
	}
	stillWrong(t, formOf(r.last(t)) == "json_schema", "lets the client's schema beat the call's JSON mode", string(r.last(t).Body))

	bothSurfaces(t, func(t *testing.T, version string) {
		f := setUp(t, version, azuretest.Options{}, []langchaingo.Option{langchaingo.WithJSONSchema("n", schema, true)})
		f.ask(t, question)
		format := f.last(t).Field("response_format")
		sameJSON(t, "the format", format, `{"type":"json_schema","json_schema":{"name":"n","strict":true,"schema":`+schema+`}}`)
		f.ask(t, question, llms.WithJSONMode())
		if got := formOf(f.last(t)); got != "json_object" {
			t.Errorf("with JSON mode ours asked for %q", got)
		}
		f.ask(t, question, langchaingo.JSONSchema("other", `{"type":"object"}`, false))
		if got := string(f.last(t).Body); !strings.Contains(got, `"name":"other"`) {
			t.Errorf("with a schema of the call ours sent %s", got)
		}
	})
}

// formOf is the type of a request's response_format.
func formOf(r azuretest.Request) any {
	format, _ := r.Field("response_format").(map[string]any)
	return format["type"]
}

func TestParity34_MetadataIsWhatWasMeantForTheService(t *testing.T) {
	cached := llms.WithPromptCaching(true) // another provider's option
	f, r := both(t)
	_, err := r.ask(t, human("q"), cached)
	_, sentToo := r.last(t).Field("metadata").(map[string]any)["prompt_caching"]
	stillWrong(t, sentToo, "sends other providers' options as metadata", err, string(r.last(t).Body))
	f.ask(t, human("q"), cached)
	if got := f.last(t).Field("metadata"); got != nil {
		t.Errorf("ours sent the metadata %v", got)
	}

	labels := llms.WithMetadata(map[string]any{"run": "7"})
	f.ask(t, human("q"), labels)
	sameJSON(t, "the metadata", f.last(t).Field("metadata"), `{"run":"7"}`)

	old := theirs(t, classic, azuretest.Options{}) // a version that does not know the field
	_, err = old.ask(t, human("q"), labels)
	stillWrong(t, err != nil && old.last(t).Status == 400, "sends metadata to versions that refuse it", err)
	_, err = setUp(t, classic, azuretest.Options{}, nil).GenerateContent(t.Context(), human("q"), labels)
	contains(t, err, classic, "metadata", `WithDropParams("metadata")`)
	setUp(t, classic, azuretest.Options{}, []langchaingo.Option{langchaingo.WithDropParams("metadata")}).ask(t, human("q"), labels)
}
