package registry

import (
	"fmt"
	"math"
	"path"
	"strings"
	"time"

	"github.com/google/jsonschema-go/jsonschema"
	"github.com/tmc/langchaingo/llms"
)

// draft is an entry while its item is read.
type draft struct {
	*entry
	item *node

	idAt, modeAt position       // of model_info.id and mode
	dropSaid     bool           // the entry has drop_params of its own
	extra        map[string]any // request fields of extra_body
	chat         map[string]any // request fields by their names in chat completions
}

var anyNumber = math.Inf(-1)

const anyInt = math.MinInt32

// itemKeys are the keys of an item of model_list.
var itemKeys = append([]row[*draft]{
	special("model_name", "The name that callers ask for. Entries of one name form a group.", &jsonschema.Schema{Type: "string", MinLength: new(1)}, readName),
	special("litellm_params", "Where the deployment is, as whom to call it, and defaults for its calls.", ref("litellm_params"), readParams),
	special("model_info", "What is known of the deployment.", ref("model_info"), readInfo),
	whole("rpm", "Requests per minute, as older files have it; litellm_params.rpm wins.", 1, func(d *draft, n int) { setIfZero(&d.rpm, n) }),
	whole("tpm", "Tokens per minute, as older files have it; litellm_params.tpm wins.", 1, func(d *draft, n int) { setIfZero(&d.tpm, n) }),
	refused[*draft]("litellm_credential_name", "A credential of LiteLLM's proxy.", credentialNameAdvice),
}, idles[*draft]("It belongs to LiteLLM's proxy.", "access_groups", "team_id", "blocked", "created_by", "updated_by", "model_id", "max_parallel_requests")...)

const credentialNameAdvice = "credentials of LiteLLM's proxy are not known here: write api_key, tenant_id and client_id, or credential into litellm_params"

// commonParams are the litellm_params that mean the same for every provider.
var commonParams = append([]row[*draft]{
	special("model", "The provider and the deployment, as azure/<deployment>, or ollama/<model> for a registered provider.", modelSchema(), readModel),
	special("api_base", "The endpoint: the resource's URL as the portal shows it, or a gateway's.", &jsonschema.Schema{Type: "string"}, func(r *reader, d *draft, v value) {
		if s, ok := r.text(v); ok {
			d.APIBase = s
		}
	}),
	text("api_key", "A key of the resource. Secret: write os.environ/NAME.", func(d *draft, s string) { d.APIKey = s }),
	text("base_model", "What the deployment serves, as gpt-4o; model_info.base_model wins.", func(d *draft, s string) { d.BaseModel = path.Base(s) }),
	seconds("timeout", "Seconds until the first byte of an answer, and between two of them; 0 is the default.", func(d *draft, t time.Duration) { d.Timeout = t }),
	whole("rpm", "Requests per minute that the deployment takes; calls keep below.", 1, func(d *draft, n int) { d.rpm = n }),
	whole("tpm", "Tokens per minute that the deployment takes; calls keep below.", 1, func(d *draft, n int) { d.tpm = n }),
	whole("order", "Entries with a lower order are tried first.", 0, func(d *draft, n int) { d.order = n }),
	number("weight", "How often the entry is chosen, relative to the others of its order.", 0, func(d *draft, f float64) { d.weight, d.weighted = f, true }),
	seconds("cooldown_time", "Seconds that the deployment is left alone after failures that name no wait.", func(d *draft, t time.Duration) { d.cooldown = &t }),
	option("temperature", "Default sampling temperature.", llms.WithTemperature),
	option("top_p", "Default nucleus sampling.", llms.WithTopP),
	option("presence_penalty", "Default presence penalty.", llms.WithPresencePenalty),
	option("frequency_penalty", "Default frequency penalty.", llms.WithFrequencyPenalty),
	countOption("max_tokens", "Default limit of the answer's tokens.", 1, llms.WithMaxTokens),
	countOption("max_completion_tokens", "Default limit of the answer's tokens; it wins over max_tokens.", 1, llms.WithMaxTokens),
	countOption("n", "Default number of answers.", 1, llms.WithN),
	countOption("seed", "Default seed.", anyInt, llms.WithSeed),
	special("stop", "Default stop sequences: a text or a list of texts.", &jsonschema.Schema{AnyOf: []*jsonschema.Schema{
		{Type: "string"}, {Type: "array", Items: &jsonschema.Schema{Type: "string", MinLength: new(1)}},
	}}, readStop),
	refused[*draft]("litellm_credential_name", "A credential of LiteLLM's proxy.", credentialNameAdvice),
	refused[*draft]("custom_llm_provider", "The provider, apart from the model.", "write the provider before the model's name, as azure/<deployment>"),
	refused[*draft]("use_litellm_proxy", "Calls through a LiteLLM proxy.", "register an OpenAI-compatible provider for the proxy, or remove it"),
}, idleParams...)

func option(name, doc string, with func(float64) llms.CallOption) row[*draft] {
	return number(name, doc, anyNumber, func(d *draft, f float64) { d.defaults = append(d.defaults, with(f)) })
}

func countOption(name, doc string, least int, with func(int) llms.CallOption) row[*draft] {
	return whole(name, doc, least, func(d *draft, n int) { d.defaults = append(d.defaults, with(n)) })
}

func setIfZero(p *int, n int) {
	if *p == 0 {
		*p = n
	}
}

func readName(r *reader, d *draft, v value) {
	s, ok := r.text(v)
	switch {
	case !ok:
	case strings.TrimSpace(s) == "":
		r.fail(v, "is empty: callers ask for the model by this name")
	case strings.Contains(s, "*"):
		r.fail(v, "a wildcard is for LiteLLM's proxy: list each deployment by its name")
	default:
		d.Name = s
	}
}

// completionsProvider is LiteLLM's prefix for deployments that are called by the completions API.
const completionsProvider = "azure_text"

// series are LiteLLM's marks between azure/ and the deployment's name, with what they say of it.
var series = map[string]func(*draft){
	"o_series":    func(d *draft) { setIfEmpty(&d.BaseModel, "o3") },
	"gpt5_series": func(d *draft) { setIfEmpty(&d.BaseModel, "gpt-5") },
	"responses":   func(d *draft) { d.responses = true },
}

func setIfEmpty(p *string, s string) {
	if *p == "" {
		*p = s
	}
}

// splitModel reads litellm_params.model: all else depends on its provider.
func splitModel(s string) (provider, model string, ok bool) {
	provider, model, ok = strings.Cut(s, "/")
	return provider, model, ok && provider != "" && model != ""
}

func readModel(r *reader, d *draft, v value) {
	s, ok := r.text(v)
	if !ok {
		return
	}
	provider, model, ok := splitModel(s)
	switch {
	case strings.Contains(s, "*"):
		r.fail(v, "a wildcard is for LiteLLM's proxy: list each deployment by its name")
		return
	case provider == completionsProvider:
		r.fail(v, "azure_text/ is for the completions API, which is not served here: write azure/<deployment> for a deployment that takes chat completions")
		return
	case !ok && !strings.Contains(s, "/"):
		r.fail(v, "%s names no provider: write azure/<deployment>, or another registered provider before the slash", v.shown(s))
		return
	case !ok:
		r.fail(v, "%s is not provider/model: write azure/<deployment>", v.shown(s))
		return
	}
	d.Provider, d.Model = provider, model
	if mark, rest, found := strings.Cut(model, "/"); found && provider == azureProvider && series[mark] != nil {
		if rest == "" {
			r.fail(v, "the deployment's name is missing after %s/%s/", provider, mark)
		}
		d.Model = rest
		series[mark](d)
	}
}

func readStop(r *reader, d *draft, v value) {
	if _, single := v.value.(string); single {
		if s, ok := r.text(v); ok && s != "" {
			d.defaults = append(d.defaults, llms.WithStopWords([]string{s}))
		}
		return
	}
	if words, _, ok := r.list(v); ok {
		d.defaults = append(d.defaults, llms.WithStopWords(words))
	}
}

// readParams reads litellm_params with the rows of its provider, which model names.
func readParams(r *reader, d *draft, v value) {
	pairs, ok := r.pairs(v)
	if !ok {
		return
	}
	d.where = make(map[string]position, len(pairs))
	for _, p := range pairs {
		d.where[p.key] = p.value.at
		if p.value.value == nil {
			d.where[p.key] = p.at
		}
	}
	if model := v.get("model"); model == nil || model.value == nil {
		r.fail(v, "model is missing: write model: azure/<deployment>")
	}
	if providerOf(r, v) == azureProvider {
		walk(r, azureParamKeys, d, v, strict(r, azureParamKeys))
		return
	}
	walk(r, commonParams, d, v, func(p pair, v value) {
		if d.Params == nil {
			d.Params = map[string]any{}
		}
		d.Params[p.key] = r.plain(v.child(p))
	})
}

// providerOf looks ahead at model, whose own errors its row reports.
func providerOf(r *reader, v value) string {
	model := v.get("model")
	if model == nil {
		return ""
	}
	quiet := reader{lookup: r.lookup, env: r.env}
	s, _ := quiet.text(value{model, ""})
	provider, _, _ := strings.Cut(s, "/")
	if s == azureProvider {
		return ""
	}
	return provider
}

// get is the value of a key; nil where there is none.
func (n *node) get(key string) *node {
	pairs, _ := n.value.([]pair)
	for _, p := range pairs {
		if p.key == key {
			return p.value
		}
	}
	return nil
}

// plain is a value as Go has it, with references resolved: what Params and extra_body hold.
func (r *reader) plain(v value) any {
	switch x := v.value.(type) {
	case []*node:
		list := make([]any, len(x))
		for i, item := range x {
			list[i] = r.plain(value{item, fmt.Sprintf("%s[%d]", v.path, i)})
		}
		return list
	case []pair:
		m := make(map[string]any, len(x))
		for _, p := range x {
			m[p.key] = r.plain(v.child(p))
		}
		return m
	case string:
		s, _ := r.resolve(v, x)
		return s
	default:
		return x
	}
}
