package azureadv1

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
)

// quotedToken is in the form of a token, as an answer that azidentity cannot read may hold one.
const quotedToken = "eyJ0eXAiOiJKV1QifQ.eyJhdWQiOiJ4In0.c2lnbmF0dXJl"

// brokenCredentials give no answer, each in its way.
var brokenCredentials = []struct {
	name string
	fall func() error
	says string
}{
	{"a panic with a text", func() error { panic("vault: no lease") }, "GetToken panicked: vault: no lease"},
	{"a panic with an error", func() error { panic(errors.New("vault: no lease")) }, "GetToken panicked: vault: no lease"},
	{"a panic that quotes a token", func() error { panic("cannot read " + quotedToken) }, "GetToken panicked: cannot read REDACTED"},
	{"the end of its goroutine", func() error { runtime.Goexit(); return nil }, "runtime.Goexit"},
	{"an error that quotes a token", func() error { return fmt.Errorf("cannot read %s", quotedToken) }, "cannot read REDACTED"},
}

// breaking issues tokens of an hour, but for the n-th fetch, which falls.
func breaking(at int, fall func() error) *scriptedCredential {
	cred := living()
	issue := cred.get
	cred.get = func(ctx context.Context, n int, o policy.TokenRequestOptions) (azcore.AccessToken, error) {
		if n == at {
			return azcore.AccessToken{}, fall()
		}
		return issue(ctx, n, o)
	}
	return cred
}

func TestABrokenCredentialFailsItsCallersAlone(t *testing.T) {
	for _, row := range brokenCredentials {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var log strings.Builder
				cred := breaking(1, row.fall)
				p := newTokenSource(cred, "", slog.New(slog.NewTextHandler(&log, nil))).token
				var all sync.WaitGroup
				for range 10 {
					all.Go(func() {
						_, err := p(t.Context())
						if err == nil || !strings.Contains(err.Error(), row.says) || strings.Contains(err.Error(), quotedToken) {
							t.Errorf("err = %v, want %q", err, row.says)
						}
					})
				}
				all.Wait()
				time.Sleep(firstBackoff)
				if got := mustToken(t, p); got != "t2" {
					t.Errorf("token = %q after the pause, want t2", got)
				}
				synctest.Wait() // for what logs behind the callers' backs
				if strings.Contains(log.String(), quotedToken) {
					t.Errorf("the log shows a token: %s", &log)
				}
			})
		})
		t.Run(row.name+", in the background", func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := BearerTokenProvider(breaking(2, row.fall), "")
				mustToken(t, p)
				time.Sleep(56 * time.Minute)
				mustToken(t, p) // this one begins the refresh that falls
				synctest.Wait()
				if got := mustToken(t, p); got != "t1" {
					t.Errorf("token = %q while t1 is good", got)
				}
				time.Sleep(5 * time.Minute)
				if got := mustToken(t, p); got != "t3" {
					t.Errorf("token = %q after t1 expired, want t3", got)
				}
			})
		})
	}
}

// panicking is a log handler of the program's that is broken.
type panicking struct{ slog.Handler }

// Enabled implements slog.Handler.
func (panicking) Enabled(context.Context, slog.Level) bool { return true }

// Handle implements slog.Handler.
func (panicking) Handle(context.Context, slog.Record) error { panic("log handler broke") }

func TestALogHandlerThatPanicsKeepsNobodyFromATokenOrAnError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cred := breaking(1, func() error { panic("vault: no lease") })
		p := newTokenSource(cred, "", slog.New(panicking{})).token
		if _, err := p(t.Context()); err == nil || !strings.Contains(err.Error(), "no lease") {
			t.Errorf("err = %v, want the credential's", err)
		}
		time.Sleep(firstBackoff)
		mustToken(t, p)
	})
}

func TestTokensThatHaveExpiredOnArrivalAreNotFetchedForEveryCall(t *testing.T) {
	rows := []struct {
		name    string
		refused bool
		most    int // fetches in a minute of 100 calls a second
	}{
		{"the service takes them", false, 3}, // one each 24 s
		{"the service refuses them", true, 33},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				cred := &scriptedCredential{get: func(context.Context, int, policy.TokenRequestOptions) (azcore.AccessToken, error) {
					return azcore.AccessToken{Token: "old", ExpiresOn: time.Now().Add(-time.Minute)}, nil
				}}
				p := BearerTokenProvider(cred, "")
				for began := time.Now(); time.Since(began) < time.Minute; time.Sleep(10 * time.Millisecond) {
					if token := mustToken(t, p); row.refused {
						mustTokenIn(withDemand(t.Context(), demand{rejected: token}), t, p)
					}
				}
				if n := cred.fetches(); n > row.most {
					t.Errorf("fetches = %d, want at most %d", n, row.most)
				}
			})
		})
	}
}

// TestASuccessorRefusedWithinASecondIsReplacedAfterIt has a token revoked, and what replaced it 200 ms later.
func TestASuccessorRefusedWithinASecondIsReplacedAfterIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cred := living()
		p := BearerTokenProvider(cred, "")
		mustToken(t, p)
		began := time.Now()
		if got := mustTokenIn(withDemand(t.Context(), demand{rejected: "t1"}), t, p); got != "t2" || time.Since(began) != 0 {
			t.Errorf("token = %q after %v, want t2 at once", got, time.Since(began))
		}
		time.Sleep(200 * time.Millisecond)
		hurried, cancel := context.WithTimeout(withDemand(t.Context(), demand{rejected: "t2"}), 100*time.Millisecond)
		defer cancel()
		var all sync.WaitGroup
		all.Go(func() {
			if _, err := p(hurried); !errors.Is(err, context.DeadlineExceeded) || time.Since(began) != 300*time.Millisecond {
				t.Errorf("a caller in a hurry left after %v with %v", time.Since(began), err)
			}
		})
		for range 20 {
			all.Go(func() {
				got := mustTokenIn(withDemand(t.Context(), demand{rejected: "t2"}), t, p)
				if got != "t3" || time.Since(began) != forcedPause {
					t.Errorf("token = %q after %v, want t3 after %v", got, time.Since(began), forcedPause)
				}
			})
		}
		all.Wait()
		if n := cred.fetches(); n != 3 {
			t.Errorf("fetches = %d, want 3", n)
		}
	})
}

// TestAServiceThatChallengesEveryTokenIsNotBelievedForEver answers each token with a challenge of its own.
func TestAServiceThatChallengesEveryTokenIsNotBelievedForEver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cred := living()
		p := BearerTokenProvider(cred, "")
		for began := time.Now(); time.Since(began) < time.Minute; time.Sleep(10 * time.Millisecond) {
			d := demand{rejected: mustToken(t, p), claims: fmt.Sprintf(`{"access_token":{"nbf":{"value":"%d"}}}`, time.Now().UnixNano())}
			mustTokenIn(withDemand(t.Context(), d), t, p)
		}
		if n := cred.fetches(); n < 20 || n > 33 {
			t.Errorf("fetches = %d in a minute of 100 calls a second, want about 31", n)
		}
	})
}
