package main

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
	"time"
)

// Everyone has the same result, and the table has a row for each work.
func TestCompare(t *testing.T) {
	tables, err := compare(t.Context(), 1, time.Nanosecond)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(tables[0].Rows); n != len(works()) {
		t.Errorf("%d rows of ratios", n)
	}
	for _, row := range tables[0].Rows {
		for i, cell := range row[:6] {
			if cell == "" {
				t.Errorf("%s: cell %d is empty", row[0], i)
			}
		}
	}
}

// A contender that reads something else is found out.
func TestAnotherResultIsAnError(t *testing.T) {
	w := short()
	w.want.Text += "!"
	if _, err := measured(t.Context(), w, 1, time.Nanosecond); err == nil || !strings.Contains(err.Error(), "another result") {
		t.Error(err)
	}
}

func TestGrowthIsDrawn(t *testing.T) {
	all, err := growth(t.Context(), []int{10, 20}, 1, time.Nanosecond)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(growthTable(all).Rows); n != 4 {
		t.Errorf("%d rows", n)
	}
	d := xml.NewDecoder(strings.NewReader(string(draw(all))))
	lines := 0
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if start, ok := token.(xml.StartElement); ok && start.Name.Local == "polyline" {
			lines++
		}
	}
	if lines != 4 {
		t.Errorf("%d lines", lines)
	}
}
