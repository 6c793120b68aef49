package langchaingo_test

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"slices"
	"strings"

	"github.com/tmc/langchaingo/agents"
	"github.com/tmc/langchaingo/chains"
	"github.com/tmc/langchaingo/embeddings"
	"github.com/tmc/langchaingo/llms"
	"github.com/tmc/langchaingo/tools"

	"github.com/seed-a739af98/langchaingo-azure/adapters/langchaingo"
	"github.com/seed-a739af98/langchaingo-azure/azureadv1"
	"github.com/seed-a739af98/langchaingo-azure/azureadv1/azuretest"
)

// resource stands in for an Azure OpenAI resource, so that the examples run anywhere. With a real one, Endpoint is what
// the portal shows and Credential comes from azidentity; HTTPClient stays empty.
func resource(respond func(azuretest.Request) azuretest.Reply) azureadv1.Config {
	s := azuretest.New(azuretest.Options{Respond: respond, Deployments: map[string]string{
		"chat": "gpt-4o", "coder": "gpt-5.1-codex", "embed": "text-embedding-3-small",
	}})
	return azureadv1.Config{Endpoint: s.Endpoint(), Deployment: "chat", Credential: s.Credential(), HTTPClient: s.HTTPClient()}
}

// says answers every question with a text.
func says(text string) func(azuretest.Request) azuretest.Reply {
	return func(azuretest.Request) azuretest.Reply { return azuretest.Text(text) }
}

func Example() {
	m, err := langchaingo.New(resource(says("Oslo")))
	if err != nil {
		log.Fatal(err)
	}
	answer, err := llms.GenerateFromSinglePrompt(context.Background(), m, "What is the capital of Norway?", llms.WithTemperature(0))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(answer)
	// Output: Oslo
}

// clock is a tool.
type clock struct{}

func (clock) Name() string                                        { return "clock" }
func (clock) Description() string                                 { return "Tells the time in a city." }
func (clock) Call(_ context.Context, city string) (string, error) { return "noon in " + city, nil }

func ExampleNew_agent() {
	m, err := langchaingo.New(resource(func(r azuretest.Request) azuretest.Reply {
		if last := r.LastMessage(); last.Role == "tool" {
			return azuretest.Text("It is ", last.Content, ".")
		}
		return azuretest.ToolCalls(azuretest.ToolCall{Name: "clock", Arguments: `{"__arg1":"Oslo"}`})
	}))
	if err != nil {
		log.Fatal(err)
	}
	agent := agents.NewOpenAIFunctionsAgent(m, []tools.Tool{clock{}})
	answer, err := chains.Run(context.Background(), agents.NewExecutor(agent), "How late is it in Oslo?")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(answer)
	// Output: It is noon in Oslo.
}

func ExampleLLM_GenerateContent_streaming() {
	m, err := langchaingo.New(resource(says("To be or not to be")))
	if err != nil {
		log.Fatal(err)
	}
	question := []llms.MessageContent{llms.TextParts(llms.ChatMessageTypeHuman, "Quote something.")}
	show := func(_ context.Context, piece []byte) error {
		fmt.Printf("[%s]", piece)
		return nil
	}
	response, err := m.GenerateContent(context.Background(), question, llms.WithStreamingFunc(show))
	if err != nil {
		log.Fatal(err) // with a response beside it when the stream broke on its way
	}
	fmt.Println("\n" + response.Choices[0].StopReason)
	// Output:
	// [To ][be ][or ][not ][to ][be]
	// stop
}

func ExampleLLM_GenerateContentStream() {
	m, err := langchaingo.New(resource(says("To be or not")))
	if err != nil {
		log.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel() // frees the call, wherever the loop ends
	values, err := m.GenerateContentStream(ctx, []llms.MessageContent{llms.TextParts(llms.ChatMessageTypeHuman, "Quote something.")})
	if err != nil {
		log.Fatal(err)
	}
	for value := range values {
		choice := value.Choices[0]
		if failed, ok := choice.GenerationInfo["Error"].(*llms.Error); ok {
			log.Fatal(failed)
		}
		fmt.Print(choice.Content)
	}
	// Output: To be or not
}

func ExampleLLM_GenerateContent_tools() {
	m, err := langchaingo.New(resource(func(r azuretest.Request) azuretest.Reply {
		if last := r.LastMessage(); last.Role == "tool" {
			return azuretest.Text("Together that is ", last.Content, ".")
		}
		return azuretest.ToolCalls(azuretest.ToolCall{Name: "add", Arguments: `{"a":2,"b":3}`})
	}))
	if err != nil {
		log.Fatal(err)
	}
	add := llms.Tool{Type: "function", Function: &llms.FunctionDefinition{
		Name: "add", Description: "Adds two numbers.",
		Parameters: json.RawMessage(`{"type":"object","properties":{"a":{"type":"number"},"b":{"type":"number"}},"required":["a","b"]}`),
	}}
	ctx := context.Background()
	history := []llms.MessageContent{llms.TextParts(llms.ChatMessageTypeHuman, "What is 2 and 3?")}
	response, err := m.GenerateContent(ctx, history, llms.WithTools([]llms.Tool{add}))
	if err != nil {
		log.Fatal(err)
	}
	for _, call := range response.Choices[0].ToolCalls {
		var in struct{ A, B float64 }
		if err := json.Unmarshal([]byte(call.FunctionCall.Arguments), &in); err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%s(%v, %v)\n", call.FunctionCall.Name, in.A, in.B)
		history = append(history,
			llms.MessageContent{Role: llms.ChatMessageTypeAI, Parts: []llms.ContentPart{call}},
			llms.MessageContent{Role: llms.ChatMessageTypeTool, Parts: []llms.ContentPart{
				llms.ToolCallResponse{ToolCallID: call.ID, Name: call.FunctionCall.Name, Content: fmt.Sprint(in.A + in.B)},
			}},
		)
	}
	if response, err = m.GenerateContent(ctx, history, llms.WithTools([]llms.Tool{add})); err != nil {
		log.Fatal(err)
	}
	fmt.Println(response.Choices[0].Content)
	// Output:
	// add(2, 3)
	// Together that is 5.
}

// A deployment that answers on the Responses API only, such as a codex model. Agents and chains are made on it as on any
// other model; what it thinks between its tool calls comes back to it by itself.
func ExampleWithResponsesAPI() {
	cfg := resource(func(r azuretest.Request) azuretest.Reply {
		return azuretest.Text("asked at ", r.Path).WithReasoningSummary("They want to know where.")
	})
	cfg.Deployment = "coder"
	m, err := langchaingo.New(cfg, langchaingo.WithResponsesAPI(), langchaingo.WithBaseModel("gpt-5.1-codex"))
	if err != nil {
		log.Fatal(err)
	}
	response, err := m.GenerateContent(
		context.Background(), []llms.MessageContent{llms.TextParts(llms.ChatMessageTypeHuman, "Where were you asked?")},
		langchaingo.ReasoningSummary("auto"), langchaingo.ReasoningEffort("low"), llms.WithMaxTokens(200),
	)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(response.Choices[0].ReasoningContent)
	fmt.Println(response.Choices[0].Content)
	// Output:
	// They want to know where.
	// asked at /openai/v1/responses
}

// An answer kept in a store of one's own goes back whole, reasoning included, to whatever process goes on with the talk.
func ExampleResponseItems() {
	m, err := langchaingo.New(resource(nil), langchaingo.WithResponsesAPI())
	if err != nil {
		log.Fatal(err)
	}
	ctx := context.Background()
	history := []llms.MessageContent{llms.TextParts(llms.ChatMessageTypeHuman, "Hello?")}
	response, err := m.GenerateContent(ctx, history)
	if err != nil {
		log.Fatal(err)
	}
	if items, ok := langchaingo.ResponseItems(response.Choices[0]); ok {
		history = append(history, llms.MessageContent{Role: llms.ChatMessageTypeAI, Parts: []llms.ContentPart{items}})
	}
	history = append(history, llms.TextParts(llms.ChatMessageTypeHuman, "And again?"))
	if response, err = m.GenerateContent(ctx, history); err != nil {
		log.Fatal(err)
	}
	fmt.Println(response.Choices[0].Content)
	// Output: Hello from chat.
}

func ExampleJSONSchema() {
	m, err := langchaingo.New(resource(says(`{"name":"Oslo","people":717710}`)))
	if err != nil {
		log.Fatal(err)
	}
	type city struct {
		Name   string `json:"name" jsonschema:"in English"`
		People int    `json:"people"`
	}
	answer, err := llms.GenerateFromSinglePrompt(
		context.Background(), m, "The capital of Norway, please.", langchaingo.JSONSchema("city", city{}, true),
	)
	if err != nil {
		log.Fatal(err)
	}
	var c city
	if err := json.Unmarshal([]byte(answer), &c); err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%+v\n", c)
	// Output: {Name:Oslo People:717710}
}

func ExampleWithEmbeddingDeployment() {
	m, err := langchaingo.New(resource(nil), langchaingo.WithEmbeddingDeployment("embed"))
	if err != nil {
		log.Fatal(err)
	}
	embedder, err := embeddings.NewEmbedder(m)
	if err != nil {
		log.Fatal(err)
	}
	ctx := context.Background()
	texts := []string{"Bread needs flour, water and yeast.", "The harbour opens at seven.", "Trains leave every hour."}
	vectors, err := embedder.EmbedDocuments(ctx, texts)
	if err != nil {
		log.Fatal(err)
	}
	query, err := embedder.EmbedQuery(ctx, "When are the harbour gates open?")
	if err != nil {
		log.Fatal(err)
	}
	product := func(v []float32) (sum float32) { // of unit vectors: their cosine
		for i := range v {
			sum += v[i] * query[i]
		}
		return sum
	}
	best := slices.MaxFunc(vectors, func(a, b []float32) int { return cmp.Compare(product(a), product(b)) })
	for i, v := range vectors {
		if &v[0] == &best[0] {
			fmt.Println(texts[i])
		}
	}
	// Output: The harbour opens at seven.
}

func ExampleLLM_GenerateContent_errors() {
	m, err := langchaingo.New(resource(func(azuretest.Request) azuretest.Reply {
		return azuretest.RateLimited(azuretest.RetryAfter(300))
	}))
	if err != nil {
		log.Fatal(err)
	}
	_, err = llms.GenerateFromSinglePrompt(context.Background(), m, "Hello?")
	if llms.IsRateLimitError(err) {
		if azure, ok := errors.AsType[*azureadv1.Error](err); ok {
			fmt.Println("status", azure.StatusCode, "for", azure.Deployment, "come back in", azure.RetryAfter)
		}
	}
	_, err = llms.GenerateFromSinglePrompt(context.Background(), m, "Hello?", llms.WithTopK(3))
	fmt.Println(strings.Contains(err.Error(), "WithDropParams"))
	// Output:
	// status 429 for chat come back in 5m0s
	// true
}
