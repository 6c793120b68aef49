package azuretest

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// aadError is a refusal of the token endpoint.
type aadError struct {
	status  int
	code    int
	kind    string
	message string
}

func (s *Server) issueToken(w http.ResponseWriter, r *http.Request, tenant string, rec *TokenRequest) {
	form := tokenForm(r)
	rec.Status = http.StatusOK
	audience, refusal := s.judgeGrant(r.Method, tenant, form)
	if refusal != nil {
		rec.Status, rec.Code = refusal.status, refusal.code
		s.logToken(r, rec)
		writeAADError(w, r, refusal)
		return
	}
	claims := Claims{Audience: audience, TenantID: tenant, ClientID: form.Get("client_id")}
	if user := form.Get("username"); user != "" {
		claims.ObjectID = objectID(tenant, user)
	}
	token := s.IssueToken(claims)
	rec.TokenFingerprint = Fingerprint(token)
	s.logToken(r, rec)
	answer := object{
		"token_type":     "Bearer",
		"expires_in":     int(s.opts.TokenLifetime / time.Second),
		"ext_expires_in": int(s.opts.TokenLifetime / time.Second),
		"access_token":   token,
	}
	if user := form.Get("username"); user != "" {
		s.addAccount(answer, tenant, user, form)
	}
	if s.opts.RefreshIn > 0 {
		answer["refresh_in"] = int(s.opts.RefreshIn / time.Second)
	}
	writeJSON(w, http.StatusOK, answer)
}

// addAccount adds what an answer to a user has beside the token: who it is, for the client's account cache.
func (s *Server) addAccount(answer object, tenant, user string, form url.Values) {
	oid := objectID(tenant, user)
	answer["scope"] = form.Get("scope")
	answer["client_info"] = base64.RawURLEncoding.EncodeToString([]byte(jsonText(object{"uid": oid, "utid": tenant})))
	answer["id_token"] = jwtHeader + "." + base64.RawURLEncoding.EncodeToString([]byte(jsonText(object{
		"aud": form.Get("client_id"), "iss": s.authority + tenant + "/v2.0", "oid": oid, "sub": oid, "tid": tenant, "preferred_username": user,
		"iat": time.Now().Unix(), "exp": time.Now().Add(s.opts.TokenLifetime).Unix(), "ver": "2.0",
	}))) + "."
}

// judgeGrant checks a token request and finds the audience it asks for.
func (s *Server) judgeGrant(method, tenant string, form url.Values) (audience string, refusal *aadError) {
	client := form.Get("client_id")
	if method != http.MethodPost {
		return "", &aadError{400, 900561, "invalid_request", "The endpoint only accepts POST requests. Received a " + method + " request."}
	}
	grant := form.Get("grant_type")
	if grant != "client_credentials" && grant != "password" {
		return "", &aadError{400, 70003, "unsupported_grant_type", fmt.Sprintf("The app requested an unsupported grant type %q.", grant)}
	}
	app, tenantKnown := s.findApp(tenant, client)
	switch {
	case !tenantKnown:
		return "", &aadError{400, 90002, "invalid_request", fmt.Sprintf("Tenant '%s' not found. Check to make sure you have the correct tenant ID "+
			"and are signing into the correct cloud.", tenant)}
	case app == nil:
		return "", &aadError{400, 700016, "unauthorized_client", fmt.Sprintf("Application with identifier '%s' was not found in the directory '%s'.",
			client, tenant)}
	}
	judge := judgeSecret
	if grant == "password" {
		judge = s.judgePassword
	}
	if refusal := judge(app, form); refusal != nil {
		return "", refusal
	}
	if claims := form.Get("claims"); claims != "" && json.Unmarshal([]byte(claims), &object{}) != nil {
		return "", &aadError{400, 90100, "invalid_request", "claims parameter is invalid JSON."}
	}
	for scope := range strings.FieldsSeq(form.Get("scope")) {
		if resource, ok := strings.CutSuffix(scope, "/.default"); ok && resource != "" {
			return resource, nil
		}
	}
	return "", &aadError{400, 1002012, "invalid_scope", fmt.Sprintf("The provided value for scope %s is not valid. Client credential flows must "+
		"have a scope value with /.default suffixed to the resource identifier (application ID URI).", form.Get("scope"))}
}

func (s *Server) findApp(tenant, client string) (app *App, tenantKnown bool) {
	for i := range s.opts.Apps {
		a := &s.opts.Apps[i]
		if !strings.EqualFold(a.TenantID, tenant) {
			continue
		}
		tenantKnown = true
		if client != "" && strings.EqualFold(a.ClientID, client) {
			return a, true
		}
	}
	return nil, tenantKnown
}

// judgeSecret checks a secret, or an assertion: one that looks like a token and has not expired. Who signed it is not checked, since the
// stand-in knows neither certificates nor foreign issuers.
func judgeSecret(app *App, form url.Values) *aadError {
	if assertion := form.Get("client_assertion"); assertion != "" {
		exp, ok := assertionExpiry(assertion)
		if !ok || form.Get("client_assertion_type") != "urn:ietf:params:oauth:client-assertion-type:jwt-bearer" {
			return &aadError{401, 50027, "invalid_client", "JWT token is invalid or malformed."}
		}
		if now := time.Now(); !now.Before(exp) {
			return &aadError{401, 700024, "invalid_client", fmt.Sprintf("Client assertion is not within its valid time range. Current time: %s, "+
				"expiry time of assertion %s.", now.UTC().Format(time.RFC3339), exp.UTC().Format(time.RFC3339))}
		}
		return nil
	}
	switch secret := form.Get("client_secret"); {
	case secret == "":
		return &aadError{
			401, 7000218, "invalid_client",
			"The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
		}
	case app.ClientSecret == "" || secret != app.ClientSecret:
		return &aadError{401, 7000215, "invalid_client", fmt.Sprintf("Invalid client secret provided. Ensure the secret being sent in the request is "+
			"the client secret value, not the client secret ID, for a secret added to app '%s'.", app.ClientID)}
	}
	return nil
}

// judgePassword checks a user's name and password; the app is a public client, whose id alone counts.
func (s *Server) judgePassword(_ *App, form url.Values) *aadError {
	password, ok := s.opts.Users[form.Get("username")]
	if !ok || password == "" || password != form.Get("password") {
		return &aadError{400, 50126, "invalid_grant", "Error validating credentials due to invalid username or password."}
	}
	return nil
}

func writeAADError(w http.ResponseWriter, r *http.Request, e *aadError) {
	correlation := r.Header.Get("Client-Request-Id")
	setDefault(&correlation, fictionalID("correlation"))
	trace, now := fictionalID("trace"), time.Now().UTC().Format("2006-01-02 15:04:05Z")
	writeJSON(w, e.status, object{
		"error": e.kind,
		"error_description": fmt.Sprintf("AADSTS%d: %s Trace ID: %s Correlation ID: %s Timestamp: %s",
			e.code, e.message, trace, correlation, now),
		"error_codes": []int{e.code}, "timestamp": now, "trace_id": trace, "correlation_id": correlation,
		"error_uri": fmt.Sprintf("https://%s/error?code=%d", r.Host, e.code),
	})
}
