package azureadv1

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
)

// federatedPrefix begins a reference to an outside token, as LiteLLM writes them.
const federatedPrefix = "oidc/"

// federatedFromToken tells a reference to an outside token (oidc/...) from a token, in Config.Token.
func federatedFromToken(token string) (ref string, ok bool) {
	return token, strings.HasPrefix(token, federatedPrefix)
}

// federatedSource is where an outside token is read, at every exchange: these tokens live for minutes and rotate.
type federatedSource struct {
	ref      string // as the user wrote it, for messages
	provider string // file, env, env_path, github
	arg      string // path, variable or audience
}

// parseFederatedSource reads an oidc/ reference; everything else is a file's path.
func parseFederatedSource(ref string) (federatedSource, error) {
	rest, ok := strings.CutPrefix(ref, federatedPrefix)
	if !ok {
		return federatedSource{ref, "file", ref}, nil
	}
	provider, arg, _ := strings.Cut(rest, "/")
	s := federatedSource{ref, provider, arg}
	switch {
	case provider != "file" && provider != "env" && provider != "env_path" && provider != "github":
		return s, s.errorf("names no known source: write oidc/file/PATH, oidc/env/NAME, oidc/env_path/NAME or oidc/github/AUDIENCE")
	case arg == "":
		return s, s.errorf("ends where a path, a variable's name or an audience belongs: add it")
	case strings.HasPrefix(provider, "env") && strings.ContainsAny(arg, "=/ "):
		return s, s.errorf("holds %q, which no variable can be called: write the name alone", arg)
	}
	return s, nil
}

func (s federatedSource) errorf(format string, args ...any) error {
	return fmt.Errorf("azureadv1: Identity.TokenFile %q "+format, append([]any{shownValue(s.ref)}, args...)...)
}

// read fetches the outside token. The variables it reads are those the reference names.
func (s federatedSource) read(ctx context.Context, github *githubTokens) (string, error) {
	var token string
	var err error
	switch s.provider {
	case "github":
		token, err = github.token(ctx, s.arg)
	case "env":
		token, err = s.variable()
	case "env_path":
		var path string
		if path, err = s.variable(); err == nil {
			token, err = s.file(path)
		}
	default:
		token, err = s.file(s.arg)
	}
	if err != nil {
		return "", s.errorf("cannot be read: %w", err)
	}
	if token = strings.TrimSpace(token); token == "" {
		return "", s.errorf("holds no token: it is empty")
	}
	return token, nil
}

func (s federatedSource) variable() (string, error) {
	value := os.Getenv(s.arg)
	if strings.TrimSpace(value) == "" {
		return "", fmt.Errorf("the variable %s is not set", s.arg)
	}
	return value, nil
}

func (s federatedSource) file(path string) (string, error) {
	data, err := readRegularFile(strings.TrimSpace(path), tokenFileLimit)
	if errors.Is(err, fs.ErrNotExist) && s.ref != path && s.provider == "file" && !filepath.IsAbs(path) {
		return "", fmt.Errorf("%w (a relative path; an absolute one is written oidc/file//%s)", err, path)
	}
	return string(data), err
}

// federatedCredential adds to an exchanging credential what its errors lack: the cause inside the chain, since azidentity
// keeps only its text, and which token was sent.
type federatedCredential struct {
	cred   azcore.TokenCredential
	source federatedSource
}

// assertionRead is what one GetToken read, carried to it in the context.
type assertionRead struct {
	token string
	err   error
}

type assertionReadKey struct{}

func newFederated(id Identity, o identityOptions) (azcore.TokenCredential, error) {
	source, err := parseFederatedSource(id.TokenFile)
	if err != nil {
		return nil, err
	}
	github := newGithubTokens(o.ClientOptions)
	assertion := func(ctx context.Context) (string, error) {
		token, err := source.read(ctx, github)
		if read, ok := ctx.Value(assertionReadKey{}).(*assertionRead); ok {
			read.token, read.err = token, err
		}
		return token, err
	}
	cred, err := azidentity.NewClientAssertionCredential(id.TenantID, id.ClientID, assertion, &azidentity.ClientAssertionCredentialOptions{
		ClientOptions: o.ClientOptions, DisableInstanceDiscovery: o.privateAuthority,
	})
	if err != nil {
		return nil, err
	}
	return &federatedCredential{cred, source}, nil
}

// newWorkloadIdentity leaves unset fields to azidentity, which takes them from the variables of the Azure workload identity
// webhook.
func newWorkloadIdentity(id Identity, o identityOptions) (azcore.TokenCredential, error) {
	cred, err := azidentity.NewWorkloadIdentityCredential(&azidentity.WorkloadIdentityCredentialOptions{
		ClientOptions: o.ClientOptions, DisableInstanceDiscovery: o.privateAuthority,
		TenantID: id.TenantID, ClientID: id.ClientID, TokenFilePath: id.TokenFile,
	})
	if err != nil {
		return nil, err
	}
	source := federatedSource{id.TokenFile, "file", id.TokenFile}
	if id.TokenFile == "" {
		source = federatedSource{"AZURE_FEDERATED_TOKEN_FILE", "env_path", "AZURE_FEDERATED_TOKEN_FILE"}
	}
	return &federatedCredential{cred, source}, nil
}

// GetToken exchanges the outside token as it is at this moment.
func (c *federatedCredential) GetToken(ctx context.Context, opts policy.TokenRequestOptions) (azcore.AccessToken, error) {
	var read assertionRead
	token, err := c.cred.GetToken(context.WithValue(ctx, assertionReadKey{}, &read), opts)
	if err == nil {
		return token, nil
	}
	if read == (assertionRead{}) && c.source.provider != "github" {
		// The workload credential reads its file itself: a second look tells what lies there.
		read.token, read.err = c.source.read(ctx, nil)
	}
	return azcore.AccessToken{}, &federatedError{source: c.source, expires: assertionExpiry(read.token), read: read.err, cause: err}
}

// federatedError is a failed exchange of an outside token. Its text is the cause's own.
type federatedError struct {
	source  federatedSource
	expires time.Time // zero when the token is no JWT or has no exp
	read    error     // why the token could not be read; nil when it could
	cause   error
}

// Error is azidentity's text, which has the reading error's inside.
func (e *federatedError) Error() string { return e.cause.Error() }

// Unwrap gives errors.Is and errors.As both chains.
func (e *federatedError) Unwrap() []error {
	if e.read == nil {
		return []error{e.cause}
	}
	return []error{e.cause, e.read}
}

// assertionExpiry is when a JWT says it expires (unverified), zero when it is no JWT or does not say.
func assertionExpiry(token string) time.Time {
	claims, _ := readClaims(token)
	return claims.Expires
}
