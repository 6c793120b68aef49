package azureadv1_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/openai/openai-go/v3"

	"github.com/seed-a739af98/langchaingo-azure/azureadv1"
	"github.com/seed-a739af98/langchaingo-azure/azureadv1/azuretest"
)

func TestWaitsBetweenAttempts(t *testing.T) {
	const long = 24 * time.Hour
	limited := func(header ...string) []canned {
		return []canned{reply(429, `{"error":{"code":"429","message":"slow down"}}`, header...), reply(200, chatAnswer)}
	}
	rows := []struct {
		name     string
		answers  []canned
		cfg      azureadv1.Config
		deadline time.Duration // of the caller's context; 0 is none
		attempts int
		took     time.Duration // exactly, but for the service's own default of 0.375 to 0.5 s
		after    time.Duration // Error.RetryAfter; 0 is success
	}{
		{"retry-after-ms", limited("retry-after-ms", "800"), azureadv1.Config{}, 0, 2, 800 * time.Millisecond, 0},
		{"x-ms-retry-after-ms", limited("x-ms-retry-after-ms", "800"), azureadv1.Config{}, 0, 2, 800 * time.Millisecond, 0},
		{"Retry-After in seconds", limited("Retry-After", "9"), azureadv1.Config{}, 0, 2, 9 * time.Second, 0},
		{"Retry-After with a fraction", limited("Retry-After", "1.5"), azureadv1.Config{}, 0, 2, 1500 * time.Millisecond, 0},
		{"milliseconds before seconds", limited("retry-after-ms", "100", "x-ms-retry-after-ms", "200", "Retry-After", "300"), azureadv1.Config{}, 0, 2, 100 * time.Millisecond, 0},
		{"Azure's own milliseconds before seconds", limited("x-ms-retry-after-ms", "200", "Retry-After", "300"), azureadv1.Config{}, 0, 2, 200 * time.Millisecond, 0},
		{"a wait of nothing", limited("retry-after-ms", "0"), azureadv1.Config{}, 0, 2, 0, 0},
		{"a wait of a minute is still begun", limited("Retry-After", "60"), azureadv1.Config{}, 0, 2, time.Minute, 0},
		{"a longer wait is not", limited("Retry-After", "61"), azureadv1.Config{}, 0, 1, 0, 61 * time.Second},
		{"a day is not waited for", limited("Retry-After", "86400"), azureadv1.Config{}, 0, 1, 0, long},
		{"a day in milliseconds either", limited("retry-after-ms", "86400000"), azureadv1.Config{}, 0, 1, 0, long},
		{"a longest wait of the caller's", limited("Retry-After", "9"), azureadv1.Config{MaxRetryWait: 8 * time.Second}, 0, 1, 0, 9 * time.Second},
		{"a longest wait of the caller's, kept", limited("Retry-After", "300"), azureadv1.Config{MaxRetryWait: 10 * time.Minute}, 0, 2, 5 * time.Minute, 0},
		{"a wait beyond the context's end", limited("Retry-After", "45"), azureadv1.Config{}, 10 * time.Second, 1, 0, 45 * time.Second},
		{"a wait within the context's time", limited("Retry-After", "5"), azureadv1.Config{}, 10 * time.Second, 2, 5 * time.Second, 0},
		{"no retries", limited("retry-after-ms", "800"), azureadv1.Config{MaxRetries: -1}, 0, 1, 0, 800 * time.Millisecond},
		{"no retries, however negative", limited("retry-after-ms", "800"), azureadv1.Config{MaxRetries: -99}, 0, 1, 0, 800 * time.Millisecond},
		{"x-should-retry: false", limited("retry-after-ms", "800", "x-should-retry", "false"), azureadv1.Config{}, 0, 1, 0, 800 * time.Millisecond},
		{"a number that is none", limited("Retry-After", "soon", "retry-after-ms", "800"), azureadv1.Config{}, 0, 2, 800 * time.Millisecond, 0},
	}
	for surface, version := range surfaces {
		for _, row := range rows {
			t.Run(surface+" "+row.name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					w := &network{answer: inOrder(row.answers...)}
					row.cfg.APIKey, row.cfg.APIVersion = "k", version
					c := onWire(t, w, row.cfg)
					ctx := t.Context()
					if row.deadline > 0 {
						var cancel context.CancelFunc
						ctx, cancel = context.WithTimeout(ctx, row.deadline)
						defer cancel()
					}
					began := time.Now()
					err := chat(ctx, c)
					if took := time.Since(began); took != row.took {
						t.Errorf("took %s, want %s", took, row.took)
					}
					if n := len(w.sent()); n != row.attempts {
						t.Errorf("%d attempts, want %d", n, row.attempts)
					}
					if row.after == 0 {
						if err != nil {
							t.Error(err)
						}
						return
					}
					e := asError(t, err)
					if e.RetryAfter != row.after || e.StatusCode != 429 || e.Message != "slow down" {
						t.Errorf("%#v", e)
					}
					wantText(t, e.Error(), "retry after "+row.after.String())
				})
			})
		}
	}
}

func TestRetryAfterAsADate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		at := time.Now().Add(7 * time.Second)
		w := &network{answer: inOrder(reply(503, "", "Retry-After", at.UTC().Format(http.TimeFormat)), reply(200, chatAnswer))}
		mustChat(t, onWire(t, w, azureadv1.Config{APIKey: "k"}))
		if d := time.Since(at).Abs(); d > time.Second {
			t.Errorf("the second attempt came %s off", d)
		}
		w = &network{answer: always(503, "", "Retry-After", time.Now().Add(time.Hour).UTC().Format(http.TimeFormat))}
		if e := failedChat(t, onWire(t, w, azureadv1.Config{APIKey: "k"})); e.RetryAfter < 59*time.Minute || len(w.sent()) != 1 {
			t.Errorf("RetryAfter %s after %d attempts", e.RetryAfter, len(w.sent()))
		}
		w = &network{answer: inOrder(reply(503, "", "Retry-After", time.Now().Add(-time.Hour).UTC().Format(http.TimeFormat)), reply(200, chatAnswer))}
		mustChat(t, onWire(t, w, azureadv1.Config{APIKey: "k"})) // long past: at once
	})
}

func TestHowOftenAnAttemptIsRepeated(t *testing.T) {
	rows := []struct {
		name       string
		status     int
		header     []string
		maxRetries int
		attempts   int
	}{
		{"0 means 2 retries", 500, nil, 0, 3},
		{"negative means none", 500, nil, -1, 1},
		{"5 retries", 500, nil, 5, 6},
		{"1 retry", 429, nil, 1, 2},
		{"408 is repeated", 408, nil, 0, 3},
		{"409 is repeated, as openai-go does", 409, nil, 0, 3},
		{"400 is not", 400, nil, 0, 1},
		{"404 is not", 404, nil, 0, 1},
		{"422 is not", 422, nil, 0, 1},
		{"401 is not, whatever the answer says", 401, []string{"X-Should-Retry", "true"}, 0, 1},
		{"403 is not, whatever the answer says", 403, []string{"X-Should-Retry", "true"}, 0, 1},
		{"500 that says not to", 500, []string{"X-Should-Retry", "false"}, 0, 1},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := &network{answer: always(row.status, "", row.header...)}
				e := failedChat(t, onWire(t, w, azureadv1.Config{APIKey: "k", MaxRetries: row.maxRetries}))
				if n := len(w.sent()); n != row.attempts || e.Attempts != n || e.StatusCode != row.status {
					t.Errorf("%d attempts, want %d; Error: %d attempts, status %d", n, row.attempts, e.Attempts, e.StatusCode)
				}
			})
		})
	}
}

func TestConnectionThatFailsIsTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := azuretest.New(azuretest.Options{})
		c := newClient(t, azureadv1.Config{Endpoint: s.Endpoint(), Deployment: "chat", APIKey: azuretest.DefaultAPIKey, HTTPClient: s.HTTPClient()})
		s.Enqueue(azuretest.Disconnect(), azuretest.Disconnect())
		mustChat(t, c)
		if n := s.Stats().Calls; n != 3 {
			t.Errorf("%d calls, want 3", n)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		e := failedChat(t, c)
		if e.Code != azureadv1.CodeUnreachable || e.StatusCode != 0 || e.Attempts != 3 {
			t.Errorf("%#v", e)
		}
		wantText(t, e.Hint, "host and port")
	})
}

func TestUnknownHostIsExplained(t *testing.T) {
	s := standIn(t, azuretest.Options{})
	e := failedChat(t, newClient(t, azureadv1.Config{
		Endpoint: "https://apim.example.com/a?sig=sekret", Deployment: "chat", APIKey: "k", HTTPClient: s.HTTPClient(), MaxRetries: -1,
	}))
	wantText(t, e.Error(), "unreachable", "no such host", "check Endpoint")
	wantNone(t, e.Error(), "sekret")
	for err := error(e); err != nil; err = errors.Unwrap(err) {
		wantNone(t, err.Error(), "sekret")
	}
}

// silent never answers, until the request's context ends.
func silent(_ int, r *http.Request) (canned, error) {
	<-r.Context().Done()
	return canned{}, context.Cause(r.Context())
}

func TestFirstByteTimeout(t *testing.T) {
	for name, row := range map[string]struct{ set, want time.Duration }{"the default": {0, 10 * time.Minute}, "the caller's": {3 * time.Second, 3 * time.Second}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := &network{answer: silent}
				c := onWire(t, w, azureadv1.Config{APIKey: "k", FirstByteTimeout: row.set})
				began := time.Now()
				err := chat(t.Context(), c)
				if took := time.Since(began); took != row.want {
					t.Errorf("took %s, want %s", took, row.want)
				}
				e := asError(t, err)
				if e.Code != azureadv1.CodeTimeout || len(w.sent()) != 1 || !errors.Is(err, context.DeadlineExceeded) || !os.IsTimeout(errors.Unwrap(err)) {
					t.Errorf("%#v after %d requests: it may be billed, so it is not repeated", e, len(w.sent()))
				}
				wantText(t, e.Error(), "FirstByteTimeout", row.want.String())
			})
		})
	}
	t.Run("none", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			w := &network{answer: silent}
			ctx, cancel := context.WithTimeout(t.Context(), 24*time.Hour)
			defer cancel()
			began := time.Now()
			err := chat(ctx, onWire(t, w, azureadv1.Config{APIKey: "k", FirstByteTimeout: -1}))
			if took := time.Since(began); took != 24*time.Hour || !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("%v after %s", err, took)
			}
			wantNone(t, err.Error(), "FirstByteTimeout")
		})
	})
	t.Run("it ends with the header: a slow body is not its business", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s := azuretest.New(azuretest.Options{})
			s.Enqueue(azuretest.Text("a", "b", "c", "d").WithPace(2 * time.Second))
			c := newClient(t, azureadv1.Config{Endpoint: s.Endpoint(), APIKey: azuretest.DefaultAPIKey, HTTPClient: s.HTTPClient(), FirstByteTimeout: 3 * time.Second})
			if err := streamed(t.Context(), c); err != nil {
				t.Error(err)
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
	})
}

// streamed reads one streamed chat to its end.
func streamed(ctx context.Context, c *azureadv1.Client) error {
	return posted(ctx, c, "chat", `{"model":"chat","stream":true,"messages":[{"role":"user","content":"hello"}]}`)
}

func TestStreamIdleTimeout(t *testing.T) {
	rows := []struct {
		name      string
		set, pace time.Duration
		took      time.Duration // 0 is no failure
	}{
		{"a stream that falls silent for the default's 5 minutes", 0, time.Hour, 5 * time.Minute},
		{"a stream that falls silent for the caller's limit", 3 * time.Second, time.Hour, 3 * time.Second},
		{"a slow stream that never falls silent", 3 * time.Second, 2 * time.Second, 0},
		{"no limit", -1, time.Hour, 0},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := azuretest.New(azuretest.Options{})
				s.Enqueue(azuretest.Text("a", "b", "c", "d", "e").WithPace(row.pace))
				c := newClient(t, azureadv1.Config{Endpoint: s.Endpoint(), APIKey: azuretest.DefaultAPIKey, HTTPClient: s.HTTPClient(), StreamIdleTimeout: row.set})
				began := time.Now()
				err := streamed(t.Context(), c)
				if row.took == 0 && err != nil {
					t.Errorf("%v after %s", err, time.Since(began))
				}
				if row.took > 0 {
					if took := time.Since(began); took != row.took || !errors.Is(err, context.DeadlineExceeded) {
						t.Errorf("%v after %s, want %s", err, took, row.took)
					}
					wantText(t, err.Error(), "StreamIdleTimeout", row.took.String())
				}
				if err := s.Close(); err != nil {
					t.Error(err)
				}
			})
		})
	}
}

func TestSlowReaderIsNotASilentService(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := azuretest.New(azuretest.Options{})
		c := newClient(t, azureadv1.Config{Endpoint: s.Endpoint(), APIKey: azuretest.DefaultAPIKey, HTTPClient: s.HTTPClient(), StreamIdleTimeout: time.Second})
		res, err := c.Post(t.Context(), azureadv1.OpChat, "chat", []byte(chatBody))
		if err != nil {
			t.Fatal(err)
		}
		for {
			time.Sleep(time.Hour)
			if _, err := res.Body.Read(make([]byte, 64)); err != nil {
				if !errors.Is(err, io.EOF) {
					t.Error(err)
				}
				break
			}
		}
		if err := errors.Join(res.Body.Close(), s.Close()); err != nil {
			t.Error(err)
		}
	})
}

func TestCallerLeavesPromptly(t *testing.T) {
	rows := map[string]func(int, *http.Request) (canned, error){
		"while waiting to try again": always(429, "", "Retry-After", "50", "Apim-Request-Id", "r7"),
		"while the service thinks":   silent,
		"while an error's body stalls": func(_ int, r *http.Request) (canned, error) {
			return reply(500, "").with(stalled{r.Context()}), nil
		},
	}
	for name, answer := range rows {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				time.AfterFunc(7*time.Second, cancel)
				began := time.Now()
				err := chat(ctx, onWire(t, &network{answer: answer}, azureadv1.Config{APIKey: "k"}))
				if took := time.Since(began); took != 7*time.Second || !errors.Is(err, context.Canceled) {
					t.Errorf("%v after %s", err, took)
				}
				e := asError(t, err)
				if e.Code != azureadv1.CodeCanceled || e.StatusCode != 0 || e.Attempts != 1 {
					t.Errorf("code %q, status %d, %d attempts", e.Code, e.StatusCode, e.Attempts)
				}
				// What had gone wrong before is told, where anything had.
				said := strings.Contains(e.Message, "after an answer of status 429") && e.RetryAfter == 50*time.Second && e.RequestID == "r7"
				if said != (name == "while waiting to try again") {
					t.Errorf("%v", e)
				}
			})
		})
	}
}

// stalled is a body that brings nothing until its context ends.
type stalled struct{ ctx context.Context } //nolint:containedctx // it is the request's

func (b stalled) Read([]byte) (int, error) {
	<-b.ctx.Done()
	return 0, context.Cause(b.ctx)
}

func (b stalled) Close() error { return nil }

func TestErrorWhoseBodyStallsKeepsItsStatus(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &network{answer: func(_ int, r *http.Request) (canned, error) {
			return reply(429, "", "Apim-Request-Id", "r1", "Retry-After", "300").with(stalled{r.Context()}), nil
		}}
		err := chat(t.Context(), onWire(t, w, azureadv1.Config{APIKey: "k", StreamIdleTimeout: 3 * time.Second}))
		e := asError(t, err)
		if e.StatusCode != 429 || e.RequestID != "r1" || e.RetryAfter != 5*time.Minute || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%#v", e)
		}
		wantText(t, e.Message, "could not be read", "StreamIdleTimeout")
	})
}

// endless counts what is read of a body that never ends.
type endless struct{ read int }

func (b *endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	b.read += len(p)
	return len(p), nil
}

func (b *endless) Close() error { return nil }

func TestErrorBodyIsReadUpToAMebibyte(t *testing.T) {
	rows := map[string]func() (io.ReadCloser, *endless){
		"of 5 MiB": func() (io.ReadCloser, *endless) {
			return io.NopCloser(strings.NewReader(`{"error":{"message":"` + strings.Repeat("x", 5<<20) + `"}}`)), nil
		},
		"without end": func() (io.ReadCloser, *endless) { b := &endless{}; return b, b },
	}
	for name, body := range rows {
		t.Run(name, func(t *testing.T) {
			b, counted := body()
			w := &network{answer: func(int, *http.Request) (canned, error) {
				return reply(400, "").with(b), nil
			}}
			c := onWire(t, w, azureadv1.Config{APIKey: "k"})
			e := failedChat(t, c)
			if e.StatusCode != 400 || len(e.Error()) > 2000 || len(e.Message) > 600 {
				t.Errorf("an error of %d bytes", len(e.Error()))
			}
			if counted != nil && counted.read > 2<<20 {
				t.Errorf("%d bytes were read", counted.read)
			}
		})
	}
	t.Run("through OpenAI()", func(t *testing.T) {
		b := &endless{}
		w := &network{answer: func(int, *http.Request) (canned, error) {
			return reply(400, "").with(b), nil
		}}
		sdk := onWire(t, w, azureadv1.Config{APIKey: "k"}).OpenAI()
		_, err := sdk.Chat.Completions.New(t.Context(), openai.ChatCompletionNewParams{Model: "chat"})
		if e := asError(t, err); e.StatusCode != 400 || b.read > 2<<20 {
			t.Errorf("%d bytes were read for %v", b.read, err)
		}
	})
}

func TestBackoffThatOutlastsTheContextIsNotBegun(t *testing.T) {
	rows := []struct {
		name     string
		cfg      azureadv1.Config
		deadline time.Duration
		attempts int
	}{
		{"the first wait, of up to 0.5 s", azureadv1.Config{}, 300 * time.Millisecond, 1},
		{"the second wait, of up to 1 s", azureadv1.Config{}, time.Second, 2},
		{"a backoff that the longest wait cuts short", azureadv1.Config{MaxRetryWait: 100 * time.Millisecond}, 300 * time.Millisecond, 3},
		{"time enough for all", azureadv1.Config{}, 5 * time.Second, 3},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := &network{answer: always(503, `{"error":{"message":"overloaded"}}`)}
				row.cfg.APIKey = "k"
				c := onWire(t, w, row.cfg)
				ctx, cancel := context.WithTimeout(t.Context(), row.deadline)
				defer cancel()
				err := chat(ctx, c)
				e := asError(t, err)
				if e.StatusCode != 503 || e.Message != "overloaded" || len(w.sent()) != row.attempts {
					t.Errorf("%v after %d attempts, want %d", err, len(w.sent()), row.attempts)
				}
				if ctx.Err() != nil {
					t.Error("the context's whole time was spent")
				}
			})
		})
	}
}

// late is a body whose request has been given up.
type late struct{ ctx context.Context } //nolint:containedctx // it is the request's

func (b late) Read([]byte) (int, error) {
	if err := b.ctx.Err(); err != nil {
		return 0, err
	}
	return 0, io.EOF
}

func (b late) Close() error { return nil }

func TestHeaderThatArrivesAsTheFirstByteTimeoutFires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &network{answer: func(_ int, r *http.Request) (canned, error) {
			<-r.Context().Done()
			return reply(200, "").with(late{r.Context()}), nil
		}}
		err := chat(t.Context(), onWire(t, w, azureadv1.Config{APIKey: "k", FirstByteTimeout: 3 * time.Second}))
		if e := asError(t, err); e.Code != azureadv1.CodeTimeout || len(w.sent()) != 1 {
			t.Errorf("%#v after %d requests", e, len(w.sent()))
		}
		wantText(t, err.Error(), "FirstByteTimeout", "3s")
	})
}

func TestRetriesOfALostConnectionAreLogged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		w := &network{answer: func(n int, r *http.Request) (canned, error) {
			if n == 1 {
				return canned{}, errors.New("reset while at " + r.URL.String())
			}
			return reply(200, chatAnswer), nil
		}}
		mustChat(t, onWire(t, w, azureadv1.Config{
			Endpoint: "https://apim.example.com/?sig=sekret", APIKey: "k",
			Logger: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		}))
		wantText(t, log.String(), "level=DEBUG", "attempt failed", "reset")
		wantNone(t, log.String(), "sekret")
	})
}
