package provider_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/tmc/langchaingo/llms"

	"github.com/seed-a739af98/langchaingo-azure/adapters/langchaingo"
	"github.com/seed-a739af98/langchaingo-azure/azureadv1"
	"github.com/seed-a739af98/langchaingo-azure/azureadv1/azuretest"
	"github.com/seed-a739af98/langchaingo-azure/internal/wire"
)

// The table of limits says what the code has.
func TestLimitsAreAsDocumented(t *testing.T) {
	page := readFile(t, "docs/reliability.md")
	size := func(n int) string {
		if n >= 1<<20 {
			return strconv.Itoa(n>>20) + " MiB"
		}
		return strconv.Itoa(n>>10) + " KiB"
	}
	for what, limit := range map[string]string{
		"a line of an event stream":                                           size(wire.MaxLine),
		"the text of a stream":                                                size(wire.MaxText),
		"choices of an answer":                                                strconv.Itoa(wire.MaxChoices),
		"tool calls of a choice":                                              strconv.Itoa(wire.MaxToolCalls),
		"output items of a response":                                          "1,024",
		"parts of an item":                                                    strconv.Itoa(wire.MaxItemParts),
		"id or name of a streamed tool call":                                  size(wire.MaxName),
		"categories of a content filter; more are left out":                   strconv.Itoa(wire.MaxCategories),
		"annotation of a category; a longer one is left out":                  size(wire.MaxDetail),
		"an answer that is read whole, compressed or not, as it is in memory": "256 MiB",
		"objects and lists of an answer within each other":                    "10,000",
		"an answer of an identity provider; the code is `token_provider`":     "1 MiB",
	} {
		if row := fmt.Sprintf("| %s | %s |", what, limit); !strings.Contains(page, row) {
			t.Errorf("docs/reliability.md lacks %s", row)
		}
	}
	if wire.MaxOutputItems != 1024 {
		t.Error("the number of output items is another")
	}
}

// hostile serves every call by f, to a model with the default transport.
func hostile(t *testing.T, f http.HandlerFunc) *langchaingo.LLM {
	t.Helper()
	s := httptest.NewServer(f)
	t.Cleanup(s.Close)
	m, err := langchaingo.New(azureadv1.Config{Endpoint: s.URL, Deployment: "chat", APIKey: "key", MaxRetries: -1})
	must(t, err)
	return m
}

// 300 MiB, in a third of a megabyte of gzip: it is read as far as the limit, in buffers that double.
func TestAGzipBombEndsAtTheLimit(t *testing.T) {
	var member bytes.Buffer // of a file of many, which gzip reads as one
	z := gzip.NewWriter(&member)
	_, err := io.CopyN(z, blanks{}, 1<<20)
	must(t, err)
	must(t, z.Close())
	bomb := bytes.Repeat(member.Bytes(), 300)
	m := hostile(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Encoding", "gzip")
		_, _ = w.Write(bomb)
	})
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err = llms.GenerateFromSinglePrompt(t.Context(), m, "hi")
	runtime.ReadMemStats(&after)
	e := azureadv1.AsError(err)
	if e == nil || e.Code != azureadv1.CodeBadAnswer || !strings.Contains(e.Message, "256 MiB") {
		t.Fatal(err)
	}
	if used := (after.TotalAlloc - before.TotalAlloc) >> 20; used > 2*256+64 {
		t.Errorf("it took %d MiB", used)
	}
}

// blanks is white space without end.
type blanks struct{}

func (blanks) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	return len(p), nil
}

// A line without end, behind a good piece: the piece is kept.
func TestAStreamLineWithoutEndKeepsWhatCame(t *testing.T) {
	m := hostile(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		_, _ = io.WriteString(w, `data: {"id":"x","choices":[{"index":0,"delta":{"content":"Hello"}}]}`+"\n\ndata: ")
		_, _ = io.CopyN(w, blanks{}, 2*wire.MaxLine)
	})
	got, err := m.GenerateContent(t.Context(), []llms.MessageContent{llms.TextParts(llms.ChatMessageTypeHuman, "hi")}, heard(true)...)
	e := azureadv1.AsError(err)
	if e == nil || e.Code != azureadv1.CodeBadAnswer || !strings.Contains(e.Message, "event stream") || partOf(got) != "Hello" {
		t.Errorf("%v, part %q", err, partOf(got))
	}
}

// Answers that are whole and well-formed, but for their depth: the outermost object counts.
func TestNestingPastTheLimitIsABadAnswer(t *testing.T) {
	const limit = 10_000 // of jx, and of encoding/json, too
	answer := func(depth int) string {
		return `{"id":"x","deep":` + strings.Repeat("[", depth-1) + strings.Repeat("]", depth-1) +
			`,"choices":[{"index":0,"message":{"role":"assistant","content":"Hello"},"delta":{"content":"Hello"},"finish_reason":"stop"}]}`
	}
	depth := 0
	m := hostile(t, func(w http.ResponseWriter, r *http.Request) {
		sent, _ := io.ReadAll(r.Body)
		if strings.Contains(string(sent), `"stream":true`) {
			w.Header().Set("Content-Type", "text/event-stream")
			_, _ = io.WriteString(w, "data: "+answer(depth)+"\n\ndata: [DONE]\n\n")
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, answer(depth))
	})
	for _, streamed := range []bool{false, true} {
		for _, depth = range []int{limit, limit + 1, 1 << 20} {
			got, err := m.GenerateContent(t.Context(), []llms.MessageContent{llms.TextParts(llms.ChatMessageTypeHuman, "hi")}, heard(streamed)...)
			if depth <= limit {
				if err != nil || partOf(got) != "Hello" {
					t.Errorf("%d deep, streamed %t: %v, %q", depth, streamed, err, partOf(got))
				}
				continue
			}
			if e := azureadv1.AsError(err); e == nil || e.Code != azureadv1.CodeBadAnswer {
				t.Errorf("%d deep, streamed %t: %v", depth, streamed, err)
			}
		}
	}
}

// An identity provider's answer without end, good or bad: azidentity reads to the end whatever comes.
func TestAnIdentityProvidersAnswerIsBounded(t *testing.T) {
	for kind, identity := range map[string]azureadv1.Identity{
		"an app":             {TenantID: azuretest.DefaultTenantID, ClientID: azuretest.DefaultClientID, ClientSecret: clientSecret},
		"a managed identity": {Kind: "managed_identity"},
	} {
		for _, status := range []int{http.StatusOK, http.StatusBadRequest} {
			t.Run(fmt.Sprint(kind, ", ", status), func(t *testing.T) {
				inBubble(t, func(t *testing.T) {
					s := inMemory(t, azuretest.Options{})
					var read, asked atomic.Int64
					cfg := config(t, s, "v1")
					cfg.Identity = identity
					cfg.HTTPClient = &http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
						if !strings.HasSuffix(r.URL.Path, "/token") {
							return s.HTTPClient().Transport.RoundTrip(r)
						}
						asked.Add(1)
						res := theirs(r, status, "application/json", "")
						res.Body, res.ContentLength = io.NopCloser(io.TeeReader(io.LimitReader(blanks{}, 16<<20), counting{&read})), -1
						return res, nil
					})}
					_, err := generate(t.Context(), newCaller(t, cfg))
					e := azureadv1.AsError(err)
					if e == nil || e.Code != azureadv1.CodeTokenProvider || asked.Load() == 0 {
						t.Fatalf("%v after %d token requests", err, asked.Load())
					}
					if each := read.Load() / asked.Load(); each > 1<<20+64<<10 {
						t.Errorf("%d bytes were read of each answer", each)
					}
					if status == http.StatusOK && !strings.Contains(e.Message, "larger than 1 MiB") {
						t.Error(e.Message)
					}
				})
			})
		}
	}
}

// counting counts bytes.
type counting struct{ n *atomic.Int64 }

func (c counting) Write(p []byte) (int, error) {
	c.n.Add(int64(len(p)))
	return len(p), nil
}

func TestAHeaderPastTheLimitIsAnError(t *testing.T) {
	m := hostile(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Long", strings.Repeat("a", 2<<20))
		_, _ = io.WriteString(w, `{}`)
	})
	_, err := llms.GenerateFromSinglePrompt(t.Context(), m, "hi")
	if e := azureadv1.AsError(err); e == nil || e.Code != azureadv1.CodeUnreachable || len(e.Error()) > 4<<10 {
		t.Error(err)
	}
}
