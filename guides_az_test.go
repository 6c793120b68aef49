package provider_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// azCommand is what one command of the Azure CLI knows: the parameters it needs, and the others.
type azCommand struct{ required, optional []string }

// azCommands are the commands that the guides use, with their parameters as the CLI's reference pages list them
// (learn.microsoft.com/cli/azure, azure-cli 2.8x). Every spelling of a parameter that is not required stands by itself.
var azCommands = map[string]azCommand{
	"login":                                     {nil, []string{"--tenant", "--use-device-code", "--identity", "--client-id"}},
	"account show":                              {},
	"account get-access-token":                  {nil, []string{"--resource", "--tenant", "--scope"}},
	"group create":                              {[]string{"--name", "--location"}, []string{"--tags"}},
	"group delete":                              {[]string{"--name"}, []string{"--yes", "--no-wait"}},
	"cognitiveservices account create":          {[]string{"--name", "--resource-group", "--location", "--kind", "--sku"}, []string{"--custom-domain", "--yes", "--assign-identity", "--tags"}},
	"cognitiveservices account show":            {[]string{"--name", "--resource-group"}, nil},
	"cognitiveservices account update":          {[]string{"--name", "--resource-group"}, []string{"--custom-domain", "--sku", "--tags"}},
	"cognitiveservices account list-models":     {[]string{"--name", "--resource-group"}, nil},
	"cognitiveservices account keys list":       {[]string{"--name", "--resource-group"}, nil},
	"cognitiveservices account keys regenerate": {[]string{"--name", "--resource-group", "--key-name"}, nil},
	"cognitiveservices account deployment list": {[]string{"--name", "--resource-group"}, nil},
	"cognitiveservices account deployment create": {
		[]string{"--name", "--resource-group", "--deployment-name", "--model-name", "--model-version", "--model-format"},
		[]string{"--sku-name", "--sku", "--sku-capacity", "--capacity", "--model-source"},
	},
	"role assignment create": {
		[]string{"--role", "--scope"},
		[]string{"--assignee", "--assignee-object-id", "--assignee-principal-type", "--description"},
	},
	"ad signed-in-user show":             {},
	"ad app create":                      {[]string{"--display-name"}, []string{"--sign-in-audience"}},
	"ad sp create":                       {[]string{"--id"}, nil},
	"ad sp show":                         {[]string{"--id"}, nil},
	"ad app credential reset":            {[]string{"--id"}, []string{"--append", "--cert", "--create-cert", "--display-name", "--years", "--end-date"}},
	"ad app credential list":             {[]string{"--id"}, []string{"--cert"}},
	"ad app credential delete":           {[]string{"--id", "--key-id"}, []string{"--cert"}},
	"ad app federated-credential create": {[]string{"--id", "--parameters"}, nil},
	"ad app federated-credential list":   {[]string{"--id"}, nil},
	"identity create":                    {[]string{"--name", "--resource-group"}, []string{"--location", "--tags"}},
	"identity show":                      {[]string{"--name", "--resource-group"}, nil},
	"identity federated-credential create": {
		[]string{"--name", "--identity-name", "--resource-group"},
		[]string{"--issuer", "--subject", "--audiences"},
	},
	"aks show":                     {[]string{"--name", "--resource-group"}, nil},
	"aks update":                   {[]string{"--name", "--resource-group"}, []string{"--enable-oidc-issuer", "--enable-workload-identity"}},
	"containerapp identity assign": {[]string{"--name", "--resource-group"}, []string{"--system-assigned", "--user-assigned"}},
	"webapp identity assign":       {[]string{"--name", "--resource-group"}, []string{"--identities"}},
	"vm identity assign":           {[]string{"--name", "--resource-group"}, []string{"--identities"}},
}

// azGlobal every command knows. azShort are short spellings that the guides do not use, but azidentity does.
var (
	azGlobal = []string{"--query", "--output", "--subscription", "--only-show-errors"}
	azShort  = map[string]string{"-o": "--output"}
	azFlags  = []string{ // parameters without a value
		"--yes", "--no-wait", "--append", "--create-cert", "--only-show-errors", "--use-device-code", "--identity", "--system-assigned",
		"--enable-oidc-issuer", "--enable-workload-identity",
	}
	azChoices = map[string][]string{
		"--role":                    {"Cognitive Services OpenAI User", "Cognitive Services User", "Azure AI User"},
		"--assignee-principal-type": {"ForeignGroup", "Group", "ServicePrincipal", "User"},
		"--output":                  {"json", "tsv", "table", "none"},
		"--key-name":                {"key1", "key2"},
		"--kind":                    {"OpenAI", "AIServices"},
		"--model-format":            {"OpenAI"},
		"--sku-name":                {"Standard", "GlobalStandard", "DataZoneStandard", "ProvisionedManaged", "GlobalProvisionedManaged"},
	}
)

// splitAz divides what follows "az" into the command and its arguments.
func splitAz(words []string) (string, []string, error) {
	for n := min(4, len(words)); n > 0; n-- {
		if command := strings.Join(words[:n], " "); azCommands[command].known(command) {
			return command, words[n:], nil
		}
	}
	return "", nil, fmt.Errorf("az %s: no such command in the table", strings.Join(words, " "))
}

func (azCommand) known(name string) bool { _, ok := azCommands[name]; return ok }

// checkAz checks a command line as the CLI would. A mention in a sentence may leave out parameters and values.
func checkAz(words []string, mention bool) error {
	command, rest, err := splitAz(words)
	if err != nil {
		return err
	}
	spec, given := azCommands[command], map[string]bool{}
	for len(rest) > 0 {
		name := rest[0]
		rest = rest[1:]
		if long, ok := azShort[name]; ok {
			name = long
		}
		if !slices.Contains(slices.Concat(spec.required, spec.optional, azGlobal), name) {
			return fmt.Errorf("az %s: unrecognized argument %q", command, name)
		}
		given[name] = true
		if slices.Contains(azFlags, name) {
			continue
		}
		if len(rest) == 0 || strings.HasPrefix(rest[0], "--") {
			if mention {
				continue
			}
			return fmt.Errorf("az %s: %s expects a value", command, name)
		}
		value := rest[0]
		rest = rest[1:]
		if choices, ok := azChoices[name]; value == "" || ok && !slices.Contains(choices, value) {
			return fmt.Errorf("az %s: %s %q is none of %q", command, name, value, choices)
		}
	}
	for _, name := range spec.required {
		if !given[name] && !mention {
			return fmt.Errorf("az %s: %s is required", command, name)
		}
	}
	return nil
}

func TestTheAzTableRefusesWhatTheCLIRefuses(t *testing.T) {
	for line, want := range map[string]string{
		"group delete --name g --yes":                                 "",
		"group remove --name g":                                       "no such command",
		"group delete --name g --force":                               "unrecognized",
		"group delete --yes":                                          "--name is required",
		"group delete --name":                                         "expects a value",
		"role assignment create --role Owner --scope /s --assignee a": "is none of",
	} {
		err := checkAz(strings.Fields(line), false)
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("az %s: %v, want %q", line, err, want)
		}
	}
}
