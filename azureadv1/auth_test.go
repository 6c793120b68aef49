package azureadv1_test

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/google/go-cmp/cmp"
	"github.com/openai/openai-go/v3"

	"github.com/seed-a739af98/langchaingo-azure/azureadv1"
	"github.com/seed-a739af98/langchaingo-azure/azureadv1/azuretest"
)

const (
	flat401   = `{"statusCode":401,"message":"Unauthorized. Access token is missing, invalid, audience is incorrect (https://cognitiveservices.azure.com), or have expired."}`
	denied401 = `{"error":{"code":"PermissionDenied","message":"Principal does not have access to API/Operation."}}`
	lacks401  = `{"error":{"code":"401","message":"The principal ` + "`x`" + ` lacks the required data action ` + "`y`" + ` to perform ` + "`z`" + ` operation."}}`
)

// bearers lists the tokens on the wire, in order.
func bearers(w *network) []string {
	var all []string
	for _, c := range w.sent() {
		token, _ := strings.CutPrefix(c.header.Get("Authorization"), "Bearer ")
		all = append(all, token)
	}
	return all
}

func TestProviderIsAskedBeforeEveryAttempt(t *testing.T) {
	rows := map[string]int{"a 500": 500, "a 429": 429, "a 408": 408, "a 503": 503}
	for surface, version := range surfaces {
		for name, status := range rows {
			t.Run(surface+" after "+name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					w := &network{answer: inOrder(reply(status, ""), reply(status, ""), reply(200, chatAnswer))}
					p := tokens("t1", "t2", "t3", "t4")
					c := onWire(t, w, azureadv1.Config{APIVersion: version, TokenProvider: p.ask})
					res, err := c.Post(t.Context(), azureadv1.OpChat, "", []byte(chatBody))
					if err != nil {
						t.Fatal(err)
					}
					_ = res.Body.Close()
					if n := azureadv1.Attempts(res); n != 3 {
						t.Errorf("Attempts = %d, want 3", n)
					}
					mustChat(t, c)
					if diff := cmp.Diff([]string{"t1", "t2", "t3", "t4"}, bearers(w)); diff != "" {
						t.Errorf("tokens (-want +got):\n%s", diff)
					}
					for _, sent := range w.sent() {
						if string(sent.body) != chatBody {
							t.Errorf("an attempt's body is %q", sent.body)
						}
					}
				})
			})
		}
	}
}

type unavailable struct{ code int }

func (e *unavailable) Error() string { return fmt.Sprintf("vault says %d", e.code) }

func TestProviderThatFailsStopsTheCall(t *testing.T) {
	sentinel := errors.New("no such secret")
	rows := []struct {
		name  string
		token string
		err   error
		want  string
	}{
		{"an error", "", sentinel, "token provider: no such secret"},
		{"an error beside a token", "sekret-token", sentinel, "token provider: no such secret"},
		{"an error with a type", "", fmt.Errorf("reading: %w", &unavailable{7}), "token provider: reading: vault says 7"},
		{"an error that quotes a token", "", fmt.Errorf("bad token %s", jwtLike), "token provider: bad token REDACTED"},
		{"an error of many lines", "", errors.New("first line\nsecond line"), "token provider: first line second line"},
		{"an empty token", "", nil, "token provider: it returned an empty token"},
		{"a blank token", " \n", nil, "token provider: it returned an empty token"},
		{"a token with its scheme", "Bearer sekret-token", nil, `token provider: its token begins with "Bearer "`},
		{"a token with a line break", "sekret-token\n", nil, "token provider: its token holds a space, a line break"},
		{"a token with a header in it", "sekret-token\r\nX-Evil: 1", nil, "token provider: its token holds"},
	}
	for surface, version := range surfaces {
		for _, row := range rows {
			t.Run(surface+" "+row.name, func(t *testing.T) {
				w := &network{}
				asked := 0
				c := onWire(t, w, azureadv1.Config{APIVersion: version, TokenProvider: func(context.Context) (string, error) {
					asked++
					return row.token, row.err
				}})
				err := chat(t.Context(), c)
				e := asError(t, err)
				wantText(t, e.Error(), row.want)
				wantNone(t, e.Error()+e.Message, "sekret", "eyJ", "X-Evil")
				wantNone(t, e.Error(), "\n")
				if e.Code != azureadv1.CodeTokenProvider || e.StatusCode != 0 || e.Op != "chat" || e.Deployment != "chat" {
					t.Errorf("%#v", e)
				}
				var typed *unavailable
				if row.err != nil && !errors.Is(err, row.err) || strings.Contains(row.name, "type") && (!errors.As(err, &typed) || typed.code != 7) {
					t.Errorf("the cause is not in the chain of %v", err)
				}
				sdk := c.OpenAI()
				_, err = sdk.Chat.Completions.New(t.Context(), openai.ChatCompletionNewParams{Model: "chat"})
				wantText(t, fmt.Sprint(strings.ReplaceAll(err.Error(), "\n", " ")), row.want)
				wantNone(t, err.Error(), "sekret", "eyJ")
				if row.err != nil && !errors.Is(err, row.err) {
					t.Errorf("through OpenAI(), the cause is not in the chain of %v", err)
				}
				if len(w.sent()) > 0 || asked != 2 {
					t.Errorf("%d requests sent, provider asked %d times for two calls", len(w.sent()), asked)
				}
			})
		}
	}
}

func TestProvidersContextErrorsStayVisible(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &network{}
		c := onWire(t, w, azureadv1.Config{TokenProvider: func(ctx context.Context) (string, error) {
			<-ctx.Done()
			return "", fmt.Errorf("vault: %w", ctx.Err())
		}})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := chat(ctx, c); !errors.Is(err, context.DeadlineExceeded) || asError(t, err).Code == "" {
			t.Errorf("%v", err)
		}
		ctx, cancel = context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		if err := chat(ctx, c); !errors.Is(err, context.Canceled) || asError(t, err).Code != azureadv1.CodeCanceled {
			t.Errorf("%v", err)
		}
		if len(w.sent()) > 0 {
			t.Error("a request was sent")
		}
	})
}

func TestBlockingProviderStallsOnlyItsOwnCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &network{}
		release := make(chan struct{})
		type slow struct{}
		c := onWire(t, w, azureadv1.Config{TokenProvider: func(ctx context.Context) (string, error) {
			if ctx.Value(slow{}) != nil {
				<-release // deaf to its context
			}
			return "t", nil
		}})
		stalled, cancel := context.WithTimeout(context.WithValue(t.Context(), slow{}, true), 3*time.Second)
		defer cancel()
		var wg sync.WaitGroup
		began := time.Now()
		wg.Go(func() {
			err := chat(stalled, c)
			if !errors.Is(err, context.DeadlineExceeded) || time.Since(began) != 3*time.Second {
				t.Errorf("%v after %s, want its own deadline at 3s", err, time.Since(began))
			}
		})
		for range 10 {
			wg.Go(func() {
				if err := chat(t.Context(), c); err != nil || time.Since(began) != 0 {
					t.Errorf("another call: %v after %s", err, time.Since(began))
				}
			})
		}
		wg.Wait()
		close(release)
	})
}

// issued makes tokens of the stand-in that tell apart by their object id.
func issued(s *azuretest.Server, ids ...string) []string {
	var list []string
	for _, id := range ids {
		list = append(list, s.IssueToken(azuretest.Claims{ObjectID: id}))
	}
	return list
}

func TestRefusedTokenIsReplacedOnce(t *testing.T) {
	rows := []struct {
		name    string
		answers []canned
		tokens  string // the provider's, by name
		sent    string // on the wire
		ok      bool
		want    []string
	}{
		{"refused once: the next token is used and the caller sees nothing", []canned{reply(401, flat401), reply(200, chatAnswer)}, "A B C", "A B", true, nil},
		{"always refused: exactly two attempts, with different tokens", []canned{reply(401, flat401)}, "A B C D", "A B", false, []string{
			"401", "audience https://cognitiveservices.azure.com", "tenant " + azuretest.DefaultTenantID, "expires 20", "https://cognitiveservices.azure.com/.default", "set Scope", "2 attempts",
		}},
		{"the same token again: one attempt", []canned{reply(401, flat401)}, "A A", "A", false, []string{"audience", "set Scope"}},
		{"no role: one attempt and the role to assign", []canned{reply(401, denied401)}, "A B", "A", false, []string{"object id A", "Cognitive Services OpenAI User", "Azure AI User", "5 to 10 minutes"}},
		{"no role, in the other wording", []canned{reply(401, lacks401)}, "A B", "A", false, []string{"object id A", "Cognitive Services OpenAI User"}},
		{"refused, then no role: the second token stands", []canned{reply(401, flat401), reply(401, denied401)}, "A B C", "A B", false, []string{"object id B", "Cognitive Services OpenAI User"}},
		{"refused, then limited, then served", []canned{reply(401, flat401), reply(429, "", "Retry-After-Ms", "1"), reply(200, chatAnswer)}, "A B B", "A B B", true, nil},
		{"refused in the second attempt", []canned{reply(500, "", "Retry-After-Ms", "1"), reply(401, flat401), reply(200, chatAnswer)}, "A A B", "A A B", true, nil},
		{"403 is no refused token", []canned{reply(403, `{"error":{"code":"403","message":"Access denied due to Virtual Network/Firewall rules."}}`)}, "A B", "A", false, []string{"private endpoint"}},
		{"a flood of 401 with x-should-retry: true", []canned{reply(401, flat401, "X-Should-Retry", "true")}, "A B C D", "A B", false, []string{"401"}},
	}
	for surface, version := range surfaces {
		for _, row := range rows {
			t.Run(surface+" "+row.name, func(t *testing.T) {
				s := standIn(t, azuretest.Options{})
				names := map[string]string{}
				var list []string
				made := map[string]string{}
				for name := range strings.FieldsSeq(row.tokens) {
					if made[name] == "" {
						made[name] = s.IssueToken(azuretest.Claims{ObjectID: name})
						names[made[name]] = name
					}
					list = append(list, made[name])
				}
				w := &network{answer: inOrder(row.answers...)}
				p := tokens(list...)
				c := onWire(t, w, azureadv1.Config{APIVersion: version, TokenProvider: p.ask})
				err := chat(t.Context(), c)
				var sent []string
				for _, token := range bearers(w) {
					sent = append(sent, names[token])
				}
				if got := strings.Join(sent, " "); got != row.sent {
					t.Errorf("tokens on the wire: %s, want %s", got, row.sent)
				}
				for _, one := range w.sent() {
					if string(one.body) != chatBody {
						t.Errorf("an attempt's body is %q", one.body)
					}
				}
				if row.ok {
					if err != nil {
						t.Errorf("the caller sees %v", err)
					}
					return
				}
				e := asError(t, err)
				wantText(t, e.Error(), row.want...)
				wantNone(t, e.Error(), "eyJ")
				if e.Attempts != len(sent) {
					t.Errorf("Attempts = %d, want %d", e.Attempts, len(sent))
				}
			})
		}
	}
}

func TestProviderIsToldWhyItIsAskedAgain(t *testing.T) {
	w := &network{answer: inOrder(reply(401, flat401), reply(200, chatAnswer))}
	p := tokens("A", "B")
	c := onWire(t, w, azureadv1.Config{TokenProvider: p.ask})
	mustChat(t, c)
	if token, ok := azureadv1.RejectedTokenFromContext(p.asked[0]); ok {
		t.Errorf("the first question names %q as refused", token)
	}
	if token, ok := azureadv1.RejectedTokenFromContext(p.asked[1]); !ok || token != "A" {
		t.Errorf("the second question names %q, %v", token, ok)
	}
	if claims, ok := azureadv1.ClaimsFromContext(p.asked[1]); ok {
		t.Errorf("claims %q without a challenge", claims)
	}
}

func TestProviderThatFailsOnTheSecondQuestionLeavesThe401(t *testing.T) {
	w := &network{answer: always(401, flat401)}
	down := errors.New("vault is down")
	n := 0
	c := onWire(t, w, azureadv1.Config{TokenProvider: func(context.Context) (string, error) {
		if n++; n > 1 {
			return "", down
		}
		return "A", nil
	}})
	err := chat(t.Context(), c)
	e := asError(t, err)
	if e.StatusCode != 401 || !errors.Is(err, down) || len(w.sent()) != 1 {
		t.Errorf("%v after %d requests", err, len(w.sent()))
	}
	wantText(t, e.Hint, "Asking for another failed")
}

func TestRefusedKeyIsNotRetried(t *testing.T) {
	for surface, version := range surfaces {
		t.Run(surface, func(t *testing.T) {
			w := &network{answer: always(401, `{"error":{"code":"401","message":"Access denied due to invalid subscription key or wrong API endpoint. Make sure to provide a valid key."}}`, "X-Should-Retry", "true")}
			p := tokens("t")
			e := failedChat(t, onWire(t, w, azureadv1.Config{APIVersion: version, APIKey: "sekret-key", TokenProvider: p.ask}))
			if len(w.sent()) != 1 || p.count() != 0 {
				t.Errorf("%d requests, provider asked %d times", len(w.sent()), p.count())
			}
			wantText(t, e.Hint, "same resource", "Token or TokenProvider")
		})
	}
}

func challenge(claims string) string {
	return `Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize", error="insufficient_claims", claims="` + claims + `"`
}

func TestClaimsChallengeIsAnsweredOnce(t *testing.T) {
	const claims = `{"access_token":{"nbf":{"essential":true,"value":"1760000001"},"x":"??>>~~"}}`
	rows := map[string]string{
		"standard base64":               base64.StdEncoding.EncodeToString([]byte(claims)),
		"URL-safe base64":               base64.URLEncoding.EncodeToString([]byte(claims)),
		"unpadded base64":               base64.RawStdEncoding.EncodeToString([]byte(claims)),
		"URL-safe base64, unpadded too": base64.RawURLEncoding.EncodeToString([]byte(claims)),
	}
	for name, encoded := range rows {
		t.Run(name, func(t *testing.T) {
			w := &network{answer: inOrder(reply(401, denied401, "WWW-Authenticate", challenge(encoded)), reply(200, chatAnswer))}
			p := tokens("A", "B", "C")
			mustChat(t, onWire(t, w, azureadv1.Config{TokenProvider: p.ask}))
			if got, ok := azureadv1.ClaimsFromContext(p.asked[1]); !ok || got != claims {
				t.Errorf("claims %q, %v", got, ok)
			}
			if token, _ := azureadv1.RejectedTokenFromContext(p.asked[1]); token != "A" {
				t.Errorf("refused token %q", token)
			}
			if diff := cmp.Diff([]string{"A", "B"}, bearers(w)); diff != "" {
				t.Errorf("tokens (-want +got):\n%s", diff)
			}
		})
	}
	t.Run("challenged again and again: two attempts", func(t *testing.T) {
		w := &network{answer: always(401, flat401, "WWW-Authenticate", challenge(rows["standard base64"]))}
		p := tokens("A", "B", "C", "D")
		_ = failedChat(t, onWire(t, w, azureadv1.Config{TokenProvider: p.ask}))
		if got := bearers(w); !slices.Equal(got, []string{"A", "B"}) {
			t.Errorf("tokens %q", got)
		}
	})
}

func TestMalformedChallengeIsAPlain401(t *testing.T) {
	good := base64.StdEncoding.EncodeToString([]byte(`{"a":1}`))
	rows := map[string]string{
		"no base64":                     challenge("!!!"),
		"base64 of no JSON":             challenge(base64.StdEncoding.EncodeToString([]byte("claims"))),
		"base64 of a JSON array":        challenge(base64.StdEncoding.EncodeToString([]byte("[1]"))),
		"empty claims":                  challenge(""),
		"another error":                 strings.Replace(challenge(good), "insufficient_claims", "invalid_token", 1),
		"an unclosed quote":             `Bearer error="insufficient_claims", claims="` + good,
		"nothing but the scheme":        "Bearer",
		"claims far beyond any real":    challenge(base64.StdEncoding.EncodeToString([]byte(`{"a":"` + strings.Repeat("x", 1<<15) + `"}`))),
		"the claims in single quotes":   `Bearer error="insufficient_claims", claims='` + good + `'`,
		"a Basic challenge":             `Basic realm="x"`,
		"bytes beyond ASCII everywhere": challenge("\xff\xfe"),
	}
	for name, header := range rows {
		t.Run(name, func(t *testing.T) {
			w := &network{answer: inOrder(reply(401, flat401, "WWW-Authenticate", header), reply(200, chatAnswer))}
			p := tokens("A", "B")
			mustChat(t, onWire(t, w, azureadv1.Config{TokenProvider: p.ask}))
			if claims, ok := azureadv1.ClaimsFromContext(p.asked[1]); ok {
				t.Errorf("claims %q", claims)
			}
		})
	}
}

func TestClaimsReachRealAzidentity(t *testing.T) {
	const claims = `{"access_token":{"nbf":{"essential":true,"value":"1760000001"}}}`
	for surface, version := range surfaces {
		t.Run(surface, func(t *testing.T) {
			s := standIn(t, azuretest.Options{})
			s.Enqueue(azuretest.ClaimsChallenge(claims))
			c := newClient(t, azureadv1.Config{Endpoint: s.Endpoint(), APIVersion: version, Deployment: "chat", Credential: s.Credential(), HTTPClient: s.HTTPClient()})
			mustChat(t, c)
			asked := s.TokenRequests()
			if len(asked) != 2 || !strings.Contains(asked[1].Claims, "1760000001") {
				t.Errorf("%d token requests, claims %q", len(asked), asked[len(asked)-1].Claims)
			}
		})
	}
}

// azidentity hands the refused token out of its own cache again: only claims get past it.
func TestRevokedTokenIsReplacedWithRealAzidentity(t *testing.T) {
	for surface, version := range surfaces {
		for _, how := range []string{"one token is revoked", "all are revoked"} {
			t.Run(surface+" "+how, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					s := azuretest.New(azuretest.Options{})
					c := newClient(t, azureadv1.Config{Endpoint: s.Endpoint(), APIVersion: version, Deployment: "chat", Credential: s.Credential(), HTTPClient: s.HTTPClient()})
					mustChat(t, c)
					time.Sleep(time.Minute)
					if how == "all are revoked" {
						s.RevokeAll()
					} else {
						s.RevokeToken(strings.TrimPrefix(s.Requests()[0].Header.Get("Authorization"), "Bearer "))
					}
					var wg sync.WaitGroup
					for range 20 {
						wg.Go(func() { mustChat(t, c) })
					}
					wg.Wait()
					if n := s.Stats().TokenRequests; n != 2 {
						t.Errorf("%d token requests, want 2: the first, and one for all who were refused", n)
					}
					if err := s.Close(); err != nil {
						t.Error(err)
					}
				})
			})
		}
	}
}

func TestAlwaysRefusedWithRealAzidentityMakesTwoAttempts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := azuretest.New(azuretest.Options{Audience: "https://elsewhere.example.com"})
		c := newClient(t, azureadv1.Config{Endpoint: s.Endpoint(), Deployment: "chat", Credential: s.Credential(), HTTPClient: s.HTTPClient()})
		e := failedChat(t, c)
		requests := s.Requests()
		if len(requests) != 2 || requests[0].Fingerprint() == requests[1].Fingerprint() || e.Attempts != 2 {
			t.Errorf("%d requests: %v", len(requests), requests)
		}
		wantText(t, e.Error(), "Scope asked: https://cognitiveservices.azure.com/.default", "audience https://cognitiveservices.azure.com", "expires")
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
}

func TestStreamIsReplayedWithAnotherTokenToo(t *testing.T) {
	s := standIn(t, azuretest.Options{})
	list := issued(s, "A", "B")
	s.RevokeToken(list[0])
	p := tokens(list...)
	c := newClient(t, azureadv1.Config{Endpoint: s.Endpoint(), Deployment: "chat", TokenProvider: p.ask, HTTPClient: s.HTTPClient()})
	sdk := c.OpenAI()
	stream := sdk.Chat.Completions.NewStreaming(t.Context(), openai.ChatCompletionNewParams{
		Model: "chat", Messages: []openai.ChatCompletionMessageParamUnion{openai.UserMessage("hello")},
	})
	frames := 0
	for stream.Next() {
		frames++
	}
	if err := errors.Join(stream.Err(), stream.Close()); err != nil || frames == 0 {
		t.Errorf("%d frames, %v", frames, err)
	}
	if requests := s.Requests(); len(requests) != 2 || string(requests[0].Body) != string(requests[1].Body) {
		t.Errorf("%d requests", len(requests))
	}
}

func TestFixedTokenThatIsRefusedIsSentOnce(t *testing.T) {
	s := standIn(t, azuretest.Options{})
	expired := s.IssueToken(azuretest.Claims{IssuedAt: time.Now().Add(-2 * time.Hour)})
	c := newClient(t, azureadv1.Config{Endpoint: s.Endpoint(), Deployment: "chat", Token: expired, HTTPClient: s.HTTPClient()})
	e := failedChat(t, c)
	if n := len(s.Requests()); n != 1 {
		t.Errorf("%d requests, want 1", n)
	}
	wantText(t, e.Hint, "ago)", "if it has expired, use a TokenProvider or a Credential", "Scope of this endpoint: https://cognitiveservices.azure.com/.default")
	wantNone(t, e.Hint, "Scope asked")
}

func TestScopeOverridesTheHosts(t *testing.T) {
	w := &network{}
	cred := issuing("t")
	mustChat(t, onWire(t, w, azureadv1.Config{Endpoint: "https://r.openai.azure.us", Credential: cred, Scope: "api://gateway/.default"}))
	if diff := cmp.Diff([]policy.TokenRequestOptions{{Scopes: []string{"api://gateway/.default"}, EnableCAE: true}}, cred.asked); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestProvidersOwnCancellationIsNotTheCallers(t *testing.T) {
	rows := []struct {
		name   string
		err    error
		cancel bool // the caller leaves, too
		code   string
	}{
		{"a provider that was cancelled by somebody else", context.Canceled, false, azureadv1.CodeTokenProvider},
		{"a provider whose own deadline ended", context.DeadlineExceeded, false, azureadv1.CodeTokenProvider},
		{"a provider whose caller left", context.Canceled, true, azureadv1.CodeCanceled},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			c := onWire(t, &network{}, azureadv1.Config{TokenProvider: func(context.Context) (string, error) {
				if row.cancel {
					cancel()
				}
				return "", fmt.Errorf("vault: %w", row.err)
			}})
			err := chat(ctx, c)
			if e := asError(t, err); e.Code != row.code || !errors.Is(err, row.err) {
				t.Errorf("code %q, want %q: %v", e.Code, row.code, err)
			}
		})
	}
}
