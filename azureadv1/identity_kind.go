package azureadv1

import (
	"fmt"
	"slices"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
)

// The kinds of identity, as Identity.Kind and AZURE_CREDENTIAL spell them.
const (
	kindDefault           = "default"
	kindEnvironment       = "environment"
	kindManagedIdentity   = "managed_identity"
	kindWorkloadIdentity  = "workload_identity"
	kindClientSecret      = "client_secret"
	kindClientCertificate = "client_certificate"
	kindAzureCLI          = "azure_cli"
	kindAzureDeveloperCLI = "azd"
	kindFederated         = "federated"
	kindUsernamePassword  = "username_password"
)

// identityKind is one row of the table that validation, inference and construction share.
type identityKind struct {
	name     string
	aliases  []string // class names of the Azure SDKs and LiteLLM, in lower case
	required []string
	optional []string
	readsEnv bool // azidentity completes this kind from its own variables
	inEnv    bool // kind environment does the same from azidentity's variables
	build    func(Identity, identityOptions) (azcore.TokenCredential, error)
}

type identityKindTable []identityKind

var identityKinds = identityKindTable{
	{
		name: kindDefault, aliases: []string{"defaultazurecredential"},
		optional: []string{"TenantID", "Authority"}, readsEnv: true, build: newDefault,
	},
	{
		name: kindEnvironment, aliases: []string{"environmentcredential"},
		optional: []string{"Authority"}, readsEnv: true, build: newEnvironment,
	},
	{
		name: kindManagedIdentity, aliases: []string{"managedidentitycredential"},
		optional: []string{"ClientID"}, build: newManagedIdentity,
	},
	{
		name: kindWorkloadIdentity, aliases: []string{"workloadidentitycredential"},
		optional: []string{"TenantID", "ClientID", "TokenFile", "Authority"}, readsEnv: true, build: newWorkloadIdentity,
	},
	{
		name: kindClientSecret, aliases: []string{"clientsecretcredential"},
		required: []string{"TenantID", "ClientID", "ClientSecret"}, optional: []string{"Authority"},
		inEnv: true, build: newClientSecret,
	},
	{
		name: kindClientCertificate, aliases: []string{"certificatecredential", "clientcertificatecredential"},
		required: []string{"TenantID", "ClientID", "CertificatePath"}, optional: []string{"CertificatePassword", "Authority"},
		inEnv: true, build: newClientCertificate,
	},
	{
		name: kindAzureCLI, aliases: []string{"azureclicredential"},
		optional: []string{"TenantID"}, build: newAzureCLI,
	},
	{
		name: kindAzureDeveloperCLI, aliases: []string{"azuredeveloperclicredential"},
		optional: []string{"TenantID"}, build: newAzureDeveloperCLI,
	},
	{
		name:     kindFederated,
		required: []string{"TenantID", "ClientID", "TokenFile"}, optional: []string{"Authority"}, build: newFederated,
	},
	{
		name: kindUsernamePassword, aliases: []string{"usernamepasswordcredential"},
		required: []string{"ClientID", "Username", "Password"}, optional: []string{"TenantID", "Authority"},
		inEnv: true, build: newUsernamePassword,
	},
}

// find returns the row of a name or an alias in lower case, nil when there is none.
func (t identityKindTable) find(name string) *identityKind {
	for i := range t {
		if t[i].name == name || slices.Contains(t[i].aliases, name) {
			return &t[i]
		}
	}
	return nil
}

// using lists the kinds for which match holds, for messages.
func (t identityKindTable) using(match func(identityKind) bool) string {
	var names []string
	for _, k := range t {
		if match(k) {
			names = append(names, k.name)
		}
	}
	return strings.Join(names, ", ")
}

func (k identityKind) uses(field string) bool {
	return field == "Kind" || slices.Contains(k.required, field) || slices.Contains(k.optional, field)
}

// checkField reports a field that the kind needs and lacks, or has and cannot use.
func (k identityKind) checkField(f identityField, inferred bool) error {
	switch {
	case f.value == "" && slices.Contains(k.required, f.name):
		instead := ""
		if k.inEnv {
			instead = ", or use kind environment, which takes it from azidentity's variables (AZURE_TENANT_ID, AZURE_CLIENT_ID, ...)"
		}
		return f.errorf("is empty, but kind %s needs it: set it to %s%s", k.name, identityAdvice[f.name], instead)
	case f.value == "" || k.uses(f.name):
		return nil
	}
	origin := fmt.Sprintf("Identity.Kind %s", k.name)
	if inferred {
		origin = fmt.Sprintf("kind %s, inferred from the other fields,", k.name)
	}
	users := identityKinds.using(func(o identityKind) bool { return o.uses(f.name) })
	return f.errorf("is set, but %s does not use it: clear it, or set Kind to what is meant (used by %s)", origin, users)
}

// identityAdvice says for each required field where its value is found.
var identityAdvice = map[string]string{ //nolint:gosec // G101: field names and advice, no secret.
	"TenantID":        "the directory (tenant) ID on the app registration's overview page",
	"ClientID":        "the application (client) ID on the app registration's overview page",
	"ClientSecret":    "the value of a client secret, shown once when it is made",
	"CertificatePath": "a PEM or PKCS#12 file with the certificate and its private key",
	"Username":        "the user principal name, as user@contoso.com",
	"Password":        "the user's password",
	"TokenFile":       "the outside token's file, or oidc/file/PATH, oidc/env/NAME, oidc/env_path/NAME, oidc/github/AUDIENCE",
}

// kind resolves Identity.Kind to a row's name: by name or alias when set, else inferred from the fields.
func (id Identity) kind() (string, error) {
	name := strings.ToLower(strings.TrimSpace(id.Kind))
	if name == "" {
		return id.inferredKind()
	}
	if k := identityKinds.find(name); k != nil {
		return k.name, nil
	}
	all := identityKinds.using(func(identityKind) bool { return true })
	return "", fmt.Errorf("azureadv1: Identity.Kind %q is not known: use one of %s", shownName(id.Kind), all)
}

// inferredKind goes by the first proof of identity that is set. One without its companions still decides, so that
// validate can name what is missing instead of the identity silently becoming another.
func (id Identity) inferredKind() (string, error) {
	_, reference := federatedFromToken(id.TokenFile)
	switch {
	case id.ClientSecret != "":
		return kindClientSecret, nil
	case reference:
		return kindFederated, nil
	case id.TokenFile != "":
		return kindWorkloadIdentity, nil
	case id.CertificatePath != "" || id.CertificatePassword != "":
		return kindClientCertificate, nil
	case id.Username != "" || id.Password != "":
		return kindUsernamePassword, nil
	case id.ClientID == "":
		return kindDefault, nil
	case id.TenantID == "":
		return kindManagedIdentity, nil
	}
	return "", fmt.Errorf("azureadv1: Identity.Kind is empty, and TenantID with ClientID alone proves no identity: " +
		"set ClientSecret, CertificatePath or TokenFile, or set Kind (a managed identity has no TenantID)")
}
