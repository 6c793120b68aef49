package azureadv1

import (
	"container/list"
	"sync"
)

// maxClients bounds Clients. A process talks to a few resources as a few identities; one that makes an identity per
// user passes through it without growing.
const maxClients = 256

// Clients shares clients and token sources between equal configurations. The zero value is ready; it must not be
// copied after first use. It keeps the 256 clients used last; one that falls out goes on working for whoever holds it.
// Safe for concurrent use.
type Clients struct {
	mu      sync.Mutex
	byKey   map[clientKey]*list.Element // key -> its *sharedClient in recent
	recent  list.List                   // most recently used first
	sources map[sourceKey]*sharedSource
}

type sharedClient struct {
	key     clientKey
	client  *Client
	sources []sourceKey // held, one reference each
}

type sharedSource struct {
	source *tokenSource
	refs   int
}

// Get returns the client of a configuration: the same one for an equal configuration, never the same one for a
// different credential. Deployments, surfaces or endpoints that differ get clients of their own, but clients of one
// credential and scope share one token source, and so one fetch.
//
// A shared token source logs to the Logger of the client that was made first.
//
// A configuration with TokenProvider set is shared only when TokenProviderID is set too; one whose Credential cannot be
// compared is never shared. Each Get then returns a new client. Errors are those of NewClient.
func (c *Clients) Get(cfg Config) (*Client, error) {
	t, err := cfg.check()
	if err != nil {
		return nil, err
	}
	key, shared := cfg.key()
	c.mu.Lock()
	defer c.mu.Unlock()
	if e, ok := c.byKey[key]; shared && ok {
		c.recent.MoveToFront(e)
		return e.Value.(*sharedClient).client, nil
	}
	made := &sharedClient{key: key}
	made.client, err = newClient(cfg, t, func(k sourceKey, build func() (*tokenSource, error)) (*tokenSource, error) {
		if !shared || !k.comparable() {
			return build()
		}
		made.sources = append(made.sources, k)
		return c.source(k, build)
	})
	if err != nil {
		c.release(made.sources)
		return nil, err
	}
	if shared {
		c.keep(made)
	}
	return made.client, nil
}

// source counts one more holder of a key's source, making it for the first. mu is held: making one asks no identity provider, but
// reads a certificate's file.
func (c *Clients) source(k sourceKey, build func() (*tokenSource, error)) (*tokenSource, error) {
	if c.sources == nil {
		c.sources = map[sourceKey]*sharedSource{}
	}
	if s := c.sources[k]; s != nil {
		s.refs++
		return s.source, nil
	}
	c.sources[k] = &sharedSource{refs: 1}
	source, err := build()
	c.sources[k].source = source
	return source, err
}

func (c *Clients) keep(made *sharedClient) {
	if c.byKey == nil {
		c.byKey = map[clientKey]*list.Element{}
	}
	c.byKey[made.key] = c.recent.PushFront(made)
	for c.recent.Len() > maxClients {
		last := c.recent.Back()
		old := c.recent.Remove(last).(*sharedClient)
		delete(c.byKey, old.key)
		c.release(old.sources)
	}
}

func (c *Clients) release(keys []sourceKey) {
	for _, k := range keys {
		if s := c.sources[k]; s != nil {
			if s.refs--; s.refs == 0 {
				delete(c.sources, k)
			}
		}
	}
}
