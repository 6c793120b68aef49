// A program that makes openai-go's client for Azure with a key.
package main

import (
	"fmt"
	"os"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/azure"
)

func main() {
	c := openai.NewClient(azure.WithEndpoint("https://resource.openai.azure.com", "2024-10-21"), azure.WithAPIKey("key"))
	if c.Options == nil {
		fmt.Fprintln(os.Stderr, "no options")
		os.Exit(1)
	}
}
