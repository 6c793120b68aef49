package provider_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/tmc/langchaingo/llms"

	"github.com/seed-a739af98/langchaingo-azure/azureadv1"
	"github.com/seed-a739af98/langchaingo-azure/azureadv1/azuretest"
)

// ending is how a call ended, and what it left behind.
type ending struct {
	Code       llms.ErrorCode // "" = with an answer
	Word       string         // azureadv1.Error.Code: the service's word, or ours where the service has none
	Status     int
	Attempts   int
	RetryAfter time.Duration
	Hint       string // the heading of docs/errors.md
	Type       string // as Param, the service's own
	Param      string
	Filter     string // the categories of the content filter that struck
	Partial    string // what was said before the failure
	Closed     bool   // the connection was given up; otherwise the next call travelled on it
}

// fault is one row of the matrix: what goes wrong, and how a call ends then.
type fault struct {
	name string

	reply func(r route) azuretest.Reply // what the stand-in answers
	wire  func(*caught) bool            // or what is done to the connection
	place func(*testing.T, *azuretest.Server) *place
	// or where the client is led, over real sockets

	want     ending            // plain, as an embedding and on Responses
	streamed *ending           // streamed, where that differs
	but      map[string]ending // of single ways, by their column's name

	token       int           // attempts with a token, where a refused one is replaced
	unreached   bool          // no attempt gets as far as a request
	within      time.Duration // how long a call takes at most, virtual; 0 = 2 s, the waits between three attempts
	noRequestID bool          // whoever answered gave the answer no id of Azure's
}

// matrixWays are the ways of calling that differ on the wire.
var matrixWays = []struct {
	column string
	way    string
}{
	{"plain", "GenerateContent"},
	{"stream", "GenerateContent, streaming"},
	{"embeddings", "CreateEmbedding"},
	{"responses", "GenerateContent, Responses"},
	{"responses stream", "GenerateContent, Responses streaming"},
}

// cell is one call of the matrix.
type cell struct {
	route

	column    string
	withToken bool
}

func (c cell) String() string {
	return fmt.Sprintf("%s on %s, %s", c.column, c.surface.name, map[bool]string{true: "token", false: "key"}[c.withToken])
}

// streams tells whether the answer is read as events.
func (c cell) streams() bool { return strings.HasSuffix(c.column, "stream") }

func cells() []cell {
	var all []cell
	for _, w := range matrixWays {
		for _, r := range everyRoute() {
			if r.way.name == w.way {
				all = append(all, cell{r, w.column, false}, cell{r, w.column, true})
			}
		}
	}
	return all
}

// expected is how the cell's call ends.
func (f fault) expected(c cell) ending {
	want, special := f.but[c.column]
	switch {
	case special:
	case c.streams() && f.streamed != nil:
		want = *f.streamed
	default:
		want = f.want
	}
	if c.withToken && f.token != 0 {
		want.Attempts = f.token
	}
	return want
}

// place is where the client is led.
type place struct {
	front     *front
	endpoint  string
	transport *http.Transport
	begin     func(fault) // brings the fault about
	lift      func()      // ends it
}

// maxHeader is a fortieth of net/http's own limit, so that going past it is cheap.
const maxHeader = 1 << 18

// inPipes leads over connections in memory, in virtual time.
func inPipes(s *azuretest.Server) *place {
	f := newFront(s.HTTPClient().Transport)
	return &place{
		front: f, endpoint: "http://127.0.0.1",
		transport: &http.Transport{
			DialContext:     func(context.Context, string, string) (net.Conn, error) { return f.dial(), nil }, //nolint:contextcheck // a pipe is there at once
			IdleConnTimeout: time.Hour, MaxResponseHeaderBytes: maxHeader,
		},
		begin: func(row fault) { f.set(row.wire) },
		lift:  func() { f.set(nil) },
	}
}

// play makes one call under the fault and another one when it is over, and tells how the first one ended.
func (f fault) play(t *testing.T, c cell, s *azuretest.Server, p *place) ending {
	t.Helper()
	cfg := azureadv1.Config{
		Endpoint: p.endpoint, APIVersion: c.api(), Deployment: chatDeployment, HTTPClient: &http.Client{Transport: p.transport},
		APIKey: apiKey, Logger: watchedLogger(t),
	}
	if c.withToken {
		cfg.APIKey, cfg.Credential = "", s.Credential()
	}
	on := newCaller(t, cfg)
	s.Reset()
	if f.reply != nil {
		for range 4 { // more than there are attempts
			s.Enqueue(f.reply(c.route))
		}
	}
	p.begin(f)
	began := time.Now()
	said, err := c.call(t.Context(), on)
	took := time.Since(began)
	got := f.judge(t, c, s, p, said, err)
	if limit := max(f.within, 2*time.Second); took > limit && f.place == nil {
		t.Errorf("%s: it took %v, want %v at most", c, took, limit)
	}
	s.Reset()
	p.lift()
	before := p.front.requests()
	if said, err := c.call(t.Context(), on); err != nil || said == "" {
		t.Errorf("%s: the call after it: %q, %v", c, said, err)
	}
	if after := p.front.requests(); len(after) > 0 && len(before) > 0 {
		got.Closed = after[len(after)-1] != before[len(before)-1]
	}
	if err := p.front.settle(p.transport); err != nil {
		t.Errorf("%s: %v", c, err)
	}
	return got
}

// judge reads the ending, and checks what holds for every one.
func (f fault) judge(t *testing.T, c cell, s *azuretest.Server, p *place, said string, err error) ending {
	t.Helper()
	requests := p.front.requests()
	if err == nil {
		if want := map[bool]string{true: "2 vectors", false: "Hello from chat."}[c.column == "embeddings"]; said != want {
			t.Errorf("%s: the answer is %q, want %q", c, said, want)
		}
		return ending{Attempts: len(requests)}
	}
	e := c.failure(t, err)
	theirs, ok := errors.AsType[*llms.Error](err)
	if !ok || theirs.Provider != "azure" {
		t.Fatalf("%s: no *llms.Error of azure in %v", c, err)
	}
	deployment := map[bool]string{true: embedDeployment, false: chatDeployment}[c.column == "embeddings"]
	if e.Op != c.operation || e.Deployment != deployment || !strings.HasPrefix(e.URL, p.endpoint+"/openai/") || e.Message == "" {
		t.Errorf("%s: the error is about %q of %q at %q: %q", c, e.Op, e.Deployment, e.URL, e.Message)
	}
	if theirs.Details["Attempts"] != e.Attempts {
		t.Errorf("%s: llms.Error tells of %v attempts, azureadv1.Error of %d", c, theirs.Details["Attempts"], e.Attempts)
	}
	if n := len(requests); n != e.Attempts && !f.unreached || f.unreached && n != 0 {
		t.Errorf("%s: %d requests came, the error tells of %d attempts", c, n, e.Attempts)
	}
	if (e.Hint == "") != (e.HelpURL == "") {
		t.Errorf("%s: the hint %q has the link %q", c, e.Hint, e.HelpURL)
	}
	if seen := s.Requests(); e.StatusCode != 0 && !f.noRequestID && (len(seen) == 0 || e.RequestID != seen[len(seen)-1].RequestID || e.Region == "") {
		t.Errorf("%s: status %d with the request id %q and the region %q", c, e.StatusCode, e.RequestID, e.Region)
	}
	return endingOf(theirs, e, said)
}

// endingOf reads an ending but for the connection.
func endingOf(theirs *llms.Error, e *azureadv1.Error, said string) ending {
	_, anchor, _ := strings.Cut(e.HelpURL, "#")
	return ending{
		Code: theirs.Code, Word: e.Code, Status: e.StatusCode, Attempts: e.Attempts, RetryAfter: e.RetryAfter, Hint: anchor, Partial: said,
		Type: e.Type, Param: e.Param, Filter: struck(e.ContentFilter),
	}
}

// struck are the categories that a content filter names as its reason.
func struck(f *azureadv1.ContentFilter) string {
	var names []string
	if f != nil {
		for _, r := range f.Results {
			if r.Filtered {
				names = append(names, f.Source+" "+r.Category)
			}
		}
	}
	return strings.Join(names, ", ")
}

// TestFaultMatrix plays every fault on both surfaces, in every way that differs on the wire, with a key and with a token
// of a real credential. Each is followed by a good call on the same client; after it no connection may be in use and no
// goroutine left, which the end of each bubble sees to, and goleak at the end of the package. What happened is the table
// of docs/reliability.md.
func TestFaultMatrix(t *testing.T) {
	happened := map[string]map[string]ending{}
	for _, f := range matrix {
		if f.place != nil {
			continue
		}
		t.Run(f.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				got := map[string]ending{}
				s := inMemory(t, azuretest.Options{})
				for _, c := range cells() {
					got[c.String()] = f.play(t, c, s, inPipes(s))
				}
				f.check(t, got)
				happened[f.name] = got
			})
		})
	}
	t.Run("over sockets", func(t *testing.T) {
		maps.Copy(happened, overSockets(t))
	})
	if len(happened) == len(matrix) { // not with -run of some
		checkFaultTable(t, happened)
	}
}

// check compares every cell with what is expected of it; cells that ended alike are told together.
func (f fault) check(t *testing.T, got map[string]ending) {
	t.Helper()
	wrong := map[[2]ending][]string{}
	for _, c := range cells() {
		if want, ended := f.expected(c), got[c.String()]; ended != want {
			wrong[[2]ending{want, ended}] = append(wrong[[2]ending{want, ended}], c.String())
		}
	}
	for pair, where := range wrong {
		t.Errorf("%s: %s: it ended as\n%+v, want\n%+v", f.name, strings.Join(where, "; "), pair[1], pair[0])
	}
}

// overSockets plays the faults that only a kernel can, all calls at once, since their waits are real.
func overSockets(t *testing.T) map[string]map[string]ending {
	t.Helper()
	var (
		mu  sync.Mutex
		all = map[string]map[string]ending{}
		wg  sync.WaitGroup
	)
	for _, f := range matrix {
		if f.place == nil {
			continue
		}
		all[f.name] = map[string]ending{}
		for _, c := range cells() {
			wg.Go(func() {
				s := inMemory(t, azuretest.Options{})
				got := f.play(t, c, s, f.place(t, s))
				mu.Lock()
				defer mu.Unlock()
				all[f.name][c.String()] = got
			})
		}
	}
	wg.Wait()
	for _, f := range matrix {
		if got, ok := all[f.name]; ok {
			f.check(t, got)
		}
	}
	return all
}

const (
	reliabilityPage = "docs/reliability.md"
	tableHead       = "| fault | plain | stream | attempts | connection | hint |\n|---|---|---|---|---|---|\n"
)

// checkFaultTable compares the table of the page with what happened, or writes it with -update.
func checkFaultTable(t *testing.T, happened map[string]map[string]ending) {
	t.Helper()
	var rows strings.Builder
	for _, f := range matrix {
		rows.WriteString(f.row(happened[f.name]))
	}
	page, err := os.ReadFile(reliabilityPage)
	must(t, err)
	before, rest, found := strings.Cut(string(page), tableHead)
	if !found {
		t.Fatalf("%s has no table of faults", reliabilityPage)
	}
	old, after, _ := strings.Cut(rest, "\n\n")
	if *update {
		text := before + tableHead + strings.TrimSuffix(rows.String(), "\n") + "\n\n" + after
		must(t, os.WriteFile(reliabilityPage, []byte(text), 0o600)) //nolint:gosec // a page of this repository
		return
	}
	if diff := cmp.Diff(rows.String(), old+"\n"); diff != "" {
		t.Errorf("the table of %s is not what happens; -update writes it anew (-happened +page):\n%s", reliabilityPage, diff)
	}
}

// row is the fault's line of the table. Surfaces and credentials end alike, but for the attempts.
func (f fault) row(got map[string]ending) string {
	of := func(column string, withToken bool) ending {
		return got[cell{route{surface: surfaces[1]}, column, withToken}.String()]
	}
	plain, streamed := of("plain", false), of("stream", false)
	with := func(base ending, columns ...string) string {
		text := base.shown()
		for _, column := range columns {
			if other := of(column, false); other.shown() != base.shown() {
				text += "; " + column + ": " + other.shown()
			}
		}
		return text
	}
	attempts, connection, hint := fmt.Sprint(plain.Attempts), closing(plain), hinted(plain.Hint)
	if n := of("plain", true).Attempts; n != plain.Attempts {
		attempts += ", with a token " + fmt.Sprint(n)
	}
	if streamed.Attempts != plain.Attempts {
		attempts += ", streamed " + fmt.Sprint(streamed.Attempts)
	}
	if streamed.Closed != plain.Closed {
		connection += ", streamed " + closing(streamed)
	}
	for _, column := range []string{"embeddings", "responses"} {
		if other := of(column, false).Hint; other != plain.Hint {
			hint += "; " + column + ": " + hinted(other)
		}
	}
	if f.unreached {
		connection = "none"
	}
	return fmt.Sprintf("| %s | %s | %s | %s | %s | %s |\n", f.name,
		with(plain, "embeddings", "responses"), with(streamed, "responses stream"), attempts, connection, hint)
}

func closing(e ending) string { return map[bool]string{true: "closed", false: "kept"}[e.Closed] }

func hinted(anchor string) string {
	if anchor == "" {
		return ""
	}
	return "[" + anchor + "](errors.md#" + anchor + ")"
}

// shown is the ending as the table has it.
func (e ending) shown() string {
	if e.Code == "" {
		return "an answer"
	}
	text := "`" + string(e.Code) + "`"
	if e.Word != "" && e.Word != string(e.Code) {
		text += " " + e.Word
	}
	if e.RetryAfter > 0 {
		text += ", again in " + e.RetryAfter.String()
	}
	if e.Partial != "" {
		text += ", with the part"
	}
	return text
}
