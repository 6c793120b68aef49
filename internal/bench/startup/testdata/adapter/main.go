// A program that makes this module's langchaingo model.
package main

import (
	"fmt"
	"os"

	"github.com/tmc/langchaingo/llms"

	"github.com/seed-a739af98/langchaingo-azure/adapters/langchaingo"
	"github.com/seed-a739af98/langchaingo-azure/azureadv1"
)

func main() {
	var m llms.Model
	m, err := langchaingo.New(azureadv1.Config{Endpoint: "https://resource.openai.azure.com", Deployment: "chat", APIKey: "key"})
	if err != nil || m == nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
