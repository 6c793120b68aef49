package azureadv1_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/seed-a739af98/langchaingo-azure/azureadv1"
	"github.com/seed-a739af98/langchaingo-azure/azureadv1/azuretest"
)

// An adapter reads the body that Post returns, and says what it found, so that traces tell it.
func ExampleObserve() {
	azure := azuretest.New(azuretest.Options{})
	defer func() { _ = azure.Close() }()
	azure.Enqueue(azuretest.Text("Hello.").WithUsage(azuretest.Usage{Prompt: 9, Completion: 2}))
	spans := tracetest.NewInMemoryExporter()
	tracing := trace.NewTracerProvider(trace.WithSyncer(spans))
	defer func() { _ = tracing.Shutdown(context.Background()) }()
	client, err := azureadv1.NewClient(azureadv1.Config{
		Endpoint: azure.Endpoint(), Deployment: "chat", Credential: azure.Credential(), HTTPClient: azure.HTTPClient(), TracerProvider: tracing,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	res, err := client.Post(context.Background(), azureadv1.OpChat, "", []byte(`{"model":"chat","messages":[{"role":"user","content":"hello"}]}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	var answer struct {
		Model string
		Usage struct {
			Prompt     int64 `json:"prompt_tokens"`
			Completion int64 `json:"completion_tokens"`
		}
	}
	err = json.NewDecoder(res.Body).Decode(&answer)
	azureadv1.Observe(res, func() azureadv1.Outcome {
		return azureadv1.Outcome{Model: answer.Model, InputTokens: answer.Usage.Prompt, OutputTokens: answer.Usage.Completion}
	})
	_ = res.Body.Close()
	fmt.Println(err, azureadv1.RequestID(res) == azure.Requests()[0].RequestID)
	told := attribute.NewSet(spans.GetSpans()[0].Attributes...)
	for _, key := range []attribute.Key{"gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens"} {
		value, _ := told.Value(key)
		fmt.Println(key, value.AsInt64())
	}
	// Output:
	// <nil> true
	// gen_ai.usage.input_tokens 9
	// gen_ai.usage.output_tokens 2
}

// An answer that breaks after it began becomes an error like all others, with the request's id and region.
func ExampleAnswerError() {
	azure := azuretest.New(azuretest.Options{})
	defer func() { _ = azure.Close() }()
	azure.Enqueue(azuretest.CutStream(1, azuretest.Text("Hel", "lo.")))
	client, err := azureadv1.NewClient(azureadv1.Config{
		Endpoint: azure.Endpoint(), Deployment: "chat", Credential: azure.Credential(), HTTPClient: azure.HTTPClient(),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	body := []byte(`{"model":"chat","stream":true,"messages":[{"role":"user","content":"hello"}]}`)
	res, err := client.Post(context.Background(), azureadv1.OpChat, "", body)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = res.Body.Close() }()
	if _, err := io.Copy(io.Discard, res.Body); err != nil {
		e := azureadv1.AnswerError(res, err)
		fmt.Println(e.Op, e.Deployment, e.StatusCode, e.Region, e.RequestID != "")
	}
	// Output: chat chat 200 East US true
}

// A claims challenge (continuous access evaluation) reaches the provider, which passes it on to whoever issues tokens.
func ExampleClaimsFromContext() {
	azure := azuretest.New(azuretest.Options{})
	defer func() { _ = azure.Close() }()
	azure.Enqueue(azuretest.ClaimsChallenge(`{"access_token":{"nbf":{"essential":true,"value":"1893456000"}}}`))

	provider := func(ctx context.Context) (string, error) {
		if claims, ok := azureadv1.ClaimsFromContext(ctx); ok {
			fmt.Println("asked for", claims) // policy.TokenRequestOptions.Claims
		}
		return azure.IssueToken(azuretest.Claims{}), nil
	}
	fmt.Println(sayHello(context.Background(), azureadv1.Config{
		Endpoint: azure.Endpoint(), TokenProvider: provider, HTTPClient: azure.HTTPClient(),
	}))
	// Output:
	// asked for {"access_token":{"nbf":{"essential":true,"value":"1893456000"}}}
	// 200 after 2 attempt(s) <nil>
}
