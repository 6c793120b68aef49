package provider_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-a739af98/langchaingo-azure/azureadv1"
	"github.com/seed-a739af98/langchaingo-azure/azureadv1/azuretest"
)

const environmentGuide = "docs/environment.md"

func Example_environment() {
	_ = os.Setenv("AZURE_OPENAI_ENDPOINT", "https://my-resource.openai.azure.com")
	_ = os.Setenv("AZURE_CREDENTIAL", "managed_identity")
	defer func() { _, _ = os.Unsetenv("AZURE_OPENAI_ENDPOINT"), os.Unsetenv("AZURE_CREDENTIAL") }()
	err := func() error {
		cfg, err := azureadv1.FromEnv()
		if err != nil {
			return err
		}
		cfg.MaxRetries = 5
		fmt.Print(cfg.Explain()) // which variable each value came from
		return nil
	}()
	if err != nil {
		fmt.Println(err)
	}
	// Output:
	// surface     v1   from the default, since APIVersion is empty
	// deployment  -   from nothing: each call names its own
	// chat        https://my-resource.openai.azure.com/openai/v1/chat/completions
	// embeddings  https://my-resource.openai.azure.com/openai/v1/embeddings
	// responses   https://my-resource.openai.azure.com/openai/v1/responses
	// credential  managed_identity   from Identity.Kind (from AZURE_CREDENTIAL)
	// scope       https://cognitiveservices.azure.com/.default   from the endpoint's host (public cloud)
	// authority   -
}

func TestTheEnvironmentGuidesGoRuns(t *testing.T) {
	checkShown(t, environmentGuide, "guides_environment_test.go", "Example_environment")
}

var variableName = regexp.MustCompile("`([A-Z]+(?:_[A-Z]+)+)`")

// TestTheEnvironmentGuidesFirstTableIsTheCodes holds it to the table that FromEnv reads, names and order alike, and to the README's.
func TestTheEnvironmentGuidesFirstTableIsTheCodes(t *testing.T) {
	row := regexp.MustCompile("(?m)^\\| (`[A-Za-z.]+` \\| `[A-Z][A-Z_`, ]*) \\|$")
	source := regexp.MustCompile(`(?m)^\t\{"([A-Za-z.]+)", \[\]string\{([^}]*)\}`)
	var documented, readme, read []string
	for _, m := range row.FindAllStringSubmatch(readFile(t, environmentGuide), -1) {
		documented = append(documented, m[1])
	}
	for _, m := range row.FindAllStringSubmatch(readFile(t, "README.md"), -1) {
		readme = append(readme, m[1])
	}
	for _, m := range source.FindAllStringSubmatch(readFile(t, "azureadv1/env.go"), -1) {
		read = append(read, "`"+m[1]+"` | "+strings.ReplaceAll(m[2], `"`, "`"))
	}
	if diff := cmp.Diff(read, documented); diff != "" || len(read) == 0 {
		t.Errorf("azureadv1/env.go and %s (-code +guide):\n%s", environmentGuide, diff)
	}
	if diff := cmp.Diff(readme, documented); diff != "" {
		t.Errorf("README.md and %s (-README +guide):\n%s", environmentGuide, diff)
	}
}

// TestTheEnvironmentGuideNamesWhatThereIs looks up each variable that is azidentity's or its library's in their sources.
func TestTheEnvironmentGuideNamesWhatThereIs(t *testing.T) {
	_, text, _ := strings.Cut(readFile(t, environmentGuide), "## What azidentity reads")
	text, _, _ = strings.Cut(text, "## What others read")
	list := exec.CommandContext(t.Context(), "go", "list", "-m", "-f", "{{.Dir}}", "github.com/Azure/azure-sdk-for-go/sdk/azidentity",
		"github.com/AzureAD/microsoft-authentication-library-for-go")
	out, err := list.Output()
	must(t, err)
	dirs := strings.Fields(string(out))
	var files []string
	for _, pattern := range []string{dirs[0] + "/*.go", dirs[1] + "/apps/managedidentity/*.go", "azureadv1/env.go", "azureadv1/identity_github.go"} {
		found, err := filepath.Glob(pattern)
		must(t, err)
		files = append(files, found...)
	}
	var source strings.Builder
	for _, f := range files {
		source.WriteString(readFile(t, f))
	}
	names := variableName.FindAllStringSubmatch(text, -1)
	for _, m := range names {
		if !strings.Contains(source.String(), `"`+m[1]+`"`) {
			t.Errorf("nothing reads %s", m[1])
		}
	}
	if len(names) < 20 {
		t.Errorf("%d variables found, which cannot be all", len(names))
	}
}

// TestWhatTheEnvironmentGuideCallsNeverReadIsNot sets all of them, and calls in every way there is.
func TestWhatTheEnvironmentGuideCallsNeverReadIsNot(t *testing.T) {
	_, text, _ := strings.Cut(readFile(t, environmentGuide), "## What is never read")
	text, _, _ = strings.Cut(text, "The one exception")
	names := variableName.FindAllStringSubmatch(text, -1)
	if len(names) < 8 {
		t.Fatalf("%d variables found, which cannot be all", len(names))
	}
	for _, m := range names {
		t.Setenv(m[1], secretMark+"-never.example")
	}
	for _, r := range everyRoute() {
		if r.foreign {
			continue // it reads them itself
		}
		s := inMemory(t, azuretest.Options{})
		cfg := config(t, s, r.api())
		cfg.APIKey = apiKey
		r.succeed(t, newCaller(t, cfg))
		request := only(t, s)
		if all := fmt.Sprint(request.Host, request.Path, request.Query, request.Header, string(request.Body)); strings.Contains(all, "never.example") {
			t.Errorf("%s: a variable reached the wire", r)
		}
	}
}

// TestTheEnvironmentGuidesIdentityRows calls as each row says, with the row's variables alone.
func TestTheEnvironmentGuidesIdentityRows(t *testing.T) {
	s := inMemory(t, azuretest.Options{Users: map[string]string{"user@contoso.com": "p"}})
	file := filepath.Join(t.TempDir(), "token")
	must(t, os.WriteFile(file, []byte(s.IssueToken(azuretest.Claims{})), 0o600))
	values := map[string]string{
		"AZURE_TENANT_ID": azuretest.DefaultTenantID, "AZURE_CLIENT_ID": azuretest.DefaultClientID, "AZURE_CLIENT_SECRET": clientSecret,
		"AZURE_CLIENT_CERTIFICATE_PATH": "azureadv1/testdata/identity.pfx", "AZURE_USERNAME": "user@contoso.com", "AZURE_PASSWORD": "p",
		"AZURE_FEDERATED_TOKEN_FILE": file, "AZURE_CLIENT_CERTIFICATE_PASSWORD": "fixture", "AZURE_CLIENT_SEND_CERTIFICATE_CHAIN": "",
	}
	rows := regexp.MustCompile("(?m)^\\| (?:`environment`, )?`([a-z_]+)` \\| (`AZURE_.*) \\|$").FindAllStringSubmatch(readFile(t, environmentGuide), -1)
	if len(rows) != 6 {
		t.Fatalf("%d rows, want 6", len(rows))
	}
	for _, row := range rows {
		t.Run(row[1], func(t *testing.T) {
			noAzureVariables(t)
			t.Setenv("AZURE_OPENAI_ENDPOINT", s.Endpoint())
			t.Setenv("AZURE_CREDENTIAL", row[1])
			if row[1] == "federated" {
				t.Setenv("AZURE_OPENAI_AD_TOKEN", "oidc/file/"+file)
			}
			for _, m := range variableName.FindAllStringSubmatch(row[2], -1) {
				if value := values[m[1]]; value != "" {
					t.Setenv(m[1], value)
				}
			}
			cfg, err := azureadv1.FromEnv()
			must(t, err)
			cfg.Deployment, cfg.HTTPClient = chatDeployment, s.HTTPClient()
			if _, err := askAs(t.Context(), cfg); err != nil {
				t.Errorf("%v\n%s", err, cfg.Explain())
			}
		})
	}
}
