package azureadv1

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"slices"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
)

// Client calls one Azure OpenAI endpoint as one identity. It holds no connection of its own and needs no closing. Safe
// for concurrent use. Make one with NewClient or Clients.Get: the zero value is not usable.
type Client struct {
	// A pointer, because fmt opens the struct behind a *Client that is an unexported field of another one, where it
	// cannot call the Client's own formatters; it does not open a second pointer.
	*settings
}

// settings is what a client is made of; nothing in it changes.
type settings struct {
	cfg    Config
	target target
	auth   authorizer
	header http.Header // Config.Header under canonical names
	log    *slog.Logger

	configured []string // secrets of the configured headers and of the endpoint's query

	report *telemetry // nil reports nothing

	firstByte, idle *timeoutError // nil is no limit

	direct openai.Client // for Post: the route is in the path it is given
	sdk    openai.Client // for OpenAI and Do: routed by what the request says
}

// NewClient checks the configuration and makes a client. It reads no environment variable (azidentity reads its own for
// the kinds default, environment and workload_identity), no file but a certificate's, and makes no network call.
func NewClient(cfg Config) (*Client, error) {
	t, err := cfg.check()
	if err != nil {
		return nil, err
	}
	return newClient(cfg, t, func(_ sourceKey, build func() (*tokenSource, error)) (*tokenSource, error) { return build() })
}

func newClient(cfg Config, t target, share sourceShare) (*Client, error) {
	cfg.Header = cfg.Header.Clone()
	c := &Client{&settings{
		cfg: cfg, target: t, header: canonicalHeader(cfg.Header), log: cfg.logger(),
		configured: secretsOf(nil, configuredSecrets(cfg.Header, t.route.query)),
		firstByte:  silence("FirstByteTimeout", limit(cfg.FirstByteTimeout, defaultFirstByteTimeout), "no answer"),
		idle:       silence("StreamIdleTimeout", limit(cfg.StreamIdleTimeout, defaultStreamIdleTimeout), "no further byte of the answer"),
	}}
	var err error
	if c.auth, err = cfg.authorizer(t, share); err != nil {
		return nil, err
	}
	if c.report, err = newTelemetry(cfg, t); err != nil {
		return nil, err
	}
	base := []option.RequestOption{
		option.WithBaseURL(t.route.root()),
		option.WithMaxRetries(cfg.maxRetries()),
		option.WithMaxRetryDelay(cfg.maxRetryWait()),
	}
	c.direct = openai.Client{Options: append(slices.Clip(base),
		option.WithHTTPClient(cfg.sender()), option.WithMiddleware(c.attempt))}
	// No spare room is left behind them: users append to the options of the client they get, many at a time.
	c.sdk = services(slices.Clip(append(slices.Clip(base),
		option.WithHTTPClient(cfg.httpClient()), option.WithMiddleware(c.reroute, c.attempt))))
	return c, nil
}

// Config returns the configuration the client was made of, with REDACTED where a secret was: Validate refuses that word,
// so a copy needs its secrets set again, while one with a TokenProvider or a Credential is whole. The surface and
// deployment that were found in the endpoint are in [Config.Explain].
func (c *Client) Config() Config { return c.cfg.redact() }

// URL is what an operation calls with the configured deployment, or with {deployment} where there is none. Query values
// other than api-version read REDACTED. An unknown operation gives "".
func (c *Client) URL(op Operation) string { return c.target.shown(op, c.target.deployment) }

// OpenAI returns openai-go's client on this endpoint, with this credential: Responses, Files, Images and all the rest.
// The deployment is named as Model in each request, whose body is never changed. No OPENAI_* variable takes part.
//
// Failures are openai-go's; [AsError] reads them. Options given per request apply as in openai-go, but an Authorization
// or api-key header among them is an error, and so is another origin. An option.WithHTTPClient among them replaces the
// client that refuses to follow redirects: give one whose CheckRedirect does. Realtime and Live open WebSockets, which
// do not pass through this client's credentials.
func (c *Client) OpenAI() openai.Client { return c.sdk }

// Surface is the surface in use, as APIVersion or the endpoint chose it.
func (c *Client) Surface() Surface { return c.target.route.surface }

// APIVersion is the date in use on Classic, and "" on V1.
func (c *Client) APIVersion() string {
	if c.target.route.surface == V1 {
		return ""
	}
	return c.target.route.version
}

// Deployment is the deployment that calls go to when they name none: Config's, or the one in the endpoint's path.
func (c *Client) Deployment() string { return c.target.deployment }

var errNilContext = errors.New("the context is nil: give context.Background() where there is none")

// Post sends a ready JSON body to an operation and returns the answer, whose body the caller reads and closes. It is
// what adapters call. deployment "" means Config's. On V1 the body must name the deployment as model; on Classic the
// path does. Retries re-read body, so it must not be changed until Post returns. Of openai-go's own headers User-Agent
// and X-Stainless-Retry-Count are sent, not those that describe the platform.
//
// Every failure is an [*Error]; context errors stay visible to errors.Is. An answer of 2xx that is neither JSON nor an
// event stream is a failure too.
func (c *Client) Post(ctx context.Context, op Operation, deployment string, body []byte) (*http.Response, error) {
	x := &exchange{client: c, op: op, deployment: deployment}
	if deployment == "" {
		x.deployment = c.target.deployment
	}
	if ctx == nil {
		return nil, x.invalid(errNilContext)
	}
	if err := checkDeployment("Deployment", x.deployment); err != nil {
		return nil, x.invalid(err)
	}
	ref, err := c.target.route.ref(op, x.deployment)
	if err != nil {
		return nil, x.invalid(err)
	}
	ctx, x.observed = c.report.begin(ctx, op, x.deployment, c.Surface())
	res, err := x.run(ctx, http.MethodPost, ref, body)
	x.observed.answered(x, res)
	if err == nil {
		x.returned = true
		res.Body = x.observed.until(res.Body)
		return res, nil
	}
	e := x.failure(res, err)
	x.observed.end(e)
	return nil, e
}
