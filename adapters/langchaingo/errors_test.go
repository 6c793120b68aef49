package langchaingo_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tmc/langchaingo/llms"

	"github.com/seed-a739af98/langchaingo-azure/adapters/langchaingo"
	"github.com/seed-a739af98/langchaingo-azure/azureadv1"
	"github.com/seed-a739af98/langchaingo-azure/azureadv1/azuretest"
)

func status(code int, body string) azuretest.Reply { return azuretest.Raw(code, nil, body) }

func TestFailuresHaveLangchaingosCodes(t *testing.T) {
	tests := []struct {
		name  string
		reply azuretest.Reply
		code  llms.ErrorCode
		is    error // langchaingo's sentinel
		holds func(error) bool
	}{
		{"a refused token", azuretest.Unauthorized(), llms.ErrCodeAuthentication, llms.ErrAuthentication, llms.IsAuthenticationError},
		{"a wrong key", azuretest.WrongKey(), llms.ErrCodeAuthentication, llms.ErrAuthentication, llms.IsAuthenticationError},
		{"no role", azuretest.PermissionDenied(), llms.ErrCodeAuthentication, llms.ErrAuthentication, llms.IsAuthenticationError},
		{"keys disabled", azuretest.KeysDisabled(), llms.ErrCodeAuthentication, llms.ErrAuthentication, llms.IsAuthenticationError},
		{"a firewall", azuretest.NetworkDenied(), llms.ErrCodeAuthentication, llms.ErrAuthentication, nil},
		{"no such deployment", azuretest.DeploymentNotFound(), llms.ErrCodeResourceNotFound, &llms.Error{Code: llms.ErrCodeResourceNotFound}, nil},
		{"a rate limit", azuretest.RateLimited(azuretest.RetryAfter(30)), llms.ErrCodeRateLimit, llms.ErrRateLimit, llms.IsRateLimitError},
		{"a rate limit that names no time", azuretest.RateLimited(), llms.ErrCodeRateLimit, llms.ErrRateLimit, nil},
		{
			"a quota used up", status(429, `{"error":{"code":"insufficient_quota","message":"You exceeded your current quota, please check your plan."}}`),
			llms.ErrCodeQuotaExceeded, llms.ErrQuotaExceeded, llms.IsQuotaExceededError,
		},
		{"a filtered prompt", azuretest.ContentFiltered("violence"), llms.ErrCodeContentFilter, llms.ErrContentFilter, llms.IsContentFilterError},
		{"too long a conversation", azuretest.ContextLengthExceeded(), llms.ErrCodeTokenLimit, llms.ErrTokenLimit, llms.IsTokenLimitError},
		{"a bad parameter", status(400, `{"error":{"message":"Unsupported parameter","param":"x","code":"unsupported_parameter"}}`), llms.ErrCodeInvalidRequest, llms.ErrInvalidRequest, llms.IsInvalidRequestError},
		{"another 4xx", status(422, `{"error":{"message":"no"}}`), llms.ErrCodeInvalidRequest, llms.ErrInvalidRequest, nil},
		{"a timeout of the service", status(408, `{"error":{"code":"Timeout","message":"The operation was timeout."}}`), llms.ErrCodeTimeout, llms.ErrTimeout, llms.IsTimeoutError},
		{"the model's 500", azuretest.ServerError(), llms.ErrCodeProviderUnavailable, llms.ErrProviderUnavailable, llms.IsProviderUnavailableError},
		{"a gateway's page", azuretest.Raw(502, http.Header{"Content-Type": {"text/html"}}, "<h1>Bad Gateway</h1>"), llms.ErrCodeProviderUnavailable, llms.ErrProviderUnavailable, nil},
		{"503 with a word that azureadv1 has for a deadline", status(503, `{"error":{"code":"timeout","message":"no"}}`), llms.ErrCodeProviderUnavailable, llms.ErrProviderUnavailable, nil},
		{"500 with a word that azureadv1 has for a cancelled context", status(500, `{"error":{"code":"canceled","message":"no"}}`), llms.ErrCodeProviderUnavailable, llms.ErrProviderUnavailable, nil},
		{"400 with a word that azureadv1 has for a lost connection", status(400, `{"error":{"code":"unreachable","message":"no"}}`), llms.ErrCodeInvalidRequest, llms.ErrInvalidRequest, nil},
		{"503 without a body", status(503, ""), llms.ErrCodeProviderUnavailable, llms.ErrProviderUnavailable, nil},
		{"a lost connection", azuretest.Disconnect(), llms.ErrCodeProviderUnavailable, llms.ErrProviderUnavailable, nil},
		{"a sign-in page", azuretest.Raw(200, http.Header{"Content-Type": {"text/html"}}, "<h1>Sign in</h1>"), llms.ErrCodeProviderUnavailable, llms.ErrProviderUnavailable, nil},
		{"a redirect", azuretest.Redirect(302, "https://login.example.com/"), llms.ErrCodeInvalidRequest, llms.ErrInvalidRequest, nil},
	}
	bothSurfaces(t, func(t *testing.T, version string) {
		for _, tt := range tests {
			for how, options := range map[string][]llms.CallOption{"plain": nil, "streamed": {llms.WithStreamingFunc(ignore)}} {
				t.Run(tt.name+", "+how, func(t *testing.T) {
					f := setUp(t, version, azuretest.Options{}, nil)
					f.server.Enqueue(tt.reply)
					response, err := f.GenerateContent(t.Context(), human("q"), options...)
					e := asLLMError(t, err)
					if response != nil || e.Code != tt.code || e.Provider != "azure" || !errors.Is(err, tt.is) || tt.holds != nil && !tt.holds(err) {
						t.Errorf("got %v, %v; want the code %s", response, err, tt.code)
					}
					ours := azureadv1.AsError(err)
					if ours == nil || !strings.Contains(e.Message, strings.TrimPrefix(ours.Error(), "azureadv1: ")) {
						t.Fatalf("%q does not repeat %v", e.Message, ours)
					}
					if ours.Deployment != "chat" || ours.Op != "chat" {
						t.Errorf("operation %q, deployment %q", ours.Op, ours.Deployment)
					}
				})
			}
		}
	})
}

func TestDetailsAreThereWithoutAnImport(t *testing.T) {
	f := setUp(t, v1, azuretest.Options{Region: "Sweden Central"}, nil)
	f.server.Enqueue(azuretest.RateLimited(azuretest.RetryAfter(30)), azuretest.ContentFiltered("hate"))
	_, err := f.GenerateContent(t.Context(), human("q"))
	d := asLLMError(t, err).Details
	if d["RetryAfter"] != 30*time.Second || d["StatusCode"] != 429 || d["Region"] != "Sweden Central" || d["Deployment"] != "chat" || d["Attempts"] != 1 ||
		d["RequestID"] != f.last(t).RequestID || d["Hint"] == "" {
		t.Errorf("got %v", d)
	}
	_, err = f.GenerateContent(t.Context(), human("q"))
	filter, ok := asLLMError(t, err).Details["ContentFilter"].(*azureadv1.ContentFilter)
	if !ok || strings.Join(filter.Filtered(), " ") != "hate" {
		t.Errorf("got %v", asLLMError(t, err).Details)
	}
}

func TestContextErrorsStayVisible(t *testing.T) {
	tests := []struct {
		name string
		ctx  func(context.Context) (context.Context, context.CancelFunc)
		is   error
		code llms.ErrorCode
	}{
		{"a context cancelled before", func(ctx context.Context) (context.Context, context.CancelFunc) {
			ctx, cancel := context.WithCancel(ctx)
			cancel()
			return ctx, cancel
		}, context.Canceled, llms.ErrCodeCanceled},
		{"one cancelled meanwhile", func(ctx context.Context) (context.Context, context.CancelFunc) {
			ctx, cancel := context.WithCancel(ctx)
			time.AfterFunc(time.Second, cancel)
			return ctx, cancel
		}, context.Canceled, llms.ErrCodeCanceled},
		{"a deadline", func(ctx context.Context) (context.Context, context.CancelFunc) {
			return context.WithTimeout(ctx, time.Second)
		}, context.DeadlineExceeded, llms.ErrCodeTimeout},
	}
	for _, tt := range tests {
		for what, run := range map[string]func(context.Context, *fixture) error{
			"plain": func(ctx context.Context, f *fixture) error {
				_, err := f.GenerateContent(ctx, human("q"))
				return err
			},
			"streamed": func(ctx context.Context, f *fixture) error {
				_, err := f.GenerateContent(ctx, human("q"), llms.WithStreamingFunc(ignore))
				return err
			},
			"channel": func(ctx context.Context, f *fixture) error {
				_, err := f.GenerateContentStream(ctx, human("q"))
				return err
			},
			"embeddings": func(ctx context.Context, f *fixture) error {
				_, err := f.CreateEmbedding(ctx, []string{"q"})
				return err
			},
		} {
			t.Run(tt.name+", "+what, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					f := setUp(t, v1, azuretest.Options{}, embed)
					f.server.Enqueue(azuretest.SlowFirstByte(time.Minute))
					ctx, cancel := tt.ctx(t.Context())
					defer cancel()
					began := time.Now()
					err := run(ctx, f)
					if e := asLLMError(t, err); e.Code != tt.code || !errors.Is(e, tt.is) || !errors.Is(errors.Unwrap(e), tt.is) {
						t.Errorf("got %v, want the code %s and %v in the chain", err, tt.code, tt.is)
					}
					if took := time.Since(began); took > time.Second {
						t.Errorf("it took %v", took)
					}
				})
			})
		}
	}
}

func TestATokenProvidersFailureIsVisible(t *testing.T) {
	cause := errors.New("the vault is shut")
	tests := []struct {
		name string
		err  error
		code llms.ErrorCode
	}{
		{"a plain error", cause, llms.ErrCodeAuthentication},
		{"langchaingo's own error of another provider", fmt.Errorf("%w: %w", cause, llms.NewError(llms.ErrCodeRateLimit, "vault", "slow down")), llms.ErrCodeAuthentication},
		{"a deadline", fmt.Errorf("%w: %w", cause, context.DeadlineExceeded), llms.ErrCodeTimeout},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := setUp(t, v1, azuretest.Options{}, nil, func(c *azureadv1.Config) {
				c.APIKey = ""
				c.TokenProvider = func(context.Context) (string, error) { return "", tt.err }
			})
			_, err := f.GenerateContent(t.Context(), human("q"))
			if e := asLLMError(t, err); e.Code != tt.code || e.Provider != "azure" || !errors.Is(err, cause) {
				t.Errorf("got %v, want %s", err, tt.code)
			}
			f.sentNothing(t)
		})
	}
}

func TestConstructionFailures(t *testing.T) {
	for name, cfg := range map[string]azureadv1.Config{
		"no endpoint":   {APIKey: "k"},
		"a wrong date":  {Endpoint: "https://x.openai.azure.com", APIKey: "k", APIVersion: "0613"},
		"a plain host":  {Endpoint: "http://x.openai.azure.com", APIKey: "k"},
		"OpenAI itself": {Endpoint: "https://api.openai.com/v1", APIKey: "k"},
	} {
		if m, err := langchaingo.New(cfg); m != nil || !llms.IsInvalidRequestError(err) {
			t.Errorf("%s: got %v, %v", name, m, err)
		}
	}
	if m, err := langchaingo.NewFromClient(nil); m != nil || !llms.IsInvalidRequestError(err) {
		t.Errorf("a nil client: got %v, %v", m, err)
	}
	client, err := azureadv1.NewClient(azureadv1.Config{Endpoint: "https://x.openai.azure.com", APIKey: "k"})
	if err != nil {
		t.Fatal(err)
	}
	if m, err := langchaingo.NewFromClient(client, nil, langchaingo.WithCallback(nil)); err != nil || m.GetCallbackHandler() != nil {
		t.Errorf("nil options: got %v, %v", m, err)
	}
}

// A reader of the README takes azureadv1.AsError of any failure and looks at its fields.
func TestEveryFailureHasAnErrorOfAzureadv1(t *testing.T) {
	pasted := strings.Repeat("0a1b2c3d", 4) // looks like a resource's key
	f := setUp(t, v1, azuretest.Options{}, nil)
	tests := []struct {
		name, op, deployment string
		run                  func() error
	}{
		{"a call without messages", "chat", "chat", func() error {
			_, err := f.GenerateContent(t.Context(), nil)
			return err
		}},
		{"options that cannot be right, streamed", "chat", "other", func() error {
			_, err := f.GenerateContentStream(t.Context(), human("q"), llms.WithModel("other"), llms.WithMaxTokens(-1))
			return err
		}},
		{"no embedding deployment", "embeddings", "", func() error {
			_, err := f.CreateEmbedding(t.Context(), []string{"q"})
			return err
		}},
		{"an empty text", "embeddings", "embed", func() error {
			g := on(t, f.server, v1, embed)
			_, err := g.CreateEmbedding(t.Context(), []string{""})
			return err
		}},
		{"dimensions for a version without them", "embeddings", "embed", func() error {
			g := on(t, f.server, "2024-02-01", append(embed, langchaingo.WithEmbeddingDimensions(3)))
			_, err := g.CreateEmbedding(t.Context(), []string{"q"})
			return err
		}},
		{"a key in place of a deployment's name", "chat", "REDACTED", func() error {
			_, err := f.GenerateContent(t.Context(), human("q"), llms.WithModel(pasted), llms.WithMaxTokens(-1))
			if text := fmt.Sprintf("%+v %#v", err, azureadv1.AsError(err)); strings.Contains(text, pasted) {
				t.Errorf("the key is shown: %s", text)
			}
			return err
		}},
		{"a configuration that NewClient refuses", "", "", func() error {
			_, err := langchaingo.New(azureadv1.Config{Endpoint: "https://api.openai.com/v1", APIKey: "k"})
			return err
		}},
		{"an option that New refuses", "", "", func() error {
			_, err := langchaingo.New(azureadv1.Config{Endpoint: "https://r.openai.azure.com", APIKey: "k"}, langchaingo.WithEmbeddingDimensions(-1))
			return err
		}},
		{"a nil client", "", "", func() error {
			_, err := langchaingo.NewFromClient(nil)
			return err
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := tt.run()
			e := asLLMError(t, err)
			ours := azureadv1.AsError(err)
			if ours == nil {
				t.Fatalf("%v has no *azureadv1.Error", err)
			}
			if !llms.IsInvalidRequestError(err) || ours.Code != azureadv1.CodeInvalid || ours.Message == "" || ours.Message != e.Message {
				t.Errorf("got %v with %v", err, ours)
			}
			if ours.Op != tt.op || ours.Deployment != tt.deployment || e.Details["Code"] != azureadv1.CodeInvalid {
				t.Errorf("operation %q, deployment %q, details %v", ours.Op, ours.Deployment, e.Details)
			}
			if n := strings.Count(err.Error(), ours.Message); n != 1 || strings.Contains(err.Error(), "azureadv1: ") {
				t.Errorf("%q repeats itself", err)
			}
		})
	}
	f.sentNothing(t)
}

func TestConstructionKeepsWhatFailed(t *testing.T) {
	_, err := langchaingo.New(azureadv1.Config{
		Endpoint: "https://r.openai.azure.com",
		Identity: azureadv1.Identity{Kind: "client_certificate", TenantID: "t", ClientID: "c", CertificatePath: t.TempDir() + "/none.pem"},
	})
	if !errors.Is(err, fs.ErrNotExist) || azureadv1.AsError(err) == nil {
		t.Errorf("got %v, want fs.ErrNotExist beside an *azureadv1.Error", err)
	}
}

// Neither the credential nor what was asked may be in what is printed or logged of a failure.
func TestErrorsHoldNoSecretAndNoPrompt(t *testing.T) {
	const key, prompt, result = "sk-0123456789abcdef-key", "my-password-is-swordfish", "tool-said-hunter2"
	replies := map[string]azuretest.Reply{
		"wrong key": azuretest.WrongKey(), "echo of the key": status(400, `{"error":{"message":"the key `+key+` is odd"}}`),
		"filter": azuretest.ContentFiltered(), "stream error": azuretest.StreamError(0), "cut": azuretest.CutStream(0), "truncated": azuretest.TruncatedStream(0),
		"html": azuretest.Raw(503, http.Header{"Content-Type": {"text/html"}}, "<p>"+key+"</p>"), "limit": azuretest.RateLimited(),
		"gone": azuretest.Disconnect(), "choices": azuretest.EmptyChoices(),
	}
	messages := []llms.MessageContent{
		llms.TextParts(llms.ChatMessageTypeHuman, prompt), message(llms.ChatMessageTypeAI, call("c1", "f", `{"p":"`+prompt+`"}`)),
		message(llms.ChatMessageTypeTool, llms.ToolCallResponse{ToolCallID: "c1", Content: result}),
	}
	check := func(name string, err error) {
		t.Helper()
		raw, marshalError := json.Marshal(err)
		if marshalError != nil {
			raw = []byte(marshalError.Error())
		}
		var log strings.Builder
		slog.New(slog.NewJSONHandler(&log, nil)).Error("x", "err", err)
		text := fmt.Sprintf("%v %+v %s %q %#v", err, err, err, err, err) + string(raw) + log.String()
		for e := err; e != nil; e = errors.Unwrap(e) {
			text += e.Error() + fmt.Sprintf("%+v %#v", e, e)
		}
		for _, secret := range []string{key, prompt, result} {
			if strings.Contains(text, secret) {
				t.Errorf("%s: %q is in %s", name, secret, text)
			}
		}
	}
	for name, reply := range replies {
		for _, options := range [][]llms.CallOption{nil, {llms.WithStreamingFunc(ignore)}} {
			f := setUp(t, v1, azuretest.Options{APIKey: key}, nil, func(c *azureadv1.Config) { c.APIKey = key })
			f.server.Enqueue(reply)
			_, err := f.GenerateContent(t.Context(), messages, options...)
			if err == nil {
				t.Errorf("%s: no error", name)
			}
			check(name, err)
		}
	}
	f := setUp(t, v1, azuretest.Options{}, nil)
	_, err := f.GenerateContent(t.Context(), append(messages, message(llms.ChatMessageTypeTool, llms.ToolCallResponse{ToolCallID: "c1", Content: result})))
	check("a bad history", err)
	_, err = f.GenerateContent(t.Context(), append(messages, message("wizard", llms.TextPart(prompt))))
	check("a bad role", err)
}

func TestAListenersErrorMayBeAnything(t *testing.T) {
	f := setUp(t, v1, azuretest.Options{}, nil)
	_, err := f.GenerateContent(t.Context(), human("q"), llms.WithStreamingFunc(func(context.Context, []byte) error { return io.EOF }))
	if err != io.EOF { //nolint:errorlint // the very value is promised
		t.Errorf("got %v, want io.EOF as it is", err)
	}
}
