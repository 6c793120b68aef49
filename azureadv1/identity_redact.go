package azureadv1

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"strings"
)

// redact is the identity as it may be printed: REDACTED where a secret is set.
func (id Identity) redact() Identity {
	id.ClientSecret = redactString(id.ClientSecret)
	id.CertificatePassword = redactString(id.CertificatePassword)
	id.Password = redactString(id.Password)
	if looksLikeToken(id.TokenFile) {
		id.TokenFile = redacted
	}
	return id
}

// shown is the identity as it is printed: redact's, and without what looks like a secret in the place of another value.
// redact leaves that alone, since 32 hexadecimal digits may be a key and may be an id without its dashes.
func (id Identity) shown() Identity {
	id = id.redact()
	for _, name := range []*string{&id.Kind, &id.TenantID, &id.ClientID} {
		*name = shownName(*name)
	}
	for _, value := range []*string{&id.CertificatePath, &id.Username, &id.TokenFile, &id.Authority} {
		*value = shownValue(*value)
	}
	return id
}

// print writes the fields that are set, each value with the given verb.
func (id Identity) print(verb, separator string) string {
	var parts []string
	for _, f := range id.shown().fields() {
		if f.value != "" {
			parts = append(parts, fmt.Sprintf("%s:"+verb, f.name, f.value))
		}
	}
	return "{" + strings.Join(parts, separator) + "}"
}

// String lists the fields that are set, secrets as REDACTED, and so is what looks like one in another field; ids, paths
// and the user name are shown. It implements [fmt.Stringer] and never fails.
func (id Identity) String() string { return "Identity" + id.print("%s", " ") }

// GoString is String in the syntax of a Go literal, for %#v; secrets read "REDACTED". It implements [fmt.GoStringer].
func (id Identity) GoString() string { return "azureadv1.Identity" + id.print("%q", ", ") }

// Format prints String, or GoString for %#v, whatever the verb, so that no verb reaches the fields themselves.
// It implements [fmt.Formatter].
func (id Identity) Format(f fmt.State, verb rune) {
	text := id.String()
	switch {
	case verb == 'v' && f.Flag('#'):
		text = id.GoString()
	case verb == 'q':
		text = fmt.Sprintf("%q", text)
	}
	_, _ = io.WriteString(f, text)
}

// MarshalJSON encodes every field under its Go name, secrets that are set as "REDACTED". It implements [json.Marshaler].
// Reading such a document back gives an identity that is refused, since REDACTED is no secret.
func (id Identity) MarshalJSON() ([]byte, error) {
	type plain Identity // without methods, or Marshal would call this one
	return json.Marshal(plain(id.shown()))
}

// LogValue is a group of the fields that are set, secrets as REDACTED. It implements [slog.LogValuer].
func (id Identity) LogValue() slog.Value {
	var attrs []slog.Attr
	for _, f := range id.shown().fields() {
		if f.value != "" {
			attrs = append(attrs, slog.String(f.name, f.value))
		}
	}
	return slog.GroupValue(attrs...)
}
