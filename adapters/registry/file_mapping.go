package registry

// mapping gathers the pairs of one mapping. What << brings in yields to the mapping's own keys.
type mapping struct {
	*tree
	pairs  []pair
	index  map[string]int
	faulty bool
}

func (m *mapping) fail(at position, format string, args ...any) {
	m.tree.fail(at, format, args...)
	m.faulty = true
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
		name := "this key"
		if plainKey(p.key) {
			name = "the key " + p.key
		}
		m.fail(p.at, "%s stands on line %d already: remove one of them", name, m.pairs[i].at.line)
	}
}

func (m *mapping) merge(at position, value *node) {
	sources := []*node{value}
	if list, ok := value.value.([]*node); ok {
		sources = list
	}
	for _, source := range sources {
		m.faulty = m.faulty || source.faulty
		pairs, ok := source.value.([]pair)
		if _, reported := source.value.(unread); reported {
			return
		}
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
