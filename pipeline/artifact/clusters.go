package artifact

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"sync"

	"gondola/pipeline"
	"gondola/pipeline/kmeans"
	"gondola/pipeline/tag"
	"gondola/pipeline/text"
)

// Clusters is a word model with k centres of title vectors and the statistics
// of its words over the clusters. It implements pipeline.ClusterModel.
type Clusters struct {
	*WordModel
	KMeans  *kmeans.Model
	tagging *tag.Model
	assign  *assignerOnce             // shared by copies
	typical [][]pipeline.TypicalTitle // by cluster, nearest first
	facts   []pipeline.Table
	origin  pipeline.Origin
}

var _ pipeline.ClusterModel = (*Clusters)(nil)

// Table returns the word vectors as k-means sees them.
func (w *WordModel) Table() kmeans.Table {
	return kmeans.Table{Data: w.Vectors.Data(), Dim: w.Vectors.Dim()}
}

// NewClusters joins a word model with centres, the statistics that were
// counted by their assignment, and some titles near each centre. Without an
// assigner one is made when it is first needed.
func NewClusters(w *WordModel, m *kmeans.Model, assign *kmeans.Assigner, stats *tag.Stats, typical [][]pipeline.TypicalTitle, origin pipeline.Origin) (*Clusters, error) {
	tagging, err := tag.NewModel(w.Rows, w.Vectors.Dim(), w.Vectors.Data(), m.Centres, stats)
	if err != nil {
		return nil, err
	}
	return &Clusters{
		WordModel: w, KMeans: m, tagging: tagging, typical: typical, origin: origin,
		assign: &assignerOnce{made: assign},
	}, nil
}

// Facts returns sizes, near words and measures of the clusters.
func (c *Clusters) Facts() []pipeline.Table { return c.facts }

// SetFacts replaces the facts: they are made with the help of the model.
func (c *Clusters) SetFacts(facts []pipeline.Table) { c.facts = facts }

// Origin says how the clusters came to be.
func (c *Clusters) Origin() pipeline.Origin { return c.origin }

// WithOrigin returns the clusters with another origin.
func (c *Clusters) WithOrigin(o pipeline.Origin) *Clusters {
	out := *c
	out.origin = o
	return &out
}

// K returns the number of clusters.
func (c *Clusters) K() int { return c.KMeans.K }

// Stats returns the statistics of the words over the clusters.
func (c *Clusters) Stats() *tag.Stats { return c.tagging.Stats }

// assignerOnce makes what all Assigners share when it is first needed: it takes
// a while and much memory, and near and inspect do without.
type assignerOnce struct {
	mu   sync.Mutex
	made *kmeans.Assigner
}

func (o *assignerOnce) get(ctx context.Context, c *Clusters) (*kmeans.Assigner, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.made == nil {
		made, err := c.KMeans.Assigner(ctx, c.Table(), 0)
		if err != nil {
			return nil, err
		}
		o.made = made
	}
	return o.made, nil
}

// Assigner finds the nearest centre of titles, for one goroutine.
type Assigner struct {
	clusters *Clusters
	assign   *kmeans.Assigner
	scratch  *kmeans.Scratch

	offs, rows []int32
}

// NewAssigner returns an assigner with memory of its own. The first one takes a
// while: it prepares what all share.
func (c *Clusters) NewAssigner(ctx context.Context) (*Assigner, error) {
	assign, err := c.assign.get(ctx, c)
	if err != nil {
		return nil, err
	}
	return &Assigner{clusters: c, assign: assign, scratch: assign.NewScratch()}, nil
}

// Assign returns the nearest centre of a title given by the ids of its words,
// and the second nearest. Cluster is -1 when no word has a vector.
func (a *Assigner) Assign(ids []int32) kmeans.Assignment {
	a.rows = a.clusters.AppendRows(a.rows[:0], ids)
	return a.assign.Assign(a.rows, a.scratch)
}

// AppendRows adds the vector rows of those words that have one.
func (w *WordModel) AppendRows(dst, ids []int32) []int32 {
	for _, id := range ids {
		if id < 0 {
			continue
		}
		if row := w.Rows[id]; row >= 0 {
			dst = append(dst, row)
		}
	}
	return dst
}

// NewTagger prepares a tagger.
func (c *Clusters) NewTagger(ctx context.Context, t pipeline.Tag) (*tag.Tagger, error) {
	o := tag.DefaultOptions(tag.Method(t.Method))
	o.Max = t.Max
	o.MinScore = math.Inf(-1)
	if t.HasMin {
		o.MinScore = t.MinScore
	}
	o.Near = t.Near
	o.Metric = c.tagMetric(t.Metric)
	return c.tagging.NewTagger(ctx, o)
}

func (c *Clusters) tagMetric(name string) tag.Metric {
	if c.MetricOr(name).String() == "dot" {
		return tag.MetricDot
	}
	return tag.MetricCosine
}

// Near returns the n words nearest to each centre, as titles write them.
func (c *Clusters) Near(ctx context.Context, n int) ([][]pipeline.Neighbor, error) {
	near, err := c.tagging.Near(ctx, n, 0, c.tagMetric("auto"))
	if err != nil {
		return nil, err
	}
	out := make([][]pipeline.Neighbor, len(near))
	for i, words := range near {
		for _, w := range words {
			out[i] = append(out[i], pipeline.Neighbor{
				Word: c.word(w.ID), Similarity: w.Score, Count: c.Dictionary.Counts[w.ID],
			})
		}
	}
	return out, nil
}

// word is the form of a word for people.
func (c *Clusters) word(id int32) string { return c.Dictionary.shown[id] }

// Inspect implements pipeline.ClusterModel.
func (c *Clusters) Inspect(cluster, n int) (pipeline.Cluster, error) {
	if cluster < 0 || cluster >= c.K() {
		return pipeline.Cluster{}, fmt.Errorf("no cluster c%d: there are c0 to c%d", cluster, c.K()-1)
	}
	near, err := c.Near(context.Background(), n)
	if err != nil {
		return pipeline.Cluster{}, err
	}
	var all int64
	for _, size := range c.KMeans.Sizes {
		all += size
	}
	out := pipeline.Cluster{ID: cluster, Titles: c.KMeans.Sizes[cluster], Near: near[cluster]}
	if all > 0 {
		out.Share = float64(out.Titles) / float64(all)
	}
	out.Distinctive = c.Distinctive(cluster, n)
	if c.typical != nil {
		out.Typical = c.typical[cluster][:min(n, len(c.typical[cluster]))]
	}
	return out, nil
}

// Distinctive returns up to n words that set a cluster apart from the rest,
// the most telling first.
func (c *Clusters) Distinctive(cluster, n int) []pipeline.DistinctiveWord {
	var out []pipeline.DistinctiveWord
	for _, w := range c.tagging.Stats.Distinctive(cluster, n) {
		out = append(out, pipeline.DistinctiveWord{Word: c.word(w.ID), Titles: w.Titles, Lift: w.Lift, Score: w.Score})
	}
	return out
}

// Terms implements pipeline.ClusterModel.
func (c *Clusters) Terms(n int) []pipeline.Term {
	stats := c.tagging.Stats
	byCluster := make([][]pipeline.Term, c.K())
	for w, df := range stats.DF {
		for p := stats.PairStart[w]; p < stats.PairStart[w+1]; p++ {
			at := stats.PairCluster[p]
			byCluster[at] = append(byCluster[at], pipeline.Term{
				Cluster: int(at), Word: c.word(int32(w)), Titles: int64(stats.PairTitles[p]), All: df,
			})
		}
	}
	var out []pipeline.Term
	for i, terms := range byCluster {
		out = append(out, pipeline.Relevant(terms, n, stats.ClusterTitles[i], stats.Titles)...)
	}
	return out
}

// Linkage implements pipeline.ClusterModel.
func (c *Clusters) Linkage(n int) (clusters []int, merges []pipeline.Merge) {
	clusters = make([]int, c.K())
	for i := range clusters {
		clusters[i] = i
	}
	slices.SortStableFunc(clusters, func(a, b int) int { return cmp.Compare(c.KMeans.Sizes[b], c.KMeans.Sizes[a]) })
	clusters = clusters[:min(n, len(clusters))]
	rows := make([]float32, 0, len(clusters)*c.KMeans.Dim)
	for _, i := range clusters {
		rows = append(rows, c.KMeans.Centres[i*c.KMeans.Dim:(i+1)*c.KMeans.Dim]...)
	}
	for _, m := range kmeans.Linkage(rows, c.KMeans.Dim, c.KMeans.Metric) {
		merges = append(merges, pipeline.Merge{A: m.A, B: m.B, Distance: m.Distance, Size: m.Size})
	}
	return clusters, merges
}

// Explain implements pipeline.ClusterModel.
func (c *Clusters) Explain(title string, t pipeline.Tag) (pipeline.Explanation, error) {
	t.Clusters = c
	if err := t.Validate(); err != nil {
		return pipeline.Explanation{}, err
	}
	tagger, err := c.NewTagger(context.Background(), t)
	if err != nil {
		return pipeline.Explanation{}, err
	}
	var read Title
	c.Dictionary.Read(title, &read)
	assigner, err := c.NewAssigner(context.Background())
	if err != nil {
		return pipeline.Explanation{}, err
	}
	at := assigner.Assign(read.IDs)
	out := pipeline.Explanation{
		Title: title, Method: t.Method,
		Cluster: int(at.Cluster), Distance: float64(at.Distance),
		Second: int(at.Second), SecondDist: float64(at.SecondDistance),
	}
	for i := range read.Tokens {
		k := &read.Tokens[i]
		token := pipeline.Token{Text: k.Text, Base: text.ShowPhrase(k.Base), Head: k.Head}
		if k.Drop != text.Kept {
			token.Dropped = k.Drop.String()
		}
		out.Tokens = append(out.Tokens, token)
	}
	for _, x := range tagger.Explain(tag.Title{IDs: read.IDs, HeadLen: read.HeadLen, Cluster: int(at.Cluster)}) {
		cand := pipeline.Candidate{
			Word: read.Word(x.Index, t.Form), Score: x.Score, Tag: x.Outcome == tag.Chosen,
		}
		if !cand.Tag {
			cand.Out = x.Outcome.String()
		}
		if x.Parts != nil {
			for _, p := range x.Parts.List() {
				cand.Parts = append(cand.Parts, pipeline.Part{Name: p.Name, Value: p.Value, Weight: p.Weight})
			}
		}
		if cand.Tag {
			out.Tags = append(out.Tags, cand.Word)
		}
		out.Candidates = append(out.Candidates, cand)
	}
	return out, nil
}
