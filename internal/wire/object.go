package wire

// IsObject reports whether text is one JSON object, with nothing but blanks around it, as encoding/json has it.
func IsObject(text string) bool {
	b := []byte(text) // no copy: it is only looked at
	i := skipSpace(b, 0)
	return i < len(b) && b[i] == '{' && wellFormed(b[i:])
}

// wellFormed reports whether b is one JSON value, with nothing but blanks around it, as encoding/json has it.
func wellFormed(b []byte) bool {
	end, err := skipValue(b, 0, 0)
	return err == nil && skipSpace(b, end) == len(b)
}
