package azureadv1

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/openai/openai-go/v3/option"
)

// Do sends any OpenAI-shaped request to this client's endpoint, as its identity: whatever host, path prefix, version and
// credential the request was made with give way. So a Client fits where an HTTP client is asked for, such as
// openai.WithHTTPClient of langchaingo's llms/openai.
//
// The deployment is the one in the path, else the body's model; on V1 the body must have a model, since it is sent as it
// is. Retries happen inside. As with http.Client, an answer of 400 or above is an answer and no error; an error is an
// [*Error], and nothing was answered then. The caller closes the answer's body.
func (c *Client) Do(req *http.Request) (*http.Response, error) {
	x := &exchange{client: c}
	body, err := readAll(req)
	if err != nil {
		return nil, x.invalid(err)
	}
	ref, deployment, err := c.reference(req, body)
	x.op, x.deployment = operationOf(ref), deployment
	if err != nil {
		return nil, x.invalid(err)
	}
	if q := c.target.route.rawQuery(req.URL.RawQuery); q != "" {
		ref += "?" + q
	}
	res, err := x.run(req.Context(), req.Method, ref, body, headerOptions(req.Header)...)
	if err == nil {
		return res, nil
	}
	if res != nil && res.StatusCode >= 400 && x.refused == nil {
		res.Body = io.NopCloser(bytes.NewReader(x.text)) // as it came, not as openai-go could decode it
		return res, nil
	}
	return nil, x.failure(nil, err)
}

func readAll(req *http.Request) ([]byte, error) {
	if req.Body == nil || req.Body == http.NoBody {
		return nil, nil
	}
	body, err := io.ReadAll(req.Body)
	return body, errors.Join(err, req.Body.Close())
}

// reference finds what a request asks for, relative to this client's own root.
func (c *Client) reference(req *http.Request, body []byte) (ref, deployment string, err error) {
	path, deployment := splitForeign(req.URL)
	if hasDots(path) {
		return path, deployment, fmt.Errorf("the request's path %s steps out of the API", req.URL.EscapedPath())
	}
	model, inDeployment := deploymentRoutes[path]
	if !inDeployment {
		return path, deployment, nil
	}
	named, err := model(req.Header.Get("Content-Type"), body)
	if err != nil {
		return path, deployment, err
	}
	if c.target.route.surface == V1 {
		return path, named, checkDeployment("the request's model", named)
	}
	if deployment == "" {
		deployment = named
	}
	return deploymentPath(deployment) + path, deployment, checkDeployment("the request's model", deployment)
}

// splitForeign takes apart the path of a request made for OpenAI, for either surface, or for another prefix.
func splitForeign(u *url.URL) (path, deployment string) {
	path = strings.TrimLeft(u.EscapedPath(), "/")
	for _, marker := range []string{"openai/deployments/", "openai/v1/", "v1/", "openai/"} {
		i := strings.LastIndex("/"+path, "/"+marker)
		if i < 0 {
			continue
		}
		path = path[i+len(marker):]
		if marker == "openai/deployments/" {
			deployment, path, _ = strings.Cut(path, "/")
			if name, err := url.PathUnescape(deployment); err == nil {
				deployment = name
			}
		}
		break
	}
	return path, deployment
}

func operationOf(ref string) Operation {
	for op, o := range operations {
		if ref == o.path || strings.HasSuffix(ref, "/"+o.path) {
			return op
		}
	}
	return Operation(ref)
}

// headerOptions carries over the request's headers, but for those that say who asks and where.
func headerOptions(h http.Header) []option.RequestOption {
	var opts []option.RequestOption
	for name, values := range canonicalHeader(h) {
		switch name {
		case "Authorization", "Api-Key", "Openai-Organization", "Openai-Project", "Host", "Content-Length", "Cookie":
			continue
		}
		for i, v := range values {
			if i == 0 {
				opts = append(opts, option.WithHeader(name, v))
			} else {
				opts = append(opts, option.WithHeaderAdd(name, v))
			}
		}
	}
	return opts
}
