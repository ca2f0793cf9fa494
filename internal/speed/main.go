// Command speed measures gondola beside what others offer, on the same titles,
// with equal parameters and in one run: rates, ratios and, next to them, the
// quality that was paid or kept. It prints a Markdown report and keeps it in
// build/bench.md; docs/performance.md says how to read it.
//
//	make bench                        all parts
//	make bench PARTS="kmeans tag"     some
//	make bench QUICK=1                few titles, to see that it works
//	make bench SPARK=1 SEEDS=4        beside Spark ML too, quality over four seeds
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"gondola/internal/tageval"
	"gondola/internal/tageval/product"
	"gondola/pipeline/artifact"
	"gondola/pipeline/local"
	"gondola/pipeline/simd"
)

type options struct {
	args    []string // as they were given, for the report
	data    string   // folder of titles_dev.tsv.gz and titles_raw.tsv.gz
	parts   []string
	quick   bool
	titles  int // of titles_dev at most; 0 is all
	job     int // rows of the whole job
	seeds   int
	python  string // with the peers; empty: none
	spark   string // Python with PySpark; empty: none
	gondola string // the program that the whole job runs, and the kernel
	jupyter string // Python with jupyter_client and ipykernel; empty: none
	gonb    string // folder of gonb, gopls and goimports; empty: none
	kernels string // a name of simd.ByName; empty: the best
	out     string
}

// partsOf lists the parts of the report in their order.
func partsOf() []part {
	return []part{
		{"word2vec", (*bench).word2vec},
		{"repeats", (*bench).repeats},
		{"kmeans", (*bench).kmeans},
		{"tag", (*bench).tag},
		{"job", (*bench).job},
		{"kernels", (*bench).kernelRates},
		{"jupyter", (*bench).jupyter},
	}
}

type part struct {
	name string
	run  func(*bench, context.Context) error
}

func main() {
	o, err := readOptions(os.Args[1:])
	if err == nil {
		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
		err = run(ctx, o, os.Stdout)
		stop()
	}
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "speed:", err)
		os.Exit(1)
	}
}

func readOptions(args []string) (options, error) {
	o := options{args: args}
	var parts string
	var names []string
	for _, p := range partsOf() {
		names = append(names, p.name)
	}
	all := strings.Join(names, " ")
	f := flag.NewFlagSet("speed", flag.ContinueOnError)
	f.StringVar(&o.data, "data", "../shared/data", "folder of titles_dev.tsv.gz and titles_raw.tsv.gz")
	f.StringVar(&parts, "parts", all, "which parts to run")
	f.BoolVar(&o.quick, "quick", false, "few titles: to see that it works, not to measure")
	f.IntVar(&o.seeds, "seeds", 1, "runs of every trainer, each with its own seed: quality is their mean, speed the best")
	f.StringVar(&o.python, "python", "", "Python with gensim, fastText, scikit-learn and FAISS; empty: no peers")
	f.StringVar(&o.spark, "spark", "", "Python with PySpark; empty: figures of the documentation stand in its place, marked")
	f.StringVar(&o.jupyter, "jupyter", "", "Python with jupyter_client and ipykernel; empty: kernels are not measured")
	f.StringVar(&o.gonb, "gonb", "", "folder of gonb, gopls and goimports; empty: not measured")
	f.StringVar(&o.gondola, "gondola", "bin/gondola", "the program that runs the whole job and the kernel")
	f.StringVar(&o.out, "out", "build/bench.md", "file that keeps the report")
	if err := f.Parse(args); err != nil {
		return o, err
	}
	o.kernels = os.Getenv("GONDOLA_CPU")
	o.parts = strings.Fields(parts)
	for _, name := range o.parts {
		if !slices.Contains(names, name) {
			return o, fmt.Errorf("-parts %s: there are %s", name, all)
		}
	}
	if o.seeds < 1 {
		return o, fmt.Errorf("-seeds %d: must be 1 or more", o.seeds)
	}
	o.job = 1_000_000
	if o.quick {
		o.titles, o.job = 30_000, 50_000
	}
	return o, nil
}

// bench is what the parts share.
type bench struct {
	o       options
	folder  string // for files that peers read, and the engine's cache; removed at the end
	kernels *simd.Kernels
	titles  *product.Titles
	dict    *artifact.Dictionary
	ids     [][]int32 // of each title, in the dictionary
	heads   []int     // how many of them stand in its head
	words   string    // file of the titles, split, for peers
	vectors *artifact.WordModel
	report  report
	targets []target
}

func run(ctx context.Context, o options, out io.Writer) (err error) {
	kernels := simd.Best()
	if o.kernels != "" {
		if kernels, err = simd.ByName(o.kernels); err != nil {
			return err
		}
	}
	folder, err := os.MkdirTemp("", "gondola-speed-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	engine, err := local.New(local.Options{CacheDir: filepath.Join(folder, "cache")})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, engine.Close()) }()
	b := &bench{o: o, folder: folder, kernels: kernels, report: report{path: o.out}}
	b.report.begin(ctx, b)
	if b.needsTitles() {
		if err := b.prepare(ctx, engine); err != nil {
			return err
		}
	}
	for _, p := range partsOf() {
		if !slices.Contains(o.parts, p.name) {
			continue
		}
		progress("part %s", p.name)
		if err := p.run(b, ctx); err != nil {
			return errors.Join(fmt.Errorf("%s: %w", p.name, err), b.report.save())
		}
		if err := b.report.save(); err != nil { // what was measured stays if a later part fails
			return err
		}
	}
	b.printTargets()
	if err := b.report.save(); err != nil {
		return err
	}
	_, err = io.WriteString(out, b.report.String())
	return err
}

// needsTitles says whether a part works on titles beside peers that do, too.
func (b *bench) needsTitles() bool {
	return slices.ContainsFunc(b.o.parts, func(p string) bool { return p != "job" && p != "kernels" && p != "jupyter" })
}

// prepare reads the titles as the product does.
func (b *bench) prepare(ctx context.Context, engine *local.Engine) error {
	path := filepath.Join(b.o.data, "titles_dev.tsv.gz")
	if b.o.titles > 0 {
		rows, err := tageval.ReadFile(path)
		if err != nil {
			return err
		}
		path = filepath.Join(b.folder, "titles.tsv")
		if err := writeRows(path, rows[:min(b.o.titles, len(rows))]); err != nil {
			return err
		}
	}
	progress("read %s", path)
	var err error
	if b.titles, err = product.Open(ctx, engine, path, product.Defaults()); err != nil {
		return err
	}
	if b.dict, err = b.titles.Dictionary(ctx); err != nil {
		return err
	}
	b.words = filepath.Join(b.folder, "words.txt")
	if err := b.titles.WriteWords(b.words, b.dict); err != nil {
		return err
	}
	var title artifact.Title
	for _, row := range b.titles.Corpus.Rows {
		b.dict.Read(row.Title, &title)
		b.ids = append(b.ids, slices.Clone(title.IDs))
		b.heads = append(b.heads, title.HeadLen)
	}
	return nil
}

func writeRows(path string, rows []tageval.Row) error {
	var s strings.Builder
	s.WriteString("id\ttitle\tcategory_path\tsource\n")
	for _, r := range rows {
		fmt.Fprintf(&s, "%s\t%s\t%s\t%s\n", r.ID, r.Title, r.Category, r.Source)
	}
	return os.WriteFile(path, []byte(s.String()), 0o600)
}

// spent is what a piece of work took.
type spent struct {
	wall, cpu float64 // seconds; cpu of all threads of this process
}

// measure times fn. The processor's time holds that of the collector too.
func measure(fn func() error) (spent, error) {
	began, used := time.Now(), processorSeconds()
	err := fn()
	return spent{time.Since(began).Seconds(), processorSeconds() - used}, err
}

func processorSeconds() float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0 // it has no other error than a wrong argument
	}
	return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e9
}

// output runs a program and returns what it prints; the error holds the end of
// what it said.
func output(cmd *exec.Cmd) ([]byte, error) {
	var said strings.Builder
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("%s: %w: %s", filepath.Base(cmd.Path), err, complaint(said.String()))
	}
	return out, nil
}

// complaint is the last line of what a program said that tells anything. Traces
// of Java end in frames and in "... 1 more": of those it is the last cause.
func complaint(said string) string {
	lines := strings.FieldsFunc(said, func(r rune) bool { return r == '\n' || r == '\r' })
	last := ""
	for _, line := range slices.Backward(lines) {
		line = strings.TrimSpace(line)
		switch {
		case strings.HasPrefix(line, "Caused by: "):
			return line
		case last == "" && line != "" && !strings.HasPrefix(line, "at ") && !strings.HasPrefix(line, "... "):
			last = line
		}
	}
	return last
}

// progress tells on standard error what is under way.
func progress(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "%s %s\n", time.Now().Format(time.TimeOnly), fmt.Sprintf(format, args...))
}
