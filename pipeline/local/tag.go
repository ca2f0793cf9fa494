package local

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"gondola/lake"
	"gondola/pipeline"
	"gondola/pipeline/artifact"
	"gondola/pipeline/kmeans"
	"gondola/pipeline/tag"
)

var (
	clusterField  = lake.Field{Name: pipeline.ClusterColumn, Type: lake.Type{Kind: lake.Int, Bits: 32}, Nullable: true}
	distanceField = lake.Field{Name: pipeline.DistanceColumn, Type: lake.Type{Kind: lake.Float}, Nullable: true}
	tagsField     = lake.Field{Name: pipeline.TagsColumn, Type: lake.ListType, Nullable: true}
	tokensField   = lake.Field{Name: pipeline.TokensColumn, Type: lake.ListType, Nullable: true}
)

// assignColumns describes what assign adds.
func assignColumns() []pipeline.Column {
	return []pipeline.Column{
		{Name: pipeline.ClusterColumn, Type: pipeline.Int, Nullable: true, Note: "computed by cluster"},
		{Name: pipeline.DistanceColumn, Type: pipeline.Float, Nullable: true, Note: "computed by cluster"},
	}
}

// assign adds cluster and distance, computed while reading.
func (e *Engine) assign(ctx context.Context, d *dataset, a pipeline.Assign) (pipeline.Dataset, error) {
	d, clusters, err := readBy(d, a.Clusters)
	if err != nil {
		return nil, err
	}
	origin, err := e.originOf(ctx, a, d.tokens.origin, clusters.Origin())
	if err != nil {
		return nil, err
	}
	out := d.derive(origin, nil, assignColumns()...)
	out.clusters, out.layer = clusters, nil
	return out, nil
}

// readBy returns the clusters as those of this engine, and the table as it is
// read by them: as it was preprocessed when they were made of the same words,
// or else anew, with their dictionary and tokenizer. Then there is no token
// file, so that nothing can be trained on it.
func readBy(d *dataset, m pipeline.ClusterModel) (*dataset, *artifact.Clusters, error) {
	clusters, ok := m.(*artifact.Clusters)
	if !ok {
		return nil, nil, errors.New("the clusters come from another engine")
	}
	if d.tokens != nil && d.tokens.madeOf(clusters.Dictionary, clusters.WordModel.Origin()) {
		return d, clusters, nil
	}
	if d.schema.Title == "" {
		return nil, nil, errNoTitle
	}
	out := *d
	out.tokens = &tokens{origin: d.source, dict: clusters.Dictionary}
	out.clusters, out.layer = nil, nil
	out.schema.Columns = slices.DeleteFunc(slices.Clone(d.schema.Columns), func(c pipeline.Column) bool { return !d.table.has(c.Name) })
	out.schema = out.schema.With(pipeline.Column{
		Name: pipeline.TokensColumn, Type: pipeline.Strings, Nullable: true, Note: "computed by the model",
	})
	return &out, clusters, nil
}

// appendAssignment adds a title's cluster and distance, or nulls.
func appendAssignment(cluster, distance *lake.Column, a kmeans.Assignment) {
	if a.Cluster < 0 {
		cluster.AppendNull()
		distance.AppendNull()
		return
	}
	cluster.AppendInt(int64(a.Cluster))
	distance.AppendFloat(float64(a.Distance))
}

// tagCounts is what tag learns on its way.
type tagCounts struct {
	rows, nulls, tagged int64
	perTitle            map[int]int64
	tags                map[string]*int64 // by name, as many as memory allows
	room                int64             // bytes that are left for tags
	others              *tally            // fingerprints of the rest
	of                  *lake.Column      // a dictionary of lists, and how often each of them came
	times               []int64
}

func newTagCounts(e *Engine) *tagCounts {
	bytes := e.share(countedShare)
	return &tagCounts{perTitle: map[int]int64{}, tags: map[string]*int64{}, room: bytes, others: newTally(e.work, bytes)}
}

// tag reads all titles once and writes cluster, distance and tags beside the
// table, row for row.
func (e *Engine) tag(ctx context.Context, d *dataset, t pipeline.Tag, report pipeline.Report) (pipeline.Dataset, error) {
	d, clusters, err := readBy(d, t.Clusters)
	if err != nil {
		return nil, err
	}
	origin, err := e.originOf(ctx, t, d.tokens.origin, clusters.Origin())
	if err != nil {
		return nil, err
	}
	m := startMeter(report, t.Verb(), "rows", d.rows)
	defer m.end()
	workers := t.Workers
	if workers == 0 {
		workers = e.workers
	}
	return kept(ctx, e, origin, t.Force, func(b *artifact.Builder) (made, error) {
		tagger, err := clusters.NewTagger(ctx, t)
		if err != nil {
			return made{}, err
		}
		counts := newTagCounts(e)
		defer counts.others.close()
		err = e.writeWorkFile(b.Path(tagsFile), []lake.Field{clusterField, distanceField, tagsField}, func(w lake.TableWriter) error {
			titles := newTagMap(clusters, tagger, t.Form)
			titles.room = e.titleBytes() / int64(workers)
			err := scanDicts(ctx, d, []string{d.schema.Title}, workers, func() func(int64, *lake.Batch) (*lake.Batch, error) {
				worker := titles.worker()
				return func(_ int64, b *lake.Batch) (*lake.Batch, error) {
					out := lake.NewBatch(titles.fields...)
					out.Rows = b.Rows
					return out, worker.columns(ctx, &b.Columns[0], out.Columns)
				}
			}, func(b *lake.Batch) error {
				m.add(b.Rows)
				if err := counts.add(&b.Columns[2]); err != nil {
					return err
				}
				return w.Write(b)
			})
			if err != nil {
				return err
			}
			return counts.flush()
		})
		if err != nil {
			return made{}, err
		}
		facts, err := counts.facts(ctx, d.rows)
		if err != nil {
			return made{}, err
		}
		m.spilled.Add(counts.others.spilled)
		return made{rows: d.rows}, saveFacts(b, facts)
	}, func(k *keptResult, o pipeline.Origin) (pipeline.Dataset, error) {
		facts, err := openFacts(k)
		if err != nil {
			return nil, err
		}
		out := d.derive(o, facts, append(assignColumns(), pipeline.Column{
			Name: pipeline.TagsColumn, Type: pipeline.Strings, Nullable: true, Note: "computed by tag",
		})...)
		out.clusters = clusters
		if out.layer, err = openTable(ctx, lake.File{}, []lake.DataFile{{Info: lake.Info{Name: k.Path(tagsFile)}}}); err != nil {
			return nil, err
		}
		out.layer.lock = k.hold()
		return out, nil
	})
}

// tagsFile is the layer of a tag step in its artefact.
const tagsFile = "tags.parquet"

// newTagMap returns what computes cluster, distance and tags; a title without
// words gets an empty list.
func newTagMap(clusters *artifact.Clusters, tagger *tag.Tagger, form string) *titleMap {
	m := &titleMap{fields: []lake.Field{clusterField, distanceField, tagsField}}
	m.newRows = func(ctx context.Context) (addRows, error) {
		batch, err := clusters.NewBatchTagger(ctx, tagger, form)
		if err != nil {
			return nil, err
		}
		var found artifact.Tagged
		return func(ctx context.Context, titles []string, out []lake.Column) error {
			found.Reset()
			if err := batch.Tag(ctx, titles, &found); err != nil {
				return err
			}
			var tagAt, textAt int32
			for i, cluster := range found.Clusters {
				appendAssignment(&out[0], &out[1], kmeans.Assignment{Cluster: cluster, Distance: found.Distances[i]})
				for ; tagAt < found.Ends[i]; tagAt++ {
					out[2].Elem.AppendStr(found.Text[textAt:found.TextEnds[tagAt]])
					textAt = found.TextEnds[tagAt]
				}
				out[2].AppendList()
			}
			return nil
		}, nil
	}
	return m
}

// tagBytes is about what a counted tag holds beside its text.
const tagBytes = 64

// add counts the tags of a batch. Of lists in a dictionary, only how often each
// comes; their tags are counted when another dictionary follows.
func (c *tagCounts) add(tags *lake.Column) error {
	if tags.Dict != c.of || tags.Dict == nil {
		if err := c.flush(); err != nil {
			return err
		}
	}
	c.rows += int64(tags.Len())
	if tags.Dict == nil {
		for i := range tags.Len() {
			if tags.Null(i) {
				c.nulls++
			} else if err := c.list(tags, i, 1); err != nil {
				return err
			}
		}
		return nil
	}
	if c.of == nil {
		c.of = tags.Dict
		c.times = append(c.times[:0], make([]int64, tags.Dict.Len())...)
	}
	if tags.Valid == nil {
		for _, k := range tags.Indexes {
			c.times[k]++
		}
		return nil
	}
	for i, k := range tags.Indexes {
		if tags.Valid[i] {
			c.times[k]++
		} else {
			c.nulls++
		}
	}
	return nil
}

// flush counts the tags of the dictionary that has come to its end.
func (c *tagCounts) flush() error {
	if c.of == nil {
		return nil
	}
	for k, n := range c.times {
		if n > 0 {
			if err := c.list(c.of, k, n); err != nil {
				return err
			}
		}
	}
	c.of = nil
	return nil
}

// list counts the tags of one list that comes so many times.
func (c *tagCounts) list(tags *lake.Column, i int, times int64) error {
	n := tags.Lists[i+1] - tags.Lists[i]
	c.perTitle[n] += times
	if n > 0 {
		c.tagged += times
	}
	for k := tags.Lists[i]; k < tags.Lists[i+1]; k++ {
		word := tags.Elem.Str(k)
		if at, ok := c.tags[string(word)]; ok {
			*at += times
			continue
		}
		if c.room <= 0 {
			if err := c.others.add(0, hash64(word)); err != nil {
				return err
			}
			continue
		}
		c.room -= int64(len(word)) + tagBytes
		n := times
		c.tags[string(word)] = &n
	}
	return nil
}

// facts says how many titles got tags, how many each, and which are the most
// frequent.
func (c *tagCounts) facts(ctx context.Context, rows int64) ([]pipeline.Table, error) {
	distinct := int64(len(c.tags))
	if err := c.others.each(ctx, func(uint32, uint64, int64) error { distinct++; return nil }); err != nil {
		return nil, err
	}
	all := pipeline.Completeness{Rows: rows}
	coverage := pipeline.Table{Title: "coverage", Shows: all, Columns: []pipeline.TableColumn{
		pipeline.Col("rows", pipeline.Int), pipeline.Col("with tags", pipeline.Int), pipeline.Col("coverage", pipeline.Float),
		pipeline.Col("null titles", pipeline.Int), pipeline.Col("distinct tags", pipeline.Int),
	}}
	coverage.Add(c.rows, c.tagged, share(c.tagged, c.rows), c.nulls, distinct)
	per := pipeline.Table{Title: "tags per title", Shows: all, Columns: []pipeline.TableColumn{
		pipeline.Col("tags", pipeline.Int), pipeline.Col("titles", pipeline.Int), pipeline.Col("share", pipeline.Float),
	}}
	sizes := make([]int, 0, len(c.perTitle))
	for n := range c.perTitle {
		sizes = append(sizes, n)
	}
	slices.Sort(sizes)
	for _, n := range sizes {
		per.Add(int64(n), c.perTitle[n], share(c.perTitle[n], c.rows))
	}
	type count struct {
		tag string
		n   int64
	}
	counted := make([]count, 0, len(c.tags))
	for t, n := range c.tags {
		counted = append(counted, count{t, *n})
	}
	slices.SortFunc(counted, func(a, b count) int { return cmp.Or(cmp.Compare(b.n, a.n), cmp.Compare(a.tag, b.tag)) })
	const shown = 100
	top := pipeline.Table{Title: "top tags", Shows: all, Total: distinct, Columns: []pipeline.TableColumn{
		pipeline.Col("tag", pipeline.String), pipeline.Col("titles", pipeline.Int), pipeline.Col("share", pipeline.Float),
	}}
	for _, x := range counted[:min(shown, len(counted))] {
		top.Add(x.tag, x.n, share(x.n, c.rows))
	}
	facts := []pipeline.Table{coverage, per, top}
	if uncounted := distinct - int64(len(c.tags)); uncounted > 0 {
		cut := pipeline.Table{Title: "top tags are of those seen first", Shows: all, Columns: []pipeline.TableColumn{
			pipeline.Col("counted by name", pipeline.Int), pipeline.Col("too many for memory", pipeline.Int), pipeline.Col("spilled", pipeline.String),
		}}
		cut.Add(int64(len(c.tags)), uncounted, pipeline.Size(c.others.spilled))
		facts = append(facts, cut)
	}
	return facts, nil
}
