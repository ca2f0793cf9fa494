package kernel

import (
	"context"
	"os/exec"
)

// testShell runs a cell of shell.
func testShell(ctx context.Context, script string, out func(string, bool)) error {
	cmd := exec.CommandContext(ctx, "bash", "-c", script)
	cmd.Stdout, cmd.Stderr = shellWriter{out, false}, shellWriter{out, true}
	err := cmd.Run()
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

type shellWriter struct {
	out    func(string, bool)
	stderr bool
}

func (w shellWriter) Write(p []byte) (int, error) {
	w.out(string(p), w.stderr)
	return len(p), nil
}
