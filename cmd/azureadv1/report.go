package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// report is all that was found; the names of its JSON fields are documented in docs/doctor.md.
type report struct {
	// Targets has one entry for each configuration that was examined.
	Targets []target `json:"targets"`
	// OK, Warnings, Failed and Skipped count the checks of all targets.
	OK       int `json:"ok"`
	Warnings int `json:"warnings"`
	Failed   int `json:"failed"`
	Skipped  int `json:"skipped"`
	// Interrupted tells that it ended before everything was checked.
	Interrupted bool `json:"interrupted,omitempty"`
}

// target is one configuration and what was found.
type target struct {
	// Name is "environment", "stand-in", or a model's name and the deployment's id.
	Name   string   `json:"name"`
	Checks []result `json:"checks"`
}

func (r *report) count(one result) {
	switch one.Status {
	case passed:
		r.OK++
	case warned:
		r.Warnings++
	case failed:
		r.Failed++
	case skipped:
		r.Skipped++
	}
}

func (r *report) exitCode() int {
	if r.Failed > 0 || r.Interrupted {
		return exitFailed
	}
	return exitWell
}

func (r *report) json(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(r)
}

func (r *report) summary() string {
	parts := []string{fmt.Sprintf("%d ok", r.OK)}
	for _, p := range []struct {
		n    int
		what string
	}{{r.Warnings, "with a warning"}, {r.Failed, "failed"}, {r.Skipped, "skipped"}} {
		if p.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", p.n, p.what))
		}
	}
	text := strings.Join(parts, ", ")
	if r.Interrupted {
		text += "; interrupted, the rest was not checked"
	}
	return text
}

// lines prints results as they come.
type lines struct {
	w      io.Writer
	colour bool
}

// words of the first column, and their colours by ECMA-48's SGR.
var words = map[status]struct{ word, colour string }{
	passed:  {"ok", "32"},
	warned:  {"warn", "33"},
	failed:  {"FAIL", "31"},
	skipped: {"skip", "2"},
}

func (l lines) paint(colour, text string) string {
	if !l.colour {
		return text
	}
	return "\x1b[" + colour + "m" + text + "\x1b[0m"
}

func (l lines) title(name string) { fmt.Fprintln(l.w, l.paint("1", name)) }

func (l lines) line(r result) {
	word := words[r.Status]
	fmt.Fprintf(l.w, "  %s  %-12s %s\n", l.paint(word.colour, fmt.Sprintf("%-4s", word.word)), strings.ReplaceAll(r.Check, "_", " "), r.Detail)
	for _, more := range []string{r.Fix, r.Help} {
		if more != "" {
			fmt.Fprintf(l.w, "        %-12s %s\n", "", more)
		}
	}
}
