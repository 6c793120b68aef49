package langchaingo

import (
	"bytes"
	"strings"

	"github.com/seed-a739af98/langchaingo-azure/internal/wire"
)

// stopCut does on this side what stop words do in the service, for models that refuse them: it ends the first choice
// at the first stop word, which is not part of the answer. While streaming it holds back what may be the beginning of
// one. Without stop words to emulate it passes everything on untouched.
type stopCut struct {
	words []string
	held  []byte // not passed on yet: may begin a stop word

	found bool
}

func newStopCut(r *request) *stopCut {
	c := &stopCut{}
	if r.emulateStop {
		for _, w := range r.o.StopWords {
			if w != "" {
				c.words = append(c.words, w)
			}
		}
	}
	return c
}

// done reports that a stop word has come: the rest of the stream is of no interest.
func (c *stopCut) done() bool { return c.found }

// pass returns what of the text so far is safe to show.
func (c *stopCut) pass(piece []byte) []byte {
	if len(c.words) == 0 || len(piece) == 0 {
		return piece
	}
	if c.found {
		return nil
	}
	c.held = append(c.held, piece...)
	if at := firstStop(c.held, c.words); at >= 0 {
		c.found = true
		return c.release(at)
	}
	return c.release(len(c.held) - longestBeginning(c.held, c.words))
}

// rest returns what was held back, once nothing more can come.
func (c *stopCut) rest() []byte {
	if c.found {
		return nil
	}
	return c.release(len(c.held))
}

// release hands out a copy: the caller may keep it, and held is written again.
func (c *stopCut) release(n int) []byte {
	out := bytes.Clone(c.held[:n])
	c.held = append(c.held[:0], c.held[n:]...)
	return out
}

// apply cuts the assembled answer as the stream was cut.
func (c *stopCut) apply(chat *wire.Chat) {
	if len(c.words) == 0 {
		return
	}
	for i := range chat.Choices {
		choice := &chat.Choices[i]
		if at := firstStop([]byte(choice.Content), c.words); at >= 0 {
			choice.Content = choice.Content[:at]
			choice.FinishReason = "stop"
			choice.ToolCalls = nil
		}
	}
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
