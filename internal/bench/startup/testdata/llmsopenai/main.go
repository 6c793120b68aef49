// A program that makes langchaingo's own model for Azure with a key.
package main

import (
	"fmt"
	"os"

	"github.com/tmc/langchaingo/llms"
	"github.com/tmc/langchaingo/llms/openai"
)

func main() {
	var m llms.Model
	m, err := openai.New(openai.WithAPIType(openai.APITypeAzure), openai.WithToken("key"), openai.WithBaseURL("https://resource.openai.azure.com"),
		openai.WithModel("chat"), openai.WithEmbeddingModel("embed"))
	if err != nil || m == nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
