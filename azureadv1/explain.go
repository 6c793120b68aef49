package azureadv1

import (
	"fmt"
	"strings"
)

// Explanation is a configuration as it will be used: for logs, support and the question why it calls what it calls. It
// holds no secret.
type Explanation struct {
	// Surface in use, and where that was decided.
	Surface     Surface
	SurfaceFrom string
	// APIVersion is the date on Classic; "" on V1.
	APIVersion string
	// Deployment that calls go to when they name none, and where it stands; "" when each call names its own.
	Deployment     string
	DeploymentFrom string
	// ChatURL, EmbeddingsURL and ResponsesURL are what will be called. {deployment} stands for one not known yet, and
	// query values other than api-version read REDACTED.
	ChatURL, EmbeddingsURL, ResponsesURL string
	// Credential names the one that is used: its field, and for Identity the kind.
	Credential     string
	CredentialFrom string
	// Ignored lists the credentials that are set and lose by precedence.
	Ignored []string
	// Scope is what tokens are asked for; "" with a key or a provider of the caller's, which scopes for itself.
	Scope     string
	ScopeFrom string
	// Authority issues the tokens; "" where azidentity decides, or where none are asked for here.
	Authority string
	// Err is Validate's: the other fields are what could be settled in spite of it.
	Err error
}

// Explain tells which surface, URLs, credential and scope the configuration comes to, and where each was decided.
// Offline; no secret is in it.
func (c Config) Explain() Explanation {
	t, err := c.check()
	x := Explanation{Err: err}
	if t.route.base != "" {
		x.where(t)
	}
	x.whom(c, t)
	return x
}

func (x *Explanation) where(t target) {
	x.Surface, x.SurfaceFrom = t.route.surface, t.surfaceFrom
	if x.Surface == Classic {
		x.APIVersion = t.route.version
	}
	x.Deployment, x.DeploymentFrom = shownValue(t.deployment), t.deploymentFrom
	x.ChatURL = t.shown(OpChat, x.Deployment)
	x.EmbeddingsURL = t.shown(OpEmbeddings, x.Deployment)
	x.ResponsesURL = t.shown(OpResponses, x.Deployment)
}

func (x *Explanation) whom(c Config, t target) {
	set := c.candidates()
	x.Credential, x.CredentialFrom = string(set[0]), c.named(string(set[0]))
	reference := set[0] == byToken && !c.hasFixedToken()
	for _, loser := range set[1:] {
		if reference && loser == byIdentity {
			continue // its tenant and client say whose token the reference is exchanged for
		}
		x.Ignored = append(x.Ignored, c.named(string(loser)))
	}
	if set[0] == byIdentity || reference {
		x.Credential = c.declared().describe()
		if c.variable("Identity.Kind") != "" {
			x.CredentialFrom = c.named("Identity.Kind")
		}
	}
	if set[0] == byDefault {
		x.CredentialFrom = "the default, since no credential is set"
	}
	if set[0] == byKey || set[0] == byProvider || (set[0] == byToken && !reference) {
		return
	}
	x.Scope, x.ScopeFrom = shownValue(t.scope), t.scopeFrom
	if set[0] != byCredential {
		x.Authority = shownValue(c.authority(t))
		if id := c.declared(); id.Authority != "" {
			x.Authority = shownValue(id.Authority)
		}
	}
}

// named is a field, with the variable behind it where FromEnv filled it.
func (c Config) named(field string) string {
	if v := c.variable(field); v != "" {
		return field + " (from " + v + ")"
	}
	return field
}

// describe names an identity by its kind and its public ids.
func (id Identity) describe() string {
	kind, err := id.kind()
	if err != nil {
		return "Identity of an unknown kind"
	}
	var parts []string
	for _, p := range []struct{ name, value string }{{"tenant", id.TenantID}, {"client", id.ClientID}} {
		if p.value != "" {
			parts = append(parts, p.name+" "+shownName(p.value))
		}
	}
	if len(parts) == 0 {
		return kind
	}
	return kind + " (" + strings.Join(parts, ", ") + ")"
}

// String is one fact a line, with where it was decided behind it.
func (x Explanation) String() string {
	var b strings.Builder
	line := func(name, value, from string) {
		if value == "" {
			value = "-"
		}
		if from != "" {
			from = "   from " + from
		}
		fmt.Fprintf(&b, "%-12s%s%s\n", name, value, from)
	}
	surface := string(x.Surface)
	if x.APIVersion != "" {
		surface += " " + x.APIVersion
	}
	line("surface", surface, x.SurfaceFrom)
	line("deployment", x.Deployment, x.DeploymentFrom)
	line("chat", x.ChatURL, "")
	line("embeddings", x.EmbeddingsURL, "")
	line("responses", x.ResponsesURL, "")
	line("credential", x.Credential, x.CredentialFrom)
	for _, ignored := range x.Ignored {
		line("ignored", ignored, "a credential of lower precedence")
	}
	line("scope", x.Scope, x.ScopeFrom)
	line("authority", x.Authority, "")
	if x.Err != nil {
		for problem := range strings.SplitSeq(x.Err.Error(), "\n") {
			line("problem", strings.TrimPrefix(problem, "azureadv1: "), "")
		}
	}
	return b.String()
}
