package zmtp

import (
	"context"
	"sync"
	"time"
)

// XPubOptions are those of an XPUB socket.
type XPubOptions struct {
	Options
	// SoftQueue is how many bytes may wait for a subscriber before publications
	// without Keep are held back, and then dropped; 0 means 16 MiB.
	SoftQueue int64
	// Patience is how long Send waits for a subscriber above SoftQueue, all its
	// waits together, while it reads less than 1 MiB a second; 0 means 200 ms.
	Patience time.Duration
	// Welcome makes the message that a peer is sent for a new subscription,
	// before all that it gets by it; nil, or no frames, is none. A goroutine of the
	// peer calls it, and Dropped.
	Welcome func(subscription []byte) [][]byte
	// Subscribed is called when a new subscription has begun to work: what is sent
	// from now on reaches its peer. A goroutine of the peer calls it, perhaps
	// before ListenXPub has returned.
	Subscribed func()
	// Dropped makes the message that tells a subscriber that n publications were
	// dropped; nil, or no frames, is none. It comes in their place: before the
	// next message that is kept, or when the peer reads again. It must not call
	// the socket.
	Dropped func(n int) [][]byte
}

// Publication is a message to all who have subscribed to the beginning of its
// first frame, the topic. The frames must not be changed any more.
type Publication struct {
	Frames [][]byte
	// Keep says that the message must not be dropped: a peer for which it has no
	// room is disconnected instead.
	Keep bool
}

// XPub is an XPUB socket: it publishes to SUB and XSUB peers. Its methods may be
// called by several goroutines at once.
type XPub struct {
	s *server
	o XPubOptions

	sending sync.Mutex    // one publication after another: their order is that of Send
	moved   chan struct{} // gets a token when a subscriber has read something

	mu          sync.Mutex
	subscribers []*subscriber // replaced, never changed
}

// minimumRate is how many bytes a second a subscriber above its soft bound must
// read to be waited for.
const minimumRate = 1 << 20

// ListenXPub listens at an endpoint, as ListenRouter does.
func ListenXPub(endpoint string, o XPubOptions) (*XPub, error) {
	if err := orDefault("SoftQueue", &o.SoftQueue, defaultSoftQueue); err != nil {
		return nil, err
	}
	if err := orDefault("Patience", &o.Patience, defaultPatience); err != nil {
		return nil, err
	}
	s, err := serve(endpoint, kind{"XPUB", []string{"SUB", "XSUB"}}, o.Options)
	if err != nil {
		return nil, err
	}
	o.Options = s.o
	o.SoftQueue = min(o.SoftQueue, o.Queue)
	s.limits = limits{frame: maxCommand, message: maxCommand + frameCost} // they only subscribe
	x := &XPub{s: s, o: o, moved: make(chan struct{}, 1)}
	s.join = x.join
	s.start()
	return x, nil
}

// Endpoint is where the socket listens, with the port that the system chose.
func (x *XPub) Endpoint() string { return x.s.listener.endpoint }

// Send publishes a message. A subscriber that does not read is waited for, but
// only until Patience is used up; then it misses what is not to be kept, and
// Send waits for it no more, until half of SoftQueue is free again. So one that
// stands still delays the others once, and one that is slow does so no further
// than to 1 MiB a second.
func (x *XPub) Send(m Publication) {
	if len(m.Frames) == 0 {
		return
	}
	x.sending.Lock()
	defer x.sending.Unlock()
	out := message(m.Frames)
	x.mu.Lock()
	all := x.subscribers
	x.mu.Unlock()
	var late []*subscriber
	for _, s := range all {
		if !s.offer(out, m.Keep) {
			late = append(late, s)
		}
	}
	if len(late) > 0 {
		x.wait(late, out)
	}
}

// wait gives out to those who had no room for it as they get some. All of them
// are waited for at the same time, so that their number makes no difference.
func (x *XPub) wait(late []*subscriber, out outgoing) {
	for {
		now := time.Now()
		var patience time.Duration
		kept := late[:0]
		for _, s := range late {
			if left := s.retry(out); left > 0 {
				kept = append(kept, s)
				if patience == 0 || left < patience {
					patience = left
				}
			}
		}
		if late = kept; len(late) == 0 {
			return
		}
		timer := time.NewTimer(patience)
		select {
		case <-x.moved:
		case <-timer.C:
		case <-x.s.closed:
			timer.Stop()
			return
		}
		timer.Stop()
		for _, s := range late {
			s.waited(time.Since(now))
		}
	}
}

// Close stops listening, writes what waits for the subscribers until ctx ends,
// and returns when nothing of the socket is left.
func (x *XPub) Close(ctx context.Context) error { return x.s.close(ctx) }

func (x *XPub) join(p *peer) session {
	s := &subscriber{x: x, p: p, patience: x.o.Patience}
	p.onWrite = s.wrote
	x.mu.Lock()
	defer x.mu.Unlock()
	x.subscribers = append(x.subscribers[:len(x.subscribers):len(x.subscribers)], s)
	return s
}
