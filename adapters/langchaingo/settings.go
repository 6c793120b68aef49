package langchaingo

import (
	"math"

	"github.com/tmc/langchaingo/llms"
)

// unsetInt marks an int field no option has written, as NaN marks a float. langchaingo's options are plain values, and
// 0 is a temperature.
const unsetInt = math.MinInt

// readOptions applies call options so that "unset" can be told from zero. They are applied one by one: an option that
// writes both MinLength and RepetitionPenalty is llms.WithOptions, which replaces the whole struct, and the numeric
// zeros it brings are unset again.
func readOptions(options []llms.CallOption) llms.CallOptions {
	var o llms.CallOptions
	unset(&o)
	for _, option := range options {
		if option == nil {
			continue
		}
		length, penalty := o.MinLength, o.RepetitionPenalty
		o.MinLength, o.RepetitionPenalty = unsetInt, math.NaN()
		option(&o)
		switch wroteLength, wrotePenalty := o.MinLength != unsetInt, !math.IsNaN(o.RepetitionPenalty); {
		case wroteLength && wrotePenalty:
			unset(&o)
		case !wroteLength && !wrotePenalty:
			o.MinLength, o.RepetitionPenalty = length, penalty
		case wroteLength:
			o.RepetitionPenalty = penalty
		default:
			o.MinLength = length
		}
	}
	for _, n := range []*int{&o.MaxTokens, &o.MaxLength, &o.N, &o.CandidateCount} {
		if *n == 0 {
			*n = unsetInt // langchaingo's own way to say so
		}
	}
	return o
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
	return v == v && v != T(math.MinInt) //nolint:staticcheck // NaN is the one value that differs from itself
}
