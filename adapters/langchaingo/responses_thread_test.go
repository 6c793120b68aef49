package langchaingo_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/tmc/langchaingo/llms"

	"github.com/seed-a739af98/langchaingo-azure/adapters/langchaingo"
	"github.com/seed-a739af98/langchaingo-azure/azureadv1"
	"github.com/seed-a739af98/langchaingo-azure/azureadv1/azuretest"
)

// script answers with the given bodies in turn, and keeps the requests' bodies: no strictness in the way.
type script struct {
	answers []string
	bodies  []string
}

func (s *script) RoundTrip(r *http.Request) (*http.Response, error) {
	var b strings.Builder
	if _, err := copyAll(&b, r); err != nil {
		return nil, err
	}
	s.bodies = append(s.bodies, b.String())
	body := s.answers[min(len(s.bodies), len(s.answers))-1]
	kind := "application/json"
	if strings.HasPrefix(body, "event:") {
		kind = "text/event-stream"
	}
	return &http.Response{StatusCode: 200, Header: http.Header{"Content-Type": {kind}}, Body: nopBody{strings.NewReader(body)}, Request: r, ContentLength: int64(len(body)), ProtoMajor: 1, ProtoMinor: 1}, nil
}

type nopBody struct{ *strings.Reader }

func (nopBody) Close() error { return nil }

func copyAll(b *strings.Builder, r *http.Request) (int64, error) {
	defer func() { _ = r.Body.Close() }()
	buf := make([]byte, 4096)
	var n int64
	for {
		k, err := r.Body.Read(buf)
		b.Write(buf[:k])
		n += int64(k)
		if err != nil {
			return n, nil
		}
	}
}

func scripted(t *testing.T, name string, answers ...string) (*langchaingo.LLM, *script) {
	t.Helper()
	s := &script{answers: answers}
	m, err := langchaingo.New(azureadv1.Config{
		Endpoint: "https://r.openai.azure.com", APIVersion: v1, Deployment: name, APIKey: azuretest.DefaultAPIKey,
		HTTPClient: &http.Client{Transport: s}, MaxRetries: -1,
	}, langchaingo.WithResponsesAPI())
	if err != nil {
		t.Fatal(err)
	}
	return m, s
}

func inputKinds(t *testing.T, body string) (kinds []string) {
	t.Helper()
	for _, v := range decode(t, body)["input"].([]any) {
		item := v.(map[string]any)
		k, _ := item["type"].(string)
		if role, ok := item["role"].(string); ok {
			k = role
		}
		kinds = append(kinds, k)
	}
	return kinds
}

const (
	reasonItem  = `{"id":"rs_1","type":"reasoning","summary":[],"encrypted_content":"SECRET-OF-A"}`
	bareItem    = `{"id":"rs_1","type":"reasoning","summary":[]}`
	callItem    = `{"id":"fc_1","type":"function_call","status":"completed","call_id":"call_0","name":"add","arguments":"{\"a\":1}"}`
	callItem2   = `{"id":"fc_2","type":"function_call","status":"completed","call_id":"call_1","name":"add","arguments":"{\"a\":2}"}`
	messageItem = `{"id":"msg_1","type":"message","role":"assistant","status":"completed","content":[{"type":"output_text","text":"TEXT-OF-A","annotations":[]}]}`
)

func answerWith(items ...string) string {
	return `{"id":"resp_1","object":"response","status":"completed","model":"m","output":[` + strings.Join(items, ",") + `]}`
}

func turnOf(parts []llms.ContentPart, ids ...string) []llms.MessageContent {
	m := append(human("q"), llms.MessageContent{Role: llms.ChatMessageTypeAI, Parts: parts})
	for _, id := range ids {
		m = append(m, llms.MessageContent{Role: llms.ChatMessageTypeTool, Parts: []llms.ContentPart{llms.ToolCallResponse{ToolCallID: id, Content: "4"}}})
	}
	return m
}

func addCall(id, args string) llms.ToolCall {
	return llms.ToolCall{ID: id, Type: "function", FunctionCall: &llms.FunctionCall{Name: "add", Arguments: args}}
}

func ask(t *testing.T, m *langchaingo.LLM, history []llms.MessageContent, o ...llms.CallOption) *llms.ContentChoice {
	t.Helper()
	got, err := m.GenerateContent(t.Context(), history, append(o, llms.WithTools([]llms.Tool{adder}))...)
	if err != nil {
		t.Fatal(err)
	}
	return got.Choices[0]
}

// A's answer has reasoning; B's, under the same call id, has none. The id came twice, so nothing may be found by it.
func TestThreadCrossTalkWhenTheSecondAnswerIsNotKept(t *testing.T) {
	m, s := scripted(t, "gpt-5", answerWith(reasonItem, messageItem, callItem), answerWith(callItem), answerWith(messageItem))
	ask(t, m, human("A's question"))
	ask(t, m, human("B's question"))
	ask(t, m, append(human("B's question"), turnOf([]llms.ContentPart{addCall("call_0", `{"a":1}`)}, "call_0")[1:]...))
	if last := s.bodies[2]; strings.Contains(last, "OF-A") {
		t.Errorf("B's request has what belongs to A: %s", last)
	}
}

// An answer that was neither stored nor encrypted cannot be sent back: the service does not know its reasoning items.
func TestThreadItemsOfAnAnswerThatNobodyKept(t *testing.T) {
	m, s := scripted(t, "my-deployment", answerWith(bareItem, messageItem), answerWith(messageItem))
	c := ask(t, m, human("q"))
	part, ok := langchaingo.ResponseItems(c)
	if !ok {
		t.Fatal("the answer has no items")
	}
	history := append(turnOf([]llms.ContentPart{part}), human("and?")...)
	ask(t, m, history)
	if got := inputKinds(t, s.bodies[1]); strings.Contains(strings.Join(got, ","), "reasoning") {
		t.Errorf("with store:false and no encrypted content the service answers 404 (item not found): %v", got)
	}
}

const stopStream = "event: response.created\ndata: {\"type\":\"response.created\",\"response\":{\"id\":\"resp_1\",\"status\":\"in_progress\",\"output\":[]}}\n\n" +
	"event: response.output_item.done\ndata: {\"type\":\"response.output_item.done\",\"output_index\":0,\"item\":" + reasonItem + "}\n\n" +
	"event: response.output_text.delta\ndata: {\"type\":\"response.output_text.delta\",\"item_id\":\"msg_1\",\"output_index\":1,\"content_index\":0,\"delta\":\"I see STOP and more\"}\n\n" +
	"event: response.output_item.done\ndata: {\"type\":\"response.output_item.done\",\"output_index\":1,\"item\":" + longItem + "}\n\n" +
	"event: response.completed\ndata: {\"type\":\"response.completed\",\"response\":{\"id\":\"resp_1\",\"status\":\"completed\",\"output\":[" + reasonItem + "," + longItem + "," + callItem + "]}}\n\n"

const longItem = `{"id":"msg_1","type":"message","role":"assistant","status":"completed","content":[{"type":"output_text","text":"I see STOP and more","annotations":[]}]}`

// A stop word ends a stream: reasoning goes in front of what it led to, never last and alone.
func TestThreadItemsAfterAStopWord(t *testing.T) {
	for name, answer := range map[string]string{"streamed": stopStream, "whole": answerWith(reasonItem, longItem, callItem)} {
		t.Run(name, func(t *testing.T) {
			m, s := scripted(t, "gpt-5", answer, answerWith(messageItem))
			o := []llms.CallOption{llms.WithStopWords([]string{"STOP"})}
			if name == "streamed" {
				var text collector
				o = append(o, llms.WithStreamingFunc(text.take))
			}
			c := ask(t, m, human("q"), o...)
			if c.Content != "I see " || len(c.ToolCalls) != 0 {
				t.Fatalf("%+v", c)
			}
			part, ok := langchaingo.ResponseItems(c)
			if !ok {
				t.Fatal("the answer has no items")
			}
			ask(t, m, append(turnOf([]llms.ContentPart{llms.TextPart(c.Content), part}), human("and?")...))
			got := strings.Join(inputKinds(t, s.bodies[1]), ",")
			if got != "user,reasoning,assistant,user" && got != "user,assistant,user" {
				t.Errorf("the input is %s", got)
			}
			if strings.Contains(s.bodies[1], "and more") {
				t.Error("the text behind the stop word went back")
			}
			ask(t, m, append(turnOf([]llms.ContentPart{part}), human("and?")...))
			if strings.Contains(s.bodies[2], "and more") {
				t.Error("alone: the text behind the stop word went back")
			}
		})
	}
}

// What the message says of arguments outranks the items (as dialect_responses.go says of both ways).
func TestThreadChangedArgumentsBesideItems(t *testing.T) {
	m, s := scripted(t, "gpt-5", answerWith(reasonItem, callItem), answerWith(messageItem))
	c := ask(t, m, human("q"))
	part, _ := langchaingo.ResponseItems(c)
	ask(t, m, turnOf([]llms.ContentPart{addCall("call_0", `{"a":42}`), part}, "call_0"))
	if !strings.Contains(s.bodies[1], `{\"a\":42}`) {
		t.Errorf("the change was not sent: %s", s.bodies[1])
	}
}

// The text of a message is sent, wherever the kept answer has its own.
func TestThreadTextBehindTheCall(t *testing.T) {
	m, s := scripted(t, "gpt-5", answerWith(reasonItem, callItem, messageItem, callItem2), answerWith(messageItem))
	c := ask(t, m, human("q"))
	ask(t, m, turnOf([]llms.ContentPart{llms.TextPart(c.Content), c.ToolCalls[0]}, "call_0"))
	if !strings.Contains(s.bodies[1], "TEXT-OF-A") {
		t.Errorf("the text of the message is lost: %s", s.bodies[1])
	}
}

// ExtraBody's store has the last word on what is kept, too.
func TestThreadExtraBodyStoreFalse(t *testing.T) {
	m, s := scripted(t, "gpt-5", answerWith(bareItem, callItem), answerWith(messageItem))
	c := ask(t, m, human("q"), langchaingo.Store(true), langchaingo.ExtraBody(map[string]any{"store": false}))
	t.Log(decode(t, s.bodies[0])["store"], decode(t, s.bodies[0])["include"])
	if decode(t, s.bodies[0])["include"] == nil {
		t.Error("nothing is stored, and encrypted reasoning is not asked for")
	}
	ask(t, m, turnOf([]llms.ContentPart{c.ToolCalls[0]}, "call_0"))
	if got := inputKinds(t, s.bodies[1]); strings.Contains(strings.Join(got, ","), "reasoning") {
		t.Errorf("reasoning went back that the service does not have: %v", got)
	}
}

// All sources' findings are told.
func TestThreadSecondPromptFilter(t *testing.T) {
	answer := `{"id":"resp_1","status":"completed","output":[` + messageItem + `],"content_filters":[` +
		`{"blocked":false,"source_type":"prompt","content_filter_results":{"hate":{"filtered":false,"severity":"safe"}}},` +
		`{"blocked":false,"source_type":"prompt","content_filter_results":{"jailbreak":{"filtered":false,"detected":true}}},` +
		`{"blocked":false,"source_type":"completion","content_filter_results":{"hate":{"filtered":false,"severity":"safe"}}},` +
		`{"blocked":false,"source_type":"completion","content_filter_results":{"hate":{"filtered":false,"severity":"medium"}}}]}`
	m, _ := scripted(t, "gpt-4o", answer)
	c := ask(t, m, human("q"))
	prompt, _ := c.GenerationInfo["PromptFilterResults"].([]azureadv1.FilterResult)
	completion, _ := c.GenerationInfo["ContentFilterResults"].([]azureadv1.FilterResult)
	if len(prompt) != 2 {
		t.Errorf("prompt: %+v", prompt)
	}
	if len(completion) != 1 {
		t.Errorf("completion: %+v", completion)
	}
}

func TestThreadFailureCodes(t *testing.T) {
	for code, want := range map[string]llms.ErrorCode{
		"invalid_prompt": llms.ErrCodeInvalidRequest, "invalid_image": llms.ErrCodeInvalidRequest, "invalid_image_url": llms.ErrCodeInvalidRequest,
		"image_content_policy_violation": llms.ErrCodeContentFilter, "vector_store_timeout": llms.ErrCodeTimeout, "server_error": llms.ErrCodeProviderUnavailable,
		"rate_limit_exceeded": llms.ErrCodeRateLimit, "failed": llms.ErrCodeProviderUnavailable, "too_many_requests": llms.ErrCodeRateLimit,
	} {
		m, _ := scripted(t, "gpt-4o", `{"id":"resp_1","status":"failed","output":[],"error":{"code":"`+code+`","message":"m"}}`)
		_, err := m.GenerateContent(t.Context(), human("q"))
		if e := asLLMError(t, err); e.Code != want {
			t.Errorf("%s: %s, want %s", code, e.Code, want)
		}
	}
}

// An agent runs with one PreviousResponseID: what its own run adds is not stored under that id.
func TestThreadAgentOnAPreviousResponse(t *testing.T) {
	m, s := scripted(t, "gpt-5", answerWith(bareItem, callItem), answerWith(messageItem))
	o := langchaingo.PreviousResponseID("resp_0")
	c := ask(t, m, human("q"), o)
	ask(t, m, turnOf([]llms.ContentPart{c.ToolCalls[0]}, "call_0"), o)
	if got := strings.Join(inputKinds(t, s.bodies[1]), ","); got != "user,reasoning,function_call,function_call_output" {
		t.Errorf("the input is %s", got)
	}
}

// A caller that changes what it got changes nothing of the model's.
func TestThreadCallersBytes(t *testing.T) {
	m, s := scripted(t, "gpt-5", answerWith(reasonItem, callItem), answerWith(messageItem))
	c := ask(t, m, human("q"))
	for _, raw := range c.GenerationInfo["ResponseItems"].([]json.RawMessage) {
		for i := range raw {
			raw[i] = ' '
		}
	}
	got, err := m.GenerateContent(t.Context(), turnOf([]llms.ContentPart{c.ToolCalls[0]}, "call_0"), llms.WithTools([]llms.Tool{adder}))
	if err != nil || got == nil || !strings.Contains(s.bodies[len(s.bodies)-1], "SECRET-OF-A") {
		t.Errorf("%v", err)
	}
}

// An answer whose status is incomplete for another reason is no bad answer.
func TestThreadIncompleteForAnotherReason(t *testing.T) {
	m, _ := scripted(t, "gpt-5", `{"id":"resp_1","status":"incomplete","incomplete_details":{"reason":"max_tool_calls"},"model":"m","output":[]}`)
	got, err := m.GenerateContent(t.Context(), human("q"))
	if err != nil {
		t.Errorf("%+v, %v", got, err)
	}
}

// text.verbosity is set beside a schema.
func TestThreadVerbosityBesideASchema(t *testing.T) {
	m, s := scripted(t, "gpt-5", answerWith(messageItem))
	ask(t, m, human("q"), langchaingo.JSONSchema("s", `{"type":"object"}`, false), langchaingo.ExtraBody(map[string]any{"text": map[string]any{"verbosity": "low"}}))
	if !strings.Contains(s.bodies[0], "json_schema") {
		t.Errorf("the schema is gone without a word: %s", s.bodies[0])
	}
}

// The same call twice in a history (a memory that repeats itself).
func TestThreadTheSameCallTwice(t *testing.T) {
	m, s := scripted(t, "gpt-5", answerWith(reasonItem, callItem), answerWith(messageItem))
	c := ask(t, m, human("q"))
	h := turnOf([]llms.ContentPart{c.ToolCalls[0]}, "call_0")
	ask(t, m, append(h, h[1:]...))
	if n := strings.Count(s.bodies[1], `"fc_1"`); n != 1 {
		t.Errorf("the item's id stands there %d times", n)
	}
}

type refuser struct {
	status int
	body   string
}

func (s refuser) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: s.status, Header: http.Header{"Content-Type": {"application/json"}}, Body: nopBody{strings.NewReader(s.body)}, Request: r, ContentLength: int64(len(s.body)), ProtoMajor: 1, ProtoMinor: 1}, nil
}

// A stream cut at every byte, at the adapter.
func TestThreadEveryCut(t *testing.T) {
	for n := 1; n < len(stopStream)-2; n++ {
		m, _ := scripted(t, "gpt-5", stopStream[:n])
		var text collector
		got, err := m.GenerateContent(t.Context(), human("q"), llms.WithStreamingFunc(text.take))
		if err == nil {
			t.Fatalf("cut at %d: no error", n)
		}
		e := asLLMError(t, err)
		said := ""
		if got != nil && len(got.Choices) > 0 {
			said = got.Choices[0].Content
		}
		if said != text.text() || e.Code != llms.ErrCodeProviderUnavailable {
			t.Fatalf("cut at %d: %q %q %v", n, said, text.text(), err)
		}
	}
}

// A dated document knows output_text only in a whole output item, which has a status (writer.Content says so itself).
func TestThreadDatedMessageItem(t *testing.T) {
	s := &script{answers: []string{answerWith(bareItem, messageItem, callItem), answerWith(messageItem)}}
	m, err := langchaingo.New(azureadv1.Config{Endpoint: "https://r.openai.azure.com", APIVersion: newest, Deployment: "gpt-5", APIKey: azuretest.DefaultAPIKey, HTTPClient: &http.Client{Transport: s}, MaxRetries: -1}, langchaingo.WithResponsesAPI())
	if err != nil {
		t.Fatal(err)
	}
	c := ask(t, m, human("q"), langchaingo.Store(true))
	ask(t, m, turnOf([]llms.ContentPart{c.ToolCalls[0]}, "call_0"), langchaingo.Store(true))
	for _, v := range decode(t, s.bodies[1])["input"].([]any) {
		item := v.(map[string]any)
		if _, parts := item["content"].([]any); parts && item["role"] == "assistant" && item["status"] == nil {
			t.Errorf("no form of 2025-04-01-preview's document: %v", item)
		}
	}
}

// What the model says in front of an unanswered hosted approval stays out of nobody's way: a call of another kind that
// waits for an output must not go back without one.
func TestThreadOtherCallsThatWait(t *testing.T) {
	custom := `{"id":"ctc_1","type":"custom_tool_call","call_id":"call_x","name":"sh","input":"ls"}`
	m, s := scripted(t, "gpt-5", answerWith(reasonItem, custom, callItem), answerWith(messageItem))
	c := ask(t, m, human("q"))
	ask(t, m, turnOf([]llms.ContentPart{c.ToolCalls[0]}, "call_0"))
	if strings.Contains(s.bodies[1], "custom_tool_call") {
		t.Errorf("a call without output: %v", inputKinds(t, s.bodies[1]))
	}
}

// codex-mini reasons (o4-mini) and answers on Responses alone.
func TestThreadCodexMiniReasons(t *testing.T) {
	m, s := scripted(t, "codex-mini", answerWith(messageItem))
	ask(t, m, human("q"))
	if decode(t, s.bodies[0])["include"] == nil {
		t.Error("encrypted reasoning is not asked for")
	}
}

// A response that is gone is no wrong host.
func TestThreadHintOfAMissingResponse(t *testing.T) {
	m, err := langchaingo.New(azureadv1.Config{
		Endpoint: "https://r.openai.azure.com", APIVersion: v1, Deployment: "gpt-5", APIKey: azuretest.DefaultAPIKey, MaxRetries: -1,
		HTTPClient: &http.Client{Transport: refuser{404, `{"error":{"message":"Previous response with id 'resp_x' not found.","type":"invalid_request_error","param":"previous_response_id","code":"previous_response_not_found"}}`}},
	}, langchaingo.WithResponsesAPI())
	if err != nil {
		t.Fatal(err)
	}
	_, err = m.GenerateContent(t.Context(), human("q"), langchaingo.PreviousResponseID("resp_x"))
	if strings.Contains(err.Error(), "Nothing answers at") {
		t.Error(err)
	}
}

// A background answer has an id and nothing else yet.
func TestThreadBackground(t *testing.T) {
	m, _ := scripted(t, "gpt-5", `{"id":"resp_1","status":"queued","model":"m","output":[]}`)
	got, err := m.GenerateContent(t.Context(), human("q"), langchaingo.ExtraBody(map[string]any{"background": true, "store": true}))
	if err != nil || got.Choices[0].GenerationInfo["ResponseID"] != "resp_1" {
		t.Errorf("%+v, %v", got, err)
	}
}

// An empty message of the assistant is sent, as on chat: a request has some input.
func TestThreadEmptyAssistant(t *testing.T) {
	m, s := scripted(t, "gpt-5", answerWith(messageItem))
	ask(t, m, []llms.MessageContent{{Role: llms.ChatMessageTypeAI, Parts: []llms.ContentPart{llms.TextPart("")}}})
	if got := inputKinds(t, s.bodies[0]); len(got) != 1 {
		t.Errorf("the input is %v", got)
	}
}

// The first answer of an id is not used either, once the id came again in an answer that nobody kept.
func TestThreadCallIDsThatComeTwiceInAnyOrder(t *testing.T) {
	m, s := scripted(t, "gpt-5", answerWith(callItem), answerWith(reasonItem, messageItem, callItem), answerWith(messageItem))
	ask(t, m, human("B's question"))
	ask(t, m, human("A's question"))
	ask(t, m, append(human("B's question"), turnOf([]llms.ContentPart{addCall("call_0", `{"a":1}`)}, "call_0")[1:]...))
	if strings.Contains(s.bodies[2], "OF-A") {
		t.Errorf("B's request has what belongs to A: %s", s.bodies[2])
	}
}

// The dated documents demand the status of a built-in tool's call, v1 knows it as little as the others; the service
// refuses it of messages and reasoning everywhere.
func TestThreadStatusOfItems(t *testing.T) {
	const searchItem = `{"id":"fs_1","type":"file_search_call","status":"completed","queries":["w"],"results":null}`
	const thought = `{"id":"rs_1","type":"reasoning","summary":[],"status":"completed"}`
	for version, want := range map[string]string{v1: "", newest: "file_search_call"} {
		s := &script{answers: []string{answerWith(thought, searchItem, messageItem, callItem), answerWith(messageItem)}}
		m, err := langchaingo.New(azureadv1.Config{Endpoint: "https://r.openai.azure.com", APIVersion: version, Deployment: "gpt-5", APIKey: azuretest.DefaultAPIKey, HTTPClient: &http.Client{Transport: s}, MaxRetries: -1}, langchaingo.WithResponsesAPI())
		if err != nil {
			t.Fatal(err)
		}
		c := ask(t, m, human("q"), langchaingo.Store(true))
		part, _ := langchaingo.ResponseItems(c)
		for name, said := range map[string]llms.ContentPart{"kept": c.ToolCalls[0], "in the message": part} {
			ask(t, m, turnOf([]llms.ContentPart{said}, "call_0"), langchaingo.Store(true))
			last := s.bodies[len(s.bodies)-1]
			var with []string
			for _, v := range decode(t, last)["input"].([]any) {
				if item := v.(map[string]any); item["status"] != nil {
					with = append(with, item["type"].(string))
				}
			}
			if got := strings.Join(with, ","); got != want || !strings.Contains(last, "fs_1") {
				t.Errorf("%s, %s: status of %q, want it of %q: %s", version, name, got, want, last)
			}
		}
	}
}
