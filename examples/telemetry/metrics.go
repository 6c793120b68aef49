package main

import (
	"context"
	"fmt"
	"io"
	"slices"

	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
)

// printMetrics prints each metric's sum over its labels: counts of what was recorded, and the last value of a gauge.
func printMetrics(ctx context.Context, out io.Writer, reader *sdkmetric.ManualReader) error {
	var data metricdata.ResourceMetrics
	if err := reader.Collect(ctx, &data); err != nil {
		return err
	}
	var lines []string
	for _, scope := range data.ScopeMetrics {
		for _, m := range scope.Metrics {
			lines = append(lines, fmt.Sprintf("%-44s %s", m.Name, summary(m)))
		}
	}
	slices.Sort(lines)
	fmt.Fprintln(out)
	for _, line := range slices.Compact(lines) {
		fmt.Fprintln(out, line)
	}
	return nil
}

func summary(m metricdata.Metrics) string {
	switch d := m.Data.(type) {
	case metricdata.Histogram[float64]:
		return fmt.Sprintf("%d recorded", records(d.DataPoints))
	case metricdata.Histogram[int64]:
		var sum int64
		for _, p := range d.DataPoints {
			sum += p.Sum
		}
		return fmt.Sprintf("%d recorded, sum %d %s", records(d.DataPoints), sum, m.Unit)
	case metricdata.Sum[int64]:
		var sum int64
		for _, p := range d.DataPoints {
			sum += p.Value
		}
		return fmt.Sprintf("%d %s", sum, m.Unit)
	case metricdata.Gauge[float64]:
		var text string
		for _, p := range d.DataPoints {
			text = fmt.Sprintf("%.0f %s", p.Value, m.Unit)
		}
		return text
	default:
		return "-"
	}
}

func records[N int64 | float64](points []metricdata.HistogramDataPoint[N]) (n uint64) {
	for _, p := range points {
		n += p.Count
	}
	return n
}
