package provider_test

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/tmc/langchaingo/llms"

	"github.com/seed-a739af98/langchaingo-azure/azureadv1"
	"github.com/seed-a739af98/langchaingo-azure/azureadv1/azuretest"
)

// bothCredentials are a token source of this module on real azidentity, and a provider of the caller's.
var bothCredentials = []struct {
	name string
	set  func(*azureadv1.Config, *azuretest.Server)
}{
	{"a real azidentity credential", func(c *azureadv1.Config, s *azuretest.Server) { c.Credential = s.Credential() }},
	{"a declared identity", func(c *azureadv1.Config, _ *azuretest.Server) {
		c.Identity = azureadv1.Identity{TenantID: azuretest.DefaultTenantID, ClientID: azuretest.DefaultClientID, ClientSecret: clientSecret}
	}},
	{"a provider of one's own", func(c *azureadv1.Config, s *azuretest.Server) { c.TokenProvider = (&issuer{server: s}).token }},
}

func TestARefusedTokenIsReplacedOnce(t *testing.T) {
	for _, cred := range bothCredentials {
		t.Run("with "+cred.name, func(t *testing.T) {
			inEveryWay(t, func(t *testing.T, r route) {
				s := inMemory(t, azuretest.Options{})
				cfg := config(t, s, r.api())
				cred.set(&cfg, s)
				c := newCaller(t, cfg)
				r.succeed(t, c)
				s.Enqueue(azuretest.Unauthorized())
				began := time.Now()
				r.succeed(t, c)
				if took := time.Since(began); took != 0 {
					t.Errorf("the replay came after %v, want at once", took)
				}
				if diff := cmp.Diff([]int{200, 401, 200}, statuses(s)); diff != "" {
					t.Errorf("statuses (-want +got):\n%s", diff)
				}
				if sent := fingerprints(s); len(sent) == 3 && sent[1] == sent[2] {
					t.Error("the refused token was sent again")
				}
				all := s.Requests()
				if string(all[1].Body) != string(all[2].Body) || all[1].Path != all[2].Path || all[1].Query != all[2].Query {
					t.Errorf("the replay is not the request that was refused: %s, then %s", all[1], all[2])
				}
			})
		})
	}
}

// TestATokenThatStaysRefusedFailsAfterTwoAttempts is for a resource that takes no token of this identity.
func TestATokenThatStaysRefusedFailsAfterTwoAttempts(t *testing.T) {
	for _, cred := range bothCredentials {
		t.Run("with "+cred.name, func(t *testing.T) {
			inEveryWayOfOurs(t, func(t *testing.T, r route) {
				s := inMemory(t, azuretest.Options{})
				s.Enqueue(slices.Repeat([]azuretest.Reply{azuretest.Unauthorized()}, 10)...)
				cfg := config(t, s, r.api())
				cred.set(&cfg, s)
				_, err := r.call(t.Context(), newCaller(t, cfg))
				e := r.failure(t, err)
				if diff := cmp.Diff([]int{401, 401}, statuses(s)); diff != "" {
					t.Fatalf("statuses (-want +got):\n%s", diff)
				}
				all := s.Requests()
				if all[0].Fingerprint() == all[1].Fingerprint() {
					t.Error("the refused token was sent again")
				}
				claims, _ := all[1].Claims()
				checkContains(t, e.Error(), claims.Audience, claims.TenantID, claims.Expires.UTC().Format(time.RFC3339),
					"https://cognitiveservices.azure.com/.default", "Scope", "Identity.TenantID")
				if e.StatusCode != 401 || e.Attempts != 2 || e.Hint == "" || e.RequestID != all[1].RequestID {
					t.Errorf("status %d, %d attempts, hint %q, request id %q (want %q)", e.StatusCode, e.Attempts, e.Hint, e.RequestID, all[1].RequestID)
				}
				r.checkCode(t, err, llms.ErrCodeAuthentication)
			})
		})
	}
}

// checkCode holds for langchaingo's calls, whose errors are its own.
func (r route) checkCode(t *testing.T, err error, want llms.ErrorCode) {
	t.Helper()
	var theirs *llms.Error
	switch {
	case r.sdk || r.way.name == "Client.Post":
	case !errors.As(err, &theirs):
		t.Errorf("%v is no *llms.Error", err)
	case theirs.Code != want || theirs.Provider != "azure":
		t.Errorf("the error is %s's %s, want azure's %s", theirs.Provider, theirs.Code, want)
	case !strings.Contains(theirs.Error(), azureadv1.AsError(err).Hint):
		t.Errorf("the hint is missing in: %v", theirs)
	}
}

// TestARefusalThatAnotherTokenCannotMendIsOneAttempt is for credentials that have no other token.
func TestARefusalThatAnotherTokenCannotMendIsOneAttempt(t *testing.T) {
	rows := []struct {
		name   string
		opts   azuretest.Options
		faults []azuretest.Reply
		set    func(*azureadv1.Config, *azuretest.Server)
		says   []string
	}{
		{
			name: "no role", opts: azuretest.Options{NoRole: true}, set: bothCredentials[0].set,
			says: []string{"Cognitive Services OpenAI User", "Azure AI User", "Owner"},
		},
		{
			name: "no role, with a provider of one's own", opts: azuretest.Options{NoRole: true}, set: bothCredentials[2].set,
			says: []string{"Cognitive Services OpenAI User"},
		},
		{
			name: "a fixed token that has expired",
			set: func(c *azureadv1.Config, s *azuretest.Server) {
				c.Token = s.IssueToken(azuretest.Claims{IssuedAt: time.Now().Add(-2 * time.Hour), Expires: time.Now().Add(-time.Hour)})
			},
			says: []string{"1h0m0s ago", "TokenProvider"},
		},
		{
			name: "a fixed token for another audience",
			set: func(c *azureadv1.Config, s *azuretest.Server) {
				c.Token = s.IssueToken(azuretest.Claims{Audience: "https://management.azure.com"})
			},
			says: []string{"https://management.azure.com", "https://cognitiveservices.azure.com/.default", "Scope"},
		},
		{
			name: "a token that is none",
			set:  func(c *azureadv1.Config, _ *azuretest.Server) { c.Token = "hush.not.a-jwt" },
			says: []string{"no JWT"},
		},
		{
			name: "a provider that has only the one token", faults: []azuretest.Reply{azuretest.Unauthorized()},
			set: func(c *azureadv1.Config, s *azuretest.Server) {
				c.TokenProvider = azureadv1.StaticToken(s.IssueToken(azuretest.Claims{}))
			},
			says: []string{"audience https://cognitiveservices.azure.com", azuretest.DefaultTenantID},
		},
		{
			name: "a wrong key", faults: []azuretest.Reply{azuretest.WrongKey()},
			set:  func(c *azureadv1.Config, _ *azuretest.Server) { c.APIKey = apiKey },
			says: []string{"Keys and Endpoint"},
		},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			inEveryWayOfOurs(t, func(t *testing.T, r route) {
				s := inMemory(t, row.opts)
				s.Enqueue(row.faults...)
				cfg := config(t, s, r.api())
				row.set(&cfg, s)
				_, err := r.call(t.Context(), newCaller(t, cfg))
				e := r.failure(t, err)
				checkContains(t, e.Error(), row.says...)
				if diff := cmp.Diff([]int{401}, statuses(s)); diff != "" || e.Attempts != 1 {
					t.Errorf("%d attempts, statuses (-want +got):\n%s", e.Attempts, diff)
				}
				r.checkCode(t, err, llms.ErrCodeAuthentication)
			})
		})
	}
}

func TestAClaimsChallengeIsAnsweredWithTheClaims(t *testing.T) {
	const claims = `{"access_token":{"nbf":{"essential":true,"value":"1760000001"}}}`
	inEveryWay(t, func(t *testing.T, r route) {
		s := inMemory(t, azuretest.Options{})
		cred := count(s.Credential())
		cfg := config(t, s, r.api())
		cfg.Credential = cred
		c := newCaller(t, cfg)
		r.succeed(t, c)
		s.Enqueue(azuretest.ClaimsChallenge(claims))
		r.succeed(t, c)
		if diff := cmp.Diff([]int{200, 401, 200}, statuses(s)); diff != "" {
			t.Errorf("statuses (-want +got):\n%s", diff)
		}
		cred.check(t, 2, 2)
		asked := s.TokenRequests()
		if len(asked) != 2 || !wantsNotBefore(asked[1].Claims, "1760000001") {
			t.Errorf("the identity provider was asked %+v, want a second time with the claims of the challenge", asked)
		}
		r.succeed(t, c)
		if sent := fingerprints(s); sent[3] != sent[2] {
			t.Error("the token that met the challenge was not kept")
		}
	})
	t.Run("a provider of one's own reads them off its context", func(t *testing.T) {
		inEveryWay(t, func(t *testing.T, r route) {
			s := inMemory(t, azuretest.Options{})
			s.Enqueue(azuretest.ClaimsChallenge(claims))
			var seen []string
			cfg := config(t, s, r.api())
			cfg.TokenProvider = func(ctx context.Context) (string, error) {
				demanded, _ := azureadv1.ClaimsFromContext(ctx)
				_, rejected := azureadv1.RejectedTokenFromContext(ctx)
				if rejected != (len(seen) == 1) {
					t.Errorf("call %d of the provider: a token was rejected: %t", len(seen), rejected)
				}
				seen = append(seen, demanded)
				return s.IssueToken(azuretest.Claims{}), nil
			}
			r.succeed(t, newCaller(t, cfg))
			if diff := cmp.Diff([]string{"", claims}, seen); diff != "" {
				t.Errorf("claims the provider saw (-want +got):\n%s", diff)
			}
		})
	})
}

// wantsNotBefore looks for the demanded value in what azidentity asked, beside the capabilities it adds.
func wantsNotBefore(claims, value string) bool {
	var asked struct {
		AccessToken map[string]struct{ Value string } `json:"access_token"`
	}
	return json.Unmarshal([]byte(claims), &asked) == nil && asked.AccessToken["nbf"].Value == value
}

// TestAHerdWithARefusedTokenFetchesOnce revokes a token under 100 goroutines.
func TestAHerdWithARefusedTokenFetchesOnce(t *testing.T) {
	inEveryWay(t, func(t *testing.T, r route) {
		s := inMemory(t, azuretest.Options{})
		s.SetEntraDelay(500 * time.Millisecond)
		cred := count(s.Credential())
		cfg := config(t, s, r.api())
		cfg.Credential = cred
		c := newCaller(t, cfg)
		r.succeed(t, c)
		s.RevokeAll()
		var wg sync.WaitGroup
		for range 100 {
			wg.Go(func() {
				if _, err := r.call(t.Context(), c); err != nil {
					checkSecrets(t, err)
					t.Errorf("a caller failed: %v", err)
				}
			})
		}
		wg.Wait()
		cred.check(t, 3, 3) // the cold start; azidentity's cached, refused one; the one that passes its cache by
		if st := s.Stats(); st.TokenRequests != 2 || st.RefusedTokens != 100 {
			t.Errorf("%d token requests, %d refusals, want 2 and 100", st.TokenRequests, st.RefusedTokens)
		}
	})
}
