package azureadv1

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestIdentityKindIsResolvedOrInferred(t *testing.T) {
	for name, tc := range map[string]struct {
		id   Identity
		want string
	}{
		"an empty identity is the default chain":              {Identity{}, "default"},
		"a tenant alone steers the default chain":             {Identity{TenantID: "t"}, "default"},
		"an authority alone steers the default chain":         {Identity{Authority: "login.microsoftonline.us"}, "default"},
		"the secret trio":                                     {Identity{TenantID: "t", ClientID: "c", ClientSecret: "s"}, "client_secret"},
		"a secret without its tenant is still a secret":       {Identity{ClientSecret: "s"}, "client_secret"},
		"tenant and client with a federated token file":       {Identity{TenantID: "t", ClientID: "c", TokenFile: "/var/run/token"}, "workload_identity"},
		"tenant and client with an oidc reference":            {Identity{TenantID: "t", ClientID: "c", TokenFile: "oidc/env/TOKEN"}, "federated"},
		"a certificate with a client id":                      {Identity{TenantID: "t", ClientID: "c", CertificatePath: "c.pem"}, "client_certificate"},
		"user name and password":                              {Identity{ClientID: "c", Username: "u", Password: "p"}, "username_password"},
		"a client id alone is a user-assigned identity":       {Identity{ClientID: "c"}, "managed_identity"},
		"a set kind outranks inference":                       {Identity{Kind: "workload_identity", ClientID: "c"}, "workload_identity"},
		"a kind in capitals with space around it":             {Identity{Kind: " Managed_Identity\n"}, "managed_identity"},
		"a blank kind is inferred":                            {Identity{Kind: " ", ClientID: "c"}, "managed_identity"},
		"LiteLLM's DefaultAzureCredential":                    {Identity{Kind: "DefaultAzureCredential"}, "default"},
		"LiteLLM's ClientSecretCredential":                    {Identity{Kind: "ClientSecretCredential"}, "client_secret"},
		"LiteLLM's ManagedIdentityCredential":                 {Identity{Kind: "ManagedIdentityCredential"}, "managed_identity"},
		"LiteLLM's WorkloadIdentityCredential":                {Identity{Kind: "WorkloadIdentityCredential"}, "workload_identity"},
		"LiteLLM's CertificateCredential":                     {Identity{Kind: "CertificateCredential"}, "client_certificate"},
		"LiteLLM's EnvironmentCredential":                     {Identity{Kind: "EnvironmentCredential"}, "environment"},
		"azidentity's ClientCertificateCredential":            {Identity{Kind: "clientcertificatecredential"}, "client_certificate"},
		"azidentity's AzureCLICredential":                     {Identity{Kind: "AzureCLICredential"}, "azure_cli"},
		"azure.identity's AzureCliCredential, spelled so":     {Identity{Kind: "AzureCliCredential"}, "azure_cli"},
		"azidentity's AzureDeveloperCLICredential":            {Identity{Kind: "AzureDeveloperCLICredential"}, "azd"},
		"azidentity's UsernamePasswordCredential":             {Identity{Kind: "UsernamePasswordCredential"}, "username_password"},
		"the secret decides before every other proof":         {Identity{ClientSecret: "s", TokenFile: "f", CertificatePath: "c", Username: "u"}, "client_secret"},
		"a token file decides before a certificate":           {Identity{TokenFile: "f", CertificatePath: "c", Username: "u"}, "workload_identity"},
		"a certificate decides before user name and password": {Identity{CertificatePath: "c", Username: "u", Password: "p"}, "client_certificate"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := tc.id.kind()
			if err != nil || got != tc.want {
				t.Errorf("kind() = %q, %v; want %q", got, err, tc.want)
			}
		})
	}
}

func TestIdentityKindThatCannotBeTold(t *testing.T) {
	for name, tc := range map[string]struct {
		id   Identity
		want []string
	}{
		"an unknown kind is quoted beside the known ones": {
			Identity{Kind: "msi"},
			[]string{`azureadv1: Identity.Kind "msi"`, "managed_identity", "federated", "username_password", "azd"},
		},
		"tenant and client prove nothing": {
			Identity{TenantID: "t", ClientID: "c"},
			[]string{"azureadv1: Identity.Kind is empty", "ClientSecret", "CertificatePath", "TokenFile"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := tc.id.kind()
			wantInError(t, err, tc.want...)
			wantInError(t, tc.id.validate(), tc.want...)
		})
	}
}

func TestIdentityValidateAcceptsEveryCompleteKind(t *testing.T) {
	for name, id := range map[string]Identity{
		"the zero value":                     {},
		"default with a tenant":              {Kind: "default", TenantID: "contoso.onmicrosoft.com"},
		"environment":                        {Kind: "environment", Authority: "https://login.chinacloudapi.cn/"},
		"managed identity, system-assigned":  {Kind: "managed_identity"},
		"managed identity, user-assigned":    {Kind: "managed_identity", ClientID: "11111111-2222-3333-4444-555555555555"},
		"workload identity by its variables": {Kind: "workload_identity"},
		"workload identity by its fields":    {TenantID: "t", ClientID: "c", TokenFile: "/var/run/token", Authority: "login.microsoftonline.us"},
		"client secret":                      {TenantID: "t", ClientID: "c", ClientSecret: "s~.-_ 1"},
		"client certificate":                 {TenantID: "t", ClientID: "c", CertificatePath: "/etc/c.pfx", CertificatePassword: " p "},
		"Azure CLI in a tenant":              {Kind: "azure_cli", TenantID: "t"},
		"azd":                                {Kind: "azd"},
		"federated by a plain path":          {Kind: "federated", TenantID: "t", ClientID: "c", TokenFile: "token"},
		"federated by GitHub":                {TenantID: "t", ClientID: "c", TokenFile: "oidc/github/api://AzureADTokenExchange"},
		"user and password without a tenant": {ClientID: "c", Username: "u@contoso.com", Password: "p"},
		"an authority of one's own":          {TenantID: "t", Authority: "https://entra.example.test:8443"},
	} {
		t.Run(name, func(t *testing.T) {
			if err := id.validate(); err != nil {
				t.Errorf("validate() = %v, want none", err)
			}
		})
	}
}

func TestIdentityValidateNamesFieldValueAndWayOut(t *testing.T) {
	trio := Identity{TenantID: "t", ClientID: "c", ClientSecret: "s"}
	with := func(change func(*Identity)) Identity {
		id := trio
		change(&id)
		return id
	}
	for name, tc := range map[string]struct {
		id   Identity
		want []string
	}{
		"a secret with a managed identity": {
			Identity{Kind: "managed_identity", ClientSecret: "hush"},
			[]string{"azureadv1: Identity.ClientSecret is set", "Identity.Kind managed_identity", "client_secret"},
		},
		"an authority with a managed identity": {
			Identity{Kind: "ManagedIdentityCredential", Authority: "login.microsoftonline.us"},
			[]string{"azureadv1: Identity.Authority is set", "managed_identity"},
		},
		"two proofs and no kind": {
			with(func(id *Identity) { id.CertificatePath = "c.pem" }),
			[]string{"azureadv1: Identity.CertificatePath is set", "kind client_secret, inferred", "client_certificate"},
		},
		"a secret alone lacks two fields": {
			Identity{ClientSecret: "hush"},
			[]string{"azureadv1: Identity.TenantID is empty", "azureadv1: Identity.ClientID is empty", "kind environment"},
		},
		"a certificate's password without the certificate": {
			Identity{TenantID: "t", ClientID: "c", CertificatePassword: "hush"},
			[]string{"azureadv1: Identity.CertificatePath is empty", "PKCS#12"},
		},
		"a user without a password": {
			Identity{ClientID: "c", Username: "u"},
			[]string{"azureadv1: Identity.Password is empty"},
		},
		"federated without anything": {
			Identity{Kind: "federated"},
			[]string{"Identity.TenantID is empty", "Identity.ClientID is empty", "Identity.TokenFile is empty", "oidc/github/AUDIENCE"},
		},
		"a line break at the end of a secret": {
			with(func(id *Identity) { id.ClientSecret = "hush\n" }),
			[]string{"azureadv1: Identity.ClientSecret holds a control character", "trim"},
		},
		"a blank secret": {
			with(func(id *Identity) { id.ClientSecret = "  " }),
			[]string{"azureadv1: Identity.ClientSecret is blank"},
		},
		"a printed secret": {
			with(func(id *Identity) { id.ClientSecret = "REDACTED" }),
			[]string{"azureadv1: Identity.ClientSecret is the word REDACTED"},
		},
		"a printed password": {
			Identity{ClientID: "c", Username: "u", Password: "REDACTED"},
			[]string{"azureadv1: Identity.Password is the word REDACTED"},
		},
		"a tenant that would reach a shell": {
			with(func(id *Identity) { id.TenantID = "t; rm" }),
			[]string{`azureadv1: Identity.TenantID "t; rm"`, "GUID", "domain"},
		},
		"a client id with a space": {
			with(func(id *Identity) { id.ClientID = "my app" }),
			[]string{`azureadv1: Identity.ClientID "my app"`, "application (client) ID"},
		},
		"a client secret where the client's id belongs": {
			with(func(id *Identity) { id.ClientID = "hush8Q~hushhushhush" }),
			[]string{"azureadv1: Identity.ClientID looks like a secret", "application (client) ID"},
		},
		"a client secret where the tenant's id belongs": {
			with(func(id *Identity) { id.TenantID = "hush8Q~hushhushhush" }),
			[]string{"azureadv1: Identity.TenantID looks like a secret", "directory (tenant) ID"},
		},
		"a token where the tenant's id belongs": {
			with(func(id *Identity) { id.TenantID = "eyJhushhushhush.eyJhushhushhush.hush" }),
			[]string{"azureadv1: Identity.TenantID looks like a secret"},
		},
		"a key where the client's id belongs": {
			with(func(id *Identity) { id.ClientID = strings.Repeat("hush", 21) }),
			[]string{"azureadv1: Identity.ClientID looks like a secret"},
		},
		"a token where its file belongs": {
			Identity{TenantID: "t", ClientID: "c", TokenFile: "eyJhushhushhush.eyJhushhushhush.hush"},
			[]string{"azureadv1: Identity.TokenFile looks like a token", "oidc/env/NAME"},
		},
		"a reference with an unknown source": {
			Identity{TenantID: "t", ClientID: "c", TokenFile: "oidc/google/aud"},
			[]string{`azureadv1: Identity.TokenFile "oidc/google/aud"`, "oidc/env_path/NAME"},
		},
		"a reference without its end": {
			Identity{TenantID: "t", ClientID: "c", TokenFile: "oidc/github/"},
			[]string{`azureadv1: Identity.TokenFile "oidc/github/"`, "audience"},
		},
		"a path where a variable's name belongs": {
			Identity{TenantID: "t", ClientID: "c", TokenFile: "oidc/env//var/run/token"},
			[]string{`azureadv1: Identity.TokenFile "oidc/env//var/run/token"`, "variable"},
		},
		"a reference for a workload identity": {
			Identity{Kind: "workload_identity", TokenFile: "oidc/file/token"},
			[]string{"azureadv1: Identity.TokenFile", "workload_identity", "federated"},
		},
		"an authority without TLS": {
			with(func(id *Identity) { id.Authority = "http://login.example.test" }),
			[]string{"azureadv1: Identity.Authority http://login.example.test is not https"},
		},
		"an authority without TLS on loopback": {
			with(func(id *Identity) { id.Authority = "http://127.0.0.1:8080" }),
			[]string{"azureadv1: Identity.Authority http://127.0.0.1:8080 is not https"},
		},
		"an authority with the tenant in it": {
			with(func(id *Identity) { id.Authority = "https://login.microsoftonline.com/contoso.com" }),
			[]string{"azureadv1: Identity.Authority", "has a path", "TenantID"},
		},
		"an authority with a password in it": {
			with(func(id *Identity) { id.Authority = "https://u:hush@login.example.test/?k=hush" }),
			[]string{"azureadv1: Identity.Authority holds more than a host", "https://login.example.test"},
		},
		"an authority that is no host": {
			with(func(id *Identity) { id.Authority = "https://" }),
			[]string{"azureadv1: Identity.Authority is not a host"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			err := tc.id.validate()
			wantInError(t, err, tc.want...)
			for line := range strings.Lines(err.Error()) {
				if !strings.HasPrefix(line, "azureadv1: Identity.") {
					t.Errorf("the message %q does not begin with the field", line)
				}
			}
			if strings.Contains(err.Error(), "hush") {
				t.Errorf("the error shows a secret: %v", err)
			}
		})
	}
}

// 32 hexadecimal digits may be a key, and may be a GUID without its dashes: taken, not shown.
func TestIDThatMayBeAKeyIsTakenAndNotShown(t *testing.T) {
	const id = "0123456789abcdef0123456789abcdef"
	x := Config{Endpoint: "https://r.openai.azure.com", Identity: Identity{TenantID: id, ClientID: id, ClientSecret: "s"}}.Explain()
	if x.Err != nil || strings.Contains(x.String(), id) || !strings.Contains(x.Credential, redacted) {
		t.Errorf("got %v", x)
	}
}

func TestIdentityFormattersRedact(t *testing.T) {
	id := Identity{
		Kind: "client_secret", TenantID: "the-tenant", ClientID: "the-client", ClientSecret: "hush-1",
		CertificatePath: "/etc/cert.pem", CertificatePassword: "hush-2", Username: "user@contoso.com", Password: "hush-3",
		TokenFile: "/var/run/token", Authority: "login.microsoftonline.us",
	}
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("made", "identity", id, "pointer", &id)
	encoded, err := json.Marshal(map[string]any{"value": id, "pointer": &id})
	if err != nil {
		t.Fatal(err)
	}
	forms := map[string]string{
		"String": id.String(), "GoString": id.GoString(), "JSON": string(encoded), "slog": log.String(),
		"an error that quotes it": fmt.Errorf("no: %v", id).Error(),
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%t", "%10s"} {
		forms[verb] = fmt.Sprintf(verb, id)
		forms[verb+" of a pointer"] = fmt.Sprintf(verb, &id)
		forms[verb+" inside a struct"] = fmt.Sprintf(verb, struct{ ID Identity }{id})
	}
	for name, text := range forms {
		t.Run(name, func(t *testing.T) {
			if strings.Contains(text, "hush") || strings.Contains(text, fmt.Sprintf("%x", "hush")) {
				t.Errorf("it shows a secret: %s", text)
			}
			for _, want := range []string{"REDACTED", "the-tenant", "the-client", "/etc/cert.pem", "user@contoso.com"} {
				if !strings.Contains(text, want) {
					t.Errorf("it lacks %s: %s", want, text)
				}
			}
		})
	}
	if got := (Identity{TokenFile: "eyJhush"}).String(); strings.Contains(got, "hush") {
		t.Errorf("a token pasted as its file's name is shown: %s", got)
	}
	if got, want := (Identity{}).String(), "Identity{}"; got != want {
		t.Errorf("the zero value prints %q, want %q", got, want)
	}
}

func TestIdentityPrintedAndReadBackIsRefused(t *testing.T) {
	id := Identity{TenantID: "t", ClientID: "c", ClientSecret: "s"}
	text, err := json.Marshal(id)
	if err != nil {
		t.Fatal(err)
	}
	var back Identity
	if err := json.Unmarshal(text, &back); err != nil {
		t.Fatal(err)
	}
	want := Identity{TenantID: "t", ClientID: "c", ClientSecret: "REDACTED"}
	if back != want {
		t.Errorf("read back %v, want %v", back, want)
	}
	wantInError(t, back.validate(), "ClientSecret is the word REDACTED")
}

func TestIdentityIsComparableAndKnowsAllItsFields(t *testing.T) {
	byIdentity := make(map[Identity]string)
	for _, tenant := range []string{"a", "b", "a"} {
		byIdentity[Identity{TenantID: tenant}] += tenant
	}
	if diff := cmp.Diff(map[string]string{"a": "aa", "b": "b"}, map[string]string{
		"a": byIdentity[Identity{TenantID: "a"}], "b": byIdentity[Identity{TenantID: "b"}],
	}); diff != "" {
		t.Errorf("identities as keys of a map (-want +got):\n%s", diff)
	}
	var want, got []string
	for f := range reflect.TypeFor[Identity]().Fields() {
		want = append(want, f.Name)
	}
	for _, f := range (Identity{}).fields() {
		got = append(got, f.name)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("fields() leaves rules and redaction out of some fields (-struct +fields):\n%s", diff)
	}
	for _, k := range identityKinds {
		for _, f := range append(k.required, k.optional...) {
			if !strings.Contains(strings.Join(want, " "), f) {
				t.Errorf("kind %s names the field %s, which there is not", k.name, f)
			}
		}
		for _, f := range k.required {
			if identityAdvice[f] == "" {
				t.Errorf("kind %s needs %s, about which nothing is advised", k.name, f)
			}
		}
	}
}

func TestFederatedFromToken(t *testing.T) {
	for token, want := range map[string]bool{"oidc/env/NAME": true, "oidc/": true, "": false, "eyJ0": false, "OIDC/env/NAME": false} {
		ref, ok := federatedFromToken(token)
		if ok != want || ok && ref != token {
			t.Errorf("federatedFromToken(%q) = %q, %t; want %t", token, ref, ok, want)
		}
	}
}

func wantInError(t *testing.T, err error, parts ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error, want one with %q", parts)
	}
	for _, part := range parts {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("the error lacks %q:\n%v", part, err)
		}
	}
}
