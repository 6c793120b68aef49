package registry

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// maxShownErrors is how many errors [Errors].Error prints; the rest are counted.
const maxShownErrors = 50

// FileError is one thing that is wrong with a models file, and where. It holds no value of a key that may be a secret.
type FileError struct {
	// Line and Column are the place in the file, in lines and characters, both counted from 1.
	Line, Column int
	// Path names the key, such as model_list[2].litellm_params.api_base; "" where the text is no YAML yet.
	Path string
	// Message says what is wrong and what to do.
	Message string
}

// Error is "line 12, column 5: path: message".
func (e FileError) Error() string {
	if e.Path == "" {
		return fmt.Sprintf("line %d, column %d: %s", e.Line, e.Column, e.Message)
	}
	return fmt.Sprintf("line %d, column %d: %s: %s", e.Line, e.Column, e.Path, e.Message)
}

// Errors are all the errors of one models file, in the order of their places. errors.As finds it, and each [FileError].
type Errors []FileError

// Error is "registry: " and the error when there is one; of more it counts them, and prints each on a line of its own, at
// most fifty.
func (e Errors) Error() string {
	if len(e) == 1 {
		return "registry: " + e[0].Error()
	}
	var b strings.Builder
	fmt.Fprintf(&b, "registry: %d errors:", len(e))
	for i, one := range e {
		if i == maxShownErrors {
			fmt.Fprintf(&b, "\n... and %d more", len(e)-i)
			break
		}
		b.WriteByte('\n')
		b.WriteString(one.Error())
	}
	return b.String()
}

// Unwrap gives errors.Is and errors.As every error.
func (e Errors) Unwrap() []error {
	all := make([]error, len(e))
	for i := range e {
		all[i] = e[i]
	}
	return all
}

// sorted is the errors by their places, each once: an aliased value is read, and complained of, more than once.
func (e Errors) sorted() Errors {
	slices.SortStableFunc(e, func(a, b FileError) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return slices.CompactFunc(e, func(a, b FileError) bool {
		return a.Line == b.Line && a.Column == b.Column && a.Message == b.Message
	})
}

func errorAt(at position, path, format string, args ...any) FileError {
	return FileError{Line: at.line, Column: at.column, Path: path, Message: fmt.Sprintf(format, args...)}
}

// suggest is ", did you mean X?" with the nearest of the names, or "" when none is near: a third of the letters wrong at most.
func suggest(name string, names []string) string {
	if utf8.RuneCountInString(name) > 64 {
		return ""
	}
	best, least := "", len(name)/3+1
	for _, candidate := range names {
		if len(candidate) > 64 {
			continue
		}
		if d := distance(name, candidate); d < least {
			best, least = candidate, d
		}
	}
	if best == "" {
		return ""
	}
	return ", did you mean " + best + "?"
}

// distance counts the letters to insert, delete, replace or swap with a neighbour to make b of a.
func distance(a, b string) int {
	before, last := make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row := make([]int, len(b)+1)
		row[0] = i
		for j := 1; j <= len(b); j++ {
			differs := 1
			if a[i-1] == b[j-1] {
				differs = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+differs)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last = last, row
	}
	return last[len(b)]
}
