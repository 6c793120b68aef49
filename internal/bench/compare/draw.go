package main

import (
	"bytes"
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"
)

// The picture's measures.
const (
	width, height                                = 780, 360
	leftSpace, topSpace, rightSpace, bottomSpace = 70, 40, 190, 50
	lineHeight                                   = 16
)

// hues are told apart on light and dark pages, and by those who see no red.
var hues = []string{"#0072b2", "#e69f00", "#d55e00", "#009e73", "#cc79a7"}

// draw plots the cost of one more over how many there are, both in powers of ten: a flat line is a constant cost.
func draw(all []series) []byte {
	low, high := decades(all)
	x := func(n int) float64 {
		return leftSpace + (math.Log10(float64(n))-1)/3*(width-leftSpace-rightSpace)
	}
	y := func(d time.Duration) float64 {
		return height - bottomSpace - (math.Log10(float64(d))-low)/(high-low)*(height-topSpace-bottomSpace)
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" font-size="13" fill="#767676">`+"\n", width, height)
	fmt.Fprintf(&b, `<title>The cost of one more, from 10 to 10,000</title><text x="%d" y="22" font-size="15">The cost of one more, from 10 to 10,000 (flat is constant)</text>`+"\n", leftSpace)
	for d := low; d <= high; d++ {
		at := y(time.Duration(math.Pow(10, d)))
		fmt.Fprintf(&b, `<line x1="%d" x2="%d" y1="%.1f" y2="%.1f" stroke="#767676" stroke-opacity=".35"/><text x="%d" y="%.1f" text-anchor="end">%v</text>`+"\n",
			leftSpace, width-rightSpace, at, at, leftSpace-8, at+4, time.Duration(math.Pow(10, d)))
	}
	for _, n := range all[0].sizes {
		fmt.Fprintf(&b, `<text x="%.1f" y="%d" text-anchor="middle">%d</text>`+"\n", x(n), height-bottomSpace+22, n)
	}
	labels := make([]float64, len(all))
	for i, s := range all {
		labels[i] = y(s.each[len(s.each)-1]) + 4
	}
	spread(labels)
	for i, s := range all {
		hue := hues[i%len(hues)]
		fmt.Fprintf(&b, `<polyline fill="none" stroke="%s" stroke-width="2.5" points="`, hue)
		for j, n := range s.sizes {
			fmt.Fprintf(&b, "%.1f,%.1f ", x(n), y(s.each[j]))
		}
		fmt.Fprintf(&b, `"/><text x="%.1f" y="%.1f" fill="%s">%s</text>`+"\n", x(s.sizes[len(s.sizes)-1])+8, labels[i], hue, s.name)
	}
	b.WriteString("</svg>\n")
	return b.Bytes()
}

// spread moves heights down until each is a line below the one above it, and up again where that leaves the plot.
func spread(heights []float64) {
	order := make([]*float64, len(heights))
	for i := range heights {
		order[i] = &heights[i]
	}
	slices.SortFunc(order, func(a, b *float64) int { return cmp.Compare(*a, *b) })
	for i := 1; i < len(order); i++ {
		*order[i] = max(*order[i], *order[i-1]+lineHeight)
	}
	lowest := float64(height - bottomSpace)
	for _, h := range slices.Backward(order) {
		*h = min(*h, lowest)
		lowest = *h - lineHeight
	}
}

// decades are the powers of ten, of nanoseconds, that hold all costs.
func decades(all []series) (low, high float64) {
	low, high = math.Inf(1), math.Inf(-1)
	for _, s := range all {
		for _, d := range s.each {
			low = math.Min(low, math.Floor(math.Log10(float64(d))))
			high = math.Max(high, math.Ceil(math.Log10(float64(d))))
		}
	}
	return low, math.Max(high, low+1)
}
