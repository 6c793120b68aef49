package wire

import (
	"slices"
	"strconv"
	"strings"

	"github.com/go-faster/jx"
)

// Error is a failure as the service words it, from an error body or from an
// error object inside an answer. Its texts come from the peer and may quote the
// request; it implements error so that a stream can end with it.
type Error struct {
	// StatusCode is the HTTP status repeated in the body ("statusCode" of the
	// flat form, "status" of the wrapped one); 0 when the body has none.
	StatusCode int
	// Code is the machine-readable word, or the digits of a numeric code; empty for null.
	Code string
	// Type is OpenAI's error class, such as invalid_request_error; often empty on Azure.
	Type string
	// Param names the offending request field; "prompt" for a filtered prompt.
	Param string
	// Message is the sentence for people; never interpreted here.
	Message string
	// InnerCode is the code of the inner error, such as ResponsibleAIPolicyViolation.
	InnerCode string
	// Filter holds the content filter's findings, in the order of the wire; nil
	// when the body has none.
	Filter []FilterResult
	// FilterSource tells what was filtered, "prompt" or "completion", where the
	// body says so; empty otherwise.
	FilterSource string
}

// Error joins code and message; it is never empty.
func (e *Error) Error() string {
	code := e.Code
	if code == "" {
		code = e.Type
	}
	if code == "" && e.StatusCode != 0 {
		code = strconv.Itoa(e.StatusCode)
	}
	switch {
	case code == "" && e.Message == "":
		return "wire: the service sent an error object without code and message"
	case code == "":
		return "wire: the service reports: " + e.Message
	case e.Message == "":
		return "wire: the service reports " + code
	default:
		return "wire: the service reports " + code + ": " + e.Message
	}
}

// ReadError reads the body of a failed call in any of the service's shapes:
// {"error":{...}}, {"error":"..."}, the flat {"statusCode","message"} and the
// unwrapped {"code","message"}. ok is false for everything else (HTML, plain text,
// nothing, broken JSON, objects of unknown shape); the caller then quotes the body.
func ReadError(body []byte) (e Error, ok bool) {
	if !looksLikeObject(body) {
		return Error{}, false
	}
	d := scan(body)
	wrapped, err := readErrorBody(d, &e)
	if err != nil || finish(d) != nil {
		return Error{}, false
	}
	if wrapped {
		return e, e.Code != "" || e.Message != "" || e.Type != ""
	}
	return e, e.Message != ""
}

// readErrorBody reads the outermost object; what stands in "error" outranks
// what stands beside it.
func readErrorBody(d *scanner, e *Error) (wrapped bool, err error) {
	it, err := d.ObjIter()
	if err != nil {
		return false, err
	}
	var outer Error
	var inner []byte
	for it.Next() {
		if string(it.Key()) == "error" {
			inner, err = anyValue(d)
		} else {
			err = readErrorField(d, it.Key(), &outer)
		}
		if err != nil {
			return false, err
		}
	}
	if err := it.Err(); err != nil {
		return false, err
	}
	if inner == nil {
		*e = outer
		return false, nil
	}
	*e = errorOf(inner)
	if e.StatusCode == 0 {
		e.StatusCode = outer.StatusCode
	}
	if inner[0] != '{' && outer.Message != "" {
		// {"status":401,"error":"Unauthorized","message":"..."}: the word names
		// the failure, the sentence stands beside it.
		e.Code, e.Message = e.Message, outer.Message
	}
	return true, nil
}

// errorOf reads the value of an "error" member: an object, or text.
func errorOf(raw []byte) (e Error) {
	d := scan(raw)
	switch d.Next() {
	case jx.Object:
	case jx.String, jx.Number, jx.Bool:
		e.Message = text(raw)
		return e
	default:
		return e
	}
	it, err := d.ObjIter()
	if err != nil {
		return e
	}
	for it.Next() {
		if err := readErrorField(d, it.Key(), &e); err != nil {
			return e
		}
	}
	return e
}

// readErrorField reads one member of an error object. Values of another kind
// than expected are stepped over: a strange error is still an error.
func readErrorField(d *scanner, key []byte, e *Error) (err error) {
	switch string(key) {
	case "code":
		e.Code, err = scalarText(d)
	case "message", "error_description":
		e.Message, err = scalarText(d)
	case "type":
		e.Type, err = scalarText(d)
	case "param":
		e.Param, err = scalarText(d)
		if e.Param == "prompt" && e.FilterSource == "" {
			e.FilterSource = e.Param
		}
	case "statusCode", "status":
		e.StatusCode, err = statusCode(d)
	case "innererror", "inner_error":
		err = readInnerError(d, e)
	case "content_filter_result", "content_filter_results":
		err = readErrorFilter(d, e)
	case "content_filters":
		err = readContentFilters(d, e)
	default:
		err = d.Skip()
	}
	return err
}

func scalarText(d *scanner) (string, error) {
	token, err := scalarToken(d)
	return text(token), err
}

// statusCode reads an HTTP status, as number or digits; anything else is 0.
func statusCode(d *scanner) (int, error) {
	s, err := scalarText(d)
	if err != nil {
		return 0, err
	}
	n, err := strconv.Atoi(strings.TrimSpace(s))
	if err != nil || n < 100 || n > 599 {
		return 0, nil //nolint:nilerr // not a status: "failed", 12345
	}
	return n, nil
}

func readInnerError(d *scanner, e *Error) error {
	if d.Next() != jx.Object {
		return d.Skip()
	}
	it, err := d.ObjIter()
	if err != nil {
		return err
	}
	for it.Next() {
		switch string(it.Key()) {
		case "code":
			e.InnerCode, err = scalarText(d)
		case "content_filter_result", "content_filter_results":
			err = readErrorFilter(d, e)
		default:
			err = d.Skip()
		}
		if err != nil {
			return err
		}
	}
	return it.Err()
}

func readErrorFilter(d *scanner, e *Error) error {
	raw, err := d.Raw()
	if err != nil {
		return err
	}
	e.Filter = mergeFilters(e.Filter, readFilters(raw))
	return nil
}

// readContentFilters reads the Responses form, a list of sources; the first
// that blocked, else the first of all, explains the error.
func readContentFilters(d *scanner, e *Error) error {
	if d.Next() != jx.Array {
		return d.Skip()
	}
	it, err := d.ArrIter()
	if err != nil {
		return err
	}
	var filters []SourceFilter
	for it.Next() {
		one, err := readSourceFilter(d)
		if err != nil {
			return err
		}
		filters = append(filters, one)
	}
	e.explain(filters)
	return it.Err()
}

// explain takes the findings of the source that blocked, else of the first.
func (e *Error) explain(filters []SourceFilter) {
	if len(filters) == 0 {
		return
	}
	chosen := &filters[max(0, slices.IndexFunc(filters, func(f SourceFilter) bool { return f.Blocked }))]
	e.Filter = chosen.Results
	if chosen.Source != "" {
		e.FilterSource = chosen.Source
	}
}

func readSourceFilter(d *scanner) (f SourceFilter, err error) {
	if d.Next() != jx.Object {
		return f, d.Skip()
	}
	it, err := d.ObjIter()
	if err != nil {
		return f, err
	}
	for it.Next() {
		switch string(it.Key()) {
		case "blocked":
			f.Blocked, err = isTrue(d)
		case "source_type":
			f.Source, err = scalarText(d)
		case "content_filter_results", "content_filter_result":
			var raw []byte
			if raw, err = d.Raw(); err == nil {
				f.Results = readFilters(raw)
			}
		default:
			err = d.Skip()
		}
		if err != nil {
			return f, err
		}
	}
	return f, it.Err()
}
