package artifact

import (
	"context"
	"slices"

	"gondola/pipeline/tag"
)

// BatchTagger tags many titles at once, from their bytes to the text of their
// tags, with memory of its own: it is for one goroutine. Each title gets exactly
// what Dictionary.Read, Assigner.Assign, tag.Tagger.Tag and Title.Word make of
// it.
type BatchTagger struct {
	assigner *Assigner
	tagger   *tag.Tagger
	form     string
	reader   *TitleReader
	titles   Titles
	batch    tag.Batch
}

// NewBatchTagger returns a tagger of batches. The tagger is that of NewTagger,
// and may be shared by many. form is how tags are written: pipeline.FormBase for
// the counted form, else that of the title. The first call takes a while: it
// prepares what all share.
func (c *Clusters) NewBatchTagger(ctx context.Context, tagger *tag.Tagger, form string) (*BatchTagger, error) {
	assigner, err := c.NewAssigner(ctx)
	if err != nil {
		return nil, err
	}
	return &BatchTagger{assigner: assigner, tagger: tagger, form: form, reader: c.Dictionary.NewReader()}, nil
}

// Tagged is what a BatchTagger finds, title by title. The zero value is ready.
type Tagged struct {
	// Clusters are the nearest centres, -1 for a title none of whose words has a
	// vector, and Distances how far they are; see kmeans.Assignment.
	Clusters  []int32
	Distances []float32
	// Ends are where the tags of each title end: title i has those from
	// Ends[i-1] to Ends[i], best first, and tag k is Text[TextEnds[k-1]:TextEnds[k]].
	Ends     []int32
	TextEnds []int32
	Text     []byte
}

// Reset empties t and keeps its memory.
func (t *Tagged) Reset() {
	*t = Tagged{t.Clusters[:0], t.Distances[:0], t.Ends[:0], t.TextEnds[:0], t.Text[:0]}
}

// batchTitles is how many titles go through each step together: enough for
// their waits for memory to overlap, few enough for the caches.
const batchTitles = 256

// Tag appends what is found of the titles to out. It ends early with
// context.Cause(ctx).
func (t *BatchTagger) Tag(ctx context.Context, titles []string, out *Tagged) error {
	for len(titles) > 0 {
		n := min(len(titles), batchTitles)
		if err := t.tag(ctx, titles[:n], out); err != nil {
			return err
		}
		titles = titles[n:]
	}
	return nil
}

func (t *BatchTagger) tag(ctx context.Context, titles []string, out *Tagged) error {
	t.reader.Read(titles, &t.titles)
	first := len(out.Clusters)
	out.Clusters, out.Distances = t.assigner.AppendMany(&t.titles, out.Clusters, out.Distances)
	b := &t.batch
	b.IDs, b.Ends, b.Heads, b.Clusters = t.titles.IDs, t.titles.Ends, t.titles.Heads, out.Clusters[first:]
	b.Offs, b.Rows = t.assigner.offs, t.assigner.rows
	if err := t.tagger.TagBatch(ctx, b); err != nil {
		return err
	}
	from, tags := int32(0), int32(len(out.TextEnds))
	for i, end := range b.TagEnds {
		for _, k := range b.Tags[from:end] {
			out.Text = t.titles.AppendWord(out.Text, i, int(k), t.form)
			out.TextEnds = append(out.TextEnds, int32(len(out.Text)))
		}
		out.Ends = append(out.Ends, tags+end)
		from = end
	}
	return nil
}

// AppendMany appends the nearest centre of each title, and its distance, as
// Assign finds them.
func (a *Assigner) AppendMany(t *Titles, clusters []int32, distances []float32) ([]int32, []float32) {
	a.offs, a.rows = append(a.offs[:0], 0), a.rows[:0]
	from := int32(0)
	for _, end := range t.Ends {
		a.rows = a.clusters.AppendRows(a.rows, t.IDs[from:end])
		a.offs = append(a.offs, int32(len(a.rows)))
		from = end
	}
	first, n := len(clusters), len(t.Ends)
	clusters, distances = slices.Grow(clusters, n)[:first+n], slices.Grow(distances, n)[:first+n]
	a.assign.AssignMany(a.offs, a.rows, clusters[first:], distances[first:], a.scratch)
	return clusters, distances
}
