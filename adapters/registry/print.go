package registry

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"time"
)

// facts lists what may be shown of an entry, without what is empty.
func (e Entry) facts() []slog.Attr {
	var facts []slog.Attr
	add := func(name, value string) {
		if looksLikeSecret(value) { // pasted where a name belongs
			value = "REDACTED"
		}
		if value != "" {
			facts = append(facts, slog.String(name, value))
		}
	}
	add("Name", e.Name)
	add("ID", e.ID)
	add("Provider", e.Provider)
	add("Model", e.Model)
	add("Mode", e.Mode)
	add("BaseModel", e.BaseModel)
	add("Host", hostOf(e.APIBase))
	if e.APIKey != "" {
		add("APIKey", "REDACTED")
	}
	if e.Timeout != 0 {
		add("Timeout", e.Timeout.Round(time.Millisecond).String())
	}
	if len(e.Params) > 0 {
		add("Params", fmt.Sprintf("REDACTED (%d)", len(e.Params)))
	}
	return facts
}

// format prints a safe text whatever the verb; string verbs keep their quoting and width.
func format(s fmt.State, verb rune, text string) {
	switch verb {
	case 's', 'q', 'x', 'X':
	default:
		verb = 's'
	}
	_, _ = fmt.Fprintf(s, fmt.FormatString(s, verb), text)
}

// String names the fields that are set and the types in them: a Credential may show its secret when it is printed.
func (l Loader) String() string {
	var set []string
	add := func(name string, given bool, v any) {
		if given {
			set = append(set, fmt.Sprintf("%s:%T", name, v))
		}
	}
	add("HTTPClient", l.HTTPClient != nil, l.HTTPClient)
	add("Credential", l.Credential != nil, l.Credential)
	add("Logger", l.Logger != nil, l.Logger)
	add("TracerProvider", l.TracerProvider != nil, l.TracerProvider)
	add("MeterProvider", l.MeterProvider != nil, l.MeterProvider)
	add("Callback", l.Callback != nil, l.Callback)
	add("State", l.State != nil, l.State)
	add("Providers", l.Providers != nil, l.Providers)
	add("LookupEnv", l.LookupEnv != nil, l.LookupEnv)
	add("OnReload", l.OnReload != nil, l.OnReload)
	return "registry.Loader{" + strings.Join(set, " ") + "}"
}

// GoString is String's text.
func (l Loader) GoString() string { return l.String() }

// Format prints String's text for every verb.
func (l Loader) Format(s fmt.State, verb rune) { format(s, verb, l.String()) }

// LogValue gives slog String's text.
func (l Loader) LogValue() slog.Value { return slog.StringValue(l.String()) }

// String lists the names of the registry's models.
func (r *Registry) String() string {
	return "registry.Registry{" + strings.Join(r.shownNames(), " ") + "}"
}

func (r *Registry) shownNames() []string {
	names := r.Names()
	for i, name := range names {
		if looksLikeSecret(name) {
			names[i] = "REDACTED"
		}
	}
	return names
}

// GoString is String's text.
func (r *Registry) GoString() string { return r.String() }

// Format prints String's text for every verb.
func (r *Registry) Format(s fmt.State, verb rune) { format(s, verb, r.String()) }

// LogValue gives slog String's text.
func (r *Registry) LogValue() slog.Value { return slog.StringValue(r.String()) }

// String shows the fields that are set, without APIKey and Params, and of APIBase the host: its path and query may hold keys.
// A name that looks like a key or a token is not shown either.
func (e Entry) String() string {
	facts := e.facts()
	parts := make([]string, len(facts))
	for i, f := range facts {
		parts[i] = f.Key + ":" + f.Value.String()
	}
	return "registry.Entry{" + strings.Join(parts, " ") + "}"
}

// GoString is String's text.
func (e Entry) GoString() string { return e.String() }

// Format prints String's text for every verb; string verbs keep their quoting and width.
func (e Entry) Format(s fmt.State, verb rune) { format(s, verb, e.String()) }

// LogValue gives slog the fields that String shows, as a group.
func (e Entry) LogValue() slog.Value { return slog.GroupValue(e.facts()...) }

// MarshalJSON writes the fields that String shows. It is for showing: an Entry cannot be read back from it.
func (e Entry) MarshalJSON() ([]byte, error) {
	fields := make(map[string]string, 8)
	for _, f := range e.facts() {
		fields[f.Key] = f.Value.String()
	}
	return json.Marshal(fields)
}
