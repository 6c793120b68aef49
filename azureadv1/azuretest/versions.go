package azuretest

import (
	"slices"
	"strings"
)

// publishedVersions are the dated versions Microsoft published for inference; 2024-10-21 is the last dated GA and 2025-04-01-preview the last of all.
var publishedVersions = []string{
	"2022-12-01", "2023-03-15-preview", "2023-05-15", "2023-06-01-preview", "2023-07-01-preview", "2023-08-01-preview", "2023-09-01-preview",
	"2023-10-01-preview", "2023-12-01-preview", "2024-02-01", "2024-02-15-preview", "2024-03-01-preview", "2024-04-01-preview",
	"2024-05-01-preview", "2024-06-01", "2024-07-01-preview", "2024-08-01-preview", "2024-09-01-preview", "2024-10-01-preview", "2024-10-21",
	"2024-12-01-preview", "2025-01-01-preview", "2025-02-01-preview", "2025-03-01-preview", "2025-04-01-preview",
}

// since says from which dated versions on something is known; ga "" means that no dated GA ever knew it.
type since struct{ preview, ga string }

var (
	always           = since{preview: "0000", ga: "0000"}
	sinceTools       = since{preview: "2023-12-01", ga: "2024-02-01"}
	sinceRequired    = since{preview: "2024-06-01", ga: "2024-06-01"} // a demand for any tool
	sinceJSONSchema  = since{preview: "2024-08-01", ga: "2024-10-21"}
	sinceStreamUsage = since{preview: "2024-09-01", ga: "2024-10-21"}
	sinceReasoning   = since{preview: "2024-12-01"}
	sincePrediction  = since{preview: "2025-01-01"}
	sinceResponses   = since{preview: "2025-03-01"}
	sinceDimensions  = since{preview: "2024-03-01", ga: "2024-06-01"}
	onlyOnV1         = since{}
	chatFields       = fieldsSince(chatFieldNames)
	embeddingFields  = fieldsSince(embeddingFieldNames)
	responsesFields  = fieldsSince(responsesFieldNames)
	chatFieldNames   = map[since]string{
		always: "messages model temperature top_p n stream stop max_tokens presence_penalty frequency_penalty logit_bias user seed " +
			"logprobs top_logprobs functions function_call data_sources",
		sinceTools:       "tools tool_choice response_format",
		sinceStreamUsage: "stream_options parallel_tool_calls max_completion_tokens",
		sinceReasoning:   "store metadata reasoning_effort user_security_context",
		sincePrediction:  "prediction modalities audio",
		onlyOnV1:         "service_tier verbosity prompt_cache_key prompt_cache_retention safety_identifier",
	}
	embeddingFieldNames = map[since]string{
		always:          "input model user input_type",
		sinceDimensions: "dimensions encoding_format",
	}
	responsesFieldNames = map[since]string{
		sinceResponses: "model input instructions include max_output_tokens metadata parallel_tool_calls previous_response_id reasoning store " +
			"stream temperature text tool_choice tools top_p truncation user",
		onlyOnV1: "background conversation max_tool_calls prompt prompt_cache_key prompt_cache_retention safety_identifier service_tier " +
			"stream_options top_logprobs context_management",
	}
)

// partsSince are the kinds of content parts by the versions that know them, in the order in which refusals list them.
var partsSince = []struct {
	kind  string
	since since
}{{"text", always}, {"image_url", always}, {"input_audio", sincePrediction}, {"file", onlyOnV1}, {"refusal", sinceJSONSchema}}

// partTypes lists the kinds of content parts that a version knows.
func partTypes(version string) []string {
	var kinds []string
	for _, p := range partsSince {
		if p.since.knows(version) {
			kinds = append(kinds, p.kind)
		}
	}
	return kinds
}

func fieldsSince(names map[since]string) map[string]since {
	fields := make(map[string]since)
	for s, list := range names {
		for name := range strings.FieldsSeq(list) {
			fields[name] = s
		}
	}
	return fields
}

// knows reports whether version knows what s describes; version "" is v1, which knows everything.
func (s since) knows(version string) bool {
	if version == "" {
		return true
	}
	first := s.ga
	date, preview := strings.CutSuffix(version, "-preview")
	if preview {
		first = s.preview
	}
	return first != "" && date >= first
}

// unknownField names the first field, in alphabetical order, that the version does not know.
func unknownField(body object, fields map[string]since, version string, extra []string) (string, bool) {
	var unknown []string
	for name := range body {
		if s, ok := fields[name]; (!ok || !s.knows(version)) && !slices.Contains(extra, name) {
			unknown = append(unknown, name)
		}
	}
	if len(unknown) == 0 {
		return "", false
	}
	return slices.Min(unknown), true
}
