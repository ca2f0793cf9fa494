//go:build unix

package zmtp_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"gondola/internal/need"
	"gondola/kernel/zmtp"
)

// peer is a process with sockets of libzmq: a case of testdata/peers.py.
type peer struct {
	t   *testing.T
	cmd *exec.Cmd
	out *bufio.Reader
	err strings.Builder
}

// libzmq starts a case. With keys it encrypts.
func libzmq(t *testing.T, keys *zmtp.CurveKeys, args ...string) *peer {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	return startPeer(t, keys, exec.CommandContext(ctx, need.Jupyter(t), append([]string{"testdata/peers.py"}, args...)...))
}

func startPeer(t *testing.T, keys *zmtp.CurveKeys, cmd *exec.Cmd) *peer {
	t.Helper()
	p := &peer{t: t, cmd: cmd}
	if p.cmd.Env == nil {
		p.cmd.Env = os.Environ()
	}
	if keys != nil {
		p.cmd.Env = append(p.cmd.Env, "CURVE_SERVER="+keys.Public())
	}
	p.cmd.Stderr = &p.err
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	p.out = bufio.NewReader(out)
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return p
}

// line waits for the next line.
func (p *peer) line() string {
	p.t.Helper()
	line, err := p.out.ReadString('\n')
	if err != nil {
		p.fail()
	}
	return strings.TrimSpace(line)
}

// ok waits for the end, which must be a good one.
func (p *peer) ok() {
	p.t.Helper()
	if line := p.line(); line != "ok" {
		p.t.Fatalf("%q instead of ok", line)
	}
	_ = p.cmd.Wait()
}

func (p *peer) fail() {
	p.t.Helper()
	rest, _ := io.ReadAll(p.out)
	err := p.cmd.Wait()
	p.t.Fatalf("%v: %v\n%s%s", p.cmd.Args[2:], err, rest, p.err.String())
}

// each runs a test for both transports and mechanisms, side by side.
func each(t *testing.T, test func(t *testing.T, endpoint string, keys *zmtp.CurveKeys)) {
	for _, mechanism := range []string{"NULL", "CURVE"} {
		for _, endpoint := range endpoints(t) {
			t.Run(mechanism+" "+endpoint[:3], func(t *testing.T) {
				t.Parallel()
				var keys *zmtp.CurveKeys
				if mechanism == "CURVE" {
					keys = newKeys(t)
				}
				test(t, endpoint, keys)
			})
		}
	}
}

func TestLibzmqRouter(t *testing.T) {
	each(t, func(t *testing.T, endpoint string, keys *zmtp.CurveKeys) {
		r := listenRouter(t, endpoint, zmtp.Options{Curve: keys})
		echo(t, r)
		for _, c := range []string{"dealer", "req", "handover", "reconnect", "heartbeat", fmt.Sprint("many ", need.Size(100_000, 10_000))} {
			t.Run(c, func(t *testing.T) {
				name, rest, _ := strings.Cut(c, " ")
				libzmq(t, keys, append([]string{name, r.Endpoint()}, strings.Fields(rest)...)...).ok()
			})
		}
	})
}

func TestLibzmqRep(t *testing.T) {
	each(t, func(t *testing.T, endpoint string, keys *zmtp.CurveKeys) {
		r, err := zmtp.ListenRep(endpoint, zmtp.Options{Curve: keys})
		if err != nil {
			t.Fatal(err)
		}
		closed(t, r)
		libzmq(t, keys, "req", r.Endpoint()).ok()
		libzmq(t, keys, "heartbeat", r.Endpoint(), "REQ").ok()
	})
}

func welcomes(keys *zmtp.CurveKeys) zmtp.XPubOptions {
	return zmtp.XPubOptions{
		Options: zmtp.Options{Curve: keys},
		Welcome: func(s []byte) [][]byte { return [][]byte{s, []byte("welcome")} },
		Dropped: func(n int) [][]byte { return frames("dropped", strconv.Itoa(n)) },
	}
}

// publishAlways publishes to three topics until the test ends.
func publishAlways(t *testing.T, x *zmtp.XPub) {
	done := make(chan struct{})
	t.Cleanup(func() { <-done })
	go func() {
		defer close(done)
		tick := time.NewTicker(100 * time.Microsecond)
		defer tick.Stop()
		for t.Context().Err() == nil {
			publish(x, "a", "news")
			publish(x, "b", "news")
			publish(x, "c", "news")
			<-tick.C
		}
	}()
}

func TestLibzmqSub(t *testing.T) {
	each(t, func(t *testing.T, endpoint string, keys *zmtp.CurveKeys) {
		x := listenXPub(t, endpoint, welcomes(keys))
		p := libzmq(t, keys, "sub", x.Endpoint())
		publishAlways(t, x)
		p.ok()
		libzmq(t, keys, "heartbeat", x.Endpoint(), "XSUB").ok()
	})
}

func TestLibzmqSubTakesAll(t *testing.T) {
	each(t, func(t *testing.T, endpoint string, keys *zmtp.CurveKeys) {
		n := need.Size(100_000, 10_000)
		x := listenXPub(t, endpoint, welcomes(keys))
		p := libzmq(t, keys, "count", x.Endpoint(), strconv.Itoa(n))
		if line := p.line(); line != "ready" {
			t.Fatal(line)
		}
		for i := range n {
			x.Send(zmtp.Publication{Frames: frames("topic", strconv.Itoa(i)), Keep: i%2 == 0})
		}
		p.ok()
	})
}

// A subscriber whose process is stopped, beside one that reads.
func TestLibzmqSubStopped(t *testing.T) {
	o := welcomes(nil)
	o.SoftQueue, o.Patience = 1<<20, 2*time.Second
	x := listenXPub(t, "tcp://127.0.0.1:0", o)
	const n = 1000
	still, lively := libzmq(t, nil, "stopped", x.Endpoint()), libzmq(t, nil, "count", x.Endpoint(), strconv.Itoa(n))
	for _, p := range []*peer{still, lively} {
		if line := p.line(); line != "ready" {
			t.Fatal(line)
		}
	}
	if err := still.cmd.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	body := make([]byte, 20_000)
	start := time.Now()
	for i := range n {
		x.Send(zmtp.Publication{Frames: [][]byte{[]byte("topic"), fmt.Append(nil, i), body}})
	}
	lively.ok()
	t.Logf("%d messages took %v", n, time.Since(start))
	if err := still.cmd.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	x.Send(zmtp.Publication{Frames: frames("end"), Keep: true})
	dropped, err := strconv.Atoi(strings.TrimPrefix(still.line(), "dropped "))
	if err != nil || dropped < 1 || dropped >= n {
		t.Errorf("dropped %d: %v", dropped, err)
	}
	still.ok()
}

// Wrong kinds of sockets and wrong keys do not get through.
func TestLibzmqRefused(t *testing.T) {
	keys := newKeys(t)
	r := listenRouter(t, "tcp://127.0.0.1:0", zmtp.Options{})
	echo(t, r)
	libzmq(t, nil, "refused", r.Endpoint(), "SUB").ok()
	libzmq(t, keys, "refused", r.Endpoint()).ok()
	safe := listenRouter(t, "tcp://127.0.0.1:0", zmtp.Options{Curve: keys})
	echo(t, safe)
	libzmq(t, nil, "refused", safe.Endpoint()).ok()
	libzmq(t, newKeys(t), "refused", safe.Endpoint()).ok()
	strict := newKeys(t)
	if err := strict.Allow(keys.Public()); err != nil {
		t.Fatal(err)
	}
	guarded := listenRouter(t, "tcp://127.0.0.1:0", zmtp.Options{Curve: strict})
	echo(t, guarded)
	libzmq(t, strict, "refused", guarded.Endpoint()).ok()
	libzmq(t, keys, "dealer", listenEcho(t, zmtp.Options{Curve: keys})).ok()
}

func listenEcho(t *testing.T, o zmtp.Options) string {
	r := listenRouter(t, "tcp://127.0.0.1:0", o)
	echo(t, r)
	return r.Endpoint()
}
