package azureadv1

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
)

// A gateway's error may quote the request. What stands in these members of a request's body are the caller's own words.
var promptMembers = map[string]bool{
	"content": true, "text": true, "input": true, "prompt": true, "instructions": true, "arguments": true, "output": true, "suffix": true,
}

const (
	// quotedRun is the shortest piece of a prompt that counts as a quotation: shorter ones are phrases that any message may have.
	quotedRun = 24
	// quotedStep is how far apart a prompt is sampled; each run of quotedRun bytes holds a whole sample.
	quotedStep = quotedRun / 2
	// mostTried bounds what a prompt and an answer of one letter cost.
	mostTried = 64
)

// asked is the JSON body of a request that failed, nil where it cannot be read again.
func (x *exchange) asked(req *http.Request) []byte {
	if x.returned || req == nil || req.GetBody == nil || !strings.Contains(req.Header.Get("Content-Type"), "json") {
		return nil
	}
	r, err := req.GetBody()
	if err != nil {
		return nil
	}
	defer func() { _ = r.Close() }() // it was read as far as it could be
	body, err := io.ReadAll(r)
	if err != nil {
		return nil
	}
	return body
}

// hidePrompt takes out of a text what it quotes of a request's body, as it is or as JSON has it.
func hidePrompt(text string, body []byte) string {
	var tree any
	if len(text) < quotedStep || json.Unmarshal(body, &tree) != nil {
		return text
	}
	samples := map[string][]int{} // each piece of the text that is as long as a sample, and where
	for i := 0; i+quotedStep <= len(text); i++ {
		samples[text[i:i+quotedStep]] = append(samples[text[i:i+quotedStep]], i)
	}
	hidden := make([]bool, len(text))
	eachPrompt(tree, false, func(prompt string) {
		markQuotations(hidden, text, samples, prompt)
		if line := oneLine(prompt); line != prompt { // as a text of no known shape is shown
			markQuotations(hidden, text, samples, line)
		}
		if escaped, err := json.Marshal(prompt); err == nil && len(escaped) > len(prompt)+2 {
			markQuotations(hidden, text, samples, string(escaped[1:len(escaped)-1]))
		}
	})
	return withoutMarked(text, hidden)
}

func eachPrompt(v any, prompt bool, do func(string)) {
	switch v := v.(type) {
	case string:
		if prompt {
			do(v)
		}
	case []any:
		for _, element := range v {
			eachPrompt(element, prompt, do)
		}
	case map[string]any:
		for name, member := range v {
			eachPrompt(member, promptMembers[name], do)
		}
	}
}

// markQuotations marks every run that a text has in common with a prompt, if it is long enough or the whole prompt.
func markQuotations(hidden []bool, text string, samples map[string][]int, prompt string) {
	enough := min(quotedRun, len(prompt))
	tried := map[string]int{}
	for p := 0; p+quotedStep <= len(prompt); p += quotedStep {
		sample := prompt[p : p+quotedStep]
		places := samples[sample]
		if len(places) == 0 {
			continue
		}
		if tried[sample]++; tried[sample] > mostTried {
			continue
		}
		for _, t := range places {
			if hidden[t] {
				continue
			}
			if from, to := commonRun(text, t, prompt, p); to-from >= enough {
				for i := from; i < to; i++ {
					hidden[i] = true
				}
			}
		}
	}
}

// commonRun is how far text around t and prompt around p are the same, as a part of text.
func commonRun(text string, t int, prompt string, p int) (from, to int) {
	from, to = t, t+quotedStep
	for from > 0 && p+from-t > 0 && text[from-1] == prompt[p+from-t-1] {
		from--
	}
	for to < len(text) && p+to-t < len(prompt) && text[to] == prompt[p+to-t] {
		to++
	}
	return from, to
}

func withoutMarked(text string, hidden []bool) string {
	var b strings.Builder
	for i := range len(text) {
		switch {
		case !hidden[i]:
			b.WriteByte(text[i])
		case i == 0 || !hidden[i-1]:
			b.WriteString(redacted)
		}
	}
	return b.String()
}
