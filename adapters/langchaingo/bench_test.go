package langchaingo_test

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/tmc/langchaingo/llms"

	"github.com/seed-a739af98/langchaingo-azure/adapters/langchaingo"
	"github.com/seed-a739af98/langchaingo-azure/azureadv1"
	"github.com/seed-a739af98/langchaingo-azure/azureadv1/azuretest"
)

// canned answers every request with what the first one was answered.
type canned struct {
	first http.RoundTripper
	res   *http.Response
	body  []byte
}

// RoundTrip implements http.RoundTripper.
func (c *canned) RoundTrip(req *http.Request) (*http.Response, error) {
	if c.res == nil {
		res, err := c.first.RoundTrip(req)
		if err != nil {
			return nil, err
		}
		if c.body, err = io.ReadAll(res.Body); err != nil {
			return nil, err
		}
		_ = res.Body.Close()
		c.res = res
	}
	_, _ = io.Copy(io.Discard, req.Body)
	_ = req.Body.Close()
	out := *c.res
	out.Request, out.Body = req, io.NopCloser(bytes.NewReader(c.body))
	return &out, nil
}

// BenchmarkAnswers reads the same answer, as the stand-in writes it, by both APIs: plain and streamed, with all that a
// call costs on this side of the network.
func BenchmarkAnswers(b *testing.B) {
	text := azuretest.Text(strings.Repeat("The quick brown fox jumps over it. ", 140))
	tools := llms.WithTools([]llms.Tool{adder})
	for _, stream := range []bool{false, true} {
		for api, options := range map[string][]langchaingo.Option{"chat": nil, "Responses": {langchaingo.WithResponsesAPI()}} {
			name := api + ", plain"
			call := []llms.CallOption{tools}
			if stream {
				name = api + ", streamed"
				call = append(call, llms.WithStreamingFunc(ignore))
			}
			b.Run(name, func(b *testing.B) {
				s := azuretest.New(azuretest.Options{Deployments: deployments})
				defer func() { _ = s.Close() }()
				s.Enqueue(text)
				m, err := langchaingo.New(azureadv1.Config{
					Endpoint: s.Endpoint(), Deployment: "chat", APIKey: azuretest.DefaultAPIKey, MaxRetries: -1,
					HTTPClient: &http.Client{Transport: &canned{first: s.HTTPClient().Transport}},
				}, options...)
				if err != nil {
					b.Fatal(err)
				}
				b.ReportAllocs()
				for b.Loop() {
					if _, err := m.GenerateContent(b.Context(), question, call...); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
