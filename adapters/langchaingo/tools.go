package langchaingo

import (
	"encoding/json"
	"iter"
	"strings"

	"github.com/tmc/langchaingo/llms"

	"github.com/seed-a739af98/langchaingo-azure/azureadv1"
)

// checkTools finds what the service could not understand.
func checkTools(o *llms.CallOptions) error {
	for i, t := range o.Tools {
		if t.Type != "" && t.Type != "function" {
			return invalid("tool %d has the type %q: llms.WithTools takes functions only; tools that run at the service go through BuiltInTools", i, t.Type)
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
	for f := range declarations(r.o) {
		if f.Strict {
			return invalid("API version %s has no strict tools, as %q is: use \"v1\"%s, or declare it without Strict",
				r.m.client.APIVersion(), f.Name, datedSince("strict"))
		}
	}
	return nil
}

// declarations are the tools and the deprecated functions, which the API has retired: they are declared as tools.
func declarations(o *llms.CallOptions) iter.Seq[*llms.FunctionDefinition] {
	return func(yield func(*llms.FunctionDefinition) bool) {
		for i := range o.Tools {
			if !yield(o.Tools[i].Function) {
				return
			}
		}
		for i := range o.Functions {
			if !yield(&o.Functions[i]) {
				return
			}
		}
	}
}

// noParameters is what a function without parameters has, where the API wants to be told.
var noParameters = json.RawMessage(`{"type":"object","properties":{}}`)

func writeTools(w vocabulary, client *azureadv1.Client, o *llms.CallOptions) {
	for f := range declarations(o) {
		parameters := f.Parameters
		if parameters == nil && !knows(client, "strict") {
			parameters = noParameters
		}
		w.Tool(f.Name, f.Description, parameters, f.Strict)
	}
}

// checkRequired refuses a demand that the version does not know.
func (r *request) checkRequired() error {
	switch {
	case r.mode != "required" || r.m.drop["tool_choice"] || r.own.has("tool_choice"):
		return nil
	case !r.hasTools():
		return invalid("ToolChoice demands a tool, and the call has none: give llms.WithTools")
	case !knows(r.m.client, "required"):
		return invalid("API version %s has no tool_choice \"required\": use \"v1\"%s, name the function to call, or leave it out with WithDropParams(%q)",
			r.m.client.APIVersion(), datedSince("required"), "tool_choice")
	}
	return nil
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
	}
	// llms/openai sends whatever the value is as JSON, so that its users have structs, pointers and maps of many types.
	text, err := plainJSON(choice)
	if err != nil {
		return "", "", invalid("ToolChoice is a %T: use \"auto\", \"none\", \"required\" or an llms.ToolChoice", choice)
	}
	return jsonChoice(text, choice, o)
}

// namedChoice takes a mode, JSON text such as the functions API's {"name": "..."}, or a declared function's name.
func namedChoice(s string, o *llms.CallOptions) (mode, function string, err error) {
	switch s {
	case "":
		return "", "", nil
	case "auto", "none", "required":
		return s, "", nil
	case "any": // other providers' word for it
		return "required", "", nil
	}
	if strings.HasPrefix(strings.TrimSpace(s), "{") {
		return jsonChoice([]byte(s), s, o)
	}
	if !declared(s, o) {
		return "", "", invalid("ToolChoice %q is neither auto, none or required nor a declared function's name", s)
	}
	return "", s, nil
}

// jsonChoice takes {"type":"function","function":{"name":"..."}}, {"name":"..."}, {"type":"auto"}, a text and null.
func jsonChoice(text []byte, choice any, o *llms.CallOptions) (mode, function string, err error) {
	var word string
	if json.Unmarshal(text, &word) == nil {
		return namedChoice(word, o) // null is ""
	}
	var c struct {
		Type, Name string
		Function   *struct{ Name string }
	}
	if json.Unmarshal(text, &c) != nil {
		return "", "", invalid("ToolChoice %s (of type %T) is no JSON of a choice: use \"auto\", \"none\", \"required\" or an llms.ToolChoice", text, choice)
	}
	if c.Function != nil && c.Function.Name != "" {
		c.Name = c.Function.Name
	}
	switch {
	case c.Name == "" && c.Type != "" && c.Type != "function":
		return namedChoice(c.Type, o)
	case c.Name == "":
		return "", "", invalid("ToolChoice %s names no function", text)
	case !declared(c.Name, o):
		return "", "", invalid("ToolChoice demands the function %q, which is not among the tools", c.Name)
	}
	return "", c.Name, nil
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
