package azuretest

import "net/http"

const filteredMessage = "The response was filtered due to the prompt triggering Azure OpenAI's content management policy. Please modify your " +
	"prompt and retry. To learn more about our content filtering policies please read our documentation: " +
	"https://go.microsoft.com/fwlink/?linkid=2198766"

// safeCompletion and safePrompt are the filter's verdict on content that passes; the prompt's has jailbreak besides.
func safeCompletion() object {
	results := make(object)
	for _, category := range []string{"hate", "self_harm", "sexual", "violence"} {
		results[category] = object{"filtered": false, "severity": "safe"}
	}
	return results
}

func safePrompt() object {
	results := safeCompletion()
	results["jailbreak"] = object{"detected": false, "filtered": false}
	return results
}

// promptResults is the prompt_filter_results of an answered chat.
func promptResults() []any {
	return []any{object{"prompt_index": 0, "content_filter_results": safePrompt()}}
}

// filtered is the verdict on a prompt stopped for these categories. Detections have no severity.
func filtered(categories []string) object {
	results := safePrompt()
	for _, category := range categories {
		switch category {
		case "hate", "self_harm", "sexual", "violence":
			results[category] = object{"filtered": true, "severity": "medium"}
		default:
			results[category] = object{"filtered": true, "detected": true}
		}
	}
	return results
}

func blockedByMaterial() object {
	return object{"protected_material_text": object{"detected": true, "filtered": true}}
}

func (x *exchange) contentFiltered(categories []string) *refusal {
	results := filtered(categories)
	detail := object{"message": filteredMessage, "param": "prompt", "code": "content_filter"}
	if x.route.operation == OpResponses {
		detail["type"] = "invalid_request_error"
		detail["content_filters"] = []any{object{"blocked": true, "source_type": "prompt", "content_filter_results": results}}
	} else {
		detail["type"] = nil
		detail["status"] = http.StatusBadRequest
		detail["innererror"] = object{"code": "ResponsibleAIPolicyViolation", "content_filter_result": results}
	}
	return &refusal{status: http.StatusBadRequest, body: object{"error": detail}}
}
