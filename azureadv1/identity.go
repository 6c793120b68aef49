package azureadv1

import (
	"errors"
	"fmt"
	"strings"
)

// Identity declares as whom to call, in plain strings, so that it can come from a file or from flags. Kind says which
// fields count; a field that the kind does not use is an error, never ignored. The zero value is [DefaultAzureCredential].
// It is comparable, safe for concurrent use as any value is, and every formatter prints its secrets as REDACTED.
//
// [DefaultAzureCredential]: https://learn.microsoft.com/azure/developer/go/sdk/authentication/credential-chains
type Identity struct {
	// Kind names the way to authenticate: default, environment, managed_identity, workload_identity, client_secret,
	// client_certificate, azure_cli, azd, federated or username_password, in any case, or the credential's class name in
	// the Azure SDKs. "" infers it from the other fields, and is default when none is set.
	Kind string
	// TenantID is the directory that issues the tokens: its GUID or one of its domain names. client_secret,
	// client_certificate and federated need it; default, workload_identity, azure_cli, azd and username_password may have it.
	TenantID string
	// ClientID is the application (client) ID of the app registration, or of a user-assigned managed identity. With
	// managed_identity "" means the system-assigned one, with workload_identity the variable AZURE_CLIENT_ID.
	ClientID string
	// ClientSecret is the value of one of the app's client secrets, not the ID that the portal lists beside it. Only
	// client_secret uses it. Secret.
	ClientSecret string
	// CertificatePath names a PEM or PKCS#12 file with the certificate and its RSA private key, for client_certificate. It is
	// read when the client is built and again when the file has changed, so a rotated certificate needs no restart.
	CertificatePath string
	// CertificatePassword opens a PKCS#12 file; "" when it has none. A PEM file must not be encrypted, and takes none.
	// Secret.
	CertificatePassword string
	// Username is the user principal name (user@contoso.com) for username_password. Microsoft has deprecated that flow: it
	// fails for users with multifactor authentication, and for federated and personal accounts.
	Username string
	// Password is the user's password, for username_password. Secret.
	Password string
	// TokenFile says where an outside token lies that is exchanged for an Entra token: a file's path (workload_identity,
	// federated), or for federated oidc/file/PATH, oidc/env/NAME, oidc/env_path/NAME or oidc/github/AUDIENCE. federated reads
	// it at every exchange; workload_identity as azidentity does, at most every ten minutes, and "" means AZURE_FEDERATED_TOKEN_FILE.
	TokenFile string
	// Authority is the Entra host that issues the tokens, as https://login.microsoftonline.us or a bare host name, without a
	// tenant. "" is the cloud of the endpoint. A host that is not Microsoft's own is not looked up with Microsoft first.
	Authority string
}

// identityField is one field of an Identity by its name, for rules and formatters that treat all fields alike.
type identityField struct {
	name, value string
	secret      bool
}

// fields lists every field, in the order of the struct. A reflection test keeps it complete.
func (id Identity) fields() []identityField {
	return []identityField{
		{"Kind", id.Kind, false},
		{"TenantID", id.TenantID, false},
		{"ClientID", id.ClientID, false},
		{"ClientSecret", id.ClientSecret, true},
		{"CertificatePath", id.CertificatePath, false},
		{"CertificatePassword", id.CertificatePassword, true},
		{"Username", id.Username, false},
		{"Password", id.Password, true},
		{"TokenFile", id.TokenFile, looksLikeToken(id.TokenFile)},
		{"Authority", id.Authority, false},
	}
}

// errorf begins an error with the field it is about.
func (f identityField) errorf(format string, args ...any) error {
	return fmt.Errorf("azureadv1: Identity."+f.name+" "+format, args...)
}

// check applies the rules that hold for every field of every kind. Values of secrets are never quoted.
func (f identityField) check() error {
	isID := f.name == "TenantID" || f.name == "ClientID"
	switch {
	case f.value == "" || f.name == "Kind": // kind trims and judges its own
		return nil
	case strings.TrimSpace(f.value) == "":
		return f.errorf("is blank: set it, or leave it empty")
	case hasControl(f.value):
		return f.errorf("holds a control character, such as the line break at the end of a file: trim it")
	case f.value == redacted:
		return f.errorf("is the word %s, which is printed in a secret's place: set the value itself", redacted)
	case f.name == "TokenFile" && f.secret:
		return f.errorf("looks like a token itself: name the file that holds it, or oidc/env/NAME for a variable")
	case isID && notAnID(f.value):
		return f.errorf("looks like a secret or a token (it is not shown): use %s", identityAdvice[f.name])
	case f.name == "TenantID" && !tenantIDValid(f.value):
		return f.errorf("%q is neither a GUID nor a domain name: use the directory (tenant) ID of the app registration's overview", shownValue(f.value))
	case f.name == "ClientID" && strings.ContainsAny(f.value, " \"'"):
		return f.errorf("%q holds a space or a quote: use the application (client) ID as the portal shows it", shownValue(f.value))
	case f.name == "Authority":
		_, err := authorityURL(f.value)
		return err
	}
	return nil
}

// validate reports everything that is wrong with the identity, without network or file access.
func (id Identity) validate() error {
	var errs []error
	for _, f := range id.fields() {
		if err := f.check(); err != nil {
			errs = append(errs, err)
		}
	}
	name, err := id.kind()
	if err != nil {
		return errors.Join(append(errs, err)...)
	}
	kind := identityKinds.find(name)
	for _, f := range id.fields() {
		if err := kind.checkField(f, strings.TrimSpace(id.Kind) == ""); err != nil {
			errs = append(errs, err)
		}
	}
	if err := id.checkTokenFile(name); err != nil {
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// checkTokenFile reports an oidc/ reference that is malformed, or that its kind cannot follow.
func (id Identity) checkTokenFile(kind string) error {
	if _, ok := federatedFromToken(id.TokenFile); ok && kind == kindWorkloadIdentity {
		return fmt.Errorf("azureadv1: Identity.TokenFile %q is a reference, but kind %s reads a plain file: use the file's path, or set Kind to %s",
			shownValue(id.TokenFile), kind, kindFederated)
	}
	if kind != kindFederated || id.TokenFile == "" {
		return nil
	}
	_, err := parseFederatedSource(id.TokenFile)
	return err
}

// looksLikeToken tells a token that was pasted where its file's name belongs: a secret all the same.
func looksLikeToken(path string) bool { return strings.HasPrefix(path, "eyJ") }

// notAnID tells a secret that was pasted where an id belongs. 32 hexadecimal digits may be a GUID without its dashes;
// the ~ of client secrets and the other signs of passwords are in no id.
func notAnID(s string) bool {
	return looksLikeToken(s) || hasBearer(s) || len(s) > 32 && looksLikeKey.MatchString(s) || strings.ContainsAny(s, "~!#$%^&*+=|?<>")
}

// tenantIDValid is azidentity's own rule (validTenantID in azidentity.go), known here before anything is built.
func tenantIDValid(id string) bool {
	return !strings.ContainsFunc(id, func(r rune) bool {
		letter := 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z'
		return !letter && (r < '0' || r > '9') && r != '.' && r != '-'
	})
}
