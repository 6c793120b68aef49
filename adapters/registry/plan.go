package registry

import "slices"

// plan is what a file says of one name as a whole.
type plan struct {
	size      int
	embedding bool // an entry says so

	fallbacks, contextFallbacks, contentFallbacks []string
}

// alone tells that nothing can serve in a deployment's place, so that it keeps azureadv1's own retries and is parked for
// nothing but a stated wait.
func (p *plan) alone() bool { return p.size == 1 && len(p.fallbacks) == 0 }

// plans are the names of a file.
func (f *file) plans() map[string]*plan {
	plans := map[string]*plan{}
	for _, e := range f.entries {
		p := plans[e.Name]
		if p == nil {
			p = &plan{}
			plans[e.Name] = p
		}
		p.size++
		p.embedding = p.embedding || e.Mode == modeEmbedding
	}
	s := &f.settings
	for name, p := range plans {
		// A default does not apply to its own name, nor to names of the other kind.
		fits := func(to string) bool { return to != name && plans[to] != nil && plans[to].embedding == p.embedding }
		p.fallbacks = fallbacksOf(name, s.fallbacks, s.defaultFallbacks, fits)
		p.contextFallbacks = fallbacksOf(name, s.contextFallbacks, s.contextDefaults, fits)
		p.contentFallbacks = fallbacksOf(name, s.contentFallbacks, s.contentDefaults, fits)
	}
	return plans
}

func fallbacksOf(name string, lists map[string][]string, defaults []string, fits func(string) bool) []string {
	if own, ok := lists[name]; ok {
		return own
	}
	return slices.DeleteFunc(slices.Clone(defaults), func(to string) bool { return !fits(to) })
}
