package zmtp_test

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net"
	"sync"
	"testing"
	"time"

	"gondola/kernel/zmtp"
)

// FuzzFrame reads bytes as frames. What is read and written again must be the
// same frames, and nothing longer than allowed is taken.
func FuzzFrame(f *testing.F) {
	f.Add([]byte{0, 0})
	f.Add(wire(0, []byte("hello")))
	f.Add(append(wire(more, []byte("a")), wire(0, make([]byte, 300))...))
	f.Add(wire(command, readyBody("DEALER", "ann")))
	f.Add(header(0, 1<<62))
	f.Add(header(0, 1<<64-1))
	f.Add(append(header(0, 3), "abc"...)) // long where short would do
	f.Add(append(header(command, 1<<16+1), make([]byte, 1<<10)...))
	f.Add([]byte{more | command, 0})
	f.Add([]byte{0x80, 0})
	f.Fuzz(func(t *testing.T, data []byte) {
		const most = 1 << 16
		rest := data
		err := zmtp.Frames(data, most, func(flags byte, body []byte) bool {
			if len(body) > most || flags&^(more|command) != 0 || flags == more|command {
				t.Fatalf("a frame %#x of %d bytes", flags, len(body))
			}
			again := zmtp.AppendFrame(nil, flags, body)
			if !bytes.Equal(again, wire(flags, body)) {
				t.Fatalf("%#x %q is written as %x", flags, body, again)
			}
			// The bytes read are those written, or their long form.
			if !bytes.HasPrefix(rest, again) {
				again = append(header(flags, uint64(len(body))), body...)
			}
			if !bytes.HasPrefix(rest, again) {
				t.Fatalf("%#x %q is read from %x", flags, body, rest)
			}
			rest = rest[len(again):]
			return true
		})
		if err == io.EOF && len(rest) > 0 { //nolint:errorlint // the end between frames, and no other
			t.Fatalf("%d bytes were not read", len(rest))
		}
	})
}

// tape is a connection whose peer has said everything already.
type tape struct {
	in   *bytes.Reader
	mu   sync.Mutex
	out  bytes.Buffer
	done bool
}

func (c *tape) Read(b []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.done {
		return 0, net.ErrClosed
	}
	return c.in.Read(b)
}

func (c *tape) Write(b []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.done {
		return 0, net.ErrClosed
	}
	return c.out.Write(b)
}

func (c *tape) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.done = true
	return nil
}
func (c *tape) LocalAddr() net.Addr              { return nil }
func (c *tape) RemoteAddr() net.Addr             { return nil }
func (c *tape) SetDeadline(time.Time) error      { return nil }
func (c *tape) SetReadDeadline(time.Time) error  { return nil }
func (c *tape) SetWriteDeadline(time.Time) error { return nil }

// attendant is a socket of any kind.
type attendant interface{ Attend(conn net.Conn) }

// sockets are one of each kind. The ROUTER's messages are answered.
func sockets(f *testing.F, keys *zmtp.CurveKeys) []attendant {
	o := zmtp.Options{Curve: keys, MaxFrame: 1 << 20, MaxMessage: 1 << 21, Handshake: 2 * time.Second}
	dir := f.TempDir()
	r, err := zmtp.ListenRouter("ipc://"+dir+"/router", o)
	if err != nil {
		f.Fatal(err)
	}
	echo(f, r)
	x := listenXPub(f, "ipc://"+dir+"/xpub", zmtp.XPubOptions{
		Options: o, Welcome: func(s []byte) [][]byte { return [][]byte{s} },
	})
	rep, err := zmtp.ListenRep("ipc://"+dir+"/rep", o)
	if err != nil {
		f.Fatal(err)
	}
	closed(f, rep)
	return []attendant{r, x, rep}
}

// How FuzzZMTP uses its data.
const (
	fuzzAll      = iota // all that the peer says
	fuzzTraffic         // what it says after the handshake
	fuzzMetadata        // its properties
	fuzzBoxed           // with CURVE: what is in the box of INITIATE
	fuzzModes
)

// FuzzZMTP plays a peer that says anything, to each kind of socket: the
// connection must come to an end, and what we said must be ZMTP.
func FuzzZMTP(f *testing.F) {
	keys := newKeys(f)
	null, curve := sockets(f, nil), sockets(f, keys)
	types := []string{"DEALER", "SUB", "REQ"}
	add := func(kind, mode byte, parts ...[]byte) {
		data := bytes.Join(parts, nil)
		f.Add(kind, mode, false, data)
		f.Add(kind, mode, true, data)
	}
	for kind, name := range types {
		k := byte(kind)
		for _, h := range []string{"NULL", "CURVE"} {
			add(k, fuzzAll, hello(h, 1), wire(command, readyBody(name, "ann")), wire(0, []byte("\x01topic")), wire(more, nil), wire(0, []byte("x")))
			add(k, fuzzAll, hello(h, 0)[:40])
			add(k, fuzzAll, hello(h, 1), wire(command, []byte("\x05ERROR\x02no")))
		}
		add(k, fuzzTraffic, wire(more, nil), wire(0, []byte("ping")), wire(command, []byte("\x04PING\x00\x0actx")))
		add(k, fuzzTraffic, wire(command, []byte("\x09SUBSCRIBEa")), wire(command, []byte("\x06CANCELa")), wire(0, []byte("\x01b")), wire(0, []byte("\x00b")))
		add(k, fuzzTraffic, header(0, 1<<62))
		add(k, fuzzTraffic, wire(0, make([]byte, 300)), wire(command, []byte("\x05ERROR\xff")))
		add(k, fuzzMetadata, properties(name, "ann"))
		add(k, fuzzMetadata, properties(name, ""), property(nil, "X-Y", "z"), []byte{1, 'a', 0xff, 0xff, 0xff, 0xff})
		add(k, fuzzBoxed, make([]byte, 128), properties(name, ""))
		add(k, fuzzBoxed, make([]byte, 5))
	}
	hello1 := (&client{t: f}).curve(keys).hello()
	add(0, fuzzAll, hello("CURVE", 1), wire(command, hello1), wire(command, make([]byte, 300)))
	f.Fuzz(func(t *testing.T, kind, mode byte, encrypted bool, data []byte) {
		k, mode := int(kind)%len(types), mode%fuzzModes
		s := null[k]
		if encrypted {
			s = curve[k]
		}
		if encrypted && mode != fuzzAll {
			within(t, func() { fuzzCurve(t, s, keys, types[k], mode, data) })
			return
		}
		var in []byte
		switch mode {
		case fuzzAll:
			in = data
		case fuzzTraffic:
			in = append(append(hello("NULL", 1), wire(command, readyBody(types[k], ""))...), data...)
		default:
			in = append(hello("NULL", 1), wire(command, append([]byte("\x05READY"), data...))...)
		}
		c := &tape{in: bytes.NewReader(in)}
		within(t, func() { s.Attend(c) })
		checkWords(t, c.out.Bytes(), encrypted)
	})
}

// within fails the test when do does not end.
func within(t *testing.T, do func()) {
	t.Helper()
	done := make(chan struct{})
	go func() {
		defer close(done)
		do()
	}()
	select {
	case <-done:
	case <-time.After(20 * time.Second):
		t.Fatal("the connection does not end")
	}
}

// checkWords checks that what a socket said is a greeting and whole frames; the
// last may be cut, where the peer was gone.
func checkWords(t *testing.T, out []byte, encrypted bool) {
	t.Helper()
	name := "NULL"
	if encrypted {
		name = "CURVE"
	}
	want := hello(name, 1)
	if encrypted {
		want[32] = 1
	}
	if !bytes.HasPrefix(out, want) {
		t.Fatalf("the greeting %x", out)
	}
	err := zmtp.Frames(out[64:], 1<<22, func(byte, []byte) bool { return true })
	if !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Fatalf("%v in %q", err, out)
	}
}

// fuzzCurve plays a client that encrypts right what it says wrong.
func fuzzCurve(t *testing.T, s attendant, keys *zmtp.CurveKeys, socketType string, mode byte, data []byte) {
	ours, theirs := net.Pipe()
	var attending sync.WaitGroup
	attending.Go(func() { s.Attend(theirs) })
	defer attending.Wait()
	defer func() { _ = ours.Close() }()
	c := (&client{t: t, conn: ours, r: bufio.NewReader(ours)}).curve(keys)
	c.within(5 * time.Second)
	said := make(chan struct{})
	go func() { // a pipe holds nothing: who writes needs a reader
		defer close(said)
		c.bytes(hello("CURVE", 1))
		c.frame(command, c.hello())
	}()
	if err := errors.Join(c.greeted(), c.welcome()); err != nil {
		t.Error(err)
		return
	}
	<-said
	switch mode {
	case fuzzMetadata:
		c.frame(command, c.initiate(data))
	case fuzzBoxed:
		c.frame(command, c.initiateRaw(data))
	default:
		c.frame(command, c.initiate(properties(socketType, "")))
	}
	flags, body, err := c.readFrame()
	if err != nil {
		return
	}
	if flags != command || !bytes.HasPrefix(body, []byte("\x05READY")) && !bytes.HasPrefix(body, []byte("\x05ERROR")) {
		t.Errorf("%#x %q is neither READY nor ERROR", flags, body)
		return
	}
	c.encrypt()
	read := make(chan struct{})
	go func() {
		defer close(read)
		for {
			if _, _, err := c.readFrame(); err != nil {
				if !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrClosedPipe) && !errors.Is(err, io.ErrUnexpectedEOF) {
					t.Error(err)
				}
				return
			}
		}
	}()
	for mode == fuzzTraffic && len(data) > 0 { // pieces: a length, and what is in the box
		n := min(int(data[0]), len(data)-1)
		c.bytes(wire(0, c.sealedRaw(data[1:1+n])))
		data = data[1+n:]
	}
	_ = ours.Close()
	<-read
}
