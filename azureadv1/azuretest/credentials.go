package azuretest

import (
	"crypto/subtle"
	"fmt"
	"net/http"
	"strings"
)

// Kinds of credential, as Request.Credential names them.
const (
	// CredentialKey is the resource's key, right or wrong: in api-key, or on v1 the right one as bearer.
	CredentialKey = "key"
	// CredentialToken is anything else sent as Authorization: Bearer.
	CredentialToken = "token"
	// CredentialNone is a request with neither.
	CredentialNone = "none"
)

// readCredential records what a request brings, before anything is judged.
func (s *Server) readCredential(rec *Request) {
	key, authorization := rec.Header.Values("Api-Key"), rec.Header.Get("Authorization")
	rec.Both = len(key) > 0 && authorization != ""
	rec.Credential = CredentialNone
	if len(key) > 0 {
		rec.Credential = CredentialKey
	}
	token := bearer(rec.Header)
	if token == "" {
		return
	}
	if rec.Surface == SurfaceV1 && s.isKey(token) {
		rec.Credential = CredentialKey
		return
	}
	rec.Credential = CredentialToken
	if c, err := readClaims(token); err == nil {
		rec.TokenExpiry = unixTime(c.Expires)
	}
}

func bearer(h http.Header) string {
	scheme, token, _ := strings.Cut(h.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimSpace(token)
}

func (s *Server) isKey(given string) bool {
	return subtle.ConstantTimeCompare([]byte(given), []byte(s.opts.APIKey)) == 1
}

// judgeCredential refuses a request that does not carry exactly one good credential.
func (x *exchange) judgeCredential() *refusal {
	opts := x.s.opts
	switch {
	case x.rec.Both:
		return x.flat401("both api-key and Authorization were sent")
	case len(x.rec.Header.Values("Api-Key")) > 1 || len(x.rec.Header.Values("Authorization")) > 1:
		return x.flat401("a credential header was sent twice")
	case x.rec.Credential == CredentialNone:
		return x.flat401("no credential was sent")
	case x.rec.Credential == CredentialKey:
		return x.judgeKey()
	case opts.regionalHost():
		return badRequest("BadRequest", "Please provide a custom subdomain for token authentication, otherwise API key is required.",
			"a token on a regional host")
	}
	claims, problem := x.s.judgeToken(bearer(x.rec.Header), opts.audience(x.route.project != ""))
	if problem != "" {
		x.s.count(func(st *Stats) { st.RefusedTokens++ })
		return x.flat401(problem)
	}
	if !strings.EqualFold(claims.TenantID, opts.TenantID) {
		x.s.count(func(st *Stats) { st.RefusedTokens++ })
		return badRequest("Tenant provided in token does not match resource token",
			fmt.Sprintf("Token tenant %s does not match resource tenant.", claims.TenantID), "the token is of another tenant")
	}
	if app, _ := x.s.findApp(claims.TenantID, claims.AppID); opts.NoRole || (app != nil && app.NoRole) {
		return x.permissionDenied(claims.ObjectID)
	}
	return nil
}

func (x *exchange) judgeKey() *refusal {
	key := x.rec.Header.Get("Api-Key")
	setDefault(&key, bearer(x.rec.Header))
	switch {
	case x.s.opts.KeysDisabled:
		return keysDisabled()
	case !x.s.isKey(key):
		return wrongKey()
	}
	return nil
}
