package main

import (
	"context"
	"strings"
	"time"
)

// checkToken gets the credential's answer and reads what it says of itself. It is taken off a call that is not sent.
func (x *examination) checkToken(ctx context.Context) result {
	held := &catcher{hold: true}
	by, err := x.chain.during(x.explained.Credential, func() error {
		res, err := get(withCatcher(ctx, held), x.client, "models")
		if err != nil {
			return err
		}
		return res.Body.Close()
	})
	if err != nil {
		return fail(err)
	}
	token, key := held.caught()
	if key {
		return pass("none: a key is sent, which names nobody and does not expire")
	}
	c, ok := readClaims(token)
	if !ok {
		return warn("the credential answers, but with no JWT: what it says cannot be shown", "Check that it is an access token, and not a key or a code.")
	}
	facts := map[string]any{
		"object_id": c.Object, "app_id": c.App, "tenant_id": c.Tenant, "audience": c.Audience, "roles": c.Roles, "expires": "", "answered_by": by,
	}
	detail := "object " + orNone(c.Object) + ", app " + orNone(c.App) + ", tenant " + orNone(c.Tenant) + ", audience " + orNone(c.Audience) +
		", roles " + orNone(strings.Join(c.Roles, " "))
	if by != "" {
		detail = by + " answers: " + detail
	}
	if c.Expires.IsZero() {
		return pass(detail + ", no expiry").with(facts)
	}
	facts["expires"] = c.Expires.Format(time.RFC3339)
	left := time.Until(c.Expires).Round(time.Second)
	if left <= 0 {
		return warn(detail+", expired "+(-left).String()+" ago", "A credential or a provider that refreshes will serve longer than a fixed token.").with(facts)
	}
	return pass(detail + ", expires in " + left.String()).with(facts)
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}
