package provider_test

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/tmc/langchaingo/llms"

	"github.com/seed-a739af98/langchaingo-azure/adapters/langchaingo"
	"github.com/seed-a739af98/langchaingo-azure/adapters/registry"
	"github.com/seed-a739af98/langchaingo-azure/azureadv1"
	"github.com/seed-a739af98/langchaingo-azure/azureadv1/azuretest"
)

type requestKey struct{}

// journal is a log handler that keeps each event as "LEVEL message keys", and ends with "of the call" where the context
// it was given is the call's, by which a handler adds trace ids.
type journal struct {
	mu     sync.Mutex
	events []string
}

func (j *journal) Enabled(context.Context, slog.Level) bool { return true }
func (j *journal) WithAttrs([]slog.Attr) slog.Handler       { return j }
func (j *journal) WithGroup(string) slog.Handler            { return j }

func (j *journal) Handle(ctx context.Context, r slog.Record) error {
	var keys []string
	r.Attrs(func(a slog.Attr) bool {
		keys = append(keys, a.Key)
		return true
	})
	event := fmt.Sprintf("%s %s: %s", r.Level, r.Message, strings.Join(keys, " "))
	if ctx.Value(requestKey{}) != nil {
		event += ", of the call"
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.events = append(j.events, event)
	return nil
}

// take is what was logged since the last time.
func (j *journal) take() []string {
	j.mu.Lock()
	defer j.mu.Unlock()
	events := slices.Clone(j.events)
	j.events = nil
	return events
}

func TestWhatIsLogged(t *testing.T) {
	const (
		fetched = "DEBUG token fetched: scope took expires"
		attempt = "DEBUG attempt failed: url status retry_after request_id, of the call"
	)
	rows := []struct {
		name    string
		arrange func(*azuretest.Server)
		fails   bool
		want    []string
	}{
		{"a call that nothing disturbs", func(*azuretest.Server) {}, false, nil},
		{"a refresh ahead of expiry", func(*azuretest.Server) { time.Sleep(56 * time.Minute) }, false, []string{fetched}},
		{"a refresh that fails", func(s *azuretest.Server) {
			s.SetEntraStatus(401)
			time.Sleep(56 * time.Minute)
		}, false, []string{"WARN token fetch failed: scope took error"}},
		{"a token that the service refused", func(s *azuretest.Server) { s.Enqueue(azuretest.Unauthorized()) }, false, []string{
			"INFO token refused, asking for another: url claims_challenge, of the call", fetched,
		}},
		{"a retry of an answer", func(s *azuretest.Server) { s.Enqueue(azuretest.ServerError()) }, false, []string{attempt}},
		{
			"a retry of a lost connection", func(s *azuretest.Server) { s.Enqueue(azuretest.Disconnect()) }, false,
			[]string{"DEBUG attempt failed: url error, of the call"},
		},
		{"a redirect that was not followed", func(s *azuretest.Server) { s.Enqueue(azuretest.Redirect(302, "https://elsewhere.example.com/")) }, true, []string{
			"WARN redirect refused: url status error, of the call",
		}},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var log journal
				s := azuretest.New(azuretest.Options{TokenLifetime: time.Hour})
				defer func() { must(t, s.Close()) }()
				m, err := langchaingo.New(azureadv1.Config{
					Endpoint: s.Endpoint(), Deployment: chatDeployment, Credential: s.Credential(), HTTPClient: s.HTTPClient(), Logger: slog.New(&log),
				})
				must(t, err)
				ctx := context.WithValue(t.Context(), requestKey{}, true)
				_, err = llms.GenerateFromSinglePrompt(ctx, m, "hello")
				must(t, err)
				synctest.Wait()
				if diff := cmp.Diff([]string{fetched}, log.take()); diff != "" {
					t.Errorf("the first call (-want +got):\n%s", diff)
				}
				row.arrange(s)
				if _, err = llms.GenerateFromSinglePrompt(ctx, m, "hello"); (err != nil) != row.fails {
					t.Errorf("error %v", err)
				}
				synctest.Wait() // for a refresh in the background
				if diff := cmp.Diff(row.want, log.take()); diff != "" {
					t.Errorf("events (-want +got):\n%s", diff)
				}
			})
		})
	}
}

func TestWhatARegistryLogsOfFailover(t *testing.T) {
	const models = `model_list:
  - {model_name: chat, litellm_params: {model: azure/ptu, api_base: "https://azuretest.openai.azure.com", order: 1}, model_info: {id: first}}
  - {model_name: chat, litellm_params: {model: azure/paygo, api_base: "https://azuretest.openai.azure.com", order: 2}, model_info: {id: second}}
  - {model_name: spare, litellm_params: {model: azure/spare, api_base: "https://azuretest.openai.azure.com"}}
router_settings: {fallbacks: [{chat: [spare]}]}
`
	rows := []struct {
		name string
		down map[string]azuretest.Reply
		want []string
	}{
		{"the next deployment serves", map[string]azuretest.Reply{"ptu": azuretest.RateLimited()}, []string{
			"DEBUG deployment failed: model deployment reason, of the call",
		}},
		{"another model serves", map[string]azuretest.Reply{"ptu": azuretest.RateLimited(), "paygo": azuretest.RateLimited()}, []string{
			"DEBUG deployment failed: model deployment reason, of the call",
			"DEBUG deployment failed: model deployment reason, of the call",
			"WARN fell back to another model: from to reason, of the call",
		}},
		{"a deployment lacks a role", map[string]azuretest.Reply{"ptu": azuretest.PermissionDenied()}, []string{
			"WARN deployment cannot serve until someone sets it right: model deployment reason hint, of the call",
		}},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			var log journal
			s := inMemory(t, azuretest.Options{Deployments: map[string]string{"ptu": "gpt-4o", "paygo": "gpt-4o", "spare": "gpt-4o"}})
			r, err := registry.Loader{HTTPClient: s.HTTPClient(), Credential: s.Credential(), Logger: slog.New(&log)}.Parse(strings.NewReader(models))
			must(t, err)
			m, err := r.Model("chat")
			must(t, err)
			for deployment, reply := range row.down {
				s.EnqueueFor(deployment, reply)
			}
			_, err = llms.GenerateFromSinglePrompt(context.WithValue(t.Context(), requestKey{}, true), m, "hello")
			must(t, err)
			events := slices.DeleteFunc(log.take(), func(e string) bool {
				return strings.Contains(e, "attempt failed") || strings.Contains(e, "token fetched")
			})
			if diff := cmp.Diff(row.want, events); diff != "" {
				t.Errorf("events (-want +got):\n%s", diff)
			}
		})
	}
}
