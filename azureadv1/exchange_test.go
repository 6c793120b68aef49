package azureadv1_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-a739af98/langchaingo-azure/azureadv1"
)

// printing is a log handler that prints the contexts it gets.
type printing struct {
	slog.Handler
	show func(context.Context)
}

func (h printing) Enabled(context.Context, slog.Level) bool { return true }

func (h printing) Handle(ctx context.Context, _ slog.Record) error {
	h.show(ctx)
	return nil
}

// Token providers, log handlers and transports get the context of a call, and print it where they are being debugged.
func TestTheContextOfACallShowsNothingOfIt(t *testing.T) {
	const prompt = "the prompt of this call"
	var mu sync.Mutex
	shown := map[string]bool{}
	show := func(ctx context.Context) {
		mu.Lock()
		defer mu.Unlock()
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			shown[fmt.Sprintf(verb, ctx)] = true
		}
	}
	var asked atomic.Int32
	answers := []int{401, 429, 200}
	synctest.Test(t, func(t *testing.T) {
		c, err := azureadv1.NewClient(azureadv1.Config{
			Endpoint: "https://r.openai.azure.com", Deployment: "chat", Logger: slog.New(printing{show: show}),
			TokenProvider: func(ctx context.Context) (string, error) {
				show(ctx)
				return fmt.Sprintf("token-number-%d", asked.Add(1)), nil
			},
			HTTPClient: &http.Client{Transport: roundTrip(func(req *http.Request) (*http.Response, error) {
				show(req.Context())
				res := answerOf(req, `{"error":{"code":"429","message":"the words of the refusal"}}`)
				res.StatusCode, answers = answers[0], answers[1:]
				return res, nil
			})},
		})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		res, err := c.Post(ctx, azureadv1.OpChat, "", []byte(`{"model":"chat","messages":[{"role":"user","content":"`+prompt+`"}]}`))
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
	})
	if len(answers) != 0 || len(shown) < 7 {
		t.Fatalf("%d answers are left, %d texts were shown", len(answers), len(shown))
	}
	decimal := strings.Trim(fmt.Sprintf("%d", []byte("the prompt")), "[]")
	for text := range shown {
		for _, secret := range []string{"the prompt", decimal, fmt.Sprintf("%x", "the prompt"), "token-number", "refusal"} {
			if strings.Contains(text, secret) {
				t.Errorf("%q is in %.300s", secret, text)
			}
		}
	}
	const want = "context.Background.WithCancel.WithCancel.WithValue(azureadv1.exchange)"
	if !shown[want] && !shown[strings.Replace(want, ".WithCancel", "", 1)] {
		t.Errorf("no context reads as package context's do: %q", slices.Sorted(maps.Keys(shown)))
	}
}

// A provider that is deaf to its context is left behind with it, and must not hold on to what was to be sent.
func TestTheContextOfACallHoldsNoBody(t *testing.T) {
	const size = 4 << 20
	var held []context.Context
	c, err := azureadv1.NewClient(azureadv1.Config{
		Endpoint: "https://r.openai.azure.com", Deployment: "chat",
		TokenProvider: func(ctx context.Context) (string, error) {
			held = append(held, ctx)
			return "", errors.New("no token today")
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	live := func() float64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return float64(m.HeapAlloc)
	}
	before := live()
	for range 5 {
		if res, err := c.Post(t.Context(), azureadv1.OpChat, "", make([]byte, size)); err == nil {
			_ = res.Body.Close()
			t.Fatal("it was sent without a token")
		}
	}
	if grown := live() - before; grown > size {
		t.Errorf("%d contexts hold %.0f bytes", len(held), grown)
	}
	runtime.KeepAlive(held)
}

func TestANilContextIsAnError(t *testing.T) {
	c, err := azureadv1.NewClient(azureadv1.Config{Endpoint: "https://r.openai.azure.com", Deployment: "chat", APIKey: "key"})
	if err != nil {
		t.Fatal(err)
	}
	var none context.Context
	res, err := c.Post(none, azureadv1.OpChat, "", []byte(`{}`))
	if err == nil {
		_ = res.Body.Close()
	}
	if e := azureadv1.AsError(err); e == nil || e.Code != azureadv1.CodeInvalid || !strings.Contains(e.Message, "context is nil") {
		t.Errorf("%v", err)
	}
}

// The limits of each attempt are its own: what is left of one must not end the next.
func TestEachAttemptHasItsOwnLimits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var bodies []*slowBody
		c, err := azureadv1.NewClient(azureadv1.Config{
			Endpoint: "https://r.openai.azure.com", Deployment: "chat", APIKey: "key", StreamIdleTimeout: 10 * time.Second,
			HTTPClient: &http.Client{Transport: roundTrip(func(req *http.Request) (*http.Response, error) {
				b := &slowBody{ctx: req.Context(), wait: 9 * time.Second, left: 3}
				bodies = append(bodies, b)
				res := answerOf(req, "")
				res.Body, res.ContentLength = b, -1
				if len(bodies) == 1 {
					res.StatusCode = http.StatusServiceUnavailable
					b.wait = time.Hour // its body never comes
				}
				return res, nil
			})},
		})
		if err != nil {
			t.Fatal(err)
		}
		res, err := c.Post(t.Context(), azureadv1.OpChat, "", []byte(`{"model":"chat"}`))
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = res.Body.Close() }()
		text, err := io.ReadAll(res.Body)
		if err != nil || string(text) != "..." || len(bodies) != 2 {
			t.Errorf("%q, %v after %d attempts", text, err, len(bodies))
		}
	})
}

// slowBody gives a dot after each wait, as long as its request's context lives.
type slowBody struct {
	ctx  context.Context //nolint:containedctx // its request's
	wait time.Duration
	left int
}

func (b *slowBody) Read(p []byte) (int, error) {
	if b.left == 0 {
		return 0, io.EOF
	}
	select {
	case <-time.After(b.wait):
		b.left--
		return copy(p, "."), nil
	case <-b.ctx.Done():
		return 0, context.Cause(b.ctx)
	}
}

func (b *slowBody) Close() error { return nil }
