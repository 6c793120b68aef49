// Command agent runs a langchaingo agent on Azure OpenAI as an Entra identity, for longer than its tokens live.
//
// Without any setup it starts a stand-in Azure and Entra ID on loopback; with AZURE_OPENAI_ENDPOINT and
// AZURE_OPENAI_DEPLOYMENT set it runs on that resource.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"text/tabwriter"

	"github.com/tmc/langchaingo/agents"
	"github.com/tmc/langchaingo/chains"
	"github.com/tmc/langchaingo/tools"

	"github.com/seed-a739af98/langchaingo-azure/adapters/langchaingo"
	"github.com/seed-a739af98/langchaingo-azure/azureadv1"
)

const usage = `Runs a langchaingo agent with two tools on Azure OpenAI, first on the v1 surface, then on the
classic one, and shows for every call which Entra token carried it (a fingerprint, never the token).

Usage: go run ./examples/agent [flags]

With nothing set it starts a stand-in Azure OpenAI and Entra ID on loopback, whose tokens live 3
seconds: each run outlives several of them, one is even revoked, and the agent does not notice.

With AZURE_OPENAI_ENDPOINT and AZURE_OPENAI_DEPLOYMENT set it runs on that resource, as the
identity that azureadv1.FromEnv finds: a key (AZURE_OPENAI_API_KEY), a token
(AZURE_OPENAI_AD_TOKEN), a kind of credential (AZURE_CREDENTIAL), or DefaultAzureCredential, which
includes az login. AZURE_OPENAI_API_VERSION, when set, picks one surface instead of both.

Ctrl-C stops it.

Flags:
`

const (
	task = "Wait %s seconds, then tell me what %d * %d is. Use your tools."
	// wait lets some call fall into the last fifth of a 3 second token, where it is refreshed ahead of its expiry.
	wait = "0.9"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run is the program: 0 when every question was answered, 1 when one was not, 2 for wrong usage, 130 when interrupted.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("agent", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Usage = func() {
		fmt.Fprint(stderr, usage)
		flags.PrintDefaults()
	}
	questions := flags.Int("questions", 4, "how many questions the agent gets on each surface, 1 to 100")
	timeline := flags.String("timeline", "", "an SVG `file` to draw the run into: calls above the lives of the tokens that carried them")
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil:
		return 2
	case flags.NArg() > 0 || *questions < 1 || *questions > 100:
		fmt.Fprintln(stderr, "agent: takes no arguments, and 1 to 100 questions; see -h")
		return 2
	}
	stage, err := newStage()
	if err != nil {
		fmt.Fprintf(stderr, "agent: %v\n", err)
		return 1
	}
	defer stage.close()
	picture, err := newPicture(*timeline, stage)
	if err != nil {
		fmt.Fprintf(stderr, "agent: %v\n", err)
		return 1
	}
	fmt.Fprintf(stdout, "%s\n", stage.title)
	results, err := perform(ctx, stage, *questions, stdout)
	table(stdout, results)
	err = errors.Join(err, picture.finish(stdout))
	switch {
	case ctx.Err() != nil:
		fmt.Fprintln(stdout, "stopped")
		return 130
	case err != nil:
		fmt.Fprintf(stderr, "agent: %v\n", err)
		return 1
	}
	return 0
}

// result is one surface's line in the table.
type result struct {
	surface         azureadv1.Surface
	calls           int // requests on the wire
	tokens          int // fetched from the identity provider
	refused         int // 401 answers on the wire
	refusedToCaller int // 401s that the agent saw
}

func perform(ctx context.Context, s *stage, questions int, out io.Writer) ([]result, error) {
	var results []result
	for _, cfg := range s.configs {
		r, err := onSurface(ctx, s, cfg, questions, out)
		results = append(results, r)
		if err != nil {
			return results, err
		}
	}
	return results, nil
}

// onSurface runs the agent on one surface. This is what an application does; the rest of the program watches.
func onSurface(ctx context.Context, s *stage, cfg azureadv1.Config, questions int, out io.Writer) (result, error) {
	watch := newWatch(cfg.HTTPClient, out)
	cfg.HTTPClient = watch.client()
	fetchedBefore := s.fetched(watch)

	client, err := azureadv1.NewClient(cfg)
	if err != nil {
		return result{}, err
	}
	model, err := langchaingo.NewFromClient(client)
	if err != nil {
		return result{}, err
	}
	agent := agents.NewOpenAIFunctionsAgent(model, []tools.Tool{stopwatch{out}, calculator{out}})
	executor := agents.NewExecutor(agent)

	watch.surface = client.Surface()
	fmt.Fprintf(out, "\n%s surface\n", watch.surface)
	r := result{surface: watch.surface}
	for i := range questions {
		s.beforeQuestion(i, out)
		question := fmt.Sprintf(task, wait, i+2, i+3)
		fmt.Fprintf(out, "  question %d: %s\n", i+1, question)
		var answer string
		answer, err = chains.Run(ctx, executor, question)
		if err != nil {
			break
		}
		fmt.Fprintf(out, "    answer   %s\n", answer)
	}
	r.calls, r.refused = watch.counts()
	r.tokens = s.fetched(watch) - fetchedBefore
	if e := azureadv1.AsError(err); e != nil && e.StatusCode == http.StatusUnauthorized {
		r.refusedToCaller++
	}
	return r, err
}

func table(out io.Writer, results []result) {
	fmt.Fprintln(out)
	w := tabwriter.NewWriter(out, 0, 0, 3, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "surface\tcalls made\ttokens fetched\t401s on the wire\t401s seen by the caller\t")
	for _, r := range results {
		fmt.Fprintf(w, "%s\t%d\t%d\t%d\t%d\t\n", r.surface, r.calls, r.tokens, r.refused, r.refusedToCaller)
	}
	_ = w.Flush()
}
