package main

import (
	"encoding/json"
	"hash/fnv"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/seed-a739af98/langchaingo-azure/azureadv1/azuretest"
)

// faults answers every question, and one in seven badly.
type faults struct {
	on       atomic.Bool
	sabotage bool

	mu     sync.Mutex
	random *rand.Rand
}

func newFaults(o options) *faults {
	return &faults{sabotage: o.sabotage, random: rand.New(rand.NewPCG(o.seed, 1<<32))} //nolint:gosec // a seed is wanted
}

func (f *faults) begin() { f.on.Store(true) }

func (f *faults) end() { f.on.Store(false) }

func (f *faults) draw() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.random.IntN(1000)
}

// respond is azuretest's Respond.
func (f *faults) respond(r azuretest.Request) azuretest.Reply {
	good := f.good(r)
	if !f.on.Load() {
		return good
	}
	switch draw := f.draw(); {
	case draw < 30:
		return azuretest.RateLimited(azuretest.RetryAfterMs(20))
	case draw < 60:
		return azuretest.ServerError()
	case draw < 75:
		return azuretest.Disconnect()
	case draw < 90:
		return azuretest.Raw(http.StatusOK, http.Header{"Content-Type": {"application/json"}}, `{"choices":[{"mess`)
	case draw < 100:
		return azuretest.Raw(http.StatusBadGateway, http.Header{"Content-Type": {"text/html"}}, "<h1>Bad Gateway</h1>")
	case draw < 115:
		return azuretest.SlowFirstByte(50*time.Millisecond, good)
	case r.Operation == azuretest.OpEmbeddings:
		return good
	case draw < 130:
		return azuretest.CutStream(2, good)
	case draw < 140:
		return azuretest.TruncatedStream(2, good)
	case draw < 150:
		return azuretest.StreamError(2, good)
	default:
		return good
	}
}

// good answers the question, or somebody else's.
func (f *faults) good(r azuretest.Request) azuretest.Reply {
	if r.Operation == azuretest.OpEmbeddings {
		return azuretest.Embeddings(vectorsFor(r.Body)...)
	}
	messages := r.Messages()
	if len(messages) == 0 {
		return azuretest.Reply{}
	}
	question := messages[len(messages)-1].Content
	if f.sabotage && f.on.Load() && f.draw() < 500 {
		question = "caller 0 question 0 of somebody else"
	}
	if len(r.ToolNames()) > 0 {
		return azuretest.ToolCalls(azuretest.ToolCall{Name: "look_up", Arguments: argumentsFor(question)})
	}
	return azuretest.Text(strings.SplitAfter(answerTo(question), " ")...)
}

func answerTo(question string) string { return "The answer to " + question + " is 42." }

func argumentsFor(question string) string {
	text, err := json.Marshal(map[string]string{"q": question})
	if err != nil {
		return err.Error() // strings always marshal
	}
	return string(text)
}

// vectorOf is a text's own vector.
func vectorOf(text string) []float32 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(text))
	sum := h.Sum64()
	return []float32{float32(sum & 0xffff), float32(sum >> 16 & 0xffff), float32(sum >> 32 & 0xffff), float32(sum >> 48)}
}

func vectorsFor(body []byte) [][]float32 {
	var asked struct {
		Input []string `json:"input"`
	}
	_ = json.Unmarshal(body, &asked) // the stand-in has judged it
	vectors := make([][]float32, len(asked.Input))
	for i, text := range asked.Input {
		vectors[i] = vectorOf(text)
	}
	return vectors
}
