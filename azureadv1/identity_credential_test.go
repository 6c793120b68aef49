package azureadv1

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	azcloud "github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/google/go-cmp/cmp"
)

// recordedEntra is a transport that answers every authority's token endpoint and keeps what it was asked.
type recordedEntra struct {
	mu     sync.Mutex
	hosts  []string
	paths  []string // of token requests
	forms  []url.Values
	answer func(form url.Values) (status int, body string) // nil = a token
}

func (e *recordedEntra) Do(r *http.Request) (*http.Response, error) { return e.RoundTrip(r) }

func (e *recordedEntra) RoundTrip(r *http.Request) (*http.Response, error) {
	var form url.Values
	if r.Body != nil {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		if form, err = url.ParseQuery(string(body)); err != nil {
			return nil, err
		}
	}
	e.mu.Lock()
	e.hosts = append(e.hosts, r.URL.Host)
	e.mu.Unlock()
	status, body := http.StatusOK, ""
	switch path := r.URL.Path; {
	case strings.HasSuffix(path, "/openid-configuration"):
		base := "https://" + r.URL.Host + "/" + strings.Split(path, "/")[1]
		body = fmt.Sprintf(`{"issuer":"%[1]s/v2.0","authorization_endpoint":"%[1]s/authorize","token_endpoint":"%[1]s/oauth2/v2.0/token"}`, base)
	case strings.HasSuffix(path, "/discovery/instance"):
		body = fmt.Sprintf(`{"tenant_discovery_endpoint":"https://%s/t/v2.0/.well-known/openid-configuration","metadata":[]}`, r.URL.Host)
	case strings.Contains(strings.ToLower(path), "/userrealm/"):
		body = `{"ver":"1.0","account_type":"Managed","domain_name":"contoso.com","cloud_instance_name":"x","cloud_audience_urn":"urn:x"}`
	case strings.HasSuffix(path, "/token"):
		status, body = e.issue(path, form)
	default:
		status = http.StatusNotFound
	}
	return &http.Response{
		StatusCode: status, Status: http.StatusText(status), Request: r, Body: io.NopCloser(strings.NewReader(body)),
		Header: http.Header{"Content-Type": {"application/json"}, "Location": {"https://elsewhere.example.test/t/oauth2/v2.0/token"}},
	}, nil
}

func (e *recordedEntra) issue(path string, form url.Values) (int, string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.paths = append(e.paths, path)
	e.forms = append(e.forms, form)
	if e.answer != nil {
		return e.answer(form)
	}
	return http.StatusOK, fmt.Sprintf(`{"token_type":"Bearer","expires_in":3600,"access_token":"token-%d"}`, len(e.forms))
}

// lastForm is the newest token request.
func (e *recordedEntra) lastForm(t *testing.T) url.Values {
	t.Helper()
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.forms) == 0 {
		t.Fatal("no token was asked for")
	}
	return e.forms[len(e.forms)-1]
}

func buildCredential(t *testing.T, id Identity, transport policy.Transporter) azcore.TokenCredential {
	t.Helper()
	cred, err := id.credential(azcore.ClientOptions{Transport: transport, Retry: policy.RetryOptions{MaxRetries: -1}})
	if err != nil {
		t.Fatalf("credential(): %v", err)
	}
	return cred
}

var cognitiveServices = policy.TokenRequestOptions{Scopes: []string{publicCloud.scope}, EnableCAE: true}

// forceToken makes the next GetToken pass azidentity's cache by.
var forceToken = policy.TokenRequestOptions{
	Scopes: []string{publicCloud.scope}, EnableCAE: true, Claims: `{"access_token":{"nbf":{"essential":true,"value":"1"}}}`,
}

func TestIdentityAsksTheRightAuthority(t *testing.T) {
	tokenFile := writeFile(t, "token", "outside")
	secret := Identity{TenantID: "t", ClientID: "c", ClientSecret: "s"}
	at := func(id Identity, authority string) Identity { id.Authority = authority; return id }
	government := azcloud.Configuration{ActiveDirectoryAuthorityHost: "https://login.microsoftonline.us/"}
	for name, tc := range map[string]struct {
		id    Identity
		cloud azcloud.Configuration
		want  []string
	}{
		"the public cloud by default":                          {secret, azcloud.Configuration{}, []string{"login.microsoftonline.com"}},
		"the endpoint's cloud":                                 {secret, government, []string{"login.microsoftonline.us"}},
		"Authority before the endpoint's cloud":                {at(secret, "login.chinacloudapi.cn"), government, []string{"login.chinacloudapi.cn"}},
		"a private authority alone, in capitals, no discovery": {at(secret, "https://Entra.Example.test:8443/"), government, []string{"entra.example.test:8443"}},
		"the variable for a kind that azidentity completes": {
			Identity{Kind: "workload_identity", TenantID: "t", ClientID: "c", TokenFile: tokenFile},
			azcloud.Configuration{},
			[]string{"login.microsoftonline.us"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("AZURE_AUTHORITY_HOST", "https://login.microsoftonline.us/")
			entra := &recordedEntra{}
			cred, err := tc.id.credential(azcore.ClientOptions{Transport: entra, Cloud: tc.cloud})
			if err != nil {
				t.Fatal(err)
			}
			if len(entra.hosts) > 0 {
				t.Errorf("building the credential asked %v", entra.hosts)
			}
			if _, err := cred.GetToken(t.Context(), cognitiveServices); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, slices.Compact(entra.hosts)); diff != "" {
				t.Errorf("hosts asked (-want +got):\n%s", diff)
			}
		})
	}
}

func TestIdentitySecretFollowsNoRedirect(t *testing.T) {
	entra := &recordedEntra{answer: func(url.Values) (int, string) { return http.StatusTemporaryRedirect, "" }}
	client := &http.Client{Transport: entra}
	cred := buildCredential(t, Identity{TenantID: "t", ClientID: "c", ClientSecret: "s", Authority: "entra.example.test"}, client)
	if _, err := cred.GetToken(t.Context(), cognitiveServices); err == nil {
		t.Error("a redirect was taken for a token")
	}
	if got := slices.Compact(entra.hosts); !slices.Equal(got, []string{"entra.example.test"}) {
		t.Errorf("hosts asked: %v", got)
	}
	if client.CheckRedirect != nil {
		t.Error("the caller's client was changed")
	}
}

func TestIdentityUsernamePasswordLeavesTheTenantToEntra(t *testing.T) {
	entra := &recordedEntra{}
	cred := buildCredential(t, Identity{ClientID: "c", Username: "user@contoso.com", Password: "p", Authority: "entra.example.test"}, entra)
	if _, err := cred.GetToken(t.Context(), cognitiveServices); err != nil && len(entra.forms) == 0 {
		t.Fatal(err)
	}
	form := entra.lastForm(t)
	got := []string{form.Get("grant_type"), form.Get("client_id"), form.Get("username"), form.Get("password")}
	got = append(got, entra.paths...)
	want := []string{"password", "c", "user@contoso.com", "p", "/organizations/oauth2/v2.0/token"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the token request (-want +got):\n%s", diff)
	}
}

func TestIdentityAzureCLIAndAzdHonourTheTenant(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the stand-ins for az and azd are shell scripts")
	}
	dir := t.TempDir()
	for tool, answer := range map[string]string{
		"az":  `{"accessToken":"from az","expires_on":4102444800}`,
		"azd": `{"token":"from azd","expiresOn":"2100-01-01T00:00:00Z"}`,
	} {
		script := fmt.Sprintf("#!/bin/sh\necho \"$@\" >> '%s'\necho '%s'\n", filepath.Join(dir, tool+".args"), answer)
		if err := os.WriteFile(filepath.Join(dir, tool), []byte(script), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", dir+string(os.PathListSeparator)+os.Getenv("PATH"))
	for kind, want := range map[string]struct{ token, tool, flag string }{
		"azure_cli": {"from az", "az", "--tenant contoso.com"},
		"azd":       {"from azd", "azd", "--tenant-id contoso.com"},
	} {
		t.Run(kind, func(t *testing.T) {
			cred := buildCredential(t, Identity{Kind: kind, TenantID: "contoso.com"}, nil)
			token, err := cred.GetToken(t.Context(), policy.TokenRequestOptions{Scopes: []string{publicCloud.scope}, EnableCAE: true})
			if err != nil || token.Token != want.token {
				t.Fatalf("GetToken() = %q, %v; want %q", token.Token, err, want.token)
			}
			args, err := os.ReadFile(filepath.Join(dir, want.tool+".args"))
			if err != nil || !strings.Contains(string(args), want.flag) {
				t.Errorf("%s was called with %q, %v; want %q in it", want.tool, args, err, want.flag)
			}
		})
	}
}

func TestIdentityCredentialReportsWhatCannotBeBuilt(t *testing.T) {
	for _, name := range []string{"AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_FEDERATED_TOKEN_FILE"} {
		t.Setenv(name, "") // so that the test's end restores it
		if err := os.Unsetenv(name); err != nil {
			t.Fatal(err)
		}
	}
	for name, tc := range map[string]struct {
		id   Identity
		want string
	}{
		"fields that contradict each other":      {Identity{Kind: "azd", Password: "p"}, "azureadv1: Identity.Password is set"},
		"an environment without variables":       {Identity{Kind: "environment"}, "azureadv1: Identity.Kind environment: missing environment variable AZURE_TENANT_ID"},
		"a workload identity without its fields": {Identity{Kind: "workload_identity"}, "azureadv1: Identity.Kind workload_identity: no client ID"},
		"a certificate that is not there": {
			Identity{TenantID: "t", ClientID: "c", CertificatePath: "/nowhere/c.pem"}, "azureadv1: Identity.Kind client_certificate: Identity.CertificatePath",
		},
	} {
		t.Run(name, func(t *testing.T) {
			cred, err := tc.id.credential(azcore.ClientOptions{})
			wantInError(t, err, tc.want)
			if cred != nil {
				t.Errorf("a credential came with the error: %v", cred)
			}
		})
	}
}

func TestIdentityDefaultChainIsBuiltWithoutAnyVariable(t *testing.T) {
	cred, err := Identity{}.credential(azcore.ClientOptions{Transport: &recordedEntra{}})
	if err != nil || cred == nil {
		t.Fatalf("credential() = %v, %v", cred, err)
	}
}

func TestIdentityHint(t *testing.T) {
	for name, tc := range map[string]struct {
		err  error
		want string
	}{
		"nothing":                          {nil, ""},
		"an unknown failure":               {errors.New("AADSTS99999999: what?"), ""},
		"the secret's id":                  {errors.New(`{"error_description":"AADSTS7000215: Invalid client secret provided."}`), "not to its Secret ID"},
		"an expired secret":                {errors.New("AADSTS7000222: expired"), "has expired"},
		"an app of another tenant":         {errors.New("AADSTS700016: not found"), "Identity.TenantID"},
		"a code that begins like another":  {errors.New("AADSTS7000219: other"), ""},
		"a stale assertion of nobody":      {errors.New("AADSTS700024: not within its valid time range"), "clock"},
		"a chain without any credential":   {errors.New("DefaultAzureCredential: failed to acquire a token.\nAttempted credentials:\n\tX"), "Identity.Kind"},
		"a stale assertion of a file":      {&federatedError{source: federatedSource{ref: "oidc/file/x"}, cause: errors.New("AADSTS700024: late")}, "oidc/file/x"},
		"an assertion nobody is ready for": {errors.New("AADSTS700213: no matching subject"), "subject"},
	} {
		t.Run(name, func(t *testing.T) {
			got := adviceOn(tc.err).hint
			if !strings.Contains(got, tc.want) || (tc.want == "") != (got == "") {
				t.Errorf("hint = %q, want %q in it", got, tc.want)
			}
		})
	}
}

func writeFile(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
