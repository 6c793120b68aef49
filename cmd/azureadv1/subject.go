package main

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"

	"github.com/seed-a739af98/langchaingo-azure/adapters/registry"
	"github.com/seed-a739af98/langchaingo-azure/azureadv1"
)

// subject is one configuration to examine.
type subject struct {
	name         string
	cfg          azureadv1.Config
	endpointFrom string
	embedding    string // the embedding deployment; "" is none
	baseModel    string
	chat         bool   // it is to hold conversations
	responses    bool   // by the Responses API
	foreign      string // another provider than azure, which is not examined
}

// nothingError is a command with nothing to do: wrong use, rather than a check that failed.
type nothingError struct{ text string }

func (e *nothingError) Error() string { return e.text }

// endpointVariables are those that FromEnv reads for Endpoint, in its order.
var endpointVariables = []string{"AZURE_OPENAI_ENDPOINT", "AZURE_API_BASE"}

// find reads what the command line names: the environment, or a models file.
func find(o options, sys system) ([]subject, error) {
	if o.models != "" {
		return fromFile(o, sys)
	}
	cfg, _ := azureadv1.FromEnv() // what is wrong with it is found again where it is shown
	if cfg.Endpoint == "" {
		return nil, &nothingError{"nothing to check: set AZURE_OPENAI_ENDPOINT, or give a models file with --models; " +
			"azureadv1 doctor --demo shows a stand-in"}
	}
	s := subject{name: "environment", cfg: cfg, chat: true}
	for _, name := range endpointVariables {
		if strings.TrimSpace(os.Getenv(name)) != "" {
			s.endpointFrom = name
			break
		}
	}
	return []subject{s}, nil
}

// fromFile reads a models file: a subject for each deployment of the names that are wanted.
func fromFile(o options, sys system) ([]subject, error) {
	if o.deployment != "" || o.embedding != "" || o.baseModel != "" || o.responses {
		return nil, &nothingError{"--deployment, --embedding-deployment, --base-model and --responses stand in the models file itself"}
	}
	models, err := registry.Loader{HTTPClient: sys.client}.Load(o.models)
	if err != nil {
		return nil, err
	}
	for _, name := range o.names {
		if !slices.Contains(models.Names(), name) {
			return nil, &nothingError{fmt.Sprintf("%s has no model %q: it has %s", o.models, name, strings.Join(models.Names(), ", "))}
		}
	}
	wanted := func(name string) bool { return len(o.names) == 0 || slices.Contains(o.names, name) }
	var all []subject
	for _, e := range models.Azure() {
		if wanted(e.Name) {
			all = append(all, ofEntry(e, o.models))
		}
	}
	for _, s := range models.State() {
		if s.Provider != "azure" && slices.ContainsFunc(s.Names, wanted) {
			all = append(all, subject{name: strings.Join(s.Names, ", ") + " (" + s.ID + ")", foreign: s.Provider})
		}
	}
	if len(all) == 0 {
		return nil, &nothingError{"nothing to check: these names are aliases; give the names they stand for"}
	}
	return all, nil
}

func ofEntry(e registry.AzureEntry, file string) subject {
	s := subject{
		name: e.Name + " (" + e.ID + ")", cfg: e.Config, endpointFrom: "api_base in " + file,
		baseModel: e.BaseModel, chat: e.Mode != "embedding", responses: e.ResponsesAPI,
	}
	if e.Mode == "embedding" {
		s.embedding = e.Model
	}
	return s
}

// override applies the flags that say more than the environment can.
func (s *subject) override(o options) {
	s.embedding, s.baseModel, s.responses = o.embedding, o.baseModel, o.responses
	if o.deployment != "" {
		s.cfg.Deployment = o.deployment
	}
}

// notFound tells why there is nothing to work on.
func (sys system) notFound(err error) int {
	if nothing, ok := errors.AsType[*nothingError](err); ok {
		return sys.misuse("%s", nothing)
	}
	fmt.Fprintf(sys.stderr, "azureadv1: %s\n", strings.TrimPrefix(err.Error(), "registry: "))
	if _, wrong := errors.AsType[registry.Errors](err); wrong {
		return exitFailed
	}
	return exitUsage
}

// through sends a configuration's calls, and its token requests, through the doctor's own transport.
func (s *subject) through(client *http.Client) {
	s.cfg.HTTPClient = client
	s.cfg.MaxRetries = -1 // what fails once is to be seen
}
