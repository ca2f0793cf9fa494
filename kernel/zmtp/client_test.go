package zmtp_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"gondola/kernel/zmtp"
)

// answerTime is how soon a peer that behaves must be answered, whatever the
// others do.
const answerTime = time.Second

// Flags on the wire.
const (
	more    = 1
	long    = 2
	command = 4
)

// client is a peer made by hand, which can also do what it should not.
type client struct {
	t        testing.TB
	endpoint string
	conn     net.Conn
	r        *bufio.Reader
	seal     func(flags byte, body []byte) []byte // a frame of it; nil without encryption
	open     func(frame []byte) (flags byte, body []byte, err error)
	sealRaw  func(plain []byte) []byte // with the flags of the box
}

// connect connects and says nothing.
func connect(t testing.TB, endpoint string) *client {
	t.Helper()
	network, address, _ := strings.Cut(endpoint, "://")
	if network == "ipc" {
		network = "unix"
	}
	var d net.Dialer
	conn, err := d.DialContext(t.Context(), network, address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return &client{t: t, endpoint: endpoint, conn: conn, r: bufio.NewReader(conn)}
}

// dial connects and shakes hands as a peer of that type.
func dial(t testing.TB, endpoint, socketType, identity string) *client {
	t.Helper()
	c := connect(t, endpoint)
	c.within(answerTime)
	c.bytes(hello("NULL", 1))
	c.frame(command, readyBody(socketType, identity))
	if err := c.greeted(); err != nil {
		t.Fatal(err)
	}
	c.ready()
	return c
}

// ready reads the server's READY.
func (c *client) ready() {
	c.t.Helper()
	flags, body, err := c.readFrame()
	if err != nil || flags != command || !bytes.HasPrefix(body, []byte("\x05READY\x0bSocket-Type")) {
		c.t.Fatalf("%#x %q %v instead of READY", flags, body, err)
	}
	c.within(0)
}

// within bounds what follows; 0 lifts the bound.
func (c *client) within(d time.Duration) {
	var t time.Time
	if d > 0 {
		t = time.Now().Add(d)
	}
	if err := c.conn.SetDeadline(t); err != nil && !errors.Is(err, net.ErrClosed) {
		c.t.Fatal(err)
	}
}

// bytes sends raw bytes. A server that hung up already is no failure of the test.
func (c *client) bytes(b []byte) {
	_, _ = c.conn.Write(b)
}

// frame sends a frame.
func (c *client) frame(flags byte, body []byte) {
	if c.seal != nil {
		flags, body = 0, c.seal(flags, body)
	}
	c.bytes(wire(flags, body))
}

// send sends a message.
func (c *client) send(frames ...string) {
	for i, f := range frames {
		flags := byte(0)
		if i < len(frames)-1 {
			flags = more
		}
		c.frame(flags, []byte(f))
	}
}

// greeted reads the server's greeting.
func (c *client) greeted() error {
	g := make([]byte, 64)
	if _, err := io.ReadFull(c.r, g); err != nil {
		return err
	}
	if g[0] != 0xff || g[9] != 0x7f || g[10] != 3 || g[11] != 1 {
		return fmt.Errorf("the greeting %x", g)
	}
	return nil
}

func (c *client) readFrame() (flags byte, body []byte, err error) {
	if flags, err = c.r.ReadByte(); err != nil {
		return 0, nil, err
	}
	size := make([]byte, 8)
	if flags&long != 0 {
		_, err = io.ReadFull(c.r, size)
	} else {
		_, err = io.ReadFull(c.r, size[7:])
	}
	if err != nil {
		return 0, nil, err
	}
	body = make([]byte, binary.BigEndian.Uint64(size))
	if _, err := io.ReadFull(c.r, body); err != nil {
		return 0, nil, err
	}
	if c.open != nil {
		return c.open(body)
	}
	return flags &^ long, body, nil
}

// recv reads a message, or a command, whose frames begin with "command" then.
func (c *client) recv() ([]string, error) {
	var frames []string
	for {
		flags, body, err := c.readFrame()
		if err != nil {
			return nil, err
		}
		if flags&command != 0 {
			return []string{"command", string(body)}, nil
		}
		if frames = append(frames, string(body)); flags&more == 0 {
			return frames, nil
		}
	}
}

// want reads a message and compares it.
func (c *client) want(frames ...string) {
	c.t.Helper()
	c.within(10 * answerTime)
	defer c.within(0)
	got, err := c.recv()
	if err != nil || !slices.Equal(got, frames) {
		c.t.Fatalf("%.200q, %v; want %.200q", got, err, frames)
	}
}

// ended waits until the server hangs up, and returns what came before.
func (c *client) ended() string {
	c.t.Helper()
	c.within(10 * time.Second)
	b, err := io.ReadAll(c.r)
	if errors.Is(err, context.DeadlineExceeded) || err != nil && strings.Contains(err.Error(), "timeout") {
		c.t.Fatalf("not disconnected; %d bytes came", len(b))
	}
	return string(b)
}

// wire is a frame with its header.
func wire(flags byte, body []byte) []byte {
	if len(body) < 256 {
		return append([]byte{flags, byte(len(body))}, body...)
	}
	return append(header(flags, uint64(len(body))), body...)
}

// header is that of a long frame.
func header(flags byte, size uint64) []byte {
	return binary.BigEndian.AppendUint64([]byte{flags | long}, size)
}

// hello is the greeting of a peer of ZMTP 3.minor.
func hello(mechanism string, minor byte) []byte {
	g := make([]byte, 64)
	g[0], g[9], g[10], g[11] = 0xff, 0x7f, 3, minor
	copy(g[12:32], mechanism)
	return g
}

func readyBody(socketType, identity string) []byte {
	return append([]byte("\x05READY"), properties(socketType, identity)...)
}

func properties(socketType, identity string) []byte {
	b := property(nil, "Socket-Type", socketType)
	if identity != "" {
		b = property(b, "Identity", identity)
	}
	return b
}

func property(b []byte, name, value string) []byte {
	b = append(append(b, byte(len(name))), name...)
	return append(binary.BigEndian.AppendUint32(b, uint32(len(value))), value...)
}

// endpoints are one of each transport, for a new socket.
func endpoints(t testing.TB) []string {
	return []string{"tcp://127.0.0.1:0", "ipc://" + filepath.Join(t.TempDir(), "s")}
}

type closer interface {
	Close(ctx context.Context) error
}

// closed closes a socket at the end of the test.
func closed(t testing.TB, s closer) {
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		_ = s.Close(ctx)
	})
}

func listenRouter(t testing.TB, endpoint string, o zmtp.Options) *zmtp.Router {
	t.Helper()
	r, err := zmtp.ListenRouter(endpoint, o)
	if err != nil {
		t.Fatal(err)
	}
	closed(t, r)
	return r
}

func listenXPub(t testing.TB, endpoint string, o zmtp.XPubOptions) *zmtp.XPub {
	t.Helper()
	x, err := zmtp.ListenXPub(endpoint, o)
	if err != nil {
		t.Fatal(err)
	}
	closed(t, x)
	return x
}

// echo answers every message of r's peers with itself.
func echo(t testing.TB, r *zmtp.Router) {
	done := make(chan struct{})
	t.Cleanup(func() { <-done })
	closed(t, r)
	go func() {
		defer close(done)
		for {
			m, err := r.Recv(context.Background())
			if err != nil {
				return
			}
			if err := r.Send(m.Identity, m.Frames...); err != nil && !errors.Is(err, zmtp.ErrNoPeer) && !errors.Is(err, zmtp.ErrClosed) {
				t.Errorf("Send: %v", err)
			}
		}
	}()
}

// receive is Recv within the time of an answer.
func receive(t testing.TB, r *zmtp.Router) zmtp.Message {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*answerTime)
	defer cancel()
	m, err := r.Recv(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func newKeys(t testing.TB) *zmtp.CurveKeys {
	t.Helper()
	keys, err := zmtp.NewCurveKeys()
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

func frames(texts ...string) [][]byte {
	var out [][]byte
	for _, f := range texts {
		out = append(out, []byte(f))
	}
	return out
}
