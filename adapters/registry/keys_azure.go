package registry

import (
	"maps"
	"slices"
	"time"

	"github.com/google/jsonschema-go/jsonschema"

	"github.com/seed-a739af98/langchaingo-azure/adapters/langchaingo"
)

// azureParamKeys are the litellm_params of an azure entry.
var azureParamKeys = slices.Concat(commonParams, azureCredentials, azureCalls, azureFields, azureRefused)

var azureCredentials = []row[*draft]{
	text("api_version", "The version: v1, latest or preview for the v1 surface, or a date in quotes for the classic one.", func(d *draft, s string) { d.azure.apiVersion = s }),
	text("azure_ad_token", "A fixed Entra token, or oidc/... for an outside token to exchange. Secret: write os.environ/NAME.", func(d *draft, s string) { d.azure.token = s }),
	text("credential", "How to authenticate: default, environment, managed_identity, workload_identity, client_secret, client_certificate, azure_cli, azd, federated or username_password.", func(d *draft, s string) { d.azure.identity.Kind = s }),
	text("tenant_id", "The directory that issues the tokens.", func(d *draft, s string) { d.azure.identity.TenantID = s }),
	text("client_id", "The application (client) ID of the app or of a user-assigned managed identity.", func(d *draft, s string) { d.azure.identity.ClientID = s }),
	text("client_secret", "The app's client secret. Secret: write os.environ/NAME.", func(d *draft, s string) { d.azure.identity.ClientSecret = s }),
	text("azure_username", "The user principal name, for username_password.", func(d *draft, s string) { d.azure.identity.Username = s }),
	text("azure_password", "The user's password. Secret: write os.environ/NAME.", func(d *draft, s string) { d.azure.identity.Password = s }),
	text("certificate_path", "A PEM or PKCS#12 file with the app's certificate and key.", func(d *draft, s string) { d.azure.identity.CertificatePath = s }),
	text("certificate_password", "What opens the PKCS#12 file. Secret: write os.environ/NAME.", func(d *draft, s string) { d.azure.identity.CertificatePassword = s }),
	text("federated_token_file", "The file of an outside token, or an oidc/ reference.", func(d *draft, s string) { d.azure.identity.TokenFile = s }),
	text("authority", "The Entra host that issues the tokens.", func(d *draft, s string) { d.azure.identity.Authority = s }),
	text("azure_scope", "The scope of the tokens; by default that of the endpoint's host.", func(d *draft, s string) { d.azure.scope = s }),
}

var azureCalls = []row[*draft]{
	seconds("stream_timeout", "Seconds between two pieces of a stream; by default timeout.", func(d *draft, t time.Duration) { d.azure.streamIdle = t }),
	whole("num_retries", "The same as max_retries, which wins.", 0, func(d *draft, n int) { d.retries = &n }),
	whole("max_retries", "Further attempts at this deployment itself, before the group tries another.", 0, func(d *draft, n int) { d.retries = &n }),
	yesNo("responses_api", "Call the Responses API instead of chat completions.", func(d *draft, yes bool) { d.responses = d.responses || yes }),
	yesNo("drop_params", "Leave out what the service does not have, instead of refusing the call.", func(d *draft, yes bool) { d.dropAll, d.dropSaid = yes, true }),
	list("additional_drop_params", "Request fields that are never sent.", func(d *draft, names []string) { d.drop = names }),
	whole("dimensions", "The length of embedding vectors.", 1, func(d *draft, n int) { d.dimensions = n }),
	special("headers", "Headers that every request carries. Secret.", mapOfTexts(), readHeaders),
	special("extra_headers", "Headers that every request carries. Secret.", mapOfTexts(), readHeaders),
	text("reasoning_effort", "Default reasoning effort.", func(d *draft, s string) { d.extras = append(d.extras, langchaingo.ReasoningEffort(s)) }),
	yesNo("parallel_tool_calls", "Whether one answer may hold several tool calls.", func(d *draft, yes bool) { d.extras = append(d.extras, langchaingo.ParallelToolCalls(yes)) }),
	special("extra_body", "Request fields by their names on the wire.", &jsonschema.Schema{Type: "object"}, readExtraBody),
}

// azureFields are call parameters of LiteLLM for which langchaingo has no option: they go to the request as they are.
var azureFields = func() []row[*draft] {
	fields := map[string]string{
		"user": "Who asks, for the service's abuse monitoring.", "safety_identifier": "Who asks, for the service's abuse monitoring.",
		"service_tier": "The service tier of the calls.", "verbosity": "How long answers are.", "logit_bias": "Likelihoods of tokens.",
		"prompt_cache_key": "What calls share the prompt cache.", "prompt_cache_retention": "How long the prompt cache keeps.",
		"response_format": "The shape of the answers.",
	}
	rows := []row[*draft]{
		yesNo("store", "Whether the service keeps the answers.", func(d *draft, yes bool) { d.setChat("store", yes) }),
		yesNo("logprobs", "Whether to return likelihoods.", func(d *draft, yes bool) { d.setChat("logprobs", yes) }),
		whole("top_logprobs", "How many likelihoods to return.", 0, func(d *draft, n int) { d.setChat("top_logprobs", n) }),
	}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		rows = append(rows, special(name, fields[name], &jsonschema.Schema{}, func(r *reader, d *draft, v value) { d.setChat(name, r.plain(v)) }))
	}
	return rows
}()

var azureRefused = []row[*draft]{
	refused[*draft]("aws_*", "Amazon's credentials.", "an azure entry takes no Amazon credentials: remove it"),
	refused[*draft]("vertex_*", "Google's credentials.", "an azure entry takes no Google credentials: remove it"),
	refused[*draft]("base_url", "The endpoint, as the openai client calls it.", "write api_base"),
	refused[*draft]("azure_endpoint", "The endpoint, as the openai client calls it.", "write api_base"),
	refused[*draft]("azure_deployment", "The deployment, as the openai client calls it.", "write model: azure/<deployment>"),
	refused[*draft]("azure_ad_token_provider", "A function of a Python program.", "a file cannot hold a function: write credential, or tenant_id, client_id and client_secret"),
}

// setChat sets a field by its name in chat completions.
func (d *draft) setChat(name string, v any) {
	if d.chat == nil {
		d.chat = map[string]any{}
	}
	d.chat[name] = v
}

func (d *draft) setField(name string, v any) {
	if d.extra == nil {
		d.extra = map[string]any{}
	}
	d.extra[name] = v
}

// readHeaders joins headers and extra_headers.
func readHeaders(r *reader, d *draft, v value) {
	headers, ok := r.texts(v)
	if !ok {
		return
	}
	if d.azure.header == nil {
		d.azure.header = map[string]string{}
	}
	maps.Copy(d.azure.header, headers)
}

func readExtraBody(r *reader, d *draft, v value) {
	pairs, ok := r.pairs(v)
	if !ok {
		return
	}
	for _, p := range pairs {
		d.setField(p.key, r.plain(v.child(p)))
	}
}

// attach makes one option of all request fields. What extra_body says has the last word.
func (d *draft) attach(r *reader, at value) {
	fields := maps.Clone(d.chat)
	if fields == nil {
		fields = map[string]any{}
	}
	if d.responses {
		fields = responsesFields(r, at, fields)
	}
	maps.Copy(fields, d.extra)
	if d.extra = fields; len(fields) == 0 {
		d.extra = nil
	}
	if d.extra != nil {
		d.extras = append(d.extras, langchaingo.ExtraBody(d.extra))
	}
}
