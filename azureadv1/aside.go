package azureadv1

import "context"

// aside lets a provider that may be deaf to its context delay nobody past it: such a provider runs on a goroutine of
// its own, which ends when the provider returns. One that heeds its context, or a context that cannot end, needs none.
func aside(p TokenProvider) TokenProvider {
	if heedsContext(p) {
		return p
	}
	return func(ctx context.Context) (string, error) {
		if ctx.Done() == nil {
			return p(ctx)
		}
		answers := make(chan providerAnswer, 1)
		go func() { answers <- call(ctx, p) }()
		select {
		case a := <-answers:
			if a.panicked != nil {
				panic(a.panicked)
			}
			return a.token, a.err
		case <-ctx.Done():
			return "", ctx.Err()
		}
	}
}

type providerAnswer struct {
	token    string
	err      error
	panicked any
}

// call carries a panic over to the caller's goroutine, where the caller's own recover can reach it.
func call(ctx context.Context, p TokenProvider) (a providerAnswer) {
	defer func() { a.panicked = recover() }()
	a.token, a.err = p(ctx)
	return a
}
