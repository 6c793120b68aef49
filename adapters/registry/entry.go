package registry

import (
	"time"

	"github.com/tmc/langchaingo/llms"

	"github.com/seed-a739af98/langchaingo-azure/azureadv1"
)

// Entry is one deployment as the file describes it, with its references resolved: what a [Factory] makes a model of.
// APIKey and Params may hold secrets, so every way of printing an Entry leaves them out.
type Entry struct {
	// Name is model_name, the name that callers ask for. Entries of one name form a group.
	Name string
	// ID names the deployment in [Registry.State], in GenerationInfo["Backend"] and to a [State]: model_info.id, else the
	// deployment and its host. It is unique in a file, and the same on every machine that reads the same file.
	ID string
	// Provider is what stands before the first slash of litellm_params.model, such as "azure" or "ollama".
	Provider string
	// Model is what stands after it: for azure the deployment's name.
	Model string
	// Mode is model_info.mode: "chat", "embedding", "responses" or another of LiteLLM's; "" when the file has none.
	Mode string
	// BaseModel is model_info.base_model, what the deployment serves, without a provider's prefix; "" when it is not said.
	BaseModel string
	// APIBase is api_base, the endpoint; "" when the file has none.
	APIBase string
	// APIKey is api_key; "" when the file has none.
	APIKey string
	// Timeout is timeout: how long the first byte of an answer and every next one may take. 0 means the provider's default.
	Timeout time.Duration
	// Params holds the litellm_params that this package does not know, by their names, as YAML gives them: string, bool,
	// int64, uint64, float64, []any, map[string]any. Only providers other than azure may have any.
	Params map[string]any
}

// entry is an Entry with everything else that a file says of it.
type entry struct {
	Entry
	at     position            // of the item in model_list
	path   string              // such as model_list[3]
	where  map[string]position // of the values of litellm_params, by their keys
	faulty bool                // the file has errors in this entry, which are reported: what it says may be half of it

	order    int // lower ones first; unordered where the file has none
	weight   float64
	weighted bool // the file gives a weight
	rpm, tpm int  // 0 is no limit
	cooldown *time.Duration
	retries  *int // max_retries of the entry itself

	azure     azureParams
	responses bool // responses_api: true, or mode responses

	defaults   []llms.CallOption // the entry's own call parameters, to be applied before the caller's
	extras     []llms.CallOption // those that ride in the metadata
	drop       []string          // additional_drop_params
	dropAll    bool              // drop_params: leave out what Azure has not, instead of refusing it
	dimensions int
}

// azureParams are the parameters that become an azureadv1.Config.
type azureParams struct {
	apiVersion string
	token      string
	identity   azureadv1.Identity
	scope      string
	header     map[string]string
	streamIdle time.Duration // stream_timeout; 0 is timeout's
}

// position is a place in the file, both counted from 1.
type position struct{ line, column int }

// settings are router_settings and litellm_settings, of which the former wins.
type settings struct {
	strategy     string
	retries      *int           // num_retries
	retryPolicy  map[string]int // class -> further attempts
	allowedFails int
	cooldown     time.Duration
	noCooldowns  bool
	timeout      time.Duration
	streamIdle   time.Duration
	maxFallbacks int

	fallbacks, contextFallbacks, contentFallbacks map[string][]string // model_name -> model_names
	defaultFallbacks                              []string            // of groups without fallbacks: default_fallbacks, then those of "*"
	contextDefaults, contentDefaults              []string            // those of "*" in context_window_fallbacks and content_policy_fallbacks
	aliases                                       map[string]string   // model_group_alias: alias -> model_name

	noDefaultCredential bool // enable_azure_ad_token_refresh: false
}

// file is what a models file says, checked in itself.
type file struct {
	entries  []*entry // in the file's order
	settings settings
	warnings []string // each with its line
}
