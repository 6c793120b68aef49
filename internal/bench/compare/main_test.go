package main

import (
	"encoding/xml"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/seed-a739af98/langchaingo-azure/internal/bench/figures"
	"github.com/seed-a739af98/langchaingo-azure/internal/fenced"
)

// TestTheDocumentedCommands runs those of docs/performance.md at their smallest: one compares, one profiles, one draws.
func TestTheDocumentedCommands(t *testing.T) {
	picture := filepath.Join(t.TempDir(), "growth.svg")
	for _, c := range fenced.Commands(t, "docs/performance.md", "go run ./internal/bench/compare") {
		o := parse(append(c.Args, "-rounds", "1", "-each", "1ns", "-most", "100"))
		if o.owners {
			checkOwners(t)
			continue
		}
		drawn := o.picture != ""
		if drawn {
			o.picture = picture
		}
		tables, err := tabled(t.Context(), o)
		switch {
		case err != nil:
			t.Errorf("line %d: %v", c.Line, err)
		case drawn:
			checkGrowth(t, tables, picture)
		default:
			checkComparison(t, tables)
		}
	}
}

// checkComparison looks whether the table has a row for each work; that everyone had the same result was looked at before.
func checkComparison(t *testing.T, tables []figures.Table) {
	t.Helper()
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

// checkOwners profiles one work long enough for a sample.
func checkOwners(t *testing.T) {
	t.Helper()
	of, err := sharesOf(t.Context(), short(), 300*time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	total := 0.0
	for _, share := range of {
		total += share
	}
	if total < 99 || total > 101 {
		t.Errorf("the shares %v make %v per cent", of, total)
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

func checkGrowth(t *testing.T, tables []figures.Table, picture string) {
	t.Helper()
	if n := len(tables[0].Rows); n != len(grown) {
		t.Errorf("%d rows", n)
	}
	drawn, err := os.ReadFile(picture)
	if err != nil {
		t.Fatal(err)
	}
	checkNames(t, drawn, len(grown)-1)
}

func checkNames(t *testing.T, drawn []byte, want int) {
	t.Helper()
	lines, names := shapes(t, drawn)
	if lines != want || len(names) != want {
		t.Errorf("%d lines, of which %d have a name, want %d", lines, len(names), want)
	}
	for i, a := range names {
		if a.x+7*float64(len(a.text)) > width || a.y < 0 || a.y > height {
			t.Errorf("%q at %v, %v leaves the picture", a.text, a.x, a.y)
		}
		for _, b := range names[:i] {
			if math.Abs(a.y-b.y) < 13 {
				t.Errorf("%q and %q are %v apart", a.text, b.text, math.Abs(a.y-b.y))
			}
		}
	}
}

// Names that belong at one place, at the bottom or at the top, stay apart and in the picture.
func TestNamesStayApart(t *testing.T) {
	for _, all := range []time.Duration{time.Nanosecond, time.Microsecond, time.Millisecond} {
		var same []series
		for range 6 {
			same = append(same, series{name: "the same", sizes: []int{10, 100}, each: []time.Duration{time.Nanosecond, all}})
		}
		checkNames(t, draw(same), 6)
	}
}

// label is the name of a line, where it stands in the picture.
type label struct {
	text string
	x, y float64
}

// shapes reads the lines and their names from the picture; what is no name has no colour of its own.
func shapes(t *testing.T, drawn []byte) (lines int, names []label) {
	t.Helper()
	var picture struct {
		Lines []struct{} `xml:"polyline"`
		Texts []struct {
			X    float64 `xml:"x,attr"`
			Y    float64 `xml:"y,attr"`
			Fill string  `xml:"fill,attr"`
			Text string  `xml:",chardata"`
		} `xml:"text"`
	}
	if err := xml.Unmarshal(drawn, &picture); err != nil {
		t.Fatal(err)
	}
	for _, text := range picture.Texts {
		if text.Fill != "" {
			names = append(names, label{text.Text, text.X, text.Y})
		}
	}
	return len(picture.Lines), names
}
