package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/seed-a739af98/langchaingo-azure/azureadv1"
)

// doctor examines every subject and reports.
func doctor(ctx context.Context, args []string, sys system) int {
	o, err := parse("doctor", args, sys)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return exitWell
	case err != nil:
		return exitUsage
	case o.demo.on:
		return demo(ctx, o, sys)
	}
	// The models file's clients are made with the transport that the doctor looks through.
	through := newTransport(sys.client)
	defer through.close(sys.client)
	found := sys
	found.client = &http.Client{Transport: through}
	subjects, err := find(o, found)
	if err != nil {
		return sys.notFound(err)
	}
	for i := range subjects {
		if o.models == "" {
			subjects[i].override(o)
		}
	}
	return examineAll(ctx, subjects, through, o, sys)
}

// examineAll prints what it finds as it finds it, or all of it at the end as JSON.
func examineAll(ctx context.Context, subjects []subject, through *transport, o options, sys system) int {
	var all report
	out := lines{sys.stdout, sys.colour}
	clients := &azureadv1.Clients{}
	client := &http.Client{Transport: through}
	for i, s := range subjects {
		if ctx.Err() != nil {
			break
		}
		if !o.json && i > 0 {
			fmt.Fprintln(sys.stdout)
		}
		if !o.json {
			out.title(s.name)
		}
		s.through(client)
		all.Targets = append(all.Targets, target{Name: s.name})
		x := &examination{
			subject: s, clients: clients, transport: through, lookup: sys.lookup, chain: sys.chain, explained: s.cfg.Explain(),
			timeout: o.timeout, progress: progress{sys.stderr, sys.live && !o.json},
		}
		x.tell = func(r result) {
			all.count(r)
			at := &all.Targets[len(all.Targets)-1]
			at.Checks = append(at.Checks, r)
			if !o.json {
				out.line(r)
			}
		}
		x.run(ctx)
	}
	all.Interrupted = ctx.Err() != nil
	if o.json {
		if err := all.json(sys.stdout); err != nil {
			fmt.Fprintf(sys.stderr, "azureadv1: %v\n", err)
			return exitFailed
		}
		return all.exitCode()
	}
	fmt.Fprintf(sys.stdout, "\n%s\n", all.summary())
	return all.exitCode()
}

// examination is the checks of one subject, in order.
type examination struct {
	subject

	explained azureadv1.Explanation
	clients   *azureadv1.Clients
	client    *azureadv1.Client   // nil where the configuration is not usable
	wrong     map[string][]string // what is wrong with it, by check
	transport *transport
	lookup    lookup
	chain     *chain
	timeout   time.Duration
	progress  progress
	tell      func(result)

	blocked string            // the check whose failure stands before every later one
	served  bool              // a chat was answered
	failed  map[string]result // by check
}

// check is one line of the report.
type check struct {
	name string
	// optional tells that a program may work without: a failure is a warning.
	optional bool
	look     func(context.Context) result
}

func (x *examination) run(ctx context.Context) {
	x.failed = map[string]result{}
	x.make()
	for _, c := range x.checks() {
		if ctx.Err() != nil {
			return
		}
		r := skip("needs " + strings.ReplaceAll(x.blocked, "_", " ") + ", which failed")
		if x.blocked == "" || len(x.wrong[c.name]) > 0 { // everything that is wrong with the configuration is told at once
			r = x.look(ctx, c)
		}
		if ctx.Err() != nil {
			return // what a check says that was interrupted is about the interruption
		}
		r.Check = c.name
		x.tell(r)
	}
}

// look makes one check and judges what its failure means to the others.
func (x *examination) look(ctx context.Context, c check) result {
	limited, cancel := context.WithTimeout(ctx, x.timeout)
	defer cancel()
	var r result
	began := time.Now()
	x.progress.during(strings.ReplaceAll(c.name, "_", " "), func() { r = c.look(limited) })
	r = timed(r, began)
	if r.Status == passed && strings.HasPrefix(c.name, "chat_") {
		x.served = true
	}
	if r.Status != failed {
		return r
	}
	general := !x.served && blocks(r) // whoever was served is known, reachable and accepted
	for name, earlier := range x.failed {
		if alike(r, earlier) {
			return timed(skip("fails as "+strings.ReplaceAll(name, "_", " ")+" does"), began)
		}
	}
	if c.optional && !general {
		r.Status = warned
		return r
	}
	x.failed[c.name] = r
	if general && x.blocked == "" {
		x.blocked = c.name
	}
	return r
}

// blocks tells a failure that every later check would repeat: nothing is usable, nobody answers, or whoever answers does
// not accept this identity.
func blocks(r result) bool {
	if r.err == nil {
		return true
	}
	switch r.err.StatusCode {
	case http.StatusUnauthorized, http.StatusForbidden:
		return true
	case 0:
		return r.err.Code == azureadv1.CodeUnreachable || r.err.Code == azureadv1.CodeTokenProvider || r.err.Code == azureadv1.CodeTimeout
	}
	return strings.HasSuffix(r.Help, "#tenant")
}

// alike tells one cause that shows twice.
func alike(a, b result) bool {
	return a.err != nil && b.err != nil && a.Help == b.Help && a.err.StatusCode == b.err.StatusCode && a.err.Code == b.err.Code
}

// checks are a subject's, in the order they are made and told.
func (x *examination) checks() []check {
	if x.foreign != "" {
		return []check{{name: "provider", look: func(context.Context) result {
			return skip(x.foreign + " is not azure: ask its own tools")
		}}}
	}
	talk := x.chat && x.explained.Deployment != ""
	surface, other := x.surfaces()
	return []check{
		{name: "endpoint", look: x.asConfigured("endpoint", x.checkEndpoint)},
		{name: "surface", look: x.asConfigured("surface", x.checkSurface)},
		{name: "deployment", look: x.asConfigured("deployment", x.checkDeployment)},
		{name: "credential", look: x.asConfigured("credential", x.checkCredential)},
		{name: "name", look: x.checkName},
		{name: "tls", look: x.checkTLS},
		{name: "token", look: x.checkToken},
		{name: "deployments", look: x.checkList},
		{name: "chat_" + surface, optional: x.responses, look: x.talking(talk, x.checkChat)},
		{name: "chat_" + other, optional: true, look: x.talking(talk, x.checkOtherSurface)},
		{name: "stream", look: x.talking(talk, x.checkStream)},
		{name: "responses", optional: !x.responses, look: x.talking(talk, x.checkResponses)},
		{name: "embeddings", look: x.checkEmbeddings},
	}
}

// surfaces are the configured one and the other, as names of checks.
func (x *examination) surfaces() (configured, other string) {
	if x.explained.Surface == azureadv1.Classic {
		return string(azureadv1.Classic), string(azureadv1.V1)
	}
	return string(azureadv1.V1), string(azureadv1.Classic)
}

// talking skips a check of conversations where there is nobody to converse with.
func (x *examination) talking(talk bool, look func(context.Context) result) func(context.Context) result {
	if talk {
		return look
	}
	return func(context.Context) result {
		if !x.chat {
			return skip("the models file says that this is a deployment of embeddings")
		}
		return skip("no deployment is named: set AZURE_OPENAI_DEPLOYMENT, or give --deployment")
	}
}
