package azureadv1

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"
)

// entraCode finds Entra's error codes, which azidentity's errors repeat from the response's body.
var entraCode = regexp.MustCompile(`AADSTS[0-9]+`)

// entraAdvice says what to do about the codes that a wrong configuration brings, after
// https://learn.microsoft.com/entra/identity-platform/reference-error-codes.
var entraAdvice = map[string]advice{
	"AADSTS7000215": {"The client secret is wrong: set Identity.ClientSecret to the secret's Value, not to its Secret ID, which the portal lists beside it.", "client-secret"},
	"AADSTS7000222": {"The client secret has expired: make a new one for the app registration and set Identity.ClientSecret to its value.", "client-secret"},
	"AADSTS700016":  {"The tenant knows no application with this ClientID: check Identity.ClientID, and that Identity.TenantID is the directory the app is registered in.", "unknown-app"},
	"AADSTS90002":   {"There is no such tenant at this authority: check Identity.TenantID, and Identity.Authority when the tenant is in a sovereign cloud.", "unknown-tenant"},
	"AADSTS700027":  {"The certificate's signature was refused: upload the certificate in Identity.CertificatePath to the app registration, or check that it has not expired.", "client-certificate"},
	"AADSTS50076":   {"The user must pass multifactor authentication, which a user name and password cannot do: use another Identity.Kind.", "multifactor"},
	"AADSTS70021":   {"No federated credential of the app matches the outside token: its issuer, subject and audience must equal the ones configured, to the letter.", "federated-credential"},
	"AADSTS700213":  {"No federated credential of the app matches the outside token's subject: configure that subject, to the letter.", "federated-credential"},
	"AADSTS700211":  {"No federated credential of the app matches the outside token's issuer: configure that issuer, to the letter.", "federated-credential"},
}

// adviceOn is what to do about a failed token request; nothing when nothing is known. It repeats no part of
// the error's text but file names and dates.
func adviceOn(err error) advice {
	if err == nil {
		return advice{}
	}
	text := err.Error()
	for _, code := range entraCode.FindAllString(text, -1) {
		if code == "AADSTS700024" {
			return advice{assertionTimeHint(err), "assertion-time"}
		}
		if known, ok := entraAdvice[code]; ok {
			return known
		}
	}
	if strings.HasPrefix(text, "DefaultAzureCredential:") || strings.Contains(text, "Attempted credentials:") {
		return advice{"No credential of the default chain gave a token: name the one to use in Identity.Kind, or sign in with az login on a developer's machine.", "no-credential"}
	}
	return advice{}
}

// assertionTimeHint is for AADSTS700024: the outside token was sent too late, or before its time.
func assertionTimeHint(err error) string {
	e, ok := errors.AsType[*federatedError](err)
	if !ok {
		return "The client assertion was sent outside its valid time: check this machine's clock, and that whatever rotates the outside token is running."
	}
	what := fmt.Sprintf("The outside token of %s", e.source.ref)
	if !e.expires.IsZero() {
		what += fmt.Sprintf(" (exp %s)", e.expires.Format(time.RFC3339))
	}
	return what + " was sent outside its valid time: check that whatever rotates it is running, and this machine's clock."
}
