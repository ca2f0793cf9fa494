// Package kernel is the Jupyter kernel: it translates between Jupyter's
// messages and a session, and decides nothing. What a cell means, what is
// completed and what is drawn comes from the session.
//
// Messages arrive in three lanes. Control (interrupt, shutdown, usage) never
// waits. Questions of the front end (completion, inspection, history, comms)
// are answered while a cell runs, from the session's last state. Cells run one
// after the other. After an error the cells that were waiting are told that
// they were aborted.
//
// The format of messages is package wire's, the sockets are zmtp's. The
// protocol's source is jupyter_client's docs/messaging.rst, version 5.5.
package kernel

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"gondola/kernel/wire"
	"gondola/kernel/zmtp"
	"gondola/session"
)

// Options are what a kernel is started with.
type Options struct {
	// Connection says where to listen and by which key messages are signed.
	Connection wire.Connection
	// Session runs the cells. The caller closes it after Run.
	Session *session.Session
	// HistoryPath is the file of the history that is shared with the terminal;
	// empty for none.
	HistoryPath string
	// Version names the program.
	Version string
	// KernelSpec names the kernelspec whose folder has the chart library; empty
	// when it has none.
	KernelSpec string
	// Interrupts gives a value for each SIGINT; nil for none.
	Interrupts <-chan struct{}
	// Log takes lines about refused messages and peers.
	Log io.Writer
}

// Kernel is a running kernel.
type Kernel struct {
	options Options
	session *session.Session
	signer  *wire.Signer
	sender  *wire.Sender
	id      string // of this process, the session of its messages

	shell, control, stdin *zmtp.Router
	iopub                 *zmtp.XPub
	heartbeat             *zmtp.Rep

	// publishing orders what is published: a status and the messages around it.
	publishing sync.Mutex
	running    *request // whose cell runs; guarded by publishing

	lanes     lanes
	count     atomic.Int64 // cells that were counted
	pages     pages
	comms     comms
	subshells subshells
	answers   chan answer

	lines lines
	stop  context.CancelCauseFunc
}

// request is a message that asks for something, and how to answer.
type request struct {
	*wire.Message

	socket *zmtp.Router
	peer   []byte
}

// errShutdown is why Run ends when a client asks for it.
var errShutdown = errors.New("shutdown was asked for")

// closing is how long messages may take to leave when the kernel ends.
const closing = 250 * time.Millisecond

// Run serves the connection until a client shuts the kernel down or ctx ends;
// then the running cell is cancelled. It returns nil after a shutdown, the cause
// when ctx ends, and an error when a port cannot be listened on.
func Run(ctx context.Context, o Options) (err error) {
	k, err := newKernel(o)
	if err != nil {
		return err
	}
	if err := k.listen(); err != nil {
		return errors.Join(err, k.close())
	}
	ctx, k.stop = context.WithCancelCause(ctx)
	defer k.stop(nil)
	k.publish(nil, "status", statusContent{"starting"})

	var all sync.WaitGroup
	all.Go(func() { k.serveControl(ctx) })
	all.Go(func() { k.serveShell(ctx) })
	all.Go(func() { k.serveStdin(ctx) })
	all.Go(func() { k.serveCells(ctx) })
	all.Go(func() { k.serveInterrupts(ctx) })
	<-ctx.Done()
	k.lanes.close()
	all.Wait()
	err = k.close()
	if cause := context.Cause(ctx); !errors.Is(cause, errShutdown) {
		err = errors.Join(cause, err)
	}
	return err
}

func newKernel(o Options) (*Kernel, error) {
	signer, err := wire.NewSigner(o.Connection.SignatureScheme, o.Connection.Key)
	if err != nil {
		return nil, err
	}
	if o.Log == nil {
		o.Log = io.Discard
	}
	k := &Kernel{options: o, session: o.Session, signer: signer, id: wire.NewID(), answers: make(chan answer, 1)}
	k.sender = wire.NewSender(signer, k.id, "gondola")
	k.lanes.wake = make(chan struct{}, 1)
	return k, nil
}

// listen opens the five sockets.
func (k *Kernel) listen() (err error) {
	c := k.options.Connection
	o := zmtp.Options{Log: k.log}
	if c.CurveSecretKey != "" {
		if o.Curve, err = zmtp.ParseCurveKeys(c.CurvePublicKey, c.CurveSecretKey); err != nil {
			return fmt.Errorf("connection file: %w", err)
		}
	}
	router := func(to **zmtp.Router, port int) {
		if err == nil {
			*to, err = zmtp.ListenRouter(c.Endpoint(port), o)
		}
	}
	router(&k.shell, c.ShellPort)
	router(&k.control, c.ControlPort)
	router(&k.stdin, c.StdinPort)
	if err != nil {
		return err
	}
	k.publishing.Lock() // until there is what subscribed publishes on
	k.iopub, err = zmtp.ListenXPub(c.Endpoint(c.IOPubPort), zmtp.XPubOptions{Options: o, Welcome: k.welcome, Subscribed: k.subscribed, Dropped: k.dropped})
	k.publishing.Unlock()
	if err != nil {
		return err
	}
	k.heartbeat, err = zmtp.ListenRep(c.Endpoint(c.HBPort), o)
	return err
}

func (k *Kernel) close() error {
	ctx, stop := context.WithTimeout(context.Background(), closing)
	defer stop()
	var errs []error
	for _, r := range []*zmtp.Router{k.shell, k.control, k.stdin} {
		if r != nil {
			errs = append(errs, r.Close(ctx))
		}
	}
	if k.iopub != nil {
		errs = append(errs, k.iopub.Close(ctx))
	}
	if k.heartbeat != nil {
		errs = append(errs, k.heartbeat.Close(ctx))
	}
	return errors.Join(errs...)
}

// The log takes so many lines in so long a time: who sends rubbish is not to
// fill a disk.
const (
	logBurst  = 20
	logPeriod = 10 * time.Second
)

// lines is a log that is bounded in time.
type lines struct {
	mu      sync.Mutex
	since   time.Time
	written int
	left    int
}

func (k *Kernel) log(line string) {
	l := &k.lines
	l.mu.Lock()
	defer l.mu.Unlock()
	if now := time.Now(); now.Sub(l.since) >= logPeriod {
		if l.left > 0 {
			fmt.Fprintf(k.options.Log, "gondola kernel: %d more lines were left out\n", l.left)
		}
		l.since, l.written, l.left = now, 0, 0
	}
	if l.written++; l.written > logBurst {
		l.left++
		return
	}
	fmt.Fprintf(k.options.Log, "gondola kernel: %s\n", line)
}

// statusContent is the content of status.
type statusContent struct {
	ExecutionState string `json:"execution_state"`
}

// publish sends a message to all clients. parent is the header of the request
// that it belongs to.
func (k *Kernel) publish(parent json.RawMessage, typ string, content any) {
	k.publishing.Lock()
	defer k.publishing.Unlock()
	k.publishLocked(parent, typ, content)
}

func (k *Kernel) publishLocked(parent json.RawMessage, typ string, content any) {
	frames, err := k.publication(parent, typ, content)
	if err != nil {
		k.log(err.Error())
		return
	}
	k.iopub.Send(zmtp.Publication{Frames: frames, Keep: kept(typ)})
}

// kept says whether a publication reaches also a client that reads slowly:
// without these it would wait for ever.
func kept(typ string) bool {
	switch typ {
	case "stream", "display_data", "update_display_data", "execute_result":
		return false
	}
	return true
}

func (k *Kernel) publication(parent json.RawMessage, typ string, content any) ([][]byte, error) {
	topic := "kernel." + k.id + "." + typ
	if s, ok := content.(streamContent); ok {
		topic = "stream." + s.Name
	}
	var buffers [][]byte
	frames, _, err := k.sender.Frames(wire.Outgoing{Identities: [][]byte{[]byte(topic)}, Type: typ, Parent: parent, Content: content, Buffers: buffers})
	return frames, err
}

// welcome is what a new subscriber gets first, so that it knows that nothing of
// what follows is lost.
func (k *Kernel) welcome(subscription []byte) [][]byte {
	frames, err := k.publication(nil, "iopub_welcome", map[string]string{"subscription": string(subscription)})
	if err != nil {
		return nil
	}
	return frames
}

// subscribed tells the state. A front end that connects again after a restart
// may have its question answered before it hears what is published, and would
// wait for a state.
func (k *Kernel) subscribed() {
	k.publishing.Lock()
	defer k.publishing.Unlock()
	if k.running != nil {
		k.publishLocked(k.running.RawHeader, "status", statusContent{"busy"})
		return
	}
	k.publishLocked(nil, "status", statusContent{"idle"})
}

// dropped tells a client how much it has missed by reading slowly.
func (k *Kernel) dropped(n int) [][]byte {
	var parent json.RawMessage
	frames, err := k.publication(parent, "stream", streamContent{"stderr", fmt.Sprintf("%d outputs are missing here: they came faster than they were read\n", n)})
	if err != nil {
		return nil
	}
	return frames
}

// reply answers a request on the socket that it came from.
func (k *Kernel) reply(r *request, typ string, content any) {
	frames, _, err := k.sender.Frames(wire.Outgoing{Identities: r.Identities, Type: typ, Parent: r.RawHeader, Content: content})
	if err != nil {
		k.log(err.Error())
		frames, _, err = k.sender.Frames(wire.Outgoing{Identities: r.Identities, Type: typ, Parent: r.RawHeader, Content: failed(err)})
		if err != nil {
			return
		}
	}
	if err := r.socket.Send(r.peer, frames...); err != nil {
		k.log(fmt.Sprintf("%s: %v", typ, err))
	}
}

// failure is the content of a reply to what could not be done.
type failure struct {
	Status    string   `json:"status"` // "error"
	Ename     string   `json:"ename"`
	Evalue    string   `json:"evalue"`
	Traceback []string `json:"traceback"`
}

func failed(err error) failure {
	return failure{Status: "error", Ename: "failed", Evalue: err.Error(), Traceback: []string{err.Error()}}
}
