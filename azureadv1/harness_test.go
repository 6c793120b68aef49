package azureadv1_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"os"
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
	answer func(n int, r *http.Request) (canned, error) // n counts from 1
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
		return reply(200, chatAnswer).response(), nil
	}
	answer, err := w.answer(n, r)
	if err != nil {
		return nil, err
	}
	return answer.response(), nil
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

// canned is an answer to be given, any number of times.
type canned struct {
	status int
	body   string
	header http.Header
	stream io.ReadCloser // in place of body
}

// reply makes an answer; header is name, value, name, value. Without a Content-Type it is JSON.
func reply(status int, body string, header ...string) canned {
	h := http.Header{"Content-Type": {"application/json"}}
	for i := 0; i+1 < len(header); i += 2 {
		h.Set(header[i], header[i+1])
	}
	return canned{status: status, body: body, header: h}
}

// with is the answer with another body.
func (c canned) with(stream io.ReadCloser) canned {
	c.stream = stream
	return c
}

func (c canned) response() *http.Response {
	res := &http.Response{
		StatusCode: c.status, Status: http.StatusText(c.status), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: c.header.Clone(), Body: c.stream, ContentLength: -1,
	}
	if c.stream == nil {
		res.Body, res.ContentLength = io.NopCloser(strings.NewReader(c.body)), int64(len(c.body))
	}
	return res
}

// always answers every request alike.
func always(status int, body string, header ...string) func(int, *http.Request) (canned, error) {
	return inOrder(reply(status, body, header...))
}

// inOrder answers the n-th request with the n-th answer, and the last one from then on.
func inOrder(answers ...canned) func(int, *http.Request) (canned, error) {
	return func(n int, _ *http.Request) (canned, error) { return answers[min(n, len(answers))-1], nil }
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
	asked  []context.Context
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

// chat posts one chat and reads the answer to its end.
func chat(ctx context.Context, c *azureadv1.Client) error {
	return posted(ctx, c, "", chatBody)
}

func posted(ctx context.Context, c *azureadv1.Client, deployment, body string) error {
	res, err := c.Post(ctx, azureadv1.OpChat, deployment, []byte(body))
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, res.Body)
	return errors.Join(err, res.Body.Close())
}

func mustChat(t *testing.T, c *azureadv1.Client) {
	t.Helper()
	if err := chat(t.Context(), c); err != nil {
		t.Fatalf("chat: %v", err)
	}
}

// failedChat posts one chat that must fail, and returns its Error.
func failedChat(t *testing.T, c *azureadv1.Client) *azureadv1.Error {
	t.Helper()
	return asError(t, chat(t.Context(), c))
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

// standIn is an Azure of this test, closed with it.
func standIn(t *testing.T, opts azuretest.Options) *azuretest.Server {
	t.Helper()
	s := azuretest.New(opts)
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// noEnvironment unsets every variable that this package, azidentity or openai-go may read.
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
		t.Setenv(name, "") // puts back what was there
		if err := os.Unsetenv(name); err != nil {
			t.Fatal(err)
		}
	}
}
