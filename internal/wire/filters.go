package wire

import (
	"encoding/json"
	"slices"

	"github.com/go-faster/jx"
)

// FilterResult is what one content filter said about a prompt or an answer.
type FilterResult struct {
	// Category is the filter's name on the wire: hate, sexual, violence,
	// self_harm, jailbreak, indirect_attack, protected_material_text and so on.
	Category string
	// Filtered tells that the content was blocked or cut because of this category.
	Filtered bool
	// Detected tells that a filter without severities found what it looks for.
	Detected bool
	// HasDetected tells that the wire carried "detected", so that false means
	// "looked and found nothing" and not "does not apply".
	HasDetected bool
	// Severity is safe, low, medium or high; empty for filters that only detect.
	Severity string
	// Detail is the category's whole JSON value when it says more than the fields
	// above (citations, blocklist names, an error of the filter); nil otherwise.
	Detail json.RawMessage
}

// PromptFilter holds the filter results of one prompt of a request.
type PromptFilter struct {
	// Index is the prompt's position in the request; chat has one prompt, 0.
	Index int
	// Results are in the order of the wire.
	Results []FilterResult
}

// severityRank ranks the words of the wire; unknown ones rank above all, so that
// a new, worse word is never hidden by an older one.
func severityRank(s string) int {
	switch s {
	case "":
		return 0
	case "safe":
		return 1
	case "low":
		return 2
	case "medium":
		return 3
	case "high":
		return 4
	default:
		return 5
	}
}

// readFilters reads a content_filter_results object. Filters comment on an
// answer and never decide whether it can be read: what has another shape is
// left out. raw is JSON that the scanner has already stepped over once.
func readFilters(raw []byte) []FilterResult {
	d := scan(raw)
	if d.Next() != jx.Object {
		return nil
	}
	it, err := d.ObjIter()
	if err != nil {
		return nil
	}
	var results []FilterResult
	for it.Next() {
		if results == nil {
			results = make([]FilterResult, 0, usualCategories)
		}
		category := categoryName(it.Key())
		f, ok, err := readFilter(d)
		if err != nil {
			return results
		}
		if !ok {
			continue
		}
		f.Category = category
		switch i := indexOfCategory(results, category); {
		case i >= 0:
			results[i] = f
		case len(results) < MaxCategories:
			results = append(results, f)
		}
	}
	return results
}

// notable tells a result that found something, or says more than the usual words.
func notable(f FilterResult) bool {
	return f.Filtered || f.Detected || f.Severity != "" && f.Severity != "safe" || f.Detail != nil
}

// usualCategories is how many categories a default configuration reports.
const usualCategories = 6

// categoryName is the string of a key, without an allocation for the
// categories of a default configuration.
func categoryName(key []byte) string {
	switch string(key) {
	case "hate":
		return "hate"
	case "sexual":
		return "sexual"
	case "violence":
		return "violence"
	case "self_harm":
		return "self_harm"
	case "jailbreak":
		return "jailbreak"
	case "protected_material_text":
		return "protected_material_text"
	case "protected_material_code":
		return "protected_material_code"
	default:
		return string(appendValid(nil, key))
	}
}

// readFilter reads one category's value: an object, or for old blocklists an
// array of objects of which the worst counts. ok is false for anything else.
func readFilter(d *scanner) (f FilterResult, ok bool, err error) {
	switch d.Next() {
	case jx.Object:
		from := d.at
		more, err := readFilterFields(d, &f)
		if more && err == nil {
			f.Detail = detail(d.buf[from:d.at])
		}
		return f, true, err
	case jx.Array:
		from := d.at
		err := readFilterList(d, &f)
		if err == nil {
			f.Detail = detail(d.buf[from:d.at])
		}
		return f, true, err
	default:
		return f, false, d.Skip()
	}
}

// detail is what is kept of a category's value: all of it or nothing, since a
// part of it is no JSON.
func detail(raw []byte) json.RawMessage {
	if len(raw) > MaxDetail {
		return nil
	}
	return appendValid(nil, raw)
}

// readFilterFields tells besides whether there were fields it has no place for.
func readFilterFields(d *scanner, f *FilterResult) (more bool, err error) {
	it, err := d.ObjIter()
	if err != nil {
		return false, err
	}
	for it.Next() {
		switch string(it.Key()) {
		case "filtered":
			f.Filtered, err = isTrue(d)
		case "detected":
			f.HasDetected = d.Next() == jx.Bool
			f.Detected, err = isTrue(d)
		case "severity":
			var token []byte
			token, err = scalarToken(d)
			f.Severity = word(token)
		default:
			more = true
			err = d.Skip()
		}
		if err != nil {
			return more, err
		}
	}
	return more, it.Err()
}

func readFilterList(d *scanner, f *FilterResult) error {
	it, err := d.ArrIter()
	if err != nil {
		return err
	}
	for it.Next() {
		if d.Next() != jx.Object {
			if err := d.Skip(); err != nil {
				return err
			}
			continue
		}
		var one FilterResult
		if _, err := readFilterFields(d, &one); err != nil {
			return err
		}
		*f = worse(*f, one)
	}
	return it.Err()
}

// mergeFilters keeps per category the worst of both. Later annotations of an
// asynchronous filter speak of later text only and acquit nothing before it.
func mergeFilters(known, more []FilterResult) []FilterResult {
	for _, f := range more {
		i := indexOfCategory(known, f.Category)
		switch {
		case i >= 0:
			known[i] = worse(known[i], f)
		case len(known) < MaxCategories:
			known = append(known, f)
		}
	}
	return known
}

// worse joins two results of one category; the later one's detail is kept.
func worse(a, b FilterResult) FilterResult {
	a.Filtered = a.Filtered || b.Filtered
	a.Detected = a.Detected || b.Detected
	a.HasDetected = a.HasDetected || b.HasDetected
	if severityRank(b.Severity) > severityRank(a.Severity) {
		a.Severity = b.Severity
	}
	if b.Detail != nil {
		a.Detail = b.Detail
	}
	return a
}

func indexOfCategory(results []FilterResult, category string) int {
	return slices.IndexFunc(results, func(f FilterResult) bool { return f.Category == category })
}

// readPromptFilters reads prompt_filter_results: one entry per prompt. Like
// readFilters it leaves out what has another shape.
func readPromptFilters(raw []byte) []PromptFilter {
	d := scan(raw)
	if d.Next() != jx.Array {
		return nil
	}
	it, err := d.ArrIter()
	if err != nil {
		return nil
	}
	var prompts []PromptFilter
	for it.Next() {
		p, ok, err := readPromptFilter(d, len(prompts))
		if err != nil {
			return prompts
		}
		if ok && len(prompts) < MaxChoices {
			prompts = append(prompts, p)
		}
	}
	return prompts
}

func readPromptFilter(d *scanner, position int) (p PromptFilter, ok bool, err error) {
	if d.Next() != jx.Object {
		return p, false, d.Skip()
	}
	it, err := d.ObjIter()
	if err != nil {
		return p, false, err
	}
	p.Index = position
	for it.Next() {
		key := it.Key()
		value, err := d.Raw()
		if err != nil {
			return p, false, err
		}
		switch string(key) {
		case "prompt_index":
			if n, ok := parseInteger(value); ok {
				p.Index = int(n)
			}
		case "content_filter_results", "content_filter_result":
			p.Results = readFilters(value)
		}
	}
	return p, true, it.Err()
}

// notablePrompt tells a prompt of which something was found, or nothing is said.
func notablePrompt(p PromptFilter) bool {
	return len(p.Results) == 0 || slices.ContainsFunc(p.Results, notable)
}

// word is text for the few words the wire repeats in every frame, without an
// allocation for those it knows.
func word(token []byte) string {
	switch string(token) {
	case `"stop"`:
		return "stop"
	case `"length"`:
		return "length"
	case `"tool_calls"`:
		return "tool_calls"
	case `"function_call"`:
		return "function_call"
	case `"content_filter"`:
		return "content_filter"
	case `"function"`:
		return "function"
	case `"default"`:
		return "default"
	case `"safe"`:
		return "safe"
	case `"low"`:
		return "low"
	case `"medium"`:
		return "medium"
	case `"high"`:
		return "high"
	default:
		return text(token)
	}
}
