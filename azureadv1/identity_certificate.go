package azureadv1

import (
	"context"
	"fmt"
	"io"
	"os"
	"sync"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
)

// certificateFileLimit and tokenFileLimit bound what is read of a file named by mistake. Chains are a few kB; Kubernetes
// and GitHub tokens one or two.
const (
	certificateFileLimit = 1 << 20
	tokenFileLimit       = 64 << 10
)

// certificateCredential is azidentity's certificate credential, made anew when the certificate's file has changed.
type certificateCredential struct {
	id   Identity
	opts azidentity.ClientCertificateCredentialOptions

	mu   sync.Mutex // held while the file is looked at, never over a token request
	file os.FileInfo
	cred *azidentity.ClientCertificateCredential
}

func newClientCertificate(id Identity, o identityOptions) (azcore.TokenCredential, error) {
	c := &certificateCredential{id: id, opts: azidentity.ClientCertificateCredentialOptions{
		ClientOptions: o.ClientOptions, DisableInstanceDiscovery: o.privateAuthority,
	}}
	if _, err := c.current(); err != nil {
		return nil, err
	}
	return c, nil
}

// GetToken asks with the certificate that the file holds now. A changed file that cannot be loaded, half written perhaps,
// does no harm while the old certificate still works; when it does not, the error tells of both.
func (c *certificateCredential) GetToken(ctx context.Context, opts policy.TokenRequestOptions) (azcore.AccessToken, error) {
	cred, loadErr := c.current()
	token, err := cred.GetToken(ctx, opts)
	if err != nil && loadErr != nil {
		err = fmt.Errorf("%w\nazureadv1: the certificate is the old one, since its changed file cannot be loaded: %w", err, loadErr)
	}
	return token, err
}

// current returns the credential of the newest certificate that could be loaded.
func (c *certificateCredential) current() (*azidentity.ClientCertificateCredential, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	file, err := os.Stat(c.id.CertificatePath)
	if err == nil && c.file != nil && sameFile(c.file, file) {
		return c.cred, nil
	}
	if err == nil {
		var cred *azidentity.ClientCertificateCredential
		if cred, err = c.load(); err == nil {
			c.cred, c.file = cred, file
		}
	}
	if err != nil {
		err = fmt.Errorf("Identity.CertificatePath: %w", err)
	}
	return c.cred, err
}

// sameFile takes a file for unchanged when identity, size and time are: Kubernetes swaps a symbolic link, others overwrite.
func sameFile(a, b os.FileInfo) bool {
	return os.SameFile(a, b) && a.Size() == b.Size() && a.ModTime().Equal(b.ModTime())
}

func (c *certificateCredential) load() (*azidentity.ClientCertificateCredential, error) {
	data, err := readRegularFile(c.id.CertificatePath, certificateFileLimit)
	if err != nil {
		return nil, err
	}
	certs, key, err := azidentity.ParseCertificates(data, []byte(c.id.CertificatePassword))
	if err != nil {
		return nil, fmt.Errorf("%s: %w: it must hold the certificate and its RSA key, as unencrypted PEM without CertificatePassword, "+
			"or as PKCS#12 in the older encryption (openssl pkcs12 -export -legacy)", c.id.CertificatePath, err)
	}
	cred, err := azidentity.NewClientCertificateCredential(c.id.TenantID, c.id.ClientID, certs, key, &c.opts)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c.id.CertificatePath, err)
	}
	return cred, nil
}

// readRegularFile reads a file that may be a link but is no pipe or device, which could block for ever or never end.
func readRegularFile(path string, limit int64) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is not a regular file", path)
	}
	f, err := os.Open(path) //nolint:gosec // G304: the caller's own configuration names this file.
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // only read from: nothing can be lost
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(data)) > limit {
		return nil, fmt.Errorf("%s is larger than %d bytes", path, limit)
	}
	return data, nil
}
