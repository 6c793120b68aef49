// Package langchaingo makes an Azure OpenAI deployment a model of github.com/tmc/langchaingo: llms.Model,
// llms.ReasoningModel and embeddings.EmbedderClient, on the classic and on the v1 surface, as an Entra identity or with
// a key.
//
//	m, err := langchaingo.New(azureadv1.Config{
//		Endpoint:   "https://my-resource.openai.azure.com",
//		Deployment: "my-gpt",
//		Credential: credential, // any azcore.TokenCredential; asked again whenever its token runs out
//	})
//
// Where to call and as whom is package azureadv1's; this package turns messages into requests and answers into
// langchaingo's types.
//
// # Deployments
//
// What Azure calls by name is a deployment. Config.Deployment is the one for chat, llms.WithModel names another for one
// call, [WithEmbeddingDeployment] the one for embeddings. None is ever guessed. What a deployment serves cannot be asked;
// where its name does not tell, [WithBaseModel] does.
//
// # Options
//
// Every field of llms.CallOptions that has a meaning on Azure is sent when an option set it, zero included, and not sent
// otherwise. Those without one (WithTopK, WithMinLength, WithMaxLength, WithRepetitionPenalty, WithThinkingBudget,
// WithInterleaveThinking) are an error that says so, unless [WithDropParams] names them. [ReasoningEffort], [JSONSchema], [ParallelToolCalls] and
// [ExtraBody] are further options for one call. llms.WithMetadata sends its strings as labels; other values are an error.
// The keys under which langchaingo's options for other providers ride are left out.
//
// llms.WithThinkingMode becomes the reasoning effort: low, medium, high and none by their own names, auto sends nothing.
// "none" is known to gpt-5.1 and later; earlier reasoning models refuse it, and for a deployment that is not known to
// reason it is left out.
//
// A dated version that lacks a field does without it where that changes nothing, and otherwise the call is an error that
// names a version that has it. Reasoning models refuse sampling parameters and stop words: the former are left out, the
// latter are applied on this side, so that chains and agents which always send them work. All that was left out is
// listed in GenerationInfo["Dropped"].
//
// # Answers
//
// ContentChoice.GenerationInfo has langchaingo's names for the token counts, all of them int: PromptTokens,
// CompletionTokens, TotalTokens, ReasoningTokens, PromptCachedTokens and the others. Beside them stand, where the answer
// has them, RequestID, Model, Deployment, Region, SystemFingerprint, ServiceTier, ID, Attempts, Refusal, Logprobs,
// ContentFilterResults and PromptFilterResults ([]azureadv1.FilterResult) and Dropped ([]string). A stream that was cut at
// a stop word on this side, or came from a version without usage in streams, has 0 for its counts.
//
// # The Responses API
//
// [WithResponsesAPI] makes the same model speak /responses in place of /chat/completions, for deployments that answer on
// nothing else (codex and pro kinds) or want it for tools with a reasoning effort. Everything above holds for it, and:
//
//   - It is on v1, and on dated versions from 2025-03-01-preview on.
//   - Seed, penalties and more than one choice have no field there: they are an error, unless [WithDropParams] names
//     them. Stop words are always applied on this side. The least token limit is 16, and smaller ones are sent as 16.
//   - [ReasoningSummary], [Store], [PreviousResponseID], [Truncation], [Include] and [BuiltInTools] are further options
//     for one call; on chat they are an error. Sound is for chat alone.
//   - GenerationInfo has ResponseID too, IncompleteReason where the answer is cut, and under ResponseItems every item of
//     the answer as it came, a []json.RawMessage: calls of built-in tools, citations and reasoning among them.
//
// Nothing is stored at the service unless a call says so with Store or goes on from a stored answer with
// PreviousResponseID. A reasoning model's thread then hangs on its reasoning items, encrypted, which must come back in
// front of the function calls they led to. llms.MessageContent has no place for them, and langchaingo's agents rebuild
// messages from the calls alone. Two ways carry them:
//
//   - By itself, in one process: an LLM keeps the items of its last answers that called functions (1,024 of them, 16 MiB
//     together; the least recently used go first). When a tool call comes back under its id, by the same LLM and
//     deployment, with the same function and arguments, the items that led to it go in front of it, a text that the
//     agent left out among them. Nothing is found by text, so no conversation gets another's items, and an id that
//     came twice is not used at all. Answers without function calls are not kept.
//   - In a message, in any process: [ResponseItems] makes a part of an answer's items, for an AI message of the history,
//     which can be stored as JSON.
//
// Where neither has them (a memory or another process dropped them, the LLM was made anew, the arguments were changed,
// another deployment was asked) the calls and results go without: the request is valid, and the model does without what
// it thought before. Dated versions do not know encrypted reasoning, so that there only stored answers keep the thread;
// and it is asked for only where the deployment is known to serve a reasoning model, see [WithBaseModel].
//
// # Streams
//
// llms.WithStreamingFunc gets the text of the first choice and nothing else; the pieces are its to keep and not to
// change. [LLM.GenerateContentStream] gives all choices over a channel. A stream is never silently short: whatever breaks
// it is an error beside the answer as far as it came. Lines may be of any length up to 16 MiB, and an answer up to 64 MiB;
// what passes that is an error of the same kind.
//
// # Errors
//
// Every error is an *llms.Error, for llms.IsRateLimitError and its like, with an *azureadv1.Error in its chain, which has
// the service's words, the request's id and a hint; context.Canceled and context.DeadlineExceeded stay visible to
// errors.Is. Calls that cannot be right fail before anything is sent. The one exception is an error of the caller's own
// streaming function, which comes back as it is.
//
// # Concurrency
//
// An [LLM] is safe for use by many goroutines, which share what it keeps of the Responses API. Callback handlers and
// streaming functions run on the goroutine of their call; those of GenerateContentStream after its first piece on one of
// its own. One that panics does so there: on its own goroutine the caller may recover, and the LLM serves the next call.
package langchaingo
