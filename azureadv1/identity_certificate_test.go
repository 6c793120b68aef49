package azureadv1

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
)

func TestIdentityCertificateRotatesWithoutRestart(t *testing.T) {
	first, firstPrint := makeCertificate(t)
	second, secondPrint := makeCertificate(t)
	path := writeFile(t, "cert.pem", string(first))
	entra := &recordedEntra{}
	cred := buildCredential(t, certificateIdentity(path), entra)

	wantThumbprint := func(want, when string) {
		t.Helper()
		if _, err := cred.GetToken(t.Context(), forceToken); err != nil {
			t.Fatalf("%s: %v", when, err)
		}
		if got := assertionThumbprint(t, entra.lastForm(t)); got != want {
			t.Errorf("%s: signed with certificate %s, want %s", when, got, want)
		}
	}
	wantThumbprint(firstPrint, "at first")
	rewrite(t, path, string(second))
	later := time.Now().Add(time.Second) // two writes of one test may fall into one tick of the file system's clock
	if err := os.Chtimes(path, later, later); err != nil {
		t.Fatal(err)
	}
	wantThumbprint(secondPrint, "after the file was written over")
	rewrite(t, path, "-----BEGIN CERTI")
	wantThumbprint(secondPrint, "while the file is half written")
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	wantThumbprint(secondPrint, "while the file is gone")
	if err := os.Symlink(writeFile(t, "other.pem", string(first)), path); err != nil {
		t.Fatal(err)
	}
	wantThumbprint(firstPrint, "after a link took the file's place")
}

func TestIdentityCertificateUnchangedKeepsItsTokens(t *testing.T) {
	cert, _ := makeCertificate(t)
	entra := &recordedEntra{}
	cred := buildCredential(t, certificateIdentity(writeFile(t, "cert.pem", string(cert))), entra)
	for range 3 {
		if _, err := cred.GetToken(t.Context(), cognitiveServices); err != nil {
			t.Fatal(err)
		}
	}
	if len(entra.forms) != 1 {
		t.Errorf("%d token requests, want 1: the file did not change", len(entra.forms))
	}
}

func TestIdentityCertificateRefusedWhileItsFileIsBroken(t *testing.T) {
	cert, _ := makeCertificate(t)
	path := writeFile(t, "cert.pem", string(cert))
	refuse := func(url.Values) (int, string) {
		return http.StatusUnauthorized, `{"error":"invalid_client","error_description":"AADSTS700027: The certificate has expired."}`
	}
	cred := buildCredential(t, certificateIdentity(path), &recordedEntra{answer: refuse})
	rewrite(t, path, "no certificate")
	_, err := cred.GetToken(t.Context(), cognitiveServices)
	wantInError(t, err, "AADSTS700027", "changed file cannot be loaded", path)
	if !strings.Contains(adviceOn(err).hint, "Identity.CertificatePath") {
		t.Errorf("the hint is %q", adviceOn(err).hint)
	}
}

func TestIdentityCertificateFiles(t *testing.T) {
	good, _ := makeCertificate(t)
	_, key, _ := strings.Cut(string(good), "-----END CERTIFICATE-----\n")
	pfx := filepath.Join("testdata", "identity.pfx")
	for name, tc := range map[string]struct {
		path, password string
		want           string // in the error; "" = it is taken
	}{
		"PEM with certificate and key":   {writeFile(t, "good.pem", string(good)), "", ""},
		"PKCS#12 with its password":      {pfx, "fixture", ""},
		"PKCS#12 with another password":  {pfx, "other-hush", "-legacy"},
		"PEM with a password":            {writeFile(t, "good.pem", string(good)), "hush", "unencrypted PEM"},
		"a key without a certificate":    {writeFile(t, "key.pem", key), "", "found no certificate"},
		"an empty file":                  {writeFile(t, "empty.pem", ""), "", "unencrypted PEM"},
		"no file":                        {filepath.Join(t.TempDir(), "gone.pem"), "", "no such file"},
		"a folder":                       {t.TempDir(), "", "is not a regular file"},
		"a device that never ends":       {os.DevNull, "", "is not a regular file"},
		"far too large for certificates": {writeFile(t, "large.pem", strings.Repeat("\n", certificateFileLimit+1)), "", "is larger than"},
	} {
		t.Run(name, func(t *testing.T) {
			id := certificateIdentity(tc.path)
			id.CertificatePassword = tc.password
			cred, err := id.credential(azcore.ClientOptions{Transport: &recordedEntra{}})
			if tc.want != "" {
				wantInError(t, err, tc.want, "azureadv1: Identity.Kind client_certificate: Identity.CertificatePath", tc.path)
				if strings.Contains(err.Error(), "hush") {
					t.Errorf("the error shows the password: %v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if _, err := cred.GetToken(t.Context(), cognitiveServices); err != nil {
				t.Error(err)
			}
		})
	}
}

func certificateIdentity(path string) Identity {
	return Identity{TenantID: "t", ClientID: "c", CertificatePath: path, Authority: "entra.example.test"}
}

// makeCertificate returns a PEM file of a fresh certificate and its key, and the thumbprint assertions carry.
func makeCertificate(t *testing.T) (file []byte, thumbprint string) {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "azureadv1 test"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	file = append(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8})...)
	sum := sha256.Sum256(der)
	return file, base64.RawStdEncoding.EncodeToString(sum[:])
}

// assertionThumbprint reads which certificate signed the assertion of a token request.
func assertionThumbprint(t *testing.T, form url.Values) string {
	t.Helper()
	head, _, _ := strings.Cut(form.Get("client_assertion"), ".")
	raw, err := base64.RawURLEncoding.DecodeString(head)
	if err != nil {
		t.Fatal(err)
	}
	var header struct {
		Thumbprint string `json:"x5t#S256"`
	}
	if err := json.Unmarshal(raw, &header); err != nil {
		t.Fatal(err)
	}
	return strings.TrimRight(header.Thumbprint, "=")
}
