package wire

import (
	"bytes"
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
// left out. raw is JSON that the decoder has already stepped over once.
func readFilters(raw []byte) []FilterResult {
	d := jx.DecodeBytes(raw)
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
		value, err := d.Raw()
		if err != nil {
			return results
		}
		f, ok := readFilter(value)
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

// filterMemo remembers the last results that found nothing: nearly every answer brings the same bytes.
type filterMemo struct {
	raw     []byte
	results []FilterResult
}

// memoLimit bounds what is remembered, in bytes; a default configuration's results take 300.
const memoLimit = 1 << 10

// read is readFilters, whose results are shared by all answers with the same bytes: they are never written to. A nil memo
// remembers nothing.
func (m *filterMemo) read(raw []byte) []FilterResult {
	if m == nil {
		return readFilters(raw)
	}
	if len(raw) > 0 && bytes.Equal(raw, m.raw) {
		return m.results
	}
	results := readFilters(raw)
	if len(results) > 0 && len(raw) <= memoLimit && !slices.ContainsFunc(results, notable) {
		m.raw, m.results = append(m.raw[:0], raw...), slices.Clip(results)
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
// array of objects of which the worst counts.
func readFilter(raw []byte) (f FilterResult, ok bool) {
	d := jx.DecodeBytes(raw)
	switch d.Next() {
	case jx.Object:
		more, err := readFilterFields(d, &f)
		if more {
			f.Detail = detail(raw)
		}
		return f, err == nil
	case jx.Array:
		f.Detail = detail(raw)
		return f, readFilterList(d, &f) == nil
	default:
		return f, false
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
func readFilterFields(d *jx.Decoder, f *FilterResult) (more bool, err error) {
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

func readFilterList(d *jx.Decoder, f *FilterResult) error {
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
		one.Detail = f.Detail
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

// readPromptFilters reads prompt_filter_results: one entry per prompt.
func readPromptFilters(raw []byte, memo *filterMemo) []PromptFilter {
	d := jx.DecodeBytes(raw)
	if d.Next() != jx.Array {
		return nil
	}
	it, err := d.ArrIter()
	if err != nil {
		return nil
	}
	var prompts []PromptFilter
	for it.Next() {
		entry, err := d.Raw()
		if err != nil {
			return prompts
		}
		if p, ok := readPromptFilter(entry, len(prompts), memo); ok && len(prompts) < MaxChoices {
			prompts = append(prompts, p)
		}
	}
	return prompts
}

func readPromptFilter(raw []byte, position int, memo *filterMemo) (p PromptFilter, ok bool) {
	d := jx.DecodeBytes(raw)
	if d.Next() != jx.Object {
		return p, false
	}
	it, err := d.ObjIter()
	if err != nil {
		return p, false
	}
	p.Index = position
	for it.Next() {
		key := it.Key()
		value, err := d.Raw()
		if err != nil {
			return p, false
		}
		switch string(key) {
		case "prompt_index":
			if n, ok := parseInteger(value); ok {
				p.Index = int(n)
			}
		case "content_filter_results", "content_filter_result":
			p.Results = memo.read(value)
		}
	}
	return p, it.Err() == nil
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
