// Compare puts the same work on this module's adapter, langchaingo's llms/openai
// in Azure mode, openai-go on both surfaces, and the floor: net/http with a ready
// body, the answer only drained. The network is in memory and answers with the
// same bytes; every result is checked before anything is timed.
//
//	go run ./internal/bench/compare
//	go run ./internal/bench/compare -growth docs/growth.svg
//	go run ./internal/bench/compare -owners -each 3s
//
// It prints markdown, for docs/performance.md. With -growth it measures what one
// more message, tool, chunk or vector costs this module, among 10 to 10,000, and
// draws the picture. With -owners it profiles this module's calls, and tells whose
// code their time is spent in.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/seed-a739af98/langchaingo-azure/internal/bench/figures"
)

// options are what the command line asks for.
type options struct {
	rounds  int
	each    time.Duration
	picture string
	most    int
	owners  bool
}

func parse(args []string) (o options) {
	flags := flag.NewFlagSet("compare", flag.ExitOnError)
	flags.IntVar(&o.rounds, "rounds", 5, "rounds; the median counts")
	flags.DurationVar(&o.each, "each", 200*time.Millisecond, "time for a contender in each round")
	flags.StringVar(&o.picture, "growth", "", "measure growth instead, and draw it into this file")
	flags.IntVar(&o.most, "most", 10000, "the largest size at which growth is measured; 10 is the smallest")
	flags.BoolVar(&o.owners, "owners", false, "profile our calls instead, and tell whose code their time is spent in")
	_ = flags.Parse(args) // it exits
	return o
}

func main() {
	if err := run(context.Background(), parse(os.Args[1:])); err != nil {
		fmt.Fprintln(os.Stderr, "compare:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, o options) error {
	tables, err := tabled(ctx, o)
	for i := range tables {
		if err == nil {
			err = tables[i].Markdown(os.Stdout)
		}
	}
	return err
}

// tabled measures what is asked for.
func tabled(ctx context.Context, o options) ([]figures.Table, error) {
	switch {
	case o.owners:
		t, err := profiled(ctx, o.each)
		return []figures.Table{t}, err
	case o.picture == "":
		return compare(ctx, o.rounds, o.each)
	}
	all, err := growth(ctx, sizesTo(o.most), o.rounds, o.each)
	if err != nil {
		return nil, err
	}
	table := growthTable(all)
	drawn := slices.DeleteFunc(all, func(s series) bool { return !s.ours })
	return []figures.Table{table}, os.WriteFile(o.picture, draw(drawn), 0o600)
}

// compare measures every work by all who can do it.
func compare(ctx context.Context, rounds int, each time.Duration) ([]figures.Table, error) {
	costs := figures.Table{
		Caption: fmt.Sprintf("One call, in memory; medians of %d rounds, in which the contenders took turns.", rounds),
		Head:    []string{"work", "by", "time", "allocations", "bytes"},
	}
	ratios := figures.Table{
		Caption: "The same as ratios.",
		Head:    []string{"work", "ours / langchaingo: time", "allocations", "bytes", "ours / openai-go: time", "ours / floor: time", "Responses / chat: time"},
	}
	for _, w := range works() {
		costsOf, err := measured(ctx, w, rounds, each)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", w.name, err)
		}
		row := []any{w.name}
		for _, by := range contenders {
			if c, ok := costsOf[by.name]; ok {
				costs.Add(w.name, by.name, c.time, int(c.allocations), bytesOf(c.bytes))
			}
		}
		own, peer := costsOf[ours], costsOf[langchaingos]
		row = append(row, ratio(own.time, peer.time), ratio(own.allocations, peer.allocations), ratio(own.bytes, peer.bytes),
			ratio(own.time, costsOf[openaigoToken].time), ratio(own.time, costsOf[floor].time), ratio(costsOf[oursResponses].time, own.time))
		ratios.Add(row...)
	}
	return []figures.Table{ratios, costs}, nil
}

func ratio[N ~int64 | ~float64](a, b N) string {
	if a == 0 || b == 0 {
		return ""
	}
	return fmt.Sprintf("%.3g", float64(a)/float64(b))
}

func bytesOf(n float64) string {
	switch {
	case n >= 1<<20:
		return fmt.Sprintf("%.1f MB", n/1e6)
	case n >= 1000:
		return fmt.Sprintf("%.0f KB", n/1e3)
	default:
		return fmt.Sprintf("%.0f B", n)
	}
}
