package azureadv1

import (
	"context"
	"reflect"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	azcloud "github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
)

// choice is one of the ways to authenticate, by the name of its field.
type choice string

const (
	byKey        choice = "APIKey"
	byProvider   choice = "TokenProvider"
	byCredential choice = "Credential"
	byToken      choice = "Token"
	byIdentity   choice = "Identity"
	byDefault    choice = "DefaultAzureCredential"
)

// candidates lists the credentials that are set, in order of precedence: the first wins, on both surfaces.
func (c Config) candidates() []choice {
	var set []choice
	for _, row := range []struct {
		name choice
		set  bool
	}{
		{byKey, c.APIKey != ""},
		{byProvider, c.TokenProvider != nil},
		{byCredential, c.Credential != nil},
		{byToken, c.Token != ""},
		{byIdentity, c.Identity != Identity{}},
	} {
		if row.set {
			set = append(set, row.name)
		}
	}
	if len(set) == 0 {
		return []choice{byDefault}
	}
	return set
}

// declared is the identity to build: a Token that begins with oidc/ refers to an outside token to exchange for one.
func (c Config) declared() Identity {
	id := c.Identity
	if ref, ok := federatedFromToken(c.Token); ok {
		id.TokenFile = ref
		if id.Kind == "" {
			id.Kind = kindFederated
		}
	}
	return id
}

// hasFixedToken tells a Token that is sent as it is from one that refers to another.
func (c Config) hasFixedToken() bool {
	_, reference := federatedFromToken(c.Token)
	return c.Token != "" && !reference
}

// authorizer is the winning credential, made callable. Exactly one of key and ask is set.
type authorizer struct {
	key    string
	ask    func(context.Context) (bearer, error)
	scoped bool // ask was given the endpoint's scope
}

// scopeRole says what the endpoint's scope was to the token: a provider or a fixed token of the caller's has its own.
func (a authorizer) scopeRole() string {
	if a.scoped {
		return "Scope asked"
	}
	return "Scope of this endpoint"
}

// sourceShare finds the token source of a key, or keeps the one that build returns.
type sourceShare func(k sourceKey, build func() (*tokenSource, error)) (*tokenSource, error)

// authorizer settles the precedence once; no credential but the winner is touched.
func (c Config) authorizer(t target, share sourceShare) (authorizer, error) {
	switch by := c.candidates()[0]; {
	case by == byKey:
		return authorizer{key: c.APIKey}, nil
	case by == byProvider:
		return authorizer{ask: asked(aside(c.TokenProvider))}, nil
	case by == byToken && c.hasFixedToken():
		return authorizer{ask: asked(StaticToken(c.Token))}, nil
	}
	source, err := share(c.sourceKey(t), func() (*tokenSource, error) {
		cred, err := c.credential(t)
		if err != nil {
			return nil, err
		}
		source := newTokenSource(cred, t.scope, c.logger())
		if err := source.measure(c.MeterProvider, c.credentialName()); err != nil {
			return nil, &localError{code: CodeInvalid, text: "MeterProvider", cause: err}
		}
		return source, nil
	})
	if err != nil {
		return authorizer{}, err
	}
	return authorizer{ask: source.bearer, scoped: true}, nil
}

// credential is Config.Credential, or the one that Identity declares, in the cloud of the endpoint.
func (c Config) credential(t target) (azcore.TokenCredential, error) {
	if c.candidates()[0] == byCredential {
		return c.Credential, nil
	}
	o := azcore.ClientOptions{Cloud: azcloud.Configuration{ActiveDirectoryAuthorityHost: c.authority(t)}}
	if c.HTTPClient != nil {
		o.Transport = c.HTTPClient
	}
	return c.declared().credential(o)
}

// authority is the endpoint's cloud's, unless azidentity should decide: in the public cloud it reads
// AZURE_AUTHORITY_HOST for the kinds it completes from its own variables.
func (c Config) authority(t target) string {
	if t.cloud == publicCloud {
		return ""
	}
	return t.cloud.authority
}

// isNil sees through an interface that holds a nil pointer: a credential whose constructor's error was not checked.
func isNil(v any) bool {
	if v == nil {
		return true
	}
	switch r := reflect.ValueOf(v); r.Kind() {
	case reflect.Chan, reflect.Func, reflect.Map, reflect.Pointer, reflect.Slice:
		return r.IsNil()
	default:
		return false
	}
}
