package azureadv1

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
)

// The variables of a GitHub Actions job with the permission id-token: write, as in GitHub's OpenID Connect reference.
const (
	githubURLVariable   = "ACTIONS_ID_TOKEN_REQUEST_URL"
	githubTokenVariable = "ACTIONS_ID_TOKEN_REQUEST_TOKEN"
)

// githubTokens asks a GitHub Actions runner for the job's own identity tokens.
type githubTokens struct{ pipeline runtime.Pipeline }

func newGithubTokens(opts azcore.ClientOptions) *githubTokens {
	opts.Telemetry.Disabled = true
	return &githubTokens{runtime.NewPipeline("azureadv1", "", runtime.PipelineOptions{}, &opts)}
}

// token asks for a token with this audience. A runner's tokens live for minutes, so each exchange asks anew.
func (g *githubTokens) token(ctx context.Context, audience string) (string, error) {
	bearer := os.Getenv(githubTokenVariable)
	u, err := githubURL(audience)
	if err != nil {
		return "", err
	}
	if bearer == "" {
		return "", fmt.Errorf("the variable %s is not set: give the job the permission id-token: write", githubTokenVariable)
	}
	req, err := runtime.NewRequest(ctx, http.MethodGet, u.String())
	if err != nil {
		return "", fmt.Errorf("%s: no request can be made of it", githubURLVariable)
	}
	req.Raw().Header.Set("Authorization", "Bearer "+bearer)
	req.Raw().Header.Set("Accept", "application/json; api-version=2.0")
	runtime.SkipBodyDownload(req)
	resp, err := g.pipeline.Do(req)
	if err != nil {
		return "", fmt.Errorf("asking %s for it: %w", u.Host, withoutURL(err))
	}
	defer func() { _ = resp.Body.Close() }() // the body has been read as far as it is wanted
	return githubValue(resp, u.Host)
}

// githubURL adds the audience to the runner's URL, which carries a query of its own.
func githubURL(audience string) (*url.URL, error) {
	raw := os.Getenv(githubURLVariable)
	if raw == "" {
		return nil, fmt.Errorf("the variable %s is not set: outside GitHub Actions there is no such token; inside, give the job the permission id-token: write", githubURLVariable)
	}
	u, err := url.Parse(raw)
	if err != nil || u.Hostname() == "" {
		return nil, fmt.Errorf("the variable %s holds no URL", githubURLVariable)
	}
	if u.Scheme != "https" && (u.Scheme != "http" || !isLoopback(u.Hostname())) {
		return nil, fmt.Errorf("the variable %s is a %s URL: the job's token is sent over https only", githubURLVariable, u.Scheme)
	}
	query := u.Query()
	query.Set("audience", audience)
	u.RawQuery = query.Encode()
	return u, nil
}

// githubValue reads the answer, of which no part is quoted: it is a secret when it is right.
func githubValue(resp *http.Response, host string) (string, error) {
	if resp.StatusCode != http.StatusOK {
		return "", fmt.Errorf("%s answered %d to the request for it", host, resp.StatusCode)
	}
	var answer struct {
		Value string `json:"value"`
	}
	if err := json.NewDecoder(io.LimitReader(resp.Body, tokenFileLimit)).Decode(&answer); err != nil || answer.Value == "" {
		return "", fmt.Errorf("%s answered without a token in the field value", host)
	}
	return answer.Value, nil
}

// withoutURL takes the request's URL out of a transport error: its path and query belong to the job.
func withoutURL(err error) error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		return u.Err
	}
	return err
}
