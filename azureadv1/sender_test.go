package azureadv1_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-a739af98/langchaingo-azure/azureadv1"
)

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

func answerOf(req *http.Request, body string) *http.Response {
	return &http.Response{
		StatusCode: http.StatusOK, Request: req, ContentLength: int64(len(body)), Body: io.NopCloser(strings.NewReader(body)),
		Header: http.Header{"Content-Type": {"application/json"}},
	}
}

func postThrough(t *testing.T, hc *http.Client) (string, error) {
	t.Helper()
	c, err := azureadv1.NewClient(azureadv1.Config{
		Endpoint: "https://r.openai.azure.com", APIKey: "key", Deployment: "chat", HTTPClient: hc, MaxRetries: -1,
	})
	if err != nil {
		t.Fatal(err)
	}
	res, err := c.Post(t.Context(), azureadv1.OpChat, "", []byte(`{"model":"chat"}`))
	if err != nil {
		return "", err
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	return string(body), err
}

func TestATransportThatBreaksItsContractIsAnError(t *testing.T) {
	for _, row := range []struct {
		name  string
		trip  roundTrip
		body  string
		wants []string // in the error; none for a good answer
	}{
		{"neither an answer nor an error", func(*http.Request) (*http.Response, error) { return nil, nil }, "", []string{"roundTrip", "neither"}},
		{"a length and no body", func(req *http.Request) (*http.Response, error) {
			res := answerOf(req, "{}")
			res.Body = nil
			return res, nil
		}, "", []string{"roundTrip", "2 bytes without a body"}},
		{"no length and no body", func(req *http.Request) (*http.Response, error) {
			res := answerOf(req, "")
			res.Body = nil
			return res, nil
		}, "", nil},
		{"no request", func(req *http.Request) (*http.Response, error) {
			res := answerOf(req, "{}")
			res.Request = nil
			return res, nil
		}, "{}", nil},
		{"an error of its own", func(*http.Request) (*http.Response, error) { return nil, errors.New("the cable is out") }, "", []string{"the cable is out"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			body, err := postThrough(t, &http.Client{Transport: row.trip})
			if len(row.wants) == 0 {
				if err != nil || body != row.body {
					t.Errorf("%q, %v", body, err)
				}
				return
			}
			e := azureadv1.AsError(err)
			if e == nil || e.Code != azureadv1.CodeUnreachable {
				t.Fatalf("error %v", err)
			}
			for _, want := range row.wants {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%q is not in %v", want, err)
				}
			}
		})
	}
}

func TestTheProgramsOwnHTTPClientKeepsItsClockAndItsCookies(t *testing.T) {
	t.Run("a clock", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			began := time.Now()
			_, err := postThrough(t, &http.Client{Timeout: 3 * time.Second, Transport: roundTrip(func(req *http.Request) (*http.Response, error) {
				<-req.Context().Done()
				return nil, req.Context().Err()
			})})
			if !errors.Is(err, context.DeadlineExceeded) || time.Since(began) != 3*time.Second {
				t.Errorf("after %s: %v", time.Since(began), err)
			}
		})
	})
	t.Run("cookies", func(t *testing.T) {
		jar, err := cookiejar.New(nil)
		if err != nil {
			t.Fatal(err)
		}
		var sent []string
		hc := &http.Client{Jar: jar, Transport: roundTrip(func(req *http.Request) (*http.Response, error) {
			sent = append(sent, req.Header.Get("Cookie"))
			res := answerOf(req, "{}")
			res.Header.Set("Set-Cookie", "affinity=one; Path=/")
			return res, nil
		})}
		for range 2 {
			if _, err := postThrough(t, hc); err != nil {
				t.Fatal(err)
			}
		}
		if len(sent) != 2 || sent[0] != "" || sent[1] != "affinity=one" {
			t.Errorf("cookies %q", sent)
		}
	})
}

// writes counts what goes out of a connection.
type writes struct {
	net.Conn
	n *atomic.Int64
}

func (w writes) Write(p []byte) (int, error) {
	w.n.Add(1)
	return w.Conn.Write(p)
}

func TestAShortRequestLeavesInOnePiece(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode([]any{string(body), err == nil, r.ContentLength})
	}))
	defer server.Close()
	var n atomic.Int64
	transport := &http.Transport{DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
		c, err := (&net.Dialer{}).DialContext(ctx, network, addr)
		return writes{c, &n}, err
	}}
	defer transport.CloseIdleConnections()
	c, err := azureadv1.NewClient(azureadv1.Config{Endpoint: server.URL, APIKey: "key", Deployment: "chat", HTTPClient: &http.Client{Transport: transport}})
	if err != nil {
		t.Fatal(err)
	}
	res, err := c.Post(t.Context(), azureadv1.OpChat, "", []byte(`{"model":"chat"}`))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	got, err := io.ReadAll(res.Body)
	if want := `["{\"model\":\"chat\"}",true,16]` + "\n"; err != nil || string(got) != want {
		t.Errorf("the server got %s, %v", got, err)
	}
	if n.Load() != 1 {
		t.Errorf("the request left in %d pieces", n.Load())
	}
}

func TestOfThePlatformNothingIsTold(t *testing.T) {
	post := func(c *azureadv1.Client) error {
		res, err := c.Post(t.Context(), azureadv1.OpChat, "", []byte(`{"model":"chat"}`))
		if err == nil {
			err = res.Body.Close()
		}
		return err
	}
	for _, row := range []struct {
		name   string
		send   func(*azureadv1.Client) error
		hc     http.Client
		header http.Header // configured
		told   []string    // headers that begin with X-Stainless, beside the count of retries
	}{
		{name: "Post", send: post},
		{name: "Post through a client with a clock", send: post, hc: http.Client{Timeout: time.Minute}},
		{name: "Do", send: func(c *azureadv1.Client) error {
			req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "https://api.openai.com/v1/chat/completions", strings.NewReader(`{"model":"chat"}`))
			if err != nil {
				return err
			}
			res, err := c.Do(req)
			if err == nil {
				err = res.Body.Close()
			}
			return err
		}},
		{name: "Post with one that is configured", send: post, header: http.Header{"X-Stainless-Lang": {"mine"}}, told: []string{"X-Stainless-Lang"}},
		{
			name: "OpenAI, which is openai-go as it is",
			send: func(c *azureadv1.Client) error {
				var answer json.RawMessage
				sdk := c.OpenAI()
				return sdk.Get(t.Context(), "models", nil, &answer)
			},
			told: []string{"X-Stainless-Arch", "X-Stainless-Lang", "X-Stainless-Os", "X-Stainless-Package-Version", "X-Stainless-Runtime", "X-Stainless-Runtime-Version"},
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			var sent http.Header
			row.hc.Transport = roundTrip(func(req *http.Request) (*http.Response, error) {
				sent = req.Header.Clone()
				return answerOf(req, "{}"), nil
			})
			c, err := azureadv1.NewClient(azureadv1.Config{
				Endpoint: "https://r.openai.azure.com", APIKey: "key", Deployment: "chat", HTTPClient: &row.hc, Header: row.header,
			})
			if err != nil {
				t.Fatal(err)
			}
			if err := row.send(c); err != nil {
				t.Fatal(err)
			}
			if sent.Get("X-Stainless-Retry-Count") != "0" || sent.Get("User-Agent") == "" {
				t.Errorf("header %v lacks what tells attempts and programs apart", sent)
			}
			sent.Del("X-Stainless-Retry-Count")
			var told []string
			for _, name := range slices.Sorted(maps.Keys(sent)) {
				if strings.HasPrefix(name, "X-Stainless") {
					told = append(told, name)
				}
			}
			if d := cmp.Diff(row.told, told); d != "" {
				t.Errorf("headers (-want +got):\n%s", d)
			}
		})
	}
}
