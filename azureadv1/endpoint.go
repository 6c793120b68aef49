package azureadv1

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"
)

// endpoint is what a pasted URL says, taken apart: where to send, and what it already settles.
type endpoint struct {
	origin     string // scheme://host[:port], lower case
	host       string // without the port
	prefix     string // escaped path before /openai: a project's, a gateway's, or nothing
	query      url.Values
	surface    Surface // "" when the path does not say
	version    string  // api-version of the query, trimmed and lower-cased; "" when there is none
	deployment string  // named in the path, unescaped; "" when none is
	raw        string  // as given, trimmed, query values redacted, for messages
}

// parseEndpoint reads every spelling that portals, samples and other libraries hand out.
func parseEndpoint(raw string) (endpoint, error) {
	u, err := parseURL(raw)
	if err != nil {
		return endpoint{}, err
	}
	// The root's dot at the end of a host changes nothing for DNS, but every comparison of hosts.
	u.Host = strings.Replace(u.Host, u.Hostname(), strings.TrimRight(u.Hostname(), "."), 1)
	e := endpoint{
		origin: strings.ToLower(u.Scheme) + "://" + strings.ToLower(u.Host),
		host:   strings.ToLower(u.Hostname()),
		query:  u.Query(),
		raw:    redactURL(u),
	}
	if err := e.readQuery(); err != nil {
		return endpoint{}, err
	}
	if err := checkHost(u, e); err != nil {
		return endpoint{}, err
	}
	if err := e.readPath(u.EscapedPath()); err != nil {
		return endpoint{}, err
	}
	return e, nil
}

// readQuery takes api-version out of the query. It goes first, as later messages quote that value.
func (e *endpoint) readQuery() error {
	for k := range e.query {
		v := e.query.Get(k)
		if v == redacted {
			return redactedError("the value of " + k + " in Endpoint's query")
		}
		if !strings.EqualFold(k, "api-version") {
			continue
		}
		if looksLikeSecret(v) {
			return errors.New("azureadv1: Endpoint's api-version looks like a key or a token (it is not shown): give those in APIKey or Token")
		}
		e.version = strings.ToLower(strings.TrimSpace(v))
		delete(e.query, k)
	}
	return nil
}

var errEndpointSecret = errors.New("azureadv1: Endpoint looks like a key or a token (it is not shown): give those in APIKey or Token, and here the resource's URL, such as https://my-resource.openai.azure.com")

func parseURL(raw string) (*url.URL, error) {
	s := strings.TrimSpace(raw)
	switch {
	case s == "":
		return nil, errors.New("azureadv1: Endpoint is empty: give the resource's URL, such as https://my-resource.openai.azure.com (FromEnv reads it from AZURE_OPENAI_ENDPOINT)")
	case looksLikeSecret(s):
		return nil, errEndpointSecret
	case hasControl(s):
		return nil, errors.New("azureadv1: Endpoint holds a control character (a line break, perhaps): paste it again")
	}
	u, err := url.Parse(withScheme(s))
	if err != nil {
		// url.Error quotes the whole text, userinfo and query included.
		if cause, ok := errors.AsType[*url.Error](err); ok {
			err = cause.Err
		}
		return nil, fmt.Errorf("azureadv1: Endpoint %q is not a URL (%w): give the resource's, such as https://my-resource.openai.azure.com", shownValue(withoutSecrets(s)), err)
	}
	if u.Path == "" && u.Opaque == "" && u.Host == "" {
		return nil, fmt.Errorf("azureadv1: Endpoint %q names no host", redactURL(u))
	}
	return u, nil
}

// withScheme reads a host that was given alone as https.
func withScheme(s string) string {
	if strings.Contains(s, "://") {
		return s
	}
	return "https://" + s
}

// withoutSecrets is what may be shown of a text that is no URL: nothing that could be userinfo, a query or a fragment.
func withoutSecrets(s string) string {
	if i := strings.IndexAny(s, "?#"); i >= 0 {
		s = s[:i]
	}
	if _, rest, ok := strings.Cut(s, "@"); ok {
		return "...@" + rest
	}
	return s
}

func checkHost(u *url.URL, e endpoint) error {
	scheme := strings.ToLower(u.Scheme)
	switch {
	case looksLikeSecret(u.Hostname()):
		return errEndpointSecret
	case longestLabel(e.host) > maxLabel:
		return fmt.Errorf("azureadv1: Endpoint's host has a part of %d characters, where DNS allows %d: is it a key? Give the resource's URL, such as https://my-resource.openai.azure.com",
			longestLabel(e.host), maxLabel)
	case u.User != nil:
		return fmt.Errorf("azureadv1: Endpoint for host %q holds a user name or password: take it out, credentials have fields of their own", e.host)
	case scheme != "https" && scheme != "http":
		return fmt.Errorf("azureadv1: Endpoint %q has the scheme %q: use https", e.raw, u.Scheme)
	case e.host == "" || strings.ContainsAny(e.host, " ,;*<>{}[]"):
		return fmt.Errorf("azureadv1: Endpoint %q names no host: give the resource's URL, such as https://my-resource.openai.azure.com", e.raw)
	case strings.IndexFunc(e.host, func(r rune) bool { return r > 127 }) >= 0:
		return fmt.Errorf("azureadv1: Endpoint %q: the host %q has letters beyond ASCII, which may only look like the one you mean: write it in its xn-- form", e.raw, e.host)
	case scheme == "http" && !isLoopback(e.host):
		return fmt.Errorf("azureadv1: Endpoint %q: credentials go over https only (http is for loopback): write https://%s", e.raw, u.Host)
	case u.Fragment != "":
		return fmt.Errorf("azureadv1: Endpoint %q ends in a fragment (#...): it looks like a web page: give the endpoint it shows, such as https://my-resource.openai.azure.com", e.raw)
	case e.host == "openai.com" || strings.HasSuffix(e.host, ".openai.com"):
		return fmt.Errorf("azureadv1: Endpoint %q is OpenAI's own API, not Azure: give the resource's URL, such as https://my-resource.openai.azure.com", e.raw)
	case slices.Contains(portals, e.host):
		return fmt.Errorf("azureadv1: Endpoint %q is a portal's page: copy the endpoint shown there, such as https://my-resource.openai.azure.com", e.raw)
	}
	return nil
}

// maxLabel is the length of a name between two dots of a host (RFC 1035, 2.3.4).
const maxLabel = 63

func longestLabel(host string) int {
	longest := 0
	for label := range strings.SplitSeq(host, ".") {
		longest = max(longest, len(label))
	}
	return longest
}

var portals = []string{"portal.azure.com", "portal.azure.us", "ai.azure.com", "ai.azure.us", "oai.azure.com", "oai.azure.us", "learn.microsoft.com"}

// readPath splits an escaped path at the last /openai that begins an API path; what stands before it is the prefix.
func (e *endpoint) readPath(path string) error {
	segments := strings.Split(strings.Trim(path, "/"), "/")
	for i, segment := range slices.Backward(segments) {
		if !strings.EqualFold(segment, "openai") {
			continue
		}
		known, err := e.readTail(segments[i+1:])
		if err != nil {
			return err
		}
		if known {
			segments = segments[:i]
			break
		}
	}
	e.prefix = strings.TrimRight("/"+strings.Join(segments, "/"), "/")
	return e.checkPrefix()
}

// readTail reads what follows /openai and reports whether it is an API path at all: a gateway may have the word in a
// prefix of its own.
func (e *endpoint) readTail(tail []string) (bool, error) {
	if len(tail) == 0 {
		return true, nil
	}
	switch strings.ToLower(tail[0]) {
	case "v1":
		e.surface = V1
	case "responses":
		e.surface = Classic
	case "deployments":
		e.surface = Classic
		if len(tail) < 2 {
			return true, nil
		}
		d, err := url.PathUnescape(tail[1])
		if err != nil {
			return true, fmt.Errorf("azureadv1: Endpoint %q: the deployment in its path is badly escaped: %w", e.raw, err)
		}
		if d != "" {
			if err := checkDeployment("Endpoint's deployment", d); err != nil {
				return true, err
			}
		}
		e.deployment = d
	default:
		return false, nil
	}
	return true, nil
}

// checkPrefix refuses what would be a 404: Azure's own hosts serve nothing beside /openai and projects.
func (e *endpoint) checkPrefix() error {
	if hasDots(e.prefix) {
		return fmt.Errorf("azureadv1: Endpoint %q: the path %q has a segment of dots, which cannot be part of an endpoint", e.raw, e.prefix)
	}
	if e.prefix == "" || !isAzureHost(e.host) {
		return nil
	}
	rest, ok := strings.CutPrefix(e.prefix, "/api/projects/")
	if ok && rest != "" && !strings.Contains(rest, "/") {
		return nil
	}
	return fmt.Errorf("azureadv1: Endpoint %q: %s serves no path %s: give %s alone, or %s/openai/v1", e.raw, e.host, e.prefix, e.origin, e.origin)
}

// hasDots tells an escaped path in which a segment is "." or "..", escaped or not, or cannot be read.
func hasDots(path string) bool {
	for segment := range strings.SplitSeq(path, "/") {
		if s, err := url.PathUnescape(segment); err != nil || s == "." || s == ".." {
			return true
		}
	}
	return false
}

var azureDomains = []string{
	".openai.azure.com", ".cognitiveservices.azure.com", ".services.ai.azure.com",
	".openai.azure.us", ".cognitiveservices.azure.us", ".services.ai.azure.us",
	".openai.azure.cn", ".cognitiveservices.azure.cn",
}

func isAzureHost(host string) bool {
	return slices.ContainsFunc(azureDomains, func(d string) bool { return strings.HasSuffix(host, d) })
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || (ip != nil && ip.IsLoopback())
}

func hasControl(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r < 0x20 || r == 0x7f }) >= 0
}

// checkDeployment refuses the names that would change the path; every other name is used as it is, escaped.
func checkDeployment(field, name string) error {
	switch {
	case strings.TrimSpace(name) == "":
		return fmt.Errorf("azureadv1: %s is empty: name the deployment (the name chosen when it was created, not the model's)", field)
	case looksLikeSecret(name):
		return fmt.Errorf("azureadv1: %s looks like a key or a token (it is not shown): give those in APIKey or Token, and here the deployment's name", field)
	case hasScheme(name):
		return fmt.Errorf("azureadv1: %s is a URL: give that as Endpoint, and here the deployment's name", field)
	case name == "." || name == "..":
		return fmt.Errorf("azureadv1: %s %q is not a deployment's name: give the name chosen when it was created", field, shownValue(name))
	case hasControl(name):
		return fmt.Errorf("azureadv1: %s %q holds a control character: trim it", field, shownValue(name))
	case name == redacted:
		return fmt.Errorf("azureadv1: %s is the word %s: it was copied from a printed configuration", field, redacted)
	}
	return nil
}

func hasScheme(s string) bool {
	s = strings.ToLower(strings.TrimSpace(s))
	return strings.HasPrefix(s, "https://") || strings.HasPrefix(s, "http://")
}
