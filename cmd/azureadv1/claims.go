package main

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"time"
)

// claims are what a token says of itself, unverified; the service verifies. The token itself is shown nowhere.
type claims struct {
	Audience, Tenant, Object, App string
	Roles                         []string
	Expires                       time.Time
}

// readClaims reads the payload of a JWT (RFC 7519); ok is false for a token that is none.
func readClaims(token string) (c claims, ok bool) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return claims{}, false
	}
	payload, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(parts[1], "="))
	if err != nil {
		return claims{}, false
	}
	var raw struct {
		Audience any      `json:"aud"`
		Tenant   string   `json:"tid"`
		Object   string   `json:"oid"`
		AppID    string   `json:"appid"`
		Party    string   `json:"azp"` // appid's name in tokens of version 2
		Roles    []string `json:"roles"`
		Scopes   string   `json:"scp"`
		Expires  float64  `json:"exp"`
	}
	if json.Unmarshal(payload, &raw) != nil {
		return claims{}, false
	}
	c = claims{Audience: audience(raw.Audience), Tenant: oneLine(raw.Tenant), Object: oneLine(raw.Object), App: oneLine(raw.AppID + raw.Party)}
	for _, role := range append(raw.Roles, strings.Fields(raw.Scopes)...) {
		c.Roles = append(c.Roles, oneLine(role))
	}
	if raw.Expires > 0 && raw.Expires < 1<<40 {
		c.Expires = time.Unix(int64(raw.Expires), 0).UTC()
	}
	return c, true
}

func audience(v any) string {
	switch v := v.(type) {
	case string:
		return oneLine(v)
	case []any:
		var all []string
		for _, one := range v {
			if s, ok := one.(string); ok {
				all = append(all, oneLine(s))
			}
		}
		return strings.Join(all, " ")
	default:
		return ""
	}
}
