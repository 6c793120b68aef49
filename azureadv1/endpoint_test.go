package azureadv1

import (
	"net/url"
	"strings"
	"testing"
)

func TestEndpointSpellingsGiveOneURL(t *testing.T) {
	const (
		v1      = "https://r.openai.azure.com/openai/v1/chat/completions"
		classic = "https://r.openai.azure.com/openai/deployments/d/chat/completions?api-version=2024-10-21"
	)
	rows := []struct {
		name       string
		endpoint   string
		version    string
		deployment string // "d" unless said
		want       string
	}{
		{name: "a label as long as DNS allows", endpoint: strings.Repeat("a", 63) + ".openai.azure.com", want: "https://" + strings.Repeat("a", 63) + ".openai.azure.com/openai/v1/chat/completions"},
		{name: "bare host", endpoint: "r.openai.azure.com", want: v1},
		{name: "root", endpoint: "https://r.openai.azure.com", want: v1},
		{name: "one slash", endpoint: "https://r.openai.azure.com/", want: v1},
		{name: "many slashes", endpoint: "https://r.openai.azure.com///", want: v1},
		{name: "surrounding space and a line break", endpoint: " https://r.openai.azure.com/\n", want: v1},
		{name: "upper-case host and scheme", endpoint: "HTTPS://R.OpenAI.Azure.COM", want: v1},
		{name: "/openai", endpoint: "https://r.openai.azure.com/openai", want: v1},
		{name: "/openai/", endpoint: "https://r.openai.azure.com/openai/", want: v1},
		{name: "/openai/v1", endpoint: "https://r.openai.azure.com/openai/v1", want: v1},
		{name: "/openai/v1/", endpoint: "https://r.openai.azure.com/openai/v1/", want: v1},
		{name: "the whole v1 URL", endpoint: "https://r.openai.azure.com/openai/v1/chat/completions", want: v1},
		{name: "explicit port 443", endpoint: "https://r.openai.azure.com:443", want: "https://r.openai.azure.com:443/openai/v1/chat/completions"},
		{name: "a stale api-version on v1's path", endpoint: "https://r.openai.azure.com/openai/v1/?api-version=2024-10-21", want: v1},
		{name: "a stale api-version with APIVersion v1", endpoint: "https://r.openai.azure.com/?api-version=2024-10-21", version: "v1", want: v1},
		{name: "api-version=preview in the query", endpoint: "https://r.openai.azure.com/openai/v1/?api-version=preview", want: v1},
		{name: "v1 in capitals with space", endpoint: "https://r.openai.azure.com", version: " V1 ", want: v1},
		{name: "latest", endpoint: "https://r.openai.azure.com", version: "latest", want: v1},
		{name: "preview", endpoint: "https://r.openai.azure.com", version: "preview", want: v1},

		{name: "classic root", endpoint: "https://r.openai.azure.com", version: "2024-10-21", want: classic},
		{name: "classic /openai/", endpoint: "https://r.openai.azure.com/openai/", version: "2024-10-21", want: classic},
		{name: "classic version in capitals", endpoint: "r.openai.azure.com", version: " 2024-10-21-PREVIEW", want: strings.Replace(classic, "21", "21-preview", 1)},
		{name: "the portal's target URI", endpoint: "https://r.openai.azure.com/openai/deployments/d/chat/completions?api-version=2024-10-21", deployment: "-", want: classic},
		{name: "a deployment's path with the version beside it", endpoint: "https://r.openai.azure.com/openai/deployments/d", version: "2024-10-21", deployment: "-", want: classic},
		{name: "/openai/deployments alone", endpoint: "https://r.openai.azure.com/openai/deployments/", version: "2024-10-21", want: classic},
		{name: "classic Responses URL", endpoint: "https://r.openai.azure.com/openai/responses?api-version=2024-10-21", want: classic},
		{name: "a date in the query of the root", endpoint: "https://r.openai.azure.com?api-version=2024-10-21", want: classic},
		{name: "API-Version in capitals", endpoint: "https://r.openai.azure.com?API-Version=2024-10-21", want: classic},

		{name: "cognitiveservices host", endpoint: "https://r.cognitiveservices.azure.com/", want: "https://r.cognitiveservices.azure.com/openai/v1/chat/completions"},
		{name: "services.ai host", endpoint: "https://r.services.ai.azure.com", want: "https://r.services.ai.azure.com/openai/v1/chat/completions"},
		{name: "project", endpoint: "https://r.services.ai.azure.com/api/projects/p", want: "https://r.services.ai.azure.com/api/projects/p/openai/v1/chat/completions"},
		{name: "project's own URL", endpoint: "https://r.services.ai.azure.com/api/projects/p/openai/v1/responses", want: "https://r.services.ai.azure.com/api/projects/p/openai/v1/chat/completions"},
		{name: "gateway prefix", endpoint: "https://apim.example.com/team-a", want: "https://apim.example.com/team-a/openai/v1/chat/completions"},
		{name: "gateway prefix, whole URL", endpoint: "https://apim.example.com/team-a/openai/v1/chat/completions", want: "https://apim.example.com/team-a/openai/v1/chat/completions"},
		{name: "gateway whose prefix has the word", endpoint: "https://apim.example.com/openai/team-a/openai/v1", want: "https://apim.example.com/openai/team-a/openai/v1/chat/completions"},
		{name: "gateway prefix that only has the word", endpoint: "https://apim.example.com/openai/team-a", want: "https://apim.example.com/openai/team-a/openai/v1/chat/completions"},
		{name: "gateway's query stays", endpoint: "https://apim.example.com/openai?tier=gold", want: "https://apim.example.com/openai/v1/chat/completions?tier=REDACTED"},
		{name: "gateway's query beside a date", endpoint: "https://apim.example.com/openai?tier=gold&api-version=2024-10-21", want: "https://apim.example.com/openai/deployments/d/chat/completions?api-version=2024-10-21&tier=REDACTED"},
		{name: "loopback over http", endpoint: "http://127.0.0.1:8080", want: "http://127.0.0.1:8080/openai/v1/chat/completions"},
		{name: "IPv6 loopback", endpoint: "http://[::1]:8080/", want: "http://[::1]:8080/openai/v1/chat/completions"},
		{name: "localhost without a scheme", endpoint: "localhost:8443", want: "https://localhost:8443/openai/v1/chat/completions"},

		{name: "a dot in the deployment", endpoint: "r.openai.azure.com", version: "2024-10-21", deployment: "gpt-4.1", want: "https://r.openai.azure.com/openai/deployments/gpt-4.1/chat/completions?api-version=2024-10-21"},
		{name: "a slash in the deployment", endpoint: "r.openai.azure.com", version: "2024-10-21", deployment: "my-model/v1", want: "https://r.openai.azure.com/openai/deployments/my-model%2Fv1/chat/completions?api-version=2024-10-21"},
		{name: "?, # and a space in the deployment", endpoint: "r.openai.azure.com", version: "2024-10-21", deployment: "a?b#c d", want: "https://r.openai.azure.com/openai/deployments/a%3Fb%23c%20d/chat/completions?api-version=2024-10-21"},
		{name: "an escaped deployment in the endpoint", endpoint: "https://r.openai.azure.com/openai/deployments/my%2Fmodel?api-version=2024-10-21", deployment: "-", want: "https://r.openai.azure.com/openai/deployments/my%2Fmodel/chat/completions?api-version=2024-10-21"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			cfg := Config{Endpoint: row.endpoint, APIVersion: row.version, Deployment: row.deployment, APIKey: "k"}
			switch row.deployment {
			case "":
				cfg.Deployment = "d"
			case "-":
				cfg.Deployment = ""
			}
			c, err := NewClient(cfg)
			if err != nil {
				t.Fatal(err)
			}
			if got := c.URL(OpChat); got != row.want {
				t.Errorf("\n got %s\nwant %s", got, row.want)
			}
		})
	}
}

func TestEndpointErrorsSayWhatToDo(t *testing.T) {
	rows := []struct {
		name  string
		cfg   Config
		wants []string
	}{
		{"empty", Config{}, []string{"Endpoint is empty", "https://my-resource.openai.azure.com"}},
		{"blank", Config{Endpoint: "  "}, []string{"Endpoint is empty"}},
		{"OpenAI's own API", Config{Endpoint: "https://api.openai.com/v1"}, []string{"api.openai.com", "not Azure"}},
		{"OpenAI's regional host", Config{Endpoint: "https://eu.api.openai.com/v1"}, []string{"not Azure"}},
		{"a portal's page", Config{Endpoint: "https://ai.azure.com/resource/overview?tid=1"}, []string{"portal"}},
		{"http off loopback", Config{Endpoint: "http://r.openai.azure.com"}, []string{"https only", "write https://r.openai.azure.com"}},
		{"ftp", Config{Endpoint: "ftp://r.openai.azure.com"}, []string{`scheme "ftp"`}},
		{"a user name in the URL", Config{Endpoint: "https://user:hunter2@r.openai.azure.com"}, []string{"user name or password"}},
		{"a fragment", Config{Endpoint: "https://r.openai.azure.com/#/overview"}, []string{"fragment"}},
		{"a control character", Config{Endpoint: "https://r.openai\x00.azure.com"}, []string{"control character"}},
		{"a space in the host", Config{Endpoint: "https://my resource.openai.azure.com"}, []string{"not a URL"}},
		{"a look-alike host", Config{Endpoint: "https://r.оpenai.azure.com"}, []string{"beyond ASCII", "xn--"}},
		{"a label longer than DNS has", Config{Endpoint: "https://" + strings.Repeat("a", 64) + ".openai.azure.com"}, []string{"64 characters", "63"}},
		{"a URL as the deployment", Config{Endpoint: "r.openai.azure.com", Deployment: "https://r.openai.azure.com/openai/deployments/x"}, []string{"Deployment", "URL", "Endpoint"}},
		{"only a path", Config{Endpoint: "https:///openai/v1"}, []string{"names no host"}},
		{"a path Azure does not serve", Config{Endpoint: "https://r.openai.azure.com/v1"}, []string{"serves no path /v1", "https://r.openai.azure.com/openai/v1"}},
		{"dots in the path", Config{Endpoint: "https://apim.example.com/a/../b"}, []string{`"/a/../b"`, "segment of dots"}},
		{"a date with a v1 URL", Config{Endpoint: "https://r.openai.azure.com/openai/v1", APIVersion: "2024-10-21"}, []string{`"2024-10-21"`, "https://r.openai.azure.com/openai/v1", "drop the date"}},
		{"v1 with a deployment's URL", Config{Endpoint: "https://r.openai.azure.com/openai/deployments/x", APIVersion: "v1"}, []string{`"v1"`, "https://r.openai.azure.com/openai/deployments/x", "give https://r.openai.azure.com alone"}},
		{"a deployment's URL without a version", Config{Endpoint: "https://r.openai.azure.com/openai/deployments/x"}, []string{"needs a date", "APIVersion"}},
		{"two dates", Config{Endpoint: "https://r.openai.azure.com?api-version=2024-06-01", APIVersion: "2024-10-21"}, []string{"2024-06-01", "2024-10-21", "drop one"}},
		{"two deployments", Config{Endpoint: "https://r.openai.azure.com/openai/deployments/x?api-version=2024-10-21", Deployment: "y"}, []string{`"x"`, `"y"`, "drop one"}},
		{"an unreadable version in the query", Config{Endpoint: "https://r.openai.azure.com?api-version=0613"}, []string{`"0613"`, "looks like a model version"}},
		{".. as the deployment in the path", Config{Endpoint: "https://r.openai.azure.com/openai/deployments/%2E%2E?api-version=2024-10-21"}, []string{`".."`}},
		{"PreviewQuery on classic", Config{Endpoint: "r.openai.azure.com", APIVersion: "2024-10-21", PreviewQuery: true}, []string{"PreviewQuery", "2024-10-21"}},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			row.cfg.APIKey = "k"
			_, err := NewClient(row.cfg)
			if err == nil {
				t.Fatal("no error")
			}
			t.Log(err)
			for _, want := range append(row.wants, "azureadv1: ") {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%v\nlacks %q", err, want)
				}
			}
			if strings.Contains(err.Error(), "hunter2") {
				t.Error("a password is in the error")
			}
		})
	}
}

// Each value that is a credential is the very text that must not come back.
func TestCredentialInTheWrongFieldIsNotShown(t *testing.T) {
	const resource = "https://r.openai.azure.com"
	credentials := map[string]string{
		"a classic key": "0123456789abcdef0123456789abcdef",
		"a new key":     strings.Repeat("Ab3dEf9", 12),
		"a token":       "eyJhbGciOiJIUzI1NiJ9.eyJhdWQiOiJ4In0.c2lnbmF0dXJl",
	}
	rows := []struct {
		name, want string
		cfg        func(secret string) Config
	}{
		{"Endpoint", "Endpoint looks like a key or a token", func(s string) Config { return Config{Endpoint: s} }},
		{"Endpoint with a line break", "Endpoint looks like a key or a token", func(s string) Config { return Config{Endpoint: s + "\n"} }},
		{"Endpoint's host", "Endpoint looks like a key or a token", func(s string) Config { return Config{Endpoint: "https://" + s + "/"} }},
		{"Endpoint as a header", "Endpoint looks like a key or a token", func(s string) Config { return Config{Endpoint: "Bearer " + s} }},
		{"Endpoint's api-version", "Endpoint's api-version looks like a key or a token", func(s string) Config { return Config{Endpoint: resource + "?api-version=" + s} }},
		{"Deployment", "Deployment looks like a key or a token", func(s string) Config { return Config{Endpoint: resource, Deployment: s} }},
		{"Deployment beside the endpoint's", "contradicts", func(s string) Config {
			return Config{Endpoint: resource + "/openai/deployments/d?api-version=2024-10-21", Deployment: s}
		}},
		{"Endpoint's deployment", "deployment looks like a key or a token", func(s string) Config {
			return Config{Endpoint: resource + "/openai/deployments/" + s + "?api-version=2024-10-21"}
		}},
		{"APIVersion", "APIVersion \"REDACTED\"", func(s string) Config { return Config{Endpoint: resource, APIVersion: s} }},
		{"Scope", "Scope \"REDACTED\"", func(s string) Config { return Config{Endpoint: resource, Scope: s} }},
	}
	for _, row := range rows {
		for what, secret := range credentials {
			t.Run(what+" as "+row.name, func(t *testing.T) {
				cfg := row.cfg(secret)
				_, err := NewClient(cfg)
				if err == nil {
					t.Fatal("accepted")
				}
				t.Log(err)
				if !strings.Contains(err.Error(), "azureadv1: ") || !strings.Contains(err.Error(), row.want) {
					t.Errorf("%v\nlacks %q", err, row.want)
				}
				text := strings.ToLower(err.Error() + cfg.Explain().String())
				if strings.Contains(text, strings.ToLower(secret)) {
					t.Errorf("the secret is shown: %s", text)
				}
			})
		}
	}
}

func TestVersionErrorsSayWhatItLooksLike(t *testing.T) {
	rows := []struct{ version, want string }{
		{"0613", `"0613" looks like a model version, not an API version`},
		{"turbo-2024-04-09", "looks like a model version"},
		{"2025-04-14", "looks like a model version (gpt-4.1's)"},
		{"gpt-4o", "looks like a model or deployment"},
		{"v2", "is not a version Azure has"},
		{"20241021", "lacks the dashes"},
		{"2024-13-01", "not a date of the calendar"},
		{"2024-02-30-preview", "not a date of the calendar"},
		{"2024-10", "neither \"v1\" nor a date"},
		{"?api-version=2024-10-21", "part of one"},
		{"2024-10-21-beta", "neither"},
	}
	for _, row := range rows {
		t.Run(row.version, func(t *testing.T) {
			err := Config{Endpoint: "r.openai.azure.com", APIVersion: row.version}.Validate()
			if err == nil || !strings.Contains(err.Error(), row.want) || !strings.Contains(err.Error(), `use "v1"`) {
				t.Errorf("%v\nlacks %q or the way out", err, row.want)
			}
		})
	}
}

func TestPreviewQueryIsSentOnlyWhenAsked(t *testing.T) {
	c, err := NewClient(Config{Endpoint: "r.openai.azure.com", APIVersion: "preview", PreviewQuery: true, APIKey: "k"})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := c.URL(OpResponses), "https://r.openai.azure.com/openai/v1/responses?api-version=preview"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestScopeAndAuthorityFollowTheHost(t *testing.T) {
	rows := []struct{ endpoint, scope, authority string }{
		{"r.openai.azure.com", "https://cognitiveservices.azure.com/.default", ""},
		{"r.cognitiveservices.azure.com", "https://cognitiveservices.azure.com/.default", ""},
		{"r.services.ai.azure.com", "https://cognitiveservices.azure.com/.default", ""},
		{"apim.example.com/team", "https://cognitiveservices.azure.com/.default", ""},
		{"r.services.ai.azure.com/api/projects/p", "https://ai.azure.com/.default", ""},
		{"r.openai.azure.us", "https://cognitiveservices.azure.us/.default", "https://login.microsoftonline.us/"},
		{"r.services.ai.azure.us/api/projects/p", "https://ai.azure.us/.default", "https://login.microsoftonline.us/"},
		{"r.openai.azure.cn", "https://cognitiveservices.azure.cn/.default", "https://login.chinacloudapi.cn/"},
	}
	for _, row := range rows {
		t.Run(row.endpoint, func(t *testing.T) {
			x := Config{Endpoint: row.endpoint}.Explain()
			if x.Err != nil || x.Scope != row.scope || x.Authority != row.authority {
				t.Errorf("scope %s, authority %q, err %v", x.Scope, x.Authority, x.Err)
			}
		})
	}
	if x := (Config{Endpoint: "r.openai.azure.us", Scope: "api://gateway/.default"}).Explain(); x.Scope != "api://gateway/.default" {
		t.Errorf("Scope does not override: %s", x.Scope)
	}
}

func FuzzEndpoint(f *testing.F) {
	for _, seed := range []string{
		"r.openai.azure.com", "https://r.openai.azure.com/openai/v1/", "https://r.openai.azure.com/openai/deployments/d/chat/completions?api-version=2024-10-21",
		"https://apim.example.com/team-a/openai?x=y", "http://[::1]:80", "https://a@b/openai", "https://r.openai.azure.com/openai/deployments/%2e%2e/",
		"//host", "https://", ":", "https://h/%zz", "https://h/a//openai//v1", "https://h/?api-version=%00",
	} {
		f.Add(seed, "v1", "d")
		f.Add(seed, "2024-10-21", "a/b")
		f.Add(seed, "", "")
	}
	f.Add("https://h.example.com/#access_token=x", "v1", "d")
	f.Add("https://r.openai.azure.com./", "v1", "d")
	f.Add("https://h/r/openai/deployments/%2e%2em/openai/", "2024-10-10", "")
	f.Fuzz(func(t *testing.T, endpoint, version, deployment string) {
		cfg := Config{Endpoint: endpoint, APIVersion: version, Deployment: deployment, APIKey: "k"}
		c, err := NewClient(cfg)
		if x := cfg.Explain(); (x.Err == nil) != (err == nil) {
			t.Errorf("NewClient says %v, Explain %v", err, x.Err)
		}
		checkPastedSecret(t, cfg)
		if err != nil {
			if hasControl(strings.ReplaceAll(err.Error(), "\n", "")) {
				t.Errorf("control characters in %q", err)
			}
			return
		}
		for op := range operations {
			u, err := c.target.url(op, "some/deployment")
			if err != nil {
				t.Fatalf("accepted, but %s has no URL: %v", op, err)
			}
			checkURL(t, c, op, mustURL(t, u.String())) // as the other end of a wire reads it
			checkSettled(t, c, op, u)
		}
	})
}

// checkURL holds for every URL of an accepted endpoint.
func checkURL(t *testing.T, c *Client, op Operation, u *url.URL) {
	t.Helper()
	if originOf(u) != originOf(mustURL(t, c.target.origin)) || u.User != nil || u.Fragment != "" || u.Opaque != "" {
		t.Errorf("%s goes to %s, not to %s", op, u, c.target.origin)
	}
	if u.Scheme != "https" && !isLoopback(u.Hostname()) {
		t.Errorf("%s goes to %s without TLS", op, u)
	}
	if strings.IndexFunc(u.Host, func(r rune) bool { return r <= ' ' || r > '~' }) >= 0 {
		t.Errorf("%s goes to the host %q", op, u.Host)
	}
	if strings.Count(u.Path, "/openai/v1/")+strings.Count(u.Path, "/openai/deployments/") > 2 {
		t.Errorf("%s is doubled", u)
	}
	if c.Surface() == Classic && op == OpChat && !strings.Contains(u.EscapedPath(), "/openai/deployments/some%2Fdeployment/chat/completions") {
		t.Errorf("the deployment is not one segment of %s", u)
	}
	if hasDots(u.EscapedPath()) {
		t.Errorf("%s has a segment of dots", u)
	}
}

// checkSettled pastes what was made of an endpoint: it must come to the same URL.
func checkSettled(t *testing.T, c *Client, op Operation, u *url.URL) {
	t.Helper()
	r := c.target.route
	if strings.Contains(strings.ToLower(r.base[len(c.target.origin):]), "/openai") {
		return // a gateway's own prefix has the word, and by itself would be read as the API's path
	}
	again := Config{Endpoint: r.base, APIVersion: r.version, APIKey: "k", PreviewQuery: c.cfg.PreviewQuery}
	if r.query != "" {
		again.Endpoint += "?" + r.query
	}
	if r.surface == V1 {
		again.APIVersion = "v1"
	}
	settled, err := NewClient(again)
	if err != nil {
		t.Errorf("%q is refused: %v", again.Endpoint, err)
		return
	}
	if got, err := settled.target.url(op, "some/deployment"); err != nil || got.String() != u.String() {
		t.Errorf("%q gives %s (%v), want %s", again.Endpoint, got, err, u)
	}
}

// checkPastedSecret puts a secret where pasted URLs hold one: no text shows it.
func checkPastedSecret(t *testing.T, cfg Config) {
	t.Helper()
	const secret = "hush0123456789"
	given := cfg.Endpoint
	for _, endpoint := range []string{given + "?sig=" + secret, given + "&sig=" + secret, given + "#" + secret, "https://u:" + secret + "@" + strings.TrimPrefix(given, "https://")} {
		if strings.ContainsAny(given, "#?@\\") {
			return // what follows may be a value by itself, or a host
		}
		if strings.Contains(endpoint, "&") && !strings.Contains(given, "?") {
			continue // a part of the path
		}
		cfg.Endpoint = endpoint
		texts := []string{cfg.String(), cfg.Explain().String()}
		if c, err := NewClient(cfg); err != nil {
			texts = append(texts, err.Error())
		} else {
			texts = append(texts, c.String(), c.URL(OpChat))
		}
		for _, text := range texts {
			if strings.Contains(text, secret) {
				t.Errorf("%q shows its secret: %s", endpoint, text)
			}
		}
	}
}

func mustURL(t *testing.T, s string) *url.URL {
	t.Helper()
	u, err := url.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return u
}
