package azureadv1

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"sync"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/metric/noop"
	semconv "go.opentelemetry.io/otel/semconv/v1.41.0"
	"go.opentelemetry.io/otel/semconv/v1.41.0/genaiconv"
	"go.opentelemetry.io/otel/trace"
	tracenoop "go.opentelemetry.io/otel/trace/noop"
)

// instrumentation is the scope that spans and metrics are reported under.
const instrumentation = "github.com/seed-a739af98/langchaingo-azure/azureadv1"

// telemetry reports calls by OpenTelemetry's GenAI conventions, in their last version within semconv. No prompt, no
// answer and no secret is in it. A nil telemetry reports nothing and costs nothing.
type telemetry struct {
	tracer     trace.Tracer
	duration   genaiconv.ClientOperationDuration
	firstChunk genaiconv.ClientOperationTimeToFirstChunk
	tokens     genaiconv.ClientTokenUsage
	server     []attribute.KeyValue
}

func newTelemetry(c Config, t target) (*telemetry, error) {
	if c.TracerProvider == nil && c.MeterProvider == nil {
		return nil, nil //nolint:nilnil // nil is the telemetry that reports nothing
	}
	var tracers trace.TracerProvider = tracenoop.NewTracerProvider()
	if c.TracerProvider != nil {
		tracers = c.TracerProvider
	}
	var meters metric.MeterProvider = noop.NewMeterProvider()
	if c.MeterProvider != nil {
		meters = c.MeterProvider
	}
	meter := meters.Meter(instrumentation, metric.WithSchemaURL(semconv.SchemaURL))
	out := &telemetry{tracer: tracers.Tracer(instrumentation, trace.WithSchemaURL(semconv.SchemaURL)), server: serverAttributes(t.origin)}
	if err := out.measureWith(meter); err != nil {
		return nil, &localError{code: CodeInvalid, text: "MeterProvider", cause: err}
	}
	return out, nil
}

// Bounds of the histograms' buckets, as the conventions have them; genaiconv leaves them out, and the SDK's own (0, 5,
// 10, ... 10000) would put nearly every call into one bucket.
var (
	secondsBounds = metric.WithExplicitBucketBoundaries(0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92)
	tokensBounds  = metric.WithExplicitBucketBoundaries(1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864)
)

func (t *telemetry) measureWith(meter metric.Meter) error {
	var errs [3]error
	t.duration, errs[0] = genaiconv.NewClientOperationDuration(meter, secondsBounds)
	t.firstChunk, errs[1] = genaiconv.NewClientOperationTimeToFirstChunk(meter, secondsBounds)
	t.tokens, errs[2] = genaiconv.NewClientTokenUsage(meter, tokensBounds)
	return errors.Join(errs[:]...)
}

func serverAttributes(origin string) []attribute.KeyValue {
	u, err := url.Parse(origin)
	if err != nil {
		return nil
	}
	port, err := strconv.Atoi(u.Port())
	if err != nil {
		port = map[string]int{"https": 443, "http": 80}[u.Scheme]
	}
	return []attribute.KeyValue{semconv.ServerAddress(u.Hostname()), semconv.ServerPort(port)}
}

// Outcome is what an adapter has read out of an answer, for traces and metrics. The zero value of a field is left out.
type Outcome struct {
	// Model that answered, ID of the answer, and why each choice ended.
	Model, ID     string
	FinishReasons []string
	// InputTokens and OutputTokens are the service's counts; cached and reasoning tokens are parts of them.
	InputTokens, OutputTokens, CachedTokens, ReasoningTokens int64
	// FirstChunk is when the first piece of a streamed answer came; zero for an answer that was not streamed.
	FirstChunk time.Time
}

// Observe tells traces and metrics what an answer of [Client.Post] was, for adapters. Call it once, before the answer's
// body is closed. Without Config.TracerProvider and Config.MeterProvider outcome is not called. Not for concurrent use
// on one answer.
func Observe(res *http.Response, outcome func() Outcome) {
	if x := exchangeOf(res); x.observed != nil {
		x.observed.outcome = outcome()
	}
}

// observation is one call under way. Its owner is the call's goroutine until the answer is handed over, then the
// answer's reader.
type observation struct {
	t       *telemetry
	ctx     context.Context //nolint:containedctx // the span's, for the metrics recorded when the call ends
	span    trace.Span
	began   time.Time
	op      genaiconv.OperationNameAttr
	model   string
	outcome Outcome
	once    sync.Once
}

// begin opens the span of a call and returns the context that the call runs under.
func (t *telemetry) begin(ctx context.Context, op Operation, deployment string, surface Surface) (context.Context, *observation) {
	if t == nil {
		return ctx, nil
	}
	o := &observation{t: t, began: time.Now(), op: genaiconv.OperationNameChat, model: deployment}
	if op == OpEmbeddings {
		o.op = genaiconv.OperationNameEmbeddings
	}
	o.ctx, o.span = t.tracer.Start(ctx, string(o.op)+" "+deployment, trace.WithSpanKind(trace.SpanKindClient), trace.WithAttributes(
		append(slices.Clip(t.server),
			semconv.GenAIProviderNameAzureAIOpenAI,
			semconv.GenAIOperationNameKey.String(string(o.op)),
			semconv.GenAIRequestModel(deployment),
			semconv.AzureResourceProviderNamespace("Microsoft.CognitiveServices"),
			attribute.String("azure.openai.surface", string(surface)),
		)...))
	return o.ctx, o
}

// answered notes the header of an answer, unless it is one that we made up.
func (o *observation) answered(x *exchange, res *http.Response) {
	if o == nil || res == nil || x.refused != nil {
		return
	}
	o.span.SetAttributes(semconv.HTTPResponseStatusCode(res.StatusCode), attribute.Int("azure.openai.attempts", int(x.attempts.Load())))
	if id := requestID(res.Header); id != "" {
		o.span.SetAttributes(semconv.AzureServiceRequestID(id))
	}
	if region := res.Header.Get("X-Ms-Region"); region != "" {
		o.span.SetAttributes(semconv.CloudRegion(region))
	}
}

// end closes the span once, with the failure if there is one, and records the metrics.
func (o *observation) end(failure *Error) {
	if o == nil {
		return
	}
	o.once.Do(func() {
		labels := append(slices.Clip(o.t.server), semconv.GenAIRequestModel(o.model))
		if o.outcome.Model != "" {
			labels = append(labels, semconv.GenAIResponseModel(o.outcome.Model))
		}
		o.record(labels)
		if failure != nil {
			kind := semconv.ErrorTypeKey.String(errorType(failure))
			labels = append(labels, kind)
			o.span.SetAttributes(kind)
			o.span.SetStatus(codes.Error, errorType(failure))
		}
		o.t.duration.Record(o.ctx, time.Since(o.began).Seconds(), o.op, genaiconv.ProviderNameAzureAIOpenAI, labels...)
		o.span.End()
	})
}

// record reports what the answer was.
func (o *observation) record(labels []attribute.KeyValue) {
	out := o.outcome
	if out.Model != "" {
		o.span.SetAttributes(semconv.GenAIResponseModel(out.Model))
	}
	if out.ID != "" {
		o.span.SetAttributes(semconv.GenAIResponseID(out.ID))
	}
	if len(out.FinishReasons) > 0 {
		o.span.SetAttributes(semconv.GenAIResponseFinishReasons(out.FinishReasons...))
	}
	for key, n := range map[attribute.Key]int64{
		semconv.GenAIUsageInputTokensKey: out.InputTokens, semconv.GenAIUsageOutputTokensKey: out.OutputTokens,
		semconv.GenAIUsageCacheReadInputTokensKey: out.CachedTokens, semconv.GenAIUsageReasoningOutputTokensKey: out.ReasoningTokens,
	} {
		if n > 0 {
			o.span.SetAttributes(key.Int64(n))
		}
	}
	if out.InputTokens > 0 {
		o.t.tokens.Record(o.ctx, out.InputTokens, o.op, genaiconv.ProviderNameAzureAIOpenAI, genaiconv.TokenTypeInput, labels...)
	}
	if out.OutputTokens > 0 {
		o.t.tokens.Record(o.ctx, out.OutputTokens, o.op, genaiconv.ProviderNameAzureAIOpenAI, genaiconv.TokenTypeOutput, labels...)
	}
	if !out.FirstChunk.IsZero() {
		wait := out.FirstChunk.Sub(o.began).Seconds()
		o.span.SetAttributes(semconv.GenAIRequestStream(true), semconv.GenAIResponseTimeToFirstChunk(wait))
		o.t.firstChunk.Record(o.ctx, wait, o.op, genaiconv.ProviderNameAzureAIOpenAI, labels...)
	}
}

// errorType is a word of small cardinality: the status for what the service said, our code for the rest.
func errorType(e *Error) string {
	if e.StatusCode >= 400 {
		return strconv.Itoa(e.StatusCode)
	}
	if e.Code != "" {
		return e.Code
	}
	return semconv.ErrorTypeOther.Value.AsString()
}

// until ends the observation when the answer's body is closed.
func (o *observation) until(body io.ReadCloser) io.ReadCloser {
	if o == nil {
		return body
	}
	return observedBody{body, o}
}

// observedBody ends the observation with the answer.
type observedBody struct {
	io.ReadCloser
	o *observation
}

func (b observedBody) Close() error {
	err := b.ReadCloser.Close()
	b.o.end(nil)
	return err
}
