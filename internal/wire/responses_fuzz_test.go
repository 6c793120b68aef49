package wire_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-a739af98/langchaingo-azure/internal/wire"
)

// FuzzReadResponse compares with encoding/json: both take and refuse the same
// bytes, up to values of the wrong kind, and read the same texts.
func FuzzReadResponse(f *testing.F) {
	for _, seed := range []string{
		azureResponse, `{}`, `null`, ``, `{"output":[]}`, `{"output":[null,{}]}`, `{"id":"a","id":"b","output":[1],"output":[]}`, `{"id":"a"}x`,
		`{"output":[{"type":"message","content":[{"type":"output_text","text":"\ud800\ud83d\ude00"}]}]}`, "{\"output\":[{\"type\":\"message\",\"content\":\"\xff\xc3\x28\"}]}",
		`{"output":[{"type":"function_call","arguments":{"a":1},"name":null}]}`, `{"status":"failed"}`, `{"usage":{"total_tokens":-0.5e3}}`, `{"\u0069d":"x","output":[{"a":tru}]}`, `{"a":-3e333}`, `{"a":1.5}{"b":`, `{"a":1}-`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		before := bytes.Clone(body)
		got, err := wire.ReadResponse(body)
		if !bytes.Equal(before, body) {
			t.Fatal("the body was written to")
		}
		format, _ := errors.AsType[*wire.FormatError](err)
		if err != nil && format == nil {
			t.Fatalf("error %T", err)
		}
		var tree any
		if jsonErr := json.Unmarshal(body, &tree); jsonErr != nil {
			if err == nil && !json.Valid(body) { // a number beyond float64 is JSON, but no value to compare with
				t.Fatalf("read what encoding/json refuses: %v", jsonErr)
			}
			return
		}
		if err != nil {
			if format.Field == "" && !strings.Contains(err.Error(), "want an object") {
				t.Fatalf("called broken what encoding/json reads: %v", err)
			}
			return
		}
		compareResponse(t, tree, got)
	})
}

// compareResponse checks an answer against the tree encoding/json made of it.
func compareResponse(t *testing.T, tree any, got wire.Response) {
	t.Helper()
	top, _ := tree.(map[string]any)
	same(t, "id", top["id"], got.ID)
	same(t, "model", top["model"], got.Model)
	output, _ := top["output"].([]any)
	n := 0
	for _, element := range output {
		want, ok := element.(map[string]any)
		if !ok {
			continue
		}
		item := got.Output[n]
		n++
		same(t, "item type", want["type"], item.Type)
		same(t, "item id", want["id"], item.ID)
		var raw any
		if err := json.Unmarshal(item.Raw, &raw); err != nil || !cmp.Equal(raw, any(want)) {
			t.Fatalf("raw item %s (%v), want %v", item.Raw, err, want)
		}
		sent(t, item.Raw, want)
		switch item.Type {
		case "function_call":
			same(t, "call id", want["call_id"], item.CallID)
			same(t, "call name", want["name"], item.Name)
			same(t, "tool call arguments", want["arguments"], item.Arguments)
		case "message":
			parts, _ := want["content"].([]any)
			i := 0
			for _, p := range parts {
				p, ok := p.(map[string]any)
				if !ok {
					continue
				}
				if p["type"] == "output_text" {
					same(t, "text", p["text"], item.Content[i].Text)
				}
				i++
			}
		}
	}
	if n != len(got.Output) {
		t.Fatalf("%d items, want %d", len(got.Output), n)
	}
}

// sent checks that an item goes back as it came, but for its status.
func sent(t *testing.T, raw json.RawMessage, want map[string]any) {
	t.Helper()
	w := wire.NewResponsesWriter(0)
	w.Item(raw)
	body, err := w.Body()
	if err != nil {
		t.Fatal(err)
	}
	var got struct{ Input []map[string]any }
	if err := json.Unmarshal(body, &got); err != nil {
		t.Fatalf("%s: %v", body, err)
	}
	delete(want, "status")
	if !cmp.Equal(got.Input[0], want) {
		t.Fatalf("sent %s, want %v", body, want)
	}
}

var responsesSeeds = []string{
	strings.Join(wholeStream, "") + completed(rsDone, wsDone, msgDone, fcDone),
	strings.Join(wholeStream[:16], ""),
	textEvent("a") + textEvent("b\"") + textEvent("c") + completed(),
	textEvent("a") + ev("error", `"message":"m"`),
	textEvent("a") + ev("error", `"massage":"m"`),
	ev("response.output_text.delta", `"delta":"a","delta":"b","sequence_number":1`) + ev("response.output_text.delta", `"delta":"a","delta":"c","sequence_number":02`),
	ev("response.output_text.delta", `"sequence_number":1,"obfuscation":"x","delta":"a"`) + ev("response.output_text.delta", `"sequence_number":20,"obfuscation":"","delta":"b"`) + ev("response.output_text.delta", `"sequence_number":2.5,"obfuscation":"y","delta":"c"`),
	"event: response.output_text.delta\ndata: {\"delta\":\"a\"}\n\nevent: response.refusal.delta\ndata: {\"delta\":\"b\"}\n\n",
	"event: response.completed\ndata: {\"response\":{\"output\":[{\"type\":\"message\"",
}

// FuzzResponsesStream: however the bytes arrive, and whether or not an event is
// recognized as a repetition, the answer is the same.
func FuzzResponsesStream(f *testing.F) {
	for i, seed := range append(responsesSeeds, streamSeeds...) {
		f.Add([]byte(seed), uint64(i))
	}
	f.Fuzz(func(t *testing.T, stream []byte, seed uint64) {
		whole, words, err := drainResponses(t, bytes.NewReader(stream))
		chopped, choppedWords, choppedErr := drainResponses(t, newChoppy(stream, seed))
		if diff := cmp.Diff(whole, chopped) + cmp.Diff(words, choppedWords); diff != "" || err.Error() != choppedErr.Error() {
			t.Fatalf("whole ended with %v, chopped with %v, and differ:\n%s", err, choppedErr, diff)
		}
		if errors.Is(err, io.EOF) && whole.Err != nil {
			t.Fatalf("success with the error %v", whole.Err)
		}
		for _, item := range whole.Output {
			if item.Raw != nil && !json.Valid(item.Raw) {
				t.Fatalf("raw item %s", item.Raw)
			}
		}
		long, longWords, longErr := drainResponses(t, strings.NewReader(unlike(stream)))
		if whole.Err != nil && long.Err != nil {
			whole.Err, long.Err = nil, nil // an error without words quotes its frame, which is not the same in both
		}
		if diff := cmp.Diff(whole, long) + cmp.Diff(words, longWords); diff != "" || errors.Is(longErr, io.EOF) != errors.Is(err, io.EOF) {
			t.Fatalf("ended with %v; with frames that are never alike with %v, and differ:\n%s", err, longErr, diff)
		}
	})
}
