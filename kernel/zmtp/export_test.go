package zmtp

import (
	"bufio"
	"bytes"
	"net"
)

// Attend has a socket attend to a connection that nobody made, and returns at
// its end.
func (r *Router) Attend(conn net.Conn) { r.s.attendTo(conn) }

// Attend is that of Router.
func (x *XPub) Attend(conn net.Conn) { x.s.attendTo(conn) }

// Attend is that of Router.
func (r *Rep) Attend(conn net.Conn) { r.s.attendTo(conn) }

func (s *server) attendTo(conn net.Conn) {
	s.mu.Lock()
	s.places++
	s.mu.Unlock()
	s.attend(conn)
}

// Places is how many connections there are, those included whose messages
// nobody has received yet.
func (r *Router) Places() int {
	r.s.mu.Lock()
	defer r.s.mu.Unlock()
	return r.s.places
}

// Frames reads bytes as frames of at most so many bytes, until one is wrong or
// cut off, or see returns false.
func Frames(b []byte, most int64, see func(flags byte, body []byte) bool) error {
	p := &peer{r: bufio.NewReader(bytes.NewReader(b))}
	for {
		flags, body, err := p.readFrame(limits{most, most + frameCost}, 0)
		if err != nil {
			return err
		}
		if !see(flags, body) {
			return nil
		}
	}
}

// AppendFrame writes a frame.
func AppendFrame(dst []byte, flags byte, body []byte) []byte {
	return append(appendHeader(dst, flags, len(body)), body...)
}
