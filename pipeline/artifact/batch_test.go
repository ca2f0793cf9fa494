package artifact

import (
	"slices"
	"testing"

	"gondola/internal/need"
	"gondola/pipeline"
	"gondola/pipeline/tag"
)

// sameAsOneByOne compares a batch tagger with what is made of one title after
// another, and returns how many tags there are.
func sameAsOneByOne(t *testing.T, c *Clusters, step pipeline.Tag, titles []string) int {
	t.Helper()
	ctx := t.Context()
	tagger, err := c.NewTagger(ctx, step)
	if err != nil {
		t.Fatal(err)
	}
	batch, err := c.NewBatchTagger(ctx, tagger, step.Form)
	if err != nil {
		t.Fatal(err)
	}
	assigner, err := c.NewAssigner(ctx)
	if err != nil {
		t.Fatal(err)
	}
	var out Tagged
	if err := batch.Tag(ctx, titles[:len(titles)/3], &out); err != nil { // appends
		t.Fatal(err)
	}
	if err := batch.Tag(ctx, titles[len(titles)/3:], &out); err != nil {
		t.Fatal(err)
	}
	if len(out.Ends) != len(titles) || len(out.Clusters) != len(titles) || len(out.Distances) != len(titles) {
		t.Fatalf("%d, %d and %d results for %d titles", len(out.Ends), len(out.Clusters), len(out.Distances), len(titles))
	}
	var title Title
	var scratch tag.Scratch
	var scored []tag.Scored
	k, from := int32(0), int32(0)
	for i, text := range titles {
		c.Dictionary.Read(text, &title)
		at := assigner.Assign(title.IDs)
		if out.Clusters[i] != at.Cluster || out.Distances[i] != at.Distance {
			t.Fatalf("%q is in cluster %d at %v, want %d, %v", text, out.Clusters[i], out.Distances[i], at.Cluster, at.Distance)
		}
		scored = tagger.Tag(tag.Title{IDs: title.IDs, HeadLen: title.HeadLen, Cluster: int(at.Cluster)}, &scratch, scored[:0])
		var got, want []string
		for _, s := range scored {
			want = append(want, title.Word(s.Index, step.Form))
		}
		for ; k < out.Ends[i]; k++ {
			got = append(got, string(out.Text[from:out.TextEnds[k]]))
			from = out.TextEnds[k]
		}
		if !slices.Equal(got, want) {
			t.Fatalf("%q has the tags %q, want %q", text, got, want)
		}
	}
	return len(out.TextEnds)
}

// taggings are steps that differ in all that a batch tagger looks at.
func taggings() []pipeline.Tag {
	var list []pipeline.Tag
	for _, method := range []string{pipeline.MethodRanked, pipeline.MethodNear} {
		for _, form := range []string{pipeline.FormBase, ""} {
			list = append(list, pipeline.Tag{Method: method, Max: 2, Near: 20, Metric: "auto", Form: form})
		}
		list = append(list, pipeline.Tag{Method: method, Near: 5, Metric: "cosine", HasMin: true, MinScore: 0.5})
	}
	return append(list, pipeline.Tag{Method: pipeline.MethodTitle, Max: 2, Near: 20, Metric: "auto"})
}

func TestBatchTagger(t *testing.T) {
	titles := receiptTitles(t, 600)
	c := trainSmall(t, titles, 12, 6, "")
	titles = append(titles[300:], "", "12 oz", "Unknownword", "unknownword otherword", "Crème brûlée of somewhere", "cheese cheese cheese")
	for _, step := range taggings() {
		if sameAsOneByOne(t, c, step, titles) < 30 {
			t.Errorf("%+v: hardly any tags", step)
		}
	}
}

// TestBatchTaggerOnRealTitles learns from a twentieth of the titles beside the
// project and tags all of them by the default, a tenth of them otherwise; with
// -short of the first tenth.
func TestBatchTaggerOnRealTitles(t *testing.T) {
	for _, name := range []string{"titles_dev.tsv.gz", "titles_multilingual.tsv.gz"} {
		t.Run(name, func(t *testing.T) {
			titles := realTitles(t, name)
			titles = titles[:len(titles)/need.Size(1, 10)]
			c := trainSmall(t, titles[:len(titles)/20], 50, 40, "")
			for i, step := range taggings()[:4] {
				some := titles
				if i > 0 { // the titles are shuffled, and one by one they take their time
					some = titles[:len(titles)/10]
				}
				sameAsOneByOne(t, c, step, some)
			}
		})
	}
}

// TestBatchTaggerAllocates next to nothing once it knows the pieces of titles.
func TestBatchTaggerAllocates(t *testing.T) {
	titles := receiptTitles(t, 400)
	c := trainSmall(t, titles, 12, 6, "")
	for _, method := range []string{pipeline.MethodRanked, pipeline.MethodNear} {
		step := pipeline.Tag{Method: method, Max: 2, Near: 20, Metric: "auto"}
		tagger, err := c.NewTagger(t.Context(), step)
		if err != nil {
			t.Fatal(err)
		}
		batch, err := c.NewBatchTagger(t.Context(), tagger, step.Form)
		if err != nil {
			t.Fatal(err)
		}
		ctx := t.Context()
		var out Tagged
		round := func() {
			out.Reset()
			if err := batch.Tag(ctx, titles, &out); err != nil {
				t.Fatal(err)
			}
		}
		round()
		if n := testing.AllocsPerRun(20, round); n > float64(len(titles))/10 {
			t.Errorf("%s: %v allocations for %d titles", method, n, len(titles))
		}
	}
}
