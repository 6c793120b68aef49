package provider_test

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/tmc/langchaingo/llms"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"github.com/seed-a739af98/langchaingo-azure/azureadv1"
	"github.com/seed-a739af98/langchaingo-azure/azureadv1/azuretest"
)

// tokenMetrics is each data point of the token's own metrics as "name{labels} value".
func tokenMetrics(t *testing.T, reader *sdkmetric.ManualReader) []string {
	t.Helper()
	var data metricdata.ResourceMetrics
	must(t, reader.Collect(t.Context(), &data))
	var out []string
	add := func(name string, set attribute.Set, value any) {
		var labels []string
		for _, kv := range set.ToSlice() {
			if kv.Key == "azure.identity.reason" || kv.Key == "error.type" {
				labels = append(labels, kv.Value.AsString())
			}
		}
		out = append(out, fmt.Sprintf("%s{%s} %v", strings.TrimPrefix(name, "azure.identity.token."), strings.Join(labels, ","), value))
	}
	for _, scope := range data.ScopeMetrics {
		for _, m := range scope.Metrics {
			switch d := m.Data.(type) {
			case metricdata.Sum[int64]:
				for _, p := range d.DataPoints {
					add(m.Name, p.Attributes, p.Value)
				}
			case metricdata.Gauge[float64]:
				for _, p := range d.DataPoints {
					add(m.Name, p.Attributes, p.Value)
				}
			}
		}
	}
	slices.Sort(out)
	return out
}

func TestMetricsTellTheLifeOfTheToken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := azuretest.New(azuretest.Options{TokenLifetime: time.Hour})
		defer func() { must(t, s.Close()) }()
		m, _, metrics := observed(t, s, nil)
		step := func(name string, want ...string) {
			t.Helper()
			if diff := cmp.Diff(want, tokenMetrics(t, metrics)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", name, diff)
			}
		}
		ask := func() error {
			_, err := llms.GenerateFromSinglePrompt(t.Context(), m, "hello")
			synctest.Wait() // for a refresh in the background
			return err
		}
		step("before the first call")
		must(t, ask())
		step("one token", "fetches{schedule} 1", "time_to_expiry{} 3600")

		time.Sleep(40 * time.Minute)
		step("an idle client", "fetches{schedule} 1", "time_to_expiry{} 1200")

		time.Sleep(16 * time.Minute)
		must(t, ask())
		step("refreshed ahead", "fetches{schedule} 2", "time_to_expiry{} 3600")

		s.Enqueue(azuretest.Unauthorized())
		must(t, ask())
		step("a refused token", "fetches{refused} 1", "fetches{schedule} 2", "time_to_expiry{} 3600")

		s.SetEntraStatus(401)
		time.Sleep(61 * time.Minute)
		if ask() == nil {
			t.Fatal("no error")
		}
		step("an outage", "failures{schedule,401} 1", "fetches{refused} 1", "fetches{schedule} 3", "time_to_expiry{} -60")
	})
}

// slowMeters takes a second for each count.
type slowMeters struct{ metric.MeterProvider }

func (p slowMeters) Meter(name string, o ...metric.MeterOption) metric.Meter {
	return slowMeter{p.MeterProvider.Meter(name, o...)}
}

type slowMeter struct{ metric.Meter }

func (m slowMeter) Int64Counter(name string, o ...metric.Int64CounterOption) (metric.Int64Counter, error) {
	c, err := m.Meter.Int64Counter(name, o...)
	return slowCounter{c}, err
}

type slowCounter struct{ metric.Int64Counter }

func (c slowCounter) Add(ctx context.Context, n int64, o ...metric.AddOption) {
	time.Sleep(time.Second)
	c.Int64Counter.Add(ctx, n, o...)
}

func TestAFetchIsCountedBeforeTheCallThatWaitedForItEnds(t *testing.T) {
	rows := []struct {
		name  string
		entra int
		want  []string
	}{
		{"a token", 200, []string{"fetches{schedule} 1", "time_to_expiry{} 3599"}},
		{"a failure", 401, []string{"failures{schedule,401} 1", "fetches{schedule} 1"}},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := azuretest.New(azuretest.Options{TokenLifetime: time.Hour})
				defer func() { must(t, s.Close()) }()
				m, _, metrics := observed(t, s, func(cfg *azureadv1.Config) { cfg.MeterProvider = slowMeters{cfg.MeterProvider} })
				if row.entra != 200 {
					s.SetEntraStatus(row.entra)
				}
				_, err := llms.GenerateFromSinglePrompt(t.Context(), m, "hello")
				if (err != nil) != (row.entra != 200) {
					t.Errorf("error %v", err)
				}
				if diff := cmp.Diff(row.want, tokenMetrics(t, metrics)); diff != "" {
					t.Errorf("as the call ends (-want +got):\n%s", diff)
				}
			})
		})
	}
}

// A meter provider lives as long as the program; what it watches must not.
func TestMetricsDoNotKeepATokenSource(t *testing.T) {
	s := inMemory(t, azuretest.Options{})
	reader := sdkmetric.NewManualReader()
	cfg := config(t, s, "")
	cfg.MeterProvider = sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader))
	gone := make(chan struct{})
	func() {
		cred := &counted{TokenCredential: s.Credential()}
		runtime.AddCleanup(cred, func(done chan struct{}) { close(done) }, gone)
		cfg.Credential = cred
		c, err := azureadv1.NewClient(cfg)
		must(t, err)
		res, err := c.Post(t.Context(), azureadv1.OpChat, "", []byte(`{"model":"chat","messages":[{"role":"user","content":"hello"}]}`))
		must(t, err)
		must(t, res.Body.Close())
		cfg.Credential = nil
	}()
	if got := tokenMetrics(t, reader); len(got) != 2 {
		t.Fatalf("metrics %v", got)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	for {
		runtime.GC()
		select {
		case <-gone:
			return
		case <-ctx.Done():
			t.Fatal("the credential of a client that is gone is still reachable")
		case <-time.After(10 * time.Millisecond):
		}
	}
}
