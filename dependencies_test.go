package provider_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var (
	requirement   = regexp.MustCompile(`(?m)^\t([^ ]+) v[^ ]+$`) // without "// indirect"
	dependencyRow = regexp.MustCompile("(?m)^\\| `([^`]+)` \\| [^|]+ \\| ([^|]{10,}) \\|$")
)

// TestEveryDirectDependencyHasAReason compares docs/dependencies.md with the requirements of both modules.
func TestEveryDirectDependencyHasAReason(t *testing.T) {
	page := readText(t, "docs/dependencies.md")
	ours, theirs, found := strings.Cut(page, "## adapters/registry/redisstate")
	if !found {
		t.Fatal("no section for redisstate")
	}
	for mod, section := range map[string]string{"go.mod": ours, "adapters/registry/redisstate/go.mod": theirs} {
		if diff := cmp.Diff(firstGroups(requirement, readText(t, mod)), firstGroups(dependencyRow, section)); diff != "" {
			t.Errorf("%s and docs/dependencies.md differ (-required +explained):\n%s", mod, diff)
		}
	}
}

// TestOnlyTestsUseTheTestsDependencies holds docs/dependencies.md to what it says a program compiles.
func TestOnlyTestsUseTheTestsDependencies(t *testing.T) {
	_, section, _ := strings.Cut(readText(t, "docs/dependencies.md"), "## What tests and examples get")
	section, _, _ = strings.Cut(section, "\n## ")
	forTests := firstGroups(dependencyRow, section)
	used := map[string]bool{}
	for _, root := range []string{"azureadv1", "adapters/langchaingo", "adapters/registry", "internal/wire"} {
		must(t, filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.Name() == "redisstate" {
				return skipped(err)
			}
			if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return nil
			}
			file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
			if err != nil {
				return err
			}
			for _, spec := range file.Imports {
				name, err := strconv.Unquote(spec.Path.Value)
				if err != nil {
					return err
				}
				used[name] = true
			}
			return nil
		}))
	}
	for name := range used {
		for _, module := range forTests {
			if name == module || strings.HasPrefix(name, module+"/") {
				t.Errorf("%s is imported outside of tests", name)
			}
		}
	}
	if !used["github.com/go-faster/jx"] || len(forTests) == 0 {
		t.Errorf("of %d imports none is of jx, or of %d dependencies of tests none was read", len(used), len(forTests))
	}
}

func skipped(err error) error {
	if err != nil {
		return err
	}
	return filepath.SkipDir
}

func readText(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	must(t, err)
	return string(text)
}

func firstGroups(re *regexp.Regexp, text string) []string {
	all := map[string]bool{}
	for _, m := range re.FindAllStringSubmatch(text, -1) {
		all[m[1]] = true
	}
	return slices.Sorted(maps.Keys(all))
}
