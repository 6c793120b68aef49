package azureadv1

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/google/go-cmp/cmp"

	"github.com/seed-a739af98/langchaingo-azure/azureadv1/azuretest"
)

// startEntra starts the stand-in over TLS. Its tokens outlive the test.
func startEntra(t *testing.T, opts azuretest.Options) *azuretest.Server {
	t.Helper()
	s, err := azuretest.Start(opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		s.HTTPClient().CloseIdleConnections()
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// appAt is the app registration that the stand-in knows, signing in at its authority.
func appAt(s *azuretest.Server) Identity {
	return Identity{TenantID: azuretest.DefaultTenantID, ClientID: azuretest.DefaultClientID, Authority: s.Authority()}
}

// entraAccepts fetches a token and spends it on a call, which is what a credential is for. The fetch carries claims since
// azidentity caches managed identities' tokens for the whole process, beyond the life of one stand-in.
func entraAccepts(t *testing.T, s *azuretest.Server, id Identity) {
	t.Helper()
	token, err := buildCredential(t, id, s.HTTPClient()).GetToken(t.Context(), forceToken)
	if err != nil {
		t.Fatal(err)
	}
	url := s.Endpoint() + "/openai/v1/chat/completions"
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(`{"model":"chat","messages":[{"role":"user","content":"hi"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token.Token)
	req.Header.Set("Content-Type", "application/json")
	resp, err := s.HTTPClient().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		t.Errorf("the call with the token was answered %d", resp.StatusCode)
	}
}

func TestIdentityKindsAgainstEntra(t *testing.T) {
	s := startEntra(t, azuretest.Options{})
	outside := jwtWith(t, `{"exp":4102444800}`)
	file := writeFile(t, "outside-token", outside)
	certificate, _ := makeCertificate(t)
	endpoint, header := s.IdentityEndpoint()
	t.Setenv("OUTSIDE_TOKEN", outside)
	t.Setenv("OUTSIDE_PATH", file)
	with := func(change func(*Identity)) Identity { id := appAt(s); change(&id); return id }
	for name, tc := range map[string]struct {
		id    Identity
		env   map[string]string
		grant string
	}{
		"client_secret": {
			id: with(func(id *Identity) { id.ClientSecret = azuretest.DefaultClientSecret }), grant: "client_credentials",
		},
		"client_certificate": {
			id: with(func(id *Identity) { id.CertificatePath = writeFile(t, "cert.pem", string(certificate)) }), grant: "client_credentials",
		},
		"workload_identity by its fields": {
			id: with(func(id *Identity) { id.TokenFile = file }), grant: "client_credentials",
		},
		"workload_identity by azidentity's variables": {
			id: Identity{Kind: "workload_identity", Authority: s.Authority()}, grant: "client_credentials",
			env: map[string]string{
				"AZURE_TENANT_ID": azuretest.DefaultTenantID, "AZURE_CLIENT_ID": azuretest.DefaultClientID, "AZURE_FEDERATED_TOKEN_FILE": file,
			},
		},
		"environment": {
			id: Identity{Kind: "environment", Authority: s.Authority()}, grant: "client_credentials",
			env: map[string]string{
				"AZURE_TENANT_ID": azuretest.DefaultTenantID, "AZURE_CLIENT_ID": azuretest.DefaultClientID, "AZURE_CLIENT_SECRET": azuretest.DefaultClientSecret,
			},
		},
		"default, by the environment": {
			id: Identity{Authority: s.Authority()}, grant: "client_credentials",
			env: map[string]string{
				"AZURE_TENANT_ID": azuretest.DefaultTenantID, "AZURE_CLIENT_ID": azuretest.DefaultClientID, "AZURE_CLIENT_SECRET": azuretest.DefaultClientSecret,
			},
		},
		"federated from a file": {
			id: with(func(id *Identity) { id.TokenFile = "oidc/file/" + file }), grant: "client_credentials",
		},
		"federated from a variable": {
			id: with(func(id *Identity) { id.TokenFile = "oidc/env/OUTSIDE_TOKEN" }), grant: "client_credentials",
		},
		"federated from a variable's file": {
			id: with(func(id *Identity) { id.TokenFile = "oidc/env_path/OUTSIDE_PATH" }), grant: "client_credentials",
		},
		"managed_identity, system-assigned": {
			id: Identity{Kind: "managed_identity"}, grant: "managed_identity",
			env: map[string]string{"IDENTITY_ENDPOINT": endpoint, "IDENTITY_HEADER": header},
		},
		"managed_identity, user-assigned": {
			id: Identity{ClientID: azuretest.DefaultClientID}, grant: "managed_identity",
			env: map[string]string{"IDENTITY_ENDPOINT": endpoint, "IDENTITY_HEADER": header},
		},
	} {
		t.Run(name, func(t *testing.T) {
			for k, v := range tc.env {
				t.Setenv(k, v)
			}
			s.Reset()
			entraAccepts(t, s, tc.id)
			asked := s.TokenRequests()
			if len(asked) != 1 {
				t.Fatalf("%d token requests, want 1: %+v", len(asked), asked)
			}
			wantClient := tc.id.ClientID
			if wantClient == "" {
				wantClient = tc.env["AZURE_CLIENT_ID"]
			}
			if diff := cmp.Diff([]string{tc.grant, wantClient}, []string{asked[0].Grant, asked[0].ClientID}); diff != "" {
				t.Errorf("the token request (-want +got):\n%s", diff)
			}
		})
	}
}

func TestIdentityRefusedByEntraIsExplained(t *testing.T) {
	s := startEntra(t, azuretest.Options{})
	with := func(change func(*Identity)) Identity { id := appAt(s); change(&id); return id }
	stale := writeFile(t, "stale", jwtWith(t, `{"exp":1767323045}`))
	for name, tc := range map[string]struct {
		id         Identity
		code, hint string
	}{
		"the secret's id for its value": {
			with(func(id *Identity) { id.ClientSecret = "0b9b3e2c-0000-4000-8000-00000000aaaa" }), "AADSTS7000215", "not to its Secret ID",
		},
		"an app of another directory": {
			with(func(id *Identity) { id.ClientID, id.ClientSecret = "somebody-else", "s" }), "AADSTS700016", "Identity.ClientID",
		},
		"a tenant that is not there": {
			with(func(id *Identity) { id.TenantID, id.ClientSecret = "nobody.example.test", "s" }), "AADSTS90002", "Identity.TenantID",
		},
		"a file that stopped rotating": {
			with(func(id *Identity) { id.TokenFile = stale }), "AADSTS700024", stale + " (exp 2026-01-02T03:04:05Z)",
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := buildCredential(t, tc.id, s.HTTPClient()).GetToken(t.Context(), cognitiveServices)
			wantInError(t, err, tc.code)
			if tc.id.ClientSecret != "" && strings.Contains(err.Error()+adviceOn(err).hint, `"`+tc.id.ClientSecret) {
				t.Errorf("the error shows the secret: %v", err)
			}
			if hint := adviceOn(err).hint; !strings.Contains(hint, tc.hint) {
				t.Errorf("the hint is %q, want %q in it", hint, tc.hint)
			}
		})
	}
}

// A federated token lives five minutes here and its file is rotated every four; Entra's tokens live one hour, for a day.
func TestFederatedOutlivesItsFileForADay(t *testing.T) {
	path := writeFile(t, "outside-token", "")
	synctest.Test(t, func(t *testing.T) {
		s := azuretest.New(azuretest.Options{})
		defer func() { _ = s.Close() }()
		id := Identity{TenantID: azuretest.DefaultTenantID, ClientID: azuretest.DefaultClientID, TokenFile: "oidc/file/" + path}
		cred := buildCredential(t, id, s.HTTPClient())
		start := time.Now()
		for time.Since(start) < 24*time.Hour {
			exp, err := json.Marshal(map[string]int64{"exp": time.Now().Add(5 * time.Minute).Unix()})
			if err != nil {
				t.Fatal(err)
			}
			rewrite(t, path, jwtWith(t, string(exp)))
			token, err := cred.GetToken(t.Context(), cognitiveServices)
			if err != nil {
				t.Fatalf("after %v: %v", time.Since(start), err)
			}
			if !token.ExpiresOn.After(time.Now()) {
				t.Fatalf("after %v: the token expired at %v", time.Since(start), token.ExpiresOn)
			}
			time.Sleep(4 * time.Minute)
		}
		if n := s.Stats().TokenRequests; n < 24 || n > 26 {
			t.Errorf("%d exchanges in a day of one-hour tokens, want 24 to 26", n)
		}
	})
}

func TestIdentityManagedIdentityAsksIMDSByDefault(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := azuretest.New(azuretest.Options{})
		defer func() { _ = s.Close() }()
		cred, err := Identity{Kind: "ManagedIdentityCredential"}.credential(azcore.ClientOptions{Transport: s.HTTPClient()})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := cred.GetToken(t.Context(), forceToken); err != nil {
			t.Fatal(err)
		}
		if st := s.Stats(); st.IMDSRequests == 0 || st.TokenRequests != 0 {
			t.Errorf("asked %+v, want IMDS alone", st)
		}
	})
}
