package langchaingo

import (
	"maps"
	"math"

	"github.com/tmc/langchaingo/llms"
)

// unsetInt marks an int field no option has written, as NaN marks a float. langchaingo's options are plain values, and
// 0 is a temperature.
const unsetInt = math.MinInt

// readOptions applies call options so that "unset" can be told from zero. They are applied one by one: an option that
// writes both MinLength and RepetitionPenalty is llms.WithOptions, which replaces the whole struct, and the numeric
// zeros it brings are unset again.
func readOptions(o *llms.CallOptions, options []llms.CallOption) {
	unset(o)
	for _, option := range options {
		if option == nil {
			continue
		}
		length, penalty := o.MinLength, o.RepetitionPenalty
		o.MinLength, o.RepetitionPenalty = unsetInt, math.NaN()
		option(o)
		keepApart(o)
		switch wroteLength, wrotePenalty := o.MinLength != unsetInt, !math.IsNaN(o.RepetitionPenalty); {
		case wroteLength && wrotePenalty:
			unset(o)
		case !wroteLength && !wrotePenalty:
			o.MinLength, o.RepetitionPenalty = length, penalty
		case wroteLength:
			o.RepetitionPenalty = penalty
		default:
			o.MinLength = length
		}
	}
	for _, n := range []*int{&o.MaxTokens, &o.N, &o.CandidateCount} {
		if *n == 0 {
			*n = unsetInt // langchaingo's own way to say so
		}
	}
}

// keepApart copies what later options write into: langchaingo's thinking options write into the map and into the
// configuration that the caller gave to an earlier option.
func keepApart(o *llms.CallOptions) {
	if o.Metadata == nil {
		return
	}
	o.Metadata = maps.Clone(o.Metadata)
	switch t, given := o.Metadata[keyThinking].(*llms.ThinkingConfig); {
	case given && t == nil:
		delete(o.Metadata, keyThinking) // langchaingo would write through it
	case given:
		thinking := *t
		o.Metadata[keyThinking] = &thinking
	}
}

// unset marks every numeric field that holds zero.
func unset(o *llms.CallOptions) {
	for _, f := range []*float64{&o.Temperature, &o.TopP, &o.RepetitionPenalty, &o.FrequencyPenalty, &o.PresencePenalty} {
		if *f == 0 {
			*f = math.NaN()
		}
	}
	for _, n := range []*int{&o.CandidateCount, &o.MaxTokens, &o.TopK, &o.Seed, &o.MinLength, &o.MaxLength, &o.N} {
		if *n == 0 {
			*n = unsetInt
		}
	}
}

func isSet[T int | float64](v T) bool {
	return v == v && v != T(math.MinInt)
}
