package zmtp_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"gondola/kernel/zmtp"
)

func TestRouterAnswers(t *testing.T) {
	for _, endpoint := range endpoints(t) {
		r := listenRouter(t, endpoint, zmtp.Options{})
		c := dial(t, r.Endpoint(), "DEALER", "ann")
		long := strings.Repeat("x", 100_000)
		c.send("a", "", long)
		m := receive(t, r)
		if string(m.Identity) != "ann" || len(m.Frames) != 3 || string(m.Frames[2]) != long {
			t.Fatalf("%q sent %d frames", m.Identity, len(m.Frames))
		}
		if err := r.Send(m.Identity, m.Frames...); err != nil {
			t.Fatal(err)
		}
		c.want("a", "", long)
		if err := r.Send([]byte("bob"), []byte("x")); !errors.Is(err, zmtp.ErrNoPeer) {
			t.Errorf("a message to nobody: %v", err)
		}
		if err := r.Send(m.Identity); err == nil {
			t.Error("a message of no frames was sent")
		}
	}
}

// Peers without an identity get one, and each its own replies.
func TestRouterNamesPeers(t *testing.T) {
	r := listenRouter(t, "tcp://127.0.0.1:0", zmtp.Options{})
	echo(t, r)
	var all []*client
	for i := range 20 {
		c := dial(t, r.Endpoint(), []string{"DEALER", "REQ", "ROUTER"}[i%3], "")
		c.send("", fmt.Sprint(i))
		all = append(all, c)
	}
	for i, c := range all {
		c.want("", fmt.Sprint(i))
	}
}

// A new connection with the same identity takes over: the old one is closed,
// and what is sent then is for the new one.
func TestRouterHandsOver(t *testing.T) {
	r := listenRouter(t, "tcp://127.0.0.1:0", zmtp.Options{})
	old := dial(t, r.Endpoint(), "DEALER", "ann")
	for i := range 50 {
		next := dial(t, r.Endpoint(), "DEALER", "ann")
		if err := r.Send([]byte("ann"), fmt.Append(nil, i)); err != nil {
			t.Fatal(err)
		}
		next.want(fmt.Sprint(i))
		if got := old.ended(); got != "" {
			t.Fatalf("the old connection got %q", got)
		}
		old = next
	}
}

// What the old connection had sent is not lost, and comes first.
func TestRouterHandsOverWhatWasSent(t *testing.T) {
	r := listenRouter(t, "tcp://127.0.0.1:0", zmtp.Options{})
	old := dial(t, r.Endpoint(), "DEALER", "ann")
	old.send("0") // behind it the PONG shows that all is read
	for i := 1; i < 10; i++ {
		old.send(fmt.Sprint(i))
	}
	old.frame(command, []byte("\x04PING\x00\x00x"))
	old.want("command", "\x04PONGx")
	next := dial(t, r.Endpoint(), "DEALER", "ann")
	next.send("10")
	next.flush()
	for i := range 11 {
		if m := receive(t, r); string(m.Frames[0]) != fmt.Sprint(i) {
			t.Fatalf("%q instead of %d", m.Frames, i)
		}
	}
}

// A peer that floods does not keep another one waiting.
func TestRouterIsFair(t *testing.T) {
	r := listenRouter(t, "tcp://127.0.0.1:0", zmtp.Options{})
	loud := dial(t, r.Endpoint(), "DEALER", "loud")
	go func() {
		many := []byte(strings.Repeat("\x00\x01x", 1000))
		for {
			if _, err := loud.conn.Write(many); err != nil {
				return
			}
		}
	}()
	for range 1000 {
		receive(t, r)
	}
	quiet := dial(t, r.Endpoint(), "DEALER", "quiet")
	quiet.send("y")
	quiet.frame(command, []byte("\x04PING\x00\x00"))
	quiet.want("command", "\x04PONG") // so the message is there
	for i := range 3 {
		if string(receive(t, r).Identity) == "quiet" {
			return
		}
		if i == 2 {
			t.Fatal("the flood comes first")
		}
	}
}

// What nobody receives is bounded: the peer is not read any more.
func TestRouterStopsReading(t *testing.T) {
	r := listenRouter(t, "tcp://127.0.0.1:0", zmtp.Options{})
	c := dial(t, r.Endpoint(), "DEALER", "loud")
	c.within(2 * time.Second)
	part := wire(0, make([]byte, 1<<20))
	sent := 0
	for ; sent < 100; sent++ {
		if _, err := c.conn.Write(part); err != nil {
			break
		}
	}
	if sent == 100 {
		t.Fatal("100 MiB were taken that nobody received")
	}
	for range sent {
		receive(t, r)
	}
}

// A peer that does not read its replies is disconnected, not left without one.
func TestRouterCutsOffWhoDoesNotRead(t *testing.T) {
	r := listenRouter(t, "tcp://127.0.0.1:0", zmtp.Options{Queue: 1 << 20})
	c := dial(t, r.Endpoint(), "DEALER", "slow")
	other := dial(t, r.Endpoint(), "DEALER", "other")
	body := make([]byte, 1<<19)
	var err error
	sent := 0
	for ; sent < 100 && err == nil; sent++ {
		err = r.Send([]byte("slow"), body)
	}
	if !errors.Is(err, zmtp.ErrNoPeer) {
		t.Fatalf("after %d messages: %v", sent, err)
	}
	// Whole or in part, what was taken before the refusal may have left already.
	if got, taken := len(c.ended()), (sent-1)*(len(body)+9); got > taken {
		t.Errorf("%d bytes came of %d taken", got, taken)
	}
	if err := r.Send([]byte("other"), []byte("hello")); err != nil {
		t.Fatal(err)
	}
	other.want("hello")
}

// Close sends what waits, to peers that send all the while.
func TestRouterCloseFlushes(t *testing.T) {
	for _, endpoint := range endpoints(t) {
		r := listenRouter(t, endpoint, zmtp.Options{})
		c := dial(t, r.Endpoint(), "DEALER", "ann")
		go func() {
			for {
				if _, err := c.conn.Write(wire(0, []byte("more"))); err != nil {
					return
				}
			}
		}()
		body := strings.Repeat("x", 1<<20)
		for range 20 {
			if err := r.Send([]byte("ann"), []byte(body)); err != nil {
				t.Fatal(err)
			}
		}
		done := make(chan error, 1)
		go func() {
			ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
			defer cancel()
			done <- r.Close(ctx)
		}()
		for range 20 {
			c.want(body)
		}
		c.ended()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if err := r.Send([]byte("ann"), []byte("x")); !errors.Is(err, zmtp.ErrClosed) {
			t.Errorf("Send after Close: %v", err)
		}
		if _, err := r.Recv(t.Context()); !errors.Is(err, zmtp.ErrClosed) {
			t.Errorf("Recv after Close: %v", err)
		}
	}
}

// Close does not wait until somebody receives what nobody will.
func TestRouterCloseDropsWhatArrived(t *testing.T) {
	r := listenRouter(t, "tcp://127.0.0.1:0", zmtp.Options{})
	c := dial(t, r.Endpoint(), "DEALER", "ann")
	c.within(time.Second)
	for part := wire(0, make([]byte, 1<<20)); ; {
		if _, err := c.conn.Write(part); err != nil {
			break // it is not read any more
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	if err := r.Close(ctx); err != nil || ctx.Err() != nil {
		t.Errorf("Close: %v, %v", err, ctx.Err())
	}
}

// Close does not wait for a peer that does not read longer than it may.
func TestRouterCloseEnds(t *testing.T) {
	r := listenRouter(t, "tcp://127.0.0.1:0", zmtp.Options{})
	dial(t, r.Endpoint(), "DEALER", "ann")
	if err := r.Send([]byte("ann"), make([]byte, 60<<20)); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := r.Close(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Close: %v", err)
	}
}

func TestRecvEndsWithItsContext(t *testing.T) {
	r := listenRouter(t, "tcp://127.0.0.1:0", zmtp.Options{})
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if _, err := r.Recv(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Recv: %v", err)
	}
}

// One that comes, sends and goes, again and again, does not fill the memory:
// it keeps its place until what it sent is received.
func TestRouterCountsWhoHasGone(t *testing.T) {
	r := listenRouter(t, "tcp://127.0.0.1:0", zmtp.Options{MaxPeers: 10})
	for range 10 {
		c := dial(t, r.Endpoint(), "DEALER", "")
		c.send("x")
		c.flush()
		_ = c.conn.Close()
	}
	last := connect(t, r.Endpoint())
	last.bytes(append(hello("NULL", 1), wire(command, readyBody("DEALER", ""))...))
	last.ended()
	if n := r.Places(); n != 10 {
		t.Errorf("%d places are taken", n)
	}
	for range 10 {
		receive(t, r)
	}
	for end := time.Now().Add(10 * answerTime); r.Places() > 0; runtime.Gosched() {
		if time.Now().After(end) {
			t.Fatalf("%d places are taken", r.Places())
		}
	}
}
