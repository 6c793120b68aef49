package azuretest

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"sync"
	"time"
)

// Start serves on a free loopback port with TLS under a certificate of its own, which [Server.HTTPClient] trusts. That client also answers the
// IMDS address 169.254.169.254 from this server, so that managed identity credentials need no variables. An error means that no port or
// certificate could be had. Close it.
func Start(opts Options) (*Server, error) {
	cert, err := selfSigned()
	if err != nil {
		return nil, fmt.Errorf("azuretest: making a certificate: %w", err)
	}
	var lc net.ListenConfig
	ln, err := lc.Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("azuretest: listening on loopback: %w", err)
	}
	s := newServer(opts)
	s.endpoint = "https://" + ln.Addr().String()
	s.authority = s.endpoint + "/"

	roots := x509.NewCertPool()
	roots.AddCert(cert.Leaf)
	transport := &http.Transport{
		TLSClientConfig:     &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
		MaxIdleConnsPerHost: 64,
		IdleConnTimeout:     time.Minute,
	}
	mem := &memory{server: s}
	transport.RegisterProtocol("http", imdsOnly{mem})
	s.client = &http.Client{Transport: transport}

	srv := &http.Server{
		Handler:           http.HandlerFunc(s.serve),
		ReadHeaderTimeout: 10 * time.Second,
		TLSConfig:         &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12},
		ErrorLog:          log.New(io.Discard, "", 0), // clients that refuse the certificate are a test's business
		ConnState: func(_ net.Conn, state http.ConnState) {
			if state == http.StateNew {
				s.count(func(st *Stats) { st.Connections++ })
			}
		},
	}
	served := make(chan struct{})
	go func() {
		defer close(served)
		_ = srv.ServeTLS(ln, "", "") // always ends with ErrServerClosed, by shutdown
	}()
	s.shutdown = sync.OnceValue(func() error {
		err := srv.Close()
		<-served
		mem.close()
		transport.CloseIdleConnections()
		if errors.Is(err, net.ErrClosed) {
			return nil
		}
		return err
	})
	return s, nil
}

// imdsOnly answers plain-http requests for the managed identity address and leaves all others to the network.
type imdsOnly struct{ mem *memory }

func (i imdsOnly) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Host != imdsHost {
		return nil, http.ErrSkipAltProtocol
	}
	return i.mem.RoundTrip(r)
}

func selfSigned() (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	template := &x509.Certificate{
		SerialNumber:          big.NewInt(time.Now().UnixNano()),
		Subject:               pkix.Name{Organization: []string{"azuretest"}},
		NotBefore:             time.Now().Add(-time.Hour),
		NotAfter:              time.Now().AddDate(10, 0, 0),
		KeyUsage:              x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true,
		IsCA:                  true,
		DNSNames:              []string{"localhost"},
		IPAddresses:           []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback},
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
