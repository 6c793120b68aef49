package wire_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"math"
	"math/big"
	"reflect"
	"strings"
	"testing"

	"github.com/seed-a739af98/langchaingo-azure/internal/wire"
)

// The targets here hold our use of jx beside encoding/json into any, one property
// each: what FuzzReadChat and its siblings find only by chance.

// FuzzStreamFrame reads one frame of a stream: both take and refuse the same bytes,
// up to values of the wrong kind, and read the same text.
func FuzzStreamFrame(f *testing.F) {
	for _, seed := range []string{
		delta(0, `"content":"a"`), delta(0, `"content":"a","content":"b"`), delta(0, `"content":"\ud83d\ude00\ud800x\u0000"`), delta(0, "\"content\":\"\xff\xc3(\""),
		delta(0, `"content":"a"`) + "x", delta(0, `"content":"a"`) + " {}", delta(0, `"refusal":"no","reasoning_content":"why"`), delta(0, `"new":[{"of":1e400}],"content":"a"`),
		`{"choices":[{"index":0,"delta":{"content":"a"}}],"choices":[]}`, `{"choices":[{"index":0,"delta":null}]}`, `null`, `[]`, `{}`, `{"choices":[{"delta":{"content":tru}}]}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, frame []byte) {
		frame = bytes.TrimSpace(frame) // a stream does, so that a proxy's blanks are signs of life
		if bytes.ContainsAny(frame, "\r\n") || string(frame) == "[DONE]" || len(frame) == 0 {
			return // more frames than one, or none
		}
		chat, err := drain(t, strings.NewReader(sse(string(frame), finished(0, "stop"), "[DONE]")))
		if errors.Is(err, io.EOF) && !json.Valid(frame) {
			t.Fatalf("read what encoding/json refuses")
		}
		var tree any
		if json.Unmarshal(frame, &tree) != nil || !errors.Is(err, io.EOF) {
			if format, ok := errors.AsType[*wire.FormatError](err); ok && tree != nil && format.Field == "" && !strings.Contains(err.Error(), "want an object") {
				t.Fatalf("called broken what encoding/json reads: %v", err)
			}
			return
		}
		var want strings.Builder
		top, _ := tree.(map[string]any)
		choices, _ := top["choices"].([]any)
		for i, c := range choices {
			c, _ := c.(map[string]any)
			index, ok := c["index"].(float64)
			if !ok {
				index = float64(i)
			}
			d, _ := c["delta"].(map[string]any)
			text, ok := d["content"].(string)
			if _, parts := d["content"].([]any); parts {
				return // FuzzReadChat has those
			}
			if ok && math.Trunc(index) == 0 {
				want.WriteString(text)
			}
		}
		for _, c := range chat.Choices {
			if c.Index == 0 && c.Content != want.String() {
				t.Fatalf("read %q, want %q", c.Content, want.String())
			}
		}
	})
}

// FuzzNumber reads a count of tokens: what fits 64 bits is read exactly, with its
// fraction cut off; what does not, or is no number, is refused.
func FuzzNumber(f *testing.F) {
	for _, seed := range []string{
		"0", "-0", "1", "-1", "9223372036854775807", "9223372036854775808", "-9223372036854775808", "-9223372036854775809", "123456789012345678", "1e3", "1E+3", "1.5", "-1.5",
		"0.1e1", "1e18", "9.3e18", "1e19", "1e308", "1e309", "-1e309", "1e-400", "01", "+1", ".5", "1.", "1e", "0x10", "NaN", "Infinity", "1_000", "-", "true", `"1"`, "null", "[]",
		"9007199254740993", "9007199254740993.0", "0e999999999",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		body := []byte(`{"choices":[],"usage":{"total_tokens":` + string(raw) + `}}`)
		d := json.NewDecoder(bytes.NewReader(raw))
		d.UseNumber()
		var tree any
		if d.Decode(&tree) != nil || !json.Valid(raw) {
			return // no value, or more than one: FuzzReadChat's business
		}
		got, err := wire.ReadChat(body)
		number, ok := tree.(json.Number)
		if !ok {
			if (err == nil) != (tree == nil) {
				t.Fatalf("%s: read as %+v, %v", raw, got.Usage, err)
			}
			return
		}
		want, fits := int64Of(t, number)
		if !fits {
			if err == nil {
				t.Fatalf("%s does not fit, read as %d", raw, got.Usage.Total)
			}
			return
		}
		if err != nil {
			t.Fatalf("%s: %v", raw, err)
		}
		if got.Usage.Total != want {
			t.Fatalf("%s: read as %d, want %d", raw, got.Usage.Total, want)
		}
	})
}

// int64Of is the slow way: digits alone as they are, others as encoding/json's
// float64 with the fraction cut off.
func int64Of(t *testing.T, n json.Number) (int64, bool) {
	t.Helper()
	if whole, ok := new(big.Int).SetString(n.String(), 10); ok && whole.IsInt64() {
		return whole.Int64(), true
	}
	var v any
	if json.Unmarshal([]byte(n.String()), &v) != nil {
		return 0, false // beyond float64
	}
	f, ok := v.(float64)
	if !ok {
		t.Fatalf("%s became %T", n, v)
	}
	if f >= 1<<63 || f <= -(1<<63) {
		return 0, false
	}
	return int64(f), true
}

// FuzzDuplicateKeys gives a member twice: the last one wins, as in encoding/json,
// whatever the first was, and a broken one is refused in either place.
func FuzzDuplicateKeys(f *testing.F) {
	f.Add([]byte(`"a"`), []byte(`"b"`))
	f.Add([]byte(`"a"`), []byte(`null`))
	f.Add([]byte(`{"x":[1,{}]}`), []byte(`"b"`))
	f.Add([]byte(`tru`), []byte(`"b"`))
	f.Add([]byte(`"b"`), []byte(`"\ud800"`))
	f.Add([]byte("\"\xff\""), []byte(`1e400`))
	f.Fuzz(func(t *testing.T, first, second []byte) {
		for _, key := range []string{"id", "model", "system_fingerprint", "service_tier", "unknown"} {
			body := []byte(`{"` + key + `":` + string(first) + `,"choices":[],"` + key + `":` + string(second) + `}`)
			got, err := wire.ReadChat(body)
			if !json.Valid(body) {
				if err == nil {
					t.Fatalf("%s was read", body)
				}
				continue
			}
			var tree any
			if json.Unmarshal(body, &tree) != nil { // a number beyond float64
				continue
			}
			if err != nil {
				format, _ := errors.AsType[*wire.FormatError](err)
				if format == nil || format.Field == "" {
					t.Fatalf("%s: %v", body, err)
				}
				continue
			}
			compareChat(t, tree, got)
		}
	})
}

// FuzzNesting nests arrays and objects below an unknown member: taken and refused
// at the same depth as encoding/json does, 10,000, and in no more stack than that
// needs.
func FuzzNesting(f *testing.F) {
	for _, depth := range []uint32{0, 1, 100, 9_998, 9_999, 10_000, 10_001, 1_000_000} {
		f.Add(depth, true, false)
		f.Add(depth, false, true)
	}
	f.Fuzz(func(t *testing.T, depth uint32, objects, cut bool) {
		n := int(depth % 2_000_000)
		open, end := "[", "]"
		if objects {
			open, end = `{"a":`, "}"
		}
		body := `{"choices":[],"deep":` + strings.Repeat(open, n) + "0" + strings.Repeat(end, n) + "}"
		if cut {
			body = body[:len(body)-1-n/2]
		}
		_, err := wire.ReadChat([]byte(body))
		_, errStream := drain(t, strings.NewReader(sse(body, finished(0, "stop"), "[DONE]")))
		valid := json.Valid([]byte(body))
		if (err == nil) != valid || errors.Is(errStream, io.EOF) != valid {
			t.Fatalf("%d deep: read with %v, in a stream with %v; encoding/json says %v", n, err, errStream, valid)
		}
		if _, ok := wire.ReadError([]byte(`{"error":{"message":"m","innererror":` + body + `}}`)); ok && !valid {
			t.Fatalf("%d deep: read in an error", n)
		}
	})
}

// FuzzExtraValue writes what encoding/json read: it reads back the same value.
// Past MaxDepth it is refused.
func FuzzExtraValue(f *testing.F) {
	for _, seed := range []string{
		`{"a":[1,-0,0.1,1e21,1e-7,5e-324,1.7976931348623157e308,9007199254740993],"b":null,"":true}`, `"\ud800\u0000\u2028</script>"`, "{\"\xff\":\"\xfe\"}", `[[[[]]],{}]`, `1`,
		`{"a":1,"a":2}`, strings.Repeat("[", wire.MaxDepth) + strings.Repeat("]", wire.MaxDepth), strings.Repeat("[", wire.MaxDepth+1) + strings.Repeat("]", wire.MaxDepth+1),
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		var want any
		if json.Unmarshal(raw, &want) != nil {
			return
		}
		w := wire.NewChatWriter(0)
		w.Extra("x", want)
		body, err := w.Body()
		if depth := depthOf(want); (err != nil) != (depth > wire.MaxDepth) {
			t.Fatalf("%d deep: %v", depth, err)
		}
		if err != nil {
			return
		}
		var got struct{ X any }
		if err := json.Unmarshal(body, &got); err != nil {
			t.Fatalf("%s: %v", body, err)
		}
		if !reflect.DeepEqual(got.X, want) { // not cmp.Equal, whose time doubles with each level
			t.Fatalf("%s was written of %s", body, raw)
		}
	})
}

// depthOf counts the levels of arrays and objects.
func depthOf(v any) (deepest int) {
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			deepest = max(deepest, depthOf(e))
		}
		return deepest + 1
	case map[string]any:
		for _, e := range v {
			deepest = max(deepest, depthOf(e))
		}
		return deepest + 1
	default:
		return 0
	}
}
