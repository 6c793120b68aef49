package azuretest_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"go.uber.org/goleak"

	"github.com/seed-a739af98/langchaingo-azure/azureadv1/azuretest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	cognitiveScope = "https://cognitiveservices.azure.com/.default"
	v1Chat         = "/openai/v1/chat/completions"
	v1Embeddings   = "/openai/v1/embeddings"
	v1Responses    = "/openai/v1/responses"
	classicChat    = "/openai/deployments/chat/chat/completions?api-version=2024-10-21"
	hello          = `{"model":"chat","messages":[{"role":"user","content":"hi"}]}`
	helloStream    = `{"model":"chat","stream":true,"messages":[{"role":"user","content":"hi"}]}`
)

// start makes a server of the loopback form that ends with the test.
func start(t *testing.T, opts azuretest.Options) *azuretest.Server {
	t.Helper()
	s, err := azuretest.Start(opts)
	if err != nil {
		t.Fatalf("Start: %v", err)
	}
	t.Cleanup(func() { closeServer(t, s) })
	return s
}

// inMemory makes a server of the in-memory form that ends with the test.
func inMemory(t *testing.T, opts azuretest.Options) *azuretest.Server {
	t.Helper()
	s := azuretest.New(opts)
	t.Cleanup(func() { closeServer(t, s) })
	return s
}

func closeServer(t *testing.T, s *azuretest.Server) {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
}

// bothForms runs a test against each form of the server.
func bothForms(t *testing.T, opts azuretest.Options, test func(*testing.T, *azuretest.Server)) {
	t.Helper()
	t.Run("over loopback TLS", func(t *testing.T) { test(t, start(t, opts)) })
	t.Run("in memory", func(t *testing.T) { test(t, inMemory(t, opts)) })
}

// answer is a response read to its end.
type answer struct {
	status int
	header http.Header
	body   string
	err    error // of reading the body
}

// object is the body as JSON.
func (a answer) object(t *testing.T) map[string]any {
	t.Helper()
	var o map[string]any
	if err := json.Unmarshal([]byte(a.body), &o); err != nil {
		t.Fatalf("body is no JSON object: %v\n%s", err, a.body)
	}
	return o
}

// frames are the data of the body's events, [DONE] included.
func (a answer) frames() []string {
	var frames []string
	for line := range strings.Lines(a.body) {
		if data, ok := strings.CutPrefix(line, "data: "); ok {
			frames = append(frames, strings.TrimSuffix(data, "\n"))
		}
	}
	return frames
}

func request(t *testing.T, s *azuretest.Server, method, target, body string, header http.Header) *http.Request {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, s.Endpoint()+target, strings.NewReader(body))
	if err != nil {
		t.Fatalf("NewRequest: %v", err)
	}
	for k, vs := range header {
		req.Header[http.CanonicalHeaderKey(k)] = vs
	}
	return req
}

// ask sends a request and reads the whole answer.
func ask(t *testing.T, s *azuretest.Server, method, target, body string, header http.Header) answer {
	t.Helper()
	client := *s.HTTPClient()
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	resp, err := client.Do(request(t, s, method, target, body, header))
	if err != nil {
		t.Fatalf("%s %s: %v", method, target, err)
	}
	return readAnswer(t, resp)
}

func readAnswer(t *testing.T, resp *http.Response) answer {
	t.Helper()
	read, err := io.ReadAll(resp.Body)
	if err := resp.Body.Close(); err != nil {
		t.Errorf("closing the body: %v", err)
	}
	return answer{status: resp.StatusCode, header: resp.Header, body: string(bytes.TrimSpace(read)), err: err}
}

// post is ask with the right key.
func post(t *testing.T, s *azuretest.Server, target, body string) answer {
	t.Helper()
	return ask(t, s, http.MethodPost, target, body, key(azuretest.DefaultAPIKey))
}

func key(k string) http.Header        { return http.Header{"Api-Key": {k}} }
func bearer(token string) http.Header { return http.Header{"Authorization": {"Bearer " + token}} }

func getToken(t *testing.T, cred azcore.TokenCredential, scope string) azcore.AccessToken {
	t.Helper()
	token, err := cred.GetToken(t.Context(), policy.TokenRequestOptions{Scopes: []string{scope}, EnableCAE: true})
	if err != nil {
		t.Fatalf("GetToken: %v", err)
	}
	return token
}

// last is the newest request on the Azure side.
func last(t *testing.T, s *azuretest.Server) azuretest.Request {
	t.Helper()
	all := s.Requests()
	if len(all) == 0 {
		t.Fatal("no request was recorded")
	}
	return all[len(all)-1]
}
