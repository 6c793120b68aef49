package compat

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/pem"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-a739af98/langchaingo-azure/azureadv1/azuretest"
)

// job is what testdata/openai.cjs reads.
type job struct {
	Surface    string `json:"surface"`
	Endpoint   string `json:"endpoint"`
	APIVersion string `json:"apiVersion"`
	Deployment string `json:"deployment"`
	Embedding  string `json:"embedding"`
	Key        string `json:"key,omitempty"`
	Entra      entra  `json:"entra"`
}

type entra struct {
	TokenURL     string `json:"tokenURL"`
	ClientID     string `json:"clientID"`
	ClientSecret string `json:"clientSecret"`
	Scope        string `json:"scope"`
}

// finding is what the client made of one scenario; each scenario fills what it has.
type finding struct {
	Error        string   `json:"error"`
	Text         string   `json:"text"`
	Finish       string   `json:"finish"`
	UsageAddsUp  bool     `json:"usageAddsUp"`
	InPieces     bool     `json:"inPieces"`
	Asked        []string `json:"asked"`
	Lengths      []int    `json:"lengths"`
	Indices      []int    `json:"indices"`
	Differ       bool     `json:"differ"`
	Numbers      bool     `json:"numbers"`
	Name         string   `json:"name"`
	Status       int      `json:"status"`
	Code         string   `json:"code"`
	RetryAfterMs string   `json:"retryAfterMs"`
	HasRequestID bool     `json:"hasRequestID"`
}

const greeting = "Hello from the stand-in."

// model plays the deployment for the scenarios of testdata/openai.cjs.
func model(r azuretest.Request) azuretest.Reply {
	last := r.LastMessage()
	switch {
	case last.Role == "tool":
		return azuretest.Text("So there is ", last.Content, ".")
	case strings.Contains(last.Content, "weather"):
		return azuretest.ToolCalls(azuretest.ToolCall{Name: "weather", Arguments: `{"city":"Oslo"}`})
	case strings.Contains(last.Content, "once more") && r.Attempt() == 1:
		return azuretest.RateLimited(azuretest.RetryAfterMs(5))
	case strings.Contains(last.Content, "never"):
		return azuretest.RateLimited(azuretest.RetryAfterMs(60_000))
	case strings.Contains(last.Content, "violent"):
		return azuretest.ContentFiltered("violence")
	case r.Field("response_format") != nil:
		return azuretest.Text(`{"to":"you"}`)
	case r.Operation == azuretest.OpEmbeddings:
		return azuretest.Reply{}
	}
	return azuretest.Text(greeting)
}

func TestTheOpenAIClientOnTheStandIn(t *testing.T) {
	t.Parallel()
	modules := need(t)
	versionOf(t, modules, "openai")
	rows := []struct {
		name, surface string
		key           bool
	}{
		{"AzureOpenAI with a key", azuretest.SurfaceClassic, true},
		{"AzureOpenAI with a token provider", azuretest.SurfaceClassic, false},
		{"OpenAI on v1 with a key", azuretest.SurfaceV1, true},
		{"OpenAI on v1 with a token provider", azuretest.SurfaceV1, false},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			server := startStandIn(t)
			j := jobFor(server, row.surface)
			if row.key {
				j.Key = azuretest.DefaultAPIKey
			}
			asked, findings := drive(t, modules, server, j)
			if diff := cmp.Diff(expected(row.key, row.surface), findings); diff != "" {
				t.Errorf("what the client made of it (-want +got):\n%s", diff)
			}
			checkWire(t, server, row.surface, row.key, asked)
		})
	}
}

func startStandIn(t *testing.T) *azuretest.Server {
	t.Helper()
	server, err := azuretest.Start(azuretest.Options{Respond: model})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	return server
}

func jobFor(server *azuretest.Server, surface string) job {
	return job{
		Surface: surface, Endpoint: server.Endpoint(), APIVersion: "2025-04-01-preview", Deployment: "chat", Embedding: "embed",
		Entra: entra{
			TokenURL: server.Authority() + azuretest.DefaultTenantID + "/oauth2/v2.0/token",
			ClientID: azuretest.DefaultClientID, ClientSecret: azuretest.DefaultClientSecret,
			Scope: "https://cognitiveservices.azure.com/.default",
		},
	}
}

// drive runs the client. It trusts the stand-in's certificate as Node's users do: by a file.
func drive(t *testing.T, modules string, server *azuretest.Server, j job) (asked int, findings map[string]finding) {
	t.Helper()
	input, err := json.Marshal(j)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	c := node(ctx, modules, filepath.Join("testdata", "openai.cjs"))
	c.Env = append(c.Env, "NODE_EXTRA_CA_CERTS="+certificate(t, server))
	var out, errs bytes.Buffer
	c.Stdin, c.Stdout, c.Stderr = bytes.NewReader(input), &out, &errs
	if err := c.Run(); err != nil {
		t.Fatalf("the client's program: %v\n%s", err, &errs)
	}
	var answer struct {
		Asked   int                `json:"asked"`
		Results map[string]finding `json:"results"`
	}
	if err := json.Unmarshal(out.Bytes(), &answer); err != nil {
		t.Fatalf("%v\n%s%s", err, &out, &errs)
	}
	return answer.Asked, answer.Results
}

// certificate writes what the stand-in presents into a file.
func certificate(t *testing.T, server *azuretest.Server) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.Authority()+"common/v2.0/.well-known/openid-configuration", nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := server.HTTPClient().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	file := filepath.Join(t.TempDir(), "stand-in.pem")
	block := pem.Block{Type: "CERTIFICATE", Bytes: res.TLS.PeerCertificates[0].Raw}
	if err := os.WriteFile(file, pem.EncodeToMemory(&block), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// expected is what Azure's users get from these calls: the texts, and the client's own classes of errors.
func expected(key bool, surface string) map[string]finding {
	unauthorized := finding{Name: "AuthenticationError", Status: 401, Code: "undefined", HasRequestID: true} // Azure's flat 401 has no code
	if key && surface == azuretest.SurfaceClassic {
		unauthorized.Code = "401"
	}
	return map[string]finding{
		"chat":              {Text: greeting, Finish: "stop", UsageAddsUp: true},
		"stream":            {Text: greeting, Finish: "stop", UsageAddsUp: true, InPieces: true},
		"tools":             {Text: "So there is rain in Oslo.", Asked: []string{"Oslo"}},
		"streamedTools":     {Text: "So there is rain in Oslo.", Asked: []string{"Oslo"}},
		"schema":            {Text: `{"to":"you"}`},
		"embeddings":        {Lengths: []int{1536, 1536}, Indices: []int{0, 1}, Differ: true, Numbers: true},
		"responses":         {Text: greeting, Finish: "completed", UsageAddsUp: true},
		"streamedResponses": {Text: greeting, Finish: "completed", InPieces: true},
		"responsesTools":    {Text: "So there is rain in Oslo.", Asked: []string{"Oslo"}},
		"passingLimit":      {Text: greeting},
		"stayingLimit":      {Name: "RateLimitError", Status: 429, Code: "429", RetryAfterMs: "60000", HasRequestID: true},
		"filtered":          {Name: "BadRequestError", Status: 400, Code: "content_filter", HasRequestID: true},
		"noDeployment":      {Name: "NotFoundError", Status: 404, Code: "DeploymentNotFound", HasRequestID: true},
		"unauthorized":      unauthorized,
	}
}

// checkWire looks at what the client sent: the surface's paths, one credential each time, and a provider that is asked per attempt.
func checkWire(t *testing.T, server *azuretest.Server, surface string, key bool, asked int) {
	t.Helper()
	wantCredential := azuretest.CredentialToken
	if key {
		wantCredential = azuretest.CredentialKey
	}
	requests := server.Requests()
	var operations []string
	wrong := 0
	for _, r := range requests {
		if r.Surface != surface || r.Both {
			t.Errorf("on the wrong surface, or with two credentials: %s", r)
		}
		if r.Credential != wantCredential && r.Status != http.StatusUnauthorized {
			t.Errorf("the credential is %s: %s", r.Credential, r)
		}
		if r.Status == http.StatusUnauthorized {
			wrong++
		}
		if !slices.Contains(operations, r.Operation) {
			operations = append(operations, r.Operation)
		}
	}
	slices.Sort(operations)
	if diff := cmp.Diff([]string{azuretest.OpChat, azuretest.OpEmbeddings, azuretest.OpResponses}, operations); diff != "" {
		t.Errorf("operations (-want +got):\n%s", diff)
	}
	if wantAsked := len(requests) - wrong; !key && asked != wantAsked {
		t.Errorf("the token provider was asked %d times for %d requests", asked, wantAsked)
	}
}
