package azureadv1

import (
	"strings"
	"testing"

	"github.com/seed-a739af98/langchaingo-azure/internal/fenced"
)

// TestTheDocumentedFuzzingRuns runs the command of docs/reliability.md, for an input or two.
func TestTheDocumentedFuzzingRuns(t *testing.T) {
	out := fenced.GoTest(t, fenced.Commands(t, "docs/reliability.md", "go test")[0], "-fuzztime=1x", "-fuzzcachedir="+t.TempDir())
	if !strings.Contains(out, "fuzz: elapsed") {
		t.Errorf("nothing was fuzzed:\n%s", out)
	}
}
