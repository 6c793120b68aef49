package azuretest_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-a739af98/langchaingo-azure/azureadv1/azuretest"
)

func TestWhatARequestRecords(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := inMemory(t, azuretest.Options{Prefix: "/team-a"})
		time.Sleep(time.Hour)
		header := key(azuretest.DefaultAPIKey)
		header.Set("X-Stainless-Retry-Count", "2")
		header.Set("X-Ms-Client-Request-Id", "mine")
		got := ask(t, s, http.MethodPost, "/team-a/api/projects/p1/openai/v1/responses?x=%2F", ask1, header)
		r := last(t, s)
		if !r.Time.Equal(time.Now()) || r.Method != http.MethodPost || r.Host != azuretest.DefaultHost || r.Path != "/team-a/api/projects/p1/openai/v1/responses" ||
			r.Query != "x=%2F" || r.APIVersion != "" || string(r.Body) != ask1 || r.Surface != azuretest.SurfaceV1 || r.Operation != azuretest.OpResponses ||
			r.Deployment != "chat" || r.Project != "p1" || r.Status != 200 || r.Attempt() != 3 || r.Header.Get("X-Stainless-Retry-Count") != "2" {
			t.Errorf("record = %+v, attempt %d", r, r.Attempt())
		}
		if r.RequestID != got.header.Get("Apim-Request-Id") || got.header.Get("X-Ms-Client-Request-Id") != "mine" {
			t.Errorf("ids: %q, header %v", r.RequestID, got.header)
		}
		post(t, s, "/team-a/openai/files?api-version=2024-10-21", `{"model":"m"}`)
		if r := last(t, s); r.Surface != azuretest.SurfaceClassic || r.Operation != "files" || r.Deployment != "m" || r.APIVersion != "2024-10-21" || r.Attempt() != 1 {
			t.Errorf("record = %+v", r)
		}
	})
}

func TestOtherOperationsAnswerTheirScript(t *testing.T) {
	s := inMemory(t, azuretest.Options{})
	s.Enqueue(azuretest.Raw(200, nil, `{"id":"file-1"}`), azuretest.RateLimited())
	if got := post(t, s, "/openai/v1/files", "not json"); got.status != 200 || got.body != `{"id":"file-1"}` {
		t.Errorf("%d %s", got.status, got.body)
	}
	if got := ask(t, s, http.MethodGet, "/openai/deployments/chat/x/y?api-version=2024-10-21", "", key(azuretest.DefaultAPIKey)); got.status != 429 || last(t, s).Operation != "x/y" {
		t.Errorf("%d %s", got.status, got.body)
	}
	if got := ask(t, s, http.MethodGet, "/openai/deployments/gone/x?api-version=2024-10-21", "", key(azuretest.DefaultAPIKey)); !strings.Contains(got.body, noDeployment) {
		t.Errorf("%d %s", got.status, got.body)
	}
}

func TestConversationsAsScriptsReadThem(t *testing.T) {
	chat := `{"model":"chat","stream":false,"messages":[
		{"role":"system","content":"be brief"},
		{"role":"user","content":[{"type":"text","text":"what "},{"type":"image_url","image_url":{"url":"data:,"}},{"type":"text","text":"now?"}]},
		{"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function","function":{"name":"clock","arguments":"{}"}}]},
		{"role":"tool","tool_call_id":"c1","content":"noon"}],
		"tools":[{"type":"function","function":{"name":"clock"}},{"type":"function","function":{"name":"map"}}]}`
	responses := `{"model":"chat","stream":true,"instructions":"be brief","input":[
		{"role":"user","content":[{"type":"input_text","text":"what now?"}]},
		{"type":"function_call","call_id":"c1","name":"clock","arguments":"{}"},
		{"type":"function_call_output","call_id":"c1","output":"noon"}],
		"tools":[{"type":"function","name":"clock"},{"type":"function","name":"map"}]}`
	want := []azuretest.Message{
		{Role: "system", Content: "be brief"},
		{Role: "user", Content: "what now?"},
		{Role: "assistant", ToolCalls: []azuretest.ToolCall{{ID: "c1", Name: "clock", Arguments: "{}"}}},
		{Role: "tool", ToolCallID: "c1", Content: "noon"},
	}
	for name, tt := range map[string]struct {
		target, body string
		streaming    bool
	}{"chat": {v1Chat, chat, false}, "responses": {v1Responses, responses, true}} {
		var seen azuretest.Request
		s := inMemory(t, azuretest.Options{Respond: func(r azuretest.Request) azuretest.Reply {
			seen = r
			return azuretest.Text("It is " + r.LastMessage().Content)
		}})
		if got := post(t, s, tt.target, tt.body); got.status != 200 || !strings.Contains(got.body, "noon") {
			t.Fatalf("%s: %d %s", name, got.status, got.body)
		}
		if diff := cmp.Diff(want, seen.Messages()); diff != "" {
			t.Errorf("%s: Messages (-want +got):\n%s", name, diff)
		}
		if diff := cmp.Diff([]string{"clock", "map"}, seen.ToolNames()); diff != "" || seen.Streaming() != tt.streaming || seen.Field("model") != "chat" {
			t.Errorf("%s: ToolNames %v, Streaming %v, model %v", name, seen.ToolNames(), seen.Streaming(), seen.Field("model"))
		}
	}
	plain := azuretest.Request{Operation: azuretest.OpResponses, Body: []byte(`{"input":"hi"}`)}
	if got := plain.LastMessage(); got.Role != "user" || got.Content != "hi" {
		t.Errorf("a text as input: %+v", got)
	}
	if got := (azuretest.Request{Body: []byte("x")}).LastMessage(); got.Role != "" {
		t.Errorf("a body that is no JSON: %+v", got)
	}
}

func TestInputsAsScriptsReadThem(t *testing.T) {
	for body, want := range map[string][]string{
		`{"input":"a"}`: {"a"}, `{"input":["a","b"]}`: {"a", "b"}, `{"input":[1,2]}`: {"[1,2]"}, `{"input":[[1],[2]]}`: {"[1]", "[2]"},
		`{"input":[]}`: nil, `{}`: nil, `x`: nil,
	} {
		if diff := cmp.Diff(want, azuretest.Request{Body: []byte(body)}.Inputs()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", body, diff)
		}
	}
}

func TestNoFormOfARequestShowsItsCredential(t *testing.T) {
	s := inMemory(t, azuretest.Options{})
	token := s.IssueToken(azuretest.Claims{})
	ask(t, s, http.MethodPost, classicChat, hello, bearer(token))
	ask(t, s, http.MethodPost, v1Chat, hello, key("secret-key"))
	s.Enqueue(azuretest.ServerError())
	post(t, s, v1Chat, hello)
	for _, r := range s.Requests() {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
			text := fmt.Sprintf(verb, r)
			if strings.Contains(text, token) || strings.Contains(text, "secret-key") || strings.Contains(text, azuretest.DefaultAPIKey) {
				t.Errorf("%s shows a credential: %s", verb, text)
			}
		}
	}
	if got, want := s.Requests()[0].String(), "POST /openai/deployments/chat/chat/completions (2024-10-21) token "+azuretest.Fingerprint(token)+" -> 200"; got != want {
		t.Errorf("String = %q, want %q", got, want)
	}
	if got := s.Requests()[2].String(); !strings.HasSuffix(got, "-> 500 ServerError") {
		t.Errorf("String = %q", got)
	}
	if got := fmt.Sprintf("%+v", s); strings.Contains(got, azuretest.DefaultAPIKey) || !strings.Contains(got, s.Endpoint()) {
		t.Errorf("the server prints as %s", got)
	}
	if azuretest.Fingerprint("") != "" || len(azuretest.Fingerprint("x")) != 8 {
		t.Error("Fingerprint")
	}
}
