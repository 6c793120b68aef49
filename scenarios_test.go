package provider_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/tmc/langchaingo/agents"
	"github.com/tmc/langchaingo/chains"
	"github.com/tmc/langchaingo/llms"
	"github.com/tmc/langchaingo/tools"

	"github.com/seed-a739af98/langchaingo-azure/adapters/langchaingo"
	"github.com/seed-a739af98/langchaingo-azure/azureadv1"
	"github.com/seed-a739af98/langchaingo-azure/azureadv1/azuretest"
)

// The scenarios are whole situations of an application, each in its shortest form. The tests named after behaviours and
// troubles go through their variations.

// plain and streamed are GenerateContent's two ways.
func plain(s surface) route    { return route{s, ways[0]} }
func streamed(s surface) route { return route{s, ways[1]} }

// said is a chat call's first choice.
func said(t *testing.T, m llms.Model, messages []llms.MessageContent, options ...llms.CallOption) *llms.ContentChoice {
	t.Helper()
	response, err := m.GenerateContent(t.Context(), messages, options...)
	must(t, err)
	return response.Choices[0]
}

// llmCode is what langchaingo's own predicates go by.
func llmCode(err error) llms.ErrorCode {
	var e *llms.Error
	if !errors.As(err, &e) {
		return ""
	}
	return e.Code
}

func TestScenario01_LongRunOverExpiry(t *testing.T) {
	onBothSurfaces(t, func(t *testing.T, sf surface) {
		const calls, span = 40, 3 * time.Hour
		s := inMemory(t, azuretest.Options{TokenLifetime: time.Hour})
		cred := count(s.Credential())
		cfg := config(t, s, sf.version)
		cfg.Credential = cred
		c := newCaller(t, cfg)
		began := time.Now()
		var long sync.WaitGroup
		for i := range calls {
			time.Sleep(time.Until(began.Add(span * time.Duration(i) / (calls - 1))))
			if i == 11 { // 50 minutes in
				long.Go(func() { streamAcrossExpiry(t, s, c) })
				time.Sleep(time.Second)
			}
			plain(sf).succeed(t, c)
		}
		long.Wait()
		if n := len(s.Requests()); n != calls+1 {
			t.Errorf("%d requests, want %d", n, calls+1)
		}
		for _, r := range s.Requests() {
			checkLiving(t, r)
		}
		cred.check(t, 3, 4)
	})
}

func TestScenario02_V1WithEntra(t *testing.T) {
	for _, version := range []string{"v1", "latest", "preview", " V1 "} {
		t.Run(fmt.Sprintf("version %q", version), func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				s := inMemory(t, azuretest.Options{Host: "r.openai.azure.com", KeysDisabled: true})
				cfg := config(t, s, version)
				cfg.Endpoint, cfg.Credential = "https://r.openai.azure.com", s.Credential()
				c := newCaller(t, cfg)
				for _, w := range []way{ways[0], ways[1], ways[3]} {
					route{surfaces[1], w}.succeed(t, c)
				}
				for i, want := range []string{
					"POST /openai/v1/chat/completions? chat", "POST /openai/v1/chat/completions? chat", "POST /openai/v1/embeddings? embed",
				} {
					r := s.Requests()[i]
					checkCredential(t, r, azuretest.CredentialToken)
					if got := fmt.Sprintf("%s %s?%s %v", r.Method, r.Path, r.Query, r.Field("model")); got != want {
						t.Errorf("request %d is %s, want %s", i, got, want)
					}
				}
			})
		})
	}
}

func TestScenario03_ClassicWithEntraAndWithKey(t *testing.T) {
	rows := []struct {
		name       string
		set        func(*azureadv1.Config, *issuer)
		credential string
		asked      int
	}{
		{"Entra", func(c *azureadv1.Config, i *issuer) { c.TokenProvider = i.token }, azuretest.CredentialToken, 1},
		{"a key", func(c *azureadv1.Config, _ *issuer) { c.APIKey = apiKey }, azuretest.CredentialKey, 0},
		{"both", func(c *azureadv1.Config, i *issuer) { c.APIKey, c.TokenProvider = apiKey, i.token }, azuretest.CredentialKey, 0},
	}
	for _, row := range rows {
		t.Run("with "+row.name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				s := inMemory(t, azuretest.Options{Deployments: map[string]string{"gpt-4.1": "gpt-4.1"}})
				provider := &issuer{server: s}
				cfg := config(t, s, "2024-10-21")
				cfg.Deployment = "gpt-4.1"
				row.set(&cfg, provider)
				plain(surfaces[0]).succeed(t, newCaller(t, cfg))
				r := only(t, s)
				checkCredential(t, r, row.credential)
				if r.Path != "/openai/deployments/gpt-4.1/chat/completions" || r.Query != "api-version=2024-10-21" {
					t.Errorf("it called %s?%s", r.Path, r.Query)
				}
				if provider.asked() != row.asked {
					t.Errorf("the provider was asked %d times, want %d", provider.asked(), row.asked)
				}
			})
		})
	}
}

func TestScenario04_PasteAnything(t *testing.T) {
	const (
		onV1      = "/openai/v1/chat/completions"
		onClassic = "/openai/deployments/chat/chat/completions?api-version=2024-10-21"
	)
	spellings := []struct{ version, endpoint, url string }{
		{"v1", "r.openai.azure.com", "https://r.openai.azure.com" + onV1},
		{"v1", "HTTPS://R.OPENAI.AZURE.COM//", "https://r.openai.azure.com" + onV1},
		{"v1", "https://r.openai.azure.com/openai", "https://r.openai.azure.com" + onV1},
		{"", "https://r.openai.azure.com/openai/v1/", "https://r.openai.azure.com" + onV1},
		{"v1", "https://r.openai.azure.com/openai/v1/chat/completions", "https://r.openai.azure.com" + onV1},
		{"v1", "https://r.cognitiveservices.azure.com/", "https://r.cognitiveservices.azure.com" + onV1},
		{"v1", "https://r.services.ai.azure.com", "https://r.services.ai.azure.com" + onV1},
		{"v1", "https://r.services.ai.azure.com/api/projects/p", "https://r.services.ai.azure.com/api/projects/p" + onV1},
		{"v1", "https://apim.example.com/team-a/openai", "https://apim.example.com/team-a" + onV1},
		{"2024-10-21", "https://r.openai.azure.com/openai/", "https://r.openai.azure.com" + onClassic},
		{"2024-10-21", "https://r.openai.azure.com/openai/deployments/chat", "https://r.openai.azure.com" + onClassic},
		{"", "https://r.openai.azure.com" + onClassic, "https://r.openai.azure.com" + onClassic},
		{"2024-10-21", "https://apim.example.com/team-a", "https://apim.example.com/team-a" + onClassic},
	}
	for _, row := range spellings {
		cfg := azureadv1.Config{Endpoint: row.endpoint, APIVersion: row.version, Deployment: chatDeployment, APIKey: apiKey}
		client, err := azureadv1.NewClient(cfg)
		must(t, err)
		if got := client.URL(azureadv1.OpChat); got != row.url || cfg.Explain().ChatURL != row.url {
			t.Errorf("%q with version %q is %s (explained as %s), want %s", row.endpoint, row.version, got, cfg.Explain().ChatURL, row.url)
		}
	}
	mistakes := []struct {
		name, version, endpoint string
		words                   []string
	}{
		{"a date on a v1 path", "2024-10-21", "https://r.openai.azure.com/openai/v1", []string{"2024-10-21", "/openai/v1"}},
		{"v1 on a deployment's path", "v1", "https://r.openai.azure.com/openai/deployments/chat", []string{"v1", "/openai/deployments/"}},
		{"a deployment's path without a version", "", "https://r.openai.azure.com/openai/deployments/chat", []string{"APIVersion"}},
		{"another deployment", "2024-10-21", "https://r.openai.azure.com/openai/deployments/other", []string{"other", "chat"}},
		{"a model's version", "0613", "https://r.openai.azure.com", []string{"0613", "model version"}},
		{"another scheme", "v1", "ftp://r.openai.azure.com", []string{"ftp"}},
		{"OpenAI itself", "v1", "https://api.openai.com/v1", []string{"api.openai.com"}},
	}
	for _, row := range mistakes {
		t.Run(row.name, func(t *testing.T) {
			_, err := azureadv1.NewClient(azureadv1.Config{Endpoint: row.endpoint, APIVersion: row.version, Deployment: chatDeployment, APIKey: apiKey})
			if err == nil {
				t.Fatal("it was accepted")
			}
			checkSecrets(t, err)
			checkContains(t, err.Error(), row.words...)
		})
	}
}

func TestScenario05_ChatOnly(t *testing.T) {
	onBothSurfaces(t, func(t *testing.T, sf surface) {
		s := inMemory(t, azuretest.Options{Deployments: map[string]string{chatDeployment: "gpt-4o"}})
		cfg := config(t, s, sf.version)
		cfg.Credential = s.Credential()
		chat, err := langchaingo.New(cfg)
		must(t, err)
		said(t, chat, question())
		if _, err = chat.CreateEmbedding(t.Context(), []string{"a text"}); err == nil {
			t.Fatal("vectors came from nowhere")
		}
		checkContains(t, err.Error(), "WithEmbeddingDeployment")

		other := inMemory(t, azuretest.Options{Host: "other.openai.azure.us"})
		there := config(t, other, "v1")
		there.Credential = other.Credential()
		vectors, err := embed(t.Context(), newCaller(t, there))
		must(t, err)
		if vectors != "2 vectors" || only(t, other).Operation != azuretest.OpEmbeddings {
			t.Errorf("%s came from %s", vectors, only(t, other))
		}
		said(t, chat, question())
		scopes := []string{s.TokenRequests()[0].Scope, other.TokenRequests()[0].Scope}
		for i, want := range []string{"https://cognitiveservices.azure.com/.default", "https://cognitiveservices.azure.us/.default"} {
			checkContains(t, scopes[i], want)
		}
	})
}

func TestScenario06_401MidRun(t *testing.T) {
	rows := []struct {
		name   string
		faults []azuretest.Reply
		want   []int
		words  []string // of the error; nil = none
	}{
		{"a token refused once", []azuretest.Reply{azuretest.Unauthorized()}, []int{200, 401, 200}, nil},
		{
			"a token refused always", slices.Repeat([]azuretest.Reply{azuretest.Unauthorized()}, 5),
			[]int{200, 401, 401},
			[]string{"https://cognitiveservices.azure.com", azuretest.DefaultTenantID, "expire"},
		},
		{"no role", []azuretest.Reply{azuretest.PermissionDenied()}, []int{200, 401}, []string{"Cognitive Services OpenAI User"}},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			onBothSurfaces(t, func(t *testing.T, sf surface) {
				s := inMemory(t, azuretest.Options{})
				provider := &issuer{server: s}
				cfg := config(t, s, sf.version)
				cfg.TokenProvider = provider.token
				c := newCaller(t, cfg)
				plain(sf).succeed(t, c)
				s.Enqueue(row.faults...)
				if row.words == nil {
					plain(sf).succeed(t, c)
				} else {
					_, err := generate(t.Context(), c)
					e := plain(sf).failure(t, err)
					checkContains(t, e.Error(), row.words...)
					if !errors.Is(err, llms.ErrAuthentication) || e.Hint == "" {
						t.Errorf("the hint is %q, the error %v", e.Hint, err)
					}
				}
				if d := cmp.Diff(row.want, statuses(s)); d != "" {
					t.Errorf("statuses (-want +got):\n%s", d)
				}
				if d := cmp.Diff(provider.issued, fingerprints(s)); d != "" {
					t.Errorf("tokens issued and sent (-issued +sent):\n%s", d)
				}
			})
		})
	}
}

func TestScenario07_HerdAndOutage(t *testing.T) {
	onBothSurfaces(t, func(t *testing.T, sf surface) {
		setUp := func(t *testing.T) (*azuretest.Server, *counted, caller) {
			t.Helper()
			s := inMemory(t, azuretest.Options{TokenLifetime: time.Hour})
			cred := count(s.Credential())
			cfg := config(t, s, sf.version)
			cfg.Credential = cred
			return s, cred, newCaller(t, cfg)
		}

		s, cred, c := setUp(t)
		s.SetEntraDelay(time.Second)
		for _, o := range together(t, plain(sf), c, 200, patient(t)) {
			must(t, o.err)
		}
		cred.check(t, 1, 1)

		time.Sleep(50 * time.Minute) // the token has ten minutes left
		s.SetEntraDown(true)
		for expiry := s.Requests()[0].TokenExpiry; time.Until(expiry) > time.Second; time.Sleep(10 * time.Second) {
			plain(sf).succeed(t, c)
		}

		s, cred, c = setUp(t)
		s.SetEntraDelay(24 * time.Hour)
		leave := func(i int) (context.Context, context.CancelFunc) {
			if i%2 == 0 {
				return context.WithCancel(t.Context())
			}
			return context.WithTimeout(t.Context(), time.Second)
		}
		for i, o := range together(t, plain(sf), c, 200, leave) {
			if want := []time.Duration{30 * time.Second, time.Second}[i%2]; o.err == nil || o.took > want {
				t.Fatalf("call %d ended after %v with %v, want an error after %v at most", i, o.took, o.err, want)
			}
		}
		cred.check(t, 1, 2)

		s, cred, c = setUp(t)
		s.SetEntraDelay(time.Second)
		ctx, cancel := context.WithCancel(t.Context())
		first := make(chan error, 1)
		go func() { first <- plainly(ctx, c) }()
		synctest.Wait() // its fetch is under way
		time.AfterFunc(100*time.Millisecond, cancel)
		for _, o := range together(t, plain(sf), c, 20, patient(t)) {
			must(t, o.err)
		}
		if err := <-first; !errors.Is(err, context.Canceled) {
			t.Errorf("the first caller left with %v", err)
		}
		cred.check(t, 1, 1)
	})
}

func plainly(ctx context.Context, c caller) error {
	_, err := generate(ctx, c)
	return err
}

func TestScenario08_429(t *testing.T) {
	rows := []struct {
		name       string
		wait       azuretest.Wait
		maxRetries int
		deadline   time.Duration
		least      time.Duration // how long the call takes
		most       time.Duration
		retryAfter time.Duration // of the error; 0 = none
	}{
		{"retry-after-ms", azuretest.RetryAfterMs(800), 0, time.Minute, 800 * time.Millisecond, time.Second, 0},
		{"Retry-After beyond the deadline", azuretest.RetryAfter(45), 0, 10 * time.Second, 0, 0, 45 * time.Second},
		{"Retry-After of a day", azuretest.RetryAfter(86400), 0, 48 * time.Hour, 0, 0, 24 * time.Hour},
		{"no retries", azuretest.RetryAfterMs(800), -1, time.Minute, 0, 0, 800 * time.Millisecond},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			onBothSurfaces(t, func(t *testing.T, sf surface) {
				s := inMemory(t, azuretest.Options{})
				s.Enqueue(azuretest.RateLimited(row.wait))
				provider := &issuer{server: s}
				cfg := config(t, s, sf.version)
				cfg.TokenProvider, cfg.MaxRetries = provider.token, row.maxRetries
				c := newCaller(t, cfg)
				ctx, cancel := context.WithTimeout(t.Context(), row.deadline)
				defer cancel()
				began := time.Now()
				_, err := generate(ctx, c)
				if took := time.Since(began); took < row.least || took > row.most {
					t.Errorf("it took %v, want %v to %v", took, row.least, row.most)
				}
				attempts := 2
				if row.retryAfter != 0 {
					attempts = 1
					if e := plain(sf).failure(t, err); e.RetryAfter != row.retryAfter || !llms.IsRateLimitError(err) {
						t.Errorf("RetryAfter is %v in %v, want %v", e.RetryAfter, err, row.retryAfter)
					}
				} else {
					must(t, err)
				}
				if n := s.Stats().Calls; n != attempts || provider.asked() != attempts {
					t.Errorf("%d requests and %d questions to the provider, want %d of each", n, provider.asked(), attempts)
				}
			})
		})
	}
}

// eventStream answers these lines as they are.
func eventStream(body string) azuretest.Reply {
	return azuretest.Raw(http.StatusOK, http.Header{"Content-Type": {"text/event-stream"}}, body)
}

func TestScenario09_StreamFidelity(t *testing.T) {
	long := strings.Repeat("0123456789", 20_000)
	odd := strings.ReplaceAll(strings.Join([]string{
		`data: {"choices":[],"id":"","prompt_filter_results":[{"prompt_index":0,"content_filter_results":{}}]}`,
		`: keep-alive`,
		`data: {"choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]}`,
		`data: {"choices":[{"index":0,"delta":{"content":"` + long + `"},"finish_reason":null}],"usage":null}`,
		`data: {"choices":[{"index":0,"finish_reason":null,"content_filter_results":{},"content_filter_offsets":{"check_offset":0}}]}`,
		`data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}`,
		`data: {"choices":[],"usage":{"prompt_tokens":11,"completion_tokens":7,"total_tokens":18}}`,
		`data: [DONE]`, // and no final blank line
	}, "\n\n"), "\n", "\r\n")
	three := azuretest.Text("one ", "two ", "three")
	onBothSurfaces(t, func(t *testing.T, sf surface) {
		s := inMemory(t, azuretest.Options{})
		cfg := config(t, s, sf.version)
		cfg.APIKey, cfg.MaxRetries = apiKey, -1
		c := newCaller(t, cfg)
		listen := llms.WithStreamingFunc(func(context.Context, []byte) error { return nil })

		s.Enqueue(eventStream(odd))
		whole := said(t, c.model, question(), listen)
		if whole.Content != long || whole.StopReason != "stop" || whole.GenerationInfo["TotalTokens"] != 18 {
			t.Errorf("%d of %d bytes, finish reason %q, usage %v", len(whole.Content), len(long), whole.StopReason, whole.GenerationInfo)
		}
		for name, reply := range map[string]azuretest.Reply{
			"an error frame": azuretest.StreamError(2, three), "a cut": azuretest.CutStream(2, three), "an early end": azuretest.TruncatedStream(2, three),
		} {
			s.Enqueue(reply)
			response, err := c.model.GenerateContent(t.Context(), question(), listen)
			_ = streamed(sf).failure(t, err)
			if response == nil || response.Choices[0].Content != "one two " {
				t.Errorf("beside the error of %s came %+v", name, response)
			}
			if name == "an early end" && (!errors.Is(err, azureadv1.ErrStreamTruncated) || !errors.Is(err, io.ErrUnexpectedEOF)) {
				t.Errorf("an early end is %v", err)
			}
		}
		s.Enqueue(three.WithPace(time.Second))
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(1500*time.Millisecond, cancel)
		_, err := c.model.GenerateContent(ctx, question(), listen)
		if !errors.Is(err, context.Canceled) || llmCode(err) != llms.ErrCodeCanceled {
			t.Errorf("a cancelled stream is %v", err)
		}
	})
}

func TestScenario10_Tools(t *testing.T) {
	onBothSurfaces(t, func(t *testing.T, sf surface) {
		s := inMemory(t, azuretest.Options{Respond: brain})
		cfg := config(t, s, sf.version)
		cfg.APIKey = apiKey
		c := newCaller(t, cfg)
		s.Enqueue(azuretest.ToolCalls(
			azuretest.ToolCall{ID: "a", Name: "clock", Arguments: `{"city":"Oslo, \"Norge\""}`},
			azuretest.ToolCall{ID: "b", Name: "clock", Arguments: `{"city":"Rome"}`},
		).WithText("Let me ", "see.").Interleaved())
		clock := llms.Tool{Type: "function", Function: &llms.FunctionDefinition{Name: "clock", Parameters: map[string]any{"type": "object"}}}
		var heard strings.Builder
		answer := said(t, c.model, question(), llms.WithTools([]llms.Tool{clock}), llms.WithStreamingFunc(func(_ context.Context, chunk []byte) error {
			heard.Write(chunk)
			return nil
		}))
		var calls []string
		for _, call := range answer.ToolCalls {
			calls = append(calls, call.ID+" "+call.FunctionCall.Name+call.FunctionCall.Arguments)
		}
		if d := cmp.Diff([]string{`a clock{"city":"Oslo, \"Norge\""}`, `b clock{"city":"Rome"}`}, calls); d != "" || heard.String() != "Let me see." {
			t.Errorf("heard %q and called (-want +got):\n%s", heard.String(), d)
		}

		s.Reset()
		answered, err := runAgent(t.Context(), c.model, true) // its tools are called with __arg1
		must(t, err)
		if answered != agentAnswer {
			t.Errorf("the agent said %q, want %q", answered, agentAnswer)
		}
		checkPaired(t, s.Requests()[len(s.Requests())-1], 2)
	})
}

// checkPaired looks for n calls in a conversation, each with one result under its id.
func checkPaired(t *testing.T, r azuretest.Request, n int) {
	t.Helper()
	var calls, results []string
	for _, m := range r.Messages() {
		for _, call := range m.ToolCalls {
			calls = append(calls, call.ID)
		}
		if m.Role == "tool" {
			results = append(results, m.ToolCallID)
		}
	}
	if d := cmp.Diff(calls, results); d != "" || len(calls) != n {
		t.Errorf("%d calls, want %d; calls and results (-calls +results):\n%s", len(calls), n, d)
	}
}

func TestScenario11_Gpt5BehindAnOpaqueName(t *testing.T) {
	const opaque = "prod-chat-eu"
	onBothSurfaces(t, func(t *testing.T, sf surface) {
		version := strings.ReplaceAll(sf.version, "2024-10-21", "2025-04-01-preview") // reasoning models need a newer one
		reasoner := func(t *testing.T, respond func(azuretest.Request) azuretest.Reply) (*azuretest.Server, *langchaingo.LLM) {
			t.Helper()
			s := inMemory(t, azuretest.Options{Deployments: map[string]string{opaque: "gpt-5", chatDeployment: "gpt-4o"}, Respond: respond})
			cfg := config(t, s, version)
			cfg.APIKey, cfg.Deployment = apiKey, opaque
			model, err := langchaingo.New(cfg, langchaingo.WithBaseModel("gpt-5"))
			must(t, err)
			return s, model
		}
		s, model := reasoner(t, nil)
		said(t, model, question(), llms.WithTemperature(0.2), llms.WithTopP(0.5), llms.WithStopWords([]string{"!"}), llms.WithMaxTokens(50))
		sent := only(t, s)
		for _, name := range []string{"temperature", "top_p", "stop", "max_tokens"} {
			if sent.Field(name) != nil {
				t.Errorf("%s was sent", name)
			}
		}
		if sent.Field("max_completion_tokens") != 50.0 {
			t.Errorf("it sent %s", sent.Body)
		}
		said(t, model, question(), llms.WithModel(chatDeployment), llms.WithTemperature(0))
		said(t, model, question(), llms.WithModel(chatDeployment))
		if all := s.Requests(); all[1].Field("temperature") != 0.0 || all[2].Field("temperature") != nil {
			t.Errorf("a chat model was sent the temperatures %v and %v, want 0 and none", all[1].Field("temperature"), all[2].Field("temperature"))
		}

		for final, agent := range map[string]func(llms.Model) agents.Agent{
			"Final Answer:": func(m llms.Model) agents.Agent {
				return agents.NewOneShotAgent(m, []tools.Tool{tool{"clock", "12:00"}})
			},
			"AI:": func(m llms.Model) agents.Agent {
				return agents.NewConversationalAgent(m, []tools.Tool{tool{"clock", "12:00"}})
			},
		} {
			_, model := reasoner(t, dreamer(final))
			got, err := chains.Run(t.Context(), agents.NewExecutor(agent(model)), "How late is it?")
			must(t, err)
			if strings.TrimSpace(got) != "It is 12:00." {
				t.Errorf("the agent that ends with %q said %q", final, got)
			}
		}
	})
}

// dreamer makes up the observation and the answer, as models do that nothing stops.
func dreamer(final string) func(azuretest.Request) azuretest.Reply {
	return func(r azuretest.Request) azuretest.Reply {
		if strings.Contains(r.LastMessage().Content, "12:00") {
			return azuretest.Text("Thought: I know\n" + final + " It is 12:00.")
		}
		return azuretest.Text("Thought: I need the clock\nAction: clock\nAction Input: now\nObser", "vation: midnight\n"+final+" It is midnight.")
	}
}

func TestScenario12_ContentFilter(t *testing.T) {
	onBothSurfaces(t, func(t *testing.T, sf surface) {
		s := inMemory(t, azuretest.Options{})
		cfg := config(t, s, sf.version)
		cfg.APIKey, cfg.MaxRetries = apiKey, -1
		c := newCaller(t, cfg)
		s.Enqueue(azuretest.ContentFiltered("violence", "jailbreak"))
		_, err := generate(t.Context(), c)
		e := plain(sf).failure(t, err)
		if !errors.Is(err, llms.ErrContentFilter) || e.ContentFilter == nil || e.ContentFilter.Source != "prompt" {
			t.Fatalf("a filtered prompt is %v", err)
		}
		blocked := e.ContentFilter.Filtered()
		slices.Sort(blocked)
		if d := cmp.Diff([]string{"jailbreak", "violence"}, blocked); d != "" {
			t.Errorf("categories (-want +got):\n%s", d)
		}

		for _, r := range []route{plain(sf), streamed(sf)} {
			s.Enqueue(azuretest.EmptyChoices())
			_ = r.fail(t, c)
			s.Enqueue(azuretest.FilteredAnswer("It was "))
			var options []llms.CallOption
			if r.way.name != ways[0].name {
				options = append(options, llms.WithStreamingFunc(func(context.Context, []byte) error { return nil }))
			}
			if answer := said(t, c.model, question(), options...); answer.StopReason != "content_filter" || answer.Content != "It was " {
				t.Errorf("%s: a filtered answer is %+v", r, answer)
			}
		}
	})
}

func TestScenario13_NoLeaks(t *testing.T) {
	t.Setenv("OPENAI_API_KEY", "hush-openai-key")
	onBothSurfaces(t, func(t *testing.T, sf surface) {
		for name, set := range map[string]func(*azureadv1.Config, *azuretest.Server){
			"a key": func(c *azureadv1.Config, _ *azuretest.Server) { c.APIKey = apiKey },
			"Entra": func(c *azureadv1.Config, s *azuretest.Server) { c.Credential = s.Credential() },
		} {
			s := inMemory(t, azuretest.Options{})
			others := &elsewhere{server: s}
			cfg := config(t, s, sf.version) // whose log is looked through at the end
			cfg.HTTPClient, cfg.MaxRetries = &http.Client{Transport: others}, -1
			set(&cfg, s)
			c := newCaller(t, cfg) // which prints all there is to print
			faults := []azuretest.Reply{
				azuretest.Redirect(307, "https://evil.example/openai?code=hush"), azuretest.PermissionDenied(), azuretest.KeysDisabled(),
				azuretest.NetworkDenied(), azuretest.DeploymentNotFound(), azuretest.RateLimited(), azuretest.ServerError(), azuretest.Disconnect(),
				azuretest.ContentFiltered(), azuretest.ContextLengthExceeded(), azuretest.EmptyChoices(), azuretest.TruncatedStream(1), azuretest.StreamError(1),
			}
			for _, fault := range faults {
				s.Enqueue(fault)
				_ = streamed(sf).fail(t, c) // which prints the error
			}
			if len(others.seen) != 0 {
				t.Errorf("with %s, elsewhere was asked: %q", name, others.seen)
			}
			for _, r := range s.Requests() {
				if strings.Contains(fmt.Sprint(r.Header), "hush-openai-key") {
					t.Errorf("with %s, OPENAI_API_KEY was sent in %s", name, r)
				}
			}
			cfg.Endpoint = "http://r.openai.azure.com"
			_, err := azureadv1.NewClient(cfg)
			if err == nil {
				t.Fatal("plain http was accepted")
			}
			checkSecrets(t, err)
			checkContains(t, err.Error(), "http://", "https")
		}
	})
}

func TestScenario15_SovereignAndGateway(t *testing.T) {
	rows := []struct {
		name     string
		opts     azuretest.Options
		endpoint string
		scope    string // that Config sets
		path     string
		want     string // the scope that is asked for
	}{
		{
			"US Government",
			azuretest.Options{Host: "r.openai.azure.us"},
			"https://r.openai.azure.us", "",
			"/openai/v1/chat/completions", "https://cognitiveservices.azure.us/.default",
		},
		{
			"a Foundry project",
			azuretest.Options{Host: "r.services.ai.azure.com"},
			"https://r.services.ai.azure.com/api/projects/p", "",
			"/api/projects/p/openai/v1/chat/completions", "https://ai.azure.com/.default",
		},
		{
			"a gateway with a scope of its own",
			azuretest.Options{Host: "apim.example.com", Prefix: "/team-a", Audience: "api://gateway"},
			"https://apim.example.com/team-a", "api://gateway/.default", "/team-a/openai/v1/chat/completions", "api://gateway/.default",
		},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				s := inMemory(t, row.opts)
				cfg := config(t, s, "v1")
				cfg.Endpoint, cfg.Scope, cfg.Credential = row.endpoint, row.scope, s.Credential()
				cfg.Header = http.Header{"Ocp-Apim-Subscription-Key": {"hush-subscription"}}
				if err := cfg.Validate(); err != nil || len(s.TokenRequests()) != 0 || cfg.Explain().Scope != row.want {
					t.Errorf("before any call: %v, %d token requests, scope %q", err, len(s.TokenRequests()), cfg.Explain().Scope)
				}
				plain(surfaces[1]).succeed(t, newCaller(t, cfg))
				r := only(t, s)
				checkCredential(t, r, azuretest.CredentialToken)
				if r.Path != row.path || r.Header.Get("Ocp-Apim-Subscription-Key") != "hush-subscription" {
					t.Errorf("it called %s with the subscription key %q", r.Path, r.Header.Get("Ocp-Apim-Subscription-Key"))
				}
				checkContains(t, s.TokenRequests()[0].Scope, row.want)
			})
		})
	}
}

func TestScenario15_AzureCLIRunsOncePerTokenLifetime(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the stand-in for az is a shell script")
	}
	dir := t.TempDir()
	t.Setenv("PATH", dir+string(os.PathListSeparator)+os.Getenv("PATH"))
	answer, runs := filepath.Join(dir, "answer.json"), filepath.Join(dir, "runs")
	script := fmt.Sprintf("#!/bin/sh\necho run >> '%s'\ncat '%s'\n", runs, answer)
	must(t, os.WriteFile(filepath.Join(dir, "az"), []byte(script), 0o700))
	inBubble(t, func(t *testing.T) {
		s := inMemory(t, azuretest.Options{TokenLifetime: time.Hour})
		cfg := config(t, s, "v1")
		cfg.Identity = azureadv1.Identity{Kind: "azure_cli"}
		c := newCaller(t, cfg)
		for life := range 2 {
			token := fmt.Sprintf(`{"accessToken":%q,"expires_on":%d}`, s.IssueToken(azuretest.Claims{}), time.Now().Add(time.Hour).Unix())
			must(t, os.WriteFile(answer, []byte(token), 0o600))
			for range 5 {
				plain(surfaces[1]).succeed(t, c)
			}
			log, err := os.ReadFile(runs)
			must(t, err)
			if n := strings.Count(string(log), "run"); n != life+1 {
				t.Errorf("az ran %d times in %d lives of a token", n, life+1)
			}
			time.Sleep(61 * time.Minute)
		}
	})
}
