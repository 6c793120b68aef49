package wire_test

import (
	"bytes"
	"runtime"
	"strings"
	"testing"

	"github.com/seed-a739af98/langchaingo-azure/internal/wire"
)

// allocations fails when f allocates more than limit times a run.
func allocations(t *testing.T, limit float64, f func()) {
	t.Helper()
	if raceEnabled {
		t.Skip("allocations cannot be counted under the race detector")
	}
	if got := testing.AllocsPerRun(20, f); got > limit {
		t.Errorf("%v allocations, want at most %v", got, limit)
	}
}

// The frames of a stream cost nothing but the growth of its text: a stream ten
// times as long has as many allocations and a few doublings more.
func TestStreamAllocations(t *testing.T) {
	for name, filter := range map[string]string{"empty filters": "{}", "full filters": harmless} {
		t.Run(name, func(t *testing.T) {
			short, long := textStream(1_000, filter), textStream(10_000, filter)
			allocations(t, 60, func() { readStream(t, bytes.NewReader(short)) })
			allocations(t, 80, func() { readStream(t, bytes.NewReader(long)) })
		})
	}
}

// Frames of which no two in a row are alike take the long way, still without
// allocations of their own.
func TestAlternatingStreamAllocations(t *testing.T) {
	var b strings.Builder
	for i := range 1_000 {
		b.WriteString(sse(delta(i%2, `"content":"esc\"aped\n"`)))
	}
	b.WriteString(sse(finished(0, "stop"), finished(1, "stop")))
	allocations(t, 60, func() { readStream(t, strings.NewReader(b.String())) })
}

func TestFramesAllocations(t *testing.T) {
	stream := textStream(1_000, harmless)
	allocations(t, 4, func() {
		f := wire.NewFrames(bytes.NewReader(stream))
		for {
			if _, err := f.Next(); err != nil {
				return
			}
		}
	})
}

func TestChatWriterAllocations(t *testing.T) {
	text := strings.Repeat("The quick brown fox jumps over the lazy dog.\n", 10)
	var schema any = toolSchema
	allocations(t, 2, func() {
		if _, err := writeHistory(text, schema); err != nil {
			t.Fatal(err)
		}
	})
	var tree any = map[string]any{"type": "object", "properties": map[string]any{"a": map[string]any{"type": "string"}}, "required": []any{"a"}}
	allocations(t, 3, func() {
		if _, err := writeHistory(text, tree); err != nil {
			t.Fatal(err)
		}
	})
	var labels any = map[string]string{"a": "1", "b": "2", "c": "3", "d": "4", "e": "5"}
	allocations(t, 22, func() { // its keys, for each of 20 tools
		if _, err := writeHistory(text, labels); err != nil {
			t.Fatal(err)
		}
	})
}

func TestImageAllocations(t *testing.T) {
	if raceEnabled {
		t.Skip("allocations cannot be counted under the race detector")
	}
	const runs = 5
	image := make([]byte, 5<<20)
	sent := 0
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range runs {
		body, err := writeImage(image)
		if err != nil {
			t.Fatal(err)
		}
		sent += len(body)
	}
	runtime.ReadMemStats(&after)
	if got := float64(after.TotalAlloc-before.TotalAlloc) / float64(sent); got > 1.1 {
		t.Errorf("%.2f bytes allocated per byte sent, want at most 1.1", got)
	}
}

func TestEmbeddingsAllocations(t *testing.T) {
	for name, asBase64 := range map[string]bool{"base64": true, "numbers": false} {
		t.Run(name, func(t *testing.T) {
			body := embeddingsBody(64, 1536, asBase64)
			allocations(t, 7, func() {
				if _, err := wire.ReadEmbeddings(body); err != nil {
					t.Fatal(err)
				}
			})
		})
	}
}

// An answer that says the usual costs its text, its id, its choices and its usage.
func TestReadChatAllocations(t *testing.T) {
	for _, c := range []struct {
		name, body string
		limit      float64
	}{{"text", textAnswer, 4}, {"a call and a finding", azureAnswer, 10}} {
		t.Run(c.name, func(t *testing.T) {
			body := []byte(c.body)
			allocations(t, c.limit, func() {
				if _, err := wire.ReadChat(body); err != nil {
					t.Fatal(err)
				}
			})
		})
	}
}
