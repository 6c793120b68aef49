package azuretest

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
)

// refusal is an answer that is not the one the client wanted: the stand-in's own, or a scripted fault's.
type refusal struct {
	status  int
	body    any
	header  http.Header
	problem string // for Request.Problem: what the stand-in found wrong; "" for a scripted fault
}

// gatewayError is the wrapped body of Azure's gateway: a word or a number as code.
func gatewayError(status int, code, message, problem string) *refusal {
	return &refusal{status: status, problem: problem, body: object{"error": object{"code": code, "message": message}}}
}

func notFound(problem string) *refusal {
	return gatewayError(http.StatusNotFound, "404", "Resource not found", problem)
}

func badRequest(code, message, problem string) *refusal {
	return gatewayError(http.StatusBadRequest, code, message, problem)
}

// modelError is the wrapped body of the model behind the gateway; code and param "" are null.
func modelError(code, param, message string) *refusal {
	return &refusal{
		status:  http.StatusBadRequest,
		problem: message,
		header:  http.Header{"Ms-Azureml-Model-Error-Reason": {"model_error"}, "Ms-Azureml-Model-Error-Statuscode": {"400"}},
		body: object{"error": object{
			"message": message, "type": "invalid_request_error", "param": orNull(param), "code": orNull(code),
		}},
	}
}

func orNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// flat401 is the one body that has no error object; its parentheses name the audience the host expects.
func (x *exchange) flat401(problem string) *refusal {
	audience := x.s.opts.audience(x.route.project != "")
	return &refusal{status: http.StatusUnauthorized, problem: problem, body: object{
		"statusCode": http.StatusUnauthorized,
		"message":    "Unauthorized. Access token is missing, invalid, audience is incorrect (" + audience + "), or have expired.",
	}}
}

func wrongKey() *refusal {
	return gatewayError(http.StatusUnauthorized, "401", "Access denied due to invalid subscription key or wrong API endpoint. Make sure to "+
		"provide a valid key for an active subscription and use a correct regional API endpoint for your resource.", "the key is wrong")
}

func keysDisabled() *refusal {
	return gatewayError(http.StatusForbidden, "AuthenticationTypeDisabled", "Key based authentication is disabled for this resource.",
		"keys are disabled")
}

func (x *exchange) permissionDenied(principal string) *refusal {
	action, path := "deployments/"+x.route.operation+"/action", strings.TrimPrefix(x.rec.Path, x.s.opts.Prefix)
	switch x.route.operation {
	case OpChat:
		action = "deployments/chat/completions/action"
	case OpResponses:
		action = "responses/write"
	}
	if x.route.inPath {
		path = strings.Replace(path, "/deployments/"+pathSegment(path), "/deployments/{deployment-id}", 1)
	}
	return gatewayError(http.StatusUnauthorized, "PermissionDenied", fmt.Sprintf("The principal `%s` lacks the required data action "+
		"`Microsoft.CognitiveServices/accounts/OpenAI/%s` to perform `%s %s` operation.", principal, action, x.rec.Method, path),
		"the identity has no role")
}

// pathSegment is the escaped deployment name in a classic path.
func pathSegment(path string) string {
	_, rest, _ := strings.Cut(path, "/deployments/")
	name, _, _ := strings.Cut(rest, "/")
	return name
}

func deploymentNotFound(problem string) *refusal {
	return gatewayError(http.StatusNotFound, "DeploymentNotFound", "The API deployment for this resource does not exist. If you created the "+
		"deployment within the last 5 minutes, please wait a moment and try again.", problem)
}

func operationNotSupported(operation, model string) *refusal {
	return badRequest("OperationNotSupported", fmt.Sprintf("The %s operation does not work with the specified model, %s. Please choose "+
		"different model and try again. You can learn more about which models can be used with each operation here: "+
		"https://go.microsoft.com/fwlink/?linkid=2197993.", operation, model), "the deployment's model does not serve this operation")
}

func serverError() *refusal {
	return &refusal{status: http.StatusInternalServerError, body: serverErrorBody()}
}

const serverErrorMessage = "The server had an error while processing your request. Sorry about that!"

func serverErrorBody() object {
	return object{"error": object{"message": serverErrorMessage, "type": "server_error", "param": nil, "code": nil}}
}

func (x *exchange) rateLimited(wait int) *refusal {
	operation := map[string]string{OpChat: "ChatCompletions_Create", OpEmbeddings: "Embeddings_Create", OpResponses: "Responses_Create"}
	name := operation[x.route.operation]
	setDefault(&name, x.route.operation)
	under := "Azure OpenAI API version " + x.rec.APIVersion
	if x.route.surface == SurfaceV1 {
		under = "OpenAI Language Model Instance API"
	}
	retry := ""
	if wait > 0 {
		retry = " Please retry after " + strconv.Itoa(wait) + " seconds."
	}
	return gatewayError(http.StatusTooManyRequests, "429", fmt.Sprintf("Requests to the %s Operation under %s have exceeded token rate limit "+
		"of your current OpenAI S0 pricing tier.%s Please go here: https://aka.ms/oai/quotaincrease if you would like to further increase the "+
		"default rate limit.", name, under, retry), "")
}
