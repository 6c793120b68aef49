package loopback

import (
	"context"
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// Proxy forwards TCP connections to a Server and can hold one up, as a lost
// segment holds up everything behind it until it is sent again. Safe for
// concurrent use.
type Proxy struct {
	// URL is the origin to call in place of the server's.
	URL string

	ln     net.Listener
	to     string
	tasks  sync.WaitGroup
	mu     sync.Mutex
	conns  []net.Conn
	held   atomic.Int64 // until when the first connection's answers wait, Unix nanoseconds
	closed atomic.Bool
}

// Forward starts a proxy in front of s.
func Forward(s *Server) (*Proxy, error) {
	var lc net.ListenConfig
	ln, err := lc.Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &Proxy{URL: "https://" + ln.Addr().String(), ln: ln, to: s.Addr()}
	p.tasks.Go(p.accept)
	return p, nil
}

// Stall holds back the answers of one connection for d from now: the first that
// carries any.
func (p *Proxy) Stall(d time.Duration) { p.held.Store(time.Now().Add(d).UnixNano()) }

// Close drops every connection and waits for the forwarding to end.
func (p *Proxy) Close() error {
	p.closed.Store(true)
	err := p.ln.Close()
	p.mu.Lock()
	for _, c := range p.conns {
		_ = c.Close()
	}
	p.mu.Unlock()
	p.tasks.Wait()
	return err
}

func (p *Proxy) accept() {
	var victim atomic.Pointer[net.Conn]
	for {
		near, err := p.ln.Accept()
		if err != nil {
			return
		}
		var d net.Dialer
		far, err := d.DialContext(context.Background(), "tcp", p.to)
		if err != nil {
			_ = near.Close()
			continue
		}
		p.keep(near, far)
		p.tasks.Go(func() { p.pass(far, near, nil) })
		p.tasks.Go(func() {
			p.pass(near, far, func() {
				wait := time.Until(time.Unix(0, p.held.Load()))
				if wait > 0 && (victim.CompareAndSwap(nil, &near) || victim.Load() == &near) {
					time.Sleep(wait)
				}
			})
		})
	}
}

func (p *Proxy) keep(conns ...net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.conns = append(p.conns, conns...)
	if p.closed.Load() {
		for _, c := range conns {
			_ = c.Close()
		}
	}
}

// pass copies until either end is gone, then closes both.
func (p *Proxy) pass(to, from net.Conn, before func()) {
	defer func() { _ = errors.Join(to.Close(), from.Close()) }()
	buf := make([]byte, 32<<10)
	for {
		n, err := from.Read(buf)
		if before != nil && n > 0 {
			before()
		}
		if _, written := to.Write(buf[:n]); err != nil || written != nil {
			return
		}
	}
}
