package registry_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/tmc/langchaingo/llms"

	"github.com/seed-a739af98/langchaingo-azure/adapters/registry"
	"github.com/seed-a739af98/langchaingo-azure/azureadv1"
	"github.com/seed-a739af98/langchaingo-azure/azureadv1/azuretest"
)

func TestFailOver(t *testing.T) {
	rows := []struct {
		name     string
		reply    azuretest.Reply
		settings string
		serves   string // who serves; "" is nobody
		called   string
		code     llms.ErrorCode
		parked   time.Duration // how long east is left alone then
		reason   string
	}{
		{"429 with a wait goes to the next at once", azuretest.RateLimited(azuretest.RetryAfterMs(2000)), "", "west", "east west", "", 2 * time.Second, "429: retry after 2s"},
		{"429 without a wait is left alone for the cooldown", azuretest.RateLimited(), "", "west", "east west", "", 5 * time.Second, "429"},
		{"cooldown_time says how long", azuretest.RateLimited(), "router_settings: {cooldown_time: 9}", "west", "east west", "", 9 * time.Second, "429"},
		{"disable_cooldowns leaves nobody alone", azuretest.RateLimited(azuretest.RetryAfterMs(1000)), "router_settings: {disable_cooldowns: true}", "west", "east west", "", 0, ""},
		{"a wrong key goes to the next", azuretest.WrongKey(), "", "west", "east west", "", 5 * time.Second, "401"},
		{"a missing role goes to the next", azuretest.PermissionDenied(), "", "west", "east west", "", 5 * time.Second, "401: PermissionDenied"},
		{"a firewall goes to the next", azuretest.NetworkDenied(), "", "west", "east west", "", 5 * time.Second, "403"},
		{"a missing deployment goes to the next", azuretest.DeploymentNotFound(), "", "west", "east west", "", 5 * time.Second, "404: DeploymentNotFound"},
		{"503 goes to the next and counts once", azuretest.Raw(503, nil, `{"error":{"code":"ServiceUnavailable","message":"busy"}}`), "", "west", "east west", "", 0, ""},
		{"500 may be billed and stays", azuretest.ServerError(), "", "", "east", llms.ErrCodeProviderUnavailable, 0, ""},
		{"500 goes on when the file says so", azuretest.ServerError(), "router_settings: {retry_policy: {InternalServerErrorRetries: 1}}", "west", "east west", "", 0, ""},
		{"504 may be billed and stays", azuretest.Raw(504, nil, "gateway timeout"), "", "", "east", llms.ErrCodeProviderUnavailable, 0, ""},
		{"408 may be billed and stays", azuretest.Raw(408, nil, `{"error":{"code":"Timeout","message":"too slow"}}`), "", "", "east", llms.ErrCodeTimeout, 0, ""},
		{"a connection lost after the request was read stays", azuretest.Disconnect(), "", "", "east", llms.ErrCodeProviderUnavailable, 0, ""},
		{"a bad request stays", azuretest.Raw(400, nil, `{"error":{"code":"invalid_value","message":"no"}}`), "", "", "east", llms.ErrCodeInvalidRequest, 0, ""},
		{"a filtered prompt stays", azuretest.ContentFiltered(), "", "", "east", llms.ErrCodeContentFilter, 0, ""},
		{"a conversation that is too long stays", azuretest.ContextLengthExceeded(), "", "", "east", llms.ErrCodeTokenLimit, 0, ""},
		{"an answer without choices is billed and stays", azuretest.EmptyChoices(), "", "", "east", llms.ErrCodeProviderUnavailable, 0, ""},
		{"num_retries: 0 asks nobody else", azuretest.RateLimited(), "router_settings: {num_retries: 0}", "", "east", llms.ErrCodeRateLimit, 5 * time.Second, "429"},
		{"retry_policy can forbid a class", azuretest.WrongKey(), "router_settings: {retry_policy: {AuthenticationErrorRetries: 0}}", "", "east", llms.ErrCodeAuthentication, 5 * time.Second, "401"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := azure(t, azuretest.Options{})
				r := parse(t, s, twoRegions+row.settings)
				m := model(t, r, "chat")
				s.EnqueueFor("east", row.reply)
				began := time.Now()
				if row.serves == "" {
					err := refused(t, m)
					if got := codeOf(err); got != row.code {
						t.Errorf("code %q, want %q: %v", got, row.code, err)
					}
				} else if by := ask(t, m); by != row.serves {
					t.Errorf("%s served, want %s", by, row.serves)
				}
				if took := time.Since(began); took > 0 {
					t.Errorf("it took %s, want no wait", took)
				}
				if got := called(s); got != row.called {
					t.Errorf("asked %q, want %q", got, row.called)
				}
				p := parked(r)
				if got := max(time.Until(p.Until), 0); got != row.parked || !strings.HasPrefix(p.Reason, row.reason) {
					t.Errorf("east is parked for %s (%s), want %s (%s)", got, p.Reason, row.parked, row.reason)
				}
			})
		})
	}
}

func TestParkedDeploymentIsSkippedAndThenUsedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := azure(t, azuretest.Options{})
		m := model(t, parse(t, s, twoRegions), "chat")
		s.EnqueueFor("east", azuretest.RateLimited(azuretest.RetryAfterMs(2000)))
		response, err := m.GenerateContent(t.Context(), hello)
		must(t, err)
		if diff := cmp.Diff([]string{"east: 429: retry after 2s"}, response.Choices[0].GenerationInfo["Failovers"]); diff != "" {
			t.Errorf("Failovers (-want +got):\n%s", diff)
		}
		time.Sleep(1999 * time.Millisecond)
		if by := ask(t, m); by != "west" {
			t.Errorf("1 ms before the wait is over %s served, want west", by)
		}
		time.Sleep(time.Millisecond)
		if by := ask(t, m); by != "east" {
			t.Errorf("after the wait %s served, want east", by)
		}
		if got := called(s); got != "east west west east" {
			t.Errorf("asked %q", got)
		}
	})
}

func TestAllParkedIsARateLimitWithTheSmallestWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := azure(t, azuretest.Options{})
		m := model(t, parse(t, s, twoRegions), "chat")
		s.EnqueueFor("east", azuretest.RateLimited(azuretest.RetryAfter(30)))
		s.EnqueueFor("west", azuretest.RateLimited(azuretest.RetryAfter(7)))
		for call, asked := range []string{"east west", ""} {
			err := refused(t, m)
			if !llms.IsRateLimitError(err) || !errors.Is(err, llms.ErrRateLimit) {
				t.Errorf("call %d: %v is no rate limit", call, err)
			}
			e := azureadv1.AsError(err)
			if e.RetryAfter != 7*time.Second || e.Code != registry.CodeParked {
				t.Errorf("call %d: RetryAfter %s, Code %q: %v", call, e.RetryAfter, e.Code, err)
			}
			for _, want := range []string{"east for 30s", "west for 7s", "429"} {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("call %d: %q lacks %q", call, err, want)
				}
			}
			if got := called(s); got != asked {
				t.Errorf("call %d asked %q, want %q", call, got, asked)
			}
		}
		time.Sleep(7 * time.Second)
		if by := ask(t, m); by != "west" {
			t.Errorf("%s served, want west", by)
		}
	})
}

func TestRefusedConnectionGoesToTheNext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := azure(t, azuretest.Options{})
		hc := wire(s, func(req *http.Request) (*http.Response, error) {
			if asks(req, "east") {
				return nil, syscall.ECONNREFUSED
			}
			return nil, nil
		})
		r := parse(t, s, twoRegions, func(l *registry.Loader) { l.HTTPClient = hc })
		m := model(t, r, "chat")
		for call := range 4 {
			if by := ask(t, m); by != "west" {
				t.Fatalf("call %d: %s served, want west", call, by)
			}
			if p, want := parked(r), call == 3; p.Until.After(time.Now()) != want {
				t.Errorf("after %d failures: parked %v, want %v (allowed_fails is 3)", call+1, !want, want)
			}
		}
	})
}

func TestPauseGrowsUntilASuccess(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		down := true
		s := azure(t, azuretest.Options{Respond: func(r azuretest.Request) azuretest.Reply {
			if r.Deployment == "east" && down {
				return azuretest.RateLimited()
			}
			return azuretest.Text("ok")
		}})
		r := parse(t, s, twoRegions)
		m := model(t, r, "chat")
		for _, seconds := range []int{5, 10, 20, 40, 60, 60} {
			want := time.Duration(seconds) * time.Second
			if by := ask(t, m); by != "west" {
				t.Fatalf("%s served, want west", by)
			}
			if got := time.Until(parked(r).Until); got != want {
				t.Errorf("parked for %s, want %s", got, want)
			}
			time.Sleep(want)
		}
		down = false
		ask(t, m)
		down = true
		ask(t, m)
		if got := time.Until(parked(r).Until); got != 5*time.Second {
			t.Errorf("parked for %s after a success, want 5s again", got)
		}
	})
}

func TestOnProbationOneCallAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := azure(t, azuretest.Options{})
		m := model(t, parse(t, s, twoRegions), "chat")
		s.EnqueueFor("east", azuretest.RateLimited(azuretest.RetryAfter(1)),
			azuretest.SlowFirstByte(10*time.Second))
		ask(t, m)
		time.Sleep(time.Second)
		served := make(chan string, 8)
		for range cap(served) {
			go func() { served <- ask(t, m) }()
		}
		count := map[string]int{}
		for range cap(served) {
			count[<-served]++
		}
		if diff := cmp.Diff(map[string]int{"east": 1, "west": 7}, count); diff != "" {
			t.Errorf("who served while east was finding out (-want +got):\n%s", diff)
		}
	})
}

func TestNoSwitchAfterTheFirstByte(t *testing.T) {
	ways := map[string]func(ctx context.Context, m llms.Model) (heard string, err error){
		"streaming function": func(ctx context.Context, m llms.Model) (string, error) {
			var heard strings.Builder
			response, err := m.GenerateContent(ctx, hello, llms.WithStreamingFunc(func(_ context.Context, chunk []byte) error {
				heard.Write(chunk)
				return nil
			}))
			if err != nil && (response == nil || response.Choices[0].Content != heard.String()) {
				return "", fmt.Errorf("no partial answer beside %w", err)
			}
			return heard.String(), err
		},
		"channel": func(ctx context.Context, m llms.Model) (string, error) {
			return readChannel(ctx, m)
		},
	}
	for name, call := range ways {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := azure(t, azuretest.Options{})
				m := model(t, parse(t, s, twoRegions+"router_settings: {retry_policy: {InternalServerErrorRetries: 5, TimeoutErrorRetries: 5}}"), "chat")
				s.EnqueueFor("east", azuretest.CutStream(2, azuretest.Text("one ", "two ", "three ", "four")))
				heard, err := call(t.Context(), m)
				if heard != "one two " || codeOf(err) != llms.ErrCodeProviderUnavailable {
					t.Errorf("heard %q, error %v", heard, err)
				}
				if got := called(s); got != "east" {
					t.Errorf("asked %q, want only east: its answer had begun", got)
				}

				s.EnqueueFor("east", azuretest.RateLimited())
				s.EnqueueFor("west", azuretest.Text("five ", "six"))
				if heard, err := call(t.Context(), m); heard != "five six" || err != nil {
					t.Errorf("heard %q, error %v", heard, err)
				}
				if got := called(s); got != "east west" {
					t.Errorf("asked %q, want west after a refusal before the first byte", got)
				}
			})
		})
	}
}

// readChannel reads GenerateContentStream to its end.
func readChannel(ctx context.Context, m llms.Model) (string, error) {
	stream, ok := m.(interface {
		GenerateContentStream(context.Context, []llms.MessageContent, ...llms.CallOption) (<-chan llms.ContentResponse, error)
	})
	if !ok {
		return "", errors.New("no GenerateContentStream")
	}
	values, err := stream.GenerateContentStream(ctx, hello)
	if err != nil {
		return "", err
	}
	var heard strings.Builder
	var last llms.ContentResponse
	for last = range values {
		heard.WriteString(last.Choices[0].Content)
	}
	info := last.Choices[0].GenerationInfo
	if by, ok := info["Backend"].(string); !ok || by == "" {
		return heard.String(), errors.New("the last value names no Backend")
	}
	if failure, ok := info["Error"].(error); ok {
		return heard.String(), failure
	}
	return heard.String(), nil
}

func TestOrderAndWeight(t *testing.T) {
	const entry = `  - model_name: chat
    litellm_params: {model: azure/%s, api_base: https://azuretest.openai.azure.com, api_key: hush-api-key%s}
    model_info: {id: %[1]s}
`
	rows := []struct {
		name   string
		params map[string]string // deployment -> further params
		share  map[string]float64
	}{
		{"alike without any", map[string]string{"east": "", "west": ""}, map[string]float64{"east": 0.5, "west": 0.5}},
		{"weights", map[string]string{"east": ", weight: 9", "west": ", weight: 1"}, map[string]float64{"east": 0.9, "west": 0.1}},
		{"no weight among weights is 1", map[string]string{"east": ", weight: 3", "west": ""}, map[string]float64{"east": 0.75, "west": 0.25}},
		{"weight 0 is a spare", map[string]string{"east": ", weight: 0", "west": ", weight: 1"}, map[string]float64{"west": 1}},
		{"rpm weighs where every entry has one", map[string]string{"east": ", rpm: 6000000", "west": ", rpm: 2000000"}, map[string]float64{"east": 0.75, "west": 0.25}},
		{"order goes before weight", map[string]string{"east": ", order: 2, weight: 100", "west": ", order: 1, weight: 1"}, map[string]float64{"west": 1}},
		{"an order goes before none", map[string]string{"east": "", "west": ", order: 7"}, map[string]float64{"west": 1}},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			yaml := "model_list:\n"
			for _, name := range slices.Sorted(maps.Keys(row.params)) {
				yaml += fmt.Sprintf(entry, name, row.params[name])
			}
			m := model(t, parse(t, azure(t, azuretest.Options{KeepLast: 1}), yaml), "chat")
			const calls = 1500
			count := map[string]float64{}
			for range calls {
				count[ask(t, m)]++
			}
			for _, name := range []string{"east", "west"} {
				if got, want := count[name]/calls, row.share[name]; got < want-0.06 || got > want+0.06 {
					t.Errorf("%s served %.2f of the calls, want %.2f", name, got, want)
				}
			}
		})
	}
}
