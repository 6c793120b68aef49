package registry

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"
)

// target is where an entry's calls go and as whom: entries of one target are one deployment.
type target struct {
	provider, model, base, key, version, token, scope string
	identity, header, params                          string
}

func (d *draft) target() target {
	id := d.azure.identity
	return target{
		provider: d.Provider, model: d.Model, base: d.APIBase, key: d.APIKey, version: d.azure.apiVersion, token: d.azure.token, scope: d.azure.scope,
		identity: strings.Join([]string{
			id.Kind, id.TenantID, id.ClientID, id.ClientSecret, id.CertificatePath, id.CertificatePassword, id.Username, id.Password, id.TokenFile, id.Authority,
		}, "\x00"),
		header: fmt.Sprintf("%q", d.azure.header), params: fmt.Sprintf("%q", d.Params), // fmt sorts the keys of maps
	}
}

// name gives every entry an ID. One deployment in several groups keeps one ID, so that its parking is shared; within a
// group, and between deployments, IDs differ.
func (r *reader) name() {
	taken := map[string]*draft{}
	for _, d := range r.drafts {
		if d.ID == "" {
			continue
		}
		if other := taken[d.ID]; other != nil {
			r.failEntry(d, d.idAt, "model_info.id", "%s is the id of the entry on line %d too (its id is on line %d): an id is unique",
				shown(d.ID), other.at.line, other.idAt.line)
			continue
		}
		taken[d.ID] = d
	}
	type slot struct {
		base   string
		target target
		nth    int
	}
	type member struct {
		group  string
		target target
	}
	ids, last, seen := map[slot]string{}, map[string]int{}, map[member]int{}
	for _, d := range r.drafts {
		if d.ID != "" {
			continue
		}
		base, t := d.autoID(), d.target()
		m := member{d.Name, t}
		s := slot{base, t, seen[m]}
		seen[m]++
		for ids[s] == "" {
			last[base]++
			id := base
			if last[base] > 1 {
				id = fmt.Sprintf("%s#%d", base, last[base])
			}
			if taken[id] == nil {
				ids[s] = id
			}
		}
		d.ID = ids[s]
	}
}

var plainHost = regexp.MustCompile(`^(\[[0-9a-f:.]+\]|[a-z0-9_.-]+)(:[0-9]+)?$`)

// autoID is deployment@host, or provider/model for other providers than azure. IDs are shown everywhere, so a secret that
// was pasted for the model is named by its place.
func (d *draft) autoID() string {
	if looksLikeSecret(d.Provider) || looksLikeSecret(d.Model) {
		return d.path + ".litellm_params.model"
	}
	if d.Provider != azureProvider {
		return d.Provider + "/" + d.Model
	}
	if host := hostOf(d.APIBase); host != "" {
		return d.Model + "@" + host
	}
	return d.Model
}

// hostOf is the host of an endpoint in lower case; "" for what is none, which is not shown.
func hostOf(endpoint string) string {
	endpoint = strings.TrimSpace(endpoint)
	if !strings.Contains(endpoint, "://") {
		endpoint = "https://" + endpoint
	}
	u, err := url.Parse(endpoint)
	if err != nil || likeASecret.MatchString(u.Host) || !plainHost.MatchString(strings.ToLower(u.Host)) {
		return ""
	}
	return strings.ToLower(u.Host)
}
