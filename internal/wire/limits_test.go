package wire_test

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/seed-a739af98/langchaingo-azure/internal/wire"
)

// list is n times an element, as a JSON array.
func list(element string, n int) string {
	return "[" + strings.TrimSuffix(strings.Repeat(element+",", n), ",") + "]"
}

// A body of some megabytes must not become gigabytes: what comes in numbers is counted while it is read.
func TestAnswersOfTooMany(t *testing.T) {
	chat := func(body string) error { _, err := wire.ReadChat([]byte(body)); return err }
	responses := func(body string) error { _, err := wire.ReadResponse([]byte(body)); return err }
	call := `{"id":"c","type":"function","function":{"name":"f","arguments":"{}"}}`
	item := `{"type":"function_call","call_id":"c","name":"f","arguments":"{}"}`
	for name, tt := range map[string]struct {
		read    func(string) error
		format  string
		element string
		limit   int
	}{
		"choices":        {chat, `{"id":"x","choices":%s}`, `{}`, wire.MaxChoices},
		"tool calls":     {chat, `{"id":"x","choices":[{"message":{"tool_calls":%s}}]}`, call, wire.MaxToolCalls},
		"output items":   {responses, `{"id":"x","output":%s}`, item, wire.MaxOutputItems},
		"parts":          {responses, `{"id":"x","output":[{"type":"message","content":%s}]}`, `{"type":"output_text","text":"a"}`, wire.MaxItemParts},
		"summary parts":  {responses, `{"id":"x","output":[{"type":"reasoning","summary":%s}]}`, `{"type":"summary_text","text":"a"}`, wire.MaxItemParts},
		"streamed calls": {streamed, `{"id":"x","choices":[{"index":0,"delta":{"tool_calls":%s}}]}`, call, wire.MaxToolCalls},
	} {
		t.Run(name, func(t *testing.T) {
			if err := tt.read(fmt.Sprintf(tt.format, list(tt.element, tt.limit))); err != nil {
				t.Errorf("at the limit: %v", err)
			}
			body := fmt.Sprintf(tt.format, list(tt.element, 1<<20/len(tt.element)))
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			err := tt.read(body)
			runtime.ReadMemStats(&after)
			limit, ok := errors.AsType[*wire.LimitError](err)
			if !ok || limit.Limit != tt.limit || !strings.Contains(err.Error(), "past the limit") {
				t.Errorf("far past it: %v", err)
			}
			if used := after.TotalAlloc - before.TotalAlloc; used > 16<<20 {
				t.Errorf("1 MiB of body took %d MiB", used>>20)
			}
		})
	}
}

// streamed reads one frame of a streamed chat answer, and its end.
func streamed(frame string) error {
	s := wire.NewChatStream(strings.NewReader("data: " + frame + "\n\ndata: [DONE]\n\n"))
	for {
		if _, err := s.Next(); err != nil {
			if _, limit := errors.AsType[*wire.LimitError](err); limit {
				return err
			}
			return nil
		}
	}
}

// Content filters comment on an answer: too many of them are left out, and the answer stays.
func TestContentFiltersOfTooMany(t *testing.T) {
	var categories strings.Builder
	for i := range 5000 {
		fmt.Fprintf(&categories, `"c%d":{"filtered":false},`, i)
	}
	body := `{"id":"x","choices":[{"message":{"content":"hi"},"content_filter_results":{` + categories.String() +
		`"long":{"filtered":true}}}],"prompt_filter_results":` + list(`{"content_filter_results":{"hate":{"filtered":false}}}`, 5000) + `}`
	got, err := wire.ReadChat([]byte(body))
	if err != nil || got.Choices[0].Content != "hi" || len(got.Choices[0].Filter) != wire.MaxCategories || len(got.PromptFilters) > wire.MaxChoices {
		t.Errorf("%v, %d categories, %d prompts", err, len(got.Choices[0].Filter), len(got.PromptFilters))
	}
}

func TestALongAnnotationIsLeftOut(t *testing.T) {
	body := `{"id":"x","choices":[{"message":{"content":"hi"},"content_filter_results":{"profanity":{"filtered":true,"note":"` + strings.Repeat("a", wire.MaxDetail) + `"}}}]}`
	got, err := wire.ReadChat([]byte(body))
	if err != nil || len(got.Choices[0].Filter) != 1 || !got.Choices[0].Filter[0].Filtered || got.Choices[0].Filter[0].Detail != nil {
		t.Errorf("%v", err)
	}
}
