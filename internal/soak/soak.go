package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	"github.com/tmc/langchaingo/llms"

	"github.com/seed-a739af98/langchaingo-azure/adapters/langchaingo"
	"github.com/seed-a739af98/langchaingo-azure/adapters/registry"
	"github.com/seed-a739af98/langchaingo-azure/azureadv1"
	"github.com/seed-a739af98/langchaingo-azure/azureadv1/azuretest"
)

// options say how much is done.
type options struct {
	time       time.Duration
	goroutines int
	seed       uint64
	sabotage   bool // the stand-in answers somebody else's question now and then: for the test of the ledger
}

// tokenLife is how long tokens live, and revokePause how often all of them are revoked before their time.
const (
	tokenLife   = 2 * time.Second
	revokePause = 7 * time.Second
)

// world is what the goroutines share.
type world struct {
	models []llms.Model
	embeds []*langchaingo.LLM
	ledger *ledger
}

// soak runs the work and settles the ledger.
func soak(ctx context.Context, o options) (*ledger, error) {
	faults := newFaults(o)
	server, err := azuretest.Start(azuretest.Options{TokenLifetime: tokenLife, KeepLast: 1, Respond: faults.respond}) //nolint:contextcheck // a server outlives the call that starts it
	if err != nil {
		return nil, err
	}
	defer func() { _ = server.Close() }()
	l := &ledger{errors: map[string]int{}}
	hc := server.HTTPClient()
	watched := &http.Client{Transport: &watch{next: hc.Transport, ledger: l}}
	w, err := newWorld(server, watched, l)
	if err != nil {
		return nil, err
	}
	if err := w.warm(ctx); err != nil {
		return nil, err
	}
	hc.CloseIdleConnections()
	l.begin()
	run(ctx, o, w, server, faults)
	hc.CloseIdleConnections()
	l.finish()
	l.tokens = server.Stats().TokenRequests
	return l, ctx.Err()
}

// run lets the goroutines work until the time is over.
func run(ctx context.Context, o options, w *world, server *azuretest.Server, faults *faults) {
	ctx, cancel := context.WithTimeout(ctx, o.time)
	defer cancel()
	faults.begin()
	defer faults.end()
	var all sync.WaitGroup
	all.Go(func() {
		for range ticks(ctx, revokePause) {
			server.RevokeAll()
		}
	})
	for i := range o.goroutines {
		all.Go(func() {
			random := rand.New(rand.NewPCG(o.seed, uint64(i))) //nolint:gosec // a seed is wanted: a run can be repeated
			for n := 0; ctx.Err() == nil; n++ {
				w.work(context.WithoutCancel(ctx), random, fmt.Sprintf("caller %d question %d", i, n))
			}
		})
	}
	all.Wait()
}

// ticks yields every pause until the context ends.
func ticks(ctx context.Context, pause time.Duration) func(func(int) bool) {
	return func(yield func(int) bool) {
		t := time.NewTicker(pause)
		defer t.Stop()
		for n := 0; ; n++ {
			select {
			case <-ctx.Done():
				return
			case <-t.C:
				if !yield(n) {
					return
				}
			}
		}
	}
}

func newWorld(server *azuretest.Server, hc *http.Client, l *ledger) (*world, error) {
	cred, err := azidentity.NewClientSecretCredential(azuretest.DefaultTenantID, azuretest.DefaultClientID, azuretest.DefaultClientSecret,
		&azidentity.ClientSecretCredentialOptions{ClientOptions: server.ClientOptions(), DisableInstanceDiscovery: true})
	if err != nil {
		return nil, err
	}
	w := &world{ledger: l}
	for _, version := range []string{"v1", "2025-04-01-preview"} {
		client, err := azureadv1.NewClient(azureadv1.Config{
			Endpoint: server.Endpoint(), APIVersion: version, Deployment: "chat", Credential: cred, HTTPClient: hc, MaxRetryWait: 200 * time.Millisecond,
		})
		if err != nil {
			return nil, err
		}
		chat, err := langchaingo.NewFromClient(client, langchaingo.WithEmbeddingDeployment("embed"))
		if err != nil {
			return nil, err
		}
		responses, err := langchaingo.NewFromClient(client, langchaingo.WithResponsesAPI())
		if err != nil {
			return nil, err
		}
		w.models = append(w.models, chat, responses)
		w.embeds = append(w.embeds, chat)
	}
	models, err := registry.Loader{HTTPClient: hc, Credential: cred}.Parse(strings.NewReader(fmt.Sprintf(
		"model_list:\n  - {model_name: m, litellm_params: {model: azure/chat, api_base: %q, cooldown_time: 0.1}}\n  - {model_name: m, litellm_params: {model: azure/chat, api_base: %q, api_version: 2024-10-21, cooldown_time: 0.1}}\n",
		server.Endpoint(), server.Endpoint())))
	if err != nil {
		return nil, err
	}
	named, err := models.Model("m")
	w.models = append(w.models, named)
	return w, err
}

// warm makes every kind of call once, so that what is made once is there before the heap is measured.
func (w *world) warm(ctx context.Context) error {
	for i, m := range w.models {
		if _, err := m.GenerateContent(ctx, asks("warm "+fmt.Sprint(i))); err != nil {
			return err
		}
	}
	for _, m := range w.embeds {
		if _, err := m.CreateEmbedding(ctx, []string{"warm"}); err != nil {
			return err
		}
	}
	runtime.GC()
	return nil
}

func asks(question string) []llms.MessageContent {
	return []llms.MessageContent{llms.TextParts(llms.ChatMessageTypeHuman, question)}
}

var errEnough = errors.New("heard enough")

// work makes one call of some kind, and judges what came.
func (w *world) work(ctx context.Context, random *rand.Rand, question string) {
	m := w.models[random.IntN(len(w.models))]
	switch random.IntN(10) {
	case 0, 1, 2:
		w.ask(ctx, m, question, false)
	case 3, 4, 5:
		w.ask(ctx, m, question, true)
	case 6:
		w.call(ctx, m, question)
	case 7:
		w.embed(ctx, w.embeds[random.IntN(len(w.embeds))], question)
	case 8:
		w.abandon(ctx, m, question)
	default:
		w.cancel(ctx, m, question, time.Duration(random.IntN(3000))*time.Microsecond)
	}
}

// ask wants the question back, streamed or whole.
func (w *world) ask(ctx context.Context, m llms.Model, question string, streamed bool) {
	var heard strings.Builder
	var opts []llms.CallOption
	if streamed {
		opts = append(opts, llms.WithStreamingFunc(func(_ context.Context, piece []byte) error {
			heard.Write(piece)
			return nil
		}))
	}
	got, err := m.GenerateContent(ctx, asks(question), opts...)
	want := answerTo(question)
	if !strings.HasPrefix(want, heard.String()) {
		w.ledger.wrong(question, heard.String())
		return
	}
	if err != nil {
		if got != nil && len(got.Choices) > 0 && !strings.HasPrefix(want, got.Choices[0].Content) {
			w.ledger.wrong(question, got.Choices[0].Content)
			return
		}
		w.ledger.failed(err)
		return
	}
	if streamed && heard.String() != want {
		w.ledger.wrong(question, heard.String()) // the answer is whole, and the function has not heard it all
		return
	}
	w.ledger.judge(question, want, got.Choices[0].Content)
}

// call wants a function called with the question.
func (w *world) call(ctx context.Context, m llms.Model, question string) {
	got, err := m.GenerateContent(ctx, asks(question), llms.WithTools([]llms.Tool{{Type: "function", Function: &llms.FunctionDefinition{
		Name: "look_up", Description: "Looks it up.", Parameters: map[string]any{"type": "object", "properties": map[string]any{"q": map[string]any{"type": "string"}}},
	}}}))
	switch {
	case err != nil:
		w.ledger.failed(err)
	case len(got.Choices[0].ToolCalls) != 1:
		w.ledger.wrong(question, got.Choices[0].Content)
	default:
		w.ledger.judge(question, argumentsFor(question), got.Choices[0].ToolCalls[0].FunctionCall.Arguments)
	}
}

// embed wants the question's own vector, in its place.
func (w *world) embed(ctx context.Context, m *langchaingo.LLM, question string) {
	got, err := m.CreateEmbedding(ctx, []string{"first " + question, question})
	switch {
	case err != nil:
		w.ledger.failed(err)
	case len(got) != 2:
		w.ledger.wrong(question, fmt.Sprintf("%d vectors", len(got)))
	default:
		w.ledger.judge(question, fmt.Sprint(vectorOf(question)), fmt.Sprint(got[1]))
	}
}

// abandon leaves a stream after its first piece.
func (w *world) abandon(ctx context.Context, m llms.Model, question string) {
	_, err := m.GenerateContent(ctx, asks(question), llms.WithStreamingFunc(func(_ context.Context, piece []byte) error {
		if !strings.HasPrefix(answerTo(question), string(piece)) {
			w.ledger.wrong(question, string(piece))
		}
		return errEnough
	}))
	if errors.Is(err, errEnough) {
		w.ledger.left()
		return
	}
	w.ledger.failedOr(err)
}

// cancel leaves at some moment.
func (w *world) cancel(ctx context.Context, m llms.Model, question string, after time.Duration) {
	ctx, cancel := context.WithTimeout(ctx, after)
	defer cancel()
	got, err := m.GenerateContent(ctx, asks(question))
	switch {
	case err == nil:
		w.ledger.judge(question, answerTo(question), got.Choices[0].Content)
	case ctx.Err() != nil:
		w.ledger.left()
	default:
		w.ledger.failed(err)
	}
}
