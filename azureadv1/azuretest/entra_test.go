package azuretest_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"maps"
	"math/big"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	"github.com/google/go-cmp/cmp"

	"github.com/seed-a739af98/langchaingo-azure/azureadv1/azuretest"
)

func TestRealClientSecretCredential(t *testing.T) {
	bothForms(t, azuretest.Options{}, func(t *testing.T, s *azuretest.Server) {
		first := getToken(t, s.Credential(), cognitiveScope)
		again := getToken(t, s.Credential(), cognitiveScope)
		if first.Token != again.Token {
			t.Error("the second GetToken should come from azidentity's cache")
		}
		if got := s.Stats(); got.TokenRequests != 1 || got.DiscoveryRequests != 1 {
			t.Errorf("Stats = %+v, want 1 token request and 1 discovery", got)
		}
		if a := ask(t, s, http.MethodPost, v1Chat, hello, bearer(first.Token)); a.status != http.StatusOK {
			t.Errorf("chat with the token: %d %s", a.status, a.body)
		}
		asked := s.TokenRequests()[0]
		if asked.Grant != "client_credentials" || asked.TenantID != azuretest.DefaultTenantID || asked.ClientID != azuretest.DefaultClientID ||
			!strings.HasPrefix(asked.Scope, cognitiveScope) || asked.Status != 200 || asked.TokenFingerprint != azuretest.Fingerprint(first.Token) {
			t.Errorf("TokenRequests[0] = %+v", asked)
		}
	})
}

func TestRealManagedIdentity(t *testing.T) {
	managed := func(t *testing.T, s *azuretest.Server, id azidentity.ManagedIDKind) (azcore.AccessToken, error) {
		t.Helper()
		cred, err := azidentity.NewManagedIdentityCredential(&azidentity.ManagedIdentityCredentialOptions{ClientOptions: s.ClientOptions(), ID: id})
		if err != nil {
			t.Fatalf("NewManagedIdentityCredential: %v", err)
		}
		return cred.GetToken(t.Context(), policy.TokenRequestOptions{Scopes: []string{cognitiveScope}})
	}
	for _, name := range []string{"App Service", "IMDS"} {
		t.Run(name, func(t *testing.T) {
			for _, form := range []string{"loopback", "memory"} {
				client := name + " " + form // azidentity's cache of these tokens is the process's
				opts := azuretest.Options{TokenLifetime: 24 * time.Hour, Apps: []azuretest.App{{ClientID: client}}}
				s := azuretest.New(opts)
				if form == "loopback" {
					s = start(t, opts)
				}
				if name == "App Service" {
					endpoint, header := s.IdentityEndpoint()
					t.Setenv("IDENTITY_ENDPOINT", endpoint)
					t.Setenv("IDENTITY_HEADER", header)
				}
				token, err := managed(t, s, azidentity.ClientID(client))
				if err != nil {
					t.Fatalf("%s: GetToken: %v", form, err)
				}
				if token.RefreshOn.IsZero() {
					t.Errorf("%s: azidentity should set RefreshOn for a managed identity's first answer", form)
				}
				if a := ask(t, s, http.MethodPost, v1Chat, hello, bearer(token.Token)); a.status != http.StatusOK {
					t.Errorf("%s: chat with the token: %d %s", form, a.status, a.body)
				}
				if got := s.Stats(); got.IMDSRequests == 0 || got.TokenRequests != 0 {
					t.Errorf("%s: Stats = %+v, want IMDS requests only", form, got)
				}
				if _, err := managed(t, s, azidentity.ClientID("nobody")); err == nil {
					t.Errorf("%s: an unknown user-assigned identity got a token", form)
				}
				closeServer(t, s)
			}
		})
	}
}

func TestRealWorkloadIdentity(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := inMemory(t, azuretest.Options{Apps: []azuretest.App{{ClientID: "workload"}}, TokenLifetime: 10 * time.Minute})
		file := filepath.Join(t.TempDir(), "token")
		project := func(life time.Duration) {
			assertion := s.IssueToken(azuretest.Claims{Audience: "api://AzureADTokenExchange", Expires: time.Now().Add(life)})
			if err := os.WriteFile(file, []byte(assertion), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		project(20 * time.Minute)
		cred, err := azidentity.NewWorkloadIdentityCredential(&azidentity.WorkloadIdentityCredentialOptions{
			ClientOptions: s.ClientOptions(), ClientID: "workload", TenantID: azuretest.DefaultTenantID, TokenFilePath: file, DisableInstanceDiscovery: true,
		})
		if err != nil {
			t.Fatal(err)
		}
		getToken(t, cred, cognitiveScope)
		time.Sleep(30 * time.Minute)
		_, err = cred.GetToken(t.Context(), policy.TokenRequestOptions{Scopes: []string{cognitiveScope}})
		if err == nil || !strings.Contains(err.Error(), "AADSTS700024") {
			t.Errorf("an outlived federated token: error = %v, want AADSTS700024", err)
		}
		project(40 * time.Minute)
		time.Sleep(11 * time.Minute) // azidentity reads the file again after 10
		getToken(t, cred, cognitiveScope)
	})
}

func TestRealCertificateAndPassword(t *testing.T) {
	bothForms(t, azuretest.Options{Users: map[string]string{"ada@contoso.example": "lovelace"}}, func(t *testing.T, s *azuretest.Server) {
		rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			t.Fatal(err)
		}
		template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
		der, err := x509.CreateCertificate(rand.Reader, template, template, &rsaKey.PublicKey, rsaKey)
		if err != nil {
			t.Fatal(err)
		}
		cert, err := x509.ParseCertificate(der)
		if err != nil {
			t.Fatal(err)
		}
		byCert, err := azidentity.NewClientCertificateCredential(azuretest.DefaultTenantID, azuretest.DefaultClientID, []*x509.Certificate{cert}, rsaKey,
			&azidentity.ClientCertificateCredentialOptions{ClientOptions: s.ClientOptions(), DisableInstanceDiscovery: true})
		if err != nil {
			t.Fatal(err)
		}
		getToken(t, byCert, cognitiveScope)

		for password, want := range map[string]string{"lovelace": "", "babbage": "AADSTS50126"} {
			//nolint:staticcheck // deprecated by azidentity, still in use
			byName, err := azidentity.NewUsernamePasswordCredential(azuretest.DefaultTenantID, azuretest.DefaultClientID, "ada@contoso.example", password,
				&azidentity.UsernamePasswordCredentialOptions{ClientOptions: s.ClientOptions(), DisableInstanceDiscovery: true})
			if err != nil {
				t.Fatal(err)
			}
			_, err = byName.GetToken(t.Context(), policy.TokenRequestOptions{Scopes: []string{cognitiveScope}})
			if got := err != nil; got != (want != "") || got && !strings.Contains(err.Error(), want) {
				t.Errorf("password %q: error = %v, want %q", password, err, want)
			}
		}
	})
}

func TestTokenEndpointRefusals(t *testing.T) {
	s := inMemory(t, azuretest.Options{Apps: []azuretest.App{{ClientID: "federated-only"}}})
	good := func() url.Values {
		return url.Values{
			"grant_type": {"client_credentials"}, "client_id": {azuretest.DefaultClientID}, "client_secret": {azuretest.DefaultClientSecret},
			"scope": {cognitiveScope},
		}
	}
	expired := s.IssueToken(azuretest.Claims{IssuedAt: time.Now().Add(-2 * time.Hour), Expires: time.Now().Add(-time.Hour)})
	assertionType := "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
	for _, tt := range []struct {
		name, tenant string
		change       func(url.Values)
		status, code int
		kind         string
	}{
		{name: "a good request", status: 200},
		{name: "claims that are a JSON object", status: 200, change: func(f url.Values) { f.Set("claims", `{"access_token":{}}`) }},
		{name: "another scope beside the resource's", status: 200, change: func(f url.Values) { f.Set("scope", "openid "+cognitiveScope) }},
		{name: "an unknown tenant", tenant: "nowhere", status: 400, code: 90002, kind: "invalid_request"},
		{name: "an unknown client", status: 400, code: 700016, kind: "unauthorized_client", change: func(f url.Values) { f.Set("client_id", "nobody") }},
		{name: "no client", status: 400, code: 700016, kind: "unauthorized_client", change: func(f url.Values) { f.Del("client_id") }},
		{name: "a wrong secret", status: 401, code: 7000215, kind: "invalid_client", change: func(f url.Values) { f.Set("client_secret", "no") }},
		{name: "no secret", status: 401, code: 7000218, kind: "invalid_client", change: func(f url.Values) { f.Del("client_secret") }},
		{name: "a secret for an app that has none", status: 401, code: 7000215, kind: "invalid_client", change: func(f url.Values) { f.Set("client_id", "federated-only") }},
		{name: "an assertion that is no token", status: 401, code: 50027, kind: "invalid_client", change: func(f url.Values) {
			f.Set("client_assertion", "x")
			f.Set("client_assertion_type", assertionType)
		}},
		{name: "an expired assertion", status: 401, code: 700024, kind: "invalid_client", change: func(f url.Values) {
			f.Set("client_assertion", expired)
			f.Set("client_assertion_type", assertionType)
		}},
		{name: "an assertion of another type", status: 401, code: 50027, kind: "invalid_client", change: func(f url.Values) {
			f.Set("client_assertion", s.IssueToken(azuretest.Claims{}))
		}},
		{name: "a scope without .default", status: 400, code: 1002012, kind: "invalid_scope", change: func(f url.Values) { f.Set("scope", "https://cognitiveservices.azure.com") }},
		{name: "no scope", status: 400, code: 1002012, kind: "invalid_scope", change: func(f url.Values) { f.Del("scope") }},
		{name: "an unsupported grant", status: 400, code: 70003, kind: "unsupported_grant_type", change: func(f url.Values) { f.Set("grant_type", "magic") }},
		{name: "claims that are no JSON", status: 400, code: 90100, kind: "invalid_request", change: func(f url.Values) { f.Set("claims", "{") }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			form, tenant := good(), azuretest.DefaultTenantID
			if tt.change != nil {
				tt.change(form)
			}
			if tt.tenant != "" {
				tenant = tt.tenant
			}
			got := askEntra(t, s, tenant+"/oauth2/v2.0/token", form)
			if got.status != tt.status {
				t.Fatalf("status = %d, want %d: %s", got.status, tt.status, got.body)
			}
			asked := s.TokenRequests()
			if record := asked[len(asked)-1]; record.Status != tt.status || record.Code != tt.code || record.TenantID != tenant {
				t.Errorf("record = %+v", record)
			}
			if tt.code == 0 {
				return
			}
			var body struct {
				Error       string `json:"error"`
				Description string `json:"error_description"`
				Codes       []int  `json:"error_codes"`
			}
			if err := json.Unmarshal([]byte(got.body), &body); err != nil {
				t.Fatal(err)
			}
			if body.Error != tt.kind || !cmp.Equal(body.Codes, []int{tt.code}) || !strings.HasPrefix(body.Description, "AADSTS") {
				t.Errorf("body = %s", got.body)
			}
			if strings.Contains(got.body, azuretest.DefaultClientSecret) {
				t.Error("the refusal repeats the secret")
			}
		})
	}
}

func askEntra(t *testing.T, s *azuretest.Server, path string, form url.Values) answer {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.Authority()+path, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := s.HTTPClient().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	return readAnswer(t, resp)
}

func TestEveryTokenIsItsOwn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := inMemory(t, azuretest.Options{TokenLifetime: 1500 * time.Millisecond, RefreshIn: 700 * time.Millisecond})
		form := url.Values{
			"grant_type": {"client_credentials"}, "client_id": {azuretest.DefaultClientID}, "client_secret": {azuretest.DefaultClientSecret},
			"scope": {cognitiveScope},
		}
		seen := make(map[string]bool)
		for range 50 {
			got := askEntra(t, s, azuretest.DefaultTenantID+"/oauth2/v2.0/token", form).object(t)
			token, _ := got["access_token"].(string)
			if seen[token] {
				t.Fatal("a token was issued twice")
			}
			seen[token] = true
			if got["expires_in"] != 2.0 || got["refresh_in"] != 1.0 {
				t.Errorf("expires_in, refresh_in = %v, %v; want 2 and 1: fractions rounded up", got["expires_in"], got["refresh_in"])
			}
			time.Sleep(10 * time.Millisecond)
		}
	})
}

func TestTokensOfOneSecondLiveOneSecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := inMemory(t, azuretest.Options{TokenLifetime: time.Nanosecond})
		token := getToken(t, s.Credential(), cognitiveScope)
		if left := time.Until(token.ExpiresOn); left != time.Second {
			t.Errorf("ExpiresOn is %v away, want the minimum of 1 s", left)
		}
		time.Sleep(time.Second - time.Nanosecond)
		if a := ask(t, s, http.MethodPost, v1Chat, hello, bearer(token.Token)); a.status != 200 {
			t.Errorf("just before its end the token got %d %s", a.status, a.body)
		}
		time.Sleep(time.Nanosecond)
		a := ask(t, s, http.MethodPost, v1Chat, hello, bearer(token.Token))
		if a.status != 401 || !strings.HasPrefix(last(t, s).Problem, "token expired") {
			t.Errorf("at its end the token got %d, %q", a.status, last(t, s).Problem)
		}
	})
}

func TestDaysOfRotationInVirtualTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := inMemory(t, azuretest.Options{KeepLast: 10})
		for range 3 * 24 * 6 {
			token := getToken(t, s.Credential(), cognitiveScope)
			if a := ask(t, s, http.MethodPost, v1Chat, hello, bearer(token.Token)); a.status != 200 {
				t.Fatalf("after %d calls: %d %s", s.Stats().Calls, a.status, a.body)
			}
			time.Sleep(10 * time.Minute)
		}
		got := s.Stats()
		if got.Calls != 432 || got.RefusedTokens != 0 {
			t.Errorf("Stats = %+v, want 432 calls and no refused token", got)
		}
		if got.TokenRequests < 71 || got.TokenRequests > 87 {
			t.Errorf("%d token requests in 72 h of 1 h tokens", got.TokenRequests)
		}
		if n, m := len(s.Requests()), len(s.TokenRequests()); n != 10 || m != 10 {
			t.Errorf("KeepLast 10 kept %d requests and %d token requests", n, m)
		}
	})
}

func TestEntraTrouble(t *testing.T) {
	scope := policy.TokenRequestOptions{Scopes: []string{cognitiveScope}, EnableCAE: true}
	t.Run("down: every try fails, azcore's own retries included", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s := inMemory(t, azuretest.Options{})
			getToken(t, s.Credential(), "https://other.example/.default") // discovery is done
			s.SetEntraDown(true)
			if _, err := s.Credential().GetToken(t.Context(), scope); err == nil {
				t.Error("a token came from a dead Entra")
			}
			if got := s.Stats().TokenRequests; got != 5 {
				t.Errorf("TokenRequests = %d, want 1 + 4 tries", got)
			}
			if got := s.TokenRequests()[1]; got.Status != 0 || !strings.Contains(got.Scope, "cognitive") {
				t.Errorf("record of a dropped request = %+v", got)
			}
			s.SetEntraDown(false)
			getToken(t, s.Credential(), cognitiveScope)
		})
	})
	t.Run("503", func(t *testing.T) {
		s := start(t, azuretest.Options{})
		s.SetEntraStatus(http.StatusServiceUnavailable)
		options := s.ClientOptions()
		options.Retry.MaxRetries = -1
		cred, err := azidentity.NewClientSecretCredential(azuretest.DefaultTenantID, azuretest.DefaultClientID, azuretest.DefaultClientSecret,
			&azidentity.ClientSecretCredentialOptions{ClientOptions: options, DisableInstanceDiscovery: true})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := cred.GetToken(t.Context(), scope); err == nil {
			t.Error("a token came with 503")
		}
		if got := s.Stats().DiscoveryRequests; got != 1 {
			t.Errorf("DiscoveryRequests = %d, want 1", got)
		}
		s.SetEntraStatus(0)
		getToken(t, cred, cognitiveScope)
	})
	t.Run("slow", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s := inMemory(t, azuretest.Options{})
			s.SetEntraDelay(5 * time.Second)
			began := time.Now()
			getToken(t, s.Credential(), cognitiveScope)
			if took := time.Since(began); took != 10*time.Second {
				t.Errorf("discovery and token took %v, want 5 s each", took)
			}
		})
	})
}

func TestAppsAndTenants(t *testing.T) {
	s := inMemory(t, azuretest.Options{Apps: []azuretest.App{
		{ClientID: "second", ClientSecret: "s2"},
		{ClientID: "third", ClientSecret: "s3", NoRole: true},
		{TenantID: "99999999-0000-4000-8000-000000000000", ClientID: "guest", ClientSecret: "s4"},
	}})
	for _, tt := range []struct {
		name, tenant, client, secret string
		status                       int
		part                         string
	}{
		{"another app of the tenant", azuretest.DefaultTenantID, "second", "s2", 200, "Hello from chat."},
		{"an app without a role", azuretest.DefaultTenantID, "third", "s3", 401, "PermissionDenied"},
		{"an app of another tenant", "99999999-0000-4000-8000-000000000000", "guest", "s4", 400, "Tenant provided in token does not match resource token"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			cred, err := s.CredentialFor(tt.tenant, tt.client, tt.secret)
			if err != nil {
				t.Fatal(err)
			}
			token := getToken(t, cred, cognitiveScope)
			a := ask(t, s, http.MethodPost, v1Chat, hello, bearer(token.Token))
			if a.status != tt.status || !strings.Contains(a.body, tt.part) {
				t.Errorf("%d %s, want %d %s", a.status, a.body, tt.status, tt.part)
			}
			claims, ok := last(t, s).Claims()
			if !ok || claims.TenantID != tt.tenant || claims.ClientID != tt.client || claims.Audience != "https://cognitiveservices.azure.com" {
				t.Errorf("Claims = %+v", claims)
			}
		})
	}
}

func TestCredentialOfAnImpossibleTenantFailsAtItsUse(t *testing.T) {
	s := inMemory(t, azuretest.Options{TenantID: "not/a tenant"})
	_, err := s.Credential().GetToken(t.Context(), policy.TokenRequestOptions{Scopes: []string{cognitiveScope}})
	if err == nil {
		t.Error("GetToken succeeded")
	}
}

func TestSovereignAuthorities(t *testing.T) {
	for host, want := range map[string]string{
		"r.openai.azure.com": "https://login.microsoftonline.com/",
		"r.openai.azure.us":  "https://login.microsoftonline.us/",
		"r.openai.azure.cn":  "https://login.chinacloudapi.cn/",
	} {
		s := inMemory(t, azuretest.Options{Host: host})
		if s.Authority() != want {
			t.Errorf("%s: Authority = %s, want %s", host, s.Authority(), want)
		}
		audience := "https://cognitiveservices" + host[strings.Index(host, ".azure"):]
		token := getToken(t, s.Credential(), audience+"/.default")
		if a := ask(t, s, http.MethodPost, v1Chat, hello, bearer(token.Token)); a.status != 200 {
			t.Errorf("%s: %d %s", host, a.status, a.body)
		}
		if got := s.TokenRequests()[0].Host; "https://"+got+"/" != want {
			t.Errorf("%s: the token was asked at %s", host, got)
		}
	}
}

func TestInstanceDiscoveryAnswersToo(t *testing.T) {
	s := inMemory(t, azuretest.Options{})
	cred, err := azidentity.NewClientSecretCredential(azuretest.DefaultTenantID, azuretest.DefaultClientID, azuretest.DefaultClientSecret,
		&azidentity.ClientSecretCredentialOptions{ClientOptions: s.ClientOptions()})
	if err != nil {
		t.Fatal(err)
	}
	getToken(t, cred, cognitiveScope)
	if got := s.Stats().DiscoveryRequests; got < 2 {
		t.Errorf("DiscoveryRequests = %d, want instance discovery and metadata", got)
	}
}

func TestManagedIdentityRefusals(t *testing.T) {
	s := start(t, azuretest.Options{})
	endpoint, header := s.IdentityEndpoint()
	query := "?api-version=2019-08-01&resource=https://cognitiveservices.azure.com"
	for _, tt := range []struct {
		name, url string
		header    http.Header
		status    int
	}{
		{"IMDS", "http://169.254.169.254/metadata/identity/oauth2/token" + query, http.Header{"Metadata": {"true"}}, 200},
		{"IMDS without its header", "http://169.254.169.254/metadata/identity/oauth2/token" + query, nil, 400},
		{"IMDS without a resource", "http://169.254.169.254/metadata/identity/oauth2/token", http.Header{"Metadata": {"true"}}, 400},
		{"App Service", endpoint + query, http.Header{"X-Identity-Header": {header}}, 200},
		{"App Service with a wrong header", endpoint + query, http.Header{"X-Identity-Header": {"no"}}, 403},
		{"App Service for an unknown identity", endpoint + query + "&client_id=no", http.Header{"X-Identity-Header": {header}}, 400},
	} {
		t.Run(tt.name, func(t *testing.T) {
			req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, tt.url, nil)
			if err != nil {
				t.Fatal(err)
			}
			maps.Copy(req.Header, tt.header)
			resp, err := s.HTTPClient().Do(req)
			if err != nil {
				t.Fatal(err)
			}
			if got := readAnswer(t, resp); got.status != tt.status {
				t.Errorf("status = %d, want %d: %s", got.status, tt.status, got.body)
			}
		})
	}
	if asked := s.TokenRequests(); asked[0].Grant != "managed_identity" || asked[0].Scope != "https://cognitiveservices.azure.com" {
		t.Errorf("TokenRequests[0] = %+v", asked[0])
	}
}

func TestForeignTokensAreRefused(t *testing.T) {
	s, other := inMemory(t, azuretest.Options{}), inMemory(t, azuretest.Options{})
	a := ask(t, s, http.MethodPost, v1Chat, hello, bearer(other.IssueToken(azuretest.Claims{})))
	if a.status != 401 || s.Stats().RefusedTokens != 1 {
		t.Errorf("a token of another server: %d %s", a.status, a.body)
	}
}
