package registry

import (
	"maps"
	"slices"
	"strings"
)

// anyGroup is LiteLLM's name, in fallbacks, for every group without fallbacks of its own.
const anyGroup = "*"

// maxCircles is how many circles are reported: one that is mended often mends others.
const maxCircles = 10

// network resolves the names of fallbacks and aliases.
type network struct {
	*reader
	groups  map[string][]*draft
	aliases map[string]string
	known   []string
}

// connect checks every name that leads to another, and stores fallbacks by groups: aliases are resolved.
func (r *reader) connect(s *settingsDraft, groups map[string][]*draft) {
	n := &network{reader: r, groups: groups, aliases: map[string]string{}, known: slices.Sorted(maps.Keys(groups))}
	n.connectAliases(s)
	s.aliases = n.aliases
	n.known = append(n.known, slices.Sorted(maps.Keys(n.aliases))...)
	all := make([]map[string][]string, len(fallbackLists))
	edges := map[string][]link{}
	for i, key := range fallbackLists {
		all[i] = n.connectList(s, s.links[key], edges)
	}
	s.fallbacks, s.contextFallbacks, s.contentFallbacks = all[0], all[1], all[2]
	for i, name := range s.defaults.to {
		if to, ok := n.find(name, s.defaults.places[i], s.defaults.path); ok {
			s.defaultFallbacks = append(s.defaultFallbacks, to)
		}
	}
	n.cycles(edges)
}

func (n *network) connectAliases(s *settingsDraft) {
	for _, l := range s.alias {
		to := l.to[0]
		switch {
		case n.groups[l.from] != nil:
			n.failAt(l.at, l.path, "this alias is the name of a group too: rename one of them")
		case n.groups[to] == nil:
			n.failAt(l.places[0], l.path, "%s is no model_name of this file%s", shown(to), n.suggest(to, n.known))
		default:
			n.aliases[l.from] = to
		}
	}
}

// find is the group behind a name.
func (n *network) find(name string, at position, path string) (string, bool) {
	if to, found := n.aliases[name]; found {
		return to, true
	}
	if n.groups[name] == nil {
		n.failAt(at, path, "%s is neither a model_name nor an alias of this file%s", shown(name), n.suggest(name, n.known))
		return "", false
	}
	return name, true
}

// connectList resolves one list of fallbacks and adds its edges.
func (n *network) connectList(s *settingsDraft, links []link, edges map[string][]link) map[string][]string {
	resolved, lines := map[string][]string{}, map[string]int{}
	for _, l := range links {
		if l.from == anyGroup {
			s.defaults = l
			continue
		}
		from, ok := n.find(l.from, l.at, l.path)
		if !ok {
			continue
		}
		if line, twice := lines[from]; twice {
			n.failAt(l.at, l.path, "%s has fallbacks on line %d already: join them", shown(from), line)
			continue
		}
		lines[from] = l.at.line
		for i, name := range l.to {
			to, ok := n.find(name, l.places[i], l.path)
			if !ok {
				continue
			}
			resolved[from] = append(resolved[from], to)
			edges[from] = append(edges[from], link{path: l.path, at: l.places[i], to: []string{to}})
			if !n.embeds(from) && n.embeds(to) {
				n.failAt(l.places[i], l.path, "%s embeds and %s does not: if it does, say mode: embedding in its model_info", shown(to), shown(from))
			}
		}
	}
	return resolved
}

func (n *network) embeds(group string) bool {
	return slices.ContainsFunc(n.groups[group], func(d *draft) bool { return d.Mode == modeEmbedding })
}

// cycles refuses groups that fall back to themselves, over all lists together. The walk is a loop, not a recursion: a
// file may chain thousands of groups.
func (n *network) cycles(edges map[string][]link) {
	type step struct {
		group string
		next  int
	}
	done, found := map[string]bool{}, 0
	for _, start := range slices.Sorted(maps.Keys(edges)) {
		trail, on := []step{{group: start}}, map[string]bool{start: true}
		for len(trail) > 0 {
			top := &trail[len(trail)-1]
			if done[top.group] || top.next == len(edges[top.group]) {
				done[top.group] = true
				delete(on, top.group)
				trail = trail[:len(trail)-1]
				continue
			}
			edge := edges[top.group][top.next]
			top.next++
			to := edge.to[0]
			if !on[to] {
				trail, on[to] = append(trail, step{group: to}), true
				continue
			}
			var circle []string
			for _, s := range trail {
				if len(circle) > 0 || s.group == to {
					circle = append(circle, pathKey(s.group))
				}
			}
			n.failAt(edge.at, edge.path, "these fallbacks go in a circle: %s", strings.Join(append(circle, pathKey(to)), " -> "))
			if found++; found == maxCircles {
				return
			}
		}
	}
}
