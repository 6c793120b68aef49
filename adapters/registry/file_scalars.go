package registry

import (
	"errors"
	"math"
	"strconv"
	"strings"
	"time"
)

// scalar is the text that a value is or refers to. Reports of what that text lacks are misfit's.
func (r *reader) scalar(v value) (text string, isText, ok bool) {
	s, isText := v.value.(string)
	if !isText {
		return "", false, true
	}
	text, ok = r.resolve(v, s)
	return strings.TrimSpace(text), true, ok
}

// misfit reports a value that is not what the key takes, without showing it.
func (r *reader) misfit(v value, noun, lack string) {
	if s, _ := v.value.(string); strings.Contains(s, envPrefix) {
		r.fail(v, "the variable holds %s", lack)
		return
	}
	r.want(v, noun)
}

// yesNo reads a switch, in the words of YAML 1.1, which LiteLLM's reader goes by.
func (r *reader) yesNo(v value) (yes, ok bool) {
	if yes, ok = v.value.(bool); ok {
		return yes, true
	}
	text, _, ok := r.scalar(v)
	if !ok {
		return false, false
	}
	switch strings.ToLower(text) {
	case "true", "yes", "on":
		return true, true
	case "false", "no", "off":
		return false, true
	}
	r.misfit(v, "true or false", "neither true nor false")
	return false, false
}

// float reads a number of any kind, or a text of one. Beyond a float64 it is infinite. Without report it is ok or no number.
func (r *reader) float(v value) (f float64, isNumber, ok bool) {
	switch n := v.value.(type) {
	case int64:
		return float64(n), true, true
	case uint64:
		return float64(n), true, true
	case float64:
		return n, true, true
	}
	text, isText, ok := r.scalar(v)
	if !ok || !isText {
		return 0, false, ok
	}
	f, err := strconv.ParseFloat(text, 64)
	return f, err == nil || errors.Is(err, strconv.ErrRange), true
}

// whole reads a whole number. One with a point and zeros after it is whole too.
func (r *reader) whole(v value, least int) (int, bool) {
	f, isNumber, ok := r.float(v)
	switch {
	case !ok:
		return 0, false
	case !isNumber || math.IsNaN(f) || f != math.Trunc(f):
		r.misfit(v, "a whole number", "no whole number")
		return 0, false
	case f < float64(least) || f > math.MaxInt32:
		r.fail(v, "want a whole number from %d to %d, got %v", least, math.MaxInt32, f)
		return 0, false
	}
	return int(f), true
}

func (r *reader) number(v value, least float64) (float64, bool) {
	f, isNumber, ok := r.float(v)
	switch {
	case !ok:
		return 0, false
	case !isNumber:
		r.misfit(v, "a number", "no number")
		return 0, false
	case !math.IsNaN(f) && !math.IsInf(f, 0) && f >= least:
		return f, true
	case math.IsInf(least, -1):
		r.fail(v, "want a finite number, got %v", f)
	default:
		r.fail(v, "want a number of at least %v, got %v", least, f)
	}
	return 0, false
}

// longest keeps seconds within a time.Duration, and milliseconds written for seconds from passing.
const longest = 7 * 24 * time.Hour

// seconds reads seconds as a number or as a text of one, or a text such as 90s.
func (r *reader) seconds(v value) (time.Duration, bool) {
	f, isNumber, ok := r.float(v)
	if ok && !isNumber {
		text, _, _ := r.scalar(v)
		d, err := time.ParseDuration(text)
		if err != nil {
			r.misfit(v, "seconds, as a number or a text such as 90s", "neither seconds nor a text such as 90s")
			return 0, false
		}
		f = d.Seconds()
	}
	switch {
	case !ok:
		return 0, false
	case !(f >= 0) || f > longest.Seconds(): // NaN too
		r.fail(v, "want from 0 seconds to a week, got %v", f)
		return 0, false
	}
	return time.Duration(f * float64(time.Second)), true
}
