package azureadv1

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"strconv"
	"time"
	"weak"

	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	semconv "go.opentelemetry.io/otel/semconv/v1.41.0"
)

// Names of what is measured of tokens. No convention has any.
const (
	fetchesMetric  = "azure.identity.token.fetches"
	failuresMetric = "azure.identity.token.failures"
	expiryMetric   = "azure.identity.token.time_to_expiry"

	credentialLabel = attribute.Key("azure.identity.credential")
	scopeLabel      = attribute.Key("azure.identity.scope")
	reasonLabel     = attribute.Key("azure.identity.reason")
)

// tokenMeter counts what becomes of one token source's fetches. A nil one counts nothing.
type tokenMeter struct {
	fetches, failures metric.Int64Counter
	labels            []attribute.KeyValue
}

// measure reports the source's fetches, and how long its token is still good. The meter outlives the source, so it may
// not keep it.
func (s *tokenSource) measure(meters metric.MeterProvider, credential string) error {
	if meters == nil {
		return nil
	}
	meter := meters.Meter(instrumentation, metric.WithSchemaURL(semconv.SchemaURL))
	m := &tokenMeter{labels: []attribute.KeyValue{credentialLabel.String(credential), scopeLabel.String(s.scope)}}
	var errs [3]error
	m.fetches, errs[0] = meter.Int64Counter(fetchesMetric, metric.WithUnit("{fetch}"),
		metric.WithDescription("Times the credential was asked for a token."))
	m.failures, errs[1] = meter.Int64Counter(failuresMetric, metric.WithUnit("{fetch}"),
		metric.WithDescription("Times that brought no token."))
	var expiry metric.Float64ObservableGauge
	expiry, errs[2] = meter.Float64ObservableGauge(expiryMetric, metric.WithUnit("s"),
		metric.WithDescription("How long the token in use is still good; negative once it has expired."))
	if err := errors.Join(errs[:]...); err != nil {
		return err
	}
	source, labels := weak.Make(s), metric.WithAttributes(m.labels...)
	watch, err := meter.RegisterCallback(func(_ context.Context, o metric.Observer) error {
		if s := source.Value(); s != nil {
			if t := s.cur.Load(); t != nil {
				o.ObserveFloat64(expiry, time.Until(time.Unix(0, t.expires)).Seconds(), labels)
			}
		}
		return nil
	}, expiry)
	if err != nil {
		return err
	}
	runtime.AddCleanup(s, func(r metric.Registration) { _ = r.Unregister() }, watch)
	s.meter = m
	return nil
}

// asked counts one fetch and, with an error, one failure.
func (m *tokenMeter) asked(d demand, err error) {
	if m == nil {
		return
	}
	labels := append(slices.Clip(m.labels), reasonLabel.String(d.reason()))
	m.fetches.Add(context.Background(), 1, metric.WithAttributes(labels...))
	if err != nil {
		labels = append(labels, semconv.ErrorTypeKey.String(fetchErrorType(err)))
		m.failures.Add(context.Background(), 1, metric.WithAttributes(labels...))
	}
}

// reason is why a token is wanted, in one word.
func (d demand) reason() string {
	switch {
	case d.claims != "":
		return "claims_challenge"
	case d.rejected != "":
		return "refused"
	default:
		return "schedule"
	}
}

// fetchErrorType is the identity provider's status where it gave one.
func fetchErrorType(err error) string {
	if failed, ok := errors.AsType[*azidentity.AuthenticationFailedError](err); ok && failed.RawResponse != nil {
		return strconv.Itoa(failed.RawResponse.StatusCode)
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return "timeout"
	}
	return semconv.ErrorTypeOther.Value.AsString()
}

// credentialName tells one token source from another in metrics: a type, or a declared kind with its public ids.
func (c Config) credentialName() string {
	switch by := c.candidates()[0]; by {
	case byCredential:
		return typeName(c.Credential)
	case byDefault:
		return string(byDefault)
	default:
		return c.declared().describe()
	}
}
