package azureadv1

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

func unsigned(payload string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none"}`)) + "." + base64.RawURLEncoding.EncodeToString([]byte(payload)) + ".c2ln"
}

func TestClaimsAreReadWithoutVerification(t *testing.T) {
	expires := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	rows := map[string]struct {
		token string
		want  tokenClaims
		ok    bool
	}{
		"the usual token":             {unsigned(`{"aud":"a","tid":"t","oid":"o","exp":1777636800}`), tokenClaims{"a", "t", "o", expires}, true},
		"several audiences":           {unsigned(`{"aud":["a","b",3],"exp":1777636800.9}`), tokenClaims{Audience: "a, b", Expires: expires}, true},
		"no claims at all":            {unsigned(`{}`), tokenClaims{}, true},
		"an expiry beyond any":        {unsigned(`{"exp":1e300}`), tokenClaims{}, true},
		"a negative expiry":           {unsigned(`{"exp":-5}`), tokenClaims{}, true},
		"a line break in a claim":     {unsigned(`{"tid":"t\nX: 1"}`), tokenClaims{Tenant: "t X: 1"}, true},
		"padded base64":               {"e30=." + base64.URLEncoding.EncodeToString([]byte(`{"tid":"tt"}`)) + ".x", tokenClaims{Tenant: "tt"}, true},
		"an opaque token":             {"opaque", tokenClaims{}, false},
		"two parts":                   {"a.b", tokenClaims{}, false},
		"parts that are no base64":    {"a.!!.c", tokenClaims{}, false},
		"a payload that is no object": {unsigned(`[1]`), tokenClaims{}, false},
		"nothing":                     {"", tokenClaims{}, false},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			if got, ok := readClaims(row.token); got != row.want || ok != row.ok {
				t.Errorf("%+v, %v; want %+v, %v", got, ok, row.want, row.ok)
			}
		})
	}
}

func FuzzReadClaims(f *testing.F) {
	for _, payload := range []string{`{"aud":"a","tid":"t","oid":"o","exp":1}`, `{"aud":["a"]}`, `{"aud":{"a":1}}`, `{"exp":"1"}`, `{"exp":1e400}`, `null`, `[]`, ``} {
		f.Add(unsigned(payload))
	}
	f.Add("a.b.c")
	f.Add("a.\r\r\r\r\r\reyJb2HAiOjFlNDAwfQ.c2ln")
	f.Add("eyJ..")
	f.Fuzz(func(t *testing.T, token string) {
		c, ok := readClaims(token)
		if !ok && c != (tokenClaims{}) {
			t.Errorf("claims %+v of what is no token", c)
		}
		for _, claim := range []string{c.Audience, c.Tenant, c.Object} {
			if len(claim) > 300 || strings.ContainsAny(claim, "\r\n\x00") || !utf8.ValidString(claim) {
				t.Errorf("claim %q", claim)
			}
		}
		if year := c.Expires.Year(); year > 50_000 || !c.Expires.IsZero() && c.Expires.Unix() <= 0 {
			t.Errorf("expires in the year %d", year)
		}
		if ok {
			compareClaims(t, token, c)
		}
	})
}

// compareClaims reads a token's payload the slow way.
func compareClaims(t *testing.T, token string, got tokenClaims) {
	t.Helper()
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		t.Fatalf("%d parts were read", len(parts))
	}
	encoded := strings.NewReplacer("\r", "", "\n", "").Replace(strings.TrimRight(parts[1], "=")) // encoding/base64 reads over them
	payload, err := base64.URLEncoding.DecodeString(encoded + strings.Repeat("=", (4-len(encoded)%4)%4))
	if err != nil {
		t.Fatalf("read what is no base64: %v", err)
	}
	var all map[string]any
	if err := json.Unmarshal(payload, &all); err != nil {
		if json.Valid(payload) {
			return // a number beyond float64
		}
		t.Fatalf("read what is no object: %v", err)
	}
	for name := range all {
		if name != strings.ToLower(name) || bytes.Count(payload, []byte(`"`+name+`"`)) != 1 {
			return // encoding/json takes any case, and the last of several
		}
	}
	tenant, _ := all["tid"].(string)
	object, _ := all["oid"].(string)
	if want := (tokenClaims{Audience: audience(all["aud"]), Tenant: printable(tenant), Object: printable(object), Expires: got.Expires}); got != want {
		t.Errorf("read %+v, want %+v", got, want)
	}
	if expires, _ := all["exp"].(float64); !got.Expires.IsZero() && got.Expires.Unix() != int64(expires) {
		t.Errorf("expires at %s, want %v", got.Expires, expires)
	}
}

func FuzzChallenge(f *testing.F) {
	good := base64.StdEncoding.EncodeToString([]byte(`{"access_token":{"nbf":{"essential":true,"value":"1"}}}`))
	for _, header := range []string{
		`Bearer error="insufficient_claims", claims="` + good + `"`, `Bearer claims="` + good + `",error="insufficient_claims"`,
		`Bearer error="insufficient_claims", claims="bnVsbA=="`, `Bearer error="insufficient_claims"`, `Bearer a="\"", claims="` + good, "Bearer error=\"insufficient_claims\", claims=\"e3\n0=\"", `Basic`, ``, `,,,="`,
	} {
		f.Add(header)
	}
	f.Fuzz(func(t *testing.T, header string) {
		claims := claimsChallenge(http.Header{"Www-Authenticate": {header}})
		if claims == "" {
			return
		}
		var object map[string]any
		if err := json.Unmarshal([]byte(claims), &object); err != nil || object == nil {
			t.Errorf("claims %q are no JSON object: %v", claims, err)
		}
		if !strings.Contains(header, "insufficient_claims") || len(claims) > maxClaims {
			t.Errorf("claims %q of %q", claims, header)
		}
		standard := strings.NewReplacer("-", "+", "_", "/", "\r", "", "\n", "").Replace(header) // encoding/base64 reads over line breaks
		if encoded := base64.RawStdEncoding.EncodeToString([]byte(claims)); !strings.Contains(standard, encoded[:len(encoded)-1]) {
			t.Errorf("claims %q were made up: they are not in %q", claims, header)
		}
	})
}
