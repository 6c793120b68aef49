package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"

	"github.com/seed-a739af98/langchaingo-azure/azureadv1"
	"github.com/seed-a739af98/langchaingo-azure/azureadv1/azuretest"
)

// stage is a stand-in and how it is called, while a fault arranges both.
type stage struct {
	options azuretest.Options
	subject subject
	secret  string // of the identity
	client  func(*azuretest.Server) *http.Client
	lookup  lookup // nil is the system's
}

const otherTenant = "99999999-2222-4333-8444-555555555555"

// faults are what --demo=NAME can show.
var faults = []struct {
	name, what string
	arrange    func(*stage)
}{
	{"no-role", "the identity has no role on the resource", func(s *stage) { s.options.NoRole = true }},
	{"wrong-deployment", "the model's name is given for the deployment's", func(s *stage) { s.subject.cfg.Deployment = "gpt-4o" }},
	{"wrong-tenant", "the token is of another tenant than the resource", func(s *stage) {
		s.options.Apps = []azuretest.App{{TenantID: otherTenant, ClientID: azuretest.DefaultClientID, ClientSecret: azuretest.DefaultClientSecret}}
		s.subject.cfg.Identity.TenantID = otherTenant
	}},
	{"wrong-scope", "the token is for another audience than the resource", func(s *stage) { s.subject.cfg.Scope = "https://management.azure.com/.default" }},
	{"wrong-secret", "Entra ID refuses the client secret", func(s *stage) { s.secret = "the-secrets-id" }},
	{"keys-disabled", "a key is given, and the resource takes tokens only", func(s *stage) {
		s.options.KeysDisabled = true
		s.subject.cfg.APIKey, s.secret = azuretest.DefaultAPIKey, ""
	}},
	{"unknown-certificate", "something in between opens TLS", func(s *stage) {
		s.client = func(*azuretest.Server) *http.Client { return &http.Client{Transport: &http.Transport{}} }
	}},
	{"no-such-host", "the host's name does not resolve", func(s *stage) {
		s.subject.cfg.Endpoint = "https://contoso.openai.azure.com"
		s.lookup = noSuchHost
		s.client = func(*azuretest.Server) *http.Client {
			return &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
				_, err := noSuchHost(ctx, "contoso.openai.azure.com")
				return nil, &net.OpError{Op: "dial", Net: "tcp", Err: err}
			}}}
		}
	}},
	{"closed-network", "the resource is closed to this network", func(s *stage) {
		s.options.Respond = func(azuretest.Request) azuretest.Reply { return azuretest.NetworkDenied() }
	}},
	{"wrong-surface", "a gateway serves the classic surface only", func(s *stage) {
		s.client = func(server *azuretest.Server) *http.Client {
			return &http.Client{Transport: classicOnly{server.HTTPClient().Transport}}
		}
	}},
	{"old-version", "the classic surface, by a version too old for /responses", func(s *stage) { s.subject.cfg.APIVersion = "2023-05-15" }},
	{"responses-only", "the model answers on /responses only", func(s *stage) {
		s.options.Deployments = map[string]string{"chat": "gpt-5-codex", "embed": "text-embedding-3-small"}
	}},
	{"cut-stream", "streams break off", func(s *stage) {
		s.options.Respond = func(r azuretest.Request) azuretest.Reply {
			if r.Streaming() {
				return azuretest.CutStream(1)
			}
			return azuretest.Reply{}
		}
	}},
	{"rate-limit", "the quota is used up", func(s *stage) {
		s.options.Respond = func(r azuretest.Request) azuretest.Reply {
			if r.Operation == azuretest.OpModels {
				return azuretest.Reply{}
			}
			return azuretest.RateLimited()
		}
	}},
}

func noSuchHost(_ context.Context, host string) ([]netip.Addr, error) {
	return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
}

// classicOnly answers for a gateway that knows no v1.
type classicOnly struct{ base http.RoundTripper }

// RoundTrip implements http.RoundTripper.
func (c classicOnly) RoundTrip(req *http.Request) (*http.Response, error) {
	if !strings.Contains(req.URL.Path, "/openai/v1/") {
		return c.base.RoundTrip(req)
	}
	const body = `{"error":{"code":"404","message":"Resource not found"}}`
	return &http.Response{
		StatusCode: http.StatusNotFound, Status: "404 Not Found", Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: req,
		Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)),
	}, nil
}

// demo examines a stand-in on loopback, in good health or with a fault.
func demo(ctx context.Context, o options, sys system) int {
	s := &stage{
		subject: subject{name: "stand-in", chat: true, embedding: "embed", responses: o.responses, baseModel: o.baseModel, cfg: azureadv1.Config{Deployment: "chat"}},
		secret:  azuretest.DefaultClientSecret,
		client:  (*azuretest.Server).HTTPClient,
	}
	s.subject.cfg.Identity = azureadv1.Identity{Kind: "client_secret", TenantID: azuretest.DefaultTenantID, ClientID: azuretest.DefaultClientID}
	if o.demo.fault != "" && !s.arrange(o.demo.fault) {
		var names []string
		for _, f := range faults {
			names = append(names, fmt.Sprintf("  %-20s %s", f.name, f.what))
		}
		list := "Faults for --demo=FAULT:\n" + strings.Join(names, "\n") + "\n"
		if o.demo.fault == "list" {
			fmt.Fprint(sys.stdout, list)
			return exitWell
		}
		fmt.Fprintf(sys.stderr, "azureadv1: there is no fault %q\n%s", o.demo.fault, list)
		return exitUsage
	}
	server, err := azuretest.Start(s.options) //nolint:contextcheck // a stand-in has no context; it is closed below
	if err != nil {
		fmt.Fprintf(sys.stderr, "azureadv1: %v\n", err)
		return exitUsage
	}
	defer func() { _ = server.Close() }()
	return s.examine(ctx, server, o, sys)
}

func (s *stage) arrange(fault string) bool {
	for _, f := range faults {
		if f.name == fault {
			f.arrange(s)
			return true
		}
	}
	return false
}

func (s *stage) examine(ctx context.Context, server *azuretest.Server, o options, sys system) int {
	cfg := &s.subject.cfg
	if cfg.Endpoint == "" {
		cfg.Endpoint = server.Endpoint()
	}
	if cfg.APIKey == "" {
		cfg.Identity.ClientSecret, cfg.Identity.Authority = s.secret, server.Authority()
	} else {
		cfg.Identity = azureadv1.Identity{}
	}
	if o.deployment != "" {
		cfg.Deployment = o.deployment
	}
	if o.embedding != "" {
		s.subject.embedding = o.embedding
	}
	if s.lookup != nil {
		sys.lookup = s.lookup
	}
	client := s.client(server)
	defer client.CloseIdleConnections()
	return examineAll(ctx, []subject{s.subject}, newTransport(client), o, sys)
}
