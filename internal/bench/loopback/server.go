// Package loopback is a TLS server with canned Azure answers on a port of this
// machine, and the clients that are measured on it, each with the transport it
// brings along.
//
// It checks nothing: azureadv1/azuretest does that, and would be most of what is
// measured.
package loopback

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Options are what a Server speaks and says.
type Options struct {
	// HTTP2 offers HTTP/2 beside HTTP/1.1. False = HTTP/1.1 alone.
	HTTP2 bool
	// MaxStreams is the server's limit on streams of one HTTP/2 connection. 0 = 100.
	MaxStreams int
	// Stream answers a request for a stream, after the status is written.
	// Nil = Chunks(20), at once.
	Stream func(w *Events, r *http.Request)
	// Delay passes before each whole answer. 0 = none.
	Delay time.Duration
}

// Server is one port with one set of answers. Safe for concurrent use.
type Server struct {
	// URL is the origin, https and no path.
	URL string

	connections atomic.Int64
	http        http.Server
	served      chan struct{}
}

// Start serves until Close. Clients trust it after Trust.
func Start(o Options) (*Server, error) {
	certificate, err := identity()
	if err != nil {
		return nil, err
	}
	var lc net.ListenConfig
	ln, err := lc.Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listening on loopback: %w", err)
	}
	if o.Stream == nil {
		o.Stream = func(w *Events, _ *http.Request) { w.Chunks(20) }
	}
	if o.MaxStreams == 0 {
		o.MaxStreams = 100
	}
	s := &Server{URL: "https://" + ln.Addr().String(), served: make(chan struct{})}
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	protocols.SetHTTP2(o.HTTP2)
	s.http = http.Server{ //nolint:gosec // no limit on headers: its deadline on each request would be measured with the clients
		Handler:   handler(o),
		TLSConfig: &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12},
		Protocols: protocols,
		HTTP2:     &http.HTTP2Config{MaxConcurrentStreams: o.MaxStreams},
		ErrorLog:  log.New(io.Discard, "", 0), // handshakes that a client leaves are what is counted, not news
		ConnState: func(_ net.Conn, state http.ConnState) {
			if state == http.StateNew {
				s.connections.Add(1)
			}
		},
	}
	go func() {
		defer close(s.served)
		_ = s.http.ServeTLS(ln, "", "") // always ends with ErrServerClosed, by Close
	}()
	return s, nil
}

// Connections is how many TCP connections were accepted so far, each with a TLS
// handshake.
func (s *Server) Connections() int { return int(s.connections.Load()) }

// Addr is the host and port.
func (s *Server) Addr() string { return strings.TrimPrefix(s.URL, "https://") }

// Close drops every connection and waits for the listener.
func (s *Server) Close() error {
	err := s.http.Close()
	<-s.served
	return err
}

var (
	bodies       = sync.Pool{New: func() any { return new(bytes.Buffer) }}
	streamWanted = []byte(`"stream":true`)
)

// handler answers chat completions at whatever path ends in them.
func handler(o Options) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body := bodies.Get().(*bytes.Buffer) //nolint:forcetypeassert // the pool holds nothing else
		defer bodies.Put(body)
		body.Reset()
		if _, err := body.ReadFrom(r.Body); err != nil {
			return
		}
		responses := strings.HasSuffix(r.URL.Path, "/responses")
		if !responses && !strings.HasSuffix(r.URL.Path, "/chat/completions") {
			http.NotFound(w, r)
			return
		}
		if bytes.Contains(body.Bytes(), streamWanted) {
			w.Header().Set("Content-Type", "text/event-stream; charset=utf-8")
			w.WriteHeader(http.StatusOK)
			o.Stream(&Events{w: w, responses: responses}, r)
			return
		}
		time.Sleep(o.Delay)
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, Answer) // a client that has left needs none
	})
}

var (
	once        sync.Once
	trusted     tls.Certificate
	errIdentity error
)

// identity is this process's certificate, the same for every server.
func identity() (tls.Certificate, error) {
	once.Do(func() { trusted, errIdentity = selfSigned() })
	return trusted, errIdentity
}

// Trust makes every client of this process that asks the system's roots trust
// the servers instead, the default transports included. It takes effect only
// under GODEBUG=x509usefallbackroots=1, which a main package says in a go:debug
// line. Call it once, before the first TLS connection.
func Trust() error {
	certificate, err := identity()
	if err != nil {
		return err
	}
	roots := x509.NewCertPool()
	roots.AddCert(certificate.Leaf)
	x509.SetFallbackRoots(roots)
	return nil
}

// selfSigned has an RSA key of 2,048 bits, as Azure's front ends do: a handshake
// costs what it costs there.
func selfSigned() (tls.Certificate, error) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return tls.Certificate{}, err
	}
	template := &x509.Certificate{
		SerialNumber:          big.NewInt(1),
		NotBefore:             time.Now().Add(-time.Hour),
		NotAfter:              time.Now().Add(24 * time.Hour),
		KeyUsage:              x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true,
		IsCA:                  true,
		IPAddresses:           []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return tls.Certificate{}, err
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		return tls.Certificate{}, err
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}, nil
}
