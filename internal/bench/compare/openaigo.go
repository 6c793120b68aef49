package main

import (
	"context"
	"encoding/base64"
	"strings"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/azure"
	"github.com/openai/openai-go/v3/option"
	"github.com/openai/openai-go/v3/shared"
	"github.com/tmc/langchaingo/llms"
)

func classicToken(w work) []option.RequestOption {
	return []option.RequestOption{azure.WithEndpoint(origin, dated), azure.WithTokenCredential(fixed{}), option.WithHTTPClient(newCanned(w, false))}
}

func v1Key(w work) []option.RequestOption {
	return []option.RequestOption{option.WithBaseURL(origin + "/openai/v1/"), option.WithAPIKey(key), option.WithHTTPClient(newCanned(w, false))}
}

// openaigo writes the same request with openai-go's types.
func openaigo(ctx context.Context, w work, opts []option.RequestOption) (func() (outcome, error), error) {
	c := openai.NewClient(opts...)
	switch {
	case w.texts != nil:
		return func() (outcome, error) { return embedded(ctx, &c, w) }, nil
	case w.stream:
		return func() (outcome, error) { return streamed(ctx, &c, w) }, nil
	}
	return func() (outcome, error) {
		got, err := c.Chat.Completions.New(ctx, params(w))
		if err != nil {
			return outcome{}, err
		}
		return outcome{Text: got.Choices[0].Message.Content, Tokens: int(got.Usage.TotalTokens)}, nil
	}, nil
}

func embedded(ctx context.Context, c *openai.Client, w work) (outcome, error) {
	got, err := c.Embeddings.New(ctx, openai.EmbeddingNewParams{Model: deployment, Input: openai.EmbeddingNewParamsInputUnion{OfArrayOfStrings: w.texts}})
	if err != nil {
		return outcome{}, err
	}
	out := outcome{Vectors: make([][]float32, len(got.Data))}
	for i, d := range got.Data {
		out.Vectors[i] = make([]float32, len(d.Embedding))
		for j, x := range d.Embedding {
			out.Vectors[i][j] = float32(x)
		}
	}
	return out, nil
}

func streamed(ctx context.Context, c *openai.Client, w work) (outcome, error) {
	stream := c.Chat.Completions.NewStreaming(ctx, params(w))
	var text, args strings.Builder
	var out outcome
	for stream.Next() {
		for _, choice := range stream.Current().Choices {
			text.WriteString(choice.Delta.Content)
			for _, call := range choice.Delta.ToolCalls {
				out.Name += call.Function.Name
				args.WriteString(call.Function.Arguments)
			}
		}
	}
	err := stream.Err()
	if closed := stream.Close(); err == nil {
		err = closed
	}
	out.Text, out.Args = text.String(), args.String()
	return out, err
}

// params are a work's, made for each call as the other libraries make theirs.
func params(w work) openai.ChatCompletionNewParams {
	p := openai.ChatCompletionNewParams{Model: deployment}
	for _, m := range w.messages {
		p.Messages = append(p.Messages, message(m))
	}
	for _, t := range w.tools {
		schema, _ := t.Function.Parameters.(map[string]any)
		p.Tools = append(p.Tools, openai.ChatCompletionFunctionTool(shared.FunctionDefinitionParam{
			Name: t.Function.Name, Description: openai.String(t.Function.Description), Parameters: schema,
		}))
	}
	return p
}

func message(m llms.MessageContent) openai.ChatCompletionMessageParamUnion {
	if text, ok := m.Parts[0].(llms.TextContent); ok && len(m.Parts) == 1 {
		if m.Role == llms.ChatMessageTypeAI {
			return openai.AssistantMessage(text.Text)
		}
		return openai.UserMessage(text.Text)
	}
	var parts []openai.ChatCompletionContentPartUnionParam
	for _, part := range m.Parts {
		switch part := part.(type) {
		case llms.ToolCall:
			return called(part)
		case llms.ToolCallResponse:
			return openai.ToolMessage(part.Content, part.ToolCallID)
		case llms.TextContent:
			parts = append(parts, openai.TextContentPart(part.Text))
		case llms.BinaryContent:
			url := "data:" + part.MIMEType + ";base64," + base64.StdEncoding.EncodeToString(part.Data)
			parts = append(parts, openai.ImageContentPart(openai.ChatCompletionContentPartImageImageURLParam{URL: url}))
		}
	}
	return openai.UserMessage(parts)
}

func called(c llms.ToolCall) openai.ChatCompletionMessageParamUnion {
	return openai.ChatCompletionMessageParamUnion{OfAssistant: &openai.ChatCompletionAssistantMessageParam{
		ToolCalls: []openai.ChatCompletionMessageToolCallUnionParam{{OfFunction: &openai.ChatCompletionMessageFunctionToolCallParam{
			ID: c.ID, Function: openai.ChatCompletionMessageFunctionToolCallFunctionParam{Name: c.FunctionCall.Name, Arguments: c.FunctionCall.Arguments},
		}}},
	}}
}
