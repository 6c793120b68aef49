package azuretest

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Claims are what a token of the stand-in says; the zero value of a field means its default in [Server.IssueToken].
type Claims struct {
	// Audience is aud, for whom the token is. Default: the audience the resource expects.
	Audience string
	// TenantID is tid. Default: the resource's tenant.
	TenantID string
	// ClientID is appid, the app registration. Default: Options.ClientID.
	ClientID string
	// ObjectID is oid, the identity. Default: made from tenant and client, the same every time.
	ObjectID string
	// IssuedAt is iat and nbf, in whole seconds. Default: now.
	IssuedAt time.Time
	// Expires is exp, in whole seconds. Default: IssuedAt plus Options.TokenLifetime.
	Expires time.Time
}

// wireClaims is the payload of a token; names are those of Entra's version 1 access tokens.
type wireClaims struct {
	Audience  string `json:"aud"`
	Issuer    string `json:"iss"`
	IssuedAt  int64  `json:"iat"`
	NotBefore int64  `json:"nbf"`
	Expires   int64  `json:"exp"`
	AppID     string `json:"appid"`
	ObjectID  string `json:"oid"`
	Subject   string `json:"sub"`
	TenantID  string `json:"tid"`
	ID        string `json:"jti"`
	Serial    int64  `json:"azuretest_serial"`
	Version   string `json:"ver"`
}

var jwtHeader = base64.RawURLEncoding.EncodeToString([]byte(`{"typ":"JWT","alg":"HS256","kid":"azuretest"}`))

// IssueToken makes a token without asking the Entra side, for tests of tokens it would never issue: expired, for another audience, of another
// tenant. The Azure side checks it like any other. It is not counted as a token request.
func (s *Server) IssueToken(c Claims) string {
	setDefault(&c.Audience, s.opts.audience(false))
	setDefault(&c.TenantID, s.opts.TenantID)
	setDefault(&c.ClientID, s.opts.ClientID)
	setDefault(&c.ObjectID, objectID(c.TenantID, c.ClientID))
	if c.IssuedAt.IsZero() {
		c.IssuedAt = time.Now()
	}
	if c.Expires.IsZero() {
		// Rounded up, so that the token never dies before the lifetime its owner was told.
		c.Expires = c.IssuedAt.Add(s.opts.TokenLifetime + time.Second - time.Nanosecond)
	}
	s.mu.Lock()
	s.issued++
	serial := s.issued
	s.mu.Unlock()
	payload, err := json.Marshal(wireClaims{
		Audience:  c.Audience,
		Issuer:    "https://sts.windows.net/" + c.TenantID + "/",
		IssuedAt:  c.IssuedAt.Unix(),
		NotBefore: c.IssuedAt.Unix(),
		Expires:   c.Expires.Unix(),
		AppID:     c.ClientID,
		ObjectID:  c.ObjectID,
		Subject:   c.ObjectID,
		TenantID:  c.TenantID,
		ID:        fictionalID("token", fmt.Sprint(serial)),
		Serial:    serial,
		Version:   "1.0",
	})
	if err != nil {
		return "" // strings and numbers always marshal
	}
	unsigned := jwtHeader + "." + base64.RawURLEncoding.EncodeToString(payload)
	return unsigned + "." + base64.RawURLEncoding.EncodeToString(s.sign(unsigned))
}

// RevokeToken makes one token refused from now on, as if it had expired. A token this server did not issue is refused anyway.
func (s *Server) RevokeToken(token string) {
	c, err := s.open(token)
	if err != nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.revoked[c.Serial] = true
}

// RevokeAll makes every token issued so far refused from now on. Tokens issued afterwards are good.
func (s *Server) RevokeAll() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.revokedTo = s.issued
}

// Fingerprint is a short name for a token or key that tells two apart and gives neither away: the first 8 hexadecimal digits of its SHA-256.
// Empty gives empty.
func Fingerprint(secret string) string {
	if secret == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:4])
}

func (s *Server) sign(unsigned string) []byte {
	mac := hmac.New(sha256.New, s.signingKey)
	mac.Write([]byte(unsigned))
	return mac.Sum(nil)
}

var errNotIssuedHere = errors.New("not a token of this server")

// open checks that this server made the token and reads it; whether it is still good is not asked.
func (s *Server) open(token string) (wireClaims, error) {
	i := strings.LastIndexByte(token, '.')
	if i < 0 {
		return wireClaims{}, errNotIssuedHere
	}
	signature, err := base64.RawURLEncoding.DecodeString(token[i+1:])
	if err != nil || !hmac.Equal(signature, s.sign(token[:i])) {
		return wireClaims{}, errNotIssuedHere
	}
	return readClaims(token)
}

// readClaims reads a token's payload without asking who signed it.
func readClaims(token string) (wireClaims, error) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return wireClaims{}, errNotIssuedHere
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return wireClaims{}, errNotIssuedHere
	}
	var c wireClaims
	if err := json.Unmarshal(payload, &c); err != nil {
		return wireClaims{}, errNotIssuedHere
	}
	return c, nil
}

// assertionExpiry reads the exp of somebody else's token, whose other claims may have any shape.
func assertionExpiry(token string) (time.Time, bool) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return time.Time{}, false
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return time.Time{}, false
	}
	var claims struct {
		Expires float64 `json:"exp"`
	}
	if err := json.Unmarshal(payload, &claims); err != nil {
		return time.Time{}, false
	}
	return time.Unix(int64(claims.Expires), 0), true
}

// judgeToken says why the Azure side refuses a token, or "".
func (s *Server) judgeToken(token, audience string) (wireClaims, string) {
	c, err := s.open(token)
	if err != nil {
		return c, err.Error()
	}
	s.mu.Lock()
	revoked := c.Serial <= s.revokedTo || s.revoked[c.Serial]
	s.mu.Unlock()
	now := time.Now()
	switch exp := time.Unix(c.Expires, 0); {
	case !now.Before(exp):
		return c, fmt.Sprintf("token expired %v ago", now.Sub(exp).Round(time.Millisecond))
	case now.Before(time.Unix(c.NotBefore, 0)):
		return c, "token is not valid yet"
	case revoked:
		return c, "token is revoked"
	case c.Audience != audience:
		return c, fmt.Sprintf("token is for audience %q, not %q", c.Audience, audience)
	}
	return c, ""
}

func objectID(tenant, client string) string { return fictionalID("oid", tenant, client) }

// fictionalID makes a GUID-like name that is the same every time for the same parts.
func fictionalID(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	h := hex.EncodeToString(sum[:16])
	return strings.Join([]string{h[:8], h[8:12], "4" + h[13:16], "8" + h[17:20], h[20:]}, "-")
}
