package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/seed-a739af98/langchaingo-azure/azureadv1"
	"github.com/seed-a739af98/langchaingo-azure/azureadv1/azuretest"
)

// stage is where the agent plays: a resource in Azure, or the stand-in.
type stage struct {
	title   string
	configs []azureadv1.Config // one per surface
	fetched func(*watch) int   // tokens fetched so far
	close   func()

	// beforeQuestion lets the stand-in make trouble.
	beforeQuestion func(question int, out io.Writer)
}

const classicVersion = "2024-10-21" // the last dated version that is no preview

func newStage() (*stage, error) {
	if os.Getenv("AZURE_OPENAI_ENDPOINT") != "" && os.Getenv("AZURE_OPENAI_DEPLOYMENT") != "" {
		return azureStage()
	}
	return standInStage()
}

func azureStage() (*stage, error) {
	cfg, err := azureadv1.FromEnv()
	if err != nil {
		return nil, err
	}
	s := &stage{
		title:          "Azure OpenAI\n" + cfg.Explain().String(),
		configs:        []azureadv1.Config{cfg},
		fetched:        (*watch).tokens,
		close:          func() {},
		beforeQuestion: func(int, io.Writer) {},
	}
	if cfg.APIVersion == "" {
		classic := cfg
		classic.APIVersion = classicVersion
		if classic.Validate() == nil { // an endpoint that ends in /openai/v1 has only the one
			s.configs = append(s.configs, classic)
		}
	}
	return s, nil
}

const tokenLife = 3 * time.Second

func standInStage() (*stage, error) {
	server, err := azuretest.Start(azuretest.Options{
		TokenLifetime: tokenLife,
		Deployments:   map[string]string{"gpt-4o": "gpt-4o"},
		Respond:       brain,
	})
	if err != nil {
		return nil, fmt.Errorf("starting the stand-in: %w", err)
	}
	cfg := azureadv1.Config{
		Endpoint:   server.Endpoint(),
		Deployment: "gpt-4o",
		Credential: server.Credential(), // a real azidentity.ClientSecretCredential
		HTTPClient: server.HTTPClient(), // trusts the stand-in's certificate
	}
	classic := cfg
	classic.APIVersion = classicVersion
	return &stage{
		title:   fmt.Sprintf("Stand-in Azure OpenAI and Entra ID at %s, tokens live %s (set AZURE_OPENAI_ENDPOINT and AZURE_OPENAI_DEPLOYMENT for a real one)", server.Endpoint(), tokenLife),
		configs: []azureadv1.Config{cfg, classic},
		fetched: func(*watch) int { return server.Stats().TokenRequests },
		close:   func() { _ = server.Close() },
		beforeQuestion: func(question int, out io.Writer) {
			if question == 1 {
				server.RevokeAll()
				fmt.Fprintln(out, "  (the stand-in revokes every token it has issued)")
			}
		},
	}, nil
}

// brain plays the model: it calls one tool, then the other, then answers with what they said.
func brain(r azuretest.Request) azuretest.Reply {
	var results []string
	question := ""
	for _, m := range r.Messages() {
		switch m.Role {
		case "user":
			question, results = m.Content, nil
		case "tool":
			results = append(results, m.Content)
		}
	}
	var pause string
	var a, b int
	_, _ = fmt.Sscanf(question, task, &pause, &a, &b)
	switch len(results) {
	case 0:
		return azuretest.ToolCalls(azuretest.ToolCall{Name: "stopwatch", Arguments: fmt.Sprintf(`{"__arg1":%q}`, pause)})
	case 1:
		return azuretest.ToolCalls(azuretest.ToolCall{Name: "calculator", Arguments: fmt.Sprintf(`{"__arg1":"%d * %d"}`, a, b)})
	default:
		return azuretest.Text(fmt.Sprintf("%d * %d is %s.", a, b, results[1]))
	}
}
