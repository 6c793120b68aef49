// Package azureadv1 calls Azure OpenAI as an Entra ID (Azure AD) identity, on the classic and on the v1 surface, and
// does not die of token expiry: the credential is a callable key, asked before every attempt. It knows no LLM framework.
//
//	cfg, err := azureadv1.FromEnv()
//	cfg.Credential = cred // any azcore.TokenCredential; nil means DefaultAzureCredential
//	client, err := azureadv1.NewClient(cfg)
//	sdk := client.OpenAI() // github.com/openai/openai-go/v3 on this route
//	res, err := sdk.Responses.New(ctx, responses.ResponseNewParams{Model: "my-deployment", ...})
//
// [Client.OpenAI] is openai-go's whole client on this endpoint; [Client.Post] sends ready JSON and is what adapters
// use; [Client.Do] fits where an HTTP client is asked for. All three share one path: openai-go's retries, and this
// package's middleware, which puts the credential on.
//
// # Credentials
//
// The first of these that is set is used, on both surfaces; the others are not called. [Config.Explain] tells which
// one it is, and which ones it outranks.
//
//  1. APIKey          header api-key
//  2. TokenProvider   a func, asked before every attempt; its answers are not kept
//  3. Credential      any azcore.TokenCredential, cached as by [BearerTokenProvider]
//  4. Token           one fixed token; "oidc/..." is an outside token to exchange
//  5. Identity        declared by kind, tenant and client, cached likewise
//  6. none            azidentity's DefaultAzureCredential
//
// A token goes out as Authorization: Bearer, a key as api-key, never both. [BearerTokenProvider] keeps a token until
// shortly before it expires: it refreshes ahead in the background, fetches once for all who wait, and remembers failures
// briefly. One token serves every caller, so a credential that depends on the caller (on behalf of a user) is given as a
// TokenProvider of its own, which gets the call's context.
//
// A token that is refused with 401 is replaced once: the provider is asked again, told which token was refused
// ([RejectedTokenFromContext]) or what was demanded ([ClaimsFromContext]), and the request is sent again if the new
// token differs. An identity without a role (PermissionDenied) is not retried: another token would not help.
//
// Credentials travel over https only, or to loopback, and only to the endpoint's own origin. No redirect is followed,
// unless a call through [Client.OpenAI] brings an option.WithHTTPClient: it replaces the client that refuses them.
// A request that brings an Authorization or api-key header of its own is an error.
//
// The scope that tokens are asked for follows the host; Config.Scope overrides it:
//
//	*.openai.azure.com, *.cognitiveservices.azure.com,
//	*.services.ai.azure.com, any other host              https://cognitiveservices.azure.com/.default
//	a path under /api/projects/                          https://ai.azure.com/.default
//	*.azure.us    (its projects: ai.azure.us)            https://cognitiveservices.azure.us/.default
//	*.azure.cn    (its projects: ai.azure.cn)            https://cognitiveservices.azure.cn/.default
//
// # Versions and routes
//
// APIVersion chooses the surface: "", "v1", "latest" and "preview" are [V1]; a date is [Classic]. With APIVersion empty,
// a /openai/v1 path or an api-version date in the endpoint decides first. V1 sends no api-version, unless
// Config.PreviewQuery asks for it.
//
//	            Classic                                           V1
//	chat        /openai/deployments/{d}/chat/completions          /openai/v1/chat/completions
//	embeddings  /openai/deployments/{d}/embeddings                /openai/v1/embeddings
//	responses   /openai/responses                                 /openai/v1/responses
//	others      as openai-go's azure package routes them          /openai/v1/...
//
// Classic adds api-version; on V1, and for Responses, the body's model names the deployment. A deployment's name is used
// as it is, escaped in paths; nothing is guessed from it. A gateway's path prefix and query are kept, and so is a
// project's /api/projects/{p}. An endpoint that contradicts a field is an error that names both.
//
// # Environment
//
// [FromEnv] alone reads variables, the first of each row that is not blank:
//
//	Endpoint       AZURE_OPENAI_ENDPOINT, AZURE_API_BASE
//	APIVersion     AZURE_OPENAI_API_VERSION, OPENAI_API_VERSION, AZURE_API_VERSION
//	Deployment     AZURE_OPENAI_DEPLOYMENT, AZURE_OPENAI_DEPLOYMENT_NAME
//	APIKey         AZURE_OPENAI_API_KEY, AZURE_API_KEY
//	Token          AZURE_OPENAI_AD_TOKEN, AZURE_AD_TOKEN
//	Scope          AZURE_SCOPE
//	Identity.Kind  AZURE_CREDENTIAL
//
// AZURE_TENANT_ID, AZURE_CLIENT_ID and the rest of an identity are azidentity's to read. The proxy is net/http's. No
// OPENAI_* variable but OPENAI_API_VERSION has any effect, and none reaches the wire.
//
// # Errors
//
// A failed [Client.Post] is an [*Error] with the service's code and message, status, request id, region, the wait it asked
// for, the number of attempts, and a hint: one sentence that says what to do. [AsError] makes one of the errors that
// [Client.OpenAI] returns. Context errors and a token provider's own stay visible to errors.Is and errors.As.
//
// Retries are openai-go's: 408, 409, 429, 5xx and lost connections, twice unless MaxRetries says otherwise. A wait longer
// than MaxRetryWait, or than the context has left, is not begun: the error comes back at once with RetryAfter set. A
// connection that is lost after the request was written is tried again and may be billed twice; a negative MaxRetries
// forbids it.
//
// No key, token, client secret or prompt is in any error, log line or printed value of this package. In URLs that are
// shown, query values other than api-version read REDACTED, since a gateway's key may be among them.
//
// # Telemetry
//
// Config.TracerProvider gets a client span "chat {deployment}" or "embeddings {deployment}" for each [Client.Post], by
// OpenTelemetry's GenAI conventions 1.41.0, Config.MeterProvider their metrics. nil, the default, is none. Beyond the
// conventions' gen_ai.*, server.*, error.type, cloud.region and azure.service.request.id, a span has azure.openai.surface
// and azure.openai.attempts; gen_ai.request.model is the deployment.
//
//	gen_ai.client.operation.duration             seconds, to the end of the answer's body
//	gen_ai.client.operation.time_to_first_chunk  seconds, of streams
//	gen_ai.client.token.usage                    tokens, input and output
//	azure.identity.token.fetches                 times the credential was asked, by reason
//	azure.identity.token.failures                times it brought no token
//	azure.identity.token.time_to_expiry          seconds; negative once the token has expired
//
// Config.Logger gets what happens beside the calls: tokens fetched, refused and not to be had, attempts that failed,
// redirects that were not followed. Events of a call come with its context.
//
// # Concurrency
//
// [Client] and [Clients] are safe for concurrent use and need no closing. [Config] is a plain value. A context that ends
// ends its call promptly, also while it waits for a token that others go on waiting for. A TokenProvider that ignores its
// context delays nobody past it: it is left behind on a goroutine of its own, which ends when the provider returns. A
// token fetch runs at most 30 seconds on a goroutine that belongs to no call.
//
// [Clients] shares clients and token sources between equal configurations, and never between two credentials. Since a
// func has no identity in Go, a TokenProvider is shared only under the TokenProviderID its caller gives it.
package azureadv1
