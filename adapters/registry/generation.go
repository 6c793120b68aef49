package registry

import (
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/tmc/langchaingo/llms"
)

// generation is everything one reading of the file led to. It does not change; calls finish on the one they began with.
type generation struct {
	groups   map[string]*group
	aliases  map[string]string // alias -> model_name
	backends []*backend
	warnings []string
}

// generation makes models of a file. It reads certificates, and makes no network call.
func (r *Registry) generation(f *file) (*generation, error) {
	gen := &generation{groups: map[string]*group{}, aliases: f.settings.aliases, warnings: f.warnings}
	p := policyOf(&f.settings)
	members := map[string][]*backend{}
	var problems []error
	for _, e := range f.entries {
		b, err := r.backend(e, f)
		if err != nil {
			problems = append(problems, err)
			continue
		}
		gen.backends = append(gen.backends, b)
		members[e.Name] = append(members[e.Name], b)
	}
	if err := joinErrors(problems); err != nil {
		return nil, err
	}
	for name, backends := range members {
		g := newGroup(name, backends, p)
		g.leastBusy = f.settings.strategy == leastBusy
		g.contextFallbacks, g.contentFallbacks = f.settings.contextFallbacks[name], f.settings.contentFallbacks[name]
		g.fallbacks = f.settings.fallbacks[name]
		if g.fallbacks == nil {
			g.fallbacks = slices.DeleteFunc(slices.Clone(f.settings.defaultFallbacks), func(to string) bool { return to == name })
		}
		for _, b := range backends {
			b.alone = len(backends) == 1 && len(g.fallbacks) == 0
		}
		gen.groups[name] = g
	}
	return gen, nil
}

func policyOf(s *settings) *policy {
	p := &policy{
		allowedFails: s.allowedFails, cooldown: s.cooldown, noCooldowns: s.noCooldowns,
		retries: unordered, perClass: s.retryPolicy, maxFallbacks: s.maxFallbacks,
	}
	if s.retries != nil {
		p.retries = *s.retries
	}
	return p
}

// group finds a name or an alias.
func (gen *generation) group(name string) (*group, error) {
	if to, ok := gen.aliases[name]; ok {
		name = to
	}
	if g := gen.groups[name]; g != nil {
		return g, nil
	}
	return nil, invalid(llms.ErrCodeResourceNotFound, "the models file has no model %q: it has %s",
		name, strings.Join(gen.names(), ", "))
}

// names are all model names and aliases, sorted.
func (gen *generation) names() []string {
	names := slices.AppendSeq(slices.Collect(maps.Keys(gen.groups)), maps.Keys(gen.aliases))
	slices.Sort(names)
	return slices.Compact(names)
}

// chat finds a name that can hold a conversation.
func (gen *generation) chat(name string) (*group, error) {
	g, err := gen.group(name)
	if err != nil {
		return nil, err
	}
	return g, g.serves("Model", modeChat, modeCompletion, modeResponses, "")
}

// embedding finds a name that can make vectors.
func (gen *generation) embedding(name string) (*group, error) {
	g, err := gen.group(name)
	if err != nil {
		return nil, err
	}
	return g, g.serves("Embedder", modeEmbedding, "")
}

func (g *group) serves(method string, modes ...string) error {
	for _, t := range g.tiers {
		for _, b := range t.backends {
			if !slices.Contains(modes, b.entry.Mode) {
				return invalid(llms.ErrCodeInvalidRequest, "%s(%q): the models file says that %s has mode %s%s",
					method, g.name, b.entry.ID, b.entry.Mode, instead(b.entry.Mode))
			}
		}
	}
	return nil
}

func instead(mode string) string {
	switch mode {
	case modeEmbedding:
		return ": ask for it with Embedder"
	case modeChat, modeCompletion, modeResponses:
		return ": ask for it with Model"
	default:
		return ", which langchaingo has no model for: call it through azureadv1.Client.OpenAI"
	}
}

// problem is what is wrong with an entry, at its place in the file.
func (e *entry) problem(err error) error {
	return FileError{Line: e.at.line, Column: e.at.column, Path: "model_list: " + e.ID, Message: describe(err)}
}

// joinErrors keeps the errors of a file together; nil when there are none.
func joinErrors(problems []error) error {
	var all Errors
	for _, err := range problems {
		if e, ok := errors.AsType[FileError](err); ok {
			all = append(all, e)
		}
	}
	if len(all) == 0 {
		return nil
	}
	return all
}
