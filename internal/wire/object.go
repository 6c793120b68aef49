package wire

// IsObject reports whether text is one JSON object, with nothing but blanks around it, as encoding/json has it.
func IsObject(text string) bool {
	b := []byte(text) // no copy: it is only looked at
	i := skipSpace(b, 0)
	if i == len(b) || b[i] != '{' {
		return false
	}
	end, err := skipValue(b, i, 0)
	return err == nil && skipSpace(b, end) == len(b)
}
