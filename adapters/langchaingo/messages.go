package langchaingo

import (
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/tmc/langchaingo/llms"

	"github.com/seed-a739af98/langchaingo-azure/internal/wire"
)

// history writes messages in order and pairs tool calls with their results.
type history struct {
	w       dialect
	waiting []waitingCall
	made    int // ids that were made up

	// Of one message of the assistant; the next one writes over them.
	texts  []string
	calls  []llms.ToolCall
	spoken []spokenCall
	room   struct { // for the messages that most are
		waiting [2]waitingCall
		texts   [1]string
		calls   [2]llms.ToolCall
		spoken  [2]spokenCall
	}
}

// histories keeps the space of those that are written.
var histories = sync.Pool{New: func() any { return new(history) }}

func (h *history) release() {
	*h = history{}
	histories.Put(h)
}

// waitingCall is a tool call whose result has not come yet.
type waitingCall struct{ id, name string }

// writeMessages writes the whole conversation.
func writeMessages(w dialect, messages []llms.MessageContent) error {
	if len(messages) == 0 {
		return invalid("the call has no messages: give at least one")
	}
	h := histories.Get().(*history) //nolint:forcetypeassert // the pool holds nothing else
	defer h.release()
	h.w, h.waiting, h.texts, h.calls, h.spoken = w, h.room.waiting[:0], h.room.texts[:0], h.room.calls[:0], h.room.spoken[:0]
	for i, m := range messages {
		if err := h.message(i, m); err != nil {
			return err
		}
	}
	return nil
}

func (h *history) message(i int, m llms.MessageContent) error {
	if len(m.Parts) == 0 {
		return invalid("message %d (%s) has no parts: give it a text", i, m.Role)
	}
	for j, p := range m.Parts {
		if p == nil {
			return invalid("message %d (%s): part %d is nil", i, m.Role, j)
		}
	}
	switch m.Role {
	case llms.ChatMessageTypeSystem:
		return h.plain(i, "system", m)
	case llms.ChatMessageTypeHuman, llms.ChatMessageTypeGeneric:
		return h.user(i, m)
	case llms.ChatMessageTypeAI:
		return h.assistant(i, m)
	case llms.ChatMessageTypeTool, llms.ChatMessageTypeFunction:
		return h.results(i, m)
	default:
		return invalid("message %d has the role %q: use system, human, ai, tool, function or generic", i, m.Role)
	}
}

// plain writes a message that holds only text; several parts become lines of one.
func (h *history) plain(i int, role string, m llms.MessageContent) error {
	texts := make([]string, 0, len(m.Parts))
	for j, p := range m.Parts {
		t, ok := uncached(p).(llms.TextContent)
		if !ok {
			return unfit(i, j, m.Role, p)
		}
		texts = append(texts, t.Text)
	}
	h.w.Message(role)
	h.w.Content(strings.Join(texts, "\n"))
	h.w.EndMessage()
	return nil
}

// user writes one text as a string and anything else as parts.
func (h *history) user(i int, m llms.MessageContent) error {
	h.w.Message("user")
	if t, ok := uncached(m.Parts[0]).(llms.TextContent); ok && len(m.Parts) == 1 {
		h.w.Content(t.Text)
		h.w.EndMessage()
		return nil
	}
	for j, p := range m.Parts {
		if err := h.part(i, j, m.Role, p); err != nil {
			return err
		}
	}
	h.w.EndMessage()
	return nil
}

func (h *history) part(i, j int, role llms.ChatMessageType, p llms.ContentPart) error {
	switch p := uncached(p).(type) {
	case llms.TextContent:
		h.w.Text(p.Text)
	case llms.ImageURLContent:
		if p.URL == "" {
			return invalid("message %d (%s): part %d is an image without a URL", i, role, j)
		}
		h.w.ImageURL(p.URL, p.Detail)
	case llms.BinaryContent:
		return h.binary(i, j, role, p)
	default:
		return unfit(i, j, role, p)
	}
	return nil
}

// audioFormats are the media types that chat takes as sound, by the names it wants for them.
var audioFormats = map[string]string{
	"audio/wav": "wav", "audio/x-wav": "wav", "audio/wave": "wav", "audio/vnd.wave": "wav",
	"audio/mpeg": "mp3", "audio/mp3": "mp3",
}

func (h *history) binary(i, j int, role llms.ChatMessageType, p llms.BinaryContent) error {
	media, _, _ := strings.Cut(strings.ToLower(strings.TrimSpace(p.MIMEType)), ";")
	switch {
	case len(p.Data) == 0:
		return invalid("message %d (%s): part %d (%s) has no data", i, role, j, p.MIMEType)
	case strings.HasPrefix(media, "image/"):
		h.w.ImageData(media, p.Data, "")
	case audioFormats[media] != "":
		if why := h.w.refuses("input_audio"); why != "" {
			return refused(i, j, role, p, why)
		}
		h.w.sound(audioFormats[media], p.Data)
	case media == "application/pdf":
		if why := h.w.refuses("file"); why != "" {
			return refused(i, j, role, p, why)
		}
		h.w.FileData("document.pdf", media, p.Data)
	default:
		return invalid("message %d (%s): part %d has the media type %q: use image/*, application/pdf, or on chat audio/wav or audio/mpeg", i, role, j, p.MIMEType)
	}
	return nil
}

func refused(i, j int, role llms.ChatMessageType, p llms.BinaryContent, why string) error {
	return invalid("message %d (%s): part %d is %s, and %s", i, role, j, p.MIMEType, why)
}

// assistant writes the text before the calls, whatever their order was.
func (h *history) assistant(i int, m llms.MessageContent) error {
	var t turn
	texts, calls := h.texts[:0], h.calls[:0]
	for j, p := range m.Parts {
		switch p := uncached(p).(type) {
		case llms.TextContent:
			texts = append(texts, p.Text)
		case llms.ToolCall:
			if p.FunctionCall == nil || p.FunctionCall.Name == "" {
				return invalid("message %d (ai): part %d is a tool call without a function's name", i, j)
			}
			calls = append(calls, p)
		case llms.BinaryContent:
			if p.MIMEType != ItemsType {
				return unfit(i, j, m.Role, p)
			}
			items, err := h.w.items(p.Data)
			if err != nil {
				return invalid("message %d (ai): part %d: %v", i, j, err)
			}
			t.items = append(t.items, items...)
		default:
			return unfit(i, j, m.Role, p)
		}
	}
	t.text = strings.Join(texts, "\n")
	h.texts, h.calls = texts, calls
	h.spoke(t, calls)
	return nil
}

// spoke writes a turn whose calls then wait for their results.
func (h *history) spoke(t turn, calls []llms.ToolCall) {
	h.waiting, t.calls = h.waiting[:0], h.spoken[:0]
	for _, c := range calls {
		id := h.idOf(c, calls)
		h.waiting = append(h.waiting, waitingCall{id, c.FunctionCall.Name})
		t.calls = append(t.calls, spokenCall{id, c.FunctionCall.Name, arguments(c.FunctionCall.Arguments)})
	}
	h.spoken = t.calls
	for _, item := range t.items {
		if item.Type == itemCall && !slices.ContainsFunc(calls, func(c llms.ToolCall) bool { return c.ID == item.CallID }) {
			h.waiting = append(h.waiting, waitingCall{item.CallID, item.Name})
		}
	}
	h.w.spoke(t)
}

// results writes one message per result: the APIs have no other form.
func (h *history) results(i int, m llms.MessageContent) error {
	for j, p := range m.Parts {
		r, ok := uncached(p).(llms.ToolCallResponse)
		if !ok {
			return unfit(i, j, m.Role, p)
		}
		id, ok := h.take(r)
		if !ok {
			return invalid("message %d (%s): the result of tool call %q (%s) follows no such call of the assistant: keep both in the history, or drop both", i, m.Role, r.ToolCallID, r.Name)
		}
		h.w.result(id, r.Content)
	}
	return nil
}

// idOf makes up an id for a call that has none (langchaingo's older function calls): the API wants one, and another one
// for each call of a message.
func (h *history) idOf(c llms.ToolCall, among []llms.ToolCall) string {
	id := c.ID
	for id == "" {
		h.made++
		made := "call_made_" + strconv.Itoa(h.made)
		if !slices.ContainsFunc(among, func(other llms.ToolCall) bool { return other.ID == made }) {
			id = made
		}
	}
	return id
}

// take finds the call that a result answers: by id, or for results without one by name, then by order.
func (h *history) take(r llms.ToolCallResponse) (id string, ok bool) {
	found := -1
	for i, c := range h.waiting {
		switch {
		case r.ToolCallID != "" && c.id == r.ToolCallID,
			r.ToolCallID == "" && c.name == r.Name,
			r.ToolCallID == "" && r.Name == "":
			found = i
		}
		if found >= 0 {
			break
		}
	}
	if found < 0 {
		return r.ToolCallID, r.ToolCallID != "" && h.w.continues()
	}
	id = h.waiting[found].id
	h.waiting = append(h.waiting[:found], h.waiting[found+1:]...)
	return id, true
}

// arguments repairs what is no JSON object. langchaingo's OpenAIFunctionsAgent takes the single argument __arg1 out of
// a call and writes it back bare.
func arguments(s string) string {
	trimmed := strings.TrimSpace(s)
	switch {
	case trimmed == "":
		return "{}"
	case wire.IsObject(trimmed):
		return s
	}
	wrapped, err := plainJSON(map[string]string{"__arg1": s})
	if err != nil {
		return "{}" // a string always encodes
	}
	return string(wrapped)
}

// uncached takes off langchaingo's cache marker: Azure caches prompts by itself.
func uncached(p llms.ContentPart) llms.ContentPart {
	for {
		c, ok := p.(llms.CachedContent)
		if !ok {
			return p
		}
		p = c.ContentPart
	}
}

func unfit(i, j int, role llms.ChatMessageType, p llms.ContentPart) error {
	return invalid("message %d (%s): part %d is a %T, which a message of this role cannot hold", i, role, j, uncached(p))
}
