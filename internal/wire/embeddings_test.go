package wire_test

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/seed-a739af98/langchaingo-azure/internal/wire"
)

// encode is the service's base64 form of a vector.
func encode(values ...float32) string {
	var raw []byte
	for _, v := range values {
		raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(v))
	}
	return base64.StdEncoding.EncodeToString(raw)
}

func TestReadEmbeddings(t *testing.T) {
	long := make([]float32, 5000)
	for i := range long {
		long[i] = float32(i) / 3
	}
	for _, tt := range []struct {
		name, body string
		want       wire.Embeddings
	}{
		{
			"numbers", `{"object":"list","data":[{"object":"embedding","index":0,"embedding":[0.1,-2e-3, 3 ]}],"model":"m","usage":{"prompt_tokens":1,"total_tokens":1}}`,
			wire.Embeddings{Model: "m", Vectors: []wire.Vector{{Values: []float32{0.1, -2e-3, 3}}}, Usage: &wire.Usage{Prompt: 1, Total: 1}},
		},
		{
			"base64, out of order", fmt.Sprintf(`{"data":[{"embedding":%q,"index":1},{"index":0,"embedding":%q}]}`, encode(1, 2), encode(3, 4)),
			wire.Embeddings{Vectors: []wire.Vector{{Index: 1, Values: []float32{1, 2}}, {Index: 0, Values: []float32{3, 4}}}},
		},
		{
			"base64 longer than one piece", fmt.Sprintf(`{"data":[{"embedding":%q}]}`, encode(long...)),
			wire.Embeddings{Vectors: []wire.Vector{{Values: long}}},
		},
		{
			"base64 without padding and with escaped slashes", fmt.Sprintf(`{"data":[{"embedding":"%s"}]}`, strings.ReplaceAll(strings.TrimRight(encode(-1, math.MaxFloat32), "="), "/", `\/`)),
			wire.Embeddings{Vectors: []wire.Vector{{Values: []float32{-1, math.MaxFloat32}}}},
		},
		{
			"vectors of different lengths and forms", fmt.Sprintf(`{"data":[{"embedding":[1]},{"embedding":%q},{"embedding":[5,6,7,8,9]}]}`, encode(2, 3)),
			wire.Embeddings{Vectors: []wire.Vector{{Values: []float32{1}}, {Index: 1, Values: []float32{2, 3}}, {Index: 2, Values: []float32{5, 6, 7, 8, 9}}}},
		},
		{
			"members given twice", `{"data":[{"embedding":[9]}],"data":[{"embedding":[1,2],"embedding":[3],"index":7,"index":null}],"model":"a","model":"b"}`,
			wire.Embeddings{Model: "b", Vectors: []wire.Vector{{Values: []float32{3}}}},
		},
		{"no data", `{"data":[],"model":null,"usage":null}`, wire.Embeddings{}},
		{"an error in a success", `{"error":{"code":"c","message":"m"}}`, wire.Embeddings{Err: &wire.Error{Code: "c", Message: "m"}}},
		{"an unwrapped error in a success", `{"statusCode":429,"message":"m"}`, wire.Embeddings{Err: &wire.Error{StatusCode: 429, Message: "m"}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			body := []byte(tt.body)
			got, err := wire.ReadEmbeddings(body)
			if err != nil {
				t.Fatal(err)
			}
			clear(body)
			if diff := cmp.Diff(tt.want, got, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestVectorsAreCapped(t *testing.T) {
	got, err := wire.ReadEmbeddings([]byte(`{"data":[{"embedding":[1,2]},{"embedding":[3,4]}]}`))
	if err != nil {
		t.Fatal(err)
	}
	_ = append(got.Vectors[0].Values, 99)
	if got.Vectors[1].Values[0] != 3 {
		t.Error("an append to one vector changed the next")
	}
}

func TestReadEmbeddingsRefuses(t *testing.T) {
	for _, tt := range []struct{ name, body, field, says string }{
		{"nothing", "", "", "EOF"},
		{"null", "null", "", "want an object"},
		{"base64 of half a float", `{"data":[{"embedding":"AAAAAAA="}]}`, "data[0].embedding", "4-byte"},
		{"a few stray characters", `{"data":[{"embedding":"AAA"}]}`, "data[0].embedding", "4-byte"},
		{"what is no base64", `{"data":[{"embedding":"AAAAAA!!"}]}`, "data[0].embedding", "not base64"},
		{"padding in the middle", `{"data":[{"embedding":"` + strings.Repeat("A", 4094) + "==" + strings.Repeat("A", 16) + `"}]}`, "data[0].embedding", "not base64"},
		{"a null among numbers", `{"data":[{"embedding":[1]},{"embedding":[1,null]}]}`, "data[1].embedding[1]", "want a number"},
		{"a number past 32-bit floats", `{"data":[{"embedding":[1e39]}]}`, "data[0].embedding[0]", "32-bit"},
		{"an element without a vector", `{"data":[{"index":0}]}`, "data[0]", "no embedding"},
		{"a null vector", `{"data":[{"embedding":null}]}`, "data[0]", "no embedding"},
		{"an empty vector", `{"data":[{"embedding":""}]}`, "data[0]", "no embedding"},
		{"a null element", `{"data":[null]}`, "data[0]", "no embedding"},
		{"a vector of the wrong kind", `{"data":[{"embedding":{}}]}`, "data[0].embedding", "want an array or base64"},
		{"an index below zero", `{"data":[{"index":-1}]}`, "data[0].index", "-1"},
		{"data after the end", `{"data":[]}]`, "", "after the end"},
		{"numbers cut short", `{"data":[{"embedding":[1,2`, "", "EOF"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := wire.ReadEmbeddings([]byte(tt.body))
			f, ok := errors.AsType[*wire.FormatError](err)
			if !ok {
				t.Fatalf("error %v, want a *FormatError", err)
			}
			if f.Field != tt.field || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("%q at %q, want %q at %q", err, f.Field, tt.says, tt.field)
			}
		})
	}
}

// What JSON makes of a string counts, not what base64 would.
func TestBase64IsReadAsTheStringThatItIs(t *testing.T) {
	for _, row := range []struct {
		name, text string
		want       []float32 // nil for a body that is refused
	}{
		{"two numbers and padding", "AACAPwAAAEA=", []float32{1, 2}},
		{"a slash that is escaped", `AACAP\/8AAAA=`, []float32{1, math.Float32frombits(255)}},
		{"a letter that is escaped", `A\u0041CAPwAAAEA=`, []float32{1, 2}},
		{"a raw line break, which is no JSON", "AACAPwAAAEA=\n\n\n\n", nil},
		{"a raw line break within", "AACA\nPwA\nAAE\nA=\n", nil},
		{"an escaped line break", `AACAPwAAAEA=\n`, nil},
		{"a quote that is escaped", `AACA\"wAAAEA=`, nil},
		{"half a number", "AACAPwAA", nil},
	} {
		t.Run(row.name, func(t *testing.T) {
			got, err := wire.ReadEmbeddings([]byte(`{"data":[{"index":0,"embedding":"` + row.text + `"}]}`))
			if row.want == nil {
				if err == nil {
					t.Errorf("read as %v", got.Vectors)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(row.want, got.Vectors[0].Values); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
