package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestRun(t *testing.T) {
	var out strings.Builder
	if err := run(t.Context(), &out); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"sweden-ptu",
		"virginia, after sweden-ptu: 429: retry after 500ms",
		"virginia",
		"sweden-ptu",
		"virginia-large, after sweden-ptu: 429: retry after 300ms, virginia: 429: retry after 400ms",
		"nobody: try again in ",
		"virginia-large, after sweden-ptu: 400: context_length_exceeded",
		"an error: azure: provider_unavailable",
	}
	var got []string
	for line := range strings.Lines(out.String()) {
		if line = strings.TrimRight(line, "\n"); strings.HasPrefix(line, "   ") {
			got = append(got, strings.TrimPrefix(line, "   "))
		}
	}
	for i := range got {
		if i < len(want) && strings.HasPrefix(got[i], want[i]) {
			got[i] = want[i]
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("who served (-want +got):\n%s\n%s", diff, &out)
	}
}
