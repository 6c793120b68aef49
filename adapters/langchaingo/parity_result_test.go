package langchaingo_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/tmc/langchaingo/httputil"
	"github.com/tmc/langchaingo/llms"
	"github.com/tmc/langchaingo/llms/openai"

	"github.com/seed-a739af98/langchaingo-azure/adapters/langchaingo"
	"github.com/seed-a739af98/langchaingo-azure/azureadv1"
	"github.com/seed-a739af98/langchaingo-azure/azureadv1/azuretest"
)

func TestParity27_NothingOfAnAnswerIsLost(t *testing.T) {
	for how, options := range map[string][]llms.CallOption{"plain": nil, "streamed": {llms.WithStreamingFunc(ignore)}} {
		t.Run(how, func(t *testing.T) {
			f, r := both(t, azuretest.Raw(http.StatusOK, nil, fullAnswer))
			if how == "streamed" {
				f, r = both(t, events(frames(firstFrame, roleFrame,
					`data: {"choices":[{"index":0,"delta":{"content":"a"},"content_filter_results":{"hate":{"filtered":false,"severity":"low"}}}],"model":"gpt-4o-2024-11-20","system_fingerprint":"fp_1"}`,
					stopFrame, usageFrame, doneFrame)))
			}
			response, err := r.ask(t, human("q"), options...)
			if err != nil {
				t.Fatal(err)
			}
			info := f.ask(t, human("q"), options...).GenerationInfo
			for _, key := range []string{"PromptFilterResults", "ContentFilterResults", "ID", "Model", "SystemFingerprint", "RequestID", "Region", "Deployment"} {
				_, there := response.Choices[0].GenerationInfo[key]
				stillWrong(t, !there, "drops what answers say beside their text", key)
				if info[key] == nil {
					t.Errorf("ours has no %s", key)
				}
			}
		})
	}
	t.Run("a refusal", func(t *testing.T) {
		f, r := both(t, azuretest.Refusal("I would rather not."))
		response, err := r.ask(t, human("q"))
		stillWrong(t, err == nil && response.Choices[0].Content == "", "gives an empty answer for a refusal", err)
		if got := f.ask(t, human("q")).GenerationInfo["Refusal"]; got != "I would rather not." {
			t.Errorf("ours has the refusal %v", got)
		}
	})
}

func TestParity28_ErrorsSayWhatTheServiceSaid(t *testing.T) {
	rows := []struct {
		name   string
		reply  azuretest.Reply
		theirs string // the whole of it
		ours   azureadv1.Error
	}{
		{
			"the model's own", azuretest.ContextLengthExceeded(),
			"API returned unexpected status code: 400: This model's maximum context length is 128000 tokens. However, your messages resulted in 130000 tokens. Please reduce the length of the messages.",
			azureadv1.Error{StatusCode: 400, Code: "context_length_exceeded", Param: "messages"},
		},
		{"the gateway's flat one", azuretest.PermissionDenied(), "", azureadv1.Error{StatusCode: 401, Code: "PermissionDenied"}},
		{"a flat 401", azuretest.Unauthorized(), "API returned unexpected status code: 401: ", azureadv1.Error{StatusCode: 401}},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			f, r := both(t, row.reply)
			_, err := r.ask(t, human("q"))
			var typed *llms.Error
			stillWrong(t, err != nil && !errors.As(err, &typed) && (row.theirs == "" || err.Error() == row.theirs), "gives an error of one line of text", err)

			_, err = f.GenerateContent(t.Context(), human("q"))
			e := azureadv1.AsError(err)
			if e == nil {
				t.Fatalf("ours: no *azureadv1.Error in %v", err)
			}
			if e.StatusCode != row.ours.StatusCode || row.ours.Code != "" && e.Code != row.ours.Code || e.Param != row.ours.Param {
				t.Errorf("ours: status %d, code %q, param %q", e.StatusCode, e.Code, e.Param)
			}
			if e.RequestID != f.last(t).RequestID || e.Region == "" || len(e.Message) < 10 {
				t.Errorf("ours: request id %q, region %q, message %q", e.RequestID, e.Region, e.Message)
			}
		})
	}
}

func TestParity29_FailuresAreSortedByWhatTheyAre(t *testing.T) {
	rows := []struct {
		name         string
		reply        azuretest.Reply
		theirs, ours llms.ErrorCode // theirs by its own MapError
	}{
		{ // theirs goes by the words "content filtering", which Azure's usual message happens to hold
			"the content filter in other words", azuretest.Raw(http.StatusBadRequest, nil, `{"error":{"code":"content_filter","message":"The response was filtered."}}`),
			llms.ErrCodeInvalidRequest, llms.ErrCodeContentFilter,
		},
		{"a firewall's 403", azuretest.NetworkDenied(), llms.ErrCodeUnknown, llms.ErrCodeAuthentication},
		{
			"a number in the text", azuretest.Raw(http.StatusNotFound, nil, `{"error":{"code":"DeploymentNotFound","message":"no deployment gpt-4290"}}`),
			llms.ErrCodeRateLimit, llms.ErrCodeResourceNotFound,
		},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			f, r := both(t, row.reply)
			_, err := r.ask(t, human("q"))
			var mapped *llms.Error
			stillWrong(t, err != nil && !errors.As(err, &mapped), "leaves its errors unmapped", err)
			if mapped = asLLMError(t, openai.MapError(err)); mapped.Code != row.theirs {
				stillWrong(t, false, "maps "+row.name+" to "+string(row.theirs), mapped.Code)
			}
			_, err = f.GenerateContent(t.Context(), human("q"))
			if e := asLLMError(t, err); e.Code != row.ours {
				t.Errorf("ours is %s, want %s", e.Code, row.ours)
			}
		})
	}
	f, _ := both(t, azuretest.ContentFiltered("violence"))
	_, err := f.GenerateContent(t.Context(), human("q"))
	e := azureadv1.AsError(err)
	if !errors.Is(err, llms.ErrContentFilter) || e == nil || e.ContentFilter == nil || !cmp.Equal(e.ContentFilter.Filtered(), []string{"violence"}) {
		t.Errorf("ours: %v", err)
	}
}

func TestParity30_CausesStayInTheChain(t *testing.T) {
	rows := []struct {
		name string
		end  func(context.Context) (context.Context, context.CancelFunc)
		is   error
		code llms.ErrorCode
	}{
		{"a deadline", func(ctx context.Context) (context.Context, context.CancelFunc) {
			return context.WithTimeout(ctx, time.Second)
		}, context.DeadlineExceeded, llms.ErrCodeTimeout},
		{"a cancellation", func(ctx context.Context) (context.Context, context.CancelFunc) {
			ctx, cancel := context.WithCancel(ctx)
			time.AfterFunc(time.Second, cancel)
			return ctx, cancel
		}, context.Canceled, llms.ErrCodeCanceled},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f, r := both(t, azuretest.SlowFirstByte(time.Minute))
				ctx, cancel := row.end(t.Context())
				defer cancel()
				_, err := r.GenerateContent(ctx, human("q"))
				stillWrong(t, err != nil && !errors.Is(err, row.is), "hides the context's error", err)
				ctx, cancel = row.end(t.Context())
				defer cancel()
				_, err = f.GenerateContent(ctx, human("q"))
				if e := asLLMError(t, err); !errors.Is(err, row.is) || e.Code != row.code {
					t.Errorf("ours: %v", err)
				}
			})
		})
	}
	t.Run("a refused connection", func(t *testing.T) {
		refused := &recorder{answer: func(*http.Request) (*http.Response, error) {
			return nil, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
		}}
		_, err := theirs(t, classic, azuretest.Options{}, openai.WithHTTPClient(refused.client())).ask(t, human("q"))
		stillWrong(t, err != nil && !errors.Is(err, syscall.ECONNREFUSED), "hides what the network said", err)
		f := setUp(t, classic, azuretest.Options{}, nil, func(c *azureadv1.Config) { c.HTTPClient = refused.client() })
		_, err = f.GenerateContent(t.Context(), human("q"))
		if e := asLLMError(t, err); !errors.Is(err, syscall.ECONNREFUSED) || e.Code != llms.ErrCodeProviderUnavailable {
			t.Errorf("ours: %v", err)
		}
	})
}

func TestParity31_CallbacksHearOfFailuresAndOfPieces(t *testing.T) {
	var own, other diary
	f := setUp(t, newest, azuretest.Options{}, []langchaingo.Option{langchaingo.WithCallback(&own)})
	r := theirs(t, newest, azuretest.Options{}, openai.WithCallback(&other))
	script := []azuretest.Reply{azuretest.RateLimited(), azuretest.Text("one ", "two")}
	f.server.Enqueue(script...)
	r.server.Enqueue(script...)

	_, err := r.ask(t, human("q"))
	stillWrong(t, err != nil && cmp.Equal(other.events, []string{"start"}), "tells its handler of no failure", other.events)
	_, err = r.ask(t, human("q"), llms.WithStreamingFunc(ignore))
	stillWrong(t, err == nil && other.text == "", "tells its handler of no streamed piece", other.text)

	_, err = f.GenerateContent(t.Context(), human("q"))
	if err == nil || !cmp.Equal(own.events, []string{"start", "error"}) {
		t.Errorf("ours told %q of %v", own.events, err)
	}
	f.ask(t, human("q"), llms.WithStreamingFunc(ignore))
	if own.text != "one two" || !slices.Contains(own.events, "end") {
		t.Errorf("ours told %q and %q", own.events, own.text)
	}
}

func TestParity32_CallsAreRetriedAndLimited(t *testing.T) {
	retries := func(c *azureadv1.Config) { c.MaxRetries = 0 } // the default
	synctest.Test(t, func(t *testing.T) {
		f, r := setUp(t, newest, azuretest.Options{}, nil, retries), theirs(t, newest, azuretest.Options{})
		for _, s := range []*azuretest.Server{f.server, r.server} {
			s.Enqueue(azuretest.RateLimited(azuretest.RetryAfterMs(800)), azuretest.Text("hello"))
		}
		_, err := r.ask(t, human("q"))
		stillWrong(t, err != nil && r.server.Stats().Calls == 1, "gives up at the first 429", err)
		began := time.Now()
		answer := f.ask(t, human("q"))
		if took := time.Since(began); took < 800*time.Millisecond || took > 2*time.Second || answer.GenerationInfo["Attempts"] != 2 {
			t.Errorf("ours took %v and %v attempts", took, answer.GenerationInfo["Attempts"])
		}
	})
	stillWrong(t, httputil.DefaultClient.Timeout == 0, "waits without a limit", httputil.DefaultClient.Timeout)
	synctest.Test(t, func(t *testing.T) {
		f := setUp(t, newest, azuretest.Options{}, nil, retries)
		f.server.Enqueue(azuretest.SlowFirstByte(24 * time.Hour))
		began := time.Now()
		_, err := f.GenerateContent(t.Context(), human("q"))
		if took := time.Since(began); asLLMError(t, err).Code != llms.ErrCodeTimeout || took > 10*time.Minute {
			t.Errorf("ours took %v: %v", took, err)
		}
	})
}

func TestParity33_VectorsAreInTheOrderOfTheirTexts(t *testing.T) {
	first, second := []float32{1, 0}, []float32{0, 1}
	var usage langchaingo.EmbeddingUsage
	keep := langchaingo.WithEmbeddingUsage(func(_ context.Context, u langchaingo.EmbeddingUsage) { usage = u })
	f, r := setUp(t, newest, azuretest.Options{}, append(slices.Clone(embed), keep)), theirs(t, newest, azuretest.Options{})
	for _, s := range []*azuretest.Server{f.server, r.server} {
		s.Enqueue(azuretest.Embeddings(first, second).Reversed().WithUsage(azuretest.Usage{Prompt: 21}))
	}
	swapped, err := r.CreateEmbedding(t.Context(), []string{"a", "b"})
	stillWrong(t, err == nil && cmp.Equal(swapped, [][]float32{second, first}), "swaps vectors that come in another order", swapped, err)
	vectors, err := f.CreateEmbedding(t.Context(), []string{"a", "b"})
	if d := cmp.Diff([][]float32{first, second}, vectors); err != nil || d != "" {
		t.Errorf("ours: %v (-want +got):\n%s", err, d)
	}
	// Theirs returns vectors and an error, and has no option that could tell more: usage has no way out.
	if usage.PromptTokens != 21 || usage.Requests != 1 || len(usage.RequestIDs) != 1 {
		t.Errorf("ours told the usage %+v, want 21 tokens of one request", usage)
	}
	f.server.Enqueue(azuretest.Embeddings(first)) // one for two texts
	if _, err = f.CreateEmbedding(t.Context(), []string{"a", "b"}); err == nil || !strings.Contains(err.Error(), "1 vectors for 2 texts") {
		t.Errorf("ours: %v", err)
	}
}
