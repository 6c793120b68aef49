package main

import (
	"cmp"
	"slices"
)

// slowest are the n initializations that take longest, the longest first.
func (m measured) slowest(n int) []initialization {
	sorted := slices.SortedFunc(slices.Values(m.inits), func(a, b initialization) int {
		return cmp.Or(cmp.Compare(b.took, a.took), cmp.Compare(b.bytes, a.bytes))
	})
	return sorted[:min(n, len(sorted))]
}
