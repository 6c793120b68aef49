package registry

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"
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

func (r *reader) fail(v value, format string, args ...any) { r.failAt(v.at, v.path, format, args...) }

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
		r.fail(v, "the variable %s is not set", pathKey(name))
	case found == "":
		r.fail(v, "the variable %s is empty", pathKey(name))
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

// referred reads the variable that a scalar of another kind than text refers to.
func (r *reader) referred(v value, noun string) (text string, isText, ok bool) {
	s, isText := v.value.(string)
	if !isText {
		return "", false, true
	}
	if !strings.Contains(s, envPrefix) {
		r.want(v, noun)
		return "", true, false
	}
	text, ok = r.resolve(v, s)
	return strings.TrimSpace(text), true, ok
}

func (r *reader) yesNo(v value) (yes, ok bool) {
	text, isText, ok := r.referred(v, "true or false")
	switch {
	case !ok:
		return false, false
	case !isText:
		if yes, ok = v.value.(bool); !ok {
			r.want(v, "true or false")
		}
		return yes, ok
	}
	switch strings.ToLower(text) {
	case "true":
		return true, true
	case "false":
		return false, true
	}
	r.fail(v, "the variable holds neither true nor false")
	return false, false
}

func (r *reader) whole(v value, least int) (int, bool) {
	text, isText, ok := r.referred(v, "a whole number")
	if !ok {
		return 0, false
	}
	n, isInt := v.value.(int64)
	if isText {
		var err error
		if n, err = strconv.ParseInt(text, 10, 64); err != nil {
			r.fail(v, "the variable holds no whole number")
			return 0, false
		}
	} else if !isInt {
		r.want(v, "a whole number")
		return 0, false
	}
	if n < int64(least) || n > math.MaxInt32 {
		r.fail(v, "want a whole number from %d to %d, got %d", least, math.MaxInt32, n)
		return 0, false
	}
	return int(n), true
}

func (r *reader) number(v value, least float64) (float64, bool) {
	text, isText, ok := r.referred(v, "a number")
	if !ok {
		return 0, false
	}
	var f float64
	switch n := v.value.(type) {
	case int64:
		f = float64(n)
	case uint64:
		f = float64(n)
	case float64:
		f = n
	default:
		if !isText {
			r.want(v, "a number")
			return 0, false
		}
		var err error
		if f, err = strconv.ParseFloat(text, 64); err != nil {
			r.fail(v, "the variable holds no number")
			return 0, false
		}
	}
	if math.IsNaN(f) || math.IsInf(f, 0) || f < least {
		if math.IsInf(least, -1) {
			r.fail(v, "want a finite number, got %v", f)
		} else {
			r.fail(v, "want a number of at least %v, got %v", least, f)
		}
		return 0, false
	}
	return f, true
}

// longest keeps seconds within a time.Duration, and milliseconds written for seconds from passing.
const longest = 7 * 24 * time.Hour

// seconds reads seconds as a number or as a text of one, or a text such as 90s. Zero passes where zero says so.
func (r *reader) seconds(v value, zero bool) (time.Duration, bool) {
	const noun = "seconds, as a number or a text such as 90s"
	var seconds float64
	switch n := v.value.(type) {
	case int64:
		seconds = float64(n)
	case float64:
		seconds = n
	case string:
		text, ok := r.resolve(v, n)
		if !ok {
			return 0, false
		}
		var err error
		if seconds, err = strconv.ParseFloat(strings.TrimSpace(text), 64); err != nil {
			d, err := time.ParseDuration(strings.TrimSpace(text))
			if err != nil {
				r.fail(v, "want %s, got another text", noun)
				return 0, false
			}
			seconds = d.Seconds()
		}
	default:
		r.want(v, noun)
		return 0, false
	}
	if !(seconds >= 0) || seconds == 0 && !zero || seconds > longest.Seconds() {
		r.fail(v, "want more than 0 seconds and at most a week, got %v", seconds)
		return 0, false
	}
	return time.Duration(seconds * float64(time.Second)), true
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
