package provider_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/tmc/langchaingo/llms"

	"github.com/seed-a739af98/langchaingo-azure/azureadv1/azuretest"
)

// TestACauseOfTheCallersOwnHidesNothing ends contexts with a cause, which net/http returns in place of the context's error.
func TestACauseOfTheCallersOwnHidesNothing(t *testing.T) {
	left := errors.New("the user left")
	replies := map[string]azuretest.Reply{
		"before the first byte": azuretest.SlowFirstByte(10 * time.Second),
		"in the middle":         azuretest.Text("one ", "two ", "three ", "four").WithPace(time.Second),
	}
	for when, reply := range replies {
		t.Run(when, func(t *testing.T) {
			onBothSurfaces(t, func(t *testing.T, sf surface) {
				s := inMemory(t, azuretest.Options{})
				cfg := config(t, s, sf.version)
				cfg.APIKey = apiKey
				c := newCaller(t, cfg)
				s.Enqueue(reply)
				ctx, cancel := context.WithCancelCause(t.Context())
				time.AfterFunc(2500*time.Millisecond, func() { cancel(left) })
				_, err := stream(ctx, c)
				if !errors.Is(err, context.Canceled) || llmCode(err) != llms.ErrCodeCanceled {
					t.Errorf("%v (%s): want canceled", err, llmCode(err))
				}
				if n := len(s.Requests()); n != 1 {
					t.Errorf("%d requests, want 1", n)
				}
			})
		})
	}
}
