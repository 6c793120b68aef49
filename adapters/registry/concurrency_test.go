package registry_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tmc/langchaingo/llms"

	"github.com/seed-a739af98/langchaingo-azure/adapters/registry"
	"github.com/seed-a739af98/langchaingo-azure/azureadv1/azuretest"
)

// TestEverythingAtOnce is for the race detector: calls of every kind while the file is reloaded, providers come and go
// and somebody looks at the state.
func TestEverythingAtOnce(t *testing.T) {
	s := azure(t, azuretest.Options{KeepLast: 1})
	path := filepath.Join(t.TempDir(), "models.yaml")
	files := []string{withLocal + vectorsEntry, strings.ReplaceAll(withLocal, "azure/east", "azure/west") + vectorsEntry}
	write(t, path, files[0])
	r, err := registry.Loader{HTTPClient: s.HTTPClient(), Providers: map[string]registry.Factory{
		"local": func(registry.Entry) (llms.Model, error) { return &fixed{}, nil },
	}}.Load(path)
	must(t, err)
	m := model(t, r, "chat")
	e, err := r.Embedder("vectors")
	must(t, err)

	ctx, stop := context.WithTimeout(t.Context(), 500*time.Millisecond)
	defer stop()
	var all sync.WaitGroup
	forever := func(do func(i int)) {
		all.Go(func() {
			for i := 0; ctx.Err() == nil; i++ {
				do(i)
			}
		})
	}
	for range 8 {
		forever(func(int) {
			if _, err := m.GenerateContent(t.Context(), hello, llms.WithTemperature(0)); err != nil {
				t.Error(err)
			}
		})
		forever(func(int) {
			if _, err := readChannel(t.Context(), m); err != nil {
				t.Error(err)
			}
		})
		forever(func(int) {
			if _, err := e.EmbedQuery(t.Context(), "x"); err != nil {
				t.Error(err)
			}
		})
	}
	forever(func(i int) {
		must(t, os.WriteFile(path+".new", []byte(files[i%2]), 0o600))
		must(t, os.Rename(path+".new", path)) // as a mounted file changes: at once
		must(t, r.Reload())
	})
	forever(func(int) { _, _, _ = r.State(), r.Names(), r.Warnings() })
	forever(func(int) {
		r.Register("other", func(registry.Entry) (llms.Model, error) { return &fixed{}, nil })
		r.Register("other", nil)
	})
	all.Wait()
}

const vectorsEntry = "  - {model_name: vectors, litellm_params: {model: azure/vectors, api_base: https://azuretest.openai.azure.com, api_key: hush-api-key}, model_info: {mode: embedding}}\n"

// fixed answers one word and keeps nothing.
type fixed struct{}

func (f *fixed) GenerateContent(context.Context, []llms.MessageContent, ...llms.CallOption) (*llms.ContentResponse, error) {
	return &llms.ContentResponse{Choices: []*llms.ContentChoice{{Content: "ok"}}}, nil
}

func (f *fixed) Call(ctx context.Context, prompt string, options ...llms.CallOption) (string, error) {
	return llms.GenerateFromSinglePrompt(ctx, f, prompt, options...)
}

func TestRegistriesOnOneStateShareTheirParking(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := azure(t, azuretest.Options{})
		state := &watched{parked: map[string]registry.Parking{}, since: map[string]time.Time{}}
		share := func(l *registry.Loader) { l.State = state }
		one, two := model(t, parse(t, s, twoRegions, share), "chat"), model(t, parse(t, s, twoRegions, share), "chat")
		s.EnqueueFor("east", azuretest.RateLimited(azuretest.RetryAfter(5)))
		ask(t, one)
		if by := ask(t, two); by != "west" {
			t.Errorf("%s served the second registry, want west: the first one parked east", by)
		}
		time.Sleep(5 * time.Second)
		if by := ask(t, two); by != "east" {
			t.Errorf("%s served the second registry after the pause, want east", by)
		}
	})
}
