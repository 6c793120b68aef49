package azuretest_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-a739af98/langchaingo-azure/azureadv1/azuretest"
)

// slowStream asks for a stream with an hour before every delta and reads its first line.
func slowStream(ctx context.Context, t *testing.T, s *azuretest.Server) *http.Response {
	t.Helper()
	s.Enqueue(azuretest.Text("a", "b").WithPace(time.Hour))
	resp, err := s.HTTPClient().Do(request(t, s, http.MethodPost, v1Chat, helloStream, key(azuretest.DefaultAPIKey)).WithContext(ctx)) //nolint:contextcheck // the next call sets it
	if err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReaderSize(resp.Body, 16).ReadString(':'); err != nil || line != "data:" {
		t.Fatalf("the stream began with %q, %v", line, err)
	}
	return resp
}

// Every case ends the handler's goroutine at once, or the bubble would not end before the hour: each asserts that no time went by.
func TestNothingOutlivesAnInMemoryStream(t *testing.T) {
	for _, tt := range []struct {
		name string
		stop func(cancel context.CancelFunc, resp *http.Response, s *azuretest.Server) error
		want error
	}{
		{"the client closes the body", func(_ context.CancelFunc, resp *http.Response, _ *azuretest.Server) error {
			return resp.Body.Close()
		}, nil},
		{"the client cancels", func(cancel context.CancelFunc, resp *http.Response, _ *azuretest.Server) error {
			cancel()
			_, err := io.ReadAll(resp.Body)
			return err
		}, context.Canceled},
		{"the server is closed", func(_ context.CancelFunc, resp *http.Response, s *azuretest.Server) error {
			read := make(chan error)
			go func() {
				_, err := io.ReadAll(resp.Body)
				read <- err
			}()
			synctest.Wait()
			if err := s.Close(); err != nil {
				return err
			}
			if err := <-read; err == nil {
				return errors.New("the stream ended well")
			}
			return nil
		}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := inMemory(t, azuretest.Options{})
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				began := time.Now()
				resp := slowStream(ctx, t, s)
				if err := tt.stop(cancel, resp, s); !errors.Is(err, tt.want) {
					t.Errorf("error = %v, want %v", err, tt.want)
				}
				if err := resp.Body.Close(); err != nil {
					t.Errorf("closing the body: %v", err)
				}
				synctest.Wait()
				if took := time.Since(began); took != 0 {
					t.Errorf("it took %v", took)
				}
			})
		})
	}
}

func TestAStreamOutlivesItsToken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := inMemory(t, azuretest.Options{TokenLifetime: time.Minute})
		token := getToken(t, s.Credential(), cognitiveScope)
		s.Enqueue(azuretest.Text("a", "b", "c").WithPace(time.Minute))
		got := ask(t, s, http.MethodPost, v1Chat, helloStream, bearer(token.Token))
		if streamedText(t, got) != "abc" || got.err != nil || time.Until(token.ExpiresOn) > 0 {
			t.Errorf("the stream was interrupted: %v %s", got.err, got.body)
		}
	})
}

func TestAStreamStreams(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := inMemory(t, azuretest.Options{})
		s.Enqueue(azuretest.Text("a", "b", "c").WithPace(time.Minute))
		began := time.Now()
		resp, err := s.HTTPClient().Do(request(t, s, http.MethodPost, v1Chat, helloStream, key(azuretest.DefaultAPIKey)))
		if err != nil {
			t.Fatal(err)
		}
		if resp.ContentLength != -1 {
			t.Errorf("ContentLength = %d, want unknown", resp.ContentLength)
		}
		var at []time.Duration
		scanner := bufio.NewScanner(resp.Body)
		for scanner.Scan() {
			if strings.Contains(scanner.Text(), `"delta":{"content":"`) && !strings.Contains(scanner.Text(), "role") {
				at = append(at, time.Since(began))
			}
		}
		if err := resp.Body.Close(); err != nil || len(at) != 3 || at[0] != time.Minute || at[2] != 3*time.Minute {
			t.Errorf("deltas came at %v (%v), want one a minute", at, err)
		}
	})
}

func TestDeadlinesInMemory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := inMemory(t, azuretest.Options{})
		s.Enqueue(azuretest.SlowFirstByte(time.Hour), azuretest.Text("a", "b").WithPace(time.Hour))
		client := *s.HTTPClient()
		client.Timeout = time.Minute
		req := request(t, s, http.MethodPost, v1Chat, helloStream, key(azuretest.DefaultAPIKey))
		resp, err := client.Do(req)
		if err == nil {
			_ = resp.Body.Close()
		}
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("before the first byte: %v", err)
		}
		req.Body = io.NopCloser(strings.NewReader(helloStream))
		resp, err = client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		if _, err = io.ReadAll(resp.Body); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("in the stream: %v", err)
		}
		if err := resp.Body.Close(); err != nil {
			t.Error(err)
		}
	})
}

func TestHostsTheMemoryFormDoesNotPlay(t *testing.T) {
	s := inMemory(t, azuretest.Options{Host: "Contoso.OpenAI.azure.com"})
	if s.Endpoint() != "https://contoso.openai.azure.com" {
		t.Errorf("Endpoint = %s", s.Endpoint())
	}
	get := func(target string) error {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, target, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := s.HTTPClient().Do(req)
		if err == nil {
			_ = resp.Body.Close()
		}
		return err
	}
	for _, good := range []string{s.Endpoint(), "https://contoso.openai.azure.com:443/x", "https://CONTOSO.openai.azure.com", "https://login.microsoftonline.us/"} {
		if err := get(good); err != nil {
			t.Errorf("%s: %v", good, err)
		}
	}
	strays := 0
	for _, bad := range []string{"http://contoso.openai.azure.com", "https://evil.example", "https://contoso.openai.azure.com:8443", "https://169.254.169.254/"} {
		err := get(bad)
		strays++
		if dns, ok := errors.AsType[*net.DNSError](err); !ok || !dns.IsNotFound || s.Stats().Strays != strays {
			t.Errorf("%s: %v, %d strays", bad, err, s.Stats().Strays)
		}
	}
}

func TestClosedServersRefuse(t *testing.T) {
	bothForms(t, azuretest.Options{}, func(t *testing.T, s *azuretest.Server) {
		closeServer(t, s)
		closeServer(t, s)
		resp, err := s.HTTPClient().Do(request(t, s, http.MethodPost, v1Chat, hello, nil))
		if err == nil {
			_ = resp.Body.Close()
			t.Error("a closed server answered")
		}
	})
}

func TestAPanicInRespondIsTheRequestsError(t *testing.T) {
	s := inMemory(t, azuretest.Options{Respond: func(azuretest.Request) azuretest.Reply { panic("boom") }})
	resp, err := s.HTTPClient().Do(request(t, s, http.MethodPost, v1Chat, hello, key(azuretest.DefaultAPIKey)))
	if err == nil {
		_ = resp.Body.Close()
	}
	if err == nil || !strings.Contains(err.Error(), "boom") {
		t.Errorf("error = %v", err)
	}
}

func TestOverlongBodies(t *testing.T) {
	s := inMemory(t, azuretest.Options{})
	body := strings.NewReader(strings.Repeat(" ", 32<<20+1))
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.Endpoint()+v1Chat, body)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := s.HTTPClient().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	if got := readAnswer(t, resp); got.status != http.StatusRequestEntityTooLarge {
		t.Errorf("status = %d", got.status)
	}
}

func TestManyAtOnce(t *testing.T) {
	bothForms(t, azuretest.Options{}, func(t *testing.T, s *azuretest.Server) {
		token := getToken(t, s.Credential(), cognitiveScope).Token
		var wg sync.WaitGroup
		for range 16 {
			wg.Go(func() {
				for range 10 {
					if got := ask(t, s, http.MethodPost, v1Chat, helloStream, bearer(token)); streamedText(t, got) != "Hello from chat." {
						t.Errorf("%d %v %s", got.status, got.err, got.body)
					}
					_, _ = s.Requests(), s.Stats()
				}
			})
		}
		wg.Wait()
		if got := s.Stats(); got.Calls != 160 || len(s.Requests()) != 160 {
			t.Errorf("Stats = %+v, %d requests", got, len(s.Requests()))
		}
	})
}

func TestConnectionsAreCounted(t *testing.T) {
	s := start(t, azuretest.Options{})
	for range 3 {
		post(t, s, v1Chat, hello)
	}
	if got := s.Stats().Connections; got != 1 {
		t.Errorf("Connections = %d, want one kept alive", got)
	}
}

func TestTheCertificateIsTheServersOwn(t *testing.T) {
	s, other := start(t, azuretest.Options{}), start(t, azuretest.Options{})
	req := request(t, s, http.MethodPost, v1Chat, hello, key(azuretest.DefaultAPIKey))
	resp, err := other.HTTPClient().Do(req)
	if err == nil {
		_ = resp.Body.Close()
		t.Error("another server's client trusts this one")
	}
}
