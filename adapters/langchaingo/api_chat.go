package langchaingo

import (
	"fmt"
	"io"
	"sync"

	"github.com/seed-a739af98/langchaingo-azure/azureadv1"
	"github.com/seed-a739af98/langchaingo-azure/internal/wire"
)

// chatAPI is chat completions.
type chatAPI struct{}

func (chatAPI) operation() azureadv1.Operation { return azureadv1.OpChat }

func (chatAPI) title() string { return "chat" }

func (chatAPI) settle(r *request) error {
	r.emulateStop = len(r.o.StopWords) > 0 && (r.reasons || r.m.drop["stop"])
	switch {
	case !isSet(r.o.MaxTokens) || r.own.has("max_tokens", "max_completion_tokens"):
	case r.own.legacyMaxTokens || r.m.drop["max_completion_tokens"] || !r.reasons && !knows(r.m.client, "max_completion_tokens"):
		r.limit = "max_tokens"
	default: // reasoning models take no other, so that a version without it cannot limit them
		r.limit = "max_completion_tokens"
	}
	return nil
}

func (chatAPI) dialect(r *request, size int) dialect {
	d := chatDialects.Get().(*chatDialect) //nolint:forcetypeassert // the pool holds nothing else
	d.Reset(size)                          // the writer; release has emptied the rest
	d.client, d.extra = r.m.client, &r.own
	if r.m.client.Surface() == azureadv1.V1 {
		d.Model(r.deployment)
	}
	return d
}

func (chatAPI) lacks(p *parameter) string {
	return fmt.Sprintf("chat completions have no %s: make the model with WithResponsesAPI, leave the option out, or ignore it with WithDropParams(%q)", p.what(), p.name)
}

func (chatAPI) read(body []byte) (answer, error) {
	chat, err := wire.ReadChat(body)
	return answer{Chat: chat}, err
}

func (chatAPI) open(body io.Reader) answerStream { return chatStream{wire.NewChatStream(body)} }

func (chatAPI) nothing() error { return errNoChoices }

func (chatAPI) remember(*request, *answer) {}

var errNoChoices = fmt.Errorf("%w: it has no choices", azureadv1.ErrBadAnswer)

// chatStream is a streamed chat completion.
type chatStream struct{ *wire.ChatStream }

// Result implements answerStream.
func (s chatStream) Result() answer { return answer{Chat: s.ChatStream.Result()} }

// chatDialect writes chat completions.
type chatDialect struct {
	wire.ChatWriter
	client *azureadv1.Client
	extra  *ownOptions
}

// chatDialects keeps the space of those whose request is written.
var chatDialects = sync.Pool{New: func() any { return new(chatDialect) }}

func (d *chatDialect) release() {
	*d = chatDialect{}
	chatDialects.Put(d)
}

func (d *chatDialect) spoke(t turn) {
	d.Message("assistant")
	if t.text != "" || len(t.calls) == 0 {
		d.Content(t.text)
	}
	for _, c := range t.calls {
		d.ToolCall(c.id, c.name, c.arguments)
	}
	d.EndMessage()
}

func (d *chatDialect) result(callID, content string) {
	d.Message("tool")
	d.ToolCallID(callID)
	d.Content(content)
	d.EndMessage()
}

func (d *chatDialect) refuses(kind string) string {
	if knows(d.client, kind) {
		return ""
	}
	return fmt.Sprintf("API version %s has no parts of type %s: use \"v1\"%s", d.client.APIVersion(), kind, datedSince(kind))
}

func (d *chatDialect) sound(format string, data []byte) { d.InputAudio(format, data) }

func (d *chatDialect) items([]byte) ([]wire.OutputItem, error) {
	return nil, invalid("it holds items of the Responses API, which chat cannot take back: leave the part out, or make the model with WithResponsesAPI")
}

func (d *chatDialect) continues() bool { return false }

func (d *chatDialect) given(p *parameter) bool { return d.extra.has(p.name) }

func (d *chatDialect) has(p *parameter) bool { return p.write != nil || p.chat != nil }

func (d *chatDialect) put(p *parameter, r *request) {
	if p.write != nil {
		p.write(r, d)
		return
	}
	p.chat(r, &d.ChatWriter)
}

func (d *chatDialect) end(r *request) {
	if r.stream {
		d.Stream(r.usage)
	}
}
