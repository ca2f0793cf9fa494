package zmtp

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// subscriber is a peer of an XPub.
type subscriber struct {
	x *XPub
	p *peer

	mu       sync.Mutex
	topics   topics
	patience time.Duration // that is left
	written  int64         // of p.out, when patience was last reckoned
	dropped  int

	dropping atomic.Bool // misses what need not be kept; changed under mu
}

// offer queues a publication that the peer has subscribed to, or drops it. It
// returns false if there is no room yet, and may be soon.
func (s *subscriber) offer(out outgoing, keep bool) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.topics.match(out.frames[0]) {
		return true
	}
	if keep {
		s.tell()
		s.keep(out)
		return true
	}
	if s.dropping.Load() {
		s.dropped++
		return true
	}
	return s.p.out.put(out, s.x.o.SoftQueue)
}

// keep queues what must not be dropped, or gives up the peer.
func (s *subscriber) keep(out outgoing) {
	if !s.p.out.put(out, s.x.o.Queue) {
		s.p.cut(fmt.Errorf("it does not read, and more than %d bytes wait for it", s.x.o.Queue))
	}
}

// retry is offer for a publication that had no room. It returns the patience
// that is left, 0 when the publication is queued or dropped.
func (s *subscriber) retry(out outgoing) time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	select {
	case <-s.p.gone:
		return 0
	default:
	}
	if s.p.out.put(out, s.x.o.SoftQueue) {
		return 0
	}
	written := s.p.out.written.Load()
	earned := time.Duration(float64(written-s.written) / minimumRate * float64(time.Second))
	s.written = written
	s.patience = min(s.patience+earned, s.x.o.Patience)
	if s.patience > 0 {
		return s.patience
	}
	s.patience = 0
	s.dropping.Store(true)
	// Once more, since a write may have ended in between: if there is still no
	// room, another write comes, and wrote then sees what is to be told.
	if s.p.out.put(out, s.x.o.SoftQueue) {
		s.dropping.Store(false)
		return 0
	}
	s.dropped++
	return 0
}

func (s *subscriber) waited(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.patience -= d
}

// wrote is called after every write to the peer: one that has read enough is
// told what it missed, if it is not yet, and misses nothing more.
func (s *subscriber) wrote() {
	signal(s.x.moved)
	if !s.dropping.Load() || s.p.out.size() > s.x.o.SoftQueue/2 {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tell()
	s.dropping.Store(false)
	s.patience = s.x.o.Patience
}

// tell queues the note of what the peer misses, in the place where it belongs:
// before whatever is queued next.
func (s *subscriber) tell() {
	n := s.dropped
	if s.dropped = 0; n == 0 || s.x.o.Dropped == nil {
		return
	}
	if note := s.x.o.Dropped(n); len(note) > 0 {
		s.keep(message(note))
	}
}

// message takes a subscription in the form of ZMTP 3.0: a message that begins
// with 1, or with 0 for its end. Others are not for this socket.
func (s *subscriber) message(frames [][]byte, _ int64) error {
	if f := frames[0]; len(f) > 0 && f[0] <= 1 {
		return s.subscribe(f[1:], f[0] == 1)
	}
	return nil
}

// command takes one in the form of ZMTP 3.1.
func (s *subscriber) command(name string, data []byte) error {
	switch name {
	case cmdSubscribe:
		return s.subscribe(data, true)
	case cmdCancel:
		return s.subscribe(data, false)
	}
	return nil
}

func (s *subscriber) subscribe(topic []byte, on bool) error {
	s.mu.Lock()
	known := s.topics.has(topic)
	if !on {
		s.topics.remove(topic)
	}
	s.mu.Unlock()
	if known || !on {
		return nil
	}
	var welcome [][]byte
	if s.x.o.Welcome != nil {
		welcome = s.x.o.Welcome(topic)
	}
	s.mu.Lock()
	if len(welcome) > 0 {
		s.keep(message(welcome))
	}
	added := s.topics.add(topic)
	s.mu.Unlock()
	if !added {
		return errors.New("too many subscriptions")
	}
	if s.x.o.Subscribed != nil {
		s.x.o.Subscribed()
	}
	return nil
}

func (s *subscriber) left() {
	x := s.x
	x.mu.Lock()
	defer x.mu.Unlock()
	rest := make([]*subscriber, 0, len(x.subscribers))
	for _, other := range x.subscribers {
		if other != s {
			rest = append(rest, other)
		}
	}
	x.subscribers = rest
}
