package azureadv1

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/openai/openai-go/v3/option"
)

// sender sends the requests of Post and Do, which follow no redirect: what an http.Client adds to its transport beyond
// that (a copy of every header for the next hop, cookies, a clock on the whole call) is of no use then. Where the
// program's own client has cookies or a clock, it is asked itself.
func (c Config) sender() option.HTTPClient {
	hc := c.httpClient()
	switch {
	case hc.Jar != nil || hc.Timeout != 0:
		return hc
	case hc.Transport == nil:
		return sender{http.DefaultTransport}
	default:
		return sender{hc.Transport}
	}
}

// sender is a transport whose failures read as http.Client's do.
type sender struct{ transport http.RoundTripper }

// Do makes one request and follows nothing.
func (s sender) Do(req *http.Request) (*http.Response, error) {
	res, err := s.transport.RoundTrip(req)
	if err == nil {
		err = s.complete(req, res)
	}
	if err == nil {
		return res, nil
	}
	if plain, ok := errors.AsType[tls.RecordHeaderError](err); ok && string(plain.RecordHeader[:]) == "HTTP/" {
		err = http.ErrSchemeMismatch
	}
	return nil, &url.Error{Op: req.Method[:1] + strings.ToLower(req.Method[1:]), URL: req.URL.String(), Err: err}
}

// complete makes up for a transport of the program's own that leaves out what net/http promises.
func (s sender) complete(req *http.Request, res *http.Response) error {
	switch {
	case res == nil:
		return fmt.Errorf("the transport (%T) returned neither an answer nor an error", s.transport)
	case res.Body != nil:
		return nil
	case res.ContentLength > 0 && req.Method != http.MethodHead:
		return fmt.Errorf("the transport (%T) returned an answer of %d bytes without a body", s.transport, res.ContentLength)
	}
	res.Body = http.NoBody
	return nil
}
