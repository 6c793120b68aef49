package registry

import (
	"path"
	"slices"

	"github.com/google/jsonschema-go/jsonschema"
)

// modes are LiteLLM's words for what a model does; those that nothing here calls are taken with a warning.
var (
	servedModes = []string{modeChat, modeCompletion, modeEmbedding, modeResponses}
	otherModes  = []string{
		"audio_speech", "audio_transcription", "batch", "guardrail", "image_edit", "image_generation", "moderation", "ocr", "realtime",
		"rerank", "search", "vector_store", "video_generation",
	}
)

var infoKeys = append([]row[*draft]{
	special("id", "The deployment's name in states, answers and warnings. It is the file's own, and unique.", &jsonschema.Schema{Type: "string", MinLength: new(1)}, func(r *reader, d *draft, v value) {
		if s, ok := r.text(v); ok && s != "" {
			d.ID, d.idAt = s, v.at
		}
	}),
	special("base_model", "What the deployment serves, as gpt-4o or azure/gpt-4o.", &jsonschema.Schema{Type: "string"}, func(r *reader, d *draft, v value) {
		if s, ok := r.text(v); ok && s != "" {
			d.BaseModel = path.Base(s)
		}
	}),
	special("mode", "What the deployment does.", &jsonschema.Schema{AnyOf: []*jsonschema.Schema{
		{Enum: anyOf(slices.Concat(servedModes, otherModes))}, reference(),
	}}, readMode),
}, idles[*draft]("It describes the model to LiteLLM's proxy and its price list.",
	"*cost*", "max_tokens", "max_input_tokens", "max_output_tokens", "supports_*", "supported_*", "litellm_provider", "ptu_count", "description", "access_groups",
	"team_id", "team_public_model_name", "created_at", "updated_at", "created_by", "updated_by", "db_model", "tier", "version", "region", "tags", "key",
	"output_vector_size", "rpm", "tpm", "deprecation_date", "health_check_*", "disable_background_health_check")...)

func readMode(r *reader, d *draft, v value) {
	word := oneOf("", "", slices.Concat(servedModes, otherModes), nil, "", func(d *draft, s string) { d.Mode, d.modeAt = s, v.at })
	word.read(r, d, v)
	if d.Mode == modeResponses {
		d.responses = true
	}
	if slices.Contains(otherModes, d.Mode) && d.Provider == azureProvider {
		r.warn(v.at, "%s: nothing here calls a deployment of mode %s; chat, completion, responses and embedding are served", v.path, d.Mode)
	}
}

// readInfo reads model_info, whose keys are free in LiteLLM: one that is not known is a warning.
func readInfo(r *reader, d *draft, v value) {
	walk(r, infoKeys, d, v, func(p pair, v value) {
		if !plainKey(p.key) {
			r.warn(p.at, "%s: a key that stands here has no meaning", v.path)
			return
		}
		r.warn(p.at, "%s has no meaning here%s", v.child(p).path, r.suggest(p.key, names(infoKeys)))
	})
}
