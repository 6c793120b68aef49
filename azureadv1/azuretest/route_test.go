package azuretest_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/seed-a739af98/langchaingo-azure/azureadv1/azuretest"
)

const (
	notFoundBody    = `{"error":{"code":"404","message":"Resource not found"}}`
	noVersionOnV1   = `{"error":{"code":"BadRequest","message":"api-version query parameter is not allowed when using /v1 path"}}`
	versionTooNew   = `{"error":{"code":"BadRequest","message":"API version not supported"}}`
	noDeployment    = `"code":"DeploymentNotFound"`
	responsesTooOld = "Azure OpenAI Responses API is enabled only for api-version 2025-03-01-preview and later"
)

func TestRoutes(t *testing.T) {
	t.Parallel()
	embed := `{"model":"embed","input":"x"}`
	respond := `{"model":"chat","input":"x"}`
	for _, tt := range []struct {
		name, target, body string
		opts               azuretest.Options
		status             int
		part               string
	}{
		{name: "chat on v1", target: v1Chat, body: hello, status: 200},
		{name: "chat on classic", target: classicChat, body: hello, status: 200},
		{name: "embeddings on v1", target: v1Embeddings, body: embed, status: 200},
		{name: "embeddings on classic", target: "/openai/deployments/embed/embeddings?api-version=2024-06-01", body: embed, status: 200},
		{name: "responses on v1", target: v1Responses, body: respond, status: 200},
		{name: "responses on classic", target: "/openai/responses?api-version=2025-04-01-preview", body: respond, status: 200},
		{name: "v1 with a dated version", target: v1Chat + "?api-version=2024-10-21", body: hello, status: 400, part: noVersionOnV1},
		{name: "v1 with preview", target: v1Chat + "?api-version=preview", body: hello, status: 400, part: noVersionOnV1},
		{name: "v1 with an empty version", target: v1Chat + "?api-version=", body: hello, status: 400, part: noVersionOnV1},
		{
			name: "v1 with preview where that is wanted", target: v1Chat + "?api-version=preview", body: hello,
			opts: azuretest.Options{PreviewQuery: true}, status: 200,
		},
		{
			name: "v1 with a date where preview is wanted", target: v1Chat + "?api-version=2024-10-21", body: hello,
			opts: azuretest.Options{PreviewQuery: true}, status: 400, part: versionTooNew,
		},
		{name: "v1 with another query", target: v1Chat + "?x=1", body: hello, status: 200},
		{name: "classic without a version", target: "/openai/deployments/chat/chat/completions", body: hello, status: 404, part: notFoundBody},
		{name: "classic with version v1", target: "/openai/deployments/chat/chat/completions?api-version=v1", body: hello, status: 404, part: notFoundBody},
		{name: "classic with version preview", target: "/openai/deployments/chat/chat/completions?api-version=preview", body: hello, status: 404, part: notFoundBody},
		{name: "classic with a model's version", target: "/openai/deployments/chat/chat/completions?api-version=0613", body: hello, status: 404, part: notFoundBody},
		{name: "classic with a date nobody published", target: "/openai/deployments/chat/chat/completions?api-version=2024-10-22", body: hello, status: 404, part: notFoundBody},
		{
			name: "classic with a date only this resource knows", target: "/openai/deployments/chat/chat/completions?api-version=2026-01-01", body: hello,
			opts: azuretest.Options{APIVersions: []string{"2026-01-01"}}, status: 200,
		},
		{
			name: "classic with a published date this resource lacks", target: classicChat, body: hello,
			opts: azuretest.Options{APIVersions: []string{"2026-01-01"}}, status: 404, part: notFoundBody,
		},
		{name: "responses before their time", target: "/openai/responses?api-version=2024-10-21", body: respond, status: 400, part: responsesTooOld},
		{name: "deployments below v1", target: "/openai/v1/deployments/chat/chat/completions", body: hello, status: 404, part: notFoundBody},
		{name: "a doubled path", target: "/openai/v1/openai/deployments/chat/chat/completions?api-version=2024-10-21", body: hello, status: 400, part: noVersionOnV1},
		{name: "a doubled slash", target: "/openai//v1/chat/completions", body: hello, status: 404, part: notFoundBody},
		{name: "no deployment", target: "/openai/deployments//chat/completions?api-version=2024-10-21", body: hello, status: 404, part: notFoundBody},
		{name: "chat on classic outside a deployment", target: "/openai/chat/completions?api-version=2024-10-21", body: hello, status: 404, part: notFoundBody},
		{name: "responses inside a deployment", target: "/openai/deployments/chat/responses?api-version=2025-04-01-preview", body: respond, status: 404, part: notFoundBody},
		{name: "OpenAI's own path", target: "/v1/chat/completions", body: hello, status: 404, part: notFoundBody},
		{name: "the root", target: "/", body: hello, status: 404, part: notFoundBody},
		{name: "an operation nobody scripted", target: "/openai/v1/files", body: `{}`, status: 404, part: notFoundBody},
		{name: "a deployment that is not there, on classic", target: "/openai/deployments/gone/chat/completions?api-version=2024-10-21", body: hello, status: 404, part: noDeployment},
		{name: "a deployment that is not there, on v1", target: v1Chat, body: strings.Replace(hello, `"chat"`, `"gone"`, 1), status: 404, part: noDeployment},
		{name: "no model on v1", target: v1Chat, body: `{"messages":[]}`, status: 400, part: "Missing required parameter: 'model'."},
		{name: "a model that is no text", target: v1Chat, body: `{"model":1}`, status: 400, part: "Invalid type for 'model': expected a string"},
		{name: "another model on classic is ignored", target: classicChat, body: strings.Replace(hello, `"chat"`, `"gone"`, 1), status: 200},
		{name: "a gateway's prefix", target: "/team-a" + v1Chat, body: hello, opts: azuretest.Options{Prefix: "team-a/"}, status: 200},
		{name: "a gateway's prefix left out", target: v1Chat, body: hello, opts: azuretest.Options{Prefix: "/team-a"}, status: 404, part: notFoundBody},
		{name: "classic behind a gateway", target: "/team-a" + classicChat, body: hello, opts: azuretest.Options{Prefix: "/team-a"}, status: 200},
		{name: "a project", target: "/api/projects/p1" + v1Chat, body: hello, status: 200},
		{name: "a project has no embeddings", target: "/api/projects/p1" + v1Embeddings, body: embed, status: 404, part: notFoundBody},
		{name: "a project has no classic surface", target: "/api/projects/p1" + classicChat, body: hello, status: 404, part: notFoundBody},
		{name: "a project without a name", target: "/api/projects//openai/v1/chat/completions", body: hello, status: 404, part: notFoundBody},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := inMemory(t, tt.opts)
			got := post(t, s, tt.target, tt.body)
			if got.status != tt.status || !strings.Contains(got.body, tt.part) {
				t.Errorf("got %d %s\nwant %d %s", got.status, got.body, tt.status, tt.part)
			}
			if r := last(t, s); r.Status != tt.status || (r.Problem == "") != (tt.status == 200) {
				t.Errorf("record: Status %d, Problem %q", r.Status, r.Problem)
			}
		})
	}
}

func TestOtherMethodsAreNotFound(t *testing.T) {
	s := inMemory(t, azuretest.Options{})
	for _, method := range []string{http.MethodGet, http.MethodPut, http.MethodDelete} {
		if got := ask(t, s, method, v1Chat, "", key(azuretest.DefaultAPIKey)); got.status != 404 {
			t.Errorf("%s: %d", method, got.status)
		}
	}
}

func TestAnyDeploymentName(t *testing.T) {
	names := []string{"gpt-4.1", "my-model/v1", "a#b", "a?b", "with space", "100%", "ümlaut", "a%2Fb", "..."}
	deployments := make(map[string]string)
	for _, name := range names {
		deployments[name] = "gpt-4o"
	}
	bothForms(t, azuretest.Options{Deployments: deployments}, func(t *testing.T, s *azuretest.Server) {
		for _, name := range names {
			path := "/openai/deployments/" + url.PathEscape(name) + "/chat/completions"
			got := post(t, s, path+"?api-version=2024-10-21", hello)
			if got.status != 200 || got.header.Get("X-Ms-Deployment-Name") != name {
				t.Errorf("%q: %d %s", name, got.status, got.body)
			}
			if r := last(t, s); r.Path != path || r.Deployment != name || r.Query != "api-version=2024-10-21" {
				t.Errorf("%q: recorded %q, %q, %q", name, r.Path, r.Deployment, r.Query)
			}
		}
	})
}

func TestModelsListsDeployments(t *testing.T) {
	s := inMemory(t, azuretest.Options{})
	got := ask(t, s, http.MethodGet, "/openai/v1/models", "", key(azuretest.DefaultAPIKey))
	if got.status != 200 || !strings.Contains(got.body, `"id":"chat"`) || !strings.Contains(got.body, `"id":"embed"`) {
		t.Errorf("models: %d %s", got.status, got.body)
	}
}
