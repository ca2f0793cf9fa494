package local

import (
	"context"
	"slices"

	"gondola/pipeline"
	"gondola/pipeline/artifact"
	"gondola/pipeline/word2vec"
)

// vectorsFile is the section of a train step in its artefact.
const vectorsFile = "vectors.bin"

// train returns word vectors, of a run of today or an earlier one.
func (e *Engine) train(ctx context.Context, d *dataset, p pipeline.Word2Vec, report pipeline.Report) (pipeline.Model, error) {
	origin, err := e.originOf(ctx, p, d.tokens.origin)
	if err != nil {
		return nil, err
	}
	return kept(ctx, e, origin, p.Force, func(b *artifact.Builder) (made, error) {
		words, err := e.trainWords(ctx, d, p, origin, report)
		if err != nil {
			return made{}, err
		}
		return made{rows: d.rows}, artifact.WriteWords(ctx, b.Path(vectorsFile), words)
	}, func(k *keptResult, o pipeline.Origin) (pipeline.Model, error) {
		words := e.memory.words.get(k.Dir())
		if words == nil {
			var err error
			if words, err = artifact.ReadWords(ctx, k.Path(vectorsFile), d.tokens.dict); err != nil {
				return nil, err
			}
		}
		words = words.WithOrigin(o)
		e.memory.words.put(k.Dir(), words)
		return words, nil
	})
}

// trainWords learns word vectors from the token file.
func (e *Engine) trainWords(ctx context.Context, d *dataset, p pipeline.Word2Vec, origin pipeline.Origin, report pipeline.Report) (*artifact.WordModel, error) {
	if p.Workers == 0 {
		p.Workers = e.workers
	}
	params := word2vec.DefaultParams()
	params.VectorSize, params.Window, params.MinCount, params.Negative = p.VectorSize, p.Window, p.MinCount, p.Negative
	params.HS, params.CBOW, params.Subsample, params.Epochs = p.HS, p.CBOW, p.Subsample, p.Epochs
	params.Alpha, params.MinAlpha, params.Seed, params.Workers = p.Alpha, p.MinAlpha, p.Seed, p.Workers
	params.Shared, params.Fold, params.Kernels = p.Shared, p.Fold, e.kernels
	if p.HS {
		params.Negative = 0
	}
	dict := d.tokens.dict
	words := word2vec.Dictionary{Words: dict.Words, Counts: dict.Counts}
	if err := e.trainingFits(p, params, words); err != nil {
		return nil, err
	}
	m := startMeter(report, p.Verb(), "words", 0)
	defer m.end()
	saved := e.openCheckpoint(ctx, origin, p.Force)
	defer saved.close()
	model, err := saved.train(ctx, func(how word2vec.Checkpoints) (*word2vec.Model, error) {
		return word2vec.TrainWithCheckpoints(ctx, corpus{d.tokens.file}, words, params, how,
			func(now word2vec.Progress) { saved.follow(m, now) })
	})
	if err != nil {
		return nil, err
	}
	return artifact.NewWordModel(dict, model.Vectors, p, trainFacts(model, dict, d.rows), pipeline.Origin{}), nil
}

func trainFacts(model *word2vec.Model, dict *artifact.Dictionary, rows int64) []pipeline.Table {
	loss := pipeline.Table{
		Title: "loss", Shows: pipeline.Completeness{Rows: rows},
		Columns: []pipeline.TableColumn{pipeline.Col("epoch", pipeline.Int), pipeline.Col("loss", pipeline.Float)},
	}
	for i, l := range model.Loss {
		loss.Add(int64(i+1), l)
	}
	words := pipeline.Table{Title: "vocabulary", Shows: pipeline.Completeness{Rows: rows}, Columns: []pipeline.TableColumn{
		pipeline.Col("words", pipeline.Int), pipeline.Col("of distinct", pipeline.Int),
		pipeline.Col("words read", pipeline.Int), pipeline.Col("predictions", pipeline.Int),
	}}
	words.Add(int64(model.Vectors.Len()), int64(model.Distinct), model.Words, model.Pairs)
	return []pipeline.Table{loss, words, byMinCount(dict, rows)}
}

// byMinCount says how many words, and how much of the text, would be left by
// another min count.
func byMinCount(dict *artifact.Dictionary, rows int64) pipeline.Table {
	t := pipeline.Table{Title: "vocabulary by min count", Shows: pipeline.Completeness{Rows: rows}, Columns: []pipeline.TableColumn{
		pipeline.Col("min count", pipeline.Int), pipeline.Col("words", pipeline.Int), pipeline.Col("share of text", pipeline.Float),
	}}
	counts := slices.Sorted(slices.Values(dict.Counts))
	var all int64
	for _, n := range counts {
		all += n
	}
	left, at := all, 0
	for _, least := range []int64{1, 2, 3, 4, 5, 7, 10, 15, 20, 30, 50, 70, 100, 200, 500, 1000} {
		for at < len(counts) && counts[at] < least {
			left -= counts[at]
			at++
		}
		if at == len(counts) {
			break
		}
		t.Add(least, int64(len(counts)-at), share(left, all))
	}
	return t
}
