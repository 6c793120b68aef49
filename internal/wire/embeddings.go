package wire

import (
	"bytes"
	"slices"
	"strconv"

	"github.com/go-faster/jx"
)

// Embeddings is the answer to an embeddings call.
type Embeddings struct {
	// Model is the model that answered; empty when the answer has none.
	Model string
	// Vectors are in the order of the wire, which is not always that of the
	// inputs: Vector.Index tells. Their number is not checked here.
	Vectors []Vector
	// Usage counts the tokens of the inputs; nil when the answer has none.
	Usage *Usage
	// Err is an error object found inside an answer of status 200; nil otherwise.
	Err *Error
}

// Vector is the embedding of one input.
type Vector struct {
	// Index is the input's position in the request; the vector's own place in
	// the answer where the wire has no index.
	Index int
	// Values are the vector's components. The vectors of one answer share one
	// slab; each is capped, so an append to it leaves the next one alone.
	Values []float32
}

// maxInputs is the most inputs the service takes in one call.
const maxInputs = 2048

const (
	errNoVector   = valueError("no embedding in this element")
	errOddVector  = valueError("its base64 is not a whole number of 4-byte floats")
	errBadBase64  = valueError("it is not base64")
	errFloatRange = valueError("the number does not fit a 32-bit float")
)

// ReadEmbeddings reads the body of an embeddings answer of status 200, as arrays
// of numbers or as base64 of little-endian 32-bit floats. Failures are
// *FormatError. The body may be used again afterwards.
func ReadEmbeddings(body []byte) (Embeddings, error) {
	r := embeddingsReader{body: body}
	r.d.ResetBytes(body)
	err := r.read()
	if err == nil {
		err = finish(&r.d)
	}
	if err != nil {
		return Embeddings{}, newFormatError("embeddings answer", body, err)
	}
	if r.out.Err == nil && len(r.out.Vectors) == 0 {
		if e, ok := ReadError(body); ok {
			r.out.Err = &e
		}
	}
	return r.out, nil
}

type embeddingsReader struct {
	d        scanner
	body     []byte
	out      Embeddings
	slab     []float32
	reserved bool
}

func (r *embeddingsReader) read() error {
	d := &r.d
	if t := d.Next(); t == jx.Null {
		return wrongKind(d, "an object", t)
	}
	it, _, err := object(d)
	if err != nil {
		return err
	}
	for it.Next() {
		switch string(it.Key()) {
		case "data":
			err = at("data", r.readData())
		case "model":
			r.out.Model, err = scalarText(d)
		case "usage":
			err = at("usage", r.readUsage())
		case "error":
			err = r.readFailure()
		default:
			err = d.Skip()
		}
		if err != nil {
			return err
		}
	}
	return it.Err()
}

func (r *embeddingsReader) readUsage() error {
	u, ok, err := readUsage(&r.d)
	r.out.Usage = nil
	if ok {
		r.out.Usage = &u
	}
	return err
}

func (r *embeddingsReader) readFailure() error {
	raw, err := anyValue(&r.d)
	r.out.Err = nil
	if raw != nil {
		e := errorOf(raw)
		r.out.Err = &e
	}
	return err
}

func (r *embeddingsReader) readData() error {
	r.slab, r.out.Vectors = r.slab[:0], r.out.Vectors[:0]
	it, ok, err := array(&r.d)
	if !ok {
		return err
	}
	for i := 0; it.Next(); i++ {
		if err := r.readElement(i); err != nil {
			return atIndex(i, err)
		}
	}
	return it.Err()
}

func (r *embeddingsReader) readElement(i int) error {
	d := &r.d
	v := Vector{Index: i}
	from := len(r.slab)
	found := false
	it, ok, err := object(d)
	switch {
	case err != nil:
		return err
	case !ok:
		return errNoVector
	}
	for it.Next() {
		switch string(it.Key()) {
		case "index":
			v.Index, err = position(d, i)
		case "embedding":
			r.slab = r.slab[:from]
			found, err = r.readVector()
			err = at("embedding", err)
		default:
			err = d.Skip()
		}
		if err != nil {
			return err
		}
	}
	if err := it.Err(); err != nil {
		return err
	}
	if !found || len(r.slab) == from {
		return errNoVector
	}
	v.Values = slices.Clip(r.slab[from:])
	r.out.Vectors = append(r.out.Vectors, v)
	return nil
}

// readVector appends one vector to the slab; ok is false for null.
func (r *embeddingsReader) readVector() (ok bool, err error) {
	switch t := r.d.Next(); t {
	case jx.String:
		if r.readPlain() {
			return true, nil
		}
		token, err := r.d.Raw()
		if err != nil {
			return false, err
		}
		r.reserve(len(token), (len(token)-2)/4*3/4)
		src := token[1 : len(token)-1]
		if !plain(token) {
			src = appendString(nil, token)
		}
		return true, r.decode(src)
	case jx.Array:
		return true, r.readNumbers()
	case jx.Null:
		return false, r.d.Null()
	default:
		return false, wrongKind(&r.d, "an array or base64", t)
	}
}

// reserve makes the slab for the whole answer at its first vector: as many
// vectors as could follow in the rest of the body, all being of one length.
func (r *embeddingsReader) reserve(size, floats int) {
	if r.reserved {
		return
	}
	r.reserved = true
	n := len(r.body)/max(size, 1) + 1
	r.slab = make([]float32, 0, min(n*floats, len(r.body)))
	r.out.Vectors = make([]Vector, 0, min(n, maxInputs))
}

// readPlain appends a vector whose string is base64 to the letter, as nearly all
// are: no letter of base64 needs a look as one of JSON. false leaves everything as
// it was.
func (r *embeddingsReader) readPlain() bool {
	rest := r.d.buf[r.d.at+1:]
	n := bytes.IndexByte(rest, '"')
	if n <= 0 {
		return false
	}
	r.reserve(n+2, n/4*3/4)
	if err := r.decode(rest[:n]); err != nil {
		return false
	}
	r.d.at += n + 2
	return true
}

// decode appends the floats of a base64 text.
func (r *embeddingsReader) decode(src []byte) (err error) {
	r.slab, err = appendFloats(r.slab, src)
	return err
}

// readNumbers appends the floats of an array. The first vector is stepped over
// once to learn its length; the others are read in one pass.
func (r *embeddingsReader) readNumbers() error {
	d := &r.d
	if !r.reserved {
		raw, err := d.Raw()
		if err != nil {
			return err
		}
		r.reserve(len(raw), numbersIn(raw))
		d = scan(raw)
	}
	it, err := d.ArrIter()
	if err != nil {
		return err
	}
	for i := 0; it.Next(); i++ {
		if t := d.Next(); t != jx.Number {
			return atIndex(i, wrongKind(d, "a number", t))
		}
		raw, err := d.Raw()
		if err != nil {
			return err
		}
		f, err := strconv.ParseFloat(string(raw), 32)
		if err != nil {
			return atIndex(i, errFloatRange)
		}
		r.slab = append(r.slab, float32(f))
	}
	return it.Err()
}

// numbersIn counts the elements of an array of numbers.
func numbersIn(array []byte) int {
	n := 1
	for _, c := range array {
		if c == ',' {
			n++
		}
	}
	return n
}
