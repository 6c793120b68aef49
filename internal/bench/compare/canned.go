package main

import (
	"bytes"
	"io"
	"net/http"
)

// canned is a network that answers every request of a work with the same bytes.
type canned struct {
	plain, base64 []byte
	kind          string
}

func newCanned(w work, responses bool) *http.Client {
	c := &canned{plain: w.chat, base64: w.base64, kind: "application/json"}
	if responses {
		c.plain = w.responses
	}
	if w.stream {
		c.kind = "text/event-stream"
	}
	return &http.Client{Transport: c}
}

// RoundTrip implements http.RoundTripper.
func (c *canned) RoundTrip(req *http.Request) (*http.Response, error) {
	body := c.plain
	if c.base64 != nil {
		asked, err := io.ReadAll(req.Body)
		if err != nil {
			return nil, err
		}
		if bytes.Contains(asked, []byte(`"base64"`)) {
			body = c.base64
		}
	} else if _, err := io.Copy(io.Discard, req.Body); err != nil {
		return nil, err
	}
	_ = req.Body.Close()
	return &http.Response{
		Status: "200 OK", StatusCode: http.StatusOK, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{"Content-Type": {c.kind}}, Body: io.NopCloser(bytes.NewReader(body)),
		ContentLength: int64(len(body)), Request: req,
	}, nil
}
