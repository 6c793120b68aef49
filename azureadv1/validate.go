package azureadv1

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
)

// Validate reports everything that is wrong with the configuration, offline: each line names the field, its value
// (never a secret) and the way out. A nil error means that NewClient succeeds, short of files that cannot be read and of
// the kinds that find their fields in variables (environment, workload_identity), which may be missing.
func (c Config) Validate() error {
	_, err := c.check()
	return err
}

// check is Validate with what it has settled.
func (c Config) check() (target, error) {
	t, err := c.target()
	errs := []error{err}
	errs = append(errs, c.checkKey(), c.checkFixedToken(), c.checkCredential(), c.checkHeader(), c.checkLimits())
	if id := c.declared(); id != (Identity{}) {
		errs = append(errs, id.validate())
	}
	return t, errors.Join(errs...)
}

var looksLikeKey = regexp.MustCompile(`^([0-9a-f]{32}|[A-Za-z0-9]{84})$`)

func (c Config) checkKey() error {
	if c.APIKey == "" {
		return nil
	}
	switch {
	case strings.TrimSpace(c.APIKey) == "":
		return errors.New("azureadv1: APIKey is blank: give the key, or leave it empty to use another credential")
	case c.APIKey == redacted:
		return redactedError("APIKey")
	case strings.HasPrefix(c.APIKey, "eyJ"):
		return errors.New("azureadv1: APIKey looks like an Entra token: give it as Token, or better a TokenProvider or Credential, which refresh")
	case hasBearer(c.APIKey):
		return errors.New(`azureadv1: APIKey begins with "Bearer ": give the key alone, or a token as Token`)
	case !isHeaderSafe(c.APIKey):
		return errors.New("azureadv1: APIKey holds a space, a line break or another character that no key has: trim it")
	}
	return nil
}

func (c Config) checkFixedToken() error {
	if !c.hasFixedToken() {
		return nil
	}
	switch {
	case strings.TrimSpace(c.Token) == "":
		return errors.New("azureadv1: Token is blank: give the token, or leave it empty to use another credential")
	case c.Token == redacted:
		return redactedError("Token")
	case hasBearer(c.Token):
		return errors.New(`azureadv1: Token begins with "Bearer ": give the token alone`)
	case looksLikeKey.MatchString(c.Token):
		return errors.New("azureadv1: Token looks like a resource's key: give it as APIKey")
	case !isHeaderSafe(c.Token):
		return errors.New("azureadv1: Token holds a space, a line break or another character that no token has: trim it")
	}
	return nil
}

func redactedError(field string) error {
	return fmt.Errorf("azureadv1: %s is the word %s: it was copied from a printed configuration, give the secret itself", field, redacted)
}

func hasBearer(s string) bool {
	return len(s) >= 7 && strings.EqualFold(s[:7], "Bearer ")
}

// isHeaderSafe holds for the visible ASCII that keys and tokens are made of.
func isHeaderSafe(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r >= 0x7f })
}

func (c Config) checkCredential() error {
	if c.Credential != nil && isNil(c.Credential) {
		return fmt.Errorf("azureadv1: Credential is a nil %T: was the error of its constructor checked?", c.Credential)
	}
	if c.TokenProviderID != "" && c.TokenProvider == nil {
		return fmt.Errorf("azureadv1: TokenProviderID %q is set without a TokenProvider: set both, or clear it", shownValue(c.TokenProviderID))
	}
	return nil
}

var headerName = regexp.MustCompile("^[!#$%&'*+\\-.^_`|~0-9A-Za-z]+$") // RFC 9110, 5.6.2: token

func (c Config) checkHeader() error {
	var errs []error
	for _, name := range slices.Sorted(maps.Keys(c.Header)) {
		switch key := http.CanonicalHeaderKey(name); {
		case !headerName.MatchString(name):
			errs = append(errs, fmt.Errorf("azureadv1: Header has the name %q, which is none: use letters, digits and dashes, as in X-Team", name))
			continue
		case key == "Authorization" || key == "Api-Key":
			errs = append(errs, fmt.Errorf("azureadv1: Header has %s: credentials belong in APIKey, TokenProvider, Credential, Token or Identity", name))
			continue
		case key == "Content-Type":
			errs = append(errs, fmt.Errorf("azureadv1: Header has %s, which each call decides: clear it", name))
			continue
		case key == "Accept" || key == "Accept-Encoding":
			errs = append(errs, fmt.Errorf("azureadv1: Header has %s, which decides how answers are read: clear it", key))
			continue
		case key == "Host" || key == "Content-Length" || key == "Transfer-Encoding" || key == "Connection":
			errs = append(errs, fmt.Errorf("azureadv1: Header has %s, which the connection decides: clear it", name))
			continue
		}
		for _, v := range c.Header[name] {
			if strings.ContainsFunc(v, func(r rune) bool { return (r < ' ' && r != '\t') || r == 0x7f }) {
				errs = append(errs, fmt.Errorf("azureadv1: Header %s holds a control character (a line break, perhaps): trim its value", name))
			}
			if v == redacted {
				errs = append(errs, redactedError("Header "+name))
			}
		}
	}
	return errors.Join(errs...)
}

func (c Config) checkLimits() error {
	var errs []error
	if c.MaxRetryWait < 0 {
		errs = append(errs, fmt.Errorf("azureadv1: MaxRetryWait %s is negative: use 0 for %s, or a negative MaxRetries for no retries", c.MaxRetryWait, defaultMaxRetryWait))
	}
	if c.HTTPClient != nil && c.ConnectTimeout != 0 {
		errs = append(errs, fmt.Errorf("azureadv1: ConnectTimeout %s belongs to the default client, but HTTPClient is set: set it on that client's transport", c.ConnectTimeout))
	}
	return errors.Join(errs...)
}
