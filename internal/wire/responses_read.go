package wire

import (
	"github.com/go-faster/jx"
)

// responseReader reads one answer. Its decoders are one for each level that is
// cut out as a whole before it is read.
type responseReader struct {
	d, item, part scanner
	out           Response
	isResponse    bool // some member of an answer was there
}

// read reads the answer at r.d into r.out.
func (r *responseReader) read() error {
	d := &r.d
	if t := d.Next(); t == jx.Null {
		return wrongKind(d, "an object", t)
	}
	it, _, err := object(d)
	if err != nil {
		return err
	}
	for it.Next() {
		if err := r.member(it.Key()); err != nil {
			return err
		}
	}
	return it.Err()
}

func (r *responseReader) member(key []byte) (err error) {
	d, out := &r.d, &r.out
	switch string(key) {
	case "id":
		r.isResponse = true
		out.ID, err = scalarText(d)
	case "status":
		out.Status, err = r.status()
	case "output":
		r.isResponse = true
		err = at("output", r.readOutput())
	case "model":
		out.Model, err = scalarText(d)
	case "created_at":
		var token []byte
		token, err = scalarToken(d)
		out.CreatedAt, _ = parseInteger(token)
	case "service_tier":
		out.ServiceTier, err = scalarText(d)
	case "previous_response_id":
		out.PreviousID, err = scalarText(d)
	case "incomplete_details":
		out.IncompleteReason, err = readReason(d)
	case "error":
		err = r.readFailure()
	case "usage":
		err = at("usage", r.readUsage())
	case "content_filters":
		var raw []byte
		raw, err = anyValue(d)
		out.Filters = nil
		if raw != nil {
			out.Filters = readSourceFilters(raw)
		}
	default:
		err = d.Skip()
	}
	return err
}

// status reads the answer's status. A number is the HTTP status of an error body.
func (r *responseReader) status() (string, error) {
	if r.d.Next() != jx.String {
		return "", r.d.Skip()
	}
	token, err := r.d.Raw()
	return responsesWord(token), err
}

func (r *responseReader) readFailure() error {
	raw, err := anyValue(&r.d)
	r.out.Err = nil
	if raw != nil {
		e := errorOf(raw)
		r.out.Err = &e
	}
	return err
}

// readReason reads incomplete_details; other shapes are left out.
func readReason(d *scanner) (reason string, err error) {
	if d.Next() != jx.Object {
		return "", d.Skip()
	}
	it, err := d.ObjIter()
	if err != nil {
		return "", err
	}
	for it.Next() {
		if string(it.Key()) == "reason" {
			reason, err = scalarText(d)
		} else {
			err = d.Skip()
		}
		if err != nil {
			return "", err
		}
	}
	return reason, it.Err()
}

// readUsage reads this API's own names of the counts.
func (r *responseReader) readUsage() error {
	d := &r.d
	r.out.Usage = nil
	it, ok, err := object(d)
	if !ok {
		return err
	}
	u := new(Usage)
	for it.Next() {
		switch string(it.Key()) {
		case "input_tokens":
			u.Prompt, err = count(d, "input_tokens")
		case "output_tokens":
			u.Completion, err = count(d, "output_tokens")
		case "total_tokens":
			u.Total, err = count(d, "total_tokens")
		case "input_tokens_details":
			u.Cached, u.PromptAudio = 0, 0
			err = at("input_tokens_details", readPromptDetails(d, u))
		case "output_tokens_details":
			u.Reasoning, u.CompletionAudio, u.AcceptedPrediction, u.RejectedPrediction = 0, 0, 0, 0
			err = at("output_tokens_details", readCompletionDetails(d, u))
		default:
			err = d.Skip()
		}
		if err != nil {
			return err
		}
	}
	r.out.Usage = u
	return it.Err()
}

func (r *responseReader) readOutput() error {
	r.out.Output = nil
	it, ok, err := array(&r.d)
	if !ok {
		return err
	}
	for i := 0; it.Next(); i++ {
		if i == MaxOutputItems {
			return &LimitError{What: "number of output items", Limit: MaxOutputItems}
		}
		raw, err := objectToken(&r.d)
		if err != nil {
			return atIndex(i, err)
		}
		if raw == nil {
			continue
		}
		item, err := r.readItem(raw)
		if err != nil {
			return atIndex(i, err)
		}
		r.out.Output = append(r.out.Output, item)
	}
	return it.Err()
}

// objectToken returns the next object as it stands; nil for null.
func objectToken(d *scanner) ([]byte, error) {
	switch t := d.Next(); t {
	case jx.Object:
		return d.Raw()
	case jx.Null:
		return nil, d.Null()
	default:
		return nil, wrongKind(d, "an object", t)
	}
}

// itemView holds the tokens of an item, since what they mean depends on its
// type, which may stand behind them.
type itemView struct {
	typ, id, status, content, summary, callID, name, args, encrypted []byte
}

func (v *itemView) read(d *scanner) error {
	it, err := d.ObjIter()
	if err != nil {
		return err
	}
	for it.Next() {
		switch string(it.Key()) {
		case "type":
			v.typ, err = scalarToken(d)
		case "id":
			v.id, err = scalarToken(d)
		case "status":
			v.status, err = scalarToken(d)
		case "content":
			v.content, err = anyValue(d)
		case "summary":
			v.summary, err = anyValue(d)
		case "call_id":
			v.callID, err = scalarToken(d)
		case "name":
			v.name, err = anyValue(d)
		case "arguments":
			v.args, err = anyValue(d)
		case "encrypted_content":
			v.encrypted, err = anyValue(d)
		default:
			err = d.Skip()
		}
		if err != nil {
			return err
		}
	}
	return it.Err()
}

// readItem reads an item that the scanner has already stepped over once.
func (r *responseReader) readItem(raw []byte) (item OutputItem, err error) {
	var v itemView
	r.item.ResetBytes(raw)
	if err := v.read(&r.item); err != nil {
		return item, err
	}
	item = OutputItem{Type: responsesWord(v.typ), ID: text(v.id), Status: responsesWord(v.status), Raw: appendValid(nil, raw)}
	switch item.Type {
	case itemMessage:
		item.Content, err = r.readParts(v.content)
		err = at("content", err)
	case itemReasoning:
		item.Encrypted = len(v.encrypted) > 2 && v.encrypted[0] == '"'
		if item.Content, err = r.readParts(v.content); err != nil {
			return item, at("content", err)
		}
		item.Summary, err = r.readSummary(v.summary)
		err = at("summary", err)
	case itemCall:
		item.CallID = text(v.callID)
		if len(v.name) > 0 && v.name[0] != '"' {
			return item, at("name", errNoString)
		}
		item.Name = text(v.name)
		if len(v.args) > 0 && v.args[0] != '"' && v.args[0] != '{' {
			return item, at("arguments", errNoString)
		}
		item.Arguments = string(appendArguments(nil, v.args))
	}
	return item, err
}

const (
	errNoString = valueError("want a string")
	errNoArray  = valueError("want an array")
)

// readSummary reads the parts of a summary.
func (r *responseReader) readSummary(raw []byte) ([]string, error) {
	parts, err := r.readParts(raw)
	if err != nil || len(parts) == 0 {
		return nil, err
	}
	texts := make([]string, len(parts))
	for i := range parts {
		texts[i] = parts[i].Text
	}
	return texts, nil
}

// responsesWord is text for the few words of this API that come in every
// answer, without an allocation for those it knows.
func responsesWord(token []byte) string {
	for _, w := range [...]string{statusCompleted, "in_progress", itemMessage, itemCall, itemReasoning, partText, statusIncomplete, partRefusal, "summary_text"} {
		if len(token) == len(w)+2 && string(token[1:len(token)-1]) == w {
			return w
		}
	}
	return text(token)
}
