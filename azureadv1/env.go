package azureadv1

import (
	"os"
	"strings"
)

// environment is the table FromEnv reads: per field the variables in order, the first that is not blank wins.
var environment = []struct {
	field     string
	variables []string
	value     func(*Config) *string
}{
	{"Endpoint", []string{"AZURE_OPENAI_ENDPOINT", "AZURE_API_BASE"}, func(c *Config) *string { return &c.Endpoint }},
	{"APIVersion", []string{"AZURE_OPENAI_API_VERSION", "OPENAI_API_VERSION", "AZURE_API_VERSION"}, func(c *Config) *string { return &c.APIVersion }},
	{"Deployment", []string{"AZURE_OPENAI_DEPLOYMENT", "AZURE_OPENAI_DEPLOYMENT_NAME"}, func(c *Config) *string { return &c.Deployment }},
	{"APIKey", []string{"AZURE_OPENAI_API_KEY", "AZURE_API_KEY"}, func(c *Config) *string { return &c.APIKey }},
	{"Token", []string{"AZURE_OPENAI_AD_TOKEN", "AZURE_AD_TOKEN"}, func(c *Config) *string { return &c.Token }},
	{"Scope", []string{"AZURE_SCOPE"}, func(c *Config) *string { return &c.Scope }},
	{"Identity.Kind", []string{"AZURE_CREDENTIAL"}, func(c *Config) *string { return &c.Identity.Kind }},
}

// provenance maps a field to the variable its value came from, with that value: a field changed since then did not
// come from there any more.
type provenance map[string]origin

type origin struct{ variable, value string }

// identityVariables are azidentity's own variables that its credential of that kind does not read for itself.
var identityVariables = map[string][]struct {
	field, variable string
	value           func(*Identity) *string
}{
	kindManagedIdentity: {
		{"Identity.ClientID", "AZURE_CLIENT_ID", func(id *Identity) *string { return &id.ClientID }},
	},
	kindFederated: {
		{"Identity.TenantID", "AZURE_TENANT_ID", func(id *Identity) *string { return &id.TenantID }},
		{"Identity.ClientID", "AZURE_CLIENT_ID", func(id *Identity) *string { return &id.ClientID }},
	},
}

// FromEnv makes a Config from the environment; nothing else in this package reads it. Per field the first variable
// that is set and not blank wins, with surrounding space removed:
//
//	Endpoint       AZURE_OPENAI_ENDPOINT, AZURE_API_BASE
//	APIVersion     AZURE_OPENAI_API_VERSION, OPENAI_API_VERSION, AZURE_API_VERSION
//	Deployment     AZURE_OPENAI_DEPLOYMENT, AZURE_OPENAI_DEPLOYMENT_NAME
//	APIKey         AZURE_OPENAI_API_KEY, AZURE_API_KEY
//	Token          AZURE_OPENAI_AD_TOKEN, AZURE_AD_TOKEN
//	Scope          AZURE_SCOPE
//	Identity.Kind  AZURE_CREDENTIAL
//
// The identity itself (AZURE_TENANT_ID, AZURE_CLIENT_ID, AZURE_CLIENT_SECRET, ...) is left to azidentity. So the kinds
// client_secret, client_certificate and username_password become environment when AZURE_CREDENTIAL names them: that is
// the credential which reads their variables. For managed_identity, AZURE_CLIENT_ID is taken over as Identity.ClientID;
// for federated (a Token that begins with oidc/, too), AZURE_TENANT_ID and AZURE_CLIENT_ID are, since azidentity does
// not read them there.
//
// Set further fields afterwards; a key found here outranks a Credential set then, and [Config.Explain] says so. The
// error is Validate's for what was found. An Endpoint that was not found is no error yet, as it can still be set.
func FromEnv() (Config, error) {
	c := Config{from: provenance{}}
	for _, row := range environment {
		for _, name := range row.variables {
			if c.take(row.field, name, row.value(&c)) {
				break
			}
		}
	}
	c.identityFromEnv()
	checked := c
	if c.Endpoint == "" {
		checked.Endpoint = "https://" + endpointToCome
	}
	return c, checked.Validate()
}

// endpointToCome stands for an endpoint that is set later; it settles and contradicts nothing.
const endpointToCome = "endpoint-to-come.invalid"

// take fills a field from a variable, unless that is unset or blank.
func (c *Config) take(field, variable string, value *string) bool {
	v := strings.TrimSpace(os.Getenv(variable))
	if v == "" {
		return false
	}
	*value = v
	c.from[field] = origin{variable, v}
	return true
}

// identityFromEnv lets a kind named by the environment find its fields there.
func (c *Config) identityFromEnv() {
	id := c.declared()
	if id.Kind == "" {
		return
	}
	name, err := id.kind()
	if err != nil {
		return // Validate says it
	}
	if identityKinds.find(name).inEnv {
		from := c.from["Identity.Kind"]
		c.Identity.Kind = kindEnvironment
		c.from["Identity.Kind"] = origin{from.variable, kindEnvironment}
	}
	for _, row := range identityVariables[name] {
		c.take(row.field, row.variable, row.value(&c.Identity))
	}
}

// variable names the variable a field's present value came from, or "".
func (c Config) variable(field string) string {
	from, ok := c.from[field]
	if !ok {
		return ""
	}
	for _, row := range environment {
		if row.field == field && *row.value(&c) == from.value {
			return from.variable
		}
	}
	return ""
}
