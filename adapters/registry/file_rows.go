package registry

import (
	"math"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/google/jsonschema-go/jsonschema"
)

// row is one key of a section: what it means, what an editor is told about it, and where its value goes. A row without
// read is LiteLLM's and has no meaning here, which is a warning; one with advice cannot be ignored and is an error.
type row[T any] struct {
	name   string // or a pattern of path.Match, where reading is nil
	doc    string
	schema *jsonschema.Schema
	read   func(*reader, T, value)
	advice string
}

func text[T any](name, doc string, store func(T, string)) row[T] {
	return row[T]{name: name, doc: doc, schema: &jsonschema.Schema{Type: "string"}, read: func(r *reader, t T, v value) {
		if s, ok := r.text(v); ok {
			store(t, s)
		}
	}}
}

func oneOf[T any](name, doc string, words, elsewhere []string, advice string, store func(T, string)) row[T] {
	schema := &jsonschema.Schema{AnyOf: []*jsonschema.Schema{{Enum: anyOf(words)}, reference()}}
	return row[T]{name: name, doc: doc, schema: schema, read: func(r *reader, t T, v value) {
		s, ok := r.text(v)
		switch {
		case !ok:
		case slices.Contains(words, s):
			store(t, s)
		case slices.Contains(elsewhere, s):
			r.fail(v, "%s is LiteLLM's and not known here: %s", shown(s), advice)
		default:
			r.fail(v, "%s is none of %s%s", v.shown(s), strings.Join(words, ", "), suggest(s, words))
		}
	}}
}

func whole[T any](name, doc string, least int, store func(T, int)) row[T] {
	schema := orReference(&jsonschema.Schema{Type: "integer"}, textOf(wholePattern))
	if least != math.MinInt32 {
		schema.AnyOf[0].Minimum = new(float64(least))
	}
	return row[T]{name: name, doc: doc, schema: schema, read: func(r *reader, t T, v value) {
		if n, ok := r.whole(v, least); ok {
			store(t, n)
		}
	}}
}

func number[T any](name, doc string, least float64, store func(T, float64)) row[T] {
	schema := orReference(&jsonschema.Schema{Type: "number"}, textOf(numberPattern))
	if !math.IsInf(least, -1) {
		schema.AnyOf[0].Minimum = new(least)
	}
	return row[T]{name: name, doc: doc, schema: schema, read: func(r *reader, t T, v value) {
		if f, ok := r.number(v, least); ok {
			store(t, f)
		}
	}}
}

func yesNo[T any](name, doc string, store func(T, bool)) row[T] {
	schema := switchSchema()
	return row[T]{name: name, doc: doc, schema: schema, read: func(r *reader, t T, v value) {
		if yes, ok := r.yesNo(v); ok {
			store(t, yes)
		}
	}}
}

func seconds[T any](name, doc string, store func(T, time.Duration)) row[T] {
	schema := &jsonschema.Schema{AnyOf: []*jsonschema.Schema{{Type: "number", Minimum: new(0.0)}, {Type: "string"}}}
	return row[T]{name: name, doc: doc, schema: schema, read: func(r *reader, t T, v value) {
		if d, ok := r.seconds(v); ok {
			store(t, d)
		}
	}}
}

func list[T any](name, doc string, store func(T, []string)) row[T] {
	schema := &jsonschema.Schema{Type: "array", Items: &jsonschema.Schema{Type: "string", MinLength: new(1)}}
	return row[T]{name: name, doc: doc, schema: schema, read: func(r *reader, t T, v value) {
		if names, _, ok := r.list(v); ok {
			store(t, names)
		}
	}}
}

// special is a row whose value has a shape of its own.
func special[T any](name, doc string, schema *jsonschema.Schema, read func(*reader, T, value)) row[T] {
	return row[T]{name: name, doc: doc, schema: schema, read: read}
}

// idle is a key of LiteLLM that has no meaning here.
func idle[T any](name, doc string) row[T] {
	return row[T]{name: name, doc: doc, schema: &jsonschema.Schema{Deprecated: true}}
}

// refused is a key of LiteLLM that would change what is called, or by whom, if it were ignored.
func refused[T any](name, doc, advice string) row[T] {
	return row[T]{name: name, doc: doc, advice: advice, schema: &jsonschema.Schema{Not: &jsonschema.Schema{}}}
}

// idles makes a row of each name.
func idles[T any](doc string, names ...string) []row[T] {
	rows := make([]row[T], len(names))
	for i, name := range names {
		rows[i] = idle[T](name, doc)
	}
	return rows
}

func (k row[T]) isPattern() bool { return strings.Contains(k.name, "*") }

func (k row[T]) matches(name string) bool {
	matched, err := path.Match(k.name, name)
	return err == nil && matched
}

// walk reads a mapping by its rows, in the rows' order, so that a later row may rely on an earlier one whatever the file's
// order. Keys of no row go to unknown.
func walk[T any](r *reader, rows []row[T], t T, v value, unknown func(p pair, v value)) {
	pairs, ok := r.pairs(v)
	if !ok {
		return
	}
	keys := make(map[string]pair, len(pairs))
	for _, p := range pairs {
		keys[p.key] = p
	}
	for _, k := range rows {
		if p, found := keys[k.name]; found && !k.isPattern() {
			take(r, k, t, p, v)
			delete(keys, p.key)
		}
	}
	for _, p := range pairs {
		if _, left := keys[p.key]; !left {
			continue
		}
		i := slices.IndexFunc(rows, func(k row[T]) bool { return k.isPattern() && k.matches(p.key) })
		if i >= 0 {
			take(r, rows[i], t, p, v)
			continue
		}
		unknown(p, v)
	}
}

// take reads one key of the mapping v.
func take[T any](r *reader, k row[T], t T, p pair, v value) {
	child := v.child(p)
	switch {
	case k.advice != "":
		r.failAt(p.at, child.path, "%s", k.advice)
	case k.read == nil:
		r.warn(p.at, "%s has no meaning here: %s", child.path, strings.TrimSuffix(k.doc, "."))
	case p.value.value == nil:
		r.warn(p.at, "%s is empty, and counts as absent", child.path)
	default:
		k.read(r, t, child)
	}
}

// strict makes a key of no row an error, which shows the key only where it looks like one.
func strict[T any](r *reader, rows []row[T]) func(pair, value) {
	return func(p pair, v value) {
		if !plainKey(p.key) {
			r.failAt(p.at, v.path, "a key here is not known")
			return
		}
		r.failAt(p.at, v.child(p).path, "this key is not known%s", r.suggest(p.key, names(rows)))
	}
}

// names are the keys that have a meaning.
func names[T any](rows []row[T]) []string {
	var all []string
	for _, k := range rows {
		if k.read != nil {
			all = append(all, k.name)
		}
	}
	return all
}
