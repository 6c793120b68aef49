package provider_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/tmc/langchaingo/llms"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/seed-a739af98/langchaingo-azure/adapters/langchaingo"
	"github.com/seed-a739af98/langchaingo-azure/azureadv1"
	"github.com/seed-a739af98/langchaingo-azure/azureadv1/azuretest"
)

// TestNoAnswerIsInTheTelemetry looks for the answer's text, a tool call's arguments and a vector's numbers, where the
// other tests look for the prompt: in spans with their events, in metrics with their labels, and in log events.
func TestNoAnswerIsInTheTelemetry(t *testing.T) {
	const answer, number = "murmur: the answer", "0.4711"
	rows := []struct {
		name  string
		reply azuretest.Reply
		fails bool
		call  func(ctx context.Context, m *langchaingo.LLM, opts ...llms.CallOption) error
	}{
		{"a text", azuretest.Text(answer), false, converse},
		{"tool calls", azuretest.ToolCalls(azuretest.ToolCall{Name: "clock", Arguments: `{"said":"` + answer + `"}`}), false, converse},
		{"a text that is cut off", azuretest.TruncatedStream(1, azuretest.Text(answer, " and more")), true, converse},
		{"a refusal that repeats it", azuretest.Raw(400, nil, `{"error":{"code":"bad","message":"`+answer+`"}}`), true, converse},
		{"an answer that is no JSON", azuretest.Raw(200, nil, answer), true, converse},
		{"vectors", azuretest.Embeddings([]float32{0.4711, 1}), false, func(ctx context.Context, m *langchaingo.LLM, _ ...llms.CallOption) error {
			_, err := m.CreateEmbedding(ctx, []string{"hello"})
			return err
		}},
	}
	for _, row := range rows {
		for _, api := range []struct {
			name string
			opts []langchaingo.Option
		}{{"chat", nil}, {"Responses", []langchaingo.Option{langchaingo.WithResponsesAPI()}}} {
			for _, streaming := range []bool{false, true} {
				if strings.HasPrefix(row.name, "a text that is cut") && !streaming {
					continue // plain, it comes whole
				}
				t.Run(fmt.Sprintf("%s by %s, streaming %t", row.name, api.name, streaming), func(t *testing.T) {
					inBubble(t, func(t *testing.T) {
						s := inMemory(t, azuretest.Options{})
						s.Enqueue(row.reply)
						text := telemetryOf(t, s, api.opts, func(ctx context.Context, m *langchaingo.LLM) error {
							var opts []llms.CallOption
							if streaming {
								opts = append(opts, llms.WithStreamingFunc(func(context.Context, []byte) error { return nil }))
							}
							return row.call(ctx, m, opts...)
						}, row.fails)
						for _, secret := range []string{"murmur", number} {
							if _, after, found := strings.Cut(text, secret); found {
								t.Errorf("the answer is in the telemetry: %s%.40s", secret, after)
							}
						}
						if !strings.Contains(text, "gen_ai.client.operation.duration") || !strings.Contains(text, "token fetched") || !strings.Contains(text, "gen_ai.provider.name") {
							t.Errorf("there is no telemetry to look at: %s", text)
						}
					})
				})
			}
		}
	}
}

func converse(ctx context.Context, m *langchaingo.LLM, opts ...llms.CallOption) error {
	opts = append(opts, llms.WithTools([]llms.Tool{{Type: "function", Function: &llms.FunctionDefinition{Name: "clock"}}}))
	_, err := m.GenerateContent(ctx, question(), opts...)
	return err
}

// telemetryOf makes a call with everything on, and returns all that came of it as one text.
func telemetryOf(t *testing.T, s *azuretest.Server, opts []langchaingo.Option, call func(context.Context, *langchaingo.LLM) error, fails bool) string {
	t.Helper()
	var log bytes.Buffer
	spans, metrics := tracetest.NewSpanRecorder(), sdkmetric.NewManualReader()
	cfg := config(t, s, "v1")
	cfg.Credential, cfg.MaxRetries = s.Credential(), -1
	cfg.TracerProvider = sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans))
	cfg.MeterProvider = sdkmetric.NewMeterProvider(sdkmetric.WithReader(metrics))
	cfg.Logger = slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	client, err := azureadv1.NewClient(cfg)
	must(t, err)
	m, err := langchaingo.NewFromClient(client, append(opts, langchaingo.WithEmbeddingDeployment("embed"))...)
	must(t, err)
	if err := call(t.Context(), m); (err != nil) != fails {
		t.Fatalf("err = %v", err)
	}
	synctest.Wait() // a fetch is logged after those who waited for it have gone on
	var all strings.Builder
	for _, span := range spans.Ended() {
		fmt.Fprintln(&all, span.Name(), attributes(span), span.Events(), span.Status())
	}
	var data metricdata.ResourceMetrics
	must(t, metrics.Collect(t.Context(), &data))
	for _, scope := range data.ScopeMetrics {
		for _, one := range scope.Metrics {
			fmt.Fprintf(&all, "%+v\n", one)
		}
	}
	return all.String() + log.String()
}
