package registry_test

import (
	"encoding/json"
	"strings"
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

// withParams is one deployment with further litellm_params.
func withParams(params string) string {
	return "model_list: [{model_name: chat, litellm_params: {model: azure/east, api_base: https://azuretest.openai.azure.com, api_key: hush-api-key" +
		params + "}, model_info: {id: east}}]\n"
}

// sent is the body of the last request without what every one has.
func sent(t *testing.T, s *azuretest.Server) map[string]any {
	t.Helper()
	all := s.Requests()
	var body map[string]any
	must(t, json.Unmarshal(all[len(all)-1].Body, &body))
	delete(body, "messages")
	delete(body, "model")
	return body
}

func TestCallParametersOfTheFileAreDefaults(t *testing.T) {
	const all = `, temperature: 0.2, top_p: 0.9, max_tokens: 100, n: 2, seed: 7, stop: [END], presence_penalty: 0.1, frequency_penalty: 0.2,
    extra_body: {user: team-a, logprobs: true}`
	rows := []struct {
		name    string
		params  string
		options []llms.CallOption
		want    map[string]any
	}{
		{"none", "", nil, map[string]any{}},
		{"every one", all, nil, map[string]any{
			"temperature": 0.2, "top_p": 0.9, "max_completion_tokens": 100., "n": 2., "seed": 7., "stop": []any{"END"},
			"presence_penalty": 0.1, "frequency_penalty": 0.2, "user": "team-a", "logprobs": true,
		}},
		{"the caller's win", ", temperature: 0.2, top_p: 0.9", []llms.CallOption{llms.WithTemperature(0)}, map[string]any{"temperature": 0., "top_p": 0.9}},
		{
			"the fields of an extra body are joined", ", extra_body: {user: team-a, logprobs: true}",
			[]llms.CallOption{langchaingo.ExtraBody(map[string]any{"user": "team-b"})},
			map[string]any{"user": "team-b", "logprobs": true},
		},
		{
			"labels of the caller stay", ", extra_body: {logprobs: true}",
			[]llms.CallOption{llms.WithMetadata(map[string]any{"team": "b"})},
			map[string]any{"logprobs": true, "metadata": map[string]any{"team": "b"}},
		},
		{"drop_params leaves out what Azure has not", ", drop_params: true", []llms.CallOption{llms.WithTopK(3)}, map[string]any{}},
		{"additional_drop_params", ", additional_drop_params: [seed]", []llms.CallOption{llms.WithSeed(3)}, map[string]any{}},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			s := azure(t, azuretest.Options{})
			ask(t, model(t, parse(t, s, withParams(row.params)), "chat"), row.options...)
			if diff := cmp.Diff(row.want, sent(t, s)); diff != "" {
				t.Errorf("the request (-want +got):\n%s", diff)
			}
		})
	}
}

func TestTheFileKnowsWhatADeploymentServes(t *testing.T) {
	s := azure(t, azuretest.Options{Deployments: map[string]string{"east": "gpt-5"}})
	for name, yaml := range map[string]string{
		"base_model": strings.ReplaceAll(withParams(", temperature: 0.5"), "id: east", "id: east, base_model: azure/gpt-5-2025-08-07"),
		"a series":   strings.ReplaceAll(withParams(", temperature: 0.5"), "azure/east", "azure/gpt5_series/east"),
	} {
		t.Run(name, func(t *testing.T) {
			m := model(t, parse(t, s, yaml), "chat")
			ask(t, m)
			if diff := cmp.Diff(map[string]any{}, sent(t, s)); diff != "" {
				t.Errorf("a reasoning model was sent (-want +got):\n%s", diff)
			}
			if !m.(llms.ReasoningModel).SupportsReasoning() {
				t.Error("SupportsReasoning is false")
			}
		})
	}
}

func TestHeadersAndVersionsOfTheFile(t *testing.T) {
	s := azure(t, azuretest.Options{})
	ask(t, model(t, parse(t, s, withParams(`, api_version: "2024-10-21", extra_headers: {Ocp-Apim-Subscription-Key: hush-gateway}`)), "chat"))
	r := s.Requests()[0]
	if r.APIVersion != "2024-10-21" || r.Header.Get("Ocp-Apim-Subscription-Key") != "hush-gateway" {
		t.Errorf("version %q, subscription key %q", r.APIVersion, r.Header.Get("Ocp-Apim-Subscription-Key"))
	}
}

func TestTimeouts(t *testing.T) {
	rows := []struct {
		name   string
		params string
		rest   string
		reply  azuretest.Reply
		want   time.Duration // when the call fails; 0 is never
	}{
		{"timeout bounds the first byte", ", timeout: 3", "", azuretest.SlowFirstByte(5 * time.Second), 3 * time.Second},
		{"one for all entries", "", "router_settings: {timeout: 4}", azuretest.SlowFirstByte(5 * time.Second), 4 * time.Second},
		{"the entry's goes before", ", timeout: 2", "router_settings: {timeout: 4}", azuretest.SlowFirstByte(5 * time.Second), 2 * time.Second},
		{"LiteLLM's request_timeout", "", "litellm_settings: {request_timeout: 1}", azuretest.SlowFirstByte(5 * time.Second), time.Second},
		{"timeout bounds the silence of a stream", ", timeout: 3", "", azuretest.Text("a ", "b").WithPace(5 * time.Second), 3 * time.Second},
		{"stream_timeout has that alone", ", timeout: 3, stream_timeout: 6", "", azuretest.Text("a ", "b").WithPace(5 * time.Second), 0},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := azure(t, azuretest.Options{})
				m := model(t, parse(t, s, withParams(row.params)+row.rest), "chat")
				s.Enqueue(row.reply)
				began := time.Now()
				_, err := readChannel(t.Context(), m)
				if (err != nil) != (row.want > 0) || (row.want > 0 && (time.Since(began) != row.want || codeOf(err) != llms.ErrCodeTimeout)) {
					t.Errorf("after %s: %v, want an end after %s", time.Since(began), err, row.want)
				}
			})
		})
	}
}

func TestMaxRetries(t *testing.T) {
	rows := []struct {
		name, yaml string
		attempts   int
	}{
		{"alone: azureadv1's default", withParams(""), 3},
		{"alone: none", withParams(", max_retries: 0"), 1},
		{"alone: one", withParams(", max_retries: 1"), 2},
		{"alone: num_retries", withParams("") + "router_settings: {num_retries: 1}", 2},
		{"in a group: one attempt each", twoRegions, 2},
		{"in a group: an entry with its own", strings.Replace(twoRegions, "order: 1", "order: 1, max_retries: 1", 1), 3},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := azure(t, azuretest.Options{Respond: func(azuretest.Request) azuretest.Reply {
					return azuretest.Raw(503, nil, `{"error":{"message":"busy"}}`)
				}})
				_ = refused(t, model(t, parse(t, s, row.yaml), "chat"))
				if n := len(s.Requests()); n != row.attempts {
					t.Errorf("%d attempts, want %d", n, row.attempts)
				}
			})
		})
	}
}

func TestState(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := azure(t, azuretest.Options{})
		r := parse(t, s, strings.Replace(twoRegions, "order: 2", "order: 2, rpm: 6", 1))
		m := model(t, r, "chat")
		s.EnqueueFor("east", azuretest.RateLimited(azuretest.RetryAfter(5)))
		ask(t, m)
		now := time.Now()
		want := []registry.Status{
			{
				ID: "east", Names: []string{"chat"}, Provider: "azure", Deployment: "east", Failed: 1,
				Parked: registry.Parking{Until: now.Add(5 * time.Second), Reason: "429: retry after 5s"},
			},
			{ID: "west", Names: []string{"chat"}, Provider: "azure", Deployment: "west", Served: 1, Limited: 10 * time.Second},
		}
		if diff := cmp.Diff(want, r.State()); diff != "" {
			t.Errorf("State (-want +got):\n%s", diff)
		}
	})
}

func TestEmbedder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const entry = `  - {model_name: vectors, litellm_params: {model: azure/%, api_base: https://azuretest.openai.azure.com, api_key: hush-api-key, dimensions: 8}, model_info: {id: %, mode: embedding}}
`
		s := azure(t, azuretest.Options{})
		r := parse(t, s, "model_list:\n"+strings.ReplaceAll(entry, "%", "vectors")+strings.ReplaceAll(entry, "%", "vectors-2"))
		s.EnqueueFor("vectors", azuretest.RateLimited(azuretest.RetryAfter(60)))
		e, err := r.Embedder("vectors")
		must(t, err)
		for range 20 { // whichever goes first
			vectors, err := e.EmbedDocuments(t.Context(), []string{"one", "two"})
			must(t, err)
			if len(vectors) != 2 || len(vectors[0]) != 8 {
				t.Fatalf("%d vectors of %d", len(vectors), len(vectors[0]))
			}
		}
		s.EnqueueFor("vectors-2", azuretest.RateLimited(azuretest.RetryAfter(30)))
		_, err = e.EmbedQuery(t.Context(), "three")
		if !llms.IsRateLimitError(err) || azureadv1.AsError(err).RetryAfter != 30*time.Second {
			t.Errorf("both parked: %v", err)
		}
		if _, err := r.Model("vectors"); err == nil || !strings.Contains(err.Error(), "Embedder") {
			t.Errorf("Model of an embedding: %v", err)
		}
	})
}
