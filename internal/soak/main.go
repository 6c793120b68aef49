// Soak runs many goroutines of mixed work over loopback TLS against the
// stand-in, with faults at random from a seed and tokens that live two seconds,
// and ends with a ledger.
//
//	go run ./internal/soak
//	go run ./internal/soak -time 10m -goroutines 500 -seed 7
//
// It prints markdown, for docs/reliability.md. The exit code is 1 when something
// happened that must not: an answer delivered to the wrong caller, a request sent
// with an expired token, an error that no fault explains, or goroutines or heap
// left behind.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"time"
)

func parse(args []string) (o options) {
	flags := flag.NewFlagSet("soak", flag.ExitOnError)
	flags.DurationVar(&o.time, "time", time.Minute, "how long")
	flags.IntVar(&o.goroutines, "goroutines", 200, "how many at once")
	flags.Uint64Var(&o.seed, "seed", 1, "of the faults and the work")
	_ = flags.Parse(args) // it exits
	return o
}

func main() {
	o := parse(os.Args[1:])
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	l, err := soak(ctx, o)
	stop()
	if l != nil { // of an interrupted run, too
		table := l.table(o)
		err = errors.Join(err, table.Markdown(os.Stdout), l.verdict())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "soak:", err)
		os.Exit(1)
	}
}
