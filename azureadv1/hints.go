package azureadv1

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// hintRow is one likely mistake: how the answer shows it, and the sentence that says what to do.
type hintRow struct {
	status int    // 0 is any
	code   string // Azure's code, compared without case; "" is any
	text   string // in the message, compared without case; "" is any
	anchor string // of the help page
	hint   func(e *Error, x *exchange, res *http.Response) string
}

// advice is the row's, for this answer.
func (row hintRow) advice(e *Error, x *exchange, res *http.Response) advice {
	return advice{row.hint(e, x, res), row.anchor}
}

// deniedRows are "known, but without a role", as opposed to a refused token.
var deniedRows = []hintRow{
	{401, "PermissionDenied", "", "role", roleHint},
	{403, "PermissionDenied", "", "role", roleHint},
	{401, "", "lacks the required data action", "role", roleHint},
	{401, "", "does not have access to api/operation", "role", roleHint},
}

// hintRows are tried in order. Wordings were collected from public reports of each service; the service may change them,
// which costs a hint and nothing else.
var hintRows = append(slices.Clip(deniedRows), []hintRow{
	{401, "", "missing subscription key", "gateway-key", always("The gateway wants its own key: put Ocp-Apim-Subscription-Key in Config.Header.")},
	{401, "", "invalid subscription key or wrong api endpoint", "key", always("Key and host do not belong together: take both from the same resource's Keys and Endpoint page. An Entra token goes in Token or TokenProvider, not in APIKey.")},
	{0, "", "provide a custom subdomain for token authentication", "regional-endpoint", regionalHint},
	{401, "", "", "token", unauthorizedHint},
	{400, "", "does not match resource tenant", "tenant", tenantHint},
	{403, "AuthenticationTypeDisabled", "", "keys-disabled", always("Keys are disabled on this resource: leave APIKey empty and use an Entra credential.")},
	{403, "", "virtual network/firewall rules", "network", networkHint},
	{403, "", "public access is disabled", "network", networkHint},
	{403, "", "temporarily blocked", "blocked", always("Microsoft has blocked the resource, usually for what was sent to it: see the resource's notices in the portal.")},
	{404, "DeploymentNotFound", "", "deployment", deploymentHint},
	{0, "previous_response_not_found", "", "stored-response", storedHint},
	{404, "", "items are not persisted", "stored-response", storedHint},
	{404, "", "", "not-found", notFoundHint},
	{400, "", "api-version query parameter is not allowed", "api-version-on-v1", always("This host refuses an api-version on v1: clear PreviewQuery, or stop the gateway from adding one.")},
	{400, "", "please use api-version=preview", "preview-query", always("This is an older v1: set PreviewQuery.")},
	{400, "", "api version not supported", "api-version", versionHint},
	{400, "UnsupportedApiVersionValue", "", "api-version", versionHint},
	{400, "", "responses api is enabled only for", "api-version", always("The Responses API is on v1, and on dated versions from 2025-03-01-preview on: set APIVersion to \"v1\" or \"2025-04-01-preview\".")},
	{400, "", "is enabled only for api versions", "api-version", versionHint},
	{400, "", "unrecognized request argument supplied", "unknown-field", tooOldHint},
	{400, "unsupported_parameter", "", "parameter", parameterHint},
	{400, "unsupported_value", "", "parameter", parameterHint},
	{400, "", "encrypted content is not supported", "encrypted-reasoning", always("This model does not reason, or does not carry its reasoning: say what the deployment serves with WithBaseModel, or leave include out with WithDropParams.")},
	{400, "invalid_encrypted_content", "", "foreign-reasoning", always("The reasoning in the messages is not this deployment's to read: it is of another resource or model. Leave the part of ResponseItems out of the messages; text, calls and results go without it.")},
	{400, "OperationNotSupported", "chatcompletion", "responses-only", always("This model answers on the Responses API only: use WithResponsesAPI.")},
	{400, "", "please use /v1/responses", "responses-only", always("This model takes function tools with a reasoning effort on the Responses API only: use WithResponsesAPI, or ask for no effort.")},
	{400, "OperationNotSupported", "the responses operation", "chat-only", always("This deployment does not answer on the Responses API: leave WithResponsesAPI out.")},
	{400, "OperationNotSupported", "embeddings", "no-embeddings", always("This deployment serves no embeddings: name one of an embedding model with WithEmbeddingDeployment.")},
	{0, "content_filter", "", "content-filter", filterHint},
	{400, "context_length_exceeded", "", "context-length", always("Shorten the messages, or ask for fewer tokens.")},
	{429, "", "", "rate-limit", rateHint},
}...)

var noHint = hintRow{hint: always("")}

// hintRowFor is the first row that fits; its hint is "" where none does.
func hintRowFor(e *Error) hintRow {
	if i := slices.IndexFunc(hintRows, e.fits); i >= 0 {
		return hintRows[i]
	}
	return noHint
}

func (e *Error) fits(row hintRow) bool {
	return (row.status == 0 || row.status == e.StatusCode) &&
		(row.code == "" || strings.EqualFold(row.code, e.Code)) &&
		(row.text == "" || strings.Contains(strings.ToLower(e.Message[:min(len(e.Message), quotableMessage)]), row.text))
}

func always(hint string) func(*Error, *exchange, *http.Response) string {
	return func(*Error, *exchange, *http.Response) string { return hint }
}

// isPermissionDenied tells "known, but without a role" from a refused token: another token would not help.
func isPermissionDenied(body []byte) bool {
	e := &Error{}
	e.answered(&http.Response{StatusCode: http.StatusUnauthorized, Header: http.Header{}}, body)
	return slices.ContainsFunc(deniedRows, e.fits)
}

// sentToken is the token a request carried, for reading its claims.
func sentToken(res *http.Response) string {
	if res.Request == nil {
		return ""
	}
	token, _ := strings.CutPrefix(res.Request.Header.Get("Authorization"), "Bearer ")
	return token
}

func roleHint(_ *Error, x *exchange, res *http.Response) string {
	who := "The identity"
	if c, ok := readClaims(sentToken(res)); ok && c.Object != "" {
		who = "The identity with object id " + c.Object
	}
	role := "Cognitive Services OpenAI User on the resource"
	if x.client != nil && strings.Contains(x.client.target.route.base, "/api/projects/") {
		role = "Azure AI User on the project"
	}
	return who + " is known but has no data-plane role: assign it " + role + " (Foundry: Azure AI User). Owner and Contributor are not enough, and a new role takes 5 to 10 minutes to count."
}

func unauthorizedHint(_ *Error, x *exchange, res *http.Response) string {
	token := sentToken(res)
	if token == "" {
		return "The service wants another credential: check that the key is this resource's."
	}
	if x.client != nil && strings.HasSuffix(x.client.target.host, ".api.cognitive.microsoft.com") {
		return regionalHint(nil, x, res)
	}
	var b strings.Builder
	b.WriteString("The token was refused.")
	if x.client != nil {
		fmt.Fprintf(&b, " %s: %s.", x.client.auth.scopeRole(), x.client.target.scope)
	}
	if c, ok := readClaims(token); ok {
		fmt.Fprintf(&b, " The token says: audience %s, tenant %s, expires %s%s.", orUnknown(c.Audience), orUnknown(c.Tenant), expiry(c), expiredSince(c))
	} else {
		b.WriteString(" It is no JWT, so its claims cannot be shown: is it an API key?")
	}
	if x.refresh != nil {
		b.WriteString(" Asking for another failed.")
	}
	b.WriteString(" If the audience is not the one this host expects, set Scope to https://cognitiveservices.azure.com/.default (projects: https://ai.azure.com/.default, US Government: the same hosts under azure.us); if the tenant is not the resource's, set Identity.TenantID; if it has expired, use a TokenProvider or a Credential, which refresh.")
	return b.String()
}

func orUnknown(s string) string {
	if s == "" {
		return "unknown"
	}
	return s
}

func expiry(c tokenClaims) string {
	if c.Expires.IsZero() {
		return "unknown"
	}
	return c.Expires.Format(time.RFC3339)
}

func expiredSince(c tokenClaims) string {
	if c.Expires.IsZero() || time.Now().Before(c.Expires) {
		return ""
	}
	return fmt.Sprintf(" (%s ago)", time.Since(c.Expires).Round(time.Second))
}

func regionalHint(*Error, *exchange, *http.Response) string {
	return "Regional endpoints take keys only: use the resource's own host, https://{custom-subdomain}.openai.azure.com, as Endpoint."
}

func tenantHint(_ *Error, _ *exchange, res *http.Response) string {
	was := ""
	if c, ok := readClaims(sentToken(res)); ok && c.Tenant != "" {
		was = " (it was " + c.Tenant + ")"
	}
	return "The token is of another tenant than the resource" + was + ": set Identity.TenantID to the resource's, or sign in there (az login --tenant)."
}

func networkHint(_ *Error, x *exchange, _ *http.Response) string {
	host := "the host"
	if x.client != nil {
		host = x.client.target.host
	}
	return "The resource is closed to this network: use its private endpoint (" + host + " must resolve to a private address here) or VPN, or add this address to the resource's firewall."
}

func deploymentHint(e *Error, x *exchange, _ *http.Response) string {
	surface := ""
	if x.client != nil {
		surface = " on the " + string(x.client.Surface()) + " surface"
	}
	return fmt.Sprintf("No deployment %q at %s%s: give the deployment's name, not the model's, and check that it is in this resource.", e.Deployment, e.URL, surface)
}

func storedHint(*Error, *exchange, *http.Response) string {
	return "The service does not have what the call goes on from: answers are kept for 30 days, in the resource that gave them, and only if they were stored (Store). Send the history instead."
}

func notFoundHint(e *Error, x *exchange, _ *http.Response) string {
	if x.client == nil {
		return "Check the URL " + e.URL + "."
	}
	if r := x.client.target.route; r.surface == Classic {
		return fmt.Sprintf("Nothing answers at %s: check the host, and that API version %s exists and knows this operation, or use v1.", e.URL, r.version)
	}
	return fmt.Sprintf("Nothing answers at %s: check the host; a gateway that has only the classic surface needs APIVersion set to a date.", e.URL)
}

func versionHint(_ *Error, x *exchange, _ *http.Response) string {
	was := ""
	if x.client != nil && x.client.APIVersion() != "" {
		was = " (it is " + x.client.APIVersion() + ")"
	}
	return "Set APIVersion" + was + " to \"v1\", or to a date that serves this model, such as \"2024-10-21\" or \"2025-04-01-preview\"."
}

func tooOldHint(e *Error, x *exchange, _ *http.Response) string {
	_, field, _ := strings.Cut(e.Message, "supplied: ")
	field = printable(field)
	if x.client == nil || x.client.APIVersion() == "" {
		return "This surface does not know the field " + field + ": leave it out."
	}
	return fmt.Sprintf("API version %s is older than the field %s: use \"2024-10-21\", a later preview, or \"v1\".", x.client.APIVersion(), field)
}

func parameterHint(e *Error, _ *exchange, _ *http.Response) string {
	return fmt.Sprintf("The model behind this deployment does not take %s as sent: say what it serves with WithBaseModel, or leave the field out with WithDropParams(%q).", e.Param, e.Param)
}

func filterHint(e *Error, _ *exchange, _ *http.Response) string {
	if e.ContentFilter == nil || len(e.ContentFilter.Filtered()) == 0 {
		return "Azure's content filter refused the text."
	}
	return "Azure's content filter refused the " + e.ContentFilter.Source + " for " + printable(strings.Join(e.ContentFilter.Filtered(), ", ")) + "."
}

func rateHint(e *Error, _ *exchange, _ *http.Response) string {
	if e.RetryAfter > 0 {
		return "The deployment's quota is used up for now: call again after the time named, or raise its tokens-per-minute limit."
	}
	return "The deployment's quota is used up for now, and the service named no time: pause before the next call, or raise its tokens-per-minute limit."
}

// localAdvice is for failures that no answer explains.
func localAdvice(code string, err error) advice {
	text := strings.ToLower(err.Error())
	limit, ours := errors.AsType[*timeoutError](err)
	switch {
	case ours:
		return advice{fmt.Sprintf("The wait that ended is Config.%s: raise it where the service is that slow, or find what does not answer.", limit.field), "timeout"}
	case code == CodeUnreachable && strings.Contains(text, "no such host"):
		return advice{"The host's name does not resolve: check Endpoint, and the private DNS zone if the resource has a private endpoint.", "name-resolution"}
	case code == CodeUnreachable && strings.Contains(text, "x509"):
		return advice{"The server's certificate is not trusted: is Endpoint the resource's, and is a proxy's certificate authority installed here?", "certificate"}
	case code == CodeUnreachable && strings.Contains(text, "connection refused"):
		return advice{"Nothing listens there: check Endpoint's host and port.", "refused-connection"}
	default:
		return advice{}
	}
}
