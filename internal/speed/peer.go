package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"
)

// peers lists the Python packages of the programs beside ours, by name.
func peers() []struct{ name, module string } {
	return []struct{ name, module string }{
		{"gensim", "gensim"}, {"fastText", "fasttext"}, {"scikit-learn", "sklearn"}, {"FAISS", "faiss"},
	}
}

// missing says why a peer cannot be measured, "" if it can.
func (b *bench) missing(ctx context.Context, peer string) string {
	if b.o.python == "" {
		return "no Python was given (-python)"
	}
	for _, p := range peers() {
		if p.name == peer {
			if _, err := output(exec.CommandContext(ctx, b.o.python, "-c", "import "+p.module)); err != nil {
				return err.Error()
			}
		}
	}
	return ""
}

// ask runs a script of python/ with its arguments as one JSON object, and reads
// its answer. threads is how many OpenMP and BLAS may use.
func ask(ctx context.Context, python, script string, threads int, arguments map[string]any, answer any) error {
	in, err := json.Marshal(arguments)
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, python, "python/"+script, string(in))
	n := fmt.Sprint(threads)
	cmd.Env = append(os.Environ(), "OMP_NUM_THREADS="+n, "OPENBLAS_NUM_THREADS="+n, "PYTHONHASHSEED=0", "PYSPARK_PYTHON="+python)
	// Interrupted, and not killed, a script ends what it started.
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 15 * time.Second
	out, err := output(cmd)
	if err != nil {
		return err
	}
	lines := bytes.Split(bytes.TrimSpace(out), []byte("\n"))
	if err := json.Unmarshal(lines[len(lines)-1], answer); err != nil {
		return fmt.Errorf("%s: %w: %.200s", script, err, strings.TrimSpace(string(out)))
	}
	return nil
}
