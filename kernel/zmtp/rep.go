package zmtp

import "context"

// Rep is a REP socket that answers every request with itself, at once: the
// heartbeat of Jupyter.
type Rep struct{ s *server }

// replier is a peer of a Rep.
type replier struct {
	p *peer
}

// replyQueue is how much may wait for a peer before its next request is read.
const replyQueue = 1 << 20

// ListenRep listens at an endpoint, as ListenRouter does.
func ListenRep(endpoint string, o Options) (*Rep, error) {
	s, err := serve(endpoint, kind{"REP", []string{"REQ", "DEALER"}}, o)
	if err != nil {
		return nil, err
	}
	s.join = func(p *peer) session { return &replier{p} }
	s.start()
	return &Rep{s}, nil
}

// Endpoint is where the socket listens, with the port that the system chose.
func (r *Rep) Endpoint() string { return r.s.listener.endpoint }

// Close stops listening, writes what waits for the peers until ctx ends, and
// returns when nothing of the socket is left.
func (r *Rep) Close(ctx context.Context) error { return r.s.close(ctx) }

// message sends a request back with its envelope: the frames up to the first
// empty one, which says where the reply belongs. A message without is no
// request, and dropped as libzmq does.
func (n *replier) message(frames [][]byte, _ int64) error {
	if !hasEnvelope(frames) {
		return nil
	}
	for m := message(frames); !n.p.out.put(m, replyQueue); {
		select {
		case <-n.p.out.moved:
		case <-n.p.gone:
			return n.p.reason
		}
	}
	return nil
}

func hasEnvelope(frames [][]byte) bool {
	for _, f := range frames[:len(frames)-1] {
		if len(f) == 0 {
			return true
		}
	}
	return false
}

func (n *replier) command(string, []byte) error { return nil }

func (n *replier) left() {}
