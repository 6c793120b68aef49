package wire

import (
	"github.com/go-faster/jx"
)

// appendArguments appends the text of an arguments token.
func appendArguments(dst, token []byte) []byte {
	if len(token) == 0 || token[0] == '"' {
		return appendString(dst, token)
	}
	return appendValid(dst, token)
}

// appendContent appends the text of a content token; of an array its text
// parts, one after the other.
func appendContent(dst, token []byte) []byte {
	if len(token) == 0 || token[0] == '"' {
		return appendString(dst, token)
	}
	d := scan(token)
	it, err := d.ArrIter()
	if err != nil {
		return dst
	}
	for it.Next() {
		part, err := d.Raw()
		if err != nil {
			return dst
		}
		dst = appendPart(dst, part)
	}
	return dst
}

// appendPart appends the text of one part, if it is a text part.
func appendPart(dst, raw []byte) []byte {
	d := scan(raw)
	if d.Next() != jx.Object {
		return dst
	}
	it, err := d.ObjIter()
	if err != nil {
		return dst
	}
	var kind, value []byte
	for it.Next() {
		switch string(it.Key()) {
		case "type":
			kind, err = scalarToken(d)
		case "text":
			value, err = scalarToken(d)
		default:
			err = d.Skip()
		}
		if err != nil {
			return dst
		}
	}
	if k := text(kind); k != "" && k != "text" && k != "output_text" {
		return dst
	}
	if len(value) == 0 || value[0] != '"' {
		return dst
	}
	return appendString(dst, value)
}
