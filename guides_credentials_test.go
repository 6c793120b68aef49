package provider_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	"github.com/goccy/go-yaml"
	"github.com/tmc/langchaingo/llms"

	"github.com/seed-a739af98/langchaingo-azure/adapters/langchaingo"
	"github.com/seed-a739af98/langchaingo-azure/azureadv1"
	"github.com/seed-a739af98/langchaingo-azure/azureadv1/azuretest"
)

const credentialsGuide = "docs/credentials.md"

func Example_credentialsManagedIdentity() {
	const clientID = "0a0a0a0a-1111-4222-8333-444444444444"
	azure := azuretest.New(azuretest.Options{Apps: []azuretest.App{{ClientID: clientID}}})
	defer func() { _ = azure.Close() }()
	cfg := azureadv1.Config{Endpoint: azure.Endpoint(), Deployment: "chat", HTTPClient: azure.HTTPClient()}

	cfg.Identity = azureadv1.Identity{Kind: "managed_identity", ClientID: clientID}

	fmt.Println(askAs(context.Background(), cfg))
	fmt.Println(azure.TokenRequests()[0].Grant, azure.TokenRequests()[0].ClientID)
	// Output:
	// Hello from chat. <nil>
	// managed_identity 0a0a0a0a-1111-4222-8333-444444444444
}

// askAs puts one question under a configuration.
func askAs(ctx context.Context, cfg azureadv1.Config) (string, error) {
	model, err := langchaingo.New(cfg)
	if err != nil {
		return "", err
	}
	return llms.GenerateFromSinglePrompt(ctx, model, "Say hello.")
}

// userCredential is the key of the context's value.
type userCredential struct{}

// exchanges plays what the stand-in does not: a user's token that is exchanged for one on this user's behalf.
type exchanges struct {
	azure *azuretest.Server
	count *int
}

// Do implements policy.Transporter.
func (e exchanges) Do(req *http.Request) (*http.Response, error) {
	if req.Method != http.MethodPost {
		return e.azure.HTTPClient().Do(req) //nolint:gosec // G704: azidentity makes the request, the stand-in answers it
	}
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return nil, err
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, err
	}
	if form.Get("grant_type") != "urn:ietf:params:oauth:grant-type:jwt-bearer" || form.Get("requested_token_use") != "on_behalf_of" {
		return nil, errors.New("this asks for nobody's sake")
	}
	*e.count++
	answer, err := json.Marshal(map[string]any{
		"token_type": "Bearer", "expires_in": 3600,
		"access_token": e.azure.IssueToken(azuretest.Claims{ObjectID: "object-of-" + form.Get("assertion")}),
	})
	if err != nil {
		return nil, err
	}
	w := httptest.NewRecorder()
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(answer)
	return w.Result(), nil
}

func Example_credentialsOnBehalfOf() {
	azure := azuretest.New(azuretest.Options{})
	defer func() { _ = azure.Close() }()
	cfg := azureadv1.Config{Endpoint: azure.Endpoint(), Deployment: "chat", HTTPClient: azure.HTTPClient()}
	options := &azidentity.OnBehalfOfCredentialOptions{ClientOptions: azure.ClientOptions(), DisableInstanceDiscovery: true}
	count := 0
	options.Transport = exchanges{azure, &count}
	tenantID, clientID, clientSecret := azuretest.DefaultTenantID, azuretest.DefaultClientID, azuretest.DefaultClientSecret

	onBehalf := func(ctx context.Context) (string, error) {
		user, ok := ctx.Value(userCredential{}).(azcore.TokenCredential)
		if !ok {
			return "", errors.New("this call belongs to no user")
		}
		token, err := user.GetToken(ctx, policy.TokenRequestOptions{Scopes: []string{"https://cognitiveservices.azure.com/.default"}})
		return token.Token, err
	}
	cfg.TokenProvider = onBehalf // one client for all users

	handle := func(ctx context.Context, assertion string) (string, error) {
		user, err := azidentity.NewOnBehalfOfCredentialWithSecret(tenantID, clientID, assertion, clientSecret, options)
		if err != nil {
			return "", err
		}
		ctx = context.WithValue(ctx, userCredential{}, user)
		if _, err := askAs(ctx, cfg); err != nil {
			return "", err
		}
		return askAs(ctx, cfg)
	}
	for _, assertion := range []string{"alice", "bob"} {
		fmt.Println(handle(context.Background(), assertion))
	}
	for _, r := range azure.Requests() {
		claims, _ := r.Claims()
		fmt.Println(claims.ObjectID)
	}
	fmt.Println(count, "exchanges")
	// Output:
	// Hello from chat. <nil>
	// Hello from chat. <nil>
	// object-of-alice
	// object-of-alice
	// object-of-bob
	// object-of-bob
	// 2 exchanges
}

// tokenVault is a source of tokens that azidentity knows nothing of.
type tokenVault struct {
	azure   *azuretest.Server
	current string
	issued  int
}

// Forget drops a token.
func (v *tokenVault) Forget(token string) {
	if v.current == token {
		v.current = ""
	}
}

// Token gives the token it has, or a new one.
func (v *tokenVault) Token(context.Context) (string, error) {
	if v.current == "" {
		v.issued++
		v.current = v.azure.IssueToken(azuretest.Claims{})
	}
	return v.current, nil
}

func Example_credentialsOfOnesOwn() {
	azure := azuretest.New(azuretest.Options{})
	defer func() { _ = azure.Close() }()
	cfg := azureadv1.Config{Endpoint: azure.Endpoint(), Deployment: "chat", HTTPClient: azure.HTTPClient()}
	vault := &tokenVault{azure: azure}

	cfg.TokenProvider = func(ctx context.Context) (string, error) {
		if refused, ok := azureadv1.RejectedTokenFromContext(ctx); ok {
			vault.Forget(refused) // the service refused it: it must not be handed out again
		}
		return vault.Token(ctx)
	}

	fmt.Println(askAs(context.Background(), cfg))
	azure.RevokeAll()
	fmt.Println(askAs(context.Background(), cfg))
	fmt.Println(vault.issued, "tokens")
	// Output:
	// Hello from chat. <nil>
	// Hello from chat. <nil>
	// 2 tokens
}

func TestTheCredentialsGuidesGoRuns(t *testing.T) {
	checkShown(t, credentialsGuide, "guides_credentials_test.go", "Example_credentials")
}

func TestTheCredentialsGuidesCommandsAreRight(t *testing.T) {
	commands, g := claimAll(blocks(t, credentialsGuide, "sh")), newGuideShell(t)
	g.answers = map[string]string{
		"cognitiveservices account show":                                            "/resource",
		"identity show --name my-app --resource-group my-group --query clientId":    "client",
		"identity show --name my-app --resource-group my-group --query principalId": "principal",
		"identity show --name my-app --resource-group my-group --query id":          "/identity",
		"aks show": "https://issuer.example/",
	}
	g.run(t, commands...)
	g.checkAz(t)
	var all strings.Builder
	for _, words := range g.calls(t, "az") {
		fmt.Fprintln(&all, strings.Join(words, " "))
	}
	checkContains(t, all.String(), "--assignee-object-id principal --assignee-principal-type ServicePrincipal --scope /resource\n",
		"--user-assigned /identity\n", "--issuer https://issuer.example/ --subject system:serviceaccount:default:my-app --audiences api://AzureADTokenExchange",
		"--issuer https://token.actions.githubusercontent.com --subject repo:my-org/my-repo:ref:refs/heads/main --audiences api://AzureADTokenExchange")
}

// TestTheCredentialsGuidesTableOfKinds compares the table with what is accepted: without one of the fields a kind needs,
// or with one it neither needs nor may have, a configuration is an error.
func TestTheCredentialsGuidesTableOfKinds(t *testing.T) {
	values := azureadv1.Identity{
		TenantID: "contoso.com", ClientID: "client", ClientSecret: "secret", CertificatePath: "cert.pem", CertificatePassword: "p",
		Username: "user@contoso.com", Password: "p", TokenFile: "token", Authority: "https://login.microsoftonline.us",
	}
	check := func(id azureadv1.Identity) error {
		return azureadv1.Config{Endpoint: "https://r.openai.azure.com", Identity: id}.Validate()
	}
	rows := regexp.MustCompile("(?m)^\\| `([a-z_]+)` \\| [^|]* \\|([^|]*)\\|([^|]*)\\|$").FindAllStringSubmatch(readFile(t, credentialsGuide), -1)
	if len(rows) != 10 {
		t.Fatalf("the table has %d kinds, want 10", len(rows))
	}
	for _, row := range rows {
		with := func(fields string, but string) azureadv1.Identity {
			id := azureadv1.Identity{Kind: row[1]}
			for _, m := range regexp.MustCompile("`([A-Za-z]+)`").FindAllStringSubmatch(fields, -1) {
				if m[1] != but {
					reflect.ValueOf(&id).Elem().FieldByName(m[1]).SetString(reflect.ValueOf(values).FieldByName(m[1]).String())
				}
			}
			return id
		}
		if err := errors.Join(check(with(row[2], "")), check(with(row[2]+row[3], ""))); err != nil {
			t.Errorf("%s: %v", row[1], err)
		}
		for f := range reflect.TypeFor[azureadv1.Identity]().Fields() {
			name := "`" + f.Name + "`"
			switch {
			case f.Name == "Kind" || strings.Contains(row[3], name):
			case strings.Contains(row[2], name) && check(with(row[2], f.Name)) == nil:
				t.Errorf("%s does not need %s", row[1], f.Name)
			case !strings.Contains(row[2], name) && check(with(row[2]+name, "")) == nil:
				t.Errorf("%s may have %s", row[1], f.Name)
			}
		}
	}
}

// manifest is what the test reads of a Kubernetes object. Strict decoding makes a misspelt key an error.
type manifest struct {
	APIVersion string `yaml:"apiVersion"`
	Kind       string
	Metadata   struct {
		Name, Namespace string
		Annotations     map[string]string
	}
	Spec struct {
		Selector struct {
			MatchLabels map[string]string `yaml:"matchLabels"`
		}
		Template struct {
			Metadata struct{ Labels map[string]string }
			Spec     struct {
				ServiceAccountName string `yaml:"serviceAccountName"`
				Containers         []struct {
					Name, Image string
					Env         []struct{ Name, Value string }
				}
			}
		}
	}
}

// TestTheCredentialsGuidesPodCalls reads the manifest as Kubernetes does, adds what the workload identity webhook adds to
// the labelled pod of that service account, and calls with it.
func TestTheCredentialsGuidesPodCalls(t *testing.T) {
	var account, app manifest
	decoder := yaml.NewDecoder(strings.NewReader(blocks(t, credentialsGuide, "yaml")[0].claim()), yaml.Strict())
	must(t, decoder.Decode(&account))
	must(t, decoder.Decode(&app))
	pod := app.Spec.Template
	clientID := account.Metadata.Annotations["azure.workload.identity/client-id"]
	if account.APIVersion+account.Kind+app.APIVersion+app.Kind != "v1ServiceAccount"+"apps/v1Deployment" ||
		pod.Metadata.Labels["azure.workload.identity/use"] != "true" || pod.Spec.ServiceAccountName != account.Metadata.Name ||
		account.Metadata.Namespace != app.Metadata.Namespace || pod.Metadata.Labels["app"] != app.Spec.Selector.MatchLabels["app"] {
		t.Errorf("the webhook would not see this pod:\n%+v\n%+v", account, app)
	}
	subject := "system:serviceaccount:" + account.Metadata.Namespace + ":" + account.Metadata.Name
	checkContains(t, readFile(t, credentialsGuide), "--subject "+subject+" ")

	s := inMemory(t, azuretest.Options{
		Host: "contoso-chat-1.openai.azure.com", Deployments: map[string]string{"my-gpt": "gpt-4o"},
		Apps: []azuretest.App{{ClientID: clientID}},
	})
	file := filepath.Join(t.TempDir(), "token")
	must(t, os.WriteFile(file, []byte(s.IssueToken(azuretest.Claims{Audience: "api://AzureADTokenExchange"})), 0o600))
	noAzureVariables(t)
	for _, v := range pod.Spec.Containers[0].Env {
		t.Setenv(v.Name, v.Value)
	}
	t.Setenv("AZURE_CLIENT_ID", clientID)
	t.Setenv("AZURE_TENANT_ID", azuretest.DefaultTenantID)
	t.Setenv("AZURE_FEDERATED_TOKEN_FILE", file)
	callFromEnv(t, s, clientID)
}

// noAzureVariables unsets what the machine that tests may have.
func noAzureVariables(t *testing.T) {
	t.Helper()
	for _, pair := range os.Environ() {
		name, _, _ := strings.Cut(pair, "=")
		if strings.HasPrefix(name, "AZURE_") || strings.HasPrefix(name, "OPENAI_") || strings.HasPrefix(name, "ACTIONS_") {
			t.Setenv(name, "") // so that it is restored
			must(t, os.Unsetenv(name))
		}
	}
}

// callFromEnv calls as the environment says, and the Entra side must have seen an outside token of that client.
func callFromEnv(t *testing.T, s *azuretest.Server, clientID string) {
	t.Helper()
	cfg, err := azureadv1.FromEnv()
	must(t, err)
	cfg.HTTPClient, cfg.Identity.Authority = s.HTTPClient(), s.Authority()
	if _, err := askAs(t.Context(), cfg); err != nil {
		t.Fatalf("%v\n%s", err, cfg.Explain())
	}
	checkCredential(t, only(t, s), azuretest.CredentialToken)
	if asked := s.TokenRequests(); len(asked) != 1 || asked[0].ClientID != clientID || asked[0].Grant != "client_credentials" {
		t.Errorf("Entra was asked %+v", asked)
	}
}

// evaluation is what the test reads of a GitHub workflow. Strict decoding makes a misspelt key an error.
type evaluation struct {
	Name string
	On   struct {
		Push struct{ Branches []string }
	}
	Permissions map[string]string
	Jobs        map[string]struct {
		RunsOn string `yaml:"runs-on"`
		Env    map[string]string
		Steps  []struct {
			Uses, Run string
			With      map[string]string
		}
	}
}

// TestTheCredentialsGuidesWorkflowCalls runs the job's environment against a runner that gives out the job's tokens.
func TestTheCredentialsGuidesWorkflowCalls(t *testing.T) {
	var w evaluation
	must(t, yaml.UnmarshalWithOptions([]byte(blocks(t, credentialsGuide, "yaml")[1].claim()), &w, yaml.Strict()))
	job := w.Jobs["evaluate"]
	if w.Permissions["id-token"] != "write" || job.RunsOn != "ubuntu-latest" || len(job.Steps) != 3 || job.Steps[2].Run != "go run ." {
		t.Errorf("the workflow is not what the guide says: %+v", w)
	}
	s := start(t, azuretest.Options{Deployments: map[string]string{"my-gpt": "gpt-4o"}})
	runner := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") == "Bearer of-the-job" {
			fmt.Fprintf(rw, `{"value":%q}`, s.IssueToken(azuretest.Claims{Audience: r.URL.Query().Get("audience")}))
		}
	}))
	t.Cleanup(runner.Close)
	noAzureVariables(t)
	vars := strings.NewReplacer("${{ vars.AZURE_TENANT_ID }}", azuretest.DefaultTenantID, "${{ vars.AZURE_CLIENT_ID }}", azuretest.DefaultClientID,
		"https://contoso-chat-1.openai.azure.com", s.Endpoint())
	for name, value := range job.Env {
		t.Setenv(name, vars.Replace(value))
	}
	t.Setenv("ACTIONS_ID_TOKEN_REQUEST_URL", runner.URL+"/token?api-version=2.0")
	t.Setenv("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "of-the-job")
	callFromEnv(t, s, azuretest.DefaultClientID)
}
