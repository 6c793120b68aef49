package langchaingo

import (
	"io"

	"github.com/seed-a739af98/langchaingo-azure/azureadv1"
	"github.com/seed-a739af98/langchaingo-azure/internal/wire"
)

// api is what an LLM speaks: chat completions or Responses. Options are read, checked and gated in one way for both
// (request.go, params.go, tools.go), and messages walked in one way (messages.go). An api decides what is left of them,
// writes it in its dialect, and reads the answer.
type api interface {
	// operation is where requests go.
	operation() azureadv1.Operation
	// title names the API in messages.
	title() string
	// settle refuses what cannot be asked this way, and decides what the options mean here: the field of the token
	// limit, and whether stop words are applied on this side.
	settle(r *request) error
	// dialect starts a body of about size bytes.
	dialect(r *request, size int) dialect
	// lacks says what to do about an option that this API has no field for.
	lacks(p *parameter) string
	// read reads a whole answer.
	read(body []byte) (answer, error)
	// open begins to read a streamed one.
	open(body io.Reader) answerStream
	// nothing is the error of an answer without one.
	nothing() error
	// remember is told of every answer that a caller gets, broken ones too.
	remember(r *request, a *answer)
}

// answer is an answer of either API in chat's form, and what only Responses tells.
type answer struct {
	wire.Chat
	response *wire.Response // nil for chat
}

// answerStream is a streamed answer of either API; the pieces have one form.
type answerStream interface {
	// Next is the wire's: the next piece, io.EOF after a whole answer.
	Next() (wire.Delta, error)
	// Result is the answer as far as it came.
	Result() answer
}

// vocabulary is what both of the wire's writers have, under one name and with one meaning.
type vocabulary interface {
	Model(deployment string)
	Message(role string)
	EndMessage()
	Content(text string)
	Text(text string)
	ImageURL(url, detail string)
	ImageData(mime string, data []byte, detail string)
	FileData(name, mime string, data []byte)
	Tool(name, description string, parameters any, strict bool)
	ToolChoice(mode string)
	ToolChoiceFunction(name string)
	ParallelToolCalls(allow bool)
	Temperature(t float64)
	TopP(p float64)
	Metadata(labels map[string]string)
	Extra(key string, value any)
	Body() ([]byte, error)
}

// dialect writes one request: the vocabulary, and what the APIs say in different ways.
type dialect interface {
	vocabulary
	// spoke writes what the assistant said in an earlier turn.
	spoke(t turn)
	// result writes the result of a tool call.
	result(callID, content string)
	// refuses tells why a kind of part cannot be sent, "" where it can.
	refuses(kind string) string
	// sound writes sound, which refuses has let pass.
	sound(format string, data []byte)
	// items reads the items of an answer that a message brings back.
	items(data []byte) ([]wire.OutputItem, error)
	// continues reports whether the conversation goes on from one that the service keeps, so that results may answer
	// calls which are not among the messages.
	continues() bool
	// given reports whether ExtraBody, which was written first, has said what a parameter would say.
	given(p *parameter) bool
	// has reports whether the API has a parameter; put writes it.
	has(p *parameter) bool
	put(p *parameter, r *request)
	// end writes what depends on several parameters.
	end(r *request)
	// release gives the writer's space back, when Body has been taken or nobody wants it any more.
	release()
}

// turn is what the assistant said in one message. Its calls are the reader's only until the next one.
type turn struct {
	text  string
	calls []spokenCall
	items []wire.OutputItem // the answer itself, where the message brings it back
}

// spokenCall is a tool call as the conversation tells it.
type spokenCall struct{ id, name, arguments string }
