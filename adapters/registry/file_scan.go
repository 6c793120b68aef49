package registry

import (
	"bytes"
	"fmt"
	"io"
	"unicode/utf8"

	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/token"
)

// What a models file may be at most. goccy's reader recurses with depth and with the number of keys of one mapping, and
// takes quadratic time for blank lines in block texts, keys of one mapping and empty values (measured on v1.19.2), so
// each is bounded before it sees the text.
const (
	maxFileBytes  = 1 << 20
	maxSigns      = 200_000 // of YAML's own: brackets, commas, colons, dashes, anchors
	maxTokens     = 200_000
	maxDepth      = 64
	maxKeys       = 1000 // of one mapping
	maxEmpty      = 500  // keys and list items without a value
	maxBlankLines = 200  // in a row
	maxTabs       = 500  // in a text in double quotes each makes goccy look ahead to its end
)

// readSource reads what a models file may hold, and nothing beyond.
func readSource(r io.Reader) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxFileBytes+1))
	if err != nil {
		at := placeOf(data, len(data))
		return nil, fmt.Errorf("registry: line %d, column %d: reading stopped here: %w", at.line, at.column, err)
	}
	if len(data) > maxFileBytes {
		return nil, Errors{errorAt(placeOf(data, maxFileBytes), "", "the file is larger than 1 MiB: is it a models file?")}
	}
	return bytes.TrimPrefix(data, []byte("\ufeff")), nil
}

// placeOf is the place of an offset.
func placeOf(data []byte, offset int) position {
	before := data[:offset]
	start := bytes.LastIndexByte(before, '\n') + 1
	return position{1 + bytes.Count(before, []byte("\n")), 1 + utf8.RuneCount(before[start:])}
}

// scanBytes refuses what need not be taken apart into tokens to be refused.
func scanBytes(data []byte) error {
	line, start, blank, signs, tabs := 1, 0, 0, 0, 0
	for i := 0; i < len(data); {
		r, size := utf8.DecodeRune(data[i:])
		fail := func(format string, args ...any) error {
			return Errors{errorAt(position{line, 1 + utf8.RuneCount(data[start:i])}, "", format, args...)}
		}
		switch {
		case r == utf8.RuneError && size == 1:
			return fail("this is not UTF-8: save the file as UTF-8")
		case r == '\r' && (i+1 == len(data) || data[i+1] != '\n'):
			return fail("a carriage return without a line feed: save the file with line feeds")
		case r < ' ' && r != '\n' && r != '\r' && r != '\t', r == 0x7f:
			return fail("a control character (%U): a models file is plain text", r)
		case r == '\t' && i == start && indents(data[i:]):
			return fail("a tab indents this line: YAML takes spaces only")
		case r == '\t':
			if tabs++; tabs > maxTabs {
				return fail("more than %d tabs: YAML is written with spaces", maxTabs)
			}
		case bytes.IndexByte([]byte("[]{},:-&*?!"), data[i]) >= 0:
			if signs++; signs > maxSigns {
				return fail("more than %d brackets, commas, colons and dashes: is this a models file?", maxSigns)
			}
		}
		if r == '\n' {
			if blank++; len(bytes.TrimSpace(data[start:i])) > 0 {
				blank = 0
			}
			line, start = line+1, i+1
			if blank > maxBlankLines {
				return Errors{errorAt(position{line, 1}, "", "more than %d blank lines in a row: remove them", maxBlankLines)}
			}
		}
		i += size
	}
	return nil
}

// indents tells whether the blanks that the text begins with indent something, other than a comment.
func indents(text []byte) bool {
	line, _, _ := bytes.Cut(text, []byte("\n"))
	line = bytes.TrimSpace(line)
	return len(line) > 0 && line[0] != '#'
}

// scan takes the text apart into tokens and refuses what goccy's parser must not see.
func scan(data []byte) (token.Tokens, error) {
	if err := scanBytes(data); err != nil {
		return nil, err
	}
	tokens := lexer.Tokenize(string(data))
	s := &shape{}
	for i, tk := range tokens {
		if i == maxTokens {
			return nil, Errors{errorAt(tokenPlace(tk), "", "more than %d words and signs: is this a models file?", maxTokens)}
		}
		if message := s.see(tk); message != "" {
			return nil, Errors{errorAt(tokenPlace(tk), "", "%s", message)}
		}
	}
	return tokens, nil
}

// tokenPlace is a token's place; goccy leaves it out, or counts from 0, in some errors.
func tokenPlace(tk *token.Token) position {
	if tk == nil || tk.Position == nil {
		return position{1, 1}
	}
	return position{max(tk.Position.Line, 1), max(tk.Position.Column, 1)}
}
