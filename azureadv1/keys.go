package azureadv1

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"log/slog"
	"maps"
	"net/http"
	"net/textproto"
	"reflect"
	"slices"
	"time"
)

// digest stands for a secret, or for anything that may hold one. The digest of nothing is zero.
type digest [sha256.Size]byte

// digestOf hashes parts with their lengths, so that no two lists of parts run together into one text.
func digestOf(parts ...string) digest {
	if len(parts) == 1 && parts[0] == "" {
		return digest{}
	}
	h := sha256.New()
	for _, p := range parts {
		var n [8]byte
		binary.BigEndian.PutUint64(n[:], uint64(len(p)))
		h.Write(n[:])
		h.Write([]byte(p))
	}
	return digest(h.Sum(nil))
}

// identityKey is an Identity with digests in place of its secrets, each in a field of its own.
type identityKey struct {
	kind, tenantID, clientID, certificatePath, username, authority string

	clientSecret, certificatePassword, password, tokenFile digest
}

func (id Identity) key() identityKey {
	return identityKey{
		kind: id.Kind, tenantID: id.TenantID, clientID: id.ClientID,
		certificatePath: id.CertificatePath, username: id.Username, authority: id.Authority,
		clientSecret: digestOf(id.ClientSecret), certificatePassword: digestOf(id.CertificatePassword),
		password: digestOf(id.Password), tokenFile: digestOf(id.TokenFile),
	}
}

// sourceKey is what a token source is: a credential and a scope. credential holds the user's credential as an
// interface, which keeps it reachable, so that its address cannot come to mean another one.
type sourceKey struct {
	credential any
	identity   identityKey
	authority  string
	httpClient *http.Client
	scope      string
}

func (c Config) sourceKey(t target) sourceKey {
	if c.candidates()[0] == byCredential {
		return sourceKey{credential: c.Credential, scope: t.scope}
	}
	return sourceKey{identity: c.declared().key(), authority: c.authority(t), httpClient: c.HTTPClient, scope: t.scope}
}

func (k sourceKey) comparable() bool { return canKey(k.credential) }

// canKey asks the value and not its type: an interface field of a comparable struct may hold a map. One that does not
// equal itself (it holds a NaN) would never be found again.
func canKey(v any) bool {
	r := reflect.ValueOf(v)
	return v == nil || (r.Comparable() && r.Equal(r))
}

// clientKey is what a client is. Every field of Config is in it; a reflection test fails when one is forgotten.
type clientKey struct {
	endpoint               digest // its query may hold a gateway's key
	apiVersion, deployment string

	apiKey, token digest
	providerID    string
	credential    any
	identity      identityKey

	scope        string
	httpClient   *http.Client
	header       digest
	previewQuery bool
	maxRetries   int
	maxRetryWait time.Duration

	connectTimeout, firstByteTimeout, streamIdleTimeout time.Duration

	logger        *slog.Logger
	tracer, meter any
}

// key is the configuration's identity; ok is false when it has none: a bare func, or a credential that Go cannot
// compare.
func (c Config) key() (key clientKey, ok bool) {
	if (c.TokenProvider != nil && c.TokenProviderID == "") ||
		!canKey(c.Credential) || !canKey(c.TracerProvider) || !canKey(c.MeterProvider) {
		return clientKey{}, false
	}
	return clientKey{
		endpoint: digestOf(c.Endpoint), apiVersion: c.APIVersion, deployment: c.Deployment,
		apiKey: digestOf(c.APIKey), token: digestOf(c.Token), providerID: c.TokenProviderID,
		credential: c.Credential, identity: c.Identity.key(),
		scope: c.Scope, httpClient: c.HTTPClient, header: headerDigest(c.Header), previewQuery: c.PreviewQuery,
		maxRetries: c.MaxRetries, maxRetryWait: c.MaxRetryWait,
		connectTimeout: c.ConnectTimeout, firstByteTimeout: c.FirstByteTimeout, streamIdleTimeout: c.StreamIdleTimeout,
		logger: c.Logger, tracer: c.TracerProvider, meter: c.MeterProvider,
	}, true
}

// headerDigest hashes the sorted canonical form.
func headerDigest(h http.Header) digest {
	var parts []string
	canonical := canonicalHeader(h)
	for _, name := range slices.Sorted(maps.Keys(canonical)) {
		parts = append(parts, name)
		parts = append(parts, canonical[name]...)
		parts = append(parts, "") // ends a list of values
	}
	if parts == nil {
		return digest{}
	}
	return digestOf(parts...)
}

// canonicalHeader copies a header under canonical names; the values of names that differ in case are joined in the
// order of the names as given.
func canonicalHeader(h http.Header) http.Header {
	canonical := make(http.Header, len(h))
	for _, name := range slices.SortedFunc(maps.Keys(h), cmp.Compare[string]) {
		key := textproto.CanonicalMIMEHeaderKey(name)
		canonical[key] = append(canonical[key], h[name]...)
	}
	return canonical
}
