package provider_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/tmc/langchaingo/callbacks"
	"github.com/tmc/langchaingo/llms"

	"github.com/seed-a739af98/langchaingo-azure/adapters/langchaingo"
	"github.com/seed-a739af98/langchaingo-azure/adapters/registry"
	"github.com/seed-a739af98/langchaingo-azure/azureadv1"
	"github.com/seed-a739af98/langchaingo-azure/azureadv1/azuretest"
)

// many is how many share one of everything.
const many = 1000

// echo answers with what it was asked.
func echo(r azuretest.Request) azuretest.Reply {
	messages := r.Messages()
	if len(messages) == 0 {
		return azuretest.Reply{}
	}
	return azuretest.Text("you said ", messages[len(messages)-1].Content)
}

func sayTo(ctx context.Context, m llms.Model, text string, opts ...llms.CallOption) (string, error) {
	return textOf(m.GenerateContent(ctx, []llms.MessageContent{llms.TextParts(llms.ChatMessageTypeHuman, text)}, opts...))
}

// One LLM for each API, one Client, one token provider and one registry, each used by all at once, while the tokens live
// for two seconds and are revoked now and then: everyone has the answer to their own question.
func TestAThousandGoroutinesShareOneOfEverything(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		s := inMemory(t, azuretest.Options{Respond: echo, TokenLifetime: 2 * time.Second, KeepLast: 1})
		cfg := config(t, s, "")
		cfg.TokenProvider = azureadv1.BearerTokenProvider(s.Credential(), "")
		client, err := azureadv1.NewClient(cfg)
		must(t, err)
		chat, err := langchaingo.NewFromClient(client)
		must(t, err)
		responses, err := langchaingo.NewFromClient(client, langchaingo.WithResponsesAPI())
		must(t, err)
		models, err := registry.Loader{HTTPClient: s.HTTPClient(), Credential: s.Credential()}.Parse(strings.NewReader(
			"model_list:\n  - {model_name: m, litellm_params: {model: azure/" + chatDeployment + ", api_base: " + s.Endpoint() + "}}\n"))
		must(t, err)
		named, err := models.Model("m")
		must(t, err)
		shared := []llms.Model{chat, responses, named}
		var all sync.WaitGroup
		for i := range many {
			all.Go(func() {
				time.Sleep(time.Duration(i%10) * 700 * time.Millisecond)
				if i == 0 || i == 253 || i == 506 { // seconds apart
					s.RevokeAll()
				}
				var heard strings.Builder
				var opts []llms.CallOption
				if i%2 == 0 {
					opts = append(opts, llms.WithStreamingFunc(func(_ context.Context, piece []byte) error {
						heard.Write(piece)
						return nil
					}))
				}
				question := fmt.Sprintf("I am number %d", i)
				got, err := sayTo(t.Context(), shared[i%len(shared)], question, opts...)
				if want := "you said " + question; err != nil || got != want || i%2 == 0 && heard.String() != want {
					t.Errorf("number %d: %q, heard %q, %v", i, got, heard.String(), err)
				}
			})
		}
		all.Wait()
	})
}

// What a caller does with its maps afterwards is its own affair.
func TestMapsOfTheCallersAreCopied(t *testing.T) {
	s := inMemory(t, azuretest.Options{Respond: echo})
	cfg := config(t, s, "")
	cfg.APIKey = apiKey
	cfg.Header = http.Header{"X-Team": {"red"}}
	m, err := langchaingo.New(cfg)
	must(t, err)
	fields := map[string]any{"user": "ann"}
	labels := llms.WithMetadata(map[string]any{"trip": "one"})
	extra := langchaingo.ExtraBody(fields)
	var all sync.WaitGroup
	all.Go(func() { // beside the calls: the race detector tells whether anything is shared
		for i := range 100 {
			cfg.Header.Set("X-Team", fmt.Sprint(i))
			fields["user"] = fmt.Sprint(i)
		}
	})
	for range 20 {
		all.Go(func() {
			_, err := sayTo(t.Context(), m, "hi", labels, extra)
			must(t, err)
		})
	}
	all.Wait()
	for _, r := range s.Requests() {
		if got := r.Header.Get("X-Team"); got != "red" || !strings.Contains(string(r.Body), `"user":"ann"`) || !strings.Contains(string(r.Body), `"trip":"one"`) {
			t.Errorf("sent X-Team %q, %s", got, r.Body)
		}
	}
}

// breakingHandler is a callback handler of the program's that is broken.
type breakingHandler struct{ callbacks.SimpleHandler }

// HandleLLMGenerateContentStart implements callbacks.Handler.
func (breakingHandler) HandleLLMGenerateContentStart(context.Context, []llms.MessageContent) {
	panic("broke")
}

// A panic in a caller's own function arrives on the caller's own goroutine, as it would anywhere, and leaves nothing behind:
// the same model serves the next call, on a connection that is there.
func TestPanicsOfTheCallersFunctionsCorruptNothing(t *testing.T) {
	tokens := 0
	for _, row := range []struct {
		name string
		cfg  func(*azureadv1.Config, *azuretest.Server)
		opts []langchaingo.Option
		call llms.CallOption
	}{
		{name: "a streaming function", call: llms.WithStreamingFunc(func(context.Context, []byte) error { panic("broke") })},
		{name: "a reasoning function", call: llms.WithStreamingReasoningFunc(func(context.Context, []byte, []byte) error { panic("broke") })},
		{name: "a callback handler", opts: []langchaingo.Option{langchaingo.WithCallback(breakingHandler{})}},
		{name: "a token provider", cfg: func(c *azureadv1.Config, s *azuretest.Server) {
			c.APIKey = ""
			c.TokenProvider = func(context.Context) (string, error) {
				if tokens++; tokens == 1 {
					panic("broke")
				}
				return s.IssueToken(azuretest.Claims{}), nil
			}
		}},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := start(t, azuretest.Options{Respond: echo})
			cfg := config(t, s, "")
			cfg.APIKey = apiKey
			if row.cfg != nil {
				row.cfg(&cfg, s)
			}
			broken, err := langchaingo.New(cfg, row.opts...)
			must(t, err)
			var opts []llms.CallOption
			if row.call != nil {
				opts = append(opts, row.call)
			}
			if got := panicOf(func() { _, _ = sayTo(t.Context(), broken, "hi", opts...) }); got != "broke" {
				t.Errorf("the caller saw %v", got)
			}
			if row.opts != nil {
				if got := panicOf(func() { _, _ = sayTo(t.Context(), broken, "hi") }); got != "broke" {
					t.Errorf("the second time the caller saw %v", got)
				}
				return
			}
			got, err := sayTo(t.Context(), broken, "again")
			if err != nil || got != "you said again" {
				t.Errorf("the next call: %q, %v", got, err)
			}
		})
	}
}

func panicOf(f func()) (reason any) {
	defer func() { reason = recover() }()
	f()
	return nil
}

// breakingLog panics at every line.
type breakingLog struct{ slog.Handler }

// Enabled implements slog.Handler.
func (breakingLog) Enabled(context.Context, slog.Level) bool { return true }

// Handle implements slog.Handler.
func (breakingLog) Handle(context.Context, slog.Record) error { panic("log broke") }

// A credential or a log handler that panics in a fetch does so on a goroutine of ours, where nobody could recover: the
// call has an error, the process lives, and the next token is had.
func TestPanicsInTheBackgroundBecomeErrors(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		s := inMemory(t, azuretest.Options{Respond: echo})
		cfg := config(t, s, "")
		cfg.Logger = slog.New(breakingLog{})
		asked := 0
		good := s.Credential()
		cfg.Credential = credentialFunc(func(ctx context.Context, o policy.TokenRequestOptions) (azcore.AccessToken, error) {
			if asked++; asked == 1 {
				panic("vault broke")
			}
			return good.GetToken(ctx, o)
		})
		m, err := langchaingo.New(cfg)
		must(t, err)
		_, err = sayTo(t.Context(), m, "hi")
		if e := azureadv1.AsError(err); e == nil || e.Code != azureadv1.CodeTokenProvider || !strings.Contains(e.Message, "vault broke") {
			t.Errorf("%v", err)
		}
		time.Sleep(time.Minute)
		got, err := sayTo(t.Context(), m, "again")
		if err != nil || got != "you said again" {
			t.Errorf("%q, %v", got, err)
		}
	})
}
