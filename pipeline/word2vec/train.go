package word2vec

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"math"
	"sync"
	"sync/atomic"
	"time"

	"gondola/pipeline/simd"
)

// Model is the outcome of a training run.
type Model struct {
	// Vectors holds a vector for every word that occurs MinCount times or more.
	Vectors *KeyedVectors
	// Params are the settings that made it.
	Params Params
	// Loss is the mean loss of a prediction in each epoch, in nats: -ln of the
	// chance that the model gave to the truth, negatives included. It is
	// measured on every eighth prediction, or every 64th batch.
	Loss []float64
	// Words is the number of vocabulary words read, over all epochs and before
	// frequent ones were thinned out.
	Words int64
	// Pairs is the number of predictions trained: pairs of a word and a word
	// of its context (skip-gram), or words with any context (CBOW).
	Pairs int64
	// Distinct is the number of different words in the corpus, those rarer
	// than MinCount included.
	Distinct int
}

// Progress is the state of a running training.
type Progress struct {
	// Epoch counts from 1 to Epochs.
	Epoch, Epochs int
	// WordsDone of WordsTotal vocabulary words have been read, over all epochs.
	WordsDone, WordsTotal int64
	// Alpha is the current learning rate.
	Alpha float64
	// Loss is the mean loss of this epoch so far, as in [Model]; 0 before the
	// first prediction.
	Loss float64
	// Resumed is the epoch in which the training went on from a saved state, 0
	// when it began at the beginning. Before is the time that was spent on the
	// training up to that state.
	Resumed int
	Before  time.Duration
}

// DivergedError is returned by [Train] when numbers run away because the learning
// rate is too high. The vectors are lost, but not a state that was saved before.
type DivergedError struct {
	// Epoch of Epochs was under way.
	Epoch, Epochs int
	// Alpha is the learning rate of that moment.
	Alpha float64
	// Score is the inner product that went beyond every bound; may be NaN or
	// an infinity.
	Score float64
}

func (e *DivergedError) Error() string {
	return fmt.Sprintf("training diverged in epoch %d of %d at learning rate %.4g (a score of %.4g): lower alpha",
		e.Epoch, e.Epochs, e.Alpha, e.Score)
}

// ParamName returns "alpha", the parameter at fault.
func (e *DivergedError) ParamName() string { return "alpha" }

// ErrNoPairs is returned by [Train] when no title holds two words of the
// vocabulary, so that there is no context to learn from. In a tiny corpus all words
// are frequent, and thinning them out may have taken the rest.
var ErrNoPairs = errors.New("nothing to train on: no title holds two words that occur min_count times and are not thinned out; lower min_count, or set subsample to 0")

const (
	// chunkTitles is how many titles a worker takes at a time: a shard.
	chunkTitles = 4096
	// reportEvery is the time between two progress reports.
	reportEvery = 100 * time.Millisecond
)

// Train learns a vector for every word of d that occurs p.MinCount times or more
// in c. It holds the vectors twice (words x dim float32, in and out) and nothing
// that grows with the number of titles.
//
// With one worker the result is the same to the bit for the same corpus,
// dictionary, parameters and build of the program, whatever the number of
// processors. With more it is not.
//
// A vocabulary of a single word is trained on its own company: by negative
// sampling against no negatives, as all draws hit the word itself; by
// hierarchical softmax not at all, as its path in the tree is empty.
//
// report, if not nil, is called at most ten times a second, never concurrently,
// and once more at the end of a successful run. It must return promptly.
//
// Errors: *[ParamError], *[VocabularyError], [ErrNoPairs], *[DivergedError], the
// error of the corpus, and context.Cause(ctx) within about 50 ms of its cancelling
// (before the first epoch, with millions of words, within half a second). All
// goroutines have ended when Train returns.
func Train(ctx context.Context, c Corpus, d Dictionary, p Params, report func(Progress)) (*Model, error) {
	return TrainWithCheckpoints(ctx, c, d, p, Checkpoints{}, report)
}

// TrainWithCheckpoints is [Train], which saves its state from time to time and can
// go on from a saved one. Besides the errors of Train it returns that of cp.Save,
// and *[CheckpointError] for a cp.From of which it cannot go on.
func TrainWithCheckpoints(ctx context.Context, c Corpus, d Dictionary, p Params, cp Checkpoints, report func(Progress)) (*Model, error) {
	if err := p.Validate(); err != nil {
		return nil, err
	}
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	v, err := newVocabulary(ctx, d, p.MinCount)
	if err != nil {
		return nil, err
	}
	t, err := newTrainer(ctx, c, v, p)
	if err != nil {
		return nil, err
	}
	defer t.close()
	if err := t.useCheckpoints(ctx, cp); err != nil {
		return nil, err
	}
	stopReports := t.startReports(report)
	defer stopReports()
	if err := t.train(ctx); err != nil {
		return nil, err
	}
	if t.pairsBefore == 0 {
		return nil, ErrNoPairs
	}
	m := &Model{Params: p, Loss: t.losses, Words: t.wordsDone.Load(), Pairs: int64(math.Round(t.pairsBefore)), Distinct: len(d.Words)}
	t.out.Close()
	t.nodeOut.Close()
	if m.Vectors, err = newKeyedVectors(ctx, v.words, v.counts, p.VectorSize, t.vectors()); err != nil {
		return nil, err
	}
	stopReports()
	if report != nil {
		report(t.progress())
	}
	return m, nil
}

// trainer is what the workers of a run share. All but the vectors and the atomics
// is read only while they run.
type trainer struct {
	params Params
	corpus Corpus
	vocab  *vocabulary
	total  int64 // vocabulary words to read, over all epochs

	uses      []use // by dictionary id
	sigmoid   *sigmoidTable
	negatives aliasTable
	tree      *huffmanTree

	kernels *simd.Kernels
	in      *simd.Matrix // words x dim, the result
	out     *simd.Matrix // words x dim, for negative sampling
	nodeOut *simd.Matrix // inner nodes x dim, for hierarchical softmax

	workers    []*worker
	checkEvery int // words trained between two looks at the context

	epoch     atomic.Int64 // under way, from 1; one more than Epochs at the end
	nextTitle atomic.Int64 // that no worker has taken yet
	wordsDone atomic.Int64

	// Of the finished epochs; owned by who called Train.
	losses      []float64
	pairsBefore float64

	saves       saves
	fingerprint [sha256.Size]byte
	begun       time.Time     // of this run
	earlier     time.Duration // spent on the state that it went on from
	resumed     int           // epoch of that state
}

func newTrainer(ctx context.Context, c Corpus, v *vocabulary, p Params) (*trainer, error) {
	t := &trainer{
		params:  p,
		corpus:  c,
		vocab:   v,
		total:   saturatedProduct(v.total, int64(p.Epochs)),
		sigmoid: newSigmoidTable(),
		kernels: p.Kernels,
		begun:   time.Now(),
	}
	if t.kernels == nil {
		t.kernels = simd.Best()
	}
	t.out, t.nodeOut = simd.NewMatrix(0, p.VectorSize), simd.NewMatrix(0, p.VectorSize)
	counts, err := t.foldedCounts(ctx)
	if err != nil {
		return nil, err
	}
	var folded int64
	for _, n := range counts {
		folded += n
	}
	t.uses = newUses(v.rowOf, keepChances(counts, folded, p.Subsample))
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	t.epoch.Store(1)
	examples := p.Negative + 1
	if p.HS {
		if t.tree, err = newHuffmanTree(ctx, v.counts); err != nil {
			return nil, err
		}
		t.nodeOut = simd.NewMatrix(len(v.words)-1, p.VectorSize)
		examples += 20 // about the length of a path
	}
	if p.Negative > 0 {
		t.negatives = newAliasTable(negativeWeights(counts, p.NSExponent))
		t.out = simd.NewMatrix(len(v.words), p.VectorSize)
	}

	// As in gensim the start is even in (-1, 1)/dim; all outputs start at zero.
	t.in = simd.NewMatrix(len(v.words), p.VectorSize)
	r := newRNG(p.Seed)
	scale := 1 / float32(p.VectorSize)
	for i := range v.words {
		if i%(1<<11) == 0 && ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		row := t.in.Row(i)
		for k := range row {
			row[k] = (2*r.unit() - 1) * scale
		}
	}

	// About 20 million multiplications, some 20 ms, between two checks.
	cost := p.VectorSize * examples
	if !p.CBOW {
		cost *= p.Window
	}
	t.checkEvery = min(max(1, 20_000_000/cost), 1000)
	for range min(p.Workers, maxHogwild) {
		t.workers = append(t.workers, newWorker(t))
	}
	return t, nil
}

// close gives the matrices back.
func (t *trainer) close() {
	for _, m := range t.matrices() {
		m.Close()
	}
}

// vectors returns the input vectors, words x dim, without the padding of the rows.
func (t *trainer) vectors() []float32 {
	data := make([]float32, 0, t.in.Rows*t.in.Dim)
	for i := range t.in.Rows {
		data = append(data, t.in.Row(i)...)
	}
	return data
}

// foldedCounts returns how often each word of the vocabulary is trained in an
// epoch: titles that repeat count at most Fold times, and so do their words for
// thinning out and for the draw of noise.
func (t *trainer) foldedCounts(ctx context.Context) ([]int64, error) {
	if !t.corpus.Repeats() || t.params.Fold == 0 {
		return t.vocab.counts, nil
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	workers := min(t.params.Workers, maxHogwild)
	each := make([][]int64, workers)
	var next atomic.Int64
	var wg sync.WaitGroup
	for w := range workers {
		each[w] = make([]int64, len(t.vocab.words))
		wg.Go(func() {
			for {
				from := next.Add(chunkTitles) - chunkTitles
				if from >= t.corpus.Len() || ctx.Err() != nil {
					return
				}
				err := t.corpus.Each(ctx, from, min(from+chunkTitles, t.corpus.Len()), func(i int64, ids []int32, times int64) error {
					for _, id := range ids {
						if uint(id) >= uint(len(t.vocab.rowOf)) {
							return t.unknownID(i, id)
						}
						if row := t.vocab.rowOf[id]; row >= 0 {
							each[w][row] += min(times, int64(t.params.Fold))
						}
					}
					return nil
				})
				if err != nil {
					cancel(err)
				}
			}
		})
	}
	wg.Wait()
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	for _, more := range each[1:] {
		for row, n := range more {
			each[0][row] += n
		}
	}
	for row, n := range each[0] {
		each[0][row] = max(1, n) // of a dictionary that counts what the corpus lacks
	}
	return each[0], nil
}

func (t *trainer) unknownID(title int64, id int32) error {
	return fmt.Errorf("corpus: title %d holds the word id %d, but the dictionary has %d words", title, id, len(t.vocab.rowOf))
}

// useCheckpoints goes on from a saved state, and sets the clock for the next.
func (t *trainer) useCheckpoints(ctx context.Context, cp Checkpoints) error {
	if cp.From != nil || cp.Save != nil {
		var err error
		if t.fingerprint, err = t.stateFingerprint(ctx, cp.Corpus); err != nil {
			return err
		}
	}
	if cp.From != nil {
		if err := t.restore(ctx, cp.From); err != nil {
			return err
		}
	}
	t.begun = time.Now()
	t.saves = saves{Checkpoints: cp, begun: t.begun, wait: cp.Every}
	return nil
}

// train runs the epochs that are left.
func (t *trainer) train(ctx context.Context) error {
	left := func() bool { return t.epoch.Load() <= int64(t.params.Epochs) }
	for left() {
		if err := t.leg(ctx); err != nil {
			return err
		}
		if t.nextTitle.Load() >= t.corpus.Len() {
			if err := t.endEpoch(ctx); err != nil {
				return err
			}
		}
		if left() && t.saves.due() {
			if err := t.save(ctx); err != nil {
				return err
			}
		}
	}
	return nil
}

// leg trains until the end of the epoch, or until a state is due: then every
// worker ends its shard.
func (t *trainer) leg(parent context.Context) error {
	ctx, cancel := context.WithCancelCause(parent)
	defer cancel(nil)
	if t.nextTitle.Load() == 0 {
		for _, w := range t.workers {
			w.startEpoch()
		}
	}
	var wg sync.WaitGroup
	for _, w := range t.workers {
		w.ctx = ctx
		wg.Go(func() {
			if err := w.run(); err != nil {
				cancel(err) // the first error stops the others and is kept as the cause
			}
		})
	}
	wg.Wait()
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return nil
}

// endEpoch enters the sums of the epoch and begins the next.
func (t *trainer) endEpoch(ctx context.Context) error {
	if err := t.checkHealth(ctx); err != nil {
		return err
	}
	loss, pairs := t.epochLoss()
	t.losses = append(t.losses, loss)
	t.pairsBefore += pairs
	t.nextTitle.Store(0)
	t.epoch.Add(1)
	return nil
}

// checkHealth looks at every number of the vectors, so that none that is NaN or
// infinite gets into a model or a saved state.
func (t *trainer) checkHealth(ctx context.Context) error {
	for _, matrix := range t.matrices() {
		for i := range matrix.Rows {
			if i%(1<<13) == 0 && ctx.Err() != nil {
				return context.Cause(ctx)
			}
			row := matrix.Row(i)
			if finite(float64(t.kernels.Dot(row, row))) {
				continue
			}
			for _, x := range row { // it may be that only the sum is too large
				if !finite(float64(x)) {
					return t.diverged(t.alpha(t.wordsDone.Load()), x)
				}
			}
		}
	}
	return nil
}

// spent is the time since the beginning of the training, without the time when it
// was stopped.
func (t *trainer) spent() time.Duration { return t.earlier + time.Since(t.begun) }

// alpha returns the learning rate after so many words.
func (t *trainer) alpha(words int64) float64 {
	left := 1 - min(1, float64(words)/float64(t.total))
	return t.params.MinAlpha + (t.params.Alpha-t.params.MinAlpha)*left
}

func (t *trainer) diverged(alpha float64, score float32) error {
	return &DivergedError{
		Epoch:  int(t.epoch.Load()),
		Epochs: t.params.Epochs,
		Alpha:  alpha,
		Score:  float64(score),
	}
}

// epochLoss returns the mean loss and the number of predictions of the epoch, as
// published by the workers so far.
func (t *trainer) epochLoss() (mean, pairs float64) {
	var sum, sampled float64
	for _, w := range t.workers {
		sum += math.Float64frombits(w.published.loss.Load())
		sampled += math.Float64frombits(w.published.sampled.Load())
		pairs += math.Float64frombits(w.published.pairs.Load())
	}
	if sampled == 0 {
		return 0, pairs
	}
	return sum / sampled, pairs
}

func (t *trainer) progress() Progress {
	done := min(t.wordsDone.Load(), t.total)
	loss, _ := t.epochLoss()
	return Progress{
		Epoch:      min(int(t.epoch.Load()), t.params.Epochs),
		Epochs:     t.params.Epochs,
		WordsDone:  done,
		WordsTotal: t.total,
		Alpha:      t.alpha(done),
		Loss:       loss,
		Resumed:    t.resumed,
		Before:     t.earlier,
	}
}

// startReports begins to call report from one goroutine. The function it returns
// ends that and waits for it; calling it again does nothing.
func (t *trainer) startReports(report func(Progress)) (stop func()) {
	if report == nil {
		return func() {}
	}
	quit, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		ticker := time.NewTicker(reportEvery)
		defer ticker.Stop()
		for {
			select {
			case <-quit:
				return
			case <-ticker.C:
				report(t.progress())
			}
		}
	}()
	return sync.OnceFunc(func() {
		close(quit)
		<-done
	})
}

func saturatedSum(a, b int64) int64 {
	if a > math.MaxInt64-b {
		return math.MaxInt64
	}
	return a + b
}

func saturatedProduct(a, b int64) int64 {
	if a > math.MaxInt64/b {
		return math.MaxInt64
	}
	return a * b
}
