package azuretest

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// Surfaces of Azure OpenAI, as Request.Surface names them.
const (
	// SurfaceClassic is /openai/deployments/... and the other /openai paths, with a dated api-version.
	SurfaceClassic = "classic"
	// SurfaceV1 is /openai/v1/..., without an api-version.
	SurfaceV1 = "v1"
)

// Operations the stand-in serves by itself, as Request.Operation names them; any other operation is named by its path after the surface.
const (
	// OpChat is POST chat/completions.
	OpChat = "chat"
	// OpEmbeddings is POST embeddings.
	OpEmbeddings = "embeddings"
	// OpResponses is POST responses.
	OpResponses = "responses"
	// OpModels is GET models: the deployments, as a list of models.
	OpModels = "models"
)

// route is where a path leads; surface "" is nowhere.
type route struct {
	surface, operation, deployment, project string
	inPath                                  bool // the deployment is named in the path
}

// parseRoute reads an escaped path.
func parseRoute(path, prefix string) route {
	rest, ok := strings.CutPrefix(path, prefix+"/")
	if !ok || strings.Contains(rest, "//") {
		return route{}
	}
	var rt route
	if below, ok := strings.CutPrefix(rest, "api/projects/"); ok {
		rt.project, rest, ok = strings.Cut(below, "/")
		if !ok || rt.project == "" {
			return route{}
		}
	}
	rest, ok = strings.CutPrefix(rest, "openai/")
	if !ok {
		return route{}
	}
	if operation, ok := strings.CutPrefix(rest, "v1/"); ok {
		rt.surface, rt.operation = SurfaceV1, operationName(operation)
		return rt
	}
	rt.surface, rt.operation = SurfaceClassic, operationName(rest)
	if below, ok := strings.CutPrefix(rest, "deployments/"); ok {
		name, operation, _ := strings.Cut(below, "/")
		unescaped, err := url.PathUnescape(name)
		if err != nil {
			return route{}
		}
		rt.deployment, rt.operation, rt.inPath = unescaped, operationName(operation), true
	}
	return rt
}

func operationName(path string) string {
	if path == "chat/completions" {
		return OpChat
	}
	return path
}

// judgeRoute refuses what Azure has no resource for, and every api-version that is wrong for the surface.
func (x *exchange) judgeRoute() *refusal {
	if x.route.surface == "" || x.route.operation == "" {
		return notFound("no such path")
	}
	known := x.route.operation == OpChat || x.route.operation == OpEmbeddings || x.route.operation == OpResponses
	if known && x.r.Method != http.MethodPost {
		return notFound("this operation is a POST")
	}
	if x.route.surface == SurfaceV1 {
		return x.judgeV1()
	}
	return x.judgeClassic()
}

func (x *exchange) judgeV1() *refusal {
	if strings.HasPrefix(x.route.operation, "deployments/") {
		return notFound("v1 has no deployments path")
	}
	if x.route.project != "" && x.route.operation == OpEmbeddings {
		return notFound("project endpoints have no embeddings")
	}
	query := x.r.URL.Query()
	if !query.Has("api-version") {
		return nil
	}
	switch {
	case !x.s.opts.PreviewQuery:
		return badRequest("BadRequest", "api-version query parameter is not allowed when using /v1 path", "api-version on v1")
	case query.Get("api-version") != "preview":
		return badRequest("BadRequest", "API version not supported", "api-version on v1 is not preview")
	}
	return nil
}

func (x *exchange) judgeClassic() *refusal {
	version, operation := x.rec.APIVersion, x.route.operation
	inDeployment := operation == OpChat || operation == OpEmbeddings
	switch {
	case version == "":
		return notFound("api-version is missing")
	case !slices.Contains(x.s.opts.APIVersions, version):
		return notFound("api-version is unknown")
	case x.route.project != "":
		return notFound("project endpoints have only v1")
	case inDeployment && !x.route.inPath:
		return notFound("classic names the deployment in the path")
	case operation == OpResponses && x.route.inPath:
		return notFound("classic names the deployment of responses in the body")
	case operation == OpResponses && !sinceResponses.knows(version):
		return badRequest("BadRequest", "Azure OpenAI Responses API is enabled only for api-version 2025-03-01-preview and later",
			"api-version is too old for responses")
	}
	return nil
}
