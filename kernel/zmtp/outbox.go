package zmtp

import (
	"sync"
	"sync/atomic"
)

// outgoing is a message, or one command, on its way to a peer.
type outgoing struct {
	frames  [][]byte
	command bool
	cost    int64
}

func message(frames [][]byte) outgoing { return outgoing{frames: frames, cost: costOf(frames)} }

func commandMessage(body []byte) outgoing {
	frames := [][]byte{body}
	return outgoing{frames: frames, command: true, cost: costOf(frames)}
}

// outbox holds what waits for one peer. Anybody puts, the peer's writer takes.
type outbox struct {
	mu        sync.Mutex
	items     []outgoing
	waiting   int64 // cost of what was put and is not written yet
	finishing bool  // the writer ends when all is written
	wake      chan struct{}

	written atomic.Int64  // cost of all that was ever written
	moved   chan struct{} // gets a token after every write, if it has room
}

func newOutbox() *outbox {
	return &outbox{wake: make(chan struct{}, 1), moved: make(chan struct{}, 1)}
}

// put adds m, unless more than bound would wait then. Where nothing waits there
// is always room for one message.
func (o *outbox) put(m outgoing, bound int64) bool {
	o.mu.Lock()
	if o.waiting > 0 && o.waiting+m.cost > bound {
		o.mu.Unlock()
		return false
	}
	o.items = append(o.items, m)
	o.waiting += m.cost
	o.mu.Unlock()
	signal(o.wake)
	return true
}

// finish lets the writer end once everything is written.
func (o *outbox) finish() {
	o.mu.Lock()
	o.finishing = true
	o.mu.Unlock()
	signal(o.wake)
}

// maxSpare bounds what is kept of a backlog that is gone.
const maxSpare = 1024

// take waits for messages and returns all of them, nil at the end. spare is the
// slice of the last time, for the next one.
func (o *outbox) take(spare []outgoing, gone <-chan struct{}) []outgoing {
	if cap(spare) > maxSpare {
		spare = nil
	}
	for {
		o.mu.Lock()
		if len(o.items) > 0 {
			batch := o.items
			o.items = spare[:0]
			o.mu.Unlock()
			return batch
		}
		finishing := o.finishing
		o.mu.Unlock()
		if finishing {
			return nil
		}
		select {
		case <-o.wake:
		case <-gone:
			return nil
		}
	}
}

// wrote says that cost of what was taken is written.
func (o *outbox) wrote(cost int64) {
	o.mu.Lock()
	o.waiting -= cost
	o.mu.Unlock()
	o.written.Add(cost)
	signal(o.moved)
}

func (o *outbox) size() int64 {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.waiting
}

// signal leaves a token in a channel with room for one.
func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
