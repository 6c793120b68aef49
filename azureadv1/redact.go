package azureadv1

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
)

// redacted stands where a secret was. Validate refuses it as a credential, so that a printed configuration that is
// read back fails at once and not with a 401.
const redacted = "REDACTED"

func redactString(s string) string {
	if s == "" {
		return ""
	}
	return redacted
}

// redactURL prints a URL without what may be secret in it: userinfo, and every query value but api-version's.
func redactURL(u *url.URL) string {
	if u == nil {
		return ""
	}
	c := *u
	c.User = nil
	c.RawQuery = redactQuery(u.Query())
	return c.String()
}

func redactQuery(q url.Values) string {
	shown := make(url.Values, len(q))
	for k, vs := range q {
		if strings.EqualFold(k, "api-version") {
			shown[k] = vs
		} else {
			shown[k] = []string{redacted}
		}
	}
	return shown.Encode()
}

// jwt matches what looks like an Entra token: three base64url parts, of which the first two are JSON objects.
var jwt = regexp.MustCompile(`eyJ[A-Za-z0-9_-]{5,}\.eyJ[A-Za-z0-9_-]{5,}(\.[A-Za-z0-9_-]*)?`)

// scrub takes out of a text the secrets that a request carried (a gateway may echo its headers) and anything that
// looks like a token.
func scrub(text string, sent http.Header, extra http.Header) string {
	for _, name := range []string{"Authorization", "Api-Key"} {
		text = scrubValue(text, strings.TrimPrefix(sent.Get(name), "Bearer "))
	}
	for _, values := range extra {
		for _, v := range values {
			text = scrubValue(text, v)
		}
	}
	return jwt.ReplaceAllString(text, redacted)
}

// scrubValue leaves very short values alone: they would take letters out of ordinary words.
func scrubValue(text, secret string) string {
	if len(secret) < 4 {
		return text
	}
	return strings.ReplaceAll(text, secret, redacted)
}
