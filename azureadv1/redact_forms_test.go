package azureadv1

import (
	"encoding/base64"
	"encoding/hex"
	"net/url"
	"strings"
	"testing"
)

// FuzzScrub hides one secret of visible ASCII in any text, as all spellings have it: none is left, and what stands
// around it stays.
func FuzzScrub(f *testing.F) {
	f.Add("key-1234", "bad key ", " here")
	f.Add("a/b+c=%7e&<>\"", "aGVsbG8", "Cg==")
	f.Add("012345", "0123", "45")
	f.Add("......", "x", "y")
	f.Fuzz(func(t *testing.T, secret, before, after string) {
		if len(secret) < minHidden || len(secret) > 200 || !isHeaderSafe(secret) || strings.ContainsAny(secret, "REDACT") {
			t.Skip("no secret, or one that the word REDACTED may spell")
		}
		for name, spelled := range map[string]string{
			"plain": secret, "in a query": url.QueryEscape(secret), "in a path": url.PathEscape(secret), "in hexadecimal digits": hex.EncodeToString([]byte(secret)),
			"in base64": base64.StdEncoding.EncodeToString([]byte(secret)), "in base64 for URLs": base64.RawURLEncoding.EncodeToString([]byte(secret)),
			"as Basic": base64.StdEncoding.EncodeToString([]byte("x:" + secret)), "as Basic of three": base64.StdEncoding.EncodeToString([]byte("y:" + secret + ":z")),
		} {
			got := scrub(before+" "+spelled+" "+after, []string{secret})
			if strings.Contains(got, spelled) && spelled != redacted {
				t.Errorf("%s: %q is left in %q", name, spelled, got)
			}
			if !strings.Contains(got, redacted) {
				t.Errorf("%s: nothing was taken out of %q", name, got)
			}
			for _, form := range encodedForms(secret) {
				if strings.Contains(got, form) {
					t.Errorf("%s: %q is left in %q", name, form, got)
				}
			}
		}
		innocent := strings.Map(func(r rune) rune {
			if r == ' ' || r == '.' {
				return r
			}
			return -1
		}, before)
		if got := scrub(innocent, []string{secret}); got != innocent && !strings.Contains(innocent, secret) {
			t.Errorf("%q became %q", innocent, got)
		}
	})
}
