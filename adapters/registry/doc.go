// Package registry makes langchaingo models by name out of a file, so that an app never knows which provider, region,
// surface or credential serves it.
//
//	models, err := registry.Load("models.yaml")
//	if err != nil { ... }
//	chat, err := models.Model("chat")
//
// # The file
//
// models.yaml has LiteLLM's shape, and a file that works there is meant to work here. Entries of one model_name form a
// group:
//
//	model_list:
//	  - model_name: chat
//	    litellm_params:
//	      model: azure/gpt-4o-eastus
//	      api_base: https://east.openai.azure.com
//	      api_version: v1
//	      credential: managed_identity
//	      order: 1
//
// A key that nobody knows is an error; one that LiteLLM knows and that has no meaning here is in [Registry.Warnings]. All
// errors of a file come at once, as [Errors], with line and column. os.environ/NAME stands for a variable, as a whole
// value. [Schema] is the file's JSON Schema, for editors. Files are at most 1 MiB.
//
// # Groups
//
// A call goes to the lowest order that can serve, within it by weight. After a 429 the deployment is parked, until the
// time the service stated or for a pause that doubles from cooldown_time to a minute, and the next one is asked at once;
// so it goes after 401, 403 and 404, which are also said in the log. 503s, refused connections and other failures park
// it when there are more than allowed_fails within a minute, and no more successes than failures among them. After a pause
// it gets one call at a time until it serves.
//
// What may have been billed is asked of nobody else: a timeout, a 500, a connection lost after the request was sent, and
// anything after an answer began. retry_policy changes that for the first three. A bad request goes nowhere else but by
// cause: context_window_fallbacks and content_policy_fallbacks. When nobody can be asked the error is a rate limit
// ([CodeParked]) with the smallest wait.
//
// A deployment alone under its name, with nothing to fall back to, keeps azureadv1's own retries; elsewhere an entry makes
// one attempt, unless it has a max_retries of its own.
//
// rpm and tpm keep a deployment below its 429s: other deployments and fallbacks are preferred, and where there is none a
// call waits, 10 seconds at most.
//
// # Providers
//
// azure is built in. [Registry.Register] adds any other by the prefix of its models.
//
// # Concurrency
//
// Everything here is safe for concurrent use. A Registry starts no goroutine of its own; [Registry.Watch] runs on yours.
package registry
