package zmtp

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"sync"
	"syscall"
	"time"
)

// server listens and keeps the connections of a socket; what they mean is the
// business of join.
type server struct {
	o        Options
	kind     kind
	limits   limits
	listener *listener
	log      *lineLog
	join     func(*peer) session // gives a peer its place

	mu      sync.Mutex
	shaking []net.Conn         // in the handshake, the oldest first
	peers   map[*peer]struct{} // behind it
	places  int                // taken, of o.MaxPeers
	closing bool

	closed chan struct{}  // Close was called
	tasks  sync.WaitGroup // goroutines
	ended  chan struct{}  // all of them have ended
}

// serve listens at the endpoint. Nobody is accepted before start.
func serve(endpoint string, k kind, o Options) (*server, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	l, err := listen(endpoint)
	if err != nil {
		return nil, err
	}
	return &server{
		o: o, kind: k, listener: l, log: newLineLog(o.Log),
		limits: limits{frame: o.MaxFrame, message: o.MaxMessage},
		peers:  map[*peer]struct{}{},
		closed: make(chan struct{}), ended: make(chan struct{}),
	}, nil
}

func (s *server) start() {
	s.tasks.Go(s.accept)
}

// How long to wait after a connection could not be accepted, most often for
// want of descriptors.
const (
	shortestPause = 5 * time.Millisecond
	longestPause  = time.Second
)

func (s *server) accept() {
	pause := shortestPause
	for {
		conn, err := s.listener.Accept()
		if err == nil {
			pause = shortestPause
			s.admit(conn)
			continue
		}
		if s.isClosing() || errors.Is(err, net.ErrClosed) {
			return
		}
		s.log.line("zmtp: %s: no connection accepted for %v: %v", s.listener.endpoint, pause, err)
		if errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE) {
			s.evict()
		}
		select {
		case <-time.After(pause):
		case <-s.closed:
			return
		}
		pause = min(2*pause, longestPause)
	}
}

// admit gives a connection a goroutine, if there is a place or one can be made.
func (s *server) admit(conn net.Conn) {
	s.mu.Lock()
	full := s.places >= s.o.MaxPeers
	if full && len(s.shaking) > 0 {
		_ = s.shaking[0].Close() // its goroutine gives the place back, soon
		s.shaking = slices.Delete(s.shaking, 0, 1)
		full = false
	}
	if full || s.closing {
		s.mu.Unlock()
		_ = conn.Close()
		if full {
			s.log.line("zmtp: refused %s at %s: there are %d peers already", nameOf(conn), s.listener.endpoint, s.o.MaxPeers)
		}
		return
	}
	s.places++
	s.shaking = append(s.shaking, conn)
	s.tasks.Go(func() { s.attend(conn) })
	s.mu.Unlock()
}

// evict closes the oldest connection that has not shaken hands.
func (s *server) evict() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.shaking) > 0 {
		_ = s.shaking[0].Close()
		s.shaking = slices.Delete(s.shaking, 0, 1)
	}
}

// attend is the life of a connection.
func (s *server) attend(conn net.Conn) {
	defer func() {
		s.mu.Lock()
		s.places--
		s.mu.Unlock()
	}()
	defer func() { _ = conn.Close() }()
	p, place, ready, err := s.welcome(conn)
	if err == nil {
		err = s.open(p, ready)
	}
	if err != nil {
		if !s.isClosing() && !quiet(err) {
			s.log.line("zmtp: refused %s at %s: %s", nameOf(conn), s.listener.endpoint, err)
		}
	} else {
		s.talk(p, place)
	}
	if place != nil {
		s.mu.Lock()
		delete(s.peers, p)
		s.mu.Unlock()
		place.left()
	}
}

// talk reads and writes until the connection ends.
func (s *server) talk(p *peer, place session) {
	var writer sync.WaitGroup
	writer.Go(func() {
		if err := p.write(); err != nil {
			p.cut(err)
			return
		}
		p.farewell()
	})
	err := p.read(s.limits, place, s.closed)
	if s.isClosing() {
		p.discard()
	}
	p.cut(err)
	writer.Wait()
	if !s.isClosing() && !quiet(p.reason) {
		s.log.line("zmtp: cut off %s at %s: %s", nameOf(p.conn), s.listener.endpoint, p.reason)
	}
}

// welcome shakes hands, up to our last word, within the time allowed, and gives
// the peer its place: who hears our last word has it already.
func (s *server) welcome(conn net.Conn) (*peer, session, []byte, error) {
	defer s.shaken(conn)
	if err := conn.SetDeadline(time.Now().Add(s.o.Handshake)); err != nil {
		return nil, nil, nil, err
	}
	p, ready, err := shake(conn, s.kind, s.o.Curve)
	if err != nil {
		if errors.Is(err, os.ErrDeadlineExceeded) {
			err = fmt.Errorf("no handshake within %v", s.o.Handshake)
		}
		return nil, nil, nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closing {
		return nil, nil, nil, ErrClosed
	}
	s.peers[p] = struct{}{}
	return p, s.join(p), ready, nil
}

// open says our last word of the handshake, and lifts its deadline.
func (s *server) open(p *peer, ready []byte) error {
	err := writeCommand(p.conn, ready)
	if err == nil {
		err = p.conn.SetDeadline(time.Time{})
	}
	if err != nil {
		p.cut(err)
	}
	return err
}

func (s *server) shaken(conn net.Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if i := slices.Index(s.shaking, conn); i >= 0 {
		s.shaking = slices.Delete(s.shaking, i, i+1)
	}
}

func (s *server) isClosing() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.closing
}

// close stops listening, has the writers write what waits until ctx ends, and
// returns when no goroutine is left.
func (s *server) close(ctx context.Context) error {
	s.mu.Lock()
	first := !s.closing
	s.closing = true
	if first {
		close(s.closed)
	}
	for _, conn := range s.shaking {
		_ = conn.Close()
	}
	for p := range s.peers {
		p.out.finish()
	}
	s.mu.Unlock()
	if !first {
		<-s.ended
		return nil
	}
	err := s.listener.close()
	go func() {
		s.tasks.Wait()
		close(s.ended)
	}()
	select {
	case <-s.ended:
		return err
	case <-ctx.Done():
	}
	lost := 0
	s.mu.Lock()
	for p := range s.peers {
		if p.out.size() > 0 {
			lost++
		}
		p.cut(ErrClosed)
	}
	s.mu.Unlock()
	<-s.ended
	if lost > 0 {
		err = errors.Join(err, fmt.Errorf("zmtp: closed %s before %d peers had read everything: %w", s.listener.endpoint, lost, context.Cause(ctx)))
	}
	return err
}

// quiet are ends that nobody wants to read about: the peer went away.
func quiet(err error) bool {
	return err == nil || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, net.ErrClosed) || errors.Is(err, ErrClosed) || errors.Is(err, errReplaced) || isReset(err)
}

// nameOf is where a connection comes from; on a local socket nothing is known.
func nameOf(conn net.Conn) string {
	if a := conn.RemoteAddr(); a != nil && a.String() != "" && a.String() != "@" {
		return a.String()
	}
	return "a local process"
}
