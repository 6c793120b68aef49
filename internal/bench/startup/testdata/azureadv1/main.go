// A program that makes this module's client, with no framework.
package main

import (
	"fmt"
	"os"

	"github.com/seed-a739af98/langchaingo-azure/azureadv1"
)

func main() {
	if _, err := azureadv1.NewClient(azureadv1.Config{Endpoint: "https://resource.openai.azure.com", Deployment: "chat", APIKey: "key"}); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
