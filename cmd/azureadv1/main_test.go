package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/seed-a739af98/langchaingo-azure/azureadv1/azuretest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// heard listens for the whole of the tests: the log is the process's.
var heard = listen()

// Secrets of these tests; every token is a JWT, whose first letters are tokenMark.
const (
	apiKey       = "hush-api-key"
	clientSecret = "hush~client~secret"
	tokenMark    = "eyJ"
)

// output is what a run left behind.
type output struct {
	code           int
	stdout, stderr string
}

// start runs the program. Whatever it prints must hold no secret.
func start(t *testing.T, sys system, args ...string) output {
	t.Helper()
	var stdout, stderr bytes.Buffer
	sys.stdout, sys.stderr = &stdout, &stderr
	if sys.lookup == nil {
		sys.lookup = func(context.Context, string) ([]netip.Addr, error) {
			return []netip.Addr{netip.MustParseAddr("10.1.2.3")}, nil
		}
	}
	out := output{code: run(t.Context(), args, sys), stdout: stdout.String(), stderr: stderr.String()}
	for _, secret := range []string{apiKey, clientSecret, tokenMark, azuretest.DefaultClientSecret, azuretest.DefaultAPIKey, "the-secrets-id"} {
		if strings.Contains(out.stdout+out.stderr, secret) {
			t.Errorf("%q holds a secret, %q:\n%s%s", args, secret, out.stdout, out.stderr)
		}
	}
	return out
}

// report runs the program with --json and reads what it prints.
func (o output) report(t *testing.T) report {
	t.Helper()
	var r report
	dec := json.NewDecoder(strings.NewReader(o.stdout))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&r); err != nil {
		t.Fatalf("%v in:\n%s%s", err, o.stdout, o.stderr)
	}
	return r
}

// statuses are a target's lines, as check=status.
func (t target) statuses() string {
	var all []string
	for _, c := range t.Checks {
		all = append(all, c.Check+"="+string(c.Status))
	}
	return strings.Join(all, " ")
}

func (t target) check(name string) result {
	for _, c := range t.Checks {
		if c.Check == name {
			return c
		}
	}
	return result{}
}

// noVariables takes away what the environment says to this program and to azidentity.
func noVariables(t *testing.T) {
	t.Helper()
	for _, entry := range os.Environ() {
		name, _, _ := strings.Cut(entry, "=")
		if strings.HasPrefix(name, "AZURE_") || strings.HasPrefix(name, "OPENAI_") || strings.HasSuffix(strings.ToUpper(name), "_PROXY") {
			t.Setenv(name, "")
		}
	}
}

// variables sets what leads to a stand-in by a client secret, and whatever a row wants otherwise.
func variables(t *testing.T, s *azuretest.Server, more map[string]string) {
	t.Helper()
	noVariables(t)
	set := map[string]string{"AZURE_OPENAI_ENDPOINT": s.Endpoint(), "AZURE_OPENAI_DEPLOYMENT": "chat", "AZURE_OPENAI_API_KEY": apiKey}
	maps.Copy(set, more)
	for name, value := range set {
		t.Setenv(name, value)
	}
}

// inMemory is a stand-in without sockets, under a host name of Azure's.
func inMemory(t *testing.T, o azuretest.Options) *azuretest.Server {
	t.Helper()
	o.APIKey, o.ClientSecret = apiKey, clientSecret
	s := azuretest.New(o)
	t.Cleanup(func() { _ = s.Close() })
	return s
}

const errorsPage = "https://github.com/seed-a739af98/langchaingo-azure/blob/main/docs/errors.md"

func TestDoctorSaysWhatFailsAndWhatToDo(t *testing.T) {
	noVariables(t)
	const resolved = "endpoint=ok surface=ok deployment=ok credential=ok"
	const identified = resolved + " name=ok tls=ok token=ok"
	for _, row := range []struct {
		fault, lines, check, fix, help string
		code                           int
	}{
		{
			fault: "", lines: identified + " deployments=ok chat_v1=ok chat_classic=ok stream=ok responses=ok embeddings=ok",
		},
		{
			fault: "no-role", check: "chat_v1", help: "#role", code: 1,
			lines: identified + " deployments=skipped chat_v1=failed chat_classic=skipped stream=skipped responses=skipped embeddings=skipped",
			fix: "The identity with object id 0e1cfdce-08d5-4fad-89f1-3605d4dedf70 is known but has no data-plane role: assign it Cognitive Services OpenAI User on the resource " +
				"(Foundry: Azure AI User). Owner and Contributor are not enough, and a new role takes 5 to 10 minutes to count.",
		},
		{
			fault: "wrong-deployment", check: "chat_v1", help: "#deployment", code: 1,
			lines: identified + " deployments=skipped chat_v1=failed chat_classic=skipped stream=skipped responses=skipped embeddings=ok",
			fix: `No deployment "gpt-4o" at https://127.0.0.1:PORT/openai/v1/chat/completions on the v1 surface: ` +
				"give the deployment's name, not the model's, and check that it is in this resource.",
		},
		{
			fault: "wrong-tenant", check: "chat_v1", help: "#tenant", code: 1,
			lines: identified + " deployments=skipped chat_v1=failed chat_classic=skipped stream=skipped responses=skipped embeddings=skipped",
			fix: "The token is of another tenant than the resource (it was 99999999-2222-4333-8444-555555555555): " +
				"set Identity.TenantID to the resource's, or sign in there (az login --tenant).",
		},
		{
			fault: "wrong-scope", check: "chat_v1", help: "#token", code: 1,
			lines: identified + " deployments=skipped chat_v1=failed chat_classic=skipped stream=skipped responses=skipped embeddings=skipped",
			fix: "The token was refused. Scope asked: https://management.azure.com/.default. The token says: audience https://management.azure.com, " +
				"tenant 11111111-2222-4333-8444-555555555555, expires TIME. If the audience is not the one this host expects, " +
				"set Scope to https://cognitiveservices.azure.com/.default (projects: https://ai.azure.com/.default, US Government: the same hosts under azure.us); " +
				"if the tenant is not the resource's, set Identity.TenantID; if it has expired, use a TokenProvider or a Credential, which refresh.",
		},
		{
			fault: "wrong-secret", check: "token", help: "#client-secret", code: 1,
			lines: resolved + " name=ok tls=ok token=failed deployments=skipped chat_v1=skipped chat_classic=skipped stream=skipped responses=skipped embeddings=skipped",
			fix:   "The client secret is wrong: set Identity.ClientSecret to the secret's Value, not to its Secret ID, which the portal lists beside it.",
		},
		{
			fault: "keys-disabled", check: "chat_v1", help: "#keys-disabled", code: 1,
			lines: identified + " deployments=skipped chat_v1=failed chat_classic=skipped stream=skipped responses=skipped embeddings=skipped",
			fix:   "Keys are disabled on this resource: leave APIKey empty and use an Entra credential.",
		},
		{
			fault: "unknown-certificate", check: "tls", help: "#certificate", code: 1,
			lines: resolved + " name=ok tls=failed token=skipped deployments=skipped chat_v1=skipped chat_classic=skipped stream=skipped responses=skipped embeddings=skipped",
			fix:   "The server's certificate is not trusted: is Endpoint the resource's, and is a proxy's certificate authority installed here?",
		},
		{
			fault: "no-such-host", check: "name", help: "#name-resolution", code: 1,
			lines: resolved + " name=failed tls=skipped token=skipped deployments=skipped chat_v1=skipped chat_classic=skipped stream=skipped responses=skipped embeddings=skipped",
			fix:   "The host's name does not resolve: check Endpoint, and the private DNS zone if the resource has a private endpoint.",
		},
		{
			fault: "closed-network", check: "chat_v1", help: "#network", code: 1,
			lines: identified + " deployments=skipped chat_v1=failed chat_classic=skipped stream=skipped responses=skipped embeddings=skipped",
			fix: "The resource is closed to this network: use its private endpoint (127.0.0.1 must resolve to a private address here) or VPN, " +
				"or add this address to the resource's firewall.",
		},
		{
			fault: "wrong-surface", check: "chat_v1", help: "#not-found", code: 1,
			lines: resolved + " name=ok tls=skipped token=ok deployments=skipped chat_v1=failed chat_classic=ok stream=skipped responses=skipped embeddings=skipped",
			fix: "Nothing answers at https://127.0.0.1:PORT/openai/v1/chat/completions: check the host; " +
				"a gateway that has only the classic surface needs APIVersion set to a date.",
		},
		{
			fault: "old-version", check: "responses",
			lines: identified + " deployments=ok chat_classic=ok chat_v1=ok stream=ok responses=warning embeddings=ok",
			fix:   `API version 2023-05-15 has no Responses API: use "v1" or "2025-03-01-preview", or leave WithResponsesAPI out`,
		},
		{
			fault: "responses-only", check: "chat_v1", help: "#responses-only", code: 1,
			lines: identified + " deployments=ok chat_v1=failed chat_classic=skipped stream=skipped responses=ok embeddings=ok",
			fix:   "This model answers on the Responses API only: use WithResponsesAPI.",
		},
		{
			fault: "cut-stream", check: "stream", code: 1,
			lines: identified + " deployments=ok chat_v1=ok chat_classic=ok stream=failed responses=ok embeddings=ok",
			fix:   streamsEnd,
		},
		{
			fault: "rate-limit", check: "chat_v1", help: "#rate-limit", code: 1,
			lines: identified + " deployments=ok chat_v1=failed chat_classic=skipped stream=skipped responses=skipped embeddings=skipped",
			fix:   "The deployment's quota is used up for now, and the service named no time: pause before the next call, or raise its tokens-per-minute limit.",
		},
	} {
		t.Run("a stand-in with "+orNone(row.fault), func(t *testing.T) {
			out := start(t, system{}, "doctor", "--json", "--demo="+demoName(row.fault))
			r := out.report(t)
			if out.code != row.code || r.exitCode() != row.code || len(r.Targets) != 1 {
				t.Fatalf("code %d, want %d:\n%s%s", out.code, row.code, out.stdout, out.stderr)
			}
			if diff := cmp.Diff(row.lines, r.Targets[0].statuses()); diff != "" {
				t.Errorf("the lines (-want +got):\n%s", diff)
			}
			got := r.Targets[0].check(row.check)
			if row.help != "" {
				row.help = errorsPage + row.help
			}
			if diff := cmp.Diff([]string{row.fix, row.help}, []string{withoutPort(got.Fix), got.Help}); diff != "" {
				t.Errorf("the fix (-want +got):\n%s", diff)
			}
			text := start(t, system{}, "doctor", "--demo="+demoName(row.fault))
			if !strings.Contains(withoutPort(text.stdout), row.fix) || text.code != row.code {
				t.Errorf("the lines lack the fix:\n%s", text.stdout)
			}
		})
	}
}

func demoName(fault string) string {
	if fault == "" {
		return "true"
	}
	return fault
}

var port = regexp.MustCompile(`127\.0\.0\.1:\d+`)

var expiry = regexp.MustCompile(`expires \d{4}-\d\d-\d\dT[\d:]+Z`)

// withoutPort takes out what no two runs share.
func withoutPort(s string) string {
	return expiry.ReplaceAllString(port.ReplaceAllString(s, "127.0.0.1:PORT"), "expires TIME")
}

func TestEveryFaultOfTheDemoHasARow(t *testing.T) {
	source, err := os.ReadFile("main_test.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range faults {
		if !bytes.Contains(source, []byte(`fault: "`+f.name+`"`)) {
			t.Errorf("no row for %s", f.name)
		}
	}
}

func TestDoctorReadsTheEnvironment(t *testing.T) {
	for _, row := range []struct {
		name     string
		options  azuretest.Options
		set      map[string]string
		args     []string
		code     int
		contains []string
	}{
		{
			name:     "a key, from the variables of the table",
			contains: []string{"from AZURE_OPENAI_ENDPOINT", "APIKey, from APIKey (from AZURE_OPENAI_API_KEY)", "chat, from Deployment (from AZURE_OPENAI_DEPLOYMENT)", "10.1.2.3 (private)", "none: a key is sent", "skip  embeddings   no deployment of an embedding model is named"},
		},
		{
			name:     "an embedding deployment given by flag",
			args:     []string{"--embedding-deployment", "embed"},
			contains: []string{"embed makes vectors of 1536 numbers"},
		},
		{
			name:     "an embedding deployment that is none",
			args:     []string{"--embedding-deployment", "chat"},
			code:     1,
			contains: []string{"FAIL  embeddings", "name one of an embedding model"},
		},
		{
			name:     "an endpoint spelled by halves",
			set:      map[string]string{"AZURE_OPENAI_ENDPOINT": "azuretest.openai.azure.com/openai/deployments/chat"},
			code:     1,
			contains: []string{"FAIL  endpoint     it cannot be used", "which needs a date: set APIVersion", "skip  chat v1      needs endpoint, which failed"},
		},
		{
			name: "a model's version for the API's",
			set:  map[string]string{"AZURE_OPENAI_API_VERSION": "0613"},
			code: 1,
			contains: []string{
				"skip  endpoint     not read, since another part is wrong", "FAIL  surface      it cannot be used", `"0613" looks like a model version, not an API version`,
				"skip  credential   needs surface, which failed",
			},
		},
		{
			name: "a key in the deployment's place",
			set:  map[string]string{"AZURE_OPENAI_DEPLOYMENT": "https://azuretest.openai.azure.com"},
			code: 1,
			contains: []string{
				"FAIL  deployment   it cannot be used", "is a URL: give that as Endpoint, and here the deployment's name", "skip  chat v1      needs deployment, which failed",
			},
		},
		{
			name: "a credential of no known kind",
			set:  map[string]string{"AZURE_OPENAI_API_KEY": "", "AZURE_CREDENTIAL": "kubernetes"},
			code: 1,
			contains: []string{
				"ok    endpoint     https://azuretest.openai.azure.com", "ok    surface      v1", "ok    deployment   chat", "FAIL  credential   it cannot be used",
				`Identity.Kind "kubernetes" is not known: use one of`, "skip  token        needs credential, which failed",
			},
		},
		{
			name: "a scope that is a resource",
			set:  map[string]string{"AZURE_OPENAI_API_KEY": "", "AZURE_SCOPE": "https://cognitiveservices.azure.com"},
			code: 1,
			contains: []string{
				"FAIL  credential   it cannot be used", `the scope is "https://cognitiveservices.azure.com/.default"`,
			},
		},
		{
			name: "a credential whose variables are missing",
			set:  map[string]string{"AZURE_OPENAI_API_KEY": "", "AZURE_CREDENTIAL": "workload_identity"},
			code: 1,
			contains: []string{
				"ok    endpoint", "FAIL  credential   it cannot be used", "Identity.Kind workload_identity: no client ID specified",
			},
		},
		{
			name: "a wrong version and a wrong key, both at once",
			set:  map[string]string{"AZURE_OPENAI_API_VERSION": "0613", "AZURE_OPENAI_API_KEY": "eyJhush"},
			code: 1,
			contains: []string{
				"FAIL  surface      it cannot be used", "FAIL  credential   it cannot be used", "looks like an Entra token", "2 failed",
			},
		},
		{
			name:     "a full URL of the classic surface",
			set:      map[string]string{"AZURE_OPENAI_ENDPOINT": "https://azuretest.openai.azure.com/openai/deployments/chat/chat/completions?api-version=2024-10-21"},
			contains: []string{"https://azuretest.openai.azure.com, read from", "classic 2024-10-21, from the query of Endpoint", "ok    chat classic answers", "answers too, where APIVersion is v1"},
		},
		{
			name:     "no deployment",
			set:      map[string]string{"AZURE_OPENAI_DEPLOYMENT": ""},
			contains: []string{"warn  deployment", "skip  stream       no deployment is named"},
		},
		{
			name:     "a key and a token",
			set:      map[string]string{"AZURE_OPENAI_AD_TOKEN": "hush.not.shown"},
			contains: []string{"warn  credential", "also set, and not used: Token (from AZURE_OPENAI_AD_TOKEN)"},
		},
		{
			name:     "a wrong key",
			set:      map[string]string{"AZURE_OPENAI_API_KEY": "hush-api-key-of-another"},
			code:     1,
			contains: []string{"FAIL  chat v1      401", "Key and host do not belong together"},
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := inMemory(t, row.options)
			variables(t, s, row.set)
			out := start(t, system{client: s.HTTPClient()}, append([]string{"doctor"}, row.args...)...)
			if out.code != row.code || out.stderr != "" {
				t.Errorf("code %d, want %d; stderr %q", out.code, row.code, out.stderr)
			}
			for _, want := range row.contains {
				if !strings.Contains(out.stdout, want) {
					t.Errorf("%q is missing in:\n%s", want, out.stdout)
				}
			}
			if strings.Contains(out.stdout, "\x1b") {
				t.Error("there are colours off a terminal")
			}
		})
	}
}

const modelsFile = `model_list:
  - model_name: assistant
    litellm_params: {model: azure/chat, api_base: "https://azuretest.openai.azure.com", api_key: hush-api-key}
  - model_name: assistant
    litellm_params: {model: azure/gone, api_base: "https://azuretest.openai.azure.com", api_key: hush-api-key}
    model_info: {id: the-other}
  - model_name: vectors
    litellm_params: {model: azure/embed, api_base: "https://azuretest.openai.azure.com", api_version: "2024-10-21", api_key: hush-api-key}
    model_info: {mode: embedding}
  - model_name: local
    litellm_params: {model: ollama/llama3}
`

func TestDoctorChecksTheModelsOfAFile(t *testing.T) {
	noVariables(t)
	s := inMemory(t, azuretest.Options{})
	file := filepath.Join(t.TempDir(), "models.yaml")
	if err := os.WriteFile(file, []byte(modelsFile), 0o600); err != nil {
		t.Fatal(err)
	}
	all := start(t, system{client: s.HTTPClient()}, "doctor", "--json", "--models", file)
	r := all.report(t)
	var names []string
	for _, one := range r.Targets {
		names = append(names, one.Name)
	}
	want := []string{"assistant (chat@azuretest.openai.azure.com)", "assistant (the-other)", "vectors (embed@azuretest.openai.azure.com)", "local (ollama/llama3)"}
	if diff := cmp.Diff(want, names); diff != "" || all.code != exitFailed || r.Targets[1].check("chat_v1").Status != failed {
		t.Errorf("code %d, targets %s\n%s", all.code, diff, all.stdout)
	}
	two := start(t, system{client: s.HTTPClient()}, "doctor", "--models", file, "vectors", "local")
	if two.code != exitWell || strings.Contains(two.stdout, "assistant") || !strings.Contains(two.stdout, "embed makes vectors of") ||
		!strings.Contains(two.stdout, "ollama is not azure") || !strings.Contains(two.stdout, "skip  chat classic the models file says that this is a deployment of embeddings") {
		t.Errorf("code %d:\n%s%s", two.code, two.stdout, two.stderr)
	}
	none := start(t, system{client: s.HTTPClient()}, "doctor", "--models", file, "nobody")
	if none.code != exitUsage || !strings.Contains(none.stderr, `has no model "nobody": it has assistant, local, vectors`) {
		t.Errorf("code %d: %s", none.code, none.stderr)
	}
	explained := start(t, system{client: &http.Client{Transport: unreachable{t}}}, "explain", "--models", file)
	if explained.code != exitWell || strings.Count(explained.stdout, "credential  APIKey") != 3 || !strings.Contains(explained.stdout, "provider    ollama") {
		t.Errorf("code %d:\n%s%s", explained.code, explained.stdout, explained.stderr)
	}
}

// unreachable fails the test that sends anything.
type unreachable struct{ t *testing.T }

// RoundTrip implements http.RoundTripper.
func (u unreachable) RoundTrip(r *http.Request) (*http.Response, error) {
	u.t.Errorf("%s was asked", r.URL.Host)
	return nil, http.ErrServerClosed
}

func TestExplainAsksNobody(t *testing.T) {
	s := inMemory(t, azuretest.Options{})
	variables(t, s, nil)
	sys := system{client: &http.Client{Transport: unreachable{t}}, lookup: func(context.Context, string) ([]netip.Addr, error) {
		t.Error("a name was looked up")
		return nil, nil
	}}
	out := start(t, sys, "explain")
	if out.code != exitWell || !strings.Contains(out.stdout, "credential  APIKey   from APIKey (from AZURE_OPENAI_API_KEY)\n") || len(s.Requests()) != 0 {
		t.Errorf("code %d:\n%s%s", out.code, out.stdout, out.stderr)
	}
	t.Setenv("AZURE_OPENAI_API_VERSION", "0613")
	if out := start(t, sys, "explain"); out.code != exitFailed || !strings.Contains(out.stdout, "problem ") {
		t.Errorf("code %d:\n%s", out.code, out.stdout)
	}
}

func TestWrongUseIsToldAndIsCode2(t *testing.T) {
	noVariables(t)
	broken := filepath.Join(t.TempDir(), "models.yaml")
	if err := os.WriteFile(broken, []byte("model_list:\n  - model_name: a\n    litellm_params: {model: azure/d, api_base: 'https://r.openai.azure.com', tempo: 1}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		name, says string
		args       []string
		code       int
	}{
		{"no command", "Usage:", nil, 2},
		{"a command there is not", `there is no command "docter"`, []string{"docter"}, 2},
		{"a flag there is not", "flag provided but not defined: -verbose; azureadv1 doctor -h lists the flags", []string{"doctor", "--verbose"}, 2},
		{"a time without its unit", "invalid value \"5\" for flag -timeout", []string{"doctor", "--timeout", "5"}, 2},
		{"a doctor's flag for explain", "flag provided but not defined: -demo", []string{"explain", "--demo"}, 2},
		{"nothing set", "nothing to check: set AZURE_OPENAI_ENDPOINT", []string{"doctor"}, 2},
		{"nothing to explain", "nothing to check: set AZURE_OPENAI_ENDPOINT", []string{"explain"}, 2},
		{"names without a file", "names are of models in a file", []string{"doctor", "assistant"}, 2},
		{"a demo of a file", "--demo brings its own configuration", []string{"doctor", "--demo", "--models", broken}, 2},
		{"no time", "--timeout 0s is no time to wait", []string{"doctor", "--timeout", "0"}, 2},
		{"a fault there is not", `there is no fault "flood"`, []string{"doctor", "--demo=flood"}, 2},
		{"a file there is not", "no such file", []string{"doctor", "--models", "nowhere.yaml"}, 2},
		{"a file with an error", "line 3", []string{"doctor", "--models", broken}, 1},
		{"a deployment beside a file", "stand in the models file itself", []string{"doctor", "--models", broken, "--deployment", "d"}, 2},
	} {
		t.Run(row.name, func(t *testing.T) {
			out := start(t, system{}, row.args...)
			if out.code != row.code || !strings.Contains(out.stderr, row.says) || out.stdout != "" {
				t.Errorf("code %d, want %d: %s%s", out.code, row.code, out.stdout, out.stderr)
			}
		})
	}
}

func TestHelpIsNoFailure(t *testing.T) {
	for _, args := range [][]string{{"help"}, {"doctor", "-h"}, {"explain", "--help"}, {"version"}, {"doctor", "--demo=list"}} {
		if out := start(t, system{}, args...); out.code != exitWell || out.stdout == "" || out.stderr != "" {
			t.Errorf("%q: code %d, %q, %q", args, out.code, out.stdout, out.stderr)
		}
	}
}

func TestTheTokenSaysWhichCredentialOfTheDefaultChainAnswered(t *testing.T) {
	const models = `model_list:
  - {model_name: one, litellm_params: {model: azure/chat, api_base: "https://azuretest.openai.azure.com"}}
  - {model_name: two, litellm_params: {model: azure/embed, api_base: "https://azuretest.openai.azure.com"}, model_info: {mode: embedding}}
`
	file := filepath.Join(t.TempDir(), "models.yaml")
	if err := os.WriteFile(file, []byte(models), 0o600); err != nil {
		t.Fatal(err)
	}
	s := inMemory(t, azuretest.Options{})
	variables(t, s, map[string]string{
		"AZURE_OPENAI_API_KEY": "", "AZURE_TENANT_ID": azuretest.DefaultTenantID, "AZURE_CLIENT_ID": azuretest.DefaultClientID, "AZURE_CLIENT_SECRET": clientSecret,
	})
	for _, args := range [][]string{{"doctor", "--json"}, {"doctor", "--json", "--models", file}} {
		for _, target := range start(t, system{client: s.HTTPClient(), chain: heard}, args...).report(t).Targets {
			token := target.check("token")
			if token.Facts["answered_by"] != "EnvironmentCredential" || !strings.HasPrefix(token.Detail, "EnvironmentCredential answers: object ") {
				t.Errorf("%s, %s: %s, %v", args, target.Name, token.Detail, token.Facts)
			}
		}
	}
}

func TestColoursAreForTerminals(t *testing.T) {
	s := inMemory(t, azuretest.Options{})
	variables(t, s, nil)
	out := start(t, system{client: s.HTTPClient(), colour: true}, "doctor")
	if !strings.Contains(out.stdout, "\x1b[32mok  \x1b[0m  endpoint") {
		t.Errorf("no colours:\n%q", out.stdout)
	}
	out = start(t, system{client: s.HTTPClient(), colour: true}, "doctor", "--json")
	if strings.Contains(out.stdout, "\x1b") {
		t.Error("the document has colours")
	}
}

func TestASlowCheckShowsOnATerminalAndEndsInTime(t *testing.T) {
	slowly := func(r azuretest.Request) azuretest.Reply {
		if r.Operation == azuretest.OpChat {
			return azuretest.SlowFirstByte(time.Hour)
		}
		return azuretest.Reply{}
	}
	for _, live := range []bool{true, false} {
		s := inMemory(t, azuretest.Options{Respond: slowly})
		variables(t, s, nil)
		out := start(t, system{client: s.HTTPClient(), live: live}, "doctor", "--timeout", "1200ms")
		if out.code != exitFailed || !strings.Contains(out.stdout, "FAIL  chat v1") || !strings.Contains(out.stdout, "--timeout") {
			t.Errorf("code %d:\n%s", out.code, out.stdout)
		}
		if got := strings.Contains(out.stderr, "\r\x1b[K  ...   chat v1, 1s") && strings.HasSuffix(out.stderr, "\r\x1b[K"); got != live {
			t.Errorf("on a terminal: %t, progress: %q", live, out.stderr)
		}
	}
}

func TestTheListOfDeploymentsIsUsedWhereTheServiceGivesOne(t *testing.T) {
	for _, row := range []struct{ name, list, line string }{
		{"the deployment is in it", `{"data":[{"id":"chat"},{"id":"other"}]}`, "ok    deployments  the resource has chat, other"},
		{"the deployment is not in it", `{"data":[{"id":"other"}]}`, "warn  deployments  the resource has other, and not chat"},
		{"it is no list", `{"status":"fine"}`, "ok    deployments  chat is among the 2 that the service lists"},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := inMemory(t, azuretest.Options{})
			variables(t, s, nil)
			s.Enqueue(azuretest.Raw(http.StatusOK, nil, row.list))
			if out := start(t, system{client: s.HTTPClient()}, "doctor"); !strings.Contains(out.stdout, row.line) || out.code != exitWell {
				t.Errorf("code %d, %q is missing in:\n%s", out.code, row.line, out.stdout)
			}
		})
	}
}

func TestWhatOneApiRefusesIsNoVerdictOnTheOthers(t *testing.T) {
	s := inMemory(t, azuretest.Options{Respond: func(r azuretest.Request) azuretest.Reply {
		if r.Operation == azuretest.OpResponses {
			return azuretest.NetworkDenied()
		}
		return azuretest.Reply{}
	}})
	variables(t, s, nil)
	chat := start(t, system{client: s.HTTPClient()}, "doctor", "--embedding-deployment", "embed")
	if chat.code != exitWell || !strings.Contains(chat.stdout, "warn  responses") || !strings.Contains(chat.stdout, "ok    embeddings") {
		t.Errorf("code %d:\n%s", chat.code, chat.stdout)
	}
	responses := start(t, system{client: s.HTTPClient()}, "doctor", "--responses")
	if responses.code != exitFailed || !strings.Contains(responses.stdout, "FAIL  stream") || !strings.Contains(responses.stdout, "skip  responses    fails as stream does") {
		t.Errorf("code %d:\n%s", responses.code, responses.stdout)
	}
}

func TestClaimsAreReadAsTokensHaveThem(t *testing.T) {
	jwt := func(payload string) string {
		return "e30." + base64.RawURLEncoding.EncodeToString([]byte(payload)) + ".c2ln"
	}
	for _, row := range []struct {
		name, token string
		want        claims
		ok          bool
	}{
		{"an app's", jwt(`{"aud":"a","tid":"t","oid":"o","appid":"p","roles":["r1","r2"],"exp":4102444800}`), claims{
			Audience: "a", Tenant: "t", Object: "o", App: "p", Roles: []string{"r1", "r2"}, Expires: time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC),
		}, true},
		{"a user's of version 2, for two audiences", jwt(`{"aud":["a","b"],"azp":"p","scp":"s1 s2"}`), claims{Audience: "a b", App: "p", Roles: []string{"s1", "s2"}}, true},
		{"one that steers terminals", jwt(`{"oid":"o\u001b[2J\n"}`), claims{Object: "o [2J"}, true},
		{"no JWT", "opaque", claims{}, false},
		{"no JSON", jwt("?"), claims{}, false},
		{"no base64", "a.!.c", claims{}, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			got, ok := readClaims(row.token)
			if diff := cmp.Diff(row.want, got); diff != "" || ok != row.ok {
				t.Errorf("ok %t (-want +got):\n%s", ok, diff)
			}
		})
	}
}

func TestCtrlCEndsItAtOnce(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s := inMemory(t, azuretest.Options{Respond: func(azuretest.Request) azuretest.Reply {
		cancel()
		return azuretest.SlowFirstByte(time.Hour)
	}})
	variables(t, s, nil)
	var stdout, stderr bytes.Buffer
	began := time.Now()
	code := run(ctx, []string{"doctor"}, system{stdout: &stdout, stderr: &stderr, client: s.HTTPClient(), lookup: noSuchHost})
	if code != exitFailed || !strings.Contains(stdout.String(), "interrupted, the rest was not checked") || strings.Contains(stdout.String(), "chat v1") {
		t.Errorf("code %d:\n%s", code, stdout.String())
	}
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("it took %s", took)
	}
}
