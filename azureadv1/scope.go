package azureadv1

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"
)

// cloud is one of Azure's clouds: the scopes its Azure OpenAI hosts accept and the authority that issues their tokens.
type cloud struct {
	name         string
	scope        string // of resource endpoints
	projectScope string // of paths under /api/projects/
	authority    string
}

// Scopes: the v1 OpenAPI document and openai-go's azure package (public), Azure.AI.OpenAI's audiences (US Government),
// azure-sdk-for-js (China). Authorities: azcore's cloud package. azcore has no entry for this service.
var (
	publicCloud = cloud{
		name:         "public",
		scope:        "https://cognitiveservices.azure.com/.default",
		projectScope: "https://ai.azure.com/.default",
		authority:    "https://login.microsoftonline.com/",
	}
	governmentCloud = cloud{
		name:         "US Government",
		scope:        "https://cognitiveservices.azure.us/.default",
		projectScope: "https://ai.azure.us/.default",
		authority:    "https://login.microsoftonline.us/",
	}
	chinaCloud = cloud{
		name:         "China",
		scope:        "https://cognitiveservices.azure.cn/.default",
		projectScope: "https://ai.azure.cn/.default",
		authority:    "https://login.chinacloudapi.cn/",
	}
)

// cloudOf tells a host's cloud by its domain. A host of nobody we know (a gateway, a custom domain) is taken for the
// public cloud, and Config.Scope is the way to say otherwise.
func cloudOf(host string) cloud {
	switch {
	case strings.HasSuffix(host, ".azure.us"):
		return governmentCloud
	case strings.HasSuffix(host, ".azure.cn"):
		return chinaCloud
	default:
		return publicCloud
	}
}

// scopeOf is the scope an endpoint's tokens need.
func (c cloud) scopeOf(prefix string) string {
	if strings.Contains(prefix+"/", "/api/projects/") {
		return c.projectScope
	}
	return c.scope
}

// applicationScope is a scope that names its application by id alone, as a gateway's own registration may have it.
var applicationScope = regexp.MustCompile(`^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}/\S+$`)

// checkScope refuses what Entra would refuse later with a message about the application.
func checkScope(scope string) error {
	u, err := url.Parse(scope)
	shown := shownValue(scope)
	switch {
	case applicationScope.MatchString(scope):
		return nil
	case hasControl(scope) || strings.ContainsAny(scope, " \t"):
		return fmt.Errorf("azureadv1: Scope %q holds a space or a control character: give one scope, such as %q", shown, publicCloud.scope)
	case err != nil || u.Scheme == "":
		return fmt.Errorf("azureadv1: Scope %q is not a scope: it begins with a scheme, as in %q", shown, publicCloud.scope)
	case strings.Trim(u.Path, "/") == "" && u.Opaque == "":
		return fmt.Errorf("azureadv1: Scope %q names a resource: the scope is %q", shown, strings.TrimRight(shown, "/")+"/.default")
	}
	return nil
}
