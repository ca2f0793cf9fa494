package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"gondola/internal/tageval"
	"gondola/pipeline"
	"gondola/pipeline/local"
)

// sparkJob is what the same steps took Spark in local[2] on 1,000,000 titles,
// seconds, from the reference of the project: measured once, on another machine.
const sparkJob = 174

// job runs the program from a Parquet file to tags, with nothing kept before,
// and Spark ML on the same file.
func (b *bench) job(ctx context.Context) (err error) {
	rows, err := tageval.ReadFile(filepath.Join(b.o.data, "titles_raw.tsv.gz"))
	if err != nil {
		return err
	}
	titles := make([]string, len(rows))
	for i, row := range rows {
		titles[i] = row.Title
	}
	order := make([]int32, b.o.job)
	for i := range order {
		order[i] = int32(i % len(titles))
	}
	path := filepath.Join(b.folder, "job.parquet")
	engine, err := local.New(local.Options{CacheDir: filepath.Join(b.folder, "cache-job")})
	if err != nil {
		return err
	}
	if err := errors.Join(writeTable(ctx, engine, path, titles, order), engine.Close()); err != nil {
		return err
	}
	b.report.printf("## The whole job\n\n%d rows of titles_raw (%d, then from the first again), Parquet in, Parquet out, k = 100, %d passes of k-means, two tags.\n\n",
		len(order), len(titles), passes)
	var table [][]string
	var fastest float64
	for _, method := range []string{pipeline.MethodRanked, pipeline.MethodNear} {
		progress("the whole job, tag --method %s", method)
		ran, err := b.runJob(ctx, path, method)
		if err != nil {
			return err
		}
		table = append(table, []string{"gondola, " + method, fmt.Sprintf("%.1f", ran.wall), fmt.Sprintf("%.1f", ran.cpu), rate(float64(len(order)) / ran.wall), ran.peak, ran.steps})
		if method == pipeline.MethodNear { // what Spark does
			fastest = ran.wall
		}
	}
	against, note := float64(sparkJob), "against 174 s from the documentation, other machine"
	if len(order) != 1_000_000 {
		against, note = 0, "the documentation's 174 s are for 1,000,000 titles"
	}
	if b.o.spark != "" {
		progress("the whole job in Spark")
		var a struct {
			Version      string
			Seconds, CPU float64
			Steps        map[string]float64
		}
		err := ask(ctx, b.o.spark, "bench_spark.py", 2, map[string]any{
			"task": "job", "titles": path, "folder": filepath.Join(b.folder, "spark"), "workers": 2, "dim": 100, "window": 5, "min_count": 5,
			"epochs": 5, "alpha": 0.05, "seed": 1, "k": clusters, "passes": passes, "near": pipeline.DefaultNear(pipeline.MethodNear),
		}, &a)
		if err != nil {
			return err
		}
		var steps []string
		for _, name := range []string{"tokens", "train", "transform", "cluster", "near", "tag"} {
			steps = append(steps, fmt.Sprintf("%s %.1f", name, a.Steps[name]))
		}
		table = append(table, []string{"Spark " + a.Version + ", local[2]", fmt.Sprintf("%.1f", a.Seconds), fmt.Sprintf("%.1f", a.CPU), rate(float64(len(order)) / a.Seconds), "-", strings.Join(steps, ", ")})
		against, note = a.Seconds, "Spark in the same run, start of its JVM not counted"
	}
	b.report.table([]string{"program", "seconds", "cpu-s", "titles/s", "peak", "steps, s"}, table)
	b.reach("the whole job, 1 M titles, 2 cores, near", "Spark local[2]", "15x", ratio(against, fastest), note)
	return nil
}

// ran is one run of the program.
type ran struct {
	spent
	peak, steps string
}

// runJob runs the steps in one process with an empty cache.
func (b *bench) runJob(ctx context.Context, path, method string) (ran, error) {
	cache, err := os.MkdirTemp(b.folder, "run-")
	if err != nil {
		return ran{}, err
	}
	out := filepath.Join(cache, "tagged.parquet")
	program, err := filepath.Abs(b.o.gondola)
	if err != nil {
		return ran{}, err
	}
	cmd := exec.CommandContext(ctx, program, "-", "--no-progress", "--color", "never")
	cmd.Env = append(os.Environ(), "XDG_CACHE_HOME="+cache, "GONDOLA_HISTORY=off")
	cmd.Stdin = strings.NewReader(fmt.Sprintf(
		"load %q --title title --id id\npreprocess\ntrain\ncluster -k %d --max-iter %d\ntag --max 2 --method %s\nwrite %q\n",
		path, clusters, passes, method, out))
	said, err := cmd.StdoutPipe()
	if err != nil {
		return ran{}, err
	}
	cmd.Stderr = cmd.Stdout
	began := time.Now()
	if err := cmd.Start(); err != nil {
		return ran{}, fmt.Errorf("%w: run `make build`, or name the program by -gondola", err)
	}
	var steps []string
	var last string
	var peak int64
	step, ended := regexp.MustCompile(`^(load|preprocess|train|cluster|tag|write): `), began
	lines := bufio.NewScanner(said)
	for lines.Scan() {
		last = lines.Text()
		if found := step.FindStringSubmatch(last); found != nil {
			now := time.Now()
			steps = append(steps, fmt.Sprintf("%s %.1f", found[1], now.Sub(ended).Seconds()))
			ended = now
			peak = max(peak, highWater(cmd.Process.Pid))
		}
	}
	if err := cmd.Wait(); err != nil {
		return ran{}, fmt.Errorf("%s: %w: %s", b.o.gondola, err, last)
	}
	wall := time.Since(began).Seconds()
	state := cmd.ProcessState
	r := ran{spent: spent{wall, (state.UserTime() + state.SystemTime()).Seconds()}, steps: strings.Join(steps, ", ")}
	if peak > 0 {
		r.peak = fmt.Sprintf("%d MiB", peak>>20)
	}
	if info, err := os.Stat(out); err != nil || info.Size() == 0 {
		return ran{}, fmt.Errorf("%s wrote nothing: %s", b.o.gondola, last)
	}
	return r, os.RemoveAll(cache)
}

// highWater is the most memory that a process has had resident so far, in bytes; 0 when
// it has ended, or where there is no /proc. What rusage says of a child begins at
// what its parent had when it was started.
func highWater(pid int) int64 {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	_, after, _ := strings.Cut(string(status), "VmHWM:")
	var kib int64
	if _, err := fmt.Sscan(after, &kib); err != nil {
		return 0
	}
	return kib << 10
}

// writeTable writes titles in an order, with their places as keys, as a Parquet
// file of the product's own.
func writeTable(ctx context.Context, engine *local.Engine, path string, titles []string, order []int32) error {
	if _, err := os.Stat(path); err == nil {
		return nil // of the method before
	}
	tsv := path + ".tsv"
	f, err := os.Create(tsv)
	if err != nil {
		return err
	}
	w := bufio.NewWriterSize(f, 1<<20)
	_, _ = w.WriteString("id\ttitle\n") // Flush tells
	for i, t := range order {
		_, _ = fmt.Fprintf(w, "%010d\t%s\n", i, titles[t])
	}
	if err := errors.Join(w.Flush(), f.Close()); err != nil {
		return err
	}
	ds, err := engine.Load(ctx, pipeline.Load{URI: tsv, Title: "title", ID: "id"}, nil)
	if err != nil {
		return err
	}
	if ds.Len() != int64(len(order)) {
		return fmt.Errorf("%s: %d rows, want %d", tsv, ds.Len(), len(order))
	}
	_, err = engine.Write(ctx, ds, pipeline.Write{URI: path, Mode: "error"}, nil)
	return errors.Join(err, os.Remove(tsv))
}
