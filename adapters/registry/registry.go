package registry

import (
	"crypto/sha256"
	"fmt"
	"log/slog"
	"maps"
	"sync"
	"sync/atomic"

	"github.com/tmc/langchaingo/embeddings"
	"github.com/tmc/langchaingo/llms"

	"github.com/seed-a739af98/langchaingo-azure/azureadv1"
)

// Registry holds the models of a file, by name. Make one with [Load], [Parse] or a [Loader]. It is safe for concurrent
// use, starts no goroutine of its own and needs no closing.
type Registry struct {
	loader  *Loader // never changed; a pointer, since fmt would print a copy's Credential when a Registry is a field of another struct
	path    string  // "" when it was parsed
	state   State
	log     *slog.Logger
	clients azureadv1.Clients
	current atomic.Pointer[generation]

	reload    sync.Mutex           // one at a time
	loaded    [sha256.Size]byte    // digest of the file that was read last
	standings map[string]*standing // by Entry.ID

	mu        sync.Mutex
	providers map[string]registration
	serial    int
}

// Factory makes the model of an entry of another provider, when the entry's name is first asked for, or when the file is
// read if the provider is registered by then. A reload makes models of new and changed entries only. It must not call the
// model. Its error is Model's, or the file's. A plain error of the model is read by langchaingo's llms.ErrorMapper; one
// that is an *llms.Error says more surely what another deployment may be asked for.
type Factory func(Entry) (llms.Model, error)

// Register adds a provider by the prefix of its models: Register("ollama", f) makes f build the model of every entry
// whose litellm_params.model begins with "ollama/". It applies to the models that are built afterwards. One that is
// registered again is replaced; a nil Factory takes it away. azure is built in: to register it does nothing but warn.
func (r *Registry) Register(provider string, f Factory) {
	if provider == azureProvider {
		r.log.Warn("the provider is built in and was not registered", "provider", provider)
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.serial++
	if f == nil {
		delete(r.providers, provider)
		return
	}
	r.providers[provider] = registration{f, r.serial}
}

// Model returns a name's model: an [llms.Model] over every deployment of the name, and what it falls back to. It stays
// good over reloads, and has langchaingo's further methods too: SupportsReasoning, GetCallbackHandler and
// GenerateContentStream. A name that the file does not have, one of embeddings, and one whose provider is not registered
// are errors.
//
// llms.WithModel in a call names another model of the registry. Each choice's GenerationInfo["Backend"] is the
// [Entry].ID that served, and ["Failovers"] says who failed before, and how.
func (r *Registry) Model(name string) (llms.Model, error) {
	gen := r.current.Load()
	g, err := gen.chat(name)
	if err != nil {
		return nil, err
	}
	err = gen.build(g, func(b *backend) error {
		_, err := b.made()
		return err
	})
	if err != nil {
		return nil, err
	}
	return &model{registry: r, name: name}, nil
}

// Embedder returns a name's embeddings, with langchaingo's defaults: batches of 512 texts, line breaks made spaces. It
// stays good over reloads. The deployments of one name should serve one model: vectors of two cannot be compared.
func (r *Registry) Embedder(name string) (embeddings.Embedder, error) {
	gen := r.current.Load()
	g, err := gen.embedding(name)
	if err != nil {
		return nil, err
	}
	err = gen.build(g, func(b *backend) error {
		_, err := b.embedder()
		return err
	})
	if err != nil {
		return nil, err
	}
	return embeddings.NewEmbedder(&embedder{registry: r, name: name})
}

// Names lists what Model and Embedder know, aliases included, sorted.
func (r *Registry) Names() []string { return r.current.Load().names() }

// Warnings lists what the file says that has no meaning here, each with its line, in the file's order.
func (r *Registry) Warnings() []string {
	return append([]string(nil), r.current.Load().warnings...)
}

// build makes the models that a group can come to, so that what is wrong with them shows now.
func (gen *generation) build(g *group, do func(*backend) error) error {
	seen := map[string]bool{}
	queue := []string{g.name}
	for len(queue) > 0 {
		g, queue = gen.groups[queue[0]], queue[1:]
		if seen[g.name] {
			continue
		}
		seen[g.name] = true
		for _, t := range g.tiers {
			for _, b := range t.backends {
				if err := do(b); err != nil {
					return invalid(llms.ErrCodeInvalidRequest, "%s", describe(err))
				}
			}
		}
		queue = append(append(append(queue, g.fallbacks...), g.contextFallbacks...), g.contentFallbacks...)
	}
	return nil
}

// backend makes an entry's deployment, and its model where it is built in: what is wrong with its endpoint or credential
// is an error in the file.
func (r *Registry) backend(e *entry, s *settings, alone bool) (*backend, error) {
	b := &backend{
		entry: e, standing: r.standing(e), cooldown: s.cooldown, metadata: metadataOf(e.extras),
		builtIn: e.Provider == azureProvider, alone: alone,
	}
	if e.cooldown != nil {
		b.cooldown = *e.cooldown
	}
	if !b.builtIn {
		b.build = func() (llms.Model, int, error) { return r.foreign(e) }
		return b, nil
	}
	b.config = r.config(e, s, alone)
	var err error
	if b.model, err = r.azure(e, s, b.config); err != nil {
		return nil, err
	}
	return b, nil
}

// standing is an entry's, kept over reloads. r.reload is held.
func (r *Registry) standing(e *entry) *standing {
	s := r.standings[e.ID]
	if s == nil {
		s = &standing{}
		r.standings[e.ID] = s
	}
	return s
}

// registration is a provider's factory. Each has a serial of its own, as funcs cannot be compared.
type registration struct {
	make   Factory
	serial int
}

func (r *Registry) factory(provider string) (registration, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	known, ok := r.providers[provider]
	return known, ok
}

func (r *Registry) foreign(e *entry) (llms.Model, int, error) {
	factory, ok := r.factory(e.Provider)
	if !ok {
		return nil, 0, fmt.Errorf("registry: nobody has registered the provider %q of %s: call Register(%q, factory) before Model, "+
			"or write azure/<deployment>", e.Provider, e.ID, e.Provider)
	}
	m, err := factory.make(e.Entry)
	if err != nil {
		return nil, 0, fmt.Errorf("registry: provider %q, %s: %w", e.Provider, e.ID, err)
	}
	return m, factory.serial, nil
}

// metadataOf is what call options leave in the metadata.
func metadataOf(options []llms.CallOption) map[string]any {
	var o llms.CallOptions
	for _, option := range options {
		option(&o)
	}
	return maps.Clone(o.Metadata)
}
