package registry

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
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

// Error prints one error to a line, at most fifty of them.
func (e Errors) Error() string {
	var b strings.Builder
	for i, one := range e {
		if i == maxShownErrors {
			fmt.Fprintf(&b, "\n... and %d more", len(e)-i)
			break
		}
		if i > 0 {
			b.WriteByte('\n')
		}
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

// likeASecret are shapes that keys and tokens have: 32 and more letters and digits in one piece, a JSON web token, the
// sk- of OpenAI's keys, the tilde of client secrets.
var likeASecret = regexp.MustCompile(`[A-Za-z0-9+/=]{32,}|^eyJ|\bsk-|~|(?i:bearer )`)

// shown is what an error may quote of a name: clipped, in quotes, and not at all where a secret may have been pasted.
func shown(s string) string {
	const most = 60
	if likeASecret.MatchString(s) {
		return "(not shown: it looks like a secret)"
	}
	if utf8.RuneCountInString(s) > most {
		s = string([]rune(s)[:most]) + "..."
	}
	return fmt.Sprintf("%q", s)
}

// pathKey is a key as a path has it.
func pathKey(s string) string {
	plain := !strings.ContainsFunc(s, func(r rune) bool {
		return r != '_' && r != '-' && r != '*' && !unicode.IsLetter(r) && !unicode.IsDigit(r)
	})
	if plain && len(s) <= 60 && !likeASecret.MatchString(s) {
		return s
	}
	return shown(s)
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
