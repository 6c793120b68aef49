package wire

// Model reads the top-level "model" of a request body; "" when it has none.
// The last one counts where a body has several, as for the service.
func Model(body []byte) (string, error) {
	d := scan(body)
	it, err := d.ObjIter()
	if err != nil {
		return "", err
	}
	model := ""
	for it.Next() {
		if string(it.Key()) != "model" {
			if err := d.Skip(); err != nil {
				return "", err
			}
			continue
		}
		if model, err = scalarText(d); err != nil {
			return "", err
		}
	}
	if err := it.Err(); err != nil {
		return "", err
	}
	return model, finish(d)
}
