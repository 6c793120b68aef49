package registry

import "context"

// embedder is a name of the registry that makes vectors.
type embedder struct {
	registry *Registry
	name     string
}

// CreateEmbedding makes one call, over as many deployments as it takes.
func (e *embedder) CreateEmbedding(ctx context.Context, texts []string) ([][]float32, error) {
	r := e.registry
	gen := r.current.Load()
	g, err := gen.embedding(e.name)
	if err != nil {
		return nil, err
	}
	c := &call{state: r.state, log: r.log}
	if g.counted {
		for _, text := range texts {
			c.tokens += len(text)/4 + 1
		}
	}
	vectors, _, err := serve(ctx, gen, c, g, func(b *backend) ([][]float32, error) {
		client, err := b.embedder()
		if err != nil {
			return nil, err
		}
		return client.CreateEmbedding(ctx, texts)
	})
	return vectors, err
}
