package local

import (
	"cmp"
	"container/heap"
	"context"
	"errors"
	"fmt"
	"math"
	"runtime"
	"slices"
	"strings"
	"sync"

	"gondola/lake"
	"gondola/pipeline"
	"gondola/pipeline/artifact"
	"gondola/pipeline/kmeans"
	"gondola/pipeline/projection"
	"gondola/pipeline/simd"
	"gondola/pipeline/tag"
	"gondola/pipeline/word2vec"
)

const (
	typicalTitles    = 20   // kept of each cluster
	silhouetteSample = 2000 // titles; time grows with its square
	wordsShown       = 6    // of each cluster in its facts
)

// clustersFile is the section of a cluster step in its artefact.
const clustersFile = "clusters.bin"

// cluster returns clusters, of a run of today or an earlier one.
func (e *Engine) cluster(ctx context.Context, d *dataset, p pipeline.KMeans, report pipeline.Report) (pipeline.Model, error) {
	words, ok := p.Vectors.(*artifact.WordModel)
	if !ok {
		return nil, errors.New("cluster: the vectors come from another engine")
	}
	if !d.tokens.madeOf(words.Dictionary, words.Origin()) {
		return nil, errors.New("cluster: the vectors were trained on other words than these titles were preprocessed to")
	}
	origin, err := e.originOf(ctx, p, d.tokens.origin, words.Origin())
	if err != nil {
		return nil, err
	}
	return kept(ctx, e, origin, p.Force, func(b *artifact.Builder) (made, error) {
		clusters, err := e.findClusters(ctx, d, words, p, report)
		if err != nil {
			return made{}, err
		}
		return made{rows: d.rows}, artifact.WriteClusters(ctx, b.Path(clustersFile), clusters)
	}, func(k *keptResult, o pipeline.Origin) (pipeline.Model, error) {
		clusters := e.memory.clusters.get(k.Dir())
		if clusters == nil {
			var err error
			if clusters, err = artifact.ReadClusters(ctx, k.Path(clustersFile), words); err != nil {
				return nil, err
			}
		}
		clusters = clusters.WithOrigin(o)
		e.memory.clusters.put(k.Dir(), clusters)
		return clusters, nil
	})
}

// findClusters finds centres of title vectors, then assigns every title once
// more to count the words of each cluster.
func (e *Engine) findClusters(ctx context.Context, d *dataset, words *artifact.WordModel, p pipeline.KMeans, report pipeline.Report) (*artifact.Clusters, error) {
	if p.Workers == 0 {
		p.Workers = e.workers
	}
	params := kmeans.Params{
		K: p.K, MaxIter: p.MaxIter, Tol: p.Tol, Init: p.Init, Metric: p.Metric, Seed: p.Seed, Workers: p.Workers,
		TableBytes: min(kmeans.DefaultTableBytes, e.share(tableShare)), PointBytes: min(kmeans.DefaultPointBytes, e.share(pointShare)),
		Kernels: e.kernels,
	}
	dict := d.tokens.dict
	if err := e.clusteringFits(params, words.Table(), word2vec.Dictionary{Words: dict.Words, Counts: dict.Counts}, d.tokens.file); err != nil {
		return nil, err
	}
	m := startMeter(report, p.Verb(), "titles", 0)
	defer m.end()
	points := bags{d.tokens.file, words}
	model, err := kmeans.Fit(ctx, words.Table(), points, params, func(now kmeans.Progress) {
		phase, inertia := now.Phase, math.NaN()
		if now.Iteration > 0 {
			phase, inertia = fmt.Sprintf("%s %d of at most %d", now.Phase, now.Iteration, now.MaxIter), now.Inertia
		}
		m.follow(phase, now.PointsDone, now.PointsTotal, inertia)
	})
	if err != nil {
		return nil, err
	}
	runtime.GC() // or else the heap may grow to twice the points, which are gone
	m.enter("count words", d.tokens.file.titles)
	assigner, err := model.Assigner(ctx, words.Table(), p.Workers)
	if err != nil {
		return nil, err
	}
	stats, nearest, err := countWords(ctx, d.tokens.file, words, model, assigner, p.Workers, m)
	if err != nil {
		return nil, err
	}
	m.enter("typical titles", d.rows)
	typical, err := readTypical(ctx, e, d, nearest, m)
	if err != nil {
		return nil, err
	}
	out, err := artifact.NewClusters(words, model, assigner, stats, typical, pipeline.Origin{})
	if err != nil {
		return nil, err
	}
	m.enter("silhouette", 0)
	silhouette, err := kmeans.Silhouette(ctx, words.Table(), points, model, silhouetteSample, p.Seed, p.Workers)
	if err != nil && !errors.Is(err, kmeans.ErrOneCluster) {
		return nil, err
	}
	facts, err := e.clusterFacts(ctx, out, silhouette, d.rows, p.Seed)
	if err != nil {
		return nil, err
	}
	out.SetFacts(facts)
	return out, nil
}

// candidate is a title that may be typical of its cluster.
type candidate struct {
	row      int64
	distance float32
	words    uint64 // fingerprint: titles of equal words are shown once
}

// farthestFirst is a heap of the titles nearest to a centre.
type farthestFirst []candidate

func (h farthestFirst) Len() int           { return len(h) }
func (h farthestFirst) Less(i, j int) bool { return before(h[j], h[i]) }
func (h farthestFirst) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *farthestFirst) Push(x any)        { *h = append(*h, x.(candidate)) } // only candidates are pushed
func (h *farthestFirst) Pop() any {
	last := (*h)[len(*h)-1]
	*h = (*h)[:len(*h)-1]
	return last
}

func before(a, b candidate) bool {
	return a.distance < b.distance || a.distance == b.distance && a.row < b.row
}

// wants says whether a title is near enough.
func (h *farthestFirst) wants(c candidate) bool {
	return len(*h) < typicalTitles || before(c, (*h)[0])
}

// offer adds a title if it is near enough. Of those that differ in their heads
// alone it keeps the first.
func (h *farthestFirst) offer(c candidate) {
	if !h.wants(c) {
		return
	}
	if i := slices.IndexFunc(*h, func(x candidate) bool { return x.words == c.words }); i >= 0 {
		if before(c, (*h)[i]) {
			(*h)[i] = c
			heap.Fix(h, i)
		}
		return
	}
	heap.Push(h, c)
	if len(*h) > typicalTitles {
		heap.Pop(h)
	}
}

// countWords assigns every title to its centre: which words which clusters
// hold, by rows, and the titles nearest to each centre, by the first row that
// has them. The titles are cut into one shard for each worker; the result does
// not depend on how many there are.
func countWords(ctx context.Context, file *tokenFile, words *artifact.WordModel, model *kmeans.Model,
	assigner *kmeans.Assigner, workers int, m *meter,
) (*tag.Stats, [][]candidate, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	counters := make([]*tag.Counter, workers)
	near := make([][]farthestFirst, workers)
	var wg sync.WaitGroup
	for w := range workers {
		counter, err := tag.NewCounter(words.Dictionary.Len(), model.K)
		if err != nil {
			return nil, nil, err
		}
		counters[w], near[w] = counter, make([]farthestFirst, model.K)
		wg.Go(func() {
			c := titleCounter{words: words, assigner: assigner, scratch: assigner.NewScratch(), counter: counter, near: near[w]}
			from, to := file.titles*int64(w)/int64(workers), file.titles*int64(w+1)/int64(workers)
			err := file.each(ctx, from, to, func(i int64, t *tokenTitle) error {
				c.add(t)
				if i%blockTitles == blockTitles-1 || i == to-1 {
					m.add(len(c.titles))
					c.count()
				}
				return nil
			})
			if err != nil {
				cancel(err)
			}
		})
	}
	wg.Wait()
	if ctx.Err() != nil {
		return nil, nil, context.Cause(ctx)
	}
	nearest := make([][]candidate, model.K)
	for w := range workers {
		if w > 0 {
			if err := counters[0].Merge(counters[w]); err != nil {
				return nil, nil, err
			}
			for c := range near[0] {
				for _, x := range near[w][c] {
					near[0][c].offer(x)
				}
			}
		}
	}
	for c := range nearest {
		nearest[c] = near[0][c]
		slices.SortFunc(nearest[c], func(a, b candidate) int {
			return cmp.Or(cmp.Compare(a.distance, b.distance), cmp.Compare(a.row, b.row))
		})
	}
	return counters[0].Stats(), nearest, nil
}

// titleCounter counts titles for one worker, many at a time.
type titleCounter struct {
	words    *artifact.WordModel
	assigner *kmeans.Assigner
	scratch  *kmeans.Scratch
	counter  *tag.Counter
	near     []farthestFirst

	titles     []tokenTitle // their ids are in ids, one after the other
	ids        []int32
	rows, offs []int32
	clusters   []int32
	distances  []float32
	key        []byte
}

func (c *titleCounter) add(t *tokenTitle) {
	if len(c.titles) == 0 {
		c.offs = append(c.offs[:0], 0)
	}
	from := len(c.ids)
	c.ids = append(c.ids, t.ids...)
	c.titles = append(c.titles, tokenTitle{c.ids[from:], t.head, t.times, t.first})
	c.rows = c.words.AppendRows(c.rows, t.ids)
	c.offs = append(c.offs, int32(len(c.rows)))
}

// count assigns and counts what was added.
func (c *titleCounter) count() {
	n := len(c.titles)
	c.clusters, c.distances = slices.Grow(c.clusters[:0], n)[:n], slices.Grow(c.distances[:0], n)[:n]
	c.assigner.AssignMany(c.offs, c.rows, c.clusters, c.distances, c.scratch)
	for i := range c.titles {
		t, cluster := &c.titles[i], c.clusters[i]
		c.counter.Add(int(cluster), t.ids, t.head, t.times)
		if cluster < 0 || len(t.ids) < 2 { // a single word is typical of itself
			continue
		}
		x := candidate{row: t.first, distance: c.distances[i]}
		if !c.near[cluster].wants(x) {
			continue
		}
		c.key = c.key[:0]
		for _, id := range t.ids {
			c.key = append(c.key, byte(id), byte(id>>8), byte(id>>16), byte(id>>24))
		}
		x.words = hash64(c.key)
		c.near[cluster].offer(x)
	}
	c.titles, c.ids, c.rows = c.titles[:0], c.ids[:0], c.rows[:0]
}

// readTypical fetches the text of the titles nearest to each centre.
func readTypical(ctx context.Context, e *Engine, d *dataset, nearest [][]candidate, m *meter) ([][]pipeline.TypicalTitle, error) {
	type place struct {
		row           int64
		cluster, rank int
	}
	var wanted []place
	out := make([][]pipeline.TypicalTitle, len(nearest))
	for c, list := range nearest {
		out[c] = make([]pipeline.TypicalTitle, len(list))
		for rank, x := range list {
			wanted = append(wanted, place{x.row, c, rank})
			out[c][rank].Distance = float64(x.distance)
		}
	}
	byRow := func(p place, row int64) int { return cmp.Compare(p.row, row) }
	slices.SortFunc(wanted, func(a, b place) int { return byRow(a, b.row) })
	type found struct {
		rows   int
		titles map[place]string
	}
	err := scanDicts(ctx, d, []string{d.schema.Title}, e.workers, func() func(int64, *lake.Batch) (found, error) {
		return func(first int64, b *lake.Batch) (found, error) {
			f := found{rows: b.Rows}
			next, _ := slices.BinarySearchFunc(wanted, first, byRow)
			for ; next < len(wanted) && wanted[next].row < first+int64(b.Rows); next++ {
				if f.titles == nil {
					f.titles = map[place]string{}
				}
				titles, i := &b.Columns[0], int(wanted[next].row-first)
				if titles.Dict != nil {
					titles, i = titles.Dict, int(titles.Indexes[i])
				}
				f.titles[wanted[next]] = titles.String(i)
			}
			return f, nil
		}
	}, func(f found) error {
		m.add(f.rows)
		for at, title := range f.titles {
			out[at.cluster][at.rank].Title = title
		}
		return nil
	})
	return out, err
}

// clusterFacts lists the clusters, largest first, and measures them.
func (e *Engine) clusterFacts(ctx context.Context, c *artifact.Clusters, s *kmeans.Silhouettes, rows int64, seed uint64) ([]pipeline.Table, error) {
	near, err := c.Near(ctx, wordsShown)
	if err != nil {
		return nil, err
	}
	all := pipeline.Completeness{Rows: rows}
	var inClusters int64
	for _, n := range c.KMeans.Sizes {
		inClusters += n
	}
	list := pipeline.Table{Title: "clusters", Shows: all, Columns: []pipeline.TableColumn{
		pipeline.Col("cluster", pipeline.String), pipeline.Col("titles", pipeline.Int),
		pipeline.Col("share", pipeline.Float), pipeline.Col("near words", pipeline.String),
		pipeline.Col("words that set it apart", pipeline.String),
	}}
	order := make([]int, c.K())
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(c.KMeans.Sizes[b], c.KMeans.Sizes[a]) })
	for _, i := range order {
		var names, apart []string
		for _, w := range near[i] {
			names = append(names, w.Word)
		}
		for _, w := range c.Distinctive(i, wordsShown) {
			apart = append(apart, w.Word)
		}
		list.Add(fmt.Sprintf("c%d", i), c.KMeans.Sizes[i], share(c.KMeans.Sizes[i], inClusters),
			strings.Join(names, ", "), strings.Join(apart, ", "))
	}
	measures := pipeline.Table{Title: "measures", Shows: all, Columns: []pipeline.TableColumn{
		pipeline.Col("clusters", pipeline.Int), pipeline.Col("titles", pipeline.Int), pipeline.Col("without a vector", pipeline.Int),
		pipeline.Col("inertia", pipeline.Float), pipeline.Col("passes", pipeline.Int), pipeline.Col("converged", pipeline.Bool),
		pipeline.Col("reseeded", pipeline.Int),
	}}
	measures.Add(int64(c.K()), inClusters, rows-inClusters, c.KMeans.Inertia, int64(c.KMeans.Iterations), c.KMeans.Converged, int64(c.KMeans.Reseeded))
	passes := pipeline.Table{Title: "inertia by pass", Shows: all, Columns: []pipeline.TableColumn{
		pipeline.Col("pass", pipeline.Int), pipeline.Col("inertia", pipeline.Float),
	}}
	for i, x := range c.KMeans.InertiaByPass {
		passes.Add(int64(i+1), x)
	}
	places, err := e.centrePlaces(ctx, c, order, all)
	if err != nil {
		return nil, err
	}
	facts := []pipeline.Table{list, measures, passes, places}
	if s != nil {
		silhouette := pipeline.Table{
			Title: "silhouette", Shows: pipeline.Completeness{Rows: rows, Sample: s.Sample, Seed: seed},
			Columns: []pipeline.TableColumn{pipeline.Col("silhouette", pipeline.Float)},
		}
		silhouette.Add(s.Mean)
		each := pipeline.Table{Title: "silhouette by cluster", Shows: silhouette.Shows, Columns: []pipeline.TableColumn{
			pipeline.Col("cluster", pipeline.String), pipeline.Col("silhouette", pipeline.Float), pipeline.Col("titles looked at", pipeline.Int),
		}}
		for _, i := range order {
			if s.Counts[i] > 0 {
				each.Add(fmt.Sprintf("c%d", i), s.PerCluster[i], s.Counts[i])
			}
		}
		facts = append(facts, silhouette, each)
	}
	return facts, nil
}

// centrePlaces lays the centres out in a plane, by UMAP, and few by their two
// principal components: clusters that are alike lie near one another.
func (e *Engine) centrePlaces(ctx context.Context, c *artifact.Clusters, order []int, all pipeline.Completeness) (pipeline.Table, error) {
	t := pipeline.Table{Title: "map of clusters", Shows: all, Columns: []pipeline.TableColumn{
		pipeline.Col("cluster", pipeline.String), pipeline.Col("x", pipeline.Float), pipeline.Col("y", pipeline.Float), pipeline.Col("titles", pipeline.Int),
	}}
	centres := simd.NewMatrix(c.K(), c.KMeans.Dim)
	defer centres.Close()
	for i := range c.K() {
		copy(centres.Row(i), c.KMeans.Centres[i*c.KMeans.Dim:(i+1)*c.KMeans.Dim])
	}
	p := projection.DefaultParams()
	p.Metric, p.Workers, p.Kernels = c.KMeans.Metric, 1, e.kernels
	if c.K() < 2*p.NNeighbors { // too few for neighbourhoods to say anything
		p.Method = projection.PCA
	}
	places, err := projection.Fit(ctx, centres, p, nil)
	if err != nil {
		return t, err
	}
	for _, i := range order {
		t.Add(fmt.Sprintf("c%d", i), float64(places[i][0]), float64(places[i][1]), c.KMeans.Sizes[i])
	}
	return t, nil
}
