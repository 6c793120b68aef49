package langchaingo_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log"

	"github.com/tmc/langchaingo/callbacks"
	"github.com/tmc/langchaingo/llms"

	"github.com/seed-a739af98/langchaingo-azure/adapters/langchaingo"
	"github.com/seed-a739af98/langchaingo-azure/azureadv1/azuretest"
)

// fields answers with some of the request's fields, so that an example shows what was sent.
func fields(names ...string) func(azuretest.Request) azuretest.Reply {
	return func(r azuretest.Request) azuretest.Reply {
		sent := map[string]any{}
		for _, name := range names {
			if v := r.Field(name); v != nil {
				sent[name] = v
			}
		}
		text, err := json.Marshal(sent)
		if err != nil {
			return azuretest.ServerError()
		}
		return azuretest.Text(string(text))
	}
}

// talk puts one question and prints the answer.
func talk(m llms.Model, options ...llms.CallOption) {
	answer, err := llms.GenerateFromSinglePrompt(context.Background(), m, "Hello?", options...)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(answer) //nolint:forbidigo // it is the examples' output
}

// What langchaingo has no option for goes out under its name on the wire.
func ExampleExtraBody() {
	m, err := langchaingo.New(resource(fields("user", "seed", "temperature")))
	if err != nil {
		log.Fatal(err)
	}
	talk(m, llms.WithTemperature(0.5), langchaingo.ExtraBody(map[string]any{"user": "u-17", "seed": 7}))
	// Output: {"seed":7,"temperature":0.5,"user":"u-17"}
}

// What chains set and a deployment refuses is left out.
func ExampleWithDropParams() {
	m, err := langchaingo.New(resource(fields("temperature", "stop", "top_p")), langchaingo.WithDropParams("temperature", "stop"))
	if err != nil {
		log.Fatal(err)
	}
	talk(m, llms.WithTemperature(0), llms.WithTopP(0.9), llms.WithStopWords([]string{"Observation:"}))
	// Output: {"top_p":0.9}
}

// One tool at a time.
func ExampleParallelToolCalls() {
	m, err := langchaingo.New(resource(fields("parallel_tool_calls")))
	if err != nil {
		log.Fatal(err)
	}
	add := llms.Tool{Type: "function", Function: &llms.FunctionDefinition{Name: "add", Parameters: map[string]any{"type": "object"}}}
	talk(m, llms.WithTools([]llms.Tool{add}), langchaingo.ParallelToolCalls(false))
	// Output: {"parallel_tool_calls":false}
}

// Every answer of the model obeys the schema, those that a chain asks for included.
func ExampleWithJSONSchema() {
	type verdict struct {
		Spam bool `json:"spam"`
	}
	m, err := langchaingo.New(resource(func(r azuretest.Request) azuretest.Reply {
		if format, ok := r.Field("response_format").(map[string]any); ok && format["type"] == "json_schema" {
			return azuretest.Text(`{"spam":true}`)
		}
		return azuretest.Text("Well, ...")
	}), langchaingo.WithJSONSchema("verdict", verdict{}, true))
	if err != nil {
		log.Fatal(err)
	}
	talk(m)
	// Output: {"spam":true}
}

// Tools that run at the service, with their output, in an answer that the service does not keep.
func ExampleBuiltInTools() {
	cfg := resource(fields("tools", "store", "truncation", "include"))
	m, err := langchaingo.New(cfg, langchaingo.WithResponsesAPI())
	if err != nil {
		log.Fatal(err)
	}
	talk(m, langchaingo.BuiltInTools(map[string]any{"type": "web_search"}), langchaingo.Include("web_search_call.action.sources"),
		langchaingo.Truncation("auto"))
	// Output: {"include":["web_search_call.action.sources"],"store":false,"tools":[{"type":"web_search"}],"truncation":"auto"}
}

// A talk that the service remembers: each call brings what is new, and the id of the answer before.
func ExamplePreviousResponseID() {
	m, err := langchaingo.New(resource(func(r azuretest.Request) azuretest.Reply {
		return azuretest.Text(fmt.Sprint(len(r.Messages()), " message, stored: ", r.Field("store"), ", goes on: ", r.Field("previous_response_id") != nil))
	}), langchaingo.WithResponsesAPI())
	if err != nil {
		log.Fatal(err)
	}
	say := func(text, previous string) string {
		response, err := m.GenerateContent(context.Background(), []llms.MessageContent{llms.TextParts(llms.ChatMessageTypeHuman, text)},
			langchaingo.Store(true), langchaingo.PreviousResponseID(previous))
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(response.Choices[0].Content)
		id, _ := response.Choices[0].GenerationInfo["ResponseID"].(string)
		return id
	}
	first := say("My name is Kari.", "")
	say("What is my name?", first)
	// Output:
	// 1 message, stored: true, goes on: false
	// 1 message, stored: true, goes on: true
}

// Shorter vectors, and what they cost.
func ExampleWithEmbeddingUsage() {
	m, err := langchaingo.New(resource(nil),
		langchaingo.WithEmbeddingDeployment("embed"),
		langchaingo.WithEmbeddingDimensions(64),
		langchaingo.WithEmbeddingUsage(func(_ context.Context, u langchaingo.EmbeddingUsage) {
			fmt.Println(u.Requests, "request of", u.Deployment, "with tokens:", u.PromptTokens > 0)
		}))
	if err != nil {
		log.Fatal(err)
	}
	vectors, err := m.CreateEmbedding(context.Background(), []string{"fjord", "fjell"})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(len(vectors), "vectors of", len(vectors[0]))
	// Output:
	// 1 request of embed with tokens: true
	// 2 vectors of 64
}

// errorsHeard hears what fails; it has the rest of the methods from langchaingo.
type errorsHeard struct{ callbacks.SimpleHandler }

func (errorsHeard) HandleLLMError(_ context.Context, err error) {
	fmt.Println("heard:", llms.IsRateLimitError(err)) //nolint:forbidigo // it is the example's output
}

// A handler hears of every call, failed ones included.
func ExampleWithCallback() {
	cfg := resource(func(azuretest.Request) azuretest.Reply { return azuretest.RateLimited(azuretest.RetryAfter(300)) })
	m, err := langchaingo.New(cfg, langchaingo.WithCallback(errorsHeard{}))
	if err != nil {
		log.Fatal(err)
	}
	_, err = llms.GenerateFromSinglePrompt(context.Background(), m, "Hello?")
	fmt.Println("returned:", llms.IsRateLimitError(err))
	// Output:
	// heard: true
	// returned: true
}
