package wire_test

import (
	"strings"
	"testing"

	"github.com/seed-a739af98/langchaingo-azure/internal/fenced"
)

// TestTheDocumentedBenchmarksRun runs the command of docs/performance.md, once for each benchmark.
func TestTheDocumentedBenchmarksRun(t *testing.T) {
	out := fenced.GoTest(t, fenced.Commands(t, "docs/performance.md", "go test")[0], "-benchtime=1x")
	for _, name := range []string{"BenchmarkChatStream", "BenchmarkResponsesStream", "BenchmarkChatWriter", "BenchmarkReadChat"} {
		if !strings.Contains(out, "\n"+name) {
			t.Errorf("%s did not run:\n%s", name, out)
		}
	}
}
