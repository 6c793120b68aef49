package azureadv1

import (
	"context"
	"math"
	"net/http"
	"strconv"
	"time"
)

// settleWait prepares what openai-go reads from an answer before it waits: Azure's third spelling of the wait becomes
// the first, and a wait that would outlast the context is not begun, so that the answer comes back while it is useful.
// A refused credential is never worth another attempt.
func (c *Client) settleWait(ctx context.Context, res *http.Response) {
	if ms := res.Header.Get("X-Ms-Retry-After-Ms"); ms != "" && res.Header.Get("Retry-After-Ms") == "" {
		res.Header.Set("Retry-After-Ms", ms)
	}
	deadline, limited := ctx.Deadline()
	outlasts := limited && retryAfter(res.Header) > time.Until(deadline)
	if outlasts || res.StatusCode == http.StatusUnauthorized || res.StatusCode == http.StatusForbidden {
		res.Header.Set("X-Should-Retry", "false")
	}
	c.log.Debug("attempt failed", "status", res.StatusCode, "retry_after", retryAfter(res.Header), "request_id", requestID(res.Header))
}

// retryAfter reads the wait an answer asks for, in the order openai-go does: retry-after-ms, then Retry-After in
// seconds or as a date (RFC 9110, 10.2.3). 0 means that it asks for none.
func retryAfter(h http.Header) time.Duration {
	for _, header := range []struct {
		name string
		unit time.Duration
	}{{"Retry-After-Ms", time.Millisecond}, {"X-Ms-Retry-After-Ms", time.Millisecond}, {"Retry-After", time.Second}} {
		v := h.Get(header.name)
		if n, err := strconv.ParseFloat(v, 64); err == nil && n >= 0 {
			return time.Duration(min(n*float64(header.unit), math.MaxInt64/2))
		}
		if at, err := http.ParseTime(v); err == nil {
			return max(0, time.Until(at))
		}
	}
	return 0
}
