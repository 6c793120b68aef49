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
	defaults := make([][]string, len(fallbackLists))
	defaults[0] = withEnds(nil, n.ends(s.defaults))
	for i, key := range fallbackLists {
		var others []link
		all[i], others = n.connectList(s.links[key], edges)
		defaults[i] = withEnds(defaults[i], others)
	}
	s.fallbacks, s.contextFallbacks, s.contentFallbacks = all[0], all[1], all[2]
	s.defaultFallbacks, s.contextDefaults, s.contentDefaults = defaults[0], defaults[1], defaults[2]
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

// ends are the groups that a link leads to, each as a link of its own at its place.
func (n *network) ends(l link) []link {
	ends := make([]link, 0, len(l.to))
	for i, name := range l.to {
		if to, ok := n.find(name, l.places[i], l.path); ok {
			ends = append(ends, link{path: l.path, at: l.places[i], to: []string{to}})
		}
	}
	return ends
}

// withEnds adds ends to names, each once.
func withEnds(names []string, ends []link) []string {
	for _, end := range ends {
		if !slices.Contains(names, end.to[0]) {
			names = append(names, end.to[0])
		}
	}
	return names
}

// connectList resolves one list of fallbacks and adds its edges. Those of every group are others.
func (n *network) connectList(links []link, edges map[string][]link) (resolved map[string][]string, others []link) {
	resolved, lines := map[string][]string{}, map[string]int{}
	for _, l := range links {
		from, ok := l.from, true
		if from != anyGroup {
			from, ok = n.find(l.from, l.at, l.path)
		}
		if !ok {
			continue
		}
		if line, twice := lines[from]; twice {
			n.failAt(l.at, l.path, "%s has fallbacks on line %d already: join them", shown(from), line)
			continue
		}
		lines[from] = l.at.line
		ends := n.ends(l)
		if from == anyGroup {
			others = ends
			continue
		}
		resolved[from] = make([]string, 0, len(ends)) // an empty list is a list of the group's own
		for _, end := range ends {
			resolved[from] = append(resolved[from], end.to[0])
			n.fit(from, end)
		}
		edges[from] = append(edges[from], ends...)
	}
	return resolved, others
}

// fit refuses a fallback between a group that embeds and one that does not, or does not say so.
func (n *network) fit(from string, end link) {
	embeds, other := from, end.to[0]
	if n.embeds(embeds) == n.embeds(other) {
		return
	}
	if n.embeds(other) {
		embeds, other = other, embeds
	}
	n.failAt(end.at, end.path, "%s embeds and %s does not: if it does, say mode: embedding in its model_info", shown(embeds), shown(other))
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
					circle = append(circle, bare(s.group))
				}
			}
			n.failAt(edge.at, edge.path, "these fallbacks go in a circle: %s", strings.Join(append(circle, bare(to)), " -> "))
			if found++; found == maxCircles {
				return
			}
		}
	}
}
