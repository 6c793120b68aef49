package langchaingo

import "github.com/seed-a739af98/langchaingo-azure/azureadv1"

// since is the first dated version, by its date, that knows a request field (changelog of the API version lifecycle
// page, and the published OpenAPI documents). The v1 surface knows them all. Dated versions ended with
// 2025-04-01-preview, and the last without -preview is 2024-10-21, so that dates alone decide.
var since = map[string]string{
	"tools":                 "2023-12-01",
	"response_format":       "2023-12-01",
	"encoding_format":       "2024-03-01",
	"dimensions":            "2024-03-01",
	"required":              "2024-06-01", // of a tool choice: the first version whose document has it; LiteLLM refuses it before
	"json_schema":           "2024-08-01",
	"strict":                "2024-08-01", // of a tool; before, a tool without parameters was refused
	"stream_options":        "2024-09-01",
	"parallel_tool_calls":   "2024-09-01",
	"max_completion_tokens": "2024-09-01",
	"metadata":              "2024-12-01",
	"reasoning_effort":      "2024-12-01",
	"input_audio":           "2025-01-01",
	"responses":             "2025-03-01",
	"reasoning_summary":     "2025-04-01", // before, it had another name
	"file":                  "v1",         // of chat; no dated version
	"encrypted":             "v1",         // reasoning that can be sent back, of Responses; no dated version's document has it
}

// knows reports whether the client's version has a field.
func knows(c *azureadv1.Client, field string) bool {
	if c.Surface() == azureadv1.V1 {
		return true
	}
	return c.APIVersion()[:len("2006-01-02")] >= since[field]
}

// datedSince names a dated version that has a field, for messages: " or \"2024-10-21\"", or nothing where only previews
// of v1's time have it.
func datedSince(field string) string {
	switch date := since[field]; {
	case date == "v1":
		return ""
	case date <= "2024-02-01":
		return " or a date from 2024-02-01 on"
	case date <= "2024-06-01":
		return " or a date from 2024-06-01 on"
	case date <= "2024-10-21":
		return " or \"2024-10-21\""
	default:
		return " or \"2025-04-01-preview\""
	}
}
