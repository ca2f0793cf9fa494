package main

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"

	"gondola/internal/tageval/product"
)

// repeatsShare is the share of distinct titles among the rows, 1 in so many.
const repeatsShare = 5

// drawRows returns n rows of titles: each of m once at least, the others by
// popularity, which falls as in Zipf's law and has nothing to do with the order
// of the titles. Rows are shuffled.
func drawRows(m, n int, seed uint64) []int32 {
	r := rand.New(rand.NewPCG(seed, 0))
	popular := r.Perm(m)
	rows := make([]int32, 0, n)
	for i := range m {
		rows = append(rows, int32(i))
	}
	zipf := rand.NewZipf(r, 1.1, 10, uint64(m-1))
	for len(rows) < n {
		rows = append(rows, int32(popular[zipf.Uint64()]))
	}
	r.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
	return rows
}

// repeated makes rows of which 80 % repeat, as a file for peers and folded for
// us: titles of the same words, as many of them in the head, are one.
func (b *bench) repeated() (data, []int32, error) {
	rows := drawRows(len(b.ids), repeatsShare*len(b.ids), 1)
	d := data{file: filepath.Join(b.folder, "repeated.txt"), counts: make([]int64, b.dict.Len()), corpus: titlesOf{times: []int64{}}}
	folding, _ := measure(func() error {
		place := make(map[string]int32)
		var key []byte
		for _, i := range rows {
			key = binary.AppendUvarint(key[:0], uint64(b.heads[i]))
			for _, id := range b.ids[i] {
				key = binary.LittleEndian.AppendUint32(key, uint32(id))
				d.counts[id]++
			}
			at, ok := place[string(key)]
			if !ok {
				at = int32(len(d.corpus.ids))
				place[string(key)] = at
				d.corpus.ids, d.corpus.times = append(d.corpus.ids, b.ids[i]), append(d.corpus.times, 0)
			}
			d.corpus.times[at]++
		}
		return nil
	})
	d.prepare, d.words = folding.wall, vocabularyWords(d.counts)
	return d, rows, b.writeRepeated(d.file, rows)
}

func (b *bench) writeRepeated(path string, rows []int32) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	w := bufio.NewWriter(f)
	for _, i := range rows {
		for k, id := range b.ids[i] {
			if k > 0 {
				_ = w.WriteByte(' ') // Flush tells
			}
			_, _ = w.WriteString(b.dict.Words[id])
		}
		_ = w.WriteByte('\n')
	}
	return errors.Join(w.Flush(), f.Close())
}

// repeats measures training on repeated titles.
func (b *bench) repeats(ctx context.Context) error {
	d, rows, err := b.repeated()
	if err != nil {
		return err
	}
	list := []*trainer{b.ours("gondola, folded", d, 1, nil)}
	if b.missing(ctx, "gensim") == "" {
		list = append(list, b.theirs("gensim", d, 1, false, false), b.theirs("gensim", d, 1, false, true))
	}
	if err := b.runTrainers(ctx, list); err != nil {
		return err
	}
	b.report.printf("## word2vec, repeated titles\n\n%d rows of %d distinct titles (%d by their words), the others drawn by Zipf's law; %.0f words in the vocabulary x epochs.\n"+
		"gondola trains every distinct title once an epoch, with a weight of %d at most; \"seconds before\" holds the folding, which the product does in preprocess.\n"+
		"Quality is that of the distinct titles.\n\n", len(rows), len(b.ids), len(d.corpus.ids), d.words, product.Training(1).Fold)
	b.printTrainers(d, list)
	g := theFastest(list, "gensim", 1, false)
	b.reach("word2vec, 80 % repeats, 1 worker", "gensim, 1", "25x at equal quality", ratio(g.wall, list[0].best.wall), byProcessor(g, list[0].best.spent)+"; quality: table above")
	return nil
}
