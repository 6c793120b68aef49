package azureadv1

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// redact is the configuration with REDACTED where a secret was.
func (c Config) redact() Config {
	c.APIKey = redactString(c.APIKey)
	if c.hasFixedToken() {
		c.Token = redacted
	}
	c.Identity = c.Identity.redact()
	c.Endpoint = redactEndpoint(c.Endpoint)
	c.from = nil
	if c.Header != nil {
		shown := make(http.Header, len(c.Header))
		for name := range c.Header {
			shown[name] = []string{redacted}
		}
		c.Header = shown
	}
	return c
}

// redactEndpoint keeps what a user must see to recognise the endpoint; one that does not parse is not shown at all.
func redactEndpoint(raw string) string {
	if strings.TrimSpace(raw) == "" {
		return ""
	}
	u, err := url.Parse(withScheme(strings.TrimSpace(raw)))
	if err != nil {
		return redacted
	}
	return redactURL(u)
}

// facts lists the fields that are set, in a fixed order, as every formatter shows them.
func (c Config) facts() []slog.Attr {
	shown := c.redact()
	facts := []slog.Attr{
		slog.String("Endpoint", shown.Endpoint), slog.String("APIVersion", shownValue(shown.APIVersion)), slog.String("Deployment", shownValue(shown.Deployment)),
		slog.String("APIKey", shown.APIKey), slog.String("TokenProvider", typeName(c.TokenProvider)), slog.String("TokenProviderID", shownValue(shown.TokenProviderID)),
		slog.String("Credential", typeName(c.Credential)), slog.String("Token", shown.Token), slog.String("Identity", identityText(shown.Identity)),
		slog.String("Scope", shownValue(shown.Scope)), slog.String("HTTPClient", typeName(c.HTTPClient)), slog.String("Header", headerText(shown.Header)),
		slog.String("Logger", typeName(c.Logger)), slog.String("TracerProvider", typeName(c.TracerProvider)),
		slog.String("MeterProvider", typeName(c.MeterProvider)),
	}
	if c.PreviewQuery {
		facts = append(facts, slog.Bool("PreviewQuery", true))
	}
	if c.MaxRetries != 0 {
		facts = append(facts, slog.Int("MaxRetries", c.MaxRetries))
	}
	facts = append(facts,
		slog.Duration("MaxRetryWait", c.MaxRetryWait), slog.Duration("ConnectTimeout", c.ConnectTimeout),
		slog.Duration("FirstByteTimeout", c.FirstByteTimeout), slog.Duration("StreamIdleTimeout", c.StreamIdleTimeout))
	return slices.DeleteFunc(facts, func(a slog.Attr) bool { return a.Value.String() == "" || a.Value.String() == "0s" })
}

func typeName(v any) string {
	if isNil(v) {
		return ""
	}
	return fmt.Sprintf("%T", v)
}

func identityText(id Identity) string {
	if id == (Identity{}) {
		return ""
	}
	return id.String()
}

func headerText(h http.Header) string {
	return strings.Join(slices.Sorted(maps.Keys(h)), ",")
}

// String shows the fields that are set, with REDACTED for secrets.
func (c Config) String() string {
	parts := make([]string, 0, 8)
	for _, f := range c.facts() {
		parts = append(parts, f.Key+":"+f.Value.String())
	}
	return "azureadv1.Config{" + strings.Join(parts, " ") + "}"
}

// GoString is String's text.
func (c Config) GoString() string { return c.String() }

// Format prints String's text for every verb.
func (c Config) Format(s fmt.State, verb rune) { formatSafe(s, verb, c.String()) }

// LogValue gives slog the fields that are set as a group.
func (c Config) LogValue() slog.Value { return slog.GroupValue(c.facts()...) }

// MarshalJSON writes the fields that are set. It is for showing: secrets are gone, and Validate refuses what is left.
func (c Config) MarshalJSON() ([]byte, error) {
	fields := make(map[string]any, 8)
	for _, f := range c.facts() {
		fields[f.Key] = f.Value.String()
	}
	return json.Marshal(fields)
}

// String names endpoint, surface and credential.
func (c Client) String() string { return "azureadv1.Client{" + c.cfg.String() + "}" }

// GoString is String's text.
func (c Client) GoString() string { return c.String() }

// Format prints String's text for every verb.
func (c Client) Format(s fmt.State, verb rune) { formatSafe(s, verb, c.String()) }

// LogValue is the configuration's.
func (c Client) LogValue() slog.Value { return c.cfg.LogValue() }

// MarshalJSON is the configuration's.
func (c Client) MarshalJSON() ([]byte, error) { return c.cfg.MarshalJSON() }

// MarshalJSON writes the fields without the cause, whose text is not ours.
func (e Error) MarshalJSON() ([]byte, error) {
	type plain Error
	return json.Marshal(plain(e))
}

// formatSafe prints a safe text whatever the verb; string verbs keep their quoting and width.
func formatSafe(s fmt.State, verb rune, text string) {
	switch verb {
	case 's', 'q', 'x', 'X':
	default:
		verb = 's'
	}
	_, _ = fmt.Fprintf(s, fmt.FormatString(s, verb), text)
}
