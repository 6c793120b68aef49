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
type provenance map[string]struct{ variable, value string }

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
// The identity itself (AZURE_TENANT_ID, AZURE_CLIENT_ID, ...) is left to azidentity. Set further fields afterwards; a
// key found here outranks a Credential set then, and [Config.Explain] says so. The error is that of Validate.
func FromEnv() (Config, error) {
	c := Config{from: provenance{}}
	for _, row := range environment {
		for _, name := range row.variables {
			v := strings.TrimSpace(os.Getenv(name))
			if v == "" {
				continue
			}
			*row.value(&c) = v
			c.from[row.field] = struct{ variable, value string }{name, v}
			break
		}
	}
	return c, c.Validate()
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
