package registry

import (
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestJunkIsRefusedSoon reads a megabyte of everything that costs YAML readers time or memory, and a little less of
// everything inside something else: as much as passes the bounds on words and signs, and reaches the parser.
func TestJunkIsRefusedSoon(t *testing.T) {
	pieces := []string{
		"[", "{", "- ", "- - - - ", "a: {b: {", "&a [*a,", "? ", "a: b\n", "- a\n", "a ", "a\n", "\"", "'a", "!!str ", "&a ", "*a ", "|\n a\n", "a: |\n", "# c\n", "\n",
		" ", "a:\n ", "%a\n", "---\n", "{a: b, ", "[a,", "<<: *a\n", "- a: b\n  c: d\n", "-\n", "a:\n", "{a, ", "[,", "[[],", "é", "]", "}", ": ", "a: b: ", "> ", "- \n", "x: &x\n", "a\t", ",a", "~],", ",b: c",
	}
	prefixes := []string{"", "a: |\n  ", "a: [", "a: {b: ", "a: \"x\n  "}
	for _, prefix := range prefixes {
		size := maxFileBytes
		if prefix != "" {
			size = 32 << 10
		}
		for _, piece := range pieces {
			refuse(t, fmt.Sprintf("%q and %q", prefix, piece), prefix+strings.Repeat(piece, (size-len(prefix))/len(piece)))
		}
	}
	keys := strings.Builder{}
	for i := range 999 {
		fmt.Fprintf(&keys, "k%d: b, ", i)
	}
	merges := "a: &a {" + keys.String() + "}\nb: {<<: [" + strings.Repeat("*a,", 60_000) + "]}\n"
	counted := strings.Builder{}
	for i := range 60_000 {
		fmt.Fprintf(&counted, "k%d: {a: b}\n", i)
	}
	for name, text := range map[string]string{"ten megabytes": strings.Repeat("x", 10<<20), "many keys": counted.String(), "many merges": merges} {
		refuse(t, name, text)
	}
}

// refuse demands errors within five seconds, or a minute under the race detector.
func refuse(t *testing.T, name, text string) {
	t.Helper()
	limit := 5 * time.Second
	if underRaceDetector() {
		limit = time.Minute
	}
	start := time.Now()
	_, err := readFile(strings.NewReader(text), testEnvironment.lookup)
	if took := time.Since(start); took > limit {
		t.Errorf("%s took %v", name, took)
	}
	checkErrors(t, err)
}

func underRaceDetector() bool {
	info, _ := debug.ReadBuildInfo()
	return slices.Contains(info.Settings, debug.BuildSetting{Key: "-race", Value: "true"})
}

func TestAnAnchorBombIsRefused(t *testing.T) {
	var b strings.Builder
	b.WriteString("a0: &a0 [x, x]\n")
	for i := 1; i < 40; i++ {
		fmt.Fprintf(&b, "a%d: &a%d [*a%d, *a%d, *a%d]\n", i, i, i-1, i-1, i-1)
	}
	_, err := readFile(strings.NewReader(b.String()), testEnvironment.lookup)
	checkErrors(t, err)
	if err == nil || !strings.Contains(err.Error(), "expand to more than") {
		t.Errorf("%v", err)
	}
}

// checkErrors demands errors, each with its place.
func checkErrors(t *testing.T, err error) {
	t.Helper()
	errs, ok := errors.AsType[Errors](err)
	if !ok || len(errs) == 0 {
		t.Fatalf("want Errors, got %v", err)
	}
	for _, e := range errs {
		if e.Line < 1 || e.Column < 1 || e.Message == "" {
			t.Fatalf("without a place: %#v", e)
		}
	}
}
