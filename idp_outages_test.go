package provider_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"

	"github.com/seed-a739af98/langchaingo-azure/azureadv1/azuretest"
)

// An outage is simulated over two hours with a call every 20 seconds, and every 20 minutes 40 more within one second: the
// calls of a quiet program and the herd that finds its token gone.
const (
	outageSpan  = 2 * time.Hour
	outagePace  = 20 * time.Second
	herdPause   = 20 * time.Minute
	herdSize    = 40
	outageCalls = int(outageSpan/outagePace) + herdSize*int(outageSpan/herdPause)
)

// entraFront stands before the stand-in's Entra side and metadata endpoint. It notes when each request arrived, and may
// answer for a token in their place or change what they say of it.
type entraFront struct {
	client *http.Client

	mu    sync.Mutex
	asked []time.Time
	wrong func(req *http.Request) *http.Response // nil = the stand-in's own answer
	ahead time.Duration                          // how far the caller's clock is ahead of Microsoft's
}

// Do implements policy.Transporter.
func (f *entraFront) Do(req *http.Request) (*http.Response, error) {
	f.mu.Lock()
	f.asked = append(f.asked, time.Now())
	wrong, ahead := f.wrong, f.ahead
	f.mu.Unlock()
	if !strings.HasSuffix(req.URL.Path, "/token") {
		return f.client.Do(req) //nolint:gosec // G704: azidentity makes the request, the stand-in answers it
	}
	if wrong != nil {
		return wrong(req), nil
	}
	res, err := f.client.Do(req) //nolint:gosec // G704: as above
	if err != nil || ahead == 0 || res.StatusCode != http.StatusOK {
		return res, err
	}
	return asSeenFrom(ahead, res)
}

func (f *entraFront) answerWith(wrong func(*http.Request) *http.Response) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.wrong = wrong
}

func (f *entraFront) shiftClock(ahead time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.ahead = ahead
}

func (f *entraFront) requests() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.asked)
}

// most is the greatest number of requests within any one second.
func (f *entraFront) most() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	most := 0
	for i := range f.asked {
		n := 1
		for n <= i && f.asked[i].Sub(f.asked[i-n]) < time.Second {
			n++
		}
		most = max(most, n)
	}
	return most
}

// asSeenFrom moves the instants of an answer as a clock that is ahead sees them. Durations, which are all that Entra itself
// answers with, are the same on every clock.
func asSeenFrom(ahead time.Duration, res *http.Response) (*http.Response, error) {
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return nil, err
	}
	_ = res.Body.Close()
	var fields map[string]any
	if err := json.Unmarshal(body, &fields); err != nil {
		return nil, err
	}
	for _, name := range []string{"expires_on", "not_before"} {
		if text, ok := fields[name].(string); ok {
			instant, err := strconv.ParseInt(text, 10, 64)
			if err != nil {
				return nil, err
			}
			fields[name] = strconv.FormatInt(instant-int64(ahead/time.Second), 10)
		}
	}
	body, err = json.Marshal(fields)
	res.Body = io.NopCloser(bytes.NewReader(body))
	res.ContentLength = int64(len(body))
	return res, err
}

// tokenAnswer is an answer of a token endpoint; life is what it says of the token's, empty for nothing. Entra says it as a
// duration, the metadata endpoint as an instant, too.
func tokenAnswer(req *http.Request, contentType, token, life string) *http.Response {
	fields := map[string]any{"token_type": "Bearer", "access_token": token}
	if seconds, err := strconv.Atoi(life); err == nil {
		fields["expires_in"] = seconds
		if req.Method == http.MethodGet {
			fields["expires_in"] = life
			fields["expires_on"] = strconv.FormatInt(time.Now().Unix()+int64(seconds), 10)
			fields["resource"] = req.URL.Query().Get("resource")
		}
	}
	body, err := json.Marshal(fields)
	if err != nil {
		panic(err) // strings and numbers always marshal
	}
	return theirs(req, http.StatusOK, contentType, string(body))
}

// drill is one outage: what the identity provider does, and what may come of it for both kinds of identity.
type drill struct {
	name string
	opts azuretest.Options
	run  func(d *drilled) // it runs beside the calls, and may sleep
	// Bounds, first for an app with a secret, then for a managed identity. Azidentity's pauses between its tries are
	// random, so that some counts are.
	failed, fetches, requests, peak [2]bounds
}

type bounds struct{ least, most int }

func exactly(n int) bounds { return bounds{n, n} }

func (b bounds) String() string {
	if b.least == b.most {
		return strconv.Itoa(b.least)
	}
	return fmt.Sprintf("%d to %d", b.least, b.most)
}

func (b bounds) check(t *testing.T, what string, n int) {
	t.Helper()
	if n < b.least || n > b.most {
		t.Errorf("%d %s, want %v", n, what, b)
	}
}

// drilled is the world of a drill that runs.
type drilled struct {
	server *azuretest.Server
	front  *entraFront

	mu      sync.Mutex
	refusal azuretest.Reply // the service's answer to every call; zero = its own
	old     string
}

func (d *drilled) refuse(with azuretest.Reply) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.refusal = with
}

func (d *drilled) respond(azuretest.Request) azuretest.Reply {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.refusal
}

// oldToken is one token that has expired, as a cache that keeps it would answer each time.
func (d *drilled) oldToken() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.old == "" {
		d.old = d.server.IssueToken(azuretest.Claims{Expires: time.Now().Add(-time.Minute)})
	}
	return d.old
}

// between lets something hold from one minute of the drill to another.
func between(from, to int, begin, end func(*drilled)) func(*drilled) {
	return func(d *drilled) {
		time.Sleep(time.Duration(from) * time.Minute)
		begin(d)
		time.Sleep(time.Duration(to-from) * time.Minute)
		end(d)
	}
}

// wrongly answers wrongly for the hour in the middle.
func wrongly(wrong func(d *drilled, req *http.Request) *http.Response) func(*drilled) {
	return between(30, 90,
		func(d *drilled) {
			d.front.answerWith(func(req *http.Request) *http.Response { return wrong(d, req) })
		},
		func(d *drilled) { d.front.answerWith(nil) })
}

var drills = []drill{
	{
		name:   "nothing happens",
		run:    func(*drilled) {},
		failed: [2]bounds{exactly(0), exactly(0)}, fetches: [2]bounds{exactly(4), exactly(4)},
		requests: [2]bounds{exactly(4), exactly(3)}, peak: [2]bounds{exactly(2), exactly(1)},
	},
	{
		name: "down from the start, for ten minutes",
		run: between(0, 10, func(d *drilled) { d.server.SetEntraDown(true) },
			func(d *drilled) { d.server.SetEntraDown(false) }),
		failed: [2]bounds{{69, 73}, {69, 73}}, fetches: [2]bounds{{16, 22}, {12, 16}},
		// The last try that fails may be of the discovery, with the first that does not and its token's right behind it.
		requests: [2]bounds{{58, 76}, {45, 55}}, peak: [2]bounds{{2, 3}, exactly(1)},
	},
	{
		name: "down for an hour in the middle",
		run: between(30, 90, func(d *drilled) { d.server.SetEntraDown(true) },
			func(d *drilled) { d.server.SetEntraDown(false) }),
		failed: [2]bounds{{169, 172}, {169, 172}}, fetches: [2]bounds{{42, 54}, {36, 38}},
		requests: [2]bounds{{165, 212}, {138, 148}}, peak: [2]bounds{exactly(2), exactly(1)},
	},
	{
		name: "503 for an hour in the middle",
		run: between(30, 90, func(d *drilled) { d.server.SetEntraStatus(http.StatusServiceUnavailable) },
			func(d *drilled) { d.server.SetEntraStatus(0) }),
		failed: [2]bounds{{169, 172}, {169, 172}}, fetches: [2]bounds{{42, 54}, {36, 38}},
		requests: [2]bounds{{165, 212}, {138, 148}}, peak: [2]bounds{exactly(2), exactly(1)},
	},
	{
		name:   "slow: every answer takes 10 s",
		run:    between(0, 120, func(d *drilled) { d.server.SetEntraDelay(10 * time.Second) }, func(*drilled) {}),
		failed: [2]bounds{exactly(0), exactly(0)}, fetches: [2]bounds{exactly(3), exactly(3)},
		requests: [2]bounds{exactly(4), exactly(3)}, peak: [2]bounds{exactly(1), exactly(1)},
	},
	{
		name: "flapping: 40 s down, 20 s up, tokens of 5 minutes",
		opts: azuretest.Options{TokenLifetime: 5 * time.Minute},
		run: func(d *drilled) {
			for range int(outageSpan / time.Minute) {
				d.server.SetEntraDown(true)
				time.Sleep(40 * time.Second)
				d.server.SetEntraDown(false)
				time.Sleep(20 * time.Second)
			}
		},
		failed: [2]bounds{{1, 20}, {1, 20}}, fetches: [2]bounds{{28, 48}, {28, 48}},
		requests: [2]bounds{{28, 110}, {28, 110}}, peak: [2]bounds{{1, 3}, exactly(1)},
	},
	{
		name: "an HTML page with status 200, for an hour",
		run: wrongly(func(_ *drilled, req *http.Request) *http.Response {
			return theirs(req, http.StatusOK, "text/html", "<html><body>Sign in</body></html>")
		}),
		failed: [2]bounds{{168, 173}, {168, 173}}, fetches: [2]bounds{{53, 57}, {53, 57}},
		requests: [2]bounds{{54, 58}, {53, 57}}, peak: [2]bounds{exactly(2), exactly(1)},
	},
	{
		name: "an empty token, for an hour",
		run: wrongly(func(_ *drilled, req *http.Request) *http.Response {
			return tokenAnswer(req, "application/json", "", "3600")
		}),
		failed: [2]bounds{{168, 173}, {168, 173}}, fetches: [2]bounds{{53, 57}, {53, 57}},
		requests: [2]bounds{{54, 58}, {53, 57}}, peak: [2]bounds{exactly(2), exactly(1)},
	},
	{
		name: "no word of the token's life, for an hour",
		run: wrongly(func(d *drilled, req *http.Request) *http.Response {
			return tokenAnswer(req, "application/json", d.server.IssueToken(azuretest.Claims{}), "")
		}),
		failed: [2]bounds{{168, 173}, {168, 173}}, fetches: [2]bounds{{53, 57}, {53, 57}},
		requests: [2]bounds{{54, 58}, {53, 57}}, peak: [2]bounds{exactly(2), exactly(1)},
	},
	{
		name: "an expired token that says so, for an hour",
		run: wrongly(func(d *drilled, req *http.Request) *http.Response {
			return tokenAnswer(req, "application/json", d.server.IssueToken(azuretest.Claims{Expires: time.Now().Add(-time.Minute)}), "-60")
		}),
		failed: [2]bounds{{181, 187}, {181, 187}}, fetches: [2]bounds{{106, 113}, {106, 113}},
		requests: [2]bounds{{107, 114}, {106, 113}}, peak: [2]bounds{exactly(2), exactly(1)},
	},
	{
		name: "an expired token that says it lives an hour, for an hour",
		run: wrongly(func(d *drilled, req *http.Request) *http.Response {
			return tokenAnswer(req, "application/json", d.server.IssueToken(azuretest.Claims{Expires: time.Now().Add(-time.Minute)}), "3600")
		}),
		failed: [2]bounds{{181, 187}, {181, 187}}, fetches: [2]bounds{{212, 222}, {212, 222}},
		requests: [2]bounds{{107, 114}, {106, 113}}, peak: [2]bounds{exactly(2), exactly(1)},
	},
	{
		name: "the same expired token each time, for an hour",
		run: wrongly(func(d *drilled, req *http.Request) *http.Response {
			return tokenAnswer(req, "application/json", d.oldToken(), "-60")
		}),
		failed: [2]bounds{{181, 187}, {181, 187}}, fetches: [2]bounds{{106, 113}, {106, 113}},
		requests: [2]bounds{{107, 114}, {106, 113}}, peak: [2]bounds{exactly(2), exactly(1)},
	},
	{
		name: "a good token as text/plain, for an hour",
		run: wrongly(func(d *drilled, req *http.Request) *http.Response {
			return tokenAnswer(req, "text/plain", d.server.IssueToken(azuretest.Claims{}), "3600")
		}),
		failed: [2]bounds{exactly(0), exactly(0)}, fetches: [2]bounds{exactly(4), exactly(4)},
		requests: [2]bounds{exactly(4), exactly(3)}, peak: [2]bounds{exactly(2), exactly(1)},
	},
	{
		name:   "our clock is 10 minutes ahead",
		run:    func(d *drilled) { d.front.shiftClock(10 * time.Minute) },
		failed: [2]bounds{exactly(0), exactly(0)}, fetches: [2]bounds{exactly(4), exactly(5)},
		requests: [2]bounds{exactly(4), exactly(3)}, peak: [2]bounds{exactly(2), exactly(1)},
	},
	{
		name:   "our clock is 10 minutes behind",
		run:    func(d *drilled) { d.front.shiftClock(-10 * time.Minute) },
		failed: [2]bounds{exactly(0), exactly(0)}, fetches: [2]bounds{exactly(4), exactly(3)},
		requests: [2]bounds{exactly(4), exactly(2)}, peak: [2]bounds{exactly(2), exactly(1)},
	},
	{
		name:   "our clock is 10 minutes ahead, tokens of 8 minutes",
		opts:   azuretest.Options{TokenLifetime: 8 * time.Minute},
		run:    func(d *drilled) { d.front.shiftClock(10 * time.Minute) },
		failed: [2]bounds{exactly(0), exactly(0)}, fetches: [2]bounds{exactly(18), exactly(180)},
		requests: [2]bounds{exactly(19), exactly(180)}, peak: [2]bounds{exactly(2), exactly(1)},
	},
	{
		name:   "tokens of 2 minutes, shorter than the refresh window",
		opts:   azuretest.Options{TokenLifetime: 2 * time.Minute},
		run:    func(*drilled) {},
		failed: [2]bounds{exactly(0), exactly(0)}, fetches: [2]bounds{exactly(72), exactly(72)},
		requests: [2]bounds{exactly(73), exactly(72)}, peak: [2]bounds{exactly(2), exactly(1)},
	},
	{
		name: "all tokens revoked before their time, twice",
		run: between(20, 80, func(d *drilled) { d.server.RevokeAll() },
			func(d *drilled) { d.server.RevokeAll() }),
		failed: [2]bounds{exactly(0), exactly(0)}, fetches: [2]bounds{exactly(7), exactly(7)},
		requests: [2]bounds{exactly(5), exactly(4)}, peak: [2]bounds{exactly(2), exactly(1)},
	},
	{
		name: "a token revoked within a herd, and its successor 0.4 s later",
		run: func(d *drilled) {
			time.Sleep(herdPause/4 + 200*time.Millisecond)
			d.server.RevokeAll()
			time.Sleep(400 * time.Millisecond)
			d.server.RevokeAll()
		},
		failed: [2]bounds{exactly(0), exactly(0)}, fetches: [2]bounds{exactly(8), exactly(8)},
		requests: [2]bounds{exactly(6), exactly(5)}, peak: [2]bounds{exactly(2), exactly(1)},
	},
	{
		name: "the service refuses every token, for an hour",
		run: between(30, 90, func(d *drilled) { d.refuse(azuretest.Unauthorized()) },
			func(d *drilled) { d.refuse(azuretest.Reply{}) }),
		failed: [2]bounds{{298, 302}, {298, 302}}, fetches: [2]bounds{{362, 374}, {362, 374}},
		requests: [2]bounds{{183, 188}, {182, 188}}, peak: [2]bounds{exactly(2), exactly(1)},
	},
	{
		name: "the service answers every token with a new claims challenge, for an hour",
		run: between(30, 90, func(d *drilled) { d.refuse(azuretest.ClaimsChallenge("")) },
			func(d *drilled) { d.refuse(azuretest.Reply{}) }),
		failed: [2]bounds{{298, 302}, {298, 302}}, fetches: [2]bounds{{185, 189}, {185, 189}},
		requests: [2]bounds{{186, 190}, {185, 189}}, peak: [2]bounds{exactly(2), exactly(1)},
	},
}

// outageIdentities are an app registration with a secret, which asks Entra, and a managed identity, which asks the metadata
// endpoint of its machine.
var outageIdentities = []struct {
	name string
	cred func(o azcore.ClientOptions, clientID string) (azcore.TokenCredential, error)
}{
	{"app", func(o azcore.ClientOptions, _ string) (azcore.TokenCredential, error) {
		return azidentity.NewClientSecretCredential(azuretest.DefaultTenantID, azuretest.DefaultClientID, clientSecret,
			&azidentity.ClientSecretCredentialOptions{ClientOptions: o, DisableInstanceDiscovery: true})
	}},
	{"managed identity", func(o azcore.ClientOptions, clientID string) (azcore.TokenCredential, error) {
		return azidentity.NewManagedIdentityCredential(&azidentity.ManagedIdentityCredentialOptions{
			ClientOptions: o, ID: azidentity.ClientID(clientID),
		})
	}},
}

func TestIdentityProviderOutages(t *testing.T) {
	var table strings.Builder
	table.WriteString("| identity provider | identity | failed calls | fetches | requests | most in one second |\n|---|---|---|---|---|---|\n")
	for _, d := range drills {
		for j, id := range outageIdentities {
			t.Run(d.name+", "+id.name, func(t *testing.T) {
				inBubble(t, func(t *testing.T) { d.hold(t, j) })
			})
			fmt.Fprintf(&table, "| %s | %s | %v | %v | %v | %v |\n", d.name, id.name, d.failed[j], d.fetches[j], d.requests[j], d.peak[j])
		}
	}
	checkTable(t, filepath.Join("docs", "reliability.md"), "idp outages", table.String())
}

// hold runs a drill with one kind of identity.
func (d drill) hold(t *testing.T, j int) {
	t.Helper()
	clientID := fmt.Sprintf("00000000-0000-4000-8000-%06d%06d", os.Getpid()%1e6, drillRuns.Add(1))
	world := &drilled{}
	opts := d.opts
	opts.KeepLast, opts.Apps, opts.Respond = 1, []azuretest.App{{ClientID: clientID}}, world.respond
	s := inMemory(t, opts)
	world.server, world.front = s, &entraFront{client: s.HTTPClient()}
	o := s.ClientOptions()
	o.Transport = world.front
	cred, err := outageIdentities[j].cred(o, clientID)
	must(t, err)
	asked := count(cred)
	cfg := config(t, s, "v1")
	cfg.Credential = asked
	failed := callThrough(t, newCaller(t, cfg), func() { d.run(world) })
	fetches, requests, peak := int(asked.fetches.Load()), world.front.requests(), world.front.most()
	d.failed[j].check(t, "failed calls", failed)
	d.fetches[j].check(t, "fetches", fetches)
	d.requests[j].check(t, "requests", requests)
	d.peak[j].check(t, "requests within one second", peak)
}

// drillRuns numbers managed identities, whose tokens azidentity caches for the whole process.
var drillRuns atomic.Int32

// callThrough makes the calls of a drill while run goes on, and returns how many failed.
func callThrough(t *testing.T, c caller, run func()) int {
	t.Helper()
	var failed atomic.Int32
	var all sync.WaitGroup
	call := func() {
		if _, err := post(t.Context(), c); err != nil {
			if failed.Add(1) == 1 {
				checkSecrets(t, err)
			}
		}
	}
	began := time.Now()
	all.Go(run)
	time.Sleep(time.Millisecond) // what holds from the start holds now
	for at := time.Duration(0); at < outageSpan; at += outagePace {
		time.Sleep(time.Until(began.Add(at)))
		all.Go(call)
		if at%herdPause == herdPause/4 {
			for range herdSize {
				time.Sleep(time.Second / herdSize)
				all.Go(call)
			}
		}
	}
	all.Wait()
	return int(failed.Load())
}

// checkTable compares a table of a document, which stands between two comments with its name, or writes it with -update.
func checkTable(t *testing.T, file, name, want string) {
	t.Helper()
	text, err := os.ReadFile(file)
	must(t, err)
	begin, end := "<!-- table: "+name+" -->\n", "<!-- end: "+name+" -->"
	before, rest, ok := strings.Cut(string(text), begin)
	got, after, closed := strings.Cut(rest, end)
	switch {
	case !ok || !closed:
		t.Fatalf("%s has no place for the table %q", file, name)
	case got == want || t.Failed():
	case *update:
		must(t, os.WriteFile(file, []byte(before+begin+want+end+after), 0o600)) //nolint:gosec // G703: the test names the file
	default:
		t.Errorf("%s: the table %q is not what was found; run the test with -update. It should be:\n%s", file, name, want)
	}
}
