package langchaingo_test

import (
	"context"
	"fmt"
	"log"
	"strings"

	"github.com/tmc/langchaingo/chains"
	"github.com/tmc/langchaingo/embeddings"
	"github.com/tmc/langchaingo/memory"
	"github.com/tmc/langchaingo/prompts"
	"github.com/tmc/langchaingo/schema"
	"github.com/tmc/langchaingo/vectorstores"

	"github.com/seed-a739af98/langchaingo-azure/adapters/langchaingo"
	"github.com/seed-a739af98/langchaingo-azure/azureadv1"
	"github.com/seed-a739af98/langchaingo-azure/azureadv1/azuretest"
)

// A prompt with blanks, filled at each call.
func ExampleNew_chain() {
	m, err := langchaingo.New(resource(func(r azuretest.Request) azuretest.Reply {
		return azuretest.Text("The model read: ", r.LastMessage().Content)
	}))
	if err != nil {
		log.Fatal(err)
	}
	chain := chains.NewLLMChain(m, prompts.NewPromptTemplate("Translate into {{.language}}: {{.text}}", []string{"language", "text"}))
	answer, err := chains.Predict(context.Background(), chain, map[string]any{"language": "Norwegian", "text": "Good morning!"})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(answer)
	// Output: The model read: Translate into Norwegian: Good morning!
}

// A conversation remembers what was said before.
func ExampleNew_memory() {
	m, err := langchaingo.New(resource(func(r azuretest.Request) azuretest.Reply {
		if strings.Contains(r.LastMessage().Content, "My name is Kari.") && strings.Contains(r.LastMessage().Content, "What is my name?") {
			return azuretest.Text("Kari.")
		}
		return azuretest.Text("Hello!")
	}))
	if err != nil {
		log.Fatal(err)
	}
	chain := chains.NewConversation(m, memory.NewConversationBuffer())
	for _, said := range []string{"My name is Kari.", "What is my name?"} {
		answer, err := chains.Run(context.Background(), chain, said)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(answer)
	}
	// Output:
	// Hello!
	// Kari.
}

// Questions answered from documents: one deployment embeds, the other writes, both as one identity.
func ExampleWithEmbeddingDeployment_vectorStore() {
	m, err := langchaingo.New(resource(func(r azuretest.Request) azuretest.Reply {
		if r.Operation != azuretest.OpChat {
			return azuretest.Reply{} // vectors made from the words of each text
		}
		if strings.Contains(r.LastMessage().Content, "The harbour opens at seven.") {
			return azuretest.Text("At seven.")
		}
		return azuretest.Text("I do not know.")
	}), langchaingo.WithEmbeddingDeployment("embed"))
	if err != nil {
		log.Fatal(err)
	}
	embedder, err := embeddings.NewEmbedder(m)
	if err != nil {
		log.Fatal(err)
	}
	ctx, store := context.Background(), &shelf{embedder: embedder}
	_, err = store.AddDocuments(ctx, []schema.Document{
		{PageContent: "Bread needs flour, water and yeast."},
		{PageContent: "The harbour opens at seven."},
		{PageContent: "Trains leave every hour."},
	})
	if err != nil {
		log.Fatal(err)
	}
	chain := chains.NewRetrievalQAFromLLM(m, vectorstores.ToRetriever(store, 1))
	answer, err := chains.Run(ctx, chain, "When does the harbour open?")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(answer)
	// Output: At seven.
}

// One client may serve several models: one for chat completions, one for the Responses API.
func ExampleNewFromClient() {
	cfg := resource(says("Hello."))
	client, err := azureadv1.NewClient(cfg)
	if err != nil {
		log.Fatal(err)
	}
	for _, opts := range [][]langchaingo.Option{nil, {langchaingo.WithResponsesAPI()}} {
		m, err := langchaingo.NewFromClient(client, opts...)
		if err != nil {
			log.Fatal(err)
		}
		answer, err := m.Call(context.Background(), "Say hello.")
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(answer)
	}
	// Output:
	// Hello.
	// Hello.
}
