package main

import (
	_ "embed"
	"html"
	"io"
	"net/http"
	"time"
)

//go:embed timeline.css
var css string

const symbols = `<symbol id="refused" viewBox="-8 -8 16 16"><path class="mark bad" d="M-4.5-4.5 4.5 4.5M4.5-4.5-4.5 4.5"/></symbol>
<symbol id="refresh" viewBox="-8 -8 16 16"><path class="mark" d="M3.9-3.3A5 5 0 1 0 5 .6M5-6v3.4H1.6"/></symbol>`

// draw makes an SVG picture of a run: the calls of each surface above the lives of the tokens that carried them.
func draw(out io.Writer, t *tape) error {
	p := newPlot(t)
	p.frame()
	for _, l := range p.lives {
		p.life(l)
	}
	for _, c := range p.calls {
		p.call(c)
	}
	p.legend()
	_, err := io.WriteString(out, p.svg.String()+"</svg>\n")
	return err
}

func (p *plot) frame() {
	p.add(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %g %g" role="img" aria-labelledby="title">`, width, p.foot+68)
	p.add("<title id=\"title\">%s</title>\n<style>\n%s</style>\n%s", p.headline(), css, symbols)
	p.add(`<clipPath id="plot"><rect x="%g" y="0" width="%g" height="%g"/></clipPath>`, left-2, right-left+2, p.foot)
	p.add(`<rect class="card" x=".5" y=".5" width="%g" height="%g" rx="8"/>`, width-1, p.foot+67)
	p.add(`<text class="head" x="24" y="35">%s</text><text class="dim" x="24" y="57">%s</text>`, p.headline(), p.subtitle())
	for i, s := range p.surfaces {
		y := top + float64(i)*lane
		p.add(`<g class="surface"><rect class="lane" x="%g" y="%g" width="%g" height="%g" rx="6"/><text class="strong" x="24" y="%g">%s</text></g>`,
			left, y, right-left, lane-8, y+22, s)
	}
	p.add(`<text class="strong" x="24" y="%g">tokens</text>`, p.body+17)
	for at := time.Duration(0); at <= p.length; at += p.tick() {
		p.add(`<line class="grid" x1="%.1[1]f" y1="%[2]g" x2="%.1[1]f" y2="%[3]g"/><text class="dim" x="%.1[1]f" y="%[4]g" text-anchor="middle">%[5]g s</text>`,
			p.x(p.start.Add(at)), top-4, p.foot, p.foot+16, at.Seconds())
	}
}

// life draws a token from its fetch to its expiry, and as dead from the moment it was refused.
func (p *plot) life(l drawnLife) {
	y, from, to, end := p.body+float64(l.row)*row, p.x(l.fetched), p.x(l.expires), p.x(l.until)
	p.add(`<g class="token %s" clip-path="url(#plot)"><title>token %s, %s; fetched at %s</title>`, l.colour, l.token, l.why, p.at(l.fetched))
	if end < to {
		p.add(`<rect class="dead" x="%.1f" y="%g" width="%.1f" height="20" rx="4"/>`, from, y, to-from)
	}
	p.add(`<rect class="alive" x="%.1f" y="%g" width="%.1f" height="20" rx="4"/>`, from, y, max(end-from, 1))
	if end < to {
		p.add(`<use href="#refused" x="%.1f" y="%g" width="14" height="14"/>`, end-7, y+3)
	}
	name := from + 9
	if l.why != first {
		p.add(`<use href="#refresh" x="%.1f" y="%g" width="14" height="14"/>`, from+6, y+3)
		name += 16
	}
	if end-name < 60 {
		name = end + 12
	}
	if min(right, to)-name > 60 { // else the token's name is in its title only
		p.add(`<text class="mono" x="%.1f" y="%g">%s</text>`, name, y+14, l.token)
	}
	p.add(`</g>`)
}

// call draws one request, and the line down to the token that carried it.
func (p *plot) call(c drawnCall) {
	x, y := c.x, top+float64(c.lane)*lane
	p.add(`<g class="call %s"><title>%s %s, %s, %s after %s, at %s</title>`, c.colour, c.surface, html.EscapeString(c.path), c.carrier(), c.outcome(), c.took.Round(10*time.Microsecond), p.at(c.began))
	if c.row >= 0 {
		p.add(`<line class="drop" x1="%.1[1]f" y1="%[2]g" x2="%.1[1]f" y2="%[3]g"/>`, x, y+30, p.body+float64(c.row)*row)
	}
	if c.status == http.StatusUnauthorized {
		p.add(`<use href="#refused" x="%.1f" y="%g" width="18" height="18"/></g>`, x-9, y+9)
		return
	}
	p.add(`<rect class="pill" x="%.1f" y="%g" width="%.1f" height="24" rx="2.5"/></g>`, x-2.5, y+6, c.width)
}

func (p *plot) legend() {
	y := p.foot + 48
	p.add(`<g class="legend"><rect class="pill c0" x="24" y="%g" width="5" height="16" rx="2.5"/><text x="36" y="%g">a call, in its token's colour</text>`, y-12, y)
	p.add(`<use href="#refused" x="212" y="%g" width="16" height="16"/><text x="232" y="%g">refused with 401</text>`, y-12, y)
	p.add(`<g class="c0"><rect class="alive" x="342" y="%g" width="26" height="14" rx="3"/></g><text x="376" y="%g">a token's life</text>`, y-11, y)
	p.add(`<g class="c0"><rect class="dead" x="470" y="%g" width="26" height="14" rx="3"/></g><text x="504" y="%g">what a refusal cut off</text>`, y-11, y)
	p.add(`<g class="c0"><use href="#refresh" x="644" y="%g" width="14" height="14"/></g><text x="664" y="%g">fetched anew: ahead, or after a 401</text></g>`, y-11, y)
}
