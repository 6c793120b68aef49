package azureadv1

import (
	"cmp"
	"net/http"
	"net/url"
	"regexp"
	"slices"
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

// redactURL prints a URL without what may be secret in it: userinfo, every query value but api-version's, and the
// fragment, where a sign-in page puts tokens.
func redactURL(u *url.URL) string {
	if u == nil {
		return ""
	}
	c := *u
	c.User = nil
	c.RawQuery = redactQuery(u.Query())
	c.Fragment, c.RawFragment = redactString(c.Fragment), ""
	return c.String()
}

// withoutQuery is net/http's error of a request that failed, which quotes the URL, with the values of the query taken
// out of it.
func withoutQuery(err error) error {
	failed, ok := err.(*url.Error) //nolint:errorlint // the one made for this very request, not one somewhere in a chain
	if !ok {
		return err
	}
	u, parseErr := url.Parse(failed.URL)
	if parseErr != nil {
		u = &url.URL{}
	}
	return &url.Error{Op: failed.Op, URL: redactURL(u), Err: failed.Err}
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

// configuredSecrets lists what every request of a client carries besides its credential: the values of the configured
// headers and of the endpoint's query, each of these as it is sent and as it is meant.
func configuredSecrets(header http.Header, query string) []string {
	var secrets []string
	for _, values := range header {
		secrets = append(secrets, values...)
	}
	for part := range strings.SplitSeq(query, "&") {
		name, value, _ := strings.Cut(part, "=")
		if strings.EqualFold(name, "api-version") {
			continue
		}
		secrets = append(secrets, value)
		if meant, err := url.QueryUnescape(value); err == nil && meant != value {
			secrets = append(secrets, meant)
		}
	}
	return secrets
}

// secretsOf lists what a request carried that must not come back in a text: the credential and what was configured.
// The longest comes first, so that one which begins like another is not left half.
func secretsOf(sent http.Header, configured []string) []string {
	secrets := slices.Clone(configured)
	for _, name := range []string{"Authorization", "Api-Key"} {
		secrets = append(secrets, strings.TrimPrefix(sent.Get(name), "Bearer "))
	}
	// Very short values would take letters out of ordinary words.
	secrets = slices.DeleteFunc(secrets, func(s string) bool { return len(s) < 4 })
	slices.SortFunc(secrets, func(a, b string) int { return cmp.Compare(len(b), len(a)) })
	return secrets
}

// secrets lists what an answer to this request, or an error of its transport, may quote. req may be nil.
func (x *exchange) secrets(req *http.Request) []string {
	known := []string{x.rejected}
	if x.client != nil {
		known = append(known, x.client.configured...)
	}
	if req == nil {
		return secretsOf(nil, known)
	}
	return secretsOf(req.Header, known)
}

// scrub takes out of a text the secrets that a request carried (a gateway may echo its headers), plain or encoded, and
// anything that looks like a token.
func scrub(text string, secrets []string) string {
	if text == "" {
		return ""
	}
	for _, s := range secrets {
		text = hide(text, s)
	}
	return scrubTokens(text)
}

// withoutSecrets is a transport's error that quotes none of a request's secrets. One that did can no longer be opened,
// but for errors.Is.
func (x *exchange) withoutSecrets(req *http.Request, err error) error {
	err = withoutQuery(err)
	text := err.Error()
	if shown := scrub(text, x.secrets(req)); shown != text {
		return &scrubbed{text: shown, cause: err}
	}
	return err
}

func scrubTokens(text string) string { return jwt.ReplaceAllString(text, redacted) }

// looksLikeSecret tells a key or a token that was pasted where a name, a URL or a version belongs.
func looksLikeSecret(s string) bool {
	s = strings.TrimSpace(s)
	return looksLikeKey.MatchString(s) || looksLikeToken(s) || hasBearer(s)
}

// shownValue is what an error may quote of a value that is no secret by its field, but may be one by mistake.
func shownValue(s string) string {
	if looksLikeSecret(s) {
		return redacted
	}
	return scrubTokens(s)
}

// shownName is shownValue for kinds and ids, which hold none of the signs that client secrets and passwords have.
func shownName(s string) string {
	if notAnID(s) {
		return redacted
	}
	return shownValue(s)
}
