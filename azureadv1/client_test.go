package azureadv1_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
	"github.com/openai/openai-go/v3/responses"

	"github.com/seed-a739af98/langchaingo-azure/azureadv1"
	"github.com/seed-a739af98/langchaingo-azure/azureadv1/azuretest"
)

func TestPostGoesWhereTheRouteTableSays(t *testing.T) {
	const gateway = "https://apim.example.com/team-a?tier=gold"
	rows := []struct {
		name, endpoint, version, deployment string
		op                                  azureadv1.Operation
		want                                string
	}{
		{"classic chat", "", classicVersion, "chat", azureadv1.OpChat, "https://r.openai.azure.com/openai/deployments/chat/chat/completions?api-version=" + classicVersion},
		{"classic embeddings", "", classicVersion, "embed", azureadv1.OpEmbeddings, "https://r.openai.azure.com/openai/deployments/embed/embeddings?api-version=" + classicVersion},
		{"classic responses have no deployment in the path", "", classicVersion, "chat", azureadv1.OpResponses, "https://r.openai.azure.com/openai/responses?api-version=" + classicVersion},
		{"v1 chat, no query", "", "v1", "chat", azureadv1.OpChat, "https://r.openai.azure.com/openai/v1/chat/completions"},
		{"v1 embeddings", "", "latest", "embed", azureadv1.OpEmbeddings, "https://r.openai.azure.com/openai/v1/embeddings"},
		{"v1 responses", "", "preview", "chat", azureadv1.OpResponses, "https://r.openai.azure.com/openai/v1/responses"},
		{"a gateway's prefix and query on classic", gateway, classicVersion, "chat", azureadv1.OpChat, "https://apim.example.com/team-a/openai/deployments/chat/chat/completions?tier=gold&api-version=" + classicVersion},
		{"a gateway's prefix and query on v1", gateway, "v1", "chat", azureadv1.OpChat, "https://apim.example.com/team-a/openai/v1/chat/completions?tier=gold"},
		{"a project", "https://r.services.ai.azure.com/api/projects/p", "", "chat", azureadv1.OpResponses, "https://r.services.ai.azure.com/api/projects/p/openai/v1/responses"},
		{"a prefix that is escaped", "https://apim.example.com/team%20a%2Fb", "v1", "chat", azureadv1.OpChat, "https://apim.example.com/team%20a%2Fb/openai/v1/chat/completions"},
		{"a deployment named with everything a path must escape", "", classicVersion, "a/b#c?d e%f+g", azureadv1.OpChat, "https://r.openai.azure.com/openai/deployments/a%2Fb%23c%3Fd%20e%25f+g/chat/completions?api-version=" + classicVersion},
		{"a deployment with a dot", "", classicVersion, "gpt-4.1", azureadv1.OpChat, "https://r.openai.azure.com/openai/deployments/gpt-4.1/chat/completions?api-version=" + classicVersion},
		{"a deployment of dots and more", "", classicVersion, "...", azureadv1.OpChat, "https://r.openai.azure.com/openai/deployments/.../chat/completions?api-version=" + classicVersion},
		{"a deployment that looks escaped already", "", classicVersion, "a%2Fb", azureadv1.OpChat, "https://r.openai.azure.com/openai/deployments/a%252Fb/chat/completions?api-version=" + classicVersion},
		{"a deployment beyond ASCII", "", classicVersion, "köln", azureadv1.OpChat, "https://r.openai.azure.com/openai/deployments/k%C3%B6ln/chat/completions?api-version=" + classicVersion},
	}
	body := []byte("{\n \"model\" : \"<&>\u2028\", \"messages\":[] }\n")
	for _, row := range rows {
		for _, credential := range []string{"key", "token"} {
			t.Run(row.name+" with a "+credential, func(t *testing.T) {
				w := &network{}
				cfg := azureadv1.Config{Endpoint: row.endpoint, APIVersion: row.version, Deployment: "not-this-one", Header: http.Header{"ocp-apim-subscription-key": {"gw"}}}
				want := http.Header{"Ocp-Apim-Subscription-Key": {"gw"}}
				if credential == "key" {
					cfg.APIKey = "k"
					want.Set("Api-Key", "k")
				} else {
					cfg.Token = "t"
					want.Set("Authorization", "Bearer t")
				}
				res, err := onWire(t, w, cfg).Post(t.Context(), row.op, row.deployment, body)
				if err != nil {
					t.Fatal(err)
				}
				_ = res.Body.Close()
				c := w.last(t)
				if c.url != row.want || c.method != http.MethodPost {
					t.Errorf("\n%s %s\nwant %s", c.method, c.url, row.want)
				}
				if !bytes.Equal(c.body, body) {
					t.Errorf("the body was changed: %q", c.body)
				}
				got := http.Header{}
				for _, name := range []string{"Api-Key", "Authorization", "Ocp-Apim-Subscription-Key", "Openai-Organization", "Openai-Project", "Cookie"} {
					if v := c.header.Values(name); v != nil {
						got[name] = v
					}
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("headers (-want +got):\n%s", diff)
				}
				if ct := c.header.Get("Content-Type"); ct != "application/json" {
					t.Errorf("Content-Type %q", ct)
				}
			})
		}
	}
}

func TestPostRefusesWhatCouldNotBeRight(t *testing.T) {
	w := &network{}
	c := newClient(t, azureadv1.Config{Endpoint: resource, APIKey: "k", HTTPClient: w.client()})
	rows := []struct {
		name       string
		op         azureadv1.Operation
		deployment string
		want       string
	}{
		{"no deployment anywhere", azureadv1.OpChat, "", "Deployment is empty"},
		{"dots for a deployment", azureadv1.OpChat, "..", `Deployment ".."`},
		{"an operation of nobody", "images", "d", `unknown operation "images"`},
		{"no operation", "", "d", "unknown operation"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			_, err := c.Post(t.Context(), row.op, row.deployment, nil) //nolint:bodyclose // there is no answer
			e := asError(t, err)
			if e.Code != azureadv1.CodeInvalid || e.Attempts != 0 || !strings.Contains(e.Message, row.want) {
				t.Errorf("%+v", e)
			}
		})
	}
	if n := len(w.sent()); n > 0 {
		t.Errorf("%d requests", n)
	}
}

func TestNoTraceOfOpenAIsEnvironment(t *testing.T) {
	noEnvironment(t)
	for _, name := range []string{"OPENAI_API_KEY", "OPENAI_ORG_ID", "OPENAI_PROJECT_ID", "OPENAI_ADMIN_KEY", "OPENAI_WEBHOOK_SECRET"} {
		t.Setenv(name, "sekret-"+name)
	}
	t.Setenv("OPENAI_BASE_URL", "https://sekret.example.com/v1")
	t.Setenv("OPENAI_CUSTOM_HEADERS", "X-Sekret: sekret\nAuthorization: Bearer sekret\napi-key: sekret")
	for surface, version := range surfaces {
		t.Run(surface, func(t *testing.T) {
			w := &network{}
			c := onWire(t, w, azureadv1.Config{APIVersion: version, Token: "t"})
			mustChat(t, c)
			sdk := c.OpenAI()
			_, _ = sdk.Chat.Completions.New(t.Context(), openai.ChatCompletionNewParams{Model: "chat"})
			_, _ = sdk.Responses.New(t.Context(), responses.ResponseNewParams{Model: "chat"})
			_, _ = sdk.Files.List(t.Context(), openai.FileListParams{})
			req, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, "https://api.openai.com/v1/chat/completions", strings.NewReader(chatBody))
			if res, err := c.Do(req); err == nil {
				_ = res.Body.Close()
			}
			if n := len(w.sent()); n != 5 {
				t.Fatalf("%d requests, want 5", n)
			}
			for _, sent := range w.sent() {
				if text := fmt.Sprint(sent); strings.Contains(strings.ToLower(text), "sekret") || !strings.HasPrefix(sent.url, "https://r.openai.azure.com/openai/") {
					t.Errorf("the environment is on the wire: %s", text)
				}
				if got := sent.header.Values("Authorization"); len(got) != 1 || got[0] != "Bearer t" {
					t.Errorf("Authorization %q", got)
				}
			}
		})
	}
}

// The very call that no Go library could make: Responses on v1 as an Entra identity.
func TestOpenAIClientWithRealAzidentity(t *testing.T) {
	for surface, version := range surfaces {
		t.Run(surface, func(t *testing.T) {
			s := standIn(t, azuretest.Options{})
			c := newClient(t, azureadv1.Config{Endpoint: s.Endpoint(), APIVersion: version, Credential: s.Credential(), HTTPClient: s.HTTPClient()})
			sdk := c.OpenAI()
			res, err := sdk.Responses.New(t.Context(), responses.ResponseNewParams{
				Model: "chat", Input: responses.ResponseNewParamsInputUnion{OfString: openai.String("hello")},
			})
			if err != nil {
				t.Fatal(err)
			}
			if res.OutputText() == "" {
				t.Error("no text")
			}
			stream := sdk.Chat.Completions.NewStreaming(t.Context(), openai.ChatCompletionNewParams{
				Model: "chat", Messages: []openai.ChatCompletionMessageParamUnion{openai.UserMessage("hello")},
			})
			var text strings.Builder
			for stream.Next() {
				for _, choice := range stream.Current().Choices {
					text.WriteString(choice.Delta.Content)
				}
			}
			if err := errors.Join(stream.Err(), stream.Close()); err != nil || text.Len() == 0 {
				t.Errorf("stream: %q, %v", text.String(), err)
			}
			for _, r := range s.Requests() {
				if r.Surface != surface || r.Credential != azuretest.CredentialToken || r.Both || r.Status != 200 || r.Deployment != "chat" {
					t.Errorf("%v: %s", r, r.Problem)
				}
			}
			if n := s.Stats().TokenRequests; n != 1 {
				t.Errorf("%d token requests, want 1", n)
			}
		})
	}
}

func TestEveryServiceOfOpenAIsClientIsThere(t *testing.T) {
	c := newClient(t, azureadv1.Config{Endpoint: resource, APIKey: "k"})
	v := reflect.ValueOf(c.OpenAI())
	for i := range v.NumField() {
		if v.Field(i).IsZero() {
			t.Errorf("openai.Client.%s is not filled: openai-go has a new service", v.Type().Field(i).Name)
		}
	}
}

func TestOptionsOfOneCallReachNoOther(t *testing.T) {
	w := &network{answer: always(200, `{"data":[]}`)}
	c := onWire(t, w, azureadv1.Config{APIKey: "k"})
	var wg sync.WaitGroup
	for i := range 32 {
		wg.Go(func() {
			sdk := c.OpenAI()
			sdk.Options = append(sdk.Options, option.WithHeader("X-Client", fmt.Sprint(i)))
			_, _ = sdk.Models.List(t.Context(), option.WithHeader("X-Call", fmt.Sprint(i)))
			_ = sdk.Get(t.Context(), "models", nil, nil)
		})
	}
	wg.Wait()
	seen := map[string]int{}
	for _, sent := range w.sent() {
		if n := len(sent.header.Values("X-Client")) + len(sent.header.Values("X-Call")); n != 1 {
			t.Errorf("%d of the callers' headers on one request: %v", n, sent.header)
		}
		seen[sent.header.Get("X-Client")+"/"+sent.header.Get("X-Call")]++
	}
	if len(seen) != 64 {
		t.Errorf("%d different requests, want 64", len(seen))
	}
}

func TestCredentialOfACallIsRefused(t *testing.T) {
	rows := map[string][]option.RequestOption{
		"an Authorization header":        {option.WithHeader("Authorization", "Bearer other")},
		"an authorization header, added": {option.WithHeaderAdd("authorization", "Bearer other")},
		"an api-key header":              {option.WithHeader("api-key", "other")},
		"an empty Authorization header":  {option.WithHeader("Authorization", "")},
		"openai-go's own key":            {option.WithAPIKey("other")},
	}
	for name, opts := range rows {
		t.Run(name, func(t *testing.T) {
			w := &network{}
			p := tokens("t")
			c := onWire(t, w, azureadv1.Config{TokenProvider: p.ask})
			sdk := c.OpenAI()
			_, err := sdk.Chat.Completions.New(t.Context(), openai.ChatCompletionNewParams{Model: "chat"}, opts...)
			if err == nil || !strings.Contains(err.Error(), "credentials belong in Config") || strings.Contains(err.Error(), "other") {
				t.Errorf("err = %v", err)
			}
			if e := azureadv1.AsError(err); e == nil || e.Code != azureadv1.CodeRefused {
				t.Errorf("AsError: %+v", e)
			}
			if len(w.sent()) > 0 || p.count() > 0 {
				t.Errorf("%d requests sent, provider asked %d times", len(w.sent()), p.count())
			}
		})
	}
}

func TestAdminKeyOfACallReachesNoWire(t *testing.T) {
	w := &network{}
	sdk := onWire(t, w, azureadv1.Config{Token: "t"}).OpenAI()
	_, _ = sdk.Chat.Completions.New(t.Context(), openai.ChatCompletionNewParams{Model: "chat"}, option.WithAdminAPIKey("other"))
	_, err := sdk.Admin.Organization.AdminAPIKeys.List(t.Context(), openai.AdminOrganizationAdminAPIKeyListParams{}, option.WithAdminAPIKey("other"))
	if err == nil {
		t.Error("an admin key was accepted where openai-go would send it")
	}
	for _, sent := range w.sent() {
		wantNone(t, fmt.Sprint(sent), "other")
	}
}

func TestNothingGoesToAnotherOrigin(t *testing.T) {
	moved := func(change func(*http.Request)) option.RequestOption {
		return option.WithMiddleware(func(r *http.Request, next option.MiddlewareNext) (*http.Response, error) {
			change(r)
			return next(r)
		})
	}
	rows := map[string]option.RequestOption{
		"another base URL":                       option.WithBaseURL("https://evil.example.com/openai/v1/"),
		"a base URL with another path":           option.WithBaseURL("https://r.openai.azure.com/elsewhere/"),
		"a base URL without TLS":                 option.WithBaseURL("http://r.openai.azure.com/openai/v1/"),
		"a base URL with another port":           option.WithBaseURL("https://r.openai.azure.com:8443/openai/v1/"),
		"a base URL with a user name":            option.WithBaseURL("https://r.openai.azure.com@evil.example.com/openai/v1/"),
		"a middleware that changes the host":     moved(func(r *http.Request) { r.URL.Host = "evil.example.com" }),
		"a middleware that changes the scheme":   moved(func(r *http.Request) { r.URL.Scheme = "http" }),
		"a middleware that changes Host":         moved(func(r *http.Request) { r.Host = "evil.example.com" }),
		"a middleware that makes the URL opaque": moved(func(r *http.Request) { r.URL.Opaque = "//evil.example.com/x" }),
	}
	for name, opt := range rows {
		t.Run(name, func(t *testing.T) {
			w := &network{}
			sdk := onWire(t, w, azureadv1.Config{APIKey: "sekret-key"}).OpenAI()
			_, err := sdk.Chat.Completions.New(t.Context(), openai.ChatCompletionNewParams{Model: "chat"}, opt)
			if err == nil || strings.Contains(err.Error(), "sekret") {
				t.Errorf("err = %v", err)
			}
			if sent := w.sent(); len(sent) > 0 {
				t.Errorf("sent to %s with %v", sent[0].url, sent[0].header)
			}
		})
	}
	t.Run("the same origin, spelled with its port", func(t *testing.T) {
		w := &network{}
		sdk := onWire(t, w, azureadv1.Config{APIKey: "k"}).OpenAI()
		if _, err := sdk.Chat.Completions.New(t.Context(), openai.ChatCompletionNewParams{Model: "chat"}, option.WithBaseURL("https://R.openai.azure.com:443/openai/v1/")); err != nil {
			t.Error(err)
		}
	})
}

func TestRedirectsAreRefused(t *testing.T) {
	targets := map[string]string{
		"to another host":         "https://evil.example.com/take?x=1",
		"to the same host":        "https://r.openai.azure.com/signin",
		"to a relative path":      "/signin",
		"to the same, unsecured":  "http://r.openai.azure.com/openai/v1/chat/completions",
		"to nowhere":              "",
		"to a sign-in page":       "https://login.microsoftonline.com/common?state=sekret",
		"to another of its ports": "https://r.openai.azure.com:8443/",
	}
	origins := map[string]string{
		"to another host": "https://evil.example.com", "to the same host": "https://r.openai.azure.com", "to a relative path": "https://r.openai.azure.com",
		"to the same, unsecured": "http://r.openai.azure.com", "to nowhere": "an unnamed place", "to a sign-in page": "https://login.microsoftonline.com",
		"to another of its ports": "https://r.openai.azure.com:8443",
	}
	for _, status := range []int{301, 302, 303, 307, 308} {
		for name, location := range targets {
			for _, credential := range []string{"key", "token"} {
				t.Run(fmt.Sprintf("%d %s with a %s", status, name, credential), func(t *testing.T) {
					w := &network{answer: always(status, "moved", "Location", location)}
					cfg := azureadv1.Config{APIKey: "sekret-key"}
					if credential == "token" {
						cfg = azureadv1.Config{Token: "sekret-token"}
					}
					c := onWire(t, w, cfg)
					e := failedChat(t, c)
					if n := len(w.sent()); n != 1 {
						t.Errorf("%d requests, want 1", n)
					}
					if e.Code != azureadv1.CodeRefused || e.Attempts != 1 {
						t.Errorf("code %q, %d attempts", e.Code, e.Attempts)
					}
					wantText(t, e.Error(), fmt.Sprint(status), "redirect to "+origins[name]+",")
					wantNone(t, e.Error(), "sekret", "x=1")

					sdk := c.OpenAI()
					if _, err := sdk.Models.List(t.Context()); err == nil || !strings.Contains(err.Error(), "redirect to "+origins[name]) {
						t.Errorf("through OpenAI(): %v", err)
					}
					req, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://x/v1/models", nil)
					if res, err := c.Do(req); err == nil {
						_ = res.Body.Close()
						t.Error("Do took the redirect for an answer")
					}
					if n := len(w.sent()); n != 3 {
						t.Errorf("%d requests, want 3", n)
					}
				})
			}
		}
	}
}

func TestRedirectThatCannotBeReadIsAnErrorToo(t *testing.T) {
	w := &network{answer: always(307, "moved", "Location", "https://[bad")}
	e := failedChat(t, onWire(t, w, azureadv1.Config{APIKey: "sekret-key", MaxRetries: -1}))
	if n := len(w.sent()); n != 1 || e.StatusCode != 0 {
		t.Errorf("%d requests, %+v", n, e)
	}
	wantNone(t, e.Error(), "sekret")
}

func TestHTTPClientOfTheCallerIsNotChanged(t *testing.T) {
	hc := &http.Client{Transport: &network{}}
	newClient(t, azureadv1.Config{Endpoint: resource, HTTPClient: hc})
	if hc.CheckRedirect != nil {
		t.Error("the caller's client does not follow redirects any more")
	}
}

func TestSignInPageIsNoSuccess(t *testing.T) {
	const page = "<html>Sign in</html>"
	rows := map[string]struct {
		contentType string
		refused     bool
	}{
		"a page":                            {"text/html; charset=utf-8", true},
		"plain text":                        {"text/plain", true},
		"a malformed type":                  {"text/html;;=", true},
		"JSON":                              {"application/json; charset=utf-8", false},
		"a problem in JSON":                 {"application/problem+json", false},
		"events":                            {"text/event-stream; charset=utf-8", false},
		"no type, as API Management may do": {"", false},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			w := &network{answer: func(int, *http.Request) (canned, error) {
				res := reply(200, page, "Content-Type", row.contentType)
				if row.contentType == "" {
					res.header.Del("Content-Type")
				}
				return res, nil
			}}
			err := chat(t.Context(), onWire(t, w, azureadv1.Config{APIKey: "k"}))
			if (err != nil) != row.refused {
				t.Fatalf("err = %v", err)
			}
			if row.refused {
				e := asError(t, err)
				if e.Code != azureadv1.CodeContentType || e.StatusCode != 0 || len(w.sent()) != 1 {
					t.Errorf("%+v after %d requests", e, len(w.sent()))
				}
				wantText(t, e.Error(), "text/", "check Endpoint")
			}
		})
	}
}

func TestSignInPageIsNoSuccessThroughOpenAIAndDo(t *testing.T) {
	w := &network{answer: always(200, "<html>Sign in</html>", "Content-Type", "text/html")}
	c := onWire(t, w, azureadv1.Config{APIKey: "k"})
	sdk := c.OpenAI()
	stream := sdk.Chat.Completions.NewStreaming(t.Context(), openai.ChatCompletionNewParams{Model: "chat"})
	for stream.Next() {
		t.Error("an event out of a web page")
	}
	_, err := sdk.Chat.Completions.New(t.Context(), openai.ChatCompletionNewParams{Model: "chat"})
	req, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, "https://x/v1/chat/completions", strings.NewReader(chatBody))
	res, doErr := c.Do(req)
	if doErr == nil {
		_ = res.Body.Close()
	}
	for how, err := range map[string]error{"a stream": stream.Err(), "a call": err, "Do": doErr} {
		if e := azureadv1.AsError(err); e == nil || e.Code != azureadv1.CodeContentType {
			t.Errorf("%s: %v", how, err)
		}
	}
	// A file may well be a page.
	file, err := sdk.Files.Content(t.Context(), "file-1")
	if err != nil {
		t.Fatalf("a file's content: %v", err)
	}
	defer func() { _ = file.Body.Close() }()
	if body, _ := io.ReadAll(file.Body); !strings.Contains(string(body), "Sign in") {
		t.Errorf("the file is %q", body)
	}
}

func TestURLShowsWhatWillBeCalled(t *testing.T) {
	c := newClient(t, azureadv1.Config{Endpoint: "https://apim.example.com/a?sig=sekret", APIVersion: "2024-10-21", APIKey: "k"})
	if got, want := c.URL(azureadv1.OpChat), "https://apim.example.com/a/openai/deployments/%7Bdeployment%7D/chat/completions?api-version=2024-10-21&sig=REDACTED"; got != want && got != strings.NewReplacer("%7B", "{", "%7D", "}").Replace(want) {
		t.Errorf("got %s", got)
	}
	if got := c.URL("nothing"); got != "" {
		t.Errorf("an unknown operation has the URL %q", got)
	}
	if c.Surface() != azureadv1.Classic || c.APIVersion() != "2024-10-21" || c.Deployment() != "" {
		t.Errorf("%s %s %s", c.Surface(), c.APIVersion(), c.Deployment())
	}
}

func TestContextThatHasEndedSendsNothing(t *testing.T) {
	w := &network{answer: func(_ int, r *http.Request) (canned, error) { return canned{}, r.Context().Err() }}
	c := onWire(t, w, azureadv1.Config{APIKey: "k"})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := chat(ctx, c)
	if e := asError(t, err); e.Code != azureadv1.CodeCanceled || !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

func TestPlainTextIsNoSuccessOfTheThreeOperations(t *testing.T) {
	c := onWire(t, &network{answer: always(200, "welcome", "Content-Type", "text/plain")}, azureadv1.Config{APIKey: "k"})
	do := func(path string) error {
		req, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, "https://x/v1/"+path, strings.NewReader(`{"model":"chat"}`))
		res, err := c.Do(req)
		if err == nil {
			_ = res.Body.Close()
		}
		return err
	}
	sdk := c.OpenAI()
	_, chatErr := sdk.Chat.Completions.New(t.Context(), openai.ChatCompletionNewParams{Model: "chat"})
	_, embedErr := sdk.Embeddings.New(t.Context(), openai.EmbeddingNewParams{Model: "embed"})
	_, respondErr := sdk.Responses.New(t.Context(), responses.ResponseNewParams{Model: "chat"})
	for how, err := range map[string]error{
		"Do chat": do("chat/completions"), "Do embeddings": do("embeddings"), "Do responses": do("responses"),
		"chat": chatErr, "embeddings": embedErr, "responses": respondErr,
	} {
		if e := azureadv1.AsError(err); e == nil || e.Code != azureadv1.CodeContentType {
			t.Errorf("%s: %v", how, err)
		}
	}
	if err := do("audio/transcriptions-as-text"); err != nil {
		t.Errorf("another call, which may well answer with text: %v", err)
	}
}

func TestHeadersThatBreakReadingAreRefused(t *testing.T) {
	for _, name := range []string{"Accept", "accept-encoding"} {
		err := azureadv1.Config{Endpoint: resource, APIKey: "k", Header: http.Header{name: {"gzip"}}}.Validate()
		if err == nil {
			t.Errorf("%s is accepted", name)
			continue
		}
		wantText(t, err.Error(), "azureadv1: Header has "+http.CanonicalHeaderKey(name), "clear it")
	}
}
