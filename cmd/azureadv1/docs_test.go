package main

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
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

// TestTheGuideShowsWhatIsPrinted runs every command that docs/doctor.md shows with an output.
func TestTheGuideShowsWhatIsPrinted(t *testing.T) {
	noVariables(t)
	guide, err := os.ReadFile("../../docs/doctor.md")
	if err != nil {
		t.Fatal(err)
	}
	shown := regexp.MustCompile("(?ms)^```\n\\$ go run ./cmd/azureadv1 ([^\n]+)\n(.*?)^```$").FindAllStringSubmatch(string(guide), -1)
	for _, m := range shown {
		out := start(t, system{}, strings.Fields(m[1])...)
		if diff := cmp.Diff(m[2], settled(out.stdout)); diff != "" {
			t.Errorf("%s prints (-shown +printed):\n%s", m[1], diff)
		}
	}
	if len(shown) < 3 {
		t.Errorf("%d outputs found, which cannot be all", len(shown))
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
