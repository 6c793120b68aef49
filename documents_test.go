package provider_test

import (
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/seed-a739af98/langchaingo-azure/internal/fenced"
)

// block is a fenced block of a document. A test gets at its text by claiming it.
type block struct{ fenced.Block }

func (b block) String() string { return fmt.Sprintf("%s:%d", b.Document, b.Line) }

// claimed has the blocks that this run's tests have executed or compared, by document and line.
var (
	claims  sync.Mutex
	claimed = map[string]bool{}
)

// claim notes that the test which calls it executes the block, and returns its text.
func (b block) claim() string {
	claims.Lock()
	defer claims.Unlock()
	claimed[b.String()] = true
	return b.Text
}

// illustrations are the blocks that nothing can execute: all of one language in a document. Whoever adds a row has a
// reason that holds for the next block of that language there, too.
var illustrations = []struct{ document, language, reason string }{
	{"docs/architecture.md", "", "drawings of the packages and of the way of the data"},
	{"docs/migrating.md", "python", "what a reader of the guide has today, in other people's libraries; what it becomes is executed"},
}

// blocks are the code blocks of a document in one language; "" is none.
func blocks(t *testing.T, document, language string) []block {
	t.Helper()
	var all []block
	for _, b := range fenced.Blocks(t, document) {
		if b.Language == language {
			all = append(all, block{b})
		}
	}
	if len(all) == 0 {
		t.Fatalf("%s has no block of language %q", document, language)
	}
	return all
}

// claimAll is for a test that executes all of some blocks.
func claimAll(all []block) []string {
	var texts []string
	for _, b := range all {
		texts = append(texts, b.claim())
	}
	return texts
}

// pages are the README, the guides, and the pages of packages.
func pages() []string {
	all := []string{"README.md"}
	for _, pattern := range []string{"docs/*.md", "adapters/*/*.md", "adapters/*/*/*.md", "azureadv1/*.md", "azureadv1/*/*.md", "examples/*/*.md"} {
		found, _ := filepath.Glob(pattern) // the only error is of the pattern
		for _, file := range found {
			all = append(all, filepath.ToSlash(file))
		}
	}
	return all
}

// everyBlock are the blocks of all documents.
func everyBlock(t testing.TB) []block {
	t.Helper()
	var all []block
	for _, document := range pages() {
		for _, b := range fenced.Blocks(t, document) {
			all = append(all, block{b})
		}
	}
	return all
}

// unclaimed says of each block that is neither claimed nor an illustration where it is, and of each row of the
// illustrations that there is such a block.
func unclaimed(all []block, claimed map[string]bool) []string {
	var faults []string
	used := map[int]bool{}
	for _, b := range all {
		if claimed[b.String()] {
			continue
		}
		i := slices.IndexFunc(illustrations, func(row struct{ document, language, reason string }) bool {
			return row.document == b.Document && row.language == b.Language
		})
		if i < 0 {
			faults = append(faults, fmt.Sprintf("%s: no test executes this block of %q", b, b.Language))
		}
		used[i] = true
	}
	for i, row := range illustrations {
		if !used[i] {
			faults = append(faults, fmt.Sprintf("%s has no block of %q that a test leaves alone: take the row out of illustrations", row.document, row.language))
		}
	}
	return faults
}

// whole is the run of all tests, after which every block of the documents must have been executed by one of them. What
// order they run in is nobody's business, so it is looked at when the last has ended.
type whole struct{ *testing.M }

func (w whole) Run() int {
	code := w.M.Run()
	if code != 0 || runtime.GOOS == "windows" { // where a shell is missing, tests of shell blocks skip
		return code
	}
	for _, partial := range []string{"run", "skip", "list", "bench", "fuzz"} {
		if f := flag.Lookup("test." + partial); f != nil && f.Value.String() != "" {
			return code
		}
	}
	var all []block
	result := testing.RunTests(func(string, string) (bool, error) { return true, nil }, []testing.InternalTest{
		{Name: "TestEveryBlockOfTheDocumentsIsExecuted", F: func(t *testing.T) {
			all = everyBlock(t)
			for _, fault := range unclaimed(all, claimed) {
				t.Error(fault)
			}
		}},
	})
	if !result {
		return 1
	}
	return code
}

func TestMain(m *testing.M) { goleak.VerifyTestMain(whole{m}) }

// What the last look finds: a block that nobody claims, by file and line, and a row that stands for nothing.
func TestABlockThatNobodyExecutesIsNamed(t *testing.T) {
	all := everyBlock(t)
	everything := map[string]bool{}
	for _, b := range all {
		everything[b.String()] = true
	}
	readme := blocks(t, "README.md", "go")[0]
	delete(everything, readme.String())
	want := []string{fmt.Sprintf("README.md:%d: no test executes this block of %q", readme.Line, "go")}
	for _, row := range illustrations {
		want = append(want, fmt.Sprintf("%s has no block of %q that a test leaves alone: take the row out of illustrations", row.document, row.language))
	}
	if diff := cmp.Diff(want, unclaimed(all, everything)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestPackagesExecuteTheCommandsOfTheDocuments claims the blocks whose commands run this repository's packages. Their own
// tests execute them, with the flags that the document gives, since they can do so without building a program: such a
// test gets the commands by a call of fenced.Commands, and that call is looked for here.
func TestPackagesExecuteTheCommandsOfTheDocuments(t *testing.T) {
	executed := executedCommands(t)
	asked := map[string]bool{}
	for _, b := range everyBlock(t) {
		lines := b.Commands()
		missing := len(lines) == 0
		for _, c := range lines {
			line, found := strings.Join(c.Args, " "), false
			for call := range executed {
				if call.document == b.Document && strings.HasPrefix(line+" ", call.command+" ") && runs(c.Args, call.dir) {
					found, asked[call.command] = true, true
				}
			}
			// The last is this very run, and its neighbours.
			missing = missing || !found && line != "go test ./..."
		}
		if !missing {
			b.claim()
		}
	}
	for call := range executed {
		if !asked[call.command] {
			t.Errorf("%s executes %q of %s, which is not there", call.dir, call.command, call.document)
		}
	}
}

// runs tells whether a command is about the package in that directory.
func runs(words []string, dir string) bool { return slices.Contains(words, "./"+dir) }

// execution is a call of fenced.Commands in a package's tests.
type execution struct{ dir, document, command string }

func executedCommands(t *testing.T) map[execution]bool {
	t.Helper()
	all := map[execution]bool{}
	for _, pattern := range []string{"*/*_test.go", "*/*/*_test.go", "*/*/*/*_test.go"} {
		files, err := filepath.Glob(pattern)
		must(t, err)
		for _, name := range files {
			text, err := os.ReadFile(name)
			must(t, err)
			if !strings.Contains(string(text), "fenced.Commands(") {
				continue
			}
			file, err := parser.ParseFile(token.NewFileSet(), name, text, parser.SkipObjectResolution)
			must(t, err)
			ast.Inspect(file, func(n ast.Node) bool {
				if call, ok := n.(*ast.CallExpr); ok && len(call.Args) == 3 && isCommands(call.Fun) {
					all[execution{filepath.ToSlash(filepath.Dir(name)), literal(call.Args[1]), literal(call.Args[2])}] = true
				}
				return true
			})
		}
	}
	return all
}

func isCommands(fun ast.Expr) bool {
	selector, ok := fun.(*ast.SelectorExpr)
	if !ok || selector.Sel.Name != "Commands" {
		return false
	}
	name, ok := selector.X.(*ast.Ident)
	return ok && name.Name == "fenced"
}

func literal(e ast.Expr) string {
	if l, ok := e.(*ast.BasicLit); ok {
		if s, err := strconv.Unquote(l.Value); err == nil {
			return s
		}
	}
	return ""
}
