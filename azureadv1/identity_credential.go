package azureadv1

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	azcloud "github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
)

// identityOptions is what every kind's constructor gets: azcore's options with the cloud decided.
type identityOptions struct {
	azcore.ClientOptions

	// privateAuthority is set when the authority is not one of Microsoft's own hosts: asking login.microsoftonline.com
	// about it (instance discovery) would fail, or tell Microsoft of a private cloud.
	privateAuthority bool
}

// credential builds the azidentity credential. It makes no network call and reads no file but a certificate's. opts
// brings transport, retries and the endpoint's cloud; the identity's own Authority outranks that cloud.
func (id Identity) credential(opts azcore.ClientOptions) (azcore.TokenCredential, error) {
	if err := id.validate(); err != nil {
		return nil, err
	}
	name, err := id.kind()
	if err != nil {
		return nil, err
	}
	kind := identityKinds.find(name)
	o, err := id.options(opts, kind.readsEnv)
	if err != nil {
		return nil, err
	}
	cred, err := kind.build(id, o)
	if err != nil {
		return nil, fmt.Errorf("azureadv1: Identity.Kind %s: %w", name, err)
	}
	return cred, nil
}

// options decides the cloud. A kind that reads no variables gets the public cloud spelled out, since azidentity would
// otherwise take AZURE_AUTHORITY_HOST for it.
func (id Identity) options(opts azcore.ClientOptions, readsEnv bool) (identityOptions, error) {
	if id.Authority != "" {
		host, err := authorityURL(id.Authority)
		if err != nil {
			return identityOptions{}, err
		}
		opts.Cloud = azcloud.Configuration{ActiveDirectoryAuthorityHost: host}
	} else if opts.Cloud.ActiveDirectoryAuthorityHost == "" && !readsEnv {
		opts.Cloud = azcloud.AzurePublic
	}
	opts.Transport = identityTransport{withoutRedirects(opts.Transport)}
	host := opts.Cloud.ActiveDirectoryAuthorityHost
	return identityOptions{ClientOptions: opts, privateAuthority: host != "" && !microsoftAuthority(host)}, nil
}

// authorityURL turns a bare host or an https URL into the form azidentity wants: https://host/.
func authorityURL(authority string) (string, error) {
	f := identityField{name: "Authority"}
	raw := authority
	if !strings.Contains(raw, "://") {
		raw = "https://" + raw
	}
	u, err := url.Parse(raw)
	switch {
	case err != nil || u.Hostname() == "" || strings.ContainsAny(u.Host, " \t"):
		return "", f.errorf("is not a host: write it as https://login.microsoftonline.us")
	case u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return "", f.errorf("holds more than a host, after %s://%s: leave out user name, query and fragment", u.Scheme, u.Host)
	case u.Scheme != "https":
		return "", f.errorf("%s://%s is not https, and a client secret would be readable on its way: use https", u.Scheme, u.Host)
	case strings.Trim(u.Path, "/") != "":
		return "", f.errorf("%s://%s%s has a path: give the host alone, and the tenant as TenantID", u.Scheme, u.Host, u.Path)
	}
	return "https://" + strings.ToLower(u.Host) + "/", nil
}

// microsoftAuthority reports whether instance discovery knows the host: the authorities of the public, US Government and
// China clouds, as azcore's package cloud lists them.
func microsoftAuthority(host string) bool {
	u, err := url.Parse(host)
	if err != nil {
		return false
	}
	switch strings.ToLower(u.Host) {
	case "login.microsoftonline.com", "login.microsoftonline.us", "login.chinacloudapi.cn":
		return true
	}
	return false
}

func newDefault(id Identity, o identityOptions) (azcore.TokenCredential, error) {
	return azidentity.NewDefaultAzureCredential(&azidentity.DefaultAzureCredentialOptions{
		ClientOptions: o.ClientOptions, DisableInstanceDiscovery: o.privateAuthority, TenantID: id.TenantID,
	})
}

func newEnvironment(_ Identity, o identityOptions) (azcore.TokenCredential, error) {
	return azidentity.NewEnvironmentCredential(&azidentity.EnvironmentCredentialOptions{
		ClientOptions: o.ClientOptions, DisableInstanceDiscovery: o.privateAuthority,
	})
}

func newManagedIdentity(id Identity, o identityOptions) (azcore.TokenCredential, error) {
	opts := &azidentity.ManagedIdentityCredentialOptions{ClientOptions: o.ClientOptions}
	if id.ClientID != "" {
		opts.ID = azidentity.ClientID(id.ClientID)
	}
	return azidentity.NewManagedIdentityCredential(opts)
}

func newClientSecret(id Identity, o identityOptions) (azcore.TokenCredential, error) {
	return azidentity.NewClientSecretCredential(id.TenantID, id.ClientID, id.ClientSecret, &azidentity.ClientSecretCredentialOptions{
		ClientOptions: o.ClientOptions, DisableInstanceDiscovery: o.privateAuthority,
	})
}

func newAzureCLI(id Identity, _ identityOptions) (azcore.TokenCredential, error) {
	return azidentity.NewAzureCLICredential(&azidentity.AzureCLICredentialOptions{TenantID: id.TenantID})
}

func newAzureDeveloperCLI(id Identity, _ identityOptions) (azcore.TokenCredential, error) {
	return azidentity.NewAzureDeveloperCLICredential(&azidentity.AzureDeveloperCLICredentialOptions{TenantID: id.TenantID})
}

// newUsernamePassword lets Entra find the user's tenant when none is given, as azure.identity for Python does.
func newUsernamePassword(id Identity, o identityOptions) (azcore.TokenCredential, error) {
	tenant := id.TenantID
	if tenant == "" {
		tenant = "organizations"
	}
	opts := &azidentity.UsernamePasswordCredentialOptions{ //nolint:staticcheck // SA1019: deprecated as a warning to users, which Identity.Username repeats.
		ClientOptions: o.ClientOptions, DisableInstanceDiscovery: o.privateAuthority,
	}
	return azidentity.NewUsernamePasswordCredential(tenant, id.ClientID, id.Username, id.Password, opts)
}
