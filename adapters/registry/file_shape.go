package registry

import (
	"fmt"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/token"
)

// shape follows the nesting of a text by its tokens alone, without recursion, and keeps to the bounds.
type shape struct {
	open    []level
	empty   int
	started bool // there is content
	ended   bool // the document's end was seen
}

// level is a mapping or a list that is open.
type level struct {
	column   int // of its keys or dashes; 0 in brackets
	mapping  bool
	brackets bool
	keys     int
	colon    bool // in braces: the current key has its colon
}

// unsupported are YAML's rarer signs, which no models file needs and of which some cost goccy dearly.
var unsupported = map[token.Type]string{
	token.DirectiveType:  "a directive (%) is not supported here: remove the line",
	token.TagType:        "a tag (!) is not supported here: remove it, and put a text that looks like something else in quotes",
	token.MappingKeyType: "a question mark for a key is not supported here: write key: value, and put a text that begins with ? in quotes",
}

// see takes the next token; what is wrong with it, or "".
func (s *shape) see(tk *token.Token) string {
	if message, found := unsupported[tk.Type]; found {
		return message
	}
	switch tk.Type {
	case token.CommentType:
		return ""
	case token.InvalidType:
		return invalidToken(tk)
	case token.DocumentHeaderType:
		if s.started || s.ended {
			return "a second document begins here: a models file is one document"
		}
		s.started = true
		return ""
	case token.DocumentEndType:
		s.ended = true
		return ""
	default:
	}
	if s.ended {
		return "a second document begins here: a models file is one document"
	}
	s.started = true
	switch tk.Type {
	case token.MappingStartType, token.SequenceStartType:
		return s.push(level{mapping: tk.Type == token.MappingStartType, brackets: true})
	case token.MappingEndType, token.SequenceEndType:
		if message := s.loneKey(tk); message != "" {
			return message
		}
		return s.close()
	case token.SequenceEntryType:
		return s.item(tk)
	case token.MappingValueType:
		return s.key(tk)
	case token.CollectEntryType:
		if message := s.loneKey(tk); message != "" {
			return message
		}
		return s.countEmpty(isSign(tk.Prev))
	default:
	}
	return ""
}

// loneKey refuses a key without a colon in braces, which YAML allows and which makes goccy insert a value, at a price.
func (s *shape) loneKey(tk *token.Token) string {
	if !s.inBrackets() || !s.open[len(s.open)-1].mapping {
		return ""
	}
	top := &s.open[len(s.open)-1]
	if !top.colon && !isSign(tk.Prev) {
		return "a key without a value stands before this: write key: value"
	}
	top.colon = false
	return ""
}

// close leaves the innermost brackets.
func (s *shape) close() string {
	for i, l := range slices.Backward(s.open) {
		if l.brackets {
			s.open = s.open[:i]
			return ""
		}
	}
	return "this bracket closes none: remove it, or put the text in quotes"
}

func (s *shape) push(l level) string {
	if s.open = append(s.open, l); len(s.open) > maxDepth {
		return fmt.Sprintf("nested deeper than %d levels: is this a models file?", maxDepth)
	}
	return ""
}

// inBrackets tells whether columns mean nothing here.
func (s *shape) inBrackets() bool { return len(s.open) > 0 && s.open[len(s.open)-1].brackets }

// item is a dash. Lists may stand in the column of the key that they belong to.
func (s *shape) item(tk *token.Token) string {
	if s.inBrackets() {
		return "a dash stands inside brackets: separate the items by commas, and close the brackets before the next line with a dash"
	}
	column := tk.Position.Column
	s.leave(func(l level) bool { return l.column > column })
	if message := s.countEmpty(emptyAfter(tk, column)); message != "" {
		return message
	}
	if n := len(s.open); n > 0 && s.open[n-1].column == column && !s.open[n-1].mapping && !s.open[n-1].brackets {
		return ""
	}
	return s.push(level{column: column})
}

// key is a colon, with its key before it.
func (s *shape) key(tk *token.Token) string {
	if s.inBrackets() {
		top := &s.open[len(s.open)-1]
		top.keys++
		top.colon = true
		if message := s.countEmpty(isSign(tk.Next)); message != "" {
			return message
		}
		return tooMany(top.keys)
	}
	column := keyColumn(tk)
	s.leave(func(l level) bool { return l.column > column || l.column == column && !l.mapping })
	if message := s.countEmpty(emptyAfter(tk, column)); message != "" {
		return message
	}
	n := len(s.open)
	if n == 0 || s.open[n-1].column != column || s.open[n-1].brackets {
		if message := s.push(level{column: column, mapping: true}); message != "" {
			return message
		}
		n = len(s.open)
	}
	s.open[n-1].keys++
	return tooMany(s.open[n-1].keys)
}

func tooMany(keys int) string {
	if keys > maxKeys {
		return fmt.Sprintf("more than %d keys in one mapping: is this a models file?", maxKeys)
	}
	return ""
}

// leave closes the levels that the test names, up to the innermost brackets.
func (s *shape) leave(closed func(level) bool) {
	for n := len(s.open); n > 0 && !s.open[n-1].brackets && closed(s.open[n-1]); n = len(s.open) {
		s.open = s.open[:n-1]
	}
}

func (s *shape) countEmpty(is bool) string {
	if !is {
		return ""
	}
	if s.empty++; s.empty > maxEmpty {
		return fmt.Sprintf("more than %d keys and items without a value: remove them", maxEmpty)
	}
	return ""
}

// emptyAfter tells whether nothing belongs to the dash or the key in a column: what follows stands on another line and not
// deeper. A list in its key's own column counts too, which does no harm.
func emptyAfter(tk *token.Token, column int) bool {
	next := tk.Next
	for next != nil && next.Type == token.CommentType {
		next = next.Next
	}
	return next == nil || next.Position.Line > tk.Position.Line && next.Position.Column <= column && next.Type != token.SequenceEntryType ||
		tk.Type == token.SequenceEntryType && next.Position.Line > tk.Position.Line && next.Position.Column <= column
}

// isSign tells a sign of a list or mapping in brackets, before or after which a value is missing.
func isSign(tk *token.Token) bool {
	if tk == nil {
		return true
	}
	switch tk.Type {
	case token.MappingStartType, token.MappingEndType, token.SequenceEndType, token.CollectEntryType, token.MappingValueType:
		return true
	default:
		return false
	}
}

// keyColumn is where the key before a colon begins, its anchor or asterisk included.
func keyColumn(colon *token.Token) int {
	key := colon.Prev
	if key == nil || key.Position.Line != colon.Position.Line {
		return colon.Position.Column
	}
	for key.Prev != nil && key.Prev.Position.Line == key.Position.Line {
		switch {
		case key.Prev.Type == token.AliasType || key.Prev.Type == token.AnchorType:
			key = key.Prev
		case key.Prev.Prev != nil && key.Prev.Prev.Type == token.AnchorType:
			key = key.Prev.Prev
		default:
			return key.Position.Column
		}
	}
	return key.Position.Column
}

// invalidToken words what goccy's scanner cannot read. Its own messages may quote the text.
func invalidToken(tk *token.Token) string {
	switch {
	case strings.Contains(tk.Error, "find end character"):
		return "the text in quotes that begins here, or before, has no closing quote"
	case strings.Contains(tk.Error, "tab character") || strings.Contains(tk.Error, "\t"):
		return "a tab stands where YAML takes spaces only"
	default:
		return "YAML cannot read what stands here: a text with special characters needs quotes"
	}
}
