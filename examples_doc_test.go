package provider_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path"
	"path/filepath"
	"strings"
	"testing"
)

// TestEveryFunctionIsUsedInAnExample holds for what a package's page lists: each exported function, the constructors among
// them, is called in an example of that package that runs.
func TestEveryFunctionIsUsedInAnExample(t *testing.T) {
	for _, dir := range []string{"azureadv1", "azureadv1/azuretest", "adapters/langchaingo", "adapters/registry"} {
		examples, err := filepath.Glob(dir + "/example*_test.go")
		must(t, err)
		var used strings.Builder
		for _, file := range examples {
			for name, body := range exampleBodies(t, file) {
				if !strings.Contains(body, "// Output:") {
					t.Errorf("%s: %s has no output, and so is never run", file, name)
				}
				used.WriteString(body)
			}
		}
		functions := exportedFunctions(t, dir)
		if len(functions) == 0 {
			t.Errorf("%s has no functions", dir)
		}
		for _, name := range functions {
			if !strings.Contains(used.String(), path.Base(dir)+"."+name+"(") {
				t.Errorf("no example of %s calls %s", dir, name)
			}
		}
	}
}

// exportedFunctions are the names of a package's exported functions, methods left out.
func exportedFunctions(t *testing.T, dir string) []string {
	t.Helper()
	files, err := filepath.Glob(dir + "/*.go")
	must(t, err)
	var names []string
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		must(t, err)
		for _, decl := range file.Decls {
			if f, ok := decl.(*ast.FuncDecl); ok && f.Recv == nil && f.Name.IsExported() {
				names = append(names, f.Name.Name)
			}
		}
	}
	return names
}
