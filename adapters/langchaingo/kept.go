package langchaingo

import (
	"bytes"
	"container/list"
	"slices"
	"sync"

	"github.com/seed-a739af98/langchaingo-azure/internal/wire"
)

// The bounds of what one LLM keeps of its answers. Encrypted reasoning has some kilobytes for each answer, so that the
// count is reached first; an agent's run is over long before.
const (
	maxKeptAnswers = 1024
	maxKeptBytes   = 16 << 20
)

// keptAnswers are the items of the last answers that called functions, found by the ids of the calls: langchaingo's
// agents build their messages anew from the calls and have no place for reasoning. Calls are found by nothing else, so
// that one conversation never gets what belongs to another. The service draws the ids at random; ids that come twice, in
// whatever answers, show that they do not tell answers apart, and are not used at all.
type keptAnswers struct {
	count, bytes int // bounds

	mu    sync.Mutex
	calls map[string]*keptAnswer
	order list.List // of *keptAnswer, the last used first
	size  int
}

// keptAnswer is one answer up to its last call. It does not change.
type keptAnswer struct {
	deployment string
	response   string            // the answer's id
	items      []wire.OutputItem // empty where an id came twice, or the answer is of no use
	text       string
	ids        []string
	size       int
	place      *list.Element
}

func newKeptAnswers(count, bytes int) *keptAnswers {
	return &keptAnswers{count: count, bytes: bytes, calls: map[string]*keptAnswer{}}
}

// put keeps an answer, if going back whole does something for it: there is more than text and calls in it, and the
// service will know every item again, either by its encrypted content or because the answer was stored. Of any other the
// ids are noted, so that one that comes again is known.
func (k *keptAnswers) put(deployment string, response *wire.Response, stored bool) {
	ids := callIDs(response.Output)
	if len(ids) == 0 {
		return
	}
	a := newKeptAnswer(deployment, response, ids, stored)
	if a.size > k.bytes {
		a.empty()
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, id := range a.ids {
		if old := k.calls[id]; old != nil {
			k.size -= old.size
			old.empty()
			a.empty()
		}
	}
	a.place = k.order.PushFront(a)
	k.size += a.size
	for _, id := range a.ids {
		k.calls[id] = a
	}
	for k.size > k.bytes || k.order.Len() > k.count {
		k.forget(k.order.Back().Value.(*keptAnswer)) //nolint:forcetypeassert // it holds nothing else
	}
}

// forget drops an answer; the lock is held.
func (k *keptAnswers) forget(a *keptAnswer) {
	k.order.Remove(a.place)
	k.size -= a.size
	for _, id := range a.ids {
		if k.calls[id] == a { // else a later answer has it, too
			delete(k.calls, id)
		}
	}
}

// get finds the answer of a call: of the same deployment, since no other can read its reasoning, and with the same
// function and arguments, since reasoning that led to another call is of no use; and not the answer that the request goes
// on from, which the service has. nil where there is none.
func (k *keptAnswers) get(deployment, previous string, c spokenCall) *keptAnswer {
	if k == nil {
		return nil
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	a := k.calls[c.id]
	if a == nil || a.deployment != deployment || previous != "" && a.response == previous {
		return nil
	}
	at := a.indexOf(c.id)
	if at < 0 || a.items[at].Name != c.name || !sameArguments(arguments(a.items[at].Arguments), c.arguments) {
		return nil
	}
	k.order.MoveToFront(a.place)
	return a
}

// callIDs are the ids of an answer's function calls.
func callIDs(items []wire.OutputItem) []string {
	var ids []string
	for i := range items {
		if items[i].Type == itemCall && items[i].CallID != "" {
			ids = append(ids, items[i].CallID)
		}
	}
	return ids
}

// newKeptAnswer makes what is kept of an answer; without items where it is of no use.
func newKeptAnswer(deployment string, response *wire.Response, ids []string, stored bool) *keptAnswer {
	a := &keptAnswer{deployment: deployment, response: response.ID, ids: ids}
	last, calls, worth := -1, 0, false
	for i := range response.Output {
		item := &response.Output[i]
		switch {
		case item.Raw == nil, item.Type == "", item.Type == itemReasoning && !item.Encrypted && !stored:
			return a
		case item.Type == itemCall:
			last = i
			calls++
		case item.Type != itemMessage:
			worth = true
		}
	}
	if twice := len(slices.Compact(slices.Sorted(slices.Values(ids)))) < calls; twice || !worth {
		return a
	}
	whole := wire.Response{Output: response.Output[:last+1]}
	a.items, a.text = slices.Clone(whole.Output), whole.Text()
	a.size = len(a.text)
	for i := range a.items {
		item := &a.items[i]
		a.size += len(item.Raw) + len(item.Arguments)
		item.Content, item.Summary = nil, nil // they are in Raw
		item.Raw = bytes.Clone(item.Raw)      // the caller gets the other one
	}
	return a
}

// empty leaves an answer nothing but the ids that were seen.
func (a *keptAnswer) empty() { a.items, a.text, a.size = nil, "", 0 }

// indexOf is where a call stands, -1 where it does not.
func (a *keptAnswer) indexOf(callID string) int {
	return slices.IndexFunc(a.items, func(item wire.OutputItem) bool { return item.Type == itemCall && item.CallID == callID })
}

// textFrom reports whether an item from n on is a message; false for nil.
func (a *keptAnswer) textFrom(n int) bool {
	return a != nil && slices.ContainsFunc(a.items[min(n, len(a.items)):], func(item wire.OutputItem) bool { return item.Type == itemMessage })
}
