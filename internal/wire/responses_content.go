package wire

// readParts reads an item's content or summary: an array of parts, or a string,
// which stands for one part of text.
func (r *responseReader) readParts(raw []byte) ([]ContentPart, error) {
	switch {
	case raw == nil:
		return nil, nil
	case raw[0] == '"':
		return []ContentPart{{Type: partText, Text: text(raw)}}, nil
	case raw[0] != '[':
		return nil, errNoArray
	}
	d := &r.part
	d.ResetBytes(raw)
	it, err := d.ArrIter()
	if err != nil {
		return nil, err
	}
	var parts []ContentPart
	for i := 0; it.Next(); i++ {
		if i == MaxItemParts {
			return nil, &LimitError{What: "number of parts of an output item", Limit: MaxItemParts}
		}
		p, ok, err := readPart(d)
		if err != nil {
			return nil, atIndex(i, err)
		}
		if ok {
			parts = append(parts, p)
		}
	}
	return parts, it.Err()
}

// readPart reads one part; ok is false for null. Its words stand in "text" or
// "refusal", whichever its type says.
func readPart(d *scanner) (p ContentPart, ok bool, err error) {
	it, ok, err := object(d)
	if !ok {
		return p, false, err
	}
	var words, refusal []byte
	for it.Next() {
		switch string(it.Key()) {
		case "type":
			var token []byte
			token, err = scalarToken(d)
			p.Type = responsesWord(token)
		case "text":
			words, err = anyValue(d)
		case "refusal":
			refusal, err = anyValue(d)
		case "annotations":
			p.Annotations, err = listOrNil(d)
		case "logprobs":
			p.Logprobs, err = listOrNil(d)
		default:
			err = d.Skip()
		}
		if err != nil {
			return p, false, err
		}
	}
	key := "text"
	if p.Type == partRefusal {
		key, words = "refusal", refusal
	}
	switch p.Type {
	case partText, partRefusal, partReasoning, "summary_text":
		if len(words) > 0 && words[0] != '"' {
			return p, false, at(key, errNoString)
		}
		p.Text = text(words)
	default:
		if len(words) > 0 && words[0] == '"' {
			p.Text = text(words)
		}
	}
	return p, true, it.Err()
}

// listOrNil copies an array as it stands; nil for an empty one and for whatever
// is none.
func listOrNil(d *scanner) ([]byte, error) {
	raw, err := anyValue(d)
	if err != nil || len(raw) == 0 || raw[0] != '[' || !hasElements(raw) {
		return nil, err
	}
	return appendValid(nil, raw), nil
}

// hasElements tells an array with elements from an empty one.
func hasElements(array []byte) bool {
	for _, c := range array[1:] {
		switch c {
		case ' ', '\t', '\r', '\n':
		default:
			return c != ']'
		}
	}
	return false
}
