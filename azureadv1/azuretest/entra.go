package azuretest

import (
	"net/http"
	"net/url"
	"strings"
	"time"
)

// authorityHosts are Microsoft's sign-in hosts for the public, US Government and China clouds; the in-memory form plays all of them.
var authorityHosts = []string{"login.microsoftonline.com", "login.microsoftonline.us", "login.chinacloudapi.cn"}

func authorityFor(host string) string {
	switch {
	case strings.HasSuffix(host, ".azure.us"):
		return "https://" + authorityHosts[1] + "/"
	case strings.HasSuffix(host, ".azure.cn"):
		return "https://" + authorityHosts[2] + "/"
	}
	return "https://" + authorityHosts[0] + "/"
}

// TokenRequest records one request for a token: to the Entra token endpoint or to a managed identity endpoint.
type TokenRequest struct {
	// Time is when it arrived.
	Time time.Time
	// Host is the host that was asked: the authority, or 169.254.169.254.
	Host string
	// Grant is the grant type as sent, such as client_credentials; "managed_identity" for IMDS and App Service.
	Grant string
	// TenantID is the tenant in the path; empty for a managed identity.
	TenantID string
	// ClientID is the client_id sent, empty for a system-assigned managed identity.
	ClientID string
	// Scope is the scope as sent; for a managed identity the resource.
	Scope string
	// Claims is the claims parameter as sent, JSON; a challenge's claims and client capabilities arrive here.
	Claims string
	// Status is the answered HTTP status; 0 when the connection was dropped by SetEntraDown.
	Status int
	// Code is the AADSTS number of a refusal, or 0.
	Code int
	// TokenFingerprint names the issued token as Fingerprint does; empty on a refusal.
	TokenFingerprint string
}

// entraTrouble is what the SetEntra methods have broken.
type entraTrouble struct {
	down   bool
	status int
	delay  time.Duration
}

// SetEntraDown makes the Entra side and the managed identity endpoints drop every connection without an answer (true), or serve again (false).
func (s *Server) SetEntraDown(down bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.entra.down = down
}

// SetEntraStatus makes the Entra side and the managed identity endpoints answer this status, such as 503 or 429, with no body of use. 0 = serve again.
func (s *Server) SetEntraStatus(status int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.entra.status = status
}

// SetEntraDelay makes the Entra side and the managed identity endpoints wait before they answer or drop. 0 or less = none.
func (s *Server) SetEntraDelay(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.entra.delay = d
}

// serveEntra answers what is not the Azure side's. It reports false for a path that no part of Entra has.
func (s *Server) serveEntra(w http.ResponseWriter, r *http.Request) bool {
	kind, tenant := entraRoute(r.URL.Path)
	if kind == "" {
		return false
	}
	rec := s.countEntra(kind, r.Host)
	if !s.entraWorks(w, r, rec) {
		return true
	}
	switch kind {
	case "discovery":
		s.discover(w, r, tenant)
	case "token":
		s.issueToken(w, r, tenant, rec)
	case "imds", "appservice":
		s.issueManagedToken(w, r, kind, rec)
	}
	return true
}

func entraRoute(path string) (kind, tenant string) {
	switch path {
	case imdsPath:
		return "imds", ""
	case appServicePath:
		return "appservice", ""
	}
	tenant, rest, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	switch rest {
	case "oauth2/v2.0/token":
		return "token", tenant
	case "v2.0/.well-known/openid-configuration", "discovery/v2.0/keys", "discovery/instance":
		return "discovery", tenant
	}
	if strings.HasPrefix(strings.ToLower(rest), "userrealm/") && tenant == "common" {
		return "discovery", tenant
	}
	return "", ""
}

// countEntra counts the request and, unless it is discovery, records it; the record is completed as the request is served.
func (s *Server) countEntra(kind, host string) *TokenRequest {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch kind {
	case "discovery":
		s.stats.DiscoveryRequests++
	case "token":
		s.stats.TokenRequests++
	default:
		s.stats.IMDSRequests++
	}
	return &TokenRequest{Time: time.Now(), Host: host}
}

// entraWorks plays the trouble that was set, if any.
func (s *Server) entraWorks(w http.ResponseWriter, r *http.Request, rec *TokenRequest) bool {
	s.mu.Lock()
	trouble := s.entra
	s.mu.Unlock()
	if !pause(r.Context(), trouble.delay) {
		panic(http.ErrAbortHandler) // nobody waits any more
	}
	switch {
	case trouble.down:
		s.logToken(r, rec)
		panic(http.ErrAbortHandler)
	case trouble.status != 0:
		rec.Status = trouble.status
		s.logToken(r, rec)
		writeJSON(w, trouble.status, object{
			"error": "temporarily_unavailable", "error_description": "AADSTS90033: A transient error has occurred. Please try again.",
		})
		return false
	}
	return true
}

// logToken keeps the record; the form is read here so that dropped requests show what they asked, too.
func (s *Server) logToken(r *http.Request, rec *TokenRequest) {
	kind, tenant := entraRoute(r.URL.Path)
	switch kind {
	case "discovery":
		return
	case "token":
		form := tokenForm(r)
		rec.TenantID = tenant
		rec.Grant, rec.ClientID = form.Get("grant_type"), form.Get("client_id")
		rec.Scope, rec.Claims = form.Get("scope"), form.Get("claims")
	default:
		q := r.URL.Query()
		rec.Grant, rec.ClientID, rec.Scope = "managed_identity", q.Get("client_id"), q.Get("resource")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tokenLog = newest(append(s.tokenLog, *rec), s.opts.KeepLast)
}

func tokenForm(r *http.Request) url.Values {
	r.Body = http.MaxBytesReader(nil, r.Body, 1<<20)
	_ = r.ParseForm() // what cannot be read is absent, and refused as such
	return r.PostForm
}

func (s *Server) discover(w http.ResponseWriter, r *http.Request, tenant string) {
	origin := "https://" + r.Host
	metadata := origin + "/" + tenant + "/v2.0/.well-known/openid-configuration"
	switch {
	case strings.HasSuffix(r.URL.Path, "/keys"):
		writeJSON(w, http.StatusOK, object{"keys": []any{}}) // tokens are signed with a secret: no key can be published
	case strings.HasSuffix(r.URL.Path, "/discovery/instance"):
		writeJSON(w, http.StatusOK, object{"tenant_discovery_endpoint": metadata, "api-version": "1.1", "metadata": []any{
			object{"preferred_network": r.Host, "preferred_cache": r.Host, "aliases": []string{r.Host}},
		}})
	case strings.Contains(strings.ToLower(r.URL.Path), "/userrealm/"):
		user := r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:]
		_, domain, _ := strings.Cut(user, "@")
		writeJSON(w, http.StatusOK, object{
			"ver": "1.0", "account_type": "Managed", "domain_name": domain, "cloud_instance_name": "microsoftonline.com",
			"cloud_audience_urn": "urn:federation:MicrosoftOnline",
		})
	default:
		base := origin + "/" + tenant
		writeJSON(w, http.StatusOK, object{
			"issuer":                                base + "/v2.0",
			"authorization_endpoint":                base + "/oauth2/v2.0/authorize",
			"token_endpoint":                        base + "/oauth2/v2.0/token",
			"device_authorization_endpoint":         base + "/oauth2/v2.0/devicecode",
			"jwks_uri":                              base + "/discovery/v2.0/keys",
			"token_endpoint_auth_methods_supported": []string{"client_secret_post", "private_key_jwt"},
			"response_types_supported":              []string{"code", "id_token"},
			"subject_types_supported":               []string{"pairwise"},
			"id_token_signing_alg_values_supported": []string{"RS256"},
		})
	}
}
