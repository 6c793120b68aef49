package azureadv1

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"

	"github.com/openai/openai-go/v3/option"

	"github.com/seed-a739af98/langchaingo-azure/internal/wire"
)

// deploymentRoutes are the paths that Classic serves below a deployment, and where each names it: in a JSON body or in
// a multipart form. openai-go's azure package has the same list, and a test holds them together.
var deploymentRoutes = map[string]func(contentType string, body []byte) (string, error){
	"completions":          jsonModel,
	"chat/completions":     jsonModel,
	"embeddings":           jsonModel,
	"audio/speech":         jsonModel,
	"images/generations":   jsonModel,
	"audio/transcriptions": formModel,
	"audio/translations":   formModel,
	"images/edits":         formModel,
}

// reroute is the middleware that puts openai-go's requests on the route: the query on both surfaces, and on Classic the
// deployment in the path, as the body names it. The body itself is never changed.
func (c *Client) reroute(req *http.Request, next option.MiddlewareNext) (*http.Response, error) {
	r := c.target.route
	path, below := strings.CutPrefix(req.URL.EscapedPath(), rootPath(r))
	if !below {
		return refuse(req, refusedf("the request's path %s is outside of %s", req.URL.EscapedPath(), r.root())), nil
	}
	model, ok := deploymentRoutes[path]
	if r.surface == Classic && ok {
		deployment, err := deploymentOf(req, model)
		if err == nil {
			err = checkDeployment("Model", deployment)
		}
		if err != nil {
			return refuse(req, &localError{code: CodeInvalid, text: strings.TrimPrefix(err.Error(), "azureadv1: ")}), nil
		}
		setEscapedPath(req.URL, rootPath(r)+deploymentPath(deployment)+path)
	}
	req.URL.RawQuery = r.rawQuery(req.URL.RawQuery)
	return next(req)
}

func rootPath(r route) string {
	u, err := url.Parse(r.root())
	if err != nil {
		return "/"
	}
	return u.EscapedPath()
}

func setEscapedPath(u *url.URL, escaped string) {
	if path, err := url.PathUnescape(escaped); err == nil {
		u.Path, u.RawPath = path, escaped
	}
}

// deploymentOf reads the body for the model and puts it back.
func deploymentOf(req *http.Request, model func(string, []byte) (string, error)) (string, error) {
	if req.Body == nil {
		return "", errors.New("the request has no body to name its deployment: set Model to the deployment's name")
	}
	body, err := io.ReadAll(req.Body)
	_ = req.Body.Close()
	if err != nil {
		return "", fmt.Errorf("reading the request's body: %w", err)
	}
	req.Body = io.NopCloser(bytes.NewReader(body))
	if req.GetBody == nil {
		req.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
	}
	return model(req.Header.Get("Content-Type"), body)
}

func jsonModel(_ string, body []byte) (string, error) {
	model, err := wire.Model(body)
	if err != nil {
		return "", fmt.Errorf("the request's body is not the JSON it should be: %w", err)
	}
	return model, nil
}

func formModel(contentType string, body []byte) (string, error) {
	_, params, err := mime.ParseMediaType(contentType)
	if err != nil {
		return "", fmt.Errorf("the request's form has no readable content type: %w", err)
	}
	form := multipart.NewReader(bytes.NewReader(body), params["boundary"])
	for {
		part, err := form.NextPart()
		if errors.Is(err, io.EOF) {
			return "", nil
		}
		if err != nil {
			return "", fmt.Errorf("the request's form cannot be read: %w", err)
		}
		if part.FormName() == "model" {
			model, err := io.ReadAll(io.LimitReader(part, 1<<10))
			return string(model), err
		}
	}
}

// recognise tells operation and deployment from a URL of this route, for errors of calls made through openai-go.
func (r route) recognise(u *url.URL) (Operation, string) {
	path := strings.TrimPrefix(u.EscapedPath(), rootPath(r))
	deployment := ""
	if rest, ok := strings.CutPrefix(path, "deployments/"); ok && r.surface == Classic {
		deployment, path, _ = strings.Cut(rest, "/")
		deployment, _ = url.PathUnescape(deployment)
	}
	for op, o := range operations {
		if o.path == path {
			return op, deployment
		}
	}
	return Operation(path), deployment
}
