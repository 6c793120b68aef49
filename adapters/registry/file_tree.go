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
	value any // nil, string, bool, int64, uint64, float64, []*node, []pair or unread
	size  int // values in it, itself included, aliases followed

	faulty bool // what is wrong in it is reported already
}

// unread is the value of what could not be read, which is reported already.
type unread struct{}

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

// parse makes a tree of the text. What is wrong within the tree, such as a key that stands twice, comes with it as faults;
// without a tree there is err.
func parse(data []byte) (root *node, faults Errors, err error) {
	defer func() {
		if v := recover(); v != nil { // goccy panics on some texts that are no YAML
			root, err = nil, Errors{{Line: 1, Column: 1, Message: "YAML cannot read this file: look for unbalanced brackets, quotes and indentation"}}
		}
	}()
	tokens, err := scan(data)
	if err != nil {
		return nil, nil, err
	}
	parsed, err := parser.Parse(tokens, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		return nil, nil, Errors{syntaxError(err)}
	}
	body, err := bodyOf(parsed)
	if err != nil {
		return nil, nil, err
	}
	t := &tree{anchors: map[string]*node{}}
	return t.node(body), t.errs, nil
}

// bodyOf is the one document of a file.
func bodyOf(parsed *ast.File) (ast.Node, error) {
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
	return body, nil
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

// unread reports a value that has none to go on with.
func (t *tree) unread(at position, format string, args ...any) *node {
	t.fail(at, format, args...)
	return &node{at: at, value: unread{}, size: 1, faulty: true}
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
			return t.unread(at, "YAML of this kind is not supported here: write a plain value")
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
	case !found: // its name is not shown: it may be a password
		return t.unread(at, "this alias has no anchor before it: put a text that begins with * into quotes")
	case value == nil:
		return t.unread(at, "this alias stands inside what it names")
	default:
		return value
	}
}

func (t *tree) sequence(n *ast.SequenceNode) *node {
	list, size, faulty := make([]*node, 0, len(n.Values)), 1, false
	for _, v := range n.Values {
		item := t.node(v)
		list, size, faulty = append(list, item), size+item.size, faulty || item.faulty
	}
	return t.sized(&node{at: tokenPlace(n.Start), value: list, size: size, faulty: faulty})
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
		} else {
			m.faulty = true
		}
	}
	at := tokenPlace(n.Start)
	if len(m.pairs) > 0 && !n.IsFlowStyle {
		at = m.pairs[0].at
	}
	size := 1
	for _, p := range m.pairs {
		size += p.value.size
		m.faulty = m.faulty || p.value.faulty
	}
	return t.sized(&node{at: at, value: m.pairs, size: size, faulty: m.faulty})
}

// sized refuses what aliases have blown up.
func (t *tree) sized(n *node) *node {
	if n.size > maxValues {
		return t.unread(n.at, "the aliases in this expand to more than %d values", maxValues)
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
