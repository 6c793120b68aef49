package wire

// Usage is the service's count of tokens for one call. All fields are token
// counts as reported; zero means zero or not reported. The details are parts of
// the totals, not additions to them.
type Usage struct {
	// Prompt counts the tokens of the request, cached ones included.
	Prompt int64
	// Completion counts the tokens of the answer, reasoning included.
	Completion int64
	// Total is Prompt plus Completion as the service adds them.
	Total int64
	// Cached counts the prompt tokens served from the prompt cache.
	Cached int64
	// PromptAudio counts the audio tokens of the prompt.
	PromptAudio int64
	// Reasoning counts the hidden reasoning tokens within Completion.
	Reasoning int64
	// CompletionAudio counts the audio tokens of the answer.
	CompletionAudio int64
	// AcceptedPrediction counts tokens of a predicted output that appeared in the answer.
	AcceptedPrediction int64
	// RejectedPrediction counts tokens of a predicted output that did not appear; they are billed all the same.
	RejectedPrediction int64
}

// readUsage reads a usage object; ok is false for null.
func readUsage(d *scanner) (u Usage, ok bool, err error) {
	it, ok, err := object(d)
	if !ok {
		return u, false, err
	}
	for it.Next() {
		switch key := it.Key(); string(key) {
		case "prompt_tokens":
			u.Prompt, err = count(d, "prompt_tokens")
		case "completion_tokens":
			u.Completion, err = count(d, "completion_tokens")
		case "total_tokens":
			u.Total, err = count(d, "total_tokens")
		case "prompt_tokens_details":
			u.Cached, u.PromptAudio = 0, 0
			err = at("prompt_tokens_details", readPromptDetails(d, &u))
		case "completion_tokens_details":
			u.Reasoning, u.CompletionAudio, u.AcceptedPrediction, u.RejectedPrediction = 0, 0, 0, 0
			err = at("completion_tokens_details", readCompletionDetails(d, &u))
		default:
			err = d.Skip()
		}
		if err != nil {
			return u, false, err
		}
	}
	return u, true, it.Err()
}

// count reads a number of tokens; null is 0.
func count(d *scanner, key string) (int64, error) {
	n, _, err := integer(d)
	return n, at(key, err)
}

func readPromptDetails(d *scanner, u *Usage) error {
	it, ok, err := object(d)
	if !ok {
		return err
	}
	for it.Next() {
		switch string(it.Key()) {
		case "cached_tokens":
			u.Cached, err = count(d, "cached_tokens")
		case "audio_tokens":
			u.PromptAudio, err = count(d, "audio_tokens")
		default:
			err = d.Skip()
		}
		if err != nil {
			return err
		}
	}
	return it.Err()
}

func readCompletionDetails(d *scanner, u *Usage) error {
	it, ok, err := object(d)
	if !ok {
		return err
	}
	for it.Next() {
		switch string(it.Key()) {
		case "reasoning_tokens":
			u.Reasoning, err = count(d, "reasoning_tokens")
		case "audio_tokens":
			u.CompletionAudio, err = count(d, "audio_tokens")
		case "accepted_prediction_tokens":
			u.AcceptedPrediction, err = count(d, "accepted_prediction_tokens")
		case "rejected_prediction_tokens":
			u.RejectedPrediction, err = count(d, "rejected_prediction_tokens")
		default:
			err = d.Skip()
		}
		if err != nil {
			return err
		}
	}
	return it.Err()
}
