package wire

import (
	"bytes"
	"fmt"
	"io"
)

const (
	// readSize is the buffer's first size. It holds what net/http hands over at
	// once (4 KiB) and some twenty frames; a longer line doubles it.
	readSize = 8 << 10
	// maxEmptyReads bounds reads that bring neither bytes nor an error, as bufio does.
	maxEmptyReads = 100
)

// Frame is one server-sent event.
type Frame struct {
	// Event is the event's name; empty for the unnamed events of chat streams.
	// Valid until the next call of Frames.Next.
	Event []byte
	// Data is the event's data, several data lines joined by a line feed. Valid
	// until the next call of Frames.Next; it may be empty.
	Data []byte
	// Cut tells that the stream ended before the empty line that ends an event:
	// the data may be a part of what was meant.
	Cut bool
}

// Frames cuts a byte stream into server-sent events as WHATWG's HTML standard
// (9.2.6) says: lines end in LF, CR or CRLF, comments are dropped, one space after
// the colon is dropped, a byte order mark at the start is dropped. Unlike there, an
// event at the end of the stream needs no empty line.
//
// It never reads when a whole event is at hand, so no event waits for the next.
// Not safe for concurrent use.
type Frames struct {
	r     io.Reader
	buf   []byte
	start int // first byte not yet cut into lines
	end   int // end of the bytes read
	seen  int // bytes of buf[start:end] known to hold no line end
	err   error

	skipLF  bool // the last line ended in CR: a LF right after belongs to it
	begun   bool // the first line is behind us
	hasData bool
	data    []byte // the event's data: a view into buf, or joined
	joined  []byte // scratch for data that had to be moved
	inBuf   bool   // data is a view into buf
	event   []byte
	stray   []byte
}

// NewFrames reads events from r, which stays the caller's to close.
func NewFrames(r io.Reader) *Frames {
	return &Frames{r: r, buf: make([]byte, readSize)}
}

// Next returns the next event. The error is io.EOF at the end of the stream, a
// *LimitError for a line or an event past MaxLine, or the reader's own; it is the
// same on every later call.
func (f *Frames) Next() (Frame, error) {
	f.event, f.data, f.hasData, f.inBuf = f.event[:0], nil, false, false
	for {
		line, ok := f.line()
		if !ok {
			if f.err == nil {
				f.fill()
				continue
			}
			return f.last()
		}
		if len(line) > 0 {
			if err := f.field(line); err != nil {
				f.err = err
				f.start, f.end = 0, 0
				return Frame{}, err
			}
			continue
		}
		if f.hasData {
			return Frame{Event: f.event, Data: f.data}, nil
		}
		f.event = f.event[:0]
	}
}

// last deals with what stands before the end: at a clean end the unfinished
// line counts, after a failed read only whole lines do.
func (f *Frames) last() (Frame, error) {
	rest := f.buf[f.start:f.end]
	f.start, f.end, f.seen = 0, 0, 0
	if len(rest) > 0 && f.err == io.EOF { //nolint:errorlint // io.Reader's own contract: EOF itself
		if err := f.field(f.first(rest)); err != nil {
			f.err = err
			return Frame{}, err
		}
	}
	if f.hasData {
		return Frame{Event: f.event, Data: f.data, Cut: true}, nil
	}
	return Frame{}, f.err
}

// Stray returns the start of the first line that is no part of an event stream,
// at most MaxExcerpt bytes: an HTML page, say, or a JSON body. Empty when all
// lines were in order.
func (f *Frames) Stray() string { return excerpt(f.stray, 0) }

// line takes the next whole line out of the buffer, without its end.
func (f *Frames) line() ([]byte, bool) {
	if f.skipLF && f.start < f.end {
		f.skipLF = false
		if f.buf[f.start] == '\n' {
			f.start++
		}
	}
	b := f.buf[f.start:f.end]
	i := lineEnd(b, f.seen)
	if i < 0 {
		f.seen = len(b)
		return nil, false
	}
	f.skipLF = b[i] == '\r'
	f.start += i + 1
	f.seen = 0
	return f.first(b[:i]), true
}

// first drops the byte order mark of the stream's first line.
func (f *Frames) first(line []byte) []byte {
	if !f.begun {
		f.begun = true
		line = bytes.TrimPrefix(line, []byte("\ufeff"))
	}
	return line
}

// lineEnd finds the first CR or LF at or after from.
func lineEnd(b []byte, from int) int {
	lf := bytes.IndexByte(b[from:], '\n')
	rest := b[from:]
	if lf >= 0 {
		rest = rest[:lf]
	}
	if cr := bytes.IndexByte(rest, '\r'); cr >= 0 {
		return from + cr
	}
	if lf < 0 {
		return -1
	}
	return from + lf
}

// field takes in one line that is not empty.
func (f *Frames) field(line []byte) error {
	name, value, colon := bytes.Cut(line, []byte{':'})
	if colon && len(value) > 0 && value[0] == ' ' {
		value = value[1:]
	}
	switch string(name) {
	case "data":
		return f.addData(value)
	case "event":
		f.event = append(f.event[:0], value...)
	case "", "id", "retry":
	default:
		if f.stray == nil {
			f.stray = append([]byte{}, line[:min(len(line), MaxExcerpt)]...)
		}
	}
	return nil
}

// addData keeps the first data line where it stands and joins later ones to it.
func (f *Frames) addData(value []byte) error {
	if !f.hasData {
		f.hasData, f.inBuf, f.data = true, true, value
		return nil
	}
	if len(f.data)+1+len(value) > MaxLine {
		return &LimitError{What: "event of the stream", Limit: MaxLine}
	}
	f.detach()
	f.joined = append(append(f.joined, '\n'), value...)
	f.data = f.joined
	return nil
}

// detach moves data out of buf, which is about to change or to be added to.
func (f *Frames) detach() {
	if !f.inBuf {
		return
	}
	f.joined = append(f.joined[:0], f.data...)
	f.data, f.inBuf = f.joined, false
}

// fill reads once, after making room.
func (f *Frames) fill() {
	f.detach()
	if f.start > 0 {
		copy(f.buf, f.buf[f.start:f.end])
		f.start, f.end = 0, f.end-f.start
	}
	if f.end >= MaxLine {
		f.err = &LimitError{What: "line of the event stream", Limit: MaxLine}
		f.end, f.seen = 0, 0
		return
	}
	if f.end == len(f.buf) {
		grown := make([]byte, min(2*len(f.buf), MaxLine))
		copy(grown, f.buf[:f.end])
		f.buf = grown
	}
	for range maxEmptyReads {
		n, err := f.r.Read(f.buf[f.end:])
		if n < 0 || n > len(f.buf)-f.end {
			f.err = fmt.Errorf("wire: the reader claims to have read %d bytes", n)
			return
		}
		f.end += n
		f.err = err
		if n > 0 || err != nil {
			return
		}
	}
	f.err = io.ErrNoProgress
}
