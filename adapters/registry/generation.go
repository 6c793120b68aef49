package registry

import (
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

// generation makes models of a file, of the entries that are not faulty already. It reads certificates, and makes no network
// call.
func (r *Registry) generation(f *file) (*generation, Errors) {
	gen := &generation{groups: map[string]*group{}, aliases: f.settings.aliases, warnings: f.warnings}
	plans := f.plans()
	members := map[string][]*backend{}
	var problems Errors
	for _, e := range f.entries {
		if e.faulty {
			continue
		}
		b, err := r.backend(e, &f.settings, plans[e.Name].alone())
		if err != nil {
			problems = append(problems, e.problem(err))
			continue
		}
		gen.backends = append(gen.backends, b)
		members[e.Name] = append(members[e.Name], b)
	}
	if len(problems) > 0 {
		return nil, problems
	}
	policy := policyOf(&f.settings)
	for name, backends := range members {
		g := newGroup(name, backends, policy)
		g.leastBusy = f.settings.strategy == leastBusy
		g.plan = plans[name]
		gen.groups[name] = g
	}
	return gen, nil
}

func policyOf(s *settings) *policy {
	p := &policy{
		allowedFails: s.allowedFails, noCooldowns: s.noCooldowns,
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

// problem is what is wrong with an entry, at the place in the file of the key that is to blame.
func (e *entry) problem(err error) FileError {
	text := describe(err)
	at, path := e.at, e.path
	for _, blame := range blames {
		if place, ok := e.where[blame.key]; ok && strings.HasPrefix(text, blame.field) {
			at, path = place, e.path+".litellm_params."+blame.key
			break
		}
	}
	return errorAt(at, path, "%s", text)
}

// blames are the fields that azureadv1's and the adapter's errors begin with, and their keys in the file.
var blames = []struct{ field, key string }{
	{"Endpoint", "api_base"},
	{"APIVersion", "api_version"},
	{"APIKey", "api_key"},
	{"Deployment", "model"},
	{"Token", "azure_ad_token"},
	{"Scope", "azure_scope"},
	{"Header", "extra_headers"},
	{"Identity.Kind", "credential"},
	{"Identity.TenantID", "tenant_id"},
	{"Identity.ClientID", "client_id"},
	{"Identity.ClientSecret", "client_secret"},
	{"Identity.CertificatePath", "certificate_path"},
	{"Identity.Authority", "authority"},
	{"WithDropParams", "additional_drop_params"},
}
