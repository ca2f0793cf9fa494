package artifact

import (
	"context"
	"fmt"
	"math"

	"gondola/pipeline"
	"gondola/pipeline/word2vec"
)

const wordsKind = "words"

// wordsHead begins a file of word vectors. The arrays are: the dictionary's id
// of each row int32, counts int64, the vectors float32, row after row.
type wordsHead struct {
	Words      int64             `json:"words"` // rows
	Dim        int64             `json:"dim"`
	Dictionary string            `json:"dictionary"` // whose ids these are: Dictionary.sum
	Params     pipeline.Word2Vec `json:"params"`
	Facts      []pipeline.Table  `json:"facts"`
	Origin     pipeline.Origin   `json:"origin"`
}

// WriteWords writes word vectors as a section file. Their dictionary is not
// part of it.
func WriteWords(ctx context.Context, path string, w *WordModel) error {
	v := w.Vectors
	ids, counts := make([]int32, v.Len()), make([]int64, v.Len())
	for row := range ids {
		id, ok := w.Dictionary.Find(v.Word(row))
		if !ok {
			return fmt.Errorf("%s: %q has a vector and is not in the dictionary", path, clip(v.Word(row)))
		}
		ids[row], counts[row] = id, v.Count(row)
	}
	head := wordsHead{
		Words: int64(v.Len()), Dim: int64(v.Dim()), Dictionary: w.Dictionary.sum(),
		Params: w.Params, Facts: w.facts, Origin: w.origin,
	}
	return writeBlob(ctx, path, wordsKind, head, func(b *blobWriter) {
		putNumbers(b, ids)
		putNumbers(b, counts)
		putNumbers(b, v.Data())
	})
}

// ReadWords reads what WriteWords wrote, with the dictionary that the vectors
// were trained on. Errors wrap lake.ErrCorrupt.
func ReadWords(ctx context.Context, path string, d *Dictionary) (*WordModel, error) {
	return readWords(ctx, path, "", d)
}

func readWords(ctx context.Context, path, sum string, d *Dictionary) (*WordModel, error) {
	var out *WordModel
	head := wordsHead{}
	err := readBlob(ctx, path, wordsKind, sum, &head, func(b *blobReader) error {
		if head.Words > int64(d.Len()) || head.Dim < 1 || head.Dim > math.MaxInt32 {
			b.fail("%d vectors of %d numbers for a dictionary of %d words", head.Words, head.Dim, d.Len())
		}
		ids := numbers[int32](b, head.Words)
		counts := numbers[int64](b, head.Words)
		if b.room(head.Words, 4*head.Dim) && head.Dictionary != d.sum() {
			b.fail("its vectors are of the words of another dictionary")
		}
		if b.err != nil {
			return b.err
		}
		data := numbers[float32](b, head.Words*head.Dim)
		words := make([]string, len(ids))
		for row, id := range ids {
			if id < 0 || int(id) >= d.Len() {
				b.fail("row %d is of word %d, the dictionary has %d", row, id, d.Len())
				return b.err
			}
			words[row] = d.Words[id]
		}
		if b.err != nil {
			return b.err
		}
		vectors, err := word2vec.NewKeyedVectors(words, counts, int(head.Dim), data)
		if err != nil {
			b.fail("%w", err)
			return b.err
		}
		out = NewWordModel(d, vectors, head.Params, head.Facts, head.Origin)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}
