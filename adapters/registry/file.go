package registry

import (
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/google/jsonschema-go/jsonschema"
)

// document is a file while it is read.
type document struct {
	settings *settingsDraft
}

// fileKeys are the sections of the file. They are read in this order, so that references find environment_variables, and
// router_settings wins over litellm_settings.
var fileKeys = append([]row[*document]{
	special("environment_variables", "Variables for os.environ/ references; they win over the environment.", mapOfTexts(), readEnvironment),
	special("litellm_settings", "Settings of the library; the routing keys may stand here, router_settings wins.", ref("litellm_settings"), func(r *reader, d *document, v value) {
		walk(r, litellmKeys, d.settings, v, strict(r, litellmKeys))
	}),
	special("router_settings", "How calls are spread over deployments, and what happens when one fails.", ref("router_settings"), func(r *reader, d *document, v value) {
		walk(r, routerKeys, d.settings, v, strict(r, routerKeys))
	}),
	special("model_list", "The deployments. Those of one model_name form a group.", &jsonschema.Schema{Type: "array", MinItems: new(1), Items: ref("entry")}, readModels),
	refused[*document]("include", "Further files.", "write all deployments into one file"),
}, idles[*document](forProxy, "general_settings", "guardrails", "mcp_*", "vector_store_registry", "credential_list", "callback_settings", "files_settings",
	"finetune_settings", "assistant_settings", "search_tools", "prompts", "policies", "policy_attachments", "key_management_settings", "agent_list")...)

// readFile reads a models file and checks it in itself: every error at once, as [Errors]. References to variables go to
// the file's environment_variables, then to lookup.
//
// With Errors comes the file as far as it could be read, so that what later stages find can be added to them; entries that
// have errors are marked faulty. The file is nil where the text is no YAML, or could not be read at all.
func readFile(source io.Reader, lookup func(name string) (string, bool)) (*file, error) {
	data, err := readSource(source)
	if err != nil {
		return nil, err
	}
	root, faults, err := parse(data)
	if err != nil {
		return nil, err
	}
	r := &reader{lookup: lookup, env: map[string]string{}, errs: faults}
	d := &document{settings: &settingsDraft{
		settings: settings{strategy: simpleShuffle, allowedFails: defaultAllowedFails, cooldown: defaultCooldown, maxFallbacks: defaultMaxFallbacks},
		links:    map[string][]link{},
	}}
	walk(r, fileKeys, d, value{root, ""}, strict(r, fileKeys))
	_, isMapping := root.value.([]pair)
	if list := root.get("model_list"); isMapping && (list == nil || list.value == nil) {
		r.failAt(root.at, "model_list", "is missing: a models file lists its deployments there")
	}
	f := r.finish(d.settings)
	if len(r.errs) > 0 {
		return f, r.errs.sorted()
	}
	return f, nil
}

func readEnvironment(r *reader, _ *document, v value) {
	pairs, ok := r.pairs(v)
	if !ok {
		return
	}
	env := make(map[string]string, len(pairs))
	for _, p := range pairs {
		child := v.child(p)
		switch x := p.value.value.(type) {
		case []*node, []pair:
			r.want(child, "a text")
		case string:
			env[p.key], _ = r.resolve(child, x)
		case nil:
			r.warn(p.at, "%s is empty, and counts as absent", child.path)
		default:
			env[p.key] = fmt.Sprint(x)
		}
	}
	r.env = env
}

func readModels(r *reader, _ *document, v value) {
	items, ok := v.value.([]*node)
	switch {
	case !ok:
		r.want(v, "a list of deployments")
		return
	case len(items) == 0:
		r.fail(v, "is empty: a models file lists its deployments here")
	}
	for i, item := range items {
		at := value{item, fmt.Sprintf("%s[%d]", v.path, i)}
		if _, ok := r.pairs(at); !ok {
			continue
		}
		d := &draft{entry: &entry{at: item.at, path: at.path, order: unordered}, item: item}
		before := len(r.errs)
		walk(r, itemKeys, d, at, strict(r, itemKeys))
		d.attach(r, at)
		r.drafts = append(r.drafts, d)
		for _, required := range []string{"model_name", "litellm_params"} {
			if n := item.get(required); n == nil || n.value == nil {
				r.fail(at, "%s is missing", required)
			}
		}
		d.faulty = item.faulty || len(r.errs) > before
	}
}

// failEntry reports what is wrong with a key of an entry.
func (r *reader) failEntry(d *draft, at position, key, format string, args ...any) {
	d.faulty = true
	r.failAt(at, d.path+"."+key, format, args...)
}

// finish checks what holds between the parts of the file, and puts them together.
func (r *reader) finish(s *settingsDraft) *file {
	for _, d := range r.drafts {
		d.dropAll = d.dropAll || s.dropAll && !d.dropSaid
		r.checkEntry(d)
	}
	groups := r.groups()
	r.checkModes(groups)
	r.name()
	r.connect(s, groups)
	f := &file{settings: s.settings}
	for _, d := range r.drafts {
		f.entries = append(f.entries, d.entry)
	}
	slices.SortStableFunc(r.warnings, func(a, b warning) int { return a.at.line - b.at.line })
	for _, w := range r.warnings {
		f.warnings = append(f.warnings, fmt.Sprintf("line %d: %s", w.at.line, w.text))
	}
	f.warnings = slices.Compact(f.warnings)
	return f
}

// groups are the drafts by their names.
func (r *reader) groups() map[string][]*draft {
	groups := map[string][]*draft{}
	for _, d := range r.drafts {
		if d.Name != "" {
			groups[d.Name] = append(groups[d.Name], d)
		}
	}
	return groups
}

func (r *reader) checkEntry(d *draft) {
	params := d.item.get("litellm_params")
	if d.Provider == azureProvider && isBlank(params.get("api_base")) {
		r.failEntry(d, params.at, "litellm_params.api_base", "is missing: write the resource's URL as the portal shows it, https://<resource>.openai.azure.com")
	}
	if d.responses && d.Mode == modeEmbedding {
		r.failEntry(d, d.modeAt, "model_info.mode", "an embedding deployment has no Responses API: remove responses_api, or the mode")
	}
}

func isBlank(n *node) bool { return n == nil || n.value == nil || n.value == "" }

// checkModes refuses groups of which some deployments embed and others talk. One without a mode fits anywhere.
func (r *reader) checkModes(groups map[string][]*draft) {
	for _, name := range slices.Sorted(maps.Keys(groups)) {
		first := map[bool]*draft{}
		for _, d := range groups[name] {
			embeds := d.Mode == modeEmbedding
			if d.Mode == "" {
				continue
			}
			if other := first[!embeds]; other != nil {
				r.failEntry(d, d.modeAt, "model_info.mode", "the group %s has mode %s here and %s on line %d: give them different names",
					shown(name), d.Mode, other.Mode, other.modeAt.line)
				break
			}
			if first[embeds] == nil {
				first[embeds] = d
			}
		}
	}
}
