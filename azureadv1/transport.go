package azureadv1

import (
	"net"
	"net/http"
	"sync"
	"time"
)

// transports maps a connect timeout to the transport that clients without an HTTPClient of their own share.
var transports sync.Map // time.Duration -> *http.Transport

const (
	// An HTTP/2 connection that has been silent for pingAfter is asked for a sign of life, and dropped when none comes
	// within pingWait. Every call of the process is on it: without the question all of them would wait for
	// FirstByteTimeout when a balancer has forgotten the connection, and so would those that come after.
	pingAfter = 15 * time.Second
	pingWait  = 15 * time.Second
	// maxHeader bounds an answer's header; Azure's are some kilobytes, and net/http's own bound is 10 MiB.
	maxHeader = 1 << 20
)

// sharedTransport is the transport of all clients with the same connect timeout.
func sharedTransport(connect time.Duration) *http.Transport {
	if t, ok := transports.Load(connect); ok {
		return t.(*http.Transport)
	}
	t, _ := transports.LoadOrStore(connect, newTransport(connect))
	return t.(*http.Transport)
}

// newTransport is tuned for many calls to one host. Proxies come from the environment.
//
// On HTTP/1.1 net/http keeps 2 idle connections a host by default, which at 64 goroutines means a TLS handshake for
// nearly every call; here they are 256.
//
// HTTP/2 is offered, and the server chooses. It costs some throughput, and one lost segment holds up every stream of the
// connection instead of one, by some 200 ms; both are small beside the seconds a model takes. What it saves is what runs
// out first in Azure: connections. A hundred streams share one where HTTP/1.1 needs a hundred, outbound ports (SNAT)
// are counted by connection, and an abandoned stream is reset where HTTP/1.1 must close. Beyond the server's limit on
// streams net/http opens another connection. docs/performance.md has the figures; a program with other needs brings a
// Config.HTTPClient.
func newTransport(connect time.Duration) *http.Transport {
	dialer := &net.Dialer{Timeout: connect, KeepAlive: 30 * time.Second}
	return &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           dialer.DialContext,
		TLSHandshakeTimeout:   connect,
		ForceAttemptHTTP2:     true,
		HTTP2:                 &http.HTTP2Config{SendPingTimeout: pingAfter, PingTimeout: pingWait},
		MaxIdleConns:          1024,
		MaxIdleConnsPerHost:   256,
		IdleConnTimeout:       90 * time.Second,
		ExpectContinueTimeout: time.Second,

		MaxResponseHeaderBytes: maxHeader,
	}
}

// httpClient is a copy that follows no redirect: Azure answers no API call with one, and a followed one would take the
// credential along, or take a sign-in page for success.
func (c Config) httpClient() *http.Client {
	var hc http.Client
	if c.HTTPClient != nil {
		hc = *c.HTTPClient
	} else {
		hc.Transport = sharedTransport(limit(c.ConnectTimeout, defaultConnectTimeout))
	}
	hc.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &hc
}
