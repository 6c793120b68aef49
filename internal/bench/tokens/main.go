// Tokens measures what the refresh of a token does to the calls that are made
// meanwhile: a steady load on the stand-in, whose identity provider takes half a
// second to answer.
//
//	go run ./internal/bench/tokens
//
// It prints markdown, for docs/performance.md.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"sync"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/tmc/langchaingo/llms"

	"github.com/seed-a739af98/langchaingo-azure/adapters/langchaingo"
	"github.com/seed-a739af98/langchaingo-azure/azureadv1"
	"github.com/seed-a739af98/langchaingo-azure/azureadv1/azuretest"
	"github.com/seed-a739af98/langchaingo-azure/internal/bench/figures"
)

// load is what is asked of a model, and of whom.
type load struct {
	rate      int           // calls a second
	span      time.Duration // of the calls
	life      time.Duration // of a token
	roundTrip time.Duration // of a call
	fetch     time.Duration // of a token
}

func parse(args []string) load {
	l := load{roundTrip: 10 * time.Millisecond, fetch: 500 * time.Millisecond}
	flags := flag.NewFlagSet("tokens", flag.ExitOnError)
	flags.IntVar(&l.rate, "rate", 5000, "calls a second")
	flags.DurationVar(&l.span, "for", 20*time.Second, "how long calls are made")
	flags.DurationVar(&l.life, "life", 10*time.Second, "how long a token lives, in whole seconds")
	_ = flags.Parse(args) // it exits
	return l
}

func main() {
	l := parse(os.Args[1:])
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	table, err := measure(ctx, l)
	if err == nil {
		err = table.Markdown(os.Stdout)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "tokens:", err)
		os.Exit(1) //nolint:gocritic // the signals need no restoring at the end of the process
	}
}

// measure puts the same load on ours and on the cache that programs write.
func measure(ctx context.Context, l load) (figures.Table, error) {
	t := figures.Table{
		Caption: fmt.Sprintf("%d calls a second for %v, each answered after %v; tokens live %v, and the identity provider takes %v.", l.rate, l.span, l.roundTrip, l.life, l.fetch),
		Head:    []string{"token from", "while", "calls", "p50", "p99.9", "slowest"},
	}
	for _, row := range []struct {
		name   string
		source source
	}{{"Config.Credential", ours}, {"a lock around the token, renewed when it has expired", guarded}} {
		r, err := l.run(ctx, row.source)
		if err != nil {
			return t, fmt.Errorf("%s: %w", row.name, err)
		}
		t.Add(row.name, "the token is fresh", len(r.outside), figures.Percentile(r.outside, 0.5), figures.Percentile(r.outside, 0.999), figures.Percentile(r.outside, 1))
		t.Add("", fmt.Sprintf("it is renewed, %d times", r.refreshes), len(r.during), figures.Percentile(r.during, 0.5), figures.Percentile(r.during, 0.999), figures.Percentile(r.during, 1))
	}
	return t, nil
}

// source puts a credential into a configuration.
type source func(*azureadv1.Config, azcore.TokenCredential)

func ours(c *azureadv1.Config, cred azcore.TokenCredential) { c.Credential = cred }

// guarded is what a program does that keeps its token itself.
func guarded(c *azureadv1.Config, cred azcore.TokenCredential) {
	lock := make(chan struct{}, 1) // in place of a sync.Mutex: virtual time stands still for who waits for one
	var have azcore.AccessToken
	c.TokenProvider = func(ctx context.Context) (string, error) {
		lock <- struct{}{}
		defer func() { <-lock }()
		if time.Until(have.ExpiresOn) > time.Second {
			return have.Token, nil
		}
		var err error
		have, err = cred.GetToken(ctx, policy.TokenRequestOptions{Scopes: []string{"https://cognitiveservices.azure.com/.default"}, EnableCAE: true})
		return have.Token, err
	}
}

// result is how long calls took that ran while a token was fetched, and the others.
type result struct {
	during, outside []time.Duration
	refreshes       int
}

// call is one call of the load.
type call struct{ sent, done time.Time }

func (l load) run(ctx context.Context, from source) (result, error) {
	s := azuretest.New(azuretest.Options{
		TokenLifetime: l.life, KeepLast: 1000,
		Respond: func(azuretest.Request) azuretest.Reply { return azuretest.SlowFirstByte(l.roundTrip) },
	})
	defer func() { _ = s.Close() }()
	fetches := &watched{cred: s.Credential()}
	cfg := azureadv1.Config{Endpoint: s.Endpoint(), APIVersion: "v1", Deployment: "chat", HTTPClient: s.HTTPClient(), MaxRetries: -1}
	from(&cfg, fetches)
	m, err := langchaingo.New(cfg)
	if err != nil {
		return result{}, err
	}
	if _, err := ask(ctx, m); err != nil { // the first token, and the identity provider's metadata
		return result{}, err
	}
	s.SetEntraDelay(l.fetch)
	first := fetches.count()
	calls, err := l.calls(ctx, m)
	if err != nil {
		return result{}, err
	}
	return sort(calls, fetches.since(first)), nil
}

// calls begins them at their times, whatever became of those before.
func (l load) calls(ctx context.Context, m *langchaingo.LLM) ([]call, error) {
	n := int(l.span.Seconds() * float64(l.rate))
	calls, errs := make([]call, n), make(chan error, 1)
	var wg sync.WaitGroup
	began := time.Now()
	for i := range n {
		time.Sleep(time.Until(began.Add(time.Duration(i) * time.Second / time.Duration(l.rate))))
		wg.Go(func() {
			c, err := ask(ctx, m)
			if err != nil {
				select {
				case errs <- err:
				default:
				}
			}
			calls[i] = c
		})
	}
	wg.Wait()
	select {
	case err := <-errs:
		return nil, err
	default:
		return calls, nil
	}
}

func ask(ctx context.Context, m *langchaingo.LLM) (call, error) {
	sent := time.Now()
	_, err := m.GenerateContent(ctx, []llms.MessageContent{llms.TextParts(llms.ChatMessageTypeHuman, "q")})
	return call{sent, time.Now()}, err
}

// sort parts the calls by whether a fetch was under way in their time.
func sort(calls, fetches []call) result {
	r := result{refreshes: len(fetches)}
	for _, c := range calls {
		meanwhile := false
		for _, f := range fetches {
			meanwhile = meanwhile || c.sent.Before(f.done) && f.sent.Before(c.done)
		}
		if meanwhile {
			r.during = append(r.during, c.done.Sub(c.sent))
		} else {
			r.outside = append(r.outside, c.done.Sub(c.sent))
		}
	}
	return r
}

// watched notes when a credential was asked.
type watched struct {
	cred azcore.TokenCredential

	mu      sync.Mutex
	fetches []call
}

// GetToken asks the credential.
func (w *watched) GetToken(ctx context.Context, o policy.TokenRequestOptions) (azcore.AccessToken, error) {
	f := call{sent: time.Now()}
	token, err := w.cred.GetToken(ctx, o)
	f.done = time.Now()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.fetches = append(w.fetches, f)
	return token, err
}

func (w *watched) count() int { return len(w.since(0)) }

func (w *watched) since(n int) []call {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.fetches[n:]
}
