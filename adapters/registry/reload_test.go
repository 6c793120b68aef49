package registry_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-a739af98/langchaingo-azure/adapters/registry"
	"github.com/seed-a739af98/langchaingo-azure/azureadv1/azuretest"
)

func write(t *testing.T, path, yaml string) {
	t.Helper()
	must(t, os.WriteFile(path, []byte(yaml), 0o600))
}

func TestReload(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := azure(t, azuretest.Options{})
		path := filepath.Join(t.TempDir(), "models.yaml")
		write(t, path, twoRegions)
		r, err := registry.Loader{HTTPClient: s.HTTPClient()}.Load(path)
		must(t, err)
		m := model(t, r, "chat")
		s.EnqueueFor("east", azuretest.RateLimited(azuretest.RetryAfter(60)))
		ask(t, m)

		write(t, path, strings.ReplaceAll(twoRegions, "azure/west", "azure/north"))
		must(t, r.Reload())
		s.Reset()
		ask(t, m)
		if got := called(s); got != "north" {
			t.Errorf("asked %q, want north: the new file has it, and east is still parked", got)
		}

		write(t, path, strings.ReplaceAll(twoRegions, "api_key", "api_kye"))
		var all registry.Errors
		if err := r.Reload(); !errors.As(err, &all) || len(all) != 2 {
			t.Errorf("a broken file: %v, want an error for each entry", err)
		}
		ask(t, m)
		if got := called(s); got != "north" {
			t.Errorf("asked %q after a refused file, want north as before", got)
		}

		write(t, path, strings.ReplaceAll(twoRegions, "model_name: chat", "model_name: talk"))
		must(t, r.Reload())
		if err := refused(t, m); !strings.Contains(err.Error(), `no model "chat"`) || !strings.Contains(err.Error(), "talk") {
			t.Errorf("a name that is gone: %v", err)
		}
	})
}

func TestRunningCallsFinishOnWhatTheyBeganWith(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := azure(t, azuretest.Options{})
		path := filepath.Join(t.TempDir(), "models.yaml")
		write(t, path, twoRegions)
		r, err := registry.Loader{HTTPClient: s.HTTPClient()}.Load(path)
		must(t, err)
		m := model(t, r, "chat")
		s.EnqueueFor("east", azuretest.SlowFirstByte(10*time.Second, azuretest.RateLimited()))
		by := make(chan string)
		go func() { by <- ask(t, m) }()
		time.Sleep(time.Second)
		write(t, path, strings.ReplaceAll(strings.ReplaceAll(twoRegions, "azure/west", "azure/north"), "id: west", "id: north"))
		must(t, r.Reload())
		if got := <-by; got != "west" {
			t.Errorf("%s served, want west, which the call's own file has", got)
		}
	})
}

func TestWatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := azure(t, azuretest.Options{})
		path := filepath.Join(t.TempDir(), "models.yaml")
		write(t, path, twoRegions)
		var lines logs
		var told []string
		r, err := registry.Loader{HTTPClient: s.HTTPClient(), Logger: lines.logger(), OnReload: func(err error) {
			switch {
			case err == nil:
				told = append(told, "taken")
			case errors.Is(err, fs.ErrNotExist):
				told = append(told, "missing")
			default:
				told = append(told, "refused")
			}
		}}.Load(path)
		must(t, err)
		write(t, path, strings.ReplaceAll(twoRegions, "model_name: chat", "model_name: talk")) // before Watch began

		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- r.Watch(ctx, time.Second) }()
		step := func(change func()) {
			change()
			time.Sleep(3 * time.Second)
			synctest.Wait()
		}
		step(func() {})
		step(func() { write(t, path, "model_list: [") })
		step(func() { must(t, os.Remove(path)) })
		step(func() { write(t, path, twoRegions) })
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("Watch returned %v", err)
		}
		if diff := cmp.Diff([]string{"taken", "refused", "missing", "taken"}, told); diff != "" {
			t.Errorf("OnReload was told (-want +got):\n%s\n%s", diff, &lines)
		}
		if diff := cmp.Diff([]string{"chat"}, r.Names()); diff != "" {
			t.Errorf("Names (-want +got):\n%s", diff)
		}
	})
}

func TestLoadErrors(t *testing.T) {
	if r, err := registry.Load(filepath.Join(t.TempDir(), "none.yaml")); r != nil || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a missing file: %v, %v", r, err)
	}
	if r, err := registry.Parse(nil); r != nil || err == nil {
		t.Errorf("no reader: %v, %v", r, err)
	}
	r, err := registry.Parse(strings.NewReader(twoRegions))
	must(t, err)
	if err := r.Reload(); err == nil {
		t.Error("a parsed registry was reloaded")
	}
	if err := r.Watch(t.Context(), 0); err == nil {
		t.Error("a parsed registry was watched")
	}
}
