package registry

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"
	"time"
)

var errNoFile = errors.New("registry: this registry was parsed from a reader, and has no file to read again")

// Reload reads the file again. Calls that begin afterwards go by the new one, calls under way finish on the old one; what
// is parked stays parked. A file with errors is refused as a whole and changes nothing.
func (r *Registry) Reload() error {
	if r.path == "" {
		return errNoFile
	}
	source, err := os.Open(r.path)
	if err != nil {
		return fmt.Errorf("registry: %w", err)
	}
	defer func() { _ = source.Close() }()
	return r.take(source)
}

// take makes a file the current one.
func (r *Registry) take(source io.Reader) error {
	r.reload.Lock()
	defer r.reload.Unlock()
	digest := sha256.New()
	f, err := readFile(io.TeeReader(source, digest), r.loader.LookupEnv)
	r.loaded = [sha256.Size]byte(digest.Sum(nil))
	if err != nil {
		return err
	}
	gen, err := r.generation(f)
	if err != nil {
		return err
	}
	old := r.current.Load()
	if old != nil {
		gen.keepModels(old)
	}
	if err := r.prepare(gen); err != nil {
		return err
	}
	r.current.Store(gen)
	r.forget(gen)
	return nil
}

// prepare makes the models of the providers that are registered by now, so that what is wrong with them refuses the file.
func (r *Registry) prepare(gen *generation) error {
	var problems []error
	for _, b := range gen.backends {
		if b.entry.Provider == azureProvider || r.factory(b.entry.Provider) == nil {
			continue
		}
		if _, err := b.made(); err != nil {
			problems = append(problems, b.entry.problem(err))
		}
	}
	return joinErrors(problems)
}

// keepModels takes over the models of other providers whose entries have not changed.
func (gen *generation) keepModels(old *generation) {
	type place struct{ name, id string }
	before := map[place]*backend{}
	for _, b := range old.backends {
		before[place{b.entry.Name, b.entry.ID}] = b
	}
	for _, b := range gen.backends {
		was := before[place{b.entry.Name, b.entry.ID}]
		if was == nil || b.entry.Provider == azureProvider || !reflect.DeepEqual(was.entry.Entry, b.entry.Entry) {
			continue
		}
		was.mu.Lock()
		b.model = was.model
		was.mu.Unlock()
	}
}

// forget drops the standing of deployments that the file no longer has. r.reload is held.
func (r *Registry) forget(gen *generation) {
	known := map[string]bool{}
	for _, b := range gen.backends {
		known[b.entry.ID] = true
	}
	for id := range r.standings {
		if !known[id] {
			delete(r.standings, id)
		}
	}
}

// defaultWatch is how often Watch looks when it is not told. A mounted ConfigMap takes up to a minute to change anyhow.
const defaultWatch = 5 * time.Second

// Watch reloads the file whenever its content is another than the one read last, looking every so often (0 means 5
// seconds), until the context ends; it returns the context's error. A changed file with errors is refused, said to Logger
// and [Loader].OnReload, and not tried again until it changes. Run it on a goroutine of its own.
func (r *Registry) Watch(ctx context.Context, every time.Duration) error {
	if r.path == "" {
		return errNoFile
	}
	if every <= 0 {
		every = defaultWatch
	}
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	var missing string
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-ticker.C:
		}
		changed, err := r.changed()
		switch {
		case err != nil && err.Error() != missing:
			missing = err.Error()
			r.reloaded(err)
		case changed:
			missing = ""
			r.reloaded(r.Reload())
		}
	}
}

// changed compares contents: a mounted file may change while its time does not.
func (r *Registry) changed() (bool, error) {
	content, err := os.ReadFile(r.path)
	if err != nil {
		return false, fmt.Errorf("registry: %w", err)
	}
	r.reload.Lock()
	defer r.reload.Unlock()
	return sha256.Sum256(content) != r.loaded, nil
}

func (r *Registry) reloaded(err error) {
	if err != nil {
		r.log.Warn("the changed models file was refused, the old one stays", "file", r.path, "error", err)
	} else {
		r.log.Info("the changed models file was taken over", "file", r.path)
	}
	if r.loader.OnReload != nil {
		r.loader.OnReload(err)
	}
}
