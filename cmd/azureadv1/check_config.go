package main

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"github.com/seed-a739af98/langchaingo-azure/azureadv1"
)

// fieldsOf are the fields of a configuration by the check that they belong to, as the errors of azureadv1 begin. What
// begins otherwise shows at the endpoint, which comes first.
var fieldsOf = []struct{ check, field string }{
	{"surface", "APIVersion"},
	{"surface", "PreviewQuery"},
	{"deployment", "Deployment"},
	{"credential", "APIKey"},
	{"credential", "Token"},
	{"credential", "Credential"},
	{"credential", "Identity"},
	{"credential", "Scope"},
}

// make makes the client, and sorts what is wrong with the configuration by the check that it belongs to.
func (x *examination) make() {
	client, err := x.clients.Get(x.cfg)
	if err == nil {
		x.client = client
		return
	}
	x.wrong = map[string][]string{}
	for problem := range strings.SplitSeq(err.Error(), "\n") {
		problem = oneLine(strings.TrimPrefix(problem, "azureadv1: "))
		at := "endpoint"
		if x.explained.Err == nil { // all is well, short of files and variables of the credential
			at = "credential"
		}
		for _, f := range fieldsOf {
			if strings.HasPrefix(problem, f.field) {
				at = f.check
			}
		}
		x.wrong[at] = append(x.wrong[at], problem)
	}
}

// asConfigured makes a look at a part of the configuration fail where that part is wrong.
func (x *examination) asConfigured(check string, look func(context.Context) result) func(context.Context) result {
	problems := x.wrong[check]
	if len(problems) == 0 {
		return look
	}
	return func(context.Context) result {
		return result{Status: failed, Detail: "it cannot be used", Fix: strings.Join(problems, "; ")}
	}
}

// checkEndpoint tells how the endpoint was read.
func (x *examination) checkEndpoint(context.Context) result {
	base := x.base()
	if x.client == nil && base == "" {
		return skip("not read, since another part is wrong")
	}
	detail := base
	if x.client != nil {
		if given := oneLine(x.client.Config().Endpoint); strings.TrimRight(given, "/") != base {
			detail += ", read from " + given
		}
	}
	if x.endpointFrom != "" {
		detail += ", from " + x.endpointFrom
	}
	return pass(detail).with(map[string]any{"endpoint": base, "from": x.endpointFrom})
}

// base is the endpoint without what belongs to a surface: the origin, and a gateway's or a project's prefix.
func (x *examination) base() string {
	shown := x.explained.ChatURL
	for _, api := range []string{"/openai/v1/", "/openai/deployments/"} {
		if i := strings.LastIndex(shown, api); i >= 0 {
			return shown[:i]
		}
	}
	return shown
}

func (x *examination) checkSurface(context.Context) result {
	e := x.explained
	if e.Surface == "" {
		return skip("not settled, since another part is wrong")
	}
	detail := string(e.Surface)
	if e.APIVersion != "" {
		detail += " " + e.APIVersion
	}
	return pass(detail + ", from " + oneLine(e.SurfaceFrom)).with(map[string]any{"surface": e.Surface, "api_version": e.APIVersion, "from": e.SurfaceFrom})
}

func (x *examination) checkDeployment(context.Context) result {
	if x.explained.Deployment == "" {
		return warn("none is named: each call names its own", "Set AZURE_OPENAI_DEPLOYMENT, or give --deployment, for calls to be checked.")
	}
	name := oneLine(x.explained.Deployment)
	return pass(name + ", from " + oneLine(x.explained.DeploymentFrom)).with(map[string]any{"deployment": name, "from": x.explained.DeploymentFrom})
}

func (x *examination) checkCredential(context.Context) result {
	e := x.explained
	detail := oneLine(e.Credential)
	if e.CredentialFrom != e.Credential {
		detail += ", from " + oneLine(e.CredentialFrom)
	}
	if e.Scope != "" {
		detail += ", for " + oneLine(e.Scope)
	}
	facts := map[string]any{"credential": e.Credential, "from": e.CredentialFrom, "scope": e.Scope, "scope_from": e.ScopeFrom, "ignored": append([]string{}, e.Ignored...)}
	if len(e.Ignored) > 0 {
		return warn(fmt.Sprintf("%s; also set, and not used: %s", detail, oneLine(strings.Join(e.Ignored, ", "))),
			"Only the first credential by precedence is used: unset whichever is not meant.").with(facts)
	}
	return pass(detail).with(facts)
}

// classicVersion is the last dated version that is no preview.
const classicVersion = "2024-10-21"

// otherSurface is the same resource, deployment and credential by the other surface.
func (x *examination) otherSurface() azureadv1.Config {
	cfg := x.cfg
	cfg.Deployment, cfg.APIVersion, cfg.PreviewQuery = x.explained.Deployment, "v1", false
	if x.explained.Surface == azureadv1.V1 {
		cfg.APIVersion = classicVersion
	}
	cfg.Endpoint = x.base()
	if given, err := url.Parse(x.cfg.Endpoint); err == nil { // a gateway's query belongs to the endpoint
		query := given.Query()
		for name := range query {
			if strings.EqualFold(name, "api-version") {
				query.Del(name)
			}
		}
		if len(query) > 0 {
			cfg.Endpoint += "?" + query.Encode()
		}
	}
	return cfg
}
