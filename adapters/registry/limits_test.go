package registry_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tmc/langchaingo/llms"

	"github.com/seed-a739af98/langchaingo-azure/azureadv1"
	"github.com/seed-a739af98/langchaingo-azure/azureadv1/azuretest"
)

func limited(params string) string {
	return fmt.Sprintf("model_list: [{model_name: chat, litellm_params: {model: azure/east, api_base: https://azuretest.openai.azure.com, api_key: hush-api-key, %s}, model_info: {id: east}}]\n", params)
}

// TestRPMKeepsBelowAzuresWindows is a deployment that is always wanted by 20 goroutines. Azure would answer 429 to more
// than a sixth of its limit within 10 seconds.
func TestRPMKeepsBelowAzuresWindows(t *testing.T) {
	for _, rpm := range []int{6, 60, 600, 1200} {
		t.Run(fmt.Sprint(rpm), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := azure(t, azuretest.Options{})
				m := model(t, parse(t, s, limited(fmt.Sprintf("rpm: %d", rpm))), "chat")
				began := time.Now()
				var all sync.WaitGroup
				for range 20 {
					all.Go(func() {
						for time.Since(began) < 2*time.Minute {
							if _, err := m.GenerateContent(t.Context(), hello); err != nil && !llms.IsRateLimitError(err) {
								t.Error(err)
							}
						}
					})
				}
				all.Wait()
				var times []time.Time
				for _, r := range s.Requests() {
					times = append(times, r.Time)
				}
				if n := len(times); n < rpm*2*8/10 || n > rpm*2+rpm/6+1 {
					t.Errorf("%d calls in two minutes and the waits that followed, want nearly %d", n, rpm*2)
				}
				for i := range times {
					if j := i + rpm/6; j < len(times) && times[j].Sub(times[i]) < 10*time.Second {
						t.Fatalf("calls %d to %d came within %s, want at most %d in 10s", i, j, times[j].Sub(times[i]), rpm/6)
					}
				}
			})
		})
	}
}

func TestLimitsSpillOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := azure(t, azuretest.Options{})
		m := model(t, parse(t, s, strings.ReplaceAll(twoRegions, "order: 1", "order: 1, rpm: 6")), "chat")
		if got := ask(t, m) + ask(t, m); got != "eastwest" {
			t.Errorf("served by %s, want east and then west, as east is at its limit", got)
		}
		time.Sleep(10 * time.Second)
		if by := ask(t, m); by != "east" {
			t.Errorf("%s served after 10s, want east", by)
		}
	})
}

func TestTPMCountsWhatWasUsed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := azure(t, azuretest.Options{})
		r := parse(t, s, limited("tpm: 6000"))
		m := model(t, r, "chat")
		s.Enqueue(azuretest.Text("long").WithUsage(azuretest.Usage{Prompt: 500, Completion: 2500}))
		ask(t, m)
		err := refused(t, m)
		e := azureadv1.AsError(err)
		if !llms.IsRateLimitError(err) || e.RetryAfter < 20*time.Second || e.RetryAfter > 40*time.Second || !strings.Contains(err.Error(), "rpm or tpm") {
			t.Errorf("%v, RetryAfter %s: want a rate limit of some 25s, as 3,000 of 5,000 tokens a minute beyond the first 1,000 are used", err, e.RetryAfter)
		}
		if got := r.State()[0].Limited; (e.RetryAfter - got).Abs() > time.Second {
			t.Errorf("State says %s, the error %s", got, e.RetryAfter)
		}
		time.Sleep(e.RetryAfter)
		ask(t, m)
		if n := len(s.Requests()); n != 2 {
			t.Errorf("%d requests, want 2", n)
		}
	})
}

func TestTokenLimitOfTheCallCountsForTPM(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := azure(t, azuretest.Options{})
		m := model(t, parse(t, s, limited("tpm: 6000")), "chat")
		began := time.Now()
		ask(t, m, llms.WithMaxTokens(900))
		ask(t, m, llms.WithMaxTokens(300)) // the bucket of a sixth holds 1,000
		if took := time.Since(began); took < time.Second || took > 10*time.Second {
			t.Errorf("two calls took %s, want a wait of some 3s for 5,000 tokens a minute", took)
		}
	})
}

func TestWaitingForALimitEndsWithTheContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := azure(t, azuretest.Options{})
		m := model(t, parse(t, s, limited("rpm: 12")), "chat")
		ask(t, m)
		began := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := m.GenerateContent(ctx, hello)
		if !llms.IsRateLimitError(err) || azureadv1.AsError(err).RetryAfter.Round(time.Millisecond) != 5*time.Second || time.Since(began) != 0 {
			t.Errorf("a wait longer than the deadline: after %s: %v, want a rate limit at once", time.Since(began), err)
		}

		ctx, cancel = context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		_, err = m.GenerateContent(ctx, hello)
		if !errors.Is(err, context.Canceled) || codeOf(err) != llms.ErrCodeCanceled || time.Since(began) != time.Second {
			t.Errorf("cancelled while it waits: after %s: %v", time.Since(began), err)
		}
		if n := len(s.Requests()); n != 1 {
			t.Errorf("%d requests, want 1", n)
		}
	})
}

func TestALimitIsWaitedForOnlyWhereNobodyElseCanServe(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := azure(t, azuretest.Options{})
		m := model(t, parse(t, s, strings.Replace(families, "model: azure/east", "model: azure/east, rpm: 6", 1)+"router_settings: {fallbacks: [{small: [large]}]}"), "small")
		began := time.Now()
		if got := ask(t, m) + " " + ask(t, m); got != "east big" || time.Since(began) != 0 {
			t.Errorf("served by %s after %s, want the fallback at once", got, time.Since(began))
		}
	})
}

func TestPromptsLargerThanTheBucketAreChargedWhole(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := azure(t, azuretest.Options{})
		m := model(t, parse(t, s, limited("tpm: 60000")), "chat")
		long := []llms.MessageContent{llms.TextParts(llms.ChatMessageTypeHuman, strings.Repeat("word", 40_000))}
		began, calls := time.Now(), 0
		for time.Since(began) < 3*time.Minute {
			switch _, err := m.GenerateContent(t.Context(), long); {
			case err == nil:
				calls++
			case llms.IsRateLimitError(err):
				time.Sleep(azureadv1.AsError(err).RetryAfter)
			default:
				t.Fatal(err)
			}
		}
		if calls < 3 || calls > 5 {
			t.Errorf("%d calls of 40,000 tokens in 3 minutes at 60,000 a minute, want 4", calls)
		}
	})
}

func TestADefaultTokenLimitCountsForTPM(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := azure(t, azuretest.Options{})
		m := model(t, parse(t, s, limited("tpm: 600, max_tokens: 60")), "chat")
		began := time.Now()
		ask(t, m)
		ask(t, m)
		if time.Since(began) == 0 {
			t.Error("two calls of 60 tokens went at once, though the bucket holds 100")
		}
	})
}

func TestTheSmallerLimitOfADeploymentInTwoGroupsHolds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := azure(t, azuretest.Options{})
		const entry = "  - {model_name: %, litellm_params: {model: azure/east, api_base: https://azuretest.openai.azure.com, api_key: hush-api-key}}\n"
		yaml := "model_list:\n" + strings.Replace(strings.ReplaceAll(entry, "%", "one"), "hush-api-key}", "hush-api-key, rpm: 6}", 1) + strings.ReplaceAll(entry, "%", "two")
		r := parse(t, s, yaml)
		ask(t, model(t, r, "two"))
		if got := r.State()[0].Limited; got != 10*time.Second || len(r.State()) != 1 {
			t.Errorf("limited for %s, want 10s: both names are one deployment", got)
		}
	})
}

func TestEmbeddingsCountForTPM(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := azure(t, azuretest.Options{})
		r := parse(t, s, `
model_list:
  - model_name: vectors
    litellm_params: {model: azure/vectors, api_base: https://azuretest.openai.azure.com, api_key: hush-api-key, order: 1, tpm: 60}
    model_info: {mode: embedding, id: one}
  - model_name: vectors
    litellm_params: {model: azure/vectors-2, api_base: https://azuretest.openai.azure.com, api_key: hush-api-key, order: 2}
    model_info: {mode: embedding, id: two}
`)
		e, err := r.Embedder("vectors")
		must(t, err)
		for range 2 {
			if _, err := e.EmbedDocuments(t.Context(), []string{strings.Repeat("word ", 10)}); err != nil {
				t.Fatal(err)
			}
		}
		if got := called(s); got != "vectors vectors-2" {
			t.Errorf("asked %q, want the second one as the first is at its limit", got)
		}
	})
}
