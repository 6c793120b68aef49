package azureadv1_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/tmc/langchaingo/llms"
	lcopenai "github.com/tmc/langchaingo/llms/openai"

	"github.com/seed-a739af98/langchaingo-azure/azureadv1"
	"github.com/seed-a739af98/langchaingo-azure/azureadv1/azuretest"
)

func TestDoSendsAnyRequestOnThisRoute(t *testing.T) {
	const (
		classicBase = "https://r.openai.azure.com/openai/"
		v1Base      = "https://r.openai.azure.com/openai/v1/"
		version     = "?api-version=" + classicVersion
	)
	rows := []struct {
		name, method, url, body string
		classic, v1             string // "" is an error that says what is missing
	}{
		{"OpenAI's chat", "POST", "https://api.openai.com/v1/chat/completions", chatBody, classicBase + "deployments/chat/chat/completions" + version, v1Base + "chat/completions"},
		{"chat without a version in its path", "POST", "https://x/chat/completions", chatBody, classicBase + "deployments/chat/chat/completions" + version, v1Base + "chat/completions"},
		{"a classic URL of another resource and version", "POST", "https://old.openai.azure.com/openai/deployments/d%2Fx/chat/completions?api-version=2023-05-15", chatBody, classicBase + "deployments/d%2Fx/chat/completions" + version, v1Base + "chat/completions"},
		{"a doubled URL, as langchaingo makes of a v1 base", "POST", "https://r.openai.azure.com/openai/v1/openai/deployments/d/embeddings?api-version=v1", `{"model":"embed","input":"x"}`, classicBase + "deployments/d/embeddings" + version, v1Base + "embeddings"},
		{"another gateway's prefix", "POST", "https://gw.example.com/team/openai/v1/responses", `{"model":"chat"}`, classicBase + "responses" + version, v1Base + "responses"},
		{"a list with a query", "GET", "https://x/v1/files?limit=2&after=f%2F1", "", classicBase + "files?limit=2&after=f%2F1&api-version=" + classicVersion, v1Base + "files?limit=2&after=f%2F1"},
		{"a delete", "DELETE", "https://x/v1/files/file-1", "", classicBase + "files/file-1" + version, v1Base + "files/file-1"},
		{"a body without a model", "POST", "https://x/v1/chat/completions", `{"messages":[]}`, "", ""},
		{"a body that is no JSON", "POST", "https://x/v1/chat/completions", `model=chat`, "", ""},
		{"dots for a model", "POST", "https://x/v1/chat/completions", `{"model":".."}`, "", ""},
	}
	for _, row := range rows {
		for surface, want := range map[string]string{"classic": row.classic, "v1": row.v1} {
			t.Run(row.name+" on "+surface, func(t *testing.T) {
				w := &network{}
				c := onWire(t, w, azureadv1.Config{APIVersion: surfaces[surface], Token: "t"})
				req, err := http.NewRequestWithContext(t.Context(), row.method, row.url, strings.NewReader(row.body))
				if err != nil {
					t.Fatal(err)
				}
				if row.body == "" {
					req.Body = http.NoBody
				}
				for name, value := range map[string]string{
					"Authorization": "Bearer other", "api-key": "other", "OpenAI-Organization": "other", "OpenAI-Project": "other", "Cookie": "other",
					"Content-Type": "application/json", "X-Trace": "kept",
				} {
					req.Header.Set(name, value)
				}
				res, err := c.Do(req)
				if want == "" {
					e := asError(t, err)
					if e.Code != azureadv1.CodeInvalid || len(w.sent()) > 0 {
						t.Errorf("%+v after %d requests", e, len(w.sent()))
					}
					return
				}
				if err != nil {
					t.Fatal(err)
				}
				_ = res.Body.Close()
				sent := w.last(t)
				if sent.url != want || sent.method != row.method || string(sent.body) != row.body {
					t.Errorf("\n%s %s %s\nwant %s", sent.method, sent.url, sent.body, want)
				}
				for name, values := range sent.header {
					if strings.Contains(strings.Join(values, ""), "other") {
						t.Errorf("the request's own %s went along", name)
					}
				}
				if sent.header.Get("X-Trace") != "kept" || sent.header.Get("Authorization") != "Bearer t" {
					t.Errorf("headers %v", sent.header)
				}
			})
		}
	}
}

func TestDoNeverLeavesItsOrigin(t *testing.T) {
	for _, path := range []string{
		"/v1/https://evil.example.com/x", "/v1//evil.example.com/x", "/v1///evil.example.com", "/v1/../../../evil", "/v1/%2e%2e/%2e%2e/x", "/openai/v1/..//x",
		"/v1/a:b/c", "/", "", "/v1/", "/v1/%00", "/v1/files/a%2F..%2Fb", "//evil.example.com/v1/chat/completions",
	} {
		t.Run(path, func(t *testing.T) {
			w := &network{}
			c := onWire(t, w, azureadv1.Config{APIKey: "k"})
			req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://x.example.com"+path, nil)
			if err != nil {
				t.Skip("no such request can be made")
			}
			if res, err := c.Do(req); err == nil {
				_ = res.Body.Close()
			}
			for _, sent := range w.sent() {
				if !strings.HasPrefix(sent.url, "https://r.openai.azure.com/openai/v1/") {
					t.Errorf("sent to %s", sent.url)
				}
			}
		})
	}
}

func TestDoAnswersErrorsAsAnswers(t *testing.T) {
	bodies := map[string]string{
		"wrapped":      `{"error":{"code":"x","message":"wrapped"}}`,
		"flat":         `{"statusCode":400,"message":"flat"}`,
		"a string":     `{"error":"a string"}`,
		"a number":     `{"error":5}`,
		"null":         `{"error":null}`,
		"broken JSON":  `{"error":{`,
		"a page":       `<html>a page</html>`,
		"nothing":      ``,
		"an array":     `[{"error":{}}]`,
		"wrong fields": `{"error":{"code":{"a":1},"message":[1]}}`,
	}
	for name, body := range bodies {
		t.Run(name, func(t *testing.T) {
			w := &network{answer: always(400, body, "X-Kept", "yes")}
			c := onWire(t, w, azureadv1.Config{APIKey: "k"})
			req, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, "https://x/v1/chat/completions", strings.NewReader(chatBody))
			res, err := c.Do(req)
			if err != nil {
				t.Fatalf("Do: %v", err)
			}
			got, err := io.ReadAll(res.Body)
			if err := errors.Join(err, res.Body.Close()); err != nil || string(got) != body || res.StatusCode != 400 || res.Header.Get("X-Kept") != "yes" {
				t.Errorf("%d %q, %v", res.StatusCode, got, err)
			}
			if e := failedChat(t, c); e.StatusCode != 400 {
				t.Errorf("Post: %+v", e)
			}
		})
	}
}

func TestDoFailsWithAnError(t *testing.T) {
	down := errors.New("the identity provider is down")
	w := &network{}
	c := onWire(t, w, azureadv1.Config{TokenProvider: func(context.Context) (string, error) { return "", down }})
	req, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, "https://x/v1/chat/completions", strings.NewReader(chatBody))
	_, err := c.Do(req) //nolint:bodyclose // there is no answer
	if e := asError(t, err); e.Code != azureadv1.CodeTokenProvider || !errors.Is(err, down) || e.Op != "chat" || e.Deployment != "chat" {
		t.Errorf("%+v", e)
	}
}

// A Client in the place of langchaingo's HTTP client: its own OpenAI adapter then calls as an Entra identity.
func TestClientFitsLangchaingosOwnAdapter(t *testing.T) {
	for surface, version := range surfaces {
		t.Run(surface, func(t *testing.T) {
			noEnvironment(t)
			s := standIn(t, azuretest.Options{})
			c := newClient(t, azureadv1.Config{Endpoint: s.Endpoint(), APIVersion: version, Credential: s.Credential(), HTTPClient: s.HTTPClient()})
			llm, err := lcopenai.New(lcopenai.WithToken("unused"), lcopenai.WithModel("chat"), lcopenai.WithHTTPClient(c))
			if err != nil {
				t.Fatal(err)
			}
			text, err := llms.GenerateFromSinglePrompt(t.Context(), llm, "hello", llms.WithTemperature(1))
			if err != nil || text == "" {
				t.Errorf("%q, %v", text, err)
			}
			if r := s.Requests()[0]; r.Surface != surface || r.Credential != azuretest.CredentialToken || r.Deployment != "chat" {
				t.Errorf("%v", r)
			}
		})
	}
}
