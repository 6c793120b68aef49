package main

import (
	"fmt"
	"io"
	"time"
)

// progress tells on a terminal which check is slow, and wipes that out before the check's line is printed.
type progress struct {
	w    io.Writer
	live bool
}

// slow is how long a check may take before it is worth a word.
const slow = 500 * time.Millisecond

// during shows what is waited for while work runs.
func (p progress) during(what string, work func()) {
	if !p.live {
		work()
		return
	}
	done, gone := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(gone)
		p.show(what, done)
	}()
	work()
	close(done)
	<-gone
}

func (p progress) show(what string, done <-chan struct{}) {
	began, tick := time.Now(), time.NewTicker(slow)
	defer tick.Stop()
	shown := false
	for {
		select {
		case <-tick.C:
			fmt.Fprintf(p.w, "\r\x1b[K  ...   %s, %.0fs", what, time.Since(began).Seconds())
			shown = true
		case <-done:
			if shown {
				fmt.Fprint(p.w, "\r\x1b[K")
			}
			return
		}
	}
}
