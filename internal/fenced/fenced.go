// Package fenced hands what the documents show, their fenced blocks and the
// commands in these, to the tests that execute it. There is no other way to it: a
// test in the root fails for a block, with its file and line, that no test asked
// for.
package fenced

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Block is a fenced block of a document.
type Block struct {
	// Document is the file, from the repository's root.
	Document string
	// Line is that of the opening fence, from 1.
	Line int
	// Language is the word behind the fence; "" is none.
	Language string
	// Text is what stands between the fences, with its last newline.
	Text string
}

// Blocks are all blocks of a document, in order. A block without an end is an
// error, as is one that is indented: Go's comments and Markdown alike know code
// without fences, but nothing here would see it.
func Blocks(t testing.TB, document string) []Block {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root(t), filepath.FromSlash(document)))
	if err != nil {
		t.Fatal(err)
	}
	var all []Block
	var open *Block
	blank := true // the line before
	for i, line := range strings.Split(string(text), "\n") {
		language, fence := strings.CutPrefix(strings.TrimSpace(line), "```")
		switch {
		case fence && open != nil:
			all, open = append(all, *open), nil
		case fence && strings.HasPrefix(line, "```"):
			open = &Block{Document: document, Line: i + 1, Language: language}
		case open != nil:
			open.Text += line + "\n"
		case fence || blank && strings.HasPrefix(line, "    "):
			t.Errorf("%s:%d: code that is indented is seen by no test: put it between fences, at the line's beginning", document, i+1)
		}
		blank = line == ""
	}
	if open != nil {
		t.Fatalf("%s:%d: the block has no end", document, open.Line)
	}
	return all
}

// Command is a command line of a document.
type Command struct {
	// Line is where it stands, from 1.
	Line int
	// Args are the words behind the command, without their quotes.
	Args []string
	// Output is what the document shows below a command that begins with "$ "; "" is nothing.
	Output string
}

// Commands are the command lines in a document's blocks that begin with the given
// words, such as "go run ./cmd/azureadv1". It fails the test where there is none.
func Commands(t testing.TB, document, command string) []Command {
	t.Helper()
	var all []Command
	for _, b := range Blocks(t, document) {
		for _, c := range b.Commands() {
			if rest, ok := strings.CutPrefix(strings.Join(c.Args, " ")+" ", command+" "); ok {
				c.Args = strings.Fields(rest)
				all = append(all, c)
			}
		}
	}
	if len(all) == 0 {
		t.Fatalf("%s has no command %s", document, command)
	}
	return all
}

// Commands are the command lines of a block in sh, or the one whose output a block
// without a language shows; their Args hold the whole line.
func (b Block) Commands() []Command {
	shown, output, _ := strings.Cut(b.Text, "\n")
	if first, ok := strings.CutPrefix(shown, "$ "); ok && b.Language == "" {
		return []Command{{Line: b.Line + 1, Args: words(first), Output: output}}
	}
	if b.Language != "sh" {
		return nil
	}
	var all []Command
	for i, line := range strings.Split(strings.TrimSuffix(b.Text, "\n"), "\n") {
		all = append(all, Command{Line: b.Line + 1 + i, Args: words(line)})
	}
	return all
}

func words(line string) []string {
	all := strings.Fields(line)
	for i, word := range all {
		all[i] = strings.ReplaceAll(strings.Trim(word, `'"`), `='`, "=")
	}
	return all
}

// GoTest runs a command that begins with "go test" by the test's own binary, which
// is what the go command would build for this package, and returns what it
// prints. What is given beside it comes last, and so has its way.
func GoTest(t testing.TB, c Command, more ...string) string {
	t.Helper()
	var args []string
	for _, word := range append(c.Args, more...) {
		switch {
		case strings.HasPrefix(word, "./"):
			continue // the package
		case strings.HasPrefix(word, "-"):
			word = "-test." + word[1:]
		}
		args = append(args, word)
	}
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), program, args...).CombinedOutput() //nolint:gosec // the test's own binary, with a document's flags
	if err != nil {
		t.Errorf("line %d: %v\n%s", c.Line, err, out)
	}
	return string(out)
}

// root is the directory of the repository, above the test's package.
func root(t testing.TB) string {
	t.Helper()
	for dir := "."; len(dir) < 40; dir = filepath.Join("..", dir) {
		if _, err := os.Stat(filepath.Join(dir, "docs", "architecture.md")); err == nil {
			return dir
		}
	}
	t.Fatal("the documents are in no directory above")
	return ""
}
