package registry

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/tmc/langchaingo/llms"
)

func TestAFileWithErrorsIsReadToItsEnd(t *testing.T) {
	const text = `model_list:
- {model_name: good, litellm_params: {model: azure/d, api_base: r.example}}
- {model_name: twice, litellm_params: {model: azure/d, model: azure/e, api_base: r.example}}
- {model_name: unknown, litellm_params: {model: azure/d, api_base: r.example, nope: 1}}
- no mapping
- {model_name: baseless, litellm_params: {model: azure/d}}
- {model_name: mode, litellm_params: {model: azure/d, api_base: r.example}, model_info: {mode: chat}}
- {model_name: mode, litellm_params: {model: azure/e, api_base: r.example}, model_info: {mode: embedding}}
- {model_name: id, litellm_params: {model: azure/d, api_base: r.example}, model_info: {id: x}}
- {model_name: id, litellm_params: {model: azure/e, api_base: r.example}, model_info: {id: x}}
- {model_name: shared, litellm_params: &shared {model: azure/d, api_base: r.example, order: 1, order: 2}}
- {model_name: sharing, litellm_params: *shared}
- {model_name: merging, litellm_params: {<<: *shared, model: azure/e}}
- {model_name: paramless}
- {model_name: last, litellm_params: {model: azure/z, api_base: r.example}}
router_settings: {fallbacks: {good: [nobody]}}
`
	f, err := readFile(strings.NewReader(text), testEnvironment.lookup)
	errs, ok := errors.AsType[Errors](err)
	if !ok || f == nil {
		t.Fatalf("want a file and Errors, got %v and %v", f, err)
	}
	lines := make([]int, len(errs))
	for i, e := range errs {
		lines[i] = e.Line
	}
	if diff := cmp.Diff([]int{3, 4, 5, 6, 8, 10, 11, 14, 16}, lines); diff != "" {
		t.Errorf("lines of the errors (-want +got):\n%s\n%v", diff, err)
	}
	type said struct {
		Path, Name string
		Faulty     bool
	}
	want := []said{
		{"model_list[0]", "good", false},
		{"model_list[1]", "twice", true},
		{"model_list[2]", "unknown", true},
		{"model_list[4]", "baseless", true},
		{"model_list[5]", "mode", false},
		{"model_list[6]", "mode", true},
		{"model_list[7]", "id", false},
		{"model_list[8]", "id", true},
		{"model_list[9]", "shared", true},
		{"model_list[10]", "sharing", true},
		{"model_list[11]", "merging", true},
		{"model_list[12]", "paramless", true},
		{"model_list[13]", "last", false},
	}
	got := make([]said, len(f.entries))
	for i, e := range f.entries {
		got[i] = said{e.path, e.Name, e.faulty}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("entries (-want +got):\n%s", diff)
	}
}

func TestATextThatIsNoYAMLIsNoFile(t *testing.T) {
	for _, text := range []string{"", "a: [b", "\t", strings.Repeat("x", maxFileBytes+1)} {
		if f, err := readFile(strings.NewReader(text), testEnvironment.lookup); f != nil || err == nil {
			t.Errorf("%.20q: %v, %v", text, f, err)
		}
	}
}

func TestAnEntryKnowsWhereItsParametersAre(t *testing.T) {
	f := read(t, `model_list:
- model_name: m
  litellm_params: &first
    model: azure/d
    api_base:   https://r.openai.azure.com
    credential:
    headers: {X-A: b}
- model_name: n
  litellm_params:
    <<: *first
    api_base: r.example
`)
	want := map[string]position{"model": {4, 12}, "api_base": {5, 17}, "credential": {6, 5}, "headers": {7, 14}}
	if diff := cmp.Diff(want, f.entries[0].where, cmp.AllowUnexported(position{})); diff != "" {
		t.Errorf("the first entry (-want +got):\n%s", diff)
	}
	want["api_base"] = position{11, 15}
	if diff := cmp.Diff(want, f.entries[1].where, cmp.AllowUnexported(position{})); diff != "" {
		t.Errorf("one that merges it (-want +got):\n%s", diff)
	}
}

func TestASecretForADeploymentsNameIsNotItsID(t *testing.T) {
	entry := func(model string) string {
		return fmt.Sprintf("model_list:\n- {model_name: a, litellm_params: {model: azure/b, api_base: r.example}}\n"+
			"- {model_name: m, litellm_params: {model: %q, api_base: r.example}}\n", model)
	}
	for _, row := range []struct{ name, secret string }{
		{"a key of 32 signs", "0123456789abcdef0123456789abcdef"},
		{"a key of 84 signs", strings.Repeat("0aB", 28)},
		{"a token", "eyJhbGciOiJub25lIn0.eyJhdWQiOiJ4In0.x"},
		{"a token with its scheme", "Bearer hush"},
		{"a key of OpenAI's", "sk-proj-hush"},
		{"a client secret", "abc8Q~hush"},
	} {
		t.Run(row.name, func(t *testing.T) {
			for _, model := range []string{"azure/" + row.secret, "other/" + row.secret, row.secret + "/other", "other/dir/" + row.secret} {
				e := read(t, entry(model)).entries[1]
				if e.ID != "model_list[1].litellm_params.model" {
					t.Errorf("%s has the ID %q", model, e.ID)
				}
				if strings.Contains(e.String(), row.secret) {
					t.Errorf("printed as %s", e)
				}
			}
		})
	}
	for _, name := range []string{"gpt-4o", "my-risk-model", "thegreatdeploymentofthesupportteamineurope", "Ministral-3B"} {
		if e := read(t, entry("azure/"+name)).entries[1]; e.ID != name+"@r.example" || !strings.Contains(e.String(), "Model:"+name) {
			t.Errorf("%s is taken for a secret: %v", name, e)
		}
	}
}

func TestWhatLiteLLMTakesForANumberOrASwitchIsTaken(t *testing.T) {
	f := read(t, one(`rpm: "600"`, "tpm: 600.0", `order: os.environ/ORDER`, `weight: "1"`, `temperature: " 0.2 "`, `max_tokens: "9.0"`, "timeout: 0", "stream_timeout: '0'",
		"responses_api: yes", "drop_params: On", "parallel_tool_calls: 'no'", "store: off", "num_retries: '4'", "top_logprobs: 2.0")+
		"router_settings: {timeout: 0, num_retries: '3', disable_cooldowns: yes}\nlitellm_settings: {enable_azure_ad_token_refresh: off}\n"+
		"environment_variables: {ORDER: 2.0}\n")
	e := f.entries[0]
	if e.rpm != 600 || e.tpm != 600 || e.order != 2 || e.weight != 1 || *e.retries != 4 {
		t.Errorf("rpm %d, tpm %d, order %d, weight %v, retries %d", e.rpm, e.tpm, e.order, e.weight, *e.retries)
	}
	if e.Timeout != 0 || e.azure.streamIdle != 0 || !e.responses || !e.dropAll {
		t.Errorf("timeouts %v and %v, responses %v, drop %v", e.Timeout, e.azure.streamIdle, e.responses, e.dropAll)
	}
	var o llms.CallOptions
	for _, option := range slices.Concat(e.defaults, e.extras) {
		option(&o)
	}
	if o.Temperature != 0.2 || o.MaxTokens != 9 || o.Metadata["azureadv1:parallel_tool_calls"] != false {
		t.Errorf("options %+v", o)
	}
	if diff := cmp.Diff(map[string]any{"store": false, "top_logprobs": 2}, o.Metadata["azureadv1:extra_body"]); diff != "" {
		t.Errorf("fields (-want +got):\n%s", diff)
	}
	if s := f.settings; *s.retries != 3 || s.timeout != 0 || !s.noCooldowns || !s.noDefaultCredential {
		t.Errorf("settings %+v", s)
	}
}

func TestRetriesOfLiteLLM(t *testing.T) {
	for _, row := range []struct {
		name  string
		lines []string
		want  int
	}{
		{"num_retries alone", []string{"num_retries: 3"}, 3},
		{"max_retries wins", []string{"max_retries: 1", "num_retries: 3"}, 1},
		{"max_retries wins in any order", []string{"num_retries: 3", "max_retries: 1"}, 1},
	} {
		t.Run(row.name, func(t *testing.T) {
			if e := read(t, one(row.lines...)).entries[0]; e.retries == nil || *e.retries != row.want {
				t.Errorf("want %d: %v", row.want, e.retries)
			}
		})
	}
	f := read(t, two("router_settings: {retry_policy: {DefaultErrorRetries: 2, TimeoutErrorRetries: 1}, model_group_retry_policy: {a: {TimeoutErrorRetries: 4}}}"))
	if diff := cmp.Diff(map[string]int{"Timeout": 1}, f.settings.retryPolicy); diff != "" {
		t.Error(diff)
	}
	if all := strings.Join(f.warnings, "\n"); len(f.warnings) != 2 || !strings.Contains(all, "retry_policy.DefaultErrorRetries has no meaning here") ||
		!strings.Contains(all, "model_group_retry_policy has no meaning here") {
		t.Errorf("warnings:\n%s", all)
	}
}

func TestWarningsShowNoValueThatStandsInAKey(t *testing.T) {
	f := read(t, one(`"cost: hush": 1`)+"  model_info: {'description> hush': x, nice: y}\n")
	if all := strings.Join(f.warnings, "\n"); len(f.warnings) != 3 || strings.Contains(all, "hush") || !strings.Contains(all, "model_info.nice has no meaning here") {
		t.Errorf("warnings:\n%s", all)
	}
}

func TestATimeoutOfNothingIsTheDefault(t *testing.T) {
	f := read(t, one("timeout: 0s", "cooldown_time: 0")+"litellm_settings: {request_timeout: 8}\nrouter_settings: {cooldown_time: 0}\n")
	if e := f.entries[0]; e.Timeout != 0 || e.cooldown == nil || *e.cooldown != 0 {
		t.Errorf("timeout %v, cooldown %v", e.Timeout, e.cooldown)
	}
	if f.settings.timeout != 8*time.Second || f.settings.cooldown != 0 {
		t.Errorf("%+v", f.settings)
	}
}
