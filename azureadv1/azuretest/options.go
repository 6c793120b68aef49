package azuretest

import (
	"maps"
	"net/http"
	"strings"
	"time"
)

// Values the zero Options stand for. They are fictional and are accepted by no real service.
const (
	// DefaultTenantID is the tenant of the resource and of the default app registration when Options.TenantID is empty.
	DefaultTenantID = "11111111-2222-4333-8444-555555555555"
	// DefaultClientID is the application (client) id of the default app registration when Options.ClientID is empty.
	DefaultClientID = "66666666-7777-4888-9999-aaaaaaaaaaaa"
	// DefaultClientSecret is the secret of the default app registration when Options.ClientSecret is empty.
	DefaultClientSecret = "azuretest-client-secret"
	// DefaultAPIKey is the resource's key when Options.APIKey is empty.
	DefaultAPIKey = "azuretest-api-key" //nolint:gosec // a fictional key that opens nothing but the stand-in
	// DefaultHost is the host that the in-memory form answers for when Options.Host is empty.
	DefaultHost = "azuretest.openai.azure.com"
)

// Options describe the resource and the tenant that a [Server] plays. The zero value is ready: two deployments ("chat" serving gpt-4o, "embed"
// serving text-embedding-3-small), one app registration, tokens of one hour. A Server copies what it is given.
type Options struct {
	// Deployments maps each deployment's name, any string Azure would never refuse here ('/', '#', '?' and spaces included), to the model it
	// serves. The model decides the operation: text-embedding-* serves embeddings; *-codex and *-pro are Responses-only; o1, o3, o4 and gpt-5
	// (but not gpt-5-chat) follow the rules of reasoning models. Nil = "chat" and "embed".
	Deployments map[string]string

	// Host is the host name the in-memory form answers for, and decides the default Audience; Start ignores it for its address, which is a
	// loopback one. Empty = DefaultHost. A *.api.cognitive.microsoft.com host takes keys only, as Azure's regional hosts do.
	Host string
	// Prefix is a gateway's path before /openai, such as "/team-a". Empty = none. Requests without it are then 404.
	Prefix string
	// Region is the x-ms-region header of answers. Empty = "East US".
	Region string

	// TenantID, ClientID and ClientSecret are the resource's tenant and the app registration that Server.Credential uses.
	// Each empty one = its Default constant.
	TenantID, ClientID, ClientSecret string
	// APIKey is the resource's key. Empty = DefaultAPIKey.
	APIKey string
	// Apps are further app registrations, in this or in other tenants; a token from a tenant that is not the resource's gets Azure's 400.
	Apps []App
	// Users are names and passwords that the password grant accepts, for every app. Nil = none.
	Users map[string]string
	// Audience is the aud that an accepted token must have. Empty = https://cognitiveservices.azure.com, for a *.azure.us or *.azure.cn
	// Host its sovereign sibling, and on /api/projects/ paths https://ai.azure.com (or ai.azure.us).
	Audience string

	// TokenLifetime is how long a token lives, in whole seconds: fractions are rounded up and less than 1 s is 1 s. 0 = 1 hour.
	TokenLifetime time.Duration
	// RefreshIn is the refresh_in of token answers, Entra's advice to renew early, in whole seconds. 0 = the answer has none.
	RefreshIn time.Duration

	// APIVersions are the dated versions the classic surface knows. Nil = those Microsoft published, 2022-12-01 to 2025-04-01-preview.
	APIVersions []string
	// PreviewQuery makes v1 accept api-version=preview, as resources did in 2025. False = v1 refuses every api-version, as resources do now.
	PreviewQuery bool
	// ExtraFields are further top-level request fields to accept; the others unknown to the request's version get 400. Nil = none.
	ExtraFields []string

	// KeysDisabled answers every key with 403 AuthenticationTypeDisabled: the resource takes Entra tokens only.
	KeysDisabled bool
	// NoRole answers every valid token with 401 PermissionDenied: no identity has a data-plane role.
	NoRole bool

	// Respond answers the requests for which nothing is enqueued; it runs on the request's goroutine, many at a time. Its zero Reply is the
	// default answer. Nil = the default answer always: a greeting that names the deployment, or vectors made from the words of the input.
	Respond func(Request) Reply
	// KeepLast bounds how many requests Requests and TokenRequests remember, the newest; Stats counts all. 0 = every one.
	KeepLast int
}

// App is an app registration of the Entra side: what a client-credentials request must name.
type App struct {
	// TenantID is the tenant it lives in. Empty = the resource's tenant.
	TenantID string
	// ClientID is the application id. Required: an App without one is never found.
	ClientID string
	// ClientSecret is the accepted secret. Empty = only assertions are accepted.
	ClientSecret string
	// NoRole leaves this identity without a data-plane role: its valid tokens get 401 PermissionDenied.
	NoRole bool
}

func (o Options) withDefaults() Options {
	setDefault(&o.TenantID, DefaultTenantID)
	setDefault(&o.ClientID, DefaultClientID)
	setDefault(&o.ClientSecret, DefaultClientSecret)
	setDefault(&o.APIKey, DefaultAPIKey)
	setDefault(&o.Region, "East US")
	setDefault(&o.Host, DefaultHost)
	o.Host = strings.ToLower(o.Host)
	o.Prefix = strings.TrimRight(o.Prefix, "/")
	if o.Prefix != "" && !strings.HasPrefix(o.Prefix, "/") {
		o.Prefix = "/" + o.Prefix
	}
	if o.Deployments == nil {
		o.Deployments = map[string]string{"chat": "gpt-4o", "embed": "text-embedding-3-small"}
	}
	o.Deployments, o.Users = maps.Clone(o.Deployments), maps.Clone(o.Users)
	if o.APIVersions == nil {
		o.APIVersions = publishedVersions
	}
	if o.TokenLifetime == 0 {
		o.TokenLifetime = time.Hour
	}
	o.TokenLifetime = wholeSeconds(o.TokenLifetime)
	if o.RefreshIn > 0 {
		o.RefreshIn = wholeSeconds(o.RefreshIn)
	}
	own := App{TenantID: o.TenantID, ClientID: o.ClientID, ClientSecret: o.ClientSecret}
	o.Apps = append([]App{own}, o.Apps...)
	for i := range o.Apps {
		setDefault(&o.Apps[i].TenantID, o.TenantID)
	}
	return o
}

// audience is the aud a token must have for a request to this host, below a project or not.
func (o Options) audience(project bool) string {
	if o.Audience != "" {
		return o.Audience
	}
	suffix := "com"
	switch {
	case strings.HasSuffix(o.Host, ".azure.us"):
		suffix = "us"
	case strings.HasSuffix(o.Host, ".azure.cn"):
		suffix = "cn"
	}
	if project {
		return "https://ai.azure." + suffix
	}
	return "https://cognitiveservices.azure." + suffix
}

func (o Options) regionalHost() bool {
	return strings.HasSuffix(o.Host, ".api.cognitive.microsoft.com")
}

func setDefault(s *string, value string) {
	if *s == "" {
		*s = value
	}
}

func wholeSeconds(d time.Duration) time.Duration {
	if d <= time.Second {
		return time.Second
	}
	return (d + time.Second - 1).Truncate(time.Second)
}

// setHeader makes header keys canonical, however the caller wrote them.
func setHeader(dst, src http.Header) {
	for k, vs := range src {
		dst.Del(k)
		for _, v := range vs {
			dst.Add(k, v)
		}
	}
}
