package registry

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/tmc/langchaingo/callbacks"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/trace"
)

// Loader reads models files with what a file cannot hold. The zero value is what [Load] and [Parse] use. Its fields must
// not change once it has made a Registry.
type Loader struct {
	// HTTPClient carries the calls of all azure entries and their token requests; nil is azureadv1's shared one.
	HTTPClient *http.Client
	// Credential is used by azure entries that name no credential; nil is azidentity's DefaultAzureCredential.
	Credential azcore.TokenCredential
	// Logger gets fail-overs (Warn for what someone must set right and for fallbacks to another name, Debug for the others),
	// reloads (Info, or Warn when refused), and what azureadv1 logs. nil is silent.
	Logger *slog.Logger
	// TracerProvider and MeterProvider are azureadv1.Config's, for every azure entry: one span an attempt. nil is none.
	TracerProvider trace.TracerProvider
	MeterProvider  metric.MeterProvider
	// Callback is told of each call, once, however many deployments it took. nil is nobody.
	Callback callbacks.Handler
	// State keeps what is parked; nil keeps it in this process. Sharing one between registries shares the parking of
	// entries with one ID.
	State State
	// Providers are registered before the file is read, as [Registry.Register] does afterwards.
	Providers map[string]Factory
	// LookupEnv resolves os.environ/NAME; nil is os.LookupEnv.
	LookupEnv func(name string) (value string, ok bool)
	// OnReload is told how each reload of [Registry.Watch] went: nil is a file taken over. It must not call Reload.
	OnReload func(error)
}

// Load reads a models file. It resolves references, checks everything and makes the clients; it makes no network call.
// All errors of the file come at once, as [Errors], each with line and column; a file that cannot be read is an
// *fs.PathError.
func Load(path string) (*Registry, error) { return Loader{}.Load(path) }

// Parse is [Load] for a file from elsewhere. What it makes cannot Reload.
func Parse(r io.Reader) (*Registry, error) { return Loader{}.Parse(r) }

// Load is the function [Load] with the Loader's fields.
func (l Loader) Load(path string) (*Registry, error) {
	if path == "" {
		return nil, errors.New("registry: Load was given no path")
	}
	r := l.registry()
	r.path = path
	if err := r.Reload(); err != nil {
		return nil, err
	}
	return r, nil
}

// Parse is the function [Parse] with the Loader's fields.
func (l Loader) Parse(source io.Reader) (*Registry, error) {
	if source == nil {
		return nil, errors.New("registry: Parse was given no reader")
	}
	content, err := io.ReadAll(io.LimitReader(source, maxFileBytes+1))
	if err != nil {
		return nil, fmt.Errorf("registry: %w", err)
	}
	r := l.registry()
	if err := r.take(content); err != nil {
		return nil, err
	}
	return r, nil
}

func (l Loader) registry() *Registry {
	r := &Registry{loader: &l, state: l.State, log: l.Logger, providers: map[string]registration{}, standings: map[string]*standing{}}
	if r.state == nil {
		r.state = &memory{}
	}
	if r.log == nil {
		r.log = slog.New(slog.DiscardHandler)
	}
	if r.loader.LookupEnv == nil {
		r.loader.LookupEnv = os.LookupEnv
	}
	for provider, f := range l.Providers {
		r.Register(provider, f)
	}
	return r
}
