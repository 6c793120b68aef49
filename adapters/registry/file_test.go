package registry

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/tmc/langchaingo/llms"

	"github.com/seed-a739af98/langchaingo-azure/azureadv1"
)

// environment is the variables of a test.
type environment map[string]string

func (e environment) lookup(name string) (string, bool) {
	v, ok := e[name]
	return v, ok
}

var testEnvironment = environment{
	"AZURE_API_KEY": "hush-key", "AZURE_TENANT_ID": "contoso.com", "AZURE_CLIENT_ID": "client", "AZURE_CLIENT_SECRET": "hush-secret",
	"ANTHROPIC_API_KEY": "hush-other", "REDIS_HOST": "redis", "FAST": "fast", "YES": "true", "EMPTY": "",
}

func read(t *testing.T, text string) *file {
	t.Helper()
	f, err := readFile(strings.NewReader(text), testEnvironment.lookup)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestALiteLLMFileLoadsUnchanged(t *testing.T) {
	source, err := os.Open("testdata/litellm.yaml")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = source.Close() }()
	f, err := readFile(source, testEnvironment.lookup)
	if err != nil {
		t.Fatal(err)
	}
	ids := make([]string, 0, len(f.entries))
	for _, e := range f.entries {
		ids = append(ids, e.ID)
	}
	const east = "@contoso-eastus.openai.azure.com"
	wantIDs := []string{
		"gpt-4o-ptu", "gpt-4o-paygo" + east, "gpt-4o-mini" + east, "reasoner" + east, "text-embedding-3-small" + east, "ollama/llama3", "anthropic/claude-sonnet",
	}
	if diff := cmp.Diff(wantIDs, ids); diff != "" {
		t.Error(diff)
	}
	paygo, mini, o3, embed, local, claude := f.entries[1], f.entries[2], f.entries[3], f.entries[4], f.entries[5], f.entries[6]
	if paygo.rpm != 600 || paygo.tpm != 100000 || paygo.order != 2 || paygo.weight != 9 || !paygo.weighted || *paygo.retries != 0 || *paygo.cooldown != 30*time.Second {
		t.Errorf("paygo: %+v", *paygo)
	}
	want := azureParams{apiVersion: "2024-10-21", identity: azureadv1.Identity{TenantID: "contoso.com", ClientID: "client", ClientSecret: "hush-secret"}}
	if diff := cmp.Diff(want, paygo.azure, cmp.AllowUnexported(azureParams{}), cmp.Comparer(func(a, b azureadv1.Identity) bool { return a == b })); diff != "" {
		t.Error(diff)
	}
	if mini.Model != "gpt-4o-mini" || *mini.retries != 2 || mini.weight != 9 {
		t.Errorf("a merged entry: %v, retries %d", mini.Entry, *mini.retries)
	}
	if o3.Model != "reasoner" || o3.BaseModel != "o3" || o3.azure.token != "oidc/env/OUTSIDE_TOKEN" || !o3.dropAll || !slices.Equal(o3.drop, []string{"top_p"}) || len(o3.extras) != 1 {
		t.Errorf("o3: %+v", *o3)
	}
	if embed.Mode != "embedding" || embed.dimensions != 512 || embed.rpm != 3000 || !embed.dropAll || embed.order != unordered {
		t.Errorf("embed: %+v", *embed)
	}
	if diff := cmp.Diff(map[string]any{"keep_alive": "5m", "num_ctx": int64(8192)}, local.Params); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(map[string]any{"thinking": map[string]any{"type": "enabled", "budget_tokens": int64(1024)}}, claude.Params); diff != "" {
		t.Error(diff)
	}
	checkSettings(t, f.settings)
	checkWarnings(t, f.warnings)
}

func checkSettings(t *testing.T, got settings) {
	t.Helper()
	want := settings{
		strategy: "simple-shuffle", retries: new(2), retryPolicy: map[string]int{"Timeout": 0, "RateLimit": 3}, allowedFails: 2, cooldown: 10 * time.Second,
		timeout: 600 * time.Second, maxFallbacks: 5,
		fallbacks:        map[string][]string{"gpt-4o": {"gpt-4o-mini", "local"}},
		contextFallbacks: map[string][]string{"gpt-4o-mini": {"claude"}}, contentFallbacks: map[string][]string{},
		aliases: map[string]string{"default": "gpt-4o", "old": "gpt-4o-mini"},
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(settings{})); diff != "" {
		t.Error(diff)
	}
}

func checkWarnings(t *testing.T, warnings []string) {
	t.Helper()
	all := strings.Join(warnings, "\n")
	for _, want := range []string{
		"line 12: model_list[0].litellm_params.input_cost_per_token has no meaning here",
		"router_settings.redis_host has no meaning here", "general_settings has no meaning here", "litellm_settings.success_callback has no meaning here",
		"router_settings.enable_pre_call_checks says nothing here", "BadRequestErrorRetries has no meaning here", "hidden has no meaning here",
	} {
		if !strings.Contains(all, want) {
			t.Errorf("no warning %q in:\n%s", want, all)
		}
	}
	if strings.Contains(all, "sk-1234") {
		t.Error("a warning shows a value")
	}
}

// one is a file of one azure entry with further lines in its litellm_params, from line 6 on.
func one(lines ...string) string {
	text := "model_list:\n- model_name: m\n  litellm_params:\n    model: azure/d\n    api_base: https://r.openai.azure.com\n"
	for _, line := range lines {
		text += "    " + line + "\n"
	}
	return text
}

// two are groups a and b, and then the lines, from line 5 on.
func two(lines ...string) string {
	return "model_list:\n- {model_name: a, litellm_params: {model: azure/d, api_base: r.openai.azure.com}}\n" +
		"- {model_name: b, litellm_params: {model: azure/e, api_base: r.openai.azure.com}}\n# settings\n" + strings.Join(lines, "\n") + "\n"
}

func TestBadFilesAreErrorsWithTheirPlace(t *testing.T) {
	for _, row := range []struct {
		name, text string
		want       []string // every error begins with its place; the rest is contained
	}{
		{"an empty file", "", []string{"line 1, column 1: the file is empty"}},
		{"a comment alone", "# nothing\n", []string{"line 1, column 1: the file is empty"}},
		{"a text alone", "hello", []string{"line 1, column 1: |want a mapping, got a text"}},
		{"an empty list", "model_list: []", []string{"line 1, column 13: model_list: |is empty"}},
		{"no list", "router_settings: {}", []string{"line 1, column 1: model_list: |is missing"}},
		{"a section nobody knows", two("router_setting: {}"), []string{"line 5, column 1: router_setting: |not known, did you mean router_settings?"}},
		{"a tab for indentation", "model_list:\n\t- a: b\n", []string{"line 2, column 1: |a tab indents"}},
		{"a tab after spaces", one("\trpm: 1"), []string{"line 6, column "}},
		{"a key twice", one("rpm: 1", "tpm: 2", "rpm: 3"), []string{"line 8, column 5: |the key rpm stands on line 6 already"}},
		{"a key twice does not hide the rest", one("rpm: 1", "rpm: 3", "tpm: y", "nope: z"), []string{"line 7, column 5: |the key rpm", "line 8, column 10: |want a whole number", "line 9, column 5: |not known"}},
		{"an alias of nothing does not hide the rest", one("rpm: *hush", "tpm: y"), []string{"line 6, column 10: |has no anchor before it", "line 7, column 10: |want a whole number"}},
		{"a merge of nothing does not hide the rest", one("<<: *hush", "tpm: y"), []string{"line 6, column 9: |has no anchor before it", "line 7, column 10: |want a whole number"}},
		{"two documents", one("rpm: 1") + "---\n" + one(), []string{"line 7, column 1: |a second document"}},
		{"no UTF-8", "model_list: \xff", []string{"line 1, column 13: |not UTF-8"}},
		{"an open quote", one(`api_key: "hush`), []string{"line 6, column "}},
		{"a text for a number", one("rpm: fast"), []string{"line 6, column 10: model_list[0].litellm_params.rpm: |want a whole number, got a text"}},
		{"a text from a variable for a number", one("rpm: os.environ/FAST"), []string{"line 6, column 10: |the variable holds no whole number"}},
		{"a fraction for a count", one("rpm: 1.5"), []string{"line 6, column 10: |want a whole number, got a number"}},
		{"a text for a switch", one("responses_api: hush"), []string{"line 6, column 20: |want true or false, got a text"}},
		{"a number beyond all", one("rpm: 18446744073709551615", "tpm: 99999999999999999999999"), []string{"line 6, column 10: |from 1 to", "line 7, column 10: |from 1 to"}},
		{"a fraction in quotes for a count", one(`rpm: "1.5"`), []string{"line 6, column 10: |want a whole number, got a text"}},
		{"a text that is no finite number", one(`weight: "inf"`), []string{"line 6, column 13: |at least 0, got +Inf"}},
		{"a number for a text", one("client_id: 12"), []string{"line 6, column 16: |want a text, got a whole number: put it in quotes"}},
		{"zero requests", one("rpm: 0"), []string{"line 6, column 10: |from 1"}},
		{"a negative weight", one("weight: -1"), []string{"line 6, column 13: |at least 0"}},
		{"no weight at all", one("weight: .nan"), []string{"line 6, column 13: |at least 0, got NaN"}},
		{"a timeout before now", one("timeout: -1"), []string{"line 6, column 14: |from 0 seconds to a week, got -1"}},
		{"a missing variable", one("api_key: os.environ/NOT_SET"), []string{"line 6, column 14: model_list[0].litellm_params.api_key: |the variable NOT_SET is not set"}},
		{"an empty variable", one("api_key: os.environ/EMPTY"), []string{"line 6, column 14: |the variable EMPTY is empty"}},
		{"a reference inside a value", one("api_key: hush os.environ/FAST"), []string{"line 6, column 14: |must be the whole value"}},
		{"a key one letter off", one("api_bas: x"), []string{"line 6, column 5: model_list[0].litellm_params.api_bas: |did you mean api_base?"}},
		{"credentials of the proxy", one("litellm_credential_name: x"), []string{"line 6, column 5: |credentials of LiteLLM's proxy"}},
		{"Amazon's credentials", one("aws_region_name: x"), []string{"line 6, column 5: |takes no Amazon"}},
		{"an entry without provider", "model_list:\n- model_name: m\n  litellm_params:\n    model: gpt-4o\n", []string{"line 4, column 12: |\"gpt-4o\" names no provider: write azure/<deployment>"}},
		{"an entry of an empty model", "model_list:\n- model_name: m\n  litellm_params: {model: , api_base: }\n", []string{"line 3, column 19: model_list[0].litellm_params: |model is missing: write model: azure/<deployment>"}},
		{"an entry of the completions API", "model_list:\n- model_name: m\n  litellm_params:\n    model: azure_text/d\n    api_version: v1\n", []string{"line 4, column 12: |the completions API, which is not served here: write azure/<deployment>"}},
		{"a key with its value in it", one(`"client_secret:> hush": x`), []string{"line 6, column 5: model_list[0].litellm_params: |a key here is not known"}},
		{"a section with its value in it", two(`"router: hush": {}`), []string{"line 5, column 1: |a key here is not known"}},
		{"a key as long as a text", one(strings.Repeat("hush_", 13) + ": x"), []string{"line 6, column 5: model_list[0].litellm_params: |a key here is not known"}},
		{"a key with its value in it, twice", one(`"client_secret:> hush": x`, `"client_secret:> hush": x`), []string{"line 6, column 5: |a key here is not known", "line 7, column 5: |this key stands on line 6 already"}},
		{"a password that begins with an asterisk", one("api_key: *hush"), []string{"line 6, column 14: |no anchor before it: put a text that begins with * into quotes"}},
		{"an entry without endpoint", "model_list:\n- model_name: m\n  litellm_params:\n    model: azure/d\n", []string{"line 4, column 5: model_list[0].litellm_params.api_base: |is missing"}},
		{"an entry without params", "model_list:\n- model_name: m\n", []string{"line 2, column 3: model_list[0]: |litellm_params is missing"}},
		{"a wildcard", "model_list:\n- model_name: '*'\n  litellm_params: {model: azure/*, api_base: r.example}\n", []string{"line 2, column 15: |wildcard", "line 3, column 27: |wildcard"}},
		{"an unknown mode", one() + "  model_info: {mode: chatt}\n", []string{"line 6, column 22: |\"chatt\" is none of chat", "did you mean chat?"}[:1]},
		{"an embedding by the Responses API", one("responses_api: true") + "  model_info: {mode: embedding}\n", []string{"line 7, column 22: |no Responses API"}},
		{"a strategy of LiteLLM", two("router_settings: {routing_strategy: latency-based-routing}"), []string{"line 5, column 37: |write simple-shuffle"}},
		{"a strategy of nobody", two("router_settings: {routing_strategy: simple-shufle}"), []string{"line 5, column 37: |did you mean simple-shuffle?"}},
		{"a fallback to nobody", two("router_settings: {fallbacks: [{a: [bb]}]}"), []string{"line 5, column 36: router_settings.fallbacks[0].a: |\"bb\" is neither"}},
		{"a fallback of nobody", two("router_settings: {fallbacks: [{c: [b]}]}"), []string{"line 5, column 32: |\"c\" is neither"}},
		{"fallbacks in a circle", two("router_settings:", "  fallbacks: [{a: [b]}]", "  context_window_fallbacks: {b: [a]}"), []string{"line 7, column 34: |circle: a -> b -> a"}},
		{"a group that falls back to itself", two("router_settings: {fallbacks: {a: [a]}}"), []string{"line 5, column 35: |circle: a -> a"}},
		{"an alias to nobody", two("router_settings: {model_group_alias: {x: y}}"), []string{"line 5, column 42: |no model_name"}},
		{"an alias that is a group", two("router_settings: {model_group_alias: {a: b}}"), []string{"line 5, column 39: |is the name of a group too"}},
		{"an alias to itself", "model_list: &a [*a]", []string{"line 1, column 17: |stands inside what it names"}},
		{"an alias of nothing", "model_list: *b", []string{"line 1, column 13: |has no anchor before it"}},
		{"a key alone in braces", "a: {b, c: d}", []string{"line 1, column 6: |a key without a value"}},
		{"a bracket that closes nothing", "a: b\nc: ]", []string{"line 2, column 4: |closes none"}},
		{"a bracket left open before a list", "a: [b\nc:\n- d\n", []string{"line 3, column 1: |a dash stands inside brackets"}},
		{"a tag", "a: !!str b", []string{"line 1, column 4: |a tag"}},
		{"many errors at once, in their order", one("rpm: x", "tpm: y", "nope: z"), []string{"line 6, column 10: ", "line 7, column 10: ", "line 8, column 5: "}},
	} {
		t.Run(row.name, func(t *testing.T) {
			_, err := readFile(strings.NewReader(row.text), testEnvironment.lookup)
			errs, ok := errors.AsType[Errors](err)
			if !ok || len(errs) != len(row.want) {
				t.Fatalf("want %d errors, got: %v", len(row.want), err)
			}
			if lines := strings.Split(err.Error(), "\n"); len(lines) > 1 && lines[0] != fmt.Sprintf("registry: %d errors:", len(errs)) {
				t.Errorf("begins %q", lines[0])
			} else if len(lines) == 1 && !strings.HasPrefix(lines[0], "registry: line ") {
				t.Errorf("says %q", lines[0])
			}
			for i, want := range row.want {
				place, message, _ := strings.Cut(want, "|")
				if got := errs[i].Error(); !strings.HasPrefix(got, place) || !strings.Contains(got, message) {
					t.Errorf("want %s, got %s", want, got)
				}
			}
			if strings.Contains(err.Error(), "hush") {
				t.Errorf("shows a secret: %v", err)
			}
		})
	}
}

func TestModesThatDoNotGoTogetherAreErrors(t *testing.T) {
	entry := func(name, mode string) string {
		info := ", model_info: {mode: " + mode + "}"
		if mode == "" {
			info = ""
		}
		return fmt.Sprintf("- {model_name: %s, litellm_params: {model: azure/d, api_base: r.example}%s}\n", name, info)
	}
	const falls, onLong = "router_settings: {fallbacks: {a: [b]}}\n", "router_settings: {context_window_fallbacks: [{a: [b]}]}\n"
	for _, row := range []struct{ name, text, want string }{
		{"in one group", entry("a", "chat") + entry("a", "embedding"), "has mode embedding here and chat on line 2"},
		{"by a fallback to an embedding", entry("a", "chat") + entry("b", "embedding") + falls, `"b" embeds and "a" does not`},
		{"by a fallback of an embedding", entry("a", "embedding") + entry("b", "chat") + falls, `"a" embeds and "b" does not`},
		{"by a fallback to an embedding, of a group without mode", entry("a", "") + entry("b", "embedding") + falls, `"b" embeds and "a" does not`},
		{"by a fallback of an embedding, to a group without mode", entry("a", "embedding") + entry("b", "") + falls, `"a" embeds and "b" does not`},
		{"by a fallback for long prompts", entry("a", "embedding") + entry("b", "") + onLong, `"a" embeds and "b" does not`},
		{"not between embeddings", entry("a", "embedding") + entry("b", "embedding") + falls, ""},
		{"not between groups that talk", entry("a", "chat") + entry("b", "responses") + falls, ""},
		{"not by fallbacks of every group", entry("a", "embedding") + entry("b", "chat") + "router_settings: {default_fallbacks: [b], fallbacks: {'*': [a]}}\n", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			_, err := readFile(strings.NewReader("model_list:\n"+row.text), testEnvironment.lookup)
			if (err == nil) != (row.want == "") || err != nil && !strings.Contains(err.Error(), row.want) {
				t.Errorf("want %q, got %v", row.want, err)
			}
		})
	}
}

func TestIDs(t *testing.T) {
	entry := func(name, more, info string) string {
		return fmt.Sprintf("- {model_name: %s, litellm_params: {model: azure/d, api_base: 'https://R.example/x'%s}%s}\n", name, more, info)
	}
	for _, row := range []struct {
		name string
		list []string
		want []string
	}{
		{"one deployment in two groups keeps its id", []string{entry("a", "", ""), entry("b", "", "")}, []string{"d@r.example", "d@r.example"}},
		{"twice in one group it does not", []string{entry("a", "", ""), entry("a", "", ""), entry("b", "", "")}, []string{"d@r.example", "d@r.example#2", "d@r.example"}},
		{"another credential is another deployment", []string{entry("a", "", ""), entry("b", ", client_secret: x", ""), entry("c", ", api_version: v1", "")}, []string{"d@r.example", "d@r.example#2", "d@r.example#3"}},
		{"an id of the file's own is left alone", []string{entry("a", "", ""), entry("b", "", ", model_info: {id: d@r.example}")}, []string{"d@r.example#2", "d@r.example"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			var ids []string
			for _, e := range read(t, "model_list:\n"+strings.Join(row.list, "")).entries {
				ids = append(ids, e.ID)
			}
			if diff := cmp.Diff(row.want, ids); diff != "" {
				t.Error(diff)
			}
		})
	}
	_, err := readFile(strings.NewReader("model_list:\n"+entry("a", "", ", model_info: {id: x}")+entry("a", "", ", model_info: {id: x}")), testEnvironment.lookup)
	if err == nil || !strings.Contains(err.Error(), "line 3") || !strings.Contains(err.Error(), "line 2") {
		t.Errorf("two equal ids: %v", err)
	}
}

func TestReferencesFindTheFilesOwnVariablesFirst(t *testing.T) {
	f := read(t, one("api_key: os.environ/AZURE_API_KEY", "responses_api: os.environ/YES", "rpm: os.environ/MY_RPM", "timeout: os.environ/MY_TIMEOUT")+
		"environment_variables: {AZURE_API_KEY: mine, MY_RPM: 7, MY_TIMEOUT: 90s}\n")
	e := f.entries[0]
	if e.APIKey != "mine" || !e.responses || e.rpm != 7 || e.Timeout != 90*time.Second {
		t.Errorf("key %q, responses %v, rpm %d, timeout %v", e.APIKey, e.responses, e.rpm, e.Timeout)
	}
}

func TestCallParametersBecomeOptions(t *testing.T) {
	f := read(t, one("temperature: 0", "top_p: 0.5", "max_tokens: 9", "n: 2", "seed: -3", "stop: END", "presence_penalty: 1", "frequency_penalty: -1",
		"reasoning_effort: high", "parallel_tool_calls: false", "extra_body: {a: 1}", "service_tier: flex", "headers: {X-A: b}", "extra_headers: {X-C: d}"))
	var got llms.CallOptions
	got.Temperature = 7
	for _, o := range slices.Concat(f.entries[0].defaults, f.entries[0].extras) {
		o(&got)
	}
	metadata := got.Metadata
	got.Metadata = nil
	want := llms.CallOptions{TopP: 0.5, MaxTokens: 9, N: 2, Seed: -3, StopWords: []string{"END"}, PresencePenalty: 1, FrequencyPenalty: -1}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	wantKeys := []string{"azureadv1:extra_body", "azureadv1:parallel_tool_calls", "azureadv1:reasoning_effort"}
	if diff := cmp.Diff(wantKeys, slices.Sorted(maps.Keys(metadata))); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(map[string]any{"a": int64(1), "service_tier": "flex"}, metadata["azureadv1:extra_body"]); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(map[string]string{"X-A": "b", "X-C": "d"}, f.entries[0].azure.header); diff != "" {
		t.Error(diff)
	}
}

func TestRouterSettingsWin(t *testing.T) {
	s := read(t, two("router_settings: {num_retries: 1, fallbacks: {a: [b]}}", "litellm_settings: {num_retries: 4, timeout: 8, fallbacks: {b: [a]}, enable_azure_ad_token_refresh: false}")).settings
	if *s.retries != 1 || s.timeout != 8*time.Second || !s.noDefaultCredential || !cmp.Equal(s.fallbacks, map[string][]string{"a": {"b"}}) {
		t.Errorf("%+v", s)
	}
}

func TestFallbacksOfEveryGroupBelongToTheirList(t *testing.T) {
	for _, row := range []struct {
		name, settings               string
		defaults, onLong, onFiltered []string
	}{
		{"of any failure", "fallbacks: [{'*': [b]}]", []string{"b"}, nil, nil},
		{"of a long prompt", "context_window_fallbacks: [{'*': [b]}]", nil, []string{"b"}, nil},
		{"of a filtered one", "content_policy_fallbacks: {'*': [b, a]}", nil, nil, []string{"b", "a"}},
		{"of all three", "fallbacks: {'*': [a]}, context_window_fallbacks: {'*': [b]}, content_policy_fallbacks: {'*': [a, b]}", []string{"a"}, []string{"b"}, []string{"a", "b"}},
		{"after default_fallbacks", "default_fallbacks: [b], fallbacks: [{'*': [x, a, b]}]", []string{"b", "a"}, nil, nil},
		{"default_fallbacks alone", "default_fallbacks: [x, a]", []string{"a"}, nil, nil},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := read(t, two("router_settings: {model_group_alias: {x: a}, "+row.settings+"}")).settings
			got := [][]string{s.defaultFallbacks, s.contextDefaults, s.contentDefaults}
			if diff := cmp.Diff([][]string{row.defaults, row.onLong, row.onFiltered}, got); diff != "" {
				t.Error(diff)
			}
			if len(s.fallbacks)+len(s.contextFallbacks)+len(s.contentFallbacks) != 0 {
				t.Errorf("a group called *: %+v", s)
			}
		})
	}
	_, err := readFile(strings.NewReader(two("router_settings: {fallbacks: [{'*': [a]}, {'*': [b]}]}")), testEnvironment.lookup)
	if err == nil || !strings.Contains(err.Error(), "line 5, column 44: router_settings.fallbacks[1].*: \"*\" has fallbacks on line 5 already") {
		t.Errorf("twice: %v", err)
	}
	if s := read(t, two("router_settings: {default_fallbacks: [b], fallbacks: {a: []}}")).settings; s.fallbacks["a"] == nil {
		t.Error("a group with an empty list of its own counts as one without a list")
	}
}

func TestManyErrorsAreCounted(t *testing.T) {
	var lines []string
	for i := range 60 {
		lines = append(lines, fmt.Sprintf("nope%d: x", i))
	}
	_, err := readFile(strings.NewReader(one(lines...)), testEnvironment.lookup)
	if err == nil || !strings.HasSuffix(err.Error(), "\n... and 10 more") || !strings.HasPrefix(err.Error(), "registry: 60 errors:\nline 6, ") || strings.Count(err.Error(), "\n") != 51 {
		t.Errorf("%v", err)
	}
	if one, ok := errors.AsType[FileError](err); !ok || one.Line != 6 {
		t.Errorf("the first one: %v", one)
	}
}

func TestAFailingReaderSaysWhere(t *testing.T) {
	broken := errors.New("disk on fire")
	_, err := readFile(io.MultiReader(strings.NewReader("a:\n b"), iotest.ErrReader(broken)), testEnvironment.lookup)
	if !errors.Is(err, broken) || !strings.HasPrefix(err.Error(), "registry: line 2, column 3: ") {
		t.Errorf("%v", err)
	}
}
