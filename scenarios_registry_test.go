package provider_test

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/tmc/langchaingo/llms"

	"github.com/seed-a739af98/langchaingo-azure/adapters/registry"
	"github.com/seed-a739af98/langchaingo-azure/azureadv1"
	"github.com/seed-a739af98/langchaingo-azure/azureadv1/azuretest"
)

// spillover is two deployments behind one name, the first of which goes first.
const spillover = `
model_list:
  - model_name: chat
    litellm_params: {model: azure/ptu, api_base: https://azuretest.openai.azure.com, api_version: %q, order: 1}
    model_info: {id: first}
  - model_name: chat
    litellm_params: {model: azure/paygo, api_base: https://azuretest.openai.azure.com, api_version: %[1]q, order: 2}
    model_info: {id: second}
%s
`

// spills makes the group's model, called as the stand-in's own identity.
func spills(t *testing.T, sf surface, settings string) (*azuretest.Server, llms.Model) {
	t.Helper()
	s := inMemory(t, azuretest.Options{Deployments: map[string]string{"ptu": "gpt-4o", "paygo": "gpt-4o"}})
	r, err := registry.Loader{HTTPClient: s.HTTPClient(), Credential: s.Credential(), Logger: watchedLogger(t)}.
		Parse(strings.NewReader(fmt.Sprintf(spillover, sf.version, settings)))
	must(t, err)
	m, err := r.Model("chat")
	must(t, err)
	return s, m
}

// asked lists the deployments that were called since the last time.
func asked(s *azuretest.Server) string {
	var names []string
	for _, r := range s.Requests() {
		names = append(names, r.Deployment)
	}
	s.Reset()
	return strings.Join(names, " ")
}

func checkBackend(t *testing.T, c *llms.ContentChoice, want string) {
	t.Helper()
	if got := c.GenerationInfo["Backend"]; got != want {
		t.Errorf("GenerationInfo[Backend] is %v, want %s", got, want)
	}
}

func TestScenario14_Spillover(t *testing.T) {
	onBothSurfaces(t, func(t *testing.T, sf surface) {
		s, m := spills(t, sf, "")
		s.EnqueueFor("ptu", azuretest.RateLimited(azuretest.RetryAfterMs(2000)))
		began := time.Now()
		checkBackend(t, said(t, m, question()), "second")
		if took := time.Since(began); took >= 50*time.Millisecond {
			t.Errorf("the answer came after %s, want at once", took)
		}
		time.Sleep(1900 * time.Millisecond)
		checkBackend(t, said(t, m, question()), "second")
		time.Sleep(100 * time.Millisecond)
		checkBackend(t, said(t, m, question()), "first")
		if got := asked(s); got != "ptu paygo paygo ptu" {
			t.Errorf("it called %q, want the first one left alone for 2 s", got)
		}

		s.EnqueueFor("ptu", azuretest.RateLimited(azuretest.RetryAfter(9)))
		s.EnqueueFor("paygo", azuretest.RateLimited(azuretest.RetryAfter(4)))
		_, err := m.GenerateContent(t.Context(), question())
		if e := azureadv1.AsError(err); !llms.IsRateLimitError(err) || e.RetryAfter != 4*time.Second {
			t.Errorf("with both at their limit: %v, want a rate limit with the smaller wait", err)
		}
		checkSecrets(t, err)
		asked(s)
		_, err = m.GenerateContent(t.Context(), question())
		if got := asked(s); !llms.IsRateLimitError(err) || got != "" {
			t.Errorf("with both parked: %v, and %q was called, want nobody", err, got)
		}
	})
}

func TestScenario14_WhatMayBeBilledIsNotReplayed(t *testing.T) {
	onBothSurfaces(t, func(t *testing.T, sf surface) {
		s, m := spills(t, sf, "")
		s.EnqueueFor("ptu", azuretest.ServerError())
		if _, err := m.GenerateContent(t.Context(), question()); llmCode(err) != llms.ErrCodeProviderUnavailable {
			t.Errorf("a 500: %v", err)
		}
		if got := asked(s); got != "ptu" {
			t.Errorf("after a 500 it called %q, want nobody else", got)
		}

		s.EnqueueFor("ptu", azuretest.CutStream(1, azuretest.Text("one ", "two")))
		var heard strings.Builder
		response, err := m.GenerateContent(t.Context(), question(), llms.WithStreamingFunc(func(_ context.Context, chunk []byte) error {
			heard.Write(chunk)
			return nil
		}))
		if err == nil || response == nil || response.Choices[0].Content != "one " || heard.String() != "one " {
			t.Errorf("a stream that breaks: heard %q, answer %v, error %v", &heard, response, err)
		}
		if got := asked(s); got != "ptu" {
			t.Errorf("after the first streamed byte it called %q, want nobody else", got)
		}

		s, m = spills(t, sf, "router_settings: {retry_policy: {InternalServerErrorRetries: 1}}")
		s.EnqueueFor("ptu", azuretest.ServerError())
		checkBackend(t, said(t, m, question()), "second")
	})
}

const threeModels = `model_list:
  - model_name: chat
    litellm_params:
      model: azure/chat
      api_base: https://azuretest.openai.azure.com
      credential: azure_cli
  - model_name: classic
    litellm_params:
      model: azure/chat
      api_base: os.environ/AZURE_API_BASE
      api_version: "2024-10-21"
      credential: azure_cli
  - model_name: vectors
    litellm_params:
      model: azure/embed
      api_base: https://azuretest.openai.azure.com
      credential: azure_cli
    model_info: {mode: embedding}
`

func TestScenario15_ModelsFile(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the stand-in for az is a shell script")
	}
	dir := t.TempDir()
	t.Setenv("PATH", dir+string(os.PathListSeparator)+os.Getenv("PATH"))
	t.Setenv("AZURE_API_BASE", "https://azuretest.openai.azure.com")
	answer, runs := filepath.Join(dir, "answer.json"), filepath.Join(dir, "runs")
	script := fmt.Sprintf("#!/bin/sh\necho run >> '%s'\ncat '%s'\n", runs, answer)
	must(t, os.WriteFile(filepath.Join(dir, "az"), []byte(script), 0o700))
	file := filepath.Join(dir, "models.yaml")
	must(t, os.WriteFile(file, []byte(threeModels), 0o600))

	inBubble(t, func(t *testing.T) {
		s := inMemory(t, azuretest.Options{TokenLifetime: time.Hour})
		token := fmt.Sprintf(`{"accessToken":%q,"expires_on":%d}`, s.IssueToken(azuretest.Claims{}), time.Now().Add(time.Hour).Unix())
		must(t, os.WriteFile(answer, []byte(token), 0o600))
		r, err := registry.Loader{HTTPClient: s.HTTPClient(), Logger: watchedLogger(t)}.Load(file)
		must(t, err)
		if diff := cmp.Diff([]string{"chat", "classic", "vectors"}, r.Names()); diff != "" {
			t.Errorf("Names (-want +got):\n%s", diff)
		}
		if _, err := os.Stat(runs); err == nil || s.Stats() != (azuretest.Stats{}) {
			t.Errorf("loading the file ran az or called the stand-in: %+v", s.Stats())
		}
		for _, name := range []string{"chat", "classic", "chat"} {
			m, err := r.Model(name)
			must(t, err)
			said(t, m, question())
		}
		e, err := r.Embedder("vectors")
		must(t, err)
		_, err = e.EmbedQuery(t.Context(), "a text")
		must(t, err)
		log, err := os.ReadFile(runs)
		must(t, err)
		if n := strings.Count(string(log), "run"); n != 1 {
			t.Errorf("az ran %d times for three entries of one identity, want once", n)
		}
		paths := map[string]int{}
		for _, q := range s.Requests() {
			paths[q.Path]++
		}
		want := []string{"/openai/deployments/chat/chat/completions", "/openai/v1/chat/completions", "/openai/v1/embeddings"}
		if diff := cmp.Diff(want, slices.Sorted(maps.Keys(paths))); diff != "" {
			t.Errorf("paths (-want +got):\n%s", diff)
		}
	})

	_, err := registry.Parse(strings.NewReader(strings.Replace(threeModels, "api_version:", "api_vision:", 1)))
	if err == nil || !strings.Contains(err.Error(), "line 11, column 7") || !strings.Contains(err.Error(), "api_vision") {
		t.Errorf("an unknown key: %v, want its line and column", err)
	}
}
