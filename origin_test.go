package provider_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
	"github.com/openai/openai-go/v3/responses"

	"github.com/seed-a739af98/langchaingo-azure/azureadv1"
	"github.com/seed-a739af98/langchaingo-azure/azureadv1/azuretest"
)

// lures are where an answer may want to send a client of https://azuretest.openai.azure.com.
var lures = []struct{ name, location string }{
	{"another host", "https://evil.example/openai/v1/chat/completions"},
	{"another port", "https://azuretest.openai.azure.com:8443/openai/v1/chat/completions"},
	{"its own port, without TLS", "http://azuretest.openai.azure.com:443/openai/v1/chat/completions"},
	{"the same host without TLS", "http://azuretest.openai.azure.com/openai/v1/chat/completions"},
	{"a subdomain", "https://evil.azuretest.openai.azure.com/openai/v1/chat/completions"}, // where net/http would take Authorization along
	{"the domain above", "https://openai.azure.com/openai/v1/chat/completions"},
	{"another resource", "https://evil.openai.azure.com/openai/v1/chat/completions"},
	{"the host as a user name", "https://azuretest.openai.azure.com@evil.example/"},
	{"the host as a user name and port", "https://azuretest.openai.azure.com:443@evil.example/"},
	{"the same host with userinfo", "https://user:pass@azuretest.openai.azure.com/openai/v1/chat/completions"},
	{"a Cyrillic look-alike", "https://аzuretest.openai.azure.com/"}, //nolint:gosmopolitan // the first letter is not Latin
	{"the look-alike in ASCII", "https://xn--zuretest-4nf.openai.azure.com/"},
	{"full-width dots", "https://azuretest．openai．azure．com/"},
	{"a dot at the end", "https://azuretest.openai.azure.com./openai/v1/chat/completions"},
	{"large letters", "HTTPS://AZURETEST.OPENAI.AZURE.COM/openai/v1/chat/completions"},
	{"no scheme", "//evil.example/openai/v1/chat/completions"},
	{"no scheme and a third slash", "///evil.example/"},
	{"backslashes", `https:\\evil.example\`},
	{"a path", "/openai/v1/chat/completions"},
	{"loopback", "http://127.0.0.1:1/"},
	{"the metadata service", "http://169.254.169.254/metadata/identity/oauth2/token"},
	{"another protocol", "ftp://evil.example/"},
	{"a script", "javascript:alert(1)"},
	{"a control character", "https://evil.example/\x00"},
}

// lure answers requests to the configured host by luring them away, and keeps what went elsewhere.
type lure struct {
	status   int
	location string

	home   atomic.Int32
	mu     sync.Mutex
	astray []string
}

func (l *lure) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Scheme == "https" && r.URL.Host == azuretest.DefaultHost && l.home.Add(1) == 1 {
		res := theirs(r, l.status, "text/html", "moved")
		res.Header["Location"] = []string{l.location}
		return res, nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.astray = append(l.astray, fmt.Sprintf("%s %s %v", r.Method, r.URL, r.Header))
	return theirs(r, 200, "application/json", `{"choices":[{"index":0,"message":{"role":"assistant","content":"taken"},"finish_reason":"stop"}]}`), nil
}

// check holds after one call: it failed, and brought one request to one place.
func (l *lure) check(t *testing.T, err error) {
	t.Helper()
	if err == nil || l.home.Load() != 1 || len(l.astray) != 0 {
		t.Errorf("%d to %q: error %v after %d requests at home, and elsewhere %q", l.status, l.location, err, l.home.Load(), l.astray)
	}
	if err != nil {
		checkSecrets(t, err)
	}
}

// lured is a configuration on the way of a lure, with a secret of a gateway's beside the credential.
func lured(t *testing.T, l http.RoundTripper, version string, withKey bool) azureadv1.Config {
	t.Helper()
	cfg := azureadv1.Config{
		Endpoint: "https://" + azuretest.DefaultHost + "/?sig=hush-query", APIVersion: version, Deployment: chatDeployment, Logger: watchedLogger(t),
		HTTPClient: &http.Client{Transport: l}, Header: http.Header{"Ocp-Apim-Subscription-Key": {"hush-subscription"}}, MaxRetries: -1,
	}
	if withKey {
		cfg.APIKey = apiKey
	} else {
		cfg.Token = "hush.fixed.token"
	}
	return cfg
}

func TestNoRedirectIsFollowed(t *testing.T) {
	for _, status := range []int{301, 302, 303, 307, 308} {
		for i, row := range lures {
			t.Run(fmt.Sprint(status, " to ", row.name), func(t *testing.T) {
				for j, r := range everyRoute() {
					if (i+j+status)%5 != 0 { // each place with each status, on a fifth of the ways
						continue
					}
					for _, withKey := range []bool{true, false} {
						l := &lure{status: status, location: row.location}
						client, err := azureadv1.NewClient(lured(t, l, r.api(), withKey))
						must(t, err)
						_, err = r.call(t.Context(), callerOn(t, client))
						l.check(t, err)
					}
				}
			})
		}
	}
}

// askSDK is a call through openai-go with options of its own.
func askSDK(t *testing.T, client *azureadv1.Client, opts ...option.RequestOption) error {
	t.Helper()
	sdk := client.OpenAI()
	_, err := sdk.Responses.New(t.Context(), responses.ResponseNewParams{
		Model: chatDeployment, Input: responses.ResponseNewParamsInputUnion{OfString: openai.String("hello")},
	}, opts...)
	return err
}

// TestNoRedirectLeavesTheOriginWithAClientOfTheCalls gives one call an HTTP client that follows redirects: those that
// stay at the origin it may follow.
func TestNoRedirectLeavesTheOriginWithAClientOfTheCalls(t *testing.T) {
	for _, status := range []int{301, 302, 303, 307, 308} {
		for _, row := range lures {
			for _, withKey := range []bool{true, false} {
				t.Run(fmt.Sprintf("%d to %s, with a key: %t", status, row.name, withKey), func(t *testing.T) {
					l := &lure{status: status, location: row.location}
					client, err := azureadv1.NewClient(lured(t, l, "v1", withKey))
					must(t, err)
					_ = askSDK(t, client, option.WithHTTPClient(&http.Client{Transport: l}))
					for _, went := range l.astray {
						to, err := url.Parse(strings.Fields(went)[1])
						must(t, err)
						if to.Scheme != "https" || !strings.EqualFold(to.Host, azuretest.DefaultHost) {
							t.Errorf("went to %s", went)
						}
					}
				})
			}
		}
	}
}

// TestOptionsOfACallCannotMoveTheCredential moves the request by every option and middleware that openai-go has.
func TestOptionsOfACallCannotMoveTheCredential(t *testing.T) {
	type options = []option.RequestOption
	rows := map[string]options{}
	for _, row := range lures {
		if u, err := url.Parse(row.location); err != nil || u.Host == "" {
			continue
		}
		if row.name == "large letters" || row.name == "the same host with userinfo" {
			continue // that is the same origin
		}
		base := row.location[:strings.LastIndex(row.location, "/")+1]
		rows["a base URL, "+row.name] = options{option.WithBaseURL(base)}
		rows["a middleware, "+row.name] = options{option.WithMiddleware(func(r *http.Request, next option.MiddlewareNext) (*http.Response, error) {
			r = r.Clone(r.Context())
			r.URL, _ = url.Parse(row.location)
			return next(r)
		})}
		rows["a middleware of a plain context, "+row.name] = options{option.WithMiddleware(func(r *http.Request, next option.MiddlewareNext) (*http.Response, error) {
			moved, err := http.NewRequestWithContext(context.WithoutCancel(r.Context()), r.Method, row.location, http.NoBody)
			if err != nil {
				return nil, err
			}
			moved.Header = r.Header
			return next(moved)
		})}
		rows["both, "+row.name] = append(append(options{}, rows["a base URL, "+row.name]...), rows["a middleware, "+row.name]...)
	}
	rows["a Host of its own"] = options{option.WithMiddleware(func(r *http.Request, next option.MiddlewareNext) (*http.Response, error) {
		r.Host = "evil.example"
		return next(r)
	})}
	for name, opts := range rows {
		t.Run(name, func(t *testing.T) {
			for _, withKey := range []bool{true, false} {
				all := &lure{status: 200}
				l := roundTrip(func(r *http.Request) (*http.Response, error) {
					if r.URL.Host == azuretest.DefaultHost && r.URL.Scheme == "https" && (r.Host == "" || r.Host == r.URL.Host) {
						return theirs(r, 200, "application/json", `{}`), nil
					}
					return all.RoundTrip(r)
				})
				client, err := azureadv1.NewClient(lured(t, l, "v1", withKey))
				must(t, err)
				err = askSDK(t, client, opts...)
				if err == nil || len(all.astray) != 0 || all.home.Load() != 0 {
					t.Errorf("error %v, elsewhere %q", err, all.astray)
				}
				checkSecrets(t, err)
			}
		})
	}
}

// TestDoTakesARequestOfAnywhereHome is for what another library made for its own host, with its own credentials.
func TestDoTakesARequestOfAnywhereHome(t *testing.T) {
	for _, target := range []string{
		"https://api.openai.com/v1/chat/completions", "http://evil.example:8080/v1/chat/completions", "https://user:hush@evil.example/v1/chat/completions",
		"https://evil.example./openai/deployments/chat/chat/completions?api-version=2024-10-21", "//evil.example/v1/chat/completions",
	} {
		t.Run(target, func(t *testing.T) {
			onBothSurfaces(t, func(t *testing.T, sf surface) {
				s := inMemory(t, azuretest.Options{})
				others := &elsewhere{server: s}
				cfg := config(t, s, sf.version)
				cfg.APIKey, cfg.HTTPClient = apiKey, &http.Client{Transport: others}
				client, err := azureadv1.NewClient(cfg)
				must(t, err)
				req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, target, strings.NewReader(`{"model":"chat","messages":[{"role":"user","content":"hello"}]}`))
				must(t, err)
				req.Host = "evil.example"
				req.Header = http.Header{
					"Content-Type": {"application/json"}, "Authorization": {"Bearer hush-theirs"}, "Api-Key": {"hush-theirs"}, "Cookie": {"session=hush-theirs"}, "Host": {"evil.example"},
				}
				res, err := client.Do(req)
				must(t, err)
				must(t, res.Body.Close())
				sent := only(t, s)
				checkCredential(t, sent, azuretest.CredentialKey)
				if sent.Status != http.StatusOK || len(others.seen) != 0 || sent.Host != azuretest.DefaultHost {
					t.Errorf("%s, elsewhere %q", sent, others.seen)
				}
				header := sent.Header.Clone()
				header.Del("Api-Key") // the client's own
				checkText(t, "the request's header", fmt.Sprint(header))
			})
		})
	}
}

// TestEndpointsThatAreNotWhatTheySeem are refused before anything is sent, each in words of its own.
func TestEndpointsThatAreNotWhatTheySeem(t *testing.T) {
	rows := []struct{ name, endpoint, says string }{
		{"a user name", "https://hush-user@r.openai.azure.com", "user name or password"},
		{"a user name and a password", "https://user:hush-pass@r.openai.azure.com", "user name or password"},
		{"the host as a user name", "https://r.openai.azure.com@evil.example", "user name or password"},
		{"a Cyrillic letter", "https://r.оpenai.azure.com", "beyond ASCII"}, //nolint:gosmopolitan // one letter is not Latin
		{"full-width letters", "https://ｒ.openai.azure.com", "beyond ASCII"},
		{"an escaped letter beyond ASCII", "https://r.%D0%BEpenai.azure.com", "beyond ASCII"},
		{"a name that resolves to loopback", "http://localtest.me", "https"},
		{"a name that begins as loopback", "http://127.0.0.1.nip.io", "https"},
		{"a name that ends as loopback", "http://evil.localhost", "https"},
		{"loopback in short", "http://127.1", "https"},
		{"loopback in decimal", "http://2130706433", "https"},
		{"loopback in hexadecimal", "http://0x7f000001", "https"},
		{"loopback with a leading zero", "http://0127.0.0.1", "https"},
		{"loopback with a zone", "http://[::1%25lo]", ""},
		{"every address", "http://[::]:8080", "https"},
		{"the metadata service", "http://169.254.169.254", "https"},
		{"OpenAI with a dot at the end", "https://api.openai.com.", "OpenAI's own API"},
		{"a fragment", "https://r.openai.azure.com/#access_token=hush-token", "fragment"},
		{"a backslash", `https://r.openai.azure.com\@evil.example`, ""},
		{"a line break", "https://r.openai.azure.com\r\nHost: evil.example", "control character"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			for _, cfg := range []azureadv1.Config{{Endpoint: row.endpoint, APIKey: apiKey}, {Endpoint: row.endpoint, Token: "hush.fixed.token"}} {
				_, err := azureadv1.NewClient(cfg)
				if err == nil {
					t.Fatal("accepted")
				}
				checkSecrets(t, err)
				checkSecrets(t, cfg)
				checkContains(t, err.Error(), row.says)
			}
		})
	}
	t.Run("the root's dot makes no other host", func(t *testing.T) {
		x := azureadv1.Config{Endpoint: "https://r.openai.azure.us.", APIKey: apiKey}.Explain()
		checkContains(t, x.ChatURL, "https://r.openai.azure.us/")
		if x.Err != nil {
			t.Error(x.Err)
		}
	})
}

// TestAProxyThatRewritesLearnsNothing has proxies that take the tunnel somewhere else, or answer in the service's place.
func TestAProxyThatRewritesLearnsNothing(t *testing.T) {
	var taken atomic.Int32
	evil := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { taken.Add(1) }))
	evil.Config.ErrorLog = log.New(io.Discard, "", 0)
	evil.StartTLS()
	defer evil.Close()
	rows := map[string]func(c net.Conn){
		"a tunnel to somebody else": func(c net.Conn) {
			other, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", evil.Listener.Addr().String())
			if err != nil {
				return
			}
			defer func() { _ = other.Close() }()
			_, _ = io.WriteString(c, "HTTP/1.1 200 Connection established\r\n\r\n")
			go func() { _, _ = io.Copy(other, c) }()
			_, _ = io.Copy(c, other)
		},
		"a redirect of the tunnel": func(c net.Conn) {
			_, _ = io.WriteString(c, "HTTP/1.1 302 Found\r\nLocation: "+evil.URL+"/\r\nContent-Length: 0\r\n\r\n")
		},
		"a demand for credentials": func(c net.Conn) {
			_, _ = io.WriteString(c, "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n")
		},
		"an answer without TLS": func(c net.Conn) {
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
		},
	}
	for name, serve := range rows {
		t.Run(name, func(t *testing.T) {
			s := start(t, azuretest.Options{})
			proxy, heard := proxying(t, serve)
			transport := s.HTTPClient().Transport.(*http.Transport).Clone()
			transport.Proxy = http.ProxyURL(proxy)
			defer transport.CloseIdleConnections()
			cfg := config(t, s, "v1")
			cfg.APIKey, cfg.MaxRetries, cfg.HTTPClient = apiKey, -1, &http.Client{Transport: transport}
			_, err := generate(t.Context(), newCaller(t, cfg))
			if err == nil || taken.Load() != 0 || s.Stats().Calls != 0 {
				t.Fatalf("error %v, %d requests at the other end, %d at home", err, taken.Load(), s.Stats().Calls)
			}
			checkSecrets(t, err)
			checkText(t, "what the proxy was told", heard())
		})
	}
}

// proxying starts a proxy that reads one CONNECT of each connection and goes on by script.
func proxying(t *testing.T, serve func(net.Conn)) (*url.URL, func() string) {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	must(t, err)
	var heard lockedBuffer
	var running sync.WaitGroup
	running.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			running.Go(func() {
				defer func() { _ = c.Close() }()
				if req, err := http.ReadRequest(bufio.NewReader(c)); err == nil {
					_, _ = fmt.Fprintf(&heard, "%s %s %v\n", req.Method, req.RequestURI, req.Header)
					serve(c)
				}
			})
		}
	})
	t.Cleanup(func() { _ = l.Close(); running.Wait() })
	return &url.URL{Scheme: "http", Host: l.Addr().String()}, heard.String
}

// TestAnIdentityProviderCannotSendTheSecretOn answers the token request with a redirect, which net/http would follow with
// the form.
func TestAnIdentityProviderCannotSendTheSecretOn(t *testing.T) {
	for _, status := range []int{301, 302, 303, 307, 308} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				s := inMemory(t, azuretest.Options{})
				var astray []string
				cfg := config(t, s, "v1")
				cfg.Identity, cfg.MaxRetries = azureadv1.Identity{TenantID: azuretest.DefaultTenantID, ClientID: azuretest.DefaultClientID, ClientSecret: clientSecret}, -1
				cfg.HTTPClient = &http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
					if r.URL.Host == "evil.example" {
						body, _ := io.ReadAll(r.Body)
						astray = append(astray, string(body))
					}
					if r.Method != http.MethodPost {
						return s.HTTPClient().Transport.RoundTrip(r)
					}
					res := theirs(r, status, "text/html", "moved")
					res.Header.Set("Location", "https://evil.example/token")
					return res, nil
				})}
				e := route{surfaces[1], ways[0]}.fail(t, newCaller(t, cfg))
				if e.Code != azureadv1.CodeTokenProvider || len(astray) != 0 {
					t.Errorf("%v, elsewhere %q", e, astray)
				}
			})
		})
	}
}
