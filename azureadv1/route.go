package azureadv1

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"time"
)

// Surface is one of the two ways Azure serves OpenAI's API. APIVersion chooses it.
type Surface string

const (
	// Classic is the dated surface: /openai/deployments/{deployment}/...?api-version=DATE.
	Classic Surface = "classic"
	// V1 is the undated surface, /openai/v1/..., where the body's model names the deployment.
	V1 Surface = "v1"
)

// Operation is a call that [Client.Post] makes. The zero value is none and an error.
type Operation string

const (
	// OpChat is chat completions.
	OpChat Operation = "chat"
	// OpEmbeddings is embeddings.
	OpEmbeddings Operation = "embeddings"
	// OpResponses is the Responses API; on Classic it has no deployment in its path and needs 2025-03-01-preview.
	OpResponses Operation = "responses"
)

// operations is the route table: each operation's path below the surface's base, and whether Classic puts the
// deployment in front of it.
var operations = map[Operation]struct {
	path       string
	deployment bool
}{
	OpChat:       {"chat/completions", true},
	OpEmbeddings: {"embeddings", true},
	OpResponses:  {"responses", false},
}

// route is where calls go: a value made once from Config, read by every call.
type route struct {
	surface Surface
	version string // the date on Classic; on V1 "" or, with PreviewQuery, "preview"
	base    string // up to and without /openai
	query   string // the endpoint's own query, encoded
}

// root is the base URL of the surface, with a slash at its end.
func (r route) root() string {
	if r.surface == Classic {
		return r.base + "/openai/"
	}
	return r.base + "/openai/v1/"
}

// ref is the URL of an operation, relative to root. The deployment has been checked by the caller.
func (r route) ref(op Operation, deployment string) (string, error) {
	o, ok := operations[op]
	if !ok {
		return "", fmt.Errorf("azureadv1: unknown operation %q: use OpChat, OpEmbeddings or OpResponses", op)
	}
	path := o.path
	if r.surface == Classic && o.deployment {
		path = deploymentPath(deployment) + path
	}
	if q := r.rawQuery(""); q != "" {
		path += "?" + q
	}
	return path, nil
}

func deploymentPath(deployment string) string {
	return "deployments/" + url.PathEscape(deployment) + "/"
}

// rawQuery adds this route's query to a request's own. The request's api-version gives way: the surface decides it.
func (r route) rawQuery(own string) string {
	var parts []string
	for part := range strings.SplitSeq(own, "&") {
		if name, _, _ := strings.Cut(part, "="); part != "" && !strings.EqualFold(name, "api-version") {
			parts = append(parts, part)
		}
	}
	if r.query != "" {
		parts = append(parts, r.query)
	}
	if r.version != "" {
		parts = append(parts, "api-version="+url.QueryEscape(r.version))
	}
	return strings.Join(parts, "&")
}

var (
	datedVersion = regexp.MustCompile(`^(\d{4}-\d{2}-\d{2})(-preview)?$`)
	modelVersion = regexp.MustCompile(`^(\d{4}|turbo-\d{4}-\d{2}-\d{2})$`)
	modelName    = regexp.MustCompile(`^(gpt|o\d|text-|dall-e|whisper|tts|codex|davinci|model-router)`)
)

// modelDates are model versions that people take for API versions because both are dates (models page of the docs).
// No API version has one of these dates, and no dated version is published any more.
var modelDates = map[string]string{
	"2024-04-09": "gpt-4 turbo", "2024-05-13": "gpt-4o", "2024-08-06": "gpt-4o", "2024-11-20": "gpt-4o",
	"2024-07-18": "gpt-4o-mini", "2024-09-12": "o1-mini", "2024-12-17": "o1", "2025-01-31": "o3-mini",
	"2025-04-14": "gpt-4.1", "2025-04-16": "o3 and o4-mini", "2025-08-07": "gpt-5", "2025-11-13": "gpt-5.1",
}

// surfaceOf reads APIVersion, trimmed and lower-cased. Empty is V1, which has been Azure's default since August 2025.
// from says where it stood, for the error.
func surfaceOf(from, version string) (Surface, string, error) {
	v := strings.ToLower(strings.TrimSpace(version))
	switch v {
	case "", "v1", "latest", "preview":
		return V1, "", nil
	}
	if mistake := mistakenFor(v); mistake != "" {
		return "", "", fmt.Errorf("azureadv1: %s %q %s: use \"v1\", or a date of the classic surface such as \"2024-10-21\"", versionField(from), shownValue(version), mistake)
	}
	return Classic, v, nil
}

func versionField(from string) string {
	if from == "APIVersion" {
		return from
	}
	return "Endpoint's api-version"
}

// mistakenFor says what a version that is none looks like, and nothing for one that may be one.
func mistakenFor(v string) string {
	if m := datedVersion.FindStringSubmatch(v); m != nil {
		if _, err := time.Parse(time.DateOnly, m[1]); err != nil {
			return "is not a date of the calendar"
		}
		if model := modelDates[v]; model != "" {
			return "looks like a model version (" + model + "'s), not an API version"
		}
		return ""
	}
	switch {
	case modelVersion.MatchString(v):
		return "looks like a model version, not an API version"
	case modelName.MatchString(v):
		return "looks like a model or deployment, not an API version"
	case strings.Contains(v, "/") || strings.Contains(v, "api-version="):
		return "looks like a URL or a part of one, not an API version"
	case strings.HasPrefix(v, "v") && strings.Trim(v, "v0123456789.") == "":
		return "is not a version Azure has"
	case len(v) == 8 && strings.Trim(v, "0123456789") == "":
		return "lacks the dashes of a date"
	default:
		return "is neither \"v1\" nor a date YYYY-MM-DD, with or without -preview"
	}
}
