package zmtp_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"gondola/kernel/zmtp"
)

// hostile is what a peer may do. It has said nothing yet, or shaken hands.
type hostile struct {
	name   string
	shaken bool
	do     func(c *client)
	stays  bool   // connected: nothing is wrong so far
	says   string // what the server's last words hold
}

// raw sends bytes.
func raw(b ...[]byte) func(*client) {
	return func(c *client) { c.bytes(bytes.Join(b, nil)) }
}

// drip sends bytes slowly, until the server hangs up or all are sent.
func drip(b []byte) func(*client) {
	return func(c *client) {
		tick := time.NewTicker(20 * time.Millisecond)
		go func() {
			defer tick.Stop()
			for i := range b {
				if _, err := c.conn.Write(b[i : i+1]); err != nil {
					return
				}
				<-tick.C
			}
		}()
	}
}

func hostilesNull() []hostile {
	null := hello("NULL", 1)
	zeros := make([]byte, 100_000)
	return []hostile{
		{name: "silent", do: raw()},
		{name: "half a greeting", do: raw(null[:20])},
		{name: "greeting only", do: raw(null)},
		{name: "HTTP", do: raw([]byte("GET / HTTP/1.1\r\nHost: a\r\n\r\n"))},
		{name: "ZMTP 1", do: raw([]byte{1, 0})},
		{name: "ZMTP 1, with a long length", do: raw([]byte{0xff, 0, 0, 0, 0, 0, 0, 0, 1, 0})},
		{name: "ZMTP 2", do: raw([]byte{0xff, 0, 0, 0, 0, 0, 0, 0, 1, 0x7f, 1, 5, 0, 0})},
		{name: "another mechanism", do: raw(hello("PLAIN", 1))},
		{name: "CURVE where NULL is", do: raw(hello("CURVE", 1))},
		{name: "zeros", do: raw(zeros)},
		{name: "garbage", do: raw([]byte(strings.Repeat("\xffgarbage", 1000)))},
		{name: "greeting by drips", do: drip(bytes.Repeat(null, 10))},
		{name: "message before READY", do: raw(null, wire(0, []byte("x")))},
		{name: "unknown command before READY", do: raw(null, wire(command, []byte("\x05HELLO"))), says: "READY belongs"},
		{name: "READY of 2^62 bytes", do: raw(null, header(command, 1<<62)), says: "at most 65536"},
		{name: "READY one byte over the cap", do: raw(null, header(command, 1<<16+1)), says: "at most 65536"},
		{name: "READY of 100,000 bytes", do: raw(null, wire(command, append(readyBody("DEALER", ""), zeros...)))},
		{name: "READY cut short", do: raw(null, wire(command, readyBody("DEALER", "ann")[:20])), says: "ERROR"},
		{name: "READY empty", do: raw(null, wire(command, nil))},
		{name: "READY without a type", do: raw(null, wire(command, []byte("\x05READY"))), says: "ERROR"},
		{name: "ERROR", do: raw(null, wire(command, []byte("\x05ERROR\xffno")))},
		{name: "ERROR, empty", do: raw(null, wire(command, []byte("\x05ERROR")))},
		{name: "property longer than the rest", do: raw(null, wire(command, []byte("\x05READY\x01a\xff\xff\xff\xff"))), says: "ERROR"},
		{name: "wrong type", do: raw(null, wire(command, readyBody("SUB", ""))), says: "ROUTER talks to DEALER, REQ, ROUTER"},
		{name: "type of another world", do: raw(null, wire(command, readyBody(strings.Repeat("\x1b[31m\n", 100), ""))), says: "ERROR"},
		{name: "identity of 256 bytes", do: raw(null, wire(command, readyBody("DEALER", string(zeros[:256])))), says: "at most 255"},
		{name: "identity of somebody without", do: raw(null, wire(command, readyBody("DEALER", "\x00\x00\x00\x00\x01"))), says: "zero byte"},

		{name: "frame of 2^62 bytes", shaken: true, do: raw(header(0, 1<<62))},
		{name: "frame of 2^63 bytes", shaken: true, do: raw(header(0, 1<<63))},
		{name: "frame of 2^64-1 bytes", shaken: true, do: raw(header(more, 1<<64-1))},
		{name: "frame one byte over the cap", shaken: true, do: raw(header(0, 1<<20+1))},
		{name: "frame as large as allowed, never sent", shaken: true, do: raw(header(0, 1<<20)), stays: true},
		{name: "message over the cap", shaken: true, do: raw(bytes.Repeat(wire(more, make([]byte, 1<<20)), 4))},
		{name: "frames of nothing, without end", shaken: true, do: raw(bytes.Repeat([]byte{more, 0}, 1<<16))},
		{name: "command over the cap", shaken: true, do: raw(header(command, 1<<16+1))},
		{name: "command without a name", shaken: true, do: raw(wire(command, nil))},
		{name: "command with half a name", shaken: true, do: raw(wire(command, []byte("\x09PI")))},
		{name: "unknown command", shaken: true, do: raw(wire(command, []byte("\x04JOIN"))), stays: true},
		{name: "command that goes on", shaken: true, do: raw(wire(command|more, []byte("\x04PING\x00\x00")))},
		{name: "reserved flags", shaken: true, do: raw([]byte{0x80, 0})},
		{name: "PING without its time", shaken: true, do: raw(wire(command, []byte("\x04PING\x00")))},
		{name: "PING with a promise", shaken: true, do: raw(wire(command, []byte("\x04PING\x00\x01")))},
		{name: "PING with a promise that is kept", shaken: true, do: raw(wire(command, []byte("\x04PING\x00\x01")), wire(0, []byte("x"))), stays: true},
		{name: "ERROR later", shaken: true, do: raw(wire(command, []byte("\x05ERROR\x02no")))},
		{name: "garbage later", shaken: true, do: raw([]byte(strings.Repeat("garbage", 1000)))},
		{name: "half a header", shaken: true, do: raw(header(0, 100)[:4]), stays: true},
		{name: "message by drips", shaken: true, do: drip(wire(0, make([]byte, 100))), stays: true},
		{name: "first frame of two", shaken: true, do: raw(wire(more, []byte("x"))), stays: true},
	}
}

func hostilesCurve(keys *zmtp.CurveKeys, other *zmtp.CurveKeys) []hostile {
	// step shakes hands up to where INITIATE belongs.
	step := func(do func(c *curveClient)) func(*client) {
		return func(c *client) {
			cc := c.curve(keys)
			cc.bytes(hello("CURVE", 1))
			cc.frame(command, cc.hello())
			if err := errors.Join(cc.greeted(), cc.welcome()); err != nil {
				c.t.Fatal(err)
			}
			do(cc)
		}
	}
	helloOf := func(change func(b []byte) []byte) func(*client) {
		return func(c *client) {
			c.bytes(hello("CURVE", 1))
			c.frame(command, change(c.curve(keys).hello()))
		}
	}
	flip := func(at int) func([]byte) []byte {
		return func(b []byte) []byte { b[at] ^= 1; return b }
	}
	dealer := properties("DEALER", "")
	return []hostile{
		{name: "NULL where CURVE is", do: raw(hello("NULL", 1), wire(command, readyBody("DEALER", "")))},
		{name: "READY without HELLO", do: raw(hello("CURVE", 1), wire(command, readyBody("DEALER", ""))), says: "HELLO belongs"},
		{name: "HELLO too short", do: helloOf(func(b []byte) []byte { return b[:199] }), says: "HELLO has"},
		{name: "HELLO too long", do: helloOf(func(b []byte) []byte { return append(b, 0) }), says: "HELLO has"},
		{name: "HELLO of another version", do: helloOf(flip(6)), says: "version"},
		{name: "HELLO with another key", do: helloOf(flip(80)), says: "box"},
		{name: "HELLO with another nonce", do: helloOf(flip(113)), says: "box"},
		{name: "HELLO with a broken box", do: helloOf(flip(199)), says: "box"},
		{name: "HELLO with something in its box", do: func(c *client) {
			cc := c.curve(keys)
			cc.hidden = 1
			c.bytes(hello("CURVE", 1))
			c.frame(command, cc.hello())
		}, says: "holds something"},
		{name: "wrong server key", do: func(c *client) {
			c.bytes(hello("CURVE", 1))
			c.frame(command, c.curve(other).hello())
		}, says: "box"},
		{name: "HELLO twice", do: step(func(c *curveClient) { c.frame(command, c.hello()) }), says: "INITIATE belongs"},
		{name: "nothing after WELCOME", do: step(func(*curveClient) {})},
		{name: "INITIATE too short", do: step(func(c *curveClient) { c.frame(command, c.initiate(nil)[:200]) }), says: "INITIATE has"},
		{name: "INITIATE with another cookie", do: step(func(c *curveClient) { c.cookie[20] ^= 1; c.frame(command, c.initiate(dealer)) }), says: "cookie"},
		{name: "INITIATE with a broken box", do: step(func(c *curveClient) { b := c.initiate(dealer); b[len(b)-1] ^= 1; c.frame(command, b) }), says: "box"},
		{name: "vouch made with another key", do: step(func(c *curveClient) { c.long[5] ^= 1; c.frame(command, c.initiate(dealer)) }), says: "vouch"},
		{name: "vouch for another connection", do: step(func(c *curveClient) {
			c.vouchFor = append(bytes.Clone(c.public[:]), c.server[:]...)
			c.frame(command, c.initiate(dealer))
		}), says: "another connection"},
		{name: "vouch for another server", do: step(func(c *curveClient) {
			c.vouchFor = append(bytes.Clone(c.short[:]), c.theirs[:]...)
			c.frame(command, c.initiate(dealer))
		}), says: "another connection"},
		{name: "wrong type", do: step(func(c *curveClient) { c.frame(command, c.initiate(properties("PUB", ""))) }), says: "ROUTER talks to"},
		{name: "cookie of another connection", do: step(func(c *curveClient) {
			first := connect(c.t, c.endpoint).curve(keys)
			first.bytes(hello("CURVE", 1))
			first.frame(command, first.hello())
			if err := errors.Join(first.greeted(), first.welcome()); err != nil {
				c.t.Fatal(err)
			}
			c.cookie = first.cookie
			c.frame(command, c.initiate(dealer))
		}), says: "cookie"},

		{name: "message in the clear", shaken: true, do: raw(wire(0, []byte("x")))},
		{name: "frame of 2^62 bytes", shaken: true, do: raw(header(0, 1<<62))},
		{name: "frame over the cap", shaken: true, do: raw(header(0, 1<<20+34))},
		{name: "replayed nonce", shaken: true, do: func(c *client) {
			b := wire(0, c.seal(0, []byte("once")))
			c.bytes(b)
			c.want("once")
			c.bytes(b)
		}},
		{name: "older nonce", shaken: true, do: func(c *client) {
			first, second := wire(0, c.seal(0, []byte("1"))), wire(0, c.seal(0, []byte("2")))
			c.bytes(second)
			c.want("2")
			c.bytes(first)
		}},
		{name: "broken box", shaken: true, do: func(c *client) {
			b := c.seal(0, []byte("x"))
			b[len(b)-1] ^= 1
			c.bytes(wire(0, b))
		}},
		{name: "our own frame sent back", shaken: true, do: func(c *client) {
			c.send("x")
			_, frame, _ := (&client{r: c.r}).readFrame()
			c.bytes(wire(0, frame))
		}},
		{name: "reserved flags in the box", shaken: true, do: func(c *client) { c.bytes(wire(0, c.sealRaw([]byte{0x80, 'x'}))) }},
		{name: "all flags in the box", shaken: true, do: func(c *client) { c.bytes(wire(0, c.sealRaw([]byte{0xff, 'x'}))) }},
		{name: "empty box", shaken: true, do: func(c *client) { c.bytes(wire(0, c.sealRaw(nil))) }},
		{name: "unknown command", shaken: true, do: func(c *client) { c.frame(command, []byte("\x04JOIN")) }, stays: true},
	}
}

// TestHostilePeers has each of them do its worst: a peer that behaves is
// answered within a second beside it, and what is wrong is cut off.
func TestHostilePeers(t *testing.T) {
	keys := newKeys(t)
	for _, mechanism := range []string{"NULL", "CURVE"} {
		list := hostilesNull()
		o := zmtp.Options{MaxFrame: 1 << 20, MaxMessage: 3 << 20, Handshake: 400 * time.Millisecond}
		join := func(t testing.TB, endpoint string) *client { return dial(t, endpoint, "DEALER", "") }
		if mechanism == "CURVE" {
			o.Curve = keys
			list = hostilesCurve(keys, newKeys(t))
			join = func(t testing.TB, endpoint string) *client { return dialCurve(t, endpoint, "DEALER", "", keys) }
		}
		r := listenRouter(t, "tcp://127.0.0.1:0", o)
		echo(t, r)
		for _, h := range list {
			t.Run(mechanism+" "+h.name, func(t *testing.T) {
				t.Parallel()
				var bad *client
				if h.shaken {
					bad = join(t, r.Endpoint())
				} else {
					bad = connect(t, r.Endpoint())
				}
				h.do(bad)
				good := join(t, r.Endpoint())
				good.within(answerTime)
				good.send("hello")
				if got, err := good.recv(); err != nil || len(got) != 1 || got[0] != "hello" {
					t.Errorf("a peer beside it got %q, %v", got, err)
				}
				if !h.stays {
					if got := bad.ended(); !strings.Contains(got, h.says) {
						t.Errorf("%q does not say %q", got, h.says)
					}
					return
				}
				bad.within(2 * o.Handshake)
				if got, err := io.ReadAll(bad.r); !errors.Is(err, os.ErrDeadlineExceeded) {
					t.Errorf("cut off: %q, %v", got, err)
				}
			})
		}
	}
}

// Silent peers take no place from those who shake hands, and those who have
// keep theirs.
func TestMaxPeers(t *testing.T) {
	r := listenRouter(t, "tcp://127.0.0.1:0", zmtp.Options{MaxPeers: 10, Handshake: time.Minute})
	echo(t, r)
	first := connect(t, r.Endpoint())
	for range 30 {
		connect(t, r.Endpoint())
	}
	first.ended()
	var good []*client
	for range 10 {
		good = append(good, dial(t, r.Endpoint(), "DEALER", ""))
	}
	connect(t, r.Endpoint()).ended()
	for _, c := range good {
		c.send("hello")
		c.want("hello")
	}
	_ = good[0].conn.Close()
	for end := time.Now().Add(10 * answerTime); ; { // the server sees the end in its own time
		c := connect(t, r.Endpoint())
		c.within(answerTime)
		c.bytes(hello("NULL", 1))
		c.frame(command, readyBody("DEALER", ""))
		if c.greeted() == nil {
			c.ready()
			return
		}
		if time.Now().After(end) {
			t.Fatal("the place of a peer that left stays taken")
		}
	}
}

// Whoever is refused again and again does not fill the log, nor forge its lines.
func TestLogIsBounded(t *testing.T) {
	lines := make(chan string, 1000)
	r := listenRouter(t, "tcp://127.0.0.1:0", zmtp.Options{Log: func(line string) { lines <- line }})
	for range 200 {
		c := connect(t, r.Endpoint())
		c.bytes(hello("NULL", 1))
		c.frame(command, readyBody("EVIL\nroot: \x1b[2J\u202e", ""))
		c.ended()
	}
	if n := len(lines); n < 10 || n > 30 {
		t.Errorf("%d lines", n)
	}
	line := <-lines
	if strings.ContainsAny(line, "\n\x1b\u202e") || !strings.Contains(line, "EVIL") || !strings.Contains(line, "127.0.0.1") || len(line) > 400 {
		t.Errorf("%q", line)
	}
}

// TestLogSaysWhy has the peers that can't be told themselves.
func TestLogSaysWhy(t *testing.T) {
	lines := make(chan string, 100)
	r := listenRouter(t, "tcp://127.0.0.1:0", zmtp.Options{Handshake: time.Minute, Log: func(line string) { lines <- line }})
	for want, say := range map[string][]byte{
		"is ZMTP 1, or another protocol": []byte("GET / HTTP/1.1\r\n"),
		"speaks ZMTP 1":                  {0xff, 0, 0, 0, 0, 0, 0, 0, 1, 0},
		"speaks ZMTP 2":                  {0xff, 0, 0, 0, 0, 0, 0, 0, 1, 0x7f, 1},
		`the mechanism "PLAIN"`:          hello("PLAIN", 1),
		"a message before the handshake": append(hello("NULL", 1), wire(0, []byte("x"))...),
	} {
		c := connect(t, r.Endpoint())
		c.bytes(say)
		c.ended()
		select {
		case line := <-lines:
			if !strings.Contains(line, want) {
				t.Errorf("%q does not say %q", line, want)
			}
		case <-time.After(10 * answerTime):
			t.Errorf("no line says %q", want)
		}
	}
	quick := listenRouter(t, "tcp://127.0.0.1:0", zmtp.Options{Handshake: time.Millisecond, Log: func(line string) { lines <- line }})
	connect(t, quick.Endpoint()).ended()
	if line := <-lines; !strings.Contains(line, "no handshake within 1ms") {
		t.Error(line)
	}
}

// A peer of ZMTP 3.0 is welcome.
func TestOldMinorVersion(t *testing.T) {
	r := listenRouter(t, "tcp://127.0.0.1:0", zmtp.Options{})
	echo(t, r)
	c := connect(t, r.Endpoint())
	c.bytes(hello("NULL", 0))
	c.frame(command, readyBody("REQ", ""))
	if err := c.greeted(); err != nil {
		t.Fatal(err)
	}
	c.ready()
	c.send("", "x")
	c.want("", "x")
}

// PING is answered with its context, of which 16 bytes count, and also within
// a message.
func TestPing(t *testing.T) {
	r := listenRouter(t, "tcp://127.0.0.1:0", zmtp.Options{})
	echo(t, r)
	c := dial(t, r.Endpoint(), "DEALER", "")
	c.frame(command, []byte("\x04PING\x00\x00"))
	c.want("command", "\x04PONG")
	c.frame(more, []byte("a"))
	c.frame(command, []byte("\x04PING\x00\x640123456789abcdefg"))
	c.want("command", "\x04PONG0123456789abcdef")
	c.frame(0, []byte("b"))
	c.want("a", "b")
}
