package provider_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"io"
	"math/big"
	"net"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tmc/langchaingo/llms"

	"github.com/seed-a739af98/langchaingo-azure/azureadv1"
	"github.com/seed-a739af98/langchaingo-azure/azureadv1/azuretest"
)

// unreached is the ending of a call whose attempts never become a request.
func unreached(hint string) ending {
	return failed(llms.ErrCodeProviderUnavailable, 0, azureadv1.CodeUnreachable, hint).repeated()
}

// socketFaults need a kernel: its resets, its refusals and its names.
var socketFaults = []fault{
	{name: "no such host", place: leads(resolving(3)), want: unreached("name-resolution"), unreached: true},
	{name: "the resolver fails", place: leads(resolving(2)), want: unreached(""), unreached: true},
	{name: "connection refused", place: leads(refusing), want: unreached("refused-connection"), unreached: true},
	{name: "reset before the answer", place: onLoopback(func(c *caught) bool { c.reset(); return false }), want: unreachable3},
	{name: "reset in the middle of the body", place: onLoopback(func(c *caught) bool {
		c.say(c.head("Content-Length", "1000000") + c.part())
		time.Sleep(500 * time.Millisecond) // what is unread at the reset is lost
		c.reset()
		return false
	}), want: lost, streamed: lost.with("Hello ")},
	{name: "half-closed in the middle of the body", place: onLoopback(func(c *caught) bool {
		c.say(c.head("Content-Length", "1000000") + c.part())
		_ = c.Conn.(*net.TCPConn).CloseWrite()
		c.wait() // the other half stays open until the client ends it
		return false
	}), want: lost, streamed: lost.with("Hello ")},
	{name: "TLS: an authority nobody trusts", place: onTLS(untrustedCertificate), want: failed(llms.ErrCodeProviderUnavailable, 0, azureadv1.CodeUnreachable, "certificate"), unreached: true},
	{name: "TLS: another host's certificate", place: onTLS(othersCertificate), want: failed(llms.ErrCodeProviderUnavailable, 0, azureadv1.CodeUnreachable, "certificate"), unreached: true},
	{name: "TLS: a certificate that has expired", place: onTLS(expiredCertificate), want: failed(llms.ErrCodeProviderUnavailable, 0, azureadv1.CodeUnreachable, "certificate"), unreached: true},
	{name: "TLS: plain HTTP on the port", place: onTLS(plainSpoken), want: unreached(""), unreached: true},
	{name: "TLS: closed in the handshake", place: onTLS(hungUp), want: unreached(""), unreached: true},
}

// reset ends a connection with RST in place of FIN.
func (c *caught) reset() { _ = c.Conn.(*net.TCPConn).SetLinger(0) }

// loopback serves a front on a port of its own. Every connection goes through accept, which may end it.
func loopback(t *testing.T, f *front, accept func(net.Conn) net.Conn) string {
	t.Helper()
	var lc net.ListenConfig
	ln, err := lc.Listen(t.Context(), "tcp", "127.0.0.1:0")
	must(t, err)
	accepted := make(chan struct{})
	go func() {
		defer close(accepted)
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			if conn = accept(conn); conn != nil {
				f.serve(conn)
			}
		}
	}()
	t.Cleanup(func() {
		must(t, ln.Close())
		<-accepted
	})
	return ln.Addr().String()
}

func asIs(conn net.Conn) net.Conn { return conn }

// dialer reaches an address, whichever is asked for, and counts the connections.
func (f *front) dialer(address string) func(context.Context, string, string) (net.Conn, error) {
	return func(ctx context.Context, network, _ string) (net.Conn, error) {
		var d net.Dialer
		conn, err := d.DialContext(ctx, network, address)
		if err != nil {
			return nil, err
		}
		return f.count(conn), nil
	}
}

// onLoopback is a fault of the wire that a pipe cannot play.
func onLoopback(wire func(*caught) bool) func(*testing.T, *azuretest.Server) *place {
	return func(t *testing.T, s *azuretest.Server) *place {
		t.Helper()
		f := newFront(s.HTTPClient().Transport)
		address := loopback(t, f, asIs)
		return &place{
			front: f, endpoint: "http://" + address, transport: &http.Transport{DialContext: f.dialer(address)},
			begin: func(fault) { f.set(wire) }, lift: func() { f.set(nil) },
		}
	}
}

// leads is a fault on the way to the host: a dialler that fails until it is lifted.
func leads(astray func(*testing.T) func(context.Context, string, string) (net.Conn, error)) func(*testing.T, *azuretest.Server) *place {
	return func(t *testing.T, s *azuretest.Server) *place {
		t.Helper()
		f := newFront(s.HTTPClient().Transport)
		good, bad := f.dialer(loopback(t, f, asIs)), astray(t)
		var failing atomic.Bool
		return &place{
			// Plain HTTP is for loopback only; the name is resolved by the dialler.
			front: f, endpoint: "http://127.0.0.1",
			transport: &http.Transport{DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
				if failing.Load() {
					return bad(ctx, network, address)
				}
				return good(ctx, network, address)
			}},
			begin: func(fault) { failing.Store(true) }, lift: func() { failing.Store(false) },
		}
	}
}

// resolving looks a name up at a resolver that always gives this answer: 2 = it failed, 3 = no such name (RFC 1035, 4.1.1).
func resolving(code byte) func(*testing.T) func(context.Context, string, string) (net.Conn, error) {
	return func(t *testing.T) func(context.Context, string, string) (net.Conn, error) {
		t.Helper()
		var lc net.ListenConfig
		names, err := lc.ListenPacket(t.Context(), "udp", "127.0.0.1:0")
		must(t, err)
		served := make(chan struct{})
		go func() {
			defer close(served)
			for buf := make([]byte, 512); ; {
				n, from, err := names.ReadFrom(buf)
				if err != nil {
					return
				}
				buf[2] |= 0x80 // an answer
				buf[3] = 0x80 | code
				_, _ = names.WriteTo(buf[:n], from)
			}
		}()
		t.Cleanup(func() {
			must(t, names.Close())
			<-served
		})
		d := net.Dialer{Resolver: &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
			var d net.Dialer
			return d.DialContext(ctx, "udp", names.LocalAddr().String())
		}}}
		return func(ctx context.Context, network, _ string) (net.Conn, error) {
			return d.DialContext(ctx, network, "my-resource.openai.azure.com.:443")
		}
	}
}

// refusing reaches port 1, which nobody listens at, and which no listener of another call can be given, as it could a
// port that was free a moment ago.
func refusing(*testing.T) func(context.Context, string, string) (net.Conn, error) {
	return func(ctx context.Context, network, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, network, "127.0.0.1:1")
	}
}

// authority is who signs the certificates of these tests, one for all.
var authority = newCertificate(nil, "authority", time.Now().AddDate(1, 0, 0))

// The certificates that a client meets.
var (
	goodCertificate      = newCertificate(authority, "127.0.0.1", time.Now().AddDate(1, 0, 0))
	untrustedCertificate = shows(newCertificate(nil, "127.0.0.1", time.Now().AddDate(1, 0, 0)))
	othersCertificate    = shows(newCertificate(authority, "192.0.2.1", time.Now().AddDate(1, 0, 0)))
	expiredCertificate   = shows(newCertificate(authority, "127.0.0.1", time.Now().Add(-time.Hour)))
)

// newCertificate makes a certificate for an address, signed by another one or by itself.
func newCertificate(by *tls.Certificate, name string, until time.Time) *tls.Certificate {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name}, IPAddresses: []net.IP{net.ParseIP(name)},
		NotBefore: time.Now().AddDate(-1, 0, 0), NotAfter: until, IsCA: by == nil, BasicConstraintsValid: true,
	}
	if template.IPAddresses[0] == nil {
		template.IPAddresses = nil
	}
	parent, signer := template, any(key)
	if by != nil {
		parent, signer = by.Leaf, by.PrivateKey
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, signer)
	if err != nil {
		panic(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		panic(err)
	}
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}
}

// shows is a server with this certificate.
func shows(certificate *tls.Certificate) func(net.Conn) net.Conn {
	return func(conn net.Conn) net.Conn {
		return tls.Server(conn, &tls.Config{Certificates: []tls.Certificate{*certificate}, MinVersion: tls.VersionTLS12})
	}
}

// plainSpoken answers as web servers do who are asked for TLS on a port without it.
func plainSpoken(conn net.Conn) net.Conn {
	_, _ = io.ReadFull(conn, make([]byte, 5)) // the beginning of the greeting
	_, _ = io.WriteString(conn, "HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n")
	_ = conn.(*net.TCPConn).CloseWrite()
	_, _ = io.Copy(io.Discard, conn)
	_ = conn.Close()
	return nil
}

func hungUp(conn net.Conn) net.Conn {
	_, _ = io.ReadFull(conn, make([]byte, 5))
	_ = conn.Close()
	return nil
}

// onTLS is a server that fails at TLS until it is lifted.
func onTLS(bad func(net.Conn) net.Conn) func(*testing.T, *azuretest.Server) *place {
	return func(t *testing.T, s *azuretest.Server) *place {
		t.Helper()
		f := newFront(s.HTTPClient().Transport)
		var failing atomic.Bool
		address := loopback(t, f, func(conn net.Conn) net.Conn {
			if failing.Load() {
				return bad(conn)
			}
			return shows(goodCertificate)(conn)
		})
		roots := x509.NewCertPool()
		roots.AddCert(authority.Leaf)
		return &place{
			front: f, endpoint: "https://" + address,
			transport: &http.Transport{DialContext: f.dialer(address), TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}},
			begin:     func(fault) { failing.Store(true) }, lift: func() { failing.Store(false) },
		}
	}
}
