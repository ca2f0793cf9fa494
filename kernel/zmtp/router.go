package zmtp

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"sync"
)

// Message is one that a peer of a ROUTER sent.
type Message struct {
	// Identity names the peer: what it calls itself, or five bytes made here, of
	// which the first is zero.
	Identity []byte
	// Frames are all that it sent. Those of a REQ begin with an empty one, which
	// must also begin the reply.
	Frames [][]byte
}

// Router is a ROUTER socket: it receives from many DEALER, REQ and ROUTER peers
// and answers each by its identity. Its methods may be called by several
// goroutines at once.
type Router struct {
	s  *server
	in *inboxes

	mu    sync.Mutex
	peers map[string]*routed
	next  uint32 // for identities
}

// routed is a peer of a Router.
type routed struct {
	router   *Router
	p        *peer
	identity []byte
	in       *inbox
}

var errReplaced = errors.New("another connection has taken over the identity")

// ListenRouter listens at an endpoint: "tcp://127.0.0.1:0" (a free port),
// "tcp://*:4567" (all addresses), "ipc:///run/a/path".
func ListenRouter(endpoint string, o Options) (*Router, error) {
	s, err := serve(endpoint, kind{"ROUTER", []string{"DEALER", "REQ", "ROUTER"}}, o)
	if err != nil {
		return nil, err
	}
	r := &Router{s: s, in: newInboxes(), peers: map[string]*routed{}}
	s.join = r.join
	s.start()
	return r, nil
}

// Endpoint is where the socket listens, with the port that the system chose.
func (r *Router) Endpoint() string { return r.s.listener.endpoint }

// Recv returns the next message: of each peer that has sent some, one in turn. A
// peer of which 4 MiB wait already is not read until some of it was received,
// and its PINGs are not answered. After Close the error is ErrClosed.
func (r *Router) Recv(ctx context.Context) (Message, error) {
	return r.in.take(ctx, r.s.closed)
}

// Send sends a message to the peer of that identity and does not wait until it
// is gone out. The frames must not be changed any more. The error is ErrNoPeer
// when the peer is gone, also when it had to be disconnected because more than
// Options.Queue bytes wait for it: rather that than a lost reply which nobody
// notices.
func (r *Router) Send(identity []byte, frames ...[]byte) error {
	if len(frames) == 0 {
		return errors.New("zmtp: a message needs a frame, if an empty one")
	}
	if r.s.isClosing() {
		return ErrClosed
	}
	r.mu.Lock()
	to := r.peers[string(identity)]
	r.mu.Unlock()
	if to == nil {
		return ErrNoPeer
	}
	if !to.p.out.put(message(frames), r.s.o.Queue) {
		err := fmt.Errorf("it does not read, and more than %d bytes wait for it", r.s.o.Queue)
		to.p.cut(err)
		return fmt.Errorf("%w: %w", ErrNoPeer, err)
	}
	return nil
}

// Close stops listening, writes what waits for the peers until ctx ends, and
// returns when nothing of the socket is left.
func (r *Router) Close(ctx context.Context) error { return r.s.close(ctx) }

// join gives a peer its identity. A peer that had it before is disconnected:
// most often it is the same client, whose old connection has died unnoticed.
// What it had sent keeps its turn, what waited for it is lost, and from now on
// nothing goes to the old one. Who may connect may take any identity: whether a
// message is genuine must be in the message.
func (r *Router) join(p *peer) session {
	n := &routed{router: r, p: p, identity: p.meta.identity, in: newInbox()}
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(n.identity) == 0 {
		n.identity = r.freeIdentity()
	}
	if old := r.peers[string(n.identity)]; old != nil {
		old.p.cut(errReplaced)
		r.in.move(old.in, n.in)
	}
	r.peers[string(n.identity)] = n
	return n
}

func (r *Router) freeIdentity() []byte {
	for {
		r.next++
		id := binary.BigEndian.AppendUint32([]byte{0}, r.next)
		if r.peers[string(id)] == nil {
			return id
		}
	}
}

func (n *routed) message(frames [][]byte, cost int64) error {
	if !n.router.in.put(n.in, Message{Identity: n.identity, Frames: frames}, cost, n.p.gone, n.router.s.closed) {
		return ErrClosed // or cut, for a reason that is known already
	}
	return nil
}

func (n *routed) command(string, []byte) error { return nil }

// left keeps the place of a peer that has gone until what it sent is received:
// otherwise one could fill the memory by coming again and again.
func (n *routed) left() {
	r := n.router
	r.mu.Lock()
	if r.peers[string(n.identity)] == n {
		delete(r.peers, string(n.identity))
	}
	r.mu.Unlock()
	r.in.drain(n.in, r.s.closed)
}
