package provider_test

import (
	"bytes"
	"compress/gzip"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/tmc/langchaingo/llms"

	"github.com/seed-a739af98/langchaingo-azure/azureadv1"
)

func hexOf(n int) string { return strconv.FormatInt(int64(n), 16) }

func zipped(b []byte) string {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	_, _ = w.Write(b) // into memory
	_ = w.Close()
	return out.String()
}

// said200 answers with a text made of the good answer, and keeps the connection.
func said200(text func(c *caught) string) func(*caught) bool {
	return func(c *caught) bool { c.say(text(c)); return true }
}

// saidLast answers and closes the connection.
func saidLast(text func(c *caught) string) func(*caught) bool {
	return func(c *caught) bool { c.say(text(c)); return false }
}

// saidAndHeld answers and then says no more.
func saidAndHeld(text func(c *caught) string) func(*caught) bool {
	return func(c *caught) bool { c.say(text(c)); c.wait(); return false }
}

// bare is a text that does not depend on the good answer.
func bare(text string) func(*caught) string { return func(*caught) string { return text } }

var unreachable3 = failed(llms.ErrCodeProviderUnavailable, 0, azureadv1.CodeUnreachable, "").repeated().closed()

// manyBlanks is a gzip member of 17 MiB, more than a line of a stream may have.
var manyBlanks = sync.OnceValue(func() string { return zipped(bytes.Repeat([]byte(" "), 17<<20)) })

// wireFaults are done to the bytes of HTTP/1.1 between net/http and an answer that is good by itself.
var wireFaults = []fault{
	{name: "100 Continue first", wire: said200(func(c *caught) string { return "HTTP/1.1 100 Continue\r\n\r\n" + c.whole() }), want: anAnswer},
	{name: "103 Early Hints first", wire: said200(func(c *caught) string {
		return strings.Repeat("HTTP/1.1 103 Early Hints\r\nLink: </x>; rel=preload\r\n\r\n", 3) + c.whole()
	}), want: anAnswer},
	{name: "103 without end", wire: saidLast(bare(strings.Repeat("HTTP/1.1 103 Early Hints\r\nLink: </"+strings.Repeat("x", 1<<16)+">\r\n\r\n", 20))), want: unreachable3},
	{name: "chunks with extensions and a trailer", wire: said200(func(c *caught) string {
		i := len(c.body) / 2
		return c.head("Transfer-Encoding", "chunked", "Trailer", "X-Sum") + hexOf(i) + ";name=\"value\"\r\n" + string(c.body[:i]) + "\r\n" +
			hexOf(len(c.body)-i) + ";last\r\n" + string(c.body[i:]) + "\r\n0;x\r\nX-Sum: 7\r\n\r\n"
	}), want: anAnswer},
	{name: "a chunk of each byte", wire: said200(func(c *caught) string {
		var b strings.Builder
		b.WriteString(c.head("Transfer-Encoding", "chunked"))
		for _, one := range c.body {
			b.WriteString(chunk(string([]byte{one})))
		}
		return b.String() + "0\r\n\r\n"
	}), want: anAnswer},
	{name: "compressed", wire: said200(func(c *caught) string {
		body := zipped(c.body)
		return c.head("Content-Encoding", "gzip", "Content-Length", strconv.Itoa(len(body))) + body
	}), want: anAnswer},
	{name: "HTTP/1.0, ended by the connection's end", wire: saidLast(func(c *caught) string {
		return strings.Replace(c.head(), "HTTP/1.1", "HTTP/1.0", 1) + string(c.body)
	}), want: anAnswer.closed()},
	{name: "Connection: close", wire: saidLast(func(c *caught) string {
		return c.head("Connection", "close", "Content-Length", strconv.Itoa(len(c.body))) + string(c.body)
	}), want: anAnswer.closed()},
	{name: "no Content-Type", wire: said200(func(c *caught) string {
		return c.head("Content-Type", "", "Content-Length", strconv.Itoa(len(c.body))) + string(c.body)
	}), want: anAnswer},
	{name: "closed after the answer, unannounced", wire: saidLast((*caught).whole), want: anAnswer.closed()},
	{name: "a byte a second", wire: func(c *caught) bool {
		for _, one := range []byte(c.whole()) {
			time.Sleep(time.Second)
			c.say(string([]byte{one}))
		}
		return true
	}, want: anAnswer, within: 5 * time.Hour},

	{name: "something else than HTTP", wire: saidLast(bare("SSH-2.0-OpenSSH_9.6\r\n")), want: unreachable3},
	{name: "half a header", wire: saidLast(bare("HTTP/1.1 200 OK\r\nContent-Ty")), want: unreachable3},
	{name: "a header without end", wire: func(c *caught) bool {
		c.say("HTTP/1.1 200 OK\r\n")
		for range 20 { // of 64 KiB
			c.say("X-Filler: " + strings.Repeat("x", 1<<16) + "\r\n")
		}
		return false
	}, want: unreachable3},
	{name: "two lengths that differ", wire: saidLast(bare("HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd")), want: unreachable3},
	{name: "a negative length", wire: saidLast(bare("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\nabcd")), want: unreachable3},
	{name: "an unknown transfer encoding", wire: saidLast(bare("HTTP/1.1 200 OK\r\nTransfer-Encoding: rot13\r\n\r\nabcd")), want: unreachable3},
	{name: "101 Switching Protocols", wire: saidLast(bare("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")), want: failed(llms.ErrCodeProviderUnavailable, 101, azureadv1.CodeBadAnswer, "").closed(), streamed: failed(llms.ErrCodeProviderUnavailable, 101, azureadv1.CodeStreamTruncated, "").closed().also(), noRequestID: true},
	{name: "silence in the middle of the header", wire: saidAndHeld(bare("HTTP/1.1 200 OK\r\n")), want: failed(llms.ErrCodeTimeout, 0, azureadv1.CodeTimeout, "timeout").closed(), within: 10 * time.Minute},

	{name: "fewer bytes than announced", wire: saidLast(func(c *caught) string {
		return c.head("Content-Length", strconv.Itoa(len(c.body))) + c.part()
	}), want: lost, streamed: lost.with("Hello ")},
	{name: "chunks that break off", wire: saidLast(func(c *caught) string {
		return c.head("Transfer-Encoding", "chunked") + chunk(c.part())
	}), want: lost, streamed: lost.with("Hello ")},
	{name: "a chunk of no size", wire: saidLast(func(c *caught) string {
		return c.head("Transfer-Encoding", "chunked") + chunk(c.part()) + "zz\r\n"
	}), want: lost, streamed: lost.with("Hello ")},
	{name: "silence in the middle of the body", wire: saidAndHeld(func(c *caught) string {
		return c.head("Content-Length", strconv.Itoa(len(c.body))) + c.part()
	}), want: failed(llms.ErrCodeTimeout, 200, azureadv1.CodeTimeout, "timeout").closed(), streamed: failed(llms.ErrCodeTimeout, 200, azureadv1.CodeTimeout, "timeout").closed().with("Hello "), within: 5 * time.Minute},
	{name: "said to be compressed, and not", wire: saidLast(func(c *caught) string {
		return c.head("Content-Encoding", "gzip", "Content-Length", strconv.Itoa(len(c.body))) + string(c.body)
	}), want: spoiled(azureadv1.CodeBadAnswer).closed()},
	{name: "compressed, and cut", wire: saidLast(func(c *caught) string {
		body := zipped(c.body)
		return c.head("Content-Encoding", "gzip", "Content-Length", strconv.Itoa(len(body)/2)) + body[:len(body)/2]
	}), want: lost},
	{name: "17 MiB on one line, in 17 KiB of gzip", wire: said200(func(c *caught) string {
		body := zipped(c.body)
		if strings.HasPrefix(string(c.body), "{") {
			body = manyBlanks() + body // white space around JSON is none of it
		} else {
			body = zipped([]byte(c.part())) + manyBlanks() + body
		}
		return c.head("Content-Encoding", "gzip", "Content-Length", strconv.Itoa(len(body))) + body
	}), want: anAnswer, streamed: spoiled(azureadv1.CodeBadAnswer).with("Hello ")},
	{name: "compressed in a way nobody asked for", wire: said200(func(c *caught) string {
		body := "\x0b\x02\x80brotli\x03"
		return c.head("Content-Encoding", "br", "Content-Length", strconv.Itoa(len(body))) + body
	}), want: spoiled(azureadv1.CodeBadAnswer), streamed: spoiled(azureadv1.CodeStreamTruncated).also()},
	{name: "a terabyte announced", wire: saidAndHeld(func(c *caught) string {
		return c.head("Content-Length", "1099511627776") + c.part()
	}), want: spoiled(azureadv1.CodeBadAnswer).closed(), streamed: failed(llms.ErrCodeTimeout, 200, azureadv1.CodeTimeout, "timeout").closed().with("Hello "), within: 5 * time.Minute},
	{name: "500 whose body stops", wire: saidAndHeld(bare("HTTP/1.1 500 No\r\nContent-Length: 100\r\nX-Should-Retry: false\r\n\r\n{")), want: failed(llms.ErrCodeProviderUnavailable, 500, "", "").closed(), within: 5 * time.Minute, noRequestID: true},
	{name: "500 whose body is cut", wire: saidLast(bare("HTTP/1.1 500 No\r\nContent-Length: 100\r\n\r\n{")), want: failed(llms.ErrCodeProviderUnavailable, 500, "", "").repeated().closed(), noRequestID: true},
}
