// Package figures is what the programs that measure have in common: tables as
// documents print them, and percentiles.
package figures

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// Table is a table of figures with a caption. The zero value is an empty one.
type Table struct {
	// Caption is the sentence above the table: what was done, how often. Empty = none.
	Caption string
	// Head names the columns; the first is left aligned, the others right.
	Head []string
	// Rows are the cells, as many in each as Head has.
	Rows [][]string
}

// Add appends a row; values are printed as fmt.Sprint does, durations rounded to
// three digits.
func (t *Table) Add(cells ...any) {
	row := make([]string, len(cells))
	for i, c := range cells {
		if d, ok := c.(time.Duration); ok {
			c = Round(d)
		}
		row[i] = fmt.Sprint(c)
	}
	t.Rows = append(t.Rows, row)
}

// Markdown writes the table in the dialect of GitHub.
func (t *Table) Markdown(w io.Writer) error {
	var b strings.Builder
	if t.Caption != "" {
		b.WriteString(t.Caption + "\n\n")
	}
	line := func(cells []string) { b.WriteString("| " + strings.Join(cells, " | ") + " |\n") }
	line(t.Head)
	rule := slices.Repeat([]string{"--:"}, len(t.Head))
	rule[0] = ":--"
	line(rule)
	for _, row := range t.Rows {
		line(row)
	}
	_, err := io.WriteString(w, b.String()+"\n")
	return err
}

// Round keeps three digits of a duration, so that a table claims no more than
// was seen.
func Round(d time.Duration) time.Duration {
	for unit := time.Duration(1); ; unit *= 10 {
		if d.Abs() < 1000*unit {
			return d.Round(unit)
		}
	}
}

// Percentile is the smallest of the values that p of them (0 to 1) do not exceed; 0
// for none. The values are sorted in place.
func Percentile[T cmp.Ordered](values []T, p float64) (least T) {
	if len(values) == 0 {
		return least
	}
	slices.Sort(values)
	i := int(p*float64(len(values))+0.999999) - 1
	return values[min(max(i, 0), len(values)-1)]
}
