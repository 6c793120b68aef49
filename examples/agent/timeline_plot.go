package main

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/seed-a739af98/langchaingo-azure/azureadv1"
)

// The picture's measures, in SVG units: the plot's sides, a surface's lane, a token's row.
const (
	width, left, right = 960.0, 92.0, 936.0
	top, lane, row     = 80.0, 44.0, 27.0
)

// first is why a token was fetched when its surface had none before.
const first = "the first"

const (
	hues = 6 // classes c0 to c5 of timeline.css
	rows = 8 // of tokens, before the first one is used again
)

// plot is a picture being drawn: what is in it, where it goes, and the SVG so far.
type plot struct {
	svg        strings.Builder
	start      time.Time
	length     time.Duration
	surfaces   []azureadv1.Surface
	calls      []drawnCall
	lives      []drawnLife
	body, foot float64 // where the tokens begin, and where the plot ends
}

type drawnCall struct {
	call
	lane, row int // row is -1 for a call that no token carried
	x, width  float64
	colour    string
}

type drawnLife struct {
	life
	row    int
	colour string
	why    string    // it was fetched
	until  time.Time // it was good: until it expired, or was refused
}

// newPlot decides where everything goes.
func newPlot(t *tape) *plot {
	t.mu.Lock()
	defer t.mu.Unlock()
	p := &plot{}
	lives := slices.SortedStableFunc(slices.Values(t.lives), func(a, b life) int { return a.fetched.Compare(b.fetched) })
	calls := slices.SortedStableFunc(slices.Values(t.calls), func(a, b call) int { return a.began.Compare(b.began) })
	p.span(calls, lives)
	for i, l := range lives {
		p.lives = append(p.lives, p.place(i, l, calls))
	}
	for _, c := range calls {
		p.calls = append(p.calls, p.placeCall(c))
	}
	p.body = top + float64(len(p.surfaces))*lane + 12
	p.foot = p.body + float64(max(min(len(lives), rows), 1))*row + 4
	return p
}

// span is from the first fetch or call to a little after the last call: a token of an hour does not stretch it.
func (p *plot) span(calls []call, lives []life) {
	if len(calls) > 0 {
		p.start = calls[0].began
		for _, c := range calls {
			p.length = max(p.length, c.began.Add(c.took).Sub(p.start))
		}
	}
	if len(lives) > 0 && (len(calls) == 0 || lives[0].fetched.Before(p.start)) {
		p.length += p.start.Sub(lives[0].fetched) * time.Duration(min(len(calls), 1))
		p.start = lives[0].fetched
	}
	p.length = max(p.length+p.length/16, 100*time.Millisecond)
}

func (p *plot) place(i int, l life, calls []call) drawnLife {
	d := drawnLife{life: l, row: i % rows, colour: fmt.Sprint("c", i%hues), why: first}
	if l.expires.IsZero() {
		d.expires = p.start.Add(2 * p.length)
	}
	d.until = d.expires
	for _, c := range calls {
		if at := c.began.Add(c.took); c.token == l.token && c.status == http.StatusUnauthorized && at.Before(d.until) {
			d.until = at
		}
	}
	var last drawnLife
	for _, o := range p.lives {
		if o.surface == l.surface {
			last = o
		}
	}
	switch {
	case last.token == "":
	case last.until.After(l.fetched):
		d.why = "refreshed ahead of expiry"
	case last.until.Before(last.expires):
		d.why = "fetched after a refusal"
	default:
		d.why = "fetched after the last had expired"
	}
	return d
}

func (p *plot) placeCall(c call) drawnCall {
	if !slices.Contains(p.surfaces, c.surface) {
		p.surfaces = append(p.surfaces, c.surface)
	}
	d := drawnCall{call: c, lane: slices.Index(p.surfaces, c.surface), row: -1, colour: "key", x: p.x(c.began)}
	d.width = max(p.x(c.began.Add(c.took))-d.x, 5)
	for _, before := range p.calls {
		if before.lane == d.lane { // calls of the same moment stand side by side, each to be seen
			d.x = max(d.x, before.x+before.room())
		}
	}
	if i := slices.IndexFunc(p.lives, func(l drawnLife) bool { return l.token == c.token }); i >= 0 {
		d.row, d.colour = p.lives[i].row, p.lives[i].colour
	}
	return d
}

func (c drawnCall) carrier() string {
	if c.token == "" {
		return "a key"
	}
	return "token " + c.token
}

func (c drawnCall) outcome() string {
	if c.status == 0 {
		return "no answer"
	}
	return strconv.Itoa(c.status)
}

// room is what a call takes beside the next one.
func (c drawnCall) room() float64 {
	if c.status == http.StatusUnauthorized {
		return 13
	}
	return c.width + 2
}

// add writes one line of SVG.
func (p *plot) add(format string, args ...any) { fmt.Fprintf(&p.svg, format+"\n", args...) }

// x is where a moment is on the picture.
func (p *plot) x(at time.Time) float64 {
	return left + (right-left)*float64(at.Sub(p.start))/float64(p.length)
}

func (p *plot) at(t time.Time) string {
	return fmt.Sprintf("%.2f s", t.Sub(p.start).Seconds())
}

// tick is the distance of the time marks: 1, 2 or 5 times a power of ten, and at most a dozen of them.
func (p *plot) tick() time.Duration {
	for tick := 10 * time.Millisecond; ; tick *= 10 {
		for _, mark := range []time.Duration{tick, 2 * tick, 5 * tick} {
			if p.length/mark <= 12 {
				return mark
			}
		}
	}
}

func (p *plot) headline() string {
	return fmt.Sprintf("%s on %s, carried by %s", count(len(p.calls), "call"), count(len(p.surfaces), "surface"), count(len(p.lives), "token"))
}

func (p *plot) subtitle() string {
	ahead, refused, repeated := 0, 0, 0
	for _, l := range p.lives {
		if l.why == "refreshed ahead of expiry" {
			ahead++
		}
	}
	for i, c := range p.calls {
		if c.status != http.StatusUnauthorized {
			continue
		}
		refused++
		if i+1 < len(p.calls) && p.calls[i+1].status == http.StatusOK && p.calls[i+1].token != c.token {
			repeated++
		}
	}
	text := fmt.Sprintf("%s refreshed ahead of expiry; %s refused with 401", count(ahead, "token"), count(refused, "call"))
	switch {
	case repeated > 0 && repeated == refused:
		text += " and repeated at once with a new token"
	case repeated > 0:
		text += fmt.Sprintf(", %d repeated at once with a new token", repeated)
	}
	return text + ". Calls of one moment stand side by side."
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
