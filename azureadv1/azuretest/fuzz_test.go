package azuretest_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/seed-a739af98/langchaingo-azure/azureadv1/azuretest"
)

// FuzzBodies sends any body to any operation: the answer is a 2xx or an error object, never a panic, which in memory would be a transport error.
func FuzzBodies(f *testing.F) {
	f.Add(uint8(0), []byte(hello))
	f.Add(uint8(0), []byte(helloStream))
	f.Add(uint8(1), []byte(`{"model":"embed","input":[[1,2],[3]],"encoding_format":"base64","dimensions":4}`))
	f.Add(uint8(2), []byte(`{"model":"chat","input":[{"type":"function_call","call_id":"c","name":"f","arguments":"{}"}],"stream":true}`))
	f.Add(uint8(3), []byte(`{"messages":[{"role":"assistant","tool_calls":[null,{"function":[]}],"content":[1]}],"n":2,"stop":[1]}`))
	targets := []string{v1Chat, v1Embeddings, v1Responses, classicChat}
	s := azuretest.New(azuretest.Options{Respond: func(r azuretest.Request) azuretest.Reply {
		_, _, _, _ = r.Messages(), r.ToolNames(), r.Inputs(), r.Streaming()
		return azuretest.Reply{}
	}, KeepLast: 1})
	f.Cleanup(func() { _ = s.Close() })
	f.Fuzz(func(t *testing.T, which uint8, body []byte) {
		got := post(t, s, targets[int(which)%len(targets)], string(body))
		switch {
		case got.err != nil:
			t.Errorf("the answer broke off: %v", got.err)
		case got.status == http.StatusOK && strings.HasPrefix(got.header.Get("Content-Type"), "text/event-stream"):
		case !json.Valid([]byte(got.body)):
			t.Errorf("%d with a body that is no JSON: %s", got.status, got.body)
		case got.status >= 500:
			t.Errorf("%d %s", got.status, got.body)
		}
	})
}

// FuzzPaths asks any path: it is an answer, and one without a surface is 404.
func FuzzPaths(f *testing.F) {
	for _, seed := range []string{v1Chat, classicChat, "/api/projects/p/openai/v1/responses", "/openai/deployments/%2F/x?api-version=2024-10-21", "//", "/x/oauth2/v2.0/token"} {
		f.Add(seed)
	}
	s := azuretest.New(azuretest.Options{KeepLast: 1})
	f.Cleanup(func() { _ = s.Close() })
	f.Fuzz(func(t *testing.T, target string) {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.Endpoint()+"/"+strings.TrimPrefix(target, "/"), strings.NewReader(hello))
		if err != nil || req.URL.Host != azuretest.DefaultHost {
			return
		}
		req.Header.Set("Api-Key", azuretest.DefaultAPIKey)
		s.Reset()
		resp, err := s.HTTPClient().Do(req)
		if err != nil {
			t.Fatalf("%q: %v", target, err)
		}
		got := readAnswer(t, resp)
		if r := s.Requests(); len(r) == 1 && r[0].Surface == "" && got.status != http.StatusNotFound {
			t.Errorf("%q: %d on no surface", target, got.status)
		}
	})
}
