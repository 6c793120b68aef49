package provider_test

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"github.com/seed-a739af98/langchaingo-azure/azureadv1"
	"github.com/seed-a739af98/langchaingo-azure/azureadv1/azuretest"
)

func readFile(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestReadmesCodeIsTheQuickstart keeps the README's code compiling: it is the main function of examples/quickstart.
func TestReadmesCodeIsTheQuickstart(t *testing.T) {
	code := blocks(t, "README.md", "go")[0].claim()
	if !strings.HasSuffix(readFile(t, "examples/quickstart/main.go"), "\n"+code) {
		t.Errorf("README.md's first Go code is not the end of examples/quickstart/main.go:\n%s", code)
	}
}

// TestQuickstartRuns runs the README's program as a process, against the stand-in, with nothing but the environment.
func TestQuickstartRuns(t *testing.T) {
	t.Parallel() // it is long
	s := start(t, azuretest.Options{})
	cmd := exec.Command("go", "run", "./examples/quickstart") //nolint:noctx // bounded by the test's own deadline
	cmd.Env = append(os.Environ(),
		"AZURE_OPENAI_ENDPOINT="+s.Endpoint(), "AZURE_OPENAI_DEPLOYMENT=chat", "AZURE_OPENAI_API_KEY="+apiKey,
		"SSL_CERT_FILE="+certificateFile(t, s.Endpoint()))
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "Hello from chat") {
		t.Errorf("%v\n%s", err, out)
	}
}

func Example_readmeIdentity() {
	azure := myResource(nil)
	defer func() { _ = azure.Close() }()
	forget, err := asInKubernetes(azure)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer forget()

	cfg := azureadv1.Config{
		Endpoint:   "https://my-resource.openai.azure.com",
		Deployment: "my-gpt",
		Identity:   azureadv1.Identity{Kind: "workload_identity"},
	}
	cfg.HTTPClient, cfg.Identity.Authority = azure.HTTPClient(), azure.Authority()

	fmt.Println(askAs(context.Background(), cfg))
	fmt.Println(azure.TokenRequests()[0].Grant, azure.TokenRequests()[0].ClientID)
	// Output:
	// Hello from my-gpt. <nil>
	// client_credentials 66666666-7777-4888-9999-aaaaaaaaaaaa
}

// asInKubernetes sets what its webhook for workload identity gives a pod, and returns what takes it away.
func asInKubernetes(azure *azuretest.Server) (forget func(), err error) {
	file, err := os.CreateTemp("", "federated-token")
	if err != nil {
		return nil, err
	}
	_, err = file.WriteString(azure.IssueToken(azuretest.Claims{Audience: "api://AzureADTokenExchange"}))
	if err := errors.Join(err, file.Close()); err != nil {
		return nil, err
	}
	names := map[string]string{
		"AZURE_CLIENT_ID": azuretest.DefaultClientID, "AZURE_TENANT_ID": azuretest.DefaultTenantID, "AZURE_FEDERATED_TOKEN_FILE": file.Name(),
	}
	for name, value := range names {
		if err := os.Setenv(name, value); err != nil {
			return nil, err
		}
	}
	return func() {
		for name := range names {
			_ = os.Unsetenv(name)
		}
		_ = os.Remove(file.Name())
	}, nil
}

// TestReadmesIdentityRuns finds the README's other configuration, line for line, in the example that runs.
func TestReadmesIdentityRuns(t *testing.T) {
	code := blocks(t, "README.md", "go")[1].claim()
	if !strings.Contains(exampleBodies(t, "readme_test.go")["Example_readmeIdentity"], "\n"+asBody(code)) {
		t.Errorf("Example_readmeIdentity does not run README.md's configuration:\n%s", code)
	}
}

// TestReadmesErrorIsWhatIsSaid compares the error that the README quotes with the one of an identity without a role.
func TestReadmesErrorIsWhatIsSaid(t *testing.T) {
	quoted := blocks(t, "README.md", "")
	s := inMemory(t, azuretest.Options{Deployments: map[string]string{"my-gpt": "gpt-4o"}, NoRole: true})
	cfg := config(t, s, "")
	cfg.Deployment, cfg.Credential = "my-gpt", s.Credential()
	_, err := askAs(t.Context(), cfg)
	if len(quoted) != 1 || err == nil || !quotes(err.Error(), strings.Join(strings.Fields(quoted[0].claim()), " ")) {
		t.Errorf("README.md quotes\n%s\nthe error says\n%v", quoted[0].Text, err)
	}
}

// certificateFile writes the stand-in's certificate where a child process can be told to trust it.
func certificateFile(t *testing.T, endpoint string) string {
	t.Helper()
	if runtime.GOOS == "windows" || runtime.GOOS == "darwin" {
		t.Skip("a child process can be given a certificate by SSL_CERT_FILE only where Go reads no system store (crypto/x509)")
	}
	u, err := url.Parse(endpoint)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := tls.Dial("tcp", u.Host, &tls.Config{InsecureSkipVerify: true}) //nolint:gosec,noctx // to read the certificate that the child will trust
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	file := filepath.Join(t.TempDir(), "stand-in.pem")
	block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: conn.ConnectionState().PeerCertificates[0].Raw})
	if err := os.WriteFile(file, block, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// TestReadmesRouteTableIsTheRoutes compares the README's table with what a client will call.
func TestReadmesRouteTableIsTheRoutes(t *testing.T) {
	readme := readFile(t, "README.md")
	for surface, version := range map[azureadv1.Surface]string{azureadv1.V1: "v1", azureadv1.Classic: "2024-10-21"} {
		c, err := azureadv1.NewClient(azureadv1.Config{Endpoint: "https://r.openai.azure.com", APIVersion: version, APIKey: "k"})
		if err != nil {
			t.Fatal(err)
		}
		for _, op := range []azureadv1.Operation{azureadv1.OpChat, azureadv1.OpEmbeddings, azureadv1.OpResponses} {
			path := strings.TrimPrefix(c.URL(op), "https://r.openai.azure.com")
			path = strings.NewReplacer("%7B", "{", "%7D", "}", version, "DATE").Replace(path)
			if surface == azureadv1.V1 {
				path = strings.TrimPrefix(c.URL(op), "https://r.openai.azure.com")
			}
			row := regexp.MustCompile(`(?m)^\| ` + string(op) + ` \|.*$`).FindString(readme)
			if !strings.Contains(row, "`"+path+"`") {
				t.Errorf("README.md's row %q lacks %s", row, path)
			}
		}
	}
}

// TestReadmesEnvironmentTableIsWhatFromEnvReads sets every variable of the table in turn.
func TestReadmesEnvironmentTableIsWhatFromEnvReads(t *testing.T) {
	values := map[string]string{
		"Endpoint": "https://r.openai.azure.com", "APIVersion": "2024-10-21", "Deployment": "d", "APIKey": "secret-key",
		"Token": "secret-token", "Scope": "https://ai.azure.com/.default", "Identity.Kind": "azure_cli",
	}
	rows := regexp.MustCompile("(?m)^\\| `([A-Za-z.]+)` \\| (`[A-Z].*) \\|$").FindAllStringSubmatch(readFile(t, "README.md"), -1)
	if len(rows) != len(values) {
		t.Fatalf("the table has %d rows, want %d", len(rows), len(values))
	}
	var all []string
	for _, row := range rows {
		all = append(all, regexp.MustCompile("[A-Z_]{4,}").FindAllString(row[2], -1)...)
	}
	for _, row := range rows {
		for _, name := range regexp.MustCompile("[A-Z_]{4,}").FindAllString(row[2], -1) {
			t.Run(name, func(t *testing.T) {
				for _, other := range all {
					t.Setenv(other, "")
				}
				t.Setenv(name, values[row[1]])
				cfg, err := azureadv1.FromEnv()
				if err != nil {
					t.Fatal(err)
				}
				got := map[string]string{
					"Endpoint": cfg.Endpoint, "APIVersion": cfg.APIVersion, "Deployment": cfg.Deployment, "APIKey": cfg.APIKey,
					"Token": cfg.Token, "Scope": cfg.Scope, "Identity.Kind": cfg.Identity.Kind,
				}
				for field, value := range got {
					if want := map[bool]string{true: values[field]}[field == row[1]]; value != want {
						t.Errorf("%s = %q, want %q", field, value, want)
					}
				}
			})
		}
	}
}

// TestAgentRunsOnTheResourceThatTheEnvironmentNames runs the README's other use of its main command.
func TestAgentRunsOnTheResourceThatTheEnvironmentNames(t *testing.T) {
	t.Parallel() // it is long
	s := start(t, azuretest.Options{})
	cmd := exec.Command("go", "run", "./examples/agent", "-questions", "1") //nolint:noctx // bounded by the test's own deadline
	cmd.Env = append(os.Environ(),
		"AZURE_OPENAI_ENDPOINT="+s.Endpoint(), "AZURE_OPENAI_DEPLOYMENT=chat", "AZURE_OPENAI_API_KEY="+apiKey,
		"SSL_CERT_FILE="+certificateFile(t, s.Endpoint()))
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, want := range []string{"v1  POST /openai/v1/chat/completions  key  200", "classic  POST /openai/deployments/chat/chat/completions  key  200", "Hello from chat"} {
		if !strings.Contains(string(out), want) {
			t.Errorf("the output lacks %q:\n%s", want, out)
		}
	}
	if strings.Contains(string(out), apiKey) {
		t.Error("the key is in the output")
	}
}

// The versions of other people's programs are those that are installed.
func TestTheREADMEHasTheVersionsOfStrangers(t *testing.T) {
	var lock struct {
		Dependencies map[string]string `json:"dependencies"`
	}
	must(t, json.Unmarshal([]byte(readFile(t, "internal/compat/package.json")), &lock))
	page := readFile(t, "README.md")
	for name, says := range map[string]string{
		"@copilotkit/aimock": "aimock %s's", "openai": "`openai` client for Node,\n%s", "@energetic-ai/core": "energetic-ai %s",
	} {
		version := lock.Dependencies[name]
		if want := fmt.Sprintf(says, version); version == "" || !strings.Contains(page, want) {
			t.Errorf("README.md does not say %q", want)
		}
	}
}
