package azuretest_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/seed-a739af98/langchaingo-azure/azureadv1"
	"github.com/seed-a739af98/langchaingo-azure/azureadv1/azuretest"
)

// Testing one's own app: all it needs is to be given the Config.
func Example() {
	azure := azuretest.New(azuretest.Options{Deployments: map[string]string{"my-gpt": "gpt-4.1"}})
	defer func() { _ = azure.Close() }()
	azure.Enqueue(azuretest.Unauthorized(), azuretest.Text("Hello."))

	client, err := azureadv1.NewClient(azureadv1.Config{ // what the app does
		Endpoint: azure.Endpoint(), Deployment: "my-gpt", Credential: azure.Credential(), HTTPClient: azure.HTTPClient(),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	res, err := client.Post(context.Background(), azureadv1.OpChat, "", []byte(`{"model":"my-gpt","messages":[{"role":"user","content":"Hi!"}]}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	_ = res.Body.Close()

	for _, r := range azure.Requests() { // what the test looks at
		fmt.Println(r.Surface, r.Operation, r.Deployment, r.Credential, r.LastMessage().Content, r.Status, cmp.Or(r.Fault, "no fault"))
	}
	fmt.Println("tokens:", azure.Stats().TokenRequests)
	// Output:
	// v1 chat my-gpt token Hi! 401 Unauthorized
	// v1 chat my-gpt token Hi! 200 no fault
	// tokens: 2
}

// askOnce makes one call as an app does that tries once.
func askOnce(s *azuretest.Server, op azureadv1.Operation, deployment, body string) (*http.Response, error) {
	client, err := azureadv1.NewClient(azureadv1.Config{
		Endpoint: s.Endpoint(), Credential: s.Credential(), HTTPClient: s.HTTPClient(), MaxRetries: -1,
	})
	if err != nil {
		return nil, err
	}
	return client.Post(context.Background(), op, deployment, []byte(body))
}

// ending is the part of an answer by which a client knows it.
var ending = regexp.MustCompile(`"finish_reason":"\w+"|"code":"\w+"|"choices":\[\]|"statusCode":401|<html>`)

// heard asks once and describes the answer in a few words.
func heard(s *azuretest.Server) string {
	status, body := say(s, "Hi!")
	if status == 0 {
		return "no answer"
	}
	return strings.TrimSpace(fmt.Sprint(status, " ", ending.FindString(body)))
}

// What each reply puts on the wire, plain, on chat completions.
func ExampleReply() {
	s := azuretest.New(azuretest.Options{})
	defer func() { _ = s.Close() }()
	clock := azuretest.ToolCall{Name: "clock", Arguments: `{"city":"Oslo"}`}
	for _, reply := range []struct {
		name string
		azuretest.Reply
	}{
		{"Text", azuretest.Text("Hello.")},
		{"ToolCalls", azuretest.ToolCalls(clock)},
		{"Refusal", azuretest.Refusal("No.")},
		{"FilteredAnswer", azuretest.FilteredAnswer("It begins")},
		{"EmptyChoices", azuretest.EmptyChoices()},
		{"Text, cut at its limit", azuretest.Text("It is lo").WithFinishReason("length")},
		{"ContentFiltered", azuretest.ContentFiltered("violence")},
		{"ContextLengthExceeded", azuretest.ContextLengthExceeded()},
		{"Unauthorized", azuretest.Unauthorized()},
		{"ClaimsChallenge", azuretest.ClaimsChallenge("")},
		{"WrongKey", azuretest.WrongKey()},
		{"PermissionDenied", azuretest.PermissionDenied()},
		{"KeysDisabled", azuretest.KeysDisabled()},
		{"NetworkDenied", azuretest.NetworkDenied()},
		{"DeploymentNotFound", azuretest.DeploymentNotFound()},
		{"RateLimited", azuretest.RateLimited(azuretest.RetryAfterMs(1500))},
		{"ServerError", azuretest.ServerError()},
		{"Disconnect", azuretest.Disconnect()},
		{"SlowFirstByte", azuretest.SlowFirstByte(time.Millisecond, azuretest.Text("At last."))},
		{"Raw", azuretest.Raw(502, http.Header{"Content-Type": {"text/html"}}, "<html>Bad gateway</html>")},
	} {
		s.Enqueue(reply.Reply)
		fmt.Printf("%-23s %s\n", reply.name, heard(s))
	}
	// Output:
	// Text                    200 "finish_reason":"stop"
	// ToolCalls               200 "finish_reason":"tool_calls"
	// Refusal                 200 "finish_reason":"stop"
	// FilteredAnswer          200 "finish_reason":"content_filter"
	// EmptyChoices            200 "choices":[]
	// Text, cut at its limit  200 "finish_reason":"length"
	// ContentFiltered         400 "code":"content_filter"
	// ContextLengthExceeded   400 "code":"context_length_exceeded"
	// Unauthorized            401 "statusCode":401
	// ClaimsChallenge         401 "statusCode":401
	// WrongKey                401 "code":"401"
	// PermissionDenied        401 "code":"PermissionDenied"
	// KeysDisabled            403 "code":"AuthenticationTypeDisabled"
	// NetworkDenied           403 "code":"403"
	// DeploymentNotFound      404 "code":"DeploymentNotFound"
	// RateLimited             429 "code":"429"
	// ServerError             500
	// Disconnect              no answer
	// SlowFirstByte           200 "finish_reason":"stop"
	// Raw                     502 <html>
}

// How each way of saying when to come back looks.
func ExampleRateLimited() {
	s := azuretest.New(azuretest.Options{})
	defer func() { _ = s.Close() }()
	for _, wait := range []azuretest.Wait{
		azuretest.RetryAfter(20), azuretest.RetryAfterMs(1500), azuretest.XMSRetryAfterMs(800),
		azuretest.RetryAfterDate(time.Now().Add(time.Hour)),
	} {
		s.Enqueue(azuretest.RateLimited(wait))
		res, err := askOnce(s, azureadv1.OpChat, "chat", `{"model":"chat","messages":[{"role":"user","content":"Hi!"}]}`)
		if err == nil {
			_ = res.Body.Close()
		}
		fmt.Println(min(azureadv1.AsError(err).RetryAfter, 59*time.Minute)) // the date has whole seconds, and passes
	}
	// Output:
	// 20s
	// 1.5s
	// 800ms
	// 59m0s
}

// Streams that end in each of the ways in which Azure's do.
func ExampleCutStream() {
	s := azuretest.New(azuretest.Options{})
	defer func() { _ = s.Close() }()
	text := azuretest.Text("To be", " or not", " to be")
	for _, reply := range []azuretest.Reply{
		text, azuretest.CutStream(1, text), azuretest.TruncatedStream(2, text), azuretest.StreamError(1, text),
		azuretest.AsyncFilter("To be"), azuretest.AsyncFilterBlock("To be"),
	} {
		s.Enqueue(reply)
		res, err := askOnce(s, azureadv1.OpChat, "chat", `{"model":"chat","stream":true,"messages":[{"role":"user","content":"Hamlet?"}]}`)
		if err != nil {
			fmt.Println(err)
			return
		}
		stream, err := io.ReadAll(res.Body)
		_ = res.Body.Close()
		fmt.Println("or not:", strings.Contains(string(stream), "or not"),
			"finish:", strings.Count(string(stream), `"finish_reason":"`),
			"error frame:", strings.Contains(string(stream), `data: {"error"`),
			"[DONE]:", strings.Contains(string(stream), "[DONE]"),
			"cut:", errors.Is(err, io.ErrUnexpectedEOF))
	}
	// Output:
	// or not: true finish: 1 error frame: false [DONE]: true cut: false
	// or not: false finish: 0 error frame: false [DONE]: false cut: true
	// or not: true finish: 0 error frame: false [DONE]: false cut: false
	// or not: false finish: 0 error frame: true [DONE]: false cut: false
	// or not: false finish: 1 error frame: false [DONE]: true cut: false
	// or not: false finish: 2 error frame: false [DONE]: true cut: false
}

// Vectors of one's own, in whatever order the service may send them.
func ExampleEmbeddings() {
	s := azuretest.New(azuretest.Options{})
	defer func() { _ = s.Close() }()
	s.Enqueue(azuretest.Embeddings([]float32{1, 0}, []float32{0, 1}).Reversed())
	res, err := askOnce(s, azureadv1.OpEmbeddings, "embed", `{"model":"embed","input":["a","b"],"encoding_format":"float"}`)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	fmt.Println(regexp.MustCompile(`"(embedding":\[[01,]+\]|index":\d)`).FindAllString(string(body), -1), err)
	// Output:
	// ["embedding":[0,1] "index":1 "embedding":[1,0] "index":0] <nil>
}

// A fingerprint tells two tokens apart without showing either.
func ExampleFingerprint() {
	s := azuretest.New(azuretest.Options{})
	defer func() { _ = s.Close() }()
	say(s, "Hi!")
	say(s, "Hi again!")
	all, issued := s.Requests(), s.TokenRequests()
	fmt.Println(all[0].Fingerprint() == all[1].Fingerprint(), all[0].Fingerprint() == issued[0].TokenFingerprint)
	fmt.Println(azuretest.Fingerprint("one") == azuretest.Fingerprint("another"))
	// Output:
	// true true
	// false
}

// A redirect is shown to the app's client; one that follows it would carry the token elsewhere.
func ExampleRedirect() {
	s := azuretest.New(azuretest.Options{})
	defer func() { _ = s.Close() }()
	s.Enqueue(azuretest.Redirect(http.StatusTemporaryRedirect, "https://elsewhere.example/"))
	res, err := askOnce(s, azureadv1.OpChat, "chat", `{"model":"chat","messages":[{"role":"user","content":"Hi!"}]}`)
	if err == nil {
		_ = res.Body.Close()
	}
	fmt.Println(azureadv1.AsError(err).Code, strings.Contains(err.Error(), "https://elsewhere.example"), s.Stats().Strays)
	// Output: refused true 0
}
