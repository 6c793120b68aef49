package main

import (
	"cmp"
	"context"
	"crypto/tls"
	"fmt"
	"net/http"
	"net/http/httptrace"
	"net/netip"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/seed-a739af98/langchaingo-azure/azureadv1"
)

type lookup func(ctx context.Context, host string) ([]netip.Addr, error)

func (x *examination) url() *url.URL {
	u, err := url.Parse(x.base())
	if err != nil {
		return &url.URL{}
	}
	return u
}

// checkName resolves the host, unless that is a proxy's business.
func (x *examination) checkName(ctx context.Context) result {
	u := x.url()
	if proxy := x.transport.proxy(u); proxy != nil {
		return skip("left to the proxy " + proxy.Host)
	}
	if addr, err := netip.ParseAddr(u.Hostname()); err == nil {
		return pass(described(addr) + ", no name to resolve")
	}
	addrs, err := x.lookup(ctx, u.Hostname())
	if err != nil {
		if _, _, reached := x.reach(ctx); reached != nil {
			return fail(reached)
		}
		return warn("the look-up failed, yet the host is reached: "+oneLine(err.Error()), "")
	}
	var shown, plain []string
	for _, addr := range addrs {
		shown, plain = append(shown, described(addr.Unmap())), append(plain, addr.Unmap().String())
	}
	return pass(u.Hostname() + " is " + strings.Join(shown, ", ")).with(map[string]any{"host": u.Hostname(), "addresses": plain})
}

// described is an address and who can reach it: a resource with a private endpoint must resolve to a private one.
func described(a netip.Addr) string {
	kind := "public"
	switch {
	case a.IsLoopback():
		kind = "loopback"
	case a.IsPrivate():
		kind = "private"
	case a.IsLinkLocalUnicast():
		kind = "link-local"
	}
	return fmt.Sprintf("%s (%s)", a, kind)
}

// checkTLS connects. Nothing that identifies anybody is sent.
func (x *examination) checkTLS(ctx context.Context) result {
	state, seen, err := x.reach(ctx)
	switch {
	case err != nil:
		return fail(err)
	case x.url().Scheme == "http":
		return pass("none: plain http, which is for loopback only")
	case !seen || len(state.PeerCertificates) == 0:
		return skip("the host answers, but the transport does not tell how")
	}
	leaf := state.PeerCertificates[0]
	issuer := cmp.Or(leaf.Issuer.CommonName, strings.Join(leaf.Issuer.Organization, " "), "an unnamed issuer")
	expires := leaf.NotAfter.UTC()
	return pass(fmt.Sprintf("%s, certificate by %s until %s", tls.VersionName(state.Version), oneLine(issuer), expires.Format(time.DateOnly))).
		with(map[string]any{"version": tls.VersionName(state.Version), "issuer": oneLine(issuer), "expires": expires.Format(time.RFC3339)})
}

// reach asks the host for anything, as nobody, and tells how the connection was secured. Any answer will do.
func (x *examination) reach(ctx context.Context) (state tls.ConnectionState, seen bool, err error) {
	cfg := x.cfg
	cfg.APIKey, cfg.TokenProvider, cfg.TokenProviderID, cfg.Credential, cfg.Token = "nobody", nil, "", nil, ""
	cfg.Identity = azureadv1.Identity{}
	client, err := azureadv1.NewClient(cfg)
	if err != nil {
		return state, false, err
	}
	var shaken atomic.Pointer[tls.ConnectionState]
	ctx = httptrace.WithClientTrace(withCatcher(ctx, &catcher{}), &httptrace.ClientTrace{
		TLSHandshakeDone: func(s tls.ConnectionState, err error) {
			if err == nil {
				shaken.Store(&s)
			}
		},
	})
	res, err := get(ctx, client, "models")
	if err != nil {
		return state, false, err
	}
	defer func() { _ = res.Body.Close() }()
	switch at := shaken.Load(); {
	case at != nil:
		return *at, true, nil
	case res.TLS != nil: // a connection of an earlier target
		return *res.TLS, true, nil
	default:
		return state, false, nil
	}
}

// get asks for a list. An answer of 400 or above is an answer.
func get(ctx context.Context, client *azureadv1.Client, what string) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://client.invalid/openai/"+what, http.NoBody)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept", "application/json")
	return client.Do(req)
}
