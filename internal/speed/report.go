package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"
)

// report is the Markdown that is printed in the end.
type report struct {
	strings.Builder
	path string
}

func (r *report) save() error {
	if err := os.MkdirAll(filepath.Dir(r.path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(r.path, []byte(r.String()), 0o644)
}

func (r *report) printf(format string, args ...any) { fmt.Fprintf(r, format, args...) }

// table writes a table: the first column is text, the others are figures.
func (r *report) table(head []string, rows [][]string) {
	line := func(cells []string) { r.printf("| %s |\n", strings.Join(cells, " | ")) }
	line(head)
	r.printf("|---|%s\n", strings.Repeat("--:|", len(head)-1))
	for _, row := range rows {
		line(row)
	}
	r.printf("\n")
}

// quiet is the load average above which other work disturbs the measurement.
const quiet = 0.5

// begin says on which machine and with what is measured.
func (r *report) begin(ctx context.Context, b *bench) {
	r.printf("# make bench\n\n")
	r.printf("- %s, parts: %s", time.Now().UTC().Format("2006-01-02 15:04 UTC"), strings.Join(b.o.parts, " "))
	if b.o.quick {
		r.printf(", **QUICK: too few titles for figures that mean anything**")
	}
	r.printf("\n- command: `go run ./internal/speed %s`", strings.Join(b.o.args, " "))
	r.printf("\n- %s, %d processors for Go, kernels %s, %s %s/%s\n",
		fromFile("/proc/cpuinfo", "model name"), runtime.GOMAXPROCS(0), b.kernels.Name(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
	r.printf("- memory %s, transparent huge pages: %s\n", fromFile("/proc/meminfo", "MemTotal"), firstLine("/sys/kernel/mm/transparent_hugepage/enabled"))
	load := firstLine("/proc/loadavg")
	r.printf("- load average before: %s", load)
	if busy, err := strconv.ParseFloat(strings.Split(load, " ")[0], 64); err != nil || busy > quiet {
		r.printf(" - **the machine was not quiet: wall clock figures are too low, and ratios uncertain**")
		progress("warning: load average %s: measure on a quiet machine", load)
	}
	commit, err := output(exec.CommandContext(ctx, "git", "describe", "--always", "--dirty", "--abbrev=12"))
	if err != nil {
		commit = []byte("unknown")
	}
	r.printf("\n- commit %s\n", strings.TrimSpace(string(commit)))
	for _, p := range peers() {
		if !b.needsTitles() {
			break
		}
		if why := b.missing(ctx, p.name); why != "" {
			r.printf("- %s is missing: %s\n", p.name, why)
		}
	}
	if b.o.spark == "" && (b.needsTitles() || slices.Contains(b.o.parts, "job")) {
		r.printf("- Spark is not measured (SPARK=1 does): its figures are from the documentation, of another machine\n")
	}
	r.printf("\n")
}

// fromFile returns the value of the first line "key : value".
func fromFile(path, key string) string {
	b, err := os.ReadFile(path)
	if err != nil {
		return "unknown " + key
	}
	for line := range strings.Lines(string(b)) {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == key {
			return strings.TrimSpace(value)
		}
	}
	return "unknown " + key
}

func firstLine(path string) string {
	b, err := os.ReadFile(path)
	if err != nil {
		return "unknown"
	}
	line, _, _ := strings.Cut(string(b), "\n")
	return line
}

// target is a ratio or rate that is aimed at, and what was measured of it.
type target struct {
	job, against, want string
	got                string
	note               string
}

// reach records what was measured of a target.
func (b *bench) reach(job, against, want, got, note string) {
	b.targets = append(b.targets, target{job, against, want, got, note})
}

func (b *bench) printTargets() {
	if len(b.targets) == 0 {
		return
	}
	b.report.printf("## Targets\n\n")
	var rows [][]string
	for _, t := range b.targets {
		rows = append(rows, []string{t.job, t.against, t.want, t.got, t.note})
	}
	b.report.table([]string{"job", "against", "aim", "measured", "note"}, rows)
}

func times(x float64) string { return fmt.Sprintf("%.1fx", x) }

// ratio is a / b as text, "not measured" where one is not known.
func ratio(a, b float64) string {
	if !(a > 0 && b > 0) {
		return "not measured"
	}
	return times(a / b)
}

// byProcessor is the ratio by the processor's time, which other work on the
// machine disturbs less; of use for one thread.
func byProcessor(theirs, ours spent) string {
	return ratio(theirs.cpu, ours.cpu) + " by processor time"
}

// rate writes a rate in the unit that reads best.
func rate(perSecond float64) string {
	switch {
	case !(perSecond > 0):
		return "-"
	case perSecond >= 1e6:
		return fmt.Sprintf("%.2f M", perSecond/1e6)
	case perSecond >= 1e3:
		return fmt.Sprintf("%.0f k", perSecond/1e3)
	}
	return fmt.Sprintf("%.0f", perSecond)
}
