package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"github.com/seed-a739af98/langchaingo-azure/azureadv1"
	"github.com/seed-a739af98/langchaingo-azure/azureadv1/azuretest"
)

// tape records what the picture of a run is drawn from.
type tape struct {
	mu    sync.Mutex
	calls []call
	lives []life
}

// call is one request on the wire.
type call struct {
	surface azureadv1.Surface
	path    string
	began   time.Time
	took    time.Duration
	status  int    // 0 when there was no answer
	token   string // its fingerprint; "" when a key carried the call
}

// life is one token's, from the moment a surface first had it.
type life struct {
	surface          azureadv1.Surface
	token            string
	fetched, expires time.Time // expires is zero for a token that does not say
}

// over returns a configuration whose calls and, where it has a credential of its own, token fetches are recorded.
func (t *tape) over(cfg azureadv1.Config) azureadv1.Config {
	surface, next := cfg.Explain().Surface, http.DefaultTransport
	if cfg.HTTPClient != nil && cfg.HTTPClient.Transport != nil {
		next = cfg.HTTPClient.Transport
	}
	cfg.HTTPClient = &http.Client{Transport: tapedTransport{t, surface, next}}
	if cfg.Credential != nil {
		cfg.Credential = tapedCredential{t, surface, cfg.Credential}
	}
	return cfg
}

// met notes a token the first time it is seen.
func (t *tape) met(l life) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, known := range t.lives {
		if known.token == l.token {
			return
		}
	}
	t.lives = append(t.lives, l)
}

type tapedTransport struct {
	tape    *tape
	surface azureadv1.Surface
	next    http.RoundTripper
}

// RoundTrip passes token requests on unseen; a credential may share the client.
func (t tapedTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	if !strings.Contains(req.URL.Path, "/openai/") {
		return t.next.RoundTrip(req)
	}
	token, _ := strings.CutPrefix(req.Header.Get("Authorization"), "Bearer ")
	c := call{surface: t.surface, path: req.URL.Path, token: azuretest.Fingerprint(token), began: time.Now()}
	if token != "" {
		t.tape.met(life{t.surface, c.token, c.began, expiry(token)})
	}
	res, err := t.next.RoundTrip(req)
	c.took = time.Since(c.began)
	if err == nil {
		c.status = res.StatusCode
	}
	t.tape.mu.Lock()
	defer t.tape.mu.Unlock()
	t.tape.calls = append(t.tape.calls, c)
	return res, err
}

type tapedCredential struct {
	tape    *tape
	surface azureadv1.Surface
	next    azcore.TokenCredential
}

// GetToken implements azcore.TokenCredential.
func (c tapedCredential) GetToken(ctx context.Context, o policy.TokenRequestOptions) (azcore.AccessToken, error) {
	token, err := c.next.GetToken(ctx, o)
	if err == nil {
		c.tape.met(life{c.surface, azuretest.Fingerprint(token.Token), time.Now(), token.ExpiresOn})
	}
	return token, err
}

// expiry reads the exp of a token that is a JWT; the token itself is kept nowhere.
func expiry(token string) time.Time {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return time.Time{}
	}
	var claims struct {
		Expires int64 `json:"exp"`
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil || json.Unmarshal(payload, &claims) != nil || claims.Expires == 0 {
		return time.Time{}
	}
	return time.Unix(claims.Expires, 0)
}

// picture is the file that a run is drawn into; nil when none was asked for.
type picture struct {
	tape tape
	file *os.File
}

// newPicture opens the file before the run, so that a wrong path costs no run, and records what happens on the stage.
func newPicture(path string, s *stage) (*picture, error) {
	if path == "" {
		return nil, nil
	}
	file, err := os.Create(path) //nolint:gosec // the path is the user's own, from the command line
	if err != nil {
		return nil, err
	}
	p := &picture{file: file}
	for i, cfg := range s.configs {
		s.configs[i] = p.tape.over(cfg)
	}
	return p, nil
}

// finish draws what happened, be it a whole run or an interrupted one.
func (p *picture) finish(out io.Writer) error {
	if p == nil {
		return nil
	}
	if err := errors.Join(draw(p.file, &p.tape), p.file.Close()); err != nil {
		return err
	}
	fmt.Fprintf(out, "drawn into %s\n", p.file.Name())
	return nil
}
