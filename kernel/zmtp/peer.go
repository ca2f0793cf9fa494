package zmtp

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"time"
)

// peer is one connection that has shaken hands. Two goroutines have it: one
// reads, one writes what is in out.
type peer struct {
	conn net.Conn
	r    *bufio.Reader
	sec  *curveSession // nil without encryption
	meta metadata
	out  *outbox

	gone   chan struct{} // closed by cut
	cutBy  sync.Once
	reason error // why, written before gone is closed

	onWrite func() // called after every write; nil for nothing

	deadline sync.Mutex // guards the read deadline
	leaving  bool       // farewell has set the last one
	promised bool       // the peer said in a PING until when it is heard of; the reader's
}

// session is what a kind of socket keeps of one peer.
type session interface {
	// message takes a message; what it returns ends the connection.
	message(frames [][]byte, cost int64) error
	// command takes a command that is not answered here already.
	command(name string, data []byte) error
	// left is called when the connection has ended.
	left()
}

// cut ends the connection. Its goroutines follow.
func (p *peer) cut(reason error) {
	p.cutBy.Do(func() {
		p.reason = reason
		close(p.gone)
		_ = p.conn.Close()
	})
}

// limits are those of what a peer sends.
type limits struct {
	frame, message int64
}

// expectBy sets when the peer must be heard of, which farewell may not undo.
func (p *peer) expectBy(t time.Time) error {
	p.deadline.Lock()
	defer p.deadline.Unlock()
	p.promised = !t.IsZero()
	if p.leaving {
		return nil
	}
	return p.conn.SetReadDeadline(t)
}

// read takes messages from the peer until it, or we, end the connection.
func (p *peer) read(l limits, s session, closed <-chan struct{}) error {
	var frames [][]byte
	var cost int64
	for {
		select {
		case <-closed:
			return ErrClosed
		default:
		}
		flags, body, err := p.readFrame(l, cost)
		if err != nil {
			if p.promised && errors.Is(err, os.ErrDeadlineExceeded) {
				err = errors.New("not heard of for longer than its PING promised")
			}
			return err
		}
		if flags&flagCommand != 0 {
			if err := p.command(body, s); err != nil {
				return err
			}
			continue
		}
		frames = append(frames, body)
		cost += frameCost + int64(len(body))
		if flags&flagMore != 0 {
			continue
		}
		if err := s.message(frames, cost); err != nil {
			return err
		}
		frames, cost = nil, 0
	}
}

// readFrame reads a frame of a message of which so much is here already. No
// memory is taken before both bounds are checked.
func (p *peer) readFrame(l limits, so int64) (flags byte, body []byte, err error) {
	flags, size, err := readHeader(p.r)
	if err != nil {
		return 0, nil, err
	}
	if p.promised {
		if err := p.expectBy(time.Time{}); err != nil {
			return 0, nil, err
		}
	}
	most, extra := l.frame, int64(0)
	if p.sec != nil {
		extra = curveOverhead
	} else if flags&flagCommand != 0 {
		most = maxCommand
	}
	if size-extra > most {
		return 0, nil, fmt.Errorf("a frame of %d bytes: at most %d are allowed", size, most)
	}
	if size-extra > l.message-so-frameCost {
		return 0, nil, fmt.Errorf("a message of more than %d bytes", l.message)
	}
	body, err = readBody(p.r, size)
	if err != nil || p.sec == nil {
		return flags, body, err
	}
	return p.sec.open(body)
}

func (p *peer) command(body []byte, s session) error {
	name, data, err := parseCommand(body)
	if err != nil {
		return err
	}
	switch name {
	case cmdPing:
		return p.pong(data)
	case cmdError:
		return fmt.Errorf("the peer reports an error: %q", reasonOf(data))
	}
	return s.command(name, data)
}

// reasonOf is the text of an ERROR command.
func reasonOf(data []byte) []byte {
	if len(data) == 0 {
		return nil
	}
	return data[1:min(len(data), 1+int(data[0]))]
}

// What a PING holds: how long the peer wants to be waited for, in tenths of a
// second, and up to 16 bytes to send back.
const (
	pingTTL     = 2
	pingContext = 16
)

// queueOfPongs bounds the answers to a peer that pings and does not read.
const queueOfPongs = 1 << 20

func (p *peer) pong(data []byte) error {
	if len(data) < pingTTL {
		return errors.New("a PING without its time")
	}
	if ttl := binary.BigEndian.Uint16(data); ttl > 0 {
		// The next frame takes the deadline back.
		if err := p.expectBy(time.Now().Add(time.Duration(ttl) * time.Second / 10)); err != nil {
			return err
		}
	}
	context := data[pingTTL:]
	pong := commandMessage(command(cmdPong, context[:min(len(context), pingContext)]...))
	for !p.out.put(pong, queueOfPongs) {
		select {
		case <-p.out.moved:
		case <-p.gone:
			return p.reason
		}
	}
	return nil
}

// Sizes of writing: small frames are gathered, large ones are not copied, and
// nothing is written in larger pieces, so that progress shows.
const (
	gather     = 64 << 10
	largeFrame = 32 << 10
	piece      = 256 << 10
)

// write writes what is put into out, until the connection ends or out is
// finished and empty.
func (p *peer) write() error {
	w := writing{p: p}
	var batch []outgoing
	for {
		if batch = p.out.take(batch, p.gone); batch == nil {
			return nil
		}
		for i, m := range batch {
			if err := w.message(m); err != nil {
				return err
			}
			batch[i] = outgoing{} // what is written need not wait for the rest
		}
		if err := w.flush(); err != nil {
			return err
		}
	}
}

// writing gathers bytes for a peer.
type writing struct {
	p    *peer
	buf  []byte
	cost int64 // of what is in buf
}

func (w *writing) message(m outgoing) error {
	for i, f := range m.frames {
		flags := byte(0)
		if m.command {
			flags = flagCommand
		} else if i < len(m.frames)-1 {
			flags = flagMore
		}
		w.cost += frameCost
		switch {
		case w.p.sec != nil:
			w.buf = w.p.sec.seal(w.buf, flags, f)
			w.cost += int64(len(f))
		case len(f) < largeFrame:
			w.buf = append(appendHeader(w.buf, flags, len(f)), f...)
			w.cost += int64(len(f))
		default:
			w.buf = appendHeader(w.buf, flags, len(f))
			if err := w.flush(); err != nil {
				return err
			}
			if err := w.pieces(f, int64(len(f))); err != nil {
				return err
			}
		}
		if len(w.buf) >= gather {
			if err := w.flush(); err != nil {
				return err
			}
		}
	}
	return nil
}

func (w *writing) flush() error {
	err := w.pieces(w.buf, w.cost)
	if cap(w.buf) > 4*gather { // one large message shall not stay
		w.buf = nil
	}
	w.buf, w.cost = w.buf[:0], 0
	return err
}

// pieces writes b, and counts cost as written along the way.
func (w *writing) pieces(b []byte, cost int64) error {
	for len(b) > 0 {
		n := min(len(b), piece)
		if _, err := w.p.conn.Write(b[:n]); err != nil {
			return err
		}
		b = b[n:]
		done := min(cost, int64(n))
		if len(b) == 0 {
			done = cost
		}
		cost -= done
		w.p.out.wrote(done)
		if w.p.onWrite != nil {
			w.p.onWrite()
		}
	}
	return nil
}

// linger is how long a peer has to read our last bytes and hang up.
const linger = time.Second

// farewell tells the peer that nothing more comes and gives it time to read:
// a connection closed with bytes unread on our side is reset, and then the peer
// may lose what it has not read.
func (p *peer) farewell() {
	p.deadline.Lock()
	defer p.deadline.Unlock()
	p.leaving = true
	if c, ok := p.conn.(interface{ CloseWrite() error }); ok && c.CloseWrite() == nil {
		if p.conn.SetReadDeadline(time.Now().Add(linger)) == nil {
			return
		}
	}
	p.cut(ErrClosed)
}

// discard reads for nothing until the peer, or the deadline of farewell, ends it.
func (p *peer) discard() {
	_, _ = io.Copy(io.Discard, p.r)
}
