package azuretest

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// answer renders a reply for the operation that was asked.
func (x *exchange) answer(reply Reply) {
	if !pause(x.r.Context(), reply.delay) {
		panic(http.ErrAbortHandler) // nobody waits any more
	}
	switch reply.kind {
	case kindFault:
		ref := reply.fault(x)
		header := ref.header.Clone()
		if header == nil {
			header = make(http.Header)
		}
		setHeader(header, reply.header)
		x.refuse(&refusal{status: ref.status, body: ref.body, header: header}, reply.name)
		return
	case kindRaw:
		x.head(reply.raw.status, "application/json", reply.header, "Raw", "")
		x.w.WriteHeader(reply.raw.status)
		_, _ = x.w.Write([]byte(reply.raw.body)) // a client that left misses nothing
		return
	case kindDefault, kindMessage, kindEmptyChoices, kindEmbeddings:
	}
	if !x.fits(reply) {
		x.misfit(reply)
		return
	}
	switch x.route.operation {
	case OpChat:
		x.answerChat(x.withGreeting(reply))
	case OpResponses:
		x.answerResponses(x.withGreeting(reply))
	case OpEmbeddings:
		x.answerEmbeddings(reply)
	case OpModels:
		x.answerModels(reply)
	default:
		x.refuse(notFound("nothing is scripted for this operation"), "")
	}
}

// fits reports whether the operation can say what the reply says.
func (x *exchange) fits(reply Reply) bool {
	switch reply.kind {
	case kindMessage, kindEmptyChoices:
		return x.route.operation == OpChat || x.route.operation == OpResponses
	case kindEmbeddings:
		return x.route.operation == OpEmbeddings
	case kindDefault, kindFault, kindRaw:
	}
	return true
}

// misfit is loud on purpose: a script that answers the wrong request hides what a test is about.
func (x *exchange) misfit(reply Reply) {
	kind := "a message"
	switch reply.kind {
	case kindEmbeddings:
		kind = "embeddings"
	case kindEmptyChoices:
		kind = "empty choices"
	case kindDefault, kindMessage, kindFault, kindRaw:
	}
	text := fmt.Sprintf("azuretest: the scripted reply is %s and does not fit the operation %q", kind, x.route.operation)
	x.refuse(&refusal{
		status: http.StatusInternalServerError, problem: text, header: http.Header{"X-Should-Retry": {"false"}},
		body: object{"error": object{"code": "ScriptMismatch", "message": text}},
	}, "")
}

// withGreeting gives the default answer its text.
func (x *exchange) withGreeting(reply Reply) Reply {
	if reply.kind == kindDefault && len(reply.parts) == 0 {
		reply.parts = []string{"Hello from " + x.rec.Deployment + "."}
	}
	return reply
}

// withIDs names the calls that have no id.
func (x *exchange) withIDs(calls []ToolCall) []ToolCall {
	named := slices.Clone(calls)
	for i := range named {
		setDefault(&named[i].ID, fmt.Sprintf("call_%06d", x.s.nextID()))
	}
	return named
}

// usage is what the answer reports: the script's, or about one token for every four bytes.
func (x *exchange) usage(reply Reply, answer string) Usage {
	if reply.usage != nil {
		return *reply.usage
	}
	prompt := 0
	for _, m := range x.rec.Messages() {
		prompt += 3 + tokens(m.Content) // each message costs a few tokens of framing
	}
	u := Usage{Prompt: max(prompt, 1), Completion: tokens(answer)}
	for _, call := range reply.calls {
		u.Completion += tokens(call.Name) + tokens(call.Arguments)
	}
	if x.reasons() {
		u.Reasoning = 64
		u.Completion += u.Reasoning
	}
	return u
}

func tokens(text string) int { return (len(text) + 3) / 4 }

// answerModels lists the deployments; Azure lists base models there, but a doctor wants to see that the credential works.
func (x *exchange) answerModels(reply Reply) {
	names := make([]string, 0, len(x.s.opts.Deployments))
	for name := range x.s.opts.Deployments {
		names = append(names, name)
	}
	slices.Sort(names)
	data := make([]any, 0, len(names))
	for _, name := range names {
		model := x.s.opts.Deployments[name]
		data = append(data, object{
			"id": name, "object": "model", "model": model, "status": "succeeded", "capabilities": object{
				"chat_completion": serves(model) == OpChat, "embeddings": serves(model) == OpEmbeddings, "inference": true,
			},
		})
	}
	x.send(object{"object": "list", "data": data}, reply)
}

// serves is the first operation a model is for.
func serves(model string) string {
	switch {
	case strings.HasPrefix(model, "text-embedding-"):
		return OpEmbeddings
	case strings.HasSuffix(model, "-codex"), strings.HasSuffix(model, "-pro"), strings.HasSuffix(model, "-codex-max"):
		return OpResponses
	}
	return OpChat
}

// reasons reports whether the deployment's model follows the rules of reasoning models.
func (x *exchange) reasons() bool {
	if strings.HasPrefix(x.model, "gpt-5-chat") {
		return false
	}
	for _, family := range []string{"o1", "o3", "o4", "gpt-5"} {
		if strings.HasPrefix(x.model, family) {
			return true
		}
	}
	return false
}

// snapshots are the dated names that chat answers carry in place of the model's; any other model answers by its own name.
var snapshots = map[string]string{
	"gpt-4o": "gpt-4o-2024-11-20", "gpt-4o-mini": "gpt-4o-mini-2024-07-18", "gpt-4.1": "gpt-4.1-2025-04-14",
	"gpt-4.1-mini": "gpt-4.1-mini-2025-04-14", "gpt-4.1-nano": "gpt-4.1-nano-2025-04-14", "gpt-5": "gpt-5-2025-08-07",
	"gpt-5-mini": "gpt-5-mini-2025-08-07", "gpt-5-nano": "gpt-5-nano-2025-08-07", "o3": "o3-2025-04-16", "o3-mini": "o3-mini-2025-01-31",
	"o4-mini": "o4-mini-2025-04-16", "o1": "o1-2024-12-17",
}

func snapshot(model string) string {
	if dated, ok := snapshots[model]; ok {
		return dated
	}
	return model
}
