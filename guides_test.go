package provider_test

import (
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-a739af98/langchaingo-azure/azureadv1/azuretest"
)

// The guides' shell blocks run in one shell, in order, with these in the place of what reaches out: az answers from a
// script and writes down how it was called, go builds nothing and runs the guide's program.
const stubs = `
calls() { printf '%%s\037' "$@" >>"%[1]s/calls"; printf '\036' >>"%[1]s/calls"; }
`

// guideShell is a shell for a guide's blocks. What it is told to answer is matched with the beginning of az's arguments.
type guideShell struct {
	dir     string
	env     []string
	answers map[string]string // of az
	program string            // what "go run ." runs
}

func newGuideShell(t *testing.T) *guideShell {
	t.Helper()
	if _, err := exec.LookPath("sh"); err != nil || runtime.GOOS == "windows" {
		t.Skip("there is no POSIX shell here")
	}
	return &guideShell{dir: t.TempDir(), answers: map[string]string{}, program: "false"}
}

// run executes the blocks and returns what they print. Each block's first failing command ends all, as does a variable that is not set.
func (g *guideShell) run(t *testing.T, blocks ...string) string {
	t.Helper()
	g.stub(t, "az", "case \"$*\" in\n"+g.cases()+"esac")
	g.stub(t, "go", "case \"$*\" in 'run .') exec '"+g.program+"';; esac")
	cmd := exec.CommandContext(t.Context(), "sh", "-eu", "-c", strings.Join(blocks, "\n")) //nolint:gosec // the guide's own commands, with stubs for what reaches out
	cmd.Dir = g.dir
	cmd.Env = append(os.Environ(), g.env...)
	cmd.Env = append(cmd.Env, "PATH="+filepath.Join(g.dir, "bin")+string(os.PathListSeparator)+os.Getenv("PATH"))
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s\nof\n%s", err, out, strings.Join(blocks, "\n"))
	}
	return string(out)
}

func (g *guideShell) cases() string {
	var b strings.Builder
	for _, start := range slices.Backward(slices.Sorted(maps.Keys(g.answers))) { // the longer of two comes first
		fmt.Fprintf(&b, "'%s'*) echo '%s';;\n", start, g.answers[start])
	}
	return b.String()
}

func (g *guideShell) stub(t *testing.T, name, does string) {
	t.Helper()
	bin := filepath.Join(g.dir, "bin")
	must(t, os.MkdirAll(bin, 0o700))
	script := "#!/bin/sh\n" + fmt.Sprintf(stubs, g.dir) + "calls " + name + " \"$@\"\n" + does + "\n"
	must(t, os.WriteFile(filepath.Join(bin, name), []byte(script), 0o700))
}

// calls are the command lines of one stub, in order.
func (g *guideShell) calls(t *testing.T, name string) [][]string {
	t.Helper()
	var all [][]string
	for line := range strings.SplitSeq(readFile(t, filepath.Join(g.dir, "calls")), "\x1e") {
		words := strings.Split(strings.TrimSuffix(line, "\x1f"), "\x1f")
		if words[0] == name {
			all = append(all, words[1:])
		}
	}
	return all
}

// checkAz judges every call of az, of which there must be some.
func (g *guideShell) checkAz(t *testing.T) {
	t.Helper()
	all := g.calls(t, "az")
	if len(all) == 0 {
		t.Error("az was never called")
	}
	for _, words := range all {
		if err := checkAz(words, false); err != nil {
			t.Error(err)
		}
	}
}

// azInText are the commands that a guide mentions in its sentences, between backquotes.
var azInText = regexp.MustCompile("`az ([^`]+)`")

func TestTheAzCommandsThatGuidesMentionExist(t *testing.T) {
	guides, err := filepath.Glob("docs/*.md")
	must(t, err)
	found := 0
	for _, guide := range append(guides, "README.md") {
		for _, m := range azInText.FindAllStringSubmatch(readFile(t, guide), -1) {
			found++
			if err := checkAz(strings.Fields(strings.ReplaceAll(m[1], `"`, "")), true); err != nil {
				t.Errorf("%s: %v", guide, err)
			}
		}
	}
	if found < 10 {
		t.Errorf("%d commands found, which cannot be all", found)
	}
}

// buildProgram compiles a guide's program.
func buildProgram(t *testing.T, source string) string {
	t.Helper()
	dir := t.TempDir()
	file, program := filepath.Join(dir, "main.go"), filepath.Join(dir, "program.exe")
	must(t, os.WriteFile(file, []byte(source), 0o600))
	build := exec.CommandContext(t.Context(), "go", "build", "-ldflags=-s -w", "-o", program, file) //nolint:gosec // the guide's own program
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return program
}

// TestGettingStartedRuns follows the guide from az login to the resource group's end. The program asks az for its token,
// as on a developer's machine, and calls the stand-in.
func TestGettingStartedRuns(t *testing.T) {
	t.Parallel() // it is long
	const guide = "docs/getting-started.md"
	const host = "https://contoso-chat-1.openai.azure.com"
	programs, outputs, commands := claimAll(blocks(t, guide, "go")), claimAll(blocks(t, guide, "")), claimAll(blocks(t, guide, "sh"))
	g := newGuideShell(t)
	s := start(t, azuretest.Options{Deployments: map[string]string{"my-gpt": "gpt-4.1-mini"}})
	if len(programs) != 1 || len(outputs) != 2 {
		t.Fatalf("%d programs and %d outputs, want one and two", len(programs), len(outputs))
	}
	g.program = buildProgram(t, programs[0])
	g.env = []string{"SSL_CERT_FILE=" + certificateFile(t, s.Endpoint())}
	g.answers = map[string]string{
		"cognitiveservices account show --name contoso-chat-1 --resource-group my-group --query id --output tsv":                  "/subscriptions/s/contoso-chat-1",
		"cognitiveservices account show --name contoso-chat-1 --resource-group my-group --query properties.endpoint --output tsv": s.Endpoint() + "/",
		"ad signed-in-user show --query id --output tsv":                                                                          azuretest.DefaultClientID,
		"account get-access-token": `{"accessToken":"` + s.IssueToken(azuretest.Claims{}) + `","expires_on":4102444800}`,
	}
	out := g.run(t, commands...)
	want := strings.ReplaceAll(outputs[0], host, s.Endpoint()) + "\nHello from my-gpt.\n"
	if diff := cmp.Diff(want, out); diff != "" {
		t.Errorf("the commands print (-want +got):\n%s", diff)
	}
	checkCredential(t, only(t, s), azuretest.CredentialToken)
	g.checkAz(t)
	checkGettingStarted(t, g)

	s.Enqueue(azuretest.PermissionDenied())
	denied := exec.CommandContext(t.Context(), g.program) //nolint:gosec // as above
	denied.Env = append(os.Environ(), g.env[0], "PATH="+filepath.Join(g.dir, "bin")+string(os.PathListSeparator)+os.Getenv("PATH"),
		"AZURE_OPENAI_ENDPOINT="+s.Endpoint(), "AZURE_OPENAI_DEPLOYMENT=my-gpt", "AZURE_CREDENTIAL=azure_cli")
	said, err := denied.CombinedOutput()
	if err == nil || !quotes(string(said), outputs[1]) {
		t.Errorf("without a role: %v\n%s", err, said)
	}
}

// checkGettingStarted looks at what the commands said: the role on the resource's id to the signed-in user, a host of the
// resource's own, and the deployment under the name that is called.
func checkGettingStarted(t *testing.T, g *guideShell) {
	t.Helper()
	module, _, _ := strings.Cut(strings.TrimPrefix(readFile(t, "go.mod"), "module "), "\n")
	wantGo := [][]string{{"mod", "init", "my-app"}, {"get", module}, {"mod", "tidy"}, {"run", "."}}
	if diff := cmp.Diff(wantGo, g.calls(t, "go")); diff != "" {
		t.Errorf("go was called (-want +got):\n%s", diff)
	}
	var all strings.Builder
	for _, words := range g.calls(t, "az") {
		fmt.Fprintln(&all, strings.Join(words, " "))
	}
	checkContains(t, all.String(),
		"--role Cognitive Services OpenAI User --assignee-object-id "+azuretest.DefaultClientID+" --assignee-principal-type User --scope /subscriptions/s/contoso-chat-1\n",
		"--custom-domain contoso-chat-1", "--deployment-name my-gpt", "group delete --name my-group --yes")
}

// leadingSpace is what a block in a guide and the same code in a function differ by.
var leadingSpace = regexp.MustCompile(`(?m)^[ \t]+`)

// checkShown finds each Go block of a guide, line for line, in an example of the file that runs, and something of each such
// example in the guide.
func checkShown(t *testing.T, guide, file, prefix string) {
	t.Helper()
	bodies, shown := exampleBodies(t, file), map[string]bool{}
	for name, body := range bodies {
		if !strings.Contains(body, "// Output:") {
			t.Errorf("%s has no output, and so is never run", name)
		}
		if !strings.HasPrefix(name, prefix) {
			t.Errorf("%s of %s is none of %s", name, file, guide)
		}
		bodies[name] = leadingSpace.ReplaceAllString(body, "")
	}
	for _, b := range blocks(t, guide, "go") {
		text, found := b.claim(), false
		for name, body := range bodies {
			if strings.Contains(body, "\n"+leadingSpace.ReplaceAllString(text, "")) {
				found, shown[name] = true, true
			}
		}
		if !found {
			t.Errorf("%s: no example has this block:\n%s", b, text)
		}
	}
	for name := range bodies {
		if !shown[name] {
			t.Errorf("%s shows nothing of %s", guide, name)
		}
	}
}

// TestTheGuidesLinksLead follows every link to a file of the repository, and to a heading where one is named.
func TestTheGuidesLinksLead(t *testing.T) {
	guides, err := filepath.Glob("docs/*.md")
	must(t, err)
	found, code := 0, regexp.MustCompile("(?ms)^```.*?^```$|`[^`\n]+`")
	for _, guide := range guides {
		text := code.ReplaceAllString(readFile(t, guide), "")
		for _, m := range regexp.MustCompile(`\]\(([^)#:]*)(#[^)]*)?\)`).FindAllStringSubmatch(text, -1) {
			found++
			target := filepath.Join("docs", m[1])
			if m[1] == "" {
				target = guide
			}
			info, err := os.Stat(target)
			if err != nil {
				t.Errorf("%s: %v", guide, err)
				continue
			}
			if m[2] != "" && !info.IsDir() && !slices.Contains(headings(readFile(t, target)), m[2]) {
				t.Errorf("%s links to %s%s, of which there is no heading", guide, m[1], m[2])
			}
		}
	}
	if found < 20 {
		t.Errorf("%d links found, which cannot be all", found)
	}
}

// headings are the anchors that GitHub makes of a document's headings.
func headings(document string) []string {
	var all []string
	for _, m := range regexp.MustCompile(`(?m)^#+ (.*)$`).FindAllStringSubmatch(document, -1) {
		anchor := regexp.MustCompile(`[^\p{L}\p{N} _-]`).ReplaceAllString(strings.ToLower(m[1]), "")
		all = append(all, "#"+strings.ReplaceAll(anchor, " ", "-"))
	}
	return all
}

// TestTheTestingGuideNamesWhatThereIs looks up each exported name that stands alone in a sentence.
func TestTheTestingGuideNamesWhatThereIs(t *testing.T) {
	files, err := filepath.Glob("azureadv1/azuretest/*.go")
	must(t, err)
	var source strings.Builder
	for _, file := range append(files, "azureadv1/config.go") {
		source.WriteString(readFile(t, file))
	}
	names := regexp.MustCompile("`([A-Z][A-Za-z]+)[`(:]").FindAllStringSubmatch(readFile(t, testingGuide), -1)
	for _, m := range names {
		if !regexp.MustCompile(`(?m)^(func (\([^)]*\) )?|type |\t)` + m[1] + `[ (]`).MatchString(source.String()) {
			t.Errorf("%s names %s, which is not there", testingGuide, m[1])
		}
	}
	if len(names) < 30 {
		t.Errorf("%d names found, which cannot be all", len(names))
	}
}
