package wire

import (
	"math"
	"strconv"

	"github.com/go-faster/jx"
)

// The readers below take the scanner at a value and leave it behind it. null
// is absent everywhere.

// object starts reading an object; ok is false for null.
func object(d *scanner) (it members, ok bool, err error) {
	switch t := d.Next(); t {
	case jx.Object:
		it, err = d.ObjIter()
		return it, err == nil, err
	case jx.Null:
		return it, false, d.Null()
	default:
		return it, false, wrongKind(d, "an object", t)
	}
}

// array starts reading an array; ok is false for null.
func array(d *scanner) (it elements, ok bool, err error) {
	switch t := d.Next(); t {
	case jx.Array:
		it, err = d.ArrIter()
		return it, err == nil, err
	case jx.Null:
		return it, false, d.Null()
	default:
		return it, false, wrongKind(d, "an array", t)
	}
}

// wrongKind reports a value of kind t, unless it is no value at all.
func wrongKind(d *scanner, want string, t jx.Type) error {
	if err := d.Skip(); err != nil {
		return err
	}
	return valueError("want " + want + ", got " + t.String())
}

// anyValue returns the bytes of the next value as they stand; nil for null.
func anyValue(d *scanner) ([]byte, error) {
	if d.Next() == jx.Null {
		return nil, d.Null()
	}
	return d.Raw()
}

// stringToken returns the next string, quotes included; nil for null.
func stringToken(d *scanner) ([]byte, error) {
	switch t := d.Next(); t {
	case jx.String:
		return d.Raw()
	case jx.Null:
		return nil, d.Null()
	default:
		return nil, wrongKind(d, "a string", t)
	}
}

// scalarToken returns the next string, number or boolean as it stands; nil for
// everything else, which is stepped over.
func scalarToken(d *scanner) ([]byte, error) {
	switch d.Next() {
	case jx.String, jx.Number, jx.Bool:
		return d.Raw()
	default:
		return nil, d.Skip()
	}
}

// integer reads a number; a fraction is cut off, what does not fit is an error.
func integer(d *scanner) (int64, bool, error) {
	switch t := d.Next(); t {
	case jx.Number:
		raw, err := d.Raw()
		if err != nil {
			return 0, false, err
		}
		n, ok := parseInteger(raw)
		if !ok {
			return 0, false, valueError("the number does not fit 64 bits")
		}
		return n, true, nil
	case jx.Null:
		return 0, false, d.Null()
	default:
		return 0, false, wrongKind(d, "a number", t)
	}
}

// position reads an index, which may be null.
func position(d *scanner, otherwise int) (int, error) {
	n, ok, err := integer(d)
	switch {
	case err != nil:
		return 0, at("index", err)
	case !ok:
		return otherwise, nil
	case n < 0 || n > math.MaxInt32:
		return 0, at("index", valueError(strconv.FormatInt(n, 10)+" is no index"))
	default:
		return int(n), nil
	}
}

// parseInteger reads a JSON number token.
func parseInteger(token []byte) (int64, bool) {
	if len(token) == 0 {
		return 0, false
	}
	if len(token) < 18 {
		if n, ok := plainInteger(token); ok {
			return n, true
		}
	}
	if n, err := strconv.ParseInt(string(token), 10, 64); err == nil {
		return n, true
	}
	f, err := strconv.ParseFloat(string(token), 64)
	if err != nil || math.Abs(f) >= 1<<63 {
		return 0, false
	}
	return int64(f), true
}

// plainInteger reads digits with an optional sign, few enough not to overflow.
func plainInteger(token []byte) (n int64, ok bool) {
	digits := token
	if len(digits) > 0 && digits[0] == '-' {
		digits = digits[1:]
	}
	for _, c := range digits {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int64(c-'0')
	}
	if len(digits) < len(token) {
		n = -n
	}
	return n, len(digits) > 0
}

// text is the Go string of a scalar token: unquoted, or as it stands.
func text(token []byte) string {
	if len(token) == 0 {
		return ""
	}
	if token[0] != '"' {
		return string(token)
	}
	if plain(token) {
		return string(token[1 : len(token)-1])
	}
	return string(appendString(make([]byte, 0, len(token)), token))
}

// isTrue reads a boolean leniently: anything but true is false.
func isTrue(d *scanner) (bool, error) {
	if d.Next() != jx.Bool {
		return false, d.Skip()
	}
	return d.Bool()
}
