package main

import (
	"os"
	"strings"
	"sync"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/log"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
)

// chain hears which credential of DefaultAzureCredential's answered: azidentity tells that to its log alone. A nil one
// hears nothing.
type chain struct {
	mu       sync.Mutex
	last     string
	answered map[string]string // by the credential's description, since a chain tells only once
}

// listen hears the log from now on. That log is the process's own, so it is done once, before any credential is asked. Who
// has AZURE_SDK_GO_LOGGING print the log is not deprived of it.
func listen() *chain {
	if os.Getenv("AZURE_SDK_GO_LOGGING") == "all" {
		return nil
	}
	c := &chain{answered: map[string]string{}}
	log.SetEvents(azidentity.EventAuthentication)
	log.SetListener(func(_ log.Event, message string) {
		if name, ok := strings.CutPrefix(message, "DefaultAzureCredential authenticated with "); ok {
			c.mu.Lock()
			defer c.mu.Unlock()
			c.last = oneLine(name)
		}
	})
	return c
}

// during runs what asks for a token and returns the credential that answered for the described one; "" is not known.
func (c *chain) during(described string, ask func() error) (by string, err error) {
	if c == nil {
		return "", ask()
	}
	c.mu.Lock()
	c.last = ""
	c.mu.Unlock()
	err = ask()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.last != "" {
		c.answered[described] = c.last
	}
	return c.answered[described], err
}
