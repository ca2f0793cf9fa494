package zmtp

import (
	"context"
	"slices"
	"sync"
)

// inboxBytes bounds what has arrived from one peer and was not received yet.
const inboxBytes = 4 << 20

// inbox holds the messages of one peer.
type inbox struct {
	messages []Message
	costs    []int64
	waiting  int64
	moved    chan struct{} // gets a token when there are fewer messages
}

func newInbox() *inbox { return &inbox{moved: make(chan struct{}, 1)} }

// inboxes hand out the messages of all peers, one of each in turn.
type inboxes struct {
	mu    sync.Mutex
	ready []*inbox // with messages; the first has its turn
	wake  chan struct{}
}

func newInboxes() *inboxes { return &inboxes{wake: make(chan struct{}, 1)} }

// put adds a message. It waits while the inbox is full, which keeps the peer
// from being read, and returns false when the peer, or the socket, is closed
// before.
func (b *inboxes) put(in *inbox, m Message, cost int64, gone, closed <-chan struct{}) bool {
	for {
		b.mu.Lock()
		if in.waiting == 0 || in.waiting+cost <= inboxBytes {
			if len(in.messages) == 0 {
				b.ready = append(b.ready, in)
			}
			in.messages = append(in.messages, m)
			in.costs = append(in.costs, cost)
			in.waiting += cost
			b.mu.Unlock()
			signal(b.wake)
			return true
		}
		b.mu.Unlock()
		select {
		case <-in.moved:
		case <-gone:
			return false
		case <-closed:
			return false
		}
	}
}

// take returns the next message, waiting for it.
func (b *inboxes) take(ctx context.Context, closed <-chan struct{}) (Message, error) {
	for {
		select {
		case <-closed:
			return Message{}, ErrClosed
		default:
		}
		if err := context.Cause(ctx); err != nil {
			return Message{}, err
		}
		if m, ok := b.next(); ok {
			return m, nil
		}
		select {
		case <-b.wake:
		case <-closed:
		case <-ctx.Done():
		}
	}
}

func (b *inboxes) next() (Message, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.ready) == 0 {
		return Message{}, false
	}
	in := b.ready[0]
	b.ready = slices.Delete(b.ready, 0, 1)
	m := in.messages[0]
	in.messages[0] = Message{}
	in.waiting -= in.costs[0]
	in.messages, in.costs = in.messages[1:], in.costs[1:]
	if len(in.messages) > 0 {
		b.ready = append(b.ready, in)
	} else {
		in.messages, in.costs = nil, nil
	}
	if len(b.ready) > 0 {
		signal(b.wake) // for another one that waits in take
	}
	signal(in.moved)
	return m, true
}

// move gives what one inbox holds to another that is still empty, in whose
// turn it stays.
func (b *inboxes) move(from, to *inbox) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if i := slices.Index(b.ready, from); i >= 0 {
		b.ready[i] = to
	}
	to.messages, to.costs, to.waiting = from.messages, from.costs, from.waiting
	from.messages, from.costs, from.waiting = nil, nil, 0
	signal(from.moved)
}

// drain waits until everything of the inbox was taken.
func (b *inboxes) drain(in *inbox, closed <-chan struct{}) {
	for {
		b.mu.Lock()
		empty := len(in.messages) == 0
		b.mu.Unlock()
		if empty {
			return
		}
		select {
		case <-in.moved:
		case <-closed:
			return
		}
	}
}
