package registry_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-a739af98/langchaingo-azure/adapters/registry"
	"github.com/seed-a739af98/langchaingo-azure/azureadv1/azuretest"
)

// TestOneOfThreeFailingByTurns is an hour of 64 goroutines. Every minute another deployment is the one that fails, each
// time in another way.
func TestOneOfThreeFailingByTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		names := []string{"east", "west", "north"}
		failures := []azuretest.Reply{
			azuretest.RateLimited(), azuretest.RateLimited(azuretest.RetryAfter(20)), azuretest.RateLimited(azuretest.RetryAfterMs(1500)),
			azuretest.Raw(503, nil, `{"error":{"code":"ServiceUnavailable","message":"busy"}}`),
			azuretest.WrongKey(), azuretest.DeploymentNotFound(),
		}
		began := time.Now()
		s := azure(t, azuretest.Options{KeepLast: 1, Respond: func(r azuretest.Request) azuretest.Reply {
			minute := int(time.Since(began) / time.Minute)
			if r.Deployment == names[minute%3] {
				return failures[minute%len(failures)]
			}
			return azuretest.Text("ok")
		}})
		state := &watched{parked: map[string]registry.Parking{}, since: map[string]time.Time{}}
		yaml := "model_list:\n"
		for _, name := range names {
			yaml += fmt.Sprintf("  - {model_name: chat, litellm_params: {model: azure/%s, api_base: https://azuretest.openai.azure.com, api_key: hush-api-key}, model_info: {id: %[1]s}}\n", name)
		}
		hc := wire(s, func(req *http.Request) (*http.Response, error) {
			minute := int(time.Since(began) / time.Minute)
			for i, name := range names {
				if !asks(req, name) {
					continue
				}
				state.check(t, name)
				if i == minute%3 && minute%7 == 6 {
					return nil, syscall.ECONNREFUSED
				}
			}
			return nil, nil
		})
		r := parse(t, s, yaml, func(l *registry.Loader) { l.State, l.HTTPClient = state, hc })
		m := model(t, r, "chat")

		var all sync.WaitGroup
		var calls [64]int
		for i := range calls {
			random := rand.New(rand.NewPCG(uint64(i), 1)) //nolint:gosec // a test's pauses
			all.Go(func() {
				for time.Since(began) < time.Hour {
					if _, err := m.GenerateContent(t.Context(), hello); err != nil {
						t.Errorf("after %s: %v", time.Since(began), err)
						return
					}
					calls[i]++
					time.Sleep(time.Duration(1+random.IntN(60_000)) * time.Millisecond)
				}
			})
		}
		all.Wait()
		sum := 0
		for _, n := range calls {
			sum += n
		}
		var failed int64
		for _, st := range r.State() {
			if st.InFlight != 0 {
				t.Errorf("%s: %d calls in flight after the end", st.ID, st.InFlight)
			}
			failed += st.Failed
		}
		if state.parkings == 0 || failed == 0 || sum < 64*100 {
			t.Errorf("%d calls, %d failed attempts, %d parkings: nothing was tried", sum, failed, state.parkings)
		}
		t.Logf("%d calls, %d failed attempts, %d parkings", sum, failed, state.parkings)
	})
}

// watched is a State that can tell whether a deployment is parked at the moment it is called.
type watched struct {
	mu       sync.Mutex
	parked   map[string]registry.Parking
	since    map[string]time.Time
	parkings int
}

func (w *watched) Parking(id string) registry.Parking {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.parked[id]
}

func (w *watched) Park(id string, p registry.Parking) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if p.Until.After(w.parked[id].Until) {
		w.parked[id], w.since[id] = p, time.Now()
		w.parkings++
	}
}

// check fails when a deployment is called that was parked before this moment.
func (w *watched) check(t *testing.T, id string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if p := w.parked[id]; p.Until.After(time.Now()) && w.since[id].Before(time.Now()) {
		t.Errorf("%s was called while parked for another %s (%s)", id, time.Until(p.Until), p.Reason)
	}
}
