package registry

import (
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/tmc/langchaingo/llms"

	"github.com/seed-a739af98/langchaingo-azure/adapters/langchaingo"
	"github.com/seed-a739af98/langchaingo-azure/azureadv1"
)

// The modes of model_info.mode that this package serves, and its strategies, as LiteLLM names them.
const (
	azureProvider = "azure"

	modeChat       = "chat"
	modeCompletion = "completion"
	modeResponses  = "responses"
	modeEmbedding  = "embedding"

	simpleShuffle = "simple-shuffle"
	leastBusy     = "least-busy"
)

// azure makes the model of an entry of the built-in provider. Entries of one identity and scope share a token source,
// and all of them one set of connections.
func (r *Registry) azure(e *entry, s *settings, cfg azureadv1.Config) (llms.Model, error) {
	if s.noDefaultCredential && r.loader.Credential == nil && !credentialNamed(e) {
		return nil, errNoCredential
	}
	client, err := r.clients.Get(cfg)
	if err != nil {
		return nil, err
	}
	options := []langchaingo.Option{langchaingo.WithBaseModel(e.BaseModel), langchaingo.WithDropParams(e.drop...)}
	if e.dropAll {
		options = append(options, langchaingo.WithDropParams("top_k", "min_length", "max_length", "repetition_penalty", "thinking_budget"))
	}
	if e.responses {
		options = append(options, langchaingo.WithResponsesAPI())
	}
	if e.Mode == modeEmbedding || e.Mode == "" {
		options = append(options, langchaingo.WithEmbeddingDeployment(e.Model), langchaingo.WithEmbeddingDimensions(e.dimensions))
	}
	return langchaingo.NewFromClient(client, options...)
}

// config is an entry in azureadv1's words.
func (r *Registry) config(e *entry, s *settings, alone bool) azureadv1.Config {
	cfg := azureadv1.Config{
		Endpoint: e.APIBase, APIVersion: e.azure.apiVersion, Deployment: e.Model,
		APIKey: e.APIKey, Token: e.azure.token, Identity: e.azure.identity, Scope: e.azure.scope,
		HTTPClient: r.loader.HTTPClient, Logger: r.loader.Logger,
		TracerProvider: r.loader.TracerProvider, MeterProvider: r.loader.MeterProvider,
		MaxRetries: maxRetries(e, s, alone),
	}
	if !credentialNamed(e) {
		cfg.Credential = r.loader.Credential
	}
	for name, value := range e.azure.header {
		if cfg.Header == nil {
			cfg.Header = http.Header{}
		}
		cfg.Header.Set(name, value)
	}
	cfg.FirstByteTimeout = firstOf(e.Timeout, s.timeout)
	cfg.StreamIdleTimeout = firstOf(e.azure.streamIdle, e.Timeout, s.streamIdle, s.timeout)
	return cfg
}

func firstOf(limits ...time.Duration) time.Duration {
	for _, d := range limits {
		if d != 0 {
			return d
		}
	}
	return 0
}

// maxRetries is an entry's attempts in azureadv1's counting, where 0 is the default and negative none. Where
// another deployment or name can serve, the group is the retry layer.
func maxRetries(e *entry, s *settings, alone bool) int {
	retries := e.retries
	if retries == nil && alone {
		retries = s.retries
	}
	switch {
	case retries == nil && alone:
		return 0
	case retries == nil || *retries == 0:
		return -1
	default:
		return *retries
	}
}

var errNoCredential = errors.New("the entry names no credential, and enable_azure_ad_token_refresh: false rules out the default one: " +
	"set credential, api_key, azure_ad_token, or tenant_id, client_id and client_secret")

// credentialNamed tells whether an entry says as whom to call.
func credentialNamed(e *entry) bool {
	return e.APIKey != "" || e.azure.token != "" || e.azure.identity != (azureadv1.Identity{})
}

// describe is an error without the prefixes that say where it comes from: it gets a place in the file in front.
func describe(err error) string {
	if theirs, ok := errors.AsType[*llms.Error](err); ok {
		return theirs.Message
	}
	return strings.TrimPrefix(strings.TrimPrefix(err.Error(), "registry: "), "azureadv1: ")
}
