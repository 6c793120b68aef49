package wire_test

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-a739af98/langchaingo-azure/internal/wire"
)

// event is a Frame that may be kept.
type event struct {
	Event, Data string
	Cut         bool
}

func readFrames(r io.Reader) (events []event, err error) {
	f := wire.NewFrames(r)
	for {
		frame, err := f.Next()
		if err != nil {
			return events, err
		}
		events = append(events, event{string(frame.Event), string(frame.Data), frame.Cut})
	}
}

func TestFrames(t *testing.T) {
	for _, tt := range []struct {
		name, stream string
		want         []event
	}{
		{"nothing", "", nil},
		{"lines ended by LF", "data: a\n\ndata: b\n\n", []event{{Data: "a"}, {Data: "b"}}},
		{"lines ended by CRLF", "data: a\r\n\r\ndata: b\r\n\r\n", []event{{Data: "a"}, {Data: "b"}}},
		{"lines ended by CR", "data: a\r\rdata: b\r\r", []event{{Data: "a"}, {Data: "b"}}},
		{"a mixture of ends", "data: a\n\r\ndata: b\r\ndata: c\n\n", []event{{Data: "a"}, {Data: "b\nc"}}},
		{"no space after the colon, or two", "data:a\n\ndata:  b\n\n", []event{{Data: "a"}, {Data: " b"}}},
		{"several data lines", "data: a\ndata:\ndata: b\n\n", []event{{Data: "a\n\nb"}}},
		{"comments and other fields", ": ping\n\ndata: a\n: ping\nid: 1\nretry: 5\n\n", []event{{Data: "a"}}},
		{"names", "event: x\ndata: a\n\ndata: b\n\nevent: y\n\ndata: c\n\n", []event{{Event: "x", Data: "a"}, {Data: "b"}, {Data: "c"}}},
		{"a field without a colon", "data\n\n", []event{{Data: ""}}},
		{"a byte order mark", "\ufeffdata: a\n\n", []event{{Data: "a"}}},
		{"a byte order mark anywhere else is part of a name", "data: a\n\n\ufeffdata: b\n\n", []event{{Data: "a"}}},
		{"no empty line at the end", "data: a\n\ndata: b\n", []event{{Data: "a"}, {Data: "b", Cut: true}}},
		{"no line end at the end", "data: a\n\ndata: b", []event{{Data: "a"}, {Data: "b", Cut: true}}},
		{"a byte order mark before the only line", "\ufeffdata: b", []event{{Data: "b", Cut: true}}},
		{"a line longer than the first buffer", "data: " + strings.Repeat("x", 30_000) + "\n\ndata: b\n\n", []event{{Data: strings.Repeat("x", 30_000)}, {Data: "b"}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for how, r := range map[string]io.Reader{
				"whole":        strings.NewReader(tt.stream),
				"byte by byte": iotest.OneByteReader(strings.NewReader(tt.stream)),
				"data and EOF": iotest.DataErrReader(strings.NewReader(tt.stream)),
			} {
				got, err := readFrames(r)
				if !errors.Is(err, io.EOF) {
					t.Errorf("%s: error %v, want io.EOF", how, err)
				}
				if diff := cmp.Diff(tt.want, got); diff != "" {
					t.Errorf("%s (-want +got):\n%s", how, diff)
				}
			}
		})
	}
}

// oneRead hands out its pieces one a read and fails the test when asked too early.
type oneRead struct {
	t      *testing.T
	pieces []string
	reads  int
}

func (r *oneRead) Read(p []byte) (int, error) {
	if r.reads == len(r.pieces) {
		r.t.Fatal("read although a whole event was at hand")
	}
	r.reads++
	return copy(p, r.pieces[r.reads-1]), nil
}

func TestFramesDoNotReadAhead(t *testing.T) {
	for _, end := range []string{"\n\n", "\r\n\r\n", "\r\r"} {
		r := &oneRead{t: t, pieces: []string{"data: a" + end + "data: b" + end, "data: c" + end}}
		f := wire.NewFrames(r)
		for _, want := range []string{"a", "b", "c"} {
			frame, err := f.Next()
			if err != nil || string(frame.Data) != want {
				t.Fatalf("got %q, %v, want %q", frame.Data, err, want)
			}
		}
	}
}

var errReset = errors.New("connection reset")

func TestFramesAfterAFailedRead(t *testing.T) {
	got, err := readFrames(io.MultiReader(strings.NewReader("data: a\n\ndata: b\ndata: half"), iotest.ErrReader(errReset)))
	if !errors.Is(err, errReset) {
		t.Errorf("error %v, want the reader's", err)
	}
	want := []event{{Data: "a"}, {Data: "b", Cut: true}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("whole lines are kept, half ones are not (-want +got):\n%s", diff)
	}
}

// endless never ends its line.
type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}

// idle brings neither bytes nor errors.
type idle struct{}

func (idle) Read([]byte) (int, error) { return 0, nil }

func TestFramesLimits(t *testing.T) {
	half := "data: " + strings.Repeat("x", wire.MaxLine/2+10) + "\n"
	for name, r := range map[string]io.Reader{
		"a line without end":         endless{},
		"data lines without end":     strings.NewReader(half + half + "\n"),
		"a data line of a long name": strings.NewReader("data: " + strings.Repeat("x", wire.MaxLine) + "\n\n"),
	} {
		t.Run(name, func(t *testing.T) {
			f := wire.NewFrames(r)
			_, err := f.Next()
			limit, ok := errors.AsType[*wire.LimitError](err)
			if !ok || limit.Limit != wire.MaxLine {
				t.Fatalf("error %v, want a *LimitError of MaxLine", err)
			}
			if _, again := f.Next(); !errors.Is(again, err) {
				t.Errorf("then %v, want the same error", again)
			}
		})
	}
	if _, err := readFrames(idle{}); !errors.Is(err, io.ErrNoProgress) {
		t.Errorf("a reader that brings nothing: %v, want io.ErrNoProgress", err)
	}
}

func TestDrain(t *testing.T) {
	if err := wire.Drain(strings.NewReader("12345"), 5); err != nil {
		t.Errorf("a body of the limit's length: %v", err)
	}
	if err := wire.Drain(strings.NewReader("123456"), 5); err == nil {
		t.Error("a body past the limit was called drained")
	}
	if err := wire.Drain(iotest.ErrReader(errReset), 5); !errors.Is(err, errReset) {
		t.Errorf("a failed read: %v", err)
	}
}
