package langchaingo_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/tmc/langchaingo/llms"
	"github.com/tmc/langchaingo/llms/openai"

	"github.com/seed-a739af98/langchaingo-azure/azureadv1/azuretest"
)

// The parity tests put the same situation to this package and to langchaingo's own llms/openai in its Azure mode, each
// on a resource of its own. They hold what is right here, and that it is still wrong there: a version of langchaingo
// that mends one fails the test that names it, and people who stayed here for it should then be told.

// rival is langchaingo's own model and the resource it talks to.
type rival struct {
	*openai.LLM
	server *azuretest.Server
}

// theirs makes langchaingo's own model with a key on a resource. Options come last, so that they decide.
func theirs(t *testing.T, version string, opts azuretest.Options, options ...openai.Option) *rival {
	t.Helper()
	if opts.Deployments == nil {
		opts.Deployments = deployments
	}
	s := azuretest.New(opts)
	t.Cleanup(func() { _ = s.Close() })
	m, err := openai.New(append([]openai.Option{
		openai.WithAPIType(openai.APITypeAzure), openai.WithBaseURL(s.Endpoint()), openai.WithAPIVersion(version),
		openai.WithToken(azuretest.DefaultAPIKey), openai.WithModel("chat"), openai.WithEmbeddingModel("embed"), openai.WithHTTPClient(s.HTTPClient()),
	}, options...)...)
	if err != nil {
		t.Fatal(err)
	}
	return &rival{LLM: m, server: s}
}

// last is the last request its resource saw.
func (r *rival) last(t *testing.T) azuretest.Request {
	t.Helper()
	requests := r.server.Requests()
	if len(requests) == 0 {
		t.Fatal("langchaingo's own model sent nothing")
	}
	return requests[len(requests)-1]
}

// ask puts a conversation to it.
func (r *rival) ask(t *testing.T, messages []llms.MessageContent, options ...llms.CallOption) (*llms.ContentResponse, error) {
	t.Helper()
	return r.GenerateContent(t.Context(), messages, options...)
}

// ask puts a conversation to this package's model, which must answer.
func (f *fixture) ask(t *testing.T, messages []llms.MessageContent, options ...llms.CallOption) *llms.ContentChoice {
	t.Helper()
	response, err := f.GenerateContent(t.Context(), messages, options...)
	if err != nil {
		t.Fatal(err)
	}
	return response.Choices[0]
}

// both makes the two on a dated version that both speak, with the same replies waiting.
func both(t *testing.T, replies ...azuretest.Reply) (*fixture, *rival) {
	t.Helper()
	f, r := setUp(t, newest, azuretest.Options{}, nil), theirs(t, newest, azuretest.Options{})
	f.server.Enqueue(replies...)
	r.server.Enqueue(replies...)
	return f, r
}

// stillWrong fails when langchaingo's own model does it right by now.
func stillWrong(t *testing.T, wrong bool, what string, got ...any) {
	t.Helper()
	if !wrong {
		t.Errorf("langchaingo's llms/openai no longer %s (got %v): update this test and what the documentation says of it", what, got)
	}
}

// recorder is a transport that keeps the requests it was given and answers each with a function.
type recorder struct {
	requests []*http.Request
	answer   func(*http.Request) (*http.Response, error)
}

// RoundTrip implements http.RoundTripper.
func (r *recorder) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Body != nil {
		_, _ = io.Copy(io.Discard, req.Body)
		_ = req.Body.Close()
	}
	r.requests = append(r.requests, req)
	return r.answer(req)
}

func (r *recorder) client() *http.Client { return &http.Client{Transport: r} }

// answered is a chat answer for any request.
func answered(req *http.Request) (*http.Response, error) {
	return reply(req, http.StatusOK, `{"choices":[{"index":0,"finish_reason":"stop","message":{"role":"assistant","content":"hello"}}]}`), nil
}

func reply(req *http.Request, status int, body string) *http.Response {
	return &http.Response{
		StatusCode: status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: req,
		Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)),
	}
}

// contains looks for the words that make an error useful.
func contains(t *testing.T, err error, words ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("there is no error, want one with %q", words)
	}
	for _, word := range words {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("%q is missing in: %v", word, err)
		}
	}
}
