package azureadv1

import (
	"context"
	"errors"
	"strings"
)

// bearer is a token that has been looked at, and the header it goes in. Entra's tokens have 1,500 characters and more, so that a
// token source does both once for each and not for each call.
type bearer struct{ token, header string }

func newBearer(token string) (bearer, error) {
	if err := checkToken(token); err != nil {
		return bearer{}, err
	}
	return bearer{token, "Bearer " + token}, nil
}

// asked makes a bearer of each of a provider's answers, none of which is kept.
func asked(p TokenProvider) func(context.Context) (bearer, error) {
	return func(ctx context.Context) (bearer, error) {
		token, err := p(ctx)
		if err != nil {
			return bearer{}, err
		}
		return newBearer(token)
	}
}

func checkToken(token string) error {
	switch {
	case strings.TrimSpace(token) == "":
		return errors.New("it returned an empty token")
	case hasBearer(token):
		return errors.New(`its token begins with "Bearer ": return the token alone`)
	case !isHeaderSafe(token):
		return errors.New("its token holds a space, a line break or another character that no token has")
	}
	return nil
}
