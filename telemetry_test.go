package provider_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/tmc/langchaingo/llms"
	"go.opentelemetry.io/otel/attribute"
	otelcodes "go.opentelemetry.io/otel/codes"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/seed-a739af98/langchaingo-azure/adapters/langchaingo"
	"github.com/seed-a739af98/langchaingo-azure/azureadv1"
	"github.com/seed-a739af98/langchaingo-azure/azureadv1/azuretest"
)

// observed makes a model whose calls are traced and measured.
func observed(t *testing.T, s *azuretest.Server, change func(*azureadv1.Config)) (*langchaingo.LLM, *tracetest.SpanRecorder, *sdkmetric.ManualReader) {
	t.Helper()
	spans, metrics := tracetest.NewSpanRecorder(), sdkmetric.NewManualReader()
	cfg := config(t, s, "")
	cfg.Credential = s.Credential()
	cfg.TracerProvider = sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans))
	cfg.MeterProvider = sdkmetric.NewMeterProvider(sdkmetric.WithReader(metrics))
	if change != nil {
		change(&cfg)
	}
	m, err := langchaingo.New(cfg, langchaingo.WithEmbeddingDeployment("embed"))
	must(t, err)
	return m, spans, metrics
}

func attributes(span sdktrace.ReadOnlySpan) map[string]string {
	out := map[string]string{}
	for _, a := range span.Attributes() {
		out[string(a.Key)] = a.Value.String()
	}
	return out
}

func TestTelemetryOfCalls(t *testing.T) {
	const secretPrompt = "hush, a prompt"
	rows := []struct {
		name   string
		reply  azuretest.Reply
		call   func(context.Context, *langchaingo.LLM) error
		span   string
		status otelcodes.Code
		want   map[string]string // attributes; "" = absent
	}{
		{
			"a chat", azuretest.Text("Hello.").WithUsage(azuretest.Usage{Prompt: 12, Completion: 3, Cached: 4, Reasoning: 2}),
			func(ctx context.Context, m *langchaingo.LLM) error {
				_, err := llms.GenerateFromSinglePrompt(ctx, m, secretPrompt)
				return err
			}, "chat chat", otelcodes.Unset,
			map[string]string{
				"gen_ai.operation.name": "chat", "gen_ai.provider.name": "azure.ai.openai", "gen_ai.request.model": "chat",
				"gen_ai.usage.input_tokens": "12", "gen_ai.usage.output_tokens": "3", "gen_ai.usage.cache_read.input_tokens": "4",
				"gen_ai.usage.reasoning.output_tokens": "2", "gen_ai.response.finish_reasons": `["stop"]`,
				"azure.openai.surface": "v1", "azure.openai.attempts": "1", "cloud.region": "East US", "server.address": "azuretest.openai.azure.com", "server.port": "443",
				"http.response.status_code": "200", "error.type": "", "gen_ai.response.time_to_first_chunk": "",
			},
		},
		{
			"a stream that is cut", azuretest.TruncatedStream(1),
			func(ctx context.Context, m *langchaingo.LLM) error {
				_, err := llms.GenerateFromSinglePrompt(ctx, m, secretPrompt, llms.WithStreamingFunc(func(context.Context, []byte) error { return nil }))
				return err
			}, "chat chat", otelcodes.Error,
			map[string]string{"error.type": azureadv1.CodeStreamTruncated, "gen_ai.request.stream": "true", "http.response.status_code": "200"},
		},
		{
			"a refusal with 401", azuretest.PermissionDenied(),
			func(ctx context.Context, m *langchaingo.LLM) error {
				_, err := llms.GenerateFromSinglePrompt(ctx, m, secretPrompt)
				return err
			}, "chat chat", otelcodes.Error,
			map[string]string{"error.type": "401", "http.response.status_code": "401", "gen_ai.response.id": ""},
		},
		{
			"a redirect, refused by us", azuretest.Redirect(302, "https://elsewhere.example.com/"),
			func(ctx context.Context, m *langchaingo.LLM) error {
				_, err := llms.GenerateFromSinglePrompt(ctx, m, secretPrompt)
				return err
			}, "chat chat", otelcodes.Error,
			map[string]string{"error.type": azureadv1.CodeRefused, "http.response.status_code": ""},
		},
		{
			"embeddings",
			azuretest.Reply{},
			func(ctx context.Context, m *langchaingo.LLM) error {
				_, err := m.CreateEmbedding(ctx, []string{secretPrompt})
				return err
			}, "embeddings embed", otelcodes.Unset,
			map[string]string{"gen_ai.operation.name": "embeddings", "gen_ai.request.model": "embed", "gen_ai.response.model": "text-embedding-3-small"},
		},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			s := inMemory(t, azuretest.Options{})
			m, spans, metrics := observed(t, s, nil)
			s.Enqueue(row.reply)
			if err := row.call(t.Context(), m); (err != nil) != (row.status == otelcodes.Error) {
				t.Fatalf("err = %v", err)
			}
			ended := spans.Ended()
			if len(ended) != 1 || ended[0].Name() != row.span || ended[0].SpanKind() != trace.SpanKindClient || ended[0].Status().Code != row.status {
				t.Fatalf("spans %v", ended)
			}
			got := attributes(ended[0])
			requests := s.Requests()
			answered := got["http.response.status_code"] != "" // a redirect is none
			if id := requests[len(requests)-1].RequestID; answered && (id == "" || got["azure.service.request.id"] != id) {
				t.Errorf("azure.service.request.id = %q, want that of the last answer, %q", got["azure.service.request.id"], id)
			}
			for key, want := range row.want {
				if got[key] != want {
					t.Errorf("%s = %q, want %q", key, got[key], want)
				}
			}
			checkText(t, "a span", fmt.Sprint(got, ended[0].Status()))
			if text := fmt.Sprint(got, measured(t, metrics)); strings.Contains(text, secretPrompt) {
				t.Errorf("the prompt is in the telemetry: %s", text)
			}
		})
	}
}

// measured is each metric's data points as "name{labels} count".
func measured(t *testing.T, reader *sdkmetric.ManualReader) []string {
	t.Helper()
	var data metricdata.ResourceMetrics
	must(t, reader.Collect(t.Context(), &data))
	var out []string
	add := func(name string, labels attribute.Set, count uint64) {
		var parts []string
		for _, kv := range labels.ToSlice() {
			if strings.HasPrefix(string(kv.Key), "gen_ai.token") || kv.Key == "error.type" {
				parts = append(parts, string(kv.Key)+"="+kv.Value.String())
			}
		}
		out = append(out, fmt.Sprintf("%s{%s} %d", name, strings.Join(parts, ","), count))
	}
	for _, scope := range data.ScopeMetrics {
		for _, m := range scope.Metrics {
			switch d := m.Data.(type) {
			case metricdata.Histogram[float64]:
				for _, p := range d.DataPoints {
					add(m.Name, p.Attributes, p.Count)
				}
			case metricdata.Histogram[int64]:
				for _, p := range d.DataPoints {
					add(m.Name, p.Attributes, p.Count)
				}
			}
		}
	}
	slices.Sort(out)
	return out
}

func TestTelemetryMeasuresEachCallOnce(t *testing.T) {
	s := inMemory(t, azuretest.Options{})
	m, _, metrics := observed(t, s, nil)
	silent := llms.WithStreamingFunc(func(context.Context, []byte) error { return nil })
	for range 3 {
		_, err := llms.GenerateFromSinglePrompt(t.Context(), m, "hello", silent)
		must(t, err)
	}
	s.Enqueue(azuretest.NetworkDenied())
	if _, err := llms.GenerateFromSinglePrompt(t.Context(), m, "hello"); err == nil {
		t.Fatal("no error")
	}
	want := []string{
		"gen_ai.client.operation.duration{error.type=403} 1",
		"gen_ai.client.operation.duration{} 3",
		"gen_ai.client.operation.time_to_first_chunk{} 3",
		"gen_ai.client.token.usage{gen_ai.token.type=input} 3",
		"gen_ai.client.token.usage{gen_ai.token.type=output} 3",
	}
	if diff := cmp.Diff(want, measured(t, metrics)); diff != "" {
		t.Errorf("metrics (-want +got):\n%s", diff)
	}
}

func TestTelemetryJoinsTheCallersTrace(t *testing.T) {
	s := inMemory(t, azuretest.Options{})
	m, spans, _ := observed(t, s, func(c *azureadv1.Config) { c.MeterProvider = nil })
	tracer := sdktrace.NewTracerProvider().Tracer("app")
	ctx, parent := tracer.Start(t.Context(), "agent")
	_, err := llms.GenerateFromSinglePrompt(ctx, m, "hello")
	must(t, err)
	if got := spans.Ended()[0].Parent().SpanID(); got != parent.SpanContext().SpanID() {
		t.Errorf("the span's parent is %s, want the caller's %s", got, parent.SpanContext().SpanID())
	}
}

// The SDK's default bounds (0, 5, 10, ... 10000) put every chat into one bucket.
func TestHistogramsHaveTheConventionsBuckets(t *testing.T) {
	s := inMemory(t, azuretest.Options{})
	m, _, metrics := observed(t, s, nil)
	_, err := llms.GenerateFromSinglePrompt(t.Context(), m, "hello", llms.WithStreamingFunc(func(context.Context, []byte) error { return nil }))
	must(t, err)
	seconds := []float64{0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92}
	want := map[string][]float64{
		"gen_ai.client.operation.duration":            seconds,
		"gen_ai.client.operation.time_to_first_chunk": seconds,
		"gen_ai.client.token.usage":                   {1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864},
	}
	got := map[string][]float64{}
	var data metricdata.ResourceMetrics
	must(t, metrics.Collect(t.Context(), &data))
	for _, scope := range data.ScopeMetrics {
		for _, m := range scope.Metrics {
			switch d := m.Data.(type) {
			case metricdata.Histogram[float64]:
				got[m.Name] = d.DataPoints[0].Bounds
			case metricdata.Histogram[int64]:
				got[m.Name] = d.DataPoints[0].Bounds
			}
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("bounds (-want +got):\n%s", diff)
	}
}

func TestThePackagesPageNamesEveryMetric(t *testing.T) {
	s := inMemory(t, azuretest.Options{})
	m, _, metrics := observed(t, s, nil)
	s.Enqueue(azuretest.Text("Hello."))
	_, err := llms.GenerateFromSinglePrompt(t.Context(), m, "hello", llms.WithStreamingFunc(func(context.Context, []byte) error { return nil }))
	must(t, err)
	var data metricdata.ResourceMetrics
	must(t, metrics.Collect(t.Context(), &data))
	page, found := readFile(t, "azureadv1/doc.go"), 0
	for _, scope := range data.ScopeMetrics {
		for _, m := range scope.Metrics {
			found++
			if !strings.Contains(page, "//\t"+m.Name+" ") {
				t.Errorf("azureadv1/doc.go lacks %s", m.Name)
			}
		}
	}
	if found < 5 {
		t.Errorf("%d metrics were reported, which cannot be all", found)
	}
}
