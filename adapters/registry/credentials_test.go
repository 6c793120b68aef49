package registry_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/tmc/langchaingo/llms"

	"github.com/seed-a739af98/langchaingo-azure/adapters/registry"
	"github.com/seed-a739af98/langchaingo-azure/azureadv1/azuretest"
)

// principal is an entry as a service principal.
func principal(deployment, secret string) string {
	return fmt.Sprintf(`  - model_name: %s
    litellm_params:
      model: azure/%[1]s
      api_base: https://azuretest.openai.azure.com
      tenant_id: %[2]s
      client_id: %[3]s
      client_secret: %[4]s
`, deployment, azuretest.DefaultTenantID, azuretest.DefaultClientID, secret)
}

func TestEntriesOfOneIdentityShareItsTokens(t *testing.T) {
	s := azure(t, azuretest.Options{ClientSecret: "hush-secret"})
	r := parse(t, s, "model_list:\n"+principal("east", "hush-secret")+principal("west", "hush-secret"))
	for _, name := range []string{"east", "west", "east"} {
		ask(t, model(t, r, name))
	}
	if n := s.Stats().TokenRequests; n != 1 {
		t.Errorf("%d token requests, want 1", n)
	}
}

// TestEntriesThatDifferInTheirSecretShareNothing has one right and one wrong secret: with a shared source the right one's
// token would serve both.
func TestEntriesThatDifferInTheirSecretShareNothing(t *testing.T) {
	s := azure(t, azuretest.Options{ClientSecret: "hush-secret"})
	r := parse(t, s, "model_list:\n"+principal("east", "hush-secret")+principal("west", "hush-other"))
	ask(t, model(t, r, "east"))
	if err := refused(t, model(t, r, "west")); codeOf(err) != llms.ErrCodeAuthentication {
		t.Errorf("%v, want an authentication error", err)
	}
	ask(t, model(t, r, "east"))
}

func TestLoaderCredentialIsForEntriesWithoutOne(t *testing.T) {
	s := azure(t, azuretest.Options{})
	r := parse(t, s, `
model_list:
  - {model_name: token, litellm_params: {model: azure/east, api_base: https://azuretest.openai.azure.com}}
  - {model_name: key, litellm_params: {model: azure/west, api_base: https://azuretest.openai.azure.com, api_key: hush-api-key}}
`, func(l *registry.Loader) { l.Credential = s.Credential() })
	ask(t, model(t, r, "token"))
	ask(t, model(t, r, "key"))
	var got []string
	for _, req := range s.Requests() {
		got = append(got, req.Credential)
	}
	if strings.Join(got, " ") != "token key" {
		t.Errorf("credentials %q, want a token and then the key", got)
	}
}

func TestLoadMakesNoCall(t *testing.T) {
	s := azure(t, azuretest.Options{})
	parse(t, s, "model_list:\n"+principal("east", "hush")+principal("west", "hush"))
	if st := s.Stats(); st != (azuretest.Stats{}) {
		t.Errorf("the stand-in was asked: %+v", st)
	}
}

func TestWhatAzureadv1RefusesIsAnErrorInTheFile(t *testing.T) {
	rows := []struct{ name, params, want, at string }{
		{"plain http", "api_base: http://r.openai.azure.com, api_key: hush", "https", "line 4, column"},
		{"a model version for an API version", `api_base: https://r.openai.azure.com, api_key: hush, api_version: "0613"`, "0613", "line 4, column"},
		{"a date on a v1 endpoint", `api_base: https://r.openai.azure.com/openai/v1, api_key: hush, api_version: "2024-10-21"`, "2024-10-21", "line 4, column"},
		{"an identity of no known kind", "api_base: https://r.openai.azure.com, credential: magic", "magic", "line 4, column"},
		{"a token for a key", "api_base: https://r.openai.azure.com, api_key: eyJhush.eyJhush.hush", "token", "line 4, column"},
		{"no credential where the default one is ruled out", "api_base: https://r.openai.azure.com}\nlitellm_settings: {enable_azure_ad_token_refresh: false", "api_key", "line 3, column 5"},
		{"a field that nothing can drop", "api_base: https://r.openai.azure.com, api_key: hush, additional_drop_params: [logit_hush]", "WithDropParams", "line 4, column"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			_, err := registry.Parse(strings.NewReader("model_list:\n  - {model_name: good, litellm_params: {model: azure/d, api_base: https://r.openai.azure.com, api_key: k}}\n" +
				"  - model_name: bad\n    litellm_params: {model: azure/d, " + row.params + "}\n"))
			if err == nil || !strings.Contains(err.Error(), row.want) || !strings.Contains(err.Error(), row.at) {
				t.Errorf("%v: want %s and %q", err, row.at, row.want)
			}
			if err != nil && row.name != "a field that nothing can drop" && strings.Contains(err.Error(), "hush") {
				t.Errorf("the error holds a secret: %v", err)
			}
		})
	}
}
