package azureadv1_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"github.com/seed-a739af98/langchaingo-azure/azureadv1"
	"github.com/seed-a739af98/langchaingo-azure/azureadv1/azuretest"
)

const (
	classicVersion = "2025-03-01-preview"
	chatBody       = `{"model":"chat","messages":[{"role":"user","content":"hello"}]}`
	chatAnswer     = `{"id":"c1","object":"chat.completion","choices":[{"index":0,"finish_reason":"stop","message":{"role":"assistant","content":"hi"}}]}`
)

// surfaces is each surface by the APIVersion that chooses it.
var surfaces = map[string]string{"v1": "v1", "classic": classicVersion}

// call is one request as it would have gone over the wire.
type call struct {
	method, url, host string
	header            http.Header
	body              []byte
}

// network is an http.RoundTripper that records every request and answers by script. Without a script it answers a chat.
type network struct {
	mu     sync.Mutex
	calls  []call
	answer func(n int, r *http.Request) (*http.Response, error) // n counts from 1
}

func (w *network) RoundTrip(r *http.Request) (*http.Response, error) {
	c := call{method: r.Method, url: r.URL.String(), host: r.Host, header: r.Header.Clone()}
	if r.Body != nil {
		c.body, _ = io.ReadAll(r.Body)
		_ = r.Body.Close()
	}
	w.mu.Lock()
	w.calls = append(w.calls, c)
	n := len(w.calls)
	w.mu.Unlock()
	if w.answer == nil {
		return reply(200, chatAnswer), nil
	}
	return w.answer(n, r)
}

func (w *network) client() *http.Client { return &http.Client{Transport: w} }

func (w *network) sent() []call {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]call(nil), w.calls...)
}

// last is the newest request; the test ends when there is none.
func (w *network) last(t *testing.T) call {
	t.Helper()
	all := w.sent()
	if len(all) == 0 {
		t.Fatal("nothing was sent")
	}
	return all[len(all)-1]
}

// reply makes an answer; header is name, value, name, value. Without a Content-Type it is JSON.
func reply(status int, body string, header ...string) *http.Response {
	h := http.Header{"Content-Type": {"application/json"}}
	for i := 0; i+1 < len(header); i += 2 {
		h.Set(header[i], header[i+1])
	}
	return &http.Response{
		StatusCode: status, Status: http.StatusText(status), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: h, Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)),
	}
}

// always answers every request alike.
func always(status int, body string, header ...string) func(int, *http.Request) (*http.Response, error) {
	return func(int, *http.Request) (*http.Response, error) { return reply(status, body, header...), nil }
}

// inOrder answers the n-th request with the n-th answer, and the last one from then on.
func inOrder(answers ...*http.Response) func(int, *http.Request) (*http.Response, error) {
	bodies := make([][]byte, len(answers))
	for i, a := range answers {
		bodies[i], _ = io.ReadAll(a.Body)
	}
	return func(n int, _ *http.Request) (*http.Response, error) {
		i := min(n, len(answers)) - 1
		a := *answers[i]
		a.Header = a.Header.Clone()
		a.Body = io.NopCloser(bytes.NewReader(bodies[i]))
		return &a, nil
	}
}

// credential is an azcore.TokenCredential that answers by script and counts.
type credential struct {
	mu    sync.Mutex
	asked []policy.TokenRequestOptions
	token func(n int, o policy.TokenRequestOptions) (string, error)
}

func (c *credential) GetToken(_ context.Context, o policy.TokenRequestOptions) (azcore.AccessToken, error) {
	c.mu.Lock()
	c.asked = append(c.asked, o)
	n := len(c.asked)
	c.mu.Unlock()
	token, err := c.token(n, o)
	return azcore.AccessToken{Token: token, ExpiresOn: time.Now().Add(time.Hour)}, err
}

func (c *credential) fetches() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.asked)
}

func issuing(token string) *credential {
	return &credential{token: func(int, policy.TokenRequestOptions) (string, error) { return token, nil }}
}

// provider is a TokenProvider that hands out the given tokens in turn, the last one from then on, and counts.
type provider struct {
	mu     sync.Mutex
	asked  []context.Context //nolint:containedctx // what it was asked with is what the tests are about
	tokens []string
}

func tokens(list ...string) *provider { return &provider{tokens: list} }

func (p *provider) ask(ctx context.Context) (string, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked = append(p.asked, ctx)
	return p.tokens[min(len(p.asked), len(p.tokens))-1], nil
}

func (p *provider) count() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.asked)
}

func newClient(t *testing.T, cfg azureadv1.Config) *azureadv1.Client {
	t.Helper()
	c, err := azureadv1.NewClient(cfg)
	if err != nil {
		t.Fatalf("NewClient: %v", err)
	}
	return c
}

// onWire is a client of "https://r.openai.azure.com" whose requests end in w.
func onWire(t *testing.T, w *network, cfg azureadv1.Config) *azureadv1.Client {
	t.Helper()
	if cfg.Endpoint == "" {
		cfg.Endpoint = "https://r.openai.azure.com"
	}
	if cfg.Deployment == "" {
		cfg.Deployment = "chat"
	}
	cfg.HTTPClient = w.client()
	return newClient(t, cfg)
}

// chat posts one chat and returns its body.
func chat(ctx context.Context, c *azureadv1.Client) (string, error) {
	res, err := c.Post(ctx, azureadv1.OpChat, "", []byte(chatBody))
	if err != nil {
		return "", err
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	return string(body), err
}

func mustChat(t *testing.T, c *azureadv1.Client) {
	t.Helper()
	if _, err := chat(t.Context(), c); err != nil {
		t.Fatalf("chat: %v", err)
	}
}

// failedChat posts one chat that must fail, and returns its Error.
func failedChat(t *testing.T, c *azureadv1.Client) *azureadv1.Error {
	t.Helper()
	_, err := chat(t.Context(), c)
	return asError(t, err)
}

func asError(t *testing.T, err error) *azureadv1.Error {
	t.Helper()
	if err == nil {
		t.Fatal("no error")
	}
	e := azureadv1.AsError(err)
	if e == nil {
		t.Fatalf("%T is no azureadv1.Error: %v", err, err)
	}
	return e
}

func wantText(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("lacks %q:\n%s", part, text)
		}
	}
}

func wantNone(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if strings.Contains(text, part) {
			t.Errorf("has %q:\n%s", part, text)
		}
	}
}

// azure is a stand-in of this test, closed with it.
func azure(t *testing.T, opts azuretest.Options) *azuretest.Server {
	t.Helper()
	s := azuretest.New(opts)
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// noEnvironment blanks every variable that this package, azidentity or openai-go may read.
func noEnvironment(t *testing.T) {
	t.Helper()
	for _, name := range []string{
		"AZURE_OPENAI_ENDPOINT", "AZURE_API_BASE", "AZURE_OPENAI_API_VERSION", "OPENAI_API_VERSION", "AZURE_API_VERSION",
		"AZURE_OPENAI_DEPLOYMENT", "AZURE_OPENAI_DEPLOYMENT_NAME", "AZURE_OPENAI_API_KEY", "AZURE_API_KEY",
		"AZURE_OPENAI_AD_TOKEN", "AZURE_AD_TOKEN", "AZURE_SCOPE", "AZURE_CREDENTIAL",
		"AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET", "AZURE_CLIENT_CERTIFICATE_PATH", "AZURE_USERNAME", "AZURE_PASSWORD",
		"AZURE_AUTHORITY_HOST", "AZURE_FEDERATED_TOKEN_FILE", "AZURE_TOKEN_CREDENTIALS",
		"OPENAI_API_KEY", "OPENAI_ORG_ID", "OPENAI_PROJECT_ID", "OPENAI_BASE_URL", "OPENAI_CUSTOM_HEADERS", "OPENAI_ADMIN_KEY", "OPENAI_WEBHOOK_SECRET",
	} {
		t.Setenv(name, "")
	}
}
