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
	texts         int                  // of the work; libraries send them in several requests when there are many
	batches       map[int]work         // answers to fewer
	batch         func(texts int) work // makes one
}

func newCanned(w work, responses bool) *http.Client {
	c := &canned{plain: w.chat, base64: w.base64, kind: "application/json", texts: len(w.texts), batches: map[int]work{}}
	if w.texts != nil {
		c.batch = func(texts int) work { return embeddings(texts, len(w.want.Vectors[0])) }
	}
	if responses {
		c.plain = w.responses
	}
	if w.stream {
		c.kind = "text/event-stream"
	}
	return &http.Client{Transport: c}
}

// embedded answers as many texts as were sent, in the form that was asked for.
func (c *canned) embedded(asked []byte) []byte {
	n := bytes.Count(asked, []byte(`"text `))
	plain, packed := c.plain, c.base64
	if n != c.texts {
		if _, ok := c.batches[n]; !ok {
			c.batches[n] = c.batch(n)
		}
		plain, packed = c.batches[n].chat, c.batches[n].base64
	}
	if bytes.Contains(asked, []byte(`"base64"`)) {
		return packed
	}
	return plain
}

// RoundTrip implements http.RoundTripper.
func (c *canned) RoundTrip(req *http.Request) (*http.Response, error) {
	body := c.plain
	if c.base64 != nil {
		asked, err := io.ReadAll(req.Body)
		if err != nil {
			return nil, err
		}
		body = c.embedded(asked)
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
