package langchaingo

import "maps"

// The fields of the Responses API whose members come from several options, and from ExtraBody too.
const (
	fieldText      = "text"
	fieldReasoning = "reasoning"
)

// Extra implements vocabulary. An object that options add members to waits for end: neither side can say it whole.
func (d *responsesDialect) Extra(field string, value any) {
	members, ok := value.(map[string]any)
	if !ok || members == nil || field != fieldText && field != fieldReasoning {
		d.ResponsesWriter.Extra(field, value)
		return
	}
	if d.shared == nil {
		d.shared = map[string]map[string]any{}
	}
	d.shared[field] = maps.Clone(members) // the caller's stays as it is
}

func (d *responsesDialect) given(p *parameter) bool {
	field := p.field
	if field == "" {
		field = p.name
	}
	members, shared := d.shared[field]
	if !shared {
		return d.r.own.has(field)
	}
	_, given := members[p.member]
	return given
}

func (d *responsesDialect) put(p *parameter, r *request) {
	text, shared := d.shared[fieldText]
	switch {
	case p.write != nil:
		p.write(r, d)
	case shared && p.field == fieldText:
		text[p.member] = r.format()
	default:
		p.responses(r, &d.ResponsesWriter)
	}
}

// format is the answer's form as a value.
func (r *request) format() map[string]any {
	if r.schema == nil {
		return map[string]any{"type": "json_object"}
	}
	return map[string]any{"type": "json_schema", "name": r.schema.name, "schema": r.schema.schema, "strict": r.schema.strict}
}

func (d *responsesDialect) end(r *request) {
	if text, shared := d.shared[fieldText]; shared {
		d.ResponsesWriter.Extra(fieldText, text)
	}
	if reasoning, shared := d.shared[fieldReasoning]; shared {
		for member, word := range map[string]string{"effort": r.effort, "summary": r.summary} {
			if word != "" {
				reasoning[member] = word
			}
		}
		d.ResponsesWriter.Extra(fieldReasoning, reasoning)
	} else {
		d.Reasoning(r.effort, r.summary)
	}
	if r.stream {
		d.Stream()
	}
}
