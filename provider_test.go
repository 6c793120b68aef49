// Package provider_test holds the contract of this module, end to end and through public names only: langchaingo agents
// and models on the classic and on the v1 surface, as real azidentity credentials, against a stand-in Azure OpenAI.
package provider_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/tmc/langchaingo/llms"

	"github.com/seed-a739af98/langchaingo-azure/azureadv1"
	"github.com/seed-a739af98/langchaingo-azure/azureadv1/azuretest"
)

func TestAnAgentRunsAsAnEntraIdentity(t *testing.T) {
	for _, streaming := range []bool{false, true} {
		name := map[bool]string{false: "plain", true: "listening to the stream"}[streaming]
		t.Run(name, func(t *testing.T) {
			onBothSurfaces(t, func(t *testing.T, sf surface) {
				s := inMemory(t, azuretest.Options{Respond: brain})
				cfg := config(t, s, sf.version)
				cfg.Credential = s.Credential()
				answer, err := runAgent(t.Context(), newCaller(t, cfg).model, streaming)
				must(t, err)
				if answer != agentAnswer {
					t.Errorf("the agent said %q, want %q", answer, agentAnswer)
				}
				if diff := cmp.Diff([]int{200, 200, 200}, statuses(s)); diff != "" {
					t.Errorf("statuses (-want +got):\n%s", diff)
				}
				for _, r := range s.Requests() {
					checkCredential(t, r, azuretest.CredentialToken)
					if r.Surface != sf.name || r.Streaming() != streaming {
						t.Errorf("%s: surface %s, streaming %t", r, r.Surface, r.Streaming())
					}
				}
				if n := s.Stats().TokenRequests; n != 1 {
					t.Errorf("%d token requests, want 1", n)
				}
			})
		})
	}
}

func TestATokenRefusedMidRunIsReplaced(t *testing.T) {
	onBothSurfaces(t, func(t *testing.T, sf surface) {
		var s *azuretest.Server
		s = inMemory(t, azuretest.Options{Respond: func(r azuretest.Request) azuretest.Reply {
			if r.LastMessage().Role == "user" {
				s.RevokeAll() // between the agent's first step and its second
			}
			return brain(r)
		}})
		cred := count(s.Credential())
		cfg := config(t, s, sf.version)
		cfg.Credential = cred
		answer, err := runAgent(t.Context(), newCaller(t, cfg).model, false)
		must(t, err)
		if answer != agentAnswer {
			t.Errorf("the agent said %q, want %q", answer, agentAnswer)
		}
		if diff := cmp.Diff([]int{200, 401, 200, 200}, statuses(s)); diff != "" {
			t.Errorf("statuses (-want +got):\n%s", diff)
		}
		if n := s.Stats().TokenRequests; n != 2 {
			t.Errorf("%d token requests, want 2", n)
		}
		cred.check(t, 3, 3) // the cold start, azidentity's cached refused one, the one that passes its cache by
	})
}

func TestAnAgentsFailureSaysWhatToDo(t *testing.T) {
	onBothSurfaces(t, func(t *testing.T, sf surface) {
		s := inMemory(t, azuretest.Options{NoRole: true})
		cfg := config(t, s, sf.version)
		cfg.Credential = s.Credential()
		_, err := runAgent(t.Context(), newCaller(t, cfg).model, false)
		if err == nil {
			t.Fatal("the agent succeeded without a role")
		}
		checkSecrets(t, err)
		checkContains(t, err.Error(), "Cognitive Services OpenAI User", "401")
		var theirs *llms.Error
		if !errors.As(err, &theirs) || theirs.Code != llms.ErrCodeAuthentication {
			t.Errorf("the chain's error is %v, want an *llms.Error of authentication", err)
		}
		if e := azureadv1.AsError(err); e == nil || e.StatusCode != 401 {
			t.Errorf("no *azureadv1.Error with status 401 in %v", err)
		}
	})
}
