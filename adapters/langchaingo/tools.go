package langchaingo

import (
	"encoding/json"
	"strings"

	"github.com/tmc/langchaingo/llms"

	"github.com/seed-a739af98/langchaingo-azure/azureadv1"
	"github.com/seed-a739af98/langchaingo-azure/internal/wire"
)

// checkTools finds what the service could not understand.
func checkTools(o *llms.CallOptions) error {
	for i, t := range o.Tools {
		if t.Type != "" && t.Type != "function" {
			return invalid("tool %d has the type %q: chat takes functions only", i, t.Type)
		}
		if t.Function == nil || t.Function.Name == "" {
			return invalid("tool %d has no function's name", i)
		}
	}
	for i, f := range o.Functions {
		if f.Name == "" {
			return invalid("function %d has no name", i)
		}
	}
	return nil
}

// checkStrict refuses a promise about arguments that the version cannot keep.
func (r *request) checkStrict() error {
	if knows(r.m.client, "strict") || r.m.drop["tools"] || r.own.has("tools") {
		return nil
	}
	for _, f := range declarations(&r.o) {
		if f.Strict {
			return invalid("API version %s has no strict tools, as %q is: use \"v1\"%s, or declare it without Strict",
				r.m.client.APIVersion(), f.Name, datedSince("strict"))
		}
	}
	return nil
}

// declarations are the tools and the deprecated functions, which the API has retired: they are declared as tools.
func declarations(o *llms.CallOptions) []llms.FunctionDefinition {
	all := make([]llms.FunctionDefinition, 0, len(o.Tools)+len(o.Functions))
	for _, t := range o.Tools {
		all = append(all, *t.Function)
	}
	return append(all, o.Functions...)
}

// noParameters is what a function without parameters has, where the API wants to be told.
var noParameters = json.RawMessage(`{"type":"object","properties":{}}`)

func writeTools(w *wire.ChatWriter, client *azureadv1.Client, o *llms.CallOptions) {
	for _, f := range declarations(o) {
		if f.Parameters == nil && !knows(client, "strict") {
			f.Parameters = noParameters
		}
		w.Tool(f.Name, f.Description, f.Parameters, f.Strict)
	}
}

// toolChoice reads the forms that langchaingo, its users and its older functions API have for it. function is set when
// one function is demanded, mode otherwise.
func toolChoice(o *llms.CallOptions) (mode, function string, err error) {
	choice := o.ToolChoice
	if choice == nil && o.FunctionCallBehavior != "" {
		choice = o.FunctionCallBehavior
	}
	switch c := choice.(type) {
	case nil:
		return "", "", nil
	case string:
		return namedChoice(c, o)
	case llms.FunctionCallBehavior:
		return namedChoice(string(c), o)
	case llms.ToolChoice:
		return structChoice(c, o)
	case *llms.ToolChoice:
		if c == nil {
			return "", "", nil
		}
		return structChoice(*c, o)
	case llms.FunctionReference:
		return namedChoice(c.Name, o)
	case map[string]any:
		return jsonChoice(c, o)
	default:
		return "", "", invalid("ToolChoice is a %T: use \"auto\", \"none\", \"required\" or an llms.ToolChoice", choice)
	}
}

// namedChoice takes a mode, the JSON form {"name": "..."} of the functions API, or a declared function's name.
func namedChoice(s string, o *llms.CallOptions) (mode, function string, err error) {
	switch s {
	case "":
		return "", "", nil
	case "auto", "none", "required":
		return s, "", nil
	case "any": // other providers' word for it
		return "required", "", nil
	}
	name := s
	if strings.HasPrefix(strings.TrimSpace(s), "{") {
		var object map[string]any
		if json.Unmarshal([]byte(s), &object) != nil {
			return "", "", invalid("ToolChoice %q is no JSON", s)
		}
		return jsonChoice(object, o)
	}
	if !declared(name, o) {
		return "", "", invalid("ToolChoice %q is neither auto, none or required nor a declared function's name", s)
	}
	return "", name, nil
}

func structChoice(c llms.ToolChoice, o *llms.CallOptions) (mode, function string, err error) {
	if c.Function != nil && c.Function.Name != "" {
		if !declared(c.Function.Name, o) {
			return "", "", invalid("ToolChoice demands the function %q, which is not among the tools", c.Function.Name)
		}
		return "", c.Function.Name, nil
	}
	if c.Type == "function" {
		return "", "", invalid("ToolChoice of type function names no function")
	}
	return namedChoice(c.Type, o)
}

// jsonChoice takes {"type":"function","function":{"name":"..."}} and {"name":"..."}.
func jsonChoice(c map[string]any, o *llms.CallOptions) (mode, function string, err error) {
	at := c
	if f, ok := c["function"].(map[string]any); ok {
		at = f
	}
	name, _ := at["name"].(string)
	return structChoice(llms.ToolChoice{Type: "function", Function: &llms.FunctionReference{Name: name}}, o)
}

func declared(name string, o *llms.CallOptions) bool {
	for _, t := range o.Tools {
		if t.Function != nil && t.Function.Name == name {
			return true
		}
	}
	for _, f := range o.Functions {
		if f.Name == name {
			return true
		}
	}
	return false
}
