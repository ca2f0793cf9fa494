package kernel

import (
	"context"
	"encoding/json"
	"fmt"
	"runtime/debug"
	"strings"
	"sync"

	"gondola/kernel/zmtp"
)

// lanes is the queue of cells.
type lanes struct {
	mu     sync.Mutex
	cells  []*request
	wake   chan struct{} // holds one value when there may be cells
	cancel context.CancelCauseFunc
}

func (l *lanes) push(r *request) {
	l.mu.Lock()
	l.cells = append(l.cells, r)
	l.mu.Unlock()
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// pop takes the next cell; nil when there is none.
func (l *lanes) pop() *request {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.cells) == 0 {
		return nil
	}
	r := l.cells[0]
	l.cells[0] = nil
	l.cells = l.cells[1:]
	return r
}

// all takes all cells.
func (l *lanes) all() []*request {
	l.mu.Lock()
	defer l.mu.Unlock()
	cells := l.cells
	l.cells = nil
	return cells
}

// run says how the running cell is cancelled; nil when it has ended.
func (l *lanes) run(cancel context.CancelCauseFunc) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.cancel = cancel
}

// interrupt cancels the running cell, if there is one.
func (l *lanes) interrupt(cause error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.cancel != nil {
		l.cancel(cause)
	}
}

func (l *lanes) close() { l.interrupt(errShutdown) }

// receive reads a socket until ctx ends. What is no message of ours is logged
// and forgotten.
func (k *Kernel) receive(ctx context.Context, socket *zmtp.Router, name string, handle func(*request)) {
	for {
		in, err := socket.Recv(ctx)
		if err != nil {
			if ctx.Err() == nil {
				k.log(fmt.Sprintf("%s: %v", name, err))
				k.stop(err)
			}
			return
		}
		m, err := k.signer.Open(in.Frames)
		if err != nil {
			k.log(fmt.Sprintf("%s: %v", name, err))
			continue
		}
		handle(&request{Message: m, socket: socket, peer: in.Identity})
	}
}

func (k *Kernel) serveControl(ctx context.Context) {
	k.receive(ctx, k.control, "control", func(r *request) {
		if r.Header.MsgType == "execute_request" { // some clients send all they have here
			k.lanes.push(r)
			return
		}
		k.answer(ctx, r)
	})
}

func (k *Kernel) serveShell(ctx context.Context) {
	k.receive(ctx, k.shell, "shell", func(r *request) {
		if r.Header.MsgType == "execute_request" {
			k.lanes.push(r)
			return
		}
		k.answer(ctx, r)
	})
}

func (k *Kernel) serveInterrupts(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case _, ok := <-k.options.Interrupts:
			if !ok {
				<-ctx.Done()
				return
			}
			k.interrupt()
		}
	}
}

func (k *Kernel) interrupt() { k.lanes.interrupt(context.Canceled) }

// handler answers a request: with the type and the content of a reply, or
// with none.
type handler func(ctx context.Context, k *Kernel, r *request) (any, error)

// handlers are the requests that are answered at once, by the type of message.
func handlers() map[string]handler {
	return map[string]handler{
		"kernel_info_request":     kernelInfo,
		"complete_request":        complete,
		"inspect_request":         inspect,
		"is_complete_request":     isComplete,
		"history_request":         historyOf,
		"comm_info_request":       commInfo,
		"comm_open":               commOpen,
		"comm_msg":                commMsg,
		"comm_close":              commClose,
		"connect_request":         connect,
		"interrupt_request":       interrupt,
		"shutdown_request":        shutdown,
		"usage_request":           usage,
		"create_subshell_request": createSubshell,
		"delete_subshell_request": deleteSubshell,
		"list_subshell_request":   listSubshells,
	}
}

// answer handles a request that does not wait for cells, between the states
// busy and idle. Whatever it is, a request gets a reply: the last of its messages
// while a cell runs, so that who has it hears no idle after it.
func (k *Kernel) answer(ctx context.Context, r *request) {
	typ := r.Header.MsgType
	k.publish(r.RawHeader, "status", statusContent{"busy"})
	handle, known := handlers()[typ]
	var content any
	err := fmt.Errorf("%s: no such request is known here", typ)
	if known {
		content, err = k.handled(ctx, handle, r)
	}
	if err != nil {
		content = failed(err)
		k.log(err.Error())
	}
	told := k.cellRuns()
	if told {
		k.idle(r.RawHeader, typ)
	}
	if base, ok := strings.CutSuffix(typ, "_request"); ok {
		k.reply(r, base+"_reply", content)
	}
	if !told {
		k.idle(r.RawHeader, typ)
	}
	if typ == "shutdown_request" && err == nil {
		k.stop(errShutdown)
	}
}

// handled calls the handler. A panic of ours costs the request and not the
// kernel.
func (k *Kernel) handled(ctx context.Context, handle handler, r *request) (content any, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%s: gondola made a mistake of its own: %v", r.Header.MsgType, p)
			k.log(fmt.Sprintf("%v\n%s", err, debug.Stack()))
		}
	}()
	return handle(ctx, k, r)
}

// cellRuns tells whether one does.
func (k *Kernel) cellRuns() bool {
	k.publishing.Lock()
	defer k.publishing.Unlock()
	return k.running != nil
}

// idle publishes that a request was handled. Front ends and Jupyter's server
// take the last state they hear for the kernel's, whatever its parent: while a
// cell runs they hear busy again.
func (k *Kernel) idle(parent json.RawMessage, typ string) {
	k.publishing.Lock()
	defer k.publishing.Unlock()
	k.publishLocked(parent, "status", statusContent{"idle"})
	if k.running == nil {
		return
	}
	switch typ {
	case "kernel_info_request", "comm_info_request", "interrupt_request", "shutdown_request":
	default:
		k.publishLocked(k.running.RawHeader, "status", statusContent{"busy"})
	}
}
