package azureadv1

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"regexp"
	"strings"
	"time"
)

// challengeParameter matches one name="value" of a WWW-Authenticate header (RFC 9110, 11.2), with escaped quotes inside.
var challengeParameter = regexp.MustCompile(`([A-Za-z0-9_-]+)\s*=\s*"((?:[^"\\]|\\.)*)"`)

// maxClaims bounds what a challenge may make us send to the identity provider; real ones are some 100 bytes.
const maxClaims = 16 << 10

// claimsChallenge returns the claims, as JSON, of a continuous access evaluation challenge, or "" when the answer has
// none that can be read. Format: https://learn.microsoft.com/entra/identity-platform/claims-challenge.
func claimsChallenge(h http.Header) string {
	for _, challenge := range h.Values("WWW-Authenticate") {
		parameters := map[string]string{}
		for _, m := range challengeParameter.FindAllStringSubmatch(challenge, -1) {
			parameters[strings.ToLower(m[1])] = m[2]
		}
		if parameters["error"] != "insufficient_claims" || len(parameters["claims"]) > maxClaims {
			continue
		}
		if claims := decodeClaims(parameters["claims"]); claims != "" {
			return claims
		}
	}
	return ""
}

// decodeClaims takes both alphabets of base64, with padding or without.
func decodeClaims(encoded string) string {
	encoded = strings.NewReplacer("-", "+", "_", "/").Replace(strings.TrimRight(encoded, "="))
	text, err := base64.RawStdEncoding.DecodeString(encoded)
	var object map[string]json.RawMessage
	if err != nil || json.Unmarshal(text, &object) != nil || object == nil {
		return ""
	}
	return string(text)
}

// tokenClaims is what a token says of itself, unverified: good for explaining a refusal and for nothing else.
type tokenClaims struct {
	Audience string
	Tenant   string
	Object   string
	Expires  time.Time
}

// readClaims reads a token's payload; ok is false for one that is no JWT.
func readClaims(token string) (c tokenClaims, ok bool) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 || len(parts[1]) > maxErrorBody {
		return tokenClaims{}, false
	}
	payload, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(parts[1], "="))
	if err != nil {
		return tokenClaims{}, false
	}
	var raw struct {
		Audience any     `json:"aud"`
		Tenant   string  `json:"tid"`
		Object   string  `json:"oid"`
		Expires  float64 `json:"exp"`
	}
	if json.Unmarshal(payload, &raw) != nil {
		return tokenClaims{}, false
	}
	c = tokenClaims{Audience: audience(raw.Audience), Tenant: printable(raw.Tenant), Object: printable(raw.Object)}
	if raw.Expires > 0 && raw.Expires < 1<<40 {
		c.Expires = time.Unix(int64(raw.Expires), 0).UTC()
	}
	return c, true
}

// audience takes the string and the list that RFC 7519, 4.1.3 allows.
func audience(v any) string {
	switch v := v.(type) {
	case string:
		return printable(v)
	case []any:
		var all []string
		for _, one := range v {
			if s, ok := one.(string); ok {
				all = append(all, printable(s))
			}
		}
		return clip(strings.Join(all, ", "), maxWord)
	default:
		return ""
	}
}

// printable keeps a claim from bringing line breaks, or a novel, into an error's text.
func printable(s string) string { return clip(oneLine(s), maxWord) }
