package figures_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-a739af98/langchaingo-azure/internal/bench/figures"
)

func TestMarkdown(t *testing.T) {
	table := figures.Table{Caption: "Some work.", Head: []string{"who", "time", "calls"}}
	table.Add("ours", 1234567*time.Nanosecond, 3)
	var b strings.Builder
	if err := table.Markdown(&b); err != nil {
		t.Fatal(err)
	}
	want := "Some work.\n\n| who | time | calls |\n| :-- | --: | --: |\n| ours | 1.23ms | 3 |\n\n"
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestPercentile(t *testing.T) {
	var thousand []time.Duration
	for i := range 1000 {
		thousand = append(thousand, time.Duration(1000-i))
	}
	for _, row := range []struct {
		name string
		of   []time.Duration
		p    float64
		want time.Duration
	}{
		{"none", nil, 0.5, 0},
		{"one is all of them", []time.Duration{7}, 0.999, 7},
		{"the median of two is the lower", []time.Duration{2, 1}, 0.5, 1},
		{"99 of 100", thousand, 0.99, 990},
		{"999 of 1,000", thousand, 0.999, 999},
		{"the largest", thousand, 1, 1000},
		{"the smallest", thousand, 0, 1},
	} {
		if got := figures.Percentile(row.of, row.p); got != row.want {
			t.Errorf("%s: %d, want %d", row.name, got, row.want)
		}
	}
}

func TestRound(t *testing.T) {
	for d, want := range map[time.Duration]time.Duration{
		999: 999, 1234: 1230, 1499 * time.Microsecond: 1500 * time.Microsecond, 12345 * time.Millisecond: 12300 * time.Millisecond, 0: 0, -1234: -1230,
	} {
		if got := figures.Round(d); got != want {
			t.Errorf("Round(%d) = %d, want %d", d, got, want)
		}
	}
}
