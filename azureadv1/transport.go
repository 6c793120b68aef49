package azureadv1

import (
	"net"
	"net/http"
	"sync"
	"time"
)

// transports maps a connect timeout to the transport that clients without an HTTPClient of their own share.
var transports sync.Map // time.Duration -> *http.Transport

// sharedTransport is tuned for many calls to one host. net/http keeps 2 idle connections a host by default, which at 64
// goroutines means a TLS handshake for nearly every call. HTTP/2 is offered, proxies come from the environment.
func sharedTransport(connect time.Duration) *http.Transport {
	if t, ok := transports.Load(connect); ok {
		return t.(*http.Transport)
	}
	dialer := &net.Dialer{Timeout: connect, KeepAlive: 30 * time.Second}
	t, _ := transports.LoadOrStore(connect, &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           dialer.DialContext,
		TLSHandshakeTimeout:   connect,
		ForceAttemptHTTP2:     true,
		MaxIdleConns:          1024,
		MaxIdleConnsPerHost:   256,
		IdleConnTimeout:       90 * time.Second,
		ExpectContinueTimeout: time.Second,
	})
	return t.(*http.Transport)
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
