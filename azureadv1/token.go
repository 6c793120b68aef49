package azureadv1

import (
	"context"
	"errors"
	"reflect"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
)

// TokenProvider is the callable key: it returns an Entra ID access token, without "Bearer ". It is asked before every
// attempt, retries included, so that a call made hours after the client was built carries a token that is valid then.
//
// It must be safe for concurrent use and should honour its context. Its answer is used for one attempt and never kept
// or logged: a provider that is slow caches for itself, which is what [BearerTokenProvider] does for a credential.
// An error or an empty token stops the call before anything is sent; context errors stay visible to [errors.Is].
// After the service has refused a token, [RejectedTokenFromContext] and [ClaimsFromContext] tell the provider why it is
// asked again.
type TokenProvider func(ctx context.Context) (string, error)

// StaticToken returns a provider of one fixed token. It cannot refresh: calls fail with 401 once the token expires,
// after 60 to 90 minutes with Entra's defaults. It is for scripts, tests and migration. An empty token is an error at
// each call. Safe for concurrent use.
func StaticToken(token string) TokenProvider {
	return func(context.Context) (string, error) {
		if strings.TrimSpace(token) == "" {
			return "", errors.New("azureadv1: StaticToken: the token is empty")
		}
		return token, nil
	}
}

// BearerTokenProvider turns any Azure credential into a callable key that keeps its token until shortly before expiry.
// scope "" means the scope of the public cloud, https://cognitiveservices.azure.com/.default.
//
// A fresh token costs no lock and no allocation. It is refreshed in the background from RefreshOn, else from 5 minutes
// before it expires, while callers go on with the old one; an expired one is fetched once for all who wait, on a
// context of its own with a limit of 30 seconds, and each of them leaves when its own context ends. Expired is what has
// less than a second left, or a tenth of a life below ten seconds: it is to be good when it arrives. A failure is shared,
// and remembered for 1 second, doubling to 30. A credential that panics is a failure, too: it runs on a goroutine where
// nobody could recover.
//
// One token serves every caller: a credential whose answer depends on the caller's context (on behalf of a user) must
// not go through it. A nil credential gives an error at each call. Safe for concurrent use.
func BearerTokenProvider(cred azcore.TokenCredential, scope string) TokenProvider {
	return newTokenSource(cred, scope, nil).token
}

// heedsContext reports whether a provider is known to leave when its context ends. All method values of one method
// share their code pointer, so this recognises the providers made by BearerTokenProvider; it says nothing about which.
func heedsContext(p TokenProvider) bool {
	return reflect.ValueOf(p).Pointer() == bearerCode
}

var bearerCode = reflect.ValueOf(TokenProvider((*tokenSource)(nil).token)).Pointer()

// demand is why a provider is asked again after the service has refused its token.
type demand struct {
	claims   string // what a claims challenge demands, as JSON
	rejected string // the token that was refused
}

type demandKey struct{}

// withDemand hides the token behind a pointer, which is all that a context shows when it is printed.
func withDemand(ctx context.Context, d demand) context.Context {
	return context.WithValue(ctx, demandKey{}, &d)
}

func demandFrom(ctx context.Context) demand {
	if d, ok := ctx.Value(demandKey{}).(*demand); ok {
		return *d
	}
	return demand{}
}

// ClaimsFromContext returns the claims, as JSON, that the service demanded in a claims challenge (continuous access
// evaluation). A provider passes them on to its identity provider and must not answer from a cache. ok is false when
// the provider is asked for any other reason.
func ClaimsFromContext(ctx context.Context) (claims string, ok bool) {
	d := demandFrom(ctx)
	return d.claims, d.claims != ""
}

// RejectedTokenFromContext returns the token that the service has just refused with 401, so that a provider with a
// cache does not hand it out again. Returning the same token is allowed: then the 401 stands. ok is false on first
// attempts.
func RejectedTokenFromContext(ctx context.Context) (token string, ok bool) {
	d := demandFrom(ctx)
	return d.rejected, d.rejected != ""
}
