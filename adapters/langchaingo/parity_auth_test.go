package langchaingo_test

import (
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tmc/langchaingo/llms"
	"github.com/tmc/langchaingo/llms/openai"

	"github.com/seed-a739af98/langchaingo-azure/adapters/langchaingo"
	"github.com/seed-a739af98/langchaingo-azure/azureadv1"
	"github.com/seed-a739af98/langchaingo-azure/azureadv1/azuretest"
)

func TestParity01_WithoutAnEndpointNothingGoesToOpenAI(t *testing.T) {
	t.Setenv("OPENAI_BASE_URL", "")
	r := &recorder{answer: answered}
	m, err := openai.New(openai.WithAPIType(openai.APITypeAzure), openai.WithAPIVersion(classic), openai.WithModel("chat"),
		openai.WithToken(azuretest.DefaultAPIKey), openai.WithHTTPClient(r.client()))
	if err == nil {
		_, err = m.GenerateContent(t.Context(), human("q"))
	}
	if err != nil || len(r.requests) != 1 {
		t.Fatalf("%d requests, %v", len(r.requests), err)
	}
	stillWrong(t, r.requests[0].URL.Host == "api.openai.com" && r.requests[0].Header.Get("Api-Key") == azuretest.DefaultAPIKey,
		"sends the Azure key to api.openai.com", r.requests[0].URL.Host)

	ours := &recorder{answer: answered}
	for _, endpoint := range []string{"", "https://api.openai.com/v1"} {
		_, err := langchaingo.New(azureadv1.Config{
			Endpoint: endpoint, APIVersion: classic, Deployment: "chat", APIKey: azuretest.DefaultAPIKey, HTTPClient: ours.client(),
		})
		contains(t, err, "Endpoint")
	}
	if len(ours.requests) != 0 {
		t.Errorf("%d requests were sent", len(ours.requests))
	}
}

func TestParity02_OpenAIsKeyAndOrganizationNeverReachAzure(t *testing.T) {
	t.Setenv("OPENAI_API_KEY", "sk-of-openai")
	t.Setenv("OPENAI_ORGANIZATION", "org-of-openai")
	t.Setenv("OPENAI_ORG_ID", "org-of-openai")
	r := &recorder{answer: answered}
	m, err := openai.New(openai.WithAPIType(openai.APITypeAzureAD), openai.WithBaseURL("https://r.openai.azure.com"),
		openai.WithAPIVersion(classic), openai.WithModel("chat"), openai.WithHTTPClient(r.client()))
	if err == nil {
		_, err = m.GenerateContent(t.Context(), human("q"))
	}
	if err != nil {
		t.Fatal(err)
	}
	h := r.requests[0].Header
	stillWrong(t, h.Get("Authorization") == "Bearer sk-of-openai" && h.Get("OpenAI-Organization") == "org-of-openai",
		"takes OPENAI_API_KEY for an Entra token", h)

	x := azureadv1.Config{Endpoint: "https://r.openai.azure.com", APIVersion: v1}.Explain()
	if x.Err != nil || !strings.Contains(x.String(), "DefaultAzureCredential") {
		t.Errorf("without a credential ours would be %s", x)
	}
	bothSurfaces(t, func(t *testing.T, version string) {
		f := setUp(t, version, azuretest.Options{}, nil)
		f.ask(t, human("q"))
		for name, values := range f.last(t).Header {
			if strings.Contains(strings.Join(values, " "), "of-openai") {
				t.Errorf("the header %s holds what belongs to OpenAI", name)
			}
		}
	})
}

func TestParity03_TokensAreRenewed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		defer time.Sleep(31 * time.Second) // a fetch belongs to no caller
		r := theirs(t, classic, azuretest.Options{TokenLifetime: time.Hour})
		fixed := r.server.IssueToken(azuretest.Claims{})
		m, err := openai.New(openai.WithAPIType(openai.APITypeAzureAD), openai.WithBaseURL(r.server.Endpoint()), openai.WithAPIVersion(classic),
			openai.WithToken(fixed), openai.WithModel("chat"), openai.WithHTTPClient(r.server.HTTPClient()))
		if err != nil {
			t.Fatal(err)
		}
		r.LLM = m
		s := azuretest.New(azuretest.Options{TokenLifetime: time.Hour})
		defer func() { _ = s.Close() }()
		f := on(t, s, classic, nil, func(c *azureadv1.Config) { c.APIKey, c.Credential = "", s.Credential() })
		for range 2 {
			f.ask(t, human("q"))
			_, err = r.ask(t, human("q"))
			if fresh := r.server.Stats().Calls == 1; fresh == (err != nil) {
				t.Errorf("langchaingo's own, call %d: %v", r.server.Stats().Calls, err)
			}
			time.Sleep(61 * time.Minute)
		}
		stillWrong(t, err != nil && strings.Contains(err.Error(), "401"), "ends in a 401 when its token expires", err)
	})
}

func TestParity04_TheKeyFollowsNoRedirect(t *testing.T) {
	leave := func(req *http.Request) (*http.Response, error) {
		if req.URL.Host == "elsewhere.example" {
			return answered(req)
		}
		res := reply(req, http.StatusTemporaryRedirect, "")
		res.Header.Set("Location", "https://elsewhere.example/openai")
		return res, nil
	}
	r := &recorder{answer: leave}
	_, err := theirs(t, classic, azuretest.Options{}, openai.WithHTTPClient(r.client())).ask(t, human("q"))
	if err != nil || len(r.requests) != 2 {
		t.Fatalf("%d requests, %v", len(r.requests), err)
	}
	stillWrong(t, r.requests[1].Header.Get("Api-Key") == azuretest.DefaultAPIKey, "carries the key to another host", r.requests[1].Header)

	bothSurfaces(t, func(t *testing.T, version string) {
		ours := &recorder{answer: leave}
		f := setUp(t, version, azuretest.Options{}, nil, func(c *azureadv1.Config) { c.HTTPClient = ours.client() })
		_, err := f.GenerateContent(t.Context(), human("q"))
		contains(t, err, "redirect", "https://elsewhere.example")
		if len(ours.requests) != 1 {
			t.Errorf("%d requests, want one", len(ours.requests))
		}
	})
}

func TestParity05_NoDeploymentIsGuessed(t *testing.T) {
	t.Setenv("OPENAI_MODEL", "")
	r := theirs(t, classic, azuretest.Options{}, openai.WithModel(""))
	_, err := r.ask(t, human("q"))
	stillWrong(t, err != nil && strings.Contains(r.last(t).Path, "/deployments/gpt-3.5-turbo/"), "calls a deployment nobody named", r.last(t).Path)

	bothSurfaces(t, func(t *testing.T, version string) {
		f := setUp(t, version, azuretest.Options{}, nil, deployment(""))
		_, err := f.GenerateContent(t.Context(), human("q"))
		contains(t, err, "Config.Deployment", "llms.WithModel")
		f.sentNothing(t)
	})
}

func TestParity06_ChatAloneNeedsNoEmbeddings(t *testing.T) {
	_, err := openai.New(openai.WithAPIType(openai.APITypeAzure), openai.WithBaseURL("https://r.openai.azure.com"),
		openai.WithToken(azuretest.DefaultAPIKey), openai.WithModel("chat"))
	stillWrong(t, err != nil && strings.Contains(err.Error(), "embeddings model"), "wants an embedding model of those who only chat", err)

	f := setUp(t, "", azuretest.Options{}, nil)
	f.ask(t, human("q"))
	_, err = f.CreateEmbedding(t.Context(), []string{"a text"})
	contains(t, err, "WithEmbeddingDeployment")
}

func TestParity07_TheDefaultsKnowTheFieldsThatAreSent(t *testing.T) {
	rows := []struct {
		name    string
		options []llms.CallOption
	}{
		{"a token limit", []llms.CallOption{llms.WithMaxTokens(9)}},
		{"a stream", []llms.CallOption{llms.WithStreamingFunc(ignore)}},
		{"tools", []llms.CallOption{llms.WithTools([]llms.Tool{adder})}},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			r := theirs(t, "", azuretest.Options{}) // and then its default version
			_, err := r.ask(t, human("q"), row.options...)
			stillWrong(t, err != nil && r.last(t).APIVersion == "2023-05-15" && r.last(t).Status == 400, "sends its default version what that does not know", err)
			setUp(t, "", azuretest.Options{}, nil).ask(t, human("q"), row.options...)
			if row.name == "tools" {
				_, err := setUp(t, "2023-05-15", azuretest.Options{}, nil).GenerateContent(t.Context(), human("q"), row.options...)
				contains(t, err, "2023-05-15", "tools", "2024-02-01")
				return
			}
			setUp(t, "2023-05-15", azuretest.Options{}, nil).ask(t, human("q"), row.options...)
		})
	}
}

func TestParity08_V1IsASurfaceAndNoPathIsDoubled(t *testing.T) {
	rows := []struct{ name, version, base, theirs, ours string }{
		{
			"version v1", v1, "",
			"/openai/deployments/chat/chat/completions?api-version=v1", "/openai/v1/chat/completions",
		},
		{
			"a v1 base", v1, "/openai/v1",
			"/openai/v1/openai/deployments/chat/chat/completions?api-version=v1", "/openai/v1/chat/completions",
		},
		{
			"a classic base that ends in /openai", classic, "/openai",
			"/openai/openai/deployments/chat/chat/completions?api-version=2024-10-21", "/openai/deployments/chat/chat/completions?api-version=2024-10-21",
		},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			base := "https://" + azuretest.DefaultHost + row.base
			r := theirs(t, row.version, azuretest.Options{}, openai.WithBaseURL(base))
			_, err := r.ask(t, human("q"))
			sent := r.last(t)
			stillWrong(t, err != nil && sent.Path+"?"+sent.Query == row.theirs, "calls "+row.theirs, sent)

			f := setUp(t, row.version, azuretest.Options{}, nil, func(c *azureadv1.Config) { c.Endpoint = base })
			f.ask(t, human("q"))
			if sent := f.last(t); strings.TrimSuffix(sent.Path+"?"+sent.Query, "?") != row.ours {
				t.Errorf("ours called %s?%s, want %s", sent.Path, sent.Query, row.ours)
			}
		})
	}
}

func TestParity09_NamesAreEscaped(t *testing.T) {
	rows := []struct{ name, theirs string }{
		{"x?y", "/openai/deployments/x"},
		{"prod#1", "/openai/deployments/prod"},
		{"a/b", "/openai/deployments/a/b/chat/completions"},
		{"../other", "/openai/deployments/../other/chat/completions"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			opts := azuretest.Options{Deployments: map[string]string{row.name: "gpt-4o"}}
			r := theirs(t, classic, opts, openai.WithModel(row.name))
			_, err := r.ask(t, human("q"))
			stillWrong(t, err != nil && r.last(t).Path == row.theirs, "lets a deployment's name change the path", r.last(t))

			f := setUp(t, classic, opts, nil, deployment(row.name))
			f.ask(t, human("q"))
			if sent := f.last(t); sent.Deployment != row.name || sent.APIVersion != classic {
				t.Errorf("ours called %s, deployment %q", sent, sent.Deployment)
			}
		})
	}
	t.Run("a version", func(t *testing.T) {
		r := theirs(t, classic+"&x=1#", azuretest.Options{})
		_, err := r.ask(t, human("q"))
		stillWrong(t, err == nil && r.last(t).Query == "api-version="+classic+"&x=1", "lets a version change the query", err, r.last(t).Query)
		_, err = langchaingo.New(azureadv1.Config{Endpoint: "https://r.openai.azure.com", APIVersion: classic + "&x=1#", APIKey: "k"})
		contains(t, err, "APIVersion")
	})
}

func TestParity10_EmbeddingsGoToTheDeploymentThatWasNamed(t *testing.T) {
	r := theirs(t, classic, azuretest.Options{}, openai.WithEmbeddingModel(""))
	_, err := r.CreateEmbedding(t.Context(), []string{"a"})
	sent := r.last(t)
	stillWrong(t, err != nil && sent.Path == "/openai/deployments//embeddings" && sent.Field("model") == "text-embedding-ada-002",
		"calls no deployment and names a default model", sent)

	f := setUp(t, classic, azuretest.Options{}, nil)
	_, err = f.CreateEmbedding(t.Context(), []string{"a"})
	contains(t, err, "WithEmbeddingDeployment")
	f.sentNothing(t)
	bothSurfaces(t, func(t *testing.T, version string) {
		f := setUp(t, version, azuretest.Options{}, embed)
		if _, err := f.CreateEmbedding(t.Context(), []string{"a"}); err != nil || f.last(t).Deployment != "embed" {
			t.Errorf("%v, %s", err, f.last(t))
		}
	})
}
