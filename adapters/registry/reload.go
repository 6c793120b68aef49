package registry

import (
	"bytes"
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
	content, err := r.content()
	if err != nil {
		return err
	}
	if err := r.take(content); err != nil {
		return fmt.Errorf("%s: %w", r.path, err)
	}
	return nil
}

// content reads the file, and no more of one that is too large than shows it.
func (r *Registry) content() ([]byte, error) {
	source, err := os.Open(r.path)
	if err != nil {
		return nil, fmt.Errorf("registry: %w", err)
	}
	defer func() { _ = source.Close() }()
	content, err := io.ReadAll(io.LimitReader(source, maxFileBytes+1))
	if err != nil {
		return nil, fmt.Errorf("registry: %w", err)
	}
	return content, nil
}

// take makes a file the current one.
func (r *Registry) take(content []byte) error {
	r.reload.Lock()
	defer r.reload.Unlock()
	r.loaded = sha256.Sum256(content)
	f, err := readFile(bytes.NewReader(content), r.loader.LookupEnv)
	if f == nil {
		return err
	}
	gen, problems := r.generation(f)
	if found, ok := errors.AsType[Errors](err); ok {
		problems = append(found, problems...)
	}
	if len(problems) > 0 {
		return problems.sorted()
	}
	if old := r.current.Load(); old != nil {
		r.keepModels(gen, old)
	}
	if err := r.prepare(gen); err != nil {
		return err
	}
	gen.limit()
	r.current.Store(gen)
	r.forget(gen)
	return nil
}

// limit gives every deployment its limits: of entries that share one, the smaller. Limits that stay the same go on
// counting.
func (gen *generation) limit() {
	type pair struct{ rpm, tpm int }
	of := map[*standing]pair{}
	smaller := func(a, b int) int {
		if a == 0 || b == 0 {
			return max(a, b)
		}
		return min(a, b)
	}
	for _, b := range gen.backends {
		l := of[b.standing]
		of[b.standing] = pair{smaller(l.rpm, b.entry.rpm), smaller(l.tpm, b.entry.tpm)}
	}
	for s, l := range of {
		if now := s.limits.Load(); now == nil || now.rpm != l.rpm || now.tpm != l.tpm {
			s.limits.Store(newLimits(l.rpm, l.tpm))
		}
	}
}

// prepare makes the models of the providers that are registered by now, so that what is wrong with them refuses the file.
func (r *Registry) prepare(gen *generation) error {
	var problems Errors
	for _, b := range gen.backends {
		if _, known := r.factory(b.entry.Provider); b.builtIn || !known {
			continue
		}
		if _, err := b.made(); err != nil {
			problems = append(problems, b.entry.problem(err))
		}
	}
	if len(problems) > 0 {
		return problems.sorted()
	}
	return nil
}

// keepModels takes over the models of other providers whose entries and factories have not changed.
func (r *Registry) keepModels(gen, old *generation) {
	type place struct{ name, id string }
	before := map[place]*backend{}
	for _, b := range old.backends {
		before[place{b.entry.Name, b.entry.ID}] = b
	}
	for _, b := range gen.backends {
		was := before[place{b.entry.Name, b.entry.ID}]
		if was == nil || b.builtIn || !reflect.DeepEqual(was.entry.Entry, b.entry.Entry) {
			continue
		}
		was.mu.Lock()
		if factory, ok := r.factory(b.entry.Provider); ok && factory.serial == was.serial {
			b.model, b.serial = was.model, was.serial
		}
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
	content, err := r.content()
	if err != nil {
		return false, err
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
