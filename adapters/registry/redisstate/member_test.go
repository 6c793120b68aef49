package redisstate

import (
	"errors"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"
)

func FuzzMember(f *testing.F) {
	for _, seed := range []string{"", "1700000000000\n429: retry after 2s\nwest", "1\n\n", "-1\nr\ni", "1\nr", "x\nr\ni", "9223372036854775807\n\xff\x00\u202e\ni\nd"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		m, ok := parseMember(text)
		if !ok {
			return
		}
		if m.end <= 0 || len(m.id) > maxID {
			t.Errorf("accepted %+v", m)
		}
		reason := oneLine(m.reason)
		if len(reason) > maxReason || !utf8.ValidString(reason) || strings.ContainsFunc(reason, func(r rune) bool { return !unicode.IsPrint(r) }) {
			t.Errorf("not one short printable line: %q", reason)
		}
		if oneLine(reason) != reason {
			t.Errorf("cleaned twice, %q becomes %q", reason, oneLine(reason))
		}
		clean := member{end: m.end, reason: reason, id: m.id}
		if again, ok := parseMember(clean.String()); !ok || again != clean {
			t.Errorf("%+v comes back as %+v", clean, again)
		}
	})
}

func TestAParkingNeverEndsEarlierElsewhere(t *testing.T) {
	now := time.Now()
	for name, row := range map[string]struct{ writes, reads, trip time.Duration }{
		"clocks that agree":             {0, 0, 2 * time.Millisecond},
		"the writer is an hour ahead":   {time.Hour, 0, 100 * time.Millisecond},
		"the reader is an hour ahead":   {0, time.Hour, 100 * time.Millisecond},
		"they are two days apart":       {-24 * time.Hour, 24 * time.Hour, 400 * time.Millisecond},
		"a round trip of half a second": {0, 0, 500 * time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			for _, told := range []time.Duration{0, row.trip / 2, row.trip} { // when in the exchange Redis told its time
				at := func(clock time.Duration) reading {
					asked := now.Add(clock)
					return reading{server: now.Add(told), asked: asked, answered: asked.Add(row.trip)}
				}
				wait := 90*time.Second + 123456*time.Nanosecond
				end := at(row.writes).end(now.Add(row.writes + wait))
				got := at(row.reads).until(end).Sub(now.Add(row.reads + wait))
				if got < 0 || got > 2*row.trip+2*time.Millisecond {
					t.Errorf("ends %v after it should, want 0 to two exchanges", got)
				}
			}
		})
	}
}

func TestErrorsAreNotQuoted(t *testing.T) {
	for _, err := range []error{
		errors.New("dial redis://user:sesame@host:6379: odd"),
		refusal("ERR unknown command `HELLO`, with args beginning with: `3` `AUTH` `user` `sesame`"),
		refusal("sesame"),
	} {
		if got := describe(err); got == "" || strings.Contains(got, "sesame") {
			t.Errorf("%v is described as %q", err, got)
		}
	}
}

// refusal is an error reply of Redis.
type refusal string

func (r refusal) Error() string { return string(r) }
func (refusal) RedisError()     {}
