package langchaingo_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/tmc/langchaingo/llms"

	"github.com/seed-a739af98/langchaingo-azure/adapters/langchaingo"
	"github.com/seed-a739af98/langchaingo-azure/azureadv1/azuretest"
)

// reasoners are the ways to have a reasoning model.
func reasoners(t *testing.T, test func(t *testing.T, f *fixture)) {
	t.Helper()
	t.Run("by its deployment's name", func(t *testing.T) { test(t, setUp(t, v1, azuretest.Options{}, nil, deployment("gpt-5"))) })
	t.Run("by WithBaseModel behind an opaque name", func(t *testing.T) {
		test(t, setUp(t, v1, azuretest.Options{}, []langchaingo.Option{langchaingo.WithBaseModel("gpt-5")}, deployment("prod-chat-eu")))
	})
	t.Run("on classic", func(t *testing.T) { test(t, setUp(t, classic, azuretest.Options{}, nil, deployment("o3-mini"))) })
}

func TestReasoningModelsAreSpared(t *testing.T) {
	reasoners(t, func(t *testing.T, f *fixture) {
		response, err := f.GenerateContent(
			t.Context(), human("q"), llms.WithTemperature(0), llms.WithTopP(0.5), llms.WithFrequencyPenalty(1), llms.WithPresencePenalty(1),
			llms.WithMaxTokens(50), llms.WithStopWords([]string{"\nObservation:"}),
		)
		if err != nil {
			t.Fatal(err)
		}
		r := f.last(t)
		for _, name := range []string{"temperature", "top_p", "frequency_penalty", "presence_penalty", "stop", "max_tokens"} {
			if r.Field(name) != nil {
				t.Errorf("%s was sent", name)
			}
		}
		if r.Field("max_completion_tokens") != 50.0 {
			t.Errorf("sent %s", r.Body)
		}
		want := []string{"temperature", "top_p", "frequency_penalty", "presence_penalty"}
		if d := cmp.Diff(want, response.Choices[0].GenerationInfo["Dropped"]); d != "" {
			t.Errorf("dropped (-want +got):\n%s", d)
		}
		if !f.SupportsReasoning() {
			t.Error("SupportsReasoning is false")
		}
	})
}

func TestWhatReasons(t *testing.T) {
	for name, want := range map[string]bool{
		"o1": true, "o1-mini": true, "o3": true, "o3-mini": true, "o4-mini": true, "gpt-5": true, "gpt5": true, "gpt-5.1": true, "gpt-51": true,
		"gpt-5-mini": true, "GPT-5": true, "prod_gpt-5_eu": true, "my-o1-mini_deployment": true, "gpt-5.1-codex": true, "team/gpt-5": true,
		"gpt-4o": false, "gpt-4.1": false, "gpt-35-turbo": false, "gpt-5-chat": false, "gpt-5.1-chat": false, "gpt-5-chat-latest": false,
		"chat": false, "foo1": false, "o11y": false, "co1lab": false, "gpt-4o-mini": false, "turbo3": false, "gpt-500": false, "": false,
	} {
		f := setUp(t, v1, azuretest.Options{}, []langchaingo.Option{langchaingo.WithBaseModel(name)})
		if f.SupportsReasoning() != want {
			t.Errorf("%q reasons: %t, want %t", name, !want, want)
		}
	}
}

func TestBaseModelSpeaksForItsDeploymentOnly(t *testing.T) {
	f := setUp(t, v1, azuretest.Options{}, []langchaingo.Option{langchaingo.WithBaseModel("gpt-5")}, deployment("prod-chat-eu"))
	if _, err := f.GenerateContent(t.Context(), human("q"), llms.WithModel("other"), llms.WithTemperature(0)); err != nil {
		t.Fatal(err)
	}
	if f.last(t).Field("temperature") != 0.0 {
		t.Error("the temperature for another deployment was left out")
	}
	if _, err := f.GenerateContent(t.Context(), human("q"), llms.WithModel("gpt-5"), llms.WithTemperature(0)); err != nil {
		t.Fatal(err)
	}
	over := setUp(t, v1, azuretest.Options{Deployments: map[string]string{"o1": "gpt-4o"}}, []langchaingo.Option{langchaingo.WithBaseModel("gpt-4o")}, deployment("o1"))
	if over.SupportsReasoning() {
		t.Error("WithBaseModel does not override the name")
	}
}

var stopCases = []struct {
	name, text, want string
	stops            []string
}{
	{"in the middle", "Thought: x\nObservation: made up", "Thought: x", []string{"\nObservation:", "\n\tObservation:"}},
	{"the earliest of several", "a END b STOP c", "a ", []string{"STOP", "END"}},
	{"at once", "STOP and more", "", []string{"STOP"}},
	{"at the very end", "all STOP", "all ", []string{"STOP"}},
	{"none", "nothing of the kind", "nothing of the kind", []string{"STOP"}},
	{"a beginning at the end is text", "all STO", "all STO", []string{"STOP"}},
	{"a beginning that starts over", "aaab aaaab", "aa", []string{"ab"}},
	{"a beginning within a beginning", "ababac!", "ab", []string{"abac"}},
	{"one word begins another", "x STOPPED", "x ", []string{"STOPPED", "STOP"}},
	{"letters of several bytes", "grün über", "gr", []string{"ün"}},
	{"half a letter is none", "üä", "üä", []string{"ö"}},
	{"empty words are none", "text", "text", []string{"", "zzz"}},
}

func TestStopWordsCutPlainAnswers(t *testing.T) {
	for _, tt := range stopCases {
		t.Run(tt.name, func(t *testing.T) {
			f := setUp(t, v1, azuretest.Options{}, nil, deployment("gpt-5"))
			f.server.Enqueue(azuretest.Text(tt.text).WithFinishReason("length"))
			response, err := f.GenerateContent(t.Context(), human("q"), llms.WithStopWords(tt.stops))
			if err != nil {
				t.Fatal(err)
			}
			choice := response.Choices[0]
			finish := "length"
			if tt.want != tt.text {
				finish = "stop"
			}
			if choice.Content != tt.want || choice.StopReason != finish {
				t.Errorf("got %q, %q; want %q, %q", choice.Content, choice.StopReason, tt.want, finish)
			}
		})
	}
}

func TestStopWordsCutStreamsWhereverTheyAreSplit(t *testing.T) {
	for _, tt := range stopCases {
		t.Run(tt.name, func(t *testing.T) {
			runes := []rune(tt.text)
			for at := range len(runes) + 1 {
				for until := at; until <= len(runes); until++ {
					parts := []string{string(runes[:at]), string(runes[at:until]), string(runes[until:])}
					checkCutStream(t, tt.stops, tt.want, parts)
				}
			}
			var single []string
			for _, r := range runes {
				single = append(single, string(r))
			}
			checkCutStream(t, tt.stops, tt.want, single)
		})
	}
}

func checkCutStream(t *testing.T, stops []string, want string, parts []string) {
	t.Helper()
	f := setUp(t, v1, azuretest.Options{}, nil, deployment("gpt-5"))
	lines := make([]string, 0, len(parts)+2)
	for _, p := range parts {
		lines = append(lines, textFrame(p))
	}
	f.server.Enqueue(events(frames(append(lines, stopFrame, doneFrame)...)))
	var got collector
	response, err := f.GenerateContent(t.Context(), human("q"), llms.WithStopWords(stops), llms.WithStreamingFunc(got.take))
	if err != nil {
		t.Fatalf("%q: %v", parts, err)
	}
	if got.text() != want || response.Choices[0].Content != want || response.Choices[0].StopReason != "stop" {
		t.Fatalf("%q: streamed %q, answered %q, %q; want %q", parts, got.text(), response.Choices[0].Content, response.Choices[0].StopReason, want)
	}
	got.intact(t)
}

func TestOnlyWhatMayBecomeAStopWordIsHeldBack(t *testing.T) {
	f := setUp(t, v1, azuretest.Options{}, nil, deployment("gpt-5"))
	f.server.Enqueue(events(frames(textFrame("one"), textFrame(" S"), textFrame("T"), textFrame("x two"), stopFrame, doneFrame)))
	var got collector
	if _, err := f.GenerateContent(t.Context(), human("q"), llms.WithStopWords([]string{"STOP"}), llms.WithStreamingFunc(got.take)); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]string{"one", " ", "STx two"}, got.copies); d != "" {
		t.Errorf("pieces (-want +got):\n%s", d)
	}
}

func TestEveryChoiceIsCutAndNoneIsCutShort(t *testing.T) {
	frame := func(i int, text string) string {
		return fmt.Sprintf(`data: {"choices":[{"index":%d,"delta":{"content":%q}}]}`, i, text)
	}
	end := `data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"},{"index":1,"delta":{},"finish_reason":"stop"}]}`
	for name, option := range map[string]llms.CallOption{
		"WithN": llms.WithN(2), "WithCandidateCount": llms.WithCandidateCount(2), "ExtraBody": langchaingo.ExtraBody(map[string]any{"n": 2}),
	} {
		t.Run(name, func(t *testing.T) {
			f := setUp(t, v1, azuretest.Options{}, nil, deployment("gpt-5"))
			f.server.Enqueue(events(frames(frame(0, "a STOP"), frame(1, "b1 "), frame(0, " gone"), frame(1, "b2 STOP gone"), end, usageFrame, doneFrame)))
			var got collector
			response, err := f.GenerateContent(t.Context(), human("q"), option, llms.WithStopWords([]string{"STOP"}), llms.WithStreamingFunc(got.take))
			if err != nil {
				t.Fatal(err)
			}
			if got.text() != "a " || response.Choices[0].Content != "a " || response.Choices[1].Content != "b1 b2 " {
				t.Errorf("streamed %q, answered %q and %q", got.text(), response.Choices[0].Content, response.Choices[1].Content)
			}
		})
	}
}

func TestAStopWordEndsTheStreamAtOnce(t *testing.T) {
	f := setUp(t, v1, azuretest.Options{}, nil, deployment("gpt-5"))
	f.server.Enqueue(events(frames(textFrame("a STOP")) + strings.Repeat(textFrame("more")+"\n\n", 1000) + "data: {broken\n\n"))
	response, err := f.GenerateContent(t.Context(), human("q"), llms.WithStopWords([]string{"STOP"}), llms.WithStreamingFunc(ignore))
	if err != nil || response.Choices[0].Content != "a " || response.Choices[0].StopReason != "stop" {
		t.Errorf("got %+v, %v", response, err)
	}
}

func TestWhatWasHeldBackComesBeforeTheError(t *testing.T) {
	f := setUp(t, v1, azuretest.Options{}, nil, deployment("gpt-5"))
	f.server.Enqueue(events(frames(textFrame("one ST"), `data: {"error":{"message":"x"}}`)))
	var got collector
	response, err := f.GenerateContent(t.Context(), human("q"), llms.WithStopWords([]string{"STOP"}), llms.WithStreamingFunc(got.take))
	if err == nil || response == nil || response.Choices[0].Content != "one ST" || got.text() != "one ST" {
		t.Errorf("got %+v, %v; the function was given %q", response, err, got.text())
	}
}

func TestAChatModelStopsByItself(t *testing.T) {
	f := setUp(t, v1, azuretest.Options{}, nil)
	if _, err := f.GenerateContent(t.Context(), human("q"), llms.WithStopWords([]string{"STOP"})); err != nil {
		t.Fatal(err)
	}
	sameJSON(t, "stop", f.last(t).Field("stop"), `["STOP"]`)
}
