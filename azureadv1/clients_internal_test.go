package azureadv1

import (
	"fmt"
	"math"
	"testing"
)

// What is held for sharing must be let go with the last client that shares it; none of that shows in public.
func TestEvictedClientsReleaseTheirTokenSources(t *testing.T) {
	var cs Clients
	get := func(cfg Config) {
		t.Helper()
		cfg.Endpoint = "r.openai.azure.com"
		if _, err := cs.Get(cfg); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 300 {
		get(Config{Credential: namedCredential{fmt.Sprint(i % 100)}, Deployment: fmt.Sprint(i)})
	}
	if n, refs := len(cs.sources), sumRefs(&cs); n != 100 || refs != maxClients || len(cs.byKey) != maxClients {
		t.Errorf("%d sources with %d holders for %d clients, want 100, %d, %d", n, refs, len(cs.byKey), maxClients, maxClients)
	}
	for i := range maxClients {
		get(Config{APIKey: "k", Deployment: fmt.Sprint(i)})
	}
	if len(cs.sources) != 0 || len(cs.byKey) != maxClients || cs.recent.Len() != maxClients {
		t.Errorf("%d sources, %d keys, %d clients after all with a source fell out", len(cs.sources), len(cs.byKey), cs.recent.Len())
	}
}

func TestClientsThatAreNotSharedAreNotHeld(t *testing.T) {
	var cs Clients
	for range 10 {
		for _, cfg := range []Config{
			{TokenProvider: StaticToken("t")},
			{Credential: selfUnequal{math.NaN(), namedCredential{}}},
			{Identity: Identity{TenantID: "t", ClientID: "c", CertificatePath: "/does/not/exist.pem"}},
		} {
			cfg.Endpoint = "r.openai.azure.com"
			_, _ = cs.Get(cfg)
		}
	}
	if len(cs.sources)+len(cs.byKey)+cs.recent.Len() != 0 {
		t.Errorf("%d sources, %d keys, %d clients are held", len(cs.sources), len(cs.byKey), cs.recent.Len())
	}
}

type selfUnequal struct {
	f float64
	namedCredential
}

func sumRefs(cs *Clients) (n int) {
	for _, s := range cs.sources {
		n += s.refs
	}
	return n
}
