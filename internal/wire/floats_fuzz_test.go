package wire_test

import (
	"encoding/base64"
	"encoding/json"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/seed-a739af98/langchaingo-azure/internal/wire"
)

// FuzzVectorText holds the decoder of vectors to encoding/base64: the same texts
// taken and refused, but for line breaks, and the same floats to the bit.
func FuzzVectorText(f *testing.F) {
	for _, seed := range []string{
		"", "A", "AA", "AAA", "AAAA", "AAAAAA==", "AAAAAA", "AAAAAB==", "AACAPwAAAEA=", "AACAPwAAAEAAAEBA", "AACAPwAAAEAAAEBAAACAQA==", "/+/+/+/+/+/+/+/+",
		"AACAPwAAAEAAAEBAAACAPwAAAEAAAEBA", "AACAPwAAAEAAAEB=AACAPwAAAEAAAEBA", "AACAPw\n==", "AACAPwAAAEAAAEB-AACAPwAAAEAAAEBA", "=AACAPwAAAEAAAEBA", "AACAPwAAAEAAAEBA====",
		"\x00ACAPwAAAEAAAEBAAACAPwAAAEAAAEBA", "AACAPwAAAEAAAEBAAACAPwAAAE\u00e9AAEBA", strings.Repeat("AACAPwAAAEAAAEBA", 40) + "AAAAAA",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		quoted, err := json.Marshal(text)
		if err != nil {
			t.Fatal(err)
		}
		got, err := wire.ReadEmbeddings(slices.Concat([]byte(`{"data":[{"embedding":`), quoted, []byte(`}]}`)))
		want, ok := vectorText(text)
		if ok != (err == nil) {
			t.Fatalf("%q: error %v, by encoding/base64 a vector: %t", text, err, ok)
		}
		if ok && !slices.EqualFunc(got.Vectors[0].Values, want, sameBits) {
			t.Fatalf("%q: %v, want %v", text, got.Vectors[0].Values, want)
		}
	})
}

func sameBits(a, b float32) bool { return math.Float32bits(a) == math.Float32bits(b) }

// vectorText reads base64 by encoding/base64; ok is false for what is no vector.
func vectorText(text string) (values []float32, ok bool) {
	encoding := base64.StdEncoding
	if len(text)%4 != 0 {
		encoding = base64.RawStdEncoding
	}
	raw, err := encoding.DecodeString(text)
	if err != nil || strings.ContainsAny(text, "\r\n") || len(raw) == 0 || len(raw)%4 != 0 {
		return nil, false
	}
	return floats(raw), true
}
