package provider_test

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"html"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/seed-a739af98/langchaingo-azure/azureadv1"
	"github.com/seed-a739af98/langchaingo-azure/azureadv1/azuretest"
)

// leaks maps every piece of text that tells a secret to the form it has there: each mark as it is, in hexadecimal digits,
// and in base64, where it may begin at three places and only the letters in between are certain. A mark has no character
// that a URL, JSON or HTML would escape.
var leaks = sync.OnceValue(func() map[string]string {
	// tokenMark alone is three letters of base64 in some of its forms, which are in every other word.
	const header = `eyJ0eXAi` // of every token of the stand-in: {"typ"
	all := map[string]string{tokenMark: "plain"}
	for _, mark := range []string{secretMark, header, azuretest.DefaultClientSecret} {
		all[mark] = "plain"
		digits := hex.EncodeToString([]byte(mark))
		all[digits], all[strings.ToUpper(digits)] = "in hexadecimal digits", "in hexadecimal digits"
		for before := range 3 {
			text := base64.RawStdEncoding.EncodeToString(append(make([]byte, before), mark...))
			certain := text[(8*before+5)/6 : 8*(before+len(mark))/6]
			all[certain], all[strings.NewReplacer("+", "-", "/", "_").Replace(certain)] = "in base64", "in base64"
		}
	}
	return all
})

func TestTheSearchForSecretsFindsEveryForm(t *testing.T) {
	s := azuretest.New(azuretest.Options{})
	defer func() { must(t, s.Close()) }()
	for _, secret := range []string{apiKey, clientSecret, prompt, s.IssueToken(azuretest.Claims{}), azuretest.DefaultClientSecret} {
		for name, spell := range spellings {
			for before := range 3 {
				text := "said: " + spell(strings.Repeat("-", before)+secret) + "."
				found := false
				for mark := range leaks() {
					found = found || strings.Contains(text, mark)
				}
				if !found {
					t.Errorf("%.20s... %s, after %d more bytes, is not found", secret, name, before)
				}
			}
		}
	}
}

func inJSON(s string) string {
	text, err := json.Marshal(s)
	if err != nil {
		return err.Error()
	}
	return string(text)
}

var escapes = regexp.MustCompile(`%[0-9A-F]{2}`)

// spellings are the ways in which a gateway may quote what it was sent.
var spellings = map[string]func(string) string{
	"plain":                        func(s string) string { return s },
	"in a query":                   url.QueryEscape,
	"in a path":                    url.PathEscape,
	"in a query, small digits":     func(s string) string { return escapes.ReplaceAllStringFunc(url.QueryEscape(s), strings.ToLower) },
	"in base64":                    func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) },
	"in base64 without padding":    func(s string) string { return base64.RawStdEncoding.EncodeToString([]byte(s)) },
	"in base64 for URLs":           func(s string) string { return base64.URLEncoding.EncodeToString([]byte(s)) },
	"in base64 for URLs, raw":      func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) },
	"in base64, in a query":        func(s string) string { return url.QueryEscape(base64.StdEncoding.EncodeToString([]byte(s))) },
	"in hexadecimal digits":        func(s string) string { return hex.EncodeToString([]byte(s)) },
	"in large hexadecimal digits":  func(s string) string { return strings.ToUpper(hex.EncodeToString([]byte(s))) },
	"in JSON":                      inJSON,
	"in HTML":                      html.EscapeString,
	"as Basic authentication":      func(s string) string { return "Basic " + base64.StdEncoding.EncodeToString([]byte("api:"+s)) },
	"as Basic, with a longer name": func(s string) string { return "Basic " + base64.StdEncoding.EncodeToString([]byte("apikey:"+s)) },
	"as Basic, between two others": func(s string) string { return "Basic " + base64.StdEncoding.EncodeToString([]byte("xy:"+s+":z")) },
}

// TestEncodedEchoesHoldNoSecret has gateways quote the credential and their own key in every spelling. These secrets are
// full of what the spellings escape.
func TestEncodedEchoesHoldNoSecret(t *testing.T) {
	const oddKey, oddHeader, oddQuery = `hush/key+<1>&"2"=%7E`, `hush sub&scription <3>`, `hush?query/+&=`
	shapes := map[string]func(string) azuretest.Reply{
		"in a refusal": func(text string) azuretest.Reply {
			body := `{"error":{"code":"Denied","message":` + inJSON("bad key "+text+" here") + `}}`
			return azuretest.Raw(403, http.Header{"Content-Type": {"application/json"}}, body)
		},
		"in a page": func(text string) azuretest.Reply {
			return azuretest.Raw(502, http.Header{"Content-Type": {"text/html"}}, "<p>you sent "+text+"</p>")
		},
	}
	for name, spell := range spellings {
		for shape, reply := range shapes {
			t.Run(name+" "+shape, func(t *testing.T) {
				s := azuretest.New(azuretest.Options{APIKey: oddKey, Host: "apim.example.com", Respond: func(r azuretest.Request) azuretest.Reply {
					q, _ := url.ParseQuery(r.Query)
					sent := []string{r.Header.Get("Api-Key"), strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "), r.Header.Get("X-Gateway"), q.Get("sig")}
					var quoted []string
					for _, secret := range sent {
						if secret != "" {
							quoted = append(quoted, spell(secret))
						}
					}
					if len(quoted) != 3 {
						t.Errorf("%d secrets arrived, want 3", len(quoted))
					}
					return reply(strings.Join(quoted, " and "))
				}})
				defer func() { must(t, s.Close()) }()
				for _, withKey := range []bool{true, false} {
					cfg := config(t, s, "v1")
					cfg.Endpoint += "?sig=" + url.QueryEscape(oddQuery)
					cfg.Header, cfg.MaxRetries = http.Header{"X-Gateway": {oddHeader}}, -1
					if withKey {
						cfg.APIKey = oddKey
					} else {
						cfg.Token = s.IssueToken(azuretest.Claims{})
					}
					for _, w := range []way{ways[0], ways[5]} {
						e := route{surfaces[1], w}.fail(t, newCaller(t, cfg))
						checkContains(t, e.Message, "REDACTED")
						checkContains(t, e.Message, map[string]string{"in a refusal": "bad key", "in a page": "you sent"}[shape])
					}
				}
			})
		}
	}
}

// TestATransportThatQuotesTheRequest is for a RoundTripper whose errors hold the header it was given.
func TestATransportThatQuotesTheRequest(t *testing.T) {
	for name, spell := range spellings {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				cfg := azureadv1.Config{Endpoint: "r.openai.azure.com", Deployment: chatDeployment, APIKey: apiKey, MaxRetries: 1, Logger: watchedLogger(t)}
				cfg.HTTPClient = &http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
					return nil, &quoting{"no route for " + spell(r.Header.Get("Api-Key"))}
				})}
				for _, w := range []way{ways[0], ways[5]} {
					e := route{surfaces[1], w}.fail(t, newCaller(t, cfg))
					checkContains(t, e.Message, "no route for", "REDACTED")
				}
			})
		})
	}
}

type quoting struct{ text string }

func (q *quoting) Error() string { return q.text }

// TestAnIdentityProviderThatEchoes has the way to Entra quote the form it was sent: secret, assertion, password.
func TestAnIdentityProviderThatEchoes(t *testing.T) {
	assertion := tokenMark + "0eXAiOiJKV1QifQ.eyJzdWIiOiJodXNoIn0.aHVzaA"
	t.Setenv("FEDERATED_TOKEN_OF_THE_TEST", assertion)
	rows := []struct {
		name     string
		identity azureadv1.Identity
		field    string
	}{
		{"a client secret", azureadv1.Identity{TenantID: azuretest.DefaultTenantID, ClientID: azuretest.DefaultClientID, ClientSecret: "hush~client/+secret"}, "client_secret"},
		{"an assertion", azureadv1.Identity{Kind: "federated", TenantID: azuretest.DefaultTenantID, ClientID: azuretest.DefaultClientID, TokenFile: "oidc/env/FEDERATED_TOKEN_OF_THE_TEST"}, "client_assertion"},
		{"a password", azureadv1.Identity{Kind: "username_password", TenantID: azuretest.DefaultTenantID, ClientID: azuretest.DefaultClientID, Username: "ann@contoso.example", Password: "hush&pass word"}, "password"},
	}
	for _, row := range rows {
		for name, spell := range spellings {
			t.Run(row.name+" "+name, func(t *testing.T) {
				echoed := 0
				s := inMemory(t, azuretest.Options{})
				cfg := config(t, s, "v1")
				cfg.Identity, cfg.MaxRetries = row.identity, -1
				cfg.HTTPClient = &http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
					if r.Method != http.MethodPost {
						return s.HTTPClient().Transport.RoundTrip(r)
					}
					if err := r.ParseForm(); err != nil || r.PostForm.Get(row.field) == "" {
						return s.HTTPClient().Transport.RoundTrip(r)
					}
					echoed++
					return theirs(r, 400, "application/json", `{"error":"invalid_client","error_description":"AADSTS7000215: bad `+spell(r.PostForm.Get(row.field))+`"}`), nil
				})}
				_, err := generate(context.Background(), newCaller(t, cfg))
				e := route{surfaces[1], ways[0]}.failure(t, err)
				if e.Code != azureadv1.CodeTokenProvider || echoed == 0 {
					t.Errorf("%v after %d echoes", e, echoed)
				}
			})
		}
	}
}

// theirs is an answer that somebody else gives to a request.
func theirs(r *http.Request, status int, contentType, body string) *http.Response {
	return &http.Response{
		Status: http.StatusText(status), StatusCode: status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: r,
		Header: http.Header{"Content-Type": {contentType}}, Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)),
	}
}
