package provider_test

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

// Every program that measures is in the document, every command of the document runs one, and every benchmark that it
// names exists.
func TestPerformanceNamesWhatThereIs(t *testing.T) {
	page := readFile(t, "docs/performance.md")
	named := map[string]bool{}
	for _, m := range regexp.MustCompile(`go run (\./internal/bench/\w+)`).FindAllStringSubmatch(page, -1) {
		named[filepath.Clean(m[1])] = true
	}
	programs, err := filepath.Glob(filepath.Join("internal", "bench", "*", "main.go"))
	must(t, err)
	for _, program := range programs {
		if dir := filepath.Dir(program); !named[dir] {
			t.Errorf("docs/performance.md has nothing of %s", dir)
		}
		delete(named, filepath.Dir(program))
	}
	for dir := range named {
		t.Errorf("docs/performance.md runs %s, which is not there", dir)
	}
	for _, m := range regexp.MustCompile(`go test .*-bench (\S+) .*(\./[\w/]+)`).FindAllStringSubmatch(page, -1) {
		if !hasBenchmark(t, m[2], m[1]) {
			t.Errorf("%s has no benchmark %s", m[2], m[1])
		}
	}
}

func hasBenchmark(t *testing.T, dir, pattern string) bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*_test.go"))
	must(t, err)
	name := regexp.MustCompile(`(?m)^func Benchmark\w*` + pattern)
	for _, file := range files {
		text, err := os.ReadFile(file)
		must(t, err)
		if name.Match(text) {
			return true
		}
	}
	return false
}
