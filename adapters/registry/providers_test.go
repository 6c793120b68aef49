package registry_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"
	"github.com/tmc/langchaingo/callbacks"
	"github.com/tmc/langchaingo/llms"

	"github.com/seed-a739af98/langchaingo-azure/adapters/registry"
	"github.com/seed-a739af98/langchaingo-azure/azureadv1/azuretest"
)

// local is another provider's model: it answers or fails as it is told.
type local struct {
	entry  registry.Entry
	fail   error
	pieces []string
	seen   llms.CallOptions
}

func (l *local) GenerateContent(ctx context.Context, _ []llms.MessageContent, options ...llms.CallOption) (*llms.ContentResponse, error) {
	l.seen = llms.CallOptions{}
	for _, o := range options {
		o(&l.seen)
	}
	if l.fail != nil {
		return nil, l.fail
	}
	for _, p := range l.pieces {
		if l.seen.StreamingFunc != nil {
			if err := l.seen.StreamingFunc(ctx, []byte(p)); err != nil {
				return nil, err
			}
		}
	}
	return &llms.ContentResponse{Choices: []*llms.ContentChoice{{Content: strings.Join(l.pieces, ""), StopReason: "stop"}}}, nil
}

func (l *local) Call(ctx context.Context, prompt string, options ...llms.CallOption) (string, error) {
	return llms.GenerateFromSinglePrompt(ctx, l, prompt, options...)
}

const withLocal = `
model_list:
  - {model_name: chat, litellm_params: {model: local/llama3, api_base: http://localhost:11434, order: 1, num_ctx: 4096, temperature: 0.5}, model_info: {id: local}}
  - {model_name: chat, litellm_params: {model: azure/east, api_base: https://azuretest.openai.azure.com, api_key: hush-api-key, order: 2}, model_info: {id: east}}
`

func TestAnotherProvider(t *testing.T) {
	s := azure(t, azuretest.Options{})
	r := parse(t, s, withLocal)
	if _, err := r.Model("chat"); err == nil || !strings.Contains(err.Error(), `Register("local"`) {
		t.Errorf("a provider that nobody registered: %v", err)
	}
	theirs := &local{pieces: []string{"from ", "here"}}
	made := 0
	r.Register("local", func(e registry.Entry) (llms.Model, error) {
		made++
		theirs.entry = e
		return theirs, nil
	})
	m := model(t, r, "chat")
	if by := ask(t, m); by != "local" {
		t.Errorf("%s served, want local", by)
	}
	want := registry.Entry{
		Name: "chat", ID: "local", Provider: "local", Model: "llama3", APIBase: "http://localhost:11434",
		Params: map[string]any{"num_ctx": int64(4096)},
	}
	if diff := cmp.Diff(want, theirs.entry); diff != "" {
		t.Errorf("the factory's entry (-want +got):\n%s", diff)
	}
	if theirs.seen.Temperature != 0.5 {
		t.Errorf("temperature %v, want the file's 0.5", theirs.seen.Temperature)
	}
	if heard, err := readChannel(t.Context(), m); heard != "from here" || err != nil {
		t.Errorf("as a channel: %q, %v", heard, err)
	}
	model(t, r, "chat")
	if made != 1 {
		t.Errorf("the factory was called %d times, want once", made)
	}
}

func TestAnotherProvidersFailures(t *testing.T) {
	rows := []struct {
		name   string
		fail   error
		served bool // by the next one
	}{
		{"a rate limit", llms.NewError(llms.ErrCodeRateLimit, "local", "slow down"), true},
		{"a refused credential", llms.NewError(llms.ErrCodeAuthentication, "local", "who?"), true},
		{"an outage, which may have been billed", llms.NewError(llms.ErrCodeProviderUnavailable, "local", "oops"), false},
		{"a bad request", llms.NewError(llms.ErrCodeInvalidRequest, "local", "no"), false},
		{"an error of its own", errors.New("something"), false},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := azure(t, azuretest.Options{})
				r := parse(t, s, withLocal, func(l *registry.Loader) {
					l.Providers = map[string]registry.Factory{"local": func(registry.Entry) (llms.Model, error) { return &local{fail: row.fail}, nil }}
				})
				m := model(t, r, "chat")
				if row.served {
					if by := ask(t, m); by != "east" {
						t.Errorf("%s served, want east", by)
					}
					return
				}
				_, err := m.GenerateContent(t.Context(), hello)
				if !errors.Is(err, row.fail) || codeOf(err) == "" {
					t.Errorf("%v: not an *llms.Error, or the provider's own error is lost", err)
				}
			})
		})
	}
}

func TestFactoryErrors(t *testing.T) {
	s := azure(t, azuretest.Options{})
	broken := errors.New("no such model on this machine")
	for name, f := range map[string]registry.Factory{
		"an error":  func(registry.Entry) (llms.Model, error) { return nil, broken },
		"no model":  func(registry.Entry) (llms.Model, error) { return nil, nil },
		"no vector": func(registry.Entry) (llms.Model, error) { return &local{}, nil },
	} {
		t.Run(name, func(t *testing.T) {
			r := parse(t, s, withLocal)
			r.Register("local", f)
			_, err := r.Model("chat")
			_, noVectors := r.Embedder("chat")
			if name != "no vector" && err == nil {
				t.Error("Model succeeded")
			}
			if noVectors == nil || !strings.Contains(fmt.Sprint(err, noVectors), "local") {
				t.Errorf("Model: %v, Embedder: %v", err, noVectors)
			}
			_, err = registry.Loader{HTTPClient: s.HTTPClient(), Providers: map[string]registry.Factory{"local": f}}.Parse(strings.NewReader(withLocal))
			if name != "no vector" && (err == nil || !strings.Contains(err.Error(), "line 3, column 5")) {
				t.Errorf("registered before: %v, want an error in the file", err)
			}
		})
	}
}

// counted counts what callbacks are told.
type counted struct {
	callbacks.SimpleHandler
	start, end, failed, chunks int
}

func (c *counted) HandleLLMGenerateContentStart(context.Context, []llms.MessageContent) { c.start++ }
func (c *counted) HandleLLMGenerateContentEnd(context.Context, *llms.ContentResponse)   { c.end++ }
func (c *counted) HandleLLMError(context.Context, error)                                { c.failed++ }

func (c *counted) HandleStreamingFunc(context.Context, []byte) { c.chunks++ }

func (c *counted) told() [4]int { return [4]int{c.start, c.end, c.failed, c.chunks} }

func TestCallbacksAreToldOncePerCall(t *testing.T) {
	discard := llms.WithStreamingFunc(func(context.Context, []byte) error { return nil })
	rows := []struct {
		name    string
		east    azuretest.Reply
		west    azuretest.Reply
		call    func(ctx context.Context, m llms.Model) error
		want    [4]int // start, end, error, chunks
		wantErr bool
	}{
		{"the second serves", azuretest.RateLimited(), azuretest.Text("ok"), generate(), [4]int{1, 1, 0, 0}, false},
		{"nobody serves", azuretest.RateLimited(), azuretest.ServerError(), generate(), [4]int{1, 0, 1, 0}, true},
		{"streamed by the second", azuretest.RateLimited(), azuretest.Text("a ", "b"), generate(discard), [4]int{1, 1, 0, 2}, false},
		{"a channel of the second", azuretest.RateLimited(), azuretest.Text("a ", "b"), channel, [4]int{1, 1, 0, 2}, false},
		{"a channel that breaks", azuretest.RateLimited(), azuretest.CutStream(1, azuretest.Text("a ", "b")), channel, [4]int{1, 0, 1, 1}, true},
		{"a channel that does not open", azuretest.RateLimited(), azuretest.ServerError(), channel, [4]int{1, 0, 1, 0}, true},
		{"a bad call", azuretest.Text(), azuretest.Text(), generate(llms.WithModel("none")), [4]int{1, 0, 1, 0}, true},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := azure(t, azuretest.Options{})
				var c counted
				m := model(t, parse(t, s, twoRegions, func(l *registry.Loader) { l.Callback = &c }), "chat")
				s.EnqueueFor("east", row.east)
				s.EnqueueFor("west", row.west)
				if err := row.call(t.Context(), m); (err != nil) != row.wantErr {
					t.Errorf("error %v", err)
				}
				synctest.Wait()
				if got := c.told(); got != row.want {
					t.Errorf("start, end, error, chunks = %v, want %v", got, row.want)
				}
			})
		})
	}
}

func generate(options ...llms.CallOption) func(context.Context, llms.Model) error {
	return func(ctx context.Context, m llms.Model) error {
		_, err := m.GenerateContent(ctx, hello, options...)
		return err
	}
}

func channel(ctx context.Context, m llms.Model) error {
	_, err := readChannel(ctx, m)
	return err
}
