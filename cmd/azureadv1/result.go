package main

import (
	"regexp"
	"strings"
	"time"

	"github.com/seed-a739af98/langchaingo-azure/azureadv1"
)

// status is how a check ended.
type status string

const (
	passed  status = "ok"
	warned  status = "warning" // not as one might expect, and no failure
	failed  status = "failed"
	skipped status = "skipped"
)

// result is one line of the report. The names of its JSON fields are documented in docs/doctor.md.
type result struct {
	// Check names what was looked at; the names do not change.
	Check string `json:"check"`
	// Status is ok, warning, failed or skipped.
	Status status `json:"status"`
	// Detail is what was found, or why the check was skipped.
	Detail string `json:"detail"`
	// Fix is what to do; "" where nothing is to be done.
	Fix string `json:"fix,omitempty"`
	// Help is the page that says more about Fix.
	Help string `json:"help,omitempty"`
	// Facts are the same findings one by one, for programs.
	Facts map[string]any `json:"facts,omitempty"`
	// Milliseconds is how long the check took.
	Milliseconds int64 `json:"milliseconds"`

	err *azureadv1.Error // what failed, where it was a call
}

func pass(detail string) result { return result{Status: passed, Detail: detail} }

func warn(detail, fix string) result { return result{Status: warned, Detail: detail, Fix: fix} }

func skip(reason string) result { return result{Status: skipped, Detail: reason} }

func (r result) with(facts map[string]any) result {
	r.Facts = facts
	return r
}

// unknown is the advice where the library has none: honest, and the way to those who know.
const unknown = "Nothing more is known about this failure. With a request id Microsoft's support can look it up; a check that ran out of time can be given more with --timeout."

// fail is a failed call, with the advice of the library's own error.
func fail(err error) result {
	e := azureadv1.AsError(err)
	if e == nil {
		return result{Status: failed, Detail: oneLine(err.Error()), Fix: unknown}
	}
	r := result{Status: failed, Detail: wording(e), Fix: oneLine(e.Hint), Help: e.HelpURL, err: e}
	switch {
	case e.Code == azureadv1.CodeInvalid: // its sentence ends with the way out
		r.Detail, r.Fix = "it cannot be asked", oneLine(e.Message)
	case r.Fix == "":
		r.Fix = unknown
	}
	r.Facts = map[string]any{"status": e.StatusCode, "code": oneLine(e.Code), "request_id": oneLine(e.RequestID)}
	return r
}

// wording is an error without where it happened and what to do, which have their own places.
func wording(e *azureadv1.Error) string {
	shown := *e
	shown.Op, shown.Deployment, shown.Hint, shown.HelpURL = "", "", "", ""
	return oneLine(strings.TrimPrefix(shown.Error(), "azureadv1: "))
}

// rules are the lines that azidentity draws between a request and its answer.
var rules = regexp.MustCompile(`-{10,}`)

// oneLine takes out what would break a line or steer a terminal.
func oneLine(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || (r >= 0x7f && r < 0xa0) || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, s)
	return strings.Join(strings.Fields(rules.ReplaceAllString(s, "")), " ")
}

func timed(r result, began time.Time) result {
	r.Milliseconds = time.Since(began).Milliseconds()
	return r
}
