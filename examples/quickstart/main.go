// Command quickstart asks one question of the deployment that the environment names.
package main

import (
	"context"
	"fmt"
	"log"

	"github.com/tmc/langchaingo/llms"

	"github.com/seed-a739af98/langchaingo-azure/adapters/langchaingo"
	"github.com/seed-a739af98/langchaingo-azure/azureadv1"
)

func main() {
	cfg, err := azureadv1.FromEnv() // AZURE_OPENAI_ENDPOINT, AZURE_OPENAI_DEPLOYMENT
	if err != nil {
		log.Fatal(err)
	}
	model, err := langchaingo.New(cfg) // as az login, a managed identity, ...: whatever azidentity finds
	if err != nil {
		log.Fatal(err)
	}
	answer, err := llms.GenerateFromSinglePrompt(context.Background(), model, "Why is the sky blue?")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(answer)
}
