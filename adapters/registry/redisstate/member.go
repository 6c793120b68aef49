package redisstate

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	maxReason = 200  // bytes
	maxID     = 1024 // bytes
)

// member is one parking as a member of the sorted set: end, reason and id, a line each. The end is part of it, so that no
// two parkings that end at different times are the same member, and adding one never changes the score of another.
type member struct {
	end    int64 // on the clock of Redis, ms since the epoch
	reason string
	id     string // last, for it may hold anything
}

func (m member) String() string {
	return strconv.FormatInt(m.end, 10) + "\n" + m.reason + "\n" + m.id
}

// parseMember reads what another replica wrote. Whatever is not a member, such as one of a later version, is skipped.
func parseMember(text string) (m member, ok bool) {
	end, rest, ok := strings.Cut(text, "\n")
	if !ok {
		return member{}, false
	}
	m.reason, m.id, ok = strings.Cut(rest, "\n")
	if !ok || len(m.id) > maxID {
		return member{}, false
	}
	var err error
	m.end, err = strconv.ParseInt(end, 10, 64)
	return m, err == nil && m.end > 0
}

// oneLine makes a text that is shown to people, and may come from another machine, one printable line of at most 200 bytes.
func oneLine(text string) string {
	// Cut first, with room for a rune that the cut splits: the text may be of any length.
	if len(text) > 4*maxReason {
		text = text[:4*maxReason]
	}
	text = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) || r == utf8.RuneError {
			return ' '
		}
		return r
	}, text)
	text = strings.Join(strings.Fields(text), " ")
	if len(text) <= maxReason {
		return text
	}
	cut := maxReason
	for !utf8.RuneStart(text[cut]) {
		cut--
	}
	return strings.TrimSpace(text[:cut])
}
