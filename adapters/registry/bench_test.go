package registry

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/tmc/langchaingo/llms"
)

var greeting = []llms.MessageContent{llms.TextParts(llms.ChatMessageTypeHuman, "hello")}

// instant answers at once, and always the same.
type instant struct{ response llms.ContentResponse }

func (i *instant) GenerateContent(context.Context, []llms.MessageContent, ...llms.CallOption) (*llms.ContentResponse, error) {
	return &i.response, nil
}

func (i *instant) Call(context.Context, string, ...llms.CallOption) (string, error) { return "", nil }

// instantGroup is a group of n deployments that cost nothing by themselves: what is left is the group's own.
func instantGroup(tb testing.TB, n int, params string, state State) llms.Model {
	tb.Helper()
	yaml := "model_list:\n"
	for i := range n {
		yaml += fmt.Sprintf("  - {model_name: chat, litellm_params: {model: instant/%d%s}}\n", i, params)
	}
	response := llms.ContentResponse{Choices: []*llms.ContentChoice{{GenerationInfo: map[string]any{"TotalTokens": 10}}}}
	r, err := Loader{State: state, Providers: map[string]Factory{"instant": func(Entry) (llms.Model, error) {
		return &instant{response}, nil
	}}}.Parse(strings.NewReader(yaml))
	if err != nil {
		tb.Fatal(err)
	}
	for _, b := range r.current.Load().backends {
		b.builtIn = true // what other providers' answers cost to copy is not the group's
	}
	m, err := r.Model("chat")
	if err != nil {
		tb.Fatal(err)
	}
	return m
}

func BenchmarkGroup(b *testing.B) {
	for _, kind := range []struct{ name, params string }{{"plain", ""}, {"limited", ", rpm: 600000000, tpm: 600000000"}} {
		for _, n := range []int{2, 10, 100} {
			b.Run(fmt.Sprintf("%s/deployments=%d", kind.name, n), func(b *testing.B) {
				m := instantGroup(b, n, kind.params, nil)
				option := llms.WithTemperature(0)
				b.ReportAllocs()
				for b.Loop() {
					if _, err := m.GenerateContent(b.Context(), greeting, option); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

// BenchmarkGroupParked has one deployment in a hundred that is free.
func BenchmarkGroupParked(b *testing.B) {
	const n = 100
	state := &memory{}
	m := instantGroup(b, n, "", state)
	for i := range n - 1 {
		state.Park(fmt.Sprintf("instant/%d", i), Parking{Until: time.Now().Add(time.Hour), Reason: "429"})
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := m.GenerateContent(b.Context(), greeting); err != nil {
			b.Fatal(err)
		}
	}
}

func TestGroupsOwnAllocations(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	for _, n := range []int{2, 100} {
		m := instantGroup(t, n, ", rpm: 600000000, tpm: 600000000", nil)
		option := llms.WithTemperature(0)
		got := testing.AllocsPerRun(1000, func() {
			if _, err := m.GenerateContent(t.Context(), greeting, option); err != nil {
				t.Fatal(err)
			}
		})
		if got > 5 {
			t.Errorf("%d deployments: %v allocations for a call, want at most 5", n, got)
		}
	}
}
