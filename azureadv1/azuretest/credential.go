package azuretest

import (
	"context"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
)

// Authority is the Entra side's address with a final slash, as azidentity's ActiveDirectoryAuthorityHost takes it. In memory it is the
// sign-in host of the cloud that Options.Host belongs to, such as https://login.microsoftonline.com/.
func (s *Server) Authority() string { return s.authority }

// ClientOptions are what any azidentity credential needs to run against this server: its authority and its transport, and azcore's own retries
// (3, from 0.8 s), which the caller may change. Set DisableInstanceDiscovery beside it.
func (s *Server) ClientOptions() azcore.ClientOptions {
	return azcore.ClientOptions{
		Cloud:     cloud.Configuration{ActiveDirectoryAuthorityHost: s.authority},
		Transport: s.client,
	}
}

// Credential is a real azidentity.ClientSecretCredential of the default app registration. It is built once, so that its token cache is shared
// as one program's would be.
func (s *Server) Credential() azcore.TokenCredential { return s.credential() }

// CredentialFor makes a real azidentity.ClientSecretCredential for one of Options.Apps, with a token cache of its own. The arguments are not
// checked against Apps: wrong ones fail at GetToken, as they do at Entra.
func (s *Server) CredentialFor(tenantID, clientID, clientSecret string) (azcore.TokenCredential, error) {
	return azidentity.NewClientSecretCredential(tenantID, clientID, clientSecret, &azidentity.ClientSecretCredentialOptions{
		ClientOptions:            s.ClientOptions(),
		DisableInstanceDiscovery: true,
	})
}

func (s *Server) newCredential() azcore.TokenCredential {
	cred, err := s.CredentialFor(s.opts.TenantID, s.opts.ClientID, s.opts.ClientSecret)
	if err != nil {
		return failedCredential{err}
	}
	return cred
}

// failedCredential reports at its use what azidentity refused at its making, such as a tenant id with forbidden characters.
type failedCredential struct{ err error }

func (f failedCredential) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	return azcore.AccessToken{}, f.err
}
