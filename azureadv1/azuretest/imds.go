package azuretest

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

const (
	// imdsHost is the link-local address of a virtual machine's metadata service.
	imdsHost       = "169.254.169.254"
	imdsPath       = "/metadata/identity/oauth2/token"
	appServicePath = "/msi/token"
	identityHeader = "azuretest-identity-header"
)

// IdentityEndpoint returns what the variables IDENTITY_ENDPOINT and IDENTITY_HEADER must be for azidentity's managed identity credential to ask
// this server as it asks App Service. Without them that credential asks the IMDS address, which [Server.HTTPClient] also answers.
//
// azidentity v1.15.0 keeps managed identity tokens in one cache for the whole process, by client id and resource: a second server in one test
// binary would be shown the first one's tokens, and refuse them. Give each test an App with a client id of its own.
func (s *Server) IdentityEndpoint() (endpoint, header string) {
	return s.endpoint + appServicePath, identityHeader
}

// issueManagedToken answers IMDS (header Metadata: true) and App Service (the secret identity header). The system-assigned identity and every
// app registration of the resource's tenant, as a user-assigned one, are known.
func (s *Server) issueManagedToken(w http.ResponseWriter, r *http.Request, kind string, rec *TokenRequest) {
	q := r.URL.Query()
	refuse := func(status int, text string) {
		rec.Status = status
		s.logToken(r, rec)
		writeJSON(w, status, object{"error": "invalid_request", "error_description": text})
	}
	client := q.Get("client_id")
	resource := strings.TrimSuffix(q.Get("resource"), "/.default")
	app, _ := s.findApp(s.opts.TenantID, client)
	switch {
	case r.Method != http.MethodGet:
		refuse(http.StatusMethodNotAllowed, "Method not allowed")
		return
	case kind == "imds" && !strings.EqualFold(r.Header.Get("Metadata"), "true"):
		refuse(http.StatusBadRequest, "Required metadata header not specified")
		return
	case kind == "appservice" && r.Header.Get("X-Identity-Header") != identityHeader:
		refuse(http.StatusForbidden, "The identity header is missing or wrong")
		return
	case resource == "":
		refuse(http.StatusBadRequest, "Required audience parameter not specified")
		return
	case client != "" && app == nil:
		refuse(http.StatusBadRequest, "Identity not found")
		return
	case client == "":
		client = fictionalID("system-assigned", s.opts.TenantID)
	}
	token := s.IssueToken(Claims{Audience: resource, ClientID: client})
	rec.Status, rec.TokenFingerprint = http.StatusOK, Fingerprint(token)
	s.logToken(r, rec)
	issued, err := s.open(token)
	if err != nil {
		return // it was signed three lines above
	}
	writeJSON(w, http.StatusOK, object{
		"access_token": token, "client_id": client, "resource": resource, "token_type": "Bearer",
		"expires_in":     strconv.FormatInt(int64(s.opts.TokenLifetime/time.Second), 10),
		"ext_expires_in": strconv.FormatInt(int64(s.opts.TokenLifetime/time.Second), 10),
		"expires_on":     strconv.FormatInt(issued.Expires, 10),
		"not_before":     strconv.FormatInt(issued.NotBefore, 10),
	})
}
