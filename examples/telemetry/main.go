// Command telemetry traces a langchaingo agent on Azure OpenAI with OpenTelemetry and prints the trace and the metrics.
//
// It runs against a stand-in Azure and Entra ID in memory. An application sets the two providers to its own instead, with an
// exporter to where its traces go.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/tmc/langchaingo/agents"
	"github.com/tmc/langchaingo/chains"
	"github.com/tmc/langchaingo/tools"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/seed-a739af98/langchaingo-azure/adapters/langchaingo"
	"github.com/seed-a739af98/langchaingo-azure/azureadv1"
	"github.com/seed-a739af98/langchaingo-azure/azureadv1/azuretest"
)

func main() {
	if len(os.Args) > 1 {
		fmt.Fprintln(os.Stderr, "telemetry: takes no flags and no arguments; its comment says what it shows")
		os.Exit(2)
	}
	if err := run(context.Background(), os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "telemetry:", err)
		os.Exit(1)
	}
}

// run asks an agent one question under a span of its own and prints what was recorded.
func run(ctx context.Context, out io.Writer) error {
	azure := azuretest.New(azuretest.Options{Deployments: map[string]string{"gpt-4o": "gpt-4o"}})
	defer func() { _ = azure.Close() }()
	azure.Enqueue(
		azuretest.ToolCalls(azuretest.ToolCall{Name: "weather", Arguments: `{"__arg1":"Oslo"}`}),
		azuretest.Unauthorized(), // the token is refused once: replaced, and the call replayed, inside one span
		azuretest.Text("It rains in Oslo."),
	)
	spans, reader := tracetest.NewSpanRecorder(), sdkmetric.NewManualReader()
	traces := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans))
	tracer := traces.Tracer("examples/telemetry")

	model, err := langchaingo.New(azureadv1.Config{
		Endpoint: azure.Endpoint(), HTTPClient: azure.HTTPClient(), Credential: azure.Credential(), Deployment: "gpt-4o",
		TracerProvider: traces,
		MeterProvider:  sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader)),
	})
	if err != nil {
		return err
	}
	agent := agents.NewOpenAIFunctionsAgent(model, []tools.Tool{traced{weather{}, tracer}})

	ctx, span := tracer.Start(ctx, "invoke_agent forecaster")
	answer, err := chains.Run(ctx, agents.NewExecutor(agent), "What is the weather in Oslo?")
	if err != nil {
		span.SetStatus(codes.Error, "failed")
	}
	span.End()
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%s\n\n", answer)
	printTrace(out, spans.Ended())
	return printMetrics(ctx, out, reader)
}

// weather is the agent's one tool.
type weather struct{}

func (weather) Name() string                                 { return "weather" }
func (weather) Description() string                          { return "The weather in a city." }
func (weather) Call(context.Context, string) (string, error) { return "rain, 7 C", nil }

// traced puts a span around a tool's calls: langchaingo's callbacks cannot, since they return no context.
type traced struct {
	tools.Tool

	tracer trace.Tracer
}

// Call implements langchaingo's tools.Tool.
func (t traced) Call(ctx context.Context, input string) (string, error) {
	ctx, span := t.tracer.Start(ctx, "execute_tool "+t.Name(), trace.WithAttributes(attribute.String("gen_ai.tool.name", t.Name())))
	defer span.End()
	return t.Tool.Call(ctx, input)
}

// printTrace prints spans as a tree, each with what this library said of it.
func printTrace(out io.Writer, spans []sdktrace.ReadOnlySpan) {
	children := map[trace.SpanID][]sdktrace.ReadOnlySpan{}
	for _, s := range spans {
		children[s.Parent().SpanID()] = append(children[s.Parent().SpanID()], s)
	}
	var walk func(parent trace.SpanID, depth int)
	walk = func(parent trace.SpanID, depth int) {
		for _, s := range children[parent] {
			fmt.Fprintf(out, "%s%s\n", strings.Repeat("  ", depth), s.Name())
			for _, a := range s.Attributes() {
				fmt.Fprintf(out, "%s  . %s = %s\n", strings.Repeat("  ", depth), a.Key, a.Value.String())
			}
			walk(s.SpanContext().SpanID(), depth+1)
		}
	}
	walk(trace.SpanID{}, 0)
}
