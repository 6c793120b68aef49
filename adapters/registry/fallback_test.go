package registry_test

import (
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"
	"github.com/tmc/langchaingo/llms"

	"github.com/seed-a739af98/langchaingo-azure/adapters/registry"
	"github.com/seed-a739af98/langchaingo-azure/azureadv1/azuretest"
)

// families are three names of one deployment each.
const families = `
model_list:
  - {model_name: small, litellm_params: {model: azure/east, api_base: https://azuretest.openai.azure.com, api_key: hush-api-key, max_retries: 0}, model_info: {id: east}}
  - {model_name: large, litellm_params: {model: azure/big, api_base: https://azuretest.openai.azure.com, api_key: hush-api-key, max_retries: 0}, model_info: {id: big}}
  - {model_name: lax, litellm_params: {model: azure/lax, api_base: https://azuretest.openai.azure.com, api_key: hush-api-key, max_retries: 0}, model_info: {id: lax}}
`

func TestFallbacksByCause(t *testing.T) {
	byCause := `
router_settings:
  fallbacks: [{small: [lax, large]}]
  context_window_fallbacks: [{small: [large]}]
  content_policy_fallbacks: [{small: [lax]}]
`
	rows := []struct {
		name     string
		settings string
		replies  map[string]azuretest.Reply // deployment -> what it answers
		serves   string
		called   string
		code     llms.ErrorCode
	}{
		{"a conversation that is too long", byCause, map[string]azuretest.Reply{"east": azuretest.ContextLengthExceeded()}, "big", "east big", ""},
		{"a filtered prompt", byCause, map[string]azuretest.Reply{"east": azuretest.ContentFiltered()}, "lax", "east lax", ""},
		{"a rate limit", byCause, map[string]azuretest.Reply{"east": azuretest.RateLimited()}, "lax", "east lax", ""},
		{"a wrong key, and then a rate limit", byCause, map[string]azuretest.Reply{"east": azuretest.WrongKey(), "lax": azuretest.RateLimited()}, "big", "east lax big", ""},
		{"a 500 may be billed, and falls back to nobody", byCause, map[string]azuretest.Reply{"east": azuretest.ServerError()}, "", "east", llms.ErrCodeProviderUnavailable},
		{"another bad request falls back to nobody", byCause, map[string]azuretest.Reply{"east": azuretest.Raw(400, nil, `{"error":{"message":"no"}}`)}, "", "east", llms.ErrCodeInvalidRequest},
		{"a filtered prompt without a fallback for it", "router_settings: {fallbacks: [{small: [lax]}]}", map[string]azuretest.Reply{"east": azuretest.ContentFiltered()}, "", "east", llms.ErrCodeContentFilter},
		{"default_fallbacks", "router_settings: {default_fallbacks: [large]}", map[string]azuretest.Reply{"east": azuretest.RateLimited()}, "big", "east big", ""},
		{"a fallback's own fallback", "router_settings: {fallbacks: [{small: [lax]}, {lax: [large]}]}", map[string]azuretest.Reply{"east": azuretest.RateLimited(), "lax": azuretest.RateLimited()}, "big", "east lax big", ""},
		{"max_fallbacks", "router_settings: {max_fallbacks: 1, fallbacks: [{small: [lax, large]}]}", map[string]azuretest.Reply{"east": azuretest.RateLimited(), "lax": azuretest.RateLimited()}, "", "east lax", llms.ErrCodeRateLimit},
		{"settings under litellm_settings", "litellm_settings: {fallbacks: [{small: [large]}]}", map[string]azuretest.Reply{"east": azuretest.RateLimited()}, "big", "east big", ""},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := azure(t, azuretest.Options{})
				m := model(t, parse(t, s, families+row.settings), "small")
				for deployment, reply := range row.replies {
					s.EnqueueFor(deployment, reply)
				}
				if row.serves != "" {
					if by := ask(t, m); by != row.serves {
						t.Errorf("%s served, want %s", by, row.serves)
					}
				} else if err := refused(t, m); codeOf(err) != row.code {
					t.Errorf("code %q, want %q: %v", codeOf(err), row.code, err)
				}
				if got := called(s); got != row.called {
					t.Errorf("asked %q, want %q", got, row.called)
				}
			})
		})
	}
}

func TestWarningsInTheLog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var lines logs
		s := azure(t, azuretest.Options{})
		m := model(t, parse(t, s, families+"router_settings: {fallbacks: [{small: [lax]}]}", func(l *registry.Loader) { l.Logger = lines.logger() }), "small")
		s.EnqueueFor("east", azuretest.PermissionDenied())
		ask(t, m)
		for _, want := range []string{"level=WARN", "model=small", "deployment=east", `reason="401: PermissionDenied"`, "Cognitive Services OpenAI User", "from=small to=lax"} {
			if !strings.Contains(lines.String(), want) {
				t.Errorf("the log lacks %q:\n%s", want, &lines)
			}
		}
		if strings.Contains(lines.String(), "hush") {
			t.Errorf("the log holds a secret:\n%s", &lines)
		}
	})
}

func TestWithModelNamesAnotherModel(t *testing.T) {
	s := azure(t, azuretest.Options{})
	r := parse(t, s, families+"router_settings: {model_group_alias: {cheap: small}}")
	m := model(t, r, "small")
	if by := ask(t, m, llms.WithModel("large")); by != "big" {
		t.Errorf("%s served, want big", by)
	}
	if by := ask(t, model(t, r, "cheap")); by != "east" {
		t.Errorf("%s served the alias, want east", by)
	}
	s.Reset()
	err := refused(t, m, llms.WithModel("huge"))
	if codeOf(err) != llms.ErrCodeResourceNotFound || !strings.Contains(err.Error(), `"huge"`) || !strings.Contains(err.Error(), "cheap, large, lax, small") {
		t.Errorf("%v", err)
	}
	if got := called(s); got != "" {
		t.Errorf("asked %q, want nobody", got)
	}
	if diff := cmp.Diff([]string{"cheap", "large", "lax", "small"}, r.Names()); diff != "" {
		t.Errorf("Names (-want +got):\n%s", diff)
	}
}

func TestErrorSaysWhoWasAsked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := azure(t, azuretest.Options{})
		m := model(t, parse(t, s, twoRegions), "chat")
		s.EnqueueFor("east", azuretest.RateLimited())
		s.EnqueueFor("west", azuretest.ServerError())
		err := refused(t, m)
		theirs := err.(*llms.Error) //nolint:errorlint // the type itself is under test
		if theirs.Details["Backend"] != "west" {
			t.Errorf("Backend is %v, want west", theirs.Details["Backend"])
		}
		if diff := cmp.Diff([]string{"east: 429", "west: 500"}, theirs.Details["Failovers"]); diff != "" {
			t.Errorf("Failovers (-want +got):\n%s", diff)
		}
	})
}
