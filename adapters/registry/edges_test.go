package registry_test

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/tmc/langchaingo/llms"

	"github.com/seed-a739af98/langchaingo-azure/adapters/registry"
	"github.com/seed-a739af98/langchaingo-azure/azureadv1"
	"github.com/seed-a739af98/langchaingo-azure/azureadv1/azuretest"
)

func TestAFallbacksOwnFailureEndsTheCall(t *testing.T) {
	const settings = "router_settings: {fallbacks: [{small: [lax, large]}], content_policy_fallbacks: [{lax: [large]}]}"
	rows := []struct {
		name  string
		reply azuretest.Reply
		code  llms.ErrorCode
	}{
		{"a bad request", azuretest.Raw(400, nil, `{"error":{"message":"no"}}`), llms.ErrCodeInvalidRequest},
		{"a 500", azuretest.ServerError(), llms.ErrCodeProviderUnavailable},
		{"a stream that breaks after its first piece", azuretest.CutStream(1, azuretest.Text("one ", "two")), llms.ErrCodeProviderUnavailable},
		{"a filter that cuts the answer after its first piece", azuretest.StreamError(1, azuretest.Text("one ", "two")), ""},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := azure(t, azuretest.Options{})
				m := model(t, parse(t, s, families+settings), "small")
				s.EnqueueFor("east", azuretest.RateLimited())
				s.EnqueueFor("lax", row.reply)
				_, err := m.GenerateContent(t.Context(), hello, llms.WithStreamingFunc(func(context.Context, []byte) error { return nil }))
				if err == nil || (row.code != "" && codeOf(err) != row.code) {
					t.Errorf("%v, want %s", err, row.code)
				}
				if got := called(s); got != "east lax" {
					t.Errorf("asked %q, want nobody after lax", got)
				}
			})
		})
	}
}

func TestTheCallersOwnErrorIsReturnedAndHeldAgainstNobody(t *testing.T) {
	for name, own := range map[string]error{
		"a plain error": errors.New("enough"),
		"an llms.Error": llms.NewError(llms.ErrCodeRateLimit, "mine", "enough"),
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := azure(t, azuretest.Options{})
				r := parse(t, s, twoRegions)
				m := model(t, r, "chat")
				for range 6 {
					_, err := m.GenerateContent(t.Context(), hello, llms.WithStreamingFunc(func(context.Context, []byte) error { return own }))
					if err != own { //nolint:errorlint // unchanged
						t.Fatalf("%T %v, want the error itself", err, err)
					}
				}
				if st := r.State()[0]; st.Failed != 0 || !st.Parked.Until.IsZero() {
					t.Errorf("it was held against the deployment: %+v", st)
				}
				if got := strings.Fields(called(s)); len(got) != 6 {
					t.Errorf("asked %v, want one deployment for each call", got)
				}
			})
		})
	}
}

func TestSmallestWait(t *testing.T) {
	rows := []struct {
		name       string
		settings   string
		east, west azuretest.Reply
		want       time.Duration
	}{
		{"one is parked since the call before", "", azuretest.RateLimited(azuretest.RetryAfter(2)), azuretest.RateLimited(azuretest.RetryAfter(60)), 2 * time.Second},
		{"a rate limit and a wrong key", "", azuretest.RateLimited(azuretest.RetryAfter(2)), azuretest.WrongKey(), 2 * time.Second},
		{"without cooldowns", "router_settings: {disable_cooldowns: true}", azuretest.RateLimited(azuretest.RetryAfter(9)), azuretest.RateLimited(azuretest.RetryAfter(7)), 7 * time.Second},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := azure(t, azuretest.Options{})
				m := model(t, parse(t, s, twoRegions+row.settings), "chat")
				s.EnqueueFor("east", row.east)
				s.EnqueueFor("west", row.west)
				err := refused(t, m)
				if e := azureadv1.AsError(err); !llms.IsRateLimitError(err) || e.RetryAfter != row.want {
					t.Errorf("RetryAfter %s, want %s: %v", e.RetryAfter, row.want, err)
				}
			})
		})
	}
}

func TestFailuresAmongSuccesses(t *testing.T) {
	rows := []struct {
		name   string
		ok     int // successes before each failure
		parked bool
	}{
		{"as many as there are successes park", 1, true},
		{"few among many do not", 5, false},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := azure(t, azuretest.Options{})
				r := parse(t, s, twoRegions)
				m := model(t, r, "chat")
				for range 6 {
					for range row.ok {
						ask(t, m)
					}
					s.EnqueueFor("east", azuretest.Raw(503, nil, `{"error":{"message":"busy"}}`))
					ask(t, m)
				}
				if got := parked(r).Until.After(time.Now()); got != row.parked {
					t.Errorf("parked is %v, want %v", got, row.parked)
				}
			})
		})
	}
}

func TestAChannelServesWhenItEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := azure(t, azuretest.Options{Respond: func(r azuretest.Request) azuretest.Reply {
			if r.Deployment == "east" {
				return azuretest.CutStream(1, azuretest.Text("one ", "two"))
			}
			return azuretest.Text("ok")
		}})
		r := parse(t, s, twoRegions)
		m := model(t, r, "chat")
		for range 4 {
			if _, err := readChannel(t.Context(), m); err == nil {
				t.Fatal("a stream that breaks was taken for whole")
			}
		}
		if st := r.State()[0]; st.Served != 0 || st.Failed != 4 || st.InFlight != 0 || st.Parked.Until.IsZero() {
			t.Errorf("%+v, want four failures, and parked", st)
		}
	})
}

func TestAModelThatPanicsLeavesNoTrace(t *testing.T) {
	s := azure(t, azuretest.Options{})
	theirs := &local{pieces: []string{"ok"}}
	r := parse(t, s, withLocal, func(l *registry.Loader) {
		l.Providers = map[string]registry.Factory{"local": func(registry.Entry) (llms.Model, error) { return theirs, nil }}
	})
	m := model(t, r, "chat")
	func() {
		defer func() { _ = recover() }()
		_, _ = m.GenerateContent(t.Context(), hello, func(o *llms.CallOptions) {
			o.StreamingFunc = func(context.Context, []byte) error { panic("the caller's") }
		})
	}()
	if st := r.State()[1]; st.ID != "local" || st.InFlight != 0 {
		t.Errorf("%+v, want nothing in flight", st)
	}
	if by := ask(t, m); by != "local" {
		t.Errorf("%s served, want local", by)
	}
}

// odd is another provider's model that answers what it is given.
type odd struct {
	response *llms.ContentResponse
	stream   []llms.ContentResponse
}

func (o *odd) GenerateContent(context.Context, []llms.MessageContent, ...llms.CallOption) (*llms.ContentResponse, error) {
	return o.response, nil
}

func (o *odd) Call(context.Context, string, ...llms.CallOption) (string, error) { return "", nil }

// oddStream has a channel of its own.
type oddStream struct{ odd }

func (o *oddStream) GenerateContentStream(context.Context, []llms.MessageContent, ...llms.CallOption) (<-chan llms.ContentResponse, error) {
	values := make(chan llms.ContentResponse, len(o.stream))
	for _, v := range o.stream {
		values <- v
	}
	close(values)
	return values, nil
}

func TestOddAnswersOfOtherProviders(t *testing.T) {
	const yaml = "model_list: [{model_name: chat, litellm_params: {model: odd/one, tpm: 600000}}]"
	with := func(m llms.Model) llms.Model {
		r, err := registry.Loader{Callback: &counted{}, Providers: map[string]registry.Factory{
			"odd": func(registry.Entry) (llms.Model, error) { return m, nil },
		}}.Parse(strings.NewReader(yaml))
		must(t, err)
		return model(t, r, "chat")
	}
	for name, response := range map[string]*llms.ContentResponse{
		"no answer": nil, "no choice": {}, "a nil choice": {Choices: []*llms.ContentChoice{nil}},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := with(&odd{response: response}).GenerateContent(t.Context(), hello); codeOf(err) != llms.ErrCodeProviderUnavailable {
				t.Errorf("%v, want an error", err)
			}
		})
	}
	t.Run("a shared answer is not written into", func(t *testing.T) {
		shared := &llms.ContentResponse{Choices: []*llms.ContentChoice{{Content: "ok", GenerationInfo: map[string]any{"mine": 1}}}}
		ask(t, with(&odd{response: shared}))
		if diff := cmp.Diff(map[string]any{"mine": 1}, shared.Choices[0].GenerationInfo); diff != "" {
			t.Errorf("the provider's own map (-want +got):\n%s", diff)
		}
	})
	t.Run("a model that never streams says all at once", func(t *testing.T) {
		m := with(&odd{response: &llms.ContentResponse{Choices: []*llms.ContentChoice{{Content: "all of it"}}}})
		if heard, err := readChannel(t.Context(), m); heard != "all of it" || err != nil {
			t.Errorf("heard %q, %v", heard, err)
		}
	})
	t.Run("a channel whose pieces have a GenerationInfo and nil choices", func(t *testing.T) {
		piece := func(text string) llms.ContentResponse {
			return llms.ContentResponse{Choices: []*llms.ContentChoice{{Content: text, GenerationInfo: map[string]any{}}}}
		}
		m := with(&oddStream{odd{stream: []llms.ContentResponse{piece("one "), {Choices: []*llms.ContentChoice{nil}}, piece("two "), piece("three")}}})
		if heard, err := readChannel(t.Context(), m); heard != "one two three" || err != nil {
			t.Errorf("heard %q, %v", heard, err)
		}
	})
	t.Run("a channel that ends without a value", func(t *testing.T) {
		if _, err := readChannel(t.Context(), with(&oddStream{})); err == nil {
			t.Error("taken for an answer")
		}
	})
	t.Run("a nil pointer for a model", func(t *testing.T) {
		r, err := registry.Parse(strings.NewReader(yaml))
		must(t, err)
		r.Register("odd", func(registry.Entry) (llms.Model, error) { return (*odd)(nil), nil })
		if m, err := r.Model("chat"); m != nil || err == nil {
			t.Errorf("%v, %v, want an error alone", m, err)
		}
	})
}

func TestPlainErrorsOfOtherProvidersAreRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := azure(t, azuretest.Options{})
		plain := errors.New("API returned unexpected status code: 429: Rate limit reached")
		r := parse(t, s, withLocal, func(l *registry.Loader) {
			l.Providers = map[string]registry.Factory{"local": func(registry.Entry) (llms.Model, error) { return &local{fail: plain}, nil }}
		})
		if by := ask(t, model(t, r, "chat")); by != "east" {
			t.Errorf("%s served, want east", by)
		}
	})
}

func TestRetryPolicyGoesBeforeNumRetries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		yaml := "model_list:\n"
		for _, name := range []string{"east", "west", "north", "big"} {
			yaml += "  - {model_name: chat, litellm_params: {model: azure/" + name + ", api_base: https://azuretest.openai.azure.com, api_key: hush-api-key}}\n"
		}
		s := azure(t, azuretest.Options{Respond: func(azuretest.Request) azuretest.Reply { return azuretest.RateLimited() }})
		_ = refused(t, model(t, parse(t, s, yaml+"router_settings: {num_retries: 1, retry_policy: {RateLimitErrorRetries: 2}}"), "chat"))
		if n := len(s.Requests()); n != 3 {
			t.Errorf("%d attempts, want 3", n)
		}
	})
}

func TestDefaultFallbacksAreForNamesOfTheirKind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := azure(t, azuretest.Options{})
		r := parse(t, s, families+vectorsEntry+"router_settings: {default_fallbacks: [large], context_window_fallbacks: [{\"*\": [lax]}]}")
		e, err := r.Embedder("vectors")
		must(t, err)
		_, err = e.EmbedQuery(t.Context(), "x")
		must(t, err)
		s.Reset()
		m := model(t, r, "small")
		s.EnqueueFor("east", azuretest.ContextLengthExceeded(), azuretest.RateLimited())
		if got := ask(t, m) + " " + ask(t, m); got != "lax big" {
			t.Errorf("served by %s, want lax for a long conversation and big for a rate limit", got)
		}
	})
}

func TestARefusedReloadLeavesTheLimits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := azure(t, azuretest.Options{})
		path := filepath.Join(t.TempDir(), "models.yaml")
		write(t, path, limited("rpm: 600"))
		r, err := registry.Loader{HTTPClient: s.HTTPClient()}.Load(path)
		must(t, err)
		write(t, path, limited("rpm: 1")+"router_settings: {routing_strategy: magic}")
		if err := r.Reload(); err == nil {
			t.Fatal("a broken file was taken over")
		}
		m := model(t, r, "chat")
		began := time.Now()
		for range 11 {
			ask(t, m)
		}
		if took := time.Since(began); took > 2*time.Second {
			t.Errorf("11 calls took %s: the refused file's limit holds", took)
		}
	})
}

func TestAReloadAsksAReplacedFactory(t *testing.T) {
	path := filepath.Join(t.TempDir(), "models.yaml")
	write(t, path, "model_list: [{model_name: chat, litellm_params: {model: local/one}}]")
	r, err := registry.Load(path)
	must(t, err)
	says := func(text string) registry.Factory {
		return func(registry.Entry) (llms.Model, error) { return &local{pieces: []string{text}}, nil }
	}
	said := func() string {
		response, err := model(t, r, "chat").GenerateContent(t.Context(), hello)
		must(t, err)
		return response.Choices[0].Content
	}
	r.Register("local", says("old"))
	before := said()
	r.Register("local", says("new"))
	must(t, r.Reload())
	if after := said(); before != "old" || after != "new" {
		t.Errorf("%q and then %q", before, after)
	}
}

func TestCancelledChannelsSaySo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := azure(t, azuretest.Options{})
		m := model(t, parse(t, s, twoRegions), "chat")
		s.EnqueueFor("east", azuretest.Text("one ", "two ", "three").WithPace(time.Second))
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(1500*time.Millisecond, func() { cancel(errors.New("the user left")) })
		_, err := readChannel(ctx, m)
		if codeOf(err) != llms.ErrCodeCanceled || !errors.Is(err, context.Canceled) {
			t.Errorf("%v, want canceled", err)
		}
	})
}
