package azuretest

import (
	"encoding/json"
	"fmt"
	"log/slog"
)

// redacted stands where a secret was: a stand-in's are worth nothing, but tests of real programs log them beside real ones.
const redacted = "REDACTED"

// GoString is String's text: %#v must not open the options.
func (s *Server) GoString() string { return s.String() }

// Format prints String's text for every verb.
func (s *Server) Format(f fmt.State, verb rune) { formatSafe(f, verb, s.String()) }

// Format prints String's text for every verb.
func (r Request) Format(f fmt.State, verb rune) { formatSafe(f, verb, r.String()) }

// LogValue gives slog String's text.
func (r Request) LogValue() slog.Value { return slog.StringValue(r.String()) }

// MarshalJSON writes String's text: Header and Body hold the credential and the prompt.
func (r Request) MarshalJSON() ([]byte, error) { return json.Marshal(r.String()) }

// String shows the options with REDACTED in the place of keys, secrets and passwords.
func (o Options) String() string {
	type plain Options
	return fmt.Sprintf("azuretest.Options%+v", plain(o.shown()))
}

// GoString is String's text.
func (o Options) GoString() string { return o.String() }

// Format prints String's text for every verb.
func (o Options) Format(f fmt.State, verb rune) { formatSafe(f, verb, o.String()) }

// LogValue gives slog String's text.
func (o Options) LogValue() slog.Value { return slog.StringValue(o.String()) }

// MarshalJSON writes String's text.
func (o Options) MarshalJSON() ([]byte, error) { return json.Marshal(o.String()) }

func (o Options) shown() Options {
	o.APIKey, o.ClientSecret = hidden(o.APIKey), hidden(o.ClientSecret)
	users := make(map[string]string, len(o.Users))
	for name := range o.Users {
		users[name] = redacted
	}
	o.Users = users
	return o
}

// String shows the app with REDACTED in the place of its secret.
func (a App) String() string {
	type plain App
	a.ClientSecret = hidden(a.ClientSecret)
	return fmt.Sprintf("azuretest.App%+v", plain(a))
}

// GoString is String's text.
func (a App) GoString() string { return a.String() }

// Format prints String's text for every verb.
func (a App) Format(f fmt.State, verb rune) { formatSafe(f, verb, a.String()) }

// LogValue gives slog String's text.
func (a App) LogValue() slog.Value { return slog.StringValue(a.String()) }

// MarshalJSON writes String's text.
func (a App) MarshalJSON() ([]byte, error) { return json.Marshal(a.String()) }

func hidden(s string) string {
	if s == "" {
		return ""
	}
	return redacted
}

// formatSafe prints a safe text whatever the verb; string verbs keep their quoting and width.
func formatSafe(f fmt.State, verb rune, text string) {
	switch verb {
	case 's', 'q', 'x', 'X':
	default:
		verb = 's'
	}
	_, _ = fmt.Fprintf(f, fmt.FormatString(f, verb), text)
}
