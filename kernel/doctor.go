package kernel

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"gondola/kernel/wire"
	"gondola/viz/assets"
)

// Finding is one thing that the doctor has looked at.
type Finding struct {
	What string
	// Trouble is what is wrong and what mends it; empty when all is well.
	Trouble string
	Detail  string // what was seen: a path, a time
}

// doctorWaits is how long the doctor waits for a kernel.
const doctorWaits = 20 * time.Second

// Diagnose looks at the installed kernelspec of that name (of any name for ""),
// starts its kernel as Jupyter would, and talks to it. It ends at the first
// trouble that leaves nothing more to look at.
func Diagnose(ctx context.Context, env func(string) (string, bool), name string) []Finding {
	var list []Finding
	found := func(what, trouble, format string, args ...any) bool {
		list = append(list, Finding{What: what, Trouble: trouble, Detail: fmt.Sprintf(format, args...)})
		return trouble == ""
	}
	specs, err := List(env)
	if err != nil {
		found("kernelspec", err.Error(), "")
		return list
	}
	i := slices.IndexFunc(specs, func(s Installed) bool { return !s.Hidden && (name == "" || s.Name == name) })
	if i < 0 {
		trouble := "none is installed: gondola kernel install"
		if name != "" {
			trouble = fmt.Sprintf("none is installed as %s: gondola kernel list", name)
		}
		found("kernelspec", trouble, "looked in %s", strings.Join(SearchFolders(env), ", "))
		return list
	}
	spec := specs[i]
	found("kernelspec", "", "%s", spec.Folder)
	if !found("program", programTrouble(spec.Spec), "%s", strings.Join(spec.Spec.Argv[:min(1, len(spec.Spec.Argv))], "")) {
		return list
	}
	found("chart library", libraryTrouble(spec.Folder), "%s", libraryFile())
	return append(list, talk(ctx, spec.Spec)...)
}

func programTrouble(s Spec) string {
	if len(s.Argv) == 0 {
		return "kernel.json names no program: gondola kernel install"
	}
	if !slices.Contains(s.Argv, "{connection_file}") {
		return "kernel.json hands no connection file to the program: gondola kernel install"
	}
	if _, err := exec.LookPath(s.Argv[0]); err != nil {
		return fmt.Sprintf("%s cannot be run: gondola kernel install", s.Argv[0])
	}
	return ""
}

// libraryTrouble compares the library beside the kernelspec with our own.
func libraryTrouble(folder string) string {
	want, err := assets.Module()
	if errors.Is(err, assets.ErrMissing) {
		return "this gondola was built without it: charts need the network; make assets, and build again"
	}
	if err != nil {
		return err.Error()
	}
	have, err := os.ReadFile(filepath.Join(folder, libraryFile()))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "it is missing: charts after the first of a page depend on that one; gondola kernel install"
	case err != nil:
		return err.Error()
	case !bytes.Equal(have, want):
		return "it is not the one that this program has: gondola kernel install"
	}
	return ""
}

// talk starts the kernel and asks it what a front end asks.
func talk(ctx context.Context, s Spec) (list []Finding) {
	ctx, cancel := context.WithTimeoutCause(ctx, doctorWaits, fmt.Errorf("waited %s", doctorWaits))
	defer cancel()
	fail := func(what string, err error, said string) []Finding {
		trouble := err.Error()
		if said = strings.TrimSpace(said); said != "" {
			trouble += "; it said: " + said
		}
		return append(list, Finding{What: what, Trouble: trouble})
	}
	dir, err := os.MkdirTemp("", "gondola-doctor-*")
	if err != nil {
		return fail("start", err, "")
	}
	defer os.RemoveAll(dir) //nolint:errcheck // a temporary folder
	connection, path, err := freeConnection(dir)
	if err != nil {
		return fail("start", err, "")
	}
	var argv []string
	for _, a := range s.Argv {
		argv = append(argv, strings.ReplaceAll(a, "{connection_file}", path))
	}
	var said bytes.Buffer
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...) //nolint:gosec // what Jupyter would run, too
	cmd.Stdout, cmd.Stderr = &said, &said
	cmd.Env = os.Environ()
	for name, value := range s.Env {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	cmd.WaitDelay = closing
	begun := time.Now()
	if err := cmd.Start(); err != nil {
		return fail("start", err, "")
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	defer func() {
		cancel()
		<-ended //nolint:errcheck // told already, if it matters
	}()
	k, err := connectSoon(ctx, connection, ended)
	if err != nil {
		return fail("start", err, said.String())
	}
	defer k.close() //nolint:errcheck // it is thrown away
	took := func(what string, since time.Time) {
		list = append(list, Finding{What: what, Detail: fmt.Sprintf("%.1f ms", float64(time.Since(since).Microseconds())/1000)})
	}
	if _, err := k.ask(ctx, k.shell, "kernel_info_request", nil); err != nil {
		return fail("kernel_info", err, said.String())
	}
	took("ready", begun)
	for _, q := range []struct {
		what, typ string
		content   any
	}{
		{"completion", "complete_request", wire.CompleteRequest{Code: "load ", CursorPos: 5}},
		{"cell", "execute_request", map[string]any{"code": "param doctor = 1", "store_history": false}},
	} {
		since := time.Now()
		reply, err := k.ask(ctx, k.shell, q.typ, q.content)
		if err != nil {
			return fail(q.what, err, said.String())
		}
		var status struct {
			Status string `json:"status"`
			Evalue string `json:"evalue"`
		}
		if err := reply.Decode(&status); err != nil || status.Status != "ok" {
			return fail(q.what, errors.Join(err, errors.New("it answers "+status.Status+" "+status.Evalue)), said.String())
		}
		if _, err := k.untilIdle(ctx, reply.Parent.MsgID); err != nil {
			return fail(q.what, err, said.String())
		}
		took(q.what, since)
	}
	since := time.Now()
	if _, err := k.ask(ctx, k.control, "shutdown_request", map[string]any{"restart": false}); err != nil {
		return fail("shutdown", err, said.String())
	}
	select {
	case err := <-ended:
		ended <- err
		if err != nil {
			return fail("shutdown", err, said.String())
		}
	case <-ctx.Done():
		return fail("shutdown", fmt.Errorf("the kernel goes on: %w", context.Cause(ctx)), said.String())
	}
	took("shutdown", since)
	return list
}

// connectSoon connects to a kernel that is about to listen.
func connectSoon(ctx context.Context, c wire.Connection, ended chan error) (*client, error) {
	for {
		k, err := dialKernel(ctx, c)
		if err == nil {
			return k, nil
		}
		select {
		case end := <-ended:
			ended <- end
			return nil, fmt.Errorf("the kernel has ended: %w", errors.Join(end, err))
		case <-ctx.Done():
			return nil, fmt.Errorf("the kernel does not listen: %w", errors.Join(context.Cause(ctx), err))
		case <-time.After(2 * time.Millisecond):
		}
	}
}
