package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// kernelTimes is what python/bench_jupyter.py measured of a kernel: seconds, and
// megabytes (10^6 bytes). During and Slowest are nil where no answer came
// within two seconds while a cell ran.
type kernelTimes struct {
	Ready    float64   `json:"ready"`
	Cell     float64   `json:"cell"`
	First    float64   `json:"first"` // completion of all
	Complete float64   `json:"complete"`
	During   *float64  `json:"during"`
	Slowest  *float64  `json:"slowest"`
	Idle     []float64 `json:"idle"` // after each start
	Used     float64   `json:"used"`
}

// The bars of a kernel, in seconds and megabytes.
const (
	barReady    = 0.060
	barCell     = 0.005
	barComplete = 0.020
	barIdle     = 60
)

// jupyter times gondola's kernel beside ipykernel and gonb, by one client.
func (b *bench) jupyter(ctx context.Context) error {
	b.report.printf("## jupyter: the kernel beside others\n\n")
	if b.o.jupyter == "" {
		b.report.printf("Not measured: no Python with jupyter_client was given (-jupyter).\n\n")
		return nil
	}
	starts, cells, completions, settle := 9, 100, 50, 1.5
	if b.o.quick {
		starts, cells, completions, settle = 2, 5, 3, 0.5
	}
	gonb, err := filepath.Abs(b.o.gonb) // for PATH, in which Go takes no other
	if err != nil {
		return err
	}
	type kernel struct {
		name      string
		arguments map[string]any
	}
	kernels := []kernel{
		{"gondola", map[string]any{
			"argv": []string{b.o.gondola, "kernel", "--connection-file", "{connection_file}"},
			"env":  map[string]string{"XDG_CACHE_HOME": b.folder, "XDG_STATE_HOME": b.folder},
			"cell": "param k = {i}", "complete": "train --vec",
			"before": "set charts off\n" + `load "sample:receipts?n=100000" | preprocess`,
			"long":   "train --epochs 10000", "interrupt": true,
		}},
		{"ipykernel", map[string]any{
			"argv": []string{b.o.jupyter, "-m", "ipykernel_launcher", "-f", "{connection_file}"},
			"env":  map[string]string{"IPYTHONDIR": b.folder},
			"cell": "k = {i}", "complete": "import os; os.path.jo", "long": "import time; time.sleep(4)",
		}},
	}
	if b.o.gonb != "" {
		kernels = append(kernels, kernel{"gonb", map[string]any{
			"argv": []string{filepath.Join(gonb, "gonb"), "--kernel", "{connection_file}"},
			"env":  map[string]string{"PATH": gonb + string(os.PathListSeparator) + os.Getenv("PATH")},
			// A cell of Go is compiled: a few tell enough.
			"cells": min(cells, 10), "completions": min(completions, 5),
			"cell": "%%\nprintln({i})", "complete": "%%\nfmt.Prin", "long": "%%\ntime.Sleep(4*time.Second)",
		}})
	}
	var ours kernelTimes
	var rows, ratios [][]string
	for i, k := range kernels {
		progress("jupyter: %s", k.name)
		given := map[string]any{"starts": starts, "cells": cells, "completions": completions, "settle": settle}
		for name, value := range k.arguments {
			given[name] = value
		}
		var t kernelTimes
		if err := ask(ctx, b.o.jupyter, "bench_jupyter.py", 1, given, &t); err != nil {
			return fmt.Errorf("%s: %w", k.name, err)
		}
		rows = append(rows, []string{
			k.name, milliseconds(&t.Ready), milliseconds(&t.Cell), milliseconds(&t.First), milliseconds(&t.Complete),
			milliseconds(t.During), milliseconds(t.Slowest), fromTo(t.Idle), fmt.Sprintf("%.0f", t.Used),
		})
		if i == 0 {
			ours = t
			continue
		}
		ratios = append(ratios, []string{
			k.name + " / gondola", ratio(t.Ready, ours.Ready), ratio(t.Cell, ours.Cell), ratio(t.First, ours.First), ratio(t.Complete, ours.Complete),
			"-", "-", ratio(median(t.Idle), median(ours.Idle)), ratio(t.Used, ours.Used),
		})
	}
	b.reachKernel(ours)
	b.report.printf("One client (%s), one run. Times are milliseconds: medians of %d starts, %d cells and %d completions (gonb: fewer).\n",
		b.clientVersions(ctx), starts, cells, completions)
	b.report.printf("Memory is that of the kernel and all it started, in MB (PSS): idle when it has come to rest after each start, used after cells and completions.\n")
	b.report.printf("\"none\" is no answer within 2 s while a cell runs.\n")
	if b.o.gonb == "" {
		b.report.printf("gonb is not measured: it is not installed.\n")
	}
	b.report.printf("\n")
	b.report.table([]string{
		"kernel", "ready", "cell", "first completion", "completion", "while a cell runs", "slowest of them", "idle", "used",
	}, append(rows, ratios...))
	return nil
}

// reachKernel records the bars.
func (b *bench) reachKernel(t kernelTimes) {
	under := func(what string, bar, got float64, unit, more string) {
		note := "met"
		if !(got < bar) {
			note = "not met"
		}
		b.reach("kernel: "+what, "", fmt.Sprintf("under %g %s", bar, unit), fmt.Sprintf("%.3g %s", got, unit), note+more)
	}
	under("start to first answer", 1000*barReady, 1000*t.Ready, "ms", "")
	under("statement, round trip", 1000*barCell, 1000*t.Cell, "ms", "")
	under("completion", 1000*barComplete, 1000*t.Complete, "ms", "")
	if t.During == nil {
		b.reach("kernel: completion while a cell runs", "", fmt.Sprintf("under %g ms", 1000*barComplete), "none", "not met")
	} else {
		under("completion while a cell runs", 1000*barComplete, 1000**t.During, "ms", "; the slowest took "+milliseconds(t.Slowest)+" ms")
	}
	under("idle memory", barIdle, slices.Max(t.Idle), "MB", "; the most of all starts")
}

// clientVersions names what the client is made of, and ipykernel and gonb.
func (b *bench) clientVersions(ctx context.Context) string {
	const script = "from importlib.metadata import version\nprint(', '.join(n + ' ' + version(n) for n in ('pyzmq', 'jupyter_client', 'ipykernel')))"
	out, err := output(exec.CommandContext(ctx, b.o.jupyter, "-c", script))
	if err != nil {
		return err.Error()
	}
	names := strings.TrimSpace(string(out))
	if b.o.gonb != "" {
		out, err := output(exec.CommandContext(ctx, "go", "version", "-m", filepath.Join(b.o.gonb, "gonb"), filepath.Join(b.o.gonb, "gopls")))
		if err != nil {
			return err.Error()
		}
		for line := range strings.Lines(string(out)) {
			if f := strings.Fields(line); len(f) > 2 && f[0] == "mod" {
				names += ", " + path.Base(f[1]) + " " + f[2]
			}
		}
	}
	return names
}

// fromTo writes values that are about one as that one, others as a range: after
// some starts a process of gopls holds 100 MB that it lacks after others.
func fromTo(values []float64) string {
	least, most := slices.Min(values), slices.Max(values)
	if most < 1.1*least {
		return fmt.Sprintf("%.0f", median(values))
	}
	return fmt.Sprintf("%.0f to %.0f", least, most)
}

func milliseconds(seconds *float64) string {
	if seconds == nil {
		return "none"
	}
	return fmt.Sprintf("%.3g", 1000**seconds)
}
