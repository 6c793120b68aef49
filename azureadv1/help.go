package azureadv1

// helpPage says more about each hint, under an anchor of its own.
const helpPage = "https://github.com/seed-a739af98/langchaingo-azure/blob/main/docs/errors.md#"

// advice is what to do about a failure: one sentence, and the heading of the help page that says more.
type advice struct{ hint, anchor string }

// advise puts the advice into the error; the zero value says nothing.
func (e *Error) advise(a advice) {
	e.Hint, e.HelpURL = a.hint, ""
	if a.hint != "" && a.anchor != "" {
		e.HelpURL = helpPage + a.anchor
	}
}
