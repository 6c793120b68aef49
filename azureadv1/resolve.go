package azureadv1

import (
	"cmp"
	"errors"
	"fmt"
	"net/url"
	"strings"
)

// target is a Config's "where to", settled: what endpoint and fields say together.
type target struct {
	route      route
	deployment string
	host       string
	origin     string
	cloud      cloud
	scope      string // of the host, or Config.Scope

	surfaceFrom, deploymentFrom, scopeFrom string // where each came from, for Explain
}

// target settles surface, version, deployment and scope, or says which two of them contradict each other.
func (c Config) target() (target, error) {
	e, err := parseEndpoint(c.Endpoint)
	if err != nil {
		return target{}, err
	}
	t := target{host: e.host, origin: e.origin, cloud: cloudOf(e.host)}
	var errs []error
	if t.route, t.surfaceFrom, err = c.settleRoute(e); err != nil {
		errs = append(errs, err)
	}
	if t.deployment, t.deploymentFrom, err = c.settleDeployment(e); err != nil {
		errs = append(errs, err)
	}
	t.scope, t.scopeFrom = t.cloud.scopeOf(e.prefix), "the endpoint's host ("+t.cloud.name+" cloud)"
	if c.Scope != "" {
		t.scope, t.scopeFrom = c.Scope, c.named("Scope")
		if err := checkScope(c.Scope); err != nil {
			errs = append(errs, err)
		}
	}
	return t, errors.Join(errs...)
}

func (c Config) settleRoute(e endpoint) (route, string, error) {
	given, from, err := c.givenVersion(e)
	if err != nil {
		return route{}, "", err
	}
	surface, version, err := surfaceOf(from, given)
	if err != nil {
		return route{}, "", err
	}
	if e.surface != "" && e.surface != surface {
		return route{}, "", e.contradicts(given, surface)
	}
	if surface == Classic && isDate(e.version) && e.version != version {
		return route{}, "", fmt.Errorf("azureadv1: APIVersion %q contradicts api-version=%s in Endpoint %q: drop one of them", given, e.version, e.raw)
	}
	if c.PreviewQuery {
		if surface == Classic {
			return route{}, "", fmt.Errorf("azureadv1: PreviewQuery is for the v1 surface, but APIVersion is %q: clear it, or set APIVersion to \"v1\"", given)
		}
		version = "preview"
	}
	if from == "APIVersion" {
		from = c.named(from)
	}
	return route{surface: surface, version: version, base: e.origin + e.prefix, query: e.query.Encode()}, from, nil
}

// givenVersion is the version that counts and where it stands: the field, else the endpoint's path, else its query.
func (c Config) givenVersion(e endpoint) (version, from string, err error) {
	switch {
	case strings.TrimSpace(c.APIVersion) != "":
		return c.APIVersion, "APIVersion", nil
	case e.surface == V1:
		return "v1", "the path of Endpoint", nil
	case e.version != "":
		return e.version, "the query of Endpoint", nil
	case e.surface == Classic:
		return "", "", fmt.Errorf("azureadv1: Endpoint %q is a path of the classic surface, which needs a date: set APIVersion (such as \"2024-10-21\"), or give %s alone for v1", e.raw, e.origin)
	default:
		return "", "the default, since APIVersion is empty", nil
	}
}

func (e endpoint) contradicts(version string, surface Surface) error {
	if surface == Classic {
		return fmt.Errorf("azureadv1: APIVersion %q chooses the classic surface, but Endpoint %q is the v1 surface's: drop the date for v1, or give %s alone for classic",
			version, e.raw, e.origin)
	}
	return fmt.Errorf("azureadv1: APIVersion %q chooses the v1 surface, but Endpoint %q is the classic surface's: give %s alone for v1, or set APIVersion to a date for classic",
		version, e.raw, e.origin)
}

func isDate(version string) bool { return datedVersion.MatchString(version) }

func (c Config) settleDeployment(e endpoint) (name, from string, err error) {
	switch {
	case c.Deployment != "" && e.deployment != "" && c.Deployment != e.deployment:
		return "", "", fmt.Errorf("azureadv1: Deployment %q contradicts the deployment %q in Endpoint %q: drop one of them", shownValue(c.Deployment), e.deployment, e.raw)
	case c.Deployment != "":
		return c.Deployment, c.named("Deployment"), checkDeployment("Deployment", c.Deployment)
	case e.deployment != "":
		return e.deployment, "the path of Endpoint", nil
	default:
		return "", "nothing: each call names its own", nil
	}
}

// unknownDeployment stands in a URL for a deployment that is not known yet.
const unknownDeployment = "azureadv1-deployment-not-known-yet"

// url is what an operation will call. A deployment that is not known yet shows as {deployment}.
func (t target) url(op Operation, deployment string) (*url.URL, error) {
	ref, err := t.route.ref(op, cmp.Or(deployment, unknownDeployment))
	if err != nil {
		return nil, err
	}
	return url.Parse(t.route.root() + ref)
}

func (t target) shown(op Operation, deployment string) string {
	u, err := t.url(op, deployment)
	if err != nil {
		return ""
	}
	return strings.Replace(redactURL(u), unknownDeployment, "{deployment}", 1)
}
