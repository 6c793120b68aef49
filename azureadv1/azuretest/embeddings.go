package azuretest

import (
	"encoding/base64"
	"encoding/binary"
	"hash/fnv"
	"math"
	"slices"
	"strings"
	"unicode"
)

// maxInputs is how many inputs one embeddings request may have (langchain#19532; older deployments took 16, or 1).
const maxInputs = 2048

// judgeEmbeddings refuses what Azure refuses about an embeddings body.
func (x *exchange) judgeEmbeddings() *refusal {
	if serves(x.model) != OpEmbeddings {
		return operationNotSupported("embeddings", x.model)
	}
	if name, unknown := unknownField(x.body, embeddingFields, x.version(), x.s.opts.ExtraFields); unknown {
		return modelError("", "", "Unrecognized request argument supplied: "+name)
	}
	if ref := x.judgeTypes(); ref != nil {
		return ref
	}
	if ref := judgeInputs(x.body["input"]); ref != nil {
		return ref
	}
	if format, ok := x.body["encoding_format"].(string); ok && format != "float" && format != "base64" {
		return invalidValue("encoding_format", format, "float", "base64")
	}
	wanted, ok := x.body["dimensions"].(float64)
	switch {
	case !ok:
		return nil
	case !strings.HasPrefix(x.model, "text-embedding-3"):
		return modelError("", "dimensions", "This model does not support specifying dimensions.")
	case wanted < 1 || int(wanted) > dimensions(x.model):
		return modelError("", "dimensions", "Invalid value for 'dimensions': the model's vectors cannot have that many.")
	}
	return nil
}

func judgeInputs(input any) *refusal {
	items, many := input.([]any)
	switch {
	case input == nil:
		return missing("input")
	case input == "", many && len(items) == 0:
		return modelError("", "input", "'$.input' is invalid. Please check the API reference: https://platform.openai.com/docs/api-reference.")
	case !many && !isA("a string", input):
		return wrongType("input", "a string", input)
	}
	if !many || isA("an integer", items[0]) {
		return nil
	}
	for _, item := range items {
		if _, tokens := item.([]any); item == "" || !tokens && !isA("a string", item) {
			return modelError("", "input", "'$.input' is invalid. Please check the API reference: https://platform.openai.com/docs/api-reference.")
		}
	}
	if len(items) > maxInputs {
		return modelError("", "input", "Too many inputs. The max number of inputs is 2048.")
	}
	return nil
}

func dimensions(model string) int {
	if model == "text-embedding-3-large" {
		return 3072
	}
	return 1536
}

func (x *exchange) answerEmbeddings(reply Reply) {
	inputs := embeddingInputs(x.body["input"])
	vectors := reply.vectors
	if len(vectors) == 0 {
		size := dimensions(x.model)
		if wanted, ok := x.body["dimensions"].(float64); ok {
			size = int(wanted)
		}
		for _, text := range inputs {
			vectors = append(vectors, wordVector(text, size))
		}
	}
	data := make([]any, 0, len(vectors))
	for i, v := range vectors {
		var embedding any = v
		if x.body["encoding_format"] == "base64" {
			embedding = base64Vector(v)
		}
		data = append(data, object{"object": "embedding", "index": i, "embedding": embedding})
	}
	if reply.reversed {
		slices.Reverse(data)
	}
	u := Usage{}
	for _, text := range inputs {
		u.Prompt += max(1, tokens(text))
	}
	if reply.usage != nil {
		u = *reply.usage
	}
	x.send(object{
		"object": "list", "data": data, "model": x.model, "usage": object{"prompt_tokens": u.Prompt, "total_tokens": u.Prompt + u.Completion},
	}, reply)
}

// wordVector is a unit vector made of hashed words: equal texts have equal vectors, texts that share words are near, others nearly orthogonal.
func wordVector(text string, size int) []float32 {
	sum := make([]float64, size)
	words := strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	for _, word := range append(words, "") { // the empty word keeps a text of punctuation from having no direction
		weight := 1.0
		if word == "" {
			weight = 0.1
		}
		hash := fnv.New64a()
		_, _ = hash.Write([]byte(word))
		h := hash.Sum64()
		sign := 1.0
		if h>>63 == 1 {
			sign = -1
		}
		sum[int(h&math.MaxInt32)%size] += sign * weight
	}
	norm := 0.0
	for _, v := range sum {
		norm += v * v
	}
	norm = math.Sqrt(norm)
	out := make([]float32, size)
	if norm == 0 {
		out[0] = 1 // opposite words met in one place
		return out
	}
	for i, v := range sum {
		out[i] = float32(v / norm)
	}
	return out
}

// base64Vector is the vector as little-endian float32, which is what encoding_format base64 means.
func base64Vector(v []float32) string {
	raw := make([]byte, 0, 4*len(v))
	for _, f := range v {
		raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(f))
	}
	return base64.StdEncoding.EncodeToString(raw)
}
