package tag_test

import (
	"context"
	"fmt"

	"gondola/pipeline/tag"
)

// A corpus of three words: 0 tomato, 1 soup, 2 chip; soups are in cluster 0,
// chips in cluster 1.
func Example() {
	counter, err := tag.NewCounter(3, 2)
	if err != nil {
		panic(err)
	}
	counter.Add(0, []int32{0, 1}, 2, 1) // tomato soup
	counter.Add(0, []int32{1}, 1, 1)    // soup
	counter.Add(1, []int32{0, 2}, 2, 1) // tomato chip
	counter.Add(1, []int32{2}, 1, 1)    // chip

	rows := []int32{0, 1, 2}
	vectors := []float32{1, 1 /* tomato */, 1, 2 /* soup */, 2, 0 /* chip */}
	centres := []float32{1, 2, 2, 0}
	model, err := tag.NewModel(rows, 2, vectors, centres, counter.Stats())
	if err != nil {
		panic(err)
	}
	tagger, err := model.NewTagger(context.Background(), tag.DefaultOptions(tag.MethodRanked))
	if err != nil {
		panic(err)
	}

	var scratch tag.Scratch // One for each goroutine.
	for _, t := range tagger.Tag(tag.Title{IDs: []int32{0, 1}, HeadLen: 2, Cluster: 0}, &scratch, nil) {
		fmt.Printf("word %d scores %.2f\n", t.Index, t.Score)
	}
	for _, w := range model.Stats.Distinctive(1, 1) {
		fmt.Printf("cluster 1 is about word %d\n", w.ID)
	}
	// Output:
	// word 1 scores 9.89
	// word 0 scores 7.24
	// cluster 1 is about word 2
}
