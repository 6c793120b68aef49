package azureadv1

import (
	"math"
	"net/http"
	"strconv"
	"time"
)

// settleWait prepares what openai-go reads from an answer before it waits: Azure's third spelling of the wait becomes
// the first, and a wait that would outlast the context is not begun, so that the answer comes back while it is useful.
// A refused credential is never worth another attempt.
func (c *Client) settleWait(req *http.Request, res *http.Response) {
	if ms := res.Header.Get("X-Ms-Retry-After-Ms"); ms != "" && res.Header.Get("Retry-After-Ms") == "" {
		res.Header.Set("Retry-After-Ms", ms)
	}
	wait, stated := statedWait(res.Header)
	if !stated {
		wait = c.longestBackoff(req)
	}
	deadline, limited := req.Context().Deadline()
	outlasts := limited && wait > time.Until(deadline)
	if outlasts || res.StatusCode == http.StatusUnauthorized || res.StatusCode == http.StatusForbidden {
		res.Header.Set("X-Should-Retry", "false")
	}
	c.log.DebugContext(req.Context(), "attempt failed", "url", redactURL(req.URL), "status", res.StatusCode, "retry_after", retryAfter(res.Header), "request_id", requestID(res.Header))
}

// longestBackoff is what openai-go may wait after this attempt when the answer names no time: half a second, doubled
// with each retry, MaxRetryWait at most (retryDelay in its requestconfig). Its jitter only shortens that.
func (c *Client) longestBackoff(req *http.Request) time.Duration {
	n, err := strconv.ParseUint(req.Header.Get("X-Stainless-Retry-Count"), 10, 16)
	if err != nil {
		n = 0 // the caller has taken the header away: the first wait is the shortest
	}
	wait := math.Ldexp(float64(500*time.Millisecond), int(min(n, 30)))
	return min(time.Duration(wait), c.cfg.maxRetryWait())
}

// retryAfter is the wait an answer asks for; 0 means none.
func retryAfter(h http.Header) time.Duration {
	wait, _ := statedWait(h)
	return wait
}

// statedWait reads the wait an answer asks for, in the order openai-go does: retry-after-ms, then Retry-After in
// seconds or as a date (RFC 9110, 10.2.3). One of nothing is stated, too.
func statedWait(h http.Header) (wait time.Duration, stated bool) {
	for _, header := range []struct {
		name string
		unit time.Duration
	}{{"Retry-After-Ms", time.Millisecond}, {"X-Ms-Retry-After-Ms", time.Millisecond}, {"Retry-After", time.Second}} {
		v := h.Get(header.name)
		if n, err := strconv.ParseFloat(v, 64); err == nil && n >= 0 {
			return time.Duration(min(n*float64(header.unit), math.MaxInt64/2)), true
		}
		if at, err := http.ParseTime(v); err == nil {
			return max(0, time.Until(at)), true
		}
	}
	return 0, false
}
