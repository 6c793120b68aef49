package main

import (
	"regexp"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestRunPrintsTheTraceOfAnAgent(t *testing.T) {
	var out strings.Builder
	if err := run(t.Context(), &out); err != nil {
		t.Fatal(err)
	}
	tree := regexp.MustCompile(`(?m)^ *(invoke_agent|chat|execute_tool) \S+$`).FindAllString(out.String(), -1)
	want := "invoke_agent forecaster|  chat gpt-4o|  execute_tool weather|  chat gpt-4o"
	if got := strings.Join(tree, "|"); got != want {
		t.Errorf("the tree of spans is %s, want %s", got, want)
	}
	for _, line := range []string{
		"It rains in Oslo.\n",
		"    . azure.openai.attempts = 1\n", // the first call
		"    . azure.openai.attempts = 2\n", // the one whose token was refused
		"    . gen_ai.provider.name = azure.ai.openai\n",
		"azure.identity.token.fetches                 2 {fetch}\n",
		"gen_ai.client.operation.duration             2 recorded\n",
	} {
		if !strings.Contains(out.String(), line) {
			t.Errorf("%q is not in the output:\n%s", line, &out)
		}
	}
	// The question and the tool's result are the prompt's.
	if strings.Contains(out.String(), "What is the weather") || strings.Contains(out.String(), "7 C") {
		t.Errorf("a prompt is in the telemetry:\n%s", &out)
	}
}
