package azureadv1

import (
	"bytes"
	"io"
	"net/http"
	"net/url"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
)

// identityTransport is the way to an identity provider. azidentity's errors quote the whole answer, so what an answer
// echoes of the request's secrets is taken out before azidentity sees it.
type identityTransport struct{ next policy.Transporter }

// Do implements policy.Transporter.
func (t identityTransport) Do(req *http.Request) (*http.Response, error) {
	req, form, err := readForm(req)
	if err != nil {
		return nil, err
	}
	res, err := t.next.Do(req)
	if err != nil {
		return res, err
	}
	if res.StatusCode < 400 {
		res.Body = &boundedBody{ReadCloser: res.Body, left: maxTokenAnswer}
		return res, nil
	}
	body, err := io.ReadAll(io.LimitReader(res.Body, maxErrorBody))
	_ = res.Body.Close()
	if err != nil {
		return nil, err
	}
	body = []byte(scrub(string(body), secretsOf(req.Header, formSecrets(form))))
	res.Body, res.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	res.Header.Del("Content-Length")
	return res, nil
}

// maxTokenAnswer bounds an identity provider's good answer, in bytes, since azidentity reads what comes to its end. Entra's are
// a few kilobytes.
const maxTokenAnswer = 1 << 20

// tokenAnswerError is an answer past maxTokenAnswer.
type tokenAnswerError struct{}

func (tokenAnswerError) Error() string {
	return "azureadv1: the identity provider's answer is larger than 1 MiB"
}

// NonRetriable tells azcore that another attempt would read as much again.
func (tokenAnswerError) NonRetriable() {}

// boundedBody fails behind its last allowed byte.
type boundedBody struct {
	io.ReadCloser

	left int // -1 once it has failed
}

// Read implements io.Reader.
func (b *boundedBody) Read(p []byte) (int, error) {
	if b.left < 0 {
		return 0, tokenAnswerError{}
	}
	n, err := b.ReadCloser.Read(p[:min(len(p), b.left+1)]) // one more, to tell the end from the limit
	if b.left -= n; b.left < 0 {
		return 0, tokenAnswerError{}
	}
	return n, err
}

// readForm is the request with a body of its own: azcore's would be read twice at one time, when an answer comes early.
func readForm(req *http.Request) (*http.Request, []byte, error) {
	if req.Body == nil || req.Body == http.NoBody {
		return req, nil, nil
	}
	form, err := io.ReadAll(req.Body)
	_ = req.Body.Close()
	if err != nil {
		return nil, nil, err
	}
	again := func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(form)), nil }
	own := req.WithContext(req.Context())
	own.GetBody = again
	own.Body, err = again()
	return own, form, err
}

// secretFields are the fields of a token request that hold secrets (RFC 6749, 4.3.2 and 6; RFC 7521, 4; RFC 8628, 3.4).
var secretFields = []string{"client_secret", "client_assertion", "assertion", "password", "refresh_token", "code", "device_code"}

func formSecrets(body []byte) []string {
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return nil
	}
	var secrets []string
	for _, field := range secretFields {
		secrets = append(secrets, form[field]...)
	}
	return secrets
}

// withoutRedirects keeps secrets and assertions from following a 307: no token endpoint answers with a redirect. Without a
// client of the caller's it is one on the transport that all clients share, since azcore's own follows them.
func withoutRedirects(transport policy.Transporter) policy.Transporter {
	var pinned http.Client
	switch client, ok := transport.(*http.Client); {
	case ok && client != nil:
		pinned = *client
	case transport == nil || ok:
		pinned.Transport = sharedTransport(defaultConnectTimeout)
	default:
		return transport
	}
	pinned.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &pinned
}
