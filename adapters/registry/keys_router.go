package registry

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// What LiteLLM's router does where the file says nothing: its documentation's values.
const (
	defaultAllowedFails = 3
	defaultCooldown     = 5 * time.Second
	defaultMaxFallbacks = 5
)

// settingsDraft are settings while they are read, with the places of the names in them.
type settingsDraft struct {
	settings
	links    map[string][]link // by the name of the key
	alias    []link
	dropAll  bool
	defaults link
}

// link is one name that leads to others.
type link struct {
	path   string
	from   string
	at     position // of from
	to     []string
	places []position
}

// fallbackLists are the keys that hold fallbacks by group.
var fallbackLists = []string{"fallbacks", "context_window_fallbacks", "content_policy_fallbacks"}

// routingKeys may stand in router_settings and in litellm_settings.
var routingKeys = slices.Concat([]row[*settingsDraft]{
	whole("num_retries", "Further attempts in a group after the first.", 0, func(s *settingsDraft, n int) { s.retries = &n }),
	whole("allowed_fails", "Failures within a minute before a deployment is left alone.", 0, func(s *settingsDraft, n int) { s.allowedFails = n }),
	seconds("cooldown_time", "Seconds that a deployment is left alone where the service names no wait.", func(s *settingsDraft, t time.Duration) { s.cooldown = t }),
	yesNo("disable_cooldowns", "Never leave a deployment alone.", func(s *settingsDraft, yes bool) { s.noCooldowns = yes }),
	seconds("timeout", "Seconds until the first byte of an answer, where the entry has none of its own.", func(s *settingsDraft, t time.Duration) { s.timeout = t }),
	seconds("stream_timeout", "Seconds between two pieces of a stream, where the entry has none of its own.", func(s *settingsDraft, t time.Duration) { s.streamIdle = t }),
	whole("max_fallbacks", "The most groups that one call goes on to.", 0, func(s *settingsDraft, n int) { s.maxFallbacks = n }),
	fallbackRow(fallbackLists[0], "Groups to go on to after any failure of a group, as [{group: [other]}]."),
	fallbackRow(fallbackLists[1], "Groups to go on to when the prompt is too long for a group."),
	fallbackRow(fallbackLists[2], "Groups to go on to when a content filter stopped a group."),
	special("default_fallbacks", "Groups to go on to after a failure of any group without fallbacks of its own.", namesSchema(), func(r *reader, s *settingsDraft, v value) {
		if to, places, ok := r.list(v); ok {
			s.defaults = link{path: v.path, at: v.at, to: to, places: places}
		}
	}),
	special("model_group_alias", "Further names of groups, as alias: group.", aliasSchema(), readAliases),
	special("retry_policy", "Further attempts in a group by the class of the failure.", ref("retry_policy"), func(r *reader, s *settingsDraft, v value) {
		s.retryPolicy = map[string]int{}
		walk(r, retryKeys, &s.settings, v, strict(r, retryKeys))
	}),
	promise("enable_pre_call_checks", "Orders are kept to, and limits looked at before a call, in any case."),
	promise("enable_weighted_failover", "A failed call goes to another deployment of its group, drawn by weight, in any case."),
	refused[*settingsDraft]("default_litellm_params", "Parameters of every entry.", "write them into each entry's litellm_params: a YAML anchor and << save the repetition"),
	refused[*settingsDraft]("routing_groups", "Strategies by group.", "there is one routing_strategy for all groups: remove it"),
	refused[*settingsDraft]("enable_tag_filtering", "Deployments chosen by the tags of a call.", "calls carry no tags here: give each tag's deployments a model_name of their own"),
}, idleRouter)

var routerKeys = append([]row[*settingsDraft]{
	oneOf("routing_strategy", "How a group chooses among its deployments: simple-shuffle draws by weight, least-busy is, of two deployments drawn by weight, the one with fewer calls in flight.",
		[]string{simpleShuffle, leastBusy},
		[]string{"usage-based-routing", "usage-based-routing-v2", "latency-based-routing", "cost-based-routing", "provider-budget-routing"},
		"write simple-shuffle, which draws by weight, rpm or tpm, or least-busy", func(s *settingsDraft, word string) { s.strategy = word }),
}, routingKeys...)

var litellmKeys = slices.Concat([]row[*settingsDraft]{
	seconds("request_timeout", "Seconds until the first byte of an answer; timeout wins.", func(s *settingsDraft, t time.Duration) { s.timeout = t }),
	yesNo("drop_params", "drop_params for all entries without their own.", func(s *settingsDraft, yes bool) { s.dropAll = yes }),
	yesNo("enable_azure_ad_token_refresh", "false forbids the default credential for entries that name none.", func(s *settingsDraft, yes bool) { s.noDefaultCredential = !yes }),
}, routingKeys, idleLitellm)

// promise is a switch of LiteLLM for what always holds here.
func promise(name, doc string) row[*settingsDraft] {
	return special(name, doc, switchSchema(), func(r *reader, _ *settingsDraft, v value) {
		if _, ok := r.yesNo(v); ok {
			r.warn(v.at, "%s says nothing here: %s", v.path, strings.TrimSuffix(doc, "."))
		}
	})
}

// retryKeys are the classes of retry_policy, under the names that LiteLLM gives its exceptions.
var retryKeys = func() []row[*settings] {
	const suffix = "ErrorRetries"
	var rows []row[*settings]
	for _, class := range []string{"Authentication", "Timeout", "RateLimit", "InternalServer", "ServiceUnavailable", "NotFound"} {
		rows = append(rows, whole(class+suffix, "Further attempts after a failure of class "+class+".", 0, func(s *settings, n int) { s.retryPolicy[class] = n }))
	}
	rows = append(rows, idle[*settings]("Default"+suffix, "num_retries holds for the classes that retry_policy does not name."))
	return append(rows, idles[*settings]("A call that the service refused for what it says is never repeated.", "BadRequest"+suffix, "ContentPolicyViolation"+suffix)...)
}()

func fallbackRow(name, doc string) row[*settingsDraft] {
	return special(name, doc, fallbackSchema(), func(r *reader, s *settingsDraft, v value) {
		s.links[name] = r.readFallbacks(v)
	})
}

// readFallbacks reads a list of mappings, or one mapping, from a name to names.
func (r *reader) readFallbacks(v value) []link {
	maps := []value{v}
	if items, isList := v.value.([]*node); isList {
		maps = maps[:0]
		for i, item := range items {
			maps = append(maps, value{item, fmt.Sprintf("%s[%d]", v.path, i)})
		}
	}
	var links []link
	for _, m := range maps {
		pairs, ok := r.pairs(m)
		if !ok {
			continue
		}
		for _, p := range pairs {
			child := m.child(p)
			if to, places, ok := r.list(child); ok {
				links = append(links, link{path: child.path, from: p.key, at: p.at, to: to, places: places})
			}
		}
	}
	return links
}

// readAliases reads alias: group, or alias: {model: group, hidden: true}.
func readAliases(r *reader, s *settingsDraft, v value) {
	pairs, ok := r.pairs(v)
	if !ok {
		return
	}
	s.alias = nil
	for _, p := range pairs {
		child := v.child(p)
		l := link{path: child.path, from: p.key, at: p.at, places: []position{p.value.at}}
		if _, long := p.value.value.([]pair); long {
			walk(r, aliasKeys, &l, child, strict(r, aliasKeys))
		} else if name, ok := r.text(child); ok {
			l.to = []string{name}
		}
		if len(l.to) > 0 {
			s.alias = append(s.alias, l)
		}
	}
}

var aliasKeys = []row[*link]{
	text("model", "The group.", func(l *link, name string) { l.to = []string{name} }),
	idle[*link]("hidden", "Names always lists aliases."),
}
