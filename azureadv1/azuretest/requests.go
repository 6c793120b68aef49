package azuretest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Request is one request as the Azure side saw it, and what was answered. Its Header and Body are shared with other copies: read them only.
type Request struct {
	// Time is when it arrived.
	Time time.Time
	// Method is the HTTP method.
	Method string
	// Host is the host asked, with the port if there was one.
	Host string
	// Path is the path, escaped as on the wire, with prefix and project.
	Path string
	// Query is the raw query as on the wire, without the question mark; "" = none.
	Query string
	// APIVersion is the first api-version of the query; "" = none.
	APIVersion string
	// Header holds the headers, credentials included.
	Header http.Header
	// Body is the whole body.
	Body []byte

	// Surface is SurfaceClassic or SurfaceV1; "" = a path that is neither.
	Surface string
	// Operation is OpChat, OpEmbeddings, OpResponses, OpModels, or the rest of the path after surface and deployment.
	Operation string
	// Deployment is the deployment named in the path, unescaped, or else in the body's model.
	Deployment string
	// Project is the Foundry project of an /api/projects/ path; "" = none.
	Project string

	// Credential is CredentialKey, CredentialToken or CredentialNone.
	Credential string
	// Both reports that api-key and Authorization were both sent, which the stand-in refuses.
	Both bool
	// TokenExpiry is the exp of a bearer token shaped as Entra's, whoever signed it; zero = there is none.
	TokenExpiry time.Time

	// Status is the answered HTTP status; 0 = not answered (yet, or the client left, or the connection was cut first).
	Status int
	// RequestID is the apim-request-id of the answer.
	RequestID string
	// Fault names the scripted fault that was answered, such as "RateLimited" or "CutStream"; "" = none.
	Fault string
	// Problem says what the stand-in refused on its own account, such as "token expired 3s ago"; "" = it was accepted.
	Problem string
}

// Message is one message of a request, whichever API it came by.
type Message struct {
	// Role is system, developer, user, assistant or tool. A Responses function_call reads as assistant, its output as tool.
	Role string
	// Content is the text; of several parts, their texts joined.
	Content string
	// ToolCalls are the calls an assistant message makes.
	ToolCalls []ToolCall
	// ToolCallID is the call a tool message answers.
	ToolCallID string
}

// Fingerprint names the bearer token or key sent, as the function of that name does; "" = none was sent.
func (r Request) Fingerprint() string {
	secret := bearer(r.Header)
	setDefault(&secret, r.Header.Get("Api-Key"))
	return Fingerprint(secret)
}

// Claims reads the bearer token's claims without asking who signed it; false when there is no token or it is not shaped as Entra's.
func (r Request) Claims() (Claims, bool) {
	c, err := readClaims(bearer(r.Header))
	if err != nil {
		return Claims{}, false
	}
	return Claims{
		Audience: c.Audience, TenantID: c.TenantID, ClientID: c.AppID, ObjectID: c.ObjectID,
		IssuedAt: unixTime(c.IssuedAt), Expires: unixTime(c.Expires),
	}, true
}

// Attempt is which try of one call this is, as openai-go counts it in X-Stainless-Retry-Count: 1 = the first, or a client that does not count.
func (r Request) Attempt() int {
	n, err := strconv.Atoi(r.Header.Get("X-Stainless-Retry-Count"))
	if err != nil || n < 0 {
		return 1
	}
	return n + 1
}

// Streaming reports whether the body asks for server-sent events.
func (r Request) Streaming() bool {
	stream, _ := parseObject(r.Body)["stream"].(bool)
	return stream
}

// Field is a top-level value of the body, as encoding/json decodes it into any; nil = absent or null, or the body is no object.
func (r Request) Field(name string) any { return parseObject(r.Body)[name] }

// Messages reads the conversation of a chat or Responses body; instructions of the latter come first, as a system message. What is malformed is left out.
func (r Request) Messages() []Message {
	body := parseObject(r.Body)
	var out []Message
	for _, m := range list(body["messages"]) {
		out = append(out, chatMessage(m))
	}
	if instructions, _ := body["instructions"].(string); instructions != "" {
		out = append(out, Message{Role: "system", Content: instructions})
	}
	if text, ok := body["input"].(string); ok && r.Operation == OpResponses {
		return append(out, Message{Role: "user", Content: text})
	}
	if r.Operation == OpResponses {
		for _, item := range list(body["input"]) {
			out = append(out, inputMessage(item))
		}
	}
	return out
}

// LastMessage is the last of Messages, or a Message without a role.
func (r Request) LastMessage() Message {
	all := r.Messages()
	if len(all) == 0 {
		return Message{}
	}
	return all[len(all)-1]
}

// ToolNames are the functions the request offers, in its order, whether nested as in chat or flat as in Responses.
func (r Request) ToolNames() []string {
	var names []string
	for _, tool := range list(r.Field("tools")) {
		fn, nested := tool["function"].(object)
		if !nested {
			fn = tool
		}
		if name, _ := fn["name"].(string); name != "" {
			names = append(names, name)
		}
	}
	return names
}

// Inputs are the texts of an embeddings request, in order; token arrays read as their JSON.
func (r Request) Inputs() []string {
	return embeddingInputs(r.Field("input"))
}

// String describes the request in one line, with a fingerprint in place of the credential and without its content.
func (r Request) String() string {
	target := r.Path
	if r.APIVersion != "" {
		target += " (" + r.APIVersion + ")"
	}
	line := fmt.Sprintf("%s %s %s %s -> %d", r.Method, target, r.Credential, r.Fingerprint(), r.Status)
	switch {
	case r.Fault != "":
		line += " " + r.Fault
	case r.Problem != "":
		line += " " + r.Problem
	}
	return line
}

// GoString is String, so that %#v shows no credential either.
func (r Request) GoString() string { return r.String() }

func chatMessage(m object) Message {
	out := Message{Content: contentText(m["content"])}
	out.Role, _ = m["role"].(string)
	out.ToolCallID, _ = m["tool_call_id"].(string)
	for _, c := range list(m["tool_calls"]) {
		fn, _ := c["function"].(object)
		var call ToolCall
		call.ID, _ = c["id"].(string)
		call.Name, _ = fn["name"].(string)
		call.Arguments, _ = fn["arguments"].(string)
		out.ToolCalls = append(out.ToolCalls, call)
	}
	return out
}

func inputMessage(item object) Message {
	callID, _ := item["call_id"].(string)
	switch item["type"] {
	case "function_call":
		call := ToolCall{ID: callID}
		call.Name, _ = item["name"].(string)
		call.Arguments, _ = item["arguments"].(string)
		return Message{Role: "assistant", ToolCalls: []ToolCall{call}}
	case "function_call_output":
		return Message{Role: "tool", ToolCallID: callID, Content: contentText(item["output"])}
	}
	role, _ := item["role"].(string)
	return Message{Role: role, Content: contentText(item["content"])}
}

// contentText is a content that is a text, or the texts of its parts.
func contentText(content any) string {
	if text, ok := content.(string); ok {
		return text
	}
	var text strings.Builder
	for _, part := range list(content) {
		piece, _ := part["text"].(string)
		text.WriteString(piece)
	}
	return text.String()
}

// list is the objects in a JSON array.
func list(v any) []object {
	items, _ := v.([]any)
	out := make([]object, 0, len(items))
	for _, item := range items {
		if o, ok := item.(object); ok {
			out = append(out, o)
		}
	}
	return out
}

// embeddingInputs reads the four forms of input: a text, texts, tokens, lists of tokens.
func embeddingInputs(input any) []string {
	items, many := input.([]any)
	if text, ok := input.(string); ok {
		return []string{text}
	}
	if !many || len(items) == 0 {
		return nil
	}
	if _, tokens := items[0].(float64); tokens {
		return []string{jsonText(items)}
	}
	texts := make([]string, 0, len(items))
	for _, item := range items {
		if text, ok := item.(string); ok {
			texts = append(texts, text)
			continue
		}
		texts = append(texts, jsonText(item))
	}
	return texts
}

func jsonText(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	return string(b)
}

func unixTime(seconds int64) time.Time {
	if seconds == 0 {
		return time.Time{}
	}
	return time.Unix(seconds, 0)
}
