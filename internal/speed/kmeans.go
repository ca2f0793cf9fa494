package main

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"

	"gondola/pipeline/kmeans"
)

const (
	// passes is how many passes of Lloyd's algorithm a rate is taken over.
	passes = 10
	// before is how many come before these. kmeans warms up on a sample for as
	// many passes as MaxIter allows, 20 at most: below that, two fits differ by
	// their warm-up too, and begin at different centres.
	before = 20
)

// pass is what one pass over all titles took, on so many threads, and where
// passes of them led.
type pass struct {
	name    string
	threads int
	spent   // of one pass
	inertia float64
	version string
}

// kmeans measures passes over the title vectors. The peers begin at our centres
// after the first ones, so that after as many more the inertia must be ours.
func (b *bench) kmeans(ctx context.Context) error {
	model := b.vectors
	if model == nil {
		progress("vectors to cluster by")
		got, err := b.ours("gondola", b.distinct(), 1, nil).train(ctx, 1)
		if err != nil {
			return err
		}
		model = got.model
		b.vectors = model
	}
	var bags kmeans.Bags
	for _, ids := range b.ids {
		if rows := model.AppendRows(nil, ids); len(rows) > 0 {
			bags = append(bags, rows)
		}
	}
	table := model.Table()
	vectors := filepath.Join(b.folder, "titles.f32")
	if err := writeMeans(vectors, table, bags); err != nil {
		return err
	}
	b.report.printf("## k-means\n\n%d titles with a vector, dim %d, euclidean. Our pass is the difference of a fit of %d passes and one of %d, by %d, that of a peer of %d and 1. We take titles as\n"+
		"bags of words, the peers as dense vectors, which were made before. The peers begin at our centres after %d passes; inertia is after %d more.\n\n",
		len(bags), table.Dim, before+passes, before, passes, passes, before, passes)
	for _, k := range []int{100, 1000} {
		if k > len(bags)/10 {
			b.report.printf("k = %d is left out: too few titles.\n\n", k)
			continue
		}
		repeat := 7
		if k > 100 {
			repeat = 3
		}
		err := b.kmeansOf(ctx, table, bags, vectors, k, repeat)
		switch {
		case errors.Is(err, errAtRest):
			b.report.printf("k = %d is left out: %v.\n\n", k, err)
		case err != nil:
			return err
		}
	}
	return nil
}

func (b *bench) kmeansOf(ctx context.Context, table kmeans.Table, bags kmeans.Bags, vectors string, k, repeat int) error {
	var list []pass
	centres := filepath.Join(b.folder, "centres.f32")
	for _, threads := range []int{1, 2} {
		progress("k = %d: gondola, %d threads", k, threads)
		got, first, err := fitTwice(ctx, table, bags, k, threads, repeat)
		if err != nil {
			return err
		}
		list = append(list, got)
		if err := writeFloats(centres, first.Centres); err != nil {
			return err
		}
		if first.K != k {
			return fmt.Errorf("only %d of %d clusters: too few different titles", first.K, k)
		}
	}
	for _, peer := range []string{"scikit-learn", "FAISS"} {
		if b.missing(ctx, peer) != "" {
			continue
		}
		for _, threads := range []int{1, 2} {
			progress("k = %d: %s, %d threads", k, peer, threads)
			got, err := b.askKMeans(ctx, peer, vectors, centres, table.Dim, threads)
			if err != nil {
				return fmt.Errorf("%s: %w", peer, err)
			}
			list = append(list, got)
		}
	}
	b.printPasses(list, k, len(bags))
	return nil
}

// errAtRest says that few titles left nothing to measure.
var errAtRest = errors.New("the centres came to rest")

// fitTwice measures our passes: the median of differences of two fits, which run one
// after the other, as the speed of a machine changes over minutes by more than
// our passes take. It also returns the model that peers begin at.
func fitTwice(ctx context.Context, table kmeans.Table, bags kmeans.Bags, k, threads, repeat int) (pass, *kmeans.Model, error) {
	p := kmeans.DefaultParams()
	p.K, p.Tol, p.Workers = k, 0, threads
	fit := func(iterations int) (took spent, model *kmeans.Model, err error) {
		p.MaxIter = iterations
		took, err = measure(func() (err error) {
			model, err = kmeans.Fit(ctx, table, bags, p, nil)
			return err
		})
		return took, model, err
	}
	var first, last *kmeans.Model
	var wall, cpu []float64
	for range repeat {
		var short, long spent
		var err error
		if short, first, err = fit(before); err != nil {
			return pass{}, nil, err
		}
		if long, last, err = fit(before + passes); err != nil {
			return pass{}, nil, err
		}
		if last.Iterations != before+passes {
			return pass{}, nil, fmt.Errorf("%w after %d passes", errAtRest, last.Iterations)
		}
		wall, cpu = append(wall, (long.wall-short.wall)/passes), append(cpu, (long.cpu-short.cpu)/passes)
	}
	return pass{
		name: "gondola", threads: threads, inertia: last.Inertia,
		spent: spent{median(wall), median(cpu)},
	}, first, nil
}

// median returns the middle one of an odd number of values.
func median(values []float64) float64 {
	slices.Sort(values)
	return values[len(values)/2]
}

func (b *bench) askKMeans(ctx context.Context, peer, vectors, centres string, dim, threads int) (pass, error) {
	var a struct {
		Version string
		One     float64
		OneCPU  float64 `json:"one_cpu"`
		All     float64
		AllCPU  float64 `json:"all_cpu"`
		Passes  int
		Inertia float64
	}
	err := ask(ctx, b.o.python, "bench_kmeans.py", threads, map[string]any{
		"peer": peer, "rows": vectors, "centres": centres, "dim": dim, "threads": threads, "repeat": 3, "passes": passes,
	}, &a)
	if err != nil {
		return pass{}, err
	}
	n := float64(a.Passes - 1)
	return pass{
		name: peer, threads: threads, inertia: a.Inertia, version: a.Version,
		spent: spent{(a.All - a.One) / n, (a.AllCPU - a.OneCPU) / n},
	}, nil
}

func (b *bench) printPasses(list []pass, k, titles int) {
	peer := func(name string, threads int) spent {
		for _, p := range list {
			if p.name == name && p.threads == threads {
				return p.spent
			}
		}
		return spent{}
	}
	var rows [][]string
	for _, p := range list {
		name := p.name
		if p.version != "" {
			name += " " + p.version
		}
		if p.wall <= 0 {
			b.report.printf("**%s with %d threads: the longer fit took less time than the shorter: the machine is too busy.**\n\n", p.name, p.threads)
			p.wall = math.NaN()
		}
		rows = append(rows, []string{
			name, fmt.Sprint(p.threads), fmt.Sprintf("%.3f", p.wall), fmt.Sprintf("%.3f", p.cpu), rate(float64(titles) / p.wall),
			ratio(peer("scikit-learn", p.threads).wall, p.wall), ratio(peer("FAISS", p.threads).wall, p.wall),
			fmt.Sprintf("%.6g (%+.4f %%)", p.inertia, 100*(p.inertia/list[0].inertia-1)),
		})
	}
	b.report.printf("k = %d\n\n", k)
	for _, p := range list {
		if math.Abs(p.inertia/list[0].inertia-1) > sameInertia {
			b.report.printf("**The inertia of %s is not ours: the passes are not equal.**\n\n", p.name)
		}
	}
	b.report.table([]string{
		"k-means", "threads", "s/pass", "cpu-s/pass", "titles/s", "speed, scikit-learn = 1", "speed, FAISS = 1", "inertia (to ours)",
	}, rows)
	if k == clusters {
		theirs := peer("scikit-learn", 1)
		b.reach("k-means, one pass, k = 100, dim 100", "scikit-learn Lloyd, 1 thread", "5x", ratio(theirs.wall, list[0].wall), byProcessor(theirs, list[0].spent))
	}
}

// sameInertia is how much the inertia of two programs may differ after equal
// passes: they add float32 in different orders, and a few titles lie halfway.
const sameInertia = 1e-3

// writeMeans writes the vectors of titles, float32 rows one after the other.
func writeMeans(path string, table kmeans.Table, bags kmeans.Bags) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	w := bufio.NewWriterSize(f, 1<<20)
	mean := make([]float32, table.Dim)
	for _, rows := range bags {
		clear(mean)
		for _, r := range rows {
			for d, x := range table.Data[int(r)*table.Dim : (int(r)+1)*table.Dim] {
				mean[d] += x
			}
		}
		for d := range mean {
			mean[d] /= float32(len(rows))
		}
		if err := binary.Write(w, binary.LittleEndian, mean); err != nil {
			return errors.Join(err, f.Close())
		}
	}
	return errors.Join(w.Flush(), f.Close())
}

func writeFloats(path string, x []float32) error {
	b, err := binary.Append(nil, binary.LittleEndian, x)
	if err != nil {
		return err
	}
	return os.WriteFile(path, b, 0o600)
}
