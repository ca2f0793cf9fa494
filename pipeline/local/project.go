package local

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"gondola/pipeline"
	"gondola/pipeline/artifact"
	"gondola/pipeline/projection"
	"gondola/pipeline/simd"
)

var _ pipeline.Projector = (*Engine)(nil)

// place is a word or title of a map.
type place struct {
	label string
	rows  []int32 // of the vectors whose mean it is
	count int64
}

// Project implements pipeline.Projector.
func (e *Engine) Project(ctx context.Context, p pipeline.Projection, report pipeline.Report) (*pipeline.Table, error) {
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	if err := p.Validate(); err != nil {
		return nil, err
	}
	words, clusters, err := modelsOf(p)
	if err != nil {
		return nil, err
	}
	m := startMeter(report, p.Verb(), "points", 0)
	defer m.end()
	var list []place
	what, all, shows := "words", int64(words.Words()), pipeline.Completeness{}
	if p.Titles == nil {
		list = frequentWords(words, p.N)
	} else {
		d, err := e.own(p.Titles)
		if err != nil {
			return nil, err
		}
		what = "titles"
		if list, all, err = e.drawTitles(ctx, d, words, p, m); err != nil {
			return nil, err
		}
		shows = pipeline.Completeness{Rows: d.rows, Seed: p.Seed}
		for _, at := range list {
			shows.Sample += at.count
		}
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("map: none of the %s has a vector", what)
	}
	points := vectorsOf(words, list)
	defer points.Close()
	layout, trust, err := e.layOut(ctx, points, p, m)
	if err != nil {
		return nil, err
	}
	t := pipeline.NewTable("", pipeline.Col(pipeline.LabelColumn, pipeline.String), pipeline.Col("x", pipeline.Float), pipeline.Col("y", pipeline.Float))
	t.Title, t.Shows = mapTitle(p, what, int64(len(list)), all, trust), shows
	nearest := make([]any, len(list))
	if clusters != nil {
		t.Columns = append(t.Columns, pipeline.Col(pipeline.ClusterColumn, pipeline.Int))
		if nearest, err = nearestCentres(ctx, clusters, list); err != nil {
			return nil, err
		}
	}
	t.Columns = append(t.Columns, pipeline.Col(pipeline.CountColumn, pipeline.Int))
	for i, at := range list {
		row := []any{at.label, float64(layout[i][0]), float64(layout[i][1])}
		if clusters != nil {
			row = append(row, nearest[i])
		}
		t.Rows = append(t.Rows, append(row, at.count))
	}
	return t, nil
}

// modelsOf returns the models as those of this engine; clusters may be nil.
func modelsOf(p pipeline.Projection) (words *artifact.WordModel, clusters *artifact.Clusters, err error) {
	foreign := errors.New("map: the vectors come from another engine")
	if p.Clusters != nil {
		c, ok := p.Clusters.(*artifact.Clusters)
		if !ok {
			return nil, nil, foreign
		}
		words, clusters = c.WordModel, c
	}
	switch v := p.Vectors.(type) {
	case nil:
	case *artifact.WordModel:
		if clusters != nil && v.Dictionary != clusters.Dictionary {
			return nil, nil, errors.New("map: the clusters were made from other vectors")
		}
		words = v
	case *artifact.Clusters:
		words = v.WordModel
	default:
		return nil, nil, foreign
	}
	return words, clusters, nil
}

func mapTitle(p pipeline.Projection, what string, n, all int64, trust float64) string {
	shown, total := pipeline.Thousands(n), pipeline.Thousands(all)
	title := fmt.Sprintf("map of %s different titles", shown)
	switch {
	case what == "words" && n < all:
		title = fmt.Sprintf("map of the %s most frequent of %s words", shown, total)
	case what == "words":
		title = fmt.Sprintf("map of all %s words", shown)
	case n < all:
		title = fmt.Sprintf("map of %s of %s different titles", shown, total)
	}
	method := map[string]string{pipeline.ProjectUMAP: "UMAP", pipeline.ProjectPCA: "PCA"}[p.Method]
	return fmt.Sprintf("%s, %s, trustworthiness %.2f", title, method, trust)
}

// frequentWords are the n most frequent words with a vector.
func frequentWords(w *artifact.WordModel, n int) []place {
	order := make([]int32, w.Vectors.Len())
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortStableFunc(order, func(a, b int32) int { return cmp.Compare(w.Vectors.Count(int(b)), w.Vectors.Count(int(a))) })
	list := make([]place, 0, n)
	for _, row := range order[:min(n, len(order))] {
		list = append(list, place{w.Dictionary.Shown(w.Vectors.Word(int(row))), []int32{row}, w.Vectors.Count(int(row))})
	}
	return list
}

// vectorsOf returns the mean of the vectors of each place.
func vectorsOf(w *artifact.WordModel, list []place) *simd.Matrix {
	m := simd.NewMatrix(len(list), w.Dim())
	sum := make([]float64, w.Dim())
	for i, at := range list {
		clear(sum)
		for _, row := range at.rows {
			for j, v := range w.Vectors.Vector(int(row)) {
				sum[j] += float64(v)
			}
		}
		for j, v := range sum {
			m.Row(i)[j] = float32(v / float64(len(at.rows)))
		}
	}
	return m
}

// trustNeighbours is by how many neighbours a map is judged: as many as umap-learn
// looks at when nobody says.
const trustNeighbours = 15

// layOut computes the places in the plane, and how far they can be trusted.
func (e *Engine) layOut(ctx context.Context, points *simd.Matrix, p pipeline.Projection, m *meter) (layout [][2]float32, trust float64, err error) {
	params := projection.DefaultParams()
	params.Method, params.Metric, params.NNeighbors, params.MinDist = p.Method, p.Metric, p.NNeighbors, p.MinDist
	params.Seed, params.Workers, params.Kernels = p.Seed, p.Workers, e.kernels
	if params.Workers == 0 {
		params.Workers = e.workers
	}
	phase := ""
	layout, err = projection.Fit(ctx, points, params, func(now projection.Progress) {
		if now.Phase != phase {
			phase = now.Phase
			m.enter(phase, now.Total)
		}
		m.phase.Load().done.Store(now.Done)
	})
	if err != nil {
		return nil, 0, err
	}
	if p.Method == pipeline.ProjectUMAP {
		layout = projection.Even(layout)
	}
	m.enter("trustworthiness", 0)
	trust, err = projection.Trustworthiness(ctx, points, layout, trustNeighbours, params)
	return layout, trust, err
}

// nearestCentres returns the cluster of each place, nil where it has none.
func nearestCentres(ctx context.Context, c *artifact.Clusters, list []place) ([]any, error) {
	assigner, err := c.NewAssigner(ctx)
	if err != nil {
		return nil, err
	}
	idOf := make([]int32, c.Vectors.Len()) // of a row of the vectors
	for row := range idOf {
		idOf[row] = -1
	}
	for id, row := range c.Rows {
		if row >= 0 {
			idOf[row] = int32(id)
		}
	}
	out := make([]any, len(list))
	var ids []int32
	for i, at := range list {
		if i%1024 == 0 && ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		ids = ids[:0]
		for _, row := range at.rows {
			ids = append(ids, idOf[row])
		}
		if a := assigner.Assign(ids); a.Cluster >= 0 {
			out[i] = int64(a.Cluster)
		}
	}
	return out, nil
}
