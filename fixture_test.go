package provider_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/responses"
	"github.com/tmc/langchaingo/agents"
	"github.com/tmc/langchaingo/chains"
	"github.com/tmc/langchaingo/llms"
	llmsopenai "github.com/tmc/langchaingo/llms/openai"
	"github.com/tmc/langchaingo/tools"

	"github.com/seed-a739af98/langchaingo-azure/adapters/langchaingo"
	"github.com/seed-a739af98/langchaingo-azure/azureadv1"
	"github.com/seed-a739af98/langchaingo-azure/azureadv1/azuretest"
)

// Every secret of these tests holds secretMark, and every token of the stand-in is a JWT, so that one look at a text
// tells whether something leaked.
const (
	secretMark   = "hush"
	tokenMark    = "eyJ"
	apiKey       = "hush-api-key"
	clientSecret = "hush~client~secret"
	prompt       = "hush: who buys whom on Friday?"
)

const (
	chatDeployment  = "chat"
	embedDeployment = "embed"
)

// surface is one of the two, with the versions that choose it.
type surface struct {
	name      string
	version   string
	responses string // the version for Responses, which the last dated GA version does not know
}

var surfaces = []surface{
	{azuretest.SurfaceClassic, "2024-10-21", "2025-04-01-preview"},
	{azuretest.SurfaceV1, "v1", "v1"},
}

func onBothSurfaces(t *testing.T, test func(t *testing.T, s surface)) {
	t.Helper()
	for _, s := range surfaces {
		t.Run("on "+s.name, func(t *testing.T) { inBubble(t, func(t *testing.T) { test(t, s) }) })
	}
}

// inBubble runs a test in virtual time. Nothing may outlive it by more than the limit of a token fetch, which belongs to
// no caller.
func inBubble(t *testing.T, test func(t *testing.T)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		defer time.Sleep(31 * time.Second)
		test(t)
	})
}

// caller is one client and the models on it, called in every way there is.
type caller struct {
	client    *azureadv1.Client
	model     *langchaingo.LLM
	responses *langchaingo.LLM // the same by the Responses API
}

// way is one way of calling. It returns what was said, or for embeddings how many vectors came.
type way struct {
	name      string
	operation string
	// foreign marks another library's model on Client.Do, which makes errors of its own out of what it is given.
	foreign bool
	// sdk marks a call through openai-go, which hands on the context's and the network's errors as they are.
	sdk  bool
	call func(ctx context.Context, c caller) (string, error)
}

var ways = []way{
	{name: "GenerateContent", operation: azuretest.OpChat, call: generate},
	{name: "GenerateContent, streaming", operation: azuretest.OpChat, call: stream},
	{name: "Call", operation: azuretest.OpChat, call: func(ctx context.Context, c caller) (string, error) {
		return llms.GenerateFromSinglePrompt(ctx, c.model, prompt)
	}},
	{name: "CreateEmbedding", operation: azuretest.OpEmbeddings, call: embed},
	{name: "OpenAI().Responses.New", operation: azuretest.OpResponses, sdk: true, call: respond},
	{name: "OpenAI().Chat.Completions.New", operation: azuretest.OpChat, sdk: true, call: complete},
	{name: "Client.Post", operation: azuretest.OpChat, call: post},
	{name: "llms/openai on Client.Do", operation: azuretest.OpChat, foreign: true, call: foreignModel},
	{name: "GenerateContent, Responses", operation: azuretest.OpResponses, call: onResponses(generate)},
	{name: "GenerateContent, Responses streaming", operation: azuretest.OpResponses, call: onResponses(stream)},
}

func generate(ctx context.Context, c caller) (string, error) {
	return textOf(c.model.GenerateContent(ctx, question()))
}

func stream(ctx context.Context, c caller) (string, error) {
	var heard strings.Builder
	said, err := textOf(c.model.GenerateContent(ctx, question(), llms.WithStreamingFunc(func(_ context.Context, chunk []byte) error {
		heard.Write(chunk)
		return nil
	})))
	if err == nil && heard.String() != said {
		return said, fmt.Errorf("the streaming function heard %q, but the answer is %q", heard.String(), said)
	}
	return said, err
}

// onResponses makes a call of the model by the Responses API.
func onResponses(call func(context.Context, caller) (string, error)) func(context.Context, caller) (string, error) {
	return func(ctx context.Context, c caller) (string, error) {
		c.model = c.responses
		return call(ctx, c)
	}
}

func embed(ctx context.Context, c caller) (string, error) {
	vectors, err := c.model.CreateEmbedding(ctx, []string{prompt, "a second text"})
	if err != nil {
		return "", err
	}
	return fmt.Sprint(len(vectors), " vectors"), nil
}

func respond(ctx context.Context, c caller) (string, error) {
	sdk := c.client.OpenAI()
	answer, err := sdk.Responses.New(ctx, responses.ResponseNewParams{
		Model: c.client.Deployment(),
		Input: responses.ResponseNewParamsInputUnion{OfString: openai.String(prompt)},
	})
	if err != nil {
		return "", err
	}
	return answer.OutputText(), nil
}

func complete(ctx context.Context, c caller) (string, error) {
	sdk := c.client.OpenAI()
	answer, err := sdk.Chat.Completions.New(ctx, openai.ChatCompletionNewParams{
		Model:    c.client.Deployment(),
		Messages: []openai.ChatCompletionMessageParamUnion{openai.UserMessage(prompt)},
	})
	if err != nil || len(answer.Choices) == 0 {
		return "", err
	}
	return answer.Choices[0].Message.Content, nil
}

func post(ctx context.Context, c caller) (string, error) {
	body, err := json.Marshal(map[string]any{
		"model": c.client.Deployment(), "messages": []any{map[string]any{"role": "user", "content": prompt}},
	})
	if err != nil {
		return "", err
	}
	res, err := c.client.Post(ctx, azureadv1.OpChat, "", body)
	if err != nil {
		return "", err
	}
	text, err := io.ReadAll(res.Body)
	return string(text), errors.Join(err, res.Body.Close())
}

func foreignModel(ctx context.Context, c caller) (string, error) {
	model, err := llmsopenai.New(llmsopenai.WithHTTPClient(c.client), llmsopenai.WithToken("not-used"),
		llmsopenai.WithBaseURL("https://api.openai.com/v1"), llmsopenai.WithModel(c.client.Deployment()))
	if err != nil {
		return "", err
	}
	return textOf(model.GenerateContent(ctx, question()))
}

func question() []llms.MessageContent {
	return []llms.MessageContent{llms.TextParts(llms.ChatMessageTypeHuman, prompt)}
}

func textOf(r *llms.ContentResponse, err error) (string, error) {
	if r == nil || len(r.Choices) == 0 {
		return "", err
	}
	return r.Choices[0].Content, err
}

// route is a way of calling on a surface.
type route struct {
	surface
	way
}

func (r route) String() string { return r.way.name + " on " + r.surface.name }

// api is the version that chooses the surface for this way of calling.
func (r route) api() string {
	if r.operation == azuretest.OpResponses {
		return r.responses
	}
	return r.version
}

func everyRoute() []route {
	var all []route
	for _, s := range surfaces {
		for _, w := range ways {
			all = append(all, route{s, w})
		}
	}
	return all
}

// inEveryWay runs a test for every way of calling on both surfaces, each in virtual time.
func inEveryWay(t *testing.T, test func(t *testing.T, r route)) {
	t.Helper()
	for _, r := range everyRoute() {
		t.Run(r.String(), func(t *testing.T) { inBubble(t, func(t *testing.T) { test(t, r) }) })
	}
}

// inEveryWayOfOurs leaves out the other library's model, whose errors are not ours.
func inEveryWayOfOurs(t *testing.T, test func(t *testing.T, r route)) {
	t.Helper()
	for _, r := range everyRoute() {
		if !r.foreign {
			t.Run(r.String(), func(t *testing.T) { inBubble(t, func(t *testing.T) { test(t, r) }) })
		}
	}
}

// inMemory makes a stand-in that ends with the test.
func inMemory(t *testing.T, opts azuretest.Options) *azuretest.Server {
	t.Helper()
	s := azuretest.New(withSecrets(opts))
	t.Cleanup(func() { must(t, s.Close()) })
	return s
}

// start makes a stand-in on a loopback port that ends with the test.
func start(t *testing.T, opts azuretest.Options) *azuretest.Server {
	t.Helper()
	s, err := azuretest.Start(withSecrets(opts))
	must(t, err)
	t.Cleanup(func() { must(t, s.Close()) })
	return s
}

func withSecrets(opts azuretest.Options) azuretest.Options {
	opts.APIKey, opts.ClientSecret = apiKey, clientSecret
	return opts
}

// config leads to a stand-in, as nobody yet. What is logged under it must hold no secret.
func config(t *testing.T, s *azuretest.Server, version string) azureadv1.Config {
	t.Helper()
	return azureadv1.Config{
		Endpoint: s.Endpoint(), APIVersion: version, Deployment: chatDeployment,
		HTTPClient: s.HTTPClient(), Logger: watchedLogger(t),
	}
}

// watchedLogger keeps every line down to debug, and looks through them when the test ends.
func watchedLogger(t *testing.T) *slog.Logger {
	t.Helper()
	var lines lockedBuffer
	t.Cleanup(func() { checkText(t, "a log line", lines.String()) })
	return slog.New(slog.NewTextHandler(&lines, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func newCaller(t *testing.T, cfg azureadv1.Config) caller {
	t.Helper()
	checkSecrets(t, cfg)
	client, err := azureadv1.NewClient(cfg)
	must(t, err)
	return callerOn(t, client)
}

func callerOn(t *testing.T, client *azureadv1.Client) caller {
	t.Helper()
	model, err := langchaingo.NewFromClient(client, langchaingo.WithEmbeddingDeployment(embedDeployment))
	must(t, err)
	responses, err := langchaingo.NewFromClient(client, langchaingo.WithResponsesAPI())
	must(t, err)
	checkSecrets(t, client)
	checkSecrets(t, responses)
	return caller{client, model, responses}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		checkSecrets(t, err)
		t.Fatal(err)
	}
}

// succeed calls once, and the answer must be one.
func (r route) succeed(t *testing.T, c caller) {
	t.Helper()
	said, err := r.call(t.Context(), c)
	if err != nil {
		checkSecrets(t, err)
		t.Fatalf("%s: %v", r, err)
	}
	if said == "" {
		t.Fatalf("%s: the answer is empty", r)
	}
}

// fail calls once, and the call must fail.
func (r route) fail(t *testing.T, c caller) *azureadv1.Error {
	t.Helper()
	_, err := r.call(t.Context(), c)
	return r.failure(t, err)
}

// failure is what every error of a call must be: an *Error in a chain that shows no secret. It is nil for a context's
// error that came through openai-go.
func (r route) failure(t *testing.T, err error) *azureadv1.Error {
	t.Helper()
	if err == nil {
		t.Fatalf("%s: the call succeeded", r)
	}
	checkSecrets(t, err)
	e := azureadv1.AsError(err)
	if e == nil && r.sdk && (errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled)) {
		return nil
	}
	if e == nil {
		t.Fatalf("%s: no *azureadv1.Error in the chain of %v", r, err)
	}
	checkSecrets(t, e)
	checkSecrets(t, *e)
	return e
}

// checkSecrets prints a value in every way that programs print values.
func checkSecrets(t *testing.T, v any) {
	t.Helper()
	for _, format := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d"} {
		checkText(t, fmt.Sprintf("%T printed with %s", v, format), fmt.Sprintf(format, v))
	}
	if text, err := json.Marshal(v); err == nil {
		checkText(t, fmt.Sprintf("%T as JSON", v), string(text))
	}
	var lines bytes.Buffer
	slog.New(slog.NewTextHandler(&lines, nil)).Info("seen", "value", v)
	slog.New(slog.NewJSONHandler(&lines, nil)).Info("seen", "value", v)
	checkText(t, fmt.Sprintf("%T in a log", v), lines.String())
	if err, ok := v.(error); ok {
		checkChain(t, err)
	}
}

// checkChain looks at every error below one, since a logger may print those, too.
func checkChain(t *testing.T, err error) {
	t.Helper()
	checkText(t, fmt.Sprintf("the text of a %T", err), fmt.Sprintf("%v %+v", err, err))
	switch below := err.(type) { //nolint:errorlint // it walks the chain itself
	case interface{ Unwrap() error }:
		if cause := below.Unwrap(); cause != nil {
			checkChain(t, cause)
		}
	case interface{ Unwrap() []error }:
		for _, cause := range below.Unwrap() {
			checkChain(t, cause)
		}
	}
}

func checkText(t *testing.T, what, text string) {
	t.Helper()
	for mark, form := range leaks() {
		if before, after, found := strings.Cut(text, mark); found {
			t.Errorf("%s holds a secret, %s: ...%s%s%.9s...", what, form, before[max(0, len(before)-80):], mark, after)
		}
	}
}

// checkContains looks for the words that make a message useful.
func checkContains(t *testing.T, text string, words ...string) {
	t.Helper()
	for _, word := range words {
		if !strings.Contains(text, word) {
			t.Errorf("%q is missing in: %s", word, text)
		}
	}
}

// issuer is a callable key with a new good token at every call.
type issuer struct {
	server *azuretest.Server

	mu     sync.Mutex
	issued []string // fingerprints
}

func (i *issuer) token(context.Context) (string, error) {
	token := i.server.IssueToken(azuretest.Claims{})
	i.mu.Lock()
	defer i.mu.Unlock()
	i.issued = append(i.issued, azuretest.Fingerprint(token))
	return token, nil
}

func (i *issuer) asked() int {
	i.mu.Lock()
	defer i.mu.Unlock()
	return len(i.issued)
}

// counted is a credential that counts how often it is asked.
type counted struct {
	azcore.TokenCredential

	fetches atomic.Int32
}

func count(cred azcore.TokenCredential) *counted { return &counted{TokenCredential: cred} }

// GetToken implements azcore.TokenCredential.
func (c *counted) GetToken(ctx context.Context, o policy.TokenRequestOptions) (azcore.AccessToken, error) {
	c.fetches.Add(1)
	return c.TokenCredential.GetToken(ctx, o)
}

func (c *counted) check(t *testing.T, least, most int) {
	t.Helper()
	if n := int(c.fetches.Load()); n < least || n > most {
		t.Errorf("GetToken was called %d times, want %d to %d", n, least, most)
	}
}

// only is the one request that the stand-in's Azure side must have seen.
func only(t *testing.T, s *azuretest.Server) azuretest.Request {
	t.Helper()
	all := s.Requests()
	if len(all) != 1 {
		t.Fatalf("%d requests were made, want one: %v", len(all), all)
	}
	return all[0]
}

func statuses(s *azuretest.Server) []int {
	var all []int
	for _, r := range s.Requests() {
		all = append(all, r.Status)
	}
	return all
}

func fingerprints(s *azuretest.Server) []string {
	var all []string
	for _, r := range s.Requests() {
		all = append(all, r.Fingerprint())
	}
	return all
}

// checkCredential holds for every request: exactly one credential, and the kind that was meant.
func checkCredential(t *testing.T, r azuretest.Request, kind string) {
	t.Helper()
	if r.Credential != kind || r.Both {
		t.Errorf("%s carries %q (both: %t), want %q alone", r, r.Credential, r.Both, kind)
	}
	authorization, key := len(r.Header.Values("Authorization")), len(r.Header.Values("Api-Key"))
	if kind == azuretest.CredentialKey && (authorization != 0 || key != 1) {
		t.Errorf("%s has %d Authorization and %d api-key headers, want api-key alone", r, authorization, key)
	}
	if kind == azuretest.CredentialToken && (authorization != 1 || key != 0) {
		t.Errorf("%s has %d Authorization and %d api-key headers, want Authorization alone", r, authorization, key)
	}
}

// roundTrip is a function as the transport of an HTTP client.
type roundTrip func(*http.Request) (*http.Response, error)

// RoundTrip implements http.RoundTripper.
func (f roundTrip) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

// tool is a tool of the agent that always says the same.
type tool struct{ name, says string }

var _ tools.Tool = tool{}

// Name implements tools.Tool.
func (t tool) Name() string { return t.name }

// Description implements tools.Tool.
func (t tool) Description() string { return "It knows the " + t.name + "." }

// Call implements tools.Tool.
func (t tool) Call(context.Context, string) (string, error) { return t.says, nil }

const agentAnswer = "At 12:00 the rate is 11.5."

// brain asks one tool, then the other, then answers with what they said.
func brain(r azuretest.Request) azuretest.Reply {
	var results []string
	for _, m := range r.Messages() {
		if m.Role == "tool" {
			results = append(results, m.Content)
		}
	}
	switch {
	case r.Operation != azuretest.OpChat || len(r.ToolNames()) == 0:
		return azuretest.Reply{}
	case len(results) == 0:
		return azuretest.ToolCalls(azuretest.ToolCall{Name: "clock", Arguments: `{"__arg1":"Oslo"}`})
	case len(results) == 1:
		return azuretest.ToolCalls(azuretest.ToolCall{Name: "rate", Arguments: `{"__arg1":"NOK"}`})
	default:
		return azuretest.Text("At ", results[0], " the rate is ", results[1], ".")
	}
}

// runAgent puts one question to a real langchaingo agent with two tools. Streaming, it listens to the answer, and may
// hear nothing else.
func runAgent(ctx context.Context, model llms.Model, streaming bool) (string, error) {
	agent := agents.NewOpenAIFunctionsAgent(model, []tools.Tool{tool{"clock", "12:00"}, tool{"rate", "11.5"}})
	if !streaming {
		return chains.Run(ctx, agents.NewExecutor(agent), prompt)
	}
	var heard strings.Builder
	answer, err := chains.Run(ctx, agents.NewExecutor(agent), prompt, chains.WithStreamingFunc(func(_ context.Context, chunk []byte) error {
		heard.Write(chunk)
		return nil
	}))
	if err == nil && heard.String() != answer {
		return answer, fmt.Errorf("the streaming function heard %q, but the answer is %q", heard.String(), answer)
	}
	return answer, err
}
