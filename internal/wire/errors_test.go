package wire_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-a739af98/langchaingo-azure/internal/wire"
)

func TestReadErrorShapes(t *testing.T) {
	for _, tt := range []struct {
		name, body string
		want       wire.Error
	}{
		{"the flat 401", `{"statusCode":401,"message":"Unauthorized. Access token is missing."}`, wire.Error{StatusCode: 401, Message: "Unauthorized. Access token is missing."}},
		{"a key that is wrong", `{"error":{"code":"401","message":"Access denied"}}`, wire.Error{Code: "401", Message: "Access denied"}},
		{"a numeric code", `{"error":{"code":404,"message":"Resource not found"}}`, wire.Error{Code: "404", Message: "Resource not found"}},
		{"nulls", `{"error":{"message":"sorry","type":"server_error","param":null,"code":null}}`, wire.Error{Message: "sorry", Type: "server_error"}},
		{"the unwrapped form", `{"code":"DeploymentNotFound","message":"none"}`, wire.Error{Code: "DeploymentNotFound", Message: "none"}},
		{"a parameter", `{"error":{"message":"m","type":"invalid_request_error","param":"max_tokens","code":"unsupported_parameter"}}`, wire.Error{Code: "unsupported_parameter", Type: "invalid_request_error", Param: "max_tokens", Message: "m"}},
		{"text in place of the object", `{"error":"nope"}`, wire.Error{Message: "nope"}},
		{"a word beside a sentence, as web frameworks answer", `{"status":503,"error":"Service Unavailable","message":"try later"}`, wire.Error{StatusCode: 503, Code: "Service Unavailable", Message: "try later"}},
		{"the OAuth form", `{"error":"invalid_client","error_description":"AADSTS7000215"}`, wire.Error{Code: "invalid_client", Message: "AADSTS7000215"}},
		{
			"the content filter on chat", `{"error":{"message":"filtered","type":null,"param":"prompt","code":"content_filter","status":400,"innererror":{"code":"ResponsibleAIPolicyViolation","content_filter_result":{"hate":{"filtered":false,"severity":"safe"},"jailbreak":{"detected":true,"filtered":true},"violence":{"filtered":true,"severity":"medium"}}}}}`,
			wire.Error{
				StatusCode: 400, Code: "content_filter", Param: "prompt", Message: "filtered", InnerCode: "ResponsibleAIPolicyViolation", FilterSource: "prompt",
				Filter: []wire.FilterResult{{Category: "hate", Severity: "safe"}, {Category: "jailbreak", Filtered: true, Detected: true, HasDetected: true}, {Category: "violence", Filtered: true, Severity: "medium"}},
			},
		},
		{
			"the specification's spelling", `{"error":{"code":"content_filter","message":"filtered","inner_error":{"code":"R","content_filter_results":{"hate":{"filtered":true,"severity":"high"}}}}}`,
			wire.Error{Code: "content_filter", Message: "filtered", InnerCode: "R", Filter: []wire.FilterResult{{Category: "hate", Filtered: true, Severity: "high"}}},
		},
		{
			"the Responses form, where the source that blocked explains", `{"error":{"message":"filtered","code":"content_filter","param":"prompt","content_filters":[{"blocked":false,"source_type":"prompt","content_filter_results":{"hate":{"filtered":false,"severity":"safe"}}},null,{"blocked":true,"source_type":"completion","content_filter_results":{"sexual":{"filtered":true,"severity":"high"}}}]}}`,
			wire.Error{Code: "content_filter", Message: "filtered", Param: "prompt", FilterSource: "completion", Filter: []wire.FilterResult{{Category: "sexual", Filtered: true, Severity: "high"}}},
		},
		{"members of the wrong kind are left out", `{"error":{"message":"m","code":{},"param":[1],"innererror":7,"content_filters":{},"status":"failed"}}`, wire.Error{Message: "m"}},
		{"broken UTF-8", "{\"message\":\"a\xff\",\"code\":\"c\"}", wire.Error{Code: "c", Message: "a\ufffd"}},
		{"blanks around it", " \r\n{\"error\":{\"code\":\"x\"}}\n", wire.Error{Code: "x"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, ok := wire.ReadError([]byte(tt.body))
			if !ok {
				t.Fatal("not read")
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if !strings.Contains(got.Error(), tt.want.Message) {
				t.Errorf("%q leaves the message out", got.Error())
			}
		})
	}
}

func TestReadErrorLeavesTheUnknownToTheCaller(t *testing.T) {
	for name, body := range map[string]string{
		"nothing":                 "",
		"blanks":                  " \n",
		"HTML":                    "<html><h1>502</h1></html>",
		"plain text":              "upstream connect error",
		"another shape":           `{"errors":[{"message":"x"}]}`,
		"an empty error object":   `{"error":{}}`,
		"null in its place":       `{"error":null}`,
		"an object without words": `{"code":"x"}`,
		"broken JSON":             `{"error":{"code":"x"}`,
		"data after the end":      `{"error":{"code":"x"}} x`,
		"a list":                  `[{"error":{"code":"x"}}]`,
	} {
		t.Run(name, func(t *testing.T) {
			if got, ok := wire.ReadError([]byte(body)); ok {
				t.Errorf("read as %+v", got)
			}
		})
	}
}

func TestErrorIsNeverEmpty(t *testing.T) {
	for _, e := range []wire.Error{{}, {StatusCode: 401}, {Type: "t"}, {Code: "c", Message: "m"}} {
		if got := e.Error(); len(got) < 20 || strings.HasSuffix(got, " ") || strings.HasSuffix(got, ":") {
			t.Errorf("%+v says %q", e, got)
		}
	}
}
