package provider_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"io"
	"math/big"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"

	"github.com/seed-a739af98/langchaingo-azure/azureadv1"
	"github.com/seed-a739af98/langchaingo-azure/azureadv1/azuretest"
)

// rotationDay is how long each rotation is watched, with a call every minute.
const rotationDay = 24 * time.Hour

// swapped puts a file in place the way Kubernetes does: under another name first, then by a link that is renamed.
func swapped(t *testing.T, path, text string, n int64) {
	t.Helper()
	target := path + "." + time.Now().Format("150405") + string(rune('a'+n%26))
	must(t, os.WriteFile(target, []byte(text), 0o600))
	must(t, os.Symlink(target, target+".link"))
	must(t, os.Rename(target+".link", path))
}

// callEveryMinute makes a day's calls, and returns how many failed.
func callEveryMinute(t *testing.T, c caller, each func(minute int)) (failed int) {
	t.Helper()
	for minute := range int(rotationDay / time.Minute) {
		each(minute)
		if _, err := post(t.Context(), c); err != nil {
			if failed == 0 {
				t.Log(err)
				checkSecrets(t, err)
			}
			failed++
		}
		time.Sleep(time.Minute)
	}
	return failed
}

// A federated token lives shorter than a day, and its file is replaced while the program runs: Entra refuses the ones that
// are over, so that a program that had kept the first would fail.
func TestFederatedTokenFilesRotateWithoutRestart(t *testing.T) {
	for _, row := range []struct {
		kind        string
		life, every time.Duration
	}{
		{"federated", 15 * time.Minute, 10 * time.Minute},
		{"workload_identity", time.Hour, 48 * time.Minute}, // Kubernetes': renewed when four fifths are over
	} {
		t.Run(row.kind, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				s := inMemory(t, azuretest.Options{KeepLast: 1000})
				path := filepath.Join(t.TempDir(), "token")
				cfg := config(t, s, "")
				cfg.Identity = azureadv1.Identity{Kind: row.kind, TenantID: azuretest.DefaultTenantID, ClientID: azuretest.DefaultClientID, TokenFile: path}
				rotate := func(n int64) {
					swapped(t, path, s.IssueToken(azuretest.Claims{Audience: "api://AzureADTokenExchange", Expires: time.Now().Add(row.life)}), n)
				}
				rotate(0)
				failed := callEveryMinute(t, newCaller(t, cfg), func(minute int) {
					if every := int(row.every / time.Minute); minute > 0 && minute%every == 0 {
						rotate(int64(minute / every))
					}
				})
				if failed > 0 {
					t.Errorf("%d calls failed", failed)
				}
				if n := s.Stats().TokenRequests; n < 24 {
					t.Errorf("%d token requests in a day of tokens of an hour", n)
				}
			})
		})
	}
}

// A file that is broken for a while costs nothing, as long as it is whole again before the token in use expires.
func TestABrokenTokenFileIsReadAgain(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		s := inMemory(t, azuretest.Options{})
		path := filepath.Join(t.TempDir(), "token")
		cfg := config(t, s, "")
		cfg.Identity = azureadv1.Identity{Kind: "federated", TenantID: azuretest.DefaultTenantID, ClientID: azuretest.DefaultClientID, TokenFile: path}
		good := func() {
			must(t, os.WriteFile(path, []byte(s.IssueToken(azuretest.Claims{Audience: "api://AzureADTokenExchange", Expires: time.Now().Add(time.Hour)})), 0o600))
		}
		good()
		failed := callEveryMinute(t, newCaller(t, cfg), func(minute int) {
			switch {
			case minute == 50: // refresh-ahead begins at minute 55 of the first token, and meets this
				must(t, os.WriteFile(path, []byte("eyJhbGci"), 0o600))
			case minute == 57:
				must(t, os.Remove(path))
			case minute == 59 || minute > 59 && minute%30 == 0:
				good()
			}
		})
		if failed > 0 {
			t.Errorf("%d calls failed", failed)
		}
	})
}

// newCertificateFile is a PEM file of a new key and a certificate for it, and the thumbprint that assertions carry.
func newCertificateFile(t *testing.T, until time.Time) (file, thumbprint string) {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	must(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(until.Unix()), Subject: pkix.Name{CommonName: "rotation"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: until,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	must(t, err)
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	must(t, err)
	sum := sha256.Sum256(der)
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})) + string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8})),
		base64.RawURLEncoding.EncodeToString(sum[:])
}

// certificateEntra takes assertions as Entra does: by the thumbprint of a certificate that it knows, until that one expires.
type certificateEntra struct {
	next  http.RoundTripper
	known map[string]time.Time
	asked map[string]int // by thumbprint, those that were taken
}

// RoundTrip implements http.RoundTripper.
func (e *certificateEntra) RoundTrip(r *http.Request) (*http.Response, error) {
	if !strings.HasSuffix(r.URL.Path, "/token") {
		return e.next.RoundTrip(r)
	}
	form, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	r.Body = io.NopCloser(bytes.NewReader(form))
	fields, err := url.ParseQuery(string(form))
	if err != nil {
		return nil, err
	}
	head, _, _ := strings.Cut(fields.Get("client_assertion"), ".")
	text, err := base64.RawURLEncoding.DecodeString(head)
	if err != nil {
		return nil, err
	}
	var header struct {
		Thumbprint string `json:"x5t#S256"`
	}
	if err := json.Unmarshal(text, &header); err != nil {
		return nil, err
	}
	thumbprint := strings.TrimRight(strings.NewReplacer("+", "-", "/", "_").Replace(header.Thumbprint), "=")
	if !time.Now().Before(e.known[thumbprint]) {
		return theirs(r, 401, "application/json", `{"error":"invalid_client","error_description":"AADSTS700027: The certificate used to sign the client assertion has expired."}`), nil
	}
	e.asked[thumbprint]++
	return e.next.RoundTrip(r)
}

// A certificate lives ten hours, and another one takes its file's place after eight; for twenty minutes before that the
// file is half written, and then gone.
func TestACertificateFileRotatesWithoutRestart(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		s := inMemory(t, azuretest.Options{})
		entra := &certificateEntra{next: s.HTTPClient().Transport, known: map[string]time.Time{}, asked: map[string]int{}}
		path := filepath.Join(t.TempDir(), "certificate.pem")
		place := func(n int64) {
			until := time.Now().Add(10 * time.Hour)
			file, thumbprint := newCertificateFile(t, until)
			entra.known[thumbprint] = until
			swapped(t, path, file, n)
		}
		place(0)
		cfg := config(t, s, "")
		cfg.HTTPClient = &http.Client{Transport: entra}
		cfg.Identity = azureadv1.Identity{TenantID: azuretest.DefaultTenantID, ClientID: azuretest.DefaultClientID, CertificatePath: path}
		failed := callEveryMinute(t, newCaller(t, cfg), func(minute int) {
			switch of := minute % 480; {
			case minute == 0:
			case of == 0:
				place(int64(minute / 480))
			case of == 460:
				swapped(t, path, "-----BEGIN CERTI", int64(minute))
			case of == 470:
				must(t, os.Remove(path))
			}
		})
		if failed > 0 || len(entra.asked) != 3 {
			t.Errorf("%d calls failed, tokens by certificate: %v", failed, entra.asked)
		}
	})
}

// A secret in a vault is exchanged for another, of another app: the provider that reads it at every fetch goes on.
func TestASecretBehindAProviderRotates(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		const second = "99999999-0000-4000-8000-000000000002"
		s := inMemory(t, azuretest.Options{Apps: []azuretest.App{{ClientID: second, ClientSecret: clientSecret + "-2"}}})
		var rotated atomic.Bool
		asked := map[string]int{}
		o := &azidentity.ClientSecretCredentialOptions{ClientOptions: s.ClientOptions(), DisableInstanceDiscovery: true}
		vault := credentialFunc(func(ctx context.Context, tr policy.TokenRequestOptions) (azcore.AccessToken, error) {
			id, secret := azuretest.DefaultClientID, clientSecret
			if rotated.Load() {
				id, secret = second, clientSecret+"-2"
			}
			asked[id]++
			cred, err := azidentity.NewClientSecretCredential(azuretest.DefaultTenantID, id, secret, o)
			if err != nil {
				return azcore.AccessToken{}, err
			}
			return cred.GetToken(ctx, tr)
		})
		cfg := config(t, s, "")
		cfg.TokenProvider = azureadv1.BearerTokenProvider(vault, "")
		failed := callEveryMinute(t, newCaller(t, cfg), func(minute int) { rotated.Store(minute > 700) })
		if failed > 0 || asked[azuretest.DefaultClientID] == 0 || asked[second] == 0 {
			t.Errorf("%d calls failed, tokens asked for: %v", failed, asked)
		}
	})
}
