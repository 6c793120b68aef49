package azureadv1

import (
	"context"
	"crypto/tls"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func TestTheCallersHTTPClientReplacesOursWhole(t *testing.T) {
	if a, b := (Config{}).httpClient(), (Config{}).httpClient(); a.Transport == nil || a.Transport != b.Transport {
		t.Error("clients without an HTTPClient share one transport")
	}
	own := &http.Transport{MaxIdleConnsPerHost: 1}
	jar := http.CookieJar(nil)
	got := Config{HTTPClient: &http.Client{Transport: own, Timeout: time.Hour, Jar: jar}, ConnectTimeout: time.Second}.httpClient()
	if got.Transport != http.RoundTripper(own) || got.Timeout != time.Hour || got.Jar != jar {
		t.Errorf("of the caller's client came %+v", got)
	}
	if own.HTTP2 != nil || own.TLSHandshakeTimeout != 0 {
		t.Error("the caller's transport was tuned")
	}
	if got := (Config{HTTPClient: &http.Client{}}).httpClient(); got.Transport != nil {
		t.Error("a client without a transport of its own means net/http's, not ours")
	}
}

// TestADeadConnectionIsFoundAndReplaced: a balancer forgets an HTTP/2 connection without a word, as Azure's do after some
// minutes. The call on it, and with it all others, must not wait for FirstByteTimeout.
func TestADeadConnectionIsFoundAndReplaced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newPipeNet(t)
		defer n.close()
		client, err := NewClient(Config{Endpoint: "https://gateway.example.com", Deployment: "chat", APIKey: "key", HTTPClient: &http.Client{Transport: n.transport}})
		if err != nil {
			t.Fatal(err)
		}
		post := func() time.Duration {
			began := time.Now()
			res, err := client.Post(t.Context(), OpChat, "", []byte(`{}`))
			if err != nil {
				t.Fatal(err)
			}
			_, _ = io.Copy(io.Discard, res.Body)
			_ = res.Body.Close()
			if res.ProtoMajor != 2 {
				t.Errorf("answered over %s", res.Proto)
			}
			return time.Since(began)
		}
		post()
		n.first.dead.Store(true)
		if took := post(); took < pingAfter || took > pingAfter+pingWait+10*time.Second {
			t.Errorf("the call took %v, want pings to have found the dead connection", took)
		}
		if got := n.dials.Load(); got != 2 {
			t.Errorf("%d connections, want a second one", got)
		}
	})
}

// pipeNet is a network in memory with an HTTP/2 server on it, fit for virtual time.
type pipeNet struct {
	transport *http.Transport
	server    *http.Server
	conns     chan net.Conn
	closed    chan struct{}
	end       sync.Once
	first     *mortal
	dials     atomic.Int64
}

func newPipeNet(t *testing.T) *pipeNet {
	t.Helper()
	n := &pipeNet{transport: newTransport(time.Minute), conns: make(chan net.Conn), closed: make(chan struct{})}
	n.transport.Proxy = nil
	n.transport.DialContext = n.dial
	n.transport.TLSClientConfig = &tls.Config{InsecureSkipVerify: true} //nolint:gosec // the other end of a pipe
	n.server = &http.Server{
		Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, `{}`)
		}),
		TLSConfig: certificateOf(t), ReadHeaderTimeout: time.Minute, ErrorLog: log.New(io.Discard, "", 0),
	}
	go func() { _ = n.server.ServeTLS(n, "", "") }()
	return n
}

// certificateOf borrows the certificate of net/http's own test server.
func certificateOf(t *testing.T) *tls.Config {
	t.Helper()
	s := httptest.NewUnstartedServer(nil)
	s.StartTLS()
	defer s.Close()
	return &tls.Config{Certificates: s.TLS.Certificates, MinVersion: tls.VersionTLS12}
}

func (n *pipeNet) dial(context.Context, string, string) (net.Conn, error) {
	near, far := net.Pipe()
	n.conns <- far
	m := &mortal{Conn: near, closed: make(chan struct{})}
	if n.dials.Add(1) == 1 {
		n.first = m
	}
	return m, nil
}

// Accept, Close and Addr make it a net.Listener.
func (n *pipeNet) Accept() (net.Conn, error) {
	select {
	case c := <-n.conns:
		return c, nil
	case <-n.closed:
		return nil, net.ErrClosed
	}
}

func (n *pipeNet) Close() error {
	n.end.Do(func() { close(n.closed) })
	return nil
}

func (n *pipeNet) Addr() net.Addr { return &net.TCPAddr{} }

func (n *pipeNet) close() {
	n.transport.CloseIdleConnections()
	_ = n.server.Close()
	_ = n.Close()
}

// mortal is a connection that may die without a word: what is written is lost, and nothing more comes.
type mortal struct {
	net.Conn
	dead   atomic.Bool
	closed chan struct{}
	ended  atomic.Bool
}

func (m *mortal) Write(p []byte) (int, error) {
	if m.dead.Load() {
		return len(p), nil
	}
	return m.Conn.Write(p)
}

func (m *mortal) Read(p []byte) (int, error) {
	n, err := m.Conn.Read(p)
	if m.dead.Load() {
		<-m.closed
		return 0, net.ErrClosed
	}
	return n, err
}

func (m *mortal) Close() error {
	if m.ended.CompareAndSwap(false, true) {
		close(m.closed)
	}
	return m.Conn.Close()
}
