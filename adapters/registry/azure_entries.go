package registry

import (
	"maps"
	"net/http"

	"github.com/seed-a739af98/langchaingo-azure/azureadv1"
)

// AzureEntry is an entry of the built-in provider with the configuration its calls are made with: for a client of one's
// own on the same deployment (images, files, a check). Printing it shows no secret.
type AzureEntry struct {
	Entry
	// Config has the entry's credential, and the Loader's HTTPClient, Logger and Credential. [azureadv1.Config.Explain]
	// tells what it comes to.
	Config azureadv1.Config
	// ResponsesAPI tells that the entry's model calls the Responses API: responses_api, or mode responses.
	ResponsesAPI bool
}

// Azure lists the azure entries in the file's order, of all names. It is a copy, as the file was when it was last read.
func (r *Registry) Azure() []AzureEntry {
	var all []AzureEntry
	for _, b := range r.current.Load().backends {
		if !b.builtIn {
			continue
		}
		e := AzureEntry{Entry: b.entry.Entry, Config: b.config, ResponsesAPI: b.entry.responses}
		e.Params = maps.Clone(e.Params)
		e.Config.Header = http.Header.Clone(e.Config.Header)
		all = append(all, e)
	}
	return all
}
