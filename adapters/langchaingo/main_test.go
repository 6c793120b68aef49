package langchaingo_test

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/tmc/langchaingo/llms"
	"go.uber.org/goleak"

	"github.com/seed-a739af98/langchaingo-azure/adapters/langchaingo"
	"github.com/seed-a739af98/langchaingo-azure/azureadv1"
	"github.com/seed-a739af98/langchaingo-azure/azureadv1/azuretest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	v1      = "v1"
	classic = "2024-10-21"
	newest  = "2025-04-01-preview" // the last dated version
)

// deployments of most tests: what they serve is in their names, but for the opaque one.
var deployments = map[string]string{
	"chat": "gpt-4o", "embed": "text-embedding-3-small", "gpt-5": "gpt-5", "gpt-5.1": "gpt-5.1", "o3-mini": "o3-mini", "prod-chat-eu": "gpt-5", "other": "gpt-4o",
}

// fixture is a model and the resource it talks to.
type fixture struct {
	*langchaingo.LLM
	server *azuretest.Server
}

// change adjusts the configuration of a fixture.
type change func(*azureadv1.Config)

func deployment(name string) change { return func(c *azureadv1.Config) { c.Deployment = name } }

// setUp makes a model with a key on an in-memory resource.
func setUp(t *testing.T, version string, opts azuretest.Options, options []langchaingo.Option, changes ...change) *fixture {
	t.Helper()
	if opts.Deployments == nil {
		opts.Deployments = deployments
	}
	s := azuretest.New(opts)
	t.Cleanup(func() { _ = s.Close() })
	return on(t, s, version, options, changes...)
}

// on makes a model with a key on a resource.
func on(t *testing.T, s *azuretest.Server, version string, options []langchaingo.Option, changes ...change) *fixture {
	t.Helper()
	cfg := azureadv1.Config{
		Endpoint: s.Endpoint(), APIVersion: version, Deployment: "chat",
		APIKey: azuretest.DefaultAPIKey, HTTPClient: s.HTTPClient(), MaxRetries: -1,
	}
	for _, c := range changes {
		c(&cfg)
	}
	m, err := langchaingo.New(cfg, options...)
	if err != nil {
		t.Fatal(err)
	}
	return &fixture{LLM: m, server: s}
}

// bothSurfaces runs a test on v1 and on classic.
func bothSurfaces(t *testing.T, test func(t *testing.T, version string)) {
	t.Helper()
	for _, version := range []string{v1, classic} {
		t.Run("on "+version, func(t *testing.T) { test(t, version) })
	}
}

// speech is a way to be asked: an API, on a version that has it.
type speech struct {
	version string
	options []langchaingo.Option
}

// everySpeech runs a test by both APIs on both surfaces.
func everySpeech(t *testing.T, test func(t *testing.T, s speech)) {
	t.Helper()
	responses := []langchaingo.Option{langchaingo.WithResponsesAPI()}
	for name, s := range map[string]speech{
		"chat on v1": {v1, nil}, "chat on classic": {classic, nil}, "Responses on v1": {v1, responses}, "Responses on classic": {newest, responses},
	} {
		t.Run(name, func(t *testing.T) { test(t, s) })
	}
}

// last is the last request the resource saw.
func (f *fixture) last(t *testing.T) azuretest.Request {
	t.Helper()
	requests := f.server.Requests()
	if len(requests) == 0 {
		t.Fatal("nothing was sent")
	}
	return requests[len(requests)-1]
}

// sentNothing checks that no request was made.
func (f *fixture) sentNothing(t *testing.T) {
	t.Helper()
	if n := f.server.Stats().Calls; n != 0 {
		t.Errorf("%d requests were sent, want none", n)
	}
}

// bodyOf decodes a request's body.
func bodyOf(t *testing.T, r azuretest.Request) map[string]any {
	t.Helper()
	return decode(t, string(r.Body))
}

func decode(t *testing.T, text string) map[string]any {
	t.Helper()
	var v map[string]any
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return v
}

// sameJSON compares two values as the JSON they make.
func sameJSON(t *testing.T, what string, got any, want string) {
	t.Helper()
	raw, err := json.Marshal(got)
	if err != nil {
		t.Fatal(err)
	}
	var g, w any
	if err := errors.Join(json.Unmarshal(raw, &g), json.Unmarshal([]byte(want), &w)); err != nil {
		t.Fatalf("%s: %v in %s", what, err, want)
	}
	if d := cmp.Diff(w, g); d != "" {
		t.Errorf("%s differs (-want +got):\n%s", what, d)
	}
}

// human is a conversation of one question.
func human(text string) []llms.MessageContent {
	return []llms.MessageContent{llms.TextParts(llms.ChatMessageTypeHuman, text)}
}

// asLLMError is the *llms.Error in a chain.
func asLLMError(t *testing.T, err error) *llms.Error {
	t.Helper()
	var e *llms.Error
	if !errors.As(err, &e) {
		t.Fatalf("%v (%T) is no *llms.Error", err, err)
	}
	return e
}
