package registry

import (
	"errors"
	"math"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// maxValues is how many values a file may have with its aliases followed.
const maxValues = 100_000

// node is a value of the file. Aliased values are one node in several places.
type node struct {
	at    position
	value any // nil, string, bool, int64, uint64, float64, []*node or []pair
	size  int // values in it, itself included, aliases followed
}

// pair is a key of a mapping with its value.
type pair struct {
	key   string
	at    position // of the key
	value *node
	merge bool // came in by <<
}

// noun says what a value is, for errors that must not show it.
func (n *node) noun() string {
	switch n.value.(type) {
	case nil:
		return "nothing"
	case string:
		return "a text"
	case bool:
		return "true or false"
	case int64, uint64:
		return "a whole number"
	case float64:
		return "a number"
	case []*node:
		return "a list"
	default:
		return "a mapping"
	}
}

// parse makes a tree of the text.
func parse(data []byte) (root *node, err error) {
	defer func() {
		if v := recover(); v != nil { // goccy panics on some texts that are no YAML
			err = Errors{{Line: 1, Column: 1, Message: "YAML cannot read this file: look for unbalanced brackets, quotes and indentation"}}
		}
	}()
	tokens, err := scan(data)
	if err != nil {
		return nil, err
	}
	parsed, err := parser.Parse(tokens, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		return nil, Errors{syntaxError(err)}
	}
	var body ast.Node
	for _, doc := range parsed.Docs {
		switch {
		case doc.Body == nil:
		case body == nil:
			body = doc.Body
		default:
			at := tokenPlace(doc.Body.GetToken())
			return nil, Errors{errorAt(at, "", "a second document begins here: a models file is one document")}
		}
	}
	if body == nil {
		return nil, Errors{{Line: 1, Column: 1, Message: "the file is empty: it needs a model_list"}}
	}
	t := &tree{anchors: map[string]*node{}}
	root = t.node(body)
	if len(t.errs) > 0 {
		return nil, t.errs.sorted()
	}
	return root, nil
}

// syntaxError is goccy's error without its excerpt of the file. Its messages quote no value: those that would are about
// tags, directives and duplicate keys, which it does not get to see or is told to leave to tree.
func syntaxError(err error) FileError {
	at, message := position{1, 1}, "YAML cannot read this file"
	if e, ok := errors.AsType[yaml.Error](err); ok {
		at, message = tokenPlace(e.GetToken()), e.GetMessage()
	}
	return errorAt(at, "", "%s: look at the indentation, brackets and quotes here and above", message)
}

// tree turns goccy's syntax tree into nodes: anchors, aliases and merges are followed, duplicate keys found.
type tree struct {
	anchors map[string]*node // nil while the anchor's own value is being read
	merged  int              // pairs that << brought in
	errs    Errors
}

func (t *tree) fail(at position, format string, args ...any) {
	t.errs = append(t.errs, errorAt(at, "", format, args...))
}

func (t *tree) node(n ast.Node) *node {
	if n == nil {
		return &node{at: position{1, 1}, size: 1}
	}
	at := tokenPlace(n.GetToken())
	switch n := n.(type) {
	case *ast.AnchorNode:
		return t.anchor(n)
	case *ast.AliasNode:
		return t.alias(n)
	case *ast.MappingNode:
		return t.mapping(n)
	case *ast.MappingValueNode:
		return t.mapping(&ast.MappingNode{Values: []*ast.MappingValueNode{n}})
	case *ast.SequenceNode:
		return t.sequence(n)
	case *ast.NullNode:
		return &node{at: at, size: 1}
	default:
		v, known := scalarOf(n)
		if !known {
			t.fail(at, "YAML of this kind is not supported here: write a plain value")
		}
		return &node{at: at, value: v, size: 1}
	}
}

func scalarOf(n ast.Node) (any, bool) {
	switch n := n.(type) {
	case *ast.StringNode:
		return n.Value, true
	case *ast.LiteralNode:
		return n.Value.Value, true
	case *ast.BoolNode:
		return n.Value, true
	case *ast.IntegerNode:
		switch v := n.Value.(type) {
		case uint64:
			if v <= math.MaxInt64 {
				return int64(v), true
			}
		case nil:
			return n.Token.Value, true
		}
		return n.Value, true
	case *ast.FloatNode:
		return n.Value, true
	case *ast.InfinityNode:
		return n.Value, true
	case *ast.NanNode:
		return math.NaN(), true
	default:
		return nil, false
	}
}

func (t *tree) anchor(n *ast.AnchorNode) *node {
	name := n.Name.GetToken().Value
	t.anchors[name] = nil
	value := t.node(n.Value)
	t.anchors[name] = value
	return value
}

func (t *tree) alias(n *ast.AliasNode) *node {
	at, name := tokenPlace(n.Start), n.Value.GetToken().Value
	value, found := t.anchors[name]
	switch {
	case !found:
		t.fail(at, "the alias *%s has no anchor before it", pathKey(name))
	case value == nil:
		t.fail(at, "the alias *%s stands inside what it names", pathKey(name))
	default:
		return value
	}
	return &node{at: at, size: 1}
}

func (t *tree) sequence(n *ast.SequenceNode) *node {
	list, size := make([]*node, 0, len(n.Values)), 1
	for _, v := range n.Values {
		item := t.node(v)
		list, size = append(list, item), size+item.size
	}
	return t.sized(&node{at: tokenPlace(n.Start), value: list, size: size})
}

func (t *tree) mapping(n *ast.MappingNode) *node {
	m := &mapping{tree: t, index: make(map[string]int, len(n.Values))}
	for _, v := range n.Values {
		at := tokenPlace(v.Key.GetToken())
		value := t.node(v.Value)
		if _, merge := v.Key.(*ast.MergeKeyNode); merge {
			m.merge(at, value)
			continue
		}
		if key, ok := t.keyText(v.Key); ok {
			m.add(pair{key: key, at: at, value: value})
		}
	}
	at := tokenPlace(n.Start)
	if len(m.pairs) > 0 && !n.IsFlowStyle {
		at = m.pairs[0].at
	}
	size := 1
	for _, p := range m.pairs {
		size += p.value.size
	}
	return t.sized(&node{at: at, value: m.pairs, size: size})
}

// sized refuses what aliases have blown up.
func (t *tree) sized(n *node) *node {
	if n.size > maxValues {
		t.fail(n.at, "the aliases in this expand to more than %d values", maxValues)
		return &node{at: n.at, size: 1}
	}
	return n
}

func (t *tree) keyText(key ast.Node) (string, bool) {
	if anchor, ok := key.(*ast.AnchorNode); ok {
		key = anchor.Value
	}
	switch key.(type) {
	case *ast.StringNode, *ast.LiteralNode, *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.NullNode:
		if tk := key.GetToken(); tk.Type != token.ImplicitNullType {
			return tk.Value, true
		}
	}
	t.fail(tokenPlace(key.GetToken()), "a key must be a plain text")
	return "", false
}

// mapping gathers the pairs of one mapping. What << brings in yields to the mapping's own keys.
type mapping struct {
	*tree
	pairs []pair
	index map[string]int
}

func (m *mapping) add(p pair) {
	i, exists := m.index[p.key]
	switch {
	case !exists:
		m.index[p.key] = len(m.pairs)
		m.pairs = append(m.pairs, p)
	case m.pairs[i].merge && !p.merge:
		m.pairs[i] = p
	case !p.merge:
		m.fail(p.at, "the key %s stands on line %d already: remove one of them", pathKey(p.key), m.pairs[i].at.line)
	}
}

func (m *mapping) merge(at position, value *node) {
	sources := []*node{value}
	if list, ok := value.value.([]*node); ok {
		sources = list
	}
	for _, source := range sources {
		pairs, ok := source.value.([]pair)
		if !ok {
			m.fail(at, "<< takes a mapping or a list of mappings, got %s", source.noun())
			return
		}
		if m.merged += len(pairs); m.merged > maxValues {
			m.fail(at, "<< expands to more than %d values in this file", maxValues)
			return
		}
		for _, p := range pairs {
			p.merge = true
			m.add(p)
		}
	}
}
