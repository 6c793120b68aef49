package langchaingo_test

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/tmc/langchaingo/llms"

	"github.com/seed-a739af98/langchaingo-azure/azureadv1/azuretest"
)

func message(role llms.ChatMessageType, parts ...llms.ContentPart) llms.MessageContent {
	return llms.MessageContent{Role: role, Parts: parts}
}

func call(id, name, arguments string) llms.ToolCall {
	return llms.ToolCall{ID: id, Type: "function", FunctionCall: &llms.FunctionCall{Name: name, Arguments: arguments}}
}

func TestMessagesOnTheWire(t *testing.T) {
	png := []byte("\x89PNG\r\n")
	b64 := base64.StdEncoding.EncodeToString
	tests := []struct {
		name     string
		messages []llms.MessageContent
		want     string
	}{
		{
			"system and human texts are strings",
			[]llms.MessageContent{
				llms.TextParts(llms.ChatMessageTypeSystem, "Be brief."),
				llms.TextParts(llms.ChatMessageTypeHuman, "Hi <&> \u2028 \"there\""),
			},
			`[{"role":"system","content":"Be brief."},{"role":"user","content":"Hi <&> \u2028 \"there\""}]`,
		},
		{
			"several system texts become lines of one",
			[]llms.MessageContent{llms.TextParts(llms.ChatMessageTypeSystem, "one", "two"), llms.TextParts(llms.ChatMessageTypeHuman, "x")},
			`[{"role":"system","content":"one\ntwo"},{"role":"user","content":"x"}]`,
		},
		{
			"a generic message is a user's",
			[]llms.MessageContent{llms.TextParts(llms.ChatMessageTypeGeneric, "x")},
			`[{"role":"user","content":"x"}]`,
		},
		{
			"a system message behind a conversation stays where it is",
			[]llms.MessageContent{
				llms.TextParts(llms.ChatMessageTypeHuman, "a"), llms.TextParts(llms.ChatMessageTypeAI, "b"), llms.TextParts(llms.ChatMessageTypeSystem, "c"),
			},
			`[{"role":"user","content":"a"},{"role":"assistant","content":"b"},{"role":"system","content":"c"}]`,
		},
		{
			"texts and images of a human are parts, in order",
			[]llms.MessageContent{message(
				llms.ChatMessageTypeHuman, llms.TextPart("a"), llms.ImageURLPart("https://example.com/a.png"),
				llms.ImageURLWithDetailPart("https://example.com/b.png", "low"), llms.TextPart("b"),
			)},
			`[{"role":"user","content":[{"type":"text","text":"a"},
				{"type":"image_url","image_url":{"url":"https://example.com/a.png"}},
				{"type":"image_url","image_url":{"url":"https://example.com/b.png","detail":"low"}},
				{"type":"text","text":"b"}]}]`,
		},
		{
			"one image alone is a part as well",
			[]llms.MessageContent{message(llms.ChatMessageTypeHuman, llms.ImageURLPart("data:image/png;base64,AAAA"))},
			`[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}}]}]`,
		},
		{
			"bytes of images are data URLs",
			[]llms.MessageContent{message(llms.ChatMessageTypeHuman, llms.BinaryPart("image/png", png), llms.BinaryPart(" Image/JPEG; q=1", png))},
			`[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,` + b64(png) + `"}},
				{"type":"image_url","image_url":{"url":"data:image/jpeg;base64,` + b64(png) + `"}}]}]`,
		},
		{
			"langchaingo's cache marks are taken off, however many there are",
			[]llms.MessageContent{
				message(llms.ChatMessageTypeSystem, llms.WithCacheControl(llms.TextPart("s"), &llms.CacheControl{Type: "ephemeral"})),
				message(llms.ChatMessageTypeHuman, llms.WithCacheControl(llms.WithCacheControl(llms.TextPart("h"), nil), nil)),
			},
			`[{"role":"system","content":"s"},{"role":"user","content":"h"}]`,
		},
		{
			"an assistant's text and calls share a message, the text first; results go back one by one under their ids",
			[]llms.MessageContent{
				llms.TextParts(llms.ChatMessageTypeHuman, "q"),
				message(llms.ChatMessageTypeAI, call("c1", "add", `{"a":1}`), llms.TextPart("let me see"), call("c2", "sub", `{"b":2}`)),
				message(
					llms.ChatMessageTypeTool, llms.ToolCallResponse{ToolCallID: "c2", Name: "sub", Content: "two"},
					llms.ToolCallResponse{ToolCallID: "c1", Name: "add", Content: "one"},
				),
			},
			`[{"role":"user","content":"q"},
			  {"role":"assistant","content":"let me see","tool_calls":[
				{"id":"c1","type":"function","function":{"name":"add","arguments":"{\"a\":1}"}},
				{"id":"c2","type":"function","function":{"name":"sub","arguments":"{\"b\":2}"}}]},
			  {"role":"tool","tool_call_id":"c2","content":"two"},
			  {"role":"tool","tool_call_id":"c1","content":"one"}]`,
		},
		{
			"calls without text have null for content",
			[]llms.MessageContent{
				message(llms.ChatMessageTypeAI, call("c1", "add", `{}`)),
				message(llms.ChatMessageTypeTool, llms.ToolCallResponse{ToolCallID: "c1"}),
			},
			`[{"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function","function":{"name":"add","arguments":"{}"}}]},
			  {"role":"tool","tool_call_id":"c1","content":""}]`,
		},
		{
			"an assistant who said nothing said the empty text",
			[]llms.MessageContent{llms.TextParts(llms.ChatMessageTypeAI, ""), llms.TextParts(llms.ChatMessageTypeHuman, "go on")},
			`[{"role":"assistant","content":""},{"role":"user","content":"go on"}]`,
		},
		{
			"arguments that are no JSON object are wrapped, those that are stay as the model wrote them",
			[]llms.MessageContent{
				message(
					llms.ChatMessageTypeAI, call("c1", "f", "2 + 2 \"<b>\""), call("c2", "f", ""), call("c3", "f", `[1]`), call("c4", "f", `{"a":`),
					call("c5", "f", ` {"z": 1,  "a":2} `), call("c6", "f", "42"), call("c7", "f", "null"),
				),
				message(
					llms.ChatMessageTypeTool, llms.ToolCallResponse{ToolCallID: "c1"}, llms.ToolCallResponse{ToolCallID: "c2"},
					llms.ToolCallResponse{ToolCallID: "c3"}, llms.ToolCallResponse{ToolCallID: "c4"}, llms.ToolCallResponse{ToolCallID: "c5"},
					llms.ToolCallResponse{ToolCallID: "c6"}, llms.ToolCallResponse{ToolCallID: "c7"},
				),
			},
			`[{"role":"assistant","content":null,"tool_calls":[
				{"id":"c1","type":"function","function":{"name":"f","arguments":"{\"__arg1\":\"2 + 2 \\\"<b>\\\"\"}"}},
				{"id":"c2","type":"function","function":{"name":"f","arguments":"{}"}},
				{"id":"c3","type":"function","function":{"name":"f","arguments":"{\"__arg1\":\"[1]\"}"}},
				{"id":"c4","type":"function","function":{"name":"f","arguments":"{\"__arg1\":\"{\\\"a\\\":\"}"}},
				{"id":"c5","type":"function","function":{"name":"f","arguments":" {\"z\": 1,  \"a\":2} "}},
				{"id":"c6","type":"function","function":{"name":"f","arguments":"{\"__arg1\":\"42\"}"}},
				{"id":"c7","type":"function","function":{"name":"f","arguments":"{\"__arg1\":\"null\"}"}}]},
			  {"role":"tool","tool_call_id":"c1","content":""},{"role":"tool","tool_call_id":"c2","content":""},
			  {"role":"tool","tool_call_id":"c3","content":""},{"role":"tool","tool_call_id":"c4","content":""},
			  {"role":"tool","tool_call_id":"c5","content":""},{"role":"tool","tool_call_id":"c6","content":""},
			  {"role":"tool","tool_call_id":"c7","content":""}]`,
		},
		{
			"calls and results of the older functions have no ids: made up, and paired by name, then by order",
			[]llms.MessageContent{
				message(llms.ChatMessageTypeAI, call("", "add", `{}`), call("", "sub", `{}`)),
				message(llms.ChatMessageTypeFunction, llms.ToolCallResponse{Name: "sub", Content: "s"}),
				message(llms.ChatMessageTypeTool, llms.ToolCallResponse{Content: "a"}),
				message(llms.ChatMessageTypeAI, call("", "add", `{}`)),
				message(llms.ChatMessageTypeFunction, llms.ToolCallResponse{Name: "add", Content: "a2"}),
			},
			`[{"role":"assistant","content":null,"tool_calls":[
				{"id":"call_made_1","type":"function","function":{"name":"add","arguments":"{}"}},
				{"id":"call_made_2","type":"function","function":{"name":"sub","arguments":"{}"}}]},
			  {"role":"tool","tool_call_id":"call_made_2","content":"s"},
			  {"role":"tool","tool_call_id":"call_made_1","content":"a"},
			  {"role":"assistant","content":null,"tool_calls":[{"id":"call_made_3","type":"function","function":{"name":"add","arguments":"{}"}}]},
			  {"role":"tool","tool_call_id":"call_made_3","content":"a2"}]`,
		},
		{
			"a result without an id answers the call of its name, though that one has an id",
			[]llms.MessageContent{
				message(llms.ChatMessageTypeAI, call("c1", "add", `{}`), call("c2", "sub", `{}`)),
				message(llms.ChatMessageTypeFunction, llms.ToolCallResponse{Name: "sub", Content: "s"}, llms.ToolCallResponse{Name: "add", Content: "a"}),
			},
			`[{"role":"assistant","content":null,"tool_calls":[
				{"id":"c1","type":"function","function":{"name":"add","arguments":"{}"}},
				{"id":"c2","type":"function","function":{"name":"sub","arguments":"{}"}}]},
			  {"role":"tool","tool_call_id":"c2","content":"s"},{"role":"tool","tool_call_id":"c1","content":"a"}]`,
		},
		{
			"bytes that are no UTF-8 become replacement characters",
			[]llms.MessageContent{llms.TextParts(llms.ChatMessageTypeHuman, "a\xffb")},
			`[{"role":"user","content":"a` + "\uFFFD" + `b"}]`,
		},
	}
	bothSurfaces(t, func(t *testing.T, version string) {
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				f := setUp(t, version, azuretest.Options{}, nil)
				if _, err := f.GenerateContent(t.Context(), tt.messages); err != nil {
					t.Fatal(err)
				}
				body := bodyOf(t, f.last(t))
				sameJSON(t, "messages", body["messages"], tt.want)
				wantKeys := 1
				if version == v1 {
					wantKeys = 2
					if body["model"] != "chat" {
						t.Errorf("model is %v, want the deployment", body["model"])
					}
				}
				if len(body) != wantKeys {
					t.Errorf("the body has more than asked for: %v", body)
				}
			})
		}
	})
}

// A made-up id must not be one that the history has already.
func TestMadeUpIDsAreNobodyElses(t *testing.T) {
	f := setUp(t, v1, azuretest.Options{}, nil)
	_, err := f.GenerateContent(t.Context(), []llms.MessageContent{
		message(llms.ChatMessageTypeAI, call("call_made_1", "a", `{}`), call("", "b", `{}`)),
		message(llms.ChatMessageTypeTool, llms.ToolCallResponse{ToolCallID: "call_made_1", Content: "of a"}, llms.ToolCallResponse{Name: "b", Content: "of b"}),
	})
	if err != nil {
		t.Fatal(err)
	}
	messages := f.last(t).Messages()
	calls := messages[0].ToolCalls
	if calls[0].ID == calls[1].ID {
		t.Errorf("both calls have the id %q", calls[0].ID)
	}
	if messages[1].ToolCallID != calls[0].ID || messages[2].ToolCallID != calls[1].ID {
		t.Errorf("the results name %q and %q, the calls are %v", messages[1].ToolCallID, messages[2].ToolCallID, calls)
	}
}

// foreignPart is a content part no provider knows.
type foreignPart struct{ llms.TextContent }

func TestBadMessagesAreRefusedBeforeAnythingIsSent(t *testing.T) {
	tests := []struct {
		name     string
		messages []llms.MessageContent
		says     []string
	}{
		{"no messages", nil, []string{"no messages"}},
		{"a message without parts", []llms.MessageContent{{Role: llms.ChatMessageTypeHuman}}, []string{"message 0", "human", "no parts"}},
		{"a nil part", []llms.MessageContent{message(llms.ChatMessageTypeHuman, llms.TextPart("a"), nil)}, []string{"part 1 is nil"}},
		{"an empty cache mark", []llms.MessageContent{message(llms.ChatMessageTypeHuman, llms.CachedContent{})}, []string{"part 0"}},
		{"a part of an unknown type", []llms.MessageContent{message(llms.ChatMessageTypeHuman, foreignPart{})}, []string{"foreignPart"}},
		{"a role that is none", []llms.MessageContent{message("wizard", llms.TextPart("a"))}, []string{`"wizard"`}},
		{"an empty role", []llms.MessageContent{message("", llms.TextPart("a"))}, []string{`role ""`}},
		{"an image without a URL", []llms.MessageContent{message(llms.ChatMessageTypeHuman, llms.ImageURLPart(""))}, []string{"URL"}},
		{"bytes without bytes", []llms.MessageContent{message(llms.ChatMessageTypeHuman, llms.BinaryPart("image/png", nil))}, []string{"no data"}},
		{
			"bytes of a kind chat does not take",
			[]llms.MessageContent{message(llms.ChatMessageTypeHuman, llms.BinaryPart("video/mp4", []byte("x")))},
			[]string{`"video/mp4"`, "image/*"},
		},
		{"an image in a system message", []llms.MessageContent{message(llms.ChatMessageTypeSystem, llms.ImageURLPart("https://x"))}, []string{"system", "ImageURLContent"}},
		{"a call in a human message", []llms.MessageContent{message(llms.ChatMessageTypeHuman, call("c", "f", "{}"))}, []string{"human", "ToolCall"}},
		{"text in a tool message", []llms.MessageContent{message(llms.ChatMessageTypeTool, llms.TextPart("x"))}, []string{"tool", "TextContent"}},
		{"a call without a function", []llms.MessageContent{message(llms.ChatMessageTypeAI, llms.ToolCall{ID: "c"})}, []string{"function's name"}},
		{"a call without a name", []llms.MessageContent{message(llms.ChatMessageTypeAI, call("c", "", "{}"))}, []string{"function's name"}},
		{
			"a result without a call",
			[]llms.MessageContent{llms.TextParts(llms.ChatMessageTypeHuman, "x"), message(llms.ChatMessageTypeTool, llms.ToolCallResponse{ToolCallID: "c9"})},
			[]string{"message 1", `"c9"`, "no such call"},
		},
		{
			"a result given twice",
			[]llms.MessageContent{
				message(llms.ChatMessageTypeAI, call("c1", "f", "{}")),
				message(llms.ChatMessageTypeTool, llms.ToolCallResponse{ToolCallID: "c1"}, llms.ToolCallResponse{ToolCallID: "c1"}),
			},
			[]string{`"c1"`},
		},
		{
			"a result of an earlier turn's call",
			[]llms.MessageContent{
				message(llms.ChatMessageTypeAI, call("c1", "f", "{}")), llms.TextParts(llms.ChatMessageTypeAI, "never mind"),
				message(llms.ChatMessageTypeTool, llms.ToolCallResponse{ToolCallID: "c1"}),
			},
			[]string{`"c1"`},
		},
		{
			"a result of another function than was called",
			[]llms.MessageContent{
				message(llms.ChatMessageTypeAI, call("", "f", "{}")), message(llms.ChatMessageTypeFunction, llms.ToolCallResponse{Name: "g"}),
			},
			[]string{"g", "no such call"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := setUp(t, v1, azuretest.Options{}, nil)
			response, err := f.GenerateContent(t.Context(), tt.messages)
			if response != nil || !llms.IsInvalidRequestError(err) {
				t.Fatalf("got %v, %v; want an invalid request", response, err)
			}
			for _, part := range tt.says {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("%q does not say %q", err, part)
				}
			}
			f.sentNothing(t)
		})
	}
}

// TestSoundAndDocumentsGoWhereTheAPITakesThem: sound came with 2025-01-01-preview, documents with v1.
func TestSoundAndDocumentsGoWhereTheAPITakesThem(t *testing.T) {
	data := []byte("RIFF")
	b64 := base64.StdEncoding.EncodeToString(data)
	sound := `{"type":"input_audio","input_audio":{"format":"wav","data":"` + b64 + `"}},{"type":"input_audio","input_audio":{"format":"mp3","data":"` + b64 + `"}}`
	document := `{"type":"file","file":{"filename":"document.pdf","file_data":"data:application/pdf;base64,` + b64 + `"}}`
	wav, mp3, pdf := llms.BinaryPart("audio/x-wav", data), llms.BinaryPart("audio/mpeg", data), llms.BinaryPart("application/pdf", data)
	tests := []struct {
		name, version string
		parts         []llms.ContentPart
		want, fails   string
	}{
		{"both on v1", v1, []llms.ContentPart{wav, mp3, pdf}, sound + "," + document, ""},
		{"sound in a late preview", "2025-01-01-preview", []llms.ContentPart{wav, mp3}, sound, ""},
		{"sound before it", classic, []llms.ContentPart{wav}, "", `API version 2024-10-21 has no parts of type input_audio: use "v1" or "2025-04-01-preview"`},
		{"a document in the last dated version", newest, []llms.ContentPart{pdf}, "", `API version 2025-04-01-preview has no parts of type file: use "v1"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := setUp(t, tt.version, azuretest.Options{}, nil)
			_, err := f.GenerateContent(t.Context(), []llms.MessageContent{message(llms.ChatMessageTypeHuman, tt.parts...)})
			if tt.fails != "" {
				if !llms.IsInvalidRequestError(err) || !strings.HasSuffix(err.Error(), tt.fails) {
					t.Errorf("got %v, want an error that ends in %q", err, tt.fails)
				}
				f.sentNothing(t)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			sameJSON(t, "messages", bodyOf(t, f.last(t))["messages"], `[{"role":"user","content":[`+tt.want+`]}]`)
		})
	}
}
