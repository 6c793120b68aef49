package azureadv1

import (
	"log/slog"
	"net/http"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/trace"
)

// Config says where calls go and as whom. The zero value lacks an Endpoint; everything else has a default.
//
// Credentials have one precedence, on both surfaces. The first that is set wins and the others are not called:
//
//  1. APIKey
//  2. TokenProvider
//  3. Credential
//  4. Token
//  5. Identity
//  6. nothing set: azidentity's DefaultAzureCredential
//
// A Config is a plain value: copy it freely. It may be used by many goroutines as long as none changes it. Every way of
// printing it shows REDACTED where a secret is set.
type Config struct {
	// Endpoint is what the portal shows: the resource's URL in any of its spellings, a project's, or a gateway's with
	// its path prefix and query. A surface, version or deployment found in it fills the field that is unset; one that
	// contradicts a field that is set is an error. Required.
	Endpoint string

	// APIVersion chooses the surface: "", "v1", "latest" and "preview" are [V1], a date YYYY-MM-DD or
	// YYYY-MM-DD-preview is [Classic]. Case and surrounding space do not count. Empty, the endpoint's path or query
	// may decide first.
	APIVersion string

	// Deployment is the deployment's name, chosen by whoever created it; it is used as it is, and escaped. Empty means
	// that each call names its own.
	Deployment string

	// APIKey is a key of the resource, sent in the header api-key on both surfaces.
	APIKey string

	// TokenProvider is asked for an Entra token before every attempt. Its answers are not cached.
	TokenProvider TokenProvider

	// TokenProviderID names the identity behind TokenProvider (a tenant, a user), so that [Clients] may share a client
	// between equal configurations: a func by itself has no identity in Go. Empty means never shared.
	TokenProviderID string

	// Credential is any Azure credential; it is wrapped as [BearerTokenProvider] does.
	Credential azcore.TokenCredential

	// Token is one fixed Entra token, without "Bearer ". It is not refreshed: calls fail once it expires. A value that
	// begins with "oidc/" names an outside token to exchange instead, see [Identity].TokenFile.
	Token string

	// Identity declares a credential by its kind, tenant and client.
	Identity Identity

	// Scope is the scope tokens are asked for. Empty means the scope of the endpoint's host, see the package comment.
	Scope string

	// HTTPClient carries the calls, and the token requests of a declared Identity. nil means a shared client with a
	// pool made for many calls to one host. It is copied, so that redirects can be refused without changing it.
	HTTPClient *http.Client

	// Header is sent with every request: a gateway's subscription key, a preview feature. Its values are treated as
	// secrets. Authorization, api-key and what the call or the connection decides (Accept, Content-Type, Host and
	// others) are errors here.
	Header http.Header

	// PreviewQuery sends api-version=preview on V1, for the few hosts that still want it. An error on Classic.
	PreviewQuery bool

	// MaxRetries is how often a failed attempt is repeated: 0 means openai-go's default of 2, negative means never.
	MaxRetries int

	// MaxRetryWait is the longest wait between attempts that is begun. An answer that asks for a longer one is returned
	// at once, with RetryAfter set. 0 means 60 seconds; negative is an error.
	MaxRetryWait time.Duration

	// ConnectTimeout limits the TCP connection and, again, the TLS handshake. 0 means 10 seconds, negative none. It
	// belongs to the default client: with HTTPClient set it is an error.
	ConnectTimeout time.Duration

	// FirstByteTimeout limits an attempt until the answer's header arrives. 0 means 10 minutes, as openai-go's default
	// client has; negative none. An attempt ended by it is not repeated, since it may be billed.
	FirstByteTimeout time.Duration

	// StreamIdleTimeout limits the silence between two reads of an answer's body. 0 means 5 minutes, negative none.
	StreamIdleTimeout time.Duration

	// Logger gets token fetches (at Debug, failed ones at Warn), a token that the service refused (Info), a redirect that
	// was not followed (Warn), and every attempt that failed, with its status and wait or the connection's error (Debug);
	// never a secret, a prompt or an answer. nil means silent.
	Logger *slog.Logger

	// TracerProvider gets a span for each call of Post, by OpenTelemetry's GenAI conventions: deployment, surface, model,
	// token counts, request id, region, error; never a prompt, an answer or a secret. nil means none.
	TracerProvider trace.TracerProvider

	// MeterProvider gets the conventions' client metrics for the same calls (duration, token usage, time to the first
	// chunk), and of the credential's tokens azure.identity.token.fetches, .failures and .time_to_expiry (seconds), unless
	// they are a TokenProvider's or fixed. Clients that share a token source report it once, to the first one's. nil means none.
	MeterProvider metric.MeterProvider

	from provenance // which variables FromEnv took values from
}

const (
	defaultMaxRetries        = 2 // azcore's and openai-go's default differ (3, 2): openai-go's loop is the one in use
	defaultMaxRetryWait      = 60 * time.Second
	defaultConnectTimeout    = 10 * time.Second
	defaultFirstByteTimeout  = 10 * time.Minute
	defaultStreamIdleTimeout = 5 * time.Minute
)

func (c Config) maxRetries() int {
	switch {
	case c.MaxRetries < 0:
		return 0
	case c.MaxRetries == 0:
		return defaultMaxRetries
	default:
		return c.MaxRetries
	}
}

func (c Config) maxRetryWait() time.Duration {
	if c.MaxRetryWait == 0 {
		return defaultMaxRetryWait
	}
	return c.MaxRetryWait
}

// limit reads a timeout field: 0 is the default, negative is none and reads as 0.
func limit(d, byDefault time.Duration) time.Duration {
	if d == 0 {
		return byDefault
	}
	return max(d, 0)
}

func (c Config) logger() *slog.Logger {
	if c.Logger == nil {
		return slog.New(slog.DiscardHandler)
	}
	return c.Logger
}
