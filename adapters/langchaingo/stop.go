package langchaingo

import (
	"bytes"
	"math"
	"slices"
	"strings"

	"github.com/seed-a739af98/langchaingo-azure/internal/wire"
)

// stopCut does on this side what stop words do in the service, for models that refuse them: it ends each choice at its
// first stop word, which is not part of the answer. While streaming it holds back what may be the beginning of one.
// Without stop words to emulate it passes everything on untouched.
type stopCut struct {
	words    []string
	expected int // choices the answer will have
	cut      int // choices that a stop word has ended
	choices  map[int]*choiceCut
}

// choiceCut is what is held back of one choice.
type choiceCut struct {
	held  []byte // may begin a stop word
	found bool
}

// uncut is what all calls without stop words share: nothing of it is written.
var uncut = &stopCut{expected: 1}

func newStopCut(r *request) *stopCut {
	if !r.emulateStop {
		return uncut
	}
	c := &stopCut{expected: 1}
	for _, w := range r.o.StopWords {
		if w != "" {
			c.words = append(c.words, w)
		}
	}
	c.choices = map[int]*choiceCut{}
	switch {
	case r.own.has("n"):
		c.expected = math.MaxInt // not ours to read
	case isSet(r.o.N):
		c.expected = r.o.N
	}
	return c
}

// done reports that stop words have ended all choices: the rest of the stream is of no interest.
func (c *stopCut) done() bool { return c.cut >= c.expected }

// pass returns what of a choice's text so far is safe to show.
func (c *stopCut) pass(choice int, piece []byte) []byte {
	if len(c.words) == 0 || len(piece) == 0 {
		return piece
	}
	of := c.choices[choice]
	if of == nil {
		of = &choiceCut{}
		c.choices[choice] = of
	}
	if of.found {
		return nil
	}
	of.held = append(of.held, piece...)
	if at := firstStop(of.held, c.words); at >= 0 {
		of.found = true
		c.cut++
		return of.release(at)
	}
	return of.release(len(of.held) - longestBeginning(of.held, c.words))
}

// rest returns what was held back of one choice, once nothing more can come; ask again until there is none.
func (c *stopCut) rest() (choice int, text []byte) {
	for i, of := range c.choices {
		if !of.found && len(of.held) > 0 {
			return i, of.release(len(of.held))
		}
	}
	return 0, nil
}

// release hands out a copy: the caller may keep it, and held is written again.
func (c *choiceCut) release(n int) []byte {
	out := bytes.Clone(c.held[:n])
	c.held = append(c.held[:0], c.held[n:]...)
	return out
}

// apply cuts the whole answer as its stream was cut, or as the service would have.
func (c *stopCut) apply(got *answer) {
	if len(c.words) == 0 {
		return
	}
	for i := range got.Choices {
		choice := &got.Choices[i]
		at := firstStop([]byte(choice.Content), c.words)
		if at < 0 {
			continue
		}
		choice.Content = choice.Content[:at]
		choice.FinishReason = "stop"
		choice.ToolCalls, choice.FunctionCall = nil, nil
		if got.response != nil {
			got.response.Output = cutItems(got.response.Output, at)
		}
	}
}

// cutItems leaves of an answer's items what stands in front of the n-th byte of its text.
func cutItems(items []wire.OutputItem, n int) []wire.OutputItem {
	for i := range items {
		one := wire.Response{Output: items[i : i+1]}
		text := one.Text()
		if n > len(text) || items[i].Type != itemMessage {
			n -= len(text)
			continue
		}
		cut := slices.Clone(items[:i])
		if n == 0 { // what led to nothing cannot go back
			for len(cut) > 0 && cut[len(cut)-1].Type == itemReasoning {
				cut = cut[:len(cut)-1]
			}
			return cut
		}
		raw, err := plainJSON(map[string]string{"type": itemMessage, "role": "assistant", "content": text[:n]})
		if err != nil {
			return cut
		}
		return append(cut, wire.OutputItem{
			Type: itemMessage, Status: "incomplete", Content: []wire.ContentPart{{Type: "output_text", Text: text[:n]}}, Raw: raw,
		})
	}
	return items
}

// firstStop is where the earliest stop word begins, -1 when none is there.
func firstStop(text []byte, words []string) int {
	first := -1
	for _, w := range words {
		if at := bytes.Index(text, []byte(w)); at >= 0 && (first < 0 || at < first) {
			first = at
		}
	}
	return first
}

// longestBeginning is the length of the longest end of the text that begins a stop word.
func longestBeginning(text []byte, words []string) int {
	longest := 0
	for _, w := range words {
		for n := min(len(w)-1, len(text)); n > longest; n-- {
			if strings.HasPrefix(w, string(text[len(text)-n:])) {
				longest = n
				break
			}
		}
	}
	return longest
}
