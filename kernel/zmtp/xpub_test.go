package zmtp_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"gondola/kernel/zmtp"
)

// flush makes sure that all that was sent before is read.
func (c *client) flush() {
	c.t.Helper()
	c.frame(command, []byte("\x04PING\x00\x00flush"))
	c.want("command", "\x04PONGflush")
}

func publish(x *zmtp.XPub, texts ...string) {
	x.Send(zmtp.Publication{Frames: frames(texts...)})
}

func TestXPubSendsByTopic(t *testing.T) {
	for _, endpoint := range endpoints(t) {
		x := listenXPub(t, endpoint, zmtp.XPubOptions{})
		old := dial(t, x.Endpoint(), "SUB", "")
		old.send("\x01ab")
		old.send("\x02no subscription")
		young := dial(t, x.Endpoint(), "XSUB", "")
		young.frame(command, []byte("\x09SUBSCRIBEa"))
		young.frame(command, []byte("\x09SUBSCRIBEab"))
		young.frame(command, []byte("\x07UNKNOWNa"))
		old.flush()
		young.flush()
		publish(x, "abc", "1")
		publish(x, "a", "2")
		publish(x, "b", "3")
		old.want("abc", "1")
		young.want("abc", "1") // once, for two subscriptions
		young.want("a", "2")
		old.send("\x00ab")
		old.send("\x01") // everything
		young.frame(command, []byte("\x06CANCELa"))
		old.flush()
		young.flush()
		publish(x, "", "4")
		publish(x, "ac", "5")
		publish(x, "abd", "6")
		old.want("", "4")
		old.want("ac", "5")
		old.want("abd", "6")
		young.want("abd", "6")
	}
}

// What is sent when a subscription is told reaches it, after its welcome.
func TestXPubSubscribed(t *testing.T) {
	var x *zmtp.XPub
	listening := make(chan struct{})
	x = listenXPub(t, "tcp://127.0.0.1:0", zmtp.XPubOptions{
		Welcome: func(s []byte) [][]byte { return [][]byte{s, []byte("welcome")} },
		Subscribed: func() {
			<-listening
			publish(x, "topic", "state")
		},
	})
	close(listening)
	for range 50 {
		c := dial(t, x.Endpoint(), "SUB", "")
		c.send("\x01top")
		c.want("top", "welcome")
		c.want("topic", "state")
	}
}

// A subscription is answered by its welcome before anything else that it
// brings, while publications go on.
func TestXPubWelcomes(t *testing.T) {
	x := listenXPub(t, "tcp://127.0.0.1:0", zmtp.XPubOptions{
		Welcome: func(s []byte) [][]byte {
			if string(s) == "quiet" {
				return nil
			}
			return [][]byte{s, []byte("welcome")}
		},
	})
	stop, stopped := make(chan struct{}), make(chan struct{})
	defer func() { close(stop); <-stopped }()
	go func() {
		defer close(stopped)
		for {
			select {
			case <-stop:
				return
			default:
				publish(x, "topic", "news")
			}
		}
	}()
	for range 20 {
		c := dial(t, x.Endpoint(), "SUB", "")
		c.send("\x01quiet")
		c.send("\x01top")
		c.want("top", "welcome")
		c.want("topic", "news")
		c.send("\x01top") // nothing new
		c.send("\x01z")
		for {
			m, err := c.recv()
			if err != nil {
				t.Fatal(err)
			}
			if m[0] == "top" {
				t.Fatal("a second welcome")
			}
			if m[0] == "z" {
				break
			}
		}
		_ = c.conn.Close()
	}
}

// One subscriber that stands still: the others get everything, it gets what is
// to be kept, and when it reads again it learns how much it missed.
func TestXPubStalledSubscriber(t *testing.T) {
	x := listenXPub(t, "tcp://127.0.0.1:0", zmtp.XPubOptions{
		SoftQueue: 1 << 20,
		Patience:  2 * time.Second, // a busy machine is no reason to miss something
		Dropped:   func(n int) [][]byte { return frames("dropped", strconv.Itoa(n)) },
	})
	still, lively := dial(t, x.Endpoint(), "SUB", ""), dial(t, x.Endpoint(), "SUB", "")
	for _, c := range []*client{still, lively} {
		c.send("\x01")
		c.flush()
	}
	const messages, every = 2000, 100
	body := strings.Repeat("x", 20_000)
	failed := make(chan error, 1)
	go func() {
		for i := range messages {
			m, err := lively.recv()
			if err != nil || m[1] != strconv.Itoa(i) {
				failed <- fmt.Errorf("%.100q, %w at %d", m, err, i)
				return
			}
		}
		failed <- nil
	}()
	start := time.Now()
	for i := range messages {
		x.Send(zmtp.Publication{Frames: frames("topic", strconv.Itoa(i), body), Keep: i%every == 0})
	}
	if took := time.Since(start); took > 20*time.Second {
		t.Errorf("publishing took %v", took)
	}
	if err := <-failed; err != nil {
		t.Fatal(err)
	}
	still.within(30 * time.Second)
	got, dropped, told, kept, last := 0, 0, 0, 0, -1
	for got+dropped < messages {
		m, err := still.recv()
		if err != nil {
			t.Fatalf("%d came, %d were dropped: %v", got, dropped, err)
		}
		if m[0] == "dropped" {
			n, err := strconv.Atoi(m[1])
			if err != nil || n < 1 {
				t.Fatal(m)
			}
			dropped += n
			told += n
			continue
		}
		i, err := strconv.Atoi(m[1])
		if err != nil || i != last+1+told { // the note stands where the gap is
			t.Fatalf("%q after %d and %d that were dropped", m[1], last, told)
		}
		told = 0
		if i%every == 0 {
			kept++
		}
		last = i
		got++
	}
	if dropped == 0 || kept != messages/every {
		t.Errorf("%d came, of which %d were to be kept, and %d were dropped", got, kept, dropped)
	}
	still.within(0)
	publish(x, "topic", "again")
	still.want("topic", "again")
}

// A subscriber that reads steadily is waited for, in all longer than Patience,
// and misses nothing.
func TestXPubWaitsForWhoReads(t *testing.T) {
	x := listenXPub(t, "tcp://127.0.0.1:0", zmtp.XPubOptions{
		SoftQueue: 1 << 20, Patience: time.Second, Dropped: func(int) [][]byte { return frames("dropped") },
	})
	c := dial(t, x.Endpoint(), "SUB", "")
	c.send("\x01")
	c.flush()
	const messages = 60
	done := make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(50 * time.Millisecond)
		defer tick.Stop()
		for i := range messages {
			if m, err := c.recv(); err != nil || m[0] != strconv.Itoa(i) {
				t.Errorf("%.20q instead of %d, %v", m, i, err)
				return
			}
			<-tick.C
		}
	}()
	body := string(make([]byte, 1<<20))
	for i := range messages {
		publish(x, strconv.Itoa(i), body)
	}
	<-done
}

// When even what is to be kept has no room, the peer is disconnected.
func TestXPubCutsOffWhoNeverReads(t *testing.T) {
	x := listenXPub(t, "tcp://127.0.0.1:0", zmtp.XPubOptions{
		Options: zmtp.Options{Queue: 1 << 20}, SoftQueue: 1 << 19, Patience: time.Millisecond,
	})
	c := dial(t, x.Endpoint(), "SUB", "")
	c.send("\x01")
	c.flush()
	body := string(make([]byte, 100_000))
	for range 200 {
		x.Send(zmtp.Publication{Frames: frames("topic", body), Keep: true})
	}
	if got := len(c.ended()); got >= 200*len(body) {
		t.Errorf("%d bytes came", got)
	}
}

// A peer can't fill the memory by subscribing.
func TestXPubBoundsSubscriptions(t *testing.T) {
	x := listenXPub(t, "tcp://127.0.0.1:0", zmtp.XPubOptions{})
	c := dial(t, x.Endpoint(), "SUB", "")
	go func() {
		for i := range 2000 {
			c.send("\x01" + strings.Repeat("x", 1000) + strconv.Itoa(i))
		}
	}()
	c.ended()
}
