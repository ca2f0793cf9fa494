package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
)

// measured is one line of Go's benchmarks: a value by unit.
type measured struct {
	name   string // without Benchmark and the number of processors
	values map[string]float64
}

// parseBench reads what go test -bench prints.
func parseBench(out []byte) []measured {
	var list []measured
	lines := bufio.NewScanner(bytes.NewReader(out))
	for lines.Scan() {
		fields := strings.Fields(lines.Text())
		if len(fields) < 4 || !strings.HasPrefix(fields[0], "Benchmark") {
			continue
		}
		if _, err := strconv.ParseInt(fields[1], 10, 64); err != nil {
			continue
		}
		m := measured{strings.TrimPrefix(fields[0], "Benchmark"), map[string]float64{}}
		for i := 2; i+1 < len(fields); i += 2 {
			if v, err := strconv.ParseFloat(fields[i], 64); err == nil {
				m.values[fields[i+1]] = v
			}
		}
		list = append(list, m)
	}
	return list
}

// kernelRates runs the benchmarks of the kernels, and of what this processor and
// its memory can do at most, by the processor's time on one core.
func (b *bench) kernelRates(ctx context.Context) error {
	name, each := b.kernels.Name(), "300ms"
	if b.o.quick {
		each = "10ms"
	}
	run := func(pattern string) ([]measured, error) {
		cmd := exec.CommandContext(ctx, "go", "test", "-run", "^$", "-bench", pattern, "-benchtime", each, "./pipeline/simd")
		cmd.Env = append(os.Environ(), "GOMAXPROCS=1")
		out, err := output(cmd)
		return parseBench(out), err
	}
	progress("peaks of the processor and its memory")
	peaks, err := run("^BenchmarkPeak/^" + name + "$")
	if err != nil {
		return err
	}
	progress("kernels")
	// Two shapes of a title: the usual one and a long one.
	list, err := run("./^" + name + "$/(^|=)(100|192)$/./^(4x20|8x24)$")
	if err != nil {
		return err
	}
	more, err := run("./^" + name + "$/^n=(100|192)$")
	if err != nil {
		return err
	}
	list = append(list, more...)
	if len(list) == 0 {
		return fmt.Errorf("no benchmark of the kernels %q ran", name)
	}
	b.report.printf("## Kernels (%s), one core\n\n`GOMAXPROCS=1 go test -run '^$' -bench . ./pipeline/simd`, two shapes of a title: 4 words and 8, with 16 negatives. Rates are by the processor's time.\n\n", name)
	flops := 0.0
	var rows [][]string
	for _, p := range peaks {
		flops = max(flops, p.values["GFLOP/s"])
		rows = append(rows, []string{p.name, figure(p.values["GFLOP/s"]), figure(p.values["GB/s"])})
	}
	if len(rows) == 0 {
		b.report.printf("The peak is not measured for these kernels.\n\n")
	} else {
		b.report.table([]string{"peak", "GFLOP/s", "GB/s"}, rows)
	}
	rows = nil
	for _, m := range list {
		share := "-"
		if m.values["GFLOP/s"] == 0 && m.values["GB/s"] == 0 {
			continue // counted in something else
		}
		if flops > 0 && m.values["GFLOP/s"] > 0 {
			share = fmt.Sprintf("%.0f %%", 100*m.values["GFLOP/s"]/flops)
		}
		rows = append(rows, []string{m.name, figure(m.values["GFLOP/s"]), share, figure(m.values["GB/s"])})
	}
	b.report.table([]string{"kernel", "GFLOP/s", "of the peak", "GB/s"}, rows)
	return nil
}

func figure(x float64) string {
	if x == 0 {
		return "-"
	}
	return fmt.Sprintf("%.1f", x)
}
