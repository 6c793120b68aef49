package azureadv1

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// federated is an identity whose outside token lies where ref says.
func federated(ref string) Identity {
	return Identity{Kind: "federated", TenantID: "t", ClientID: "c", TokenFile: ref, Authority: "entra.example.test"}
}

func TestFederatedTokenIsReadAgainAtEveryExchange(t *testing.T) {
	path := filepath.Join(t.TempDir(), "token")
	for name, tc := range map[string]struct {
		ref string
		put func(t *testing.T, token string)
	}{
		"a plain path":                {path, func(t *testing.T, token string) { rewrite(t, path, token) }},
		"a file":                      {"oidc/file/" + path, func(t *testing.T, token string) { rewrite(t, path, token) }},
		"a variable":                  {"oidc/env/OUTSIDE_TOKEN", func(t *testing.T, token string) { t.Setenv("OUTSIDE_TOKEN", token) }},
		"a variable that names files": {"oidc/env_path/OUTSIDE_PATH", func(t *testing.T, token string) { t.Setenv("OUTSIDE_PATH", writeFile(t, "token", token)) }},
	} {
		t.Run(name, func(t *testing.T) {
			entra := &recordedEntra{}
			cred := buildCredential(t, federated(tc.ref), entra)
			var sent []string
			for _, token := range []string{"first", " second\n", "third"} {
				tc.put(t, token)
				if _, err := cred.GetToken(t.Context(), forceToken); err != nil {
					t.Fatal(err)
				}
				sent = append(sent, entra.lastForm(t).Get("client_assertion"))
			}
			if diff := cmp.Diff([]string{"first", "second", "third"}, sent); diff != "" {
				t.Errorf("assertions sent (-want +got):\n%s", diff)
			}
			if _, err := cred.GetToken(t.Context(), cognitiveServices); err != nil || len(entra.forms) != 3 {
				t.Errorf("with a good token in the cache %d exchanges were made, %v; want 3", len(entra.forms), err)
			}
		})
	}
}

func TestFederatedTokenThatCannotBeRead(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("EMPTY_TOKEN", " ")
	t.Setenv("NO_PATH", filepath.Join(dir, "gone"))
	for name, tc := range map[string]struct {
		ref  string
		want []string
		is   error
	}{
		"no such file": {
			"oidc/file/" + filepath.Join(dir, "gone"), []string{`Identity.TokenFile "oidc/file/`, "gone", "no such file"}, fs.ErrNotExist,
		},
		"a relative path that was meant to be absolute": {
			"oidc/file/var/run/no-such-token", []string{"oidc/file//var/run/no-such-token"}, nil,
		},
		"an empty file":                   {writeFile(t, "empty", "\n"), []string{"is empty"}, nil},
		"a folder":                        {dir, []string{"is not a regular file"}, nil},
		"a file too large for a token":    {writeFile(t, "large", strings.Repeat("x", tokenFileLimit+1)), []string{"is larger than 65536 bytes"}, nil},
		"a variable that is not set":      {"oidc/env/NO_SUCH_TOKEN", []string{"the variable NO_SUCH_TOKEN is not set"}, nil},
		"a blank variable":                {"oidc/env/EMPTY_TOKEN", []string{"the variable EMPTY_TOKEN is not set"}, nil},
		"a variable with a path to gone":  {"oidc/env_path/NO_PATH", []string{"oidc/env_path/NO_PATH", "no such file"}, fs.ErrNotExist},
		"no path in the path's variable":  {"oidc/env_path/NO_SUCH_PATH", []string{"the variable NO_SUCH_PATH is not set"}, nil},
		"GitHub outside a GitHub runner":  {"oidc/github/aud", []string{githubURLVariable, "id-token: write"}, nil},
		"a plain path that is not a file": {filepath.Join(dir, "gone"), []string{"no such file"}, fs.ErrNotExist},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv(githubURLVariable, "")
			entra := &recordedEntra{}
			_, err := buildCredential(t, federated(tc.ref), entra).GetToken(t.Context(), cognitiveServices)
			wantInError(t, err, tc.want...)
			if tc.is != nil && !errors.Is(err, tc.is) {
				t.Errorf("the chain has no %v: %v", tc.is, err)
			}
			if len(entra.forms) > 0 {
				t.Errorf("Entra was asked all the same: %v", entra.forms)
			}
		})
	}
}

func TestFederatedGitHubAsksTheRunner(t *testing.T) {
	const audience = "api://AzureADTokenExchange"
	for name, tc := range map[string]struct {
		status int
		body   string
		token  string
		want   string // in the error
	}{
		"the token of the job":        {http.StatusOK, `{"count":1,"value":"outside-jwt"}`, "outside-jwt", ""},
		"a job without the right":     {http.StatusForbidden, `{"message":"hush"}`, "", "answered 403"},
		"a redirect":                  {http.StatusFound, "", "", "answered 302"},
		"an answer without a token":   {http.StatusOK, `{"hush":1}`, "", "without a token in the field value"},
		"an answer that is no JSON":   {http.StatusOK, "hush", "", "without a token in the field value"},
		"an answer without an end":    {http.StatusOK, `{"value":"` + strings.Repeat("hush", tokenFileLimit) + `"}`, "", "without a token"},
		"a runner that hangs up":      {0, "", "", "asking 127.0.0.1"},
		"a token of the wrong nature": {http.StatusOK, `{"value":17}`, "", "without a token in the field value"},
	} {
		t.Run(name, func(t *testing.T) {
			var asked []*http.Request
			runner := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				asked = append(asked, r)
				if tc.status == 0 {
					panic(http.ErrAbortHandler)
				}
				w.Header().Set("Location", "https://elsewhere.example.test/")
				w.WriteHeader(tc.status)
				_, _ = w.Write([]byte(tc.body))
			}))
			defer runner.Close()
			t.Setenv(githubURLVariable, runner.URL+"/job-hush/idtoken?api-version=2.0&key=hush")
			t.Setenv(githubTokenVariable, "runner-hush")
			entra := &recordedEntra{}
			client := &http.Client{Transport: splitTransport{entra, runner.Client().Transport}}
			_, err := buildCredential(t, federated("oidc/github/"+audience), client).GetToken(t.Context(), cognitiveServices)
			if tc.want != "" {
				wantInError(t, err, tc.want, "oidc/github/"+audience)
				if strings.Contains(err.Error(), "hush") {
					t.Errorf("the error shows a secret: %v", err)
				}
				return
			}
			if err != nil || entra.lastForm(t).Get("client_assertion") != tc.token {
				t.Fatalf("GetToken(): %v, assertions %v", err, entra.forms)
			}
			got := []string{asked[0].Method, asked[0].URL.Path, asked[0].URL.Query().Get("audience"), asked[0].URL.Query().Get("key"), asked[0].Header.Get("Authorization")}
			if diff := cmp.Diff([]string{"GET", "/job-hush/idtoken", audience, "hush", "Bearer runner-hush"}, got); diff != "" {
				t.Errorf("the runner was asked (-want +got):\n%s", diff)
			}
		})
	}
}

func TestFederatedGitHubSendsTheJobsTokenNowhereElse(t *testing.T) {
	for name, tc := range map[string]struct{ url, token, want string }{
		"plain http off loopback": {"http://runner.example.test/id", "hush", "over https only"},
		"another scheme":          {"ftp://runner.example.test/id", "hush", "over https only"},
		"no host":                 {"https:///id", "hush", "holds no URL"},
		"no URL":                  {"::", "hush", "holds no URL"},
		"no token":                {"https://runner.example.test/id", "", githubTokenVariable},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv(githubURLVariable, tc.url)
			t.Setenv(githubTokenVariable, tc.token)
			entra := &recordedEntra{}
			_, err := buildCredential(t, federated("oidc/github/aud"), entra).GetToken(t.Context(), cognitiveServices)
			wantInError(t, err, tc.want)
			for _, host := range entra.hosts {
				if host == "runner.example.test" {
					t.Error("the runner was asked")
				}
			}
		})
	}
}

func TestFederatedRefusalNamesTheFileAndItsExpiry(t *testing.T) {
	expired := jwtWith(t, fmt.Sprintf(`{"exp":%d}`, time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC).Unix()))
	late := func(url.Values) (int, string) {
		return http.StatusUnauthorized, `{"error":"invalid_client","error_description":"AADSTS700024: Client assertion is not within its valid time range."}`
	}
	path := writeFile(t, "token", expired)
	t.Setenv("AZURE_FEDERATED_TOKEN_FILE", path)
	for name, tc := range map[string]struct {
		id   Identity
		want []string
	}{
		"federated": {federated("oidc/file/" + path), []string{"oidc/file/" + path, "2026-01-02T03:04:05Z"}},
		"a workload identity by its field": {
			Identity{TenantID: "t", ClientID: "c", TokenFile: path, Authority: "entra.example.test"}, []string{path, "2026-01-02T03:04:05Z"},
		},
		"a workload identity by its variable": {
			Identity{Kind: "workload_identity", TenantID: "t", ClientID: "c", Authority: "entra.example.test"},
			[]string{"AZURE_FEDERATED_TOKEN_FILE", "2026-01-02T03:04:05Z"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := buildCredential(t, tc.id, &recordedEntra{answer: late}).GetToken(t.Context(), cognitiveServices)
			wantInError(t, err, "AADSTS700024")
			hint := adviceOn(fmt.Errorf("token provider: %w", err)).hint
			for _, want := range tc.want {
				if !strings.Contains(hint, want) {
					t.Errorf("the hint %q lacks %q", hint, want)
				}
			}
			if strings.Contains(hint+err.Error(), expired) {
				t.Error("the outside token is shown")
			}
		})
	}
}

func TestAssertionExpiryOfWhatIsNoToken(t *testing.T) {
	for name, token := range map[string]string{
		"nothing": "", "no dots": "abc", "no base64": "a.!.c", "no JSON": jwtWith(t, "x"), "no exp": jwtWith(t, `{}`),
		"exp is text": jwtWith(t, `{"exp":"soon"}`), "exp is negative": jwtWith(t, `{"exp":-1}`), "exp is beyond time": jwtWith(t, `{"exp":1e300}`),
	} {
		if got := assertionExpiry(token); !got.IsZero() {
			t.Errorf("%s: expiry %v, want none", name, got)
		}
	}
	if got, want := assertionExpiry(jwtWith(t, `{"exp":1767323045.9}`)), time.Unix(1767323045, 0); !got.Equal(want) {
		t.Errorf("expiry %v, want %v", got, want)
	}
}

// splitTransport sends loopback requests to the runner and all others to Entra.
type splitTransport struct{ entra, runner http.RoundTripper }

func (s splitTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	if isLoopback(r.URL.Hostname()) {
		return s.runner.RoundTrip(r)
	}
	return s.entra.RoundTrip(r)
}

func rewrite(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func jwtWith(t *testing.T, payload string) string {
	t.Helper()
	return "eyJhbGciOiJub25lIn0." + base64.RawURLEncoding.EncodeToString([]byte(payload)) + ".c2ln"
}
