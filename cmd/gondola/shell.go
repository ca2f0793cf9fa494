//go:build unix

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"time"
	"unicode/utf8"
)

// shellGrace is how long a script has to end by itself after it was cancelled.
const shellGrace = time.Second

// lifeline runs the script, its first argument, beside a watcher: that reads a
// pipe of which gondola holds the other end, so that it wakes when gondola is
// gone, however it went, and then ends the process group.
const lifeline = `( exec >/dev/null 2>&1 </dev/null; read -r _ <&3; kill -KILL 0 ) & exec 3<&-; exec bash -c "$1" bash`

// shell runs a script by bash, in a process group of its own: a cancelled one
// gets SIGINT, and SIGKILL when that does not help. What it has left in the
// background is killed when it ends, and all of it when gondola is.
func shell(ctx context.Context, script string, out func(text string, stderr bool)) error {
	bash, err := exec.LookPath("bash")
	if err != nil {
		return fmt.Errorf("%w: install bash to run cells of shell", err)
	}
	alive, held, err := os.Pipe()
	if err != nil {
		return err
	}
	defer alive.Close() //nolint:errcheck // nothing goes through it
	defer held.Close()  //nolint:errcheck // nothing goes through it
	cmd := exec.CommandContext(ctx, bash, "-c", lifeline, "bash", script)
	cmd.ExtraFiles = []*os.File{alive} // 3
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	group := func(sig syscall.Signal) error {
		if err := syscall.Kill(-cmd.Process.Pid, sig); err != nil && !errors.Is(err, syscall.ESRCH) {
			return err
		}
		return nil
	}
	cmd.Cancel = func() error { return group(syscall.SIGINT) }
	var mu sync.Mutex
	stdout, err := newRunes(&mu, func(s string) { out(s, false) })
	if err != nil {
		return err
	}
	stderr, err := newRunes(&mu, func(s string) { out(s, true) })
	if err != nil {
		return errors.Join(err, stdout.close())
	}
	cmd.Stdout, cmd.Stderr = stdout.to, stderr.to
	if err := cmd.Start(); err != nil {
		return errors.Join(err, stdout.close(), stderr.close())
	}
	var reading sync.WaitGroup
	reading.Go(stdout.read)
	reading.Go(stderr.read)
	ended := make(chan struct{})
	reading.Go(func() {
		select {
		case <-ended:
			return
		case <-ctx.Done():
		}
		select {
		case <-ended:
		case <-time.After(shellGrace):
			_ = group(syscall.SIGKILL)
		}
	})
	err = cmd.Wait()
	close(ended)
	err = errors.Join(err, group(syscall.SIGKILL), stdout.close(), stderr.close())
	reading.Wait()
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case errors.As(err, &exit) && exit.ExitCode() >= 0:
		return fmt.Errorf("bash ended with code %d", exit.ExitCode())
	case errors.As(err, &exit):
		return fmt.Errorf("bash: %s", exit.ProcessState)
	}
	return err
}

// runes is a pipe that hands out whole letters only: a piece of output may end
// in the middle of one.
type runes struct {
	from, to *os.File
	mu       *sync.Mutex // of both streams: out is called from one goroutine at a time
	rest     []byte
	out      func(string)
}

func newRunes(mu *sync.Mutex, out func(string)) (*runes, error) {
	from, to, err := os.Pipe()
	return &runes{from: from, to: to, mu: mu, out: out}, err
}

// close ends the pipe on our side. A process that has left the group may hold
// the other side for ever: it is read a moment longer, and no more.
func (r *runes) close() error {
	_ = r.from.SetReadDeadline(time.Now().Add(shellGrace / 10)) // fails when all was read
	return r.to.Close()
}

// read reads the pipe to its end and closes it.
func (r *runes) read() {
	_, _ = io.Copy(r, r.from)
	r.flush()
	_ = r.from.Close()
}

// Write implements io.Writer.
func (r *runes) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	text := append(r.rest, p...)
	end := len(text)
	for i := 1; i <= min(utf8.UTFMax-1, len(text)); i++ {
		if c := text[len(text)-i]; utf8.RuneStart(c) {
			if !utf8.FullRune(text[len(text)-i:]) {
				end = len(text) - i
			}
			break
		}
	}
	if end > 0 {
		r.out(string(text[:end]))
	}
	r.rest = bytes.Clone(text[end:])
	return len(p), nil
}

func (r *runes) flush() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.rest) > 0 {
		r.out(string(r.rest))
		r.rest = nil
	}
}
