package provider_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/tmc/langchaingo/llms"

	"github.com/seed-a739af98/langchaingo-azure/adapters/langchaingo"
	"github.com/seed-a739af98/langchaingo-azure/azureadv1"
	"github.com/seed-a739af98/langchaingo-azure/azureadv1/azuretest"
)

// Each limit runs out alone: the others are at an hour.
func TestTimeoutsRunOutApart(t *testing.T) {
	for _, tt := range []struct {
		field    string
		set      func(*azureadv1.Config, time.Duration)
		reply    azuretest.Reply
		streamed bool
	}{
		{"FirstByteTimeout", func(c *azureadv1.Config, d time.Duration) { c.FirstByteTimeout = d }, azuretest.SlowFirstByte(30 * time.Minute), false},
		{"FirstByteTimeout", func(c *azureadv1.Config, d time.Duration) { c.FirstByteTimeout = d }, azuretest.SlowFirstByte(30 * time.Minute), true},
		{"StreamIdleTimeout", func(c *azureadv1.Config, d time.Duration) { c.StreamIdleTimeout = d }, azuretest.Text("Hello ", "world").WithPace(30 * time.Minute), true},
	} {
		t.Run(fmt.Sprintf("%s, streamed %t", tt.field, tt.streamed), func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				s := inMemory(t, azuretest.Options{})
				s.Enqueue(tt.reply)
				cfg := config(t, s, "")
				cfg.FirstByteTimeout, cfg.StreamIdleTimeout = time.Hour, time.Hour
				tt.set(&cfg, 7*time.Second)
				m, err := langchaingo.New(cfg)
				must(t, err)
				began := time.Now()
				_, err = m.GenerateContent(t.Context(), []llms.MessageContent{llms.TextParts(llms.ChatMessageTypeHuman, "hi")}, heard(tt.streamed)...)
				checkTimeout(t, err, tt.field, "7s")
				if took := time.Since(began); took < 7*time.Second || took > time.Minute {
					t.Errorf("it took %s", took)
				}
			})
		})
	}
}

func heard(streamed bool) []llms.CallOption {
	if !streamed {
		return nil
	}
	return []llms.CallOption{llms.WithStreamingFunc(func(context.Context, []byte) error { return nil })}
}

func partOf(got *llms.ContentResponse) string {
	if got == nil || len(got.Choices) == 0 {
		return ""
	}
	return got.Choices[0].Content
}

func checkTimeout(t *testing.T, err error, field, limit string) {
	t.Helper()
	e := azureadv1.AsError(err)
	if !llms.IsTimeoutError(err) || e == nil || e.Code != azureadv1.CodeTimeout || !errors.Is(err, context.DeadlineExceeded) {
		t.Fatal(err)
	}
	for _, want := range []string{"Config." + field, limit} {
		if !strings.Contains(e.Message, want) {
			t.Errorf("%q is not in %q", want, e.Message)
		}
	}
	if !strings.Contains(e.Hint, field) || !strings.HasSuffix(e.HelpURL, "#timeout") {
		t.Errorf("hint %q, help %q", e.Hint, e.HelpURL)
	}
}

// A connection that is taken and never spoken on: its TLS handshake runs out, and since nothing was sent it is tried again.
func TestConnectTimeoutIsTriedAgainAndNamed(t *testing.T) {
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	must(t, err)
	t.Cleanup(func() { _ = l.Close() })
	m, err := langchaingo.New(azureadv1.Config{
		Endpoint: "https://" + l.Addr().String(), Deployment: "chat", APIKey: "key", ConnectTimeout: 30 * time.Millisecond, MaxRetries: 1,
	})
	must(t, err)
	_, err = llms.GenerateFromSinglePrompt(t.Context(), m, "hi")
	checkTimeout(t, err, "ConnectTimeout", "30ms")
	if n := azureadv1.AsError(err).Attempts; n != 2 {
		t.Errorf("%d attempts", n)
	}
}

// A program that cancels many calls because one has failed, as errgroup does, gives them its error as the cause. Theirs is
// a cancellation, whatever the cause was.
func TestALimitOfOneCallIsNotThatOfItsSiblings(t *testing.T) {
	for _, streamed := range []bool{false, true} {
		t.Run(fmt.Sprintf("streamed %t", streamed), func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				s := inMemory(t, azuretest.Options{})
				cfg := config(t, s, "")
				cfg.FirstByteTimeout, cfg.StreamIdleTimeout, cfg.MaxRetries = 10*time.Second, 10*time.Second, -1
				m, err := langchaingo.New(cfg)
				must(t, err)
				slow := azuretest.SlowFirstByte(time.Minute)
				if streamed {
					slow = azuretest.Text("Hello ", "world").WithPace(time.Minute)
				}
				ctx, cancel := context.WithCancelCause(t.Context())
				call := func() error {
					_, err := m.GenerateContent(ctx, []llms.MessageContent{llms.TextParts(llms.ChatMessageTypeHuman, "hi")}, heard(streamed)...)
					return err
				}
				s.Enqueue(slow, slow)
				sibling := make(chan error)
				go func() {
					time.Sleep(5 * time.Second)
					sibling <- call()
				}()
				err = call()
				checkTimeout(t, err, map[bool]string{false: "FirstByteTimeout", true: "StreamIdleTimeout"}[streamed], "10s")
				cancel(err)
				if err := <-sibling; !errors.Is(err, context.Canceled) || azureadv1.AsError(err).Code != azureadv1.CodeCanceled {
					t.Errorf("the sibling's error is %v", err)
				}
			})
		})
	}
}

// No limit is one on the whole: a stream with a word every 50 seconds for three hours outlives them all.
func TestALongStreamOutlivesEveryTimeout(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		s := inMemory(t, azuretest.Options{TokenLifetime: 5 * time.Minute})
		words := make([]string, 200)
		for i := range words {
			words[i] = "w "
		}
		s.Enqueue(azuretest.Text(words...).WithPace(50 * time.Second))
		cfg := config(t, s, "")
		cfg.Credential = s.Credential()
		cfg.FirstByteTimeout, cfg.StreamIdleTimeout = time.Minute, time.Minute
		m, err := langchaingo.New(cfg)
		must(t, err)
		began := time.Now()
		got, err := m.GenerateContent(t.Context(), []llms.MessageContent{llms.TextParts(llms.ChatMessageTypeHuman, "hi")}, heard(true)...)
		must(t, err)
		if part, took := partOf(got), time.Since(began); part != strings.Join(words, "") || took < 2*time.Hour {
			t.Errorf("%d bytes in %s", len(part), took)
		}
	})
}
