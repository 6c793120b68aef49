package registry_test

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/tmc/langchaingo/llms"
	"go.uber.org/goleak"

	"github.com/seed-a739af98/langchaingo-azure/adapters/registry"
	"github.com/seed-a739af98/langchaingo-azure/azureadv1"
	"github.com/seed-a739af98/langchaingo-azure/azureadv1/azuretest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const apiKey = "hush-api-key" // what a file of these tests has for api_key

// twoRegions is one name on two deployments, the first of which goes first.
const twoRegions = `
model_list:
  - model_name: chat
    litellm_params: {model: azure/east, api_base: https://azuretest.openai.azure.com, api_key: hush-api-key, order: 1}
    model_info: {id: east}
  - model_name: chat
    litellm_params: {model: azure/west, api_base: https://azuretest.openai.azure.com, api_key: hush-api-key, order: 2}
    model_info: {id: west}
`

// azure is a stand-in with the deployments of these tests.
func azure(t *testing.T, opts azuretest.Options) *azuretest.Server {
	t.Helper()
	opts.APIKey = apiKey
	if opts.Deployments == nil {
		opts.Deployments = map[string]string{
			"east": "gpt-4o", "west": "gpt-4o", "north": "gpt-4o", "big": "gpt-4.1", "lax": "gpt-4o",
			"vectors": "text-embedding-3-small", "vectors-2": "text-embedding-3-small",
		}
	}
	s := azuretest.New(opts)
	t.Cleanup(func() { must(t, s.Close()) })
	return s
}

// parse reads a file whose deployments are the stand-in's.
func parse(t *testing.T, s *azuretest.Server, yaml string, change ...func(*registry.Loader)) *registry.Registry {
	t.Helper()
	l := registry.Loader{HTTPClient: s.HTTPClient()}
	for _, f := range change {
		f(&l)
	}
	r, err := l.Parse(strings.NewReader(yaml))
	must(t, err)
	return r
}

func model(t *testing.T, r *registry.Registry, name string) llms.Model {
	t.Helper()
	m, err := r.Model(name)
	must(t, err)
	return m
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

var hello = []llms.MessageContent{llms.TextParts(llms.ChatMessageTypeHuman, "hello")}

// ask makes one call that must be served, and returns by whom.
func ask(t *testing.T, m llms.Model, options ...llms.CallOption) string {
	t.Helper()
	response, err := m.GenerateContent(t.Context(), hello, options...)
	must(t, err)
	return backendOf(t, response)
}

func backendOf(t *testing.T, response *llms.ContentResponse) string {
	t.Helper()
	by, ok := response.Choices[0].GenerationInfo["Backend"].(string)
	if !ok {
		t.Fatalf("GenerationInfo[Backend] is %v", response.Choices[0].GenerationInfo["Backend"])
	}
	return by
}

// refused makes one call that must fail.
func refused(t *testing.T, m llms.Model, options ...llms.CallOption) error {
	t.Helper()
	response, err := m.GenerateContent(t.Context(), hello, options...)
	if err == nil {
		t.Fatalf("the call was served by %s, want an error", backendOf(t, response))
	}
	var theirs *llms.Error
	if !errors.As(err, &theirs) || azureadv1.AsError(err) == nil {
		t.Fatalf("%T: %v is no *llms.Error with an *azureadv1.Error in its chain", err, err)
	}
	if strings.Contains(err.Error(), "hush") {
		t.Fatalf("the error holds a secret: %v", err)
	}
	return err
}

func codeOf(err error) llms.ErrorCode {
	var theirs *llms.Error
	if !errors.As(err, &theirs) {
		return ""
	}
	return theirs.Code
}

// called lists the deployments that were asked, in order, and forgets them.
func called(s *azuretest.Server) string {
	var names []string
	for _, r := range s.Requests() {
		names = append(names, r.Deployment)
	}
	s.Reset()
	return strings.Join(names, " ")
}

// parked is what State says of east.
func parked(r *registry.Registry) registry.Parking {
	for _, s := range r.State() {
		if s.ID == "east" {
			return s.Parked
		}
	}
	return registry.Parking{}
}

// wire is an http.Client whose answers a function may replace: (nil, nil) passes the request on.
func wire(s *azuretest.Server, instead func(*http.Request) (*http.Response, error)) *http.Client {
	return &http.Client{Transport: roundTripper(func(req *http.Request) (*http.Response, error) {
		res, err := instead(req)
		if res == nil && err == nil {
			return s.HTTPClient().Transport.RoundTrip(req)
		}
		_ = req.Body.Close()
		return res, err
	})}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

// asks tells whether a request goes to a deployment.
func asks(req *http.Request, deployment string) bool {
	body, _ := req.GetBody()
	text, _ := io.ReadAll(body)
	return bytes.Contains(text, []byte(`"model":"`+deployment+`"`))
}

// logs collects what is logged.
type logs struct {
	mu sync.Mutex
	b  strings.Builder
}

func (l *logs) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logs) logger() *slog.Logger {
	return slog.New(slog.NewTextHandler(l, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

func (l *logs) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
