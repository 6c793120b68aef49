package main

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"github.com/seed-a739af98/langchaingo-azure/azureadv1"
)

// checkEndpoint makes the client: whatever is wrong with the configuration shows here, and how its endpoint was read.
func (x *examination) checkEndpoint(context.Context) result {
	client, err := x.clients.Get(x.cfg)
	if err != nil {
		var problems []string
		for problem := range strings.SplitSeq(err.Error(), "\n") {
			problems = append(problems, oneLine(strings.TrimPrefix(problem, "azureadv1: ")))
		}
		return result{Status: failed, Detail: "the configuration cannot be used", Fix: strings.Join(problems, "; ")}
	}
	x.client = client
	base, given := x.base(), oneLine(client.Config().Endpoint)
	detail := base
	if strings.TrimRight(given, "/") != base {
		detail += ", read from " + given
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
