package main

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-a739af98/langchaingo-azure/internal/fenced"
)

// varying are the parts of an output that no two runs share, as the guide shows them.
var varying = []struct {
	pattern *regexp.Regexp
	shown   string
}{
	{port, "127.0.0.1:PORT"},
	{regexp.MustCompile(`until \d{4}-\d{2}-\d{2}`), "until DATE"},
	{regexp.MustCompile(`expires in \S+`), "expires in 1h0m0s"},
	{regexp.MustCompile(`request id [0-9a-f-]{36}`), "request id ID"},
}

func settled(text string) string {
	for _, v := range varying {
		text = v.pattern.ReplaceAllString(text, v.shown)
	}
	return text
}

// TestTheGuideShowsWhatIsPrinted runs every command of docs/doctor.md, and compares the output that some are shown with.
func TestTheGuideShowsWhatIsPrinted(t *testing.T) {
	noVariables(t)
	outputs := map[string]string{}
	for _, c := range fenced.Commands(t, "docs/doctor.md", "go run ./cmd/azureadv1") {
		command := strings.Join(c.Args, " ")
		if _, ran := outputs[command]; !ran {
			out := start(t, system{}, c.Args...)
			outputs[command] = settled(out.stdout)
			if wrong := strings.Contains(command, "--demo=no-role") || strings.Contains(command, "--demo=wrong-surface"); (out.code == exitFailed) != wrong || out.code == exitUsage {
				t.Errorf("line %d: %s ends with code %d\n%s", c.Line, command, out.code, out.stderr)
			}
			if out.stdout+out.stderr == "" {
				t.Errorf("line %d: %s prints nothing", c.Line, command)
			}
		}
		if diff := cmp.Diff(c.Output, outputs[command]); c.Output != "" && diff != "" {
			t.Errorf("line %d: %s prints (-shown +printed):\n%s", c.Line, command, diff)
		}
	}
	if len(outputs) < 5 {
		t.Errorf("%d commands found, which cannot be all", len(outputs))
	}
}

// TestTheGuideNamesEveryCheckAndField compares its tables with what --json prints.
func TestTheGuideNamesEveryCheckAndField(t *testing.T) {
	guide, err := os.ReadFile("../../docs/doctor.md")
	if err != nil {
		t.Fatal(err)
	}
	out := start(t, system{}, "doctor", "--json", "--demo")
	fields := regexp.MustCompile(`(?m)^ {2,10}"([a-z]+)":`).FindAllStringSubmatch(out.stdout, -1)
	for _, m := range fields {
		if !strings.Contains(string(guide), "`"+m[1]+"`") {
			t.Errorf("docs/doctor.md has no field %s", m[1])
		}
	}
	for _, c := range out.report(t).Targets[0].Checks {
		if !strings.Contains(string(guide), "| `"+c.Check+"`") && !strings.HasPrefix(c.Check, "chat_") {
			t.Errorf("docs/doctor.md has no check %s", c.Check)
		}
	}
	if len(fields) < 10 {
		t.Errorf("%d fields found, which cannot be all", len(fields))
	}
}
