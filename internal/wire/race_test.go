//go:build race

package wire_test

// raceEnabled: the race detector's own bookkeeping allocates and sync.Pool drops
// values at random under it, so allocations cannot be counted.
const raceEnabled = true
