package registry

import (
	"fmt"
	"regexp"
	"strings"
)

// envPrefix begins a reference to a variable of the environment, which is always the whole value.
const envPrefix = "os.environ/"

// reader checks one file in one walk. It gathers every error, and goes on with what it has.
type reader struct {
	lookup   func(string) (string, bool)
	env      map[string]string // environment_variables
	errs     Errors
	warnings []warning
	drafts   []*draft
}

type warning struct {
	at   position
	text string
}

// value is a node and where it stands.
type value struct {
	*node
	path string
}

func (v value) child(p pair) value {
	if v.path == "" {
		return value{p.value, pathKey(p.key)}
	}
	return value{p.value, v.path + "." + pathKey(p.key)}
}

// fail reports what is wrong with a value, unless it is reported already.
func (r *reader) fail(v value, format string, args ...any) {
	if _, reported := v.value.(unread); !reported {
		r.failAt(v.at, v.path, format, args...)
	}
}

func (r *reader) failAt(at position, path, format string, args ...any) {
	r.errs = append(r.errs, errorAt(at, path, format, args...))
}

func (r *reader) warn(at position, format string, args ...any) {
	r.warnings = append(r.warnings, warning{at, fmt.Sprintf(format, args...)})
}

// shown is what an error may quote of the text that the value is, or refers to.
func (v value) shown(s string) string {
	if text, ok := v.value.(string); ok && text != s {
		return "the variable's value"
	}
	return shown(s)
}

// suggest is the package's suggest for a file that is not wrong throughout: junk would keep it busy for seconds.
func (r *reader) suggest(name string, names []string) string {
	if len(r.errs)+len(r.warnings) > 200 || len(names) > 1000 {
		return ""
	}
	return suggest(name, names)
}

func (r *reader) want(v value, noun string) {
	r.fail(v, "want %s, got %s", noun, v.noun())
}

var variableName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// resolve follows a reference to a variable; any other text is itself.
func (r *reader) resolve(v value, text string) (string, bool) {
	name, isReference := strings.CutPrefix(text, envPrefix)
	switch {
	case !isReference && strings.Contains(text, envPrefix):
		r.fail(v, "%sNAME must be the whole value: put the whole text into the variable", envPrefix)
		return "", false
	case !isReference:
		return text, true
	case !variableName.MatchString(name):
		r.fail(v, "what follows %s is no variable's name: letters, digits and underscores only", envPrefix)
		return "", false
	}
	found, ok := r.env[name]
	if !ok {
		found, ok = r.lookup(name)
	}
	switch {
	case !ok:
		r.fail(v, "the variable %s is not set", bare(name))
	case found == "":
		r.fail(v, "the variable %s is empty", bare(name))
		ok = false
	}
	return found, ok
}

// text reads a text, or the variable that it refers to.
func (r *reader) text(v value) (string, bool) {
	s, ok := v.value.(string)
	if !ok {
		r.fail(v, "want a text, got %s: put it in quotes", v.noun())
		return "", false
	}
	return r.resolve(v, s)
}

// list reads a list of texts. Empty ones are errors.
func (r *reader) list(v value) (names []string, places []position, ok bool) {
	items, isList := v.value.([]*node)
	if !isList {
		r.want(v, "a list of texts")
		return nil, nil, false
	}
	ok = true
	for i, item := range items {
		at := value{item, fmt.Sprintf("%s[%d]", v.path, i)}
		name, read := r.text(at)
		if read && name == "" {
			r.fail(at, "is empty")
			read = false
		}
		ok = ok && read
		names, places = append(names, name), append(places, item.at)
	}
	return names, places, ok
}

// pairs reads a mapping.
func (r *reader) pairs(v value) ([]pair, bool) {
	pairs, ok := v.value.([]pair)
	if !ok {
		r.want(v, "a mapping")
	}
	return pairs, ok
}

// texts reads a mapping of texts.
func (r *reader) texts(v value) (map[string]string, bool) {
	pairs, ok := r.pairs(v)
	if !ok {
		return nil, false
	}
	all := make(map[string]string, len(pairs))
	for _, p := range pairs {
		s, read := r.text(v.child(p))
		all[p.key], ok = s, ok && read
	}
	return all, ok
}
