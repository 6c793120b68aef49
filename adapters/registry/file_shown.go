package registry

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

var (
	// likeASecret are shapes that keys and tokens have anywhere in a text: 32 and more letters and digits in one piece, a
	// JSON web token, the sk- of OpenAI's keys, the tilde of client secrets. Long names have them too, so it only decides
	// what an error quotes.
	likeASecret = regexp.MustCompile(`[A-Za-z0-9+/=]{32,}|^eyJ|\bsk-|~|(?i:bearer )`)
	// aSecret are the shapes of whole secrets, which no name of a deployment has: a resource's key of 32 or 84 signs, as
	// azureadv1 knows it, a JSON web token, one with its scheme, a key of OpenAI's, the tilde of client secrets.
	aSecret = regexp.MustCompile(`^\s*([0-9a-f]{32}|[A-Za-z0-9]{84})\s*$|^\s*(eyJ|sk-|(?i:bearer ))|~`)
	// aKey is what the keys of a models file are made of.
	aKey = regexp.MustCompile(`^[A-Za-z0-9_.-]{1,64}$`)
)

// looksLikeSecret tells a key or a token that was pasted where a name belongs: as the whole name, or between slashes or @.
func looksLikeSecret(s string) bool {
	parts := strings.FieldsFunc(s, func(r rune) bool { return r == '/' || r == '@' })
	return aSecret.MatchString(s) || slices.ContainsFunc(parts, aSecret.MatchString)
}

// shown is what an error may quote of a name: clipped, in quotes, and not at all where a secret may have been pasted.
func shown(s string) string {
	const most = 60
	if likeASecret.MatchString(s) {
		return "(not shown: it looks like a secret)"
	}
	if utf8.RuneCountInString(s) > most {
		s = string([]rune(s)[:most]) + "..."
	}
	return fmt.Sprintf("%q", s)
}

// bare is shown without the quotes where the name needs none.
func bare(s string) string {
	if plainKey(s) {
		return s
	}
	return shown(s)
}

// plainKey tells a key that may be shown. A line that lost its space or its colon has its value in the key.
func plainKey(s string) bool { return aKey.MatchString(s) && !likeASecret.MatchString(s) }

// pathKey is a key as a path has it: ? for one that may hold a value.
func pathKey(s string) string {
	if plainKey(s) || s == anyGroup {
		return s
	}
	return "?"
}
