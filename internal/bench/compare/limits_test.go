//go:build !race

package main

import (
	"testing"
	"time"
)

// Allocations are stable, so that they are limits: beside langchaingo's provider on the same bytes, and for what is sent
// byte by byte. Bytes are nearly so: a collection may take a buffer that was to be used again, which shows where answers
// are large. The race detector makes allocations of its own.
func TestAllocationsBesideLangchaingo(t *testing.T) {
	limits := map[string]struct{ allocations, bytes float64 }{
		"one short chat":                    {0.33, 0.45},
		"history of 200 messages, 20 tools": {0.05, 0.33},
		"stream of 1000 chunks":             {0.006, 0.01},
		"tool arguments in 500 fragments":   {0.01, 0.019},
		"embeddings 256 x 1536":             {0.03, 0.13},
		"5 MB image in a message":           {0.36, 0.11},
	}
	for _, w := range works() {
		t.Run(w.name, func(t *testing.T) {
			limit, ok := limits[w.name]
			if !ok {
				t.Fatal("it has no limit")
			}
			costs, err := measured(t.Context(), w, 3, 20*time.Millisecond, ours, langchaingos)
			if err != nil {
				t.Fatal(err)
			}
			own, peer := costs[ours], costs[langchaingos]
			if r := own.allocations / peer.allocations; r > limit.allocations {
				t.Errorf("%.0f allocations are %.3f of theirs, want %v", own.allocations, r, limit.allocations)
			}
			if r := own.bytes / peer.bytes; r > limit.bytes {
				t.Errorf("%.0f bytes are %.3f of theirs, want %v", own.bytes, r, limit.bytes)
			}
		})
	}
}

// An image is written once, into a body of the right size.
func TestAllocationsOfAnImage(t *testing.T) {
	w := image(5 << 20)
	sent, err := readyBody(t.Context(), w)
	if err != nil {
		t.Fatal(err)
	}
	c := alone(t, w)
	if r := c.bytes / float64(len(sent)); r > 1.1 {
		t.Errorf("%.2f bytes allocated for each byte sent", r)
	}
}

// What a stream takes does not grow with it, but for its text, which is kept once and grows by doubling.
func TestAllocationsOfAStream(t *testing.T) {
	few, many := alone(t, streaming(100)), alone(t, streaming(10000))
	if more := many.allocations - few.allocations; more > 40 {
		t.Errorf("9,900 chunks more made %.0f allocations more", more)
	}
	if text := float64(len(streaming(10000).want.Text)); many.bytes-few.bytes > 8*text {
		t.Errorf("9,900 chunks more took %.0f bytes more, of a text of %.0f", many.bytes-few.bytes, text)
	}
}

// alone is what this module takes for a work, on chat.
func alone(t *testing.T, w work) cost {
	t.Helper()
	call, err := own(t.Context(), w, false)
	if err != nil {
		t.Fatal(err)
	}
	var all []cost
	for range 3 {
		c, err := timed(call, 20*time.Millisecond)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, c)
	}
	return median(all)
}
