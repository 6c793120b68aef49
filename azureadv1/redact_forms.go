package azureadv1

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"html"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// minHidden is the shortest secret that is looked for in an encoding: what encodes a shorter one may be any word.
const minHidden = 6

// quotedForms are the spellings in which a page, a JSON text or a URL quotes a secret that has special characters, the
// plain one first.
func quotedForms(secret string) []string {
	forms := []string{secret, url.QueryEscape(secret), url.PathEscape(secret), html.EscapeString(secret), strings.ReplaceAll(secret, "/", `\/`)}
	for _, escaped := range forms[1:3] {
		forms = append(forms, lowerEscapes(escaped))
	}
	if text, err := json.Marshal(secret); err == nil {
		forms = append(forms, string(text[1:len(text)-1]))
	}
	return forms
}

var percent = regexp.MustCompile(`%[0-9A-F]{2}`)

func lowerEscapes(s string) string { return percent.ReplaceAllStringFunc(s, strings.ToLower) }

// encodedForms are what tells a secret inside of hexadecimal digits or base64. In base64 the secret may begin at each of
// three places ("user:secret" of Basic authentication, say), and only the letters that its own bits settle are certain.
func encodedForms(secret string) []string {
	if len(secret) < minHidden {
		return nil
	}
	digits := hex.EncodeToString([]byte(secret))
	forms := []string{digits, strings.ToUpper(digits)}
	for before := range 3 {
		text := base64.RawStdEncoding.EncodeToString(append(make([]byte, before), secret...))
		first, end := (8*before+5)/6, 8*(before+len(secret))/6
		certain := text[first:end]
		inURL := strings.NewReplacer("+", "-", "/", "_").Replace(certain)
		forms = append(forms, certain, inURL, url.QueryEscape(certain), lowerEscapes(url.QueryEscape(certain)), strings.ReplaceAll(certain, "/", `\/`))
	}
	return forms
}

// hide takes one secret out of a text, however it is spelled there. Of an encoding the whole run of letters goes: its
// edges are made of the secret, too.
func hide(text, secret string) string {
	if len(text) < len(secret) { // no form is shorter
		return text
	}
	for _, form := range distinct(quotedForms(secret)) {
		text = strings.ReplaceAll(text, form, redacted)
	}
	for _, form := range distinct(encodedForms(secret)) {
		text = hideRun(text, form)
	}
	return text
}

func distinct(forms []string) []string {
	slices.Sort(forms)
	return slices.Compact(forms)
}

func hideRun(text, form string) string {
	var b strings.Builder
	for {
		at := strings.Index(text, form)
		if at < 0 {
			break
		}
		from, to := at, at+len(form)
		for from > 0 && ofEncoding(text[from-1]) {
			from--
		}
		for to < len(text) && ofEncoding(text[to]) {
			to++
		}
		b.WriteString(text[:from] + redacted)
		text = text[to:]
	}
	return b.String() + text
}

// ofEncoding holds for the letters of base64 in both alphabets, and so for hexadecimal digits, but for the slash: it
// separates the parts of a path, too.
func ofEncoding(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || strings.IndexByte("+-_=%", c) >= 0
}
