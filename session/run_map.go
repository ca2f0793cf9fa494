package session

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"gondola/pipeline"
	"gondola/viz"
)

// How many a map shows when nobody says.
const mapWords, mapTitles = 2000, pipeline.MaxProjected

// groupWords is how many of the words that set it apart name a cluster on a map.
// (Near words are often rare ones, and alike for like clusters.)
const groupWords = 2

func runMap(ctx context.Context, inv *invocation) error {
	r, err := inv.input()
	if err != nil {
		return err
	}
	engine, err := inv.engine(ctx)
	if err != nil {
		return err
	}
	projector, ok := engine.(pipeline.Projector)
	if !ok {
		return fmt.Errorf("this engine makes no maps: %w", errors.ErrUnsupported)
	}
	c := inv.call
	p := pipeline.Projection{
		Vectors: r.words, N: c.Int("n"), Method: c.String("method"), Metric: c.String("metric"),
		NNeighbors: c.Int("n-neighbors"), MinDist: c.Float("min-dist"), Seed: uint64(c.Int64("seed")),
	}
	if c.String("color") == "cluster" {
		p.Clusters = r.clusters // nil before cluster
	}
	if p.Clusters == nil && c.IsSet("color") && c.String("color") == "cluster" {
		return &pipeline.ParamError{Param: "color", Value: "cluster", Reason: "needs clusters: cluster first"}
	}
	titles := c.String("what") == "titles" || !c.IsSet("what") && r.clusters != nil && r.hasRows() == nil
	if titles {
		if err := r.hasRows(); err != nil {
			return err
		}
		p.Titles = r.dataset
	}
	if !c.IsSet("n") {
		p.N = mapWords
		if titles {
			p.N = mapTitles
		}
	}
	t, err := projector.Project(ctx, p, inv.report)
	if err != nil {
		return err
	}
	if titles {
		marking(t, pipeline.LabelColumn)
	}
	spec := viz.Spec{Kind: viz.Map, Title: t.Title, Data: t, X: "x", Y: "y", Label: pipeline.LabelColumn, Size: pipeline.CountColumn}
	if p.Clusters != nil {
		nameGroups(t, p.Clusters)
		spec.By = groupColumn
	}
	spec.Provenance, spec.Step = inv.text, r.origin().Short()
	inv.plotted(spec)
	return nil
}

// groupColumn holds the names of clusters on a map: c17 pizza, pepperoni.
const groupColumn = "group"

// nameGroups adds the name of each point's cluster: its number, by which the other
// commands know it, and what it is about.
func nameGroups(t *pipeline.Table, m pipeline.ClusterModel) {
	about := map[string]string{}
	for _, f := range m.Facts() {
		if f.Title != "clusters" {
			continue
		}
		cluster, words := columnOf(&f, "cluster"), columnOf(&f, "words that set it apart")
		if cluster < 0 || words < 0 {
			continue
		}
		for _, row := range f.Rows {
			list := strings.Split(fmt.Sprint(row[words]), ", ")
			about[fmt.Sprint(row[cluster])] = strings.Join(list[:min(groupWords, len(list))], ", ")
		}
	}
	at := columnOf(t, pipeline.ClusterColumn)
	t.Columns = append(t.Columns, pipeline.Col(groupColumn, pipeline.String))
	for i, row := range t.Rows {
		var group any
		if n, ok := row[at].(int64); ok {
			name := fmt.Sprintf("c%d", n)
			group = strings.TrimSpace(name + " " + about[name])
		}
		t.Rows[i] = append(row, group)
	}
}

// columnOf is the place of a column, -1 when it is not there.
func columnOf(t *pipeline.Table, name string) int {
	return slices.IndexFunc(t.Columns, func(c pipeline.TableColumn) bool { return c.Name == name })
}
