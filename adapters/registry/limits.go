package registry

import (
	"math"
	"time"

	"golang.org/x/time/rate"
)

// limits keep a deployment below the 429s of its rpm and tpm. nil is no limit.
//
// Azure looks at windows of 1 and 10 seconds for requests (learn.microsoft.com/azure/ai-foundry/openai/how-to/quota,
// "Understanding rate limits"): so a bucket holds one second's share, and fills slowly enough that no ten seconds see
// more than a sixth of rpm. Tokens are counted as Azure counts them when a request arrives, by the length of the prompt
// and the token limit; what the answer reports beyond that is charged afterwards. No minute sees more than tpm.
type limits struct {
	rpm, tpm         int
	requests, tokens *rate.Limiter
}

func newLimits(rpm, tpm int) *limits {
	l := &limits{rpm: rpm, tpm: tpm}
	if rpm > 0 {
		perSecond, burst := float64(rpm)/60, max(1, rpm/60)
		if burst > 1 {
			perSecond -= float64(burst) / 10
		}
		l.requests = rate.NewLimiter(rate.Limit(perSecond), burst)
	}
	if tpm > 0 {
		burst := max(1, tpm/6) // one prompt may be as large as that
		l.tokens = rate.NewLimiter(rate.Limit(float64(max(tpm-burst, 1))/60), burst)
	}
	return l
}

// wait is how long until a call of so many tokens may be made; 0 is now.
func (l *limits) wait(now time.Time, tokens int) time.Duration {
	return max(lacking(l.requests, now, 1), lacking(l.tokens, now, tokens))
}

func lacking(l *rate.Limiter, now time.Time, n int) time.Duration {
	if l == nil {
		return 0
	}
	missing := float64(min(n, l.Burst())) - l.TokensAt(now)
	if missing <= 0 {
		return 0
	}
	return time.Duration(math.Ceil(missing / float64(l.Limit()) * float64(time.Second)))
}

// take counts a call, unless that would pass a limit. A prompt larger than the bucket is admitted when that is full, and
// the rest of it is charged.
func (l *limits) take(now time.Time, tokens int) bool {
	if l.wait(now, tokens) > 0 || !allowed(l.requests, now, 1) || !allowed(l.tokens, now, tokens) {
		return false
	}
	if l.tokens != nil {
		l.charge(now, tokens-l.tokens.Burst())
	}
	return true
}

func allowed(l *rate.Limiter, now time.Time, n int) bool {
	return l == nil || l.AllowN(now, min(n, l.Burst()))
}

// charge counts what a call used beyond what it was admitted with. The next calls wait for it.
func (l *limits) charge(now time.Time, tokens int) {
	if l.tokens == nil {
		return
	}
	for burst := l.tokens.Burst(); tokens > 0; tokens -= burst {
		l.tokens.ReserveN(now, min(tokens, burst))
	}
}
