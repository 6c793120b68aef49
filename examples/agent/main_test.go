package main

import (
	"bytes"
	"context"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/seed-a739af98/langchaingo-azure/internal/fenced"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func standInOnly(t *testing.T) {
	t.Helper()
	for _, name := range []string{"AZURE_OPENAI_ENDPOINT", "AZURE_OPENAI_DEPLOYMENT"} {
		t.Setenv(name, "")
	}
}

// The command is the README's; it runs with a question less, and draws.
func TestAgentOutlivesItsTokensOnBothSurfaces(t *testing.T) {
	standInOnly(t)
	c := fenced.Commands(t, "README.md", "go run ./examples/agent")[0]
	var out, errs bytes.Buffer
	picture := filepath.Join(t.TempDir(), "run.svg")
	if code := run(t.Context(), append(c.Args, "-questions", "3", "-timeline", picture), &out, &errs); code != 0 {
		t.Fatalf("exit code %d\n%s%s", code, &out, &errs)
	}
	text := out.String()
	for _, want := range []string{
		"v1  POST /openai/v1/chat/completions  token ",
		"classic  POST /openai/deployments/gpt-4o/chat/completions  token ",
		"tool     stopwatch(0.9)",
		"tool     calculator(4 * 5) = 20",
		"answer   4 * 5 is 20.",
		"revokes every token",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the output lacks %q:\n%s", want, text)
		}
	}
	// 3 questions of 3 calls and one replay; the caller sees no 401.
	for _, surface := range []string{"v1", "classic"} {
		if !regexp.MustCompile(`(?m)^ +` + surface + ` +10 +[2-9] +1 +0$`).MatchString(text) {
			t.Errorf("the table's line for %s is not 10 calls, several tokens, one 401 on the wire and none seen:\n%s", surface, text)
		}
	}
	if regexp.MustCompile(`eyJ[A-Za-z0-9_-]{10}`).MatchString(text) {
		t.Error("a token is in the output")
	}
	checkPicture(t, picture, text)
}

func TestAgentExplainsItself(t *testing.T) {
	rows := []struct {
		name string
		args []string
		code int
		want string
	}{
		{"help", []string{"-h"}, 0, "AZURE_OPENAI_ENDPOINT"},
		{"an unknown flag", []string{"-fast"}, 2, "not defined"},
		{"a stray argument", []string{"now"}, 2, "takes no arguments"},
		{"no questions", []string{"-questions", "0"}, 2, "1 to 100"},
		{"a picture where there is no folder", []string{"-timeline", "no/such/folder/run.svg"}, 1, "no/such/folder"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			var out, errs bytes.Buffer
			if code := run(t.Context(), row.args, &out, &errs); code != row.code || !strings.Contains(errs.String(), row.want) {
				t.Errorf("exit code %d, want %d; %s", code, row.code, &errs)
			}
		})
	}
}

func TestAgentReportsAWrongEnvironment(t *testing.T) {
	t.Setenv("AZURE_OPENAI_ENDPOINT", "https://r.openai.azure.com")
	t.Setenv("AZURE_OPENAI_DEPLOYMENT", "d")
	t.Setenv("AZURE_OPENAI_API_VERSION", "0613")
	var out, errs bytes.Buffer
	if code := run(t.Context(), nil, &out, &errs); code != 1 || !strings.Contains(errs.String(), "looks like a model version") {
		t.Errorf("exit code %d; %s%s", code, &out, &errs)
	}
}

func TestAgentStopsWhenInterrupted(t *testing.T) {
	standInOnly(t)
	ctx, cancel := context.WithCancel(t.Context())
	var errs bytes.Buffer
	out := &interrupter{at: "stopwatch", cancel: cancel}
	if code := run(ctx, nil, out, &errs); code != 130 {
		t.Errorf("exit code %d, want 130\n%s%s", code, &out.text, &errs)
	}
	if !strings.HasSuffix(out.text.String(), "stopped\n") || !strings.Contains(out.text.String(), "calls made") {
		t.Errorf("no table, or no last word:\n%s", &out.text)
	}
}

// interrupter presses Ctrl-C when it sees a word.
type interrupter struct {
	text   bytes.Buffer
	at     string
	cancel context.CancelFunc
}

func (i *interrupter) Write(p []byte) (int, error) {
	if bytes.Contains(p, []byte(i.at)) {
		i.cancel()
	}
	return i.text.Write(p)
}

func TestCalculate(t *testing.T) {
	for term, want := range map[string]string{
		"6 * 7": "42", "6*7": "42", "1.5 + 2": "3.5", "1.5+-2": "-0.5",
		"6 *": "is not a term", "six * seven": "is not a term", "": "is not a term", "1 - 2": "is not a term",
	} {
		if got := calculate(term); !strings.Contains(got, want) {
			t.Errorf("calculate(%q) = %q, want %q", term, got, want)
		}
	}
}
