package kernel

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"gondola/kernel/wire"
	"gondola/kernel/zmtp"
	"gondola/pipeline"
	"gondola/pipeline/local"
	"gondola/session"
)

// soon is how soon a kernel must answer, whatever else goes on.
const soon = slow * time.Second

// patience is how long a test waits for work that may take its time.
const patience = slow * time.Minute

// front is a front end: it sorts what comes by the request that it belongs to.
type front struct {
	*client

	t          testing.TB
	connection wire.Connection
	stdin      *zmtp.Client

	mu      sync.Mutex
	changed chan struct{}              // closed at the next message
	said    map[string][]*wire.Message // on iopub, by parent
	order   []*wire.Message            // on iopub, all
	replies map[string]*wire.Message   // on shell and control, by parent
	asked   []*wire.Message            // on stdin
}

// kernelUnderTest is a kernel in this process.
type kernelUnderTest struct {
	connection wire.Connection
	history    string
	log        *lockedLog
	interrupt  chan struct{}
	ended      chan error // gets what Run returns
	stop       context.CancelFunc
}

// lockedLog is a log that may be read while it is written.
type lockedLog struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *lockedLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *lockedLog) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// newTestSession is a session on the local engine.
func newTestSession(t testing.TB, history string) *session.Session {
	t.Helper()
	s, err := session.New(session.Config{
		Engines: map[string]session.Opener{session.LocalEngine: func(context.Context) (pipeline.Engine, error) {
			return local.New(local.Options{CacheDir: t.TempDir()})
		}},
		HistoryPath: history, FrontEnd: "notebook", ReadFile: os.ReadFile, Shell: testShell,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// startKernel starts a kernel, which ends with the test.
func startKernel(t testing.TB, change func(*Options)) *kernelUnderTest {
	t.Helper()
	dir, err := os.MkdirTemp("", "gk") // the path of a socket is short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	connection, _, err := freeConnection(dir)
	if err != nil {
		t.Fatal(err)
	}
	k := &kernelUnderTest{
		connection: connection, history: filepath.Join(t.TempDir(), "history.jsonl"), log: &lockedLog{},
		interrupt: make(chan struct{}), ended: make(chan error, 1),
	}
	o := Options{
		Connection: connection, Session: newTestSession(t, k.history), HistoryPath: k.history, Version: "test", KernelSpec: "gondola",
		Interrupts: k.interrupt, Log: k.log,
	}
	if change != nil {
		change(&o)
		k.connection = o.Connection
	}
	ctx, stop := context.WithCancel(context.Background())
	k.stop = stop
	done := make(chan struct{})
	go func() {
		defer close(done)
		k.ended <- Run(ctx, o)
	}()
	t.Cleanup(func() {
		stop()
		select {
		case <-done:
		case <-time.After(patience):
			t.Error("the kernel does not end")
		}
		if t.Failed() {
			t.Logf("the kernel's log:\n%s", k.log)
		}
	})
	return k
}

// connect makes a front end of the kernel.
func (k *kernelUnderTest) connect(t testing.TB) *front {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), patience)
	defer stop()
	c, err := connectSoon(ctx, k.connection, k.ended)
	if err != nil {
		t.Fatal(err)
	}
	f := &front{
		client: c, t: t, connection: k.connection, changed: make(chan struct{}), said: map[string][]*wire.Message{}, replies: map[string]*wire.Message{},
	}
	if f.stdin, err = zmtp.Dial(ctx, k.connection.Endpoint(k.connection.StdinPort), "DEALER", c.session); err != nil {
		t.Fatal(err)
	}
	var reading sync.WaitGroup
	read := func(s *zmtp.Client, take func(*wire.Message)) {
		reading.Go(func() {
			for {
				frames, err := s.Recv(context.Background())
				if err != nil {
					return
				}
				m, err := wireOpen(c.signer, frames)
				if err != nil {
					t.Errorf("the kernel sends what is no message: %v", err)
					return
				}
				f.mu.Lock()
				take(m)
				close(f.changed)
				f.changed = make(chan struct{})
				f.mu.Unlock()
			}
		})
	}
	read(c.iopub, func(m *wire.Message) {
		f.said[m.Parent.MsgID] = append(f.said[m.Parent.MsgID], m)
		f.order = append(f.order, m)
	})
	reply := func(m *wire.Message) {
		if f.replies[m.Parent.MsgID] != nil {
			t.Errorf("two replies: %s", m.Content)
		}
		f.replies[m.Parent.MsgID] = m
	}
	read(c.shell, reply)
	read(c.control, reply)
	read(f.stdin, func(m *wire.Message) { f.asked = append(f.asked, m) })
	t.Cleanup(func() {
		if err := errors.Join(c.close(), f.stdin.Close()); err != nil {
			t.Error(err)
		}
		reading.Wait()
	})
	return f
}

func wireOpen(s *wire.Signer, frames [][]byte) (*wire.Message, error) { return s.Open(frames) }

// within waits until ok, which is called under the lock.
func (f *front) within(d time.Duration, what string, ok func() bool) {
	f.t.Helper()
	timeout := time.NewTimer(d)
	defer timeout.Stop()
	for {
		f.mu.Lock()
		done, changed := ok(), f.changed
		f.mu.Unlock()
		if done {
			return
		}
		select {
		case <-changed:
		case <-timeout.C:
			f.t.Fatalf("no %s within %s", what, d)
		}
	}
}

// send sends a request on a socket and returns its id.
func (f *front) send(s *zmtp.Client, typ string, content any) string {
	f.t.Helper()
	frames, id, err := f.sender.Frames(wire.Outgoing{Type: typ, Content: content})
	if err != nil {
		f.t.Fatal(err)
	}
	if err := s.Send(frames...); err != nil {
		f.t.Fatal(err)
	}
	return id
}

// execute sends a cell.
func (f *front) execute(code string, more map[string]any) string {
	f.t.Helper()
	content := map[string]any{"code": code, "silent": false, "store_history": true, "user_expressions": map[string]string{}, "allow_stdin": true, "stop_on_error": true}
	maps.Copy(content, more)
	return f.send(f.shell, "execute_request", content)
}

// reply waits for the reply to a request.
func (f *front) reply(id string, d time.Duration) map[string]any {
	f.t.Helper()
	f.within(d, "reply", func() bool { return f.replies[id] != nil })
	f.mu.Lock()
	defer f.mu.Unlock()
	return contentOf(f.t, f.replies[id])
}

// done waits until a request is handled, and returns its reply and what was
// published, without the states around it.
func (f *front) done(id string) (reply map[string]any, outputs []output) {
	f.t.Helper()
	reply = f.reply(id, patience)
	f.within(patience, "idle", func() bool { return f.isIdle(id) })
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, m := range f.said[id] {
		if m.Header.MsgType != "status" {
			outputs = append(outputs, output{m.Header.MsgType, contentOf(f.t, m)})
		}
	}
	return reply, outputs
}

// isIdle is called under the lock.
func (f *front) isIdle(id string) bool {
	return slices.ContainsFunc(f.said[id], func(m *wire.Message) bool { return stateOf(m) == "idle" })
}

func stateOf(m *wire.Message) string {
	var s statusContent
	if m.Header.MsgType != "status" || json.Unmarshal(m.Content, &s) != nil {
		return ""
	}
	return s.ExecutionState
}

// run runs a cell to its end.
func (f *front) run(code string) (reply map[string]any, outputs []output) {
	f.t.Helper()
	return f.done(f.execute(code, nil))
}

// ok runs a cell that must succeed.
func (f *front) ok(code string) []output {
	f.t.Helper()
	reply, outputs := f.run(code)
	if reply["status"] != "ok" {
		f.t.Fatalf("%s: %v: %v", code, reply["ename"], reply["evalue"])
	}
	return outputs
}

// alive checks that the kernel answers.
func (f *front) alive() {
	f.t.Helper()
	if r := f.reply(f.send(f.shell, "kernel_info_request", nil), soon); r["status"] != "ok" {
		f.t.Fatalf("kernel_info: %v", r)
	}
}

// output is a message of iopub.
type output struct {
	typ     string
	content map[string]any
}

// data is the text of one form of what is shown; "" without it.
func (o output) data(mime string) string {
	d, _ := o.content["data"].(map[string]any)
	text, _ := d[mime].(string)
	return text
}

// printed joins the text of the streams of a name.
func printed(outputs []output, name string) string {
	var b strings.Builder
	for _, o := range outputs {
		if text, ok := o.content["text"].(string); ok && o.typ == "stream" && o.content["name"] == name {
			b.WriteString(text)
		}
	}
	return b.String()
}

func types(outputs []output) []string {
	var list []string
	for _, o := range outputs {
		list = append(list, o.typ)
	}
	return list
}

func contentOf(t testing.TB, m *wire.Message) map[string]any {
	t.Helper()
	var content map[string]any
	if err := m.Decode(&content); err != nil {
		t.Fatal(err)
	}
	return content
}
