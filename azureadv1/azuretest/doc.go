// Package azuretest is a stand-in Azure OpenAI resource and Entra ID tenant for tests and demonstrations.
//
// It is strict where Azure is strict, about api-version, credential, audience, tenant, expiry, deployment and request fields, and it answers
// in the shapes Azure has on the wire, the odd ones included. No account, no variable and no network beyond loopback is needed.
//
// There are two forms with one behaviour. [Start] listens on a loopback port with TLS, for programs and for tests of connections:
//
//	s, err := azuretest.Start(azuretest.Options{TokenLifetime: 3 * time.Second})
//	if err != nil { ... }
//	defer s.Close()
//	cfg := Config{Endpoint: s.Endpoint(), HTTPClient: s.HTTPClient(), Credential: s.Credential()}
//
// [New] opens no socket: its [Server.HTTPClient] answers from memory. Inside a testing/synctest bubble it keeps virtual time, so that days of
// token rotation run in milliseconds, and it can play any host: [Options.Host] may be contoso.openai.azure.us or a Foundry project's host.
//
// # Azure side
//
// Both surfaces are served: /openai/deployments/{deployment}/... with a dated api-version, and /openai/v1/... without one; behind a gateway's
// [Options.Prefix] and below /api/projects/{project} too. Chat, embeddings and Responses work plain and, where Azure streams, as server-sent
// events. Any other operation passes the same checks and then answers what was scripted for it, or 404.
//
// # Entra side
//
// OpenID discovery, the client-credentials grant (secret, certificate, federated assertion), the password grant, the IMDS and the App Service managed identity
// endpoints issue JWT-shaped tokens that the Azure side then checks. [Server.Credential] is a real azidentity credential on it;
// [Server.ClientOptions] builds any other one. [Server.SetEntraDown], [Server.SetEntraStatus] and [Server.SetEntraDelay] break it.
//
// # Scripts
//
// An unscripted request gets a sensible answer. [Server.Enqueue] puts replies and faults in front of it, each used once and in order;
// [Options.Respond] decides request by request, which is enough for a little agent brain:
//
//	Respond: func(r azuretest.Request) azuretest.Reply {
//		if r.LastMessage().Role == "tool" {
//			return azuretest.Text("It is ", r.LastMessage().Content, ".")
//		}
//		return azuretest.ToolCalls(azuretest.ToolCall{Name: "clock", Arguments: `{"city":"Oslo"}`})
//	}
//
// One [Reply] serves plain and streamed requests, chat and Responses, both surfaces.
//
// # What was asked
//
// [Server.Requests] lists what the Azure side saw and answered, [Server.TokenRequests] what the Entra side saw, [Server.Stats] counts.
// Everything here is safe for use by many goroutines at once.
package azuretest
