package azureadv1_test

import (
	"bytes"
	"context"
	"io"
	"mime"
	"mime/multipart"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/azure"
	"github.com/openai/openai-go/v3/option"
	"github.com/openai/openai-go/v3/responses"

	"github.com/seed-a739af98/langchaingo-azure/azureadv1"
)

// sdkCalls are calls of openai-go: the eight whose deployment goes into the path on Classic, and some others.
var sdkCalls = []struct {
	name string
	do   func(context.Context, openai.Client) error
	v1   string // path below /openai/v1/
}{
	{"chat/completions", func(ctx context.Context, c openai.Client) error {
		_, err := c.Chat.Completions.New(ctx, openai.ChatCompletionNewParams{Model: "d", Messages: []openai.ChatCompletionMessageParamUnion{openai.UserMessage("<hello>")}})
		return err
	}, "chat/completions"},
	{"chat/completions of a deployment with odd letters", func(ctx context.Context, c openai.Client) error {
		_, err := c.Chat.Completions.New(ctx, openai.ChatCompletionNewParams{Model: "a/b c?d#e.1"})
		return err
	}, "chat/completions"},
	{"chat/completions, streamed", func(ctx context.Context, c openai.Client) error {
		s := c.Chat.Completions.NewStreaming(ctx, openai.ChatCompletionNewParams{Model: "d"})
		s.Next()
		return s.Close()
	}, "chat/completions"},
	{"completions", func(ctx context.Context, c openai.Client) error {
		_, err := c.Completions.New(ctx, openai.CompletionNewParams{Model: "d"})
		return err
	}, "completions"},
	{"embeddings", func(ctx context.Context, c openai.Client) error {
		_, err := c.Embeddings.New(ctx, openai.EmbeddingNewParams{Model: "d", Input: openai.EmbeddingNewParamsInputUnion{OfString: openai.String("x")}})
		return err
	}, "embeddings"},
	{"audio/speech", func(ctx context.Context, c openai.Client) error {
		res, err := c.Audio.Speech.New(ctx, openai.AudioSpeechNewParams{Model: "d", Input: "x"})
		if err == nil {
			err = res.Body.Close()
		}
		return err
	}, "audio/speech"},
	{"images/generations", func(ctx context.Context, c openai.Client) error {
		_, err := c.Images.Generate(ctx, openai.ImageGenerateParams{Model: "d", Prompt: "x"})
		return err
	}, "images/generations"},
	{"audio/transcriptions, a form", func(ctx context.Context, c openai.Client) error {
		_, err := c.Audio.Transcriptions.New(ctx, openai.AudioTranscriptionNewParams{Model: "d", File: strings.NewReader("sound")})
		return err
	}, "audio/transcriptions"},
	{"audio/translations, a form", func(ctx context.Context, c openai.Client) error {
		_, err := c.Audio.Translations.New(ctx, openai.AudioTranslationNewParams{Model: "d e", File: strings.NewReader("sound")}) //nolint:staticcheck // SA1019: deprecated upstream, routed all the same
		return err
	}, "audio/translations"},
	{"images/edits, a form", func(ctx context.Context, c openai.Client) error {
		_, err := c.Images.Edit(ctx, openai.ImageEditParams{Model: "d", Prompt: "x", Image: openai.ImageEditParamsImageUnion{OfFile: strings.NewReader("png")}})
		return err
	}, "images/edits"},
	{"responses", func(ctx context.Context, c openai.Client) error {
		_, err := c.Responses.New(ctx, responses.ResponseNewParams{Model: "d", Input: responses.ResponseNewParamsInputUnion{OfString: openai.String("x")}})
		return err
	}, "responses"},
	{"responses/{id}", func(ctx context.Context, c openai.Client) error {
		_, err := c.Responses.Get(ctx, "resp_1", responses.ResponseGetParams{})
		return err
	}, "responses/resp_1"},
	{"models", func(ctx context.Context, c openai.Client) error {
		_, err := c.Models.List(ctx)
		return err
	}, "models"},
	{"models/{id} of a fine-tuned model", func(ctx context.Context, c openai.Client) error {
		_, err := c.Models.Get(ctx, "ft:gpt-4o/x")
		return err
	}, "models/ft:gpt-4o%2Fx"},
	{"files with a query", func(ctx context.Context, c openai.Client) error {
		_, err := c.Files.List(ctx, openai.FileListParams{Limit: openai.Int(3), Purpose: openai.String("a b&c")})
		return err
	}, "files?limit=3&purpose=a+b%26c"},
	{"files, a form", func(ctx context.Context, c openai.Client) error {
		_, err := c.Files.New(ctx, openai.FileNewParams{File: strings.NewReader("{}"), Purpose: "batch"})
		return err
	}, "files"},
	{"files/{id}/content", func(ctx context.Context, c openai.Client) error {
		res, err := c.Files.Content(ctx, "file-1")
		if err == nil {
			err = res.Body.Close()
		}
		return err
	}, "files/file-1/content"},
	{"batches", func(ctx context.Context, c openai.Client) error {
		_, err := c.Batches.New(ctx, openai.BatchNewParams{CompletionWindow: "24h", Endpoint: "/v1/chat/completions", InputFileID: "file-1"})
		return err
	}, "batches"},
	{"batches/{id}/cancel", func(ctx context.Context, c openai.Client) error {
		_, err := c.Batches.Cancel(ctx, "batch_1")
		return err
	}, "batches/batch_1/cancel"},
	{"vector_stores/{id}", func(ctx context.Context, c openai.Client) error {
		_, err := c.VectorStores.Delete(ctx, "vs_1")
		return err
	}, "vector_stores/vs_1"},
	{"fine_tuning/jobs", func(ctx context.Context, c openai.Client) error {
		_, err := c.FineTuning.Jobs.List(ctx, openai.FineTuningJobListParams{})
		return err
	}, "fine_tuning/jobs"},
	{"a path of the caller's, with a query", func(ctx context.Context, c openai.Client) error {
		return c.Post(ctx, "containers/x?y=1", map[string]string{"model": "d"}, nil, option.WithQueryAdd("z", "2"))
	}, "containers/x?y=1&z=2"},
}

func TestOpenAIClientRoutesClassicAsOpenAIGosOwnAzurePackage(t *testing.T) {
	for _, base := range []string{"https://r.openai.azure.com", "https://apim.example.com/team%20a"} {
		for _, row := range sdkCalls {
			t.Run(base+" "+row.name, func(t *testing.T) {
				theirs, ours := &network{}, &network{}
				reference := openai.NewClient(azure.WithEndpoint(base, classicVersion), azure.WithAPIKey("k"), option.WithHTTPClient(theirs.client()))
				_ = row.do(t.Context(), reference)
				_ = row.do(t.Context(), onWire(t, ours, azureadv1.Config{Endpoint: base, APIVersion: classicVersion, APIKey: "k"}).OpenAI())
				want, got := theirs.last(t), ours.last(t)
				if diff := cmp.Diff(essence(t, want), essence(t, got)); diff != "" {
					t.Errorf("(-openai-go +ours):\n%s", diff)
				}
			})
		}
	}
}

// essence is a call without what is random or of no account: order of the query, boundary of a form.
func essence(t *testing.T, c call) map[string]any {
	t.Helper()
	u, err := url.Parse(c.url)
	if err != nil {
		t.Fatal(err)
	}
	m := map[string]any{
		"method": c.method, "path": u.Scheme + "://" + u.Host + u.EscapedPath(), "query": u.Query(),
		"api-key": c.header.Values("Api-Key"), "authorization": c.header.Values("Authorization"), "accept": c.header.Get("Accept"),
	}
	media, params, _ := mime.ParseMediaType(c.header.Get("Content-Type"))
	m["type"], m["body"] = media, string(c.body)
	if boundary := params["boundary"]; boundary != "" {
		m["body"] = string(bytes.ReplaceAll(c.body, []byte(boundary), []byte("boundary")))
		if _, err := multipart.NewReader(bytes.NewReader(c.body), boundary).NextPart(); err != nil && err != io.EOF {
			t.Errorf("the form cannot be read: %v", err)
		}
	}
	return m
}

func TestOpenAIClientRoutesV1WithoutDeploymentOrVersion(t *testing.T) {
	for name, preview := range map[string]bool{"no query": false, "api-version=preview by opt-in": true} {
		for _, row := range sdkCalls {
			t.Run(row.name+" with "+name, func(t *testing.T) {
				w := &network{}
				_ = row.do(t.Context(), onWire(t, w, azureadv1.Config{Token: "t", PreviewQuery: preview}).OpenAI())
				want := "https://r.openai.azure.com/openai/v1/" + row.v1
				if preview {
					separator := "?"
					if strings.Contains(row.v1, "?") {
						separator = "&"
					}
					want += separator + "api-version=preview"
				}
				if got := w.last(t); got.url != want || got.header.Get("Authorization") != "Bearer t" {
					t.Errorf("\n got %s with %q\nwant %s", got.url, got.header.Get("Authorization"), want)
				}
			})
		}
	}
}

func TestGatewaysQueryIsSentOnceOnEveryAttempt(t *testing.T) {
	for surface, version := range surfaces {
		t.Run(surface, func(t *testing.T) {
			w := &network{answer: inOrder(reply(500, "", "Retry-After-Ms", "1"), reply(200, chatAnswer))}
			c := onWire(t, w, azureadv1.Config{Endpoint: "https://apim.example.com/a?tier=gold&sig=x%2Fy", APIVersion: version, APIKey: "k"})
			sdk := c.OpenAI()
			if _, err := sdk.Chat.Completions.New(t.Context(), openai.ChatCompletionNewParams{Model: "d"}); err != nil {
				t.Fatal(err)
			}
			if len(w.sent()) != 2 {
				t.Fatalf("%d requests, want 2", len(w.sent()))
			}
			for _, sent := range w.sent() {
				u, _ := url.Parse(sent.url)
				want := url.Values{"tier": {"gold"}, "sig": {"x/y"}}
				if surface == "classic" {
					want["api-version"] = []string{version}
				}
				if diff := cmp.Diff(want, u.Query()); diff != "" {
					t.Errorf("query (-want +got):\n%s", diff)
				}
			}
		})
	}
}

func TestClassicCallWithoutItsDeploymentIsRefused(t *testing.T) {
	rows := map[string]func(context.Context, openai.Client) error{
		"no model": func(ctx context.Context, c openai.Client) error {
			_, err := c.Chat.Completions.New(ctx, openai.ChatCompletionNewParams{})
			return err
		},
		"dots for a model": func(ctx context.Context, c openai.Client) error {
			_, err := c.Embeddings.New(ctx, openai.EmbeddingNewParams{Model: ".."})
			return err
		},
		"no model in a form": func(ctx context.Context, c openai.Client) error {
			_, err := c.Audio.Transcriptions.New(ctx, openai.AudioTranscriptionNewParams{File: strings.NewReader("sound")})
			return err
		},
		"no body": func(ctx context.Context, c openai.Client) error { return c.Post(ctx, "chat/completions", nil, nil) },
		"no JSON": func(ctx context.Context, c openai.Client) error {
			return c.Post(ctx, "chat/completions", []byte("model=d"), nil)
		},
		"a form without a boundary": func(ctx context.Context, c openai.Client) error {
			return c.Post(ctx, "images/edits", []byte("x"), nil)
		},
	}
	for name, do := range rows {
		t.Run(name, func(t *testing.T) {
			w := &network{}
			err := do(t.Context(), onWire(t, w, azureadv1.Config{APIVersion: classicVersion, APIKey: "k"}).OpenAI())
			if e := asError(t, err); e.Code != azureadv1.CodeInvalid || len(w.sent()) > 0 {
				t.Errorf("%v after %d requests", err, len(w.sent()))
			}
		})
	}
}
