//go:build linux

package zmtp_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"gondola/kernel/zmtp"
)

// serverChild makes the test's program a server of its own, whose memory and
// descriptors are its own too: its value is the number of descriptors that it
// may have, 0 for as many as it can get.
const serverChild = "GONDOLA_ZMTP_SERVER"

func TestMain(m *testing.M) {
	if n, ok := os.LookupEnv(serverChild); ok {
		if err := serveChild(n); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// serveChild prints the endpoint of a ROUTER that answers every message with
// itself, and for every line that it reads how many KiB are resident, and how
// many goroutines there are.
func serveChild(descriptors string) error {
	n, err := strconv.ParseUint(descriptors, 10, 64)
	if err != nil {
		return err
	}
	if n > 0 {
		if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: n, Max: n}); err != nil {
			return err
		}
	}
	r, err := zmtp.ListenRouter("tcp://127.0.0.1:0", zmtp.Options{Handshake: time.Minute})
	if err != nil {
		return err
	}
	go func() {
		for {
			m, err := r.Recv(context.Background())
			if err != nil {
				return
			}
			_ = r.Send(m.Identity, m.Frames...)
		}
	}()
	out := bufio.NewWriter(os.Stdout)
	fmt.Fprintln(out, r.Endpoint())
	for in := bufio.NewScanner(os.Stdin); ; {
		if err := out.Flush(); err != nil || !in.Scan() {
			return err
		}
		debug.FreeOSMemory()
		kib, err := resident()
		if err != nil {
			return err
		}
		fmt.Fprintln(out, kib, runtime.NumGoroutine())
	}
}

func resident() (kib int, err error) {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			return strconv.Atoi(strings.Fields(rest)[0])
		}
	}
	return 0, io.EOF
}

// child is such a server.
type child struct {
	t        *testing.T
	endpoint string
	in       io.Writer
	out      *bufio.Reader
}

func startChild(t *testing.T, descriptors int) *child {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), fmt.Sprintf("%s=%d", serverChild, descriptors))
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Wait() })
	c := &child{t: t, in: in, out: bufio.NewReader(out)}
	c.endpoint = c.line()
	return c
}

func (c *child) line() string {
	c.t.Helper()
	line, err := c.out.ReadString('\n')
	if err != nil {
		c.t.Fatalf("the server has died: %v", err)
	}
	return strings.TrimSpace(line)
}

// When there are no descriptors left, silent peers give theirs.
func TestNoDescriptorsLeft(t *testing.T) {
	c := startChild(t, 40)
	for range 100 {
		connect(t, c.endpoint)
	}
	good := dial(t, c.endpoint, "DEALER", "")
	good.send("hello")
	good.want("hello")
}

// TestCloseLeavesNothing is a part of the bar K11.
func TestCloseLeavesNothing(t *testing.T) {
	keys := newKeys(t)
	cycle := func() {
		r, err := zmtp.ListenRouter("tcp://127.0.0.1:0", zmtp.Options{Curve: keys})
		if err != nil {
			t.Fatal(err)
		}
		x, err := zmtp.ListenXPub("ipc://"+t.TempDir()+"/x", zmtp.XPubOptions{})
		if err != nil {
			t.Fatal(err)
		}
		rep, err := zmtp.ListenRep("tcp://127.0.0.1:0", zmtp.Options{})
		if err != nil {
			t.Fatal(err)
		}
		peers := []*client{
			dialCurve(t, r.Endpoint(), "DEALER", "", keys), dial(t, x.Endpoint(), "SUB", ""), dial(t, rep.Endpoint(), "REQ", ""),
			connect(t, r.Endpoint()), // that never says a word
		}
		peers[0].send("never received")
		peers[1].send("\x01")
		peers[1].flush()
		publish(x, "topic")
		peers[2].send("", "ping")
		peers[2].want("", "ping")
		for _, p := range peers {
			_ = p.conn.Close()
		}
		for _, s := range []closer{r, x, rep} {
			if err := s.Close(t.Context()); err != nil {
				t.Error(err)
			}
			if err := s.Close(t.Context()); err != nil {
				t.Errorf("closed twice: %v", err)
			}
		}
	}
	count := func() (goroutines, descriptors int) {
		list, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			t.Fatal(err)
		}
		return runtime.NumGoroutine(), len(list)
	}
	cycle()
	goroutines, descriptors := count()
	for range 100 {
		cycle()
	}
	for end := time.Now().Add(10 * time.Second); ; runtime.Gosched() { // a goroutine that is done ends a moment later
		g, d := count()
		if g <= goroutines && d <= descriptors {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("%d goroutines and %d descriptors after %d and %d", g, d, goroutines, descriptors)
		}
	}
}
